/* sheet_test.c: what comes out of the files of tests/data/import, what is refused, and what sheet_out writes. */
#include "base/sheet.h"
#include "base/sheet_out.h"
#include "base/sheet_parts.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define FILES "tests/data/import/"
#define BYTES(literal) {literal, sizeof(literal) - 1}

/* Rows as text: "2: a|b||c" and a line end; line breaks in cells as '~'. */
static const Error *write_down(void *self, int64_t row_number, const Str *cells, int count)
{
    Buf *buf = self;

    buf_format(buf, "%d: ", (int)row_number);
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_char(buf, '|');
        for (ptrdiff_t at = 0; at < cells[i].len; at++)
            buf_char(buf, cells[i].ptr[at] == '\n' || cells[i].ptr[at] == '\r' ? '~' : cells[i].ptr[at]);
    }
    buf_char(buf, '\n');
    return OK;
}

static const Error *count_rows(void *self, int64_t row_number, const Str *cells, int count)
{
    (void)row_number, (void)cells, (void)count;
    ++*(int64_t *)self;
    return OK;
}

static const Error *stop_at_once(void *self, int64_t row_number, const Str *cells, int count)
{
    (void)row_number, (void)cells, (void)count;
    return error_new(self, ERR_CHANGED, STR_NONE, STR_NONE);
}

static void expect_rows(Arena *arena, const char *what, Str bytes, const char *rows)
{
    Buf buf = buf_new(arena, 1 << 20);
    const Error *error = sheet_read_bytes(arena, bytes, write_down, &buf);

    if (error != OK)
        fail_msg("%s: %.*s", what, STR_ARG(error_text(error, LANG_EN)));
    if (!str_is(buf_str(&buf), rows))
        fail_msg("%s:\n%.*swanted\n%s", what, STR_ARG(buf_str(&buf)), rows);
}

