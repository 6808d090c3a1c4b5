#include "base/sheet_out.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <xlsxwriter.h>

#define CSV_PIECE (64 * 1024)
#define MAX_TEXT 32767 /* characters of an XLSX cell */
#define MAX_DECIMALS 9

struct SheetOut {
    Arena *arena;   /* errors */
    Arena *scratch; /* one row, or one piece of CSV */
    int fd;
    SheetFormat format;
    int64_t rows; /* the heading included */
    /* CSV */
    Buf piece;
    /* XLSX */
    lxw_workbook *book;
    lxw_worksheet *sheet;
    lxw_format *bold, *date, *decimal[MAX_DECIMALS + 1];
    char *tmp_name; /* NULL when there is none to remove */
};

static const Error *open_xlsx(SheetOut *out, const char *tmp_dir, const SheetColumn *columns, int count);
static const Error *csv_row(SheetOut *out, const SheetCell *cells, int count);
static void csv_text(Buf *buf, Str text);
static bool is_formula(Str text);
static void csv_decimal(Buf *buf, int64_t number, int decimals);
static const Error *xlsx_row(SheetOut *out, const SheetCell *cells, int count, lxw_format *format);
static lxw_error xlsx_cell(SheetOut *out, lxw_row_t row, lxw_col_t column, const SheetCell *cell, lxw_format *format);
static Str clean(Arena *arena, Str text);
static int width_of(const SheetColumn *column);
static const Error *flush(SheetOut *out);
static const Error *write_all(SheetOut *out, const char *bytes, size_t count);
static const Error *copy_file(SheetOut *out);
static const Error *cannot_write(SheetOut *out);
static void discard(void *self);

const Error *sheet_out_open(Arena *arena, int fd, SheetFormat format, const char *tmp_dir, const SheetColumn *columns,
                            int count, SheetOut **out)
{
    SheetOut *self = new (arena, SheetOut, 1);
    SheetCell *headings = new (arena, SheetCell, count);

    *self = (SheetOut){.arena = arena, .scratch = arena_open(16 << 20), .fd = fd, .format = format};
    arena_defer(arena, discard, self);
    for (int i = 0; i < count; i++)
        headings[i] = sheet_text(columns[i].heading);
    if (format == SHEET_XLSX) {
        TRY(open_xlsx(self, tmp_dir == NULL ? "/tmp" : tmp_dir, columns, count));
        TRY(xlsx_row(self, headings, count, self->bold));
    } else {
        self->piece = buf_new(self->scratch, 8 << 20);
        buf_add(&self->piece, STR("\xEF\xBB\xBF"));
        TRY(csv_row(self, headings, count));
    }
    *out = self;
    return OK;
}

const Error *sheet_out_row(SheetOut *out, const SheetCell *cells, int count)
{
    return out->format == SHEET_XLSX ? xlsx_row(out, cells, count, NULL) : csv_row(out, cells, count);
}

const Error *sheet_out_finish(SheetOut *out)
{
    lxw_error wrong;

    if (out->format == SHEET_CSV)
        return flush(out);
    wrong = workbook_close(out->book); /* frees the book, whatever it answers */
    out->book = NULL;
    if (wrong != LXW_NO_ERROR)
        return cannot_write(out);
    return copy_file(out);
}

static const Error *open_xlsx(SheetOut *out, const char *tmp_dir, const SheetColumn *columns, int count)
{
    static const char *const DECIMALS[] = {"0",       "0.0",      "0.00",      "0.000",      "0.0000",
                                           "0.00000", "0.000000", "0.0000000", "0.00000000", "0.000000000"};
    char *dir = str_to_c(out->arena, str_of(tmp_dir));
    char *name = str_to_c(out->arena, str_format(out->arena, "%s/anju-sheet-XXXXXX", tmp_dir));
    int fd = mkstemp(name); /* the library writes to names only */
    lxw_workbook_options options = {.constant_memory = LXW_TRUE, .tmpdir = dir};

    if (fd < 0)
        return cannot_write(out);
    close(fd);
    out->tmp_name = name;
    out->book = workbook_new_opt(name, &options);
    out->sheet = out->book == NULL ? NULL : workbook_add_worksheet(out->book, NULL);
    if (out->sheet == NULL)
        return cannot_write(out);
    out->bold = workbook_add_format(out->book);
    format_set_bold(out->bold);
    format_set_text_wrap(out->bold);
    out->date = workbook_add_format(out->book);
    format_set_num_format(out->date, "yyyy-mm-dd");
    for (int i = 0; i <= MAX_DECIMALS; i++) {
        out->decimal[i] = workbook_add_format(out->book);
        format_set_num_format(out->decimal[i], DECIMALS[i]);
    }
    for (int i = 0; i < count; i++)
        (void)worksheet_set_column(out->sheet, (lxw_col_t)i, (lxw_col_t)i, width_of(&columns[i]),
                                   NULL); /* only looks */
    worksheet_freeze_panes(out->sheet, 1, 0);
    return OK;
}

