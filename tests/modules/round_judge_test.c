/* round_judge_test.c: what a round is worth (rules §13), and how far two places are apart. */
#include "modules/patrol/patrol_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MINUTES(n) ((Instant)(n) * MINUTE)

static Arena *arena;
static Cx cx;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_open(1 << 22);
    cx = (Cx){.arena = arena, .zone_min = ZONE_CHINA};
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_close(arena);
    return 0;
}

static void places_are_as_far_apart_as_on_the_map(void **state)
{
    static const struct {
        Geo a, b;
        int64_t metres;
    } rows[] = {
        {{31.23, 121.47}, {31.23, 121.47}, 0},
        {{31.23, 121.47}, {31.231, 121.47}, 111},            /* a thousandth of a degree north */
        {{31.23, 121.47}, {31.23, 121.471}, 95},             /* and east, at that latitude */
        {{39.9042, 116.4074}, {31.2304, 121.4737}, 1067311}, /* Beijing to Shanghai */
        {{0, 179.9995}, {0, -179.9995}, 111},                /* over the date line */
        {{90, 0}, {-90, 0}, 20015087},                       /* from pole to pole */
    };
    Geo geo;

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        assert_in_range(geo_metres(rows[i].a, rows[i].b), rows[i].metres - rows[i].metres / 1000, rows[i].metres + rows[i].metres / 1000);
    assert_true(geo_parse(arena, STR("{\"lat\":31,\"lng\":-121.5}"), &geo));
    assert_false(geo_parse(arena, STR("{\"lat\":90.1,\"lng\":0}"), &geo));
    assert_false(geo_parse(arena, STR("{\"lat\":\"31\",\"lng\":0}"), &geo));
    assert_false(geo_parse(arena, STR("{\"lng\":0}"), &geo));
    assert_false(geo_parse(arena, STR("31,121"), &geo));
}

/* `count` points in a row, 111 m apart. */
static Point *row_of(int count)
{
    Point *points = new (arena, Point, count);

    for (int i = 0; i < count; i++)
        points[i] = (Point){.checkpoint = 100 + i, .order = i + 1, .name = str_format(arena, "%d", i + 1), .geo = str_format(arena, "{\"lat\":%.3f,\"lng\":121.47}", 31.23 + i / 1000.0)};
    return points;
}

static void eleven_of_twelve_is_complete_with_a_remark(void **state)
{
    Point *points = row_of(12);
    Scan *scans = new (arena, Scan, MAX_SCANS);
    Verdict verdict;

    (void)state;
    for (int i = 0; i < 11; i++)
        scans[i] = (Scan){.checkpoint = 100 + i, .at = MINUTES(7 + i * 4), .method = "code"};
    verdict = round_judge(&cx, points, 12, scans, 11, true, MINUTES(-10), MINUTES(70));
    assert_int_equal(verdict.done, 11);
    assert_int_equal(verdict.in_window, 11);
    assert_true(str_is(verdict.missed, "[\"111\"]") && str_is(verdict.names, "12"));
    assert_int_equal(verdict.flags.len, 0);
    assert_string_equal(round_state(&verdict, 10), "complete");
    assert_string_equal(round_state(&verdict, 8), "partial");
}

static void any_order_of_arrival_is_judged_alike(void **state)
{
    Point *points = row_of(5);
    uint64_t seed = 20261130;

    (void)state;
    for (int turn = 0; turn < 200; turn++) {
        Scan *scans = new (arena, Scan, MAX_SCANS);
        Verdict verdict;
        for (int i = 0; i < 5; i++)
            scans[i] = (Scan){.checkpoint = 100 + i, .at = MINUTES(i * 3), .received_at = MINUTES(60), .method = "code"};
        for (int i = 4; i > 0; i--) {
            int k = (int)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 33) % (i + 1);
            Scan other = scans[i];
            scans[i] = scans[k];
            scans[k] = other;
        }
        verdict = round_judge(&cx, points, 5, scans, 5, true, 0, MINUTES(9));
        assert_int_equal(verdict.done, 5);
        assert_int_equal(verdict.in_window, 4); /* the fifth came at minute 12 */
        assert_int_equal(verdict.flags.len, 0);
        assert_int_equal(scans[0].checkpoint, 100);
    }
}

