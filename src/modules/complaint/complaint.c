/* complaint.c: 投诉, from what somebody has to say to what was changed (card P07).
 *
 *     lodged --accept--> accepted --first_contact--> investigating --propose--> proposed --agree--> resolving --resolve--> resolved
 *        |                                             ^  ^                       |                                        |
 *      refuse                                          |  '------- disagree ------'                                     callback
 *        v                                             '------------------------------- not solved ------------------------+
 *     refused                       closed <--close-- verified <----------------------- solved ----------------------------'
 *
 * Own code: limits by category and level, who may own it, what a disagreement or a second opinion leads to. Whom it is about
 * never sees it (Field.hides); a confidential one is known to its confidants alone; who handles it never verifies it
 * (Action.second_person). */
#include "kernel/callback.h"
#include "kernel/clock.h"
#include "kernel/message.h"
#include "kernel/user.h"
#include "modules/complaint/complaint_parts.h"
#include "modules/property/property.h"

#define OFFICE_DAY (8 * 60) /* minutes of the office calendar in a day */
#define TITLE_LENGTH 40

static const Rule rules[] = {
    {"complaint.repeat_days", "重复投诉的窗口（天）", "Repeated within (days)", 30, 1, 365, "day"},
    {"complaint.group_homes", "群体投诉的户数", "Homes that make a group", 10, 2, 1000, "home"},
    {"complaint.systemic_count", "同楼同类几件算系统性", "Complaints of one kind in a building", 3, 2, 100, "time"},
    {"complaint.systemic_days", "系统性问题的窗口（天）", "Systemic within (days)", 30, 1, 365, "day"},
    {"complaint.manager_fen", "项目经理可批的赔付（分）", "Compensation a manager may offer (fen)", 20000, 0, 100000000, "fen"},
    {"complaint.region_fen", "区域可批的赔付（分）", "Compensation head office may offer (fen)", 200000, 0, 100000000, "fen"},
};

static const Choice channels[] = {
    {"app", "手机", "App"}, {"wechat", "微信", "WeChat"}, {"phone", "电话", "Phone"}, {"counter", "前台", "Counter"}, {"letter", "信件", "Letter"},
    {"committee", "业委会", "Owners' committee"}, {"12345", "12345 热线", "12345 hotline"}, {"media", "媒体", "Media"}, {"court", "诉讼", "Court"}, {0},
};
static const Choice causes[] = {
    {"attitude", "态度", "Attitude"}, {"skill", "技能", "Skill"}, {"process", "流程", "Process"}, {"resource", "资源不足", "Resources"},
    {"design", "设计施工", "Design or construction"}, {"supplier", "供方", "Supplier"}, {"communication", "沟通", "Communication"},
    {"neighbour", "邻里", "Neighbour"}, {"policy", "政策", "Policy"}, {"out_of_scope", "非我方责任", "Not our scope"}, {0},
};
static const Choice validities[] = {
    {"valid", "有效", "Justified"}, {"partly", "部分有效", "Partly"}, {"invalid", "无效", "Unjustified"}, {"unverifiable", "无法核实", "Cannot be verified"}, {0},
};

static const State states[] = {
    {"lodged", "待受理", "Lodged"},
    {"accepted", "待回应", "Accepted"},
    {"investigating", "调查中", "Being looked into"},
    {"proposed", "待认可", "Plan proposed"},
    {"resolving", "落实中", "Being solved"},
    {"resolved", "待回访", "Solved, to be verified"},
    {"verified", "待办结", "Verified"},
    {"closed", "已办结", "Closed", .ended = true},
    {"refused", "不予受理", "Refused", .ended = true},
};

#define OPEN NAMES("lodged", "accepted", "investigating", "proposed", "resolving", "resolved", "verified")
#define AT_WORK NAMES("accepted", "investigating", "proposed", "resolving")
#define UNTIL_ACCEPTED NAMES("lodged")
#define LEADS (R_DESK_LEAD | R_MANAGER | R_REGION | R_ADMIN)

