/* fee.h: 计费, what an amount is and why. Pure: no database, no clock.
 *
 * Each amount comes with its lines: what was multiplied with what, over which days, and the fen it came to. Lines are kept with the
 * charge as facts and said in the reader's language (fee_line_text), so that "why this amount" is never made up afterwards.
 * Conventions: half away from zero, once per line; a whole calendar month is 1, a part of one its days over that month's (or over 30);
 * both ends count; shares by largest remainder, ties to the earlier. */
#ifndef ANJU_MODULES_BILLING_FEE_H
#define ANJU_MODULES_BILLING_FEE_H

#include "base/exact.h"
#include "base/json.h"

typedef enum {
    LINE_AREA,    /* quantity m2 x price x days / of_days */
    LINE_UNIT,    /* quantity (houses, people, spaces, 1) x price x days / of_days; of_days 0: once, whatever the days */
    LINE_METER,   /* quantity used x price; `before` and `after` are the readings, multiplier when it is not 1; note names the register of several */
    LINE_STEP,    /* quantity that falls into one step x price; multiplier is the number of people that have widened it, `after` its limit */
    LINE_SHARE,   /* a part of total_fen: quantity is this one's weight, weights all of them */
    LINE_FORMULA, /* a formula's value; note is its text with the numbers put in */
    LINE_LATE,    /* total_fen of principal x price (per ten thousand and day) x days; capped says that the cap cut it */
    LINE_PERCENT, /* percent of total_fen, of a reduction negative */
    LINE_AHEAD,   /* taken off for paying `quantity` months ahead: percent of total_fen, or the last `days` */
    LINE_NOTE,    /* an amount agreed otherwise; note says why */
} LineKind;

typedef struct {
    LineKind kind;
    Date from, to;        /* 0: no days are meant */
    int days, of_days;
    Exact quantity, price; /* price in yuan */
    Exact before, after, multiplier, weights, percent; /* as the kind says; others {0} */
    int64_t total_fen;
    bool capped;
    Str note;
    Exact exact; /* in yuan, where amount_fen is not that to the fen; {0}: nothing was rounded, or nobody has said */
    int64_t amount_fen;
} FeeLine;

#define MAX_FEE_LINES 500            /* of one amount: a month a line over forty years are 481 */
#define MAX_FEE_FEN 1000000000000000 /* 10^15, either way: no amount, given or made, is larger */
#define MAX_FEE_YEARS 40             /* from one day to another */
typedef struct {
    FeeLine *list; /* in the arena given */
    int count;
    int64_t amount_fen; /* the sum of the lines */
} Fee;

/* Keeps in the line what it comes to exactly, where amount_fen is not that to the fen. */
void fee_note_exact(FeeLine *line, Exact yuan);

/* The lines of another behind those of `fee`. ERR_INVALID on `to` when they are too many. */
MUST const Error *fee_append(Arena *arena, const Fee *part, Fee *fee);

typedef enum { ROUND_LINE, ROUND_BILL } Rounding; /* each line, or the sum once (the last line takes the difference) */

/* Why a fee cannot be said. The field is the input's name (`rate_yuan`), for 422 and for exceptions of a run. All functions below
 * answer ERR_INVALID on it, never an amount of 0 instead. */

/* quantity x price for each calendar month that [from, to] touches. basis30: a part month counts days / 30 (at most 1); a whole one is 1.
 * `percent` 100 or {0}: no reduction; else what is charged of each month (70: an empty house). LINE_AREA or LINE_UNIT.
 * 递增: each raise_months after raise_from the price rises by raise_percent of what it was, to four digits behind the point; from that day on, so that
 * a month in which it rises has two lines. raise_months 0: never. */
typedef struct {
    LineKind kind;
    Exact quantity, price, percent;
    Date from, to;
    bool basis30;
    Rounding rounding;
    Exact raise_percent;
    int raise_months;
    Date raise_from;
} MonthlyFee;
MUST const Error *fee_monthly(Arena *arena, const MonthlyFee *ask, Fee *out);

/* 预缴优惠: of the list, whose months rise, the last row that `months` reaches takes `percent` off a monthly fee (rounded once), or what the last `days` of
 * it come to: one more line, below zero. ERR_INVALID on `ahead` when no row is reached, or nothing would be left to pay. */
typedef struct {
    int months, days; /* days 0: percent */
    Exact percent;
} FeeAhead;
#define MAX_FEE_AHEAD 6
#define FEE_AHEAD_MONTHS 120 /* of a step, at most */
MUST const Error *fee_ahead(Arena *arena, const MonthlyFee *ask, int months, const FeeAhead *list, int count, Fee *fee);
/* How many calendar months lie in [from, to] whole. */
int fee_whole_months(Date from, Date to);

/* 阶梯: marginal steps over what was used `before` in the period the steps hold for: T(before + use) - T(before), rounded once (the
 * largest line takes the difference of its parts). limits rise; the last step, and no other, has none (limit {0}). */
typedef struct {
    Exact limit, price;
    Exact wider; /* by how much each person more than are meant moves the limit; {0}: by nothing */
    int persons; /* who have moved it; 0: nobody */
} FeeStep;
#define MAX_FEE_STEPS 12
/* 多人户: the steps of a household of so many `persons`, when the limits are meant for `meant` (0: they hold for any). ERR_INVALID on `steps`. */
MUST const Error *fee_steps_widen(Arena *arena, FeeStep *steps, int count, int64_t persons, int64_t meant);
/* Can these be steps? ERR_INVALID on `steps`. */
MUST const Error *fee_steps_check(Arena *arena, const FeeStep *steps, int count);
MUST const Error *fee_stepped(Arena *arena, const FeeStep *steps, int count, Exact before, Exact use, Fee *out);

