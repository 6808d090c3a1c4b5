#include "kernel/geo.h"

#include <math.h>

#define EARTH_M 6371000.0
#define RADIANS (3.14159265358979323846 / 180)

bool geo_read(const json_t *object, Geo *out)
{
    const json_t *lat = json_object_get(object, "lat"), *lng = json_object_get(object, "lng");
    Geo at = {json_number_value(lat), json_number_value(lng)};

    if (!json_is_number(lat) || !json_is_number(lng) || fabs(at.lat) > 90 || fabs(at.lng) > 180)
        return false;
    *out = at;
    return true;
}

bool geo_parse(Arena *arena, Str text, Geo *out)
{
    json_t *object;

    return text.len > 0 && json_read(arena, text, &object) == OK && geo_read(object, out);
}

int64_t geo_metres(Geo a, Geo b)
{
    double lat = sin((b.lat - a.lat) * RADIANS / 2), lng = sin((b.lng - a.lng) * RADIANS / 2);
    double h = lat * lat + cos(a.lat * RADIANS) * cos(b.lat * RADIANS) * lng * lng;

    return llround(2 * EARTH_M * asin(sqrt(h < 1 ? h : 1)));
}
