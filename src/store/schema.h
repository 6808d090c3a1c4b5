/* schema.h: tables as declarations. DDL is emitted from them for the engine at hand; a migration is the difference between
 * what is declared and what is there, additive by default: a column with data is never dropped. */
#ifndef ANJU_STORE_SCHEMA_H
#define ANJU_STORE_SCHEMA_H

#include "store/store.h"

typedef enum { C_END, C_INT, C_TEXT, C_BLOB } ColumnKind;

typedef struct {
    const char *name;
    ColumnKind kind;
    bool not_null;
    const char *to; /* table whose (org_id, id) it refers to, ON DELETE RESTRICT */
} Column;

typedef struct {
    const char *columns; /* without org_id, which leads every key: "house_id, created_at" */
    bool unique;
    const char *where; /* partial index */
} Index;

typedef struct {
    const char *name;
    const Column *columns; /* besides org_id and those of the key */
    const char *key;       /* primary key behind org_id; NULL: "id" */
    const Index *indexes;
    bool searched; /* has a column `search` with a full-text index */
    bool apart;    /* keyed without org_id: read before the company is known */
} Table;

/* The statements that bring the database to the declared schema, in order; empty when nothing is to do. */
MUST const Error *schema_difference(Cx *cx, const Table *const *tables, int count, Str **statements, int *statement_count);

/* Applies the difference; must run inside store_write. */
MUST const Error *schema_apply(Cx *cx, const Table *const *tables, int count);

/* A short digest of the declarations, kept in the database to skip the comparison at an ordinary start. */
Str schema_digest(Arena *arena, const Table *const *tables, int count);

/* Full text, the dialect's part. Text is pairs as made by fold_pairs; `before` is what is indexed now (none: ptr NULL). */
MUST const Error *search_put(Cx *cx, const char *table, Id id, Str before, Str after);

#endif
