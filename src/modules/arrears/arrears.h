/* arrears.h: 催缴, chasing what is overdue: humanely, on a ladder, with what was said and promised (card P10). */
#ifndef ANJU_MODULES_ARREARS_H
#define ANJU_MODULES_ARREARS_H

#include "modules/billing/billing.h"

extern const Module arrears_module;
extern const RecordType arrears_case_type;

/* 欠费清单: {"items":[{"house":{"id","no"},"case","oldest_due","count","open_fen","overdue_fen":[by age, as charge_sums_json]}],"next"}: homes of a project with
 * something overdue, the one that has waited longest first. `no`: only those whose number begins so (empty: all). ERR_INVALID on `after`. */
MUST const Error *arrears_list_json(Cx *cx, Id project, Str no, Str after, int limit, Json *json);

/* What a household is asked for in writing: its charges that are overdue and not in dispute, with the late fee up to today, the oldest first; and by when
 * (rule arrears.deadline_days). */
MUST const Error *arrears_demand(Cx *cx, Id house, Dues *out, Date *deadline);

/* The last day on which a suit may be brought (民法典 art. 188, 195): three years from the due day, or from the latest demand or promise that can be proved. */
Date arrears_limitation(Date due, Date demanded);

#endif
