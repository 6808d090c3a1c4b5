/* demo_equipment.c: the demo's machines: lifts in each entrance, pumps, fire protection, power; who keeps them, what is on the shelf, and what fails. The
 * faults of the whole time are thrown on the first day, each with its steps; they have dice of their own. */
#include "app/demo_life.h"
#include "kernel/checklist.h"
#include "kernel/plan.h"
#include "modules/equipment/equipment.h"

#include <stdlib.h>

#define MAX_MACHINES 400
#define DAYS_BETWEEN_FAULTS 40 /* of one machine, about */
enum { FOUND, DIAGNOSED, MENDED, TESTED, CLOSED, STAGES };

/* One row makes a machine; on PLACE_LIFT one in each entrance, with its number behind the code. */
typedef struct {
    const char *code, *name, *type;
    Place place;
    int at; /* which of the places */
    const char *parent, *maker, *model, *rated;
    int cost_yuan, age_years, warranty_years;
    const char *firm;
    int next_days; /* until the legal inspection; 0: none */
} MachineRow;

/* clang-format off */
static const MachineRow machine_rows[] = {
    {"DT", "客梯", "lift_passenger", PLACE_LIFT, 0, NULL, "通力电梯", "KONE 3000S", "{\"载重\":\"1000 kg\",\"速度\":\"1.75 m/s\",\"层站\":\"18\"}", 320000, 9, 2, "京安电梯维保", 160},
    {"GD-01", "1 号变压器", "transformer", PLACE_PLANT, 0, NULL, "特变电工", "SCB13-1250", "{\"容量\":\"1250 kVA\",\"电压\":\"10/0.4 kV\"}", 260000, 9, 2, NULL, 0},
    {"GD-02", "2 号变压器", "transformer", PLACE_PLANT, 0, NULL, "特变电工", "SCB13-1250", "{\"容量\":\"1250 kVA\",\"电压\":\"10/0.4 kV\"}", 260000, 9, 2, NULL, 0},
    {"GD-03", "高压进线柜", "hv_switchgear", PLACE_PLANT, 0, NULL, "ABB", "UniGear ZS1", "{\"额定电流\":\"630 A\"}", 180000, 9, 2, NULL, 0},
    {"GD-04", "低压进线柜", "lv_switchboard", PLACE_PLANT, 0, "GD-01", "施耐德", "Blokset", NULL, 120000, 9, 2, NULL, 0},
    {"GD-05", "柴油发电机", "generator", PLACE_PLANT, 0, NULL, "康明斯", "C400D5", "{\"功率\":\"400 kW\"}", 380000, 9, 2, NULL, 0},
    {"GS-03", "变频供水控制柜", "inverter", PLACE_PLANT, 1, NULL, "西门子", "G120", NULL, 48000, 9, 2, NULL, 0},
    {"GS-01", "1 号生活水泵", "water_pump", PLACE_PLANT, 1, "GS-03", "格兰富", "CR32-6", "{\"流量\":\"32 m³/h\",\"扬程\":\"90 m\",\"功率\":\"15 kW\"}", 26000, 9, 2, NULL, 0},
    {"GS-02", "2 号生活水泵", "water_pump", PLACE_PLANT, 1, "GS-03", "格兰富", "CR32-6", "{\"流量\":\"32 m³/h\",\"扬程\":\"90 m\",\"功率\":\"15 kW\"}", 26000, 3, 2, NULL, 0},
    {"GS-04", "生活水箱", "water_tank", PLACE_PLANT, 1, NULL, "北京华通", "SUS304 60 m³", NULL, 90000, 9, 5, "清源水箱清洗", 0},
    {"XF-01", "火灾报警控制器", "fire_panel", PLACE_PLANT, 2, NULL, "海湾", "JB-QB-GST5000H", NULL, 85000, 9, 2, "平安消防维保", 0},
    {"XF-02", "消防水泵 1 号", "fire_pump", PLACE_PLANT, 1, NULL, "上海连成", "XBD12/40", "{\"流量\":\"40 L/s\",\"压力\":\"1.2 MPa\"}", 45000, 9, 2, "平安消防维保", 0},
    {"XF-03", "消防水泵 2 号", "fire_pump", PLACE_PLANT, 1, NULL, "上海连成", "XBD12/40", "{\"流量\":\"40 L/s\",\"压力\":\"1.2 MPa\"}", 45000, 9, 2, "平安消防维保", 0},
    {"XF-04", "稳压泵与气压罐", "fire_jockey", PLACE_PLANT, 1, NULL, "上海连成", "LDW3/10", NULL, 18000, 9, 2, "平安消防维保", 0},
    {"XF-05", "湿式报警阀组", "sprinkler", PLACE_PLANT, 1, NULL, "川消", "ZSFZ150", NULL, 12000, 9, 2, "平安消防维保", 0},
    {"XF-06", "B1 排烟风机", "smoke_exhaust", PLACE_GARAGE, 0, NULL, "上虞专用风机", "HTF-I-8", NULL, 16000, 9, 2, "平安消防维保", 0},
    {"NT-01", "1 号板换机组", "heating_station", PLACE_PLANT, 3, NULL, "阿法拉伐", "M15", NULL, 150000, 9, 2, NULL, 0},
    {"PS-01", "B1 集水井排污泵", "sewage_pump", PLACE_GARAGE, 0, NULL, "凯泉", "WQ25-15", NULL, 4800, 9, 1, NULL, 0},
    {"PS-02", "B2 集水井排污泵", "sewage_pump", PLACE_GARAGE, 1, NULL, "凯泉", "WQ25-15", NULL, 4800, 9, 1, NULL, 0},
    {"RD-01", "监控系统", "cctv", PLACE_PLANT, 2, NULL, "海康威视", "iVMS-8700", NULL, 160000, 6, 3, NULL, 0},
    {"RD-02", "地库道闸", "parking_gate", PLACE_GATE, 2, NULL, "捷顺", "JSDZ", NULL, 22000, 6, 1, NULL, 0},
    {"LY-01", "儿童滑梯组合", "playground", PLACE_GARDEN, 1, NULL, "凯奇", "KQ-60", NULL, 38000, 9, 2, NULL, 0},
};
static const struct {
    const char *name, *trade, *licence, *contact, *phone, *contract;
    int yuan;
} firms[] = {
    {"京安电梯维保", "电梯", "TS3311099-2027", "郭立", "13900100001", "电梯维保合同", 96000},
    {"平安消防维保", "消防", "京消维 0207", "范强", "13900100002", "消防设施维保合同", 68000},
    {"清源水箱清洗", "水箱清洗", "京卫水字 118", "季红", "13900100003", "二次供水清洗消毒合同", 12000},
};
static const struct {
    const char *item, *unit, *bin;
    int stock, price_fen, min;
} shelf[] = {
    {"门机皮带 8M-1280", "条", "A-01", 4, 18000, 2},   {"门锁触点", "只", "A-02", 10, 3500, 4},       {"机械密封 35", "套", "B-01", 6, 16000, 2},
    {"轴承 6308-2Z", "只", "B-02", 8, 6800, 4},        {"浮球开关", "只", "B-03", 5, 9500, 2},        {"交流接触器 CJX2-32", "只", "C-01", 6, 12500, 2},
    {"熔断器 32 A", "只", "C-02", 20, 1200, 10},       {"烟感探测器", "只", "D-01", 12, 8600, 6},     {"摄像机电源 12 V", "只", "E-01", 8, 4500, 3},
    {"道闸弹簧", "根", "E-02", 2, 21000, 2},
};
static const struct {
    const char *type, *symptom, *cause, *action, *part;
    int weight, down_min, cost_yuan; /* down 0: it runs on */
} troubles[] = {
    {"lift_passenger", "停在 9 层不走，门半开", "electrical", "更换门锁触点，调整门刀", "门锁触点", 8, 95, 0},
    {"lift_passenger", "关门到一半又打开", "wear", "更换门机皮带", "门机皮带 8M-1280", 6, 150, 0},
    {"lift_passenger", "下行有异响、抖动", "lubrication", "清洁导轨，加注润滑油", NULL, 5, 0, 0},
    {"lift_passenger", "到站不平层约 3 厘米", "control", "重做平层，校正编码器", NULL, 4, 70, 300},
    {"lift_passenger", "轿内按钮不亮", "wear", "更换按钮板", NULL, 4, 0, 260},
    {"water_pump", "机械密封漏水", "wear", "更换机械密封", "机械密封 35", 6, 180, 0},
    {"water_pump", "轴承发热、噪声大", "lubrication", "更换轴承", "轴承 6308-2Z", 4, 240, 0},
    {"inverter", "变频器过流报警", "electrical", "更换接触器，紧固端子", "交流接触器 CJX2-32", 3, 60, 0},
    {"fire_panel", "3 号回路两个烟感报故障", "wear", "更换探测器", "烟感探测器", 4, 0, 0},
    {"fire_jockey", "频繁启停", "wear", "更换止回阀，补气", NULL, 3, 120, 480},
    {"sewage_pump", "高水位不启动", "foreign", "清理缠绕物，更换浮球", "浮球开关", 6, 160, 0},
    {"heating_station", "补水泵跳闸", "electrical", "更换熔断器", "熔断器 32 A", 3, 80, 0},
    {"cctv", "地库 6 路画面黑屏", "power", "更换摄像机电源", "摄像机电源 12 V", 5, 0, 0},
    {"parking_gate", "抬杆无力", "wear", "更换弹簧", "道闸弹簧", 4, 110, 0},
    {"generator", "启动电池电压低", "wear", "更换蓄电池", NULL, 2, 0, 1600},
    {"playground", "滑梯底部螺栓松动", "maintenance", "停用紧固，复查全部螺栓", NULL, 2, 300, 0},
};
/* clang-format on */

