/* round.c: 巡更轮次, one walk along a route (card P12; rules §13).
 *
 *     planned --start/scan--> started --finish, or its time is over--> complete | partial
 *        |  `--(nothing scanned until the window's end)--> missed --start/scan (offline, late)--^
 *        '--excuse (typhoon: by the lead, never "done")--> excused
 *
 * A round keeps its route's points as they were when it was planned. Scans are judged by the device's time and marked when that is
 * hard to believe (judge.c). What a phone without network tells hours later corrects the round and takes its alarm back; the log has
 * all of it. */
#include "kernel/alarm.h"
#include "kernel/checkpoint.h"
#include "kernel/clock.h"
#include "kernel/keys.h"
#include "modules/patrol/patrol_parts.h"
#include "modules/roster/roster.h"

#define AGAIN_WITHIN (2 * MINUTE)
#define CLOCK_OFF (5 * MINUTE)
#define MAX_PHOTOS 60
#define RINGS_FOR DAY_US

static const State states[] = {
    {"planned", "待巡", "Planned"},
    {"started", "巡更中", "Under way"},
    {"complete", "完成", "Complete", .ended = true},
    {"partial", "缺点", "Partial", .ended = true},
    {"missed", "漏巡", "Missed", .ended = true},
    {"excused", "免巡", "Excused", .ended = true},
};
static const Choice flag_words[] = {
    {"late_start", "开始晚了", "Started late"}, {"too_fast", "走得太快", "Too fast"}, {"same_second", "同一秒两点", "Two points in a second"},
    {"out_of_order", "没按顺序", "Out of order"}, {"off_route", "不在路线上", "Off the route"}, {"far", "定位不在点上", "Not at the point"},
    {"same_photo", "照片重复", "Photo used before"}, {"clock_off", "手机时钟不准", "Phone's clock off"}, {"offline", "离线补传", "Sent later"},
    {"late", "超时打点", "Scanned late"}, {"by_lead", "队长补录", "Entered by the lead"}, {0},
};

#define UNTIL_OVER NAMES("planned", "started")

static const Field fields[] = {
    {"route", "路线", "Route", T_REF, .to = "routes", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"planned_start", "计划开始", "Planned start", T_TIME, .required = true, .edit_in = NAMES("planned")},
    {"person", "巡更员", "Guard", T_REF, .to = "users", .edit_in = UNTIL_OVER},
    {"title", "轮次", "Round", T_TEXT, .max = 120, .read_only = true, .searched = true},
    {"day", "班次日期", "Day of the shift", T_DATE, .read_only = true}, /* over midnight: the day that the shift began on */
    {"counts_at", "统计日", "Counted on", T_TIME, .internal = true},
    {"window_from", "最早开始", "From", T_TIME, .read_only = true},
    {"window_to", "最晚开始", "Begin until", T_TIME, .read_only = true},
    {"finish_by", "应走完", "Finish by", T_TIME, .read_only = true},
    {"scan_until", "最晚补点", "Scans until", T_TIME, .internal = true},
    {"yielded", "按路线排定", "Planned by its route", T_BOOL, .internal = true},
    {"order_fixed", "须按顺序", "In order", T_BOOL, .read_only = true},
    {"proofs", "打点凭据", "Proof at each point", T_WORDS, .read_only = true, .suggests = checkpoint_proofs},
    {"points", "点位", "Points", T_OBJECT, .read_only = true},
    {"extra", "随机抽查", "Random extra look", T_OBJECT, .virtual = true, .read_only = true},
    {"look", "随机抽查内容", "The extra look", T_OBJECT, .internal = true},
    {"started_at", "开始", "Started", T_TIME, .read_only = true},
    {"finished_at", "结束", "Finished", T_TIME, .read_only = true},
    {"scans", "打点", "Scans", T_OBJECT, .read_only = true},
    {"photos", "照片", "Photos", T_PHOTOS, .max = MAX_PHOTOS, .read_only = true},
    {"points_planned", "应打点", "Points planned", T_INT, .read_only = true},
    {"points_done", "已打点", "Points done", T_INT, .read_only = true},
    {"points_in_window", "按时打点", "Points in time", T_INT, .read_only = true},
    {"missed", "漏点", "Missed", T_OBJECT, .read_only = true},
    {"flags", "存疑", "Flags", T_WORDS, .read_only = true, .suggests = flag_words},
    {"explanations", "漏点说明", "Explanations", T_OBJECT, .read_only = true},
    {"reason", "免巡原因", "Why excused", T_LINES, .max = 500, .read_only = true},
};

