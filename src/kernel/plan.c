/* plan.c: plans, and the tasks that they make in time. A plan remembers until when it has made its tasks (`made_until`), and moves that
 * mark in the transaction that adds them: no stop, crash or second process makes one twice or leaves one out. */
#include "kernel/checklist.h"
#include "kernel/clock.h"
#include "kernel/job.h"
#include "kernel/plan_parts.h"
#include "kernel/rule.h"

#include <stdlib.h>

#define MAX_AT_ONCE 2000      /* tasks of one write */
#define MAX_A_DAY 300
#define MAX_WINDOW (366 * 1440)
#define MAX_PREVIEW 1000
#define LOAD_WEEKS 60
#define MAX_COMING 500 /* plans of one answer */

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
    {"note", "说明", "Note", T_LINES, .max = 2000},
};
const Sight plan_sights[1] = {{STAFF}};
static const Index indexes[] = {{"state, made_until, id"}, {0}};

static const Field count_asks[] = {
    {"value", "计数", "Counted", T_DECIMAL, .max = 3, .required = true},
    {"reset", "换表或归零", "Exchanged or set back", T_BOOL},
};

static Calendar office(const Cx *cx)
{
    Calendar calendar;
    if (!calendar_named(STR("office"), cx->kernel->holidays, cx->kernel->holiday_count, cx->zone_min, &calendar))
        calendar = (Calendar){0}; /* it is one of the three */
    return calendar;
}

static DaysOff days_off_of(Str name)
{
    return str_is(name, "skip") ? DAYS_OFF_SKIP : str_is(name, "before") ? DAYS_OFF_BEFORE : str_is(name, "after") ? DAYS_OFF_AFTER : DAYS_OFF_COUNT;
}

static void add_exceptions(Arena *arena, Str list, Recur *recur)
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
    Recur recur = {.rrule = record_text(plan, "rrule"), .days_off = days_off_of(record_text(plan, "holidays")), .season_from = (int)record_int(plan, "season_from"),
                   .season_to = (int)record_int(plan, "season_to"), .calendar = office(cx)};

    if (!wall_parse(record_text(plan, "dtstart"), cx->zone_min, &recur.start))
        recur.start = plan->created_at;
    add_exceptions(cx->arena, record_text(plan, "exceptions"), &recur);
    return recur;
}

/* How long a window is when nobody says so, by how often it recurs (card P18: day, week, month, quarter, year). The law knows no later. */
static void default_window(const Cx *cx, Record *plan, Instant start)
{
    Str rule = record_text(plan, "rrule");
    bool yearly = str_find(rule, STR("FREQ=YEARLY")) >= 0, monthly = str_find(rule, STR("FREQ=MONTHLY")) >= 0, weekly = str_find(rule, STR("FREQ=WEEKLY")) >= 0;
    bool fine = str_find(rule, STR("FREQ=HOURLY")) >= 0 || str_find(rule, STR("FREQ=MINUTELY")) >= 0, far = str_find(rule, STR("INTERVAL=3")) >= 0 || str_find(rule, STR("INTERVAL=6")) >= 0;
    int64_t days = yearly ? 20 : monthly ? (far ? 10 : 5) : weekly ? 1 : 0, rest = 1440 - instant_to_minute(start, cx->zone_min);

    if (record_is_null(plan, "window_before_min"))
        record_set_int(plan, "window_before_min", days * 1440);
    if (record_is_null(plan, "window_after_min"))
        record_set_int(plan, "window_after_min", fine ? 10 : record_int(plan, "statutory") != 0 ? rest : days * 1440 + rest);
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
    TRY(recur_moments(cx->arena, recur, first.at[0], first.at[0] + DAY_US, MAX_A_DAY, &day));
    if (day.more)
        problems_add(problems, STR("rrule"), "out_of_range", str_format(cx->arena, "一天最多 %d 个任务", MAX_A_DAY), str_format(cx->arena, "makes more than %d tasks a day", MAX_A_DAY));
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
static bool goes_by_time(const Record *plan)
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

static const Error *set_mark(Cx *cx, Record *plan, Instant until)
{
    static const char MARK[] = "UPDATE plan SET made_until = :until WHERE org_id = :org AND id = :id";

    record_set_int(plan, "made_until", until);
    return sql_run(cx, MARK, IN(in_int("until", until), in_int("id", plan->id)));
}

/* One that waits to be done, missed or not; `but`: a task that is ending just now. */
static const Error *has_open_task(Cx *cx, const Record *plan, Id but, bool *has)
{
    static const char OPEN[] = "SELECT count(*) FROM task WHERE org_id = :org AND plan_id = :plan AND id <> :but AND state IN ('due', 'started', 'missed') AND archived_at IS NULL"; /* task_by_plan_id_due_at_part */
    int64_t open = 0;

    TRY(sql_row(cx, OPEN, IN(in_int("plan", plan->id), in_int("but", but)), OUT(out_int(&open))));
    *has = open > 0;
    return OK;
}

/* The one after the last that was done, at the hour of the plan's beginning. */
static const Error *next_moment(Cx *cx, const Record *plan, Recur recur, Moments *out)
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
    TRY(has_open_task(cx, plan, but, &has));
    if (has)
        return OK;
    TRY(next_moment(cx, plan, plan_recur(cx, plan), &next));
    if (next.count == 0)
        return OK;
    *made = 1;
    return task_add(cx, plan, next.at[0]);
}

