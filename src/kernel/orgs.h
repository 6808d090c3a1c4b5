/* orgs.h: what the program does for every company: which there are, and acting as the system in one of them. */
#ifndef ANJU_KERNEL_ORGS_H
#define ANJU_KERNEL_ORGS_H

#include "kernel/access.h"

#define MAX_ORGS 1000 /* that background work and `anju check` go through */

typedef struct {
    Id id;
    int zone_min;
} Org;

/* Filled by orgs_add, in the arena of its cx. most 0: all. */
typedef struct {
    Org *list;
    int count, room, most;
} Orgs;

/* A RowFn of org_id and zone_min, self an Orgs: adds the company, unless there are `most` already. */
const Error *orgs_add(Cx *cx, const Row *row, void *self);
/* A StoreFn, self an Orgs: every company, in the order of their ids. */
const Error *orgs_read(Cx *cx, void *self);

struct Store;
/* Every company, at most MAX_ORGS, in the arena; when they cannot be read the log says so and there are none. Never NULL. */
Orgs *orgs_all(struct Store *store, const Kernel *kernel, Arena *arena);

/* The system's cx in a company (0: none yet), now, in Chinese. */
Cx orgs_system_cx(const Kernel *kernel, Arena *arena, Id org, int zone_min);

#endif
