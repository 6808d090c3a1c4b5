/* api_money.c: what is asked about money before any is owed. */
#include "http/api.h"
#include "modules/billing/fee.h"

/* The calculator: it reads and keeps nothing, so it needs neither a snapshot nor the writer. */
static const Error *preview_tariff(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    return fee_preview_json(cx->arena, call->body, cx->lang, &call->out);
}

const Route money_routes[] = {
    {"POST", "tariffs/preview", M_OWN, preview_tariff, .zh = "试算：按面积、阶梯、抄表、分摊、违约金、税、翻表、公式", .en = "Calculator: by area, steps, meter, shares, late fee, tax, roll-over, formula"},
    {0},
};
