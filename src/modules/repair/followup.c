/* followup.c: 回访, the call-back after a low score. Somebody other than the engineer finds out why; "not solved" sends the
 * repair to rework and does not count as done.
 *
 *     open --attempt--> open --close--> closed
 */
#include "kernel/callback.h"
#include "kernel/message.h"
#include "modules/repair/repair_parts.h"

static const Choice outcomes[] = {{"solved", "已解决", "Solved"}, {"not_solved", "未解决", "Not solved"}, {"unreachable", "联系不上", "Unreachable"}, {0}};
static const State states[] = {{"open", "待回访", "Open"}, {"closed", "已关闭", "Closed", .ended = true}};

static const Choice causes[] = {
    {"quality", "维修质量", "Quality of work"}, {"late", "不及时", "Too late"}, {"attitude", "服务态度", "Attitude"}, {"price", "价格", "Price"},
    {"dirt", "未清理现场", "Left untidy"}, {"expectation", "期望不符", "Expected something else"}, {"other", "其他", "Other"}, {0},
};

static const Field fields[] = {
    {"record", "记录", "Record", T_REF, .to = "repairs", .required = true, .indexed = true},
    {"record_type", "记录类别", "Record type", T_TEXT, .max = 30, .read_only = true},
    {"house", "房屋", "House", T_REF, .to = "houses"},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .read_only = true, .searched = true},
    {"owner", "负责人", "Owner", T_REF, .to = "users", .indexed = true},
    {"engineer", "维修人", "Engineer", T_REF, .to = "users", .internal = true},
    {"due_at", "应回访时间", "Due", T_TIME, .read_only = true},
    {"attempts", "联系次数", "Attempts", T_INT, .read_only = true},
    {"cause", "原因", "Cause", T_TEXT, .max = 200, .suggests = causes},
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes},
    {"note", "说明", "Note", T_LINES, .max = 1000},
    {"due_followup_at", "回访时限", "Due", T_TIME, .internal = true},
    {"followup_done_at", "回访时间", "Done", T_TIME, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
};

static const Field attempt_asks[] = {{"note", "说明", "Note", T_LINES, .max = 1000, .required = true}};
static const Field close_asks[] = {
    {"cause", "原因", "Cause", T_TEXT, .max = 200, .required = true, .suggests = causes},
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes, .required = true},
    {"note", "说明", "Note", T_LINES, .max = 1000},
};

/* Who did the work never follows it up, whatever other role that person has. */
static const Sight sights[] = {{DESK | R_QUALITY | R_REGION, "t.engineer_id IS NULL OR t.engineer_id <> :me"}};
static const Index indexes[] = {{"project_id, next_due_at, id"}, {"house_id, id"}, {0}};

static const Error *find_terms(Cx *cx, const Record *record, Terms *terms)
{
    (void)cx;
    (void)record;
    *terms = (Terms){FOLLOWUP_MINUTES, STR("work"), 0};
    return OK;
}
static const Limit limits[] = {{"followup", "回访", "Follow-up", find_terms}};

static const Error *count_attempt(Cx *cx, Record *record, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_int(record, "attempts", record_int(record, "attempts") + 1);
    return OK;
}

/* The repair goes to rework when the customer says that it is not solved. */
static const Error *close_followup(Cx *cx, Record *record, const Asked *asked)
{
    Record *repair;
    const Action *rework = repair_action("rework");
    Value reason = value_text(asked_text(asked, "cause"));

    if (!str_is(asked_text(asked, "outcome"), "not_solved"))
        return OK;
    TRY(record_load(cx, kernel_type(cx->kernel, &repair_type), record_int(record, "record"), &repair));
    if (repair->archived_at != 0 || !names_have(rework->from, record_state(repair)))
        return OK; /* it is being worked on already */
    return process_act_on(cx, repair, rework, &reason, NULL);
}

static const Action actions[] = {
    {"close", "关闭", "Close", .from = NAMES("open"), .to = "closed", .by = DESK | R_QUALITY | BY_OWNER, .asks = LIST(close_asks),
     .ends = NAMES("followup"), .effect = close_followup},
    {"attempt", "记一次联系", "Log an attempt", .from = NAMES("open"), .by = DESK | R_QUALITY | BY_OWNER, .asks = LIST(attempt_asks), .effect = count_attempt},
};

static void check_owner(const Record *record, Problems *problems)
{
    if (record_int(record, "owner") == record_int(record, "engineer") && record_int(record, "owner") != 0)
        problems_add(problems, STR("owner"), "reference", STR("维修人不能回访自己的单"), STR("the engineer cannot follow up the own work"));
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    (void)cx;
    check_owner(record, problems);
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    Record *repair;

    if (problems->count > 0 || record_is_null(record, "record"))
        return OK;
    TRY(record_load(cx, kernel_type(cx->kernel, &repair_type), record_int(record, "record"), &repair));
    record->project = repair->project;
    record->building = repair->building;
    record_set_text(record, "record_type", STR("repair"));
    record_set(record, "house", value_ref(record_int(repair, "house")));
    record_set(record, "engineer", value_ref(record_int(repair, "assignee")));
    record_set_text(record, "title", record_text(repair, "title"));
    if (record_is_null(record, "owner"))
        record_set(record, "owner", value_ref(cx->actor->user));
    check_owner(record, problems);
    return OK;
}

/* due_at is the same promise under the contract's name. */
static const Error *created(Cx *cx, Record *record)
{
    record_set_int(record, "due_at", record_int(record, "due_followup_at"));
    TRY(record_update(cx, record));
    return message_action(cx, record, "followup", "待回访", "Call back", TELL_OWNER);
}

const RecordType followup_type = {
    .resource = "followups", .name = "followup", .zh = "回访", .en = "Follow-up", .prefix = "HF", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .limits = LIST(limits), .sights = LIST(sights), .indexes = indexes, .create_by = DESK | R_QUALITY,
    .write_by = DESK | R_QUALITY, .label = "title", .in_project = true, .leads = R_DESK_LEAD, .first_action = "open", .first_zh = "登记回访", .first_en = "Open",
    .prepare = prepare, .created = created, .changed = changed,
};

const Error *followup_open(Cx *cx, const Record *repair)
{
    static const char OWNER[] = SQL_CALLER("followup"); /* followup_by_owner_id_id */
    Record *record = record_new(cx, kernel_type(cx->kernel, &followup_type));
    Problems problems = problems_new(cx->arena);
    int64_t owner = 0;
    bool found;

    TRY(sql_find(cx, OWNER, IN(in_int("project", repair->project), in_int("handler", record_int(repair, "assignee")), in_int("about", repair->id), in_int("secret", 0)),
                 OUT(out_int(&owner)), &found));
    record_set_int(record, "record", repair->id);
    record_set(record, "owner", value_ref(owner));
    record->project = repair->project;
    TRY(prepare(cx, record, &problems));
    record_set(record, "owner", value_ref(owner));
    return process_insert(cx, record);
}
