#include "kernel/series.h"

#include <pthread.h>
#include <stdio.h>

#define BLOCK 20       /* how many numbers a lease has at first */
#define MAX_BLOCK 1280 /* and at most, for a lane that uses them up within a second */
#define SLOTS 1024     /* a hundred companies or two on four lanes */

typedef struct {
    const struct Db *lane; /* whose transaction took it: another's must not use it before that is committed */
    Id org;
    char name[64];
    int64_t next, end; /* [next, end) is ours */
    int64_t block;     /* how many it was of, 0 before the first */
    Instant taken_at;
} Lease;

struct Series {
    pthread_mutex_t lock; /* the lanes of a server's database share this */
    Lease leases[SLOTS];
    int turn; /* the slot that is given up next */
};

Series *series_open(void)
{
    Series *series = mem_alloc(sizeof *series);

    pthread_mutex_init(&series->lock, NULL);
    return series;
}

void series_close(Series *series)
{
    pthread_mutex_destroy(&series->lock);
    mem_free(series);
}

/* The lane's lease of that name, perhaps an empty one. It stays in its place until its own lane gives it up. */
static Lease *find_lease(Series *series, const Cx *cx, Str name)
{
    Lease *lease = NULL, *room = NULL;

    pthread_mutex_lock(&series->lock);
    for (int i = 0; i < SLOTS && lease == NULL; i++) {
        Lease *at = &series->leases[(series->turn + i) % SLOTS];
        if (at->lane == cx->db && at->org == cx->org && str_is(name, at->name))
            lease = at;
        else if (room == NULL && (at->lane == NULL || at->lane == cx->db))
            room = at; /* a free one, or the next of this lane's own */
    }
    if (lease == NULL && room != NULL) {
        series->turn = (int)(room - series->leases + 1) % SLOTS;
        *room = (Lease){.lane = cx->db, .org = cx->org};
        (void)snprintf(room->name, sizeof room->name, "%.*s", STR_ARG(name)); /* prefix, code and day: far shorter */
        lease = room;
    }
    pthread_mutex_unlock(&series->lock);
    return lease;
}

/* The row of a series is locked from a lease to its batch's commit, and the other lanes wait for it: a busy lane takes
 * more at once, so that this is seldom. */
static int64_t block_after(const Lease *lease, Instant now)
{
    Instant lasted = now - lease->taken_at;

    if (lease->block == 0 || lasted > MINUTE)
        return BLOCK;
    return lasted > SECOND || lease->block == MAX_BLOCK ? lease->block : 2 * lease->block;
}

const Error *series_next(Cx *cx, Str name, Str *out)
{
    static const char TAKE[] = "INSERT INTO series (org_id, name, next) VALUES (:org, :name, 1 + :block)"
                               " ON CONFLICT (org_id, name) DO UPDATE SET next = series.next + :block RETURNING next";
    Lease alone = {0}, *lease = find_lease(cx->kernel->series, cx, name);

    if (lease == NULL) /* more companies than places: this lane leases one by one */
        lease = &alone;
    if (lease->next == lease->end) {
        int64_t next, block = block_after(lease, cx->now);
        TRY(sql_row(cx, TAKE, IN(in_text("name", name), in_int("block", block)), OUT(out_int(&next))));
        lease->end = next;
        lease->next = next - block;
        lease->block = block;
        lease->taken_at = cx->now;
    }
    *out = str_format(cx->arena, "%.*s-%04lld", STR_ARG(name), (long long)lease->next++);
    return OK;
}

void series_undone(const Cx *cx)
{
    Series *series = cx->kernel == NULL ? NULL : cx->kernel->series;

    if (series == NULL)
        return;
    pthread_mutex_lock(&series->lock);
    for (int i = 0; i < SLOTS; i++)
        if (series->leases[i].lane == cx->db)
            series->leases[i] = (Lease){0};
    pthread_mutex_unlock(&series->lock);
}
