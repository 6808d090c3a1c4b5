/* bare.c: the engine alone, without the program around it: what Anju is measured against.
 *
 *     bare post   --db F --seconds S --batch 64     the rows of a new repair
 *     bare act    --db F --seconds S --batch 64     the rows of the action `accept`
 *     bare pay    --db F --seconds S --batch 64     the rows of a payment: with its entries, receipt, balances, charges and sums
 *     bare query  --db F --seconds S --threads 4 --sql TEXT [--ids FILE] [--match TEXT]
 *     bare import --db F --homes N --people M       the rows of an import, in one transaction
 *     bare again  --db F --id I --n N --batch 2000  the tasks above the id and the events above the number once more: taken out, then written in their order
 *     bare hold   --db F --seconds S                a reader that stays in its snapshot
 *
 * The rows are copies of those that the server wrote last, with new ids, keys and numbers: as many bytes in as many tables
 * and indexes. Pragmas are those of src/store/sqlite.c; `batch` repairs share one commit, as in the server's lane; a thread
 * beside it moves the write-ahead log into the database, as the server's does. Nothing is looked up, checked, hashed or answered. */
#include "base/id.h"
#include "flags.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MAX_COLUMNS 128
#define TEMPLATES 64
#define MAX_ROWS 8
#define MAX_TARGETS 200000
#define CHECKPOINT_PAGES 5000 /* as in src/store/store.c */
#define NODE INT64_C(1023) /* of ids that the server never makes */

static struct {
    const char *db, *sql, *ids, *match;
    double seconds;
    int64_t batch, threads, homes, people, id, n;
} set = {.seconds = 3, .batch = 64, .threads = 4, .homes = 20000, .people = 50000};

static _Noreturn void die(sqlite3 *db, const char *what)
{
    (void)fprintf(stderr, "bare: %s: %s\n", what, db == NULL ? "" : sqlite3_errmsg(db));
    exit(1);
}

static void run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(db, sql);
}

static sqlite3 *open_db(bool writer)
{
    sqlite3 *db;

    if (sqlite3_open_v2(set.db, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        die(db, set.db);
    (void)sqlite3_busy_timeout(db, 10000);
    run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=0;"
            "PRAGMA secure_delete=OFF; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864; PRAGMA mmap_size=0");
    run(db, writer ? "PRAGMA cache_size=-7000" : "PRAGMA cache_size=-2000; PRAGMA query_only=ON");
    return db;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        die(db, sql);
    return statement;
}

static void finish(sqlite3 *db, sqlite3_stmt *statement)
{
    int code;

    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        ;
    if (code != SQLITE_DONE)
        die(db, sqlite3_sql(statement));
    (void)sqlite3_reset(statement); /* has succeeded */
}

static int64_t one_int(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = prepare(db, sql);
    int64_t n = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;

    (void)sqlite3_finalize(statement); /* only read */
    return n;
}

static int64_t now_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_REALTIME, &at); /* can't fail for this clock */
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

/* One row of a table as the server wrote it. */
typedef struct {
    sqlite3_value *values[MAX_COLUMNS];
} Copy;

typedef struct {
    const char *name;
    sqlite3_stmt *insert;
    int columns, id, record_id, n, no, key, search;
} Target;

static Target target_of(sqlite3 *db, const char *name)
{
    Target target = {.name = name, .id = -1, .record_id = -1, .n = -1, .no = -1, .key = -1, .search = -1};
    char sql[16384];
    sqlite3_stmt *columns;
    size_t at;

    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", name);
    columns = prepare(db, sql);
    target.columns = sqlite3_column_count(columns);
    for (int i = 0; i < target.columns; i++) {
        const char *column = sqlite3_column_name(columns, i);
        int *place = strcmp(column, "id") == 0          ? &target.id
                     : strcmp(column, "record_id") == 0 ? &target.record_id
                     : strcmp(column, "n") == 0         ? &target.n
                     : strcmp(column, "no") == 0        ? &target.no
                     : strcmp(column, "idem_key") == 0  ? &target.key
                     : strcmp(column, "search") == 0    ? &target.search
                                                        : NULL;
        if (place != NULL)
            *place = i;
    }
    (void)sqlite3_finalize(columns); /* only read */
    at = (size_t)snprintf(sql, sizeof sql, "INSERT INTO \"%s\" VALUES (?", name);
    for (int i = 1; i < target.columns; i++)
        at += (size_t)snprintf(sql + at, sizeof sql - at, ",?");
    (void)snprintf(sql + at, sizeof sql - at, ")");
    target.insert = prepare(db, sql);
    return target;
}

