/* propose.c: what a run would bill: house after house, of each the items, of each item the days that no charge covers yet, told apart by price version and
 * by who pays. Read in pages of houses; what belongs to a page is read in a few statements, and its memory is given back behind it. */
#include "modules/billing/billing_parts.h"

#define PAGE_HOUSES 500
#define PAGE_BYTES ((size_t)256 << 20)
#define MAX_VERSIONS 60
#define MAX_CUTS 64 /* of one house's days */
#define SHARE_BYTES ((size_t)1 << 30) /* while a total is shared out: 130 bytes a house */

/* What each house's part of a shared total is, by rising id. */
typedef struct {
    Id *houses;
    int64_t *fen;
    int count;
    int64_t total;
    Exact weights;
} Shares;

typedef struct {
    Price price;
    Applies applies;
    Shares shares;
} Version;

typedef struct {
    Id house, party;
    bool owner;
    Date since, until; /* first day, and the first day no more (0: still) */
} Resident;
typedef struct {
    Id house;
    Str item;
    bool slotted; /* covers its days */
    Date from, to;
    int64_t fen;
} Covered;
typedef struct {
    Id house, meter, id;
    Str item, no;
    Date day, previous_on;
    Exact value, previous, used, multiplier, before; /* before: billed in the same year */
    FeeRegister *registers; /* of a meter that is charged by the time of day; NULL */
    bool has_reading;
} MeterRow;

/* Rows of a page of one kind, in the order of houses; `at` is how far the houses have come. */
#define ROWS(Type)                                                                                                                    \
    struct {                                                                                                                          \
        Type *list;                                                                                                                   \
        int count, room, at;                                                                                                           \
    }
struct RunPages {
    const Record *run;
    RunSink sink;
    Arena *arena, *page; /* of all of it; of what belongs to a page, given back behind it */
    bool is_shared_out;
    Id after;    /* the last house looked at */
    int64_t done, total;
    Date from, to, before_from;
    int64_t outlier_percent;
    bool start_next_month, split_owner;
    Id developer;
    Version *versions;
    int version_count;
    bool metered;
    Record **houses;
    int house_count;
    ROWS(Resident) residents;
    ROWS(Covered) covered;
    ROWS(MeterRow) meters;
};

#define ROOM(rows) ((rows).list = arena_grown(cx->arena, (rows).list, sizeof(*(rows).list), (rows).count, &(rows).room), &(rows).list[(rows).count++])

/* ---- items ---- */

static const Error *note_record(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;
    const RecordMeta *meta = kernel_type(cx->kernel, &tariff_type);

    if (run->version_count == MAX_VERSIONS)
        return error_field(cx->arena, STR("tariffs"), "out_of_range", STR("一批最多 60 段价格，请分批"), STR("a run takes at most 60 prices; make several"));
    return price_read(cx->arena, record_from_row(cx, meta, row), &run->versions[run->version_count++].price);
}

static const Error *add_versions(Cx *cx, RunPages *run, const Record *tariff)
{
    Buf sql = buf_new(cx->arena, 1 << 14);

    for (int i = 0; i < run->version_count; i++)
        if (str_eq(run->versions[i].price.code, record_text(tariff, "code")))
            return OK;
    buf_format(&sql, "SELECT %s FROM tariff t WHERE t.org_id = :org AND t.project_id = :project AND t.code = :code AND t.archived_at IS NULL"
                     " AND t.\"from\" <= :to AND coalesce(t.\"to\", 99991231) >= :from ORDER BY t.\"from\"", /* tariff_by_project_id_code_from */
               tariff->meta->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", run->run->project), in_text("code", record_text(tariff, "code")), in_int("to", run->to), in_int("from", run->from)),
                          note_record, run);
}

/* ---- shared totals ---- */

typedef struct {
    Arena *kept, *arena; /* for the houses; for their weights */
    Version *version;
    Exact *weights;
    int weight_room, house_room;
    Id last; /* house looked at */
    int count; /* of the page */
} Weighing;

