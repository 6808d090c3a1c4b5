/* complaint_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_COMPLAINT_PARTS_H
#define ANJU_MODULES_COMPLAINT_PARTS_H

#include "kernel/figure.h"
#include "kernel/rule.h"
#include "modules/complaint/complaint.h"

/* 统计口径: which complaints count, in SQL on t. Figures and the filters that open their rows share it. */
#define SQL_COUNTED "t.state <> 'refused' AND t.archived_at IS NULL"
#define SQL_OPEN "t.state IN ('lodged', 'accepted', 'investigating', 'proposed', 'resolving', 'resolved', 'verified') AND t.archived_at IS NULL"
#define SQL_ANSWER_LATE "t.first_contact_done_at IS NULL AND t.due_first_contact_at < :now AND " SQL_OPEN
#define SQL_RESOLVE_LATE "t.resolve_done_at IS NULL AND t.due_resolve_at < :now AND " SQL_OPEN

#define COMPLAINT_FIGURES 6
extern const Figure complaint_figures[COMPLAINT_FIGURES];

/* Writes the categories and levels that a company begins with. */
MUST const Error *complaint_seed(Cx *cx);

/* What makes a complaint one of several (card P07): `repeat_of` of one house, a group of households, a systemic cause in one
 * building; each raises its level, the last opens a corrective action (after the complaint is stored). */
MUST const Error *complaint_find_repeat(Cx *cx, Record *record);
MUST const Error *complaint_find_systemic(Cx *cx, Record *record);
/* The complaint's corrective action: the one it has, or a new one for this reason. */
MUST const Error *complaint_open_capa(Cx *cx, Record *record, const char *zh);

#endif
