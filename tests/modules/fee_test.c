/* fee_test.c: every example of tests/data/billing_rules.json to the fen, and what holds of all amounts (the seed is fixed). */
#include "modules/billing/fee.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define RULES "tests/data/billing_rules.json"
#define ROUNDS 500

typedef struct {
    Arena *arena;
    json_t *rules;
} Fixture;

static uint64_t seed = 20260331;

static int64_t draw(int64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)(seed % (uint64_t)below);
}

static int open_fixture(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);

    *f = (Fixture){.arena = arena_open((size_t)1 << 30), .rules = json_load_file(RULES, 0, NULL)};
    *state = f;
    return f->rules != NULL ? 0 : 1;
}

static int close_fixture(void **state)
{
    Fixture *f = *state;

    json_decref(f->rules);
    arena_close(f->arena);
    mem_free(f);
    return 0;
}

static Exact number(const char *text)
{
    Exact out;

    assert_true(exact_parse(str_of(text), 6, &out));
    return out;
}

static Exact number_of(const json_t *json)
{
    return json_is_integer(json) ? exact_of(json_integer_value(json)) : json_is_null(json) ? (Exact){0} : number(json_string_value(json));
}

static Exact member(const json_t *row, const char *name)
{
    return number_of(json_object_get(row, name));
}

static int64_t whole(const json_t *row, const char *name)
{
    return json_integer_value(json_object_get(row, name));
}

static Date day_of(const json_t *json)
{
    Date day;

    assert_true(date_parse(json_str(json), &day));
    return day;
}

static Date day(const json_t *row, const char *name)
{
    return day_of(json_object_get(row, name));
}

static void is_refused(const Error *error, const char *field)
{
    assert_non_null(error);
    assert_int_equal(error->code, ERR_INVALID);
    assert_string_equal(error->fields->field.ptr, field);
    assert_true(error->fields->zh.len > 0 && error->fields->en.len > 0);
}

static int64_t sum_of(const Fee *fee)
{
    int64_t sum = 0;

    for (int i = 0; i < fee->count; i++)
        sum += fee->list[i].amount_fen;
    return sum;
}

static Fee area_fee(Arena *arena, const char *area, const char *rate, Date from, Date to)
{
    MonthlyFee ask = {.kind = LINE_AREA, .quantity = number(area), .price = number(rate), .from = from, .to = to};
    Fee fee;

    assert_null(fee_monthly(arena, &ask, &fee));
    assert_int_equal(sum_of(&fee), fee.amount_fen);
    return fee;
}

/* Examples */

static void areas_by_the_examples(void **state)
{
    Fixture *f = *state;
    const json_t *row, *line;
    size_t i, k;

    json_array_foreach(json_object_get(f->rules, "area_fee"), i, row)
    {
        Fee fee = area_fee(f->arena, json_string_value(json_object_get(row, "area_m2")), json_string_value(json_object_get(row, "rate_yuan_per_m2_month")),
                           day(row, "from"), day(row, "to"));

        assert_int_equal(fee.amount_fen, whole(row, "expected_fen"));
        assert_int_equal(fee.count, json_array_size(json_object_get(row, "lines")));
        json_array_foreach(json_object_get(row, "lines"), k, line)
        {
            assert_int_equal(fee.list[k].days, json_integer_value(json_array_get(line, 1)));
            assert_int_equal(fee.list[k].of_days, json_integer_value(json_array_get(line, 2)));
            assert_int_equal(fee.list[k].amount_fen, json_integer_value(json_array_get(line, 3)));
        }
    }
    assert_int_equal(i, 6);
}

