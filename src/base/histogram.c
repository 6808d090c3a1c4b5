#include "base/histogram.h"

#include <stddef.h>

const Scale scale_of_times = {
    .in_seconds = true,
    .bounds = {{1000, "0.001"}, {2500, "0.0025"}, {5000, "0.005"}, {10000, "0.01"}, {25000, "0.025"}, {50000, "0.05"},
               {100000, "0.1"}, {250000, "0.25"}, {1000000, "1"}, {2500000, "2.5"}, {10000000, "10"}},
};
const Scale scale_of_counts = {
    .bounds = {{1, "1"}, {2, "2"}, {4, "4"}, {8, "8"}, {16, "16"}, {32, "32"}, {64, "64"}, {128, "128"}, {256, "256"}, {512, "512"}},
};

void histogram_add(Histogram *histogram, const Scale *scale, int64_t n)
{
    int i = 0;

    while (scale->bounds[i].text != NULL && n > scale->bounds[i].most)
        i++;
    atomic_fetch_add_explicit(&histogram->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, n, memory_order_relaxed);
}
