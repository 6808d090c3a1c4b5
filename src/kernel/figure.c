#include "kernel/figure.h"
#include "kernel/stats.h"
#include "kernel/tally.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_FIGURE_SQL (1 << 17)
#define FIRST_DAY 19700101
#define LAST_DAY 99991230
#define MAX_EMPTY_ROWS 1000 /* one after the other, of a rate: twenty years of weeks */

typedef enum { BY_ALL, BY_FIELD, BY_WEEK, BY_MONTH, BY_YEAR } ByKind;

/* What is asked for. */
typedef struct {
    const Figure *figure;
    const RecordMeta *meta;
    ListQuery list;            /* the caller's scope and filters */
    const QueryParam *filters; /* as given, for the rows' own filters */
    int filter_count;
    Date from, to; /* inclusive; 0: no bound */
    ByKind by;
    const char *by_name;
    const char *key;      /* SQL on t */
    const FigureKey *own; /* it is no field; NULL: it is one */
    const FigureSums *sums; /* what answers; NULL: the records */
    bool tallied;           /* or the days' tally: of what the caller sees by project, with what he sees by more than that beside it (access_by_project) */
    Str by_project, by_more;
    Id project;             /* of the tally that is asked for; 0: all */
    const RecordMeta *of; /* what the key refers to, for its label */
    bool by_code, by_building, of_each; /* of_each: by the records themselves */
    Json *json;
    /* the row that is being gathered: one day or key after the other */
    bool has_row;
    Value row_key;
    Str row_label;
    Date row_from;
    int64_t n, met;
    int64_t whole; /* of a rate: the records it is taken of, in the projects and buildings asked for; -1: cannot be said */
} Ask;

static const Error *read_params(Cx *cx, Ask *ask, const QueryParam *params, int count);
static const Error *ask_tally(Cx *cx, Ask *ask);
static void add_counted(Buf *sql, const Ask *ask, bool done, Str beside);
static Str build_statement(Cx *cx, const Ask *ask, Params *params);
static const Error *add_group(Cx *cx, const Row *row, void *self);
static void end_row(Cx *cx, Ask *ask);
static void fill_until(Cx *cx, Ask *ask, Date first);
static const Error *count_of(Cx *cx, const Ask *ask, Id building, int64_t *out);
static const Error *measure_json(Cx *cx, Ask *ask);

const Figure *figure_find(const Kernel *kernel, Str name)
{
    for (const Module *const *module = kernel->modules; *module != NULL; module++)
        for (int i = 0; i < (*module)->figure_count; i++)
            if (str_is(name, (*module)->figures[i].name))
                return &(*module)->figures[i];
    return NULL;
}

bool figure_may(const Actor *actor)
{
    return actor != NULL && (actor->is_system || (actor->roles & STAFF) != 0);
}

static Str words(const Cx *cx, const char *zh, const char *en)
{
    return str_of(cx->lang == LANG_ZH ? zh : en);
}

void figure_list_json(const Cx *cx, Json *json)
{
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (const Module *const *module = cx->kernel->modules; *module != NULL; module++)
        for (int i = 0; i < (*module)->figure_count; i++) {
            const Figure *figure = &(*module)->figures[i];
            json_open(json, '{');
            JSON_C(json, "name", figure->name);
            JSON_C(json, "kind", figure->measure != NULL ? "measure" : figure->of != NULL ? "rate" : figure->met != NULL ? "share" : "count");
            JSON_TEXT(json, "label", words(cx, figure->zh, figure->en));
            JSON_C(json, "resource", figure->type->resource);
            JSON_TEXT(json, "method", words(cx, figure->method_zh, figure->method_en));
            JSON_C(json, "unit", figure->unit != NULL ? figure->unit : figure->met != NULL ? "share" : figure->amount != NULL ? "fen" : figure->per != 0 ? "rate" : "count");
            JSON_C(json, "counts", figure->amount != NULL ? "fen" : "count");
            JSON_KEY(json, "by");
            json_open(json, '[');
            for (const char *const *by = figure->by; *by != NULL; by++)
                json_c(json, *by);
            json_c(json, "week");
            json_c(json, "month");
            json_c(json, "year");
            json_close(json, ']');
            json_close(json, '}');
        }
    json_close(json, ']');
    json_close(json, '}');
}

