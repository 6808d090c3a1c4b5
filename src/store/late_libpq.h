/* late_libpq.h: what postgres.c and bulk.c use of PostgreSQL's client library (base/late.h). */
#ifndef ANJU_STORE_LATE_LIBPQ_H
#define ANJU_STORE_LATE_LIBPQ_H

#include "base/late.h"

#include <libpq-fe.h>

/* clang-format off */
#define LIBPQ_FUNCTIONS(X) \
    X(PQbackendPID) X(PQconninfoFree) X(PQconninfoParse) X(PQclear) X(PQcmdStatus) X(PQcmdTuples) X(PQconnectdbParams) X(PQenterPipelineMode) X(PQerrorMessage) X(PQexec) \
    X(PQexitPipelineMode) X(PQfinish) X(PQflush) X(PQftype) X(PQgetResult) X(PQgetisnull) X(PQgetlength) \
    X(PQgetvalue) X(PQnfields) X(PQntuples) X(PQpipelineSync) X(PQresultErrorField) X(PQresultStatus) \
    X(PQconsumeInput) X(PQcopyResult) X(PQexecParams) X(PQfreemem) X(PQgetCopyData) X(PQputCopyData) X(PQputCopyEnd) X(PQsendFlushRequest) X(PQsendPrepare) X(PQsendQueryParams) X(PQsendQueryPrepared) X(PQsocket) X(PQstatus)
/* clang-format on */

LATE_TABLE(late_libpq, LIBPQ_FUNCTIONS);

#include "late_names.h"

#endif
