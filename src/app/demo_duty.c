/* demo_duty.c: the demo's guards: a gate manned by three who work 24 hours and rest 48, a night watch, their rounds of the last week
 * with a few points missed, a handover every morning, what happened meanwhile, keys, a sofa that leaves, visitors,
 * and the papers of those who may do their work with one only. */
#include "app/demo_life.h"
#include "kernel/checkpoint.h"
#include "modules/access/access.h"
#include "modules/patrol/patrol.h"
#include "modules/roster/roster.h"

#define WEEK 7          /* days of the past that they have walked */
#define AHEAD 24        /* days of the roster that are planned */
#define POINTS 13       /* eight of the night, five of the day */
#define NIGHT_POINTS 8
#define MAX_DEEDS 2000
#define OFTEN_MISSED 22 /* per 1000 points */

typedef enum { DO_SETTLE, DO_CLOCK_IN, DO_CLOCK_OUT, DO_HANDOVER, DO_START, DO_SCAN, DO_FINISH, DO_EXPLAIN, DO_INCIDENT, DO_FOLLOW, DO_CLOSE, DO_RELEASE, DO_RHYTHM, DO_INVITE, DO_LET_IN, DO_SEE_OUT } Deed;

typedef struct {
    Deed deed;
    int guard, point; /* of a scan; of a visitor, the row of visits */
    Id record;
} Act;

struct Watch {
    Dice dice; /* its own: the rest of the demo stays as it is without it */
    Act acts[MAX_DEEDS];
    int count;
    Id posts[2], shifts[2], points[POINTS], routes[2], incident;
    Str codes[POINTS];
    Date first;
};

/* clang-format off */
static const struct {
    const char *name, *hint;
    int x, y; /* thousandths of the plan */
} places[POINTS] = {
    {"东门岗", "岗亭南侧立柱", 945, 505}, {"6 栋北角", "配电箱旁墙上", 840, 660}, {"6 栋南侧", "消防登高面标牌", 690, 880}, {"5 栋东侧消防门", "门框右侧", 500, 880},
    {"4 栋南侧", "单元门禁旁", 270, 880}, {"西门岗", "岗亭内侧", 60, 505}, {"1 栋西侧", "监控立杆", 150, 330}, {"2 栋北侧", "消火栓箱旁", 490, 180},
    {"地库 B1 水泵房", "门右侧 1.4 米", 760, 590}, {"地库 B1 配电室", "门右侧 1.4 米", 300, 590}, {"中心水景", "护栏东段", 560, 510}, {"3 栋屋面门", "顶层楼梯间", 780, 280},
    {"大件垃圾点", "北门西侧", 500, 70},
};
static const char *const reasons[] = {"外卖车堵住通道，绕行未到", "处理业主求助，时间不够", "标签脱落，已报队长", NULL};
/* clang-format on */

static const Error *make(Cx *cx, const Actor *actor, const RecordType *type, json_t *take_body, Id *out)
{
    Record *record;

    cx->actor = actor;
    cx->device_at = 0;
    TRY(process_create(cx, kernel_type(cx->kernel, type), demo_json(cx, take_body), &record));
    *out = record->id;
    return OK;
}

static void plan_act(Life *life, Instant at, Act act)
{
    Watch *watch = life->watch;

    if (watch->count == MAX_DEEDS || at > life->demo->end)
        return;
    watch->acts[watch->count] = act;
    life_plan(life, at, STEP_WATCH, watch->count++);
}

static const Error *set_points(Life *life, Cx *cx)
{
    Watch *watch = life->watch;
    Demo *demo = life->demo;

    for (int i = 0; i < POINTS; i++) {
        Record *record;
        json_t *geo = json_pack("{s:f, s:f}", "lat", 31.2300 + (1000 - places[i].y) * 0.0000027, "lng", 121.4700 + places[i].x * 0.0000042);
        TRY(make(cx, demo->manager, &checkpoint_type,
                 json_pack("{s:s, s:s, s:s, s:o, s:o}", "name", places[i].name, "hint", places[i].hint, "kind", "qr", "geo", geo, "project", life_id(cx, demo->project)),
                 &watch->points[i]));
        TRY(record_load(cx, kernel_type(cx->kernel, &checkpoint_type), watch->points[i], &record));
        watch->codes[i] = str_copy(demo->arena, checkpoint_code(record));
    }
    return OK;
}

