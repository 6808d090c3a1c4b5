/* backup_nightly.c: 每晚备份, the backup that an office does not have to think of, and which old ones may go. */
#include "app/backup.h"
#include "base/beat.h"
#include "base/log.h"
#include "kernel/fact.h"
#include "kernel/lease.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define AT_MINUTE (2 * 60 + 30) /* 02:30 */
#define GOOD_FOR (24 * HOUR)
#define AFTER_START (5 * MINUTE)
#define TRY_AGAIN (30 * MINUTE)
#define KEEP_DAYS 7
#define KEEP_WEEKS 4
#define MAX_OLD 4000
#define LOOK_EVERY MINUTE
#define ARENA_BYTES ((size_t)1 << 30)

/* A backup by its name: anju-20261123.bak, or anju-20261123-2.bak for another of the same day. */
typedef struct {
    Date day;
    int64_t number;
} Old;

static bool read_name(Str name, Old *out)
{
    int64_t day, number = 1;
    Str rest, digits;

    if (!str_starts(name, STR("anju-")) || !str_ends(name, STR(".bak")))
        return false;
    digits = str_split(str_cut(name, 5, name.len - 4), '-', &rest);
    if (digits.len != 8 || !str_to_int(digits, &day) || day < 0 ||
        !date_is_valid((int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100)))
        return false;
    if (rest.ptr != NULL && (rest.len != 1 || !str_to_int(rest, &number) || number < 2))
        return false;
    *out = (Old){(Date)day, number};
    return true;
}

static char *path_of(Arena *arena, const char *to, Old old)
{
    if (old.number == 1)
        return str_to_c(arena, str_format(arena, "%s/anju-%08d.bak", to, (int)old.day));
    return str_to_c(arena, str_format(arena, "%s/anju-%08d-%d.bak", to, (int)old.day, (int)old.number));
}

static int newest_first(const void *a, const void *b)
{
    const Old *one = a, *other = b;
    int64_t order = one->day != other->day ? other->day - one->day : other->number - one->number;
    return order < 0 ? -1 : order > 0;
}

/* The Monday of the day's week, in days. */
static int64_t week_of(Date day)
{
    return date_to_days(day) - date_weekday(day);
}

/* A temporary file of a backup during which the machine stopped. */
static void drop_leftover(Arena *arena, const char *to, Str name, Instant now)
{
    char *path = str_to_c(arena, str_format(arena, "%s/%.*s", to, STR_ARG(name)));
    struct stat found;

    if (str_starts(name, STR("anju-")) && name.len > 11 && str_ends(str_cut(name, 0, name.len - 6), STR(".bak.")) &&
        lstat(path, &found) == 0 && S_ISREG(found.st_mode) && (Instant)found.st_mtim.tv_sec * SECOND < now - DAY_US)
        (void)unlink(path); /* the next night tries again */
}

/* Deletes what need not be kept; newest first, so that the newest of each week is the first of it. */
static void thin_out(Arena *arena, const char *to, Instant now, Date today)
{
    Old *all = new (arena, Old, MAX_OLD);
    DIR *folder = opendir(to);
    int count = 0, weeks = 0;
    int64_t week = -1;

    if (folder == NULL)
        return; /* the backup itself was written: next night again */
    for (struct dirent *entry; count < MAX_OLD && (entry = readdir(folder)) != NULL;)
        if (read_name(str_of(entry->d_name), &all[count]))
            count++;
        else
            drop_leftover(arena, to, str_of(entry->d_name), now);
    (void)closedir(folder); /* only read */
    qsort(all, (size_t)count, sizeof *all, newest_first);
    for (int i = 0; i < count; i++) {
        if (date_to_days(today) - date_to_days(all[i].day) < KEEP_DAYS)
            continue;
        if (week_of(all[i].day) != week && weeks < KEEP_WEEKS) {
            week = week_of(all[i].day);
            weeks++;
            continue;
        }
        if (unlink(path_of(arena, to, all[i])) != 0)
            log_warn("an old backup could not be deleted: %s", strerror(errno));
    }
}

static const Error *read_last(Cx *cx, void *self)
{
    int64_t *last = self;
    Str value;

    TRY(fact_read(cx, FACT_BACKUP_AT, &value));
    if (!str_to_int(value, last))
        *last = 0;
    return OK;
}

