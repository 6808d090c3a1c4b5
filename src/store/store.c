/* store.c: opening and closing, reading, and the queue of what is to be written (lane.c). */
#include "store/store_private.h"
#include "base/log.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const Error *take_lock(Store *store, Arena *arena);

static Store *store_new(Arena *arena, const StoreConfig *config)
{
    Store *store = mem_alloc(sizeof *store);
    Str place = config->url != NULL ? str_of(config->url) : str_format(arena, "%s/anju.db", config->folder);

    store->config = *config;
    store->engine = config->url != NULL ? &engine_postgres : &engine_sqlite;
    store->place = mem_alloc((size_t)place.len + 1);
    memcpy(store->place, place.ptr, (size_t)place.len);
    store->lock_fd = -1;
    pthread_mutex_init(&store->readers_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    pthread_mutex_init(&store->queue_lock, NULL);
    pthread_cond_init(&store->queue_filled, NULL);
    pthread_cond_init(&store->close_asked, NULL);
    pthread_mutex_init(&store->commits_lock, NULL);
    pthread_cond_init(&store->committed, NULL);
    store->last_commit = &store->first_commit;
    counters_open(&store->counters);
    pthread_mutex_init(&store->slow.lock, NULL);
    store->slow.limit_us = SLOW_NEVER;
    return store;
}

const Error *store_connect(Store *store, Arena *arena, bool writer, Db **out)
{
    TRY(store->engine->open(arena, store->place, writer, out));
    (*out)->slow = &store->slow;
    (*out)->counters = &store->counters;
    (*out)->reconnections = &store->figures.reconnections;
    (*out)->journeys = &store->figures.journeys;
    return OK;
}

const Error *store_open(Arena *arena, const StoreConfig *config, bool create, Store **out)
{
    Store *store = store_new(arena, config);
    const Error *error = OK;
    struct stat found;

    if (config->url == NULL && !create && stat(store->place, &found) != 0)
        error = error_new(arena, ERR_STATE_OF_WORLD,
                          str_format(arena, "%s 里没有数据；先运行 anju init --data %s", config->folder, config->folder),
                          str_format(arena, "there is no data in %s; run anju init --data %s first", config->folder, config->folder));
    if (error == OK && config->url == NULL && config->serve)
        error = take_lock(store, arena);
    for (int i = 0; error == OK && i < (config->url != NULL && config->lanes > 1 ? config->lanes : 1) && i < MAX_LANES; i++) {
        error = store_connect(store, arena, true, &store->lanes[i].db);
        if (error == OK)
            store->lane_count = i + 1;
    }
    if (error == OK)
        error = store_connect(store, arena, false, &store->readers[0]); /* the others when they are wanted */
    if (error == OK)
        store->open_readers = store->free_readers = 1;
    if (error == OK && !lanes_start(store))
        error = error_new(arena, ERR_STATE_OF_WORLD, STR("系统不给更多线程"), STR("the system gives no more threads"));
    if (error == OK) {
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
    lanes_end(store);
    assert(store->free_readers == store->open_readers);
    for (int i = 0; i < store->open_readers; i++)
        store->engine->close(store->readers[i]);
    for (int i = 0; i < store->lane_count; i++)
        store->engine->close(store->lanes[i].db);
    if (store->lock_fd >= 0)
        (void)close(store->lock_fd); /* gives the lock back; nothing was written */
    pthread_mutex_destroy(&store->readers_lock);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->queue_lock);
    pthread_cond_destroy(&store->queue_filled);
    pthread_cond_destroy(&store->close_asked);
    pthread_mutex_destroy(&store->commits_lock);
    pthread_cond_destroy(&store->committed);
    counters_close(&store->counters);
    pthread_mutex_destroy(&store->slow.lock);
    mem_free(store->place);
    mem_free(store);
}

/* A reader's connection: a free one, else one more while there may be more, else the next that is given back. */
static Db *take_reader(Store *store, Cx *cx)
{
    Db *db = NULL;

    pthread_mutex_lock(&store->readers_lock);
    if (store->free_readers == 0 && store->open_readers < store->config.readers && store->open_readers < MAX_READERS) {
        store->open_readers++;
        pthread_mutex_unlock(&store->readers_lock);
        if (store_connect(store, cx->arena, false, &db) == OK)
            return db;
        pthread_mutex_lock(&store->readers_lock);
        store->open_readers--; /* what is open must do */
    }
    store->reader_waits += store->free_readers == 0;
    while (store->free_readers == 0)
        pthread_cond_wait(&store->reader_free, &store->readers_lock);
    db = store->readers[--store->free_readers];
    pthread_mutex_unlock(&store->readers_lock);
    return db;
}

/* One that would not begin (a server that takes no more connections) is asked last: the others may have theirs. */
static void give_reader(Store *store, Db *db, bool works)
{
    int at;

    pthread_mutex_lock(&store->readers_lock);
    at = store->free_readers++;
    if (!works) {
        store->readers[at] = store->readers[0];
        at = 0;
    }
    store->readers[at] = db;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->readers_lock);
}

