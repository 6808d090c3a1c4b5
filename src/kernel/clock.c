#include "kernel/clock.h"
#include "kernel/event.h"
#include "kernel/message.h"

#include <stdio.h>

#define MAX_OFFLINE (3 * DAY_US)

static const int levels[] = {50, 80, 100, 200}; /* % of the limit; cards: reminder, leader, manager, head office */
#define LEVEL_COUNT ((int)COUNT_OF(levels))

typedef struct {
    Id id;
    Str name, calendar;
    int64_t minutes, paused_us, pauses, level;
    Instant started, due, paused_at, done_at, next; /* next: the first reminder, of one that is begun */
    int64_t left_us;
} ClockRow;

static const char *field_name(const Cx *cx, const char *format, const char *limit)
{
    char *name = arena_alloc(cx->arena, 64);
    (void)snprintf(name, 64, format, limit); /* limits have short names */
    return name;
}

/* Sets a projection field where the type declares it. */
static void project(const Cx *cx, Record *record, const char *format, const char *limit, Value value)
{
    const char *name = field_name(cx, format, limit);

    if (meta_field(record->meta, str_of(name)) != NULL)
        record_set(record, name, value);
}

const Choice clock_calendars[] = {{"7x24", "全天候", "Round the clock"}, {"work", "前台时间", "Desk hours"}, {"office", "工作日", "Office days"}, {0}};

const Error *clock_calendar(Cx *cx, Id project_id, Str name, Calendar *out)
{
    const Record *project = NULL;
    Str hours;

    if (!calendar_named(name, cx->kernel->holidays, cx->kernel->holiday_count, cx->zone_min, out))
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    if (str_is(name, "work") && project_id != 0)
        TRY(record_look(cx, kernel_find(cx->kernel, STR("projects")), value_int(project_id), false, &project));
    if (project != NULL) {
        hours = record_text(project, "calendar");
        if (hours.len > 0 && !calendar_set_hours(out, hours))
            return OK; /* checked when written; the default hours hold */
    }
    return OK;
}

Instant clock_before(const Cx *cx, Instant due, const int *days, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (due - days[i] * DAY_US > cx->now)
            return due - days[i] * DAY_US;
    return 0;
}

Instant clock_happened(const Cx *cx)
{
    if (cx->device_at > 0 && cx->device_at < cx->now && cx->now - cx->device_at < MAX_OFFLINE)
        return cx->device_at;
    return cx->now;
}

/* When `percent` of the limit will have passed, counted back from its due time. */
static Instant level_time(const Calendar *calendar, Instant now, Instant due, int64_t minutes, int percent)
{
    int64_t left = calendar_between(calendar, now, due), then = minutes * MINUTE * (100 - percent) / 100;

    if (percent >= 100) /* counted on from the due time: it may have passed while the program did not run */
        return percent == 100 ? due : calendar_add_us(calendar, due, -then);
    return left - then <= 0 ? now : calendar_add_us(calendar, now, left - then);
}

static const Error *read_clock(Cx *cx, const Record *record, const char *limit, ClockRow *clock, bool *found)
{
    static const char FIND[] = "SELECT id, name, calendar, minutes, started_at, due_at, paused_at, left_us, paused_us, pauses, level,"
                               " done_at FROM clock WHERE org_id = :org AND record_id = :record AND name = :name";
    return sql_find(cx, FIND, IN(in_int("record", record->id), in_c("name", limit)),
                    OUT(out_int(&clock->id), out_text(&clock->name), out_text(&clock->calendar), out_int(&clock->minutes),
                        out_int(&clock->started), out_int(&clock->due), out_int(&clock->paused_at), out_int(&clock->left_us),
                        out_int(&clock->paused_us), out_int(&clock->pauses), out_int(&clock->level), out_int(&clock->done_at)),
                    found);
}

