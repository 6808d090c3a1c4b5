/* charge.c: 费用, one amount that a household owes: for what, which days, why so much, and what is still open of it.
 *
 *     open --payment--> part --payment--> paid        (a payment that is taken back opens it again)
 *       '-----------------+-----------------+--reverse--> reversed     what was paid for it becomes money paid ahead
 *       '-----------------+--write_off--> written_off
 *
 * Its amount is never edited. What is open is moved with each entry about it, and `anju check` proves the two equal. */
#include "modules/billing/billing_parts.h"

static const State states[] = {
    {"open", "未缴", "Open"}, {"part", "部分已缴", "Partly paid"}, {"paid", "已缴清", "Paid", .ended = true},
    {"reversed", "已红冲", "Reversed", .ended = true}, {"written_off", "已核销", "Written off", .ended = true},
};
#define OWED NAMES("open", "part")

static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true, .edit_in = NAMES("none")},
    {"payer", "付款人", "Payer", T_REF, .to = "parties", .indexed = true, .edit_by = BOOKKEEPERS, .edit_in = OWED},
    {"tariff", "收费项目", "Tariff", T_REF, .to = "tariffs", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"item", "项目编码", "Item", T_TEXT, .max = 30, .read_only = true},
    {"title", "名称", "Title", T_TEXT, .max = 80, .read_only = true, .searched = true, .english = "title_en"},
    {"title_en", "英文名称", "English title", T_TEXT, .max = 120, .internal = true},
    {"period_from", "费用从", "From", T_DATE, .edit_in = NAMES("none")},
    {"period_to", "费用到", "To", T_DATE, .edit_in = NAMES("none")},
    {"quantity", "数量", "Quantity", T_DECIMAL, .max = 4, .edit_in = NAMES("none")},
    {"unit_price", "单价", "Unit price", T_DECIMAL, .max = 6, .read_only = true},
    {"amount_fen", "金额", "Amount", T_MONEY, .edit_in = NAMES("none")},
    {"open_fen", "未缴", "Open", T_MONEY, .read_only = true},
    {"reduced_fen", "减免", "Reduced by", T_MONEY, .read_only = true},
    {"off_fen", "核销", "Written off", T_MONEY, .read_only = true},
    {"tax_fen", "其中税额", "Tax in it", T_MONEY, .read_only = true},
    {"due_date", "应缴日", "Due", T_DATE, .edit_in = NAMES("none")},
    {"due_at", "逾期起算", "Overdue from", T_TIME, .internal = true}, /* the last moment of the due day */
    {"ahead", "预缴", "Paid ahead", T_BOOL, .edit_in = NAMES("none")}, /* with its discount, as long as it is paid */
    {"facts", "计算", "Facts", T_OBJECT, .internal = true},
    {"lines", "明细", "Lines", T_OBJECT, .virtual = true, .read_only = true},
    {"step_spans", "所占阶梯", "Its part of the steps", T_OBJECT, .internal = true},
    {"slot", "出账位", "Slot", T_TEXT, .max = 80, .internal = true}, /* item, or item/meter/reading (earlier: item/meter) */
    {"run", "出账批次", "Run", T_REF, .to = "billing_runs", .read_only = true, .indexed = true},
    {"source", "来自", "Came from", T_RECORD, .read_only = true, .linked = true, .indexed = true},
    {"source_type", "来自哪类", "Kind of it", T_TEXT, .max = 30, .read_only = true},
    {"reverses", "红冲", "Reverses", T_REF, .to = "charges", .read_only = true},
    {"late_of", "哪笔的违约金", "Late fee of", T_REF, .to = "charges", .read_only = true, .indexed = true},
    {"late_rate", "违约金率", "Late rate", T_DECIMAL, .internal = true},
    {"late_grace", "宽限", "Grace", T_INT, .internal = true},
    {"late_cap", "违约金上限", "Late cap", T_DECIMAL, .internal = true},
    {"disputed_at", "提出异议", "Disputed", T_TIME, .read_only = true},
    {"dispute_reason", "异议理由", "Why disputed", T_LINES, .max = 500, .read_only = true},
    {"dispute_outcome", "异议结果", "Dispute's outcome", T_TEXT, .max = 500, .read_only = true},
    {"upheld", "异议成立", "The dispute was right", T_BOOL, .read_only = true},
    {"free_days", "不计违约金的日子", "Days without late fee", T_OBJECT, .internal = true}, /* [[from, to]]: of disputes that were right */
    {"note", "说明", "Note", T_LINES, .max = 500, .edit_in = OWED},
    {"reason", "红冲原因", "Why reversed", T_TEXT, .max = 500, .read_only = true},
};

