/* sqlite.c: the embedded engine. The only file that knows libsqlite3. */
#include "store/engine.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define STATIC_SLOTS 1024 /* prepared statements by the address of their text; a power of two */
#define BUILT_SLOTS 96    /* prepared statements of texts built for one request, the least used is dropped */

struct Statement {
    sqlite3_stmt *stmt;
    Db *db;
    const char *text; /* the address (permanent), or an owned copy (built) */
    uint64_t hash;
    int64_t used;
    int parameters;
    bool writes;
    const char *names[MAX_PARAMETERS]; /* without the colon, in name_bytes */
    char *name_bytes;                  /* a copy: the library's own names die when a schema change prepares it again */
};

struct Db {
    sqlite3 *handle;
    Statement *statics[STATIC_SLOTS];
    Statement *built[BUILT_SLOTS];
    Statement *begin_read, *begin_write, *commit, *rollback, *savepoint, *release, *rollback_to;
    int64_t clock, count, writes, log_pages;
    int log_fd; /* the write-ahead log, for engine_sync; -1 until it is needed */
};

static const Error *failed(Cx *cx, Db *db, int code, Str sql);
static const Error *prepare(Cx *cx, Db *db, Str sql, Statement **out);
static void copy_names(Statement *statement);
static void statement_free(Statement *statement);
static int note_log(void *self, sqlite3 *handle, const char *name, int pages);
static const Error *run_plain(Cx *cx, Db *db, Statement **slot, const char *sql);

/* Counting the library's memory takes a lock at every allocation, and nobody looks at the count. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* refused when the library runs already: slower, not wrong */
}

const Error *engine_open(Arena *arena, const char *path, bool writer, Db **out)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    Db *db = mem_alloc(sizeof *db);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_CREATE : 0);
    int code;

    (void)pthread_once(&configured, configure);
    code = sqlite3_open_v2(path, &db->handle, flags, NULL);
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
        code = sqlite3_exec(db->handle, writer ? "PRAGMA cache_size=-16000" : "PRAGMA cache_size=-2000; PRAGMA query_only=ON",
                            NULL, NULL, NULL);
    if (code == SQLITE_OK && writer) /* a commit does not wait for the disk: engine_sync does */
        code = sqlite3_exec(db->handle, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
    if (code != SQLITE_OK) {
        Str why = str_copy(arena, str_of(sqlite3_errmsg(db->handle)));
        engine_close(db);
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "数据库打不开 %s：%.*s", path, STR_ARG(why)),
                         str_format(arena, "cannot open the database %s: %.*s", path, STR_ARG(why)));
    }
    (void)sqlite3_wal_hook(db->handle, note_log, db);
    *out = db;
    return OK;
}

void engine_close(Db *db)
{
    Statement *plain[] = {db->begin_read, db->begin_write, db->commit, db->rollback, db->savepoint, db->release, db->rollback_to};

    for (size_t i = 0; i < COUNT_OF(plain); i++)
        statement_free(plain[i]);
    for (size_t i = 0; i < STATIC_SLOTS; i++)
        statement_free(db->statics[i]);
    for (size_t i = 0; i < BUILT_SLOTS; i++)
        statement_free(db->built[i]);
    (void)sqlite3_close(db->handle);
    if (db->log_fd >= 0)
        (void)close(db->log_fd); /* nothing was written through it */
    mem_free(db);
}

const Error *engine_begin(Cx *cx, Db *db, bool write)
{
    if (write)
        return run_plain(cx, db, &db->begin_write, "BEGIN IMMEDIATE");
    return run_plain(cx, db, &db->begin_read, "BEGIN");
}

void engine_end_read(Cx *cx, Db *db)
{
    if (run_plain(cx, db, &db->rollback, "ROLLBACK") != OK) /* prepared: sqlite3_exec took a tenth of a point read */
        engine_rollback(db);
}

const Error *engine_commit(Cx *cx, Db *db)
{
    return run_plain(cx, db, &db->commit, "COMMIT");
}

bool engine_sync(Db *db)
{
    if (db->log_fd < 0)
        db->log_fd = open(sqlite3_filename_wal(sqlite3_db_filename(db->handle, NULL)), O_RDWR | O_CLOEXEC);
    if (db->log_fd >= 0 && fdatasync(db->log_fd) == 0)
        return true;
    log_error("the write-ahead log cannot be made durable: %s", strerror(errno));
    return false;
}

