/* calendar.c: see calendar.h. Rules: 时限 of the service standard; holidays by notice of the State Council. */
#include "kernel/calendar.h"

#include <assert.h>

static const struct {
    const char *name, *hours;
    bool office_days;
} named[] = {
    {"7x24", "00:00-24:00", false},
    {"work", "08:30-18:00", false},
    {"office", "08:30-12:00,13:30-18:00", true},
};

static bool read_hours(Str text, Hours *out);
static bool read_clock(Str text, int *out);
static ptrdiff_t first_holiday(const Calendar *calendar, Date day);
static int64_t day_us(const Calendar *calendar);
static int64_t open_until(const Calendar *calendar, Instant at);
static int64_t open_days_until(const Calendar *calendar, int64_t days);
static int64_t within(const Calendar *calendar, Date day, int64_t since_midnight_us);
static Instant run_off(const Calendar *calendar, Date day, int64_t opened_us);

bool calendar_named(Str name, const Holiday *holidays, ptrdiff_t count, int zone_min, Calendar *out)
{
    for (size_t i = 0; i < COUNT_OF(named); i++) {
        Calendar calendar = {
            .office_days = named[i].office_days, .holidays = holidays, .holiday_count = count, .zone_min = zone_min};

        if (!str_is(name, named[i].name) || !calendar_set_hours(&calendar, str_of(named[i].hours)))
            continue;
        assert(calendar_check(&calendar));
        *out = calendar;
        return true;
    }
    return false;
}

bool calendar_set_hours(Calendar *calendar, Str text)
{
    Hours hours[CALENDAR_MAX_HOURS];
    int count = 0;

    for (Str rest = str_trim(text); rest.len > 0; count++) {
        Str one = str_split(rest, ',', &rest);

        if (count == CALENDAR_MAX_HOURS || !read_hours(str_trim(one), &hours[count]) ||
            (rest.ptr != NULL && rest.len == 0) || (count > 0 && hours[count].from < hours[count - 1].to))
            return false;
    }
    for (int i = 0; i < count; i++)
        calendar->hours[i] = hours[i];
    calendar->hours_count = count;
    return true;
}

bool calendar_check(const Calendar *calendar)
{
    if (calendar->hours_count < 0 || calendar->hours_count > CALENDAR_MAX_HOURS)
        return false;
    for (int i = 0, end = 0; i < calendar->hours_count; i++) {
        const Hours *hours = &calendar->hours[i];

        if (hours->from < end || hours->to <= hours->from || hours->to > 1440)
            return false;
        end = hours->to;
    }
    for (ptrdiff_t i = 1; i < calendar->holiday_count; i++)
        if (calendar->holidays[i].day <= calendar->holidays[i - 1].day)
            return false;
    return true;
}

bool calendar_is_open_day(const Calendar *calendar, Date day)
{
    ptrdiff_t i;

    if (!calendar->office_days)
        return true;
    i = first_holiday(calendar, day);
    if (i < calendar->holiday_count && calendar->holidays[i].day == day)
        return !calendar->holidays[i].off;
    return date_weekday(day) < 5;
}

bool calendar_is_open(const Calendar *calendar, Instant at)
{
    int minute = instant_to_minute(at, calendar->zone_min);

    if (!calendar_is_open_day(calendar, instant_to_date(at, calendar->zone_min)))
        return false;
    for (int i = 0; i < calendar->hours_count; i++)
        if (calendar->hours[i].from <= minute && minute < calendar->hours[i].to)
            return true;
    return false;
}

Instant calendar_next_open(const Calendar *calendar, Instant at)
{
    Date day = instant_to_date(at, calendar->zone_min);

    if (calendar_is_open(calendar, at))
        return at;
    for (int n = 0; n < CALENDAR_MAX_DAYS; n++, day = date_add(day, 1)) {
        if (!calendar_is_open_day(calendar, day))
            continue;
        for (int i = 0; i < calendar->hours_count; i++) {
            Instant opens = date_to_instant(day, calendar->hours[i].from, calendar->zone_min);
            if (opens > at)
                return opens;
        }
    }
    return at + CALENDAR_NEVER;
}

Instant calendar_end_of_day(const Calendar *calendar, Date day)
{
    bool open = calendar->hours_count > 0 && calendar_is_open_day(calendar, day);

    return date_to_instant(day, open ? calendar->hours[calendar->hours_count - 1].to : 1440, calendar->zone_min);
}

Instant calendar_add(const Calendar *calendar, Instant start, int64_t minutes)
{
    int64_t span_us;

    if (__builtin_mul_overflow(minutes, MINUTE, &span_us))
        span_us = minutes < 0 ? 0 : INT64_MAX;
    return calendar_add_us(calendar, start, span_us);
}