static const Sight sights[] = {{FEE_READERS}, {R_RESIDENT, SQL_MINE("charge"), .any_project = true}};
static const Filter filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.open_fen > 0", "open")},
    {"overdue", T_BOOL, .sql = SQL_FLAG("t.open_fen > 0 AND t.due_at < :now", "overdue")},
    {"disputed", T_BOOL, .sql = SQL_FLAG("t.disputed_at IS NOT NULL AND t.dispute_outcome IS NULL", "disputed")},
    {"butler", T_REF, .to = "users", .sql = "t.building_id IN (SELECT b.id FROM space b WHERE b.org_id = t.org_id AND b.butler_id = :f_butler)"},
    {"has_butler", T_BOOL, .sql = SQL_FLAG("t.building_id IN (SELECT b.id FROM space b WHERE b.org_id = t.org_id AND b.butler_id IS NOT NULL)", "has_butler")},
};
static const Index indexes[] = {
    {"house_id, due_date, id", .where = "open_fen > 0"},
    {"house_id, slot, period_from", .unique = true, .where = "slot IS NOT NULL"}, /* never twice */
    {"house_id, period_to"}, {"project_id, item, period_from"},
    {"due_at, id", .where = "ahead = 1 AND open_fen > 0"},
    {"project_id, due_date, id", .where = "open_fen > 0"}, {"due_at"}, {"due_at, house_id", .where = "open_fen > 0"}, {0},
};

static const Field reverse_asks[] = {{"reason", "红冲原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Field dispute_asks[] = {{"reason", "哪里不对", "What is wrong", T_LINES, .max = 500, .required = true}};
static const Field settle_asks[] = {
    {"outcome", "核查结果", "Outcome", T_TEXT, .max = 500, .required = true},
    {"upheld", "异议成立（期间不计违约金）", "It was right (no late fee meanwhile)", T_BOOL},
};

static const Error *wrong_state(Cx *cx, const Record *charge, const char *zh, const char *en)
{
    return error_state(cx->arena, str_of(record_state(charge)), str_of(zh), str_of(en));
}

/* Dr what is owed, Cr who earns it. */
static const Error *book_charge(Cx *cx, Ledger *ledger, const Record *charge, bool agency)
{
    bool late = !record_is_null(charge, "late_of");
    Id house = record_int(charge, "house"), receivable, earned;

    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "receivable", .house = house}, &receivable));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = late ? "late_income" : agency ? "agency" : "income", .item = record_text(charge, "item")}, &earned));
    return ledger_post(cx, ledger,
                       &(Posting){.debit = receivable, .credit = earned, .amount_fen = record_int(charge, "amount_fen"), .house = house, .charge = charge->id,
                                  .cause = charge, .memo = record_text(charge, "title")},
                       NULL);
}

static Value text_or_null(Str text)
{
    return text.len == 0 ? VALUE_NULL : value_text(text);
}

