/* api_desk.c: what the desk works from: the day, a house's story, who could do a repair, what has been reported already. */
#include "http/api_desk.h"
#include "kernel/fact.h"
#include "kernel/timeline.h"
#include "modules/property/property.h"
#include "modules/repair/repair.h"

#define BACKUP_GOOD_FOR (26 * HOUR)

static const Error *take_count(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(int64_t *)self = row_int(row, 0);
    return OK;
}

/* Records of the type in a state that the caller may see, as a member. */
static const Error *add_count(Cx *cx, Json *json, const char *name, const RecordType *type, const char *state)
{
    const RecordMeta *meta = kernel_type(cx->kernel, type);
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};
    int64_t count = 0;

    buf_format(&sql, "SELECT count(*) FROM \"%s\" t WHERE t.org_id = :org AND t.state = :state AND t.archived_at IS NULL AND ", meta->table);
    access_condition(cx, meta, &sql, &params);
    params_add(&params, "state", value_text(str_of(state)));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, take_count, &count));
    json_key(json, str_of(name));
    json_int(json, count);
    return OK;
}

/* When the last good backup was made. null when none is known, and for those who need not
 * know. */
static const Error *add_backup(Cx *cx, Json *json)
{
    Str value = STR_NONE;
    int64_t at;

    if ((cx->actor->roles & MANAGEMENT) != 0)
        TRY(fact_read(cx, FACT_BACKUP_AT, &value));
    JSON_KEY(json, "backup");
    if (!str_to_int(value, &at)) {
        json_none(json);
        return OK;
    }
    json_open(json, '{');
    JSON_KEY(json, "last_at");
    json_instant(json, at, cx->zone_min);
    JSON_BOOL(json, "ok", cx->now - at <= BACKUP_GOOD_FOR);
    json_close(json, '}');
    return OK;
}

const Error *desk_today(Cx *cx, Call *call)
{
    Json *json = &call->out;

    TRY(call_only_params(cx, call, NULL));
    json_open(json, '{');
    TRY(repair_today_json(cx, json));
    TRY(add_count(cx, json, "followups", &followup_type, "open"));
    TRY(add_count(cx, json, "claims", &claim_type, "requested"));
    TRY(add_backup(cx, json));
    json_close(json, '}');
    return OK;
}

const Error *desk_timeline(Cx *cx, Call *call)
{
    int64_t limit = 50;
    Record *house;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    TRY(call_only_params(cx, call, NAMES("after", "limit")));
    if (call_param(call, "limit").len > 0 && (!str_to_int(call_param(call, "limit"), &limit) || limit < 1 || limit > TIMELINE_MAX))
        return error_field(cx->arena, STR("limit"), "out_of_range", STR("limit 应在 1 到 500 之间"), STR("limit must be between 1 and 500"));
    return timeline_house_json(cx, house, call_param(call, "after"), limit, &call->out);
}

const Error *desk_suggestions(Cx *cx, Call *call)
{
    Record *repair;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &repair));
    if (!actor_has(cx->actor, DESK | R_ENG_LEAD, repair->project, repair->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NULL));
    return repair_suggestions_json(cx, repair, &call->out);
}

/* The id in a parameter, of a record that the caller may see. */
static const Error *read_place(Cx *cx, const Call *call, const char *name, const char *resource, Id *out, Problems *problems)
{
    Str text = call_param(call, name);
    bool seen = false;

    *out = 0;
    if (text.len == 0)
        return OK;
    if (str_to_id(text, out))
        TRY(record_is_seen(cx, kernel_find(cx->kernel, str_of(resource)), value_int(*out), &seen));
    if (!seen)
        problems_add(problems, str_of(name), "reference", STR("没有这一条"), STR("there is no such record"));
    return OK;
}

const Error *desk_duplicates(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Id house, space;

    TRY(call_only_params(cx, call, NAMES("house", "space", "category")));
    TRY(read_place(cx, call, "house", "houses", &house, &problems));
    TRY(read_place(cx, call, "space", "spaces", &space, &problems));
    if (problems.count == 0 && house == 0 && space == 0)
        problems_add(&problems, STR("house"), "required", STR("须写明房屋，或公共部位（space）"), STR("give the house, or the common place (space)"));
    TRY(problems_error(&problems));
    return repair_duplicates_json(cx, house, space, call_param(call, "category"), &call->out);
}
