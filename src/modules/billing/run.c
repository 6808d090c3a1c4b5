/* run.c: 出账批次, the bills of a period made together.
 *
 *     draft --review (another person)--> reviewed --post--> posted --void (nothing paid yet)--> voided
 *
 * A draft keeps no bills, only what they come to and what is to be looked at. Posting computes them again, in one transaction with their entries: it makes
 * exactly what was reviewed, or says that something has changed since and makes nothing. Running twice fills gaps only. */
#include "modules/billing/billing_parts.h"

#define MAX_EXCEPTIONS 2000 /* kept with the draft; they are counted all */

static const State states[] = {
    {"draft", "试算", "Draft"}, {"reviewed", "已复核", "Reviewed"}, {"posted", "已出账", "Posted", .ended = true}, {"voided", "已作废", "Void", .ended = true},
};
static const Field fields[] = {
    {"period_from", "费用从", "From", T_DATE, .required = true, .edit_in = NAMES("none")},
    {"period_to", "费用到", "To", T_DATE, .required = true, .edit_in = NAMES("none")},
    {"due_date", "应缴日", "Due", T_DATE, .edit_in = NAMES("draft")},
    {"tariffs", "收费项目", "Items", T_REFS, .to = "tariffs", .max = 50, .required = true, .edit_in = NAMES("none")},
    {"shared", "公摊总额", "Totals to be shared", T_OBJECT, .edit_in = NAMES("none")},
    {"total_fen", "合计", "Total", T_MONEY, .read_only = true},
    {"charge_count", "账单数", "Charges", T_INT, .read_only = true},
    {"house_count", "户数", "Houses", T_INT, .read_only = true},
    {"items", "各项", "By item", T_OBJECT, .read_only = true},
    {"exceptions", "异常", "Exceptions", T_OBJECT, .read_only = true},
    {"exception_count", "异常数", "Number of exceptions", T_INT, .read_only = true},
    {"reviewed_by", "复核人", "Reviewed by", T_REF, .to = "users", .read_only = true},
    {"posted_at", "出账时间", "Posted", T_TIME, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 500},
    {"reason", "作废原因", "Why void", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{BOOK_READERS}};

/* What the proposals come to. */
typedef struct {
    const Record *tariff;
    int64_t count, fen;
} Item;
typedef struct {
    Record *run;
    Ledger *ledger; /* NULL: it is only computed */
    Item items[60];
    int item_count;
    int64_t count, total, houses, exceptions;
    Id last_house;
    Json list;
    int listed;
} Summing;

static const Error *too_much(Cx *cx)
{
    return error_field(cx->arena, STR("total_fen"), "out_of_range", STR("合计太大"), STR("the total is too large"));
}

static Item *item_of(Summing *summing, const Record *tariff)
{
    for (int i = 0; i < summing->item_count; i++)
        if (summing->items[i].tariff->id == tariff->id)
            return &summing->items[i];
    if (summing->item_count == (int)COUNT_OF(summing->items))
        return NULL;
    summing->items[summing->item_count] = (Item){.tariff = tariff};
    return &summing->items[summing->item_count++];
}

static const Error *mark_readings(Cx *cx, const Proposed *proposed, Id run)
{
    static const char MARK[] = "UPDATE reading SET run_id = :run WHERE org_id = :org AND id = :id AND run_id IS NULL";

    for (int i = 0; i < proposed->reading_count; i++)
        TRY(sql_run(cx, MARK, IN(in_int("run", run), in_int("id", proposed->readings[i]))));
    return OK;
}

static const Error *post_one(Cx *cx, const Proposed *proposed, Summing *summing)
{
    Date begin = (Date)record_int(summing->run, "period_from"), due = (Date)record_int(summing->run, "due_date");
    Record *charge;

    if (due == 0) /* of a meter, the days lie before the run's */
        due = bill_due(proposed->tariff, proposed->from > begin ? proposed->from : begin);
    TRY(charge_add(cx, summing->ledger,
                   &(ChargeNew){.house = proposed->house->id, .building = proposed->house->building, .payer = proposed->payer, .tariff = proposed->tariff, .slot = proposed->slot, .from = proposed->from, .to = proposed->to,
                                .due = due, .quantity = proposed->billed.quantity, .unit_price = proposed->billed.unit_price, .fee = &proposed->billed.fee, .run = summing->run},
                   false, &charge));
    return mark_readings(cx, proposed, summing->run->id);
}

static const Error *add_proposed(Cx *cx, const Proposed *proposed, void *self)
{
    Summing *summing = self;
    Item *item = item_of(summing, proposed->tariff);
    int64_t fen = proposed->billed.fee.amount_fen;

    if (item == NULL || summing->total > LEDGER_MAX_FEN - fen)
        return too_much(cx);
    item->count++;
    item->fen += fen;
    summing->total += fen;
    summing->count++;
    summing->houses += proposed->house->id != summing->last_house;
    summing->last_house = proposed->house->id;
    return summing->ledger == NULL ? OK : post_one(cx, proposed, summing);
}

static const Error *add_exception(Cx *cx, const Exception *exception, void *self)
{
    Summing *summing = self;
    Json *json = &summing->list;

    (void)cx;
    summing->exceptions++;
    if (summing->ledger != NULL || ++summing->listed > MAX_EXCEPTIONS)
        return OK;
    json_open(json, '{');
    JSON_ID(json, "house", exception->house->id);
    JSON_TEXT(json, "no", exception->house->no);
    JSON_ID(json, "tariff", exception->tariff->id);
    JSON_TEXT(json, "item", record_text(exception->tariff, "code"));
    JSON_C(json, "code", exception->code);
    JSON_TEXT(json, "zh", exception->zh);
    JSON_TEXT(json, "en", exception->en);
    JSON_BOOL(json, "billed", exception->billed);
    if (exception->before_fen != 0) {
        JSON_INT(json, "fen", exception->fen);
        JSON_INT(json, "before_fen", exception->before_fen);
    }
    json_close(json, '}');
    return OK;
}

/* The same items the period before, for comparison. */
static const Error *before_fen(Cx *cx, const Record *run, const Record *tariff, int64_t *fen)
{
    static const char SUM[] = "SELECT CAST(coalesce(sum(amount_fen), 0) AS BIGINT) FROM charge WHERE org_id = :org AND project_id = :project AND item = :item AND late_of_id IS NULL"
                              " AND reverses_id IS NULL AND state <> 'reversed' AND period_from >= :from AND period_from < :to"; /* charge_by_project_id_item_period_from */
    Date from = (Date)record_int(run, "period_from"), to = (Date)record_int(run, "period_to");

    return sql_row(cx, SUM, IN(in_int("project", run->project), in_text("item", record_text(tariff, "code")), in_int("from", run_before(from, to)), in_int("to", from / 100 * 100 + 1)),
                   OUT(out_int(fen)));
}

static const Error *items_json(Cx *cx, const Summing *summing, Str *out)
{
    Json json = json_new(cx->arena, 1 << 16);
    int64_t before;

    json_open(&json, '[');
    for (int i = 0; i < summing->item_count; i++) {
        const Item *item = &summing->items[i];
        TRY(before_fen(cx, summing->run, item->tariff, &before));
        json_open(&json, '{');
        JSON_ID(&json, "tariff", item->tariff->id);
        JSON_TEXT(&json, "item", record_text(item->tariff, "code"));
        JSON_TEXT(&json, "title", record_text(item->tariff, "name"));
        JSON_INT(&json, "count", item->count);
        JSON_INT(&json, "fen", item->fen);
        JSON_INT(&json, "before_fen", before);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    *out = buf_str(&json.buf);
    return OK;
}

static RunSink sink_of(Summing *summing)
{
    return (RunSink){add_proposed, add_exception, summing};
}

/* 试算 */
static const Error *compute(Cx *cx, Record *run)
{
    Summing *summing = new (cx->arena, Summing, 1);
    RunSink sink = sink_of(summing);
    Str items;

    summing->run = run;
    summing->list = json_new(cx->arena, 1 << 22);
    json_open(&summing->list, '[');
    TRY(run_propose(cx, run, &sink));
    json_close(&summing->list, ']');
    TRY(items_json(cx, summing, &items));
    record_set_int(run, "total_fen", summing->total);
    record_set_int(run, "charge_count", summing->count);
    record_set_int(run, "house_count", summing->houses);
    record_set_int(run, "exception_count", summing->exceptions);
    record_set_text(run, "items", items);
    record_set_text(run, "exceptions", buf_str(&summing->list.buf));
    return OK;
}

/* The project is the items' own where the caller has several. */
static const Error *take_project(Cx *cx, Record *run, const json_t *body, Problems *problems)
{
    const Record *tariff = NULL;
    Id id;

    (void)problems;
    if (run->project == 0 && str_to_id(json_str(json_array_get(json_object_get(body, "tariffs"), 0)), &id))
        TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(id), true, &tariff));
    if (tariff != NULL)
        run->project = tariff->project;
    return OK;
}

