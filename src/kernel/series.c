#include "kernel/series.h"

#include <stdio.h>

#define BLOCK 20
#define SLOTS 64

typedef struct {
    Id org;
    char name[64];
    int64_t next, end; /* [next, end) is ours */
} Lease;

/* Used by the lane's thread alone. */
struct Series {
    Lease leases[SLOTS];
    int turn; /* the slot that is given up next */
};

Series *series_open(void)
{
    return mem_alloc(sizeof(Series));
}

void series_close(Series *series)
{
    mem_free(series);
}

const Error *series_next(Cx *cx, Str name, Str *out)
{
    static const char TAKE[] = "INSERT INTO series (org_id, name, next) VALUES (:org, :name, 1 + :block)"
                               " ON CONFLICT (org_id, name) DO UPDATE SET next = series.next + :block RETURNING next";
    Series *series = cx->kernel->series;
    Lease *lease = NULL;

    for (int i = 0; i < SLOTS && lease == NULL; i++)
        if (series->leases[i].org == cx->org && str_is(name, series->leases[i].name))
            lease = &series->leases[i];
    if (lease == NULL) {
        lease = &series->leases[series->turn];
        series->turn = (series->turn + 1) % SLOTS;
        *lease = (Lease){.org = cx->org};
        (void)snprintf(lease->name, sizeof lease->name, "%.*s", STR_ARG(name)); /* prefix, code and day: far shorter */
    }
    if (lease->next == lease->end) {
        int64_t next;
        TRY(sql_row(cx, TAKE, IN(in_text("name", name), in_int("block", BLOCK)), OUT(out_int(&next))));
        lease->end = next;
        lease->next = next - BLOCK;
    }
    *out = str_format(cx->arena, "%.*s-%04lld", STR_ARG(name), (long long)lease->next++);
    return OK;
}

void series_undone(const Cx *cx)
{
    if (cx->kernel != NULL && cx->kernel->series != NULL)
        *cx->kernel->series = (Series){0};
}
