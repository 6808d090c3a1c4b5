/* billing.h: 收费, what households owe and why (card P10): fee items and their prices, meters, runs that make the bills, charges. Money that
 * comes in is modules/cashier. */
#ifndef ANJU_MODULES_BILLING_H
#define ANJU_MODULES_BILLING_H

#include "kernel/ledger.h"
#include "modules/billing/fee.h"

extern const Module billing_module;
extern const RecordType tariff_type, charge_type, meter_type, reading_type, billing_run_type;

/* A charge to be made. Texts are borrowed. */
typedef struct {
    Id house, payer;
    const Record *tariff;     /* its price version */
    Str slot;                 /* what may be billed once for a house and day: item and meter; empty: as often as one likes */
    Date from, to, due;
    Str quantity, unit_price; /* decimal text, or empty */
    const Fee *fee;           /* amount above 0, and its lines */
    const Record *run;        /* NULL: by hand, or of another area */
    const Record *source;     /* of another area: the repair; NULL */
    Id late_of;               /* a late fee's principal */
} ChargeNew;

/* Makes it and books it: the household owes, the item (or whom it is collected for) earns. `told`: with an event of its own; charges of a run have
 * the run's. ERR_INVALID on `period_from` when the slot is billed already. */
MUST const Error *charge_add(Cx *cx, Ledger *ledger, const ChargeNew *ask, bool told, Record **out);

/* Lets fen of what is open be paid (below 0: takes a payment back), after the entry was booked; open, part or paid follow. */
MUST const Error *charge_settle(Cx *cx, Record *charge, int64_t fen);

/* What a payment on `on` finds due beside the charge itself: the late fee up to that day that has not been charged yet; amount 0 when there is
 * none (not due, in grace, in dispute, no rate). */
MUST const Error *charge_late(Cx *cx, const Record *charge, Date on, Fee *out);
/* Makes a charge of it. */
MUST const Error *charge_add_late(Cx *cx, Ledger *ledger, const Record *charge, const Fee *late, Date on, Record **out);

/* {"items":[{"id","title",…,"late_fen","lines"}],"total_fen","late_fen","prepay_fen","deposit_fen"}: what a household owes on a day, oldest first. The caller
 * may see the house. */
MUST const Error *charge_due_json(Cx *cx, const Record *house, Date on, Json *json);

/* `anju check`: what is open is what the entries say; an amount is the sum of its lines. */
MUST const Error *charge_check(Cx *cx, LedgerBad *bad, void *self);

#endif