static const Error *prepare(Cx *cx, Record *run, Problems *problems)
{
    Date from = (Date)record_int(run, "period_from"), to = (Date)record_int(run, "period_to");

    if (from == 0 || to == 0 || record_is_null(run, "tariffs") || run->project == 0)
        return OK; /* told as missing */
    if (to < from)
        problems_add(problems, STR("period_to"), "out_of_range", STR("不能早于开始日"), STR("must not be before the first day"));
    else if (date_to_days(to) - date_to_days(from) > 366)
        problems_add(problems, STR("period_to"), "out_of_range", STR("一批最多一年"), STR("a run covers at most a year"));
    if (!record_is_null(run, "due_date") && record_int(run, "due_date") < from)
        problems_add(problems, STR("due_date"), "out_of_range", STR("不能早于费用开始日"), STR("must not be before the period"));
    return problems->count > 0 ? OK : compute(cx, run);
}

static bool is_anothers(const Cx *cx, const Record *run)
{
    return cx->actor->is_system || run->created_by != cx->actor->user;
}

static const Error *review_effect(Cx *cx, Record *run, const Asked *asked)
{
    (void)asked;
    record_set(run, "reviewed_by", value_ref(cx->actor->user));
    return OK;
}

static const Error *again_effect(Cx *cx, Record *run, const Asked *asked)
{
    (void)asked;
    record_set_null(run, "reviewed_by");
    return compute(cx, run);
}

