#include "modules/property/house_text.h"

#include "kernel/mask.h"

static bool is_chinese(int32_t c);
static ptrdiff_t separator_at(Str s, ptrdiff_t at);
static int count_digits(Str s);
static bool comma_separates(Str piece);
static int add_parts(Str piece, bool at_comma, Str parts[TEXT_MAX_PARTS], int count);
static Str cut_tail(Str s, const char *const *tails);
static Str plain_number(Arena *arena, Str s);
static int64_t chinese_number(Str s);
static ptrdiff_t find_word(Str s, const char *const *words, Str *word);
static Str upper(Arena *arena, Str s);
static bool is_double_surname(Str s);
static Str without_words(Arena *arena, Str s);
static bool is_company_code(Str s);
static bool decimal_parse(Str s, int decimals, int64_t *out);

static const char *const BUILDING_WORDS[] = {"号楼", "#楼", "栋", "幢", "座", "#", "楼栋", NULL};
static const char *const UNIT_WORDS[] = {"单元", "门栋", NULL};
static const char *const FLOOR_WORDS[] = {"层", "楼", NULL};
static const char *const ROOM_TAILS[] = {"号房", "房间", "室", "号", "房", "户", NULL};
static const char *const BUILDING_TAILS[] = {"号楼", "#楼", "楼栋", "栋", "幢", "座", "楼", "#", "号", NULL};
static const char *const UNIT_TAILS[] = {"单元", "门", "梯", NULL};
static const char *const FLOOR_TAILS[] = {"层", "楼", "F", NULL};

bool text_has_chinese(Str s)
{
    for (ptrdiff_t at = 0; at < s.len;)
        if (is_chinese(utf8_next(s, &at)))
            return true;
    return false;
}

int text_split_list(Str cell, Str parts[TEXT_MAX_PARTS])
{
    int count = 0;

    for (Str rest = cell; rest.len > 0;) {
        ptrdiff_t at = 0, len = 0;

        while (at < rest.len && (len = separator_at(rest, at)) == 0)
            at++;
        if (count == TEXT_MAX_PARTS - 1)
            return add_parts(rest, false, parts, count);
        Str piece = str_cut(rest, 0, at);
        count = add_parts(piece, comma_separates(piece), parts, count);
        rest = str_cut(rest, at + len, rest.len);
    }
    return count;
}

