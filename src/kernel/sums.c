#include "kernel/sums.h"

#include <assert.h>

/* What one closure moves, or a batch: open addressing, the capacity a power of two. */
typedef struct Sums {
    Arena *arena;
    Sum *slots; /* .of NULL: free */
    size_t capacity, used;
} Sums;

static Sums *sums_new(Arena *arena)
{
    Sums *sums = new (arena, Sums, 1);

    *sums = (Sums){.arena = arena, .slots = new (arena, Sum, 16), .capacity = 16};
    return sums;
}

void sums_begin(Cx *cx)
{
    if (cx->sums == NULL)
        cx->sums = sums_new(cx->arena);
}

static uint64_t hash_of(const Sum *sum)
{
    uint64_t hash = (uintptr_t)sum->of;

    for (int i = 0; i < sum->of->keys; i++) {
        hash = (hash ^ (uint64_t)sum->keys[i].n) * UINT64_C(0x9E3779B97F4A7C15);
        for (ptrdiff_t at = 0; at < sum->keys[i].s.len; at++)
            hash = (hash ^ (unsigned char)sum->keys[i].s.ptr[at]) * UINT64_C(0x100000001B3);
        hash ^= hash >> 29;
    }
    return hash;
}

static bool is_same(const Sum *a, const Sum *b)
{
    for (int i = 0; a->of == b->of && i < a->of->keys; i++)
        if (!value_eq(a->keys[i], b->keys[i]))
            return false;
    return a->of == b->of;
}

static Sum *slot_of(const Sums *sums, const Sum *sum)
{
    for (uint64_t at = hash_of(sum);; at++) {
        Sum *slot = &sums->slots[at & (sums->capacity - 1)];
        if (slot->of == NULL || is_same(slot, sum))
            return slot;
    }
}

static void grow(Sums *sums)
{
    Sums old = *sums;

    sums->capacity *= 2;
    sums->slots = new (sums->arena, Sum, sums->capacity);
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].of != NULL)
            *slot_of(sums, &old.slots[i]) = old.slots[i];
}

static void add(Sums *sums, const Sum *sum)
{
    Sum *slot;

    if ((sums->used + 1) * 2 > sums->capacity)
        grow(sums);
    slot = slot_of(sums, sum);
    if (slot->of == NULL) {
        sums->used++;
        *slot = (Sum){.of = sum->of};
        for (int i = 0; i < sum->of->keys; i++) {
            slot->keys[i] = sum->keys[i];
            slot->keys[i].s = str_copy(sums->arena, sum->keys[i].s);
        }
    }
    for (int i = 0; i < sum->of->amounts; i++)
        slot->by[i] += sum->by[i];
}

void sums_add(Cx *cx, const Sum *sum)
{
    assert(sum->of->keys <= SUM_KEYS && sum->of->amounts <= SUM_AMOUNTS);
    sums_begin(cx);
    add(cx->sums, sum);
}

static bool is_nothing(const Sum *sum)
{
    for (int i = 0; i < sum->of->amounts; i++)
        if (sum->by[i] != 0)
            return false;
    return true;
}

static const Error *write(Cx *cx, const Sum *sum)
{
    static const char *const keys[SUM_KEYS] = {"k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"}, *const amounts[SUM_AMOUNTS] = {"a0", "a1", "a2", "a3"};
    In in[SUM_KEYS + SUM_AMOUNTS + 1] = {{0}};
    int count = 0;

    if (is_nothing(sum))
        return OK;
    for (int i = 0; i < sum->of->keys; i++)
        in[count++] = in_value(keys[i], sum->keys[i]);
    for (int i = 0; i < sum->of->amounts; i++)
        in[count++] = in_int(amounts[i], sum->by[i]);
    return sql_run(cx, sum->of->add, in);
}

const Error *sums_flush(Cx *cx, const Tail *tails, Id org)
{
    Sums *all = NULL;

    for (const Tail *tail = tails; tail != NULL; tail = tail->next) {
        if (tail->org != org || tail->sums == NULL)
            continue;
        if (all == NULL)
            all = sums_new(cx->arena);
        for (size_t i = 0; i < tail->sums->capacity; i++)
            if (tail->sums->slots[i].of != NULL)
                add(all, &tail->sums->slots[i]);
    }
    for (size_t i = 0; all != NULL && i < all->capacity; i++)
        if (all->slots[i].of != NULL)
            TRY(write(cx, &all->slots[i]));
    return OK;
}
