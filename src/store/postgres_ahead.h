/* postgres_ahead.h: queries that are under way to the server before somebody needs them, in the order of sending, and their
 * rows when they have come. Whose query it is, is told by the closure's context; each is taken once. */
#ifndef ANJU_STORE_POSTGRES_AHEAD_H
#define ANJU_STORE_POSTGRES_AHEAD_H

#include "store/postgres_parts.h"

typedef struct {
    const Cx *cx;
    const void *statement; /* NULL: taken, or nobody wants it any more */
    int64_t at, length;    /* its values, in Aheads.bytes */
    PGresult *result;
} Ahead;

typedef struct {
    Ahead *list;
    int first, arrived, count, room; /* all before `first` are taken; [arrived, count) are still under way */
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
/* It has been sent. */
void aheads_add(Aheads *aheads, const AheadQuery *query);
/* The result of the next one (own) has come. */
void aheads_keep(Aheads *aheads, PGresult *result);
bool aheads_has_arrived(const Aheads *aheads, int at);
/* Its result, the caller's from now on; the places of the others stay as they are. */
PGresult *aheads_take(Aheads *aheads, int at);
/* The statement is about to go. */
void aheads_forget(Aheads *aheads, const void *statement);
/* Nothing is under way any more. */
void aheads_clear(Aheads *aheads);
void aheads_free(Aheads *aheads);

#endif
