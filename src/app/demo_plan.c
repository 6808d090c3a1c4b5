/* demo_plan.c: what the demo's staff do again and again: rounds of pump room and fire pumps, lifts every fifteen days after the last time, the generator by its
 * hours, cleaning, the garden by season, and what law asks for, with its report. People are sometimes late, and now and then something is left out. */
#include "app/demo_life.h"
#include "kernel/checklist.h"
#include "kernel/job.h"
#include "kernel/plan.h"

#include <stdlib.h>

#define LOOKS_FROM 6 /* hours between which somebody looks what is due */
#define LOOKS_TO 21
#define MAX_TASKS 400

/* clang-format off */
static const struct {
    const char *code, *name, *name_en, *items;
} sheets[] = {
    {"pump.day", "生活水泵房日检", "Pump room, daily",
     "[{\"item\":\"running\",\"label\":\"水泵运行无异响、无渗漏\",\"label_en\":\"Pumps run without noise or leaks\",\"kind\":\"check\",\"photo\":\"on_fail\",\"opens\":{\"resource\":\"repairs\",\"category\":\"water.low_pressure\"}},"
     "{\"item\":\"pressure\",\"label\":\"出口压力\",\"label_en\":\"Outlet pressure\",\"kind\":\"number\",\"unit\":\"MPa\",\"min\":\"0.30\",\"max\":\"0.50\",\"warn_min\":\"0.34\",\"warn_max\":\"0.46\",\"points\":3},"
     "{\"item\":\"chlorine\",\"label\":\"余氯\",\"label_en\":\"Residual chlorine\",\"kind\":\"number\",\"unit\":\"mg/L\",\"min\":\"0.05\",\"max\":\"2.00\",\"warn_min\":\"0.10\",\"warn_max\":\"0.80\",\"points\":3},"
     "{\"item\":\"level\",\"label\":\"水箱液位\",\"label_en\":\"Tank level\",\"kind\":\"choice\",\"choices\":[\"正常\",\"偏低\",\"溢流\"],\"fails\":[\"溢流\"]},"
     "{\"item\":\"locked\",\"label\":\"门窗与水箱盖已锁\",\"label_en\":\"Doors and tank lids are locked\",\"kind\":\"check\"},"
     "{\"item\":\"remark\",\"label\":\"备注\",\"label_en\":\"Remark\",\"kind\":\"text\",\"required\":false}]"},
    {"power.day", "配电房日检", "Switch room, daily",
     "[{\"item\":\"temperature\",\"label\":\"变压器温度\",\"label_en\":\"Transformer temperature\",\"kind\":\"number\",\"unit\":\"℃\",\"max\":\"95\",\"warn_min\":\"42\",\"warn_max\":\"80\",\"points\":3},"
     "{\"item\":\"voltage\",\"label\":\"低压母线电压\",\"label_en\":\"Busbar voltage\",\"kind\":\"number\",\"unit\":\"V\",\"min\":\"361\",\"max\":\"407\",\"warn_min\":\"370\",\"warn_max\":\"400\",\"points\":3},"
     "{\"item\":\"smell\",\"label\":\"无异味、无异响\",\"label_en\":\"No smell, no noise\",\"kind\":\"check\"},{\"item\":\"tools\",\"label\":\"绝缘用具在位\",\"label_en\":\"Insulating tools are in place\",\"kind\":\"check\"}]"},
    {"lift.half", "电梯半月维保", "Lift, every 15 days",
     "[{\"item\":\"room\",\"label\":\"机房温度\",\"label_en\":\"Machine room temperature\",\"kind\":\"number\",\"unit\":\"℃\",\"min\":\"5\",\"max\":\"40\",\"warn_min\":\"8\",\"warn_max\":\"36\"},"
     "{\"item\":\"brake\",\"label\":\"制动器间隙与动作\",\"label_en\":\"Brake\",\"kind\":\"check\",\"points\":5},{\"item\":\"doors\",\"label\":\"层门、轿门联锁\",\"label_en\":\"Door locks\",\"kind\":\"check\",\"points\":5},"
     "{\"item\":\"call\",\"label\":\"轿内对讲\",\"label_en\":\"Intercom\",\"kind\":\"check\",\"opens\":{\"resource\":\"repairs\",\"category\":\"lift.button\"}},{\"item\":\"pit\",\"label\":\"底坑无积水\",\"label_en\":\"Pit is dry\",\"kind\":\"check\"}]"},
    {"generator.run", "发电机空载试机", "Generator test run",
     "[{\"item\":\"started\",\"label\":\"一次启动成功\",\"label_en\":\"Started at once\",\"kind\":\"check\",\"points\":5},{\"item\":\"wait\",\"label\":\"空载运行\",\"label_en\":\"Runs without load\",\"kind\":\"countdown\",\"seconds\":900},"
     "{\"item\":\"oil\",\"label\":\"机油压力\",\"label_en\":\"Oil pressure\",\"kind\":\"number\",\"unit\":\"bar\",\"min\":\"2.5\",\"max\":\"6.0\",\"warn_min\":\"3.0\",\"warn_max\":\"5.5\"},"
     "{\"item\":\"battery\",\"label\":\"蓄电池电压\",\"label_en\":\"Battery\",\"kind\":\"number\",\"unit\":\"V\",\"min\":\"24\",\"max\":\"29\",\"warn_min\":\"25\",\"warn_max\":\"28\"}]"},
    {"fire.month", "消防设施月检", "Fire facilities, monthly",
     "[{\"item\":\"pump\",\"label\":\"消防泵手动启停\",\"label_en\":\"Fire pumps start and stop by hand\",\"kind\":\"check\",\"points\":5},{\"item\":\"pressure\",\"label\":\"最不利点静压\",\"label_en\":\"Pressure at the worst point\",\"kind\":\"number\",\"unit\":\"MPa\",\"min\":\"0.15\",\"warn_min\":\"0.18\",\"warn_max\":\"0.40\"},"
     "{\"item\":\"lamps\",\"label\":\"应急照明与指示\",\"label_en\":\"Emergency lights and signs\",\"kind\":\"check\"},{\"item\":\"hosts\",\"label\":\"报警主机无故障\",\"label_en\":\"Alarm panel without faults\",\"kind\":\"check\"},"
     "{\"item\":\"why\",\"label\":\"故障内容\",\"label_en\":\"Which fault\",\"kind\":\"text\",\"when\":{\"item\":\"hosts\",\"is\":[\"fail\"]}}]"},
    {"clean.lobby", "大堂保洁检查", "Lobby cleaning",
     "[{\"item\":\"floor\",\"label\":\"地面无污渍\",\"label_en\":\"Floor\",\"kind\":\"check\"},{\"item\":\"glass\",\"label\":\"玻璃无手印\",\"label_en\":\"Glass\",\"kind\":\"check\"},{\"item\":\"bins\",\"label\":\"垃圾桶已清\",\"label_en\":\"Bins\",\"kind\":\"check\"}]"},
    {"green.week", "绿化养护", "Garden",
     "[{\"item\":\"water\",\"label\":\"浇水\",\"label_en\":\"Watered\",\"kind\":\"choice\",\"choices\":[\"已浇\",\"雨后免浇\"]},{\"item\":\"pests\",\"label\":\"无病虫害\",\"label_en\":\"No pests\",\"kind\":\"check\"},{\"item\":\"waste\",\"label\":\"绿化垃圾已清\",\"label_en\":\"Waste removed\",\"kind\":\"check\"}]"},
};

