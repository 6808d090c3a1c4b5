/* postgres_watch.c: whom a statement waits for, asked on another connection while it does. A migration says so instead of standing there silently. */
#include "store/postgres_parts.h"
#include "base/log.h"
#include "base/time.h"

#include <stdio.h>

#define TELL_US (10 * SECOND)

/* Nothing of what they ask: it may be personal. Of another user's the server tells neither state nor time. */
void postgres_watch(Cx *cx, PostgresWatch *watch)
{
    static const char WHO[] = "SELECT string_agg(concat('process ', pid, ' of ', usename, ' (', application_name, ', ' || state, ', since ' || xact_start, ')'), ', ')"
                              " FROM pg_stat_activity WHERE pid = ANY (pg_blocking_pids($1))";
    char pid[24];
    const char *values[] = {pid};
    PGresult *result;

    if (watch->conn == NULL)
        watch->conn = postgres_connect(watch->address, false, false);
    (void)snprintf(pid, sizeof pid, "%d", PQbackendPID(watch->watched));
    result = PQexecParams(watch->conn, WHO, 1, NULL, values, NULL, NULL, 0);
    watch->who = PQresultStatus(result) == PGRES_TUPLES_OK ? str_copy(cx->arena, str_of(PQgetvalue(result, 0, 0))) : STR_NONE;
    PQclear(result);
    if (watch->who.len == 0 || (watch->told_us != 0 && clock_monotonic_us() - watch->told_us < TELL_US))
        return;
    watch->told_us = clock_monotonic_us();
    log_info("migration: waits for %.*s", STR_ARG(watch->who));
}

void postgres_watch_end(PostgresWatch *watch)
{
    if (watch->conn != NULL)
        PQfinish(watch->conn);
    watch->conn = NULL;
}

const Error *postgres_still_waits(Cx *cx, Str who)
{
    return error_new(cx->arena, ERR_STATE_OF_WORLD,
                     str_format(cx->arena, "表结构更新等了两分钟仍拿不到锁，占用者：%.*s；待其结束（或结束它）后再运行一次，会接着做", STR_ARG(who)),
                     str_format(cx->arena, "the migration has waited two minutes for a lock that is held by %.*s; when that has ended (or was ended)"
                                " run it again, and it goes on", STR_ARG(who)));
}
