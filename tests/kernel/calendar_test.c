/* calendar_test.c: working calendars on the State Council's holidays of 2024 to 2026. */
#include "kernel/calendar.h"
#include "kernel/holidays.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static Holiday holidays[512];
static uint64_t seed = 20260924;

static Calendar calendar_of(const char *name)
{
    Calendar calendar = {0};

    for (ptrdiff_t i = 0; i < kernel_holiday_count; i++)
        holidays[i] = (Holiday){kernel_holidays[i].day, kernel_holidays[i].off};
    assert_true(calendar_named(str_of(name), holidays, kernel_holiday_count, ZONE_CHINA, &calendar));
    assert_true(calendar_check(&calendar));
    return calendar;
}

static Instant at(const char *text)
{
    Arena *arena = arena_open(4096);
    Instant instant = 0;

    assert_true(instant_parse(str_format(arena, "%s+08:00", text), &instant));
    arena_close(arena);
    return instant;
}

static void expect_at(const char *what, Instant got, const char *wanted)
{
    if (got != at(wanted))
        fail_msg("%s: got %d %02d:%02d, wanted %s", what, instant_to_date(got, ZONE_CHINA),
                 instant_to_minute(got, ZONE_CHINA) / 60, instant_to_minute(got, ZONE_CHINA) % 60, wanted);
}

static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 20) % (uint64_t)n);
}

static void office_days_skip_holidays_and_count_make_up_days(void **state)
{
    static const struct {
        Date start;
        int days;
        Date due;
    } rows[] = {
        {20260924, 5, 20261009}, {20260924, 7, 20261012}, {20260213, 1, 20260214},  {20260213, 3, 20260225},
        {20260430, 2, 20260507}, {20250926, 1, 20250928}, {20250930, 3, 20251011},  {20240208, 1, 20240209},
        {20260102, 1, 20260104}, {20260924, 0, 20260924}, {20260924, -3, 20260924},
    };
    Calendar office = calendar_of("office"), work = calendar_of("work");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_int_equal(calendar_add_days(&office, rows[i].start, rows[i].days), rows[i].due);
    assert_int_equal(calendar_add_days(&work, 20260924, 7), 20261001);
}

static void office_minutes_run_in_office_hours_only(void **state)
{
    static const struct {
        const char *start;
        int minutes;
        const char *due;
    } rows[] = {
        {"2026-03-13T17:30:00", 60, "2026-03-16T09:00:00"},  {"2026-03-13T12:15:00", 30, "2026-03-13T14:00:00"},
        {"2026-09-24T17:00:00", 240, "2026-09-28T11:30:00"}, {"2026-02-14T09:00:00", 480, "2026-02-24T09:00:00"},
        {"2026-05-01T10:00:00", 30, "2026-05-06T09:00:00"},  {"2026-03-16T08:00:00", 240, "2026-03-16T14:00:00"},
        {"2026-03-16T08:30:00", 210, "2026-03-16T12:00:00"}, /* used up at noon: due at noon */
        {"2026-03-16T08:30:00", 480, "2026-03-16T18:00:00"}, {"2026-03-16T20:00:00", 0, "2026-03-16T20:00:00"},
        {"2026-03-16T20:00:00", -5, "2026-03-16T20:00:00"},  {"2026-03-16T20:00:00", 1, "2026-03-17T08:31:00"},
    };
    Calendar office = calendar_of("office");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        expect_at(rows[i].start, calendar_add(&office, at(rows[i].start), rows[i].minutes), rows[i].due);
}

static void the_desk_works_every_day_and_the_guard_always(void **state)
{
    Calendar work = calendar_of("work"), always = calendar_of("7x24");

    (void)state;
    expect_at("over night", calendar_add(&work, at("2026-10-01T17:00:00"), 120), "2026-10-02T09:30:00");
    expect_at("on Sunday", calendar_add(&work, at("2026-03-15T10:00:00"), 240), "2026-03-15T14:00:00");
    expect_at("round the clock", calendar_add(&always, at("2026-12-31T23:59:00"), 60), "2027-01-01T00:59:00");
    expect_at("a leap day", calendar_add(&always, at("2028-02-28T12:00:00"), 1440), "2028-02-29T12:00:00");
    assert_int_equal(calendar_add(&always, 7, 3), 7 + 3 * MINUTE);
}

