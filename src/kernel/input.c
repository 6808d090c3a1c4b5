#include "kernel/input.h"
#include "base/exact.h"
#include "kernel/mask.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define DEFAULT_TEXT 200
#define DEFAULT_LINES 2000
#define DEFAULT_PHOTOS 9
#define DEFAULT_REFS 20

typedef struct {
    const char *code;
    Str zh, en;
} Wrong;

static Wrong wrong_type(const char *zh, const char *en)
{
    return (Wrong){"type", str_of(zh), str_of(en)};
}

static Wrong wrong_range(const Cx *cx, int64_t min, int64_t max)
{
    return (Wrong){"out_of_range", str_format(cx->arena, "应在 %lld 到 %lld 之间", (long long)min, (long long)max),
                   str_format(cx->arena, "must be between %lld and %lld", (long long)min, (long long)max)};
}

/* A number of m2 with at most two decimals ("89.5") as dm2. */
static bool parse_area(Str text, int64_t *out_dm2)
{
    Str decimals, whole = str_split(text, '.', &decimals);
    int64_t n, part = 0;

    if (!str_to_int(whole, &n) || n < 0 || n > 100000000 || decimals.len > 2)
        return false;
    if (decimals.len > 0 && (!str_to_int(decimals, &part) || part < 0))
        return false;
    if (decimals.ptr != NULL && decimals.len == 0)
        return false;
    *out_dm2 = n * 100 + (decimals.len == 1 ? part * 10 : part);
    return true;
}

typedef struct {
    Id id;
    Str type;
} Made;

static const Error *find_made(Cx *cx, Str key, Made *made, bool *found)
{
    static const char FIND[] = "SELECT record_id, record_type FROM idem WHERE org_id = :org AND user_id = :me AND idem_key = :key";
    return sql_find(cx, FIND, IN(in_int("me", cx->actor == NULL ? 0 : cx->actor->user), in_text("key", key)),
                    OUT(out_int(&made->id), out_text(&made->type)), found);
}

const Error *input_key(Cx *cx, Str text, const RecordMeta *meta, Id *out)
{
    Made made = {0};
    bool found = false;

    *out = 0;
    TRY(find_made(cx, str_cut(text, 4, text.len), &made, &found));
    if (found && (meta == NULL || str_is(made.type, meta->table)))
        *out = made.id;
    return OK;
}

static const Error *may_attach_row(Cx *cx, const Row *row, void *self)
{
    bool *may = self;
    const RecordMeta *meta = kernel_find_table(cx->kernel, row_text(row, 0));

    if (*may || meta == NULL)
        return OK;
    return record_is_seen(cx, meta, value_int(row_int(row, 1)), may);
}

const Error *file_may_attach(Cx *cx, Id file, bool *may)
{
    static const char OWN[] = "SELECT created_by FROM file WHERE org_id = :org AND id = :file";
    static const char HELD[] = "SELECT record_type, record_id FROM attachment WHERE org_id = :org AND file_id = :file";
    int64_t by = 0;
    bool found;

    *may = false;
    TRY(sql_find(cx, OWN, IN(in_int("file", file)), OUT(out_int(&by)), &found));
    if (!found)
        return OK;
    if (cx->actor != NULL && (cx->actor->is_system || by == cx->actor->user)) {
        *may = true;
        return OK;
    }
    return sql_each(cx, HELD, IN(in_int("file", file)), may_attach_row, may);
}

/* A word that is offered (Field.suggests) may be written as it is called, in either language: it is kept as its value, so that there is one of it. */
static Str offered_word(const Field *field, Str text)
{
    Str word = str_trim(text);

    for (const Choice *one = field->suggests; one != NULL && one->value != NULL; one++)
        if (str_is(word, one->value) || str_is(word, one->zh) || str_is(word, one->en))
            return str_of(one->value);
    return text;
}

