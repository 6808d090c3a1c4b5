#include "store/schema.h"
#include "store/dialect.h"
#include "store/sql.h"

const Error *schema_difference(Cx *cx, const Table *const *tables, int count, Str **statements, int *statement_count)
{
    return dialect_of(cx)->schema_difference(cx, tables, count, statements, statement_count);
}

const Error *schema_apply(Cx *cx, const Table *const *tables, int count)
{
    Str *statements;
    int n;

    TRY(schema_difference(cx, tables, count, &statements, &n));
    for (int i = 0; i < n; i++)
        TRY(sql_exec(cx, statements[i]));
    return dialect_of(cx)->schema_statistics(cx, tables, count);
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
