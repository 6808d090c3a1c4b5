#include "base/id.h"

#include <assert.h>
#include <stdatomic.h>

#define EPOCH_MS INT64_C(1704067200000) /* 2024-01-01T00:00:00Z */

static _Atomic int64_t last; /* (ms << 12) | sequence of the newest id; the one counter of the process */
static _Atomic int node_number;

Id id_new(Instant now)
{
    int64_t floor = (now / 1000 - EPOCH_MS) << 12, old, next;

    if (floor < 0)
        floor = 0;
    old = atomic_load(&last);
    do
        next = old + 1 > floor ? old + 1 : floor;
    while (!atomic_compare_exchange_weak(&last, &old, next));
    return (next >> 12) << 22 | (int64_t)node_number << 12 | (next & 0xFFF);
}

/* A whole millisecond that nobody has had an id of. */
Id id_block(Instant now)
{
    int64_t floor = now / 1000 - EPOCH_MS, old, ms;

    old = atomic_load(&last);
    do
        ms = (old >> 12) + 1 > floor ? (old >> 12) + 1 : floor;
    while (!atomic_compare_exchange_weak(&last, &old, ms << 12 | 0xFFF));
    return ms << 22 | (int64_t)node_number << 12;
}

void id_set_node(int node, int64_t last_ms)
{
    assert(node >= 0 && node < 1024);
    node_number = node;
    if (last_ms >= EPOCH_MS)
        atomic_store(&last, (last_ms - EPOCH_MS + 1) << 12);
}

int64_t id_last_ms(void)
{
    return (atomic_load(&last) >> 12) + EPOCH_MS;
}

Instant id_time(Id id)
{
    return ((id >> 22) + EPOCH_MS) * 1000;
}
