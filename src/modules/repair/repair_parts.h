/* repair_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_REPAIR_PARTS_H
#define ANJU_MODULES_REPAIR_PARTS_H

#include "modules/repair/repair.h"

#define FOLLOWUP_BELOW 3          /* overall at or under it opens a follow-up (card P06; UX screen l2) */
#define FOLLOWUP_MINUTES (24 * 60) /* 24 working hours */
#define AUTO_CONFIRM (72 * HOUR)
#define CLOSE_AFTER (7 * DAY_US)
#define REWORK_WITHIN (30 * DAY_US)
#define QUOTE_NEEDS_LEAD_FEN 50000

extern const Choice repair_urgencies[], repair_payers[];

/* Opens the call-back that a low score asks for, owned by somebody other than the engineer. */
MUST const Error *followup_open(Cx *cx, const Record *repair);

/* The action of that name on the type. */
const Action *repair_action(const char *name);

#endif
