/* counters_test.c: who else writes in a company, told by its events' numbers, and when they may be expected. */
#include "store/counters.h"
#include "base/arena.h"

#include <stdio.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ORG 7
#define LANE ((const void *)&lanes[0])
#define OTHER_LANE ((const void *)&lanes[1])

static const char lanes[2];

static Counters *counters_new(void)
{
    Counters *counters = mem_alloc(sizeof *counters);

    counters_open(counters);
    return counters;
}

static void drop(Counters *counters)
{
    counters_close(counters);
    mem_free(counters);
}

static Counter counter_at(int64_t n)
{
    Counter counter = {.n = n};

    (void)snprintf(counter.head, sizeof counter.head, "head of %lld", (long long)n);
    return counter;
}

/* The lane's batch begins its flush. */
static bool expects(Counters *counters, const void *lane, Id org, int64_t n)
{
    Counter found = {0};
    bool expected = counters_expect(counters, lane, org, &found);

    if (expected) {
        assert_int_equal(found.n, n);
        assert_string_equal(found.head, counter_at(n).head);
    }
    return expected;
}

/* The same for a third lane, which writes nothing. */
static bool is_expected(Counters *counters, Id org, int64_t n)
{
    static const char third;
    bool expected;

    counters_begin(counters, &third, org);
    expected = expects(counters, &third, org, n);
    (void)counters_settle(counters, &third, false);
    counters_end(counters, &third);
    return expected;
}

/* A batch of ours behind `before`; what it had expected may be wrong. */
static void batch(Counters *counters, Id org, int64_t before, int64_t last, bool committed)
{
    Counter after = counter_at(last), found;

    counters_begin(counters, LANE, org);
    if (counters_expect(counters, LANE, org, &found) && found.n != before) {
        counters_take(counters, LANE, org, found.n, &after, true);
        assert_true(counters_settle(counters, LANE, false));
        assert_false(counters_expect(counters, LANE, org, &found));
    }
    counters_take(counters, LANE, org, before, &after, true);
    (void)counters_settle(counters, LANE, committed);
    counters_end(counters, LANE);
}

static void alone(void **state)
{
    Counters *counters = counters_new();

    (void)state;
    batch(counters, ORG, 10, 14, true);
    batch(counters, ORG, 14, 15, false);
    batch(counters, ORG, 14, 16, true);
    batch(counters, ORG, 16, 17, true);
    assert_false(counters_have_rivals(counters, ORG));
    drop(counters);
}

static void once_is_nobody(void **state)
{
    Counters *counters = counters_new();

    (void)state;
    batch(counters, ORG, 10, 14, true);
    batch(counters, ORG, 20, 21, true); /* a chore of another process */
    batch(counters, ORG, 21, 22, true);
    assert_false(counters_have_rivals(counters, ORG));
    batch(counters, ORG, 25, 26, true); /* and again */
    assert_true(counters_have_rivals(counters, ORG));
    assert_false(counters_have_rivals(counters, ORG + 1));
    batch(counters, ORG + 1, 100, 101, true); /* nothing is known of its numbers before */
    assert_false(counters_have_rivals(counters, ORG + 1));
    drop(counters);
}

static void what_we_left_is_expected(void **state)
{
    Counters *counters = counters_new();

    (void)state;
    assert_false(is_expected(counters, ORG, 0));
    batch(counters, ORG, 10, 14, true);
    assert_true(is_expected(counters, ORG, 14));
    assert_false(is_expected(counters, ORG + 1, 0));
    batch(counters, ORG, 14, 15, false);
    assert_false(is_expected(counters, ORG, 0));
    batch(counters, ORG, 14, 16, true);
    assert_true(is_expected(counters, ORG, 16));
    drop(counters);
}

static void not_beside_another_batch_of_ours(void **state)
{
    Counters *counters = counters_new();
    Counter first = counter_at(16), second = counter_at(18);

    (void)state;
    batch(counters, ORG, 10, 14, true);
    counters_begin(counters, LANE, ORG);
    counters_begin(counters, OTHER_LANE, ORG + 1);
    assert_true(expects(counters, LANE, ORG, 14));
    counters_end(counters, OTHER_LANE);
    counters_begin(counters, OTHER_LANE, ORG);
    assert_false(expects(counters, OTHER_LANE, ORG, 0)); /* it asks, and the server lets it wait for the first one */
    counters_take(counters, LANE, ORG, 14, &first, true);
    assert_false(is_expected(counters, ORG, 0));
    counters_take(counters, OTHER_LANE, ORG, 16, &second, true); /* the first one is committed, and its thread slow to say so */
    assert_false(counters_settle(counters, OTHER_LANE, true));
    counters_end(counters, OTHER_LANE);
    assert_false(is_expected(counters, ORG, 0));
    assert_true(counters_settle(counters, LANE, true));
    counters_end(counters, LANE);
    assert_true(is_expected(counters, ORG, 18));
    assert_false(counters_have_rivals(counters, ORG));
    drop(counters);
}