static const Field fields[] = {
    {"channel", "渠道", "Channel", T_CHOICE, .choices = channels, .edit_by = DESK, .edit_in = OPEN},
    {"complainant", "投诉人", "Complainant", T_REF, .to = "parties", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_ACCEPTED},
    {"confidential", "要求保密", "Confidential", T_BOOL, .edit_in = OPEN},
    {"anonymous", "匿名", "Anonymous", T_BOOL, .edit_in = NAMES("none")},
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = OPEN},
    {"category", "类别", "Category", T_CODE, .to = "complaint_categories", .required = true, .edit_by = DESK, .edit_in = OPEN},
    {"level", "级别", "Level", T_INT, .min = 1, .max = 3, .edit_by = LEADS, .edit_in = OPEN},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .searched = true, .edit_by = DESK, .edit_in = OPEN},
    {"statement", "投诉内容", "Statement", T_LINES, .max = 4000, .required = true, .searched = true, .edit_in = UNTIL_ACCEPTED},
    {"demand", "诉求", "What is asked for", T_LINES, .max = 500, .edit_in = OPEN, .own_edit_in = UNTIL_ACCEPTED},
    {"photos", "照片", "Photos", T_PHOTOS, .max = 9, .edit_in = OPEN, .own_edit_in = UNTIL_ACCEPTED},
    {"happened_at", "发生时间", "Happened at", T_TIME, .day_ok = true, .edit_in = OPEN},
    {"about_staff", "被投诉人员", "About whom", T_REFS, .to = "users", .hides = true, .edit_by = LEADS, .edit_in = OPEN},
    {"about_record", "关于哪一单", "About which matter", T_RECORD, .linked = true, .edit_in = OPEN},
    {"repeat_of", "重复于", "Repeats", T_REF, .to = "complaints", .linked = true, .edit_by = DESK, .edit_in = OPEN},
    {"outer_no", "外部单号", "Outer number", T_TEXT, .max = 60, .searched = true, .edit_by = DESK, .edit_in = OPEN},
    {"outer_deadline", "外部时限", "Outer deadline", T_TIME, .day_ok = true, .edit_by = DESK, .edit_in = OPEN},
    {"owner", "负责人", "Owner", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"co_handlers", "协办人", "Co-handlers", T_REFS, .to = "users", .read_only = true},
    {"mediator", "调解人", "Mediator", T_REF, .to = "users", .read_only = true},
    {"facts", "调查事实", "Facts", T_LINES, .max = 4000, .read_only = true},
    {"proposal", "方案", "Plan", T_LINES, .max = 4000, .read_only = true},
    {"compensation_fen", "赔付", "Compensation", T_MONEY, .read_only = true},
    {"action_taken", "落实情况", "What was done", T_LINES, .max = 4000, .read_only = true},
    {"evidence", "落实照片", "Photos of it", T_PHOTOS, .max = 9, .read_only = true},
    {"satisfied", "满意", "Satisfied", T_BOOL, .read_only = true},
    {"heard", "觉得被倾听", "Felt heard", T_BOOL, .read_only = true},
    {"solved", "认为已解决", "Calls it solved", T_BOOL, .read_only = true},
    {"disagreements", "不认可次数", "Disagreements", T_INT, .read_only = true},
    {"reopened", "回访未解决次数", "Reopened", T_INT, .read_only = true},
    {"extended", "延期次数", "Extended", T_INT, .read_only = true},
    {"raised_at", "超时升级", "Raised by time", T_TIME, .read_only = true},
    {"raised_for", "因超时升级的时限", "Limits it was raised for", T_WORDS, .read_only = true}, /* each once */
    {"withdrawn", "已撤诉", "Withdrawn", T_BOOL, .read_only = true},
    {"cause", "根本原因", "Root cause", T_CHOICE, .choices = causes, .read_only = true},
    {"valid", "是否有效", "Justified", T_CHOICE, .choices = validities, .read_only = true},
    {"capa", "整改", "Corrective action", T_REF, .to = "corrective_actions", .read_only = true, .linked = true},
    {"due_accept_at", "受理时限", "Accept by", T_TIME, .read_only = true},
    {"due_first_contact_at", "首次回应时限", "First answer by", T_TIME, .read_only = true},
    {"due_propose_at", "方案时限", "Plan by", T_TIME, .read_only = true},
    {"due_resolve_at", "解决时限", "Solved by", T_TIME, .read_only = true},
    {"due_callback_at", "回访时限", "Return visit by", T_TIME, .read_only = true},
    {"due_close_at", "办结时限", "Closed by", T_TIME, .read_only = true},
    {"first_contact_done_at", "首次回应", "First answered", T_TIME, .read_only = true},
    {"resolve_done_at", "解决时间", "Solved", T_TIME, .read_only = true},
    {"callback_done_at", "回访时间", "Visited", T_TIME, .read_only = true},
    {"first_contact_met", "首次回应准时", "Answered in time", T_BOOL, .internal = true},
    {"resolve_met", "按时解决", "Solved in time", T_BOOL, .internal = true},
    {"propose_done_at", "提出方案", "Proposed", T_TIME, .internal = true},
    {"accept_done_at", "受理", "Accepted", T_TIME, .internal = true},
    {"close_done_at", "办结", "Closed", T_TIME, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
};

