/* search_test.c: house numbers as people type them. */
#include "kernel/search.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void house_numbers_are_understood_as_people_type_them(void **state)
{
    static const struct {
        const char *typed, *no;
    } rows[] = {
        {"3-2-1501", "3-2-1501"},
        {"3栋2单元1501", "3-2-1501"},
        {"3栋2单元1501室", "3-2-1501"},
        {"3号楼2单元1501号", "3-2-1501"},
        {"３－２－１５０１", "3-2-1501"},
        {"3 2 1501", "3-2-1501"},
        {"3栋1501", "3-1501"},
        {"3栋2单元", "3-2-"}, /* only the homes of that unit, not of unit 20 */
        {"3-2-15", "3-2-15"},
        {"3栋", "3-"},
        {"a座1203", "A-1203"},
        {"3", "3-"},
        {"12", "12-"},
        {"150", ""},     /* may be anything */
        {"1501", ""},    /* a room in every building, or the end of a phone */
        {"1501室", "1501"},
        {"王秀兰", ""},
        {"3栋王秀兰", ""},
        {"wxl", ""},
        {"BX-TYHY-20261123-0007", ""},
        {"栋", ""},
        {"", ""},
    };
    Arena *arena = arena_open(1 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str no = search_house_no(arena, str_of(rows[i].typed));
        if (!str_is(no, rows[i].no))
            fail_msg("%s: got \"%.*s\", wanted \"%s\"", rows[i].typed, STR_ARG(no), rows[i].no);
    }
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(house_numbers_are_understood_as_people_type_them)};
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
