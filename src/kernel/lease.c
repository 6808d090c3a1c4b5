#include "kernel/lease.h"

#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

static char this_process[320];

/* Host and number say to people who it is; both may be another's too (a container's first process has the number 1). */
static void name_process(void)
{
    char host[256] = "", token[17];
    unsigned char bytes[8];

    (void)gethostname(host, sizeof host - 1); /* without one the rest must do */
    randombytes_buf(bytes, sizeof bytes);
    (void)snprintf(this_process, sizeof this_process, "%s/%d/%s", host, (int)getpid(), sodium_bin2hex(token, sizeof token, bytes, sizeof bytes));
}

/* This process among all on a database. */
static Str holder(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, name_process);
    return str_of(this_process);
}

int64_t lease_span(Str name)
{
    static const struct {
        const char *head;
        int64_t span_us;
    } spans[] = {{LEASE_CHORES, 20 * SECOND}, {LEASE_MIGRATION, 30 * SECOND}, {LEASE_BACKUP, 6 * HOUR}, {LEASE_NODE, DAY_US}};

    for (size_t i = 0; i < COUNT_OF(spans); i++)
        if (str_starts(name, str_of(spans[i].head)))
            return spans[i].span_us;
    return 0;
}

const Error *lease_take(Cx *cx, Str name, bool *mine)
{
    return lease_take_for(cx, name, lease_span(name), mine);
}

const Error *lease_take_for(Cx *cx, Str name, int64_t span_us, bool *mine)
{
    static const char TAKE[] = "INSERT INTO lease (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
                               " SET holder = excluded.holder, until = excluded.until WHERE lease.until < :now OR lease.holder = excluded.holder";
    int64_t taken;

    TRY(sql_run_count(cx, TAKE, IN(in_text("name", name), in_text("holder", holder()), in_int("until", cx->now + span_us)), &taken));
    *mine = taken == 1;
    return OK;
}

const Error *lease_renew(Cx *cx, Str name, bool *mine)
{
    static const char RENEW[] = "UPDATE lease SET until = :until WHERE name = :name AND holder = :holder";
    int64_t renewed;

    TRY(sql_run_count(cx, RENEW, IN(in_text("name", name), in_text("holder", holder()), in_int("until", cx->now + lease_span(name))), &renewed));
    *mine = renewed == 1;
    return OK;
}

const Error *lease_give(Cx *cx, Str name)
{
    static const char GIVE[] = "DELETE FROM lease WHERE name = :name AND holder = :holder";
    return sql_run(cx, GIVE, IN(in_text("name", name), in_text("holder", holder())));
}
