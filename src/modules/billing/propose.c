/* propose.c: what a run would bill: house after house, of each the items, of each item the days that no charge covers yet, told apart by price version and
 * by who pays. Read in pages of houses; what belongs to a page is read in a few statements, and its memory is given back behind it. */
#include "modules/billing/propose_parts.h"

#define PAGE_BYTES ((size_t)256 << 20)
#define MAX_VERSIONS 60

/* ---- items ---- */

static const Error *note_record(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;
    const RecordMeta *meta = kernel_type(cx->kernel, &tariff_type);

    if (run->version_count == MAX_VERSIONS)
        return error_field(cx->arena, STR("tariffs"), "out_of_range", STR("一批最多 60 段价格，请分批"), STR("a run takes at most 60 prices; make several"));
    return price_read(cx->arena, record_from_row(cx, meta, row), &run->versions[run->version_count++].price);
}

/* All versions that the run may need; of metered items also those that readings which wait were made under. */
static const Error *add_versions(Cx *cx, RunPages *run, const Record *tariff)
{
    Buf sql = buf_new(cx->arena, 1 << 14);
    Str code = record_text(tariff, "code");
    Date since;

    for (int i = 0; i < run->version_count; i++)
        if (str_eq(run->versions[i].price.code, code))
            return OK;
    TRY(meters_since(cx, run, code, &since));
    buf_format(&sql, "SELECT %s FROM tariff t WHERE t.org_id = :org AND t.project_id = :project AND t.code = :code AND t.archived_at IS NULL"
                     " AND t.\"from\" <= :to AND coalesce(t.\"to\", 99991231) >= :from ORDER BY t.\"from\"", /* tariff_by_project_id_code_from */
               tariff->meta->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", run->run->project), in_text("code", code), in_int("to", run->to), in_int("from", since)), note_record, run);
}

const Error *each_house(Cx *cx, const RunPages *run, Id after, RowFn *fn, void *self)
{
    Buf sql = buf_new(cx->arena, 1 << 14);

    buf_format(&sql, "SELECT %s FROM house t WHERE t.org_id = :org AND t.project_id = :project AND t.archived_at IS NULL AND t.id > :after ORDER BY t.id LIMIT :limit", /* house_by_project_id_id */
               kernel_find(cx->kernel, STR("houses"))->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", run->run->project), in_int("after", after), in_int("limit", PAGE_HOUSES)), fn, self);
}

Cx page_cx(const Cx *cx, const RunPages *run)
{
    Cx page = *cx;

    page.arena = run->page;
    page.looked = NULL;
    return page;
}

static Item item_at(const RunPages *run, int first)
{
    Item item = {&run->versions[first], 1};

    while (first + item.count < run->version_count && str_eq(run->versions[first + item.count].price.code, item.list[0].price.code))
        item.count++;
    return item;
}

static const Error *read_versions(Cx *cx, RunPages *run)
{
    Str rest = record_text(run->run, "tariffs");

    run->versions = new (cx->arena, Version, MAX_VERSIONS);
    for (Id id = str_next_id(&rest); id != 0; id = str_next_id(&rest)) {
        const Record *tariff;
        TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(id), false, &tariff));
        if (tariff == NULL || tariff->project != run->run->project)
            return error_field(cx->arena, STR("tariffs"), "reference", STR("有的收费项目不属于这个项目"), STR("one of the items belongs to another project"));
        TRY(add_versions(cx, run, tariff));
    }
    for (int i = 0; i < run->version_count; i++) {
        Version *version = &run->versions[i];
        TRY(applies_read(cx, version->price.tariff, &version->applies));
        run->metered = run->metered || price_is_metered(&version->price);
    }
    for (int i = 0; i < run->version_count; i++) {
        Item item = item_at(run, i);
        if (item.list[0].price.kind == BY_SHARE)
            TRY(shares_read(cx, run, &item));
        i += item.count - 1;
    }
    return OK;
}

/* ---- a page of houses, and what belongs to it ---- */