typedef struct {
    const char *title, *rrule, *at, *team, *sheet, *law; /* law: it is required, and why */
    Place place;
    int which, minutes;
    int due;       /* days from the end of the demo to one of its due days, with `months` between two; 0 and 0: from the beginning on */
    int months;
    int in_time, late; /* of 1000; the rest is left out */
    const char *more;  /* further fields as JSON */
} Duty;
static const Duty duties[] = {
    {"生活水泵房日检", "FREQ=DAILY", "08:30", "engineer", "pump.day", NULL, PLACE_PLANT, 1, 20, 0, 0, 930, 45, NULL},
    {"配电房日检", "FREQ=DAILY", "09:30", "engineer", "power.day", NULL, PLACE_PLANT, 0, 25, 0, 0, 920, 50, NULL},
    {"发电机空载试机", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "14:00", "engineer", "generator.run", NULL, PLACE_PLANT, 0, 30, 0, 0, 900, 80, NULL},
    {"发电机 250 小时保养", NULL, "09:00", "engineer", NULL, NULL, PLACE_PLANT, 0, 180, 0, 0, 950, 50, "{\"every\":\"250\",\"counter_unit\":\"小时\"}"},
    {"大堂保洁", "FREQ=DAILY", "07:30", "cleaner", "clean.lobby", NULL, PLACE_LOBBY, 0, 60, 0, 0, 950, 30, NULL},
    {"楼道扫拖", "FREQ=WEEKLY;BYDAY=MO,WE,FR", "09:00", "cleaner", NULL, NULL, PLACE_STAIRS, 0, 180, 0, 0, 930, 50, NULL},
    {"地库冲洗", "FREQ=MONTHLY;BYDAY=1SA", "06:30", "cleaner", NULL, NULL, PLACE_GARAGE, 0, 240, 0, 0, 900, 60, NULL},
    {"草坪修剪", "FREQ=WEEKLY;BYDAY=TU", "08:00", "gardener", "green.week", NULL, PLACE_GARDEN, 0, 150, 0, 0, 920, 60, "{\"season_from\":4,\"season_to\":10}"},
    {"防寒与修枝", "FREQ=WEEKLY;BYDAY=TU", "09:00", "gardener", "green.week", NULL, PLACE_GARDEN, 0, 120, 0, 0, 920, 60, "{\"season_from\":11,\"season_to\":3}"},
    {"儿童乐园检查", "FREQ=MONTHLY;BYMONTHDAY=10", "10:00", "engineer", NULL, NULL, PLACE_GARDEN, 1, 40, 0, 0, 950, 50, "{\"holidays\":\"after\"}"},
    {"1 号梯半月维保", "FREQ=DAILY;INTERVAL=15", "09:00", "engineer", "lift.half", "TSG T5002-2017", PLACE_LIFT, 0, 90, 0, 0, 960, 40, "{\"anchor\":\"last_actual\"}"},
    {"2 号梯半月维保", "FREQ=DAILY;INTERVAL=15", "10:30", "engineer", "lift.half", "TSG T5002-2017", PLACE_LIFT, 1, 90, 0, 0, 960, 40, "{\"anchor\":\"last_actual\"}"},
    {"1 号梯定期检验", "FREQ=YEARLY", "09:00", "engineer", NULL, "TSG T7001-2023", PLACE_LIFT, 0, 120, 78, 12, 1000, 0, NULL},
    {"2 号梯定期检验", "FREQ=YEARLY", "09:00", "engineer", NULL, "TSG T7001-2023", PLACE_LIFT, 1, 120, -4, 12, 0, 0, NULL},
    {"消防设施月检", "FREQ=MONTHLY;BYMONTHDAY=20", "09:00", "engineer", "fire.month", "GB 25201-2010", PLACE_PLANT, 2, 180, 0, 0, 960, 40, "{\"holidays\":\"before\"}"},
    {"消防设施年度检测", "FREQ=YEARLY", "09:00", "engineer", NULL, "消防法第十六条", PLACE_PLANT, 2, 480, 121, 12, 1000, 0, NULL},
    {"灭火器维修更换", "FREQ=YEARLY", "09:00", "engineer", NULL, "GB 50444-2008", PLACE_GARAGE, 0, 240, 26, 12, 1000, 0, NULL},
    {"二次供水水箱清洗", "FREQ=MONTHLY;INTERVAL=6", "08:00", "engineer", NULL, "CJJ 140-2010", PLACE_PLANT, 1, 360, -18, 6, 1000, 0, NULL},
    {"二次供水水质检测", "FREQ=MONTHLY;INTERVAL=3", "10:00", "engineer", NULL, "GB 17051-1997", PLACE_PLANT, 1, 60, 5, 3, 1000, 0, NULL},
    {"防雷装置检测", "FREQ=YEARLY", "09:00", "engineer", NULL, "防雷减灾管理办法", PLACE_ROOF, 0, 240, 136, 12, 1000, 0, NULL},
    {"稳压罐年度检查", "FREQ=YEARLY", "09:00", "engineer", NULL, "TSG 21-2016", PLACE_PLANT, 3, 90, 48, 12, 1000, 0, NULL},
};
/* clang-format on */
#define DUTIES ((int)COUNT_OF(duties))

