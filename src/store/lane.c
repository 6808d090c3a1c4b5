/* lane.c: the writers' lanes with their group commit.
 *
 *   any thread --store_submit--> queue --lane--> BEGIN, closures, flush, COMMIT --> syncer: one sync, done() each
 *
 * On SQLite there is one lane, and while the syncer waits for the disk it runs the next batch; nobody is answered, and no
 * event goes out, before the sync. A third small thread moves the write-ahead log into the database, outside the writer's
 * way. On a server a commit is durable when it returns, and several lanes run beside each other: a batch is of one company,
 * whose event counter is locked from its flush to its commit. */
#include "store/store_private.h"
#include "base/log.h"

#include <assert.h>
#include <unistd.h>

#define MAX_BATCH 512
#define LANES_OF_A_COMPANY 2
#define LONG_BATCH_US (SECOND / 10)
#define LOOK_AGAIN_US (SECOND / 20)
#define MAX_TRIES 4             /* of a batch that the server has undone for a reason that passes, or of a closure that another was faster than */
#define CHECKPOINT_PAGES 5000   /* from here on the log is moved and begun anew, 40 MB at 8 KB a page */
#define CHECKPOINT_LOOK_MS 250
#define CHECKPOINT_QUIET 8      /* looks without a write, after which a shorter log is moved too */

static _Thread_local bool is_lane;

typedef enum { UNKNOWN, COMMITTED, UNDONE } Outcome;

static void *run_lane(void *self);
static void *run_syncs(void *self);
static void *run_checkpoints(void *self);
static bool wait_for_close(Store *store, int ms);
static Closure *take_batch(Lane *lane);
static void run_batch(Lane *lane, Closure *batch);
static const Error *try_batch(Lane *lane, Closure *batch, bool careful, Tail **tails, bool *spoilt);
static const Error *run_closures(Lane *lane, Closure *batch, bool careful, Tail **tails, bool *spoilt);
static const Error *announce(Lane *lane, Closure *batch);
static void run_closure(Lane *lane, Closure *closure, bool careful, bool *spoilt);
static const Error *commit(Lane *lane, Cx *cx);
static bool sync_commits(Store *store);
static bool is_safe(Lane *lane);
static Outcome look_up(Lane *lane, const Closure *batch, Tail *tails);
static void end_batch(Store *store, Closure *batch, const Error *error);
static bool passes(const Lane *lane);
static void forget_refusals(Closure *batch);
static Tail **take_tails(Closure *closure, Tail **end);
static void undone(const Lane *lane, const Closure *closure);

bool lanes_start(Store *store)
{
    if (store->engine->sync != NULL)
        store->syncer_runs = pthread_create(&store->syncer, NULL, run_syncs, store) == 0;
    if (store->engine->checkpoint != NULL)
        store->checkpointer_runs = pthread_create(&store->checkpointer, NULL, run_checkpoints, store) == 0;
    for (int i = 0; i < store->lane_count; i++) {
        Lane *lane = &store->lanes[i];
        lane->store = store;
        lane->runs = pthread_create(&lane->thread, NULL, run_lane, lane) == 0;
        if (!lane->runs)
            return false;
    }
    return (store->engine->sync == NULL || store->syncer_runs) && (store->engine->checkpoint == NULL || store->checkpointer_runs);
}

void lanes_end(Store *store)
{
    for (int i = 0; i < store->lane_count; i++)
        if (store->lanes[i].runs)
            pthread_join(store->lanes[i].thread, NULL);
    pthread_mutex_lock(&store->commits_lock);
    store->lanes_ended = true;
    pthread_cond_signal(&store->committed);
    pthread_mutex_unlock(&store->commits_lock);
    if (store->syncer_runs)
        pthread_join(store->syncer, NULL);
    if (store->checkpointer_runs)
        pthread_join(store->checkpointer, NULL);
}

bool lane_is_this(void)
{
    return is_lane;
}

/* Runs on while the store is open. */
static void *run_lane(void *self)
{
    Lane *lane = self;
    Closure *batch;

    is_lane = true;
    while ((batch = take_batch(lane)) != NULL)
        run_batch(lane, batch);
    return NULL;
}

