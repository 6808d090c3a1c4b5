/* late.h: libraries that are loaded when they are first needed, since most runs need neither paper nor a server
 * (docs/decisions/0008).
 *
 * A header src/…/late_NAME.h lists the functions of one library:
 *
 *     #define NAME_FUNCTIONS(X) X(function) X(function)
 *     LATE_TABLE(late_NAME, NAME_FUNCTIONS);
 *     #include "late_names.h"
 *
 * The table has a pointer for each, of the type that the library's own header gives it; `late_names.h`, made from the
 * lists by the Makefile, puts late_NAME.function where a source says function. What is called and not listed does not
 * link. A pointer is NULL until late_load(&late_NAME_library) has been OK. */
#ifndef ANJU_BASE_LATE_H
#define ANJU_BASE_LATE_H

#include "base/error.h"

typedef struct {
    const char *file;         /* as the dynamic loader knows it */
    const char *package;      /* that brings it, in Debian */
    const char *const *names; /* of its functions; NULL ends them */
    void *table;              /* as many pointers */
    bool is_loaded;           /* under the lock of late_load */
} LateLibrary;

/* Once it was OK, it is so at once. ERR_STATE_OF_WORLD: the library is not there, or is another version. */
MUST const Error *late_load(Arena *arena, LateLibrary *library);

#define LATE_POINTER(function) __typeof__(function) *function;
#define LATE_NAME(function) #function,

#define LATE_TABLE(table, FUNCTIONS)                                                                                   \
    extern struct table {                                                                                              \
        FUNCTIONS(LATE_POINTER)                                                                                        \
    } table;                                                                                                           \
    extern LateLibrary table##_library

/* In one source of those that include the header. */
#define LATE_LIBRARY(table, FUNCTIONS, file, package)                                                                  \
    struct table table;                                                                                                \
    static const char *const table##_names[] = {FUNCTIONS(LATE_NAME) NULL};                                            \
    LateLibrary table##_library = {file, package, table##_names, &table, false}

#endif