static void a_change_of_tariff_splits_the_month(void **state)
{
    Fixture *f = *state;
    const json_t *row = json_object_get(f->rules, "tariff_change_16_april"), *expected = json_object_get(row, "expected_fen");
    const char *area = json_string_value(json_object_get(row, "area_m2"));
    Fee old = area_fee(f->arena, area, json_string_value(json_object_get(row, "old")), 20260401, 20260415);
    Fee now = area_fee(f->arena, area, json_string_value(json_object_get(row, "new")), 20260416, 20260430);

    assert_int_equal(old.amount_fen, json_integer_value(json_array_get(expected, 0)));
    assert_int_equal(now.amount_fen, json_integer_value(json_array_get(expected, 1)));
    assert_int_equal(old.amount_fen + now.amount_fen, whole(row, "sum_fen"));
}

static void shares_by_the_examples(void **state)
{
    Fixture *f = *state;
    const json_t *row, *one;
    size_t i, k;

    json_array_foreach(json_object_get(f->rules, "shares_largest_remainder"), i, row)
    {
        Exact weights[10];
        int64_t *shares;

        json_array_foreach(json_object_get(row, "weights"), k, one)
            weights[k] = number_of(one);
        assert_null(fee_share(f->arena, whole(row, "total_fen"), weights, (int)k, &shares));
        json_array_foreach(json_object_get(row, "expected_fen"), k, one)
            assert_int_equal(shares[k], json_integer_value(one));
    }
    assert_int_equal(i, 5);
}

static int read_steps(const json_t *list, FeeStep *steps)
{
    const json_t *step;
    size_t i;

    json_array_foreach(list, i, step)
        steps[i] = (FeeStep){number_of(json_array_get(step, 0)), number_of(json_array_get(step, 1))};
    return (int)i;
}

static void steps_by_the_examples(void **state)
{
    Fixture *f = *state;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(f->rules, "stepped"), i, row)
    {
        FeeStep steps[MAX_FEE_STEPS];
        int count = read_steps(json_object_get(row, "steps"), steps);
        Fee fee;

        assert_null(fee_stepped(f->arena, steps, count, member(row, "used_before"), member(row, "use"), &fee));
        assert_int_equal(fee.amount_fen, whole(row, "expected_fen"));
        assert_int_equal(sum_of(&fee), fee.amount_fen);
    }
    assert_int_equal(i, 11);
}

static void late_fees_by_the_examples(void **state)
{
    Fixture *f = *state;
    const json_t *row, *one;
    size_t i, k;

    json_array_foreach(json_object_get(f->rules, "late_fee"), i, row)
    {
        PaidPart paid[4];
        LateFee ask = {.principal_fen = whole(row, "principal_fen"), .due = day(row, "due"), .until = day(row, "as_of"), .cap_percent = member(row, "cap_percent_of_principal"),
                       .grace_days = (int)whole(row, "grace_days"), .paid = paid};
        Fee fee;

        assert_true(exact_mul(member(row, "permille_per_day"), exact_of(10), &ask.per_ten_thousand));
        json_array_foreach(json_object_get(row, "payments"), k, one)
            paid[ask.paid_count++] = (PaidPart){day_of(json_array_get(one, 0)), json_integer_value(json_array_get(one, 1))};
        assert_null(fee_late(f->arena, &ask, &fee));
        assert_int_equal(fee.amount_fen, whole(row, "expected_fen"));
        assert_int_equal(sum_of(&fee), fee.amount_fen);
    }
    assert_int_equal(i, 7);
}

static void taxes_by_the_examples(void **state)
{
    Fixture *f = *state;
    const json_t *row;
    size_t i;

    json_array_foreach(json_object_get(f->rules, "vat_split"), i, row)
    {
        int64_t net, tax;

        assert_null(fee_vat(f->arena, whole(row, "gross_fen"), member(row, "rate_percent"), &net, &tax));
        assert_int_equal(net, whole(row, "net_fen"));
        assert_int_equal(tax, whole(row, "tax_fen"));
        assert_null(fee_vat(f->arena, -whole(row, "gross_fen"), member(row, "rate_percent"), &net, &tax));
        assert_int_equal(net, -whole(row, "net_fen"));
    }
    assert_int_equal(i, 6);
}

