/* repair.c: 报修, from report to rating (card P06).
 *
 *     reported --accept--> accepted --assign/take--> assigned --arrive--> working --finish--> finished --confirm--> confirmed --(7 d)--> closed
 *        |                    |  ^------decline---------'  |    ^  |  ^                          |                       |          |
 *     reject, merge           |                       suspend  |  quote <-> accept_quote         '-------- rework ------+----------'
 *        v                    v                            v   resume                                (30 days) -> assigned
 *     rejected, merged     cancelled                     waiting --'
 *
 * Own code: limits by category, prices, rating and what a low one leads to. All else is declared. */
#include "kernel/callback.h"
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/repair/repair_parts.h"

#include <math.h>

static const Rule rules[] = {
    {"repair.auto_confirm_hours", "多久无人验收自动验收（小时）", "Confirmed by itself after (hours)", 72, 1, 720, "hour"},
    {"repair.close_days", "验收后几天关闭", "Closed after (days)", 7, 1, 365, "day"},
    {"repair.callback_percent", "抽样回访的比例（%）", "Share called back (%)", 20, 0, 100, "%"},
};

const Choice repair_urgencies[] = {{"urgent", "紧急", "Urgent"}, {"normal", "一般", "Normal"}, {"planned", "预约", "Planned"}, {0}};
const Choice repair_payers[] = {
    {"owner", "业主", "Owner"}, {"property_fee", "物业费", "Property fee"}, {"fund", "维修资金", "Maintenance fund"},
    {"warranty", "质保", "Warranty"}, {"contractor", "外包单位", "Contractor"}, {"third_party", "第三方", "Third party"}, {0},
};
static const Choice place_kinds[] = {{"inside_home", "户内", "Inside the home"}, {"common_part", "公共部位", "Common part"}, {"equipment", "设备", "Equipment"}, {0}};
static const Choice channels[] = {
    {"app", "手机", "App"}, {"phone", "电话", "Phone"}, {"counter", "前台", "Counter"}, {"wechat", "微信", "WeChat"}, {"staff", "员工", "Staff"}, {0},
};
static const Choice pause_reasons[] = {
    {"part", "等配件", "Waiting for a part"}, {"access", "等业主时间", "Waiting for access"}, {"owner", "等业主决定", "Waiting for the owner"},
    {"third_party", "等第三方", "Waiting for a third party"}, {"force_majeure", "不可抗力", "Force majeure"}, {0},
};
static const Choice causes[] = {
    {"wear", "自然损耗", "Wear"}, {"misuse", "使用不当", "Misuse"}, {"construction", "施工缺陷", "Construction defect"}, {"design", "设计缺陷", "Design"},
    {"force_majeure", "不可抗力", "Force majeure"}, {"third_party", "第三方", "Third party"}, {"no_fault", "未见故障", "No fault found"}, {0},
};

static const State repair_states[] = {
    {"reported", "待受理", "Reported"},
    {"accepted", "待派单", "Accepted"},
    {"rejected", "不受理", "Declined", .ended = true},
    {"merged", "已合并", "Merged", .ended = true},
    {"assigned", "待上门", "Assigned"},
    {"working", "维修中", "In work"},
    {"quoted", "待同意报价", "Quoted"},
    {"waiting", "挂起", "Paused", .paused = true},
    {"finished", "待验收", "Finished"},
    {"confirmed", "已验收", "Confirmed", .ended = true},
    {"closed", "已关闭", "Closed", .ended = true},
    {"cancelled", "已取消", "Cancelled", .ended = true},
};

#define UNTIL_FINISHED NAMES("reported", "accepted", "assigned", "working", "quoted", "waiting")
#define UNTIL_ACCEPTED NAMES("reported")

