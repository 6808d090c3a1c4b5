/* store.h: one database, behind one interface for both engines.
 *
 * store_read and store_write run a closure inside a transaction. Writes of all threads are gathered: the lane (one writer
 * thread) runs the waiting closures in one transaction and makes them durable with one sync (group commit); an error undoes
 * only its own closure. A closure may be run again, so it has no effect outside the database and its own
 * results, and it answers nobody: the answer belongs into `done`, which is called when the commit is durable. */
#ifndef ANJU_STORE_STORE_H
#define ANJU_STORE_STORE_H

#include "base/histogram.h"
#include "store/counters.h"
#include "store/cx.h"

typedef struct Store Store;

typedef const Error *StoreFn(Cx *cx, void *self);
typedef void StoreDone(Cx *cx, void *self, const Error *error);

/* What a closure wants written at the end of its batch, when the company's event numbers are given (kernel/event.h). */
typedef struct Tail Tail;
struct Tail {
    Tail *next;
    Id org;
    void *what;
    struct Sums *sums; /* of one of the closure's tails: what it moves (kernel/sums.h) */
};

typedef struct {
    const char *folder;          /* the data folder; the database is anju.db inside */
    const char *url;             /* the server's address, postgresql://…; NULL: the folder's own */
    int lanes;                   /* that write at once on a server */
    int readers;                 /* connections for reading, at most; opened when they are wanted */
    bool serve;                  /* take the folder's lock: one process per SQLite folder */
    /* Called in the writer's transaction after the batch's closures, with all their tails, oldest first. */
    const Error *(*flush)(Cx *cx, Tail *tails);
    /* Called after the commit, with the same tails: they are true now. */
    void (*published)(void *self, Tail *tails);
    void *self;
    /* Did the transaction with these tails end well? Asked when its commit got no answer, in a transaction that is committed then: from there on it stays as it
     * was told, also of one that is still under way. */
    const Error *(*is_committed)(Cx *cx, Tail *tails, bool *committed);
    /* Called in the writer's thread when what a closure had done was undone: what it leased is not its own any more. */
    void (*undone)(const Cx *cx);
} StoreConfig;

/* Opens an existing database (or makes an empty one with `create`). ERR_STATE_OF_WORLD says what to do about it. */
MUST const Error *store_open(Arena *arena, const StoreConfig *config, bool create, Store **out);
/* Ends the lane when its queue is empty, checkpoints and closes. */
void store_close(Store *store);

/* Runs fn in one snapshot on a reader's connection; waits for a free one. */
MUST const Error *store_read(Store *store, Cx *cx, StoreFn *fn, void *self);

/* Runs fn in the lane and returns when it is durable (or undone, with its error). Not from inside a closure. */
MUST const Error *store_write(Store *store, Cx *cx, StoreFn *fn, void *self);

/* The same without waiting: `done` is called from a thread of the store, which must not be held up. `ahead` (or NULL) is called before fn, and before
 * all else of its batch; it announces what fn will ask (sql_ahead_built, record_look_ahead), so that on a server the questions of a whole batch travel
 * together. What is announced is as of the batch's beginning: fn may see it so, as it may see what other processes are about to change. */
void store_submit(Store *store, Cx *cx, StoreFn *ahead, StoreFn *fn, void *self, StoreDone *done);

/* Many at once, of one company: they run in this order, in one batch, whatever lanes there are; each has its own error. */
typedef struct {
    Cx *cx;
    void *self;
} Write;
void store_submit_all(Store *store, const Write *writes, int count, StoreFn *fn, StoreDone *done);

/* In flush: the counter of the cx's company as this process's last batch has left it, when on a shared database nobody is known to have moved
 * it since. Then the batch need not ask for it: its events are numbered behind it, and a statement that is run by sql_run_expecting refuses
 * when it is another by now, so that the batch is run again. false: ask. Once for each company of the batch. */
bool store_expected(const Cx *cx, Counter *out);
/* Behind that: the company's events have the numbers (before, after->n], as was expected, or as was told when it was asked for. `keep`: the next batch may expect
 * what this one leaves. */
void store_numbered(const Cx *cx, int64_t before, const Counter *after, bool keep);

/* Adds to the tails of the running closure. */
void store_tail(Cx *cx, void *what);

/* Figures for /metrics and tests. */
typedef struct {
    int64_t batches, closures, failed, wal_pages, queue;
    int64_t retries;       /* batches that were run once more */
    int64_t reconnections; /* connections that were lost and made anew */
    int64_t journeys;      /* times that somebody waited for a server's answer */
    int64_t pool_open, pool_free, pool_max, pool_waits; /* connections for reading; times that a read had to wait for one */
    int64_t lanes;
    const Histogram *batch_sizes, *commits, *syncs; /* closures a batch; times of the engine's commit and of the disk's sync */
} StoreFigures;
StoreFigures store_figures(const Store *store);

/* From now on what takes at least so long is told in the log (slow.h); 0: nothing, as at first. ANJU_TEST_SLOW: everything is. */
void store_tell_slow(Store *store, int64_t limit_ms);

/* Copies the whole database, as of one moment, to a new file while others go on. */
MUST const Error *store_copy_to(Store *store, Cx *cx, const char *path);

#endif
