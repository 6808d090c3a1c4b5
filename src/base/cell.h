/* cell.h: what people write into the cells of a spreadsheet, and what is meant. Pure: text in, value out, made in the arena that is passed. */
#ifndef ANJU_BASE_CELL_H
#define ANJU_BASE_CELL_H

#include "base/str.h"
#include "base/time.h"

/* The text as it was meant: full-width letters, digits and signs (１５０１（Ａ）) become ASCII, all kinds of dashes
 * '-', all kinds of blanks ' ', marks that cannot be seen (byte order, direction, zero width) go, ends are trimmed. */
Str text_plain(Arena *arena, Str cell);
/* The same without any blanks and line breaks. Both give the cell itself when nothing changes. */
Str text_dense(Arena *arena, Str cell);

/* The ASCII or plain form of a character; 0 when it cannot be seen. */
int32_t text_plain_character(int32_t c);
/* Digits alone, and at least one. */
bool text_is_digits(Str s);

/* 2020-1-5, 2020/01/05, 2020.1.5, 2020年1月5日, 20200105, each also with a time behind it, or a day count of Excel
 * (43634); a real day of the years 1900 to 2100. */
MUST bool day_parse(Arena *arena, Str cell, Date *out);

#endif