static const Error *weigh_house(Cx *cx, const Row *row, void *self)
{
    Weighing *weighing = self;
    Shares *shares = &weighing->version->shares;
    Record *house = record_of_row(cx, kernel_find(cx->kernel, STR("houses")), row);
    Str by = record_text(weighing->version->price.tariff, "share_by");
    int64_t floor = 0;

    weighing->last = house->id;
    weighing->count++;
    if (!applies_to(&weighing->version->applies, house))
        return OK;
    weighing->weights = arena_grown(weighing->arena, weighing->weights, sizeof(Exact), shares->count, &weighing->weight_room);
    shares->houses = arena_grown(weighing->kept, shares->houses, sizeof(Id), shares->count, &weighing->house_room);
    shares->houses[shares->count] = house->id;
    if (str_is(by, "house"))
        weighing->weights[shares->count] = exact_of(1);
    else if (str_is(by, "floor"))
        weighing->weights[shares->count] = exact_of(str_to_int(record_text(house, "floor"), &floor) && floor > 0 ? floor : 0);
    else
        weighing->weights[shares->count] = exact_per(record_int(house, "area"), 100);
    shares->count++;
    return OK;
}

/* A page of the project's houses, in the order of their ids. */
static const Error *each_house(Cx *cx, const RunPages *run, Id after, RowFn *fn, void *self)
{
    Buf sql = buf_new(cx->arena, 1 << 14);

    buf_format(&sql, "SELECT %s FROM house t WHERE t.org_id = :org AND t.project_id = :project AND t.archived_at IS NULL AND t.id > :after ORDER BY t.id LIMIT :limit", /* house_by_project_id_id */
               kernel_find(cx->kernel, STR("houses"))->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", run->run->project), in_int("after", after), in_int("limit", PAGE_HOUSES)), fn, self);
}

static const Error *total_of(Cx *cx, const RunPages *run, const Version *version, int64_t *out)
{
    json_t *list = NULL;

    if (!record_is_null(run->run, "shared"))
        TRY(json_read(cx->arena, record_text(run->run, "shared"), &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i), *fen = json_object_get(one, "total_fen");
        Id id;
        if (!str_to_id(json_str(json_object_get(one, "tariff")), &id) || !json_is_integer(fen) || json_integer_value(fen) <= 0 || json_integer_value(fen) > MAX_FEE_FEN)
            return error_field(cx->arena, STR("shared"), "format", STR("写成 [{\"tariff\":\"编号\",\"total_fen\":金额}]"), STR("is written [{\"tariff\":\"id\",\"total_fen\":amount}]"));
        *out = json_integer_value(fen);
        if (id == version->price.tariff->id)
            return OK;
    }
    return error_field(cx->arena, STR("shared"), "required", str_format(cx->arena, "“%.*s”要写本期公摊总额", STR_ARG(record_text(version->price.tariff, "name"))),
                       STR("give the total of each shared item"));
}

/* All that belongs to a page, for one statement or more on it. */
static Cx page_cx(const Cx *cx, const RunPages *run)
{
    Cx page = *cx;

    page.arena = run->page;
    page.looked = NULL;
    return page;
}

static const Error *weigh_houses(Cx *cx, const RunPages *run, Weighing *weighing)
{
    do {
        Cx page = page_cx(cx, run);
        weighing->count = 0;
        TRY(error_copy(cx->arena, each_house(&page, run, weighing->last, weigh_house, weighing)));
        arena_reset(run->page);
    } while (weighing->count == PAGE_HOUSES);
    return OK;
}

/* Of the weights, nothing stays but the shares. */
static const Error *share_out(Cx *cx, const RunPages *run, Version *version)
{
    AUTO(arena_close_at) Arena *arena = arena_open(SHARE_BYTES);
    Shares *shares = &version->shares;
    Weighing weighing = {.kept = run->arena, .arena = arena, .version = version, .weights = new (arena, Exact, run->total + 1), .weight_room = (int)run->total + 1, .house_room = (int)run->total + 1};
    bool fits = true;
    int64_t *fen;

    shares->houses = new (run->arena, Id, run->total + 1);
    TRY(weigh_houses(cx, run, &weighing));
    shares->weights = exact_of(0);
    for (int i = 0; i < shares->count && fits; i++)
        fits = exact_add(shares->weights, weighing.weights[i], &shares->weights);
    if (shares->count == 0 || !fits || exact_is_zero(shares->weights))
        return error_field(cx->arena, STR("shared"), "out_of_range", STR("没有可以分摊的房屋（面积、楼层都缺）"), STR("no house has a weight to share by"));
    TRY(error_copy(cx->arena, fee_share(arena, shares->total, weighing.weights, shares->count, &fen)));
    shares->fen = new (run->arena, int64_t, shares->count);
    memcpy(shares->fen, fen, sizeof(int64_t) * (size_t)shares->count);
    return arena_is_spent(arena) ? error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE) : OK;
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
        if (version->price.kind == BY_SHARE)
            TRY(total_of(cx, run, version, &version->shares.total));
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

    *ROOM(run->covered) = (Covered){.house = row_int(row, 0), .item = str_copy(cx->arena, row_text(row, 1)), .slotted = !row_is_null(row, 2), .from = (Date)row_int(row, 3),
                                    .to = (Date)row_int(row, 4), .fen = row_int(row, 5)};
    return OK;
}

