#include "store/statements.h"

#include <assert.h>

static Statement **find_permanent(Statements *all, Str sql, bool *fits)
{
    size_t at = ((uintptr_t)sql.ptr >> 3) * 2654435761u >> 7;
    Statement **place = NULL;

    for (size_t i = 0; i < STATIC_SLOTS; i++) {
        place = &all->statics[(at + i) & (STATIC_SLOTS - 1)];
        if (*place == NULL || (*place)->text.ptr == sql.ptr)
            break;
    }
    assert(*place == NULL || (*place)->text.ptr == sql.ptr); /* more permanent texts than slots: raise STATIC_SLOTS */
    *fits = *place != NULL;
    return place;
}

Statement **statements_find(Statements *all, Str sql, bool permanent, bool *fits)
{
    uint64_t hash;
    Statement **place = NULL;

    if (permanent)
        return find_permanent(all, sql, fits);
    hash = str_hash(sql);
    for (size_t i = 0; i < BUILT_SLOTS; i++) {
        Statement *at = all->built[i];
        if (at != NULL && at->hash == hash && str_eq(at->text, sql)) {
            at->used = ++all->clock;
            *fits = true;
            return &all->built[i];
        }
        if (place == NULL || (*place != NULL && (at == NULL || at->used < (*place)->used)))
            place = &all->built[i];
    }
    *fits = false;
    return place;
}

void statements_keep(Statements *all, Statement **place, Statement *statement, Str sql, bool permanent)
{
    statement->text = sql;
    statement->is_built = !permanent;
    if (!permanent) {
        char *copy = mem_alloc((size_t)sql.len);
        memcpy(copy, sql.ptr, (size_t)sql.len);
        statement->text.ptr = copy;
        statement->hash = str_hash(sql);
        statement->used = ++all->clock;
    }
    *place = statement;
}

void statement_forget_text(Statement *statement)
{
    if (statement->is_built)
        mem_free((char *)statement->text.ptr);
}

void statements_each(Statements *all, StatementFn *fn, void *self)
{
    for (size_t i = 0; i < STATIC_SLOTS; i++)
        if (all->statics[i] != NULL)
            fn(all->statics[i], self);
    for (size_t i = 0; i < BUILT_SLOTS; i++)
        if (all->built[i] != NULL)
            fn(all->built[i], self);
}
