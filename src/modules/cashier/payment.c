/* payment.c: 收款, money taken from a household and what it was used for.
 *
 * It pays the charges that were named, else the oldest due first (order.c). What is left over is paid ahead.
 * Without a house it waits as 待查款 until it is known whose it is. Everything it books, the receipt and the charges' states are one
 * transaction with it. Its amount is never edited: it is voided, or given back in parts. */
#include "kernel/message.h"
#include "modules/cashier/cashier_parts.h"

#include <stdlib.h>

const Choice payment_methods[] = {
    {"cash", "现金", "Cash"}, {"qr", "扫码", "QR code"}, {"pos", "刷卡", "Card"}, {"card", "刷卡", "Card"}, {"transfer", "转账", "Transfer"}, {"wechat", "微信", "WeChat Pay"},
    {"alipay", "支付宝", "Alipay"}, {"withhold", "代扣", "Direct debit"}, {"offset", "抵扣", "Offset"}, {"prepay", "预存抵扣", "From what was paid ahead"}, {0},
};
const Choice money_methods[] = {
    {"cash", "现金", "Cash"}, {"qr", "扫码", "QR code"}, {"pos", "刷卡", "Card"}, {"card", "刷卡", "Card"}, {"transfer", "转账", "Transfer"}, {"wechat", "微信", "WeChat Pay"},
    {"alipay", "支付宝", "Alipay"}, {0},
};
static const State states[] = {
    {"booked", "已入账", "Booked"}, {"unmatched", "待查款", "Whose it is not known"}, {"refunded", "已退款", "Given back", .ended = true}, {"voided", "已作废", "Void", .ended = true},
};

static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_in = NAMES("none")},
    {"payer", "付款人", "Payer", T_REF, .to = "parties", .indexed = true, .edit_in = NAMES("none")},
    {"payer_name", "付款人姓名", "Payer's name", T_TEXT, .max = 60, .searched = true, .edit_in = NAMES("none")},
    {"amount_fen", "金额", "Amount", T_MONEY, .required = true, .edit_in = NAMES("none")},
    {"method", "方式", "Method", T_CHOICE, .choices = payment_methods, .required = true, .edit_in = NAMES("none")},
    {"received_at", "收到时间", "Received", T_TIME, .day_ok = true, .indexed = true, .edit_in = NAMES("none")},
    {"given_fen", "收到现金", "Cash given", T_MONEY, .edit_in = NAMES("none")},
    {"change_fen", "找零", "Change", T_MONEY, .read_only = true},
    {"reference", "流水号", "Reference", T_TEXT, .max = 80, .searched = true, .edit_in = NAMES("none")},
    {"allocations", "用于", "Used for", T_OBJECT, .edit_in = NAMES("none")},
    {"surplus_fen", "转预存", "Paid ahead", T_MONEY, .read_only = true},
    {"refunded_fen", "已退", "Given back", T_MONEY, .read_only = true},
    {"receipt_no", "收据号", "Receipt", T_TEXT, .max = 60, .read_only = true, .searched = true},
    {"note", "说明", "Note", T_LINES, .max = 500},
    {"reason", "作废或退款原因", "Why void or given back", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{FEE_READERS}, {R_RESIDENT, SQL_MINE("payment"), .any_project = true}};
static const Index indexes[] = {{"project_id, received_at"}, {"created_by, id"}, {0}};

const Error *lock_house(Cx *cx, Id id, Record **out)
{
    return record_load(cx, kernel_find(cx->kernel, STR("houses")), id, out);
}

static int by_id(const void *a, const void *b)
{
    Id x = *(const Id *)a, y = *(const Id *)b;
    return (x > y) - (x < y);
}

const Error *lock_houses(Cx *cx, Id *houses, int count)
{
    Record *house;

    qsort(houses, (size_t)count, sizeof(Id), by_id);
    for (int i = 0; i < count; i++)
        if (i == 0 || houses[i] != houses[i - 1])
            TRY(lock_house(cx, houses[i], &house));
    return OK;
}

const Error *second_person(Cx *cx, const Record *record, int64_t fen)
{
    int64_t limit;

    TRY(rule_value(cx, "cashier.second_person_fen", &limit));
    if (fen <= limit || cx->actor->is_system || (cx->actor->user != record->created_by && actor_has(cx->actor, BOOKKEEPERS, record->project, record->building)))
        return OK;
    return error_new(cx->arena, ERR_FORBIDDEN, str_format(cx->arena, "超过 %.*s 元，须由另一位会计或经理办理", STR_ARG(exact_yuan(cx->arena, limit))),
                     str_format(cx->arena, "above %.*s yuan a second person, an accountant or manager, must do it", STR_ARG(exact_yuan(cx->arena, limit))));
}

