/* meter.c: 仪表与抄表, what a meter has counted. A reading is more than the one before, unless the meter went over its end (flagged), was estimated
 * before, or is another one (kind `replaced`: it starts anew). What was used waits until a run bills it. */
#include "modules/billing/billing_parts.h"

static const Choice meter_kinds[] = {
    {"water", "水表", "Water"}, {"electric", "电表", "Electricity"}, {"gas", "燃气表", "Gas"}, {"heat", "热量表", "Heat"}, {"hot_water", "热水表", "Hot water"}, {0},
};
static const Field meter_fields[] = {
    {"no", "表号", "Meter number", T_TEXT, .max = 40, .virtual = true, .required = true},
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = meter_kinds, .set_default = "water"},
    {"item", "收费项目编码", "Item", T_TEXT, .max = 30, .required = true},
    {"digits", "整数位数", "Digits", T_INT, .min = 1, .max = 9},
    {"multiplier", "倍率", "Multiplier", T_DECIMAL, .max = 3},
    {"initial", "起始读数", "First reading", T_DECIMAL, .max = 3},
    {"registers", "分时起始读数", "First reading of each time of day", T_OBJECT},
    {"installed_on", "安装日", "Installed", T_DATE},
    {"removed_on", "拆除日", "Removed", T_DATE},
    {"place", "位置", "Place", T_TEXT, .max = 80},
    {"note", "说明", "Note", T_LINES, .max = 500},
};
#define READERS (BOOKKEEPERS | R_CASHIER | R_ENG_LEAD | R_ENGINEER | R_DESK | R_DESK_LEAD)
#define OF_MY_HOUSE(house)                                                                                                            \
    house " IN (SELECT r.house_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :party AND r.since <= :now"             \
          " AND (r.until = 0 OR r.until > :now))"
/* Of the houses of a building, by its words: a round of reading goes from door to door. */
static const Filter meter_filters[] = {{"of_building", T_TEXT, .sql = "t.house_id IN (SELECT h.id FROM house h WHERE h.org_id = t.org_id AND h.building = :f_of_building)"}};
static const Sight meter_sights[] = {{READERS | R_REGION}, {R_RESIDENT, OF_MY_HOUSE("t.house_id"), .any_project = true}};

static const Error *take_number(Cx *cx, Record *meter, const json_t *body, Problems *problems)
{
    const json_t *no = json_object_get(body, "no");

    if (no == NULL)
        return OK;
    if (!json_is_string(no) || json_str(no).len == 0 || utf8_count(json_str(no)) > 40)
        problems_add(problems, STR("no"), "type", STR("表号应为 1 到 40 个字"), STR("must be text of 1 to 40 characters"));
    else
        meter->no = str_copy(cx->arena, str_trim(json_str(no)));
    return OK;
}

static const Error *check_registers(Cx *cx, const Record *meter, Problems *problems)
{
    Exact numbers[FEE_REGISTERS];
    const Error *error;
    json_t *json;

    if (record_is_null(meter, "registers"))
        return OK;
    TRY(json_read(cx->arena, record_text(meter, "registers"), &json));
    error = fee_registers_read(cx->arena, "registers", json, 3, numbers);
    if (error != OK && error->fields != NULL)
        problems_add(problems, error->fields->field, error->fields->code, error->fields->zh, error->fields->en);
    return error != OK && error->fields == NULL ? error : OK;
}

/* The item is one that is billed by a meter. */
static const Error *check_meter(Cx *cx, Record *meter, Problems *problems)
{
    static const char ITEM[] = "SELECT count(*) FROM tariff WHERE org_id = :org AND project_id = :project AND code = :code AND kind IN ('meter', 'tou', 'stepped') AND archived_at IS NULL"; /* tariff_by_project_id_code_from */
    Exact multiplier;
    int64_t count = 0;

    if (record_is_null(meter, "digits"))
        record_set_int(meter, "digits", 5);
    if (!record_is_null(meter, "multiplier") && (!bill_number(meter, "multiplier", &multiplier) || multiplier.n == 0))
        problems_add(problems, STR("multiplier"), "out_of_range", STR("应大于 0"), STR("must be above 0"));
    TRY(check_registers(cx, meter, problems));
    if (record_is_null(meter, "item"))
        return OK;
    TRY(sql_row(cx, ITEM, IN(in_int("project", meter->project), in_text("code", record_text(meter, "item"))), OUT(out_int(&count))));
    if (count == 0)
        problems_add(problems, STR("item"), "reference", STR("没有这个按表计费的收费项目"), STR("there is no such item that is billed by a meter"));
    return OK;
}

