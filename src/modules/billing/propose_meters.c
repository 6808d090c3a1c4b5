/* propose_meters.c: 按表计费. What waits on a meter is billed by the price of the day it was read on, and of a stepped item by the year, since the steps
 * begin anew with it. On the steps all meters of a household stand together (a swapped one goes on where the old one ended): each charge takes a span of
 * them, and keeps which. A new one takes what is free, from below, so that whatever was reversed and read again in between, a year comes to what all of it
 * costs. */
#include "modules/billing/propose_parts.h"

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
                                    .multiplier = number_of(row_text(row, 4), 1), .removed_on = (Date)row_int(row, 5), .has_reading = !row_is_null(row, 6), .id = row_int(row, 6),
                                    .day = (Date)row_int(row, 7), .value = number_of(row_text(row, 8), 0), .previous = number_of(row_text(row, 9), 0),
                                    .previous_on = (Date)row_int(row, 10), .used = number_of(row_text(row, 11), 0)};
    return row_is_null(row, 12) ? OK : read_registers(cx, row_text(row, 12), &run->meters.list[run->meters.count - 1].registers);
}

static const Error *too_much(Cx *cx)
{
    return error_field(cx->arena, STR("use"), "out_of_range", STR("用量太大"), STR("the use is too large"));
}

const Error *read_meters(Cx *cx, RunPages *run, Id first, Id last, Date *since)
{
    static const char METERS[] =
        "SELECT m.house_id, m.id, m.item, m.no, m.multiplier, m.removed_on, r.id, r.read_day, r.value, r.previous, r.previous_on, r.used, r.register_use FROM meter m"
        " LEFT JOIN reading r ON r.org_id = m.org_id AND r.meter_id = m.id AND r.run_id IS NULL AND r.read_day <= :to AND r.archived_at IS NULL"
        " WHERE m.org_id = :org AND m.project_id = :project AND m.house_id >= :first AND m.house_id <= :last AND m.archived_at IS NULL"
        " ORDER BY m.house_id, m.id, r.read_day, r.id"; /* meter_by_house_id_id, reading_by_meter_id_read_day_id */

    if (!run->metered)
        return OK;
    TRY(sql_each(cx, METERS, IN(in_int("to", run->to), in_int("project", run->run->project), in_int("first", first), in_int("last", last)), note_meter, run));
    for (int i = 0; i < run->meters.count; i++)
        if (run->meters.list[i].has_reading && run->meters.list[i].day / 10000 * 10000 + 101 < *since && !exact_is_zero(run->meters.list[i].used))
            *since = run->meters.list[i].day / 10000 * 10000 + 101;
    return OK;
}

const Error *meters_since(Cx *cx, const RunPages *run, Str item, Date *out)
{
    static const char OLDEST[] = "SELECT coalesce(min(r.read_day), :from) FROM reading r JOIN meter m ON m.org_id = r.org_id AND m.id = r.meter_id AND m.item = :item"
                                 " WHERE r.org_id = :org AND r.project_id = :project AND r.run_id IS NULL AND r.used <> '0' AND r.archived_at IS NULL"
                                 " AND EXISTS (SELECT 1 FROM tariff WHERE org_id = :org AND project_id = :project AND code = :item AND kind IN ('meter', 'tou', 'stepped'))"; /* reading_by_project_id_house_id_id_part */
    int64_t oldest;

    TRY(sql_row(cx, OLDEST, IN(in_int("from", run->from), in_text("item", item), in_int("project", run->run->project)), OUT(out_int(&oldest))));
    *out = (Date)oldest < run->from ? (Date)oldest : run->from;
    return OK;
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
    return fits ? fee_tou(cx->arena, sums, rows[0].multiplier, out) : too_much(cx);
}

/* ---- steps ---- */

static const Error *add_span(Cx *cx, Home *home, Str item, int year, Exact from, Exact to)
{
    int at = home->span_count;

    home->spans = arena_grown(cx->arena, home->spans, sizeof(Span), home->span_count, &home->span_room);
    for (; at > 0 && exact_cmp(home->spans[at - 1].from, from) > 0; at--)
        home->spans[at] = home->spans[at - 1];
    home->spans[at] = (Span){item, year, from, to};
    home->span_count++;
    return OK;
}

/* What a charge has taken; of one that an earlier release made, what it was for, on top of the others. */
static const Error *take_spans(Cx *cx, Home *home, const Covered *covered, Exact *top)
{
    int year = covered->to / 10000;
    json_t *list;
    Exact from, to;

    if (covered->spans.len == 0) {
        from = *top;
        return exact_add(*top, number_of(covered->quantity, 0), top) ? add_span(cx, home, covered->item, year, from, *top) : too_much(cx);
    }
    TRY(json_read(cx->arena, covered->spans, &list));
    for (size_t i = 0; i < json_array_size(list); i++) {
        from = number_of(json_str(json_array_get(json_array_get(list, i), 0)), 0);
        to = number_of(json_str(json_array_get(json_array_get(list, i), 1)), 0);
        if (exact_cmp(to, *top) > 0)
            *top = to;
        TRY(add_span(cx, home, covered->item, year, from, to));
    }
    return OK;
}

