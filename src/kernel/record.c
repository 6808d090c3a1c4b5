#include "kernel/record.h"
#include "kernel/fold.h"
#include "kernel/keys.h"
#include "kernel/link.h"
#include "kernel/list.h"
#include "kernel/mask.h"
#include "kernel/process.h"
#include "kernel/tally.h"
#include "store/dialect.h"

#include <assert.h>
#include <stdio.h>
#include <strings.h>

#define MAX_SEARCH_BYTES (64 * 1024)

static int value_at(const Record *record, const char *field);
static const Error *search_text(Cx *cx, const Record *record, Str *out);
static const Error *attach(Cx *cx, const Record *record);

Record *record_new(Cx *cx, const RecordMeta *meta)
{
    Record *record = new (cx->arena, Record, 1);

    *record = (Record){.meta = meta,
                       .id = id_new(cx->now),
                       .state = meta->type->states == NULL ? -1 : 0,
                       .state_before = -1,
                       .state_kept = -1,
                       .version = 1,
                       .created_at = cx->now,
                       .updated_at = cx->now,
                       .created_by = cx->actor == NULL ? 0 : cx->actor->user,
                       .values = new (cx->arena, Value, meta->value_count)};
    return record;
}

Record *record_from_row(Cx *cx, const RecordMeta *meta, const Row *row)
{
    Record *record = record_of_row(cx, meta, row);

    record->no = str_copy(cx->arena, record->no);
    record->seal = str_copy(cx->arena, record->seal);
    for (int i = 0; i < meta->value_count; i++)
        record->values[i].s = str_copy(cx->arena, record->values[i].s);
    return record;
}

Record *record_to_write(Cx *cx, const RecordMeta *meta, const Row *row)
{
    Record *record = record_from_row(cx, meta, row);

    record->before = new (cx->arena, Value, meta->value_count);
    memcpy(record->before, record->values, sizeof(Value) * (size_t)meta->value_count);
    record->state_kept = record->state;
    if (meta->searched)
        record->search_before = str_copy(cx->arena, row_text(row, COL_FIELDS + meta->value_count));
    return record;
}

Record *record_of_row(Cx *cx, const RecordMeta *meta, const Row *row)
{
    Record *record = new (cx->arena, Record, 1);

    *record = (Record){.meta = meta,
                       .id = row_int(row, COL_ID),
                       .no = row_text(row, COL_NO),
                       .state = meta_state(meta, row_text(row, COL_STATE)),
                       .state_before = meta_state(meta, row_text(row, COL_STATE_BEFORE)),
                       .version = row_int(row, COL_VERSION),
                       .created_at = row_int(row, COL_CREATED_AT),
                       .updated_at = row_int(row, COL_UPDATED_AT),
                       .archived_at = row_int(row, COL_ARCHIVED_AT),
                       .created_by = row_int(row, COL_CREATED_BY),
                       .project = row_int(row, COL_PROJECT),
                       .building = row_int(row, COL_BUILDING),
                       .seal = row_text(row, COL_SEAL),
                       .values = new (cx->arena, Value, meta->value_count)};
    row_values(row, COL_FIELDS, meta->value_count, record->values);
    return record;
}

typedef struct {
    const RecordMeta *meta;
    Record *record;
} Found;

static const Error *take_row(Cx *cx, const Row *row, void *self)
{
    Found *found = self;

    found->record = record_to_write(cx, found->meta, row);
    return OK;
}

const char *record_lock(const Cx *cx)
{
    return lock_of(cx);
}

static const Error *find_record(Cx *cx, const RecordMeta *meta, Id id, bool seen_only, Record **out)
{
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};
    Found found = {.meta = meta};

    buf_add_c(&sql, "SELECT ");
    buf_add_c(&sql, meta->columns);
    buf_format(&sql, "%s FROM \"%s\" t WHERE t.org_id = :org AND t.id = :id", meta->searched ? ", t.search" : "", meta->table);
    params_add(&params, "id", value_int(id));
    if (seen_only) {
        buf_add_c(&sql, " AND ");
        access_condition(cx, meta, &sql, &params);
    }
    buf_add_c(&sql, lock_of(cx));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, take_row, &found));
    if (found.record == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    *out = found.record;
    return OK;
}

const Error *record_get(Cx *cx, const RecordMeta *meta, Id id, Record **out)
{
    return find_record(cx, meta, id, true, out);
}

