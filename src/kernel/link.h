/* link.h: links (关联) between records: what a matter became, what it repeats, whom it is about, what was opened for it.
 *
 * A link is nobody's own write: it follows from the record's reference fields (T_REFS, and those declared `linked`), is
 * kept in one table in step with them, and is shown at both ends. Field.hides rides on it: the access condition of access.c
 * asks this table who must not see a record. */
#ifndef ANJU_KERNEL_LINK_H
#define ANJU_KERNEL_LINK_H

#include "kernel/record.h"

/* Brings the links in step with the record's fields, those that differ from what is in the database. Called by record.c. */
MUST const Error *link_keep(Cx *cx, const Record *record);

/* Both ends, newest first, as {"items":[{"resource","id","no","title","state","kind","label","way"}]}: as far as the caller
 * may see the other end. `way` is "to" (named by this record) or "from"; `label` is the field's, in the caller's language. */
MUST const Error *link_list_json(Cx *cx, const Record *record, Json *json);

#endif
