/* caller.c: from a number to the person and the home behind it. One number may belong to several homes: then people are
 * asked which one, and nothing is guessed. */
#include "modules/desk/desk_parts.h"

#define MAX_CANDIDATES 20

typedef struct {
    Caller *caller;
    Json json;
    int homes, rows;
    bool one_party;
} Finding;

static const Error *take_home(Cx *cx, const Row *row, void *self)
{
    Finding *finding = self;
    Caller *caller = finding->caller;
    Json *json = &finding->json;

    (void)cx;
    if (caller->house != row_int(row, 0))
        finding->homes++;
    finding->one_party = finding->rows == 0 || (finding->one_party && caller->party == row_int(row, 3));
    finding->rows++;
    caller->house = row_int(row, 0);
    caller->building = row_int(row, 1);
    caller->party = row_int(row, 3);
    json_open(json, '{');
    JSON_ID(json, "house", row_int(row, 0));
    JSON_TEXT(json, "no", row_text(row, 2));
    JSON_ID(json, "party", row_int(row, 3));
    JSON_TEXT(json, "role", row_text(row, 4));
    json_close(json, '}');
    return OK;
}

const Error *caller_find(Cx *cx, Id project, Str phone, Caller *out)
{
    static const char HOMES[] =
        "SELECT h.id, coalesce(h.building_id, 0), h.no, p.id, r.role FROM party p"
        " JOIN residence r ON r.org_id = p.org_id AND r.party_id = p.id AND r.project_id = :project AND " SQL_HELD("r.", ":now")
        " JOIN house h ON h.org_id = r.org_id AND h.id = r.house_id AND h.archived_at IS NULL"
        " WHERE p.org_id = :org AND p.phone = :phone AND p.archived_at IS NULL ORDER BY h.no, h.id, p.id LIMIT :max"; /* party_by_phone_id */
    Finding finding = {.caller = out, .json = json_new(cx->arena, 1 << 14)};

    *out = (Caller){0};
    if (phone.len == 0)
        return OK;
    json_open(&finding.json, '[');
    TRY(sql_each(cx, HOMES, IN(in_int("project", project), in_text("phone", phone), in_int("max", MAX_CANDIDATES)), take_home, &finding));
    json_close(&finding.json, ']');
    if (!finding.one_party)
        out->party = 0;
    if (finding.homes > 1) {
        out->house = out->building = 0;
        out->candidates = buf_str(&finding.json.buf);
    }
    return OK;
}
