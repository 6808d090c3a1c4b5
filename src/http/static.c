#include "http/static.h"
#include "http/metrics.h"
#include "store/store.h"

#define CSP                                                                                                                         \
    "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; script-src 'self'; worker-src 'self' blob:;"  \
    " object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"

static void add(Answer *answer, const char *name, Str value)
{
    answer->headers[answer->header_count++] = (Header){str_of(name), value};
}

void static_text(Exchange *ex, int status, const char *type, Str body)
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
        static_text(ex, 405, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Method not allowed\",\"status\":405,\"code\":\"method_not_allowed\"}"));
        return;
    }
    if (file == NULL) {
        static_text(ex, 404, "application/problem+json", STR("{\"type\":\"about:blank\",\"title\":\"Not found\",\"status\":404,\"code\":\"not_found\"}"));
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
        static_text(ex, 200, "text/plain; charset=utf-8", STR("ok\n"));
    else
        static_text(ex, 503, "text/plain; charset=utf-8", STR("the database is away\n"));
}

void static_answer(App *app, Exchange *ex)
{
    Str path = exchange_request(ex)->path;

    exchange_count_in(ex, metrics_outside(app->metrics, exchange_request(ex)));
    if (str_is(path, "/healthz"))
        static_text(ex, 200, "text/plain; charset=utf-8", STR("ok\n"));
    else if (str_is(path, "/readyz"))
        answer_ready(app, ex);
    else if (str_is(path, "/metrics"))
        metrics_answer(app, ex);
    else
        answer_client(ex);
}
