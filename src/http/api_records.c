/* api_records.c: the generic paths that every declared resource has. */
#include "http/api.h"
#include "kernel/event.h"
#include "kernel/link.h"

static const Error *answer_record(Cx *cx, Call *call, const Record *record, const ListQuery *query)
{
    Shown shown = {.fields = query == NULL ? NULL : query->fields, .includes = query == NULL ? NULL : query->includes, .actions = true};

    call_header(call, "ETag", str_format(cx->arena, "\"v%lld\"", (long long)record->version));
    return record_json(cx, record, &shown, &call->out);
}

static const Error *list_records(Cx *cx, Call *call)
{
    ListQuery query;

    TRY(list_parse(cx, call->meta, call->params, call->param_count, NULL, &query));
    return list_json(cx, &query, &call->out);
}

static const Error *get_record(Cx *cx, Call *call)
{
    ListQuery query;
    Record *record;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    for (int i = 0; i < call->param_count; i++) /* one record takes fields and include alone */
        if (!str_is(call->params[i].name, "fields") && !str_is(call->params[i].name, "include"))
            return error_field(cx->arena, call->params[i].name, "unknown", STR("没有这个参数"), STR("there is no such parameter"));
    TRY(list_parse(cx, call->meta, call->params, call->param_count, NULL, &query));
    TRY(list_one(cx, &query, id, &record));
    return answer_record(cx, call, record, &query);
}

static const Error *create_record(Cx *cx, Call *call)
{
    Record *record;

    TRY(call_only_params(cx, call, NULL));
    TRY(process_create(cx, call->meta, call->body, &record));
    call->status = 201;
    call->is_anonymous = record->is_anonymous;
    if (!record->is_anonymous) {
        call->made = record->id;
        call->made_meta = call->meta;
    }
    call_header(call, "Location", str_format(cx->arena, "/api/v1/%s/%lld", call->meta->type->resource, (long long)record->id));
    return answer_record(cx, call, record, NULL);
}

static const Error *create_ahead(Cx *cx, Call *call)
{
    return process_create_ahead(cx, call->meta, call->body);
}

static const Error *patch_record(Cx *cx, Call *call)
{
    Record *record;
    Id id;

    TRY(call_only_params(cx, call, NULL));
    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(process_patch(cx, call->meta, id, call_if_match(call), call->body, &record));
    return answer_record(cx, call, record, NULL);
}

static const Error *delete_record(Cx *cx, Call *call)
{
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(process_archive(cx, call->meta, id, call_if_match(call)));
    call_no_content(call);
    return OK;
}

static const Error *record_events(Cx *cx, Call *call)
{
    Record *record;
    Id id;
    int64_t limit = 100;
    Str text = call_param(call, "limit");

    TRY(call_only_params(cx, call, NAMES("limit", "after")));
    if (text.ptr != NULL && (!str_to_int(text, &limit) || limit < 1 || limit > 500))
        return error_field(cx->arena, STR("limit"), "out_of_range", STR("limit 应在 1 到 500 之间"), STR("limit must be between 1 and 500"));
    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &record));
    return event_list_json(cx, record, call_param(call, "after"), limit, &call->out);
}

static const Error *record_links(Cx *cx, Call *call)
{
    Record *record;
    Id id;

    TRY(call_only_params(cx, call, NULL));
    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &record));
    return link_list_json(cx, record, &call->out);
}

static const Error *act_record(Cx *cx, Call *call)
{
    const Action *action;
    Record *record;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(process_act(cx, call->meta, id, call->segments[3], call_if_match(call), call->body, &record));
    action = meta_action(call->meta, call->segments[3]);
    if (action->answer != NULL) {
        Asked asked;
        TRY(process_read_asked(cx, action, call->body, &asked));
        return action->answer(cx, record, &asked, &call->out);
    }
    TRY(record_load(cx, call->meta, id, &record)); /* as it is now, also when the caller has just handed it to another */
    return answer_record(cx, call, record, NULL);
}

const Route record_routes[] = {
    {"GET", "*", M_READ, list_records, .zh = "列表", .en = "List"},
    {"POST", "*", M_WRITE, create_record, .ahead = create_ahead, .zh = "新建", .en = "Create"},
    {"GET", "*/*", M_READ, get_record, .zh = "读取", .en = "Read"},
    {"PATCH", "*/*", M_WRITE, patch_record, .zh = "修改", .en = "Change"},
    {"DELETE", "*/*", M_WRITE, delete_record, .zh = "归档", .en = "Archive"},
    {"GET", "*/*/events", M_READ, record_events, .zh = "经过", .en = "Events"},
    {"GET", "*/*/links", M_READ, record_links, .zh = "关联", .en = "Links with other records, at both ends"},
    {"POST", "*/*/actions/*", M_WRITE, act_record, .zh = "办理", .en = "Take an action"},
    {0},
};
