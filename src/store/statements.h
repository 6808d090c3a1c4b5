/* statements.h: which prepared statement belongs to a text; the same for every engine, one set for each connection. Permanent
 * texts are known by their address; of those built for one request the least used gives up its place. */
#ifndef ANJU_STORE_STATEMENTS_H
#define ANJU_STORE_STATEMENTS_H

#include "store/engine.h"

#define STATIC_SLOTS 1024 /* permanent texts; a power of two */
#define BUILT_SLOTS 96

typedef struct {
    Statement *statics[STATIC_SLOTS], *built[BUILT_SLOTS];
    int64_t clock;
} Statements;

/* The place of this text. When it holds no statement, or another text's, *fits is false: the caller drops what is there (it
 * is the least used), prepares its own and hands it to statements_keep. */
Statement **statements_find(Statements *all, Str sql, bool permanent, bool *fits);
/* Puts it into the place that statements_find has given. */
void statements_keep(Statements *all, Statement **place, Statement *statement, Str sql, bool permanent);
/* Frees the copy of its text; the rest is the engine's. */
void statement_forget_text(Statement *statement);

typedef void StatementFn(Statement *statement, void *self);
void statements_each(Statements *all, StatementFn *fn, void *self);

#endif
