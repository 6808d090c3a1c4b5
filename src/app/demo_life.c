/* demo_life.c: the days of the demo community: weather, seasons, who reports what and when; a lift that fails, a pipe
 * that bursts at night; and the morning on which the visitor comes in. */
#include "app/demo_life.h"
#include "modules/repair/repair.h"

#include <stdio.h>

#define TICK (5 * MINUTE)
#define SERVE (30 * MINUTE)
#define BATCH_BYTES ((size_t)64 << 20) /* of one closure's arena: bounds memory, and syncs seldom */
#define REPORTS_PER_1000_HOMES 25      /* a day */

static bool comes_before(const Turn *a, const Turn *b)
{
    return a->at != b->at ? a->at < b->at : a->order < b->order;
}

void life_plan(Life *life, Instant at, Step step, int matter)
{
    Turn due = {at, ++life->order, step, matter};
    int i = life->heap_count;

    if (at > life->demo->end)
        return;
    life->heap = arena_grown(life->demo->arena, life->heap, sizeof(Turn), i, &life->heap_room);
    life->heap_count++;
    for (; i > 0 && comes_before(&due, &life->heap[(i - 1) / 2]); i = (i - 1) / 2)
        life->heap[i] = life->heap[(i - 1) / 2];
    life->heap[i] = due;
}

static Turn take_next(Life *life)
{
    Turn first = life->heap[0], last = life->heap[--life->heap_count];
    int i = 0;

    for (;;) {
        int child = 2 * i + 1;
        if (child >= life->heap_count)
            break;
        if (child + 1 < life->heap_count && comes_before(&life->heap[child + 1], &life->heap[child]))
            child++;
        if (!comes_before(&life->heap[child], &last))
            break;
        life->heap[i] = life->heap[child];
        i = child;
    }
    life->heap[i] = last;
    return first;
}

int life_matter(Life *life, const Topic *topic)
{
    life->matters = arena_grown(life->demo->arena, life->matters, sizeof(Matter), life->matter_count, &life->matter_room);
    life->matters[life->matter_count] = (Matter){.topic = topic, .home = -1, .person = -1, .worker = -1, .into = -1};
    return life->matter_count++;
}

/* Spring 0, summer 1, autumn 2, winter 3 (the heating season, 15 November to 15 March). */
static int season_of(Date day)
{
    int md = day % 10000;
    return md >= 1115 || md <= 315 ? 3 : md < 601 ? 0 : md < 901 ? 1 : 2;
}

static bool is_day_off(const Life *life, Date day)
{
    const Kernel *kernel = &life->demo->house->kernel;

    for (ptrdiff_t i = 0; i < kernel->holiday_count; i++)
        if (kernel->holidays[i].day == day)
            return kernel->holidays[i].off;
    return date_weekday(day) >= 5;
}

typedef struct {
    int season;
    bool raining;
} Weather;

static int64_t weight_of(int at, const void *self)
{
    const Weather *weather = self;
    const Topic *topic = &demo_topics[at];
    return (int64_t)topic->weight * topic->season[weather->season] * (weather->raining ? topic->rain : 100);
}

static const Topic *choose_topic(Life *life, Date day)
{
    return &demo_topics[dice_choose(&life->demo->dice, demo_topic_count, weight_of, &(Weather){season_of(day), life->raining})];
}

static int some_home(Life *life)
{
    Demo *demo = life->demo;
    int at = 0;

    for (int tries = 0; tries < 20; tries++) {
        at = (int)dice_below(&demo->dice, demo->homes);
        if (!demo->home[at].empty && at != demo->first) /* resident1 has a story of its own */
            break;
    }
    return at;
}

static Id space_of(Life *life, Place place, const Home *home)
{
    const Demo *demo = life->demo;

    switch (place) {
    case PLACE_HOME:
    case PLACE_KINDS:
        return 0;
    case PLACE_LOBBY:
    case PLACE_LIFT:
    case PLACE_STAIRS:
        return demo->spaces[place][home->entry];
    case PLACE_ROOF:
        return demo->spaces[place][home->building - 1];
    case PLACE_GARAGE:
    case PLACE_ROAD:
    case PLACE_GARDEN:
    case PLACE_GATE:
    case PLACE_PLANT:
        break;
    }
    return demo->spaces[place][dice_below(&life->demo->dice, demo->space_counts[place])];
}

