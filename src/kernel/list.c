#include "kernel/list.h"
#include "kernel/event.h"
#include "kernel/fold.h"
#include "kernel/input.h"
#include "kernel/keys.h"
#include "store/dialect.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>

#define MAX_LIST_SQL (1 << 16)
#define MAX_IN 50
#define MAX_ROW_BYTES ((size_t)16 << 20)
#define MAX_PAGE_BYTES (32 << 20)
#define LOWEST_TEXT "''"
#define HIGHEST_TEXT "'\xF4\x8F\xBF\xBF'"

static const Error *run_page(Cx *cx, const ListQuery *query, Arena *scratch, RecordFn *fn, void *self, Str *next);

typedef struct {
    Cx *cx;
    ListQuery *query;
    Problems problems;
    Buf where, name;
    int values; /* parameters v0, v1, … given out */
    const char *bounded[MAX_SORTS]; /* columns of which a filter says more than, or less than */
    int bounded_count;
} Parse;

static const char *value_name(Parse *parse, Value value)
{
    static const char *const names[] = {
        "v0",  "v1",  "v2",  "v3",  "v4",  "v5",  "v6",  "v7",  "v8",  "v9",  "v10", "v11", "v12", "v13", "v14", "v15", "v16",
        "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31", "v32", "v33",
        "v34", "v35", "v36", "v37", "v38", "v39", "v40", "v41", "v42", "v43", "v44", "v45", "v46", "v47", "v48", "v49", "v50"};

    if (parse->values >= (int)COUNT_OF(names) || parse->query->params.count >= MAX_CONDITION_IN - 14)
        return NULL;
    params_add(&parse->query->params, names[parse->values], value);
    return names[parse->values++];
}

static void bad(Parse *parse, Str field, const char *code, const char *zh, const char *en)
{
    problems_add(&parse->problems, field, code, str_of(zh), str_of(en));
}

/* Columns that every record has and lists may name. */
typedef struct {
    const char *name, *column;
    Field field;
} SystemField;

static const SystemField system_fields[] = {
    {"id", "t.id", {.name = "id", .type = T_REF}},
    {"no", "t.no", {.name = "no", .type = T_TEXT}},
    {"state", "t.state", {.name = "state", .type = T_TEXT}},
    {"created_at", "t.created_at", {.name = "created_at", .type = T_TIME}},
    {"updated_at", "t.updated_at", {.name = "updated_at", .type = T_TIME}},
    {"archived_at", "t.archived_at", {.name = "archived_at", .type = T_TIME}},
    {"project", "t.project_id", {.name = "project", .type = T_REF}},
    {"building", "t.building_id", {.name = "building", .type = T_REF}},
};

/* The field and its column on t; false when there is no such field for this caller. */
static bool find_column(Parse *parse, Str name, const Field **field, const char **column)
{
    const RecordMeta *meta = parse->query->meta;
    const FieldMeta *found = meta_field(meta, name);

    if (found != NULL && found->column != NULL && !found->field->internal) {
        *field = found->field;
        *column = str_to_c(parse->cx->arena, str_format(parse->cx->arena, "t.\"%s\"", found->column));
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(system_fields); i++) {
        const SystemField *system = &system_fields[i];
        if (!str_is(name, system->name) || (system->field.name[0] == 'n' && meta->type->prefix == NULL && !meta->type->own_number) ||
            (system->field.name[0] == 's' && meta->type->states == NULL) ||
            ((str_is(name, "project") || str_is(name, "building")) && !meta->type->in_project))
            continue;
        *field = &system->field;
        *column = system->column;
        return true;
    }
    return false;
}

static bool filter_value(Parse *parse, const Field *field, Str text, Value *out)
{
    Id id = 0;

    if (strcmp(field->name, "state") == 0 && meta_state(parse->query->meta, text) < 0)
        return false;
    if (field->type == T_REF && str_starts(text, STR("key:")) && field->to != NULL) {
        if (input_key(parse->cx, text, kernel_find(parse->cx->kernel, str_of(field->to)), &id) != OK || id == 0)
            return false;
        *out = value_int(id);
        return true;
    }
    return input_text(parse->cx, field, text, out);
}

