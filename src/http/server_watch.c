/* server_watch.c: the watcher thread. The library knows one time limit, and any byte puts it off, so a client that
 * sends a byte a second stays for ever. Here each phase has its own limit, measured by what the kernel says of the
 * socket (TCP_INFO), and a connection over it is shut down; the library then finds it closed.
 *
 *     idle      idle_timeout; as soon as a part of a request line came: header_timeout
 *     headers   header_timeout since that first part
 *     body      body_timeout, and a second more for each 8 kB that came
 *     sending   idle_timeout without any byte being acknowledged
 *     stream    the same; and a client that has closed its side is gone
 *
 * The clock is the machine's monotonic one: these limits guard sockets and decide nothing that is kept. */
#include "base/log.h"
#include "http/server_private.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <linux/tcp.h> /* for the byte counters, which glibc's struct lacks */
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLICE 256            /* connections looked at before the lock is given up for a moment */
#define TRIM_CONNECTIONS 500 /* so many fewer than before: their memory (24 kB each) goes back to the system */
#define LINGER_MS 30000
#define LINGER_QUIET_MS 2000
#define BODY_BYTES_PER_MS 8
#define STATE_CLOSED                                                                                                   \
    7 /* TCP_CLOSE and TCP_CLOSE_WAIT of netinet/tcp.h, which does not go together with linux/tcp.h                    \
       */
#define STATE_CLOSE_WAIT 8

static void *watch(void *self);
static int64_t tick_ms(const ServerConfig *config);
static void sweep(Server *server, int64_t now);
static void look(Server *server, Conn *conn, int64_t now);
static void see(Conn *conn, unsigned step, int64_t now);
static struct tcp_info ask(const Conn *conn);
static void cut(Server *server, Conn *conn, int64_t now);
static void drain_lingers(Server *server, const struct pollfd *ready, int count, int64_t now);
static bool is_over(Linger *linger, bool readable, int64_t now);
static void open_conn(Server *server, Wire *wire, Conn *conn);
static void wake_watcher(Server *server);

bool watch_start(Server *server)
{
    server->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->wake_fd < 0)
        return false;
    server->watcher_runs = pthread_create(&server->watcher, NULL, watch, server) == 0;
    return server->watcher_runs;
}

void watch_stop(Server *server)
{
    if (server->watcher_runs) {
        atomic_store(&server->stop_watcher, true);
        wake_watcher(server);
        (void)pthread_join(server->watcher, NULL);
    }
    for (int i = 0; i < server->linger_count; i++)
        (void)close(server->lingers[i].fd);
    server->linger_count = 0;
    if (server->wake_fd >= 0)
        (void)close(server->wake_fd);
}

void watch_connection(void *self, Wire *wire, void **conn, enum MHD_ConnectionNotificationCode what)
{
    Server *server = self;
    Conn *slot = *conn;

    (void)pthread_mutex_lock(&server->conn_lock);
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        assert(server->free_conn_count > 0); /* the library accepts no more than it was told */
        slot = &server->conns[server->free_conns[--server->free_conn_count]];
        open_conn(server, wire, slot);
        *conn = slot;
        atomic_fetch_add_explicit(&server->connections, 1, memory_order_relaxed);
    } else if (slot != NULL) {
        slot->open = false; /* the library closes the socket after this */
        server->free_conns[server->free_conn_count++] = (int)(slot - server->conns);
        atomic_fetch_sub_explicit(&server->connections, 1, memory_order_relaxed);
    }
    (void)pthread_mutex_unlock(&server->conn_lock);
}

void watch_linger(Server *server, int fd)
{
    int64_t now = now_ms();
    bool taken = false;
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

    if (copy < 0)
        return; /* out of descriptors: the client may see a reset instead of the answer */
    (void)pthread_mutex_lock(&server->conn_lock);
    if (server->linger_count < MAX_LINGERS) {
        server->lingers[server->linger_count++] = (Linger){.fd = copy, .until_ms = now + LINGER_MS, .moved_ms = now};
        taken = true;
    }
    (void)pthread_mutex_unlock(&server->conn_lock);
    if (taken)
        wake_watcher(server);
    else
        (void)close(copy);
}

