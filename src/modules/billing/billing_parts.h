/* billing_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_BILLING_PARTS_H
#define ANJU_MODULES_BILLING_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/billing/billing.h"
#include "modules/billing/formula.h"

/* What is to be paid of a charge, and what of that has been. */
#define SQL_RECEIVABLE(t) "(" t "amount_fen - coalesce(" t "reduced_fen, 0))"
#define SQL_PAID(t) "(" t "amount_fen - coalesce(" t "reduced_fen, 0) - coalesce(" t "off_fen, 0) - " t "open_fen)"

/* RecordType.sums of charges, and their proof. */
extern const Table charge_sum_table;
void charge_sums(Cx *cx, const Record *charge);
MUST const Error *charge_sums_check(Cx *cx, BadFn *bad, void *self);

#define BILLING_FIGURES 2
extern const Figure billing_figures[BILLING_FIGURES];

/* 价格, what one version of an item's price says. The record is borrowed. */
typedef enum { BY_AREA, BY_HOUSE, BY_PERSON, BY_SPACE, BY_METER, BY_TIME, BY_STEPS, BY_SHARE, BY_FORMULA, ONE_OFF, PRICE_KINDS } PriceKind;
extern const Choice tariff_kinds[];
typedef struct {
    const Record *tariff;
    PriceKind kind;
    Str code;
    Date from, to;             /* both included; 99991231: it has no end */
    Exact rate, empty_percent; /* {0}: not said */
    bool basis30;
    Rounding rounding;
    FeeStep steps[MAX_FEE_STEPS];
    int step_count;
    int64_t step_persons; /* for so many people the limits are meant; 0: for any */
    Exact rates[FEE_REGISTERS];
    Formula *formula;
    Exact raise_percent;
    int raise_months; /* 0: the price never rises */
    FeeAhead ahead[MAX_FEE_AHEAD];
    int ahead_count;
} Price;
/* ERR_INVALID on the first field for which nothing could be charged by it. */
MUST const Error *price_read(Arena *arena, const Record *tariff, Price *out);
/* Charged by the readings of a meter. */
bool price_is_metered(const Price *price);
/* Charged by the month: so much for each of something. */
bool price_is_monthly(const Price *price);

typedef struct {
    Str *list;
    int count;
} Words;

/* 适用范围, which houses an item is for: by use, building, floor, the house itself, each that is said. Read once. */
typedef struct {
    Words uses;
    Id *buildings, *houses;
    int building_count, house_count;
    int64_t floor_from, floor_to;
    bool by_use, by_building, by_house, by_floor;
} Applies;
MUST const Error *applies_read(Cx *cx, const Record *tariff, Applies *out);
bool applies_to(const Applies *to, const Record *house);

/* Due on that day; 0: never. */
void charge_set_due(const Cx *cx, Record *charge, Date due);
/* A charge by hand: amount, lines, due day and title from the item and what was given. Problems are told. */
MUST const Error *charge_prepare(Cx *cx, Record *charge, const Record *tariff, const Record *house, Problems *problems);
/* Tax and late fee as the price says them now. */
MUST const Error *charge_terms(Cx *cx, Record *charge, const Record *tariff);
/* A dispute was right: the days since it was raised bear no late fee. */
MUST const Error *charge_free_days(Cx *cx, Record *charge);
/* A dispute was answered: the late fee of a charge that was paid in full while it was open is charged now. */
MUST const Error *charge_late_once_paid(Cx *cx, Record *charge);
/* What it is called, in both languages: item and months. `late_of` is set before. */
void charge_set_title(Cx *cx, Record *charge, const Record *tariff, Date from, Date to);

