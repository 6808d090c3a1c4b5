/* tally.h: 日计数, how many records count for a figure on each day, kept beside the records in the same transaction.
 *
 * What is confidential (RecordType.confidential) is in none of them: it is counted for each caller. A figure that says `.tallied` is answered by these rows, some for each day, however many records there are; `anju check` counts the records and compares. A
 * company's rows are made when they are first missing (a new figure, a changed one, an upgrade) by a chore; until then the records are counted. */
#ifndef ANJU_KERNEL_TALLY_H
#define ANJU_KERNEL_TALLY_H

#include "kernel/event.h"
#include "kernel/figure.h"

/* Prepares what the tallied figures of a type need: RecordMeta.tally. At start, when the types are linked. */
void tally_describe(RecordMeta *meta, const Kernel *kernel, Arena *arena);

/* Counts the row of the record as it stands in the table: sign -1 before it is changed, 1 behind that. Nothing for a type without such a figure. In a writing
 * closure that adds an event. */
MUST const Error *tally_record(Cx *cx, const Record *record, int sign);

/* Is the company's tally of the figure whole? by: the field that the rows are told apart by, or NULL. False too when the figure keeps none by that. */
MUST const Error *tally_is_ready(Cx *cx, const Figure *figure, const char *by, bool *ready);

/* SQL on a row t of the table `tally`: the value of the field that it is told apart by, as the records have it. */
const char *tally_key(const RecordMeta *meta, const char *by);

/* A chore (kernel/job.h): makes what is missing, a part of a figure at a time. */
MUST const Error *tally_make(Cx *cx, int max, int *count);

/* Tells where a tally differs from the records. */
MUST const Error *tally_check(Cx *cx, BadFn *bad, void *self);

#endif