#define MOST_USES 500 /* that a payment names */

/* One use of the money: a charge, and how much of it. */
typedef struct {
    Record *charge;
    int64_t fen;
} Use;
typedef struct {
    Cx *cx;
    Record *payment;
    Ledger *ledger;
    Date on;
    int64_t left;
    Id houses[20]; /* that have been admitted */
    int house_count;
    Use *uses;
    int use_count, use_room;
} Using;

static const Error *no_allocation(Cx *cx, const char *code, const char *zh, const char *en)
{
    return error_field(cx->arena, STR("allocations"), code, str_of(zh), str_of(en));
}

static const Error *add_use(Using *using, Record *charge, int64_t fen)
{
    for (int i = 0; i < using->use_count; i++)
        if (using->uses[i].charge->id == charge->id)
            return no_allocation(using->cx, "repeated", "同一笔费用写了两次", "one charge is named twice");
    using->uses = arena_grown(using->cx->arena, using->uses, sizeof(Use), using->use_count, &using->use_room);
    using->uses[using->use_count++] = (Use){charge, fen};
    using->left -= fen;
    return OK;
}

/* A late fee that has come to a charge which is paid now becomes a charge: it stops with the payment. */
static const Error *use_late(Using *using, const Due *due, int64_t most)
{
    Record *late;

    if (most > due->late.amount_fen)
        return no_allocation(using->cx, "out_of_range", "违约金没有这么多", "there is not so much late fee");
    if (due->late.amount_fen <= 0)
        return OK;
    TRY(charge_add_late(using->cx, using->ledger, due, using->on, &late));
    return most <= 0 ? OK : add_use(using, late, most);
}

/* One more house, which is locked already. */
static const Error *admit_house(Using *using, Id house)
{
    Cx *cx = using->cx;
    const Record *record;

    for (int i = 0; i < using->house_count; i++)
        if (using->houses[i] == house)
            return OK;
    if (str_is(record_text(using->payment, "method"), "prepay") && house != record_int(using->payment, "house"))
        return no_allocation(cx, "out_of_range", "预存只能抵扣本户的费用", "what a household has paid ahead pays its own charges only");
    if (using->house_count == (int)COUNT_OF(using->houses))
        return no_allocation(cx, "out_of_range", "一次最多收 20 套房", "at most 20 houses at once");
    TRY(record_look(cx, kernel_find(cx->kernel, STR("houses")), value_int(house), false, &record));
    if (record == NULL || record->project != using->payment->project)
        return no_allocation(cx, "reference", "是另一个项目的费用", "belongs to another project");
    using->houses[using->house_count++] = house;
    return OK;
}

static const Error *use_oldest(Using *using, Id house)
{
    Parts parts;
    Dues dues;

    TRY(admit_house(using, house));
    TRY(charge_dues(using->cx, house, using->on, &dues));
    TRY(spread_money(using->cx, &dues, using->left, true, &parts));
    for (int i = 0; i < parts.count; i++) {
        const Part *part = &parts.list[i];
        TRY(part->late ? use_late(using, part->due, part->fen) : add_use(using, part->due->charge, part->fen));
    }
    return OK;
}

static const Error *read_use(Using *using, const json_t *item)
{
    Cx *cx = using->cx;
    const json_t *fen = json_object_get(item, "fen"), *late = json_object_get(item, "late_fen");
    int64_t amount = json_integer_value(fen), late_fen = json_integer_value(late);
    const Record *charge = NULL;
    Due due;
    Id id;

    if (!json_is_object(item) || json_object_size(item) != 2u + (late != NULL) || !str_to_id(json_str(json_object_get(item, "charge")), &id) || !json_is_integer(fen) ||
        (late != NULL && !json_is_integer(late)))
        return no_allocation(cx, "format", "每一项写成 {\"charge\":\"费用编号\",\"fen\":金额（分）}", "each is written {\"charge\":\"its id\",\"fen\":amount}");
    if (amount < 0 || late_fen < 0 || (amount == 0 && late_fen == 0))
        return no_allocation(cx, "out_of_range", "金额应大于 0", "amounts must be above 0");
    TRY(record_look(cx, kernel_type(cx->kernel, &charge_type), value_int(id), true, &charge));
    if (charge == NULL)
        return no_allocation(cx, "reference", "没有这笔费用", "there is no such charge");
    TRY(admit_house(using, record_int(charge, "house")));
    TRY(charge_due(cx, id, using->on, &due)); /* alone: what else the house owes is not asked here */
    if (record_int(due.charge, "open_fen") <= 0 || record_int(due.charge, "due_date") <= 0)
        return no_allocation(cx, "out_of_range", "其中一笔费用已经没有欠款", "nothing is open of one of the charges");
    if (amount > record_int(due.charge, "open_fen"))
        return charge_settle(cx, due.charge, amount); /* says how much is open */
    if (amount > using->left || late_fen > using->left - amount)
        return no_allocation(cx, "out_of_range", "各项之和超过收款金额", "they come to more than the payment");
    if (amount > 0)
        TRY(add_use(using, due.charge, amount));
    return use_late(using, &due, late_fen);
}