static const Error *note_house(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;

    run->houses[run->house_count++] = record_from_row(cx, kernel_find(cx->kernel, STR("houses")), row);
    return OK;
}

static const Error *note_resident(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;

    *ROOM(run->residents) = (Resident){.house = row_int(row, 0), .party = row_int(row, 1), .owner = str_is(row_text(row, 2), "owner"),
                                       .since = instant_to_date(row_int(row, 3), cx->zone_min), .until = row_int(row, 4) == 0 ? 0 : instant_to_date(row_int(row, 4), cx->zone_min)};
    return OK;
}

static const Error *note_covered(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;
    bool metered = str_find_char(row_text(row, 2), '/') >= 0;

    *ROOM(run->covered) = (Covered){.house = row_int(row, 0), .item = str_copy(cx->arena, row_text(row, 1)), .slotted = !row_is_null(row, 2), .from = (Date)row_int(row, 3),
                                    .to = (Date)row_int(row, 4), .fen = row_int(row, 5), .metered = metered};
    if (metered) { /* its place on the steps */
        run->covered.list[run->covered.count - 1].spans = str_copy(cx->arena, row_text(row, 6));
        run->covered.list[run->covered.count - 1].quantity = str_copy(cx->arena, row_text(row, 7));
    }
    return OK;
}

static const Error *read_page(Cx *cx, RunPages *run)
{
    static const char RESIDENTS[] = "SELECT house_id, party_id, role, since, until FROM residence WHERE org_id = :org AND house_id >= :first AND house_id <= :last"
                                    " AND role IN ('owner', 'tenant') AND since < :end AND (until = 0 OR until > :begin) ORDER BY house_id, since, party_id"; /* residence_pkey */
    static const char COVERED[] = "SELECT c.house_id, c.item, c.slot, c.period_from, c.period_to, c.amount_fen, c.step_spans, c.quantity FROM house h CROSS JOIN charge c WHERE h.org_id = :org"
                                  " AND h.project_id = :project AND h.id >= :first AND h.id <= :last AND c.org_id = h.org_id AND c.house_id = h.id AND c.period_to >= :since AND c.period_from <= :to"
                                  " AND c.state <> 'reversed' AND coalesce(c.late_of_id, 0) = 0 AND c.archived_at IS NULL ORDER BY h.id"; /* charge_by_house_id_period_to; not by late_of_id, which most have not */
    Date since = run->before_from;
    Reliefs held;
    Id first, last;

    run->houses = new (cx->arena, Record *, PAGE_HOUSES);
    run->house_count = 0;
    run->residents.list = NULL, run->residents.count = run->residents.room = run->residents.at = 0;
    run->covered.list = NULL, run->covered.count = run->covered.room = run->covered.at = 0;
    run->meters.list = NULL, run->meters.count = run->meters.room = run->meters.at = 0;
    TRY(each_house(cx, run, run->after, note_house, run));
    if (run->house_count == 0)
        return OK;
    first = run->houses[0]->id;
    last = run->houses[run->house_count - 1]->id;
    TRY(sql_each(cx, RESIDENTS,
                 IN(in_int("first", first), in_int("last", last), in_int("end", date_to_instant(run->to, 1440, cx->zone_min)), in_int("begin", date_to_instant(run->from, 0, cx->zone_min))),
                 note_resident, run));
    TRY(read_meters(cx, run, first, last, &since));
    TRY(sql_each(cx, COVERED,
                 IN(in_int("since", since), in_int("to", run->to), in_int("project", run->run->project), in_int("first", first), in_int("last", last)),
                 note_covered, run));
    TRY(reliefs_read(cx, first, last, run->from, run->to, &held));
    run->reliefs.list = held.list, run->reliefs.count = held.count, run->reliefs.at = 0;
    return OK;
}

/* ---- one house ---- */

