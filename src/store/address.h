/* address.h: a server's address, postgresql://…: whether it can be read, and its parts for the server's own programs. */
#ifndef ANJU_STORE_ADDRESS_H
#define ANJU_STORE_ADDRESS_H

#include "base/error.h"

/* Can it be read, and in one way only? ERR_USAGE, which quotes nothing of it: where a password's @, / or % is not written as %40, %2F or
 * %25, parts of the password are taken for host, port or database, and what says that these are wrong would show them. `flag` is where it
 * was given. Errors of late_load. */
MUST const Error *address_check(Arena *arena, const char *flag, const char *url);

/* The environment of this process with what the address says in the variables that PostgreSQL's programs read (PGHOST,
 * PGPASSWORD, …), ended by NULL. ERR_STATE_OF_WORLD for an address that cannot be read. */
MUST const Error *address_environment(Arena *arena, const char *url, char ***out);

#endif
