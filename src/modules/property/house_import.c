#include "modules/property/house_import.h"
#include "kernel/event.h"
#include "modules/property/house_plan.h"
#include "modules/property/property.h"

#include <stdio.h>

#define ASK_EVERY 256 /* rows between two questions whether to stop */
#define MAX_RESULT (48 << 20)

typedef struct {
    const ImportAsk *ask;
    const ImportWatch *watch;
    HouseSheet *sheet;
    const HouseImport *import;
    Arena *scratch; /* one row; what an error says there lives as long as the import */
    Cx *cx;
    Plan *plan;
    Str result;
    int64_t done, total;
} Importing;

static const Error *step(Cx *cx, Importing *i);
static const Error *apply_closure(Cx *cx, void *self);
static const Error *plan_closure(Cx *cx, void *self);
static Str result_json(Cx *cx, const Importing *i);
static Str unreadable_json(Cx *cx, const Importing *i, const Error *error);

static void close_arena(void *arena)
{
    arena_close(arena);
}

static const Error *stopped(Cx *cx)
{
    return error_new(cx->arena, ERR_CHANGED, STR("已停止导入，没有写入任何内容"),
                     STR("the import was stopped; nothing was written"));
}

static bool must_stop(const Importing *i)
{
    return i->watch != NULL && i->watch->must_stop != NULL && i->watch->must_stop(i->watch->self);
}

static void tell(Cx *cx, const Importing *i, int64_t done, int64_t total)
{
    if (i->watch != NULL && i->watch->progress != NULL)
        i->watch->progress(cx, i->watch->self, done, total);
}

static const Error *read_row(void *self, int64_t number, const Str *cells, int count)
{
    Importing *i = self;

    if (number % ASK_EVERY == 0) {
        if (must_stop(i))
            return stopped(i->cx);
        tell(i->cx, i, number, 0);
    }
    return house_sheet_row(i->sheet, number, cells, count);
}

const Error *house_import(Store *store, Cx *cx, const RecordMeta *meta, const char *path, const ImportAsk *ask, const ImportWatch *watch, Str *result, bool *failed)
{
    Importing i = {.ask = ask, .watch = watch, .cx = cx, .scratch = arena_open(64 << 20)};
    const HouseMapping *mapping;
    const Error *error;
    int count;

    (void)meta; /* houses, with their people */
    arena_defer(cx->arena, close_arena, i.scratch);
    TRY(house_mapping_read(cx->arena, ask->mapping, &mapping, &count));
    i.sheet = house_sheet_new(cx->arena, mapping, count);
    error = sheet_read(cx->arena, path, read_row, &i);
    if (error == OK)
        error = house_sheet_finish(i.sheet, &i.import);
    *failed = true;
    if (error != OK && (error->code == ERR_INVALID || error->code == ERR_TOO_LARGE)) {
        *result = unreadable_json(cx, &i, error);
        return OK;
    }
    TRY(error);
    if (ask->dry_run) {
        TRY(store_read(store, cx, plan_closure, &i));
        tell(cx, &i, i.import->rows, i.import->rows);
    } else if (i.import->failed == 0) {
        tell(cx, &i, 0, 0);
        TRY(store_write(store, cx, apply_closure, &i));
    }
    if (i.result.len == 0)
        i.result = result_json(cx, &i);
    *result = i.result;
    *failed = !ask->dry_run && i.import->failed > 0;
    return OK;
}

static const Error *plan_closure(Cx *cx, void *self)
{
    Importing *i = self;
    return house_plan(cx, i->import, i->ask->project, &i->plan);
}

/* Every so many rows: progress, and is it still wanted? */
static const Error *step(Cx *cx, Importing *i)
{
    arena_reset(i->scratch);
    if (++i->done % ASK_EVERY != 0)
        return OK;
    tell(cx, i, i->done, i->total);
    return must_stop(i) ? stopped(cx) : OK;
}

/* Buildings by code, and those that are new. */
typedef struct {
    Str codes[2000];
    Id ids[2000];
    int count;
} Buildings;

static const Error *building_row(Cx *cx, const Row *row, void *self)
{
    Buildings *buildings = self;

    if (buildings->count < (int)COUNT_OF(buildings->codes)) {
        buildings->ids[buildings->count] = row_int(row, 0);
        buildings->codes[buildings->count++] = str_copy(cx->arena, row_text(row, 1));
    }
    return OK;
}