static void open_and_closed_are_told_to_the_second(void **state)
{
    static const struct {
        const char *at;
        bool open;
        const char *next;
    } rows[] = {
        {"2026-03-16T08:29:59", false, "2026-03-16T08:30:00"},
        {"2026-03-16T08:30:00", true, "2026-03-16T08:30:00"},
        {"2026-03-16T11:59:59", true, "2026-03-16T11:59:59"},
        {"2026-03-16T12:00:00", false, "2026-03-16T13:30:00"},
        {"2026-03-16T18:00:00", false, "2026-03-17T08:30:00"},
        {"2026-03-14T09:00:00", false, "2026-03-16T08:30:00"}, /* Saturday */
        {"2026-02-14T09:00:00", true, "2026-02-14T09:00:00"},  /* a make-up Saturday */
        {"2026-02-14T18:00:00", false, "2026-02-24T08:30:00"},
    };
    Calendar office = calendar_of("office");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_int_equal(calendar_is_open(&office, at(rows[i].at)), rows[i].open);
        expect_at(rows[i].at, calendar_next_open(&office, at(rows[i].at)), rows[i].next);
    }
    expect_at("end of an office day", calendar_end_of_day(&office, 20260316), "2026-03-16T18:00:00");
    expect_at("end of a holiday", calendar_end_of_day(&office, 20261001), "2026-10-02T00:00:00");
}

static void a_calendar_that_never_opens_ends_in_ten_years(void **state)
{
    Calendar closed = calendar_of("office"), far = calendar_of("office");
    Instant start = at("2026-03-16T09:00:00");

    (void)state;
    assert_true(calendar_set_hours(&closed, STR("")));
    assert_false(calendar_is_open(&closed, start));
    assert_int_equal(calendar_add(&closed, start, 1), start + CALENDAR_NEVER);
    assert_int_equal(calendar_next_open(&closed, start), start + CALENDAR_NEVER);
    assert_int_equal(calendar_between(&closed, start, start + 30 * DAY_US), 0);

    assert_int_equal(calendar_add(&far, start, INT64_MAX), start + CALENDAR_NEVER);
    assert_int_equal(calendar_add(&far, start, INT64_MIN), start);
    assert_int_equal(calendar_add(&far, start, 2000000), start + CALENDAR_NEVER);
    assert_int_equal(calendar_add_days(&far, 20260316, INT64_MAX), date_add(20260316, CALENDAR_MAX_DAYS));
}

static void hours_are_read_strictly(void **state)
{
    static const char *const wrong[] = {
        "8:30-12:00",
        "08:30",
        "08:30-",
        "12:00-08:30",
        "08:30-08:30",
        "08:30-24:01",
        "08:60-09:00",
        "08:30-12:00,",
        "08:30-12:00,11:00-13:00",
        "13:00-14:00,08:30-12:00",
        "-1:30-12:00",
        "+8:30-12:00",
        "08:30-12:00;13:30-18:00",
        "01:00-02:00,02:00-03:00,03:00-04:00,04:00-05:00,05:00-06:00,06:00-07:00,07:00-08:00",
    };
    Calendar office = calendar_of("office");
    Calendar none;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        if (calendar_set_hours(&office, str_of(wrong[i])))
            fail_msg("\"%s\" is taken for hours", wrong[i]);
        assert_int_equal(office.hours_count, 2);
    }
    assert_true(calendar_set_hours(&office, STR(" 09:00-12:00, 14:00-24:00 ")));
    assert_int_equal(office.hours[0].from, 540);
    assert_int_equal(office.hours[1].to, 1440);
    assert_false(calendar_named(STR("weekend"), NULL, 0, ZONE_CHINA, &none));
    office.hours[1].from = 600;
    assert_false(calendar_check(&office));
}