Instant calendar_add_us(const Calendar *calendar, Instant start, int64_t span_us)
{
    Date day = instant_to_date(start, calendar->zone_min);
    int64_t left, per_day = day_us(calendar);

    if (span_us <= 0)
        return start;
    if (span_us > CALENDAR_NEVER || per_day == 0)
        return start + CALENDAR_NEVER;
    left = span_us + within(calendar, day, start - date_to_instant(day, 0, calendar->zone_min));
    for (int n = 0; n <= CALENDAR_MAX_DAYS; n++, day = date_add(day, 1)) {
        if (!calendar_is_open_day(calendar, day))
            continue;
        if (left <= per_day) {
            Instant due = run_off(calendar, day, left);
            return due - start < CALENDAR_NEVER ? due : start + CALENDAR_NEVER;
        }
        left -= per_day;
    }
    return start + CALENDAR_NEVER;
}

int64_t calendar_between(const Calendar *calendar, Instant from, Instant to)
{
    return open_until(calendar, to) - open_until(calendar, from);
}

Date calendar_add_days(const Calendar *calendar, Date day, int64_t days)
{
    Date last = date_add(day, CALENDAR_MAX_DAYS);

    while (days > 0 && day < last) {
        day = date_add(day, 1);
        if (calendar_is_open_day(calendar, day))
            days--;
    }
    return day;
}

static bool read_hours(Str text, Hours *out)
{
    Str to, from = str_split(text, '-', &to);
    Hours hours;

    if (!read_clock(str_trim(from), &hours.from) || !read_clock(str_trim(to), &hours.to) || hours.from >= hours.to)
        return false;
    *out = hours;
    return true;
}

/* HH:MM up to 24:00, in minutes. */
static bool read_clock(Str text, int *out)
{
    int64_t hour, minute;

    if (text.len != 5 || text.ptr[2] != ':' || text.ptr[0] == '-' || text.ptr[3] == '-' ||
        !str_to_int(str_cut(text, 0, 2), &hour) || !str_to_int(str_cut(text, 3, 5), &minute))
        return false;
    if (minute > 59 || hour * 60 + minute > 1440)
        return false;
    *out = (int)(hour * 60 + minute);
    return true;
}

/* Index of the first holiday on that day or later. */
static ptrdiff_t first_holiday(const Calendar *calendar, Date day)
{
    ptrdiff_t low = 0, high = calendar->holiday_count;

    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (calendar->holidays[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Open microseconds of an open day. */
static int64_t day_us(const Calendar *calendar)
{
    int64_t minutes = 0;

    for (int i = 0; i < calendar->hours_count; i++)
        minutes += calendar->hours[i].to - calendar->hours[i].from;
    return minutes * MINUTE;
}

/* Open microseconds from a fixed Monday long ago until a moment: a span is the difference of two such, without a loop
 * over its days. */
static int64_t open_until(const Calendar *calendar, Instant at)
{
    Date day = instant_to_date(at, calendar->zone_min);
    int64_t today = within(calendar, day, at - date_to_instant(day, 0, calendar->zone_min));

    return open_days_until(calendar, date_to_days(day)) * day_us(calendar) + today;
}

/* Open days before a day (days since 1970). */
static int64_t open_days_until(const Calendar *calendar, int64_t days)
{
    static const int64_t FIRST_MONDAY = -719162; /* 0001-01-01 */
    int64_t since = days - FIRST_MONDAY, open;
    int64_t of_week = since % 7;
    ptrdiff_t behind;

    if (!calendar->office_days)
        return since;
    open = since / 7 * 5 + (of_week < 5 ? of_week : 5);
    behind = first_holiday(calendar, date_from_days(days));
    for (ptrdiff_t i = 0; i < behind; i++) {
        bool weekend = date_weekday(calendar->holidays[i].day) >= 5;
        if (calendar->holidays[i].off == weekend)
            continue; /* says what the weekday says */
        open += weekend ? 1 : -1;
    }
    return open;
}

/* Open microseconds of a day before a time of it. */
static int64_t within(const Calendar *calendar, Date day, int64_t since_midnight_us)
{
    int64_t open = 0;

    if (!calendar_is_open_day(calendar, day))
        return 0;
    for (int i = 0; i < calendar->hours_count; i++) {
        int64_t from = calendar->hours[i].from * MINUTE, to = calendar->hours[i].to * MINUTE;

        if (since_midnight_us > from)
            open += (since_midnight_us < to ? since_midnight_us : to) - from;
    }
    return open;
}

/* The moment of an open day at which it has been open so long; 0 < opened_us <= day_us. */
static Instant run_off(const Calendar *calendar, Date day, int64_t opened_us)
{
    for (int i = 0; i < calendar->hours_count; i++) {
        int64_t length = (calendar->hours[i].to - calendar->hours[i].from) * MINUTE;

        if (opened_us <= length)
            return date_to_instant(day, calendar->hours[i].from, calendar->zone_min) + opened_us;
        opened_us -= length;
    }
    return date_to_instant(day, 1440, calendar->zone_min);
}
