#include "base/cell.h"

static Str rewrite(Arena *arena, Str cell, bool dense);

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool text_is_digits(Str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (!is_digit(s.ptr[i]))
            return false;
    return s.len > 0;
}

Str text_plain(Arena *arena, Str cell)
{
    return str_trim(rewrite(arena, cell, false));
}

Str text_dense(Arena *arena, Str cell)
{
    return rewrite(arena, cell, true);
}

bool day_parse(Arena *arena, Str cell, Date *out)
{
    Str s = text_plain(arena, cell), parts[3];
    int64_t n[3] = {0};
    ptrdiff_t at = 0;

    for (ptrdiff_t i = 8; i < s.len; i++) /* a time behind the day is not ours */
        if ((s.ptr[i] == ' ' || s.ptr[i] == 'T') && i + 1 < s.len && str_find_char(str_cut(s, i, s.len), ':') > 0) {
            s = str_trim(str_cut(s, 0, i));
            break;
        }
    s = text_dense(arena, s);
    if (s.len == 8 && text_is_digits(s)) { /* 20200105 */
        if (!str_to_int(s, &n[0]) || n[0] < 19000101 || n[0] > 21001231 ||
            !date_is_valid((int)(n[0] / 10000), (int)(n[0] / 100 % 100), (int)(n[0] % 100)))
            return false;
        *out = (Date)n[0];
        return true;
    }
    if (s.len >= 5 && text_is_digits(str_cut(s, 0, 5)) &&
        (s.len == 5 || (s.ptr[5] == '.' && text_is_digits(str_cut(s, 6, s.len))))) {
        if (!str_to_int(str_cut(s, 0, 5), &n[0]) || n[0] < 10000 || n[0] > 73415)
            return false;
        *out = date_from_days(n[0] - 25569); /* a count of days, 1927 to 2100; see base/sheet_number.c */
        return true;
    }
    for (int i = 0; i < 3; i++) { /* 2020-1-5 2020/1/5 2020.1.5 2020年1月5日 */
        static const char *const ENDS[3] = {"年", "月", "日"};
        ptrdiff_t from = at;

        while (at < s.len && is_digit(s.ptr[at]))
            at++;
        parts[i] = str_cut(s, from, at);
        if (parts[i].len == 0 || parts[i].len > 4 || !str_to_int(parts[i], &n[i]))
            return false;
        if (str_starts(str_cut(s, at, s.len), str_of(ENDS[i])) ||
            (i == 2 && str_starts(str_cut(s, at, s.len), STR("号"))))
            at += 3;
        else if (i < 2 && at < s.len && strchr("-/.", s.ptr[at]) != NULL)
            at++;
        else if (i < 2)
            return false;
    }
    if (at != s.len || parts[0].len != 4 || n[0] < 1900 || n[0] > 2100 ||
        !date_is_valid((int)n[0], (int)n[1], (int)n[2]))
        return false;
    *out = date_of((int)n[0], (int)n[1], (int)n[2]);
    return true;
}

/* Each character by its plain form, which is never longer; without blanks when dense. Most cells are ASCII. */
static Str rewrite(Arena *arena, Str cell, bool dense)
{
    Buf buf = buf_new(arena, cell.len * 3 + 16);
    ptrdiff_t from = 0, at = 0;

    while (at < cell.len) { /* what stays as it is is added in one piece */
        ptrdiff_t before = at;
        char first = cell.ptr[at];
        int32_t c = first > ' ' && first < 0x7F ? (at++, first) : utf8_next(cell, &at), plain = text_plain_character(c);

        if (plain == c && (!dense || (c != ' ' && c != '\n')))
            continue;
        buf_add(&buf, str_cut(cell, from, before));
        if (plain > 0 && (!dense || (plain != ' ' && plain != '\n')))
            buf_utf8(&buf, plain);
        from = at;
    }
    if (from == 0)
        return cell;
    buf_add(&buf, str_cut(cell, from, cell.len));
    return buf_str(&buf);
}

int32_t text_plain_character(int32_t c)
{
    if (c > ' ' && c < 0x7F)
        return c;
    if (c >= 0xFF01 && c <= 0xFF5E)
        return c - 0xFEE0;
    if (c == '\t' || c == '\v' || c == '\f' || c == 0xA0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F)
        return ' ';
    if (c == '\r' || c == 0x2028 || c == 0x2029)
        return '\n';
    if (c < ' ' && c != '\n')
        return 0;
    if (c == 0xFEFF || c == 0xAD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
        (c >= 0x2060 && c <= 0x206F))
        return 0;
    if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFE63 || c == 0x2500)
        return '-';
    if (c == 0xB7 || c == 0x30FB || c == 0x2022) /* the dot in names such as 买买提·吐尔逊 */
        return 0xB7;
    return c;
}