struct Round {
    Id sheets[COUNT_OF(sheets)], plans[COUNT_OF(duties)];
    json_t *items[COUNT_OF(sheets)]; /* live as long as the demo */
    int64_t hours;                   /* of the generator, in tenths */
};

static void drop_items(void *self)
{
    Round *round = self;

    for (size_t i = 0; i < COUNT_OF(sheets); i++)
        json_decref(round->items[i]);
}

static int sheet_named(const char *code)
{
    for (int i = 0; i < (int)COUNT_OF(sheets); i++)
        if (code != NULL && strcmp(sheets[i].code, code) == 0)
            return i;
    return -1;
}

static const Error *make(Cx *cx, const Actor *actor, const char *resource, json_t *take_body, Id *out)
{
    Record *record;

    cx->actor = actor;
    cx->device_at = 0;
    TRY(process_create(cx, kernel_find(cx->kernel, str_of(resource)), demo_json(cx, take_body), &record));
    *out = record->id;
    return OK;
}

/* The day of the wall clock so many months before, as DTSTART is written; the 28th at the latest. */
static Str start_text(Cx *cx, const Demo *demo, const Duty *duty)
{
    Date day = instant_to_date(demo->start, ZONE_CHINA);

    if (duty->months > 0) {
        Date due = date_add(instant_to_date(demo->end, ZONE_CHINA), duty->due);
        int months = due / 10000 * 12 + due / 100 % 100 - 1 - duty->months, of_month = due % 100;
        day = date_of(months / 12, months % 12 + 1, of_month > 28 ? 28 : of_month);
    }
    return str_format(cx->arena, "%04d-%02d-%02dT%s:00", day / 10000, day / 100 % 100, day % 100, duty->at);
}

