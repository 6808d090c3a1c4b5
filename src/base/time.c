#include "base/time.h"

#include <assert.h>
#include <stdatomic.h>
#include <time.h>

#define ADOPT_FROM (SECOND / 2) /* less is the way there and back */

static int64_t shifted_us, skew_us; /* set once, before the first thread */
static _Atomic int64_t behind_us;

void clock_shift(int64_t span_us, int64_t test_skew_us)
{
    shifted_us = span_us;
    skew_us = test_skew_us;
}

/* The machine's own clock. */
static Instant own_now(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_REALTIME, &at); /* can't fail for this clock */
    return (Instant)at.tv_sec * SECOND + at.tv_nsec / 1000 + skew_us;
}

Instant clock_now(void)
{
    return own_now() + atomic_load_explicit(&behind_us, memory_order_relaxed) + shifted_us;
}

bool clock_adopt(Instant other)
{
    int64_t behind = other - own_now(), change = behind - atomic_load(&behind_us);

    if (change > -ADOPT_FROM && change < ADOPT_FROM)
        return false;
    atomic_store(&behind_us, behind);
    return true;
}

int64_t clock_monotonic_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* can't fail for this clock */
    return (int64_t)at.tv_sec * SECOND + at.tv_nsec / 1000;
}

struct timespec clock_deadline(int64_t span_us)
{
    int64_t at = clock_monotonic_us() + span_us;
    return (struct timespec){.tv_sec = (time_t)(at / SECOND), .tv_nsec = (long)(at % SECOND) * 1000};
}

bool clock_wait(pthread_cond_t *cond, pthread_mutex_t *lock, const struct timespec *deadline)
{
    return pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, deadline) == 0;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

Date instant_to_date(Instant at, int zone_min)
{
    return date_from_days(floor_div(at + zone_min * MINUTE, DAY_US));
}

int instant_to_minute(Instant at, int zone_min)
{
    int64_t local = at + zone_min * MINUTE;
    return (int)((local - floor_div(local, DAY_US) * DAY_US) / MINUTE);
}

Instant date_to_instant(Date day, int minute, int zone_min)
{
    return date_to_days(day) * DAY_US + (minute - zone_min) * MINUTE;
}

bool date_is_valid(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap);
}

Date date_of(int year, int month, int day)
{
    return (Date)(year * 10000 + month * 100 + day);
}