/* Up to `max` rows of the statement, whose columns are the table's. */
static int copy_rows(sqlite3 *db, const char *sql, int64_t record, Copy *out, int max)
{
    sqlite3_stmt *statement = prepare(db, sql);
    int count = 0;

    if (sqlite3_bind_parameter_count(statement) > 0)
        (void)sqlite3_bind_int64(statement, 1, record);
    for (; count < max && sqlite3_step(statement) == SQLITE_ROW; count++)
        for (int i = 0; i < sqlite3_column_count(statement); i++)
            out[count].values[i] = sqlite3_value_dup(sqlite3_column_value(statement, i));
    (void)sqlite3_finalize(statement); /* only read */
    return count;
}

/* What is new in a copied row. */
typedef struct {
    int64_t id, record, n;
    const char *no, *key, *search;
} Fresh;

static void bind_text(sqlite3_stmt *statement, int column, const char *text)
{
    (void)sqlite3_bind_text(statement, column + 1, text, -1, SQLITE_STATIC);
}

static void insert(sqlite3 *db, const Target *target, const Copy *row, const Fresh *fresh)
{
    sqlite3_stmt *statement = target->insert;

    for (int i = 0; i < target->columns; i++)
        if (i == target->id)
            (void)sqlite3_bind_int64(statement, i + 1, fresh->id);
        else if (i == target->record_id && sqlite3_value_type(row->values[i]) == SQLITE_INTEGER)
            (void)sqlite3_bind_int64(statement, i + 1, fresh->record);
        else if (i == target->n)
            (void)sqlite3_bind_int64(statement, i + 1, fresh->n);
        else if (i == target->no && fresh->no != NULL)
            bind_text(statement, i, fresh->no);
        else if (i == target->key)
            bind_text(statement, i, fresh->key);
        else if (i == target->search && fresh->search != NULL)
            bind_text(statement, i, fresh->search);
        else
            (void)sqlite3_bind_value(statement, i + 1, row->values[i]);
    finish(db, statement);
}

/* Ids as src/base/id.c makes them, of another node; called by one thread. */
static int64_t new_id(void)
{
    static int64_t last;
    int64_t floor = (now_us() / 1000 - INT64_C(1704067200000)) << 10;

    last = last + 1 > floor ? last + 1 : floor;
    return (last >> 10) << 22 | NODE << 12 | (last & 1023);
}

typedef struct {
    Copy repair, clocks[MAX_ROWS], messages[MAX_ROWS], event, idem;
    int clock_count, message_count;
    const char *search;
} Template;

typedef struct {
    sqlite3 *db;
    Target repair, clock, message, event, idem;
    sqlite3_stmt *fts, *count, *head, *series, *begin, *commit;
    Template *templates;
    int template_count;
    int64_t org, run, made;
} Writer;

/* The log is moved by another thread, as in the server. */
typedef struct {
    int64_t pages;
    bool ended;
} Log;

static Log log_state;

static int note_log(void *self, sqlite3 *db, const char *name, int pages)
{
    (void)self;
    (void)db;
    (void)name;
    __atomic_store_n(&log_state.pages, pages, __ATOMIC_RELAXED);
    return SQLITE_OK;
}

static void *move_log(void *self)
{
    sqlite3 *db = open_db(true);

    (void)self;
    while (!__atomic_load_n(&log_state.ended, __ATOMIC_RELAXED)) {
        (void)usleep(250000);
        if (__atomic_load_n(&log_state.pages, __ATOMIC_RELAXED) < CHECKPOINT_PAGES)
            continue;
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL); /* what is left is tried again */
        (void)sqlite3_busy_timeout(db, 20);
        (void)sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
    }
    (void)sqlite3_close(db);
    return NULL;
}

static void open_writer(Writer *out)
{
    sqlite3 *db = open_db(true);

    (void)sqlite3_wal_hook(db, note_log, NULL);
    *out = (Writer){.db = db,
                    .repair = target_of(db, "repair"),
                    .clock = target_of(db, "clock"),
                    .message = target_of(db, "message"),
                    .event = target_of(db, "event"),
                    .idem = target_of(db, "idem"),
                    .fts = prepare(db, "INSERT INTO repair_fts (rowid, search) VALUES (?, ?)"),
                    .count = prepare(db, "UPDATE org SET n = n + ? WHERE org_id = ? RETURNING n, head"),
                    .head = prepare(db, "UPDATE org SET head = ?, sign = ? WHERE org_id = ?"),
                    .series = prepare(db, "INSERT INTO series (org_id, name, next) VALUES (?, 'BARE', 21) ON CONFLICT (org_id, name)"
                                          " DO UPDATE SET next = series.next + 20 RETURNING next"),
                    .begin = prepare(db, "BEGIN IMMEDIATE"),
                    .commit = prepare(db, "COMMIT"),
                    .templates = mem_alloc(TEMPLATES * sizeof(Template)),
                    .org = one_int(db, "SELECT org_id FROM org"),
                    .run = now_us()};
}

