/* sql.c: sql_*, row_* and what else a closure asks of its connection. */
#include "store/slow.h"
#include "store/store.h"

#include <assert.h>

#define PAGE_ROWS 2000 /* of sql_each_paged */

typedef struct {
    const Out *out;
    bool found;
} Places;

/* Callers mostly give their values in the statement's order: each is looked for behind the one before first. */
Value engine_value(const Cx *cx, const In *in, const In **next, const char *name)
{
    const In *at = *next;

    if (strcmp(name, "org") == 0)
        return value_int(cx->org);
    if (strcmp(name, "now") == 0)
        return value_int(cx->now);
    if (at->name == NULL || strcmp(at->name, name) != 0)
        for (at = in; at->name != NULL && strcmp(at->name, name) != 0;)
            at++;
    assert(at->name != NULL); /* a statement names a parameter that its caller does not give */
    *next = at + 1;
    return at->value;
}

static const Error *step_through(Cx *cx, Statement *statement, const In *in, RowFn *fn, void *self, bool first_only, int64_t *changed)
{
    const Error *error = statement->engine->bind(cx, statement, in);
    bool row;

    if (error == OK && fn == NULL && changed == NULL && statement->engine->run != NULL)
        return statement->engine->run(cx, statement, false);
    while (error == OK) {
        error = statement->engine->step(cx, statement, &row);
        if (error != OK || !row)
            break;
        if (fn != NULL)
            error = fn(cx, &(Row){statement}, self);
        if (first_only)
            break;
    }
    if (changed != NULL && error == OK)
        *changed = statement->engine->changes(statement);
    statement->engine->reset(statement);
    return error;
}

static const Error *run_statement(Cx *cx, Str sql, bool permanent, const In *in, RowFn *fn, void *self, bool first_only, int64_t *changed)
{
    Statement *statement;
    const Error *error;
    int64_t begun_us;

    assert(cx->db != NULL); /* SQL outside store_read and store_write */
    begun_us = slow_begin(cx->db->slow);
    TRY(cx->db->engine->statement(cx, cx->db, sql, permanent, &statement));
    error = step_through(cx, statement, in, fn, self, first_only, changed);
    slow_end(cx, statement, begun_us);
    return error;
}

const Error *sql_run(Cx *cx, const char *sql, const In *in)
{
    return run_statement(cx, str_of(sql), true, in, NULL, NULL, false, NULL);
}

const Error *sql_run_expecting(Cx *cx, const char *sql, const In *in)
{
    const Engine *engine = cx->db->engine;
    Statement *statement;

    assert(engine->run != NULL); /* an engine of one process has no expectations */
    TRY(engine->statement(cx, cx->db, str_of(sql), true, &statement));
    TRY(engine->bind(cx, statement, in));
    return engine->run(cx, statement, true);
}

const Error *sql_run_count(Cx *cx, const char *sql, const In *in, int64_t *changed)
{
    return run_statement(cx, str_of(sql), true, in, NULL, NULL, false, changed);
}

static const Error *fill_places(Cx *cx, const Row *row, void *self)
{
    Places *places = self;

    places->found = true;
    for (int i = 0; places->out[i].kind != OUT_END; i++) {
        const Out *out = &places->out[i];
        switch (out->kind) {
        case OUT_INT: *(int64_t *)out->to = row_int(row, i); break;
        case OUT_BOOL: *(bool *)out->to = row_int(row, i) != 0; break;
        case OUT_TEXT: *(Str *)out->to = str_copy(cx->arena, row_text(row, i)); break;
        case OUT_END: break;
        }
    }
    return OK;
}

const Error *sql_find(Cx *cx, const char *sql, const In *in, const Out *out, bool *found)
{
    Places places = {.out = out};

    TRY(run_statement(cx, str_of(sql), true, in, fill_places, &places, true, NULL));
    *found = places.found;
    return OK;
}

const Error *sql_row(Cx *cx, const char *sql, const In *in, const Out *out)
{
    bool found;

    TRY(sql_find(cx, sql, in, out, &found));
    return found ? OK : error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
}

const Error *sql_each(Cx *cx, const char *sql, const In *in, RowFn *fn, void *self)
{
    return run_statement(cx, str_of(sql), true, in, fn, self, false, NULL);
}

const Error *sql_each_built(Cx *cx, Str sql, const In *in, RowFn *fn, void *self)
{
    return run_statement(cx, sql, false, in, fn, self, false, NULL);
}

bool sql_goes_ahead(const Cx *cx)
{
    return cx->db->writer && cx->db->engine->ahead != NULL;
}

static const Error *send_ahead(Cx *cx, Str sql, bool permanent, const In *in)
{
    const Engine *engine = cx->db->engine;
    Statement *statement;

    if (!sql_goes_ahead(cx))
        return OK;
    TRY(engine->statement(cx, cx->db, sql, permanent, &statement));
    TRY(engine->bind(cx, statement, in));
    return engine->ahead(cx, statement);
}

const Error *sql_ahead(Cx *cx, const char *sql, const In *in)
{
    return send_ahead(cx, str_of(sql), true, in);
}

const Error *sql_ahead_built(Cx *cx, Str sql, const In *in)
{
    return send_ahead(cx, sql, false, in);
}

static const Error *add_id(Cx *cx, const Row *row, void *self)
{
    Ids *ids = self;

    ids->list = arena_grown(cx->arena, ids->list, sizeof *ids->list, ids->count, &ids->room);
    ids->list[ids->count++] = row_int(row, 0);
    return OK;
}

const Error *sql_ids(Cx *cx, const char *sql, const In *in, Ids *out)
{
    return sql_each(cx, sql, in, add_id, out);
}

typedef struct {
    RowFn *fn;
    void *self;
    int64_t after, count;
} Paged;

static const Error *paged_row(Cx *cx, const Row *row, void *self)
{
    Paged *paged = self;

    paged->after = row_int(row, 0);
    paged->count++;
    return paged->fn(cx, row, paged->self);
}

const Error *sql_each_paged(Cx *cx, Str sql, RowFn *fn, void *self)
{
    Paged paged = {.fn = fn, .self = self};

    do {
        paged.count = 0;
        TRY(sql_each_built(cx, sql, IN(in_int("after", paged.after), in_int("limit", PAGE_ROWS)), paged_row, &paged));
    } while (paged.count == PAGE_ROWS);
    return OK;
}

const Error *sql_exec(Cx *cx, Str sql)
{
    return cx->db->engine->exec(cx, cx->db, sql);
}

bool sql_is_conflict(const Error *error)
{
    return error != OK && error->code == ERR_STATE_OF_WORLD;
}

const Dialect *dialect_of(const Cx *cx)
{
    return cx->db->engine->dialect;
}

const char *lock_of(const Cx *cx)
{
    return cx->db->writer ? dialect_of(cx)->lock : "";
}

int row_count(const Row *row)
{
    return row->statement->engine->count(row->statement);
}

bool row_is_null(const Row *row, int column)
{
    return row->statement->engine->is_null(row->statement, column);
}

int64_t row_int(const Row *row, int column)
{
    return row->statement->engine->integer(row->statement, column);
}

Str row_text(const Row *row, int column)
{
    return row->statement->engine->text(row->statement, column);
}

void row_values(const Row *row, int first, int count, Value *out)
{
    row->statement->engine->values(row->statement, first, count, out);
}

Value row_value(const Row *row, int column)
{
    Value value;
    row_values(row, column, 1, &value);
    return value;
}

Value row_value_copy(Cx *cx, const Row *row, int column)
{
    Value value = row_value(row, column);
    value.s = str_copy(cx->arena, value.s);
    return value;
}
