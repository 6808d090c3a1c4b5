/* bare_pg.c: the PostgreSQL server alone, asked by libpq without the program around it: what Anju is measured against
 * there.
 *
 *     bare_pg post  --db URL --seconds S --batch 16 --connections 4 --homes FILE     the rows of a new repair
 *     bare_pg query --db URL --seconds S --connections 4 --sql TEXT [--ids FILE]
 *
 * As bare.c does on SQLite, the rows are copies of those that the server wrote last, with new ids, keys and numbers,
 * `batch` repairs (on average) of one company to a commit, each for a home at random, as the clients take them; several companies
 * are taken at random. Everything is as cheap as libpq
 * makes it: the connections are in pipeline mode, statements are prepared, values are binary, and a batch waits for the
 * server twice: for the numbers of its events, and for its commit. A read is sent whole and waited for once. Nothing is
 * looked up, checked, hashed or answered. */
#include "base/id.h"
#include "base/str.h"
#include "base/time.h"
#include "flags.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_COLUMNS 128
#define MAX_COMPANIES 1000
#define MAX_CONNECTIONS 64
#define MAX_BATCH 512
#define MAX_ROWS 8
#define MAX_IDS 200000
#define MAX_TEMPLATES 512 /* of all companies; of each at least MIN_TEMPLATES */
#define MIN_TEMPLATES 16
#define MAX_HOMES 40000 /* of a company: more than that no seed has */
#define MAX_NAMES 16
#define TYPE_INT8 20      /* bigint, in pg_type */
#define SERIES_BLOCK 1280 /* a busy lane's, as in src/kernel/series.c */
#define WITHIN_A_SECOND (1000LL << 22) /* ids made so soon behind another (base/id.h); a message's record has no index */
#define WARM_US 300000    /* not counted: the server's processes read their catalogues */

static struct {
    const char *db, *sql, *ids, *homes;
    double seconds;
    double batch; /* on average */
    int64_t connections;
} set = {.seconds = 3, .batch = 16, .connections = 4};

/* One row as the server has it, in binary. Its result is kept as long as the program runs. */
typedef struct {
    const char *values[MAX_COLUMNS];
    int lengths[MAX_COLUMNS];
} Copy;

/* A table, whose insert is prepared under its name. A place is -1 where it has no such column. */
typedef struct {
    const char *name;
    int columns, id, record_id, n, no, key, search, house, reporter;
} Target;

static Target repair_table = {.name = "repair"}, clock_table = {.name = "clock"}, message_table = {.name = "message"},
              event_table = {.name = "event"}, idem_table = {.name = "idem"};
static Target *const targets[] = {&repair_table, &clock_table, &message_table, &event_table, &idem_table};

/* A repair that the server made under an Idempotency-Key, with all rows that came with it. */
typedef struct {
    Copy repair, clocks[MAX_ROWS], messages[MAX_ROWS], event, idem;
    int clock_count, message_count;
    const char *search; /* without its first words, which are the number */
} Template;

typedef struct {
    int64_t house, reporter;
} Home;

typedef struct {
    int64_t org, user, project;
    Template *templates;
    int template_count;
    Home *homes; /* all that the clients write for: as many places in the indexes are touched */
    int home_count;
} Company;

static Company companies[MAX_COMPANIES];
static int company_count;

typedef struct {
    int64_t id;
    const Company *company;
} Reading;

static Reading *readings;
static int64_t reading_count;

/* The statement with $1 for :name, in the order of their first place. */
static struct {
    char sql[16384];
    char names[MAX_NAMES][32];
    int count;
} asked;

static int binary[MAX_COLUMNS], eight[MAX_NAMES]; /* formats; the lengths of integers */
static char run[16];                              /* what no other run has in its keys and numbers */

typedef struct Worker Worker;
struct Worker {
    pthread_t thread;
    PGconn *conn;
    void (*once)(Worker *worker);
    int number, pending;
    int64_t start, end; /* what is done between them is counted */
    int64_t made, before, sum;
    double owed; /* what whole batches have left over of the average */
    uint64_t random;
};

static _Noreturn void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "bare_pg: %s: %s\n", what, why);
    exit(1);
}