/* use x multiplier x price, one line. `before` and `after` are told with it, {0} when they are not known; multiplier {0} is 1. */
MUST const Error *fee_meter(Arena *arena, Exact before, Exact after, Exact use, Exact multiplier, Exact price, Fee *out);
/* 分时: the registers of a meter that counts each time of the day apart, in this order; every one with its price. One line each, but for those that have
 * counted nothing. ERR_INVALID on `use` when a priced register has no use. */
#define FEE_REGISTERS 4
extern const struct FeeRegisterName {
    const char *name, *zh, *en; /* "peak", "峰", "peak" */
} fee_registers[FEE_REGISTERS];
typedef struct {
    Exact before, after, use, price; /* {0}: not known, not priced */
} FeeRegister;
MUST const Error *fee_tou(Arena *arena, const FeeRegister *registers, Exact multiplier, Fee *out);

/* What a meter with so many digits (1 to 9) before the point has counted from `previous` to `value`: over its end once when value < previous. */
MUST const Error *fee_rollover(Arena *arena, Exact previous, Exact value, int digits, Exact *use);

/* Parts of total_fen by weights (>= 0, not all 0), in their order: largest remainder, ties to the earlier; of a negative total the
 * absolute value is split. *shares in the arena, always adding up to total_fen. */
MUST const Error *fee_share(Arena *arena, int64_t total_fen, const Exact *weights, int count, int64_t **shares);

/* 违约金 on principal: simple, from due + 1 to `until`, on what was unpaid each day (a payment counts from its own day: days = paid - due);
 * per ten thousand and day; nothing while until - due <= grace (or while the last fen was paid within it), from due + 1 once past it; at
 * most cap_percent of the principal (cap {0}: no cap), where the lines end. All segments exact, rounded once. Payments in any order; those
 * after `until`, and what goes beyond the principal, do not count. A negative one was given back: that much is unpaid again from its day. */
typedef struct {
    Date on;
    int64_t fen;
} PaidPart;
typedef struct {
    int64_t principal_fen;
    Date due, until;
    Exact per_ten_thousand, cap_percent;
    int grace_days;
    const PaidPart *paid;
    int paid_count;
} LateFee;
MUST const Error *fee_late(Arena *arena, const LateFee *ask, Fee *out);

/* net = gross / (1 + rate), rounded; tax is the rest. A refund's gross is negative. */
MUST const Error *fee_vat(Arena *arena, int64_t gross_fen, Exact rate_percent, int64_t *net_fen, int64_t *tax_fen);

/* A span of days: `to` not before `from`, at most MAX_FEE_YEARS. ERR_INVALID on `field`, which is `to`'s. */
MUST const Error *fee_check_days(Arena *arena, const char *field, Date from, Date to);

/* From JSON. A number: the code of what is wrong with it, or NULL; one with a point has been through a double already and is refused. */
const char *fee_decimal_read(const json_t *json, int places, Exact *out);
/* A list of at most so many, or ERR_INVALID on the field; and the error of one of its entries, from 0. */
MUST const Error *fee_list_check(Arena *arena, const char *field, const json_t *json, size_t most);
MUST const Error *fee_entry_wrong(Arena *arena, const char *field, const char *code, size_t entry, const char *zh, const char *en);
/* [[180,"5.00",30],[null,"7.00"]]: up to which amount, the price of what falls into the step, by how much a person more widens it. `out` has MAX_FEE_STEPS
 * places. */
MUST const Error *fee_steps_read(Arena *arena, const json_t *json, FeeStep *out, int *count);

/* {"peak":"0.83","valley":"0.31"}: a number not below 0 for each register that is named; {0} the others. ERR_INVALID on the field. */
MUST const Error *fee_registers_read(Arena *arena, const char *field, const json_t *json, int places, Exact *out);
/* [{"months":6,"percent":"3"},{"months":12,"days":31}] */
MUST const Error *fee_ahead_read(Arena *arena, const json_t *json, FeeAhead *out, int *count);

/* The line in words and numbers: "112.35 m² × 2.80 元 × 20/31 月 = 202.95 元". */
Str fee_line_text(Arena *arena, const FeeLine *line, Lang lang);
/* As kept with a charge: a compact JSON list of facts, numbers as exact fractions; and back, nothing lost (false: it is none of ours). */
Str fee_lines_store(Arena *arena, const Fee *fee);
MUST bool fee_lines_read(Arena *arena, Str stored, Fee *out);
/* What an amount was before it was rounded, and how: "90.322580… → 90.32 元，四舍五入到分"; empty where nothing was. */
Str fee_line_rounding(Arena *arena, const FeeLine *line, Lang lang);
/* [{"text","amount_fen","from","to","rounded_from","rounding"}] for people; the days only where days are meant, the last two where something was rounded:
 * the amount in yuan before it was, with at most six decimals, and fee_line_rounding. */
void fee_lines_json(Arena *arena, const Fee *fee, Lang lang, Json *json);

/* POST tariffs/preview: reads `kind` and its inputs from the body (NULL: there was none), all problems at once, and writes the answer. */
MUST const Error *fee_preview_json(Arena *arena, const json_t *body, Lang lang, Json *json);

#endif