/* Months */

static void a_year_is_twelve_months(void **state)
{
    Fixture *f = *state;

    for (int i = 0; i < ROUNDS; i++) {
        const char *area = str_to_c(f->arena, exact_text(f->arena, exact_per(draw(30000), 100), 0, 2));
        const char *rate = str_to_c(f->arena, exact_text(f->arena, exact_per(draw(100000), 10000), 0, 4));
        int year = (int)(2000 + draw(40));
        Fee month = area_fee(f->arena, area, rate, date_of(year, 1, 1), date_of(year, 1, 31));
        Fee all = area_fee(f->arena, area, rate, date_of(year, 1, 1), date_of(year, 12, 31));

        assert_int_equal(all.count, 12);
        assert_int_equal(all.amount_fen, 12 * month.amount_fen);
    }
}

static void parts_of_a_month_follow_its_length_or_thirty(void **state)
{
    Fixture *f = *state;
    static const struct {
        Date from, to;
        bool basis30;
        int days, of_days;
        int64_t fen;
    } rows[] = {
        {20260312, 20260331, false, 20, 31, 20295}, {20260312, 20260331, true, 20, 30, 20972}, {20260301, 20260331, true, 31, 31, 31458},
        {20260302, 20260331, true, 30, 30, 31458},  {20260301, 20260330, true, 30, 30, 31458}, {20240229, 20240229, false, 1, 29, 1085},
        {20240201, 20240229, false, 29, 29, 31458}, {20240201, 20240228, true, 28, 30, 29361}, {20230201, 20230228, true, 28, 28, 31458},
        {20260301, 20260301, false, 1, 31, 1015},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        MonthlyFee ask = {LINE_AREA, number("112.35"), number("2.80"), {0}, rows[i].from, rows[i].to, rows[i].basis30, ROUND_LINE};
        Fee fee;

        assert_null(fee_monthly(f->arena, &ask, &fee));
        assert_int_equal(fee.count, 1);
        assert_int_equal(fee.list[0].days, rows[i].days);
        assert_int_equal(fee.list[0].of_days, rows[i].of_days);
        assert_int_equal(fee.amount_fen, rows[i].fen);
    }
}

/* Rounded once, a bill is never more than half a fen from the exact sum; its lines still add up. */
static void a_bill_rounded_once_differs_in_its_last_line_alone(void **state)
{
    Fixture *f = *state;
    MonthlyFee ask = {LINE_UNIT, number("1"), number("0.333333"), {0}, 20260101, 20261231, false, ROUND_BILL};
    Fee fee;

    assert_null(fee_monthly(f->arena, &ask, &fee));
    assert_int_equal(fee.amount_fen, 400);
    assert_int_equal(sum_of(&fee), 400);
    assert_int_equal(fee.list[10].amount_fen, 33);
    assert_int_equal(fee.list[11].amount_fen, 37);
    ask.rounding = ROUND_LINE;
    ask.percent = number("70");
    assert_null(fee_monthly(f->arena, &ask, &fee));
    assert_int_equal(fee.amount_fen, 12 * 23);
}