const Error *record_load(Cx *cx, const RecordMeta *meta, Id id, Record **out)
{
    return find_record(cx, meta, id, false, out);
}

static const Error *note_found(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    (void)row;
    *(bool *)self = true;
    return OK;
}

const Error *record_is_seen(Cx *cx, const RecordMeta *meta, Value id_or_code, bool *seen)
{
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};

    buf_format(&sql, "SELECT 1 FROM \"%s\" t WHERE t.org_id = :org AND t.%s = :id AND t.archived_at IS NULL AND ", meta->table,
               id_or_code.kind == V_INT ? "id" : "code");
    params_add(&params, "id", id_or_code);
    access_condition(cx, meta, &sql, &params);
    *seen = false;
    return sql_each_built(cx, buf_str(&sql), params.in, note_found, seen);
}

/* The last few looks of a transaction. One holds for who looked, at that moment. */
typedef struct {
    const RecordMeta *meta;
    const Record *record;
    const Actor *actor;
    Id org;
    Instant now;
    bool as_seen;
} Look;
struct Looked {
    Look list[8];
    int turn;
};

static const Record *looked_at(const Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen)
{
    for (size_t i = 0; cx->looked != NULL && i < COUNT_OF(cx->looked->list); i++) {
        const Look *look = &cx->looked->list[i];
        if (look->meta != meta || look->org != cx->org || look->now != cx->now || (as_seen && (!look->as_seen || look->actor != cx->actor)))
            continue;
        if (id_or_code.kind == V_INT ? look->record->id == id_or_code.n : str_eq(record_text(look->record, "code"), id_or_code.s))
            return look->record;
    }
    return NULL;
}

static void forget(const Cx *cx, Id id)
{
    for (size_t i = 0; cx->looked != NULL && i < COUNT_OF(cx->looked->list); i++)
        if (cx->looked->list[i].meta != NULL && cx->looked->list[i].record->id == id)
            cx->looked->list[i].meta = NULL;
}

static const Error *take_looked(Cx *cx, const Row *row, void *self)
{
    Found *found = self;

    found->record = record_from_row(cx, found->meta, row);
    return OK;
}

static void keep_look(Cx *cx, const Record *record, bool as_seen)
{
    if (cx->looked == NULL)
        cx->looked = new (cx->arena, struct Looked, 1);
    cx->looked->list[cx->looked->turn++ % (int)COUNT_OF(cx->looked->list)] = (Look){record->meta, record, cx->actor, cx->org, cx->now, as_seen};
}

static Str look_sql(Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen, Params *params)
{
    Buf sql = buf_new(cx->arena, 1 << 15);

    buf_format(&sql, "SELECT %s FROM \"%s\" t WHERE t.org_id = :org AND t.%s = :id%s", meta->columns, meta->table,
               id_or_code.kind == V_INT ? "id" : "code", as_seen || id_or_code.kind != V_INT ? " AND t.archived_at IS NULL" : "");
    params_add(params, "id", id_or_code);
    if (as_seen) {
        buf_add_c(&sql, " AND ");
        access_condition(cx, meta, &sql, params);
    }
    return buf_str(&sql);
}

const Error *record_look_ahead(Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen)
{
    Params params = {0};

    if (!sql_goes_ahead(cx) || looked_at(cx, meta, id_or_code, as_seen) != NULL)
        return OK;
    return sql_ahead_built(cx, look_sql(cx, meta, id_or_code, as_seen, &params), params.in);
}

const Error *record_look(Cx *cx, const RecordMeta *meta, Value id_or_code, bool as_seen, const Record **out)
{
    Found found = {.meta = meta};
    Params params = {0};
    Str sql;

    *out = looked_at(cx, meta, id_or_code, as_seen);
    if (*out != NULL)
        return OK;
    sql = look_sql(cx, meta, id_or_code, as_seen, &params);
    TRY(sql_each_built(cx, sql, params.in, take_looked, &found));
    *out = found.record;
    if (found.record != NULL)
        keep_look(cx, found.record, as_seen);
    return OK;
}

void record_looked(Cx *cx, const Record *record)
{
    keep_look(cx, record, false);
}