static Exact number_of(Str text, int64_t otherwise)
{
    Exact number;

    return text.len > 0 && exact_parse(text, 9, &number) ? number : exact_of(otherwise);
}

/* Reading.register_use */
static const Error *read_registers(Cx *cx, Str text, FeeRegister **out)
{
    json_t *json;

    *out = new (cx->arena, FeeRegister, FEE_REGISTERS);
    TRY(json_read(cx->arena, text, &json));
    for (int i = 0; i < FEE_REGISTERS; i++) {
        const json_t *one = json_object_get(json, fee_registers[i].name);
        if (one != NULL)
            (*out)[i] = (FeeRegister){.before = number_of(json_str(json_object_get(one, "previous")), 0), .after = number_of(json_str(json_object_get(one, "value")), 0),
                                      .use = number_of(json_str(json_object_get(one, "used")), 0)};
    }
    return OK;
}

static const Error *note_meter(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;

    *ROOM(run->meters) = (MeterRow){.house = row_int(row, 0), .meter = row_int(row, 1), .item = str_copy(cx->arena, row_text(row, 2)), .no = str_copy(cx->arena, row_text(row, 3)),
                                    .multiplier = number_of(row_text(row, 4), 1), .has_reading = !row_is_null(row, 5), .id = row_int(row, 5), .day = (Date)row_int(row, 6),
                                    .value = number_of(row_text(row, 7), 0), .previous = number_of(row_text(row, 8), 0), .previous_on = (Date)row_int(row, 9),
                                    .used = number_of(row_text(row, 10), 0), .before = exact_of(0)};
    return row_is_null(row, 11) ? OK : read_registers(cx, row_text(row, 11), &run->meters.list[run->meters.count - 1].registers);
}

/* What was billed of a meter in the year that its reading lies in: the steps go on from there. */
static const Error *add_before(Cx *cx, const Row *row, void *self)
{
    RunPages *run = self;
    Exact used = number_of(row_text(row, 2), 0);

    (void)cx;
    for (int i = 0; i < run->meters.count; i++) {
        MeterRow *meter = &run->meters.list[i];
        if (meter->meter == row_int(row, 0) && meter->day / 10000 == row_int(row, 1) / 10000 && !exact_add(meter->before, used, &meter->before))
            return error_field(cx->arena, STR("total_fen"), "out_of_range", STR("用量太大"), STR("the use is too large"));
    }
    return OK;
}