static const Error *make_plan(Life *life, Cx *cx, const Duty *duty, Id *out)
{
    const Demo *demo = life->demo;
    Str start = start_text(cx, demo, duty);
    json_t *more = NULL, *body = json_pack("{s:s,s:s,s:s%,s:i}", "title", duty->title, "team", duty->team, "dtstart", start.ptr, (size_t)start.len, "duration_min", duty->minutes);
    int count = demo->space_counts[duty->place], sheet = sheet_named(duty->sheet);

    if (duty->more != NULL) {
        TRY(json_read(cx->arena, str_of(duty->more), &more));
        (void)json_object_update(body, more); /* fails without memory only, as below */
    }
    if (duty->rrule != NULL)
        (void)json_object_set_new(body, "rrule", json_string(duty->rrule));
    if (count > 0)
        (void)json_object_set_new(body, "space", life_id(cx, demo->spaces[duty->place][duty->which % count]));
    if (sheet >= 0)
        (void)json_object_set_new(body, "checklist_template", life_id(cx, life->round->sheets[sheet]));
    if (duty->law != NULL) {
        (void)json_object_set_new(body, "statutory", json_true());
        (void)json_object_set_new(body, "legal_basis", json_string(duty->law));
        (void)json_object_set_new(body, "assignee", life_id(cx, demo->lead->user));
    }
    return make(cx, demo->lead, "plans", body, out);
}

const Error *life_make_plans(Life *life, Cx *cx)
{
    Round *round = new (life->demo->arena, Round, 1);

    life->round = round;
    arena_defer(life->demo->arena, drop_items, round);
    round->hours = 13200;
    for (size_t i = 0; i < COUNT_OF(sheets); i++) {
        json_t *items;
        TRY(json_read(cx->arena, str_of(sheets[i].items), &items));
        round->items[i] = json_deep_copy(items);
        TRY(make(cx, life->demo->lead, "checklist_templates",
                 json_pack("{s:s,s:s,s:s,s:O}", "code", sheets[i].code, "name", sheets[i].name, "name_en", sheets[i].name_en, "items", round->items[i]), &round->sheets[i]));
    }
    for (int i = 0; i < DUTIES; i++)
        TRY(make_plan(life, cx, &duties[i], &round->plans[i]));
    return OK;
}