Date figure_week(Date day)
{
    return date_add(day, -date_weekday(day));
}

Date figure_month(Date day)
{
    return day / 100 * 100 + 1;
}

Date figure_year(Date day)
{
    return day / 10000 * 10000 + 101;
}

static bool is_in_time(const Ask *ask)
{
    return ask->by == BY_WEEK || ask->by == BY_MONTH || ask->by == BY_YEAR;
}

/* The week, month or year of a day by its first day, and the next one's. */
static Date period_of(const Ask *ask, Date day)
{
    return ask->by == BY_WEEK ? figure_week(day) : ask->by == BY_YEAR ? figure_year(day) : figure_month(day);
}

static Date period_after(const Ask *ask, Date first)
{
    return ask->by == BY_WEEK ? date_add(first, 7) : date_months_on(first, ask->by == BY_YEAR ? 12 : 1);
}

static const FigureKey *find_key(const Figure *figure, Str name)
{
    for (const FigureKey *key = figure->keys; key != NULL && key->name != NULL; key++)
        if (str_is(name, key->name))
            return key;
    return NULL;
}

/* Does the table of sums know all that is asked: by filters that it has, and by a caller whose sight rests on project and building alone? */
static bool sums_know(const Cx *cx, const Ask *ask)
{
    const FigureSums *sums = ask->figure->sums;

    if (sums == NULL || ask->meta->hide_by != NULL || (ask->by == BY_FIELD && ask->own == NULL && !names_have(sums->fields, ask->by_name)))
        return false;
    for (int i = 0; i < ask->meta->type->sight_count; i++)
        if (ask->meta->type->sights[i].sql != NULL && !cx->actor->is_system && (cx->actor->roles & ask->meta->type->sights[i].roles) != 0)
            return false;
    for (int i = 0; i < ask->filter_count; i++) {
        Str inside = str_cut(ask->filters[i].name, 7, ask->filters[i].name.len), rest;
        if (!names_have(sums->fields, str_to_c(cx->arena, str_split(inside, ']', &rest))))
            return false;
    }
    return true;
}

const Error *figure_json(Cx *cx, const Figure *figure, const QueryParam *params, int count, Json *json)
{
    Ask ask = {.figure = figure, .meta = kernel_type(cx->kernel, figure->type), .json = json};
    Date today = instant_to_date(cx->now, cx->zone_min);
    Params in;
    Str sql;

    TRY(read_params(cx, &ask, params, count));
    if (figure->measure != NULL)
        return measure_json(cx, &ask);
    ask.sums = sums_know(cx, &ask) ? figure->sums : NULL;
    TRY(ask_tally(cx, &ask));
    in = ask.list.params;
    sql = build_statement(cx, &ask, &in);
    TRY(count_of(cx, &ask, 0, &ask.whole));
    json_open(json, '{');
    JSON_KEY(json, "rows");
    json_open(json, '[');
    if (ask.by == BY_ALL) /* there is always one */
        ask.has_row = true, ask.row_label = words(cx, "全部", "All");
    TRY(sql_each_built(cx, sql, in.in, add_group, &ask));
    end_row(cx, &ask);
    fill_until(cx, &ask, period_after(&ask, period_of(&ask, ask.to == 0 || ask.to > today ? today : ask.to)));
    json_close(json, ']');
    JSON_TEXT(json, "method", words(cx, figure->method_zh, figure->method_en));
    json_close(json, '}');
    return OK;
}

/* What a figure can be told apart by, in words for an error. */
static Str by_words(const Cx *cx, const Figure *figure)
{
    Buf text = buf_new(cx->arena, 1000);

    for (const char *const *by = figure->by; *by != NULL; by++)
        buf_format(&text, "%s ", *by);
    buf_add_c(&text, "week month year");
    return buf_str(&text);
}

