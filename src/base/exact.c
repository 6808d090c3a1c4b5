/* exact.c: the magnitudes are worked on without a sign, in 128 bits; a result is a number only below 2^127. */
#include "base/exact.h"

#include <assert.h>

#define MAX_DIGITS 18 /* of text: any such number fits int64, and so do its digits without the point */

__extension__ typedef unsigned __int128 Size;

static const Size MOST = ~(Size)0 >> 1;

static Size size_of(Wide n);
static Size common(Size a, Size b);
static bool made_of(bool negative, Size n, Size d, Exact *out);
static int cmp_sizes(Exact a, Exact b);
static unsigned times_over(Size *rest, Size d, unsigned factor);
static bool add_one(char *digits, int count);
static void add_whole(Buf *buf, Size n);
static bool read_whole(Str text, Size *out);

Exact exact_of(int64_t n)
{
    return (Exact){n, 1};
}

Exact exact_per(int64_t n, int64_t per)
{
    Wide shared = (Wide)common(size_of(n), size_of(per));

    assert(per > 0);
    return (Exact){n / shared, per / shared};
}

bool exact_parse(Str text, int places, Exact *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    ptrdiff_t first = negative, point = -1, digits;
    int64_t n = 0, per = 1;

    for (ptrdiff_t i = first; i < text.len; i++) {
        if (text.ptr[i] == '.' && point < 0 && i > first) {
            point = i;
            continue;
        }
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || i - first - (point >= 0) >= MAX_DIGITS)
            return false;
        n = n * 10 + (text.ptr[i] - '0');
        per *= point >= 0 ? 10 : 1;
    }
    digits = (point >= 0 ? point : text.len) - first;
    if (digits <= 0 || (digits > 1 && text.ptr[first] == '0') || (point >= 0 && (point + 1 == text.len || text.len - point - 1 > places)))
        return false;
    *out = exact_per(negative ? -n : n, per);
    return true;
}

Str exact_text(Arena *arena, Exact value, int least, int places)
{
    char digits[EXACT_MAX_PLACES];
    Buf buf = buf_new(arena, 128);
    Size d = (Size)value.d, whole, rest;
    int count = places < EXACT_MAX_PLACES ? places : EXACT_MAX_PLACES, last;

    if (!exact_is_number(value))
        return STR_NONE;
    whole = size_of(value.n) / d;
    rest = size_of(value.n) % d;
    for (int i = 0; i < count; i++)
        digits[i] = (char)('0' + times_over(&rest, d, 10));
    if (rest >= d - rest && add_one(digits, count)) /* half or more is left */
        whole++;
    while (count > least && digits[count - 1] == '0')
        count--;
    last = count;
    while (last > 0 && digits[last - 1] == '0')
        last--;
    if (value.n < 0 && (whole > 0 || last > 0))
        buf_char(&buf, '-');
    add_whole(&buf, whole);
    if (count > 0)
        buf_char(&buf, '.');
    buf_add(&buf, (Str){digits, count});
    return buf_str(&buf);
}

Str exact_fraction(Arena *arena, Exact value)
{
    Buf buf = buf_new(arena, 128);

    if (!exact_is_number(value))
        return STR_NONE;
    if (value.n < 0)
        buf_char(&buf, '-');
    add_whole(&buf, size_of(value.n));
    if (value.d == 1)
        return buf_str(&buf);
    buf_char(&buf, '/');
    add_whole(&buf, (Size)value.d);
    return buf_str(&buf);
}

bool exact_fraction_parse(Str text, Exact *out)
{
    bool negative = text.len > 0 && text.ptr[0] == '-';
    Str below, above = str_split(str_cut(text, negative, text.len), '/', &below);
    Size n, d = 1;

    if (!read_whole(above, &n) || (below.ptr != NULL && (!read_whole(below, &d) || d < 2)) || common(n, d) != 1)
        return false;
    return made_of(negative, n, d, out);
}

/* Knuth, 4.5.1: with the denominators' common divisor taken out first, the numbers stay small, and only it can still be shared. */
bool exact_add(Exact a, Exact b, Exact *out)
{
    Size shared, left, right, sum, d;
    bool negative = a.n < 0;

    if (!exact_is_number(a) || !exact_is_number(b))
        return false;
    shared = common((Size)a.d, (Size)b.d);
    if (__builtin_mul_overflow(size_of(a.n), (Size)b.d / shared, &left) || __builtin_mul_overflow(size_of(b.n), (Size)a.d / shared, &right))
        return false;
    if ((a.n < 0) != (b.n < 0)) {
        negative = left >= right ? a.n < 0 : b.n < 0;
        sum = left >= right ? left - right : right - left;
    } else if (__builtin_add_overflow(left, right, &sum)) {
        return false;
    }
    if (sum == 0)
        return made_of(false, 0, 1, out);
    left = common(sum, shared);
    if (__builtin_mul_overflow((Size)a.d / shared, (Size)b.d / left, &d))
        return false;
    return made_of(negative, sum / left, d, out);
}

