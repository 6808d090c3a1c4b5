/* kernel.c: checks the declarations and prepares what every request uses: columns, statements, tables. */
#include "kernel/kernel.h"
#include "kernel/process.h"
#include "kernel/tally.h"

#include <assert.h>
#include <stdio.h>

static const char *const system_columns[COL_FIELDS] = {
    [COL_ID] = "id", [COL_NO] = "no", [COL_STATE] = "state", [COL_VERSION] = "version", [COL_CREATED_AT] = "created_at",
    [COL_UPDATED_AT] = "updated_at", [COL_ARCHIVED_AT] = "archived_at", [COL_CREATED_BY] = "created_by",
    [COL_PROJECT] = "project_id", [COL_BUILDING] = "building_id", [COL_STATE_BEFORE] = "state_before", [COL_SEAL] = "seal",
};

typedef struct {
    int faults;
    const char *module, *row;
} Check;

static void fault(Check *check, const char *what, const char *name)
{
    (void)fprintf(stderr, "declaration: module %s, %s: %s %s\n", check->module, check->row, what, name == NULL ? "" : name);
    check->faults++;
}

static const char *column_name(Arena *arena, const Field *field)
{
    if (field->virtual || field->type == T_SECRET)
        return NULL;
    if (field->type == T_REF || field->type == T_RECORD)
        return str_to_c(arena, str_format(arena, "%s_id", field->name));
    if (field->type == T_AREA)
        return str_to_c(arena, str_format(arena, "%s_dm2", field->name));
    return field->name;
}

static ColumnKind column_kind(FieldType type)
{
    switch (type) {
    case T_INT: case T_BOOL: case T_DATE: case T_TIME: case T_MONEY: case T_AREA: case T_SCORE: case T_REF: case T_RECORD: case T_SIGN: case T_FILE:
        return C_INT;
    case T_TEXT: case T_LINES: case T_CHOICE: case T_CODE: case T_PHONE: case T_ID_NO: case T_PHOTOS: case T_FILES: case T_WORDS:
    case T_PLACE: case T_OBJECT: case T_SECRET: case T_REFS: case T_DECIMAL:
        return C_TEXT;
    }
    return C_TEXT;
}

/* All the fields' "name":null in one text, so that a run of empty fields is written by one copy. */
static void name_fields(RecordMeta *meta, Arena *arena)
{
    Buf text = buf_new(arena, 1 << 16);
    ptrdiff_t at = 0;

    for (int i = 0; i < meta->field_count; i++)
        if (meta->fields[i].column != NULL && !meta->fields[i].field->internal)
            buf_format(&text, ",\"%s\":null", meta->fields[i].field->name);
    for (int i = 0; i < meta->field_count; i++) {
        FieldMeta *field = &meta->fields[i];
        ptrdiff_t len = field->name.len + (ptrdiff_t)strlen("\"\":null");
        if (field->column == NULL || field->field->internal)
            continue;
        field->none = str_cut(buf_str(&text), at + 1, at + 1 + len);
        field->key = str_cut(field->none, 0, len - (ptrdiff_t)strlen("null"));
        at += 1 + len;
    }
}

/* Its own fields, then those that modules lay over it. */
static void gather_fields(RecordMeta *meta, const Module *const *modules)
{
    const RecordType *type = meta->type;

    for (int i = 0; i < type->field_count; i++)
        meta->fields[meta->field_count++].field = &type->fields[i];
    for (const Module *const *module = modules; *module != NULL; module++)
        for (const Added *added = (*module)->adds; added != NULL && added->type != NULL; added++)
            for (int i = 0; added->type == type && i < added->field_count; i++) {
                assert(meta->field_count < MAX_FIELDS);
                meta->fields[meta->field_count++].field = &added->fields[i];
            }
}

static bool names_field(const RecordMeta *meta, const char *name)
{
    const FieldMeta *field = meta_field(meta, str_of(name));
    return field != NULL && field->column != NULL;
}

/* The condition on a matter that somebody still has to do something about; NULL where the type has none of a household. */
static const char *open_condition(const RecordMeta *meta, Arena *arena)
{
    const RecordType *type = meta->type;
    Buf sql = buf_new(arena, 2000);
    bool more = false;

    if (type->states == NULL || type->of_the_books || !names_field(meta, "house"))
        return NULL;
    buf_add_c(&sql, "archived_at IS NULL AND state IN (");
    for (int i = 0; i < type->state_count; i++)
        if (!type->states[i].ended) {
            buf_format(&sql, "%s'%s'", more ? ", " : "", type->states[i].name);
            more = true;
        }
    buf_char(&sql, ')');
    return more ? str_to_c(arena, buf_str(&sql)) : NULL;
}

