#include "kernel/orgs.h"
#include "base/log.h"
#include "store/store.h"

const Error *orgs_add(Cx *cx, const Row *row, void *self)
{
    Orgs *orgs = self;

    if (orgs->most > 0 && orgs->count == orgs->most)
        return OK;
    orgs->list = arena_grown(cx->arena, orgs->list, sizeof(Org), orgs->count, &orgs->room);
    orgs->list[orgs->count++] = (Org){row_int(row, 0), (int)row_int(row, 1)};
    return OK;
}

const Error *orgs_read(Cx *cx, void *self)
{
    static const char ORGS[] = "SELECT org_id, zone_min FROM org ORDER BY org_id";
    return sql_each(cx, ORGS, NOTHING, orgs_add, self);
}

Cx orgs_system_cx(const Kernel *kernel, Arena *arena, Id org, int zone_min)
{
    return (Cx){.arena = arena, .now = clock_now(), .lang = LANG_ZH, .zone_min = zone_min, .org = org, .actor = actor_system(arena, org), .kernel = kernel};
}

Orgs *orgs_all(Store *store, const Kernel *kernel, Arena *arena)
{
    Orgs *orgs = new (arena, Orgs, 1);
    Cx cx = orgs_system_cx(kernel, arena, 0, ZONE_CHINA);
    const Error *error;

    orgs->most = MAX_ORGS;
    error = store_read(store, &cx, orgs_read, orgs);
    if (error != OK)
        log_error("the companies cannot be read: %.*s", STR_ARG(error_text(error, LANG_EN)));
    return orgs;
}
