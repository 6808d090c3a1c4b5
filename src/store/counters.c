#include "store/counters.h"
#include "base/arena.h"
#include "base/time.h"

#define REMEMBERED_US (2 * SECOND)
#define EXPECTED_US SECOND /* less than is remembered: who writes in turns with another is seen as a rival before it is wrong again and again */
#define WAYS 8             /* places that a company may have */

void counters_open(Counters *counters)
{
    pthread_mutex_init(&counters->lock, NULL);
}

void counters_close(Counters *counters)
{
    pthread_mutex_destroy(&counters->lock);
}

static CounterPlace *ways_of(Counters *counters, Id org)
{
    return &counters->places[(size_t)(((uint64_t)org * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % (COUNTER_PLACES / WAYS) * WAYS];
}

/* NULL: it has no place. */
static const CounterPlace *find_place(Counters *counters, Id org)
{
    const CounterPlace *ways = ways_of(counters, org);

    for (int i = 0; i < WAYS; i++)
        if (ways[i].org == org)
            return &ways[i];
    return NULL;
}

/* The company's, else the one among its ways that was used longest ago. */
static CounterPlace *take_place(Counters *counters, Id org)
{
    CounterPlace *ways = ways_of(counters, org), *place = ways;

    for (int i = 0; i < WAYS && place->org != org; i++)
        if (ways[i].org == org || ways[i].used < place->used)
            place = &ways[i];
    if (place->org != org)
        *place = (CounterPlace){.org = org};
    place->used = ++counters->turn;
    return place;
}

/* The lane's, or with NULL a free one. */
static CounterBatch *batch_of(Counters *counters, const void *lane)
{
    for (size_t i = 0; i < COUNT_OF(counters->batches); i++)
        if (counters->batches[i].lane == lane)
            return &counters->batches[i];
    return NULL;
}

void counters_begin(Counters *counters, const void *lane, Id org)
{
    CounterBatch *batch;

    pthread_mutex_lock(&counters->lock);
    batch = batch_of(counters, NULL);
    if (batch != NULL)
        *batch = (CounterBatch){.lane = lane, .org = org};
    pthread_mutex_unlock(&counters->lock);
}

void counters_end(Counters *counters, const void *lane)
{
    CounterBatch *batch;

    pthread_mutex_lock(&counters->lock);
    batch = batch_of(counters, lane);
    if (batch != NULL)
        batch->lane = NULL;
    pthread_mutex_unlock(&counters->lock);
}

static bool has_rivals(const CounterPlace *place)
{
    return place->seen_us[1] != 0 && clock_monotonic_us() - place->seen_us[1] < REMEMBERED_US;
}

static bool is_fresh(const CounterPlace *place)
{
    return place->known_us != 0 && clock_monotonic_us() - place->known_us < EXPECTED_US;
}

static bool is_alone(const Counters *counters, const CounterBatch *batch)
{
    for (size_t i = 0; i < COUNT_OF(counters->batches); i++)
        if (counters->batches[i].lane != NULL && counters->batches[i].org == batch->org && &counters->batches[i] != batch)
            return false;
    return true;
}

bool counters_expect(Counters *counters, const void *lane, Id org, Counter *out)
{
    const CounterPlace *place;
    CounterBatch *batch;
    bool expects;

    pthread_mutex_lock(&counters->lock);
    place = find_place(counters, org);
    batch = batch_of(counters, lane);
    expects = place != NULL && is_fresh(place) && !has_rivals(place) && batch != NULL && batch->org == org && is_alone(counters, batch);
    if (expects) {
        batch->expected = true;
        *out = place->known;
    }
    pthread_mutex_unlock(&counters->lock);
    return expects;
}

static void note(CounterPlace *place, int64_t before, int64_t last)
{
    if (place->last != 0 && before > place->last) { /* less: a batch of ours was undone */
        place->seen_us[1] = place->seen_us[0];
        place->seen_us[0] = clock_monotonic_us();
    }
    place->last = last;
}

void counters_take(Counters *counters, const void *lane, Id org, int64_t before, const Counter *after, bool keep)
{
    CounterPlace *place;
    CounterBatch *batch;

    pthread_mutex_lock(&counters->lock);
    place = take_place(counters, org);
    batch = batch_of(counters, lane);
    note(place, before, after->n);
    if (batch != NULL && batch->org == org) {
        batch->before = before;
        batch->after = *after;
        batch->keep = keep;
    } else {
        place->known_us = 0; /* of a batch of several companies nothing is kept */
    }
    pthread_mutex_unlock(&counters->lock);
}

static void settle(CounterPlace *place, const CounterBatch *batch, bool committed)
{
    if (committed && (!is_fresh(place) || batch->after.n > place->known.n)) { /* else a later batch of ours was faster to say so */
        place->known = batch->after;
        place->known_us = batch->keep ? clock_monotonic_us() : 0;
    }
    if (!committed)
        place->known_us = 0;
    if (!committed && batch->expected && place->last == batch->after.n)
        place->last = batch->before; /* so that another's numbers behind it are seen */
}

bool counters_settle(Counters *counters, const void *lane, bool committed)
{
    CounterBatch *batch;
    bool expected = false;

    pthread_mutex_lock(&counters->lock);
    batch = batch_of(counters, lane);
    if (batch != NULL) {
        expected = batch->expected;
        if (batch->after.n > 0)
            settle(take_place(counters, batch->org), batch, committed);
        *batch = (CounterBatch){.lane = batch->lane, .org = batch->org};
    }
    pthread_mutex_unlock(&counters->lock);
    return expected;
}

bool counters_have_rivals(Counters *counters, Id org)
{
    const CounterPlace *place;
    bool has;

    pthread_mutex_lock(&counters->lock);
    place = find_place(counters, org);
    has = place != NULL && has_rivals(place);
    pthread_mutex_unlock(&counters->lock);
    return has;
}