static const Field start_asks[] = {{"geo", "位置", "Place", T_PLACE}};
static const Field scan_asks[] = {
    {"checkpoint", "点位", "Checkpoint", T_REF, .to = "checkpoints", .required = true},
    {"code", "码", "Code", T_SECRET, .max = 200}, /* so typed, it stays out of the log: who reads that could tell it to others */
    {"geo", "位置", "Place", T_PLACE},
    {"photo", "照片", "Photo", T_SIGN},
    {"note", "备注", "Note", T_TEXT, .max = 200},
};
static const Field enter_asks[] = {
    {"checkpoint", "点位", "Checkpoint", T_REF, .to = "checkpoints", .required = true},
    {"at", "打点时间", "At", T_TIME, .required = true},
    {"note", "依据", "On what grounds", T_TEXT, .max = 200, .required = true},
};
static const Field explain_asks[] = {
    {"reasons", "各点原因", "Reason for each point", T_OBJECT},
    {"reason", "同一原因", "One reason for all", T_LINES, .max = 500},
};
static const Field excuse_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};

static const Sight sights[] = {{GUARDS | MANAGEMENT | R_QUALITY | R_DESK_LEAD | R_ENG_LEAD}, {STAFF, "t.person_id = :me", .any_project = true}};
#define SQL_ROUND_OVER "t.state IN ('complete', 'partial', 'missed')"
static const Filter filters[] = {
    {"mine", T_BOOL, .sql = SQL_FLAG("t.person_id = :me", "mine")},
    {"for_me", T_BOOL, .sql = SQL_FLAG("t.person_id = :me OR t.person_id IS NULL", "for_me")},
    {"over", T_BOOL, .sql = SQL_FLAG(SQL_ROUND_OVER, "over")},
    {"suspicious", T_BOOL, .sql = SQL_FLAG("t.flags IS NOT NULL", "suspicious")},
    {"unexplained", T_BOOL, .sql = SQL_FLAG(SQL_ROUND_OVER " AND t.points_done < t.points_planned AND t.explanations IS NULL", "unexplained")},
    {"counted_from", T_TIME, .sql = "t.counts_at >= :f_counted_from"},
    {"counted_before", T_TIME, .sql = "t.counts_at < :f_counted_before"},
};
static const Index indexes[] = {
    {"planned_start"}, {"project_id, planned_start"}, {"person_id, planned_start"}, {"counts_at"}, {"window_to", .where = "state = 'planned'"},
    {"finish_by", .where = "state = 'started'"}, {0},
};

/* ---- Planned ---- */

static void set_windows(Record *round, const Record *route)
{
    Instant planned = record_int(round, "planned_start");
    Instant window = record_int(route, "window_min") * MINUTE, walk = record_int(route, "duration_min") * MINUTE, next = planned + record_int(route, "interval_min") * MINUTE;

    record_set_int(round, "window_from", planned - window);
    record_set_int(round, "window_to", planned + window);
    record_set_int(round, "finish_by", planned + window + walk);
    record_set_int(round, "scan_until", planned + window + walk > next ? planned + window + walk : next); /* then the next round begins */
}

/* The shift's day, by the person's roster; by the calendar where there is none. */
static const Error *set_day(Cx *cx, Record *round)
{
    Date day = instant_to_date(record_int(round, "planned_start"), cx->zone_min);
    Id line;

    if (!record_is_null(round, "person"))
        TRY(roster_on_duty(cx, record_int(round, "person"), record_int(round, "planned_start"), &line, &day));
    record_set_int(round, "day", day);
    record_set_int(round, "counts_at", date_to_instant(day, 12 * 60, cx->zone_min));
    return OK;
}

static const Error *set_title(const Cx *cx, Record *round, const Record *route)
{
    int minute = instant_to_minute(record_int(round, "planned_start"), cx->zone_min);

    record_set_text(round, "title", str_format(cx->arena, "%.*s %02d:%02d", STR_ARG(record_text(route, "name")), minute / 60, minute % 60));
    return OK;
}

static const Error *judge(Cx *cx, Record *round, Verdict *verdict);

