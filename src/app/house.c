/* house.c: a data folder: opening it, making a new one, and companies in it. */
#include "app/command.h"
#include "base/log.h"
#include "kernel/alarm.h"
#include "kernel/checkpoint.h"
#include "kernel/event.h"
#include "kernel/holidays.h"
#include "kernel/keys.h"
#include "kernel/lease.h"
#include "kernel/ledger.h"
#include "kernel/outbox.h"
#include "kernel/plan.h"
#include "kernel/rule.h"
#include "kernel/secret.h"
#include "kernel/series.h"
#include "modules/access/access.h"
#include "modules/arrears/arrears.h"
#include "modules/billing/billing.h"
#include "modules/cashier/cashier.h"
#include "modules/complaint/complaint.h"
#include "modules/desk/desk.h"
#include "modules/equipment/equipment.h"
#include "modules/notice/notice.h"
#include "modules/patrol/patrol.h"
#include "modules/property/property.h"
#include "modules/repair/repair.h"
#include "modules/roster/roster.h"
#include "store/address.h"
#include "store/dialect.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const Module *const modules[] = {&kernel_module, &outbox_module, &property_module, &repair_module, &complaint_module, &desk_module, &notice_module, &plan_module, &ledger_module, &billing_module, &cashier_module, &arrears_module,
                                 &alarm_module, &checkpoint_module, &roster_module, &patrol_module, &equipment_module, &access_module, NULL};

static const Error *world(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, zh, en);
}

#define NODES 1024 /* 0 is the embedded database's */
#define NODE_SPAN (5 * MINUTE) /* so that a program that dies and is started again, over and over, does not use them up */
#define NODE_EVERY MINUTE

static Str node_name(const Cx *cx, int node)
{
    return str_format(cx->arena, LEASE_NODE "%d", node);
}

const Error *place_check_url(Arena *arena, const char *flag, const char *url)
{
    if (str_starts(str_of(url), STR("postgresql://")) || str_starts(str_of(url), STR("postgres://")))
        return address_check(arena, flag, url);
    return error_new(arena, ERR_USAGE, str_format(arena, "--%s 应为 postgresql://…", flag),
                     str_format(arena, "--%s must be postgresql://…", flag));
}

const Error *place_of(Arena *arena, const Settings *settings, HousePlace *out)
{
    *out = (HousePlace){setting(settings, "data"), setting(settings, "database")};
    if (out->folder == NULL)
        return error_new(arena, ERR_USAGE, STR("请用 --data 写明数据目录"), STR("name the data folder with --data"));
    return out->url == NULL ? OK : place_check_url(arena, "database", out->url);
}

typedef struct {
    Holiday *rows;
    ptrdiff_t count, room;
} Holidays;

static const Error *holiday_row(Cx *cx, const Row *row, void *self)
{
    Holidays *holidays = self;

    (void)cx;
    if (holidays->count < holidays->room)
        holidays->rows[holidays->count++] = (Holiday){(Date)row_int(row, 0), row_int(row, 1) != 0};
    return OK;
}

static const Error *read_holidays(Cx *cx, void *self)
{
    static const char ALL[] = "SELECT day, off FROM holiday ORDER BY day";
    return sql_each(cx, ALL, NOTHING, holiday_row, self);
}

static const Error *seed_holidays(Cx *cx, void *self)
{
    static const char ADD[] = "INSERT INTO holiday (day, off, zh, en, statutory) VALUES (:day, :off, :zh, :en, :statutory)";

    (void)self;
    for (ptrdiff_t i = 0; i < kernel_holiday_count; i++)
        TRY(sql_run(cx, ADD, IN(in_int("day", kernel_holidays[i].day), in_int("off", kernel_holidays[i].off), in_c("zh", kernel_holidays[i].zh),
                                in_c("en", kernel_holidays[i].en), in_int("statutory", kernel_holidays[i].statutory))));
    return OK;
}

static const Error *latest_id(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    if (row_int(row, 0) > *(Id *)self)
        *(Id *)self = row_int(row, 0);
    return OK;
}

/* The newest id of all companies: ids go on behind it, also when the system's clock has been set back meanwhile. */
static const Error *read_latest_id(Cx *cx, void *self)
{
    static const char LATEST[] = "SELECT e.id FROM org o CROSS JOIN event e WHERE e.org_id = o.org_id AND e.n = o.n"; /* event by its key */
    return sql_each(cx, LATEST, NOTHING, latest_id, self);
}

/* A database is made ready once. */
static const Error *refuse_used(Cx *cx, void *self)
{
    static const char COUNT[] = "SELECT count(*) FROM org";
    int64_t count = 0;
    bool has;

    (void)self;
    TRY(dialect_of(cx)->has_table(cx, "org", &has));
    if (has)
        TRY(sql_row(cx, COUNT, NOTHING, OUT(out_int(&count))));
    return count == 0 ? OK : world(cx->arena, STR("这个数据库已在使用，没有改动它"), STR("the database is in use already; it was left as it is"));
}

