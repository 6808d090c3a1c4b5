#include "store/rivals.h"
#include "base/time.h"

#define REMEMBERED_US (2 * SECOND)

static size_t place_of(Id org)
{
    return (size_t)(((uint64_t)org * UINT64_C(0x9E3779B97F4A7C15)) >> 32) % RIVALS_PLACES;
}

void rivals_init(Rivals *rivals)
{
    pthread_mutex_init(&rivals->lock, NULL);
}

void rivals_end(Rivals *rivals)
{
    pthread_mutex_destroy(&rivals->lock);
}

void rivals_note(Rivals *rivals, Id org, int64_t after, int64_t last)
{
    size_t at = place_of(org);

    pthread_mutex_lock(&rivals->lock);
    if (rivals->places[at].org != org) {
        rivals->places[at].org = org;
        rivals->places[at].seen_us[0] = rivals->places[at].seen_us[1] = 0;
    } else if (after > rivals->places[at].last) { /* less: a batch of ours was undone */
        rivals->places[at].seen_us[1] = rivals->places[at].seen_us[0];
        rivals->places[at].seen_us[0] = clock_monotonic_us();
    }
    rivals->places[at].last = last;
    pthread_mutex_unlock(&rivals->lock);
}

bool rivals_has(Rivals *rivals, Id org)
{
    size_t at = place_of(org);
    bool has;

    pthread_mutex_lock(&rivals->lock);
    has = rivals->places[at].org == org && rivals->places[at].seen_us[1] != 0 && clock_monotonic_us() - rivals->places[at].seen_us[1] < REMEMBERED_US;
    pthread_mutex_unlock(&rivals->lock);
    return has;
}