/* A matter of this kind at this home (or the common part that its people use). */
static int new_matter(Life *life, const Topic *topic, int home)
{
    Demo *demo = life->demo;
    int at = life_matter(life, topic), says = 0;
    Matter *matter = &life->matters[at];

    while (says < SAYS && topic->says[says].zh != NULL)
        says++;
    matter->say = topic->says[dice_below(&demo->dice, says)];
    matter->home = home;
    matter->person = demo->home[home].speaker;
    matter->space = space_of(life, topic->place, &demo->home[home]);
    matter->by_phone = dice_chance(&demo->dice, demo->people[matter->person].age > 62 ? 700 : 230);
    if (topic->place != PLACE_HOME && dice_chance(&demo->dice, 280))
        matter->person = -1; /* a guard on the round sees it first */
    return at;
}

/* When people report: more in the morning and after work. */
static Instant some_time(Life *life, Date day, bool urgent)
{
    static const int hours[24] = {1,  1,  1,  1,  1,  2,  5,  14, 34, 42, 36, 24,
                                  18, 18, 24, 26, 24, 24, 26, 30, 22, 12, 5,  2};
    int total = 0, hour = 0;
    int64_t at;

    for (int i = 0; i < 24; i++)
        total += hours[i] + (urgent ? 6 : 0);
    at = dice_below(&life->demo->dice, total);
    while ((at -= hours[hour] + (urgent ? 6 : 0)) >= 0)
        hour++;
    return date_to_instant(day, hour * 60, ZONE_CHINA) + dice_below(&life->demo->dice, HOUR);
}

/* A wished time: two hours on one of the next days. */
static void appoint(Life *life, Matter *matter, Instant reported)
{
    static const int starts[] = {9, 10, 14, 15, 16, 17};
    Dice *dice = &life->demo->dice;
    Date day = date_add(instant_to_date(reported, ZONE_CHINA), (int)dice_between(dice, 1, 3));

    matter->from = date_to_instant(day, starts[dice_below(dice, (int64_t)COUNT_OF(starts))] * 60, ZONE_CHINA);
    matter->to = matter->from + 2 * HOUR;
}

static void plan_day(Life *life, Instant midnight)
{
    Demo *demo = life->demo;
    Dice *dice = &demo->dice;
    Date day = instant_to_date(midnight, ZONE_CHINA);
    static const int rain[] = {260, 420, 200, 130};
    int64_t mean, trials;

    life->raining = dice_chance(dice, life->raining ? rain[season_of(day)] + 250 : rain[season_of(day)]);
    life->duty = (life->duty + 1) % demo->worker_count;
    mean = (int64_t)demo->homes * REPORTS_PER_1000_HOMES * (is_day_off(life, day) ? 112 : 96) / 100 *
           (life->raining ? 118 : 95) / 100; /* per 1000 */
    trials = mean / 500 + 1;
    for (int64_t i = 0; i < trials; i++) {
        const Topic *topic = choose_topic(life, day);
        Instant at = some_time(life, day, topic->urgent);
        int matter;
        if (!dice_chance(dice, (int)(mean / trials)) || at <= demo->start)
            continue;
        matter = new_matter(life, topic, some_home(life));
        if (topic->place == PLACE_HOME && !topic->urgent && dice_chance(dice, 280))
            appoint(life, &life->matters[matter], at);
        life_plan(life, at, STEP_REPORT, matter);
        if (topic->place != PLACE_HOME && topic->place != PLACE_ROOF &&
            dice_chance(dice, 130)) { /* a neighbour sees it as well */
            int twin = new_matter(life, topic, life->matters[matter].home);
            life->matters[twin].space = life->matters[matter].space;
            life->matters[twin].into = matter;
            life->matters[twin].person = demo->home[some_home(life)].speaker;
            life_plan(life, at + dice_between(dice, 8, 70) * MINUTE, STEP_REPORT, twin);
        }
    }
    for (Instant at = midnight; at < midnight + DAY_US; at += TICK)
        life_plan(life, at, STEP_TICK, -1);
    for (Instant at = midnight; at < midnight + DAY_US; at += SERVE)
        life_plan(life, at + MINUTE, STEP_SERVE, -1);
    life_plan_looks(life, midnight);
    life_plan(life, midnight + DAY_US, STEP_DAY, -1);
}

