/* address.h: the parts of a server's address, postgresql://…, for its own programs. */
#ifndef ANJU_STORE_ADDRESS_H
#define ANJU_STORE_ADDRESS_H

#include "base/error.h"

/* The environment of this process with what the address says in the variables that PostgreSQL's programs read (PGHOST,
 * PGPASSWORD, …), ended by NULL. ERR_STATE_OF_WORLD for an address that cannot be read. */
MUST const Error *address_environment(Arena *arena, const char *url, char ***out);

#endif
