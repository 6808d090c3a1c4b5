/* lease.h: what one process on a database has for itself for a while, as rows of the table `lease`. A process that dies gives
 * nothing back: others take it when its time is over. */
#ifndef ANJU_KERNEL_LEASE_H
#define ANJU_KERNEL_LEASE_H

#include "store/sql.h"

#define LEASE_CHORES "chores"       /* reminders, automatic steps, sweeping */
#define LEASE_MIGRATION "migration"
#define LEASE_BACKUP "backup"       /* the nightly one */
#define LEASE_NODE "node/"          /* and a number: that of a process's ids */

/* For how long it is taken; 0 when there is none of that name. */
int64_t lease_span(Str name);
/* Takes the name for this process for its span from cx->now on, or renews what it has. *mine: false while it is another's. In a
 * writing closure. */
MUST const Error *lease_take(Cx *cx, Str name, bool *mine);
/* The same, for another span. */
MUST const Error *lease_take_for(Cx *cx, Str name, int64_t span_us, bool *mine);
/* Renews what this process has. *mine: false when another has had it since it was taken (also where that one has given it back), or it was
 * given back. In a writing closure. */
MUST const Error *lease_renew(Cx *cx, Str name, bool *mine);
/* Gives it back, if it is this process's. */
MUST const Error *lease_give(Cx *cx, Str name);

#endif
