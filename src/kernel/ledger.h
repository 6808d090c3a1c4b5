/* ledger.h: 总账, double entry in integer fen.
 *
 * An entry names the account that it debits, the one that it credits and one amount: it balances by construction. It is never
 * edited or deleted, only reversed, once, by an entry the other way round that says why. The day it is booked on is today, or the
 * first open day when the books of today are closed already; nothing is ever booked into a closed period.
 *
 *     receivable --payment--> money          a household owes; it pays
 *     income, agency <--charge-- receivable  what is billed
 *     prepay <--surplus-- money              paid ahead, a debt of ours until a charge uses it
 *
 * Accounts are made when first needed: one for each household and kind, deposit, money channel, cashier's drawer, fee item. An
 * account's balance is the sum of its entries, kept beside it, and so are the sums of each day and month by line of the trial balance (kernel/sums.h);
 * `anju check` proves them. */
#ifndef ANJU_KERNEL_LEDGER_H
#define ANJU_KERNEL_LEDGER_H

#include "kernel/event.h"
#include "kernel/process.h"

extern const Module ledger_module;
extern const RecordType account_type, entry_type, period_type;

/* Roles that keep the books; that may look at them. */
#define BOOKKEEPERS (R_ACCOUNTANT | R_MANAGER | R_ADMIN)
#define BOOK_READERS (BOOKKEEPERS | R_CASHIER | R_REGION)
/* They and the desk: who may see what a household owes and pays. */
#define FEE_READERS (BOOK_READERS | R_DESK | R_DESK_LEAD)

/* One amount, and the sum on any account: what JSON numbers carry exactly (2^53), less a digit. */
#define LEDGER_MAX_FEN INT64_C(900000000000000)

/* Which account: the kind and what tells accounts of that kind apart; what does not, is left 0. */
typedef struct {
    const char *kind;
    Id house, user; /* a household's; a cashier's drawer */
    Str item;       /* fee item's code, channel, deposit's number */
} AccountKey;

typedef struct {
    Id debit, credit;
    int64_t amount_fen; /* above 0 */
    Id house, charge;   /* the household and the charge that it is about; 0: none */
    const Record *cause; /* the record that made it: a run, a payment, … */
    Date value_day;      /* the day it counts for, where that is not the day of booking (起息日): when a transfer came in; 0: the same */
    Str memo;
} Posting;

typedef struct {
    Id id, debit, credit, house, charge, reverses;
    int64_t amount_fen;
    Date day, value_day;
    bool is_reversed;
    Str debit_kind, credit_kind, cause_type;
} Entry;

/* 一次记账: the bookings of one writing closure in one project. */
typedef struct Ledger Ledger;

/* Finds the day to book on, and holds its period open. In a writing closure. */
MUST const Error *ledger_begin(Cx *cx, Id project, Ledger **out);
Date ledger_day(const Ledger *ledger);
Id ledger_project(const Ledger *ledger);

/* The account, made if it is not there. Whoever books on a household's has locked its house (record_load). */
MUST const Error *ledger_account(Cx *cx, Ledger *ledger, const AccountKey *key, Id *out);

/* Books it. ERR_INVALID on `amount_fen` when it is not within 1 and LEDGER_MAX_FEN. *entry (NULL allowed) is its id. */
MUST const Error *ledger_post(Cx *cx, Ledger *ledger, const Posting *posting, Id *entry);

/* Takes it back by an entry the other way round. ERR_WRONG_STATE when that was done before. */
MUST const Error *ledger_reverse(Cx *cx, Ledger *ledger, const Entry *entry, const Record *cause, Str memo);

/* Writes the balances; must follow the last booking. ERR_INVALID on `amount_fen` when one leaves LEDGER_MAX_FEN. */
MUST const Error *ledger_end(Cx *cx, Ledger *ledger);

/* The entries that a record made, oldest first; of those that are reversed, is_reversed. In the arena. */
typedef struct {
    Entry *list;
    int count, room;
} Entries;
MUST const Error *ledger_entries(Cx *cx, Id cause, Entries *out);
/* Those that are about a charge, or about all charges of a household that are open, the same way. */
MUST const Error *ledger_entries_about(Cx *cx, Id charge, Entries *out);
MUST const Error *ledger_entries_open(Cx *cx, Id house, Entries *out);

/* What the household has paid ahead is to be looked at again: something of what it owes may be paid now that could not before. Booking does so itself. */
MUST const Error *ledger_wake(Cx *cx, Id house);

/* A household's balance on its account of this kind, on that kind's own side; 0 without an account. */
MUST const Error *ledger_balance(Cx *cx, const char *kind, Id project, Id house, Str item, int64_t *fen);

/* 试算平衡: {"at","rows":[{"kind","label","item","debit_fen","credit_fen","balance_fen"}],"debit_fen","credit_fen"} of the entries up to a
 * day, in one project (0: all of the company). With `from` (0: from the beginning) debits and credits are those from that day on, `opening_fen` is what was there
 * before it. From the sums of months and days, however many entries there are. */
MUST const Error *ledger_trial_json(Cx *cx, Id project, Date from, Date at, Json *json);

/* `anju check`: balances are the sums of their entries, reversals mirror what they reverse, nothing lies in a closed period later than
 * its close. */
MUST const Error *ledger_check(Cx *cx, BadFn *bad, void *self);

#endif
