#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>

Str str_of(const char *c)
{
    return (Str){c, c == NULL ? 0 : (ptrdiff_t)strlen(c)};
}

bool str_eq(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

bool str_is(Str a, const char *c)
{
    return str_eq(a, str_of(c));
}

int str_cmp(Str a, Str b)
{
    ptrdiff_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, (size_t)shorter);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts(Str s, Str head)
{
    return s.len >= head.len && str_eq((Str){s.ptr, head.len}, head);
}

bool str_ends(Str s, Str tail)
{
    return s.len >= tail.len && str_eq(str_cut(s, s.len - tail.len, s.len), tail);
}

ptrdiff_t str_find(Str s, Str what)
{
    const char *found;

    if (what.len == 0)
        return 0;
    if (s.len < what.len)
        return -1;
    found = memmem(s.ptr, (size_t)s.len, what.ptr, (size_t)what.len);
    return found == NULL ? -1 : found - s.ptr;
}

ptrdiff_t str_find_char(Str s, char c)
{
    const char *found = s.len == 0 ? NULL : memchr(s.ptr, c, (size_t)s.len);
    return found == NULL ? -1 : found - s.ptr;
}

Str str_cut(Str s, ptrdiff_t from, ptrdiff_t to)
{
    if (from < 0)
        from = 0;
    if (to > s.len)
        to = s.len;
    if (from >= to)
        return STR_NONE;
    return (Str){s.ptr + from, to - from};
}

Str str_trim(Str s)
{
    static const Str wide = {"\xE3\x80\x80", 3};

    for (;;) {
        if (s.len > 0 && strchr(" \t\r\n\v\f", s.ptr[0]) != NULL && s.ptr[0] != '\0')
            s = str_cut(s, 1, s.len);
        else if (str_starts(s, wide))
            s = str_cut(s, 3, s.len);
        else if (s.len > 0 && strchr(" \t\r\n\v\f", s.ptr[s.len - 1]) != NULL && s.ptr[s.len - 1] != '\0')
            s = str_cut(s, 0, s.len - 1);
        else if (s.len >= 3 && str_ends(s, wide))
            s = str_cut(s, 0, s.len - 3);
        else
            return s;
    }
}

Str str_split(Str s, char sep, Str *rest)
{
    ptrdiff_t at = str_find_char(s, sep);

    if (at < 0) {
        *rest = STR_NONE;
        return s;
    }
    *rest = (Str){s.ptr + at + 1, s.len - at - 1};
    return (Str){s.ptr, at};
}

Str str_copy(Arena *arena, Str s)
{
    char *copy;

    if (s.len == 0)
        return (Str){s.ptr == NULL ? NULL : "", 0};
    copy = arena_alloc(arena, (size_t)s.len);
    memcpy(copy, s.ptr, (size_t)s.len);
    return (Str){copy, s.len};
}

char *str_to_c(Arena *arena, Str s)
{
    char *copy = arena_alloc(arena, (size_t)s.len + 1);
    if (s.len > 0)
        memcpy(copy, s.ptr, (size_t)s.len);
    return copy;
}

Str str_join(Arena *arena, Str a, Str b)
{
    char *copy = arena_alloc(arena, (size_t)(a.len + b.len) + 1);
    if (a.len > 0)
        memcpy(copy, a.ptr, (size_t)a.len);
    if (b.len > 0)
        memcpy(copy + a.len, b.ptr, (size_t)b.len);
    return (Str){copy, a.len + b.len};
}

uint64_t str_hash(Str s)
{
    uint64_t hash = 1469598103934665603u, eight; /* as FNV-1a, by eights: for tables in memory, not for secrets */
    ptrdiff_t i = 0;

    for (; i + 8 <= s.len; i += 8) {
        memcpy(&eight, s.ptr + i, 8);
        hash = (hash ^ eight) * 1099511628211u;
        hash ^= hash >> 32; /* else the last byte of eight would reach the highest bits alone */
    }
    for (; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * 1099511628211u;
    return hash;
}

bool str_to_int(Str s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    int64_t n = 0;

    if (negative)
        s = str_cut(s, 1, s.len);
    if (s.len == 0)
        return false;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        int digit = s.ptr[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        if (__builtin_mul_overflow(n, (int64_t)10, &n) || __builtin_sub_overflow(n, (int64_t)digit, &n))
            return false; /* counted downwards, so that INT64_MIN fits */
    }
    if (!negative && n == INT64_MIN)
        return false;
    *out = negative ? n : -n;
    return true;
}

bool str_to_id(Str s, int64_t *out)
{
    int64_t id;

    if (s.len == 0 || s.ptr[0] < '1' || s.ptr[0] > '9' || !str_to_int(s, &id))
        return false;
    *out = id;
    return true;
}

int64_t str_next_id(Str *rest)
{
    while (rest->len > 0) {
        ptrdiff_t from = 0, to;
        int64_t id;
        Str digits;
        while (from < rest->len && (rest->ptr[from] < '0' || rest->ptr[from] > '9'))
            from++;
        for (to = from; to < rest->len && rest->ptr[to] >= '0' && rest->ptr[to] <= '9';)
            to++;
        digits = str_cut(*rest, from, to);
        *rest = str_cut(*rest, to, rest->len);
        if (str_to_id(digits, &id))
            return id;
    }
    return 0;
}

bool utf8_is_valid(Str s)
{
    for (ptrdiff_t i = 0; i < s.len;) {
        unsigned char c = (unsigned char)s.ptr[i];
        ptrdiff_t more;
        uint32_t value, least;

        if (c < 0x80) {
            i++;
            continue;
        }
        if (c >= 0xC2 && c < 0xE0)
            more = 1, value = c & 0x1Fu, least = 0x80;
        else if (c >= 0xE0 && c < 0xF0)
            more = 2, value = c & 0x0Fu, least = 0x800;
        else if (c >= 0xF0 && c < 0xF5)
            more = 3, value = c & 0x07u, least = 0x10000;
        else
            return false;
        if (i + more >= s.len)
            return false;
        for (ptrdiff_t k = 1; k <= more; k++) {
            unsigned char next = (unsigned char)s.ptr[i + k];
            if ((next & 0xC0) != 0x80)
                return false;
            value = value << 6 | (next & 0x3Fu);
        }
        if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
            return false;
        i += more + 1;
    }
    return true;
}

int64_t utf8_count(Str s)
{
    int64_t count = 0;

    for (ptrdiff_t i = 0; i < s.len; i++)
        count += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return count;
}

int32_t utf8_next(Str s, ptrdiff_t *at)
{
    ptrdiff_t i = *at, more;
    unsigned char c;
    int32_t value;

    if (i >= s.len)
        return -1;
    c = (unsigned char)s.ptr[i];
    if (c < 0x80) {
        *at = i + 1;
        return c;
    }
    more = c >= 0xF0 ? 3 : c >= 0xE0 ? 2 : c >= 0xC0 ? 1 : 0;
    if (more == 0 || i + more >= s.len) {
        *at = i + 1;
        return 0xFFFD;
    }
    value = more == 3 ? c & 0x07 : more == 2 ? c & 0x0F : c & 0x1F;
    for (ptrdiff_t k = 1; k <= more; k++) {
        unsigned char next = (unsigned char)s.ptr[i + k];
        if ((next & 0xC0) != 0x80) {
            *at = i + 1;
            return 0xFFFD;
        }
        value = value << 6 | (next & 0x3F);
    }
    *at = i + more + 1;
    return value;
}

Str utf8_cut(Str s, int64_t chars)
{
    ptrdiff_t at = 0;

    while (chars-- > 0 && utf8_next(s, &at) >= 0)
        ;
    return str_cut(s, 0, at);
}

Buf buf_new(Arena *arena, ptrdiff_t max)
{
    return (Buf){.arena = arena, .max = max};
}

bool buf_grow(Buf *buf, ptrdiff_t more)
{
    ptrdiff_t cap;
    char *grown;

    if (buf->full || more > buf->max - buf->len) {
        buf->full = true;
        return false;
    }
    cap = buf->cap == 0 ? 256 : buf->cap * 2;
    while (cap - buf->len < more)
        cap *= 2;
    if (cap > buf->max)
        cap = buf->max;
    grown = arena_alloc_raw(buf->arena, (size_t)cap);
    if (buf->len > 0)
        memcpy(grown, buf->ptr, (size_t)buf->len);
    buf->ptr = grown;
    buf->cap = cap;
    return true;
}

void buf_add_c(Buf *buf, const char *c)
{
    buf_add(buf, str_of(c));
}

void buf_utf8(Buf *buf, int32_t c)
{
    if (c < 0x80) {
        buf_char(buf, (char)c);
    } else if (c < 0x800) {
        buf_char(buf, (char)(0xC0 | c >> 6));
        buf_char(buf, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        buf_char(buf, (char)(0xE0 | c >> 12));
        buf_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_char(buf, (char)(0x80 | (c & 0x3F)));
    } else {
        buf_char(buf, (char)(0xF0 | c >> 18));
        buf_char(buf, (char)(0x80 | (c >> 12 & 0x3F)));
        buf_char(buf, (char)(0x80 | (c >> 6 & 0x3F)));
        buf_char(buf, (char)(0x80 | (c & 0x3F)));
    }
}

void buf_int(Buf *buf, int64_t n)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657"
                                "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    char digits[24];
    int at = (int)sizeof digits;
    uint64_t left = n < 0 ? ~(uint64_t)n + 1 : (uint64_t)n;

    for (; left >= 10; left /= 100) { /* two at a time: every id in every list is written here */
        at -= 2;
        memcpy(digits + at, pairs + left % 100 * 2, 2);
    }
    if (left > 0 || at == (int)sizeof digits)
        digits[--at] = (char)('0' + left);
    if (n < 0)
        digits[--at] = '-';
    buf_add(buf, (Str){digits + at, (ptrdiff_t)sizeof digits - at});
}

/* What most texts are made of, %s %.*s %d %lld and %%, without printf, which took a sixth of a write. False when the format has
 * something else; what was added until then is the caller's to take back. */
static bool format_plain(Buf *buf, const char *format, va_list args)
{
    for (const char *at = format; *at != '\0';) {
        const char *end = strchr(at, '%');
        if (end == NULL) {
            buf_add_c(buf, at);
            return true;
        }
        buf_add(buf, (Str){at, end - at});
        at = end + 2;
        if (end[1] == 's') {
            buf_add_c(buf, va_arg(args, const char *));
        } else if (end[1] == 'd') {
            buf_int(buf, va_arg(args, int));
        } else if (end[1] == '%') {
            buf_char(buf, '%');
        } else if (strncmp(end + 1, "lld", 3) == 0) {
            buf_int(buf, va_arg(args, long long));
            at = end + 4;
        } else if (strncmp(end + 1, ".*s", 3) == 0) {
            int len = va_arg(args, int);
            buf_add(buf, (Str){va_arg(args, const char *), len});
            at = end + 4;
        } else {
            return false;
        }
    }
    return true;
}

static void format_into(Buf *buf, const char *format, va_list args)
{
    ptrdiff_t before = buf->len;
    va_list again;
    int len;

    va_copy(again, args);
    if (!format_plain(buf, format, again)) {
        va_end(again);
        va_copy(again, args);
        buf->len = before;
        len = vsnprintf(NULL, 0, format, again);
        if (len > 0 && buf_reserve(buf, len + 1)) {
            (void)vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, args); /* measured above */
            buf->len += len;
        }
    }
    va_end(again);
}

void buf_format(Buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    format_into(buf, format, args);
    va_end(args);
}

Str str_format(Arena *arena, const char *format, ...)
{
    char few[256]; /* most are short, and then the arena holds what is used */
    Buf buf = {.arena = arena, .ptr = few, .cap = sizeof few, .max = INT32_MAX};
    va_list args;
    Str text;

    va_start(args, format);
    format_into(&buf, format, args);
    va_end(args);
    buf_char(&buf, '\0');
    text = buf.ptr == few ? str_copy(arena, buf_str(&buf)) : buf_str(&buf);
    return (Str){text.ptr, text.len - 1};
}

bool buf_is_full(const Buf *buf)
{
    return buf->full;
}

Str buf_str(const Buf *buf)
{
    return (Str){buf->ptr == NULL ? "" : buf->ptr, buf->len};
}

Str hex_of(Arena *arena, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, count * 2 + 1);

    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (Str){text, (ptrdiff_t)count * 2};
}
