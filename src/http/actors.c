#include "http/actors.h"

#include <pthread.h>
#include <stdio.h>

#define SLOTS 4096
#define KEEP (5 * SECOND)
#define KEEP_SHARED SECOND /* other processes change users too */

typedef struct {
    char digest[65], login[128], name[256];
    Actor actor; /* login and name point into this slot */
    int zone_min;
    int64_t generation;
    Instant until;
} Slot;

struct Actors {
    pthread_mutex_t lock;
    int64_t keep;
    Slot *slots[SLOTS];
};

Actors *actors_open(bool alone)
{
    Actors *actors = mem_alloc(sizeof *actors);

    actors->keep = alone ? KEEP : KEEP_SHARED;
    pthread_mutex_init(&actors->lock, NULL);
    return actors;
}

void actors_close(Actors *actors)
{
    for (int i = 0; i < SLOTS; i++)
        mem_free(actors->slots[i]);
    pthread_mutex_destroy(&actors->lock);
    mem_free(actors);
}

Actor *actors_find(Actors *actors, Arena *arena, Str digest, Instant now, int *zone_min)
{
    Actor *copy = NULL;
    Slot *slot;

    pthread_mutex_lock(&actors->lock);
    slot = actors->slots[str_hash(digest) % SLOTS];
    if (slot != NULL && str_is(digest, slot->digest) && slot->until > now && slot->generation == user_generation()) {
        copy = new (arena, Actor, 1);
        *copy = slot->actor;
        copy->login = str_copy(arena, slot->actor.login);
        copy->name = str_copy(arena, slot->actor.name);
        *zone_min = slot->zone_min;
    }
    pthread_mutex_unlock(&actors->lock);
    return copy;
}

void actors_keep(Actors *actors, Str digest, const Actor *actor, int zone_min, int64_t generation, Instant now)
{
    Slot **at, *slot;

    if (digest.len != 64 || actor->login.len >= 128 || actor->name.len >= 256)
        return;
    pthread_mutex_lock(&actors->lock);
    at = &actors->slots[str_hash(digest) % SLOTS];
    if (*at == NULL)
        *at = mem_alloc(sizeof(Slot));
    slot = *at;
    (void)snprintf(slot->digest, sizeof slot->digest, "%.*s", STR_ARG(digest)); /* lengths are checked above */
    (void)snprintf(slot->login, sizeof slot->login, "%.*s", STR_ARG(actor->login));
    (void)snprintf(slot->name, sizeof slot->name, "%.*s", STR_ARG(actor->name));
    slot->actor = *actor;
    slot->actor.login = str_of(slot->login);
    slot->actor.name = str_of(slot->name);
    slot->zone_min = zone_min;
    slot->generation = generation;
    slot->until = now + actors->keep;
    pthread_mutex_unlock(&actors->lock);
}