/* Repairs that the server wrote under an Idempotency-Key, with all rows that came with them. */
static void read_templates(Writer *writer, const char *action)
{
    sqlite3 *db = writer->db;
    char events[300], messages[600], acts[300];
    bool is_report = strcmp(action, "report") == 0;
    Copy idem[TEMPLATES], newest[TEMPLATES];
    int count = copy_rows(db, is_report ? "SELECT * FROM idem WHERE org_id = (SELECT org_id FROM org) AND status = 201 AND record_type = 'repair' ORDER BY created_at DESC LIMIT 64"
                                        : "SELECT * FROM idem WHERE org_id = (SELECT org_id FROM org) AND status = 200 ORDER BY created_at DESC LIMIT 64",
                          0, idem, TEMPLATES);
    int at = target_of(db, "idem").record_id, act_count;

    /* Among the latest events: the log is not read from its beginning. */
    (void)snprintf(acts, sizeof acts, "SELECT record_id FROM event WHERE org_id = (SELECT org_id FROM org) AND n > (SELECT n FROM org) - 500000"
                                      " AND action = '%s' ORDER BY n DESC LIMIT 64", action);
    act_count = copy_rows(db, acts, 0, newest, TEMPLATES);
    count = act_count < count ? act_count : count;
    (void)snprintf(events, sizeof events, "SELECT * FROM event WHERE org_id = (SELECT org_id FROM org) AND record_id = ? AND action = '%s'", action);
    /* Messages have no index by record: they were made within seconds of their event, and ids are moments. */
    (void)snprintf(messages, sizeof messages, "SELECT m.* FROM event e CROSS JOIN message m ON m.id > e.id - 9000000000 AND m.id < e.id + 9000000000"
                                              " AND m.record_id = e.record_id AND m.kind = '%s' WHERE e.org_id = (SELECT org_id FROM org)"
                                              " AND e.record_id = ?1 AND e.action = '%s'", action, action);
    for (int i = 0; i < count; i++) {
        Template *out = &writer->templates[writer->template_count];
        int64_t id = sqlite3_value_int64(is_report ? idem[i].values[at] : newest[i].values[0]);
        out->idem = idem[i];
        if (copy_rows(db, "SELECT * FROM repair WHERE id = ?", id, &out->repair, 1) != 1 || copy_rows(db, events, id, &out->event, 1) != 1)
            continue;
        out->clock_count = copy_rows(db, "SELECT * FROM clock WHERE org_id = (SELECT org_id FROM org) AND record_id = ?", id, out->clocks, MAX_ROWS);
        out->message_count = copy_rows(db, messages, id, out->messages, MAX_ROWS);
        out->search = (const char *)sqlite3_value_text(out->repair.values[writer->repair.search]);
        writer->template_count++;
    }
    if (writer->template_count == 0)
        die(NULL, "the server has to write some first");
}

/* Each with so many events; gives the number before their first. */
static int64_t begin_batch(Writer *writer, int64_t events)
{
    int64_t n;

    finish(writer->db, writer->begin);
    (void)sqlite3_bind_int64(writer->count, 1, events * set.batch);
    (void)sqlite3_bind_int64(writer->count, 2, writer->org);
    if (sqlite3_step(writer->count) != SQLITE_ROW)
        die(writer->db, "org");
    n = sqlite3_column_int64(writer->count, 0) - events * set.batch;
    finish(writer->db, writer->count);
    return n;
}

