#include "kernel/fact.h"

const Error *fact_read(Cx *cx, const char *name, Str *out)
{
    static const char READ[] = "SELECT value FROM fact WHERE name = :name";
    bool found;

    *out = STR_NONE;
    return sql_find(cx, READ, IN(in_c("name", name)), OUT(out_text(out)), &found);
}

const Error *fact_keep(Cx *cx, const char *name, Str value)
{
    static const char KEEP[] = "INSERT INTO fact (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    return sql_run(cx, KEEP, IN(in_c("name", name), in_text("value", value)));
}
