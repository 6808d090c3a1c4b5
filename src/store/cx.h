/* cx.h: the context of one request, job or command: whose it is, what moment it is, where its memory comes from, and the
 * transaction it runs in. It is used by one thread at a time. */
#ifndef ANJU_STORE_CX_H
#define ANJU_STORE_CX_H

#include "base/error.h"
#include "base/id.h"

typedef struct Cx {
    Arena *arena;
    Instant now;                 /* one moment for the whole request */
    Lang lang;                   /* of the answers */
    int zone_min;                /* the company's offset from UTC */
    Id org;                      /* the company; 0 before log-in */
    const struct Actor *actor;   /* who acts (kernel/access.h); NULL before log-in */
    const struct Kernel *kernel; /* the checked declarations (kernel/kernel.h) */
    struct Db *db;               /* the connection, while inside store_read or store_write */
    struct Tail *tails;          /* newest first: what this closure adds at the batch's end (store/store.h) */
    Instant device_at;           /* the device's own clock, 0 when not told */
    struct Sums *sums;           /* by how much this closure moves sums (kernel/sums.h); NULL: it moves none */
    struct Looked *looked;       /* what this transaction has looked at, to read it once (record_look); NULL at its start */
    bool has_job;                /* this closure has added one, or something for a chore that is done at once (kernel/job.h): whoever ran it wakes the runner */
    Str peer;                    /* the client's address, for the audit log of log-ins */
} Cx;

#endif
