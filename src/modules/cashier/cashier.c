/* cashier.c: the module's declaration. */
#include "kernel/job.h"
#include "modules/cashier/cashier_parts.h"

static const Rule rules[] = {
    {"cashier.use_ahead", "预存自动抵扣（1 是，0 否）", "Money paid ahead pays by itself (1), by hand (0)", 1, 0, 1, ""},
    {"cashier.second_person_fen", "超过多少要第二人办（分）", "A second person above (fen)", 100000, 0, 100000000, "fen"},
    {"cashier.difference_fen", "长短款超过多少须说明（分）", "Difference to be explained above (fen)", 100, 0, 1000000, "fen"},
    {"cashier.write_off_approvals", "坏账核销要几人批准（经理、会计、区域）", "Approvals of a write-off (manager, accountant, region)", 3, 1, 3, ""},
    {"cashier.write_off_document", "坏账核销须附文件（1 是，0 否）", "A write-off takes a document (1), or none (0)", 1, 0, 1, ""},
    {LATE_FIRST, "同一应缴日先冲违约金（1 是，0 先冲本金）", "Of one due day the late fee is paid first (1), the charge first (0)", 0, 0, 1, ""},
    {"cashier.backdate_days", "收银员最多补录几天前的收款", "A cashier enters payments of at most so many days ago", 7, 0, 400, "day"},
    {"cashier.backdate_most_days", "任何人最多补录几天前的收款", "Nobody enters payments of more days ago", 400, 0, 3660, "day"},
};

static const char *const by[] = {"method", "building", NULL};
static const Figure figures[] = {
    {"fee_received", "实收", "Received", "按收到那天统计的收款（分），减去退款；作废和用预存抵的不计。", "Payments (fen) by the day they came in, less what was given back; void ones and those from money paid ahead never count.",
     &payment_type, .counts = "t.state <> 'voided' AND t.method <> 'prepay' AND t.archived_at IS NULL", .day = "t.received_at", .amount = "t.amount_fen - coalesce(t.refunded_fen, 0)",
     .from = "filter[received_at][gte]", .before = "filter[received_at][lt]", .by = by},
};

static const Chore chores[] = {{"use_ahead", 30, .find = payment_find_ahead, .each = payment_use_ahead, .failed = payment_ahead_failed}, {0}};
static const RecordType *const records[] = {&payment_type, &receipt_type, &drawer_type, &deposit_type, &adjustment_type, NULL};
static const Table *const tables[] = {&receipt_series_table, NULL};
const Module cashier_module = {"cashier", "收银", "Cashier", .records = records, .tables = tables, .rules = LIST(rules), .chores = chores, .figures = LIST(figures)};
