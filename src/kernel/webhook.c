/* webhook.c: 网络回调, programs of others that are told what happens: each committed event of the kinds that a webhook names.
 *
 * `events` is a list of words: "repairs" (everything about repairs) or "complaints.closed" (an action or a state of that name).
 * What is told is what every live stream is told, ids and names of steps and no personal data; who wants more asks the API.
 * A company without webhooks pays nothing for them: how many it has is read with the counter of its events. */
#include "kernel/event.h"
#include "kernel/keys.h"
#include "kernel/outbox.h"
#include "kernel/outbox_parts.h"
#include "kernel/secret.h"

#define SECRET_MIN 16

static const Rule rules[] = {
    {"outbox.quiet_from", "夜间免打扰从（时）", "Quiet from (hour)", 21, 0, 24, "hour"},
    {"outbox.quiet_to", "夜间免打扰到（时）", "Quiet until (hour)", 8, 0, 24, "hour"},
};

static const Field fields[] = {
    {"url", "地址", "URL", T_TEXT, .max = 500, .required = true},
    {"secret", "签名密钥", "Secret", T_SECRET, .required = true},
    {"events", "事件", "Events", T_WORDS, .required = true},
    {"active", "启用", "Active", T_BOOL},
    {"note", "说明", "Note", T_TEXT, .max = 200},
    {"sealed", "封存的密钥", "Sealed secret", T_TEXT, .max = 500, .internal = true},
};
static const Sight sights[] = {{R_ADMIN | R_REGION}};
static const Index indexes[] = {{"active, id", .where = "active = 1"}, {0}};

/* Is the word an action or a state of the type, or the name of its creation? */
static bool is_step(const RecordType *type, Str word)
{
    if (str_is(word, type->first_action == NULL ? "create" : type->first_action) || str_is(word, "update") || str_is(word, "archive"))
        return true;
    for (int i = 0; i < type->action_count; i++)
        if (str_is(word, type->actions[i].name))
            return true;
    for (int i = 0; i < type->state_count; i++)
        if (str_is(word, type->states[i].name))
            return true;
    return false;
}

static const Error *check_events(Cx *cx, Str list, Problems *problems)
{
    json_t *words, *word;
    size_t i;

    if (list.len == 0)
        return OK;
    TRY(json_read(cx->arena, list, &words));
    if (json_array_size(words) == 0)
        problems_add(problems, STR("events"), "required", STR("至少写一类事件"), STR("name at least one kind of event"));
    json_array_foreach(words, i, word)
    {
        Str step, resource = str_split(json_str(word), '.', &step);
        const RecordMeta *meta = kernel_find(cx->kernel, resource);
        if (meta == NULL || (step.ptr != NULL && !is_step(meta->type, step)))
            problems_add(problems, STR("events"), "choice",
                         str_format(cx->arena, "没有事件 %.*s；写成 repairs 或 complaints.closed 这样", STR_ARG(utf8_cut(json_str(word), 60))),
                         str_format(cx->arena, "there is no event %.*s; they are written like repairs or complaints.closed", STR_ARG(utf8_cut(json_str(word), 60))));
    }
    return OK;
}

static const Error *check(Cx *cx, Record *record, Problems *problems)
{
    if (record_is_null(record, "active"))
        record_set_int(record, "active", 1);
    if (!record_is_null(record, "url") && !channel_url_is_fine(cx->arena, record_text(record, "url"), cx->kernel->allow_private_webhooks))
        problems_add(problems, STR("url"), "format", STR("应为 https:// 或 http:// 的公网地址，不含用户名"),
                     STR("must be a public address, https:// or http://, without a user"));
    return check_events(cx, record_text(record, "events"), problems);
}

static Str place_of_secret(const Cx *cx, Id id)
{
    return str_format(cx->arena, "webhook:%lld:secret", (long long)id);
}

/* It signs, so it must be read again: sealed, not hashed. */
static const Error *take_secret(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *given = json_object_get(body, "secret");
    SecretKey key = keys_box(cx->kernel->secrets);

    if (given == NULL)
        return OK;
    if (!json_is_string(given) || json_str(given).len < SECRET_MIN || json_str(given).len > 200) {
        problems_add(problems, STR("secret"), "out_of_range", STR("密钥应有 16 到 200 个字节"), STR("a secret has 16 to 200 bytes"));
        return OK;
    }
    record_set_text(record, "sealed", secret_seal(cx->arena, &key, place_of_secret(cx, record->id), json_str(given)));
    return OK;
}

