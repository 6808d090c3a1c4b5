/* sheet.h: the rows of a spreadsheet file that somebody made by hand, as text, one after the other.
 *
 * What a file is, is told by its bytes, never by its name.
 *   XLSX  the first visible worksheet. Numbers come out as a person writes them (89.5, 13800001234), cells formatted as
 *         dates as YYYY-MM-DD (with " HH:MM:SS" when there is a time), booleans as TRUE / FALSE, a format of zeros
 *         ("0000") as padded digits, formulas as their last result, and a merged cell's value in every cell that it
 *         covers, down and across.
 *   CSV   UTF-8 with or without BOM, UTF-16 with BOM, GB18030; comma, tab or semicolon, found by looking; quotes, line
 *         breaks in quoted cells, lines ended by LF, CRLF or a bare CR. ="text" and the apostrophe that sheet_out puts
 *         before a formula are taken off.
 * Refused, each with a sentence that says what would be right: .xls, .xlsb, .ods, web pages, encrypted or broken files,
 * document type declarations (entities), archives that unpack to far more than they are, and what passes a limit. */
#ifndef ANJU_BASE_SHEET_H
#define ANJU_BASE_SHEET_H

#include "base/error.h"

#define SHEET_MAX_FILE (50 * 1024 * 1024) /* bytes */
#define SHEET_MAX_ROWS 200000             /* rows that hold something */
#define SHEET_MAX_CELLS 5000000           /* cells that hold something, repeated merged ones included */
#define SHEET_MAX_COLUMNS 256
#define SHEET_MAX_CELL 100000   /* bytes; a cell of a spreadsheet program holds 32,767 characters */
#define SHEET_MAX_ROW (1 << 20) /* bytes of one row */
#define SHEET_MAX_MERGES 100000

/* Told of each row that holds something of its own, top down; rows without any text are left out, so the numbers jump.
 * `row_number` is the spreadsheet's, from 1. `cells` are as written (valid UTF-8, not trimmed), the last one is not
 * empty; they are gone when the function returns. An error ends the reading and goes up to its caller. */
typedef const Error *(SheetRowFn)(void *self, int64_t row_number, const Str *cells, int count);

/* Reads a file row by row. Errors: ERR_STATE_OF_WORLD when it cannot be opened, ERR_INVALID on the field "file" when it
 * is not what is described above, and whatever `row` answers. Only errors are made in `arena`. */
MUST const Error *sheet_read(Arena *arena, const char *path, SheetRowFn *row, void *self);

/* The same from the bytes of a file. */
MUST const Error *sheet_read_bytes(Arena *arena, Str bytes, SheetRowFn *row, void *self);

#endif
