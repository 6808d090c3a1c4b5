/* clock.h: time limits (时限) of records. A limit is a row: what was promised, on which calendar, when it is due, how long
 * it stood still, and which reminder comes next (50, 80, 100 and 200 % of it).
 *
 * For a limit L the record's own fields due_L_at, L_done_at and L_met are kept in step where the type declares them, and
 * next_due_at / next_limit (the nearest one still running) as well. */
#ifndef ANJU_KERNEL_CLOCK_H
#define ANJU_KERNEL_CLOCK_H

#include "kernel/calendar.h"
#include "kernel/list.h"

extern const Choice clock_calendars[]; /* their names, for fields that say which */

/* The calendar of that name with the project's desk hours. */
MUST const Error *clock_calendar(Cx *cx, Id project, Str name, Calendar *out);

/* When it happened: the device's time when it is plausible (offline work is judged by it), else now. */
Instant clock_happened(const Cx *cx);
/* The first of these days before a moment (falling) that is still to come; 0: none is. */
Instant clock_before(const Cx *cx, Instant due, const int *days, size_t count);

/* All limits of a new record, from its creation on. Sets fields; the record is saved by the caller afterwards. */
MUST const Error *clock_start(Cx *cx, Record *record);
/* One limit again from now on (rework). */
MUST const Error *clock_restart(Cx *cx, Record *record, const char *limit);
/* What was done is not done after all (not solved): the limit runs again, under its first due time. */
MUST const Error *clock_reopen(Cx *cx, Record *record, const char *limit);
/* The limit's work is done now: met or missed. Nothing happens when it is done already. */
MUST const Error *clock_end(Cx *cx, Record *record, const char *limit);
MUST const Error *clock_pause(Cx *cx, Record *record);
MUST const Error *clock_resume(Cx *cx, Record *record);
/* Nothing is waited for any more: no reminder comes, what is not done stays so. */
MUST const Error *clock_stop(Cx *cx, Record *record);
/* The facts behind the limits have changed (category, urgency): due times anew, from the original start. */
MUST const Error *clock_again(Cx *cx, Record *record);
/* Moves a limit's due time to a moment agreed with the customer (appointment). */
MUST const Error *clock_set_due(Cx *cx, Record *record, const char *limit, Instant due);

/* The chip of the nearest limit: {"limit","started_at","due_at","paused_at","state","percent"}; from the record alone. */
void clock_json(const Cx *cx, const Record *record, Json *json);

/* Up to `max` reminders that have come due, in the caller's company: each moves one level up its ladder, with an event
 * and messages. *count is how many were given. Must run in a writing closure as the system. */
MUST const Error *clock_remind(Cx *cx, int max, int *count);

#endif
