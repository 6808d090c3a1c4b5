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

/* The company's place, else the one among its ways that was used longest ago. */
static CounterPlace *place_of(Counters *counters, Id org)
{
    size_t first = (size_t)(((uint64_t)org * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % (COUNTER_PLACES / WAYS) * WAYS;
    CounterPlace *place = &counters->places[first];

    for (size_t i = first; i < first + WAYS && place->org != org; i++)
        if (counters->places[i].org == org || counters->places[i].used < place->used)
            place = &counters->places[i];
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
    place = place_of(counters, org);
    batch = batch_of(counters, lane);
    expects = batch != NULL && batch->org == org && is_alone(counters, batch) && !has_rivals(place) && place->known_us != 0 &&
              clock_monotonic_us() - place->known_us < EXPECTED_US;
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

void counters_take(Counters *counters, const void *lane, Id org, int64_t before, const Counter *after)
{
    CounterPlace *place;
    CounterBatch *batch;

    pthread_mutex_lock(&counters->lock);
    place = place_of(counters, org);
    batch = batch_of(counters, lane);
    note(place, before, after->n);
    if (batch != NULL && batch->org == org) {
        batch->before = before;
        batch->after = *after;
    } else {
        place->known_us = 0; /* of a batch of several companies nothing is kept */
    }
    pthread_mutex_unlock(&counters->lock);
}

static void settle(CounterPlace *place, const CounterBatch *batch, bool committed)
{
    if (committed && (place->known_us == 0 || batch->after.n > place->known.n)) { /* else a later batch of ours was faster to say so */
        place->known = batch->after;
        place->known_us = batch->after.head[0] == '\0' ? 0 : clock_monotonic_us();
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
            settle(place_of(counters, batch->org), batch, committed);
        *batch = (CounterBatch){.lane = batch->lane, .org = batch->org};
    }
    pthread_mutex_unlock(&counters->lock);
    return expected;
}

bool counters_have_rivals(Counters *counters, Id org)
{
    bool has;

    pthread_mutex_lock(&counters->lock);
    has = has_rivals(place_of(counters, org));
    pthread_mutex_unlock(&counters->lock);
    return has;
}
