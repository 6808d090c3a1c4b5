/* fee.c: every function here first refuses what cannot be, then adds exact lines to a sum, and settles it. */
#include "modules/billing/fee.h"

#include <stdlib.h>

const struct FeeRegisterName fee_registers[FEE_REGISTERS] = {{"sharp", "尖", "sharp"}, {"peak", "峰", "peak"}, {"flat", "平", "flat"}, {"valley", "谷", "valley"}};

/* A fee while it is made. When a number leaves its room, `fits` is false from then on, and settle() says so. */
typedef struct {
    Arena *arena;
    const char *field; /* the input that is named when the amount becomes too large */
    Fee fee;
    Exact total; /* of the lines before they were rounded */
    bool fits;
} Work;

/* The price as far as it has risen. */
typedef struct {
    Exact price;
    Date next; /* on which it rises again */
    int times;
} Raised;
#define RAISED_PLACES 4

typedef struct {
    Exact rest;
    int64_t *share;
    int at;
} Remainder;

static const Error *refuse(Arena *arena, const char *field, const char *zh, const char *en);
static const Error *check_percent(Arena *arena, const char *field, Exact percent);
static const Error *check_least(Arena *arena, const char *field, Exact number);
static Work work_of(Arena *arena, const char *field, int most_lines);
static void add(Work *work, FeeLine line, Exact yuan);
static const Error *settle(Work *work, bool once, bool largest, Fee *out);
static Raised raised_of(const MonthlyFee *ask);
static void raise_until(Work *work, const MonthlyFee *ask, Date day, Raised *raised);
static void add_month(Work *work, const MonthlyFee *ask, Exact price, Date first, Date last, int length);
static int days_between(Date from, Date to);
static bool add_steps(Work *work, const FeeStep *steps, int count, Exact before, Exact after);
static const Error *check_late(Arena *arena, const LateFee *ask);
static PaidPart *in_order(Arena *arena, const LateFee *ask);
static bool is_past_grace(const LateFee *ask, const PaidPart *paid);
static void add_late(Work *work, const LateFee *ask, const PaidPart *paid);
static bool add_span(Work *work, const LateFee *ask, Date from, Date to, int64_t open_fen);
static const Error *check_weights(Arena *arena, const Exact *weights, int count, Exact *sum);
static int by_remainder(const void *left, const void *right);
static int by_day(const void *left, const void *right);

const Error *fee_monthly(Arena *arena, const MonthlyFee *ask, Fee *out)
{
    const char *quantity = ask->kind == LINE_AREA ? "area" : "quantity";
    Raised raised = raised_of(ask);
    int months;
    Work work;

    TRY(check_least(arena, quantity, ask->quantity));
    TRY(check_least(arena, "rate_yuan", ask->price));
    TRY(fee_check_days(arena, "to", ask->from, ask->to));
    if (exact_is_number(ask->percent))
        TRY(check_percent(arena, "percent", ask->percent));
    if (ask->raise_months > 0)
        TRY(check_percent(arena, "raise_percent", ask->raise_percent));
    months = (ask->to / 10000 - ask->from / 10000) * 12 + ask->to / 100 % 100 - ask->from / 100 % 100 + 1;
    work = work_of(arena, "rate_yuan", 2 * months);
    for (Date first = ask->from; first <= ask->to;) {
        int length = date_month_last(first) % 100;
        Date end = first / 100 * 100 + length, last = end < ask->to ? end : ask->to;

        raise_until(&work, ask, first, &raised);
        last = last < raised.next ? last : date_add(raised.next, -1);
        add_month(&work, ask, raised.price, first, last, length);
        first = date_add(last, 1);
    }
    if (work.fee.count > MAX_FEE_LINES)
        return refuse(arena, "to", "期间太长，明细太多", "the span is too long: it has too many lines");
    return settle(&work, ask->rounding == ROUND_BILL, false, out);
}

int fee_whole_months(Date from, Date to)
{
    Date first = from % 100 == 1 ? from : date_add(date_month_last(from), 1), behind = date_add(to, 1); /* the first days of the first whole month, and after the last */
    int months = (behind / 10000 - first / 10000) * 12 + behind / 100 % 100 - first / 100 % 100;

    return months > 0 ? months : 0;
}