HouseNo house_no_parse(Arena *arena, Str cell)
{
    Str s = text_dense(arena, cell), word = STR_NONE, parts[4] = {0};
    HouseNo no = {0};
    ptrdiff_t at, at_floor;
    int count = 0;

    /* What is named is taken off first: 3栋 … 2单元 … 15层 … */
    if ((at = find_word(s, BUILDING_WORDS, &word)) > 0 && at + word.len < s.len) {
        no.building = house_building_plain(arena, str_cut(s, 0, at));
        no.named = true;
        s = str_cut(s, at + word.len, s.len);
    }
    if ((at = find_word(s, UNIT_WORDS, &word)) > 0 && at + word.len < s.len) {
        Str before = str_cut(s, str_starts(s, STR("-")), at);
        ptrdiff_t dash = str_find_char(before, '-');

        if (no.building.len == 0 && dash > 0) { /* 3-2单元1501 */
            no.building = house_building_plain(arena, str_cut(before, 0, dash));
            before = str_cut(before, dash + 1, before.len);
        } else if (no.building.len == 0 && (at_floor = str_find(before, STR("楼"))) > 0) { /* 3楼2单元1501 */
            no.building = house_building_plain(arena, str_cut(before, 0, at_floor));
            before = str_cut(before, at_floor + 3, before.len);
        }
        no.unit = house_unit_plain(arena, before);
        s = str_cut(s, at + word.len, s.len);
    }
    if ((no.building.len > 0 || no.unit.len > 0) && (at = find_word(s, FLOOR_WORDS, &word)) > 0 &&
        at + word.len < s.len) {
        no.floor = house_floor_plain(arena, str_cut(s, str_starts(s, STR("-")), at));
        s = str_cut(s, at + word.len, s.len);
    }

    /* The rest stands in order: [[building -] unit -] [floor -] room. */
    for (Str rest = s; rest.len > 0 && count < 4;) {
        Str part = count == 3 ? rest : str_split(rest, '-', &rest);

        if (count == 3)
            rest = STR_NONE;
        if (part.len > 0)
            parts[count++] = part;
    }
    if (count == 0) {
        no.room = house_room_plain(arena, s);
        return no;
    }
    no.room = house_room_plain(arena, parts[count - 1]);
    if (no.unit.len > 0 && count > 1) { /* the unit is known: what remains before the room is its floor */
        no.floor = house_floor_plain(arena, parts[count - 2]);
    } else if (no.building.len > 0 && count > 1) {
        no.unit = house_unit_plain(arena, parts[0]);
        if (count > 2)
            no.floor = house_floor_plain(arena, parts[1]);
    } else if (count == 2) {
        no.building = house_building_plain(arena, parts[0]);
    } else if (count == 3) {
        no.building = house_building_plain(arena, parts[0]);
        no.unit = house_unit_plain(arena, parts[1]);
    } else if (count == 4 && str_starts(no.room, plain_number(arena, parts[2]))) {
        no.building = house_building_plain(arena, parts[0]);
        no.unit = house_unit_plain(arena, parts[1]);
        no.floor = house_floor_plain(arena, parts[2]);
    } else if (count == 4) {
        no.building = str_format(arena, "%.*s-%.*s", STR_ARG(house_building_plain(arena, parts[0])),
                                 STR_ARG(house_building_plain(arena, parts[1])));
        no.unit = house_unit_plain(arena, parts[2]);
    }
    return no;
}

Str house_building_plain(Arena *arena, Str cell)
{
    Str s = text_dense(arena, cell);

    while (str_starts(s, STR("-")))
        s = str_cut(s, 1, s.len);
    while (str_ends(s, STR("-")))
        s = str_cut(s, 0, s.len - 1);
    return plain_number(arena, cut_tail(s, BUILDING_TAILS));
}

Str house_unit_plain(Arena *arena, Str cell)
{
    Str s = text_dense(arena, cell);

    if (str_is(s, "无") || str_is(s, "/") || str_is(s, "-") || str_is(s, "--"))
        return STR_NONE;
    return plain_number(arena, cut_tail(s, UNIT_TAILS));
}

Str house_room_plain(Arena *arena, Str cell)
{
    Str s = cut_tail(text_dense(arena, cell), ROOM_TAILS);

    while (str_starts(s, STR("-")))
        s = str_cut(s, 1, s.len);
    if (str_ends(s, STR(".0")) &&
        text_is_digits(str_cut(s, 0, s.len - 2))) /* a number that some program took for a decimal */
        s = str_cut(s, 0, s.len - 2);
    return upper(arena, s);
}

Str house_floor_plain(Arena *arena, Str cell)
{
    return plain_number(arena, cut_tail(text_dense(arena, cell), FLOOR_TAILS));
}

Str house_no_text(Arena *arena, const HouseNo *no)
{
    Buf buf = buf_new(arena, 4096);

    if (no->building.len > 0) {
        buf_add(&buf, no->building);
        buf_char(&buf, '-');
    }
    if (no->unit.len > 0) {
        buf_add(&buf, no->unit);
        buf_char(&buf, '-');
    }
    buf_add(&buf, no->room);
    return buf_str(&buf);
}