static const Error *use_named(Using *using, Id house, Str text)
{
    json_t *list;
    size_t count;

    TRY(admit_house(using, house));
    TRY(json_read(using->cx->arena, text, &list));
    count = json_array_size(list);
    if (!json_is_array(list) || count > MOST_USES)
        return no_allocation(using->cx, "type", "应为列表：[{\"charge\",\"fen\"}]，最多 500 项", "must be a list [{\"charge\",\"fen\"}] of at most 500");
    for (size_t i = 0; i < count; i++)
        TRY(read_use(using, json_array_get(list, i)));
    return OK;
}

/* All houses whose charges are named, and the payment's own, locked before anything else is. What is not right in the list is told when it is read. */
static const Error *lock_named(Cx *cx, const Record *payment)
{
    Id houses[MOST_USES + 1], id;
    const Record *charge;
    json_t *list = NULL;
    int count = 0;

    if (!record_is_null(payment, "house"))
        houses[count++] = record_int(payment, "house");
    if (!record_is_null(payment, "allocations"))
        TRY(json_read(cx->arena, record_text(payment, "allocations"), &list));
    for (size_t i = 0; i < json_array_size(list) && count <= MOST_USES; i++) {
        if (!str_to_id(json_str(json_object_get(json_array_get(list, i), "charge")), &id))
            continue;
        TRY(record_look(cx, kernel_type(cx->kernel, &charge_type), value_int(id), true, &charge));
        if (charge != NULL)
            houses[count++] = record_int(charge, "house");
    }
    return lock_houses(cx, houses, count);
}

/* The drawer of the caller that is open there; drawer_by_project_id_cashier_id. */
static const char OPEN_DRAWER[] = "SELECT id, created_at FROM drawer WHERE org_id = :org AND project_id = :project AND cashier_id = :me AND state = 'open' AND archived_at IS NULL";

static const Error *find_drawer(Cx *cx, Id project, Id *id, Instant *opened, bool *found)
{
    return sql_find(cx, OPEN_DRAWER, IN(in_int("project", project), in_int("me", cx->actor->user)), OUT(out_int(id), out_int(opened)), found);
}

/* The day of its opening: today when none is open. */
static const Error *drawer_opened(Cx *cx, Id project, Date *day)
{
    Instant opened = cx->now;
    bool found;
    Id id;

    TRY(find_drawer(cx, project, &id, &opened, &found));
    *day = instant_to_date(found ? opened : cx->now, cx->zone_min);
    return OK;
}

static const Error *open_drawer(Cx *cx, Id project)
{
    Instant opened;
    Record *drawer;
    Id id;
    bool found;

    TRY(find_drawer(cx, project, &id, &opened, &found));
    if (!found) { /* at another counter it may just be opening */
        TRY(record_load(cx, kernel_find(cx->kernel, STR("projects")), project, &drawer));
        TRY(find_drawer(cx, project, &id, &opened, &found));
    }
    if (found)
        return OK;
    drawer = record_new(cx, kernel_type(cx->kernel, &drawer_type));
    drawer->project = project;
    record_set_int(drawer, "cashier", cx->actor->user);
    record_set_int(drawer, "opening_fen", 0);
    return process_insert(cx, drawer);
}

const Error *money_account(Cx *cx, Ledger *ledger, Str method, Id *out)
{
    if (str_is(method, "cash")) {
        TRY(open_drawer(cx, ledger_project(ledger)));
        return ledger_account(cx, ledger, &(AccountKey){.kind = "drawer", .user = cx->actor->user}, out);
    }
    return ledger_account(cx, ledger, &(AccountKey){.kind = "money", .item = method}, out);
}

/* Where the money of this payment comes from. */
static const Error *source_of(Using *using, Id *out)
{
    Str method = record_text(using->payment, "method");

    if (str_is(method, "prepay"))
        return ledger_account(using->cx, using->ledger, &(AccountKey){.kind = "prepay", .house = record_int(using->payment, "house")}, out);
    return money_account(using->cx, using->ledger, method, out);
}

