/* demo_desk.c: the demo's telephone and what people ask: calls that are answered or missed, enquiries answered from what the
 * desk knows, and the knowledge itself. */
#include "app/demo_life.h"
#include "modules/desk/desk.h"

#define CALLS_PER_1000_HOMES 16 /* a day */
#define LOOKS_A_DAY 19

typedef struct {
    const char *topic, *question, *answer;
    int weight;
    bool is_public; /* an article for residents too; otherwise for the staff */
    const char *title;
} Talk;

/* clang-format off */
static const Talk talks[] = {
    {"fee.standard", "物业费一平米多少钱，怎么算的？", "住宅 2.40 元/平方米·月，按建筑面积，按季度缴。", 14, true, "物业费标准"},
    {"fee.invoice", "缴完费怎么开发票？", "缴费后在手机页“账单”里点“开票”，当天发到邮箱；公司抬头请带税号。", 10, true, "缴费后开发票"},
    {"renovation.apply", "家里要装修，要办什么手续？", "带房本、身份证和装修公司资质到前台，交押金 2000 元，领施工证；三个工作日内办好。", 12, true, "装修办理需要什么"},
    {"renovation.rules", "周末能装修吗？", "工作日 8:00–12:00、14:00–18:00；周末和节假日不做有噪声的作业。", 9, true, "装修时间"},
    {"parking.visitor", "亲戚开车来，停哪里，收费吗？", "访客车位在地面东侧，两小时内免费，之后每小时 3 元，一天最高 20 元。", 12, true, "访客停车"},
    {"access.card", "门禁卡丢了怎么办？", "带身份证到前台挂失补办，15 元一张，旧卡当时失效。", 14, true, "门禁卡挂失与补办"},
    {"move.out", "搬家要开放行条吗？", "大件要。提前一天在手机页申请，租户需房东同意；搬家车走北门。", 7, true, "搬家与放行条"},
    {"waste", "旧沙发扔哪里？", "每周六上午北门大件收集点，请提前到前台登记。", 6, true, "大件垃圾"},
    {"pets", "养狗要登记吗？", "要。带狗证到前台登记；遛狗牵绳，电梯里抱起或戴嘴套。", 5, true, "养犬登记"},
    {"fee.heating", "冬天不住，暖气费能退吗？", "十一月十日前到热力公司报停，收 20 % 基本费；报停证明交前台一份。", 5, true, "暖气报停"},
    {"warranty", "卫生间漏水还在保修期吗？", "防水保修五年，从交房那天算；请报修，我们联系开发商。", 5, false, "质保期怎么查"},
    {"policy", "业主大会什么时候开？", "由业委会召集，开会前十五天公告议题和时间。", 3, false, "业主大会的程序"},
};
/* clang-format on */

/* What the desk knows on the first day. */
const Error *life_write_articles(Life *life, Cx *cx)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &article_type);
    bool done;

    for (size_t i = 0; i < COUNT_OF(talks); i++) {
        const Talk *talk = &talks[i];
        Record *record;
        cx->actor = life->demo->manager;
        TRY(process_create(cx, meta,
                           demo_json(cx, json_pack("{s:s, s:s, s:s, s:s}", "title", talk->title, "body", talk->answer, "category", talk->topic, "audience",
                                                   talk->is_public ? "public" : "staff")),
                           &record));
        TRY(life_act(life, cx, life->demo->manager, meta, record->id, "publish", json_object(), &done));
    }
    return OK;
}

static int64_t weight_of(int at, const void *self)
{
    (void)self;
    return talks[at].weight;
}

static const Talk *some_talk(Dice *dice)
{
    return &talks[dice_choose(dice, (int)COUNT_OF(talks), weight_of, NULL)];
}

/* What was asked on the telephone: mostly answered at once, now and then by somebody else later. */
static const Error *ask(Life *life, Cx *cx, const Actor *clerk, const Home *home, Str phone)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &enquiry_type);
    const Talk *talk = some_talk(&life->demo->dice);
    json_t *body = json_pack("{s:s, s:s, s:s}", "channel", "phone", "topic", talk->topic, "question", talk->question);
    Record *record;
    bool done;

    (void)json_object_set_new(body, "house", life_id(cx, home->id)); /* these fail without memory only */
    (void)json_object_set_new(body, "caller", life_id(cx, life->demo->people[home->speaker].id));
    (void)json_object_set_new(body, "caller_phone", json_stringn(phone.ptr, (size_t)phone.len));
    cx->actor = clerk;
    cx->device_at = 0;
    TRY(process_create(cx, meta, demo_json(cx, body), &record));
    if (dice_chance(&life->demo->dice, 880))
        return life_act(life, cx, clerk, meta, record->id, "answer", json_pack("{s:s}", "answer", talk->answer), &done);
    return OK;
}