/* Once for an item and a year: what its charges have taken stands among the spans. */
static const Error *know_year(Cx *cx, Home *home, Str item, int year)
{
    Exact top = exact_of(0);

    for (int i = 0; i < home->span_count; i++)
        if (home->spans[i].year == year && str_eq(home->spans[i].item, item))
            return OK;
    TRY(add_span(cx, home, item, year, top, top));
    for (int late = 0; late <= 1; late++) /* those without spans come last */
        for (int i = 0; i < home->covered_count; i++)
            if (home->covered[i].metered && home->covered[i].to / 10000 == year && str_eq(home->covered[i].item, item) && (home->covered[i].spans.len == 0) == (late == 1))
                TRY(take_spans(cx, home, &home->covered[i], &top));
    return OK;
}

/* 多人户 */
static const Error *fee_by_steps(Cx *cx, const Price *price, const Record *house, Exact before, Exact use, Fee *out)
{
    FeeStep steps[MAX_FEE_STEPS];

    memcpy(steps, price->steps, sizeof steps);
    TRY(fee_steps_widen(cx->arena, steps, price->step_count, record_int(house, "persons"), price->step_persons));
    return fee_stepped(cx->arena, steps, price->step_count, before, use, out);
}

/* A free stretch of the steps: its price, and its place. */
static const Error *take_free(Cx *cx, const Price *price, Home *home, int year, Exact from, Exact to, Json *spans, Billed *out)
{
    Exact use;
    Fee part;

    if (!exact_sub(to, from, &use))
        return too_much(cx);
    TRY(fee_by_steps(cx, price, home->house, from, use, &part));
    TRY(fee_append(cx->arena, &part, &out->fee));
    json_open(spans, '[');
    json_text(spans, exact_text(cx->arena, from, 0, 9));
    json_text(spans, exact_text(cx->arena, to, 0, 9));
    json_close(spans, ']');
    return add_span(cx, home, price->code, year, from, to);
}

static const Error *steps_fee(Cx *cx, const Price *price, Home *home, const MeterRow *last, Exact used, Billed *out)
{
    Json spans = json_new(cx->arena, 4096);
    Exact at = exact_of(0), left, free;
    int year = last->day / 10000;

    if (!exact_mul(used, last->multiplier, &left))
        return too_much(cx);
    out->quantity = exact_text(cx->arena, left, 0, 4);
    TRY(know_year(cx, home, price->code, year));
    json_open(&spans, '[');
    for (int i = 0; i <= home->span_count && !exact_is_zero(left); i++) {
        const Span *next = i < home->span_count ? &home->spans[i] : NULL;
        Exact end;
        if (next != NULL && (next->year != year || !str_eq(next->item, price->code)))
            continue;
        if (!exact_add(at, left, &end))
            return too_much(cx);
        if (next != NULL && exact_cmp(next->from, end) < 0)
            end = next->from;
        if (exact_cmp(end, at) > 0) {
            if (!exact_sub(end, at, &free) || !exact_sub(left, free, &left))
                return too_much(cx);
            TRY(take_free(cx, price, home, year, at, end, &spans, out));
            i++; /* it stands before the next one now */
        }
        if (next != NULL && exact_cmp(home->spans[i].to, at) > 0)
            at = home->spans[i].to;
    }
    json_close(&spans, ']');
    out->step_spans = buf_str(&spans.buf);
    return OK;
}

/* Readings of a meter in a row that one price holds for, and one year of steps. `version` NULL: none does. */
typedef struct {
    const Version *version;
    const MeterRow *rows;
    int count;
    Exact used;
} Stretch;

static const Error *meter_fee(Cx *cx, Home *home, const Stretch *stretch, Billed *out)
{
    const Price *price = &stretch->version->price;
    const MeterRow *first = stretch->rows, *last = &stretch->rows[stretch->count - 1];

    if (price->kind == BY_STEPS)
        return steps_fee(cx, price, home, last, stretch->used, out);
    out->quantity = exact_text(cx->arena, stretch->used, 0, 4);
    if (price->kind == BY_TIME)
        return fee_by_time(cx, price, stretch->rows, stretch->count, &out->fee);
    out->unit_price = record_text(price->tariff, "rate_yuan");
    return fee_meter(cx->arena, first->previous, last->value, stretch->used, last->multiplier, price->rate, &out->fee);
}

static const Version *version_on(const Item *item, Date day)
{
    for (int i = 0; i < item->count; i++)
        if (item->list[i].price.from <= day && item->list[i].price.to >= day)
            return &item->list[i];
    return NULL;
}

/* The estimate before it was too high: the stretch is lessened by what the next has too little, or the next by the first. */
static int join(Stretch *list, int count, int at)
{
    int into = at > 0 ? at - 1 : 0;

    if (at == 0)
        list[0].version = list[1].version;
    list[into].count += list[into + 1].count;
    if (!exact_add(list[into].used, list[into + 1].used, &list[into].used))
        return 0;
    memmove(&list[into + 1], &list[into + 2], sizeof(Stretch) * (size_t)(count - into - 2));
    return count - 1;
}