static const Sight sights[] = {
    {DESK | R_QUALITY | R_REGION},
    {STAFF, "t.owner_id = :me OR t.id IN (SELECT l.from_id FROM link l WHERE l.org_id = :org AND l.to_id = :me AND l.kind = 'co_handlers')",
     .any_project = true}, /* complaint_by_owner_id_id, link_by_to_id_kind_from_id */
    {R_RESIDENT, "t.complainant_id = :party", .any_project = true},
};

/* Whom a confidential one is known to: who answers for complaints, who handles it, who wrote it down, and who complains. */
static const Sight confidants[] = {
    {R_DESK_LEAD | R_QUALITY | MANAGEMENT},
    {STAFF, "t.owner_id = :me OR t.mediator_id = :me OR t.created_by = :me OR t.id IN (SELECT l.from_id FROM link l WHERE l.org_id = :org AND l.to_id = :me"
            " AND l.kind = 'co_handlers')", .any_project = true},
    {R_RESIDENT, "t.complainant_id = :party", .any_project = true},
};

#define STEP_DAY(done, late, due) "CASE WHEN " done " IS NOT NULL AND " SQL_COUNTED " THEN " done " WHEN " late " THEN " due " END"
static const Filter filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.state IN ('lodged', 'accepted', 'investigating', 'proposed', 'resolving', 'resolved', 'verified')", "open")},
    {"counted", T_BOOL, .sql = SQL_FLAG(SQL_COUNTED, "counted")},
    {"repeated", T_BOOL, .sql = SQL_FLAG("t.repeat_of_id IS NOT NULL", "repeated")},
    {"visited", T_BOOL, .sql = SQL_FLAG("t.satisfied IS NOT NULL", "visited")},
    {"late", T_TEXT, .sql = "(:f_late = 'first_contact' AND (t.first_contact_done_at IS NOT NULL AND t.first_contact_met = 0 OR " SQL_ANSWER_LATE "))"
                            " OR (:f_late = 'resolve' AND (t.resolve_done_at IS NOT NULL AND t.resolve_met = 0 OR " SQL_RESOLVE_LATE "))"},
    {"answer_from", T_TIME, .sql = STEP_DAY("t.first_contact_done_at", SQL_ANSWER_LATE, "t.due_first_contact_at") " >= :f_answer_from"},
    {"answer_before", T_TIME, .sql = STEP_DAY("t.first_contact_done_at", SQL_ANSWER_LATE, "t.due_first_contact_at") " < :f_answer_before"},
    {"resolve_from", T_TIME, .sql = STEP_DAY("t.resolve_done_at", SQL_RESOLVE_LATE, "t.due_resolve_at") " >= :f_resolve_from"},
    {"resolve_before", T_TIME, .sql = STEP_DAY("t.resolve_done_at", SQL_RESOLVE_LATE, "t.due_resolve_at") " < :f_resolve_before"},
};
static const Index indexes[] = {
    {"project_id, next_due_at, id"}, {"next_due_at, id"}, {"owner_id, next_due_at, id", .where = "owner_id IS NOT NULL"},
    {"house_id, category, id"},      {"building_id, category, created_at"}, {"created_at"},
    {"first_contact_done_at", .where = "first_contact_done_at IS NOT NULL"}, {"resolve_done_at", .where = "resolve_done_at IS NOT NULL"},
    {"callback_done_at", .where = "satisfied IS NOT NULL"}, {0},
};

/* Time limits: of the category, as long as its own level is not exceeded; of the level when the matter has been raised. */
typedef struct {
    int64_t level, first, resolve_days;
} CategoryTerms;
typedef struct {
    int64_t accept, first, propose, resolve_days, callback_days, close_days;
    Str propose_calendar;
} LevelTerms;

static const Error *read_category(Cx *cx, const Record *record, CategoryTerms *out, bool *found)
{
    const Record *row;

    TRY(record_look(cx, kernel_type(cx->kernel, &complaint_category_type), value_text(record_text(record, "category")), false, &row));
    *found = row != NULL;
    if (row != NULL)
        *out = (CategoryTerms){record_int(row, "level"), record_int(row, "first_contact_min"), record_int(row, "resolve_days")};
    return OK;
}

static const Error *read_terms(Cx *cx, const Record *record, LevelTerms *out)
{
    CategoryTerms category = {0};
    int64_t level = record_int(record, "level");
    const Record *row;
    bool known;

    *out = (LevelTerms){0};
    TRY(read_category(cx, record, &category, &known));
    TRY(record_look(cx, kernel_type(cx->kernel, &complaint_level_type), value_text(str_format(cx->arena, "%lld", (long long)level)), false, &row));
    if (row != NULL)
        *out = (LevelTerms){record_int(row, "accept_min"), record_int(row, "first_contact_min"), record_int(row, "propose_min"),
                            record_int(row, "resolve_days"), record_int(row, "callback_days"), record_int(row, "close_days"),
                            record_text(row, "propose_calendar")};
    if (known && (level >= category.level || category.first < out->first))
        out->first = category.first;
    if (known && (level >= category.level || category.resolve_days < out->resolve_days))
        out->resolve_days = category.resolve_days;
    return OK;
}