static void days_and_amounts_that_cannot_be_are_refused(void **state)
{
    Fixture *f = *state;
    const MonthlyFee good = {LINE_AREA, exact_of(100), exact_of(2), exact_of(100), 20260101, 20260131, false, ROUND_LINE};
    MonthlyFee ask = good;
    Fee fee = {.amount_fen = 42};

    ask.to = 20251231;
    is_refused(fee_monthly(f->arena, &ask, &fee), "to");
    ask.to = 20660101;
    is_refused(fee_monthly(f->arena, &ask, &fee), "to");
    ask = good, ask.quantity = exact_of(-1);
    is_refused(fee_monthly(f->arena, &ask, &fee), "area");
    ask.kind = LINE_UNIT;
    is_refused(fee_monthly(f->arena, &ask, &fee), "quantity");
    ask = good, ask.price = exact_per(-1, 100);
    is_refused(fee_monthly(f->arena, &ask, &fee), "rate_yuan");
    ask.price = (Exact){0};
    is_refused(fee_monthly(f->arena, &ask, &fee), "rate_yuan");
    ask.price = exact_of(INT64_MAX);
    is_refused(fee_monthly(f->arena, &ask, &fee), "rate_yuan");
    ask.price = (Exact){(Wide)INT64_MAX * INT64_MAX, 1};
    is_refused(fee_monthly(f->arena, &ask, &fee), "rate_yuan");
    ask = good, ask.percent = exact_of(101);
    is_refused(fee_monthly(f->arena, &ask, &fee), "percent");
    ask.percent = exact_of(-1);
    is_refused(fee_monthly(f->arena, &ask, &fee), "percent");
    assert_int_equal(fee.amount_fen, 42);
    ask = good, ask.to = 20651231;
    assert_null(fee_monthly(f->arena, &ask, &fee));
    assert_int_equal(fee.count, 480);
    ask.from = 20260115, ask.to = 20660114;
    assert_null(fee_monthly(f->arena, &ask, &fee));
    assert_int_equal(fee.count, 481);
}

/* Shares */

static void shares_always_add_up_and_are_within_a_fen(void **state)
{
    Fixture *f = *state;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t total = draw(2000000000) - 1000000000, sum = 0, *shares, *minus;
        int count = (int)draw(60) + 1;
        Exact weights[60], all = exact_of(0), exact, off;

        for (int k = 0; k < count; k++) {
            weights[k] = exact_per(draw(3) == 0 ? 0 : draw(20000) + (k == 0), 100);
            assert_true(exact_add(all, weights[k], &all));
        }
        if (exact_is_zero(all))
            continue;
        assert_null(fee_share(f->arena, total, weights, count, &shares));
        assert_null(fee_share(f->arena, -total, weights, count, &minus));
        for (int k = 0; k < count; k++) {
            sum += shares[k];
            assert_int_equal(minus[k], -shares[k]);
            assert_true(exact_mul(exact_of(total), weights[k], &exact) && exact_div(exact, all, &exact) && exact_sub(exact, exact_of(shares[k]), &off));
            assert_true(exact_cmp(off, exact_of(1)) < 0 && exact_cmp(off, exact_of(-1)) > 0);
        }
        assert_int_equal(sum, total);
    }
}

static void weights_that_cannot_be_are_refused(void **state)
{
    Fixture *f = *state;
    const Exact zero[] = {exact_of(0), exact_of(0)}, negative[] = {exact_of(2), exact_of(-1)}, one[] = {exact_of(1)};
    int64_t *shares = NULL;

    is_refused(fee_share(f->arena, 100, zero, 2, &shares), "weights");
    is_refused(fee_share(f->arena, 100, negative, 2, &shares), "weights");
    is_refused(fee_share(f->arena, 100, one, 0, &shares), "weights");
    is_refused(fee_share(f->arena, MAX_FEE_FEN + 1, one, 1, &shares), "total_fen");
    is_refused(fee_share(f->arena, INT64_MIN, one, 1, &shares), "total_fen");
    assert_null(shares);
    assert_null(fee_share(f->arena, -MAX_FEE_FEN, one, 1, &shares));
    assert_int_equal(shares[0], -MAX_FEE_FEN);
}

/* Steps and meters */

static void steps_add_up_whatever_the_readings(void **state)
{
    Fixture *f = *state;
    const FeeStep steps[] = {{number("240"), number("0.4883")}, {number("400"), number("0.5383")}, {{0}, number("0.7883")}};

    for (int i = 0; i < ROUNDS; i++) {
        Exact before = exact_per(draw(50000), 100), a = exact_per(draw(30000), 100), b = exact_per(draw(30000), 100), ab, middle;
        Fee first, second, both;

        assert_true(exact_add(before, a, &middle) && exact_add(a, b, &ab));
        assert_null(fee_stepped(f->arena, steps, 3, before, a, &first));
        assert_null(fee_stepped(f->arena, steps, 3, middle, b, &second));
        assert_null(fee_stepped(f->arena, steps, 3, before, ab, &both));
        assert_in_range(both.amount_fen - first.amount_fen - second.amount_fen + 1, 0, 2);
        assert_int_equal(sum_of(&both), both.amount_fen);
    }
}