/* Before the clock starts: one command, waited for, its values in binary. */
static PGresult *query(PGconn *conn, const char *sql, int64_t argument)
{
    uint64_t wire = htobe64((uint64_t)argument);
    const char *value = (const char *)&wire;
    bool has = strstr(sql, "$1") != NULL;
    PGresult *result =
        PQexecParams(conn, sql, has, (const Oid[]){TYPE_INT8}, &value, (const int[]){sizeof wire}, (const int[]){1}, 1);

    if (PQresultStatus(result) != PGRES_TUPLES_OK && PQresultStatus(result) != PGRES_COMMAND_OK)
        die(sql, PQerrorMessage(conn));
    return result;
}

static int64_t int_at(const PGresult *result, int row, int column)
{
    uint64_t wire = 0;

    if (PQgetlength(result, row, column) == sizeof wire)
        memcpy(&wire, PQgetvalue(result, row, column), sizeof wire);
    return (int64_t)be64toh(wire);
}

static PGconn *connect_to(void)
{
    PGconn *conn = PQconnectdb(set.db);

    if (PQstatus(conn) != CONNECTION_OK)
        die("connect", PQerrorMessage(conn));
    return conn;
}

static void read_target(PGconn *conn, Target *out)
{
    char sql[100];
    PGresult *none;

    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" LIMIT 0", out->name);
    none = query(conn, sql, 0);
    out->columns = PQnfields(none);
    if (out->columns > MAX_COLUMNS)
        die(out->name, "has too many columns");
    out->id = PQfnumber(none, "id");
    out->record_id = PQfnumber(none, "record_id");
    out->n = PQfnumber(none, "n");
    out->no = PQfnumber(none, "no");
    out->key = PQfnumber(none, "idem_key");
    out->search = PQfnumber(none, "search");
    out->house = PQfnumber(none, "house_id");
    out->reporter = PQfnumber(none, "reporter_id");
    PQclear(none);
}

static int copy_rows(PGconn *conn, const char *sql, int64_t argument, Copy *out, int max)
{
    PGresult *rows = query(conn, sql, argument); /* kept */
    int count = PQntuples(rows) < max ? PQntuples(rows) : max;

    for (int i = 0; i < count; i++)
        for (int c = 0; c < PQnfields(rows); c++) {
            out[i].values[c] = PQgetisnull(rows, i, c) ? NULL : PQgetvalue(rows, i, c);
            out[i].lengths[c] = PQgetlength(rows, i, c);
        }
    return count;
}

/* "bx tyhy 20261125 0001 …": the number is a new word each time. */
static const char *behind_number(const char *words)
{
    for (int spaces = 0; spaces < 4 && *words != '\0'; words++)
        spaces += *words == ' ';
    return words;
}

static void read_templates(PGconn *conn, Company *company)
{
    int most = MAX_TEMPLATES / company_count > MIN_TEMPLATES ? MAX_TEMPLATES / company_count : MIN_TEMPLATES, count;
    char made[200], repair[200], clocks[200], messages[200], event[200], where[100];
    Copy *idem = mem_alloc((size_t)most * sizeof *idem);

    (void)snprintf(made, sizeof made, "SELECT * FROM idem WHERE org_id = $1 AND status = 201 AND record_type = 'repair'"
                                      " ORDER BY created_at DESC LIMIT %d", most);
    count = copy_rows(conn, made, company->org, idem, most);
    (void)snprintf(where, sizeof where, "WHERE org_id = %lld AND record_id = $1", (long long)company->org);
    (void)snprintf(repair, sizeof repair, "SELECT * FROM repair WHERE org_id = %lld AND id = $1",
                   (long long)company->org);
    (void)snprintf(clocks, sizeof clocks, "SELECT * FROM clock %s", where);
    (void)snprintf(messages, sizeof messages, "SELECT * FROM message %s AND kind = 'report' AND id BETWEEN $1 AND $1 + %lld", where, WITHIN_A_SECOND);
    (void)snprintf(event, sizeof event, "SELECT * FROM event %s AND action = 'report'", where);
    company->templates = mem_alloc((size_t)(count + 1) * sizeof *company->templates);
    for (int i = 0; i < count; i++) {
        Template *out = &company->templates[company->template_count];
        uint64_t wire;
        memcpy(&wire, idem[i].values[idem_table.record_id], sizeof wire);
        out->idem = idem[i];
        if (copy_rows(conn, repair, (int64_t)be64toh(wire), &out->repair, 1) != 1 ||
            copy_rows(conn, event, (int64_t)be64toh(wire), &out->event, 1) != 1)
            continue;
        out->clock_count = copy_rows(conn, clocks, (int64_t)be64toh(wire), out->clocks, MAX_ROWS);
        out->message_count = copy_rows(conn, messages, (int64_t)be64toh(wire), out->messages, MAX_ROWS);
        out->search = behind_number(out->repair.values[repair_table.search]);
        company->template_count++;
    }
    mem_free(idem);
}

