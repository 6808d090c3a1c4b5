/* bulk.h: rows in bulk to a PostgreSQL server and back, by its COPY in binary form, on a connection of its own.
 *
 *     begin, into, put, put, …, end, commit        rows of one table in one transaction
 *     begin, tally, tally, …, commit               what is there
 *
 * One transaction of this kind runs at a time in a database: a second one waits, also for the end of one whose process
 * has died. Errors have the server's words; they are ERR_UNAVAILABLE where they may pass, ERR_STATE_OF_WORLD where they
 * will not, and end the transaction: after one of them only closing is left. */
#ifndef ANJU_STORE_BULK_H
#define ANJU_STORE_BULK_H

#include "store/schema.h"
#include "store/sql.h"

/* How many rows, and the sum of their hashes, which is the same in any order: two of equal content have equal tallies.
 * It finds accidents; that nobody forges a row is what the rows' seals are for. */
typedef struct {
    int64_t rows, low, high;
} Tally;
bool tally_is(const Tally *a, const Tally *b);

typedef struct Bulk Bulk;

/* A connection to a server's database. ERR_STATE_OF_WORLD says what is wrong with it. */
MUST const Error *bulk_open(Arena *arena, Store *store, Bulk **out);
void bulk_close(Bulk *bulk);

MUST const Error *bulk_begin(Arena *arena, Bulk *bulk);
/* `durable`: it waits for the disk, also for what was committed before; else a crash of the server may undo the latest
 * transactions, each whole and in their order. */
MUST const Error *bulk_commit(Arena *arena, Bulk *bulk, bool durable);

/* Has the database no table at all where ours would be? */
MUST const Error *bulk_is_empty(Arena *arena, Bulk *bulk, bool *empty);
/* One statement without a result, with its parameters $1 … in text form. */
MUST const Error *bulk_run(Arena *arena, Bulk *bulk, Str sql, const char *const *values, int count);

/* A row as COPY takes it, in out's memory; adds it to the tally. */
void bulk_row(Buf *out, const Value *values, int count, Tally *tally);
/* The rows that follow belong into this table, with the values of all its columns (schema_columns). */
MUST const Error *bulk_into(Arena *arena, Bulk *bulk, const Table *table);
MUST const Error *bulk_put(Arena *arena, Bulk *bulk, Str row);
MUST const Error *bulk_end(Arena *arena, Bulk *bulk);

/* The tally of a table's rows as they are in the database. */
MUST const Error *bulk_tally(Arena *arena, Bulk *bulk, const Table *table, Tally *out);

#endif