static const Field repair_fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"space", "公共部位", "Place", T_REF, .to = "spaces", .searched = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"place_kind", "位置类别", "Kind of place", T_CHOICE, .choices = place_kinds, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"reporter", "报修人", "Reporter", T_REF, .to = "parties", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"contact_phone", "联系电话", "Contact phone", T_PHONE, .masked = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"category", "类别", "Category", T_CODE, .to = "repair_categories", .required = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"urgency", "紧急程度", "Urgency", T_CHOICE, .choices = repair_urgencies, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .required = true, .searched = true, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"description", "说明", "Description", T_LINES, .max = 2000, .searched = true, .edit_in = UNTIL_FINISHED, .own_edit_in = UNTIL_ACCEPTED},
    {"photos", "照片", "Photos", T_PHOTOS, .max = 9, .edit_in = UNTIL_FINISHED, .own_edit_in = UNTIL_ACCEPTED},
    {"appoint_from", "预约从", "Appointed from", T_TIME, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"appoint_to", "预约到", "Appointed to", T_TIME, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"channel", "渠道", "Channel", T_CHOICE, .choices = channels, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"payer", "付费方", "Payer", T_CHOICE, .choices = repair_payers, .edit_by = DESK, .edit_in = UNTIL_FINISHED},
    {"assignee", "维修人", "Engineer", T_REF, .to = "users", .read_only = true},
    {"due_respond_at", "受理时限", "Accept by", T_TIME, .read_only = true},
    {"due_arrive_at", "到场时限", "Arrive by", T_TIME, .read_only = true},
    {"due_finish_at", "完工时限", "Finish by", T_TIME, .read_only = true},
    {"respond_done_at", "受理时间", "Responded", T_TIME, .read_only = true},
    {"arrive_done_at", "到场", "Arrived", T_TIME, .internal = true},
    {"finish_done_at", "完工", "Finished", T_TIME, .internal = true},
    {"respond_met", "受理准时", "Responded in time", T_BOOL, .internal = true},
    {"arrive_met", "到场准时", "Arrived in time", T_BOOL, .internal = true},
    {"finish_met", "完工准时", "Finished in time", T_BOOL, .internal = true},
    {"first_arrived_at", "首次到场", "First arrived", T_TIME, .internal = true}, /* stays when rework starts the clock again */
    {"first_arrive_met", "首次到场准时", "First arrived in time", T_BOOL, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "挂起时间", "Paused", T_TIME, .read_only = true},
    {"pauses", "挂起次数", "Pauses", T_INT, .read_only = true},
    {"wait_reason", "挂起原因", "Why paused", T_CHOICE, .choices = pause_reasons, .read_only = true},
    {"wait_until", "预计恢复", "Paused until", T_TIME, .read_only = true},
    {"arrived_at", "到场时间", "Arrived", T_TIME, .read_only = true},
    {"finished_at", "完工时间", "Finished", T_TIME, .read_only = true},
    {"cause", "原因", "Cause", T_TEXT, .max = 200, .read_only = true, .suggests = causes},
    {"solution", "处理", "Work done", T_LINES, .max = 2000, .read_only = true},
    {"before_photos", "修前照片", "Photos before", T_PHOTOS, .read_only = true},
    {"after_photos", "修后照片", "Photos after", T_PHOTOS, .read_only = true},
    {"signature", "业主签字", "Signature", T_SIGN, .read_only = true},
    {"materials", "用料", "Materials", T_OBJECT, .read_only = true},
    {"labour_fen", "人工费", "Labour", T_MONEY, .read_only = true},
    {"quote_fen", "报价", "Quote", T_MONEY, .read_only = true},
    {"final_fen", "结算", "Final price", T_MONEY, .read_only = true},
    {"visits", "上门次数", "Visits", T_INT, .read_only = true},
    {"reworks", "返修次数", "Reworks", T_INT, .read_only = true},
    {"into", "并入", "Merged into", T_REF, .to = "repairs", .read_only = true},
    {"rating", "评价", "Rating", T_OBJECT, .read_only = true},
    {"overall", "总分", "Overall", T_INT, .internal = true},
    {"rating_photos", "评价照片", "Photos of the rating", T_PHOTOS, .internal = true},
    {"photo", "到场照片", "Photo on arrival", T_SIGN, .read_only = true},
    {"auto_confirmed", "自动验收", "Confirmed by itself", T_BOOL, .read_only = true},
    {"confirmed_at", "验收时间", "Confirmed", T_TIME, .read_only = true},
};

/* A household's repairs by the dates of the relation; public ones by who reported. From the person to the repairs, so that a
 * resident's list does not look at everybody's. */
#define MINE                                                                                                                          \
    "t.id IN (SELECT x.id FROM repair x WHERE x.org_id = :org AND x.reporter_id = :party"                                             \
    " UNION SELECT x.id FROM residence r JOIN repair x ON x.org_id = r.org_id AND x.house_id = r.house_id"                            \
    " WHERE r.org_id = :org AND r.party_id = :party AND r.since <= x.created_at AND (r.until = 0 OR r.until > x.created_at))"

static const Sight repair_sights[] = {
    {DESK | R_ENG_LEAD | R_QUALITY | R_REGION | R_CONTROL | R_CASHIER | R_ACCOUNTANT},
    {R_ENGINEER, "t.assignee_id = :me OR t.state = 'accepted'"},
    {R_STORE_KEEPER, "t.state IN ('reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting')"}, /* parts go out for them */
    {STAFF, "t.created_by = :me", .any_project = true},
    {R_RESIDENT, MINE, .any_project = true},
};
#define DAY_OF(done, day, late, due) "CASE WHEN " done " IS NOT NULL AND " SQL_COUNTED " THEN " day " WHEN " late " THEN " due " END"
#define RESPOND_DAY DAY_OF("t.respond_done_at", "t.respond_done_at", SQL_RESPOND_LATE, "t.due_respond_at")
#define ARRIVE_DAY DAY_OF("t.first_arrived_at", "t.first_arrived_at", SQL_ARRIVE_LATE, "t.due_arrive_at")
#define FINISH_DAY DAY_OF("t.finish_done_at", "t.finished_at", SQL_FINISH_LATE, "t.due_finish_at")

