/* equipment.c: 设备台账, the machines, as a tree (card P18).
 *
 *     running <--stand_by / start--> standby
 *        |  '--stop--> stopped --start--'     (planned, or the program's own when the legal inspection has run out)
 *        |  '--overhaul--> under_repair --restore--> running
 *        '--fail--> under_repair --recover--> running     (the program's, with the faults that stop it)
 *     any of them --scrap, swap--> scrapped               (never deleted)
 *
 * A plate on the machine says its code. The code belongs to the place where it works: a new machine there takes it over, the old one's file stays
 * under the code with a mark behind it, and each names the other. */
#include "kernel/clock.h"
#include "kernel/deadline.h"
#include "modules/equipment/equipment_parts.h"

#define MAX_DEPTH 20 /* of the tree */

const Sight equipment_sights[1] = {{STAFF}};
static const State states[] = {
    {"running", "运行", "Running"},        {"standby", "备用", "Standby"},   {"stopped", "停用", "Stopped"},
    {"under_repair", "维修中", "Under repair"}, {"scrapped", "已报废", "Scrapped", .ended = true},
};
#define IN_SERVICE NAMES("running", "standby")
#define NOT_SCRAPPED NAMES("running", "standby", "stopped", "under_repair")

static const Field fields[] = {
    {"code", "设备编号", "Code", T_TEXT, .max = 40, .required = true, .searched = true},
    {"name", "名称", "Name", T_TEXT, .max = 80, .required = true, .searched = true, .initials = true},
    {"type", "类型", "Type", T_CODE, .to = "equipment_types", .required = true, .indexed = true},
    {"space", "位置", "Place", T_REF, .to = "spaces", .required = true, .searched = true, .indexed = true},
    {"parent", "上级设备", "Part of", T_REF, .to = "equipment", .indexed = true},
    {"serves", "服务范围", "Serves", T_REFS, .to = "spaces", .max = 50},
    {"criticality", "重要程度", "Criticality", T_CHOICE, .choices = equipment_criticalities},
    {"maker", "制造单位", "Maker", T_TEXT, .max = 80, .searched = true},
    {"model", "型号", "Model", T_TEXT, .max = 80, .searched = true},
    {"serial", "出厂编号", "Serial number", T_TEXT, .max = 60, .searched = true},
    {"rated", "额定参数", "Rated values", T_OBJECT},
    {"made_on", "出厂日期", "Made on", T_DATE},
    {"installed_on", "安装日期", "Installed on", T_DATE},
    {"in_service_on", "投用日期", "In service since", T_DATE},
    {"warranty_until", "质保到期", "Warranty until", T_DATE},
    {"life_years", "设计寿命（年）", "Life (years)", T_INT, .min = 1, .max = 100},
    {"cost_fen", "购置费用", "Cost", T_MONEY},
    {"registration_no", "使用登记证号", "Registration number", T_TEXT, .max = 60, .searched = true},
    {"next_inspection", "下次检验日期", "Next inspection", T_DATE},
    {"inspection_report", "检验报告", "Inspection report", T_FILE, .read_only = true},
    {"inspection_ends_at", "检验到期", "Inspection ends", T_TIME, .internal = true},
    {"remind_at", "下次提醒", "Next reminder", T_TIME, .internal = true},
    {"supplier", "供应商", "Supplier", T_TEXT, .max = 80},
    {"contractor", "维保单位", "Kept by", T_REF, .to = "contractors", .indexed = true},
    {"documents", "随机资料", "Documents", T_FILES, .max = 20},
    {"note", "说明", "Note", T_LINES, .max = 1000},
    {"replaces", "更换自", "Replaces", T_REF, .to = "equipment", .read_only = true, .indexed = true, .linked = true},
    {"scrapped_at", "报废时间", "Scrapped", T_TIME, .read_only = true},
};
static const Filter filters[] = {
    {"equipment", T_REF, .to = "equipment", .sql = "t.id = :f_equipment"},
    {"in_service", T_BOOL, .sql = SQL_FLAG("t.state <> 'scrapped'", "in_service")},
    {"top", T_BOOL, .sql = SQL_FLAG("t.parent_id IS NULL", "top")},
    {"system", T_TEXT, .sql = "t.type IN (SELECT y.code FROM equipment_type y WHERE y.org_id = t.org_id AND y.system = :f_system)"},
    {"inspected_before", T_DATE, .sql = "t.next_inspection < :f_inspected_before"},
};
static const Index indexes[] = {{"next_inspection, id", .where = "next_inspection IS NOT NULL"}, {"state, remind_at, id", .where = "remind_at IS NOT NULL"}, {0}};

