/* demo_service.c: the demo's complaints and call-backs. Every half hour of the day those at the desk look at what is open and
 * move on what they have had long enough; how long that is depends on the matter, so that the figures have slow ones too. */
#include "app/demo_life.h"
#include "kernel/callback.h"
#include "modules/complaint/complaint.h"

#define COMPLAINTS_PER_1000_HOMES 14 /* in ten days */
#define MAX_LOOKED_AT 400

typedef struct {
    const char *category, *statement, *demand, *facts, *proposal, *done, *cause;
    int weight;
    bool is_engineering;
} Grievance;

/* clang-format off */
static const Grievance grievances[] = {
    {"clean.lobby", "大堂和电梯间好几天没拖，地上全是鞋印。", "每天拖一遍", "保洁员请假，替班没排上", "今天补做，排出固定替班", "已补做并张贴保洁时间表", "resource", 16, false},
    {"clean.garbage", "楼下垃圾桶满了没人清，味道很大。", NULL, "清运车晚到两天", "改为每日两清，与清运公司书面约定", "已清，连续三天按时", "supplier", 12, false},
    {"env.noise", "楼上半夜拖桌椅，说过几次没用。", "请物业出面", "上门核实，租户夜班作息", "与租户约定二十二点后不搬动家具，赠椅脚垫", "一周内未再发生", "neighbour", 14, false},
    {"parking.occupied", "我的固定车位又被别人占了。", NULL, "访客车辆未登记", "当日移车，入口增设提示", "已移车，岗亭核对车位", "process", 14, false},
    {"repairq.slow", "报修三天没人来，电话也没人回。", NULL, "派单后未跟进，师傅休假", "当日上门，派单超时自动提醒主管", "已修好", "process", 9, true},
    {"repairq.rework", "同一个地方修了三次还漏。", "一次修好", "只换了胶圈，未查管件", "更换整套管件，质保九十天", "已更换，试水无渗漏", "skill", 7, true},
    {"equip.lift", "我们这部电梯又停了，老人上不了楼。", NULL, "门机老化，维保未更换", "本周更换门机，停梯提前通知", "已更换并检验", "supplier", 10, true},
    {"equip.light", "楼道灯坏了一周没人换。", NULL, "巡查漏记", "当晚更换，纳入每日巡查", "已更换", "process", 8, true},
    {"fee.unclear", "公摊电费怎么算的，看不懂。", "给明细", "账单未附明细", "提供半年明细，本月起附在账单后", "已送达并讲解", "communication", 9, false},
    {"comms.notice", "停水没有通知，正洗着澡就没水了。", NULL, "通知只贴了大堂，未推送", "停水一律提前四十八小时推送", "已补推，流程已改", "communication", 8, false},
    {"staff.attitude", "前台说话很冲，问两句就不耐烦。", "道歉", "查录音属实", "当面道歉，参加服务培训", "已道歉，业主接受", "attitude", 6, false},
    {"security.strangers", "推销的随便进单元门，敲了一下午门。", NULL, "单元门闭门器损坏", "修复闭门器，岗亭核验访客", "已修复", "process", 7, false},
    {"env.renovation", "邻居周日早上七点就开始电钻。", NULL, "装修队未遵守时段", "停工整改，押金警告", "一周未再犯", "neighbour", 9, false},
    {"security.theft", "停在楼下的电动车被偷了。", "查监控", "西门监控有盲区", "配合报警，补装摄像头", "摄像头已装", "resource", 2, false},
};
static const char *const reasons[] = {"没有说到根本问题", "上次也是这样答应的", "希望给个准确时间", NULL};
/* clang-format on */

static int64_t weight_of(int at, const void *self)
{
    (void)self;
    return grievances[at].weight;
}

static const Grievance *some_grievance(Dice *dice)
{
    return &grievances[dice_choose(dice, (int)COUNT_OF(grievances), weight_of, NULL)];
}

static const Grievance *grievance_of(Str category)
{
    for (size_t i = 0; i < COUNT_OF(grievances); i++)
        if (str_is(category, grievances[i].category))
            return &grievances[i];
    return &grievances[0];
}