static const Error *set_plan(Life *life, Cx *cx)
{
    json_t *pins = json_array();
    Id file, plan;

    TRY(life_file(life, cx, life->demo->manager, DEMO_SITE, &file));
    for (int i = 0; i < POINTS; i++)
        (void)json_array_append_new(pins, json_pack("{s:o, s:i, s:i}", "record", life_id(cx, life->watch->points[i]), "x", places[i].x, "y", places[i].y));
    return make(cx, life->demo->manager, &site_plan_type,
                json_pack("{s:s, s:o, s:o, s:o}", "name", "天悦花园平面图", "picture", life_id(cx, file), "pins", pins, "project", life_id(cx, life->demo->project)), &plan);
}

static const Error *set_route(Life *life, Cx *cx, int which, const char *name, int from, int to)
{
    json_t *points = json_array();

    for (int i = from; i < to; i++)
        (void)json_array_append_new(points, json_pack("{s:o, s:i}", "checkpoint", life_id(cx, life->watch->points[i]), "order", i - from + 1));
    return make(cx, life->demo->manager, &route_type,
                json_pack("{s:s, s:o, s:i, s:i, s:i, s:o, s:o}", "name", name, "points", points, "interval_min", which == 0 ? 120 : 240, "window_min", which == 0 ? 10 : 20,
                          "duration_min", which == 0 ? 45 : 40, "post", life_id(cx, life->watch->posts[which == 0]), "project",
                          life_id(cx, life->demo->project)),
                &life->watch->routes[which]);
}

static const Error *set_posts(Life *life, Cx *cx)
{
    Watch *watch = life->watch;
    const Actor *manager = life->demo->manager;
    json_t *project = life_id(cx, life->demo->project);

    demo_json(cx, project);
    TRY(make(cx, manager, &shift_type, json_pack("{s:s, s:s, s:s, s:O}", "name", "24 小时", "from", "08:00", "to", "08:00", "project", project), &watch->shifts[0]));
    TRY(make(cx, manager, &shift_type, json_pack("{s:s, s:s, s:s, s:O}", "name", "夜班", "from", "20:00", "to", "08:00", "project", project), &watch->shifts[1]));
    TRY(make(cx, manager, &post_type,
             json_pack("{s:s, s:s, s:s, s:o, s:O}", "name", "东门岗", "kind", "gate", "licence", "guard_licence", "checkpoint", life_id(cx, watch->points[0]), "project", project),
             &watch->posts[0]));
    return make(cx, manager, &post_type,
                json_pack("{s:s, s:s, s:s, s:s, s:o, s:O}", "name", "夜巡岗", "kind", "patrol", "licence", "guard_licence", "hours", "00:00-08:00,20:00-24:00", "checkpoint",
                          life_id(cx, watch->points[0]), "project", project),
                &watch->posts[1]);
}

/* Guards 1 to 3 take the gate in turn; guard 4 the nights but two a week, which the one takes whose 24 hours ended
 * that morning: 12 hours of rest before it, and 24 behind. */
static int at_gate(int day)
{
    return day % 3;
}
static int at_night(int day)
{
    return day % 7 < 5 ? 3 : (day + 2) % 3;
}

static json_t *day_of(Cx *cx, Date date)
{
    Buf text = buf_new(cx->arena, 20);

    buf_date(&text, date);
    return json_stringn(text.ptr, (size_t)text.len);
}

static const Error *set_line(Life *life, Cx *cx, int day, int post, int guard)
{
    Watch *watch = life->watch;
    Date date = date_add(watch->first, day);
    Instant from = date_to_instant(date, post == 0 ? 8 * 60 : 20 * 60, ZONE_CHINA), to = date_to_instant(date_add(date, 1), 8 * 60, ZONE_CHINA);
    bool done;
    Id line;

    TRY(make(cx, life->demo->manager, &roster_type,
             json_pack("{s:o, s:o, s:o, s:o}", "post", life_id(cx, watch->posts[post]), "shift", life_id(cx, watch->shifts[post]), "day", day_of(cx, date), "person",
                       life_id(cx, life->demo->guards[guard]->user)),
             &line));
    if (day <= WEEK + AHEAD - 7) /* the last week is still a draft */
        TRY(life_act(life, cx, life->demo->manager, kernel_type(cx->kernel, &roster_type), line, "publish", json_object(), &done));
    plan_act(life, from + (day == 2 && post == 1 ? 9 : dice_between(&watch->dice, -12, 3)) * MINUTE, (Act){DO_CLOCK_IN, guard, 0, line});
    plan_act(life, to + dice_between(&watch->dice, 2, 14) * MINUTE, (Act){DO_CLOCK_OUT, guard, 0, line});
    if (post == 0)
        plan_act(life, to + MINUTE, (Act){DO_HANDOVER, guard, at_gate(day + 1), 0});
    return OK;
}