/* field op value as a condition. Dates are taken for times: a whole day. */
static bool add_condition(Parse *parse, const Field *field, const char *column, Str op, Str text)
{
    static const struct {
        const char *op, *sql;
    } plain[] = {{"eq", "="}, {"ne", "<>"}, {"lt", "<"}, {"lte", "<="}, {"gt", ">"}, {"gte", ">="}};
    Value value;
    Date day;

    if (str_is(op, "null")) {
        if (!str_is(text, "true") && !str_is(text, "false"))
            return false;
        buf_format(&parse->where, " AND %s IS %sNULL", column, str_is(text, "true") ? "" : "NOT ");
        return true;
    }
    if (str_is(op, "in")) {
        int count = 0;
        buf_format(&parse->where, " AND %s IN (", column);
        for (Str rest = text, one; rest.ptr != NULL && count < MAX_IN; count++) {
            const char *name;
            one = str_split(rest, ',', &rest);
            if (!filter_value(parse, field, one, &value) || (name = value_name(parse, value)) == NULL)
                return false;
            buf_format(&parse->where, "%s:%s", count == 0 ? "" : ", ", name);
        }
        buf_char(&parse->where, ')');
        return count > 0;
    }
    if (str_is(op, "like")) { /* a prefix: x >= p AND x < p with its last character raised */
        Str head = str_ends(text, STR("%")) ? str_cut(text, 0, text.len - 1) : text;
        const char *from, *to;
        if (str_find_char(head, '%') >= 0 || head.len == 0 || (field->type != T_TEXT && field->type != T_CODE && field->type != T_LINES))
            return false;
        from = value_name(parse, value_text(head));
        to = value_name(parse, value_text(str_join(parse->cx->arena, head, STR("\xF4\x8F\xBF\xBF"))));
        if (from == NULL || to == NULL)
            return false;
        buf_format(&parse->where, " AND %s >= :%s AND %s < :%s", column, from, column, to);
        return true;
    }
    if (field->type == T_TIME && date_parse(text, &day)) {
        const char *from = value_name(parse, value_int(date_to_instant(day, 0, parse->cx->zone_min)));
        const char *to = value_name(parse, value_int(date_to_instant(date_add(day, 1), 0, parse->cx->zone_min)));
        if (from == NULL || to == NULL)
            return false;
        if (str_is(op, "eq"))
            buf_format(&parse->where, " AND %s >= :%s AND %s < :%s", column, from, column, to);
        else if (str_is(op, "ne"))
            buf_format(&parse->where, " AND (%s < :%s OR %s >= :%s)", column, from, column, to);
        else if (str_is(op, "lt") || str_is(op, "gte"))
            buf_format(&parse->where, " AND %s %s :%s", column, str_is(op, "lt") ? "<" : ">=", from);
        else if (str_is(op, "lte") || str_is(op, "gt"))
            buf_format(&parse->where, " AND %s %s :%s", column, str_is(op, "lte") ? "<" : ">=", to);
        else
            return false;
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        const char *name;
        if (!str_is(op, plain[i].op))
            continue;
        if (!filter_value(parse, field, text, &value))
            return false;
        if (field->type == T_BOOL) { /* as it is written, so that an index of those alone can serve it */
            buf_format(&parse->where, " AND %s %s %d", column, plain[i].sql, (int)value.n);
            return true;
        }
        if ((name = value_name(parse, value)) == NULL)
            return false;
        buf_format(&parse->where, " AND %s %s :%s", column, plain[i].sql, name);
        return true;
    }
    return false;
}

static bool is_operator(Str op)
{
    static const char *const known[] = {"eq", "ne", "lt", "lte", "gt", "gte", "in", "like", "null", NULL};

    for (int i = 0; known[i] != NULL; i++)
        if (str_is(op, known[i]))
            return true;
    return false;
}

static bool is_bound(Str op)
{
    return str_is(op, "lt") || str_is(op, "lte") || str_is(op, "gt") || str_is(op, "gte");
}

static void note_bounds(const Parse *parse, ListQuery *query)
{
    for (int i = 0; i < query->sort_count; i++)
        for (int k = 0; k < parse->bounded_count; k++)
            query->sorts[i].is_known = query->sorts[i].is_known || strcmp(parse->bounded[k], query->sorts[i].column) == 0;
}

