/* sheet_csv.c: comma-separated text as offices really have it: any of three encodings, three separators, three ends of
 * line, and quotes where somebody's program saw fit. RFC 4180 is read; what it leaves open is read kindly. */
#include "base/sheet_parts.h"

#include <errno.h>
#include <iconv.h>

#define LOOKED_AT 10 /* rows that decide which separator it is */

typedef struct {
    SheetRow *row;
    Str text;
    ptrdiff_t at;
    char separator;
    int64_t number; /* of the row being read, from 1 */
} Csv;

static const Error *to_utf8(Arena *arena, Str bytes, char **owned, Str *out);
static const Error *convert(Arena *arena, Str bytes, const char *from, char **owned, Str *out);
static char find_separator(Str text);
static const Error *read_row(Csv *csv);
static const Error *read_quoted(Csv *csv, Str *out);
static Str read_plain(Csv *csv);
static Str unwrap(Str cell);
static bool is_end_of_line(char c);
static void free_at(char **bytes);

const Error *sheet_csv_read(SheetRow *row, Str bytes)
{
    AUTO(free_at) char *owned = NULL;
    Csv csv = {.row = row, .number = 1};

    TRY(to_utf8(row->arena, bytes, &owned, &csv.text));
    if (csv.text.len == 0)
        return sheet_is_empty(row->arena);
    if (memchr(csv.text.ptr, '\0', (size_t)csv.text.len) != NULL)
        return sheet_refuse(row->arena, "format", STR("这不是表格文件，请传 .xlsx 或 .csv"),
                            STR("This is not a table; send .xlsx or .csv"));
    if (str_starts(csv.text, STR("sep=")) && csv.text.len > 4) /* the line with which Excel is told the separator */
        csv.separator = csv.text.ptr[4];
    else
        csv.separator = find_separator(csv.text);
    if (csv.separator != ',' && csv.separator != '\t' && csv.separator != ';')
        csv.separator = find_separator(csv.text);

    for (; csv.at < csv.text.len; csv.number++)
        TRY(read_row(&csv));
    return OK;
}

static const Error *to_utf8(Arena *arena, Str bytes, char **owned, Str *out)
{
    if (str_starts(bytes, STR("\xEF\xBB\xBF")))
        bytes = str_cut(bytes, 3, bytes.len);
    else if (str_starts(bytes, STR("\xFF\xFE")))
        return convert(arena, str_cut(bytes, 2, bytes.len), "UTF-16LE", owned, out);
    else if (str_starts(bytes, STR("\xFE\xFF")))
        return convert(arena, str_cut(bytes, 2, bytes.len), "UTF-16BE", owned, out);
    if (!utf8_is_valid(bytes))
        return convert(arena, bytes, "GB18030", owned, out);
    *out = bytes;
    return OK;
}

static const Error *convert(Arena *arena, Str bytes, const char *from, char **owned, Str *out)
{
    size_t left = (size_t)bytes.len, room = left * 2 + 4; /* two bytes become at most three, four become four */
    iconv_t way = iconv_open("UTF-8", from);
    const char *in = bytes.ptr;
    char *place = *owned = mem_alloc(room);

    if (way == (iconv_t)-1)
        return error_new(arena, ERR_UNAVAILABLE,
                         str_format(arena, "这台机器上没有 %s 编码表，请把文件存成 UTF-8", from),
                         str_format(arena, "This machine cannot read %s; save the file as UTF-8", from));
    size_t wrong = iconv(way, (char **)(uintptr_t)&in, &left, &place, &room);
    iconv_close(way);
    if (wrong == (size_t)-1 || left > 0) {
        ptrdiff_t at = in - bytes.ptr;

        return sheet_refuse(
            arena, "format",
            str_format(arena, "第 %td 个字节起不是文字（按 %s 读）。请传 .xlsx，或把 CSV 存成 UTF-8 或 GB18030（GBK）",
                       at + 1, from),
            str_format(arena, "Byte %td is not text (read as %s); send .xlsx, or save the CSV as UTF-8 or GB18030",
                       at + 1, from));
    }
    *out = (Str){*owned, place - *owned};
    return OK;
}

/* The separator that stands in most of the first rows; among equals the one that stands there most often. A tab beats
 * the others because nobody types one inside a cell. */
