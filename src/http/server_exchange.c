/* server_exchange.c: one request, from its first line to the last byte of its answer. The library calls, in this order:
 *
 *     exchange_begin   the request line is there: an exchange is taken from the pool
 *     exchange_step    the headers are there: hygiene and limits; an answer given here refuses the body
 *     exchange_step    for each piece of the body
 *     exchange_step    all is there: the connection is suspended, the exchange goes to the workers
 *     exchange_step    it was answered and resumed: the answer is queued
 *     exchange_end     sent, or the client has gone: the exchange goes back to the pool
 */
#include "base/log.h"
#include "http/server_private.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)
#define DEFAULT_BODY_LIMIT ((int64_t)1024 * 1024)
#define KEPT_EXCHANGES 128    /* arenas and small bodies kept warm */
#define KEPT_BODY (64 * 1024) /* a larger body's memory is given back at once */
#define FIRST_BODY (4 * 1024)
#define LARGE_BODIES ((size_t)256 << 20) /* of all together, for nobody need log in before the body is read */

typedef struct {
    Header *headers;
    int count, max;
} Collected;

#define BELL ((Exchange *)(uintptr_t)1) /* ends the list of answered ones: a resumed connection is on its way */

static void hand_back(Server *server, Exchange *ex, Wire *wire);
static void take_along(Server *server);
static Exchange *take(Server *server);
static void release(Exchange *ex);
static enum MHD_Result start(Exchange *ex, const char *method, const char *version);
static void collect_headers(Exchange *ex);
static enum MHD_Result add_header(void *collected, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                  const char *value, size_t value_len);
static void trim_values(Exchange *ex);
static enum MHD_Result take_body(Exchange *ex, const char *piece, size_t size);
static enum MHD_Result finish(Exchange *ex);
static enum MHD_Result refuse(Exchange *ex, const Refusal *refusal);
static enum MHD_Result refuse_midway(Exchange *ex, const Refusal *refusal);
static enum MHD_Result queue(Exchange *ex);
static void put_headers(Exchange *ex, struct MHD_Response *response, const Answer *head);
static bool has_body(const Request *request);

const Request *exchange_request(const Exchange *ex)
{
    return &ex->request;
}

Arena *exchange_arena(Exchange *ex)
{
    return ex->arena;
}

void exchange_count_in(Exchange *ex, Histogram *times)
{
    ex->times = times;
}

Str request_header(const Request *request, const char *name)
{
    Str wanted = str_of(name);

    for (int i = 0; i < request->header_count; i++)
        if (text_is_caseless(request->headers[i].name, wanted))
            return request->headers[i].value;
    return STR_NONE;
}

void exchange_answer(Exchange *ex, const Answer *answer)
{
    /* The library's text is not const, but with MHD_RESPMEM_PERSISTENT it only reads. */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        (size_t)answer->body.len, answer->body.len > 0 ? (void *)(uintptr_t)answer->body.ptr : NULL,
        MHD_RESPMEM_PERSISTENT);

    exchange_complete(ex, response, answer);
}

void exchange_answer_file(Exchange *ex, const Answer *head, int take_fd)
{
    struct stat file;
    struct MHD_Response *response = NULL;

    if (fstat(take_fd, &file) == 0 && S_ISREG(file.st_mode)) {
        (void)posix_fadvise(take_fd, 0, 0, POSIX_FADV_WILLNEED); /* so that the I/O thread seldom waits for the disk */
        if (file.st_size == 0)                                   /* the library takes no empty file */
            response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        else
            response = MHD_create_response_from_fd64((uint64_t)file.st_size, take_fd);
    }
    if (response == NULL || file.st_size == 0)
        (void)close(take_fd); /* read only: nothing to lose */
    exchange_complete(ex, response, head);
}

void exchange_complete(Exchange *ex, struct MHD_Response *response, const Answer *head)
{
    static const Answer failed = {.status = 500};
    int handler = OWNER_HANDLER;
    Server *server = ex->server;
    Wire *wire = ex->wire;

    if (response == NULL) {
        log_error("an answer could not be made");
        head = &failed;
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        if (response == NULL) /* no memory at all: as in base/arena.c */
            abort();
    }
    put_headers(ex, response, head);
    ex->response = response;
    ex->status = (unsigned)head->status;
    if (ex->times != NULL)
        histogram_add(ex->times, &scale_of_times, clock_monotonic_us() - ex->whole_us);
    if (atomic_compare_exchange_strong(&ex->owner, &handler, OWNER_ANSWERED))
        hand_back(server, ex, wire);
    else
        exchange_drop(ex);
}