static const Error *prepare(Cx *cx, Record *round, Problems *problems)
{
    const Record *route;
    Verdict verdict;
    Id person = 0;
    Str points;

    if (record_is_null(round, "route") || record_is_null(round, "planned_start"))
        return OK; /* told as missing */
    TRY(record_look(cx, kernel_type(cx->kernel, &route_type), value_int(record_int(round, "route")), true, &route));
    if (route == NULL)
        return OK;
    if (record_is_null(round, "person") && !record_is_null(route, "post"))
        TRY(roster_for(cx, record_int(route, "post"), record_int(round, "planned_start"), &person));
    if (person != 0)
        record_set_int(round, "person", person);
    TRY(points_of_route(cx, route, &points));
    if (points.len <= 2)
        problems_add(problems, STR("route"), "reference", STR("这条路线没有点位"), STR("this route has no points"));
    record_set_text(round, "points", points);
    record_set_text(round, "missed", STR("[]")); /* until it is over */
    record_set_int(round, "order_fixed", record_int(route, "order_fixed"));
    record_set(round, "proofs", record_is_null(route, "proofs") ? VALUE_NULL : value_text(record_text(route, "proofs")));
    set_windows(round, route);
    TRY(set_title(cx, round, route));
    TRY(set_day(cx, round));
    return judge(cx, round, &verdict);
}

const Error *round_add(Cx *cx, const Record *route, Instant planned)
{
    Problems problems = problems_new(cx->arena);
    Record *round = record_new(cx, kernel_type(cx->kernel, &round_type));

    round->project = route->project;
    record_set_int(round, "route", route->id);
    record_set_int(round, "planned_start", planned);
    record_set_int(round, "yielded", 1);
    TRY(prepare(cx, round, &problems));
    return problems.count > 0 ? OK : process_insert(cx, round); /* all its checkpoints are gone: nothing to walk */
}

static const Error *changed(Cx *cx, Record *round, Problems *problems)
{
    const Record *route;

    if (problems->count > 0 || (!record_changed(round, "planned_start") && !record_changed(round, "person")))
        return OK;
    TRY(record_look(cx, kernel_type(cx->kernel, &route_type), value_int(record_int(round, "route")), false, &route));
    if (route != NULL && record_changed(round, "planned_start")) {
        set_windows(round, route);
        TRY(set_title(cx, round, route));
    }
    return set_day(cx, round);
}

/* ---- Judged ---- */

/* What the scans are worth now, into the record's fields. */
static const Error *judge_scans(Cx *cx, Record *round, Scan *scans, int count, Verdict *verdict)
{
    Point *points;
    int point_count;

    TRY(points_read(cx, record_text(round, "points"), &points, &point_count));
    *verdict = round_judge(cx, points, point_count, scans, count, record_int(round, "order_fixed") != 0, record_int(round, "window_from"), record_int(round, "finish_by"));
    if (record_int(round, "started_at") > record_int(round, "window_to"))
        verdict->flags = words_with(cx->arena, verdict->flags, "late_start");
    record_set_int(round, "points_planned", verdict->planned);
    record_set_int(round, "points_done", verdict->done);
    record_set_int(round, "points_in_window", verdict->in_window);
    record_set(round, "flags", verdict->flags.len == 0 ? VALUE_NULL : value_text(verdict->flags));
    return OK;
}

static const Error *judge(Cx *cx, Record *round, Verdict *verdict)
{
    Scan *scans;
    int count;

    TRY(scans_read(cx, record_text(round, "scans"), &scans, &count));
    return judge_scans(cx, round, scans, count, verdict);
}

/* The alarms that a round which is over means, no others; none of what was missed while the program stood still for days. */
static const Error *ring(Cx *cx, const Record *round, const Verdict *verdict)
{
    Str title = record_text(round, "title");
    Instant until = record_int(round, "finish_by");

    if (verdict->done == 0 && cx->now - until > RINGS_FOR)
        return OK;
    if (verdict->done == 0)
        return alarm_raise(cx, &(Alarm){"round_missed", round, str_format(cx->arena, "漏巡：%.*s", STR_ARG(title)),
                                        str_format(cx->arena, "Round missed: %.*s", STR_ARG(title)), record_int(round, "window_to")});
    TRY(alarm_settle(cx, "round_missed", round->id, STR("已补打点")));
    if (verdict->done == verdict->planned)
        return alarm_settle(cx, "point_missed", round->id, STR("漏点已补"));
    return alarm_raise(cx, &(Alarm){"point_missed", round, str_format(cx->arena, "漏点 %.*s：%.*s", STR_ARG(verdict->names), STR_ARG(title)),
                                    str_format(cx->arena, "Point missed, %.*s: %.*s", STR_ARG(verdict->names), STR_ARG(title)), until < cx->now ? until : cx->now});
}

