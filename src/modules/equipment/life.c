/* life.c: 设备档案, everything that happened to a machine in one line of time, what it costs a year, and whether it still pays to mend it.
 *
 * The advice is the static economic life (设备经济寿命的静态计算; 一级建造师《建设工程经济》"设备更新分析"): the yearly average of purchase and upkeep over N
 * years in use, C(N) = (P - L)/N + sum of the yearly upkeep / N, falls while a year's upkeep is below it and rises when it is above; the year where it
 * turns is the economic life. So: replace when the upkeep of the last twelve months is above the average so far (L, what it would still sell for, is
 * taken as 0), or when its stated life is over. */
#include "kernel/plan.h"
#include "modules/equipment/equipment_parts.h"
#include "modules/repair/repair.h"

#include <stdio.h>

#define MAX_ITEMS 300

static const Error *item_json(Cx *cx, const Row *row, void *self)
{
    Json *json = self;

    json_open(json, '{');
    JSON_TEXT(json, "kind", row_text(row, 0));
    JSON_KEY(json, "at");
    json_instant(json, row_int(row, 1), cx->zone_min);
    JSON_TEXT(json, "title", row_text(row, 2));
    JSON_KEY(json, "detail");
    row_text(row, 3).len == 0 ? json_none(json) : json_text(json, row_text(row, 3));
    JSON_TEXT(json, "resource", row_text(row, 4));
    JSON_ID(json, "id", row_int(row, 5));
    JSON_KEY(json, "no");
    row_text(row, 6).len == 0 ? json_none(json) : json_text(json, row_text(row, 6));
    JSON_KEY(json, "state");
    row_text(row, 7).len == 0 ? json_none(json) : json_text(json, row_text(row, 7));
    JSON_KEY(json, "cost_fen");
    row_is_null(row, 8) ? json_none(json) : json_int(json, row_int(row, 8));
    JSON_KEY(json, "down_min");
    row_is_null(row, 9) ? json_none(json) : json_int(json, row_int(row, 9) / MINUTE);
    json_close(json, '}');
    return OK;
}

/* Days of the record itself, as moments. */
static void add_day(Cx *cx, Json *json, const Record *equipment, const char *field, const char *kind, const char *zh, const char *en, const char *cost)
{
    Date day = (Date)record_int(equipment, field);

    if (day == 0)
        return;
    json_open(json, '{');
    JSON_C(json, "kind", kind);
    JSON_KEY(json, "at");
    json_instant(json, date_to_instant(day, 0, cx->zone_min), cx->zone_min);
    JSON_C(json, "title", cx->lang == LANG_ZH ? zh : en);
    JSON_KEY(json, "detail");
    json_none(json);
    JSON_C(json, "resource", "equipment");
    JSON_ID(json, "id", equipment->id);
    JSON_KEY(json, "no");
    json_none(json);
    JSON_KEY(json, "state");
    json_none(json);
    JSON_KEY(json, "cost_fen");
    cost == NULL || record_is_null(equipment, cost) ? json_none(json) : json_int(json, record_int(equipment, cost));
    JSON_KEY(json, "down_min");
    json_none(json);
    json_close(json, '}');
}

