/* sheet_number.c: numbers of a spreadsheet as people write them. A spreadsheet stores 89.5 as 89.5, 89.500000000000014
 * or 8.95E1, a phone as 1.3800001234E10 and a day as a count of days. It is all done on the digits: what the file says
 * is exact, and nothing depends on how this machine rounds. */
#include "base/sheet_parts.h"
#include "base/time.h"

#define DIGITS 15 /* what a spreadsheet keeps */
#define LONGEST 40

/* digits * 10^(point - count): 0.0895 is digits "895", point -1. */
typedef struct {
    char digits[LONGEST];
    int count, point;
    bool negative;
} Decimal;

static bool parse(Str s, Decimal *out);
static void round_to(Decimal *d, int digits);
static Str write_plain(Arena *arena, const Decimal *d, int zeros);
static bool write_date(Arena *arena, const Decimal *d, SheetShow show, bool from_1904, Str *out);

SheetStyle sheet_style_of(int id, Str code)
{
    bool date = false, time = false, other = false;
    int zeros = 0;

    if (code.len == 0) { /* the built-in ones; 27..36 and 50..58 are those of Chinese, Japanese and Korean */
        if (id == 22)
            return (SheetStyle){.show = SHOW_DATE_TIME};
        if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 ||
            id == 58)
            return (SheetStyle){.show = SHOW_DATE};
        if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || (id >= 45 && id <= 47) || id == 55 || id == 56)
            return (SheetStyle){.show = SHOW_TIME};
        return (SheetStyle){0};
    }
    for (ptrdiff_t i = 0; i < code.len && code.ptr[i] != ';'; i++) {
        char c = code.ptr[i];

        if (c == '"') { /* quoted words, such as 年 */
            for (i++; i < code.len && code.ptr[i] != '"'; i++)
                ;
        } else if (c == '\\' || c == '_' || c == '*') {
            i++;
        } else if (c == '[') { /* colour, condition or locale; but [h] counts hours */
            time = time || (i + 1 < code.len && code.ptr[i + 1] != '\0' && strchr("hHsS", code.ptr[i + 1]) != NULL);
            while (i < code.len && code.ptr[i] != ']')
                i++;
        } else if (c == 'G' || c == 'g') { /* General */
            return (SheetStyle){0};
        } else if (c == 'y' || c == 'Y' || c == 'd' || c == 'D') {
            date = true;
        } else if (c == 'h' || c == 'H' || c == 's' || c == 'S') {
            time = true;
        } else if (c == '0') {
            zeros++;
        } else {
            other = true;
        }
    }
    if (date || time)
        return (SheetStyle){.show = date && time ? SHOW_DATE_TIME : date ? SHOW_DATE : SHOW_TIME};
    if (zeros > 1 && zeros <= 30 && !other)
        return (SheetStyle){.show = SHOW_ZEROS, .zeros = zeros};
    return (SheetStyle){0};
}

Str sheet_number(Arena *arena, Str stored, SheetStyle style, bool from_1904)
{
    Decimal d;
    Str out;

    if (!parse(stored, &d))
        return stored;
    if (style.show == SHOW_DATE || style.show == SHOW_TIME || style.show == SHOW_DATE_TIME)
        if (write_date(arena, &d, style.show, from_1904, &out))
            return out;
    if (str_find_char(stored, '.') >= 0 || str_find_char(stored, 'E') >= 0 || str_find_char(stored, 'e') >= 0)
        round_to(&d, DIGITS); /* a whole number written out keeps all its digits: it may be an id of 18 */
    return write_plain(arena, &d, style.show == SHOW_ZEROS ? style.zeros : 0);
}