#define SLICE(rows, home_id, out, out_count)                                                                                          \
    do {                                                                                                                              \
        while ((rows).at < (rows).count && (rows).list[(rows).at].house < (home_id))                                                  \
            (rows).at++;                                                                                                              \
        (out) = (rows).list + (rows).at;                                                                                              \
        while ((rows).at < (rows).count && (rows).list[(rows).at].house == (home_id))                                                 \
            (rows).at++;                                                                                                              \
        (out_count) = (int)((rows).list + (rows).at - (out));                                                                         \
    } while (0)

static Date start_of(const RunPages *run, const Record *house)
{
    Date handover = (Date)record_int(house, "handover_date");

    if (handover == 0)
        return str_is(record_text(house, "occupancy"), "not_delivered") ? 99991231 : 0;
    return !run->start_next_month ? handover : date_add(date_month_last(handover), 1);
}

Id payer_on(const RunPages *run, const Home *home, Date day)
{
    bool tenant = str_is(record_text(home->house, "pays"), "tenant");
    Id owner = 0;

    if (day < home->starts)
        return run->developer;
    for (int i = 0; i < home->resident_count; i++) {
        const Resident *one = &home->residents[i];
        if (one->since > day || (one->until != 0 && one->until <= day))
            continue;
        if (!one->owner && tenant)
            return one->party;
        if (one->owner && owner == 0)
            owner = one->party;
    }
    return owner;
}

/* `cuts` has room for it. */
static int cut(Date *cuts, int count, Date day, Date from, Date to)
{
    int at = count;

    if (day <= from || day > to)
        return count;
    while (at > 0 && cuts[at - 1] >= day) {
        if (cuts[at - 1] == day)
            return count;
        at--;
    }
    memmove(&cuts[at + 1], &cuts[at], sizeof(Date) * (size_t)(count - at));
    cuts[at] = day;
    return count + 1;
}

/* The days on which something changes within [from, to]: payer, handover, what is billed already. The first is `from`. */
static int cut_days(const RunPages *run, const Home *home, Str item, Date from, Date to, Date *cuts)
{
    int count = 1;

    cuts[0] = from;
    count = cut(cuts, count, home->starts, from, to);
    for (int i = 0; i < home->resident_count && run->split_owner; i++) {
        count = cut(cuts, count, home->residents[i].since, from, to);
        count = cut(cuts, count, home->residents[i].until, from, to);
    }
    for (int i = 0; i < home->covered_count; i++)
        if (home->covered[i].slotted && str_eq(home->covered[i].item, item)) {
            count = cut(cuts, count, home->covered[i].from, from, to);
            count = cut(cuts, count, date_add(home->covered[i].to, 1), from, to);
        }
    return count;
}

bool is_covered(const Home *home, Str item, Date from, Date to)
{
    for (int i = 0; i < home->covered_count; i++)
        if (home->covered[i].slotted && str_eq(home->covered[i].item, item) && home->covered[i].from <= to && home->covered[i].to >= from)
            return true;
    return false;
}

const Error *except(Cx *cx, const RunPages *run, Home *home, const Version *version, const char *code, bool billed, Str zh, Str en)
{
    home->told++;
    return run->sink.exception(cx, &(Exception){.tariff = version->price.tariff, .house = home->house, .code = code, .zh = zh, .en = en, .billed = billed}, run->sink.self);
}

const Error *except_payer(Cx *cx, const RunPages *run, Home *home, const Version *version, const Proposed *proposed, bool *billed)
{
    *billed = proposed->payer != 0 || proposed->to >= home->starts;
    if (!*billed)
        return except(cx, run, home, version, "not_delivered", false, STR("尚未交房，项目没有登记建设单位，不出账"), STR("not handed over yet, and the project names no developer: not billed"));
    return proposed->payer != 0 ? OK : except(cx, run, home, version, "no_payer", true, STR("没有登记业主，账单没有付款人"), STR("no owner is known: the bill has no payer"));
}