const Error *record_insert(Cx *cx, Record *record)
{
    const RecordMeta *meta = record->meta;
    static const char *const names[MAX_FIELDS] = {
        "f0",  "f1",  "f2",  "f3",  "f4",  "f5",  "f6",  "f7",  "f8",  "f9",  "f10", "f11", "f12", "f13", "f14", "f15",
        "f16", "f17", "f18", "f19", "f20", "f21", "f22", "f23", "f24", "f25", "f26", "f27", "f28", "f29", "f30", "f31",
        "f32", "f33", "f34", "f35", "f36", "f37", "f38", "f39", "f40", "f41", "f42", "f43", "f44", "f45", "f46", "f47",
        "f48", "f49", "f50", "f51", "f52", "f53", "f54", "f55", "f56", "f57", "f58", "f59", "f60", "f61", "f62", "f63"};
    In in[COL_FIELDS + MAX_FIELDS + 2] = {{0}};
    Str search = STR_NONE;
    int n = 0;

    assert(meta->value_count <= 64);
    if (meta->searched)
        TRY(search_text(cx, record, &search));
    if (meta->type->sums != NULL)
        meta->type->sums(cx, record);
    record->seal = record_seal(cx, record);
    in[n++] = in_int("id", record->id);
    in[n++] = in_value("no", record->no.len == 0 ? VALUE_NULL : value_text(record->no));
    in[n++] = in_c("state", record_state(record));
    in[n++] = in_int("version", record->version);
    in[n++] = in_int("created_at", record->created_at);
    in[n++] = in_int("updated_at", record->updated_at);
    in[n++] = in_ref("archived_at", record->archived_at);
    in[n++] = in_ref("created_by", record->created_by);
    in[n++] = in_ref("project_id", record->project);
    in[n++] = in_ref("building_id", record->building);
    in[n++] = in_c("state_before", record->state_before < 0 ? NULL : meta->type->states[record->state_before].name);
    in[n++] = in_text("seal", record->seal);
    in[n++] = in_text("search", search);
    for (int i = 0; i < meta->value_count; i++)
        in[n++] = in_value(names[i], record->values[i]);
    TRY(sql_run(cx, meta->insert, in));
    if (meta->searched)
        TRY(search_put(cx, meta->table, record->id, STR_NONE, search));
    TRY(attach(cx, record));
    TRY(link_keep(cx, record));
    TRY(tally_record(cx, record, 1));
    record->before = new (cx->arena, Value, meta->value_count);
    memcpy(record->before, record->values, sizeof(Value) * (size_t)meta->value_count);
    record->state_kept = record->state;
    record->search_before = search;
    return OK;
}

static const Error *note_changed(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(int64_t *)self = row_int(row, 0);
    return OK;
}

const Error *record_update(Cx *cx, Record *record)
{
    const RecordMeta *meta = record->meta;
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};
    Str search = record->search_before;
    int64_t written = 0;
    bool words = false;

    assert(record->before != NULL);
    forget(cx, record->id);
    if (meta->type->sums != NULL)
        meta->type->sums(cx, record);
    record->updated_at = cx->now;
    record->version++;
    buf_format(&sql, "UPDATE \"%s\" SET version = :version, updated_at = :now, state = :state, state_before = :state_before,"
                     " archived_at = :archived_at, project_id = :project_id, building_id = :building_id, seal = :seal",
               meta->table);
    for (int i = 0; i < meta->field_count; i++) {
        const FieldMeta *field = &meta->fields[i];
        if (field->column == NULL || value_eq(record->values[field->at], record->before[field->at]))
            continue;
        words = words || field->field->searched || field->field->initials;
        buf_format(&sql, ", \"%s\" = :%s", field->column, field->column);
        params_add(&params, field->column, record->values[field->at]);
    }
    if (words) {
        TRY(search_text(cx, record, &search));
        buf_add_c(&sql, ", search = :search");
        params_add(&params, "search", value_text(search));
    }
    record->seal = record_seal(cx, record);
    params_add(&params, "version", value_int(record->version));
    params_add(&params, "seen", value_int(record->version - 1));
    params_add(&params, "id", value_int(record->id));
    params_add(&params, "state", in_c("", record_state(record)).value);
    params_add(&params, "state_before", in_c("", record->state_before < 0 ? NULL : meta->type->states[record->state_before].name).value);
    params_add(&params, "archived_at", value_ref(record->archived_at));
    params_add(&params, "project_id", value_ref(record->project));
    params_add(&params, "building_id", value_ref(record->building));
    params_add(&params, "seal", value_text(record->seal));
    buf_add_c(&sql, " WHERE org_id = :org AND id = :id AND version = :seen RETURNING id");
    TRY(tally_record(cx, record, -1));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, note_changed, &written));
    if (written == 0)
        return error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
    TRY(tally_record(cx, record, 1));
    if (words)
        TRY(search_put(cx, meta->table, record->id, record->search_before, search));
    TRY(attach(cx, record));
    TRY(link_keep(cx, record));
    record->search_before = search;
    memcpy(record->before, record->values, sizeof(Value) * (size_t)meta->value_count);
    record->state_kept = record->state;
    return OK;
}

