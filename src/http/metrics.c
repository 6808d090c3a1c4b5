#include "http/metrics.h"
#include "http/static.h"
#include "kernel/lease.h"
#include "store/store.h"

#define MAX_BYTES (4 << 20)
#define MAX_LEASES 16

/* What lies outside /api; the last takes all that the others do not. */
static const char *const outside[] = {"healthz", "readyz", "metrics", "static"};

struct Metrics {
    const Kernel *kernel;
    Histogram other, outside[COUNT_OF(outside)];
    Histogram *times; /* for each route those without a resource, then by resource */
};

/* As the database tells it. */
typedef struct {
    int64_t nodes, reminders, reminder_lag_us, jobs, job_age_us;
    struct {
        Str name;
        int64_t age_us;
    } leases[MAX_LEASES];
    int lease_count;
} Told;

/* A figure without labels. */
typedef struct {
    const char *name, *type, *zh, *en;
    int64_t n;
} Plain;

static bool is_allowed(const App *app, const Request *request);
static const Error *read_database(Cx *cx, void *self);
static void add_server(Buf *out, App *app);
static void add_requests(Buf *out, const Metrics *metrics);
static void add_store(Buf *out, const StoreFigures *store);
static void add_database(Buf *out, const Told *told);
static void add_head(Buf *out, const char *name, const char *type, const char *zh, const char *en);
static void add_plain(Buf *out, const Plain *plain, size_t count);
static void add_seconds(Buf *out, int64_t us);
static void add_histogram(Buf *out, const char *name, const char *labels, const Histogram *histogram, const Scale *scale);

Metrics *metrics_open(const Kernel *kernel)
{
    Metrics *metrics = mem_alloc(sizeof *metrics);
    size_t routes = 0;

    for (const Route *const *list = api_route_lists(); *list != NULL; list++)
        for (const Route *route = *list; route->method != NULL; route++)
            routes++;
    metrics->kernel = kernel;
    metrics->times = mem_alloc(routes * (size_t)(kernel->type_count + 1) * sizeof *metrics->times);
    return metrics;
}

void metrics_close(Metrics *metrics)
{
    mem_free(metrics->times);
    mem_free(metrics);
}

Histogram *metrics_times(Metrics *metrics, int route, const RecordMeta *meta)
{
    int column = meta == NULL ? 0 : 1 + (int)(meta - metrics->kernel->types);
    return &metrics->times[route * (metrics->kernel->type_count + 1) + column];
}

Histogram *metrics_outside(Metrics *metrics, const Request *request)
{
    size_t i = 0;

    if (!str_is(request->method, "GET"))
        return &metrics->other;
    while (i + 1 < COUNT_OF(outside) && !str_is(str_cut(request->path, 1, request->path.len), outside[i]))
        i++;
    return &metrics->outside[i];
}

Histogram *metrics_other(Metrics *metrics)
{
    return &metrics->other;
}

void metrics_answer(App *app, Exchange *ex)
{
    Cx cx = {.arena = exchange_arena(ex), .now = clock_now(), .kernel = app->kernel};
    Buf out = buf_new(exchange_arena(ex), MAX_BYTES);
    StoreFigures store = store_figures(app->store); /* before we take a connection of its pool ourselves */
    Told told = {0};
    bool is_up;

    if (!is_allowed(app, exchange_request(ex))) {
        static_text(ex, 401, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Log in first\",\"status\":401,\"code\":\"login_required\"}"));
        return;
    }
    is_up = store_read(app->store, &cx, read_database, &told) == OK;
    add_server(&out, app);
    add_requests(&out, app->metrics);
    add_store(&out, &store);
    add_plain(&out, &(Plain){"anju_database_up", "gauge", "数据库有应答", "The database answers", is_up}, 1);
    if (is_up)
        add_database(&out, &told);
    static_text(ex, 200, "text/plain; version=0.0.4; charset=utf-8", buf_str(&out));
}

/* On this machine, or with the token. */
static bool is_allowed(const App *app, const Request *request)
{
    Str token = request_header(request, "Authorization"), wanted = app->settings->metrics_token;

    return request->peer_is_loopback || (wanted.len > 0 && str_starts(token, STR("Bearer ")) && str_eq(str_cut(token, 7, token.len), wanted));
}

/* The database */

static const Error *lease_row(Cx *cx, const Row *row, void *self)
{
    Told *told = self;
    Str name = row_text(row, 0);
    int64_t span_us = lease_span(name);

    if (str_starts(name, STR(LEASE_NODE))) {
        told->nodes++;
    } else if (span_us > 0 && told->lease_count < MAX_LEASES) { /* a newer program's are its own to tell */
        told->leases[told->lease_count].name = str_copy(cx->arena, name);
        told->leases[told->lease_count++].age_us = cx->now - (row_int(row, 1) - span_us);
    }
    return OK;
}

