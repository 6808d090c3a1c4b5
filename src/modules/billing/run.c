/* run.c: 出账批次, the bills of a period made together.
 *
 *     draft --review (another person)--> reviewed --post--> posted --void (nothing paid yet)--> voided
 *     preparing                          posting            voiding    in between, while a job works on many houses
 *
 * A draft keeps no bills, only what they come to and what is to be looked at. Posting computes them again, in one transaction with their entries: it makes
 * exactly what was reviewed, or says that something has changed since and makes nothing. Running twice fills gaps only. */
#include "modules/billing/billing_parts.h"

#include <sodium.h>

#define MAX_EXCEPTIONS 2000 /* kept with the draft; they are counted all */

static const State states[] = {
    {"draft", "试算", "Draft"}, {"reviewed", "已复核", "Reviewed"}, {"posted", "已出账", "Posted", .ended = true}, {"voided", "已作废", "Void", .ended = true},
    {"preparing", "试算中", "Preparing"}, {"posting", "出账中", "Posting"}, {"voiding", "作废中", "Voiding"}, {"failed", "未算成", "Not prepared"},
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
    {"digest", "指纹", "Digest", T_TEXT, .max = 64, .internal = true}, /* of each charge that was proposed */
    {"job", "任务", "Job", T_TEXT, .max = 20, .internal = true},
    {"progress", "进度", "Progress", T_OBJECT, .virtual = true, .read_only = true},
    {"failure", "没有办成的原因", "Why it failed", T_OBJECT, .read_only = true},
    {"reviewed_by", "复核人", "Reviewed by", T_REF, .to = "users", .read_only = true},
    {"posted_at", "出账时间", "Posted", T_TIME, .read_only = true},
    {"told_at", "发单时间", "Households told", T_TIME, .read_only = true, .tallied = true},
    {"told_upto", "发到哪笔", "Told up to", T_INT, .internal = true, .tallied = true}, /* the charge's id; 0: none yet; NULL: nothing is to be told */
    {"note", "说明", "Note", T_LINES, .max = 500},
    {"reason", "作废原因", "Why void", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{BOOK_READERS}};
static const Index indexes[] = {{"id", .where = "told_upto IS NOT NULL"}, {0}};

/* What the proposals come to. Items outlive the page that named them. */
typedef struct {
    const Record *tariff;
    int64_t count, fen;
} ItemSum;
typedef struct {
    Record *run;
    Ledger *ledger; /* NULL: it is only computed */
    ItemSum items[60];
    int item_count;
    int64_t count, total, houses, exceptions;
    Id last_house;
    unsigned char digest[crypto_generichash_BYTES]; /* chained over all that was proposed */
    Json list;
    int listed;
} Summing;

static const Error *too_much(Cx *cx)
{
    return error_field(cx->arena, STR("total_fen"), "out_of_range", STR("合计太大"), STR("the total is too large"));
}

static ItemSum *item_of(Summing *summing, const Record *tariff)
{
    for (int i = 0; i < summing->item_count; i++)
        if (summing->items[i].tariff->id == tariff->id)
            return &summing->items[i];
    if (summing->item_count == (int)COUNT_OF(summing->items))
        return NULL;
    summing->items[summing->item_count] = (ItemSum){.tariff = tariff};
    return &summing->items[summing->item_count++];
}

static const Error *mark_readings(Cx *cx, const Proposed *proposed, Id run, Id charge)
{
    static const char MARK[] = "UPDATE reading SET run_id = :run, charge_id = :charge WHERE org_id = :org AND id = :id AND run_id IS NULL";

    for (int i = 0; i < proposed->reading_count; i++)
        TRY(sql_run(cx, MARK, IN(in_int("run", run), in_int("charge", charge), in_int("id", proposed->readings[i]))));
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
                                .due = due, .quantity = proposed->billed.quantity, .unit_price = proposed->billed.unit_price, .step_spans = proposed->billed.step_spans, .fee = &proposed->billed.fee, .run = summing->run},
                   false, &charge));
    return mark_readings(cx, proposed, summing->run->id, charge->id);
}

static void add_to_digest(Summing *summing, const Proposed *proposed)
{
    int64_t facts[] = {proposed->house->id, proposed->tariff->id, proposed->payer, proposed->from, proposed->to, proposed->billed.fee.amount_fen};
    unsigned char both[sizeof summing->digest + sizeof facts];

    memcpy(both, summing->digest, sizeof summing->digest);
    memcpy(both + sizeof summing->digest, facts, sizeof facts);
    (void)crypto_generichash(summing->digest, sizeof summing->digest, both, sizeof both, NULL, 0); /* never fails */
}