/* "物业服务费 2026-11": the name with its months. */
static Str title_of(Cx *cx, Str name, Date from, Date to, bool late, Lang lang)
{
    if (late)
        return str_format(cx->arena, lang == LANG_ZH ? "违约金 %.*s" : "Late fee: %.*s", STR_ARG(name));
    if (from == 0 || to == 0)
        return name;
    if (from / 100 == to / 100)
        return str_format(cx->arena, "%.*s %04d-%02d", STR_ARG(name), from / 10000, from / 100 % 100);
    return str_format(cx->arena, lang == LANG_ZH ? "%.*s %04d-%02d 至 %04d-%02d" : "%.*s %04d-%02d to %04d-%02d", STR_ARG(name), from / 10000, from / 100 % 100, to / 10000, to / 100 % 100);
}

void charge_set_title(Cx *cx, Record *charge, const Record *tariff, Date from, Date to)
{
    bool late = !record_is_null(charge, "late_of");
    Str name = record_text(tariff, "name"), name_en = record_is_null(tariff, "name_en") ? name : record_text(tariff, "name_en");

    record_set_text(charge, "title", title_of(cx, name, from, to, late, LANG_ZH));
    record_set_text(charge, "title_en", title_of(cx, name_en, from, to, late, LANG_EN));
}

Str charge_title(const Record *charge, Lang lang)
{
    return record_text(charge, lang == LANG_ZH || record_is_null(charge, "title_en") ? "title" : "title_en");
}

void charge_set_due(const Cx *cx, Record *charge, Date due)
{
    record_set(charge, "due_date", value_ref(due));
    record_set(charge, "due_at", due == 0 ? VALUE_NULL : value_int(date_to_instant(due, 24 * 60, cx->zone_min) - 1));
}

/* What holds for it is what its price said when it was made: tax, and the late fee (none on a late fee). */
const Error *charge_terms(Cx *cx, Record *charge, const Record *tariff)
{
    Exact rate;
    int64_t net, tax;

    if (bill_number(tariff, "tax_percent", &rate) && record_int(tariff, "agency") == 0) {
        TRY(fee_vat(cx->arena, record_int(charge, "amount_fen"), rate, &net, &tax));
        record_set_int(charge, "tax_fen", tax);
    }
    if (!record_is_null(charge, "late_of"))
        return OK;
    record_set(charge, "late_rate", text_or_null(record_text(tariff, "late_per_ten_thousand")));
    record_set_int(charge, "late_grace", record_int(tariff, "late_grace_days"));
    record_set(charge, "late_cap", text_or_null(record_text(tariff, "late_cap_percent")));
    return OK;
}

static const Error *fill(Cx *cx, Record *charge, const ChargeNew *ask)
{
    record_set_int(charge, "house", ask->house);
    record_set(charge, "payer", value_ref(ask->payer));
    record_set_int(charge, "tariff", ask->tariff->id);
    record_set_text(charge, "item", record_text(ask->tariff, "code"));
    record_set(charge, "period_from", value_ref(ask->from));
    record_set(charge, "period_to", value_ref(ask->to));
    charge_set_due(cx, charge, ask->due);
    record_set(charge, "quantity", text_or_null(ask->quantity));
    record_set(charge, "unit_price", text_or_null(ask->unit_price));
    record_set_int(charge, "amount_fen", ask->fee->amount_fen);
    record_set_int(charge, "open_fen", ask->fee->amount_fen);
    record_set_text(charge, "facts", fee_lines_store(cx->arena, ask->fee));
    record_set(charge, "slot", text_or_null(ask->slot));
    record_set(charge, "step_spans", text_or_null(ask->step_spans));
    record_set(charge, "run", value_ref(ask->run == NULL ? 0 : ask->run->id));
    if (ask->source != NULL) {
        record_set_int(charge, "source", ask->source->id);
        record_set_text(charge, "source_type", str_of(ask->source->meta->table));
    }
    record_set(charge, "late_of", value_ref(ask->late_of));
    charge_set_title(cx, charge, ask->tariff, ask->from, ask->to);
    return charge_terms(cx, charge, ask->tariff);
}

