/* calendar.h: the working calendars that time limits run on.
 *
 *     7x24      round the clock: guards, control room, urgent repairs
 *     work      08:30-18:00 every day: the desk, ordinary repairs
 *     office    08:30-12:00 and 13:30-18:00 on office days: complaints, paperwork
 *
 * An office day is a make-up day, or Monday to Friday without an "off" holiday. Hours and holidays are a company's
 * data; these are the defaults. Hours hold their beginning and not their end: at 18:00:00 the desk is closed.
 *
 * Everything here is exact to the microsecond and takes at most one step per day, and no calendar runs further than ten
 * years: what would be later, or never (a calendar that does not open), is `start + CALENDAR_NEVER`. */
#ifndef ANJU_KERNEL_CALENDAR_H
#define ANJU_KERNEL_CALENDAR_H

#include "base/time.h"

#define CALENDAR_MAX_DAYS 3653
#define CALENDAR_NEVER (CALENDAR_MAX_DAYS * DAY_US)
#define CALENDAR_MAX_HOURS 6

/* A day that is not what its weekday says: off, or a make-up working day (调休). */
typedef struct {
    Date day;
    bool off;
} Holiday;

/* Opening hours in minutes since midnight: 0 <= from < to <= 1440. */
typedef struct {
    int from, to;
} Hours;

/* Invariant (calendar_check): hours rise without overlap; holidays rise by day. Holidays are borrowed, and looked at
 * only with office_days. No hours at all: never open. */
typedef struct {
    bool office_days; /* open on office days only; otherwise every day */
    Hours hours[CALENDAR_MAX_HOURS];
    int hours_count;
    const Holiday *holidays;
    ptrdiff_t holiday_count;
    int zone_min;
} Calendar;

/* The calendar of that name (7x24, work, office) with the default hours; holidays are borrowed. False when there is
 * none of that name. */
MUST bool calendar_named(Str name, const Holiday *holidays, ptrdiff_t count, int zone_min, Calendar *out);

/* Replaces the hours by a text such as "08:30-12:00,13:30-18:00"; "" is never open, and 24:00 may end a day. False, and
 * the calendar untouched, when it is not that or the hours do not rise. */
MUST bool calendar_set_hours(Calendar *calendar, Str text);

bool calendar_check(const Calendar *calendar);

/* Is this a day on which it opens (whatever the hour)? */
bool calendar_is_open_day(const Calendar *calendar, Date day);
bool calendar_is_open(const Calendar *calendar, Instant at);

/* `at` itself when it is open then, otherwise the next opening. */
Instant calendar_next_open(const Calendar *calendar, Instant at);

/* When it closes for the last time on that day (18:00): a limit of days is kept until then. On a closed day, and with
 * no hours, the end of the day. */
Instant calendar_end_of_day(const Calendar *calendar, Date day);

/* The first moment at which so many open minutes (microseconds) have passed since `start`; `start` itself for none or
 * fewer. A limit that is used up at closing time is due at closing time, not at the next opening. */
Instant calendar_add(const Calendar *calendar, Instant start, int64_t minutes);
Instant calendar_add_us(const Calendar *calendar, Instant start, int64_t span_us);

/* Open microseconds from one moment to another; negative when `to` is earlier.
 * calendar_between(start, calendar_add_us(start, n)) == n wherever the result is not CALENDAR_NEVER. */
int64_t calendar_between(const Calendar *calendar, Instant from, Instant to);

/* The n-th open day after `day` (which does not count itself); `day` for n <= 0. The day CALENDAR_MAX_DAYS later when
 * there are not so many until then. */
Date calendar_add_days(const Calendar *calendar, Date day, int64_t days);

#endif
