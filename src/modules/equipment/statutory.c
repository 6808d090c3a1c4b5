/* statutory.c: 法定日历, everything that the law makes due, on one page: plans with what was done of them and when the next times are, inspections of
 * machines and licences of contractors that no plan holds. What is done every day is not drawn: it is seen in its tasks. */
#include "kernel/plan.h"
#include "modules/equipment/equipment_parts.h"

#define MAX_ROWS 1000
#define MAX_DATES 5000 /* of tasks that are there */
#define MAX_AHEAD 60   /* of one plan, reckoned beyond its tasks */
/* On the plan p: not every single day. */
#define NOT_DAILY "NOT (coalesce(p.rrule, '') LIKE 'FREQ=DAILY%' AND p.rrule NOT LIKE '%INTERVAL%')"

typedef struct {
    Id plan, task;
    Date on;
    Str state;
    bool late, has_document;
} Done;

typedef struct {
    Json *json;
    Date from, to;
    Done *dates;
    int date_count, next; /* by plan: those of the plan at hand begin at `next` */
} Page;

static const Error *take_date(Cx *cx, const Row *row, void *self)
{
    Page *page = self;

    page->dates[page->date_count++] = (Done){row_int(row, 0), row_int(row, 1), instant_to_date(row_int(row, 2), cx->zone_min), str_copy(cx->arena, row_text(row, 3)), row_int(row, 4) != 0,
                                             !row_is_null(row, 5)};
    return OK;
}

static const Error *read_dates(Cx *cx, Page *page)
{
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};

    buf_add_c(&sql, "SELECT t.plan_id, t.id, t.due_at, t.state, CASE WHEN t.timing = 'late' THEN 1 ELSE 0 END, t.document FROM task t JOIN plan p ON p.org_id = t.org_id AND p.id = t.plan_id"
                    " WHERE t.org_id = :org AND t.statutory = 1 AND t.due_at >= :from AND t.due_at < :before AND t.archived_at IS NULL AND " NOT_DAILY " AND ");
    access_condition(cx, kernel_type(cx->kernel, &task_type), &sql, &params);
    buf_add_c(&sql, " ORDER BY t.plan_id, t.due_at LIMIT :most"); /* task_by_project_id_due_at_part */
    params_add(&params, "from", value_int(date_to_instant(page->from, 0, cx->zone_min)));
    params_add(&params, "before", value_int(date_to_instant(date_add(page->to, 1), 0, cx->zone_min)));
    params_add(&params, "most", value_int(MAX_DATES));
    page->dates = new (cx->arena, Done, MAX_DATES);
    return sql_each_built(cx, buf_str(&sql), params.in, take_date, page);
}

static void date_json(Json *json, Date on, Str state, Id task, bool has_document)
{
    json_open(json, '{');
    JSON_KEY(json, "on");
    json_date(json, on);
    JSON_TEXT(json, "state", state);
    JSON_ID(json, "task", task);
    JSON_BOOL(json, "document", has_document);
    json_close(json, '}');
}

/* Times that have no task yet, up to the page's end; of a plan that counts from when it was last done, only those that are tasks. */
static const Error *ahead_json(Cx *cx, const Page *page, const Record *plan)
{
    Recur recur = plan_recur(cx, plan);
    Instant after = record_int(plan, "made_until");
    Moments moments;

    if (!record_in_state(plan, "active") || record_is_null(plan, "rrule") || str_is(record_text(plan, "anchor"), "last_actual"))
        return OK;
    TRY(recur_moments(cx->arena, &recur, after, date_to_instant(date_add(page->to, 1), 0, cx->zone_min), MAX_AHEAD, &moments));
    for (ptrdiff_t i = 0; i < moments.count; i++)
        date_json(page->json, instant_to_date(moments.at[i], cx->zone_min), STR("planned"), 0, false);
    return OK;
}

static void row_head(Json *json, const char *kind, Str group, Str title, Str of, const char *resource, Id id)
{
    json_open(json, '{');
    JSON_C(json, "kind", kind);
    JSON_TEXT(json, "group", group.len == 0 ? STR("other") : group);
    JSON_TEXT(json, "title", title);
    JSON_TEXT(json, "of", of);
    JSON_C(json, "resource", resource);
    JSON_ID(json, "id", id);
}

/* A plan's row: its record, then the name of its checklist, the machine's, and its system. */
static const Error *plan_row(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    Json *json = page->json;
    const RecordMeta *meta = kernel_type(cx->kernel, &plan_type);
    Record *plan = record_from_row(cx, meta, row);
    int at = COL_FIELDS + meta->value_count;
    Str title = row_text(row, at), machine = row_text(row, at + 1);

    row_head(json, "plan", row_text(row, at + 2), title.len == 0 ? record_text(plan, "title") : title, machine.len == 0 ? record_text(plan, "title") : machine, "plans", plan->id);
    JSON_ID(json, "equipment", record_int(plan, "equipment"));
    JSON_KEY(json, "basis");
    record_is_null(plan, "legal_basis") ? json_none(json) : json_text(json, record_text(plan, "legal_basis"));
    JSON_KEY(json, "dates");
    json_open(json, '[');
    while (page->next < page->date_count && page->dates[page->next].plan < plan->id) /* of plans that are ended, or not seen */
        page->next++;
    for (; page->next < page->date_count && page->dates[page->next].plan == plan->id; page->next++) {
        const Done *done = &page->dates[page->next];
        date_json(json, done->on, done->late ? STR("late") : done->state, done->task, done->has_document);
    }
    TRY(ahead_json(cx, page, plan));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}

