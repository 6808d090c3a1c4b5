/* postgres_parts.h: what the files that know libpq share: postgres_connect.c (addresses), postgres_wire.c (texts and values),
 * postgres_watch.c (whom a statement waits for), postgres.c (transactions) and bulk.c (rows in bulk). */
#ifndef ANJU_STORE_POSTGRES_PARTS_H
#define ANJU_STORE_POSTGRES_PARTS_H

#include "store/engine.h"
#include "store/late_libpq.h"

/* The address without `pool=transaction`, which is ours: whether it is a pooler's that gives each transaction another connection of
 * the server's. Own memory. */
char *postgres_address(const char *url, bool *pooled);
/* How long a session waits for a lock, a statement runs, and a transaction lies there of a process that asks nothing (it is paused, or its
 * machine is gone): one that writes may hold the company's counter, for which all others wait. None of ours thinks so long. */
#define POSTGRES_LOCK "10s"
#define POSTGRES_STATEMENT "120s"
#define POSTGRES_IDLE_WRITER "15s"
#define POSTGRES_IDLE_READER "60s"
#define POSTGRES_SET_LOCAL(idle) \
    "SELECT set_config('lock_timeout', '" POSTGRES_LOCK "', true), set_config('statement_timeout', '" POSTGRES_STATEMENT "', true)," \
    " set_config('idle_in_transaction_session_timeout', '" idle "', true)"
/* A connection, perhaps one that has failed (PQstatus). What libpq says of a failure holds no password. */
PGconn *postgres_connect(const char *address, bool pooled, bool writer);
/* Before its pipeline: the server must know Chinese letters as letters, or nothing is found by them; and where it is to be written it
 * must not be read-only. */
MUST const Error *postgres_check(Arena *arena, PGconn *conn, bool writes);

/* Types by their numbers in pg_type, which never change. */
enum { TYPE_BOOL = 16, TYPE_BYTEA = 17, TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23, TYPE_TEXT = 25, TYPE_NUMERIC = 1700 };

/* The text with $1 for :name, outside quotes, and the names in the order of their first places. Own memory, each of them. */
char *postgres_numbered(Str sql, char *names[MAX_PARAMETERS], int *count);
/* A whole number as it stands in a result: in binary form, or as text where the type has another. */
int64_t postgres_integer(Oid type, const char *bytes);

/* The connection of a Db that has done nothing yet, taken out of its pipeline, in which nothing can be copied. From
 * then on only closing it is left to the engine. NULL when the connection is lost. */
PGconn *postgres_plain(Db *db);

/* Whom the statement that runs on a connection waits for: of a server itself, a pooler does not tell which process of the server's it is. */
typedef struct {
    PGconn *watched;
    const char *address;
    PGconn *conn; /* on which it is asked; made with the first look */
    int64_t told_us;
    Str who; /* at the last look, empty: nobody; in the arena of that call */
} PostgresWatch;
#define POSTGRES_WATCH_MS 1000 /* how often it is asked */
/* Looks, and now and then logs whom. */
void postgres_watch(Cx *cx, PostgresWatch *watch);
void postgres_watch_end(PostgresWatch *watch);
/* What a migration says when it gives up. */
MUST const Error *postgres_still_waits(Cx *cx, Str who);

#endif