static Wrong text_value(const Cx *cx, const Field *field, const json_t *json, Value *out)
{
    int64_t max = field->max > 0 ? field->max : field->type == T_LINES ? DEFAULT_LINES : DEFAULT_TEXT;
    Str text = json_str(json);

    if (!json_is_string(json))
        return wrong_type("应为文字", "must be text");
    if (utf8_count(text) > max)
        return (Wrong){"too_long", str_format(cx->arena, "最多 %lld 个字", (long long)max),
                       str_format(cx->arena, "at most %lld characters", (long long)max)};
    if (field->required && str_trim(text).len == 0)
        return (Wrong){"required", STR("不能为空"), STR("must not be empty")};
    for (ptrdiff_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\n' && text.ptr[i] != '\t' && text.ptr[i] != '\r')
            return (Wrong){"format", STR("含有控制字符"), STR("contains control characters")};
    *out = value_text(offered_word(field, text));
    return (Wrong){0};
}

static Wrong phone_value(const Cx *cx, const json_t *json, Value *out)
{
    Str phone;

    if (!json_is_string(json))
        return wrong_type("应为电话号码", "must be a phone number");
    phone = phone_normal(cx->arena, json_str(json));
    if (phone.len < 5 || phone.len > 20)
        return (Wrong){"format", STR("应为手机号 13800001234 或固话 010-66668888"), STR("must be a number such as 13800001234 or 010-66668888")};
    for (ptrdiff_t i = 0; i < phone.len; i++)
        if ((phone.ptr[i] < '0' || phone.ptr[i] > '9') && phone.ptr[i] != '-' && phone.ptr[i] != '+')
            return (Wrong){"format", STR("电话只能含数字和短横线"), STR("a phone number has digits and hyphens only")};
    *out = value_text(phone);
    return (Wrong){0};
}

static Wrong choice_value(const Cx *cx, const Field *field, const json_t *json, Value *out)
{
    Buf zh = buf_new(cx->arena, 4096), en = buf_new(cx->arena, 4096);

    if (!json_is_string(json))
        return wrong_type("应为选项之一", "must be one of the choices");
    buf_add(&zh, STR("应为："));
    buf_add(&en, STR("must be one of: "));
    for (const Choice *choice = field->choices; choice->value != NULL; choice++) {
        if (str_is(json_str(json), choice->value)) {
            *out = value_text(str_of(choice->value));
            return (Wrong){0};
        }
        buf_format(&zh, "%s%s（%s）", choice == field->choices ? "" : "、", choice->value, choice->zh);
        buf_format(&en, "%s%s", choice == field->choices ? "" : ", ", choice->value);
    }
    return (Wrong){"choice", buf_str(&zh), buf_str(&en)};
}

static Wrong number_value(const Cx *cx, const Field *field, const json_t *json, Value *out)
{
    int64_t n = json_integer_value(json), min = field->min, max = field->max;

    if (!json_is_integer(json))
        return wrong_type("应为整数", "must be an integer");
    if (field->type == T_SCORE)
        min = 1, max = 5;
    if (field->type == T_MONEY && max == 0)
        max = INT64_C(100000000000000);
    if (field->type == T_INT && max == 0)
        min = INT64_MIN, max = INT64_MAX;
    if (n < min || n > max)
        return wrong_range(cx, min, max);
    *out = value_int(n);
    return (Wrong){0};
}

/* As text, kept as it was written: "2.80" stays "2.80". A whole number may also be a JSON integer. */
static Wrong decimal_value(const Cx *cx, const Field *field, const json_t *json, Value *out)
{
    int places = field->max == 0 ? 4 : (int)field->max;
    Str text = json_is_integer(json) ? str_format(cx->arena, "%lld", (long long)json_integer_value(json)) : str_copy(cx->arena, json_str(json));
    Exact number;

    if (!json_is_string(json) && !json_is_integer(json))
        return wrong_type("应为文字形式的小数，如 \"2.80\"", "must be a decimal as text, such as \"2.80\"");
    while (text.len > 1 && text.ptr[0] == '0' && text.ptr[1] >= '0' && text.ptr[1] <= '9') /* as a meter shows it: 00012 */
        text = str_cut(text, 1, text.len);
    if (!exact_parse(text, places, &number) || number.n < 0)
        return (Wrong){"format", str_format(cx->arena, "应为不小于 0、最多 %d 位小数的数，如 \"2.80\"", places),
                       str_format(cx->arena, "must be a decimal, not negative, with at most %d digits behind the point, such as \"2.80\"", places)};
    *out = value_text(text);
    return (Wrong){0};
}

static Wrong area_value(const json_t *json, Value *out)
{
    int64_t dm2;

    if (json_is_integer(json)) {
        if (json_integer_value(json) < 0 || json_integer_value(json) > 100000000)
            return (Wrong){"out_of_range", STR("面积应在 0 到 100000000 平方米之间"), STR("the area must be between 0 and 100000000 m2")};
        *out = value_int(json_integer_value(json) * 100);
        return (Wrong){0};
    }
    if (!json_is_real(json))
        return wrong_type("应为平方米数，最多两位小数", "must be a number of m2 with at most two decimals");
    dm2 = llround(json_real_value(json) * 100);
    if (json_real_value(json) < 0 || json_real_value(json) > 1e8 || fabs(json_real_value(json) * 100 - (double)dm2) > 1e-6)
        return (Wrong){"out_of_range", STR("应为不小于 0、最多两位小数的平方米数"), STR("must be a number of m2, not negative, with at most two decimals")};
    *out = value_int(dm2);
    return (Wrong){0};
}

static const Error *ref_value(Cx *cx, const Field *field, const RecordMeta *to, const json_t *json, Value *out, Wrong *wrong)
{
    Str text = json_str(json);
    const Record *seen = NULL;
    int64_t id = 0;

    assert(to != NULL); /* the declaration was checked at start */
    if (!json_is_string(json)) {
        *wrong = wrong_type(field->type == T_CODE ? "应为编码文字" : "应为文字形式的编号，如 \"123\"",
                            field->type == T_CODE ? "must be a code, as text" : "must be an id as text, such as \"123\"");
        return OK;
    }
    if (field->type == T_CODE) {
        TRY(record_look(cx, to, value_text(text), true, &seen));
        *out = value_text(text);
    } else {
        if (str_starts(text, STR("key:")))
            TRY(input_key(cx, text, to, &id));
        else if (!str_to_id(text, &id))
            id = 0;
        if (id != 0)
            TRY(record_look(cx, to, value_int(id), true, &seen));
        *out = value_int(id);
    }
    if (seen == NULL) {
        *out = VALUE_NULL;
        *wrong = (Wrong){"reference", str_format(cx->arena, "没有这个%s", to->type->zh),
                         str_format(cx->arena, "there is no such %s", to->type->en)};
    }
    return OK;
}

static const Error *refs_value(Cx *cx, const Field *field, const RecordMeta *to, const json_t *json, Value *out, Wrong *wrong)
{
    size_t max = field->max > 0 ? (size_t)field->max : DEFAULT_REFS;
    Buf list = buf_new(cx->arena, 4096);
    Value one;

    if (!json_is_array(json) || json_array_size(json) > max) {
        *wrong = (Wrong){json_is_array(json) ? "out_of_range" : "type", str_format(cx->arena, "应为编号的列表，最多 %zu 个", max),
                         str_format(cx->arena, "must be a list of at most %zu ids", max)};
        return OK;
    }
    for (size_t i = 0; i < json_array_size(json); i++) {
        TRY(ref_value(cx, field, to, json_array_get(json, i), &one, wrong));
        if (wrong->code != NULL)
            return OK;
        buf_format(&list, "%s\"%lld\"", i == 0 ? "[" : ",", (long long)one.n);
    }
    buf_char(&list, ']');
    *out = json_array_size(json) == 0 ? VALUE_NULL : value_text(buf_str(&list));
    return OK;
}

/* A record of any type that the caller may see. */
static const Error *record_value(Cx *cx, const json_t *json, Value *out, Wrong *wrong)
{
    const RecordMeta *meta = NULL;
    bool seen = false;
    int64_t id = 0;

    if (str_starts(json_str(json), STR("key:")))
        TRY(input_key(cx, json_str(json), NULL, &id));
    else if (!str_to_id(json_str(json), &id))
        id = 0;
    if (id != 0)
        TRY(record_type_of(cx, id, &meta));
    if (meta != NULL)
        TRY(record_is_seen(cx, meta, value_int(id), &seen));
    if (seen)
        *out = value_int(id);
    else
        *wrong = (Wrong){json_is_string(json) ? "reference" : "type", STR("没有这个记录"), STR("there is no such record")};
    return OK;
}

static const Error *files_value(Cx *cx, const Field *field, const json_t *json, Value *out, Wrong *wrong)
{
    size_t max = field->max > 0 ? (size_t)field->max : DEFAULT_PHOTOS;
    Buf list = buf_new(cx->arena, 4096);
    bool single = field->type == T_SIGN || field->type == T_FILE;

    if (!single && !json_is_array(json)) {
        *wrong = wrong_type("应为文件编号的列表", "must be a list of file ids");
        return OK;
    }
    if (!single && json_array_size(json) > max) {
        *wrong = (Wrong){"out_of_range", str_format(cx->arena, "最多 %zu 个文件", max), str_format(cx->arena, "at most %zu files", max)};
        return OK;
    }
    buf_char(&list, '[');
    for (size_t i = 0; i < (single ? 1 : json_array_size(json)); i++) {
        Str text = json_str(single ? json : json_array_get(json, i));
        int64_t id = 0;
        bool may = false;
        if (str_to_id(text, &id))
            TRY(file_may_attach(cx, id, &may));
        if (!may) {
            *wrong = (Wrong){"reference", STR("没有这个文件"), STR("there is no such file")};
            return OK;
        }
        buf_format(&list, "%s\"%lld\"", i == 0 ? "" : ",", (long long)id);
        if (single)
            *out = value_int(id);
    }
    buf_char(&list, ']');
    if (!single)
        *out = value_text(buf_str(&list));
    return OK;
}

static Wrong words_value(const Cx *cx, const Field *field, const json_t *json, Value *out)
{
    Json words = json_new(cx->arena, 1 << 16);

    if (!json_is_array(json) || json_array_size(json) > 50)
        return wrong_type("应为文字的列表，最多 50 项", "must be a list of at most 50 texts");
    for (size_t i = 0; i < json_array_size(json); i++)
        if (!json_is_string(json_array_get(json, i)) || json_string_length(json_array_get(json, i)) > 200)
            return wrong_type("每一项应为短文字", "each item must be a short text");
    json_open(&words, '[');
    for (size_t i = 0; i < json_array_size(json); i++)
        json_text(&words, offered_word(field, json_str(json_array_get(json, i))));
    json_close(&words, ']');
    *out = value_text(buf_str(&words.buf));
    return (Wrong){0};
}

bool words_have(Cx *cx, Str list, Str word)
{
    json_t *words = NULL, *one;
    size_t i;

    if (list.len == 0 || json_read(cx->arena, list, &words) != OK)
        return false;
    json_array_foreach(words, i, one)
        if (str_eq(json_str(one), word))
            return true;
    return false;
}

static Wrong object_value(const Cx *cx, const json_t *json, Value *out)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);

    if (text != NULL && strlen(text) <= 16384)
        *out = value_text(str_copy(cx->arena, str_of(text)));
    free(text);
    return out->kind == V_NULL ? (Wrong){"too_long", STR("内容太长"), STR("is too long")} : (Wrong){0};
}

