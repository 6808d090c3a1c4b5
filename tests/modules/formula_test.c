/* formula_test.c: what may be written, what it comes to, and where a fault is said to be. */
#include "modules/billing/formula.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static Arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open((size_t)1 << 28);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static Quantities some(void)
{
    Quantities all = {.value = {[Q_AREA] = exact_per(11235, 100), [Q_INNER_AREA] = exact_per(895, 10), [Q_GARDEN_AREA] = exact_of(20), [Q_PERSONS] = exact_of(4),
                                [Q_HOUSES] = exact_of(1), [Q_SPACES] = exact_of(2), [Q_MONTHS] = exact_of(3), [Q_DAYS] = exact_of(0), [Q_USE] = exact_per(245, 10)}};

    for (int i = 0; i < Q_COUNT; i++)
        all.known[i] = true;
    return all;
}

static Formula *parsed(const char *text)
{
    Formula *formula = NULL;
    const Error *error = formula_parse(arena, str_of(text), &formula);

    if (error != OK)
        print_message("%s: %.*s\n", text, STR_ARG(error->fields->en));
    assert_null(error);
    return formula;
}

static void a_formula_comes_to_yuan(void **state)
{
    static const struct {
        const char *text, *yuan, *shown;
    } rows[] = {
        {"area * 2.80[yuan/m2/month] * months", "943.74", "112.35 × 2.80 × 3"},
        {"area * 2.80[yuan/m2/month] * months + persons * 5[yuan/person/month] * months", "1003.74", "112.35 × 2.80 × 3 + 4 × 5 × 3"},
        {"建筑面积×2.80[元/平方米/月]×月数", "943.74", "112.35 × 2.80 × 3"},
        {"（建筑面积 － 套内面积）＊1【元／㎡】", "22.85", "(112.35 - 89.5) × 1"},
        {"use*5[yuan/unit]", "122.5", "24.5 × 5"},
        {"用量*0.5[元/度]", "12.25", "24.5 × 0.5"},
        {"max(area*1[yuan/m2], 200[yuan])", "200", "max(112.35 × 1, 200)"},
        {"min(area*1[yuan/m2], 200[yuan], 50[yuan])", "50", "min(112.35 × 1, 200, 50)"},
        {"最大(户数*3[元/户]，车位数*4[元/车位])", "8", "max(1 × 3, 2 × 4)"},
        {"100[yuan] / 3 * 3", "100", "100 ÷ 3 × 3"},
        {"100[yuan] - 10[yuan] - 20[yuan]", "70", "100 - 10 - 20"},
        {"100[yuan] - (10[yuan] - 20[yuan])", "110", "100 - (10 - 20)"},
        {"100[yuan] / 2 / 5", "10", "100 ÷ 2 ÷ 5"},
        {"2 + 3[yuan] / 1[yuan]", NULL, NULL}, /* a plain number */
        {"area * area / area * 1[yuan/m2]", "112.35", "112.35 × 112.35 ÷ 112.35 × 1"},
        {"days * 1[yuan/day]", "0", "0 × 1"},
        {"((((((((((((((((1[yuan]))))))))))))))))", "1", "((((((((((((((((1))))))))))))))))"},
    };
    Quantities all = some();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Exact yuan, expected;
        Str shown;
        Formula *formula;

        if (rows[i].yuan == NULL) {
            assert_non_null(formula_parse(arena, str_of(rows[i].text), &formula));
            continue;
        }
        assert_null(formula_value(arena, parsed(rows[i].text), &all, &yuan, &shown));
        assert_true(exact_parse(str_of(rows[i].yuan), 6, &expected) && exact_cmp(yuan, expected) == 0);
        assert_string_equal(str_to_c(arena, shown), rows[i].shown);
    }
}

