/* equipment.h: 设备, the machines of a community: what there is, how it is kept, what failed, what it cost; with spare parts, contractors and
 * permits to work. */
#ifndef ANJU_MODULES_EQUIPMENT_H
#define ANJU_MODULES_EQUIPMENT_H

#include "kernel/event.h"
#include "kernel/process.h"

extern const Module equipment_module;
extern const RecordType equipment_type_type, maintenance_task_type, equipment_type, equipment_stop_type, fault_type, part_type, stock_move_type,
    contractor_type, contract_type, permit_type;

/* 设备档案, the life file of one machine that the caller has seen: its story newest first, and what it cost.
 * {"items":[{"kind","at","title","detail","resource","id","no","state","cost_fen","down_min"}],
 *  "years":[{"year","faults","down_min","faults_fen","parts_fen","total_fen"}],
 *  "advice":{"verdict","age_years","life_years","average_fen","last_year_fen","reasons","method"}} */
MUST const Error *equipment_life_json(Cx *cx, const Record *equipment, Json *json);

/* 法定日期, what the law makes due until that day in a project (0: in all) and no plan holds, and what is over already, as far as the caller may see it:
 * {"to","items":[{"kind","title","of","resource","id","number","on","state","document","actions"}]}; kind: inspection, licence, certificate; state:
 * valid, expired; document: its paper's file. In a read. */
MUST const Error *statutory_dates_json(Cx *cx, Id project, Date to, Json *json);

/* `anju check`: what is in stock, and what it is worth, is the sum of the moves; so is what the parts of a fault cost. */
MUST const Error *stock_check(Cx *cx, BadFn *bad, void *self);

#endif