static bool goes_by_work(const Record *plan)
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
    if (!record_in_state(plan, "active") || plan->archived_at != 0 || !goes_by_time(plan))
        return set_mark(cx, plan, horizon + DAY_US);
    if (goes_by_work(plan)) {
        TRY(yield_next(cx, plan, 0, made));
        return set_mark(cx, plan, horizon);
    }
    recur = plan_recur(cx, plan);
    TRY(recur_moments(cx->arena, &recur, from, horizon, max, &moments));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        TRY(task_add(cx, plan, moments.at[i]));
    *made = (int)moments.count;
    return set_mark(cx, plan, moments.more ? moments.at[moments.count - 1] + 1 : horizon);
}

/* A new plan begins with the tasks whose window is still open: what lies before was nobody's duty yet. */
static const Error *created(Cx *cx, Record *plan)
{
    int made;

    record_set_int(plan, "made_until", cx->now - record_int(plan, "window_after_min") * MINUTE + 1);
    return plan_yield(cx, plan, MAX_AT_ONCE, &made);
}

typedef struct {
    Record **list;
    ptrdiff_t count, room;
} Tasks;

static const Error *add_task(Cx *cx, const Row *row, void *self)
{
    Tasks *tasks = self;

    if (tasks->count < tasks->room)
        tasks->list[tasks->count++] = record_to_write(cx, kernel_type(cx->kernel, &task_type), row);
    return OK;
}

/* Its tasks that are still to come. */
static const Error *find_coming(Cx *cx, const Record *plan, Tasks *out)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    Buf sql = buf_new(cx->arena, 1 << 14);

    *out = (Tasks){.list = new (cx->arena, Record *, MAX_AT_ONCE), .room = MAX_AT_ONCE};
    buf_format(&sql, "SELECT %s%s FROM task t WHERE t.org_id = :org AND t.plan_id = :plan AND t.due_at > :now AND t.state = 'due' AND t.archived_at IS NULL ORDER BY t.due_at%s",
               meta->columns, meta->searched ? ", t.search" : "", record_lock(cx)); /* task_by_plan_id_due_at_part */
    return sql_each_built(cx, buf_str(&sql), IN(in_int("plan", plan->id)), add_task, out);
}

static bool has_moment(const Moments *moments, Instant at)
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

static bool has_task(const Tasks *tasks, Instant at)
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
    if (!record_in_state(plan, "active") || !goes_by_time(plan) || plan->archived_at != 0)
        return OK;
    return recur_moments(cx->arena, &recur, cx->now + 1, horizon, MAX_AT_ONCE, out);
}

/* Tasks that are still to come follow the plan: kept, taken away, added. */
static const Error *follow(Cx *cx, Record *plan)
{
    Tasks tasks;
    Moments moments;
    Instant horizon;

    TRY(find_coming(cx, plan, &tasks));
    TRY(coming_moments(cx, plan, &moments));
    TRY(plan_horizon(cx, plan, &horizon));
    if (goes_by_work(plan) && record_in_state(plan, "active") && plan->archived_at == 0) {
        int made;
        for (ptrdiff_t i = 0; i < tasks.count; i++)
            TRY(process_put_away(cx, tasks.list[i]));
        TRY(yield_next(cx, plan, 0, &made));
        return set_mark(cx, plan, horizon);
    }
    for (ptrdiff_t i = 0; i < tasks.count; i++)
        if (!has_moment(&moments, record_int(tasks.list[i], "due_at")))
            TRY(process_put_away(cx, tasks.list[i]));
        else
            TRY(task_follow(cx, plan, tasks.list[i]));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        if (!has_task(&tasks, moments.at[i]))
            TRY(task_add(cx, plan, moments.at[i]));
    return set_mark(cx, plan, moments.more ? moments.at[moments.count - 1] + 1 : horizon);
}

