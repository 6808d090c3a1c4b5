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

static bool is_answer(const Aheads *aheads, const Answer *answer, const AheadQuery *query, Str values)
{
    return answer->statement == query->statement && answer->length == values.len && memcmp(aheads->bytes + answer->at, values.ptr, (size_t)values.len) == 0;
}

int aheads_find(Aheads *aheads, const AheadQuery *query)
{
    int64_t used = aheads->used;
    int found = -1;
    Str values;

    if (aheads->first == aheads->count)
        return -1;
    values = put_values(aheads, query);
    for (int i = aheads->first; i < aheads->count && found < 0; i++)
        if (aheads->list[i].cx == query->cx && is_answer(aheads, &aheads->answers[aheads->list[i].answer], query, values))
            found = i;
    aheads->used = used;
    return found;
}

/* The list with room for one more. */
static void *grown(void *list, int count, int *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room == 0 ? 64 : 2 * *room;
    return mem_grow(list, (size_t)*room * size);
}

static void want(Aheads *aheads, const Cx *cx, int answer)
{
    aheads->list = grown(aheads->list, aheads->count, &aheads->room, sizeof *aheads->list);
    aheads->list[aheads->count++] = (Ahead){cx, answer};
    aheads->answers[answer].wanted++;
}

bool aheads_share(Aheads *aheads, const AheadQuery *query)
{
    int64_t used = aheads->used;
    Str values = put_values(aheads, query);
    int found = -1;

    for (int i = 0; i < aheads->sent && found < 0; i++)
        if (aheads->answers[i].wanted > 0 && is_answer(aheads, &aheads->answers[i], query, values))
            found = i;
    aheads->used = used;
    if (found >= 0)
        want(aheads, query->cx, found);
    return found >= 0;
}

void aheads_add(Aheads *aheads, const AheadQuery *query)
{
    Str values = put_values(aheads, query);

    aheads->answers = grown(aheads->answers, aheads->sent, &aheads->answers_room, sizeof *aheads->answers);
    aheads->answers[aheads->sent++] = (Answer){.statement = query->statement, .at = values.ptr - aheads->bytes, .length = values.len};
    want(aheads, query->cx, aheads->sent - 1);
}

void aheads_keep(Aheads *aheads, PGresult *result)
{
    if (aheads->answers[aheads->arrived].wanted == 0) {
        PQclear(result);
        result = NULL;
    }
    aheads->answers[aheads->arrived++].result = result;
}

bool aheads_has_arrived(const Aheads *aheads, int at)
{
    return aheads->list[at].answer < aheads->arrived;
}

PGresult *aheads_take(Aheads *aheads, int at)
{
    Answer *answer = &aheads->answers[aheads->list[at].answer];
    PGresult *result = answer->result;

    aheads->list[at].cx = NULL;
    while (aheads->first < aheads->count && aheads->list[aheads->first].cx == NULL)
        aheads->first++;
    if (--answer->wanted > 0)
        return PQcopyResult(result, PG_COPYRES_ATTRS | PG_COPYRES_TUPLES);
    answer->result = NULL;
    return result;
}

void aheads_forget(Aheads *aheads, const void *statement)
{
    for (int i = aheads->first; i < aheads->count; i++)
        if (aheads->answers[aheads->list[i].answer].statement == statement)
            aheads->list[i].cx = NULL;
    for (int i = 0; i < aheads->sent; i++)
        if (aheads->answers[i].statement == statement) {
            PQclear(aheads->answers[i].result);
            aheads->answers[i] = (Answer){0};
        }
}

void aheads_clear(Aheads *aheads)
{
    for (int i = 0; i < aheads->arrived; i++)
        PQclear(aheads->answers[i].result);
    aheads->arrived = aheads->sent = aheads->first = aheads->count = 0;
    aheads->used = 0;
}

void aheads_free(Aheads *aheads)
{
    aheads_clear(aheads);
    mem_free(aheads->answers);
    mem_free(aheads->list);
    mem_free(aheads->bytes);
}
