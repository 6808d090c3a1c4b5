/* plan_show.c: what planners look at before and beside the records: a rule's dates, what a change would change, people's load, the dates of tasks that are
 * not made yet. Nothing is written here. */
#include "kernel/plan_parts.h"
#include "kernel/rule.h"

#include <stdlib.h>

#define MAX_PREVIEW 1000
#define LOAD_WEEKS 60
#define MAX_COMING 500 /* plans of one answer */
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
    *out = (Preview){.recur = {.rrule = str_trim(json_str(rrule)), .calendar = plan_office(cx), .days_off = plan_days_off(json_str(days)),
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
        plan_except(cx->arena, str_copy(cx->arena, str_of(list)), &out->recur);
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
static const Error *previewed_moments(Cx *cx, const Preview *preview, const PlanTasks *tasks, Moments *out)
{
    const Record *plan = preview->plan;
    Instant horizon;
    bool has;

    *out = (Moments){.at = new (cx->arena, Instant, 1)};
    if (!record_in_state(plan, "active"))
        return OK;
    if (str_is(preview->anchor.len > 0 ? preview->anchor : record_text(plan, "anchor"), "last_actual")) {
        TRY(plan_has_open_task(cx, plan, 0, &has));
        return has && tasks->count == 0 ? OK : plan_next_moment(cx, plan, preview->recur, out);
    }
    TRY(plan_horizon(cx, plan, &horizon));
    if (record_int(plan, "made_until") > cx->now && record_int(plan, "made_until") < horizon)
        horizon = record_int(plan, "made_until"); /* what time alone will bring is no change */
    return recur_moments(cx->arena, &preview->recur, cx->now + 1, horizon, PLAN_AT_ONCE, out);
}

/* What would become of the plan's tasks. */
static const Error *write_difference(Cx *cx, const Preview *preview, Json *json)
{
    Moments moments, adds, removes;
    PlanTasks tasks;

    TRY(plan_coming_tasks(cx, preview->plan, &tasks));
    TRY(previewed_moments(cx, preview, &tasks, &moments));
    adds = (Moments){.at = new (cx->arena, Instant, moments.count + 1)};
    removes = (Moments){.at = new (cx->arena, Instant, tasks.count + 1)};
    for (ptrdiff_t i = 0; i < moments.count; i++)
        if (!tasks_have(&tasks, moments.at[i]))
            adds.at[adds.count++] = moments.at[i];
    for (ptrdiff_t i = 0; i < tasks.count; i++)
        if (!moments_have(&moments, record_int(tasks.list[i], "due_at")))
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

    if (plan_goes_by_work(plan)) {
        TRY(sql_row(cx, LAST, IN(in_int("plan", plan->id)), OUT(out_int(&last))));
        if (last != 0)
            recur.start = last;
        from = recur.start + 1;
    }
    return recur_moments(cx->arena, &recur, from > coming->from ? from : coming->from, coming->before, PLAN_A_DAY, out);
}

static const Error *coming_row(Cx *cx, const Row *row, void *self)
{
    Coming *coming = self;
    Record *plan = record_from_row(cx, kernel_type(cx->kernel, &plan_type), row);
    Moments moments;

    if (coming->left-- <= 0 || !plan_goes_by_time(plan))
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
    buf_add_c(&sql, " ORDER BY t.id LIMIT :max"); /* plan_by_state_id */
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