/* The last nine open the rows of figures: respond_from to finish_before say on which day a step counts, done or late. */
static const Filter repair_filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.state IN ('reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting', 'finished')", "open")},
    {"rated", T_BOOL, .sql = SQL_FLAG("t.overall IS NOT NULL", "rated")},
    {"overall", T_INT, .sql = "t.overall = :f_overall"},
    {"unhappy", T_BOOL, .sql = SQL_FLAG("t.overall IS NOT NULL AND t.overall <= 3", "unhappy")},
    {"late", T_TEXT, .sql = "(:f_late = 'respond' AND (t.respond_done_at IS NOT NULL AND t.respond_met = 0 OR " SQL_RESPOND_LATE "))"
                            " OR (:f_late = 'arrive' AND (t.first_arrived_at IS NOT NULL AND t.first_arrive_met = 0 OR " SQL_ARRIVE_LATE "))"
                            " OR (:f_late = 'finish' AND (t.finish_done_at IS NOT NULL AND t.finish_met = 0 OR " SQL_FINISH_LATE "))"},
    {"counted", T_BOOL, .sql = SQL_FLAG(SQL_COUNTED, "counted")},
    {"fix_known", T_BOOL, .sql = SQL_FLAG(SQL_FIX_KNOWN, "fix_known")},
    {"first_fixed", T_BOOL, .sql = SQL_FLAG("t.visits = 1 AND t.reworks = 0", "first_fixed")},
    {"respond_from", T_TIME, .sql = RESPOND_DAY " >= :f_respond_from"},
    {"respond_before", T_TIME, .sql = RESPOND_DAY " < :f_respond_before"},
    {"arrive_from", T_TIME, .sql = ARRIVE_DAY " >= :f_arrive_from"},
    {"arrive_before", T_TIME, .sql = ARRIVE_DAY " < :f_arrive_before"},
    {"finish_from", T_TIME, .sql = FINISH_DAY " >= :f_finish_from"},
    {"finish_before", T_TIME, .sql = FINISH_DAY " < :f_finish_before"},
};
static const Index repair_indexes[] = {
    {"project_id, next_due_at, id"},       {"next_due_at, id"},
    {"assignee_id, next_due_at, id", .where = "assignee_id IS NOT NULL"}, {"category, id"},
    {"created_at"},                        /* figures: the day that a repair or one of its steps counts on */
    {"respond_done_at", .where = "respond_done_at IS NOT NULL"}, {"first_arrived_at", .where = "first_arrived_at IS NOT NULL"},
    {"finished_at", .where = "finished_at IS NOT NULL"}, {"confirmed_at", .where = "overall IS NOT NULL"}, {0},
};

/* Time limits: minutes by category, tighter when it is called urgent. */
typedef struct {
    int64_t respond, arrive, finish;
    Str calendar, urgency, payer;
} CategoryTerms;

static const Error *read_category(Cx *cx, const Record *record, CategoryTerms *out, bool *found)
{
    const Record *row;

    TRY(record_look(cx, kernel_type(cx->kernel, &repair_category_type), value_text(record_text(record, "category")), false, &row));
    *found = row != NULL;
    if (row != NULL)
        *out = (CategoryTerms){record_int(row, "response_min"), record_int(row, "arrive_min"), record_int(row, "finish_min"),
                               record_text(row, "calendar"), record_text(row, "urgency"), record_text(row, "payer")};
    return OK;
}

/* Made urgent although its category is not: 5, 30 and 240 minutes round the clock (card P06). */
static const Error *find_terms(Cx *cx, const Record *record, CategoryTerms *terms)
{
    bool found;

    *terms = (CategoryTerms){.calendar = STR("work")};
    TRY(read_category(cx, record, terms, &found));
    if (str_is(record_text(record, "urgency"), "urgent") && !str_is(terms->urgency, "urgent"))
        *terms = (CategoryTerms){.respond = 5, .arrive = 30, .finish = 240, .calendar = STR("7x24")};
    return OK;
}

static const Error *respond_terms(Cx *cx, const Record *record, Terms *out)
{
    CategoryTerms terms;

    TRY(find_terms(cx, record, &terms));
    *out = (Terms){terms.respond, terms.calendar, 0};
    return OK;
}

/* With an appointment: its window and 15 minutes (card P06). After rework the first visit comes within 2 h. */
static const Error *arrive_terms(Cx *cx, const Record *record, Terms *out)
{
    CategoryTerms terms;
    Instant appointed = record_int(record, "appoint_to");

    TRY(find_terms(cx, record, &terms));
    *out = (Terms){record_int(record, "reworks") > 0 ? 120 : terms.arrive, terms.calendar, appointed == 0 ? 0 : appointed + 15 * MINUTE};
    if (record_int(record, "reworks") > 0)
        out->due = 0;
    return OK;
}

