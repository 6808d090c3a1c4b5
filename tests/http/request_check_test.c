/* request_check_test.c: the pure parts of the hygiene. What a whole request meets is in server_test.c. */
#include "http/request_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define SAME(got, wanted) assert_true(str_eq((got), STR(wanted)))

static void a_target_is_split_at_its_first_question_mark(void **state)
{
    static const struct {
        const char *target, *path, *query;
    } rows[] = {
        {"/a", "/a", ""},
        {"/a?", "/a", ""},
        {"/a?b?c", "/a", "b?c"},
        {"/%3F?%3f", "/%3F", "%3f"},
        {"*", "*", ""},
        {"http://h/a?b", "/a", "b"},
        {"https://h:1", "/", ""},
        {"http://h?b", "/", "b"},
        {"/http://h", "/http://h", ""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str path, query;
        target_split(str_of(rows[i].target), &path, &query);
        if (!str_is(path, rows[i].path) || !str_is(query, rows[i].query))
            fail_msg("%s: %.*s and %.*s", rows[i].target, STR_ARG(path), STR_ARG(query));
    }
}

static void names_are_compared_without_case_and_values_without_outer_blanks(void **state)
{
    (void)state;
    assert_true(text_is_caseless(STR("Content-Length"), STR("cONTENT-lENGTH")));
    assert_false(text_is_caseless(STR("a[b"), STR("a{b"))); /* these differ in the same bit as letters do */
    assert_false(text_is_caseless(STR("Host"), STR("Hosts")));
    SAME(value_trim(STR(" \t a b\t ")), "a b");
    SAME(value_trim(STR(" \t ")), "");
}

static void a_refusal_is_chinese_unless_english_is_preferred(void **state)
{
    Arena *arena = arena_open(100000);

    (void)state;
    assert_int_equal(refusal_lang(STR_NONE), LANG_ZH);
    assert_int_equal(refusal_lang(STR("fr")), LANG_ZH);
    assert_int_equal(refusal_lang(STR("zh-CN,zh;q=0.9,en;q=0.8")), LANG_ZH);
    assert_int_equal(refusal_lang(STR("en-US,en;q=0.9,zh;q=0.8")), LANG_EN);
    SAME(refusal_body(arena, &refused_body_too_large, LANG_EN),
         "{\"type\":\"about:blank\",\"title\":\"The content is larger than allowed "
         "here\",\"status\":413,\"code\":\"too_large\"}");
    arena_close(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_split_at_its_first_question_mark),
        cmocka_unit_test(names_are_compared_without_case_and_values_without_outer_blanks),
        cmocka_unit_test(a_refusal_is_chinese_unless_english_is_preferred),
    };
    return cmocka_run_group_tests_name("http/request_check", tests, NULL, NULL);
}
