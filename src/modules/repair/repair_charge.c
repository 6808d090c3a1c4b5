/* repair_charge.c: 有偿维修, what a household pays for a repair: charged when the work is accepted (the acceptance is the evidence), taken back when it is not. */
#include "modules/billing/billing.h"
#include "modules/repair/repair_parts.h"

const Error *repair_charge(Cx *cx, const Record *repair)
{
    FeeLine line = {.kind = LINE_NOTE, .note = str_format(cx->arena, "%.*s %.*s", STR_ARG(repair->no), STR_ARG(record_text(repair, "title"))), .amount_fen = record_int(repair, "final_fen")};
    Fee fee = {&line, 1, line.amount_fen};
    Record *tariff, *house, *charge;
    Ledger *ledger;

    if (!str_is(record_text(repair, "payer"), "owner") || record_is_null(repair, "house") || fee.amount_fen <= 0)
        return OK;
    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(repair, "house"), &house));
    TRY(tariff_once(cx, repair->project, "WX", "有偿维修", "Paid repair", &tariff));
    TRY(ledger_begin(cx, repair->project, &ledger));
    TRY(charge_add(cx, ledger,
                   &(ChargeNew){.house = house->id, .building = house->building, .payer = record_int(repair, "reporter"), .tariff = tariff,
                                .due = date_add(instant_to_date(cx->now, cx->zone_min), 7), .fee = &fee, .source = repair},
                   true, &charge));
    return ledger_end(cx, ledger);
}

const Error *repair_uncharge(Cx *cx, const Record *repair, Str reason)
{
    static const char FIND[] = "SELECT id FROM charge WHERE org_id = :org AND source_id = :repair AND state IN ('open', 'part', 'paid') AND reverses_id IS NULL ORDER BY id LIMIT 1"; /* charge_by_source_id_id */
    Record *house, *charge;
    Ledger *ledger;
    bool found;
    Id id;

    TRY(sql_find(cx, FIND, IN(in_int("repair", repair->id)), OUT(out_int(&id)), &found));
    if (!found)
        return OK;
    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), record_int(repair, "house"), &house));
    TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), id, &charge));
    TRY(ledger_begin(cx, charge->project, &ledger));
    TRY(charge_reverse(cx, ledger, charge, reason));
    return ledger_end(cx, ledger);
}
