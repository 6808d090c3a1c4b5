/* postgres_wire.c: what goes to a server and comes from it: parameters by their numbers, whole numbers in binary form. */
#include "store/postgres_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The number of this name; a new one gets the next. */
static int number_of(Str name, char *names[MAX_PARAMETERS], int *count)
{
    int at = 0;

    while (at < *count && !str_is(name, names[at]))
        at++;
    assert(at < MAX_PARAMETERS);
    if (at == *count) {
        names[at] = mem_alloc((size_t)name.len + 1);
        memcpy(names[at], name.ptr, (size_t)name.len);
        (*count)++;
    }
    return at + 1;
}

char *postgres_numbered(Str sql, char *names[MAX_PARAMETERS], int *count)
{
    char *text = mem_alloc((size_t)sql.len + 1 + 4 * MAX_PARAMETERS), *to = text, quote = '\0';

    for (ptrdiff_t i = 0; i < sql.len;) {
        char c = sql.ptr[i];
        ptrdiff_t end = i + 1;

        if (quote != '\0' || c != ':' || end == sql.len || !is_letter(sql.ptr[end])) {
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c == '\'' || c == '"')
                quote = c;
            *to++ = c;
            i++;
            continue;
        }
        while (end < sql.len && is_letter(sql.ptr[end]))
            end++;
        to += sprintf(to, "$%d", number_of(str_cut(sql, i + 1, end), names, count));
        i = end;
    }
    *to = '\0';
    return text;
}

static uint64_t big_endian(const char *bytes, int count)
{
    uint64_t n = 0;

    for (int i = 0; i < count; i++)
        n = n << 8 | (unsigned char)bytes[i];
    return n;
}

/* A whole number in the binary form of numeric: count, weight, sign and scale, then digits to base 10,000. */
static int64_t numeric(const char *bytes)
{
    int count = (int)big_endian(bytes, 2), weight = (int16_t)big_endian(bytes + 2, 2);
    int64_t n = 0;

    for (int i = 0; i <= weight; i++)
        n = n * 10000 + (i < count ? (int64_t)big_endian(bytes + 8 + 2 * i, 2) : 0);
    return big_endian(bytes + 4, 2) == 0x4000 ? -n : n;
}

int64_t postgres_integer(Oid type, const char *bytes)
{
    switch (type) {
    case TYPE_BOOL: return bytes[0] != 0;
    case TYPE_INT2: return (int16_t)big_endian(bytes, 2);
    case TYPE_INT4: return (int32_t)big_endian(bytes, 4);
    case TYPE_INT8: return (int64_t)big_endian(bytes, 8);
    case TYPE_NUMERIC: return numeric(bytes);
    default: return atoll(bytes);
    }
}