static const Error *post(Using *using, Id debit, Id credit, int64_t fen, Id house, Id charge)
{
    return ledger_post(using->cx, using->ledger,
                       &(Posting){.debit = debit, .credit = credit, .amount_fen = fen, .house = house, .charge = charge, .cause = using->payment, .value_day = using->on}, NULL);
}

/* Books every use out of `source`, and what is left over as paid ahead or, without a house, as money to be looked into. */
static const Error *book_uses(Using *using, Id source)
{
    Cx *cx = using->cx;
    Id credit, house = record_int(using->payment, "house");
    Json json = json_new(cx->arena, 1 << 17);

    json_open(&json, '[');
    for (int i = 0; i < using->use_count; i++) {
        Use *use = &using->uses[i];
        Id of = record_int(use->charge, "house");
        TRY(ledger_account(cx, using->ledger, &(AccountKey){.kind = "receivable", .house = of}, &credit));
        TRY(post(using, source, credit, use->fen, of, use->charge->id));
        TRY(charge_settle(cx, use->charge, use->fen));
        json_open(&json, '{');
        JSON_ID(&json, "charge", use->charge->id);
        JSON_INT(&json, "fen", use->fen);
        JSON_TEXT(&json, "title", charge_title(use->charge, LANG_ZH));
        JSON_TEXT(&json, "title_en", charge_title(use->charge, LANG_EN));
        json_close(&json, '}');
    }
    json_close(&json, ']');
    record_set_text(using->payment, "allocations", buf_str(&json.buf));
    record_set_int(using->payment, "surplus_fen", using->left);
    if (using->left == 0)
        return OK;
    TRY(ledger_account(cx, using->ledger, &(AccountKey){.kind = house == 0 ? "suspense" : "prepay", .house = house}, &credit));
    return post(using, source, credit, using->left, house, 0);
}

static const Error *check_prepay(Cx *cx, const Record *payment, Problems *problems)
{
    int64_t balance;

    if (!str_is(record_text(payment, "method"), "prepay"))
        return OK;
    TRY(ledger_balance(cx, "prepay", payment->project, record_int(payment, "house"), STR_NONE, &balance));
    if (record_is_null(payment, "house"))
        problems_add(problems, STR("house"), "required", STR("用预存抵扣须写房屋"), STR("say whose money paid ahead it is"));
    else if (record_int(payment, "amount_fen") > balance)
        problems_add(problems, STR("amount_fen"), "out_of_range",
                     str_format(cx->arena, "预存只有 %.*s 元", STR_ARG(exact_yuan(cx->arena, balance))),
                     str_format(cx->arena, "only %.*s yuan were paid ahead", STR_ARG(exact_yuan(cx->arena, balance))));
    return OK;
}

/* 补录 stops a late fee on a day that is past: a cashier may go back some days only, with cash not behind the drawer that it lies in; further back a
 * bookkeeper must say so. */
static const Error *check_received(Cx *cx, const Record *payment, Problems *problems)
{
    Date on = instant_to_date(record_int(payment, "received_at"), cx->zone_min), today = instant_to_date(cx->now, cx->zone_min), opened = today;
    int64_t back = date_to_days(today) - date_to_days(on), few, most;

    if (record_int(payment, "received_at") > cx->now + DAY_US)
        problems_add(problems, STR("received_at"), "out_of_range", STR("收到时间不能在将来"), STR("must not be in the future"));
    if (back <= 0)
        return OK;
    TRY(rule_value(cx, "cashier.backdate_days", &few));
    TRY(rule_value(cx, "cashier.backdate_most_days", &most));
    if (back > most)
        problems_add(problems, STR("received_at"), "out_of_range", str_format(cx->arena, "最早可补录 %lld 天前的收款", (long long)most),
                     str_format(cx->arena, "must not be more than %lld days ago", (long long)most));
    if (back > most || cx->actor->is_system || actor_has(cx->actor, BOOKKEEPERS, payment->project, payment->building))
        return OK;
    if (str_is(record_text(payment, "method"), "cash"))
        TRY(drawer_opened(cx, payment->project, &opened));
    if (back > few)
        problems_add(problems, STR("received_at"), "out_of_range", str_format(cx->arena, "补录超过 %lld 天前的收款，须由会计或经理办理", (long long)few),
                     str_format(cx->arena, "is more than %lld days ago: an accountant or manager must enter it", (long long)few));
    else if (str_is(record_text(payment, "method"), "cash") && on < opened)
        problems_add(problems, STR("received_at"), "out_of_range", STR("现金收入本班次的抽屉，不能早于开班那天；补录以前的现金须由会计或经理办理"),
                     STR("cash lies in the drawer that is open now, so it cannot be of a day before its opening: an accountant or manager must enter it"));
    return OK;
}

