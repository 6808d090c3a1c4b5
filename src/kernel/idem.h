/* idem.h: stored answers by Idempotency-Key, so that a repeated write is done once and answered the same. */
#ifndef ANJU_KERNEL_IDEM_H
#define ANJU_KERNEL_IDEM_H

#include "kernel/kernel.h"

#define IDEM_SPAN (7 * DAY_US)

typedef struct {
    Str request; /* digest of method, path and body */
    int64_t status;
    Str headers, answer;
    Id record;
    Str record_type;
} StoredAnswer;

MUST const Error *idem_find(Cx *cx, Str key, StoredAnswer *out, bool *found);
MUST const Error *idem_keep(Cx *cx, Str key, const StoredAnswer *answer);
/* Drops those older than seven days, at most `max`. */
MUST const Error *idem_sweep(Cx *cx, int max);

#endif
