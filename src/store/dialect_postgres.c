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

static void add_key(Buf *out, const Table *table)
{
    buf_format(out, "PRIMARY KEY (%s%s)", table->apart ? "" : "org_id, ", table->key == NULL ? "id" : table->key);
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
    add_key(&out, table);
    buf_add_c(&out, parts() > 0 && !table->apart ? ") PARTITION BY HASH (org_id)" : ")");
    return buf_str(&out);
}

/* A table and what belongs to it at once: its parts, its distribution before anything refers to it, and in the tests a witness
 * that no statement reaches another company's rows (postgres.c tells it whose transaction it is). */
static void add_table(Arena *arena, const Table *table, Str distribution, SchemaSteps *steps)
{
    schema_add_step(steps, STEP_TABLE, create_table(arena, table));
    for (int i = 0; !table->apart && i < parts(); i++)
        schema_add_step(steps, STEP_TABLE,
                        str_format(arena, "CREATE TABLE \"%s_p%d\" PARTITION OF \"%s\" FOR VALUES WITH (MODULUS %d, REMAINDER %d)",
                                   table->name, i, table->name, parts(), i));
    if (distribution.len > 0)
        schema_add_step(steps, STEP_TABLE, distribution);
    if (getenv("ANJU_TEST_WITNESS") == NULL || table->apart)
        return;
    schema_add_step(steps, STEP_TABLE, str_format(arena, "ALTER TABLE \"%s\" ENABLE ROW LEVEL SECURITY", table->name));
    schema_add_step(steps, STEP_TABLE, str_format(arena, "ALTER TABLE \"%s\" FORCE ROW LEVEL SECURITY", table->name));
    schema_add_step(steps, STEP_TABLE,
                    str_format(arena, "CREATE POLICY witness ON \"%s\" USING (current_setting('anju.org') IN ('0', CAST(org_id AS text)))", table->name));
}

/* A table that was filled before it got its key (app/copy.c). */
static void add_missing_key(Arena *arena, const Table *table, const Buf *constraints, SchemaSteps *steps)
{
    Buf sql = buf_new(arena, 1000);

    if (schema_has_name(arena, constraints, schema_key_name(arena, table)))
        return;
    buf_format(&sql, "ALTER TABLE \"%s\" ADD ", table->name);
    add_key(&sql, table);
    schema_add_step(steps, STEP_INDEX, buf_str(&sql));
}

/* `later`: without a long lock, checked for new rows at once and for old ones beside the work. */
static void add_references(Cx *cx, const Table *table, const Buf *constraints, const Buf *unproven, bool later, SchemaSteps *steps)
{
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        Str name = schema_name(cx->arena, str_format(cx->arena, "%s_%s_fkey", table->name, column->name));
        bool there = schema_has_name(cx->arena, constraints, name);
        if (column->to == NULL || (there && !schema_has_name(cx->arena, unproven, name)))
            continue;
        if (!there)
            schema_add_step(steps, STEP_REFERENCE,
                            str_format(cx->arena,
                                       "ALTER TABLE \"%s\" ADD CONSTRAINT \"%.*s\" FOREIGN KEY (org_id, \"%s\") REFERENCES \"%s\" (org_id, id)%s",
                                       table->name, STR_ARG(name), column->name, column->to, later ? " NOT VALID" : ""));
        if (there || later)
            schema_add_step(steps, STEP_REFERENCE,
                            str_format(cx->arena, "ALTER TABLE \"%s\" VALIDATE CONSTRAINT \"%.*s\"", table->name, STR_ARG(name)));
    }
}

/* A step for each name. */
static void add_each(Arena *arena, const Buf *names, StepKind kind, const char *command, SchemaSteps *steps)
{
    for (Str rest = buf_str(names), name; rest.ptr != NULL;) {
        name = str_split(rest, '\n', &rest);
        if (name.len > 0)
            schema_add_step(steps, kind, str_format(arena, "%s \"%.*s\"", command, STR_ARG(name)));
    }
}

