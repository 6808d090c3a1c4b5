/* adjustment.c: 减免与核销, what a household need not pay after all: asked for by one person with the reason, allowed by another. The charge keeps its
 * amount; what is open of it is lessened by an entry. */
#include "modules/cashier/cashier_parts.h"

static const Choice kinds[] = {
    {"discount", "优惠", "Discount"}, {"waiver", "违约金减免", "Late fee waived"}, {"hardship", "困难减免", "Hardship"}, {"court", "判决减免", "By judgement"},
    {"write_off", "坏账核销", "Written off"}, {0},
};
static const State states[] = {{"asked", "待批准", "Asked"}, {"approved", "已批准", "Approved", .ended = true}, {"rejected", "未批准", "Refused", .ended = true}};
static const Field fields[] = {
    {"charge", "费用", "Charge", T_REF, .to = "charges", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .searched = true, .indexed = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = kinds, .set_default = "discount", .edit_in = NAMES("none")},
    {"amount_fen", "减多少", "Amount", T_MONEY, .required = true, .edit_in = NAMES("asked")},
    {"reason", "理由", "Reason", T_LINES, .max = 500, .required = true, .edit_in = NAMES("asked")},
    {"document", "依据文件", "Document", T_FILE, .edit_in = NAMES("asked")},
    {"approved_by", "批准人", "Approved by", T_REF, .to = "users", .read_only = true},
    {"answer", "批复", "Answer", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{FEE_READERS}};
static const Field approve_asks[] = {{"answer", "批复", "Answer", T_TEXT, .max = 500}};
static const Field reject_asks[] = {{"answer", "不批准的原因", "Why not", T_TEXT, .max = 500, .required = true}};

static const Error *charge_of(Cx *cx, const Record *adjustment, Record **out)
{
    return record_load(cx, kernel_type(cx->kernel, &charge_type), record_int(adjustment, "charge"), out);
}

/* A waiver of a late fee that has come to the charge, but is no charge of its own yet, makes it one first. */
static const Error *find_late(Cx *cx, Ledger *ledger, Record *charge, Record **out)
{
    Date today = instant_to_date(cx->now, cx->zone_min);
    Due due;

    *out = charge;
    if (!record_is_null(charge, "late_of"))
        return OK;
    TRY(charge_due(cx, charge->id, today, &due));
    if (due.late.amount_fen > 0)
        return charge_add_late(cx, ledger, &due, today, out);
    return error_field(cx->arena, STR("charge"), "out_of_range", STR("这笔费用没有违约金"), STR("no late fee has come to this charge"));
}

static const Error *prepare(Cx *cx, Record *adjustment, Problems *problems)
{
    Record *charge;

    if (record_is_null(adjustment, "charge"))
        return OK;
    TRY(charge_of(cx, adjustment, &charge));
    adjustment->project = charge->project;
    adjustment->building = charge->building;
    record_set_int(adjustment, "house", record_int(charge, "house"));
    if (!record_is_null(adjustment, "amount_fen") && record_int(adjustment, "amount_fen") <= 0)
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("金额应大于 0"), STR("must be above 0"));
    else if (!str_is(record_text(adjustment, "kind"), "waiver") && record_int(adjustment, "amount_fen") > record_int(charge, "open_fen"))
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("多于这笔费用的欠款"), STR("is more than what is open of the charge"));
    return OK;
}

static const Error *approve_effect(Cx *cx, Record *adjustment, const Asked *asked)
{
    bool off = str_is(record_text(adjustment, "kind"), "write_off");
    int64_t fen = record_int(adjustment, "amount_fen");
    Record *house, *charge;
    Ledger *ledger;
    Id receivable, against;

    TRY(lock_house(cx, record_int(adjustment, "house"), &house));
    TRY(charge_of(cx, adjustment, &charge));
    TRY(ledger_begin(cx, adjustment->project, &ledger));
    if (str_is(record_text(adjustment, "kind"), "waiver"))
        TRY(find_late(cx, ledger, charge, &charge));
    if (fen > record_int(charge, "open_fen"))
        return error_field(cx->arena, STR("amount_fen"), "out_of_range", STR("多于现在的欠款"), STR("is more than what is open now"));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "receivable", .house = house->id}, &receivable));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = off ? "bad_debt" : "discount"}, &against));
    TRY(ledger_post(cx, ledger, &(Posting){.debit = against, .credit = receivable, .amount_fen = fen, .house = house->id, .charge = charge->id, .cause = adjustment,
                                           .memo = record_text(adjustment, "reason")}, NULL));
    record_set_int(charge, off ? "off_fen" : "reduced_fen", record_int(charge, off ? "off_fen" : "reduced_fen") + fen);
    if (off && fen == record_int(charge, "open_fen")) {
        record_set_int(charge, "open_fen", 0);
        TRY(process_take(cx, charge, "write_off"));
    } else {
        TRY(charge_settle(cx, charge, fen));
    }
    record_set(adjustment, "approved_by", value_ref(cx->actor->user));
    if (asked_has(asked, "answer"))
        record_set_text(adjustment, "answer", asked_text(asked, "answer"));
    return ledger_end(cx, ledger);
}

static const Error *reject_effect(Cx *cx, Record *adjustment, const Asked *asked)
{
    (void)cx;
    record_set_text(adjustment, "answer", asked_text(asked, "answer"));
    return OK;
}

/* Never by who asked for it. A write-off takes the region or the administration (card P10). */
static bool may_decide(const Cx *cx, const Record *adjustment)
{
    uint64_t by = str_is(record_text(adjustment, "kind"), "write_off") ? R_REGION | R_ADMIN | R_MANAGER : BOOKKEEPERS;

    return cx->actor->is_system || (cx->actor->user != adjustment->created_by && actor_has(cx->actor, by, adjustment->project, adjustment->building));
}

/* It stays what was asked for: who allows it cannot first make it another. */
static const Error *may_write(Cx *cx, const Record *adjustment)
{
    return cx->actor->is_system || cx->actor->user == adjustment->created_by ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
}

static const Action actions[] = {
    {"approve", "批准", "Approve", .from = NAMES("asked"), .to = "approved", .by = BOOKKEEPERS | R_REGION, .asks = LIST(approve_asks), .may = may_decide, .effect = approve_effect},
    {"reject", "不批准", "Refuse", .from = NAMES("asked"), .to = "rejected", .by = BOOKKEEPERS | R_REGION, .asks = LIST(reject_asks), .may = may_decide, .effect = reject_effect},
};
const RecordType adjustment_type = {
    .resource = "adjustments", .name = "adjustment", .zh = "减免", .en = "Adjustment", .prefix = "JM", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "ask", .first_zh = "申请", .first_en = "Ask", .sights = LIST(sights), .create_by = CASHIERS, .write_by = CASHIERS,
    .label = "no", .in_project = true, .own_search_only = true, .of_the_books = true, .prepare = prepare, .changed = prepare, .may_write = may_write,
};
