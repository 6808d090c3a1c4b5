#include "http/guesses.h"

#include <pthread.h>

#define SLOTS 8192
#define WINDOW (5 * MINUTE)
#define PER_LOGIN 10
#define PER_PEER 100

/* Failures since `first`; a window that is over starts anew. Two keys in one slot only make a window start early. */
typedef struct {
    uint64_t key;
    Instant first;
    int count;
} Slot;

struct Guesses {
    pthread_mutex_t lock;
    Slot logins[SLOTS], peers[SLOTS];
};

Guesses *guesses_open(void)
{
    Guesses *guesses = mem_alloc(sizeof *guesses);
    pthread_mutex_init(&guesses->lock, NULL);
    return guesses;
}

void guesses_close(Guesses *guesses)
{
    pthread_mutex_destroy(&guesses->lock);
    mem_free(guesses);
}

static uint64_t login_key(Str login, Str peer)
{
    return str_hash(login) * 31 + str_hash(peer) + 1;
}

static int64_t slot_wait(const Slot *slots, uint64_t key, int limit, Instant now)
{
    const Slot *slot = &slots[key % SLOTS];

    if (slot->key != key || now - slot->first >= WINDOW || slot->count < limit)
        return 0;
    return (slot->first + WINDOW - now) / SECOND + 1;
}

static void slot_add(Slot *slots, uint64_t key, Instant now)
{
    Slot *slot = &slots[key % SLOTS];

    if (slot->key != key || now - slot->first >= WINDOW)
        *slot = (Slot){.key = key, .first = now};
    slot->count++;
}

int64_t guesses_wait(Guesses *guesses, Str login, Str peer, Instant now)
{
    int64_t by_login, by_peer;

    pthread_mutex_lock(&guesses->lock);
    by_login = slot_wait(guesses->logins, login_key(login, peer), PER_LOGIN, now);
    by_peer = slot_wait(guesses->peers, str_hash(peer), PER_PEER, now);
    pthread_mutex_unlock(&guesses->lock);
    return by_login > by_peer ? by_login : by_peer;
}

void guesses_failed(Guesses *guesses, Str login, Str peer, Instant now)
{
    pthread_mutex_lock(&guesses->lock);
    slot_add(guesses->logins, login_key(login, peer), now);
    slot_add(guesses->peers, str_hash(peer), now);
    pthread_mutex_unlock(&guesses->lock);
}

void guesses_cleared(Guesses *guesses, Str login, Str peer)
{
    uint64_t key = login_key(login, peer);

    pthread_mutex_lock(&guesses->lock);
    if (guesses->logins[key % SLOTS].key == key)
        guesses->logins[key % SLOTS] = (Slot){0};
    pthread_mutex_unlock(&guesses->lock);
}
