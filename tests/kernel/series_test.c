/* series_test.c: numbers against a real database: each once, in blocks that grow with the hurry. */
#include "kernel/series.h"
#include "house_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

typedef HouseFixture Fixture;

static int open_fixture(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);

    *state = f;
    return house_fixture_open(f) ? 0 : 1;
}

static int close_fixture(void **state)
{
    Fixture *f = *state;
    int code = house_fixture_close(f);

    mem_free(f);
    return code;
}

typedef struct {
    int count;      /* how many numbers to take */
    int64_t leased; /* up to which number all are leased now */
    Str last;
} Ask;

static const Error *take_closure(Cx *cx, void *self)
{
    static const char NEXT[] = "SELECT next FROM series WHERE org_id = :org AND name = 'X'";
    Ask *ask = self;

    for (int i = 0; i < ask->count; i++)
        TRY(series_next(cx, STR("X"), &ask->last));
    TRY(sql_row(cx, NEXT, NOTHING, OUT(out_int(&ask->leased))));
    ask->leased--;
    return OK;
}

static Ask take(Fixture *f, int count)
{
    Ask ask = {.count = count};
    assert_null(store_write(f->house->store, &f->cx, take_closure, &ask));
    return ask;
}

static void a_lane_in_a_hurry_leases_more_at_once(void **state)
{
    Fixture *f = *state;

    assert_int_equal(take(f, 1).leased, 20);
    assert_int_equal(take(f, 20).leased, 60); /* the first block within the same moment: the next is twice as large */
    assert_int_equal(take(f, 40).leased, 140);
    assert_true(str_is(take(f, 39).last, "X-0100"));
}

static void a_lane_at_leisure_leases_few(void **state)
{
    Fixture *f = *state;

    assert_int_equal(take(f, 21).leased, 60);
    f->cx.now += 30 * SECOND;
    assert_int_equal(take(f, 40).leased, 100); /* as many as before */
    f->cx.now += 2 * MINUTE;
    assert_int_equal(take(f, 40).leased, 120); /* as at first */
}

static void no_block_is_endless(void **state)
{
    Fixture *f = *state;
    int64_t before = take(f, 20 * 127).leased; /* 20 + 40 + … + 1280 */

    assert_int_equal(before, 20 * 127);
    assert_int_equal(take(f, 1).leased, before + 1280);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_lane_in_a_hurry_leases_more_at_once, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_lane_at_leisure_leases_few, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(no_block_is_endless, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