static void texts_are_read_in_every_shape(void **state)
{
    static const struct {
        const char *what;
        Str bytes;
        const char *rows;
    } rows[] = {
        {"commas", BYTES("a,b\n1,2\n"), "1: a|b\n2: 1|2\n"},
        {"no end of line at the end", BYTES("a,b\n1,2"), "1: a|b\n2: 1|2\n"},
        {"CRLF, blank lines keep their number", BYTES("a\r\n\r\n \r\nb\r\n"), "1: a\n4: b\n"},
        {"a bare CR", BYTES("a,b\rc,d"), "1: a|b\n2: c|d\n"},
        {"tabs, with commas in cells", BYTES("a\tb,c\n1\t2,3\n"), "1: a|b,c\n2: 1|2,3\n"},
        {"semicolons", BYTES("a;b\n1;2\n"), "1: a|b\n2: 1|2\n"},
        {"Excel is told the separator", BYTES("sep=;\na;b,c,d\n"), "1: sep=\n2: a|b,c,d\n"},
        {"quotes", BYTES("\"a,\"\"b\"\"\",\"c\nd\"\ne,f\n"), "1: a,\"b\"|c~d\n2: e|f\n"},
        {"text behind a closing quote", BYTES("\"a\"b,c\n"), "1: ab|c\n"},
        {"a quote inside a cell is a quote", BYTES("5\" pipe,x\ny,z\n"), "1: 5\" pipe|x\n2: y|z\n"},
        {"empty cells at the end are no cells", BYTES("a,,\n,,\n,b,,"), "1: a\n3: |b\n"},
        {"UTF-8 with BOM", BYTES("\xEF\xBB\xBF\xE6\x88\xBF,b"), "1: 房|b\n"},
        {"GB18030, also four bytes", BYTES("\xB7\xBF,\x95\x34\xB2\x35"), "1: 房|𠮷\n"},
        {"UTF-16 little", BYTES("\xFF\xFE\x3F\x62,\0b\0"), "1: 房|b\n"},
        {"UTF-16 big", BYTES("\xFE\xFF\x62\x3F\0,\0b"), "1: 房|b\n"},
        {"a phone kept from Excel", BYTES("=\"13800001234\",'=1+2,'x"), "1: 13800001234|=1+2|'x\n"},
    };
    Arena *arena = arena_open(8 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_rows(arena, rows[i].what, rows[i].bytes, rows[i].rows);
    arena_close(arena);
}

static void workbooks_are_read_as_people_see_them(void **state)
{
    static const struct {
        const char *file, *rows;
    } files[] = {
        {"texts.xlsx", "2: |房号||业主姓名|备注\n5: |1-101|| 张三~~李四 |TRUE|#N/A\n6: 2020-01-05|2\n"},
        {"numbers.xlsx", "1: 89.5|89.5|13800001234|330106199003071016|0.0015|-12.3|0.1|100000000000000000000|100\n"
                         "2: 1900-01-01|1900-02-28|1900-02-29|1900-03-01|12:00:00|2020-01-06|0007|1234.5|13800001234|-5|1e5x|nan\n"},
        {"whole_columns.xlsx", "1: 房号|姓名\n2: 1-101|张三\n"},
        {"from_1904.xlsx", "1: 房号|姓名|电话|面积|交房日期\n2: 1-101|张三|13800000001|80|2020-01-05\n"},
        {"merged.xlsx", "1: 天悦花园业主台账（二〇二六年）|天悦花园业主台账（二〇二六年）|天悦花园业主台账（二〇二六年）|天悦花园业主台账（二〇二六年）|"
                        "天悦花园业主台账（二〇二六年）|天悦花园业主台账（二〇二六年）|天悦花园业主台账（二〇二六年）\n"
                        "2: 楼栋|单元|房号|建筑面积|业主姓名|联系电话|收楼时间\n"
                        "3: 3栋|1单元|101|89.5|张三|13800000001|2019-06-18\n"
                        "4: 3栋|1单元|102|89.5|李四|13800000002|2019-06-19 06:00:00\n"
                        "5: 3栋|2单元|0201|90|王五|13800000003|2019-06-19\n"
                        "6: 3栋|2单元|0201|90|王六|13800000004\n"
                        "9: |合计||269\n"},
        {"title_gb18030.csv", "1: 天悦花园业主台账（二〇二六年）\n2: 制表：客服部|||日期：2026-11-01\n3: 房　号|建筑面积（㎡）|业主姓名*|联系电话|备注~（可空）\n"
                              "4: 3栋2单元1501室|89.50㎡|王秀兰、周德明|13800001234/13900005678|狗，脾气大\n"
                              "5: ３栋２单元１５０２|1,089.5|𠮷田一郎|０５７１－８８００１２３４\n7: 3栋2单元小计|1179\n8: 合计|1179\n9: 注：以上面积以产权证为准\n"},
    };
    Arena *arena = arena_open(8 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        Buf buf = buf_new(arena, 1 << 20);
        const Error *error = sheet_read(arena, str_to_c(arena, str_format(arena, FILES "%s", files[i].file)), write_down, &buf);

        if (error != OK)
            fail_msg("%s: %.*s", files[i].file, STR_ARG(error_text(error, LANG_EN)));
        if (!str_is(buf_str(&buf), files[i].rows))
            fail_msg("%s:\n%.*swanted\n%s", files[i].file, STR_ARG(buf_str(&buf)), files[i].rows);
    }
    arena_close(arena);
}

static void what_cannot_be_read_says_what_would_be_right(void **state)
{
    static const struct {
        const char *file, *code, *zh, *en;
    } files[] = {
        {"entities.xlsx", "format", "DOCTYPE", "DOCTYPE"},
        {"outside_entity.xlsx", "format", "DOCTYPE", "DOCTYPE"},
        {"bomb.xlsx", "too_long", "大得不正常", "far too much"},
        {"long_token.xlsx", "format", "重新另存为", "save it as .xlsx again"},
        {"cut_off.xlsx", "format", "没有传完", "incomplete"},
        {"bad_bytes.xlsx", "format", "已损坏", "broken"},
        {"half_xml.xlsx", "format", "已损坏", "broken"},
        {"bad_index.xlsx", "format", "已损坏", "broken"},
        {"rows_backwards.xlsx", "format", "已损坏", "broken"},
        {"all_hidden.xlsx", "format", "取消隐藏", "unhide"},
        {"too_wide.xlsx", "out_of_range", "256 列", "256 columns"},
        {"zip_password.xlsx", "encrypted", "去掉密码", "remove it"},
        {"password.xlsx", "encrypted", "去掉密码", "remove it"},
        {"old.xls", "format", "“另存为” .xlsx", "save it as .xlsx"},
        {"document.docx", "format", "不是 Excel", "not a spreadsheet"},
        {"binary.xlsb", "format", ".xlsb", ".xlsb"},
        {"open_document.ods", "format", ".ods", ".ods"},
        {"photos.zip", "format", "没有表格", "no spreadsheet"},
        {"web_page.xls", "format", "网页", "web page"},
        {"empty.csv", "format", "空的", "empty"},
        {"picture.csv", "format", "第 1 个字节", "Byte 1"},
        {"nul.csv", "format", "不是表格", "not a table"},
        {"wide.csv", "out_of_range", "256 列", "256 columns"},
        {"unclosed_quote.csv", "format", "第 3 行", "row 3"},
    };
    Arena *arena = arena_open(64 << 20);

    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        int64_t rows = 0;
        const Error *error = sheet_read(arena, str_to_c(arena, str_format(arena, FILES "%s", files[i].file)), count_rows, &rows);

        if (error == OK || error->code != ERR_INVALID || !str_is(error->fields->field, "file"))
            fail_msg("%s: was not refused", files[i].file);
        else if (strcmp(error->fields->code, files[i].code) != 0 || str_find(error->fields->zh, str_of(files[i].zh)) < 0 ||
                 str_find(error->fields->en, str_of(files[i].en)) < 0)
            fail_msg("%s: %s: %.*s | %.*s", files[i].file, error->fields->code, STR_ARG(error->fields->zh),
                     STR_ARG(error->fields->en));
    }
    arena_close(arena);
}

