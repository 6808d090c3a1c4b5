/* load.c: asks an HTTP server as many keep-alive clients at once, each sending its next request when the answer to the
 * last one is there whole, and says how fast and how surely it was answered.
 *
 *     load --port 8080 --path '/api/v1/repairs/{id}' --list id=FILE --token T --seconds 3
 *
 * Path, body and token are templates: {n} is the number of the request, {NAME} a line of a file: at random with --list NAME=FILE,
 * each line once and in order with --take NAME=FILE (the run ends with the file). --list A,B=FILE takes {A} and {B} from both
 * sides of a line's tab, the same line for the whole request. One line of JSON is printed. */
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_CONNECTIONS 4096
#define MAX_REQUEST (64 * 1024)
#define MAX_HEAD (16 * 1024)
#define MAX_LISTS 8
#define MAX_SAMPLES (8 * 1024 * 1024)

typedef struct {
    Str name, second; /* second: what is behind the tab, empty without one */
    Str *lines;
    int64_t count, next, at, picked_for; /* line `at` belongs to the request with this number */
    bool once;
} List;

typedef struct {
    int fd;
    char *out;
    size_t out_len, out_sent;
    char head[MAX_HEAD]; /* the answer up to its blank line */
    size_t head_len;
    int64_t body_left; /* -1: still reading the head */
    int status;
    int64_t sent_at;
    bool busy;
} Conn;

typedef struct {
    int port, connections, expect;
    const char *method, *path, *body, *token, *ids, *key;
    double seconds, warm;
    int64_t count;
    List lists[MAX_LISTS];
    int list_count;
} Settings;

typedef struct {
    Settings set;
    Conn *conns;
    int epoll;
    int64_t sent, answered, errors, bytes, start, end, measured_from;
    uint32_t *samples;
    int64_t sample_count;
    FILE *ids;
    uint64_t random;
    bool dry; /* a list that is taken once has come to its end */
} Load;