/* Out of use for a while, other than by a fault: what is no one's failure is apart in the figures. */
static const Choice stop_kinds[] = {{"planned", "计划停机", "Planned"}, {"overhaul", "检修", "Overhaul"}, {"expired", "检验过期", "Inspection run out"}, {0}};
static const Field stop_fields[] = {
    {"equipment", "设备", "Equipment", T_REF, .to = "equipment", .required = true, .searched = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = stop_kinds, .set_default = "planned"},
    {"since", "开始", "From", T_TIME, .required = true},
    {"until", "结束", "Until", T_TIME},
    {"reason", "原因", "Reason", T_TEXT, .max = 500},
};
static const Index stop_indexes[] = {{"equipment_id, since"}, {0}};

static const Error *check_stop(Cx *cx, Record *stop, Problems *problems)
{
    if (record_int(stop, "since") > cx->now)
        problems_add(problems, STR("since"), "out_of_range", STR("不能晚于现在"), STR("must not lie in the future"));
    if (!record_is_null(stop, "until") && record_int(stop, "until") <= record_int(stop, "since"))
        problems_add(problems, STR("until"), "out_of_range", STR("应晚于开始"), STR("must be after the beginning"));
    return OK;
}

const RecordType equipment_stop_type = {
    .resource = "equipment_stops", .name = "equipment_stop", .zh = "停机记录", .en = "Stop", .fields = LIST(stop_fields), .sights = LIST(equipment_sights),
    .create_by = ENGINEERING, .write_by = ENGINEERING, .indexes = stop_indexes, .label = "reason", .in_project = true,
    .own_search_only = true, .prepare = check_stop, .changed = check_stop,
};

static const Error *begin_stop(Cx *cx, const Record *equipment, const char *kind, Str reason)
{
    Record *stop = record_new(cx, kernel_type(cx->kernel, &equipment_stop_type));

    stop->project = equipment->project;
    stop->building = equipment->building;
    record_set_int(stop, "equipment", equipment->id);
    record_set_text(stop, "kind", str_of(kind));
    record_set_int(stop, "since", clock_happened(cx));
    record_set(stop, "reason", reason.len == 0 ? VALUE_NULL : value_text(reason));
    TRY(process_insert(cx, stop));
    return equipment_rest_plans(cx, equipment->id);
}

static const Error *end_stop(Cx *cx, const Record *equipment)
{
    static const char OPEN[] = "SELECT id FROM equipment_stop WHERE org_id = :org AND equipment_id = :equipment AND \"until\" IS NULL AND archived_at IS NULL"
                               " ORDER BY since DESC LIMIT 1"; /* equipment_stop_by_equipment_id_since */
    Record *stop;
    Id id = 0;
    bool found;

    TRY(sql_find(cx, OPEN, IN(in_int("equipment", equipment->id)), OUT(out_int(&id)), &found));
    if (!found)
        return OK;
    TRY(record_load(cx, kernel_type(cx->kernel, &equipment_stop_type), id, &stop));
    record_set_int(stop, "until", clock_happened(cx));
    return process_save(cx, stop, "end");
}

/* Checks of what is written */

typedef struct {
    const char *earlier, *later, *zh, *en;
} DayOrder;

static void check_days(Cx *cx, const Record *equipment, Problems *problems)
{
    static const DayOrder orders[] = {
        {"made_on", "installed_on", "不应早于出厂日期", "must not be before it was made"},
        {"made_on", "in_service_on", "不应早于出厂日期", "must not be before it was made"},
        {"installed_on", "in_service_on", "不应早于安装日期", "must not be before it was installed"},
    };
    Date tomorrow = date_add(instant_to_date(cx->now, cx->zone_min), 1);

    for (size_t i = 0; i < COUNT_OF(orders); i++)
        if (record_int(equipment, orders[i].later) != 0 && record_int(equipment, orders[i].later) < record_int(equipment, orders[i].earlier))
            problems_add(problems, str_of(orders[i].later), "out_of_range", str_of(orders[i].zh), str_of(orders[i].en));
    if (record_int(equipment, "made_on") >= tomorrow)
        problems_add(problems, STR("made_on"), "out_of_range", STR("不能在将来"), STR("must not lie in the future"));
}

