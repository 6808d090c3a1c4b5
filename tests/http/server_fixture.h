/* server_fixture.h: a server that answers in every way, and raw-socket clients, for the tests of the HTTP server. */
#ifndef ANJU_TESTS_HTTP_SERVER_FIXTURE_H
#define ANJU_TESTS_HTTP_SERVER_FIXTURE_H

#include "base/time.h"
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define HEADER_MS 400
#define BODY_MS 400
#define IDLE_MS 1200
#define BODY_LIMIT 100000
#define BIG (3 * 1024 * 1024)
#define MAX_REPLY (8 * 1024 * 1024)

/* A server with a handler for every way to answer, and a thread that answers later. */
typedef struct {
    Arena *arena;
    Server *server;
    int port;
    pthread_t later;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    Exchange *waiting[4096];
    int waiting_count;
    bool stop;
    atomic_int handled, improper, streams_closed, slow_running;
    _Atomic(Stream *) stream;
    bool slow_stream;
    char *big;
} Fixture;

static const ServerConfig quick = {.host = "127.0.0.1",
                                   .workers = 3,
                                   .header_timeout_ms = HEADER_MS,
                                   .body_timeout_ms = BODY_MS,
                                   .idle_timeout_ms = IDLE_MS,
                                   .max_connections = 4000};

static inline void pause_ms(int ms)
{
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L};
    (void)nanosleep(&span, NULL);
}

static inline int64_t ms_now(void)
{
    return clock_monotonic_us() / 1000;
}

/* --- the application side --- */

static inline void say(Exchange *ex, int status, Str body)
{
    Answer answer = {
        .status = status, .headers = {{STR("Content-Type"), STR("text/plain")}}, .header_count = 1, .body = body};
    exchange_answer(ex, &answer);
}

static inline void stream_closed(void *self)
{
    Fixture *f = self;

    (void)pthread_mutex_lock(&f->lock); /* as a hub would: `closed` may come before exchange_stream returns */
    atomic_store(&f->stream, NULL);
    (void)pthread_mutex_unlock(&f->lock);
    atomic_fetch_add(&f->streams_closed, 1);
}

/* What must hold of every request that reaches the application. */
static inline bool is_proper(const Request *request)
{
    bool plain = request->path.len > 0 && request->path.len + request->query.len <= 8192;

    for (ptrdiff_t i = 0; i < request->path.len; i++)
        plain = plain && (unsigned char)request->path.ptr[i] > ' ' && request->path.ptr[i] != '?';
    for (int i = 0; i < request->header_count; i++) {
        Str name = request->headers[i].name, value = request->headers[i].value;
        for (ptrdiff_t j = 0; j < name.len; j++)
            plain = plain && name.ptr[j] > ' ' && name.ptr[j] != ':';
        for (ptrdiff_t j = 0; j < value.len; j++)
            plain = plain && ((unsigned char)value.ptr[j] >= ' ' || value.ptr[j] == '\t');
    }
    return plain && (request_header(request, "Content-Length").len == 0 ||
                     request_header(request, "Transfer-Encoding").len == 0);
}

static inline void handle(void *self, Exchange *ex)
{
    Fixture *f = self;
    const Request *request = exchange_request(ex);
    Arena *arena = exchange_arena(ex);

    atomic_fetch_add(&f->handled, 1);
    if (!is_proper(request))
        atomic_fetch_add(&f->improper, 1);
    if (str_is(request->path, "/later")) {
        (void)pthread_mutex_lock(&f->lock);
        f->waiting[f->waiting_count++] = ex;
        (void)pthread_cond_signal(&f->filled);
        (void)pthread_mutex_unlock(&f->lock);
    } else if (str_is(request->path, "/echo")) {
        say(ex, 200, request->body);
    } else if (str_is(request->path, "/what")) {
        say(ex, 200,
            str_format(arena, "%.*s|%.*s|%.*s|%.*s|%d|%d|%.*s", STR_ARG(request->method), STR_ARG(request->path),
                       STR_ARG(request->query), STR_ARG(request->peer), request->peer_is_loopback, request->tls,
                       STR_ARG(request_header(request, "x-test"))));
    } else if (str_is(request->path, "/big")) {
        say(ex, 200, (Str){f->big, BIG});
    } else if (str_is(request->path, "/slow")) {
        atomic_fetch_add(&f->slow_running, 1);
        pause_ms(400);
        say(ex, 200, STR("slow but done"));
    } else if (str_is(request->path, "/file")) {
        char name[] = "/tmp/anju-server-test-XXXXXX";
        int fd = mkstemp(name);
        Answer head = {.status = 200};
        assert_true(fd >= 0);
        (void)unlink(name);
        assert_int_equal(write(fd, f->big, 1000000), 1000000);
        exchange_answer_file(ex, &head, fd);
    } else if (str_is(request->path, "/stream")) {
        Answer head = {.status = 200, .headers = {{STR("Content-Type"), STR("text/event-stream")}}, .header_count = 1};
        (void)pthread_mutex_lock(&f->lock);
        atomic_store(&f->stream, exchange_stream(ex, &head, stream_closed, f));
        (void)pthread_mutex_unlock(&f->lock);
    } else if (str_is(request->path, "/none")) {
        say(ex, 204, STR_NONE);
    } else {
        say(ex, 200, STR("hello"));
    }
}

