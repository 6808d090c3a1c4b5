/* figures.c: MTBF、MTTR 与可用率, how long machines run between faults, how long they stand, how much of the time they are there (card P18).
 *
 *     |--- in service, within the period ---------------------------------|
 *     |  up  | down |  up  | planned stop |  up  | down (still open) ------|
 *
 * Down is the time of the faults with which it stood, together: two at once are one stretch. A planned stop is apart, also from a fault within it. A
 * fault that reaches over an end of the period counts with the part that lies inside. Formulas as IEC 60050-192 (GB/T 2900.99) has them:
 * mean operating time between failures 192-05-13, mean time to restoration 192-07-23, availability 192-08-01. */
#include "modules/equipment/equipment_parts.h"

#define COMMON_ZH "投用前、报废后不计；第一次故障之前、最后一次故障之后都计；计划停机、检修和检验过期停用的时间另计，不在其中；同时发生的故障停机只算一次；跨期的只计期内部分；没有停机的故障不计。"
#define COMMON_EN                                                                                                                                                     \
    " Not before it was in service nor after it was scrapped; time before the first and after the last fault counts; planned stops, overhauls and stops without a valid" \
    " inspection are apart; faults at the same time are one stretch; of those that reach over an end the part inside; faults with which nothing stood do not count."

static const char *const by[] = {"equipment", "type", "criticality", "space", "building", NULL};

typedef struct {
    Instant since, until;
    bool is_stop;
} Span;

/* Running totals: of the machine at hand, and of the key's row. */
typedef struct {
    const Measuring *measuring;
    MeasuredFn *each;
    void *self;
    int64_t up, down, faults; /* of the row */
    Measured row;
    bool has_row;
    const Error *(*tell)(Cx *cx, const void *totals);
    Id machine; /* 0: none yet */
    Instant since, until;
    Span *spans;
    int count, room;
} Totals;

/* How much of [since, until) the spans cover together, only the stops or all; they rise by their beginning. */
static int64_t covered(const Totals *totals, bool only_stops)
{
    Instant reached = totals->since;
    int64_t sum = 0;

    for (int i = 0; i < totals->count; i++) {
        const Span *span = &totals->spans[i];
        Instant from = span->since > reached ? span->since : reached, to = span->until < totals->until ? span->until : totals->until;
        if ((only_stops && !span->is_stop) || to <= from)
            continue;
        sum += to - from;
        reached = to;
    }
    return sum;
}

static void end_machine(Totals *totals)
{
    int64_t stopped, away;

    if (totals->machine != 0 && totals->since < totals->until) {
        stopped = covered(totals, true);
        away = covered(totals, false);
        totals->up += totals->until - totals->since - away;
        totals->down += away - stopped;
        for (int i = 0; i < totals->count; i++)
            totals->faults += !totals->spans[i].is_stop && totals->spans[i].since < totals->until && totals->spans[i].until >= totals->since;
    }
    totals->machine = 0;
    totals->count = 0;
}

static const Error *end_row(Cx *cx, Totals *totals)
{
    end_machine(totals);
    if (totals->has_row)
        TRY(totals->tell(cx, totals));
    totals->up = totals->down = totals->faults = 0;
    totals->has_row = false;
    return OK;
}

static Instant latest(Instant a, Instant b)
{
    return a > b ? a : b;
}

static Instant earliest(Instant a, Instant b)
{
    return a < b ? a : b;
}

/* key, label, machine, first day, created, scrapped, is_stop, since, until: by key, machine and time. */
static const Error *take_span(Cx *cx, const Row *row, void *self)
{
    Totals *totals = self;
    Value key = row_value(row, 0);

    if (!totals->has_row || !value_eq(key, totals->row.key)) {
        TRY(end_row(cx, totals));
        totals->has_row = true;
        totals->row = (Measured){.key = row_value_copy(cx, row, 0), .label = str_copy(cx->arena, row_text(row, 1))};
    }
    if (totals->machine != row_int(row, 2)) {
        Date first = (Date)row_int(row, 3);
        end_machine(totals);
        totals->machine = row_int(row, 2);
        totals->since = latest(totals->measuring->from, first != 0 ? date_to_instant(first, 0, cx->zone_min) : row_int(row, 4));
        totals->until = earliest(earliest(totals->measuring->before, cx->now), row_is_null(row, 5) ? cx->now : row_int(row, 5));
    }
    if (row_is_null(row, 6))
        return OK;
    totals->spans = arena_grown(cx->arena, totals->spans, sizeof(Span), totals->count, &totals->room);
    totals->spans[totals->count++] = (Span){row_int(row, 7), row_int(row, 8), row_int(row, 6) != 0};
    return OK;
}

