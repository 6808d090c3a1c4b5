/* api_plan.c: what is asked about plans and checklists beside their records: the planner's calculator, people's load, an item's course. */
#include "http/api.h"
#include "kernel/checklist.h"
#include "kernel/plan.h"

static const Error *preview_plan(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return plan_preview_json(cx, call->body, &call->out);
}

static const Error *get_load(Cx *cx, Call *call)
{
    Record *project;
    Id id = actor_only_project(cx->actor);
    Str text = call_param(call, "project");
    Date from, to;

    if (!actor_has(cx->actor, PLANNERS | R_DESK_LEAD, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("project", "from", "to")));
    TRY(call_day(cx, call, "from", &from));
    TRY(call_day(cx, call, "to", &to));
    if (text.ptr != NULL && !str_to_id(text, &id))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    if (id != 0)
        TRY(record_get(cx, kernel_find(cx->kernel, STR("projects")), id, &project));
    return plan_load_json(cx, id, from, to, &call->out);
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

const Route plan_routes[] = {
    {"POST", "plans/preview", M_READ, preview_plan, .zh = "试算：周期在哪些时间发生", .en = "Calculator: when a recurrence occurs"},
    {"GET", "plans/load", M_READ, get_load, .zh = "每人每周的任务量", .en = "Minutes of tasks by person and week"},
    {"GET", "checklist_templates/*/trend", M_READ, get_trend, .zh = "一个检查项的走势", .en = "The course of an item's values"},
    {0},
};
