/* sql.h: plain SQL inside a closure, with named and typed parameters.
 *
 * :org and :now are bound by themselves. A text given to sql_run, sql_find, sql_row and sql_each must be permanent (a
 * static const array, or built once at start): its address is its name in the cache of prepared statements. A text that
 * is put together from constants for one request goes through sql_each_built. No value is ever pasted into a text. */
#ifndef ANJU_STORE_SQL_H
#define ANJU_STORE_SQL_H

#include "store/cx.h"

typedef enum { V_NULL, V_INT, V_TEXT, V_BLOB } ValueKind;

/* One value as the engines know it: NULL, a 64-bit integer, text or bytes. */
typedef struct {
    ValueKind kind;
    int64_t n;
    Str s;
} Value;

typedef struct {
    const char *name; /* NULL ends a list */
    Value value;
} In;

typedef enum { OUT_END, OUT_INT, OUT_BOOL, OUT_TEXT } OutKind;
typedef struct {
    OutKind kind;
    void *to;
} Out;

#define IN(...) ((const In[]){__VA_ARGS__, {0}})
#define OUT(...) ((const Out[]){__VA_ARGS__, {0}})
#define NOTHING ((const In[]){{0}})

#define VALUE_NULL ((Value){V_NULL, 0, {0}})
static inline Value value_int(int64_t n)
{
    return (Value){.kind = V_INT, .n = n};
}
static inline Value value_text(Str s)
{
    return (Value){.kind = V_TEXT, .s = s};
}
static inline Value value_blob(Str s)
{
    return (Value){.kind = V_BLOB, .s = s};
}
/* An id or moment where 0 stands for none. */
static inline Value value_ref(int64_t n)
{
    return n == 0 ? VALUE_NULL : value_int(n);
}
static inline bool value_eq(Value a, Value b)
{
    if (a.kind != b.kind)
        return false;
    return a.kind == V_NULL || (a.kind == V_INT ? a.n == b.n : str_eq(a.s, b.s));
}

static inline In in_value(const char *name, Value value)
{
    return (In){name, value};
}
static inline In in_int(const char *name, int64_t n)
{
    return (In){name, value_int(n)};
}
static inline In in_text(const char *name, Str s)
{
    return (In){name, value_text(s)};
}
static inline In in_c(const char *name, const char *c)
{
    return (In){name, c == NULL ? VALUE_NULL : value_text(str_of(c))};
}
static inline In in_ref(const char *name, int64_t n)
{
    return (In){name, value_ref(n)};
}
/* Columns that are NULL give 0, false or an empty text without a pointer. Text is copied into the cx's arena. */
static inline Out out_int(int64_t *to)
{
    return (Out){OUT_INT, to};
}
static inline Out out_bool(bool *to)
{
    return (Out){OUT_BOOL, to};
}
static inline Out out_text(Str *to)
{
    return (Out){OUT_TEXT, to};
}

/* A row while it is being read; text is borrowed until the callback returns. */
typedef struct Row Row;
int row_count(const Row *row);
bool row_is_null(const Row *row, int column);
int64_t row_int(const Row *row, int column);
Str row_text(const Row *row, int column);
Value row_value(const Row *row, int column);
/* `count` values from column `first` on, their texts borrowed as above. */
void row_values(const Row *row, int first, int count, Value *out);
Value row_value_copy(Cx *cx, const Row *row, int column);

/* Runs a statement that gives no rows. *changed (NULL allowed) is the number of rows it touched. */
MUST const Error *sql_run(Cx *cx, const char *sql, const In *in);
MUST const Error *sql_run_count(Cx *cx, const char *sql, const In *in, int64_t *changed);
/* The same for a statement that a key or condition of its table refuses where what the batch expects is not so: the batch is then undone and
 * run again (store_expected). */
MUST const Error *sql_run_expecting(Cx *cx, const char *sql, const In *in);

/* The first row into typed places, in order. sql_row: ERR_NOT_FOUND without one; sql_find says so in *found. */
MUST const Error *sql_row(Cx *cx, const char *sql, const In *in, const Out *out);
MUST const Error *sql_find(Cx *cx, const char *sql, const In *in, const Out *out, bool *found);

/* Every row; an error of the callback ends it and goes up. */
typedef const Error *RowFn(Cx *cx, const Row *row, void *self);
MUST const Error *sql_each(Cx *cx, const char *sql, const In *in, RowFn *fn, void *self);
MUST const Error *sql_each_built(Cx *cx, Str sql, const In *in, RowFn *fn, void *self);
/* Whole numbers, mostly ids, as they came; memory of the cx's arena. Begins as {0}. */
typedef struct {
    int64_t *list;
    int count, room;
} Ids;
/* Adds the first column of every row. */
MUST const Error *sql_ids(Cx *cx, const char *sql, const In *in, Ids *out);
/* sql_each_built for results too large to be held by a server's client: in pages. The statement is ordered by its first column, a whole
 * number above 0 that no two rows share, and takes :after and :limit itself (`… AND t.id > :after ORDER BY t.id LIMIT :limit`). */
MUST const Error *sql_each_paged(Cx *cx, Str sql, RowFn *fn, void *self);

/* Runs a text that is not worth keeping prepared (schema changes, pragmas). */
MUST const Error *sql_exec(Cx *cx, Str sql);

/* Asks a server for what sql_find and the like (or sql_each_built) will want with the same text and values later in this closure, so that several
 * questions travel together. Nothing that this closure does meanwhile changes what they are about. Only worth its while where sql_goes_ahead:
 * elsewhere it does nothing. */
bool sql_goes_ahead(const Cx *cx);
MUST const Error *sql_ahead(Cx *cx, const char *sql, const In *in);
MUST const Error *sql_ahead_built(Cx *cx, Str sql, const In *in);

/* A unique key refused the last statement's row? Only valid after ERR_STATE_OF_WORLD from sql_run. */
bool sql_is_conflict(const Error *error);

#endif