static const Error *difference(Cx *cx, const Table *const *tables, int count, bool in_use, SchemaSteps *steps)
{
    static const char OBJECTS[] =
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE n.nspname = current_schema() AND coalesce(i.indisvalid, true)";
    static const char BROKEN[] =
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_index i ON i.indexrelid = c.oid"
        " WHERE n.nspname = current_schema() AND NOT i.indisvalid";
    static const char CONSTRAINTS[] = "SELECT c.conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                                      " WHERE n.nspname = current_schema()";
    static const char UNPROVEN[] = "SELECT c.conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                                   " WHERE n.nspname = current_schema() AND NOT c.convalidated";
    static const char COLUMNS[] = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :name";
    static const char DISTRIBUTED[] = "SELECT count(*) FROM pg_proc WHERE proname = 'create_distributed_table'";
    Buf objects = buf_new(cx->arena, 1 << 20), constraints = buf_new(cx->arena, 1 << 20), broken = buf_new(cx->arena, 1 << 20);
    Buf unproven = buf_new(cx->arena, 1 << 20);
    const Table **ordered = schema_parents_first(cx->arena, tables, count);
    int64_t distributed;
    const char *with = NULL;

    TRY(sql_each(cx, OBJECTS, NOTHING, schema_add_name, &objects));
    TRY(sql_each(cx, BROKEN, NOTHING, schema_add_name, &broken));
    TRY(sql_each(cx, CONSTRAINTS, NOTHING, schema_add_name, &constraints));
    TRY(sql_each(cx, UNPROVEN, NOTHING, schema_add_name, &unproven));
    TRY(sql_row(cx, DISTRIBUTED, NOTHING, OUT(out_int(&distributed))));
    add_each(cx->arena, &broken, STEP_INDEX, "DROP INDEX CONCURRENTLY", steps); /* the beginnings that a migration has left which was broken off */
    for (int i = 0; i < count; i++) {
        const Table *table = ordered[i];
        bool existed = schema_has_name(cx->arena, &objects, str_of(table->name));
        Str distribution = distributed > 0 ? schema_distribution(cx->arena, table, &with) : STR_NONE;
        const char *beside = existed && in_use && parts() == 0 ? "CONCURRENTLY " : ""; /* those who write meanwhile do not wait */
        if (existed) {
            TRY(schema_add_columns(cx, table, COLUMNS, add_column, steps));
            add_missing_key(cx->arena, table, &constraints, steps);
        } else
            add_table(cx->arena, table, distribution, steps);
        schema_add_indexes(cx->arena, table, &objects, beside, steps);
        if (table->searched && !schema_has_name(cx->arena, &objects, str_format(cx->arena, "%s_search", table->name)))
            schema_add_step(steps, STEP_INDEX, str_format(cx->arena, "CREATE INDEX %s\"%s_search\" ON \"%s\" USING gin (to_tsvector('simple', search))",
                                                          beside, table->name, table->name));
    }
    for (int i = 0; i < count; i++) { /* behind all tables, which may refer to each other */
        bool existed = schema_has_name(cx->arena, &objects, str_of(ordered[i]->name));
        add_references(cx, ordered[i], &constraints, &unproven, existed && in_use && parts() == 0, steps);
    }
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

static const Error *grown(Cx *cx, SchemaSteps *steps)
{
    static const char GROWN[] =
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() AND c.relkind = 'r'"
        " AND pg_relation_size(c.oid) > 2 * (greatest(c.relpages, 0) + 4) * CAST(current_setting('block_size') AS bigint) ORDER BY c.relname"; /* in one order: two may be at it */
    Buf names = buf_new(cx->arena, 1 << 20);

    TRY(sql_each(cx, GROWN, NOTHING, schema_add_name, &names));
    add_each(cx->arena, &names, STEP_TABLE, "ANALYZE", steps);
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
    .lock = " FOR NO KEY UPDATE OF t", .search_put = put_words, .schema_difference = difference, .schema_statistics = statistics,
    .schema_grown = grown, .has_table = has_table,
    .clock = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)",
};
