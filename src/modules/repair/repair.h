/* repair.h: 报修, repairs: from "it is broken" to "it works and I am content", in promised time, with honest price. */
#ifndef ANJU_MODULES_REPAIR_H
#define ANJU_MODULES_REPAIR_H

#include "kernel/process.h"

extern const Module repair_module;
extern const RecordType repair_type, repair_category_type, repair_price_type, followup_type;

/* Confirms without a rating what has been finished for 72 h, and closes what has been confirmed for 7 days; at most
 * `max`. *count is how many. In a writing closure, as the system. */
MUST const Error *repair_housekeeping(Cx *cx, int max, int *count);

/* Engineers for a repair, best first: {"items":[{"user","name","open","skill_ok","certificate_ok","same_building","reasons"}]}. */
MUST const Error *repair_suggestions_json(Cx *cx, const Record *repair, Json *json);

/* Likely duplicates of the last 14 days: same house or the whole building's common parts, same category. */
MUST const Error *repair_duplicates_json(Cx *cx, Id house, Str category, Json *json);

#endif