/* Whoever had left the windows to the rule gets those of the new one. */
static void forget_default_window(const Cx *cx, Record *plan)
{
    Record *was;
    Instant start;

    if (!record_changed(plan, "rrule") && !record_changed(plan, "dtstart") && !record_changed(plan, "statutory"))
        return;
    was = new (cx->arena, Record, 1);
    *was = *plan;
    was->values = new (cx->arena, Value, plan->meta->value_count);
    for (int i = 0; i < plan->meta->value_count; i++)
        was->values[i] = plan->before[i];
    record_set_null(was, "window_before_min");
    record_set_null(was, "window_after_min");
    if (!wall_parse(record_text(was, "dtstart"), cx->zone_min, &start))
        return;
    default_window(cx, was, start);
    if (!record_changed(plan, "window_before_min") && record_int(plan, "window_before_min") == record_int(was, "window_before_min"))
        record_set_null(plan, "window_before_min");
    if (!record_changed(plan, "window_after_min") && record_int(plan, "window_after_min") == record_int(was, "window_after_min"))
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
    Tasks tasks;

    (void)asked;
    TRY(find_coming(cx, plan, &tasks));
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
    return plan_yield(cx, plan, MAX_AT_ONCE, &made);
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
    TRY(has_open_task(cx, plan, 0, &has));
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
    if (record_is_null(plan, "every") && !goes_by_work(plan))
        return OK;
    record_set_int(plan, "last_done_at", done);
    if (!record_is_null(plan, "counter_value"))
        record_set_text(plan, "counter_from", record_text(plan, "counter_value"));
    TRY(process_save(cx, plan, "went_on"));
    return goes_by_work(plan) && goes_by_time(plan) && record_in_state(plan, "active") ? yield_next(cx, plan, task->id, &made) : OK;
}

const Error *plan_add(Cx *cx, Record *plan)
{
    Problems problems = problems_new(cx->arena);

    TRY(prepare(cx, plan, &problems));
    TRY(problems_error(&problems));
    return process_insert(cx, plan);
}

typedef struct {
    Id *ids;
    int count, room;
} Ids;

static const Error *note_id(Cx *cx, const Row *row, void *self)
{
    Ids *ids = self;

    (void)cx;
    if (ids->count < ids->room)
        ids->ids[ids->count++] = row_int(row, 0);
    return OK;
}

const Error *plan_chore(Cx *cx, int max, int *count)
{
    static const char BEHIND[] = "SELECT id FROM plan WHERE org_id = :org AND state = 'active' AND made_until < :before AND archived_at IS NULL ORDER BY made_until, id LIMIT :max"; /* plan_by_state_made_until_id */
    int64_t days, legal;
    Ids ids = {new (cx->arena, Id, max), 0, max};
    int made;

    *count = 0;
    TRY(rule_value(cx, "plans.ahead_days", &days));
    TRY(rule_value(cx, "plans.statutory_ahead_days", &legal));
    TRY(sql_each(cx, BEHIND, IN(in_int("before", cx->now + ((days < legal ? days : legal) - 1) * DAY_US), in_int("max", max)), note_id, &ids));
    for (int i = 0; i < ids.count && *count < max; i++) {
        Record *plan;
        TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), ids.ids[i], &plan));
        TRY(plan_yield(cx, plan, MAX_AT_ONCE, &made));
        *count += 1 + made / 10;
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

/* A member of a preview as a Recur's: dates and times of the wall clock, `field` names it when it is none. */
static void read_moment(const Cx *cx, const json_t *body, const char *field, Instant *out, Problems *problems)
{
    if (!wall_parse(json_str(json_object_get(body, field)), cx->zone_min, out))
        problems_add(problems, str_of(field), json_object_get(body, field) == NULL ? "required" : "format", STR("应为项目当地时间，如 2026-01-05T08:00:00"),
                     STR("must be local time such as 2026-01-05T08:00:00"));
}

