/* demo.c: `anju demo`: makes a data folder with a community that has been lived in. Everything in it went through the
 * kernel's own actions, at a virtual time, by the people who would have done it; the same arguments give the same data.
 */
#include "app/backup.h"
#include "app/commands.h"
#include "app/demo_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define LAST_MOMENT (9 * 60 + 20) /* of a last day that is over: the visitor comes in at twenty past nine */
#define STEP_OF_NOW (10 * MINUTE) /* today ends at the last full ten minutes, so that two runs are alike */
#define CLOSURE_BYTES ((size_t)1 << 30)

static void drop_json(void *json)
{
    json_decref(json);
}

json_t *demo_json(Cx *cx, json_t *take_value)
{
    if (take_value != NULL)
        arena_defer(cx->arena, drop_json, take_value);
    return take_value;
}

/* The error, out of an arena that is about to be closed. */
static const Error *keep_error(Arena *arena, const Error *error)
{
    Buf zh = buf_new(arena, 2000), en = buf_new(arena, 2000);

    buf_add(&zh, error_text(error, LANG_ZH));
    buf_add(&en, error_text(error, LANG_EN));
    for (const FieldProblem *field = error->fields; field != NULL; field = field->next) {
        buf_format(&zh, " %.*s %.*s", STR_ARG(field->field), STR_ARG(field->zh));
        buf_format(&en, " %.*s %.*s", STR_ARG(field->field), STR_ARG(field->en));
    }
    return error_new(arena, error->code == ERR_USAGE ? ERR_USAGE : ERR_STATE_OF_WORLD, buf_str(&zh), buf_str(&en));
}

const Error *demo_write(Demo *demo, const Actor *actor, Instant now, StoreFn *fn, void *self)
{
    AUTO(arena_close_at) Arena *arena = arena_open(CLOSURE_BYTES);
    Cx cx = {.arena = arena,
             .now = now,
             .zone_min = ZONE_CHINA,
             .org = demo->org,
             .actor = actor,
             .kernel = &demo->house->kernel};
    const Error *error = store_write(demo->house->store, &cx, fn, self);

    return error == OK ? OK : keep_error(demo->arena, error);
}

static const Error *read_settings(Arena *arena, Settings *settings, Demo *demo)
{
    const char *until = setting(settings, "until");
    Instant now = clock_now();
    Date today = instant_to_date(now, ZONE_CHINA), last = today;
    int64_t homes, days;

    TRY(setting_int(arena, settings, "homes", 1, 100000, &homes));
    TRY(setting_int(arena, settings, "days", 1, 1000, &days));
    if (until != NULL && !date_parse(str_of(until), &last))
        return error_new(arena, ERR_USAGE, str_format(arena, "--until 应为日期，如 2026-11-23，不是 %s", until),
                         str_format(arena, "--until is a day such as 2026-11-23, not %s", until));
    if (last > today)
        return error_new(arena, ERR_USAGE, STR("--until 不能晚于今天"), STR("--until cannot lie in the future"));
    if (last < 20240701)
        return error_new(arena, ERR_USAGE, STR("--until 不能早于 2024-07-01"),
                         STR("--until cannot lie before 2024-07-01"));
    demo->homes = (int)homes;
    demo->days = (int)days;
    demo->password = setting(settings, "password");
    demo->dice.state = str_hash(str_of(setting(settings, "seed")));
    demo->end = date_to_instant(last, LAST_MOMENT, ZONE_CHINA);
    if (last == today && (until == NULL || demo->end > now))
        demo->end = now - now % STEP_OF_NOW;
    demo->start = date_to_instant(date_add(last, -demo->days), 0, ZONE_CHINA);
    return OK;
}

/* `serve` looks for this file: what has a demo's passwords does not listen off loopback. */
static const Error *mark_folder(Arena *arena, const char *folder)
{
    const char *path = str_to_c(arena, str_format(arena, "%s/demo", folder));
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, "demo\n", 5) != 5 || fsync(fd) != 0) {
        const char *why = strerror(errno);
        if (fd >= 0)
            (void)close(fd); /* already failed */
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "写不了 %s：%s", path, why),
                         str_format(arena, "cannot write %s: %s", path, why));
    }
    (void)close(fd); /* synced */
    return OK;
}

static const Error *live(Arena *arena, Demo *demo, const char *folder)
{
    NewOrg wanted = {
        .org = "安居物业", .project = "天悦花园", .code = "TYHY", .admin = "admin", .password = demo->password};
    Str password;

    TRY(mark_folder(arena, folder));
    TRY(house_new_org(demo->house, arena, &wanted, demo->start - 16 * HOUR, &password, &demo->org, &demo->project));
    demo->system = actor_system_template;
    demo->system.org = demo->org;
    TRY(demo_photos(arena, folder, demo->org, demo->photos));
    TRY(demo_settle(demo));
    return demo_live(demo);
}

static void print_accounts(const Demo *demo, const char *folder)
{
    (void)printf("示范小区已就绪 demo community: %s\n%d 户 homes, %d 天 days, %lld 件报修 repairs, %lld 步 steps\n\n",
                 folder, demo->homes, demo->days, (long long)demo->reports, (long long)demo->actions);
    (void)printf("  admin             管理员 administrator\n  manager           项目经理 manager (沈国栋)\n  desk1 .. "
                 "desk3    前台 front desk (林晓雯 何静 吴敏)\n"
                 "  eng_lead          工程主管 engineering lead (陈立)\n  engineer1 .. %-4d 维修 engineers (周建国 "
                 "马强 刘洋 …)\n"
                 "  quality           品质 quality (宋慧)\n  cashier           收银 cashier (李娜)\n  guard1 .. guard4 "
                 " 秩序 guards\n"
                 "  resident1 .. %-4d 业主 residents (resident1: %d-%d-%02d%02d 王秀兰)\n\n密码 password: %s\n",
                 demo->worker_count, demo->resident_count, demo->home[demo->first].building,
                 demo->home[demo->first].unit, demo->home[demo->first].floor, demo->home[demo->first].room,
                 demo->password);
}

const Error *command_demo(Arena *arena, Settings *settings)
{
    AUTO(arena_close_at) Arena *kept = arena_open((size_t)4 << 30);
    const char *folder;
    HousePlace place;
    Demo *demo = new (arena, Demo, 1);
    const Error *error;

    TRY(place_of(arena, settings, &place));
    folder = place.folder;
    demo->arena = kept;
    TRY(read_settings(arena, settings, demo));
    TRY(house_make(arena, &place, &demo->house));
    error = live(arena, demo, folder);
    house_close(demo->house);
    if (error == OK) {
        print_accounts(demo, folder);
        return OK;
    }
    backup_remove_tree(folder);
    return keep_error(arena, error);
}
