/* slow.h: statements and commits that take long are told in the log: a statement with its text and the engine's plan, never with
 * values, which may be personal. Each at most once a minute, whoever runs it. On a server a statement that is waited for waits
 * for the writes sent before it too (postgres.c), and the commit for those behind the last such one. */
#ifndef ANJU_STORE_SLOW_H
#define ANJU_STORE_SLOW_H

#include "base/time.h"
#include "store/engine.h"

#include <pthread.h>

#define SLOW_NEVER INT64_MAX
#define SLOW_TEXTS 256 /* told within a minute, at most */

typedef struct {
    uint64_t hash; /* of the text; 0: none */
    int64_t at_us;
} Told;

/* One for all connections of a store. */
typedef struct Slow {
    _Atomic int64_t limit_us; /* SLOW_NEVER: nothing is measured */
    pthread_mutex_t lock;
    Told told[SLOW_TEXTS];
} Slow;

/* When this statement begins: µs of a steady clock; 0 when nothing is measured. */
static inline int64_t slow_begin(const Slow *slow)
{
    return slow->limit_us == SLOW_NEVER ? 0 : clock_monotonic_us();
}
/* It has ended and was reset. */
void slow_end(Cx *cx, Statement *statement, int64_t begun_us);

/* The same for another step, of this name. */
void slow_step(Slow *slow, const char *name, int64_t took_us);

#endif