const Error *charge_add(Cx *cx, Ledger *ledger, const ChargeNew *ask, bool told, Record **out)
{
    Record *charge = record_new(cx, kernel_type(cx->kernel, &charge_type));
    const Error *error;

    charge->project = ask->tariff->project;
    charge->building = ask->building;
    TRY(fill(cx, charge, ask));
    error = told ? process_insert(cx, charge) : record_insert(cx, charge);
    if (sql_is_conflict(error) || (error != OK && error->fields != NULL && strcmp(error->fields->code, "duplicate") == 0))
        return error_field(cx->arena, STR("period_from"), "duplicate", STR("这套房的这个项目、这段时间已经出过账"), STR("this item was billed to this house for these days already"));
    TRY(error);
    TRY(book_charge(cx, ledger, charge, record_int(ask->tariff, "agency") != 0));
    *out = charge;
    return OK;
}

const Error *charge_settle(Cx *cx, Record *charge, int64_t fen)
{
    int64_t open = record_int(charge, "open_fen") - fen, amount = record_int(charge, "amount_fen");

    if (open < 0 || open > amount)
        return error_field(cx->arena, STR("allocations"), "out_of_range",
                           str_format(cx->arena, "“%.*s”未缴 %.*s 元，收不了这么多", STR_ARG(record_text(charge, "title")),
                                      STR_ARG(exact_yuan(cx->arena, record_int(charge, "open_fen")))),
                           str_format(cx->arena, "%.*s yuan are open of this charge, not so much", STR_ARG(exact_yuan(cx->arena, record_int(charge, "open_fen")))));
    record_set_int(charge, "open_fen", open);
    return process_take(cx, charge, open == 0 ? "pay" : open == amount ? "reopen" : "pay_part");
}

/* Everything about it but what was paid is taken back; what was paid becomes money paid ahead. */
static const Error *unbook(Cx *cx, Ledger *ledger, const Record *charge, Str reason)
{
    Id house = record_int(charge, "house"), receivable, prepay;
    int64_t paid = 0;
    Entries entries;
    bool by_money;

    TRY(ledger_entries_about(cx, charge->id, &entries));
    for (int i = 0; i < entries.count; i++) {
        const Entry *entry = &entries.list[i];
        if (entry->is_reversed || entry->reverses != 0)
            continue;
        by_money = str_is(entry->cause_type, "payment") || str_is(entry->cause_type, "deposit");
        if (by_money && str_is(entry->credit_kind, "receivable"))
            paid += entry->amount_fen;
        else if (by_money)
            paid -= entry->amount_fen; /* given back from it */
        else
            TRY(ledger_reverse(cx, ledger, entry, charge, reason));
    }
    if (paid <= 0)
        return OK;
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "receivable", .house = house}, &receivable));
    TRY(ledger_account(cx, ledger, &(AccountKey){.kind = "prepay", .house = house}, &prepay));
    return ledger_post(cx, ledger, &(Posting){.debit = receivable, .credit = prepay, .amount_fen = paid, .house = house, .charge = charge->id, .cause = charge, .memo = reason}, NULL);
}

/* 红字: the document of the reversal, of the same amount below zero. */
static const Error *add_mirror(Cx *cx, const Record *charge, Str reason)
{
    static const char *const same[] = {"house", "payer", "tariff", "item", "title", "title_en", "period_from", "period_to", "quantity", "unit_price", "due_date", "run", "source", "source_type", "late_of"};
    Record *mirror = record_new(cx, charge->meta);

    mirror->project = charge->project;
    mirror->building = charge->building;
    mirror->state = meta_state(charge->meta, STR("reversed"));
    for (size_t i = 0; i < COUNT_OF(same); i++)
        record_set(mirror, same[i], charge->values[meta_field(charge->meta, str_of(same[i]))->at]);
    record_set_int(mirror, "amount_fen", -record_int(charge, "amount_fen"));
    record_set_int(mirror, "tax_fen", -record_int(charge, "tax_fen"));
    record_set_int(mirror, "open_fen", 0);
    record_set_int(mirror, "reverses", charge->id);
    record_set_text(mirror, "reason", reason);
    return record_insert(cx, mirror);
}