static void a_missing_file_and_a_folder_are_states_of_the_world(void **state)
{
    Arena *arena = arena_open(1 << 20);
    int64_t rows = 0;

    (void)state;
    assert_int_equal(sheet_read(arena, FILES "not_there.csv", count_rows, &rows)->code, ERR_STATE_OF_WORLD);
    assert_int_equal(sheet_read(arena, FILES, count_rows, &rows)->code, ERR_STATE_OF_WORLD);
    arena_close(arena);
}

static void the_callers_error_ends_the_reading(void **state)
{
    Arena *arena = arena_open(1 << 20);

    (void)state;
    assert_int_equal(sheet_read(arena, FILES "merged.xlsx", stop_at_once, arena)->code, ERR_CHANGED);
    assert_int_equal(sheet_read(arena, FILES "bare_cr.csv", stop_at_once, arena)->code, ERR_CHANGED);
    arena_close(arena);
}

static void limits_hold_to_the_byte(void **state)
{
    Arena *arena = arena_open(64 << 20);
    char *cell = arena_alloc(arena, SHEET_MAX_CELL + 2);
    char *lines = arena_alloc(arena, (SHEET_MAX_ROWS + 1) * 2);
    int64_t rows = 0;

    (void)state;
    memset(cell, 'x', SHEET_MAX_CELL + 1);
    assert_true(sheet_read_bytes(arena, (Str){cell, SHEET_MAX_CELL}, count_rows, &rows) == OK);
    assert_string_equal(sheet_read_bytes(arena, (Str){cell, SHEET_MAX_CELL + 1}, count_rows, &rows)->fields->code, "too_long");
    cell[0] = '"';
    cell[SHEET_MAX_CELL + 1] = '"';
    assert_true(sheet_read_bytes(arena, (Str){cell, SHEET_MAX_CELL + 2}, count_rows, &rows) == OK);
    for (int i = 0; i <= SHEET_MAX_ROWS; i++)
        memcpy(lines + 2 * (ptrdiff_t)i, "x\n", 2);
    rows = 0;
    assert_true(sheet_read_bytes(arena, (Str){lines, SHEET_MAX_ROWS * 2}, count_rows, &rows) == OK);
    assert_int_equal(rows, SHEET_MAX_ROWS);
    assert_string_equal(sheet_read_bytes(arena, (Str){lines, (SHEET_MAX_ROWS + 1) * 2}, count_rows, &rows)->fields->code,
                        "out_of_range");
    arena_close(arena);
}

