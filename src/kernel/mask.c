/* mask.c: see mask.h. */
#include "kernel/mask.h"

#include "base/time.h"
#include "kernel/fold.h"

#define MAX_BYTES 1024 /* of a phone, an identity number or a name */
#define MAX_EXTENSION 6

/* GB/T 2260 provinces, and of permits: 81 to 83 Hong Kong, Macao, Taiwan residents; 9x foreigners with a permit. */
static const char provinces[] = "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54"
                                " 61 62 63 64 65 71 81 82 83 91 92 93 94 95 96 97 98 99";

static Str stars(Arena *arena, Str text, int64_t head, int64_t masked);
static bool all_digits(Str text);
static bool is_service(Str number);
static bool starts_with_digit_from(Str text, char from, char to);
static bool province_is_known(Str id_no);
static bool birth_is_real(Str yyyymmdd);
static char check_character(Str id_no);
static Str extension_of(Str folded, Str *number);
static Str without_country(Arena *arena, Str number);

Str mask_phone(Arena *arena, Str phone)
{
    int64_t count = utf8_count(phone);

    return stars(arena, phone, count > 8 ? count - 8 : 0, 4);
}

Str mask_id_no(Arena *arena, Str id_no)
{
    int64_t count = utf8_count(id_no);

    if (count >= 15)
        return stars(arena, id_no, 4, count - 8);
    return count >= 7 ? stars(arena, id_no, 1, count - 3) : stars(arena, id_no, 0, count);
}

Str mask_name(Arena *arena, Str name)
{
    int64_t count = utf8_count(name);

    if (count > 4)
        return str_join(arena, utf8_cut(name, 1), STR("*"));
    return stars(arena, name, 1, count - 1);
}

Str mask_email(Arena *arena, Str email)
{
    ptrdiff_t at = str_find_char(email, '@');

    if (at < 1)
        return mask_name(arena, email);
    return str_format(arena, "%.*s***%.*s", STR_ARG(utf8_cut(email, 1)), STR_ARG(str_cut(email, at, email.len)));
}