/* One stretch of days with one payer. *fen grows by what it comes to. */
static const Error *bill_days(Cx *cx, const RunPages *run, Home *home, const Version *version, Date from, Date to, int64_t *fen)
{
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, from), .from = from, .to = to, .slot = version->price.code};
    const Error *error = bill_fee(cx, &version->price, home->house, &home->reliefs, from, to, &proposed.billed);
    bool billed;

    if (error != OK && error->fields == NULL)
        return error;
    if (error != OK)
        return except(cx, run, home, version, str_to_c(cx->arena, str_format(cx->arena, "no_%.*s", STR_ARG(error->fields->field))), false, error->fields->zh, error->fields->en);
    if (proposed.billed.fee.amount_fen <= 0)
        return OK; /* nothing is owed: an empty house that pays 0 % */
    TRY(except_payer(cx, run, home, version, &proposed, &billed));
    if (!billed)
        return OK;
    *fen += proposed.billed.fee.amount_fen;
    return run->sink.proposed(cx, &proposed, run->sink.self);
}

static const Error *bill_monthly(Cx *cx, const RunPages *run, Home *home, const Version *version, int64_t *fen)
{
    Date from = version->price.from > run->from ? version->price.from : run->from, to = version->price.to < run->to ? version->price.to : run->to;
    Date *cuts = new (cx->arena, Date, 2 + 2 * (home->resident_count + home->covered_count));
    Str item = version->price.code;
    int count = from > to ? 0 : cut_days(run, home, item, from, to, cuts);

    for (int i = 0; i < count;) {
        int next = i + 1;
        if (is_covered(home, item, cuts[i], cuts[i])) {
            i = next;
            continue;
        }
        while (next < count && !is_covered(home, item, cuts[next], cuts[next]) && payer_on(run, home, cuts[next]) == payer_on(run, home, cuts[i]) &&
               (cuts[next] < home->starts) == (cuts[i] < home->starts))
            next++;
        TRY(bill_days(cx, run, home, version, cuts[i], next < count ? date_add(cuts[next], -1) : to, fen));
        i = next;
    }
    return OK;
}

static const Error *bill_version(Cx *cx, const RunPages *run, Home *home, Version *version, int64_t *fen)
{
    if (!applies_to(&version->applies, home->house))
        return OK;
    if (version->price.kind == BY_SHARE)
        return bill_share(cx, run, home, version, fen);
    return price_is_monthly(&version->price) || version->price.kind == BY_FORMULA ? bill_monthly(cx, run, home, version, fen) : OK; /* ONE_OFF: not by a run */
}

/* Much more or less than the period before is looked at by somebody; also nothing at all, where no other charge covers the days and nothing else was told. */
static const Error *look_at_change(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t fen, bool quiet)
{
    int64_t before = 0, apart;

    for (int i = 0; i < home->covered_count; i++)
        if (str_eq(home->covered[i].item, version->price.code) && home->covered[i].from >= run->before_from && home->covered[i].from < run->from)
            before += home->covered[i].fen;
    apart = fen > before ? fen - before : before - fen;
    if (before == 0 || apart == 0 || apart < (before * run->outlier_percent + 99) / 100 || (fen == 0 && (!quiet || is_covered(home, version->price.code, run->from, run->to))))
        return OK;
    return run->sink.exception(cx,
                                &(Exception){.tariff = version->price.tariff, .house = home->house, .code = "outlier", .fen = fen, .before_fen = before, .billed = fen > 0,
                                             .zh = str_format(cx->arena, "上期 %.*s 元，本期 %.*s 元", STR_ARG(exact_yuan(cx->arena, before)), STR_ARG(exact_yuan(cx->arena, fen))),
                                             .en = str_format(cx->arena, "%.*s yuan the period before, now %.*s", STR_ARG(exact_yuan(cx->arena, before)), STR_ARG(exact_yuan(cx->arena, fen)))},
                                run->sink.self);
}

static bool is_metered(const Item *item)
{
    for (int i = 0; i < item->count; i++)
        if (price_is_metered(&item->list[i].price))
            return true;
    return false;
}

