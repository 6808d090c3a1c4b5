/* route.c: 巡更路线, which points are passed, how often, within which time, and what proves it.
 *
 * A route with hours plans its rounds itself, a day ahead: every `interval_min` while it is within its hours (kernel/recur.h says which
 * moments that are), each earlier or later at random so that thieves cannot learn it (card P12). Like a plan it remembers until when it
 * has (`made_until`), and moves that mark in the transaction that adds the rounds: no stop, crash or second process makes one twice or
 * leaves one out; after a stop, those that nobody could walk are missed, and ring. When the route changes, what is still to come is
 * planned anew; what was walked, and what somebody planned by hand, stays. */
#include "kernel/calendar.h"
#include "kernel/keys.h"
#include "kernel/recur.h"
#include "kernel/checkpoint.h"
#include "modules/patrol/patrol_parts.h"

#define MINUTES_A_POINT 5 /* of the walk, where nobody has said how long it takes */
#define POINTS_BYTES (1 << 15)

static const Choice extras[] = {
    {"拍灭火器压力表", "拍灭火器压力表", "Photograph the extinguisher's gauge"}, {"拍消火栓箱门", "拍消火栓箱门", "Photograph the hydrant's door"},
    {"拍安全出口指示灯", "拍安全出口指示灯", "Photograph the exit sign"}, {"看配电箱门锁好没有，拍一张", "看配电箱门锁好没有，拍一张", "Photograph the lock of the switch box"}, {0},
};

static const Field fields[] = {
    {"name", "路线", "Route", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"points", "点位", "Points", T_OBJECT, .required = true},
    {"interval_min", "间隔（分）", "Every (minutes)", T_INT, .min = 5, .max = 10080, .required = true},
    {"window_min", "开始容差（分）", "May begin earlier or later by (minutes)", T_INT, .min = 1, .max = 720},
    {"duration_min", "走完约（分）", "Takes about (minutes)", T_INT, .min = 1, .max = 720},
    {"order_fixed", "须按顺序", "In this order", T_BOOL},
    {"hours", "巡查时段", "Walked at", T_TEXT, .max = 60},
    {"vary_min", "随机提前或推后（分）", "Varied at random by (minutes)", T_INT, .max = 60},
    {"proofs", "打点凭据", "Proof at each point", T_WORDS, .suggests = checkpoint_proofs},
    {"extras", "随机抽查", "Random extra looks", T_WORDS, .suggests = extras},
    {"post", "哪个岗位走", "Walked by the post", T_REF, .to = "posts", .indexed = true},
    {"active", "启用", "In use", T_BOOL},
    {"made_until", "轮次已排到", "Rounds are planned until", T_TIME, .read_only = true, .tallied = true},
};
#define AHEAD DAY_US
#define MOST_AT_ONCE 300
static const Sight sights[] = {{GUARDS | MANAGEMENT | R_QUALITY | R_DESK_LEAD | R_ENG_LEAD}};

/* Each point a live checkpoint of the project, named once. */
static const Error *check_points(Cx *cx, const Record *route, Problems *problems)
{
    json_t *list = NULL;
    Point *points;
    int count;
    bool fine = true;

    TRY(json_read(cx->arena, record_text(route, "points"), &list));
    TRY(points_read(cx, record_text(route, "points"), &points, &count));
    fine = json_is_array(list) && count > 0 && (size_t)count == json_array_size(list);
    for (int i = 0; i < count && fine; i++) {
        const Record *checkpoint;
        TRY(record_look(cx, kernel_type(cx->kernel, &checkpoint_type), value_int(points[i].checkpoint), true, &checkpoint));
        fine = checkpoint != NULL && checkpoint->project == route->project;
        for (int k = 0; k < i; k++)
            fine = fine && points[k].checkpoint != points[i].checkpoint;
    }
    if (!fine)
        problems_add(problems, STR("points"), "format", STR("应为本项目的点位，每个一次，最多 60 个：[{\"checkpoint\":\"12\",\"order\":1}]"),
                     STR("must be checkpoints of this project, each once, at most 60: [{\"checkpoint\":\"12\",\"order\":1}]"));
    return OK;
}