static inline int64_t body_limit(void *self, Str method, Str path)
{
    (void)self, (void)method;
    return str_is(path, "/small") ? 10 : BODY_LIMIT;
}

static inline void *answer_later(void *self)
{
    Fixture *f = self;

    (void)pthread_mutex_lock(&f->lock);
    for (;;) {
        Exchange *batch[64];
        int count = 0;

        while (f->waiting_count == 0 && !f->stop)
            (void)pthread_cond_wait(&f->filled, &f->lock);
        if (f->waiting_count == 0)
            break;
        while (f->waiting_count > 0 && count < 64)
            batch[count++] = f->waiting[--f->waiting_count];
        (void)pthread_mutex_unlock(&f->lock);
        pause_ms(2);
        for (int i = 0; i < count; i++)
            say(batch[i], 200, str_copy(exchange_arena(batch[i]), STR("later")));
        (void)pthread_mutex_lock(&f->lock);
    }
    (void)pthread_mutex_unlock(&f->lock);
    return NULL;
}

static inline int set_up(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);
    ServerConfig config = quick;
    const Error *error;

    f->arena = arena_open((size_t)1024 * 1024);
    f->big = mem_alloc(BIG);
    for (int i = 0; i < BIG; i++)
        f->big[i] = (char)('a' + i % 26);
    (void)pthread_mutex_init(&f->lock, NULL);
    (void)pthread_cond_init(&f->filled, NULL);
    config.body_limit = body_limit;
    config.handle = handle;
    config.self = f;
    error = server_open(f->arena, &config, &f->server);
    assert_null(error);
    f->port = server_port(f->server);
    assert_int_equal(pthread_create(&f->later, NULL, answer_later, f), 0);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    Fixture *f = *state;

    if (f->server != NULL)
        server_close(f->server);
    (void)pthread_mutex_lock(&f->lock);
    f->stop = true;
    (void)pthread_cond_signal(&f->filled);
    (void)pthread_mutex_unlock(&f->lock);
    (void)pthread_join(f->later, NULL);
    arena_close(f->arena);
    mem_free(f->big);
    mem_free(f);
    return 0;
}

/* --- the client side --- */

static inline int dial(int port)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        if (fd >= 0)
            (void)close(fd);
        return -1;
    }
    return fd;
}

static inline void send_text(int fd, const char *text, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t part = send(fd, text + sent, len - sent, MSG_NOSIGNAL);
        if (part <= 0)
            return; /* the server may have hung up: the test looks at what it said */
        sent += (size_t)part;
    }
}

#define SEND(fd, literal) send_text((fd), "" literal, sizeof(literal) - 1)

/* What comes until the server closes, `wanted` bytes are there, or nothing comes for `quiet_ms`. */
static inline size_t receive(int fd, char *out, size_t max, size_t wanted, int quiet_ms)
{
    size_t got = 0;

    while (got < wanted && got < max - 1) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        ssize_t part;
        if (poll(&waiting, 1, quiet_ms) <= 0)
            break;
        part = recv(fd, out + got, max - 1 - got, 0);
        if (part <= 0)
            break;
        got += (size_t)part;
    }
    out[got] = '\0';
    return got;
}

static inline bool is_closed_within(int fd, int ms)
{
    char ignored[4096];
    int64_t until = ms_now() + ms;

    for (;;) {
        struct pollfd waiting = {.fd = fd, .events = POLLIN};
        int64_t left = until - ms_now();
        if (left <= 0 || poll(&waiting, 1, (int)left) <= 0)
            return false;
        if (recv(fd, ignored, sizeof ignored, 0) <= 0)
            return true;
    }
}

/* One request on a connection of its own; the whole reply. */
static inline const char *ask(Fixture *f, const char *text, size_t len)
{
    static char reply[MAX_REPLY];
    int fd = dial(f->port);

    assert_true(fd >= 0);
    send_text(fd, text, len);
    (void)receive(fd, reply, sizeof reply, SIZE_MAX, 300);
    (void)close(fd);
    return reply;
}

#define ASK(f, literal) ask((f), "" literal, sizeof(literal) - 1)

static inline int status_of(const char *reply)
{
    return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? (int)strtol(reply + 9, NULL, 10) : 0;
}

static inline const char *body_of(const char *reply)
{
    const char *at = strstr(reply, "\r\n\r\n");
    return at != NULL ? at + 4 : "";
}

static inline bool wait_for(atomic_int *counter, int wanted, int ms)
{
    for (int64_t until = ms_now() + ms; ms_now() < until; pause_ms(5))
        if (atomic_load(counter) >= wanted)
            return true;
    return false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
