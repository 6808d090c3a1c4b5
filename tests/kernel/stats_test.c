/* stats_test.c: Wilson's interval against worked examples. */
#include "kernel/stats.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect(const char *what, double got, double wanted)
{
    if (!(fabs(got - wanted) <= 1e-6))
        fail_msg("%s: got %.9f, wanted %.9f", what, got, wanted);
}

static void shares_have_wilsons_interval(void **state)
{
    static const struct {
        const char *what;
        int64_t count, of;
        double value, low, high;
    } rows[] = {
        {"repairs satisfied", 178, 200, 0.89, 0.839073, 0.926228},
        {"all of twelve", 12, 12, 1, 0.757506, 1},
        {"none of twelve", 0, 12, 0, 0, 0.242494},
        {"three of seven", 3, 7, 0.428571, 0.158220, 0.749542},
        {"large", 45210, 50000, 0.904200, 0.901589, 0.906749},
        {"before a change", 112, 160, 0.7, 0.624985, 0.765636},
        {"one of one", 1, 1, 1, 0.206549, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        Share share = stats_share(rows[i].count, rows[i].of);

        assert_true(share.is_known);
        expect(rows[i].what, share.value, rows[i].value);
        expect(rows[i].what, share.low, rows[i].low);
        expect(rows[i].what, share.high, rows[i].high);
        assert_true(0 <= share.low && share.low <= share.value && share.value <= share.high && share.high <= 1);
    }
    assert_true(stats_share(0, 12).low == 0 && stats_share(12, 12).high == 1); /* exactly */
}

static void a_share_of_nothing_is_not_known(void **state)
{
    (void)state;
    assert_false(stats_share(0, 0).is_known);
    assert_false(stats_share(3, 2).is_known);
    assert_false(stats_share(-1, 2).is_known);
    assert_true(stats_share(INT64_MAX, INT64_MAX).is_known);
}

static void the_interval_narrows_with_more_cases_and_mirrors(void **state)
{
    double width = 1;

    (void)state;
    for (int64_t n = 10; n <= 100000; n *= 10) {
        Share yes = stats_share(n * 7 / 10, n), no = stats_share(n * 3 / 10, n);

        assert_true(yes.high - yes.low < width);
        width = yes.high - yes.low;
        expect("mirrored", yes.low, 1 - no.high);
        expect("mirrored", yes.high, 1 - no.low);
    }
}

static void shares_differ_when_their_intervals_are_apart(void **state)
{
    Share good = stats_share(180, 200), bad = stats_share(100, 200), few = stats_share(3, 7), none = stats_share(0, 0);

    (void)state;
    assert_true(stats_shares_differ(&good, &bad));
    assert_true(stats_shares_differ(&bad, &good));
    assert_false(stats_shares_differ(&bad, &few));
    assert_false(stats_shares_differ(&good, &none));
}

static void rates_are_per_exposure(void **state)
{
    double rate = -1;

    (void)state;
    assert_true(stats_rate(3, 1500, 1000, &rate));
    expect("complaints per 1,000 homes", rate, 2);
    assert_false(stats_rate(3, 0, 1000, &rate));
    assert_false(stats_rate(-3, 10, 1000, &rate));
    expect("untouched", rate, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_have_wilsons_interval),
        cmocka_unit_test(a_share_of_nothing_is_not_known),
        cmocka_unit_test(the_interval_narrows_with_more_cases_and_mirrors),
        cmocka_unit_test(shares_differ_when_their_intervals_are_apart),
        cmocka_unit_test(rates_are_per_exposure),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
