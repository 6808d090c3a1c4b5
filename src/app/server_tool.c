#include "app/server_tool.h"
#include "store/address.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_SAID 2000
#define MAX_ARGS 20

static const Error *world(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, zh, en);
}

/* In PATH, else of the newest version that Debian has put beside it. */
static const char *find(Arena *arena, const char *name)
{
    const char *newest = NULL, *paths = getenv("PATH");
    glob_t found = {0};

    for (Str rest = str_of(paths == NULL ? "/usr/bin:/bin" : paths), folder; rest.ptr != NULL;) {
        char *path;
        folder = str_split(rest, ':', &rest);
        path = str_to_c(arena, str_format(arena, "%.*s/%s", STR_ARG(folder), name));
        if (folder.len > 0 && access(path, X_OK) == 0)
            return path;
    }
    if (glob(str_to_c(arena, str_format(arena, "/usr/lib/postgresql/*/bin/%s", name)), 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++) /* in the order of their names; versions have two digits */
            newest = str_to_c(arena, str_of(found.gl_pathv[i]));
    globfree(&found);
    return newest;
}

static void run_child(const char *path, const char *const *argv, char *const *environment, int said, pid_t parent)
{
    int null = open("/dev/null", O_RDWR);
    sigset_t none;

    (void)sigemptyset(&none); /* these two fail for wrong arguments only */
    (void)sigprocmask(SIG_SETMASK, &none, NULL);

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* else it goes on without anybody to wait for it */
    if (getppid() != parent || null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 || dup2(said, STDERR_FILENO) < 0)
        _exit(126);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)execve(path, (char *const *)(uintptr_t)argv, environment); /* it does not change them */
    _exit(127);
}

/* The line that says what was wrong. Others tell of rows, whose contents are nobody's here. */
static Str reason(Str said)
{
    for (Str rest = said, line; rest.ptr != NULL;) {
        line = str_split(rest, '\n', &rest);
        if (str_find(line, STR("error:")) >= 0)
            return line;
    }
    return str_split(said, '\n', &(Str){0});
}

/* The beginning of what it says on stderr, until it ends. */
static Str listen_to(Arena *arena, int fd)
{
    char *said = arena_alloc(arena, MAX_SAID), rest[512];
    size_t have = 0;

    for (;;) {
        ssize_t got = have < MAX_SAID ? read(fd, said + have, MAX_SAID - have) : read(fd, rest, sizeof rest);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return reason(str_trim((Str){said, (ptrdiff_t)have}));
        if (have < MAX_SAID)
            have += (size_t)got;
    }
}

const Error *server_tool(Arena *arena, const char *name, const char *url, const char *const *args)
{
    const char *argv[MAX_ARGS + 2] = {name}, *path = find(arena, name);
    pid_t parent = getpid(), child;
    char **environment;
    int ends[2], status = 0;
    Str said;

    if (path == NULL)
        return world(arena, str_format(arena, "没有找到 %s：请安装 postgresql-client", name), str_format(arena, "%s was not found: install postgresql-client", name));
    for (int i = 0; i < MAX_ARGS && args[i] != NULL; i++)
        argv[i + 1] = args[i];
    TRY(address_environment(arena, url, &environment));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return world(arena, str_format(arena, "%s 启动不了：%s", name, strerror(errno)), str_format(arena, "cannot start %s: %s", name, strerror(errno)));
    child = fork();
    if (child == 0)
        run_child(path, argv, environment, ends[1], parent);
    (void)close(ends[1]);
    said = child < 0 ? str_of(strerror(errno)) : listen_to(arena, ends[0]);
    (void)close(ends[0]);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return OK;
    if (said.len == 0)
        said = str_format(arena, WIFSIGNALED(status) ? "signal %d" : "exit code %d", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return world(arena, str_format(arena, "%s 没有成功：%.*s", name, STR_ARG(said)), str_format(arena, "%s did not succeed: %.*s", name, STR_ARG(said)));
}
