/* file_test.c: names of files as they may be kept and told, and what is swept away. What an upload becomes is tested through
 * the real binary. */
#include "kernel/file.h"
#include "house_fixture.h"
#include "store/blob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

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

static const Error *add_closure(Cx *cx, void *row)
{
    return file_add(cx, row);
}

static FileRow upload(House *house, Cx *cx, Str bytes)
{
    FileRow row = {0};
    Str kept;

    assert_null(file_clean(cx->arena, STR("a.csv"), bytes, &row, &kept));
    assert_null(file_keep(house->store, cx, house->folder, kept, &row, add_closure, &row));
    return row;
}

static const Error *attach_closure(Cx *cx, void *row)
{
    static const char ATTACH[] = "UPDATE file SET attached = 1 WHERE org_id = :org AND id = :id";
    return sql_run(cx, ATTACH, IN(in_int("id", ((FileRow *)row)->id)));
}

/* Rows that nobody attached go after a day; the bytes with the last row that names them. */
static void what_nobody_attached_is_swept_away(void **state)
{
    FileRow alone, shared, attached;
    HouseFixture f;
    int count;

    (void)state;
    assert_true(house_fixture_open(&f));
    alone = upload(f.house, &f.cx, STR("a,b\n1,2\n"));
    shared = upload(f.house, &f.cx, STR("a,b\n3,4\n"));
    attached = upload(f.house, &f.cx, STR("a,b\n3,4\n"));
    assert_true(str_eq(shared.sha256, attached.sha256) && shared.id != attached.id);
    assert_null(store_write(f.house->store, &f.cx, attach_closure, &attached));
    f.cx.now += FILE_UNATTACHED - MINUTE;
    assert_null(file_sweep(f.house->store, &f.cx, f.folder, 10, &count));
    assert_int_equal(count, 0);
    f.cx.now += 2 * MINUTE;
    assert_null(file_sweep(f.house->store, &f.cx, f.folder, 1, &count));
    assert_int_equal(count, 1);
    assert_null(file_sweep(f.house->store, &f.cx, f.folder, 10, &count));
    assert_int_equal(count, 1);
    assert_false(blob_exists(f.arena, f.folder, f.org, alone.sha256));
    assert_true(blob_exists(f.arena, f.folder, f.org, attached.sha256));
    assert_int_equal(house_fixture_close(&f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_never_a_path),
        cmocka_unit_test(a_long_name_is_cut_by_characters),
        cmocka_unit_test(a_header_carries_any_name),
        cmocka_unit_test(what_nobody_attached_is_swept_away),
    };
    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
