/* bill.c: what an item costs a house for some days: the item's kind says which of the house's facts count. */
#include "modules/billing/billing_parts.h"

#include <stdlib.h>

bool bill_number(const Record *record, const char *field, Exact *out)
{
    return !record_is_null(record, field) && exact_parse(record_text(record, field), 9, out);
}

/* The item's day in the month that it is billed for (in advance), else the last day of that month. */
Date bill_due(const Record *tariff, Date from)
{
    int64_t day = record_int(tariff, "due_day"), last = date_month_last(from) % 100;

    return date_of(from / 10000, from / 100 % 100, (int)(day == 0 || day > last ? last : day));
}

static const Error *lacks(Cx *cx, const char *field, const char *zh, const char *en)
{
    return error_field(cx->arena, str_of(field), "required", str_of(zh), str_of(en));
}

static const Error *area_of(Cx *cx, const Record *tariff, const Record *house, Exact *out)
{
    Str kind = record_text(tariff, "area_kind");
    const char *field = str_is(kind, "inner") ? "inner_area" : str_is(kind, "garden") ? "garden_area" : "area";
    int64_t dm2 = record_int(house, field);

    if (dm2 <= 0)
        return lacks(cx, field, "房屋没有面积", "the house has no area");
    *out = exact_per(dm2, 100);
    return OK;
}

/* How many of what the item counts. */
static const Error *count_of(Cx *cx, PriceKind kind, const Record *house, Exact *out)
{
    const char *field = kind == BY_PERSON ? "persons" : "spaces";

    if (kind == BY_HOUSE) {
        *out = exact_of(1);
        return OK;
    }
    if (record_is_null(house, field))
        return kind == BY_PERSON ? lacks(cx, field, "没有登记居住人数", "the number of people is not known")
                                 : lacks(cx, field, "没有登记车位数", "the number of parking spaces is not known");
    *out = exact_of(record_int(house, field));
    return OK;
}

/* Whole months and parts of months, as fee_monthly counts them. */
static const Error *months_of(Cx *cx, bool basis30, Date from, Date to, Exact *out)
{
    bool fits = true;

    *out = exact_of(0);
    for (Date day = from; day <= to && fits;) {
        Date end = date_month_last(day);
        int last = end % 100;
        int64_t days = (end < to ? end : to) % 100 - day % 100 + 1;
        Exact part = days == last ? exact_of(1) : exact_per(basis30 && days > 30 ? 30 : days, basis30 ? 30 : last);
        fits = exact_add(*out, part, out);
        day = date_add(end, 1);
    }
    return fits ? OK : lacks(cx, "to", "期间太长", "the period is too long");
}

static void know(Quantities *all, Quantity quantity, bool known, Exact value)
{
    all->known[quantity] = known;
    all->value[quantity] = known ? value : exact_of(0);
}

static const Error *by_formula(Cx *cx, const Price *price, const Record *house, Date from, Date to, Billed *out)
{
    Quantities all = {0};
    FeeLine *line = new (cx->arena, FeeLine, 1);
    Exact months, yuan;

    TRY(months_of(cx, price->basis30, from, to, &months));
    know(&all, Q_AREA, record_int(house, "area") > 0, exact_per(record_int(house, "area"), 100));
    know(&all, Q_INNER_AREA, record_int(house, "inner_area") > 0, exact_per(record_int(house, "inner_area"), 100));
    know(&all, Q_GARDEN_AREA, !record_is_null(house, "garden_area"), exact_per(record_int(house, "garden_area"), 100));
    know(&all, Q_PERSONS, !record_is_null(house, "persons"), exact_of(record_int(house, "persons")));
    know(&all, Q_SPACES, !record_is_null(house, "spaces"), exact_of(record_int(house, "spaces")));
    know(&all, Q_HOUSES, true, exact_of(1));
    know(&all, Q_MONTHS, true, months);
    know(&all, Q_DAYS, true, exact_of(date_to_days(to) - date_to_days(from) + 1));
    *line = (FeeLine){.kind = LINE_FORMULA, .from = from, .to = to};
    TRY(formula_value(cx->arena, price->formula, &all, &yuan, &line->note));
    if (!exact_fen(yuan, &line->amount_fen))
        return lacks(cx, "formula", "算出的金额太大", "the amount is too large");
    fee_note_exact(line, yuan);
    out->fee = (Fee){line, 1, line->amount_fen};
    return OK;
}

static const Error *ask_monthly(Cx *cx, const Price *price, const Record *house, MonthlyFee *out)
{
    *out = (MonthlyFee){.kind = price->kind == BY_AREA ? LINE_AREA : LINE_UNIT, .price = price->rate, .basis30 = price->basis30, .rounding = price->rounding,
                        .raise_percent = price->raise_percent, .raise_months = price->raise_months, .raise_from = price->from};
    return price->kind == BY_AREA ? area_of(cx, price->tariff, house, &out->quantity) : count_of(cx, price->kind, house, &out->quantity);
}