static const Error *check(Cx *cx, Record *route, Problems *problems)
{
    Calendar calendar;

    if (!record_is_null(route, "points"))
        TRY(check_points(cx, route, problems));
    if (!record_is_null(route, "hours") &&
        (!calendar_named(STR("7x24"), NULL, 0, cx->zone_min, &calendar) || !calendar_set_hours(&calendar, record_text(route, "hours"))))
        problems_add(problems, STR("hours"), "format", STR("时段写成 00:00-06:00,22:00-24:00"), STR("hours are written 00:00-06:00,22:00-24:00"));
    if (!record_is_null(route, "interval_min") && record_int(route, "window_min") > record_int(route, "interval_min"))
        problems_add(problems, STR("window_min"), "out_of_range", STR("不能超过间隔：一轮会落到下一轮里"), STR("must not be more than the interval: a round would run into the next"));
    checkpoint_check_proofs(route, "proofs", problems);
    return OK;
}

static const Error *prepare(Cx *cx, Record *route, Problems *problems)
{
    int64_t window, interval = record_int(route, "interval_min");
    Point *points;
    int count;

    TRY(rule_value(cx, "patrol.window_minutes", &window));
    if (record_is_null(route, "window_min"))
        record_set_int(route, "window_min", window < interval || interval == 0 ? window : interval);
    if (record_is_null(route, "active"))
        record_set_int(route, "active", 1);
    record_set_int(route, "made_until", cx->now);
    TRY(check(cx, route, problems));
    TRY(points_read(cx, problems->count > 0 ? STR_NONE : record_text(route, "points"), &points, &count));
    if (record_is_null(route, "duration_min"))
        record_set_int(route, "duration_min", count == 0 ? MINUTES_A_POINT : MINUTES_A_POINT * count);
    return OK;
}

