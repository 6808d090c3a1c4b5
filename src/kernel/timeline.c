#include "kernel/timeline.h"
#include "kernel/list.h"

#define MAX_TIMELINE_SQL (1 << 16)
#define LATEST_OF 5000 /* events that are looked at for the newest */

typedef struct {
    Json *json;
    int64_t limit, count, last;
} Lines;

/* The columns that line_json reads, of an event e and x (type, id, no, title of its record). */
#define LINE                                                                                                                     \
    "SELECT e.n, e.at, e.device_at, e.actor_id, u.name, x.type, x.id, x.no, x.title, e.action, e.from_state, e.to_state, e.payload FROM "
#define ACTOR " LEFT JOIN app_user u ON u.org_id = e.org_id AND u.id = e.actor_id"

static void text_or_none(Json *json, const char *name, const Row *row, int column)
{
    json_key(json, str_of(name));
    row_is_null(row, column) ? json_none(json) : json_text(json, row_text(row, column));
}

static const char *action_label(const Cx *cx, const RecordMeta *meta, Str name)
{
    const Action *action = meta_action(meta, name);

    if (action != NULL)
        return cx->lang == LANG_ZH ? action->zh : action->en;
    if (meta->type->first_action != NULL && str_is(name, meta->type->first_action))
        return cx->lang == LANG_ZH ? meta->type->first_zh : meta->type->first_en;
    return NULL;
}

static const Error *line_json(Cx *cx, const Row *row, void *self)
{
    Lines *lines = self;
    Json *json = lines->json;
    const RecordMeta *meta = kernel_find_table(cx->kernel, row_text(row, 5));
    const char *label = action_label(cx, meta, row_text(row, 9));

    if (lines->count++ == lines->limit)
        return OK;
    lines->last = row_int(row, 0);
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_C(json, "resource", meta->type->resource);
    JSON_ID(json, "record", row_int(row, 6));
    text_or_none(json, "no", row, 7);
    text_or_none(json, "title", row, 8);
    JSON_TEXT(json, "action", row_text(row, 9));
    JSON_KEY(json, "label");
    label == NULL ? json_text(json, row_text(row, 9)) : json_c(json, label);
    text_or_none(json, "from", row, 10);
    text_or_none(json, "to", row, 11);
    JSON_KEY(json, "at");
    json_instant(json, row_int(row, 1), cx->zone_min);
    if (!row_is_null(row, 2)) {
        JSON_KEY(json, "device_at");
        json_instant(json, row_int(row, 2), cx->zone_min);
    }
    JSON_ID(json, "actor", row_int(row, 3));
    JSON_KEY(json, "actor_");
    if (row_is_null(row, 3)) {
        json_none(json);
    } else {
        json_open(json, '{');
        JSON_ID(json, "id", row_int(row, 3));
        text_or_none(json, "label", row, 4);
        json_close(json, '}');
    }
    JSON_KEY(json, "changes");
    json_raw(json, row_text(row, 12).len > 0 ? row_text(row, 12) : STR("{}"));
    json_close(json, '}');
    return OK;
}

/* The numbers of the events of one type's records about the house. */
static void add_type(const Cx *cx, const RecordMeta *meta, bool first, Buf *sql, Params *params)
{
    bool is_house = strcmp(meta->type->resource, "houses") == 0;

    buf_format(sql, "%sSELECT e.n, '%s' AS type, t.id, t.no, t.\"%s\" AS title FROM \"%s\" t JOIN event e ON e.org_id = t.org_id"
                    " AND e.record_id = t.id AND e.record_type = '%s' WHERE t.org_id = :org AND t.%s = :house AND e.n < :before AND ",
               first ? "" : " UNION ALL ", meta->table, meta->type->label == NULL ? "no" : meta->type->label, meta->table, meta->table,
               is_house ? "id" : "house_id");
    access_condition(cx, meta, sql, params);
}

const Error *timeline_house_json(Cx *cx, const Record *house, Str after, int64_t limit, Json *json)
{
    Buf sql = buf_new(cx->arena, MAX_TIMELINE_SQL);
    Params params = {0};
    Lines lines = {.json = json, .limit = limit};
    int64_t before = INT64_MAX;

    if (after.len > 0 && !str_to_id(after, &before))
        return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
    buf_add_c(&sql, LINE "(");
    add_type(cx, house->meta, true, &sql, &params);
    for (int i = 0; i < cx->kernel->type_count; i++)
        if (cx->kernel->types[i].house >= 0)
            add_type(cx, &cx->kernel->types[i], false, &sql, &params); /* X_by_house_id_id, event_by_record_id_n */
    buf_add_c(&sql, ") x JOIN event e ON e.org_id = :org AND e.n = x.n" ACTOR " ORDER BY e.n DESC LIMIT :limit");
    params_add(&params, "house", value_int(house->id));
    params_add(&params, "before", value_int(before));
    params_add(&params, "limit", value_int(limit + 1));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, line_json, &lines));
    json_close(json, ']');
    JSON_KEY(json, "next");
    if (lines.count > limit)
        json_text(json, str_format(cx->arena, "%lld", (long long)lines.last));
    else
        json_none(json);
    json_close(json, '}');
    return OK;
}

const Error *timeline_latest_json(Cx *cx, const RecordMeta *meta, int64_t limit, Json *json)
{
    Buf sql = buf_new(cx->arena, MAX_TIMELINE_SQL);
    Params params = {0};
    Lines lines = {.json = json, .limit = limit};

    buf_format(&sql, LINE "(SELECT e.n, '%s' AS type, t.id, t.no, t.\"%s\" AS title FROM event e JOIN \"%s\" t ON t.org_id = e.org_id"
                          " AND t.id = e.record_id WHERE e.org_id = :org AND e.record_type = '%s' AND e.n > (SELECT o.n - %d FROM org o"
                          " WHERE o.org_id = :org) AND ",
               meta->table, meta->type->label, meta->table, meta->table, LATEST_OF);
    access_condition(cx, meta, &sql, &params);
    buf_add_c(&sql, " ORDER BY e.n DESC LIMIT :limit) x JOIN event e ON e.org_id = :org AND e.n = x.n" ACTOR " ORDER BY e.n DESC");
    params_add(&params, "limit", value_int(limit));
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, line_json, &lines));
    json_close(json, ']');
    return OK;
}
