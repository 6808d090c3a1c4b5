/* record_import.c: the import of any record type that says by which fields a row finds its record: rows are read, columns understood, cells turned into
 * the JSON that the API takes (import_cell.c), and each row goes through process_create or process_patch. References to the type itself (a machine that is part of
 * another) are set when all rows are there. */
#include "base/cell.h"
#include "base/sheet.h"
#include "kernel/event.h"
#include "kernel/import_cell.h"
#include "kernel/input.h"
#include "kernel/process.h"

#include <assert.h>

#define MAX_ROWS 20000
#define MAX_COLUMNS 100
#define MAX_PROBLEMS 1000
#define MAX_KEYS 3
#define HEADING_WITHIN 20 /* rows */
#define TELL_EVERY 64
#define MAX_RESULT (16 << 20)

typedef struct {
    Str heading;
    const FieldMeta *field; /* NULL: left out */
    bool sure;
    Str first;
    int64_t filled;
} ImportColumn;

typedef enum { ROW_CREATED, ROW_CHANGED, ROW_UNCHANGED, ROW_REPEATED, ROW_FAILED } RowFate;
typedef struct {
    int64_t number; /* the spreadsheet's */
    Str *cells;     /* one for each column */
    Str key;
    Id id;
    RowFate fate;
} ImportRow;

typedef struct {
    int64_t row;
    Str column, value;
    const char *code;
    Str zh, en;
} ImportProblem;
typedef struct {
    ImportProblem *list;
    int count, room;
    int64_t total;
} ImportProblems;

typedef struct {
    Cx *cx;
    const RecordMeta *meta;
    const ImportAsk *ask;
    const ImportWatch *watch;
    ImportColumn columns[MAX_COLUMNS];
    int column_count;
    int64_t heading_row, titles;
    ImportRow *rows;
    int row_count, row_room;
    ImportProblems errors, warnings;
    Known keys, references;
    bool undone; /* a dry run, or rows with errors: the transaction was taken back on purpose */
    Str result;
} Importing;

uint64_t import_by_whom(const RecordMeta *meta)
{
    return meta->type->import_by == NULL ? 0 : meta->type->create_by;
}

/* Problems */

static void add_problem(const Importing *i, ImportProblems *problems, int64_t row, Str column, Str value, const char *code, Str zh, Str en)
{
    Arena *arena = i->cx->arena;

    problems->total++;
    if (problems->count == MAX_PROBLEMS)
        return;
    problems->list = arena_grown(arena, problems->list, sizeof(ImportProblem), problems->count, &problems->room);
    problems->list[problems->count++] = (ImportProblem){row, column, value, code, zh, en};
}

/* Columns */

/* A heading or label as they are compared: without blanks, marks and what stands in brackets behind it. */
static Str plain_heading(Arena *arena, Str text)
{
    Str plain = text_dense(arena, text);
    ptrdiff_t bracket = str_find_char(plain, '(');

    if (bracket > 0)
        plain = str_cut(plain, 0, bracket);
    while (str_ends(plain, STR("*")) || str_ends(plain, STR(":")))
        plain = str_cut(plain, 0, plain.len - 1);
    while (str_starts(plain, STR("*")))
        plain = str_cut(plain, 1, plain.len);
    return plain;
}

static bool is_taken(const Importing *i, const FieldMeta *field)
{
    for (int c = 0; c < i->column_count; c++)
        if (i->columns[c].field == field)
            return true;
    return false;
}

/* The field that a heading names: by its name or label, or (a guess) by a label that ends with it, or that it ends with. */
static const FieldMeta *field_of(const Importing *i, Str heading, bool guess)
{
    Arena *arena = i->cx->arena;

    for (int f = 0; f < i->meta->field_count; f++) {
        const FieldMeta *field = &i->meta->fields[f];
        Str zh = plain_heading(arena, str_of(field->field->zh)), en = plain_heading(arena, str_of(field->field->en));
        if (!import_takes(field) || is_taken(i, field))
            continue;
        if (!guess ? import_same_word(heading, zh) || import_same_word(heading, en) || import_same_word(heading, field->name)
                   : heading.len >= 6 && zh.len >= 6 && (str_ends(heading, zh) || str_ends(zh, heading)))
            return field;
    }
    return NULL;
}