/* To resume a connection costs a lock that the I/O thread often holds, and a system call. So only the first of a burst
 * is resumed from here; it is the bell on which the I/O thread takes the others along. */
static void hand_back(Server *server, Exchange *ex, Wire *wire)
{
    Exchange *others = atomic_load_explicit(&server->answered, memory_order_relaxed);

    do {
        if (others == NULL && atomic_compare_exchange_weak(&server->answered, &others, BELL)) {
            MHD_resume_connection(wire); /* from here the exchange is the I/O thread's */
            return;
        }
        ex->next = others;
    } while (others == NULL || !atomic_compare_exchange_weak(&server->answered, &others, ex));
}

/* The bell has rung: all that were answered meanwhile. I/O thread. */
static void take_along(Server *server)
{
    Exchange *ex = atomic_exchange(&server->answered, NULL);

    while (ex != NULL && ex != BELL) {
        Exchange *next = ex->next;
        MHD_resume_connection(ex->wire);
        ex = next;
    }
}

void exchange_abandon(Exchange *ex)
{
    int handler = OWNER_HANDLER;

    if (atomic_compare_exchange_strong(&ex->owner, &handler, OWNER_NOBODY))
        MHD_resume_connection(ex->wire);
}

void exchange_drop(Exchange *ex)
{
    if (ex->response != NULL)
        MHD_destroy_response(ex->response);
    ex->response = NULL;
    arena_close(ex->arena);
    ex->arena = NULL;
    mem_free(ex->body);
    ex->body = NULL;
}

void *exchange_begin(void *self, const char *uri, Wire *wire)
{
    Server *server = self;
    Exchange *ex = take(server);
    size_t len = uri != NULL ? strlen(uri) : 0;

    ex->wire = wire;
    ex->conn = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    ex->target_at = uri;
    if (len > MAX_TARGET_BYTES)
        len = MAX_TARGET_BYTES + 1;                               /* enough to be refused */
    ex->target = str_copy(ex->arena, (Str){uri, (ptrdiff_t)len}); /* the library takes the query apart in place */
    set_phase(ex->conn, PHASE_HEADERS);
    return ex;
}

enum MHD_Result exchange_step(void *self, Wire *wire, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **exchange)
{
    Exchange *ex = *exchange;

    (void)self, (void)wire, (void)url;
    if (!ex->started) {
        ex->started = true;
        return start(ex, method, version);
    }
    if (*upload_size > 0) {
        size_t size = *upload_size;
        *upload_size = 0;
        return take_body(ex, upload, size);
    }
    return finish(ex);
}

void exchange_end(void *self, Wire *wire, void **exchange, enum MHD_RequestTerminationCode how)
{
    Exchange *ex = *exchange;

    (void)self, (void)wire, (void)how;
    if (ex == NULL)
        return;
    *exchange = NULL;
    set_phase(ex->conn, PHASE_IDLE);
    if (ex->response != NULL) /* answered, but the client left before it was queued: it may have been the bell */
        take_along(ex->server);
    if (ex->stream != NULL)
        stream_gone(ex->stream);
    if (ex->counted)
        atomic_fetch_sub(&ex->server->running, 1);
    if (atomic_load(&ex->owner) != OWNER_NOBODY)
        release(ex);
}

static Exchange *take(Server *server)
{
    Exchange *ex = server->free_exchanges;

    if (ex == NULL) {
        ex = mem_alloc(sizeof *ex);
        ex->server = server;
        (void)pthread_mutex_lock(&server->queue_lock);
        ex->next_all = server->all_exchanges;
        server->all_exchanges = ex;
        (void)pthread_mutex_unlock(&server->queue_lock);
    } else {
        server->free_exchanges = ex->next;
        server->free_count--;
    }
    if (ex->arena == NULL)
        ex->arena = arena_open(ARENA_BYTES);
    return ex;
}

static void release(Exchange *ex)
{
    Server *server = ex->server;
    bool kept = server->free_count < KEPT_EXCHANGES;
    Arena *arena = ex->arena;
    char *body = ex->body;
    size_t body_cap = ex->body_cap;

    if (ex->response != NULL)
        MHD_destroy_response(ex->response);
    if (body_cap > KEPT_BODY)
        server->large_bodies -= body_cap;
    if (!kept || body_cap > KEPT_BODY) {
        mem_free(body);
        body = NULL;
        body_cap = 0;
    }
    if (kept) {
        arena_reset(arena);
    } else {
        arena_close(arena);
        arena = NULL;
    }
    atomic_store_explicit(&ex->owner, OWNER_IO, memory_order_relaxed);
    ex->wire = NULL;
    ex->conn = NULL;
    ex->arena = arena;
    ex->request = (Request){0};
    ex->body = body;
    ex->body_cap = body_cap;
    ex->started = ex->counted = false;
    ex->refusal = NULL;
    ex->response = NULL;
    ex->times = NULL;
    ex->stream = NULL;
    ex->next = server->free_exchanges;
    server->free_exchanges = ex;
    server->free_count++;
}

