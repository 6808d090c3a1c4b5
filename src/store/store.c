/* store.c: readers, the writer's lane with its group commit, and sql_*.
 *
 *   any thread --store_submit--> queue --lane--> BEGIN, closures, flush, COMMIT --> syncer: one sync, done() each
 *
 * While the syncer waits for the disk the lane runs the next batch. Nobody is answered, and no event goes out, before the
 * sync. A third small thread moves the write-ahead log into the database, outside the writer's way. */
#include "store/store.h"
#include "base/log.h"
#include "store/engine.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_BATCH 512
#define MAX_READERS 16
#define CHECKPOINT_PAGES 5000   /* from here on the log is moved and begun anew, 40 MB at 8 KB a page */
#define CHECKPOINT_LOOK_MS 250
#define CHECKPOINT_QUIET 8      /* looks without a write, after which a shorter log is moved too */

typedef struct Closure Closure;
struct Closure {
    Closure *next;
    Cx *cx;
    StoreFn *fn;
    void *self;
    StoreDone *done;
    const Error *error;
};

/* What was committed together; in the memory of its first closure's request. */
typedef struct Batch Batch;
struct Batch {
    Batch *next;
    Closure *closures;
    Tail *tails;
};

struct Store {
    StoreConfig config;
    char *path;
    int lock_fd;

    pthread_mutex_t readers_lock;
    pthread_cond_t reader_free;
    Db *readers[MAX_READERS]; /* the free ones */
    int free_readers, open_readers;

    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled;
    pthread_cond_t close_asked;
    Closure *first, *last;
    int64_t queued;
    bool closing;
    Db *writer;
    pthread_t lane, syncer, checkpointer;
    bool lane_runs, lane_ended;

    pthread_mutex_t commits_lock;
    pthread_cond_t committed;
    Batch *first_commit, **last_commit; /* waiting for the disk, oldest first */
    bool is_unsafe;                     /* a sync has failed: nothing is committed until the engine has recovered */
    StoreFigures figures;
};

static void *run_lane(void *self);
static void *run_syncs(void *self);
static bool is_safe(Store *store);
static void end_batch(Store *store, Closure *batch, const Error *error);
static void *run_checkpoints(void *self);
static bool wait_for_close(Store *store, int ms);
static void run_batch(Store *store, Closure *batch);
static const Error *run_closures(Store *store, Closure *batch, bool savepoints, Tail **tails, bool *spoilt);
static void run_closure(Store *store, Closure *closure, bool savepoint, bool *spoilt);
static Tail **take_tails(Closure *closure, Tail **end);
static void undone(Store *store, const Closure *closure);
static const Error *take_lock(Store *store, Arena *arena);

const Error *store_open(Arena *arena, const StoreConfig *config, bool create, Store **out)
{
    Store *store = mem_alloc(sizeof *store);
    Str path = str_format(arena, "%s/anju.db", config->folder);
    const Error *error = OK;
    struct stat found;

    store->config = *config;
    store->path = mem_alloc((size_t)path.len + 1);
    memcpy(store->path, path.ptr, (size_t)path.len);
    store->lock_fd = -1;
    pthread_mutex_init(&store->readers_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    pthread_mutex_init(&store->queue_lock, NULL);
    pthread_cond_init(&store->queue_filled, NULL);
    pthread_cond_init(&store->close_asked, NULL);
    pthread_mutex_init(&store->commits_lock, NULL);
    pthread_cond_init(&store->committed, NULL);
    store->last_commit = &store->first_commit;

    if (!create && stat(store->path, &found) != 0)
        error = error_new(arena, ERR_STATE_OF_WORLD,
                          str_format(arena, "%s 里没有数据；先运行 anju init --data %s", config->folder, config->folder),
                          str_format(arena, "there is no data in %s; run anju init --data %s first", config->folder, config->folder));
    if (error == OK && config->serve)
        error = take_lock(store, arena);
    if (error == OK)
        error = engine_open(arena, store->path, true, &store->writer);
    for (int i = 0; error == OK && i < config->readers && i < MAX_READERS; i++) {
        error = engine_open(arena, store->path, false, &store->readers[i]);
        if (error == OK)
            store->open_readers = store->free_readers = i + 1;
    }
    if (error == OK) {
        store->lane_runs = pthread_create(&store->lane, NULL, run_lane, store) == 0 &&
                           pthread_create(&store->syncer, NULL, run_syncs, store) == 0 &&
                           pthread_create(&store->checkpointer, NULL, run_checkpoints, store) == 0;
        assert(store->lane_runs);
        *out = store;
        return OK;
    }
    store_close(store);
    return error;
}

void store_close(Store *store)
{
    pthread_mutex_lock(&store->queue_lock);
    store->closing = true;
    pthread_cond_broadcast(&store->queue_filled);
    pthread_cond_broadcast(&store->close_asked);
    pthread_mutex_unlock(&store->queue_lock);
    if (store->lane_runs) {
        pthread_join(store->lane, NULL);
        pthread_mutex_lock(&store->commits_lock);
        store->lane_ended = true;
        pthread_cond_signal(&store->committed);
        pthread_mutex_unlock(&store->commits_lock);
        pthread_join(store->syncer, NULL);
        pthread_join(store->checkpointer, NULL);
    }
    assert(store->free_readers == store->open_readers);
    for (int i = 0; i < store->open_readers; i++)
        engine_close(store->readers[i]);
    if (store->writer != NULL)
        engine_close(store->writer);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd); /* gives the lock back; nothing was written */
    pthread_mutex_destroy(&store->readers_lock);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->queue_lock);
    pthread_cond_destroy(&store->queue_filled);
    pthread_cond_destroy(&store->close_asked);
    pthread_mutex_destroy(&store->commits_lock);
    pthread_cond_destroy(&store->committed);
    mem_free(store->path);
    mem_free(store);
}