static void read_companies(PGconn *conn)
{
    static const char ALL[] = "SELECT l.org_id, l.user_id, p.id FROM login l JOIN project p ON p.org_id = l.org_id "
                              "WHERE l.login = 'bench' ORDER BY 1";
    PGresult *rows = query(conn, ALL, 0);

    for (int i = 0; i < PQntuples(rows) && company_count < MAX_COMPANIES; i++)
        companies[company_count++] =
            (Company){.org = int_at(rows, i, 0), .user = int_at(rows, i, 1), .project = int_at(rows, i, 2)};
    PQclear(rows);
    if (company_count == 0)
        die("login", "there is no company with a desk called bench");
}

static uint64_t next_random(Worker *worker)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 7;
    worker->random ^= worker->random << 17;
    return worker->random;
}

/* The pipeline */

static void sent(Worker *worker, int fine)
{
    if (fine != 1)
        die("send", PQerrorMessage(worker->conn));
    worker->pending++;
}

static void send_plain(Worker *worker, const char *name)
{
    sent(worker, PQsendQueryPrepared(worker->conn, name, 0, NULL, NULL, NULL, 1));
}

/* Waits for all that was sent. The last result (own). */
static PGresult *settle(Worker *worker)
{
    PGresult *last = NULL;

    if (PQpipelineSync(worker->conn) != 1)
        die("sync", PQerrorMessage(worker->conn));
    for (; worker->pending > 0; worker->pending--) {
        PQclear(last);
        last = PQgetResult(worker->conn);
        if (PQresultStatus(last) != PGRES_TUPLES_OK && PQresultStatus(last) != PGRES_COMMAND_OK)
            die("the server", PQresultErrorMessage(last));
        PQclear(PQgetResult(worker->conn)); /* NULL: the command's end */
    }
    PQclear(PQgetResult(worker->conn)); /* the sync's own */
    return last;
}

static void prepare(Worker *worker, const char *name, const char *sql, int count, const Oid *types)
{
    sent(worker, PQsendPrepare(worker->conn, name, sql, count, types));
}

/* What is new in a copied row. */
typedef struct {
    int64_t id, record, n;
    const char *no, *key, *search;
    const Home *home; /* NULL: that of the row it is a copy of */
} Fresh;

static void put(Copy *row, int at, const void *value, size_t length)
{
    if (at < 0 || value == NULL)
        return;
    row->values[at] = value;
    row->lengths[at] = (int)length;
}

static void put_text(Copy *row, int at, const char *text)
{
    put(row, at, text, text == NULL ? 0 : strlen(text));
}

static void insert(Worker *worker, const Target *target, const Copy *like, const Fresh *fresh)
{
    const uint64_t id = htobe64((uint64_t)fresh->id), record = htobe64((uint64_t)fresh->record),
                   n = htobe64((uint64_t)fresh->n), house = fresh->home == NULL ? 0 : htobe64((uint64_t)fresh->home->house),
                   reporter = fresh->home == NULL ? 0 : htobe64((uint64_t)fresh->home->reporter);
    Copy row = *like;

    put(&row, target->id, &id, sizeof id);
    put(&row, target->n, &n, sizeof n);
    put(&row, target->record_id, &record, sizeof record);
    if (fresh->home != NULL) {
        put(&row, target->house, &house, sizeof house);
        put(&row, target->reporter, &reporter, sizeof reporter);
    }
    put_text(&row, target->no, fresh->no);
    put_text(&row, target->key, fresh->key);
    put_text(&row, target->search, fresh->search);
    sent(worker, PQsendQueryPrepared(worker->conn, target->name, target->columns, row.values, row.lengths, binary, 1));
}