/* 0: the use is too large. */
static int stretches_of(const Item *item, const MeterRow *rows, int count, Stretch *out)
{
    int n = 0;

    for (int i = 0; i < count; i++) {
        const Version *version = version_on(item, rows[i].day);
        bool steps = version != NULL && version->price.kind == BY_STEPS;
        if (n == 0 || out[n - 1].version != version || (steps && rows[i].day / 10000 != rows[i - 1].day / 10000))
            out[n++] = (Stretch){.version = version, .rows = &rows[i], .used = exact_of(0)};
        out[n - 1].count++;
        if (!exact_add(out[n - 1].used, rows[i].used, &out[n - 1].used))
            return 0;
    }
    for (int i = 0; i < n && n > 1;)
        if (out[i].used.n < 0)
            n = join(out, n, i), i = 0;
        else
            i++;
    return n;
}

static const Error *bill_stretch(Cx *cx, const RunPages *run, Home *home, const Stretch *stretch, int64_t *fen)
{
    const Version *version = stretch->version;
    const MeterRow *first = stretch->rows, *last = &stretch->rows[stretch->count - 1];
    Proposed proposed = {.tariff = version->price.tariff, .house = home->house, .payer = payer_on(run, home, last->day), .to = last->day, .reading_count = stretch->count};
    Id *readings = new (cx->arena, Id, stretch->count);
    const Error *error;
    bool billed;

    error = meter_fee(cx, home, stretch, &proposed.billed);
    if (error != OK && error->fields == NULL)
        return error;
    if (error != OK)
        return except(cx, run, home, version, strcmp(error->fields->code, "required") != 0 ? "credit" : version->price.kind == BY_TIME ? "no_registers" : "no_price", false, error->fields->zh, error->fields->en);
    for (int i = 0; i < stretch->count; i++)
        readings[i] = stretch->rows[i].id;
    proposed.readings = readings;
    proposed.from = first->previous_on != 0 && first->previous_on < last->day ? date_add(first->previous_on, 1) : first->day;
    proposed.slot = str_format(cx->arena, "%.*s/%lld/%lld", STR_ARG(version->price.code), (long long)first->meter, (long long)last->id); /* a meter may be read twice in a day */
    if (proposed.billed.fee.amount_fen == 0)
        return OK;
    TRY(except_payer(cx, run, home, version, &proposed, &billed));
    if (!billed)
        return OK;
    *fen += proposed.billed.fee.amount_fen;
    return run->sink.proposed(cx, &proposed, run->sink.self);
}

/* All readings of one meter that wait: from the day after the last billed one to the last. */
static const Error *bill_meter(Cx *cx, const RunPages *run, Home *home, const Item *item, const MeterRow *rows, int count, int64_t *fen)
{
    const Version *newest = &item->list[item->count - 1];
    Stretch *stretches = new (cx->arena, Stretch, count + 1);
    int n = rows->has_reading ? stretches_of(item, rows, count, stretches) : 0;

    if (!rows->has_reading && ((rows->removed_on != 0 && rows->removed_on < run->from) || !applies_to(&newest->applies, home->house)))
        return OK; /* all of it was billed; or nothing is to be */
    if (!rows->has_reading)
        return except(cx, run, home, newest, "no_reading", false, str_format(cx->arena, "表 %.*s 没有未出账的读数", STR_ARG(rows->no)),
                      str_format(cx->arena, "meter %.*s has no reading that waits", STR_ARG(rows->no)));
    if (n == 0)
        return except(cx, run, home, newest, "credit", false, STR("用量太大"), STR("the use is too large"));
    for (int i = 0; i < n; i++) {
        const Stretch *stretch = &stretches[i];
        Date day = stretch->rows[0].day;
        if (stretch->used.n < 0)
            TRY(except(cx, run, home, newest, "credit", false, STR("实抄低于此前估抄，差额留到下次抵"), STR("less than was estimated before: the difference is kept for the next bill")));
        else if (!exact_is_zero(stretch->used) && stretch->version == NULL)
            TRY(except(cx, run, home, newest, "no_price", false, str_format(cx->arena, "表 %.*s 在 %04d-%02d-%02d 抄的读数，那天没有价格", STR_ARG(rows->no), day / 10000, day / 100 % 100, day % 100),
                       str_format(cx->arena, "meter %.*s was read on %04d-%02d-%02d, when no price held", STR_ARG(rows->no), day / 10000, day / 100 % 100, day % 100)));
        else if (!exact_is_zero(stretch->used) && price_is_metered(&stretch->version->price) && applies_to(&stretch->version->applies, home->house))
            TRY(bill_stretch(cx, run, home, stretch, fen));
    }
    return OK;
}

const Error *bill_meters(Cx *cx, const RunPages *run, Home *home, const Item *item, int64_t *fen)
{
    for (int i = 0, next; i < home->meter_count; i = next) {
        for (next = i + 1; next < home->meter_count && home->meters[next].meter == home->meters[i].meter;)
            next++;
        if (str_eq(home->meters[i].item, item->list[0].price.code))
            TRY(bill_meter(cx, run, home, item, &home->meters[i], next - i, fen));
    }
    return OK;
}