/* The same matter at an outer office (12345) with a shorter time: the shorter one holds. */
static const Error *find_terms(Cx *cx, const Record *record, const char *limit, Terms *terms)
{
    Instant outer = record_int(record, "outer_deadline");
    LevelTerms level;

    TRY(read_terms(cx, record, &level));
    if (strcmp(limit, "accept") == 0)
        *terms = (Terms){level.accept, STR("work"), 0};
    else if (strcmp(limit, "first_contact") == 0)
        *terms = (Terms){level.first, STR("7x24"), 0};
    else if (strcmp(limit, "propose") == 0)
        *terms = (Terms){level.propose, level.propose_calendar, 0};
    else if (strcmp(limit, "resolve") == 0)
        *terms = (Terms){level.resolve_days * OFFICE_DAY, STR("office"), 0};
    else if (strcmp(limit, "close") == 0)
        *terms = (Terms){level.close_days * 24 * 60, STR("7x24"), 0};
    else if (record_in_state(record, "resolved")) /* the return visit: begins when it is solved */
        *terms = (Terms){level.callback_days * 24 * 60, STR("7x24"), 0};
    else
        *terms = (Terms){0, STR("7x24"), 0};
    if (strcmp(limit, "resolve") == 0 && outer != 0) {
        Calendar office;
        TRY(clock_calendar(cx, record->project, terms->calendar, &office));
        if (outer < calendar_add(&office, record->created_at, terms->minutes))
            terms->due = outer;
    }
    return OK;
}

#define TERMS(name)                                                                                 \
    static const Error *name##_terms(Cx *cx, const Record *record, Terms *terms)                    \
    {                                                                                               \
        return find_terms(cx, record, #name, terms);                                                \
    }
TERMS(accept)
TERMS(first_contact)
TERMS(propose)
TERMS(resolve)
TERMS(callback)
TERMS(close)

static const Limit limits[] = {
    {"accept", "受理", "Accept", accept_terms},   {"first_contact", "首次回应", "First answer", first_contact_terms},
    {"propose", "方案", "Plan", propose_terms},   {"resolve", "解决", "Solve", resolve_terms},
    {"callback", "回访", "Return visit", callback_terms}, {"close", "办结", "Close", close_terms},
};

static const Field accept_asks[] = {
    {"owner", "负责人", "Owner", T_REF, .to = "users", .required = true},
    {"level", "级别", "Level", T_INT, .min = 1, .max = 3},
};
static const Field contact_asks[] = {{"note", "怎么联系、说了什么", "How, and what was said", T_LINES, .max = 1000, .required = true}};
static const Field propose_asks[] = {
    {"facts", "调查事实", "Facts", T_LINES, .max = 4000, .required = true},
    {"proposal", "方案", "Plan", T_LINES, .max = 4000, .required = true},
    {"compensation_fen", "赔付", "Compensation", T_MONEY, .min = 0, .max = 100000000},
};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 1000, .required = true}};
static const Field resolve_asks[] = {
    {"action_taken", "做了什么", "What was done", T_LINES, .max = 4000, .required = true},
    {"evidence", "落实照片", "Photos of it", T_PHOTOS, .max = 9},
};
static const Field callback_asks[] = {
    {"satisfied", "满意吗", "Satisfied?", T_BOOL, .required = true},
    {"heard", "觉得被认真对待吗", "Felt heard?", T_BOOL, .required = true},
    {"solved", "问题算解决了吗", "Is it solved?", T_BOOL, .required = true},
    {"note", "说明", "Note", T_LINES, .max = 1000},
};
static const Field close_asks[] = {
    {"cause", "根本原因", "Root cause", T_CHOICE, .choices = causes, .required = true},
    {"valid", "是否有效", "Justified", T_CHOICE, .choices = validities, .required = true},
    {"reason", "无效的理由", "Why unjustified", T_LINES, .max = 1000},
};
static const Field transfer_asks[] = {
    {"owner", "转给", "Owner", T_REF, .to = "users", .required = true},
    {"reason", "原因", "Reason", T_LINES, .max = 1000, .required = true},
};
static const Field assist_asks[] = {{"co_handlers", "协办人", "Co-handlers", T_REFS, .to = "users", .required = true}};
static const Field extend_asks[] = {
    {"until", "延到", "Until", T_TIME, .required = true, .day_ok = true},
    {"reason", "原因", "Reason", T_LINES, .max = 1000, .required = true},
};
static const Field withdraw_asks[] = {{"statement", "撤诉说明", "Own statement", T_LINES, .max = 1000, .required = true}};
static const Field note_asks[] = {{"text", "备注", "Note", T_LINES, .max = 1000, .required = true}};

