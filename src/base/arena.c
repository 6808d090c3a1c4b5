#include "base/arena.h"
#include "base/log.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (32 * 1024)

typedef struct Block Block;
struct Block {
    Block *next;
    size_t size, used;
    alignas(max_align_t) char bytes[];
};

typedef struct Deferred Deferred;
struct Deferred {
    Deferred *next;
    void (*run)(void *what);
    void *what;
};

/* Invariant: `first` is the newest block; the oldest one is kept by a reset. */
struct Arena {
    Block *first;
    Deferred *deferred;
    size_t budget, used;
    bool spent;
};

static Block *block_new(size_t size, Block *next, bool zeroed);
static void run_deferred(Arena *arena);

Arena *arena_open(size_t budget)
{
    Arena *arena = mem_alloc(sizeof *arena);
    arena->budget = budget;
    return arena;
}

void arena_close(Arena *arena)
{
    if (arena == NULL)
        return;
    run_deferred(arena);
    for (Block *block = arena->first, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(arena);
}

void arena_close_at(Arena **arena)
{
    arena_close(*arena);
}

void arena_reset(Arena *arena)
{
    Block *kept = NULL;

    run_deferred(arena);
    for (Block *block = arena->first, *next; block != NULL; block = next) {
        next = block->next;
        if (next == NULL && block->size == BLOCK_BYTES)
            kept = block;
        else
            free(block);
    }
    if (kept != NULL)
        kept->used = 0;
    arena->first = kept;
    arena->used = 0;
    arena->spent = false;
}

static void *alloc(Arena *arena, size_t size, bool zeroed)
{
    Block *block = arena->first;
    void *got;

    size = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    if (size == 0)
        size = alignof(max_align_t);
    arena->used += size;
    if (arena->used > arena->budget)
        arena->spent = true;
    if (block == NULL || block->size - block->used < size) {
        if (block != NULL && size > BLOCK_BYTES / 4) { /* a large one goes behind, so that the small ones fill their block */
            Block *large = block_new(size, block->next, zeroed);
            block->next = large;
            large->used = size;
            return large->bytes;
        }
        block = block_new(size > BLOCK_BYTES ? size : BLOCK_BYTES, arena->first, false);
        arena->first = block;
    }
    got = block->bytes + block->used;
    if (zeroed) /* piece by piece, never a whole block: most of it is text that is written over */
        memset(got, 0, size);
    block->used += size;
    return got;
}

void *arena_alloc(Arena *arena, size_t size)
{
    return alloc(arena, size, true);
}

void *arena_alloc_raw(Arena *arena, size_t size)
{
    return alloc(arena, size, false);
}

void *arena_alloc_many(Arena *arena, size_t size, size_t count)
{
    size_t bytes;

    if (__builtin_mul_overflow(size, count, &bytes) || bytes > SIZE_MAX / 4) {
        log_error("an impossible amount of memory was asked for");
        abort();
    }
    return arena_alloc(arena, bytes);
}

void *arena_grown(Arena *arena, void *list, size_t size, int count, int *room)
{
    void *more;

    if (count < *room)
        return list;
    *room = count * 2 + 16;
    more = arena_alloc_many(arena, size, (size_t)*room);
    if (count > 0)
        memcpy(more, list, size * (size_t)count);
    return more;
}

bool arena_is_spent(const Arena *arena)
{
    return arena->spent;
}

size_t arena_used(const Arena *arena)
{
    return arena->used;
}

void arena_defer(Arena *arena, void (*run)(void *what), void *what)
{
    Deferred *deferred = new (arena, Deferred, 1);
    *deferred = (Deferred){.next = arena->deferred, .run = run, .what = what};
    arena->deferred = deferred;
}

void *mem_alloc(size_t size)
{
    void *got = calloc(1, size == 0 ? 1 : size);
    if (got == NULL) {
        log_error("out of memory");
        abort();
    }
    return got;
}

void *mem_grow(void *take_old, size_t size)
{
    void *got = realloc(take_old, size == 0 ? 1 : size);
    if (got == NULL) {
        log_error("out of memory");
        abort();
    }
    return got;
}

void mem_free(void *what)
{
    free(what);
}

static Block *block_new(size_t size, Block *next, bool zeroed)
{
    Block *block = zeroed ? calloc(1, sizeof *block + size) : malloc(sizeof *block + size);
    if (block == NULL) {
        log_error("out of memory");
        abort();
    }
    block->next = next;
    block->size = size;
    block->used = 0;
    return block;
}

static void run_deferred(Arena *arena)
{
    Deferred *deferred = arena->deferred;

    arena->deferred = NULL;
    for (; deferred != NULL; deferred = deferred->next)
        deferred->run(deferred->what);
}
