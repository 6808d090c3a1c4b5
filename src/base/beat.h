/* beat.h: does something again and again beside the work, in a thread of its own. */
#ifndef ANJU_BASE_BEAT_H
#define ANJU_BASE_BEAT_H

#include "base/time.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
    int64_t every_us;
    bool at_once;
    void (*fn)(void *self);
    void *self;
    bool runs, ended;
} Beat;

/* fn(self) every so often, first at once or after that time; every_us 0: never. beat->runs tells whether the system gave a
 * thread. */
void beat_start(Beat *beat, int64_t every_us, bool at_once, void (*fn)(void *self), void *self);
/* Returns when fn runs no more. */
void beat_end(Beat *beat);

#endif