/* Staff of the project, active, and not whom it is about. */
static const Error *check_handler(Cx *cx, const Record *record, Id user, const char *field)
{
    static const char ABOUT[] = "SELECT count(*) FROM link WHERE org_id = :org AND from_id = :id AND kind = 'about_staff' AND to_id = :user";
    int64_t about = 0;
    bool fit;

    TRY(user_is_staff_of(cx, user, record->project, &fit));
    TRY(sql_row(cx, ABOUT, IN(in_int("id", record->id), in_int("user", user)), OUT(out_int(&about))));
    if (about > 0)
        return error_field(cx->arena, str_of(field), "reference", STR("被投诉的人不能办理这件投诉"), STR("whom the complaint is about cannot handle it"));
    return fit ? OK : error_field(cx->arena, str_of(field), "reference", STR("须是本项目的员工"), STR("must be on the staff of this project"));
}

static const Error *guard_owner(Cx *cx, const Record *record, const Asked *asked)
{
    return check_handler(cx, record, asked_int(asked, "owner"), "owner");
}

static const Error *guard_helpers(Cx *cx, const Record *record, const Asked *asked)
{
    Str list = asked_text(asked, "co_handlers");

    for (Id id; (id = str_next_id(&list)) != 0;)
        TRY(check_handler(cx, record, id, "co_handlers"));
    return OK;
}

static const Error *accept_complaint(Cx *cx, Record *record, const Asked *asked)
{
    return asked_has(asked, "level") && record_changed(record, "level") ? clock_again(cx, record) : OK;
}

static const Error *guard_propose(Cx *cx, const Record *record, const Asked *asked)
{
    int64_t fen = asked_int(asked, "compensation_fen"), manager, region;

    if (fen == 0 || actor_has(cx->actor, R_ADMIN, record->project, record->building))
        return OK;
    TRY(rule_value(cx, "complaint.manager_fen", &manager));
    TRY(rule_value(cx, "complaint.region_fen", &region));
    if (fen <= manager && actor_has(cx->actor, R_MANAGER | R_REGION, record->project, record->building))
        return OK;
    if (fen <= region && actor_has(cx->actor, R_REGION, record->project, record->building))
        return OK;
    return error_new(cx->arena, ERR_FORBIDDEN,
                     str_format(cx->arena, "赔付 %lld 元以内由项目经理提出，%lld 元以内由区域提出，再高由公司提出", (long long)manager / 100, (long long)region / 100),
                     str_format(cx->arena, "compensation up to %lld yuan is the manager's to offer, up to %lld head office's, more the company's",
                                (long long)manager / 100, (long long)region / 100));
}

/* After the second disagreement the manager mediates; each further one raises the matter. */
static const Error *raise(Cx *cx, Record *record);

static const Error *find_mediator(Cx *cx, const Record *record, Id *out)
{
    static const char FIND[] =
        "SELECT g.user_id FROM role_grant g JOIN app_user u ON u.org_id = g.org_id AND u.id = g.user_id AND u.active = 1 AND u.archived_at IS NULL"
        " WHERE g.org_id = :org AND (g.project_id = 0 OR g.project_id = :project) AND g.role IN ('manager', 'region', 'admin') AND NOT EXISTS"
        " (SELECT 1 FROM link x WHERE x.org_id = g.org_id AND x.to_id = g.user_id AND x.hides = 1 AND x.from_id = :id)"
        " ORDER BY CASE g.role WHEN 'manager' THEN 0 WHEN 'region' THEN 1 ELSE 2 END, CASE WHEN g.project_id = 0 THEN 1 ELSE 0 END, g.user_id LIMIT 1";
    bool found;

    *out = 0;
    return sql_find(cx, FIND, IN(in_int("project", record->project), in_int("id", record->id)), OUT(out_int(out)), &found);
}

static const Error *disagree(Cx *cx, Record *record, const Asked *asked)
{
    int64_t times = record_int(record, "disagreements") + 1;
    Id mediator;

    (void)asked;
    record_set_int(record, "disagreements", times);
    TRY(clock_reopen(cx, record, "propose"));
    if (times < 2)
        return OK;
    if (times > 2)
        return raise(cx, record);
    TRY(find_mediator(cx, record, &mediator));
    record_set(record, "mediator", value_ref(mediator));
    return message_action(cx, record, "mediate", "两次不认可方案，请出面调解", "Plan refused twice, please mediate", TELL_MANAGER);
}