/* The tree has no circles, and a machine is part of one in the same project. */
static const Error *check_parent(Cx *cx, const Record *equipment, Problems *problems)
{
    static const char ABOVE[] = "WITH RECURSIVE above(id, up, depth) AS ("
                                "SELECT e.id, e.parent_id, 1 FROM equipment e WHERE e.org_id = :org AND e.id = :parent UNION ALL"
                                " SELECT e.id, e.parent_id, a.depth + 1 FROM above a JOIN equipment e ON e.org_id = :org AND e.id = a.up WHERE a.depth < :most)"
                                " SELECT coalesce(sum(CASE WHEN id = :self THEN 1 ELSE 0 END), 0), coalesce(max(depth), 0) FROM above"; /* equipment by its key */
    int64_t circles = 0, depth = 0;
    const Record *parent;

    if (record_is_null(equipment, "parent") || !record_changed(equipment, "parent"))
        return OK;
    TRY(record_look(cx, equipment->meta, value_int(record_int(equipment, "parent")), false, &parent));
    if (parent != NULL && parent->project != equipment->project)
        problems_add(problems, STR("parent"), "reference", STR("上级设备应在同一个项目"), STR("must be of the same project"));
    TRY(sql_row(cx, ABOVE, IN(in_int("parent", record_int(equipment, "parent")), in_int("self", equipment->id), in_int("most", MAX_DEPTH)),
                OUT(out_int(&circles), out_int(&depth))));
    if (circles > 0)
        problems_add(problems, STR("parent"), "reference", STR("上级设备不能是它自己，也不能是它的下级"), STR("must be neither itself nor a part of it"));
    else if (depth >= MAX_DEPTH)
        problems_add(problems, STR("parent"), "out_of_range", str_format(cx->arena, "最多 %d 层", MAX_DEPTH), str_format(cx->arena, "at most %d levels", MAX_DEPTH));
    return OK;
}

static void note_inspection(Cx *cx, Record *equipment)
{
    Date day = (Date)record_int(equipment, "next_inspection");

    record_set(equipment, "inspection_ends_at", day == 0 ? VALUE_NULL : value_int(date_to_instant(day, 24 * 60, cx->zone_min)));
    record_set(equipment, "remind_at", deadline_next(cx, day));
}

static const Error *check_equipment(Cx *cx, Record *equipment, Problems *problems)
{
    if (!record_is_null(equipment, "code"))
        record_set_text(equipment, "code", str_trim(record_text(equipment, "code")));
    check_days(cx, equipment, problems);
    note_inspection(cx, equipment);
    return check_parent(cx, equipment, problems);
}

/* What its type says is not asked. */
static const Error *prepare_equipment(Cx *cx, Record *equipment, Problems *problems)
{
    const Record *type = NULL;

    if (!record_is_null(equipment, "type"))
        TRY(record_look(cx, kernel_type(cx->kernel, &equipment_type_type), value_text(record_text(equipment, "type")), false, &type));
    if (type != NULL && record_is_null(equipment, "criticality"))
        record_set_text(equipment, "criticality", record_text(type, "criticality"));
    if (type != NULL && record_is_null(equipment, "life_years"))
        record_set(equipment, "life_years", value_ref(record_int(type, "life_years")));
    return check_equipment(cx, equipment, problems);
}

/* Actions */

static const Field reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field swap_asks[] = {
    {"serial", "新设备出厂编号", "Serial number of the new one", T_TEXT, .max = 60, .required = true},
    {"reason", "更换原因", "Why", T_TEXT, .max = 500, .required = true},
    {"maker", "制造单位", "Maker", T_TEXT, .max = 80},
    {"model", "型号", "Model", T_TEXT, .max = 80},
    {"cost_fen", "购置费用", "Cost", T_MONEY},
    {"made_on", "出厂日期", "Made on", T_DATE},
    {"installed_on", "安装日期", "Installed on", T_DATE},
    {"warranty_until", "质保到期", "Warranty until", T_DATE},
    {"registration_no", "使用登记证号", "Registration number", T_TEXT, .max = 60},
    {"next_inspection", "下次检验日期", "Next inspection", T_DATE},
};

