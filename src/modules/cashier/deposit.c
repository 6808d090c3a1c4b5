/* deposit.c: 押金, money that is the payer's and is given back: for renovation, access cards, keys. What is kept of it pays a charge that says what for. */
#include "modules/cashier/cashier_parts.h"

static const Choice kinds[] = {{"renovation", "装修押金", "Renovation"}, {"access_card", "门禁卡押金", "Access card"}, {"key", "钥匙押金", "Key"}, {"other", "其他押金", "Other"}, {0}};
static const State states[] = {{"held", "在押", "Held"}, {"returned", "已退清", "Returned", .ended = true}};
static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true, .edit_in = NAMES("none")},
    {"payer", "交押金人", "Payer", T_REF, .to = "parties", .edit_in = NAMES("none")},
    {"kind", "种类", "Kind", T_CHOICE, .choices = kinds, .set_default = "other", .edit_in = NAMES("none")},
    {"amount_fen", "金额", "Amount", T_MONEY, .required = true, .edit_in = NAMES("none")},
    {"method", "方式", "Method", T_CHOICE, .choices = money_methods, .set_default = "cash", .edit_in = NAMES("none")},
    {"held_fen", "尚在押", "Still held", T_MONEY, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 500},
    {"reason", "退还说明", "Why returned", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {
    {FEE_READERS},
    {R_RESIDENT, "t.payer_id = :party OR " SQL_MY_HOUSE("t.created_at"), .any_project = true},
};
static const Field refund_asks[] = {
    {"amount_fen", "退多少", "Amount", T_MONEY, .required = true},
    {"reason", "退还说明", "Reason", T_TEXT, .max = 500, .required = true},
    {"method", "怎么退", "How", T_CHOICE, .choices = money_methods},
};
static const Field keep_asks[] = {
    {"charge", "抵哪一笔费用", "Which charge", T_REF, .to = "charges", .required = true},
    {"amount_fen", "抵多少", "Amount", T_MONEY, .required = true},
    {"reason", "依据", "Reason", T_TEXT, .max = 500, .required = true},
};

static const Error *account_of(Cx *cx, Ledger *ledger, const Record *deposit, Id *out)
{
    return ledger_account(cx, ledger, &(AccountKey){.kind = "deposit", .house = record_int(deposit, "house"), .item = deposit->no}, out);
}

static const Error *created(Cx *cx, Record *deposit)
{
    Ledger *ledger;
    Record *house;
    Id money, held;

    TRY(lock_house(cx, record_int(deposit, "house"), &house));
    TRY(ledger_begin(cx, deposit->project, &ledger));
    TRY(money_account(cx, ledger, record_text(deposit, "method"), &money));
    TRY(account_of(cx, ledger, deposit, &held));
    TRY(ledger_post(cx, ledger, &(Posting){.debit = money, .credit = held, .amount_fen = record_int(deposit, "amount_fen"), .house = house->id, .cause = deposit}, NULL));
    return ledger_end(cx, ledger);
}

static const Error *prepare(Cx *cx, Record *deposit, Problems *problems)
{
    (void)cx;
    if (!record_is_null(deposit, "amount_fen") && record_int(deposit, "amount_fen") <= 0)
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("金额应大于 0"), STR("must be above 0"));
    record_set_int(deposit, "held_fen", record_int(deposit, "amount_fen"));
    if (record_is_null(deposit, "method"))
        record_set_text(deposit, "method", STR("cash"));
    return OK;
}

static const Error *guard_amount(Cx *cx, const Record *deposit, const Asked *asked)
{
    int64_t held = record_int(deposit, "held_fen"), fen = asked_int(asked, "amount_fen");

    if (fen > 0 && fen <= held)
        return second_person(cx, deposit, record_int(deposit, "amount_fen") - held + fen); /* many small parts are one large one */
    return error_field(cx->arena, STR("amount_fen"), "out_of_range", str_format(cx->arena, "应大于 0，最多 %.*s 元", STR_ARG(exact_yuan(cx->arena, held))),
                       str_format(cx->arena, "must be above 0 and at most %.*s yuan", STR_ARG(exact_yuan(cx->arena, held))));
}

static void take_out(Record *deposit, const Asked *asked)
{
    record_set_int(deposit, "held_fen", record_int(deposit, "held_fen") - asked_int(asked, "amount_fen"));
    record_set_text(deposit, "reason", asked_text(asked, "reason"));
    if (record_int(deposit, "held_fen") == 0)
        deposit->state = meta_state(deposit->meta, STR("returned"));
}

