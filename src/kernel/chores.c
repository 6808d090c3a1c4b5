/* chores.c: the chores of the kernel itself, whose turn it is, and which process of a database does them. */
#include "kernel/chores.h"
#include "base/log.h"
#include "kernel/clock.h"
#include "kernel/file.h"
#include "kernel/idem.h"
#include "kernel/lease.h"
#include "kernel/orgs.h"
#include "kernel/outbox.h"
#include "kernel/process.h"
#include "kernel/tally.h"

#include <assert.h>

#define CHORE_MAX 200             /* things done in one transaction */
#define CHORE_ROUNDS 50           /* transactions of one chore in a row: the others' turn then */
#define CHORES_AGAIN (5 * SECOND) /* so often a process without the chores looks whether the one that has them still lives */
#define MAX_CHORES 64

struct Chores {
    const RunnerConfig *config;
    const atomic_bool *stopping;
    Instant at[MAX_CHORES]; /* when each is due, of the steady clock */
    Instant again_at;       /* another process had them: not asked again before */
    bool held;              /* this process had them when it last asked */
};

static ChoreFn sweep_idem, sweep_sessions;

static const Chore own_chores[] = {
    {"reminders", 5, clock_remind},
    {"autos", 60, process_autos},
    {"stored answers", 3600, sweep_idem},
    {"sessions", 3600, sweep_sessions},
    {"webhooks", 3600, outbox_sweep},
    {"tallies", 3600, tally_make},
    {0},
};

Chores *chores_open(const RunnerConfig *config, const atomic_bool *stopping)
{
    Chores *chores = mem_alloc(sizeof *chores);

    chores->config = config;
    chores->stopping = stopping;
    return chores;
}

void chores_close(Chores *chores)
{
    mem_free(chores);
}

static Cx system_cx(const Chores *chores, Arena *arena, Id org, int zone_min)
{
    return orgs_system_cx(chores->config->kernel, arena, org, zone_min);
}

typedef struct {
    const Chore *chore;
    int count;
} ChoreRun;

static const Error *chore_closure(Cx *cx, void *self)
{
    ChoreRun *run = self;

    run->count = 0;
    return run->chore->fn(cx, CHORE_MAX, &run->count);
}

/* True when the others' turn came before its end. */
static bool do_chore(Chores *chores, Arena *arena, const Chore *chore, Id org, int zone_min)
{
    for (int round = 0; round < CHORE_ROUNDS && !atomic_load(chores->stopping); round++) {
        ChoreRun run = {chore, 0};
        arena_reset(arena);
        Cx cx = system_cx(chores, arena, org, zone_min);
        const Error *error = store_write(chores->config->store, &cx, chore_closure, &run);
        if (error != OK) {
            log_error("%s: %.*s", chore->name, STR_ARG(error_text(error, LANG_EN)));
            return false;
        }
        if (run.count < CHORE_MAX)
            return false;
    }
    return true;
}

const Error *chore_do(Cx *cx, const Chore *chore, int max, int *count)
{
    Ids ids = {0};

    max = max < CHORE_MAX ? max : CHORE_MAX;
    if (chore->fn != NULL)
        return chore->fn(cx, max, count);
    TRY(chore->find(cx, 0, max, &ids));
    for (int i = 0; i < ids.count; i++)
        TRY(chore->each(cx, ids.list[i]));
    *count = ids.count;
    return OK;
}

/* One thing of a chore that goes one by one. */
typedef struct {
    const Chore *chore;
    Id after, ids[CHORE_MAX], id;
    int count;
    const Error *why;
} Each;

static const Error *find_closure(Cx *cx, void *self)
{
    Each *each = self;

    Ids ids = {0};

    TRY(each->chore->find(cx, each->after, CHORE_MAX, &ids));
    each->count = ids.count;
    for (int i = 0; i < ids.count; i++) /* they outlive the arena, which begins anew with each */
        each->ids[i] = ids.list[i];
    return OK;
}

static const Error *each_closure(Cx *cx, void *self)
{
    Each *each = self;
    return each->chore->each(cx, each->id);
}

static const Error *failed_closure(Cx *cx, void *self)
{
    Each *each = self;
    return each->chore->failed(cx, each->id, each->why);
}

/* False when the database is away: the rest waits for another time. */
static bool do_one(Chores *chores, Arena *arena, Each *each, Id org, int zone_min)
{
    Cx cx = system_cx(chores, arena, org, zone_min), after = cx;

    each->why = store_write(chores->config->store, &cx, each_closure, each);
    if (each->why == OK)
        return true;
    log_error("%s %lld: %.*s", each->chore->name, (long long)each->id, STR_ARG(error_text(each->why, LANG_EN)));
    if (each->why->code == ERR_UNAVAILABLE || each->why->code == ERR_UNSURE)
        return false;
    if (each->chore->failed != NULL && store_write(chores->config->store, &after, failed_closure, each) != OK)
        log_error("%s %lld: that it failed could not be written", each->chore->name, (long long)each->id);
    return true;
}

