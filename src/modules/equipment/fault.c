/* fault.c: 故障, what fails: found, how long the machine stood, why, what was done, what it cost (card P18).
 *
 *     reported --diagnose--> diagnosed --await_parts--> waiting_parts
 *         |                   |    ^-----parts_here--------'   |
 *         '--------repair-----+--------------------------------'--> repaired --test--> tested --close--> closed
 *                             ^-----------------retest--------------'
 *
 * With `down_from` the machine stands until `up_at`: its state follows. Without, it runs on. A contractor's work counts only when our own person
 * was there and has signed. */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/equipment/equipment_parts.h"
#include "modules/repair/repair.h"

static const Choice causes[] = {
    {"wear", "磨损老化", "Wear and age"},      {"lubrication", "润滑不良", "Lubrication"}, {"electrical", "电气元件", "Electrical part"}, {"control", "控制与程序", "Control"},
    {"misuse", "使用不当", "Misuse"},          {"maintenance", "维保不到位", "Poor maintenance"}, {"installation", "安装缺陷", "Installation"}, {"design", "设计缺陷", "Design"},
    {"power", "外部供电", "Power supply"},     {"water", "进水受潮", "Water"},              {"foreign", "异物", "Foreign object"},  {"unknown", "原因不明", "Unknown"}, {0},
};
static const State states[] = {
    {"reported", "已报告", "Reported"}, {"diagnosed", "已诊断", "Diagnosed"}, {"waiting_parts", "等配件", "Waiting for parts"},
    {"repaired", "已修复", "Repaired"}, {"tested", "已试验", "Tested"},       {"closed", "已关闭", "Closed", .ended = true},
};
#define BEFORE_REPAIR NAMES("reported", "diagnosed", "waiting_parts")
#define UNTIL_CLOSED NAMES("reported", "diagnosed", "waiting_parts", "repaired", "tested")

static const Field fields[] = {
    {"equipment", "设备", "Equipment", T_REF, .to = "equipment", .required = true, .searched = true, .indexed = true, .edit_in = NAMES("none"), .linked = true},
    {"symptom", "故障现象", "Symptom", T_TEXT, .max = 200, .required = true, .searched = true, .edit_in = UNTIL_CLOSED},
    {"found_at", "发现时间", "Found", T_TIME, .edit_in = UNTIL_CLOSED},
    {"down_from", "停机开始", "Down from", T_TIME, .edit_in = UNTIL_CLOSED},
    {"up_at", "恢复运行", "Up again", T_TIME, .edit_in = UNTIL_CLOSED},
    {"effect", "影响", "Effect", T_TEXT, .max = 200, .edit_in = UNTIL_CLOSED},
    {"houses_affected", "影响户数", "Homes without service", T_INT, .min = 0, .max = 1000000, .edit_in = UNTIL_CLOSED},
    {"photos", "照片", "Photos", T_PHOTOS, .edit_in = UNTIL_CLOSED},
    {"description", "说明", "Description", T_LINES, .max = 2000, .searched = true, .edit_in = UNTIL_CLOSED},
    {"assignee", "处理人", "Engineer", T_REF, .to = "users", .edit_by = ENGINEERING, .edit_in = UNTIL_CLOSED},
    {"contractor", "维修单位", "Contractor", T_REF, .to = "contractors", .edit_in = UNTIL_CLOSED},
    {"repair", "报修单", "Repair", T_REF, .to = "repairs", .indexed = true, .linked = true, .edit_in = UNTIL_CLOSED},
    {"cause", "故障原因", "Cause", T_CHOICE, .choices = causes, .edit_in = UNTIL_CLOSED},
    {"measure", "临时措施", "For now", T_TEXT, .max = 500, .read_only = true},
    {"action", "处理措施", "What was done", T_LINES, .max = 2000, .edit_in = UNTIL_CLOSED},
    {"parts", "用料", "Parts used", T_TEXT, .max = 1000, .read_only = true, .tallied = true},
    {"parts_fen", "用料金额", "Cost of parts", T_MONEY, .read_only = true, .tallied = true},
    {"cost_fen", "维修费用", "Cost of the repair", T_MONEY, .edit_in = UNTIL_CLOSED},
    {"witness", "我方在场人", "Our person there", T_REF, .to = "users", .read_only = true},
    {"signature", "我方签字", "Our signature", T_SIGN, .read_only = true},
    {"test_result", "试验结果", "Result of the test", T_TEXT, .max = 500, .read_only = true},
    {"due_temporary_at", "临时恢复时限", "Working for now by", T_TIME, .read_only = true},
    {"due_restore_at", "修复时限", "Mended by", T_TIME, .read_only = true},
    {"temporary_done_at", "临时恢复", "Working for now", T_TIME, .internal = true},
    {"restore_done_at", "修复完成", "Mended", T_TIME, .internal = true},
    {"restore_met", "修复准时", "Mended in time", T_BOOL, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
};
static const Filter filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.state <> 'closed'", "open")},
    {"down", T_BOOL, .sql = SQL_FLAG("t.down_from IS NOT NULL AND t.up_at IS NULL", "down")},
};
static const Index indexes[] = {{"equipment_id, down_from"}, {"project_id, next_due_at, id"}, {"found_at"}, {0}};