/* The unit price is the first line's: a later one may have risen. */
static void set_terms(Cx *cx, const Price *price, const MonthlyFee *ask, Billed *out)
{
    out->quantity = exact_text(cx->arena, ask->quantity, 0, 4);
    out->unit_price = price->raise_months == 0 ? record_text(price->tariff, "rate_yuan") : exact_text(cx->arena, out->fee.list[0].price, 2, 6);
}

/* Day by day as much of it as the house pays then: lines of their own where that changes. */
static const Error *by_month(Cx *cx, const Price *price, const Record *house, const Reliefs *reliefs, Date from, Date to, Billed *out)
{
    MonthlyFee ask;
    Fee part;

    TRY(ask_monthly(cx, price, house, &ask));
    for (Date day = from, until; day <= to; day = date_add(until, 1)) {
        ask.percent = relief_on(price, house, reliefs, day, to, &until);
        ask.from = day;
        ask.to = until;
        TRY(fee_monthly(cx->arena, &ask, &part));
        TRY(fee_append(cx->arena, &part, &out->fee));
    }
    set_terms(cx, price, &ask, out);
    return OK;
}

const Error *bill_fee(Cx *cx, const Price *price, const Record *house, const Reliefs *reliefs, Date from, Date to, Billed *out)
{
    *out = (Billed){0};
    return price->kind == BY_FORMULA ? by_formula(cx, price, house, from, to, out) : by_month(cx, price, house, reliefs, from, to, out);
}

const Error *bill_fee_ahead(Cx *cx, const Price *price, const Record *house, const Reliefs *reliefs, Date from, Date to, Date today, Billed *out)
{
    Date month = today / 100 * 100 + 1, until;
    MonthlyFee ask;

    *out = (Billed){0};
    if (price->ahead_count == 0)
        return error_field(cx->arena, STR("ahead"), "choice", STR("这个收费项目没有预缴优惠"), STR("this item has no discount for paying ahead"));
    TRY(ask_monthly(cx, price, house, &ask));
    ask.percent = relief_on(price, house, reliefs, from, to, &until);
    ask.from = from;
    ask.to = to;
    TRY(fee_monthly(cx->arena, &ask, &out->fee));
    set_terms(cx, price, &ask, out);
    return fee_ahead(cx->arena, &ask, fee_whole_months(from > month ? from : month, to), price->ahead, price->ahead_count, &out->fee);
}

/* One line of so many, or of an amount agreed. */
static const Error *once(Cx *cx, const Record *charge, const Price *price, Billed *out)
{
    const Record *tariff = price->tariff;
    FeeLine *line = new (cx->arena, FeeLine, 1);
    Exact quantity = exact_of(1), yuan;

    *line = (FeeLine){.kind = LINE_NOTE, .note = record_is_null(charge, "note") ? record_text(tariff, "name") : record_text(charge, "note"), .amount_fen = record_int(charge, "amount_fen")};
    if (record_is_null(charge, "amount_fen")) {
        if (!exact_is_number(price->rate))
            return lacks(cx, "amount_fen", "这个项目没有单价，须写金额", "this item has no price; give the amount");
        (void)bill_number(charge, "quantity", &quantity);
        if (!exact_mul(quantity, price->rate, &yuan) || !exact_fen(yuan, &line->amount_fen))
            return lacks(cx, "quantity", "算出的金额太大", "the amount is too large");
        *line = (FeeLine){.kind = LINE_UNIT, .quantity = quantity, .price = price->rate, .amount_fen = line->amount_fen};
        out->quantity = exact_text(cx->arena, quantity, 0, 4);
        out->unit_price = record_text(tariff, "rate_yuan");
    }
    out->fee = (Fee){line, 1, line->amount_fen};
    return OK;
}

/* Days of an item that a house was billed for are not billed again, and only with a price that holds on all of them. */
static const Error *check_days(Cx *cx, const Record *charge, const Record *tariff, Date from, Date to, Problems *problems)
{
    static const char BILLED[] = "SELECT count(*) FROM charge WHERE org_id = :org AND house_id = :house AND slot = :slot AND period_from <= :to"
                                 " AND period_to >= :from"; /* charge_by_house_id_slot_period_from */
    int64_t billed = 0;

    if (from < (Date)record_int(tariff, "from"))
        problems_add(problems, STR("period_from"), "out_of_range", STR("这个价格那时还没有生效"), STR("this price did not hold yet"));
    if (!record_is_null(tariff, "to") && to > (Date)record_int(tariff, "to"))
        problems_add(problems, STR("period_to"), "out_of_range", STR("这个价格那时已经失效，须用后一段价格另计"), STR("this price no longer holds then; charge the rest by the next one"));
    TRY(sql_row(cx, BILLED, IN(in_int("house", record_int(charge, "house")), in_text("slot", record_text(tariff, "code")), in_int("from", from), in_int("to", to)),
                OUT(out_int(&billed))));
    if (billed > 0)
        problems_add(problems, STR("period_from"), "duplicate", STR("这套房的这个项目、这段时间已经出过账"), STR("this item was billed to this house for these days already"));
    return OK;
}

