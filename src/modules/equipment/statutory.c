/* statutory.c: 法定日期, what the law makes due on a day that no plan holds: inspections of machines, licences of contractors, people's certificates. Each
 * has its paper and the action that brings the next one. What plans hold is in their tasks (and `GET plans/coming`): together they are the statutory calendar. */
#include "modules/equipment/equipment_parts.h"
#include "modules/roster/roster.h"

#define MAX_ROWS 1000 /* of each kind */

/* Of each row: its record, then whose it is. */
typedef struct {
    const char *kind, *zh, *en; /* the title; NULL: the certificate's */
    const RecordType *type;
    const char *day, *document, *number; /* fields */
    const char *of, *but;                /* SQL on t */
} Source;
static const Source sources[] = {
    {"inspection", "定期检验", "Periodic inspection", &equipment_type, "next_inspection", "inspection_report", "registration_no", "t.name", /* equipment_by_next_inspection_id_part */
     "t.state <> 'scrapped' AND " SQL_NO_INSPECTION_PLAN},
    {"licence", "外包单位资质", "Contractor's licence", &contractor_type, "licence_until", "licence_document", "licence_no", "t.name", "1 = 1"}, /* contractor_by_licence_until_id_part */
    {"certificate", NULL, NULL, &certificate_type, "valid_until", "document", "number", /* certificate_by_valid_until_id_part */
     "(SELECT u.name FROM app_user u WHERE u.org_id = t.org_id AND u.id = t.person_id)",
     "EXISTS (SELECT 1 FROM app_user u WHERE u.org_id = t.org_id AND u.id = t.person_id AND u.active = 1 AND u.archived_at IS NULL)"},
};

typedef struct {
    Json *json;
    const Source *source;
} Page;

static const Error *date_row(Cx *cx, const Row *row, void *self)
{
    Page *page = self;
    const Source *source = page->source;
    Json *json = page->json;
    const RecordMeta *meta = kernel_type(cx->kernel, source->type);
    Record *record = record_from_row(cx, meta, row);
    Date on = (Date)record_int(record, source->day);

    json_open(json, '{');
    JSON_C(json, "kind", source->kind);
    JSON_TEXT(json, "title", source->zh != NULL ? str_of(cx->lang == LANG_ZH ? source->zh : source->en) : certificate_kind(cx->lang, record_text(record, "kind")));
    JSON_TEXT(json, "of", row_text(row, COL_FIELDS + meta->value_count));
    JSON_C(json, "resource", source->type->resource);
    JSON_ID(json, "id", record->id);
    JSON_KEY(json, "number");
    record_is_null(record, source->number) ? json_none(json) : json_text(json, record_text(record, source->number));
    JSON_KEY(json, "on");
    json_date(json, on);
    JSON_C(json, "state", on < instant_to_date(cx->now, cx->zone_min) ? "expired" : "valid");
    JSON_ID(json, "document", record_int(record, source->document));
    process_actions_json(cx, record, json);
    json_close(json, '}');
    return OK;
}

static const Error *source_json(Cx *cx, const Source *source, Id project, Date to, Json *json)
{
    const RecordMeta *meta = kernel_type(cx->kernel, source->type);
    Buf sql = buf_new(cx->arena, 1 << 16);
    Params params = {0};

    buf_format(&sql, "SELECT %s, %s FROM \"%s\" t WHERE t.org_id = :org AND t.%s <= :to AND t.archived_at IS NULL AND %s AND ", meta->columns, source->of, meta->table,
               source->day, source->but);
    access_condition(cx, meta, &sql, &params);
    if (project != 0 && source->type->in_project) { /* a contractor works in all of them */
        buf_add_c(&sql, " AND t.project_id = :project");
        params_add(&params, "project", value_int(project));
    }
    buf_format(&sql, " ORDER BY t.%s, t.id LIMIT :most", source->day);
    params_add(&params, "to", value_int(to));
    params_add(&params, "most", value_int(MAX_ROWS));
    return sql_each_built(cx, buf_str(&sql), params.in, date_row, &(Page){json, source});
}

const Error *statutory_dates_json(Cx *cx, Id project, Date to, Json *json)
{
    json_open(json, '{');
    JSON_KEY(json, "to");
    json_date(json, to);
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (size_t i = 0; i < COUNT_OF(sources); i++)
        TRY(source_json(cx, &sources[i], project, to, json));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