static const Error *finish_terms(Cx *cx, const Record *record, Terms *out)
{
    CategoryTerms terms;
    Instant appointed = record_int(record, "appoint_from");
    Calendar calendar;

    TRY(find_terms(cx, record, &terms));
    *out = (Terms){terms.finish, terms.calendar, 0};
    if (appointed > record->created_at && record_int(record, "reworks") == 0) { /* the work begins when the customer is there */
        TRY(clock_calendar(cx, record->project, terms.calendar, &calendar));
        out->due = calendar_add(&calendar, appointed, terms.finish);
    }
    return OK;
}

static const Limit repair_limits[] = {
    {"respond", "受理", "Accept", respond_terms},
    {"arrive", "到场", "Arrive", arrive_terms},
    {"finish", "完工", "Finish", finish_terms},
};

/* Asks */
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field optional_reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 500}};
static const Field accept_asks[] = {{"urgency", "紧急程度", "Urgency", T_CHOICE, .choices = repair_urgencies}};
static const Field merge_asks[] = {{"into", "并入哪一单", "Merge into", T_REF, .to = "repairs", .required = true}};
static const Field assign_asks[] = {{"assignee", "派给", "Engineer", T_REF, .to = "users", .required = true}};
static const Field transfer_asks[] = {
    {"assignee", "转给", "Engineer", T_REF, .to = "users", .required = true},
    {"reason", "原因", "Reason", T_TEXT, .max = 500, .required = true},
};
static const Field arrive_asks[] = {
    {"place", "位置", "Place", T_PLACE},
    {"photo", "现场照片", "Photo", T_SIGN},
};
static const Field quote_asks[] = {
    {"labour_fen", "人工费", "Labour", T_MONEY, .min = 0, .max = 100000000, .required = true},
    {"materials", "用料", "Materials", T_OBJECT, .required = true},
};
static const Field suspend_asks[] = {
    {"reason", "原因", "Reason", T_CHOICE, .choices = pause_reasons, .required = true},
    {"until", "预计恢复", "Until", T_TIME, .required = true, .day_ok = true},
};
static const Field finish_asks[] = {
    {"cause", "原因", "Cause", T_TEXT, .max = 200, .required = true, .suggests = causes},
    {"solution", "处理", "Work done", T_LINES, .max = 2000, .required = true},
    {"after_photos", "修后照片", "Photos after", T_PHOTOS, .required = true},
    {"before_photos", "修前照片", "Photos before", T_PHOTOS},
    {"materials", "用料", "Materials", T_OBJECT},
    {"signature", "业主签字", "Signature", T_SIGN},
};
static const Field confirm_asks[] = {
    {"overall", "总体", "Overall", T_SCORE, .required = true},
    {"timeliness", "及时", "Timeliness", T_SCORE},
    {"attitude", "态度", "Attitude", T_SCORE},
    {"quality", "质量", "Quality", T_SCORE},
    {"tidiness", "整洁", "Tidiness", T_SCORE},
    {"comment", "评语", "Comment", T_LINES, .max = 1000},
    {"photos", "照片", "Photos", T_PHOTOS},
    {"by_callback", "电话回访", "By call-back", T_BOOL},
};
static const Field note_asks[] = {{"text", "备注", "Note", T_LINES, .max = 1000, .required = true}};

static const Error *wrong_ask(Cx *cx, const char *field, const char *zh, const char *en)
{
    return error_field(cx->arena, str_of(field), "reference", str_of(zh), str_of(en));
}

static const Error *accept_repair(Cx *cx, Record *record, const Asked *asked)
{
    return asked_has(asked, "urgency") && record_changed(record, "urgency") ? clock_again(cx, record) : OK;
}

static const Error *guard_merge(Cx *cx, const Record *record, const Asked *asked)
{
    Record *leader;

    if (asked_int(asked, "into") == record->id)
        return wrong_ask(cx, "into", "不能并入自己", "it cannot be merged into itself");
    TRY(record_load(cx, record->meta, asked_int(asked, "into"), &leader));
    if (record_in_state(leader, "merged") || record_in_state(leader, "rejected") || record_in_state(leader, "cancelled"))
        return wrong_ask(cx, "into", "那一单已经结束，不能并入", "that repair has ended; nothing can be merged into it");
    return OK;
}

/* Only one who repairs, in this project, can be given the work. */
static const Error *guard_engineer(Cx *cx, const Record *record, const Asked *asked)
{
    static const char FIT[] = "SELECT count(*) FROM role_grant g JOIN app_user u ON u.org_id = g.org_id AND u.id = g.user_id"
                              " WHERE g.org_id = :org AND g.user_id = :user AND g.role IN ('engineer', 'eng_lead', 'contractor')"
                              " AND (g.project_id = 0 OR g.project_id = :project) AND u.active = 1";
    int64_t fit = 0;

    TRY(sql_row(cx, FIT, IN(in_int("user", asked_int(asked, "assignee")), in_int("project", record->project)), OUT(out_int(&fit))));
    return fit > 0 ? OK : wrong_ask(cx, "assignee", "须是本项目的工程人员", "must be an engineer of this project");
}

