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
    bool common;   /* apart, small, seldom written and the same for all: on every node of a distributed database */
} Table;

/* A step towards the declared schema. Tables come first, what refers from one to another last. */
typedef enum { STEP_TABLE, STEP_COLUMN, STEP_INDEX, STEP_REFERENCE } StepKind;
typedef struct {
    StepKind kind;
    Str sql;
} SchemaStep;
typedef struct {
    SchemaStep *list;
    int count;
} SchemaSteps;

/* The statements that bring the database to the declared schema, in order; none when nothing is to do. `in_use`: others work on
 * it meanwhile; on a server, those for tables that are there already are then each to be run alone, outside a transaction: they
 * hold no long lock. */
MUST const Error *schema_difference(Cx *cx, const Table *const *tables, int count, bool in_use, SchemaSteps *out);

/* Applies the difference; inside store_write, for a new or an embedded database. */
MUST const Error *schema_apply(Cx *cx, const Table *const *tables, int count);
/* Takes the steps one by one on a connection of their own, each outside a transaction, while others go on; `before` hears of each,
 * and ends it with an error. Only where schema_is_alone: elsewhere they belong into one store_write. */
bool schema_is_alone(const Store *store);
MUST const Error *schema_apply_alone(Store *store, Cx *cx, const SchemaSteps *steps, const Error *(*before)(Cx *cx, void *self, Str sql), void *self);

/* After much was written at once, as the last step of the closure that wrote it: the planner is told of tables that have become
 * twice what it knows of. Nothing where its statistics are declared. */
MUST const Error *schema_learn(Cx *cx);

/* What distributes a table over the nodes of Citus, as one statement; nothing for one that is read before the company is known and
 * stays where it is. *with, NULL at first, is the table that the others then lie with. */
Str schema_distribution(Arena *arena, const Table *table, const char **with);
/* The tables, those that are referred to before those that refer. */
const Table **schema_parents_first(Arena *arena, const Table *const *tables, int count);

/* All columns of a table, as a list in SQL, and how many they are. */
Str schema_columns(Arena *arena, const Table *table);
int schema_column_count(const Table *table);
/* What puts its rows in the order of their key on the embedded engine. */
Str schema_order(Arena *arena, const Table *table);
/* A server's name for its primary key. */
Str schema_key_name(Arena *arena, const Table *table);

/* A short digest of the declarations, kept in the database to skip the comparison at an ordinary start. */
Str schema_digest(Arena *arena, const Table *const *tables, int count);

/* Full text, the dialect's part. Text is pairs as made by fold_pairs; `before` is what is indexed now (none: ptr NULL). */
MUST const Error *search_put(Cx *cx, const char *table, Id id, Str before, Str after);

#endif