/* A blank between Chinese characters is for looks (王 芳) unless both sides are names by their length. */
Str name_plain(Arena *arena, Str cell)
{
    Str plain = text_plain(arena, cell);
    Buf buf = buf_new(arena, plain.len + 16);

    for (Str rest = plain; rest.len > 0;) {
        Str word = str_trim(rest);
        ptrdiff_t end = 0;

        while (end < word.len && word.ptr[end] != ' ' && word.ptr[end] != '\n')
            end++;
        rest = str_cut(word, end, word.len);
        word = str_cut(word, 0, end);
        if (buf.len > 0 && word.len > 0) {
            Str so_far = buf_str(&buf);
            bool chinese = text_has_chinese(so_far) && text_has_chinese(word);

            if (!chinese || (utf8_count(so_far) >= 2 && utf8_count(word) >= 2 && !is_double_surname(so_far)))
                buf_char(&buf, ' ');
        }
        buf_add(&buf, word);
    }
    return buf_str(&buf);
}

bool name_looks_like_two(Str name)
{
    static const char *const COMPANY[] = {"公司", "厂",   "店",   "行",   "中心", "集团", "银行", "委员会",
                                          "局",   "所",   "院",   "学校", "大学", "部",   "合作", "协会",
                                          "医院", "基金", "政府", "社",   "企业", NULL};
    Str word = STR_NONE;
    int chinese = 0;
    bool parted = false;

    for (ptrdiff_t at = 0; at < name.len;) {
        int32_t c = utf8_next(name, &at);

        if (c == '(') /* what stands in brackets is a remark */
            break;
        if (c == 0xB7) /* the dot of names that are long by nature; text_plain makes all kinds of it this one */
            return false;
        parted = parted || c == ' ' || c == '&' || c == '+' || c == ',';
        chinese += is_chinese(c);
    }
    return ((parted && chinese > 0) || chinese >= 5) && find_word(name, COMPANY, &word) < 0;
}

Str phone_plain(Arena *arena, Str cell, bool *doubtful)
{
    Str written = text_plain(arena, cell), normal, number;

    if (str_ends(written, STR(".0")) && text_is_digits(str_cut(written, 0, written.len - 2)))
        written = str_cut(written, 0, written.len - 2); /* some program took it for a decimal */
    normal = phone_normal(arena, without_words(arena, written));
    number = str_split(normal, '-', &(Str){0});
    *doubtful = !phone_is_plausible(normal) || !(phone_is_mobile(number) || str_starts(number, STR("0")) ||
                                                 (number.len == 10 && str_starts(number, STR("400"))));
    return phone_is_plausible(normal) ? normal : phone_normal(arena, written);
}

Str id_no_plain(Arena *arena, Str cell, bool *doubtful)
{
    Str normal = id_no_normal(arena, text_plain(arena, cell));

    *doubtful = normal.len != 18 || (!id_no_is_plausible(normal) && !is_company_code(normal));
    return normal;
}

bool area_parse(Arena *arena, Str cell, int64_t *dm2)
{
    static const char *const UNITS[] = {"平方米", "平米", "平方", "㎡", "m²", "M²", "m2", "M2", "平", "sqm", NULL};
    Str s = cut_tail(text_dense(arena, cell), UNITS);
    char *copy = arena_alloc(arena, (size_t)s.len + 1);
    ptrdiff_t len = 0, point = str_find_char(s, '.');
    int64_t value;

    if (point < 0)
        point = s.len;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != ',')
            copy[len++] = s.ptr[i];
        else if (i == 0 || i > point || (point - i) % 4 != 0 || (i == len && i > 3)) /* only between thousands */
            return false;
    }
    if (!decimal_parse((Str){copy, len}, 2, &value) || value <= 0 || value >= 1000000000)
        return false;
    *dm2 = value;
    return true;
}

