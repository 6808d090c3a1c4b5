/* arena.h: memory that lives as long as one request or job, and is freed whole.
 *
 * An arena has a budget. Past it, it is *spent*: allocation still yields zeroed memory (so that no caller needs a check),
 * but the kernel neither commits nor answers from a spent arena. When the machine itself has no memory the process stops. */
#ifndef ANJU_BASE_ARENA_H
#define ANJU_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#define MUST __attribute__((warn_unused_result))
#define AUTO(done) __attribute__((cleanup(done)))
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef struct Arena Arena;

/* A new arena that may give `budget` bytes before it is spent. Own; close it with arena_close. Never NULL. */
Arena *arena_open(size_t budget);

/* Runs what was deferred (last first) and frees everything. NULL is allowed. */
void arena_close(Arena *arena);

/* For the cleanup attribute: AUTO(arena_close_at) Arena *arena = … */
void arena_close_at(Arena **arena);

/* Runs what was deferred and empties the arena for its next use; keeps one block, so that a busy worker does not
 * go to the allocator for each request. */
void arena_reset(Arena *arena);

/* `size` bytes of zeroed memory, aligned for any type, good until the arena is closed or reset. Never NULL. */
void *arena_alloc(Arena *arena, size_t size);

/* The same, not zeroed: for text that is written before it is read. */
void *arena_alloc_raw(Arena *arena, size_t size);

/* Has more been asked for than the budget allows? */
bool arena_is_spent(const Arena *arena);

/* Bytes handed out since opening or reset. */
size_t arena_used(const Arena *arena);

/* `run(what)` is called once when the arena is closed or reset: for memory that a library owns. */
void arena_defer(Arena *arena, void (*run)(void *what), void *what);

/* n zeroed objects of a type in an arena. */
#define new(arena, Type, n) ((Type *)arena_alloc_many((arena), sizeof(Type), (size_t)(n)))
void *arena_alloc_many(Arena *arena, size_t size, size_t count);
/* A growing list: the list itself while it has room for one more than `count` things, else a copy with more room in *room. */
void *arena_grown(Arena *arena, void *list, size_t size, int count, int *room);

/* The few places that own memory beyond a request (caches, queues). Zeroed; the process stops when there is none. */
void *mem_alloc(size_t size);
void *mem_grow(void *take_old, size_t size);
void mem_free(void *what);

#endif
