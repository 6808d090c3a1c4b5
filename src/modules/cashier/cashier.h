/* cashier.h: 收银, money that comes in and goes back: payments with their receipts, drawers, deposits, reductions. */
#ifndef ANJU_MODULES_CASHIER_H
#define ANJU_MODULES_CASHIER_H

#include "modules/billing/billing.h"

extern const Module cashier_module;
extern const RecordType payment_type, receipt_type, drawer_type, deposit_type, adjustment_type;
extern const Table receipt_series_table;

#endif