/* What was read waits to be billed again. Readings that an earlier release billed do not name their charge: they lie within its days. */
static const Error *free_readings(Cx *cx, const Record *charge)
{
    static const char FREE[] = "UPDATE reading SET run_id = NULL, charge_id = NULL WHERE org_id = :org AND meter_id = :meter AND run_id = :run"
                               " AND (charge_id = :id OR (charge_id IS NULL AND read_day >= :from AND read_day <= :to))"; /* reading_by_meter_id_read_day_id */
    Str slot = record_text(charge, "slot");
    ptrdiff_t at = str_find_char(slot, '/'), end;
    Id meter;

    if (at < 0 || record_is_null(charge, "run"))
        return OK;
    slot = str_cut(slot, at + 1, slot.len);
    end = str_find_char(slot, '/');
    if (!str_to_id(end < 0 ? slot : str_cut(slot, 0, end), &meter))
        return OK;
    return sql_run(cx, FREE, IN(in_int("meter", meter), in_int("run", record_int(charge, "run")), in_int("id", charge->id), in_int("from", record_int(charge, "period_from")), in_int("to", record_int(charge, "period_to"))));
}

static const Error *take_back(Cx *cx, Ledger *ledger, Record *charge, Str reason)
{
    TRY(free_readings(cx, charge));
    TRY(unbook(cx, ledger, charge, reason));
    TRY(add_mirror(cx, charge, reason));
    record_set_int(charge, "open_fen", 0);
    record_set_null(charge, "slot");
    record_set_text(charge, "reason", reason);
    return OK;
}

/* Its late fees fall with it, also those that were written off: where nothing was owed, nothing was late. What was paid of them is paid ahead, as with itself. */
static const Error *reverse_late(Cx *cx, Ledger *ledger, const Record *charge, Str reason)
{
    static const char LATE[] = "SELECT id FROM charge WHERE org_id = :org AND late_of_id = :id AND reverses_id IS NULL AND state <> 'reversed'"
                               " ORDER BY id LIMIT 500"; /* charge_by_late_of_id_id */
    Ids ids = {0}; /* fee_late takes no more than 500 parts */

    TRY(sql_ids(cx, LATE, IN(in_int("id", charge->id)), &ids));
    for (int i = 0; i < ids.count; i++) {
        Record *late;
        TRY(record_load(cx, charge->meta, ids.list[i], &late));
        TRY(take_back(cx, ledger, late, reason));
        TRY(process_take(cx, late, "fall"));
    }
    return OK;
}

static const Error *undo_charge(Cx *cx, Ledger *ledger, Record *charge, Str reason)
{
    TRY(take_back(cx, ledger, charge, reason));
    return record_is_null(charge, "late_of") ? reverse_late(cx, ledger, charge, reason) : OK;
}

static const Error *reverse_effect(Cx *cx, Record *charge, const Asked *asked)
{
    Ledger *ledger;
    Record *house;

    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(charge, "house"), &house)); /* its accounts are ours until the end */
    TRY(ledger_begin(cx, charge->project, &ledger));
    TRY(undo_charge(cx, ledger, charge, asked_text(asked, "reason")));
    return ledger_end(cx, ledger);
}

const Error *charge_reverse(Cx *cx, Ledger *ledger, Record *charge, Str reason)
{
    if (!record_in_state(charge, "open") && !record_in_state(charge, "part") && !record_in_state(charge, "paid"))
        return wrong_state(cx, charge, "已经红冲或核销", "it was reversed or written off already");
    TRY(undo_charge(cx, ledger, charge, reason));
    return process_take(cx, charge, "fall");
}

