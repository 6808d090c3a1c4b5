/* permit.c: 外包单位与作业许可, contractors with their contracts, and permits for dangerous work (card P18, lock_out).
 *
 *     requested --approve--> approved --begin--> working --close--> closed
 *         |                     |
 *     refuse -> refused      cancel -> cancelled
 *
 * A permit says who works, who watches, from when to when, and which conditions were met. Nobody approves what they asked for; two persons at least;
 * what was locked is unlocked before it is closed. Sources: GB 30871-2022 (动火 hot work, 受限空间 confined space, 高处 work at height: gas is tested before,
 * somebody watches, the permit is for hours), 工贸企业有限空间作业安全规定 (应急管理部令第13号, art. 9-14), GB 26860-2011 (电气: 停电、验电、接地、悬挂标示牌). */
#include "base/exact.h"
#include "kernel/clock.h"
#include "kernel/deadline.h"
#include "modules/equipment/equipment_parts.h"

/* 外包单位 */
static const Field contractor_fields[] = {
    {"name", "单位名称", "Name", T_TEXT, .max = 80, .required = true, .searched = true, .initials = true},
    {"trades", "业务", "Trades", T_WORDS},
    {"licence_no", "资质证号", "Licence number", T_TEXT, .max = 60},
    {"licence_until", "资质到期", "Licence until", T_DATE},
    {"licence_document", "资质证书", "Licence", T_FILE},
    {"remind_at", "下次提醒", "Next reminder", T_TIME, .internal = true},
    {"contact", "联系人", "Contact", T_TEXT, .max = 40},
    {"phone", "电话", "Phone", T_PHONE},
    {"documents", "资质文件", "Documents", T_FILES, .max = 20},
    {"note", "说明", "Note", T_LINES, .max = 1000},
};
static const Field renew_asks[] = {
    {"licence_until", "新的资质到期", "Licence until now", T_DATE, .required = true},
    {"licence_document", "新资质证书", "The new licence", T_FILE, .required = true},
    {"licence_no", "资质证号（变了才填）", "Number, if it is another", T_TEXT, .max = 60},
};

static const Error *guard_renew(Cx *cx, const Record *contractor, const Asked *asked)
{
    (void)contractor;
    if (asked_int(asked, "licence_until") >= instant_to_date(cx->now, cx->zone_min))
        return OK;
    return error_field(cx->arena, STR("licence_until"), "out_of_range", STR("不能早于今天"), STR("must not be before today"));
}

static void note_licence(const Cx *cx, Record *contractor)
{
    record_set(contractor, "remind_at", deadline_next(cx, (Date)record_int(contractor, "licence_until")));
}

static const Error *check_contractor(Cx *cx, Record *contractor, Problems *problems)
{
    (void)problems;
    note_licence(cx, contractor);
    return OK;
}

static const Error *renew_effect(Cx *cx, Record *contractor, const Asked *asked)
{
    (void)asked;
    note_licence(cx, contractor);
    return OK;
}

static const Error *remind_effect(Cx *cx, Record *contractor, const Asked *asked)
{
    (void)asked;
    note_licence(cx, contractor);
    return deadline_tell(cx, contractor, (Date)record_int(contractor, "licence_until"), "资质", "the licence", R_ENG_LEAD);
}

static const Action contractor_actions[] = {
    {"renew", "更新资质", "Renew the licence", .by = ENGINEERING, .asks = LIST(renew_asks), .guard = guard_renew, .effect = renew_effect},
    {"remind", "提醒", "Remind", .by = BY_SYSTEM, .effect = remind_effect},
};
static const Auto contractor_autos[] = {{"remind", "t.remind_at", 1}};
static const Filter contractor_filters[] = {{"licence_before", T_DATE, .sql = "t.licence_until < :f_licence_before"}};
static const Index contractor_indexes[] = {{"licence_until, id", .where = "licence_until IS NOT NULL"}, {"remind_at, id", .where = "remind_at IS NOT NULL"}, {0}};
const RecordType contractor_type = {
    .resource = "contractors", .name = "contractor", .zh = "外包单位", .en = "Contractor", .fields = LIST(contractor_fields), .actions = LIST(contractor_actions), .sights = LIST(sight_staff),
    .filters = LIST(contractor_filters), .indexes = contractor_indexes, .create_by = ENGINEERING, .write_by = ENGINEERING, .unique = NAMES("name"), .label = "name",
    .autos = LIST(contractor_autos), .prepare = check_contractor, .changed = check_contractor,
};

