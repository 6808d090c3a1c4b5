/* sqlite.c: the embedded engine. The only file that knows libsqlite3. */
#include "store/statements.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

typedef struct SqliteDb SqliteDb;

typedef struct {
    Statement base;
    sqlite3_stmt *stmt;
    SqliteDb *db;
    int parameters;
    bool writes;
    const char *names[MAX_PARAMETERS]; /* without the colon, in name_bytes */
    char *name_bytes;                  /* a copy: the library's own names die when a schema change prepares it again */
} SqliteStatement;

struct SqliteDb {
    Db base;
    sqlite3 *handle;
    Statements statements;
    SqliteStatement *begin_read, *begin_write, *commit, *rollback, *savepoint, *release, *rollback_to;
    int64_t writes, log_pages;
    int log_fd; /* the write-ahead log, for sqlite_sync; -1 until it is needed */
};

static void sqlite_close(Db *base);
static void sqlite_rollback(Db *base);
static const Error *failed(Cx *cx, SqliteDb *db, int code, Str sql);
static const Error *prepare(Cx *cx, SqliteDb *db, Str sql, SqliteStatement **out);
static void copy_names(SqliteStatement *statement);
static void statement_free(SqliteStatement *statement);
static int note_log(void *self, sqlite3 *handle, const char *name, int pages);
static const Error *run_plain(Cx *cx, SqliteDb *db, SqliteStatement **slot, const char *sql);

/* Counting the library's memory takes a lock at every allocation, and nobody looks at the count. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when the library runs already: slower, not wrong */
}

static const Error *sqlite_open(Arena *arena, const char *path, bool writer, Db **out)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    SqliteDb *db = mem_alloc(sizeof *db);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_CREATE : 0);
    int code;

    (void)pthread_once(&configured, configure);
    code = sqlite3_open_v2(path, &db->handle, flags, NULL);
    db->base = (Db){.engine = &engine_sqlite, .writer = writer};
    db->log_fd = -1;
    if (code == SQLITE_OK) {
        (void)sqlite3_busy_timeout(db->handle, 10000);
        (void)sqlite3_extended_result_codes(db->handle, 1);
        code = sqlite3_exec(db->handle,
                            "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                            "PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY;"
                            "PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=0; PRAGMA trusted_schema=OFF",
                            NULL, NULL, NULL);
    }
    if (code == SQLITE_OK)
        code = sqlite3_exec(db->handle, writer ? "PRAGMA cache_size=-7000" : "PRAGMA cache_size=-2000; PRAGMA query_only=ON",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK && writer) /* a commit does not wait for the disk: sqlite_sync does */
        code = sqlite3_exec(db->handle, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        Str why = str_copy(arena, str_of(sqlite3_errmsg(db->handle)));
        sqlite_close(&db->base);
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "数据库打不开 %s：%.*s", path, STR_ARG(why)),
                         str_format(arena, "cannot open the database %s: %.*s", path, STR_ARG(why)));
    }
    (void)sqlite3_wal_hook(db->handle, note_log, db);
    *out = &db->base;
    return OK;
}

static void free_one(Statement *statement, void *self)
{
    (void)self;
    statement_free((SqliteStatement *)statement);
}

static void sqlite_close(Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    SqliteStatement *plain[] = {db->begin_read, db->begin_write, db->commit, db->rollback, db->savepoint, db->release, db->rollback_to};

    for (size_t i = 0; i < COUNT_OF(plain); i++)
        statement_free(plain[i]);
    statements_each(&db->statements, free_one, NULL);
    (void)sqlite3_close(db->handle);
    if (db->log_fd >= 0)
        (void)close(db->log_fd); /* nothing was written through it */
    mem_free(db);
}

static const Error *sqlite_begin(Cx *cx, Db *base, bool write)
{
    SqliteDb *db = (SqliteDb *)base;
    if (write)
        return run_plain(cx, db, &db->begin_write, "BEGIN IMMEDIATE");
    return run_plain(cx, db, &db->begin_read, "BEGIN");
}

