/* repair_today.c: what the day looks like from here: waiting, late, promised, kept, who is at work. */
#include "kernel/stats.h"
#include "kernel/timeline.h"
#include "modules/repair/repair_parts.h"

#define LATEST_EVENTS 30
#define SOON HOUR
#define OPEN "'reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting', 'finished'"

typedef struct {
    int64_t waiting, overdue, due_soon, promised, kept, respond_met, respond_n;
} Day;

/* Whose next step is it? The desk accepts and gives out, a lead gives out and prices, an engineer works, a resident
 * agrees to a price and confirms. */
static void add_waiting(const Cx *cx, Buf *sql)
{
    static const struct {
        uint64_t roles;
        const char *sql;
    } steps[] = {
        {DESK, "t.state IN ('reported', 'accepted')"},
        {R_ENG_LEAD, "t.state IN ('accepted', 'quoted')"},
        {R_ENGINEER | R_ENG_LEAD, "t.assignee_id = :me AND t.state IN ('assigned', 'working', 'quoted', 'waiting')"},
        {R_RESIDENT, "t.reporter_id = :party AND t.state IN ('quoted', 'finished')"},
    };

    buf_add_c(sql, "(0 = 1");
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if ((cx->actor->roles & steps[i].roles) != 0)
            buf_format(sql, " OR (%s)", steps[i].sql);
    buf_add_c(sql, ")");
}

#define SUM(condition) "CAST(coalesce(sum(CASE WHEN " condition " THEN 1 ELSE 0 END), 0) AS BIGINT)"
/* A promise of today: due today, and not done before. Kept: done in time. */
#define PROMISE(due, done) "(" due " >= :today AND " due " < :tomorrow AND (" done " IS NULL OR " done " >= :today))"
#define ARRIVE PROMISE("t.due_arrive_at", "t.first_arrived_at")
#define FINISH PROMISE("t.due_finish_at", "t.finish_done_at")
#define PROMISED SUM(ARRIVE) " + " SUM(FINISH)
#define KEPT SUM(ARRIVE " AND t.first_arrived_at IS NOT NULL AND t.first_arrive_met = 1") " + " SUM(FINISH " AND t.finish_done_at IS NOT NULL AND t.finish_met = 1")

static const Error *take_open(Cx *cx, const Row *row, void *self)
{
    Day *day = self;

    (void)cx;
    day->waiting += row_int(row, 0);
    day->overdue += row_int(row, 1);
    day->due_soon += row_int(row, 2);
    day->promised += row_int(row, 3);
    day->kept += row_int(row, 4);
    return OK;
}

static const Error *take_ended(Cx *cx, const Row *row, void *self)
{
    Day *day = self;

    (void)cx;
    day->promised += row_int(row, 0);
    day->kept += row_int(row, 1);
    return OK;
}

static const Error *take_responses(Cx *cx, const Row *row, void *self)
{
    Day *day = self;

    (void)cx;
    day->respond_n += row_int(row, 0);
    day->respond_met += row_int(row, 1);
    return OK;
}