static Str digest_text(Cx *cx, const Summing *summing)
{
    char hex[2 * sizeof summing->digest + 1];

    return str_copy(cx->arena, str_of(sodium_bin2hex(hex, sizeof hex, summing->digest, sizeof summing->digest)));
}

static const Error *add_proposed(Cx *cx, const Proposed *proposed, void *self)
{
    Summing *summing = self;
    ItemSum *item = item_of(summing, proposed->tariff);
    int64_t fen = proposed->billed.fee.amount_fen;

    if (item == NULL || summing->total > LEDGER_MAX_FEN - fen)
        return too_much(cx);
    add_to_digest(summing, proposed);
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
        const ItemSum *item = &summing->items[i];
        TRY(before_fen(cx, summing->run, item->tariff, &before));
        json_open(&json, '{');
        JSON_ID(&json, "tariff", item->tariff->id);
        JSON_TEXT(&json, "item", record_text(item->tariff, "code"));
        JSON_TEXT(&json, "title", record_text(item->tariff, "name"));
        JSON_TEXT(&json, "title_en", record_text(item->tariff, record_is_null(item->tariff, "name_en") ? "name" : "name_en"));
        JSON_INT(&json, "count", item->count);
        JSON_INT(&json, "fen", item->fen);
        JSON_INT(&json, "before_fen", before);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    *out = buf_str(&json.buf);
    return OK;
}

static const Error *hand_over(Cx *cx, Record *run, const char *state);
static const Error *tell_progress(Cx *cx, const RunPages *pages, JobRun *job);

static const Error *open_pages(Cx *cx, Record *run, Summing **summing, RunPages **pages)
{
    RunSink sink = {add_proposed, add_exception, *summing = new (cx->arena, Summing, 1)};

    **summing = (Summing){.run = run, .list = json_new(cx->arena, 1 << 22)};
    json_open(&(*summing)->list, '[');
    return run_open(cx, run, &sink, pages);
}

/* Page after page, in one closure; who waits for it hears how far it is. */
static const Error *propose(Cx *cx, RunPages *pages, JobRun *job)
{
    for (bool more = true; more;) {
        TRY(run_page(cx, pages, &more));
        if (job != NULL)
            TRY(tell_progress(cx, pages, job));
    }
    return OK;
}

/* What was proposed becomes the draft's. */
static const Error *keep_sums(Cx *cx, Summing *summing, Record *run)
{
    Str items;

    TRY(items_json(cx, summing, &items));
    record_set_int(run, "total_fen", summing->total);
    record_set_int(run, "charge_count", summing->count);
    record_set_int(run, "house_count", summing->houses);
    record_set_int(run, "exception_count", summing->exceptions);
    record_set_text(run, "digest", digest_text(cx, summing));
    record_set_text(run, "items", items);
    record_set_text(run, "exceptions", str_format(cx->arena, "%.*s]", STR_ARG(buf_str(&summing->list.buf))));
    return OK;
}

/* So many houses are not worked on while somebody waits. */
static const Error *is_large(Cx *cx, const RunPages *pages, bool *large)
{
    int64_t done, total, most;

    run_progress(pages, &done, &total);
    TRY(rule_value(cx, "billing.job_houses", &most));
    *large = cx->kernel->has_runner && total > most;
    return OK;
}

/* 试算 */
static const Error *compute(Cx *cx, Record *run)
{
    Summing *summing;
    RunPages *pages;
    bool large;

    TRY(open_pages(cx, run, &summing, &pages));
    TRY(is_large(cx, pages, &large));
    if (large)
        return hand_over(cx, run, "preparing");
    TRY(propose(cx, pages, NULL));
    return keep_sums(cx, summing, run);
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
    record_set_null(run, "failure");
    return compute(cx, run);
}

static const Error *changed_since(Cx *cx, const Record *run, const Summing *summing)
{
    if (summing->total == record_int(run, "total_fen") && summing->count == record_int(run, "charge_count"))
        return error_state(cx->arena, str_of(record_state(run)), STR("复核之后有的账单变了（合计没变），请重新试算再复核"),
                           STR("some charges are others since the review, though they come to the same; compute and review again"));
    return error_state(
        cx->arena, str_of(record_state(run)),
        str_format(cx->arena, "复核之后情况变了：现在是 %lld 笔 %.*s 元，请重新试算再复核", (long long)summing->count, STR_ARG(exact_yuan(cx->arena, summing->total))),
        str_format(cx->arena, "something has changed since the review: now %lld charges of %.*s yuan; compute and review again", (long long)summing->count,
                   STR_ARG(exact_yuan(cx->arena, summing->total))));
}