static const Error *building_of(Cx *cx, const Importing *i, Buildings *buildings, Str code, Id *out)
{
    Record *record;

    *out = 0;
    if (code.len == 0)
        return OK;
    for (int b = buildings->count - 1; b >= 0; b--) /* houses of one building stand together: mostly the last */
        if (str_eq(buildings->codes[b], code)) {
            *out = buildings->ids[b];
            return OK;
        }
    if (buildings->count == (int)COUNT_OF(buildings->codes))
        return error_field(cx->arena, STR("file"), "out_of_range", STR("一个项目最多 2000 栋楼"),
                           STR("a project has at most 2000 buildings"));
    record = building_new(cx, i->ask->project, code);
    TRY(record_insert(cx, record));
    buildings->codes[buildings->count] = code;
    buildings->ids[buildings->count++] = *out = record->id;
    return OK;
}

static Value text_or_null(Str text)
{
    return text.len == 0 ? VALUE_NULL : value_text(text);
}

static void set_house(Cx *cx, Record *record, const PlanHouse *house)
{
    Str doubts = house_doubts(cx->arena, house->area_dm2);

    record_set(record, "floor", text_or_null(house->floor));
    record_set(record, "use", text_or_null(house->use));
    record_set(record, "note", text_or_null(house->note));
    record_set(record, "area", value_ref(house->area_dm2));
    record_set(record, "doubts", text_or_null(doubts));
}

static const Error *write_houses(Cx *cx, Importing *i)
{
    static const char BUILDINGS[] =
        "SELECT id, code FROM space WHERE org_id = :org AND project_id = :project AND kind = 'building'"
        " AND code IS NOT NULL AND archived_at IS NULL";
    const RecordMeta *meta = kernel_type(cx->kernel, &house_type);
    Buildings *buildings = new (cx->arena, Buildings, 1);
    Cx row_cx = *cx;
    Record *record;

    row_cx.arena = i->scratch;
    TRY(sql_each(cx, BUILDINGS, IN(in_int("project", i->ask->project)), building_row, buildings));
    for (int64_t h = 0; h < i->plan->house_count; h++) {
        PlanHouse *house = &i->plan->houses[h];
        if (house->change == PLAN_KEPT)
            continue;
        if (house->change == PLAN_CHANGED) { /* its event lives until the commit: not in the scratch */
            TRY(record_load(cx, meta, house->id, &record));
            set_house(cx, record, house);
            TRY(process_save(cx, record, "import"));
        } else {
            Id building;
            TRY(building_of(cx, i, buildings, house->building, &building));
            record = record_new(&row_cx, meta);
            record->no = house->no;
            record->project = i->ask->project;
            record->building = building;
            record_set(record, "building", text_or_null(house->building));
            record_set(record, "unit", text_or_null(house->unit));
            record_set(record, "room", text_or_null(house->room));
            set_house(&row_cx, record, house);
            TRY(record_insert(&row_cx, record));
            house->id = record->id;
        }
        TRY(step(cx, i));
    }
    return OK;
}

/* 单位, told by how its name ends. */
static bool is_company(const PlanParty *party)
{
    static const char *const endings[] = {"公司", "银行", "酒店", "中心", "事务所", "合作社", "委员会", "基金会",
                                          "商行", "集团", "学校", "医院", "Ltd",    "Ltd.",   "Inc.",   "LLC"};

    for (size_t i = 0; i < COUNT_OF(endings); i++)
        if (str_ends(party->name, str_of(endings[i])))
            return true;
    return false;
}

/* Phone tail and doubts, as ever. */
static const Error *complete_party(Cx *cx, Record *record)
{
    Problems *problems = new (cx->arena, Problems, 1);

    *problems = problems_new(cx->arena);
    TRY(party_type.prepare(cx, record, problems));
    return problems_error(problems);
}

static const Error *write_parties(Cx *cx, Importing *i)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &party_type);
    Cx row_cx = *cx;

    row_cx.arena = i->scratch;
    for (int64_t p = 0; p < i->plan->party_count; p++) {
        PlanParty *party = &i->plan->parties[p];
        bool is_new = party->change == PLAN_NEW;
        Cx *with = is_new ? &row_cx : cx;
        Record *record;
        if (party->change == PLAN_KEPT)
            continue;
        if (is_new) {
            record = record_new(with, meta);
            record->project = i->ask->project;
            record_set_text(record, "kind", is_company(party) ? STR("company") : STR("person"));
            record_set_text(record, "name", party->name);
        } else {
            TRY(record_load(with, meta, party->id, &record));
        }
        record_set(record, "phone", text_or_null(party->phone));
        record_set(record, "phones", text_or_null(party->phones));
        record_set(record, "id_no", text_or_null(party->id_no));
        TRY(complete_party(with, record));
        if (is_new) {
            TRY(record_insert(with, record));
            party->id = record->id;
        } else if (event_changes(cx, record).len > 0 || record_changed(record, "phones")) {
            TRY(process_save(with, record, "import")); /* else only a relation is new */
        }
        TRY(step(cx, i));
    }
    return OK;
}

