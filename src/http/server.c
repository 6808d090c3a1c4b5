/* server.c: opening, closing, and the queue between the I/O thread and the workers. */
#include "base/log.h"
#include "http/server_private.h"
#include "http/tls.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_WORKERS 256
#define SPARE_FILES 512 /* descriptors for all that is not a connection */
/* The library's memory for a connection. A request head that does not fit is refused by the library. It is written over
 * with zeros after each request, so that a larger one costs time: 60 kB took a fifth of it. */
#define POOL_BYTES (12 * 1024)
#define CLOSE_WAIT_MS 10000
#define CLOSE_STEP_MS 5

static const ServerConfig defaults = {
    .workers = 4,
    .header_timeout_ms = 10000,
    .body_timeout_ms = 30000,
    .idle_timeout_ms = 75000,
    .max_connections = 20000,
};

static const Error *begin(Arena *arena, Server *server);
static void fill_in(ServerConfig *config);
static void make_room_for_files(ServerConfig *config);
static const Error *listen_on(Arena *arena, Server *server);
static const Error *cannot_listen(Arena *arena, const ServerConfig *config, int reason);
static const Error *start_daemon(Arena *arena, Server *server);
static const Error *start_workers(Arena *arena, Server *server);
static const Error *no_threads(Arena *arena);
static void note_message(void *self, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
static size_t leave_escaped(void *self, Wire *wire, char *text);
static void *work(void *self);
static bool must_wake(Server *server);
static bool wait_until_quiet(Server *server, int64_t limit_ms);
static void stop_accepting(Server *server);
static void abandon_all(Server *server);
static bool stop_workers(Server *server);
static void free_server(Server *server);

const Error *server_open(Arena *arena, const ServerConfig *config, Server **out)
{
    Server *server = mem_alloc(sizeof *server);
    pthread_mutexattr_t spins;
    sigset_t all, before;
    const Error *error;

    server->config = *config;
    server->listen_fd = server->wake_fd = -1;
    server->tls = config->tls_cert != NULL;
    (void)pthread_mutexattr_init(&spins);
    (void)pthread_mutexattr_settype(&spins, PTHREAD_MUTEX_ADAPTIVE_NP); /* held for a few instructions */
    (void)pthread_mutex_init(&server->queue_lock, &spins);
    (void)pthread_mutex_init(&server->conn_lock, NULL);
    (void)pthread_mutex_init(&server->stream_lock, NULL);
    (void)pthread_cond_init(&server->queue_filled, NULL);

    (void)sigfillset(&all); /* signals are the main thread's: ours inherit this mask */
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    *out = server; /* before the first request, whose handler may look for it there */
    error = begin(arena, server);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error == OK)
        return OK;
    *out = NULL;
    server_close(server);
    return error;
}

int server_port(const Server *server)
{
    return server->port;
}

ServerCounts server_counts(Server *server)
{
    return (ServerCounts){
        .requests = atomic_load(&server->requests),
        .refused = atomic_load(&server->refused),
        .cut = atomic_load(&server->cut),
        .connections = atomic_load(&server->connections),
        .running = atomic_load(&server->running),
        .streams = atomic_load(&server->stream_count),
    };
}

void server_close(Server *server)
{
    atomic_store(&server->closing, true);
    if (server->daemon != NULL) {
        stop_accepting(server);
        stream_end_all(server);
        if (!wait_until_quiet(server, CLOSE_WAIT_MS)) {
            log_warn("%d requests were not answered in time; they are given up", atomic_load(&server->running));
            abandon_all(server);
            (void)wait_until_quiet(server, CLOSE_WAIT_MS / 10); /* resumed ones; what is left was just being answered */
        }
        MHD_stop_daemon(server->daemon);
    }
    if (!stop_workers(server))
        server->left_behind = true;
    watch_stop(server);
    if (server->listen_fd >= 0)
        (void)close(server->listen_fd);
    if (!server->left_behind) /* else somebody may still come with an answer */
        free_server(server);
}

bool server_admit(Server *server)
{
    atomic_fetch_add(&server->running, 1); /* first this, then the look: server_close does it the other way round */
    if (!atomic_load(&server->closing))
        return true;
    atomic_fetch_sub(&server->running, 1);
    return false;
}