/* The round is over: its state by what was scanned. */
static const Error *close_round(Cx *cx, Record *round)
{
    Verdict verdict;
    int64_t percent;

    TRY(judge(cx, round, &verdict));
    record_set_text(round, "missed", verdict.missed);
    TRY(rule_value(cx, "patrol.partial_percent", &percent));
    round->state = meta_state(round->meta, str_of(round_state(&verdict, percent)));
    return ring(cx, round, &verdict);
}

/* ---- Walked ---- */

static bool may_walk(const Cx *cx, const Record *round)
{
    return record_is_null(round, "person") || access_may(cx, round, BY_OWNER | GUARD_LEADS);
}

/* One point at which more is to be looked at than its code: nobody knows it before the round begins, so that a photographed code
 * is not enough. It follows from the round and the installation's key. */
static const Error *choose_extra(Cx *cx, Record *round)
{
    const Record *route;
    json_t *asks = NULL;
    Json json = json_new(cx->arena, 4000);
    Point *points;
    Str dice;
    int count;
    uint64_t n;

    TRY(record_look(cx, kernel_type(cx->kernel, &route_type), value_int(record_int(round, "route")), false, &route));
    TRY(points_read(cx, record_text(round, "points"), &points, &count));
    if (route == NULL || count == 0 || record_text(route, "extras").len <= 2)
        return OK;
    TRY(json_read(cx->arena, record_text(route, "extras"), &asks));
    dice = keyed_hash(cx->arena, cx->kernel->secrets->seal, str_format(cx->arena, "extra %lld", (long long)round->id));
    n = str_hash(dice);
    json_open(&json, '{');
    JSON_ID(&json, "checkpoint", points[n % (uint64_t)count].checkpoint);
    JSON_TEXT(&json, "ask", json_str(json_array_get(asks, n / (uint64_t)count % json_array_size(asks))));
    JSON_KEY(&json, "known_at");
    json_instant(&json, cx->now, cx->zone_min);
    json_close(&json, '}');
    record_set_text(round, "look", buf_str(&json.buf));
    return OK;
}

static const Error *begin(Cx *cx, Record *round, Instant at)
{
    Verdict verdict;

    if (record_is_null(round, "person"))
        record_set_int(round, "person", cx->actor->user);
    record_set_text(round, "missed", STR("[]")); /* until it is over */
    if (record_is_null(round, "started_at") || at < record_int(round, "started_at"))
        record_set_int(round, "started_at", at);
    if (record_is_null(round, "look"))
        TRY(choose_extra(cx, round));
    TRY(set_day(cx, round));
    return judge(cx, round, &verdict);
}

/* When it was: by the device, if that can be; `flags` says what is odd about it. Nobody was on a round before it could begin. */
static Instant happened(const Cx *cx, const Record *round, Str *flags)
{
    Instant at = clock_happened(cx);

    if (cx->device_at == 0)
        return cx->now;
    if (cx->device_at > cx->now + CLOCK_OFF || (at == cx->now && cx->device_at < cx->now - CLOCK_OFF) || at < record_int(round, "window_from")) {
        *flags = words_with(cx->arena, *flags, "clock_off");
        return cx->now;
    }
    if (cx->now - at > CLOCK_OFF)
        *flags = words_with(cx->arena, *flags, "offline");
    return at;
}

static bool can_begin(const Cx *cx, const Record *round)
{
    return record_in_state(round, "planned") || clock_happened(cx) <= record_int(round, "finish_by");
}

static const Error *guard_start(Cx *cx, const Record *round, const Asked *asked)
{
    (void)asked;
    if (clock_happened(cx) >= record_int(round, "window_from") || cx->now >= record_int(round, "window_from"))
        return OK;
    return error_state(cx->arena, str_of(record_state(round)), STR("还没到这一轮的时间"), STR("the time of this round has not come"));
}