static const Error *check_money(Cx *cx, Record *payment, Problems *problems)
{
    int64_t amount = record_int(payment, "amount_fen"), given = record_int(payment, "given_fen");

    if (record_is_null(payment, "received_at"))
        record_set_int(payment, "received_at", cx->now);
    if (!record_is_null(payment, "amount_fen") && amount <= 0)
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("金额应大于 0"), STR("must be above 0"));
    TRY(check_received(cx, payment, problems));
    if (!record_is_null(payment, "given_fen") && given < amount)
        problems_add(problems, STR("given_fen"), "out_of_range", STR("收到的现金少于应收"), STR("is less than the amount"));
    if (!record_is_null(payment, "given_fen"))
        record_set_int(payment, "change_fen", given - amount);
    if (record_is_null(payment, "house") && !record_is_null(payment, "allocations"))
        problems_add(problems, STR("house"), "required", STR("须写房屋"), STR("say which house"));
    return check_prepay(cx, payment, problems);
}

/* Takes the money: decides what it pays, books it, numbers the receipt. All of it is undone with the payment when anything is refused. */
static const Error *prepare(Cx *cx, Record *payment, Problems *problems)
{
    Using using = {.cx = cx, .payment = payment, .left = record_int(payment, "amount_fen")};
    Id house = record_int(payment, "house"), source;
    Str no;

    if (payment->project == 0 || record_is_null(payment, "amount_fen") || record_is_null(payment, "method"))
        return OK; /* told as missing */
    if (!access_may_create(cx, payment->meta, payment->project, payment->building))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(lock_named(cx, payment));
    TRY(check_money(cx, payment, problems));
    if (problems->count > 0)
        return OK;
    using.on = instant_to_date(record_int(payment, "received_at"), cx->zone_min);
    TRY(ledger_begin(cx, payment->project, &using.ledger));
    if (house == 0)
        payment->state = meta_state(payment->meta, STR("unmatched"));
    else if (record_is_null(payment, "allocations"))
        TRY(use_oldest(&using, house));
    else
        TRY(use_named(&using, house, record_text(payment, "allocations")));
    if (using.left > 0 && str_is(record_text(payment, "method"), "prepay"))
        return error_field(cx->arena, STR("amount_fen"), "out_of_range", STR("抵扣不能多于欠费"), STR("is more than what is owed"));
    TRY(source_of(&using, &source));
    TRY(book_uses(&using, source));
    TRY(ledger_end(cx, using.ledger));
    record_set_int(payment, "refunded_fen", 0);
    if (str_is(record_text(payment, "method"), "prepay"))
        return OK; /* it came in before, with its receipt */
    TRY(receipt_number(cx, payment, &no));
    record_set_text(payment, "receipt_no", no);
    return OK;
}

static const Error *created(Cx *cx, Record *payment)
{
    return record_is_null(payment, "receipt_no") ? OK : receipt_issue(cx, payment);
}

static const Error *wrong_state(Cx *cx, const Record *payment, const char *zh, const char *en)
{
    return error_state(cx->arena, str_of(record_state(payment)), str_of(zh), str_of(en));
}

/* Is it the first entry of its house? */
static bool is_new_house(const Entries *entries, int at)
{
    for (int i = 0; i < at; i++)
        if (entries->list[i].house == entries->list[at].house)
            return false;
    return entries->list[at].house != 0;
}

/* What an entry paid for is open again, also of a charge whose rest was written off; of one that was reversed meanwhile, the money lies in what was
 * paid ahead. */
static const Error *open_again(Cx *cx, Ledger *ledger, const Record *payment, Id charge, int64_t fen)
{
    Record *record;
    Id prepay, receivable, house;

    TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), charge, &record));
    if (!record_in_state(record, "reversed"))
        return charge_settle(cx, record, -fen);
    house = record_int(record, "house");
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "prepay", .house = house}, &prepay));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "receivable", .house = house}, &receivable));
    return ledger_post(cx, ledger, &(Posting){.debit = prepay, .credit = receivable, .amount_fen = fen, .house = house, .charge = charge, .cause = payment}, NULL);
}

/* Paid ahead with a discount, and not any more. Of a payment that is void, the household has until the due day to pay it another way. */
static const Error *end_ahead(Cx *cx, const Entries *entries)
{
    for (int i = 0; i < entries->count; i++)
        if (entries->list[i].charge != 0)
            TRY(charge_end_ahead(cx, entries->list[i].charge));
    return OK;
}