/* The days up to the end of this month, at the full price. */
static const Error *charge_rest(Cx *cx, Ledger *ledger, const Record *charge, const Record *house)
{
    const Record *tariff;
    Date today = instant_to_date(cx->now, cx->zone_min), from = (Date)record_int(charge, "period_from"), to = (Date)record_int(charge, "period_to"), month = date_month_last(today);
    Record *rest;
    Reliefs reliefs;
    Billed billed;
    Price price;

    to = to < month ? to : month;
    if (from > to)
        return OK;
    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(charge, "tariff")), false, &tariff));
    TRY(price_read(cx->arena, tariff, &price));
    TRY(reliefs_of(cx, house->id, from, to, &reliefs));
    TRY(bill_fee(cx, &price, house, &reliefs, from, to, &billed));
    if (billed.fee.amount_fen <= 0)
        return OK;
    return charge_add(cx, ledger, &(ChargeNew){.house = house->id, .building = charge->building, .payer = record_int(charge, "payer"), .tariff = tariff, .slot = price.code, .from = from, .to = to,
                                               .due = today, .quantity = billed.quantity, .unit_price = billed.unit_price, .fee = &billed.fee, .source = charge}, true, &rest);
}

const Error *charge_end_ahead(Cx *cx, Id id)
{
    Record *charge, *house;
    Ledger *ledger;

    TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), id, &charge));
    if (record_int(charge, "ahead") == 0 || (!record_in_state(charge, "open") && !record_in_state(charge, "part")))
        return OK;
    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(charge, "house"), &house)); /* its accounts are ours until the end */
    TRY(ledger_begin(cx, charge->project, &ledger));
    TRY(charge_reverse(cx, ledger, charge, STR("预缴未缴清或已退，优惠收回")));
    TRY(charge_rest(cx, ledger, charge, house));
    return ledger_end(cx, ledger);
}

#define MOST_AT_ONCE 200
const Error *charges_not_ahead(Cx *cx, int max, int *count)
{
    static const char LATE[] = "SELECT id FROM charge WHERE org_id = :org AND ahead = 1 AND open_fen > 0 AND due_at < :now ORDER BY due_at, id LIMIT :max"; /* charge_by_due_at_id_part */
    Ids ids = {0};

    TRY(sql_ids(cx, LATE, IN(in_int("max", max < MOST_AT_ONCE ? max : MOST_AT_ONCE)), &ids));
    for (int i = 0; i < ids.count; i++)
        TRY(charge_end_ahead(cx, ids.list[i]));
    *count = ids.count;
    return OK;
}

static const Error *dispute_effect(Cx *cx, Record *charge, const Asked *asked)
{
    record_set_int(charge, "disputed_at", cx->now);
    record_set_text(charge, "dispute_reason", asked_text(asked, "reason"));
    record_set_null(charge, "dispute_outcome");
    return OK;
}

/* Whether it was right decides on the late fee of its days; what was paid in full meanwhile comes up nowhere else any more. */
static const Error *settle_effect(Cx *cx, Record *charge, const Asked *asked)
{
    Record *house;

    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(charge, "house"), &house)); /* its accounts are ours until the end */
    record_set_text(charge, "dispute_outcome", asked_text(asked, "outcome"));
    record_set_int(charge, "upheld", asked_int(asked, "upheld"));
    if (asked_int(asked, "upheld") != 0)
        TRY(charge_free_days(cx, charge));
    TRY(charge_late_once_paid(cx, charge));
    return ledger_wake(cx, house->id);
}

bool charge_is_disputed(const Record *charge)
{
    return !record_is_null(charge, "disputed_at") && record_is_null(charge, "dispute_outcome");
}
static bool may_be_disputed(const Cx *cx, const Record *charge)
{
    (void)cx;
    return !charge_is_disputed(charge);
}
static bool has_dispute(const Cx *cx, const Record *charge)
{
    (void)cx;
    return charge_is_disputed(charge);
}

