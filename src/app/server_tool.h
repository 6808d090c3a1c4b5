/* server_tool.h: runs a program of PostgreSQL's (pg_dump, pg_restore) on the server at an address. */
#ifndef ANJU_APP_SERVER_TOOL_H
#define ANJU_APP_SERVER_TOOL_H

#include "base/error.h"

/* Runs it and waits; args ends with NULL and has neither name nor address: the address goes by the environment, where no list of
 * processes shows its password. ERR_STATE_OF_WORLD with what the program said when it is not there or does not succeed. It ends
 * with this process, also when that is killed. */
MUST const Error *server_tool(Arena *arena, const char *name, const char *url, const char *const *args);

#endif