/* Table, column list and insert statement of a record type. */
static void prepare_type(RecordMeta *meta, const Module *const *modules, Arena *arena)
{
    const RecordType *type = meta->type;
    Column *columns = new (arena, Column, MAX_FIELDS + COL_FIELDS);
    Index *indexes = new (arena, Index, MAX_FIELDS);
    Buf list = buf_new(arena, 1 << 14), names = buf_new(arena, 1 << 14), places = buf_new(arena, 1 << 14);
    int n = 0, index_count = 0;

    meta->table = type->name;
    for (int i = 0; i < COL_FIELDS; i++) {
        static const ColumnKind kinds[COL_FIELDS] = {[COL_NO] = C_TEXT, [COL_STATE] = C_TEXT, [COL_STATE_BEFORE] = C_TEXT, [COL_SEAL] = C_TEXT};
        bool needed = i == COL_VERSION || i == COL_CREATED_AT || i == COL_UPDATED_AT;
        if (i != COL_ID)
            columns[n++] = (Column){system_columns[i], kinds[i] == C_END ? C_INT : kinds[i], .not_null = needed,
                                    .to = i == COL_PROJECT && strcmp(type->name, "project") != 0 ? "project" : NULL};
        buf_format(&list, "%st.%s", i == 0 ? "" : ", ", system_columns[i]);
        buf_format(&names, "%s%s", i == 0 ? "" : ", ", system_columns[i]);
        buf_format(&places, "%s:%s", i == 0 ? "" : ", ", system_columns[i]);
    }
    gather_fields(meta, modules);
    for (int i = 0; i < meta->field_count; i++) {
        FieldMeta *field = &meta->fields[i];
        field->name = str_of(field->field->name);
        field->column = column_name(arena, field->field);
        field->at = field->column == NULL ? -1 : meta->value_count++;
        meta->searched = meta->searched || field->field->searched || field->field->initials;
        if (field->column == NULL)
            continue;
        columns[n++] = (Column){field->column, column_kind(field->field->type)};
        buf_format(&list, ", t.\"%s\"", field->column);
        buf_format(&names, ", \"%s\"", field->column);
        buf_format(&places, ", :f%d", field->at);
        if (field->field->indexed)
            indexes[index_count++] = (Index){str_to_c(arena, str_format(arena, "\"%s\", id", field->column))};
    }
    name_fields(meta, arena);
    indexes[index_count++] = (Index){"id"}; /* a company's records, newest first: without it SQLite sorts all of them */
    if (type->own_number)
        indexes[index_count++] = (Index){"project_id, no", .unique = true, .where = "archived_at IS NULL"};
    if (type->prefix != NULL)
        indexes[index_count++] = (Index){"no", .unique = true};
    if (type->in_project) {
        indexes[index_count++] = (Index){"project_id, id"};
        if (type->states != NULL)
            indexes[index_count++] = (Index){"project_id, state, id"};
    }
    if (type->states != NULL)
        indexes[index_count++] = (Index){"state, id"};
    if (type->unique != NULL) {
        Buf unique = buf_new(arena, 500);
        for (int i = 0; type->unique[i] != NULL; i++) {
            const FieldMeta *field = meta_field(meta, str_of(type->unique[i]));
            buf_format(&unique, "%s\"%s\"", i == 0 ? "" : ", ", field == NULL ? type->unique[i] : field->column);
        }
        indexes[index_count++] = (Index){str_to_c(arena, buf_str(&unique)), .unique = true, .where = "archived_at IS NULL"};
    }
    if (type->confidential != NULL)
        indexes[index_count++] = (Index){str_to_c(arena, str_format(arena, "\"%s\", id", type->confidential)),
                                         .where = str_to_c(arena, str_format(arena, "\"%s\" = 1", type->confidential))};
    meta->open = open_condition(meta, arena);
    if (meta->open != NULL)
        indexes[index_count++] = (Index){"house_id, id", .where = meta->open};
    for (const Index *index = type->indexes; index != NULL && index->columns != NULL; index++)
        indexes[index_count++] = *index;
    meta->columns = str_to_c(arena, buf_str(&list));
    meta->insert = str_to_c(arena, str_format(arena, "INSERT INTO \"%s\" (org_id, %.*s%s) VALUES (:org, %.*s%s)", meta->table,
                                              STR_ARG(buf_str(&names)), meta->searched ? ", search" : "",
                                              STR_ARG(buf_str(&places)), meta->searched ? ", :search" : ""));
    meta->schema = (Table){.name = meta->table, .columns = columns, .indexes = indexes, .searched = meta->searched};
}

static int field_at(const RecordMeta *meta, const char *name)
{
    const FieldMeta *field = meta_field(meta, str_of(name));
    return field == NULL ? -1 : field->at;
}

