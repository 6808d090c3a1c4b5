/* engine.h: what the store asks of an engine. sqlite.c is one and postgres*.c another; nobody else knows
 * their libraries (but for bulk.c, which copies to a server), and beside each one small file has its dialect (schema and full
 * text). A connection is used by one thread at a time. */
#ifndef ANJU_STORE_ENGINE_H
#define ANJU_STORE_ENGINE_H

#include "store/dialect.h"
#include "store/sql.h"

typedef struct Engine Engine;
typedef struct Statement Statement;
typedef struct Db Db;

#define MAX_PARAMETERS 96

/* Each engine's own Db and Statement begin with these; all but the first member of a Statement is statements.c's. */
struct Db {
    const Engine *engine;
    bool writer;
    struct Slow *slow;      /* the store's, of all its connections, as are the others (store_connect) */
    struct Counters *counters;
    int64_t *reconnections, *journeys; /* counted by any thread */
};
struct Statement {
    const Engine *engine;
    Str text;
    uint64_t hash;
    int64_t used;
    bool is_built; /* the text is a copy, and its own */
};
struct Row {
    Statement *statement;
};

struct Engine {
    const Dialect *dialect;
    bool defers;    /* an error may come to light at a later statement than the one that made it, until it has a savepoint */
    bool is_shared; /* a server: other processes write too, and several lanes may write at once */

    /* place: the database's file, or the server's address. ERR_STATE_OF_WORLD says what is wrong with it. */
    const Error *(*open)(Arena *arena, const char *place, bool writer, Db **out);
    void (*close)(Db *db);

    const Error *(*begin)(Cx *cx, Db *db, bool write);
    /* Others see it now. It is durable when sync, called after it from any one thread, has given true. */
    const Error *(*commit)(Cx *cx, Db *db);
    bool (*sync)(Db *db); /* NULL: a commit is durable */
    /* In the writer's thread, after a failed sync: true when all that was committed is durable after all. Until then nothing
     * more is to be committed: what the system had written it may have forgotten. */
    bool (*recover)(Db *db);
    void (*rollback)(Db *db);
    void (*end_read)(Cx *cx, Db *db);
    bool (*is_failed)(const Db *db);  /* an error has made the rest of the transaction useless; NULL: none does */
    bool (*may_retry)(const Db *db);  /* it was undone for a reason that passes; NULL: never */
    bool (*is_unknown)(const Db *db); /* the last commit got no answer; NULL: always known */
    const Error *(*savepoint)(Cx *cx, Db *db);
    const Error *(*release)(Cx *cx, Db *db);
    void (*rollback_to)(Db *db);      /* to the savepoint, and releases it */
    bool (*is_dead)(const Db *db);    /* the transaction was lost as a whole (disk full, connection gone, …) */

    /* `permanent`: the address of sql names it. */
    const Error *(*statement)(Cx *cx, Db *db, Str sql, bool permanent, Statement **out);
    const Error *(*bind)(Cx *cx, Statement *statement, const In *in);
    const Error *(*step)(Cx *cx, Statement *statement, bool *row);
    /* The same for a statement whose result nobody looks at: it need not be waited for. `expects`: a key or condition of the table that
     * refuses it is no fault, but says that an expectation was wrong: the transaction is undone for a reason that passes. NULL: step it. */
    const Error *(*run)(Cx *cx, Statement *statement, bool expects);
    /* Between a bind and a step, in a writer: sends a query on its way; who binds and steps the same in the same closure finds its rows there. Several
     * travel together. NULL: no statement has a way to go. */
    const Error *(*ahead)(Cx *cx, Statement *statement);
    int64_t (*changes)(const Statement *statement); /* rows that its last run touched */
    void (*reset)(Statement *statement);
    /* Adds how the engine goes about this statement, without its values, or nothing. The transaction goes on as if it had not
     * been asked. Between a reset and the next step. */
    void (*plan)(Cx *cx, Statement *statement, Buf *out);
    const Error *(*exec)(Cx *cx, Db *db, Str sql);
    /* One statement of a migration, outside a transaction: it may take long, but waits only a moment for locks that others hold,
     * then tries again, so that those behind it do not wait either; one that keeps nobody waiting waits as long as it must. The log
     * tells for whom. ERR_STATE_OF_WORLD, with who it is, after two minutes. NULL: migrations are run in a transaction. */
    const Error *(*exec_alone)(Cx *cx, Db *db, Str sql);

    int (*count)(const Statement *statement);
    bool (*is_null)(const Statement *statement, int column);
    int64_t (*integer)(const Statement *statement, int column);
    Str (*text)(const Statement *statement, int column);
    void (*values)(const Statement *statement, int first, int count, Value *out);

    /* Moves the write-ahead log into the database as far as readers allow; *left is the pages still in the log. With
     * `restart` the writer waits until all is moved, and then begins the log anew. NULL: the server does it. */
    void (*checkpoint)(Db *db, bool restart, int64_t *left);
    int64_t (*log_pages)(const Db *db);
    /* Copies the whole database, as of one moment, to a new file. */
    const Error *(*copy_to)(Cx *cx, Db *db, const char *path);

    int64_t (*writes)(const Db *db); /* statements so far that may have changed something */
};

/* The value of a named parameter; *next is where it is looked for first, and moves behind it. */
Value engine_value(const Cx *cx, const In *in, const In **next, const char *name);

extern const Engine engine_sqlite, engine_postgres;

#endif