static double number_of(const json_t *item, const char *name, const char *otherwise, double last)
{
    const json_t *limit = json_object_get(item, name);

    if (limit == NULL)
        limit = json_object_get(item, otherwise);
    return limit == NULL ? last : strtod(json_string_value(limit), NULL);
}

/* A reading: mostly inside the narrower limits, one in forty beyond the upper one. */
static json_t *some_number(Cx *cx, Dice *dice, const json_t *item)
{
    double low = number_of(item, "warn_min", "min", 0), high = number_of(item, "warn_max", "max", low * 2), share = (double)dice_between(dice, 150, 850) / 1000;

    if (dice_chance(dice, 25))
        share = 1.06;
    return json_string(str_to_c(cx->arena, str_format(cx->arena, "%.2f", low + (high - low) * share)));
}

static json_t *some_answer(Cx *cx, Dice *dice, const json_t *item)
{
    const char *kind = json_string_value(json_object_get(item, "kind"));

    if (strcmp(kind, "number") == 0)
        return some_number(cx, dice, item);
    if (strcmp(kind, "choice") == 0)
        return json_incref(json_array_get(json_object_get(item, "choices"), dice_chance(dice, 60) ? 1 : 0));
    if (strcmp(kind, "countdown") == 0)
        return json_incref(json_object_get(item, "seconds"));
    return strcmp(kind, "check") == 0 ? json_string(json_object_get(item, "opens") == NULL && json_object_get(item, "points") == NULL && dice_chance(dice, 25) ? "fail" : "pass") : NULL;
}

/* What is answered; what hangs on a failure's why is told as well. */
static json_t *answers_of(Cx *cx, Dice *dice, const json_t *items)
{
    json_t *list = json_array();
    const char *failed = "";
    const json_t *item;
    size_t i;

    json_array_foreach((json_t *)items, i, item) {
        const json_t *when = json_object_get(item, "when");
        json_t *value = when == NULL ? some_answer(cx, dice, item) : strcmp(json_string_value(json_object_get(when, "item")), failed) == 0 ? json_string("探测器误报，已复位") : NULL;
        if (value == NULL)
            continue;
        if (json_is_string(value) && strcmp(json_string_value(value), "fail") == 0)
            failed = json_string_value(json_object_get(item, "item"));
        (void)json_array_append_new(list, json_pack("{s:O,s:o}", "item", json_object_get(item, "item"), "value", value)); /* fails without memory only */
    }
    return list;
}

typedef struct {
    struct {
        Id id, plan;
        Instant due, from, to;
    } list[MAX_TASKS];
    int count;
} Tasks;

static const Error *add_task(Cx *cx, const Row *row, void *self)
{
    Tasks *tasks = self;

    (void)cx;
    if (tasks->count < MAX_TASKS) {
        int at = tasks->count++;
        tasks->list[at].id = row_int(row, 0);
        tasks->list[at].plan = row_int(row, 1);
        tasks->list[at].due = row_int(row, 2);
        tasks->list[at].from = row_int(row, 3);
        tasks->list[at].to = row_int(row, 4);
    }
    return OK;
}

/* Who does it on that day. */
static const Actor *doer_of(const Demo *demo, const Duty *duty, Dice *dice, Date day)
{
    if (duty->law != NULL)
        return demo->lead;
    if (strcmp(duty->team, "cleaner") == 0)
        return demo->cleaner;
    if (strcmp(duty->team, "gardener") == 0)
        return demo->gardener;
    for (int tries = 0; tries < 8; tries++) {
        const Worker *worker = &demo->workers[dice_below(dice, demo->worker_count)];
        if (worker->off_day != date_weekday(day))
            return worker->actor;
    }
    return demo->workers[0].actor;
}

/* When it will be done, 0: never. What law asks for is done some days before. */
static Instant time_of(Dice *dice, const Duty *duty, Instant due, Instant from, Instant to)
{
    int64_t roll = dice_below(dice, 1000), spread = to - due < 3 * HOUR ? to - due : 3 * HOUR;

    if (roll >= duty->in_time + duty->late)
        return 0;
    if (roll >= duty->in_time)
        return to + dice_between(dice, 30, 14 * 60) * MINUTE;
    if (duty->law != NULL && due - from > 3 * DAY_US)
        return due - dice_between(dice, 1, 3) * DAY_US;
    return due + dice_between(dice, 1, spread / MINUTE > 1 ? spread / MINUTE : 1) * MINUTE;
}