/* 减免期与空置: days on which a house pays `percent` of an item only. */
typedef struct {
    Id house;
    Str item;
    Date from, to; /* both included */
    Exact percent;
} Relief;
typedef struct {
    const Relief *list;
    int count;
    int empty_after; /* months that a home is empty before it pays less (billing.empty_after_months) */
} Reliefs;
/* The exemptions that hold on one of these days, of houses from `first` to `last`, in their order; empty_after stays as it is. */
MUST const Error *reliefs_read(Cx *cx, Id first, Id last, Date from, Date to, Reliefs *out);
/* Those of one house, and the rule. */
MUST const Error *reliefs_of(Cx *cx, Id house, Date from, Date to, Reliefs *out);
/* What the house pays of the item on `day`, in percent: the least that holds, 100 otherwise; *until is the last day, up to `to`, for which that is so. */
Exact relief_on(const Price *price, const Record *house, const Reliefs *reliefs, Date day, Date to, Date *until);

/* What the item costs this house for these days, of the kinds that need no meter and no other house (all but meter, stepped, share, one_off). ERR_INVALID
 * names what is missing: `area`, `persons`, … of the house, or a field of the tariff. quantity and price are for the charge; texts or empty. */
typedef struct {
    Fee fee;
    Str quantity, unit_price;
    Str step_spans; /* of a stepped item: [["from","to"]] of the year's steps; empty */
} Billed;
MUST const Error *bill_fee(Cx *cx, const Price *price, const Record *house, const Reliefs *reliefs, Date from, Date to, Billed *out);
/* The same, with what the house pays of it on the first day all along, and with what is taken off for paying the whole months of it ahead that have not ended on `today`. ERR_INVALID on `ahead` when they are too few. */
MUST const Error *bill_fee_ahead(Cx *cx, const Price *price, const Record *house, const Reliefs *reliefs, Date from, Date to, Date today, Billed *out);
/* The day that the item is due on, of a period that begins on `from`. */
Date bill_due(const Record *tariff, Date from);
/* The day by which is paid what is charged ahead today. */
MUST const Error *bill_due_ahead(Cx *cx, Date today, Date *out);
/* A decimal of a record as a number; false when it is empty. */
bool bill_number(const Record *record, const char *field, Exact *out);

/* A chore: what was to be paid ahead and was not paid in time falls (charge_end_ahead). */
MUST const Error *charges_not_ahead(Cx *cx, int max, int *count);
/* 发单, a chore: households hear of what posted runs have billed. */
MUST const Error *bills_tell(Cx *cx, int max, int *count);

/* 出账, one charge that a run proposes: an item, a house, days, why. */
typedef struct {
    const Record *tariff, *house;
    Id payer;
    Date from, to;
    Str slot;
    Billed billed;
    const Id *readings; /* that it bills */
    int reading_count;
} Proposed;
/* Why a house or an item of it is not billed, or is to be looked at. */
typedef struct {
    const Record *tariff, *house;
    const char *code; /* stable: no_area, no_reading, no_payer, not_delivered, outlier, credit, formula, … */
    Str zh, en;
    int64_t fen, before_fen; /* of an outlier */
    bool billed;             /* it is billed all the same */
} Exception;

typedef const Error *ProposedFn(Cx *cx, const Proposed *proposed, void *self);
typedef const Error *ExceptionFn(Cx *cx, const Exception *exception, void *self);
typedef struct {
    ProposedFn *proposed;
    ExceptionFn *exception;
    void *self;
} RunSink;

/* The first day of as many months before a run's period as it touches. */
Date run_before(Date from, Date to);

/* Everything that the run would bill now, house after house in the order of their ids, of each the items in theirs: only days that no charge covers. Read
 * in pages of houses, each in a few statements and with memory of its own: the records and texts that a sink gets live until it returns. */
typedef struct RunPages RunPages;
/* Reads the run's items; all of it lives in the arena of cx. ERR_INVALID on a field of the run or of an item that cannot be. */
MUST const Error *run_open(Cx *cx, const Record *run, const RunSink *sink, RunPages **out);
/* Proposes the next page, in the same closure or in one of its own; *more says whether another may follow. */
MUST const Error *run_page(Cx *cx, RunPages *pages, bool *more);
/* How many of the project's houses have been looked at, and of how many. */
void run_progress(const RunPages *pages, int64_t *done, int64_t *total);

#endif