const RecordType meter_type = {
    .resource = "meters", .name = "meter", .zh = "仪表", .en = "Meter", .own_number = true, .fields = LIST(meter_fields), .sights = LIST(meter_sights),
    .filters = LIST(meter_filters), .create_by = READERS, .write_by = READERS, .label = "no", .in_project = true, .own_search_only = true, .take = take_number, .prepare = check_meter, .changed = check_meter,
};

/* 抄表 */
static const Choice reading_kinds[] = {{"actual", "实抄", "Actual"}, {"estimated", "估抄", "Estimated"}, {"final", "终抄", "Final"}, {"replaced", "换表起数", "New meter's start"}, {0}};
static const Field reading_fields[] = {
    {"meter", "仪表", "Meter", T_REF, .to = "meters", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"read_at", "抄表时间", "Read", T_TIME, .day_ok = true},
    {"read_day", "抄表日", "Day", T_DATE, .internal = true},
    {"value", "读数", "Value", T_DECIMAL, .max = 3, .required = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = reading_kinds, .set_default = "actual"},
    {"rollover", "过零", "Over its end", T_BOOL},
    {"registers", "分时读数", "Reading of each time of day", T_OBJECT},
    {"photo", "照片", "Photo", T_SIGN},
    {"previous", "上次读数", "Reading before", T_DECIMAL, .max = 3, .read_only = true},
    {"previous_on", "上次抄表日", "Day before", T_DATE, .read_only = true},
    {"used", "用量", "Used", T_TEXT, .max = 40, .read_only = true}, /* may be below 0 after an estimate that was too high */
    {"register_use", "分时用量", "Used by the time of day", T_OBJECT, .read_only = true},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .indexed = true},
    {"run", "出账批次", "Run", T_REF, .to = "billing_runs", .read_only = true, .tallied = true, .indexed = true},
    {"charge", "费用", "Charge", T_REF, .to = "charges", .read_only = true, .tallied = true},
};
static const Sight reading_sights[] = {{READERS | R_REGION}, {R_RESIDENT, OF_MY_HOUSE("t.house_id"), .any_project = true}};
static const Index reading_indexes[] = {{"meter_id, read_day, id"}, {"project_id, house_id, id", .where = "run_id IS NULL"}, {0}};

typedef struct {
    Str value, kind, registers;
    int64_t day;
} Before;

/* The latest reading of the meter, or its first value. */
static const Error *find_before(Cx *cx, const Record *reading, const Record *meter, Before *out)
{
    static const char LAST[] = "SELECT value, kind, registers, read_day FROM reading WHERE org_id = :org AND meter_id = :meter AND id <> :id AND archived_at IS NULL"
                               " ORDER BY read_day DESC, id DESC LIMIT 1"; /* reading_by_meter_id_read_day_id */
    bool found;

    *out = (Before){0};
    TRY(sql_find(cx, LAST, IN(in_int("meter", meter->id), in_int("id", reading->id)), OUT(out_text(&out->value), out_text(&out->kind), out_text(&out->registers), out_int(&out->day)), &found));
    if (!found)
        *out = (Before){record_is_null(meter, "initial") ? STR("0") : record_text(meter, "initial"), STR("actual"), record_text(meter, "registers"), record_int(meter, "installed_on")};
    return OK;
}

