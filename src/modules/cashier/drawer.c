/* drawer.c: 收银班次, a cashier's drawer from its opening to the count. What the books say must lie in it is compared with what does; the difference
 * is booked, never hidden. Cash is then handed in. */
#include "modules/cashier/cashier_parts.h"

static const State states[] = {{"open", "开班中", "Open"}, {"closed", "已结账", "Counted"}, {"handed", "已上交", "Handed in", .ended = true}};
static const Field fields[] = {
    {"cashier", "收银员", "Cashier", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"opening_fen", "备用金", "Opening cash", T_MONEY, .edit_in = NAMES("none")},
    {"closed_at", "结账时间", "Counted", T_TIME, .read_only = true},
    {"expected_fen", "应有现金", "Should be there", T_MONEY, .read_only = true},
    {"counted_fen", "实点现金", "Was counted", T_MONEY, .read_only = true},
    {"difference_fen", "长短款", "Over or short", T_MONEY, .read_only = true},
    {"explanation", "差额说明", "Explanation", T_TEXT, .max = 500, .read_only = true},
    {"cash_fen", "现在应有", "Should be in it now", T_MONEY, .virtual = true, .read_only = true},
    {"handed_fen", "上交", "Handed in", T_MONEY, .read_only = true},
};
static const Sight sights[] = {{BOOK_READERS}, {STAFF, "t.cashier_id = :me", .any_project = true}};
static const Index indexes[] = {{"project_id, cashier_id", .unique = true, .where = "state = 'open'"}, {0}};

static const Field close_asks[] = {
    {"counted_fen", "实点现金", "Cash counted", T_MONEY, .required = true},
    {"explanation", "差额说明", "Explanation", T_TEXT, .max = 500},
};
static const Field hand_asks[] = {{"amount_fen", "上交多少", "How much", T_MONEY, .required = true}};

const Error *drawer_cash(Cx *cx, Id project, Id cashier, int64_t *fen)
{
    static const char BALANCE[] = "SELECT balance_fen FROM account WHERE org_id = :org AND project_id = :project AND kind = 'drawer' AND user_id = :cashier AND archived_at IS NULL";
    bool found;

    *fen = 0;
    return sql_find(cx, BALANCE, IN(in_int("project", project), in_int("cashier", cashier)), OUT(out_int(fen)), &found);
}

const Error *drawer_gave(Cx *cx, Id project, Str method, int64_t fen)
{
    int64_t left;

    if (!str_is(method, "cash"))
        return OK;
    TRY(drawer_cash(cx, project, cx->actor->user, &left));
    if (left >= 0)
        return OK;
    return error_field(cx->arena, STR("method"), "out_of_range",
                       str_format(cx->arena, "抽屉里只有 %.*s 元，不够退现金：先领备用金开班，或改用其他方式退", STR_ARG(exact_yuan(cx->arena, left + fen))),
                       str_format(cx->arena, "only %.*s yuan are in your drawer: open it with a float first, or give the money back another way", STR_ARG(exact_yuan(cx->arena, left + fen))));
}

static const Error *expected(Cx *cx, const Record *drawer, int64_t *fen)
{
    return drawer_cash(cx, drawer->project, record_int(drawer, "cashier"), fen);
}

static const Error *drawer_account(Cx *cx, Ledger *ledger, const Record *drawer, Id *out)
{
    return ledger_account(cx, ledger, &(AccountKey){.kind = "drawer", .user = record_int(drawer, "cashier")}, out);
}

/* Moves cash into the drawer (below 0: out of it) against another account. */
static const Error *move_cash(Cx *cx, const Record *drawer, const AccountKey *other, int64_t fen, Str memo)
{
    Ledger *ledger;
    Id drawer_id, other_id;

    if (fen == 0)
        return OK;
    TRY(ledger_begin(cx, drawer->project, &ledger));
    TRY(drawer_account(cx, ledger, drawer, &drawer_id));
    TRY(ledger_account(cx, ledger, other, &other_id));
    TRY(ledger_post(cx, ledger, &(Posting){.debit = fen > 0 ? drawer_id : other_id, .credit = fen > 0 ? other_id : drawer_id, .amount_fen = fen > 0 ? fen : -fen,
                                           .cause = drawer, .memo = memo}, NULL));
    return ledger_end(cx, ledger);
}

/* What the last count left in it is still there: nobody takes it out by saying that the drawer begins with less. */
static const Error *prepare(Cx *cx, Record *drawer, Problems *problems)
{
    int64_t there;

    record_set_int(drawer, "cashier", cx->actor->user);
    if (record_is_null(drawer, "opening_fen"))
        record_set_int(drawer, "opening_fen", 0);
    TRY(expected(cx, drawer, &there));
    if (record_int(drawer, "opening_fen") != 0 && record_int(drawer, "opening_fen") < there)
        problems_add(problems, STR("opening_fen"), "out_of_range", str_format(cx->arena, "抽屉里还有 %.*s 元没有上交", STR_ARG(exact_yuan(cx->arena, there))),
                     str_format(cx->arena, "%.*s yuan of it have not been handed in", STR_ARG(exact_yuan(cx->arena, there))));
    return OK;
}