/* Charge by charge; a draft of an earlier release knows its sums only. */
static bool is_as_reviewed(Cx *cx, const Record *run, const Summing *summing)
{
    return summing->total == record_int(run, "total_fen") && summing->count == record_int(run, "charge_count") &&
           (record_is_null(run, "digest") || str_eq(record_text(run, "digest"), digest_text(cx, summing)));
}

/* All or nothing: what was reviewed, to the fen. */
static const Error *post(Cx *cx, Record *run, JobRun *job)
{
    Summing *summing;
    RunPages *pages;
    int64_t tells;
    bool large = false;

    TRY(open_pages(cx, run, &summing, &pages));
    if (job == NULL)
        TRY(is_large(cx, pages, &large));
    if (large)
        return hand_over(cx, run, "posting");
    TRY(ledger_begin(cx, run->project, &summing->ledger));
    TRY(propose(cx, pages, job));
    if (!is_as_reviewed(cx, run, summing))
        return changed_since(cx, run, summing);
    record_set_int(run, "posted_at", cx->now);
    TRY(rule_value(cx, "billing.tell", &tells));
    if (tells != 0)
        record_set_int(run, "told_upto", 0);
    return ledger_end(cx, summing->ledger);
}

static const Error *post_effect(Cx *cx, Record *run, const Asked *asked)
{
    (void)asked;
    record_set_null(run, "failure");
    return post(cx, run, NULL);
}

/* 整批红冲: only while nobody has paid any of it. */
static const Error *check_unpaid(Cx *cx, const Record *run)
{
    static const char PAID[] = "SELECT count(*) FROM charge WHERE org_id = :org AND run_id = :run AND state IN ('part', 'paid', 'written_off')"; /* charge_by_run_id_id */
    int64_t paid = 0;

    TRY(sql_row(cx, PAID, IN(in_int("run", run->id)), OUT(out_int(&paid))));
    return paid == 0 ? OK : error_state(cx->arena, STR("posted"), str_format(cx->arena, "其中 %lld 笔已经有人缴费，不能整批作废，请逐笔红冲", (long long)paid),
                                        str_format(cx->arena, "%lld of its charges were paid; reverse single charges instead", (long long)paid));
}

static const Error *reverse_all(Cx *cx, Record *run, JobRun *job)
{
    static const char OPEN[] = "SELECT id FROM charge WHERE org_id = :org AND run_id = :run AND state = 'open' AND reverses_id IS NULL ORDER BY id";
    Ids ids = {0};
    Ledger *ledger;
    Record *charge;

    TRY(check_unpaid(cx, run));
    TRY(ledger_begin(cx, run->project, &ledger));
    TRY(sql_ids(cx, OPEN, IN(in_int("run", run->id)), &ids));
    for (int i = 0; i < ids.count; i++) {
        if (job != NULL && job_must_stop(job))
            return job_stopped(cx);
        if (job != NULL)
            job_progress(cx, job, i, ids.count);
        TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), ids.list[i], &charge));
        TRY(charge_reverse(cx, ledger, charge, record_text(run, "reason")));
    }
    return ledger_end(cx, ledger);
}

static const Error *void_effect(Cx *cx, Record *run, const Asked *asked)
{
    int64_t most;

    record_set_text(run, "reason", asked_text(asked, "reason"));
    record_set_null(run, "failure");
    if (record_is_null(run, "posted_at"))
        return OK;
    TRY(check_unpaid(cx, run));
    TRY(rule_value(cx, "billing.job_houses", &most));
    if (cx->kernel->has_runner && record_int(run, "house_count") > most)
        return hand_over(cx, run, "voiding");
    return reverse_all(cx, run, NULL);
}

/* ---- many houses: a job does it ----
 *
 * What it is to do, the run's state says. A draft is made in reads of a page each, beside everybody's work; bills are made and taken back in one
 * transaction, together with the end of the job. */

static const struct {
    const char *state, *done, *back, *before; /* the actions that end it, and the state that `back` leads to */
} works[] = {{"preparing", "prepared", "give_up", "failed"}, {"posting", "book", "go_back", "reviewed"}, {"voiding", "fall", "stay", "posted"}};

static int work_of(const Record *run)
{
    for (int i = 0; i < (int)COUNT_OF(works); i++)
        if (record_in_state(run, works[i].state))
            return i;
    return -1;
}

