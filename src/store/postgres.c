/* postgres.c: the engine on a PostgreSQL server (postgres_parts.h names the files that know libpq).
 *
 * A connection is always in pipeline mode. Commands are sent as they come; only who needs a result waits, and then reads what
 * came for all before it. So BEGIN travels with the first statement, a read ends without waiting, and a batch's writes are
 * sent one behind the other: an error among them comes to light at the next result that is waited for, at the latest at the
 * commit, and the batch is then run once more with care (lane.c), every statement waited for. */
#include "store/postgres_ahead.h"
#include "store/statements.h"
#include "base/log.h"
#include "base/time.h"

#include <assert.h>
#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_PENDING 1024 /* commands that nobody has read the result of */
#define MAX_VALUE_CHARS 24
#define CONNECT_WAIT_US (500 * 1000) /* at least so long from an attempt to connect that failed to the next */
#define LOCK_TRIES 60 /* of a statement of a migration, two seconds each */

typedef struct PgDb PgDb;

typedef struct {
    Statement base;
    PgDb *db;
    char *sql; /* with $1 for :name, as the server has it */
    char name[24];
    bool prepared, writes;
    bool unconfirmed; /* prepared, but nobody has read yet that the server did so */
    int parameters;
    char *names[MAX_PARAMETERS];
    Oid types[MAX_PARAMETERS];
    const char *values[MAX_PARAMETERS];
    int lengths[MAX_PARAMETERS], formats[MAX_PARAMETERS];
    char digits[MAX_PARAMETERS][MAX_VALUE_CHARS];
    char *copies[MAX_PARAMETERS]; /* texts with a terminator */
    PGresult *result;
    int row;
} PgStatement;

typedef enum { P_IGNORED, P_CHECKED, P_EXPECTED, P_WANTED, P_AHEAD, P_SYNC } Pending;

struct PgDb {
    Db base;
    PGconn *conn;
    char *address;
    bool pooled; /* behind a pooler that gives each transaction another server connection */
    bool witnessed; /* in the tests: the server is told whose transaction it is, and refuses other companies' rows */
    Statements statements;
    Pending pending[2 * MAX_PENDING];
    int pending_count;
    bool waits;                       /* every statement is waited for */
    bool failed, dead, retry, unknown; /* of the running transaction */
    bool refused; /* the server has said that it undid it: it was not committed, whatever else is lost */
    bool in_transaction;
    bool is_implicit; /* the running read has no BEGIN: it lasts until the next sync, and of what kind it is the connection was told */
    bool stale; /* it leads to a server that only reads: of several in the address another may be the primary one by now */
    int64_t writes, writes_before, serial, tried_us; /* writes_before: the running transaction */
    int unconfirmed; /* statements */
    Aheads aheads;
};

static void pg_close(Db *base);

static const Error *unavailable(Cx *cx)
{
    return error_new(cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
}

/* Connecting */

static void forget_one(Statement *statement, void *self)
{
    (void)self;
    ((PgStatement *)statement)->prepared = false;
}

/* Reads without BEGIN and ROLLBACK, which cost as much as a point read. A pooler would give the settings to others. */
static bool reads_without_begin(const PgDb *db)
{
    return !db->base.writer && !db->pooled;
}

/* The connection anew, not yet in its pipeline. */
static bool connect_again(PgDb *db)
{
    bool is_ready;

    db->tried_us = clock_monotonic_us();
    if (db->conn != NULL)
        PQfinish(db->conn);
    db->conn = postgres_connect(db->address, db->pooled, db->base.writer);
    db->pending_count = 0;
    db->in_transaction = db->is_implicit = db->stale = false;
    statements_each(&db->statements, forget_one, NULL);
    is_ready = PQstatus(db->conn) == CONNECTION_OK;
    if (is_ready && reads_without_begin(db)) {
        PGresult *result = PQexec(db->conn, "SET default_transaction_isolation = 'repeatable read'; SET default_transaction_read_only = on");
        is_ready = PQresultStatus(result) == PGRES_COMMAND_OK;
        PQclear(result);
    }
    return is_ready;
}

/* Has the server ended an idle connection? Then something came on it unasked, and behind that its end. */
static bool was_ended(PGconn *conn)
{
    struct pollfd fd = {PQsocket(conn), POLLIN, 0};

    for (int wait_ms = 0; poll(&fd, 1, wait_ms) > 0; wait_ms = 2) /* a failed poll: the next statement will tell */
        if (PQconsumeInput(conn) != 1 || PQstatus(conn) != CONNECTION_OK)
            return true;
    return false;
}

static bool is_connected(PgDb *db)
{
    if (db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK && !db->stale && !was_ended(db->conn))
        return true;
    if (db->conn != NULL && clock_monotonic_us() - db->tried_us < CONNECT_WAIT_US)
        return false;
    if (connect_again(db) && PQenterPipelineMode(db->conn) == 1) {
        __atomic_fetch_add(db->base.reconnections, 1, __ATOMIC_RELAXED);
        db->tried_us = 0; /* when it is lost soon after, the next one need not wait */
        return true;
    }
    log_error("no connection to the database: %s", PQerrorMessage(db->conn));
    return false;
}

static const Error *cannot_connect(Arena *arena, const PgDb *db)
{
    Str why = str_trim(str_copy(arena, str_of(PQerrorMessage(db->conn))));

    return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "连不上数据库：%.*s", STR_ARG(why)),
                     str_format(arena, "cannot connect to the database: %.*s", STR_ARG(why)));
}

