#include "kernel/import_cell.h"
#include "base/cell.h"
#include "base/exact.h"

#include <stdlib.h>

bool import_takes(const FieldMeta *field)
{
    if (field->column == NULL || field->field->internal || field->field->read_only)
        return false;
    switch (field->field->type) {
    case T_TEXT: case T_LINES: case T_INT: case T_BOOL: case T_DATE: case T_MONEY: case T_AREA: case T_SCORE: case T_CHOICE: case T_REF: case T_REFS: case T_CODE: case T_PHONE:
    case T_ID_NO: case T_WORDS: case T_OBJECT: case T_DECIMAL:
        return true;
    case T_TIME: case T_RECORD: case T_PHOTOS: case T_SIGN: case T_FILE: case T_FILES: case T_PLACE: case T_SECRET:
        return false;
    }
    return false;
}

/* Open addressing; at most half full. */
static KnownText *place_of(const Known *known, Str text)
{
    size_t at = (size_t)str_hash(text) % known->capacity;

    while (known->slots[at].text.ptr != NULL && !str_eq(known->slots[at].text, text))
        at = (at + 1) % known->capacity;
    return &known->slots[at];
}

KnownText *known_text(Arena *arena, Known *known, Str text)
{
    KnownText *place;

    if (known->count * 2 >= known->capacity) {
        Known more = {.capacity = known->capacity == 0 ? 256 : known->capacity * 2, .count = known->count};
        more.slots = new (arena, KnownText, more.capacity);
        for (size_t i = 0; i < known->capacity; i++)
            if (known->slots[i].text.ptr != NULL)
                *place_of(&more, known->slots[i].text) = known->slots[i];
        *known = more;
    }
    place = place_of(known, text);
    if (place->text.ptr == NULL) {
        place->text = text;
        known->count++;
    }
    return place;
}

bool import_same_word(Str a, Str b)
{
    if (a.len != b.len || a.len == 0)
        return false;
    for (ptrdiff_t i = 0; i < a.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];
        x = x >= 'A' && x <= 'Z' ? (char)(x | 32) : x;
        y = y >= 'A' && y <= 'Z' ? (char)(y | 32) : y;
        if (x != y)
            return false;
    }
    return true;
}

static json_t *text_json(Str text)
{
    return json_stringn(text.ptr == NULL ? "" : text.ptr, (size_t)text.len);
}

static json_t *id_json(const Cx *cx, Id id)
{
    return text_json(str_format(cx->arena, "%lld", (long long)id));
}

typedef struct {
    int count;
    Id id;
    Str code;
} Named;

static const Error *take_named(Cx *cx, const Row *row, void *self)
{
    Named *named = self;

    named->count++;
    named->id = row_int(row, 0);
    named->code = str_copy(cx->arena, row_text(row, 1));
    return OK;
}

/* What references are looked up with. */
typedef struct {
    Cx *cx;
    Known *references;
    Id project;
} Finder;

/* The record of a type that people call so: by its code or number, else by its name, in the project. */
static const Error *find_named(const Finder *finder, const FieldMeta *field, Str text, KnownText **out)
{
    Cx *cx = finder->cx;
    const RecordMeta *to = field->to;
    const char *ways[4] = {meta_field(to, STR("code")) != NULL ? "code" : NULL, to->type->prefix != NULL || to->type->own_number ? "no" : NULL, to->type->label, to->type->label_en};
    KnownText *known = known_text(cx->arena, finder->references, str_format(cx->arena, "%s\n%.*s", to->table, STR_ARG(text)));

    *out = known;
    if (known->times++ > 0)
        return OK;
    for (size_t w = 0; w < COUNT_OF(ways) && known->found == 0; w++) {
        Buf sql = buf_new(cx->arena, 1 << 15);
        Params params = {0};
        Named named = {0};
        if (ways[w] == NULL)
            continue;
        buf_format(&sql, "SELECT t.id, %s FROM \"%s\" t WHERE t.org_id = :org AND t.archived_at IS NULL AND t.\"%s\" = :text", ways[0] == NULL ? "''" : "t.code", to->table, ways[w]);
        if (to->type->in_project)
            buf_add_c(&sql, " AND t.project_id = :project");
        buf_add_c(&sql, " AND ");
        access_condition(cx, to, &sql, &params);
        buf_add_c(&sql, " ORDER BY t.id LIMIT 2");
        params_add(&params, "text", value_text(text));
        params_add(&params, "project", value_int(finder->project));
        TRY(sql_each_built(cx, buf_str(&sql), params.in, take_named, &named));
        known->found = named.count > 1 ? -1 : named.id;
        known->code = named.code;
    }
    return OK;
}

static const Error *reference_json(const Finder *finder, const FieldMeta *field, Str text, json_t **out, ImportWrong *wrong)
{
    Arena *arena = finder->cx->arena;
    KnownText *named;

    TRY(find_named(finder, field, text, &named));
    if (named->found > 0)
        *out = field->field->type == T_CODE ? text_json(named->code) : id_json(finder->cx, named->found);
    else
        *wrong = (ImportWrong){"reference",
                         named->found == 0 ? str_format(arena, "没有这个%s", field->to->type->zh) : str_format(arena, "有几个同名的%s：请写编号", field->to->type->zh),
                         named->found == 0 ? str_format(arena, "there is no such %s", field->to->type->en) : str_format(arena, "several are called so: write the code (%s)", field->to->type->en)};
    return OK;
}