typedef struct {
    Id id;
    const char *type;
    bool has_firm;
} Machine;
typedef struct {
    int machine, row;
    Instant at;
    Id fault;
} Trouble;
struct Works {
    Machine machines[MAX_MACHINES];
    int machine_count;
    Trouble *troubles;
    int trouble_count;
    bool is_planned;
    Dice dice;
};

static const RecordMeta *meta_of(const Cx *cx, const RecordType *type)
{
    return kernel_type(cx->kernel, type);
}

static const Error *make(Life *life, Cx *cx, const RecordType *type, json_t *take_body, Id *out)
{
    Record *record;

    cx->actor = life->demo->lead;
    cx->device_at = 0;
    TRY(process_create(cx, meta_of(cx, type), demo_json(cx, take_body), &record));
    *out = record->id;
    return OK;
}

static void set(json_t *body, const char *name, json_t *take_value)
{
    (void)json_object_set_new(body, name, take_value); /* fails without memory only */
}

static json_t *day(Cx *cx, Date date)
{
    Buf text = buf_new(cx->arena, 16);

    buf_date(&text, date);
    return json_stringn(text.ptr, (size_t)text.len);
}

static const Error *id_of(Cx *cx, const char *sql, const char *name, Id *out)
{
    bool found;

    *out = 0;
    return name == NULL ? OK : sql_find(cx, sql, IN(in_c("name", name)), OUT(out_int(out)), &found);
}