static const Error *pg_open(Arena *arena, const char *place, bool writer, Db **out)
{
    PgDb *db;
    const Error *error;

    TRY(late_load(arena, &late_libpq_library));
    db = mem_alloc(sizeof *db);
    db->base = (Db){.engine = &engine_postgres, .writer = writer};
    db->address = postgres_address(place, &db->pooled);
    db->witnessed = getenv("ANJU_TEST_WITNESS") != NULL;
    error = connect_again(db) ? postgres_check(arena, db->conn, writer) : cannot_connect(arena, db);
    if (error == OK && PQenterPipelineMode(db->conn) != 1)
        error = cannot_connect(arena, db);
    if (error != OK) {
        pg_close(&db->base);
        return error;
    }
    *out = &db->base;
    return OK;
}

static void statement_free(PgStatement *statement)
{
    if (statement == NULL)
        return;
    PQclear(statement->result);
    for (int i = 0; i < statement->parameters; i++) {
        mem_free(statement->names[i]);
        mem_free(statement->copies[i]);
    }
    statement_forget_text(&statement->base);
    mem_free(statement->sql);
    mem_free(statement);
}

static void free_one(Statement *statement, void *self)
{
    (void)self;
    statement_free((PgStatement *)statement);
}

static void pg_close(Db *base)
{
    PgDb *db = (PgDb *)base;

    statements_each(&db->statements, free_one, NULL);
    aheads_free(&db->aheads);
    if (db->conn != NULL)
        PQfinish(db->conn);
    mem_free(db->address);
    mem_free(db);
}

PGconn *postgres_plain(Db *base)
{
    PGconn *conn = ((PgDb *)base)->conn;

    return PQexitPipelineMode(conn) == 1 ? conn : NULL;
}

/* The pipeline */

static void lost(PgDb *db)
{
    db->failed = db->dead = db->retry = true;
}

static bool state_is(const char *state, const char *const *heads)
{
    for (; *heads != NULL; heads++)
        if (strncmp(state, *heads, strlen(*heads)) == 0)
            return true;
    return false;
}

/* What a result's error means. */
static const Error *failed(Cx *cx, PgDb *db, Pending what, const PGresult *result, const char *sql)
{
    /* serialization, deadlock, lock not available, shut down or crashed, connection */
    static const char *const passing[] = {"40001", "40P01", "55P03", "57P0", "08", NULL};
    static const char *const undone[] = {"40001", "40P01", "55P03", NULL};
    /* disk full and other resources, read-only, cancelled, system error */
    static const char *const away[] = {"53", "25006", "57", "58", NULL};
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *why = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    db->failed = true;
    if (state == NULL || PQstatus(db->conn) != CONNECTION_OK || state_is(state, passing)) {
        log_warn("the database has undone a transaction: %s", why == NULL ? PQerrorMessage(db->conn) : why);
        db->refused = state != NULL && state_is(state, undone);
        lost(db);
        return unavailable(cx);
    }
    if (what == P_EXPECTED && strncmp(state, "23", 2) == 0) { /* a key or a condition of the table */
        db->refused = true;
        lost(db);
        return unavailable(cx);
    }
    if (strcmp(state, "23505") == 0)
        return error_new(cx->arena, ERR_STATE_OF_WORLD, STR("已经有相同的记录"), STR("The same record exists already"));
    if (strcmp(state, "25006") == 0)
        db->stale = true;
    if (state_is(state, away)) {
        log_error("the database cannot do it now: %s", why);
        return unavailable(cx);
    }
    log_error("SQL failed: %s (%s) in: %.400s", why, state, sql == NULL ? "" : sql);
    return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
}