static const Error *read_meters(Cx *cx, RunPages *run, Id first, Id last)
{
    static const char METERS[] =
        "SELECT m.house_id, m.id, m.item, m.no, m.multiplier, r.id, r.read_day, r.value, r.previous, r.previous_on, r.used, r.register_use FROM meter m"
        " LEFT JOIN reading r ON r.org_id = m.org_id AND r.meter_id = m.id AND r.run_id IS NULL AND r.read_day <= :to AND r.archived_at IS NULL"
        " WHERE m.org_id = :org AND m.project_id = :project AND m.house_id >= :first AND m.house_id <= :last AND m.archived_at IS NULL"
        " ORDER BY m.house_id, m.id, r.read_day, r.id"; /* meter_by_house_id_id, reading_by_meter_id_read_day_id */
    static const char BEFORE[] =
        "SELECT r.meter_id, r.read_day, r.used FROM meter m JOIN reading r ON r.org_id = m.org_id AND r.meter_id = m.id AND r.read_day >= :year"
        " WHERE m.org_id = :org AND m.project_id = :project AND m.house_id >= :first AND m.house_id <= :last AND r.run_id IS NOT NULL AND r.archived_at IS NULL";
    In in[] = {in_int("to", run->to), in_int("project", run->run->project), in_int("first", first), in_int("last", last), in_int("year", run->from / 10000 * 10000 - 10000), {0}};

    if (!run->metered)
        return OK;
    TRY(sql_each(cx, METERS, in, note_meter, run));
    return sql_each(cx, BEFORE, in, add_before, run);
}

static const Error *read_page(Cx *cx, RunPages *run)
{
    static const char RESIDENTS[] = "SELECT house_id, party_id, role, since, until FROM residence WHERE org_id = :org AND house_id >= :first AND house_id <= :last"
                                    " AND role IN ('owner', 'tenant') AND since < :end AND (until = 0 OR until > :begin) ORDER BY house_id, since, party_id"; /* residence_pkey */
    static const char COVERED[] = "SELECT c.house_id, c.item, c.slot, c.period_from, c.period_to, c.amount_fen FROM house h CROSS JOIN charge c WHERE h.org_id = :org"
                                  " AND h.project_id = :project AND h.id >= :first AND h.id <= :last AND c.org_id = h.org_id AND c.house_id = h.id AND c.period_from >= :since AND c.period_from <= :to"
                                  " AND c.state <> 'reversed' AND coalesce(c.late_of_id, 0) = 0 AND c.archived_at IS NULL ORDER BY h.id"; /* charge_by_house_id_period_from; not by late_of_id, which most have not */
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
    TRY(sql_each(cx, COVERED,
                 IN(in_int("since", date_add(run->before_from, -400)), in_int("to", run->to), in_int("project", run->run->project), in_int("first", first), in_int("last", last)),
                 note_covered, run));
    return read_meters(cx, run, first, last);
}

/* ---- one house ---- */

typedef struct {
    const Record *house;
    const Resident *residents;
    const Covered *covered;
    const MeterRow *meters;
    int resident_count, covered_count, meter_count;
    Date starts; /* from which day on the household pays; before it the developer */
} Home;

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

/* Who pays on a day: the tenant where that was agreed, else the first owner; the developer before the handover. 0: nobody is known. */
static Id payer_on(const RunPages *run, const Home *home, Date day)
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

