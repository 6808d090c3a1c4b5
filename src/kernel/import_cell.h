/* import_cell.h: from a cell of a spreadsheet to the JSON of a field; private to the import of records. */
#ifndef ANJU_KERNEL_IMPORT_CELL_H
#define ANJU_KERNEL_IMPORT_CELL_H

#include "kernel/import.h"

/* Texts that have been met, each once, by their hash. A text's place is good until the next one is asked for. */
typedef struct {
    Str text;
    int64_t times, found; /* the finder's: an id (0 none, -1 several), a row */
    Str code;
} KnownText;
typedef struct {
    KnownText *slots;
    size_t capacity, count;
} Known;
/* The text's entry, a new one with `times` 0 when it is met for the first time; borrows the text. */
KnownText *known_text(Arena *arena, Known *known, Str text);

/* What is wrong with a cell, and what would be right; code NULL: nothing. */
typedef struct {
    const char *code;
    Str zh, en;
} ImportWrong;

/* Can the field be imported at all? */
bool import_takes(const FieldMeta *field);
/* The same letters, whatever their case; false for empty ones. */
bool import_same_word(Str a, Str b);

/* The cell as the API would take it: choices by value or label, dates and yuan as people write them, references by code, number or a name that is one of
 * a kind in the project (looked up once; `references` remembers). What is no such value comes out as text, and is refused by the API's own check.
 * *out is the caller's; NULL with *wrong set. */
MUST const Error *import_cell_json(Cx *cx, Known *references, Id project, const FieldMeta *field, Str text, json_t **out, ImportWrong *wrong);

#endif
