/* dialect_postgres.c: what is said in PostgreSQL's own way: DDL from declarations, full text.
 *
 * Every key leads with org_id, foreign keys too, so that the tables can be distributed by company. Texts are compared by
 * their bytes (COLLATE "C"), as on SQLite. */
#include "store/dialect_parts.h"

#include <stdlib.h>

static void add_column(Buf *out, const Column *column, bool added_later)
{
    static const char *const kinds[] = {[C_INT] = "bigint", [C_TEXT] = "text COLLATE \"C\"", [C_BLOB] = "bytea"};

    schema_column(out, column, kinds[column->kind], added_later);
}

/* In the tests every table is cut into parts by company: the stand-in for a distributed one, refusing the same wrong keys. */
static int parts(void)
{
    const char *given = getenv("ANJU_TEST_PARTITIONS");
    return given == NULL ? 0 : atoi(given);
}

static Str create_table(Arena *arena, const Table *table)
{
    Buf out = buf_new(arena, 1 << 16);

    buf_format(&out, "CREATE TABLE \"%s\" (%s", table->name, table->apart ? "" : "org_id bigint NOT NULL, ");
    if (table->key == NULL)
        buf_add_c(&out, "id bigint NOT NULL, ");
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        add_column(&out, column, false);
        buf_add_c(&out, ", ");
    }
    if (table->searched)
        buf_add_c(&out, "search text, ");
    buf_format(&out, "PRIMARY KEY (%s%s))%s", table->apart ? "" : "org_id, ", table->key == NULL ? "id" : table->key,
               parts() > 0 && !table->apart ? " PARTITION BY HASH (org_id)" : "");
    return buf_str(&out);
}

static void add_table(Arena *arena, const Table *table, SchemaSteps *steps)
{
    schema_add_step(steps, create_table(arena, table));
    for (int i = 0; !table->apart && i < parts(); i++)
        schema_add_step(steps, str_format(arena, "CREATE TABLE \"%s_p%d\" PARTITION OF \"%s\" FOR VALUES WITH (MODULUS %d, REMAINDER %d)",
                                          table->name, i, table->name, parts(), i));
}

static void add_references(Cx *cx, const Table *table, const Buf *constraints, bool existed, SchemaSteps *steps)
{
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        Str name = schema_name(cx->arena, str_format(cx->arena, "%s_%s_fkey", table->name, column->name));
        bool later = existed && parts() == 0; /* without a long lock: checked for new rows at once, for old ones beside the work */
        if (column->to == NULL || schema_has_name(cx->arena, constraints, name))
            continue;
        schema_add_step(steps, str_format(cx->arena,
                                          "ALTER TABLE \"%s\" ADD CONSTRAINT \"%.*s\" FOREIGN KEY (org_id, \"%s\") REFERENCES \"%s\" (org_id, id)%s",
                                          table->name, STR_ARG(name), column->name, column->to, later ? " NOT VALID" : ""));
        if (later)
            schema_add_step(steps, str_format(cx->arena, "ALTER TABLE \"%s\" VALIDATE CONSTRAINT \"%.*s\"", table->name, STR_ARG(name)));
    }
}

static const Error *difference(Cx *cx, const Table *const *tables, int count, Str **statements, int *statement_count)
{
    static const char OBJECTS[] = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()";
    static const char CONSTRAINTS[] = "SELECT c.conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                                      " WHERE n.nspname = current_schema()";
    static const char COLUMNS[] = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :name";
    Buf objects = buf_new(cx->arena, 1 << 20), constraints = buf_new(cx->arena, 1 << 20);
    SchemaSteps steps = schema_steps(cx->arena);

    TRY(sql_each(cx, OBJECTS, NOTHING, schema_add_name, &objects));
    TRY(sql_each(cx, CONSTRAINTS, NOTHING, schema_add_name, &constraints));
    for (int i = 0; i < count; i++) {
        const Table *table = tables[i];
        if (schema_has_name(cx->arena, &objects, str_of(table->name)))
            TRY(schema_add_columns(cx, table, COLUMNS, add_column, &steps));
        else
            add_table(cx->arena, table, &steps);
        schema_add_indexes(cx->arena, table, &objects, &steps);
        if (table->searched && !schema_has_name(cx->arena, &objects, str_format(cx->arena, "%s_search", table->name)))
            schema_add_step(&steps, str_format(cx->arena, "CREATE INDEX \"%s_search\" ON \"%s\" USING gin (to_tsvector('simple', search))",
                                               table->name, table->name));
    }
    for (int i = 0; i < count; i++) /* behind all tables, which refer to each other */
        add_references(cx, tables[i], &constraints, schema_has_name(cx->arena, &objects, str_of(tables[i]->name)), &steps);
    *statements = steps.list;
    *statement_count = steps.count;
    return OK;
}

/* The server gathers them itself. */
static const Error *statistics(Cx *cx, const Table *const *tables, int count)
{
    (void)cx;
    (void)tables;
    (void)count;
    return OK;
}

/* The index is over the column `search`, which the row's own statement writes. */
static const Error *put_words(Cx *cx, const char *table, Id id, Str before, Str after)
{
    (void)cx;
    (void)table;
    (void)id;
    (void)before;
    (void)after;
    return OK;
}

static void search_from(Buf *sql, const char *table)
{
    buf_format(sql, "\"%s\" t", table);
}

static void search_where(Buf *sql, const char *table)
{
    (void)table;
    buf_add_c(sql, "to_tsvector('simple', t.search) @@ to_tsquery('simple', :match)");
}

static const Error *has_table(Cx *cx, const char *table, bool *has)
{
    static const char COUNT[] = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = :name";
    int64_t count;

    TRY(sql_row(cx, COUNT, IN(in_c("name", table)), OUT(out_int(&count))));
    *has = count > 0;
    return OK;
}

const Dialect dialect_postgres = {
    .search_from = search_from, .search_where = search_where, .search_key = "t.id", .tsquery = true,
    .lock = " FOR NO KEY UPDATE OF t", .search_put = put_words, .schema_difference = difference, .schema_statistics = statistics, .has_table = has_table,
};
