/* guesses.h: slows down guessing of passwords and codes without letting anybody lock others out: only failures count, by
 * log-in and address (10 in 5 minutes) and by address (100); a success clears; another address is never affected. */
#ifndef ANJU_HTTP_GUESSES_H
#define ANJU_HTTP_GUESSES_H

#include "base/time.h"

typedef struct Guesses Guesses;
Guesses *guesses_open(void);
void guesses_close(Guesses *guesses);

/* Seconds to wait before the next try; 0: may try now. */
int64_t guesses_wait(Guesses *guesses, Str login, Str peer, Instant now);
void guesses_failed(Guesses *guesses, Str login, Str peer, Instant now);
void guesses_cleared(Guesses *guesses, Str login, Str peer);

#endif