static const Error *hire_firms(Life *life, Cx *cx)
{
    Date today = instant_to_date(life->demo->end, ZONE_CHINA), year = today / 10000 * 10000;
    Id firm, contract;

    for (size_t i = 0; i < COUNT_OF(firms); i++) {
        json_t *body = json_pack("{s:s, s:[s], s:s, s:s, s:s}", "name", firms[i].name, "trades", firms[i].trade, "licence_no", firms[i].licence, "contact", firms[i].contact,
                                 "phone", firms[i].phone);
        set(body, "licence_until", day(cx, date_months_on(today, 9 + 5 * (int)i)));
        TRY(make(life, cx, &contractor_type, body, &firm));
        body = json_pack("{s:s, s:I}", "title", firms[i].contract, "amount_fen", (json_int_t)firms[i].yuan * 100);
        set(body, "contractor", life_id(cx, firm));
        set(body, "valid_from", day(cx, year + 101));
        set(body, "valid_until", day(cx, year + 1231));
        TRY(make(life, cx, &contract_type, body, &contract));
    }
    return OK;
}

static const Error *install(Life *life, Cx *cx, const MachineRow *row, int at)
{
    static const char PARENT[] = "SELECT id FROM equipment WHERE org_id = :org AND code = :name AND archived_at IS NULL";
    static const char FIRM[] = "SELECT id FROM contractor WHERE org_id = :org AND name = :name AND archived_at IS NULL";
    static const char PLACE_NAME[] = "SELECT name FROM space WHERE org_id = :org AND id = :id";
    Demo *demo = life->demo;
    struct Works *works = life->works;
    bool is_many = row->place == PLACE_LIFT;
    Id space = demo->spaces[row->place][at], parent, firm;
    Date put_in = date_months_on(instant_to_date(demo->end, ZONE_CHINA), -12 * row->age_years - (int)dice_below(&works->dice, 5)), made = date_months_on(put_in, -7);
    Str place = STR_NONE;
    json_t *body;

    if (at >= demo->space_counts[row->place] || works->machine_count == MAX_MACHINES)
        return OK;
    TRY(sql_row(cx, PLACE_NAME, IN(in_int("id", space)), OUT(out_text(&place))));
    TRY(id_of(cx, PARENT, row->parent, &parent));
    TRY(id_of(cx, FIRM, row->firm, &firm));
    body = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "code", is_many ? str_to_c(cx->arena, str_format(cx->arena, "%s-%02d", row->code, at + 1)) : row->code, "name",
                     is_many ? str_to_c(cx->arena, place) : row->name, "type", row->type, "maker", row->maker, "model", row->model, "cost_fen", (json_int_t)row->cost_yuan * 100,
                     "serial", str_to_c(cx->arena, str_format(cx->arena, "%d%05lld", made / 10000, (long long)dice_below(&works->dice, 100000))));
    set(body, "space", life_id(cx, space));
    set(body, "made_on", day(cx, made));
    set(body, "installed_on", day(cx, date_months_on(put_in, -2)));
    set(body, "in_service_on", day(cx, put_in));
    set(body, "warranty_until", day(cx, date_months_on(put_in, 12 * row->warranty_years)));
    if (row->rated != NULL)
        set(body, "rated", json_loads(row->rated, 0, NULL));
    if (parent != 0)
        set(body, "parent", life_id(cx, parent));
    if (firm != 0)
        set(body, "contractor", life_id(cx, firm));
    if (row->next_days > 0) {
        set(body, "registration_no", json_string(str_to_c(cx->arena, str_format(cx->arena, "梯11京A%05d(%02d)", 20310 + at, made / 10000 % 100))));
        set(body, "next_inspection", day(cx, date_add(instant_to_date(demo->end, ZONE_CHINA), row->next_days - at * 9)));
    }
    works->machines[works->machine_count] = (Machine){.type = row->type, .has_firm = firm != 0};
    return make(life, cx, &equipment_type, body, &works->machines[works->machine_count++].id);
}