static void write_moments(const Cx *cx, Json *json, const Moments *moments)
{
    json_open(json, '[');
    for (ptrdiff_t i = 0; i < moments->count; i++)
        json_text(json, wall_text(cx->arena, moments->at[i], cx->zone_min));
    json_close(json, ']');
}

typedef struct {
    Recur recur;
    Instant from, before;
    int64_t max;
    Record *plan; /* NULL: of no plan */
    Str anchor;   /* empty: the plan's own */
} Preview;

static const Error *read_preview(Cx *cx, const json_t *body, Preview *out)
{
    static const char *const known[] = {"rrule", "dtstart", "from", "to", "max", "holidays", "exceptions", "season_from", "season_to", "plan", "anchor", NULL};
    Problems problems = problems_new(cx->arena);
    const json_t *rrule = json_object_get(body, "rrule"), *max = json_object_get(body, "max"), *days = json_object_get(body, "holidays"), *except = json_object_get(body, "exceptions");
    const char *key;
    json_t *value;
    Id id;

    if (!json_is_object(body))
        return error_new(cx->arena, ERR_BAD_REQUEST, STR("应为 JSON 对象"), STR("must be a JSON object"));
    json_object_foreach((json_t *)body, key, value) if (!names_have(known, key))
        problems_add(&problems, str_copy(cx->arena, str_of(key)), "unknown", STR("没有这一项"), STR("there is no such field"));
    *out = (Preview){.recur = {.rrule = str_trim(json_str(rrule)), .calendar = office(cx), .days_off = days_off_of(json_str(days)),
                               .season_from = (int)json_integer_value(json_object_get(body, "season_from")), .season_to = (int)json_integer_value(json_object_get(body, "season_to"))},
                     .max = max == NULL ? 100 : json_integer_value(max), .anchor = json_str(json_object_get(body, "anchor"))};
    if (out->anchor.len > 0 && !str_is(out->anchor, "fixed") && !str_is(out->anchor, "last_actual"))
        problems_add(&problems, STR("anchor"), "choice", STR("应为 fixed 或 last_actual"), STR("must be fixed or last_actual"));
    if (!json_is_string(rrule) || out->recur.rrule.len == 0)
        problems_add(&problems, STR("rrule"), rrule == NULL ? "required" : "format", STR("应为周期，如 FREQ=WEEKLY;BYDAY=MO"), STR("must be a rule such as FREQ=WEEKLY;BYDAY=MO"));
    if (days != NULL && !str_is(json_str(days), "none") && out->recur.days_off == DAYS_OFF_COUNT)
        problems_add(&problems, STR("holidays"), "choice", STR("应为 skip、before、after 或 none"), STR("must be one of skip, before, after, none"));
    if (out->recur.season_from < 0 || out->recur.season_from > 12 || out->recur.season_to < 0 || out->recur.season_to > 12)
        problems_add(&problems, STR("season_from"), "out_of_range", STR("应为 1 到 12 月"), STR("must be a month from 1 to 12"));
    if ((max != NULL && !json_is_integer(max)) || out->max < 1 || out->max > MAX_PREVIEW)
        problems_add(&problems, STR("max"), "out_of_range", str_format(cx->arena, "应为 1 到 %d", MAX_PREVIEW), str_format(cx->arena, "must be from 1 to %d", MAX_PREVIEW));
    read_moment(cx, body, "dtstart", &out->recur.start, &problems);
    out->from = out->recur.start;
    if (json_object_get(body, "from") != NULL)
        read_moment(cx, body, "from", &out->from, &problems);
    out->before = out->from + 366 * DAY_US;
    if (json_object_get(body, "to") != NULL) {
        read_moment(cx, body, "to", &out->before, &problems);
        out->before += json_str(json_object_get(body, "to")).len == 10 ? DAY_US : 1; /* both ends belong to it */
    }
    if (json_is_array(except)) {
        char *list = json_dumps(except, JSON_COMPACT);
        add_exceptions(cx->arena, str_copy(cx->arena, str_of(list)), &out->recur);
        free(list);
    }
    TRY(problems_error(&problems));
    TRY(recur_check(cx->arena, &out->recur, STR("rrule"), &problems));
    TRY(problems_error(&problems));
    if (json_object_get(body, "plan") == NULL)
        return OK;
    if (!str_to_id(json_str(json_object_get(body, "plan")), &id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return record_get(cx, kernel_type(cx->kernel, &plan_type), id, &out->plan);
}

/* What the plan would name from now on, as `follow` will have it. */
static const Error *previewed_moments(Cx *cx, const Preview *preview, const Tasks *tasks, Moments *out)
{
    const Record *plan = preview->plan;
    Instant horizon;
    bool has;

    *out = (Moments){.at = new (cx->arena, Instant, 1)};
    if (!record_in_state(plan, "active"))
        return OK;
    if (str_is(preview->anchor.len > 0 ? preview->anchor : record_text(plan, "anchor"), "last_actual")) {
        TRY(has_open_task(cx, plan, 0, &has));
        return has && tasks->count == 0 ? OK : next_moment(cx, plan, preview->recur, out);
    }
    TRY(plan_horizon(cx, plan, &horizon));
    if (record_int(plan, "made_until") > cx->now && record_int(plan, "made_until") < horizon)
        horizon = record_int(plan, "made_until"); /* what time alone will bring is no change */
    return recur_moments(cx->arena, &preview->recur, cx->now + 1, horizon, MAX_AT_ONCE, out);
}

/* What would become of the plan's tasks. */
static const Error *write_difference(Cx *cx, const Preview *preview, Json *json)
{
    Moments moments, adds, removes;
    Tasks tasks;

    TRY(find_coming(cx, preview->plan, &tasks));
    TRY(previewed_moments(cx, preview, &tasks, &moments));
    adds = (Moments){.at = new (cx->arena, Instant, moments.count + 1)};
    removes = (Moments){.at = new (cx->arena, Instant, tasks.count + 1)};
    for (ptrdiff_t i = 0; i < moments.count; i++)
        if (!has_task(&tasks, moments.at[i]))
            adds.at[adds.count++] = moments.at[i];
    for (ptrdiff_t i = 0; i < tasks.count; i++)
        if (!has_moment(&moments, record_int(tasks.list[i], "due_at")))
            removes.at[removes.count++] = record_int(tasks.list[i], "due_at");
    JSON_KEY(json, "adds");
    write_moments(cx, json, &adds);
    JSON_KEY(json, "removes");
    write_moments(cx, json, &removes);
    return OK;
}

const Error *plan_preview_json(Cx *cx, const json_t *body, Json *json)
{
    Preview preview;
    Moments moments;

    TRY(read_preview(cx, body, &preview));
    TRY(recur_moments(cx->arena, &preview.recur, preview.from, preview.before, preview.max, &moments));
    json_open(json, '{');
    JSON_KEY(json, "dates");
    write_moments(cx, json, &moments);
    JSON_BOOL(json, "more", moments.more);
    if (preview.plan != NULL)
        TRY(write_difference(cx, &preview, json));
    json_close(json, '}');
    return OK;
}

typedef struct {
    Json *json;
    int64_t most;
    Date monday;
} Load;

static const Error *load_row(Cx *cx, const Row *row, void *self)
{
    Load *load = self;
    Json *json = load->json;

    (void)cx;
    json_open(json, '{');
    JSON_KEY(json, "week");
    json_date(json, date_add(load->monday, (int)row_int(row, 0) * 7));
    JSON_ID(json, "person", row_int(row, 1));
    JSON_TEXT(json, "name", row_text(row, 2));
    JSON_INT(json, "tasks", row_int(row, 3));
    JSON_INT(json, "minutes", row_int(row, 4));
    JSON_BOOL(json, "over", row_int(row, 1) != 0 && row_int(row, 4) > load->most);
    json_close(json, '}');
    return OK;
}

const Error *plan_load_json(Cx *cx, Id project, Date from, Date to, Json *json)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    Load load = {.json = json, .monday = figure_week(from)};
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};

    if (to < from || date_to_days(to) - date_to_days(from) > LOAD_WEEKS * 7)
        return error_field(cx->arena, STR("to"), "out_of_range", str_format(cx->arena, "最多 %d 周", LOAD_WEEKS), str_format(cx->arena, "must be within %d weeks", LOAD_WEEKS));
    TRY(rule_value(cx, "plans.week_minutes", &load.most));
    buf_add_c(&sql, "SELECT s.week, s.person, coalesce((SELECT u.name FROM app_user u WHERE u.org_id = :org AND u.id = s.person), '') AS name, s.n, s.minutes FROM"
                    " (SELECT (t.due_at - :monday) / 604800000000 AS week, coalesce(t.assignee_id, 0) AS person, count(*) AS n, CAST(sum(coalesce(t.duration_min, 0)) AS BIGINT) AS minutes"
                    " FROM task t WHERE t.org_id = :org AND t.due_at >= :from AND t.due_at < :before AND t.state <> 'excused' AND t.archived_at IS NULL AND ");
    access_condition(cx, meta, &sql, &params);
    if (project != 0)
        buf_add_c(&sql, " AND t.project_id = :project"); /* task_by_project_id_due_at_id, task_by_due_at_id */
    buf_add_c(&sql, " GROUP BY 1, 2) s ORDER BY s.week, name, s.person");
    params_add(&params, "monday", value_int(date_to_instant(load.monday, 0, cx->zone_min)));
    params_add(&params, "project", value_int(project));
    params_add(&params, "from", value_int(date_to_instant(from, 0, cx->zone_min)));
    params_add(&params, "before", value_int(date_to_instant(to, 1440, cx->zone_min)));
    json_open(json, '{');
    JSON_KEY(json, "rows");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, load_row, &load));
    json_close(json, ']');
    JSON_INT(json, "week_minutes", load.most);
    json_close(json, '}');
    return OK;
}

