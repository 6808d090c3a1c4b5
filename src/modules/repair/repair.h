/* repair.h: 报修, repairs: from "it is broken" to "it works and I am content", in promised time, with honest price. */
#ifndef ANJU_MODULES_REPAIR_H
#define ANJU_MODULES_REPAIR_H

#include "kernel/process.h"

extern const Module repair_module;
extern const RecordType repair_type, repair_category_type, repair_price_type, followup_type;

/* Engineers for a repair, best first: {"items":[{"user","name","open","skill_ok","certificate_ok","same_building","reasons"}]}.
 * `reasons` are short phrases in the caller's language. */
MUST const Error *repair_suggestions_json(Cx *cx, const Record *repair, Json *json);

/* The day as the caller sees it, as members of an open object: waiting (the next step is the caller's), overdue, due_soon
 * (within the hour), promised_today and kept_today (visits and ends due today), respond_share, staff, events. */
MUST const Error *repair_today_json(Cx *cx, Json *json);

/* Likely duplicates of the last 14 days that the caller may see, newest first, as {"items":[record…]}: of the house (0:
 * none), of the common place (0: none), or of common parts of their building; of the same category (empty: any). */
MUST const Error *repair_duplicates_json(Cx *cx, Id house, Id space, Str category, Json *json);

#endif