/* Under another name: under the old one the server may have it or not, and at worst keeps it until the connection ends. */
static void prepare_anew(PgStatement *statement)
{
    statement->prepared = false;
    (void)snprintf(statement->name, sizeof statement->name, "s%lld", (long long)++statement->db->serial);
}

static void settle_one(Statement *base, void *there)
{
    PgStatement *statement = (PgStatement *)base;

    if (statement->unconfirmed && !*(const bool *)there)
        prepare_anew(statement);
    statement->unconfirmed = false;
}

/* Behind an error the server has skipped what followed, also the preparing of statements. */
static void settle_prepared(PgDb *db, bool there)
{
    if (db->unconfirmed > 0)
        statements_each(&db->statements, settle_one, &there);
    db->unconfirmed = 0;
}

static void push(PgDb *db, Pending what)
{
    assert(db->pending_count < (int)COUNT_OF(db->pending));
    db->pending[db->pending_count++] = what;
    db->in_transaction |= db->is_implicit && what != P_SYNC; /* it begins with what is sent first */
}

/* Ends the pipeline for the server, as far as it goes: what failed before does not touch what is sent behind it. */
static bool send_sync(PgDb *db)
{
    if (PQpipelineSync(db->conn) != 1)
        return false;
    push(db, P_SYNC);
    return true;
}

/* Reads what came for all that was sent. The result of the wanted command, if there is one, goes to *wanted (own). */
static const Error *collect(Cx *cx, PgDb *db, const char *sql, PGresult **wanted)
{
    const Error *error = OK;

    for (int i = 0; i < db->pending_count; i++) {
        Pending what = db->pending[i];
        PGresult *result = PQgetResult(db->conn);
        ExecStatusType status = PQresultStatus(result);

        if (result == NULL || PQstatus(db->conn) != CONNECTION_OK) {
            if (error == OK)
                log_warn("the connection to the database was lost: %s", PQerrorMessage(db->conn));
            PQclear(result);
            lost(db);
            db->pending_count = 0;
            aheads_clear(&db->aheads);
            return error == OK ? unavailable(cx) : error;
        }
        if (what == P_SYNC) {
            PQclear(result);
            continue;
        }
        if (status == PGRES_FATAL_ERROR && what != P_IGNORED && error == OK)
            error = failed(cx, db, what, result, what == P_WANTED ? sql : NULL);
        else if (status == PGRES_PIPELINE_ABORTED && what != P_IGNORED && error == OK) { /* behind an ignored one's error */
            db->failed = true;
            error = error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
        }
        if (what == P_WANTED && error == OK)
            *wanted = result;
        else if (what == P_AHEAD && error == OK)
            aheads_keep(&db->aheads, result);
        else
            PQclear(result);
        result = PQgetResult(db->conn); /* NULL: the command's end */
        PQclear(result);
    }
    db->pending_count = 0;
    if (error != OK)
        aheads_clear(&db->aheads);
    settle_prepared(db, error == OK);
    return error;
}

/* The same, once the server has been asked to answer now. */
static const Error *drain(Cx *cx, PgDb *db, const char *sql, PGresult **wanted)
{
    bool is_asked = db->is_implicit ? PQsendFlushRequest(db->conn) == 1 && PQflush(db->conn) == 0 : send_sync(db);

    __atomic_fetch_add(db->base.journeys, 1, __ATOMIC_RELAXED);
    if (is_asked)
        return collect(cx, db, sql, wanted);
    lost(db);
    db->pending_count = 0;
    aheads_clear(&db->aheads);
    return unavailable(cx);
}

