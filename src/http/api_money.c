/* api_money.c: what is asked about money beside its records: the calculator, what a household owes, the trial balance. */
#include "http/api.h"
#include "modules/billing/billing.h"

/* The calculator: it reads and keeps nothing, so it needs neither a snapshot nor the writer. */
static const Error *preview_tariff(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return fee_preview_json(cx->arena, call->body, cx->lang, &call->out);
}

/* A day in the query, today without one. */
static const Error *read_day(Cx *cx, const Call *call, const char *name, Date *out)
{
    Str text = call_param(call, name);

    *out = instant_to_date(cx->now, cx->zone_min);
    if (text.ptr == NULL || date_parse(text, out))
        return OK;
    return error_field(cx->arena, str_of(name), "format", STR("应为日期，如 2026-11-23"), STR("must be a date such as 2026-11-23"));
}

/* Whoever may see the house's charges may see what is due: the money's people, the desk, and who owes it. */
static const Error *get_due(Cx *cx, Call *call)
{
    static const uint64_t may = BOOK_READERS | DESK | R_RESIDENT;
    Record *house;
    Date on;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    if (!cx->actor->is_system && (cx->actor->roles & may) == 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("on")));
    TRY(read_day(cx, call, "on", &on));
    return charge_due_json(cx, house, on, &call->out);
}

/* The project asked for, or the caller's own; 0 for those who keep the whole company's books. */
static const Error *books_of(Cx *cx, const Call *call, Id *project)
{
    Str text = call_param(call, "project");
    Record *record;

    *project = actor_only_project(cx->actor);
    if (text.ptr != NULL && !str_to_id(text, project))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    if (!actor_has(cx->actor, BOOK_READERS, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (text.ptr != NULL)
        TRY(record_get(cx, kernel_find(cx->kernel, STR("projects")), *project, &record));
    for (int i = 0; i < cx->actor->grant_count; i++) {
        const Grant *grant = &cx->actor->grants[i];
        if ((grant->role & (BOOK_READERS)) != 0 && grant->building == 0 && (grant->project == 0 || grant->project == *project))
            return OK;
    }
    if (*project != 0)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return error_field(cx->arena, STR("project"), "required", STR("须写明是哪个项目"), STR("say which project"));
}

static const Error *trial_balance(Cx *cx, Call *call)
{
    Id project;
    Date at;

    TRY(books_of(cx, call, &project));
    TRY(call_only_params(cx, call, NAMES("at", "project")));
    TRY(read_day(cx, call, "at", &at));
    return ledger_trial_json(cx, project, at, &call->out);
}

const Route money_routes[] = {
    {"GET", "houses/*/due", M_READ, get_due, .zh = "一户的应缴", .en = "What a household owes"},
    {"GET", "ledger/trial-balance", M_READ, trial_balance, .zh = "试算平衡表", .en = "Trial balance"},
    {"POST", "tariffs/preview", M_OWN, preview_tariff, .zh = "试算：按面积、阶梯、抄表、分摊、违约金、税、翻表、公式", .en = "Calculator: by area, steps, meter, shares, late fee, tax, roll-over, formula"},
    {0},
};