static const Error *solved(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    TRY(clock_restart(cx, record, "callback"));
    return callback_open(cx, &(CallbackWish){.reason = "verify", .about = record, .handler = record_int(record, "owner"), .house = record_int(record, "house"),
                                             .party = record_int(record, "complainant"), .due = record_int(record, "due_callback_at")});
}

/* What was not solved is open again, under its first promise. */
static const Error *reopen(Cx *cx, Record *record)
{
    record->state = meta_state(record->meta, STR("investigating"));
    record_set_int(record, "reopened", record_int(record, "reopened") + 1);
    TRY(clock_reopen(cx, record, "propose"));
    TRY(clock_reopen(cx, record, "resolve"));
    return message_action(cx, record, "reopen", "回访未解决，重新处理", "Not solved, open again", TELL_OWNER | TELL_MANAGER);
}

static const Error *visited(Cx *cx, Record *record, const Asked *asked)
{
    bool is_solved = asked_int(asked, "solved") != 0 && asked_int(asked, "satisfied") != 0;

    TRY(callback_settle(cx, record->id, "reached", asked_int(asked, "satisfied") != 0, asked_int(asked, "heard") != 0, asked_int(asked, "solved") != 0));
    if (!is_solved)
        return reopen(cx, record);
    record->state = meta_state(record->meta, STR("verified"));
    return OK;
}

static const Error *guard_unreachable(Cx *cx, const Record *record, const Asked *asked)
{
    int64_t attempts, days;

    (void)asked;
    TRY(callback_tries(cx, record->id, &attempts, &days));
    return callback_may_give_up(cx, attempts, days);
}

static const Error *unreachable(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return callback_settle(cx, record->id, "unreachable", -1, -1, -1);
}

static const Error *guard_close(Cx *cx, const Record *record, const Asked *asked)
{
    if (record_int(record, "level") == 1 && !actor_has(cx->actor, R_REGION | R_ADMIN, record->project, record->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR("重大投诉由区域办结"), STR("a major complaint is closed by head office"));
    if (str_is(asked_text(asked, "valid"), "invalid") && str_trim(asked_text(asked, "reason")).len == 0)
        return error_field(cx->arena, STR("reason"), "required", STR("判为无效须写明理由"), STR("an unjustified complaint needs the reason"));
    return OK;
}

static const Error *close_complaint(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    if (record_int(record, "level") == 1)
        return complaint_open_capa(cx, record, "重大投诉");
    return record_is_null(record, "repeat_of") ? OK : complaint_open_capa(cx, record, "重复投诉");
}

/* One level up, or to head office when there is none above. */
static const Error *raise(Cx *cx, Record *record)
{
    int64_t level = record_int(record, "level");

    if (level > 1) {
        record_set_int(record, "level", level - 1);
        TRY(clock_again(cx, record));
    }
    return message_action(cx, record, "escalate", "投诉升级", "Complaint raised", level > 2 ? TELL_MANAGER : TELL_MANAGER | TELL_REGION);
}

static const Error *escalate(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return raise(cx, record);
}

static const char *limit_zh(const Record *record, const char *limit)
{
    const RecordType *type = record->meta->type;

    for (int i = 0; i < type->limit_count; i++)
        if (strcmp(type->limits[i].name, limit) == 0)
            return type->limits[i].zh;
    return limit;
}

/* Was it raised for this limit before? Earlier versions knew one, that of solving it. */
static bool was_raised_for(const Record *record, const char *limit)
{
    if (record_is_null(record, "raised_for"))
        return !record_is_null(record, "raised_at") && strcmp(limit, "resolve") == 0;
    return words_hold(record_text(record, "raised_for"), limit);
}

/* What is not answered, planned, solved or visited in its time goes one level up by itself, for each limit once. One that is open
 * too long altogether is told to head office; one that nobody has accepted is the ladder's. */
static const Error *overdue(Cx *cx, Record *record, const char *limit)
{
    static const char *const raising[] = {"first_contact", "propose", "resolve", "callback", NULL};
    Value reason = value_text(str_format(cx->arena, "超过%s时限", limit_zh(record, limit)));

    if (record->archived_at != 0 || record->meta->type->states[record->state].ended)
        return OK;
    if (strcmp(limit, "close") == 0)
        return message_action(cx, record, "overdue", "超过办结时限，报区域", "Open too long, reported to head office", TELL_REGION);
    if (!names_have(raising, limit) || was_raised_for(record, limit))
        return OK;
    record_set_int(record, "raised_at", cx->now);
    record_set_text(record, "raised_for", words_with(cx->arena, record_text(record, "raised_for"), limit));
    return process_act_on(cx, record, meta_action(record->meta, STR("escalate")), &reason, NULL);
}

static const Error *guard_extend(Cx *cx, const Record *record, const Asked *asked)
{
    Instant until = asked_int(asked, "until");

    if (record_int(record, "extended") > 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR("只能延期一次"), STR("it can be extended once"));
    if (until <= cx->now || until <= record_int(record, "due_resolve_at"))
        return error_field(cx->arena, STR("until"), "out_of_range", STR("应晚于现在的解决时限"), STR("must be later than the time it is due now"));
    return OK;
}

static const Error *extend(Cx *cx, Record *record, const Asked *asked)
{
    record_set_int(record, "extended", record_int(record, "extended") + 1);
    return clock_set_due(cx, record, "resolve", asked_int(asked, "until"));
}

static const Error *withdraw(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "withdrawn", 1);
    return callback_settle(cx, record->id, "declined", -1, -1, -1);
}