/* Of a company two batches are in hand at most: one that waits for the disk, holding the company's counter, and one that is
 * made ready meanwhile. A third lane would only wait for the counter, and what it took would be missing in the next batch.
 * Where another process writes in the company, its batch is the second one; but nobody waits behind a long one (an import). */
static bool is_free(Store *store, Id org)
{
    int in_hand = 0;
    bool is_long = false;

    for (int i = 0; org != 0 && i < store->lane_count; i++)
        if (store->lanes[i].org == org) {
            in_hand++;
            is_long = is_long || clock_monotonic_us() - store->lanes[i].taken_us > LONG_BATCH_US;
        }
    return in_hand == 0 || (in_hand < LANES_OF_A_COMPANY && (is_long || !counters_have_rivals(&store->counters, org)));
}

bool store_expected(const Cx *cx, Counter *out)
{
    return cx->db->engine->is_shared && counters_expect(cx->db->counters, cx->db, cx->org, out);
}

void store_numbered(const Cx *cx, int64_t before, const Counter *after, bool keep)
{
    counters_take(cx->db->counters, cx->db, cx->org, before, after, keep);
}

/* The oldest that a lane may take now: on a server, of a company that has not its lanes at work already. */
static const Closure *choose(Store *store)
{
    const Closure *closure = store->first;

    while (store->engine->is_shared && closure != NULL && !is_free(store, closure->cx->org))
        closure = closure->next;
    return closure;
}

/* Until something comes; or, where what waits is not to be taken now, until that may have changed. */
static void wait_for_work(Store *store)
{
    struct timespec until = clock_deadline(LOOK_AGAIN_US);

    if (store->first == NULL)
        pthread_cond_wait(&store->queue_filled, &store->queue_lock);
    else
        (void)clock_wait(&store->queue_filled, &store->queue_lock, &until); /* a time-out is a look */
}

/* What waits, up to MAX_BATCH and what follows the last of them: all of it, or on a server that of one company. NULL when the store is closed. */
static Closure *take_batch(Lane *lane)
{
    Store *store = lane->store;
    Closure *batch = NULL, **end = &batch;
    const Closure *chosen;
    bool taken = false;
    int count = 0;
    Id org;

    pthread_mutex_lock(&store->queue_lock);
    lane->org = 0;
    while ((chosen = choose(store)) == NULL && !(store->closing && store->first == NULL))
        wait_for_work(store);
    lane->taken_us = clock_monotonic_us();
    org = lane->org = chosen == NULL ? 0 : chosen->cx->org;
    store->last = NULL;
    for (Closure **from = &store->first, *closure; (closure = *from) != NULL;) {
        taken = (count < MAX_BATCH || (closure->follows && taken)) && chosen != NULL && (!store->engine->is_shared || closure->cx->org == org);
        if (!taken) {
            store->last = closure;
            from = &closure->next;
            continue;
        }
        *from = closure->next;
        closure->next = NULL;
        *end = closure;
        end = &closure->next;
        count++;
    }
    store->queued -= count;
    if (count > 0)
        histogram_add(&store->batch_sizes, &scale_of_counts, count);
    if (store->first != NULL)
        pthread_cond_signal(&store->queue_filled); /* another lane takes the rest */
    else if (store->closing)
        pthread_cond_broadcast(&store->queue_filled);
    pthread_mutex_unlock(&store->queue_lock);
    return batch;
}

/* First without savepoints, which cost as much as all the rest (each page that a closure touches is copied beside). That is
 * enough as long as every closure does its work, or refuses before it has written anything. When one has done both, all is
 * undone and the others run once more, now each in a savepoint. */