const Error *store_read(Store *store, Cx *cx, StoreFn *fn, void *self)
{
    const Error *error;
    Db *db;

    assert(cx->db == NULL);
    pthread_mutex_lock(&store->readers_lock);
    while (store->free_readers == 0)
        pthread_cond_wait(&store->reader_free, &store->readers_lock);
    db = store->readers[--store->free_readers];
    pthread_mutex_unlock(&store->readers_lock);

    cx->db = db;
    error = engine_begin(cx, db, false);
    if (error == OK) {
        error = fn(cx, self);
        engine_end_read(cx, db);
    }
    cx->db = NULL;

    pthread_mutex_lock(&store->readers_lock);
    store->readers[store->free_readers++] = db;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->readers_lock);
    return error;
}

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    StoreFn *fn;
    void *self;
    const Error *error;
    bool done;
} Waiting;

static const Error *run_waiting(Cx *cx, void *self)
{
    Waiting *waiting = self;
    return waiting->fn(cx, waiting->self);
}

static void end_waiting(Cx *cx, void *self, const Error *error)
{
    Waiting *waiting = self;

    (void)cx;
    pthread_mutex_lock(&waiting->lock);
    waiting->error = error;
    waiting->done = true;
    pthread_cond_signal(&waiting->ended);
    pthread_mutex_unlock(&waiting->lock);
}

const Error *store_write(Store *store, Cx *cx, StoreFn *fn, void *self)
{
    Waiting waiting = {.fn = fn, .self = self};

    assert(cx->db == NULL && !pthread_equal(pthread_self(), store->lane));
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.ended, NULL);
    store_submit(store, cx, run_waiting, &waiting, end_waiting);
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.done)
        pthread_cond_wait(&waiting.ended, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    pthread_mutex_destroy(&waiting.lock);
    pthread_cond_destroy(&waiting.ended);
    return waiting.error;
}

void store_submit(Store *store, Cx *cx, StoreFn *fn, void *self, StoreDone *done)
{
    Closure *closure = new (cx->arena, Closure, 1);

    *closure = (Closure){.cx = cx, .fn = fn, .self = self, .done = done};
    pthread_mutex_lock(&store->queue_lock);
    if (store->last != NULL)
        store->last->next = closure;
    else
        store->first = closure;
    store->last = closure;
    store->queued++;
    pthread_cond_signal(&store->queue_filled);
    pthread_mutex_unlock(&store->queue_lock);
}

void store_tail(Cx *cx, void *what)
{
    Tail *tail = new (cx->arena, Tail, 1);
    *tail = (Tail){.next = cx->tails, .org = cx->org, .what = what};
    cx->tails = tail;
}

StoreFigures store_figures(const Store *store)
{
    StoreFigures figures = store->figures;
    Store *mutable_store = (Store *)store;

    pthread_mutex_lock(&mutable_store->queue_lock);
    figures.queue = store->queued;
    pthread_mutex_unlock(&mutable_store->queue_lock);
    figures.wal_pages = engine_log_pages(store->writer);
    figures.statements = engine_statements(store->writer);
    return figures;
}

