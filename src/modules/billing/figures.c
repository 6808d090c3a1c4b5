/* figures.c: 收费指标, what is owed and what share of what was due has been paid (card P10). */
#include "modules/billing/billing_parts.h"

#define SQL_STANDS "t.state <> 'reversed' AND t.reverses_id IS NULL AND t.archived_at IS NULL"

static const char *const by[] = {"item", "building", "butler", "tariff", "run", NULL};
/* Who looks after the charge's building now. */
static const FigureKey keys[] = {
    {"butler", "(SELECT b.butler_id FROM space b WHERE b.org_id = t.org_id AND b.id = t.building_id)", "users", NAMES("filter[has_butler]", "false")}, {0},
};

/* The charges' sums (sums.c) with the names that charges give to what they are told apart by. */
#define FROM_SUMS(late)                                                                                                                         \
    "(SELECT s.org_id, s.project_id, nullif(s.building_id, 0) AS building_id, s.due_at, s.item, s.tariff_id, nullif(s.run_id, 0) AS run_id, s.receivable_fen, s.paid_fen," \
    " s.open_fen, NULL AS archived_at FROM charge_sum s WHERE s.org_id = :org AND s.due_at > 0" late ")"
#define SUMMED NAMES("project", "building", "item", "tariff", "run")
static const FigureSums rate_sums = {FROM_SUMS(" AND s.late = 0 AND s.receivable_fen <> 0"), "t.receivable_fen", "t.paid_fen", SUMMED};
static const FigureSums owed_sums = {FROM_SUMS(" AND s.open_fen > 0"), "t.open_fen", NULL, SUMMED};

const Figure billing_figures[BILLING_FIGURES] = {
    {"fee_collection_rate", "收缴率", "Collection rate", "已收 ÷ 应收（分），按应缴日统计；红冲、减免的不计，违约金不计，核销的算未收。",
     "Paid ÷ receivable (fen), by the day it is due; reversed and reduced amounts and late fees never count, what was written off counts as not paid.", &charge_type,
     .counts = SQL_STANDS " AND t.late_of_id IS NULL", .day = "t.due_at", .amount = SQL_RECEIVABLE("t."), .met = SQL_PAID("t."), .from = "filter[due_date][gte]",
     .before = "filter[due_date][lt]", .by = by, .keys = keys, .sums = &rate_sums},
    {"fee_owed", "欠费", "Owed", "未缴的应收（分），按应缴日统计；含已生成的违约金。", "What is open (fen), by the day it was due; late fees that were charged are in it.", &charge_type,
     .counts = SQL_STANDS " AND t.open_fen > 0", .day = "t.due_at", .amount = "t.open_fen", .from = "filter[due_date][gte]", .before = "filter[due_date][lt]", .opens = NAMES("filter[open]", "true"),
     .by = by, .keys = keys, .sums = &owed_sums},
};