static void link_type(RecordMeta *meta, const Kernel *kernel)
{
    Column *columns = (Column *)meta->schema.columns; /* ours until kernel_init returns */

    for (int i = 0; i < meta->field_count; i++) {
        FieldMeta *field = &meta->fields[i];
        field->english = field->field->english == NULL ? -1 : field_at(meta, field->field->english);
        if (field->field->to == NULL)
            continue;
        field->to = kernel_find(kernel, str_of(field->field->to));
        if (field->to == NULL || field->column == NULL || field->field->type != T_REF)
            continue;
        for (Column *column = columns; column->kind != C_END; column++)
            if (column->name == field->column)
                column->to = field->to->table;
    }
    meta->next_limit = field_at(meta, "next_limit");
    meta->next_due_at = field_at(meta, "next_due_at");
    meta->paused_at = field_at(meta, "paused_at");
    meta->reporter = field_at(meta, meta->type->reporter == NULL ? "reporter" : meta->type->reporter);
    meta->assignee = field_at(meta, "assignee");
    meta->owner = field_at(meta, meta->type->owner == NULL ? "owner" : meta->type->owner);
    meta->helpers = field_at(meta, "co_handlers");
    for (int i = 0; i < meta->field_count; i++) {
        if (meta->fields[i].field->hides || (meta->type->confidential != NULL && str_is(meta->fields[i].name, meta->type->confidential)))
            meta->hide_by = "id";
        if (meta->type->hidden_with != NULL && str_is(meta->fields[i].name, meta->type->hidden_with))
            meta->hide_by = meta->fields[i].column;
    }
    meta->house = field_at(meta, "house");
    meta->space = field_at(meta, "space");
}

static void check_field(Check *check, const Kernel *kernel, const Field *field)
{
    if (field->name == NULL || field->zh == NULL || field->en == NULL)
        fault(check, "a field lacks its name or a label:", field->name);
    if ((field->type == T_REF || field->type == T_REFS || field->type == T_CODE) && (field->to == NULL || kernel_find(kernel, str_of(field->to)) == NULL))
        fault(check, "refers to a resource that is not declared:", field->name);
    if ((field->type == T_CHOICE) != (field->choices != NULL))
        fault(check, "choices and type do not fit:", field->name);
    if (field->type == T_MONEY && !str_ends(str_of(field->name), STR("_fen")))
        fault(check, "an amount's name ends in _fen:", field->name);
}

static void check_asks(Check *check, const Kernel *kernel, const Field *asks, int count)
{
    for (int i = 0; i < count; i++) {
        check_field(check, kernel, &asks[i]);
        for (int k = 0; k < i; k++)
            if (strcmp(asks[k].name, asks[i].name) == 0)
                fault(check, "two asks are called", asks[i].name);
    }
}

static void check_fields(Check *check, const Kernel *kernel, const RecordMeta *meta)
{
    for (int i = 0; i < meta->field_count; i++) {
        check_field(check, kernel, meta->fields[i].field);
        if (meta_field(meta, meta->fields[i].name) != &meta->fields[i])
            fault(check, "two fields are called", meta->fields[i].field->name);
        for (int k = 0; k < COL_FIELDS; k++)
            if (meta->fields[i].column != NULL && strcmp(meta->fields[i].column, system_columns[k]) == 0)
                fault(check, "a field takes the name of what every record has:", meta->fields[i].field->name);
    }
}

static void check_type(Check *check, const Kernel *kernel, const RecordMeta *meta)
{
    const RecordType *type = meta->type;

    if (type->zh == NULL || type->en == NULL)
        fault(check, "lacks a label", NULL);
    check_fields(check, kernel, meta);
    for (int i = 0; i < type->action_count; i++) {
        const Action *action = &type->actions[i];
        if (action->zh == NULL || action->en == NULL)
            fault(check, "an action lacks a label:", action->name);
        if (action->by == 0)
            fault(check, "nobody may take the action", action->name);
        for (int k = 0; k < i; k++)
            if (strcmp(type->actions[k].name, action->name) == 0)
                fault(check, "two actions are called", action->name);
        for (int k = 0; action->from != NULL && action->from[k] != NULL; k++)
            if (meta_state(meta, str_of(action->from[k])) < 0)
                fault(check, "an action begins in a state that is not declared:", action->from[k]);
        if (action->to != NULL && meta_state(meta, str_of(action->to)) < 0)
            fault(check, "an action leads to a state that is not declared:", action->to);
        if (action->undo != NULL && meta_action(meta, str_of(action->undo)) == NULL)
            fault(check, "an action is undone by one that is not declared:", action->undo);
        check_asks(check, kernel, action->asks, action->ask_count);
    }
    for (int i = 0; i < type->auto_count; i++) {
        const Action *action = meta_action(meta, str_of(type->autos[i].action));
        if (action == NULL || (action->from == NULL && type->state_count > 0) || (action->by & BY_SYSTEM) == 0)
            fault(check, "no action of the system that begins somewhere:", type->autos[i].action);
    }
    if (type->confidential != NULL && (meta_field(meta, str_of(type->confidential)) == NULL || type->confidant_count == 0))
        fault(check, "confidential by no field, or to nobody:", type->confidential);
    if (type->state_count > 64)
        fault(check, "more than 64 states:", type->name); /* RecordMeta.actions_from has a bit for each */
    for (int s = 1; s < type->state_count; s++) { /* reachable from the first? */
        bool reached = false;
        for (int i = 0; i < type->action_count && !reached; i++)
            reached = type->actions[i].to != NULL && strcmp(type->actions[i].to, type->states[s].name) == 0;
        if (!reached)
            fault(check, "no action leads to the state", type->states[s].name);
    }
    for (int i = 0; type->unique != NULL && type->unique[i] != NULL; i++)
        if (meta_field(meta, str_of(type->unique[i])) == NULL && strcmp(type->unique[i], "project_id") != 0)
            fault(check, "unique by a field that is not declared:", type->unique[i]);
}

