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

/* 403 when the amount is over the limit and the caller is not a second person: a bookkeeper who did not make the record. */
MUST const Error *second_person(Cx *cx, const Record *record, int64_t fen);

/* A ChoreFn: what households have paid ahead pays what was billed since (rule cashier.use_ahead). */
MUST const Error *payment_use_ahead(Cx *cx, int max, int *count);

/* The next receipt number of the caller: without gaps, because it is taken in the payment's own transaction; and the receipt, once the payment is there. */
MUST const Error *receipt_number(Cx *cx, const Record *payment, Str *no);
MUST const Error *receipt_issue(Cx *cx, const Record *payment);
/* It is known whose payment it is: the receipt is the household's. */
MUST const Error *receipt_match(Cx *cx, Id payment, Id house);
/* Its receipt is void; the number stays. */
MUST const Error *receipt_void(Cx *cx, Id payment);

/* The house, locked until the end of the closure: whoever books on its accounts holds it. */
MUST const Error *lock_house(Cx *cx, Id id, Record **out);

#endif