/* The next part of a cell that holds several: parted by 、 ; , and line breaks, also as full-width signs (text_plain made them plain). */
static Str next_part(Str *rest)
{
    for (ptrdiff_t at = 0; at < rest->len; at++) {
        bool ends = strchr(";,\n", rest->ptr[at]) != NULL;
        ptrdiff_t len = ends ? 1 : str_starts(str_cut(*rest, at, rest->len), STR("、")) ? 3 : 0;
        if (len > 0) {
            Str part = str_trim(str_cut(*rest, 0, at));
            *rest = str_cut(*rest, at + len, rest->len);
            return part;
        }
    }
    Str part = str_trim(*rest);
    *rest = STR_NONE;
    return part;
}

static const Error *list_of(const Finder *finder, const FieldMeta *field, Str text, json_t **out, ImportWrong *wrong)
{
    json_t *list = json_array(), *one = NULL;
    const Error *error = OK;

    for (Str rest = text; rest.len > 0 && error == OK && wrong->code == NULL;) {
        Str part = next_part(&rest);
        if (part.len == 0)
            continue;
        if (field->field->type == T_WORDS)
            one = text_json(part);
        else
            error = reference_json(finder, field, part, &one, wrong);
        if (error == OK && wrong->code == NULL)
            (void)json_array_append_new(list, one); /* fails without memory only */
    }
    *out = list;
    return error;
}

/* 载重:1000 kg; 速度:1.75 m/s — or one sentence. */
static json_t *object_of(Cx *cx, Str text)
{
    json_t *object = str_starts(text, STR("{")) ? json_loadb(text.ptr, (size_t)text.len, 0, NULL) : NULL;

    if (object != NULL) /* as an export writes it */
        return object;
    object = json_object();

    for (Str rest = text; rest.len > 0;) {
        Str part = next_part(&rest);
        ptrdiff_t at = str_find_char(part, ':') > 0 ? str_find_char(part, ':') : str_find_char(part, '=');
        Str name = at > 0 ? str_trim(str_cut(part, 0, at)) : STR("说明"), value = at > 0 ? str_trim(str_cut(part, at + 1, part.len)) : part;
        if (part.len > 0)
            (void)json_object_set_new(object, str_to_c(cx->arena, name), text_json(value)); /* fails without memory only */
    }
    return object;
}

static json_t *choice_json(const Cx *cx, const Field *field, Str text)
{
    for (const Choice *choice = field->choices; choice->value != NULL; choice++)
        if (import_same_word(text, str_of(choice->value)) || import_same_word(text, text_plain(cx->arena, str_of(choice->zh))) || import_same_word(text, str_of(choice->en)))
            return json_string(choice->value);
    return text_json(text); /* refused with the list of choices */
}

static json_t *flag_json(Str text)
{
    static const char *const yes[] = {"是", "有", "yes", "true", "1", "√", "y", NULL}, *const no[] = {"否", "无", "no", "false", "0", "×", "n", NULL};

    for (int k = 0; yes[k] != NULL; k++)
        if (import_same_word(text, str_of(yes[k])))
            return json_true();
    for (int k = 0; no[k] != NULL; k++)
        if (import_same_word(text, str_of(no[k])))
            return json_false();
    return text_json(text);
}

/* ¥1,234.5 in yuan as fen; 1,200 as a number. */
static json_t *number_json(Cx *cx, FieldType type, Str text)
{
    Buf plain = buf_new(cx->arena, text.len + 16);
    int64_t n;
    Exact yuan;

    for (ptrdiff_t k = 0; k < text.len; k++)
        if (text.ptr[k] != ',' && text.ptr[k] != ' ')
            buf_char(&plain, text.ptr[k]);
    text = buf_str(&plain);
    if (str_starts(text, STR("¥")))
        text = str_cut(text, 2, text.len);
    if (str_ends(text, STR("元")))
        text = str_cut(text, 0, text.len - 3);
    if (type == T_DECIMAL)
        return text_json(text);
    if (type == T_AREA)
        return exact_parse(text, 2, &yuan) ? json_real(strtod(str_to_c(cx->arena, text), NULL)) : text_json(text);
    if (type == T_MONEY)
        return exact_parse(text, 4, &yuan) && exact_fen(yuan, &n) ? json_integer(n) : text_json(text);
    return str_to_int(text, &n) ? json_integer(n) : text_json(text);
}

const Error *import_cell_json(Cx *cx, Known *references, Id project, const FieldMeta *field, Str text, json_t **out, ImportWrong *wrong)
{
    const Finder finder = {cx, references, project};
    Buf day_text = buf_new(cx->arena, 16);
    Date day;

    switch (field->field->type) {
    case T_REF: case T_CODE: return reference_json(&finder, field, text, out, wrong);
    case T_REFS: case T_WORDS: return list_of(&finder, field, text, out, wrong);
    case T_OBJECT: *out = object_of(cx, text); return OK;
    case T_CHOICE: *out = choice_json(cx, field->field, text); return OK;
    case T_BOOL: *out = flag_json(text); return OK;
    case T_INT: case T_MONEY: case T_AREA: case T_SCORE: case T_DECIMAL: *out = number_json(cx, field->field->type, text); return OK;
    case T_DATE:
        if (day_parse(cx->arena, text, &day)) {
            buf_date(&day_text, day);
            text = buf_str(&day_text);
        }
        *out = text_json(text);
        return OK;
    case T_TEXT: case T_LINES: case T_PHONE: case T_ID_NO: *out = text_json(text); return OK;
    case T_TIME: case T_RECORD: case T_PHOTOS: case T_SIGN: case T_FILE: case T_FILES: case T_PLACE: case T_SECRET: break;
    }
    *out = NULL;
    return OK;
}
