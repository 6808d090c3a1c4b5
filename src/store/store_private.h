/* store_private.h: what store.c (opening, reading, the queue) and lane.c (writing) share. */
#ifndef ANJU_STORE_STORE_PRIVATE_H
#define ANJU_STORE_STORE_PRIVATE_H

#include "store/slow.h"
#include "store/store.h"

#include <pthread.h>

#define MAX_READERS 16
#define MAX_LANES 8

typedef struct Closure Closure;
struct Closure {
    Closure *next;
    Cx *cx;
    StoreFn *ahead, *fn;
    void *self;
    StoreDone *done;
    const Error *error;
    bool follows; /* the one before it in the queue, into the same batch */
};

/* What was committed together; in the memory of its first closure's request. */
typedef struct Batch Batch;
struct Batch {
    Batch *next;
    Closure *closures;
    Tail *tails;
};

/* A thread that writes, with its connection. SQLite has one; of a server's several, each takes a batch of one company. */
typedef struct {
    Store *store;
    Db *db;
    pthread_t thread;
    bool runs;
    Id org; /* whose batch it has in hand, 0: none, or of no company; under queue_lock, as is taken_us */
    int64_t taken_us;
} Lane;

struct Store {
    StoreConfig config;
    const Engine *engine;
    char *place; /* the database's file, or the server's address */
    int lock_fd;

    pthread_mutex_t readers_lock;
    pthread_cond_t reader_free;
    Db *readers[MAX_READERS]; /* the free ones */
    int free_readers, open_readers;
    int64_t reader_waits; /* times that all were in use */

    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled, close_asked;
    Closure *first, *last;
    int64_t queued;
    bool closing;
    Lane lanes[MAX_LANES];
    int lane_count;
    Counters counters;

    pthread_t syncer, checkpointer;
    bool syncer_runs, checkpointer_runs;
    pthread_mutex_t commits_lock;
    pthread_cond_t committed;
    Batch *first_commit, **last_commit; /* waiting for the disk, oldest first */
    bool lanes_ended;
    bool is_unsafe; /* a sync has failed: nothing is committed until the engine has recovered */
    StoreFigures figures;
    Histogram batch_sizes, commits, syncs;
    Slow slow;
};

/* One more connection. */
MUST const Error *store_connect(Store *store, Arena *arena, bool writer, Db **out);

/* Starts the lanes and their helpers; store->closing and close_asked end them. */
MUST bool lanes_start(Store *store);
/* Waits until the queue is empty and all is answered. */
void lanes_end(Store *store);
/* Is this thread a lane? It must not wait for one. */
bool lane_is_this(void);

#endif