const Error *fee_ahead(Arena *arena, const MonthlyFee *ask, int months, const FeeAhead *list, int count, Fee *fee)
{
    const FeeAhead *row = NULL;
    FeeLine line = {.kind = LINE_AHEAD, .total_fen = fee->amount_fen}, *lines;
    MonthlyFee free_days = *ask;
    Fee last = {0};
    Exact off;

    for (int i = 0; i < count && list[i].months <= months; i++)
        row = &list[i];
    if (row == NULL)
        return error_field(arena, STR("ahead"), "out_of_range", str_format(arena, "预缴满 %d 个月才有优惠，这里是 %d 个整月", count > 0 ? list[0].months : 0, months),
                           str_format(arena, "a discount is given from %d months ahead; these are %d whole months", count > 0 ? list[0].months : 0, months));
    line.quantity = exact_of(row->months);
    if (row->days > 0) {
        line.days = row->days;
        free_days.from = date_add(ask->to, 1 - row->days);
        TRY(free_days.from > ask->from ? fee_monthly(arena, &free_days, &last) : OK);
        line.amount_fen = -last.amount_fen;
    } else {
        line.percent = row->percent;
        if (!exact_mul(exact_per(fee->amount_fen, 10000), row->percent, &off) || !exact_fen(off, &line.amount_fen))
            return refuse(arena, "ahead", "算出的金额太大", "the amount becomes too large");
        line.amount_fen = -line.amount_fen;
        off.n = -off.n;
        fee_note_exact(&line, off);
    }
    if ((row->days > 0 && last.count == 0) || line.amount_fen + fee->amount_fen <= 0 || fee->count >= MAX_FEE_LINES)
        return refuse(arena, "ahead", "优惠之后没有要缴的了", "with the discount nothing would be left to pay");
    lines = new (arena, FeeLine, fee->count + 1);
    memcpy(lines, fee->list, sizeof *lines * (size_t)fee->count);
    lines[fee->count] = line;
    *fee = (Fee){lines, fee->count + 1, fee->amount_fen + line.amount_fen};
    return OK;
}

const Error *fee_steps_check(Arena *arena, const FeeStep *steps, int count)
{
    if (count < 1 || count > MAX_FEE_STEPS)
        return refuse(arena, "steps", "应有 1 到 12 档", "must be 1 to 12 steps");
    for (int i = 0; i < count; i++) {
        bool last = i == count - 1;

        if (exact_is_number(steps[i].limit) == last)
            return refuse(arena, "steps", "最后一档没有上限，其余各档都有", "the last step has no limit, all others have one");
        if (!last && exact_cmp(steps[i].limit, i == 0 ? exact_of(0) : steps[i - 1].limit) <= 0)
            return refuse(arena, "steps", "各档上限应逐档增大", "the limits must rise");
        TRY(check_least(arena, "steps", steps[i].price));
        if (exact_is_number(steps[i].wider) && (last || steps[i].wider.n < 0))
            return refuse(arena, "steps", "加档应不小于 0，最后一档没有上限可加", "what widens a step must not be below 0, and the last has no limit to move");
    }
    return OK;
}

const Error *fee_steps_widen(Arena *arena, FeeStep *steps, int count, int64_t persons, int64_t meant)
{
    for (int i = 0; i < count - 1 && meant > 0 && persons > meant; i++) {
        Exact by;
        if (!exact_is_number(steps[i].wider) || exact_is_zero(steps[i].wider))
            continue;
        if (!exact_mul(steps[i].wider, exact_of(persons - meant), &by) || !exact_add(steps[i].limit, by, &steps[i].limit))
            return refuse(arena, "steps", "上限太大", "a limit becomes too large");
        steps[i].persons = (int)persons;
    }
    return fee_steps_check(arena, steps, count);
}

const Error *fee_stepped(Arena *arena, const FeeStep *steps, int count, Exact before, Exact use, Fee *out)
{
    Work work = work_of(arena, "use", MAX_FEE_STEPS);
    Exact after;

    TRY(fee_steps_check(arena, steps, count));
    TRY(check_least(arena, "before", before));
    TRY(check_least(arena, "use", use));
    work.fits = exact_add(before, use, &after) && add_steps(&work, steps, count, before, after);
    return settle(&work, true, true, out);
}