/* The headers are there. */
static enum MHD_Result start(Exchange *ex, const char *method, const char *version)
{
    Server *server = ex->server;
    Request *request = &ex->request;
    size_t raw_len = MHD_get_connection_info(ex->wire, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
    RequestHead head = {.raw = {method, (ptrdiff_t)raw_len},
                        .method = str_of(method),
                        .version = str_of(version),
                        .target = ex->target,
                        .target_at = ex->target_at};
    const Refusal *refusal;
    Str length;
    int64_t bytes;

    collect_headers(ex);
    head.headers = request->headers;
    head.header_count = request->header_count;
    refusal = request_check(&head);
    if (refusal != NULL)
        return refuse(ex, refusal);

    trim_values(ex);
    request->head = str_is(head.method, "HEAD");
    request->method = request->head ? STR("GET") : head.method;
    target_split(ex->target, &request->path, &request->query);
    request->peer = str_of(ex->conn->peer);
    request->peer_is_loopback = ex->conn->is_loopback;
    request->tls = server->tls;
    if (!has_body(request))
        return MHD_YES;

    ex->body_limit = server->config.body_limit != NULL
                         ? server->config.body_limit(server->config.self, request->method, request->path)
                         : DEFAULT_BODY_LIMIT;
    length = request_header(request, "Content-Length");
    if (length.len > 0 && (!str_to_int(length, &bytes) || bytes > ex->body_limit))
        return refuse(ex, &refused_body_too_large);
    atomic_store_explicit(&ex->conn->body_bytes, 0, memory_order_relaxed);
    set_phase(ex->conn, PHASE_BODY);
    return MHD_YES;
}

static void collect_headers(Exchange *ex)
{
    int count = MHD_get_connection_values_n(ex->wire, MHD_HEADER_KIND, NULL, NULL);
    Collected collected = {.max = count < MAX_HEADERS ? count : MAX_HEADERS};

    if (count <= 0)
        return;
    collected.headers = new (ex->arena, Header, collected.max);
    (void)MHD_get_connection_values_n(ex->wire, MHD_HEADER_KIND, add_header, &collected);
    ex->request.headers = collected.headers;
    ex->request.header_count = count; /* may be over MAX_HEADERS: then request_check refuses before looking at any */
}

static enum MHD_Result add_header(void *self, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                  const char *value, size_t value_len)
{
    Collected *collected = self;

    (void)kind;
    if (collected->count == collected->max)
        return MHD_NO;
    collected->headers[collected->count++] =
        (Header){.name = {name, (ptrdiff_t)name_len}, .value = {value, (ptrdiff_t)value_len}};
    return MHD_YES;
}

static void trim_values(Exchange *ex)
{
    Header *headers = (Header *)(uintptr_t)ex->request.headers; /* ours, made in collect_headers */

    for (int i = 0; i < ex->request.header_count; i++)
        headers[i].value = value_trim(headers[i].value);
}

static bool has_body(const Request *request)
{
    Str length = request_header(request, "Content-Length");

    return (length.len > 0 && !str_is(length, "0")) || request_header(request, "Transfer-Encoding").len > 0;
}

static bool grow_body(Exchange *ex, size_t cap)
{
    Server *server = ex->server;
    size_t others = server->large_bodies - (ex->body_cap > KEPT_BODY ? ex->body_cap : 0);

    if (cap > KEPT_BODY && others + cap > LARGE_BODIES)
        return false;
    ex->body = mem_grow(ex->body, cap);
    ex->body_cap = cap;
    server->large_bodies = others + (cap > KEPT_BODY ? cap : 0);
    return true;
}

static enum MHD_Result take_body(Exchange *ex, const char *piece, size_t size)
{
    Request *request = &ex->request;
    size_t have = (size_t)request->body.len, need = have + size;