static void sqlite_end_read(Cx *cx, Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    if (run_plain(cx, db, &db->rollback, "ROLLBACK") != OK) /* prepared: sqlite3_exec took a tenth of a point read */
        sqlite_rollback(base);
}

static const Error *sqlite_commit(Cx *cx, Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    return run_plain(cx, db, &db->commit, "COMMIT");
}

static bool sqlite_sync(Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    if (db->log_fd < 0)
        db->log_fd = open(sqlite3_filename_wal(sqlite3_db_filename(db->handle, NULL)), O_RDWR | O_CLOEXEC);
    if (db->log_fd >= 0 && fdatasync(db->log_fd) == 0)
        return true;
    log_error("the write-ahead log cannot be made durable: %s", strerror(errno));
    return false;
}

/* The log is moved into the database (which syncs both) and cut to nothing, so that no half of it can come back. */
static bool sqlite_recover(Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    int code;

    (void)sqlite3_busy_timeout(db->handle, 1000);
    (void)sqlite3_exec(db->handle, "PRAGMA synchronous=FULL", NULL, NULL, NULL); /* else the checkpoint below fails or is as safe as can be */
    code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_exec(db->handle, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL); /* slower when it stays FULL, not wrong */
    (void)sqlite3_busy_timeout(db->handle, 10000);
    return code == SQLITE_OK;
}

static void sqlite_rollback(Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); /* nothing better can be done when it fails */
}

static const Error *sqlite_savepoint(Cx *cx, Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    return run_plain(cx, db, &db->savepoint, "SAVEPOINT closure");
}

static const Error *sqlite_release(Cx *cx, Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    return run_plain(cx, db, &db->release, "RELEASE closure");
}

static void sqlite_rollback_to(Db *base)
{
    SqliteDb *db = (SqliteDb *)base;
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK TO closure; RELEASE closure", NULL, NULL, NULL);
}

static bool sqlite_is_dead(const Db *base)
{
    const SqliteDb *db = (const SqliteDb *)base;
    return sqlite3_get_autocommit(db->handle) != 0;
}

static const Error *sqlite_statement(Cx *cx, Db *base, Str sql, bool permanent, Statement **out)
{
    SqliteDb *db = (SqliteDb *)base;
    bool fits;
    Statement **place = statements_find(&db->statements, sql, permanent, &fits);

    if (!fits) {
        SqliteStatement *statement;
        statement_free((SqliteStatement *)*place);
        *place = NULL;
        TRY(prepare(cx, db, sql, &statement));
        statements_keep(&db->statements, place, &statement->base, sql, permanent);
    }
    *out = *place;
    return OK;
}

static const Error *sqlite_bind(Cx *cx, Statement *base, const In *in)
{
    SqliteStatement *statement = (SqliteStatement *)base;
    const In *next = in;

    for (int i = 0; i < statement->parameters; i++) {
        Value value = engine_value(cx, in, &next, statement->names[i]);
        int code = SQLITE_OK;

        switch (value.kind) {
        case V_NULL: code = sqlite3_bind_null(statement->stmt, i + 1); break;
        case V_INT: code = sqlite3_bind_int64(statement->stmt, i + 1, value.n); break;
        case V_TEXT:
            code = sqlite3_bind_text64(statement->stmt, i + 1, value.s.ptr == NULL ? "" : value.s.ptr,
                                       (sqlite3_uint64)value.s.len, SQLITE_STATIC, SQLITE_UTF8);
            break;
        case V_BLOB:
            code = sqlite3_bind_blob64(statement->stmt, i + 1, value.s.ptr == NULL ? "" : value.s.ptr,
                                       (sqlite3_uint64)value.s.len, SQLITE_STATIC);
            break;
        }
        if (code != SQLITE_OK)
            return failed(cx, statement->db, code, str_of(sqlite3_sql(statement->stmt)));
    }
    return OK;
}

static const Error *sqlite_step(Cx *cx, Statement *base, bool *row)
{
    SqliteStatement *statement = (SqliteStatement *)base;
    int code;

    statement->db->writes += statement->writes;
    code = sqlite3_step(statement->stmt);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return OK;
    return failed(cx, statement->db, code, str_of(sqlite3_sql(statement->stmt)));
}