bool share_parse(Arena *arena, Str cell, Share *out)
{
    Str s = text_dense(arena, cell), whole_text, part_text = str_split(s, '/', &whole_text);
    int64_t part, whole, a, b;

    if (whole_text.ptr != NULL) {
        if (!str_to_int(part_text, &part) || !str_to_int(whole_text, &whole))
            return false;
    } else if (str_ends(s, STR("%"))) {
        whole = 1000000;
        if (!decimal_parse(str_cut(s, 0, s.len - 1), 4, &part))
            return false;
    } else if (decimal_parse(s, 6, &part)) {
        whole = part > 1000000 ? 100000000 : 1000000; /* 50 is percent */
    } else {
        return false;
    }
    if (part <= 0 || whole < part || whole > 100000000)
        return false;
    for (a = whole, b = part; b != 0;) { /* the greatest common divisor */
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    *out = (Share){(int32_t)(part / a), (int32_t)(whole / a)};
    return true;
}

static bool is_chinese(int32_t c)
{
    return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x323AF) ||
           (c >= 0xF900 && c <= 0xFAFF) || c == 0x3007;
}

/* The length of the separator that stands here (、 ； ， ／ / ; line end), or 0. */
static ptrdiff_t separator_at(Str s, ptrdiff_t at)
{
    char c = s.ptr[at];

    if (c == '/' || c == ';' || c == '\n' || c == '\r')
        return 1;
    if ((c != '\xE3' && c != '\xEF') || at + 3 > s.len)
        return 0;
    s = str_cut(s, at, at + 3);
    return str_is(s, "、") || str_is(s, "；") || str_is(s, "，") || str_is(s, "／") ? 3 : 0;
}

static int count_digits(Str s)
{
    int count = 0;

    for (ptrdiff_t at = 0; at < s.len;) {
        int32_t c = text_plain_character(utf8_next(s, &at));

        count += c >= '0' && c <= '9';
    }
    return count;
}

static bool comma_separates(Str piece)
{
    if (str_find_char(piece, ',') < 0)
        return false;
    for (Str rest = piece; rest.ptr != NULL;) {
        Str part = str_trim(str_split(rest, ',', &rest));

        if (part.len > 0 && !text_has_chinese(part) && count_digits(part) < 7)
            return false;
    }
    return true;
}

static int add_parts(Str piece, bool at_comma, Str parts[TEXT_MAX_PARTS], int count)
{
    for (Str rest = piece; rest.ptr != NULL;) {
        bool last = !at_comma || count >= TEXT_MAX_PARTS - 1;
        Str part = last ? rest : str_split(rest, ',', &rest);

        if (last)
            rest = STR_NONE;
        part = str_trim(part);
        if (part.len > 0 && count < TEXT_MAX_PARTS)
            parts[count++] = part;
    }
    return count;
}

/* Without the first of these endings that it has, as long as something is left. */
static Str cut_tail(Str s, const char *const *tails)
{
    for (int i = 0; tails[i] != NULL; i++)
        if (str_ends(s, str_of(tails[i])) && s.len > (ptrdiff_t)strlen(tails[i]))
            return str_cut(s, 0, s.len - (ptrdiff_t)strlen(tails[i]));
    return s;
}

/* 03 -> 3, 三 -> 3, 十二 -> 12, a -> A, 0 -> 0; other text stays. */
static Str plain_number(Arena *arena, Str s)
{
    int64_t n = chinese_number(s);

    if (n >= 0)
        return str_format(arena, "%lld", (long long)n);
    if (str_ends(s, STR(".0")) && text_is_digits(str_cut(s, 0, s.len - 2)))
        s = str_cut(s, 0, s.len - 2);
    while (s.len > 1 && s.ptr[0] == '0' && text_is_digits(str_cut(s, 1, 2)))
        s = str_cut(s, 1, s.len);
    return upper(arena, s);
}

/* 一 to 九十九; -1 when it is not such a number. */
static int64_t chinese_number(Str s)
{
    static const char *const ONES[] = {"一", "二", "三", "四", "五", "六", "七", "八", "九"};
    int64_t tens = 0, ones = 0;
    bool ten = false;

    if (s.len == 0)
        return -1;
    for (; s.len > 0; s = str_cut(s, 3, s.len)) {
        if (str_starts(s, STR("十")) && !ten) {
            ten = true;
            tens = ones == 0 ? 1 : ones;
            ones = 0;
            continue;
        }
        int i = 0;
        while (i < 9 && !str_starts(s, str_of(ONES[i])))
            i++;
        if (i == 9 || ones != 0)
            return -1;
        ones = i + 1;
    }
    return tens * 10 + ones;
}