#define OWNER_STEP (BY_OWNER | BY_HELPER | LEADS)

static const Action actions[] = {
    {"accept", "受理", "Accept", .from = NAMES("lodged"), .to = "accepted", .by = DESK | R_REGION, .asks = LIST(accept_asks), .ends = NAMES("accept"),
     .guard = guard_owner, .effect = accept_complaint, .tells = TELL_REPORTER | TELL_OWNER},
    {"first_contact", "首次回应", "First answer", .from = NAMES("accepted"), .to = "investigating", .by = OWNER_STEP, .asks = LIST(contact_asks),
     .ends = NAMES("first_contact"), .tells = TELL_REPORTER},
    {"propose", "提方案", "Propose", .from = NAMES("investigating"), .to = "proposed", .by = OWNER_STEP, .asks = LIST(propose_asks),
     .ends = NAMES("propose"), .guard = guard_propose, .tells = TELL_REPORTER},
    {"agree", "认可", "Agree", .from = NAMES("proposed"), .to = "resolving", .by = BY_REPORTER | DESK | R_QUALITY, .second_person = true, .tells = TELL_OWNER},
    {"resolve", "解决", "Solved", .from = NAMES("resolving"), .to = "resolved", .by = OWNER_STEP, .asks = LIST(resolve_asks), .ends = NAMES("resolve"),
     .effect = solved, .tells = TELL_REPORTER},
    {"callback", "登记回访", "Log the return visit", .from = NAMES("resolved"), .by = DESK | R_QUALITY | R_REGION, .asks = LIST(callback_asks),
     .ends = NAMES("callback"), .second_person = true, .effect = visited, .tells = TELL_OWNER},
    {"close", "办结", "Close", .from = NAMES("verified"), .to = "closed", .by = R_MANAGER | R_REGION | R_ADMIN, .asks = LIST(close_asks),
     .ends = NAMES("close"), .second_person = true, .guard = guard_close, .effect = close_complaint, .tells = TELL_REPORTER},
    {"disagree", "不认可", "Disagree", .from = NAMES("proposed"), .to = "investigating", .by = BY_REPORTER | DESK | R_QUALITY, .asks = LIST(reason_asks),
     .effect = disagree, .tells = TELL_OWNER},
    {"unreachable", "联系不上", "Unreachable", .from = NAMES("resolved"), .to = "verified", .by = DESK | R_QUALITY | R_REGION, .ends = NAMES("callback"),
     .second_person = true, .guard = guard_unreachable, .effect = unreachable},
    {"extend", "延期", "Extend", .from = AT_WORK, .by = OWNER_STEP, .asks = LIST(extend_asks), .guard = guard_extend, .effect = extend,
     .tells = TELL_REPORTER},
    {"transfer", "转派", "Transfer", .from = AT_WORK, .by = BY_OWNER | LEADS, .asks = LIST(transfer_asks), .guard = guard_owner,
     .tells = TELL_OWNER | TELL_REPORTER},
    {"assist", "加协办", "Add co-handlers", .from = AT_WORK, .by = OWNER_STEP, .asks = LIST(assist_asks), .guard = guard_helpers},
    {"escalate", "升级", "Escalate", .from = OPEN, .by = BY_REPORTER | LEADS | BY_SYSTEM, .asks = LIST(reason_asks), .effect = escalate,
     .tells = TELL_OWNER},
    {"withdraw", "撤诉", "Withdraw", .from = OPEN, .to = "closed", .by = BY_REPORTER, .asks = LIST(withdraw_asks), .ends = NAMES("close"),
     .effect = withdraw, .tells = TELL_OWNER},
    {"refuse", "不予受理", "Refuse", .from = NAMES("lodged"), .to = "refused", .by = R_MANAGER | R_REGION | R_ADMIN, .asks = LIST(reason_asks),
     .ends = NAMES("accept"), .tells = TELL_REPORTER},
    {"void", "作废", "Void", .by = LEADS, .asks = LIST(reason_asks), .archives = true},
    {"note", "备注", "Note", .by = STAFF, .asks = LIST(note_asks)},
};

