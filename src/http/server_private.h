/* server_private.h: what the four files of the server share. They alone know libmicrohttpd (0.9.75).
 *
 *     server.c          open, close, listen; the queue and its workers
 *     server_exchange.c a request from its first line to its last byte; called by the library
 *     server_stream.c   bodies that stay open
 *     server_watch.c    the watcher: deadlines, gone clients, sockets that linger
 *
 * Threads: the I/O thread is the library's. It alone takes and releases exchanges and changes a connection's phase.
 * Locks, never nested unless written so: queue_lock; conn_lock; stream_lock, then a stream's own lock. */
#ifndef ANJU_HTTP_SERVER_PRIVATE_H
#define ANJU_HTTP_SERVER_PRIVATE_H

#include "base/time.h"
#include "http/request_check.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>

typedef struct MHD_Connection Wire;

/* Where a connection stands. The watcher's deadlines hang on it. */
typedef enum {
    PHASE_IDLE,    /* nothing, or a part of a request line, has come since the last answer */
    PHASE_HEADERS, /* the request line is there */
    PHASE_BODY,
    PHASE_WORK, /* with a worker or whoever answers: no deadline */
    PHASE_SENDING,
    PHASE_STREAM,
} Phase;

/* A connection's slot. `step` is phase + 8 * (number of changes), so that the watcher sees a change without a clock
 * being read for each request. The second half belongs to the watcher; conn_lock holds the slot open while it looks. */
typedef struct {
    bool open, is_loopback;
    int fd;
    char peer[INET6_ADDRSTRLEN];
    atomic_uint step;
    atomic_llong body_bytes; /* of the body that is coming in */
    Stream *stream;          /* under stream_lock */

    unsigned seen_step;
    int64_t seen_ms, partial_ms; /* since when in seen_step; since when a request line is incomplete, 0: is not */
    uint64_t bytes;              /* received (idle) or acknowledged (sending) when last seen moving */
} Conn;

/* Who has the exchange, between queue and answer. */
typedef enum {
    OWNER_IO,
    OWNER_HANDLER,
    OWNER_ANSWERED,
    OWNER_NOBODY /* given up at closing; a late answer is dropped */
} Owner;

struct Exchange {
    Server *server;
    Wire *wire;
    Conn *conn;
    Arena *arena;
    Request request;
    Str target;            /* path and query, as sent */
    const char *target_at; /* where the library had it */
    char *body;
    size_t body_cap;
    int64_t body_limit;
    bool started, counted;  /* head looked at; counted as running */
    const Refusal *refusal; /* to be sent when the body is over */
    struct MHD_Response *response;
    unsigned status;
    int64_t whole_us;       /* when the last byte of the request had come */
    Histogram *times;       /* NULL: its time is not counted */
    Stream *stream;
    atomic_int owner;
    Exchange *next;     /* in the queue or in the free list */
    Exchange *next_all; /* exchanges are never given back before server_close */
};

/* A socket of a refused request: the client may still be sending. Reading and forgetting that for a while lets the
 * answer arrive, where a close would make the kernel reset the connection. */
typedef struct {
    int fd;
    int64_t until_ms, moved_ms;
} Linger;

#define MAX_LINGERS 256

struct Server {
    ServerConfig config;
    struct MHD_Daemon *daemon;
    int listen_fd, port;
    bool tls;
    char message[256]; /* the library's, when it does not start */
    atomic_bool started, closing;
    bool left_behind;   /* closed with a request still in somebody's hands: never freed */
    atomic_int running; /* exchanges handed to the workers whose answer is not sent; streams don't count */

    pthread_mutex_t queue_lock;
    pthread_cond_t queue_filled;
    Exchange *queue_first, *queue_last;
    int idle_workers;
    bool waking; /* a worker was signalled and has not come yet */
    bool stop_workers;
    pthread_t *workers;
    int worker_count;

    Exchange *free_exchanges; /* I/O thread */
    int free_count;
    size_t large_bodies; /* memory of bodies over KEPT_BODY that are there or coming */
    Exchange *all_exchanges;      /* under queue_lock */
    _Atomic(Exchange *) answered; /* see hand_back in server_exchange.c */

    pthread_mutex_t conn_lock;
    Conn *conns;
    int conn_count; /* slots */
    int *free_conns, free_conn_count;
    atomic_int conns_used; /* slots ever used: none above */

    pthread_mutex_t stream_lock;
    Stream *streams;

    pthread_t watcher;
    bool watcher_runs;
    atomic_bool stop_watcher;
    int wake_fd, peak;           /* peak: most connections since memory was last given back */
    Linger lingers[MAX_LINGERS]; /* the first linger_count; under conn_lock */
    int linger_count;

    atomic_llong requests, refused, cut;
    atomic_int connections, stream_count;
};

static inline int64_t now_ms(void)
{
    return clock_monotonic_us() / 1000;
}

static inline void set_phase(Conn *conn, Phase phase)
{
    unsigned step = atomic_load_explicit(&conn->step, memory_order_relaxed);
    atomic_store_explicit(&conn->step, ((step + 8) & ~7u) | phase, memory_order_relaxed);
}

/* server.c: counts a request as running; false, and not counted, when the server is closing. */
bool server_admit(Server *server);
/* Hands a whole, suspended request to the workers. */
void server_enqueue(Server *server, Exchange *ex);

/* server_exchange.c: the library's callbacks. */
void *exchange_begin(void *server, const char *uri, Wire *wire);
enum MHD_Result exchange_step(void *server, Wire *wire, const char *url, const char *method, const char *version,
                              const char *upload, size_t *upload_size, void **exchange);
void exchange_end(void *server, Wire *wire, void **exchange, enum MHD_RequestTerminationCode how);
/* Gives the answer to the I/O thread, or drops it when the exchange was given up. */
void exchange_complete(Exchange *ex, struct MHD_Response *response, const Answer *head);
/* For a handler that will not answer any more. */
void exchange_abandon(Exchange *ex);
void exchange_drop(Exchange *ex);

/* server_stream.c */
void stream_gone(Stream *stream);                /* the exchange has ended: tells the owner, frees. I/O thread */
void stream_end_all(Server *server);             /* at closing */
void stream_hang_up(Server *server, Conn *conn); /* the watcher saw the client go */

/* server_watch.c */
void watch_connection(void *server, Wire *wire, void **conn, enum MHD_ConnectionNotificationCode what);
bool watch_start(Server *server);
void watch_stop(Server *server);
void watch_linger(Server *server, int fd); /* keeps a duplicate of fd, reading what still comes */

#endif