/* A company's number of what waits, and since when; the total and the longest are told. */
static void add_waiting(const Cx *cx, const Row *row, int64_t *count, int64_t *longest_us)
{
    int64_t us = cx->now - row_int(row, 2);

    *count += row_int(row, 1);
    if (us > *longest_us)
        *longest_us = us;
}

static const Error *reminder_row(Cx *cx, const Row *row, void *self)
{
    Told *told = self;
    add_waiting(cx, row, &told->reminders, &told->reminder_lag_us);
    return OK;
}

static const Error *job_row(Cx *cx, const Row *row, void *self)
{
    Told *told = self;
    add_waiting(cx, row, &told->jobs, &told->job_age_us);
    return OK;
}

/* Of all companies, each by the head of its index: what is not due and what has ended is not looked at. (A join would do on a
 * server alone: by its declared statistics SQLite takes the companies for a million.) */
static const Error *read_database(Cx *cx, void *self)
{
    static const char HELD[] = "SELECT name, until FROM lease WHERE until >= :now";
    static const char DUE[] = "SELECT org_id, count(*), min(next_at) FROM clock WHERE org_id IN (SELECT org_id FROM org)"
                              " AND next_at < :now AND next_at IS NOT NULL GROUP BY org_id"; /* clock_by_next_at_part */
    static const char QUEUED[] = "SELECT org_id, count(*), min(created_at) FROM job WHERE org_id IN (SELECT org_id FROM org)"
                                 " AND state = 'queued' GROUP BY org_id"; /* job_by_state_created_at */

    TRY(sql_each(cx, HELD, NOTHING, lease_row, self));
    TRY(sql_each(cx, DUE, NOTHING, reminder_row, self));
    return sql_each(cx, QUEUED, NOTHING, job_row, self);
}

/* The text */

static void add_server(Buf *out, App *app)
{
    ServerCounts server = server_counts(app->server);
    const Plain plain[] = {
        {"anju_http_requests_total", "counter", "完整收到的请求", "Requests that came in whole", server.requests},
        {"anju_http_refused_total", "counter", "不合规或过大而拒绝的请求", "Requests refused as improper or too large", server.refused},
        {"anju_http_connections", "gauge", "打开的连接", "Open connections", server.connections},
        {"anju_http_streams", "gauge", "打开的实时事件流", "Open streams of live events", server.streams},
    };

    add_plain(out, plain, COUNT_OF(plain));
}

/* A route that nobody has asked for is left out: all of them would be thousands of zeros. */
static void add_route(Buf *out, const char *method, Str route, const Histogram *times)
{
    bool is_used = false;

    for (int i = 0; i < HISTOGRAM_ROOM; i++)
        is_used = is_used || atomic_load_explicit(&times->counts[i], memory_order_relaxed) > 0;
    if (!is_used)
        return;
    add_histogram(out, "anju_http_request_duration_seconds",
                  str_to_c(out->arena, str_format(out->arena, "method=\"%s\",route=\"%.*s\"", method, STR_ARG(route))), times, &scale_of_times);
}

static void add_requests(Buf *out, const Metrics *metrics)
{
    const Histogram *times = metrics->times;

    add_head(out, "anju_http_request_duration_seconds", "histogram", "从请求收全到给出答复", "From a request's last byte to its answer");
    add_route(out, "other", STR("other"), &metrics->other);
    for (size_t i = 0; i < COUNT_OF(outside); i++)
        add_route(out, "GET", str_of(outside[i]), &metrics->outside[i]);
    for (const Route *const *list = api_route_lists(); *list != NULL; list++)
        for (const Route *route = *list; route->method != NULL; route++)
            for (int i = 0; i <= metrics->kernel->type_count; i++, times++) {
                bool is_generic = i > 0 && route->pattern[0] == '*';
                add_route(out, route->method,
                          is_generic ? str_format(out->arena, "%s%s", metrics->kernel->types[i - 1].type->resource, route->pattern + 1)
                                     : str_of(route->pattern),
                          times);
            }
}