static void read_by(Cx *cx, Ask *ask, Str text, Problems *problems)
{
    const FieldMeta *field = meta_field(ask->meta, text);
    const char *name = str_to_c(cx->arena, text);

    ask->by_name = name;
    if (str_is(text, "week") || str_is(text, "month") || str_is(text, "year")) {
        ask->by = str_is(text, "week") ? BY_WEEK : str_is(text, "month") ? BY_MONTH : BY_YEAR;
    } else if (!names_have(ask->figure->by, name)) {
        problems_add(problems, STR("by"), "choice", str_format(cx->arena, "应为 %.*s 之一", STR_ARG(by_words(cx, ask->figure))),
                     str_format(cx->arena, "must be one of %.*s", STR_ARG(by_words(cx, ask->figure))));
    } else if (str_is(text, ask->meta->type->name)) { /* each for itself */
        ask->by = BY_FIELD;
        ask->key = "t.id";
        ask->of = ask->meta;
        ask->of_each = true;
    } else if (str_is(text, "building")) {
        ask->by = BY_FIELD;
        ask->key = "t.building_id";
        ask->by_building = true;
        ask->of = kernel_find(cx->kernel, STR("spaces"));
    } else if ((ask->own = find_key(ask->figure, text)) != NULL) {
        ask->by = BY_FIELD;
        ask->key = ask->own->sql;
        ask->of = kernel_find(cx->kernel, str_of(ask->own->to));
    } else {
        ask->by = BY_FIELD;
        ask->key = str_to_c(cx->arena, str_format(cx->arena, "t.\"%s\"", field->column));
        ask->of = field->to;
        ask->by_code = field->field->type == T_CODE;
    }
}

static void read_day(Ask *ask, const QueryParam *param, Date *out, Problems *problems)
{
    (void)ask;
    if (!date_parse(param->value, out) || *out < FIRST_DAY || *out > LAST_DAY)
        problems_add(problems, param->name, "format", STR("应为日期，如 2026-11-23"), STR("must be a date such as 2026-11-23"));
}

static const Error *read_params(Cx *cx, Ask *ask, const QueryParam *params, int count)
{
    QueryParam *filters = new (cx->arena, QueryParam, count + 1);
    Problems problems = problems_new(cx->arena);
    const Error *error;

    ask->filters = filters;
    for (int i = 0; i < count; i++) {
        const QueryParam *param = &params[i];
        if (str_starts(param->name, STR("filter["))) { /* repeated ones are found by list_parse */
            filters[ask->filter_count++] = *param;
            continue;
        }
        for (int k = 0; k < i; k++)
            if (str_eq(params[k].name, param->name)) {
                problems_add(&problems, param->name, "repeated", STR("参数重复"), STR("the parameter is given twice"));
                break;
            }
        if (str_is(param->name, "from"))
            read_day(ask, param, &ask->from, &problems);
        else if (str_is(param->name, "to"))
            read_day(ask, param, &ask->to, &problems);
        else if (str_is(param->name, "by"))
            read_by(cx, ask, param->value, &problems);
        else
            problems_add(&problems, param->name, "unknown", STR("没有这个参数"), STR("there is no such parameter"));
    }
    if (problems.count == 0 && ask->from != 0 && ask->to != 0 && ask->to < ask->from)
        problems_add(&problems, STR("to"), "out_of_range", STR("不能早于 from"), STR("must not be before from"));
    error = list_parse(cx, ask->meta, filters, ask->filter_count, NULL, &ask->list);
    if (error != OK && error->code != ERR_INVALID)
        return error;
    for (const FieldProblem *problem = error == OK ? NULL : error->fields; problem != NULL; problem = problem->next)
        problems_add(&problems, problem->field, problem->code, problem->zh, problem->en);
    return problems_error(&problems);
}

/* Is anything of this type hidden from the caller, as what is about him is? */
static const Error *is_hidden(Cx *cx, const RecordMeta *meta, bool *hidden)
{
    static const char FIND[] = "SELECT from_id FROM link WHERE org_id = :org AND to_id = :me AND hides = 1 LIMIT 1"; /* link_by_to_id_from_id */
    int64_t id;

    *hidden = false;
    return meta->hide_by == NULL || cx->actor->is_system ? OK : sql_find(cx, FIND, IN(in_int("me", cx->actor->user)), OUT(out_int(&id)), hidden);
}