/* The first place where one of the words stands; the longest of those that stand there when listed first. */
static ptrdiff_t find_word(Str s, const char *const *words, Str *word)
{
    ptrdiff_t best = -1;

    for (int i = 0; words[i] != NULL; i++) {
        ptrdiff_t at = str_find(s, str_of(words[i]));

        if (at >= 0 && (best < 0 || at < best)) {
            best = at;
            *word = str_of(words[i]);
        }
    }
    return best;
}

static Str upper(Arena *arena, Str s)
{
    char *copy = arena_alloc(arena, (size_t)s.len + 1);

    for (ptrdiff_t i = 0; i < s.len; i++)
        copy[i] = s.ptr[i] >= 'a' && s.ptr[i] <= 'z' ? (char)(s.ptr[i] - 32) : s.ptr[i];
    return (Str){copy, s.len};
}

static bool is_double_surname(Str s)
{
    static const char *const NAMES[] = {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒",
                                        "令狐", "夏侯", "宇文", "长孙", "端木", "南宫", "百里", "轩辕", "独孤", "呼延"};
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        if (str_is(s, NAMES[i]))
            return true;
    return false;
}

/* The words that people put around a phone: 13800001234（妻）, 手机：13800001234. What names an extension stays. */
static Str without_words(Arena *arena, Str s)
{
    Buf buf = buf_new(arena, s.len + 16);

    for (ptrdiff_t at = 0; at < s.len;) {
        ptrdiff_t from = at;
        int32_t c = utf8_next(s, &at);
        Str letter = str_cut(s, from, at);

        if (c == '(' || c == ')' || c == ':' || c == '[' || c == ']')
            buf_char(&buf, ' ');
        else if (!is_chinese(c) || str_is(letter, "转") || str_is(letter, "分") || str_is(letter, "机"))
            buf_add(&buf, letter);
    }
    for (Str text = buf_str(&buf);; text = str_cut(text, 3, text.len)) /* 手机 left 机 */
        if (!str_starts(text, STR("机")) && !str_starts(text, STR("分")))
            return str_trim(text);
}

/* A unified social credit code (GB 32100-2015, 4.6 and annex A): weighted sum modulo 31. */
static bool is_company_code(Str s)
{
    static const int WEIGHT[] = {1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28};
    static const char LETTERS[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    int sum = 0;

    for (int i = 0; i < 17; i++) {
        ptrdiff_t value = str_find_char(str_of(LETTERS), s.ptr[i]);

        if (value < 0)
            return false;
        sum += (int)value * WEIGHT[i];
    }
    return str_find_char(STR("159NAY"), s.ptr[0]) >= 0 && s.ptr[17] == LETTERS[(31 - sum % 31) % 31];
}

/* Digits with at most one point, as a whole number of 10^-decimals, rounded half up. */
static bool decimal_parse(Str s, int decimals, int64_t *out)
{
    int64_t value = 0;
    int places = -1; /* digits behind the point */
    bool any = false, up = false;

    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '.' && places < 0) {
            places = 0;
            continue;
        }
        if (!text_is_digits(str_cut(s, i, i + 1)) || value > INT64_MAX / 100)
            return false;
        any = true;
        if (places >= decimals) {
            up = up || (places == decimals && s.ptr[i] >= '5');
            places++;
            continue;
        }
        value = value * 10 + (s.ptr[i] - '0');
        places += places >= 0;
    }
    for (int i = places < 0 ? 0 : places; i < decimals; i++) {
        if (value > INT64_MAX / 100)
            return false;
        value *= 10;
    }
    *out = value + up;
    return any;
}
