/* file_test.c: names of files as they may be kept and told. What an upload becomes is tested through the real binary. */
#include "kernel/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void a_name_is_never_a_path(void **state)
{
    static const struct {
        const char *given, *ending, *kept;
    } rows[] = {
        {"homes.csv", "csv", "homes.csv"},
        {"../../etc/passwd", "pdf", "passwd.pdf"},
        {"C:\\Users\\wang\\业主 名册.XLSX", "xlsx", "业主 名册.xlsx"},
        {"photo.webp", "jpg", "photo.jpg"},
        {"..hidden.png", "png", "hidden.png"},
        {"a\r\nSet-Cookie: x.csv", "csv", "aSet-Cookie: x.csv"},
        {"evil\xE2\x80\xAEgpj.csv", "csv", "evilgpj.csv"}, /* U+202E turns the direction */
        {"\xff\xfe.csv", "csv", "file.csv"},
        {"", "jpg", "file.jpg"},
        {".csv", "csv", "file.csv"},
        {"no ending", "pdf", "no ending.pdf"},
        {"version 1.2 of the list", "pdf", "version 1.2 of the list.pdf"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
        Str kept = file_safe_name(arena, str_of(rows[i].given), rows[i].ending);
        if (!str_is(kept, rows[i].kept))
            fail_msg("%s became %.*s, not %s", rows[i].given, STR_ARG(kept), rows[i].kept);
    }
}

static void a_long_name_is_cut_by_characters(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    Buf name = buf_new(arena, 4096);

    (void)state;
    for (int i = 0; i < 300; i++)
        buf_add_c(&name, "房");
    assert_int_equal(utf8_count(file_safe_name(arena, buf_str(&name), "csv")), FILE_MAX_NAME + 4);
}

static void a_header_carries_any_name(void **state)
{
    static const struct {
        const char *name, *header;
    } rows[] = {
        {"a.csv", "attachment; filename=\"a.csv\""},
        {"a \"b\".csv", "attachment; filename=\"a _b_.csv\"; filename*=UTF-8''a%20%22b%22.csv"},
        {"房.csv", "attachment; filename=\"_.csv\"; filename*=UTF-8''%E6%88%BF.csv"},
        {"50%.csv", "attachment; filename=\"50_.csv\"; filename*=UTF-8''50%25.csv"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
        Str header = file_disposition(arena, "attachment", str_of(rows[i].name));
        if (!str_is(header, rows[i].header))
            fail_msg("%s became %.*s", rows[i].name, STR_ARG(header));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_never_a_path),
        cmocka_unit_test(a_long_name_is_cut_by_characters),
        cmocka_unit_test(a_header_carries_any_name),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