static const Error *take_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "assignee", cx->actor->user);
    return OK;
}

static const Error *hand_back(Cx *cx, Record *record, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_null(record, "assignee");
    return OK;
}

static const Error *arrive_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "arrived_at", clock_happened(cx));
    if (record_is_null(record, "first_arrived_at") && !record_is_null(record, "arrive_done_at")) {
        record_set_int(record, "first_arrived_at", record_int(record, "arrive_done_at"));
        record_set_int(record, "first_arrive_met", record_int(record, "arrive_met"));
    }
    record_set_int(record, "visits", record_int(record, "visits") + 1);
    return OK;
}

/* Does the customer pay? Warranty, common parts, the company's duty and work done again are free (card P06). */
static bool is_paid(const Record *record)
{
    return str_is(record_text(record, "payer"), "owner") && !str_is(record_text(record, "place_kind"), "common_part") &&
           record_int(record, "reworks") == 0;
}

/* Materials: [{"item","qty"}] priced from the list. *fen is their sum, rounded half away from zero once per line; *lines
 * the list with prices. */
static const Error *price_materials(Cx *cx, const json_t *materials, int64_t *fen, Str *lines)
{
    static const char PRICE[] = "SELECT zh, en, coalesce(unit, ''), material_fen FROM repair_price WHERE org_id = :org AND code = :code AND archived_at IS NULL";
    Json json = json_new(cx->arena, 1 << 16);
    const json_t *line;
    size_t i;

    *fen = 0;
    if (!json_is_array(materials) || json_array_size(materials) > 50)
        return error_field(cx->arena, STR("materials"), "type", STR("应为 [{\"item\",\"qty\"}] 列表，最多 50 项"),
                           STR("must be a list of at most 50 {\"item\",\"qty\"}"));
    json_open(&json, '[');
    json_array_foreach((json_t *)materials, i, line)
    {
        Str code = json_str(json_object_get(line, "item")), zh, en, unit;
        const json_t *qty = json_object_get(line, "qty");
        int64_t hundredths, unit_fen = 0, line_fen;
        bool found = false;
        if (!json_is_object(line) || !json_is_number(qty) || json_number_value(qty) <= 0 || json_number_value(qty) > 10000)
            return error_field(cx->arena, STR("materials"), "out_of_range", STR("数量应大于 0，不超过 10000"), STR("a quantity must be over 0 and at most 10000"));
        hundredths = llround(json_number_value(qty) * 100);
        TRY(sql_find(cx, PRICE, IN(in_text("code", code)), OUT(out_text(&zh), out_text(&en), out_text(&unit), out_int(&unit_fen)), &found));
        if (!found)
            return error_field(cx->arena, STR("materials"), "reference", STR("价目表里没有这一项"), STR("there is no such item in the price list"));
        if (__builtin_mul_overflow(unit_fen, hundredths, &line_fen) || __builtin_add_overflow(*fen, (line_fen + 50) / 100, fen))
            return error_field(cx->arena, STR("materials"), "out_of_range", STR("金额太大"), STR("the amount is too large"));
        json_open(&json, '{');
        JSON_TEXT(&json, "item", code);
        JSON_TEXT(&json, "zh", zh);
        JSON_TEXT(&json, "en", en);
        JSON_TEXT(&json, "unit", unit);
        JSON_KEY(&json, "qty");
        json_double(&json, (double)hundredths / 100);
        JSON_INT(&json, "fen", (line_fen + 50) / 100);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    *lines = buf_str(&json.buf);
    return OK;
}

static const Error *guard_quote(Cx *cx, const Record *record, const Asked *asked)
{
    int64_t fen = 0;
    Str lines;

    TRY(price_materials(cx, asked_json(asked, "materials"), &fen, &lines));
    if (is_paid(record) && fen + asked_int(asked, "labour_fen") > QUOTE_NEEDS_LEAD_FEN && !actor_has(cx->actor, R_ENG_LEAD, record->project, record->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR("报价超过 500 元，须由工程主管报出"), STR("a quote over 500 yuan needs the engineering lead"));
    return OK;
}

static const Error *quote_repair(Cx *cx, Record *record, const Asked *asked)
{
    int64_t fen = 0;
    Str lines;

    TRY(price_materials(cx, asked_json(asked, "materials"), &fen, &lines));
    record_set_text(record, "materials", lines);
    record_set_int(record, "quote_fen", is_paid(record) ? fen + asked_int(asked, "labour_fen") : 0);
    return OK;
}

static const Error *suspend_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)cx;
    record_set_text(record, "wait_reason", asked_text(asked, "reason"));
    record_set_int(record, "wait_until", asked_int(asked, "until"));
    return OK;
}

static const Error *resume_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_null(record, "wait_reason");
    record_set_null(record, "wait_until");
    return OK;
}

static const Error *guard_finish(Cx *cx, const Record *record, const Asked *asked)
{
    (void)record;
    if (asked_text(asked, "after_photos").len <= 2)
        return error_field(cx->arena, STR("after_photos"), "required", STR("至少要一张修后照片"), STR("at least one photo after the work is needed"));
    return OK;
}

