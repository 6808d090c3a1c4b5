#include "store/schema.h"
#include "store/dialect_parts.h"
#include "store/store_private.h"

#include <assert.h>

#define MAX_STEPS 2000
#define MAX_NAME 63 /* longer names are cut by PostgreSQL */

const Error *schema_difference(Cx *cx, const Table *const *tables, int count, bool in_use, SchemaSteps *out)
{
    *out = (SchemaSteps){.list = new (cx->arena, SchemaStep, MAX_STEPS)};
    return dialect_of(cx)->schema_difference(cx, tables, count, in_use, out);
}

static const Error *run_steps(Cx *cx, const SchemaSteps *steps)
{
    for (int i = 0; i < steps->count; i++)
        TRY(sql_exec(cx, steps->list[i].sql));
    return OK;
}

const Error *schema_apply(Cx *cx, const Table *const *tables, int count)
{
    SchemaSteps steps;

    TRY(schema_difference(cx, tables, count, false, &steps));
    TRY(run_steps(cx, &steps));
    return dialect_of(cx)->schema_statistics(cx, tables, count);
}

bool schema_is_alone(const Store *store)
{
    return store->engine->exec_alone != NULL;
}

const Error *schema_apply_alone(Store *store, Cx *cx, const SchemaSteps *steps, const Error *(*before)(Cx *cx, void *self, Str sql), void *self)
{
    const Error *error = OK;
    Db *db;

    TRY(store_connect(store, cx->arena, true, &db));
    for (int i = 0; error == OK && i < steps->count; i++) {
        error = before(cx, self, steps->list[i].sql);
        if (error == OK)
            error = store->engine->exec_alone(cx, db, steps->list[i].sql);
    }
    store->engine->close(db);
    return error;
}

const Error *schema_learn(Cx *cx)
{
    SchemaSteps steps = {0};

    if (dialect_of(cx)->schema_grown == NULL)
        return OK;
    steps.list = new (cx->arena, SchemaStep, MAX_STEPS);
    TRY(dialect_of(cx)->schema_grown(cx, &steps));
    return run_steps(cx, &steps);
}

Str schema_distribution(Arena *arena, const Table *table, const char **with)
{
    const char *before = *with;

    if (table->common)
        return str_format(arena, "SELECT create_reference_table('%s')", table->name);
    if (table->apart)
        return STR_NONE;
    if (before == NULL)
        *with = table->name;
    return str_format(arena, "SELECT create_distributed_table('%s','org_id', colocate_with => '%s')", table->name, before == NULL ? "none" : before);
}

static bool is_among(const Table *const *list, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(list[i]->name, name) == 0)
            return true;
    return false;
}

/* Is all that the table refers to, but itself, among these? */
static bool has_parents(const Table *table, const Table *const *list, int count)
{
    for (const Column *column = table->columns; column->kind != C_END; column++)
        if (column->to != NULL && strcmp(column->to, table->name) != 0 && !is_among(list, count, column->to))
            return false;
    return true;
}

const Table **schema_parents_first(Arena *arena, const Table *const *tables, int count)
{
    const Table **ordered = new (arena, const Table *, count);

    for (int placed = 0; placed < count;) {
        int before = placed;
        for (int i = 0; i < count; i++)
            if (!is_among(ordered, placed, tables[i]->name) && has_parents(tables[i], ordered, placed))
                ordered[placed++] = tables[i];
        assert(placed > before); /* tables that refer to each other in a circle are not declared */
    }
    return ordered;
}

Str schema_columns(Arena *arena, const Table *table)
{
    Buf list = buf_new(arena, 1 << 14);

    buf_format(&list, "%s%s", table->apart ? "" : "org_id, ", table->key == NULL ? "id, " : "");
    for (const Column *column = table->columns; column->kind != C_END; column++)
        buf_format(&list, "%s\"%s\"", column == table->columns ? "" : ", ", column->name);
    buf_add_c(&list, table->searched ? ", search" : "");
    return buf_str(&list);
}

int schema_column_count(const Table *table)
{
    int count = !table->apart + (table->key == NULL) + table->searched;

    for (const Column *column = table->columns; column->kind != C_END; column++)
        count++;
    return count;
}

/* An id alone is unique there, over companies too (dialect_sqlite.c). */
Str schema_order(Arena *arena, const Table *table)
{
    if (table->key == NULL)
        return STR("id");
    return str_format(arena, "%s%s", table->apart ? "" : "org_id, ", table->key);
}

Str schema_key_name(Arena *arena, const Table *table)
{
    return str_format(arena, "%s_pkey", table->name);
}

