/* receipt.c: 收据, numbered without gaps: a cashier's numbers in a project follow one another, and a void one stays. The next number is a row of
 * the cashier's own, moved in the payment's transaction, so that nobody queues at it and nothing that fails uses one up. */
#include "modules/cashier/cashier_parts.h"

static const Column series_columns[] = {{"project_id", C_INT, true}, {"user_id", C_INT, true}, {"ordinal", C_INT, true}, {"next", C_INT, true}, {0}};
static const Index series_indexes[] = {{"project_id, ordinal", .unique = true}, {0}};
const Table receipt_series_table = {"receipt_series", series_columns, .key = "project_id, user_id", .indexes = series_indexes};

static const State states[] = {{"issued", "有效", "Issued"}, {"voided", "作废", "Void", .ended = true}};
static const Field fields[] = {
    {"no", "收据号", "Receipt number", T_TEXT, .max = 60, .virtual = true, .read_only = true},
    {"payment", "收款", "Payment", T_REF, .to = "payments", .read_only = true, .indexed = true},
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .indexed = true},
    {"cashier", "收银员", "Cashier", T_REF, .to = "users", .read_only = true},
    {"amount_fen", "金额", "Amount", T_MONEY, .read_only = true},
    {"prints", "打印次数", "Prints", T_INT, .read_only = true},
    {"printed_at", "最近打印", "Last printed", T_TIME, .read_only = true},
};
static const Sight sights[] = {
    {FEE_READERS},
    {R_RESIDENT, SQL_MY_HOUSE("t.created_at"), .any_project = true},
};

static const Error *print_effect(Cx *cx, Record *receipt, const Asked *asked)
{
    (void)asked;
    record_set_int(receipt, "prints", record_int(receipt, "prints") + 1);
    record_set_int(receipt, "printed_at", cx->now);
    return OK;
}

static const Action actions[] = {
    {"print", "打印", "Print", .from = NAMES("issued", "voided"), .by = CASHIERS, .effect = print_effect},
    {"void", "作废", "Void", .from = NAMES("issued"), .to = "voided", .by = BY_SYSTEM},
};
const RecordType receipt_type = {
    .resource = "receipts", .name = "receipt", .zh = "收据", .en = "Receipt", .own_number = true, .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "issue", .first_zh = "开收据", .first_en = "Issue", .sights = LIST(sights), .create_by = BY_SYSTEM, .own_read_only = true, .label = "no", .of_the_books = true,
    .in_project = true, .own_search_only = true,
};

static const Error *begin_series(Cx *cx, Id project)
{
    static const char BEGIN[] = "INSERT INTO receipt_series (org_id, project_id, user_id, ordinal, next) SELECT :org, :project, :me,"
                                " coalesce(max(ordinal), 0) + 1, 1 FROM receipt_series WHERE org_id = :org AND project_id = :project"
                               " ON CONFLICT (org_id, project_id, user_id) DO NOTHING";

    return sql_run(cx, BEGIN, IN(in_int("project", project), in_int("me", cx->actor->user)));
}

/* "TYHY-01-000123": the project, whose numbers they are, and the number. */
const Error *receipt_number(Cx *cx, const Record *payment, Str *out)
{
    static const char NEXT[] = "UPDATE receipt_series SET next = next + 1 WHERE org_id = :org AND project_id = :project AND user_id = :me RETURNING ordinal, next - 1";
    int64_t ordinal, number;
    const Record *project;
    Record *held;
    bool found;

    TRY(sql_find(cx, NEXT, IN(in_int("project", payment->project), in_int("me", cx->actor->user)), OUT(out_int(&ordinal), out_int(&number)), &found));
    if (!found) {
        TRY(record_load(cx, kernel_find(cx->kernel, STR("projects")), payment->project, &held)); /* another begins a series of the next ordinal */
        TRY(begin_series(cx, payment->project));
        TRY(sql_row(cx, NEXT, IN(in_int("project", payment->project), in_int("me", cx->actor->user)), OUT(out_int(&ordinal), out_int(&number))));
    }
    TRY(record_look(cx, kernel_find(cx->kernel, STR("projects")), value_int(payment->project), false, &project));
    *out = str_format(cx->arena, "%.*s-%02lld-%06lld", STR_ARG(project == NULL ? STR("ORG") : record_text(project, "code")), (long long)ordinal, (long long)number);
    return OK;
}

const Error *receipt_issue(Cx *cx, const Record *payment)
{
    Record *receipt = record_new(cx, kernel_type(cx->kernel, &receipt_type));

    receipt->no = record_text(payment, "receipt_no");
    receipt->project = payment->project;
    receipt->building = payment->building;
    record_set_int(receipt, "payment", payment->id);
    record_set(receipt, "house", value_ref(record_int(payment, "house")));
    record_set_int(receipt, "cashier", cx->actor->user);
    record_set_int(receipt, "amount_fen", record_int(payment, "amount_fen"));
    record_set_int(receipt, "prints", 0);
    return record_insert(cx, receipt);
}

/* Of a payment, the one that stands; NULL: none. */
static const Error *find_receipt(Cx *cx, Id payment, Record **out)
{
    static const char FIND[] = "SELECT id FROM receipt WHERE org_id = :org AND payment_id = :payment AND state = 'issued'"; /* receipt_by_payment_id_id */
    bool found;
    Id id;

    *out = NULL;
    TRY(sql_find(cx, FIND, IN(in_int("payment", payment)), OUT(out_int(&id)), &found));
    return found ? record_load(cx, kernel_type(cx->kernel, &receipt_type), id, out) : OK;
}

const Error *receipt_match(Cx *cx, Id payment, Id house)
{
    const Record *place;
    Record *receipt;

    TRY(find_receipt(cx, payment, &receipt));
    if (receipt == NULL)
        return OK;
    TRY(record_look(cx, kernel_find(cx->kernel, STR("houses")), value_int(house), false, &place));
    receipt->building = place == NULL ? 0 : place->building;
    record_set_int(receipt, "house", house);
    return process_save(cx, receipt, "match");
}

const Error *receipt_void(Cx *cx, Id payment)
{
    Record *receipt;

    TRY(find_receipt(cx, payment, &receipt));
    return receipt == NULL ? OK : process_take(cx, receipt, "void");
}