static int cut(Date *cuts, int count, Date day, Date from, Date to)
{
    int at = count;

    if (day <= from || day > to || count == MAX_CUTS)
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

static bool is_covered(const Home *home, Str item, Date day)
{
    for (int i = 0; i < home->covered_count; i++)
        if (home->covered[i].slotted && str_eq(home->covered[i].item, item) && home->covered[i].from <= day && home->covered[i].to >= day)
            return true;
    return false;
}

static const Error *except(Cx *cx, const RunPages *run, const Home *home, const Version *version, const char *code, bool billed, Str zh, Str en)
{
    return run->sink.exception(cx, &(Exception){.tariff = version->price.tariff, .house = home->house, .code = code, .zh = zh, .en = en, .billed = billed}, run->sink.self);
}

/* One stretch of days with one payer. *fen grows by what it comes to. */
static const Error *bill_days(Cx *cx, const RunPages *run, const Home *home, const Version *version, Date from, Date to, int64_t *fen)
{
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, from), .from = from, .to = to, .slot = version->price.code};
    const Error *error;

    if (proposed.payer == 0 && from < home->starts)
        return except(cx, run, home, version, "not_delivered", false, STR("尚未交房，项目没有登记建设单位，不出账"), STR("not handed over yet, and the project names no developer: not billed"));
    error = bill_fee(cx, &version->price, home->house, from, to, &proposed.billed);
    if (error != OK && error->fields == NULL)
        return error;
    if (error != OK)
        return except(cx, run, home, version, str_to_c(cx->arena, str_format(cx->arena, "no_%.*s", STR_ARG(error->fields->field))), false, error->fields->zh, error->fields->en);
    if (proposed.billed.fee.amount_fen <= 0)
        return OK; /* nothing is owed: an empty house that pays 0 % */
    if (proposed.payer == 0)
        TRY(except(cx, run, home, version, "no_payer", true, STR("没有登记业主，账单没有付款人"), STR("no owner is known: the bill has no payer")));
    *fen += proposed.billed.fee.amount_fen;
    return run->sink.proposed(cx, &proposed, run->sink.self);
}

static const Error *bill_monthly(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t *fen)
{
    Date from = version->price.from > run->from ? version->price.from : run->from, to = version->price.to < run->to ? version->price.to : run->to, cuts[MAX_CUTS];
    Str item = version->price.code;
    int count = from > to ? 0 : cut_days(run, home, item, from, to, cuts);

    for (int i = 0; i < count;) {
        int next = i + 1;
        if (is_covered(home, item, cuts[i])) {
            i = next;
            continue;
        }
        while (next < count && !is_covered(home, item, cuts[next]) && payer_on(run, home, cuts[next]) == payer_on(run, home, cuts[i]) &&
               (cuts[next] < home->starts) == (cuts[i] < home->starts))
            next++;
        TRY(bill_days(cx, run, home, version, cuts[i], next < count ? date_add(cuts[next], -1) : to, fen));
        i = next;
    }
    return OK;
}

static const Error *bill_share(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t *fen)
{
    const Shares *shares = &version->shares;
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, run->to), .from = run->from, .to = run->to, .slot = version->price.code};
    FeeLine *line = new (cx->arena, FeeLine, 1);
    int low = 0, high = shares->count - 1;

    while (low < high) { /* rising by id */
        int middle = (low + high) / 2;
        if (shares->houses[middle] < home->house->id)
            low = middle + 1;
        else
            high = middle;
    }
    if (shares->count == 0 || shares->houses[low] != home->house->id || is_covered(home, proposed.slot, run->from))
        return OK;
    if (shares->fen[low] == 0)
        return except(cx, run, home, version, "no_weight", false, STR("没有面积或楼层，分摊为 0"), STR("has no area or floor: its share is 0"));
    *line = (FeeLine){.kind = LINE_SHARE, .from = run->from, .to = run->to, .quantity = exact_per(record_int(home->house, "area"), 100), .weights = shares->weights,
                      .total_fen = shares->total, .amount_fen = shares->fen[low]};
    if (str_is(record_text(version->price.tariff, "share_by"), "house"))
        line->quantity = exact_of(1);
    proposed.billed.fee = (Fee){line, 1, line->amount_fen};
    *fen += line->amount_fen;
    return run->sink.proposed(cx, &proposed, run->sink.self);
}

