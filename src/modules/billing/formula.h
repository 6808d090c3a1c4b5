/* formula.h: 组合公式, a fee that a user wrote: names with units, numbers, + - * / ( ) min() max().
 *
 *     area * 2.80[yuan/m2/month] * months + persons * 5[yuan/person/month] * months
 *
 * Checked when it is written: names, units (sums of the same unit, the whole in yuan), division by a constant zero, depth and length.
 * Evaluated exactly; what is missing, divided by zero, negative or too large is an error with its reason, never an amount of 0. */
#ifndef ANJU_MODULES_BILLING_FORMULA_H
#define ANJU_MODULES_BILLING_FORMULA_H

#include "base/error.h"
#include "base/exact.h"

#define FORMULA_MAX_CHARS 500
#define FORMULA_MAX_DEPTH 16

/* What a formula may name. */
typedef enum {
    Q_AREA, Q_INNER_AREA, Q_GARDEN_AREA, /* m2 */
    Q_PERSONS, Q_HOUSES, Q_SPACES,       /* person, house, space */
    Q_MONTHS, Q_DAYS,                    /* month, day */
    Q_USE,                               /* unit: what the meter counts */
    Q_COUNT
} Quantity;

typedef struct {
    const char *name, *zh, *en, *unit; /* "area", "建筑面积", "built area", "m2" */
} QuantityRow;
extern const QuantityRow formula_quantities[Q_COUNT];

typedef struct {
    Exact value[Q_COUNT];
    bool known[Q_COUNT];
} Quantities;

typedef struct Formula Formula;

/* ERR_INVALID on `formula`, saying at which character (from 1) and what would be right. Both languages' names are understood (area, 建筑面积;
 * yuan, 元; min, 最小), and the signs as Chinese keyboards write them (× ÷ （ ） ，). min and max take two or more. */
MUST const Error *formula_parse(Arena *arena, Str text, Formula **out);
/* Does it need this one? What is missing is told before the run. */
bool formula_uses(const Formula *formula, Quantity quantity);
/* In yuan, from 0 to 10^13; with_numbers (NULL allowed) is the text with the numbers put in: "112.35 × 2.80 × 3". What the formula needs
 * and is not known is ERR_INVALID on the name of each of them, all else on `formula`. */
MUST const Error *formula_value(Arena *arena, const Formula *formula, const Quantities *quantities, Exact *yuan, Str *with_numbers);

#endif
