/* geo.h: 位置, points on the earth as phones tell them, {"lat":31.23,"lng":121.47} in degrees (WGS 84).
 * The one place beside kernel/stats that computes with floating point: a metre more or less decides nothing here. */
#ifndef ANJU_KERNEL_GEO_H
#define ANJU_KERNEL_GEO_H

#include "base/json.h"

typedef struct {
    double lat, lng;
} Geo;

/* From the object as sent, and from its text as kept. False when it is none: a member is missing or no number, the latitude beyond
 * 90 or the longitude beyond 180. */
MUST bool geo_read(const json_t *object, Geo *out);
MUST bool geo_parse(Arena *arena, Str text, Geo *out);

/* How far apart they are on the ground, in whole metres: the haversine formula on a sphere of 6,371,000 m, which is within 0.5 % of
 * the ellipsoid. */
int64_t geo_metres(Geo a, Geo b);

#endif
