/* house_columns.h: which column of a spreadsheet is which field, by its heading. For house_sheet.c. */
#ifndef ANJU_PROPERTY_HOUSE_COLUMNS_H
#define ANJU_PROPERTY_HOUSE_COLUMNS_H

#include "modules/property/house_sheet.h"

typedef struct {
    const Str *cells;
    int count;
} HouseHeadings;

/* How much like the heading row of homes is this row? 0 when it has no column for a house's number. `above` is the row
 * before it (group headings), or empty. */
int house_columns_score(HouseHeadings row, HouseHeadings above, const HouseMapping *mapping, int mapping_count);

/* The columns of that row, in its order, without the blank ones. Errors as house_sheet_row. */
MUST const Error *house_columns_make(Arena *arena, HouseHeadings row, HouseHeadings above, const HouseMapping *mapping,
                                     int mapping_count, HouseColumn **out, int *count);

/* May several columns be this field (phone 1, phone 2)? */
bool house_field_may_repeat(HouseField field);

#endif
