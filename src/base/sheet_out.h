/* sheet_out.h: a table as a file, row by row, without holding it: CSV or XLSX behind one interface.
 *
 * CSV is UTF-8 with BOM and CRLF, so that Excel opens it by a double click, and formula-safe: a text that begins with
 * = + - @ tab or CR gets an apostrophe before it unless it is a plain number (sheet_read takes it off again).
 * XLSX has typed cells, a bold heading row that stays in sight, and columns as wide as stated. */
#ifndef ANJU_BASE_SHEET_OUT_H
#define ANJU_BASE_SHEET_OUT_H

#include "base/error.h"
#include "base/time.h"

typedef enum { SHEET_CSV, SHEET_XLSX } SheetFormat;

typedef enum { CELL_EMPTY, CELL_TEXT, CELL_INT, CELL_DECIMAL, CELL_DATE, CELL_SUM } SheetCellKind;

/* A value of one cell; the functions below make them. */
typedef struct {
    SheetCellKind kind;
    Str text;
    int64_t number;
    int decimals;
} SheetCell;

static inline SheetCell sheet_empty(void)
{
    return (SheetCell){0};
}

static inline SheetCell sheet_text(Str text)
{
    return (SheetCell){.kind = CELL_TEXT, .text = text};
}

/* Whole numbers past 15 digits (ids) are written as text into XLSX, which would round them. */
static inline SheetCell sheet_int(int64_t number)
{
    return (SheetCell){.kind = CELL_INT, .number = number};
}

/* number / 10^decimals, 0 to 9 decimals: sheet_decimal(8950, 2) shows 89.50 in XLSX and is 89.5 in CSV. */
static inline SheetCell sheet_decimal(int64_t number, int decimals)
{
    return (SheetCell){.kind = CELL_DECIMAL, .number = number, .decimals = decimals};
}

/* The sum of the column so far, which is number / 10^decimals: a formula in XLSX, that number in CSV. There is a row above. */
static inline SheetCell sheet_sum(int64_t number, int decimals)
{
    return (SheetCell){.kind = CELL_SUM, .number = number, .decimals = decimals};
}

/* No date (0) gives an empty cell. */
static inline SheetCell sheet_date(Date day)
{
    return (SheetCell){.kind = day == 0 ? CELL_EMPTY : CELL_DATE, .number = day};
}

typedef struct {
    Str heading;
    int width; /* in Latin letters, a Chinese one counts two; 0: from the heading, at least 10 */
} SheetColumn;

typedef struct SheetOut SheetOut;

/* Begins a table on an open file (borrowed, at its present place; a pipe will do) and writes its heading row.
 * `tmp_dir` is where XLSX keeps what it has until the end; NULL is /tmp. The SheetOut lives in `arena`; an unfinished
 * one is cleaned up with it. Errors: ERR_UNAVAILABLE when it cannot be written. */
MUST const Error *sheet_out_open(Arena *arena, int fd, SheetFormat format, const char *tmp_dir,
                                 const SheetColumn *columns, int count, SheetOut **out);

/* Adds a row of `count` cells. Texts are borrowed for the call. Control characters are left out, and in XLSX what
 * passes 32,767 characters of a cell. Errors: ERR_UNAVAILABLE as above; ERR_INVALID past the 1,048,576 rows of an XLSX.
 */
MUST const Error *sheet_out_row(SheetOut *out, const SheetCell *cells, int count);

/* Writes what is left. Nothing may follow. The file stays open and is not synced. */
MUST const Error *sheet_out_finish(SheetOut *out);

#endif