/* Our own second lane asked before the first one's expectation had come to the server: that is no rival. */
static void wrong_for_our_own_sake(void **state)
{
    Counters *counters = counters_new();

    (void)state;
    for (int64_t n = 14; n < 44; n += 10) {
        Counter first = counter_at(n + 2), second = counter_at(n + 4), third = counter_at(n + 6);
        batch(counters, ORG, n - 4, n, true);
        counters_begin(counters, LANE, ORG);
        assert_true(expects(counters, LANE, ORG, n));
        counters_begin(counters, OTHER_LANE, ORG);
        assert_false(expects(counters, OTHER_LANE, ORG, 0));
        counters_take(counters, LANE, ORG, n, &first, true);
        counters_take(counters, OTHER_LANE, ORG, n, &second, true);
        (void)counters_settle(counters, OTHER_LANE, true);
        counters_end(counters, OTHER_LANE);
        assert_true(counters_settle(counters, LANE, false));
        assert_false(expects(counters, LANE, ORG, 0));
        counters_take(counters, LANE, ORG, n + 4, &third, true);
        assert_false(counters_settle(counters, LANE, true));
        counters_end(counters, LANE);
    }
    assert_false(counters_have_rivals(counters, ORG));
    drop(counters);
}

static void a_wrong_one_is_found_out(void **state)
{
    Counters *counters = counters_new();

    (void)state;
    batch(counters, ORG, 10, 14, true);
    for (int64_t n = 14; n < 20; n += 3) {
        Counter after = counter_at(n + 2);
        counters_begin(counters, LANE, ORG);
        assert_true(expects(counters, LANE, ORG, n));
        counters_take(counters, LANE, ORG, n, &after, true);
        assert_true(counters_settle(counters, LANE, false)); /* another process has written n + 1 */
        assert_false(expects(counters, LANE, ORG, 0));
        counters_end(counters, LANE);
        batch(counters, ORG, n + 1, n + 3, true);
    }
    assert_true(counters_have_rivals(counters, ORG));
    assert_false(is_expected(counters, ORG, 0));
    drop(counters);
}

static void only_if_it_may_and_not_after_long(void **state)
{
    Counters *counters = counters_new();
    Counter after = counter_at(15);

    (void)state;
    batch(counters, ORG, 10, 14, true);
    counters_begin(counters, LANE, ORG);
    counters_take(counters, LANE, ORG, 14, &after, false);
    (void)counters_settle(counters, LANE, true);
    counters_end(counters, LANE);
    assert_false(is_expected(counters, ORG, 0));
    batch(counters, ORG, 15, 16, true);
    assert_true(is_expected(counters, ORG, 16));
    (void)usleep(1100000); /* others may have written meanwhile */
    assert_false(is_expected(counters, ORG, 0));
    batch(counters, ORG, 3, 4, true); /* a standby that had not heard of all was made the server */
    assert_true(is_expected(counters, ORG, 4));
    drop(counters);
}

static void many_companies(void **state)
{
    Counters *counters = counters_new();
    int known = 0;

    (void)state;
    for (Id org = 1; org <= 200; org++)
        batch(counters, org << 20, 1, 2, true);
    for (Id org = 1; org <= 200; org++)
        known += is_expected(counters, org << 20, 2);
    assert_int_equal(known, 200);
    for (Id org = 1; org <= 5000; org++)
        batch(counters, org << 20, 2, 3, true);
    assert_true(is_expected(counters, (Id)5000 << 20, 3));
    drop(counters);
}

/* A chore's, say. */
static void several_in_a_batch(void **state)
{
    Counters *counters = counters_new();
    Counter after = counter_at(5);

    (void)state;
    batch(counters, ORG, 3, 4, true);
    counters_begin(counters, LANE, 0);
    assert_false(expects(counters, LANE, ORG, 0));
    counters_take(counters, LANE, ORG, 4, &after, true);
    (void)counters_settle(counters, LANE, true);
    counters_end(counters, LANE);
    assert_false(is_expected(counters, ORG, 0));
    batch(counters, ORG, 5, 6, true);
    assert_true(is_expected(counters, ORG, 6));
    assert_false(counters_have_rivals(counters, ORG));
    drop(counters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alone),
        cmocka_unit_test(once_is_nobody),
        cmocka_unit_test(what_we_left_is_expected),
        cmocka_unit_test(not_beside_another_batch_of_ours),
        cmocka_unit_test(a_wrong_one_is_found_out),
        cmocka_unit_test(only_if_it_may_and_not_after_long),
        cmocka_unit_test(wrong_for_our_own_sake),
        cmocka_unit_test(many_companies),
        cmocka_unit_test(several_in_a_batch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
