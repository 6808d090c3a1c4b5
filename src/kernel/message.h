/* message.h: who is told what (消息). Rows are written in the same transaction as their cause; today they are read in the
 * app (the bell), later channels send them. */
#ifndef ANJU_KERNEL_MESSAGE_H
#define ANJU_KERNEL_MESSAGE_H

#include "kernel/record.h"

/* Tells those named by `tells` (TELL_…) that the action was taken. Whoever took it is not told. */
MUST const Error *message_action(Cx *cx, const Record *record, const char *kind, const char *zh, const char *en, unsigned tells);

/* Tells everybody of these roles in the record's project; text as above. */
MUST const Error *message_roles(Cx *cx, const Record *record, const char *kind, const char *zh, const char *en, uint64_t roles);

/* Tells one person, in these words; once for each `once`. */
MUST const Error *message_party(Cx *cx, const Record *record, Id party, const char *kind, Str zh, Str en, Str once);

/* A limit has used up so many percent: the assignee (50), the lead (80), the manager (100), head office (200); where
 * nobody has taken the work, those who should give it out. */
MUST const Error *message_remind(Cx *cx, const Record *record, const char *limit, int percent);

/* The caller's newest messages, as {"items":[…],"unseen":n}. */
MUST const Error *message_list_json(Cx *cx, Str after, int64_t limit, Json *json);
/* Marks the caller's messages up to this id as seen. */
MUST const Error *message_seen(Cx *cx, Id upto);

#endif
