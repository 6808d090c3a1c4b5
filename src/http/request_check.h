/* request_check.h: is this proper HTTP? The one place that refuses what two parsers could read differently (request
 * smuggling) and what nobody sends in good faith. Pure: no sockets, no library. */
#ifndef ANJU_HTTP_REQUEST_CHECK_H
#define ANJU_HTTP_REQUEST_CHECK_H

#include "http/server.h"

#define MAX_TARGET_BYTES 8192  /* path and query together */
#define MAX_HEADER_BYTES 8192  /* all header lines together */
#define MAX_HEADERS 100

/* A request's head as libmicrohttpd leaves it in its read buffer: one piece of memory in which each CR, LF and first
 * colon of a line was overwritten by NUL. Method, version and headers point into it, in order. The target was copied
 * before the library changed it; target_at says where it was. */
typedef struct {
    Str raw; /* from the method's first byte to behind the empty line */
    Str method, version;
    Str target;
    const char *target_at;
    const Header *headers; /* values untrimmed */
    int header_count;
} RequestHead;

/* Why a request is not handled. Constant rows: status, stable code, and what would be right in both languages. */
typedef struct {
    int status;
    const char *code, *zh, *en;
} Refusal;

extern const Refusal refused_body_too_large, refused_target_too_long, refused_headers_too_large, refused_closing, refused_bodies;

/* NULL when the head is proper. */
const Refusal *request_check(const RequestHead *head);

/* Splits a target that request_check let pass into path and query; takes `http://host` off an absolute one. */
void target_split(Str target, Str *path, Str *query);

/* The small problem+json of a refusal, in the arena. */
Str refusal_body(Arena *arena, const Refusal *refusal, Lang lang);

/* The language of an Accept-Language value: English when it names en before zh, else Chinese. */
Lang refusal_lang(Str accept_language);

/* Equal but for the case of ASCII letters? */
bool text_is_caseless(Str a, Str b);

/* Without blanks and tabs at both ends, which is what HTTP calls whitespace. */
Str value_trim(Str value);

#endif