static void what_nobody_walks_is_flagged(void **state)
{
    static const struct {
        const char *what;
        Scan scans[3];
        int count;
        bool order_fixed;
        const char *flags; /* NULL: none */
    } rows[] = {
        {"111 m in 37 s is just a walk", {{.checkpoint = 100, .at = 0}, {.checkpoint = 101, .at = 37 * SECOND}}, 2, false, NULL},
        {"111 m in 36 s is a run", {{.checkpoint = 100, .at = 0}, {.checkpoint = 101, .at = 36 * SECOND}}, 2, false, "[\"too_fast\"]"},
        {"two points in a second", {{.checkpoint = 100, .at = SECOND}, {.checkpoint = 101, .at = SECOND + 1}}, 2, false, "[\"same_second\"]"},
        {"the same point twice in a second is one", {{.checkpoint = 100, .at = SECOND}, {.checkpoint = 100, .at = SECOND + 1}}, 2, false, NULL},
        {"backwards where the order is fixed", {{.checkpoint = 101, .at = 0}, {.checkpoint = 100, .at = MINUTES(5)}}, 2, true, "[\"out_of_order\"]"},
        {"backwards where it is free", {{.checkpoint = 101, .at = 0}, {.checkpoint = 100, .at = MINUTES(5)}}, 2, false, NULL},
        {"a point of another route", {{.checkpoint = 100, .at = 0}, {.checkpoint = 999, .at = SECOND}}, 2, false, "[\"off_route\"]"},
        {"each word once", {{.checkpoint = 100, .at = 0}, {.checkpoint = 101, .at = 2 * SECOND}, {.checkpoint = 102, .at = 4 * SECOND}}, 3, false, "[\"too_fast\"]"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Scan *scans = new (arena, Scan, MAX_SCANS);
        Verdict verdict;
        memcpy(scans, rows[i].scans, sizeof rows[i].scans);
        verdict = round_judge(&cx, row_of(3), 3, scans, rows[i].count, rows[i].order_fixed, 0, MINUTES(60));
        if (rows[i].flags == NULL ? verdict.flags.len > 0 : !str_is(verdict.flags, rows[i].flags))
            fail_msg("%s: %.*s", rows[i].what, STR_ARG(verdict.flags));
    }
}

static void scans_are_read_as_they_are_written(void **state)
{
    const Scan written[] = {{.checkpoint = 100, .photo = 7, .at = MINUTES(20), .received_at = MINUTES(90), .method = "code", .geo = STR("{\"lat\":31.2300000,\"lng\":121.4700000}"),
                             .note = STR("门没锁"), .flags = STR("[\"offline\",\"late\"]")},
                            {.checkpoint = 101, .at = MINUTES(25), .received_at = MINUTES(25), .method = "paper"}};
    Scan *read;
    int count;

    (void)state;
    assert_null(scans_read(&cx, scans_text(&cx, written, 2), &read, &count));
    assert_int_equal(count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(read[i].checkpoint, written[i].checkpoint);
        assert_int_equal(read[i].photo, written[i].photo);
        assert_int_equal(read[i].at, written[i].at);
        assert_int_equal(read[i].received_at, written[i].received_at);
        assert_string_equal(read[i].method, written[i].method);
        assert_true(str_eq(read[i].geo, written[i].geo) && str_eq(read[i].note, written[i].note) && str_eq(read[i].flags, written[i].flags));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(places_are_as_far_apart_as_on_the_map, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(eleven_of_twelve_is_complete_with_a_remark, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(any_order_of_arrival_is_judged_alike, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(what_nobody_walks_is_flagged, open_arena, close_arena),
        cmocka_unit_test_setup_teardown(scans_are_read_as_they_are_written, open_arena, close_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
