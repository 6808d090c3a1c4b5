/* engine.h: what store.c asks of an engine. sqlite.c is one; each engine's file is the only one that knows its library. */
#ifndef ANJU_STORE_ENGINE_H
#define ANJU_STORE_ENGINE_H

#include "store/sql.h"

typedef struct Statement Statement;
typedef struct Db Db;

#define MAX_PARAMETERS 96
#define MAX_COLUMNS 96

struct Row {
    Statement *statement;
};

/* A connection. Used by one thread at a time. */
MUST const Error *engine_open(Arena *arena, const char *path, bool writer, Db **out);
void engine_close(Db *db);

MUST const Error *engine_begin(Cx *cx, Db *db, bool write);
/* Others see it now. It is durable when engine_sync, called after it from any one thread, has given true. */
MUST const Error *engine_commit(Cx *cx, Db *db);
MUST bool engine_sync(Db *db);
/* In the writer's thread, after a failed sync: true when all that was committed is durable after all. Until then nothing
 * more is to be committed: what the system had written it may have forgotten. */
MUST bool engine_recover(Db *db);
void engine_rollback(Db *db);
void engine_end_read(Cx *cx, Db *db);
MUST const Error *engine_savepoint(Cx *cx, Db *db);
MUST const Error *engine_release(Cx *cx, Db *db);
void engine_rollback_to(Db *db); /* to the savepoint, and releases it */
bool engine_is_dead(const Db *db); /* the transaction was lost as a whole (disk full, …) */

/* `permanent`: the address of sql names it. */
MUST const Error *engine_statement(Cx *cx, Db *db, Str sql, bool permanent, Statement **out);
MUST const Error *engine_bind(Cx *cx, Statement *statement, const In *in);
MUST const Error *engine_step(Cx *cx, Statement *statement, bool *row);
int64_t engine_changes(const Db *db);
void engine_reset(Statement *statement);
MUST const Error *engine_exec(Cx *cx, Db *db, Str sql);

/* Moves the write-ahead log into the database as far as readers allow; *left is the pages still in the log. With `restart`
 * the writer waits until all is moved, and then begins the log anew. */
void engine_checkpoint(Db *db, bool restart, int64_t *left);
int64_t engine_log_pages(const Db *db);
int64_t engine_statements(const Db *db);
int64_t engine_writes(const Db *db); /* statements so far that may have changed something */

#endif
