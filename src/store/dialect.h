/* dialect.h: where the engines' SQL differs: schema and full text. All else is one text for all of them. */
#ifndef ANJU_STORE_DIALECT_H
#define ANJU_STORE_DIALECT_H

#include "store/schema.h"

typedef struct Dialect {
    /* The full-text search of a table, whose alias is t: FROM, the condition with its parameter :match, and the key that its
     * hits are read by, newest first. */
    void (*search_from)(Buf *sql, const char *table);
    void (*search_where)(Buf *sql, const char *table);
    const char *search_key;
    bool tsquery; /* :match is a tsquery, else a query for FTS5 */

    /* Behind a SELECT of the row t that is about to be changed: nobody else changes it until then. "" where one lane writes. */
    const char *lock;

    const Error *(*search_put)(Cx *cx, const char *table, Id id, Str before, Str after);
    const Error *(*schema_difference)(Cx *cx, const Table *const *tables, int count, bool in_use, SchemaSteps *steps);
    /* What the planner is told, behind a change of the schema. */
    const Error *(*schema_statistics)(Cx *cx, const Table *const *tables, int count);
    /* What tells it of tables that are twice what it knows of; NULL: it needs none. */
    const Error *(*schema_grown)(Cx *cx, SchemaSteps *steps);
    const Error *(*has_table)(Cx *cx, const char *table, bool *has);
    const char *clock; /* SELECT of the server's own time, in microseconds; NULL: it is this machine's */
} Dialect;

extern const Dialect dialect_sqlite, dialect_postgres;

/* That of the connection which cx has now; of the store. */
const Dialect *dialect_of(const Cx *cx);
const Dialect *store_dialect(const Store *store);
/* Dialect.lock inside store_write, "" inside store_read. */
const char *lock_of(const Cx *cx);

#endif