static void steps_that_cannot_be_are_refused(void **state)
{
    Fixture *f = *state;
    const Exact none = {0}, one = exact_of(1);
    const FeeStep falling[] = {{exact_of(10), one}, {exact_of(10), one}, {none, one}}, ended[] = {{exact_of(10), one}}, open[] = {{none, one}, {none, one}},
                  zero[] = {{exact_of(0), one}, {none, one}}, cheap[] = {{none, exact_of(-1)}}, good[] = {{none, one}};
    Fee fee;

    is_refused(fee_stepped(f->arena, falling, 3, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, ended, 1, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, open, 2, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, zero, 2, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, cheap, 1, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, good, 0, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, good, MAX_FEE_STEPS + 1, one, one, &fee), "steps");
    is_refused(fee_stepped(f->arena, good, 1, exact_of(-1), one, &fee), "before");
    is_refused(fee_stepped(f->arena, good, 1, one, exact_of(-1), &fee), "use");
    is_refused(fee_stepped(f->arena, good, 1, one, exact_of(INT64_MAX), &fee), "use");
}

static void meters_multiply_and_roll_over(void **state)
{
    Fixture *f = *state;
    static const struct {
        const char *previous, *value;
        int digits;
        const char *use, *field;
    } rows[] = {
        {"99990", "15", 5, "25", NULL},   {"10", "15", 5, "5", NULL},        {"15", "15", 5, "0", NULL},          {"99.5", "0.25", 2, "0.75", NULL},
        {"9", "0", 1, "1", NULL},         {"999999999", "0", 9, "1", NULL},  {"100", "5", 2, NULL, "previous"},   {"5", "100", 2, NULL, "value"},
        {"-1", "5", 2, NULL, "previous"}, {"5", "-1", 2, NULL, "value"},     {"5", "6", 0, NULL, "digits"},       {"5", "6", 10, NULL, "digits"},
    };
    Exact use;
    Fee fee;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const Error *error = fee_rollover(f->arena, number(rows[i].previous), number(rows[i].value), rows[i].digits, &use);
        if (rows[i].use == NULL)
            is_refused(error, rows[i].field);
        else
            assert_true(error == OK && exact_cmp(use, number(rows[i].use)) == 0);
    }
    assert_null(fee_meter(f->arena, (Exact){0}, (Exact){0}, number("24.5"), exact_of(40), number("0.6"), &fee));
    assert_int_equal(fee.amount_fen, 58800);
    assert_null(fee_meter(f->arena, (Exact){0}, (Exact){0}, number("0.01"), (Exact){0}, number("0.5"), &fee));
    assert_int_equal(fee.amount_fen, 1);
    is_refused(fee_meter(f->arena, (Exact){0}, (Exact){0}, number("-1"), exact_of(1), exact_of(1), &fee), "use");
    is_refused(fee_meter(f->arena, (Exact){0}, (Exact){0}, exact_of(1), exact_of(-1), exact_of(1), &fee), "multiplier");
    is_refused(fee_meter(f->arena, (Exact){0}, (Exact){0}, exact_of(1), exact_of(1), exact_of(-1), &fee), "rate_yuan");
    is_refused(fee_meter(f->arena, (Exact){0}, (Exact){0}, exact_of(INT64_MAX), exact_of(INT64_MAX), exact_of(INT64_MAX), &fee), "use");
}

/* Late fees */

