/* postgres_ahead.h: queries that are under way to the server before somebody needs them, in the order of sending, and their
 * rows when they have come. Who wants one is told by the closure's context; each takes it once, and several may want the same. */
#ifndef ANJU_STORE_POSTGRES_AHEAD_H
#define ANJU_STORE_POSTGRES_AHEAD_H

#include "store/postgres_parts.h"

typedef struct {
    const void *statement;
    int64_t at, length; /* its values, in Aheads.bytes */
    int wanted;         /* so many have not taken its rows */
    PGresult *result;   /* when it has arrived, and somebody wants it */
} Answer;
typedef struct {
    const Cx *cx; /* NULL: taken, or not to be had any more */
    int answer;
} Ahead;

typedef struct {
    Answer *answers;
    int arrived, sent, answers_room; /* [arrived, sent) are still under way */
    Ahead *list;
    int first, count, room; /* all before `first` are taken */
    char *bytes;
    int64_t used, bytes_room;
} Aheads;

/* A statement with the values that it is bound to, as libpq takes them. */
typedef struct {
    const Cx *cx;
    const void *statement;
    int count;
    const char *const *values;
    const int *lengths, *formats;
} AheadQuery;

/* Where it stands; -1: nowhere. */
int aheads_find(Aheads *aheads, const AheadQuery *query);
/* Has another closure asked the same, whose rows have not all been taken? Then this one wants them too. */
bool aheads_share(Aheads *aheads, const AheadQuery *query);
/* It has been sent. */
void aheads_add(Aheads *aheads, const AheadQuery *query);
/* The result of the next one that was sent (own) has come. */
void aheads_keep(Aheads *aheads, PGresult *result);
bool aheads_has_arrived(const Aheads *aheads, int at);
/* Its result, the caller's from now on (NULL: there is none, it is asked anew); the places of the others stay as they are. */
PGresult *aheads_take(Aheads *aheads, int at);
/* The statement is about to go. */
void aheads_forget(Aheads *aheads, const void *statement);
/* Nothing is under way any more. */
void aheads_clear(Aheads *aheads);
void aheads_free(Aheads *aheads);

#endif