/* Between and add are each other's inverse, from inside and outside the hours; both rise. */
static void adding_and_measuring_agree(void **state)
{
    static const char *const names[] = {"7x24", "work", "office"};
    Instant first = at("2023-11-01T00:00:00");

    (void)state;
    for (size_t c = 0; c < COUNT_OF(names); c++) {
        Calendar calendar = calendar_of(names[c]);

        for (int i = 0; i < 3000; i++) {
            Instant start = first + random_below(1300 * DAY_US);
            Instant later = start + random_below(20 * DAY_US);
            int64_t span = random_below(random_below(2) == 0 ? 2 * HOUR : 400 * HOUR);
            Instant due = calendar_add_us(&calendar, start, span);

            if (calendar_between(&calendar, start, due) != span || due < start + span ||
                calendar_between(&calendar, due, start) != -span)
                fail_msg("%s: %lld + %lld", names[c], (long long)start, (long long)span);
            if (span > 0 && calendar_between(&calendar, start, due - 1) != span - 1)
                fail_msg("%s: %lld + %lld is due later than it could", names[c], (long long)start, (long long)span);
            if (calendar_add_us(&calendar, later, span) < due || calendar_add_us(&calendar, start, span + 1) < due)
                fail_msg("%s: %lld + %lld does not rise", names[c], (long long)start, (long long)span);
            if (!calendar_is_open(&calendar, calendar_next_open(&calendar, start)) ||
                calendar_between(&calendar, start, calendar_next_open(&calendar, start)) != 0)
                fail_msg("%s: next opening after %lld", names[c], (long long)start);
        }
    }
}

/* Days counted one by one are the days that calendar_between reckons. */
static void spans_are_the_sum_of_their_days(void **state)
{
    Calendar office = calendar_of("office");
    int64_t open = 0;

    (void)state;
    for (Date day = 20231201; day < 20270301; day = date_add(day, 1)) {
        Instant midnight = date_to_instant(day, 0, ZONE_CHINA);
        assert_int_equal(calendar_between(&office, at("2023-12-01T00:00:00"), midnight), open);
        open += calendar_is_open_day(&office, day) ? 8 * HOUR : 0;
    }
}

static void the_holiday_table_is_whole(void **state)
{
    int statutory[3] = {0}, made_up[3] = {0};

    (void)state;
    for (ptrdiff_t i = 0; i < kernel_holiday_count; i++) {
        const HolidayRow *row = &kernel_holidays[i];
        int year = row->day / 10000 - 2024;

        assert_in_range(year, 0, 2);
        assert_true(date_is_valid(row->day / 10000, row->day / 100 % 100, row->day % 100));
        assert_true(i == 0 || kernel_holidays[i - 1].day < row->day);
        assert_true(row->zh[0] != '\0' && row->en[0] != '\0');
        assert_true(row->off || (!row->statutory && date_weekday(row->day) >= 5));
        statutory[year] += row->statutory;
        made_up[year] += !row->off;
    }
    assert_int_equal(statutory[0], 11); /* 全国年节及纪念日放假办法: 11 days, 13 since 2025 */
    assert_int_equal(statutory[1], 13);
    assert_int_equal(statutory[2], 13);
    assert_int_equal(made_up[0], 8);
    assert_int_equal(made_up[1], 5);
    assert_int_equal(made_up[2], 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(office_days_skip_holidays_and_count_make_up_days),
        cmocka_unit_test(office_minutes_run_in_office_hours_only),
        cmocka_unit_test(the_desk_works_every_day_and_the_guard_always),
        cmocka_unit_test(open_and_closed_are_told_to_the_second),
        cmocka_unit_test(a_calendar_that_never_opens_ends_in_ten_years),
        cmocka_unit_test(hours_are_read_strictly),
        cmocka_unit_test(adding_and_measuring_agree),
        cmocka_unit_test(spans_are_the_sum_of_their_days),
        cmocka_unit_test(the_holiday_table_is_whole),
    };
    return cmocka_run_group_tests_name("calendar", tests, NULL, NULL);
}
