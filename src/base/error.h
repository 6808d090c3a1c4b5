/* error.h: an error is a value in the request's arena; NULL is success.
 *
 * The code's row (error.c) holds what never changes: its stable name, HTTP status and sentences in both languages.
 * An Error adds what is particular: fields, the present state, a detail. Whoever makes an error does not log it. */
#ifndef ANJU_BASE_ERROR_H
#define ANJU_BASE_ERROR_H

#include "base/str.h"

typedef enum {
    ERR_BAD_REQUEST,
    ERR_LOGIN_REQUIRED,
    ERR_LOGIN_FAILED,
    ERR_OTP_REQUIRED,
    ERR_BAD_SIGNATURE,
    ERR_PASSWORD_CHANGE_REQUIRED,
    ERR_FORBIDDEN,
    ERR_NOT_FOUND,
    ERR_METHOD_NOT_ALLOWED,
    ERR_WRONG_STATE,
    ERR_CHANGED,
    ERR_TOO_LARGE,
    ERR_URI_TOO_LONG,
    ERR_MEDIA_TYPE,
    ERR_INVALID,
    ERR_IDEMPOTENCY_MISMATCH,
    ERR_TOO_MANY,
    ERR_UNAVAILABLE,
    ERR_UNSURE, /* unavailable too, but it may have been saved */
    ERR_INTERNAL,
    ERR_STATE_OF_WORLD, /* command line: exists, busy, failed; exit 1 */
    ERR_USAGE,          /* command line: unknown flag, malformed value; exit 2 */
    ERR_COUNT
} ErrorCode;

typedef enum { LANG_ZH, LANG_EN } Lang;

/* What is wrong with one field or parameter, in both languages, and what would be right. */
typedef struct FieldProblem FieldProblem;
struct FieldProblem {
    Str field;
    const char *code; /* stable: required, unknown, read_only, type, too_long, out_of_range, choice, reference, format, repeated */
    Str zh, en;
    FieldProblem *next;
};

typedef struct {
    ErrorCode code;
    Str zh, en;           /* detail in both languages; empty: the row's sentence */
    Str state;            /* the present state, with ERR_WRONG_STATE */
    Str allow;            /* with ERR_METHOD_NOT_ALLOWED */
    int64_t retry_after_s; /* with ERR_TOO_MANY, ERR_UNAVAILABLE and ERR_UNSURE */
    FieldProblem *fields; /* with ERR_INVALID, in the order found */
    bool again;           /* of a closure: another has written the same meanwhile; run once more it will see that (lane.c) */
} Error;

#define OK ((const Error *)NULL)

/* The only macro that hides a return. */
#define TRY(call)                                                                                                      \
    do {                                                                                                               \
        const Error *try_error_ = (call);                                                                              \
        if (try_error_ != OK)                                                                                          \
            return try_error_;                                                                                         \
    } while (0)

typedef struct {
    const char *name; /* stable snake_case */
    int status;
    const char *zh, *en;
} ErrorRow;

const ErrorRow *error_row(ErrorCode code);

/* An error of this code with an optional detail in both languages (empty Str: the row's own sentence). */
const Error *error_new(Arena *arena, ErrorCode code, Str zh, Str en);

/* ERR_INVALID about one field. `zh` and `en` say what would be right. */
const Error *error_field(Arena *arena, Str field, const char *code, Str zh, Str en);

/* ERR_WRONG_STATE with the present state, and a detail as above. */
const Error *error_state(Arena *arena, Str state, Str zh, Str en);

/* A copy in another arena, for an error that outlives the one it was made in. OK stays OK. */
const Error *error_copy(Arena *arena, const Error *error);

/* Collects problems of many fields, to answer them all at once. */
typedef struct {
    Arena *arena;
    FieldProblem *first, *last;
    int count;
} Problems;

Problems problems_new(Arena *arena);
void problems_add(Problems *problems, Str field, const char *code, Str zh, Str en);
/* The collected ones as ERR_INVALID, or OK when there are none. */
MUST const Error *problems_error(const Problems *problems);

/* The detail sentence in a language. */
Str error_text(const Error *error, Lang lang);

#endif
