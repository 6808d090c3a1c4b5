/* plan.c: plans, and the tasks that they make in time. A plan remembers until when it has made its tasks (`made_until`), and moves that
 * mark in the transaction that adds them: no stop, crash or second process makes one twice or leaves one out. */
#include "kernel/checklist.h"
#include "kernel/clock.h"
#include "kernel/job.h"
#include "kernel/plan_parts.h"
#include "kernel/rule.h"
#include "kernel/user.h"

#define TASKS_A_UNIT 25 /* 5,000 in a transaction: fewer, and each writes most pages of the indexes again */
#define MAX_WINDOW (366 * 1440)

static const Rule rules[] = {
    {"plans.ahead_days", "任务提前几天生成", "Tasks are made this many days ahead", 35, 1, 400, "day"},
    {"plans.statutory_ahead_days", "法定任务提前几天生成（每周一次以上的除外）", "Tasks that law asks for are made this many days ahead (unless they recur more than weekly)", 90, 30, 800, "day"},
    {"plans.week_minutes", "一人一周可排多少分钟", "Minutes that a person can be given a week", 2400, 60, 10080, "minute"},
};

const Choice plan_teams[] = {
    {"engineer", "工程", "Engineering"}, {"guard", "秩序", "Security"}, {"cleaner", "保洁", "Cleaning"}, {"gardener", "绿化", "Greening"},
    {"control", "监控室", "Control room"}, {"desk", "客服", "Front desk"}, {"quality", "品质", "Quality"}, {"manager", "项目经理", "Project manager"},
    {"contractor", "外包单位", "Contractor"}, {0},
};
static const Choice days_off[] = {
    {"none", "照常", "As on any day"}, {"skip", "跳过", "Left out"}, {"before", "提前到前一个工作日", "The working day before"}, {"after", "顺延到下一个工作日", "The working day after"}, {0},
};
static const Choice anchors[] = {{"fixed", "按日历", "By the calendar"}, {"last_actual", "从上次实际完成算起", "From when it was last done"}, {0}};

static const State states[] = {{"active", "执行中", "Active"}, {"paused", "暂停", "Paused", .paused = true}, {"ended", "已结束", "Ended", .ended = true}};

#define WHILE_ALIVE NAMES("active", "paused")
static const Field fields[] = {
    {"title", "计划名称", "Plan", T_TEXT, .max = 120, .required = true, .searched = true},
    {"rrule", "周期", "Recurrence", T_TEXT, .max = 500, .edit_in = WHILE_ALIVE},
    {"dtstart", "从何时起", "From", T_TEXT, .max = 40, .edit_in = WHILE_ALIVE},
    {"holidays", "遇休息日", "On days off", T_CHOICE, .choices = days_off, .set_default = "none", .edit_in = WHILE_ALIVE},
    {"exceptions", "除外日期", "Left out on", T_WORDS, .edit_in = WHILE_ALIVE},
    {"season_from", "从几月", "Season from month", T_INT, .min = 1, .max = 12, .edit_in = WHILE_ALIVE},
    {"season_to", "到几月", "Season to month", T_INT, .min = 1, .max = 12, .edit_in = WHILE_ALIVE},
    {"anchor", "下次怎么算", "The next one counts", T_CHOICE, .choices = anchors, .set_default = "fixed", .edit_in = WHILE_ALIVE},
    {"window_before_min", "可提前（分钟）", "May be early (min)", T_INT, .max = MAX_WINDOW, .edit_in = WHILE_ALIVE},
    {"window_after_min", "可推迟（分钟）", "May be late (min)", T_INT, .max = MAX_WINDOW, .edit_in = WHILE_ALIVE},
    {"duration_min", "工时（分钟）", "Takes (min)", T_INT, .max = 14400},
    {"team", "由谁做", "Done by", T_CHOICE, .choices = plan_teams, .indexed = true},
    {"skill", "要求的技能", "Skill needed", T_TEXT, .max = 40, .suggests = user_skills},
    {"assignee", "负责人", "Person", T_REF, .to = "users", .indexed = true},
    {"space", "位置", "Place", T_REF, .to = "spaces"},
    {"checklist_template", "检查表", "Checklist", T_REF, .to = "checklist_templates"},
    {"statutory", "法定", "Required by law", T_BOOL},
    {"legal_basis", "依据", "Legal basis", T_TEXT, .max = 200},
    {"every", "每满多少", "Whenever it has counted", T_DECIMAL, .max = 3, .edit_in = WHILE_ALIVE},
    {"counter_unit", "计数单位", "Counted in", T_TEXT, .max = 20},
    {"counter_value", "当前计数", "Counted so far", T_DECIMAL, .max = 3, .read_only = true},
    {"counter_from", "上次完成时计数", "When it was last done", T_DECIMAL, .max = 3, .read_only = true},
    {"counter_at", "计数时间", "Read", T_TIME, .read_only = true},
    {"last_done_at", "上次完成", "Last done", T_TIME, .read_only = true},
    {"made_until", "任务已生成到", "Tasks are made until", T_TIME, .read_only = true, .tallied = true},
    {"look_at", "下次生成", "Looked at next", T_TIME, .internal = true, .tallied = true},
    {"note", "说明", "Note", T_LINES, .max = 2000},
};
const Sight plan_sights[1] = {{STAFF}};
static const Index indexes[] = {{"state, look_at, id"}, {0}};

