/* plan.h: 计划与任务, what is due where, when and by whom.
 *
 * A plan is a recurrence rule (recur.h) or a count of use (hours run, litres pumped, openings), with a window before and after each
 * due time. It yields tasks, each due time exactly one, some weeks ahead:
 *
 *     plan:  active <--> paused --> ended
 *     task:  due --> started --> done
 *             '--> missed (its window went by) --> done, late
 *             '--> excused, with a reason
 *
 * A task takes from its plan every field that both have, also those that modules lay over them (Module.adds): the equipment module adds
 * `equipment` to plan, task and checklist, and it passes through. What was done never changes; when a plan changes, tasks that are still
 * to come follow it. */
#ifndef ANJU_KERNEL_PLAN_H
#define ANJU_KERNEL_PLAN_H

#include "base/exact.h"
#include "kernel/process.h"
#include "kernel/recur.h"

extern const RecordType plan_type, task_type;
extern const Module plan_module; /* plans, tasks, checklists */

/* Who makes plans and answers for them. */
#define PLANNERS (R_ENG_LEAD | R_GUARD_LEAD | R_CLEAN_LEAD | R_GREEN_LEAD | R_QUALITY | MANAGEMENT)

/* The recurrence of a plan; memory of its list is the arena's. */
Recur plan_recur(const Cx *cx, const Record *plan);

/* A new plan by the program itself (a type's maintenance), with values set but for what a plan derives; its first tasks with it.
 * ERR_INVALID names the field. In a writing closure. */
MUST const Error *plan_add(Cx *cx, Record *plan);

/* Makes at most `max` of the tasks that the plan lacks until its horizon; *made is how many. In a writing closure. */
MUST const Error *plan_yield(Cx *cx, Record *plan, int max, int *made);

/* What is counted has come to `value`: a task falls due when `every` is full. `reset`: the counter was exchanged or set back, and goes on
 * from here. ERR_INVALID on `value` when it went backwards. In a writing closure; saves the plan. */
MUST const Error *plan_count(Cx *cx, Record *plan, Exact value, bool reset);

/* For `POST plans/preview`: {"dates","more"} of a rule that nobody has to save, in wall-clock time; with `plan` also what would become of
 * its tasks: {"adds","removes"}. In a read. */
MUST const Error *plan_preview_json(Cx *cx, const json_t *body, Json *json);

/* For `GET plans/load`: minutes for each person and week from one day to another in a project (0: all), {"rows":[{"week","person","name","tasks","minutes",
 * "over"}]}; what nobody is named for has person null. In a read. */
MUST const Error *plan_load_json(Cx *cx, Id project, Date from, Date to, Json *json);

/* For `GET plans/coming`: when tasks will be due that are not made yet, from one day to another, in a project (0: all), of all plans or of those that law asks for:
 * {"rows":[{"plan","dates"}],"more"}. In a read. */
MUST const Error *plan_coming_json(Cx *cx, Id project, bool statutory, Date from, Date to, Json *json);

/* Copies every stored field that both types have, those of the program's own keeping left out. */
void plan_pass_on(const Record *from, Record *to, const char *const *but);

#endif