static const Error *write_clock(Cx *cx, const Record *record, const ClockRow *clock, Instant next_at)
{
    static const char SAVE[] = "UPDATE clock SET calendar = :calendar, minutes = :minutes, started_at = :started, due_at = :due,"
                               " paused_at = :paused_at, left_us = :left, paused_us = :paused_us, pauses = :pauses, level = :level,"
                               " next_at = :next, done_at = :done WHERE org_id = :org AND id = :id";
    (void)record;
    return sql_run(cx, SAVE,
                   IN(in_text("calendar", clock->calendar), in_int("minutes", clock->minutes), in_int("started", clock->started),
                      in_int("due", clock->due), in_ref("paused_at", clock->paused_at), in_int("left", clock->left_us),
                      in_int("paused_us", clock->paused_us), in_int("pauses", clock->pauses), in_int("level", clock->level),
                      in_ref("next", next_at), in_ref("done", clock->done_at), in_int("id", clock->id)));
}

/* The first reminder that still lies ahead (0: none). */
static Instant next_level(const Calendar *calendar, Instant now, const ClockRow *clock)
{
    if (clock->level >= LEVEL_COUNT || clock->done_at != 0 || clock->paused_at != 0)
        return 0;
    return level_time(calendar, now, clock->due, clock->minutes, levels[clock->level]);
}

/* next_due_at and next_limit: the nearest limit that is not done. */
static void project_next(const Cx *cx, Record *record)
{
    const RecordType *type = record->meta->type;
    Instant nearest = NEVER;
    const char *name = NULL;

    if (meta_field(record->meta, STR("next_due_at")) == NULL)
        return;
    for (int i = 0; i < type->limit_count; i++) {
        const char *due = field_name(cx, "due_%s_at", type->limits[i].name), *done = field_name(cx, "%s_done_at", type->limits[i].name);
        if (record_is_null(record, due) || !record_is_null(record, done) || record_int(record, due) >= nearest)
            continue;
        nearest = record_int(record, due);
        name = type->limits[i].name;
    }
    if (record->state >= 0 && type->states[record->state].ended)
        nearest = NEVER, name = NULL;
    record_set_int(record, "next_due_at", nearest);
    record_set(record, "next_limit", name == NULL ? VALUE_NULL : value_text(str_of(name)));
}

/* The calendar of the limit before: that of the next one is mostly the same. */
typedef struct {
    Str name;
    Calendar calendar;
} Known;

/* Minutes, calendar and due time of a limit that began at clock->started. */
static const Error *set_terms(Cx *cx, const Record *record, const Limit *limit, ClockRow *clock, Known *known)
{
    Terms terms = {.calendar = STR("7x24")};

    TRY(limit->find(cx, record, &terms));
    if (!str_eq(known->name, terms.calendar))
        TRY(clock_calendar(cx, record->project, terms.calendar, &known->calendar));
    known->name = terms.calendar;
    clock->minutes = terms.minutes;
    clock->calendar = terms.calendar;
    clock->due = terms.due != 0 ? terms.due : calendar_add(&known->calendar, clock->started, terms.minutes);
    return OK;
}

/* The clocks of one record are written together: a statement costs a server more than a row. */
#define TOGETHER 3
#define ADD_CLOCKS "INSERT INTO clock (org_id, id, record_type, record_id, project_id, name, calendar, minutes, started_at, due_at, paused_us, pauses, level, next_at) VALUES (:org, "
#define CLOCK_VALUES(i) ":id" i ", :type, :record, :project, :name" i ", :calendar" i ", :minutes" i ", :started, :due" i ", 0, 0, 0, :next" i ")"
#define CLOCK_IN(i, clock)                                                                                                                          \
    in_int("id" i, (clock).id), in_text("name" i, (clock).name), in_text("calendar" i, (clock).calendar), in_int("minutes" i, (clock).minutes), \
        in_int("due" i, (clock).due), in_int("next" i, (clock).next)

typedef struct {
    ClockRow clocks[TOGETHER];
    int count;
    Instant start;
    Known known;
} Begin;