/* What each register has counted over all the readings. */
static const Error *fee_by_time(Cx *cx, const Price *price, const MeterRow *rows, int count, Fee *out)
{
    FeeRegister sums[FEE_REGISTERS] = {{{0}}};
    bool fits = true;

    for (int i = 0; i < FEE_REGISTERS; i++) {
        sums[i].price = price->rates[i];
        for (int k = 0; k < count && fits; k++) {
            const FeeRegister *one = rows[k].registers == NULL ? NULL : &rows[k].registers[i];
            if (one == NULL || !exact_is_number(one->use))
                continue;
            if (!exact_is_number(sums[i].use))
                sums[i].before = one->before, sums[i].use = exact_of(0);
            sums[i].after = one->after;
            fits = exact_add(sums[i].use, one->use, &sums[i].use);
        }
    }
    if (!fits)
        return error_field(cx->arena, STR("use"), "out_of_range", STR("用量太大"), STR("the use is too large"));
    return fee_tou(cx->arena, sums, rows[0].multiplier, out);
}

/* 多人户 */
static const Error *fee_by_steps(Cx *cx, const Price *price, const Record *house, Exact before, Exact use, Fee *out)
{
    FeeStep steps[MAX_FEE_STEPS];

    memcpy(steps, price->steps, sizeof steps);
    TRY(fee_steps_widen(cx->arena, steps, price->step_count, record_int(house, "persons"), price->step_persons));
    return fee_stepped(cx->arena, steps, price->step_count, before, use, out);
}

static const Error *meter_fee(Cx *cx, const Price *price, const Record *house, const MeterRow *rows, int count, Exact used, Billed *out)
{
    const MeterRow *first = rows, *last = &rows[count - 1];
    Exact before, all;

    if (price->kind == BY_STEPS) {
        if (!exact_mul(used, last->multiplier, &all) || !exact_mul(last->before, last->multiplier, &before))
            return error_field(cx->arena, STR("use"), "out_of_range", STR("用量太大"), STR("the use is too large"));
        out->quantity = exact_text(cx->arena, all, 0, 4);
        return fee_by_steps(cx, price, house, before, all, &out->fee);
    }
    out->quantity = exact_text(cx->arena, used, 0, 4);
    if (price->kind == BY_TIME)
        return fee_by_time(cx, price, rows, count, &out->fee);
    out->unit_price = record_text(price->tariff, "rate_yuan");
    return fee_meter(cx->arena, first->previous, last->value, used, last->multiplier, price->rate, &out->fee);
}

/* All readings of one meter that wait: from the day after the last billed one to the last. */
static const Error *bill_meter(Cx *cx, const RunPages *run, const Home *home, const Version *version, const MeterRow *rows, int count, int64_t *fen)
{
    const MeterRow *first = rows, *last = &rows[count - 1];
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, last->day)};
    Id *readings = new (cx->arena, Id, count);
    Exact used = exact_of(0);
    const Error *error;
    bool fits = true;

    if (!last->has_reading)
        return except(cx, run, home, version, "no_reading", false, str_format(cx->arena, "表 %.*s 没有未出账的读数", STR_ARG(first->no)),
                      str_format(cx->arena, "meter %.*s has no reading that waits", STR_ARG(first->no)));
    if (last->day < version->price.from || last->day > version->price.to)
        return OK; /* another version's */
    for (int i = 0; i < count; i++) {
        fits = fits && exact_add(used, rows[i].used, &used);
        readings[i] = rows[i].id;
    }
    if (!fits || used.n < 0)
        return except(cx, run, home, version, "credit", false, STR("实抄低于此前估抄，差额留到下次抵"), STR("less than was estimated before: the difference is kept for the next bill"));
    if (exact_is_zero(used))
        return OK;
    error = meter_fee(cx, &version->price, home->house, rows, count, used, &proposed.billed);
    if (error != OK && error->fields == NULL)
        return error;
    if (error != OK)
        return except(cx, run, home, version, strcmp(error->fields->code, "required") != 0 ? "credit" : version->price.kind == BY_TIME ? "no_registers" : "no_price", false, error->fields->zh, error->fields->en);
    proposed.to = last->day;
    proposed.from = first->previous_on != 0 && first->previous_on < last->day ? date_add(first->previous_on, 1) : first->day;
    proposed.slot = str_format(cx->arena, "%.*s/%lld", STR_ARG(version->price.code), (long long)first->meter);
    proposed.readings = readings;
    proposed.reading_count = count;
    *fen += proposed.billed.fee.amount_fen;
    return proposed.billed.fee.amount_fen == 0 ? OK : run->sink.proposed(cx, &proposed, run->sink.self);
}

