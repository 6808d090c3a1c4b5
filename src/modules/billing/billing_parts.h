/* billing_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_BILLING_PARTS_H
#define ANJU_MODULES_BILLING_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/billing/billing.h"

/* What is to be paid of a charge, and what of that has been. */
#define SQL_RECEIVABLE(t) "(" t "amount_fen - coalesce(" t "reduced_fen, 0))"
#define SQL_PAID(t) "(" t "amount_fen - coalesce(" t "reduced_fen, 0) - coalesce(" t "off_fen, 0) - " t "open_fen)"

/* RecordType.sums of charges, and their proof. */
extern const Table charge_sum_table;
void charge_sums(Cx *cx, const Record *charge);
MUST const Error *charge_sums_check(Cx *cx, BadFn *bad, void *self);

#define BILLING_FIGURES 2
extern const Figure billing_figures[BILLING_FIGURES];

/* Steps from JSON; ERR_INVALID on `steps`. */
MUST const Error *fee_steps_read(Arena *arena, const json_t *list, FeeStep *out, int *count);
/* The steps of a stepped price; ERR_INVALID on `steps`. */
MUST const Error *tariff_steps(Arena *arena, const Record *tariff, FeeStep *out, int *count);

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
Str charge_title(Cx *cx, const Record *tariff, Date from, Date to, bool late);

/* What the item costs this house for these days, of the kinds that need no meter and no other house (all but meter, stepped, share, one_off). ERR_INVALID
 * names what is missing: `area`, `persons`, … of the house, or a field of the tariff. quantity and price are for the charge; texts or empty. */
typedef struct {
    Fee fee;
    Str quantity, unit_price;
} Billed;
MUST const Error *bill_fee(Cx *cx, const Record *tariff, const Record *house, Date from, Date to, Billed *out);
/* The day that the item is due on, of a period that begins on `from`. */
Date bill_due(const Record *tariff, Date from);
/* A decimal of a record as a number; false when it is empty. */
bool bill_number(const Record *record, const char *field, Exact *out);

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

/* Everything that the run would bill now, house after house in the order of their ids, of each the items in theirs: only days that no charge covers. The
 * records and texts live until the sink returns. In a few statements for each page of houses. */
MUST const Error *run_propose(Cx *cx, const Record *run, const RunSink *sink);

#endif
