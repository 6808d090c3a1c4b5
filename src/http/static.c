#include "http/static.h"
#include "store/store.h"

#include <stdio.h>

#define CSP                                                                                                                         \
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; script-src 'self'; worker-src 'self' blob:;"  \
    " object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"

static void add(Answer *answer, const char *name, Str value)
{
    answer->headers[answer->header_count++] = (Header){str_of(name), value};
}

static void answer_text(Exchange *ex, int status, const char *type, Str body)
{
    Answer answer = {.status = status, .body = body};

    add(&answer, "Content-Type", str_of(type));
    add(&answer, "Cache-Control", STR("no-store"));
    exchange_answer(ex, &answer);
}

static const StaticFile *find_file(Str path)
{
    for (const StaticFile *file = static_files; file->path != NULL; file++)
        if (str_is(path, file->path))
            return file;
    return NULL;
}

/* The file of a path; pages of the client (no dot in the last part) are all served by their entry. */
static const StaticFile *client_file(Str path)
{
    const StaticFile *file = find_file(path);
    ptrdiff_t slash = path.len;

    if (file != NULL)
        return file;
    while (slash > 0 && path.ptr[slash - 1] != '/')
        slash--;
    if (str_find_char(str_cut(path, slash, path.len), '.') >= 0 || str_starts(path, STR("/assets/")))
        return NULL;
    return find_file(str_is(path, "/m") || str_starts(path, STR("/m/")) ? STR("/m/index.html") : STR("/index.html"));
}

static void answer_client(Exchange *ex)
{
    const Request *request = exchange_request(ex);
    const StaticFile *file = client_file(request->path);
    Str accepts = request_header(request, "Accept-Encoding");
    Answer answer = {.status = 200};

    if (!str_is(request->method, "GET")) {
        answer_text(ex, 405, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Method not allowed\",\"status\":405,\"code\":\"method_not_allowed\"}"));
        return;
    }
    if (file == NULL) {
        answer_text(ex, 404, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Not found\",\"status\":404,\"code\":\"not_found\"}"));
        return;
    }
    add(&answer, "ETag", str_of(file->etag));
    add(&answer, "Cache-Control", file->hashed ? STR("public, max-age=31536000, immutable") : STR("no-cache"));
    add(&answer, "X-Content-Type-Options", STR("nosniff"));
    add(&answer, "Referrer-Policy", STR("same-origin"));
    add(&answer, "Content-Security-Policy", STR(CSP));
    add(&answer, "Permissions-Policy", STR("camera=(self), geolocation=(self), microphone=()"));
    add(&answer, "Vary", STR("Accept-Encoding"));
    if (str_is(request_header(request, "If-None-Match"), file->etag)) {
        answer.status = 304;
        exchange_answer(ex, &answer);
        return;
    }
    add(&answer, "Content-Type", str_of(file->type));
    if (file->brotli != NULL && str_find(accepts, STR("br")) >= 0) {
        add(&answer, "Content-Encoding", STR("br"));
        answer.body = (Str){(const char *)file->brotli, (ptrdiff_t)file->brotli_size};
    } else if (file->gzip != NULL && str_find(accepts, STR("gzip")) >= 0) {
        add(&answer, "Content-Encoding", STR("gzip"));
        answer.body = (Str){(const char *)file->gzip, (ptrdiff_t)file->gzip_size};
    } else {
        answer.body = (Str){(const char *)file->plain, (ptrdiff_t)file->plain_size};
    }
    exchange_answer(ex, &answer);
}

static void answer_metrics(App *app, Exchange *ex)
{
    const Request *request = exchange_request(ex);
    Buf out = buf_new(exchange_arena(ex), 1 << 16);
    StoreFigures store = store_figures(app->store);
    ServerCounts server = server_counts(app->server);
    Str token = request_header(request, "Authorization");
    Str wanted = app->settings->metrics_token;
    bool allowed = request->peer_is_loopback || (wanted.len > 0 && str_starts(token, STR("Bearer ")) && str_eq(str_cut(token, 7, token.len), wanted));

    if (!allowed) {
        answer_text(ex, 401, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Log in first\",\"status\":401,\"code\":\"login_required\"}"));
        return;
    }
    buf_format(&out, "# TYPE anju_http_requests_total counter\nanju_http_requests_total %lld\n", (long long)server.requests);
    buf_format(&out, "# TYPE anju_http_refused_total counter\nanju_http_refused_total %lld\n", (long long)server.refused);
    buf_format(&out, "# TYPE anju_http_connections gauge\nanju_http_connections %d\n", server.connections);
    buf_format(&out, "# TYPE anju_http_streams gauge\nanju_http_streams %d\n", server.streams);
    buf_format(&out, "# TYPE anju_write_batches_total counter\nanju_write_batches_total %lld\n", (long long)store.batches);
    buf_format(&out, "# TYPE anju_writes_total counter\nanju_writes_total %lld\n", (long long)store.closures);
    buf_format(&out, "# TYPE anju_writes_failed_total counter\nanju_writes_failed_total %lld\n", (long long)store.failed);
    buf_format(&out, "# TYPE anju_write_queue gauge\nanju_write_queue %lld\n", (long long)store.queue);
    buf_format(&out, "# TYPE anju_wal_pages gauge\nanju_wal_pages %lld\n", (long long)store.wal_pages);
    answer_text(ex, 200, "text/plain; version=0.0.4", buf_str(&out));
}

static const Error *look(Cx *cx, void *self)
{
    static const char LOOK[] = "SELECT count(*) FROM fact";
    return sql_row(cx, LOOK, NOTHING, OUT(out_int(self)));
}

/* Does the database answer? The process itself lives when it does not. */
static void answer_ready(const App *app, Exchange *ex)
{
    Cx cx = {.arena = exchange_arena(ex), .now = clock_now(), .kernel = app->kernel};
    int64_t facts;

    if (store_read(app->store, &cx, look, &facts) == OK)
        answer_text(ex, 200, "text/plain; charset=utf-8", STR("ok\n"));
    else
        answer_text(ex, 503, "text/plain; charset=utf-8", STR("the database is away\n"));
}

void static_answer(App *app, Exchange *ex)
{
    Str path = exchange_request(ex)->path;

    if (str_is(path, "/healthz"))
        answer_text(ex, 200, "text/plain; charset=utf-8", STR("ok\n"));
    else if (str_is(path, "/readyz"))
        answer_ready(app, ex);
    else if (str_is(path, "/metrics"))
        answer_metrics(app, ex);
    else
        answer_client(ex);
}