static const Error *finish_repair(Cx *cx, Record *record, const Asked *asked)
{
    int64_t fen = 0, quoted = record_int(record, "quote_fen");
    Str lines;

    record_set_int(record, "finished_at", clock_happened(cx));
    if (asked_has(asked, "materials")) {
        TRY(price_materials(cx, asked_json(asked, "materials"), &fen, &lines));
        record_set_text(record, "materials", lines);
        fen += record_int(record, "labour_fen");
    } else {
        fen = quoted;
    }
    if (quoted > 0 && fen > quoted)
        fen = quoted; /* never more than was agreed; more needs a new quote */
    record_set_int(record, "final_fen", is_paid(record) ? fen : record_int(record, "final_fen"));
    record_set_int(record, "auto_confirmed", 0);
    return OK;
}

static const Error *guard_confirm(Cx *cx, const Record *record, const Asked *asked)
{
    bool reporter = access_may(cx, record, BY_REPORTER);

    if (!reporter && asked_int(asked, "by_callback") == 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR("前台只能在电话回访后代为验收（by_callback）"),
                         STR("the desk may confirm only after a call-back (by_callback)"));
    return OK;
}

/* A share of the repairs is called back, by chance that a repetition does not change. */
static const Error *sample_callback(Cx *cx, Record *record)
{
    int64_t percent;

    TRY(rule_value(cx, "repair.callback_percent", &percent));
    if (record->id / 1009 % 100 >= percent) /* the low digits of ids are not evenly spread */
        return OK;
    return callback_open(cx, &(CallbackWish){.reason = "sample", .about = record, .handler = record_int(record, "assignee"),
                                             .house = record_int(record, "house"), .party = record_int(record, "reporter")});
}

/* A call-back has found it not solved. */
static const Error *not_solved(Cx *cx, Record *record, Str why)
{
    const Action *rework = repair_action("rework");
    const Value reason = value_text(why);

    return names_have(rework->from, record_state(record)) && rework->is_possible(cx, record) ? process_act_on(cx, record, rework, &reason, NULL) : OK;
}

/* Scores as one object; a low overall opens a follow-up. */
static const Error *confirm_repair(Cx *cx, Record *record, const Asked *asked)
{
    static const char *const scores[] = {"overall", "timeliness", "attitude", "quality", "tidiness"};
    Json json = json_new(cx->arena, 1 << 14);

    record_set_int(record, "confirmed_at", cx->now);
    json_open(&json, '{');
    for (size_t i = 0; i < COUNT_OF(scores); i++) {
        json_key(&json, str_of(scores[i]));
        asked_has(asked, scores[i]) ? json_int(&json, asked_int(asked, scores[i])) : json_none(&json);
    }
    JSON_KEY(&json, "comment");
    asked_has(asked, "comment") ? json_text(&json, asked_text(asked, "comment")) : json_none(&json);
    JSON_KEY(&json, "photos");
    json_raw(&json, asked_has(asked, "photos") ? asked_text(asked, "photos") : STR("[]"));
    JSON_BOOL(&json, "by_callback", asked_int(asked, "by_callback") != 0);
    json_close(&json, '}');
    record_set_text(record, "rating", buf_str(&json.buf));
    record_set_int(record, "overall", asked_int(asked, "overall"));
    if (asked_has(asked, "photos")) { /* the rating's photos are not the report's */
        record_set_text(record, "rating_photos", asked_text(asked, "photos"));
        record_set(record, "photos", record->before[meta_field(record->meta, STR("photos"))->at]);
    }
    TRY(repair_charge(cx, record));
    return asked_int(asked, "overall") <= FOLLOWUP_BELOW ? followup_open(cx, record) : sample_callback(cx, record);
}

/* Nobody has said anything for 72 h: taken as done, without a rating and never counted as satisfied. */
static const Error *auto_confirm_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "confirmed_at", cx->now);
    record_set_int(record, "auto_confirmed", 1);
    TRY(repair_charge(cx, record));
    return sample_callback(cx, record);
}

static bool may_rework(const Cx *cx, const Record *record)
{
    Instant finished = record_int(record, "finished_at");
    return finished != 0 && cx->now - finished <= REWORK_WITHIN;
}

static const Error *rework_repair(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "reworks", record_int(record, "reworks") + 1);
    record_set_null(record, "rating");
    record_set_null(record, "overall");
    record_set_null(record, "confirmed_at");
    record_set_int(record, "auto_confirmed", 0);
    TRY(repair_uncharge(cx, record, STR("返修")));
    TRY(clock_restart(cx, record, "arrive"));
    return clock_restart(cx, record, "finish");
}

/* The reporter may cancel until somebody is on the way; the desk also what waits. */
static bool may_cancel(const Cx *cx, const Record *record)
{
    return !record_in_state(record, "waiting") || cx->actor->is_system || actor_has(cx->actor, DESK, record->project, record->building);
}