static const Error *fill_shelf(Life *life, Cx *cx)
{
    Id part, move;
    json_t *body;

    for (size_t i = 0; i < COUNT_OF(shelf); i++) {
        TRY(make(life, cx, &part_type, json_pack("{s:s, s:s, s:s, s:i}", "item", shelf[i].item, "unit", shelf[i].unit, "bin", shelf[i].bin, "min", shelf[i].min), &part));
        body = json_pack("{s:s, s:i, s:i, s:s}", "kind", "in", "qty", shelf[i].stock, "price_fen", shelf[i].price_fen, "reason", "期初入库");
        set(body, "part", life_id(cx, part));
        TRY(make(life, cx, &stock_move_type, body, &move));
    }
    return OK;
}

static int64_t weight_of(int at, const void *self)
{
    return strcmp(troubles[at].type, self) == 0 ? troubles[at].weight : 0;
}

static bool can_fail(const char *type)
{
    for (size_t i = 0; i < COUNT_OF(troubles); i++)
        if (strcmp(troubles[i].type, type) == 0)
            return true;
    return false;
}

static void plan_trouble(Life *life, int machine, int row, Instant found)
{
    struct Works *works = life->works;

    works->troubles[works->trouble_count] = (Trouble){machine, row, found, 0};
    life_plan(life, found, STEP_MACHINE, works->trouble_count++ * STAGES + FOUND);
}

