/* guesses.h: slows down guessing of passwords and codes without letting anybody lock others out: only failures count, by
 * log-in and address (10 in 5 minutes) and by address (100); a success clears; another address is never affected. One process
 * counts in memory; several on one database count together in its table `guess`. */
#ifndef ANJU_HTTP_GUESSES_H
#define ANJU_HTTP_GUESSES_H

#include "store/store.h"

typedef struct Guesses Guesses;
/* shared: the store of a database that other processes serve too, which outlives it; NULL: there is none. */
Guesses *guesses_open(Store *shared);
void guesses_close(Guesses *guesses);

/* ERR_TOO_MANY, with the seconds to wait, when cx->peer may not try this log-in now. Not from inside a closure, as the others. */
MUST const Error *guesses_check(Guesses *guesses, Cx *cx, Str login);
MUST const Error *guesses_failed(Guesses *guesses, Cx *cx, Str login);
MUST const Error *guesses_cleared(Guesses *guesses, Cx *cx, Str login);

#endif
