/* house_json.c: an import as the JSON of CONTRACT section 5. */
#include "modules/property/house_sheet.h"

void house_columns_json(Json *json, const HouseImport *import)
{
    json_open(json, '{');
    for (int i = 0; i < import->columns_count; i++) {
        const HouseColumn *column = &import->columns[i];

        json_key(json, column->heading);
        if (column->field == HOUSE_NONE)
            json_raw(json, STR_NONE);
        else
            json_c(json, house_field_row(column->field)->name);
    }
    json_close(json, '}');
}

void house_understood_json(Json *json, const HouseImport *import)
{
    json_open(json, '[');
    for (int i = 0; i < import->columns_count; i++) {
        const HouseColumn *column = &import->columns[i];

        json_open(json, '{');
        JSON_TEXT(json, "heading", column->heading);
        JSON_KEY(json, "field");
        if (column->field == HOUSE_NONE)
            json_raw(json, STR_NONE);
        else
            json_c(json, house_field_row(column->field)->name);
        JSON_BOOL(json, "sure", column->field != HOUSE_NONE && column->sure);
        JSON_TEXT(json, "written", column->written);
        JSON_TEXT(json, "stored", column->stored);
        JSON_INT(json, "filled", column->filled);
        json_close(json, '}');
    }
    json_close(json, ']');
}

void house_problems_json(Json *json, const HouseProblems *problems, Lang lang)
{
    json_open(json, '[');
    for (int i = 0; i < problems->count; i++) {
        const HouseProblem *problem = &problems->list[i];

        json_open(json, '{');
        JSON_INT(json, "row", problem->row);
        JSON_KEY(json, "column");
        if (problem->column.len == 0)
            json_raw(json, STR_NONE);
        else
            json_text(json, problem->column);
        JSON_TEXT(json, "value", problem->value);
        JSON_C(json, "code", problem->code);
        JSON_TEXT(json, "message", lang == LANG_ZH ? problem->zh : problem->en);
        json_close(json, '}');
    }
    json_close(json, ']');
}