/* When what fails, by day; and what stands when the visitor comes in. */
static void throw_troubles(Life *life)
{
    static const struct {
        const char *type;
        int before_min;
    } now[] = {{"lift_passenger", 38}, {"water_pump", 75}, {"cctv", 200}};
    struct Works *works = life->works;
    Demo *demo = life->demo;
    int most = works->machine_count * (demo->days * 2 / DAYS_BETWEEN_FAULTS + 2);

    works->troubles = new (demo->arena, Trouble, most + (int)COUNT_OF(now));
    for (int m = 0; m < works->machine_count; m++)
        for (Instant at = demo->start + 12 * HOUR + dice_below(&works->dice, DAYS_BETWEEN_FAULTS) * DAY_US; at < demo->end - DAY_US && works->trouble_count < most;
             at += (DAYS_BETWEEN_FAULTS / 2 + dice_below(&works->dice, DAYS_BETWEEN_FAULTS)) * DAY_US) {
            Instant found = date_to_instant(instant_to_date(at, ZONE_CHINA), (int)dice_between(&works->dice, 7 * 60, 21 * 60), ZONE_CHINA);
            if (can_fail(works->machines[m].type) && found < demo->end && found > demo->start)
                plan_trouble(life, m, dice_choose(&works->dice, (int)COUNT_OF(troubles), weight_of, works->machines[m].type), found);
        }
    for (size_t i = 0; i < COUNT_OF(now); i++)
        for (int m = 0, row = dice_choose(&works->dice, (int)COUNT_OF(troubles), weight_of, now[i].type); m < works->machine_count; m++)
            if (strcmp(works->machines[m].type, now[i].type) == 0) {
                plan_trouble(life, m, row, demo->end - now[i].before_min * MINUTE);
                break;
            }
}

const Error *life_install_machines(Life *life, Cx *cx)
{
    struct Works *works = new (life->demo->arena, struct Works, 1);

    life->works = works;
    works->dice.state = life->demo->dice.state ^ 0x5eed; /* its own: what else happens does not hang on the machines */
    TRY(hire_firms(life, cx));
    for (size_t i = 0; i < COUNT_OF(machine_rows); i++) {
        int count = machine_rows[i].place == PLACE_LIFT ? life->demo->space_counts[PLACE_LIFT] : 1;
        for (int k = 0; k < count; k++)
            TRY(install(life, cx, &machine_rows[i], machine_rows[i].at + k));
    }
    TRY(fill_shelf(life, cx));
    throw_troubles(life);
    return OK;
}

/* The steps of a fault */

static const Error *find(Life *life, Cx *cx, Trouble *trouble)
{
    const Machine *machine = &life->works->machines[trouble->machine];
    json_t *body = json_pack("{s:s}", "symptom", troubles[trouble->row].symptom);
    Record *record;

    set(body, "equipment", life_id(cx, machine->id));
    if (troubles[trouble->row].down_min > 0)
        set(body, "down_from", json_string(str_to_c(cx->arena, life_time(cx, cx->now - 4 * MINUTE))));
    cx->actor = life->demo->guards[trouble->machine % 4];
    cx->device_at = 0;
    TRY(process_create(cx, meta_of(cx, &fault_type), demo_json(cx, body), &record));
    trouble->fault = record->id;
    life->settle = true; /* parts go out for it */
    return OK;
}

