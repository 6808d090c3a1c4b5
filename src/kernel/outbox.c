/* outbox.c: the rows of the outbox: written, withdrawn, listed when they came to nothing, and sent again. */
#include "kernel/outbox.h"
#include "kernel/event.h"

#define HOOKS_KEPT (30 * DAY_US)

const Error *outbox_add(Cx *cx, const Delivery *delivery)
{
    static const char ADD[] = "INSERT INTO delivery (org_id, id, record_type, record_id, party_id, hook_id, channel, state, attempts, next_at, dedupe,"
                              " payload, urgent, created_at) VALUES (:org, :id, :type, :record, :party, :hook, :channel, 'queued', 0, :now, :dedupe,"
                              " :payload, :urgent, :now) ON CONFLICT (org_id, dedupe) DO NOTHING";
    return sql_run(cx, ADD,
                   IN(in_int("id", id_new(cx->now)), in_c("type", delivery->record_type), in_int("record", delivery->record),
                      in_ref("party", delivery->party), in_ref("hook", delivery->hook), in_c("channel", delivery->channel),
                      in_text("dedupe", delivery->dedupe), in_value("payload", delivery->payload.len == 0 ? VALUE_NULL : value_text(delivery->payload)),
                      in_int("urgent", delivery->urgent)));
}

const Error *outbox_withdraw(Cx *cx, Id record)
{
    static const char WITHDRAW[] = "UPDATE delivery SET state = 'withdrawn', next_at = NULL WHERE org_id = :org AND record_id = :record"
                                   " AND party_id IS NOT NULL AND next_at IS NOT NULL"; /* delivery_by_record_id_party_id_part */
    return sql_run(cx, WITHDRAW, IN(in_int("record", record)));
}

const Error *outbox_is_quiet(Cx *cx, bool *quiet)
{
    int64_t from, to, hour = instant_to_minute(cx->now, cx->zone_min) / 60;

    TRY(rule_value(cx, "outbox.quiet_from", &from));
    TRY(rule_value(cx, "outbox.quiet_to", &to));
    *quiet = from < to ? hour >= from && hour < to : from > to && (hour >= from || hour < to); /* over midnight or not */
    return OK;
}

const Error *outbox_sweep(Cx *cx, int max, int *count)
{
    static const char SWEEP[] = "DELETE FROM delivery WHERE org_id = :org AND id IN (SELECT id FROM delivery WHERE org_id = :org AND hook_id IS NOT NULL"
                                " AND state = 'sent' AND created_at < :old LIMIT :max)"; /* delivery_by_state_created_at_part */
    int64_t gone;

    TRY(sql_run_count(cx, SWEEP, IN(in_int("old", cx->now - HOOKS_KEPT), in_int("max", max)), &gone));
    *count = (int)gone;
    return OK;
}

typedef struct {
    Json *json;
    int64_t limit, count;
    Id last;
} Dead;

static const Error *dead_json(Cx *cx, const Row *row, void *self)
{
    Dead *dead = self;
    Json *json = dead->json;
    const RecordMeta *meta = kernel_find_table(cx->kernel, row_text(row, 1));

    if (++dead->count > dead->limit)
        return OK;
    dead->last = row_int(row, 0);
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_C(json, "resource", meta == NULL ? NULL : meta->type->resource);
    JSON_ID(json, "record", row_int(row, 2));
    JSON_KEY(json, "party");
    row_is_null(row, 3) ? json_none(json) : json_text(json, row_text(row, 3));
    JSON_ID(json, "webhook", row_int(row, 4));
    JSON_TEXT(json, "channel", row_text(row, 5));
    JSON_TEXT(json, "state", row_text(row, 6));
    JSON_INT(json, "attempts", row_int(row, 7));
    JSON_TEXT(json, "error", row_text(row, 8));
    JSON_KEY(json, "created_at");
    json_instant(json, row_int(row, 9), cx->zone_min);
    json_close(json, '}');
    return OK;
}

const Error *outbox_list_json(Cx *cx, Str state, Str after, int64_t limit, Json *json)
{
    static const char LIST_DEAD[] =
        "SELECT d.id, d.record_type, d.record_id, p.name, d.hook_id, d.channel, d.state, d.attempts, d.error, d.created_at FROM delivery d"
        " LEFT JOIN party p ON p.org_id = d.org_id AND p.id = d.party_id WHERE d.org_id = :org AND d.state IN ('dead', 'failed')"
        " AND (:state = '' OR d.state = :state) AND d.id < :before ORDER BY d.id DESC LIMIT :limit"; /* delivery_by_state_id_part */
    Dead dead = {.json = json, .limit = limit};
    Id before = INT64_MAX;

    if (!actor_has(cx->actor, R_ADMIN | R_REGION, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (state.len > 0 && !str_is(state, "dead") && !str_is(state, "failed"))
        return error_field(cx->arena, STR("state"), "choice", STR("应为 dead 或 failed"), STR("must be dead or failed"));
    if (after.len > 0 && !str_to_id(after, &before))
        return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, LIST_DEAD, IN(in_text("state", state.len == 0 ? STR("") : state), in_int("before", before), in_int("limit", limit + 1)), dead_json, &dead));
    json_close(json, ']');
    JSON_KEY(json, "next");
    dead.count > limit ? json_id(json, dead.last) : json_none(json);
    json_close(json, '}');
    return OK;
}

/* Who manages the company, or the record that it is about. What they may not know of is not there. */
static const Error *may_resend(Cx *cx, Str type, Id record_id)
{
    const RecordMeta *meta = kernel_find_table(cx->kernel, type);
    Record *record;

    if (actor_has(cx->actor, R_ADMIN | R_REGION, 0, 0))
        return OK;
    if (meta == NULL || meta->type->letter == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(record_get(cx, meta, record_id, &record));
    return access_may(cx, record, MANAGEMENT | R_DESK_LEAD) ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
}

const Error *outbox_resend(Cx *cx, Id delivery, Json *json)
{
    static const char FIND[] = "SELECT record_type, record_id, state FROM delivery WHERE org_id = :org AND id = :id";
    static const char AGAIN[] = "UPDATE delivery SET state = 'queued', attempts = 0, next_at = :now WHERE org_id = :org AND id = :id"
                                " AND state IN ('dead', 'failed')";
    Str type = STR_NONE, state = STR_NONE;
    int64_t record = 0, changed;

    TRY(sql_row(cx, FIND, IN(in_int("id", delivery)), OUT(out_text(&type), out_int(&record), out_text(&state))));
    TRY(may_resend(cx, type, record));
    TRY(sql_run_count(cx, AGAIN, IN(in_int("id", delivery)), &changed));
    if (changed == 0)
        return error_state(cx->arena, state, STR_NONE, STR_NONE);
    event_add_plain(cx, "delivery", delivery, "resend", STR_NONE);
    json_open(json, '{');
    JSON_ID(json, "id", delivery);
    JSON_C(json, "state", "queued");
    json_close(json, '}');
    return OK;
}
