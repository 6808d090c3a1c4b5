/* price.c: 价格, one version of an item's price with its texts read: once for a run, not once for a house. */
#include "modules/billing/billing_parts.h"

const Choice tariff_kinds[] = {
    [BY_AREA] = {"area", "按面积", "By area"},   [BY_HOUSE] = {"fixed", "按户", "Per house"},     [BY_PERSON] = {"person", "按人", "Per person"},
    [BY_SPACE] = {"space", "按车位", "Per space"}, [BY_METER] = {"meter", "按表", "By meter"},
    [BY_TIME] = {"tou", "分时", "By the time of day"}, [BY_STEPS] = {"stepped", "阶梯", "Stepped"},
    [BY_SHARE] = {"share", "公摊", "Shared"},    [BY_FORMULA] = {"formula", "组合公式", "Formula"}, [ONE_OFF] = {"one_off", "一次性", "Once"},
    [PRICE_KINDS] = {0},
};

bool price_is_metered(const Price *price)
{
    return price->kind == BY_METER || price->kind == BY_TIME || price->kind == BY_STEPS;
}

bool price_is_monthly(const Price *price)
{
    return price->kind == BY_AREA || price->kind == BY_HOUSE || price->kind == BY_PERSON || price->kind == BY_SPACE;
}

static bool needs_rate(PriceKind kind)
{
    return kind != BY_TIME && kind != BY_STEPS && kind != BY_SHARE && kind != BY_FORMULA && kind != ONE_OFF;
}

static const Error *lacks(Arena *arena, const char *field, const char *zh, const char *en)
{
    return error_field(arena, str_of(field), "required", str_of(zh), str_of(en));
}

static const Error *read_steps(Arena *arena, const Record *tariff, Price *out)
{
    json_t *list;

    if (record_is_null(tariff, "steps"))
        return lacks(arena, "steps", "须写阶梯，如 [[180,\"5.00\"],[null,\"7.00\"]]", "give the steps, such as [[180,\"5.00\"],[null,\"7.00\"]]");
    TRY(json_read(arena, record_text(tariff, "steps"), &list));
    out->step_persons = record_int(tariff, "step_persons");
    return fee_steps_read(arena, list, out->steps, &out->step_count);
}

static const Error *read_rates(Arena *arena, const Record *tariff, Price *out)
{
    json_t *rates;

    if (record_is_null(tariff, "rates"))
        return lacks(arena, "rates", "须写各时段单价，如 {\"peak\":\"0.83\",\"valley\":\"0.31\"}", "give the price of each time of day, such as {\"peak\":\"0.83\",\"valley\":\"0.31\"}");
    TRY(json_read(arena, record_text(tariff, "rates"), &rates));
    return fee_registers_read(arena, "rates", rates, 6, out->rates);
}

/* 递增与预缴: of prices by the month alone. */
static const Error *read_terms(Arena *arena, const Record *tariff, Price *out)
{
    json_t *ahead;

    if ((!record_is_null(tariff, "raise_months") || !record_is_null(tariff, "ahead")) && !price_is_monthly(out))
        return error_field(arena, record_is_null(tariff, "ahead") ? STR("raise_months") : STR("ahead"), "choice", STR("只有按月计的收费项目才有"), STR("is for items by the month alone"));
    if (record_is_null(tariff, "raise_months") != record_is_null(tariff, "raise_percent"))
        return lacks(arena, record_is_null(tariff, "raise_months") ? "raise_months" : "raise_percent", "递增要写每几个月、递增百分之几", "a price that rises needs both, every how many months and by how much");
    out->raise_months = (int)record_int(tariff, "raise_months");
    (void)bill_number(tariff, "raise_percent", &out->raise_percent);
    if (record_is_null(tariff, "ahead"))
        return OK;
    TRY(json_read(arena, record_text(tariff, "ahead"), &ahead));
    return fee_ahead_read(arena, ahead, out->ahead, &out->ahead_count);
}

static const Error *read_formula(Arena *arena, const Record *tariff, Price *out)
{
    if (record_is_null(tariff, "formula"))
        return lacks(arena, "formula", "须写公式", "write the formula");
    return formula_parse(arena, record_text(tariff, "formula"), &out->formula);
}

const Error *price_read(Arena *arena, const Record *tariff, Price *out)
{
    Str kind = record_text(tariff, "kind");

    *out = (Price){.tariff = tariff, .code = record_text(tariff, "code"), .from = (Date)record_int(tariff, "from"),
                   .to = record_is_null(tariff, "to") ? 99991231 : (Date)record_int(tariff, "to"), .basis30 = str_is(record_text(tariff, "day_basis"), "30"),
                   .rounding = str_is(record_text(tariff, "rounding"), "bill") ? ROUND_BILL : ROUND_LINE};
    while (out->kind < PRICE_KINDS && !str_is(kind, tariff_kinds[out->kind].value))
        out->kind++;
    if (out->kind == PRICE_KINDS)
        return lacks(arena, "kind", "须写计费方式", "say how it is charged");
    (void)bill_number(tariff, "rate_yuan", &out->rate);
    (void)bill_number(tariff, "empty_percent", &out->empty_percent);
    if (needs_rate(out->kind) && !exact_is_number(out->rate))
        return lacks(arena, "rate_yuan", "这种计费方式要有单价", "this kind needs a price");
    if (out->kind == BY_STEPS)
        TRY(read_steps(arena, tariff, out));
    if (out->kind == BY_TIME)
        TRY(read_rates(arena, tariff, out));
    TRY(read_terms(arena, tariff, out));
    return out->kind == BY_FORMULA ? read_formula(arena, tariff, out) : OK;
}