/* The tally answers where no more is asked than it knows: by whole days and one part, for projects, by a caller from whom nothing is hidden. */
static const Error *ask_tally(Cx *cx, Ask *ask)
{
    const Figure *figure = ask->figure;
    Buf where = buf_new(cx->arena, 1 << 14), more = buf_new(cx->arena, 1 << 14);
    bool hidden, ready;

    if (!figure->tallied || ask->own != NULL || ask->of_each)
        return OK;
    if (!access_by_project(cx, ask->meta, &where, &more))
        return OK;
    TRY(is_hidden(cx, ask->meta, &hidden));
    if (hidden)
        return OK;
    TRY(tally_is_ready(cx, figure, ask->by == BY_FIELD ? ask->by_name : NULL, &ready));
    if (!ready)
        return OK;
    ask->by_more = buf_str(&more);
    ask->by_project = buf_str(&where);
    for (int i = 0; i < ask->filter_count; i++)
        if (!str_is(ask->filters[i].name, "filter[project]") || !str_to_id(ask->filters[i].value, &ask->project))
            return OK;
    ask->tallied = true;
    return OK;
}

/* What was done by the days' tally, and beside it those records that are in none or that the caller sees for another reason than the project: few, and found
 * by that reason's index. */
static void add_tallied(const Cx *cx, Buf *sql, const Ask *ask)
{
    buf_format(sql, "SELECT %s AS k, %s AS d, sum(t.n) AS n, sum(t.met) AS m FROM tally t WHERE t.org_id = :org AND t.figure = :tally_figure AND t.part = :tally_part"
                    " AND t.day >= :tally_from AND t.day < :tally_before AND %.*s%s GROUP BY 1, 2 HAVING sum(t.n) <> 0",
               ask->by == BY_FIELD ? tally_key(ask->meta, ask->by_name) : "0", is_in_time(ask) ? "t.day" : "0", STR_ARG(ask->by_project),
               ask->project != 0 ? " AND t.project_id = :tally_project" : ""); /* tally_pkey */
    if (ask->meta->type->confidential != NULL) {
        buf_add_c(sql, " UNION ALL ");
        add_counted(sql, ask, true, str_format(cx->arena, " AND t.\"%s\" = 1", ask->meta->type->confidential));
    }
    if (ask->by_more.len > 0) {
        buf_add_c(sql, " UNION ALL ");
        add_counted(sql, ask, true, str_format(cx->arena, " AND %.*s AND NOT %.*s%s", STR_ARG(ask->by_more), STR_ARG(ask->by_project), access_open_only(ask->meta, cx->arena)));
    }
}

/* A part of the statement: those done (`beside`: only those, a few), grouped, or those overdue, one by one (they are few, and never good). Not grouping
 * these keeps the engine from walking the key's index over everything instead of the open states' index. */
static void add_counted(Buf *sql, const Ask *ask, bool done, Str beside)
{
    const Figure *figure = ask->figure;
    const char *day = done ? figure->day : figure->due_day, *by_day = beside.len > 0 ? "+" : "", *condition = done ? figure->done : figure->due;
    const char *amount = ask->sums != NULL ? ask->sums->amount : figure->amount, *met = ask->sums != NULL ? ask->sums->met : figure->met;

    buf_format(sql, "SELECT %s AS k, ", ask->key != NULL ? ask->key : "0");
    if (is_in_time(ask)) /* whole days since 1970 in the project's time */
        buf_format(sql, "(%s + :zone_us) / 86400000000 AS d, ", day);
    else
        buf_add_c(sql, "0 AS d, ");
    if (!done)
        buf_add_c(sql, "1 AS n, 0 AS m");
    else if (amount != NULL)
        buf_format(sql, "coalesce(sum(%s), 0) AS n, coalesce(sum(%s), 0) AS m", amount, met == NULL ? "0" : met);
    else if (met == NULL)
        buf_add_c(sql, "count(*) AS n, 0 AS m");
    else
        buf_format(sql, "count(*) AS n, sum(CASE WHEN %s THEN 1 ELSE 0 END) AS m", met);
    if (ask->sums != NULL)
        buf_format(sql, " FROM %s t WHERE t.org_id = :org AND %s >= :day_from AND %s < :day_before", ask->sums->from, day, day);
    else /* the plus: not by the day's index */
        buf_format(sql, " FROM \"%s\" t WHERE t.org_id = :org AND %s%s >= :day_from AND %s%s < :day_before AND (%s)", ask->meta->table, by_day, day, by_day, day, figure->counts);
    if (condition != NULL)
        buf_format(sql, " AND (%s)", condition);
    buf_add(sql, beside);
    buf_add(sql, ask->list.where);
    if (done)
        buf_add_c(sql, " GROUP BY 1, 2");
}