static const Error *count_hooks(Cx *cx)
{
    static const char COUNT[] = "UPDATE org SET hooks = (SELECT count(*) FROM webhook w WHERE w.org_id = :org AND w.active = 1 AND w.archived_at IS NULL)"
                                " WHERE org_id = :org";
    return sql_run(cx, COUNT, NOTHING);
}

static const Error *after(Cx *cx, Record *record, const json_t *body)
{
    (void)record;
    (void)body;
    return count_hooks(cx);
}

static const Error *archived(Cx *cx, Record *record)
{
    (void)record;
    return count_hooks(cx);
}

const RecordType webhook_type = {
    .resource = "webhooks", .name = "webhook", .zh = "网络回调", .en = "Webhook", .fields = LIST(fields), .sights = LIST(sights), .indexes = indexes,
    .create_by = R_ADMIN | R_REGION, .write_by = R_ADMIN | R_REGION, .label = "url", .prepare = check, .changed = check, .take = take_secret,
    .after = after, .archived = archived,
};

bool webhook_secret(Cx *cx, Id id, Str sealed, Str *out)
{
    SecretKey key = keys_box(cx->kernel->secrets);

    return secret_unseal(cx->arena, &key, place_of_secret(cx, id), sealed, out);
}

/* Does the list, as it is stored, want the event? */
static bool wants(Cx *cx, Str list, const Event *event)
{
    json_t *words, *word;
    size_t i;

    if (json_read(cx->arena, list, &words) != OK)
        return false;
    json_array_foreach(words, i, word)
    {
        Str step, resource = str_split(json_str(word), '.', &step);
        if (str_is(resource, event->meta->type->resource) &&
            (step.ptr == NULL || str_is(step, event->action) || (event->to != NULL && str_is(step, event->to))))
            return true;
    }
    return false;
}

static Str payload_of(const Cx *cx, const Event *event)
{
    Json json = json_new(cx->arena, 1 << 14);

    json_open(&json, '{');
    JSON_INT(&json, "n", event->n);
    JSON_C(&json, "resource", event->meta->type->resource);
    JSON_ID(&json, "id", event->record);
    JSON_ID(&json, "project", event->project);
    JSON_C(&json, "action", event->action);
    JSON_C(&json, "from", event->from);
    JSON_C(&json, "state", event->to);
    JSON_KEY(&json, "at");
    json_instant(&json, event->at, cx->zone_min);
    json_close(&json, '}');
    return buf_str(&json.buf);
}

typedef struct {
    const Tail *tails;
    struct {
        Id id;
        Str events;
    } hooks[50];
    int count;
} Hooks;

static const Error *take_hook(Cx *cx, const Row *row, void *self)
{
    Hooks *hooks = self;

    if (hooks->count < (int)COUNT_OF(hooks->hooks)) {
        hooks->hooks[hooks->count].id = row_int(row, 0);
        hooks->hooks[hooks->count++].events = str_copy(cx->arena, row_text(row, 1));
    }
    return OK;
}

const Error *outbox_hook_events(Cx *cx, const Tail *tails)
{
    static const char ACTIVE[] = "SELECT id, events FROM webhook WHERE org_id = :org AND active = 1 AND archived_at IS NULL ORDER BY id LIMIT 50"; /* webhook_by_active_id_part */
    Hooks hooks = {.count = 0};

    TRY(sql_each(cx, ACTIVE, NOTHING, take_hook, &hooks));
    for (const Tail *tail = tails; tail != NULL; tail = tail->next) {
        const Event *event = tail->what;
        if (tail->org != cx->org || event->meta == NULL)
            continue;
        for (int i = 0; i < hooks.count; i++)
            if (wants(cx, hooks.hooks[i].events, event))
                TRY(outbox_add(cx, &(Delivery){.record_type = event->record_type, .record = event->record, .hook = hooks.hooks[i].id, .channel = "webhook",
                                               .payload = payload_of(cx, event),
                                               .dedupe = str_format(cx->arena, "hook %lld %lld", (long long)hooks.hooks[i].id, (long long)event->n)}));
    }
    return OK;
}

static const RecordType *const records[] = {&webhook_type, NULL};
const Module outbox_module = {"outbox", "发件箱", "Outbox", .records = records, .rules = LIST(rules)};