/* Who serves renews it; a command holds it for as long as it may take. */
static int64_t node_span(const House *house)
{
    return house->serves ? NODE_SPAN : lease_span(STR(LEASE_NODE));
}

/* A free number for this process's ids, given back at the end. */
static const Error *lease_node(Cx *cx, void *self)
{
    House *house = self;
    int first = (int)((uint32_t)getpid() * 2654435761u >> 22); /* not all begin to look at the same place */

    for (int i = 0; i < NODES; i++) {
        bool mine;
        house->node = 1 + (first + i) % (NODES - 1);
        TRY(lease_take_for(cx, node_name(cx, house->node), node_span(house), &mine));
        if (mine)
            return OK;
    }
    return world(cx->arena, STR("同一个数据库上的进程太多"), STR("too many processes on this database"));
}

/* Leases and times are right for all processes when they have one clock. */
static const Error *go_by_its_clock(Cx *cx, void *self)
{
    Instant there;

    (void)self;
    TRY(sql_row(cx, dialect_of(cx)->clock, NOTHING, OUT(out_int(&there))));
    if (clock_adopt(there))
        log_warn("this machine's clock differs from the database's, which holds");
    return OK;
}

/* A number that is another's by now (this process slept, or the database was away) is left to it: there are others. */
static const Error *renew_node(Cx *cx, void *self)
{
    House *house = self;
    bool mine;

    TRY(go_by_its_clock(cx, NULL));
    TRY(lease_take_for(cx, node_name(cx, house->node), node_span(house), &mine));
    if (mine)
        return OK;
    log_warn("the number of this process's ids was another's meanwhile: it takes a new one");
    return lease_node(cx, house);
}

static void keep_node(void *self)
{
    House *house = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = &house->kernel};
    const Error *error = store_write(house->store, &cx, renew_node, house);

    if (error == OK)
        id_set_node(house->node, 0);
    else
        log_error("the number of this process's ids was not renewed: %.*s", STR_ARG(error_text(error, LANG_EN)));
}

static const Error *return_node(Cx *cx, void *self)
{
    const House *house = self;
    return lease_give(cx, node_name(cx, house->node));
}

static const Error *open_house(Arena *arena, const HousePlace *place, bool create, bool serve, void (*published)(void *, Tail *), void *self, House **out)
{
    House *house = new (arena, House, 1);
    StoreConfig config = {.folder = place->folder, .url = place->url, .readers = serve ? 4 : 1, .lanes = serve ? 8 : 1, .serve = serve || create,
                          .flush = event_flush, .published = published, .is_committed = event_is_committed, .self = self, .undone = series_undone};
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};
    Id latest = 0;
    Holidays holidays = {.rows = new (arena, Holiday, 4000), .room = 4000};
    const Error *error;

    if (!secret_init())
        return world(arena, STR("加密库无法启动"), STR("the crypto library does not start"));
    if (!kernel_init(&house->kernel, arena, modules))
        return world(arena, STR("程序的声明有误，见上"), STR("the program's declarations have faults, see above"));
    house->folder = house->kernel.folder = place->folder;
    house->secrets = house->kernel.secrets = new (arena, Secrets, 1);
    error = store_open(arena, &config, create, &house->store);
    if (error != OK)
        return error;
    house->kernel.store = house->store;
    house->kernel.series = series_open();
    cx.kernel = &house->kernel;
    error = keys_load(arena, place->folder, create, house->secrets);
    if (error == OK && store_dialect(house->store)->clock != NULL) {
        error = store_read(house->store, &cx, go_by_its_clock, NULL);
        cx.now = clock_now();
    }
    if (error == OK && create && place->url != NULL)
        error = store_read(house->store, &cx, refuse_used, NULL);
    if (error == OK)
        error = house_migrate(house, &cx);
    if (error == OK && create)
        error = store_write(house->store, &cx, seed_holidays, NULL);
    if (error == OK)
        error = store_read(house->store, &cx, read_holidays, &holidays);
    if (error == OK)
        error = store_read(house->store, &cx, read_latest_id, &latest);
    if (error != OK) {
        house_close(house);
        return error;
    }
    house->serves = serve;
    if (place->url != NULL) /* any number of processes: each has a node of its own */
        error = store_write(house->store, &cx, lease_node, house);
    if (error != OK) {
        house_close(house);
        return error;
    }
    if (place->url != NULL)
        id_set_node(house->node, latest == 0 ? 0 : id_time(latest) / 1000 + 1000);
    else if (serve) /* commands that write beside a serving process make ids of another node */
        id_set_node(0, latest == 0 ? 0 : id_time(latest) / 1000 + 1000);
    else if (!create)
        id_set_node(1 + (int)(getpid() % 1023), 0);
    if (place->url != NULL && serve)
        beat_start(&house->keeper, NODE_EVERY, false, keep_node, house);
    house->kernel.holidays = holidays.rows;
    house->kernel.holiday_count = holidays.count;
    *out = house;
    return OK;
}

const Error *house_open(Arena *arena, const HousePlace *place, bool serve, void (*published)(void *self, Tail *tails), void *self, House **out)
{
    return open_house(arena, place, false, serve, published, self, out);
}