/* What a key refers to, by its name, in SQL. */
static const char *label_of(const Cx *cx, const Ask *ask, const char *key)
{
    Buf sql = buf_new(cx->arena, 1000);

    buf_add_c(&sql, "(SELECT ");
    meta_add_label(ask->of, cx->lang, "l", "id", &sql);
    buf_format(&sql, " FROM \"%s\" l WHERE l.org_id = :org AND l.%s = %s ORDER BY l.archived_at NULLS FIRST LIMIT 1)", ask->of->table, ask->by_code ? "code" : "id", key);
    return str_to_c(cx->arena, buf_str(&sql));
}

/* SELECT key, day, n, good, label: grouped in the halves, then together. */
static Str build_statement(Cx *cx, const Ask *ask, Params *params)
{
    const Figure *figure = ask->figure;
    Buf sql = buf_new(cx->arena, MAX_FIGURE_SQL);
    buf_add_c(&sql, "SELECT g.k, g.d, CAST(sum(g.n) AS BIGINT), CAST(sum(g.m) AS BIGINT)");
    if (ask->of != NULL)
        buf_format(&sql, ", %s", label_of(cx, ask, "g.k"));
    buf_add_c(&sql, " FROM (");
    if (ask->tallied)
        add_tallied(cx, &sql, ask);
    else
        add_counted(&sql, ask, true, STR_NONE);
    if (figure->due_day != NULL) {
        buf_add_c(&sql, " UNION ALL ");
        add_counted(&sql, ask, false, STR_NONE);
    }
    buf_format(&sql, ") g GROUP BY g.k, g.d ORDER BY %s", is_in_time(ask) ? "2" : "3 DESC, 1");
    params_add(params, "day_from", value_int(ask->from == 0 ? 0 : date_to_instant(ask->from, 0, cx->zone_min)));
    params_add(params, "day_before", value_int(ask->to == 0 ? NEVER : date_to_instant(date_add(ask->to, 1), 0, cx->zone_min)));
    params_add(params, "zone_us", value_int(cx->zone_min * MINUTE));
    if (ask->tallied) {
        params_add(params, "tally_figure", value_text(str_of(figure->name)));
        params_add(params, "tally_part", value_text(str_of(ask->by == BY_FIELD ? ask->by_name : "")));
        params_add(params, "tally_from", value_int(ask->from == 0 ? 0 : date_to_days(ask->from)));
        params_add(params, "tally_before", value_int(ask->to == 0 ? date_to_days(LAST_DAY) : date_to_days(ask->to) + 1));
        params_add(params, "tally_project", value_int(ask->project));
    }
    return buf_str(&sql);
}

/* How many records a rate is taken of: those that the caller sees, of the projects and the building that are asked for (other
 * filters are about the matter). A building named in another way than by its id is not understood: -1. */
static const Error *count_of(Cx *cx, const Ask *ask, Id building, int64_t *out)
{
    const RecordMeta *of = ask->figure->of == NULL ? NULL : kernel_type(cx->kernel, ask->figure->of);
    QueryParam *filters = new (cx->arena, QueryParam, ask->filter_count + 1);
    ListQuery query;
    int count = 0;

    *out = -1;
    if (of == NULL)
        return OK;
    for (int i = 0; i < ask->filter_count; i++)
        if (str_starts(ask->filters[i].name, STR("filter[project]")))
            filters[count++] = ask->filters[i];
        else if (str_starts(ask->filters[i].name, STR("filter[building]")) &&
                 (!str_is(ask->filters[i].name, "filter[building]") || !str_to_id(ask->filters[i].value, &building)))
            return OK;
    TRY(list_parse(cx, of, filters, count, NULL, &query));
    if (ask->figure->of_counts != NULL)
        query.where = str_format(cx->arena, "%.*s AND (%s)", STR_ARG(query.where), ask->figure->of_counts);
    if (building != 0) {
        params_add(&query.params, "in_building", value_int(building));
        query.where = str_format(cx->arena, "%.*s AND t.building_id = :in_building", STR_ARG(query.where));
    }
    return list_count(cx, &query, out);
}

