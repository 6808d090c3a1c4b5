/* plan_parts.h: what plan.c, task.c and the checklists share. */
#ifndef ANJU_KERNEL_PLAN_PARTS_H
#define ANJU_KERNEL_PLAN_PARTS_H

#include "kernel/figure.h"
#include "kernel/plan.h"

extern const Choice plan_teams[]; /* who does it: a role by its name */
extern const Figure task_figures[1];
extern const Sight plan_sights[1];

/* The moment until which tasks are made. */
MUST const Error *plan_horizon(Cx *cx, const Record *plan, Instant *out);

/* A task of the plan for this moment, saved. */
MUST const Error *task_add(Cx *cx, const Record *plan, Instant due);
/* Takes what a plan says now into one of its tasks that is still to come, and saves it when anything differs. */
MUST const Error *task_follow(Cx *cx, const Record *plan, Record *task);

/* A task has ended: of a plan that goes by when the work was done, the next one. */
MUST const Error *plan_went_on(Cx *cx, Record *task, Instant done);

/* A chore: tasks of plans whose horizon has moved on. */
MUST const Error *plan_chore(Cx *cx, int max, int *count);

#endif
