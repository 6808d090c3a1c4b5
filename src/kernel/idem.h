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

/* Hidden: of a write that must not say whose it was; its key stands under nobody's name, hashed. */
MUST const Error *idem_find(Cx *cx, Str key, bool hidden, StoredAnswer *out, bool *found);
/* Announces that a key that is not hidden will be asked for. */
MUST const Error *idem_ahead(Cx *cx, Str key);
/* Where another lane or process keeps the same key at this moment, an error that has the closure run again. */
MUST const Error *idem_keep(Cx *cx, Str key, bool hidden, const StoredAnswer *answer);
/* Drops those older than seven days, at most `max`. */
MUST const Error *idem_sweep(Cx *cx, int max);

#endif
