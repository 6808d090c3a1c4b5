/* lease.h: what one process on a database has for itself for a while, as rows of the table `lease`. A process that dies gives
 * nothing back: others take it when its time is over. */
#ifndef ANJU_KERNEL_LEASE_H
#define ANJU_KERNEL_LEASE_H

#include "store/sql.h"

#include <pthread.h>

#define LEASE_CHORES "chores"       /* reminders, automatic steps, sweeping */
#define LEASE_MIGRATION "migration"
#define LEASE_BACKUP "backup"       /* the nightly one */
#define LEASE_NODE "node/"          /* and a number: that of a process's ids */

/* For how long it is taken; 0 when there is none of that name. */
int64_t lease_span(Str name);
/* Takes the name for this process for its span from cx->now on, or renews what it has. *mine: false while it is another's. In a
 * writing closure. */
MUST const Error *lease_take(Cx *cx, Str name, bool *mine);
/* Gives it back, if it is this process's. */
MUST const Error *lease_give(Cx *cx, Str name);

/* Does something again and again beside the work, in a thread of its own: renews what the work holds. */
typedef struct {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t end;
    int64_t every_us;
    void (*fn)(void *self);
    void *self;
    bool runs, ended;
} Beat;
/* every_us 0: never. Where the system gives no thread nothing is renewed, and the work must bear that it is taken over. */
void beat_start(Beat *beat, int64_t every_us, void (*fn)(void *self), void *self);
/* Returns when fn runs no more. */
void beat_end(Beat *beat);

#endif