static const Error *start(Cx *cx, Record *round, const Asked *asked)
{
    Str flags = STR_NONE;

    (void)asked;
    TRY(alarm_settle(cx, "round_missed", round->id, STR("已开始巡更")));
    return begin(cx, round, happened(cx, round, &flags));
}

/* The extra look is at this checkpoint: what is to be photographed; empty otherwise, and for a scan from before the server has told
 * of it: a phone without network could not know. */
static Str extra_at(Cx *cx, const Record *round, Id checkpoint, Instant at)
{
    Instant known_at;
    json_t *extra;
    int64_t id;

    if (record_is_null(round, "look") || json_read(cx->arena, record_text(round, "look"), &extra) != OK)
        return STR_NONE;
    if (!instant_parse(json_str(json_object_get(extra, "known_at")), &known_at) || at < known_at)
        return STR_NONE;
    return str_to_id(json_str(json_object_get(extra, "checkpoint")), &id) && id == checkpoint ? json_str(json_object_get(extra, "ask")) : STR_NONE;
}

static const Error *still_open(Cx *cx, const Record *round, Instant at)
{
    if (at < record_int(round, "window_from"))
        return error_state(cx->arena, str_of(record_state(round)), STR("还没到这一轮的时间"), STR("the time of this round has not come"));
    if (at > record_int(round, "scan_until"))
        return error_state(cx->arena, str_of(record_state(round)), STR("这一轮的时间已经过了，请到下一轮打点"), STR("the time of this round is over; scan for the next one"));
    return OK;
}

static const Error *guard_scan(Cx *cx, const Record *round, const Asked *asked)
{
    Problems problems = problems_new(cx->arena);
    Str flags = STR_NONE, extra;
    Instant at = happened(cx, round, &flags);
    const Record *checkpoint;
    Scan *scans;
    int count;

    extra = extra_at(cx, round, asked_int(asked, "checkpoint"), at);
    TRY(still_open(cx, round, at));
    TRY(record_look(cx, kernel_type(cx->kernel, &checkpoint_type), value_int(asked_int(asked, "checkpoint")), true, &checkpoint));
    if (checkpoint == NULL || checkpoint->project != round->project)
        return error_field(cx->arena, STR("checkpoint"), "reference", STR("不是本项目的点位"), STR("is no checkpoint of this project"));
    checkpoint_prove(cx, checkpoint, record_text(round, "proofs"),
                     &(Told){asked_text(asked, "code"), asked_text(asked, "geo"), asked_int(asked, "photo") != 0}, &problems);
    if (extra.len > 0 && asked_int(asked, "photo") == 0 && problems.count == 0)
        problems_add(&problems, STR("photo"), "required", str_format(cx->arena, "这一轮在这个点要：%.*s", STR_ARG(extra)),
                     str_format(cx->arena, "this round asks here: %.*s", STR_ARG(extra)));
    TRY(scans_read(cx, record_text(round, "scans"), &scans, &count));
    if (count >= MAX_SCANS)
        problems_add(&problems, STR("checkpoint"), "out_of_range", STR("这一轮打点太多了"), STR("this round has too many scans"));
    return problems_error(&problems);
}

/* Has the same picture proved a point before, in this round or another? */
static const Error *is_used_photo(Cx *cx, Id photo, bool *used)
{
    static const char BEFORE[] = /* file by its key, file_by_sha256, attachment by its key */
        "SELECT count(*) FROM file f JOIN file o ON o.org_id = f.org_id AND o.sha256 = f.sha256 JOIN attachment a ON a.org_id = o.org_id AND a.file_id = o.id"
        " WHERE f.org_id = :org AND f.id = :photo AND a.record_type = 'round'";
    int64_t count;

    TRY(sql_row(cx, BEFORE, IN(in_int("photo", photo)), OUT(out_int(&count))));
    *used = count > 0;
    return OK;
}

static const Error *add_photo(Cx *cx, Record *round, Scan *scan)
{
    Str photos = record_text(round, "photos");
    bool used;

    TRY(is_used_photo(cx, scan->photo, &used));
    if (used)
        scan->flags = words_with(cx->arena, scan->flags, "same_photo");
    record_set_text(round, "photos", photos.len <= 2 ? str_format(cx->arena, "[\"%lld\"]", (long long)scan->photo)
                                                     : str_format(cx->arena, "%.*s,\"%lld\"]", STR_ARG(str_cut(photos, 0, photos.len - 1)), (long long)scan->photo));
    return OK;
}