/* All three walk an index over what is open or was done today, never over the past. */
static const Error *count_day(Cx *cx, Day *day)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &repair_type);
    Date today = instant_to_date(cx->now, cx->zone_min);
    Buf open = buf_new(cx->arena, 1 << 15), ended = buf_new(cx->arena, 1 << 15), responses = buf_new(cx->arena, 1 << 15);
    Params params = {0};

    params_add(&params, "today", value_int(date_to_instant(today, 0, cx->zone_min)));
    params_add(&params, "tomorrow", value_int(date_to_instant(date_add(today, 1), 0, cx->zone_min)));
    params_add(&params, "soon", value_int(cx->now + SOON));
    params_add(&params, "me", value_int(cx->actor->user));
    params_add(&params, "party", value_int(cx->actor->party));

    buf_add_c(&open, "SELECT CAST(coalesce(sum(CASE WHEN "); /* repair_by_state_id */
    add_waiting(cx, &open);
    buf_add_c(&open, " THEN 1 ELSE 0 END), 0) AS BIGINT), " SUM("t.next_due_at < coalesce(t.paused_at, :now)") ", "
                     SUM("t.paused_at IS NULL AND t.next_due_at >= :now AND t.next_due_at < :soon") ", " PROMISED ", " KEPT
                     " FROM repair t WHERE t.org_id = :org AND t.archived_at IS NULL"
                     " AND t.state IN (" OPEN ") AND ");
    access_condition(cx, meta, &open, &params);
    TRY(sql_each_built(cx, buf_str(&open), params.in, take_open, day));

    /* NOT IN: the confirmed and closed ones of all years must not be looked for by their state */
    buf_add_c(&ended, "SELECT " PROMISED ", " KEPT " FROM repair t WHERE t.org_id = :org AND t.finished_at >= :today" /* repair_by_finished_at_part */
                      " AND t.state NOT IN (" OPEN ", 'rejected', 'merged', 'cancelled') AND t.archived_at IS NULL AND ");
    access_condition(cx, meta, &ended, &params);
    TRY(sql_each_built(cx, buf_str(&ended), params.in, take_ended, day));

    buf_add_c(&responses, "SELECT count(*), " SUM("t.respond_met = 1") " FROM repair t WHERE t.org_id = :org" /* repair_by_respond_done_at_part */
                          " AND t.respond_done_at >= :today AND " SQL_COUNTED " AND ");
    access_condition(cx, meta, &responses, &params);
    buf_add_c(&responses, " UNION ALL SELECT count(*), 0 FROM repair t WHERE t.org_id = :org AND t.due_respond_at >= :today AND " SQL_RESPOND_LATE " AND ");
    access_condition(cx, meta, &responses, &params);
    return sql_each_built(cx, buf_str(&responses), params.in, take_responses, day);
}

static const Error *staff_json(Cx *cx, const Row *row, void *self)
{
    Json *json = self;

    (void)cx;
    json_open(json, '{');
    JSON_ID(json, "user", row_int(row, 0));
    JSON_TEXT(json, "name", row_text(row, 1));
    JSON_INT(json, "open", row_int(row, 2));
    JSON_INT(json, "working", row_int(row, 3));
    json_close(json, '}');
    return OK;
}

/* Engineers whom the caller may see, with what they have open. */
static const Error *add_staff(Cx *cx, Json *json)
{
    const RecordMeta *users = kernel_find(cx->kernel, STR("users"));
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};

    buf_add_c(&sql, "SELECT t.id, t.name, coalesce(w.open, 0), coalesce(w.working, 0) FROM app_user t LEFT JOIN (" /* repair_by_state_id */
                    "SELECT r.assignee_id, count(*) AS open, " SUM("r.state = 'working'") " AS working FROM repair r WHERE r.org_id = :org"
                    " AND r.state IN ('assigned', 'working', 'quoted', 'waiting') AND r.archived_at IS NULL GROUP BY r.assignee_id) w"
                    " ON w.assignee_id = t.id WHERE t.org_id = :org AND t.active = 1 AND t.archived_at IS NULL"
                    " AND t.id IN (SELECT g.user_id FROM role_grant g WHERE g.org_id = :org AND g.role = 'engineer') AND ");
    access_condition(cx, users, &sql, &params);
    buf_add_c(&sql, " ORDER BY t.name, t.id LIMIT 100");
    JSON_KEY(json, "staff");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, staff_json, json));
    json_close(json, ']');
    return OK;
}

const Error *repair_today_json(Cx *cx, Json *json)
{
    Day day = {0};

    TRY(count_day(cx, &day));
    JSON_INT(json, "waiting", day.waiting);
    JSON_INT(json, "overdue", day.overdue);
    JSON_INT(json, "due_soon", day.due_soon);
    JSON_INT(json, "promised_today", day.promised);
    JSON_INT(json, "kept_today", day.kept);
    JSON_KEY(json, "respond_share");
    json_open(json, '{');
    JSON_KEY(json, "value");
    if (day.respond_n == 0)
        json_none(json);
    else
        json_double(json, stats_share(day.respond_met, day.respond_n).value);
    JSON_INT(json, "n", day.respond_n);
    json_close(json, '}');
    TRY(add_staff(cx, json));
    JSON_KEY(json, "events");
    return timeline_latest_json(cx, kernel_type(cx->kernel, &repair_type), LATEST_EVENTS, json);
}