static void send_ints(Worker *worker, const char *name, int64_t a, int64_t b)
{
    const uint64_t wire[] = {htobe64((uint64_t)a), htobe64((uint64_t)b)};
    const char *values[] = {(const char *)&wire[0], (const char *)&wire[1]};

    sent(worker, PQsendQueryPrepared(worker->conn, name, b == 0 ? 1 : 2, values, eight, binary, 1));
}

static void post_one(Worker *worker, const Company *company, const Template *like, int64_t id)
{
    const Home *home = company->home_count == 0 ? NULL : &company->homes[next_random(worker) % (uint64_t)company->home_count];
    char no[64], search[65536], key[64];

    (void)snprintf(no, sizeof no, "BX-BARE-%s-%d%07lld", run, worker->number, (long long)worker->made);
    (void)snprintf(search, sizeof search, "bx bare %s %d%07lld %s", run, worker->number, (long long)worker->made,
                   like->search);
    (void)snprintf(key, sizeof key, "%.8s-0000-4000-8%03d-%012lld", run, worker->number, (long long)worker->made);
    insert(worker, &repair_table, &like->repair, &(Fresh){.id = id, .no = no, .search = search, .home = home});
    for (int i = 0; i < like->clock_count; i++)
        insert(worker, &clock_table, &like->clocks[i], &(Fresh){.id = id_new(clock_now()), .record = id});
    for (int i = 0; i < like->message_count; i++)
        insert(worker, &message_table, &like->messages[i], &(Fresh){.id = id_new(clock_now()), .record = id});
    insert(worker, &idem_table, &like->idem, &(Fresh){.record = id, .key = key});
}

/* The rows that writers of a company wait for each other at are touched last. */
static void post_batch(Worker *worker)
{
    const Company *company = &companies[next_random(worker) % (uint64_t)company_count];
    const Template *likes[MAX_BATCH];
    int64_t ids[MAX_BATCH], n, batch;
    PGresult *count;

    if (company->template_count == 0)
        return;
    worker->owed += set.batch;
    batch = (int64_t)worker->owed;
    worker->owed -= (double)batch;
    send_plain(worker, "begin");
    for (int64_t i = 0; i < batch; i++, worker->made++) {
        likes[i] = &company->templates[worker->made % company->template_count];
        ids[i] = id_new(clock_now());
        post_one(worker, company, likes[i], ids[i]);
    }
    if ((worker->made - batch) / SERIES_BLOCK != worker->made / SERIES_BLOCK)
        send_ints(worker, "series", company->org, 0);
    send_ints(worker, "count", company->org, batch);
    count = settle(worker);
    n = int_at(count, 0, 0) - batch;
    PQclear(count);
    for (int64_t i = 0; i < batch; i++)
        insert(worker, &event_table, &likes[i]->event, &(Fresh){.id = id_new(clock_now()), .record = ids[i], .n = ++n});
    send_ints(worker, "head", company->org, 0);
    send_plain(worker, "commit");
    PQclear(settle(worker));
}

static void prepare_post(Worker *worker)
{
    for (size_t t = 0; t < COUNT_OF(targets); t++) {
        char sql[4096];
        size_t at = (size_t)snprintf(sql, sizeof sql, "INSERT INTO \"%s\" VALUES ($1", targets[t]->name);
        for (int i = 2; i <= targets[t]->columns; i++)
            at += (size_t)snprintf(sql + at, sizeof sql - at, ",$%d", i);
        (void)snprintf(sql + at, sizeof sql - at, ")");
        prepare(worker, targets[t]->name, sql, 0, NULL);
    }
    prepare(worker, "begin", "BEGIN", 0, NULL);
    prepare(worker, "commit", "COMMIT", 0, NULL);
    prepare(worker, "series",
            "INSERT INTO series (org_id, name, next) VALUES ($1, 'BARE', 1281) ON CONFLICT (org_id, name)"
            " DO UPDATE SET next = series.next + 1280 RETURNING next",
            0, NULL);
    prepare(worker, "count", "UPDATE org SET n = n + $2 WHERE org_id = $1 RETURNING n, head", 0, NULL);
    prepare(worker, "head",
            "UPDATE org SET head = '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',"
            " sign = '0123456789abcdef0123456789abcdef' WHERE org_id = $1",
            0, NULL);
}

