/* counters.h: what this process knows of the companies' event counters (table org) on a shared database, by whose numbers follow on
 * whose. Where others' lie between ours, other processes write too; where none do, the next batch can write its events behind our last
 * ones without asking for the counter first. */
#ifndef ANJU_STORE_COUNTERS_H
#define ANJU_STORE_COUNTERS_H

#include "base/id.h"

#include <pthread.h>

#define COUNTER_PLACES 1024 /* of companies; where more write at once, some are asked for */
#define COUNTER_BATCHES 8   /* in hand: one of each lane */
#define COUNTER_HEAD 64     /* characters of the head of a company's chain of events */

/* A company's newest event: its number, and its link of the chain, which stands for all before it. */
typedef struct {
    int64_t n;
    char head[COUNTER_HEAD + 1];
} Counter;

typedef struct {
    Id org;
    int64_t last;       /* the newest event number that this process has taken */
    int64_t seen_us[2]; /* when another's were last found between ours, and the time before; 0: never */
    Counter known;      /* as our last batch has committed it */
    int64_t known_us;   /* when; 0: not known */
    int64_t used;       /* the turn of its last use */
} CounterPlace;

/* A batch in hand. */
typedef struct {
    const void *lane; /* NULL: none */
    Id org;           /* 0: not of one company */
    bool expected, keep;
    int64_t before; /* its numbers: (before, after.n]; 0: it has none */
    Counter after;
} CounterBatch;

typedef struct Counters {
    pthread_mutex_t lock;
    CounterPlace places[COUNTER_PLACES];
    CounterBatch batches[COUNTER_BATCHES];
    int64_t turn;
} Counters;

void counters_open(Counters *counters);
void counters_close(Counters *counters);

/* The lane has a batch of the company in hand, until counters_end. */
void counters_begin(Counters *counters, const void *lane, Id org);
void counters_end(Counters *counters, const void *lane);
/* In its flush: gives the counter as it is, if nobody else has moved it or is about to: our last batch was a moment ago, no other process writes in the
 * company, and no other lane has a batch of it in hand, which might be faster. false: it must be asked for. */
bool counters_expect(Counters *counters, const void *lane, Id org, Counter *out);
/* The lane's batch takes (before, after->n], as was expected, or while it has the company's counter. `keep`: what it leaves may be expected. */
void counters_take(Counters *counters, const void *lane, Id org, int64_t before, const Counter *after, bool keep);
/* That is committed, or was undone, perhaps because what it had expected is not so. Had it expected something? */
bool counters_settle(Counters *counters, const void *lane, bool committed);
/* Has another process written in the company again and again within the last seconds? */
bool counters_have_rivals(Counters *counters, Id org);

#endif