typedef struct {
    Json *json;
    Instant from, before;
    int left;
} Coming;

/* When the plan's next tasks will be due that are not made yet. One that goes by when it was last done is told as if each were done on its day. */
static const Error *moments_to_come(Cx *cx, const Record *plan, const Coming *coming, Moments *out)
{
    static const char LAST[] = "SELECT coalesce(max(due_at), 0) FROM task WHERE org_id = :org AND plan_id = :plan AND archived_at IS NULL"; /* task_by_plan_id_due_at_part */
    Recur recur = plan_recur(cx, plan);
    Instant from = record_int(plan, "made_until"), last;

    if (goes_by_work(plan)) {
        TRY(sql_row(cx, LAST, IN(in_int("plan", plan->id)), OUT(out_int(&last))));
        if (last != 0)
            recur.start = last;
        from = recur.start + 1;
    }
    return recur_moments(cx->arena, &recur, from > coming->from ? from : coming->from, coming->before, MAX_A_DAY, out);
}

static const Error *coming_row(Cx *cx, const Row *row, void *self)
{
    Coming *coming = self;
    Record *plan = record_from_row(cx, kernel_type(cx->kernel, &plan_type), row);
    Moments moments;

    if (coming->left-- <= 0 || !goes_by_time(plan))
        return OK;
    TRY(moments_to_come(cx, plan, coming, &moments));
    if (moments.count == 0)
        return OK;
    json_open(coming->json, '{');
    JSON_ID(coming->json, "plan", plan->id);
    JSON_KEY(coming->json, "dates");
    write_moments(cx, coming->json, &moments);
    json_close(coming->json, '}');
    return OK;
}

