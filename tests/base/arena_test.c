/* arena_test.c: memory of an arena is zeroed where it says so, also in a block that was used before. */
#include "base/arena.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool is_zero(const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Every size of a first use against every size of a second one: what is given out is zero where the dirty part ends, too. */
static void zeroed_after_reset(void **state)
{
    static const size_t sizes[] = {1, 16, 100, 4000, 20000, 32 * 1024, 40000};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        for (size_t k = 0; k < COUNT_OF(sizes); k++) {
            AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 20);
            memset(arena_alloc(arena, 64), 0xaa, 64);
            memset(arena_alloc_raw(arena, sizes[i]), 0xff, sizes[i]);
            arena_reset(arena);
            assert_true(is_zero(arena_alloc(arena, sizes[k]), sizes[k]));
            assert_true(is_zero(arena_alloc(arena, sizes[i]), sizes[i]));
            memset(arena_alloc_raw(arena, 10), 0xff, 10);
            arena_reset(arena);
            assert_true(is_zero(arena_alloc(arena, 30000), 30000));
        }
}

/* Past its budget it says so, and a reset makes it good again. */
static void spent_until_reset(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1000);

    (void)state;
    (void)arena_alloc(arena, 900);
    assert_false(arena_is_spent(arena));
    (void)arena_alloc(arena, 200);
    assert_true(arena_is_spent(arena));
    arena_reset(arena);
    assert_false(arena_is_spent(arena));
}

static void ids_of_a_stored_list(void **state)
{
    Str list = STR("[\"12\",\"7\",\"9223372036854775807\"]");

    (void)state;
    assert_int_equal(str_next_id(&list), 12);
    assert_int_equal(str_next_id(&list), 7);
    assert_int_equal(str_next_id(&list), INT64_MAX);
    assert_int_equal(str_next_id(&list), 0);
    list = STR("[]");
    assert_int_equal(str_next_id(&list), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_after_reset),
        cmocka_unit_test(spent_until_reset),
        cmocka_unit_test(ids_of_a_stored_list),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
