/* timeline.h: everything that happened to a house and to the records about it, newest first. */
#ifndef ANJU_KERNEL_TIMELINE_H
#define ANJU_KERNEL_TIMELINE_H

#include "kernel/record.h"

#define TIMELINE_MAX 500

/* {"items":[{"id","resource","record","no","title","action","from","to","at","actor","changes"}],"next"} of the house
 * itself and of all records with a field `house` that the caller may see. The caller has seen the house. `id` is the
 * event's; `after` is `next` of the page before. ERR_INVALID on a bad cursor. */
MUST const Error *timeline_house_json(Cx *cx, const Record *house, Str after, int64_t limit, Json *json);

/* The newest events of one type's records that the caller may see, as a JSON list of the same items. Looks at the
 * company's last 5,000 events at most. */
MUST const Error *timeline_latest_json(Cx *cx, const RecordMeta *meta, int64_t limit, Json *json);

#endif
