/* judge.c: what a round is worth (rules §13): pure arithmetic over its points and scans. */
#include "modules/patrol/patrol_parts.h"

#include <stdlib.h>

#define FASTEST_M_PER_S 3 /* on foot */
#define TEXT_BYTES (1 << 16)

static int by_order(const void *a, const void *b)
{
    const Point *x = a, *y = b;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int by_time(const void *a, const void *b)
{
    const Scan *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->received_at < y->received_at ? -1 : x->received_at > y->received_at;
}

const Error *points_read(Cx *cx, Str text, Point **points, int *count)
{
    json_t *list, *one;
    size_t i;

    *points = new (cx->arena, Point, MAX_POINTS);
    *count = 0;
    if (text.len == 0)
        return OK;
    TRY(json_read(cx->arena, text, &list));
    json_array_foreach(list, i, one)
    {
        Point *point = &(*points)[*count];
        json_t *geo = json_object_get(one, "geo");
        Geo at;
        if (*count == MAX_POINTS || !str_to_id(json_str(json_object_get(one, "checkpoint")), &point->checkpoint))
            continue;
        point->order = json_integer_value(json_object_get(one, "order"));
        point->name = json_str(json_object_get(one, "name"));
        if (geo_read(geo, &at))
            point->geo = str_format(cx->arena, "{\"lat\":%.7f,\"lng\":%.7f}", at.lat, at.lng);
        (*count)++;
    }
    qsort(*points, (size_t)*count, sizeof **points, by_order);
    return OK;
}

const Error *scans_read(Cx *cx, Str text, Scan **scans, int *count)
{
    json_t *list, *one;
    size_t i;

    *scans = new (cx->arena, Scan, MAX_SCANS + 1);
    *count = 0;
    if (text.len == 0)
        return OK;
    TRY(json_read(cx->arena, text, &list));
    json_array_foreach(list, i, one)
    {
        Scan *scan = &(*scans)[*count];
        json_t *geo = json_object_get(one, "geo");
        Buf flags = buf_new(cx->arena, 1000);
        json_t *flag;
        size_t k;
        Geo at;
        if (*count == MAX_SCANS || !str_to_id(json_str(json_object_get(one, "checkpoint")), &scan->checkpoint) ||
            !instant_parse(json_str(json_object_get(one, "at")), &scan->at) || !instant_parse(json_str(json_object_get(one, "received_at")), &scan->received_at))
            continue;
        if (!str_to_id(json_str(json_object_get(one, "photo")), &scan->photo))
            scan->photo = 0;
        scan->method = json_string_value(json_object_get(one, "method"));
        scan->note = json_str(json_object_get(one, "note"));
        if (geo_read(geo, &at))
            scan->geo = str_format(cx->arena, "{\"lat\":%.7f,\"lng\":%.7f}", at.lat, at.lng);
        json_array_foreach(json_object_get(one, "flags"), k, flag)
            buf_format(&flags, "%s\"%s\"", k == 0 ? "[" : ",", json_string_value(flag));
        if (flags.len > 0)
            buf_char(&flags, ']');
        scan->flags = buf_str(&flags);
        (*count)++;
    }
    return OK;
}

Str scans_text(const Cx *cx, const Scan *scans, int count)
{
    Json json = json_new(cx->arena, 4 * TEXT_BYTES);

    json_open(&json, '[');
    for (int i = 0; i < count; i++) {
        json_open(&json, '{');
        JSON_ID(&json, "checkpoint", scans[i].checkpoint);
        JSON_KEY(&json, "at");
        json_instant(&json, scans[i].at, cx->zone_min);
        JSON_KEY(&json, "received_at");
        json_instant(&json, scans[i].received_at, cx->zone_min);
        JSON_C(&json, "method", scans[i].method);
        JSON_KEY(&json, "geo");
        json_raw(&json, scans[i].geo);
        JSON_ID(&json, "photo", scans[i].photo);
        JSON_TEXT(&json, "note", scans[i].note);
        JSON_KEY(&json, "flags");
        json_raw(&json, scans[i].flags.len == 0 ? STR("[]") : scans[i].flags);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    return buf_str(&json.buf);
}

static int point_at(const Point *points, int count, Id checkpoint)
{
    for (int i = 0; i < count; i++)
        if (points[i].checkpoint == checkpoint)
            return i;
    return -1;
}

static void add_word(const Cx *cx, Str *list, const char *word)
{
    if (!words_hold(*list, word))
        *list = words_with(cx->arena, *list, word);
}

static void add_words(const Cx *cx, Str *list, Str words)
{
    static const char *const known[] = {"far", "same_photo", "clock_off", "offline", "late", "by_lead"};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (words_hold(words, known[i]))
            add_word(cx, list, known[i]);
}

/* From one scan to the next, at different points. */
static void judge_step(const Cx *cx, const Point *points, int count, const Scan *from, const Scan *to, Str *flags)
{
    int a = point_at(points, count, from->checkpoint), b = point_at(points, count, to->checkpoint);
    Geo here, there;

    if (a == b || a < 0 || b < 0)
        return;
    if (from->at / SECOND == to->at / SECOND)
        add_word(cx, flags, "same_second");
    else if (geo_parse(cx->arena, points[a].geo, &here) && geo_parse(cx->arena, points[b].geo, &there) &&
             geo_metres(here, there) * SECOND > FASTEST_M_PER_S * (to->at - from->at))
        add_word(cx, flags, "too_fast");
}

static void tell_missed(const Cx *cx, const Point *points, int count, const bool *seen, Verdict *verdict)
{
    Buf missed = buf_new(cx->arena, TEXT_BYTES), names = buf_new(cx->arena, TEXT_BYTES);

    buf_char(&missed, '[');
    for (int i = 0; i < count; i++) {
        if (seen[i])
            continue;
        buf_format(&missed, "%s\"%lld\"", missed.len > 1 ? "," : "", (long long)points[i].checkpoint);
        buf_format(&names, "%s%.*s", names.len > 0 ? "、" : "", STR_ARG(points[i].name));
    }
    buf_char(&missed, ']');
    verdict->missed = buf_str(&missed);
    verdict->names = buf_str(&names);
}

Verdict round_judge(Cx *cx, const Point *points, int point_count, Scan *scans, int scan_count, bool order_fixed, Instant from, Instant to)
{
    Verdict verdict = {.planned = point_count};
    bool seen[MAX_POINTS] = {false};
    int last = -1;

    qsort(scans, (size_t)scan_count, sizeof *scans, by_time);
    for (int i = 0; i < scan_count; i++) {
        int at = point_at(points, point_count, scans[i].checkpoint);
        add_words(cx, &verdict.flags, scans[i].flags);
        if (i > 0)
            judge_step(cx, points, point_count, &scans[i - 1], &scans[i], &verdict.flags);
        if (at < 0) {
            add_word(cx, &verdict.flags, "off_route");
            continue;
        }
        if (seen[at])
            continue;
        if (order_fixed && at < last)
            add_word(cx, &verdict.flags, "out_of_order");
        last = at;
        seen[at] = true;
        verdict.done++;
        verdict.in_window += scans[i].at >= from && scans[i].at <= to;
    }
    tell_missed(cx, points, point_count, seen, &verdict);
    return verdict;
}

const char *round_state(const Verdict *verdict, int64_t percent)
{
    if (verdict->done == 0)
        return "missed";
    return (verdict->planned - verdict->done) * 100 > percent * verdict->planned ? "partial" : "complete";
}