static const Field count_asks[] = {
    {"value", "计数", "Counted", T_DECIMAL, .max = 3, .required = true},
    {"reset", "换表或归零", "Exchanged or set back", T_BOOL},
};

Calendar plan_office(const Cx *cx)
{
    Calendar calendar;
    if (!calendar_named(STR("office"), cx->kernel->holidays, cx->kernel->holiday_count, cx->zone_min, &calendar))
        calendar = (Calendar){0}; /* it is one of the three */
    return calendar;
}

DaysOff plan_days_off(Str name)
{
    return str_is(name, "skip") ? DAYS_OFF_SKIP : str_is(name, "before") ? DAYS_OFF_BEFORE : str_is(name, "after") ? DAYS_OFF_AFTER : DAYS_OFF_COUNT;
}

void plan_except(Arena *arena, Str list, Recur *recur)
{
    json_t *days;
    Date *except;

    if (list.len == 0 || json_read(arena, list, &days) != OK)
        return;
    except = new (arena, Date, json_array_size(days) + 1);
    for (size_t i = 0; i < json_array_size(days); i++)
        if (date_parse(json_str(json_array_get(days, i)), &except[recur->except_count]))
            recur->except_count++;
    recur->except = except;
}

Recur plan_recur(const Cx *cx, const Record *plan)
{
    Recur recur = {.rrule = record_text(plan, "rrule"), .days_off = plan_days_off(record_text(plan, "holidays")), .season_from = (int)record_int(plan, "season_from"),
                   .season_to = (int)record_int(plan, "season_to"), .calendar = plan_office(cx)};

    if (!wall_parse(record_text(plan, "dtstart"), cx->zone_min, &recur.start))
        recur.start = plan->created_at;
    plan_except(cx->arena, record_text(plan, "exceptions"), &recur);
    return recur;
}

/* Minutes before and after the due time. */
typedef struct {
    int64_t before, after;
} Window;

/* How long a window is when nobody says so, by how often it recurs (card P18: day, week, month, quarter, year). The law knows no later. */
static Window usual_window(const Cx *cx, const Record *plan, Instant start)
{
    Str rule = record_text(plan, "rrule");
    bool yearly = str_find(rule, STR("FREQ=YEARLY")) >= 0, monthly = str_find(rule, STR("FREQ=MONTHLY")) >= 0, weekly = str_find(rule, STR("FREQ=WEEKLY")) >= 0;
    bool fine = str_find(rule, STR("FREQ=HOURLY")) >= 0 || str_find(rule, STR("FREQ=MINUTELY")) >= 0, far = str_find(rule, STR("INTERVAL=3")) >= 0 || str_find(rule, STR("INTERVAL=6")) >= 0;
    int64_t days = yearly ? 20 : monthly ? (far ? 10 : 5) : weekly ? 1 : 0, rest = 1440 - instant_to_minute(start, cx->zone_min);

    return (Window){days * 1440, fine ? 10 : record_int(plan, "statutory") != 0 ? rest : days * 1440 + rest};
}