void server_enqueue(Server *server, Exchange *ex)
{
    bool wake;

    ex->next = NULL;
    (void)pthread_mutex_lock(&server->queue_lock);
    if (server->queue_last != NULL)
        server->queue_last->next = ex;
    else
        server->queue_first = ex;
    server->queue_last = ex;
    wake = must_wake(server);
    (void)pthread_mutex_unlock(&server->queue_lock);
    if (wake)
        (void)pthread_cond_signal(&server->queue_filled);
}

static const Error *begin(Arena *arena, Server *server)
{
    fill_in(&server->config);
    make_room_for_files(&server->config);
    server->conn_count = server->free_conn_count = server->config.max_connections;
    server->conns = mem_alloc((size_t)server->conn_count * sizeof *server->conns); /* touched as they are used */
    server->free_conns = mem_alloc((size_t)server->conn_count * sizeof *server->free_conns);
    for (int i = 0; i < server->conn_count; i++)
        server->free_conns[i] = server->conn_count - 1 - i;

    TRY(listen_on(arena, server));
    TRY(start_workers(arena, server));
    return start_daemon(arena, server);
}

static void fill_in(ServerConfig *config)
{
    if (config->workers <= 0)
        config->workers = defaults.workers;
    if (config->workers > MAX_WORKERS)
        config->workers = MAX_WORKERS;
    if (config->header_timeout_ms <= 0)
        config->header_timeout_ms = defaults.header_timeout_ms;
    if (config->body_timeout_ms <= 0)
        config->body_timeout_ms = defaults.body_timeout_ms;
    if (config->idle_timeout_ms <= 0)
        config->idle_timeout_ms = defaults.idle_timeout_ms;
    if (config->max_connections <= 0)
        config->max_connections = defaults.max_connections;
}

/* As many open files as connections may need; fewer connections when the system does not give them. */
static void make_room_for_files(ServerConfig *config)
{
    rlim_t wanted = (rlim_t)config->max_connections + SPARE_FILES;
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    if (limit.rlim_max < wanted) {
        struct rlimit more = {.rlim_cur = wanted, .rlim_max = wanted};
        if (setrlimit(RLIMIT_NOFILE, &more) == 0) /* a privileged process may */
            return;
    }
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    (void)setrlimit(RLIMIT_NOFILE, &limit); /* the next line looks at what was got */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        int fewer = limit.rlim_cur > SPARE_FILES * 2 ? (int)limit.rlim_cur - SPARE_FILES : (int)limit.rlim_cur / 2;
        if (fewer < config->max_connections / 2) /* a little less is nothing to be told of */
            log_warn("the system allows %llu open files: %d connections at most", (unsigned long long)limit.rlim_cur,
                     fewer);
        config->max_connections = fewer;
    }
}

static const Error *listen_on(Arena *arena, Server *server)
{
    const ServerConfig *config = &server->config;
    const char *host =
        config->host != NULL && config->host[0] != '\0' && strcmp(config->host, "*") != 0 ? config->host : NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    struct sockaddr_storage bound = {0};
    socklen_t bound_len = sizeof bound;
    char port[16];
    int on = 1, off = 0, fd, failed;

    if (config->port < 0 || config->port > 65535)
        return error_new(arena, ERR_USAGE, str_format(arena, "端口 %d 不对：应在 0 到 65535 之间", config->port),
                         str_format(arena, "Port %d is wrong: it is between 0 and 65535", config->port));
    (void)snprintf(port, sizeof port, "%d", config->port); /* fits */
    if (getaddrinfo(host != NULL ? host : "0.0.0.0", port, &hints, &found) != 0)
        return error_new(
            arena, ERR_USAGE,
            str_format(arena, "不认识地址“%s”：请写 127.0.0.1:8080、[::1]:8080 这样的地址和端口", host),
            str_format(arena, "\"%s\" is not an address: give one such as 127.0.0.1:8080 or [::1]:8080", host));

    fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on,
                         sizeof on); /* a restart does not wait for old connections */
        if (found->ai_family == AF_INET6)
            (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    }
    failed = fd < 0 || bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0 ||
                     getsockname(fd, (struct sockaddr *)&bound, &bound_len) != 0
                 ? errno
                 : 0;
    freeaddrinfo(found);
    server->listen_fd = fd;
    if (failed != 0)
        return cannot_listen(arena, config, failed);
    server->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                     : ((struct sockaddr_in *)&bound)->sin_port);
    return OK;
}