/* filter[field]=v or filter[field][op]=v */
static const Error *parse_filter(Parse *parse, const QueryParam *param)
{
    const RecordType *type = parse->query->meta->type;
    Str inside = str_cut(param->name, 7, param->name.len), rest, name = str_split(inside, ']', &rest), op = STR("eq");
    const Field *field;
    const char *column;

    if (rest.len > 0) {
        if (rest.ptr[0] != '[' || !str_ends(rest, STR("]")))
            rest.ptr = NULL;
        else
            op = str_cut(rest, 1, rest.len - 1);
    }
    for (int i = 0; i < type->filter_count; i++) {
        const Filter *filter = &type->filters[i];
        Field as = {.name = filter->name, .type = filter->type, .to = filter->to};
        Value value;
        if (!str_is(name, filter->name))
            continue;
        if (!str_is(op, "eq") || !filter_value(parse, &as, param->value, &value)) {
            bad(parse, param->name, "format", "过滤条件的值不对", "the filter's value is not valid");
            return OK;
        }
        params_add(&parse->query->params, str_to_c(parse->cx->arena, str_format(parse->cx->arena, "f_%s", filter->name)), value);
        buf_format(&parse->where, " AND (%s)", filter->sql);
        if (filter->logged)
            TRY(event_lookup(parse->cx, parse->query->meta, filter->name));
        return OK;
    }
    if (rest.ptr == NULL || name.len == 0 || !find_column(parse, name, &field, &column)) {
        bad(parse, param->name, "unknown", "没有这个过滤字段", "there is no such field to filter by");
    } else if (!is_operator(op)) {
        bad(parse, param->name, "unknown", "运算应为 eq ne lt lte gt gte in like null 之一", "the operator must be one of eq ne lt lte gt gte in like null");
    } else if (field->masked && !str_is(op, "eq")) {
        bad(parse, param->name, "format", "个人信息字段只能按完整值查", "a personal field can be looked up by its full value only");
    } else if (!add_condition(parse, field, column, op, param->value)) {
        bad(parse, param->name, "format", "过滤条件的值不对", "the filter's value is not valid");
    } else if (is_bound(op) && parse->bounded_count < MAX_SORTS) {
        parse->bounded[parse->bounded_count++] = column;
    }
    return OK;
}

static void parse_sort(Parse *parse, Str text)
{
    ListQuery *query = parse->query;

    for (Str rest = text, one; rest.ptr != NULL;) {
        const Field *field;
        const char *column;
        bool descending;
        one = str_split(rest, ',', &rest);
        descending = str_starts(one, STR("-"));
        if (descending)
            one = str_cut(one, 1, one.len);
        if (query->sort_count >= MAX_SORTS || !find_column(parse, one, &field, &column) || field->masked ||
            field->type == T_REFS || field->type == T_PHOTOS || field->type == T_FILES || field->type == T_OBJECT || field->type == T_PLACE || field->type == T_WORDS || field->type == T_DECIMAL) {
            bad(parse, STR("sort"), "unknown", "不能按这个字段排序", "cannot sort by this field");
            return;
        }
        if (strcmp(field->name, "created_at") == 0) /* ids rise with the time of creation, and have an index */
            column = "t.id";
        query->sorts[query->sort_count].field = meta_field(query->meta, one);
        query->sorts[query->sort_count].is_text = field->type == T_TEXT || field->type == T_LINES || field->type == T_CHOICE || field->type == T_CODE || field->type == T_PHONE;
        query->sorts[query->sort_count].column = column;
        query->sorts[query->sort_count++].descending = descending;
    }
}

static void parse_include(Parse *parse, Str text)
{
    int count = 0;

    for (Str rest = text, one; rest.ptr != NULL;) {
        const FieldMeta *field;
        one = str_split(rest, ',', &rest);
        field = meta_field(parse->query->meta, one);
        if (field == NULL || field->to == NULL || field->field->type == T_REFS || field->column == NULL || field->field->internal || count >= MAX_INCLUDES) {
            bad(parse, STR("include"), "unknown", "没有这个可带出的字段", "there is no such reference to include");
            return;
        }
        parse->query->includes[count++] = field;
    }
}

