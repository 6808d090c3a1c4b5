#include "kernel/export.h"
#include "base/exact.h"
#include "kernel/event.h"
#include "kernel/mask.h"

#include <stdio.h>

#define PAGE 500
#define MAX_EXPORT_COLUMNS (MAX_FIELDS + 8)
#define MAX_TOLD (1 << 20) /* bytes of what a record tells of itself */

/* One column of the table. */
typedef struct {
    SystemColumn system; /* COL_FIELDS: a field */
    const FieldMeta *field;
    int include; /* which of the query's includes, -1: none */
} ExportColumn;

typedef struct {
    const QueryParam *params;
    int param_count;
    const RecordMeta *meta;
    ListQuery query;
    ExportColumn columns[MAX_EXPORT_COLUMNS];
    int column_count;
    bool unmasked;
    Str reason;
    Tail *lookups; /* look-ups to be logged */
    SheetOut *out;
    Arena *told; /* what the row that is being written tells of itself */
    Str next;
} Export;

static const Error *parse_closure(Cx *cx, void *self);
static const Error *page_closure(Cx *cx, void *self);
static const Error *log_closure(Cx *cx, void *self);
static const Error *write_record(Cx *cx, const Record *record, void *self);
static void choose_columns(Export *export);
static Str heading(Cx *cx, const Export *export, const ExportColumn *column);

const Error *export_format(Cx *cx, Str text, SheetFormat *out)
{
    if (!str_is(text, "csv") && !str_is(text, "xlsx"))
        return error_field(cx->arena, STR("format"), text.ptr == NULL ? "required" : "choice",
                           STR("format 应为 csv 或 xlsx"), STR("format must be csv or xlsx"));
    *out = str_is(text, "csv") ? SHEET_CSV : SHEET_XLSX;
    return OK;
}

