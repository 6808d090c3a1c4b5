/* people.c: what became of a notice: its deliveries, and the list of those who are still to be told in another way. */
#include "kernel/mask.h"
#include "modules/notice/notice_parts.h"

#define WHO_CALLS (DESK | R_QUALITY | R_REGION)

/* Names, phones and who has read what are for those who answer for the notice. */
static const Error *may_see_people(Cx *cx, const Record *notice)
{
    return access_may(cx, notice, WHO_CALLS | BY_OWNER) ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
}

/* The unread are also for whoever has some of its buildings: those who live there. */
static const Error *may_see_unread(Cx *cx, const Record *notice)
{
    for (int i = 0; i < cx->actor->grant_count; i++)
        if ((cx->actor->grants[i].role & WHO_CALLS) != 0 && cx->actor->grants[i].project == notice->project)
            return OK;
    return may_see_people(cx, notice);
}

/* A cursor is "party.delivery". */
static const Error *read_cursor(Cx *cx, Str after, Id *party, Id *delivery)
{
    Str rest;

    *party = *delivery = 0;
    if (after.len == 0 || (str_to_id(str_split(after, '.', &rest), party) && (rest.ptr == NULL || str_to_id(rest, delivery))))
        return OK;
    return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
}

typedef struct {
    Json *json;
    int64_t limit, count;
    Id party, delivery;
} Listing;

static void add_time(const Cx *cx, Json *json, const char *name, Instant at)
{
    json_key(json, str_of(name));
    at == 0 ? json_none(json) : json_instant(json, at, cx->zone_min);
}

static const Error *delivery_json(Cx *cx, const Row *row, void *self)
{
    Listing *list = self;
    Json *json = list->json;

    if (++list->count > list->limit)
        return OK;
    list->delivery = row_int(row, 0);
    list->party = row_int(row, 1);
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_ID(json, "party", row_int(row, 1));
    JSON_KEY(json, "party_");
    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 1));
    JSON_TEXT(json, "label", row_text(row, 2));
    json_close(json, '}');
    JSON_TEXT(json, "channel", row_text(row, 3));
    JSON_TEXT(json, "state", row_text(row, 4));
    JSON_INT(json, "attempts", row_int(row, 5));
    add_time(cx, json, "sent_at", row_int(row, 6));
    add_time(cx, json, "read_at", row_int(row, 7));
    add_time(cx, json, "ack_at", row_int(row, 8));
    JSON_KEY(json, "error");
    row_is_null(row, 9) ? json_none(json) : json_text(json, row_text(row, 9));
    json_close(json, '}');
    return OK;
}

const Error *notice_deliveries_json(Cx *cx, const Record *notice, Str state, Str after, int64_t limit, Json *json)
{
    static const char PAGE[] =
        "SELECT d.id, d.party_id, p.name, d.channel, d.state, d.attempts, d.sent_at, d.read_at, d.ack_at, d.error FROM delivery d"
        " JOIN party p ON p.org_id = d.org_id AND p.id = d.party_id WHERE d.org_id = :org AND d.record_id = :notice AND d.party_id >= :party"
        " AND (d.party_id > :party OR d.id > :id) AND (:state = '' OR d.state = :state) ORDER BY d.party_id, d.id LIMIT :limit"; /* delivery_by_record_id_party_id_part */
    Listing list = {.json = json, .limit = limit};
    Id party, id;

    TRY(may_see_people(cx, notice));
    TRY(read_cursor(cx, after, &party, &id));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, PAGE, IN(in_int("notice", notice->id), in_int("party", party), in_int("id", id == 0 && party > 0 ? INT64_MAX : id),
                              in_text("state", state.len == 0 ? STR("") : state), in_int("limit", limit + 1)),
                 delivery_json, &list));
    json_close(json, ']');
    JSON_KEY(json, "next");
    list.count > limit ? json_text(json, str_format(cx->arena, "%lld.%lld", (long long)list.party, (long long)list.delivery)) : json_none(json);
    json_close(json, '}');
    return OK;
}