static void parse_fields(Parse *parse, Str text)
{
    const char **names = new (parse->cx->arena, const char *, MAX_FIELDS);
    int count = 0;

    for (Str rest = text, one; rest.ptr != NULL;) {
        const Field *field;
        const char *column;
        const FieldMeta *virtual;
        one = str_split(rest, ',', &rest);
        virtual = meta_field(parse->query->meta, one);
        if (count >= MAX_FIELDS - 1 || (!find_column(parse, one, &field, &column) && !str_is(one, "actions") &&
                                        (virtual == NULL || virtual->field->internal))) {
            bad(parse, STR("fields"), "unknown", "没有这个字段", "there is no such field");
            return;
        }
        names[count++] = str_to_c(parse->cx->arena, one);
    }
    parse->query->fields = names;
}

const Error *list_parse(Cx *cx, const RecordMeta *meta, const QueryParam *params, int count, const char *const *also, ListQuery *out)
{
    Parse parse = {.cx = cx,
                   .query = out,
                   .problems = problems_new(cx->arena),
                   .where = buf_new(cx->arena, MAX_LIST_SQL),
                   .name = buf_new(cx->arena, 1 << 16)};

    *out = (ListQuery){.meta = meta, .limit = 50};
    buf_add_c(&parse.name, meta->table);
    buf_add_c(&parse.where, " AND ");
    access_condition(cx, meta, &parse.where, &out->params);
    for (int i = 0; i < count; i++) {
        const QueryParam *param = &params[i];
        for (int k = 0; k < i; k++)
            if (str_eq(params[k].name, param->name)) {
                bad(&parse, param->name, "repeated", "参数重复", "the parameter is given twice");
                break;
            }
        if (!str_is(param->name, "after") && !str_is(param->name, "limit") && !str_is(param->name, "include") &&
            !str_is(param->name, "fields") && !str_is(param->name, "count"))
            buf_format(&parse.name, "&%.*s=%.*s", STR_ARG(param->name), STR_ARG(param->value));
        if (str_starts(param->name, STR("filter["))) {
            TRY(parse_filter(&parse, param));
        } else if (str_is(param->name, "sort")) {
            parse_sort(&parse, param->value);
        } else if (str_is(param->name, "include")) {
            parse_include(&parse, param->value);
        } else if (str_is(param->name, "fields")) {
            parse_fields(&parse, param->value);
        } else if (str_is(param->name, "limit")) {
            if (!str_to_int(param->value, &out->limit) || out->limit < 1 || out->limit > 500)
                bad(&parse, param->name, "out_of_range", "limit 应在 1 到 500 之间", "limit must be between 1 and 500");
        } else if (str_is(param->name, "after")) {
            out->after = param->value;
        } else if (str_is(param->name, "count")) {
            out->count = str_is(param->value, "true");
            if (!out->count && !str_is(param->value, "false"))
                bad(&parse, param->name, "format", "count 应为 true 或 false", "count must be true or false");
        } else if (str_is(param->name, "q") && meta->searched) {
            FoldQuery words;
            fold_query(cx->arena, record_number_core(meta, param->value), &words);
            out->match = fold_match(cx->arena, &words, store_dialect(cx->kernel->store)->tsquery);
            if (out->match.len == 0 && str_trim(param->value).len > 0)
                buf_add_c(&parse.where, " AND 0 = 1"); /* signs only: found nowhere */
        } else if (!names_have(also, str_to_c(cx->arena, param->name))) {
            bad(&parse, param->name, "unknown", "没有这个参数", "there is no such parameter");
        }
    }
    TRY(problems_error(&parse.problems));
    note_bounds(&parse, out);
    if (str_find(buf_str(&parse.where), STR("t.archived_at")) < 0)
        buf_add_c(&parse.where, " AND t.archived_at IS NULL");
    out->where = buf_str(&parse.where);
    out->name = str_cut(keyed_hash(cx->arena, cx->kernel->secrets->sign, buf_str(&parse.name)), 0, 16);
    if (out->sort_count == 0 || strcmp(out->sorts[out->sort_count - 1].column, "t.id") != 0) {
        bool descending = out->sort_count == 0 || out->sorts[out->sort_count - 1].descending;
        out->sorts[out->sort_count].column = "t.id"; /* last: makes every key different */
        out->sorts[out->sort_count++].descending = descending;
    }
    return OK;
}