static bool is_letter_or_digit(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool email_is_plausible(Str email)
{
    ptrdiff_t at = str_find_char(email, '@');
    Str local = str_cut(email, 0, at), host = str_cut(email, at + 1, email.len), label;
    int labels = 0;

    if (at < 1 || local.len > 64 || email.len > 254)
        return false;
    for (ptrdiff_t i = 0; i < local.len; i++)
        if (!is_letter_or_digit(local.ptr[i]) && strchr("!#$%&'*+-/=?^_`{|}~.", local.ptr[i]) == NULL)
            return false;
    while (host.ptr != NULL) {
        label = str_split(host, '.', &host);
        labels++;
        if (label.len < 1 || label.len > 63 || label.ptr[0] == '-' || label.ptr[label.len - 1] == '-')
            return false;
        for (ptrdiff_t i = 0; i < label.len; i++)
            if (!is_letter_or_digit(label.ptr[i]) && label.ptr[i] != '-')
                return false;
    }
    return labels >= 2 && label.len >= 2 && !(label.ptr[0] >= '0' && label.ptr[0] <= '9');
}

Str phone_normal(Arena *arena, Str typed)
{
    Str folded = fold_text(arena, typed), number = folded;
    Str extension = extension_of(folded, &number);
    Buf digits = buf_new(arena, MAX_BYTES);
    Str normal;

    for (ptrdiff_t i = 0; i < number.len; i++) {
        char c = number.ptr[i];

        if ((c >= '0' && c <= '9') || (c == '+' && digits.len == 0))
            buf_char(&digits, c);
        else if (c != ' ' && c != '-' && c != '.' && c != '(' && c != ')' && c != '/')
            return folded;
    }
    normal = without_country(arena, buf_str(&digits));
    return extension.len == 0 ? normal : str_format(arena, "%.*s-%.*s", STR_ARG(normal), STR_ARG(extension));
}

bool phone_is_plausible(Str phone)
{
    Str extension, number = str_split(phone, '-', &extension), local;

    if (str_starts(number, STR("+")))
        return number.len >= 8 && number.len <= 16 && number.ptr[1] != '0' &&
               all_digits(str_cut(number, 1, number.len));
    if (!all_digits(number) || (extension.ptr != NULL && (!all_digits(extension) || extension.len > MAX_EXTENSION)))
        return false;
    if (phone_is_mobile(number))
        return true;
    if (is_service(number))
        return number.len == 10;
    if (number.ptr[0] == '0') { /* area codes: 010 and 02x have three digits, the others four */
        ptrdiff_t area = number.len > 1 && (number.ptr[1] == '1' || number.ptr[1] == '2') ? 3 : 4;

        if (number.len < 3 || number.ptr[1] == '0' || str_starts(number, STR("011")))
            return false;
        local = str_cut(number, area, number.len);
        return (local.len == 7 || local.len == 8) && starts_with_digit_from(local, '2', '9');
    }
    if (number.len == 7 || number.len == 8)
        return starts_with_digit_from(number, '2', '9');
    if (number.len == 5 && (str_starts(number, STR("95")) || str_starts(number, STR("96"))))
        return true;
    return number.len >= 3 && number.len <= 5 && number.ptr[0] == '1';
}

bool phone_is_mobile(Str phone)
{
    return phone.len == 11 && all_digits(phone) && phone.ptr[0] == '1' && phone.ptr[1] >= '3';
}

Str id_no_normal(Arena *arena, Str typed)
{
    Str folded = fold_text(arena, typed);
    Buf normal = buf_new(arena, MAX_BYTES);

    for (ptrdiff_t i = 0; i < folded.len; i++) {
        char c = folded.ptr[i];

        if (c != ' ' && c != '-')
            buf_char(&normal, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
    return buf_str(&normal);
}

bool id_no_is_plausible(Str id_no)
{
    char born[8] = {'1', '9'};

    if (id_no.len == 15) {
        if (!all_digits(id_no) || !province_is_known(id_no))
            return false;
        memcpy(born + 2, id_no.ptr + 6, 6);
        return birth_is_real((Str){born, 8});
    }
    return id_no.len == 18 && all_digits(str_cut(id_no, 0, 17)) && province_is_known(id_no) &&
           birth_is_real(str_cut(id_no, 6, 14)) && id_no.ptr[17] == check_character(id_no);
}

/* `head` characters as they are, so many stars, the rest as it is. */
static Str stars(Arena *arena, Str text, int64_t head, int64_t masked)
{
    Buf out = buf_new(arena, MAX_BYTES);
    int64_t n = 0;

    for (ptrdiff_t at = 0; at < text.len; n++) {
        int32_t c = utf8_next(text, &at);
        buf_utf8(&out, n >= head && n < head + masked ? '*' : c);
    }
    return buf_str(&out);
}

static bool all_digits(Str text)
{
    for (ptrdiff_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* 400 and 800: nationwide numbers of firms. */
static bool is_service(Str number)
{
    return str_starts(number, STR("400")) || str_starts(number, STR("800"));
}

static bool starts_with_digit_from(Str text, char from, char to)
{
    return text.len > 0 && text.ptr[0] >= from && text.ptr[0] <= to;
}

static bool province_is_known(Str id_no)
{
    return str_find(str_of(provinces), str_cut(id_no, 0, 2)) % 3 == 0;
}

static bool birth_is_real(Str yyyymmdd)
{
    int64_t day;

    return str_to_int(yyyymmdd, &day) && day >= 18500101 &&
           date_is_valid((int)(day / 10000), (int)(day / 100 % 100), (int)(day % 100));
}

/* GB 11643-1999, 6: the weights are 2^(17-i) mod 11. */
static char check_character(Str id_no)
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;

    for (int i = 0; i < 17; i++)
        sum += (id_no.ptr[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

/* The digits behind 转, 分机, ext or x, or the third group of a landline with hyphens; *number: what is before. */
static Str extension_of(Str folded, Str *number)
{
    static const char *const words[] = {"转分机", "转", "分机", "ext.", "ext", "x"};
    Str area, local, third;

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        ptrdiff_t at = str_find(folded, str_of(words[i]));
        Str behind = at < 0 ? STR_NONE : str_trim(str_cut(folded, at + str_of(words[i]).len, folded.len));

        if (all_digits(behind)) {
            *number = str_cut(folded, 0, at);
            return behind;
        }
    }
    area = str_split(folded, '-', &local);
    local = str_split(local, '-', &third);
    if (!str_starts(area, STR("0")) || area.len > 4 || local.len < 7 || third.len > MAX_EXTENSION || !all_digits(third))
        return STR_NONE;
    *number = str_cut(folded, 0, folded.len - third.len - 1);
    return third;
}

/* 00 abroad becomes '+'; the mainland's own code goes, and an area code gets its 0 back (+86 10 … -> 010…). */
static Str without_country(Arena *arena, Str number)
{
    if (number.len == 13 && str_starts(number, STR("86")) && phone_is_mobile(str_cut(number, 2, 13)))
        return str_cut(number, 2, 13);
    if (str_starts(number, STR("00")))
        number = str_join(arena, STR("+"), str_cut(number, 2, number.len));
    if (!str_starts(number, STR("+86")))
        return number;
    number = str_cut(number, 3, number.len);
    if (number.len < 9 || phone_is_mobile(number) || number.ptr[0] == '0' || is_service(number))
        return number;
    return str_join(arena, STR("0"), number);
}
