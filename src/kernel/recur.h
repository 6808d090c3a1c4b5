/* recur.h: 周期, which moments a recurrence rule names (RFC 5545 RRULE, through libical), on working days and in season.
 *
 * Rules run on wall-clock time: 08:00 is 08:00 in the zone whatever the day. UNTIL without Z is wall-clock time too. A rule may be at most
 * as fine as minutes, so that no rule names more than 1,440 moments a day; one that never occurs is found out in bounded time. */
#ifndef ANJU_KERNEL_RECUR_H
#define ANJU_KERNEL_RECUR_H

#include "base/error.h"
#include "kernel/calendar.h"

/* What becomes of a moment on a day off (a weekend without make-up work, a holiday). */
typedef enum { DAYS_OFF_COUNT, DAYS_OFF_SKIP, DAYS_OFF_BEFORE, DAYS_OFF_AFTER } DaysOff;

typedef struct {
    Str rrule;     /* "FREQ=WEEKLY;BYDAY=MO,TH"; empty: `start` alone */
    Instant start; /* DTSTART */
    DaysOff days_off;
    int season_from, season_to; /* months 1..12 in which it holds, both included, over the new year when from > to; 0: all year */
    const Date *except;         /* days on which it is left out (EXDATE); borrowed */
    ptrdiff_t except_count;
    Calendar calendar;          /* says which days are off, and the zone */
} Recur;

typedef struct {
    Instant *at; /* rising, each once */
    ptrdiff_t count;
    bool more;   /* there are more before the end: *count is the most that were asked for */
} Moments;

/* Is it a rule that can be used? What is wrong is added to the problems under `field`, with what would be right. ERR_STATE_OF_WORLD when
 * the library is not there. */
MUST const Error *recur_check(Arena *arena, const Recur *recur, Str field, Problems *problems);

/* Its moments from `from` on and before `before`, at most `max` of them. The rule has passed recur_check. */
MUST const Error *recur_moments(Arena *arena, const Recur *recur, Instant from, Instant before, ptrdiff_t max, Moments *out);

/* Wall-clock time as people and RFC 5545 write it, "2026-01-05T08:00:00", also without seconds or time, or with an offset that is then
 * taken off. False when it is none. And back. */
MUST bool wall_parse(Str text, int zone_min, Instant *out);
Str wall_text(Arena *arena, Instant at, int zone_min);

#endif