static void add_store(Buf *out, const StoreFigures *store)
{
    const Plain plain[] = {
        {"anju_write_batches_total", "counter", "成批提交的写入批数", "Batches of writes", store->batches},
        {"anju_write_retries_total", "counter", "重做的批数", "Batches that were run once more", store->retries},
        {"anju_writes_total", "counter", "写入数", "Writes", store->closures},
        {"anju_writes_failed_total", "counter", "被拒绝或失败的写入", "Writes that were refused or failed", store->failed},
        {"anju_write_queue", "gauge", "排队的写入", "Writes that wait for a lane", store->queue},
        {"anju_wal_pages", "gauge", "日志里尚未并入数据库的页", "Pages in the write-ahead log", store->wal_pages},
        {"anju_lanes", "gauge", "写入通道", "Lanes that write", store->lanes},
        {"anju_pool_max", "gauge", "读连接上限", "Connections for reading, at most", store->pool_max},
        {"anju_pool_waits_total", "counter", "读取等待连接的次数", "Reads that waited for a connection", store->pool_waits},
        {"anju_journeys_total", "counter", "等数据库服务器应答的次数", "Times that an answer of the database's server was waited for", store->journeys},
        {"anju_reconnections_total", "counter", "断开后重连的次数", "Connections that were lost and made anew", store->reconnections},
    };

    add_plain(out, plain, COUNT_OF(plain));
    add_head(out, "anju_pool_connections", "gauge", "读连接", "Connections for reading: open, and free among them");
    buf_format(out, "anju_pool_connections{state=\"open\"} %lld\n", (long long)store->pool_open);
    buf_format(out, "anju_pool_connections{state=\"free\"} %lld\n", (long long)store->pool_free);
    add_head(out, "anju_batch_size", "histogram", "每批写入数", "Writes in a batch");
    add_histogram(out, "anju_batch_size", "", store->batch_sizes, &scale_of_counts);
    add_head(out, "anju_commit_duration_seconds", "histogram", "一批的提交", "A batch's commit");
    add_histogram(out, "anju_commit_duration_seconds", "", store->commits, &scale_of_times);
    add_head(out, "anju_sync_duration_seconds", "histogram", "写盘（内嵌数据库）", "The disk's sync of what was committed (embedded database)");
    add_histogram(out, "anju_sync_duration_seconds", "", store->syncs, &scale_of_times);
}

static void add_database(Buf *out, const Told *told)
{
    const Plain plain[] = {
        {"anju_nodes", "gauge", "占用编号的进程（被杀的一天后才算退出）", "Numbers of processes that are taken; a killed one's for a day", told->nodes},
        {"anju_reminders_due", "gauge", "到点未发的提醒", "Reminders that are due", told->reminders},
        {"anju_jobs_queued", "gauge", "排队的任务", "Jobs that wait", told->jobs},
    };

    add_plain(out, plain, COUNT_OF(plain));
    add_head(out, "anju_reminder_lag_seconds", "gauge", "最早一条提醒晚了多久", "How late the oldest reminder is");
    buf_add_c(out, "anju_reminder_lag_seconds ");
    add_seconds(out, told->reminder_lag_us);
    add_head(out, "anju_job_oldest_seconds", "gauge", "最早一个任务等了多久", "How long the oldest job has waited");
    buf_add_c(out, "anju_job_oldest_seconds ");
    add_seconds(out, told->job_age_us);
    add_head(out, "anju_lease_age_seconds", "gauge", "租约上次续期至今", "Since a lease that is held was last taken or renewed");
    for (int i = 0; i < told->lease_count; i++) {
        buf_format(out, "anju_lease_age_seconds{name=\"%.*s\"} ", STR_ARG(told->leases[i].name));
        add_seconds(out, told->leases[i].age_us);
    }
}

static void add_head(Buf *out, const char *name, const char *type, const char *zh, const char *en)
{
    buf_format(out, "# HELP %s %s %s\n# TYPE %s %s\n", name, zh, en, name, type);
}

static void add_plain(Buf *out, const Plain *plain, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_head(out, plain[i].name, plain[i].type, plain[i].zh, plain[i].en);
        buf_format(out, "%s %lld\n", plain[i].name, (long long)plain[i].n);
    }
}

/* To the line's end. Another machine's clock may be a little ahead: nothing is younger than now. */
static void add_seconds(Buf *out, int64_t us)
{
    int64_t passed = us > 0 ? us : 0;
    buf_format(out, "%lld.%06lld\n", (long long)(passed / SECOND), (long long)(passed % SECOND));
}

static void add_histogram(Buf *out, const char *name, const char *labels, const Histogram *histogram, const Scale *scale)
{
    const char *comma = labels[0] == '\0' ? "" : ",", *open = labels[0] == '\0' ? "" : "{", *close = labels[0] == '\0' ? "" : "}";
    int64_t sum = atomic_load_explicit(&histogram->sum, memory_order_relaxed), count = 0;
    const char *bound = "";

    for (int i = 0; bound != NULL; i++) {
        bound = scale->bounds[i].text;
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        buf_format(out, "%s_bucket{%s%sle=\"%s\"} %lld\n", name, labels, comma, bound == NULL ? "+Inf" : bound, (long long)count);
    }
    buf_format(out, "%s_sum%s%s%s ", name, open, labels, close);
    if (scale->in_seconds)
        add_seconds(out, sum);
    else
        buf_format(out, "%lld\n", (long long)sum);
    buf_format(out, "%s_count%s%s%s %lld\n", name, open, labels, close, (long long)count);
}