static void a_fault_is_said_with_its_place(void **state)
{
    static const struct {
        const char *text, *en, *zh;
    } rows[] = {
        {"", "character 1: a number, a name or an opening bracket is expected here", "第 1 个字：这里应是数字、名称或左括号"},
        {"area", "character 1: the result must be in yuan, and is in m2", "第 1 个字：结果应为元，现在是平方米"},
        {"5", "character 1: the result must be in yuan, and is in a plain number", "第 1 个字：结果应为元，现在是一个数"},
        {"5[yuan] * months", "character 1: the result must be in yuan, and is in yuan*month", "第 1 个字：结果应为元，现在是元*月"},
        {"5[yuan] + area", "character 9: the units of '+' differ: yuan and m2", "第 9 个字：“+”两边的单位不同：元与平方米"},
        {"面积*2", "character 1: there is no name '面积'", "第 1 个字：没有“面积”这个名称"},
        {"建筑面积*2[元/年]", "character 10: a unit is one of yuan, m2, month, day, person, house, space, unit", NULL},
        {"5[yuan]/0", "character 8: the divisor is 0", "第 8 个字：除数是 0"},
        {"5[yuan]/(3-3)", "character 8: the divisor is 0", NULL},
        {"5[yuan]/min(0.0, 2)", "character 8: the divisor is 0", NULL},
        {"5[yuan", "character 7: ] is expected here", NULL},
        {"(5[yuan]", "character 9: ) is expected here", NULL},
        {"min(5[yuan])", "character 12: a comma is expected here", NULL},
        {"min 5", "character 5: ( is expected here", NULL},
        {"min(5[yuan], 2)", "character 1: the units of 'min' differ: yuan and a plain number", NULL},
        {"5[yuan] 6", "character 9: an operator or the end is expected here", NULL},
        {"5[yuan] * ", "character 11: a number, a name or an opening bracket is expected here", NULL},
        {"-5[yuan]", "character 1: a number, a name or an opening bracket is expected here", NULL},
        {"5.[yuan]", "character 1: a number is written as 2.80, with at most 6 decimals", NULL},
        {"1.1234567[yuan]", "character 1: a number is written as 2.80, with at most 6 decimals", NULL},
        {"1e5[yuan]", "character 2: an operator or the end is expected here", NULL},
        {"５[yuan]", "character 1: there is no name '５'", NULL},
        {"5[yuan] $ 3", "character 9: an operator or the end is expected here", NULL},
        {"(((((((((((((((((1[yuan])))))))))))))))))", "character 17: brackets are at most 16 deep", "第 17 个字：括号最多 16 层"},
        {"1/months", "character 1: the result must be in yuan, and is in 1/month", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Formula *formula = NULL;
        const Error *error = formula_parse(arena, str_of(rows[i].text), &formula);

        assert_non_null(error);
        assert_null(formula);
        assert_int_equal(error->code, ERR_INVALID);
        assert_string_equal(error->fields->field.ptr, "formula");
        assert_string_equal(str_to_c(arena, error->fields->en), rows[i].en);
        if (rows[i].zh != NULL)
            assert_string_equal(str_to_c(arena, error->fields->zh), rows[i].zh);
    }
}

/* As long as a formula may be, of one kind of thing: read or refused, but it comes back. */
static void no_length_and_no_depth_is_too_much(void **state)
{
    static const char *const parts[] = {"(", "min(", "1/", "1+", "area*", "[", "-", ")", "1[yuan/", "最小（", "1,", "/(1", " "};
    Quantities all = some();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        for (int times = 1; times < 800; times += 7) {
            Buf buf = buf_new(arena, 1 << 16);
            Formula *formula;
            Exact yuan;

            for (int k = 0; k < times; k++)
                buf_add_c(&buf, parts[i]);
            buf_add_c(&buf, "1[yuan]");
            if (formula_parse(arena, buf_str(&buf), &formula) != OK)
                continue;
            assert_true(utf8_count(buf_str(&buf)) <= FORMULA_MAX_CHARS);
            if (formula_value(arena, formula, &all, &yuan, NULL) == OK)
                assert_true(yuan.n > 0);
        }
}

static void what_is_needed_and_missing_is_told(void **state)
{
    Formula *formula = parsed("area * persons * 1[yuan/m2/person]");
    Quantities none = {0}, all = some();
    const Error *error;
    Exact yuan = exact_of(42);

    (void)state;
    assert_true(formula_uses(formula, Q_AREA) && formula_uses(formula, Q_PERSONS) && !formula_uses(formula, Q_MONTHS));
    error = formula_value(arena, formula, &none, &yuan, NULL);
    assert_non_null(error);
    assert_string_equal(error->fields->field.ptr, "area");
    assert_string_equal(error->fields->code, "required");
    assert_string_equal(error->fields->next->field.ptr, "persons");
    all.known[Q_PERSONS] = false;
    error = formula_value(arena, formula, &all, &yuan, NULL);
    assert_string_equal(error->fields->field.ptr, "persons");
    assert_null(error->fields->next);
    assert_int_equal(exact_cmp(yuan, exact_of(42)), 0);
}

static void what_has_no_amount_is_an_error_and_not_nothing(void **state)
{
    static const struct {
        const char *text, *en;
    } rows[] = {
        {"5[yuan*day]/days", "character 12: the divisor is 0"},
        {"5[yuan] - persons * 2[yuan/person]", "the result is below 0"},
        {"10000000000001[yuan]", "the amount becomes too large"},
        {"99999999999999999[yuan] * 999999999999999999 * 999999999999999999", "character 46: the number becomes too large or too long"},
    };
    Quantities all = some();

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Exact yuan = exact_of(42);
        const Error *error = formula_value(arena, parsed(rows[i].text), &all, &yuan, NULL);

        assert_non_null(error);
        assert_string_equal(error->fields->field.ptr, "formula");
        assert_string_equal(str_to_c(arena, error->fields->en), rows[i].en);
        assert_int_equal(exact_cmp(yuan, exact_of(42)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_formula_comes_to_yuan),
        cmocka_unit_test(a_fault_is_said_with_its_place),
        cmocka_unit_test(no_length_and_no_depth_is_too_much),
        cmocka_unit_test(what_is_needed_and_missing_is_told),
        cmocka_unit_test(what_has_no_amount_is_an_error_and_not_nothing),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
