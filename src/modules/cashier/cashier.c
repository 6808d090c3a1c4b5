/* cashier.c: the module's declaration. */
#include "modules/cashier/cashier_parts.h"

static const Rule rules[] = {
    {"cashier.second_person_fen", "超过多少要第二人办（分）", "A second person above (fen)", 100000, 0, 100000000, "fen"},
    {"cashier.difference_fen", "长短款超过多少须说明（分）", "Difference to be explained above (fen)", 100, 0, 1000000, "fen"},
};

static const RecordType *const records[] = {&payment_type, &receipt_type, &drawer_type, &deposit_type, &adjustment_type, NULL};
static const Table *const tables[] = {&receipt_series_table, NULL};
const Module cashier_module = {"cashier", "收银", "Cashier", .records = records, .tables = tables, .rules = LIST(rules)};