/* What other records tell: kind, at, title, detail, resource, id, no, state, cost, how long it stood. Of each only what the caller may see. */
typedef struct {
    const RecordType *type; /* of t */
    const char *sql;
} Source;
static const Source sources[] = {
    {&fault_type, "SELECT 'fail' AS kind, coalesce(t.down_from, t.found_at) AS at, t.symptom AS title, coalesce(t.action, '') AS detail, 'faults' AS resource, t.id AS id, t.no AS no,"
                  " t.state AS state, coalesce(t.cost_fen, 0) + coalesce(t.parts_fen, 0) AS fen, coalesce(t.up_at, :now) - t.down_from AS down FROM fault t"
                  " WHERE t.org_id = :org AND t.equipment_id = :id AND t.archived_at IS NULL"}, /* fault_by_equipment_id_id */
    {&repair_type, "SELECT 'repair', t.created_at, t.title, coalesce(t.solution, ''), 'repairs', t.id, t.no, t.state, t.final_fen, NULL FROM fault f JOIN repair t"
                   " ON t.org_id = f.org_id AND t.id = f.repair_id WHERE t.org_id = :org AND f.equipment_id = :id AND f.archived_at IS NULL"},
    {&stock_move_type, "SELECT 'cost', t.created_at, p.item, coalesce(t.reason, ''), 'stock_moves', t.id, '', t.kind, -t.delta_fen, NULL FROM fault f JOIN stock_move t"
                       " ON t.org_id = f.org_id AND t.work_order_id = f.id JOIN part p ON p.org_id = t.org_id AND p.id = t.part_id"
                       " WHERE t.org_id = :org AND f.equipment_id = :id AND f.archived_at IS NULL"}, /* stock_move_by_work_order_id_id_part */
    {&equipment_stop_type, "SELECT 'stop', t.since, coalesce(t.reason, ''), t.kind, 'equipment_stops', t.id, '', '', NULL, coalesce(t.\"until\", :now) - t.since FROM equipment_stop t"
                           " WHERE t.org_id = :org AND t.equipment_id = :id AND t.archived_at IS NULL"}, /* equipment_stop_by_equipment_id_since */
    {&task_type, "SELECT 'maintain', coalesce(t.finished_at, t.due_at), t.title, coalesce(t.note, ''), 'tasks', t.id, '', t.state, NULL, NULL FROM task t"
                 " WHERE t.org_id = :org AND t.equipment_id = :id AND t.state IN ('done', 'missed', 'excused') AND t.archived_at IS NULL" /* task_by_equipment_id_id; what is done every day would bury the rest */
                 " AND NOT (t.state = 'done' AND EXISTS (SELECT 1 FROM plan p WHERE p.org_id = t.org_id AND p.id = t.plan_id AND p.rrule LIKE 'FREQ=DAILY%'"
                 " AND p.rrule NOT LIKE '%INTERVAL%'))"},
    {&permit_type, "SELECT 'permit', t.valid_from, t.work, t.kind, 'permits', t.id, t.no, t.state, NULL, NULL FROM permit t"
                   " WHERE t.org_id = :org AND t.equipment_id = :id AND t.archived_at IS NULL"}, /* permit_by_equipment_id_id */
    {&equipment_type, "SELECT 'replace', t.created_at, t.name, coalesce(t.serial, ''), 'equipment', t.id, t.code, t.state, t.cost_fen, NULL FROM equipment t"
                      " WHERE t.org_id = :org AND t.replaces_id = :id AND t.archived_at IS NULL"}, /* equipment_by_replaces_id_id */
};

/* Newest first; the days of the machine itself come last, being before the rest or nearly so. */
static const Error *story_json(Cx *cx, const Record *equipment, Json *json)
{
    Buf sql = buf_new(cx->arena, 1 << 17);
    Params params = {0};

    buf_add_c(&sql, "SELECT x.kind, x.at, x.title, x.detail, x.resource, x.id, x.no, x.state, x.fen, x.down FROM (");
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        buf_format(&sql, "%s%s AND ", i == 0 ? "" : " UNION ALL ", sources[i].sql);
        access_condition(cx, kernel_type(cx->kernel, sources[i].type), &sql, &params);
    }
    buf_add_c(&sql, ") x ORDER BY x.at DESC, x.id DESC LIMIT :most");
    params_add(&params, "id", value_int(equipment->id));
    params_add(&params, "most", value_int(MAX_ITEMS));
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, item_json, json));
    add_day(cx, json, equipment, "in_service_on", "install", "投入使用", "In service", NULL);
    add_day(cx, json, equipment, "installed_on", "install", "安装", "Installed", "cost_fen");
    add_day(cx, json, equipment, "made_on", "install", "出厂", "Made", NULL);
    json_close(json, ']');
    return OK;
}

/* What a year cost: faults and their parts, by the year in which they were found. */
typedef struct {
    int year;
    int64_t faults, down_us, faults_fen, parts_fen;
} Year;
#define MAX_YEARS 100
typedef struct {
    Year list[MAX_YEARS];
    int count;
    Instant year_ago;
    int64_t all_fen, last_fen; /* since the beginning; of the last twelve months */
} Years;

static const Error *take_fault(Cx *cx, const Row *row, void *self)
{
    Years *years = self;
    int year = (int)(instant_to_date(row_int(row, 0), cx->zone_min) / 10000);
    int64_t fen = row_int(row, 2) + row_int(row, 3);
    Year *at;

    if (years->count == 0 || years->list[years->count - 1].year != year) {
        if (years->count == MAX_YEARS)
            return OK;
        years->list[years->count++] = (Year){.year = year};
    }
    at = &years->list[years->count - 1];
    at->faults++;
    at->down_us += row_int(row, 1);
    at->faults_fen += row_int(row, 2);
    at->parts_fen += row_int(row, 3);
    years->all_fen += fen;
    if (row_int(row, 0) >= years->year_ago)
        years->last_fen += fen;
    return OK;
}

