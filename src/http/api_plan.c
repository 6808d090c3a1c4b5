/* api_plan.c: what is asked about plans and checklists beside their records: the planner's calculator, people's load, an item's course. */
#include "http/api.h"
#include "kernel/checklist.h"
#include "kernel/plan.h"

static const Error *preview_plan(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return plan_preview_json(cx, call->body, &call->out);
}

/* The project that is asked for, and the days. */
static const Error *read_where(Cx *cx, Call *call, Id *id, Date *from, Date *to)
{
    TRY(call_project(cx, call, id));
    TRY(call_day(cx, call, "from", from));
    return call_day(cx, call, "to", to);
}

static const Error *get_load(Cx *cx, Call *call)
{
    Date from, to;
    Id id;

    if (!actor_has(cx->actor, PLANNERS | R_DESK_LEAD, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("project", "from", "to")));
    TRY(read_where(cx, call, &id, &from, &to));
    return plan_load_json(cx, id, from, to, &call->out);
}

static const Error *get_coming(Cx *cx, Call *call)
{
    Str statutory = call_param(call, "statutory");
    Date from, to;
    Id id;

    if (!actor_has(cx->actor, STAFF, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("project", "statutory", "from", "to")));
    TRY(read_where(cx, call, &id, &from, &to));
    if (statutory.ptr != NULL && !str_is(statutory, "true") && !str_is(statutory, "false"))
        return error_field(cx->arena, STR("statutory"), "format", STR("应为 true 或 false"), STR("must be true or false"));
    return plan_coming_json(cx, id, str_is(statutory, "true"), from, to, &call->out);
}

static const Error *get_trend(Cx *cx, Call *call)
{
    Record *template;
    Str about = call_param(call, "subject");
    Date from, to;
    Id id, subject = 0;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &template));
    TRY(call_only_params(cx, call, NAMES("item", "from", "to", "subject")));
    TRY(call_day(cx, call, "from", &from));
    TRY(call_day(cx, call, "to", &to));
    if (call_param(call, "from").ptr == NULL)
        from = date_add(to, -365);
    if (about.ptr != NULL && !str_to_id(about, &subject))
        return error_field(cx->arena, STR("subject"), "format", STR("应为编号"), STR("must be an id"));
    return checklist_trend_json(cx, template, call_param(call, "item"), from, to, subject, &call->out);
}

/* What an edition asked (the present one without `edition`): who began a task with it finishes it with it. */
static const Error *get_items(Cx *cx, Call *call)
{
    Record *template;
    Str text = call_param(call, "edition");
    int64_t edition;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &template));
    TRY(call_only_params(cx, call, NAMES("edition")));
    edition = record_int(template, "edition");
    if (text.ptr != NULL && !str_to_int(text, &edition))
        return error_field(cx->arena, STR("edition"), "format", STR("应为版次，如 1"), STR("must be an edition such as 1"));
    return checklist_edition_json(cx, id, edition, &call->out);
}

const Route plan_routes[] = {
    {"POST", "plans/preview", M_READ, preview_plan, .zh = "试算：周期在哪些时间发生", .en = "Calculator: when a recurrence occurs"},
    {"GET", "plans/load", M_READ, get_load, .zh = "每人每周的任务量", .en = "Minutes of tasks by person and week"},
    {"GET", "plans/coming", M_READ, get_coming, .zh = "还没有生成任务的日期", .en = "When tasks will be due that are not made yet"},
    {"GET", "checklist_templates/*/trend", M_READ, get_trend, .zh = "一个检查项的走势", .en = "The course of an item's values"},
    {"GET", "checklist_templates/*/items", M_READ, get_items, .zh = "检查表某一版次的检查项", .en = "The items of an edition of a checklist"},
    {0},
};