static int64_t late(Arena *arena, int64_t principal, Date until, const char *rate, const char *cap, int grace, const PaidPart *paid, int count)
{
    LateFee ask = {principal, 20260331, until, number(rate), cap == NULL ? (Exact){0} : number(cap), grace, paid, count};
    Fee fee;

    assert_null(fee_late(arena, &ask, &fee));
    assert_int_equal(sum_of(&fee), fee.amount_fen);
    return fee.amount_fen;
}

static void payments_count_in_any_order(void **state)
{
    Fixture *f = *state;

    for (int i = 0; i < ROUNDS; i++) {
        PaidPart paid[6];
        int count = (int)draw(6) + 1, grace = (int)draw(2) * 15;
        const char *cap = i % 2 ? "1" : NULL;
        int64_t fen;

        for (int k = 0; k < count; k++)
            paid[k] = (PaidPart){date_add(20260315, (int)draw(120)), draw(8000)};
        fen = late(f->arena, 31458, 20260615, "5", cap, grace, paid, count);
        assert_in_range(fen, 0, cap != NULL ? 315 : 1195);
        for (int k = count - 1; k > 0; k--) {
            int other = (int)draw(k + 1);
            PaidPart kept = paid[k];
            paid[k] = paid[other];
            paid[other] = kept;
        }
        assert_int_equal(late(f->arena, 31458, 20260615, "5", cap, grace, paid, count), fen);
    }
}

static void late_fees_know_grace_cap_and_payments(void **state)
{
    Fixture *f = *state;
    const PaidPart part = {20260501, 10000}, early = {20260331, 10000}, before = {20260101, 10000}, too_much = {20260501, 99999}, later = {20260616, 10000},
                   in_grace = {20260410, 31458}, part_in_grace = {20260410, 10000}, last_day = {20260615, 31458};
    const PaidPart two[] = {{20260501, 4000}, {20260501, 6000}};

    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &part, 1), 970);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, two, 2), 970);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &early, 1), 815); /* 214.58 x 76 d */
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &before, 1), 815);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &later, 1), 1195);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &last_day, 1), 1195);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 0, &too_much, 1), 488); /* 31 d; the rest is nobody's credit here */
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 15, &in_grace, 1), 0);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 9, &in_grace, 1), 157);
    assert_int_equal(late(f->arena, 31458, 20260615, "5", "30", 15, &part_in_grace, 1), 865); /* past it, from due + 1 on what was open each day */
    assert_int_equal(late(f->arena, 31458, 20260415, "5", "30", 15, NULL, 0), 0);
    assert_int_equal(late(f->arena, 31458, 20260416, "5", "30", 15, NULL, 0), 252);
    assert_int_equal(late(f->arena, 31458, 20260301, "5", "30", 0, NULL, 0), 0);
    assert_int_equal(late(f->arena, 31458, 20270615, "30", NULL, 0, NULL, 0), 41619);
    assert_int_equal(late(f->arena, 31458, 20270615, "30", "30", 0, &part, 1), 9437);
    assert_int_equal(late(f->arena, 31458, 20270615, "30", "0", 0, NULL, 0), 0);
    assert_int_equal(late(f->arena, 0, 20270615, "30", "30", 0, NULL, 0), 0);
}