static uint64_t add_digest(uint64_t hash, const char *text)
{
    return hash * 31 + str_hash(str_of(text == NULL ? "-" : text));
}

Str schema_digest(Arena *arena, const Table *const *tables, int count)
{
    uint64_t hash = 2; /* raise it when a dialect makes something else of the same declarations */

    for (int i = 0; i < count; i++) {
        const Table *table = tables[i];
        hash = add_digest(add_digest(hash, table->name), table->key) * 4 + (uint64_t)(table->searched * 2 + table->apart);
        for (const Column *column = table->columns; column->kind != C_END; column++)
            hash = add_digest(add_digest(hash, column->name), column->to) * 8 + (uint64_t)(column->kind * 2 + column->not_null);
        for (const Index *index = table->indexes; index != NULL && index->columns != NULL; index++)
            hash = add_digest(add_digest(hash, index->columns), index->where) * 2 + index->unique;
    }
    return str_format(arena, "%016llx", (unsigned long long)hash);
}

const Error *search_put(Cx *cx, const char *table, Id id, Str before, Str after)
{
    return dialect_of(cx)->search_put(cx, table, id, before, after);
}

/* What the dialects have in common */

const Error *schema_add_name(Cx *cx, const Row *row, void *self)
{
    Buf *names = self;

    (void)cx;
    buf_char(names, '\n');
    buf_add(names, row_text(row, 0));
    buf_char(names, '\n');
    return OK;
}

bool schema_has_name(Arena *arena, const Buf *names, Str name)
{
    return str_find(buf_str(names), str_format(arena, "\n%.*s\n", STR_ARG(name))) >= 0;
}

void schema_add_step(SchemaSteps *steps, StepKind kind, Str sql)
{
    assert(steps->count < MAX_STEPS);
    steps->list[steps->count++] = (SchemaStep){kind, sql};
}

Str schema_name(Arena *arena, Str whole)
{
    if (whole.len <= MAX_NAME)
        return whole;
    return str_format(arena, "%.*s_%08x", MAX_NAME - 9, str_to_c(arena, whole), (unsigned)(str_hash(whole) & 0xFFFFFFFF));
}

Str schema_index_name(Arena *arena, const Table *table, const Index *index)
{
    Buf name = buf_new(arena, 400);

    buf_format(&name, "%s_by_", table->name);
    for (const char *c = index->columns; *c != '\0'; c++)
        if ((*c >= 'a' && *c <= 'z') || *c == '_' || (*c >= '0' && *c <= '9'))
            buf_char(&name, *c);
        else if (*c == ',')
            buf_char(&name, '_');
    if (index->where != NULL)
        buf_add_c(&name, "_part");
    return schema_name(arena, buf_str(&name));
}

void schema_add_indexes(Arena *arena, const Table *table, const Buf *objects, const char *beside, SchemaSteps *steps)
{
    for (const Index *index = table->indexes; index != NULL && index->columns != NULL; index++) {
        Buf sql = buf_new(arena, 4096);
        Str name = schema_index_name(arena, table, index);
        if (schema_has_name(arena, objects, name))
            continue;
        buf_format(&sql, "CREATE %sINDEX %s\"%.*s\" ON \"%s\" (%s%s)", index->unique ? "UNIQUE " : "", beside, STR_ARG(name), table->name,
                   table->apart ? "" : "org_id, ", index->columns);
        if (index->where != NULL)
            buf_format(&sql, " WHERE %s", index->where);
        schema_add_step(steps, STEP_INDEX, buf_str(&sql));
    }
}

void schema_column(Buf *out, const Column *column, const char *type, bool added_later)
{
    buf_format(out, "\"%s\" %s", column->name, type);
    if (column->not_null)
        buf_format(out, " NOT NULL%s", added_later ? (column->kind == C_INT ? " DEFAULT 0" : " DEFAULT ''") : "");
}

const Error *schema_add_columns(Cx *cx, const Table *table, const char *columns, ColumnFn *fn, SchemaSteps *steps)
{
    Buf names = buf_new(cx->arena, 1 << 16);

    TRY(sql_each(cx, columns, IN(in_c("name", table->name)), schema_add_name, &names));
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        Buf sql = buf_new(cx->arena, 1000);
        if (schema_has_name(cx->arena, &names, str_of(column->name)))
            continue;
        buf_format(&sql, "ALTER TABLE \"%s\" ADD COLUMN ", table->name);
        fn(&sql, column, true);
        schema_add_step(steps, STEP_COLUMN, buf_str(&sql));
    }
    return OK;
}
