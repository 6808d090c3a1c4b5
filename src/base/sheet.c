/* sheet.c: what kind of file it is, and what both readers share. */
#include "base/sheet.h"
#include "base/sheet_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const Error *read_all(Arena *arena, const char *path, int fd, char **out, ptrdiff_t *len);
static const Error *cannot_open(Arena *arena, const char *path, int why);
static const Error *refuse_other_kinds(Arena *arena, Str bytes);
static const Error *too_large(Arena *arena);
static void close_at(int *fd);
static void free_at(char **bytes);

const Error *sheet_read(Arena *arena, const char *path, SheetRowFn *row, void *self)
{
    AUTO(close_at)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe without a writer must not hang us */
    AUTO(free_at) char *bytes = NULL;
    ptrdiff_t len = 0;

    if (fd < 0)
        return cannot_open(arena, path, errno);
    TRY(read_all(arena, path, fd, &bytes, &len));
    return sheet_read_bytes(arena, (Str){bytes, len}, row, self);
}

const Error *sheet_read_bytes(Arena *arena, Str bytes, SheetRowFn *row, void *self)
{
    AUTO(arena_close_at) Arena *scratch = arena_open(8 * SHEET_MAX_ROW);
    AUTO(arena_close_at) Arena *places = arena_open(SHEET_MAX_COLUMNS * sizeof(Str) * 2);
    SheetRow one = {
        .arena = arena,
        .scratch = scratch,
        .fn = row,
        .self = self,
        .cells = new (places, Str, SHEET_MAX_COLUMNS),
    };

    if (bytes.len > SHEET_MAX_FILE)
        return too_large(arena);
    if (bytes.len == 0)
        return sheet_is_empty(arena);
    if (str_starts(bytes, STR("PK\x03\x04")))
        return sheet_xlsx_read(&one, bytes);
    TRY(refuse_other_kinds(arena, bytes));
    return sheet_csv_read(&one, bytes);
}

const Error *sheet_row_put(SheetRow *row, int column, Str text)
{
    if (text.len == 0)
        return OK;
    if (column >= SHEET_MAX_COLUMNS)
        return sheet_refuse(row->arena, "out_of_range", STR("表格超过 256 列，请删去右边用不到的列"),
                            STR("More than 256 columns; delete the unused ones on the right"));
    if (text.len > SHEET_MAX_CELL)
        return sheet_cell_too_long(row->arena);
    if (row->bytes + text.len > SHEET_MAX_ROW)
        return sheet_refuse(row->arena, "too_long", STR("有一行的内容超过 1 MB，请缩短；CSV 文件请检查引号是否成对"),
                            STR("A row holds more than 1 MB; shorten it (CSV: check that quotes are paired)"));
    if (row->filled >= SHEET_MAX_CELLS)
        return sheet_refuse(row->arena, "out_of_range", STR("表格超过 500 万个单元格，请分成几个文件"),
                            STR("More than 5,000,000 cells; split the file"));
    row->filled++;
    row->bytes += text.len;
    row->cells[column] = text;
    if (row->count <= column)
        row->count = column + 1;
    return OK;
}

const Error *sheet_row_end(SheetRow *row, int64_t number)
{
    const Error *error = OK;

    if (row->count > 0) {
        if (row->rows >= SHEET_MAX_ROWS)
            return sheet_refuse(row->arena, "out_of_range", STR("表格超过 20 万行，请分成几个文件"),
                                STR("More than 200,000 rows; split the file"));
        row->rows++;
        error = row->fn(row->self, number, row->cells, row->count);
    }
    for (int i = 0; i < row->count; i++)
        row->cells[i] = STR_NONE;
    row->count = 0;
    row->bytes = 0;
    arena_reset(row->scratch);
    return error;
}

const Error *sheet_refuse(Arena *arena, const char *code, Str zh, Str en)
{
    return error_field(arena, STR("file"), code, zh, en);
}

const Error *sheet_cell_too_long(Arena *arena)
{
    return sheet_refuse(
        arena, "too_long", STR("有单元格超过 32767 个字，请缩短；CSV 文件请检查引号是否成对"),
        STR("A cell holds more than 32,767 characters; shorten it (CSV: check that quotes are paired)"));
}

const Error *sheet_is_empty(Arena *arena)
{
    return sheet_refuse(arena, "format", STR("文件是空的，请选有内容的 .xlsx 或 .csv 文件"),
                        STR("The file is empty; choose an .xlsx or .csv file with rows in it"));
}

static const Error *read_all(Arena *arena, const char *path, int fd, char **out, ptrdiff_t *len)
{
    struct stat facts;

    if (fstat(fd, &facts) != 0)
        return cannot_open(arena, path, errno);
    if (!S_ISREG(facts.st_mode))
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "%s 不是文件", path),
                         str_format(arena, "%s is not a file", path));
    if (facts.st_size > SHEET_MAX_FILE)
        return too_large(arena);
    *out = mem_alloc((size_t)facts.st_size + 1);
    while (*len < facts.st_size) {
        ssize_t got = read(fd, *out + *len, (size_t)(facts.st_size - *len));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot_open(arena, path, errno);
        if (got == 0)
            break;
        *len += got;
    }
    return OK;
}

static const Error *cannot_open(Arena *arena, const char *path, int why)
{
    return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "打不开文件 %s：%s", path, strerror(why)),
                     str_format(arena, "Cannot read %s: %s", path, strerror(why)));
}

/* The files that people choose by mistake, told by their first bytes. */
static const Error *refuse_other_kinds(Arena *arena, Str bytes)
{
    static const char ENCRYPTED[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    static const char OLE[] = "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";
    Str head = str_trim(str_cut(bytes, str_starts(bytes, STR("\xEF\xBB\xBF")) ? 3 : 0, 512));

    if (str_starts(bytes, (Str){OLE, 8})) { /* a locked .xlsx wears the same coat as an old .xls */
        if (memmem(bytes.ptr, (size_t)bytes.len, ENCRYPTED, sizeof ENCRYPTED - 1) != NULL)
            return sheet_refuse(arena, "encrypted", STR("文件设了打开密码，请在 Excel 或 WPS 里去掉密码后再传"),
                                STR("The file has a password; remove it in Excel or WPS and send it again"));
        return sheet_refuse(arena, "format", STR("这是旧式 .xls 文件，请在 Excel 或 WPS 里“另存为” .xlsx 再传"),
                            STR("This is an old .xls file; save it as .xlsx and send it again"));
    }
    if (str_starts(bytes, STR("PK")))
        return sheet_refuse(arena, "format", STR("压缩包是空的或已损坏，请重新另存为 .xlsx"),
                            STR("The archive is empty or broken; save it as .xlsx again"));
    if (str_starts(bytes, STR("%PDF")))
        return sheet_refuse(arena, "format", STR("这是 PDF 文件，请用原来的表格：.xlsx 或 .csv"),
                            STR("This is a PDF; use the table it was made from: .xlsx or .csv"));
    if (str_starts(head, STR("<")))
        return sheet_refuse(
            arena, "format",
            STR("这是网页或 XML 文件（有的系统导出时叫 .xls），请在 Excel 或 WPS 里打开并“另存为” .xlsx"),
            STR("This is a web page or XML (some systems call it .xls); open it and save it as .xlsx"));
    return OK;
}

static const Error *too_large(Arena *arena)
{
    return sheet_refuse(arena, "too_long", STR("文件超过 50 MB，请删去图片或分成几个文件"),
                        STR("The file is larger than 50 MB; remove pictures or split it"));
}

static void close_at(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static void free_at(char **bytes)
{
    mem_free(*bytes);
}
