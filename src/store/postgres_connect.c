/* postgres_connect.c: a server's address, and connecting to it. */
#include "store/address.h"
#include "store/postgres_parts.h"

#include <unistd.h>

/* Of a session of our own; a pooler's are shared, and are told with each transaction (POSTGRES_SET_LOCAL). */
#define SETTINGS(idle) "-c lock_timeout=" POSTGRES_LOCK " -c statement_timeout=" POSTGRES_STATEMENT " -c idle_in_transaction_session_timeout=" idle

LATE_LIBRARY(late_libpq, LIBPQ_FUNCTIONS, "libpq.so.5", "libpq5");

char *postgres_address(const char *url, bool *pooled)
{
    static const char OPTION[] = "pool=transaction";
    char *copy = mem_alloc(strlen(url) + 1), *at;

    memcpy(copy, url, strlen(url));
    at = strstr(copy, OPTION);
    *pooled = at != NULL;
    if (at != NULL) {
        char *rest = at + strlen(OPTION);
        if (*rest == '&')
            rest++;
        else if (at > copy)
            at--; /* the '?' or '&' before it */
        memmove(at, rest, strlen(rest) + 1);
    }
    return copy;
}

/* Only one @, and no / before it. */
static bool has_clear_parts(const char *url)
{
    const char *host = strstr(url, "://") + 3, *path = strchr(host, '/'), *end = url + strlen(url);
    const char *query = path == NULL ? NULL : strchr(path, '?');
    const char *at = memchr(host, '@', (size_t)((path == NULL ? end : path) - host));

    if (path != NULL && memchr(path, '@', (size_t)((query == NULL ? end : query) - path)) != NULL)
        return false;
    return at == NULL || memchr(at + 1, '@', (size_t)((path == NULL ? end : path) - at - 1)) == NULL;
}

static bool is_ports(const char *text)
{
    return text == NULL || text[strspn(text, "0123456789,")] == '\0';
}

const Error *address_check(Arena *arena, const char *flag, const char *url)
{
    bool pooled, is_clear = has_clear_parts(url);
    char *address, *why = NULL;
    PQconninfoOption *options;

    TRY(late_load(arena, &late_libpq_library));
    address = postgres_address(url, &pooled);
    options = PQconninfoParse(address, &why);
    mem_free(address);
    if (why != NULL)
        PQfreemem(why); /* it may hold the password */
    for (PQconninfoOption *option = options; option != NULL && option->keyword != NULL; option++)
        is_clear = is_clear && (strcmp(option->keyword, "port") != 0 || is_ports(option->val));
    if (options != NULL)
        PQconninfoFree(options);
    if (options != NULL && is_clear)
        return OK;
    return error_new(arena, ERR_USAGE,
                     str_format(arena, "--%s 的地址读不懂，应为 postgresql://用户:密码@主机:端口/数据库；密码中的 %% 写成 %%25，@ 写成 %%40，"
                                "/ 写成 %%2F，: 写成 %%3A", flag),
                     str_format(arena, "--%s: the address cannot be read; it must be postgresql://USER:PASSWORD@HOST:PORT/DATABASE,"
                                " with %% in the password as %%25, @ as %%40, / as %%2F, : as %%3A", flag));
}

const Error *address_environment(Arena *arena, const char *url, char ***out)
{
    bool pooled;
    char *address, *why = NULL;
    PQconninfoOption *options;
    int count = 0, room = 1;

    TRY(late_load(arena, &late_libpq_library));
    address = postgres_address(url, &pooled);
    options = pooled ? NULL : PQconninfoParse(address, &why);
    mem_free(address);
    if (why != NULL)
        PQfreemem(why); /* it may hold the password */
    if (options == NULL)
        return error_new(arena, ERR_STATE_OF_WORLD, STR("这里要用服务器自己的地址，不经连接池，写法 postgresql://…"),
                         STR("this needs the server's own address, not a pooler's, as postgresql://…"));
    for (char **own = environ; *own != NULL; own++)
        room++;
    for (PQconninfoOption *option = options; option->keyword != NULL; option++)
        room++;
    *out = new (arena, char *, room);
    for (PQconninfoOption *option = options; option->keyword != NULL; option++)
        if (option->val != NULL && option->envvar != NULL)
            (*out)[count++] = str_to_c(arena, str_format(arena, "%s=%s", option->envvar, option->val));
    for (char **own = environ; *own != NULL; own++) /* behind: the first of a name holds */
        if (strncmp(*own, "ANJU_", 5) != 0)
            (*out)[count++] = *own;
    PQconninfoFree(options);
    return OK;
}

PGconn *postgres_connect(const char *address, bool pooled, bool writer)
{
    const char *settings = writer ? SETTINGS(POSTGRES_IDLE_WRITER) : SETTINGS(POSTGRES_IDLE_READER);
    const char *const names[] = {"connect_timeout", "fallback_application_name", "client_encoding", "options", "dbname", NULL};
    const char *const values[] = {"3", "anju", "UTF8", pooled ? NULL : settings, address, NULL}; /* the address is stronger */

    return PQconnectdbParams(names, values, 1);
}

const Error *postgres_check(Arena *arena, PGconn *conn, bool writes)
{
    static const char ASK[] = "SELECT pg_encoding_to_char(encoding), datctype, current_setting('transaction_read_only')"
                              " FROM pg_database WHERE datname = current_database()";
    PGresult *result = PQexec(conn, ASK);
    bool told = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1;
    Str ctype = told ? str_copy(arena, str_of(PQgetvalue(result, 0, 1))) : STR("C");
    bool is_utf8 = told && !str_is(ctype, "C") && !str_is(ctype, "POSIX") && strcmp(PQgetvalue(result, 0, 0), "UTF8") == 0;
    bool is_read_only = told && strcmp(PQgetvalue(result, 0, 2), "on") == 0;

    PQclear(result);
    if (!is_utf8)
        return error_new(
            arena, ERR_STATE_OF_WORLD,
            str_format(arena, "数据库的字符类型是 %.*s，应为 UTF-8：CREATE DATABASE … ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0", STR_ARG(ctype)),
            str_format(arena, "the database has the ctype %.*s and needs a UTF-8 one: CREATE DATABASE … ENCODING 'UTF8' LC_CTYPE 'C.UTF-8' TEMPLATE template0",
                       STR_ARG(ctype)));
    if (writes && is_read_only)
        return error_new(arena, ERR_STATE_OF_WORLD, STR("数据库是只读的（是备用库？）；请连到主库"),
                         STR("the database is read-only (a standby?); name the primary one"));
    return OK;
}