static const Error *stop_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    return begin_stop(cx, equipment, strcmp(asked->action->name, "overhaul") == 0 ? "overhaul" : "planned", asked_text(asked, "reason"));
}

static const Error *expire_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    (void)asked;
    return begin_stop(cx, equipment, "expired", STR("检验过期，按规定停用"));
}

static const Error *start_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    (void)asked;
    TRY(end_stop(cx, equipment));
    return equipment_wake_plans(cx, equipment->id);
}

/* Nothing runs on an inspection that has run out (rules of the company; 特种设备安全法, art. 40: 未经定期检验或者检验不合格的特种设备，不得继续使用). */
static const Error *guard_start(Cx *cx, const Record *equipment, const Asked *asked)
{
    int64_t is_rule = 0;

    (void)asked;
    TRY(rule_value(cx, "equipment.stop_expired", &is_rule));
    if (is_rule == 0 || record_is_null(equipment, "inspection_ends_at") || record_int(equipment, "inspection_ends_at") > cx->now)
        return OK;
    return error_field(cx->arena, STR("next_inspection"), "out_of_range", STR("检验已过期：先登记新的下次检验日期，再启用"),
                       STR("the inspection has run out: write down the next one first"));
}

/* Faults of the machine with which it stands, but this one. */
static const Error *count_down(Cx *cx, Id equipment, Id except, int64_t *out)
{
    static const char DOWN[] = "SELECT count(*) FROM fault WHERE org_id = :org AND equipment_id = :equipment AND id <> :but AND down_from IS NOT NULL AND up_at IS NULL"
                               " AND archived_at IS NULL"; /* fault_by_equipment_id_down_from */
    return sql_row(cx, DOWN, IN(in_int("equipment", equipment), in_int("but", except)), OUT(out_int(out)));
}

static const Error *guard_restore(Cx *cx, const Record *equipment, const Asked *asked)
{
    int64_t open = 0;

    (void)asked;
    TRY(count_down(cx, equipment->id, 0, &open));
    if (open == 0)
        return OK;
    return error_state(cx->arena, str_of(record_state(equipment)), str_format(cx->arena, "还有 %lld 个停机故障没有修复", (long long)open),
                       str_format(cx->arena, "%lld faults that stop it are still open", (long long)open));
}

/* A machine with parts in service is not scrapped under them. */
static const Error *guard_scrap(Cx *cx, const Record *equipment, const Asked *asked)
{
    static const char PARTS[] = "SELECT count(*) FROM equipment WHERE org_id = :org AND parent_id = :id AND state <> 'scrapped' AND archived_at IS NULL"; /* equipment_by_parent_id_id */
    int64_t parts = 0;

    (void)asked;
    TRY(sql_row(cx, PARTS, IN(in_int("id", equipment->id)), OUT(out_int(&parts))));
    if (parts == 0)
        return OK;
    return error_state(cx->arena, str_of(record_state(equipment)), str_format(cx->arena, "还有 %lld 台下级设备在用：先报废或改挂", (long long)parts),
                       str_format(cx->arena, "%lld parts of it are in service: scrap or move them first", (long long)parts));
}

static const Error *scrap_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    (void)asked;
    record_set_int(equipment, "scrapped_at", clock_happened(cx));
    TRY(end_stop(cx, equipment));
    return equipment_end_plans(cx, equipment->id);
}

static const Error *guard_swap(Cx *cx, const Record *equipment, const Asked *asked)
{
    if (!str_eq(str_trim(asked_text(asked, "serial")), record_text(equipment, "serial")))
        return OK;
    return error_field(cx->arena, STR("serial"), "duplicate", STR("与现有设备的出厂编号相同：没有换设备"), STR("is the present one's: nothing was swapped"));
}