static const Error *write_begun(Cx *cx, const Record *record, Begin *begin)
{
    static const char ONE[] = ADD_CLOCKS CLOCK_VALUES("0"), TWO[] = ADD_CLOCKS CLOCK_VALUES("0") ", (:org, " CLOCK_VALUES("1"),
                      THREE[] = ADD_CLOCKS CLOCK_VALUES("0") ", (:org, " CLOCK_VALUES("1") ", (:org, " CLOCK_VALUES("2");
    const ClockRow *clocks = begin->clocks;
    const char *add = begin->count == 1 ? ONE : begin->count == 2 ? TWO : THREE;

    if (begin->count == 0)
        return OK;
    begin->count = 0;
    return sql_run(cx, add, /* what the text does not name is not asked for */
                   IN(in_c("type", record->meta->table), in_int("record", record->id), in_ref("project", record->project), in_int("started", begin->start),
                      CLOCK_IN("0", clocks[0]), CLOCK_IN("1", clocks[1]), CLOCK_IN("2", clocks[2])));
}

static const Error *begin_limit(Cx *cx, Record *record, const Limit *limit, Begin *begin)
{
    ClockRow clock = {.id = id_new(cx->now), .name = str_of(limit->name), .started = begin->start};

    TRY(set_terms(cx, record, limit, &clock, &begin->known));
    if (clock.minutes <= 0)
        return OK;
    project(cx, record, "due_%s_at", limit->name, value_int(clock.due));
    clock.next = next_level(&begin->known.calendar, cx->now, &clock);
    if (begin->count == TOGETHER)
        TRY(write_begun(cx, record, begin));
    begin->clocks[begin->count++] = clock;
    return OK;
}

const Error *clock_start(Cx *cx, Record *record)
{
    Begin begin = {.start = record->created_at};

    for (int i = 0; i < record->meta->type->limit_count; i++)
        TRY(begin_limit(cx, record, &record->meta->type->limits[i], &begin));
    project_next(cx, record);
    return write_begun(cx, record, &begin);
}

static const Limit *limit_named(const Record *record, const char *name)
{
    for (int i = 0; i < record->meta->type->limit_count; i++)
        if (strcmp(record->meta->type->limits[i].name, name) == 0)
            return &record->meta->type->limits[i];
    return NULL;
}

const Error *clock_restart(Cx *cx, Record *record, const char *name)
{
    const Limit *limit = limit_named(record, name);
    ClockRow clock = {0};
    Begin begin = {.start = cx->now};
    bool found;

    TRY(read_clock(cx, record, name, &clock, &found));
    project(cx, record, "%s_done_at", name, VALUE_NULL);
    if (!found) {
        TRY(begin_limit(cx, record, limit, &begin));
        project_next(cx, record);
        return write_begun(cx, record, &begin);
    }
    clock.started = cx->now;
    TRY(set_terms(cx, record, limit, &clock, &begin.known));
    clock.level = 0;
    clock.done_at = clock.paused_at = 0;
    project(cx, record, "due_%s_at", name, value_int(clock.due));
    project_next(cx, record);
    return write_clock(cx, record, &clock, next_level(&begin.known.calendar, cx->now, &clock));
}

/* Reminders that would have passed are not sent again; being overdue is told. */
static void skip_levels(const Calendar *calendar, Instant now, ClockRow *clock)
{
    clock->level = 0;
    while (clock->level < LEVEL_COUNT && levels[clock->level] < 100 &&
           level_time(calendar, clock->started, clock->due, clock->minutes, levels[clock->level]) <= now)
        clock->level++;
}

const Error *clock_reopen(Cx *cx, Record *record, const char *limit)
{
    ClockRow clock = {0};
    Calendar calendar;
    bool found;

    TRY(read_clock(cx, record, limit, &clock, &found));
    if (!found || clock.done_at == 0)
        return OK;
    TRY(clock_calendar(cx, record->project, clock.calendar, &calendar));
    clock.done_at = 0;
    skip_levels(&calendar, cx->now, &clock);
    project(cx, record, "%s_done_at", limit, VALUE_NULL);
    project(cx, record, "%s_met", limit, VALUE_NULL);
    project_next(cx, record);
    return write_clock(cx, record, &clock, next_level(&calendar, cx->now, &clock));
}