const Error *fee_append(Arena *arena, const Fee *part, Fee *fee)
{
    FeeLine *all;

    if (fee->count == 0) {
        *fee = *part;
        return OK;
    }
    if (fee->count + part->count > MAX_FEE_LINES)
        return refuse(arena, "to", "期间太长，明细太多", "the span is too long: it has too many lines");
    all = new (arena, FeeLine, fee->count + part->count);
    memcpy(all, fee->list, sizeof(FeeLine) * (size_t)fee->count);
    memcpy(all + fee->count, part->list, sizeof(FeeLine) * (size_t)part->count);
    *fee = (Fee){all, fee->count + part->count, fee->amount_fen + part->amount_fen};
    return OK;
}

const Error *fee_meter(Arena *arena, Exact before, Exact after, Exact use, Exact multiplier, Exact price, Fee *out)
{
    Work work = work_of(arena, "use", 1);
    Exact times = exact_is_number(multiplier) ? multiplier : exact_of(1), yuan;

    TRY(check_least(arena, "use", use));
    TRY(check_least(arena, "multiplier", times));
    TRY(check_least(arena, "rate_yuan", price));
    work.fits = exact_mul(use, times, &yuan) && exact_mul(yuan, price, &yuan);
    if (work.fits)
        add(&work, (FeeLine){.kind = LINE_METER, .quantity = use, .price = price, .before = before, .after = after, .multiplier = times}, yuan);
    return settle(&work, false, false, out);
}

const Error *fee_tou(Arena *arena, const FeeRegister *registers, Exact multiplier, Fee *out)
{
    Work work = work_of(arena, "use", FEE_REGISTERS);
    Exact times = exact_is_number(multiplier) ? multiplier : exact_of(1), yuan;

    TRY(check_least(arena, "multiplier", times));
    for (int i = 0; i < FEE_REGISTERS; i++) {
        const FeeRegister *one = &registers[i];

        if (!exact_is_number(one->price))
            continue;
        TRY(check_least(arena, "rates", one->price));
        TRY(check_least(arena, "use", one->use));
        if (exact_is_zero(one->use))
            continue;
        work.fits = work.fits && exact_mul(one->use, times, &yuan) && exact_mul(yuan, one->price, &yuan);
        if (work.fits)
            add(&work, (FeeLine){.kind = LINE_METER, .quantity = one->use, .price = one->price, .before = one->before, .after = one->after, .multiplier = times,
                                 .note = str_of(fee_registers[i].name)}, yuan);
    }
    return settle(&work, false, false, out);
}

const Error *fee_rollover(Arena *arena, Exact previous, Exact value, int digits, Exact *use)
{
    int64_t end = 1;

    if (digits < 1 || digits > 9)
        return refuse(arena, "digits", "应在 1 到 9 之间", "must be between 1 and 9");
    TRY(check_least(arena, "previous", previous));
    TRY(check_least(arena, "value", value));
    for (int i = 0; i < digits; i++)
        end *= 10;
    if (exact_cmp(previous, exact_of(end)) >= 0)
        return refuse(arena, "previous", "比这块表的位数大", "is more than this meter's digits hold");
    if (exact_cmp(value, exact_of(end)) >= 0)
        return refuse(arena, "value", "比这块表的位数大", "is more than this meter's digits hold");
    if (exact_cmp(value, previous) < 0 && !exact_add(value, exact_of(end), &value))
        return refuse(arena, "value", "数字太长", "has too many digits");
    return exact_sub(value, previous, use) ? OK : refuse(arena, "value", "数字太长", "has too many digits");
}