/* The scan is of the round: it begins with it, goes on with it, or is corrected by it when it was over. */
static const Error *add_scan(Cx *cx, Record *round, Scan scan)
{
    bool is_over = record_in_state(round, "complete") || record_in_state(round, "partial") || (record_in_state(round, "missed") && cx->now > record_int(round, "finish_by"));
    Verdict verdict;
    Scan *scans;
    int count;

    TRY(scans_read(cx, record_text(round, "scans"), &scans, &count));
    for (int i = 0; i < count; i++)
        if (scans[i].checkpoint == scan.checkpoint && scan.at - scans[i].at < AGAIN_WITHIN && scans[i].at - scan.at < AGAIN_WITHIN)
            return OK; /* the same point again: ignored */
    if (scan.photo != 0)
        TRY(add_photo(cx, round, &scan));
    if (scan.at > record_int(round, "finish_by"))
        scan.flags = words_with(cx->arena, scan.flags, "late");
    TRY(begin(cx, round, scan.at));
    scans[count++] = scan;
    TRY(judge_scans(cx, round, scans, count, &verdict)); /* sorts them */
    record_set_text(round, "scans", scans_text(cx, scans, count));
    if (is_over)
        return close_round(cx, round);
    round->state = meta_state(round->meta, STR("started"));
    return alarm_settle(cx, "round_missed", round->id, STR("已开始巡更"));
}

static const Error *scan(Cx *cx, Record *round, const Asked *asked)
{
    Scan scan = {.checkpoint = asked_int(asked, "checkpoint"), .photo = asked_int(asked, "photo"), .received_at = cx->now, .geo = asked_text(asked, "geo"),
                 .note = asked_text(asked, "note"), .method = asked_text(asked, "code").len > 0 ? "code" : "geo"};
    const Record *checkpoint;

    scan.at = happened(cx, round, &scan.flags);
    TRY(record_look(cx, kernel_type(cx->kernel, &checkpoint_type), value_int(scan.checkpoint), false, &checkpoint));
    if (checkpoint != NULL && checkpoint_off(cx, checkpoint, scan.geo) > 0)
        scan.flags = words_with(cx->arena, scan.flags, "far");
    return add_scan(cx, round, scan);
}

static const Error *guard_enter(Cx *cx, const Record *round, const Asked *asked)
{
    if (asked_int(asked, "at") > cx->now)
        return error_field(cx->arena, STR("at"), "out_of_range", STR("不能晚于现在"), STR("must not be in the future"));
    return still_open(cx, round, asked_int(asked, "at"));
}

/* The guard's phone was dead: from paper, by the lead, and marked as that. */
static const Error *enter(Cx *cx, Record *round, const Asked *asked)
{
    return add_scan(cx, round, (Scan){.checkpoint = asked_int(asked, "checkpoint"), .at = asked_int(asked, "at"), .received_at = cx->now, .method = "paper",
                                      .note = asked_text(asked, "note"), .flags = STR("[\"by_lead\"]")});
}

static const Error *finish(Cx *cx, Record *round, const Asked *asked)
{
    Str flags = STR_NONE;

    (void)asked;
    record_set_int(round, "finished_at", happened(cx, round, &flags));
    return close_round(cx, round);
}

static const Error *end(Cx *cx, Record *round, const Asked *asked)
{
    (void)asked;
    return close_round(cx, round);
}

/* ---- Explained ---- */

static bool has_missed(const Cx *cx, const Record *round)
{
    (void)cx;
    return record_int(round, "points_done") < record_int(round, "points_planned");
}

/* The reason given for this point; empty without one. */
static Str reason_of(const json_t *reasons, Id checkpoint, Str same)
{
    json_t *one;
    int64_t id;
    size_t i;

    json_array_foreach((json_t *)reasons, i, one)
        if (str_to_id(json_str(json_object_get(one, "checkpoint")), &id) && id == checkpoint)
            return str_trim(json_str(json_object_get(one, "reason")));
    return same;
}

