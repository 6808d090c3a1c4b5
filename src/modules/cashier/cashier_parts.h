/* cashier_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_CASHIER_PARTS_H
#define ANJU_MODULES_CASHIER_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/cashier/cashier.h"

#define CASHIERS (R_CASHIER | R_ACCOUNTANT | DESK)

/* How it was paid; `money_methods` are those that bring money in. */
extern const Choice payment_methods[], money_methods[];

/* Where money of this kind lies: the caller's drawer (opened when it is not) or the channel's account. */
MUST const Error *money_account(Cx *cx, Ledger *ledger, Str method, Id *out);

/* A part of what is owed, and how much of some money it gets: a charge, or (late) the late fee that has come to it and is no charge yet. */
typedef struct {
    const Due *due;
    bool late;
    int64_t fen;
} Part;
typedef struct {
    Part *list;
    int count, room;
} Parts;
/* 冲抵次序: what so much money pays, in its order: the oldest due day first; of one day the charges, then their late fees, or the late fees first (rule
 * cashier.late_first). The late fee of a charge that is paid stands there also where nothing is left for it (fen 0): it stops with the payment.
 * `disputed`: also what is in dispute. */
MUST const Error *spread_money(Cx *cx, const Dues *dues, int64_t fen, bool disputed, Parts *out);

/* What must lie in a cashier's drawer of a project. */
MUST const Error *drawer_cash(Cx *cx, Id project, Id cashier, int64_t *fen);
/* What was just given back in cash lay in the caller's drawer: 422 on `method` when it did not. `fen` is how much it was; other methods always pass. */
MUST const Error *drawer_gave(Cx *cx, Id project, Str method, int64_t fen);

/* 403 when the amount is over the limit and the caller is not a second person: a bookkeeper who did not make the record. */
MUST const Error *second_person(Cx *cx, const Record *record, int64_t fen);

/* A chore, household by household: what it has paid ahead (the account) pays what was billed since (rule cashier.use_ahead); when that cannot be, the cashiers
 * are told, and it is tried again when something changes. */
MUST const Error *payment_find_ahead(Cx *cx, Id after, int max, Ids *out);
MUST const Error *payment_use_ahead(Cx *cx, Id account);
MUST const Error *payment_ahead_failed(Cx *cx, Id account, const Error *why);

/* The next receipt number of the caller: without gaps, because it is taken in the payment's own transaction; and the receipt, once the payment is there. */
MUST const Error *receipt_number(Cx *cx, const Record *payment, Str *no);
MUST const Error *receipt_issue(Cx *cx, const Record *payment);
/* It is known whose payment it is: the receipt is the household's. */
MUST const Error *receipt_match(Cx *cx, Id payment, Id house);
/* Its receipt is void; the number stays. */
MUST const Error *receipt_void(Cx *cx, Id payment);

/* The house, locked until the end of the closure: whoever books on its accounts holds it. Several are locked in the order of their ids first, so that nobody
 * waits for another crosswise; the list is sorted by it. */
MUST const Error *lock_house(Cx *cx, Id id, Record **out);
MUST const Error *lock_houses(Cx *cx, Id *houses, int count);

#endif