/* Somebody has had enough. */
static const Error *lodge(Life *life, Cx *cx)
{
    Demo *demo = life->demo;
    const Grievance *one = some_grievance(&demo->dice);
    const Home *home = &demo->home[dice_below(&demo->dice, demo->homes)];
    const Person *person = &demo->people[home->speaker];
    const Actor *own = person->user < 0 ? NULL : demo->residents[person->user];
    bool anonymous = own != NULL && dice_chance(&demo->dice, 40);
    json_t *body;
    Record *record;

    if (home->empty)
        return OK;
    cx->actor = own != NULL ? own : demo->desks[dice_below(&demo->dice, MAX_DESKS)];
    cx->device_at = 0;
    body = json_pack("{s:s, s:s}", "category", one->category, "statement", one->statement);
    if (one->demand != NULL)
        (void)json_object_set_new(body, "demand", json_string(one->demand)); /* fails without memory only */
    if (!anonymous)
        (void)json_object_set_new(body, "house", life_id(cx, home->id));
    if (anonymous)
        (void)json_object_set_new(body, "anonymous", json_true());
    if (own == NULL)
        (void)json_object_set_new(body, "complainant", life_id(cx, person->id));
    life->demo->reports++;
    return process_create(cx, kernel_type(cx->kernel, &complaint_type), demo_json(cx, body), &record);
}

typedef struct {
    Id id, owner, complainant; /* of a call-back the owner is its matter */
    Str state, category; /* of a call-back: its reason */
    Instant since;
    int64_t level, attempts;
} Look;
typedef struct {
    Look list[MAX_LOOKED_AT];
    int count;
} Looks;

static const Error *add_look(Cx *cx, const Row *row, void *self)
{
    Looks *looks = self;

    if (looks->count < MAX_LOOKED_AT)
        looks->list[looks->count++] = (Look){row_int(row, 0),  row_int(row, 4), row_int(row, 5), str_copy(cx->arena, row_text(row, 1)),
                                             str_copy(cx->arena, row_text(row, 2)), row_int(row, 3), row_int(row, 6), row_int(row, 7)};
    return OK;
}

/* How long this one lies in this state: of its own, so that it does not change from look to look. */
static bool is_ripe(const Look *look, Instant now, int64_t typical_min)
{
    Dice dice = {(uint64_t)look->id ^ ((uint64_t)look->since << 7)};
    return now - look->since >= dice_span(&dice, typical_min) * MINUTE;
}

/* The account that this user id belongs to, among those who handle complaints. */
static const Actor *actor_of(const Demo *demo, Id user)
{
    for (int i = 0; i < MAX_DESKS; i++)
        if (demo->desks[i]->user == user)
            return demo->desks[i];
    return demo->lead->user == user ? demo->lead : demo->manager;
}

static const Error *move_on(Life *life, Cx *cx, const Look *look)
{
    Demo *demo = life->demo;
    const RecordMeta *meta = kernel_type(cx->kernel, &complaint_type);
    const Grievance *what = grievance_of(look->category);
    const Actor *handler = actor_of(demo, look->owner);
    Dice dice = {(uint64_t)look->id + (uint64_t)look->since};
    bool done;

    if (str_is(look->state, "lodged") && is_ripe(look, cx->now, 12)) {
        const Actor *owner = what->is_engineering ? demo->lead : demo->desks[dice_below(&dice, MAX_DESKS)];
        return life_act(life, cx, demo->manager, meta, look->id, "accept", json_pack("{s:o}", "owner", life_id(cx, owner->user)), &done);
    }
    if (str_is(look->state, "accepted") && is_ripe(look, cx->now, 45))
        return life_act(life, cx, handler, meta, look->id, "first_contact", json_pack("{s:s}", "note", "已电话联系，说明处理步骤"), &done);
    if (str_is(look->state, "investigating") && is_ripe(look, cx->now, 200))
        return life_act(life, cx, handler, meta, look->id, "propose", json_pack("{s:s, s:s}", "facts", what->facts, "proposal", what->proposal), &done);
    if (str_is(look->state, "proposed") && is_ripe(look, cx->now, 80))
        return dice_chance(&dice, 110) ? life_act(life, cx, demo->quality, meta, look->id, "disagree", json_pack("{s:s}", "reason", demo_pick(&dice, reasons)), &done)
                                       : life_act(life, cx, demo->quality, meta, look->id, "agree", json_object(), &done);
    if (str_is(look->state, "resolving") && is_ripe(look, cx->now, 500))
        return life_act(life, cx, handler, meta, look->id, "resolve", json_pack("{s:s}", "action_taken", what->done), &done);
    if (str_is(look->state, "resolved") && is_ripe(look, cx->now, 1500)) {
        bool solved = dice_chance(&dice, 880), satisfied = solved && dice_chance(&dice, 900);
        return life_act(life, cx, demo->quality, meta, look->id, "callback",
                        json_pack("{s:b, s:b, s:b}", "satisfied", (int)satisfied, "heard", (int)(solved || dice_chance(&dice, 500)), "solved", (int)solved), &done);
    }
    if (str_is(look->state, "verified") && is_ripe(look, cx->now, 900))
        return life_act(life, cx, look->level == 1 ? demo->admin : demo->manager, meta, look->id, "close",
                        json_pack("{s:s, s:s}", "cause", what->cause, "valid", dice_chance(&dice, 850) ? "valid" : "partly"), &done);
    return OK;
}