static int64_t sqlite_changes(const Statement *base)
{
    return sqlite3_changes64(((const SqliteStatement *)base)->db->handle);
}

static void sqlite_reset(Statement *base)
{
    SqliteStatement *statement = (SqliteStatement *)base;
    (void)sqlite3_reset(statement->stmt); /* repeats the step's error, which has been told */
}

static void sqlite_plan(Cx *cx, Statement *base, Buf *out)
{
    SqliteStatement *statement = (SqliteStatement *)base;
    Str sql = str_format(cx->arena, "EXPLAIN QUERY PLAN %.*s", STR_ARG(base->text));
    sqlite3_stmt *plan;

    if (sqlite3_prepare_v2(statement->db->handle, sql.ptr, (int)sql.len, &plan, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(plan) == SQLITE_ROW) /* nothing is run, and no value is bound */
        buf_format(out, "%s%s", out->len > 0 ? " | " : "", (const char *)sqlite3_column_text(plan, 3));
    (void)sqlite3_finalize(plan); /* what was read is told, also when it is not all */
}

static const Error *sqlite_exec(Cx *cx, Db *base, Str sql)
{
    SqliteDb *db = (SqliteDb *)base;
    int code;

    db->writes++;
    code = sqlite3_exec(db->handle, str_to_c(cx->arena, sql), NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : failed(cx, db, code, sql);
}

static void sqlite_checkpoint(Db *base, bool restart, int64_t *left)
{
    SqliteDb *db = (SqliteDb *)base;
    int in_log = 0, done = 0;

    (void)sqlite3_busy_timeout(db->handle, restart ? 20 : 10000); /* the writer waits as long, for readers to leave the log */
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                    &done); /* what readers hold back is tried again */
    (void)sqlite3_busy_timeout(db->handle, 10000);
    *left = in_log - done;
}

static int64_t sqlite_log_pages(const Db *base)
{
    const SqliteDb *db = (const SqliteDb *)base;
    return __atomic_load_n(&db->log_pages, __ATOMIC_RELAXED);
}

static int64_t sqlite_writes(const Db *base)
{
    const SqliteDb *db = (const SqliteDb *)base;
    return db->writes;
}

static sqlite3_stmt *row_of(const Statement *base)
{
    return ((const SqliteStatement *)base)->stmt;
}

static int sqlite_count(const Statement *base)
{
    return sqlite3_data_count(row_of(base));
}

static bool sqlite_is_null(const Statement *base, int column)
{
    return sqlite3_column_type(row_of(base), column) == SQLITE_NULL;
}

static int64_t sqlite_integer(const Statement *base, int column)
{
    return sqlite3_column_int64(row_of(base), column);
}

/* The column is looked for once and its value asked several things, which takes half the time of asking the statement each
 * time. That is safe while one thread uses the connection, and holds until the statement's next step. */
static Str text_of(sqlite3_value *value)
{
    const char *text = sqlite3_value_blob(value); /* UTF-8 as stored; no conversion */

    if (text == NULL)
        return sqlite3_value_type(value) == SQLITE_NULL ? STR_NONE : STR("");
    return (Str){text, sqlite3_value_bytes(value)};
}

static Str sqlite_text(const Statement *base, int column)
{
    return text_of(sqlite3_column_value(row_of(base), column));
}

static void sqlite_values(const Statement *base, int first, int count, Value *out)
{
    for (int i = 0; i < count; i++) {
        sqlite3_value *value = sqlite3_column_value(row_of(base), first + i);
        switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER: out[i] = value_int(sqlite3_value_int64(value)); break;
        case SQLITE_TEXT: out[i] = value_text(text_of(value)); break;
        case SQLITE_BLOB: out[i] = value_blob(text_of(value)); break;
        default: out[i] = VALUE_NULL;
        }
    }
}

static const Error *sqlite_copy_to(Cx *cx, Db *db, const char *path)
{
    Statement *statement;
    bool row;

    TRY(sqlite_statement(cx, db, STR("VACUUM INTO :path"), false, &statement));
    TRY(sqlite_bind(cx, statement, IN(in_c("path", path))));
    return sqlite_step(cx, statement, &row);
}

