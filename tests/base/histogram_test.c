/* histogram_test.c: where something is counted. */
#include "base/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_bound_takes_what_is_at_it_and_the_last_what_is_above_all(void **state)
{
    static const struct {
        const Scale *scale;
        int64_t n;
        int at;
    } rows[] = {
        {&scale_of_times, 0, 0},        {&scale_of_times, 1000, 0},       {&scale_of_times, 1001, 1},  {&scale_of_times, 999999, 8},
        {&scale_of_times, 10000000, 10}, {&scale_of_times, 10000001, 11}, {&scale_of_counts, 1, 0},    {&scale_of_counts, 3, 2},
        {&scale_of_counts, 512, 9},     {&scale_of_counts, 513, 10},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Histogram histogram = {0};
        histogram_add(&histogram, rows[i].scale, rows[i].n);
        for (int at = 0; at < HISTOGRAM_ROOM; at++)
            assert_int_equal(histogram.counts[at], at == rows[i].at);
        assert_int_equal(histogram.sum, rows[i].n);
    }
}

static void bounds_rise_and_end(void **state)
{
    const Scale *const scales[] = {&scale_of_times, &scale_of_counts};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        int at = 1;
        for (; scales[i]->bounds[at].text != NULL; at++)
            assert_true(scales[i]->bounds[at].most > scales[i]->bounds[at - 1].most);
        assert_true(at < HISTOGRAM_ROOM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bound_takes_what_is_at_it_and_the_last_what_is_above_all),
        cmocka_unit_test(bounds_rise_and_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