static const Error *set_round(Life *life, Cx *cx, int route, Date date, int minute, int guard)
{
    Watch *watch = life->watch;
    int from = route == 0 ? 0 : NIGHT_POINTS, to = route == 0 ? NIGHT_POINTS : POINTS;
    Instant planned = date_to_instant(date, minute, ZONE_CHINA), at;
    bool forgotten = route == 0 && minute == 120 && date == date_add(watch->first, 4), missed = false;
    bool last_night = route == 0 && minute == 120 && date == date_add(watch->first, WEEK); /* its missed point still rings in the morning */
    Id round;

    if (planned > life->demo->end) /* the routes go on by themselves */
        return OK;
    TRY(make(cx, life->demo->manager, &round_type,
             json_pack("{s:o, s:s, s:o}", "route", life_id(cx, watch->routes[route]), "planned_start", str_to_c(cx->arena, life_time(cx, planned)), "person",
                       life_id(cx, life->demo->guards[guard]->user)),
             &round));
    if (forgotten) {
        plan_act(life, planned + 5 * HOUR, (Act){DO_EXPLAIN, guard, 0, round});
        return OK;
    }
    at = planned + dice_between(&watch->dice, -4, 7) * MINUTE;
    plan_act(life, at, (Act){DO_START, guard, 0, round});
    for (int i = from; i < to; i++) {
        at += dice_between(&watch->dice, 170, 330) * SECOND;
        if (dice_chance(&watch->dice, OFTEN_MISSED) || (last_night && i == 1))
            missed = true;
        else
            plan_act(life, at, (Act){DO_SCAN, guard, i, round});
    }
    plan_act(life, at + MINUTE, (Act){DO_FINISH, guard, 0, round});
    if (missed && !last_night)
        plan_act(life, at + 50 * MINUTE, (Act){DO_EXPLAIN, guard, 0, round});
    return OK;
}

static const Error *set_keys(Life *life, Cx *cx)
{
    static const char *const names[][2] = {{"水泵房钥匙", "key"}, {"配电室钥匙", "key"}, {"屋面门钥匙", "key"}, {"对讲机 1 号", "radio"}, {"对讲机 2 号", "radio"}};
    Id key = 0;
    bool done;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        TRY(make(cx, life->demo->manager, &duty_key_type,
                 json_pack("{s:s, s:s, s:o, s:o}", "name", names[i][0], "kind", names[i][1], "post", life_id(cx, life->watch->posts[0]), "project", life_id(cx, life->demo->project)), &key));
    return life_act(life, cx, life->demo->guards[0], kernel_type(cx->kernel, &duty_key_type), key, "lend", json_pack("{s:s, s:s}", "holder", "周建国", "purpose", "配合电梯维保"), &done);
}

/* 人员证书: the papers of those who need one to do their work; the days are from the end of the demo, 0: it does not run out. */
static const struct {
    int worker, guard; /* one of them; -1: not */
    const char *kind, *number;
    int issued_days, valid_days;
} papers[] = {
    {0, -1, "low_voltage", "T-DY-000101", 2168, 23}, {1, -1, "refrigeration", "T-ZL-000205", 2138, 52}, {2, -1, "lift_T", "TS-T-000317", 1240, 220},
    {2, -1, "fire_operator", "XF-000318", 1500, 0},  {3, -1, "high_work", "T-GC-000402", 1010, 85},     {5, -1, "low_voltage", "T-DY-000609", 700, 1491},
    {-1, 0, "guard_licence", "BA-001001", 2900, 0},  {-1, 1, "guard_licence", "BA-001002", 2100, 0},    {-1, 2, "guard_licence", "BA-001003", 900, 0},
};

static const Error *set_papers(Life *life, Cx *cx)
{
    Demo *demo = life->demo;
    Date today = instant_to_date(demo->end, ZONE_CHINA);
    json_t *body;
    Id file, paper;

    for (size_t i = 0; i < COUNT_OF(papers); i++) {
        if (papers[i].worker >= demo->worker_count)
            continue;
        TRY(life_file(life, cx, demo->manager, DEMO_REPORT, &file));
        body = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "kind", papers[i].kind, "number", papers[i].number, "issued_on", day_of(cx, date_add(today, -papers[i].issued_days)), "document", life_id(cx, file),
                         "person", life_id(cx, (papers[i].guard < 0 ? demo->workers[papers[i].worker].actor : demo->guards[papers[i].guard])->user), "project", life_id(cx, demo->project));
        if (papers[i].valid_days > 0)
            (void)json_object_set_new(body, "valid_until", day_of(cx, date_add(today, papers[i].valid_days))); /* fails without memory only */
        TRY(make(cx, demo->manager, &certificate_type, body, &paper));
    }
    return OK;
}

