/* task.c: 任务, one due time of a plan: begun, finished with its checklist and its proof, missed or excused. Work that is done early or late
 * is taken, and counted as such: what was done in truth is worth more than a refusal that makes people write down another time. */
#include "kernel/checklist.h"
#include "kernel/clock.h"
#include "kernel/message.h"
#include "kernel/plan_parts.h"
#include "kernel/rule.h"
#include "kernel/user.h"

static const Choice timings[] = {{"in_window", "按时", "In its window"}, {"early", "提前", "Early"}, {"late", "逾期", "Late"}, {0}};
static const State states[] = {
    {"due", "待执行", "Due"}, {"started", "执行中", "Started"}, {"done", "已完成", "Done", .ended = true}, {"missed", "漏做", "Missed"}, {"excused", "免做", "Excused", .ended = true},
};

static const Field fields[] = {
    {"plan", "计划", "Plan", T_REF, .to = "plans", .required = true, .read_only = true},
    {"title", "任务", "Task", T_TEXT, .max = 120, .read_only = true, .searched = true},
    {"due_at", "应做时间", "Due", T_TIME, .read_only = true},
    {"window_from", "最早", "From", T_TIME, .read_only = true},
    {"window_to", "最迟", "Until", T_TIME, .read_only = true},
    {"duration_min", "工时（分钟）", "Takes (min)", T_INT, .read_only = true},
    {"team", "由谁做", "Done by", T_CHOICE, .choices = plan_teams, .read_only = true},
    {"skill", "要求的技能", "Skill needed", T_TEXT, .max = 40, .suggests = user_skills, .read_only = true},
    {"assignee", "负责人", "Person", T_REF, .to = "users", .read_only = true},
    {"space", "位置", "Place", T_REF, .to = "spaces", .read_only = true},
    {"statutory", "法定", "Required by law", T_BOOL, .read_only = true},
    {"checklist_template", "检查表", "Checklist", T_REF, .to = "checklist_templates", .read_only = true},
    {"checklist_edition", "检查表版次", "Edition of the checklist", T_INT, .read_only = true},
    {"checklist", "检查结果", "Filled checklist", T_REF, .to = "checklists", .read_only = true},
    {"started_at", "开始时间", "Started", T_TIME, .read_only = true},
    {"finished_at", "完成时间", "Finished", T_TIME, .read_only = true},
    {"finished_by", "完成人", "Finished by", T_REF, .to = "users", .read_only = true},
    {"timing", "是否按时", "In time", T_CHOICE, .choices = timings, .read_only = true},
    {"document", "凭证文件", "Document", T_FILE, .read_only = true},
    {"photos", "照片", "Photos", T_PHOTOS, .max = 9, .read_only = true},
    {"minutes", "实际工时（分钟）", "Took (min)", T_INT, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 1000, .read_only = true},
    {"reason", "原因", "Reason", T_TEXT, .max = 300, .read_only = true},
    {"remind_at", "下次提醒", "Next reminder", T_TIME, .internal = true},
};

/* Whoever plans sees all; who does the work sees their own, and what nobody of their team has yet, as far as they have the skill that it needs. */
#define MINE_OR_MY_TEAMS(team)                                                                                                                          \
    "t.assignee_id = :me OR (t.assignee_id IS NULL AND t.team = '" team "' AND (t.skill IS NULL OR EXISTS (SELECT 1 FROM app_user u WHERE u.org_id = t.org_id" \
    " AND u.id = :me AND lower(u.skills) LIKE '%\"' || lower(t.skill) || '\"%')))"
#define LOOKERS (PLANNERS | DESK | R_ACCOUNTANT | R_STORE_KEEPER)
static const Sight sights[] = {
    {LOOKERS}, {R_ENGINEER, MINE_OR_MY_TEAMS("engineer")}, {R_GUARD, MINE_OR_MY_TEAMS("guard")}, {R_CONTROL, MINE_OR_MY_TEAMS("control")},
    {R_CLEANER, MINE_OR_MY_TEAMS("cleaner")}, {R_GARDENER, MINE_OR_MY_TEAMS("gardener")}, {R_CONTRACTOR, "t.assignee_id = :me"},
};
static const Index indexes[] = {
    {"plan_id, due_at", .unique = true, .where = "archived_at IS NULL"},
    {"project_id, due_at, id"},
    {"due_at, id"},
    {"project_id, state, due_at, id"},
    {"assignee_id, state, due_at, id"},
    {"state, window_to, id"},
    {"state, remind_at, id", .where = "remind_at IS NOT NULL"},
    {"project_id, due_at", .where = "statutory = 1"},
    {0},
};
static const Filter filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.state IN ('due', 'started', 'missed')", "open")},
    {"mine", T_BOOL, .sql = SQL_FLAG("t.assignee_id = :me", "mine")},
    {"overdue", T_BOOL, .sql = SQL_FLAG("(t.state = 'missed' OR (t.state IN ('due', 'started') AND t.window_to < :now))", "overdue")},
};

