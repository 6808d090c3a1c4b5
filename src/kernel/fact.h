/* fact.h: facts of the installation, rows of the table `fact`: one for all companies. */
#ifndef ANJU_KERNEL_FACT_H
#define ANJU_KERNEL_FACT_H

#include "store/sql.h"

#define FACT_SCHEMA "schema"            /* digest of the declarations that the database has been brought to */
#define FACT_RELEASE "release"          /* of the program that did so */
#define FACT_BACKUP_AT "backup_last_at" /* of the last good one, microseconds */
#define FACT_BACKUP_OK "backup_ok"      /* how the last attempt ended: 1 or 0 */

/* A fact that nobody has kept is STR_NONE. */
MUST const Error *fact_read(Cx *cx, const char *name, Str *out);
MUST const Error *fact_keep(Cx *cx, const char *name, Str value);

#endif
