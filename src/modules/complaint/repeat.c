/* repeat.c: one complaint as one of several (card P07): the same matter of one house again, a group of households, a cause that
 * sits in a building. The first two raise the level when it is lodged, the third proposes a corrective action. */
#include "kernel/message.h"
#include "modules/complaint/complaint_parts.h"

/* The latest of this house and category that is still open or was closed within the window. */
const Error *complaint_find_repeat(Cx *cx, Record *record)
{
    static const char SAME[] =
        "SELECT id FROM complaint WHERE org_id = :org AND house_id = :house AND category = :category AND archived_at IS NULL AND state <> 'refused'"
        " AND (state <> 'closed' OR coalesce(close_done_at, updated_at) >= :since) ORDER BY id DESC LIMIT 1"; /* complaint_by_house_id_category_id */
    static const char HOMES[] =
        "SELECT count(DISTINCT house_id), coalesce(max(CASE WHEN house_id = :house THEN 1 ELSE 0 END), 0) FROM complaint WHERE org_id = :org"
        " AND building_id = :building AND category = :category AND created_at >= :since AND archived_at IS NULL"
        " AND state <> 'refused'"; /* complaint_by_building_id_category_created_at */
    int64_t days, window, group, homes = 0, own = 0, level = record_int(record, "level"), same = 0;
    Str category = record_text(record, "category");
    bool found = false;

    if (record_is_null(record, "house"))
        return OK;
    TRY(rule_value(cx, "complaint.repeat_days", &days));
    TRY(rule_value(cx, "complaint.systemic_days", &window));
    TRY(rule_value(cx, "complaint.group_homes", &group));
    if (record_is_null(record, "repeat_of"))
        TRY(sql_find(cx, SAME, IN(in_int("house", record_int(record, "house")), in_text("category", category), in_int("since", cx->now - days * DAY_US)),
                     OUT(out_int(&same)), &found));
    if (found)
        record_set_int(record, "repeat_of", same);
    if (!record_is_null(record, "repeat_of") && level > 1)
        level--;
    TRY(sql_row(cx, HOMES,
                IN(in_int("house", record_int(record, "house")), in_int("building", record->building), in_text("category", category),
                   in_int("since", cx->now - window * DAY_US)),
                OUT(out_int(&homes), out_int(&own))));
    if (homes + (own == 0 ? 1 : 0) >= group) /* with this one */
        level = 1;
    record_set_int(record, "level", level);
    return OK;
}

static const Error *open_capa(Cx *cx, Record *record, Str why, Id *out)
{
    Record *capa = record_new(cx, kernel_type(cx->kernel, &corrective_action_type));

    capa->project = record->project;
    capa->building = record->building;
    record_set_int(capa, "record", record->id);
    record_set_text(capa, "record_type", str_of(record->meta->table));
    record_set(capa, "space", value_ref(record->building));
    record_set_text(capa, "category", record_text(record, "category"));
    record_set_text(capa, "title", record_text(record, "title"));
    record_set_text(capa, "reason", why);
    TRY(process_insert(cx, capa));
    *out = capa->id;
    return OK;
}

const Error *complaint_open_capa(Cx *cx, Record *record, const char *zh)
{
    Id capa;

    if (!record_is_null(record, "capa"))
        return OK;
    TRY(open_capa(cx, record, str_of(zh), &capa));
    record_set_int(record, "capa", capa);
    return OK;
}

const Error *complaint_find_systemic(Cx *cx, Record *record)
{
    static const char COUNT[] = "SELECT count(*) FROM complaint WHERE org_id = :org AND building_id = :building AND category = :category"
                                " AND created_at >= :since AND archived_at IS NULL AND state <> 'refused'"; /* complaint_by_building_id_category_created_at */
    static const char OPEN_ONE[] = "SELECT id FROM corrective_action WHERE org_id = :org AND building_id = :building AND category = :category"
                                   " AND state = 'open' AND archived_at IS NULL ORDER BY id LIMIT 1"; /* corrective_action_by_building_id_category */
    int64_t days, least, count = 0;
    Str category = record_text(record, "category");
    Id capa = 0;
    bool found;

    if (record->building == 0)
        return OK;
    TRY(rule_value(cx, "complaint.systemic_days", &days));
    TRY(rule_value(cx, "complaint.systemic_count", &least));
    TRY(sql_row(cx, COUNT, IN(in_int("building", record->building), in_text("category", category), in_int("since", cx->now - days * DAY_US)),
                OUT(out_int(&count))));
    if (count < least)
        return OK;
    TRY(sql_find(cx, OPEN_ONE, IN(in_int("building", record->building), in_text("category", category)), OUT(out_int(&capa)), &found));
    if (!found)
        TRY(open_capa(cx, record, str_format(cx->arena, "%lld 天内同楼同类投诉 %lld 件", (long long)days, (long long)count), &capa));
    record_set_int(record, "capa", capa);
    return record_update(cx, record);
}