static const Error *unread_json(Cx *cx, const Row *row, void *self)
{
    Listing *list = self;
    Json *json = list->json;

    if (++list->count > list->limit)
        return OK;
    list->party = row_int(row, 0);
    json_open(json, '{');
    JSON_ID(json, "party", row_int(row, 0));
    JSON_TEXT(json, "name", row_text(row, 1));
    JSON_KEY(json, "phone");
    row_is_null(row, 2) ? json_none(json) : json_text(json, mask_phone(cx->arena, row_text(row, 2)));
    JSON_KEY(json, "house");
    row_is_null(row, 3) ? json_none(json) : json_text(json, row_text(row, 3));
    add_time(cx, json, "read_at", row_int(row, 4));
    json_close(json, '}');
    return OK;
}

/* A page of those who have not read (acknowledged) it, a row for each, with a home that the caller sees. Who has all of the project
 * also sees those who have moved away. delivery_by_record_id_party_id_part, residence_by_party_id_house_id */
static void add_unread(const Cx *cx, const Record *notice, Buf *sql, Params *params)
{
    bool all = access_may(cx, notice, WHO_CALLS | BY_OWNER);

    buf_add_c(sql, "SELECT * FROM (SELECT d.party_id, p.name, p.phone, (SELECT min(t.no) FROM residence r JOIN house t ON t.org_id = r.org_id AND t.id = r.house_id"
                   " WHERE r.org_id = d.org_id AND r.party_id = d.party_id AND r.project_id = :project AND " SQL_HELD("r.", ":now") " AND ");
    access_condition(cx, kernel_find(cx->kernel, STR("houses")), sql, params);
    buf_add_c(sql, ") AS house, d.read_at FROM delivery d JOIN party p ON p.org_id = d.org_id AND p.id = d.party_id WHERE d.org_id = :org"
                   " AND d.record_id = :notice AND d.party_id > :after AND NOT EXISTS (SELECT 1 FROM delivery x WHERE x.org_id = d.org_id"
                   " AND x.record_id = d.record_id AND x.party_id = d.party_id AND (x.id < d.id OR (CASE WHEN :ack = 1 THEN x.ack_at ELSE x.read_at END)"
                   " IS NOT NULL))) u");
    buf_format(sql, "%s ORDER BY u.party_id LIMIT :limit", all ? "" : " WHERE u.house IS NOT NULL");
    params_add(params, "project", value_int(notice->project));
    params_add(params, "notice", value_int(notice->id));
    params_add(params, "ack", value_int(record_int(notice, "ack_required") != 0));
}

const Error *notice_unread_json(Cx *cx, const Record *notice, Str after, int64_t limit, Json *json)
{
    static const char COUNT[] =
        "SELECT count(DISTINCT party_id), count(DISTINCT CASE WHEN ack_at IS NOT NULL THEN party_id END)"
        " FROM delivery WHERE org_id = :org AND record_id = :notice AND read_at IS NOT NULL"; /* delivery_by_record_id_read_at_part */
    Listing list = {.json = json, .limit = limit};
    int64_t read, acked;
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};
    Id from, none;

    TRY(may_see_unread(cx, notice));
    TRY(read_cursor(cx, after, &from, &none));
    add_unread(cx, notice, &sql, &params);
    params_add(&params, "after", value_int(from));
    params_add(&params, "limit", value_int(limit + 1));
    TRY(sql_row(cx, COUNT, IN(in_int("notice", notice->id)), OUT(out_int(&read), out_int(&acked))));
    json_open(json, '{');
    JSON_INT(json, "people", record_int(notice, "people"));
    JSON_INT(json, "read", read);
    JSON_INT(json, "acked", acked);
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each_built(cx, buf_str(&sql), params.in, unread_json, &list));
    json_close(json, ']');
    JSON_KEY(json, "next");
    list.count > limit ? json_id(json, list.party) : json_none(json);
    json_close(json, '}');
    return OK;
}
