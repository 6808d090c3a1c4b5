/* dialect_postgres.c: what is said in PostgreSQL's own way: DDL from declarations, full text.
 *
 * Every key leads with org_id, foreign keys too, so that the tables can be distributed by company. Texts are compared by
 * their bytes (COLLATE "C"), as on SQLite. */
#include "store/dialect.h"
#include "store/sql.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_STATEMENTS 2000
#define MAX_NAME 63 /* longer names are cut by the server */

/* Names of what is there, gathered between line ends. */
static const Error *add_name(Cx *cx, const Row *row, void *self)
{
    Buf *names = self;

    (void)cx;
    buf_char(names, '\n');
    buf_add(names, row_text(row, 0));
    buf_char(names, '\n');
    return OK;
}

static bool has_name(Arena *arena, const Buf *names, Str name)
{
    return str_find(buf_str(names), str_format(arena, "\n%.*s\n", STR_ARG(name))) >= 0;
}

static void add_column(Buf *out, const Column *column, bool added_later)
{
    static const char *const kinds[] = {[C_INT] = "bigint", [C_TEXT] = "text COLLATE \"C\"", [C_BLOB] = "bytea"};

    buf_format(out, "\"%s\" %s", column->name, kinds[column->kind]);
    if (column->not_null)
        buf_format(out, " NOT NULL%s", added_later ? (column->kind == C_INT ? " DEFAULT 0" : " DEFAULT ''") : "");
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

/* Cut to what the server takes, with a digest of the rest. */
static Str name_of(Arena *arena, Str whole)
{
    if (whole.len <= MAX_NAME)
        return whole;
    return str_format(arena, "%.*s_%08x", MAX_NAME - 9, str_to_c(arena, whole), (unsigned)(str_hash(whole) & 0xFFFFFFFF));
}

static Str index_name(Arena *arena, const Table *table, const Index *index)
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
    return name_of(arena, buf_str(&name));
}

static Str create_index(Arena *arena, const Table *table, const Index *index)
{
    Buf out = buf_new(arena, 4096);
    Str name = index_name(arena, table, index);

    buf_format(&out, "CREATE %sINDEX \"%.*s\" ON \"%s\" (%s%s)", index->unique ? "UNIQUE " : "", STR_ARG(name), table->name,
               table->apart ? "" : "org_id, ", index->columns);
    if (index->where != NULL)
        buf_format(&out, " WHERE %s", index->where);
    return buf_str(&out);
}

typedef struct {
    Str *list;
    int count;
} Statements;

static void add(Statements *statements, Str sql)
{
    assert(statements->count < MAX_STATEMENTS);
    statements->list[statements->count++] = sql;
}

static void add_table(Arena *arena, const Table *table, Statements *out)
{
    add(out, create_table(arena, table));
    for (int i = 0; !table->apart && i < parts(); i++)
        add(out, str_format(arena, "CREATE TABLE \"%s_p%d\" PARTITION OF \"%s\" FOR VALUES WITH (MODULUS %d, REMAINDER %d)", table->name, i,
                            table->name, parts(), i));
}

static const Error *add_columns(Cx *cx, const Table *table, Statements *out)
{
    static const char COLUMNS[] = "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = :name";
    Buf columns = buf_new(cx->arena, 1 << 16);

    TRY(sql_each(cx, COLUMNS, IN(in_c("name", table->name)), add_name, &columns));
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        Buf sql = buf_new(cx->arena, 1000);
        if (has_name(cx->arena, &columns, str_of(column->name)))
            continue;
        buf_format(&sql, "ALTER TABLE \"%s\" ADD COLUMN ", table->name);
        add_column(&sql, column, true);
        add(out, buf_str(&sql));
    }
    return OK;
}

static void add_references(Cx *cx, const Table *table, const Buf *constraints, bool existed, Statements *out)
{
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        Str name = name_of(cx->arena, str_format(cx->arena, "%s_%s_fkey", table->name, column->name));
        bool later = existed && parts() == 0; /* without a long lock: checked for new rows at once, for old ones beside the work */
        if (column->to == NULL || has_name(cx->arena, constraints, name))
            continue;
        add(out, str_format(cx->arena, "ALTER TABLE \"%s\" ADD CONSTRAINT \"%.*s\" FOREIGN KEY (org_id, \"%s\") REFERENCES \"%s\" (org_id, id)%s",
                            table->name, STR_ARG(name), column->name, column->to, later ? " NOT VALID" : ""));
        if (later)
            add(out, str_format(cx->arena, "ALTER TABLE \"%s\" VALIDATE CONSTRAINT \"%.*s\"", table->name, STR_ARG(name)));
    }
}

static const Error *difference(Cx *cx, const Table *const *tables, int count, Str **statements, int *statement_count)
{
    static const char OBJECTS[] = "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema()";
    static const char CONSTRAINTS[] = "SELECT c.conname FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                                      " WHERE n.nspname = current_schema()";
    Buf objects = buf_new(cx->arena, 1 << 20), constraints = buf_new(cx->arena, 1 << 20);
    Statements out = {.list = new (cx->arena, Str, MAX_STATEMENTS)};

    TRY(sql_each(cx, OBJECTS, NOTHING, add_name, &objects));
    TRY(sql_each(cx, CONSTRAINTS, NOTHING, add_name, &constraints));
    for (int i = 0; i < count; i++) {
        const Table *table = tables[i];
        if (!has_name(cx->arena, &objects, str_of(table->name)))
            add_table(cx->arena, table, &out);
        else
            TRY(add_columns(cx, table, &out));
        for (const Index *index = table->indexes; index != NULL && index->columns != NULL; index++)
            if (!has_name(cx->arena, &objects, index_name(cx->arena, table, index)))
                add(&out, create_index(cx->arena, table, index));
        if (table->searched && !has_name(cx->arena, &objects, str_format(cx->arena, "%s_search", table->name)))
            add(&out, str_format(cx->arena, "CREATE INDEX \"%s_search\" ON \"%s\" USING gin (to_tsvector('simple', search))", table->name, table->name));
    }
    for (int i = 0; i < count; i++) /* behind all tables, which refer to each other */
        add_references(cx, tables[i], &constraints, has_name(cx->arena, &objects, str_of(tables[i]->name)), &out);
    *statements = out.list;
    *statement_count = out.count;
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
    .name = "postgresql", .search_from = search_from, .search_where = search_where, .search_key = "t.id", .tsquery = true,
    .lock = " FOR NO KEY UPDATE OF t", .search_put = put_words, .schema_difference = difference, .schema_statistics = statistics, .has_table = has_table,
};
