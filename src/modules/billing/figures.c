/* figures.c: 收费指标, what is owed and what share of what was due has been paid (card P10). */
#include "modules/billing/billing_parts.h"

#define SQL_STANDS "t.state <> 'reversed' AND t.reverses_id IS NULL AND t.archived_at IS NULL"
#define SQL_RECEIVABLE "t.amount_fen - coalesce(t.reduced_fen, 0)"

static const char *const by[] = {"item", "building", "tariff", "run", NULL};

const Figure billing_figures[BILLING_FIGURES] = {
    {"fee_collection_rate", "收缴率", "Collection rate", "已收 ÷ 应收（分），按应缴日统计；红冲、减免的不计，违约金不计，核销的算未收。",
     "Paid ÷ receivable (fen), by the day it is due; reversed and reduced amounts and late fees never count, what was written off counts as not paid.", &charge_type,
     .counts = SQL_STANDS " AND t.late_of_id IS NULL", .day = "t.due_at", .amount = SQL_RECEIVABLE,
     .met = "CASE WHEN t.state = 'written_off' THEN 0 ELSE " SQL_RECEIVABLE " - t.open_fen END", .from = "filter[due_date][gte]", .before = "filter[due_date][lt]", .by = by},
    {"fee_owed", "欠费", "Owed", "未缴的应收（分），按应缴日统计；含已生成的违约金。", "What is open (fen), by the day it was due; late fees that were charged are in it.", &charge_type,
     .counts = SQL_STANDS " AND t.open_fen > 0", .day = "t.due_at", .amount = "t.open_fen", .from = "filter[due_date][gte]", .before = "filter[due_date][lt]", .opens = NAMES("filter[open]", "true"),
     .by = by},
};