const Error *record_type_of(Cx *cx, Id id, const RecordMeta **out)
{
    static const char FIND[] = "SELECT record_type FROM event WHERE org_id = :org AND record_id = :id ORDER BY n LIMIT 1"; /* event_by_record_id_n */
    Str type = STR_NONE;
    bool found;

    TRY(sql_find(cx, FIND, IN(in_int("id", id)), OUT(out_text(&type)), &found));
    *out = found ? kernel_find_table(cx->kernel, type) : NULL;
    return OK;
}

/* Everything that a row says, in a form that does not change when columns are added: NULLs are left out. */
Str record_seal(const Cx *cx, const Record *record)
{
    Buf text = buf_new(cx->arena, 1 << 20);

    buf_format(&text, "%s %lld %lld %lld %s %lld %lld %lld %lld %.*s", record->meta->table, (long long)cx->org, (long long)record->id,
               (long long)record->version, record->state < 0 ? "-" : record->meta->type->states[record->state].name,
               (long long)record->created_at, (long long)record->archived_at, (long long)record->project,
               (long long)record->building, STR_ARG(record->no));
    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        const Value *value = field->column == NULL ? NULL : &record->values[field->at];
        if (value == NULL || value->kind == V_NULL || field->field->tallied)
            continue;
        buf_char(&text, '\0');
        buf_add_c(&text, field->column);
        buf_char(&text, '=');
        if (value->kind == V_INT)
            buf_int(&text, value->n);
        else
            buf_add(&text, value->s);
    }
    return keyed_hash(cx->arena, cx->kernel->secrets->seal, buf_str(&text));
}

int64_t record_int(const Record *record, const char *field)
{
    const Value *value = &record->values[value_at(record, field)];
    return value->kind == V_INT ? value->n : 0;
}

int64_t record_int_kept(const Record *record, const char *field)
{
    const Value *value = record->before == NULL ? NULL : &record->before[value_at(record, field)];
    return value != NULL && value->kind == V_INT ? value->n : 0;
}

Str record_text_kept(const Record *record, const char *field)
{
    const Value *value = record->before == NULL ? NULL : &record->before[value_at(record, field)];
    return value != NULL && value->kind == V_TEXT ? value->s : STR_NONE;
}

Str record_text(const Record *record, const char *field)
{
    const Value *value = &record->values[value_at(record, field)];
    return value->kind == V_TEXT ? value->s : STR_NONE;
}

bool record_is_null(const Record *record, const char *field)
{
    return record->values[value_at(record, field)].kind == V_NULL;
}

void record_set(Record *record, const char *field, Value value)
{
    record->values[value_at(record, field)] = value;
}

void record_set_int(Record *record, const char *field, int64_t n)
{
    record_set(record, field, value_int(n));
}

void record_set_text(Record *record, const char *field, Str text)
{
    record_set(record, field, value_text(text));
}

void record_set_null(Record *record, const char *field)
{
    record_set(record, field, VALUE_NULL);
}

bool record_changed(const Record *record, const char *field)
{
    int at = value_at(record, field);
    return record->before == NULL || !value_eq(record->values[at], record->before[at]);
}

bool record_in_state(const Record *record, const char *state)
{
    return record->state >= 0 && strcmp(record->meta->type->states[record->state].name, state) == 0;
}

const char *record_state(const Record *record)
{
    return record->state < 0 ? NULL : record->meta->type->states[record->state].name;
}

void record_value_json(const Cx *cx, Json *json, const Field *field, Value value)
{
    if (value.kind == V_NULL) {
        json_none(json);
        return;
    }
    switch (field->type) {
    case T_INT: case T_MONEY: case T_SCORE: json_int(json, value.n); return;
    case T_BOOL: json_bool(json, value.n != 0); return;
    case T_DATE: json_date(json, (Date)value.n); return;
    case T_TIME: value.n >= NEVER ? json_none(json) : json_instant(json, value.n, cx->zone_min); return;
    case T_AREA: json_area(json, value.n); return;
    case T_REF: case T_RECORD: case T_SIGN: case T_FILE: json_id(json, value.n); return;
    case T_TEXT: json_text(json, field->masked ? mask_email(cx->arena, value.s) : value.s); return;
    case T_LINES: case T_CHOICE: case T_CODE: case T_DECIMAL: case T_SECRET: json_text(json, value.s); return;
    case T_PHONE: json_text(json, field->masked ? mask_phone(cx->arena, value.s) : value.s); return;
    case T_ID_NO: json_text(json, field->masked ? mask_id_no(cx->arena, value.s) : value.s); return;
    case T_REFS: case T_PHOTOS: case T_FILES: case T_WORDS: case T_PLACE: case T_OBJECT: json_raw(json, value.s); return;
    }
}