/* What was used since a reading; told on the field when it cannot be. */
typedef struct {
    const char *field;
    int digits;
    bool over, replaced, estimated; /* over its end; another meter's start; the one before was estimated */
} Since;
static const Error *used_since(Cx *cx, const Since *since, Exact previous, Exact value, Problems *problems, Exact *used)
{
    Exact end = exact_of(1);
    bool fits = true;

    *used = exact_of(0);
    for (int i = 0; i < since->digits && fits; i++)
        fits = exact_mul(end, exact_of(10), &end);
    if (exact_cmp(value, end) >= 0) {
        problems_add(problems, str_of(since->field), "out_of_range", str_format(cx->arena, "这只表只有 %d 位", since->digits), str_format(cx->arena, "this meter has %d digits", since->digits));
        return OK;
    }
    if (since->over && exact_cmp(value, previous) < 0)
        return fee_rollover(cx->arena, previous, value, since->digits, used);
    if (since->replaced)
        return OK;
    fits = exact_sub(value, previous, used);
    if (!fits || (used->n < 0 && !since->estimated)) {
        Str before = exact_text(cx->arena, previous, 0, 3);
        problems_add(problems, str_of(since->field), "out_of_range", str_format(cx->arena, "比上次读数 %.*s 小。过零请勾选“过零”，换表请选“换表起数”", STR_ARG(before)),
                     str_format(cx->arena, "is less than the reading before, %.*s: mark a roll-over, or choose the start of a new meter", STR_ARG(before)));
    }
    return OK;
}

static const Error *is_by_time(Cx *cx, const Record *meter, bool *out)
{
    static const char ITEM[] = "SELECT count(*) FROM tariff WHERE org_id = :org AND project_id = :project AND code = :code AND kind = 'tou' AND archived_at IS NULL"; /* tariff_by_project_id_code_from */
    int64_t count = 0;

    TRY(sql_row(cx, ITEM, IN(in_int("project", meter->project), in_text("code", record_text(meter, "item"))), OUT(out_int(&count))));
    *out = count > 0;
    return OK;
}

static const Error *registers_of(Cx *cx, Str text, Exact *out)
{
    json_t *json;

    memset(out, 0, sizeof *out * FEE_REGISTERS);
    if (text.len == 0)
        return OK;
    TRY(json_read(cx->arena, text, &json));
    return fee_registers_read(cx->arena, "registers", json, 3, out);
}

/* Each register by itself; together they are what the whole meter has counted, but for the last digit of each. */
static const Error *use_registers(Cx *cx, const Since *since, const Exact *before, const Exact *now, Exact whole, Problems *problems, Json *json)
{
    Exact sum = exact_of(0), used, apart;
    bool fits = true;

    json_open(json, '{');
    for (int i = 0; i < FEE_REGISTERS; i++) {
        Exact previous = exact_is_number(before[i]) ? before[i] : exact_of(0);
        if (!exact_is_number(now[i]))
            continue;
        TRY(used_since(cx, since, previous, now[i], problems, &used));
        fits = fits && exact_add(sum, used, &sum);
        json_key(json, str_of(fee_registers[i].name));
        json_open(json, '{');
        JSON_TEXT(json, "previous", exact_text(cx->arena, previous, 0, 3));
        JSON_TEXT(json, "value", exact_text(cx->arena, now[i], 0, 3));
        JSON_TEXT(json, "used", exact_text(cx->arena, used, 0, 3));
        json_close(json, '}');
    }
    json_close(json, '}');
    fits = fits && exact_sub(sum, whole, &apart);
    if (problems->count == 0 && (!fits || exact_cmp(apart, exact_of(1)) > 0 || exact_cmp(apart, exact_of(-1)) < 0))
        problems_add(problems, STR("registers"), "out_of_range", str_format(cx->arena, "各时段合计用了 %.*s，总表用了 %.*s，对不上", STR_ARG(exact_text(cx->arena, sum, 0, 3)), STR_ARG(exact_text(cx->arena, whole, 0, 3))),
                     str_format(cx->arena, "the times of day come to %.*s, the whole meter to %.*s", STR_ARG(exact_text(cx->arena, sum, 0, 3)), STR_ARG(exact_text(cx->arena, whole, 0, 3))));
    return OK;
}