static const Field assign_asks[] = {{"assignee", "负责人", "Person", T_REF, .to = "users", .required = true}};
static const Field finish_asks[] = {
    {"items", "检查项", "Items", T_OBJECT},
    {"document", "凭证文件", "Document", T_FILE},
    {"photos", "照片", "Photos", T_PHOTOS, .max = 9},
    {"minutes", "实际工时（分钟）", "Took (min)", T_INT, .min = 0, .max = 14400},
    {"note", "说明", "Note", T_LINES, .max = 1000},
    {"place", "位置", "Place", T_PLACE},
};
static const Field start_asks[] = {{"place", "位置", "Place", T_PLACE}};
static const Field excuse_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 300, .required = true}};

#define DOERS (BY_ASSIGNEE | PLANNERS)
#define TEAM_ROLES (R_ENGINEER | R_GUARD | R_CONTROL | R_CLEANER | R_GARDENER | R_DESK)

/* Days before a statutory due date at which people are reminded. */
static const int remind_days[] = {60, 30, 7, 1};

static Instant next_reminder(const Cx *cx, const Record *task)
{
    return clock_before(cx, record_int(task, "due_at"), remind_days, COUNT_OF(remind_days));
}

static void set_window(const Record *plan, Record *task, Instant due)
{
    record_set_int(task, "due_at", due);
    record_set_int(task, "window_from", due - record_int(plan, "window_before_min") * MINUTE);
    record_set_int(task, "window_to", due + record_int(plan, "window_after_min") * MINUTE);
}

static const char *const own[] = {"note", NULL}; /* of the task itself, though the plan has a field of that name */

const Error *task_add(Cx *cx, const Record *plan, Instant due)
{
    Record *task = record_new(cx, kernel_type(cx->kernel, &task_type));

    plan_pass_on(plan, task, own);
    record_set_int(task, "plan", plan->id);
    set_window(plan, task, due);
    if (record_int(task, "statutory") != 0)
        record_set(task, "remind_at", value_ref(next_reminder(cx, task)));
    TRY(process_insert(cx, task));
    return record_int(task, "window_to") < cx->now ? process_take(cx, task, "miss") : OK; /* of a time when the program stood */
}

const Error *task_follow(Cx *cx, const Record *plan, Record *task)
{
    static const char *const mine[] = {"note", "assignee", NULL};
    bool differs = false;

    plan_pass_on(plan, task, record_changed(plan, "assignee") ? own : mine);
    set_window(plan, task, record_int(task, "due_at"));
    for (int i = 0; i < task->meta->value_count; i++)
        differs = differs || !value_eq(task->values[i], task->before[i]);
    return differs ? process_save(cx, task, "replan") : OK;
}

static const Error *take_effect(Cx *cx, Record *task, const Asked *asked)
{
    (void)asked;
    record_set_int(task, "assignee", cx->actor->user);
    return OK;
}

static bool is_nobodys(const Cx *cx, const Record *task)
{
    (void)cx;
    return record_is_null(task, "assignee");
}

/* Of the team that the plan names; a plan that names none is anybody's. */
static bool is_of_team(const Cx *cx, const Record *task)
{
    Str team = record_text(task, "team");
    return team.len == 0 || (cx->actor->roles & role_by_name(team)) != 0 || access_may(cx, task, DOERS);
}

/* One's own, or nobody's that one's team may do. */
static bool may_do(const Cx *cx, const Record *task)
{
    return access_may(cx, task, DOERS) || (record_is_null(task, "assignee") && is_of_team(cx, task));
}

static const Error *start_effect(Cx *cx, Record *task, const Asked *asked)
{
    int64_t edition = 0;

    (void)asked;
    if (record_is_null(task, "assignee"))
        record_set_int(task, "assignee", cx->actor->user);
    record_set_int(task, "started_at", clock_happened(cx));
    if (!record_is_null(task, "checklist_template"))
        TRY(checklist_edition(cx, record_int(task, "checklist_template"), &edition));
    record_set(task, "checklist_edition", value_ref(edition));
    return OK;
}

static const Error *guard_finish(Cx *cx, const Record *task, const Asked *asked)
{
    const json_t *items = asked_json(asked, "items");

    if (record_int(task, "statutory") != 0 && !asked_has(asked, "document"))
        return error_field(cx->arena, STR("document"), "required", STR("法定任务要附凭证文件（合格证、报告、记录）才能完成"),
                           STR("what the law asks for is done with its document: certificate, report or record"));
    if (items != NULL && !json_is_array(items))
        return error_field(cx->arena, STR("items"), "type", STR("应为检查项的列表"), STR("must be a list of items"));
    if (record_is_null(task, "checklist_template") && json_array_size(items) > 0)
        return error_field(cx->arena, STR("items"), "unknown", STR("这个任务没有检查表"), STR("this task has no checklist"));
    return OK;
}

