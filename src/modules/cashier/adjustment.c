/* adjustment.c: 减免与核销, what a household need not pay after all: asked for by one person with the reason, allowed by another. The charge keeps its
 * amount; what is open of it is lessened by an entry.
 *
 * A write-off comes with a document and takes three: manager, accountant and region (rule cashier.write_off_approvals), none of them who asked for it. Each
 * stands in a field of its own; the last one books it. */
#include "kernel/message.h"
#include "modules/cashier/cashier_parts.h"

static const Choice kinds[] = {
    {"discount", "优惠", "Discount"}, {"waiver", "违约金减免", "Late-fee waiver"}, {"hardship", "困难减免", "Hardship"}, {"court", "判决减免", "By judgement"},
    {"write_off", "坏账核销", "Write-off"}, {0},
};
static const State states[] = {{"asked", "待批准", "Asked"}, {"approved", "已批准", "Approved", .ended = true}, {"rejected", "未批准", "Refused", .ended = true}};
static const Field fields[] = {
    {"charge", "费用", "Charge", T_REF, .to = "charges", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .searched = true, .indexed = true},
    {"title", "名称", "Title", T_TEXT, .max = 120, .read_only = true, .searched = true, .english = "title_en"},
    {"title_en", "英文名称", "English title", T_TEXT, .max = 160, .internal = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = kinds, .set_default = "discount", .edit_in = NAMES("none")},
    {"amount_fen", "减多少", "Amount", T_MONEY, .required = true, .edit_in = NAMES("asked")},
    {"reason", "理由", "Reason", T_LINES, .max = 500, .required = true, .edit_in = NAMES("asked")},
    {"document", "依据文件", "Document", T_FILE, .edit_in = NAMES("asked")},
    {"manager_by", "经理批准", "Approved by the manager", T_REF, .to = "users", .read_only = true},
    {"accountant_by", "会计批准", "Approved by an accountant", T_REF, .to = "users", .read_only = true},
    {"region_by", "区域批准", "Approved by the region", T_REF, .to = "users", .read_only = true},
    {"awaits", "还缺谁批准", "Still to approve", T_TEXT, .max = 200, .virtual = true, .read_only = true},
    {"approved_by", "批准人", "Approved by", T_REF, .to = "users", .read_only = true},
    {"answer", "批复", "Answer", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{FEE_READERS}};
static const Field approve_asks[] = {{"answer", "批复", "Answer", T_TEXT, .max = 500}};
static const Field reject_asks[] = {{"answer", "不批准的原因", "Why not", T_TEXT, .max = 500, .required = true}};

/* Who allows a write-off, each once; the administration may stand for the region. */
typedef struct {
    uint64_t roles;
    const char *field, *zh, *en;
} Place;
static const Place places[] = {{R_MANAGER, "manager_by", "经理", "manager"}, {R_ACCOUNTANT, "accountant_by", "会计", "accountant"}, {R_REGION | R_ADMIN, "region_by", "区域", "region"}};
#define ACCOUNTANTS_PLACE (&places[1])

static bool is_off(const Record *adjustment)
{
    return str_is(record_text(adjustment, "kind"), "write_off");
}

static int approvals(const Record *adjustment)
{
    int count = 0;

    for (size_t i = 0; i < COUNT_OF(places); i++)
        count += record_is_null(adjustment, places[i].field) ? 0 : 1;
    return count;
}

static bool has_approved(const Record *adjustment, Id user)
{
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (record_int(adjustment, places[i].field) == user)
            return true;
    return false;
}

/* Where the caller may sign; NULL: nowhere (any more). */
static const Place *free_place(const Cx *cx, const Record *adjustment)
{
    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (record_is_null(adjustment, places[i].field) && actor_has(cx->actor, places[i].roles, adjustment->project, adjustment->building))
            return &places[i];
    return NULL;
}

/* One signature alone is not an accountant's. */
static bool may_be_signed(const Place *place, int64_t wanted)
{
    return wanted > 1 || place != ACCOUNTANTS_PLACE;
}

/* Whose approval is missing: "待会计、区域批准". */
static Str awaited(Cx *cx, const Record *adjustment, int64_t wanted, Lang lang)
{
    int64_t missing = wanted - approvals(adjustment);
    Str names = STR("");
    int free = 0;

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (record_is_null(adjustment, places[i].field) && may_be_signed(&places[i], wanted)) {
            const char *name = lang == LANG_ZH ? places[i].zh : places[i].en;
            names = free++ == 0 ? str_of(name) : str_format(cx->arena, "%.*s%s%s", STR_ARG(names), lang == LANG_ZH ? "、" : ", ", name);
        }
    if (missing >= free)
        return str_format(cx->arena, lang == LANG_ZH ? "待%.*s批准" : "waits for %.*s", STR_ARG(names));
    return lang == LANG_ZH ? str_format(cx->arena, "待%.*s中 %d 人批准", STR_ARG(names), (int)missing) : str_format(cx->arena, "waits for %d of %.*s", (int)missing, STR_ARG(names));
}

static const Error *tell_awaited(Cx *cx, const Record *adjustment, int64_t wanted)
{
    uint64_t roles = 0;

    for (size_t i = 0; i < COUNT_OF(places); i++)
        if (record_is_null(adjustment, places[i].field) && may_be_signed(&places[i], wanted))
            roles |= places[i].roles & ~(uint64_t)R_ADMIN;
    return message_roles(cx, adjustment, "approve", str_to_c(cx->arena, str_format(cx->arena, "坏账核销%.*s", STR_ARG(awaited(cx, adjustment, wanted, LANG_ZH)))),
                         str_to_c(cx->arena, str_format(cx->arena, "a write-off %.*s", STR_ARG(awaited(cx, adjustment, wanted, LANG_EN)))), roles);
}

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

/* "坏账核销 120.00 元：物业服务费 2026-10": who allows it sees at once how much and of what. */
static void set_title(Cx *cx, Record *adjustment, const Record *charge)
{
    Str fen = exact_yuan(cx->arena, record_int(adjustment, "amount_fen")), of_zh = charge_title(charge, LANG_ZH), of_en = charge_title(charge, LANG_EN);
    const Choice *kind = kinds; /* the first one is what it is by default */

    while (kind->value != NULL && !record_is_null(adjustment, "kind") && !str_is(record_text(adjustment, "kind"), kind->value))
        kind++;
    if (kind->value == NULL)
        return; /* told as no kind */
    record_set_text(adjustment, "title", str_format(cx->arena, "%s %.*s 元：%.*s", kind->zh, STR_ARG(fen), STR_ARG(of_zh)));
    record_set_text(adjustment, "title_en", str_format(cx->arena, "%s, ¥%.*s: %.*s", kind->en, STR_ARG(fen), STR_ARG(of_en)));
}

static const Error *prepare(Cx *cx, Record *adjustment, Problems *problems)
{
    int64_t document;
    Record *charge;

    TRY(rule_value(cx, "cashier.write_off_document", &document));
    if (is_off(adjustment) && document != 0 && record_is_null(adjustment, "document"))
        problems_add(problems, STR("document"), "required", STR("核销须附依据文件"), STR("a write-off takes a document that says why"));
    if (record_is_null(adjustment, "charge"))
        return OK;
    TRY(charge_of(cx, adjustment, &charge));
    adjustment->project = charge->project;
    adjustment->building = charge->building;
    record_set_int(adjustment, "house", record_int(charge, "house"));
    set_title(cx, adjustment, charge);
    if (!record_is_null(adjustment, "amount_fen") && record_int(adjustment, "amount_fen") <= 0)
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("金额应大于 0"), STR("must be above 0"));
    else if (!str_is(record_text(adjustment, "kind"), "waiver") && record_int(adjustment, "amount_fen") > record_int(charge, "open_fen"))
        problems_add(problems, STR("amount_fen"), "out_of_range", STR("多于这笔费用的欠款"), STR("is more than what is open of the charge"));
    return OK;
}

