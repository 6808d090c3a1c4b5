#include "kernel/event.h"
#include "kernel/keys.h"
#include "kernel/secret.h"
#include "kernel/mask.h"
#include "kernel/outbox.h"
#include "kernel/sums.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define SKEW (5 * MINUTE) /* a device's clock further off is marked (docs: clock_skew) */
#define FIRST_HEAD SECRET_CHAIN_START

void event_add(Cx *cx, const Record *record, const char *action, const char *from, const char *to, Str changes, Str place)
{
    Event *event = new (cx->arena, Event, 1);

    *event = (Event){.id = id_new(cx->now),
                     .org = cx->org,
                     .at = cx->now,
                     .device_at = record->is_anonymous ? 0 : cx->device_at,
                     .actor = cx->actor == NULL || record->is_anonymous ? 0 : cx->actor->user,
                     .meta = record->meta,
                     .record_type = record->meta->table,
                     .record = record->id,
                     .project = record->project,
                     .action = action,
                     .from = from,
                     .to = to,
                     .place = place,
                     .payload = changes,
                     .seal = record->seal};
    store_tail(cx, event);
}

void event_add_plain(Cx *cx, const char *record_type, Id record, const char *action, Str payload)
{
    Event *event = new (cx->arena, Event, 1);

    *event = (Event){.id = id_new(cx->now),
                     .org = cx->org,
                     .at = cx->now,
                     .device_at = cx->device_at,
                     .actor = cx->actor == NULL ? 0 : cx->actor->user,
                     .record_type = record_type,
                     .record = record,
                     .action = action,
                     .payload = payload};
    store_tail(cx, event);
}

static const Error *may_look_up(Cx *cx)
{
    static const char LATEST[] = "SELECT count(*), coalesce(min(l.at), 0) FROM (SELECT e.at FROM event e WHERE e.org_id = :org"
                                 " AND e.record_id = :me AND e.action = 'lookup' ORDER BY e.n DESC LIMIT 60) l"; /* event_by_record_id_n */
    int64_t count, first;
    Error *error;

    static_assert(LOOKUPS_MAX == 60, "is the LIMIT above");
    TRY(sql_row(cx, LATEST, IN(in_int("me", cx->actor->user)), OUT(out_int(&count), out_int(&first))));
    if (count < LOOKUPS_MAX || cx->now - first >= LOOKUPS_WITHIN)
        return OK;
    error = (Error *)error_new(cx->arena, ERR_TOO_MANY, STR("按电话尾号查得太多，请稍后再试，或改用房号、姓名"),
                               STR("too many look-ups by the end of a phone; wait, or use the house number or name"));
    error->retry_after_s = (first + LOOKUPS_WITHIN - cx->now) / SECOND + 1;
    return error;
}

const Error *event_lookup(Cx *cx, const RecordMeta *meta, const char *filter)
{
    Id me = cx->actor == NULL ? 0 : cx->actor->user;

    if (me != 0)
        TRY(may_look_up(cx));
    event_add_plain(cx, meta->table, me, "lookup", str_format(cx->arena, "{\"filter\":\"%s\"}", filter));
    return OK;
}

const Error *event_write_tails(Cx *cx, void *self)
{
    for (const Tail *tail = self; tail != NULL; tail = tail->next)
        store_tail(cx, tail->what);
    return OK;
}

/* The parts of a line under the chain. Empty and absent are the same. */
static Str chain_of(Arena *arena, Str previous, int64_t n, Id id, Instant at, Instant device_at, Id actor, Str record_type, Id record,
                    Id project, Str action, Str from, Str to, Str place, Str payload_hash, Str seal)
{
    Buf text = buf_new(arena, 1 << 16);

    buf_format(&text, "%.*s|%lld|%lld|%lld|%lld|%lld|%.*s|%lld|%lld|%.*s|%.*s|%.*s|", STR_ARG(previous), (long long)n, (long long)id,
               (long long)at, (long long)device_at, (long long)actor, STR_ARG(record_type), (long long)record, (long long)project,
               STR_ARG(action), STR_ARG(from), STR_ARG(to));
    buf_add(&text, place);
    buf_format(&text, "|%.*s|%.*s", STR_ARG(payload_hash), STR_ARG(seal));
    return secret_digest(arena, buf_str(&text));
}

static Str head_sign(const Cx *cx, Id org, int64_t n, Str head)
{
    return keyed_hash(cx->arena, cx->kernel->secrets->seal,
                      str_format(cx->arena, "head %lld %lld %.*s", (long long)org, (long long)n, STR_ARG(head)));
}