const Error *store_copy_to(Store *store, Cx *cx, const char *path)
{
    Db *db;
    Statement *statement;
    const Error *error;
    bool row;

    /* Its own connection: a reader's is for reading only, and the writer must not be held up. */
    TRY(engine_open(cx->arena, store->path, true, &db));
    error = engine_statement(cx, db, STR("VACUUM INTO :path"), false, &statement);
    if (error == OK)
        error = engine_bind(cx, statement, IN(in_c("path", path)));
    if (error == OK)
        error = engine_step(cx, statement, &row);
    engine_close(db);
    return error;
}

/* Runs on while the store is open: takes what waits, up to MAX_BATCH, as one transaction. */
static void *run_lane(void *self)
{
    Store *store = self;

    for (;;) {
        Closure *batch, *end;
        int count = 1;

        pthread_mutex_lock(&store->queue_lock);
        while (store->first == NULL && !store->closing)
            pthread_cond_wait(&store->queue_filled, &store->queue_lock);
        if (store->first == NULL) {
            pthread_mutex_unlock(&store->queue_lock);
            return NULL;
        }
        batch = end = store->first;
        for (; end->next != NULL && count < MAX_BATCH; count++)
            end = end->next;
        store->first = end->next;
        if (store->first == NULL)
            store->last = NULL;
        end->next = NULL;
        store->queued -= count;
        pthread_mutex_unlock(&store->queue_lock);

        run_batch(store, batch);
    }
}

/* First without savepoints, which cost as much as all the rest (each page that a closure touches is copied beside). That is
 * enough as long as every closure does its work, or refuses before it has written anything. When one has done both, all is
 * undone and the others run once more, now each in a savepoint. */
static void run_batch(Store *store, Closure *batch)
{
    Cx tail_cx = *batch->cx; /* the flush runs for the batch: its memory is the first closure's arena, which lives as long */
    Tail *tails = NULL;
    const Error *error;
    Batch *committed;
    bool spoilt = false;

    if (!is_safe(store)) {
        end_batch(store, batch, error_new(batch->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE));
        return;
    }
    error = run_closures(store, batch, false, &tails, &spoilt);
    if (spoilt) {
        engine_rollback(store->writer);
        undone(store, batch);
        error = run_closures(store, batch, true, &tails, &spoilt);
    }
    tail_cx.tails = NULL;
    tail_cx.db = store->writer;
    if (error == OK && tails != NULL && store->config.flush != NULL)
        error = store->config.flush(&tail_cx, tails);
    if (error == OK)
        error = engine_commit(&tail_cx, store->writer);
    __atomic_fetch_add(&store->figures.batches, 1, __ATOMIC_RELAXED);
    if (error != OK) {
        log_error("a batch of writes was undone: %.*s", STR_ARG(error_text(error, LANG_EN)));
        engine_rollback(store->writer);
        undone(store, batch);
        end_batch(store, batch, error);
        return;
    }
    committed = new (batch->cx->arena, Batch, 1);
    *committed = (Batch){.closures = batch, .tails = tails};
    pthread_mutex_lock(&store->commits_lock);
    *store->last_commit = committed;
    store->last_commit = &committed->next;
    pthread_cond_signal(&store->committed);
    pthread_mutex_unlock(&store->commits_lock);
}

