/* dialect_sqlite.c: what is said in SQLite's own way: DDL from declarations, full text, the planner's statistics.
 *
 * On SQLite a table keyed by (org_id, id) has `id INTEGER PRIMARY KEY`: ids are unique over companies, and the row is then
 * found by its rowid, without a second index (docs/decisions/0002). Other keys lead with org_id and are WITHOUT ROWID. */
#include "store/dialect_parts.h"

static void add_column(Buf *out, const Column *column, bool added_later)
{
    static const char *const kinds[] = {[C_INT] = "INTEGER", [C_TEXT] = "TEXT", [C_BLOB] = "BLOB"};

    schema_column(out, column, kinds[column->kind], added_later);
    if (column->to != NULL)
        buf_format(out, " REFERENCES \"%s\" (id)", column->to);
}

static Str create_table(Arena *arena, const Table *table)
{
    Buf out = buf_new(arena, 1 << 16);
    bool by_id = table->key == NULL;

    buf_format(&out, "CREATE TABLE \"%s\" (", table->name);
    buf_add_c(&out, table->apart ? "" : "org_id INTEGER NOT NULL, ");
    if (by_id)
        buf_add_c(&out, "id INTEGER PRIMARY KEY, ");
    for (const Column *column = table->columns; column->kind != C_END; column++) {
        add_column(&out, column, false);
        buf_add_c(&out, column[1].kind != C_END || !by_id || table->searched ? ", " : "");
    }
    if (table->searched)
        buf_add_c(&out, "search TEXT");
    if (by_id)
        buf_add_c(&out, ") STRICT");
    else
        buf_format(&out, "PRIMARY KEY (%s%s)) STRICT, WITHOUT ROWID", table->apart ? "" : "org_id, ", table->key);
    return buf_str(&out);
}

static const Error *difference(Cx *cx, const Table *const *tables, int count, bool in_use, SchemaSteps *steps)
{
    static const char OBJECTS[] = "SELECT name FROM sqlite_schema";
    static const char COLUMNS[] = "SELECT name FROM pragma_table_info(:name)";
    Buf objects = buf_new(cx->arena, 1 << 20);

    (void)in_use; /* nobody else is there */
    TRY(sql_each(cx, OBJECTS, NOTHING, schema_add_name, &objects));
    for (int i = 0; i < count; i++) {
        const Table *table = tables[i];
        bool there = schema_has_name(cx->arena, &objects, str_of(table->name));
        if (there)
            TRY(schema_add_columns(cx, table, COLUMNS, add_column, steps));
        else
            schema_add_step(steps, STEP_TABLE, create_table(cx->arena, table));
        if (!there && table->searched)
            schema_add_step(steps, STEP_TABLE, str_format(cx->arena,
                                                          "CREATE VIRTUAL TABLE \"%s_fts\" USING fts5(search, content=\"%s\", content_rowid=id,"
                                                          " tokenize='unicode61')",
                                                          table->name, table->name));
        schema_add_indexes(cx->arena, table, &objects, "", steps);
    }
    return OK;
}

/* How many of a million rows share a value of this column (within what stands before it in the index). The engine's own
 * guess takes org_id for selective, although a database has few companies, and then sorts everything. */
static int64_t rows_per_value(Str column)
{
    static const struct {
        const char *name;
        int64_t rows;
    } known[] = {{"id", 1},         {"no", 1},            {"n", 1},           {"project_id", 400000}, {"building_id", 20000},
                 {"state", 50000},  {"category", 10000},  {"kind", 50000},    {"assignee_id", 20000}, {"owner_id", 20000},
                 {"to_user", 2000}, {"to_party", 200},    {"building", 20000}, {"unit", 5000},        {"role", 50000}};

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (str_is(column, known[i].name))
            return known[i].rows;
    return 20;
}

/* Is the index of few rows: what is open, planned, awake? That something is known, or was not put away, holds for most. */
static bool is_of_few(const char *where)
{
    Str text = where == NULL ? STR_NONE : str_of(where);

    return text.len > 0 && (str_find(text, STR(" = ")) >= 0 || str_find(text, STR(" > ")) >= 0 || str_find(text, STR(" IN ")) >= 0);
}

