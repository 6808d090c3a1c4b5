/* sums.c: 应收累计, what is receivable, paid and open of charges, by the day they are due: moved with each charge (kernel/sums.h), so that the collection
 * rate, the ages of what is owed and the arrears of a company are some thousand rows, however many charges there are. */
#include "kernel/sums.h"
#include "modules/billing/billing_parts.h"

static const Column columns[] = {{"project_id", C_INT, true}, {"due_at", C_INT, true},         {"building_id", C_INT, true}, {"item", C_TEXT, true},
                                 {"tariff_id", C_INT, true},  {"run_id", C_INT, true},         {"late", C_INT, true}, /* it is a late fee */
                                 {"receivable_fen", C_INT, true}, {"paid_fen", C_INT, true}, {"open_fen", C_INT, true}, {0}};
static const Index indexes[] = {{"due_at"}, {0}};
const Table charge_sum_table = {"charge_sum", columns, .key = "project_id, due_at, building_id, item, tariff_id, run_id, late", .indexes = indexes};
static const SumsTable charge_sum = {
    "INSERT INTO charge_sum (org_id, project_id, due_at, building_id, item, tariff_id, run_id, late, receivable_fen, paid_fen, open_fen)"
    " VALUES (:org, :k0, :k1, :k2, :k3, :k4, :k5, :k6, :a0, :a1, :a2) ON CONFLICT (org_id, project_id, due_at, building_id, item, tariff_id, run_id, late)"
    " DO UPDATE SET receivable_fen = charge_sum.receivable_fen + excluded.receivable_fen, paid_fen = charge_sum.paid_fen + excluded.paid_fen,"
    " open_fen = charge_sum.open_fen + excluded.open_fen",
    .keys = 7, .amounts = 3};

/* What a charge counts for: nothing when it is reversed, or the mirror of one that is. */
static void add_counts(int64_t sign, bool stands, int64_t receivable, int64_t off, int64_t open, int64_t *by)
{
    if (!stands)
        return;
    by[0] += sign * receivable;
    by[1] += sign * (receivable - off - open);
    by[2] += sign * open;
}

void charge_sums(Cx *cx, const Record *charge)
{
    Sum sum = {.of = &charge_sum,
               .keys = {value_int(charge->project), value_int(record_int(charge, "due_at")), value_int(charge->building), value_text(record_text(charge, "item")),
                        value_int(record_int(charge, "tariff")), value_int(record_int(charge, "run")), value_int(!record_is_null(charge, "late_of"))}};
    int reversed = meta_state(charge->meta, STR("reversed"));

    add_counts(-1, charge->before != NULL && charge->state_kept != reversed, record_int_kept(charge, "amount_fen") - record_int_kept(charge, "reduced_fen"),
               record_int_kept(charge, "off_fen"), record_int_kept(charge, "open_fen"), sum.by);
    add_counts(1, charge->state != reversed, record_int(charge, "amount_fen") - record_int(charge, "reduced_fen"), record_int(charge, "off_fen"),
               record_int(charge, "open_fen"), sum.by);
    if (sum.by[0] != 0 || sum.by[1] != 0 || sum.by[2] != 0)
        sums_add(cx, &sum);
}

const Error *charge_sums_check(Cx *cx, BadFn *bad, void *self)
{
    static const char SUMS[] = /* each less what it is the sum of */
        "SELECT 'charges due on' AS thing, x.due_at FROM (SELECT project_id, due_at, building_id, item, tariff_id, run_id, late, receivable_fen AS receivable, paid_fen AS paid, open_fen AS open"
        " FROM charge_sum WHERE org_id = :org UNION ALL SELECT coalesce(project_id, 0), coalesce(due_at, 0), coalesce(building_id, 0), item, tariff_id, coalesce(run_id, 0),"
        " CASE WHEN late_of_id IS NULL THEN 0 ELSE 1 END, -" SQL_RECEIVABLE("") ", -" SQL_PAID("") ", -open_fen FROM charge WHERE org_id = :org AND state <> 'reversed') x"
        " GROUP BY x.project_id, x.due_at, x.building_id, x.item, x.tariff_id, x.run_id, x.late HAVING sum(x.receivable) <> 0 OR sum(x.paid) <> 0 OR sum(x.open) <> 0 LIMIT 100";

    return event_faults(cx, SUMS, "their sum differs from the charges", bad, self);
}