static const Error *changed_since(Cx *cx, const Record *run, const Summing *summing)
{
    return error_state(
        cx->arena, str_of(record_state(run)),
        str_format(cx->arena, "复核之后情况变了：现在是 %lld 笔 %.*s 元，请重新试算再复核", (long long)summing->count, STR_ARG(exact_yuan(cx->arena, summing->total))),
        str_format(cx->arena, "something has changed since the review: now %lld charges of %.*s yuan; compute and review again", (long long)summing->count,
                   STR_ARG(exact_yuan(cx->arena, summing->total))));
}

/* All or nothing: what was reviewed, to the fen. */
static const Error *post_effect(Cx *cx, Record *run, const Asked *asked)
{
    Summing *summing = new (cx->arena, Summing, 1);
    RunSink sink = sink_of(summing);

    (void)asked;
    summing->run = run;
    TRY(ledger_begin(cx, run->project, &summing->ledger));
    TRY(run_propose(cx, run, &sink));
    if (summing->total != record_int(run, "total_fen") || summing->count != record_int(run, "charge_count"))
        return changed_since(cx, run, summing);
    record_set_int(run, "posted_at", cx->now);
    return ledger_end(cx, summing->ledger);
}

typedef struct {
    Id *list;
    int count, room;
} Ids;
static const Error *note_id(Cx *cx, const Row *row, void *self)
{
    Ids *ids = self;

    ids->list = arena_grown(cx->arena, ids->list, sizeof(Id), ids->count, &ids->room);
    ids->list[ids->count++] = row_int(row, 0);
    return OK;
}

/* 整批红冲: only while nobody has paid any of it. */
static const Error *void_effect(Cx *cx, Record *run, const Asked *asked)
{
    static const char PAID[] = "SELECT count(*) FROM charge WHERE org_id = :org AND run_id = :run AND state IN ('part', 'paid', 'written_off')"; /* charge_by_run_id_id */
    static const char OPEN[] = "SELECT id FROM charge WHERE org_id = :org AND run_id = :run AND state = 'open' AND reverses_id IS NULL ORDER BY id";
    static const char FREE[] = "UPDATE reading SET run_id = NULL WHERE org_id = :org AND run_id = :run"; /* reading_by_run_id_id */
    int64_t paid = 0;
    Ids ids = {0};
    Ledger *ledger;
    Record *charge;

    record_set_text(run, "reason", asked_text(asked, "reason"));
    if (record_is_null(run, "posted_at"))
        return OK;
    TRY(sql_row(cx, PAID, IN(in_int("run", run->id)), OUT(out_int(&paid))));
    if (paid > 0)
        return error_state(cx->arena, STR("posted"), str_format(cx->arena, "其中 %lld 笔已经有人缴费，不能整批作废，请逐笔红冲", (long long)paid),
                                          str_format(cx->arena, "%lld of its charges were paid; reverse single charges instead", (long long)paid));
    TRY(ledger_begin(cx, run->project, &ledger));
    TRY(sql_each(cx, OPEN, IN(in_int("run", run->id)), note_id, &ids));
    for (int i = 0; i < ids.count; i++) {
        TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), ids.list[i], &charge));
        TRY(charge_reverse(cx, ledger, charge, asked_text(asked, "reason")));
    }
    TRY(sql_run(cx, FREE, IN(in_int("run", run->id))));
    return ledger_end(cx, ledger);
}

static const Field review_asks[] = {{"note", "复核意见", "Note", T_LINES, .max = 500}};
static const Field void_asks[] = {{"reason", "作废原因", "Reason", T_TEXT, .max = 500, .required = true}};
static const Action actions[] = {
    {"review", "复核", "Review", .from = NAMES("draft"), .to = "reviewed", .by = BOOKKEEPERS | R_REGION, .asks = LIST(review_asks), .may = is_anothers, .effect = review_effect},
    {"post", "出账", "Post", .from = NAMES("reviewed"), .to = "posted", .by = BOOKKEEPERS, .effect = post_effect},
    {"compute", "重新试算", "Compute again", .from = NAMES("draft", "reviewed"), .to = "draft", .by = BOOKKEEPERS, .effect = again_effect},
    {"void", "作废", "Void", .from = NAMES("draft", "reviewed", "posted"), .to = "voided", .by = BOOKKEEPERS, .asks = LIST(void_asks), .effect = void_effect},
};

const RecordType billing_run_type = {
    .resource = "billing_runs", .name = "billing_run", .zh = "出账批次", .en = "Billing run", .prefix = "CZ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "prepare", .first_zh = "试算", .first_en = "Prepare", .sights = LIST(sights), .create_by = BOOKKEEPERS, .write_by = BOOKKEEPERS, .label = "no",
    .in_project = true, .own_search_only = true, .take = take_project, .prepare = prepare,
};
