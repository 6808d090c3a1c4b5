/* server_test.c: requests to the HTTP server, as good, careless and hostile clients send them. */
#include "server_fixture.h"

/* --- proper requests --- */

static void a_request_arrives_as_it_was_sent(void **state)
{
    Fixture *f = *state;

    assert_string_equal(
        body_of(ASK(f, "GET /what?a=%20b&c=%2F&a HTTP/1.1\r\nHost: x\r\nX-Test: \t one two \t\r\n\r\n")),
        "GET|/what|a=%20b&c=%2F&a|127.0.0.1|1|0|one two");
    assert_int_equal(status_of(ASK(f, "GET /%E6%88%BF%2f HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
    assert_string_equal(body_of(ASK(f, "GET http://x.cn/what?q HTTP/1.1\r\nHost: x\r\n\r\n")),
                        "GET|/what|q|127.0.0.1|1|0|");
    assert_string_equal(body_of(ASK(f, "GET /what?q=\xe6\xb0\xb4 HTTP/1.1\r\nHost: x\r\n\r\n")),
                        "GET|/what|q=\xe6\xb0\xb4|127.0.0.1|1|0|");
    assert_int_equal(status_of(ASK(f, "GET /what HTTP/1.0\r\n\r\n")), 200);
}

static void head_is_get_without_a_body(void **state)
{
    Fixture *f = *state;
    const char *reply = ASK(f, "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");

    assert_int_equal(status_of(reply), 200);
    assert_non_null(strstr(reply, "Content-Length: 5\r\n"));
    assert_string_equal(body_of(reply), "");
}

static void a_connection_serves_many_requests(void **state)
{
    Fixture *f = *state;
    int fd = dial(f->port);
    char reply[4096];

    for (int i = 0; i < 50; i++) {
        SEND(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
        (void)receive(fd, reply, sizeof reply, 1, 2000);
        assert_int_equal(status_of(reply), 200);
        assert_string_equal(body_of(reply), "abc");
    }
    SEND(fd, "GET /none HTTP/1.1\r\nHost: x\r\n\r\nGET /later HTTP/1.1\r\nHost: x\r\n\r\n"); /* pipelined */
    (void)receive(fd, reply, sizeof reply, SIZE_MAX, 200);
    assert_int_equal(status_of(reply), 204);
    assert_non_null(strstr(reply, "later"));
    (void)close(fd);
}

static void bodies_come_whole_also_in_chunks(void **state)
{
    Fixture *f = *state;
    static char request[BODY_LIMIT + 200];
    int head =
        snprintf(request, sizeof request,
                 "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", BODY_LIMIT);
    const char *reply;

    memset(request + head, 'z', BODY_LIMIT);
    reply = ask(f, request, (size_t)head + BODY_LIMIT);
    assert_int_equal(status_of(reply), 200);
    assert_int_equal(strlen(body_of(reply)), BODY_LIMIT);
    assert_string_equal(body_of(ASK(f, "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                                       "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")),
                        "abcde");
}

static void expect_100_continue_works(void **state)
{
    Fixture *f = *state;
    int fd = dial(f->port);
    char reply[4096];

    SEND(fd, "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_string_equal(reply, "HTTP/1.1 100 Continue\r\n\r\n");
    SEND(fd, "ok");
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_string_equal(body_of(reply), "ok");
    (void)close(fd);

    fd = dial(f->port);
    SEND(fd, "POST /small HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 20\r\n\r\n");
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_int_equal(status_of(reply), 413); /* and no 100 before it */
    (void)close(fd);
}

/* --- refusals --- */

typedef struct {
    const char *when;
    const char *request;
    size_t len;
    int status;
} Bad;

#define BAD(when, literal, status)                                                                                     \
    {                                                                                                                  \
        when, "" literal, sizeof(literal) - 1, status                                                                  \
    }

static void what_is_not_proper_http_is_refused(void **state)
{
    static const Bad rows[] = {
        BAD("length together with chunked",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        BAD("two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        BAD("two lengths in one", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\nabc", 400),
        BAD("a length that is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n", 400),
        BAD("a signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\nabc", 400),
        BAD("a blank before the colon", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc", 400),
        BAD("a tab before the colon", "GET / HTTP/1.1\r\nHost: x\r\nA\t: 3\r\n\r\n", 400),
        BAD("an encoding other than chunked", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            400),
        BAD("chunked in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        BAD("no host", "GET / HTTP/1.1\r\n\r\n", 400),
        BAD("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400),
        BAD("a host with a path", "GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
        BAD("NUL in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", 400),
        BAD("NUL at the end of a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n", 400),
        BAD("NUL in a name", "GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n", 400),
        BAD("NUL in the address", "GET /a\0b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        BAD("a control character in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\001c\r\n\r\n", 400),
        BAD("a bare CR in a value", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", 400),
        BAD("a bare LF at the end of a line", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400),
        BAD("a continued line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400),
        BAD("a name with odd characters", "GET / HTTP/1.1\r\nHost: x\r\nA(b): c\r\n\r\n", 400),
        BAD("a line without colon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n", 400),
        BAD("a blank in the address", "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        BAD("an address that is none", "GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        BAD("two blanks in the request line", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        BAD("a method that is no token", "G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        BAD("HTTP of tomorrow", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        BAD("a chunk that is no number",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", 400),
    };
    Fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *reply = ask(f, rows[i].request, rows[i].len);
        bool twice =
            strstr(reply + 1, "HTTP/1.1 4") != NULL; /* the library's own answer to a bad length repeats its head */
        if (status_of(reply) != rows[i].status || (twice && strstr(reply, "<html>") == NULL))
            fail_msg("%s: wanted %d, got: %s", rows[i].when, rows[i].status, reply);
    }
    assert_int_equal(atomic_load(&f->handled), 0);
}

static void a_refusal_says_why_in_the_readers_language(void **state)
{
    Fixture *f = *state;
    const char *reply = ASK(f, "GET / HTTP/1.1\r\n\r\n");

    assert_non_null(strstr(reply, "Content-Type: application/problem+json\r\n"));
    assert_non_null(strstr(reply, "Connection: close\r\n"));
    assert_string_equal(body_of(reply), "{\"type\":\"about:blank\",\"title\":\"HTTP/1.1 请求须有且只有一个 "
                                        "Host\",\"status\":400,\"code\":\"bad_request\"}");
    reply = ASK(f, "GET / HTTP/1.1\r\nAccept-Language: en-GB,zh;q=0.5\r\n\r\n");
    assert_non_null(strstr(reply, "exactly one Host header"));
}

static void what_is_too_long_is_refused(void **state)
{
    static const struct {
        const char *when;
        int target, header, lines, status;
    } rows[] = {
        {"an address of 8192 bytes", 8192, 10, 1, 200},
        {"one byte more", 8193, 10, 1, 414},
        {"an address of 100 kB", 100000, 10, 1, 414},
        {"headers of 8 kB", 10, 8100, 1, 200},
        {"headers of 9 kB", 10, 9000, 1, 431},
        {"headers of 100 kB", 10, 100000, 1, 431},
        {"ninety headers", 10, 20, 90, 200},
        {"a hundred and ten headers", 10, 20, 110, 431},
        {"a thousand headers", 10, 20, 1000, 431},
    };
    Fixture *f = *state;
    static char request[300000];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int at = snprintf(request, sizeof request, "GET /%0*d HTTP/1.1\r\nHost: x\r\n", rows[i].target - 1, 0);
        const char *reply;
        for (int line = 0; line < rows[i].lines; line++)
            at += snprintf(request + at, sizeof request - (size_t)at, "A: %0*d\r\n", rows[i].header, 0);
        at += snprintf(request + at, sizeof request - (size_t)at, "\r\n");
        reply = ask(f, request, (size_t)at);
        if (status_of(reply) != rows[i].status)
            fail_msg("%s: wanted %d, got: %.60s", rows[i].when, rows[i].status, reply);
    }
}

static void a_body_over_the_limit_is_refused_at_once(void **state)
{
    Fixture *f = *state;
    static char request[BODY_LIMIT * 2];
    int fd, head;
    char reply[4096];

    fd = dial(f->port);
    SEND(fd, "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n"); /* nothing of the body sent */
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_int_equal(status_of(reply), 413);
    assert_non_null(strstr(reply, "too_large"));
    assert_true(is_closed_within(fd, 1000));
    (void)close(fd);
    assert_int_equal(status_of(ASK(f, "POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n0123456789")), 200);
    assert_int_equal(status_of(ASK(f, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n")),
                     413);

    fd = dial(f->port); /* chunked: found out on the way, before the last chunk */
    head = snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
                    BODY_LIMIT + 10);
    memset(request + head, 'z', BODY_LIMIT + 10);
    send_text(fd, request, (size_t)head + BODY_LIMIT + 10);
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_int_equal(status_of(reply), 413);
    assert_true(is_closed_within(fd, 1000));
    (void)close(fd);
}

static void who_sends_ten_megabytes_still_reads_the_refusal(void **state)
{
    Fixture *f = *state;
    int fd = dial(f->port);
    char reply[4096];

    SEND(fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n");
    for (size_t sent = 0; sent < 10 * 1024 * 1024;) { /* all of it before reading anything, as simple clients do */
        ssize_t part = send(fd, f->big, 65536, MSG_NOSIGNAL);
        assert_true(part > 0); /* a reset here, and such a client never sees why */
        sent += (size_t)part;
    }
    (void)receive(fd, reply, sizeof reply, SIZE_MAX, 1000);
    assert_int_equal(status_of(reply), 413);
    (void)close(fd);
}

/* Good requests with some bytes changed: whatever comes of it is either refused or proper, and the server lives. */
static void mutated_requests_are_refused_or_proper(void **state)
{
    static const char *const seeds[] = {
        "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nX-Test: a b\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
    };
    static const char bytes[] = "\0\r\n\t :,;?%/\x7f\x80\xff";
    Fixture *f = *state;
    uint64_t random = 20261123;

    for (int round = 0; round < 3000; round++) {
        char request[200];
        size_t len = strlen(seeds[round % 2]);
        int fd = dial(f->port), changes = 1 + round % 3;

        memcpy(request, seeds[round % 2], len);
        for (int i = 0; i < changes; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            request[(random >> 33) % len] = bytes[(random >> 20) % (sizeof bytes - 1)];
        }
        assert_true(fd >= 0);
        send_text(fd, request, len);
        (void)shutdown(fd, SHUT_WR);
        assert_true(is_closed_within(fd, 2000));
        (void)close(fd);
    }
    assert_int_equal(atomic_load(&f->improper), 0);
    assert_true(atomic_load(&f->handled) > 100); /* the check looks at something */
    assert_int_equal(status_of(ASK(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
}

/* --- slow clients --- */

static void who_sends_a_byte_now_and_then_is_cut(void **state)
{
    static const struct {
        const char *when, *first;
    } rows[] = {
        {"in the request line", "GET /hello"},
        {"in the headers", "GET /hello HTTP/1.1\r\nHost: x\r\nA: "},
        {"in the body", "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n"},
    };
    Fixture *f = *state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int fd = dial(f->port);
        int64_t start = ms_now();
        bool closed = false;

        send_text(fd, rows[i].first, strlen(rows[i].first));
        while (!closed && ms_now() - start < 3000) {
            SEND(fd, "x");
            closed = is_closed_within(fd, 40);
            if (i == 0 && !closed) { /* meanwhile others are served */
                int64_t asked = ms_now();
                int other = dial(f->port);
                char reply[1024];
                SEND(other, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
                (void)receive(other, reply, sizeof reply, 1, 1000);
                assert_int_equal(status_of(reply), 200);
                assert_true(ms_now() - asked < 300);
                (void)close(other);
            }
        }
        if (!closed || ms_now() - start < HEADER_MS / 2 || ms_now() - start > HEADER_MS * 4)
            fail_msg("%s: closed %d after %lld ms", rows[i].when, closed, (long long)(ms_now() - start));
        (void)close(fd);
    }
    assert_int_equal(server_counts(f->server).cut, 3);
}

static void an_idle_connection_stays_for_a_while_and_then_goes(void **state)
{
    Fixture *f = *state;
    int fresh = dial(f->port), used = dial(f->port);
    char reply[1024];

    SEND(used, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)receive(used, reply, sizeof reply, 1, 1000);
    assert_int_equal(status_of(reply), 200);
    assert_false(is_closed_within(fresh, IDLE_MS / 2));
    assert_false(is_closed_within(used, 10));
    assert_true(is_closed_within(fresh, IDLE_MS * 3));
    assert_true(is_closed_within(used, IDLE_MS * 3));
    (void)close(fresh);
    (void)close(used);
}

static void who_reads_nothing_of_a_large_answer_is_cut(void **state)
{
    Fixture *f = *state;
    int fd = dial(f->port);
    int64_t start = ms_now();

    SEND(fd,
         "GET /big HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\nHost: x\r\n\r\nGET /big HTTP/1.1\r\nHost: x\r\n\r\n"
         "GET /big HTTP/1.1\r\nHost: x\r\n\r\n"); /* more than the kernel buffers */
    while (server_counts(f->server).cut == 0 && ms_now() - start < 6000)
        pause_ms(20);
    assert_int_equal(server_counts(f->server).cut, 1);
    (void)close(fd);
}

static void a_thousand_idle_connections_slow_nobody(void **state)
{
    Fixture *f = *state;
    static int fds[1000];
    int64_t asked;

    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial(f->port);
        assert_true(fds[i] >= 0);
    }
    asked = ms_now();
    assert_int_equal(status_of(ASK(f, "GET /later HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")), 200);
    assert_true(ms_now() - asked < 400);
    for (size_t i = 0; i < COUNT_OF(fds); i++)
        (void)close(fds[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_request_arrives_as_it_was_sent),
        TEST(head_is_get_without_a_body),
        TEST(a_connection_serves_many_requests),
        TEST(bodies_come_whole_also_in_chunks),
        TEST(expect_100_continue_works),
        TEST(what_is_not_proper_http_is_refused),
        TEST(a_refusal_says_why_in_the_readers_language),
        TEST(what_is_too_long_is_refused),
        TEST(a_body_over_the_limit_is_refused_at_once),
        TEST(who_sends_ten_megabytes_still_reads_the_refusal),
        TEST(mutated_requests_are_refused_or_proper),
        TEST(who_sends_a_byte_now_and_then_is_cut),
        TEST(an_idle_connection_stays_for_a_while_and_then_goes),
        TEST(who_reads_nothing_of_a_large_answer_is_cut),
        TEST(a_thousand_idle_connections_slow_nobody),
    };
    return cmocka_run_group_tests_name("http/server", tests, NULL, NULL);
}