/* The day's calls: most are answered at once, some are tried again. */
static const Error *call_back(Life *life, Cx *cx, const Look *look)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &callback_type);
    Dice dice = {(uint64_t)look->id + (uint64_t)look->attempts * 77};
    const Actor *caller = life->demo->quality;
    bool done, solved;

    if (str_is(look->category, "missed_call"))
        return is_ripe(look, cx->now, 9) ? life_act(life, cx, life->demo->desks[0], meta, look->id, "close", json_pack("{s:s, s:s}", "outcome", "reached", "note", "已回电"), &done)
                                         : OK;
    if (!is_ripe(look, cx->now, 1200))
        return OK;
    if (look->attempts < 2 && dice_chance(&dice, 220))
        return life_act(life, cx, caller, meta, look->id, "attempt", json_pack("{s:s}", "note", "无人接听"), &done);
    solved = dice_chance(&dice, 970);
    TRY(life_act(life, cx, caller, meta, look->id, "close",
                 json_pack("{s:s, s:b, s:b, s:b}", "outcome", "reached", "satisfied", (int)(solved && dice_chance(&dice, 940)), "heard", 1, "solved", (int)solved), &done));
    if (done && !solved)
        life_reworked(life, cx, look->owner);
    return OK;
}

const Error *life_serve(Life *life, Cx *cx)
{
    static const char COMPLAINTS[] = "SELECT id, state, category, updated_at, coalesce(owner_id, 0), coalesce(complainant_id, 0), level, 0 FROM complaint"
                                     " WHERE org_id = :org AND state NOT IN ('closed', 'refused') AND archived_at IS NULL ORDER BY id LIMIT 400";
    static const char CALLS[] = "SELECT id, state, reason, updated_at, coalesce(record_id, 0), 0, 0, coalesce(attempts, 0) FROM callback WHERE org_id = :org AND state = 'open'"
                                " AND reason <> 'verify' AND archived_at IS NULL ORDER BY id LIMIT 400"; /* callback_by_state_id */
    Looks *looks = new (cx->arena, Looks, 1);

    if (!life_is_day(cx->now))
        return OK;
    TRY(life_take_calls(life, cx));
    if (dice_chance(&life->demo->dice, life->demo->homes * COMPLAINTS_PER_1000_HOMES / (10 * 19))) /* 19 looks a day */
        TRY(lodge(life, cx));
    TRY(sql_each(cx, COMPLAINTS, NOTHING, add_look, looks));
    for (int i = 0; i < looks->count; i++)
        TRY(move_on(life, cx, &looks->list[i]));
    looks->count = 0;
    TRY(sql_each(cx, CALLS, NOTHING, add_look, looks));
    for (int i = 0; i < looks->count; i++)
        TRY(call_back(life, cx, &looks->list[i]));
    return OK;
}