/* The old file keeps the code with a mark: DT-01 becomes DT-01~1, the one after it DT-01~2. Written at once, since the new one takes it. */
static const Error *give_up_code(Cx *cx, Record *old)
{
    static const char BEFORE[] = "SELECT count(*) FROM equipment WHERE org_id = :org AND project_id = :project AND code >= :from AND code < :to"; /* equipment_by_code_project_id */
    static const char MARK[] = "UPDATE equipment SET code = :code WHERE org_id = :org AND id = :id";
    Str code = record_text(old, "code");
    int64_t before = 0;

    TRY(sql_row(cx, BEFORE, IN(in_int("project", old->project), in_text("from", str_format(cx->arena, "%.*s~", STR_ARG(code))),
                               in_text("to", str_format(cx->arena, "%.*s\x7f", STR_ARG(code)))), OUT(out_int(&before))));
    code = str_format(cx->arena, "%.*s~%lld", STR_ARG(utf8_cut(code, 34)), (long long)before + 1);
    record_set_text(old, "code", code);
    return sql_run(cx, MARK, IN(in_text("code", code), in_int("id", old->id)));
}

#define MAX_PARTS 500
/* Its parts are parts of the new one. */
static const Error *move_parts(Cx *cx, const Record *old, const Record *fresh)
{
    static const char PARTS[] = "SELECT id FROM equipment WHERE org_id = :org AND parent_id = :id AND archived_at IS NULL ORDER BY id LIMIT :most"; /* equipment_by_parent_id_id */
    Ids parts = {0};
    Record *part;

    TRY(sql_ids(cx, PARTS, IN(in_int("id", old->id), in_int("most", MAX_PARTS)), &parts));
    for (int i = 0; i < parts.count; i++) {
        TRY(record_load(cx, old->meta, parts.list[i], &part));
        record_set_int(part, "parent", fresh->id);
        TRY(process_save(cx, part, "update"));
    }
    return OK;
}

/* 换新: the old file is closed, a new one is opened where it was. */
static const Error *swap_effect(Cx *cx, Record *old, const Asked *asked)
{
    static const char *const kept[] = {"code", "name", "type", "space", "parent", "serves", "criticality", "maker", "model", "life_years", "supplier", "contractor"};
    Record *fresh = record_new(cx, old->meta);

    fresh->project = old->project;
    fresh->building = old->building;
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        record_set(fresh, kept[i], old->values[meta_field(old->meta, str_of(kept[i]))->at]);
    for (int i = 0; i < asked->action->ask_count; i++)
        if (asked->values[i].kind != V_NULL && meta_field(fresh->meta, str_of(asked->action->asks[i].name)) != NULL)
            record_set(fresh, asked->action->asks[i].name, asked->values[i]);
    if (record_is_null(fresh, "installed_on"))
        record_set_int(fresh, "installed_on", instant_to_date(cx->now, cx->zone_min));
    record_set_int(fresh, "in_service_on", record_int(fresh, "installed_on"));
    record_set_int(fresh, "replaces", old->id);
    note_inspection(cx, fresh);
    record_set_int(old, "scrapped_at", clock_happened(cx));
    TRY(give_up_code(cx, old));
    TRY(end_stop(cx, old));
    TRY(process_insert(cx, fresh));
    TRY(move_parts(cx, old, fresh));
    return equipment_hand_on_plans(cx, old->id, fresh->id);
}

/* 检验: what an inspection proves, and until when. */
static const Field inspect_asks[] = {
    {"inspection_report", "检验报告或合格证", "Report or certificate", T_FILE, .required = true},
    {"next_inspection", "下次检验日期", "Next inspection", T_DATE, .required = true},
};

static const Error *guard_inspect(Cx *cx, const Record *equipment, const Asked *asked)
{
    (void)equipment;
    if (asked_int(asked, "next_inspection") > instant_to_date(cx->now, cx->zone_min))
        return OK;
    return error_field(cx->arena, STR("next_inspection"), "out_of_range", STR("应在今天之后"), STR("must be after today"));
}

static const Error *inspect_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    (void)asked;
    note_inspection(cx, equipment);
    return OK;
}

/* Of what a plan holds, its tasks remind. */
static const Error *remind_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    static const char FREE[] = "SELECT count(*) FROM equipment t WHERE t.org_id = :org AND t.id = :id AND " SQL_NO_INSPECTION_PLAN; /* plan_by_equipment_id_id */
    int64_t free = 0;

    (void)asked;
    note_inspection(cx, equipment);
    TRY(sql_row(cx, FREE, IN(in_int("id", equipment->id)), OUT(out_int(&free))));
    if (deadline_days(cx, (Date)record_int(equipment, "next_inspection")) < 0 && record_in_state(equipment, "stopped"))
        return OK; /* nobody runs it, and who should know was told when it was stopped */
    return free == 0 ? OK : deadline_tell(cx, equipment, (Date)record_int(equipment, "next_inspection"), "定期检验", "the inspection", R_ENG_LEAD);
}

