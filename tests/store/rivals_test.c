/* rivals_test.c: who else writes in a company, told by its events' numbers. */
#include "store/rivals.h"
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ORG 7

static void alone(void **state)
{
    Rivals *rivals = mem_alloc(sizeof *rivals);

    (void)state;
    rivals_init(rivals);
    rivals_note(rivals, ORG, 10, 14);
    rivals_note(rivals, ORG, 14, 15);
    rivals_note(rivals, ORG, 14, 16); /* the one before was undone */
    rivals_note(rivals, ORG, 16, 17);
    assert_false(rivals_has(rivals, ORG));
    rivals_end(rivals);
    mem_free(rivals);
}

static void once_is_nobody(void **state)
{
    Rivals *rivals = mem_alloc(sizeof *rivals);

    (void)state;
    rivals_init(rivals);
    rivals_note(rivals, ORG, 10, 14);
    rivals_note(rivals, ORG, 20, 21); /* a chore of another process */
    rivals_note(rivals, ORG, 21, 22);
    assert_false(rivals_has(rivals, ORG));
    rivals_note(rivals, ORG, 25, 26); /* and again */
    assert_true(rivals_has(rivals, ORG));
    assert_false(rivals_has(rivals, ORG + 1));
    rivals_note(rivals, ORG + 1, 100, 101); /* nothing is known of its numbers before */
    assert_false(rivals_has(rivals, ORG + 1));
    rivals_end(rivals);
    mem_free(rivals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(alone), cmocka_unit_test(once_is_nobody)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