static const Error *cannot_listen(Arena *arena, const ServerConfig *config, int reason)
{
    const char *host = config->host != NULL && config->host[0] != '\0' ? config->host : "*";

    if (reason == EADDRINUSE)
        return error_new(
            arena, ERR_STATE_OF_WORLD,
            str_format(arena, "端口 %d 已被占用：请停掉占用它的程序，或用 --listen 另选端口", config->port),
            str_format(arena, "Port %d is taken: stop the program that uses it, or choose another with --listen",
                       config->port));
    if (reason == EACCES)
        return error_new(
            arena, ERR_STATE_OF_WORLD,
            str_format(arena, "没有权限使用端口 %d：请用 --listen 选 1024 以上的端口", config->port),
            str_format(arena, "Port %d needs a privilege: choose one above 1023 with --listen", config->port));
    if (reason == EADDRNOTAVAIL)
        return error_new(arena, ERR_USAGE, str_format(arena, "本机没有地址 %s：请用 --listen 给出本机的地址", host),
                         str_format(arena, "This machine has no address %s: give one of its own with --listen", host));
    return error_new(arena, ERR_STATE_OF_WORLD,
                     str_format(arena, "无法在 %s:%d 上监听：%s", host, config->port, strerror(reason)),
                     str_format(arena, "Cannot listen on %s:%d: %s", host, config->port, strerror(reason)));
}

static const Error *start_daemon(Arena *arena, Server *server)
{
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    if (server->tls) {
        TRY(tls_load(arena, server->config.tls_cert, server->config.tls_key));
        flags |= MHD_USE_TLS;
    }
    if (!watch_start(server))
        return no_threads(arena);
    /* clang-format off */
    /* MHD_OPTION_STRICT_FOR_CLIENT is left out: in 0.9.75 it only refuses a missing Host (without problem+json) and blanks in
     * the address (without any answer); request_check refuses both, and what that option lets pass. */
    server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, exchange_step, server,
                                      MHD_OPTION_EXTERNAL_LOGGER, note_message, server,
                                      MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
                                      MHD_OPTION_URI_LOG_CALLBACK, exchange_begin, server,
                                      MHD_OPTION_NOTIFY_COMPLETED, exchange_end, server,
                                      MHD_OPTION_NOTIFY_CONNECTION, watch_connection, server,
                                      MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
                                      MHD_OPTION_CONNECTION_LIMIT, (unsigned)server->config.max_connections,
                                      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)POOL_BYTES,
                                      MHD_OPTION_CONNECTION_TIMEOUT, 0u, /* the watcher's */
                                      server->tls ? MHD_OPTION_HTTPS_CERT_CALLBACK : MHD_OPTION_END, tls_retrieve, MHD_OPTION_END);
    /* clang-format on */
    atomic_store(&server->started, true);
    if (server->daemon != NULL)
        return OK;
    server->listen_fd = -1; /* the library has closed it */
    return error_new(
        arena, ERR_STATE_OF_WORLD,
        str_format(arena, "服务启动不了：%s", server->message), str_format(arena, "The server does not start: %s", server->message));
}

static const Error *start_workers(Arena *arena, Server *server)
{
    server->workers = mem_alloc((size_t)server->config.workers * sizeof *server->workers);
    while (server->worker_count < server->config.workers) {
        if (pthread_create(&server->workers[server->worker_count], NULL, work, server) != 0)
            return no_threads(arena);
        server->worker_count++;
    }
    return OK;
}

static const Error *no_threads(Arena *arena)
{
    return error_new(arena, ERR_STATE_OF_WORLD, STR("系统不允许再开线程：请放宽进程数限制（ulimit -u）"),
                     STR("The system allows no more threads: raise the limit of processes (ulimit -u)"));
}

