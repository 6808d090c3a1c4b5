/* due.c: 应缴, what a household owes on a day: its open charges, and the late fee that has come to each of them by then. */
#include "modules/billing/billing_parts.h"

static const Error *take_due(Cx *cx, const Row *row, void *self)
{
    Dues *dues = self;

    dues->list = arena_grown(cx->arena, dues->list, sizeof(Due), dues->count, &dues->room);
    dues->list[dues->count++] = (Due){.charge = record_to_write(cx, kernel_type(cx->kernel, &charge_type), row)};
    return OK;
}

/* Every charge has a due day: that it is asked for leads to the index of what is open, past all that was paid long ago. */
static const Error *read_open(Cx *cx, Id house, Dues *out)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &charge_type);
    Buf sql = buf_new(cx->arena, 1 << 14);

    buf_format(&sql, "SELECT %s, t.search FROM charge t WHERE t.org_id = :org AND t.house_id = :house AND t.open_fen > 0 AND t.due_date > 0 AND t.archived_at IS NULL"
                     " ORDER BY t.due_date, coalesce(t.late_of_id, 0), t.id LIMIT 5000", /* charge_by_house_id_due_date_id */
               meta->columns);
    buf_add_c(&sql, record_lock(cx));
    return sql_each_built(cx, buf_str(&sql), IN(in_int("house", house)), take_due, out);
}

static Due *due_of(const Dues *dues, Id charge)
{
    for (int i = 0; i < dues->count; i++)
        if (dues->list[i].charge->id == charge)
            return &dues->list[i];
    return NULL;
}

/* Days as the parts of a charge that were paid: entries that stand and lessen what is owed, and those that give a part of it back. Of one day, one. */
static int paid_parts(const Entries *entries, Id charge, PaidPart *out)
{
    int count = 0;

    for (int i = 0; i < entries->count; i++) {
        const Entry *entry = &entries->list[i];
        bool less = str_is(entry->credit_kind, "receivable"), back = str_is(entry->debit_kind, "receivable") && str_is(entry->cause_type, "payment");
        if (entry->charge != charge || entry->is_reversed || entry->reverses != 0 || (!less && !back))
            continue;
        if (count == 0 || out[count - 1].on != entry->value_day)
            out[count++] = (PaidPart){.on = entry->value_day};
        out[count - 1].fen += less ? entry->amount_fen : -entry->amount_fen;
    }
    return count;
}

/* A dispute that was right: nothing was open from the day after it was raised to that of its answer. What was paid meanwhile counts at its end. */
static int add_free_days(const json_t *days, int64_t amount, PaidPart *paid, int count)
{
    for (size_t k = 0; k < json_array_size(days); k++) {
        Date from = (Date)json_integer_value(json_array_get(json_array_get(days, k), 0)), to = (Date)json_integer_value(json_array_get(json_array_get(days, k), 1));
        int64_t open = amount;
        for (int i = 0; i < count; i++)
            if (paid[i].on <= from)
                open -= paid[i].fen;
            else if (paid[i].on <= to)
                paid[i].on = to;
        paid[count++] = (PaidPart){from, open};
        paid[count++] = (PaidPart){to, -open};
    }
    return count;
}

static const Error *free_days(Cx *cx, const Record *charge, json_t **out)
{
    *out = NULL;
    return record_is_null(charge, "free_days") ? OK : json_read(cx->arena, record_text(charge, "free_days"), out);
}

const Error *charge_free_days(Cx *cx, Record *charge)
{
    Date from = instant_to_date(record_int(charge, "disputed_at"), cx->zone_min), to = instant_to_date(cx->now, cx->zone_min);
    Json json = json_new(cx->arena, 1 << 14);
    json_t *before;

    TRY(free_days(cx, charge, &before));
    json_open(&json, '[');
    for (size_t i = 0; i <= json_array_size(before); i++) {
        const json_t *one = json_array_get(before, i); /* the last one is this dispute's */
        json_open(&json, '[');
        json_int(&json, one == NULL ? from : json_integer_value(json_array_get(one, 0)));
        json_int(&json, one == NULL ? to : json_integer_value(json_array_get(one, 1)));
        json_close(&json, ']');
    }
    json_close(&json, ']');
    record_set_text(charge, "free_days", buf_str(&json.buf));
    return OK;
}

/* Late fees that were made charges already; a reversed or waived one is not charged again for the same days. */
typedef struct {
    Dues *dues;
    int64_t *charged; /* by position in dues */
} Charged;
static const Error *note_charged(Cx *cx, const Row *row, void *self)
{
    Charged *charged = self;
    const Due *due = due_of(charged->dues, row_int(row, 0));

    (void)cx;
    if (due != NULL)
        charged->charged[due - charged->dues->list] = row_int(row, 1);
    return OK;
}