static void default_window(const Cx *cx, Record *plan, Instant start)
{
    Window usual = usual_window(cx, plan, start);

    if (record_is_null(plan, "window_before_min"))
        record_set_int(plan, "window_before_min", usual.before);
    if (record_is_null(plan, "window_after_min"))
        record_set_int(plan, "window_after_min", usual.after);
}

static void check_exceptions(const Record *plan, Arena *arena, Problems *problems)
{
    Str list = record_text(plan, "exceptions");
    json_t *days;
    Date day;

    if (list.len == 0 || json_read(arena, list, &days) != OK)
        return;
    for (size_t i = 0; i < json_array_size(days); i++)
        if (!date_parse(json_str(json_array_get(days, i)), &day)) {
            problems_add(problems, STR("exceptions"), "format", STR("每一项应为日期，如 2026-02-17"), STR("each must be a day such as 2026-02-17"));
            return;
        }
}

/* No more tasks than people could do. */
static const Error *check_density(Cx *cx, const Recur *recur, Problems *problems)
{
    Moments first, day;

    TRY(recur_moments(cx->arena, recur, recur->start, recur->start + 3653 * DAY_US, 1, &first));
    if (first.count == 0)
        return OK;
    TRY(recur_moments(cx->arena, recur, first.at[0], first.at[0] + DAY_US, PLAN_A_DAY, &day));
    if (day.more)
        problems_add(problems, STR("rrule"), "out_of_range", str_format(cx->arena, "一天最多 %d 个任务", PLAN_A_DAY), str_format(cx->arena, "makes more than %d tasks a day", PLAN_A_DAY));
    return OK;
}

static const Error *check(Cx *cx, Record *plan, Problems *problems)
{
    Instant start = cx->now;
    Recur recur;
    Exact every;
    ptrdiff_t before;

    if (!record_is_null(plan, "dtstart") && !wall_parse(record_text(plan, "dtstart"), cx->zone_min, &start)) {
        problems_add(problems, STR("dtstart"), "format", STR("应为项目当地时间，如 2026-01-05T08:00:00"), STR("must be local time such as 2026-01-05T08:00:00"));
        return OK;
    }
    record_set_text(plan, "dtstart", wall_text(cx->arena, start, cx->zone_min));
    record_set(plan, "rrule", str_trim(record_text(plan, "rrule")).len == 0 ? VALUE_NULL : value_text(str_trim(record_text(plan, "rrule"))));
    if (record_is_null(plan, "season_from") != record_is_null(plan, "season_to"))
        problems_add(problems, record_is_null(plan, "season_from") ? STR("season_from") : STR("season_to"), "required", STR("季节要写从几月到几月"), STR("a season has a first and a last month"));
    if (!record_is_null(plan, "every") && (!exact_parse(record_text(plan, "every"), 3, &every) || every.n <= 0))
        problems_add(problems, STR("every"), "out_of_range", STR("应大于 0"), STR("must be above 0"));
    check_exceptions(plan, cx->arena, problems);
    default_window(cx, plan, start);
    recur = plan_recur(cx, plan);
    before = problems->count;
    TRY(recur_check(cx->arena, &recur, STR("rrule"), problems));
    return problems->count > before ? OK : check_density(cx, &recur, problems);
}

static const Error *prepare(Cx *cx, Record *plan, Problems *problems)
{
    record_set_int(plan, "made_until", cx->now);
    return check(cx, plan, problems);
}

/* By the calendar, and not only by its counter? A plan with a counter and no rule waits for the counter. */
bool plan_goes_by_time(const Record *plan)
{
    return !record_is_null(plan, "rrule") || record_is_null(plan, "every");
}