static const Error *map_column(const Importing *i, ImportColumn *column)
{
    Arena *arena = i->cx->arena;
    const json_t *named = json_object_get(i->ask->mapping, str_to_c(arena, column->heading));

    column->sure = true;
    if (named == NULL) {
        column->field = field_of(i, plain_heading(arena, column->heading), false);
        return OK;
    }
    if (json_is_null(named))
        return OK;
    column->field = meta_field(i->meta, json_str(named));
    if (column->field != NULL && import_takes(column->field) && !is_taken(i, column->field))
        return OK;
    return error_field(arena, STR("mapping"), "choice", str_format(arena, "“%.*s”不是可导入的字段，或写了两次", STR_ARG(json_str(named))),
                       str_format(arena, "\"%.*s\" is no field that can be imported, or is named twice", STR_ARG(json_str(named))));
}

/* Is this row the heading? It names all fields by which a record is found. */
static const Error *read_heading(Importing *i, const Str *cells, int count, bool *is_heading)
{
    i->column_count = 0;
    for (int c = 0; c < count && c < MAX_COLUMNS; c++) {
        ImportColumn column = {.heading = str_copy(i->cx->arena, text_plain(i->cx->arena, cells[c]))};
        TRY(map_column(i, &column));
        i->columns[i->column_count++] = column;
    }
    for (int c = 0; c < i->column_count; c++) {
        ImportColumn *column = &i->columns[c];
        if (column->field == NULL && json_object_get(i->ask->mapping, str_to_c(i->cx->arena, column->heading)) == NULL) {
            column->field = field_of(i, plain_heading(i->cx->arena, column->heading), true);
            column->sure = column->field == NULL;
        }
    }
    *is_heading = true;
    for (const char *const *key = i->meta->type->import_by; *key != NULL; key++)
        *is_heading = *is_heading && is_taken(i, meta_field(i->meta, str_of(*key)));
    return OK;
}

static const Error *wrong_file(const Importing *i, Str zh, Str en)
{
    return error_field(i->cx->arena, STR("file"), "format", zh, en);
}

static const Error *read_row(void *self, int64_t number, const Str *cells, int count)
{
    Importing *i = self;
    Arena *arena = i->cx->arena;
    ImportRow row = {.number = number};
    bool is_heading;

    if (i->heading_row == 0) {
        TRY(read_heading(i, cells, count, &is_heading));
        if (is_heading)
            i->heading_row = number;
        else if (++i->titles == HEADING_WITHIN)
            return wrong_file(i, str_format(arena, "前 %d 行里没有表头", HEADING_WITHIN), str_format(arena, "there is no heading in the first %d rows", HEADING_WITHIN));
        return OK;
    }
    if (i->row_count == MAX_ROWS)
        return wrong_file(i, str_format(arena, "一次最多 %d 行", MAX_ROWS), str_format(arena, "at most %d rows at once", MAX_ROWS));
    row.cells = new (arena, Str, i->column_count + 1);
    for (int c = 0; c < i->column_count && c < count; c++) {
        row.cells[c] = str_copy(arena, str_trim(cells[c]));
        i->columns[c].filled += row.cells[c].len > 0;
        if (i->columns[c].first.len == 0)
            i->columns[c].first = row.cells[c];
    }
    i->rows = arena_grown(arena, i->rows, sizeof(ImportRow), i->row_count, &i->row_room);
    i->rows[i->row_count++] = row;
    return OK;
}

static Str cell_of(const Importing *i, const ImportRow *row, const char *field, const ImportColumn **column)
{
    for (int c = 0; c < i->column_count; c++)
        if (i->columns[c].field != NULL && str_is(i->columns[c].field->name, field)) {
            *column = &i->columns[c];
            return text_plain(i->cx->arena, row->cells[c]);
        }
    *column = NULL;
    return STR_NONE;
}