/* The log is moved into the database (which syncs both) and cut to nothing, so that no half of it can come back. */
bool engine_recover(Db *db)
{
    int code;

    (void)sqlite3_busy_timeout(db->handle, 1000);
    (void)sqlite3_exec(db->handle, "PRAGMA synchronous=FULL", NULL, NULL, NULL); /* else the checkpoint below fails or is as safe as can be */
    code = sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    (void)sqlite3_exec(db->handle, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL); /* slower when it stays FULL, not wrong */
    (void)sqlite3_busy_timeout(db->handle, 10000);
    return code == SQLITE_OK;
}

void engine_rollback(Db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL); /* nothing better can be done when it fails */
}

const Error *engine_savepoint(Cx *cx, Db *db)
{
    return run_plain(cx, db, &db->savepoint, "SAVEPOINT closure");
}

const Error *engine_release(Cx *cx, Db *db)
{
    return run_plain(cx, db, &db->release, "RELEASE closure");
}

void engine_rollback_to(Db *db)
{
    if (!sqlite3_get_autocommit(db->handle))
        (void)sqlite3_exec(db->handle, "ROLLBACK TO closure; RELEASE closure", NULL, NULL, NULL);
}

bool engine_is_dead(const Db *db)
{
    return sqlite3_get_autocommit(db->handle) != 0;
}

const Error *engine_statement(Cx *cx, Db *db, Str sql, bool permanent, Statement **out)
{
    Statement **slot = NULL;
    uint64_t hash;

    db->count++;
    if (permanent) {
        size_t at = ((uintptr_t)sql.ptr >> 3) * 2654435761u >> 7;
        for (size_t i = 0; i < STATIC_SLOTS; i++) {
            slot = &db->statics[(at + i) & (STATIC_SLOTS - 1)];
            if (*slot == NULL || (*slot)->text == sql.ptr)
                break;
        }
        assert(*slot == NULL || (*slot)->text == sql.ptr); /* more permanent texts than slots: raise STATIC_SLOTS */
        if (*slot == NULL) {
            TRY(prepare(cx, db, sql, slot));
            (*slot)->text = sql.ptr;
        }
        *out = *slot;
        return OK;
    }
    hash = str_hash(sql);
    for (size_t i = 0; i < BUILT_SLOTS; i++) {
        Statement *at = db->built[i];
        if (at != NULL && at->hash == hash && str_eq(str_of(sqlite3_sql(at->stmt)), sql)) {
            at->used = ++db->clock;
            *out = at;
            return OK;
        }
        if (slot == NULL || (*slot != NULL && (at == NULL || at->used < (*slot)->used)))
            slot = &db->built[i];
    }
    statement_free(*slot);
    *slot = NULL;
    TRY(prepare(cx, db, sql, slot));
    (*slot)->hash = hash;
    (*slot)->used = ++db->clock;
    *out = *slot;
    return OK;
}

/* Callers mostly give their values in the statement's order: each is looked for behind the one before first. */
static const In *find_value(const In *in, const In *guess, const char *name)
{
    if (guess->name != NULL && strcmp(guess->name, name) == 0)
        return guess;
    while (in->name != NULL && strcmp(in->name, name) != 0)
        in++;
    assert(in->name != NULL); /* a statement names a parameter that its caller does not give */
    return in;
}

