/* catalogue.h: 基础目录, the rows that a company begins with: categories, templates, price items. They are data: from then on
 * the company's own rows count. Written as texts, cells parted by '|'; the first names the fields, NULL ends the list. */
#ifndef ANJU_KERNEL_CATALOGUE_H
#define ANJU_KERNEL_CATALOGUE_H

#include "kernel/record.h"

/* Adds to the caller's company the rows whose `code` it does not have (a row that was put away counts as had). An empty cell
 * is NULL. The text is a module's own: a field that is not declared, or a value that does not fit, is a fault of the program
 * (assert). In a writing closure. */
MUST const Error *catalogue_seed(Cx *cx, const RecordType *type, const char *const *rows);

#endif
