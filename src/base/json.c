#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void free_json(void *value)
{
    json_decref(value);
}

/* Refuses what is nested deeper than JSON_MAX_DEPTH before the parser sees it; *at is where. Strings are skipped. */
static bool depth_is_fine(Str text, ptrdiff_t *at)
{
    int depth = 0;
    bool inside = false;

    for (ptrdiff_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (inside) {
            if (c == '\\')
                i++;
            else if (c == '"')
                inside = false;
        } else if (c == '"') {
            inside = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_MAX_DEPTH) {
                *at = i;
                return false;
            }
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return true;
}

const Error *json_read(Arena *arena, Str text, json_t **out)
{
    json_error_t error;
    json_t *value;
    ptrdiff_t deep_at;

    if (!depth_is_fine(text, &deep_at))
        return error_new(arena, ERR_BAD_REQUEST, str_format(arena, "JSON 嵌套超过 %d 层（第 %td 字节）", JSON_MAX_DEPTH, deep_at),
                         str_format(arena, "JSON is nested deeper than %d (at byte %td)", JSON_MAX_DEPTH, deep_at));
    value = json_loadb(text.ptr == NULL ? "" : text.ptr, (size_t)text.len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL) {
        Str why = str_copy(arena, str_of(error.text));
        return error_new(arena, ERR_BAD_REQUEST,
                         str_format(arena, "不是正确的 JSON：第 %d 行第 %d 列，%.*s", error.line, error.column, STR_ARG(why)),
                         str_format(arena, "Not valid JSON: line %d, column %d: %.*s", error.line, error.column, STR_ARG(why)));
    }
    arena_defer(arena, free_json, value);
    *out = value;
    return OK;
}

Str json_str(const json_t *value)
{
    if (!json_is_string(value))
        return STR_NONE;
    return (Str){json_string_value(value), (ptrdiff_t)json_string_length(value)};
}

Json json_new(Arena *arena, ptrdiff_t max)
{
    return (Json){.buf = buf_new(arena, max)};
}

static void before_value(Json *json)
{
    if (json->comma)
        buf_char(&json->buf, ',');
    json->comma = true;
}

void json_open(Json *json, char bracket)
{
    before_value(json);
    buf_char(&json->buf, bracket);
    json->comma = false;
}

void json_close(Json *json, char bracket)
{
    buf_char(&json->buf, bracket);
    json->comma = true;
}

/* Is one of these eight bytes below 0x20, '"' or '\\'? A byte is looked at by its lowest borrow: x - n has bit 7 set, and x
 * has not, when x < n. It may say so for what stands behind such a byte, never of eight plain ones. */
static bool has_special(const char *eight)
{
    const uint64_t ones = ~(uint64_t)0 / 255, high = ones << 7;
    uint64_t x, quote, slash;

    memcpy(&x, eight, sizeof x);
    quote = x ^ ones * '"';
    slash = x ^ ones * '\\';
    return (((x - ones * 0x20) & ~x) | ((quote - ones) & ~quote) | ((slash - ones) & ~slash)) & high;
}

static void add_quoted(Buf *buf, Str s)
{
    static const char digits[] = "0123456789abcdef";
    ptrdiff_t from = 0;

    buf_char(buf, '"');
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c;
        while (s.len - i >= 8 && !has_special(s.ptr + i))
            i += 8;
        if (i == s.len)
            break;
        c = (unsigned char)s.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(buf, (Str){s.ptr + from, i - from});
        from = i + 1;
        switch (c) {
        case '"': buf_add(buf, STR("\\\"")); break;
        case '\\': buf_add(buf, STR("\\\\")); break;
        case '\n': buf_add(buf, STR("\\n")); break;
        case '\r': buf_add(buf, STR("\\r")); break;
        case '\t': buf_add(buf, STR("\\t")); break;
        default:
            buf_add(buf, STR("\\u00"));
            buf_char(buf, digits[c >> 4]);
            buf_char(buf, digits[c & 15]);
        }
    }
    if (s.len > from)
        buf_add(buf, (Str){s.ptr + from, s.len - from});
    buf_char(buf, '"');
}

void json_key(Json *json, Str key)
{
    before_value(json);
    add_quoted(&json->buf, key);
    buf_char(&json->buf, ':');
    json->comma = false;
}

void json_ready_key(Json *json, Str key)
{
    before_value(json);
    buf_add(&json->buf, key);
    json->comma = false;
}

void json_text(Json *json, Str value)
{
    before_value(json);
    add_quoted(&json->buf, value);
}

void json_c(Json *json, const char *value)
{
    if (value == NULL)
        json_none(json);
    else
        json_text(json, str_of(value));
}

void json_int(Json *json, int64_t value)
{
    before_value(json);
    buf_int(&json->buf, value);
}

void json_id(Json *json, int64_t id)
{
    before_value(json);
    if (id == 0) {
        buf_add(&json->buf, STR("null"));
        return;
    }
    buf_char(&json->buf, '"');
    buf_int(&json->buf, id);
    buf_char(&json->buf, '"');
}

void json_bool(Json *json, bool value)
{
    before_value(json);
    buf_add(&json->buf, value ? STR("true") : STR("false"));
}

void json_none(Json *json)
{
    before_value(json);
    buf_add(&json->buf, STR("null"));
}

void json_double(Json *json, double value)
{
    char text[40];

    before_value(json);
    if (!isfinite(value)) {
        buf_add(&json->buf, STR("null"));
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        (void)snprintf(text, sizeof text, "%.*g", digits, value); /* 40 bytes hold any double */
        if (strtod(text, NULL) == value)
            break;
    }
    buf_add_c(&json->buf, text);
}

void json_instant(Json *json, Instant at, int zone_min)
{
    before_value(json);
    buf_char(&json->buf, '"');
    buf_instant(&json->buf, at, zone_min);
    buf_char(&json->buf, '"');
}

void json_date(Json *json, Date day)
{
    before_value(json);
    buf_char(&json->buf, '"');
    buf_date(&json->buf, day);
    buf_char(&json->buf, '"');
}

void json_area(Json *json, int64_t dm2)
{
    before_value(json);
    buf_int(&json->buf, dm2 / 100);
    if (dm2 % 100 != 0) {
        buf_format(&json->buf, dm2 % 10 == 0 ? ".%01d" : ".%02d", (int)(dm2 % 10 == 0 ? dm2 % 100 / 10 : dm2 % 100));
    }
}

void json_raw(Json *json, Str value)
{
    before_value(json);
    buf_add(&json->buf, value.len == 0 ? STR("null") : value);
}
