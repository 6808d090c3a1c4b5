/* applies.c: 适用范围, the houses that an item is for. */
#include "modules/billing/billing_parts.h"

static const Error *read_ids(Cx *cx, const json_t *list, Id **out, int *count)
{
    size_t size = json_array_size(list);

    *out = new (cx->arena, Id, size + 1);
    *count = 0;
    for (size_t i = 0; i < size; i++)
        if (str_to_id(json_str(json_array_get(list, i)), &(*out)[*count]))
            ++*count;
    return OK;
}

const Error *applies_read(Cx *cx, const Record *tariff, Applies *out)
{
    json_t *json;
    const json_t *uses, *floors;

    *out = (Applies){.floor_from = INT64_MIN, .floor_to = INT64_MAX};
    if (record_is_null(tariff, "applies_to"))
        return OK;
    TRY(json_read(cx->arena, record_text(tariff, "applies_to"), &json));
    uses = json_object_get(json, "use");
    floors = json_object_get(json, "floors");
    out->by_use = uses != NULL;
    out->by_building = json_object_get(json, "buildings") != NULL;
    out->by_house = json_object_get(json, "houses") != NULL;
    out->by_floor = floors != NULL;
    out->uses.list = new (cx->arena, Str, json_array_size(uses) + 1);
    for (size_t i = 0; i < json_array_size(uses); i++)
        out->uses.list[out->uses.count++] = json_str(json_array_get(uses, i));
    if (json_is_integer(json_object_get(floors, "from")))
        out->floor_from = json_integer_value(json_object_get(floors, "from"));
    if (json_is_integer(json_object_get(floors, "to")))
        out->floor_to = json_integer_value(json_object_get(floors, "to"));
    TRY(read_ids(cx, json_object_get(json, "buildings"), &out->buildings, &out->building_count));
    return read_ids(cx, json_object_get(json, "houses"), &out->houses, &out->house_count);
}

static bool has_id(const Id *list, int count, Id id)
{
    for (int i = 0; i < count; i++)
        if (list[i] == id)
            return true;
    return false;
}

bool applies_to(const Applies *to, const Record *house)
{
    bool use = !to->by_use;
    int64_t floor;

    for (int i = 0; i < to->uses.count && !use; i++)
        use = str_eq(to->uses.list[i], record_text(house, "use"));
    if (!use || (to->by_building && !has_id(to->buildings, to->building_count, house->building)) || (to->by_house && !has_id(to->houses, to->house_count, house->id)))
        return false;
    return !to->by_floor || (str_to_int(record_text(house, "floor"), &floor) && floor >= to->floor_from && floor <= to->floor_to);
}