/* Days from the civil calendar, counted in eras of 400 years that begin on 1 March. */
int64_t date_to_days(Date date)
{
    int64_t year = date / 10000, month = date / 100 % 100, day = date % 100;
    int64_t era, year_of_era, day_of_year;

    year -= month <= 2;
    era = floor_div(year, 400);
    year_of_era = year - era * 400;
    day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

Date date_from_days(int64_t days)
{
    int64_t era, day_of_era, year_of_era, day_of_year, shifted, day, month, year;

    days += 719468;
    era = floor_div(days, 146097);
    day_of_era = days - era * 146097;
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    shifted = (5 * day_of_year + 2) / 153;
    day = day_of_year - (153 * shifted + 2) / 5 + 1;
    month = shifted + (shifted < 10 ? 3 : -9);
    year = year_of_era + era * 400 + (month <= 2);
    return (Date)(year * 10000 + month * 100 + day);
}

Date date_add(Date day, int days)
{
    return date_from_days(date_to_days(day) + days);
}

Date date_month_last(Date day)
{
    int last = 31;

    while (last > 28 && !date_is_valid(day / 10000, day / 100 % 100, last))
        last--;
    return date_of(day / 10000, day / 100 % 100, last);
}

Date date_months_on(Date day, int months)
{
    int count = day / 10000 * 12 + day / 100 % 100 - 1 + months;
    Date last = date_month_last(date_of(count / 12, count % 12 + 1, 1));

    return last % 100 < day % 100 ? last : last / 100 * 100 + day % 100;
}

int date_weekday(Date day)
{
    int64_t days = date_to_days(day) + 3; /* 1970-01-01 was a Thursday */
    return (int)(days - floor_div(days, 7) * 7);
}

/* Reads exactly `count` digits at *at. */
static bool read_digits(Str s, ptrdiff_t *at, int count, int *out)
{
    int n = 0;

    if (s.len - *at < count)
        return false;
    for (int i = 0; i < count; i++) {
        char c = s.ptr[(*at)++];
        if (c < '0' || c > '9')
            return false;
        n = n * 10 + (c - '0');
    }
    *out = n;
    return true;
}

static bool read_char(Str s, ptrdiff_t *at, const char *any)
{
    if (*at >= s.len || s.ptr[*at] == '\0' || strchr(any, s.ptr[*at]) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool read_day(Str s, ptrdiff_t *at, Date *out)
{
    int year, month, day;

    if (!read_digits(s, at, 4, &year) || !read_char(s, at, "-") || !read_digits(s, at, 2, &month) ||
        !read_char(s, at, "-") || !read_digits(s, at, 2, &day) || !date_is_valid(year, month, day))
        return false;
    *out = date_of(year, month, day);
    return true;
}

bool date_parse(Str s, Date *out)
{
    ptrdiff_t at = 0;
    Date day;

    if (!read_day(s, &at, &day) || at != s.len)
        return false;
    *out = day;
    return true;
}

bool instant_parse(Str s, Instant *out)
{
    ptrdiff_t at = 0;
    Date day;
    int hour, minute, second, zone = 0, zone_hour, zone_minute;
    int64_t fraction = 0;

    if (!read_day(s, &at, &day) || !read_char(s, &at, "Tt ") || !read_digits(s, &at, 2, &hour) ||
        !read_char(s, &at, ":") || !read_digits(s, &at, 2, &minute) || !read_char(s, &at, ":") ||
        !read_digits(s, &at, 2, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (read_char(s, &at, ".")) {
        int64_t unit = SECOND / 10;
        if (at >= s.len || s.ptr[at] < '0' || s.ptr[at] > '9')
            return false;
        for (; at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9'; at++, unit /= 10)
            fraction += (s.ptr[at] - '0') * unit;
    }
    if (!read_char(s, &at, "Zz")) {
        bool west = at < s.len && s.ptr[at] == '-';
        if (!read_char(s, &at, "+- ") || !read_digits(s, &at, 2, &zone_hour) || !read_char(s, &at, ":") ||
            !read_digits(s, &at, 2, &zone_minute) || zone_hour > 23 || zone_minute > 59)
            return false;
        zone = (zone_hour * 60 + zone_minute) * (west ? -1 : 1);
    }
    if (at != s.len)
        return false;
    *out = date_to_instant(day, hour * 60 + minute, zone) + second * SECOND + fraction;
    return true;
}

/* Two, three or four digits with leading zeros: this runs for every time in every list, where printf would show. */
static char *put_digits(char *at, unsigned n, int count)
{
    for (int i = count - 1; i >= 0; i--, n /= 10)
        at[i] = (char)('0' + n % 10);
    return at + count;
}

static char *put_date(char *at, Date day)
{
    at = put_digits(at, (unsigned)day / 10000, 4);
    *at++ = '-';
    at = put_digits(at, (unsigned)day / 100 % 100, 2);
    *at++ = '-';
    return put_digits(at, (unsigned)day % 100, 2);
}

/* The date of a day, remembered: the times of a list are of few days, and to reckon a date takes more than to copy it. */
static char *put_day(char *at, int64_t days)
{
    static _Thread_local struct {
        bool known;
        int64_t day;
        char text[10];
    } memory[32];
    uint64_t slot = (uint64_t)days % COUNT_OF(memory);

    if (!memory[slot].known || memory[slot].day != days) {
        (void)put_date(memory[slot].text, date_from_days(days)); /* ends where the text does */
        memory[slot].day = days;
        memory[slot].known = true;
    }
    memcpy(at, memory[slot].text, sizeof memory[slot].text);
    return at + sizeof memory[slot].text;
}

void buf_instant(Buf *buf, Instant at, int zone_min)
{
    int64_t local = at + zone_min * MINUTE, days = floor_div(local, DAY_US);
    unsigned ms = (unsigned)((local - days * DAY_US) / 1000);
    unsigned zone = (unsigned)(zone_min < 0 ? -zone_min : zone_min);
    char text[32], *end = put_day(text, days);

    *end++ = 'T';
    end = put_digits(end, ms / 3600000, 2);
    *end++ = ':';
    end = put_digits(end, ms / 60000 % 60, 2);
    *end++ = ':';
    end = put_digits(end, ms / 1000 % 60, 2);
    *end++ = '.';
    end = put_digits(end, ms % 1000, 3);
    *end++ = zone_min < 0 ? '-' : '+';
    end = put_digits(end, zone / 60, 2);
    *end++ = ':';
    end = put_digits(end, zone % 60, 2);
    buf_add(buf, (Str){text, end - text});
}

void buf_date(Buf *buf, Date day)
{
    char text[16], *end = put_date(text, day);
    buf_add(buf, (Str){text, end - text});
}
