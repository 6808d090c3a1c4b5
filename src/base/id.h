/* id.h: ids made by the program. 41 bits of milliseconds since 2024-01-01, 10 of node, 12 of sequence. */
#ifndef ANJU_BASE_ID_H
#define ANJU_BASE_ID_H

#include "base/time.h"

typedef int64_t Id;

/* A new id, unique in the node and rising, also when the clock steps back or when more than 4096 are asked for in one
 * millisecond (it then borrows from the next). Thread-safe. `now` places it in time. */
Id id_new(Instant now);

/* The first of ID_BLOCK consecutive ids, for rows that one statement makes: first, first + 1, … are all the caller's. */
#define ID_BLOCK 4096
Id id_block(Instant now);

/* Sets the node (0..1023) and the last millisecond that it has used, before the first id_new; later the node alone (last_ms 0). */
void id_set_node(int node, int64_t last_ms);
/* The last millisecond used, to be remembered with the node's lease. */
int64_t id_last_ms(void);
/* When an id was made, to the millisecond. */
Instant id_time(Id id);

#endif