const Error *engine_bind(Cx *cx, Statement *statement, const In *in)
{
    const In *next = in;

    for (int i = 0; i < statement->parameters; i++) {
        const char *name = statement->names[i];
        Value value = VALUE_NULL;
        int code = SQLITE_OK;

        if (strcmp(name, "org") == 0) {
            value = value_int(cx->org);
        } else if (strcmp(name, "now") == 0) {
            value = value_int(cx->now);
        } else {
            const In *at = find_value(in, next, name);
            value = at->value;
            next = at + 1;
        }
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

const Error *engine_step(Cx *cx, Statement *statement, bool *row)
{
    int code;

    statement->db->writes += statement->writes;
    code = sqlite3_step(statement->stmt);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return OK;
    return failed(cx, statement->db, code, str_of(sqlite3_sql(statement->stmt)));
}

int64_t engine_changes(const Db *db)
{
    return sqlite3_changes64(db->handle);
}

void engine_reset(Statement *statement)
{
    (void)sqlite3_reset(statement->stmt); /* repeats the step's error, which has been told */
}

const Error *engine_exec(Cx *cx, Db *db, Str sql)
{
    int code;

    db->writes++;
    code = sqlite3_exec(db->handle, str_to_c(cx->arena, sql), NULL, NULL, NULL);
    return code == SQLITE_OK ? OK : failed(cx, db, code, sql);
}

void engine_checkpoint(Db *db, bool restart, int64_t *left)
{
    int in_log = 0, done = 0;

    (void)sqlite3_busy_timeout(db->handle, restart ? 20 : 10000); /* the writer waits as long, for readers to leave the log */
    (void)sqlite3_wal_checkpoint_v2(db->handle, NULL, restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE, &in_log,
                                    &done); /* what readers hold back is tried again */
    (void)sqlite3_busy_timeout(db->handle, 10000);
    *left = in_log - done;
}

int64_t engine_log_pages(const Db *db)
{
    return __atomic_load_n(&db->log_pages, __ATOMIC_RELAXED);
}

int64_t engine_statements(const Db *db)
{
    return db->count;
}

int64_t engine_writes(const Db *db)
{
    return db->writes;
}

int row_count(const Row *row)
{
    return sqlite3_data_count(row->statement->stmt);
}

bool row_is_null(const Row *row, int column)
{
    return sqlite3_column_type(row->statement->stmt, column) == SQLITE_NULL;
}

int64_t row_int(const Row *row, int column)
{
    return sqlite3_column_int64(row->statement->stmt, column);
}

Str row_text(const Row *row, int column)
{
    const char *text = sqlite3_column_blob(row->statement->stmt, column); /* UTF-8 as stored; no conversion */
    if (text == NULL)
        return row_is_null(row, column) ? STR_NONE : STR("");
    return (Str){text, sqlite3_column_bytes(row->statement->stmt, column)};
}

Value row_value(const Row *row, int column)
{
    switch (sqlite3_column_type(row->statement->stmt, column)) {
    case SQLITE_INTEGER: return value_int(row_int(row, column));
    case SQLITE_TEXT: return value_text(row_text(row, column));
    case SQLITE_BLOB: return value_blob(row_text(row, column));
    default: return VALUE_NULL;
    }
}

Value row_value_copy(Cx *cx, const Row *row, int column)
{
    Value value = row_value(row, column);
    value.s = str_copy(cx->arena, value.s);
    return value;
}

static const Error *failed(Cx *cx, Db *db, int code, Str sql)
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

static const Error *prepare(Cx *cx, Db *db, Str sql, Statement **out)
{
    Statement *statement = mem_alloc(sizeof *statement);
    int code = sqlite3_prepare_v3(db->handle, sql.ptr, (int)sql.len, SQLITE_PREPARE_PERSISTENT, &statement->stmt, NULL);

    if (code != SQLITE_OK || statement->stmt == NULL) {
        const Error *error = failed(cx, db, code, sql);
        statement_free(statement);
        return error;
    }
    statement->db = db;
    statement->writes = sqlite3_stmt_readonly(statement->stmt) == 0;
    statement->parameters = sqlite3_bind_parameter_count(statement->stmt);
    assert(statement->parameters <= MAX_PARAMETERS);
    copy_names(statement);
    *out = statement;
    return OK;
}

static void copy_names(Statement *statement)
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

static void statement_free(Statement *statement)
{
    if (statement == NULL)
        return;
    (void)sqlite3_finalize(statement->stmt); /* repeats an old error, if any */
    mem_free(statement->name_bytes);
    mem_free(statement);
}

static int note_log(void *self, sqlite3 *handle, const char *name, int pages)
{
    Db *db = self;

    (void)handle;
    (void)name;
    __atomic_store_n(&db->log_pages, pages, __ATOMIC_RELAXED);
    return SQLITE_OK;
}

static const Error *run_plain(Cx *cx, Db *db, Statement **slot, const char *sql)
{
    bool row;
    const Error *error;

    if (*slot == NULL)
        TRY(prepare(cx, db, str_of(sql), slot));
    error = engine_step(cx, *slot, &row);
    engine_reset(*slot);
    return error;
}