#define ENGINEER_STEP (BY_ASSIGNEE | R_ENG_LEAD)

static const Action repair_actions[] = {
    {"accept", "受理", "Accept", .from = NAMES("reported"), .to = "accepted", .by = DESK, .asks = LIST(accept_asks), .ends = NAMES("respond"),
     .effect = accept_repair, .tells = TELL_REPORTER},
    {"assign", "派单", "Assign", .from = NAMES("accepted"), .to = "assigned", .by = DESK | R_ENG_LEAD, .asks = LIST(assign_asks),
     .undo = "recall", .guard = guard_engineer, .tells = TELL_REPORTER | TELL_ASSIGNEE},
    {"take", "抢单", "Take", .from = NAMES("accepted"), .to = "assigned", .by = R_ENGINEER | R_ENG_LEAD, .effect = take_repair, .tells = TELL_REPORTER},
    {"arrive", "到场", "Arrive", .from = NAMES("assigned"), .to = "working", .by = ENGINEER_STEP, .asks = LIST(arrive_asks), .ends = NAMES("arrive"),
     .effect = arrive_repair, .tells = TELL_REPORTER},
    {"finish", "完工", "Finish", .from = NAMES("working"), .to = "finished", .by = ENGINEER_STEP, .asks = LIST(finish_asks), .ends = NAMES("finish"),
     .guard = guard_finish, .effect = finish_repair, .tells = TELL_REPORTER},
    {"accept_quote", "同意报价", "Agree to price", .from = NAMES("quoted"), .to = "working", .by = BY_REPORTER | DESK, .tells = TELL_ASSIGNEE},
    {"resume", "恢复", "Resume", .from = NAMES("waiting"), .by = ENGINEER_STEP | DESK, .back = true, .effect = resume_repair, .tells = TELL_REPORTER},
    {"confirm", "验收", "Confirm", .from = NAMES("finished"), .to = "confirmed", .by = BY_REPORTER | DESK | R_QUALITY, .asks = LIST(confirm_asks),
     .second_person = true, .guard = guard_confirm, .effect = confirm_repair, .tells = TELL_ASSIGNEE},
    {"quote", "报价", "Quote", .from = NAMES("working"), .to = "quoted", .by = ENGINEER_STEP, .asks = LIST(quote_asks), .guard = guard_quote,
     .effect = quote_repair, .tells = TELL_REPORTER},
    {"suspend", "挂起", "Pause", .from = NAMES("working", "assigned"), .to = "waiting", .by = ENGINEER_STEP, .asks = LIST(suspend_asks),
     .effect = suspend_repair, .tells = TELL_REPORTER | TELL_LEAD},
    {"refuse_quote", "不同意报价", "Refuse the price", .from = NAMES("quoted"), .to = "cancelled", .by = BY_REPORTER | DESK, .asks = LIST(optional_reason_asks),
     .tells = TELL_ASSIGNEE},
    {"decline", "退单", "Hand back", .from = NAMES("assigned"), .to = "accepted", .by = ENGINEER_STEP, .asks = LIST(reason_asks), .effect = hand_back,
     .tells = TELL_DESK},
    {"transfer", "转派", "Transfer", .from = NAMES("assigned", "working", "quoted", "waiting"), .to = "assigned", .by = ENGINEER_STEP | DESK,
     .asks = LIST(transfer_asks), .guard = guard_engineer, .effect = resume_repair, .tells = TELL_ASSIGNEE | TELL_REPORTER},
    {"rework", "返修", "Rework", .from = NAMES("finished", "confirmed", "closed"), .to = "assigned", .by = BY_REPORTER | DESK | R_QUALITY,
     .asks = LIST(reason_asks), .is_possible = may_rework, .effect = rework_repair, .tells = TELL_ASSIGNEE | TELL_LEAD},
    {"recall", "撤回派单", "Recall", .from = NAMES("assigned"), .to = "accepted", .by = DESK | R_ENG_LEAD, .effect = hand_back},
    {"reject", "不受理", "Decline", .from = NAMES("reported"), .to = "rejected", .by = DESK, .asks = LIST(reason_asks), .ends = NAMES("respond"),
     .tells = TELL_REPORTER},
    {"merge", "合并", "Merge", .from = NAMES("reported", "accepted"), .to = "merged", .by = DESK, .asks = LIST(merge_asks), .ends = NAMES("respond"),
     .guard = guard_merge, .tells = TELL_REPORTER},
    {"cancel", "取消", "Cancel", .from = NAMES("reported", "accepted", "assigned", "waiting"), .to = "cancelled", .by = BY_REPORTER | DESK,
     .asks = LIST(reason_asks), .is_possible = may_cancel, .tells = TELL_ASSIGNEE | TELL_REPORTER},
    {"void", "作废", "Void", .by = DESK, .asks = LIST(reason_asks), .archives = true},
    {"note", "备注", "Note", .by = STAFF, .asks = LIST(note_asks)},
    {"auto_confirm", "自动验收", "Confirm by itself", .from = NAMES("finished"), .to = "confirmed", .by = BY_SYSTEM, .effect = auto_confirm_repair,
     .tells = TELL_REPORTER},
    {"close", "关闭", "Close", .from = NAMES("confirmed"), .to = "closed", .by = BY_SYSTEM},
};