static const Field contract_fields[] = {
    {"contractor", "外包单位", "Contractor", T_REF, .to = "contractors", .required = true, .searched = true, .indexed = true},
    {"title", "合同名称", "Title", T_TEXT, .max = 120, .required = true, .searched = true},
    {"contract_no", "合同编号", "Contract number", T_TEXT, .max = 60},
    {"signed_on", "签订日期", "Signed on", T_DATE},
    {"valid_from", "开始日期", "Valid from", T_DATE, .required = true},
    {"valid_until", "结束日期", "Valid until", T_DATE, .required = true},
    {"amount_fen", "合同金额", "Amount", T_MONEY},
    {"scope", "范围", "Scope", T_LINES, .max = 2000},
    {"documents", "合同文件", "Documents", T_FILES, .max = 20},
};
static const Sight contract_sights[] = {{ENGINEERING | R_STORE_KEEPER | R_ACCOUNTANT | R_QUALITY}};
static const Filter contract_filters[] = {{"ends_before", T_DATE, .sql = "t.valid_until < :f_ends_before"}};
static const Index contract_indexes[] = {{"valid_until, id"}, {0}};

static const Error *check_contract(Cx *cx, Record *contract, Problems *problems)
{
    (void)cx;
    if (record_int(contract, "valid_until") != 0 && record_int(contract, "valid_until") < record_int(contract, "valid_from"))
        problems_add(problems, STR("valid_until"), "out_of_range", STR("不应早于开始日期"), STR("must not be before it begins"));
    return OK;
}

const RecordType contract_type = {
    .resource = "contracts", .name = "contract", .zh = "外包合同", .en = "Contract", .fields = LIST(contract_fields), .sights = LIST(contract_sights),
    .filters = LIST(contract_filters), .create_by = ENGINEERING, .write_by = ENGINEERING, .indexes = contract_indexes, .label = "title", .in_project = true,
    .own_search_only = true, .prepare = check_contract, .changed = check_contract,
};

/* 作业许可 */
static const Choice kinds[] = {{"height", "高处作业", "Work at height"}, {"hot", "动火作业", "Hot work"}, {"confined", "有限空间作业", "Confined space"}, {"electric", "停电挂牌作业", "Electrical work"}, {0}};
static const State states[] = {
    {"requested", "待批准", "Requested"}, {"approved", "已批准", "Approved"}, {"working", "作业中", "Working"},
    {"closed", "已关闭", "Closed", .ended = true}, {"refused", "未批准", "Refused", .ended = true}, {"cancelled", "已取消", "Cancelled", .ended = true},
};

/* The conditions of each kind of work: all must be met before it is approved. */
typedef struct {
    const char *kind, *rule, *conditions[8];
} Kind;
static const Kind kind_rows[] = {
    {"height", "permit.height_hours", {"harness", "anchor", "barrier", "weather", NULL}},
    {"hot", "permit.hot_hours", {"cleared", "extinguisher", "watcher", "gas_free", NULL}},
    {"confined", "permit.confined_hours", {"ventilated", "gas_tested", "rescue_kit", "watcher", "communication", NULL}},
    {"electric", "permit.electric_hours", {"power_off", "voltage_tested", "earthed", "locked_and_tagged", NULL}},
};
static const Choice conditions[] = {
    {"harness", "安全带双钩系挂", "Harness with two hooks"}, {"anchor", "挂点牢固", "Anchor checked"},      {"barrier", "下方警戒", "Area below fenced"},
    {"weather", "风雨符合要求", "Wind and rain allow it"},    {"cleared", "10 米内可燃物已清", "10 m cleared"}, {"extinguisher", "灭火器到位", "Extinguishers there"},
    {"watcher", "监护人在场", "Watcher there"},               {"gas_free", "可燃气体检测合格", "No combustible gas"}, {"ventilated", "已通风", "Ventilated"},
    {"gas_tested", "气体检测合格（氧 19.5–23.5 %）", "Gas tested (O2 19.5 to 23.5 %)"}, {"rescue_kit", "救援器材到位", "Rescue kit there"},
    {"communication", "通讯畅通", "Can be called"},           {"power_off", "已停电", "Power off"},            {"voltage_tested", "已验电", "Voltage tested"},
    {"earthed", "已接地", "Earthed"},                         {"locked_and_tagged", "已上锁挂牌", "Locked and tagged"}, {0},
};