/* A sort key that is never NULL: what is unknown comes last, both ways. */
static void add_key(const Cx *cx, Buf *sql, const ListQuery *query, int i)
{
    bool may_be_null = query->sorts[i].field != NULL && !query->sorts[i].is_known && !query->sorts[i].field->field->required &&
                       strcmp(query->sorts[i].field->field->name, "next_due_at") != 0;

    if (query->match.len > 0 && strcmp(query->sorts[i].column, "t.id") == 0)
        buf_add_c(sql, dialect_of(cx)->search_key); /* the full-text index is read in this order */
    else if (may_be_null && query->sorts[i].is_text)
        buf_format(sql, "coalesce(%s, %s)", query->sorts[i].column, query->sorts[i].descending ? LOWEST_TEXT : HIGHEST_TEXT);
    else if (may_be_null)
        buf_format(sql, "coalesce(%s, %s)", query->sorts[i].column,
                   query->sorts[i].descending ? "-9223372036854775807" : "9223372036854775807");
    else
        buf_add_c(sql, query->sorts[i].column);
}

/* (a, b) < (:k0, :k1), also when the directions differ. */
static void add_cursor_condition(const Cx *cx, Buf *sql, const ListQuery *query)
{
    int depth = 0;

    buf_add_c(sql, " AND ");
    for (int i = 0; i < query->sort_count; i++) {
        bool last = i == query->sort_count - 1;
        buf_add_c(sql, "(");
        add_key(cx, sql, query, i);
        buf_format(sql, " %s :k%d", query->sorts[i].descending ? "<" : ">", i);
        depth++;
        if (!last) {
            buf_add_c(sql, " OR (");
            add_key(cx, sql, query, i);
            buf_format(sql, " = :k%d AND ", i);
            depth++;
        }
    }
    while (depth-- > 0)
        buf_char(sql, ')');
    if (query->sort_count > 1) { /* lets the first key's index begin at the right place */
        buf_add_c(sql, " AND ");
        add_key(cx, sql, query, 0);
        buf_format(sql, " %s :k0", query->sorts[0].descending ? "<=" : ">=");
    }
}

/* FROM, joins of the includes, and WHERE without the cursor. */
static void add_from(Cx *cx, Buf *sql, const ListQuery *query, bool with_includes)
{
    const RecordMeta *meta = query->meta;

    buf_add_c(sql, " FROM ");
    if (query->match.len > 0)
        dialect_of(cx)->search_from(sql, meta->table);
    else
        buf_format(sql, "\"%s\" t", meta->table);
    for (int i = 0; with_includes && query->includes[i] != NULL; i++)
        buf_format(sql, " LEFT JOIN \"%s\" i%d ON i%d.org_id = t.org_id AND i%d.%s = t.\"%s\"%s", query->includes[i]->to->table, i, i, i,
                   query->includes[i]->field->type == T_CODE ? "code" : "id", query->includes[i]->column,
                   query->includes[i]->field->type == T_CODE ? str_to_c(cx->arena, str_format(cx->arena, " AND i%d.archived_at IS NULL", i)) : "");
    buf_add_c(sql, " WHERE t.org_id = :org");
    if (query->match.len > 0) {
        buf_add_c(sql, " AND ");
        dialect_of(cx)->search_where(sql, meta->table);
    }
    buf_add(sql, query->where);
}

static void add_columns(Cx *cx, Buf *sql, const ListQuery *query)
{
    buf_add_c(sql, "SELECT ");
    buf_add_c(sql, query->meta->columns);
    for (int i = 0; query->includes[i] != NULL; i++) {
        char alias[16];
        (void)snprintf(alias, sizeof alias, "i%d", i); /* a few includes at most */
        buf_format(sql, ", %s.id, ", alias);
        meta_add_label(query->includes[i]->to, cx->lang, alias, "id", sql);
    }
}

typedef struct {
    const ListQuery *query;
    RecordFn *fn;
    void *self;
    int64_t seen;
    Str *next;
    int columns;    /* in front of the sort keys */
    Arena *scratch; /* where each record lives while fn looks at it; NULL: as long as the request */
} Page;