void house_close(House *house)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = &house->kernel};

    if (house->keeper.runs)
        beat_end(&house->keeper);
    if (house->node > 0 && store_write(house->store, &cx, return_node, house) != OK)
        log_warn("the number of this process's ids stays leased for a while");
    store_close(house->store);
    series_close(house->kernel.series);
}

const Error *house_make(Arena *arena, const HousePlace *place, House **out)
{
    const char *folder = place->folder;
    struct stat found;
    const Error *error;

    if (stat(folder, &found) == 0)
        return world(arena, str_format(arena, "%s 已经存在，没有改动它", folder), str_format(arena, "%s exists already; it was left as it is", folder));
    if (mkdir(folder, 0700) != 0)
        return world(arena, str_format(arena, "建不了目录 %s：%s", folder, strerror(errno)), str_format(arena, "cannot make the folder %s: %s", folder, strerror(errno)));
    error = open_house(arena, place, true, false, NULL, NULL, out);
    if (error != OK)
        house_unmake(arena, folder);
    return error;
}

void house_unmake(Arena *arena, const char *folder)
{
    static const char *const files[] = {"anju.db", "anju.db-wal", "anju.db-shm", "secret.key", "lock"};

    for (size_t i = 0; i < COUNT_OF(files); i++)
        (void)unlink(str_to_c(arena, str_format(arena, "%s/%s", folder, files[i]))); /* those that are there */
    (void)rmdir(folder);
}

typedef struct {
    const char *name;
    Id org;
    int64_t zone, count;
} FindOrg;

static const Error *find_org(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT coalesce(min(org_id), 0), coalesce(min(zone_min), 480), count(*) FROM org WHERE (:any = 1 OR name = :name)";
    FindOrg *find = self;
    return sql_row(cx, FIND, IN(in_int("any", find->name == NULL), in_c("name", find->name)), OUT(out_int(&find->org), out_int(&find->zone), out_int(&find->count)));
}

const Error *house_cx(House *house, Arena *arena, const char *org, Instant now, Cx *out)
{
    FindOrg find = {.name = org};

    *out = (Cx){.arena = arena, .now = now, .kernel = &house->kernel, .zone_min = ZONE_CHINA};
    TRY(store_read(house->store, out, find_org, &find));
    if (find.count == 0)
        return world(arena, str_format(arena, "没有公司 %s", org == NULL ? "" : org), str_format(arena, "there is no company %s", org == NULL ? "" : org));
    if (find.count > 1)
        return error_new(arena, ERR_USAGE, STR("有多家公司，请用 --org 写明"), STR("there are several companies; name one with --org"));
    out->org = find.org;
    out->zone_min = (int)find.zone;
    out->actor = actor_system(arena, find.org);
    return OK;
}

typedef struct {
    const NewOrg *wanted;
    Str hash;
    Id org, project;
} MakeOrg;

static const Error *make_org(Cx *cx, void *self)
{
    MakeOrg *make = self;
    const NewOrg *wanted = make->wanted;
    Record *project;
    Problems problems = problems_new(cx->arena);
    const Error *error;
    Id user;

    make->org = id_new(cx->now);
    cx->org = make->org;
    cx->actor = actor_system(cx->arena, make->org);
    error = event_init_org(cx, make->org, str_of(wanted->org), ZONE_CHINA);
    if (sql_is_conflict(error))
        return world(cx->arena, str_format(cx->arena, "公司 %s 已经存在", wanted->org), str_format(cx->arena, "the company %s exists already", wanted->org));
    TRY(error);
    project = record_new(cx, kernel_type(cx->kernel, &project_type));
    record_set_text(project, "code", str_of(wanted->code));
    record_set_text(project, "name", str_of(wanted->project));
    TRY(project_type.prepare(cx, project, &problems));
    if (problems.count > 0)
        return error_new(cx->arena, ERR_USAGE, problems.first->zh, problems.first->en);
    TRY(process_insert(cx, project));
    make->project = project->id;
    TRY(rule_seed(cx));
    TRY(user_make(cx, str_of(wanted->admin), STR("管理员"), make->hash, wanted->must_change, 0, &user));
    return user_grant(cx, user, "admin", 0, 0);
}

const Error *house_new_org(House *house, Arena *arena, const NewOrg *wanted, Instant now, Str *made_password, Id *org, Id *project)
{
    Cx cx = {.arena = arena, .now = now, .kernel = &house->kernel, .zone_min = ZONE_CHINA};
    MakeOrg make = {.wanted = wanted};
    Str password = wanted->password == NULL ? secret_password(arena) : str_of(wanted->password);

    if (utf8_count(password) < MIN_PASSWORD)
        return error_new(arena, ERR_USAGE, STR("密码至少 8 个字符"), STR("a password has at least 8 characters"));
    TRY(secret_hash_password(arena, password, &make.hash));
    TRY(store_write(house->store, &cx, make_org, &make));
    *made_password = password;
    *org = make.org;
    *project = make.project;
    return OK;
}