/* A rate has a row for each week and month that is asked for: nothing happened in those that the statement does not tell of. */
static void fill_until(Cx *cx, Ask *ask, Date first)
{
    Date next = ask->row_from != 0 ? period_after(ask, ask->row_from) : ask->from != 0 ? period_of(ask, ask->from) : first;

    if (ask->figure->of == NULL || !is_in_time(ask))
        return;
    for (int i = 0; next < first && i < MAX_EMPTY_ROWS; i++) {
        ask->has_row = true;
        ask->row_from = next;
        end_row(cx, ask);
        next = period_after(ask, next);
    }
}

static const Error *add_group(Cx *cx, const Row *row, void *self)
{
    Ask *ask = self;

    if (is_in_time(ask)) { /* days in order: those of one week, month or year follow each other */
        Date first = period_of(ask, date_from_days(row_int(row, 1)));
        if (!ask->has_row || ask->row_from != first) {
            end_row(cx, ask);
            fill_until(cx, ask, first);
            ask->has_row = true;
            ask->row_from = first;
        }
    } else if (ask->by == BY_FIELD) {
        end_row(cx, ask);
        ask->has_row = true;
        ask->row_key = row_value_copy(cx, row, 0);
        if (ask->by_building)
            TRY(count_of(cx, ask, ask->row_key.kind == V_INT ? ask->row_key.n : 0, &ask->whole));
        ask->row_label = ask->of == NULL ? STR_NONE : str_copy(cx->arena, row_text(row, 4));
    }
    ask->n += row_int(row, 2);
    ask->met += row_int(row, 3);
    return OK;
}

/* Of two moments for the same filter, the one that lets less through: the caller's own filter is not lost. */
static Str tighter(const Cx *cx, const Ask *ask, const char *name, Date day, bool latest)
{
    Buf text = buf_new(cx->arena, 16);
    Instant ours = date_to_instant(day, 0, cx->zone_min), given;
    Date given_day;

    buf_date(&text, day);
    for (int i = 0; i < ask->filter_count; i++) {
        Str value = ask->filters[i].value;
        if (!str_is(ask->filters[i].name, name))
            continue;
        if (date_parse(value, &given_day))
            given = date_to_instant(given_day, 0, cx->zone_min);
        else if (!instant_parse(value, &given))
            continue;
        if (latest ? given > ours : given < ours)
            return value;
    }
    return buf_str(&text);
}

static void add_filter(Json *json, const char *name, Str value)
{
    json_key(json, str_of(name));
    json_text(json, value);
}

static void add_key_filter(Cx *cx, const Ask *ask, Json *json)
{
    if (ask->row_key.kind == V_NULL && ask->own != NULL)
        add_filter(json, ask->own->none[0], str_of(ask->own->none[1]));
    else if (ask->row_key.kind == V_NULL)
        add_filter(json, str_to_c(cx->arena, str_format(cx->arena, "filter[%s][null]", ask->by_name)), STR("true"));
    else
        add_filter(json, str_to_c(cx->arena, str_format(cx->arena, "filter[%s]", ask->by_name)),
                   ask->row_key.kind == V_INT ? str_format(cx->arena, "%lld", (long long)ask->row_key.n) : ask->row_key.s);
}