static void tell(Problems *problems, const Error *error)
{
    for (const FieldProblem *problem = error->fields; problem != NULL; problem = problem->next)
        problems_add(problems, problem->field, problem->code, problem->zh, problem->en);
}

const Error *bill_due_ahead(Cx *cx, Date today, Date *out)
{
    int64_t days;

    TRY(rule_value(cx, "billing.ahead_days", &days));
    *out = date_add(today, (int)days);
    return OK;
}

/* As it was given; what is paid ahead, in a few days. */
static const Error *due_of(Cx *cx, const Record *charge, const Record *tariff, Date from, Date today, Date *out)
{
    if (record_is_null(charge, "due_date") && record_int(charge, "ahead") != 0)
        return bill_due_ahead(cx, today, out);
    *out = !record_is_null(charge, "due_date") ? (Date)record_int(charge, "due_date") : from != 0 ? bill_due(tariff, from) : today;
    return OK;
}

const Error *charge_prepare(Cx *cx, Record *charge, const Record *tariff, const Record *house, Problems *problems)
{
    Date from = (Date)record_int(charge, "period_from"), to = (Date)record_int(charge, "period_to"), today = instant_to_date(cx->now, cx->zone_min);
    bool is_once = !record_is_null(charge, "amount_fen"), ahead = record_int(charge, "ahead") != 0;
    Billed billed = {0};
    const Error *error;
    Reliefs reliefs;
    Price price;
    Date due;

    TRY(price_read(cx->arena, tariff, &price));
    is_once = is_once || price.kind == ONE_OFF;
    if ((price_is_metered(&price) || price.kind == BY_SHARE) && !is_once)
        problems_add(problems, STR("tariff"), "choice", STR("按表和公摊的费用由出账批次产生"), STR("metered and shared items are charged by a run"));
    else if (!is_once && (from == 0 || to == 0))
        problems_add(problems, STR("period_from"), "required", STR("须写费用从哪天到哪天"), STR("give the days, from and to"));
    else if (is_once && ahead)
        problems_add(problems, STR("ahead"), "choice", STR("一次性的费用没有预缴优惠"), STR("what is charged once is not paid ahead"));
    else if (to < from)
        problems_add(problems, STR("period_to"), "out_of_range", STR("不能早于开始日"), STR("must not be before the first day"));
    if (!record_is_null(charge, "due_date") && llabs((long long)record_int(charge, "due_date") - today) > 200000)
        problems_add(problems, STR("due_date"), "out_of_range", STR("应在前后 20 年之内"), STR("must be within 20 years, either way")); /* a late fee of 40 years cannot be said */
    if (problems->count == 0 && !is_once)
        TRY(check_days(cx, charge, tariff, from, to, problems));
    if (problems->count > 0)
        return OK;
    TRY(reliefs_of(cx, house->id, from, to, &reliefs));
    error = is_once ? once(cx, charge, &price, &billed)
            : ahead ? bill_fee_ahead(cx, &price, house, &reliefs, from, to, today, &billed)
                    : bill_fee(cx, &price, house, &reliefs, from, to, &billed);
    if (error != OK && error->fields == NULL)
        return error;
    if (error != OK)
        tell(problems, error);
    else if (billed.fee.amount_fen <= 0)
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("金额应大于 0"), STR("must be above 0"));
    if (problems->count > 0)
        return OK;
    record_set_text(charge, "item", record_text(tariff, "code"));
    charge_set_title(cx, charge, tariff, from, to);
    record_set_int(charge, "amount_fen", billed.fee.amount_fen);
    record_set_int(charge, "open_fen", billed.fee.amount_fen);
    if (billed.quantity.len > 0)
        record_set_text(charge, "quantity", billed.quantity);
    if (billed.unit_price.len > 0)
        record_set_text(charge, "unit_price", billed.unit_price);
    record_set_text(charge, "facts", fee_lines_store(cx->arena, &billed.fee));
    TRY(due_of(cx, charge, tariff, from, today, &due));
    charge_set_due(cx, charge, due);
    if (!is_once)
        record_set_text(charge, "slot", record_text(tariff, "code"));
    return charge_terms(cx, charge, tariff);
}