static void late_fees_that_cannot_be_are_refused(void **state)
{
    Fixture *f = *state;
    const PaidPart negative = {20260501, -MAX_FEE_FEN - 1}, huge = {20260501, INT64_MAX};
    const LateFee good = {100, 20260331, 20260615, exact_of(5), {0}, 0, NULL, 0};
    LateFee ask = good;
    Fee fee;

    ask.principal_fen = -1;
    is_refused(fee_late(f->arena, &ask, &fee), "principal_fen");
    ask.principal_fen = MAX_FEE_FEN + 1;
    is_refused(fee_late(f->arena, &ask, &fee), "principal_fen");
    ask = good, ask.until = 20660331;
    is_refused(fee_late(f->arena, &ask, &fee), "until");
    ask = good, ask.per_ten_thousand = exact_of(-1);
    is_refused(fee_late(f->arena, &ask, &fee), "per_ten_thousand");
    ask = good, ask.cap_percent = exact_of(101);
    is_refused(fee_late(f->arena, &ask, &fee), "cap_percent");
    ask = good, ask.grace_days = -1;
    is_refused(fee_late(f->arena, &ask, &fee), "grace_days");
    ask = good, ask.paid = &negative, ask.paid_count = 1;
    is_refused(fee_late(f->arena, &ask, &fee), "paid");
    ask.paid = &huge;
    is_refused(fee_late(f->arena, &ask, &fee), "paid");
    ask = good, ask.principal_fen = MAX_FEE_FEN, ask.per_ten_thousand = exact_of(10000);
    is_refused(fee_late(f->arena, &ask, &fee), "per_ten_thousand");
}

static void net_and_tax_are_the_gross(void **state)
{
    Fixture *f = *state;
    int64_t net, tax;

    for (int i = 0; i < ROUNDS; i++) {
        int64_t gross = draw(1000000000);
        assert_null(fee_vat(f->arena, gross, exact_per(draw(2000), 100), &net, &tax));
        assert_true(net + tax == gross && tax >= 0);
    }
    is_refused(fee_vat(f->arena, 100, exact_of(-1), &net, &tax), "rate_percent");
    is_refused(fee_vat(f->arena, 100, exact_of(101), &net, &tax), "rate_percent");
    is_refused(fee_vat(f->arena, INT64_MIN, exact_of(6), &net, &tax), "gross_fen");
}

/* Lines */

static const FeeLine lines[] = {
    {LINE_AREA, 20260312, 20260331, 20, 31, {2247, 20}, {14, 5}, .amount_fen = 20295},
    {LINE_AREA, 20260301, 20260331, 31, 31, {179, 2}, {99, 50}, .percent = {70, 1}, .amount_fen = 12405},
    {LINE_UNIT, .quantity = {2, 1}, .price = {30, 1}, .amount_fen = 6000},
    {LINE_METER, .quantity = {24, 1}, .price = {3, 5}, .before = {1496, 1}, .after = {1520, 1}, .multiplier = {40, 1}, .amount_fen = 57600},
    {LINE_METER, .quantity = {49, 2}, .price = {5, 1}, .multiplier = {1, 1}, .amount_fen = 12250},
    {LINE_STEP, .quantity = {10, 1}, .price = {4883, 10000}, .amount_fen = 488},
    {LINE_SHARE, .quantity = {179, 2}, .weights = {26701, 50}, .total_fen = 123456, .amount_fen = 20691},
    {LINE_LATE, 20260401, 20270615, 441, .price = {30, 1}, .total_fen = 31458, .capped = true, .amount_fen = 9437},
    {LINE_PERCENT, .percent = {-5, 1}, .total_fen = 377496, .amount_fen = -18875},
    {LINE_FORMULA, .note = {"3 × 5 × 2", 11}, .amount_fen = 3000},
    {LINE_NOTE, .note = {"协议价", 9}, .amount_fen = 100},
};