/* "1000000 1000000 20 1": the rows of an index over these columns, and those that share the first column, the first two, … Of a table whose open matters have
 * an index of their own, that one has a twentieth: with as many as the others it would not be preferred where it answers the question. */
static Str statistics_of(Arena *arena, bool apart, const char *columns, bool unique, bool of_few)
{
    Buf stat = buf_new(arena, 400);
    int64_t last = of_few ? 50000 : 1000000;

    buf_format(&stat, apart ? "%lld" : "%lld %lld", (long long)last, (long long)last);
    for (Str rest = str_of(columns), column; rest.ptr != NULL;) {
        int64_t rows;
        column = str_trim(str_split(rest, ',', &rest));
        if (str_starts(column, STR("\"")))
            column = str_cut(column, 1, column.len - 1);
        rows = rest.ptr == NULL && unique ? 1 : rows_per_value(column);
        last = rows < last ? rows : last;
        buf_format(&stat, " %lld", (long long)last);
    }
    return buf_str(&stat);
}

/* The planner's statistics are declared too, so that plans do not depend on when somebody ran ANALYZE. */
static const Error *write_statistics(Cx *cx, const Table *const *tables, int count)
{
    static const char DROP[] = "DELETE FROM sqlite_stat1";
    static const char ADD[] = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (:table, :index, :stat)";

    TRY(sql_exec(cx, STR("ANALYZE fact"))); /* makes the table of statistics */
    TRY(sql_run(cx, DROP, NOTHING));
    for (int i = 0; i < count; i++) {
        const Table *table = tables[i];
        if (table->key != NULL && strcmp(table->key, "org_id") != 0) /* the key of a table without rowid has the table's name */
            TRY(sql_run(cx, ADD, IN(in_c("table", table->name), in_c("index", table->name),
                                    in_text("stat", statistics_of(cx->arena, table->apart, table->key, true, false)))));
        for (const Index *index = table->indexes; index != NULL && index->columns != NULL; index++)
            TRY(sql_run(cx, ADD, IN(in_c("table", table->name), in_text("index", schema_index_name(cx->arena, table, index)),
                                    in_text("stat", statistics_of(cx->arena, table->apart, index->columns, index->unique, is_of_few(index->where))))));
    }
    return sql_exec(cx, STR("ANALYZE sqlite_schema")); /* this connection takes them up at once */
}

/* The statements differ only by the table, one of those declared: built once per table and kept. */
static const Error *put_words(Cx *cx, const char *table, Id id, Str before, Str after)
{
    if (before.ptr != NULL)
        TRY(sql_each_built(cx,
                           str_format(cx->arena, "INSERT INTO \"%s_fts\" (\"%s_fts\", rowid, search) VALUES ('delete', :id, :text)",
                                      table, table),
                           IN(in_int("id", id), in_text("text", before)), NULL, NULL));
    if (after.ptr == NULL)
        return OK;
    return sql_each_built(cx, str_format(cx->arena, "INSERT INTO \"%s_fts\" (rowid, search) VALUES (:id, :text)", table),
                          IN(in_int("id", id), in_text("text", after)), NULL, NULL);
}

static void search_from(Buf *sql, const char *table)
{
    buf_format(sql, "\"%s_fts\" f CROSS JOIN \"%s\" t ON t.id = f.rowid", table, table);
}

static void search_where(Buf *sql, const char *table)
{
    buf_format(sql, "\"%s_fts\" MATCH :match", table);
}

static const Error *has_table(Cx *cx, const char *table, bool *has)
{
    static const char COUNT[] = "SELECT count(*) FROM sqlite_schema WHERE name = :name";
    int64_t count;

    TRY(sql_row(cx, COUNT, IN(in_c("name", table)), OUT(out_int(&count))));
    *has = count > 0;
    return OK;
}

const Dialect dialect_sqlite = {
    .search_from = search_from, .search_where = search_where, .search_key = "f.rowid", .lock = "", .search_put = put_words,
    .schema_difference = difference, .schema_statistics = write_statistics, .has_table = has_table,
};