bool kernel_init(Kernel *kernel, Arena *arena, const Module *const *modules)
{
    Check check = {0};

    *kernel = (Kernel){.modules = modules};
    for (const Module *const *module = modules; *module != NULL; module++)
        for (const RecordType *const *type = (*module)->records; type != NULL && *type != NULL; type++) {
            assert(kernel->type_count < MAX_TYPES && (*type)->field_count <= MAX_FIELDS);
            kernel->types[kernel->type_count].type = *type;
            prepare_type(&kernel->types[kernel->type_count++], modules, arena);
        }
    for (int i = 0; i < kernel->type_count; i++) {
        link_type(&kernel->types[i], kernel);
        process_describe(&kernel->types[i], arena);
        tally_describe(&kernel->types[i], kernel, arena);
    }
    for (int i = 0; i < kernel->type_count; i++) { /* in the order of the list, so that parents come first */
        check.module = kernel->types[i].type->name;
        check.row = kernel->types[i].type->resource;
        check_type(&check, kernel, &kernel->types[i]);
        kernel->tables[kernel->table_count++] = &kernel->types[i].schema;
    }
    for (int i = 0; i < kernel_table_count; i++)
        kernel->tables[kernel->table_count++] = kernel_tables[i];
    for (const Module *const *module = modules; *module != NULL; module++)
        for (const Table *const *table = (*module)->tables; table != NULL && *table != NULL; table++)
            kernel->tables[kernel->table_count++] = *table;
    return check.faults == 0;
}

const RecordMeta *kernel_find(const Kernel *kernel, Str resource)
{
    for (int i = 0; i < kernel->type_count; i++)
        if (str_is(resource, kernel->types[i].type->resource))
            return &kernel->types[i];
    return NULL;
}

const RecordMeta *kernel_find_table(const Kernel *kernel, Str name)
{
    for (int i = 0; i < kernel->type_count; i++)
        if (str_is(name, kernel->types[i].type->name))
            return &kernel->types[i];
    return NULL;
}

const RecordMeta *kernel_type(const Kernel *kernel, const RecordType *type)
{
    for (int i = 0; i < kernel->type_count; i++)
        if (kernel->types[i].type == type)
            return &kernel->types[i];
    assert(false); /* a record type is in no module's list */
    return NULL;
}

const FieldMeta *meta_field(const RecordMeta *meta, Str name)
{
    for (int i = 0; i < meta->field_count; i++) /* equal literals mostly have one address */
        if (meta->fields[i].name.ptr == name.ptr && meta->fields[i].name.len == name.len)
            return &meta->fields[i];
    for (int i = 0; i < meta->field_count; i++)
        if (str_eq(meta->fields[i].name, name))
            return &meta->fields[i];
    return NULL;
}

int meta_state(const RecordMeta *meta, Str name)
{
    for (int i = 0; i < meta->type->state_count; i++)
        if (str_is(name, meta->type->states[i].name))
            return i;
    return -1;
}

void meta_add_label(const RecordMeta *meta, Lang lang, const char *alias, const char *otherwise, Buf *sql)
{
    const RecordType *type = meta->type;

    if (lang == LANG_EN && type->label_en != NULL)
        buf_format(sql, "coalesce(%s.\"%s\", %s.\"%s\")", alias, type->label_en, alias, type->label);
    else
        buf_format(sql, "%s.\"%s\"", alias, type->label == NULL ? otherwise : type->label);
}

const Action *meta_action(const RecordMeta *meta, Str name)
{
    for (int i = 0; i < meta->type->action_count; i++)
        if (str_is(name, meta->type->actions[i].name))
            return &meta->type->actions[i];
    return NULL;
}

bool names_have(const char *const *names, const char *name)
{
    for (; names != NULL && *names != NULL; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}