static const Error *write_relations(Cx *cx, Importing *i)
{
    static const char DROP[] =
        "DELETE FROM residence WHERE org_id = :org AND house_id = :house AND party_id = :party AND role = :role"
        " AND since = :since";
    for (int64_t h = 0; h < i->plan->house_count; h++)
        for (const PlanRelation *relation = i->plan->houses[h].first; relation != NULL; relation = relation->next) {
            Id house = i->plan->houses[h].id, party = i->plan->parties[relation->party].id;
            const char *role = person_role_name(relation->role);
            if (relation->change == PLAN_KEPT)
                continue;
            if (relation->change == PLAN_CHANGED && relation->since != relation->since_before)
                TRY(sql_run(cx, DROP,
                            IN(in_int("house", house), in_int("party", party), in_c("role", role),
                               in_int("since", relation->since_before))));
            TRY(residence_put(cx, house, party, role, i->ask->project, relation->since, relation->until,
                              relation->share));
            TRY(step(cx, i));
        }
    return OK;
}

static void count_json(Json *json, PlanCount count)
{
    json_open(json, '{');
    JSON_INT(json, "houses", count.houses);
    JSON_INT(json, "parties", count.parties);
    json_close(json, '}');
}

static void counts_json(Json *json, const Plan *plan)
{
    static const Plan nothing = {0};

    plan = plan == NULL ? &nothing : plan;
    JSON_KEY(json, "created");
    count_json(json, plan->created);
    JSON_KEY(json, "changed");
    count_json(json, plan->changed);
    JSON_KEY(json, "unchanged");
    count_json(json, plan->unchanged);
}

/* Works out what the file means now, and does it. May run again: all it keeps is made here. */
static const Error *apply_closure(Cx *cx, void *self)
{
    Importing *i = self;
    Json payload = json_new(cx->arena, 4096);

    TRY(plan_closure(cx, i));
    i->done = 0;
    i->total = i->plan->created.houses + i->plan->changed.houses + i->plan->created.parties + i->plan->changed.parties +
               i->plan->relation_count;
    tell(cx, i, 0, i->total);
    TRY(write_houses(cx, i));
    TRY(write_parties(cx, i));
    TRY(write_relations(cx, i));
    if (i->total > 0) {
        json_open(&payload, '{');
        JSON_C(&payload, "resource", "houses");
        JSON_ID(&payload, "project", i->ask->project);
        counts_json(&payload, i->plan);
        json_close(&payload, '}');
        event_add_plain(cx, "import", i->ask->project, "import", buf_str(&payload.buf));
    }
    i->result = result_json(cx, i);
    return i->watch != NULL && i->watch->end != NULL ? i->watch->end(cx, i->watch->self, i->result) : OK;
}

static Str result_json(Cx *cx, const Importing *i)
{
    const HouseImport *import = i->import;
    Json json = json_new(cx->arena, MAX_RESULT);

    json_open(&json, '{');
    JSON_BOOL(&json, "dry_run", i->ask->dry_run);
    counts_json(&json, i->plan);
    JSON_INT(&json, "failed", import->failed);
    JSON_INT(&json, "rows", import->rows);
    JSON_INT(&json, "heading_row", import->heading_row);
    JSON_KEY(&json, "skipped");
    json_open(&json, '{');
    JSON_INT(&json, "titles", import->skipped.titles);
    JSON_INT(&json, "blank", import->skipped.blank);
    JSON_INT(&json, "totals", import->skipped.totals);
    JSON_INT(&json, "headings", import->skipped.headings);
    json_close(&json, '}');
    JSON_INT(&json, "error_count", import->errors.total);
    JSON_KEY(&json, "errors");
    house_problems_json(&json, &import->errors, cx->lang);
    JSON_INT(&json, "warning_count", import->warnings.total);
    JSON_KEY(&json, "warnings");
    house_problems_json(&json, &import->warnings, cx->lang);
    JSON_KEY(&json, "columns");
    house_columns_json(&json, import);
    JSON_KEY(&json, "understood");
    house_understood_json(&json, import);
    json_close(&json, '}');
    return buf_str(&json.buf);
}