static const Error *guard_explain(Cx *cx, const Record *round, const Asked *asked)
{
    const json_t *reasons = asked_json(asked, "reasons");
    Str missed = record_text(round, "missed");

    if (reasons != NULL && !json_is_null(reasons) && !json_is_array(reasons))
        return error_field(cx->arena, STR("reasons"), "type", STR("应为 [{\"checkpoint\",\"reason\"}]"), STR("must be a list of {\"checkpoint\",\"reason\"}"));
    for (Id id; (id = str_next_id(&missed)) != 0;)
        if (reason_of(reasons, id, str_trim(asked_text(asked, "reason"))).len == 0)
            return error_field(cx->arena, STR("reasons"), "required", str_format(cx->arena, "每个漏点都要写原因，还差点位 %lld", (long long)id),
                               str_format(cx->arena, "every missed point needs its reason; checkpoint %lld has none", (long long)id));
    return OK;
}

static const Error *explain(Cx *cx, Record *round, const Asked *asked)
{
    Json json = json_new(cx->arena, 1 << 16);
    Str missed = record_text(round, "missed");

    json_open(&json, '[');
    for (Id id; (id = str_next_id(&missed)) != 0;) {
        json_open(&json, '{');
        JSON_ID(&json, "checkpoint", id);
        JSON_TEXT(&json, "reason", utf8_cut(reason_of(asked_json(asked, "reasons"), id, str_trim(asked_text(asked, "reason"))), 500));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    record_set_text(round, "explanations", buf_str(&json.buf));
    return OK;
}

static const Error *excuse(Cx *cx, Record *round, const Asked *asked)
{
    (void)asked;
    TRY(alarm_settle(cx, "round_missed", round->id, STR("免巡")));
    return alarm_settle(cx, "point_missed", round->id, STR("免巡"));
}

static const Error *show(Cx *cx, const Record *round, Json *json)
{
    (void)cx;
    JSON_KEY(json, "extra");
    json_raw(json, record_text(round, "look"));
    return OK;
}

static const Action actions[] = {
    {"scan", "打点", "Scan", .from = NAMES("planned", "started", "complete", "partial", "missed"), .by = GUARDS | BY_OWNER | MANAGEMENT, .asks = LIST(scan_asks), .may = may_walk,
     .guard = guard_scan, .effect = scan},
    {"start", "开始巡更", "Start", .from = NAMES("planned", "missed"), .to = "started", .by = GUARDS | BY_OWNER | MANAGEMENT, .asks = LIST(start_asks), .may = may_walk,
     .is_possible = can_begin, .guard = guard_start, .effect = start},
    {"finish", "走完了", "Finish", .from = NAMES("started"), .to = "complete", .by = BY_OWNER | GUARD_LEADS, .effect = finish},
    {"explain", "说明漏点", "Explain", .from = NAMES("complete", "partial", "missed"), .by = BY_OWNER | GUARD_LEADS, .asks = LIST(explain_asks), .apart = true,
     .is_possible = has_missed, .guard = guard_explain, .effect = explain, .tells = TELL_LEAD},
    {"enter", "补录打点", "Enter from paper", .from = NAMES("planned", "started", "complete", "partial", "missed"), .by = GUARD_LEADS, .asks = LIST(enter_asks), .guard = guard_enter,
     .effect = enter},
    {"excuse", "免巡", "Excuse", .from = NAMES("planned", "started", "partial", "missed"), .to = "excused", .by = GUARD_LEADS, .asks = LIST(excuse_asks), .effect = excuse,
     .tells = TELL_OWNER},
    {"miss", "漏巡", "Missed", .from = NAMES("planned"), .to = "missed", .by = BY_SYSTEM, .effect = end},
    {"end", "到时结束", "Time is over", .from = NAMES("started"), .to = "partial", .by = BY_SYSTEM, .effect = end},
};
static const Auto autos[] = {{"miss", "t.window_to", 0}, {"end", "t.finish_by", 0}};

const RecordType round_type = {
    .resource = "rounds", .name = "round", .zh = "巡更", .en = "Round", .prefix = "XG", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions), .first_action = "plan",
    .first_zh = "排定", .first_en = "Plan", .sights = LIST(sights), .filters = LIST(filters), .indexes = indexes, .create_by = GUARDS | MANAGEMENT | R_ENG_LEAD,
    .write_by = GUARD_LEADS, .label = "title", .in_project = true, .owner = "person", .leads = R_GUARD_LEAD, .autos = LIST(autos), .prepare = prepare, .changed = changed, .show = show,
    .own_search_only = true, .carried = SQL_ROUND_OVER " AND t.points_done < t.points_planned AND t.explanations IS NULL",
};