static void set_counter(Counter *counter, int64_t n, Str head)
{
    static_assert(COUNTER_HEAD == sizeof SECRET_CHAIN_START - 1, "what a link of the chain takes");
    counter->n = n;
    (void)snprintf(counter->head, sizeof counter->head, "%.*s", STR_ARG(head));
}

/* Numbers the line, and chains it behind the one before. */
static void chain_line(const Cx *cx, Event *event, Counter *counter)
{
    event->n = counter->n + 1;
    event->salt = event->payload.len > 0 ? secret_salt(cx->arena) : STR_NONE;
    event->payload_hash = event->payload.len > 0 ? secret_payload_hash(cx->arena, event->salt, event->payload) : STR("");
    event->chain = chain_of(cx->arena, str_of(counter->head), event->n, event->id, event->at, event->device_at, event->actor,
                            str_of(event->record_type), event->record, event->project, str_of(event->action), str_of(event->from),
                            str_of(event->to), event->place, event->payload_hash, event->seal);
    set_counter(counter, event->n, event->chain);
}

static const Error *write_line(Cx *cx, const Event *event)
{
    static const char ADD[] =
        "INSERT INTO event (org_id, n, id, at, device_at, actor_id, record_type, record_id, project_id, action, from_state,"
        " to_state, place, payload, salt, payload_hash, seal, chain) VALUES (:org, :n, :id, :at, :device_at, :actor, :type,"
        " :record, :project, :action, :from, :to, :place, :payload, :salt, :payload_hash, :seal, :chain)";

    return sql_run(cx, ADD,
                   IN(in_int("n", event->n), in_int("id", event->id), in_int("at", event->at), in_ref("device_at", event->device_at),
                      in_ref("actor", event->actor), in_c("type", event->record_type), in_int("record", event->record),
                      in_ref("project", event->project), in_c("action", event->action), in_c("from", event->from),
                      in_c("to", event->to), in_value("place", event->place.len > 0 ? value_text(event->place) : VALUE_NULL),
                      in_value("payload", event->payload.len > 0 ? value_text(event->payload) : VALUE_NULL),
                      in_value("salt", event->salt.len > 0 ? value_text(event->salt) : VALUE_NULL), in_text("payload_hash", event->payload_hash),
                      in_text("seal", event->seal), in_text("chain", event->chain)));
}

/* Moves the counter and takes it until the commit; it is told as it was. How many webhooks there are is read with it. */
static const Error *ask_counter(Cx *cx, const Tail *tails, Counter *was, int64_t *hooks)
{
    static const char COUNT[] = "UPDATE org SET n = n + :count WHERE org_id = :org RETURNING n, head, coalesce(hooks, 0)";
    int64_t count = 0, n;
    Str head;

    for (const Tail *tail = tails; tail != NULL; tail = tail->next)
        count += tail->org == cx->org;
    TRY(sql_row(cx, COUNT, IN(in_int("count", count)), OUT(out_int(&n), out_text(&head), out_int(hooks))));
    set_counter(was, n - count, head);
    return OK;
}

/* All the batch's lines of one company: one touch of its counter. Where that is known as our own last batch has left it, it need not be asked for,
 * and all travels together. */
static const Error *flush_org(Cx *cx, Tail *tails, Id org)
{
    static const char MOVE[] = "UPDATE org SET n = CASE WHEN head = :was AND coalesce(hooks, 0) = 0 THEN :n END, head = :head, sign = :sign"
                               " WHERE org_id = :org"; /* n is NOT NULL: of another head, or with a webhook, it is refused */
    static const char HEAD[] = "UPDATE org SET head = :head, sign = :sign WHERE org_id = :org";
    int64_t hooks = 0;
    bool expected;
    Counter was, now;
    In head, sign;

    cx->org = org;
    expected = store_expected(cx, &was);
    if (!expected)
        TRY(ask_counter(cx, tails, &was, &hooks));
    now = was;
    for (Tail *tail = tails; tail != NULL; tail = tail->next)
        if (tail->org == org)
            chain_line(cx, tail->what, &now);
    store_numbered(cx, was.n, &now, hooks == 0);
    head = in_c("head", now.head);
    sign = in_text("sign", head_sign(cx, org, now.n, str_of(now.head)));
    if (expected)
        TRY(sql_run_expecting(cx, MOVE, IN(in_c("was", was.head), in_int("n", now.n), head, sign)));
    for (const Tail *tail = tails; tail != NULL; tail = tail->next)
        if (tail->org == org)
            TRY(write_line(cx, tail->what));
    TRY(sums_flush(cx, tails, org));
    if (hooks > 0)
        TRY(outbox_hook_events(cx, tails));
    return expected ? OK : sql_run(cx, HEAD, IN(head, sign));
}