/* Limits, by how critical the machine is: rules of the company. */

static const Error *criticality_of(Cx *cx, const Record *fault, char *out)
{
    const Record *equipment;
    Str text = STR("C");

    TRY(record_look(cx, kernel_type(cx->kernel, &equipment_type), value_int(record_int(fault, "equipment")), false, &equipment));
    if (equipment != NULL && !record_is_null(equipment, "criticality"))
        text = record_text(equipment, "criticality");
    *out = text.ptr[0];
    return OK;
}

/* What stood and runs again has no time limit any more. */
static const Error *restore_terms(Cx *cx, const Record *fault, Terms *out)
{
    char class;
    int64_t hours;

    *out = (Terms){.calendar = STR("7x24")};
    if (!record_is_null(fault, "up_at"))
        return OK;
    TRY(criticality_of(cx, fault, &class));
    TRY(rule_value(cx, class == 'A' ? "equipment.restore_a_hours" : class == 'B' ? "equipment.restore_b_hours" : "equipment.restore_c_hours", &hours));
    out->minutes = hours * 60;
    return OK;
}

static const Error *temporary_terms(Cx *cx, const Record *fault, Terms *out)
{
    char class;
    int64_t hours;

    *out = (Terms){.calendar = STR("7x24")};
    TRY(criticality_of(cx, fault, &class));
    if (class != 'A' || record_is_null(fault, "down_from") || !record_is_null(fault, "up_at"))
        return OK;
    TRY(rule_value(cx, "equipment.temporary_a_hours", &hours));
    out->minutes = hours * 60;
    return OK;
}

static const Limit limits[] = {{"temporary", "临时恢复", "Working for now", temporary_terms}, {"restore", "修复", "Mend", restore_terms}};

/* Checks */

static void check_times(Cx *cx, const Record *fault, Problems *problems)
{
    static const char *const past[] = {"found_at", "down_from", "up_at"};

    for (size_t i = 0; i < COUNT_OF(past); i++)
        if (record_int(fault, past[i]) > cx->now + 5 * MINUTE) /* clocks of phones */
            problems_add(problems, str_of(past[i]), "out_of_range", STR("不能晚于现在"), STR("must not lie in the future"));
    if (record_is_null(fault, "up_at"))
        return;
    if (record_is_null(fault, "down_from"))
        problems_add(problems, STR("down_from"), "required", STR("写了恢复时间，须写停机开始时间"), STR("is required with the time when it was up again"));
    else if (record_int(fault, "up_at") < record_int(fault, "down_from"))
        problems_add(problems, STR("up_at"), "out_of_range", STR("不能早于停机开始"), STR("must not be before it went down"));
}

static const Error *prepare_fault(Cx *cx, Record *fault, Problems *problems)
{
    const Record *equipment = NULL;

    if (record_is_null(fault, "found_at"))
        record_set_int(fault, "found_at", record_is_null(fault, "down_from") ? clock_happened(cx) : record_int(fault, "down_from"));
    check_times(cx, fault, problems);
    if (record_is_null(fault, "equipment"))
        return OK;
    TRY(record_look(cx, kernel_type(cx->kernel, &equipment_type), value_int(record_int(fault, "equipment")), false, &equipment));
    if (equipment != NULL && record_in_state(equipment, "scrapped") && record_int(fault, "found_at") > record_int(equipment, "scrapped_at"))
        problems_add(problems, STR("equipment"), "reference", STR("这台设备已报废：请选现在使用的设备"), STR("has been scrapped: choose the one in its place"));
    return OK;
}

static const Error *created_fault(Cx *cx, Record *fault)
{
    TRY(message_action(cx, fault, "report", "新故障", "New fault", TELL_LEAD | TELL_ASSIGNEE));
    return equipment_follow_fault(cx, record_int(fault, "equipment"), fault);
}