static void do_one_by_one(Chores *chores, Arena *arena, const Chore *chore, Id org, int zone_min)
{
    Each each = {.chore = chore};

    for (int round = 0; round < CHORE_ROUNDS && !atomic_load(chores->stopping); round++) {
        arena_reset(arena);
        Cx cx = system_cx(chores, arena, org, zone_min);
        const Error *error = store_read(chores->config->store, &cx, find_closure, &each);
        if (error != OK)
            log_error("%s: %.*s", chore->name, STR_ARG(error_text(error, LANG_EN)));
        for (int i = 0; error == OK && i < each.count && !atomic_load(chores->stopping); i++) {
            arena_reset(arena);
            each.id = each.after = each.ids[i];
            if (!do_one(chores, arena, &each, org, zone_min))
                return;
        }
        if (error != OK || each.count < CHORE_MAX)
            return;
    }
}

/* Files nobody has attached: the rows in the lane, the bytes outside. */
static void sweep_files(Chores *chores, Arena *arena, Id org, int zone_min)
{
    for (int round = 0; round < CHORE_ROUNDS && !atomic_load(chores->stopping); round++) {
        int count = 0;
        arena_reset(arena);
        Cx cx = system_cx(chores, arena, org, zone_min);
        const Error *error = file_sweep(chores->config->store, &cx, chores->config->folder, CHORE_MAX, &count);
        if (error != OK)
            log_error("files: %.*s", STR_ARG(error_text(error, LANG_EN)));
        if (error != OK || count < CHORE_MAX)
            return;
    }
}

/* Of many processes on a database one does the chores: who has the lease, or finds it run out. */
static const Error *lease_chores(Cx *cx, void *self)
{
    return lease_take(cx, STR(LEASE_CHORES), self);
}

static bool may_do_chores(Chores *chores, Arena *arena)
{
    Cx cx = system_cx(chores, arena, 0, ZONE_CHINA);
    bool mine = false;

    if (chores->config->alone)
        return true;
    chores->held = store_write(chores->config->store, &cx, lease_chores, &mine) == OK && mine;
    if (!chores->held)
        chores->again_at = clock_monotonic_us() + CHORES_AGAIN;
    return chores->held;
}

static const Error *give_closure(Cx *cx, void *self)
{
    (void)self;
    return lease_give(cx, STR(LEASE_CHORES));
}

void chores_give(const Chores *chores, Arena *arena)
{
    Cx cx = system_cx(chores, arena, 0, ZONE_CHINA);

    if (chores->held && store_write(chores->config->store, &cx, give_closure, NULL) != OK)
        log_error("chores: could not be given back; another process takes them when the lease has run out");
}

/* The chores whose time has come. */
typedef struct {
    const Chore *list[MAX_CHORES];
    int places[MAX_CHORES]; /* of each in Chores.at */
    int count, known;       /* known: how many were looked at */
} Due;

static void add_due(const Chores *chores, Due *due, const Chore *list, int64_t steady, bool was_woken)
{
    for (const Chore *chore = list; chore != NULL && chore->name != NULL; chore++, due->known++) {
        assert(due->known < MAX_CHORES); /* more chores than places: raise MAX_CHORES */
        if (chores->at[due->known] > steady && !(chore->at_once && was_woken))
            continue;
        due->places[due->count] = due->known;
        due->list[due->count++] = chore;
    }
}

bool chores_do(Chores *chores, Arena *arena, bool was_woken)
{
    static const Chore files[] = {{"files", 600, NULL}, {0}};
    AUTO(arena_close_at) Arena *list_arena = arena_open(1 << 20);
    Due due = {.count = 0};
    int64_t steady = clock_monotonic_us();
    bool more = false;
    Orgs *orgs;

    if (chores->again_at > steady)
        return false;
    add_due(chores, &due, own_chores, steady, was_woken);
    for (const Module *const *module = chores->config->kernel->modules; *module != NULL; module++)
        add_due(chores, &due, (*module)->chores, steady, was_woken);
    add_due(chores, &due, files, steady, was_woken);
    if (due.count == 0 || !may_do_chores(chores, list_arena))
        return false;
    for (int c = 0; c < due.count; c++)
        chores->at[due.places[c]] = steady + due.list[c]->every_s * SECOND;
    orgs = orgs_all(chores->config->store, chores->config->kernel, list_arena);
    for (int c = 0; c < due.count; c++)
        for (int i = 0; i < orgs->count; i++) {
            if (due.list[c] == files)
                sweep_files(chores, arena, orgs->list[i].id, orgs->list[i].zone_min);
            else if (due.list[c]->fn == NULL)
                do_one_by_one(chores, arena, due.list[c], orgs->list[i].id, orgs->list[i].zone_min);
            else if (do_chore(chores, arena, due.list[c], orgs->list[i].id, orgs->list[i].zone_min)) {
                chores->at[due.places[c]] = 0;
                more = true;
            }
        }
    return more;
}

static const Error *sweep_idem(Cx *cx, int max, int *count)
{
    *count = 0; /* it says not how many; the next hour takes the rest */
    return idem_sweep(cx, max * 100);
}

static const Error *sweep_sessions(Cx *cx, int max, int *count)
{
    static const char SWEEP[] = "DELETE FROM session WHERE org_id = :org AND digest IN"
                                " (SELECT digest FROM session WHERE org_id = :org AND expires_at < :now LIMIT :max)";
    int64_t gone;

    TRY(sql_run_count(cx, SWEEP, IN(in_int("max", max)), &gone));
    *count = (int)gone;
    return OK;
}