/* What the library says while it starts; afterwards it speaks of clients' mistakes only, and is not listened to. */
static void note_message(void *self, const char *format, va_list args)
{
    Server *server = self;

    if (!atomic_load(&server->started))
        (void)vsnprintf(server->message, sizeof server->message, format, args); /* cut when long */
}

/* Paths come to the router as they were sent. */
static size_t leave_escaped(void *self, Wire *wire, char *text)
{
    (void)self, (void)wire;
    return strlen(text);
}

static void *work(void *self)
{
    Server *server = self;

    (void)pthread_setname_np(pthread_self(), "anju-worker");
    (void)pthread_mutex_lock(&server->queue_lock);
    for (;;) {
        Exchange *ex;
        bool wake;

        while (server->queue_first == NULL && !server->stop_workers) {
            server->idle_workers++;
            (void)pthread_cond_wait(&server->queue_filled, &server->queue_lock);
            server->idle_workers--;
            server->waking = false;
        }
        if (server->stop_workers)
            break;
        ex = server->queue_first;
        server->queue_first = ex->next;
        if (ex->next == NULL)
            server->queue_last = NULL;
        wake = server->queue_first != NULL && must_wake(server);
        (void)pthread_mutex_unlock(&server->queue_lock);
        if (wake)
            (void)pthread_cond_signal(&server->queue_filled);
        if (atomic_load(&ex->owner) == OWNER_HANDLER) /* not given up while it waited */
            server->config.handle(server->config.self, ex);
        else
            exchange_drop(ex);
        (void)pthread_mutex_lock(&server->queue_lock);
    }
    (void)pthread_mutex_unlock(&server->queue_lock);
    return NULL;
}

/* One worker is woken at a time, and wakes the next when there is more: a burst does not wake all of them, and a long
 * request holds up nobody. Under queue_lock. */
static bool must_wake(Server *server)
{
    if (server->idle_workers == 0 || server->waking)
        return false;
    server->waking = true;
    return true;
}

static void stop_accepting(Server *server)
{
    int fd = MHD_quiesce_daemon(server->daemon);

    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR); /* who connects now is refused at once */
}

static bool wait_until_quiet(Server *server, int64_t limit_ms)
{
    int64_t until = now_ms() + limit_ms;
    struct timespec step = {.tv_nsec = CLOSE_STEP_MS * 1000000};

    while (atomic_load(&server->running) > 0) {
        if (now_ms() > until)
            return false;
        (void)nanosleep(&step, NULL);
    }
    return true;
}

/* The library must not be stopped while a connection is suspended. */
static void abandon_all(Server *server)
{
    server->left_behind = true;
    (void)pthread_mutex_lock(&server->queue_lock);
    for (Exchange *ex = server->all_exchanges; ex != NULL; ex = ex->next_all)
        exchange_abandon(ex);
    (void)pthread_mutex_unlock(&server->queue_lock);
}

static bool stop_workers(Server *server)
{
    bool all = true;
    struct timespec limit;

    (void)clock_gettime(CLOCK_REALTIME, &limit); /* the clock of pthread_timedjoin_np; can't fail */
    limit.tv_sec++;
    (void)pthread_mutex_lock(&server->queue_lock);
    server->stop_workers = true;
    (void)pthread_cond_broadcast(&server->queue_filled);
    (void)pthread_mutex_unlock(&server->queue_lock);
    for (int i = 0; i < server->worker_count; i++) {
        if (pthread_timedjoin_np(server->workers[i], NULL, &limit) != 0) {
            (void)pthread_detach(server->workers[i]);
            all = false;
        }
    }
    return all;
}

static void free_server(Server *server)
{
    for (Exchange *ex = server->all_exchanges, *next; ex != NULL; ex = next) {
        next = ex->next_all;
        exchange_drop(ex);
        mem_free(ex);
    }
    if (server->tls)
        tls_end();
    mem_free(server->conns);
    mem_free(server->free_conns);
    mem_free(server->workers);
    (void)pthread_mutex_destroy(&server->queue_lock);
    (void)pthread_mutex_destroy(&server->conn_lock);
    (void)pthread_mutex_destroy(&server->stream_lock);
    (void)pthread_cond_destroy(&server->queue_filled);
    mem_free(server);
}