const Error *clock_end(Cx *cx, Record *record, const char *limit)
{
    ClockRow clock = {0};
    Instant at = clock_happened(cx);
    bool found;

    TRY(read_clock(cx, record, limit, &clock, &found));
    if (!found || clock.done_at != 0)
        return OK;
    if (at < clock.started)
        at = clock.started;
    clock.done_at = at;
    project(cx, record, "%s_done_at", limit, value_int(at));
    project(cx, record, "%s_met", limit, value_int(at <= clock.due));
    project_next(cx, record);
    return write_clock(cx, record, &clock, 0);
}

/* Runs fn for every limit of the record that is not done. */
static const Error *each_open(Cx *cx, Record *record, const Error *(*fn)(Cx *cx, Record *record, const Limit *limit, ClockRow *clock))
{
    for (int i = 0; i < record->meta->type->limit_count; i++) {
        const Limit *limit = &record->meta->type->limits[i];
        ClockRow clock = {0};
        bool found;
        TRY(read_clock(cx, record, limit->name, &clock, &found));
        if (found && clock.done_at == 0)
            TRY(fn(cx, record, limit, &clock));
    }
    project_next(cx, record);
    return OK;
}

static const Error *pause_one(Cx *cx, Record *record, const Limit *limit, ClockRow *clock)
{
    Calendar calendar;

    (void)limit;
    if (clock->paused_at != 0)
        return OK;
    TRY(clock_calendar(cx, record->project, clock->calendar, &calendar));
    clock->paused_at = cx->now;
    clock->left_us = calendar_between(&calendar, cx->now, clock->due);
    clock->pauses++;
    return write_clock(cx, record, clock, 0);
}

const Error *clock_pause(Cx *cx, Record *record)
{
    if (meta_field(record->meta, STR("paused_at")) != NULL)
        record_set_int(record, "paused_at", cx->now);
    if (meta_field(record->meta, STR("pauses")) != NULL)
        record_set_int(record, "pauses", record_int(record, "pauses") + 1);
    return each_open(cx, record, pause_one);
}

static const Error *resume_one(Cx *cx, Record *record, const Limit *limit, ClockRow *clock)
{
    Calendar calendar;

    if (clock->paused_at == 0)
        return OK;
    TRY(clock_calendar(cx, record->project, clock->calendar, &calendar));
    clock->paused_us += cx->now - clock->paused_at;
    if (clock->left_us > 0) /* what was overdue already stays overdue */
        clock->due = calendar_add_us(&calendar, cx->now, clock->left_us);
    clock->paused_at = 0;
    project(cx, record, "due_%s_at", limit->name, value_int(clock->due));
    return write_clock(cx, record, clock, next_level(&calendar, cx->now, clock));
}

const Error *clock_resume(Cx *cx, Record *record)
{
    if (meta_field(record->meta, STR("paused_at")) != NULL)
        record_set_null(record, "paused_at");
    return each_open(cx, record, resume_one);
}

static const Error *stop_one(Cx *cx, Record *record, const Limit *limit, ClockRow *clock)
{
    (void)limit;
    return write_clock(cx, record, clock, 0);
}

const Error *clock_stop(Cx *cx, Record *record)
{
    return each_open(cx, record, stop_one);
}

static const Error *again_one(Cx *cx, Record *record, const Limit *limit, ClockRow *clock)
{
    Known known = {0};

    TRY(set_terms(cx, record, limit, clock, &known));
    if (clock->paused_us > 0)
        clock->due = calendar_add_us(&known.calendar, clock->due, calendar_between(&known.calendar, clock->started, clock->started + clock->paused_us));
    skip_levels(&known.calendar, cx->now, clock);
    project(cx, record, "due_%s_at", limit->name, value_int(clock->due));
    return write_clock(cx, record, clock, next_level(&known.calendar, cx->now, clock));
}

const Error *clock_again(Cx *cx, Record *record)
{
    return each_open(cx, record, again_one);
}

