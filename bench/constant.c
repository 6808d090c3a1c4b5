/* constant.c: Anju's own HTTP stack with nothing behind it: every request is answered with the same so many bytes.
 *
 *     constant --port P --bytes N     prints "listening" when it listens, ends with SIGTERM */
#include "http/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static Str body;

static void answer(void *self, Exchange *ex)
{
    Answer head = {.status = 200,
                   .headers = {{STR("ETag"), STR("\"v1\"")},
                               {STR("Cache-Control"), STR("no-store")},
                               {STR("X-Content-Type-Options"), STR("nosniff")},
                               {STR("Content-Type"), STR("application/json; charset=utf-8")}},
                   .header_count = 4,
                   .body = body};

    (void)self;
    exchange_answer(ex, &head);
}

int main(int argc, char **argv)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 24);
    ServerConfig config = {.host = "127.0.0.1", .workers = 4, .handle = answer};
    const Error *error;
    Server *server;
    sigset_t wanted;
    char *bytes;
    int got;

    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--port") == 0)
            config.port = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--bytes") == 0)
            body.len = strtol(argv[i + 1], NULL, 10);
    bytes = arena_alloc(arena, (size_t)body.len + 1);
    memset(bytes, 'x', (size_t)body.len);
    body.ptr = bytes;
    (void)sigemptyset(&wanted); /* these three calls fail for wrong arguments only */
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &wanted, NULL);
    error = server_open(arena, &config, &server);
    if (error != OK) {
        (void)fprintf(stderr, "constant: %.*s\n", STR_ARG(error_text(error, LANG_EN)));
        return 1;
    }
    (void)printf("listening\n");
    (void)fflush(stdout);
    (void)sigwait(&wanted, &got); /* fails for wrong arguments only */
    server_close(server);
    return 0;
}