/* More often than once a week: nobody wants to be reminded of it two months ahead. */
static const Error *is_frequent(Cx *cx, const Record *plan, bool *out)
{
    Recur recur = plan_recur(cx, plan);
    Moments four;

    TRY(recur_moments(cx->arena, &recur, recur.start, recur.start + 28 * DAY_US, 4, &four));
    *out = four.more;
    return OK;
}

const Error *plan_horizon(Cx *cx, const Record *plan, Instant *out)
{
    bool frequent = true;
    int64_t days;

    if (record_int(plan, "statutory") != 0)
        TRY(is_frequent(cx, plan, &frequent));
    TRY(rule_value(cx, frequent ? "plans.ahead_days" : "plans.statutory_ahead_days", &days));
    *out = cx->now + days * DAY_US;
    return OK;
}

/* Its tasks are made until then; it is looked at again tomorrow, when its horizon has moved on, or at once when there are more than one write takes. */
static const Error *set_mark(Cx *cx, Record *plan, Instant until, Instant look)
{
    static const char MARK[] = "UPDATE plan SET made_until = :until, look_at = :look WHERE org_id = :org AND id = :id";

    record_set_int(plan, "made_until", until);
    record_set_int(plan, "look_at", look);
    return sql_run(cx, MARK, IN(in_int("until", until), in_int("look", look), in_int("id", plan->id)));
}

/* One that waits to be done, missed or not; `but`: a task that is ending just now. */
const Error *plan_has_open_task(Cx *cx, const Record *plan, Id but, bool *has)
{
    static const char OPEN[] = "SELECT count(*) FROM task WHERE org_id = :org AND plan_id = :plan AND id <> :but AND state IN ('due', 'started', 'missed') AND archived_at IS NULL"; /* task_by_plan_id_due_at_part */
    int64_t open = 0;

    TRY(sql_row(cx, OPEN, IN(in_int("plan", plan->id), in_int("but", but)), OUT(out_int(&open))));
    *has = open > 0;
    return OK;
}

/* The one after the last that was done, at the hour of the plan's beginning. */
const Error *plan_next_moment(Cx *cx, const Record *plan, Recur recur, Moments *out)
{
    Instant from = recur.start, last = record_int(plan, "last_done_at");

    if (last != 0) {
        recur.start = date_to_instant(instant_to_date(last, cx->zone_min), instant_to_minute(recur.start, cx->zone_min), cx->zone_min);
        from = recur.start + 1;
    }
    return recur_moments(cx->arena, &recur, from, from + 3653 * DAY_US, 1, out);
}

/* The task after the last that was done; none while one is open. */
static const Error *yield_next(Cx *cx, Record *plan, Id but, int *made)
{
    Moments next;
    bool has;

    *made = 0;
    TRY(plan_has_open_task(cx, plan, but, &has));
    if (has)
        return OK;
    TRY(plan_next_moment(cx, plan, plan_recur(cx, plan), &next));
    if (next.count == 0)
        return OK;
    *made = 1;
    return task_add(cx, plan, next.at[0]);
}

bool plan_goes_by_work(const Record *plan)
{
    return str_is(record_text(plan, "anchor"), "last_actual");
}

const Error *plan_yield(Cx *cx, Record *plan, int max, int *made)
{
    Instant horizon, from = record_int(plan, "made_until");
    Recur recur;
    Moments moments;

    *made = 0;
    TRY(plan_horizon(cx, plan, &horizon));
    if (!record_in_state(plan, "active") || plan->archived_at != 0 || !plan_goes_by_time(plan))
        return set_mark(cx, plan, horizon, cx->now + DAY_US);
    if (plan_goes_by_work(plan)) {
        TRY(yield_next(cx, plan, 0, made));
        return set_mark(cx, plan, horizon, cx->now + DAY_US);
    }
    recur = plan_recur(cx, plan);
    TRY(recur_moments(cx->arena, &recur, from, horizon, max, &moments));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        TRY(task_add(cx, plan, moments.at[i]));
    *made = (int)moments.count;
    return moments.more ? set_mark(cx, plan, moments.at[moments.count - 1] + 1, cx->now) : set_mark(cx, plan, horizon, cx->now + DAY_US);
}