/* 访客: whom the homes expected on which day, at what hour, and for how many minutes; of the last two one is inside and one still expected. */
static const struct {
    int day, hour, stay;
    const char *name, *purpose, *plate;
} visits[] = {
    {0, 18, 130, "陈女士", "visit", NULL},      {1, 9, 45, "安心家政 李师傅", "service", NULL}, {2, 14, 20, "家具城送货", "delivery", "苏A3K812"}, {3, 10, 60, "周先生", "viewing", NULL},
    {5, 16, 180, "赵老师", "visit", "苏A8Q207"}, {6, 11, 35, "宽带装机", "service", NULL},       {WEEK, 0, 90, "姑妈一家", "visit", "苏B5T119"},     {WEEK, 0, 90, "孙女士", "visit", NULL},
};

static void plan_visits(Life *life)
{
    int last = (int)COUNT_OF(visits) - 1;

    for (int i = 0; i <= last; i++) {
        Instant at = i == last       ? life->demo->end - 20 * MINUTE
                     : i == last - 1 ? life->demo->end - 95 * MINUTE
                                     : date_to_instant(date_add(life->watch->first, visits[i].day), visits[i].hour * 60, ZONE_CHINA) - 70 * MINUTE;
        plan_act(life, at, (Act){DO_INVITE, at_gate(visits[i].day), i, 0});
    }
}

/* The last by who lives in the first home: whoever looks at the demo as resident1 finds a code. */
static const Error *invite(Life *life, Cx *cx, const Act *act)
{
    Demo *demo = life->demo;
    int at = demo->first + ((int)COUNT_OF(visits) - 1 - act->point) * 13, host;
    Id pass;

    while (demo->home[at % demo->homes].empty)
        at++;
    host = demo->people[demo->home[at % demo->homes].speaker].user;
    TRY(make(cx, host >= 0 ? demo->residents[host] : demo->desks[0], &visitor_pass_type,
             json_pack("{s:o, s:s, s:s, s:s*}", "house", life_id(cx, demo->home[at % demo->homes].id), "visitor_name", visits[act->point].name, "purpose", visits[act->point].purpose, "plate",
                       visits[act->point].plate),
             &pass));
    plan_act(life, cx->now + 70 * MINUTE, (Act){DO_LET_IN, act->guard, act->point, pass});
    plan_act(life, cx->now + (70 + visits[act->point].stay) * MINUTE, (Act){DO_SEE_OUT, act->guard, act->point, pass});
    return OK;
}

static const Error *let_in(Life *life, Cx *cx, const Act *act, const Actor *guard)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &visitor_pass_type);
    Record *pass;
    bool done;

    TRY(record_load(cx, meta, act->record, &pass));
    return life_act(life, cx, guard, meta, act->record, "arrive", json_pack("{s:s}", "code", str_to_c(cx->arena, record_text(pass, "digits"))), &done);
}

/* Everything that is known beforehand. */
static const Error *settle(Life *life, Cx *cx)
{
    Watch *watch = life->watch;
    Date today = instant_to_date(life->demo->end, ZONE_CHINA);

    TRY(set_points(life, cx));
    TRY(set_plan(life, cx));
    TRY(set_posts(life, cx));
    TRY(set_route(life, cx, 0, "东区夜巡", 0, NIGHT_POINTS));
    TRY(set_route(life, cx, 1, "设备房日巡", NIGHT_POINTS, POINTS));
    TRY(set_keys(life, cx));
    TRY(set_papers(life, cx));
    for (int day = 0; day < WEEK + AHEAD; day++) {
        TRY(set_line(life, cx, day, 0, at_gate(day)));
        if (day != WEEK + 9) /* a night that nobody has yet */
            TRY(set_line(life, cx, day, 1, at_night(day)));
    }
    for (int day = 0; day <= WEEK; day++) {
        Date date = date_add(watch->first, day);
        TRY(set_round(life, cx, 0, date, 22 * 60, at_night(day)));
        for (int hour = 0; hour <= 4; hour += 2)
            TRY(set_round(life, cx, 0, date_add(date, 1), hour * 60, at_night(day)));
        for (int hour = 8; hour <= 16; hour += 4)
            TRY(set_round(life, cx, 1, date, hour * 60, at_gate(day)));
    }
    plan_act(life, date_to_instant(date_add(watch->first, 3), 22 * 60 + 41, ZONE_CHINA), (Act){DO_INCIDENT, at_night(3), 0, 0});
    plan_act(life, date_to_instant(date_add(today, -1), 23 * 60 + 12, ZONE_CHINA), (Act){DO_INCIDENT, at_night(WEEK - 1), 1, 0});
    plan_act(life, life->demo->end - 40 * MINUTE, (Act){DO_RELEASE, at_gate(WEEK), 0, 0});
    plan_visits(life);
    for (int i = 0; i < 2; i++)
        plan_act(life, life->demo->end - MINUTE, (Act){DO_RHYTHM, 0, i, watch->routes[i]});
    return OK;
}

