/* fee_text.c: a fee's lines in words, and as they are kept with a charge. */
#include "modules/billing/fee.h"

#include <stddef.h>

#define MAX_TEXT (16 * 1024) /* bytes of a line: a formula of 160 names, each a number of 40 digits */
#define MAX_STORED (512 * 1024)

static const char *const kind_names[] = {
    [LINE_AREA] = "area",       [LINE_UNIT] = "unit", [LINE_METER] = "meter",     [LINE_STEP] = "step", [LINE_SHARE] = "share",
    [LINE_FORMULA] = "formula", [LINE_LATE] = "late", [LINE_PERCENT] = "percent", [LINE_AHEAD] = "ahead", [LINE_NOTE] = "note",
};
static const struct {
    const char *name;
    size_t at;
} numbers[] = {
    {"quantity", offsetof(FeeLine, quantity)}, {"price", offsetof(FeeLine, price)},           {"before", offsetof(FeeLine, before)},
    {"after", offsetof(FeeLine, after)},       {"multiplier", offsetof(FeeLine, multiplier)}, {"weights", offsetof(FeeLine, weights)},
    {"percent", offsetof(FeeLine, percent)},   {"exact", offsetof(FeeLine, exact)},
};
static const struct {
    const char *name;
    size_t at;
} wholes[] = {
    {"from", offsetof(FeeLine, from)}, {"to", offsetof(FeeLine, to)}, {"days", offsetof(FeeLine, days)}, {"of_days", offsetof(FeeLine, of_days)},
};

typedef struct {
    Arena *arena;
    Buf buf;
    Lang lang;
} Writer;

static void say(Writer *w, const char *zh, const char *en);
static void add_number(Writer *w, Exact number, int least);
static void add_price(Writer *w, Exact yuan);
static void add_fen(Writer *w, int64_t fen);
static void add_facts(Writer *w, const FeeLine *line);
static void add_months(Writer *w, const FeeLine *line);
static void add_metered(Writer *w, const FeeLine *line);
static void add_step(Writer *w, const FeeLine *line);
static void add_ahead(Writer *w, const FeeLine *line);
static void add_late_days(Writer *w, const FeeLine *line);
static void store_line(Arena *arena, const FeeLine *line, Json *json);
static bool read_line(const json_t *stored, FeeLine *out);
static Exact exact_of_line(const FeeLine *line);
static void rounding_json(Arena *arena, const FeeLine *line, Lang lang, Json *json);

Str fee_line_text(Arena *arena, const FeeLine *line, Lang lang)
{
    Writer w = {.arena = arena, .buf = buf_new(arena, MAX_TEXT), .lang = lang};

    add_facts(&w, line);
    buf_add_c(&w.buf, " = ");
    add_fen(&w, line->amount_fen);
    return buf_str(&w.buf);
}