const Error *store_read(Store *store, Cx *cx, StoreFn *fn, void *self)
{
    const Error *error;
    bool works;
    Db *db;

    assert(cx->db == NULL);
    db = take_reader(store, cx);
    cx->db = db;
    cx->looked = NULL;
    error = db->engine->begin(cx, db, false);
    works = error == OK;
    if (works) {
        error = fn(cx, self);
        db->engine->end_read(cx, db);
    }
    cx->db = NULL;
    give_reader(store, db, works);
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

    assert(cx->db == NULL && !lane_is_this());
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.ended, NULL);
    store_submit(store, cx, NULL, run_waiting, &waiting, end_waiting);
    pthread_mutex_lock(&waiting.lock);
    while (!waiting.done)
        pthread_cond_wait(&waiting.ended, &waiting.lock);
    pthread_mutex_unlock(&waiting.lock);
    pthread_mutex_destroy(&waiting.lock);
    pthread_cond_destroy(&waiting.ended);
    return waiting.error;
}

/* The closures from `first` to `last` and behind it. */
static void enqueue(Store *store, Closure *first, Closure *last, int count)
{
    pthread_mutex_lock(&store->queue_lock);
    if (store->last != NULL)
        store->last->next = first;
    else
        store->first = first;
    store->last = last;
    store->queued += count;
    pthread_cond_signal(&store->queue_filled);
    pthread_mutex_unlock(&store->queue_lock);
}

void store_submit(Store *store, Cx *cx, StoreFn *ahead, StoreFn *fn, void *self, StoreDone *done)
{
    Closure *closure = new (cx->arena, Closure, 1);

    *closure = (Closure){.cx = cx, .ahead = ahead, .fn = fn, .self = self, .done = done};
    enqueue(store, closure, closure, 1);
}

void store_submit_all(Store *store, const Write *writes, int count, StoreFn *fn, StoreDone *done)
{
    Closure *first = NULL, **end = &first, *last = NULL;

    for (int i = 0; i < count; i++, end = &last->next) {
        last = *end = new (writes[i].cx->arena, Closure, 1);
        *last = (Closure){.cx = writes[i].cx, .fn = fn, .self = writes[i].self, .done = done, .follows = i > 0};
    }
    if (first != NULL)
        enqueue(store, first, last, count);
}

void store_tail(Cx *cx, void *what)
{
    Tail *tail = new (cx->arena, Tail, 1);
    *tail = (Tail){.next = cx->tails, .org = cx->org, .what = what};
    cx->tails = tail;
}

const Dialect *store_dialect(const Store *store)
{
    return store->engine->dialect;
}

static int64_t count_of(const int64_t *count)
{
    return __atomic_load_n(count, __ATOMIC_RELAXED);
}

StoreFigures store_figures(const Store *store)
{
    const StoreFigures *counts = &store->figures;
    Store *mutable_store = (Store *)store;
    StoreFigures figures = {
        .batches = count_of(&counts->batches),
        .closures = count_of(&counts->closures),
        .failed = count_of(&counts->failed),
        .retries = count_of(&counts->retries),
        .reconnections = count_of(&counts->reconnections),
        .journeys = count_of(&counts->journeys),
        .pool_max = store->config.readers < MAX_READERS ? store->config.readers : MAX_READERS,
        .lanes = store->lane_count,
        .batch_sizes = &store->batch_sizes,
        .commits = &store->commits,
        .syncs = &store->syncs,
    };

    pthread_mutex_lock(&mutable_store->queue_lock);
    figures.queue = store->queued;
    pthread_mutex_unlock(&mutable_store->queue_lock);
    pthread_mutex_lock(&mutable_store->readers_lock);
    figures.pool_open = store->open_readers;
    figures.pool_free = store->free_readers;
    figures.pool_waits = store->reader_waits;
    pthread_mutex_unlock(&mutable_store->readers_lock);
    if (store->engine->log_pages != NULL)
        figures.wal_pages = store->engine->log_pages(store->lanes[0].db);
    return figures;
}

void store_tell_slow(Store *store, int64_t limit_ms)
{
    store->slow.limit_us = getenv("ANJU_TEST_SLOW") != NULL ? 0 : limit_ms == 0 ? SLOW_NEVER : limit_ms * 1000;
}

const Error *store_copy_to(Store *store, Cx *cx, const char *path)
{
    const Error *error;
    Db *db;

    /* Its own connection: a reader's is for reading only, and the writer must not be held up. */
    TRY(store_connect(store, cx->arena, true, &db));
    error = store->engine->copy_to(cx, db, path);
    store->engine->close(db);
    return error;
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
