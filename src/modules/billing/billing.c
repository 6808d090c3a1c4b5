/* billing.c: the module's declaration. */
#include "modules/billing/billing_parts.h"

static const RecordType *const records[] = {&tariff_type, &charge_type, NULL};
const Module billing_module = {"billing", "收费", "Billing", .records = records};