static const Error *read_value(Cx *cx, const Field *field, const RecordMeta *to, const json_t *json, Value *out, Problems *problems)
{
    Wrong wrong = {0};
    Value value = VALUE_NULL;
    Instant at;
    Date day;

    if (json_is_null(json)) {
        *out = VALUE_NULL;
        if (field->required)
            problems_add(problems, str_of(field->name), "required", STR("不能为空"), STR("must not be null"));
        return OK;
    }
    switch (field->type) {
    case T_TEXT: case T_LINES: case T_SECRET: wrong = text_value(cx, field, json, &value); break;
    case T_PHONE: wrong = phone_value(cx, json, &value); break;
    case T_ID_NO: wrong = text_value(cx, &(Field){.max = 30}, json, &value); break;
    case T_INT: case T_MONEY: case T_SCORE: wrong = number_value(cx, field, json, &value); break;
    case T_AREA: wrong = area_value(json, &value); break;
    case T_DECIMAL: wrong = decimal_value(cx, field, json, &value); break;
    case T_BOOL:
        if (json_is_boolean(json))
            value = value_int(json_is_true(json));
        else
            wrong = wrong_type("应为 true 或 false", "must be true or false");
        break;
    case T_DATE:
        if (date_parse(json_str(json), &day))
            value = value_int(day);
        else
            wrong = (Wrong){json_is_string(json) ? "format" : "type", STR("应为日期，如 2026-11-23"), STR("must be a date such as 2026-11-23")};
        break;
    case T_TIME:
        if (instant_parse(json_str(json), &at))
            value = value_int(at);
        else if (field->day_ok && date_parse(json_str(json), &day))
            value = value_int(date_to_instant(day, 18 * 60, cx->zone_min));
        else
            wrong = (Wrong){json_is_string(json) ? "format" : "type", STR("应为带时区的时间，如 2026-11-23T14:00:00+08:00"),
                            STR("must be a time with offset such as 2026-11-23T14:00:00+08:00")};
        break;
    case T_CHOICE: wrong = choice_value(cx, field, json, &value); break;
    case T_REF: case T_CODE: TRY(ref_value(cx, field, to, json, &value, &wrong)); break;
    case T_REFS: TRY(refs_value(cx, field, to, json, &value, &wrong)); break;
    case T_RECORD: TRY(record_value(cx, json, &value, &wrong)); break;
    case T_PHOTOS: case T_SIGN: case T_FILE: case T_FILES: TRY(files_value(cx, field, json, &value, &wrong)); break;
    case T_WORDS: wrong = words_value(cx, field, json, &value); break;
    case T_PLACE:
        if (!json_is_object(json)) {
            wrong = wrong_type("应为位置对象 {\"lat\",\"lng\"} 或 {\"code\"}", "must be an object {\"lat\",\"lng\"} or {\"code\"}");
            break;
        }
        wrong = object_value(cx, json, &value);
        break;
    case T_OBJECT: wrong = object_value(cx, json, &value); break;
    }
    if (wrong.code != NULL)
        problems_add(problems, str_of(field->name), wrong.code, wrong.zh, wrong.en);
    else
        *out = value;
    return OK;
}

