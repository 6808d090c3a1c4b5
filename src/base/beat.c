#include "base/beat.h"

/* Until the next time; true when there is none. */
static bool wait_for_end(Beat *beat)
{
    struct timespec until = clock_deadline(beat->every_us);
    bool ended;

    pthread_mutex_lock(&beat->lock);
    while (!beat->ended && clock_wait(&beat->end, &beat->lock, &until))
        ;
    ended = beat->ended;
    pthread_mutex_unlock(&beat->lock);
    return ended;
}

static void *run(void *self)
{
    Beat *beat = self;

    if (beat->at_once)
        beat->fn(beat->self);
    while (!wait_for_end(beat))
        beat->fn(beat->self);
    return NULL;
}

void beat_start(Beat *beat, int64_t every_us, bool at_once, void (*fn)(void *self), void *self)
{
    *beat = (Beat){.every_us = every_us, .at_once = at_once, .fn = fn, .self = self};
    if (every_us == 0)
        return;
    pthread_mutex_init(&beat->lock, NULL);
    pthread_cond_init(&beat->end, NULL);
    beat->runs = pthread_create(&beat->thread, NULL, run, beat) == 0;
}

void beat_end(Beat *beat)
{
    if (!beat->runs)
        return;
    pthread_mutex_lock(&beat->lock);
    beat->ended = true;
    pthread_cond_signal(&beat->end);
    pthread_mutex_unlock(&beat->lock);
    pthread_join(beat->thread, NULL);
    pthread_mutex_destroy(&beat->lock);
    pthread_cond_destroy(&beat->end);
}
