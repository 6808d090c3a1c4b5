/* story.c: 谁改过, who set the price that a charge was made at, who made and reviewed its run, who reduced, disputed or reversed it. */
#include "modules/billing/billing.h"

#define MAX_STORY 200

typedef struct {
    Json *json;
    bool to_staff;
} Story;

/* What people have done; that it was paid is told elsewhere, and what follows from paying is nobody's doing. */
static const struct {
    const char *table;
    const char *const *actions;
    bool to_all; /* households are told too */
} told[] = {
    {"tariff", NAMES("create", "update"), true},
    {"billing_run", NAMES("prepare", "review", "post", "void"), true},
    {"charge", NAMES("charge", "update", "reverse", "write_off", "dispute", "settle_dispute"), true},
    {"adjustment", NAMES("ask", "reject"), false},
    {"adjustment", NAMES("approve"), true},
};

static bool is_told(const Story *story, Str table, Str action)
{
    for (size_t i = 0; i < COUNT_OF(told); i++)
        if (str_is(table, told[i].table) && names_have(told[i].actions, action.ptr) && (told[i].to_all || story->to_staff))
            return true;
    return false;
}

static Str said(const Cx *cx, const RecordMeta *meta, Str name)
{
    const Action *action = meta_action(meta, name);
    bool zh = cx->lang == LANG_ZH;

    if (action != NULL)
        return str_of(zh ? action->zh : action->en);
    if (str_is(name, "update"))
        return zh ? STR("修改") : STR("Changed");
    if (meta->type->first_action != NULL)
        return str_of(zh ? meta->type->first_zh : meta->type->first_en);
    return zh ? STR("登记") : STR("Entered");
}

/* To a household, staff are the company; itself it is by name. */
static Str who(const Cx *cx, const Story *story, int64_t actor, Str name)
{
    if (actor == 0)
        return cx->lang == LANG_ZH ? STR("系统") : STR("The program");
    if (story->to_staff || (cx->actor != NULL && actor == cx->actor->user))
        return name;
    return cx->lang == LANG_ZH ? STR("物业") : STR("Property company");
}

static const Error *step_json(Cx *cx, const Row *row, void *self)
{
    Story *story = self;
    Json *json = story->json;
    Str table = str_of(str_to_c(cx->arena, row_text(row, 1))), action = str_of(str_to_c(cx->arena, row_text(row, 2)));
    const RecordMeta *meta = kernel_find_table(cx->kernel, table);
    int64_t actor = row_is_null(row, 3) ? 0 : row_int(row, 3);

    if (meta == NULL || !is_told(story, table, action))
        return OK;
    json_open(json, '{');
    JSON_KEY(json, "at");
    json_instant(json, row_int(row, 0), cx->zone_min);
    JSON_C(json, "resource", meta->type->resource);
    JSON_C(json, "what", cx->lang == LANG_ZH ? meta->type->zh : meta->type->en);
    JSON_TEXT(json, "action", action);
    JSON_TEXT(json, "label", said(cx, meta, action));
    JSON_TEXT(json, "by", who(cx, story, actor, row_text(row, 4)));
    if (!row_is_null(row, 5))
        JSON_INT(json, "amount_fen", row_int(row, 5));
    if (story->to_staff && !row_is_null(row, 6))
        JSON_TEXT(json, "reason", row_text(row, 6));
    json_close(json, '}');
    return OK;
}

const Error *charge_story_json(Cx *cx, const Record *charge, Json *json)
{
    static const char STEPS[] =
        "SELECT e.at, e.record_type, e.action, e.actor_id, coalesce(u.name, ''), x.fen, x.reason FROM (SELECT CAST(:tariff AS BIGINT) AS id, CAST(NULL AS BIGINT) AS fen, CAST(NULL AS TEXT) AS reason"
        " UNION ALL SELECT CAST(:run AS BIGINT), NULL, NULL UNION ALL SELECT CAST(:charge AS BIGINT), NULL, NULL"
        " UNION ALL SELECT j.id, j.amount_fen, j.reason FROM adjustment j WHERE j.org_id = :org AND j.charge_id = :charge) x"
        " JOIN event e ON e.org_id = :org AND e.record_id = x.id LEFT JOIN app_user u ON u.org_id = e.org_id AND u.id = e.actor_id ORDER BY e.n LIMIT :limit"; /* adjustment_by_charge_id_id, event_by_record_id_n */
    Story story = {.json = json, .to_staff = cx->actor->is_system || (cx->actor->roles & FEE_READERS) != 0};

    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, STEPS,
                 IN(in_int("tariff", record_int(charge, "tariff")), in_int("run", record_int(charge, "run")), in_int("charge", charge->id), in_int("limit", MAX_STORY)), step_json, &story));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
