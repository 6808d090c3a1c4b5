/* migrate.c: brings a database to the schema that the program declares.
 *
 * The embedded one is changed in one transaction, at the start. On a server others go on meanwhile: one process has the lease,
 * and takes the steps one by one, none of which holds a long lock; what is declared is only ever added (expand), and nothing
 * that an older program needs goes away. A migration that was broken off goes on where it was: the difference says what is
 * left to do. */
#include "app/commands.h"
#include "base/log.h"
#include "base/beat.h"
#include "kernel/fact.h"
#include "kernel/lease.h"
#include "kernel/orgs.h"
#include "kernel/rule.h"
#include "store/dialect.h"

#include <stdio.h>
#include <unistd.h>

#define LEASE_LOOK_US (300 * 1000)
#define WAIT_MAX (30 * MINUTE)

static const Error *world(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, zh, en);
}

typedef struct {
    const Kernel *kernel;
    Str digest;
    bool is_new, is_current; /* no tables yet; nothing to do */
    SchemaSteps steps;
} Look;

/* Is version a later than b? Both are numbers with dots between them. */
static bool is_later(Str a, Str b)
{
    while (a.ptr != NULL || b.ptr != NULL) {
        int64_t m = 0, n = 0;
        Str first = a.ptr == NULL ? STR_NONE : str_split(a, '.', &a), second = b.ptr == NULL ? STR_NONE : str_split(b, '.', &b);
        if ((first.ptr != NULL && !str_to_int(first, &m)) || (second.ptr != NULL && !str_to_int(second, &n)))
            return false;
        if (m != n)
            return m > n;
    }
    return false;
}

static const Error *look(Cx *cx, void *self)
{
    Look *look = self;
    Str kept, release;
    bool has;

    *look = (Look){.kernel = look->kernel, .digest = schema_digest(cx->arena, look->kernel->tables, look->kernel->table_count)};
    TRY(dialect_of(cx)->has_table(cx, "copy_progress", &has));
    if (has)
        return world(cx->arena, STR("这个数据库里的复制还没有完成：再运行一次 anju copy，会接着做"),
                     STR("the copy into this database has not been finished: run anju copy again, and it goes on"));
    TRY(dialect_of(cx)->has_table(cx, "fact", &has));
    look->is_new = !has;
    if (!has)
        return OK;
    TRY(fact_read(cx, FACT_SCHEMA, &kept));
    TRY(fact_read(cx, FACT_RELEASE, &release));
    look->is_current = str_eq(kept, look->digest);
    if (!look->is_current && is_later(release, STR(ANJU_VERSION)))
        return world(cx->arena,
                     str_format(cx->arena, "这个数据库已由安居 %.*s 升级，本程序是 %s；请换用新的程序", STR_ARG(release), ANJU_VERSION),
                     str_format(cx->arena, "the database has the schema of anju %.*s and this is %s; use the newer program", STR_ARG(release), ANJU_VERSION));
    return OK;
}

static const Error *look_closely(Cx *cx, void *self)
{
    Look *closely = self;

    TRY(look(cx, self));
    return closely->is_current ? OK : schema_difference(cx, closely->kernel->tables, closely->kernel->table_count, true, &closely->steps);
}

static const Error *seed(Cx *cx, void *self)
{
    (void)self;
    return rule_seed(cx);
}

/* What the program knows and the companies do not have yet: rules and catalogues of newer modules. */
static const Error *seed_all(House *house, Arena *arena)
{
    Cx cx = orgs_system_cx(&house->kernel, arena, 0, ZONE_CHINA);
    Orgs orgs = {0};

    TRY(store_read(house->store, &cx, orgs_read, &orgs));
    for (int i = 0; i < orgs.count; i++) {
        cx = orgs_system_cx(&house->kernel, arena, orgs.list[i].id, orgs.list[i].zone_min);
        TRY(store_write(house->store, &cx, seed, NULL));
    }
    return OK;
}

static const Error *keep(Cx *cx, void *self)
{
    const Look *look = self;

    TRY(fact_keep(cx, FACT_SCHEMA, look->digest));
    return fact_keep(cx, FACT_RELEASE, STR(ANJU_VERSION));
}

/* The tables in one transaction: of the embedded database, or of a new one. */
static const Error *apply(Cx *cx, void *self)
{
    Look *at = self;

    TRY(look(cx, at));
    if (at->is_current)
        return OK;
    return schema_apply(cx, at->kernel->tables, at->kernel->table_count);
}

/* Only then is the schema called current: one that died in between begins again. */
static const Error *apply_whole(House *house, Cx *cx, Look *at)
{
    TRY(store_write(house->store, cx, apply, at));
    if (at->is_current)
        return OK;
    TRY(seed_all(house, cx->arena));
    return store_write(house->store, cx, keep, at);
}

/* The lease of the one who migrates */

typedef struct {
    House *house;
    bool mine, lost; /* lost: another has had it meanwhile, since this process slept or the database was away for longer than its span */
} Holding;

static const Error *take(Cx *cx, void *self)
{
    Holding *holding = self;
    return lease_take(cx, STR(LEASE_MIGRATION), &holding->mine);
}

static const Error *renew_it(Cx *cx, void *self)
{
    Holding *holding = self;
    return lease_renew(cx, STR(LEASE_MIGRATION), &holding->mine);
}

static const Error *give(Cx *cx, void *self)
{
    (void)self;
    return lease_give(cx, STR(LEASE_MIGRATION));
}

static const Error *write_now(House *house, StoreFn *fn, void *self, Arena *arena)
{
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = &house->kernel, .zone_min = ZONE_CHINA};
    return store_write(house->store, &cx, fn, self);
}

