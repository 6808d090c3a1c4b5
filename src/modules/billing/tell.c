/* tell.c: 发单 (card P10, notify), what households hear of a run's bills: one message to each who pays, for each house, after the run was posted and beside
 * everything else. How far it has come is kept with the run; not in the quiet hours, and not of a run of last week. */
#include "kernel/message.h"
#include "kernel/outbox.h"
#include "modules/billing/billing_parts.h"

#define NEWS_FOR (3 * DAY_US)
#define CHARGES_EACH 4 /* looked at for each message, about */

/* What one payer gets for one house. */
typedef struct {
    const Record *first;
    int64_t fen, due;
    int count;
} Bill;

typedef struct {
    Record **list;
    int count, room;
} Charges;

static const Error *note_charge(Cx *cx, const Row *row, void *self)
{
    Charges *charges = self;

    charges->list = arena_grown(cx->arena, charges->list, sizeof(Record *), charges->count, &charges->room);
    charges->list[charges->count++] = record_from_row(cx, kernel_type(cx->kernel, &charge_type), row);
    return OK;
}

static const Error *read_charges(Cx *cx, Id run, Id after, int limit, Charges *out)
{
    Buf sql = buf_new(cx->arena, 1 << 14);

    *out = (Charges){0};
    buf_format(&sql, "SELECT %s FROM charge t WHERE t.org_id = :org AND t.run_id = :run AND t.id > :after ORDER BY t.id LIMIT :limit", /* charge_by_run_id_id */
               kernel_type(cx->kernel, &charge_type)->columns);
    return sql_each_built(cx, buf_str(&sql), IN(in_int("run", run), in_int("after", after), in_int("limit", limit)), note_charge, out);
}

static const Error *tell(Cx *cx, Id run, Date month, const Bill *bill)
{
    Id party = record_int(bill->first, "payer");
    int due_day = (int)bill->due;
    Str house, yuan = exact_yuan(cx->arena, bill->fen), due = due_day == 0 ? STR_NONE : str_format(cx->arena, "%04d-%02d-%02d", due_day / 10000, due_day / 100 % 100, due_day % 100);

    TRY(record_label(cx, kernel_find(cx->kernel, STR("houses")), record_int(bill->first, "house"), &house));
    return message_party(cx, bill->first, party, "bill",
                         str_format(cx->arena, "%.*s %04d-%02d 账单：%d 笔，共 %.*s 元%s%.*s", STR_ARG(house), month / 10000, month / 100 % 100, bill->count, STR_ARG(yuan),
                                    due.len > 0 ? "，应缴日 " : "", STR_ARG(due)),
                         str_format(cx->arena, "%.*s, bill of %04d-%02d: %d %s, ¥%.*s%s%.*s", STR_ARG(house), month / 10000, month / 100 % 100, bill->count,
                                    bill->count == 1 ? "charge" : "charges", STR_ARG(yuan), due.len > 0 ? ", due " : "", STR_ARG(due)),
                         str_format(cx->arena, "bill %lld %lld %lld", (long long)run, (long long)record_int(bill->first, "house"), (long long)party));
}

/* The charges of one house: a run makes them one after the other. What was reversed meanwhile, and what nobody is known to pay, is not told. */
static const Error *tell_house(Cx *cx, Id run, Date month, Record *const *charges, int count, int *told)
{
    bool *done = new (cx->arena, bool, count);

    for (int i = 0; i < count; i++) {
        Bill bill = {.first = charges[i]};
        for (int k = i; k < count; k++) {
            int64_t due = record_int(charges[k], "due_date");
            if (done[k] || record_in_state(charges[k], "reversed") || record_int(charges[k], "payer") != record_int(charges[i], "payer"))
                continue;
            done[k] = true;
            bill.count++;
            bill.fen += record_int(charges[k], "amount_fen");
            bill.due = bill.due == 0 || (due != 0 && due < bill.due) ? due : bill.due;
        }
        if (bill.count == 0 || record_is_null(charges[i], "payer"))
            continue;
        TRY(tell(cx, run, month, &bill));
        ++*told;
    }
    return OK;
}

static int end_of_house(const Charges *charges, int at)
{
    int end = at + 1;

    while (end < charges->count && record_int(charges->list[end], "house") == record_int(charges->list[at], "house"))
        end++;
    return end;
}

/* A page of the run's charges, up to the last house that is in it whole. */
static const Error *tell_page(Cx *cx, Id run, Date month, int64_t *upto, int limit, int *told, bool *more)
{
    Charges charges;

    TRY(read_charges(cx, run, *upto, limit, &charges));
    *more = charges.count == limit;
    for (int at = 0, end; at < charges.count; at = end) {
        end = end_of_house(&charges, at);
        if (*more && end == charges.count && at > 0)
            return OK;
        TRY(tell_house(cx, run, month, &charges.list[at], end - at, told));
        *upto = charges.list[end - 1]->id;
    }
    return OK;
}

static const Error *keep_place(Cx *cx, Id run, int64_t upto, bool more, bool told)
{
    static const char KEEP[] = "UPDATE billing_run SET told_upto = :upto, told_at = :at WHERE org_id = :org AND id = :id";

    return sql_run(cx, KEEP, IN(in_value("upto", more ? value_int(upto) : VALUE_NULL), in_ref("at", !more && told ? cx->now : 0), in_int("id", run)));
}

const Error *bills_tell(Cx *cx, int max, int *count)
{
    static const char NEXT[] = "SELECT id, state, period_from, posted_at, told_upto FROM billing_run WHERE org_id = :org AND told_upto IS NOT NULL ORDER BY id LIMIT 1"; /* billing_run_by_id_part */
    int64_t run, month, posted, upto, wanted;
    bool found, quiet, is_news, more = false;
    int told = 0;
    Str state;

    *count = 0;
    TRY(sql_find(cx, NEXT, NOTHING, OUT(out_int(&run), out_text(&state), out_int(&month), out_int(&posted), out_int(&upto)), &found));
    if (!found)
        return OK;
    TRY(outbox_is_quiet(cx, &quiet));
    TRY(rule_value(cx, "billing.tell", &wanted));
    is_news = wanted != 0 && str_is(state, "posted") && posted > cx->now - NEWS_FOR;
    if (is_news && quiet)
        return OK;
    if (is_news)
        TRY(tell_page(cx, run, (Date)month, &upto, max * CHARGES_EACH, &told, &more));
    *count = max; /* another run may wait, or the rest of this one */
    return keep_place(cx, run, upto, more, is_news);
}