static const Error *bill_item(Cx *cx, const RunPages *run, Home *home, const Item *item)
{
    int told = home->told;
    int64_t fen = 0;

    if (is_metered(item))
        TRY(bill_meters(cx, run, home, item, &fen));
    for (int i = 0; i < item->count; i++)
        TRY(bill_version(cx, run, home, &item->list[i], &fen));
    return look_at_change(cx, run, home, &item->list[item->count - 1], fen, home->told == told);
}

static const Error *bill_house(Cx *cx, RunPages *run, const Record *house)
{
    Home home = {.house = house, .starts = start_of(run, house), .reliefs.empty_after = run->empty_after};
    Item item;

    SLICE(run->residents, house->id, home.residents, home.resident_count);
    SLICE(run->covered, house->id, home.covered, home.covered_count);
    SLICE(run->reliefs, house->id, home.reliefs.list, home.reliefs.count);
    SLICE(run->meters, house->id, home.meters, home.meter_count);
    for (int i = 0; i < run->version_count; i += item.count) {
        item = item_at(run, i);
        TRY(bill_item(cx, run, &home, &item));
    }
    return OK;
}

Date run_before(Date from, Date to)
{
    int months = (to / 10000 - from / 10000) * 12 + to / 100 % 100 - from / 100 % 100 + 1;

    return date_months_on(from / 100 * 100 + 1, -months);
}

static const Error *read_settings(Cx *cx, RunPages *run)
{
    static const char HOUSES[] = "SELECT count(*) FROM house WHERE org_id = :org AND project_id = :project AND archived_at IS NULL"; /* house_by_project_id_id */
    const Record *project;
    int64_t next, split, empty;

    TRY(sql_row(cx, HOUSES, IN(in_int("project", run->run->project)), OUT(out_int(&run->total))));
    run->before_from = run_before(run->from, run->to);
    TRY(rule_value(cx, "billing.outlier_percent", &run->outlier_percent));
    TRY(rule_value(cx, "billing.start_next_month", &next));
    TRY(rule_value(cx, "billing.split_owner", &split));
    TRY(rule_value(cx, "billing.empty_after_months", &empty));
    run->start_next_month = next != 0;
    run->empty_after = (int)empty;
    run->split_owner = split != 0;
    TRY(record_look(cx, kernel_find(cx->kernel, STR("projects")), value_int(run->run->project), false, &project));
    run->developer = project == NULL ? 0 : record_int(project, "developer");
    return read_versions(cx, run);
}

static void close_page(void *page)
{
    arena_close(page);
}

const Error *run_open(Cx *cx, const Record *record, const RunSink *sink, RunPages **out)
{
    RunPages *run = new (cx->arena, RunPages, 1);

    run->run = record;
    run->sink = *sink;
    run->arena = cx->arena;
    run->page = arena_open(PAGE_BYTES);
    arena_defer(cx->arena, close_page, run->page);
    run->from = (Date)record_int(record, "period_from");
    run->to = (Date)record_int(record, "period_to");
    *out = run;
    return read_settings(cx, run);
}

const Error *run_page(Cx *cx, RunPages *run, bool *more)
{
    Cx page = page_cx(cx, run);

    for (int i = 0; i < run->version_count && !run->is_shared_out; i++)
        if (run->versions[i].price.kind == BY_SHARE)
            TRY(share_out(cx, run, &run->versions[i]));
    run->is_shared_out = true;
    TRY(error_copy(cx->arena, read_page(&page, run)));
    for (int i = 0; i < run->house_count; i++) {
        record_looked(&page, run->houses[i]);
        TRY(error_copy(cx->arena, bill_house(&page, run, run->houses[i])));
    }
    if (arena_is_spent(run->page))
        return error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    if (run->house_count > 0)
        run->after = run->houses[run->house_count - 1]->id;
    run->done += run->house_count;
    *more = run->house_count == PAGE_HOUSES;
    arena_reset(run->page);
    return OK;
}

void run_progress(const RunPages *run, int64_t *done, int64_t *total)
{
    *done = run->done;
    *total = run->total;
}
