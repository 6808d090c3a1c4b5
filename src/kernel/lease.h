/* lease.h: what one process on a database has for itself for a while, as rows of the table `lease`. A process that dies gives
 * nothing back: others take it when its time is over. */
#ifndef ANJU_KERNEL_LEASE_H
#define ANJU_KERNEL_LEASE_H

#include "store/sql.h"

/* Takes the name for this process until cx->now + span_us, or renews what it has. *mine: false while it is another's. In a
 * writing closure. */
MUST const Error *lease_take(Cx *cx, Str name, int64_t span_us, bool *mine);
/* Gives it back, if it is this process's. */
MUST const Error *lease_give(Cx *cx, Str name);

#endif
