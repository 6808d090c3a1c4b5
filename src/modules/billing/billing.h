/* billing.h: 收费, what households owe and why (card P10): fee items and their prices, meters, runs that make the bills, charges. Money that
 * comes in is modules/cashier. */
#ifndef ANJU_MODULES_BILLING_H
#define ANJU_MODULES_BILLING_H

#include "kernel/job.h"
#include "kernel/ledger.h"
#include "modules/billing/fee.h"

extern const Module billing_module;
extern const RecordType tariff_type, charge_type, meter_type, reading_type, billing_run_type, exemption_type;

/* Prepares, posts and voids runs over many houses. */
extern const JobKind billing_run_job;

/* The project's item of this code that is charged once, made if it is not there. */
MUST const Error *tariff_once(Cx *cx, Id project, const char *code, const char *zh, const char *en, Record **out);

/* A charge to be made. Texts are borrowed. */
typedef struct {
    Id house, building, payer;
    const Record *tariff;     /* its price version */
    Str slot;                 /* what may be billed once for a house and day: item and meter; empty: as often as one likes */
    Date from, to, due;
    Str quantity, unit_price; /* decimal text, or empty */
    Str step_spans;           /* what it takes of the year's steps, or empty */
    const Fee *fee;           /* amount above 0, and its lines */
    const Record *run;        /* NULL: by hand, or of another area */
    const Record *source;     /* of another area: the repair; NULL */
    Id late_of;               /* a late fee's principal */
} ChargeNew;

/* Makes it and books it: the household owes, the item (or whom it is collected for) earns. `told`: with an event of its own; charges of a run have
 * the run's. ERR_INVALID on `period_from` when the slot is billed already. */
MUST const Error *charge_add(Cx *cx, Ledger *ledger, const ChargeNew *ask, bool told, Record **out);

/* Reverses it: its entries, its late fees; what was paid becomes money paid ahead. ERR_WRONG_STATE when it is done with. */
MUST const Error *charge_reverse(Cx *cx, Ledger *ledger, Record *charge, Str reason);

/* What it is called in this language. */
Str charge_title(const Record *charge, Lang lang);

/* Somebody has said that it is wrong, and has not been answered. */
bool charge_is_disputed(const Record *charge);

/* 预缴优惠收回: a charge that was made for paying ahead and is open (again): it is reversed with its discount. What was paid stays as money paid ahead, and its
 * days up to the end of this month are charged at the full price. Nothing happens to any other charge. */
MUST const Error *charge_end_ahead(Cx *cx, Id charge);

/* Lets fen of what is open be paid (below 0: takes a payment back), after the entry was booked; open, part or paid follow. */
MUST const Error *charge_settle(Cx *cx, Record *charge, int64_t fen);

/* 应缴: one open charge of a household as it is on a day. */
typedef struct {
    Record *charge;
    Fee late; /* the late fee up to that day that has not been charged yet; amount 0: none (not due, in grace, in dispute, no rate) */
} Due;
typedef struct {
    Due *list;
    int count, room;
} Dues;
/* All of a household, the oldest due first, of one day the charge before the late fee. In a writing closure they are the caller's until its end.
 * In three statements, however many there are. */
MUST const Error *charge_dues(Cx *cx, Id house, Date on, Dues *out);
/* Of one charge alone: with the late fee that has come to it by that day, while something of it is open. */
MUST const Error *charge_due(Cx *cx, Id id, Date on, Due *out);
/* Makes a charge of a late fee, due with its principal. */
MUST const Error *charge_add_late(Cx *cx, Ledger *ledger, const Due *due, Date on, Record **out);

/* The rule that says what is paid first of one due day: the charges (0), or their late fees (1). The cashier's, told to whoever is shown what is due. */
#define LATE_FIRST "cashier.late_first"

/* {"items":[{"id","title",…,"open_fen","late_fen","lines"}],"total_fen","late_fen","prepay_fen","late_first"}: what a household owes on a day. The caller may see the house. */
MUST const Error *charge_due_json(Cx *cx, const Record *house, Date on, Json *json);

/* {"items":[{"at","resource","what","action","label","by","amount_fen","reason"}]}: who set the price that the charge was made at, made and reviewed its run,
 * reduced, disputed, reversed it; the oldest first, the first 200. To a household staff are the company alone, and of reductions what was approved. The
 * caller may see the charge. */
MUST const Error *charge_story_json(Cx *cx, const Record *charge, Json *json);

/* {"open_fen","overdue_fen"}: what a household owes today, without late fees that are no charges yet; null for who may not see its
 * charges. One statement. */
MUST const Error *charge_owed_json(Cx *cx, Id house, Json *json);

/* 预缴: {"items":[{"tariff","charged_to","from","most_months","steps":[{"months","to","full_fen","off_fen","amount_fen","due_date","lines"}],"asked"}]}: the items
 * that can be paid ahead for the house, what their steps come to, and so many `months` (0: not asked; null where the price does not hold so long). No
 * steps: no price holds on the first day. Where the months cannot be reckoned, "lacks" names the field and "message" says why. */
MUST const Error *charge_ahead_json(Cx *cx, const Record *house, int months, Json *json);

/* 应收、实收、欠费: {"ages":[30,90,180,365],"rows":[{"key","label","receivable_fen","paid_fen","written_off_fen","open_fen","overdue_fen":[by age, the last older]}],
 * "total"} of charges that are due in those days (0: no bound), in one project (0: all of the company), by item, building, project, month or year. ERR_INVALID
 * on `by`. From sums, however many charges there are. */
MUST const Error *charge_sums_json(Cx *cx, Id project, Str by, Date from, Date to, Json *json);

/* `anju check`: what is open is what the entries say; an amount is the sum of its lines; the sums are those of the charges. */
MUST const Error *charge_check(Cx *cx, BadFn *bad, void *self);

#endif
