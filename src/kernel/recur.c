/* recur.c: recurrence rules. libical reads and steps; what it leaves open (working days, seasons, bounds) is here. */
#include "kernel/recur.h"
#include "kernel/late_ical.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

LATE_LIBRARY(late_ical, ICAL_FUNCTIONS, "libical.so.3", "libical3");

#define MAX_RULE 500
#define MAX_MOVE 20           /* days: longer than any holiday of the calendar */
#define MINUTES_A_WEEK 10080
#define LOOK_AHEAD_DAYS 3000  /* a date that exists at all comes up within eight years (29 February) */
#define OLDEST_COUNTED 20200101 /* a rule of minutes or hours that counts is stepped through from its beginning */

bool wall_parse(Str text, int zone_min, Instant *out)
{
    Date day;
    int64_t hour, minute, second = 0;
    Str time;

    if (instant_parse(text, out))
        return true;
    if (!date_parse(str_cut(text, 0, 10), &day))
        return false;
    if (text.len == 10) {
        *out = date_to_instant(day, 0, zone_min);
        return true;
    }
    time = str_cut(text, 11, text.len);
    if ((text.ptr[10] != 'T' && text.ptr[10] != ' ') || (time.len != 5 && time.len != 8) || time.ptr[2] != ':' || (time.len == 8 && time.ptr[5] != ':') ||
        !str_to_int(str_cut(time, 0, 2), &hour) || !str_to_int(str_cut(time, 3, 5), &minute) ||
        (time.len == 8 && !str_to_int(str_cut(time, 6, 8), &second)) || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *out = date_to_instant(day, (int)(hour * 60 + minute), zone_min) + second * SECOND;
    return true;
}

/* The pieces of wall-clock time. */
static struct icaltimetype wall_time(Instant at, int zone_min)
{
    Date day = instant_to_date(at, zone_min);
    int minute = instant_to_minute(at, zone_min);
    int second = (int)((at - date_to_instant(day, minute, zone_min)) / SECOND);

    return (struct icaltimetype){.year = day / 10000, .month = day / 100 % 100, .day = day % 100, .hour = minute / 60, .minute = minute % 60, .second = second};
}

static Instant wall_instant(struct icaltimetype t, int zone_min)
{
    return date_to_instant(date_of(t.year, t.month, t.day), t.hour * 60 + t.minute, zone_min) + t.second * SECOND;
}

Str wall_text(Arena *arena, Instant at, int zone_min)
{
    struct icaltimetype t = wall_time(at, zone_min);
    return str_format(arena, "%04d-%02d-%02dT%02d:%02d:%02d", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

static const Error *load(Arena *arena)
{
    TRY(late_load(arena, &late_ical_library));
    icalerror_set_errors_are_fatal(0);
    return OK;
}

static int size_of(const short *list, int room)
{
    int n = 0;
    while (n < room && list[n] != ICAL_RECURRENCE_ARRAY_MAX)
        n++;
    return n;
}
#define SIZE(rule, part) size_of((rule)->part, (int)(sizeof(rule)->part / sizeof *(rule)->part))

static bool holds(const short *list, int count, int value)
{
    for (int i = 0; i < count; i++)
        if (list[i] == value)
            return true;
    return count == 0;
}

/* Each part once, of those that RFC 5545 names. */
static bool is_well_formed(Str text)
{
    static const char *const names[] = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH", "BYSETPOS", "WKST"};
    unsigned seen = 0;

    if (text.len == 0 || text.len > MAX_RULE)
        return false;
    for (Str rest = text; rest.len > 0;) {
        Str part = str_split(rest, ';', &rest), value, name = str_split(part, '=', &value);
        size_t i = 0;
        while (i < COUNT_OF(names) && !str_is(name, names[i]))
            i++;
        if (i == COUNT_OF(names) || value.len == 0 || (seen & 1u << i) != 0)
            return false;
        seen |= 1u << i;
    }
    return (seen & 1) != 0 && (seen & 6) != 6;
}

/* INTERVAL and COUNT as the library takes them: it cuts them down to a short and an int without a word. */
static bool numbers_fit(Str text)
{
    for (Str rest = text; rest.len > 0;) {
        Str part = str_split(rest, ';', &rest), value, name = str_split(part, '=', &value);
        int64_t n;
        if (str_is(name, "INTERVAL") && (!str_to_int(value, &n) || n < 1 || n > 10000))
            return false;
        if (str_is(name, "COUNT") && (!str_to_int(value, &n) || n < 1 || n > 100000))
            return false;
    }
    return true;
}

/* The rule as the library knows it; UNTIL of UTC becomes wall-clock time. False when it is none. */
static bool read_rule(Arena *arena, Str text, int zone_min, struct icalrecurrencetype *rule)
{
    if (!is_well_formed(text) || !numbers_fit(text))
        return false;
    *rule = icalrecurrencetype_from_string(str_to_c(arena, text));
    if (rule->freq == ICAL_NO_RECURRENCE)
        return false;
    if (!icaltime_is_null_time(rule->until) && rule->until.zone != NULL)
        rule->until = wall_time(wall_instant(rule->until, 0), zone_min);
    return true;
}

static bool is_fine(const struct icalrecurrencetype *rule)
{
    return rule->freq == ICAL_HOURLY_RECURRENCE || rule->freq == ICAL_MINUTELY_RECURRENCE;
}

static int gcd(int a, int b)
{
    return b == 0 ? a : gcd(b, a % b);
}

/* Does a rule of minutes or hours ever meet its weekdays, hours and minutes? It comes to the same minutes of the week again after at most
 * MINUTES_A_WEEK steps. */
static bool meets_its_week(const struct icalrecurrencetype *rule, Instant start, int zone_min)
{
    int step = rule->interval * (rule->freq == ICAL_HOURLY_RECURRENCE ? 60 : 1) % MINUTES_A_WEEK, days = SIZE(rule, by_day), hours = SIZE(rule, by_hour), minutes = SIZE(rule, by_minute);
    int minute = date_weekday(instant_to_date(start, zone_min)) * 1440 + instant_to_minute(start, zone_min), rounds = MINUTES_A_WEEK / gcd(MINUTES_A_WEEK, step);
    bool expands = rule->freq == ICAL_HOURLY_RECURRENCE; /* BYMINUTE makes more of an hour, it takes none away */

    for (int i = 0; i < rounds; i++, minute = (minute + step) % MINUTES_A_WEEK) {
        int weekday = (minute / 1440 + 1) % 7 + 1; /* the library's: 1 Sunday, 2 Monday */
        if (holds(rule->by_day, days, weekday) && holds(rule->by_hour, hours, minute / 60 % 24) && (expands || holds(rule->by_minute, minutes, minute % 60)))
            return true;
    }
    return false;
}

/* A day that its months, days and weekdays allow: those of a rule of days, which is quick to step through. */
static bool has_a_day(const struct icalrecurrencetype *rule, Instant start, int zone_min)
{
    struct icalrecurrencetype daily = *rule;
    icalrecur_iterator *iterator;
    struct icaltimetype first;

    daily.freq = ICAL_DAILY_RECURRENCE;
    daily.interval = 1;
    daily.count = 0;
    daily.until = (struct icaltimetype){0};
    daily.by_hour[0] = daily.by_minute[0] = daily.by_second[0] = daily.by_set_pos[0] = ICAL_RECURRENCE_ARRAY_MAX;
    iterator = icalrecur_iterator_new(daily, wall_time(start, zone_min));
    if (iterator == NULL)
        return false;
    first = icalrecur_iterator_next(iterator);
    icalrecur_iterator_free(iterator);
    return !icaltime_is_null_time(first) && wall_instant(first, zone_min) < start + LOOK_AHEAD_DAYS * DAY_US;
}

static void refuse(Problems *problems, Str field, const char *zh, const char *en)
{
    problems_add(problems, field, "format", str_of(zh), str_of(en));
}

const Error *recur_check(Arena *arena, const Recur *recur, Str field, Problems *problems)
{
    struct icalrecurrencetype rule;
    int zone = recur->calendar.zone_min;
    Date first = instant_to_date(recur->start, zone);

    if (first < 19900101 || first > 21000101) {
        problems_add(problems, STR("dtstart"), "out_of_range", STR("应在 1990 年到 2100 年之间"), STR("must lie between 1990 and 2100"));
        return OK;
    }
    if (recur->rrule.len == 0)
        return OK;
    TRY(load(arena));
    if (!read_rule(arena, recur->rrule, zone, &rule))
        refuse(problems, field, "应为 RFC 5545 的周期，如 FREQ=WEEKLY;BYDAY=MO,TH（UNTIL 与 COUNT 只能有一个）", "must be a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=MO,TH (either UNTIL or COUNT)");
    else if (rule.freq == ICAL_SECONDLY_RECURRENCE || SIZE(&rule, by_second) > 1)
        refuse(problems, field, "最密每分钟一次", "must occur at most once a minute");
    else if (is_fine(&rule) && (SIZE(&rule, by_set_pos) > 0 || SIZE(&rule, by_week_no) > 0))
        refuse(problems, field, "按小时、分钟的周期不能用 BYSETPOS、BYWEEKNO", "a rule of hours or minutes takes no BYSETPOS or BYWEEKNO");
    else if (SIZE(&rule, by_set_pos) > 0 && (SIZE(&rule, by_hour) > 1 || SIZE(&rule, by_minute) > 1)) /* the library counts days, RFC 5545 moments */
        refuse(problems, field, "BYSETPOS 只能配一个时刻", "BYSETPOS goes with one time of day");
    else if (is_fine(&rule) && rule.count > 0 && first < OLDEST_COUNTED)
        refuse(problems, field, "按小时、分钟又有次数的周期应从 2020 年以后开始", "a rule of hours or minutes that counts must begin after 2020");
    else if (is_fine(&rule) && (!meets_its_week(&rule, recur->start, zone) || !has_a_day(&rule, recur->start, zone)))
        refuse(problems, field, "这个周期一次也不会发生", "never occurs");
    else {
        Moments any;
        Recur plain = *recur;
        plain.days_off = DAYS_OFF_COUNT;
        plain.season_from = 0;
        plain.except_count = 0;
        TRY(recur_moments(arena, &plain, recur->start, date_to_instant(21500101, 0, zone), 1, &any));
        if (any.count == 0)
            refuse(problems, field, "这个周期一次也不会发生", "never occurs");
    }
    return OK;
}

static bool is_in_season(const Recur *recur, Date day)
{
    int month = day / 100 % 100;

    if (recur->season_from == 0)
        return true;
    return recur->season_from <= recur->season_to ? month >= recur->season_from && month <= recur->season_to
                                                  : month >= recur->season_from || month <= recur->season_to;
}

/* Where a moment falls when its day is off; false when it is left out. */
static bool place(const Recur *recur, Instant *at)
{
    int zone = recur->calendar.zone_min;
    Date day = instant_to_date(*at, zone), to = day;

    for (ptrdiff_t i = 0; i < recur->except_count; i++)
        if (recur->except[i] == day)
            return false;
    if (!is_in_season(recur, day))
        return false;
    if (recur->days_off == DAYS_OFF_COUNT)
        return true;
    for (int i = 0; i < MAX_MOVE && !calendar_is_open_day(&recur->calendar, to); i++) {
        if (recur->days_off == DAYS_OFF_SKIP)
            return false;
        to = date_add(to, recur->days_off == DAYS_OFF_BEFORE ? -1 : 1);
    }
    *at += (date_to_days(to) - date_to_days(day)) * DAY_US;
    return true;
}

static int by_time(const void *a, const void *b)
{
    Instant x = *(const Instant *)a, y = *(const Instant *)b;
    return (x > y) - (x < y);
}

/* Adds a moment unless it is there; the list stays sorted when moved moments overtake others. */
static bool add(Moments *out, ptrdiff_t max, Instant at)
{
    for (ptrdiff_t i = out->count - 1; i >= 0 && out->at[i] >= at; i--)
        if (out->at[i] == at)
            return true;
    if (out->count == max)
        return false;
    out->at[out->count++] = at;
    if (out->count > 1 && out->at[out->count - 2] > at)
        qsort(out->at, (size_t)out->count, sizeof *out->at, by_time);
    return true;
}

/* The library (libical 3.0.16) leaves the first week out when all weekdays of a rule come before the week's first day as Sunday is 1: every second Sunday, where
 * weeks begin on Monday. The same moments are those of weeks that begin on Sunday, counted from the Sunday in the first week. */
static void count_from_sunday(struct icalrecurrencetype *rule, Instant *start, int zone_min)
{
    int weekday = (date_weekday(instant_to_date(*start, zone_min)) + 1) % 7 + 1, first = rule->week_start; /* the library's: 1 Sunday, 2 Monday */
    struct icaltimetype sunday;

    if (rule->freq != ICAL_WEEKLY_RECURRENCE || SIZE(rule, by_day) == 0)
        return;
    for (int i = 0; i < SIZE(rule, by_day); i++)
        if (rule->by_day[i] >= first)
            return;
    rule->week_start = ICAL_SUNDAY_WEEKDAY;
    if (weekday < first)
        return;
    sunday = wall_time(*start + (8 - weekday) * DAY_US, zone_min); /* all of that day comes behind the start, also the hours before the start's */
    if (SIZE(rule, by_hour) > 0)
        sunday.hour = 0;
    if (SIZE(rule, by_minute) > 0)
        sunday.minute = 0;
    if (SIZE(rule, by_second) > 0)
        sunday.second = 0;
    *start = wall_instant(sunday, zone_min);
}

const Error *recur_moments(Arena *arena, const Recur *recur, Instant from, Instant before, ptrdiff_t max, Moments *out)
{
    int zone = recur->calendar.zone_min;
    int64_t pad = recur->days_off == DAYS_OFF_BEFORE || recur->days_off == DAYS_OFF_AFTER ? MAX_MOVE * DAY_US : 0;
    Instant start = recur->start;
    struct icalrecurrencetype rule;
    icalrecur_iterator *iterator;

    assert(max > 0);
    *out = (Moments){.at = new (arena, Instant, max)};
    if (recur->rrule.len == 0) {
        Instant at = recur->start;
        if (place(recur, &at) && at >= from && at < before)
            out->at[out->count++] = at;
        return OK;
    }
    TRY(load(arena));
    if (!read_rule(arena, recur->rrule, zone, &rule))
        return OK;
    count_from_sunday(&rule, &start, zone);
    if (rule.count == 0 && is_fine(&rule) && from - pad > start) { /* not step by step from its beginning: a step is so many minutes whatever the day */
        int64_t step = rule.interval * (rule.freq == ICAL_HOURLY_RECURRENCE ? HOUR : MINUTE);
        start += (from - pad - start) / step * step;
    }
    iterator = icalrecur_iterator_new(rule, wall_time(start, zone));
    if (iterator == NULL)
        return OK; /* the library sees that it never occurs */
    if (rule.count == 0 && !is_fine(&rule) && from - pad - DAY_US > start)
        (void)icalrecur_iterator_set_start(iterator, wall_time(from - pad, zone));
    for (struct icaltimetype t = icalrecur_iterator_next(iterator); !icaltime_is_null_time(t) && !out->more; t = icalrecur_iterator_next(iterator)) {
        Instant at = wall_instant(t, zone);
        if (at >= before + pad)
            break;
        if (place(recur, &at) && at >= from && at < before)
            out->more = !add(out, max, at);
    }
    icalrecur_iterator_free(iterator);
    return OK;
}