/* No household that it was used for is left with less than nothing paid ahead. */
static const Error *check_ahead(Cx *cx, const Record *payment, const Entries *entries)
{
    static const char BELOW[] = "SELECT count(*) FROM account WHERE org_id = :org AND house_id = :house AND kind = 'prepay' AND balance_fen < 0"; /* account_by_house_id_id */

    for (int i = 0; i < entries->count; i++) {
        int64_t below = 0;
        if (is_new_house(entries, i))
            TRY(sql_row(cx, BELOW, IN(in_int("house", entries->list[i].house)), OUT(out_int(&below))));
        if (below > 0)
            return wrong_state(cx, payment, "转为预存的部分已经用掉，不能收回", "what was paid ahead by it has been used already");
    }
    return OK;
}

/* What it has booked, and all the houses on whose accounts, locked. */
static const Error *its_entries(Cx *cx, const Record *payment, Entries *out)
{
    Id *houses;
    int count = 0;

    TRY(ledger_entries(cx, payment->id, out));
    houses = new (cx->arena, Id, out->count + 1);
    for (int i = 0; i < out->count; i++)
        if (is_new_house(out, i))
            houses[count++] = out->list[i].house;
    return lock_houses(cx, houses, count);
}

/* A void payment's cash is taken out of the drawer where it lies; what was handed in since can only be given back. */
static const Error *check_drawer(Cx *cx, const Record *payment)
{
    int64_t left;

    if (!str_is(record_text(payment, "method"), "cash"))
        return OK;
    TRY(drawer_cash(cx, payment->project, payment->created_by, &left));
    return left >= 0 ? OK : wrong_state(cx, payment, "这笔现金已经上交，不在抽屉里，不能作废；请改用退款", "its cash has been handed in and is not in the drawer any more: it cannot be voided, give it back instead");
}

static const Error *void_effect(Cx *cx, Record *payment, const Asked *asked)
{
    Ledger *ledger;
    Entries entries;

    TRY(its_entries(cx, payment, &entries));
    TRY(ledger_begin(cx, payment->project, &ledger));
    for (int i = 0; i < entries.count; i++) {
        const Entry *entry = &entries.list[i];
        if (entry->is_reversed || entry->reverses != 0)
            continue;
        TRY(ledger_reverse(cx, ledger, entry, payment, asked_text(asked, "reason")));
        if (entry->charge != 0)
            TRY(open_again(cx, ledger, payment, entry->charge, entry->amount_fen));
    }
    TRY(ledger_end(cx, ledger));
    TRY(check_drawer(cx, payment));
    TRY(check_ahead(cx, payment, &entries));
    record_set_text(payment, "reason", asked_text(asked, "reason"));
    return receipt_void(cx, payment->id);
}

static const Error *guard_void(Cx *cx, const Record *payment, const Asked *asked)
{
    (void)asked;
    if (record_int(payment, "refunded_fen") > 0)
        return wrong_state(cx, payment, "已经退过款，不能作废", "a part was given back; it cannot be voided");
    return second_person(cx, payment, record_int(payment, "amount_fen"));
}

static const Error *guard_refund(Cx *cx, const Record *payment, const Asked *asked)
{
    int64_t fen = asked_int(asked, "amount_fen"), left = record_int(payment, "amount_fen") - record_int(payment, "refunded_fen");

    if (fen <= 0 || fen > left)
        return error_field(cx->arena, STR("amount_fen"), "out_of_range",
                           str_format(cx->arena, "应大于 0，最多可退 %.*s 元", STR_ARG(exact_yuan(cx->arena, left))),
                           str_format(cx->arena, "must be above 0 and at most %.*s yuan", STR_ARG(exact_yuan(cx->arena, left))));
    return second_person(cx, payment, record_int(payment, "refunded_fen") + fen); /* many small parts are one large one */
}

/* Up to fen of what an entry of this payment brought, given back from the same account; *left is what remains to be given. */
static const Error *give_back(Cx *cx, Ledger *ledger, const Record *payment, const Entry *entry, int64_t most, Id money, int64_t *left)
{
    int64_t fen = most < *left ? most : *left;

    if (fen <= 0)
        return OK;
    TRY(ledger_post(cx, ledger, &(Posting){.debit = entry->credit, .credit = money, .amount_fen = fen, .house = entry->house, .charge = entry->charge, .cause = payment}, NULL));
    *left -= fen;
    return entry->charge == 0 ? OK : open_again(cx, ledger, payment, entry->charge, fen);
}

/* What an entry brought, less what was given back from it before. */
static int64_t rest_of(const Entries *entries, const Entry *entry)
{
    int64_t rest = entry->amount_fen;

    for (int i = 0; i < entries->count; i++)
        if (entries->list[i].debit == entry->credit && (entry->charge == 0 || entries->list[i].charge == entry->charge) && entries->list[i].reverses == 0)
            rest -= entries->list[i].amount_fen;
    return rest;
}