const Error *equipment_inspected(Cx *cx, Id id, Id report, Date next)
{
    const Value values[] = {value_int(report), value_int(next)}; /* as inspect_asks */
    Record *equipment;

    TRY(record_load(cx, kernel_type(cx->kernel, &equipment_type), id, &equipment));
    if (record_in_state(equipment, "scrapped") || next <= record_int(equipment, "next_inspection"))
        return OK;
    return process_act_on(cx, equipment, meta_action(equipment->meta, STR("inspect")), values, NULL);
}

static const Field plan_asks[] = {{"from", "从哪天起", "From", T_DATE}};

static const Error *plan_effect(Cx *cx, Record *equipment, const Asked *asked)
{
    Date today = instant_to_date(cx->now, cx->zone_min);
    int made;

    return equipment_make_plans(cx, equipment, asked_has(asked, "from") ? (Date)asked_int(asked, "from") : today, &made);
}

static const Action actions[] = {
    {"start", "启用", "Start", .from = NAMES("standby", "stopped"), .to = "running", .by = HANDS, .guard = guard_start, .effect = start_effect},
    {"restore", "检修完毕", "Back in service", .from = NAMES("under_repair"), .to = "running", .by = HANDS, .guard = guard_restore, .effect = start_effect},
    {"stand_by", "转备用", "Stand by", .from = NAMES("running"), .to = "standby", .by = HANDS, .undo = "start"},
    {"stop", "停用", "Stop", .from = IN_SERVICE, .to = "stopped", .by = HANDS, .asks = LIST(reason_asks), .effect = stop_effect, .tells = TELL_LEAD},
    {"overhaul", "检修", "Overhaul", .from = NAMES("running", "standby", "stopped"), .to = "under_repair", .by = HANDS, .asks = LIST(reason_asks), .effect = stop_effect},
    {"plan", "编维保计划", "Make its plans", .from = NOT_SCRAPPED, .by = ENGINEERING, .asks = LIST(plan_asks), .effect = plan_effect},
    {"inspect", "登记检验", "Inspected", .from = NOT_SCRAPPED, .by = ENGINEERING, .asks = LIST(inspect_asks), .guard = guard_inspect, .effect = inspect_effect},
    {"swap", "更换设备", "Swap", .from = NOT_SCRAPPED, .to = "scrapped", .by = ENGINEERING, .asks = LIST(swap_asks), .apart = true, .guard = guard_swap, .effect = swap_effect,
     .tells = TELL_LEAD},
    {"scrap", "报废", "Scrap", .from = NOT_SCRAPPED, .to = "scrapped", .by = ENGINEERING, .asks = LIST(reason_asks), .guard = guard_scrap, .effect = scrap_effect,
     .tells = TELL_LEAD | TELL_MANAGER},
    {"remind", "提醒", "Remind", .from = NOT_SCRAPPED, .by = BY_SYSTEM, .effect = remind_effect},
    {"fail", "故障停机", "Failed", .from = IN_SERVICE, .to = "under_repair", .by = BY_SYSTEM},
    {"recover", "故障修复", "Recovered", .from = NAMES("under_repair"), .to = "running", .by = BY_SYSTEM},
    {"expire", "检验过期停用", "Inspection run out", .from = IN_SERVICE, .to = "stopped", .by = BY_SYSTEM, .effect = expire_effect,
     .tells = TELL_LEAD | TELL_MANAGER | TELL_REGION},
};
static const Auto autos[] = {{"expire", "t.inspection_ends_at", 0, "equipment.stop_expired"}, {"remind", "t.remind_at", 1}};