/* [-+] digits [. digits] [E [-+] digits], of a size that makes sense in a cell. */
static bool parse(Str s, Decimal *out)
{
    Decimal d = {0};
    ptrdiff_t i = 0;
    bool any = false, fraction = false;
    int64_t power = 0;

    if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
        d.negative = s.ptr[i++] == '-';
    for (; i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] == '.' && !fraction)); i++) {
        if (s.ptr[i] == '.') {
            fraction = true;
            continue;
        }
        any = true;
        if (d.count > 0 || s.ptr[i] != '0') {
            if (d.count < LONGEST)
                d.digits[d.count++] = s.ptr[i];
            else if (!fraction)
                return false;
            d.point += !fraction;
        } else {
            d.point -= fraction; /* zeros between the point and the first digit */
        }
    }
    if (!any)
        return false;
    if (i < s.len && (s.ptr[i] == 'E' || s.ptr[i] == 'e')) {
        i += i + 1 < s.len && s.ptr[i + 1] == '+' ? 2 : 1;
        if (!str_to_int(str_cut(s, i, s.len), &power) || power > 400 || power < -400)
            return false;
        i = s.len;
    }
    if (i < s.len)
        return false;
    d.point += (int)power;
    if (d.count == 0)
        d.point = 0;
    *out = d;
    return true;
}

/* To so many significant digits, half away from zero; also takes trailing zeros off. */
static void round_to(Decimal *d, int digits)
{
    if (d->count > digits) {
        bool up = d->digits[digits] >= '5';

        d->count = digits;
        for (int i = digits - 1; up && i >= 0; i--) {
            up = d->digits[i] == '9';
            d->digits[i] = up ? '0' : (char)(d->digits[i] + 1);
        }
        if (up) { /* 9.99 became 10.0 */
            d->digits[0] = '1';
            d->point++;
        }
    }
    while (d->count > 0 && d->digits[d->count - 1] == '0')
        d->count--;
}

static Str write_plain(Arena *arena, const Decimal *d, int zeros)
{
    int count = d->count;
    Buf buf = buf_new(arena, 512);

    while (count > d->point && count > 0 && d->digits[count - 1] == '0')
        count--;
    if (d->negative && count > 0)
        buf_char(&buf, '-');
    for (int i = d->point > 0 ? d->point : 0; i < zeros; i++)
        buf_char(&buf, '0');
    if (d->point <= 0 && zeros == 0)
        buf_char(&buf, '0');
    for (int i = 0; i < d->point; i++)
        buf_char(&buf, i < count ? d->digits[i] : '0');
    if (count > d->point) {
        buf_char(&buf, '.');
        for (int i = d->point; i < count; i++)
            buf_char(&buf, i < 0 ? '0' : d->digits[i]);
    }
    return buf_str(&buf);
}

/* Day 1 is 1900-01-01, and a 1900-02-29 is counted that never was (kept from Lotus 1-2-3); or day 0 is 1904-01-01.
 * Source: ECMA-376 part 1, 18.17.4. False when no calendar date has that number. */
static bool write_date(Arena *arena, const Decimal *d, SheetShow show, bool from_1904, Str *out)
{
    int64_t days = 0, nanodays = 0, seconds;
    Buf buf = buf_new(arena, 40);

    if (d->negative || d->point > 7)
        return false;
    for (int i = 0; i < d->point; i++)
        days = days * 10 + (i < d->count ? d->digits[i] - '0' : 0);
    for (int i = d->point; i < d->point + 9; i++)
        nanodays = nanodays * 10 + (i >= 0 && i < d->count ? d->digits[i] - '0' : 0);
    seconds = (nanodays * 86400 + 500000000) / 1000000000;
    if (seconds == 86400) {
        seconds = 0;
        days++;
    }
    if (days > 2958465)
        return false;

    if (days > 0 || show != SHOW_TIME) {
        if (!from_1904 && days == 60)
            buf_add_c(&buf, "1900-02-29");
        else
            buf_date(&buf, date_from_days(days - (from_1904 ? 24107 : days > 60 ? 25569 : 25568)));
    }
    if (seconds > 0 || days == 0) {
        if (buf.len > 0)
            buf_char(&buf, ' ');
        buf_format(&buf, "%02d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    }
    *out = buf_str(&buf);
    return true;
}
