/* house_parts.h: what house_sheet.c and house_row.c share: the import in the making and one row of it. */
#ifndef ANJU_PROPERTY_HOUSE_PARTS_H
#define ANJU_PROPERTY_HOUSE_PARTS_H

#include "modules/property/house_columns.h"

#define HOUSE_LOOK_FOR_HEADING 10

typedef struct {
    int64_t number;
    Str *cells;
    int count;
} HouseRow;

/* A name or a phone, and the cell that it stood in. */
typedef struct {
    Str text, cell;
    const HouseColumn *column;
} HousePart;

typedef struct {
    HousePart list[TEXT_MAX_PARTS];
    int count;
} HouseParts;

/* Invariant: every house in `import` has a different number, and `index` finds it. */
struct HouseSheet {
    Arena *arena;
    Arena *scratch; /* one row */
    const HouseMapping *mapping;
    int mapping_count;
    HouseRow pending[HOUSE_LOOK_FOR_HEADING]; /* until the heading is found */
    int pending_count;
    bool ready;
    HouseColumn *columns;
    int columns_count;
    int columns_of[HOUSE_FIELDS]; /* how many columns are that field */
    Str building, unit;           /* of the row above */
    bool no_is_compound;          /* some value of the number's column says more than the room */
    int64_t last_row;
    HouseImport import;
    int64_t houses_room;
    int32_t *index; /* open addressing; place of a house + 1 */
    int64_t index_size;
};

/* One row being read. */
typedef struct {
    HouseSheet *sheet;
    Arena *arena; /* the row's own */
    const HouseRow *row;
    bool failed;
    House house;
    HousePerson *people;
    int people_count, people_room;
} HouseReading;

/* Reads one row of data: house and people into `r`, problems into the import. */
void house_row_read(HouseReading *r);

/* The which-th column (from 0) of a field, or NULL. */
const HouseColumn *house_column_of(const HouseSheet *sheet, HouseField field, int which);
/* The cell of a column as written; empty when there is no such column. */
Str house_cell(const HouseRow *row, const HouseColumn *column);
/* Blank, or one of the signs that people put where there is nothing to say (-, 无, N/A). */
bool house_says_nothing(Str s);
bool house_field_is_phone(HouseField field);
/* The code of a use; empty when it is none that we know. */
Str house_use_of(Arena *arena, Str written);

/* The row fails, because of the first column of this field. */
void house_row_error(HouseReading *r, HouseField field, const char *code, Str zh, Str en);
/* Adds a problem, with copies of its texts (the heading is borrowed). */
void house_problem_add(HouseSheet *sheet, HouseProblems *problems, HouseProblem problem);
/* The same without copies and without counting. */
void house_problem_push(HouseSheet *sheet, HouseProblems *problems, const HouseProblem *problem);
/* A copy that lives as long as the import. */
Str house_keep(HouseSheet *sheet, Str s);

#endif