static Instant at_share(const Demo *demo, int percent, int minute)
{
    Date day = instant_to_date(demo->start + (demo->end - demo->start) / 100 * percent, ZONE_CHINA);
    return date_to_instant(day, minute, ZONE_CHINA);
}

/* A lift that fails on a working evening: one who reports it for all, and the neighbours who do so too. */
static void tell_lift_story(Life *life)
{
    Demo *demo = life->demo;
    int home = demo->homes > 100 ? 80 : 0, leader;
    Instant at = at_share(demo, 57, 18 * 60 + 24);

    leader = new_matter(life, demo_topic("lift.stopped"), home);
    life->matters[leader].person = -1;
    life->matters[leader].say = (Say){"电梯停在 7 楼不动，门半开", "已放检修牌，楼里老人多，请尽快。"};
    life_plan(life, at, STEP_REPORT, leader);
    for (int i = 1; i <= 9 && home + i * 3 < demo->homes; i++) {
        int twin = new_matter(life, demo_topic("lift.stopped"), home + i * 3);
        life->matters[twin].into = leader;
        life->matters[twin].space = life->matters[leader].space;
        if (life->matters[twin].person >= 0)
            life_plan(life, at + dice_between(&demo->dice, 2, 55) * MINUTE, STEP_REPORT, twin);
    }
}

static void tell_night_story(Life *life)
{
    int burst = new_matter(life, demo_topic("water.burst"), 0),
        trapped = new_matter(life, demo_topic("lift.door"), life->demo->homes / 2);

    life->matters[burst].person = -1;
    life->matters[burst].space = life->demo->spaces[PLACE_GARAGE][0];
    life->matters[burst].say = (Say){"地库 B1 消防管旁给水管爆裂，水往电梯井流", "已拉沙袋，正在找阀门。"};
    life_plan(life, at_share(life->demo, 36, 2 * 60 + 13), STEP_REPORT, burst);
    life->matters[trapped].person = -1;
    life->matters[trapped].say = (Say){"电梯门夹住婴儿车，开合不停", "人已出来，梯内无人。"};
    life_plan(life, at_share(life->demo, 76, 19 * 60 + 42), STEP_REPORT, trapped);
}

/* resident1: four repairs on file, one of them with a low score. */
static void tell_first_story(Life *life)
{
    static const struct {
        int percent, minute, stars;
        const char *topic, *zh, *more;
    } rows[] = {{12, 9 * 60 + 5, 5, "power.lamp_home", "厨房灯一闪一闪", "看着眼花。"},
                {41, 10 * 60 + 32, 4, "drain.kitchen", "厨房下水慢，有味", "洗菜时水退得很慢。"},
                {63, 15 * 60 + 12, 5, "door.intercom", "门禁对讲听不见声音", NULL},
                {86, 8 * 60 + 51, 2, "water.toilet", "马桶一直流水", "水箱里的水停不下来，上次也是这样。"}};

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int at = new_matter(life, demo_topic(rows[i].topic), life->demo->first);
        life->matters[at].by_phone = i == 1;
        life->matters[at].say = (Say){rows[i].zh, rows[i].more};
        life->matters[at].stars = rows[i].stars;
        life_plan(life, at_share(life->demo, rows[i].percent, rows[i].minute), STEP_REPORT, at);
    }
}

typedef struct {
    Step step;
    int before; /* minutes before the end */
} Cue;
/* What lies on the desk when the visitor comes in. */
typedef struct {
    const char *topic, *home, *zh, *more;
    bool winter; /* in the heating season only */
    int appoint; /* the n-th hour window of today; 0: none */
    Cue cues[6];
} Scene;