/* Rows */

static void drop_json(void *json)
{
    json_decref(json);
}

static void fail_row(Importing *i, ImportRow *row, const ImportColumn *column, Str value, const char *code, Str zh, Str en)
{
    add_problem(i, &i->errors, row->number, column == NULL ? STR_NONE : column->heading, value, code, zh, en);
    row->fate = ROW_FAILED;
}

static bool is_plain_text(FieldType type)
{
    return type == T_TEXT || type == T_LINES;
}

/* What the API would be told of the row: its cells that say something, own references (`own`) or all but these. */
static const Error *body_of(Importing *i, ImportRow *row, bool own, json_t **out)
{
    json_t *body = json_object();

    arena_defer(i->cx->arena, drop_json, body);
    for (int c = 0; c < i->column_count; c++) {
        const ImportColumn *column = &i->columns[c];
        Str text = text_plain(i->cx->arena, row->cells[c]);
        json_t *value = NULL;
        ImportWrong wrong = {0};
        if (column->field == NULL || text.len == 0 || (column->field->to == i->meta) != own)
            continue;
        if (is_plain_text(column->field->field->type) && !names_have(i->meta->type->import_by, column->field->field->name))
            text = row->cells[c]; /* as it was written */
        TRY(import_cell_json(i->cx, &i->references, i->ask->project, column->field, text, &value, &wrong));
        if (wrong.code != NULL)
            fail_row(i, row, column, row->cells[c], wrong.code, wrong.zh, wrong.en);
        if (value != NULL)
            (void)json_object_set_new(body, column->field->field->name, value); /* fails without memory only */
    }
    *out = body;
    return OK;
}

/* An error about the row's own content is told with its row; any other ends the import. */
static const Error *told(Importing *i, ImportRow *row, const Error *error)
{
    if (error == OK || error->code != ERR_INVALID)
        return error;
    for (const FieldProblem *problem = error->fields; problem != NULL; problem = problem->next) {
        const ImportColumn *column = NULL;
        Str value = cell_of(i, row, str_to_c(i->cx->arena, problem->field), &column);
        fail_row(i, row, column, value, problem->code, problem->zh, problem->en);
    }
    return OK;
}

/* The members that differ from what is there. */
static const Error *only_changes(Importing *i, ImportRow *row, const Record *record, json_t *body)
{
    Problems problems = problems_new(i->cx->arena);
    const char *name;
    json_t *member;
    void *next;

    json_object_foreach_safe(body, next, name, member)
    {
        const FieldMeta *field = meta_field(i->meta, str_of(name));
        Value value = VALUE_NULL;
        TRY(input_value(i->cx, field, member, &value, &problems));
        if (problems.count == 0 && value_eq(value, record->values[field->at]))
            (void)json_object_del(body, name); /* it is there */
    }
    return told(i, row, problems_error(&problems));
}

static const Error *write_row(Importing *i, ImportRow *row)
{
    Cx *cx = i->cx;
    Record *record;
    json_t *body;

    TRY(body_of(i, row, false, &body));
    if (row->fate == ROW_FAILED)
        return OK;
    if (row->id == 0) {
        if (i->meta->type->in_project && json_object_get(body, "project") == NULL)
            (void)json_object_set_new(body, "project", json_string(str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)i->ask->project)))); /* fails without memory only */
        TRY(told(i, row, process_create(cx, i->meta, body, &record)));
        if (row->fate != ROW_FAILED)
            row->id = record->id;
        return OK;
    }
    TRY(record_load(cx, i->meta, row->id, &record));
    TRY(only_changes(i, row, record, body));
    if (row->fate == ROW_FAILED)
        return OK;
    if (json_object_size(body) == 0) {
        row->fate = ROW_UNCHANGED;
        return OK;
    }
    row->fate = ROW_CHANGED;
    return told(i, row, process_patch(cx, i->meta, row->id, 0, body, &record));
}

