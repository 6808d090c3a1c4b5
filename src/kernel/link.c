#include "kernel/link.h"

#include <string.h>

#define MAX_LINKS 50 /* that are shown */

typedef struct {
    const RecordMeta *meta; /* of the other end */
    Id id;
    Str kind;
    const Field *field;
    bool to; /* the other end is named by this record */
    bool seen;
    Str no, title, state;
} End;

typedef struct {
    Cx *cx;
    const RecordMeta *own;
    End list[MAX_LINKS];
    int count;
} Ends;

static bool is_kept(const Field *field)
{
    return field->type == T_REFS || field->linked;
}

/* The type of what a T_RECORD field points to. */
static const Error *target_type(Cx *cx, const Record *record, const FieldMeta *field, const RecordMeta **out)
{
    char companion[64];
    const FieldMeta *type;

    (void)snprintf(companion, sizeof companion, "%s_type", field->field->name);
    type = meta_field(record->meta, str_of(companion));
    if (type != NULL && record->values[type->at].kind == V_TEXT) {
        *out = kernel_find_table(cx->kernel, record->values[type->at].s);
        return OK;
    }
    return record_type_of(cx, record->values[field->at].n, out);
}

static const Error *put(Cx *cx, const Record *record, const FieldMeta *field, const RecordMeta *to, Id id)
{
    static const char PUT[] = "INSERT INTO link (org_id, from_id, kind, to_id, from_type, to_type, hides)"
                              " VALUES (:org, :from, :kind, :to, :from_type, :to_type, :hides) ON CONFLICT DO NOTHING";
    return sql_run(cx, PUT,
                   IN(in_int("from", record->id), in_c("kind", field->field->name), in_int("to", id), in_c("from_type", record->meta->table),
                      in_c("to_type", to->table), in_int("hides", field->field->hides)));
}

static const Error *keep_field(Cx *cx, const Record *record, const FieldMeta *field)
{
    static const char DROP[] = "DELETE FROM link WHERE org_id = :org AND from_id = :from AND kind = :kind";
    const Value *value = &record->values[field->at];
    const RecordMeta *to = field->to;

    if (record->before != NULL && record->before[field->at].kind != V_NULL)
        TRY(sql_run(cx, DROP, IN(in_int("from", record->id), in_c("kind", field->field->name))));
    if (value->kind == V_NULL)
        return OK;
    if (field->field->type == T_REFS) {
        for (Str rest = value->s; rest.len > 0;) {
            Id id = str_next_id(&rest);
            if (id != 0)
                TRY(put(cx, record, field, to, id));
        }
        return OK;
    }
    if (to == NULL)
        TRY(target_type(cx, record, field, &to));
    return to == NULL ? OK : put(cx, record, field, to, value->n);
}

const Error *link_keep(Cx *cx, const Record *record)
{
    for (int i = 0; i < record->meta->field_count; i++) {
        const FieldMeta *field = &record->meta->fields[i];
        if (field->column == NULL || !is_kept(field->field))
            continue;
        if (record->before == NULL ? record->values[field->at].kind != V_NULL : !value_eq(record->values[field->at], record->before[field->at]))
            TRY(keep_field(cx, record, field));
    }
    return OK;
}

static const Error *take_link(Cx *cx, const Row *row, void *self)
{
    Ends *ends = self;
    End *end = &ends->list[ends->count];
    const RecordMeta *other = kernel_find_table(cx->kernel, row_text(row, 1)), *from;

    if (ends->count == MAX_LINKS || other == NULL)
        return OK;
    *end = (End){.meta = other, .id = row_int(row, 0), .kind = str_copy(cx->arena, row_text(row, 2)), .to = row_int(row, 3) != 0};
    from = end->to ? ends->own : other;
    end->field = meta_field(from, end->kind) == NULL ? NULL : meta_field(from, end->kind)->field;
    if (end->field != NULL)
        ends->count++;
    return OK;
}

static const Error *take_end(Cx *cx, const Row *row, void *self)
{
    Ends *ends = self;

    for (int i = 0; i < ends->count; i++)
        if (ends->list[i].id == row_int(row, 0)) {
            ends->list[i].seen = true;
            ends->list[i].no = str_copy(cx->arena, row_text(row, 1));
            ends->list[i].state = str_copy(cx->arena, row_text(row, 2));
            ends->list[i].title = str_copy(cx->arena, row_text(row, 3));
        }
    return OK;
}

/* What the caller may see of the ends of one type, in one statement. */
static const Error *look_at(Cx *cx, Ends *ends, const RecordMeta *meta)
{
    Buf sql = buf_new(cx->arena, 1 << 16);
    Params params = {0};
    bool more = false;

    buf_add_c(&sql, "SELECT t.id, t.no, t.state, ");
    meta_add_label(meta, cx->lang, "t", "no", &sql);
    buf_format(&sql, " FROM \"%s\" t WHERE t.org_id = :org AND t.id IN (", meta->table);
    for (int i = 0; i < ends->count; i++)
        if (ends->list[i].meta == meta) {
            const char *name = str_to_c(cx->arena, str_format(cx->arena, "i%d", i));
            buf_format(&sql, "%s:%s", more ? ", " : "", name);
            params_add(&params, name, value_int(ends->list[i].id));
            more = true;
        }
    buf_add_c(&sql, ") AND ");
    access_condition(cx, meta, &sql, &params);
    return sql_each_built(cx, buf_str(&sql), params.in, take_end, ends);
}

static void end_json(const Cx *cx, const End *end, Json *json)
{
    json_open(json, '{');
    JSON_C(json, "resource", end->meta->type->resource);
    JSON_ID(json, "id", end->id);
    JSON_KEY(json, "no");
    end->no.len > 0 ? json_text(json, end->no) : json_none(json);
    JSON_TEXT(json, "title", end->title);
    JSON_KEY(json, "state");
    end->state.len > 0 ? json_text(json, end->state) : json_none(json);
    JSON_TEXT(json, "kind", end->kind);
    JSON_C(json, "label", cx->lang == LANG_ZH ? end->field->zh : end->field->en);
    JSON_C(json, "way", end->to ? "to" : "from");
    json_close(json, '}');
}

const Error *link_list_json(Cx *cx, const Record *record, Json *json)
{
    static const char BOTH[] =
        "SELECT l.to_id AS id, l.to_type, l.kind, 1 FROM link l WHERE l.org_id = :org AND l.from_id = :id UNION ALL"
        " SELECT l.from_id AS id, l.from_type, l.kind, 0 FROM link l WHERE l.org_id = :org AND l.to_id = :id ORDER BY 1 DESC LIMIT 50";
    Ends *ends = new (cx->arena, Ends, 1);

    ends->own = record->meta;
    TRY(sql_each(cx, BOTH, IN(in_int("id", record->id)), take_link, ends));
    for (int i = 0; i < ends->count; i++) {
        bool asked = false;
        for (int k = 0; k < i; k++)
            asked = asked || ends->list[k].meta == ends->list[i].meta;
        if (!asked)
            TRY(look_at(cx, ends, ends->list[i].meta));
    }
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < ends->count; i++)
        if (ends->list[i].seen)
            end_json(cx, &ends->list[i], json);
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
