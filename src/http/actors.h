/* actors.h: who is behind a token, remembered for a few seconds, so that not every request reads four tables. A change of
 * any role, password or session empties it at once in this process; others see it when their entries end. */
#ifndef ANJU_HTTP_ACTORS_H
#define ANJU_HTTP_ACTORS_H

#include "kernel/user.h"

typedef struct Actors Actors;
Actors *actors_open(bool alone);
void actors_close(Actors *actors);

/* A copy in the arena, or NULL when it is not remembered. *zone_min is the company's. */
Actor *actors_find(Actors *actors, Arena *arena, Str digest, Instant now, int *zone_min);
/* `generation` is user_generation() from before the actor was read. */
void actors_keep(Actors *actors, Str digest, const Actor *actor, int zone_min, int64_t generation, Instant now);

#endif
