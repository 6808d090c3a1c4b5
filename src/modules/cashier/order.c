/* order.c: 冲抵次序, which part of what is owed so much money pays. */
#include "modules/cashier/cashier_parts.h"

typedef struct {
    Cx *cx;
    const Dues *dues;
    Parts *out;
    bool disputed;
    int64_t left;
} Spread;

static int64_t add_part(Spread *spread, const Due *due, bool late, int64_t owed, bool even_so)
{
    Parts *out = spread->out;
    int64_t fen = owed < spread->left ? owed : spread->left;

    if (fen <= 0 && !even_so)
        return 0;
    out->list = arena_grown(spread->cx->arena, out->list, sizeof(Part), out->count, &out->room);
    out->list[out->count++] = (Part){due, late, fen};
    spread->left -= fen;
    return fen;
}

/* The charges of one due day that are no late fees; `paid` tells which got something. */
static void spread_charges(Spread *spread, int from, int to, bool *paid)
{
    for (int i = from; i < to; i++) {
        const Due *due = &spread->dues->list[i];
        if (record_is_null(due->charge, "late_of") && (spread->disputed || !charge_is_disputed(due->charge)))
            paid[i] = add_part(spread, due, false, record_int(due->charge, "open_fen"), false) > 0;
    }
}

/* Its late fees: those that are charges already, and those that have come to its charges since. */
static void spread_late(Spread *spread, int from, int to, const bool *paid)
{
    for (int i = from; i < to; i++) {
        const Due *due = &spread->dues->list[i];
        if (!spread->disputed && charge_is_disputed(due->charge))
            continue;
        if (!record_is_null(due->charge, "late_of"))
            add_part(spread, due, false, record_int(due->charge, "open_fen"), false);
        else if (due->late.amount_fen > 0)
            add_part(spread, due, true, due->late.amount_fen, paid[i]);
    }
}

const Error *spread_money(Cx *cx, const Dues *dues, int64_t fen, bool disputed, Parts *out)
{
    Spread spread = {.cx = cx, .dues = dues, .out = out, .disputed = disputed, .left = fen};
    bool *paid = new (cx->arena, bool, (size_t)dues->count + 1);
    int64_t late_first;

    *out = (Parts){0};
    TRY(rule_value(cx, LATE_FIRST, &late_first));
    for (int from = 0, to; from < dues->count && spread.left > 0; from = to) {
        for (to = from; to < dues->count && record_int(dues->list[to].charge, "due_date") == record_int(dues->list[from].charge, "due_date");)
            to++;
        if (late_first != 0)
            spread_late(&spread, from, to, paid);
        spread_charges(&spread, from, to, paid);
        if (late_first == 0)
            spread_late(&spread, from, to, paid);
    }
    return OK;
}