/* clang-format off */
static const Scene scenes[] = {
    {"water.leak_upstairs", "5-1-0802", "楼上漏水，客厅吊顶滴水", "滴了快一个小时，已用盆接着。", .cues = {{STEP_REPORT, 42}, {STEP_RESPOND, 40}}},
    {"power.trip", "2-2-1103", "空开老是跳闸", "一开热水器就跳。", .cues = {{STEP_REPORT, 113}, {STEP_RESPOND, 110}, {STEP_GIVE, 107}}},
    {"water.tap", "3-2-1501", "厨房水龙头关不严", "一直滴水，夜里听得很清楚。", .cues = {{STEP_REPORT, 8}}},
    {"drain.floor", "1-1-0601", "卫生间地漏堵了", "洗澡水下不去。", .cues = {{STEP_REPORT, 3}}},
    {"power.home_off", "4-1-1402", "家里突然停电", "邻居家都有电。", .cues = {{STEP_REPORT, 11}, {STEP_RESPOND, 9}, {STEP_GIVE, 7}}},
    {"water.no_water", "6-1-0303", "家里没水了", "楼上楼下都有水。", .cues = {{STEP_REPORT, 24}, {STEP_RESPOND, 22}, {STEP_GIVE, 20}}},
    {"door.lock_home", "2-1-1602", "指纹锁没电了进不去", NULL, .cues = {{STEP_REPORT, 9}, {STEP_RESPOND, 7}}},
    {"hvac.no_heat", "1-2-0502", "次卧暖气片不热", "有小宝宝。", .winter = true, .cues = {{STEP_REPORT, 188}, {STEP_RESPOND, 180}, {STEP_GIVE, 170}}},
    {"building.window", "2-1-0704", "阳台推拉门滑轮坏", "推不动，声音很大。",
     .cues = {{STEP_REPORT, 2700}, {STEP_RESPOND, 2693}, {STEP_GIVE, 2680}, {STEP_ARRIVE, 2610}, {STEP_SUSPEND, 2590}}},
    {"power.trip", "3-2-0901", "带电工看跳闸", "约好上午，家里留人。", .appoint = 1, .cues = {{STEP_REPORT, 1260}, {STEP_RESPOND, 1255}, {STEP_GIVE, 1250}}},
    {"other.furniture", "1-1-0402", "安装窗帘杆", NULL, .appoint = 2, .cues = {{STEP_REPORT, 1500}, {STEP_RESPOND, 1495}, {STEP_GIVE, 1480}}},
    {"power.socket", "4-2-0301", "想加一个插座", "书房缺一个电位。", .appoint = 4, .cues = {{STEP_REPORT, 1390}, {STEP_RESPOND, 1386}, {STEP_GIVE, 1380}}},
    {"hvac.ac", "1-2-1204", "空调不制热，要求傍晚上门", "白天没人，五点以后在家。", .appoint = 7, .cues = {{STEP_REPORT, 1450}, {STEP_RESPOND, 1446}, {STEP_GIVE, 1440}}},
    {"water.heater", "5-2-1001", "热水器进水口漏水", NULL,
     .cues = {{STEP_REPORT, 1340}, {STEP_RESPOND, 1335}, {STEP_GIVE, 1330}, {STEP_ARRIVE, 75}, {STEP_QUOTE, 62}}},
    {"power.lamp_common", "5-1-0301", "楼道灯不亮", "三楼到四楼之间。", .cues = {{STEP_REPORT, 61}, {STEP_RESPOND, 52}}},
    {"door.access", "6-2-0102", "人脸识别认不出来", NULL, .cues = {{STEP_REPORT, 47}, {STEP_RESPOND, 38}}},
    {"lift.noise", "3-1-0901", "电梯有异响", "下到五楼时咯噔一下。", .cues = {{STEP_REPORT, 33}, {STEP_RESPOND, 26}}},
    {"water.toilet", "4-1-0201", "马桶不上水", "水箱半天蓄不满。", .cues = {{STEP_REPORT, 29}, {STEP_RESPOND, 21}}},
    {"weak.camera", "1-1-0101", "地库摄像头不亮", "车被刮了说没拍到。", .cues = {{STEP_REPORT, 1210}, {STEP_RESPOND, 1206}, {STEP_GIVE, 1200}, {STEP_ARRIVE, 18}}},
};
/* clang-format on */

static int home_named(Life *life, const char *no)
{
    char text[32];

    for (int at = 0; at < life->demo->homes; at++) {
        const Home *home = &life->demo->home[at];
        (void)snprintf(text, sizeof text, "%d-%d-%02d%02d", home->building, home->unit, home->floor,
                       home->room); /* short by its tables */
        if (strcmp(text, no) == 0)
            return at;
    }
    return some_home(life);
}