static void a_line_says_itself_in_both_languages(void **state)
{
    Fixture *f = *state;
    static const char *const texts[][2] = {
        {"112.35 m² × 2.80 元 × 20/31 月 = 202.95 元", "112.35 m² × ¥2.80 × 20/31 month = ¥202.95"},
        {"89.50 m² × 1.98 元 × 1 月 × 70% = 124.05 元", "89.50 m² × ¥1.98 × 1 month × 70% = ¥124.05"},
        {"2 × 30.00 元 = 60.00 元", "2 × ¥30.00 = ¥60.00"},
        {"用量 24（1496 → 1520） × 40 × 0.60 元 = 576.00 元", "use 24 (1496 → 1520) × 40 × ¥0.60 = ¥576.00"},
        {"用量 24.5 × 5.00 元 = 122.50 元", "use 24.5 × ¥5.00 = ¥122.50"},
        {"10 × 0.4883 元 = 4.88 元", "10 × ¥0.4883 = ¥4.88"},
        {"1234.56 元 × 89.5/534.02 = 206.91 元", "¥1234.56 × 89.5/534.02 = ¥206.91"},
        {"314.58 元 × 30/10000 × 441 天，到上限为止 = 94.37 元", "¥314.58 × 30/10000 × 441 days, up to the cap = ¥94.37"},
        {"3774.96 元 × -5% = -188.75 元", "¥3774.96 × -5% = -¥188.75"},
        {"3 × 5 × 2 = 30.00 元", "3 × 5 × 2 = ¥30.00"},
        {"协议价 = 1.00 元", "协议价 = ¥1.00"},
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        for (int lang = LANG_ZH; lang <= LANG_EN; lang++)
            assert_string_equal(str_to_c(f->arena, fee_line_text(f->arena, &lines[i], (Lang)lang)), texts[i][lang]);
}

static void what_is_kept_comes_back_as_it_was(void **state)
{
    Fixture *f = *state;
    Fee fee = {.list = new (f->arena, FeeLine, COUNT_OF(lines)), .count = COUNT_OF(lines)}, back;
    static const char *const bad[] = {"", "{}", "[1]", "[{}]", "[{\"kind\":\"area\"}]", "[{\"kind\":\"gift\",\"amount_fen\":1}]", "[{\"kind\":\"area\",\"amount_fen\":1,\"price\":\"x\"}]",
                                      "[{\"kind\":\"note\",\"amount_fen\":9223372036854775807},{\"kind\":\"note\",\"amount_fen\":1}]"};
    Str stored;

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        fee.list[i] = lines[i];
        fee.amount_fen += lines[i].amount_fen;
    }
    stored = fee_lines_store(f->arena, &fee);
    assert_true(fee_lines_read(f->arena, stored, &back));
    assert_int_equal(back.count, fee.count);
    assert_int_equal(back.amount_fen, fee.amount_fen);
    assert_true(str_eq(fee_lines_store(f->arena, &back), stored));
    for (int i = 0; i < fee.count; i++)
        assert_true(str_eq(fee_line_text(f->arena, &fee.list[i], LANG_ZH), fee_line_text(f->arena, &back.list[i], LANG_ZH)));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        assert_false(fee_lines_read(f->arena, str_of(bad[i]), &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(areas_by_the_examples),
        cmocka_unit_test(a_change_of_tariff_splits_the_month),
        cmocka_unit_test(shares_by_the_examples),
        cmocka_unit_test(steps_by_the_examples),
        cmocka_unit_test(late_fees_by_the_examples),
        cmocka_unit_test(taxes_by_the_examples),
        cmocka_unit_test(a_year_is_twelve_months),
        cmocka_unit_test(parts_of_a_month_follow_its_length_or_thirty),
        cmocka_unit_test(a_bill_rounded_once_differs_in_its_last_line_alone),
        cmocka_unit_test(days_and_amounts_that_cannot_be_are_refused),
        cmocka_unit_test(shares_always_add_up_and_are_within_a_fen),
        cmocka_unit_test(weights_that_cannot_be_are_refused),
        cmocka_unit_test(steps_add_up_whatever_the_readings),
        cmocka_unit_test(steps_that_cannot_be_are_refused),
        cmocka_unit_test(meters_multiply_and_roll_over),
        cmocka_unit_test(payments_count_in_any_order),
        cmocka_unit_test(late_fees_know_grace_cap_and_payments),
        cmocka_unit_test(late_fees_that_cannot_be_are_refused),
        cmocka_unit_test(net_and_tax_are_the_gross),
        cmocka_unit_test(a_line_says_itself_in_both_languages),
        cmocka_unit_test(what_is_kept_comes_back_as_it_was),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
