/* time_test.c: what waits goes by a clock that never steps. */
#include "base/arena.h"
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t micros(struct timespec at)
{
    return (int64_t)at.tv_sec * SECOND + at.tv_nsec / 1000;
}

static void a_deadline_is_of_the_steady_clock(void **state)
{
    static const int64_t spans[] = {0, 1, SECOND - 1, SECOND, HOUR + 999999};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(spans); i++) {
        int64_t before = clock_monotonic_us();
        struct timespec at = clock_deadline(spans[i]);
        assert_in_range(at.tv_nsec, 0, 999999999);
        assert_in_range(micros(at), before + spans[i], clock_monotonic_us() + spans[i]);
    }
}

static void a_wait_lasts_until_its_deadline(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t never = PTHREAD_COND_INITIALIZER;
    struct timespec until = clock_deadline(SECOND / 20);

    (void)state;
    pthread_mutex_lock(&lock);
    while (clock_wait(&never, &lock, &until))
        ;
    assert_true(clock_monotonic_us() >= micros(until)); /* by another clock it would have been over at once, or not in years */
    assert_false(clock_wait(&never, &lock, &until));
    pthread_mutex_unlock(&lock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deadline_is_of_the_steady_clock),
        cmocka_unit_test(a_wait_lasts_until_its_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