const Engine engine_sqlite = {
    .dialect = &dialect_sqlite, .open = sqlite_open, .close = sqlite_close, .begin = sqlite_begin, .commit = sqlite_commit,
    .sync = sqlite_sync, .recover = sqlite_recover, .rollback = sqlite_rollback, .end_read = sqlite_end_read,
    .savepoint = sqlite_savepoint, .release = sqlite_release, .rollback_to = sqlite_rollback_to, .is_dead = sqlite_is_dead,
    .statement = sqlite_statement, .bind = sqlite_bind, .step = sqlite_step, .changes = sqlite_changes, .reset = sqlite_reset,
    .plan = sqlite_plan, .exec = sqlite_exec, .count = sqlite_count, .is_null = sqlite_is_null, .integer = sqlite_integer,
    .text = sqlite_text, .values = sqlite_values, .checkpoint = sqlite_checkpoint, .log_pages = sqlite_log_pages,
    .copy_to = sqlite_copy_to, .writes = sqlite_writes,
};

static const Error *failed(Cx *cx, SqliteDb *db, int code, Str sql)
{
    const char *why = sqlite3_errmsg(db->handle);

    switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
        if (code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY)
            return error_new(cx->arena, ERR_STATE_OF_WORLD, STR("已经有相同的记录"), STR("The same record exists already"));
        break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        log_error("the database cannot do it now: %s", why);
        return error_new(cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
    default: break;
    }
    log_error("SQL failed: %s (%d) in: %.*s", why, code, (int)(sql.len > 400 ? 400 : sql.len), sql.ptr);
    return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
}

static const Error *prepare(Cx *cx, SqliteDb *db, Str sql, SqliteStatement **out)
{
    SqliteStatement *statement = mem_alloc(sizeof *statement);
    int code = sqlite3_prepare_v3(db->handle, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &statement->stmt, NULL);

    if (code != SQLITE_OK || statement->stmt == NULL) {
        const Error *error = failed(cx, db, code, sql);
        statement_free(statement);
        return error;
    }
    statement->base.engine = &engine_sqlite;
    statement->db = db;
    statement->writes = sqlite3_stmt_readonly(statement->stmt) == 0;
    statement->parameters = sqlite3_bind_parameter_count(statement->stmt);
    assert(statement->parameters <= MAX_PARAMETERS);
    copy_names(statement);
    *out = statement;
    return OK;
}

static void copy_names(SqliteStatement *statement)
{
    size_t size = 0, at = 0;

    for (int i = 0; i < statement->parameters; i++)
        size += strlen(sqlite3_bind_parameter_name(statement->stmt, i + 1));
    statement->name_bytes = mem_alloc(size);
    for (int i = 0; i < statement->parameters; i++) {
        const char *name = sqlite3_bind_parameter_name(statement->stmt, i + 1) + 1;
        size_t len = strlen(name) + 1; /* the colon gave its place to the end */
        memcpy(statement->name_bytes + at, name, len);
        statement->names[i] = statement->name_bytes + at;
        at += len;
    }
}

static void statement_free(SqliteStatement *statement)
{
    if (statement == NULL)
        return;
    (void)sqlite3_finalize(statement->stmt); /* repeats an old error, if any */
    statement_forget_text(&statement->base);
    mem_free(statement->name_bytes);
    mem_free(statement);
}

static int note_log(void *self, sqlite3 *handle, const char *name, int pages)
{
    SqliteDb *db = self;

    (void)handle;
    (void)name;
    __atomic_store_n(&db->log_pages, pages, __ATOMIC_RELAXED);
    return SQLITE_OK;
}

static const Error *run_plain(Cx *cx, SqliteDb *db, SqliteStatement **slot, const char *sql)
{
    bool row;
    const Error *error;

    if (*slot == NULL)
        TRY(prepare(cx, db, str_of(sql), slot));
    error = sqlite_step(cx, &(*slot)->base, &row);
    sqlite_reset(&(*slot)->base);
    return error;
}