static const Error *csv_row(SheetOut *out, const SheetCell *cells, int count)
{
    Buf *buf = &out->piece;

    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_char(buf, ',');
        switch (cells[i].kind) {
        case CELL_EMPTY:
            break;
        case CELL_TEXT:
            csv_text(buf, cells[i].text);
            break;
        case CELL_INT:
            buf_int(buf, cells[i].number);
            break;
        case CELL_DECIMAL:
        case CELL_SUM:
            csv_decimal(buf, cells[i].number, cells[i].decimals);
            break;
        case CELL_DATE:
            buf_date(buf, (Date)cells[i].number);
            break;
        }
    }
    buf_add_c(buf, "\r\n");
    out->rows++;
    if (buf_is_full(buf))
        return error_new(out->arena, ERR_TOO_LARGE, STR("有一行超过 8 MB"), STR("A row is larger than 8 MB"));
    return buf->len >= CSV_PIECE ? flush(out) : OK;
}

static void csv_text(Buf *buf, Str text)
{
    bool quoted = false;

    text = clean(buf->arena, text);
    for (ptrdiff_t i = 0; i < text.len && !quoted; i++)
        quoted = strchr(",;\t\"\r\n", text.ptr[i]) != NULL;
    if (quoted)
        buf_char(buf, '"');
    if (is_formula(text))
        buf_char(buf, '\'');
    for (Str rest = text; quoted && rest.ptr != NULL;) { /* each quote doubled */
        buf_add(buf, str_split(rest, '"', &rest));
        if (rest.ptr != NULL)
            buf_add_c(buf, "\"\"");
    }
    if (quoted)
        buf_char(buf, '"');
    else
        buf_add(buf, text);
}

/* Would a spreadsheet calculate it? A plain number (+8613800001234, -5) does no harm. */
static bool is_formula(Str text)
{
    ptrdiff_t digits = 0, points = 0;

    if (text.len == 0 || strchr("=+-@\t\r", text.ptr[0]) == NULL)
        return false;
    if (text.ptr[0] != '+' && text.ptr[0] != '-')
        return true;
    for (ptrdiff_t i = 1; i < text.len; i++) {
        digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
        points += text.ptr[i] == '.' && i > 1 && i + 1 < text.len;
    }
    return digits == 0 || points > 1 || digits + points != text.len - 1;
}

static void csv_decimal(Buf *buf, int64_t number, int decimals)
{
    char digits[32];
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    int at = (int)sizeof digits;
    bool shown = false; /* a digit of the fraction: the zeros at its end are left out */

    for (int place = 0; place <= decimals || left > 0; place++) {
        char digit = (char)('0' + left % 10);

        left /= 10;
        if (place == decimals && shown)
            digits[--at] = '.';
        if (place >= decimals || digit != '0' || shown) {
            digits[--at] = digit;
            shown = true;
        }
    }
    if (number < 0)
        buf_char(buf, '-');
    buf_add(buf, (Str){digits + at, (ptrdiff_t)sizeof digits - at});
}

static const Error *xlsx_row(SheetOut *out, const SheetCell *cells, int count, lxw_format *format)
{
    if (out->rows >= LXW_ROW_MAX)
        return error_field(out->arena, STR("format"), "out_of_range", STR("超过 1,048,576 行，请改用 CSV 或缩小范围"),
                           STR("More than 1,048,576 rows; use CSV or narrow the list"));
    for (int i = 0; i < count; i++)
        if (xlsx_cell(out, (lxw_row_t)out->rows, (lxw_col_t)i, &cells[i], format) != LXW_NO_ERROR)
            return cannot_write(out);
    arena_reset(out->scratch);
    out->rows++;
    return OK;
}

/* "A", "AB" */
static const char *column_name(Arena *arena, lxw_col_t column)
{
    char *name = new (arena, char, LXW_MAX_COL_NAME_LENGTH);

    lxw_col_to_name(name, column, 0);
    return name;
}

