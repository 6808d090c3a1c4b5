#include "store/postgres_ahead.h"

#include <stdlib.h>

static void make_room(Aheads *aheads, int64_t more)
{
    if (aheads->used + more <= aheads->bytes_room)
        return;
    aheads->bytes_room = 2 * (aheads->used + more);
    aheads->bytes = mem_grow(aheads->bytes, (size_t)aheads->bytes_room);
}

static void put(Aheads *aheads, const void *bytes, int64_t size)
{
    memcpy(aheads->bytes + aheads->used, bytes, (size_t)size);
    aheads->used += size;
}

/* The values one behind the other, each behind its length, -1 for NULL. */
static Str put_values(Aheads *aheads, const AheadQuery *query)
{
    int64_t from = aheads->used;

    make_room(aheads, 1); /* also of no values there is a place */
    for (int i = 0; i < query->count; i++) {
        const char *value = query->values[i];
        int size = value == NULL ? -1 : query->formats[i] == 0 ? (int)strlen(value) : query->lengths[i];
        make_room(aheads, (int64_t)sizeof size + (size > 0 ? size : 0));
        put(aheads, &size, (int64_t)sizeof size);
        if (size > 0)
            put(aheads, value, size);
    }
    return (Str){aheads->bytes + from, aheads->used - from};
}

int aheads_find(Aheads *aheads, const AheadQuery *query)
{
    int64_t used = aheads->used;
    int found = -1;
    Str values;

    if (aheads->first == aheads->count)
        return -1;
    values = put_values(aheads, query);
    for (int i = aheads->first; i < aheads->count && found < 0; i++) {
        const Ahead *ahead = &aheads->list[i];
        if (ahead->cx == query->cx && ahead->statement == query->statement && ahead->length == values.len &&
            memcmp(aheads->bytes + ahead->at, values.ptr, (size_t)values.len) == 0)
            found = i;
    }
    aheads->used = used;
    return found;
}

void aheads_add(Aheads *aheads, const AheadQuery *query)
{
    Str values;

    if (aheads->count == aheads->room) {
        aheads->room = aheads->room == 0 ? 64 : 2 * aheads->room;
        aheads->list = mem_grow(aheads->list, (size_t)aheads->room * sizeof *aheads->list);
    }
    values = put_values(aheads, query);
    aheads->list[aheads->count++] = (Ahead){query->cx, query->statement, values.ptr - aheads->bytes, values.len, NULL};
}

void aheads_keep(Aheads *aheads, PGresult *result)
{
    if (aheads->list[aheads->arrived].statement == NULL) {
        PQclear(result);
        result = NULL;
    }
    aheads->list[aheads->arrived++].result = result;
}

bool aheads_has_arrived(const Aheads *aheads, int at)
{
    return at < aheads->arrived;
}

PGresult *aheads_take(Aheads *aheads, int at)
{
    PGresult *result = aheads->list[at].result;

    aheads->list[at] = (Ahead){0};
    while (aheads->first < aheads->arrived && aheads->list[aheads->first].statement == NULL)
        aheads->first++;
    return result;
}

void aheads_forget(Aheads *aheads, const void *statement)
{
    for (int i = aheads->first; i < aheads->count; i++)
        if (aheads->list[i].statement == statement) {
            PQclear(aheads->list[i].result);
            aheads->list[i] = (Ahead){0};
        }
}

void aheads_clear(Aheads *aheads)
{
    for (int i = aheads->first; i < aheads->arrived; i++)
        PQclear(aheads->list[i].result);
    aheads->first = aheads->arrived = aheads->count = 0;
    aheads->used = 0;
}

void aheads_free(Aheads *aheads)
{
    aheads_clear(aheads);
    mem_free(aheads->list);
    mem_free(aheads->bytes);
}