static const Error *created(Cx *cx, Record *adjustment)
{
    int64_t wanted;

    if (!is_off(adjustment))
        return OK;
    TRY(rule_value(cx, "cashier.write_off_approvals", &wanted));
    return tell_awaited(cx, adjustment, wanted);
}

static const Error *book(Cx *cx, Record *adjustment)
{
    bool off = is_off(adjustment);
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
    return ledger_end(cx, ledger);
}

static const Error *guard_approve(Cx *cx, const Record *adjustment, const Asked *asked)
{
    int64_t wanted;

    (void)asked;
    TRY(rule_value(cx, "cashier.write_off_approvals", &wanted));
    if (!is_off(adjustment) || may_be_signed(free_place(cx, adjustment), wanted))
        return OK;
    return error_new(cx->arena, ERR_FORBIDDEN, STR("坏账核销须由经理或区域批准，会计不能单独批准"), STR("a manager or the region must allow a write-off, an accountant alone cannot"));
}

/* The signature of one; true when that was the last that was wanted. */
static const Error *sign(Cx *cx, Record *adjustment, bool *last)
{
    const Place *place = free_place(cx, adjustment);
    int64_t wanted;

    TRY(rule_value(cx, "cashier.write_off_approvals", &wanted));
    if (place == NULL)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    record_set(adjustment, place->field, value_ref(cx->actor->user));
    *last = approvals(adjustment) >= wanted;
    return *last ? OK : tell_awaited(cx, adjustment, wanted);
}

