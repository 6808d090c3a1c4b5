/* api_figures.c: figures and the search box, with the list of all routes of the desk. */
#include "http/api_desk.h"
#include "kernel/figure.h"
#include "kernel/search.h"

static const Error *list_figures(Cx *cx, Call *call)
{
    if (!figure_may(cx->actor))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NULL));
    figure_list_json(cx, &call->out);
    return OK;
}

static const Error *get_figure(Cx *cx, Call *call)
{
    const Figure *figure = figure_find(cx->kernel, call->segments[1]);

    if (figure == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (!figure_may(cx->actor))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    return figure_json(cx, figure, call->params, call->param_count, &call->out);
}

static const Error *search(Cx *cx, Call *call)
{
    bool given = false;

    TRY(call_only_params(cx, call, NAMES("q")));
    for (int i = 0; i < call->param_count; i++)
        given = given || str_is(call->params[i].name, "q");
    if (!given)
        return error_field(cx->arena, STR("q"), "required", STR("不能缺少"), STR("is required"));
    return search_json(cx, call_param(call, "q"), &call->out);
}

const Route figure_routes[] = {
    {"GET", "figures", M_READ, list_figures, .zh = "指标清单", .en = "Names of the figures"},
    {"GET", "figures/*", M_READ, get_figure, .zh = "一个指标", .en = "A figure, told apart by category, assignee, building, week or month"},
    {"GET", "search", M_READ, search, .zh = "查找房屋、人员、事项", .en = "Find houses, people and matters"},
    {"GET", "today", M_READ, desk_today, .zh = "今日", .en = "The day: waiting, late, promised, who is at work"},
    {"GET", "houses/*/timeline", M_READ, desk_timeline, .zh = "房屋时间线", .en = "Everything that happened to a house, newest first"},
    {"GET", "repairs/*/suggestions", M_READ, desk_suggestions, .zh = "派给谁", .en = "Engineers for a repair, best first"},
    {"GET", "repairs/duplicates", M_READ, desk_duplicates, .zh = "可能重复的报修", .en = "Likely duplicates of the last 14 days"},
    {0},
};
