/* exact.h: 精确数, fractions for everything near money. Nothing is rounded until exact_fen, which says how; nothing overflows
 * unseen: an operation whose result does not fit 127 bits says false and leaves *out alone. Products are reduced before they are
 * multiplied out; of a sum, the numerator over the least common denominator has to fit as well. */
#ifndef ANJU_BASE_EXACT_H
#define ANJU_BASE_EXACT_H

#include "base/str.h"

__extension__ typedef __int128 Wide;

/* n / d in lowest terms, d > 0, |n| < 2^127. {0, 1} is zero; a struct of zeros is no number (exact_is_number) and is refused by every
 * operation. */
typedef struct {
    Wide n, d;
} Exact;

/* A number of whole units, or of units of which `per` > 0 make one (fen: 100, dm2 of 0.01 m2: 100). */
Exact exact_of(int64_t n);
Exact exact_per(int64_t n, int64_t per);

/* Decimal text as people and JSON write it: "2.80", "-3", "0.4883"; at most 18 digits, of which at most `places` behind the point. No
 * sign '+', exponent, blank, leading or trailing point, and no zero in front of another digit. */
MUST bool exact_parse(Str text, int places, Exact *out);
/* As decimal text, exact when it ends within `places` (at most EXACT_MAX_PLACES), else rounded half away from zero; without trailing
 * zeros, but with at least `least` digits behind the point. Empty of what is no number. */
#define EXACT_MAX_PLACES 40
Str exact_text(Arena *arena, Exact value, int least, int places);

/* Nothing lost, for storage: "2247/20", "-3", and back. False when it is not such a text in lowest terms. */
Str exact_fraction(Arena *arena, Exact value);
MUST bool exact_fraction_parse(Str text, Exact *out);

MUST bool exact_add(Exact a, Exact b, Exact *out);
MUST bool exact_sub(Exact a, Exact b, Exact *out);
MUST bool exact_mul(Exact a, Exact b, Exact *out);
/* False also when b is zero. */
MUST bool exact_div(Exact a, Exact b, Exact *out);
/* -1, 0, 1; exact, and of any two numbers, which both must be. */
int exact_cmp(Exact a, Exact b);
static inline bool exact_is_number(Exact a)
{
    return a.d > 0;
}
static inline bool exact_is_zero(Exact a)
{
    return a.n == 0 && a.d > 0;
}

/* Yuan to fen, rounded half away from zero (四舍五入), the only rounding there is. False when it leaves int64. */
MUST bool exact_fen(Exact yuan, int64_t *fen);

/* Fen as yuan with two digits: "12.50", "-0.50". */
Str exact_yuan(Arena *arena, int64_t fen);

#endif