static const Error *approve_effect(Cx *cx, Record *adjustment, const Asked *asked)
{
    bool last = true;

    if (asked_has(asked, "answer"))
        record_set_text(adjustment, "answer", asked_text(asked, "answer"));
    if (is_off(adjustment))
        TRY(sign(cx, adjustment, &last));
    if (!last) { /* it waits for the others */
        adjustment->state = meta_state(adjustment->meta, STR("asked"));
        return OK;
    }
    record_set(adjustment, "approved_by", value_ref(cx->actor->user));
    return book(cx, adjustment);
}

static const Error *reject_effect(Cx *cx, Record *adjustment, const Asked *asked)
{
    (void)cx;
    record_set_text(adjustment, "answer", asked_text(asked, "answer"));
    return OK;
}

/* Never by who asked for it. */
static bool may_reject(const Cx *cx, const Record *adjustment)
{
    return cx->actor->user != adjustment->created_by && actor_has(cx->actor, is_off(adjustment) ? BOOKKEEPERS | R_REGION : BOOKKEEPERS, adjustment->project, adjustment->building);
}

static bool may_approve(const Cx *cx, const Record *adjustment)
{
    return may_reject(cx, adjustment) && (!is_off(adjustment) || (!has_approved(adjustment, cx->actor->user) && free_place(cx, adjustment) != NULL));
}

/* It stays what was asked for: who allows it cannot first make it another, nor who asked once somebody has. */
static const Error *may_write(Cx *cx, const Record *adjustment)
{
    if (!cx->actor->is_system && cx->actor->user != adjustment->created_by)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (approvals(adjustment) > 0)
        return error_state(cx->arena, str_of(record_state(adjustment)), STR("已有人批准，不能再改；要改请驳回后重新申请"), STR("somebody has approved it, so it stays as it is: have it refused and ask anew"));
    return OK;
}

static const Error *show(Cx *cx, const Record *adjustment, Json *json)
{
    int64_t wanted;

    JSON_KEY(json, "awaits");
    if (!is_off(adjustment) || !record_in_state(adjustment, "asked")) {
        json_none(json);
        return OK;
    }
    TRY(rule_value(cx, "cashier.write_off_approvals", &wanted));
    json_text(json, awaited(cx, adjustment, wanted, cx->lang));
    return OK;
}

static const Action actions[] = {
    {"approve", "批准", "Approve", .from = NAMES("asked"), .to = "approved", .by = BOOKKEEPERS | R_REGION, .asks = LIST(approve_asks), .may = may_approve,
     .guard = guard_approve, .effect = approve_effect},
    {"reject", "不批准", "Refuse", .from = NAMES("asked"), .to = "rejected", .by = BOOKKEEPERS | R_REGION, .asks = LIST(reject_asks), .may = may_reject, .effect = reject_effect},
};
const RecordType adjustment_type = {
    .resource = "adjustments", .name = "adjustment", .zh = "减免", .en = "Adjustment", .prefix = "JM", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "ask", .first_zh = "申请", .first_en = "Ask", .sights = LIST(sights), .create_by = CASHIERS, .write_by = CASHIERS,
    .label = "no", .in_project = true, .own_search_only = true, .of_the_books = true, .prepare = prepare, .changed = prepare, .created = created, .may_write = may_write,
    .show = show,
};
