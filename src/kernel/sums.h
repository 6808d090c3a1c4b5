/* sums.h: 累计, sums that are kept beside the rows they are sums of, in the same transaction: a page answers from some rows what it would else add
 * up from millions.
 *
 * A closure says by how much sums move; the batch's flush moves the row of each once, however many closures it has, while the company's counter is
 * locked (event_flush): nobody waits for a sum who does not wait for that already. The rows behind them prove them in `anju check`. */
#ifndef ANJU_KERNEL_SUMS_H
#define ANJU_KERNEL_SUMS_H

#include "store/schema.h"
#include "store/sql.h"

#define SUM_KEYS 8
#define SUM_AMOUNTS 4

/* A table of sums: its keys, then its amounts. */
typedef struct {
    const char *add; /* INSERT … VALUES (:org, :k0, :k1, …, :a0, …) ON CONFLICT (…) DO UPDATE SET … */
    int keys, amounts;
} SumsTable;

/* By how much the amounts of one row move. */
typedef struct {
    const SumsTable *of;
    Value keys[SUM_KEYS]; /* none is NULL */
    int64_t by[SUM_AMOUNTS];
} Sum;

/* Moves a row by so much, when the batch ends. In a writing closure, which also adds an event: that carries them. Texts are copied. */
void sums_add(Cx *cx, const Sum *sum);
/* Before a part of the closure runs in a copy of its cx, with memory of its own: both then move the same sums. */
void sums_begin(Cx *cx);

/* Writes what the batch's closures of one company have moved. */
MUST const Error *sums_flush(Cx *cx, const Tail *tails, Id org);

#endif