static const Error *ring(Life *life, Cx *cx)
{
    static const char PHONE[] = "SELECT coalesce(phone, '') FROM party WHERE org_id = :org AND id = :party";
    Demo *demo = life->demo;
    const Home *home = &demo->home[dice_below(&demo->dice, demo->homes)];
    const Actor *clerk = demo->desks[dice_below(&demo->dice, MAX_DESKS)];
    const RecordMeta *meta = kernel_type(cx->kernel, &call_type);
    bool missed = dice_chance(&demo->dice, 55), done, asks = dice_chance(&demo->dice, 600);
    int64_t rang = missed ? dice_between(&demo->dice, 15, 60) : dice_span(&demo->dice, 7), talked = missed ? 0 : dice_span(&demo->dice, 95);
    Str phone = STR_NONE;
    Record *record;
    bool found;

    if (home->empty)
        return OK;
    TRY(sql_find(cx, PHONE, IN(in_int("party", demo->people[home->speaker].id)), OUT(out_text(&phone)), &found));
    if (phone.len == 0)
        return OK;
    phone = str_copy(cx->arena, phone);
    cx->actor = clerk;
    cx->device_at = 0;
    TRY(process_create(cx, meta,
                       demo_json(cx, json_pack("{s:s, s:s#, s:s, s:I, s:I, s:b}", "call_id",
                                               str_to_c(cx->arena, str_format(cx->arena, "demo-%lld", (long long)cx->now)), "caller_phone", phone.ptr,
                                               (size_t)phone.len, "call_start",
                                               str_to_c(cx->arena, life_time(cx, cx->now - (rang + talked) * SECOND)), "ring_sec",
                                               (json_int_t)rang, "talk_sec", (json_int_t)talked, "abandoned", (int)missed)),
                       &record));
    life->demo->reports++;
    if (missed)
        return OK;
    TRY(life_act(life, cx, clerk, meta, record->id, "take", json_object(), &done));
    TRY(life_act(life, cx, clerk, meta, record->id, "finish", json_pack("{s:s}", "outcome", asks ? "answered" : "recorded"), &done));
    return asks ? ask(life, cx, clerk, home, phone) : OK;
}

typedef struct {
    Id ids[40];
    Str topics[40];
    int count;
} Waiting;

static const Error *add_asked(Cx *cx, const Row *row, void *self)
{
    Waiting *asked = self;

    if (asked->count < (int)COUNT_OF(asked->ids)) {
        asked->ids[asked->count] = row_int(row, 0);
        asked->topics[asked->count++] = str_copy(cx->arena, row_text(row, 1));
    }
    return OK;
}

/* What could not be answered at once is, some hours later. */
static const Error *answer_rest(Life *life, Cx *cx)
{
    static const char OPEN[] = "SELECT id, coalesce(topic, '') FROM enquiry WHERE org_id = :org AND state = 'open' AND archived_at IS NULL"
                               " AND created_at < :before ORDER BY id LIMIT 40"; /* enquiry_by_state_id */
    const RecordMeta *meta = kernel_type(cx->kernel, &enquiry_type);
    Waiting asked = {.count = 0};
    bool done;

    TRY(sql_each(cx, OPEN, IN(in_int("before", cx->now - 2 * HOUR)), add_asked, &asked));
    for (int i = 0; i < asked.count; i++) {
        const Talk *talk = &talks[0];
        for (size_t k = 0; k < COUNT_OF(talks); k++)
            talk = str_is(asked.topics[i], talks[k].topic) ? &talks[k] : talk;
        TRY(life_act(life, cx, life->demo->desks[0], meta, asked.ids[i], "answer", json_pack("{s:s}", "answer", talk->answer), &done));
    }
    return OK;
}

const Error *life_take_calls(Life *life, Cx *cx)
{
    int64_t mean = (int64_t)life->demo->homes * CALLS_PER_1000_HOMES / LOOKS_A_DAY; /* per 1000 and look */

    if (!life_is_day(cx->now))
        return OK;
    for (; mean > 0; mean -= 1000) {
        if (dice_chance(&life->demo->dice, (int)(mean < 1000 ? mean : 1000)))
            TRY(ring(life, cx));
        cx->now += 3 * SECOND; /* no two calls at one moment */
    }
    return answer_rest(life, cx);
}
