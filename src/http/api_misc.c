/* api_misc.c: what a client needs to know before it draws anything: declarations, messages, live events, OpenAPI. */
#include "http/api.h"
#include "http/hub.h"
#include "http/openapi.h"
#include "kernel/message.h"

static bool sees_type(const Cx *cx, const RecordType *type)
{
    for (int i = 0; i < type->sight_count; i++)
        if ((type->sights[i].roles & cx->actor->roles) != 0)
            return true;
    return false;
}

static const char *label(const Cx *cx, const char *zh, const char *en)
{
    return cx->lang == LANG_ZH ? zh : en;
}

static void action_json(const Cx *cx, Json *json, const Action *action)
{
    json_open(json, '{');
    JSON_C(json, "name", action->name);
    JSON_C(json, "label", label(cx, action->zh, action->en));
    JSON_KEY(json, "from");
    json_open(json, '[');
    for (int i = 0; action->from != NULL && action->from[i] != NULL; i++)
        json_c(json, action->from[i]);
    json_close(json, ']');
    JSON_C(json, "to", action->to);
    if (action->undo != NULL)
        JSON_C(json, "undo", action->undo);
    JSON_KEY(json, "asks");
    json_open(json, '[');
    for (int i = 0; i < action->ask_count; i++)
        field_json(cx, json, &action->asks[i]);
    json_close(json, ']');
    json_close(json, '}');
}

static void type_json(const Cx *cx, Json *json, const RecordMeta *meta)
{
    const RecordType *type = meta->type;

    json_open(json, '{');
    JSON_C(json, "name", type->resource);
    JSON_C(json, "label", label(cx, type->zh, type->en));
    JSON_C(json, "prefix", type->prefix);
    JSON_KEY(json, "fields");
    json_open(json, '[');
    for (int i = 0; i < meta->field_count; i++)
        if (!meta->fields[i].field->internal)
            field_json(cx, json, meta->fields[i].field);
    json_close(json, ']');
    JSON_KEY(json, "states");
    json_open(json, '[');
    for (int i = 0; i < type->state_count; i++) {
        json_open(json, '{');
        JSON_C(json, "name", type->states[i].name);
        JSON_C(json, "label", label(cx, type->states[i].zh, type->states[i].en));
        JSON_BOOL(json, "ended", type->states[i].ended);
        JSON_BOOL(json, "paused", type->states[i].paused);
        json_close(json, '}');
    }
    json_close(json, ']');
    JSON_KEY(json, "actions");
    json_open(json, '[');
    for (int i = 0; i < type->action_count; i++) { /* those that some role or relation of the caller may ever take */
        uint64_t relations = BY_REPORTER | BY_ASSIGNEE | BY_OWNER | BY_SELF;
        if ((type->actions[i].by & (cx->actor->roles | relations)) != 0)
            action_json(cx, json, &type->actions[i]);
    }
    json_close(json, ']');
    JSON_KEY(json, "limits");
    json_open(json, '[');
    for (int i = 0; i < type->limit_count; i++) {
        json_open(json, '{');
        JSON_C(json, "name", type->limits[i].name);
        JSON_C(json, "label", label(cx, type->limits[i].zh, type->limits[i].en));
        json_close(json, '}');
    }
    json_close(json, ']');
    JSON_C(json, "first_action", type->first_action == NULL ? "create" : type->first_action);
    JSON_C(json, "first_label", type->first_zh == NULL ? label(cx, "新建", "Create") : label(cx, type->first_zh, type->first_en));
    json_close(json, '}');
}

static const Error *get_meta(Cx *cx, Call *call)
{
    Json *json = &call->out;

    TRY(call_only_params(cx, call, NULL));
    json_open(json, '{');
    JSON_KEY(json, "resources");
    json_open(json, '[');
    for (int i = 0; i < cx->kernel->type_count; i++)
        if (sees_type(cx, cx->kernel->types[i].type))
            type_json(cx, json, &cx->kernel->types[i]);
    json_close(json, ']');
    JSON_KEY(json, "roles");
    json_open(json, '[');
    for (int i = 0; i < ROLE_COUNT; i++) {
        const RoleRow *role = role_row(UINT64_C(1) << i);
        json_open(json, '{');
        JSON_C(json, "name", role->name);
        JSON_C(json, "label", label(cx, role->zh, role->en));
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}

static const Error *list_messages(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NAMES("after")));
    return message_list_json(cx, call_param(call, "after"), 50, &call->out);
}

static const Error *messages_seen(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Str upto;
    Id id = 0;

    TRY(body_text(cx, call, "upto", true, &upto, &problems));
    if (upto.len > 0 && !str_to_id(upto, &id))
        problems_add(&problems, STR("upto"), "format", STR("应为消息编号"), STR("must be a message id"));
    TRY(problems_error(&problems));
    TRY(message_seen(cx, id));
    call_no_content(call);
    return OK;
}

static const Error *get_openapi(Cx *cx, Call *call)
{
    openapi_json(cx->kernel, cx->lang, &call->out);
    return OK;
}

const Route misc_routes[] = {
    {"GET", "meta", M_READ, get_meta, .zh = "声明", .en = "Declarations"},
    {"GET", "events", M_OWN, hub_stream, .zh = "实时事件", .en = "Live events"},
    {"GET", "messages", M_READ, list_messages, .zh = "我的消息", .en = "My messages"},
    {"POST", "messages/seen", M_WRITE, messages_seen, .zh = "消息已读", .en = "Messages seen"},
    {"GET", "openapi.json", M_OWN, get_openapi, .is_public = true, .zh = "接口说明", .en = "This description"},
    {0},
};