/* The filters that open the row's records, n of them, in the list of the type. */
static void filter_json(Cx *cx, const Ask *ask, Json *json)
{
    const Figure *figure = ask->figure;
    Date from = ask->from, to = ask->to;
    Str key = ask->by == BY_FIELD ? str_format(cx->arena, ask->row_key.kind == V_NULL ? "filter[%s][null]" : "filter[%s]", ask->by_name) : STR_NONE;

    if (is_in_time(ask)) {
        Date last = date_add(period_after(ask, ask->row_from), -1);
        from = from > ask->row_from ? from : ask->row_from;
        to = to != 0 && to < last ? to : last;
    }
    if (from == 0 && figure->due_day != NULL) /* its filters on the day also say what counts */
        from = FIRST_DAY;
    json_open(json, '{');
    if (ask->by == BY_FIELD)
        add_key_filter(cx, ask, json);
    if (from != 0 && figure->from != NULL)
        add_filter(json, figure->from, tighter(cx, ask, figure->from, from, true));
    if (to != 0 && figure->before != NULL)
        add_filter(json, figure->before, tighter(cx, ask, figure->before, date_add(to, 1), false));
    for (int i = 0; figure->opens != NULL && figure->opens[i] != NULL; i += 2)
        add_filter(json, figure->opens[i], str_of(figure->opens[i + 1]));
    for (int i = 0; i < ask->filter_count; i++) {
        Str name = ask->filters[i].name;
        bool ours = str_eq(name, key) || (figure->from != NULL && ((from != 0 && str_is(name, figure->from)) || (to != 0 && str_is(name, figure->before))));
        for (int k = 0; figure->opens != NULL && figure->opens[k] != NULL; k += 2)
            ours = ours || str_is(name, figure->opens[k]);
        if (!ours)
            add_filter(json, str_to_c(cx->arena, name), ask->filters[i].value);
    }
    json_close(json, '}');
}

static void key_and_label(Cx *cx, const Ask *ask, Str *key, Str *label)
{
    Buf text = buf_new(cx->arena, 100);
    Date first = ask->row_from;

    *label = ask->row_label;
    switch (ask->by) {
    case BY_ALL: *key = STR("all"); return;
    case BY_FIELD:
        if (ask->row_key.kind == V_NULL) {
            *key = STR("none");
            *label = words(cx, "未填", "None");
            return;
        }
        *key = ask->row_key.kind == V_INT ? str_format(cx->arena, "%lld", (long long)ask->row_key.n) : ask->row_key.s;
        if (label->len == 0)
            *label = *key;
        return;
    case BY_WEEK:
        buf_date(&text, first);
        *key = buf_str(&text);
        *label = str_format(cx->arena, cx->lang == LANG_ZH ? "%.*s 起一周" : "Week of %.*s", STR_ARG(*key));
        return;
    case BY_MONTH:
        *key = str_format(cx->arena, "%04d-%02d", first / 10000, first / 100 % 100);
        *label = cx->lang == LANG_ZH ? str_format(cx->arena, "%d年%d月", first / 10000, first / 100 % 100) : *key;
        return;
    case BY_YEAR:
        *key = str_format(cx->arena, "%04d", first / 10000);
        *label = cx->lang == LANG_ZH ? str_format(cx->arena, "%d年", first / 10000) : *key;
        return;
    }
}

static void number(Json *json, const char *name, bool is_known, double value)
{
    json_key(json, str_of(name));
    is_known ? json_double(json, value) : json_none(json);
}

static void end_row(Cx *cx, Ask *ask)
{
    Json *json = ask->json;
    Share share = stats_share(ask->met, ask->n);
    double rate = 0;
    Str key, label;

    if (!ask->has_row)
        return;
    key_and_label(cx, ask, &key, &label);
    json_open(json, '{');
    JSON_TEXT(json, "key", key);
    JSON_TEXT(json, "label", label);
    JSON_INT(json, "n", ask->n);
    if (ask->figure->of != NULL) {
        bool is_known = stats_rate(ask->n, ask->whole, ask->figure->per, &rate);
        number(json, "value", is_known, rate);
        number(json, "low", false, 0);
        number(json, "high", false, 0);
        JSON_KEY(json, "of");
        ask->whole < 0 ? json_none(json) : json_int(json, ask->whole);
    } else if (ask->figure->met == NULL) {
        JSON_INT(json, "value", ask->n);
        number(json, "low", false, 0);
        number(json, "high", false, 0);
    } else {
        number(json, "value", share.is_known, share.value);
        number(json, "low", share.is_known && ask->figure->amount == NULL, share.low); /* money is no sample */
        number(json, "high", share.is_known && ask->figure->amount == NULL, share.high);
    }
    JSON_KEY(json, "filter");
    filter_json(cx, ask, json);
    json_close(json, '}');
    ask->has_row = false;
    ask->n = ask->met = 0;
}

