/* chores.h: what the program does again and again (Chore, kernel/job.h), in turns, between the jobs of the runner's thread. Of many processes on a database one does it. */
#ifndef ANJU_KERNEL_CHORES_H
#define ANJU_KERNEL_CHORES_H

#include "kernel/job.h"

#include <stdatomic.h>

typedef struct Chores Chores;

/* Both are borrowed; *stopping ends a chore between two transactions. */
Chores *chores_open(const RunnerConfig *config, const atomic_bool *stopping);
void chores_close(Chores *chores);
/* Does those whose time has come; `was_woken`: also those that are done at once. True when one of them has more to do than one turn takes: the next turn should come
 * without a wait. The arena is reset on the way. */
bool chores_do(Chores *chores, Arena *arena, bool was_woken);
/* At the end: the next process need not wait for the lease to run out. */
void chores_give(const Chores *chores, Arena *arena);

#endif