const char *export_mime(SheetFormat format)
{
    return format == SHEET_CSV ? "text/csv; charset=utf-8"
                               : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

const Error *export_write(Store *store, Cx *cx, const RecordMeta *meta, const QueryParam *params, int count,
                          SheetFormat format, int fd)
{
    AUTO(arena_close_at) Arena *scratch = arena_open(64 << 20);
    AUTO(arena_close_at) Arena *told = arena_open(16 << 20);
    Export *export = new (cx->arena, Export, 1);
    SheetColumn *headings = new (cx->arena, SheetColumn, MAX_EXPORT_COLUMNS);
    Cx page_cx = *cx;

    *export = (Export){.params = params, .param_count = count, .meta = meta, .told = told};
    TRY(store_read(store, cx, parse_closure, export));
    if (export->unmasked || export->lookups != NULL)
        TRY(store_write(store, cx, log_closure, export));
    for (int i = 0; i < export->column_count; i++)
        headings[i] = (SheetColumn){heading(cx, export, &export->columns[i]), 0};
    TRY(sheet_out_open(cx->arena, fd, format, cx->kernel->folder, headings, export->column_count, &export->out));
    page_cx.arena = scratch;
    page_cx.tails = NULL;
    do {
        const Error *error;
        arena_reset(scratch);
        error = store_read(store, &page_cx, page_closure, export);
        if (error != OK) /* said in the scratch, which goes */
            return error_new(cx->arena, error->code, str_copy(cx->arena, error->zh), str_copy(cx->arena, error->en));
        export->query.after = str_copy(cx->arena, export->next);
    } while (export->query.after.len > 0);
    return sheet_out_finish(export->out);
}

static const Error *parse_own(Cx *cx, Export *export)
{
    Problems problems = problems_new(cx->arena);

    for (int i = 0; i < export->param_count; i++) {
        const QueryParam *param = &export->params[i];
        if (str_is(param->name, "unmasked")) {
            export->unmasked = str_is(param->value, "true");
            if (!export->unmasked && !str_is(param->value, "false"))
                problems_add(&problems, param->name, "format", STR("unmasked 应为 true 或 false"),
                             STR("unmasked must be true or false"));
        } else if (str_is(param->name, "reason")) {
            export->reason = utf8_cut(str_trim(param->value), 200);
        } else if (str_is(param->name, "limit") || str_is(param->name, "after") || str_is(param->name, "count")) {
            problems_add(&problems, param->name, "unknown", STR("导出的是整个列表，没有这个参数"),
                         STR("an export is the whole list and has no such parameter"));
        }
    }
    if (export->unmasked && !cx->actor->is_system && !actor_has(cx->actor, EXPORT_UNMASKED, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (export->unmasked && export->reason.len == 0)
        problems_add(&problems, STR("reason"), "required", STR("导出完整的电话和证件号码须写明原因"),
                     STR("give a reason to export whole phone and identity numbers"));
    return problems_error(&problems);
}

static const Error *parse_closure(Cx *cx, void *self)
{
    Export *export = self;

    cx->tails = NULL;
    TRY(parse_own(cx, export));
    TRY(list_parse(cx, export->meta, export->params, export->param_count, NAMES("format", "unmasked", "reason"),
                   &export->query));
    export->lookups = cx->tails;
    cx->tails = NULL;
    export->query.limit = PAGE;
    choose_columns(export);
    return OK;
}

/* Who took what out of the house, and why. */
static const Error *log_closure(Cx *cx, void *self)
{
    Export *export = self;
    Json json = json_new(cx->arena, 1 << 16);

    TRY(event_write_tails(cx, export->lookups));
    if (!export->unmasked)
        return OK;
    json_open(&json, '{');
    JSON_C(&json, "resource", export->meta->type->resource);
    JSON_TEXT(&json, "reason", export->reason);
    JSON_KEY(&json, "filter");
    json_open(&json, '{');
    for (int i = 0; i < export->param_count; i++) {
        Str name = export->params[i].name;
        if (str_starts(name, STR("filter[")) && str_find(name, STR("phone")) < 0 && str_find(name, STR("id_no")) < 0) {
            json_key(&json, name);
            json_text(&json, export->params[i].value);
        }
    }
    json_close(&json, '}');
    json_close(&json, '}');
    event_add_plain(cx, export->meta->table, 0, "export", buf_str(&json.buf));
    return OK;
}

static const Error *page_closure(Cx *cx, void *self)
{
    Export *export = self;
    return list_page(cx, &export->query, write_record, export, &export->next);
}

/* Columns */

static bool is_wanted(const Export *export, const char *name)
{
    return export->query.fields == NULL || names_have(export->query.fields, name);
}

static void add_column(Export *export, SystemColumn system, const FieldMeta *field, int include)
{
    if (export->column_count < MAX_EXPORT_COLUMNS)
        export->columns[export->column_count++] = (ExportColumn){system, field, include};
}

/* Kept nowhere, told by the type: a list of things with a text. */
static bool is_lines(const RecordMeta *meta, const FieldMeta *field)
{
    return field->field->virtual && field->field->type == T_OBJECT && strcmp(field->field->name, "lines") == 0 && meta->type->show != NULL;
}

/* Everything that the list shows, in its order; references are included so that their labels are known. */
static void choose_columns(Export *export)
{
    const RecordType *type = export->meta->type;
    int includes = 0;

    memset(export->query.includes, 0, sizeof export->query.includes);
    if (is_wanted(export, "id"))
        add_column(export, COL_ID, NULL, -1);
    if ((type->prefix != NULL || type->own_number) && is_wanted(export, "no"))
        add_column(export, COL_NO, NULL, -1);
    if (type->states != NULL && is_wanted(export, "state"))
        add_column(export, COL_STATE, NULL, -1);
    for (int i = 0; i < export->meta->field_count; i++) {
        const FieldMeta *field = &export->meta->fields[i];
        int include = -1;
        if ((field->column == NULL && !is_lines(export->meta, field)) || field->field->internal || !is_wanted(export, field->field->name))
            continue;
        if (field->to != NULL && field->field->type != T_REFS && field->to->type->label != NULL && includes < MAX_INCLUDES) {
            include = includes;
            export->query.includes[includes++] = field;
        }
        add_column(export, COL_FIELDS, field, include);
    }
    if (is_wanted(export, "created_at"))
        add_column(export, COL_CREATED_AT, NULL, -1);
    if (is_wanted(export, "updated_at"))
        add_column(export, COL_UPDATED_AT, NULL, -1);
}

static Str heading(Cx *cx, const Export *export, const ExportColumn *column)
{
    bool zh = cx->lang == LANG_ZH;
    const FieldMeta *number = meta_field(export->meta, STR("no")); /* some call it by a name of their own: 房号 */
    Str label;

    switch (column->system) {
    case COL_ID: return zh ? STR("编号 (id)") : STR("Id");
    case COL_NO: return number != NULL ? str_of(zh ? number->field->zh : number->field->en) : zh ? STR("单号") : STR("Number");
    case COL_STATE: return zh ? STR("状态") : STR("State");
    case COL_CREATED_AT: return zh ? STR("登记时间") : STR("Created");
    case COL_UPDATED_AT: return zh ? STR("更新时间") : STR("Updated");
    case COL_VERSION: case COL_ARCHIVED_AT: case COL_CREATED_BY: case COL_PROJECT: case COL_BUILDING: case COL_STATE_BEFORE: case COL_SEAL:
        return STR_NONE;
    case COL_FIELDS: break;
    }
    label = str_of(zh ? column->field->field->zh : column->field->field->en);
    if (column->field->field->type == T_MONEY)
        return str_join(cx->arena, label, zh ? STR("（元）") : STR(" (yuan)"));
    if (column->field->field->type == T_AREA)
        return str_join(cx->arena, label, zh ? STR("（㎡）") : STR(" (m2)"));
    return label;
}

/* Cells */

static SheetCell time_cell(const Cx *cx, Instant at)
{
    Date day = instant_to_date(at, cx->zone_min);
    int minute = instant_to_minute(at, cx->zone_min);

    if (at == 0 || at >= NEVER)
        return sheet_empty();
    return sheet_text(str_format(cx->arena, "%04d-%02d-%02d %02d:%02d", (int)day / 10000, (int)day / 100 % 100,
                                 (int)day % 100, minute / 60, minute % 60));
}

static Str choice_label(const Cx *cx, const Field *field, Str value)
{
    for (const Choice *list = field->choices != NULL ? field->choices : field->suggests;
         list != NULL && list->value != NULL; list++)
        if (str_is(value, list->value))
            return str_of(cx->lang == LANG_ZH ? list->zh : list->en);
    return value;
}

/* ["a","b"] as a、b. */
static Str words_text(const Cx *cx, Str list)
{
    Buf text = buf_new(cx->arena, 1 << 16);
    json_t *json;
    size_t i;
    const json_t *word;

    if (json_read(cx->arena, list, &json) != OK)
        return list;
    json_array_foreach(json, i, word)
    {
        buf_add_c(&text, text.len == 0 ? "" : cx->lang == LANG_ZH ? "、" : ", ");
        buf_add(&text, json_str(word));
    }
    return buf_str(&text);
}

static int64_t count_items(Str list)
{
    int64_t count = list.len > 2;

    for (ptrdiff_t i = 0; i < list.len; i++)
        count += list.ptr[i] == ',';
    return count;
}

/* "2.80" as the number that it is, with as many digits. */
static SheetCell decimal_cell(Str text)
{
    ptrdiff_t point = str_find_char(text, '.');
    int places = point < 0 ? 0 : (int)(text.len - point - 1);
    Exact number;

    if (places > 9 || !exact_parse(text, places, &number))
        return sheet_text(text);
    for (int i = 0; i < places; i++)
        if (!exact_mul(number, exact_of(10), &number))
            return sheet_text(text);
    return sheet_decimal((int64_t)number.n, places);
}

static SheetCell field_cell(const Cx *cx, const Export *export, const Record *record, const Field *field, Value value)
{
    bool whole = export->unmasked &&
                 (cx->actor->is_system || actor_has(cx->actor, EXPORT_UNMASKED, record->project, record->building));

    if (value.kind == V_NULL)
        return sheet_empty();
    switch (field->type) {
    case T_INT: case T_SCORE: return sheet_int(value.n);
    case T_BOOL:
        return sheet_text(cx->lang == LANG_ZH ? (value.n ? STR("是") : STR("否")) : (value.n ? STR("yes") : STR("no")));
    case T_DATE: return sheet_date((Date)value.n);
    case T_TIME: return time_cell(cx, value.n);
    case T_MONEY: return sheet_decimal(value.n, 2);
    case T_AREA: return sheet_decimal(value.n, 2);
    case T_REF: case T_RECORD: return sheet_int(value.n);
    case T_SIGN: case T_FILE: return sheet_int(1);
    case T_REFS: case T_PHOTOS: case T_FILES: return sheet_int(count_items(value.s));
    case T_PHONE: return sheet_text(field->masked && !whole ? mask_phone(cx->arena, value.s) : value.s);
    case T_ID_NO: return sheet_text(field->masked && !whole ? mask_id_no(cx->arena, value.s) : value.s);
    case T_TEXT:
        if (field->masked && !whole)
            return sheet_text(mask_email(cx->arena, value.s));
        return sheet_text(choice_label(cx, field, value.s));
    case T_CHOICE: return sheet_text(choice_label(cx, field, value.s));
    case T_LINES: case T_CODE: case T_PLACE: case T_OBJECT: return sheet_text(value.s);
    case T_DECIMAL: return decimal_cell(value.s);
    case T_WORDS: return sheet_text(words_text(cx, value.s));
    case T_SECRET: break;
    }
    return sheet_empty();
}

/* In an arena that is emptied with each row: what a page of five hundred tells would be much. */
static const Error *lines_cell(const Cx *cx, Arena *arena, const Record *record, const FieldMeta *field, SheetCell *out)
{
    Json told = json_new(arena, MAX_TOLD);
    Buf text = buf_new(arena, MAX_TOLD);
    Cx row_cx = *cx;
    const json_t *line;
    json_t *json;
    size_t i;

    row_cx.arena = arena;
    json_open(&told, '{');
    TRY(record->meta->type->show(&row_cx, record, &told));
    json_close(&told, '}');
    TRY(json_read(arena, buf_str(&told.buf), &json));
    json_array_foreach(json_object_get(json, field->field->name), i, line)
    {
        buf_add_c(&text, i == 0 ? "" : "\n");
        buf_add(&text, json_str(json_object_get(line, "text")));
        if (json_object_get(line, "rounding") != NULL)
            buf_format(&text, cx->lang == LANG_ZH ? "（%.*s）" : " (%.*s)", STR_ARG(json_str(json_object_get(line, "rounding"))));
    }
    *out = sheet_text(buf_str(&text));
    return OK;
}

static SheetCell cell_of(const Cx *cx, const Export *export, const Record *record, const ExportColumn *column)
{
    const State *state = record->state < 0 ? NULL : &record->meta->type->states[record->state];

    switch (column->system) {
    case COL_ID: return sheet_int(record->id);
    case COL_NO: return sheet_text(record->no);
    case COL_STATE: return state == NULL ? sheet_empty() : sheet_text(str_of(cx->lang == LANG_ZH ? state->zh : state->en));
    case COL_CREATED_AT: return time_cell(cx, record->created_at);
    case COL_UPDATED_AT: return time_cell(cx, record->updated_at);
    case COL_VERSION: case COL_ARCHIVED_AT: case COL_CREATED_BY: case COL_PROJECT: case COL_BUILDING: case COL_STATE_BEFORE: case COL_SEAL:
        return sheet_empty();
    case COL_FIELDS: break;
    }
    if (column->include >= 0 && record->labels[2 * column->include + 1].kind == V_TEXT)
        return sheet_text(record->labels[2 * column->include + 1].s);
    return field_cell(cx, export, record, column->field->field, record_said(cx, record, column->field));
}

static const Error *write_record(Cx *cx, const Record *record, void *self)
{
    Export *export = self;
    SheetCell cells[MAX_EXPORT_COLUMNS];

    arena_reset(export->told);
    for (int i = 0; i < export->column_count; i++) {
        const ExportColumn *column = &export->columns[i];
        if (column->field != NULL && is_lines(export->meta, column->field))
            TRY(lines_cell(cx, export->told, record, column->field, &cells[i]));
        else
            cells[i] = cell_of(cx, export, record, column);
    }
    return sheet_out_row(export->out, cells, export->column_count);
}