static const Error *hand_over(Cx *cx, Record *run, const char *state)
{
    Str id = str_format(cx->arena, "%lld", (long long)run->id), project = str_format(cx->arena, "%lld", (long long)run->project);
    json_t *args = json_pack("{s:s, s:s, s:s}", "run", id.ptr, "project", project.ptr, "lang", cx->lang == LANG_EN ? "en" : "zh");
    const Error *error;
    Id job;

    if (args == NULL)
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    error = job_add(cx, "billing_run", args, &job);
    json_decref(args);
    TRY(error);
    record_set_text(run, "job", str_format(cx->arena, "%lld", (long long)job));
    run->state = meta_state(run->meta, str_of(state));
    return OK;
}

static const Error *tell_progress(Cx *cx, const RunPages *pages, JobRun *job)
{
    int64_t done, total;

    run_progress(pages, &done, &total);
    job_progress(cx, job, done, total);
    return job_must_stop(job) ? job_stopped(cx) : OK;
}

typedef struct {
    JobRun *job;
    Id id;
    int what; /* index into works */
    Summing *summing;
    RunPages *pages;
    bool more;
    const Error *failed;
} Work;

/* Its run, while that still waits for this job. */
static const Error *its_run(Cx *cx, Work *work, Record **out)
{
    TRY(record_load(cx, kernel_type(cx->kernel, &billing_run_type), work->id, out));
    work->what = work_of(*out);
    if (work->what < 0 || !str_eq(record_text(*out, "job"), str_format(cx->arena, "%lld", (long long)job_id(work->job))))
        return error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
    return actor_has(cx->actor, BOOKKEEPERS, (*out)->project, 0) ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE); /* the role may have gone since */
}

static const Error *open_closure(Cx *cx, void *self)
{
    Work *work = self;
    Record *run;

    TRY(its_run(cx, work, &run));
    work->more = record_in_state(run, "preparing");
    return work->more ? open_pages(cx, run, &work->summing, &work->pages) : OK;
}

static const Error *page_closure(Cx *cx, void *self)
{
    Work *work = self;
    return run_page(cx, work->pages, &work->more);
}

static const Error *end_closure(Cx *cx, void *self)
{
    Work *work = self;
    Record *run;

    TRY(its_run(cx, work, &run));
    if (work->pages != NULL)
        TRY(keep_sums(cx, work->summing, run));
    else
        TRY(record_in_state(run, "posting") ? post(cx, run, work->job) : reverse_all(cx, run, work->job));
    TRY(process_take(cx, run, works[work->what].done));
    return job_end(cx, work->job, STR("null"));
}

static void set_failure(Cx *cx, Record *run, const char *code, Str zh, Str en)
{
    Json json = json_new(cx->arena, 1 << 14);

    json_open(&json, '{');
    JSON_C(&json, "code", code);
    JSON_TEXT(&json, "zh", zh);
    JSON_TEXT(&json, "en", en);
    json_close(&json, '}');
    record_set_text(run, "failure", buf_str(&json.buf));
}

/* 没有办成: the run is where it was before, and says why. One that was only interrupted is worked on again. */
static const Error *back_closure(Cx *cx, void *self)
{
    Work *work = self;
    const Error *why = work->failed;
    Record *run;
    Job job;

    TRY(its_run(cx, work, &run));
    TRY(job_find(cx, job_id(work->job), &job));
    if (job_must_stop(work->job) && str_is(job.state, "running"))
        return OK;
    set_failure(cx, run, error_row(why->code)->name, error_text(why, LANG_ZH), error_text(why, LANG_EN));
    return process_take(cx, run, works[work->what].back);
}

static const Error *work_on(Cx *cx, Work *work)
{
    Store *store = job_store(work->job);

    TRY(store_read(store, cx, open_closure, work));
    while (work->more) {
        TRY(store_read(store, cx, page_closure, work));
        TRY(tell_progress(cx, work->pages, work->job));
    }
    cx->now = clock_now(); /* it may have taken long */
    return store_write(store, cx, end_closure, work);
}

static const Error *run_job(Cx *cx, JobRun *job, Json *result)
{
    AUTO(arena_close_at) Arena *arena = arena_open(64 << 20); /* says why it failed, also when the job's own is spent */
    Work work = {.job = job};
    Cx own = *cx;
    const Error *error;

    (void)result;
    if (!str_to_id(json_str(json_object_get(job_args(job), "run")), &work.id))
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    work.failed = work_on(cx, &work);
    if (work.failed == OK) {
        job_is_saved(job);
        return OK;
    }
    own.arena = arena;
    error = store_write(job_store(job), &own, back_closure, &work);
    return error == OK || error->code == ERR_CHANGED ? work.failed : error_copy(cx->arena, error);
}