const Error *clock_set_due(Cx *cx, Record *record, const char *limit, Instant due)
{
    ClockRow clock = {0};
    Calendar calendar;
    bool found;

    TRY(read_clock(cx, record, limit, &clock, &found));
    if (!found || clock.done_at != 0)
        return OK;
    TRY(clock_calendar(cx, record->project, clock.calendar, &calendar));
    clock.due = due;
    project(cx, record, "due_%s_at", limit, value_int(due));
    project_next(cx, record);
    return write_clock(cx, record, &clock, next_level(&calendar, cx->now, &clock));
}

void clock_json(const Cx *cx, const Record *record, Json *json)
{
    const Value *values = record->values; /* NULL has length 0 and is 0 */
    Str limit = values[record->meta->next_limit].s;
    Instant due = values[record->meta->next_due_at].n, paused = values[record->meta->paused_at].n;
    bool running = limit.len > 0 && due < NEVER;
    int64_t whole = due - record->created_at, gone = (paused != 0 ? paused : cx->now) - record->created_at;

    json_open(json, '{');
    JSON_KEY(json, "limit");
    running ? json_text(json, limit) : json_none(json);
    JSON_KEY(json, "started_at");
    json_instant(json, record->created_at, cx->zone_min);
    JSON_KEY(json, "due_at");
    running ? json_instant(json, due, cx->zone_min) : json_none(json);
    JSON_KEY(json, "paused_at");
    paused != 0 ? json_instant(json, paused, cx->zone_min) : json_none(json);
    JSON_C(json, "state", !running ? "none" : paused != 0 ? "paused" : cx->now > due ? "over" : "running");
    JSON_KEY(json, "percent");
    if (running && whole > 0)
        json_int(json, gone * 100 / whole);
    else
        json_none(json);
    json_close(json, '}');
}

typedef struct {
    ClockRow clock;
    Str type;
    Id record;
} Due;
typedef struct {
    Due due[64];
    int count, max;
} Dues;

static const Error *add_due(Cx *cx, const Row *row, void *self)
{
    Dues *dues = self;

    if (dues->count < dues->max)
        dues->due[dues->count++] = (Due){.type = str_copy(cx->arena, row_text(row, 0)),
                                         .record = row_int(row, 1),
                                         .clock = {.name = str_copy(cx->arena, row_text(row, 2))}};
    return OK;
}

static const Error *remind_one(Cx *cx, const Due *due)
{
    const RecordMeta *meta = kernel_find_table(cx->kernel, due->type);
    const char *limit = str_to_c(cx->arena, due->clock.name);
    ClockRow clock = {0};
    Calendar calendar;
    Instant next;
    Record *record;
    bool found, is_over = false;

    if (meta == NULL) /* of a newer program on the same database, which tells it itself */
        return OK;
    TRY(record_load(cx, meta, due->record, &record));
    TRY(read_clock(cx, record, limit, &clock, &found));
    TRY(clock_calendar(cx, record->project, clock.calendar, &calendar));
    if (!found || clock.level >= LEVEL_COUNT)
        return OK;
    do { /* all that have come due: after a stand-still each step of the ladder is still told */
        int percent = levels[clock.level++];
        next = next_level(&calendar, cx->now, &clock);
        event_add(cx, record, "remind", NULL, NULL,
                  str_format(cx->arena, "{\"limit\":[null,\"%s\"],\"percent\":[null,%d]}", limit, percent), STR_NONE);
        TRY(message_remind(cx, record, limit, percent));
        is_over = is_over || percent == 100;
    } while (next != 0 && next <= cx->now);
    TRY(write_clock(cx, record, &clock, next));
    return is_over && meta->type->overdue != NULL ? meta->type->overdue(cx, record, limit) : OK;
}

const Error *clock_remind(Cx *cx, int max, int *count)
{
    static const char DUE[] = "SELECT record_type, record_id, name FROM clock WHERE org_id = :org AND next_at <= :now"
                              " AND next_at IS NOT NULL ORDER BY next_at LIMIT :max"; /* clock_by_next_at_part */
    Dues dues = {.max = max < 64 ? max : 64};

    TRY(sql_each(cx, DUE, IN(in_int("max", dues.max)), add_due, &dues));
    for (int i = 0; i < dues.count; i++)
        TRY(remind_one(cx, &dues.due[i]));
    *count = dues.count;
    return OK;
}