static void *watch(void *self)
{
    Server *server = self;
    int64_t tick = tick_ms(&server->config), next = now_ms() + tick;
    uint64_t ignored;

    (void)pthread_setname_np(pthread_self(), "anju-watch");
    while (!atomic_load(&server->stop_watcher)) {
        struct pollfd waiting[MAX_LINGERS + 1] = {{.fd = server->wake_fd, .events = POLLIN}};
        int lingers;
        int64_t now = now_ms();

        (void)pthread_mutex_lock(&server->conn_lock);
        lingers = server->linger_count;
        for (int i = 0; i < lingers; i++)
            waiting[i + 1] = (struct pollfd){.fd = server->lingers[i].fd, .events = POLLIN};
        (void)pthread_mutex_unlock(&server->conn_lock);

        (void)poll(waiting, (nfds_t)lingers + 1,
                   next > now ? (int)(next - now) : 0);         /* an interrupted wait is a short one */
        (void)!read(server->wake_fd, &ignored, sizeof ignored); /* nothing there: it was the time */
        now = now_ms();
        drain_lingers(server, waiting + 1, lingers, now);
        if (now >= next) {
            sweep(server, now);
            next = now + tick;
        }
    }
    return NULL;
}

/* A quarter of the shortest limit, so that none is overdrawn by more. */
static int64_t tick_ms(const ServerConfig *config)
{
    int64_t shortest = config->header_timeout_ms;

    if (config->body_timeout_ms < shortest)
        shortest = config->body_timeout_ms;
    if (config->idle_timeout_ms < shortest)
        shortest = config->idle_timeout_ms;
    return shortest / 4 < 20 ? 20 : shortest / 4 > 1000 ? 1000 : shortest / 4;
}

static void sweep(Server *server, int64_t now)
{
    int used = atomic_load(&server->conns_used), open = atomic_load(&server->connections);

    for (int from = 0; from < used; from += SLICE) {
        (void)pthread_mutex_lock(&server->conn_lock);
        for (int i = from; i < used && i < from + SLICE; i++)
            if (server->conns[i].open)
                look(server, &server->conns[i], now);
        (void)pthread_mutex_unlock(&server->conn_lock);
    }
    if (open > server->peak)
        server->peak = open;
    if (server->peak - open >= TRIM_CONNECTIONS) {
        (void)malloc_trim(0); /* tells whether it found any */
        server->peak = open;
    }
}

static void look(Server *server, Conn *conn, int64_t now)
{
    const ServerConfig *limits = &server->config;
    unsigned step = atomic_load_explicit(&conn->step, memory_order_relaxed);
    struct tcp_info info;

    if (step != conn->seen_step) {
        see(conn, step, now);
        return;
    }
    switch ((Phase)(step & 7)) {
    case PHASE_IDLE:
        info = ask(conn);
        if (info.tcpi_bytes_received != conn->bytes) {
            conn->bytes = info.tcpi_bytes_received;
            if (conn->partial_ms == 0)
                conn->partial_ms = now;
        }
        if (conn->partial_ms != 0 ? now - conn->partial_ms > limits->header_timeout_ms
                                  : now - conn->seen_ms > limits->idle_timeout_ms)
            cut(server, conn, now);
        break;
    case PHASE_HEADERS:
        if (now - conn->seen_ms > limits->header_timeout_ms)
            cut(server, conn, now);
        break;
    case PHASE_BODY:
        if (now - conn->seen_ms > limits->body_timeout_ms + atomic_load(&conn->body_bytes) / BODY_BYTES_PER_MS)
            cut(server, conn, now);
        break;
    case PHASE_WORK:
        break;
    case PHASE_SENDING:
    case PHASE_STREAM:
        info = ask(conn);
        if ((step & 7) == PHASE_STREAM && (info.tcpi_state == STATE_CLOSED || info.tcpi_state == STATE_CLOSE_WAIT))
            stream_hang_up(server, conn);
        if (info.tcpi_bytes_acked != conn->bytes || (info.tcpi_unacked == 0 && info.tcpi_notsent_bytes == 0)) {
            conn->bytes = info.tcpi_bytes_acked;
            conn->seen_ms = now;
        } else if (now - conn->seen_ms > limits->idle_timeout_ms) {
            cut(server, conn, now);
            stream_hang_up(server, conn);
        }
        break;
    }
}