const Error *fee_share(Arena *arena, int64_t total_fen, const Exact *weights, int count, int64_t **shares)
{
    int64_t left = total_fen < 0 ? -total_fen : total_fen, *parts;
    Remainder *rests;
    Exact sum;

    if (total_fen > MAX_FEE_FEN || total_fen < -MAX_FEE_FEN)
        return refuse(arena, "total_fen", "金额太大", "the amount is too large");
    TRY(check_weights(arena, weights, count, &sum));
    parts = new (arena, int64_t, count);
    rests = new (arena, Remainder, count);
    for (int i = 0; i < count; i++) {
        Exact part;

        if (!exact_div(weights[i], sum, &part) || !exact_mul(part, exact_of(total_fen < 0 ? -total_fen : total_fen), &part))
            return refuse(arena, "weights", "权重的位数太多", "the weights have too many digits");
        parts[i] = (int64_t)(part.n / part.d);
        left -= parts[i];
        rests[i] = (Remainder){.rest = {part.n % part.d, part.d}, .share = &parts[i], .at = i};
    }
    qsort(rests, (size_t)count, sizeof *rests, by_remainder);
    for (int i = 0; left > 0; i++, left--) /* fewer than there are remainders: each is less than one */
        ++*rests[i].share;
    for (int i = 0; i < count && total_fen < 0; i++)
        parts[i] = -parts[i];
    *shares = parts;
    return OK;
}

const Error *fee_late(Arena *arena, const LateFee *ask, Fee *out)
{
    Work work;
    PaidPart *paid;

    TRY(check_late(arena, ask));
    work = work_of(arena, "per_ten_thousand", ask->paid_count + 1);
    paid = in_order(arena, ask);
    if (is_past_grace(ask, paid))
        add_late(&work, ask, paid);
    return settle(&work, true, true, out);
}

const Error *fee_vat(Arena *arena, int64_t gross_fen, Exact rate_percent, int64_t *net_fen, int64_t *tax_fen)
{
    Exact yuan = exact_per(gross_fen, 100), whole;
    int64_t net;

    if (gross_fen > MAX_FEE_FEN || gross_fen < -MAX_FEE_FEN)
        return refuse(arena, "gross_fen", "金额太大", "the amount is too large");
    TRY(check_percent(arena, "rate_percent", rate_percent));
    if (!exact_div(rate_percent, exact_of(100), &whole) || !exact_add(whole, exact_of(1), &whole) || !exact_div(yuan, whole, &yuan) ||
        !exact_fen(yuan, &net))
        return refuse(arena, "rate_percent", "税率的位数太多", "the rate has too many digits");
    *net_fen = net;
    *tax_fen = gross_fen - net;
    return OK;
}

/* Dates are yyyymmdd: the same day forty years later is 400000 more, also of a 29 February. */
const Error *fee_check_days(Arena *arena, const char *field, Date from, Date to)
{
    if (to < from)
        return refuse(arena, field, "不能早于开始日期", "must not be before the first day");
    if (to - from >= MAX_FEE_YEARS * 10000)
        return refuse(arena, field, "期间最长 40 年", "the span is at most 40 years");
    return OK;
}

static const Error *refuse(Arena *arena, const char *field, const char *zh, const char *en)
{
    return error_field(arena, str_of(field), "out_of_range", str_of(zh), str_of(en));
}

static const Error *check_percent(Arena *arena, const char *field, Exact percent)
{
    if (!exact_is_number(percent) || percent.n < 0 || exact_cmp(percent, exact_of(100)) > 0)
        return refuse(arena, field, "应在 0 到 100 之间", "must be between 0 and 100");
    return OK;
}

static const Error *check_least(Arena *arena, const char *field, Exact number)
{
    if (!exact_is_number(number))
        return error_field(arena, str_of(field), "required", STR("不能缺少"), STR("is required"));
    return number.n < 0 ? refuse(arena, field, "不能小于 0", "must not be below 0") : OK;
}

static Work work_of(Arena *arena, const char *field, int most_lines)
{
    return (Work){.arena = arena, .field = field, .fee.list = new (arena, FeeLine, most_lines), .total = exact_of(0), .fits = true};
}

void fee_note_exact(FeeLine *line, Exact yuan)
{
    if (exact_cmp(yuan, exact_per(line->amount_fen, 100)) != 0)
        line->exact = yuan;
}

static void add(Work *work, FeeLine line, Exact yuan)
{
    if (!work->fits || !exact_add(work->total, yuan, &work->total) || !exact_fen(yuan, &line.amount_fen) || line.amount_fen > MAX_FEE_FEN) {
        work->fits = false;
        return;
    }
    fee_note_exact(&line, yuan);
    work->fee.amount_fen += line.amount_fen; /* at most MAX_FEE_LINES x MAX_FEE_FEN */
    work->fee.list[work->fee.count++] = line;
}

