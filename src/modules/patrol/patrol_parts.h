/* patrol_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_PATROL_PARTS_H
#define ANJU_MODULES_PATROL_PARTS_H

#include "kernel/figure.h"
#include "kernel/geo.h"
#include "kernel/process.h"
#include "kernel/rule.h"
#include "modules/patrol/patrol.h"

#define MAX_POINTS 60 /* of a route */
#define MAX_SCANS 200 /* of a round: later ones are refused */

/* 点: one that a round passes, as the route had it when the round was planned: a route that changes in mid-month leaves its planned
 * and walked rounds as they were. */
typedef struct {
    Id checkpoint;
    int64_t order;
    Str name, geo; /* geo: {"lat","lng"} or empty */
} Point;

/* 打点: one proof of having been at a checkpoint. `at` is when it was, by the phone where that can be believed; `received_at` when the
 * server heard of it. `flags` are the words that do not depend on the other scans; those that do are found anew each time. */
typedef struct {
    Id checkpoint, photo;
    Instant at, received_at;
    const char *method; /* code, geo, paper */
    Str geo, note, flags;
} Scan;

/* 轮次 as judged: rules §13. */
typedef struct {
    int planned, done, in_window;
    Str missed; /* ["<checkpoint>", …], in the route's order */
    Str names;  /* of what was missed, for people */
    Str flags;  /* words: what is suspicious or late, each once; empty: nothing */
} Verdict;

/* The points of a route or a round, in order; in cx's arena, MAX_POINTS of them at most. */
MUST const Error *points_read(Cx *cx, Str text, Point **points, int *count);
/* The same as a round keeps them, read from the route's own list. ERR_INVALID on `route` when a checkpoint has gone. */
MUST const Error *points_of_route(Cx *cx, const Record *route, Str *out);

MUST const Error *scans_read(Cx *cx, Str text, Scan **scans, int *count);
Str scans_text(const Cx *cx, const Scan *scans, int count);

/* A round that the route's rhythm names. In a writing closure. */
MUST const Error *round_add(Cx *cx, const Record *route, Instant planned);
/* Plans the rounds that the routes lack until tomorrow, each once. A chore. */
MUST const Error *route_yield_all(Cx *cx, int max, int *count);

/* What a round is worth: which points were scanned, when, and what about it is hard to believe:
 *     too_fast      more than 3 m/s between two points (on foot)
 *     same_second   two points at the same second
 *     out_of_order  against the order of a route that fixes it
 *     off_route     a checkpoint that is not on it
 *     far, same_photo, clock_off, offline, late, by_lead   as kept with the scan
 * Scans are sorted by their time. window: those from..to (inclusive) are in time. */
Verdict round_judge(Cx *cx, const Point *points, int point_count, Scan *scans, int scan_count, bool order_fixed, Instant from, Instant to);

/* The state that a verdict means when the round is over: missed without any point, partial when more than `percent` are missed
 * (rules §13: 10), else complete. */
const char *round_state(const Verdict *verdict, int64_t percent);

#endif