static lxw_error xlsx_cell(SheetOut *out, lxw_row_t row, lxw_col_t column, const SheetCell *cell, lxw_format *format)
{
    static const double POWER[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    Str text;

    switch (cell->kind) {
    case CELL_EMPTY:
        return LXW_NO_ERROR;
    case CELL_TEXT:
        text = utf8_cut(clean(out->scratch, cell->text), MAX_TEXT);
        return text.len == 0 ? LXW_NO_ERROR
                             : worksheet_write_string(out->sheet, row, column, str_to_c(out->scratch, text), format);
    case CELL_INT:
        if (cell->number > 999999999999999 || cell->number < -999999999999999) {
            text = str_format(out->scratch, "%lld", (long long)cell->number);
            return worksheet_write_string(out->sheet, row, column, str_to_c(out->scratch, text), format);
        }
        return worksheet_write_number(out->sheet, row, column, (double)cell->number, format);
    case CELL_DECIMAL: /* binary only at the library's door; the format shows the decimals */
        return worksheet_write_number(out->sheet, row, column, (double)cell->number / POWER[cell->decimals],
                                      format != NULL ? format : out->decimal[cell->decimals]);
    case CELL_SUM: /* a program that does not calculate shows the number */
        text = str_format(out->scratch, "=SUM(%s2:%s%lld)", column_name(out->scratch, column), column_name(out->scratch, column), (long long)row);
        return worksheet_write_formula_num(out->sheet, row, column, str_to_c(out->scratch, text), format != NULL ? format : out->decimal[cell->decimals],
                                           (double)cell->number / POWER[cell->decimals]);
    case CELL_DATE: /* a count of days; day 60 never was, see sheet_number.c */
        return worksheet_write_number(out->sheet, row, column, (double)(date_to_days((Date)cell->number) + 25569),
                                      format != NULL ? format : out->date);
    }
    return LXW_NO_ERROR;
}

/* Without the control characters that neither XML nor a person can read. */
static Str clean(Arena *arena, Str text)
{
    char *copy;
    ptrdiff_t len = 0;
    bool dirty = false;

    for (ptrdiff_t i = 0; i < text.len && !dirty; i++)
        dirty = (unsigned char)text.ptr[i] < ' ' && text.ptr[i] != '\n' && text.ptr[i] != '\t' && text.ptr[i] != '\r';
    if (!dirty)
        return text;
    copy = arena_alloc(arena, (size_t)text.len);
    for (ptrdiff_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] >= ' ' || text.ptr[i] == '\n' || text.ptr[i] == '\t' || text.ptr[i] == '\r')
            copy[len++] = text.ptr[i];
    return (Str){copy, len};
}

static int width_of(const SheetColumn *column)
{
    int width = 2;

    if (column->width > 0)
        return column->width;
    for (ptrdiff_t at = 0, c; (c = utf8_next(column->heading, &at)) >= 0;)
        width += c < 0x1100 ? 1 : 2;
    return width < 10 ? 10 : width > 60 ? 60 : width;
}

static const Error *flush(SheetOut *out)
{
    const Error *error = write_all(out, out->piece.ptr, (size_t)out->piece.len);

    arena_reset(out->scratch);
    out->piece = buf_new(out->scratch, 8 << 20);
    return error;
}

static const Error *write_all(SheetOut *out, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t put = write(out->fd, bytes, count);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return cannot_write(out);
        bytes += put;
        count -= (size_t)put;
    }
    return OK;
}

static const Error *copy_file(SheetOut *out)
{
    FILE *file = fopen(out->tmp_name, "rbe");
    char *piece = arena_alloc(out->scratch, CSV_PIECE);
    const Error *error = OK;
    size_t got;

    if (file == NULL)
        return cannot_write(out);
    while (error == OK && (got = fread(piece, 1, CSV_PIECE, file)) > 0)
        error = write_all(out, piece, got);
    if (error == OK && ferror(file) != 0)
        error = cannot_write(out);
    (void)fclose(file); /* read only: nothing to lose */
    return error;
}

static const Error *cannot_write(SheetOut *out)
{
    return error_new(out->arena, ERR_UNAVAILABLE, str_format(out->arena, "导出文件写不出去：%s", strerror(errno)),
                     str_format(out->arena, "The export cannot be written: %s", strerror(errno)));
}

static void discard(void *self)
{
    SheetOut *out = self;

    if (out->book != NULL)
        (void)workbook_close(out->book); /* the only way to free it; its file goes next */
    if (out->tmp_name != NULL)
        (void)unlink(out->tmp_name); /* may be gone already */
    arena_close(out->scratch);
}
