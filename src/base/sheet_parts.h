/* sheet_parts.h: what the readers of spreadsheets share; for sheet*.c only. */
#ifndef ANJU_BASE_SHEET_PARTS_H
#define ANJU_BASE_SHEET_PARTS_H

#include "base/sheet.h"

/* One row on its way to the caller. Its text lives in `scratch`, which is emptied after each row. */
typedef struct {
    Arena *arena; /* for errors */
    Arena *scratch;
    SheetRowFn *fn;
    void *self;
    Str *cells; /* SHEET_MAX_COLUMNS places, blank past `count` */
    int count;  /* the last filled column + 1 */
    ptrdiff_t bytes;
    int64_t rows, filled; /* so far in the file */
} SheetRow;

/* Puts a cell (column from 0; `text` is borrowed until sheet_row_end). An empty one leaves the place blank. */
MUST const Error *sheet_row_put(SheetRow *row, int column, Str text);
/* Hands the row on when it holds something, and empties it. */
MUST const Error *sheet_row_end(SheetRow *row, int64_t number);

/* ERR_INVALID about the field "file". */
const Error *sheet_refuse(Arena *arena, const char *code, Str zh, Str en);

const Error *sheet_cell_too_long(Arena *arena);
const Error *sheet_is_empty(Arena *arena);

MUST const Error *sheet_csv_read(SheetRow *row, Str bytes);
MUST const Error *sheet_xlsx_read(SheetRow *row, Str bytes);

/* How a number format of XLSX shows a number: `kind` of the format with this id and code (empty: a built-in one). */
typedef enum { SHOW_AS_IS, SHOW_DATE, SHOW_TIME, SHOW_DATE_TIME, SHOW_ZEROS } SheetShow;
typedef struct {
    SheetShow show;
    int zeros; /* digits to fill up to, with SHOW_ZEROS */
} SheetStyle;
SheetStyle sheet_style_of(int id, Str code);
/* A stored number as a person would have written it under that format; text that is not a number comes back as it is.
 */
Str sheet_number(Arena *arena, Str stored, SheetStyle format, bool from_1904);

#endif