/* The float comes out of the bank; cash that the last count left in the drawer is part of it. */
static const Error *created(Cx *cx, Record *drawer)
{
    int64_t there;

    TRY(expected(cx, drawer, &there));
    if (record_int(drawer, "opening_fen") == 0 && there > 0) { /* opened by itself, with the first cash of the day */
        record_set_int(drawer, "opening_fen", there);
        return record_update(cx, drawer);
    }
    return move_cash(cx, drawer, &(AccountKey){.kind = "money", .item = STR("bank")}, record_int(drawer, "opening_fen") - there, STR("备用金"));
}

static const Error *guard_close(Cx *cx, const Record *drawer, const Asked *asked)
{
    int64_t should, limit, apart;

    TRY(expected(cx, drawer, &should));
    TRY(rule_value(cx, "cashier.difference_fen", &limit));
    apart = asked_int(asked, "counted_fen") - should;
    if ((apart > limit || apart < -limit) && !asked_has(asked, "explanation"))
        return error_field(cx->arena, STR("explanation"), "required",
                           str_format(cx->arena, "应有 %.*s 元，差额须说明", STR_ARG(exact_yuan(cx->arena, should))),
                           str_format(cx->arena, "%.*s yuan should be there; explain the difference", STR_ARG(exact_yuan(cx->arena, should))));
    return OK;
}

static const Error *close_effect(Cx *cx, Record *drawer, const Asked *asked)
{
    int64_t should, counted = asked_int(asked, "counted_fen");

    TRY(expected(cx, drawer, &should));
    record_set_int(drawer, "closed_at", cx->now);
    record_set_int(drawer, "expected_fen", should);
    record_set_int(drawer, "counted_fen", counted);
    record_set_int(drawer, "difference_fen", counted - should);
    return move_cash(cx, drawer, &(AccountKey){.kind = "over_short"}, counted - should, asked_text(asked, "explanation"));
}

/* Not more than was counted, nor than is left of it: an earlier count's cash may be in both. */
static const Error *guard_hand(Cx *cx, const Record *drawer, const Asked *asked)
{
    int64_t there;

    if (asked_int(asked, "amount_fen") > record_int(drawer, "counted_fen"))
        return error_field(cx->arena, STR("amount_fen"), "out_of_range", STR("多于实点现金"), STR("is more than was counted"));
    TRY(expected(cx, drawer, &there));
    if (asked_int(asked, "amount_fen") > there)
        return error_field(cx->arena, STR("amount_fen"), "out_of_range", str_format(cx->arena, "抽屉里只有 %.*s 元", STR_ARG(exact_yuan(cx->arena, there))),
                           str_format(cx->arena, "only %.*s yuan are in the drawer", STR_ARG(exact_yuan(cx->arena, there))));
    return OK;
}

static const Error *hand_effect(Cx *cx, Record *drawer, const Asked *asked)
{
    record_set_int(drawer, "handed_fen", asked_int(asked, "amount_fen"));
    return move_cash(cx, drawer, &(AccountKey){.kind = "money", .item = STR("bank")}, -asked_int(asked, "amount_fen"), STR("上交现金"));
}

/* Only the cashier counts the own drawer; only somebody else takes the cash over. */
static bool is_mine(const Cx *cx, const Record *drawer)
{
    return cx->actor->is_system || record_int(drawer, "cashier") == cx->actor->user || actor_has(cx->actor, BOOKKEEPERS, drawer->project, 0);
}
static bool is_anothers(const Cx *cx, const Record *drawer)
{
    return cx->actor->is_system || record_int(drawer, "cashier") != cx->actor->user;
}

static const Action actions[] = {
    {"close", "结账", "Count", .from = NAMES("open"), .to = "closed", .by = CASHIERS, .asks = LIST(close_asks), .may = is_mine, .guard = guard_close, .effect = close_effect},
    {"hand_over", "收缴现金", "Take over", .from = NAMES("closed"), .to = "handed", .by = BOOKKEEPERS, .asks = LIST(hand_asks), .may = is_anothers, .guard = guard_hand,
     .effect = hand_effect},
};
/* What must lie in an open one now: `cash_fen`; of a counted one `expected_fen` says what had to. */
static const Error *show(Cx *cx, const Record *drawer, Json *json)
{
    int64_t cash;

    JSON_KEY(json, "cash_fen");
    if (!record_in_state(drawer, "open")) {
        json_none(json);
        return OK;
    }
    TRY(expected(cx, drawer, &cash));
    json_int(json, cash);
    return OK;
}

const RecordType drawer_type = {
    .resource = "drawers", .name = "drawer", .zh = "收银班次", .en = "Cash drawer", .prefix = "BC", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "open", .first_zh = "开班", .first_en = "Open", .sights = LIST(sights), .create_by = CASHIERS, .own_read_only = true, .indexes = indexes, .label = "no",
    .in_project = true, .own_search_only = true, .prepare = prepare, .created = created, .show = show,
};
