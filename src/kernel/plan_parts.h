/* plan_parts.h: what plan.c, plan_show.c, task.c and the checklists share. */
#ifndef ANJU_KERNEL_PLAN_PARTS_H
#define ANJU_KERNEL_PLAN_PARTS_H

#include "kernel/figure.h"
#include "kernel/plan.h"

extern const Choice plan_teams[]; /* who does it: a role by its name */
extern const Figure task_figures[1];
extern const Sight plan_sights[1];

/* The moment until which tasks are made. */
MUST const Error *plan_horizon(Cx *cx, const Record *plan, Instant *out);

#define PLAN_AT_ONCE 2000 /* tasks of one write */
#define PLAN_A_DAY 300    /* more tasks a day nobody could do */

/* The pieces of plan_recur, for rules that nobody has saved: the office's days, what becomes of days off, days left out (a JSON list). */
Calendar plan_office(const Cx *cx);
DaysOff plan_days_off(Str name);
void plan_except(Arena *arena, Str list, Recur *recur);

/* By the calendar, and not only by its counter? By when it was last done? */
bool plan_goes_by_time(const Record *plan);
bool plan_goes_by_work(const Record *plan);
/* Has it a task that waits to be done, missed or not; `but`: one that is ending just now. */
MUST const Error *plan_has_open_task(Cx *cx, const Record *plan, Id but, bool *has);
/* Of one that goes by when it was last done: its next moment, by `recur`. */
MUST const Error *plan_next_moment(Cx *cx, const Record *plan, Recur recur, Moments *out);

typedef struct {
    Record **list;
    ptrdiff_t count, room;
} PlanTasks;
/* Its tasks that are still to come, by their time. */
MUST const Error *plan_coming_tasks(Cx *cx, const Record *plan, PlanTasks *out);
bool tasks_have(const PlanTasks *tasks, Instant at);
bool moments_have(const Moments *moments, Instant at);

/* A task of the plan for this moment, saved. */
MUST const Error *task_add(Cx *cx, const Record *plan, Instant due);
/* Takes what a plan says now into one of its tasks that is still to come, and saves it when anything differs. */
MUST const Error *task_follow(Cx *cx, const Record *plan, Record *task);

/* A task has ended: of a plan that goes by when the work was done, the next one. */
MUST const Error *plan_went_on(Cx *cx, Record *task, Instant done);

/* A chore: tasks of plans whose horizon has moved on. */
MUST const Error *plan_chore(Cx *cx, int max, int *count);

#endif
