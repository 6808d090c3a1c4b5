#include "http/guesses.h"
#include "store/sql.h"

#include <pthread.h>

#define SLOTS 8192
#define WINDOW (5 * MINUTE)
#define PER_LOGIN 10
#define PER_PEER 100

/* Failures since `first`; a window that is over starts anew. Two keys in one slot only make a window start early. */
typedef struct {
    int64_t key;
    Instant first;
    int64_t count;
} Slot;

struct Guesses {
    Store *shared;
    pthread_mutex_t lock;
    Slot slots[SLOTS];
};

/* What is counted under: the log-in at the address, and the address. */
typedef struct {
    int64_t login, peer;
    int64_t wait; /* seconds */
} Keys;

Guesses *guesses_open(Store *shared)
{
    Guesses *guesses = mem_alloc(sizeof *guesses);
    guesses->shared = shared;
    pthread_mutex_init(&guesses->lock, NULL);
    return guesses;
}

void guesses_close(Guesses *guesses)
{
    pthread_mutex_destroy(&guesses->lock);
    mem_free(guesses);
}

static Keys keys_of(const Cx *cx, Str login)
{
    return (Keys){.login = (int64_t)(str_hash(login) * 31 + str_hash(cx->peer) + 1), .peer = (int64_t)str_hash(cx->peer)};
}

static void look_at(Keys *keys, const Slot *slot, Instant now)
{
    int64_t limit = slot->key == keys->peer ? PER_PEER : PER_LOGIN, wait = (slot->first + WINDOW - now) / SECOND + 1;

    if ((slot->key == keys->login || slot->key == keys->peer) && now - slot->first < WINDOW && slot->count >= limit && wait > keys->wait)
        keys->wait = wait;
}

static Slot *slot_of(Guesses *guesses, int64_t key)
{
    return &guesses->slots[(uint64_t)key % SLOTS];
}

static void slot_add(Guesses *guesses, int64_t key, Instant now)
{
    Slot *slot = slot_of(guesses, key);

    if (slot->key != key || now - slot->first >= WINDOW)
        *slot = (Slot){.key = key, .first = now};
    slot->count++;
}

/* Counted in the database */

static const Error *take_row(Cx *cx, const Row *row, void *self)
{
    look_at(self, &(Slot){row_int(row, 0), row_int(row, 1), row_int(row, 2)}, cx->now);
    return OK;
}

static const Error *look(Cx *cx, void *self)
{
    static const char LOOK[] = "SELECT key, first, count FROM guess WHERE key IN (:login, :peer)";
    Keys *keys = self;

    keys->wait = 0;
    return sql_each(cx, LOOK, IN(in_int("login", keys->login), in_int("peer", keys->peer)), take_row, keys);
}

static const Error *add(Cx *cx, void *self)
{
    static const char OVER[] = "DELETE FROM guess WHERE first <= :old";
    static const char ADD[] = "INSERT INTO guess (key, first, count) VALUES (:key, :now, 1) ON CONFLICT (key) DO UPDATE SET count = guess.count + 1";
    const Keys *keys = self;

    TRY(sql_run(cx, OVER, IN(in_int("old", cx->now - WINDOW))));
    TRY(sql_run(cx, ADD, IN(in_int("key", keys->login))));
    return sql_run(cx, ADD, IN(in_int("key", keys->peer)));
}

static const Error *clear(Cx *cx, void *self)
{
    static const char CLEAR[] = "DELETE FROM guess WHERE key = :login";
    const Keys *keys = self;
    return sql_run(cx, CLEAR, IN(in_int("login", keys->login)));
}

const Error *guesses_check(Guesses *guesses, Cx *cx, Str login)
{
    Keys keys = keys_of(cx, login);
    Error *error;

    if (guesses->shared != NULL) {
        TRY(store_read(guesses->shared, cx, look, &keys));
    } else {
        pthread_mutex_lock(&guesses->lock);
        look_at(&keys, slot_of(guesses, keys.login), cx->now);
        look_at(&keys, slot_of(guesses, keys.peer), cx->now);
        pthread_mutex_unlock(&guesses->lock);
    }
    if (keys.wait == 0)
        return OK;
    error = (Error *)error_new(cx->arena, ERR_TOO_MANY, STR("尝试次数过多，请稍后再试"), STR("too many failed attempts; wait and try again"));
    error->retry_after_s = keys.wait;
    return error;
}

const Error *guesses_failed(Guesses *guesses, Cx *cx, Str login)
{
    Keys keys = keys_of(cx, login);

    if (guesses->shared != NULL)
        return store_write(guesses->shared, cx, add, &keys);
    pthread_mutex_lock(&guesses->lock);
    slot_add(guesses, keys.login, cx->now);
    slot_add(guesses, keys.peer, cx->now);
    pthread_mutex_unlock(&guesses->lock);
    return OK;
}

const Error *guesses_cleared(Guesses *guesses, Cx *cx, Str login)
{
    Keys keys = keys_of(cx, login);

    if (guesses->shared != NULL)
        return store_write(guesses->shared, cx, clear, &keys);
    pthread_mutex_lock(&guesses->lock);
    if (slot_of(guesses, keys.login)->key == keys.login)
        *slot_of(guesses, keys.login) = (Slot){0};
    pthread_mutex_unlock(&guesses->lock);
    return OK;
}