static void end_batch(Writer *writer)
{
    bind_text(writer->head, 0, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    bind_text(writer->head, 1, "0123456789abcdef0123456789abcdef");
    (void)sqlite3_bind_int64(writer->head, 3, writer->org);
    finish(writer->db, writer->head);
    finish(writer->db, writer->commit);
}

static void write_common(Writer *writer, const Template *like, int64_t record, int64_t n)
{
    char key[64];

    for (int i = 0; i < like->message_count; i++)
        insert(writer->db, &writer->message, &like->messages[i], &(Fresh){.id = new_id(), .record = record});
    insert(writer->db, &writer->event, &like->event, &(Fresh){.id = new_id(), .record = record, .n = n});
    (void)snprintf(key, sizeof key, "%08llx-0000-4000-8000-%012lld", (unsigned long long)(writer->run & 0xFFFFFFFF), (long long)writer->made);
    insert(writer->db, &writer->idem, &like->idem, &(Fresh){.record = record, .key = key});
}

static void post_one(Writer *writer, int64_t n)
{
    const Template *like = &writer->templates[writer->made % writer->template_count];
    int64_t id = new_id();
    char no[64], search[65536];
    const char *words = like->search;

    for (int skip = 0; skip < 4 && *words != '\0'; words++) /* "bx tyhy 20261125 0001 …": the number is a new word each time */
        skip += *words == ' ';
    (void)snprintf(no, sizeof no, "BX-BARE-%lld-%06lld", (long long)(writer->run % 100000000), (long long)writer->made);
    (void)snprintf(search, sizeof search, "bx bare %lld %06lld %s", (long long)(writer->run % 100000000), (long long)writer->made, words);
    if (writer->made % 20 == 0) {
        (void)sqlite3_bind_int64(writer->series, 1, writer->org);
        finish(writer->db, writer->series);
    }
    insert(writer->db, &writer->repair, &like->repair, &(Fresh){.id = id, .no = no, .search = search});
    (void)sqlite3_bind_int64(writer->fts, 1, id);
    bind_text(writer->fts, 1, search);
    finish(writer->db, writer->fts);
    for (int i = 0; i < like->clock_count; i++)
        insert(writer->db, &writer->clock, &like->clocks[i], &(Fresh){.id = new_id(), .record = id});
    write_common(writer, like, id, n);
}

/* Processor time of this process so far. */
static int64_t cpu_us(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use); /* can't fail for this */
    return (int64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec + use.ru_stime.tv_usec;
}

static void print_rate(int64_t count, int64_t start, int64_t cpu)
{
    double seconds = (double)(now_us() - start) / 1e6;
    (void)printf("{\"requests\":%lld,\"seconds\":%.3f,\"rate\":%.1f,\"cpu_us\":%.1f}\n", (long long)count, seconds, (double)count / seconds,
                 (double)(cpu_us() - cpu) / (double)count);
}

static void post(void)
{
    Writer writer;
    pthread_t mover;
    int64_t start, end, cpu;

    open_writer(&writer);
    read_templates(&writer, "report");
    (void)pthread_create(&mover, NULL, move_log, NULL);
    start = now_us();
    cpu = cpu_us();
    end = start + (int64_t)(set.seconds * 1e6);
    while (now_us() < end) {
        int64_t n = begin_batch(&writer, 1);
        for (int64_t i = 0; i < set.batch; i++, writer.made++)
            post_one(&writer, ++n);
        end_batch(&writer);
    }
    print_rate(writer.made, start, cpu);
    __atomic_store_n(&log_state.ended, true, __ATOMIC_RELAXED);
    (void)pthread_join(mover, NULL);
}

/* What `accept` changes, read before the clock starts. */
typedef struct {
    int64_t id, version, project, building, next_due, clock, minutes, started, due;
    char calendar[16], seal[40];
} Reported;

static int64_t read_reported(sqlite3 *db, Reported *out)
{
    sqlite3_stmt *all = prepare(db, "SELECT r.id, r.version, r.project_id, r.building_id, r.due_arrive_at, c.id, c.minutes, c.started_at, c.due_at,"
                                    " c.calendar, r.seal FROM repair r CROSS JOIN clock c ON c.org_id = r.org_id AND c.record_id = r.id"
                                    " AND c.name = 'respond' WHERE r.org_id = (SELECT org_id FROM org) AND r.state = 'reported' ORDER BY r.id LIMIT 200000");
    int64_t count = 0;

    for (; count < MAX_TARGETS && sqlite3_step(all) == SQLITE_ROW; count++) {
        Reported *row = &out[count];
        int64_t *const numbers[] = {&row->id, &row->version, &row->project, &row->building, &row->next_due, &row->clock, &row->minutes, &row->started, &row->due};
        for (int i = 0; i < (int)COUNT_OF(numbers); i++)
            *numbers[i] = sqlite3_column_int64(all, i);
        (void)snprintf(row->calendar, sizeof row->calendar, "%s", sqlite3_column_text(all, 9));
        (void)snprintf(row->seal, sizeof row->seal, "%s", sqlite3_column_text(all, 10));
    }
    (void)sqlite3_finalize(all); /* only read */
    return count;
}

static void act_one(Writer *writer, sqlite3_stmt *update, sqlite3_stmt *clock, const Reported *row, int64_t now, int64_t n)
{
    const int64_t repair[] = {row->version + 1, now, row->project, row->building, now, row->next_due};
    const int64_t end[] = {row->minutes, row->started, row->due, now, writer->org, row->clock};

    for (int i = 0; i < (int)COUNT_OF(repair); i++)
        (void)sqlite3_bind_int64(update, i + 1, repair[i]);
    bind_text(update, 6, row->seal);
    (void)sqlite3_bind_int64(update, 8, writer->org);
    (void)sqlite3_bind_int64(update, 9, row->id);
    (void)sqlite3_bind_int64(update, 10, row->version);
    finish(writer->db, update);
    for (int i = 0; i < (int)COUNT_OF(end); i++)
        (void)sqlite3_bind_int64(clock, i + 1, end[i]);
    bind_text(clock, 6, row->calendar);
    finish(writer->db, clock);
    write_common(writer, &writer->templates[writer->made % writer->template_count], row->id, n);
}

static void act(void)
{
    Reported *rows = mem_alloc(MAX_TARGETS * sizeof *rows);
    Writer writer;
    pthread_t mover;
    int64_t start, end, count, cpu;
    sqlite3_stmt *update, *clock;

    open_writer(&writer);
    read_templates(&writer, "accept");
    count = read_reported(writer.db, rows);
    update = prepare(writer.db, "UPDATE repair SET version = ?1, updated_at = ?2, state = 'accepted', state_before = NULL, archived_at = NULL,"
                                " project_id = ?3, building_id = ?4, seal = ?7, respond_done_at = ?5, respond_met = 1, next_due_at = ?6,"
                                " next_limit = 'arrive' WHERE org_id = ?8 AND id = ?9 AND version = ?10 RETURNING id");
    clock = prepare(writer.db, "UPDATE clock SET calendar = ?7, minutes = ?1, started_at = ?2, due_at = ?3, paused_at = NULL, left_us = 0,"
                               " paused_us = 0, pauses = 0, level = 0, next_at = NULL, done_at = ?4 WHERE org_id = ?5 AND id = ?6");
    (void)pthread_create(&mover, NULL, move_log, NULL);
    start = now_us();
    cpu = cpu_us();
    end = start + (int64_t)(set.seconds * 1e6);
    while (now_us() < end && writer.made + set.batch <= count) {
        int64_t n = begin_batch(&writer, 1), now = now_us();
        for (int64_t i = 0; i < set.batch; i++, writer.made++)
            act_one(&writer, update, clock, &rows[writer.made], now, ++n);
        end_batch(&writer);
    }
    print_rate(writer.made, start, cpu);
    __atomic_store_n(&log_state.ended, true, __ATOMIC_RELAXED);
    (void)pthread_join(mover, NULL);
    mem_free(rows);
}

/* A payment as the server wrote it: its rows, and what it changed. */
typedef struct {
    Copy payment, entries[MAX_ROWS], receipt, events[2], idem;
    int entry_count;
    int64_t charges[MAX_ROWS], debits[MAX_ROWS], credits[MAX_ROWS];
} Paid;
typedef struct {
    sqlite3 *db;
    Target payment, entry, receipt, event, idem;
    sqlite3_stmt *charge, *account, *receipts, *day, *sum;
} Till;

static int read_paid(Till *till, Paid *out)
{
    Copy idem[TEMPLATES];
    int made = 0, at = till->idem.record_id,
        count = copy_rows(till->db, "SELECT * FROM idem WHERE org_id = (SELECT org_id FROM org) AND status = 201 AND record_type = 'payment' ORDER BY created_at DESC LIMIT 64", 0, idem, TEMPLATES);

    for (int i = 0; i < count; i++) {
        int64_t id = sqlite3_value_int64(idem[i].values[at]);
        Paid *paid = &out[made];
        Copy charge[MAX_ROWS];
        paid->idem = idem[i];
        if (copy_rows(till->db, "SELECT * FROM payment WHERE id = ?", id, &paid->payment, 1) != 1 || copy_rows(till->db, "SELECT * FROM receipt WHERE payment_id = ?", id, &paid->receipt, 1) != 1 ||
            copy_rows(till->db, "SELECT * FROM event WHERE org_id = (SELECT org_id FROM org) AND record_id = ?", id, &paid->events[0], 1) != 1 ||
            copy_rows(till->db, "SELECT * FROM event WHERE org_id = (SELECT org_id FROM org) AND record_id = (SELECT charge_id FROM entry WHERE org_id = event.org_id AND record_id = ?) ORDER BY n DESC LIMIT 1", id, &paid->events[1], 1) != 1)
            continue;
        paid->entry_count = copy_rows(till->db, "SELECT * FROM entry WHERE org_id = (SELECT org_id FROM org) AND record_id = ?", id, paid->entries, MAX_ROWS);
        (void)copy_rows(till->db, "SELECT charge_id, debit_id, credit_id FROM entry WHERE org_id = (SELECT org_id FROM org) AND record_id = ?", id, charge, MAX_ROWS);
        for (int k = 0; k < paid->entry_count; k++) {
            paid->charges[k] = sqlite3_value_int64(charge[k].values[0]);
            paid->debits[k] = sqlite3_value_int64(charge[k].values[1]);
            paid->credits[k] = sqlite3_value_int64(charge[k].values[2]);
        }
        made++;
    }
    if (made == 0)
        die(NULL, "the server has to take some payments first");
    return made;
}

static void touch(sqlite3 *db, sqlite3_stmt *statement, int64_t org, int64_t id)
{
    (void)sqlite3_bind_int64(statement, 1, org);
    (void)sqlite3_bind_int64(statement, 2, id);
    finish(db, statement);
}

static void pay_one(Till *till, Writer *writer, const Paid *like, int64_t n)
{
    int64_t id = new_id();
    char no[64], receipt[64], key[64];

    (void)snprintf(no, sizeof no, "SK-BARE-%lld-%06lld", (long long)(writer->run % 100000000), (long long)writer->made);
    (void)snprintf(receipt, sizeof receipt, "BARE-%lld-%06lld", (long long)(writer->run % 100000000), (long long)writer->made);
    (void)snprintf(key, sizeof key, "%08llx-0000-4000-8000-%012lld", (unsigned long long)(writer->run & 0xFFFFFFFF), (long long)writer->made);
    insert(till->db, &till->payment, &like->payment, &(Fresh){.id = id, .no = no});
    for (int i = 0; i < like->entry_count; i++) {
        insert(till->db, &till->entry, &like->entries[i], &(Fresh){.id = new_id(), .record = id});
        touch(till->db, till->charge, writer->org, like->charges[i]);
        touch(till->db, till->account, writer->org, like->debits[i]);
        touch(till->db, till->account, writer->org, like->credits[i]);
    }
    (void)sqlite3_bind_int64(till->receipts, 1, writer->org);
    finish(till->db, till->receipts);
    insert(till->db, &till->receipt, &like->receipt, &(Fresh){.id = new_id(), .no = receipt});
    insert(till->db, &till->event, &like->events[0], &(Fresh){.id = new_id(), .record = id, .n = n});
    insert(till->db, &till->event, &like->events[1], &(Fresh){.id = new_id(), .record = like->charges[0], .n = n + 1});
    insert(till->db, &till->idem, &like->idem, &(Fresh){.record = id, .key = key});
}

static void pay(void)
{
    Till *till = mem_alloc(sizeof *till);
    Paid *paid = mem_alloc(TEMPLATES * sizeof *paid);
    Writer writer;
    pthread_t mover;
    int64_t start, end, cpu;
    int count;

    open_writer(&writer);
    *till = (Till){.db = writer.db, .payment = target_of(writer.db, "payment"), .entry = target_of(writer.db, "entry"), .receipt = target_of(writer.db, "receipt"),
                   .event = writer.event, .idem = writer.idem};
    till->charge = prepare(writer.db, "UPDATE charge SET version = version + 1, updated_at = updated_at + 1, open_fen = open_fen - 1, state = 'part', seal = '0123456789abcdef0123456789abcdef' WHERE org_id = ? AND id = ?");
    till->account = prepare(writer.db, "UPDATE account SET balance_fen = balance_fen + 1, updated_at = updated_at + 1 WHERE org_id = ? AND id = ?");
    till->receipts = prepare(writer.db, "UPDATE receipt_series SET next = next + 1 WHERE org_id = ?");
    till->day = prepare(writer.db, "UPDATE ledger_day SET debit_fen = debit_fen + 1, credit_fen = credit_fen + 1 WHERE org_id = ?1 AND kind IN ('receivable', 'money') AND day >= ?2");
    till->sum = prepare(writer.db, "UPDATE charge_sum SET paid_fen = paid_fen + 1, open_fen = open_fen - 1 WHERE org_id = ?1 AND due_at = (SELECT due_at FROM charge WHERE id = ?2)"
                                   " AND building_id = (SELECT building_id FROM charge WHERE id = ?2)");
    count = read_paid(till, paid);
    (void)pthread_create(&mover, NULL, move_log, NULL);
    start = now_us();
    cpu = cpu_us();
    end = start + (int64_t)(set.seconds * 1e6);
    while (now_us() < end) {
        int64_t n = begin_batch(&writer, 2);
        for (int64_t i = 0; i < set.batch; i++, writer.made++, n += 2)
            pay_one(till, &writer, &paid[writer.made % count], n + 1);
        for (int i = 0; i < count; i++) /* of each building that was paid for */
            touch(till->db, till->sum, writer.org, paid[i].charges[0]);
        touch(till->db, till->day, writer.org, 0);
        end_batch(&writer);
    }
    print_rate(writer.made, start, cpu);
    __atomic_store_n(&log_state.ended, true, __ATOMIC_RELAXED);
    (void)pthread_join(mover, NULL);
    mem_free(paid);
    mem_free(till);
}

typedef struct {
    pthread_t thread;
    sqlite3 *db;
    int64_t count, rows, end;
    const int64_t *ids;
    int64_t id_count;
    uint64_t random;
} Reader;

static void bind_named(sqlite3_stmt *statement, const char *name, int64_t n)
{
    int at = sqlite3_bind_parameter_index(statement, name);
    if (at > 0)
        (void)sqlite3_bind_int64(statement, at, n);
}

static void *read_on(void *self)
{
    Reader *reader = self;
    sqlite3 *db = reader->db;
    sqlite3_stmt *begin = prepare(db, "BEGIN"), *commit = prepare(db, "COMMIT"), *ask = prepare(db, set.sql);
    volatile int64_t sum = 0; /* what was read is used */

    bind_named(ask, ":org", one_int(db, "SELECT org_id FROM org"));
    bind_named(ask, ":me", one_int(db, "SELECT user_id FROM login WHERE login = 'bench'"));
    bind_named(ask, ":g0", one_int(db, "SELECT id FROM project"));
    bind_named(ask, ":limit", 51);
    if (sqlite3_bind_parameter_index(ask, ":match") > 0)
        bind_text(ask, sqlite3_bind_parameter_index(ask, ":match") - 1, set.match);
    while (now_us() < reader->end) {
        finish(db, begin);
        reader->random = reader->random * 6364136223846793005u + 1442695040888963407u;
        if (reader->id_count > 0)
            bind_named(ask, ":id", reader->ids[(reader->random >> 33) % (uint64_t)reader->id_count]);
        while (sqlite3_step(ask) == SQLITE_ROW) {
            reader->rows++;
            for (int i = 0; i < sqlite3_data_count(ask); i++)
                switch (sqlite3_column_type(ask, i)) {
                case SQLITE_INTEGER: sum += sqlite3_column_int64(ask, i); break;
                case SQLITE_TEXT: sum += sqlite3_column_text(ask, i)[0] + sqlite3_column_bytes(ask, i); break;
                default: break;
                }
        }
        (void)sqlite3_reset(ask); /* ended, or told below by its rows */
        finish(db, commit);
        reader->count++;
    }
    return NULL;
}

static int64_t read_ids(int64_t **out)
{
    FILE *file = set.ids == NULL ? NULL : fopen(set.ids, "r");
    int64_t count = 0;
    char line[64];

    *out = mem_alloc((size_t)MAX_TARGETS * sizeof **out);
    while (file != NULL && count < MAX_TARGETS && fgets(line, sizeof line, file) != NULL) {
        const char *id = strchr(line, '\t'); /* token, tab, id */
        if (id != NULL)
            (*out)[count++] = strtoll(id + 1, NULL, 10);
    }
    if (file != NULL)
        (void)fclose(file); /* only read */
    return count;
}

static void query(void)
{
    Reader *readers = mem_alloc((size_t)set.threads * sizeof *readers);
    int64_t *ids, id_count = read_ids(&ids), start = now_us(), cpu = cpu_us(), count = 0, rows = 0;

    for (int64_t i = 0; i < set.threads; i++) {
        readers[i] = (Reader){.db = open_db(false), .end = start + (int64_t)(set.seconds * 1e6), .ids = ids, .id_count = id_count, .random = (uint64_t)(start + i)};
        (void)pthread_create(&readers[i].thread, NULL, read_on, &readers[i]);
    }
    for (int64_t i = 0; i < set.threads; i++) {
        (void)pthread_join(readers[i].thread, NULL);
        count += readers[i].count;
        rows += readers[i].rows;
    }
    if (rows == 0)
        die(NULL, "the statement has found nothing");
    print_rate(count, start, cpu);
}

static void hold(void)
{
    sqlite3 *db = open_db(false);

    run(db, "BEGIN");
    (void)one_int(db, "SELECT n FROM org");
    (void)usleep((useconds_t)(set.seconds * 1e6));
    run(db, "COMMIT");
}

/* Homes, people and their relations as the import writes them, copies of rows that are there. */
static void import(void)
{
    sqlite3 *db = open_db(true);
    Target house = target_of(db, "house"), party = target_of(db, "party"), residence = target_of(db, "residence");
    sqlite3_stmt *house_fts = prepare(db, "INSERT INTO house_fts (rowid, search) VALUES (?, ?)"),
                 *party_fts = prepare(db, "INSERT INTO party_fts (rowid, search) VALUES (?, ?)");
    static Copy houses[TEMPLATES], parties[TEMPLATES], residences[TEMPLATES];
    int house_count = copy_rows(db, "SELECT * FROM house ORDER BY id DESC LIMIT 64", 0, houses, TEMPLATES),
        party_count = copy_rows(db, "SELECT * FROM party ORDER BY id DESC LIMIT 64", 0, parties, TEMPLATES),
        residence_count = copy_rows(db, "SELECT * FROM residence ORDER BY id DESC LIMIT 64", 0, residences, TEMPLATES);
    int64_t start = now_us(), cpu = cpu_us(), home = 0;

    if (house_count == 0 || party_count == 0 || residence_count == 0)
        die(NULL, "there are no homes to copy");
    run(db, "BEGIN IMMEDIATE");
    for (int64_t i = 0; i < set.people; i++) {
        const Copy *like = &parties[i % party_count];
        int64_t person = new_id();
        char no[64], search[4096];
        if (i * set.homes / set.people != (i - 1) * set.homes / set.people || i == 0) {
            home = new_id();
            (void)snprintf(no, sizeof no, "%lld-1-%lld", (long long)(i / 100 + 1000000), (long long)i);
            (void)snprintf(search, sizeof search, "%lld 1 %lld %s", (long long)(i / 100 + 1000000), (long long)i,
                           sqlite3_value_text(houses[i % house_count].values[house.search]));
            insert(db, &house, &houses[i % house_count], &(Fresh){.id = home, .no = no, .search = search});
            (void)sqlite3_bind_int64(house_fts, 1, home);
            bind_text(house_fts, 1, search);
            finish(db, house_fts);
        }
        insert(db, &party, like, &(Fresh){.id = person});
        (void)sqlite3_bind_int64(party_fts, 1, person);
        (void)sqlite3_bind_value(party_fts, 2, like->values[party.search]);
        finish(db, party_fts);
        for (int c = 0; c < residence.columns; c++) /* org_id, house_id, party_id, …, id: as declared in kernel/tables.c */
            (void)sqlite3_bind_value(residence.insert, c + 1, residences[i % residence_count].values[c]);
        (void)sqlite3_bind_int64(residence.insert, 2, home);
        (void)sqlite3_bind_int64(residence.insert, 3, person);
        (void)sqlite3_bind_int64(residence.insert, residence.id + 1, new_id());
        finish(db, residence.insert);
    }
    run(db, "COMMIT");
    print_rate(set.homes + set.people, start, cpu);
}

/* Rows that the server has made in bulk, from copies in memory: each task with its words and its event, `batch` of them in a commit. */
static void again(void)
{
    sqlite3 *db = open_db(true);
    Target task = target_of(db, "task"), event = target_of(db, "event");
    sqlite3_stmt *words = prepare(db, "INSERT INTO task_fts (rowid, search) VALUES (?, ?)"), *tasks, *events;
    char sql[600];
    pthread_t mover;
    int64_t start, cpu, made = 0;

    (void)sqlite3_wal_hook(db, note_log, NULL);
    run(db, "PRAGMA foreign_keys=OFF");
    (void)snprintf(sql, sizeof sql, "CREATE TEMP TABLE was_task AS SELECT * FROM task WHERE id > %lld ORDER BY id; CREATE TEMP TABLE was_event AS SELECT * FROM event WHERE n > %lld ORDER BY n;"
                                    " DELETE FROM event WHERE n > %lld; DELETE FROM task WHERE id > %lld", (long long)set.id, (long long)set.n, (long long)set.n, (long long)set.id);
    run(db, sql);
    run(db, "INSERT INTO task_fts (task_fts, rowid, search) SELECT 'delete', id, search FROM was_task");
    run(db, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA foreign_keys=ON");
    tasks = prepare(db, "SELECT * FROM was_task");
    events = prepare(db, "SELECT * FROM was_event");
    (void)pthread_create(&mover, NULL, move_log, NULL);
    start = now_us();
    cpu = cpu_us();
    run(db, "BEGIN IMMEDIATE");
    while (sqlite3_step(tasks) == SQLITE_ROW) {
        for (int c = 0; c < task.columns; c++)
            (void)sqlite3_bind_value(task.insert, c + 1, sqlite3_column_value(tasks, c));
        finish(db, task.insert);
        (void)sqlite3_bind_value(words, 1, sqlite3_column_value(tasks, task.id));
        (void)sqlite3_bind_value(words, 2, sqlite3_column_value(tasks, task.search));
        finish(db, words);
        if (sqlite3_step(events) == SQLITE_ROW) {
            for (int c = 0; c < event.columns; c++)
                (void)sqlite3_bind_value(event.insert, c + 1, sqlite3_column_value(events, c));
            finish(db, event.insert);
        }
        if (++made % set.batch == 0)
            run(db, "COMMIT; BEGIN IMMEDIATE");
    }
    run(db, "COMMIT");
    print_rate(made, start, cpu);
    __atomic_store_n(&log_state.ended, true, __ATOMIC_RELAXED);
    (void)pthread_join(mover, NULL);
}

int main(int argc, char **argv)
{
    const Flag flags[] = {
        {"--db", .text = &set.db},           {"--sql", .text = &set.sql},         {"--match", .text = &set.match},
        {"--ids", .text = &set.ids},         {"--seconds", .real = &set.seconds}, {"--batch", .number = &set.batch},
        {"--threads", .number = &set.threads}, {"--homes", .number = &set.homes}, {"--people", .number = &set.people},
        {"--id", .number = &set.id},         {"--n", .number = &set.n},
    };
    const char *what = argc > 1 ? argv[1] : "", *unknown = flags_read(flags, COUNT_OF(flags), argc, argv, 2);

    if (unknown != NULL)
        die(NULL, unknown);
    if (set.db == NULL)
        die(NULL, "needs --db");
    if (strcmp(what, "post") == 0)
        post();
    else if (strcmp(what, "act") == 0)
        act();
    else if (strcmp(what, "pay") == 0)
        pay();
    else if (strcmp(what, "query") == 0 && set.sql != NULL)
        query();
    else if (strcmp(what, "import") == 0)
        import();
    else if (strcmp(what, "again") == 0)
        again();
    else if (strcmp(what, "hold") == 0)
        hold();
    else
        die(NULL, "post, act, pay, query, import, again or hold");
    return 0;
}