/* A new plan begins with the tasks whose window is still open: what lies before was nobody's duty yet. */
static const Error *created(Cx *cx, Record *plan)
{
    int made;

    record_set_int(plan, "made_until", cx->now - record_int(plan, "window_after_min") * MINUTE + 1);
    return plan_yield(cx, plan, PLAN_AT_ONCE, &made);
}

static const Error *add_task(Cx *cx, const Row *row, void *self)
{
    PlanTasks *tasks = self;

    if (tasks->count < tasks->room)
        tasks->list[tasks->count++] = record_to_write(cx, kernel_type(cx->kernel, &task_type), row);
    return OK;
}

/* Its tasks that are still to come. */
const Error *plan_coming_tasks(Cx *cx, const Record *plan, PlanTasks *out)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    Buf sql = buf_new(cx->arena, 1 << 14);

    *out = (PlanTasks){.list = new (cx->arena, Record *, PLAN_AT_ONCE), .room = PLAN_AT_ONCE};
    buf_format(&sql, "SELECT %s%s FROM task t WHERE t.org_id = :org AND t.plan_id = :plan AND t.due_at > :now AND t.state = 'due' AND t.archived_at IS NULL ORDER BY t.due_at%s",
               meta->columns, meta->searched ? ", t.search" : "", record_lock(cx)); /* task_by_plan_id_due_at_part */
    return sql_each_built(cx, buf_str(&sql), IN(in_int("plan", plan->id)), add_task, out);
}

