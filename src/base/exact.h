/* exact.h: 精确数, fractions for everything near money. Nothing is rounded until exact_fen, which says how; nothing overflows
 * unseen: an operation whose result does not fit 127 bits (after reduction) says false and leaves *out alone. */
#ifndef ANJU_BASE_EXACT_H
#define ANJU_BASE_EXACT_H

#include "base/str.h"

/* n / d in lowest terms, d > 0. {0, 1} is zero; a struct of zeros is no number and is refused by every operation. */
typedef struct {
    __int128 n, d;
} Exact;

/* A number of whole units, or of units of which `per` make one (fen: 100, dm2 of 0.01 m2: 100). */
Exact exact_of(int64_t n);
Exact exact_per(int64_t n, int64_t per);

/* Decimal text as people and JSON write it: "2.80", "-3", "0.4883"; at most 18 digits, of which at most `places` behind the point. No
 * sign '+', exponent, blank, leading or trailing point. */
MUST bool exact_parse(Str text, int places, Exact *out);
/* As decimal text, exact when it ends within `places`, else rounded half away from zero; without trailing zeros, but with at least
 * `least` digits behind the point. */
Str exact_text(Arena *arena, Exact value, int least, int places);

MUST bool exact_add(Exact a, Exact b, Exact *out);
MUST bool exact_sub(Exact a, Exact b, Exact *out);
MUST bool exact_mul(Exact a, Exact b, Exact *out);
/* False also when b is zero. */
MUST bool exact_div(Exact a, Exact b, Exact *out);
/* -1, 0, 1; exact, and of any two numbers. */
int exact_cmp(Exact a, Exact b);
static inline bool exact_is_zero(Exact a)
{
    return a.n == 0;
}

/* Yuan to fen, rounded half away from zero (四舍五入), the only rounding there is. False when it leaves int64. */
MUST bool exact_fen(Exact yuan, int64_t *fen);

#endif
