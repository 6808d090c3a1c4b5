/* equipment_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_EQUIPMENT_PARTS_H
#define ANJU_MODULES_EQUIPMENT_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/equipment/equipment.h"

/* Who keeps the machines; who keeps the store. */
#define ENGINEERING (R_ENG_LEAD | MANAGEMENT)
#define HANDS (R_ENGINEER | R_CONTROL | ENGINEERING)
#define STORE (R_STORE_KEEPER | ENGINEERING)

extern const Choice equipment_criticalities[], equipment_systems[];
extern const Sight equipment_sights[1]; /* staff, in the projects of their grants */

/* Writes the types and maintenance tasks that a company begins with. */
MUST const Error *equipment_seed(Cx *cx);

/* A machine goes down with a fault, or is up again when the last one with which it stood has been mended: its state follows. The fault is taken as
 * it is in memory, saved or not. */
MUST const Error *equipment_follow_fault(Cx *cx, Id equipment, const Record *fault);

/* An inspection of the machine was done: its report, and the day of the next one. One that is not later than what is known is left alone (an old
 * task that is done at last). In a writing closure. */
MUST const Error *equipment_inspected(Cx *cx, Id equipment, Id report, Date next);

/* 维保项目: one item of a maintenance task, as its text says it: 中文/English[min..max unit]. */
typedef struct {
    Str zh, en, unit; /* unit empty: it is passed or failed */
    Str min, max;     /* decimal texts; empty: no such limit */
    bool is_measured;
} TaskItem;
#define MAX_TASK_ITEMS 40
/* The items of a text, parted by ';'. False, and *wrong the item, when one is not written so; borrows the text. */
MUST bool task_items_parse(Str text, TaskItem items[MAX_TASK_ITEMS], int *count, Str *wrong);

#define INSPECTION "inspection_body" /* the certificate of a maintenance task that is the legal inspection */

/* Of a machine t: no plan holds its inspection. A plan that was written by hand may be the inspection; one of the catalogue's maintenance is none. */
#define SQL_NO_INSPECTION_PLAN                                                                                                                                  \
    "NOT EXISTS (SELECT 1 FROM plan p WHERE p.org_id = t.org_id AND p.equipment_id = t.id AND p.statutory = 1 AND p.state <> 'ended'"                            \
    " AND p.archived_at IS NULL AND NOT EXISTS (SELECT 1 FROM checklist_template c JOIN maintenance_task m ON m.org_id = c.org_id AND m.code = c.code AND m.archived_at IS NULL" \
    " WHERE c.org_id = p.org_id AND c.id = p.checklist_template_id AND coalesce(m.certificate, '') <> '" INSPECTION "'))"

/* Lays `equipment` over plans, tasks and checklists. */
extern const Added equipment_adds[];

/* The plans of a machine: made of its type's maintenance tasks, those that it does not have, with their first tasks; *made is how many. They rest while it
 * is out of use, but not what the law asks for; they go over to the machine that takes its place; or they end with it. In a writing closure. */
MUST const Error *equipment_make_plans(Cx *cx, const Record *equipment, Date from, int *made);
MUST const Error *equipment_rest_plans(Cx *cx, Id equipment);
MUST const Error *equipment_wake_plans(Cx *cx, Id equipment);
MUST const Error *equipment_hand_on_plans(Cx *cx, Id equipment, Id to);
MUST const Error *equipment_end_plans(Cx *cx, Id equipment);

#define EQUIPMENT_FIGURES 3
extern const Figure equipment_figures[EQUIPMENT_FIGURES];

#endif
