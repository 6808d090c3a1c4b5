/* histogram.h: how often something was so much: counts by bounds, and their sum. Any thread adds, without a lock; what is read
 * meanwhile may be one ahead in one place. */
#ifndef ANJU_BASE_HISTOGRAM_H
#define ANJU_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_ROOM 12

typedef struct {
    int64_t most;
    const char *text; /* as it is told */
} Bound;

typedef struct {
    bool in_seconds;              /* what is added are µs */
    Bound bounds[HISTOGRAM_ROOM]; /* rising; the last has no text: it takes what is above all */
} Scale;

extern const Scale scale_of_times;  /* 1 ms … 10 s */
extern const Scale scale_of_counts; /* 1, 2, 4, … 512 */

/* Zeroed before its first use; always used with the same scale. */
typedef struct {
    atomic_llong counts[HISTOGRAM_ROOM]; /* of those up to each bound, and above the one before */
    atomic_llong sum;
} Histogram;

void histogram_add(Histogram *histogram, const Scale *scale, int64_t n);

#endif