static bool is_shown(const Shown *shown, const char *name)
{
    return shown->fields == NULL || names_have(shown->fields, name);
}

Value record_said(const Cx *cx, const Record *record, const FieldMeta *field)
{
    const Value *english = cx->lang == LANG_EN && field->english >= 0 ? &record->values[field->english] : NULL;

    return english == NULL || english->kind == V_NULL ? record->values[field->at] : *english;
}

const Error *record_json(Cx *cx, const Record *record, const Shown *shown, Json *json)
{
    const RecordMeta *meta = record->meta;

    json_open(json, '{');
    JSON_ID(json, "id", record->id);
    if ((meta->type->prefix != NULL || meta->type->own_number) && is_shown(shown, "no"))
        JSON_TEXT(json, "no", record->no);
    if (meta->type->states != NULL && is_shown(shown, "state"))
        JSON_C(json, "state", record_state(record));
    if (is_shown(shown, "created_at"))
        JSON_KEY(json, "created_at"), json_instant(json, record->created_at, cx->zone_min);
    if (is_shown(shown, "updated_at"))
        JSON_KEY(json, "updated_at"), json_instant(json, record->updated_at, cx->zone_min);
    if (is_shown(shown, "archived_at")) {
        JSON_KEY(json, "archived_at");
        if (record->archived_at == 0)
            json_none(json);
        else
            json_instant(json, record->archived_at, cx->zone_min);
    }
    if (meta->type->in_project && is_shown(shown, "project"))
        JSON_ID(json, "project", record->project);
    for (int i = 0; i < meta->field_count; i++) {
        const FieldMeta *field = &meta->fields[i];
        if (field->column == NULL || field->field->internal || !is_shown(shown, field->field->name))
            continue;
        if (record->values[field->at].kind == V_NULL) {
            Str none = field->none; /* and of the empty ones behind it, whose text follows this one's */
            for (const FieldMeta *next; i + 1 < meta->field_count; i++) {
                next = &meta->fields[i + 1];
                if (next->none.ptr != none.ptr + none.len + 1 || record->values[next->at].kind != V_NULL || !is_shown(shown, next->field->name))
                    break;
                none.len += 1 + next->none.len;
            }
            json_raw(json, none);
            continue;
        }
        json_ready_key(json, field->key);
        record_value_json(cx, json, field->field, record_said(cx, record, field));
    }
    for (int i = 0; shown->includes != NULL && shown->includes[i] != NULL; i++) {
        const FieldMeta *field = shown->includes[i];
        const Value *id = &record->labels[2 * i], *label = &record->labels[2 * i + 1];
        json_key(json, str_format(cx->arena, "%s_", field->field->name));
        if (label->kind == V_NULL) {
            json_none(json);
            continue;
        }
        json_open(json, '{');
        JSON_ID(json, "id", id->n);
        JSON_TEXT(json, "label", label->s);
        json_close(json, '}');
    }
    if (meta->type->show != NULL && shown->fields == NULL)
        TRY(meta->type->show(cx, record, json));
    if (shown->actions && is_shown(shown, "actions"))
        process_actions_json(cx, record, json);
    json_close(json, '}');
    return OK;
}

static Str label_value(const Record *record, const char *column)
{
    const FieldMeta *field = meta_field(record->meta, str_of(column));

    return strcmp(column, "no") == 0 ? record->no : field != NULL && field->at >= 0 ? record->values[field->at].s : STR_NONE;
}