/* First what was paid ahead, then the latest uses. */
static const Error *refund_effect(Cx *cx, Record *payment, const Asked *asked)
{
    int64_t left = asked_int(asked, "amount_fen");
    Str method = asked_has(asked, "method") ? asked_text(asked, "method") : record_text(payment, "method");
    Ledger *ledger;
    Entries entries;
    Id money;

    TRY(its_entries(cx, payment, &entries));
    TRY(ledger_begin(cx, payment->project, &ledger));
    if (str_is(method, "prepay"))
        TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "prepay", .house = record_int(payment, "house")}, &money));
    else
        TRY(money_account(cx, ledger, method, &money));
    for (int ahead = 1; ahead >= 0; ahead--)
        for (int i = entries.count - 1; i >= 0 && left > 0; i--) {
            const Entry *entry = &entries.list[i];
            bool brought = names_have(NAMES("money", "drawer", "prepay", "suspense"), str_to_c(cx->arena, entry->debit_kind)) && (entry->charge == 0) == (ahead == 1) &&
                           names_have(NAMES("receivable", "prepay", "suspense"), str_to_c(cx->arena, entry->credit_kind));
            if (brought && !entry->is_reversed && entry->reverses == 0)
                TRY(give_back(cx, ledger, payment, entry, rest_of(&entries, entry), money, &left));
        }
    TRY(ledger_end(cx, ledger));
    TRY(drawer_gave(cx, payment->project, method, asked_int(asked, "amount_fen")));
    TRY(end_ahead(cx, &entries));
    TRY(check_ahead(cx, payment, &entries));
    record_set_int(payment, "refunded_fen", record_int(payment, "refunded_fen") + asked_int(asked, "amount_fen"));
    record_set_text(payment, "reason", asked_text(asked, "reason"));
    if (record_int(payment, "refunded_fen") == record_int(payment, "amount_fen"))
        payment->state = meta_state(payment->meta, STR("refunded"));
    return OK;
}

/* 认领: now it is known whose it is; it is used as if it had come in so. */
static const Error *match_effect(Cx *cx, Record *payment, const Asked *asked)
{
    Using using = {.cx = cx, .payment = payment, .on = instant_to_date(record_int(payment, "received_at"), cx->zone_min),
                   .left = record_int(payment, "amount_fen") - record_int(payment, "refunded_fen")};
    Id suspense, house = asked_int(asked, "house");
    Record *locked;

    TRY(lock_house(cx, house, &locked));
    record_set_int(payment, "house", house);
    TRY(ledger_begin(cx, payment->project, &using.ledger));
    TRY(use_oldest(&using, house));
    TRY(ledger_account(cx, using.ledger, &(AccountKey){.kind = "suspense"}, &suspense));
    TRY(book_uses(&using, suspense));
    TRY(ledger_end(cx, using.ledger));
    return receipt_match(cx, payment->id, house);
}