    if (ex->refusal != NULL)
        return MHD_YES; /* on the way out: read and forgotten, until the body's deadline */
    if ((int64_t)need > ex->body_limit)
        return refuse_midway(ex, &refused_body_too_large);
    if (need > ex->body_cap) {
        size_t cap = ex->body_cap == 0 ? FIRST_BODY : ex->body_cap;
        while (cap < need)
            cap *= 2;
        if (!grow_body(ex, cap))
            return refuse_midway(ex, &refused_bodies);
    }
    memcpy(ex->body + have, piece, size);
    request->body = (Str){ex->body, (ptrdiff_t)need};
    atomic_store_explicit(&ex->conn->body_bytes, (long long)need, memory_order_relaxed);
    return MHD_YES;
}

/* All has come, or it has been answered. */
static enum MHD_Result finish(Exchange *ex)
{
    switch ((Owner)atomic_load(&ex->owner)) {
    case OWNER_IO:
        if (ex->refusal != NULL)
            return refuse(ex, ex->refusal);
        if (!server_admit(ex->server))
            return refuse(ex, &refused_closing);
        ex->counted = true;
        ex->whole_us = clock_monotonic_us();
        atomic_fetch_add_explicit(&ex->server->requests, 1, memory_order_relaxed);
        set_phase(ex->conn, PHASE_WORK);
        atomic_store(&ex->owner, OWNER_HANDLER);
        MHD_suspend_connection(ex->wire); /* before anybody can resume it */
        server_enqueue(ex->server, ex);
        return MHD_YES;
    case OWNER_HANDLER:
        return MHD_YES; /* still suspended: the library looks at it in passing */
    case OWNER_ANSWERED:
        take_along(ex->server);
        return queue(ex);
    case OWNER_NOBODY:
        break;
    }
    return MHD_NO;
}

static enum MHD_Result queue(Exchange *ex)
{
    struct MHD_Response *response = ex->response;
    enum MHD_Result queued;

    ex->response = NULL;
    set_phase(ex->conn, ex->stream != NULL ? PHASE_STREAM : PHASE_SENDING);
    if (ex->stream != NULL && ex->counted) { /* closing does not wait for streams */
        ex->counted = false;
        atomic_fetch_sub(&ex->server->running, 1);
    }
    if (atomic_load_explicit(&ex->server->closing, memory_order_relaxed))
        (void)MHD_add_response_header(response, "Connection", "close"); /* the client may find out without it too */
    queued = MHD_queue_response(ex->wire, ex->status, response);
    MHD_destroy_response(response);
    return queued;
}

/* Answers by ourselves and closes the connection, for what still comes is not a request. */
static enum MHD_Result refuse(Exchange *ex, const Refusal *refusal)
{
    Lang lang = refusal_lang(ex->request.header_count <= MAX_HEADERS ? request_header(&ex->request, "Accept-Language")
                                                                     : STR_NONE);
    Str body = refusal_body(ex->arena, refusal, lang);
    Answer head = {
        .status = refusal->status,
        .headers = {{STR("Content-Type"), STR("application/problem+json")}, {STR("Connection"), STR("close")}},
        .header_count = 2};

    atomic_fetch_add_explicit(&ex->server->refused, 1, memory_order_relaxed);
    watch_linger(ex->server, ex->conn->fd);
    ex->response =
        MHD_create_response_from_buffer((size_t)body.len, (void *)(uintptr_t)body.ptr, MHD_RESPMEM_PERSISTENT);
    if (ex->response == NULL)
        return MHD_NO;
    put_headers(ex, ex->response, &head);
    ex->status = (unsigned)refusal->status;
    return queue(ex);
}

/* In the middle of a body (a chunked one; of others the length is known before) the library takes no answer. Without
 * TLS we write it ourselves and have the connection closed; with TLS the rest is read and forgotten first. */
static enum MHD_Result refuse_midway(Exchange *ex, const Refusal *refusal)
{
    Str body, answer;

    if (ex->server->tls) {
        ex->refusal = refusal;
        return MHD_YES;
    }
    body = refusal_body(ex->arena, refusal, refusal_lang(request_header(&ex->request, "Accept-Language")));
    answer = str_format(ex->arena,
                        "HTTP/1.1 %d Refused\r\nContent-Type: application/problem+json\r\nConnection: close\r\n"
                        "Content-Length: %td\r\n\r\n%.*s",
                        refusal->status, body.len, STR_ARG(body));
    atomic_fetch_add_explicit(&ex->server->refused, 1, memory_order_relaxed);
    watch_linger(ex->server, ex->conn->fd);
    (void)send(ex->conn->fd, answer.ptr, (size_t)answer.len,
               MSG_NOSIGNAL | MSG_DONTWAIT); /* best effort: it closes anyway */
    return MHD_NO;
}

static void put_headers(Exchange *ex, struct MHD_Response *response, const Answer *head)
{
    for (int i = 0; i < head->header_count && i < ANSWER_MAX_HEADERS; i++) {
        char *name = str_to_c(ex->arena, head->headers[i].name), *value = str_to_c(ex->arena, head->headers[i].value);

        if (MHD_add_response_header(response, name, value) != MHD_YES)
            log_error("the library refuses the answer's header \"%s\"", name);
    }
}
