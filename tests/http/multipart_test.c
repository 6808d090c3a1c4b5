/* multipart_test.c: one file comes out of a form as it went in, and what is not such a form is refused. */
#include "http/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=b"
#define HEAD "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"

static const Error *read_form(Arena *arena, const char *type, Str body, MultipartFile *file)
{
    *file = (MultipartFile){0};
    return multipart_file(arena, str_of(type), body, file);
}

static void a_file_comes_out_as_it_went_in(void **state)
{
    const struct {
        const char *type;
        Str body, name, bytes;
    } rows[] = {
        {TYPE, STR(HEAD "x,y\r\n--b--\r\n"), STR("a.csv"), STR("x,y")},
        {TYPE, STR(HEAD "x,y\r\n--b--"), STR("a.csv"), STR("x,y")},
        {TYPE, STR(HEAD "\r\n--b--\r\n"), STR("a.csv"), STR("")},
        {TYPE, STR("\r\n" HEAD "x\r\n--b--\r\n"), STR("a.csv"), STR("x")},
        {TYPE, STR(HEAD "a\r\nb\0c\r\n--c\r\n-b\r\n\r\n--b--"), STR("a.csv"), STR("a\r\nb\0c\r\n--c\r\n-b\r\n")},
        {"Multipart/Form-Data; charset=utf-8; BOUNDARY=\"b\"", STR(HEAD "x\r\n--b--"), STR("a.csv"), STR("x")},
        {"multipart/form-data; boundary=\"a b:c\"",
         STR("--a b:c\r\ncontent-type: text/csv\r\nCONTENT-DISPOSITION: form-data; filename=\"n\"; name=file\r\n\r\nx\r\n--a b:c--"), STR("n"), STR("x")},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\\\"b%22c%25 C:\\d\"\r\n\r\nx\r\n--b--"), STR("a\"b\"c%25 C:\\d"), STR("x")},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"; filename*=UTF-8''%E6%88%BF.csv\r\n\r\nx\r\n--b--"), STR("房.csv"), STR("x")},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx\r\n--b--"), STR(""), STR("x")},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
        MultipartFile file;
        assert_null(read_form(arena, rows[i].type, rows[i].body, &file));
        assert_true(str_eq(file.name, rows[i].name));
        assert_true(str_eq(file.bytes, rows[i].bytes));
    }
}

static void what_is_no_form_is_refused(void **state)
{
    const struct {
        const char *type;
        Str body;
        ErrorCode code;
    } rows[] = {
        {"application/json", STR("{}"), ERR_MEDIA_TYPE},
        {"", STR(HEAD "x\r\n--b--"), ERR_MEDIA_TYPE},
        {"multipart/mixed; boundary=b", STR(HEAD "x\r\n--b--"), ERR_MEDIA_TYPE},
        {"multipart/form-data", STR(HEAD "x\r\n--b--"), ERR_BAD_REQUEST},
        {"multipart/form-data; boundary=", STR(HEAD "x\r\n--b--"), ERR_BAD_REQUEST},
        {"multipart/form-data; boundary=b; boundary=b", STR(HEAD "x\r\n--b--"), ERR_BAD_REQUEST},
        {"multipart/form-data; boundary=\"b\xff\"", STR(HEAD "x\r\n--b--"), ERR_BAD_REQUEST},
        {"multipart/form-data; boundary=01234567890123456789012345678901234567890123456789012345678901234567890", STR("x"), ERR_BAD_REQUEST},
        {TYPE, STR(""), ERR_BAD_REQUEST},
        {TYPE, STR("preamble\r\n" HEAD "x\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR(HEAD "x\r\n--b--\r\nepilogue"), ERR_BAD_REQUEST},
        {TYPE, STR(HEAD "x\r\n"), ERR_BAD_REQUEST},
        {TYPE, STR(HEAD "x\r\n--b"), ERR_BAD_REQUEST},
        {TYPE, STR(HEAD "x\r\n--bc--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"file\"\r\nx\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b\r\n\r\nx\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b\r\nno colon\r\n\r\nx\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"file\r\n\r\nx\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\nx\r\n--b--"), ERR_BAD_REQUEST},
        {TYPE, STR("--b--\r\n"), ERR_INVALID},
        {TYPE, STR(HEAD "x\r\n" HEAD "y\r\n--b--"), ERR_INVALID},
        {TYPE, STR("--b\r\nContent-Disposition: form-data; name=\"photo\"\r\n\r\nx\r\n--b--"), ERR_INVALID},
        {TYPE, STR(HEAD "x\r\n--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b--"), ERR_INVALID},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
        MultipartFile file;
        const Error *error = read_form(arena, rows[i].type, rows[i].body, &file);
        if (error == OK || error->code != rows[i].code)
            fail_msg("row %zu: %s", i, error == OK ? "taken" : error_row(error->code)->name);
    }
}

static void headers_without_end_are_refused(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Buf body = buf_new(arena, 1 << 18);
    MultipartFile file;

    (void)state;
    buf_add_c(&body, "--b\r\nContent-Disposition: form-data; name=\"file\"\r\nX: ");
    for (int i = 0; i < MULTIPART_MAX_HEAD; i++)
        buf_char(&body, 'x');
    buf_add_c(&body, "\r\n\r\nx\r\n--b--");
    assert_int_equal(read_form(arena, TYPE, buf_str(&body), &file)->code, ERR_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_comes_out_as_it_went_in),
        cmocka_unit_test(what_is_no_form_is_refused),
        cmocka_unit_test(headers_without_end_are_refused),
    };
    return cmocka_run_group_tests_name("multipart", tests, NULL, NULL);
}
