/* rivals.h: in which companies other processes write too, told by the numbers of the company's events: where ours do not follow
 * on ours, somebody else's are between them. */
#ifndef ANJU_STORE_RIVALS_H
#define ANJU_STORE_RIVALS_H

#include "base/id.h"

#include <pthread.h>

#define RIVALS_PLACES 1024 /* of companies; two that fall on one place are seen the worse */

typedef struct Rivals {
    pthread_mutex_t lock;
    struct {
        Id org;
        int64_t last;    /* the newest event number that this process has taken */
        int64_t seen_us[2]; /* when another's were last found between ours, and the time before; 0: never */
    } places[RIVALS_PLACES];
} Rivals;

void rivals_init(Rivals *rivals);
void rivals_end(Rivals *rivals);
/* This process takes (after, last] while it has the company's counter. */
void rivals_note(Rivals *rivals, Id org, int64_t after, int64_t last);
/* Has another process written in the company again and again within the last seconds? */
bool rivals_has(Rivals *rivals, Id org);

#endif