/* References to others of the type, which are all there now. */
static const Error *write_own(Importing *i, ImportRow *row)
{
    Record *record;
    json_t *body;

    TRY(body_of(i, row, true, &body));
    if (row->fate == ROW_FAILED || json_object_size(body) == 0)
        return OK;
    TRY(record_load(i->cx, i->meta, row->id, &record));
    TRY(only_changes(i, row, record, body));
    if (row->fate == ROW_FAILED || json_object_size(body) == 0)
        return OK;
    if (row->fate == ROW_UNCHANGED)
        row->fate = ROW_CHANGED;
    return told(i, row, process_patch(i->cx, i->meta, row->id, 0, body, &record));
}

static const Error *take_id(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(Id *)self = row_int(row, 0);
    return OK;
}

/* The record that the row is about: one that is there, or one that an earlier row makes. Said twice, the second must say the same. */
static const Error *find_row(Importing *i, int at)
{
    Cx *cx = i->cx;
    ImportRow *row = &i->rows[at], *first;
    Buf key = buf_new(cx->arena, 4096), sql = buf_new(cx->arena, 4096);
    Params params = {0};
    Id found = 0;
    const ImportColumn *column;
    KnownText *known;
    int n = 0;

    row->fate = ROW_CREATED;
    row->id = 0;
    buf_format(&sql, "SELECT t.id FROM \"%s\" t WHERE t.org_id = :org AND t.archived_at IS NULL", i->meta->table); /* the index of import_by */
    if (i->meta->type->in_project)
        buf_add_c(&sql, " AND t.project_id = :project");
    params_add(&params, "project", value_int(i->ask->project));
    for (const char *const *by = i->meta->type->import_by; *by != NULL; by++, n++) {
        static const char *const names[MAX_KEYS] = {"k0", "k1", "k2"};
        Str cell = cell_of(i, row, *by, &column);
        assert(n < MAX_KEYS);
        if (cell.len == 0) {
            fail_row(i, row, column, STR(""), "required", STR("不能缺少"), STR("is required"));
            return OK;
        }
        buf_format(&sql, " AND t.\"%s\" = :%s", *by, names[n]);
        params_add(&params, names[n], value_text(cell));
        buf_format(&key, "%.*s\n", STR_ARG(cell));
    }
    row->key = buf_str(&key);
    known = known_text(cx->arena, &i->keys, row->key);
    if (known->times++ == 0) {
        known->found = at + 1;
        TRY(sql_each_built(cx, buf_str(&sql), params.in, take_id, &found));
        row->id = found;
        return OK;
    }
    first = &i->rows[known->found - 1];
    row->fate = ROW_REPEATED;
    for (int c = 0; c < i->column_count; c++)
        if (i->columns[c].field != NULL && row->cells[c].len > 0 && !str_eq(row->cells[c], first->cells[c])) {
            fail_row(i, row, &i->columns[c], row->cells[c], "contradiction", str_format(cx->arena, "与第 %lld 行同一编号而内容不同", (long long)first->number),
                     str_format(cx->arena, "row %lld is the same one and says something else", (long long)first->number));
            return OK;
        }
    add_problem(i, &i->warnings, row->number, STR_NONE, row->key.len > 0 ? str_trim(row->key) : STR_NONE, "duplicate",
                str_format(cx->arena, "与第 %lld 行重复，只登记一次", (long long)first->number), str_format(cx->arena, "is row %lld again: taken once", (long long)first->number));
    return OK;
}

static const Error *stopped(Cx *cx)
{
    return error_new(cx->arena, ERR_CHANGED, STR("已停止导入，没有写入任何内容"), STR("the import was stopped; nothing was written"));
}

static const Error *step(Importing *i, int64_t done)
{
    if (done % TELL_EVERY != 0 || i->watch == NULL)
        return OK;
    if (i->watch->progress != NULL)
        i->watch->progress(i->cx, i->watch->self, done, (int64_t)i->row_count * 2);
    return i->watch->must_stop != NULL && i->watch->must_stop(i->watch->self) ? stopped(i->cx) : OK;
}