static const Error *measure(Cx *cx, const Measuring *measuring, MeasuredFn *each, void *self, const Error *(*tell)(Cx *cx, const void *totals))
{
    Totals totals = {.measuring = measuring, .each = each, .self = self, .tell = tell};
    Params params = measuring->list->params;
    Buf sql = buf_new(cx->arena, 1 << 16);

    buf_format(&sql,
               "SELECT %s AS k, %s AS l, t.id, coalesce(t.in_service_on, t.installed_on), t.created_at, t.scrapped_at, s.is_stop, s.since, s.till FROM equipment t LEFT JOIN ("
               "SELECT f.equipment_id, 0 AS is_stop, f.down_from AS since, coalesce(f.up_at, :now) AS till FROM fault f WHERE f.org_id = :org AND f.archived_at IS NULL"
               " AND f.down_from < :m_before AND coalesce(f.up_at, :now) >= :m_from" /* fault_by_equipment_id_down_from */
               " UNION ALL SELECT p.equipment_id, 1, p.since, coalesce(p.\"until\", :now) FROM equipment_stop p WHERE p.org_id = :org AND p.archived_at IS NULL"
               " AND p.since < :m_before AND coalesce(p.\"until\", :now) > :m_from" /* equipment_stop_by_equipment_id_since */
               ") s ON s.equipment_id = t.id WHERE t.org_id = :org",
               measuring->key, measuring->label);
    buf_add(&sql, measuring->list->where);
    buf_add_c(&sql, " ORDER BY 1, t.id, s.since");
    params_add(&params, "m_from", value_int(measuring->from));
    params_add(&params, "m_before", value_int(measuring->before));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, take_span, &totals));
    return end_row(cx, &totals);
}

static const Error *give(Cx *cx, const Totals *totals, int64_t n, int64_t part, int64_t whole)
{
    Measured row = totals->row;

    row.n = n;
    row.part = part;
    row.whole = whole;
    return totals->each(cx, &row, totals->self);
}

static const Error *tell_mtbf(Cx *cx, const void *self)
{
    const Totals *totals = self;
    return give(cx, totals, totals->faults, totals->up, totals->faults * HOUR);
}

static const Error *tell_mttr(Cx *cx, const void *self)
{
    const Totals *totals = self;
    return give(cx, totals, totals->faults, totals->down, totals->faults * HOUR);
}

static const Error *tell_availability(Cx *cx, const void *self)
{
    const Totals *totals = self;
    return give(cx, totals, (totals->up + totals->down) / HOUR, totals->up, totals->up + totals->down);
}

static const Error *measure_mtbf(Cx *cx, const Measuring *measuring, MeasuredFn *each, void *self)
{
    return measure(cx, measuring, each, self, tell_mtbf);
}

static const Error *measure_mttr(Cx *cx, const Measuring *measuring, MeasuredFn *each, void *self)
{
    return measure(cx, measuring, each, self, tell_mttr);
}

static const Error *measure_availability(Cx *cx, const Measuring *measuring, MeasuredFn *each, void *self)
{
    return measure(cx, measuring, each, self, tell_availability);
}

const Figure equipment_figures[EQUIPMENT_FIGURES] = {
    {"equipment_mtbf", "平均无故障时间", "Mean time between failures", "运行小时 ÷ 停机故障数。" COMMON_ZH "n 为故障数。", "Hours running ÷ faults with which it stood." COMMON_EN " n is the faults.",
     &equipment_type, .by = by, .measure = measure_mtbf, .unit = "hours"},
    {"equipment_mttr", "平均修复时间", "Mean time to restoration", "故障停机小时 ÷ 停机故障数。" COMMON_ZH "n 为故障数。", "Hours down ÷ faults with which it stood." COMMON_EN " n is the faults.",
     &equipment_type, .by = by, .measure = measure_mttr, .unit = "hours"},
    {"equipment_availability", "设备可用率", "Availability", "运行时间 ÷（运行时间 + 故障停机时间）。" COMMON_ZH "n 为两者相加的小时数。",
     "Time running ÷ (time running + time down)." COMMON_EN " n is both together, in hours.", &equipment_type, .by = by, .measure = measure_availability, .unit = "share"},
};
