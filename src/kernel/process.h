/* process.h: how records come to be and move. The one door for every change: creation, patch, archiving and each action of
 * a declared process write the record, its line in the event log, its clocks and its messages in one transaction.
 *
 * The checks come in the contract's order: 404, 403, 412, 409, 422. */
#ifndef ANJU_KERNEL_PROCESS_H
#define ANJU_KERNEL_PROCESS_H

#include "kernel/record.h"

/* The answers to an action's asks, checked. */
struct Asked {
    const Action *action;
    const Value *values; /* by position in action->asks; V_NULL when not given */
    const json_t *body;  /* as sent, for T_OBJECT */
};

int64_t asked_int(const Asked *asked, const char *name); /* 0 when not given */
Str asked_text(const Asked *asked, const char *name);
bool asked_has(const Asked *asked, const char *name);
const json_t *asked_json(const Asked *asked, const char *name);

/* Announces what process_create will ask, any body whatever (record_look_ahead). */
MUST const Error *process_create_ahead(Cx *cx, const RecordMeta *meta, const json_t *body);

/* Makes a record from a JSON object. */
MUST const Error *process_create(Cx *cx, const RecordMeta *meta, const json_t *body, Record **out);

/* Lays a merge patch over a record. `if_match` (0: not asked) is the version that the caller has seen. */
MUST const Error *process_patch(Cx *cx, const RecordMeta *meta, Id id, int64_t if_match, const json_t *body, Record **out);

/* Puts a record away: it stays readable and leaves the lists. */
MUST const Error *process_archive(Cx *cx, const RecordMeta *meta, Id id, int64_t if_match);

/* The same by the program itself. */
MUST const Error *process_put_away(Cx *cx, Record *record);

/* Takes an action. body may be NULL when nothing is asked. */
MUST const Error *process_act(Cx *cx, const RecordMeta *meta, Id id, Str action, int64_t if_match, const json_t *body,
                              Record **out);

/* The asks of an action from a body, checked as process_act does. */
MUST const Error *process_read_asked(Cx *cx, const Action *action, const json_t *body, Asked *out);

/* The same for the program's own steps on a loaded record (no permission is asked; state and clocks are kept as ever). */
MUST const Error *process_act_on(Cx *cx, Record *record, const Action *action, const Value *asked_values, const json_t *body);

/* The same of an action that asks nothing, by its name. */
MUST const Error *process_take(Cx *cx, Record *record, const char *action);

/* The event's changes with what was said and is no field of the record (a reason, a note). */
Str process_with_asks(Cx *cx, const Record *record, const Asked *asked, Str changes);

/* An insert by the program itself, with the creation event, clocks and messages, of a record whose values are set. */
MUST const Error *process_insert(Cx *cx, Record *record);

/* Saves changed values of a record by the program itself, with an event of this action name. */
MUST const Error *process_save(Cx *cx, Record *record, const char *action);

/* Up to `max` of the steps that the program takes by itself (RecordType.autos), in the caller's company; *count is how many.
 * In a writing closure, as the system. */
MUST const Error *process_autos(Cx *cx, int max, int *count);

/* Fills in meta->actions_json and actions_from, once at start: they depend on the declaration and the language alone. */
void process_describe(RecordMeta *meta, Arena *arena);

/* "actions": those that the caller may take now, main path first. */
void process_actions_json(Cx *cx, const Record *record, Json *json);
/* One ask in the shape of meta and actions. */
void field_json(const Cx *cx, Json *json, const Field *field);

#endif
