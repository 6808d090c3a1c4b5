#include "kernel/lease.h"

#include <unistd.h>

/* This process among all on a database. */
static Str holder(const Cx *cx)
{
    char host[256] = "";

    (void)gethostname(host, sizeof host - 1); /* without one the process's number must do */
    return str_format(cx->arena, "%s/%d", host, (int)getpid());
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
    static const char TAKE[] = "INSERT INTO lease (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
                               " SET holder = excluded.holder, until = excluded.until WHERE lease.until < :now OR lease.holder = excluded.holder";
    int64_t taken;

    TRY(sql_run_count(cx, TAKE, IN(in_text("name", name), in_text("holder", holder(cx)), in_int("until", cx->now + lease_span(name))), &taken));
    *mine = taken == 1;
    return OK;
}

const Error *lease_give(Cx *cx, Str name)
{
    static const char GIVE[] = "DELETE FROM lease WHERE name = :name AND holder = :holder";
    return sql_run(cx, GIVE, IN(in_text("name", name), in_text("holder", holder(cx))));
}
