/* house_sheet.h: what a spreadsheet of homes and their people means, without any database (CONTRACT section 5).
 *
 *     HouseSheet *sheet = house_sheet_new(arena, mapping, count);
 *     TRY(sheet_read(arena, path, house_sheet_row, sheet));
 *     TRY(house_sheet_finish(sheet, &import));
 *
 * How a file is understood
 *   heading    the row of the first ten that names most columns; rows above it are titles. A heading may carry units,
 *              blanks, brackets, asterisks, line breaks, full-width letters. A row of group headings above (业主 | 租户
 * over 姓名 电话 | 姓名 电话) is taken into account. A heading that occurs twice is called "电话 (2)". house      from
 * the columns no / room, building, unit, as house_text.h says. A blank building (and unit) is the one above; a unit is
 * carried down only inside its building. people     owner, tenant, contact each have a name column and a phone column,
 * paired in order: names without a phone of their own have none, more phones than names are the other_phones of the
 * last name. family is names, with phones where they are written. A phone without a name makes a person called 业主 /
 * 租户 / 联系人. moved_in   is the owners' `from`, tenant_from the tenants'. twice      the same house in several rows
 * is one house: people, area, note are added up. Area or use that differ are a contradicting duplicate, and that row
 * fails. skipped    blank rows (also those with nothing but a building), totals, remarks below the table, repeated
 * headings. Codes: errors no_room bad_area bad_date contradicting_duplicate (and too_many_people); warnings
 * doubtful_phone doubtful_id_no missing_area missing_phone name_looks_like_two missing_name. missing_area is told once
 * a house, on its first row; missing_phone once a row and role, when there is a name and no phone at all. */
#ifndef ANJU_PROPERTY_HOUSE_SHEET_H
#define ANJU_PROPERTY_HOUSE_SHEET_H

#include "base/json.h"
#include "base/sheet.h"
#include "modules/property/house_text.h"

#define HOUSE_SHEET_MAX_PROBLEMS 20000 /* of errors, and of warnings, kept; all are counted */
#define HOUSE_MAX_PEOPLE 500           /* of one house; a row that brings more fails */
#define HOUSE_MAX_NOTE 1000            /* characters; what further rows would add past them is left out */

/* What a column may be. The order is that of CONTRACT 5. */
typedef enum {
    HOUSE_NONE,
    HOUSE_NO,
    HOUSE_BUILDING,
    HOUSE_UNIT,
    HOUSE_FLOOR,
    HOUSE_ROOM,
    HOUSE_AREA,
    HOUSE_USE,
    HOUSE_OWNER,
    HOUSE_OWNER_PHONE,
    HOUSE_OWNER_ID_NO,
    HOUSE_OWNER_SHARE,
    HOUSE_TENANT,
    HOUSE_TENANT_PHONE,
    HOUSE_TENANT_FROM,
    HOUSE_FAMILY,
    HOUSE_CONTACT,
    HOUSE_CONTACT_PHONE,
    HOUSE_MOVED_IN,
    HOUSE_NOTE,
    HOUSE_FIELDS
} HouseField;

/* Name in the API, heading in templates, and an example for the template's first row. */
typedef struct {
    const char *name, *zh, *en, *example;
} HouseFieldRow;
/* The row of a field other than HOUSE_NONE. */
const HouseFieldRow *house_field_row(HouseField field);

/* "This heading is that field" (HOUSE_NONE: leave it out), said by a person; goes before what we would guess. */
typedef struct {
    Str heading;
    HouseField field;
} HouseMapping;

/* {"heading": "field" | null} as a mapping; NULL or JSON null is none. ERR_INVALID on "mapping" when it is not an
 * object of those, or names an unknown field. */
MUST const Error *house_mapping_read(Arena *arena, const json_t *json, const HouseMapping **out, int *count);

typedef struct {
    Str heading; /* as written; unique in the file */
    HouseField field;
    bool sure;           /* false: a guess that a person should look at */
    bool by_mapping;     /* a person said so */
    int index;           /* column of the file, from 0 */
    Str written, stored; /* the first value, as written and as it will be kept (stored is empty without a field) */
    int64_t filled;      /* rows that hold something here */
} HouseColumn;

typedef enum { PERSON_OWNER, PERSON_TENANT, PERSON_FAMILY, PERSON_CONTACT } PersonRole;
const char *person_role_name(PersonRole role); /* owner tenant family contact */

typedef struct {
    PersonRole role;
    Str name;  /* never empty */
    Str phone; /* empty: none; normalised even when doubtful */
    bool phone_doubtful;
    Str id_no;
    bool id_no_doubtful;
    Str other_phones; /* joined by 、 */
    Date from;
    Share share;
    int64_t row; /* of the spreadsheet, where it was first seen */
} HousePerson;

typedef struct {
    Str no, building, unit, floor, room; /* no is the canonical one, unique in the import */
    int64_t area_dm2;                    /* 0.01 m2; 0: not known */
    Str use;         /* residential shop office garage storage mixed; empty: not said or not one of these */
    Str use_written; /* as written */
    Date moved_in;
    Str note;
    int64_t row; /* of the spreadsheet, first seen */
    HousePerson *people;
    int people_count, people_room;
} House;

typedef struct {
    int64_t row;
    Str column, value; /* heading and cell as written; the column is empty when the file has none */
    const char *code;
    Str zh, en; /* what is wrong and what would be right */
} HouseProblem;

typedef struct {
    HouseProblem *list;
    int count, room;
    int64_t total; /* also those past HOUSE_SHEET_MAX_PROBLEMS */
} HouseProblems;

typedef struct {
    const HouseColumn *columns;
    int columns_count;
    House *houses; /* in the order of the file; rows that failed are not among them */
    int64_t houses_count, people_count;
    HouseProblems errors, warnings; /* by row */
    int64_t rows;                   /* that hold data */
    int64_t failed;                 /* rows with an error */
    int64_t heading_row;
    struct {
        int64_t titles, blank, totals, headings;
    } skipped;
} HouseImport;

typedef struct HouseSheet HouseSheet;

/* A new import; everything it gives lives in `arena` (about 30 MB for 20,000 homes with 50,000 people). The mapping is
 * borrowed until the end. */
HouseSheet *house_sheet_new(Arena *arena, const HouseMapping *mapping, int count);

/* A SheetRowFn; `self` is the HouseSheet. Errors, once the heading is known: ERR_INVALID on "file" when no row has the
 * heading of a house number, ERR_INVALID on "mapping" when it names a heading that the file does not have, or gives one
 * field twice. */
SheetRowFn house_sheet_row;

/* What it all means. Errors as above. */
MUST const Error *house_sheet_finish(HouseSheet *sheet, const HouseImport **out);

/* One JSON value each: {"<heading>": "<field>" | null}; [{"heading","field","sure","written","stored","filled"}] for
 * the page that shows how the file was understood; [{"row","column","value","code","message"}] (column null: the file
 * has none). */
void house_columns_json(Json *json, const HouseImport *import);
void house_understood_json(Json *json, const HouseImport *import);
void house_problems_json(Json *json, const HouseProblems *problems, Lang lang);

#endif