const Error *points_of_route(Cx *cx, const Record *route, Str *out)
{
    Json json = json_new(cx->arena, POINTS_BYTES);
    Point *points;
    int count;

    TRY(points_read(cx, record_text(route, "points"), &points, &count));
    json_open(&json, '[');
    for (int i = 0; i < count; i++) {
        const Record *checkpoint;
        TRY(record_look(cx, kernel_type(cx->kernel, &checkpoint_type), value_int(points[i].checkpoint), false, &checkpoint));
        if (checkpoint == NULL || checkpoint->archived_at != 0)
            continue; /* pulled down: the rounds planned from now on do without it */
        json_open(&json, '{');
        JSON_ID(&json, "checkpoint", checkpoint->id);
        JSON_INT(&json, "order", points[i].order);
        JSON_TEXT(&json, "name", record_text(checkpoint, "name"));
        JSON_TEXT(&json, "hint", record_text(checkpoint, "hint"));
        JSON_C(&json, "kind", str_to_c(cx->arena, record_text(checkpoint, "kind")));
        JSON_KEY(&json, "geo");
        json_raw(&json, record_text(checkpoint, "geo"));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    *out = buf_str(&json.buf);
    return OK;
}

/* ---- The rounds that it names ---- */

/* Every so many minutes, from the midnight before the route was made. */
static const Error *moments_of(Cx *cx, const Record *route, Instant from, Instant before, Moments *out)
{
    Recur recur = {.rrule = str_format(cx->arena, "FREQ=MINUTELY;INTERVAL=%lld", (long long)record_int(route, "interval_min")),
                   .start = date_to_instant(instant_to_date(route->created_at, cx->zone_min), 0, cx->zone_min)};

    if (!calendar_named(STR("7x24"), cx->kernel->holidays, cx->kernel->holiday_count, cx->zone_min, &recur.calendar))
        return OK; /* it is one of the three */
    return recur_moments(cx->arena, &recur, from, before, MOST_AT_ONCE, out);
}

/* Up to `vary_min` earlier or later: from the route, the moment and the installation's key, so that it is the same whenever it is asked. */
static Instant varied(Cx *cx, const Record *route, Instant at)
{
    int64_t most = record_int(route, "vary_min");
    Str dice = keyed_hash(cx->arena, cx->kernel->secrets->seal, str_format(cx->arena, "round %lld %lld", (long long)route->id, (long long)at));

    return at + ((int64_t)(str_hash(dice) % (uint64_t)(2 * most + 1)) - most) * MINUTE;
}

static const Error *set_mark(Cx *cx, Record *route, Instant until)
{
    static const char MARK[] = "UPDATE route SET made_until = :until WHERE org_id = :org AND id = :id";

    record_set_int(route, "made_until", until);
    return sql_run(cx, MARK, IN(in_int("until", until), in_int("id", route->id)));
}

static const Error *yield(Cx *cx, Record *route)
{
    Instant until = cx->now + AHEAD;
    Moments moments = {0};
    Calendar hours;

    if (record_int(route, "active") == 0 || record_is_null(route, "hours") || !calendar_named(STR("7x24"), NULL, 0, cx->zone_min, &hours) ||
        !calendar_set_hours(&hours, record_text(route, "hours")))
        return set_mark(cx, route, until);
    TRY(moments_of(cx, route, record_int(route, "made_until"), until, &moments));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        if (calendar_is_open(&hours, moments.at[i]))
            TRY(round_add(cx, route, varied(cx, route, moments.at[i])));
    return set_mark(cx, route, moments.more ? moments.at[moments.count - 1] + 1 : until);
}

/* What it had planned and nobody has begun makes room for what it names now. */
static const Error *changed(Cx *cx, Record *route, Problems *problems)
{
    static const char COMING[] = "SELECT id FROM round WHERE org_id = :org AND route_id = :route AND state = 'planned' AND planned_start > :now AND yielded = 1"
                                 " AND archived_at IS NULL ORDER BY planned_start LIMIT 300"; /* round_by_route_id_planned_start_part */
    const RecordMeta *rounds = kernel_type(cx->kernel, &round_type);
    Ids ids = {0};
    Record *round;

    TRY(check(cx, route, problems));
    if (problems->count > 0)
        return OK;
    TRY(sql_ids(cx, COMING, IN(in_int("route", route->id)), &ids));
    for (int i = 0; i < ids.count; i++) {
        TRY(record_load(cx, rounds, ids.list[i], &round));
        TRY(process_put_away(cx, round));
    }
    record_set_int(route, "made_until", cx->now); /* within a minute it plans again, with what is saved now */
    return OK;
}

const Error *route_yield_all(Cx *cx, int max, int *count)
{
    static const char LACKING[] = "SELECT id FROM route WHERE org_id = :org AND made_until < :soon AND archived_at IS NULL ORDER BY made_until LIMIT 300"; /* route_by_made_until */
    const RecordMeta *meta = kernel_type(cx->kernel, &route_type);
    Ids ids = {0};
    Record *route;

    TRY(sql_ids(cx, LACKING, IN(in_int("soon", cx->now + AHEAD - HOUR)), &ids));
    for (*count = 0; *count < ids.count && *count < max; (*count)++) {
        TRY(record_load(cx, meta, ids.list[*count], &route));
        TRY(yield(cx, route));
    }
    return OK;
}

static const Index indexes[] = {{"made_until"}, {0}};
const RecordType route_type = {
    .resource = "routes", .name = "route", .zh = "巡更路线", .en = "Patrol route", .fields = LIST(fields), .sights = LIST(sights), .create_by = GUARD_LEADS | R_ENG_LEAD,
    .write_by = GUARD_LEADS | R_ENG_LEAD, .label = "name", .in_project = true, .prepare = prepare, .changed = changed, .indexes = indexes,
};
