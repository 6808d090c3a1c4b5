/* server.h: HTTP/1.1 in and out, over TCP or TLS. Knows nothing of paths, people or JSON of the API.
 *
 * One thread reads and writes all sockets; `workers` threads run `handle` for requests that have come in whole (headers
 * and body). An answer may be given at once or later, from any thread:
 *
 *     socket --> I/O thread: hygiene, limits, deadlines --> queue --> worker: handle(ex) --+--> exchange_answer
 *                                                                     database's writer ---+
 *
 * What is not proper HTTP never reaches `handle`; it is refused here with a small problem+json (request_check.h). */
#ifndef ANJU_HTTP_SERVER_H
#define ANJU_HTTP_SERVER_H

#include "base/error.h"
#include "base/histogram.h"

typedef struct Server Server;
typedef struct Exchange Exchange; /* one request, until it is answered */
typedef struct Stream Stream;     /* an answer whose body stays open (server-sent events) */

typedef struct {
    Str name, value;
} Header;

/* Everything here is borrowed from the exchange and good until the exchange has been answered. */
typedef struct {
    Str method; /* as sent, but HEAD comes as GET with `head` set: the body of its answer is left out here */
    Str path;   /* before '?', not yet percent-decoded; starts with '/' or is "*" */
    Str query;  /* behind the first '?', raw; empty when there is none */
    Str body;
    const Header *headers; /* names as sent, values without blanks at both ends, in the order sent */
    int header_count;
    Str peer; /* textual IP of the TCP peer; IPv4 in its own form also on a dual-stack socket */
    bool peer_is_loopback;
    bool tls;
    bool head; /* it was HEAD */
} Request;

#define ANSWER_MAX_HEADERS 16

typedef struct {
    int status;                         /* 200..599 */
    Header headers[ANSWER_MAX_HEADERS]; /* copied. Not Content-Length, Transfer-Encoding, Connection, Date: made here */
    int header_count;
    Str body; /* borrowed until it is sent: in the exchange's arena, or static */
} Answer;

typedef struct {
    const char *host;               /* address or name to listen on; NULL, "" or "*": every address of the machine */
    int port;                       /* 0 takes a free one */
    const char *tls_cert, *tls_key; /* paths of PEM files, or NULL for plain HTTP */
    int workers;                    /* threads that run handle; 0: 4 */
    int64_t header_timeout_ms;      /* from the first byte of a request to its last header; 0: 10 s */
    int64_t body_timeout_ms;        /* for the body, and one second more for each 8 kB that came; 0: 30 s */
    int64_t idle_timeout_ms;        /* between requests, and for a reader that takes nothing; 0: 75 s */
    int max_connections;            /* 0: 20000. Further ones wait unaccepted */
    int64_t (*body_limit)(void *self, Str method,
                          Str path);          /* bytes allowed for this request's body; I/O thread; NULL: 1 MB */
    void (*handle)(void *self, Exchange *ex); /* on a worker. Must lead to exactly one answer, then or later */
    void *self;
} ServerConfig;

/* Listens and serves. The server is closed by server_close (it does not live in the arena, errors do). The limit of
 * open files is raised as far as the system allows. ERR_USAGE: not an address or port; ERR_STATE_OF_WORLD: port taken
 * or not allowed, certificate or key unusable. The sentences say what to do. */
MUST const Error *server_open(Arena *arena, const ServerConfig *config, Server **out);

/* The port that it listens on (the one taken, for port 0). */
int server_port(const Server *server);

/* Stops accepting, ends the streams, lets what runs be answered and sent (10 s at most; what is left then loses its
 * connection, and its late answer is dropped), and frees. Requests that arrive meanwhile get 503. Not from a worker. */
void server_close(Server *server);

typedef struct {
    int64_t requests, refused,
        cut; /* handed to handle; refused as improper or too large; connections cut by a deadline */
    int connections, running, streams; /* now: open; handed over and not yet sent; open streams */
} ServerCounts;
ServerCounts server_counts(Server *server);

const Request *exchange_request(const Exchange *ex);

/* Lives until the answer has been sent; 64 MB. One thread at a time. */
Arena *exchange_arena(Exchange *ex);

/* Where the time of this exchange is counted (scale_of_times), from the last byte of the request to its answer. */
void exchange_count_in(Exchange *ex, Histogram *times);

/* First header of that name, in any case; empty when absent. */
Str request_header(const Request *request, const char *name);

/* Answers. From any thread, exactly once (also counting the two below); don't touch ex or its arena afterwards. */
void exchange_answer(Exchange *ex, const Answer *answer);

/* Answers with the whole file from its start; head->body is not used. Closes take_fd. */
void exchange_answer_file(Exchange *ex, const Answer *head, int take_fd);

/* Answers with a body that stays open. `closed` is called once, from the I/O thread and with no lock held, when the
 * client has gone (noticed within about a second, also when nothing is sent) or after the stream was ended. When it
 * returns, the Stream is invalid. It may come before this function returns: hold a lock here that `closed` takes too.
 */
Stream *exchange_stream(Exchange *ex, const Answer *head, void (*closed)(void *self), void *self);

#define STREAM_MAX_WAITING (256 * 1024)

/* Any thread, never blocks; copies. False when the stream has ended, or when more than STREAM_MAX_WAITING bytes would
 * be waiting for the reader: it is then cut. */
bool stream_send(Stream *stream, Str text);

/* Any thread. What waits is still sent, then the body ends and `closed` is called. */
void stream_end(Stream *stream);

#endif
