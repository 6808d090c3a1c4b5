/* server_stream_test.c: answers of the HTTP server: later, large, open-ended; and its closing. */
#include "server_fixture.h"

/* --- answers --- */

static void answers_may_come_later_from_another_thread(void **state)
{
    Fixture *f = *state;
    int fds[200];
    char reply[1024];

    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = dial(f->port);
        SEND(fds[i], "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)receive(fds[i], reply, sizeof reply, 1, 3000);
        assert_int_equal(status_of(reply), 200);
        assert_string_equal(body_of(reply), "later");
        (void)close(fds[i]);
    }
}

/* The first of a burst of answers takes the others along; it must also do so when its own client has left. */
static void clients_that_leave_before_their_answer_hold_up_nobody(void **state)
{
    Fixture *f = *state;

    for (int round = 0; round < 30; round++) {
        int fds[40];
        char reply[1024];
        for (size_t i = 0; i < COUNT_OF(fds); i++) {
            fds[i] = dial(f->port);
            SEND(fds[i], "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
        }
        for (size_t i = 0; i < COUNT_OF(fds); i++) {
            if (i % 2 == 1) {
                (void)receive(fds[i], reply, sizeof reply, 1, 3000);
                assert_int_equal(status_of(reply), 200);
            }
            (void)close(fds[i]);
        }
    }
}

static void large_answers_and_files_come_whole(void **state)
{
    Fixture *f = *state;
    const char *reply = ASK(f, "GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    assert_int_equal(strlen(body_of(reply)), BIG);
    assert_memory_equal(body_of(reply), f->big, BIG);
    reply = ASK(f, "GET /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(reply, "Content-Length: 1000000\r\n"));
    assert_int_equal(strlen(body_of(reply)), 1000000);
    assert_memory_equal(body_of(reply), f->big, 1000000);
    reply = ASK(f, "HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert_non_null(strstr(reply, "Content-Length: 1000000\r\n"));
    assert_string_equal(body_of(reply), "");
}

/* --- streams --- */

static int open_stream(Fixture *f, const char *version)
{
    int fd = dial(f->port);
    char request[200], reply[1024];
    int len = snprintf(request, sizeof request, "GET /stream HTTP/%s\r\nHost: x\r\n\r\n", version);

    send_text(fd, request, (size_t)len);
    (void)receive(fd, reply, sizeof reply, 1, 1000); /* the head comes before there is anything to say */
    assert_int_equal(status_of(reply), 200);
    assert_non_null(strstr(reply, "text/event-stream"));
    for (int64_t until = ms_now() + 1000; atomic_load(&f->stream) == NULL && ms_now() < until;)
        pause_ms(1);
    assert_non_null(atomic_load(&f->stream));
    return fd;
}

static void a_stream_says_what_it_is_given_and_ends_when_told(void **state)
{
    Fixture *f = *state;

    for (int i = 0; i < 2; i++) {
        int fd = open_stream(f, i == 0 ? "1.1" : "1.0");
        char reply[1024];

        assert_true(stream_send(atomic_load(&f->stream), STR("data: one\n\n")));
        (void)receive(fd, reply, sizeof reply, 1, 1000);
        assert_non_null(strstr(reply, "data: one\n\n"));
        pause_ms(30);
        assert_true(stream_send(atomic_load(&f->stream), STR("data: two\n\n")));
        stream_end(atomic_load(&f->stream));
        (void)receive(fd, reply, sizeof reply, SIZE_MAX, 200);
        assert_non_null(strstr(reply, "data: two\n\n"));
        if (i == 0)
            assert_non_null(strstr(reply, "0\r\n\r\n"));
        assert_true(wait_for(&f->streams_closed, i + 1, 1000));
        (void)close(fd);
    }
}

static void a_stream_whose_client_has_gone_is_closed_also_in_silence(void **state)
{
    Fixture *f = *state;
    int fd = open_stream(f, "1.1");

    assert_int_equal(server_counts(f->server).streams, 1);
    (void)close(fd);
    assert_true(wait_for(&f->streams_closed, 1, 3000));
    assert_int_equal(server_counts(f->server).streams, 0);
}

static void a_reader_that_reads_nothing_is_cut_and_others_are_not_slowed(void **state)
{
    Fixture *f = *state;
    int fd = open_stream(f, "1.1");
    bool taken = true;
    size_t sent = 0;

    for (int i = 0; i < 20000 && taken; i++) {
        Stream *stream;
        (void)pthread_mutex_lock(&f->lock); /* as a hub does: the stream is valid until `closed` has had this lock */
        stream = atomic_load(&f->stream);
        taken = stream != NULL && stream_send(stream, (Str){f->big, 1000});
        (void)pthread_mutex_unlock(&f->lock);
        sent += taken ? 1000 : 0;
        if (i % 100 == 0)
            pause_ms(2); /* so that the kernel's buffers fill first, and the library waits for the reader */
    }
    assert_false(taken);
    assert_true(sent > STREAM_MAX_WAITING &&
                sent < 16 * 1024 * 1024);                      /* the 256 kB, and what the kernel holds */
    assert_true(wait_for(&f->streams_closed, 1, IDLE_MS / 2)); /* at once, not when the watcher finds it stuck */
    assert_int_equal(status_of(ASK(f, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")), 200);
    (void)close(fd);
}

static void a_message_larger_than_the_limit_breaks_a_stream(void **state)
{
    Fixture *f = *state;
    int fd = open_stream(f, "1.1");

    assert_false(stream_send(atomic_load(&f->stream), (Str){f->big, STREAM_MAX_WAITING + 1}));
    assert_true(wait_for(&f->streams_closed, 1, 2000));
    assert_true(is_closed_within(fd, 1000));
    (void)close(fd);
}

static void a_stream_asked_for_with_head_ends_at_once(void **state)
{
    Fixture *f = *state;
    int fd = dial(f->port);
    char reply[1024];

    SEND(fd, "HEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)receive(fd, reply, sizeof reply, 1, 1000);
    assert_int_equal(status_of(reply), 200);
    assert_true(wait_for(&f->streams_closed, 1, 1000));
    (void)close(fd);
}

/* --- opening and closing --- */

static void closing_lets_what_runs_finish(void **state)
{
    Fixture *f = *state;
    int slow[3], idle = dial(f->port), stream = open_stream(f, "1.1");
    char reply[1024];
    int64_t start;

    for (int i = 0; i < 3; i++) {
        slow[i] = dial(f->port);
        SEND(slow[i], "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    assert_true(wait_for(&f->slow_running, 3, 2000));
    start = ms_now();
    server_close(f->server);
    f->server = NULL;
    assert_true(ms_now() - start < 3000);
    for (int i = 0; i < 3; i++) {
        (void)receive(slow[i], reply, sizeof reply, SIZE_MAX, 100);
        assert_int_equal(status_of(reply), 200);
        assert_non_null(strstr(reply, "Connection: close"));
        assert_string_equal(body_of(reply), "slow but done");
        (void)close(slow[i]);
    }
    assert_true(is_closed_within(idle, 100));
    assert_true(is_closed_within(stream, 100));
    assert_int_equal(atomic_load(&f->streams_closed), 1);
    assert_int_equal(dial(f->port), -1);
    (void)close(idle);
    (void)close(stream);
}

static void *hammer(void *self)
{
    Fixture *f = self;

    for (int i = 0; i < 200; i++) {
        int fd = dial(f->port);
        char reply[1024];
        if (fd < 0)
            break;
        for (int j = 0; j < 20; j++) {
            SEND(fd, "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
            if (receive(fd, reply, sizeof reply, 1, 2000) == 0)
                break;
            if (status_of(reply) != 200 && status_of(reply) != 503)
                fail_msg("while closing: %s", reply);
        }
        (void)close(fd);
    }
    return NULL;
}

static void closing_under_load_is_clean(void **state)
{
    Fixture *f = *state;
    pthread_t clients[8];

    for (size_t i = 0; i < COUNT_OF(clients); i++)
        assert_int_equal(pthread_create(&clients[i], NULL, hammer, f), 0);
    pause_ms(100);
    server_close(f->server);
    f->server = NULL;
    for (size_t i = 0; i < COUNT_OF(clients); i++)
        (void)pthread_join(clients[i], NULL);
}

static void a_server_that_cannot_open_says_what_to_do(void **state)
{
    Fixture *f = *state;
    ServerConfig config = quick;
    Server *other = NULL;
    const Error *error;

    config.handle = handle;
    config.port = f->port;
    error = server_open(f->arena, &config, &other);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_STATE_OF_WORLD);
    assert_true(str_find(error_text(error, LANG_EN), STR("is taken")) >= 0);
    assert_true(str_find(error_text(error, LANG_ZH), STR("已被占用")) >= 0);

    config.port = 0;
    config.host = "not an address";
    error = server_open(f->arena, &config, &other);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_USAGE);
    config.host = "192.0.2.1"; /* RFC 5737: nobody's */
    error = server_open(f->arena, &config, &other);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_USAGE);
    config.host = "127.0.0.1";
    config.port = 70000;
    error = server_open(f->arena, &config, &other);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_USAGE);
    config.port = 0;
    config.tls_cert = config.tls_key = "/nonexistent.pem";
    error = server_open(f->arena, &config, &other);
    assert_non_null(error);
    assert_true(str_find(error_text(error, LANG_EN), STR("/nonexistent.pem")) >= 0);
    assert_null(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(answers_may_come_later_from_another_thread),
        TEST(clients_that_leave_before_their_answer_hold_up_nobody),
        TEST(large_answers_and_files_come_whole),
        TEST(a_stream_says_what_it_is_given_and_ends_when_told),
        TEST(a_stream_whose_client_has_gone_is_closed_also_in_silence),
        TEST(a_reader_that_reads_nothing_is_cut_and_others_are_not_slowed),
        TEST(a_message_larger_than_the_limit_breaks_a_stream),
        TEST(a_stream_asked_for_with_head_ends_at_once),
        TEST(closing_lets_what_runs_finish),
        TEST(closing_under_load_is_clean),
        TEST(a_server_that_cannot_open_says_what_to_do),
    };
    return cmocka_run_group_tests_name("http/server_stream", tests, NULL, NULL);
}