const Error *record_label(Cx *cx, const RecordMeta *meta, Id id, Str *out)
{
    const RecordType *type = meta->type;
    const Record *known = id == 0 ? NULL : looked_at(cx, meta, value_int(id), false);
    Buf sql = buf_new(cx->arena, 1000);

    *out = STR_NONE;
    if (type->label == NULL || id == 0)
        return OK;
    if (known != NULL && cx->lang == LANG_EN && type->label_en != NULL)
        *out = label_value(known, type->label_en);
    if (known != NULL && out->len == 0)
        *out = label_value(known, type->label);
    if (known != NULL && out->len > 0)
        return OK;
    buf_add_c(&sql, "SELECT ");
    meta_add_label(meta, cx->lang, "t", "id", &sql);
    buf_format(&sql, " FROM \"%s\" t WHERE t.org_id = :org AND t.id = :id", meta->table);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("id", id)), record_take_text, out);
}

const Error *record_take_text(Cx *cx, const Row *row, void *self)
{
    *(Str *)self = str_copy(cx->arena, row_text(row, 0));
    return OK;
}

static int value_at(const Record *record, const char *field)
{
    const FieldMeta *meta = meta_field(record->meta, str_of(field));

    assert(meta != NULL && meta->at >= 0);
    return meta->at;
}

Str record_number_core(const RecordMeta *meta, Str number)
{
    Str prefix = str_of(meta->type->prefix), code, rest;
    bool digits = true;

    if (prefix.len == 0 || number.len <= prefix.len || number.ptr[prefix.len] != '-' || strncasecmp(number.ptr, prefix.ptr, (size_t)prefix.len) != 0)
        return number;
    number = str_cut(number, prefix.len + 1, number.len);
    code = str_split(number, '-', &rest);
    for (ptrdiff_t i = 0; i < code.len; i++)
        digits = digits && code.ptr[i] >= '0' && code.ptr[i] <= '9';
    return digits || rest.ptr == NULL ? number : rest;
}

/* What the record is found by: number, searched texts, labels of searched references, initials of names. */
static const Error *search_text(Cx *cx, const Record *record, Str *out)
{
    Buf text = buf_new(cx->arena, MAX_SEARCH_BYTES);

    if (record->no.len > 0) {
        buf_add(&text, fold_pairs(cx->arena, record_number_core(record->meta, record->no)));
        buf_char(&text, ' ');
    }
    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        const Value *value = field->column == NULL ? NULL : &record->values[field->at];
        Str words;
        if (value == NULL || value->kind == V_NULL || (!field->field->searched && !field->field->initials))
            continue;
        words = value->s;
        if (field->field->type == T_REF)
            TRY(record_label(cx, field->to, value->n, &words));
        buf_add(&text, fold_pairs(cx->arena, words));
        buf_char(&text, ' ');
        if (field->field->initials) {
            buf_add(&text, pinyin_initials(cx->arena, words));
            buf_char(&text, ' ');
        }
    }
    *out = str_trim(buf_str(&text));
    return OK;
}

static bool field_holds_files(const Field *field)
{
    return field->type == T_PHOTOS || field->type == T_SIGN || field->type == T_FILE || field->type == T_FILES;
}

/* Notes which files the record holds, so that whoever sees it sees them, and they are kept. */
static const Error *attach(Cx *cx, const Record *record)
{
    static const char ADD[] = "INSERT INTO attachment (org_id, file_id, record_type, record_id) VALUES (:org, :file, :type, :id)"
                              " ON CONFLICT (org_id, file_id, record_id) DO NOTHING";
    static const char KEEP[] = "UPDATE file SET attached = 1 WHERE org_id = :org AND id = :file";

    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        const Value *value = field->column == NULL ? NULL : &record->values[field->at];
        Str list;
        if (value == NULL || value->kind == V_NULL || !field_holds_files(field->field))
            continue;
        if (record->before != NULL && value_eq(*value, record->before[field->at]))
            continue;
        list = value->kind == V_INT ? str_format(cx->arena, "%lld", (long long)value->n) : value->s;
        for (int64_t id; (id = str_next_id(&list)) != 0;) {
            TRY(sql_run(cx, ADD, IN(in_int("file", id), in_c("type", record->meta->table), in_int("id", record->id))));
            TRY(sql_run(cx, KEEP, IN(in_int("file", id))));
        }
    }
    return OK;
}

bool words_hold(Str list, const char *word)
{
    char quoted[40];
    int len = snprintf(quoted, sizeof quoted, "\"%s\"", word);

    return str_find(list, (Str){quoted, len}) >= 0;
}

Str words_with(Arena *arena, Str list, const char *word)
{
    return list.len == 0 ? str_format(arena, "[\"%s\"]", word) : str_format(arena, "%.*s,\"%s\"]", STR_ARG(str_cut(list, 0, list.len - 1)), word);
}
