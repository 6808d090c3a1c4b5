/* series.h: numbers people read (单号): prefix, project code, day and a sequence of at least four digits. Unique, never used
 * again, gaps allowed. Blocks are leased, so that no counter row is touched by every write. */
#ifndef ANJU_KERNEL_SERIES_H
#define ANJU_KERNEL_SERIES_H

#include "kernel/kernel.h"

typedef struct Series Series;
Series *series_open(void);
void series_close(Series *series);

/* The next number of this name ("BX-TYHY-20261123"), as "BX-TYHY-20261123-0007". Only in a writing closure. */
MUST const Error *series_next(Cx *cx, Str name, Str *out);

/* StoreConfig.undone: forgets what was leased, since leases were undone with the write that took them. */
void series_undone(const Cx *cx);

#endif