static const Error *set_registers(Cx *cx, Record *reading, const Record *meter, const Before *before, Since since, Exact whole, Problems *problems)
{
    Exact then[FEE_REGISTERS], now[FEE_REGISTERS];
    Json json = json_new(cx->arena, 4096);
    const Error *error;
    bool by_time;

    TRY(is_by_time(cx, meter, &by_time));
    if (!by_time && !record_is_null(reading, "registers"))
        problems_add(problems, STR("registers"), "unknown", STR("这只表不按分时计费"), STR("this meter is not charged by the time of day"));
    if (by_time && record_is_null(reading, "registers"))
        problems_add(problems, STR("registers"), "required", STR("分时表要写各时段读数，如 {\"peak\":\"120.5\",\"valley\":\"80\"}"), STR("give the reading of each time of day, such as {\"peak\":\"120.5\",\"valley\":\"80\"}"));
    if (!by_time || record_is_null(reading, "registers"))
        return OK;
    TRY(registers_of(cx, before->registers, then));
    error = registers_of(cx, record_text(reading, "registers"), now);
    if (error != OK && error->fields != NULL)
        problems_add(problems, error->fields->field, error->fields->code, error->fields->zh, error->fields->en);
    if (error != OK)
        return error->fields == NULL ? error : OK;
    since.field = "registers";
    TRY(use_registers(cx, &since, then, now, whole, problems, &json));
    record_set_text(reading, "register_use", buf_str(&json.buf));
    return OK;
}

static const Error *set_used(Cx *cx, Record *reading, const Record *meter, const Before *before, Problems *problems)
{
    Since since = {.field = "value", .digits = (int)record_int(meter, "digits"), .over = record_int(reading, "rollover") != 0,
                   .replaced = str_is(record_text(reading, "kind"), "replaced"), .estimated = str_is(before->kind, "estimated")};
    Exact value, previous, used;

    if (!bill_number(reading, "value", &value) || !exact_parse(before->value, 9, &previous))
        return OK;
    TRY(used_since(cx, &since, previous, value, problems, &used));
    record_set_text(reading, "used", exact_text(cx->arena, used, 0, 3));
    record_set(reading, "previous", since.replaced ? VALUE_NULL : value_text(before->value));
    record_set(reading, "previous_on", value_ref(before->day));
    return set_registers(cx, reading, meter, before, since, used, problems);
}

static const Error *prepare_reading(Cx *cx, Record *reading, Problems *problems)
{
    const Record *meter;
    Before before;
    Date day;

    if (record_is_null(reading, "meter"))
        return OK;
    TRY(record_look(cx, kernel_type(cx->kernel, &meter_type), value_int(record_int(reading, "meter")), false, &meter));
    if (meter == NULL)
        return OK;
    reading->project = meter->project;
    reading->building = meter->building;
    record_set_int(reading, "house", record_int(meter, "house"));
    if (record_is_null(reading, "read_at"))
        record_set_int(reading, "read_at", cx->now);
    day = instant_to_date(record_int(reading, "read_at"), cx->zone_min);
    record_set_int(reading, "read_day", day);
    if (record_int(reading, "read_at") > cx->now + DAY_US)
        problems_add(problems, STR("read_at"), "out_of_range", STR("抄表时间不能在将来"), STR("must not be in the future"));
    TRY(find_before(cx, reading, meter, &before));
    if (before.day > day)
        problems_add(problems, STR("read_at"), "out_of_range", STR("早于上一次抄表"), STR("is before the reading before"));
    return set_used(cx, reading, meter, &before, problems);
}

/* The latest one that no run has billed may be corrected. */
static const Error *changed_reading(Cx *cx, Record *reading, Problems *problems)
{
    static const char LATER[] = "SELECT count(*) FROM reading WHERE org_id = :org AND meter_id = :meter AND archived_at IS NULL AND (read_day > :day OR (read_day = :day AND id > :id))";
    int64_t later = 0;

    TRY(sql_row(cx, LATER, IN(in_int("meter", record_int(reading, "meter")), in_int("day", record_int(reading, "read_day")), in_int("id", reading->id)), OUT(out_int(&later))));
    if (later > 0 || !record_is_null(reading, "run"))
        problems_add(problems, STR("value"), "read_only", STR("已出账或后面还有读数，不能再改：录一次新的读数"), STR("was billed or has a later one: add a new reading"));
    return problems->count > 0 ? OK : prepare_reading(cx, reading, problems);
}

const RecordType reading_type = {
    .resource = "readings", .name = "reading", .zh = "抄表", .en = "Reading", .fields = LIST(reading_fields), .sights = LIST(reading_sights), .filters = LIST(meter_filters), .create_by = READERS,
    .write_by = READERS, .indexes = reading_indexes, .label = "value", .in_project = true, .own_search_only = true, .prepare = prepare_reading, .changed = changed_reading,
};