static void formats_tell_dates_from_numbers(void **state)
{
    static const struct {
        int id;
        const char *code;
        SheetShow show;
    } rows[] = {
        {0, "", SHOW_AS_IS},           {2, "", SHOW_AS_IS},          {14, "", SHOW_DATE},
        {22, "", SHOW_DATE_TIME},      {31, "", SHOW_DATE},          {46, "", SHOW_TIME},
        {49, "", SHOW_AS_IS},          {164, "General", SHOW_AS_IS}, {164, "yyyy-mm-dd", SHOW_DATE},
        {164, "[Red]0.00", SHOW_AS_IS}, {164, "0.00\"days\"", SHOW_AS_IS}, {164, "\\d0", SHOW_AS_IS},
        {164, "[h]:mm:ss", SHOW_TIME}, {164, "m/d/yy h:mm", SHOW_DATE_TIME}, {164, "00000", SHOW_ZEROS},
        {164, "#,##0", SHOW_AS_IS},    {164, "0%", SHOW_AS_IS},      {164, "[$-F800]dddd\\,\\ mmmm\\ dd", SHOW_DATE},
        {164, "yyyy\"年\"m\"月\"", SHOW_DATE}, {164, "@", SHOW_AS_IS}, {164, "0;[Red]-0;\"d\"", SHOW_AS_IS},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (sheet_style_of(rows[i].id, str_of(rows[i].code)).show != rows[i].show)
            fail_msg("%d %s: %d", rows[i].id, rows[i].code, (int)sheet_style_of(rows[i].id, str_of(rows[i].code)).show);
}

static const SheetColumn COLUMNS[] = {{.heading = {"房号", 6}}, {.heading = {"备注", 6}, .width = 40}, {.heading = {"面积", 6}},
                                      {.heading = {"日期", 6}}, {.heading = {"编号", 6}}};

/* Writes the same table in a format and gives the file's bytes. */
static Str write_table(Arena *arena, SheetFormat format)
{
    char name[] = "/tmp/anju-sheet-test-XXXXXX";
    int fd = mkstemp(name);
    SheetOut *out = NULL;
    char *bytes = arena_alloc(arena, 1 << 20);
    ssize_t got;
    const struct {
        SheetCell cells[5];
    } rows[] = {
        {{sheet_text(STR("3-2-1501")), sheet_text(STR("=1+2")), sheet_decimal(8950, 2), sheet_date(20200105), sheet_int(7)}},
        {{sheet_text(STR("")), sheet_text(STR("狗,\"大\"\n叫\x01")), sheet_decimal(-5, 2), sheet_empty(), sheet_int(INT64_MAX)}},
        {{sheet_text(STR("-5")), sheet_text(STR("+8613800001234")), sheet_decimal(100, 0), sheet_date(0), sheet_int(-3)}},
        {{sheet_text(STR("@a")), sheet_text(STR("-a")), sheet_decimal(1200, 2), sheet_date(19000301), sheet_int(0)}},
        {{sheet_text(STR("+1-2")), sheet_text(STR("a=b")), sheet_decimal(5, 3), sheet_date(20240229), sheet_int(1)}},
    };

    assert_true(fd >= 0);
    assert_true(sheet_out_open(arena, fd, format, NULL, COLUMNS, 5, &out) == OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_true(sheet_out_row(out, rows[i].cells, 5) == OK);
    assert_true(sheet_out_finish(out) == OK);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    got = read(fd, bytes, 1 << 20);
    close(fd);
    unlink(name);
    assert_true(got > 0);
    return (Str){bytes, got};
}

static void csv_is_safe_to_open(void **state)
{
    Arena *arena = arena_open(16 << 20);
    Str bytes = write_table(arena, SHEET_CSV);

    (void)state;
    if (!str_is(bytes, "\xEF\xBB\xBF房号,备注,面积,日期,编号\r\n"
                       "3-2-1501,'=1+2,89.5,2020-01-05,7\r\n"
                       ",\"狗,\"\"大\"\"\n叫\",-0.05,,9223372036854775807\r\n"
                       "-5,+8613800001234,100,,-3\r\n"
                       "'@a,'-a,12,1900-03-01,0\r\n"
                       "'+1-2,a=b,0.005,2024-02-29,1\r\n"))
        fail_msg("%.*s", STR_ARG(bytes));
    arena_close(arena);
}

static void what_is_written_reads_back(void **state)
{
    static const char ROWS[] = "1: 房号|备注|面积|日期|编号\n"
                               "2: 3-2-1501|=1+2|89.5|2020-01-05|7\n"
                               "3: |狗,\"大\"~叫|-0.05||9223372036854775807\n"
                               "4: -5|+8613800001234|100||-3\n"
                               "5: @a|-a|12|1900-03-01|0\n"
                               "6: +1-2|a=b|0.005|2024-02-29|1\n";
    Arena *arena = arena_open(16 << 20);

    (void)state;
    expect_rows(arena, "CSV", write_table(arena, SHEET_CSV), ROWS);
    expect_rows(arena, "XLSX", write_table(arena, SHEET_XLSX), ROWS);
    arena_close(arena);
}

static void a_full_disk_is_told(void **state)
{
    Arena *arena = arena_open(16 << 20);
    int fd = open("/dev/full", O_WRONLY);
    SheetOut *out = NULL;

    (void)state;
    assert_true(fd >= 0);
    assert_true(sheet_out_open(arena, fd, SHEET_CSV, NULL, COLUMNS, 5, &out) == OK);
    assert_int_equal(sheet_out_finish(out)->code, ERR_UNAVAILABLE);
    assert_true(sheet_out_open(arena, fd, SHEET_XLSX, NULL, COLUMNS, 5, &out) == OK);
    assert_int_equal(sheet_out_finish(out)->code, ERR_UNAVAILABLE);
    assert_int_equal(sheet_out_open(arena, fd, SHEET_XLSX, "/not/there", COLUMNS, 5, &out)->code, ERR_UNAVAILABLE);
    close(fd);
    arena_close(arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_in_every_shape),
        cmocka_unit_test(workbooks_are_read_as_people_see_them),
        cmocka_unit_test(what_cannot_be_read_says_what_would_be_right),
        cmocka_unit_test(a_missing_file_and_a_folder_are_states_of_the_world),
        cmocka_unit_test(the_callers_error_ends_the_reading),
        cmocka_unit_test(limits_hold_to_the_byte),
        cmocka_unit_test(formats_tell_dates_from_numbers),
        cmocka_unit_test(csv_is_safe_to_open),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
