/* input.h: from JSON members and query parameters to checked values. */
#ifndef ANJU_KERNEL_INPUT_H
#define ANJU_KERNEL_INPUT_H

#include "kernel/record.h"

/* One JSON value as a field's value; what is wrong is added to the problems (and *out stays NULL). References are looked
 * up: one that the caller may not see is answered like one that is not there. JSON null gives NULL. */
MUST const Error *input_value(Cx *cx, const FieldMeta *field, const json_t *json, Value *out, Problems *problems);
/* The same for an ask or parameter, which belongs to no record type. */
MUST const Error *input_field(Cx *cx, const Field *field, const json_t *json, Value *out, Problems *problems);

/* A query parameter's text as a field's value (filters). False when it is not one. */
MUST bool input_text(const Cx *cx, const Field *field, Str text, Value *out);

/* Is the word in a list of texts as a T_WORDS field is stored? */
bool words_have(Cx *cx, Str list, Str word);

/* "key:<uuid>": the id of the record of this type (NULL: of any) that this user's Idempotency-Key made; 0 when there is none. */
MUST const Error *input_key(Cx *cx, Str text, const RecordMeta *meta, Id *out);

/* Is the file the caller's own, or held by a record that the caller may see? */
MUST const Error *file_may_attach(Cx *cx, Id file, bool *may);

#endif