static void years_json(Json *json, const Years *years)
{
    JSON_KEY(json, "years");
    json_open(json, '[');
    for (int i = 0; i < years->count; i++) {
        const Year *year = &years->list[i];
        json_open(json, '{');
        JSON_INT(json, "year", year->year);
        JSON_INT(json, "faults", year->faults);
        JSON_INT(json, "down_min", year->down_us / MINUTE);
        JSON_INT(json, "faults_fen", year->faults_fen);
        JSON_INT(json, "parts_fen", year->parts_fen);
        JSON_INT(json, "total_fen", year->faults_fen + year->parts_fen);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void tenths_json(Json *json, const char *name, bool is_known, int64_t tenths)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%lld.%lld", (long long)tenths / 10, (long long)tenths % 10);

    json_key(json, str_of(name));
    json_raw(json, is_known ? (Str){text, len} : STR_NONE);
}

static void reason(const Cx *cx, Json *json, const char *zh, const char *en)
{
    json_c(json, cx->lang == LANG_ZH ? zh : en);
}

static void advice_json(Cx *cx, const Record *equipment, const Years *years, Json *json)
{
    Date since = (Date)record_int(equipment, record_is_null(equipment, "in_service_on") ? "installed_on" : "in_service_on");
    int64_t days = since == 0 ? 0 : date_to_days(instant_to_date(cx->now, cx->zone_min)) - date_to_days(since);
    int64_t life = record_int(equipment, "life_years"), average = 0;
    bool is_known = days >= 365 && !record_is_null(equipment, "cost_fen") &&
                    !__builtin_mul_overflow(record_int(equipment, "cost_fen") + years->all_fen, INT64_C(365), &average);
    bool is_dear, is_old = life > 0 && days >= life * 365;

    average = is_known ? average / days : 0;
    is_dear = is_known && years->last_fen > average;
    JSON_KEY(json, "advice");
    json_open(json, '{');
    JSON_C(json, "verdict", is_dear || is_old ? "replace" : is_known ? "keep" : "unknown");
    tenths_json(json, "age_years", since != 0, days * 10 / 365);
    JSON_KEY(json, "life_years");
    life == 0 ? json_none(json) : json_int(json, life);
    JSON_KEY(json, "average_fen");
    is_known ? json_int(json, average) : json_none(json);
    JSON_INT(json, "last_year_fen", years->last_fen);
    JSON_KEY(json, "reasons");
    json_open(json, '[');
    if (is_dear)
        reason(cx, json, "近 12 个月的维修费用已高于使用至今的年均费用", "the upkeep of the last 12 months is above the yearly average so far");
    if (is_old)
        reason(cx, json, "已到设计寿命", "its stated life is over");
    if (!is_known)
        reason(cx, json, "缺购置费用，或使用不满一年，算不出年均费用", "without its price, or in use for less than a year, there is no yearly average");
    else if (!is_dear && !is_old)
        reason(cx, json, "近 12 个月的维修费用低于使用至今的年均费用", "the upkeep of the last 12 months is below the yearly average so far");
    json_close(json, ']');
    JSON_C(json, "method", cx->lang == LANG_ZH
                               ? "年均费用 =（购置费用 + 历年维修费用）÷ 使用年数，残值按 0 计；近 12 个月维修费用高于它，即过了经济寿命（设备更新的静态经济寿命法）。"
                               : "Yearly average = (price + all upkeep) ÷ years in use, nothing taken for what is left; when the upkeep of the last 12 months is above it, the"
                                 " economic life is over (static method).");
    json_close(json, '}');
}

const Error *equipment_life_json(Cx *cx, const Record *equipment, Json *json)
{
    static const char FAULTS[] = "SELECT f.found_at, coalesce(coalesce(f.up_at, :now) - f.down_from, 0), coalesce(f.cost_fen, 0), coalesce(f.parts_fen, 0) FROM fault f"
                                 " WHERE f.org_id = :org AND f.equipment_id = :id AND f.archived_at IS NULL ORDER BY f.found_at"; /* fault_by_equipment_id_down_from */
    Years *years = new (cx->arena, Years, 1);

    years->year_ago = cx->now - 365 * DAY_US;
    TRY(sql_each(cx, FAULTS, IN(in_int("id", equipment->id)), take_fault, years));
    json_open(json, '{');
    TRY(story_json(cx, equipment, json));
    years_json(json, years);
    advice_json(cx, equipment, years, json);
    json_close(json, '}');
    return OK;
}