void life_plan_watch(Life *life)
{
    Date today = instant_to_date(life->demo->end, ZONE_CHINA);

    if (life->demo->days <= WEEK) /* a short demo has no guards' week */
        return;
    life->watch = new (life->demo->arena, Watch, 1);
    life->watch->dice = (Dice){life->demo->dice.state ^ 0x6775617264};
    life->watch->first = date_add(today, -WEEK);
    plan_act(life, date_to_instant(life->watch->first, 6 * 60, ZONE_CHINA), (Act){DO_SETTLE, 0, 0, 0});
}

static const Error *incident(Life *life, Cx *cx, const Act *act, const Actor *guard)
{
    bool last = act->point == 1;
    json_t *body = last ? json_pack("{s:s, s:s, s:s, s:s}", "kind", "traffic", "level", "notice", "title", "4 栋消防通道停车", "description", "访客车占用消防通道，已电话车主挪车。")
                        : json_pack("{s:s, s:s, s:s, s:s}", "kind", "trespass", "level", "minor", "title", "外来人员翻越西墙", "description", "监控发现一人翻墙进入，带离并核实为送餐员走错门。");

    (void)json_object_set_new(body, "project", life_id(cx, life->demo->project)); /* fails without memory only */
    TRY(make(cx, guard, &incident_type, body, &life->watch->incident));
    if (!last) {
        plan_act(life, cx->now + 6 * MINUTE, (Act){DO_FOLLOW, act->guard, 0, life->watch->incident});
        plan_act(life, cx->now + 70 * MINUTE, (Act){DO_CLOSE, act->guard, 0, life->watch->incident});
    }
    return OK;
}

static const Error *hand_over(Life *life, Cx *cx, const Act *act, const Actor *guard)
{
    const Actor *next = life->demo->guards[act->point];
    bool done;
    Id book;

    TRY(make(cx, guard, &handover_type,
             json_pack("{s:o, s:o, s:i, s:i, s:b, s:s}", "post", life_id(cx, life->watch->posts[0]), "to", life_id(cx, next->user), "keys_count", 3, "radio_count", 2, "equipment_ok", 1,
                       "note", "各系统正常，访客已清。"),
             &book));
    cx->now += 3 * MINUTE;
    return life_act(life, cx, next, kernel_type(cx->kernel, &handover_type), book, "accept", json_pack("{s:i, s:i}", "keys", 3, "radios", 2), &done);
}

static const Error *scan(Life *life, Cx *cx, const Act *act, const Actor *guard)
{
    const Watch *watch = life->watch;
    const RecordMeta *meta = kernel_type(cx->kernel, &round_type);
    json_t *body = json_pack("{s:o, s:s%}", "checkpoint", life_id(cx, watch->points[act->point]), "code", watch->codes[act->point].ptr, (size_t)watch->codes[act->point].len);
    json_t *extra = NULL;
    Record *round;
    Id photo = 0;
    bool done;

    TRY(record_load(cx, meta, act->record, &round));
    if (!record_is_null(round, "look"))
        TRY(json_read(cx->arena, record_text(round, "look"), &extra));
    if (extra != NULL && str_eq(json_str(json_object_get(extra, "checkpoint")), str_format(cx->arena, "%lld", (long long)watch->points[act->point])))
        TRY(life_file(life, cx, guard, 5, &photo));
    if (photo != 0)
        (void)json_object_set_new(body, "photo", life_id(cx, photo)); /* fails without memory only */
    return life_act(life, cx, guard, meta, act->record, "scan", body, &done);
}