static int64_t now_us(void)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at); /* can't fail for this clock */
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void die(const char *what)
{
    (void)fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static List read_list(Arena *arena, const char *text, bool once)
{
    Str file_name, name = str_split(str_of(text), '=', &file_name), rest;
    List list = {.once = once, .picked_for = -1};
    int fd = open(str_to_c(arena, file_name), O_RDONLY | O_CLOEXEC);
    struct stat file;
    char *bytes;

    list.name = str_split(name, ',', &list.second);
    if (fd < 0 || fstat(fd, &file) != 0)
        die(text);
    bytes = arena_alloc(arena, (size_t)file.st_size + 1);
    if (read(fd, bytes, (size_t)file.st_size) != file.st_size)
        die(text);
    (void)close(fd); /* only read */
    rest = (Str){bytes, file.st_size};
    for (ptrdiff_t i = 0; i < rest.len; i++)
        list.count += bytes[i] == '\n';
    list.lines = new (arena, Str, list.count + 1);
    list.count = 0;
    while (rest.ptr != NULL && rest.len > 0) {
        Str line = str_split(rest, '\n', &rest);
        if (line.len > 0)
            list.lines[list.count++] = line;
    }
    return list;
}

static uint64_t next_random(Load *load)
{
    load->random ^= load->random << 13;
    load->random ^= load->random >> 7;
    load->random ^= load->random << 17;
    return load->random;
}

/* The line that stands for {name} in this request; false at the end of a list that is taken once. */
static bool pick(Load *load, Str name, Str *out)
{
    for (int i = 0; i < load->set.list_count; i++) {
        List *list = &load->set.lists[i];
        Str second;
        if (!str_eq(list->name, name) && !str_eq(list->second, name))
            continue;
        if (list->count == 0 || (list->once && list->next == list->count))
            return false;
        if (list->picked_for != load->sent)
            list->at = list->once ? list->next++ : (int64_t)(next_random(load) % (uint64_t)list->count);
        list->picked_for = load->sent;
        *out = list->lines[list->at];
        if (list->second.len > 0) {
            Str first = str_split(*out, '\t', &second);
            *out = str_eq(list->name, name) ? first : second;
        }
        return true;
    }
    (void)fprintf(stderr, "load: no list for {%.*s}\n", STR_ARG(name));
    exit(2);
}

static size_t put(char *out, size_t at, size_t room, Str s)
{
    if (at + (size_t)s.len > room)
        die("a request is too long");
    memcpy(out + at, s.ptr, (size_t)s.len);
    return at + (size_t)s.len;
}

/* A placeholder is {letters}; other braces are JSON's. */
static bool fill(Load *load, const char *template, char *out, size_t room, size_t *len)
{
    size_t at = 0;

    for (const char *c = template; *c != '\0'; c++) {
        const char *end = c + 1;
        char number[24];
        Str value;
        while (*c == '{' && *end >= 'a' && *end <= 'z')
            end++;
        if (*c != '{' || end == c + 1 || *end != '}') {
            at = put(out, at, room, (Str){c, 1});
            continue;
        }
        if (end - c == 2 && c[1] == 'n')
            value = (Str){number, snprintf(number, sizeof number, "%lld", (long long)load->sent)};
        else if (!pick(load, (Str){c + 1, end - c - 1}, &value))
            return false;
        at = put(out, at, room, value);
        c = end;
    }
    *len = at;
    return true;
}

static bool prepare(Load *load, Conn *conn)
{
    static char path[4096], body[MAX_REQUEST / 2], token[256];
    const Settings *set = &load->set;
    size_t path_len, body_len = 0, token_len = 0;
    int n;

    if (!fill(load, set->path, path, sizeof path, &path_len) ||
        (set->token != NULL && !fill(load, set->token, token, sizeof token, &token_len)) ||
        (set->body != NULL && !fill(load, set->body, body, sizeof body, &body_len)))
        return false;
    n = snprintf(conn->out, MAX_REQUEST, "%s %.*s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", set->method, (int)path_len, path, set->port);
    if (set->token != NULL)
        n += snprintf(conn->out + n, MAX_REQUEST - (size_t)n, "Authorization: Bearer %.*s\r\n", (int)token_len, token);
    if (set->key != NULL) /* as long as a UUID */
        n += snprintf(conn->out + n, MAX_REQUEST - (size_t)n, "Idempotency-Key: %.8s-0000-4000-8000-%012lld\r\n", set->key,
                      (long long)load->sent);
    if (set->body != NULL)
        n += snprintf(conn->out + n, MAX_REQUEST - (size_t)n, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body_len);
    n += snprintf(conn->out + n, MAX_REQUEST - (size_t)n, "\r\n");
    conn->out_len = put(conn->out, (size_t)n, MAX_REQUEST, (Str){body, (ptrdiff_t)body_len});
    conn->out_sent = conn->head_len = 0;
    conn->body_left = -1;
    return true;
}

static void send_rest(Conn *conn)
{
    while (conn->out_sent < conn->out_len) {
        ssize_t n = send(conn->fd, conn->out + conn->out_sent, conn->out_len - conn->out_sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0)
            die("send");
        conn->out_sent += (size_t)n;
    }
}

static void ask(Load *load, Conn *conn)
{
    int64_t now = now_us();

    conn->busy = false;
    if (load->dry || now >= load->end || (load->set.count > 0 && load->sent >= load->set.count))
        return;
    if (!prepare(load, conn)) {
        load->dry = true;
        return;
    }
    load->sent++;
    conn->busy = true;
    conn->sent_at = now;
    send_rest(conn);
}

/* The value of a header in the head, empty without it. */
static Str header(const Conn *conn, const char *name)
{
    Str rest = {conn->head, (ptrdiff_t)conn->head_len};
    ptrdiff_t len = (ptrdiff_t)strlen(name);

    while (rest.ptr != NULL) {
        Str line = str_split(rest, '\n', &rest);
        if (line.len > len && line.ptr[len] == ':' && strncasecmp(line.ptr, name, (size_t)len) == 0)
            return str_trim(str_cut(line, len + 1, line.len));
    }
    return STR_NONE;
}

static void note_answer(Load *load, const Conn *conn, const char *body, size_t body_len)
{
    int64_t now = now_us();
    Str location = load->ids == NULL ? STR_NONE : header(conn, "Location");

    if (conn->status != load->set.expect) {
        if (load->errors++ == 0)
            (void)fprintf(stderr, "load: answered %d: %.*s\n", conn->status, (int)(body_len < 500 ? body_len : 500), body);
    } else if (location.len > 0) {
        ptrdiff_t from = location.len;
        while (from > 0 && location.ptr[from - 1] != '/')
            from--;
        (void)fprintf(load->ids, "%.*s\n", STR_ARG(str_cut(location, from, location.len)));
    }
    if (now < load->measured_from)
        return;
    load->answered++;
    if (load->sample_count < MAX_SAMPLES)
        load->samples[load->sample_count++] = (uint32_t)(now - conn->sent_at);
}

/* Reads what there is; true when an answer is there whole. */
static bool take(Load *load, Conn *conn)
{
    static char piece[256 * 1024];
    ssize_t n = recv(conn->fd, piece, sizeof piece, 0);
    size_t size = (size_t)n, used = 0;

    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        die(n == 0 ? "the server has closed the connection" : "recv");
    if (conn->body_left < 0) {
        size_t room = sizeof conn->head - conn->head_len, had = conn->head_len, more = size < room ? size : room;
        char *end;
        memcpy(conn->head + had, piece, more);
        end = memmem(conn->head, had + more, "\r\n\r\n", 4);
        if (end == NULL) {
            conn->head_len += more;
            if (more < size)
                die("an answer's head is too long");
            return false;
        }
        conn->head_len = (size_t)(end - conn->head) + 4;
        used = conn->head_len - had;
        conn->status = conn->head_len > 12 ? (conn->head[9] - '0') * 100 + (conn->head[10] - '0') * 10 + conn->head[11] - '0' : 0;
        if (!str_to_int(header(conn, "Content-Length"), &conn->body_left))
            conn->body_left = 0;
        load->bytes += conn->body_left;
    }
    conn->body_left -= (int64_t)(size - used);
    if (conn->body_left > 0)
        return false;
    note_answer(load, conn, piece + used, size - used);
    return true;
}

static void connect_all(Load *load)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->set.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int on = 1;

    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < load->set.connections; i++) {
        Conn *conn = &load->conns[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
        conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (conn->fd < 0 || connect(conn->fd, (struct sockaddr *)&to, sizeof to) != 0)
            die("connect");
        (void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (fcntl(conn->fd, F_SETFL, O_NONBLOCK) != 0 || epoll_ctl(load->epoll, EPOLL_CTL_ADD, conn->fd, &event) != 0)
            die("epoll");
        conn->out = mem_alloc(MAX_REQUEST);
    }
}

static bool is_busy(const Load *load)
{
    for (int i = 0; i < load->set.connections; i++)
        if (load->conns[i].busy)
            return true;
    return false;
}

static void run(Load *load)
{
    struct epoll_event events[256];

    load->start = now_us();
    load->measured_from = load->start + (int64_t)(load->set.warm * 1e6);
    load->end = load->measured_from + (int64_t)(load->set.seconds * 1e6);
    for (int i = 0; i < load->set.connections; i++)
        ask(load, &load->conns[i]);
    while (is_busy(load)) {
        int n = epoll_wait(load->epoll, events, 256, 10000);
        if (n == 0)
            die("no answer for 10 s");
        for (int i = 0; i < n; i++) {
            Conn *conn = events[i].data.ptr;
            send_rest(conn);
            if (take(load, conn))
                ask(load, conn);
        }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static unsigned percentile(const Load *load, int percent)
{
    return load->sample_count == 0 ? 0 : load->samples[(load->sample_count - 1) * percent / 100];
}

static void print(Load *load)
{
    double seconds = (double)(now_us() - load->measured_from) / 1e6;

    qsort(load->samples, (size_t)load->sample_count, sizeof *load->samples, by_size);
    (void)printf("{\"requests\":%lld,\"errors\":%lld,\"seconds\":%.3f,\"rate\":%.1f,\"p50_us\":%u,\"p95_us\":%u,\"p99_us\":%u,\"max_us\":%u,"
                 "\"body_bytes\":%lld}\n",
                 (long long)load->answered, (long long)load->errors, seconds, (double)load->answered / seconds, percentile(load, 50),
                 percentile(load, 95), percentile(load, 99), percentile(load, 100), (long long)(load->sent == 0 ? 0 : load->bytes / load->sent));
}

static void set(Arena *arena, Settings *out, const char *flag, const char *value)
{
    if (strcmp(flag, "--port") == 0)
        out->port = (int)strtol(value, NULL, 10);
    else if (strcmp(flag, "--connections") == 0)
        out->connections = (int)strtol(value, NULL, 10);
    else if (strcmp(flag, "--expect") == 0)
        out->expect = (int)strtol(value, NULL, 10);
    else if (strcmp(flag, "--count") == 0)
        out->count = strtoll(value, NULL, 10);
    else if (strcmp(flag, "--seconds") == 0)
        out->seconds = strtod(value, NULL);
    else if (strcmp(flag, "--warm") == 0)
        out->warm = strtod(value, NULL);
    else if (strcmp(flag, "--method") == 0)
        out->method = value;
    else if (strcmp(flag, "--path") == 0)
        out->path = value;
    else if (strcmp(flag, "--body") == 0)
        out->body = value;
    else if (strcmp(flag, "--token") == 0)
        out->token = value;
    else if (strcmp(flag, "--key") == 0) /* eight characters that no other run uses */
        out->key = value;
    else if (strcmp(flag, "--ids") == 0) /* the ids behind the answers' Location go here */
        out->ids = value;
    else if ((strcmp(flag, "--list") == 0 || strcmp(flag, "--take") == 0) && out->list_count < MAX_LISTS)
        out->lists[out->list_count++] = read_list(arena, value, flag[2] == 't');
    else {
        (void)fprintf(stderr, "load: unknown flag %s\n", flag);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 32);
    Load load = {.set = {.connections = 64, .seconds = 3, .warm = 0.3, .method = "GET", .path = "/", .expect = 200}};

    for (int i = 1; i + 1 < argc; i += 2)
        set(arena, &load.set, argv[i], argv[i + 1]);
    if (load.set.connections < 1 || load.set.connections > MAX_CONNECTIONS || load.set.port == 0) {
        (void)fprintf(stderr, "load: needs --port, and 1 to %d --connections\n", MAX_CONNECTIONS);
        return 2;
    }
    if (load.set.ids != NULL && (load.ids = fopen(load.set.ids, "w")) == NULL)
        die(load.set.ids);
    load.random = (uint64_t)now_us() * 2654435761u | 1;
    load.conns = mem_alloc((size_t)load.set.connections * sizeof *load.conns);
    load.samples = mem_alloc(MAX_SAMPLES * sizeof *load.samples); /* touched as they are used */
    connect_all(&load);
    run(&load);
    print(&load);
    if (load.ids != NULL && fclose(load.ids) != 0)
        die(load.set.ids);
    return load.errors > 0;
}
