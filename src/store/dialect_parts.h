/* dialect_parts.h: what the dialects' schemas have in common (schema.c). */
#ifndef ANJU_STORE_DIALECT_PARTS_H
#define ANJU_STORE_DIALECT_PARTS_H

#include "store/dialect.h"
#include "store/sql.h"

/* A RowFn: gathers the first column, a name, into the Buf at self. */
const Error *schema_add_name(Cx *cx, const Row *row, void *self);
bool schema_has_name(Arena *arena, const Buf *names, Str name);

void schema_add_step(SchemaSteps *steps, StepKind kind, Str sql);

/* Cut to what a server takes (63 bytes), with a digest of the rest. */
Str schema_name(Arena *arena, Str whole);
Str schema_index_name(Arena *arena, const Table *table, const Index *index);
/* CREATE INDEX for those of the table's indexes that are not among the names; `beside` stands behind INDEX. */
void schema_add_indexes(Arena *arena, const Table *table, const Buf *objects, const char *beside, SchemaSteps *steps);

/* A column's declaration in one engine's words; one that is added to rows that are there has a default. */
typedef void ColumnFn(Buf *out, const Column *column, bool added_later);
/* `"name" type`, and NOT NULL where it is so. */
void schema_column(Buf *out, const Column *column, const char *type, bool added_later);
/* ALTER TABLE for the columns that the table has not yet; `columns` is the statement that names those it has (:name). */
MUST const Error *schema_add_columns(Cx *cx, const Table *table, const char *columns, ColumnFn *fn, SchemaSteps *steps);

#endif