bool moments_have(const Moments *moments, Instant at)
{
    ptrdiff_t low = 0, high = moments->count;

    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        if (moments->at[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < moments->count && moments->at[low] == at;
}

bool tasks_have(const PlanTasks *tasks, Instant at)
{
    for (ptrdiff_t i = 0; i < tasks->count; i++)
        if (record_int(tasks->list[i], "due_at") == at)
            return true;
    return false;
}

/* The moments after now that the plan names as it is. */
static const Error *coming_moments(Cx *cx, const Record *plan, Moments *out)
{
    Recur recur = plan_recur(cx, plan);
    Instant horizon;

    TRY(plan_horizon(cx, plan, &horizon));
    *out = (Moments){.at = new (cx->arena, Instant, 1)};
    if (!record_in_state(plan, "active") || !plan_goes_by_time(plan) || plan->archived_at != 0)
        return OK;
    return recur_moments(cx->arena, &recur, cx->now + 1, horizon, PLAN_AT_ONCE, out);
}

/* Tasks that are still to come follow the plan: kept, taken away, added. */
static const Error *follow(Cx *cx, Record *plan)
{
    PlanTasks tasks;
    Moments moments;
    Instant horizon;

    TRY(plan_coming_tasks(cx, plan, &tasks));
    TRY(coming_moments(cx, plan, &moments));
    TRY(plan_horizon(cx, plan, &horizon));
    if (plan_goes_by_work(plan) && record_in_state(plan, "active") && plan->archived_at == 0) {
        int made;
        for (ptrdiff_t i = 0; i < tasks.count; i++)
            TRY(process_put_away(cx, tasks.list[i]));
        TRY(yield_next(cx, plan, 0, &made));
        return set_mark(cx, plan, horizon, cx->now + DAY_US);
    }
    for (ptrdiff_t i = 0; i < tasks.count; i++)
        if (!moments_have(&moments, record_int(tasks.list[i], "due_at")))
            TRY(process_put_away(cx, tasks.list[i]));
        else
            TRY(task_follow(cx, plan, tasks.list[i]));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        if (!tasks_have(&tasks, moments.at[i]))
            TRY(task_add(cx, plan, moments.at[i]));
    return moments.more ? set_mark(cx, plan, moments.at[moments.count - 1] + 1, cx->now) : set_mark(cx, plan, horizon, cx->now + DAY_US);
}

/* Whoever had left the windows to the rule gets those of the new one. */
static void forget_default_window(const Cx *cx, Record *plan)
{
    Record was = *plan;
    Window usual;
    Instant start;

    was.values = plan->before;
    if ((!record_changed(plan, "rrule") && !record_changed(plan, "dtstart") && !record_changed(plan, "statutory")) || !wall_parse(record_text(&was, "dtstart"), cx->zone_min, &start))
        return;
    usual = usual_window(cx, &was, start);
    if (!record_changed(plan, "window_before_min") && record_int(plan, "window_before_min") == usual.before)
        record_set_null(plan, "window_before_min");
    if (!record_changed(plan, "window_after_min") && record_int(plan, "window_after_min") == usual.after)
        record_set_null(plan, "window_after_min");
}

static const Error *changed(Cx *cx, Record *plan, Problems *problems)
{
    forget_default_window(cx, plan);
    TRY(check(cx, plan, problems));
    return problems->count > 0 ? OK : follow(cx, plan);
}

static const Error *archived(Cx *cx, Record *plan)
{
    return follow(cx, plan);
}

static const Error *stop_effect(Cx *cx, Record *plan, const Asked *asked)
{
    PlanTasks tasks;

    (void)asked;
    TRY(plan_coming_tasks(cx, plan, &tasks));
    for (ptrdiff_t i = 0; i < tasks.count; i++)
        TRY(process_put_away(cx, tasks.list[i]));
    return OK;
}

/* From now on: what lay in the pause was nobody's duty. */
static const Error *resume_effect(Cx *cx, Record *plan, const Asked *asked)
{
    int made;

    (void)asked;
    record_set_int(plan, "made_until", cx->now);
    return plan_yield(cx, plan, PLAN_AT_ONCE, &made);
}

static const Error *backwards(Cx *cx, Str before)
{
    return error_field(cx->arena, STR("value"), "out_of_range", str_format(cx->arena, "比上次计数 %.*s 小。换表或归零请勾选", STR_ARG(before)),
                       str_format(cx->arena, "is less than the count before, %.*s: say `reset` when it was exchanged or set back", STR_ARG(before)));
}

/* Sets what was counted; a task is due at once when `every` is full and none is open. */
static const Error *take_count(Cx *cx, Record *plan, Exact value, bool reset)
{
    Exact before = exact_of(0), from = exact_of(0), every, used;
    Str text = exact_text(cx->arena, value, 0, 3);
    bool has;

    if (!record_is_null(plan, "counter_value") && !exact_parse(record_text(plan, "counter_value"), 3, &before))
        before = exact_of(0);
    if (!reset && exact_cmp(value, before) < 0)
        return backwards(cx, record_text(plan, "counter_value"));
    if (reset || record_is_null(plan, "counter_from"))
        record_set_text(plan, "counter_from", reset ? text : STR("0"));
    record_set_text(plan, "counter_value", text);
    record_set_int(plan, "counter_at", clock_happened(cx));
    if (!exact_parse(record_text(plan, "counter_from"), 3, &from) || !exact_parse(record_text(plan, "every"), 3, &every) || !exact_sub(value, from, &used) || exact_cmp(used, every) < 0)
        return OK;
    TRY(plan_has_open_task(cx, plan, 0, &has));
    return has || !record_in_state(plan, "active") ? OK : task_add(cx, plan, cx->now);
}

const Error *plan_count(Cx *cx, Record *plan, Exact value, bool reset)
{
    TRY(take_count(cx, plan, value, reset));
    return process_save(cx, plan, "count");
}

static const Error *count_effect(Cx *cx, Record *plan, const Asked *asked)
{
    Exact value;

    if (!exact_parse(asked_text(asked, "value"), 3, &value))
        return error_field(cx->arena, STR("value"), "format", STR("应为数字"), STR("must be a number"));
    return take_count(cx, plan, value, asked_int(asked, "reset") != 0);
}

static bool has_counter(const Cx *cx, const Record *plan)
{
    (void)cx;
    return !record_is_null(plan, "every");
}

const Error *plan_went_on(Cx *cx, Record *task, Instant done)
{
    Record *plan;
    int made;

    if (record_is_null(task, "plan"))
        return OK;
    TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), record_int(task, "plan"), &plan));
    if (record_is_null(plan, "every") && !plan_goes_by_work(plan))
        return OK;
    record_set_int(plan, "last_done_at", done);
    if (!record_is_null(plan, "counter_value"))
        record_set_text(plan, "counter_from", record_text(plan, "counter_value"));
    TRY(process_save(cx, plan, "went_on"));
    return plan_goes_by_work(plan) && plan_goes_by_time(plan) && record_in_state(plan, "active") ? yield_next(cx, plan, task->id, &made) : OK;
}