bool exact_sub(Exact a, Exact b, Exact *out)
{
    return exact_add(a, (Exact){-b.n, b.d}, out);
}

bool exact_mul(Exact a, Exact b, Exact *out)
{
    Size down, up, n, d;

    if (!exact_is_number(a) || !exact_is_number(b))
        return false;
    down = common(size_of(a.n), (Size)b.d);
    up = common(size_of(b.n), (Size)a.d);
    if (__builtin_mul_overflow(size_of(a.n) / down, size_of(b.n) / up, &n) || __builtin_mul_overflow((Size)a.d / up, (Size)b.d / down, &d))
        return false;
    return made_of((a.n < 0) != (b.n < 0), n, d, out);
}

bool exact_div(Exact a, Exact b, Exact *out)
{
    if (!exact_is_number(b) || b.n == 0)
        return false;
    return exact_mul(a, b.n > 0 ? (Exact){b.d, b.n} : (Exact){-b.d, -b.n}, out);
}

int exact_cmp(Exact a, Exact b)
{
    int a_sign = (a.n > 0) - (a.n < 0), b_sign = (b.n > 0) - (b.n < 0);

    assert(exact_is_number(a) && exact_is_number(b));
    if (a_sign != b_sign)
        return a_sign < b_sign ? -1 : 1;
    return a_sign * cmp_sizes(a, b);
}

Str exact_yuan(Arena *arena, int64_t fen)
{
    return exact_text(arena, exact_per(fen, 100), 2, 2);
}

bool exact_fen(Exact yuan, int64_t *fen)
{
    Size d = (Size)yuan.d, n, rest;

    if (!exact_is_number(yuan) || size_of(yuan.n) / d > INT64_MAX)
        return false;
    rest = size_of(yuan.n) % d;
    n = size_of(yuan.n) / d * 100;
    n += times_over(&rest, d, 100);
    n += rest >= d - rest;
    if (n > INT64_MAX)
        return false;
    *fen = yuan.n < 0 ? -(int64_t)n : (int64_t)n;
    return true;
}

static Size size_of(Wide n)
{
    return n < 0 ? -(Size)n : (Size)n;
}

/* The greatest common divisor; of 0 and b, b. */
static Size common(Size a, Size b)
{
    while (a != 0) {
        Size rest = b % a;
        b = a;
        a = rest;
    }
    return b;
}

/* From parts in lowest terms; false when they are not below 2^127. */
static bool made_of(bool negative, Size n, Size d, Exact *out)
{
    if (n > MOST || d > MOST)
        return false;
    *out = (Exact){negative ? -(Wide)n : (Wide)n, (Wide)d};
    return true;
}

/* Of |a| and |b|, by their continued fractions: the wholes first, then what is left, of which the larger has the smaller inverse. A
 * cross product would need 254 bits. */
static int cmp_sizes(Exact a, Exact b)
{
    Size a_n = size_of(a.n), a_d = (Size)a.d, b_n = size_of(b.n), b_d = (Size)b.d;

    for (int sign = 1;; sign = -sign) {
        Size a_whole = a_n / a_d, b_whole = b_n / b_d, a_rest = a_n % a_d, b_rest = b_n % b_d;

        if (a_whole != b_whole)
            return a_whole < b_whole ? -sign : sign;
        if (a_rest == 0 || b_rest == 0)
            return sign * ((a_rest > 0) - (b_rest > 0));
        a_n = a_d;
        a_d = a_rest;
        b_n = b_d;
        b_d = b_rest;
    }
}

/* How often d < 2^127 goes into *rest x factor, of which the remainder is left; *rest < d. By doubling, bit by bit of the factor: no
 * step is larger than 2d. */
static unsigned times_over(Size *rest, Size d, unsigned factor)
{
    Size left = 0;
    unsigned times = 0;

    for (unsigned bit = 64; bit > 0; bit /= 2) {
        left *= 2;
        times *= 2;
        if (left >= d) {
            left -= d;
            times++;
        }
        if ((factor & bit) == 0)
            continue;
        left += *rest;
        if (left >= d) {
            left -= d;
            times++;
        }
    }
    *rest = left;
    return times;
}

/* One more in the last place; true when it is carried beyond the first. */
static bool add_one(char *digits, int count)
{
    int last = count - 1;

    while (last >= 0 && digits[last] == '9')
        digits[last--] = '0';
    if (last < 0)
        return true;
    digits[last]++;
    return false;
}

static void add_whole(Buf *buf, Size n)
{
    char digits[40];
    int at = (int)sizeof digits;

    do {
        digits[--at] = (char)('0' + (int)(n % 10));
        n /= 10;
    } while (n > 0);
    buf_add(buf, (Str){digits + at, (ptrdiff_t)sizeof digits - at});
}

static bool read_whole(Str text, Size *out)
{
    Size n = 0;

    if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0'))
        return false;
    for (ptrdiff_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || __builtin_mul_overflow(n, (Size)10, &n) ||
            __builtin_add_overflow(n, (Size)(text.ptr[i] - '0'), &n))
            return false;
    }
    *out = n;
    return true;
}
