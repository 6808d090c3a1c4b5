/* postgres_connect.c: a server's address, and connecting to it. */
#include "store/address.h"
#include "store/postgres_parts.h"

#include <unistd.h>

/* Of a session of our own; a pooler's are shared, and have the server's. */
#define SETTINGS "-c lock_timeout=10s -c statement_timeout=120s -c idle_in_transaction_session_timeout=60s"

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

PGconn *postgres_connect(const char *address, bool pooled)
{
    const char *const names[] = {"connect_timeout", "fallback_application_name", "client_encoding", "options", "dbname", NULL};
    const char *const values[] = {"3", "anju", "UTF8", pooled ? NULL : SETTINGS, address, NULL}; /* the address is stronger */

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
