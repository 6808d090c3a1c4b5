/* billing.c: the module's declaration. */
#include "modules/billing/billing_parts.h"

static const Rule rules[] = {
    {"billing.outlier_percent", "与上期相差多少算异常（%）", "Differs from the period before by (%)", 50, 1, 1000, "%"},
    {"billing.job_houses", "超过多少户时后台试算、出账", "Runs over more houses are worked on in the background", 5000, 0, 1000000, "home"},
    {"billing.tell", "出账后通知住户（1 是，0 否）", "Households are told of new bills (1 yes, 0 no)", 1, 0, 1, ""},
    {"billing.ahead_days", "预缴几天内缴清", "What is paid ahead is paid within", 7, 0, 60, "day"},
    {"billing.exemption_months", "一次减免最长", "An exemption lasts at most", 36, 1, 120, "month"},
    {"billing.empty_after_months", "空置满几个月才按空置收", "An empty home pays less after", 0, 0, 60, "month"},
    {"billing.start_next_month", "交房次月起收（1 是，0 交房当天）", "From the month after handover (1), from the day (0)", 1, 0, 1, ""},
    {"billing.split_owner", "换业主按天分（1 是，0 归期初业主）", "A change of owner splits by days (1), all to the first (0)", 1, 0, 1, ""},
};
static const Chore chores[] = {{"bills told", 5, bills_tell}, {"not paid ahead", 30, charges_not_ahead}, {0}};
static const RecordType *const records[] = {&tariff_type, &billing_run_type, &charge_type, &meter_type, &reading_type, &exemption_type, NULL};
static const Table *const tables[] = {&charge_sum_table, NULL};
const Module billing_module = {"billing", "收费", "Billing", .records = records, .tables = tables, .rules = LIST(rules), .chores = chores,
                               .figures = billing_figures, .figure_count = BILLING_FIGURES};
