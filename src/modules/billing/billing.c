/* billing.c: the module's declaration. */
#include "modules/billing/billing_parts.h"

static const Rule rules[] = {
    {"billing.outlier_percent", "与上期相差多少算异常（%）", "Differs from the period before by (%)", 50, 1, 1000, "%"},
    {"billing.start_next_month", "交房次月起收（1 是，0 交房当天）", "From the month after handover (1), from the day (0)", 1, 0, 1, ""},
    {"billing.split_owner", "换业主按天分（1 是，0 归期初业主）", "A change of owner splits by days (1), all to the first (0)", 1, 0, 1, ""},
};
static const RecordType *const records[] = {&tariff_type, &billing_run_type, &charge_type, &meter_type, &reading_type, NULL};
static const Table *const tables[] = {&charge_sum_table, NULL};
const Module billing_module = {"billing", "收费", "Billing", .records = records, .tables = tables, .rules = LIST(rules), .figures = billing_figures, .figure_count = BILLING_FIGURES};