/* Times that were written wrong are put right: the machine's state and the limits follow. */
static const Error *changed_fault(Cx *cx, Record *fault, Problems *problems)
{
    bool stood = fault->before[meta_field(fault->meta, STR("down_from"))->at].kind != V_NULL, stands = !record_is_null(fault, "down_from");

    check_times(cx, fault, problems);
    if (problems->count > 0 || (!record_changed(fault, "down_from") && !record_changed(fault, "up_at")))
        return OK;
    if (!record_is_null(fault, "up_at"))
        TRY(clock_end(cx, fault, "restore"));
    else
        TRY(clock_reopen(cx, fault, "restore"));
    if (!record_is_null(fault, "up_at") || !stands)
        TRY(clock_end(cx, fault, "temporary"));
    else if (!stood)
        TRY(clock_restart(cx, fault, "temporary"));
    return equipment_follow_fault(cx, record_int(fault, "equipment"), fault);
}

static const Error *archived_fault(Cx *cx, Record *fault)
{
    return equipment_follow_fault(cx, record_int(fault, "equipment"), fault);
}

/* Actions */

static const Field diagnose_asks[] = {
    {"cause", "故障原因", "Cause", T_CHOICE, .choices = causes, .required = true},
    {"description", "说明", "Description", T_LINES, .max = 2000},
    {"contractor", "维修单位", "Contractor", T_REF, .to = "contractors"},
};
static const Field await_asks[] = {{"note", "等什么、何时到", "What, and until when", T_TEXT, .max = 500, .required = true}};
static const Field relieve_asks[] = {{"measure", "临时措施", "For now", T_TEXT, .max = 500, .required = true}};
static const Field repair_asks[] = {
    {"action", "处理措施", "What was done", T_LINES, .max = 2000, .required = true},
    {"up_at", "恢复运行", "Up again", T_TIME},
    {"cause", "故障原因", "Cause", T_CHOICE, .choices = causes},
    {"cost_fen", "维修费用", "Cost", T_MONEY},
    {"contractor", "维修单位", "Contractor", T_REF, .to = "contractors"},
    {"signature", "我方签字", "Our signature", T_SIGN},
    {"photos", "照片", "Photos", T_PHOTOS},
};
static const Field test_asks[] = {{"test_result", "试验结果", "Result of the test", T_TEXT, .max = 500, .required = true}};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field convert_asks[] = {
    {"category", "报修类别", "Category", T_CODE, .to = "repair_categories", .required = true},
    {"title", "摘要", "Title", T_TEXT, .max = 120},
};

/* 外包作业须我方人员在场签字 (card P18): the one who enters it is our person. */
static const Error *guard_repair(Cx *cx, const Record *fault, const Asked *asked)
{
    bool is_theirs = asked_has(asked, "contractor") || !record_is_null(fault, "contractor");
    Instant up_at = asked_has(asked, "up_at") ? asked_int(asked, "up_at") : record_int(fault, "up_at");

    if (is_theirs && !asked_has(asked, "signature"))
        return error_field(cx->arena, STR("signature"), "required", STR("外单位的作业须我方在场人员签字才算完成"),
                           STR("a contractor's work counts only with the signature of our person who was there"));
    if (up_at > cx->now + 5 * MINUTE)
        return error_field(cx->arena, STR("up_at"), "out_of_range", STR("不能晚于现在"), STR("must not lie in the future"));
    if (up_at != 0 && up_at < record_int(fault, "down_from"))
        return error_field(cx->arena, STR("up_at"), "out_of_range", STR("不能早于停机开始"), STR("must not be before it went down"));
    return OK;
}

static const Error *repair_effect(Cx *cx, Record *fault, const Asked *asked)
{
    if (record_is_null(fault, "down_from"))
        record_set_null(fault, "up_at"); /* it never stood */
    else if (record_is_null(fault, "up_at"))
        record_set_int(fault, "up_at", clock_happened(cx));
    if (asked_has(asked, "signature"))
        record_set(fault, "witness", value_ref(cx->actor->user));
    return equipment_follow_fault(cx, record_int(fault, "equipment"), fault);
}

/* Not mended after all: it has stood the whole time, and the limit runs on under its first due time. */
static const Error *retest_effect(Cx *cx, Record *fault, const Asked *asked)
{
    (void)asked;
    record_set_null(fault, "up_at");
    record_set_null(fault, "signature");
    record_set_null(fault, "witness");
    TRY(clock_reopen(cx, fault, "restore"));
    return equipment_follow_fault(cx, record_int(fault, "equipment"), fault);
}