static void run_batch(Lane *lane, Closure *batch)
{
    Store *store = lane->store;
    Tail *tails = NULL;
    const Error *error = OK;
    Batch *committed;
    Outcome outcome = UNKNOWN;
    bool careful = false, spoilt, unknown, expected;

    if (!is_safe(lane)) {
        end_batch(store, batch, error_new(batch->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE));
        return;
    }
    static_assert(COUNTER_BATCHES >= MAX_LANES, "one of each lane");
    counters_begin(&store->counters, lane->db, lane->org);
    for (int tries = 1;; tries++) {
        if (tries > 1)
            __atomic_fetch_add(&store->figures.retries, 1, __ATOMIC_RELAXED);
        error = try_batch(lane, batch, careful, &tails, &spoilt);
        expected = counters_settle(&store->counters, lane->db, error == OK && !spoilt);
        if (error == OK && !spoilt)
            break;
        if (error != OK && !careful && store->engine->defers && store->engine->is_failed(lane->db) && !store->engine->is_dead(lane->db)) {
            spoilt = true; /* one closure's fault, which only the flush or the commit has seen */
            error = OK;
        }
        store->engine->rollback(lane->db);
        undone(lane, batch);
        unknown = error != OK && store->engine->is_unknown != NULL && store->engine->is_unknown(lane->db);
        outcome = unknown ? look_up(lane, batch, tails) : UNKNOWN;
        if (outcome == COMMITTED) {
            error = OK;
            break;
        }
        if (unknown && outcome == UNKNOWN) { /* run once more it might be there twice */
            error = error_new(batch->cx->arena, ERR_UNSURE, STR_NONE, STR_NONE);
            break;
        }
        if (error != OK && (tries == MAX_TRIES || (outcome != UNDONE && !passes(lane))))
            break;
        if (error != OK)
            forget_refusals(batch);
        if (error != OK && outcome != UNDONE && !expected)
            (void)usleep((useconds_t)(tries * 20000)); /* woken early it only tries early */
        careful = careful || spoilt;
    }
    counters_end(&store->counters, lane->db); /* before anybody is answered, who may write again at once */
    __atomic_fetch_add(&store->figures.batches, 1, __ATOMIC_RELAXED);
    if (error != OK) {
        log_error(error->code == ERR_UNSURE ? "a batch of writes: %.*s" : "a batch of writes was undone: %.*s", STR_ARG(error_text(error, LANG_EN)));
        end_batch(store, batch, error);
        return;
    }
    if (store->engine->sync == NULL) {
        if (tails != NULL && store->config.published != NULL)
            store->config.published(store->config.self, tails);
        end_batch(store, batch, OK);
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

/* Was the batch undone for a reason that passes? */
static bool passes(const Lane *lane)
{
    const Engine *engine = lane->store->engine;

    return engine->may_retry != NULL && engine->may_retry(lane->db);
}

/* Of a batch that was undone for no fault of its own: what one was refused for may have been written by another of it. */
static void forget_refusals(Closure *batch)
{
    for (Closure *closure = batch; closure != NULL; closure = closure->next)
        closure->error = OK;
}

/* One transaction with all of the batch. The error is the whole batch's; with one, or spoilt, it must be rolled back. */
static const Error *try_batch(Lane *lane, Closure *batch, bool careful, Tail **tails, bool *spoilt)
{
    Cx cx = *batch->cx; /* the flush runs for the batch: its memory is the first closure's arena, which lives as long */

    TRY(run_closures(lane, batch, careful, tails, spoilt));
    if (*spoilt)
        return OK;
    cx.tails = NULL;
    cx.db = lane->db;
    if (*tails != NULL && lane->store->config.flush != NULL)
        TRY(lane->store->config.flush(&cx, *tails));
    return commit(lane, &cx);
}

static const Error *commit(Lane *lane, Cx *cx)
{
    Store *store = lane->store;
    int64_t begun_us = clock_monotonic_us(), took_us;
    const Error *error = store->engine->commit(cx, lane->db);

    took_us = clock_monotonic_us() - begun_us;
    histogram_add(&store->commits, &scale_of_times, took_us);
    slow_step(&store->slow, "commit of a batch", took_us);
    return error;
}

/* Begins a transaction and runs what has not been refused yet; *tails are those of all that did their work, oldest first. */
static const Error *run_closures(Lane *lane, Closure *batch, bool careful, Tail **tails, bool *spoilt)
{
    const Engine *engine = lane->store->engine;
    Cx begin_cx = *batch->cx;
    Tail **end = tails;

    *spoilt = false;
    *tails = NULL;
    TRY(engine->begin(&begin_cx, lane->db, true));
    if (!careful && engine->ahead != NULL)
        TRY(announce(lane, batch));
    for (Closure *closure = batch; closure != NULL; closure = closure->next) {
        const Error *error;
        if (closure->error != OK)
            continue;
        run_closure(lane, closure, careful, spoilt);
        if (engine->is_dead(lane->db)) { /* the engine has undone the batch as a whole */
            error = closure->error != OK ? closure->error : error_new(closure->cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
            closure->error = OK; /* it was not this one's fault: it may be run again */
            return error;
        }
        if (*spoilt)
            return OK;
        if (closure->error == OK)
            end = take_tails(closure, end);
    }
    return OK;
}

/* Sends on their way what the closures of the batch say that they will ask. */
static const Error *announce(Lane *lane, Closure *batch)
{
    const Error *error = OK;

    for (Closure *closure = batch; closure != NULL && error == OK; closure = closure->next) {
        Cx *cx = closure->cx;
        if (closure->ahead == NULL || closure->error != OK)
            continue;
        cx->db = lane->db;
        cx->looked = NULL;
        error = closure->ahead(cx, closure->self);
        cx->db = NULL;
    }
    return error;
}

static const Error *call_closure(Closure *closure)
{
    Cx *cx = closure->cx;
    const Error *error;

    cx->tails = NULL;
    cx->looked = NULL;
    cx->sums = NULL;
    cx->has_job = false;
    error = closure->fn(cx, closure->self);
    return error == OK && arena_is_spent(cx->arena) ? error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE) : error;
}

/* In a savepoint of its own: an error undoes this closure alone. */
static const Error *call_with_care(Lane *lane, Closure *closure)
{
    const Engine *engine = lane->store->engine;
    const Error *error = engine->savepoint(closure->cx, lane->db);

    if (error == OK)
        error = call_closure(closure);
    if (error == OK)
        error = engine->release(closure->cx, lane->db);
    if (error != OK) {
        engine->rollback_to(lane->db);
        undone(lane, closure);
    }
    return error;
}

static void run_closure(Lane *lane, Closure *closure, bool careful, bool *spoilt)
{
    const Engine *engine = lane->store->engine;
    Db *db = lane->db;
    int64_t writes = engine->writes(db);

    closure->cx->db = db;
    for (int tries = 1; careful; tries++) {
        closure->error = call_with_care(lane, closure);
        if (closure->error == OK || !closure->error->again || tries == MAX_TRIES)
            break;
    }
    if (!careful)
        closure->error = call_closure(closure);
    if (!careful && closure->error != OK) {
        *spoilt = closure->error->again || engine->writes(db) != writes || (engine->is_failed != NULL && engine->is_failed(db));
        if (*spoilt && (closure->error->again || engine->defers) && !engine->is_dead(db))
            closure->error = OK; /* perhaps another's: it is asked again, with care */
    }
    closure->cx->db = NULL;
}

/* A connection that was lost while it committed: did it? The batch's events say so, and from then on it does not any more. */
static Outcome look_up(Lane *lane, const Closure *batch, Tail *tails)
{
    Store *store = lane->store;
    Cx cx = *batch->cx;
    bool committed = false;

    if (tails == NULL || store->config.is_committed == NULL)
        return UNKNOWN;
    cx.db = lane->db;
    for (int tries = 0; tries < 50; tries++) { /* 10 seconds: what a server needs to start again */
        bool told = store->engine->begin(&cx, lane->db, true) == OK && store->config.is_committed(&cx, tails, &committed) == OK &&
                    store->engine->commit(&cx, lane->db) == OK;
        if (!told)
            store->engine->rollback(lane->db);
        (void)counters_settle(&store->counters, lane->db, told); /* what it wrote itself */
        if (told)
            return committed ? COMMITTED : UNDONE;
        (void)usleep(200000);
    }
    log_error("a commit's outcome could not be found out");
    return UNKNOWN;
}

/* Runs on while the store is open: makes durable what has been committed, and answers. */
static void *run_syncs(void *self)
{
    Store *store = self;

    for (;;) {
        Batch *batch;
        bool durable;

        pthread_mutex_lock(&store->commits_lock);
        while (store->first_commit == NULL && !store->lanes_ended)
            pthread_cond_wait(&store->committed, &store->commits_lock);
        batch = store->first_commit;
        store->first_commit = NULL;
        store->last_commit = &store->first_commit;
        durable = !store->is_unsafe;
        pthread_mutex_unlock(&store->commits_lock);
        if (batch == NULL)
            return NULL;

        if (durable && !sync_commits(store)) {
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

static bool sync_commits(Store *store)
{
    int64_t begun_us = clock_monotonic_us(), took_us;
    bool durable = store->engine->sync(store->lanes[0].db);

    took_us = clock_monotonic_us() - begun_us;
    histogram_add(&store->syncs, &scale_of_times, took_us);
    slow_step(&store->slow, "sync of commits", took_us);
    return durable;
}

/* May a batch be begun? Not after a failed sync, until all that was committed is durable. */
static bool is_safe(Lane *lane)
{
    Store *store = lane->store;
    bool safe;

    pthread_mutex_lock(&store->commits_lock);
    safe = !store->is_unsafe;
    pthread_mutex_unlock(&store->commits_lock);
    if (safe || !store->engine->recover(lane->db))
        return safe;
    pthread_mutex_lock(&store->commits_lock);
    store->is_unsafe = false;
    pthread_mutex_unlock(&store->commits_lock);
    return true;
}

/* Answers all. `error` is the whole batch's. */
static void end_batch(Store *store, Closure *batch, const Error *error)
{
    ErrorCode code = error != OK && error->code == ERR_UNSURE ? ERR_UNSURE : ERR_UNAVAILABLE; /* the error itself dies with the first one's memory */

    for (Closure *closure = batch, *next; closure != NULL; closure = next) {
        next = closure->next;
        if (error != OK && closure->error == OK)
            closure->error = error_new(closure->cx->arena, code, STR_NONE, STR_NONE);
        __atomic_fetch_add(&store->figures.closures, 1, __ATOMIC_RELAXED);
        if (closure->error != OK)
            __atomic_fetch_add(&store->figures.failed, 1, __ATOMIC_RELAXED);
        closure->done(closure->cx, closure->self, closure->error);
    }
}

/* Appends the closure's tails at *end, oldest first; gives the new end. The newest carries its sums. */
static Tail **take_tails(Closure *closure, Tail **end)
{
    assert(closure->cx->sums == NULL || closure->cx->tails != NULL);
    if (closure->cx->tails != NULL)
        closure->cx->tails->sums = closure->cx->sums;
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

static void undone(const Lane *lane, const Closure *closure)
{
    Cx cx = *closure->cx;

    cx.db = lane->db;
    if (lane->store->config.undone != NULL)
        lane->store->config.undone(&cx);
}

/* Moves the log into the database beside the writer. Once that is nearly done the writer must wait a moment (a few ms), or
 * the log would never come to its end and begin anew. A reader that stays in its snapshot makes the log grow meanwhile. */
static void *run_checkpoints(void *self)
{
    Store *store = self;
    const Engine *engine = store->engine;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    int64_t left, seen = 0, moved = 0;
    int quiet = 0;
    Db *db;

    if (store_connect(store, arena, true, &db) != OK) {
        log_error("the write-ahead log is moved at the end only: no further connection to the database");
        return NULL;
    }
    while (!wait_for_close(store, CHECKPOINT_LOOK_MS)) {
        int64_t pages = engine->log_pages(store->lanes[0].db);
        quiet = pages == seen ? quiet + 1 : 0;
        seen = pages;
        if (pages == moved || (pages < CHECKPOINT_PAGES && quiet < CHECKPOINT_QUIET))
            continue;
        engine->checkpoint(db, false, &left);
        if (pages >= CHECKPOINT_PAGES)
            engine->checkpoint(db, true, &left);
        moved = pages;
    }
    engine->close(db);
    return NULL;
}

/* Waits so long; true when the store is to be closed. */
static bool wait_for_close(Store *store, int ms)
{
    struct timespec until = clock_deadline(ms * (SECOND / 1000));
    bool closing;

    (void)pthread_mutex_lock(&store->queue_lock);
    while (!store->closing && clock_wait(&store->close_asked, &store->queue_lock, &until))
        ;
    closing = store->closing;
    (void)pthread_mutex_unlock(&store->queue_lock);
    return closing;
}
