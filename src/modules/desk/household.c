/* household.c: one household on one page: who they are, what is open and promised, what they owe, when they called. Four statements,
 * whatever there is: people, everything open of every type that has a house and a process, calls, charges. */
#include "kernel/list.h"
#include "kernel/mask.h"
#include "modules/billing/billing.h"
#include "modules/desk/desk_parts.h"
#include "modules/property/property.h"

#define MAX_HOUSEHOLD_SQL (1 << 16)
#define MAX_OPEN 50

typedef struct {
    const RecordMeta *meta;
    Id id;
    Str no, title, limit;
    Instant due;
} Matter;

typedef struct {
    Json *json;
    Matter list[MAX_OPEN];
    int count;
} Matters;

static void text_or_none(Json *json, const char *name, Str text)
{
    json_key(json, str_of(name));
    text.len > 0 ? json_text(json, text) : json_none(json);
}

static const Error *person_json(Cx *cx, const Row *row, void *self)
{
    Json *json = self;

    json_open(json, '{');
    JSON_ID(json, "party", row_int(row, 0));
    JSON_TEXT(json, "label", row_text(row, 1));
    JSON_TEXT(json, "role", row_text(row, 2));
    JSON_KEY(json, "from");
    row_int(row, 3) == 0 ? json_none(json) : json_date(json, instant_to_date(row_int(row, 3), cx->zone_min));
    text_or_none(json, "phone", row_is_null(row, 4) ? STR_NONE : mask_phone(cx->arena, row_text(row, 4)));
    json_close(json, '}');
    return OK;
}

/* Who lives there now. */
static const Error *people(Cx *cx, const Record *house, Json *json)
{
    Buf sql = buf_new(cx->arena, MAX_HOUSEHOLD_SQL);
    Params params = {0};

    buf_add_c(&sql, "SELECT t.id, t.name, r.role, r.since, t.phone FROM residence r JOIN party t ON t.org_id = r.org_id AND t.id = r.party_id"
                    " WHERE r.org_id = :org AND r.house_id = :house AND " SQL_HELD("r.", ":now")
                    " AND t.archived_at IS NULL AND "); /* residence_pkey */
    access_condition(cx, kernel_type(cx->kernel, &party_type), &sql, &params);
    buf_add_c(&sql, " ORDER BY CASE r.role WHEN 'owner' THEN 0 WHEN 'tenant' THEN 1 WHEN 'family' THEN 2 ELSE 3 END, r.since, t.id LIMIT 50");
    params_add(&params, "house", value_int(house->id));
    JSON_KEY(json, "people");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, person_json, json));
    json_close(json, ']');
    return OK;
}

static const Error *matter_json(Cx *cx, const Row *row, void *self)
{
    Matters *matters = self;
    Json *json = matters->json;
    Matter *matter = &matters->list[matters->count++];

    *matter = (Matter){kernel_find_table(cx->kernel, row_text(row, 0)), row_int(row, 1), str_copy(cx->arena, row_text(row, 2)),
                       str_copy(cx->arena, row_text(row, 3)), str_copy(cx->arena, row_text(row, 6)), row_int(row, 5)};
    json_open(json, '{');
    JSON_C(json, "resource", matter->meta->type->resource);
    JSON_ID(json, "id", matter->id);
    text_or_none(json, "no", matter->no);
    text_or_none(json, "title", matter->title);
    JSON_TEXT(json, "state", row_text(row, 4));
    JSON_KEY(json, "next_due_at");
    matter->due >= NEVER ? json_none(json) : json_instant(json, matter->due, cx->zone_min);
    json_close(json, '}');
    return OK;
}

/* The open records of one type about the house, as far as the caller may see them. */
static void add_type(const Cx *cx, const RecordMeta *meta, bool first, Buf *sql, Params *params)
{
    const RecordType *type = meta->type;

    buf_format(sql, "%sSELECT '%s' AS type, t.id, t.no, t.\"%s\" AS title, t.state, ", first ? "" : " UNION ALL ", meta->table,
               type->label == NULL ? "no" : type->label);
    if (meta->next_due_at >= 0 && meta->next_limit >= 0)
        buf_format(sql, "coalesce(t.next_due_at, %lld) AS due, t.next_limit AS next_limit", (long long)NEVER);
    else
        buf_format(sql, "%lld AS due, CAST(NULL AS TEXT) AS next_limit", (long long)NEVER);
    buf_format(sql, " FROM \"%s\" t WHERE t.org_id = :org AND t.house_id = :house AND %s AND ", meta->table, meta->open); /* X_by_house_id_id_part */
    access_condition(cx, meta, sql, params);
}