/* By what they are told apart: the key, and its label. Late fees that were made charges are a row of their own where items are. */
static const struct {
    const char *by, *key, *label;
} splits[] = {
    {"item", "CASE WHEN t.late = 1 THEN '' ELSE t.item END", "(SELECT max(l.name) FROM tariff l WHERE l.org_id = :org AND l.code = g.k)"},
    {"building", "t.building_id", "(SELECT l.name FROM space l WHERE l.org_id = :org AND l.id = g.k)"},
    {"project", "t.project_id", "(SELECT l.name FROM project l WHERE l.org_id = :org AND l.id = g.k)"},
    {"month", "t.due_at", NULL}, {"year", "t.due_at", NULL},
};
#define AGES 5
static const int ages[AGES - 1] = {30, 90, 180, 365};

/* What is told of one key. */
typedef struct {
    Value key;
    Str label;
    int64_t receivable, paid, open, parts[AGES];
} Part;
typedef struct {
    Json *json;
    bool in_time, months;
    Part part, total;
    bool has_part;
} Parts;

static void fens_json(Json *json, const Part *part)
{
    JSON_INT(json, "receivable_fen", part->receivable);
    JSON_INT(json, "paid_fen", part->paid);
    JSON_INT(json, "written_off_fen", part->receivable - part->paid - part->open);
    JSON_INT(json, "open_fen", part->open);
    JSON_KEY(json, "overdue_fen");
    json_open(json, '[');
    for (int i = 0; i < AGES; i++)
        json_int(json, part->parts[i]);
    json_close(json, ']');
}

static void end_part(const Cx *cx, Parts *parts)
{
    const Part *part = &parts->part;
    Json *json = parts->json;
    bool zh = cx->lang == LANG_ZH;
    Str key = part->key.kind == V_TEXT ? part->key.s : str_format(cx->arena, "%lld", (long long)part->key.n), label = part->label.len > 0 ? part->label : key;

    if (!parts->has_part)
        return;
    if (parts->in_time)
        key = label = parts->months ? str_format(cx->arena, "%04d-%02d", (int)part->key.n / 10000, (int)part->key.n / 100 % 100) : str_format(cx->arena, "%04d", (int)part->key.n / 10000);
    else if (part->key.kind == V_TEXT && part->key.s.len == 0)
        key = STR("late"), label = zh ? STR("违约金") : STR("Late fees");
    else if (part->key.kind == V_INT && part->key.n == 0)
        key = STR("none"), label = zh ? STR("未填") : STR("None");
    json_open(json, '{');
    JSON_TEXT(json, "key", key);
    JSON_TEXT(json, "label", label);
    fens_json(json, part);
    json_close(json, '}');
    parts->has_part = false;
}

static void add_part(Part *to, const Part *from)
{
    to->receivable += from->receivable;
    to->paid += from->paid;
    to->open += from->open;
    for (int i = 0; i < AGES; i++)
        to->parts[i] += from->parts[i];
}

/* Rows come by key; of months and years, days in their order. */
static const Error *take_part(Cx *cx, const Row *row, void *self)
{
    Parts *parts = self;
    Part part = {.key = row_value_copy(cx, row, 0), .label = str_copy(cx->arena, row_text(row, 1)), .receivable = row_int(row, 2), .paid = row_int(row, 3), .open = row_int(row, 4)};

    for (int i = 0; i < AGES; i++)
        part.parts[i] = row_int(row, 5 + i);
    if (parts->in_time) {
        Date day = instant_to_date(part.key.n, cx->zone_min);
        part.key.n = parts->months ? day / 100 * 100 + 1 : day / 10000 * 10000 + 101;
    }
    if (parts->has_part && !value_eq(parts->part.key, part.key))
        end_part(cx, parts);
    if (!parts->has_part)
        parts->part = (Part){.key = part.key, .label = part.label};
    parts->has_part = true;
    add_part(&parts->part, &part);
    add_part(&parts->total, &part);
    return OK;
}