const Error *input_value(Cx *cx, const FieldMeta *field, const json_t *json, Value *out, Problems *problems)
{
    return read_value(cx, field->field, field->to, json, out, problems);
}

const Error *input_field(Cx *cx, const Field *field, const json_t *json, Value *out, Problems *problems)
{
    return read_value(cx, field, field->to == NULL ? NULL : kernel_find(cx->kernel, str_of(field->to)), json, out, problems);
}

bool input_text(const Cx *cx, const Field *field, Str text, Value *out)
{
    int64_t n;
    Instant at;
    Date day;

    switch (field->type) {
    case T_INT: case T_MONEY: case T_SCORE:
        if (!str_to_int(text, &n))
            return false;
        *out = value_int(n);
        return true;
    case T_AREA:
        if (!parse_area(text, &n))
            return false;
        *out = value_int(n);
        return true;
    case T_BOOL:
        if (!str_is(text, "true") && !str_is(text, "false"))
            return false;
        *out = value_int(str_is(text, "true"));
        return true;
    case T_DATE:
        if (!date_parse(text, &day))
            return false;
        *out = value_int(day);
        return true;
    case T_TIME:
        if (date_parse(text, &day))
            at = date_to_instant(day, 0, cx->zone_min);
        else if (!instant_parse(text, &at))
            return false;
        *out = value_int(at);
        return true;
    case T_REF: case T_RECORD: case T_SIGN: case T_FILE:
        if (!str_to_id(text, &n))
            return false;
        *out = value_int(n);
        return true;
    case T_CHOICE:
        for (const Choice *choice = field->choices; choice->value != NULL; choice++)
            if (str_is(text, choice->value)) {
                *out = value_text(text);
                return true;
            }
        return false;
    case T_PHONE: *out = value_text(phone_normal(cx->arena, text)); return true;
    case T_TEXT: case T_LINES: case T_CODE: case T_ID_NO: case T_DECIMAL: *out = value_text(text); return true;
    case T_REFS: case T_PHOTOS: case T_FILES: case T_WORDS: case T_PLACE: case T_OBJECT: case T_SECRET: return false;
    }
    return false;
}