/* The part is taken from the shelf when there is one; what runs low is ordered and comes at once. */
static const Error *take_part(Life *life, Cx *cx, const Trouble *trouble)
{
    static const char FIND[] = "SELECT id FROM part WHERE org_id = :org AND item = :name AND archived_at IS NULL";
    static const char LEFT[] = "SELECT on_hand FROM part WHERE org_id = :org AND id = :id";
    int64_t left = 0;
    Id part, move;
    json_t *body;

    TRY(id_of(cx, FIND, troubles[trouble->row].part, &part));
    if (part == 0)
        return OK;
    TRY(sql_row(cx, LEFT, IN(in_int("id", part)), OUT(out_int(&left))));
    if (left == 0) {
        body = json_pack("{s:s, s:i, s:i, s:s}", "kind", "in", "qty", 4, "price_fen", (int)dice_between(&life->works->dice, 40, 200) * 100, "reason", "补货");
        set(body, "part", life_id(cx, part));
        TRY(make(life, cx, &stock_move_type, body, &move));
    }
    body = json_pack("{s:s, s:i}", "kind", "out", "qty", 1);
    set(body, "part", life_id(cx, part));
    set(body, "work_order", life_id(cx, trouble->fault));
    return make(life, cx, &stock_move_type, body, &move);
}

static const Error *mend(Life *life, Cx *cx, const Trouble *trouble, const Actor *who)
{
    json_t *body = json_pack("{s:s}", "action", troubles[trouble->row].action);
    bool done;

    TRY(take_part(life, cx, trouble));
    if (troubles[trouble->row].cost_yuan > 0)
        set(body, "cost_fen", json_integer((json_int_t)troubles[trouble->row].cost_yuan * 100));
    return life_act(life, cx, who, meta_of(cx, &fault_type), trouble->fault, "repair", body, &done);
}

const Error *life_machine(Life *life, Cx *cx, int which)
{
    struct Works *works = life->works;
    Trouble *trouble = &works->troubles[which / STAGES];
    const Actor *who = life->demo->workers[trouble->machine % life->demo->worker_count].actor;
    const RecordMeta *faults = meta_of(cx, &fault_type);
    int64_t down = troubles[trouble->row].down_min > 0 ? troubles[trouble->row].down_min : 600, wait[STAGES] = {12, 0, 40, 60 * 20, 0};
    bool done;

    wait[DIAGNOSED] = down;
    if (which % STAGES < CLOSED)
        life_plan(life, cx->now + dice_span(&works->dice, wait[which % STAGES] * MINUTE), STEP_MACHINE, which + 1);
    switch (which % STAGES) {
    case FOUND: return find(life, cx, trouble);
    case DIAGNOSED:
        return life_act(life, cx, who, faults, trouble->fault, "diagnose", json_pack("{s:s}", "cause", troubles[trouble->row].cause), &done);
    case MENDED: return mend(life, cx, trouble, who);
    case TESTED: return life_act(life, cx, who, faults, trouble->fault, "test", json_pack("{s:s}", "test_result", "运行正常"), &done);
    default: return life_act(life, cx, life->demo->lead, faults, trouble->fault, "close", json_object(), &done);
    }
}

/* Maintenance */

#define PLANNED_DAYS 21
#define TASKS_A_LOOK 60

static const Error *make_plans(Life *life, Cx *cx)
{
    bool done;

    for (int m = 0; m < life->works->machine_count; m++)
        TRY(life_act(life, cx, life->demo->lead, meta_of(cx, &equipment_type), life->works->machines[m].id, "plan", json_object(), &done));
    life->works->is_planned = true;
    return OK;
}