/* The first line of what was said, cut to a title. */
static Str title_of(Str statement)
{
    Str rest, line = str_trim(str_split(str_trim(statement), '\n', &rest));

    return utf8_cut(line, TITLE_LENGTH);
}

/* A complaint about staff that names a matter is about who did it, who must not see it either. */
static const Error *about_whom(Cx *cx, Record *record)
{
    const RecordMeta *meta;
    Record *matter;

    if (!str_starts(record_text(record, "category"), STR("staff.")) || !record_is_null(record, "about_staff") || record_is_null(record, "about_record"))
        return OK;
    TRY(record_type_of(cx, record_int(record, "about_record"), &meta));
    if (meta == NULL || meta->assignee < 0)
        return OK;
    TRY(record_load(cx, meta, record_int(record, "about_record"), &matter));
    if (matter->values[meta->assignee].kind == V_INT)
        record_set_text(record, "about_staff", str_format(cx->arena, "[\"%lld\"]", (long long)matter->values[meta->assignee].n));
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    bool resident = cx->actor->party != 0 && (cx->actor->roles & STAFF) == 0, found = false;
    CategoryTerms category = {0};

    if (record_is_null(record, "channel"))
        record_set_text(record, "channel", resident ? STR("app") : STR("phone"));
    if (resident && record_is_null(record, "house") && !record->is_anonymous)
        TRY(house_of_resident(cx, record));
    if (resident)
        record_set_int(record, "complainant", cx->actor->party);
    if (record->is_anonymous)
        record_set_null(record, "complainant");
    TRY(about_whom(cx, record));
    if (record_is_null(record, "title"))
        record_set_text(record, "title", title_of(record_text(record, "statement")));
    TRY(read_category(cx, record, &category, &found));
    if (!found || problems->count > 0)
        return OK;
    if (resident || record_is_null(record, "level"))
        record_set_int(record, "level", category.level);
    if (str_is(record_text(record, "channel"), "media") || str_is(record_text(record, "channel"), "court"))
        record_set_int(record, "level", 1); /* card P07: media is major */
    return complaint_find_repeat(cx, record);
}

static const Error *created(Cx *cx, Record *record)
{
    bool major = record_int(record, "level") == 1 || !record_is_null(record, "about_staff");

    TRY(message_action(cx, record, "lodge", "新投诉", "New complaint", TELL_DESK | (major ? TELL_MANAGER | TELL_REGION : 0)));
    return complaint_find_systemic(cx, record);
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    CategoryTerms category = {0};
    bool found;

    if (problems->count > 0)
        return OK;
    if (record_int(record, "repeat_of") == record->id)
        problems_add(problems, STR("repeat_of"), "reference", STR("不能重复于自己"), STR("it cannot repeat itself"));
    if (record_changed(record, "category") && !record_changed(record, "level")) {
        TRY(read_category(cx, record, &category, &found));
        if (found && category.level < record_int(record, "level")) /* a graver matter than thought; a raised one stays raised */
            record_set_int(record, "level", category.level);
    }
    if (record_changed(record, "category") || record_changed(record, "level") || record_changed(record, "outer_deadline"))
        return clock_again(cx, record);
    return OK;
}

static const Error *show(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "clock");
    clock_json(cx, record, json);
    return OK;
}

const RecordType complaint_type = {
    .resource = "complaints", .name = "complaint", .zh = "投诉", .en = "Complaint", .prefix = "TS", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .limits = LIST(limits), .first_action = "lodge", .first_zh = "投诉", .first_en = "Lodge", .sights = LIST(sights),
    .filters = LIST(filters), .create_by = STAFF | R_RESIDENT, .write_by = DESK | R_REGION | BY_OWNER | BY_REPORTER, .indexes = indexes,
    .label = "title", .in_project = true, .reporter = "complainant", .leads = R_DESK_LEAD, .anonymous = "anonymous", .confidential = "confidential",
    .confidants = confidants, .confidant_count = COUNT_OF(confidants), .prepare = prepare,
    .created = created, .changed = changed, .show = show, .overdue = overdue,
};

static const RecordType *const records[] = {&complaint_category_type, &complaint_level_type, &corrective_action_type, &complaint_type, NULL};
const Module complaint_module = {"complaint", "投诉", "Complaints", .records = records, .figures = complaint_figures, .figure_count = COMPLAINT_FIGURES,
                                 .rules = LIST(rules), .seed = complaint_seed};