/* Cursor: what list it belongs to and the keys of the last row, with a keyed hash. */
static Str cursor_of(Cx *cx, const ListQuery *query, const Row *row, int first_key)
{
    Buf text = buf_new(cx->arena, 4096);
    char *out;
    size_t size;

    buf_add(&text, query->name);
    for (int i = 0; i < query->sort_count; i++) {
        Value value = row_value(row, first_key + i);
        if (value.kind == V_INT)
            buf_format(&text, " i%lld", (long long)value.n);
        else
            buf_format(&text, " t%.*s", STR_ARG(hex_of(cx->arena, (const unsigned char *)value.s.ptr, (size_t)value.s.len)));
    }
    buf_format(&text, " %.*s", STR_ARG(str_cut(keyed_hash(cx->arena, cx->kernel->secrets->sign, buf_str(&text)), 0, 16)));
    size = sodium_base64_encoded_len((size_t)text.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    out = arena_alloc(cx->arena, size);
    (void)sodium_bin2base64(out, size, (const unsigned char *)text.ptr, (size_t)text.len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return str_of(out);
}

static const Error *bad_cursor(Cx *cx)
{
    return error_field(cx->arena, STR("after"), "format", STR("游标不属于这个列表，请从第一页重新开始"),
                       STR("the cursor does not belong to this list; start again from the first page"));
}

static const Error *read_cursor(Cx *cx, const ListQuery *query, Params *params)
{
    static const char *const names[] = {"k0", "k1", "k2", "k3", "k4"};
    unsigned char *plain = arena_alloc(cx->arena, (size_t)query->after.len + 1);
    size_t size;
    Str text, body, rest, hash;
    int count = 0;

    if (sodium_base642bin(plain, (size_t)query->after.len + 1, query->after.ptr, (size_t)query->after.len, NULL, &size, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 || size < 34)
        return bad_cursor(cx);
    text = (Str){(const char *)plain, (ptrdiff_t)size};
    body = str_cut(text, 0, text.len - 17);
    hash = str_cut(text, text.len - 16, text.len);
    if (text.ptr[body.len] != ' ' || !str_eq(hash, str_cut(keyed_hash(cx->arena, cx->kernel->secrets->sign, body), 0, 16)) ||
        !str_eq(str_split(body, ' ', &rest), query->name))
        return bad_cursor(cx);
    while (rest.ptr != NULL && count < query->sort_count) {
        Str one = str_split(rest, ' ', &rest);
        int64_t n;
        if (str_starts(one, STR("i"))) {
            if (!str_to_int(str_cut(one, 1, one.len), &n))
                return bad_cursor(cx);
            params_add(params, names[count++], value_int(n));
        } else {
            char *bytes = arena_alloc(cx->arena, (size_t)one.len);
            size_t got;
            if (sodium_hex2bin((unsigned char *)bytes, (size_t)one.len, one.ptr + 1, (size_t)one.len - 1, NULL, &got, NULL) != 0)
                return bad_cursor(cx);
            params_add(params, names[count++], value_text((Str){bytes, (ptrdiff_t)got}));
        }
    }
    return count == query->sort_count ? OK : bad_cursor(cx);
}

static void read_labels(Cx *cx, const ListQuery *query, const Row *row, Record *record)
{
    Value *labels = query->includes[0] == NULL ? NULL : new (cx->arena, Value, 2 * MAX_INCLUDES);

    for (int i = 0; query->includes[i] != NULL; i++) {
        labels[2 * i] = row_value_copy(cx, row, COL_FIELDS + query->meta->value_count + 2 * i);
        labels[2 * i + 1] = row_value_copy(cx, row, COL_FIELDS + query->meta->value_count + 2 * i + 1);
    }
    record->labels = labels;
}

static const Error *page_row(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    Cx row_cx = *cx;
    const Error *error;
    Record *record;

    if (page->scratch != NULL) {
        arena_reset(page->scratch);
        row_cx.arena = page->scratch;
    }
    if (page->seen == page->query->limit) { /* one more than asked for: there is a next page, which begins behind the last */
        page->seen++;
        return OK;
    }
    record = page->scratch != NULL ? record_of_row(&row_cx, page->query->meta, row) : record_from_row(cx, page->query->meta, row);
    read_labels(&row_cx, page->query, row, record);
    if (++page->seen == page->query->limit)
        *page->next = cursor_of(cx, page->query, row, page->columns);
    error = page->fn(&row_cx, record, page->self);
    if (error == OK && arena_is_spent(row_cx.arena))
        error = error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    return error;
}

const Error *list_page(Cx *cx, const ListQuery *query, RecordFn *fn, void *self, Str *next)
{
    return run_page(cx, query, NULL, fn, self, next);
}

static const Error *run_page(Cx *cx, const ListQuery *query, Arena *scratch, RecordFn *fn, void *self, Str *next)
{
    Buf sql = buf_new(cx->arena, MAX_LIST_SQL);
    Params params = query->params;
    Page page = {.query = query, .scratch = scratch, .fn = fn, .self = self, .next = next, .columns = COL_FIELDS + query->meta->value_count};

    *next = STR_NONE;
    add_columns(cx, &sql, query);
    for (int i = 0; query->includes[i] != NULL; i++)
        page.columns += 2;
    for (int i = 0; i < query->sort_count; i++) {
        buf_add_c(&sql, ", ");
        add_key(cx, &sql, query, i);
    }
    add_from(cx, &sql, query, true);
    if (query->after.len > 0) {
        TRY(read_cursor(cx, query, &params));
        add_cursor_condition(cx, &sql, query);
    }
    buf_add_c(&sql, " ORDER BY ");
    for (int i = 0; i < query->sort_count; i++) {
        buf_add_c(&sql, i == 0 ? "" : ", ");
        add_key(cx, &sql, query, i);
        buf_add_c(&sql, query->sorts[i].descending ? " DESC" : "");
    }
    buf_add_c(&sql, " LIMIT :limit");
    params_add(&params, "limit", value_int(query->limit + 1));
    params_add(&params, "match", value_text(query->match));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, page_row, &page));
    if (page.seen <= query->limit)
        *next = STR_NONE;
    return OK;
}

static const Error *one_row(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    Record *record = record_from_row(cx, page->query->meta, row);

    read_labels(cx, page->query, row, record);
    *(Record **)page->self = record;
    return OK;
}

const Error *list_one(Cx *cx, ListQuery *query, Id id, Record **out)
{
    Buf sql = buf_new(cx->arena, MAX_LIST_SQL);
    Record *record = NULL;
    Page page = {.query = query, .self = &record};
    Buf where = buf_new(cx->arena, MAX_LIST_SQL);

    query->params = (Params){0};
    buf_add_c(&where, " AND t.id = :id AND ");
    params_add(&query->params, "id", value_int(id));
    access_condition(cx, query->meta, &where, &query->params); /* archived ones are shown too */
    query->where = buf_str(&where);
    query->match = STR_NONE;
    add_columns(cx, &sql, query);
    add_from(cx, &sql, query, true);
    TRY(sql_each_built(cx, buf_str(&sql), query->params.in, one_row, &page));
    if (record == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    *out = record;
    return OK;
}

static const Error *count_row(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(int64_t *)self = row_int(row, 0);
    return OK;
}

const Error *list_count(Cx *cx, const ListQuery *query, int64_t *out)
{
    Buf sql = buf_new(cx->arena, MAX_LIST_SQL);
    Params params = query->params;

    buf_add_c(&sql, "SELECT count(*)");
    add_from(cx, &sql, query, false);
    params_add(&params, "match", value_text(query->match));
    return sql_each_built(cx, buf_str(&sql), params.in, count_row, out);
}

typedef struct {
    const ListQuery *query;
    Json *json;
} Items;

static const Error *add_item(Cx *cx, const Record *record, void *self)
{
    const Items *items = self;
    Shown shown = {.fields = items->query->fields, .includes = items->query->includes, .actions = true};

    return record_json(cx, record, &shown, items->json);
}

static void close_scratch(void *scratch)
{
    arena_close(scratch);
}

const Error *list_json(Cx *cx, const ListQuery *query, Json *json)
{
    AUTO(arena_close_at) Arena *growing = arena_open(MAX_PAGE_BYTES); /* the answer is copied once, when its size is known */
    Arena *scratch = arena_open(MAX_ROW_BYTES);
    Json page = json_new(growing, MAX_PAGE_BYTES);
    Items items = {query, &page};
    Str next;
    int64_t count = 0;

    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    arena_defer(cx->arena, close_scratch, scratch); /* an error may live in it */
    TRY(run_page(cx, query, scratch, add_item, &items, &next));
    if (buf_is_full(&page.buf))
        return error_new(cx->arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    if (page.buf.len > 0)
        json_raw(json, buf_str(&page.buf));
    json_close(json, ']');
    JSON_KEY(json, "next");
    if (next.len == 0)
        json_none(json);
    else
        json_text(json, next);
    if (query->count) {
        TRY(list_count(cx, query, &count));
        JSON_INT(json, "count", count);
    }
    json_close(json, '}');
    return OK;
}
