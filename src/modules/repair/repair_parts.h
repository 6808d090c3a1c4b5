/* repair_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_REPAIR_PARTS_H
#define ANJU_MODULES_REPAIR_PARTS_H

#include "kernel/figure.h"
#include "modules/repair/repair.h"

#define FOLLOWUP_BELOW 3          /* overall at or under it opens a follow-up (card P06; UX screen l2) */
#define FOLLOWUP_MINUTES (24 * 60) /* 24 working hours */
#define REWORK_WITHIN (30 * DAY_US)
#define QUOTE_NEEDS_LEAD_FEN 50000

extern const Choice repair_urgencies[], repair_payers[];

/* 统计口径: which repairs count, and when, in SQL on t. Figures and the filters that open their rows share it. */
#define SQL_COUNTED "t.state NOT IN ('rejected', 'merged', 'cancelled') AND t.archived_at IS NULL"
/* Not done and overdue: its due time has passed, and while the clock stood still it does not run. */
#define SQL_OVERDUE(due)                                                                                                       \
    "t.state IN ('reported', 'accepted', 'assigned', 'working', 'quoted', 'waiting') AND t.archived_at IS NULL AND " due         \
    " < coalesce(t.paused_at, :now)"
#define SQL_RESPOND_LATE "t.respond_done_at IS NULL AND " SQL_OVERDUE("t.due_respond_at")
#define SQL_ARRIVE_LATE "t.first_arrived_at IS NULL AND " SQL_OVERDUE("t.due_arrive_at")
#define SQL_FINISH_LATE "t.finish_done_at IS NULL AND " SQL_OVERDUE("t.due_finish_at")
/* Whether it was right the first time is known: older than 30 days, or already sent back. */
#define SQL_FIX_KNOWN "t.finished_at IS NOT NULL AND (t.reworks > 0 OR t.finished_at < :now - 2592000000000) AND " SQL_COUNTED

#define REPAIR_FIGURES 6
extern const Figure repair_figures[REPAIR_FIGURES];

/* Writes the categories and prices that a company begins with. */
MUST const Error *repair_seed(Cx *cx);

/* Opens the call-back that a low score asks for, owned by somebody other than the engineer. */
MUST const Error *followup_open(Cx *cx, const Record *repair);

/* The action of that name on the type. */
const Action *repair_action(const char *name);

/* What the household pays for it becomes a charge; and is taken back. */
MUST const Error *repair_charge(Cx *cx, const Record *repair);
MUST const Error *repair_uncharge(Cx *cx, const Record *repair, Str reason);

#endif