static const Action actions[] = {
    {"pay", "缴清", "Pay", .from = NAMES("open", "part"), .to = "paid", .by = BY_SYSTEM},
    {"pay_part", "部分缴", "Pay a part", .from = NAMES("open", "part", "paid", "written_off"), .to = "part", .by = BY_SYSTEM},
    {"reopen", "恢复未缴", "Open again", .from = NAMES("part", "paid"), .to = "open", .by = BY_SYSTEM},
    {"fall", "随批红冲", "Reversed with its run", .from = NAMES("open", "part", "paid", "written_off"), .to = "reversed", .by = BY_SYSTEM},
    {"write_off", "核销", "Write off", .from = NAMES("open", "part"), .to = "written_off", .by = BY_SYSTEM},
    {"reverse", "红冲", "Reverse", .from = NAMES("open", "part", "paid"), .to = "reversed", .by = BOOKKEEPERS, .asks = LIST(reverse_asks), .effect = reverse_effect},
    {"dispute", "有异议", "Dispute", .from = OWED, .by = BY_REPORTER | DESK | R_CASHIER, .asks = LIST(dispute_asks), .is_possible = may_be_disputed,
     .effect = dispute_effect, .tells = TELL_LEAD},
    {"settle_dispute", "答复异议", "Answer the dispute", .from = NAMES("open", "part", "paid"), .by = BOOKKEEPERS | R_DESK_LEAD, .asks = LIST(settle_asks),
     .is_possible = has_dispute, .effect = settle_effect, .tells = TELL_REPORTER},
};

/* By hand: an item that is charged once, or for days that a run has left out. */
static const Error *prepare(Cx *cx, Record *charge, Problems *problems)
{
    const Record *tariff;
    Record *house;

    if (record_is_null(charge, "tariff") || record_is_null(charge, "house"))
        return OK; /* told as missing */
    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(charge, "tariff")), false, &tariff));
    if (tariff == NULL)
        return OK;
    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(charge, "house"), &house)); /* its accounts and days are ours until the end */
    if (tariff->project != house->project)
        problems_add(problems, STR("tariff"), "reference", STR("是另一个项目的收费项目"), STR("belongs to another project"));
    return problems->count > 0 ? OK : charge_prepare(cx, charge, tariff, house, problems);
}

static const Error *created(Cx *cx, Record *charge)
{
    const Record *tariff;
    Ledger *ledger;

    if (charge->state != 0 || !record_is_null(charge, "run") || !record_is_null(charge, "late_of") || !record_is_null(charge, "source"))
        return OK; /* charge_add books it */
    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(charge, "tariff")), false, &tariff));
    TRY(ledger_begin(cx, charge->project, &ledger));
    TRY(book_charge(cx, ledger, charge, record_int(tariff, "agency") != 0));
    return ledger_end(cx, ledger);
}

static const Error *show(Cx *cx, const Record *charge, Json *json)
{
    Fee fee = {0};

    JSON_KEY(json, "lines");
    if (record_is_null(charge, "facts") || !fee_lines_read(cx->arena, record_text(charge, "facts"), &fee))
        json_raw(json, STR("[]"));
    else
        fee_lines_json(cx->arena, &fee, cx->lang, json);
    return OK;
}

const RecordType charge_type = {
    .resource = "charges", .name = "charge", .zh = "费用", .en = "Charge", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "charge", .first_zh = "计费", .first_en = "Charge", .sights = LIST(sights), .filters = LIST(filters),
    .create_by = BOOKKEEPERS | R_CASHIER | R_DESK | R_DESK_LEAD, .write_by = BOOKKEEPERS | R_CASHIER, .indexes = indexes, .label = "title", .label_en = "title_en", .in_project = true, .reporter = "payer",
    .leads = R_ACCOUNTANT, .own_search_only = true, .of_the_books = true, .sums = charge_sums, .prepare = prepare, .created = created, .show = show,
};