/* Runs on while the store is open: makes durable what has been committed, and answers. */
static void *run_syncs(void *self)
{
    Store *store = self;

    for (;;) {
        Batch *batch;
        bool durable;

        pthread_mutex_lock(&store->commits_lock);
        while (store->first_commit == NULL && !store->lane_ended)
            pthread_cond_wait(&store->committed, &store->commits_lock);
        batch = store->first_commit;
        store->first_commit = NULL;
        store->last_commit = &store->first_commit;
        durable = !store->is_unsafe;
        pthread_mutex_unlock(&store->commits_lock);
        if (batch == NULL)
            return NULL;

        if (durable && !engine_sync(store->writer)) {
            durable = false;
            pthread_mutex_lock(&store->commits_lock);
            store->is_unsafe = true;
            pthread_mutex_unlock(&store->commits_lock);
        }
        for (Batch *next; batch != NULL; batch = next) {
            const Error *error = durable ? OK : error_new(batch->closures->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
            next = batch->next;
            if (durable && batch->tails != NULL && store->config.published != NULL)
                store->config.published(store->config.self, batch->tails);
            end_batch(store, batch->closures, error);
        }
    }
}

/* May a batch be begun? Not after a failed sync, until all that was committed is durable. */
static bool is_safe(Store *store)
{
    bool safe;

    pthread_mutex_lock(&store->commits_lock);
    safe = !store->is_unsafe;
    pthread_mutex_unlock(&store->commits_lock);
    if (safe || !engine_recover(store->writer))
        return safe;
    pthread_mutex_lock(&store->commits_lock);
    store->is_unsafe = false;
    pthread_mutex_unlock(&store->commits_lock);
    return true;
}

/* Answers all. `error` is the whole batch's. */
static void end_batch(Store *store, Closure *batch, const Error *error)
{
    for (Closure *closure = batch, *next; closure != NULL; closure = next) {
        next = closure->next;
        if (error != OK && closure->error == OK)
            closure->error = error_new(closure->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
        __atomic_fetch_add(&store->figures.closures, 1, __ATOMIC_RELAXED);
        if (closure->error != OK)
            __atomic_fetch_add(&store->figures.failed, 1, __ATOMIC_RELAXED);
        closure->done(closure->cx, closure->self, closure->error);
    }
}

/* Begins a transaction and runs what has not been refused yet; *tails are those of all that did their work, oldest first.
 * The error is the whole batch's. */
static const Error *run_closures(Store *store, Closure *batch, bool savepoints, Tail **tails, bool *spoilt)
{
    Cx begin_cx = *batch->cx;
    Tail **end = tails;

    *spoilt = false;
    *tails = NULL;
    TRY(engine_begin(&begin_cx, store->writer, true));
    for (Closure *closure = batch; closure != NULL; closure = closure->next) {
        if (closure->error != OK)
            continue;
        run_closure(store, closure, savepoints, spoilt);
        if (engine_is_dead(store->writer)) /* the engine has undone the batch as a whole */
            return closure->error != OK ? closure->error : error_new(closure->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
        if (*spoilt)
            return OK;
        if (closure->error == OK)
            end = take_tails(closure, end);
    }
    return OK;
}

/* Appends the closure's tails at *end, oldest first; gives the new end. */
static Tail **take_tails(Closure *closure, Tail **end)
{
    for (Tail *tail = closure->cx->tails, *next, *oldest = NULL; tail != NULL; tail = next) {
        next = tail->next;
        tail->next = oldest;
        *end = oldest = tail;
    }
    closure->cx->tails = NULL;
    while (*end != NULL)
        end = &(*end)->next;
    return end;
}

static void run_closure(Store *store, Closure *closure, bool savepoint, bool *spoilt)
{
    Cx *cx = closure->cx;
    int64_t writes = engine_writes(store->writer);

    cx->db = store->writer;
    cx->tails = NULL;
    if (savepoint)
        closure->error = engine_savepoint(cx, store->writer);
    if (closure->error == OK)
        closure->error = closure->fn(cx, closure->self);
    if (closure->error == OK && arena_is_spent(cx->arena))
        closure->error = error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    if (closure->error == OK && savepoint)
        closure->error = engine_release(cx, store->writer);
    if (closure->error != OK && savepoint) {
        engine_rollback_to(store->writer);
        undone(store, closure);
    } else if (closure->error != OK) {
        *spoilt = engine_writes(store->writer) != writes;
    }
    cx->db = NULL;
}

static void undone(Store *store, const Closure *closure)
{
    if (store->config.undone != NULL)
        store->config.undone(closure->cx);
}

/* Moves the log into the database beside the writer. Once that is nearly done the writer must wait a moment (a few ms), or
 * the log would never come to its end and begin anew. A reader that stays in its snapshot makes the log grow meanwhile. */
static void *run_checkpoints(void *self)
{
    Store *store = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    int64_t left, seen = 0, moved = 0;
    int quiet = 0;
    Db *db;

    if (engine_open(arena, store->path, true, &db) != OK) {
        log_error("the write-ahead log is moved at the end only: no further connection to the database");
        return NULL;
    }
    while (!wait_for_close(store, CHECKPOINT_LOOK_MS)) {
        int64_t pages = engine_log_pages(store->writer);
        quiet = pages == seen ? quiet + 1 : 0;
        seen = pages;
        if (pages == moved || (pages < CHECKPOINT_PAGES && quiet < CHECKPOINT_QUIET))
            continue;
        engine_checkpoint(db, false, &left);
        if (pages >= CHECKPOINT_PAGES)
            engine_checkpoint(db, true, &left);
        moved = pages;
    }
    engine_close(db);
    return NULL;
}

/* Waits so long; true when the store is to be closed. */
static bool wait_for_close(Store *store, int ms)
{
    struct timespec until;
    bool closing;

    (void)clock_gettime(CLOCK_REALTIME, &until); /* can't fail for this clock */
    until.tv_nsec += (long)ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_mutex_lock(&store->queue_lock);
    while (!store->closing && pthread_cond_timedwait(&store->close_asked, &store->queue_lock, &until) == 0)
        ;
    closing = store->closing;
    (void)pthread_mutex_unlock(&store->queue_lock);
    return closing;
}

static const Error *take_lock(Store *store, Arena *arena)
{
    char *path = str_to_c(arena, str_format(arena, "%s/lock", store->config.folder));

    store->lock_fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return error_new(arena, ERR_STATE_OF_WORLD,
                         str_format(arena, "无法写入数据目录 %s：%s；请检查目录权限", store->config.folder, strerror(errno)),
                         str_format(arena, "cannot write in the data folder %s: %s; check its permissions", store->config.folder,
                                    strerror(errno)));
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return error_new(arena, ERR_STATE_OF_WORLD,
                         str_format(arena, "数据目录 %s 正被另一个 anju 使用", store->config.folder),
                         str_format(arena, "the data folder %s is in use by another anju", store->config.folder));
    return OK;
}

/* sql_* */

typedef struct {
    const Out *out;
    bool found;
} Places;

static const Error *run_statement(Cx *cx, Str sql, bool permanent, const In *in, RowFn *fn, void *self, bool first_only)
{
    Statement *statement;
    const Error *error;
    bool row;

    assert(cx->db != NULL); /* SQL outside store_read and store_write */
    TRY(engine_statement(cx, cx->db, sql, permanent, &statement));
    error = engine_bind(cx, statement, in);
    while (error == OK) {
        error = engine_step(cx, statement, &row);
        if (error != OK || !row)
            break;
        if (fn != NULL)
            error = fn(cx, &(Row){statement}, self);
        if (first_only)
            break;
    }
    engine_reset(statement);
    return error;
}

const Error *sql_run(Cx *cx, const char *sql, const In *in)
{
    return run_statement(cx, str_of(sql), true, in, NULL, NULL, false);
}

const Error *sql_run_count(Cx *cx, const char *sql, const In *in, int64_t *changed)
{
    TRY(sql_run(cx, sql, in));
    *changed = engine_changes(cx->db);
    return OK;
}

static const Error *fill_places(Cx *cx, const Row *row, void *self)
{
    Places *places = self;

    places->found = true;
    for (int i = 0; places->out[i].kind != OUT_END; i++) {
        const Out *out = &places->out[i];
        switch (out->kind) {
        case OUT_INT: *(int64_t *)out->to = row_int(row, i); break;
        case OUT_BOOL: *(bool *)out->to = row_int(row, i) != 0; break;
        case OUT_TEXT: *(Str *)out->to = str_copy(cx->arena, row_text(row, i)); break;
        case OUT_END: break;
        }
    }
    return OK;
}

const Error *sql_find(Cx *cx, const char *sql, const In *in, const Out *out, bool *found)
{
    Places places = {.out = out};

    TRY(run_statement(cx, str_of(sql), true, in, fill_places, &places, true));
    *found = places.found;
    return OK;
}

const Error *sql_row(Cx *cx, const char *sql, const In *in, const Out *out)
{
    bool found;

    TRY(sql_find(cx, sql, in, out, &found));
    return found ? OK : error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
}

const Error *sql_each(Cx *cx, const char *sql, const In *in, RowFn *fn, void *self)
{
    return run_statement(cx, str_of(sql), true, in, fn, self, false);
}

const Error *sql_each_built(Cx *cx, Str sql, const In *in, RowFn *fn, void *self)
{
    return run_statement(cx, sql, false, in, fn, self, false);
}

const Error *sql_exec(Cx *cx, Str sql)
{
    return engine_exec(cx, cx->db, sql);
}

bool sql_is_conflict(const Error *error)
{
    return error != OK && error->code == ERR_STATE_OF_WORLD;
}

static const Error *add_step(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    buf_add(self, row_text(row, 3));
    buf_char(self, '\n');
    return OK;
}

const Error *store_explain(Cx *cx, const char *sql, Str *out)
{
    Buf steps = buf_new(cx->arena, 1 << 16);
    Str text = str_join(cx->arena, STR("EXPLAIN QUERY PLAN "), str_of(sql)); /* unbound parameters do not change the plan */
    Statement *statement;
    bool row;

    TRY(engine_statement(cx, cx->db, text, false, &statement));
    for (;;) {
        TRY(engine_step(cx, statement, &row));
        if (!row)
            break;
        TRY(add_step(cx, &(Row){statement}, &steps));
    }
    engine_reset(statement);
    *out = buf_str(&steps);
    return OK;
}