static void plan_scenes(Life *life)
{
    Demo *demo = life->demo;
    Instant hour = demo->end - (demo->end + ZONE_CHINA * MINUTE) % HOUR + HOUR;
    int count = (int)COUNT_OF(scenes);

    for (int i = 0; i < count; i++) {
        const Scene *scene = &scenes[i];
        int home = i == 2 ? demo->first : home_named(life, scene->home), at;
        Matter *matter;
        if ((scene->winter && season_of(instant_to_date(demo->end, ZONE_CHINA)) != 3) ||
            (demo->homes < 100 && i % 3 == 1 && i > 2))
            continue; /* a small place has fewer matters at a time */
        at = new_matter(life, demo_topic(scene->topic), home);
        matter = &life->matters[at];
        matter->scripted = true;
        matter->say = (Say){scene->zh, scene->more};
        matter->person = demo->home[home].speaker;
        if (scene->appoint > 0) {
            matter->from = hour + (scene->appoint - 1) * HOUR;
            if (instant_to_minute(matter->from, ZONE_CHINA) < 8 * 60 || instant_to_minute(matter->from, ZONE_CHINA) > 19 * 60) /* nobody comes at night */
                matter->from = date_to_instant(date_add(instant_to_date(demo->end, ZONE_CHINA), 1), (8 + scene->appoint) * 60, ZONE_CHINA);
            matter->to = matter->from + (scene->appoint == 7 ? 1 : 2) * HOUR;
        }
        matter->until = demo->end - demo->end % HOUR + 5 * HOUR;
        for (size_t k = 0; k < COUNT_OF(scene->cues) && (scene->cues[k].before > 0); k++) {
            Instant cue = demo->end - scene->cues[k].before * MINUTE + dice_below(&demo->dice, 50) * SECOND;
            if (cue < demo->start + HOUR) /* a short demo begins in the middle of it */
                cue = demo->start + HOUR + (Instant)k * MINUTE;
            life_plan(life, cue, scene->cues[k].step, at);
        }
    }
    life_plan(life, date_to_instant(date_add(instant_to_date(demo->end, ZONE_CHINA), -1), 15 * 60, ZONE_CHINA), STEP_RELIEF, -1);
    life_plan(life, demo->end - 8 * MINUTE, STEP_TIDY, -1);
    life_plan(life, demo->end, STEP_TIDY, -1);
}

static const Error *run_some(Cx *cx, void *self)
{
    Life *life = self;

    life->settle = false;
    while (life->heap_count > 0 && arena_used(cx->arena) < BATCH_BYTES && !life->settle) {
        Turn due = take_next(life);
        cx->now = due.at;
        if (due.step == STEP_DAY)
            plan_day(life, due.at);
        else
            TRY(life_step(life, cx, &due));
    }
    return OK;
}

/* People have read their messages up to the last day's. */
static const Error *read_messages(Cx *cx, void *self)
{
    static const char SEEN[] =
        "UPDATE message SET seen_at = created_at + :later WHERE org_id = :org AND created_at < :now";
    (void)self;
    return sql_run(cx, SEEN, IN(in_int("later", 11 * MINUTE)));
}

static const Error *write_articles(Cx *cx, void *self)
{
    TRY(life_write_articles(self, cx));
    TRY(life_install_machines(self, cx));
    TRY(life_set_prices(self, cx));
    return life_make_plans(self, cx);
}

const Error *demo_live(Demo *demo)
{
    Life life = {.demo = demo,
                 .repairs = kernel_type(&demo->house->kernel, &repair_type),
                 .followups = kernel_type(&demo->house->kernel, &followup_type)};

    TRY(demo_write(demo, demo->manager, demo->start, write_articles, &life));
    life_plan(&life, demo->start, STEP_DAY, -1);
    if (demo->days >= 5) {
        tell_lift_story(&life);
        tell_night_story(&life);
    }
    tell_first_story(&life);
    plan_scenes(&life);
    life_plan_notices(&life);
    life_plan_watch(&life);
    while (life.heap_count > 0)
        TRY(demo_write(demo, &demo->system, life.heap[0].at, run_some, &life));
    return demo_write(demo, &demo->system, demo->end - 20 * HOUR, read_messages, NULL);
}