/* `once`: the sum is rounded and not the lines; the difference goes to the largest line, or to the last. */
static const Error *settle(Work *work, bool once, bool largest, Fee *out)
{
    Fee *fee = &work->fee;
    int taker = largest ? 0 : fee->count - 1;
    int64_t sum = fee->amount_fen;

    if (!work->fits || (once && !exact_fen(work->total, &sum)) || sum > MAX_FEE_FEN)
        return refuse(work->arena, work->field, "算出的金额太大", "the amount becomes too large");
    for (int i = 1; largest && i < fee->count; i++)
        if (fee->list[i].amount_fen > fee->list[taker].amount_fen)
            taker = i;
    if (fee->count > 0)
        fee->list[taker].amount_fen += sum - fee->amount_fen;
    fee->amount_fen = sum;
    *out = *fee;
    return OK;
}

static Raised raised_of(const MonthlyFee *ask)
{
    return (Raised){ask->price, ask->raise_months > 0 ? date_months_on(ask->raise_from, ask->raise_months) : 99991231, 0};
}

/* Each step from the price before it, rounded: as the contract's table of prices says them. */
static void raise_until(Work *work, const MonthlyFee *ask, Date day, Raised *raised)
{
    Exact more;

    for (; raised->next <= day && work->fits; raised->times++) {
        work->fits = exact_mul(raised->price, ask->raise_percent, &more) && exact_div(more, exact_of(100), &more) && exact_add(raised->price, more, &more) &&
                     exact_parse(exact_text(work->arena, more, 0, RAISED_PLACES), RAISED_PLACES, &raised->price);
        raised->next = date_months_on(ask->raise_from, (raised->times + 2) * ask->raise_months);
    }
}

static void add_month(Work *work, const MonthlyFee *ask, Exact price, Date first, Date last, int length)
{
    FeeLine line = {.kind = ask->kind, .from = first, .to = last, .days = last - first + 1, .of_days = length, .quantity = ask->quantity, .price = price};
    Exact yuan;

    if (ask->basis30 && line.days < length) {
        line.days = line.days < 30 ? line.days : 30;
        line.of_days = 30;
    }
    work->fits = work->fits && exact_mul(ask->quantity, price, &yuan) && exact_mul(yuan, exact_per(line.days, line.of_days), &yuan);
    if (exact_is_number(ask->percent) && exact_cmp(ask->percent, exact_of(100)) != 0) {
        line.percent = ask->percent;
        work->fits = work->fits && exact_mul(yuan, ask->percent, &yuan) && exact_div(yuan, exact_of(100), &yuan);
    }
    if (work->fits)
        add(work, line, yuan);
}

static int days_between(Date from, Date to)
{
    return (int)(date_to_days(to) - date_to_days(from));
}

/* What of (before, after] falls into each step. */
static bool add_steps(Work *work, const FeeStep *steps, int count, Exact before, Exact after)
{
    for (int i = 0; i < count && exact_cmp(before, after) < 0; i++) {
        bool ends_here = i == count - 1 || exact_cmp(after, steps[i].limit) <= 0;
        Exact end = ends_here ? after : steps[i].limit, part, yuan;

        if (exact_cmp(end, before) <= 0)
            continue;
        if (!exact_sub(end, before, &part) || !exact_mul(part, steps[i].price, &yuan))
            return false;
        add(work, (FeeLine){.kind = LINE_STEP, .quantity = part, .price = steps[i].price, .after = steps[i].persons > 0 ? steps[i].limit : (Exact){0},
                            .multiplier = steps[i].persons > 0 ? exact_of(steps[i].persons) : (Exact){0}}, yuan);
        before = end;
    }
    return work->fits;
}