const Error *plan_coming_json(Cx *cx, Id project, bool statutory, Date from, Date to, Json *json)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &plan_type);
    Coming coming = {json, date_to_instant(from, 0, cx->zone_min), date_to_instant(to, 1440, cx->zone_min), MAX_COMING};
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};

    if (to < from || date_to_days(to) - date_to_days(from) > LOAD_WEEKS * 7)
        return error_field(cx->arena, STR("to"), "out_of_range", str_format(cx->arena, "最多 %d 周", LOAD_WEEKS), str_format(cx->arena, "must be within %d weeks", LOAD_WEEKS));
    buf_format(&sql, "SELECT %s FROM plan t WHERE t.org_id = :org AND t.state = 'active' AND t.archived_at IS NULL AND ", meta->columns);
    access_condition(cx, meta, &sql, &params);
    if (project != 0)
        buf_add_c(&sql, " AND t.project_id = :project");
    if (statutory)
        buf_add_c(&sql, " AND t.statutory = 1");
    buf_add_c(&sql, " ORDER BY t.made_until, t.id LIMIT :max"); /* plan_by_state_made_until_id */
    params_add(&params, "project", value_int(project));
    params_add(&params, "max", value_int(MAX_COMING + 1));
    json_open(json, '{');
    JSON_KEY(json, "rows");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, coming_row, &coming));
    json_close(json, ']');
    JSON_BOOL(json, "more", coming.left < 0);
    json_close(json, '}');
    return OK;
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
