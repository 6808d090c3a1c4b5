/* tls.h: the certificate that new connections are answered with. It may be replaced while the server runs (they are renewed every
 * few months); connections that are open keep the one that they began with. */
#ifndef ANJU_HTTP_TLS_H
#define ANJU_HTTP_TLS_H

#include "base/error.h"

#include <gnutls/abstract.h>

/* Reads two PEM files, the certificate's with its chain. ERR_STATE_OF_WORLD when they cannot be read or do not belong together:
 * then what was there before stays. One certificate for the whole process. */
MUST const Error *tls_load(Arena *arena, const char *cert, const char *key);
/* Frees all that were loaded; no connection may be open. */
void tls_end(void);

/* For the library: what a new connection is answered with. */
gnutls_certificate_retrieve_function2 tls_retrieve;

#endif