static const Field void_asks[] = {{"reason", "作废原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field refund_asks[] = {
    {"amount_fen", "退多少", "Amount", T_MONEY, .required = true},
    {"reason", "退款原因", "Reason", T_TEXT, .max = 500, .required = true},
    {"method", "怎么退", "How", T_CHOICE, .choices = money_methods},
};
static const Field match_asks[] = {{"house", "是哪一户的", "Whose it is", T_REF, .to = "houses", .required = true}};

static const Action actions[] = {
    {"match", "认领", "Match", .from = NAMES("unmatched"), .to = "booked", .by = CASHIERS, .asks = LIST(match_asks), .effect = match_effect},
    {"refund", "退款", "Give back", .from = NAMES("booked", "unmatched"), .by = CASHIERS, .asks = LIST(refund_asks), .apart = true, .guard = guard_refund, .effect = refund_effect},
    {"void", "作废", "Void", .from = NAMES("booked", "unmatched"), .to = "voided", .by = CASHIERS, .asks = LIST(void_asks), .guard = guard_void, .effect = void_effect},
    {"await", "转待查", "Not known", .from = NAMES("booked"), .to = "unmatched", .by = BY_SYSTEM},
    {"end", "全部退完", "All given back", .from = NAMES("booked", "unmatched"), .to = "refunded", .by = BY_SYSTEM},
};

const RecordType payment_type = {
    .resource = "payments", .name = "payment", .zh = "收款", .en = "Payment", .prefix = "SK", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "receive", .first_zh = "收款", .first_en = "Receive", .sights = LIST(sights), .create_by = CASHIERS, .write_by = CASHIERS, .indexes = indexes,
    .label = "no", .in_project = true, .reporter = "payer", .own_search_only = true, .of_the_books = true, .prepare = prepare, .created = created,
};

/* [{"charge","fen","late_fen"}]: what this money pays of what is due and not in dispute; *left is what remains of it. */
static const Error *name_uses(Cx *cx, const Dues *dues, int64_t *left, Json *json)
{
    struct {
        int64_t fen, late;
    } *shares = arena_alloc(cx->arena, sizeof *shares * ((size_t)dues->count + 1));
    Parts parts;

    TRY(spread_money(cx, dues, *left, false, &parts));
    for (int i = 0; i < parts.count; i++) {
        const Part *part = &parts.list[i];
        *(part->late ? &shares[part->due - dues->list].late : &shares[part->due - dues->list].fen) = part->fen;
        *left -= part->fen;
    }
    json_open(json, '[');
    for (int i = 0; i < dues->count; i++) {
        if (shares[i].fen == 0 && shares[i].late == 0)
            continue;
        json_open(json, '{');
        JSON_ID(json, "charge", dues->list[i].charge->id);
        JSON_INT(json, "fen", shares[i].fen);
        if (shares[i].late > 0)
            JSON_INT(json, "late_fen", shares[i].late);
        json_close(json, '}');
    }
    json_close(json, ']');
    return OK;
}

/* 预存抵扣: what was paid ahead pays what has been billed since, without anybody's doing. What is in dispute waits for its answer. */
static const Error *use_ahead(Cx *cx, Id house, int64_t ahead)
{
    Json body = json_new(cx->arena, 1 << 17);
    int64_t left = ahead;
    Record *payment;
    json_t *asked;
    Dues dues;

    TRY(charge_dues(cx, house, instant_to_date(cx->now, cx->zone_min), &dues));
    json_open(&body, '{');
    JSON_ID(&body, "house", house);
    JSON_C(&body, "method", "prepay");
    JSON_KEY(&body, "allocations");
    TRY(name_uses(cx, &dues, &left, &body));
    JSON_INT(&body, "amount_fen", ahead - left);
    json_close(&body, '}');
    if (left == ahead)
        return OK;
    TRY(json_read(cx->arena, buf_str(&body.buf), &asked));
    return process_create(cx, kernel_type(cx->kernel, &payment_type), asked, &payment);
}

const Error *payment_find_ahead(Cx *cx, Id after, int max, Ids *out)
{
    static const char AWAKE[] = "SELECT a.id FROM account a WHERE a.org_id = :org AND a.awake = 1 AND a.id > :after ORDER BY a.id LIMIT :max"; /* account_by_awake_id_part */
    int64_t wanted;

    TRY(rule_value(cx, "cashier.use_ahead", &wanted));
    return wanted == 0 ? OK : sql_ids(cx, AWAKE, IN(in_int("after", after), in_int("max", max)), out);
}

static const Error *let_sleep(Cx *cx, Id account)
{
    static const char SLEEP[] = "UPDATE account SET awake = 0 WHERE org_id = :org AND id = :account";

    return sql_run(cx, SLEEP, IN(in_int("account", account)));
}

/* The household of an account, locked, and what lies there then. */
static const Error *find_ahead(Cx *cx, Id account, Record **house, int64_t *fen)
{
    static const char HOUSE[] = "SELECT house_id FROM account WHERE org_id = :org AND id = :account";
    static const char BALANCE[] = "SELECT balance_fen FROM account WHERE org_id = :org AND id = :account";
    Id id;

    TRY(sql_row(cx, HOUSE, IN(in_int("account", account)), OUT(out_int(&id))));
    TRY(lock_house(cx, id, house));
    return sql_row(cx, BALANCE, IN(in_int("account", account)), OUT(out_int(fen)));
}

const Error *payment_use_ahead(Cx *cx, Id account)
{
    Record *house;
    int64_t fen;

    TRY(find_ahead(cx, account, &house, &fen));
    if (fen > 0)
        TRY(use_ahead(cx, house->id, fen));
    return let_sleep(cx, account);
}

const Error *payment_ahead_failed(Cx *cx, Id account, const Error *why)
{
    Record *house;
    int64_t fen;

    TRY(find_ahead(cx, account, &house, &fen));
    TRY(message_roles(cx, house, "use_ahead_failed", str_to_c(cx->arena, str_format(cx->arena, "预存没能自动抵扣，请人工办理：%.*s", STR_ARG(error_text(why, LANG_ZH)))),
                      str_to_c(cx->arena, str_format(cx->arena, "what was paid ahead could not be used by itself, see to it: %.*s", STR_ARG(error_text(why, LANG_EN)))),
                      R_CASHIER | R_ACCOUNTANT));
    return let_sleep(cx, account);
}