static const Error *void_effect(Cx *cx, Record *fault, const Asked *asked)
{
    (void)asked;
    fault->archived_at = cx->now;
    return archived_fault(cx, fault);
}

/* 转报修: what the desk and its engineers do is a repair of the same place; each names the other. */
static const Error *convert_effect(Cx *cx, Record *fault, const Asked *asked)
{
    const Record *equipment;
    Str title = asked_text(asked, "title");
    Record *repair;
    json_t *body;
    const Error *error;

    TRY(record_look(cx, kernel_type(cx->kernel, &equipment_type), value_int(record_int(fault, "equipment")), false, &equipment));
    if (equipment == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (title.len == 0)
        title = utf8_cut(str_format(cx->arena, "%.*s：%.*s", STR_ARG(record_text(equipment, "name")), STR_ARG(record_text(fault, "symptom"))), 120);
    body = json_pack("{s:s%, s:s%, s:s, s:s, s:s}", "category", asked_text(asked, "category").ptr, (size_t)asked_text(asked, "category").len, "title", title.ptr,
                     (size_t)title.len, "place_kind", "equipment", "channel", "staff", "space",
                     str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)record_int(equipment, "space"))));
    if (body == NULL)
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    error = process_create(cx, kernel_type(cx->kernel, &repair_type), body, &repair);
    json_decref(body);
    TRY(error);
    record_set_int(fault, "repair", repair->id);
    return OK;
}

static bool has_no_repair(const Cx *cx, const Record *fault)
{
    (void)cx;
    return record_is_null(fault, "repair");
}

#define MENDERS (BY_ASSIGNEE | HANDS)

static const Action actions[] = {
    {"diagnose", "诊断", "Diagnose", .from = NAMES("reported", "waiting_parts"), .to = "diagnosed", .by = MENDERS, .asks = LIST(diagnose_asks)},
    {"repair", "修复", "Mended", .from = BEFORE_REPAIR, .to = "repaired", .by = MENDERS, .asks = LIST(repair_asks), .ends = NAMES("temporary", "restore"),
     .guard = guard_repair, .effect = repair_effect, .tells = TELL_LEAD},
    {"test", "试验合格", "Tested", .from = NAMES("repaired"), .to = "tested", .by = HANDS, .asks = LIST(test_asks)},
    {"close", "关闭", "Close", .from = NAMES("tested"), .to = "closed", .by = ENGINEERING},
    {"await_parts", "等配件", "Wait for parts", .from = NAMES("reported", "diagnosed"), .to = "waiting_parts", .by = MENDERS, .asks = LIST(await_asks), .tells = TELL_LEAD},
    {"parts_here", "配件到货", "Parts have come", .from = NAMES("waiting_parts"), .to = "diagnosed", .by = MENDERS | R_STORE_KEEPER, .tells = TELL_ASSIGNEE},
    {"relieve", "临时恢复", "Working for now", .from = BEFORE_REPAIR, .by = MENDERS, .asks = LIST(relieve_asks), .ends = NAMES("temporary"), .tells = TELL_LEAD},
    {"convert", "转报修", "Make it a repair", .from = BEFORE_REPAIR, .by = HANDS | R_DESK | R_DESK_LEAD, .asks = LIST(convert_asks), .apart = true, .is_possible = has_no_repair,
     .effect = convert_effect},
    {"retest", "试验不合格", "Test failed", .from = NAMES("repaired"), .to = "diagnosed", .by = HANDS, .asks = LIST(reason_asks), .effect = retest_effect,
     .tells = TELL_ASSIGNEE | TELL_LEAD},
    {"void", "作废", "Void", .from = NAMES("reported", "diagnosed"), .by = ENGINEERING, .asks = LIST(reason_asks), .archives = true, .effect = void_effect},
};

static const Error *show_fault(Cx *cx, const Record *fault, Json *json)
{
    JSON_KEY(json, "clock");
    clock_json(cx, fault, json);
    return OK;
}

const RecordType fault_type = {
    .resource = "faults", .name = "fault", .zh = "设备故障", .en = "Fault", .prefix = "GZ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .limits = LIST(limits), .first_action = "report", .first_zh = "报故障", .first_en = "Report", .sights = LIST(equipment_sights), .filters = LIST(filters), .create_by = STAFF,
    .write_by = HANDS, .indexes = indexes, .label = "symptom", .in_project = true, .leads = R_ENG_LEAD, .prepare = prepare_fault, .created = created_fault,
    .changed = changed_fault, .archived = archived_fault, .show = show_fault,
};
