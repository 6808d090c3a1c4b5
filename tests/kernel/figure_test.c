/* figure_test.c: the weeks and months of figures, and that what repairs declare can be opened. */
#include "kernel/figure.h"
#include "modules/repair/repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void a_week_is_known_by_its_monday_and_a_month_by_its_first_day(void **state)
{
    static const struct {
        Date day, week, month;
    } rows[] = {
        {20261123, 20261123, 20261101}, /* a Monday is its own week */
        {20261129, 20261123, 20261101}, /* Sunday belongs to the Monday before */
        {20270101, 20261228, 20270101}, /* a week over the turn of the year */
        {20240229, 20240226, 20240201},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(figure_week(rows[i].day), rows[i].week);
        assert_int_equal(figure_month(rows[i].day), rows[i].month);
    }
}

/* Is "filter[name]" or "filter[name][op]" a field or filter of the type, or the time of its creation? */
static bool can_be_opened(const RecordType *type, const char *parameter)
{
    Str rest, name = str_split(str_cut(str_of(parameter), 7, 1000), ']', &rest);

    if (!str_starts(str_of(parameter), STR("filter[")))
        return false;
    for (int i = 0; i < type->filter_count; i++)
        if (str_is(name, type->filters[i].name))
            return rest.len == 0; /* these take no operator */
    for (int i = 0; i < type->field_count; i++)
        if (str_is(name, type->fields[i].name))
            return !type->fields[i].internal;
    return str_is(name, "created_at");
}

static void every_figure_of_repairs_opens_its_rows(void **state)
{
    (void)state;
    assert_true(repair_module.figure_count > 0);
    for (int i = 0; i < repair_module.figure_count; i++) {
        const Figure *figure = &repair_module.figures[i];
        assert_non_null(figure->name);
        assert_true(figure->zh != NULL && figure->en != NULL && figure->method_zh != NULL && figure->method_en != NULL);
        if (!can_be_opened(figure->type, figure->from) || !can_be_opened(figure->type, figure->before))
            fail_msg("%s: the list has no filter %s or %s", figure->name, figure->from, figure->before);
        for (int k = 0; figure->opens != NULL && figure->opens[k] != NULL; k += 2)
            if (!can_be_opened(figure->type, figure->opens[k]))
                fail_msg("%s: the list has no filter %s", figure->name, figure->opens[k]);
        assert_true((figure->due_day == NULL) == (figure->due == NULL));
    }
}

static void residents_have_no_figures(void **state)
{
    (void)state;
    assert_false(figure_may(NULL));
    assert_false(figure_may(&(Actor){.roles = R_RESIDENT}));
    assert_true(figure_may(&(Actor){.roles = R_RESIDENT | R_QUALITY}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_week_is_known_by_its_monday_and_a_month_by_its_first_day),
        cmocka_unit_test(every_figure_of_repairs_opens_its_rows),
        cmocka_unit_test(residents_have_no_figures),
    };
    return cmocka_run_group_tests_name("figures", tests, NULL, NULL);
}
