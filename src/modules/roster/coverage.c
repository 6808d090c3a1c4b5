/* coverage.c: 在岗覆盖: which minutes a post is manned by fewer than it must be, and the alarm of it. */
#include "kernel/alarm.h"
#include "kernel/calendar.h"
#include "modules/roster/roster_parts.h"

#define MAX_POSTS 500

typedef struct {
    Id id;
    Str name, kind, hours;
    int64_t need;
    int64_t *people; /* for each minute from `from` on: how many more, or fewer, than the minute before */
} Manned;

typedef struct {
    Manned *posts;
    int count;
    Instant from, to;
    int64_t minutes;
    Id project;
    bool drafts;
} Coverage;

/* A stretch of minutes in which a post has too few. */
typedef struct {
    Instant from, to;
    int64_t have;
} Hole;
typedef void HoleFn(void *self, const Hole *hole);

static const Error *add_post(Cx *cx, const Row *row, void *self)
{
    Coverage *coverage = self;

    if (coverage->count < MAX_POSTS)
        coverage->posts[coverage->count++] =
            (Manned){row_int(row, 0), str_copy(cx->arena, row_text(row, 1)), str_copy(cx->arena, row_text(row, 2)), str_copy(cx->arena, row_text(row, 3)),
                     row_int(row, 4), new (cx->arena, int64_t, coverage->minutes + 1)};
    return OK;
}

static int64_t minute_in(const Coverage *coverage, Instant at)
{
    int64_t minute = at <= coverage->from ? 0 : (at - coverage->from) / MINUTE;

    return minute < coverage->minutes ? minute : coverage->minutes;
}

/* Lines come by post, as the posts do. */
static const Error *add_line(Cx *cx, const Row *row, void *self)
{
    Coverage *coverage = self;

    (void)cx;
    for (int i = 0; i < coverage->count; i++) {
        Manned *post = &coverage->posts[i];
        if (post->id != row_int(row, 0))
            continue;
        post->people[minute_in(coverage, row_int(row, 1))]++;
        post->people[minute_in(coverage, row_int(row, 2))]--;
    }
    return OK;
}

static const Error *read_coverage(Cx *cx, Coverage *coverage)
{
    static const char POSTS[] = "SELECT id, name, kind, hours, min_persons FROM post WHERE org_id = :org AND (project_id = :project OR :project = 0)"
                                " AND archived_at IS NULL ORDER BY id LIMIT 500"; /* post_by_id: a company has few */
    static const char LINES[] = /* roster_by_starts_at; a shift lasts a day at most */
        "SELECT post_id, starts_at, ends_at FROM roster WHERE org_id = :org AND (project_id = :project OR :project = 0) AND starts_at < :to AND starts_at > :from - 172800000000"
        " AND ends_at > :from AND (" SQL_MANS " OR (:drafts = 1 AND state = 'draft')) AND archived_at IS NULL";

    coverage->minutes = (coverage->to - coverage->from) / MINUTE;
    coverage->posts = new (cx->arena, Manned, MAX_POSTS);
    TRY(sql_each(cx, POSTS, IN(in_int("project", coverage->project)), add_post, coverage));
    return sql_each(cx, LINES, IN(in_int("project", coverage->project), in_int("from", coverage->from), in_int("to", coverage->to), in_int("drafts", coverage->drafts)),
                    add_line, coverage);
}

/* Walks the minutes of one post; *required is how many it must be manned. */
static void find_holes(const Cx *cx, const Coverage *coverage, const Manned *post, int64_t *required, HoleFn *fn, void *self)
{
    Calendar calendar;
    Hole hole = {0};
    int64_t have = 0;
    bool known = calendar_named(STR("7x24"), NULL, 0, cx->zone_min, &calendar) && calendar_set_hours(&calendar, post->hours);

    *required = 0;
    for (int64_t m = 0; m < coverage->minutes; m++) {
        Instant at = coverage->from + m * MINUTE;
        bool needed = known && calendar_is_open(&calendar, at), is_hole;
        have += post->people[m];
        *required += needed;
        is_hole = needed && have < post->need;
        if (hole.from != 0 && (!is_hole || have != hole.have)) {
            hole.to = at;
            fn(self, &hole);
            hole = (Hole){0};
        }
        if (is_hole && hole.from == 0)
            hole = (Hole){.from = at, .have = have};
    }
    if (hole.from != 0) {
        hole.to = coverage->to;
        fn(self, &hole);
    }
}

typedef struct {
    Json *json;
    const Cx *cx;
    const Manned *post;
    int64_t uncovered;
} Telling;

