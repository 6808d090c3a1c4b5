/* stats.c: see stats.h. */
#include "kernel/stats.h"

#include <math.h>

Share stats_share(int64_t count, int64_t of)
{
    const double z2 = STATS_Z95 * STATS_Z95;
    double n = (double)of, p, centre, half;

    if (of <= 0 || count < 0 || count > of)
        return (Share){.count = count, .of = of};
    p = (double)count / n;
    centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    half = STATS_Z95 / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return (Share){
        .count = count,
        .of = of,
        .is_known = true,
        .value = p,
        .low = count == 0 ? 0 : fmax(centre - half, 0), /* exactly: rounding would leave 3e-17 */
        .high = count == of ? 1 : fmin(centre + half, 1),
    };
}

bool stats_shares_differ(const Share *a, const Share *b)
{
    return a->is_known && b->is_known && (a->high < b->low || b->high < a->low);
}

bool stats_rate(int64_t events, int64_t exposure, int64_t per, double *out)
{
    if (events < 0 || exposure <= 0 || per <= 0)
        return false;
    *out = (double)events * (double)per / (double)exposure;
    return true;
}