/* First sight of a phase. A request line that was long in coming leaves its headers only the rest of the time. */
static void see(Conn *conn, unsigned step, int64_t now)
{
    bool follows = step >> 3 == (conn->seen_step >> 3) + 1 && (conn->seen_step & 7) == PHASE_IDLE;

    conn->seen_ms = (step & 7) == PHASE_HEADERS && follows && conn->partial_ms != 0 ? conn->partial_ms : now;
    conn->seen_step = step;
    conn->partial_ms = 0;
    if ((step & 7) == PHASE_IDLE)
        conn->bytes = ask(conn).tcpi_bytes_received;
    else if ((step & 7) == PHASE_SENDING || (step & 7) == PHASE_STREAM)
        conn->bytes = ask(conn).tcpi_bytes_acked;
}

static struct tcp_info ask(const Conn *conn)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    (void)getsockopt(conn->fd, IPPROTO_TCP, TCP_INFO, &info, &len); /* stays zero: the plain limits still hold */
    return info;
}

static void cut(Server *server, Conn *conn, int64_t now)
{
    atomic_fetch_add_explicit(&server->cut, 1, memory_order_relaxed);
    (void)shutdown(conn->fd, SHUT_RDWR);
    conn->seen_ms = now;
}

/* Only this thread reads the first `count` and takes any off the list; others append behind them. */
static void drain_lingers(Server *server, const struct pollfd *ready, int count, int64_t now)
{
    for (int i = count - 1; i >= 0; i--) {
        if (!is_over(&server->lingers[i], ready[i].revents != 0, now))
            continue;
        (void)close(server->lingers[i].fd);
        (void)pthread_mutex_lock(&server->conn_lock);
        server->lingers[i] = server->lingers[--server->linger_count];
        (void)pthread_mutex_unlock(&server->conn_lock);
    }
}

static bool is_over(Linger *linger, bool readable, int64_t now)
{
    char forgotten[16 * 1024];

    for (int i = 0; readable && i < 16; i++) {
        ssize_t got = recv(linger->fd, forgotten, sizeof forgotten, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return true;
        if (got < 0)
            break;
        linger->moved_ms = now;
    }
    return now > linger->until_ms || now - linger->moved_ms > LINGER_QUIET_MS;
}

static void open_conn(Server *server, Wire *wire, Conn *conn)
{
    const struct sockaddr *peer = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    int slot = (int)(conn - server->conns);

    conn->open = true;
    conn->fd = MHD_get_connection_info(wire, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    conn->is_loopback = false;
    conn->peer[0] = '\0';
    atomic_store(&conn->step, PHASE_IDLE);
    conn->stream = NULL;
    conn->seen_step = PHASE_IDLE;
    conn->seen_ms = now_ms();
    conn->partial_ms = 0;
    conn->bytes = 0;
    if (slot >= atomic_load(&server->conns_used))
        atomic_store(&server->conns_used, slot + 1);

    if (peer != NULL && peer->sa_family == AF_INET) {
        const struct in_addr *four = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
        conn->is_loopback = ntohl(four->s_addr) >> 24 == 127;
        (void)inet_ntop(AF_INET, four, conn->peer, sizeof conn->peer);
    } else if (peer != NULL && peer->sa_family == AF_INET6) {
        const struct in6_addr *six = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(six)) {
            conn->is_loopback = six->s6_addr[12] == 127;
            (void)inet_ntop(AF_INET, &six->s6_addr[12], conn->peer, sizeof conn->peer);
        } else {
            conn->is_loopback = IN6_IS_ADDR_LOOPBACK(six);
            (void)inet_ntop(AF_INET6, six, conn->peer, sizeof conn->peer);
        }
    }
}

static void wake_watcher(Server *server)
{
    uint64_t one = 1;

    (void)!write(server->wake_fd, &one, sizeof one); /* full: it is awake already */
}