static bool runs_late(const Record *charge, Date on)
{
    return record_int(charge, "due_date") != 0 && record_int(charge, "due_date") < on && !record_is_null(charge, "late_rate") && !charge_is_disputed(charge);
}

static const Error *late_fee(Cx *cx, Due *due, Date on, const Entries *entries, int64_t charged)
{
    const Record *charge = due->charge;
    LateFee ask = {.principal_fen = record_int(charge, "amount_fen"), .due = (Date)record_int(charge, "due_date"), .until = on, .grace_days = (int)record_int(charge, "late_grace")};
    PaidPart *paid;
    json_t *days;

    TRY(free_days(cx, charge, &days));
    ask.paid = paid = new (cx->arena, PaidPart, (size_t)entries->count + 2 * json_array_size(days) + 1);
    ask.paid_count = add_free_days(days, ask.principal_fen, paid, paid_parts(entries, charge->id, paid));
    if (!bill_number(charge, "late_rate", &ask.per_ten_thousand))
        return OK;
    (void)bill_number(charge, "late_cap", &ask.cap_percent);
    TRY(fee_late(cx->arena, &ask, &due->late));
    due->late.amount_fen -= charged;
    if (due->late.count > 0)
        due->late.list[due->late.count - 1].amount_fen -= charged;
    if (due->late.amount_fen <= 0)
        due->late = (Fee){0};
    return OK;
}

const Error *charge_dues(Cx *cx, Id house, Date on, Dues *out)
{
    static const char CHARGED[] = "SELECT l.late_of_id, CAST(sum(l.amount_fen) AS BIGINT) FROM charge t CROSS JOIN charge l WHERE t.org_id = :org AND t.house_id = :house AND t.open_fen > 0 AND t.due_date > 0"
                                  " AND l.org_id = :org AND l.late_of_id = t.id AND l.reverses_id IS NULL GROUP BY l.late_of_id"; /* charge_by_house_id_due_date_id_part, charge_by_late_of_id_id */
    Charged charged = {.dues = out};
    Entries entries;
    bool late = false;

    *out = (Dues){0};
    TRY(read_open(cx, house, out));
    for (int i = 0; i < out->count; i++)
        late = late || runs_late(out->list[i].charge, on);
    if (!late)
        return OK;
    charged.charged = new (cx->arena, int64_t, out->count);
    TRY(ledger_entries_open(cx, house, &entries));
    TRY(sql_each(cx, CHARGED, IN(in_int("house", house)), note_charged, &charged));
    for (int i = 0; i < out->count; i++)
        if (runs_late(out->list[i].charge, on))
            TRY(late_fee(cx, &out->list[i], on, &entries, charged.charged[i]));
    return OK;
}

const Error *charge_add_late(Cx *cx, Ledger *ledger, const Due *due, Date on, Record **out)
{
    const Record *principal = due->charge, *tariff;
    Date from = (Date)record_int(principal, "due_date");

    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(principal, "tariff")), false, &tariff));
    return charge_add(cx, ledger,
                      &(ChargeNew){.house = record_int(principal, "house"), .building = principal->building, .payer = record_int(principal, "payer"), .tariff = tariff, .from = date_add(from, 1), .to = on,
                                   .due = from, .fee = &due->late, .late_of = principal->id},
                      true, out);
}

/* The late fee that has come to one charge, beyond those that were made charges. */
static const Error *late_of_one(Cx *cx, Due *due, Date on)
{
    static const char CHARGED[] = "SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) FROM charge WHERE org_id = :org AND late_of_id = :id AND reverses_id IS NULL"; /* charge_by_late_of_id_id */
    int64_t charged = 0;
    Entries entries;

    if (!runs_late(due->charge, on))
        return OK;
    TRY(ledger_entries_about(cx, due->charge->id, &entries));
    TRY(sql_row(cx, CHARGED, IN(in_int("id", due->charge->id)), OUT(out_int(&charged))));
    return late_fee(cx, due, on, &entries, charged);
}

const Error *charge_due(Cx *cx, Id id, Date on, Due *out)
{
    *out = (Due){0};
    TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), id, &out->charge));
    return record_int(out->charge, "open_fen") > 0 ? late_of_one(cx, out, on) : OK;
}

const Error *charge_late_once_paid(Cx *cx, Record *charge)
{
    Date today = instant_to_date(cx->now, cx->zone_min);
    Due due = {.charge = charge};
    Ledger *ledger;
    Record *late;

    if (record_int(charge, "open_fen") > 0)
        return OK;
    TRY(late_of_one(cx, &due, today));
    if (due.late.amount_fen <= 0)
        return OK;
    TRY(ledger_begin(cx, charge->project, &ledger));
    TRY(charge_add_late(cx, ledger, &due, today, &late));
    return ledger_end(cx, ledger);
}