static const Error *keep_facts(Cx *cx, void *self)
{
    const bool *ok = self;

    TRY(fact_keep(cx, FACT_BACKUP_OK, *ok ? STR("1") : STR("0")));
    return *ok ? fact_keep(cx, FACT_BACKUP_AT, str_format(cx->arena, "%lld", (long long)cx->now)) : OK;
}

/* Of many processes on a database one makes the night's backup. */
static const Error *take(Cx *cx, void *self)
{
    return lease_take(cx, STR(LEASE_BACKUP), self);
}

static const Error *give(Cx *cx, void *self)
{
    (void)self;
    return lease_give(cx, STR(LEASE_BACKUP));
}

static bool is_due(const Nightly *nightly, Instant now, Instant last)
{
    Date today = instant_to_date(now, nightly->zone_min);
    Instant night = date_to_instant(today, AT_MINUTE, nightly->zone_min);

    if (nightly->tried != 0 && now - nightly->tried < TRY_AGAIN)
        return false;
    if (night > now)
        night = date_to_instant(date_add(today, -1), AT_MINUTE, nightly->zone_min);
    if (night >= nightly->started && last < night)
        return true;
    return now - nightly->started >= AFTER_START && now - last >= GOOD_FOR;
}

static const Error *back_up(Cx *cx, Nightly *nightly, bool *made)
{
    Old name = {instant_to_date(cx->now, nightly->zone_min), 1};
    const Error *error;
    struct stat found;
    int64_t last = 0;
    char *path;
    bool ok;

    *made = false;
    TRY(store_read(nightly->store, cx, read_last, &last));
    if (!is_due(nightly, cx->now, last))
        return OK;
    nightly->tried = cx->now;
    while (path = path_of(cx->arena, nightly->to, name), name.number < 9 && lstat(path, &found) == 0)
        name.number++; /* never over another */
    error = backup_write(nightly->store, nightly->url, cx, nightly->data, path);
    if (error == OK)
        error = backup_verify(cx->arena, path);
    ok = error == OK;
    TRY(store_write(nightly->store, cx, keep_facts, &ok));
    TRY(error);
    *made = true;
    thin_out(cx->arena, nightly->to, cx->now, name.day);
    return OK;
}

const Error *backup_if_due(Cx *cx, Nightly *nightly, bool *made)
{
    const Error *error, *given;
    bool mine = false;
    int64_t last;

    *made = false;
    if (nightly->url == NULL)
        return back_up(cx, nightly, made);
    TRY(store_read(nightly->store, cx, read_last, &last));
    if (!is_due(nightly, cx->now, last))
        return OK;
    TRY(store_write(nightly->store, cx, take, &mine));
    if (!mine)
        return OK;
    error = back_up(cx, nightly, made); /* looks again whether it is due: another may have been first */
    given = store_write(nightly->store, cx, give, NULL);
    return error != OK ? error : given;
}

static void look(void *self)
{
    Nightly *nightly = self;
    AUTO(arena_close_at) Arena *arena = arena_open(ARENA_BYTES);
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = nightly->zone_min};
    bool made = false;
    const Error *error = backup_if_due(&cx, nightly, &made);

    if (error != OK)
        log_error("the nightly backup failed: %.*s", STR_ARG(error_text(error, LANG_EN)));
    else if (made)
        log_info("backed up to %s", nightly->to);
}

struct NightlyThread {
    Nightly nightly;
    Beat beat;
};

NightlyThread *backup_nightly_open(Store *store, const char *url, const char *data, const char *to, int zone_min)
{
    NightlyThread *thread = mem_alloc(sizeof *thread);

    thread->nightly = (Nightly){.store = store, .url = url, .data = data, .to = to, .zone_min = zone_min, .started = clock_now()};
    beat_start(&thread->beat, LOOK_EVERY, true, look, &thread->nightly);
    assert(thread->beat.runs); /* without threads nothing of the server works */
    return thread;
}

void backup_nightly_close(NightlyThread *thread)
{
    if (thread == NULL)
        return;
    beat_end(&thread->beat);
    mem_free(thread);
}