static void renew(void *self)
{
    Holding holding = {.house = self}; /* its own: this is another thread */
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);

    if (write_now(holding.house, renew_it, &holding, arena) != OK || !holding.mine)
        log_error("the lease of the migration could not be renewed");
}

static const Error *wait_for_lease(Arena *arena, Holding *holding)
{
    for (int64_t until = clock_monotonic_us() + WAIT_MAX, told = 0;;) {
        TRY(write_now(holding->house, take, holding, arena));
        if (holding->mine)
            return OK;
        if (clock_monotonic_us() > until)
            return world(arena, STR("另一个进程正在更新表结构，等了半小时仍未结束"), STR("another process is migrating the schema, and has not ended in half an hour"));
        if (told++ == 0)
            log_info("another process is migrating the schema; waiting for it");
        (void)usleep(LEASE_LOOK_US); /* woken early it only looks early */
    }
}

/* Is it still this process's to do? Another that has taken over may have done it. */
static const Error *still_mine(Cx *cx, Holding *holding)
{
    TRY(write_now(holding->house, renew_it, holding, cx->arena));
    holding->lost = !holding->mine;
    return holding->mine ? OK : world(cx->arena, STR("另一个进程接手了表结构更新"), STR("another process has taken over the migration"));
}

static const Error *before_step(Cx *cx, void *self, Str sql)
{
    TRY(still_mine(cx, self));
    log_info("migration: %.*s", (int)(sql.len > 200 ? 200 : sql.len), sql.ptr);
    return OK;
}

static const Error *take_steps(House *house, Cx *cx, Look *at, Holding *holding)
{
    TRY(store_read(house->store, cx, look_closely, at)); /* another may have been there first */
    if (at->is_current)
        return OK;
    TRY(schema_apply_alone(house->store, cx, &at->steps, before_step, holding));
    TRY(still_mine(cx, holding));
    TRY(seed_all(house, cx->arena));
    return write_now(house, keep, at, cx->arena);
}

/* As the one who has the lease. Where it was lost on the way, its end by the other is waited for; what is left to do is looked at anew. */
static const Error *migrate_alone(House *house, Cx *cx, Look *at)
{
    for (;;) {
        Holding holding = {.house = house};
        const Error *error, *given;
        Beat beat;

        TRY(wait_for_lease(cx->arena, &holding));
        beat_start(&beat, lease_span(STR(LEASE_MIGRATION)) / 3, false, renew, house);
        error = take_steps(house, cx, at, &holding);
        beat_end(&beat);
        given = write_now(house, give, NULL, cx->arena);
        if (!holding.lost)
            return error != OK ? error : given;
        log_warn("another process has taken over the migration; waiting for it");
    }
}

const Error *house_migrate(House *house, Cx *cx)
{
    Look at = {.kernel = &house->kernel};

    if (!schema_is_alone(house->store))
        return apply_whole(house, cx, &at);
    TRY(store_read(house->store, cx, look, &at));
    if (at.is_current)
        return OK;
    if (at.is_new)
        return apply_whole(house, cx, &at);
    return migrate_alone(house, cx, &at);
}

static const Error *show(Cx *cx, void *self)
{
    Look *at = self;

    TRY(look(cx, at));
    TRY(schema_difference(cx, at->kernel->tables, at->kernel->table_count, true, &at->steps));
    for (int i = 0; i < at->steps.count; i++)
        (void)printf("%.*s;\n", STR_ARG(at->steps.list[i].sql));
    return OK;
}

static const Error *declared(Arena *arena, Kernel **out)
{
    *out = new (arena, Kernel, 1);
    if (!kernel_init(*out, arena, modules))
        return world(arena, STR("程序的声明有误，见上"), STR("the program's declarations have faults, see above"));
    return OK;
}

static const Error *show_migration(Arena *arena, const HousePlace *place)
{
    StoreConfig config = {.folder = place->folder, .url = place->url, .readers = 1};
    Cx cx = {.arena = arena, .now = clock_now()};
    Look at = {0};
    const Error *error;
    Kernel *kernel;
    Store *store;

    TRY(declared(arena, &kernel));
    at.kernel = cx.kernel = kernel;
    TRY(store_open(arena, &config, false, &store));
    error = store_read(store, &cx, show, &at);
    store_close(store);
    return error;
}

/* Needs no database: it is the declarations' own. */
static const Error *show_distribution(Arena *arena)
{
    Buf apart = buf_new(arena, 10000);
    const char *with = NULL;
    const Table **tables;
    Kernel *kernel;

    TRY(declared(arena, &kernel));
    tables = schema_parents_first(arena, kernel->tables, kernel->table_count);
    for (int i = 0; i < kernel->table_count; i++) {
        Str sql = schema_distribution(arena, tables[i], &with);
        if (sql.len > 0)
            (void)printf("%.*s;\n", STR_ARG(sql));
        else
            buf_format(&apart, "%s%s", apart.len == 0 ? "" : ", ", tables[i]->name);
    }
    (void)printf("-- 读取时还不知道是哪家公司，留在协调节点 read before the company is known, they stay on the coordinator: %.*s\n", STR_ARG(buf_str(&apart)));
    return OK;
}

const Error *command_migrate(Arena *arena, Settings *settings)
{
    HousePlace place;
    House *house;

    if (setting_on(settings, "citus"))
        return show_distribution(arena);
    TRY(place_of(arena, settings, &place));
    if (setting_on(settings, "dry-run"))
        return show_migration(arena, &place);
    TRY(house_open(arena, &place, true, NULL, NULL, &house)); /* opening brings it to the declared schema */
    house_close(house);
    return OK;
}