static const Error *plans_json(Cx *cx, Page *page)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &plan_type);
    Buf sql = buf_new(cx->arena, 1 << 16), seen = buf_new(cx->arena, 1 << 14);
    Params params = {0};

    access_condition(cx, meta, &seen, &params);
    buf_format(&sql, "SELECT %s, (SELECT c.%s FROM checklist_template c WHERE c.org_id = t.org_id AND c.id = t.checklist_template_id), e.name, y.system FROM plan t"
                     " LEFT JOIN equipment e ON e.org_id = t.org_id AND e.id = t.equipment_id LEFT JOIN equipment_type y ON y.org_id = e.org_id AND y.code = e.type AND y.archived_at IS NULL"
                     " WHERE t.org_id = :org AND t.statutory = 1 AND t.state <> 'ended' AND t.archived_at IS NULL AND %.*s",
               meta->columns, cx->lang == LANG_ZH ? "name" : "name_en", STR_ARG(buf_str(&seen)));
    buf_add_c(&sql, " AND t.id IN (SELECT p.id FROM plan p WHERE p.org_id = :org AND " NOT_DAILY ") ORDER BY t.id LIMIT :most");
    params_add(&params, "most", value_int(MAX_ROWS));
    return sql_each_built(cx, buf_str(&sql), params.in, plan_row, page);
}

static const Error *single_row(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    Date on = (Date)row_int(row, 5);

    row_head(page->json, str_is(row_text(row, 0), "licence") ? "licence" : "inspection", row_text(row, 1), row_text(row, 2), row_text(row, 3),
             str_is(row_text(row, 0), "licence") ? "contractors" : "equipment", row_int(row, 4));
    JSON_ID(page->json, "equipment", str_is(row_text(row, 0), "licence") ? 0 : row_int(row, 4));
    JSON_KEY(page->json, "basis");
    json_none(page->json);
    JSON_KEY(page->json, "dates");
    json_open(page->json, '[');
    date_json(page->json, on, on < instant_to_date(cx->now, cx->zone_min) ? STR("missed") : STR("planned"), 0, false);
    json_close(page->json, ']');
    json_close(page->json, '}');
    return OK;
}

/* Inspections that no plan of the machine holds, and licences. */
static const Error *singles_json(Cx *cx, Page *page)
{
    Buf sql = buf_new(cx->arena, 1 << 16);
    Params params = {0};

    buf_format(&sql, "SELECT x.kind, x.system, x.title, x.name, x.id, x.day FROM (SELECT 'inspection' AS kind, y.system AS system, %s AS title, t.name AS name, t.id AS id, t.next_inspection AS day"
                     " FROM equipment t LEFT JOIN equipment_type y ON y.org_id = t.org_id AND y.code = t.type AND y.archived_at IS NULL"
                     " WHERE t.org_id = :org AND t.next_inspection <= :to AND t.state <> 'scrapped' AND t.archived_at IS NULL" /* equipment_by_next_inspection_id_part */
                     " AND NOT EXISTS (SELECT 1 FROM plan p WHERE p.org_id = t.org_id AND p.equipment_id = t.id AND p.statutory = 1 AND p.state <> 'ended' AND p.archived_at IS NULL) AND ",
               cx->lang == LANG_ZH ? "'定期检验'" : "'Periodic inspection'");
    access_condition(cx, kernel_type(cx->kernel, &equipment_type), &sql, &params);
    buf_format(&sql, " UNION ALL SELECT 'licence', 'other', %s, t.name, t.id, t.licence_until FROM contractor t WHERE t.org_id = :org AND t.licence_until <= :to AND t.archived_at IS NULL AND ",
               cx->lang == LANG_ZH ? "'外包单位资质'" : "'Contractor''s licence'");
    access_condition(cx, kernel_type(cx->kernel, &contractor_type), &sql, &params);
    buf_add_c(&sql, ") x ORDER BY x.day, x.id LIMIT :most");
    params_add(&params, "to", value_int(page->to));
    params_add(&params, "most", value_int(MAX_ROWS));
    return sql_each_built(cx, buf_str(&sql), params.in, single_row, page);
}

const Error *equipment_statutory_json(Cx *cx, Date from, Date to, Json *json)
{
    Page page = {.json = json, .from = from, .to = to};

    json_open(json, '{');
    JSON_KEY(json, "from");
    json_date(json, from);
    JSON_KEY(json, "to");
    json_date(json, to);
    JSON_KEY(json, "groups");
    json_open(json, '[');
    for (const Choice *system = equipment_systems; system->value != NULL; system++) {
        json_open(json, '{');
        JSON_C(json, "group", system->value);
        JSON_C(json, "label", cx->lang == LANG_ZH ? system->zh : system->en);
        json_close(json, '}');
    }
    json_close(json, ']');
    TRY(read_dates(cx, &page));
    JSON_KEY(json, "rows");
    json_open(json, '[');
    TRY(plans_json(cx, &page));
    TRY(singles_json(cx, &page));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