static char find_separator(Str text)
{
    static const char CHOICE[] = "\t,;";
    int64_t best_rows = 0, best_total = 0;
    char best = ',';

    for (int i = 0; CHOICE[i] != '\0'; i++) {
        int64_t rows = 0, total = 0, here = 0;
        bool quoted = false;

        for (ptrdiff_t at = 0, row = 0; at < text.len && row < LOOKED_AT; at++) {
            char c = text.ptr[at];

            if (c == '"')
                quoted = !quoted;
            if (!quoted && c == CHOICE[i])
                here++;
            if ((!quoted && is_end_of_line(c)) || at + 1 == text.len) {
                rows += here > 0;
                total += here;
                here = 0;
                row++;
            }
        }
        if (rows > best_rows || (rows == best_rows && total > best_total)) {
            best = CHOICE[i];
            best_rows = rows;
            best_total = total;
        }
    }
    return best;
}

static const Error *read_row(Csv *csv)
{
    for (int column = 0;; column++) {
        Str cell = STR_NONE;

        if (csv->at < csv->text.len && csv->text.ptr[csv->at] == '"')
            TRY(read_quoted(csv, &cell));
        else
            cell = read_plain(csv);
        cell = unwrap(cell);
        if (str_trim(cell).len > 0)
            TRY(sheet_row_put(csv->row, column, cell));
        if (csv->at >= csv->text.len || csv->text.ptr[csv->at] != csv->separator)
            break;
        csv->at++;
    }
    if (csv->at < csv->text.len && csv->text.ptr[csv->at] == '\r')
        csv->at++;
    if (csv->at < csv->text.len && csv->text.ptr[csv->at] == '\n')
        csv->at++;
    return sheet_row_end(csv->row, csv->number);
}

/* From an opening quote to the end of the cell; text after the closing quote is kept, as spreadsheets do. */
static const Error *read_quoted(Csv *csv, Str *out)
{
    Buf buf = buf_new(csv->row->scratch, SHEET_MAX_CELL);
    Str text = csv->text;
    ptrdiff_t from = csv->at + 1;

    for (;;) {
        const char *quote = from < text.len ? memchr(text.ptr + from, '"', (size_t)(text.len - from)) : NULL;

        if (quote == NULL)
            return sheet_refuse(
                csv->row->arena, "format",
                str_format(csv->row->arena, "第 %lld 行有一个引号没有结束，请补上或删去", (long long)csv->number),
                str_format(csv->row->arena, "A quote that begins in row %lld never ends; close or delete it",
                           (long long)csv->number));
        ptrdiff_t end = quote - text.ptr;
        bool doubled = end + 1 < text.len && text.ptr[end + 1] == '"';

        buf_add(&buf, str_cut(text, from, doubled ? end + 1 : end));
        from = end + (doubled ? 2 : 1);
        if (buf_is_full(&buf))
            return sheet_cell_too_long(csv->row->arena);
        if (!doubled)
            break;
    }
    csv->at = from;
    buf_add(&buf, read_plain(csv));
    if (buf_is_full(&buf))
        return sheet_cell_too_long(csv->row->arena);
    *out = buf_str(&buf);
    return OK;
}

static Str read_plain(Csv *csv)
{
    ptrdiff_t from = csv->at;

    while (csv->at < csv->text.len && csv->text.ptr[csv->at] != csv->separator &&
           !is_end_of_line(csv->text.ptr[csv->at]))
        csv->at++;
    return str_cut(csv->text, from, csv->at);
}

/* ="13800001234" is how some programs keep Excel from showing a phone as 1.38E+10; '=1+2 is how sheet_out keeps it from
 * calculating. Both mean the text inside. */
static Str unwrap(Str cell)
{
    if (cell.len >= 3 && str_starts(cell, STR("=\"")) && cell.ptr[cell.len - 1] == '"')
        return str_cut(cell, 2, cell.len - 1);
    if (cell.len >= 2 && cell.ptr[0] == '\'' && strchr("=+-@\t\r", cell.ptr[1]) != NULL)
        return str_cut(cell, 1, cell.len);
    return cell;
}

static bool is_end_of_line(char c)
{
    return c == '\n' || c == '\r';
}

static void free_at(char **bytes)
{
    mem_free(*bytes);
}
