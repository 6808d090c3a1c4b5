/* export.h: a list as a spreadsheet: the same filters and order as the list, every page of it.
 *
 * Headings and choices are in cx->lang, times in the company's zone, money in yuan, areas in m2, references by their
 * labels; of a field `lines`, which is told with the record (how an amount was reckoned), the text of each line, one below the other. What is masked on the screen is masked here; `unmasked=true` with a `reason` shows it, row by row where the caller
 * has one of EXPORT_UNMASKED over the project, and is an event. */
#ifndef ANJU_KERNEL_EXPORT_H
#define ANJU_KERNEL_EXPORT_H

#include "base/sheet_out.h"
#include "kernel/list.h"
#include "store/store.h"

#define EXPORT_UNMASKED (R_DESK_LEAD | R_MANAGER | R_ADMIN)

/* Writes the list to an open file. Parameters are those of a list (limit and after are refused) and format (not looked at
 * here), unmasked, reason. Pages are read in short transactions, so a long export holds nobody up and is of no one moment.
 * Errors: as list_parse; ERR_INVALID on `reason`; ERR_FORBIDDEN to unmask; ERR_UNAVAILABLE when it cannot be written.
 * Not in a closure. */
MUST const Error *export_write(Store *store, Cx *cx, const RecordMeta *meta, const QueryParam *params, int count, SheetFormat format, int fd);

/* "csv", "xlsx"; anything else is ERR_INVALID on `format`. */
MUST const Error *export_format(Cx *cx, Str text, SheetFormat *out);

const char *export_mime(SheetFormat format);

#endif