static void number_or_none(Json *json, Str text)
{
    text.len > 0 ? json_text(json, text) : json_none(json);
}

static void due_json(Cx *cx, const Due *due, Json *json)
{
    const Record *charge = due->charge;
    Fee fee;

    json_open(json, '{');
    JSON_ID(json, "id", charge->id);
    JSON_TEXT(json, "title", charge_title(charge, cx->lang));
    JSON_TEXT(json, "item", record_text(charge, "item"));
    JSON_C(json, "state", record_state(charge));
    JSON_KEY(json, "period_from");
    record_is_null(charge, "period_from") ? json_none(json) : json_date(json, (Date)record_int(charge, "period_from"));
    JSON_KEY(json, "period_to");
    record_is_null(charge, "period_to") ? json_none(json) : json_date(json, (Date)record_int(charge, "period_to"));
    JSON_KEY(json, "due_date");
    record_is_null(charge, "due_date") ? json_none(json) : json_date(json, (Date)record_int(charge, "due_date"));
    JSON_KEY(json, "quantity");
    number_or_none(json, record_text(charge, "quantity"));
    JSON_KEY(json, "unit_price");
    number_or_none(json, record_text(charge, "unit_price"));
    JSON_INT(json, "amount_fen", record_int(charge, "amount_fen"));
    JSON_INT(json, "open_fen", record_int(charge, "open_fen"));
    JSON_INT(json, "late_fen", due->late.amount_fen);
    JSON_ID(json, "late_of", record_int(charge, "late_of"));
    JSON_BOOL(json, "ahead", record_int(charge, "ahead") != 0); /* at this price if it is paid by its day */
    JSON_BOOL(json, "disputed", charge_is_disputed(charge));
    JSON_KEY(json, "lines");
    if (!record_is_null(charge, "facts") && fee_lines_read(cx->arena, record_text(charge, "facts"), &fee))
        fee_lines_json(cx->arena, &fee, cx->lang, json);
    else
        json_raw(json, STR("[]"));
    JSON_KEY(json, "late_lines");
    due->late.count > 0 ? fee_lines_json(cx->arena, &due->late, cx->lang, json) : json_raw(json, STR("[]"));
    json_close(json, '}');
}

/* A household sees what came up while the house was theirs, or is for them to pay: what a former owner owes is none of their business. */
static const Error *keep_own(Cx *cx, const Record *house, Dues *dues, int64_t *prepay)
{
    static const char SINCE[] = "SELECT coalesce(min(r.since), 0) FROM residence r WHERE r.org_id = :org AND r.house_id = :house AND " SQL_LIVED(":now");
    int64_t since = 0;
    int kept = 0;

    if (cx->actor->is_system || (cx->actor->roles & FEE_READERS) != 0)
        return OK;
    TRY(sql_row(cx, SINCE, IN(in_int("house", house->id), in_int("party", cx->actor->party)), OUT(out_int(&since))));
    for (int i = 0; i < dues->count; i++) {
        const Record *charge = dues->list[i].charge;
        if (record_int(charge, "payer") == cx->actor->party || (since != 0 && charge->created_at >= since))
            dues->list[kept++] = dues->list[i];
    }
    dues->count = kept;
    *prepay = since == 0 ? 0 : *prepay; /* the household's own, not a relative's */
    return OK;
}

const Error *charge_due_json(Cx *cx, const Record *house, Date on, Json *json)
{
    int64_t total = 0, late = 0, overdue = 0, prepay, late_first;
    Dues dues;

    TRY(charge_dues(cx, house->id, on, &dues));
    TRY(ledger_balance(cx, "prepay", house->project, house->id, STR_NONE, &prepay));
    TRY(keep_own(cx, house, &dues, &prepay));
    TRY(rule_value(cx, LATE_FIRST, &late_first));
    json_open(json, '{');
    JSON_KEY(json, "house");
    json_open(json, '{');
    JSON_ID(json, "id", house->id);
    JSON_TEXT(json, "no", house->no);
    json_close(json, '}');
    JSON_KEY(json, "on");
    json_date(json, on);
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < dues.count; i++) {
        int64_t open = record_int(dues.list[i].charge, "open_fen"), due = record_int(dues.list[i].charge, "due_date");
        due_json(cx, &dues.list[i], json);
        total += open;
        late += dues.list[i].late.amount_fen;
        overdue += due != 0 && due < on ? open : 0;
    }
    json_close(json, ']');
    JSON_INT(json, "open_fen", total);
    JSON_INT(json, "overdue_fen", overdue);
    JSON_INT(json, "late_fen", late);
    JSON_INT(json, "total_fen", total + late);
    JSON_INT(json, "prepay_fen", prepay);
    JSON_BOOL(json, "late_first", late_first != 0);
    json_close(json, '}');
    return OK;
}