const Error *plan_add(Cx *cx, Record *plan)
{
    Problems problems = problems_new(cx->arena);

    TRY(prepare(cx, plan, &problems));
    TRY(problems_error(&problems));
    return process_insert(cx, plan);
}

const Error *plan_chore(Cx *cx, int max, int *count)
{
    static const char RIPE[] = "SELECT id FROM plan WHERE org_id = :org AND state = 'active' AND look_at <= :now AND archived_at IS NULL ORDER BY look_at, id LIMIT :max"; /* plan_by_state_look_at_id */
    Ids ids = {0};
    int made;

    *count = 0;
    TRY(sql_ids(cx, RIPE, IN(in_int("max", max)), &ids));
    for (int i = 0; i < ids.count && *count < max; i++) {
        Record *plan;
        TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), ids.list[i], &plan));
        TRY(plan_yield(cx, plan, PLAN_AT_ONCE, &made));
        *count += 1 + made / TASKS_A_UNIT;
    }
    if (*count > max || ids.count == max)
        *count = max;
    return OK;
}

void plan_pass_on(const Record *from, Record *to, const char *const *but)
{
    for (int i = 0; i < to->meta->field_count; i++) {
        const FieldMeta *here = &to->meta->fields[i], *there = meta_field(from->meta, here->name);
        if (there == NULL || here->column == NULL || there->column == NULL || here->field->type != there->field->type || names_have(but, here->field->name))
            continue;
        to->values[here->at] = from->values[there->at];
    }
    to->project = from->project;
    to->building = from->building;
}

static const Action actions[] = {
    {"count", "记录计数", "Record the count", .from = NAMES("active", "paused"), .by = PLANNERS | R_ENGINEER | R_GUARD | R_CONTROL, .asks = LIST(count_asks), .is_possible = has_counter,
     .apart = true, .effect = count_effect},
    {"pause", "暂停", "Pause", .from = NAMES("active"), .to = "paused", .by = PLANNERS, .effect = stop_effect},
    {"resume", "恢复", "Resume", .from = NAMES("paused"), .to = "active", .by = PLANNERS, .effect = resume_effect},
    {"end", "结束", "End", .from = NAMES("active", "paused"), .to = "ended", .by = PLANNERS, .effect = stop_effect},
};

const RecordType plan_type = {
    .resource = "plans", .name = "plan", .zh = "计划", .en = "Plan", .prefix = "JH", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions), .sights = LIST(plan_sights),
    .create_by = PLANNERS, .write_by = PLANNERS, .indexes = indexes, .label = "title", .in_project = true, .prepare = prepare, .created = created, .changed = changed, .archived = archived,
};

static const Chore chores[] = {{"plans", 60, plan_chore}, {0}};
static const RecordType *const records[] = {&checklist_template_type, &plan_type, &task_type, &checklist_type, NULL};
static const Table *const tables[] = {&checklist_edition_table, &checklist_value_table, NULL};
const Module plan_module = {"plan", "计划与检查", "Plans and checklists", .records = records, .tables = tables, .figures = task_figures, .figure_count = COUNT_OF(task_figures),
                            .rules = LIST(rules), .chores = chores};