/* 实测: figures that are measured over time. Rows come as with the others, but a week or month of which nothing is known is a row too. */

#define MAX_PERIODS 1000
typedef struct {
    Measured *list;
    int count, room;
} Measures;

static const Error *take_measured(Cx *cx, const Measured *measured, void *self)
{
    Measures *rows = self;

    rows->list = arena_grown(cx->arena, rows->list, sizeof(Measured), rows->count, &rows->room);
    rows->list[rows->count++] = *measured;
    return OK;
}

static int most_first(const void *a, const void *b)
{
    const Measured *x = a, *y = b;
    return (x->n < y->n) - (x->n > y->n);
}

static void measured_json(Cx *cx, Ask *ask, const Measured *row)
{
    Json *json = ask->json;
    double value = 0;
    bool is_known = stats_rate(row->part, row->whole, 1, &value);
    Str key, label;

    ask->row_key = row->key;
    ask->row_label = row->label;
    key_and_label(cx, ask, &key, &label);
    json_open(json, '{');
    JSON_TEXT(json, "key", key);
    JSON_TEXT(json, "label", label);
    JSON_INT(json, "n", row->n);
    number(json, "value", is_known, value);
    number(json, "low", false, 0);
    number(json, "high", false, 0);
    JSON_KEY(json, "filter");
    filter_json(cx, ask, json);
    json_close(json, '}');
}

/* The rows of one stretch of time. */
static const Error *measure(Cx *cx, Ask *ask, Instant from, Instant before)
{
    const char *key = ask->by == BY_FIELD ? ask->key : "NULL";
    Measuring measuring = {&ask->list, key, ask->by == BY_FIELD && ask->of != NULL ? label_of(cx, ask, key) : "NULL", from, before};
    Measures rows = {0};

    TRY(ask->figure->measure(cx, &measuring, take_measured, &rows));
    if (ask->by != BY_FIELD) {
        static const Measured nothing = {.key = {.kind = V_NULL}};
        Measured row = rows.count > 0 ? rows.list[0] : nothing;
        row.label = words(cx, "全部", "All");
        measured_json(cx, ask, &row);
        return OK;
    }
    qsort(rows.list, (size_t)rows.count, sizeof(Measured), most_first);
    for (int i = 0; i < rows.count; i++)
        if (rows.list[i].n > 0)
            measured_json(cx, ask, &rows.list[i]);
    return OK;
}

/* Each week or month from the first to the last; without a beginning, of the last twelve months. */
static const Error *measure_periods(Cx *cx, Ask *ask, Date last)
{
    Date first = ask->from == 0 ? date_months_on(figure_month(last), -11) : ask->from, period = period_of(ask, first);

    for (int i = 0; period <= last && i < MAX_PERIODS; i++, period = period_after(ask, period)) {
        Date from = period < first ? first : period, before = period_after(ask, period);
        ask->row_from = period;
        if (before > date_add(last, 1))
            before = date_add(last, 1);
        TRY(measure(cx, ask, date_to_instant(from, 0, cx->zone_min), date_to_instant(before, 0, cx->zone_min)));
    }
    return OK;
}

static const Error *measure_json(Cx *cx, Ask *ask)
{
    Json *json = ask->json;
    Date today = instant_to_date(cx->now, cx->zone_min), last = ask->to == 0 || ask->to > today ? today : ask->to;

    json_open(json, '{');
    JSON_KEY(json, "rows");
    json_open(json, '[');
    if (ask->by == BY_WEEK || ask->by == BY_MONTH)
        TRY(measure_periods(cx, ask, last));
    else
        TRY(measure(cx, ask, ask->from == 0 ? 0 : date_to_instant(ask->from, 0, cx->zone_min), date_to_instant(date_add(last, 1), 0, cx->zone_min)));
    json_close(json, ']');
    JSON_TEXT(json, "method", words(cx, ask->figure->method_zh, ask->figure->method_en));
    json_close(json, '}');
    return OK;
}