typedef struct {
    int64_t open, overdue;
} Owed;
static const Error *take_owed(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(Owed *)self = (Owed){row_int(row, 0), row_int(row, 1)};
    return OK;
}

const Error *charge_owed_json(Cx *cx, Id house, Json *json)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &charge_type);
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};
    Owed owed = {0};

    if (!cx->actor->is_system && (cx->actor->roles & BOOK_READERS) == 0 && (cx->actor->roles & DESK) == 0) {
        json_none(json);
        return OK;
    }
    buf_add_c(&sql, "SELECT CAST(coalesce(sum(t.open_fen), 0) AS BIGINT), CAST(coalesce(sum(CASE WHEN t.due_at < :now THEN t.open_fen ELSE 0 END), 0) AS BIGINT)"
                    " FROM charge t WHERE t.org_id = :org AND t.house_id = :house AND t.open_fen > 0 AND t.due_date > 0 AND t.archived_at IS NULL AND "); /* charge_by_house_id_due_date_id */
    access_condition(cx, meta, &sql, &params);
    params_add(&params, "house", value_int(house));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, take_owed, &owed));
    json_open(json, '{');
    JSON_INT(json, "open_fen", owed.open);
    JSON_INT(json, "overdue_fen", owed.overdue);
    json_close(json, '}');
    return OK;
}

typedef struct {
    BadFn *bad;
    void *self;
} Fault;

static const Error *check_lines(Cx *cx, const Row *row, void *self)
{
    const Fault *fault = self;
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 22);
    Fee fee;
    int64_t sum = 0;

    if (!fee_lines_read(arena, row_text(row, 1), &fee)) {
        fault->bad(fault->self, str_format(cx->arena, "charge %lld", (long long)row_int(row, 0)), STR("has lines that cannot be read"));
        return OK;
    }
    for (int i = 0; i < fee.count; i++)
        sum += fee.list[i].amount_fen;
    if (sum != row_int(row, 2))
        fault->bad(fault->self, str_format(cx->arena, "charge %lld", (long long)row_int(row, 0)), STR("amount differs from the sum of its lines"));
    return OK;
}

const Error *charge_check(Cx *cx, BadFn *bad, void *self)
{
    static const char OPEN[] =
        "SELECT 'charge' AS thing, t.id FROM charge t LEFT JOIN (SELECT e.charge_id, sum(CASE WHEN d.kind = 'receivable' THEN e.amount_fen ELSE 0 END)"
        " - sum(CASE WHEN c.kind = 'receivable' THEN e.amount_fen ELSE 0 END) AS open FROM entry e JOIN account d ON d.org_id = e.org_id AND d.id = e.debit_id"
        " JOIN account c ON c.org_id = e.org_id AND c.id = e.credit_id WHERE e.org_id = :org AND e.charge_id IS NOT NULL GROUP BY e.charge_id) x ON x.charge_id = t.id"
        " WHERE t.org_id = :org AND t.open_fen <> coalesce(x.open, 0) LIMIT 100";
    static const char STATES[] =
        "SELECT 'charge' AS thing, id FROM charge WHERE org_id = :org AND reverses_id IS NULL AND (open_fen < 0 OR (state IN ('open', 'part') AND open_fen <= 0)"
        " OR (state IN ('paid', 'reversed', 'written_off') AND open_fen <> 0) OR (state = 'open' AND open_fen <> amount_fen)) LIMIT 100";
    static const char TWICE[] = /* of a slot of a meter the days say when it was read */
        "SELECT 'charge' AS thing, x.id FROM (SELECT id, period_from, lag(period_to) OVER (PARTITION BY house_id, slot ORDER BY period_from, id) AS ended FROM charge"
        " WHERE org_id = :org AND slot IS NOT NULL AND slot NOT LIKE '%/%') x WHERE x.ended >= x.period_from LIMIT 100";
    static const char LINES[] = "SELECT id, facts, amount_fen FROM charge WHERE org_id = :org AND facts IS NOT NULL AND id > :after ORDER BY id LIMIT :limit";

    TRY(event_faults(cx, OPEN, "what is open differs from its entries", bad, self));
    TRY(event_faults(cx, STATES, "state and what is open do not fit", bad, self));
    TRY(event_faults(cx, TWICE, "its days were charged already by another one", bad, self));
    TRY(charge_sums_check(cx, bad, self));
    return sql_each_paged(cx, str_of(LINES), check_lines, &(Fault){bad, self});
}
