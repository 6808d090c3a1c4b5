/* checklist.h: 检查表, what must be seen, measured and shown.
 *
 * A template is a list of items with editions; a filled checklist keeps the edition that was asked. Items:
 *
 *     {"item":"pressure","label":"出口压力","label_en":"Outlet pressure","kind":"number","unit":"MPa","min":"0.30","max":"0.50",
 *      "warn_min":"0.32","warn_max":"0.48","required":true,"photo":"on_fail","points":5,
 *      "when":{"item":"running","is":["pass"]},"opens":{"resource":"repairs","category":"water.pump"}}
 *
 * Kinds: check (pass, fail, na), choice (`choices`, of which `fails` are bad), number (outside min..max: fail, outside warn_min..warn_max:
 * warning), text, photo, signature, scan (`expect`), countdown (`seconds`). An item under `when` is asked when the other one has one of
 * these answers. A failed item with `opens` opens a record of that resource, with the fields that stand there, the place and the photo. */
#ifndef ANJU_KERNEL_CHECKLIST_H
#define ANJU_KERNEL_CHECKLIST_H

#include "kernel/process.h"

extern const RecordType checklist_template_type, checklist_type;
extern const Table checklist_edition_table, checklist_value_table;

#define CHECKLIST_MAX_ITEMS 200

/* Fills a template's edition (0: the present one) about a record, whose place and fields of the same name the checklist takes:
 * answers are [{"item","value","photo"?,"note"?}]. ERR_INVALID names each item that is missing or wrong ("items.pressure"). Opens what
 * failed items open. In a writing closure; *out is saved. */
MUST const Error *checklist_fill(Cx *cx, Id template, int64_t edition, const json_t *answers, const Record *about, Record **out);

/* The edition in force, 0 when there is no such template. */
MUST const Error *checklist_edition(Cx *cx, Id template, int64_t *out);

/* {"template","edition","items"}: what an edition asked. ERR_NOT_FOUND. In a read; the caller sees the template. */
MUST const Error *checklist_edition_json(Cx *cx, Id template, int64_t edition, Json *json);

/* {"item","label","unit",limits,"points":[{"at","value","result","checklist"}]}: an item's values from one day to another, of one
 * subject (0: all) - the equipment, the place or the record that it is about -, the latest `CHECKLIST_MAX_POINTS`. In a read; the caller sees the template. */
#define CHECKLIST_MAX_POINTS 1000
MUST const Error *checklist_trend_json(Cx *cx, const Record *template, Str item, Date from, Date to, Id subject, Json *json);

/* A new template by the program itself, items as JSON text; ERR_INVALID names what is wrong. In a writing closure. */
MUST const Error *checklist_template_add(Cx *cx, Record *template, Str items);

#endif