static const Error *finish_effect(Cx *cx, Record *task, const Asked *asked)
{
    Instant at = clock_happened(cx);
    Record *checklist;

    if (!record_is_null(task, "checklist_template")) {
        TRY(checklist_fill(cx, record_int(task, "checklist_template"), record_int(task, "checklist_edition"), asked_json(asked, "items"), task, &checklist));
        record_set_int(task, "checklist", checklist->id);
        record_set_int(task, "checklist_edition", record_int(checklist, "edition"));
    }
    if (record_is_null(task, "assignee"))
        record_set_int(task, "assignee", cx->actor->user);
    record_set_int(task, "finished_at", at);
    record_set_int(task, "finished_by", cx->actor->user);
    if (record_is_null(task, "started_at"))
        record_set_int(task, "started_at", at);
    record_set_text(task, "timing", at < record_int(task, "window_from") ? STR("early") : at > record_int(task, "window_to") ? STR("late") : STR("in_window"));
    record_set_null(task, "remind_at");
    return plan_went_on(cx, task, at);
}

/* The law's dates go to the company, others to who leads the team. */
static const Error *miss_effect(Cx *cx, Record *task, const Asked *asked)
{
    bool statutory = record_int(task, "statutory") != 0;

    (void)asked;
    record_set_null(task, "remind_at");
    return message_roles(cx, task, "miss", statutory ? "法定任务逾期" : "任务漏做", statutory ? "What the law asks for is overdue" : "A task was missed",
                         access_leads(record_text(task, "team")) | (statutory ? R_MANAGER | R_REGION : 0));
}

static const Error *excuse_effect(Cx *cx, Record *task, const Asked *asked)
{
    (void)asked;
    record_set_null(task, "remind_at");
    return plan_went_on(cx, task, record_int(task, "due_at"));
}

/* What the law asks for is never waived at the site. */
static bool may_excuse(const Cx *cx, const Record *task)
{
    return record_int(task, "statutory") == 0 || actor_has(cx->actor, R_REGION | R_ADMIN, 0, 0);
}

static const Error *remind_effect(Cx *cx, Record *task, const Asked *asked)
{
    (void)asked;
    record_set(task, "remind_at", value_ref(next_reminder(cx, task)));
    if (!record_is_null(task, "assignee"))
        TRY(message_action(cx, task, "remind", "法定任务临近", "What the law asks for comes due", TELL_ASSIGNEE));
    return message_roles(cx, task, "remind", "法定任务临近", "What the law asks for comes due", access_leads(record_text(task, "team")));
}

static const Action actions[] = {
    {"take", "认领", "Take", .from = NAMES("due"), .by = TEAM_ROLES | R_QUALITY | R_MANAGER, .may = is_of_team, .is_possible = is_nobodys, .effect = take_effect},
    {"start", "开始", "Start", .from = NAMES("due"), .to = "started", .by = DOERS | TEAM_ROLES, .asks = LIST(start_asks), .may = may_do, .effect = start_effect},
    {"finish", "完成", "Finish", .from = NAMES("due", "started", "missed"), .to = "done", .by = DOERS | TEAM_ROLES, .asks = LIST(finish_asks), .may = may_do, .guard = guard_finish,
     .effect = finish_effect},
    {"assign", "指派", "Assign", .from = NAMES("due", "started", "missed"), .by = PLANNERS, .asks = LIST(assign_asks), .tells = TELL_ASSIGNEE},
    {"excuse", "免做", "Excuse", .from = NAMES("due", "started", "missed"), .to = "excused", .by = PLANNERS, .asks = LIST(excuse_asks), .may = may_excuse, .effect = excuse_effect},
    {"miss", "漏做", "Missed", .from = NAMES("due"), .to = "missed", .by = BY_SYSTEM, .effect = miss_effect},
    {"remind", "提醒", "Remind", .from = NAMES("due"), .by = BY_SYSTEM, .effect = remind_effect},
};
static const Auto autos[] = {{"remind", "t.remind_at", 1}, {"miss", "t.window_to", 1}};

const RecordType task_type = {
    .resource = "tasks", .name = "task", .zh = "任务", .en = "Task", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions), .sights = LIST(sights), .filters = LIST(filters),
    .write_by = BY_SYSTEM, .own_read_only = true, .indexes = indexes, .label = "title", .in_project = true,
    .autos = autos, .auto_count = COUNT_OF(autos), .own_search_only = true,
};

static const char *const by[] = {"team", "assignee", "plan", "building", NULL};
const Figure task_figures[1] = {
    {"task_in_time", "任务按时", "Tasks in time", "窗口内完成 ÷（完成 + 漏做），按应做那天统计；免做的不计。区间为 95 % Wilson 区间。",
     "Done in their window ÷ (done + missed), by the day they were due; excused ones are left out. The interval is Wilson's, 95 %.", &task_type,
     .counts = "t.state IN ('done', 'missed')", .day = "t.due_at", .met = "t.timing = 'in_window'", .from = "filter[due_at][gte]", .before = "filter[due_at][lt]",
     .opens = NAMES("filter[state]", "done,missed"), .by = by},
};