static int64_t count_fate(const Importing *i, RowFate fate)
{
    int64_t count = 0;

    for (int r = 0; r < i->row_count; r++)
        count += i->rows[r].fate == fate;
    return count;
}

static void counts_json(const Importing *i, Json *json)
{
    static const struct {
        const char *name;
        RowFate fate;
    } counts[] = {{"created", ROW_CREATED}, {"changed", ROW_CHANGED}, {"unchanged", ROW_UNCHANGED}};

    for (size_t k = 0; k < COUNT_OF(counts); k++) {
        json_key(json, str_of(counts[k].name));
        json_open(json, '{');
        json_key(json, str_of(i->meta->type->resource));
        json_int(json, count_fate(i, counts[k].fate));
        json_close(json, '}');
    }
}

static void problems_json(const Importing *i, Json *json, const char *name, const ImportProblems *problems)
{
    json_key(json, str_format(i->cx->arena, "%s_count", name));
    json_int(json, problems->total);
    json_key(json, str_format(i->cx->arena, "%ss", name));
    json_open(json, '[');
    for (int p = 0; p < problems->count; p++) {
        const ImportProblem *problem = &problems->list[p];
        json_open(json, '{');
        JSON_KEY(json, "row");
        problem->row == 0 ? json_none(json) : json_int(json, problem->row);
        JSON_KEY(json, "column");
        problem->column.len == 0 ? json_none(json) : json_text(json, problem->column);
        JSON_KEY(json, "value");
        problem->row == 0 ? json_none(json) : json_text(json, problem->value);
        JSON_C(json, "code", problem->code);
        JSON_TEXT(json, "message", i->cx->lang == LANG_ZH ? problem->zh : problem->en);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static Str result_json(const Importing *i)
{
    Json json = json_new(i->cx->arena, MAX_RESULT);

    json_open(&json, '{');
    JSON_BOOL(&json, "dry_run", i->ask->dry_run);
    counts_json(i, &json);
    JSON_INT(&json, "failed", count_fate(i, ROW_FAILED));
    JSON_INT(&json, "rows", i->row_count);
    JSON_INT(&json, "heading_row", i->heading_row);
    problems_json(i, &json, "error", &i->errors);
    problems_json(i, &json, "warning", &i->warnings);
    JSON_KEY(&json, "columns");
    json_open(&json, '{');
    for (int c = 0; c < i->column_count; c++) {
        json_key(&json, i->columns[c].heading);
        i->columns[c].field == NULL ? json_none(&json) : json_text(&json, i->columns[c].field->name);
    }
    json_close(&json, '}');
    JSON_KEY(&json, "understood");
    json_open(&json, '[');
    for (int c = 0; c < i->column_count; c++) {
        const ImportColumn *column = &i->columns[c];
        json_open(&json, '{');
        JSON_TEXT(&json, "heading", column->heading);
        JSON_KEY(&json, "field");
        column->field == NULL ? json_none(&json) : json_text(&json, column->field->name);
        JSON_BOOL(&json, "sure", column->sure);
        JSON_TEXT(&json, "written", column->first);
        JSON_KEY(&json, "stored");
        column->field == NULL ? json_none(&json) : json_text(&json, column->first);
        JSON_INT(&json, "filled", column->filled);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    json_close(&json, '}');
    return buf_str(&json.buf);
}

/* Does it all. May run again: all it keeps is made here. */
static const Error *apply_closure(Cx *cx, void *self)
{
    Importing *i = self;

    i->cx = cx;
    i->keys = i->references = (Known){0};
    i->errors = i->warnings = (ImportProblems){0};
    for (int r = 0; r < i->row_count; r++) {
        TRY(find_row(i, r));
        if (i->rows[r].fate == ROW_CREATED)
            TRY(write_row(i, &i->rows[r]));
        TRY(step(i, r));
    }
    i->references = (Known){0}; /* what was not there then may be now */
    for (int r = 0; r < i->row_count; r++) {
        if (i->rows[r].fate != ROW_FAILED && i->rows[r].fate != ROW_REPEATED)
            TRY(write_own(i, &i->rows[r]));
        TRY(step(i, (int64_t)i->row_count + r));
    }
    i->result = result_json(i);
    i->undone = i->ask->dry_run || i->errors.total > 0;
    if (i->undone)
        return error_new(cx->arena, ERR_STATE_OF_WORLD, STR_NONE, STR_NONE); /* takes it back; nobody sees it */
    if (count_fate(i, ROW_CREATED) + count_fate(i, ROW_CHANGED) > 0) {
        Json payload = json_new(cx->arena, 4096);
        json_open(&payload, '{');
        JSON_C(&payload, "resource", i->meta->type->resource);
        JSON_ID(&payload, "project", i->ask->project);
        counts_json(i, &payload);
        json_close(&payload, '}');
        event_add_plain(cx, "import", i->ask->project, "import", buf_str(&payload.buf));
    }
    return i->watch != NULL && i->watch->end != NULL ? i->watch->end(cx, i->watch->self, i->result) : OK;
}

/* The file is no such table: what is wrong with it is the only error. */
static Str unreadable(Importing *i, const Error *error)
{
    const FieldProblem *first = error->fields;

    i->row_count = i->column_count = 0;
    if (first == NULL)
        add_problem(i, &i->errors, 0, STR_NONE, STR_NONE, error_row(error->code)->name, error_text(error, LANG_ZH), error_text(error, LANG_EN));
    for (; first != NULL; first = first->next)
        add_problem(i, &i->errors, 0, STR_NONE, STR_NONE, first->code, first->zh, first->en);
    return result_json(i);
}

const Error *record_import(Store *store, Cx *cx, const RecordMeta *meta, const char *path, const ImportAsk *ask, const ImportWatch *watch, Str *result, bool *failed)
{
    Importing *i = new (cx->arena, Importing, 1);
    const Error *error;

    *i = (Importing){.cx = cx, .meta = meta, .ask = ask, .watch = watch};
    *failed = true;
    error = sheet_read(cx->arena, path, read_row, i);
    if (error == OK && i->heading_row == 0)
        error = wrong_file(i, STR("没有表头：请用模板"), STR("there is no heading: use the template"));
    if (error != OK && error->fields != NULL && str_is(error->fields->field, "mapping"))
        return error;
    if (error != OK && (error->code == ERR_INVALID || error->code == ERR_TOO_LARGE)) {
        *result = unreadable(i, error);
        return OK;
    }
    TRY(error);
    error = store_write(store, cx, apply_closure, i);
    i->cx = cx;
    if (!i->undone)
        TRY(error);
    *result = i->result;
    *failed = !ask->dry_run && i->errors.total > 0;
    return OK;
}

const Error *record_import_template(Cx *cx, const RecordMeta *meta, SheetFormat format, int fd)
{
    SheetColumn headings[MAX_COLUMNS];
    SheetOut *out;
    int count = 0;

    for (int f = 0; f < meta->field_count && count < MAX_COLUMNS; f++) {
        const Field *field = meta->fields[f].field;
        const char *unit = field->type == T_MONEY ? (cx->lang == LANG_ZH ? "（元）" : " (yuan)") : "";
        if (import_takes(&meta->fields[f]))
            headings[count++] = (SheetColumn){str_format(cx->arena, "%s%s%s", cx->lang == LANG_ZH ? field->zh : field->en, unit, field->required ? "*" : ""), 0};
    }
    TRY(sheet_out_open(cx->arena, fd, format, cx->kernel->folder, headings, count, &out));
    return sheet_out_finish(out);
}

static const Error *run_import(Cx *cx, JobRun *run, Json *result)
{
    const RecordMeta *meta = kernel_find(cx->kernel, json_str(json_object_get(job_args(run), "resource")));

    return import_run(cx, run, meta == NULL ? 0 : import_by_whom(meta), record_import, result);
}

const JobKind record_import_job = {.kind = "import", .run = run_import, .template = record_import_template};