static const Error *check_late(Arena *arena, const LateFee *ask)
{
    if (ask->principal_fen < 0 || ask->principal_fen > MAX_FEE_FEN)
        return refuse(arena, "principal_fen", "应在 0 到 10^15 分之间", "must be between 0 and 10^15 fen");
    TRY(check_least(arena, "per_ten_thousand", ask->per_ten_thousand));
    if (exact_cmp(ask->per_ten_thousand, exact_of(10000)) > 0)
        return refuse(arena, "per_ten_thousand", "应在 0 到 10000 之间", "must be between 0 and 10000");
    if (exact_is_number(ask->cap_percent))
        TRY(check_percent(arena, "cap_percent", ask->cap_percent));
    if (ask->until > ask->due)
        TRY(fee_check_days(arena, "until", ask->due, ask->until));
    if (ask->grace_days < 0)
        return refuse(arena, "grace_days", "不能小于 0", "must not be below 0");
    if (ask->paid_count >= MAX_FEE_LINES)
        return refuse(arena, "paid", "付款太多", "there are too many payments");
    for (int i = 0; i < ask->paid_count; i++)
        if (ask->paid[i].fen < -MAX_FEE_FEN || ask->paid[i].fen > MAX_FEE_FEN)
            return refuse(arena, "paid", "付款应在 10^15 分之内", "a payment must be within 10^15 fen");
    return OK;
}

static PaidPart *in_order(Arena *arena, const LateFee *ask)
{
    PaidPart *paid = new (arena, PaidPart, ask->paid_count + 1);

    for (int i = 0; i < ask->paid_count; i++)
        paid[i] = ask->paid[i];
    qsort(paid, (size_t)ask->paid_count, sizeof *paid, by_day);
    return paid;
}

/* Who has paid all within the grace was never past it, however long ago that is. */
static bool is_past_grace(const LateFee *ask, const PaidPart *paid)
{
    int64_t open = ask->principal_fen;
    Date end = ask->until;

    for (int i = 0; i < ask->paid_count && paid[i].on <= ask->until; i++) {
        open -= paid[i].fen;
        if (open > 0)
            end = ask->until;
        else if (end == ask->until)
            end = paid[i].on;
    }
    return end > ask->due && days_between(ask->due, end) > ask->grace_days;
}

static void add_late(Work *work, const LateFee *ask, const PaidPart *paid)
{
    int64_t open = ask->principal_fen;
    Date from = ask->due;

    for (int i = 0; i < ask->paid_count && paid[i].on <= ask->until; i++) {
        if (paid[i].on > from) {
            if (open > 0 && !add_span(work, ask, from, paid[i].on, open))
                return;
            from = paid[i].on;
        }
        open -= paid[i].fen;
    }
    if (open > 0 && ask->until > from)
        (void)add_span(work, ask, from, ask->until, open); /* the last one: whether more may follow does not matter */
}

/* The days after `from` until `to`; false when nothing more can come, for the cap is reached or a number has left its room. */
static bool add_span(Work *work, const LateFee *ask, Date from, Date to, int64_t open_fen)
{
    FeeLine line = {.kind = LINE_LATE, .from = date_add(from, 1), .to = to, .days = days_between(from, to), .total_fen = open_fen, .price = ask->per_ten_thousand};
    Exact yuan, cap, room = exact_of(0);

    work->fits = work->fits && exact_mul(exact_per(open_fen, 1000000), ask->per_ten_thousand, &yuan) && exact_mul(yuan, exact_of(line.days), &yuan);
    if (work->fits && exact_is_number(ask->cap_percent)) {
        work->fits = exact_mul(exact_per(ask->principal_fen, 10000), ask->cap_percent, &cap) && exact_sub(cap, work->total, &room);
        line.capped = work->fits && exact_cmp(yuan, room) > 0;
    }
    if (work->fits)
        add(work, line, line.capped ? room : yuan);
    return work->fits && !line.capped;
}

static const Error *check_weights(Arena *arena, const Exact *weights, int count, Exact *sum)
{
    *sum = exact_of(0);
    for (int i = 0; i < count; i++) {
        TRY(check_least(arena, "weights", weights[i]));
        if (!exact_add(*sum, weights[i], sum))
            return refuse(arena, "weights", "权重的位数太多", "the weights have too many digits");
    }
    return exact_is_zero(*sum) ? refuse(arena, "weights", "至少要有一个大于 0", "at least one must be above 0") : OK;
}

/* The larger remainder first, of equal ones the earlier. */
static int by_remainder(const void *left, const void *right)
{
    const Remainder *a = left, *b = right;
    int order = exact_cmp(b->rest, a->rest);

    return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

static int by_day(const void *left, const void *right)
{
    const PaidPart *a = left, *b = right;

    return (a->on > b->on) - (a->on < b->on);
}