typedef struct {
    Id task, template;
    Str team;
    bool statutory;
} DueTask;
typedef struct {
    DueTask list[TASKS_A_LOOK];
    int count;
} DueTasks;

static const Error *take_due(Cx *cx, const Row *row, void *self)
{
    DueTasks *due = self;

    due->list[due->count++] = (DueTask){row_int(row, 0), row_int(row, 1), str_copy(cx->arena, row_text(row, 2)), row_int(row, 3) != 0};
    return OK;
}

/* What a good reading is: in the middle of its limits, or a bit inside the only one. */
static json_t *reading(Cx *cx, const json_t *item)
{
    Str low = json_str(json_object_get(item, "min")), high = json_str(json_object_get(item, "max"));
    double min = low.len == 0 ? 0 : strtod(str_to_c(cx->arena, low), NULL), max = high.len == 0 ? min * 1.1 : strtod(str_to_c(cx->arena, high), NULL);

    return json_string(str_to_c(cx->arena, str_format(cx->arena, "%.2f", low.len == 0 && high.len > 0 ? max * 0.6 : (min + max) / 2)));
}

static const Error *answers(Cx *cx, Id template, json_t **out)
{
    Record *record;
    json_t *items;
    const json_t *item;
    size_t i;

    TRY(record_load(cx, meta_of(cx, &checklist_template_type), template, &record));
    TRY(json_read(cx->arena, record_text(record, "items"), &items));
    *out = json_array();
    json_array_foreach(items, i, item)
    {
        json_t *one = json_object();
        set(one, "item", json_incref(json_object_get(item, "item")));
        set(one, "value", str_is(json_str(json_object_get(item, "kind")), "number") ? reading(cx, item) : json_string("pass"));
        (void)json_array_append_new(*out, one); /* fails without memory only */
    }
    return OK;
}

static const Actor *who_does(Life *life, const DueTask *due, int turn)
{
    const Demo *demo = life->demo;

    if (str_is(due->team, "guard"))
        return demo->guards[turn % 4];
    return str_is(due->team, "engineer") ? demo->workers[turn % demo->worker_count].actor : str_is(due->team, "manager") ? demo->manager : demo->lead;
}

static const Error *do_task(Life *life, Cx *cx, const DueTask *due, int turn)
{
    const Actor *who = who_does(life, due, turn);
    json_t *body = json_object(), *items;
    bool done;
    Id file;

    TRY(answers(cx, due->template, &items));
    set(body, "items", items);
    if (due->statutory) {
        TRY(life_file(life, cx, who, 2, &file));
        set(body, "document", life_id(cx, file));
    }
    return life_act(life, cx, who, meta_of(cx, &task_type), due->task, "finish", body, &done);
}

/* What is due is done within the half hour; now and then something is forgotten, and missed. */
const Error *life_maintain(Life *life, Cx *cx)
{
    static const char DUE[] = "SELECT t.id, t.checklist_template_id, coalesce(t.team, ''), coalesce(t.statutory, 0) FROM task t WHERE t.org_id = :org AND t.state = 'due' AND t.due_at <= :now"
                              " AND t.equipment_id IS NOT NULL AND t.archived_at IS NULL ORDER BY t.due_at, t.id LIMIT :most"; /* task_by_state_window_to_id */
    Works *works = life->works;
    DueTasks *due = new (cx->arena, DueTasks, 1);

    if (cx->now < life->demo->end - PLANNED_DAYS * DAY_US)
        return OK;
    if (!works->is_planned)
        return make_plans(life, cx);
    TRY(sql_each(cx, DUE, IN(in_int("most", TASKS_A_LOOK)), take_due, due));
    for (int i = 0; i < due->count; i++)
        if (!dice_chance(&works->dice, 25)) {
            cx->now += SECOND;
            TRY(do_task(life, cx, &due->list[i], i));
        }
    return OK;
}