static void prepare_query(Worker *worker)
{
    Oid types[MAX_NAMES];

    for (int i = 0; i < asked.count; i++)
        types[i] = TYPE_INT8;
    prepare(worker, "begin", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", 0, NULL);
    prepare(worker, "commit", "COMMIT", 0, NULL);
    prepare(worker, "ask", asked.sql, asked.count, types);
}

static int64_t argument(const char *name, const Company *company, int64_t id)
{
    if (strcmp(name, "org") == 0)
        return company->org;
    if (strcmp(name, "me") == 0)
        return company->user;
    if (strcmp(name, "g0") == 0)
        return company->project;
    if (strcmp(name, "limit") == 0)
        return 51;
    if (strcmp(name, "id") == 0)
        return id;
    die(name, "is not known");
}

static void query_once(Worker *worker)
{
    const Reading *reading = reading_count == 0 ? NULL : &readings[next_random(worker) % (uint64_t)reading_count];
    const Company *company =
        reading != NULL ? reading->company : &companies[next_random(worker) % (uint64_t)company_count];
    const char *values[MAX_NAMES];
    uint64_t wire[MAX_NAMES];
    PGresult *rows;

    for (int i = 0; i < asked.count; i++) {
        wire[i] = htobe64((uint64_t)argument(asked.names[i], company, reading == NULL ? 0 : reading->id));
        values[i] = (const char *)&wire[i];
    }
    send_plain(worker, "begin");
    sent(worker, PQsendQueryPrepared(worker->conn, "ask", asked.count, values, eight, binary, 1));
    rows = settle(worker);
    if (PQntuples(rows) == 0)
        die("the statement", "has found nothing");
    for (int r = 0; r < PQntuples(rows); r++)
        for (int c = 0; c < PQnfields(rows); c++)
            worker->sum += PQgetisnull(rows, r, c) ? 0 : PQgetvalue(rows, r, c)[0] + PQgetlength(rows, r, c);
    PQclear(rows);
    send_plain(worker, "commit"); /* travels with the next one's beginning */
    worker->made++;
}

/* Puts $1 for :name. The statements have no colon in quotes. */
static void rewrite(const char *sql)
{
    size_t at = 0;

    while (*sql != '\0' && at < sizeof asked.sql - 8) {
        size_t length = *sql == ':' ? strspn(sql + 1, "abcdefghijklmnopqrstuvwxyz0123456789_") : 0;
        int i = 0;
        if (length == 0 || length >= sizeof asked.names[0]) {
            asked.sql[at++] = *sql++;
            continue;
        }
        while (i < asked.count && (strncmp(asked.names[i], sql + 1, length) != 0 || asked.names[i][length] != '\0'))
            i++;
        if (i == MAX_NAMES)
            die("the statement", "has too many names");
        if (i == asked.count)
            memcpy(asked.names[asked.count++], sql + 1, length);
        at += (size_t)snprintf(asked.sql + at, sizeof asked.sql - at, "$%d", i + 1);
        sql += 1 + length;
    }
}

static Company *company_of(int64_t org)
{
    for (int i = 0; i < company_count; i++)
        if (companies[i].org == org)
            return &companies[i];
    return NULL;
}

static int64_t number_behind(const char *line, const char *words)
{
    const char *at = strstr(line, words);

    return at == NULL ? 0 : strtoll(at + strlen(words), NULL, 10);
}

/* Lines of a token, which ends with its company's id, a tab, and what stands in a request: "house":"1","reporter":"2". */
static void read_homes(void)
{
    FILE *file = fopen(set.homes, "r");
    char line[200];

    if (file == NULL)
        die(set.homes, "cannot be read");
    while (fgets(line, sizeof line, file) != NULL) {
        Company *company = company_of(number_behind(line, "-"));
        Home home = {number_behind(line, "\"house\":\""), number_behind(line, "\"reporter\":\"")};
        if (company == NULL || home.house == 0 || home.reporter == 0 || company->home_count == MAX_HOMES)
            continue;
        if (company->homes == NULL)
            company->homes = mem_alloc(MAX_HOMES * sizeof *company->homes); /* lives as long as the program */
        company->homes[company->home_count++] = home;
    }
    (void)fclose(file); /* only read */
}

/* Lines of a token, which ends with its company's id, a tab, and a repair's id. */
static void read_ids(void)
{
    FILE *file = fopen(set.ids, "r");
    char line[100];

    if (file == NULL)
        die(set.ids, "cannot be read");
    readings = mem_alloc(MAX_IDS * sizeof *readings);
    while (reading_count < MAX_IDS && fgets(line, sizeof line, file) != NULL) {
        const Company *company = company_of(number_behind(line, "-"));
        int64_t id = number_behind(line, "\t");
        if (company != NULL && id != 0)
            readings[reading_count++] = (Reading){id, company};
    }
    (void)fclose(file); /* only read */
}

static void *work(void *self)
{
    Worker *worker = self;
    int64_t now;

    while ((now = clock_monotonic_us()) < worker->end) {
        if (now < worker->start)
            worker->before = worker->made;
        worker->once(worker);
    }
    return NULL;
}

static void work_all(void (*prepare_all)(Worker *), void (*once)(Worker *))
{
    static Worker workers[MAX_CONNECTIONS];
    int64_t count = 0, sum = 0, start, end;

    for (int i = 0; i < set.connections; i++) {
        workers[i] = (Worker){.conn = connect_to(),
                              .once = once,
                              .number = i,
                              .random = (uint64_t)clock_now() * 2654435761u + (uint64_t)i * 40503u + 1};
        if (PQenterPipelineMode(workers[i].conn) != 1)
            die("pipeline", PQerrorMessage(workers[i].conn));
        prepare_all(&workers[i]);
        PQclear(settle(&workers[i]));
    }
    start = clock_monotonic_us() + WARM_US;
    end = start + (int64_t)(set.seconds * 1e6);
    for (int i = 0; i < set.connections; i++) {
        workers[i].start = start;
        workers[i].end = end;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            die("thread", "not to be had");
    }
    for (int i = 0; i < set.connections; i++) {
        (void)pthread_join(workers[i].thread, NULL); /* it was made */
        count += workers[i].made - workers[i].before;
        sum += workers[i].sum;
    }
    end = clock_monotonic_us();
    (void)printf("{\"requests\":%lld,\"rate\":%.1f,\"sum\":%lld}\n", (long long)count,
                 (double)count * 1e6 / (double)(end - start), (long long)sum);
}

static void post(void)
{
    int64_t templates = 0;
    PGconn *conn = connect_to();

    for (size_t i = 0; i < COUNT_OF(targets); i++)
        read_target(conn, targets[i]);
    for (int i = 0; i < company_count; i++) {
        read_templates(conn, &companies[i]);
        templates += companies[i].template_count;
    }
    PQfinish(conn);
    if (set.homes != NULL)
        read_homes();
    if (templates == 0)
        die("idem", "the server has to write some first");
    work_all(prepare_post, post_batch);
}

int main(int argc, char **argv)
{
    const Flag flags[] = {
        {"--db", .text = &set.db},           {"--sql", .text = &set.sql},      {"--ids", .text = &set.ids}, {"--homes", .text = &set.homes},
        {"--seconds", .real = &set.seconds}, {"--batch", .real = &set.batch}, {"--connections", .number = &set.connections},
    };
    const char *what = argc > 1 ? argv[1] : "", *unknown = flags_read(flags, COUNT_OF(flags), argc, argv, 2);
    PGconn *conn;

    if (unknown != NULL)
        die(unknown, "is not a flag");
    if (set.db == NULL || set.batch < 1 || set.batch > MAX_BATCH || set.connections < 1 ||
        set.connections > MAX_CONNECTIONS)
        die("usage", "--db, a --batch up to 512, --connections up to 64");
    for (int i = 0; i < MAX_COLUMNS; i++)
        binary[i] = 1;
    for (int i = 0; i < MAX_NAMES; i++)
        eight[i] = sizeof(int64_t);
    (void)snprintf(run, sizeof run, "%08lld", (long long)(clock_now() / SECOND % 100000000));
    id_set_node(1023, 0);
    conn = connect_to();
    read_companies(conn);
    PQfinish(conn);
    if (strcmp(what, "post") == 0) {
        post();
    } else if (strcmp(what, "query") == 0 && set.sql != NULL) {
        rewrite(set.sql);
        if (set.ids != NULL)
            read_ids();
        work_all(prepare_query, query_once);
    } else {
        die("usage", "post or query");
    }
    return 0;
}