static const Error *do_task(Life *life, Cx *cx, const Duty *duty, Dice *dice, Id id)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    const Actor *who = doer_of(life->demo, duty, dice, instant_to_date(cx->now, ZONE_CHINA));
    int sheet = sheet_named(duty->sheet);
    int64_t minutes = duty->minutes * dice_between(dice, 70, 130) / 100;
    json_t *body = json_pack("{s:I}", "minutes", (json_int_t)minutes), *document;
    Instant now = cx->now;
    bool done;

    TRY(life_act(life, cx, who, meta, id, "start", json_object(), &done));
    cx->now = now + minutes * MINUTE < life->demo->end ? now + minutes * MINUTE : life->demo->end;
    if (sheet >= 0)
        (void)json_object_set_new(body, "items", answers_of(cx, dice, life->round->items[sheet])); /* fails without memory only */
    if (duty->law != NULL) {
        TRY(life_photo(life, cx, DEMO_REPORT, who, &document));
        (void)json_object_set(body, "document", json_array_get(document, 0));
        json_decref(document);
    }
    TRY(life_act(life, cx, who, meta, id, "finish", body, &done));
    cx->now = now;
    return OK;
}

/* The generator's hours are read on Mondays. */
static const Error *read_hours(Life *life, Cx *cx)
{
    bool done;
    int at = 0;

    while (duties[at].rrule != NULL)
        at++;
    life->round->hours += 37;
    return life_act(life, cx, life->demo->workers[0].actor, kernel_type(cx->kernel, &plan_type), life->round->plans[at], "count",
                    json_pack("{s:o}", "value", json_string(str_to_c(cx->arena, str_format(cx->arena, "%.1f", (double)life->round->hours / 10)))), &done);
}

static const Error *begin_day(Life *life, Cx *cx)
{
    const int most = 200;
    int count = most;

    cx->actor = &life->demo->system;
    while (count == most)
        TRY(plan_module.chores[0].fn(cx, most, &count));
    return date_weekday(instant_to_date(cx->now, ZONE_CHINA)) == 0 ? read_hours(life, cx) : OK;
}

const Error *life_do_tasks(Life *life, Cx *cx, int hour)
{
    static const char DUE[] = "SELECT id, plan_id, due_at, window_from, window_to FROM task WHERE org_id = :org AND due_at >= :from AND due_at < :before AND state IN ('due', 'missed')"
                              " AND archived_at IS NULL ORDER BY due_at, id"; /* task_by_due_at_id */
    Tasks *tasks = new (cx->arena, Tasks, 1);
    Instant now = cx->now;

    if (hour == LOOKS_FROM)
        TRY(begin_day(life, cx));
    TRY(sql_each(cx, DUE, IN(in_int("from", now - 2 * DAY_US), in_int("before", now + 3 * DAY_US)), add_task, tasks));
    for (int i = 0; i < tasks->count; i++) {
        for (int k = 0; k < DUTIES; k++) {
            Dice own = {(uint64_t)tasks->list[i].due ^ (uint64_t)k * 7919};
            Instant at = life->round->plans[k] == tasks->list[i].plan ? time_of(&own, &duties[k], tasks->list[i].due, tasks->list[i].from, tasks->list[i].to) : 0;
            if (at == 0 || at > now + HOUR)
                continue;
            cx->now = at > now ? at : now + dice_between(&own, 1, 50) * MINUTE;
            if (cx->now < life->demo->end)
                TRY(do_task(life, cx, &duties[k], &own, tasks->list[i].id));
        }
    }
    cx->now = now;
    return OK;
}

void life_plan_looks(Life *life, Instant midnight)
{
    for (int hour = LOOKS_FROM; hour <= LOOKS_TO; hour++)
        life_plan(life, midnight + hour * HOUR + 2 * MINUTE, STEP_TASKS, hour);
}