/* The same shape for a file that is no table of homes: what is wrong is its only errors. */
static Str unreadable_json(Cx *cx, const Importing *i, const Error *error)
{
    Json json = json_new(cx->arena, 1 << 20);
    FieldProblem whole = {.field = STR("file"),
                          .code = error_row(error->code)->name,
                          .zh = error_text(error, LANG_ZH),
                          .en = error_text(error, LANG_EN)};
    const FieldProblem *first = error->fields != NULL ? error->fields : &whole;

    json_open(&json, '{');
    JSON_BOOL(&json, "dry_run", i->ask->dry_run);
    counts_json(&json, NULL);
    JSON_INT(&json, "failed", 0);
    JSON_INT(&json, "rows", 0);
    JSON_KEY(&json, "errors");
    json_open(&json, '[');
    for (const FieldProblem *problem = first; problem != NULL; problem = problem->next) {
        json_open(&json, '{');
        JSON_KEY(&json, "row");
        json_none(&json);
        JSON_KEY(&json, "column");
        json_none(&json);
        JSON_KEY(&json, "value");
        json_none(&json);
        JSON_TEXT(&json, "field", problem->field);
        JSON_C(&json, "code", problem->code);
        JSON_TEXT(&json, "message", cx->lang == LANG_ZH ? problem->zh : problem->en);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    JSON_KEY(&json, "warnings");
    json_raw(&json, STR("[]"));
    JSON_KEY(&json, "columns");
    json_raw(&json, STR("{}"));
    JSON_KEY(&json, "understood");
    json_raw(&json, STR("[]"));
    json_close(&json, '}');
    return buf_str(&json.buf);
}

const Error *house_template(Cx *cx, const RecordMeta *meta, SheetFormat format, int fd)
{
    static const struct {
        HouseField field;
        int width;
        const char *zh[2], *en[2];
    } columns[] = {
        {HOUSE_NO, 14, {"3-2-1501", "3-2-1502"}, {"3-2-1501", "3-2-1502"}},
        {HOUSE_AREA, 12, {"89.5", "120"}, {"89.5", "120"}},
        {HOUSE_USE, 10, {"住宅", "住宅"}, {"residential", "residential"}},
        {HOUSE_OWNER, 18, {"王秀兰、周德明", "张三"}, {"Wang Xiulan; Zhou Deming", "Zhang San"}},
        {HOUSE_OWNER_PHONE, 26, {"13800001234、13900005678", "13700001111"}, {"13800001234; 13900005678", "13700001111"}},
        {HOUSE_OWNER_ID_NO, 22, {"", ""}, {"", ""}},
        {HOUSE_OWNER_SHARE, 12, {"1/2、1/2", ""}, {"1/2; 1/2", ""}},
        {HOUSE_TENANT, 12, {"", "李四"}, {"", "Li Si"}},
        {HOUSE_TENANT_PHONE, 16, {"", "13600002222"}, {"", "13600002222"}},
        {HOUSE_TENANT_FROM, 14, {"", "2024-03-01"}, {"", "2024-03-01"}},
        {HOUSE_FAMILY, 14, {"周小明", ""}, {"Zhou Xiaoming", ""}},
        {HOUSE_CONTACT, 14, {"王建国", ""}, {"Wang Jianguo", ""}},
        {HOUSE_CONTACT_PHONE, 16, {"13500003333", ""}, {"13500003333", ""}},
        {HOUSE_MOVED_IN, 14, {"2020-01-05", "2021-09-10"}, {"2020-01-05", "2021-09-10"}},
        {HOUSE_NOTE, 20, {"", ""}, {"", ""}},
    };
    SheetColumn headings[COUNT_OF(columns)];
    SheetCell cells[COUNT_OF(columns)];
    SheetOut *out;

    (void)meta;
    for (size_t c = 0; c < COUNT_OF(columns); c++) {
        const HouseFieldRow *row = house_field_row(columns[c].field);
        headings[c] = (SheetColumn){str_of(cx->lang == LANG_ZH ? row->zh : row->en), columns[c].width};
    }
    TRY(sheet_out_open(cx->arena, fd, format, cx->kernel->folder, headings, (int)COUNT_OF(columns), &out));
    for (int r = 0; r < 2; r++) {
        for (size_t c = 0; c < COUNT_OF(columns); c++) { /* all as text: no phone is to be reckoned with */
            const char *text = cx->lang == LANG_ZH ? columns[c].zh[r] : columns[c].en[r];
            cells[c] = text[0] == '\0' ? sheet_empty() : sheet_text(str_of(text));
        }
        TRY(sheet_out_row(out, cells, (int)COUNT_OF(columns)));
    }
    return sheet_out_finish(out);
}

/* The job */

static const Error *run_import(Cx *cx, JobRun *run, Json *result)
{
    return import_run(cx, run, DESK, house_import, result);
}

static const Error *check_mapping(Arena *arena, const json_t *json)
{
    const HouseMapping *mapping;
    int count;

    return house_mapping_read(arena, json, &mapping, &count);
}

const JobKind house_import_job = {
    .kind = "import",
    .resource = "houses",
    .run = run_import,
    .template = house_template,
    .check_mapping = check_mapping,
    .by = DESK,
};
