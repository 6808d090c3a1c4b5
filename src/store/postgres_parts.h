/* postgres_parts.h: what the two files that know libpq share: postgres.c (transactions) and bulk.c (rows in bulk). */
#ifndef ANJU_STORE_POSTGRES_PARTS_H
#define ANJU_STORE_POSTGRES_PARTS_H

#include "store/engine.h"
#include "store/late_libpq.h"

/* The connection of a Db that has done nothing yet, taken out of its pipeline, in which nothing can be copied. From
 * then on only closing it is left to the engine. NULL when the connection is lost. */
PGconn *postgres_plain(Db *db);

#endif
