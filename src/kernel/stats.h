/* stats.h: the figures behind every share and rate that Anju shows. The only unit with floating point. */
#ifndef ANJU_KERNEL_STATS_H
#define ANJU_KERNEL_STATS_H

#include <stdbool.h>
#include <stdint.h>

#define STATS_Z95 1.959963984540054 /* two-sided 95 % of the normal distribution */

/* A share with its 95 % interval. Invariant: 0 <= low <= value <= high <= 1, or is_known is false and all are 0. */
typedef struct {
    int64_t count, of;
    bool is_known; /* false when there is nothing to take a share of: shown as "no figure", never as 0 % */
    double value, low, high;
} Share;

/* `count` of `of`, with Wilson's score interval without continuity correction: right also for few cases and near 0 and
 * 1, where the textbook interval is not. Used for satisfied, in time, first time fixed, passed. Needs
 * 0 <= count <= of; in every other case, and with of = 0, the share is not known. */
Share stats_share(int64_t count, int64_t of);

/* Are two shares apart, as far as their intervals can say: do they not overlap? False when one is not known. Careful
 * rather than sharp, fit for marking a row in a table. */
bool stats_shares_differ(const Share *a, const Share *b);

/* Events per so much exposure (complaints per 1,000 homes, repairs per 100 lifts): events * per / exposure. False, and
 * *out untouched, when exposure or per is not positive or events is negative. */
__attribute__((warn_unused_result)) bool stats_rate(int64_t events, int64_t exposure, int64_t per, double *out);

#endif