const Action *repair_action(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(repair_actions); i++)
        if (strcmp(repair_actions[i].name, name) == 0)
            return &repair_actions[i];
    return NULL;
}

/* What can be derived is not asked: reporter, phone, urgency, place, channel, payer. */
static const Error *prepare_repair(Cx *cx, Record *record, Problems *problems)
{
    CategoryTerms category = {0};
    bool found = false, resident = cx->actor->party != 0 && (cx->actor->roles & STAFF) == 0;
    const Record *reporter;

    if (record_is_null(record, "house") && record_is_null(record, "space") && problems->count == 0)
        problems_add(problems, STR("house"), "required", STR("须写明房屋，或写明公共部位（space）"), STR("give the house, or the common place (space)"));
    if (record_int(record, "appoint_to") != 0 && record_int(record, "appoint_to") <= record_int(record, "appoint_from"))
        problems_add(problems, STR("appoint_to"), "out_of_range", STR("预约结束应晚于开始"), STR("the appointment must end after it begins"));
    if (resident)
        record_set_int(record, "reporter", cx->actor->party);
    if (record_is_null(record, "channel"))
        record_set_text(record, "channel", resident ? STR("app") : STR("phone"));
    if (record_is_null(record, "place_kind"))
        record_set_text(record, "place_kind", record_is_null(record, "house") ? STR("common_part") : STR("inside_home"));
    if (record_is_null(record, "contact_phone") && !record_is_null(record, "reporter")) {
        TRY(record_look(cx, kernel_find(cx->kernel, STR("parties")), value_int(record_int(record, "reporter")), false, &reporter));
        if (reporter != NULL && record_text(reporter, "phone").len > 0)
            record_set_text(record, "contact_phone", record_text(reporter, "phone"));
    }
    TRY(read_category(cx, record, &category, &found));
    if (found && record_is_null(record, "urgency"))
        record_set_text(record, "urgency", category.urgency);
    if (found && record_is_null(record, "payer"))
        record_set_text(record, "payer", str_is(record_text(record, "place_kind"), "common_part") && str_is(category.payer, "owner") ? STR("property_fee") : category.payer);
    record_set_int(record, "visits", 0);
    record_set_int(record, "reworks", 0);
    record_set_int(record, "pauses", 0);
    return OK;
}

static const Error *told_desk(Cx *cx, Record *record)
{
    return message_action(cx, record, "report", "新报修", "New repair", TELL_DESK);
}

/* Re-classified work keeps its original start: limits anew, from then. */
static const Error *changed_repair(Cx *cx, Record *record, Problems *problems)
{
    CategoryTerms category;
    bool found;

    if (problems->count > 0)
        return OK;
    if (record_is_null(record, "house") && record_is_null(record, "space"))
        problems_add(problems, STR("house"), "required", STR("须写明房屋，或写明公共部位（space）"), STR("give the house, or the common place (space)"));
    if (record_changed(record, "category") && !record_changed(record, "urgency")) {
        TRY(read_category(cx, record, &category, &found));
        if (found)
            record_set_text(record, "urgency", category.urgency);
    }
    if (record_changed(record, "category") || record_changed(record, "urgency") || record_changed(record, "appoint_to") || record_changed(record, "appoint_from"))
        return clock_again(cx, record);
    return OK;
}

static const Error *show_repair(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "clock");
    clock_json(cx, record, json);
    return OK;
}

static const Auto autos[] = {
    {"auto_confirm", "t.finished_at", HOUR, "repair.auto_confirm_hours"},
    {"close", "coalesce(t.confirmed_at, t.finished_at)", DAY_US, "repair.close_days"},
};

const RecordType repair_type = {
    .resource = "repairs", .name = "repair", .zh = "报修", .en = "Repair", .prefix = "BX", .fields = LIST(repair_fields), .states = LIST(repair_states),
    .actions = LIST(repair_actions), .limits = LIST(repair_limits), .first_action = "report", .first_zh = "报修", .first_en = "Report",
    .sights = LIST(repair_sights), .filters = LIST(repair_filters), .create_by = STAFF | R_RESIDENT, .write_by = DESK | BY_REPORTER,
    .indexes = repair_indexes, .label = "title", .in_project = true, .leads = R_ENG_LEAD, .autos = LIST(autos), .prepare = prepare_repair,
    .created = told_desk, .changed = changed_repair, .show = show_repair, .not_solved = not_solved,
};

static const RecordType *const records[] = {&repair_category_type, &repair_price_type, &repair_type, &followup_type, NULL};
const Module repair_module = {"repair", "报修", "Repairs", .records = records, .figures = LIST(repair_figures), .rules = LIST(rules), .seed = repair_seed};