void fee_lines_json(Arena *arena, const Fee *fee, Lang lang, Json *json)
{
    json_open(json, '[');
    for (int i = 0; i < fee->count; i++) {
        const FeeLine *line = &fee->list[i];

        json_open(json, '{');
        JSON_TEXT(json, "text", fee_line_text(arena, line, lang));
        JSON_INT(json, "amount_fen", line->amount_fen);
        if (line->from != 0) {
            JSON_KEY(json, "from");
            json_date(json, line->from);
            JSON_KEY(json, "to");
            json_date(json, line->to);
        }
        rounding_json(arena, line, lang, json);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* Of a share it follows from its facts, whoever has made it. */
static Exact exact_of_line(const FeeLine *line)
{
    Exact part, none = {0};

    if (line->kind != LINE_SHARE)
        return line->exact;
    if (!exact_div(line->quantity, line->weights, &part) || !exact_mul(part, exact_per(line->total_fen, 100), &part))
        return none;
    return exact_cmp(part, exact_per(line->amount_fen, 100)) == 0 ? none : part;
}

/* Six decimals, and a sign that there are more. */
static Str long_text(Arena *arena, Exact yuan)
{
    Str text = exact_text(arena, yuan, 2, 9);
    ptrdiff_t point = str_find_char(text, '.');

    return text.len - point - 1 <= 6 ? text : str_join(arena, str_cut(text, 0, point + 7), STR("…"));
}

Str fee_line_rounding(Arena *arena, const FeeLine *line, Lang lang)
{
    Writer w = {.arena = arena, .buf = buf_new(arena, MAX_TEXT), .lang = lang};
    Exact exact = exact_of_line(line);
    int64_t nearest;

    if (!exact_is_number(exact) || !exact_fen(exact, &nearest))
        return STR_NONE;
    buf_add(&w.buf, long_text(arena, exact));
    buf_add_c(&w.buf, " → ");
    buf_add(&w.buf, exact_yuan(arena, line->amount_fen));
    if (line->kind == LINE_SHARE)
        say(&w, " 元，余数大的多分 1 分，合计不差", " yuan: the larger remainders get a fen more, so that the parts add up");
    else if (nearest == line->amount_fen)
        say(&w, " 元，四舍五入到分", " yuan, rounded half up to the fen");
    else
        say(&w, " 元，合计四舍五入，差额归这一行", " yuan: the sum is rounded, and this line takes the difference");
    return buf_str(&w.buf);
}

static void rounding_json(Arena *arena, const FeeLine *line, Lang lang, Json *json)
{
    Str rounding = fee_line_rounding(arena, line, lang);

    if (rounding.len == 0)
        return;
    JSON_TEXT(json, "rounded_from", exact_text(arena, exact_of_line(line), 2, 6));
    JSON_TEXT(json, "rounding", rounding);
}

Str fee_lines_store(Arena *arena, const Fee *fee)
{
    Json json = json_new(arena, MAX_STORED);

    json_open(&json, '[');
    for (int i = 0; i < fee->count; i++)
        store_line(arena, &fee->list[i], &json);
    json_close(&json, ']');
    return buf_str(&json.buf);
}

bool fee_lines_read(Arena *arena, Str stored, Fee *out)
{
    Fee fee = {0};
    json_t *list;

    if (json_read(arena, stored, &list) != OK || !json_is_array(list) || json_array_size(list) > MAX_FEE_LINES)
        return false;
    fee.list = new (arena, FeeLine, json_array_size(list));
    for (; fee.count < (int)json_array_size(list); fee.count++) {
        FeeLine *line = &fee.list[fee.count];

        if (!read_line(json_array_get(list, (size_t)fee.count), line) || __builtin_add_overflow(fee.amount_fen, line->amount_fen, &fee.amount_fen))
            return false;
    }
    *out = fee;
    return true;
}

static void say(Writer *w, const char *zh, const char *en)
{
    buf_add_c(&w->buf, w->lang == LANG_ZH ? zh : en);
}

static void add_number(Writer *w, Exact number, int least)
{
    buf_add(&w->buf, exact_text(w->arena, number, least, 6));
}

static void add_price(Writer *w, Exact yuan)
{
    if (w->lang == LANG_EN) {
        buf_add_c(&w->buf, yuan.n < 0 ? "-¥" : "¥");
        yuan.n = yuan.n < 0 ? -yuan.n : yuan.n;
    }
    add_number(w, yuan, 2);
    say(w, " 元", "");
}

static void add_fen(Writer *w, int64_t fen)
{
    add_price(w, exact_per(fen, 100));
}

static void add_facts(Writer *w, const FeeLine *line)
{
    switch (line->kind) {
    case LINE_AREA:
    case LINE_UNIT:
        add_months(w, line);
        break;
    case LINE_METER:
        add_metered(w, line);
        break;
    case LINE_STEP:
        add_step(w, line);
        break;
    case LINE_SHARE:
        add_fen(w, line->total_fen);
        buf_add_c(&w->buf, " × ");
        add_number(w, line->quantity, 0);
        buf_char(&w->buf, '/');
        add_number(w, line->weights, 0);
        break;
    case LINE_LATE:
        add_late_days(w, line);
        break;
    case LINE_PERCENT:
        add_fen(w, line->total_fen);
        buf_add_c(&w->buf, " × ");
        add_number(w, line->percent, 0);
        buf_char(&w->buf, '%');
        break;
    case LINE_AHEAD:
        add_ahead(w, line);
        break;
    case LINE_FORMULA:
    case LINE_NOTE:
        buf_add(&w->buf, line->note);
        break;
    }
}

/* "112.35 m² × 2.80 元 × 20/31 月 × 70%"; a whole month is 1. */
static void add_months(Writer *w, const FeeLine *line)
{
    add_number(w, line->quantity, line->kind == LINE_AREA ? 2 : 0);
    buf_add_c(&w->buf, line->kind == LINE_AREA ? " m² × " : " × ");
    add_price(w, line->price);
    if (line->of_days != 0) {
        if (line->days == line->of_days)
            buf_add_c(&w->buf, " × 1");
        else
            buf_format(&w->buf, " × %d/%d", line->days, line->of_days);
        say(w, " 月", " month");
    }
    if (exact_is_number(line->percent)) {
        buf_add_c(&w->buf, " × ");
        add_number(w, line->percent, 0);
        buf_char(&w->buf, '%');
    }
}

/* "24 × 5.00 元", of a household with more people "24 × 5.00 元（5 人，本档到 210）" */
static void add_step(Writer *w, const FeeLine *line)
{
    add_number(w, line->quantity, 0);
    buf_add_c(&w->buf, " × ");
    add_price(w, line->price);
    if (!exact_is_number(line->multiplier))
        return;
    say(w, "（", " (");
    add_number(w, line->multiplier, 0);
    say(w, " 人，本档到 ", " people, up to ");
    add_number(w, line->after, 0);
    say(w, "）", ")");
}

/* "预缴 12 个月优惠，3774.96 元 × 5%"; "预缴 12 个月，末 31 天免费" */
static void add_ahead(Writer *w, const FeeLine *line)
{
    say(w, "预缴 ", "");
    add_number(w, line->quantity, 0);
    if (line->days > 0) {
        say(w, " 个月，末 ", " months paid ahead, the last ");
        buf_int(&w->buf, line->days);
        say(w, " 天免费", " days free");
        return;
    }
    say(w, " 个月优惠，", " months paid ahead, ");
    add_fen(w, line->total_fen);
    buf_add_c(&w->buf, " × ");
    add_number(w, line->percent, 0);
    buf_char(&w->buf, '%');
}

/* "用量 24（1496 → 1520）× 30 × 0.60 元"; of one register of several "峰 用量 24 …" */
static void add_metered(Writer *w, const FeeLine *line)
{
    for (int i = 0; i < FEE_REGISTERS; i++)
        if (str_is(line->note, fee_registers[i].name)) {
            say(w, fee_registers[i].zh, fee_registers[i].en);
            buf_char(&w->buf, ' ');
        }
    say(w, "用量 ", "use ");
    add_number(w, line->quantity, 0);
    if (exact_is_number(line->before) && exact_is_number(line->after)) {
        say(w, "（", " (");
        add_number(w, line->before, 0);
        buf_add_c(&w->buf, " → ");
        add_number(w, line->after, 0);
        say(w, "）", ")");
    }
    if (exact_is_number(line->multiplier) && exact_cmp(line->multiplier, exact_of(1)) != 0) {
        buf_add_c(&w->buf, " × ");
        add_number(w, line->multiplier, 0);
    }
    buf_add_c(&w->buf, " × ");
    add_price(w, line->price);
}

/* "314.58 元 × 5/10000 × 76 天" */
static void add_late_days(Writer *w, const FeeLine *line)
{
    add_fen(w, line->total_fen);
    buf_add_c(&w->buf, " × ");
    add_number(w, line->price, 0);
    buf_format(&w->buf, "/10000 × %d", line->days);
    say(w, " 天", line->days == 1 ? " day" : " days");
    if (line->capped)
        say(w, "，到上限为止", ", up to the cap");
}

/* What is nothing is not written. */
static void store_line(Arena *arena, const FeeLine *line, Json *json)
{
    const char *place = (const char *)line;

    json_open(json, '{');
    JSON_C(json, "kind", kind_names[line->kind]);
    for (size_t i = 0; i < COUNT_OF(wholes); i++) {
        int32_t n;
        memcpy(&n, place + wholes[i].at, sizeof n);
        if (n == 0)
            continue;
        json_key(json, str_of(wholes[i].name));
        json_int(json, n);
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        Exact number;
        memcpy(&number, place + numbers[i].at, sizeof number);
        if (!exact_is_number(number))
            continue;
        json_key(json, str_of(numbers[i].name));
        json_text(json, exact_fraction(arena, number));
    }
    if (line->total_fen != 0)
        JSON_INT(json, "total_fen", line->total_fen);
    if (line->capped)
        JSON_BOOL(json, "capped", true);
    if (line->note.len > 0)
        JSON_TEXT(json, "note", line->note);
    JSON_INT(json, "amount_fen", line->amount_fen);
    json_close(json, '}');
}

static bool read_line(const json_t *stored, FeeLine *out)
{
    FeeLine line = {.total_fen = json_integer_value(json_object_get(stored, "total_fen")),
                    .capped = json_is_true(json_object_get(stored, "capped")),
                    .note = json_str(json_object_get(stored, "note")),
                    .amount_fen = json_integer_value(json_object_get(stored, "amount_fen"))};
    Str kind = json_str(json_object_get(stored, "kind"));
    char *place = (char *)&line;
    size_t k = 0;

    while (k < COUNT_OF(kind_names) && !str_is(kind, kind_names[k]))
        k++;
    if (k == COUNT_OF(kind_names) || !json_is_integer(json_object_get(stored, "amount_fen")))
        return false;
    line.kind = (LineKind)k;
    for (size_t i = 0; i < COUNT_OF(wholes); i++) {
        int32_t n = (int32_t)json_integer_value(json_object_get(stored, wholes[i].name));
        memcpy(place + wholes[i].at, &n, sizeof n);
    }
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const json_t *text = json_object_get(stored, numbers[i].name);
        Exact number;
        if (text == NULL)
            continue;
        if (!exact_fraction_parse(json_str(text), &number))
            return false;
        memcpy(place + numbers[i].at, &number, sizeof number);
    }
    *out = line;
    return true;
}