static void tell_hole(void *self, const Hole *hole)
{
    Telling *telling = self;
    Json *json = telling->json;

    telling->uncovered += (hole->to - hole->from) / MINUTE;
    json_open(json, '{');
    JSON_KEY(json, "from");
    json_instant(json, hole->from, telling->cx->zone_min);
    JSON_KEY(json, "to");
    json_instant(json, hole->to, telling->cx->zone_min);
    JSON_INT(json, "have", hole->have);
    JSON_INT(json, "need", telling->post->need);
    json_close(json, '}');
}

const Error *roster_coverage_json(Cx *cx, Id project, Date from, Date to, bool drafts, Json *json)
{
    Coverage coverage = {.from = date_to_instant(from, 0, cx->zone_min), .to = date_to_instant(date_add(to, 1), 0, cx->zone_min), .project = project, .drafts = drafts};
    int64_t all = 0;

    TRY(read_coverage(cx, &coverage));
    json_open(json, '{');
    JSON_KEY(json, "from");
    json_date(json, from);
    JSON_KEY(json, "to");
    json_date(json, to);
    JSON_KEY(json, "posts");
    json_open(json, '[');
    for (int i = 0; i < coverage.count; i++) {
        Telling telling = {json, cx, &coverage.posts[i], 0};
        int64_t required;
        json_open(json, '{');
        JSON_ID(json, "post", telling.post->id);
        JSON_TEXT(json, "name", telling.post->name);
        JSON_TEXT(json, "kind", telling.post->kind);
        JSON_INT(json, "min_persons", telling.post->need);
        JSON_KEY(json, "holes");
        json_open(json, '[');
        find_holes(cx, &coverage, telling.post, &required, tell_hole, &telling);
        json_close(json, ']');
        JSON_INT(json, "required_min", required);
        JSON_INT(json, "uncovered_min", telling.uncovered);
        json_close(json, '}');
        all += telling.uncovered;
    }
    json_close(json, ']');
    JSON_INT(json, "uncovered_min", all);
    json_close(json, '}');
    return OK;
}

static void take_first(void *self, const Hole *hole)
{
    Hole *first = self;

    if (first->from == 0)
        *first = *hole;
}

static const Error *watch_post(Cx *cx, const Coverage *coverage, const Manned *post)
{
    Hole hole = {0};
    int64_t required;
    Record *record;
    Date day;
    int minute;

    find_holes(cx, coverage, post, &required, take_first, &hole);
    if (hole.from == 0)
        return alarm_settle(cx, "post_uncovered", post->id, STR("已排上人"));
    day = instant_to_date(hole.from, cx->zone_min);
    minute = instant_to_minute(hole.from, cx->zone_min);
    TRY(record_load(cx, kernel_type(cx->kernel, &post_type), post->id, &record));
    return alarm_raise(cx, &(Alarm){"post_uncovered", record,
                                    str_format(cx->arena, "%.*s 缺岗：%d月%d日 %02d:%02d 起少 %d 人", STR_ARG(post->name), day / 100 % 100, day % 100, minute / 60,
                                               minute % 60, (int)(post->need - hole.have)),
                                    str_format(cx->arena, "%.*s uncovered: %d short from %02d-%02d %02d:%02d", STR_ARG(post->name), (int)(post->need - hole.have),
                                               day / 100 % 100, day % 100, minute / 60, minute % 60),
                                    cx->now});
}

/* Where a roster is kept at all: a project whose posts have never been rostered is not told every day. */
const Error *coverage_watch(Cx *cx, int max, int *count)
{
    static const char ROSTERED[] = "SELECT p.id FROM project p WHERE p.org_id = :org AND p.archived_at IS NULL AND EXISTS (SELECT 1 FROM roster r WHERE r.org_id = p.org_id"
                                   " AND r.project_id = p.id AND r.starts_at > :now - 2678400000000 AND r." SQL_MANS ") ORDER BY p.id LIMIT 1000"; /* roster_by_project_id_starts_at */
    Ids projects = {0};
    int64_t hours;

    (void)max;
    *count = 0; /* all of them, each time */
    TRY(rule_value(cx, "roster.hole_hours", &hours));
    TRY(sql_ids(cx, ROSTERED, NOTHING, &projects));
    for (int p = 0; p < projects.count && hours > 0; p++) {
        Instant now = cx->now - cx->now % MINUTE;
        Coverage coverage = {.from = now, .to = now + hours * HOUR, .project = projects.list[p]};
        TRY(read_coverage(cx, &coverage));
        for (int i = 0; i < coverage.count; i++)
            TRY(watch_post(cx, &coverage, &coverage.posts[i]));
    }
    return OK;
}