/* Why, and the manager takes the alarm off. */
static const Error *explain(Life *life, Cx *cx, const Act *act, const Actor *guard)
{
    static const char ALARM[] = "SELECT id FROM alarm WHERE org_id = :org AND record_id = :round AND state <> 'closed' ORDER BY id LIMIT 1"; /* alarm_by_record_id_id */
    Id alarm = 0;
    bool done, found;

    TRY(life_act(life, cx, guard, kernel_type(cx->kernel, &round_type), act->record, "explain", json_pack("{s:s}", "reason", demo_pick(&life->watch->dice, reasons)), &done));
    TRY(sql_find(cx, ALARM, IN(in_int("round", act->record)), OUT(out_int(&alarm)), &found));
    if (!found)
        return OK;
    cx->now += 12 * MINUTE;
    return life_act(life, cx, life->demo->manager, kernel_find(cx->kernel, STR("alarms")), alarm, "close", json_pack("{s:s}", "note", "原因已说明，已补看现场"), &done);
}

static const Error *release(Life *life, Cx *cx, const Actor *guard)
{
    const Home *home = &life->demo->home[life->demo->first];
    bool done;
    Id id;

    TRY(make(cx, guard, &release_type, json_pack("{s:o, s:s, s:s}", "house", life_id(cx, home->id), "goods", "三人沙发一张、旧电视一台", "carrier", "搬家公司"), &id));
    cx->now += 4 * MINUTE;
    return life_act(life, cx, guard, kernel_type(cx->kernel, &release_type), id, "consent_by_call", json_pack("{s:s}", "call_note", "电话业主本人，同意今天搬出"), &done);
}

/* From now on the routes plan their rounds themselves, and ask for one look more at a point that nobody knows before. */
static const Error *set_rhythm(Life *life, Cx *cx, const Act *act)
{
    bool night = act->point == 0;
    Record *route;

    cx->actor = life->demo->manager;
    cx->device_at = 0;
    return process_patch(cx, kernel_type(cx->kernel, &route_type), act->record, 0,
                         demo_json(cx, json_pack("{s:s, s:i, s:[s]}", "hours", night ? "00:00-06:00,22:00-24:00" : "08:00-20:00", "vary_min", night ? 10 : 0, "extras",
                                                 night ? "拍灭火器压力表" : "看配电箱门锁好没有，拍一张")),
                         &route);
}

const Error *life_watch(Life *life, Cx *cx, int which)
{
    const Act *act = &life->watch->acts[which];
    const Actor *guard = life->demo->guards[act->guard];
    const RecordMeta *lines = kernel_type(cx->kernel, &roster_type), *rounds = kernel_type(cx->kernel, &round_type), *incidents = kernel_type(cx->kernel, &incident_type);
    bool done;

    switch (act->deed) {
    case DO_SETTLE:
        return settle(life, cx);
    case DO_CLOCK_IN:
        return life_act(life, cx, guard, lines, act->record, "clock_in",
                        json_pack("{s:{s:s%}}", "place", "code", life->watch->codes[0].ptr, (size_t)life->watch->codes[0].len), &done);
    case DO_CLOCK_OUT:
        return life_act(life, cx, guard, lines, act->record, "clock_out", json_object(), &done);
    case DO_HANDOVER:
        return hand_over(life, cx, act, guard);
    case DO_START:
        return life_act(life, cx, guard, rounds, act->record, "start", json_object(), &done);
    case DO_SCAN:
        return scan(life, cx, act, guard);
    case DO_FINISH:
        return life_act(life, cx, guard, rounds, act->record, "finish", json_object(), &done);
    case DO_EXPLAIN:
        return explain(life, cx, act, guard);
    case DO_INCIDENT:
        return incident(life, cx, act, guard);
    case DO_FOLLOW:
        return life_act(life, cx, guard, incidents, act->record, "take", json_object(), &done);
    case DO_CLOSE:
        return life_act(life, cx, guard, incidents, act->record, "close", json_pack("{s:s}", "result", "身份核实无误，已劝离并登记"), &done);
    case DO_RELEASE:
        return release(life, cx, guard);
    case DO_RHYTHM:
        return set_rhythm(life, cx, act);
    case DO_INVITE:
        return invite(life, cx, act);
    case DO_LET_IN:
        return let_in(life, cx, act, guard);
    case DO_SEE_OUT:
        return life_act(life, cx, guard, kernel_type(cx->kernel, &visitor_pass_type), act->record, "leave", json_object(), &done);
    }
    return OK;
}