/* A command without parameters, sent and not waited for. */
static bool send_plain(PgDb *db, const char *sql, Pending what)
{
    if (PQsendQueryParams(db->conn, sql, 0, NULL, NULL, NULL, NULL, 1) != 1) {
        lost(db);
        return false;
    }
    push(db, what);
    return true;
}

static const Error *pg_begin(Cx *cx, Db *base, bool write)
{
    PgDb *db = (PgDb *)base;

    if (db->pending_count > 0) { /* how the transaction before ended */
        const Error *ignored = db->pending[db->pending_count - 1] == P_SYNC ? collect(cx, db, NULL, NULL) : drain(cx, db, NULL, NULL);
        (void)ignored;
    }
    if (!is_connected(db)) {
        lost(db);
        db->unknown = false;
        return unavailable(cx);
    }
    aheads_clear(&db->aheads);
    db->failed = db->dead = db->retry = db->unknown = db->refused = false;
    db->waits = false;
    db->writes_before = db->writes;
    db->is_implicit = !write && reads_without_begin(db);
    db->in_transaction = !db->is_implicit;
    if (!db->is_implicit && !send_plain(db, write ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", P_CHECKED))
        return unavailable(cx);
    if (db->pooled && !send_plain(db, write ? POSTGRES_SET_LOCAL(POSTGRES_IDLE_WRITER) : POSTGRES_SET_LOCAL(POSTGRES_IDLE_READER), P_CHECKED))
        return unavailable(cx); /* it travels with the rest */
    if (db->witnessed && !send_plain(db, str_to_c(cx->arena, str_format(cx->arena, "SELECT set_config('anju.org', '%lld', true)", (long long)cx->org)), P_CHECKED))
        return unavailable(cx);
    return OK;
}

static const Error *pg_commit(Cx *cx, Db *base)
{
    PgDb *db = (PgDb *)base;
    PGresult *result = NULL;
    const Error *error;

    if (db->failed)
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    if (!send_plain(db, "COMMIT", P_WANTED)) /* it travels with all that came before: behind an error there the server skips it */
        return unavailable(cx);
    error = drain(cx, db, "COMMIT", &result);
    if (result == NULL) { /* with one it was committed, also where the connection was lost behind it */
        db->unknown = db->dead && !db->refused;
        return error;
    }
    db->in_transaction = false;
    error = OK;
    if (strcmp(PQcmdStatus(result), "COMMIT") != 0) {
        log_error("a commit was turned into a rollback");
        error = error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    }
    PQclear(result);
    return error;
}

static void pg_rollback(Db *base)
{
    PgDb *db = (PgDb *)base;

    if (!db->in_transaction)
        return;
    db->in_transaction = false;
    if (db->conn == NULL || PQstatus(db->conn) != CONNECTION_OK)
        return;
    if (!send_sync(db) || db->is_implicit)
        return;
    /* The sync has ended an aborted pipeline, so that the server takes what is behind it. What could not be sent now is sent with the next command. */
    (void)(send_plain(db, "ROLLBACK", P_IGNORED) && send_sync(db));
}

static void pg_end_read(Cx *cx, Db *base)
{
    (void)cx;
    pg_rollback(base);
}

static const Error *pg_savepoint(Cx *cx, Db *base)
{
    PgDb *db = (PgDb *)base;

    db->waits = true;
    return send_plain(db, "SAVEPOINT closure", P_CHECKED) ? OK : unavailable(cx);
}

static const Error *pg_release(Cx *cx, Db *base)
{
    PgDb *db = (PgDb *)base;

    return send_plain(db, "RELEASE SAVEPOINT closure", P_CHECKED) ? OK : unavailable(cx);
}

static void pg_rollback_to(Db *base)
{
    PgDb *db = (PgDb *)base;

    if (db->dead || PQstatus(db->conn) != CONNECTION_OK)
        return;
    (void)(send_sync(db) && send_plain(db, "ROLLBACK TO SAVEPOINT closure", P_CHECKED) && send_plain(db, "RELEASE SAVEPOINT closure", P_CHECKED));
    db->failed = false;
}

static bool pg_is_dead(const Db *base)
{
    return ((const PgDb *)base)->dead;
}

static bool pg_is_failed(const Db *base)
{
    return ((const PgDb *)base)->failed;
}

static bool pg_may_retry(const Db *base)
{
    const PgDb *db = (const PgDb *)base;
    return db->retry && !db->unknown;
}

static bool pg_is_unknown(const Db *base)
{
    return ((const PgDb *)base)->unknown;
}

/* Statements */

static PgStatement *statement_new(PgDb *db, Str sql)
{
    PgStatement *statement = mem_alloc(sizeof *statement);

    statement->base.engine = &engine_postgres;
    statement->db = db;
    statement->sql = postgres_numbered(sql, statement->names, &statement->parameters);
    (void)snprintf(statement->name, sizeof statement->name, "s%lld", (long long)++db->serial);
    statement->writes = strncmp(statement->sql, "SELECT", 6) != 0 && strncmp(statement->sql, "WITH", 4) != 0;
    return statement;
}

static const Error *pg_statement(Cx *cx, Db *base, Str sql, bool permanent, Statement **out)
{
    PgDb *db = (PgDb *)base;
    bool fits;
    Statement **place = statements_find(&db->statements, sql, permanent, &fits);
    PgStatement *dropped = fits ? NULL : (PgStatement *)*place;

    (void)cx;
    if (dropped != NULL && dropped->prepared && db->pending_count < MAX_PENDING) {
        char drop[64];
        (void)snprintf(drop, sizeof drop, "DEALLOCATE %s", dropped->name);
        (void)send_plain(db, drop, P_IGNORED); /* at worst the server keeps it until the connection ends */
    }
    if (dropped != NULL)
        aheads_forget(&db->aheads, dropped);
    if (!fits) {
        statement_free(dropped);
        statements_keep(&db->statements, place, &statement_new(db, sql)->base, sql, permanent);
    }
    *out = *place;
    return OK;
}

/* In binary where the server was told that it is one; where it has found out the type by itself it reads digits. */
static void bind_integer(PgStatement *statement, int i, int64_t n)
{
    uint64_t wire = htobe64((uint64_t)n);

    statement->values[i] = statement->digits[i];
    statement->formats[i] = statement->types[i] == TYPE_INT8;
    statement->lengths[i] = sizeof wire;
    if (statement->formats[i] == 1)
        memcpy(statement->digits[i], &wire, sizeof wire);
    else
        (void)snprintf(statement->digits[i], MAX_VALUE_CHARS, "%lld", (long long)n);
}

static const Error *pg_bind(Cx *cx, Statement *base, const In *in)
{
    PgStatement *statement = (PgStatement *)base;
    const In *next = in;

    for (int i = 0; i < statement->parameters; i++) {
        Value value = engine_value(cx, in, &next, statement->names[i]);

        if (!statement->prepared)
            statement->types[i] = value.kind == V_INT ? TYPE_INT8 : value.kind == V_TEXT ? TYPE_TEXT : value.kind == V_BLOB ? TYPE_BYTEA : 0;
        mem_free(statement->copies[i]);
        statement->copies[i] = NULL;
        statement->values[i] = NULL;
        statement->lengths[i] = statement->formats[i] = 0;
        switch (value.kind) {
        case V_NULL: break;
        case V_INT:
            bind_integer(statement, i, value.n);
            break;
        case V_TEXT:
        case V_BLOB:
            statement->copies[i] = mem_alloc((size_t)value.s.len + 1);
            if (value.s.len > 0)
                memcpy(statement->copies[i], value.s.ptr, (size_t)value.s.len);
            statement->values[i] = statement->copies[i];
            statement->lengths[i] = (int)value.s.len;
            statement->formats[i] = 1; /* its bytes as they are */
            break;
        }
    }
    return OK;
}

static bool send(PgStatement *statement, Pending what)
{
    PgDb *db = statement->db;

    if (db->pooled) {
        if (PQsendQueryParams(db->conn, statement->sql, statement->parameters, statement->types, statement->values, statement->lengths,
                              statement->formats, 1) != 1)
            return false;
        push(db, what);
        return true;
    }
    if (!statement->prepared) {
        if (PQsendPrepare(db->conn, statement->name, statement->sql, statement->parameters, statement->types) != 1)
            return false;
        push(db, P_CHECKED);
        statement->prepared = statement->unconfirmed = true;
        db->unconfirmed++;
    }
    if (PQsendQueryPrepared(db->conn, statement->name, statement->parameters, statement->values, statement->lengths, statement->formats, 1) != 1)
        return false;
    push(db, what);
    return true;
}

/* Why nothing more can be done in this transaction, if it is so. */
static const Error *refuse_failed(Cx *cx, const PgDb *db)
{
    if (!db->failed)
        return OK;
    return db->dead ? unavailable(cx) : error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
}

static const Error *execute(Cx *cx, PgStatement *statement, Pending what)
{
    PgDb *db = statement->db;

    TRY(refuse_failed(cx, db));
    db->writes += statement->writes;
    if (send(statement, what))
        return OK;
    lost(db);
    return unavailable(cx);
}

static AheadQuery ahead_query(const Cx *cx, const PgStatement *statement)
{
    return (AheadQuery){cx, statement, statement->parameters, statement->values, statement->lengths, statement->formats};
}

static const Error *pg_ahead(Cx *cx, Statement *base)
{
    PgStatement *statement = (PgStatement *)base;
    PgDb *db = statement->db;
    AheadQuery query = ahead_query(cx, statement);

    if (db->waits || db->failed || db->pending_count >= MAX_PENDING || aheads_find(&db->aheads, &query) >= 0)
        return OK; /* asked once, it is taken once: nothing old is left behind */
    if (db->writes == db->writes_before && aheads_share(&db->aheads, &query))
        return OK; /* nothing of the batch has been written since: both see it as of the batch's beginning */
    TRY(execute(cx, statement, P_AHEAD));
    aheads_add(&db->aheads, &query);
    return OK;
}

/* Its rows, when they were sent for by this closure; *result stays NULL when they were not. */
static const Error *take_ahead(Cx *cx, PgStatement *statement)
{
    PgDb *db = statement->db;
    AheadQuery query = ahead_query(cx, statement);
    int at = aheads_find(&db->aheads, &query);

    if (at < 0)
        return OK;
    if (!aheads_has_arrived(&db->aheads, at))
        TRY(drain(cx, db, statement->sql, NULL)); /* with all others */
    statement->result = aheads_take(&db->aheads, at);
    return OK;
}

static const Error *pg_step(Cx *cx, Statement *base, bool *row)
{
    PgStatement *statement = (PgStatement *)base;
    PgDb *db = statement->db;

    *row = false;
    if (statement->result == NULL) { /* its first step: it is run */
        TRY(take_ahead(cx, statement));
        if (statement->result == NULL) {
            TRY(execute(cx, statement, P_WANTED));
            TRY(drain(cx, db, statement->sql, &statement->result));
        }
        statement->row = -1;
    }
    *row = ++statement->row < PQntuples(statement->result);
    return OK;
}

static void pg_reset(Statement *base)
{
    PgStatement *statement = (PgStatement *)base;

    PQclear(statement->result);
    statement->result = NULL;
}

static const Error *pg_run(Cx *cx, Statement *base, bool expects)
{
    PgStatement *statement = (PgStatement *)base;
    PgDb *db = statement->db;
    bool row;

    if (!expects && (db->waits || !db->base.writer || db->pending_count >= MAX_PENDING)) {
        const Error *error = pg_step(cx, base, &row);
        pg_reset(base);
        return error;
    }
    return execute(cx, statement, expects ? P_EXPECTED : P_CHECKED);
}

static int64_t pg_changes(const Statement *base)
{
    const PgStatement *statement = (const PgStatement *)base;
    return statement->result == NULL ? 0 : atoll(PQcmdTuples(statement->result));
}

static const Error *pg_exec(Cx *cx, Db *base, Str sql)
{
    PgDb *db = (PgDb *)base;
    PGresult *result = NULL;
    const Error *error;
    char *text = str_to_c(cx->arena, sql);

    TRY(refuse_failed(cx, db));
    db->writes++;
    if (!send_plain(db, text, P_WANTED))
        return unavailable(cx);
    error = drain(cx, db, text, &result);
    PQclear(result);
    return error;
}

static const Error *exec_now(Cx *cx, PgDb *db, const char *sql)
{
    PGresult *result = NULL;
    const Error *error;

    if (!send_plain(db, sql, P_WANTED)) /* nothing may stand before it in the pipeline */
        return unavailable(cx);
    error = drain(cx, db, sql, &result);
    PQclear(result);
    return error;
}

static const char *type_name(Oid type)
{
    return type == TYPE_INT8 ? "bigint" : type == TYPE_TEXT ? "text" : type == TYPE_BYTEA ? "bytea" : "unknown";
}

/* The statement under a name that SQL knows, also behind a pooler; what shows its plan goes to *explain. */
static const Error *prepare_plan(Cx *cx, const PgStatement *statement, Str *explain)
{
    Buf prepare = buf_new(cx->arena, 1 << 20), execute = buf_new(cx->arena, 1 << 12);

    buf_add_c(&prepare, "PREPARE slow");
    buf_add_c(&execute, "EXPLAIN EXECUTE slow");
    for (int i = 0; i < statement->parameters; i++) {
        buf_format(&prepare, "%s%s", i == 0 ? "(" : ", ", type_name(statement->types[i]));
        buf_add_c(&execute, i == 0 ? "(NULL" : ", NULL");
    }
    buf_add_c(&prepare, statement->parameters > 0 ? ") AS " : " AS ");
    buf_add_c(&prepare, statement->sql);
    buf_add_c(&execute, statement->parameters > 0 ? ")" : "");
    *explain = buf_str(&execute);
    return exec_now(cx, statement->db, str_to_c(cx->arena, buf_str(&prepare)));
}

static void read_plan(Cx *cx, PgDb *db, Str explain, Buf *out)
{
    PGresult *result = NULL;
    char *text = str_to_c(cx->arena, explain);

    if (send_plain(db, text, P_WANTED) && drain(cx, db, text, &result) == OK)
        for (int i = 0; i < PQntuples(result); i++)
            buf_format(out, "%s%.*s", i > 0 ? " | " : "", STR_ARG(str_trim(str_of(PQgetvalue(result, i, 0)))));
    PQclear(result);
}

/* The plan for any values, so that it shows $1 and none of them; in a savepoint, so that the transaction goes on also where the
 * server does not tell. Writes that nobody has waited for are left alone. */
static void pg_plan(Cx *cx, Statement *base, Buf *out)
{
    static const char set[] = "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('lock_timeout', '1s', true)";
    const PgStatement *statement = (const PgStatement *)base;
    PgDb *db = statement->db;
    bool is_prepared;
    Str explain;

    if (db->failed || db->pending_count > 0 || (db->is_implicit && exec_now(cx, db, "BEGIN") != OK))
        return;
    db->is_implicit = false; /* but a block with the same snapshot, in which there are savepoints */
    if (exec_now(cx, db, "SAVEPOINT slow") != OK)
        return;
    is_prepared = exec_now(cx, db, set) == OK && prepare_plan(cx, statement, &explain) == OK;
    if (is_prepared)
        read_plan(cx, db, explain, out);
    if (PQstatus(db->conn) != CONNECTION_OK)
        return;
    db->failed = db->dead = db->retry = false; /* whatever failed is undone here; the settings too */
    if (exec_now(cx, db, "ROLLBACK TO SAVEPOINT slow") == OK && exec_now(cx, db, "RELEASE SAVEPOINT slow") == OK && is_prepared)
        (void)(exec_now(cx, db, "DEALLOCATE slow") == OK); /* an error is the transaction's, and told to its next statement */
}

static const Error *exec_watched(Cx *cx, PgDb *db, const char *sql, PostgresWatch *watch)
{
    struct pollfd fd = {PQsocket(db->conn), POLLIN, 0};
    PGresult *result = NULL;
    const Error *error;

    if (!send_plain(db, sql, P_WANTED) || !send_sync(db)) {
        lost(db);
        return unavailable(cx);
    }
    while (!db->pooled && poll(&fd, 1, POSTGRES_WATCH_MS) == 0) /* a pooler does not tell which process of the server's it is */
        postgres_watch(cx, watch);
    error = collect(cx, db, sql, &result);
    PQclear(result);
    return error;
}

/* What is made beside the others' work keeps nobody waiting: it waits as long as it must for those who began before it, as a dump does
 * that runs for hours. Begun anew it would find its own beginning in the way. */
static const Error *pg_exec_alone(Cx *cx, Db *base, Str sql)
{
    PgDb *db = (PgDb *)base;
    char *text = str_to_c(cx->arena, sql);
    bool is_beside = strstr(text, "INDEX CONCURRENTLY") != NULL;
    PostgresWatch watch = {.watched = db->conn, .address = db->address};
    const Error *error;

    if (!db->pooled) { /* a pooler would give the settings to others */
        TRY(exec_now(cx, db, is_beside ? "SET lock_timeout = 0" : "SET lock_timeout = '2s'"));
        TRY(exec_now(cx, db, "SET statement_timeout = 0"));
    }
    for (int tries = 1;; tries++) {
        error = exec_watched(cx, db, text, &watch);
        if (error == OK || is_beside || !db->retry || tries == LOCK_TRIES || PQstatus(db->conn) != CONNECTION_OK)
            break;
        db->failed = db->dead = db->retry = false;
    }
    postgres_watch_end(&watch);
    return error != OK && db->retry && PQstatus(db->conn) == CONNECTION_OK && watch.who.len > 0 ? postgres_still_waits(cx, watch.who) : error;
}

/* Rows */

static int pg_count(const Statement *base)
{
    return PQnfields(((const PgStatement *)base)->result);
}

static bool pg_is_null(const Statement *base, int column)
{
    const PgStatement *statement = (const PgStatement *)base;
    return PQgetisnull(statement->result, statement->row, column) != 0;
}

static int64_t pg_integer(const Statement *base, int column)
{
    const PgStatement *statement = (const PgStatement *)base;
    const char *bytes = PQgetvalue(statement->result, statement->row, column);

    if (PQgetisnull(statement->result, statement->row, column))
        return 0;
    return postgres_integer(PQftype(statement->result, column), bytes);
}

static Str pg_text(const Statement *base, int column)
{
    const PgStatement *statement = (const PgStatement *)base;

    if (PQgetisnull(statement->result, statement->row, column))
        return STR_NONE;
    return (Str){PQgetvalue(statement->result, statement->row, column), PQgetlength(statement->result, statement->row, column)};
}

static void pg_values(const Statement *base, int first, int count, Value *out)
{
    const PgStatement *statement = (const PgStatement *)base;

    for (int i = 0, column = first; i < count; i++, column++) {
        if (PQgetisnull(statement->result, statement->row, column)) {
            out[i] = VALUE_NULL;
            continue;
        }
        switch (PQftype(statement->result, column)) {
        case TYPE_BOOL: case TYPE_INT2: case TYPE_INT4: case TYPE_INT8: case TYPE_NUMERIC: out[i] = value_int(pg_integer(base, column)); break;
        case TYPE_BYTEA: out[i] = value_blob(pg_text(base, column)); break;
        default: out[i] = value_text(pg_text(base, column));
        }
    }
}

static const Error *pg_copy_to(Cx *cx, Db *db, const char *path)
{
    (void)db;
    (void)path;
    return error_new(cx->arena, ERR_STATE_OF_WORLD, STR("服务器上的数据库请用 pg_dump 备份"), STR("a database on a server is backed up by pg_dump"));
}

static int64_t pg_writes(const Db *base)
{
    return ((const PgDb *)base)->writes;
}

const Engine engine_postgres = {
    .dialect = &dialect_postgres, .is_shared = true, .defers = true, .open = pg_open, .close = pg_close, .begin = pg_begin,
    .commit = pg_commit, .rollback = pg_rollback, .end_read = pg_end_read, .savepoint = pg_savepoint, .release = pg_release,
    .rollback_to = pg_rollback_to, .is_dead = pg_is_dead, .is_failed = pg_is_failed, .may_retry = pg_may_retry,
    .is_unknown = pg_is_unknown, .statement = pg_statement, .bind = pg_bind, .step = pg_step, .run = pg_run,
    .ahead = pg_ahead, .changes = pg_changes, .reset = pg_reset, .plan = pg_plan, .exec = pg_exec, .exec_alone = pg_exec_alone, .count = pg_count, .is_null = pg_is_null,
    .integer = pg_integer, .text = pg_text, .values = pg_values, .copy_to = pg_copy_to, .writes = pg_writes,
};
