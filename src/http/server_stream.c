/* server_stream.c: answers whose body stays open.
 *
 * A stream with nothing to send is suspended, or the library would ask for more in a busy loop. A suspended connection
 * is not polled, so the watcher looks for clients that have gone. Invariant, under `lock`: suspended only while nothing
 * waits and the stream has neither ended nor broken. */
#include "base/log.h"
#include "http/server_private.h"

#include <sys/socket.h>

#define KEPT_BUFFER (16 * 1024) /* an emptied buffer above this is given back */
#define FIRST_BUFFER 1024
#define BLOCK_FOR_HTTP_1_0 1024 /* HTTP/1.1 is filled straight into the connection's own buffer */

struct Stream {
    Server *server;
    Wire *wire;
    Conn *conn;
    void (*closed)(void *self);
    void *self;
    Stream *previous, *next; /* under stream_lock */

    pthread_mutex_t lock;
    char *buffer;
    size_t start, len, cap;
    bool suspended;
    bool ended;  /* no more will be taken; what waits is sent */
    bool broken; /* nothing more is sent */
    bool gone;   /* the exchange is over: wire and conn are not ours any more */
};

static ssize_t give(void *self, uint64_t position, char *out, size_t max);
static void append(Stream *stream, Str text);
static void empty(Stream *stream);
static void break_off(Stream *stream);
static void wake(Stream *stream);

Stream *exchange_stream(Exchange *ex, const Answer *head, void (*closed)(void *self), void *self)
{
    Server *server = ex->server;
    Stream *stream = mem_alloc(sizeof *stream);

    *stream = (Stream){.server = server, .wire = ex->wire, .conn = ex->conn, .closed = closed, .self = self};
    (void)pthread_mutex_init(&stream->lock, NULL);
    (void)pthread_mutex_lock(&server->stream_lock);
    stream->ended = atomic_load(&server->closing);
    stream->next = server->streams;
    if (stream->next != NULL)
        stream->next->previous = stream;
    server->streams = stream;
    ex->conn->stream = stream;
    (void)pthread_mutex_unlock(&server->stream_lock);
    atomic_fetch_add_explicit(&server->stream_count, 1, memory_order_relaxed);

    ex->stream = stream;
    exchange_complete(ex, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_FOR_HTTP_1_0, give, stream, NULL),
                      head);
    return stream;
}

bool stream_send(Stream *stream, Str text)
{
    bool taken;

    (void)pthread_mutex_lock(&stream->lock);
    taken = !stream->ended && !stream->broken;
    if (taken && (size_t)text.len > STREAM_MAX_WAITING - stream->len) {
        taken = false;
        break_off(stream);
    }
    if (taken && text.len > 0) {
        append(stream, text);
        wake(stream);
    }
    (void)pthread_mutex_unlock(&stream->lock);
    return taken;
}

void stream_end(Stream *stream)
{
    (void)pthread_mutex_lock(&stream->lock);
    stream->ended = true;
    wake(stream);
    (void)pthread_mutex_unlock(&stream->lock);
}

void stream_end_all(Server *server)
{
    (void)pthread_mutex_lock(&server->stream_lock);
    for (Stream *stream = server->streams; stream != NULL; stream = stream->next)
        stream_end(stream);
    (void)pthread_mutex_unlock(&server->stream_lock);
}

void stream_hang_up(Server *server, Conn *conn)
{
    (void)pthread_mutex_lock(&server->stream_lock);
    if (conn->stream != NULL) {
        (void)pthread_mutex_lock(&conn->stream->lock);
        break_off(conn->stream);
        (void)pthread_mutex_unlock(&conn->stream->lock);
    }
    (void)pthread_mutex_unlock(&server->stream_lock);
}

void stream_gone(Stream *stream)
{
    Server *server = stream->server;

    (void)pthread_mutex_lock(&server->stream_lock);
    if (stream->previous != NULL)
        stream->previous->next = stream->next;
    else
        server->streams = stream->next;
    if (stream->next != NULL)
        stream->next->previous = stream->previous;
    stream->conn->stream = NULL;
    (void)pthread_mutex_unlock(&server->stream_lock);
    atomic_fetch_sub_explicit(&server->stream_count, 1, memory_order_relaxed);

    (void)pthread_mutex_lock(&stream->lock);
    stream->ended = stream->gone = true;
    (void)pthread_mutex_unlock(&stream->lock);
    stream->closed(stream->self);
    mem_free(stream->buffer);
    (void)pthread_mutex_destroy(&stream->lock);
    mem_free(stream);
}

/* The library has room for `max` bytes. I/O thread. */
static ssize_t give(void *self, uint64_t position, char *out, size_t max)
{
    Stream *stream = self;
    ssize_t given = 0;

    (void)position;
    (void)pthread_mutex_lock(&stream->lock);
    if (stream->broken) {
        given = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (stream->len > 0) {
        size_t part = stream->len < max ? stream->len : max;
        memcpy(out, stream->buffer + stream->start, part);
        stream->start += part;
        stream->len -= part;
        if (stream->len == 0)
            empty(stream);
        given = (ssize_t)part;
    } else if (stream->ended) {
        given = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        MHD_suspend_connection(stream->wire);
        stream->suspended = true;
    }
    (void)pthread_mutex_unlock(&stream->lock);
    return given;
}

static void append(Stream *stream, Str text)
{
    size_t need = stream->len + (size_t)text.len;

    if (stream->start + need > stream->cap && stream->start > 0) {
        memmove(stream->buffer, stream->buffer + stream->start, stream->len);
        stream->start = 0;
    }
    if (need > stream->cap) {
        size_t cap = stream->cap == 0 ? FIRST_BUFFER : stream->cap;
        while (cap < need)
            cap *= 2;
        stream->buffer = mem_grow(stream->buffer, cap);
        stream->cap = cap;
    }
    memcpy(stream->buffer + stream->start + stream->len, text.ptr, (size_t)text.len);
    stream->len = need;
}

static void empty(Stream *stream)
{
    stream->start = stream->len = 0;
    if (stream->cap > KEPT_BUFFER || stream->broken) {
        mem_free(stream->buffer);
        stream->buffer = NULL;
        stream->cap = 0;
    }
}

/* The library may be waiting for a reader that never reads; only a dead socket wakes it then. */
static void break_off(Stream *stream)
{
    stream->broken = true;
    empty(stream);
    if (!stream->gone)
        (void)shutdown(stream->conn->fd, SHUT_RDWR); /* the socket is open as long as the exchange is not over */
    wake(stream);
}

static void wake(Stream *stream)
{
    if (!stream->suspended)
        return;
    stream->suspended = false;
    MHD_resume_connection(stream->wire);
}