const JobKind billing_run_job = {.kind = "billing_run", .run = run_job};

/* 停止: nothing of it stays. One that is just being written is waited for, and then it is done. */
static const Error *stop_effect(Cx *cx, Record *run, const Asked *asked)
{
    int what = work_of(run);
    Id job;

    (void)asked;
    set_failure(cx, run, "stopped", STR("已停止，没有写入任何内容"), STR("was stopped; nothing was written"));
    run->state = meta_state(run->meta, str_of(works[what].before));
    return str_to_id(record_text(run, "job"), &job) ? job_withdraw(cx, job) : OK;
}

/* How far its job is, as of a moment ago; GET jobs/<job> is newer. */
static const Error *show_progress(Cx *cx, const Record *run, Json *json)
{
    Job job;
    Id id;

    JSON_KEY(json, "progress");
    if (work_of(run) < 0 || !str_to_id(record_text(run, "job"), &id) || job_find(cx, id, &job) != OK) {
        json_none(json);
        return OK;
    }
    json_open(json, '{');
    JSON_ID(json, "job", id);
    JSON_INT(json, "done", job.done);
    JSON_INT(json, "total", job.total);
    json_close(json, '}');
    return OK;
}

static const Field review_asks[] = {{"note", "复核意见", "Note", T_LINES, .max = 500}};
static const Field void_asks[] = {{"reason", "作废原因", "Reason", T_TEXT, .max = 500, .required = true}};
#define WORKED NAMES("preparing", "posting", "voiding")
static const Action actions[] = {
    {"review", "复核", "Review", .from = NAMES("draft"), .to = "reviewed", .by = BOOKKEEPERS | R_REGION, .asks = LIST(review_asks), .may = is_anothers, .effect = review_effect},
    {"post", "出账", "Post", .from = NAMES("reviewed"), .to = "posted", .by = BOOKKEEPERS, .effect = post_effect},
    {"compute", "重新试算", "Compute again", .from = NAMES("draft", "reviewed", "failed"), .to = "draft", .by = BOOKKEEPERS, .effect = again_effect},
    {"stop", "停止", "Stop", .from = WORKED, .by = BOOKKEEPERS, .effect = stop_effect},
    {"void", "作废", "Void", .from = NAMES("draft", "reviewed", "posted", "failed"), .to = "voided", .by = BOOKKEEPERS, .asks = LIST(void_asks), .effect = void_effect},
    /* where the effects above lead to with many houses, and what a job takes at its end */
    {"prepare_apart", "后台试算", "Prepare in the background", .from = NAMES("draft", "reviewed", "failed"), .to = "preparing", .by = BY_SYSTEM},
    {"post_apart", "后台出账", "Post in the background", .from = NAMES("reviewed"), .to = "posting", .by = BY_SYSTEM},
    {"void_apart", "后台作废", "Void in the background", .from = NAMES("posted"), .to = "voiding", .by = BY_SYSTEM},
    {"prepared", "试算完成", "Prepared", .from = NAMES("preparing"), .to = "draft", .by = BY_SYSTEM},
    {"give_up", "没有算成", "Not prepared", .from = NAMES("preparing"), .to = "failed", .by = BY_SYSTEM},
    {"book", "出账完成", "Posted", .from = NAMES("posting"), .to = "posted", .by = BY_SYSTEM},
    {"go_back", "没有出账", "Not posted", .from = NAMES("posting"), .to = "reviewed", .by = BY_SYSTEM},
    {"fall", "作废完成", "Void", .from = NAMES("voiding"), .to = "voided", .by = BY_SYSTEM},
    {"stay", "没有作废", "Not voided", .from = NAMES("voiding"), .to = "posted", .by = BY_SYSTEM},
};

const RecordType billing_run_type = {
    .resource = "billing_runs", .name = "billing_run", .zh = "出账批次", .en = "Billing run", .prefix = "CZ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "prepare", .first_zh = "试算", .first_en = "Prepare", .sights = LIST(sights), .create_by = BOOKKEEPERS, .write_by = BOOKKEEPERS, .indexes = indexes, .label = "no",
    .in_project = true, .own_search_only = true, .take = take_project, .prepare = prepare, .show = show_progress,
};