const Error *equipment_follow_fault(Cx *cx, Id id, const Record *fault)
{
    static const char OVERHAUL[] = "SELECT count(*) FROM equipment_stop WHERE org_id = :org AND equipment_id = :equipment AND \"until\" IS NULL AND archived_at IS NULL"; /* equipment_stop_by_equipment_id_since */
    int64_t down = 0, overhauls = 0;
    Record *equipment;

    TRY(count_down(cx, id, fault->id, &down));
    if (record_int(fault, "equipment") == id && fault->archived_at == 0 && !record_is_null(fault, "down_from") && record_is_null(fault, "up_at"))
        down++;
    TRY(record_load(cx, kernel_type(cx->kernel, &equipment_type), id, &equipment));
    if (down > 0 && names_have(IN_SERVICE, record_state(equipment)))
        return process_take(cx, equipment, "fail");
    if (down > 0 || !record_in_state(equipment, "under_repair"))
        return OK;
    TRY(sql_row(cx, OVERHAUL, IN(in_int("equipment", id)), OUT(out_int(&overhauls))));
    return overhauls > 0 ? OK : process_take(cx, equipment, "recover");
}

/* One that has a history is scrapped; only what was entered by mistake is put away. */
static const Error *guard_archive(Cx *cx, Record *equipment)
{
    static const char HISTORY[] = "SELECT (SELECT count(*) FROM fault f WHERE f.org_id = :org AND f.equipment_id = :id)"
                                  " + (SELECT count(*) FROM equipment e WHERE e.org_id = :org AND e.parent_id = :id AND e.archived_at IS NULL)"
                                  " + (SELECT count(*) FROM equipment_stop s WHERE s.org_id = :org AND s.equipment_id = :id)"; /* each by equipment_id or parent_id */
    int64_t history = 0;

    TRY(sql_row(cx, HISTORY, IN(in_int("id", equipment->id)), OUT(out_int(&history))));
    if (history == 0)
        return OK;
    return error_state(cx->arena, str_of(record_state(equipment)), STR("已有故障、停机或下级设备：档案不能删除，请办理报废"),
                       STR("it has faults, stops or parts: its file is never deleted; scrap it"));
}

const RecordType equipment_type = {
    .resource = "equipment", .name = "equipment", .zh = "设备", .en = "Equipment", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "install", .first_zh = "建档", .first_en = "Enter", .sights = LIST(equipment_sights), .filters = LIST(filters), .create_by = ENGINEERING,
    .write_by = ENGINEERING, .unique = NAMES("code", "project_id"), .indexes = indexes, .label = "name", .in_project = true, .leads = R_ENG_LEAD,
    .autos = LIST(autos), .import_by = NAMES("code"), .prepare = prepare_equipment, .changed = check_equipment, .archived = guard_archive,
};

static const Rule rules[] = {
    {"equipment.stop_expired", "检验过期自动停用（1 是，0 否）", "Stop what has no valid inspection (1 yes, 0 no)", 1, 0, 1, ""},
    {"equipment.temporary_a_hours", "A 类设备临时恢复（小时）", "Class A working again for now within (hours)", 2, 1, 720, "hour"},
    {"equipment.restore_a_hours", "A 类设备修复（小时）", "Class A mended within (hours)", 24, 1, 8760, "hour"},
    {"equipment.restore_b_hours", "B 类设备修复（小时）", "Class B mended within (hours)", 48, 1, 8760, "hour"},
    {"equipment.restore_c_hours", "C 类设备修复（小时）", "Class C mended within (hours)", 168, 1, 8760, "hour"},
    {"permit.hot_hours", "动火作业许可最长（小时）", "Longest permit for hot work (hours)", 8, 1, 72, "hour"},
    {"permit.confined_hours", "有限空间作业许可最长（小时）", "Longest permit for a confined space (hours)", 24, 1, 72, "hour"},
    {"permit.height_hours", "高处作业许可最长（小时）", "Longest permit for work at height (hours)", 168, 1, 720, "hour"},
    {"permit.electric_hours", "电气作业许可最长（小时）", "Longest permit for electrical work (hours)", 24, 1, 168, "hour"},
    {"permit.hot_watch_min", "动火后看护（分钟）", "Watched after hot work (minutes)", 60, 0, 480, "min"},
};
static const RecordType *const records[] = {&equipment_type_type, &contractor_type, &contract_type, &maintenance_task_type, &equipment_type, &equipment_stop_type,
                                            &fault_type, &part_type, &stock_move_type, &permit_type, NULL};
const Module equipment_module = {"equipment", "设备", "Equipment", .records = records, .figures = LIST(equipment_figures), .adds = equipment_adds, .rules = LIST(rules), .seed = equipment_seed};