static const Error *refund_effect(Cx *cx, Record *deposit, const Asked *asked)
{
    Str method = asked_has(asked, "method") ? asked_text(asked, "method") : record_text(deposit, "method");
    Ledger *ledger;
    Id money, held;

    TRY(ledger_begin(cx, deposit->project, &ledger));
    TRY(money_account(cx, ledger, method, &money));
    TRY(account_of(cx, ledger, deposit, &held));
    TRY(ledger_post(cx, ledger, &(Posting){.debit = held, .credit = money, .amount_fen = asked_int(asked, "amount_fen"), .house = record_int(deposit, "house"),
                                           .cause = deposit, .memo = asked_text(asked, "reason")}, NULL));
    take_out(deposit, asked);
    TRY(ledger_end(cx, ledger));
    return drawer_gave(cx, deposit->project, method, asked_int(asked, "amount_fen"));
}

/* The charge as it is due now, locked; its late fee up to now becomes a charge, as with any payment. */
static const Error *find_open(Cx *cx, Ledger *ledger, Id house, const Asked *asked, Record **out)
{
    int64_t fen = asked_int(asked, "amount_fen"), open;
    Date today = instant_to_date(cx->now, cx->zone_min);
    const Due *due = NULL;
    Record *late;
    Dues dues;

    TRY(charge_dues(cx, house, today, &dues));
    for (int i = 0; i < dues.count && due == NULL; i++)
        due = dues.list[i].charge->id == asked_int(asked, "charge") ? &dues.list[i] : NULL;
    if (due == NULL)
        return error_field(cx->arena, STR("charge"), "reference", STR("不是这套房未缴的费用"), STR("is no open charge of this house"));
    open = record_int(due->charge, "open_fen");
    if (fen > open)
        return error_field(cx->arena, STR("amount_fen"), "out_of_range", str_format(cx->arena, "这笔费用未缴 %.*s 元", STR_ARG(exact_yuan(cx->arena, open))),
                           str_format(cx->arena, "%.*s yuan are open of this charge", STR_ARG(exact_yuan(cx->arena, open))));
    if (due->late.amount_fen > 0)
        TRY(charge_add_late(cx, ledger, due, today, &late));
    *out = due->charge;
    return OK;
}

static const Error *keep_effect(Cx *cx, Record *deposit, const Asked *asked)
{
    Ledger *ledger;
    Record *house, *charge = NULL;
    Id receivable, held;

    TRY(lock_house(cx, record_int(deposit, "house"), &house));
    TRY(ledger_begin(cx, deposit->project, &ledger));
    TRY(find_open(cx, ledger, house->id, asked, &charge));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "receivable", .house = house->id}, &receivable));
    TRY(account_of(cx, ledger, deposit, &held));
    TRY(ledger_post(cx, ledger, &(Posting){.debit = held, .credit = receivable, .amount_fen = asked_int(asked, "amount_fen"), .house = house->id, .charge = charge->id,
                                           .cause = deposit, .memo = asked_text(asked, "reason")}, NULL));
    TRY(charge_settle(cx, charge, asked_int(asked, "amount_fen")));
    take_out(deposit, asked);
    return ledger_end(cx, ledger);
}

static const Action actions[] = {
    {"refund", "退押金", "Return", .from = NAMES("held"), .by = CASHIERS, .asks = LIST(refund_asks), .apart = true, .guard = guard_amount, .effect = refund_effect, .tells = TELL_REPORTER},
    {"keep", "抵扣费用", "Keep for a charge", .from = NAMES("held"), .by = BOOKKEEPERS, .asks = LIST(keep_asks), .apart = true, .guard = guard_amount, .effect = keep_effect, .tells = TELL_REPORTER},
    {"end", "退清", "All returned", .from = NAMES("held"), .to = "returned", .by = BY_SYSTEM},
};
const RecordType deposit_type = {
    .resource = "deposits", .name = "deposit", .zh = "押金", .en = "Deposit", .prefix = "YJ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "receive", .first_zh = "收押金", .first_en = "Receive", .sights = LIST(sights), .create_by = CASHIERS, .write_by = CASHIERS, .label = "no",
    .in_project = true, .reporter = "payer", .own_search_only = true, .of_the_books = true, .prepare = prepare, .created = created,
};