#define UNTIL_APPROVED NAMES("requested")
static const Field fields[] = {
    {"kind", "作业种类", "Kind", T_CHOICE, .choices = kinds, .required = true, .edit_in = UNTIL_APPROVED},
    {"work", "作业内容", "Work", T_TEXT, .max = 200, .required = true, .searched = true, .edit_in = UNTIL_APPROVED},
    {"space", "地点", "Place", T_REF, .to = "spaces", .required = true, .searched = true, .indexed = true, .edit_in = UNTIL_APPROVED},
    {"equipment", "设备", "Equipment", T_REF, .to = "equipment", .indexed = true, .edit_in = UNTIL_APPROVED},
    {"contractor", "作业单位", "Contractor", T_REF, .to = "contractors", .edit_in = UNTIL_APPROVED},
    {"workers", "作业人员", "Workers", T_WORDS, .required = true, .edit_in = UNTIL_APPROVED},
    {"watcher", "监护人", "Watcher", T_REF, .to = "users", .required = true, .edit_in = UNTIL_APPROVED},
    {"owner", "申请人", "Asked for by", T_REF, .to = "users", .read_only = true},
    {"valid_from", "许可开始", "Valid from", T_TIME, .required = true, .edit_in = UNTIL_APPROVED},
    {"valid_to", "许可结束", "Valid to", T_TIME, .required = true, .edit_in = UNTIL_APPROVED},
    {"conditions", "已满足的条件", "Conditions met", T_WORDS, .suggests = conditions, .edit_in = UNTIL_APPROVED},
    {"oxygen", "氧含量（%）", "Oxygen (%)", T_DECIMAL, .max = 1, .edit_in = UNTIL_APPROVED},
    {"locks", "上锁数", "Locks on", T_INT, .min = 0, .max = 100, .edit_in = UNTIL_APPROVED},
    {"photos", "照片", "Photos", T_PHOTOS, .edit_in = UNTIL_APPROVED},
    {"approver", "批准人", "Approved by", T_REF, .to = "users", .read_only = true},
    {"began_at", "开始作业", "Began", T_TIME, .read_only = true},
    {"ended_at", "作业结束", "Work ended", T_TIME, .read_only = true},
    {"locks_off", "解锁数", "Locks off", T_INT, .read_only = true},
    {"due_end_at", "到期关闭", "To be closed by", T_TIME, .read_only = true},
    {"end_done_at", "关闭时间", "Closed", T_TIME, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
    {"missing", "还缺的条件", "Conditions missing", T_WORDS, .virtual = true, .read_only = true},
};
static const Filter filters[] = {{"open", T_BOOL, .sql = SQL_FLAG("t.state IN ('requested', 'approved', 'working')", "open")}};
static const Index indexes[] = {{"project_id, next_due_at, id"}, {0}};

static const Error *end_terms(Cx *cx, const Record *permit, Terms *out)
{
    (void)cx;
    *out = (Terms){.minutes = 1, .calendar = STR("7x24"), .due = record_int(permit, "valid_to")};
    return OK;
}
static const Limit limits[] = {{"end", "关闭", "Close", end_terms}};

static const Kind *kind_of(const Record *permit)
{
    for (size_t i = 0; i < COUNT_OF(kind_rows); i++)
        if (str_is(record_text(permit, "kind"), kind_rows[i].kind))
            return &kind_rows[i];
    return NULL;
}

static const Choice *condition_named(const char *name)
{
    const Choice *choice = conditions;

    while (strcmp(choice->value, name) != 0)
        choice++;
    return choice;
}

/* The next condition of its kind that is not met, from *at on; NULL when there is none. */
static const char *next_missing(const Record *permit, int *at)
{
    const Kind *kind = kind_of(permit);

    for (; kind != NULL && kind->conditions[*at] != NULL; (*at)++)
        if (!words_hold(record_text(permit, "conditions"), kind->conditions[*at]))
            return kind->conditions[(*at)++];
    return NULL;
}

static void check_conditions(Cx *cx, const Record *permit, Problems *problems)
{
    json_t *list;
    const json_t *word;
    size_t i;

    if (record_is_null(permit, "conditions") || json_read(cx->arena, record_text(permit, "conditions"), &list) != OK)
        return;
    json_array_foreach(list, i, word)
    {
        const Choice *choice = conditions;
        while (choice->value != NULL && !str_is(json_str(word), choice->value))
            choice++;
        if (choice->value == NULL)
            problems_add(problems, STR("conditions"), "choice", str_format(cx->arena, "没有“%.*s”这一条件", STR_ARG(json_str(word))),
                         str_format(cx->arena, "there is no condition %.*s", STR_ARG(json_str(word))));
    }
}

static int count_words(Cx *cx, Str list)
{
    json_t *json;

    return list.len > 0 && json_read(cx->arena, list, &json) == OK ? (int)json_array_size(json) : 0;
}

static const Error *check_permit(Cx *cx, Record *permit, Problems *problems)
{
    const Kind *kind = kind_of(permit);
    Instant from = record_int(permit, "valid_from"), to = record_int(permit, "valid_to");
    int64_t hours = 0;

    check_conditions(cx, permit, problems);
    if (!record_is_null(permit, "workers") && count_words(cx, record_text(permit, "workers")) < 2)
        problems_add(problems, STR("workers"), "out_of_range", STR("至少两人作业"), STR("at least two persons work"));
    if (kind == NULL || from == 0 || to == 0)
        return OK;
    TRY(rule_value(cx, kind->rule, &hours));
    if (to <= from)
        problems_add(problems, STR("valid_to"), "out_of_range", STR("应晚于许可开始"), STR("must be after it begins"));
    else if (to - from > hours * HOUR)
        problems_add(problems, STR("valid_to"), "out_of_range", str_format(cx->arena, "这种作业的许可最长 %lld 小时", (long long)hours),
                     str_format(cx->arena, "a permit for this work is for at most %lld hours", (long long)hours));
    return problems->count == 0 && permit->before != NULL && record_changed(permit, "valid_to") ? clock_again(cx, permit) : OK;
}

static const Error *prepare_permit(Cx *cx, Record *permit, Problems *problems)
{
    record_set(permit, "owner", value_ref(cx->actor->user));
    return check_permit(cx, permit, problems);
}

/* Actions */
static const Field approve_asks[] = {{"note", "说明", "Note", T_TEXT, .max = 500}};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field close_asks[] = {
    {"note", "收尾情况", "How it was left", T_TEXT, .max = 500, .required = true},
    {"ended_at", "作业结束", "Work ended", T_TIME},
    {"locks_off", "解锁数", "Locks off", T_INT, .min = 0, .max = 100},
    {"photos", "照片", "Photos", T_PHOTOS},
};

/* Whose licence has run out does not work here. */
static const Error *check_licence(Cx *cx, const Record *permit)
{
    const Record *contractor = NULL;
    Date until;

    if (record_is_null(permit, "contractor"))
        return OK;
    TRY(record_look(cx, kernel_type(cx->kernel, &contractor_type), value_int(record_int(permit, "contractor")), false, &contractor));
    until = contractor == NULL ? 0 : (Date)record_int(contractor, "licence_until");
    if (until == 0 || until >= instant_to_date(record_int(permit, "valid_to"), cx->zone_min))
        return OK;
    return error_field(cx->arena, STR("contractor"), "out_of_range", STR("作业单位的资质在许可期内已过期"), STR("the contractor's licence runs out before the permit ends"));
}

static const Error *guard_approve(Cx *cx, const Record *permit, const Asked *asked)
{
    Buf zh = buf_new(cx->arena, 2000), en = buf_new(cx->arena, 2000);
    Exact oxygen;
    int at = 0;

    (void)asked;
    for (const char *name; (name = next_missing(permit, &at)) != NULL;) {
        buf_format(&zh, "%s%s", zh.len == 0 ? "" : "、", condition_named(name)->zh);
        buf_format(&en, "%s%s", en.len == 0 ? "" : ", ", name);
    }
    if (zh.len > 0)
        return error_field(cx->arena, STR("conditions"), "required", str_format(cx->arena, "还缺：%.*s", STR_ARG(buf_str(&zh))),
                           str_format(cx->arena, "not met yet: %.*s", STR_ARG(buf_str(&en))));
    if (record_int(permit, "valid_to") <= cx->now)
        return error_field(cx->arena, STR("valid_to"), "out_of_range", STR("许可时间已过"), STR("its time has passed"));
    TRY(check_licence(cx, permit));
    if (str_is(record_text(permit, "kind"), "electric") && record_int(permit, "locks") == 0)
        return error_field(cx->arena, STR("locks"), "required", STR("写明上了几把锁"), STR("say how many locks are on"));
    if (!str_is(record_text(permit, "kind"), "confined"))
        return OK;
    if (exact_parse(record_text(permit, "oxygen"), 1, &oxygen) && exact_cmp(oxygen, exact_per(195, 10)) >= 0 && exact_cmp(oxygen, exact_per(235, 10)) <= 0)
        return OK;
    return error_field(cx->arena, STR("oxygen"), "out_of_range", STR("氧含量应在 19.5 到 23.5 之间"), STR("must be between 19.5 and 23.5"));
}

static const Error *approve_effect(Cx *cx, Record *permit, const Asked *asked)
{
    (void)asked;
    record_set(permit, "approver", value_ref(cx->actor->user));
    return OK;
}

static const Error *guard_begin(Cx *cx, const Record *permit, const Asked *asked)
{
    (void)asked;
    if (cx->now >= record_int(permit, "valid_from") && cx->now < record_int(permit, "valid_to"))
        return OK;
    return error_field(cx->arena, STR("valid_from"), "out_of_range", STR("不在许可时间内"), STR("it is not within the permit's time"));
}

static const Error *begin_effect(Cx *cx, Record *permit, const Asked *asked)
{
    (void)asked;
    record_set_int(permit, "began_at", cx->now);
    return OK;
}

/* What was locked is unlocked; after hot work somebody has watched for the time of the rule. */
static const Error *guard_close(Cx *cx, const Record *permit, const Asked *asked)
{
    Instant ended = asked_has(asked, "ended_at") ? asked_int(asked, "ended_at") : cx->now;
    int64_t watch = 0;

    if (ended > cx->now + 5 * MINUTE || ended < record_int(permit, "began_at"))
        return error_field(cx->arena, STR("ended_at"), "out_of_range", STR("应在开始作业与现在之间"), STR("must lie between the beginning and now"));
    if (asked_int(asked, "locks_off") != record_int(permit, "locks"))
        return error_field(cx->arena, STR("locks_off"), "out_of_range", str_format(cx->arena, "上了 %lld 把锁，须全部解除", (long long)record_int(permit, "locks")),
                           str_format(cx->arena, "%lld locks are on: all must be off", (long long)record_int(permit, "locks")));
    if (!str_is(record_text(permit, "kind"), "hot"))
        return OK;
    TRY(rule_value(cx, "permit.hot_watch_min", &watch));
    if (cx->now - ended >= watch * MINUTE)
        return OK;
    return error_field(cx->arena, STR("ended_at"), "out_of_range", str_format(cx->arena, "动火结束后须看护 %lld 分钟", (long long)watch),
                       str_format(cx->arena, "after hot work it is watched for %lld minutes", (long long)watch));
}

static const Error *close_effect(Cx *cx, Record *permit, const Asked *asked)
{
    if (!asked_has(asked, "ended_at"))
        record_set_int(permit, "ended_at", cx->now);
    return OK;
}

static const Action actions[] = {
    {"approve", "批准", "Approve", .from = NAMES("requested"), .to = "approved", .by = ENGINEERING, .asks = LIST(approve_asks), .second_person = true, .guard = guard_approve,
     .effect = approve_effect, .tells = TELL_OWNER},
    {"begin", "开始作业", "Begin", .from = NAMES("approved"), .to = "working", .by = HANDS | BY_OWNER, .guard = guard_begin, .effect = begin_effect},
    {"close", "关闭", "Close", .from = NAMES("working"), .to = "closed", .by = HANDS | BY_OWNER, .asks = LIST(close_asks), .ends = NAMES("end"), .guard = guard_close,
     .effect = close_effect, .tells = TELL_LEAD},
    {"refuse", "不批准", "Refuse", .from = NAMES("requested"), .to = "refused", .by = ENGINEERING, .asks = LIST(reason_asks), .tells = TELL_OWNER},
    {"cancel", "取消", "Cancel", .from = NAMES("requested", "approved"), .to = "cancelled", .by = ENGINEERING | BY_OWNER, .asks = LIST(reason_asks), .tells = TELL_LEAD},
};

static const Error *show_permit(Cx *cx, const Record *permit, Json *json)
{
    int at = 0;

    JSON_KEY(json, "missing");
    json_open(json, '[');
    for (const char *name; (name = next_missing(permit, &at)) != NULL;)
        json_c(json, name);
    json_close(json, ']');
    JSON_KEY(json, "clock");
    clock_json(cx, permit, json);
    return OK;
}

const RecordType permit_type = {
    .resource = "permits", .name = "permit", .zh = "作业许可", .en = "Permit to work", .prefix = "ZY", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .limits = LIST(limits), .first_action = "request", .first_zh = "申请", .first_en = "Request", .sights = LIST(equipment_sights), .filters = LIST(filters), .create_by = HANDS,
    .write_by = HANDS | BY_OWNER, .indexes = indexes, .label = "work", .in_project = true, .leads = R_ENG_LEAD, .prepare = prepare_permit, .changed = check_permit,
    .show = show_permit,
};