static const Error *bill_meters(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t *fen)
{
    for (int i = 0, next; i < home->meter_count; i = next) {
        for (next = i + 1; next < home->meter_count && home->meters[next].meter == home->meters[i].meter;)
            next++;
        if (str_eq(home->meters[i].item, version->price.code))
            TRY(bill_meter(cx, run, home, version, &home->meters[i], next - i, fen));
    }
    return OK;
}

static const Error *bill_version(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t *fen)
{
    switch (version->price.kind) {
    case BY_METER:
    case BY_TIME:
    case BY_STEPS: return bill_meters(cx, run, home, version, fen);
    case BY_SHARE: return bill_share(cx, run, home, version, fen);
    case BY_AREA:
    case BY_HOUSE:
    case BY_PERSON:
    case BY_SPACE:
    case BY_FORMULA: return bill_monthly(cx, run, home, version, fen);
    case ONE_OFF:
    case PRICE_KINDS: break; /* not by a run */
    }
    return OK;
}

/* Much more or less than the period before is looked at by somebody. */
static const Error *look_at_change(Cx *cx, const RunPages *run, const Home *home, const Version *version, int64_t fen)
{
    int64_t before = 0, apart;

    for (int i = 0; i < home->covered_count; i++)
        if (str_eq(home->covered[i].item, version->price.code) && home->covered[i].from >= run->before_from && home->covered[i].from < run->from)
            before += home->covered[i].fen;
    apart = fen > before ? fen - before : before - fen;
    if (fen == 0 || before == 0 || apart < before / 100 * run->outlier_percent)
        return OK;
    return run->sink.exception(cx,
                                &(Exception){.tariff = version->price.tariff, .house = home->house, .code = "outlier", .fen = fen, .before_fen = before, .billed = true,
                                             .zh = str_format(cx->arena, "上期 %.*s 元，本期 %.*s 元", STR_ARG(exact_yuan(cx->arena, before)), STR_ARG(exact_yuan(cx->arena, fen))),
                                             .en = str_format(cx->arena, "%.*s yuan the period before, now %.*s", STR_ARG(exact_yuan(cx->arena, before)), STR_ARG(exact_yuan(cx->arena, fen)))},
                                run->sink.self);
}

static const Error *bill_house(Cx *cx, RunPages *run, const Record *house)
{
    Home home = {.house = house, .starts = start_of(run, house)};
    int64_t fen = 0;

    SLICE(run->residents, house->id, home.residents, home.resident_count);
    SLICE(run->covered, house->id, home.covered, home.covered_count);
    SLICE(run->meters, house->id, home.meters, home.meter_count);
    for (int i = 0; i < run->version_count; i++) {
        const Version *version = &run->versions[i];
        bool last = i + 1 == run->version_count || !str_eq(run->versions[i + 1].price.code, version->price.code);
        if (applies_to(&version->applies, house))
            TRY(bill_version(cx, run, &home, version, &fen));
        if (!last)
            continue;
        TRY(look_at_change(cx, run, &home, version, fen));
        fen = 0;
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
    int64_t next, split;

    TRY(sql_row(cx, HOUSES, IN(in_int("project", run->run->project)), OUT(out_int(&run->total))));
    run->before_from = run_before(run->from, run->to);
    TRY(rule_value(cx, "billing.outlier_percent", &run->outlier_percent));
    TRY(rule_value(cx, "billing.start_next_month", &next));
    TRY(rule_value(cx, "billing.split_owner", &split));
    run->start_next_month = next != 0;
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