/* Overdue by the days since it was due: up to 30, 90, 180, 365, and longer. One that was due on the 31st is 30 days old on the 30th. */
static void add_ages(const Cx *cx, Buf *sql, Params *params)
{
    static const char *const names[] = {"age0", "age1", "age2", "age3"};
    Date today = instant_to_date(cx->now, cx->zone_min);

    for (int i = 0; i < AGES - 1; i++)
        params_add(params, names[i], value_int(date_to_instant(date_add(today, -ages[i]), 0, cx->zone_min)));
    for (int i = 0; i < AGES; i++) {
        buf_format(sql, ", CAST(sum(CASE WHEN t.due_at < %s", i == 0 ? ":now" : str_to_c(cx->arena, str_format(cx->arena, ":%s", names[i - 1])));
        if (i < AGES - 1)
            buf_format(sql, " AND t.due_at >= :%s", names[i]);
        buf_format(sql, " AND t.due_at > 0 THEN t.open_fen ELSE 0 END) AS BIGINT) AS a%d", i);
    }
}

static const Error *each_part(Cx *cx, Parts *parts, int split, Id project, Date from, Date to)
{
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};

    buf_format(&sql, "SELECT g.k, %s, g.receivable, g.paid, g.open, g.a0, g.a1, g.a2, g.a3, g.a4 FROM (SELECT %s AS k, CAST(sum(t.receivable_fen) AS BIGINT) AS receivable,"
                     " CAST(sum(t.paid_fen) AS BIGINT) AS paid, CAST(sum(t.open_fen) AS BIGINT) AS open", parts->in_time ? "''" : splits[split].label, splits[split].key);
    add_ages(cx, &sql, &params);
    buf_format(&sql, " FROM charge_sum t WHERE t.org_id = :org AND t.due_at >= :from AND t.due_at < :before%s GROUP BY 1) g ORDER BY %s",
               project == 0 ? "" : " AND t.project_id = :project", parts->in_time ? "g.k" : "g.receivable DESC, g.k"); /* charge_sum_pkey, charge_sum_by_due_at */
    params_add(&params, "from", value_int(from == 0 ? 0 : date_to_instant(from, 0, cx->zone_min)));
    params_add(&params, "before", value_int(to == 0 ? NEVER : date_to_instant(date_add(to, 1), 0, cx->zone_min)));
    params_add(&params, "project", value_int(project));
    return sql_each_built(cx, buf_str(&sql), params.in, take_part, parts);
}

const Error *charge_sums_json(Cx *cx, Id project, Str by, Date from, Date to, Json *json)
{
    Parts parts = {.json = json};
    size_t at = 0;

    while (at < COUNT_OF(splits) && !str_is(by, splits[at].by))
        at++;
    if (at == COUNT_OF(splits))
        return error_field(cx->arena, STR("by"), "choice", STR("应为 item building project month year 之一"), STR("must be one of item building project month year"));
    parts.in_time = splits[at].label == NULL;
    parts.months = str_is(by, "month");
    json_open(json, '{');
    JSON_KEY(json, "ages");
    json_open(json, '[');
    for (int i = 0; i < AGES - 1; i++)
        json_int(json, ages[i]);
    json_close(json, ']');
    JSON_KEY(json, "rows");
    json_open(json, '[');
    TRY(each_part(cx, &parts, (int)at, project, from, to));
    end_part(cx, &parts);
    json_close(json, ']');
    JSON_KEY(json, "total");
    json_open(json, '{');
    fens_json(json, &parts.total);
    json_close(json, '}');
    json_close(json, '}');
    return OK;
}