const Error *event_flush(Cx *cx, Tail *tails)
{
    for (Tail *tail = tails; tail != NULL; tail = tail->next) {
        bool first = true;
        for (Tail *before = tails; before != tail; before = before->next)
            if (before->org == tail->org) {
                first = false;
                break;
            }
        if (first)
            TRY(flush_org(cx, tails, tail->org));
    }
    return OK;
}

const Error *event_is_committed(Cx *cx, Tail *tails, bool *committed)
{
    static const char WAIT[] = "UPDATE org SET n = n WHERE org_id = :org"; /* once it has moved the counter it has this row as long as it lives */
    static const char FIND[] = "SELECT count(*) FROM event WHERE org_id = :org AND n = :n AND id = :id";
    const Event *event = tails->what;
    int64_t count;

    cx->org = tails->org;
    cx->tails = NULL;
    TRY(sql_run(cx, WAIT, NOTHING));
    TRY(sql_row(cx, FIND, IN(in_int("n", event->n), in_int("id", event->id)), OUT(out_int(&count))));
    *committed = count == 1;
    if (*committed)
        return OK;
    event_add_plain(cx, "event", event->id, "given_up", STR_NONE); /* who has not moved the counter yet expects the head as it was before this */
    return event_flush(cx, cx->tails);
}

const Error *event_init_org(Cx *cx, Id org, Str name, int zone_min)
{
    static const char ADD[] = "INSERT INTO org (org_id, name, zone_min, n, head, sign, created_at)"
                              " VALUES (:new, :name, :zone, 0, :head, :sign, :now)";
    return sql_run(cx, ADD,
                   IN(in_int("new", org), in_text("name", name), in_int("zone", zone_min), in_text("head", STR(FIRST_HEAD)),
                      in_text("sign", head_sign(cx, org, 0, STR(FIRST_HEAD)))));
}

Str event_changes(Cx *cx, const Record *record)
{
    Json json = json_new(cx->arena, 1 << 20);
    bool any = false;

    json_open(&json, '{');
    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        Value before, after;
        if (field->column == NULL || field->field->internal)
            continue;
        after = record->values[field->at];
        before = record->before == NULL ? VALUE_NULL : record->before[field->at];
        if (value_eq(before, after))
            continue;
        any = true;
        json_key(&json, str_of(field->field->name));
        json_open(&json, '[');
        record_value_json(cx, &json, field->field, before);
        record_value_json(cx, &json, field->field, after);
        json_close(&json, ']');
    }
    json_close(&json, '}');
    return any ? buf_str(&json.buf) : STR_NONE;
}

typedef struct {
    Json *json;
    const Record *record;
    int64_t limit, count, last;
} Lines;

static const Error *line_json(Cx *cx, const Row *row, void *self)
{
    Lines *lines = self;
    Json *json = lines->json;
    Instant at = row_int(row, 1), device_at = row_int(row, 2);

    if (lines->count == lines->limit) {
        lines->count++;
        return OK;
    }
    lines->count++;
    lines->last = row_int(row, 0);
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_KEY(json, "at");
    json_instant(json, at, cx->zone_min);
    if (device_at != 0) {
        JSON_KEY(json, "device_at");
        json_instant(json, device_at, cx->zone_min);
        if (device_at - at > SKEW || at - device_at > SKEW)
            JSON_BOOL(json, "clock_skew", true);
    }
    JSON_ID(json, "actor", row_int(row, 3));
    JSON_KEY(json, "actor_"); /* as include= names it */
    if (row_is_null(row, 3)) {
        json_none(json);
    } else {
        json_open(json, '{');
        JSON_ID(json, "id", row_int(row, 3));
        JSON_TEXT(json, "label", row_text(row, 9));
        json_close(json, '}');
    }
    JSON_TEXT(json, "action", row_text(row, 4));
    JSON_KEY(json, "from");
    row_is_null(row, 5) ? json_none(json) : json_text(json, row_text(row, 5));
    JSON_KEY(json, "to");
    row_is_null(row, 6) ? json_none(json) : json_text(json, row_text(row, 6));
    JSON_KEY(json, "place");
    json_raw(json, row_text(row, 7));
    JSON_KEY(json, "changes");
    json_raw(json, row_text(row, 8).len > 0 ? row_text(row, 8) : STR("{}"));
    json_close(json, '}');
    return OK;
}