static const Error *open_matters(Cx *cx, const Record *house, Matters *matters)
{
    Buf sql = buf_new(cx->arena, MAX_HOUSEHOLD_SQL);
    Params params = {0};
    bool first = true;

    buf_add_c(&sql, "SELECT x.type, x.id, x.no, x.title, x.state, x.due, x.next_limit FROM (");
    for (int i = 0; i < cx->kernel->type_count; i++)
        if (cx->kernel->types[i].open != NULL) {
            add_type(cx, &cx->kernel->types[i], first, &sql, &params);
            first = false;
        }
    buf_add_c(&sql, ") x ORDER BY x.due, x.id DESC LIMIT :limit");
    params_add(&params, "house", value_int(house->id));
    params_add(&params, "limit", value_int(MAX_OPEN));
    JSON_KEY(matters->json, "open");
    json_open(matters->json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, matter_json, matters));
    json_close(matters->json, ']');
    return OK;
}

static const char *limit_label(const Cx *cx, const Matter *matter)
{
    const RecordType *type = matter->meta->type;

    for (int i = 0; i < type->limit_count; i++)
        if (str_is(matter->limit, type->limits[i].name))
            return cx->lang == LANG_ZH ? type->limits[i].zh : type->limits[i].en;
    return NULL;
}

/* What they have been promised: the nearest due time of each open matter, the nearest first. */
static void promises(const Cx *cx, const Matters *matters, Json *json)
{
    JSON_KEY(json, "promises");
    json_open(json, '[');
    for (int i = 0; i < matters->count && matters->list[i].due < NEVER; i++) {
        const Matter *matter = &matters->list[i];
        json_open(json, '{');
        JSON_C(json, "resource", matter->meta->type->resource);
        JSON_ID(json, "id", matter->id);
        text_or_none(json, "no", matter->no);
        text_or_none(json, "title", matter->title);
        text_or_none(json, "limit", matter->limit);
        JSON_C(json, "label", limit_label(cx, matter));
        JSON_KEY(json, "due_at");
        json_instant(json, matter->due, cx->zone_min);
        JSON_BOOL(json, "late", matter->due < cx->now);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static const Error *call_json(Cx *cx, const Row *row, void *self)
{
    static const char *const shown[] = {"no", "state", "call_start", "caller_phone", "party", "ring_sec", "talk_sec", "abandoned", "outcome", "note", "taken_by", NULL};
    Shown what = {.fields = shown};

    return record_json(cx, record_of_row(cx, kernel_type(cx->kernel, &call_type), row), &what, self);
}

static const Error *calls(Cx *cx, const Record *house, Json *json)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &call_type);
    Buf sql = buf_new(cx->arena, MAX_HOUSEHOLD_SQL);
    Params params = {0};

    buf_format(&sql, "SELECT %s FROM call t WHERE t.org_id = :org AND t.house_id = :house AND t.archived_at IS NULL AND ", meta->columns);
    access_condition(cx, meta, &sql, &params);
    buf_add_c(&sql, " ORDER BY t.id DESC LIMIT 10"); /* call_by_house_id_id */
    params_add(&params, "house", value_int(house->id));
    JSON_KEY(json, "calls");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, call_json, json));
    json_close(json, ']');
    return OK;
}

const Error *household_json(Cx *cx, const Record *house, Json *json)
{
    Matters *matters = new (cx->arena, Matters, 1);

    matters->json = json;
    json_open(json, '{');
    JSON_KEY(json, "house");
    json_open(json, '{');
    JSON_ID(json, "id", house->id);
    JSON_TEXT(json, "no", house->no);
    json_close(json, '}');
    TRY(people(cx, house, json));
    TRY(open_matters(cx, house, matters));
    TRY(calls(cx, house, json));
    promises(cx, matters, json);
    JSON_KEY(json, "owed");
    TRY(charge_owed_json(cx, house->id, json));
    JSON_KEY(json, "preferences"); /* these two come with the areas that know them */
    json_raw(json, STR("[]"));
    JSON_KEY(json, "moments");
    json_raw(json, STR("[]"));
    json_close(json, '}');
    return OK;
}
