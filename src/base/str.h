/* str.h: text and bytes with a length, and a buffer to build them in.
 *
 * Str is borrowed, has no terminator, and holds UTF-8 where it holds text. Cutting never copies. */
#ifndef ANJU_BASE_STR_H
#define ANJU_BASE_STR_H

#include "base/arena.h"
#include <stdint.h>
#include <string.h>

typedef struct {
    const char *ptr;
    ptrdiff_t len;
} Str;

#define STR(literal) ((Str){"" literal, (ptrdiff_t)sizeof(literal) - 1})
#define STR_NONE ((Str){0})
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : "" /* for "%.*s" */

Str str_of(const char *c); /* borrows c; NULL gives the empty Str */
bool str_eq(Str a, Str b);
bool str_is(Str a, const char *c);
int str_cmp(Str a, Str b); /* by bytes, as strcmp */
bool str_starts(Str s, Str head);
bool str_ends(Str s, Str tail);
ptrdiff_t str_find(Str s, Str what);      /* offset of the first occurrence, or -1 */
ptrdiff_t str_find_char(Str s, char c);   /* offset, or -1 */
Str str_cut(Str s, ptrdiff_t from, ptrdiff_t to); /* [from, to), clamped to the text */
Str str_trim(Str s);                      /* without ASCII blanks and U+3000 at both ends */
/* The part before `sep`; *rest is what follows it (empty, and ptr NULL, when there was no separator). */
Str str_split(Str s, char sep, Str *rest);
Str str_copy(Arena *arena, Str s);
char *str_to_c(Arena *arena, Str s);      /* with a terminator, for libraries */
Str str_join(Arena *arena, Str a, Str b);
Str str_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
uint64_t str_hash(Str s);

/* Whole text as a number: optional '-', digits, nothing else; false when it is not one or leaves int64. */
MUST bool str_to_int(Str s, int64_t *out);
/* A canonical id: no sign, no leading zero, 1 to INT64_MAX. */
MUST bool str_to_id(Str s, int64_t *out);
/* The next run of digits in *rest as an id, 0 when there is none; *rest goes on behind it. For stored lists: ["1","2"]. */
int64_t str_next_id(Str *rest);

/* UTF-8 */
bool utf8_is_valid(Str s);                /* also refuses surrogates, overlong forms and past U+10FFFF */
int64_t utf8_count(Str s);                /* characters of valid UTF-8 */
/* The character at *at, which moves behind it; -1 at the end. Invalid bytes come out as U+FFFD. */
int32_t utf8_next(Str s, ptrdiff_t *at);
Str utf8_cut(Str s, int64_t chars);       /* at most so many characters of the head */

/* A growing text with a stated maximum. Past the maximum it stops growing and buf_is_full says so. */
typedef struct {
    Arena *arena;
    char *ptr;
    ptrdiff_t len, cap, max;
    bool full;
} Buf;

Buf buf_new(Arena *arena, ptrdiff_t max);
bool buf_grow(Buf *buf, ptrdiff_t more); /* makes room; false when full. For buf_reserve only */
static inline bool buf_reserve(Buf *buf, ptrdiff_t more)
{
    return (buf->cap - buf->len >= more && !buf->full) || buf_grow(buf, more);
}
static inline void buf_add(Buf *buf, Str s)
{
    if (s.len == 0 || !buf_reserve(buf, s.len))
        return;
    memcpy(buf->ptr + buf->len, s.ptr, (size_t)s.len);
    buf->len += s.len;
}
static inline void buf_char(Buf *buf, char c)
{
    if (buf_reserve(buf, 1))
        buf->ptr[buf->len++] = c;
}
void buf_add_c(Buf *buf, const char *c);
void buf_utf8(Buf *buf, int32_t character);
void buf_int(Buf *buf, int64_t n);
void buf_format(Buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool buf_is_full(const Buf *buf);
Str buf_str(const Buf *buf); /* borrows the buffer's memory, which stays in the arena */

/* Lower-case hex of bytes, in the arena. */
Str hex_of(Arena *arena, const unsigned char *bytes, size_t count);

#endif