const Error *event_list_json(Cx *cx, const Record *record, Str after, int64_t limit, Json *json)
{
    static const char LINES[] =
        "SELECT e.n, e.at, e.device_at, e.actor_id, e.action, e.from_state, e.to_state, e.place, e.payload, u.name"
        " FROM event e LEFT JOIN app_user u ON u.org_id = e.org_id AND u.id = e.actor_id"
        " WHERE e.org_id = :org AND e.record_id = :record AND e.record_type = :type AND e.n > :after ORDER BY e.n LIMIT :limit"; /* event_by_record_id_n */
    Lines lines = {.json = json, .record = record, .limit = limit};
    int64_t from = 0;

    if (after.len > 0 && (!str_to_int(after, &from) || from < 0))
        return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, LINES, IN(in_int("record", record->id), in_c("type", record->meta->table), in_int("after", from), in_int("limit", limit + 1)),
                 line_json, &lines));
    json_close(json, ']');
    JSON_KEY(json, "next");
    if (lines.count > limit)
        json_text(json, str_format(cx->arena, "%lld", (long long)lines.last));
    else
        json_none(json);
    json_close(json, '}');
    return OK;
}

typedef struct {
    BadFn *bad;
    void *self;
    Str head;
    char head_bytes[65];
    int64_t n;
} Walk;

static const Error *walk_line(Cx *cx, const Row *row, void *self)
{
    Walk *walk = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 24);
    Str where = str_format(arena, "event %lld", (long long)row_int(row, 0));
    Str payload_hash = row_text(row, 14), chain;

    if (row_int(row, 0) != walk->n + 1)
        walk->bad(walk->self, where, STR("a line is missing before it"));
    walk->n = row_int(row, 0);
    if (!row_is_null(row, 12) && !str_eq(secret_payload_hash(arena, row_text(row, 13), row_text(row, 12)), payload_hash))
        walk->bad(walk->self, where, STR("its content was changed"));
    if (row_is_null(row, 12) && payload_hash.len > 0 && row_int(row, 17) == 0)
        walk->bad(walk->self, where, STR("its content is gone without an erasure"));
    chain = chain_of(arena, walk->head, walk->n, row_int(row, 1), row_int(row, 2), row_int(row, 3), row_int(row, 4), row_text(row, 5),
                     row_int(row, 6), row_int(row, 7), row_text(row, 8), row_text(row, 9), row_text(row, 10), row_text(row, 11),
                     payload_hash, row_text(row, 15));
    if (!str_eq(chain, row_text(row, 16)))
        walk->bad(walk->self, where, STR("it does not follow from the line before"));
    (void)snprintf(walk->head_bytes, sizeof walk->head_bytes, "%.*s", STR_ARG(row_text(row, 16)));
    walk->head = str_of(walk->head_bytes);
    (void)cx;
    return OK;
}

const Error *event_check(Cx *cx, BadFn *bad, void *self)
{
    static const char WALK[] =
        "SELECT e.n, e.id, e.at, e.device_at, e.actor_id, e.record_type, e.record_id, e.project_id, e.action, e.from_state,"
        " e.to_state, e.place, e.payload, e.salt, e.payload_hash, e.seal, e.chain, EXISTS (SELECT 1 FROM event x WHERE x.org_id ="
        " e.org_id AND x.record_id = e.record_id AND x.action = 'erase') FROM event e WHERE e.org_id = :org AND e.n > :after ORDER BY e.n LIMIT :limit";
    static const char ORG[] = "SELECT n, head, sign FROM org WHERE org_id = :org";
    Walk walk = {.bad = bad, .self = self, .head = STR(FIRST_HEAD)};
    int64_t n;
    Str head, sign;

    TRY(sql_each_paged(cx, str_of(WALK), walk_line, &walk));
    TRY(sql_row(cx, ORG, NOTHING, OUT(out_int(&n), out_text(&head), out_text(&sign))));
    if (!str_eq(sign, head_sign(cx, cx->org, n, head)))
        bad(self, STR("org"), STR("the head of the audit chain carries a wrong signature"));
    if (n != walk.n || !str_eq(head, walk.head))
        bad(self, STR("event"), str_format(cx->arena, "the chain ends at %lld, but %lld lines were written", (long long)walk.n, (long long)n));
    return OK;
}

typedef struct {
    BadFn *bad;
    void *self;
    const char *what;
} Fault;

static const Error *told_fault(Cx *cx, const Row *row, void *self)
{
    const Fault *fault = self;

    fault->bad(fault->self, str_format(cx->arena, "%.*s %lld", STR_ARG(row_text(row, 0)), (long long)row_int(row, 1)), str_of(fault->what));
    return OK;
}

const Error *event_faults(Cx *cx, const char *sql, const char *what, BadFn *bad, void *self)
{
    return sql_each(cx, sql, NOTHING, told_fault, &(Fault){bad, self, what});
}
