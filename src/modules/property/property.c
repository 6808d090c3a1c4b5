/* property.c: 业主档案. Houses, people, and who lived where when. A relation (residence) has dates, and a resident sees
 * what belongs to the time of the own relation: a new owner does not see the former one's records. */
#include "modules/property/property.h"
#include "kernel/event.h"
#include "kernel/mask.h"
#include "kernel/reveal.h"

static const Choice uses[] = {
    {"residential", "住宅", "Residential"}, {"shop", "商铺", "Shop"}, {"office", "办公", "Office"},
    {"garage", "车库", "Garage"}, {"storage", "储藏", "Storage"}, {"mixed", "商住", "Mixed"}, {0},
};
static const Choice house_states[] = {
    {"self", "自住", "Lived in by the owner"}, {"let", "出租", "Let"}, {"empty", "空置", "Empty"},
    {"renovating", "装修中", "Being renovated"}, {"not_delivered", "未交付", "Not handed over"}, {0},
};
static const Choice payers[] = {{"owner", "业主", "Owner"}, {"tenant", "租户", "Tenant"}, {0}};
static const Choice party_kinds[] = {{"person", "个人", "Person"}, {"company", "单位", "Company"}, {0}};
static const Choice relation_roles[] = {
    {"owner", "业主", "Owner"}, {"tenant", "租户", "Tenant"}, {"family", "家属", "Family"}, {"contact", "联系人", "Contact"}, {0},
};

/* 房屋 */
static const Field house_fields[] = {
    {"no", "房号", "House number", T_TEXT, .max = 40, .virtual = true},
    {"building", "楼栋", "Building", T_TEXT, .max = 20},
    {"unit", "单元", "Unit", T_TEXT, .max = 20},
    {"floor", "楼层", "Floor", T_TEXT, .max = 10},
    {"room", "房间", "Room", T_TEXT, .max = 20},
    {"area", "建筑面积", "Built area", T_AREA},
    {"inner_area", "套内面积", "Inner area", T_AREA},
    {"garden_area", "花园面积", "Garden area", T_AREA},
    {"persons", "居住人数", "People", T_INT, .min = 0, .max = 99},
    {"spaces", "车位数", "Parking spaces", T_INT, .min = 0, .max = 99},
    {"pays", "谁付费", "Who pays", T_CHOICE, .choices = payers},
    {"use", "用途", "Use", T_CHOICE, .choices = uses, .set_default = "residential"},
    {"occupancy", "居住情况", "Occupancy", T_CHOICE, .choices = house_states},
    {"empty_from", "空置从", "Empty from", T_DATE},
    {"empty_to", "空置到", "Empty until", T_DATE},
    {"handover_date", "交房日期", "Handed over on", T_DATE},
    {"vehicles", "车辆", "Vehicles", T_LINES, .max = 500, .searched = true},
    {"note", "备注", "Note", T_LINES, .max = 1000, .searched = true},
    {"parties", "人员", "People", T_OBJECT, .virtual = true},
    {"doubts", "待核对", "To be checked", T_WORDS, .read_only = true},
};

#define MY_HOUSES                                                                                                                   \
    "SELECT r.house_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :party AND r.since <= :now"                      \
    " AND (r.until = 0 OR r.until > :now)"

/* Of a residence r: it holds now; and as a statement: :party owns :house now. */
#define SQL_NOW SQL_HELD("r.", ":now")
#define SQL_OWNS                                                                                                                    \
    "SELECT 1 FROM residence o WHERE o.org_id = :org AND o.house_id = :house AND o.party_id = :party AND o.role = 'owner' AND o.since <= :now" \
    " AND (o.until = 0 OR o.until > :now)"

static const Sight house_sights[] = {
    {STAFF},
    {R_RESIDENT, "t.id IN (" MY_HOUSES ")", .any_project = true},
};
static const Filter house_filters[] = {
    {"party", T_REF, "parties", "t.id IN (SELECT r.house_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :f_party)"},
    {"doubtful", T_BOOL, .sql = "(CASE WHEN t.doubts IS NOT NULL THEN 1 ELSE 0 END) = :f_doubtful"},
};
static const Index house_indexes[] = {{"project_id, building, unit, room"}, {"project_id, id", .where = "doubts IS NOT NULL"}, {0}};

/* 人 */
static const Field party_fields[] = {
    {"kind", "类别", "Kind", T_CHOICE, .choices = party_kinds, .set_default = "person"},
    {"name", "姓名", "Name", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"phone", "电话", "Phone", T_PHONE, .masked = true, .indexed = true},
    {"phones", "其他电话", "Other phones", T_TEXT, .max = 100, .internal = true},
    {"id_no", "证件号码", "Identity number", T_ID_NO, .masked = true},
    {"email", "邮箱", "E-mail", T_TEXT, .max = 254, .masked = true},
    {"tags", "标签", "Tags", T_WORDS},
    {"phone_tail", "电话尾号", "Phone tail", T_TEXT, .internal = true, .indexed = true},
    {"note", "备注", "Note", T_LINES, .max = 1000},
    {"houses", "房屋", "Houses", T_OBJECT, .virtual = true, .read_only = true},
    {"doubts", "待核对", "To be checked", T_WORDS, .read_only = true},
};
static const Sight party_sights[] = {
    {DESK | R_QUALITY | R_REGION | R_CASHIER | R_ACCOUNTANT | R_CONTROL | R_ENG_LEAD | R_ENGINEER | R_GUARD_LEAD,
     "EXISTS (SELECT 1 FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = :me AND g.role <> 'resident' AND (g.project_id = 0"
     " OR (g.project_id = t.project_id AND g.building_id = 0) OR EXISTS (SELECT 1 FROM residence r"
     " JOIN house h ON h.org_id = r.org_id AND h.id = r.house_id WHERE r.org_id = t.org_id AND r.party_id = t.id"
     " AND r.project_id = g.project_id AND (g.building_id = 0 OR h.building_id = g.building_id))))",
     .any_project = true},
    {EVERY_ROLE, "t.id = :party", .any_project = true},
};
static const Filter party_filters[] = {
    {"house", T_REF, "houses", "t.id IN (SELECT r.party_id FROM residence r WHERE r.org_id = t.org_id AND r.house_id = :f_house)"},
    {"phone_tail", T_TEXT, .sql = "t.phone_tail = :f_phone_tail", .logged = true},
    {"doubtful", T_BOOL, .sql = "(CASE WHEN t.doubts IS NOT NULL THEN 1 ELSE 0 END) = :f_doubtful"},
};

static const Choice reveal_fields[] = {{"phone", "电话", "Phone"}, {"id_no", "证件号码", "Identity number"}, {"email", "邮箱", "E-mail"}, {0}};
static const Field reveal_asks[] = {REVEAL_ASKS(reveal_fields)};

static const Action party_actions[] = {
    REVEAL(DESK | R_QUALITY | R_ENG_LEAD | R_ENGINEER | R_CASHIER | R_ACCOUNTANT | BY_SELF, LIST(reveal_asks)),
};

static Str tail_of(Str phone)
{
    return phone.len >= 4 ? str_cut(phone, phone.len - 4, phone.len) : STR_NONE;
}

Str party_doubts(Arena *arena, Str phone, Str id_no)
{
    Buf list = buf_new(arena, 200);

    if (phone.len == 0)
        buf_add_c(&list, ",\"phone_missing\"");
    else if (!phone_is_plausible(phone))
        buf_add_c(&list, ",\"phone_doubtful\"");
    if (id_no.len > 0 && !id_no_is_plausible(id_no))
        buf_add_c(&list, ",\"id_no_doubtful\"");
    return list.len == 0 ? STR_NONE : str_format(arena, "[%.*s]", STR_ARG(str_cut(buf_str(&list), 1, list.len)));
}

Str house_doubts(Arena *arena, int64_t area_dm2)
{
    return area_dm2 > 0 ? STR_NONE : str_copy(arena, STR("[\"area_missing\"]"));
}

static void set_doubts(Record *record, Str doubts)
{
    record_set(record, "doubts", doubts.len == 0 ? VALUE_NULL : value_text(doubts));
}

static const Error *prepare_party(Cx *cx, Record *record, Problems *problems)
{
    Str phone = record_text(record, "phone"), email = str_trim(record_text(record, "email"));

    record_set(record, "email", email.len == 0 ? VALUE_NULL : value_text(email));
    if (email.len > 0 && !email_is_plausible(email))
        problems_add(problems, STR("email"), "format", STR("应为邮箱地址，如 zhang@example.com"), STR("must be an address such as zhang@example.com"));
    record_set(record, "phone_tail", tail_of(phone).len == 0 ? VALUE_NULL : value_text(tail_of(phone)));
    if (!record_is_null(record, "id_no"))
        record_set_text(record, "id_no", id_no_normal(cx->arena, record_text(record, "id_no")));
    /* A company's code is of another kind (GB 32100) than a person's number (GB 11643). */
    set_doubts(record, party_doubts(cx->arena, phone, str_is(record_text(record, "kind"), "company") ? STR_NONE : record_text(record, "id_no")));
    return OK;
}

typedef struct {
    Json *json;
    const char *ref;
} Relations;

static const Error *relation_json(Cx *cx, const Row *row, void *self)
{
    Relations *relations = self;
    Json *json = relations->json;
    Date since = instant_to_date(row_int(row, 3), cx->zone_min), until = row_int(row, 4) == 0 ? 0 : instant_to_date(row_int(row, 4), cx->zone_min);

    json_open(json, '{');
    json_key(json, str_of(relations->ref));
    json_id(json, row_int(row, 0));
    JSON_TEXT(json, "label", row_text(row, 1));
    JSON_TEXT(json, "role", row_text(row, 2));
    JSON_KEY(json, "from");
    row_int(row, 3) == 0 ? json_none(json) : json_date(json, since);
    JSON_KEY(json, "to");
    until == 0 ? json_none(json) : json_date(json, until);
    JSON_KEY(json, "share");
    row_is_null(row, 5) ? json_none(json) : json_text(json, row_text(row, 5));
    if (row_count(row) > 6) {
        JSON_KEY(json, "phone");
        row_is_null(row, 6) ? json_none(json) : json_text(json, mask_phone(cx->arena, row_text(row, 6)));
    }
    json_close(json, '}');
    return OK;
}

static const Error *show_party(Cx *cx, const Record *record, Json *json)
{
    static const char HOUSES[] = "SELECT h.id, h.no, r.role, r.since, r.until, r.share FROM residence r"
                                 " JOIN house h ON h.org_id = r.org_id AND h.id = r.house_id"
                                 " WHERE r.org_id = :org AND r.party_id = :party ORDER BY r.until, r.since DESC"; /* residence_by_party_id_house_id */

    JSON_KEY(json, "houses");
    json_open(json, '[');
    TRY(sql_each(cx, HOUSES, IN(in_int("party", record->id)), relation_json, &(Relations){json, "house"}));
    json_close(json, ']');
    return OK;
}

static const Error *show_house(Cx *cx, const Record *record, Json *json)
{
    static const char PEOPLE[] = "SELECT p.id, p.name, r.role, r.since, r.until, r.share, p.phone FROM residence r"
                                 " JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id"
                                 " WHERE r.org_id = :org AND r.house_id = :house AND (:all = 1 OR r.party_id = :party"
                                 " OR (" SQL_NOW " AND EXISTS (" SQL_OWNS ")))"
                                 " ORDER BY r.until, r.role, r.since"; /* an owner also sees who lives there now */
    bool staff = cx->actor->is_system || (cx->actor->roles & STAFF) != 0;
    Str occupancy = record_text(record, "occupancy");

    JSON_KEY(json, "state"); /* a house has no process: its state is how it is lived in */
    occupancy.len > 0 ? json_text(json, occupancy) : json_none(json);
    JSON_KEY(json, "parties");
    json_open(json, '[');
    TRY(sql_each(cx, PEOPLE, IN(in_int("house", record->id), in_int("all", staff), in_int("party", cx->actor->party)), relation_json,
                 &(Relations){json, "party"}));
    json_close(json, ']');
    return OK;
}

const RecordType party_type = {
    .resource = "parties", .name = "party", .zh = "人员", .en = "Person", .fields = LIST(party_fields), .actions = LIST(party_actions),
    .sights = LIST(party_sights), .filters = LIST(party_filters), .create_by = DESK, .write_by = DESK, .label = "name",
    .in_project = true, .prepare = prepare_party, .changed = prepare_party, .show = show_party,
};

/* 3-2-1501 from its parts; the unit may be absent. Parts given as `no` are taken apart. */
static const Error *number_house(Cx *cx, Record *record, Problems *problems)
{
    Str building = record_text(record, "building"), unit = record_text(record, "unit"), room = record_text(record, "room");

    if (room.len == 0) {
        problems_add(problems, STR("room"), "required", STR("须写明房间，或把房号写成 3-2-1501 这样"),
                     STR("give the room, or the house number written like 3-2-1501"));
        return OK;
    }
    record->no = str_format(cx->arena, "%.*s%s%.*s%s%.*s", STR_ARG(building), building.len > 0 ? "-" : "", STR_ARG(unit),
                            unit.len > 0 ? "-" : "", STR_ARG(room));
    set_doubts(record, house_doubts(cx->arena, record_int(record, "area")));
    return OK;
}

static const Error *take_house(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *no = json_object_get(body, "no");
    Str parts[4], rest;
    int count = 0;

    (void)cx;
    if (no == NULL)
        return OK;
    rest = json_str(no);
    while (rest.ptr != NULL && count < 4)
        parts[count++] = str_trim(str_split(rest, '-', &rest));
    if (!json_is_string(no) || count > 3 || count == 0 || parts[count - 1].len == 0) {
        problems_add(problems, STR("no"), "format", STR("房号写成 3-2-1501 这样"), STR("a house number is written like 3-2-1501"));
        return OK;
    }
    if (count > 1)
        record_set_text(record, "building", parts[0]);
    record_set(record, "unit", count == 3 ? value_text(parts[1]) : VALUE_NULL);
    record_set_text(record, "room", parts[count - 1]);
    return OK;
}

Record *building_new(Cx *cx, Id project, Str code)
{
    Record *space = record_new(cx, kernel_find(cx->kernel, STR("spaces")));

    space->project = project;
    record_set_text(space, "name", str_format(cx->arena, "%.*s 栋", STR_ARG(code)));
    record_set_text(space, "kind", STR("building"));
    record_set_text(space, "code", code);
    return space;
}

/* The building is a space of its own: found by its name in the project, made when it is new. */
static const Error *find_building(Cx *cx, Record *record)
{
    static const char FIND[] = "SELECT id FROM space WHERE org_id = :org AND project_id = :project AND kind = 'building' AND code = :code"
                               " AND archived_at IS NULL";
    Str building = record_text(record, "building");
    int64_t id = 0;
    bool found;
    Record *space;

    record->building = 0;
    if (building.len == 0)
        return OK;
    TRY(sql_find(cx, FIND, IN(in_int("project", record->project), in_text("code", building)), OUT(out_int(&id)), &found));
    if (!found) {
        space = building_new(cx, record->project, building);
        TRY(process_insert(cx, space));
        id = space->id;
    }
    record->building = id;
    return OK;
}

/* Since when it is empty, and until when it was: kept when nobody says it, so that what an empty home pays is reckoned by the day. */
static void keep_empty_days(const Cx *cx, Record *record, Problems *problems)
{
    Date today = instant_to_date(cx->now, cx->zone_min);
    bool was = record->before != NULL && str_is(record_text_kept(record, "occupancy"), "empty"), is = str_is(record_text(record, "occupancy"), "empty");

    if (record->before != NULL && is && !was && !record_changed(record, "empty_from")) {
        record_set_int(record, "empty_from", today);
        record_set_null(record, "empty_to");
    }
    if (was && !is && !record_changed(record, "empty_to"))
        record_set_int(record, "empty_to", date_add(today, -1));
    if (was && !is && record_int(record, "empty_to") < record_int(record, "empty_from")) { /* for no day */
        record_set_null(record, "empty_from");
        record_set_null(record, "empty_to");
    }
    if (!record_is_null(record, "empty_to") && record_int(record, "empty_to") < record_int(record, "empty_from"))
        problems_add(problems, STR("empty_to"), "out_of_range", STR("不能早于“空置从”"), STR("must not be before the first day"));
}

static const Error *prepare_house(Cx *cx, Record *record, Problems *problems)
{
    keep_empty_days(cx, record, problems);
    TRY(number_house(cx, record, problems));
    return problems->count > 0 ? OK : find_building(cx, record);
}

static const Error *bad_parties(Cx *cx)
{
    return error_field(cx->arena, STR("parties"), "format",
                       STR("应为 [{\"party\",\"role\",\"from\",\"to\",\"share\"}]，role 为 owner、tenant、family 或 contact"),
                       STR("must be [{\"party\",\"role\",\"from\",\"to\",\"share\"}] with a role of owner, tenant, family or contact"));
}

/* A given `parties` replaces the relations of the house. */
static const Error *after_house(Cx *cx, Record *record, const json_t *body)
{
    static const char DROP[] = "DELETE FROM residence WHERE org_id = :org AND house_id = :house";
    const json_t *parties = json_object_get(body, "parties"), *entry;
    const RecordMeta *party_meta = kernel_type(cx->kernel, &party_type);
    size_t i;

    if (parties == NULL)
        return OK;
    if (!json_is_array(parties))
        return bad_parties(cx);
    TRY(sql_run(cx, DROP, IN(in_int("house", record->id))));
    json_array_foreach((json_t *)parties, i, entry)
    {
        const json_t *from = json_object_get(entry, "from"), *to = json_object_get(entry, "to");
        const char *role = NULL;
        Date since = instant_to_date(cx->now, cx->zone_min), until = 0;
        bool seen = false;
        Id party = 0;
        for (const Choice *choice = relation_roles; choice->value != NULL; choice++)
            if (str_is(json_str(json_object_get(entry, "role")), choice->value))
                role = choice->value;
        if (role == NULL || (from != NULL && !json_is_null(from) && !date_parse(json_str(from), &since)) ||
            (to != NULL && !json_is_null(to) && !date_parse(json_str(to), &until)))
            return bad_parties(cx);
        if (str_to_id(json_str(json_object_get(entry, "party")), &party))
            TRY(record_is_seen(cx, party_meta, value_int(party), &seen));
        if (!seen)
            return error_field(cx->arena, STR("parties"), "reference", STR("没有这个人员"), STR("there is no such person"));
        TRY(residence_put(cx, record->id, party, role, record->project, date_to_instant(since, 0, cx->zone_min),
                          until == 0 ? 0 : date_to_instant(until, 0, cx->zone_min), json_str(json_object_get(entry, "share"))));
    }
    return OK;
}

static const Field family_asks[] = {
    {"name", "姓名", "Name", T_TEXT, .max = 60, .required = true},
    {"phone", "电话", "Phone", T_PHONE, .required = true},
};

/* An owner names who else lives there; the desk, who knows them, confirms. */
static const Error *guard_family(Cx *cx, const Record *house, const Asked *asked)
{
    static const char OWNS[] = SQL_OWNS " LIMIT 1";
    int64_t one;
    bool owns;

    TRY(sql_find(cx, OWNS, IN(in_int("house", house->id), in_int("party", cx->actor->party)), OUT(out_int(&one)), &owns));
    if (!owns)
        return error_new(cx->arena, ERR_FORBIDDEN, STR("由业主添加"), STR("an owner adds them"));
    if (!phone_is_plausible(asked_text(asked, "phone")))
        return error_field(cx->arena, STR("phone"), "format", STR("应为手机号 13800001234 或固话 010-66668888"), STR("must be a number such as 13800001234"));
    return claim_may_ask(cx, house->id, asked_text(asked, "name"), asked_text(asked, "phone"));
}

static const Error *add_family(Cx *cx, Record *house, const Asked *asked)
{
    return claim_for(cx, house, str_trim(asked_text(asked, "name")), asked_text(asked, "phone"));
}

static const Action house_actions[] = {
    {"add_family", "添家人", "Add somebody of the family", .by = R_RESIDENT, .asks = LIST(family_asks), .aside = true, .guard = guard_family, .effect = add_family},
};

const RecordType house_type = {
    .resource = "houses", .name = "house", .zh = "房屋", .en = "House", .fields = LIST(house_fields), .own_number = true,
    .actions = LIST(house_actions), .sights = LIST(house_sights), .filters = LIST(house_filters), .create_by = DESK, .write_by = DESK, .label = "no", .in_project = true,
    .indexes = house_indexes, .prepare = prepare_house, .changed = prepare_house, .take = take_house, .after = after_house,
    .show = show_house,
};

const Error *house_place(Cx *cx, Record *record)
{
    static const char PLACE[] = "SELECT project_id, coalesce(building_id, 0) FROM house WHERE org_id = :org AND id = :id";
    bool found;

    return sql_find(cx, PLACE, IN(in_int("id", record_int(record, "house"))), OUT(out_int(&record->project), out_int(&record->building)), &found);
}

const Error *house_of_resident(Cx *cx, Record *record)
{
    static const char HOMES[] = "SELECT count(DISTINCT house_id), coalesce(min(house_id), 0) FROM residence WHERE org_id = :org AND party_id = :party"
                                " AND " SQL_HELD("", ":now"); /* residence_by_party_id_house_id */
    int64_t count = 0, house = 0;

    TRY(sql_row(cx, HOMES, IN(in_int("party", cx->actor->party)), OUT(out_int(&count), out_int(&house))));
    if (count != 1)
        return OK;
    record_set_int(record, "house", house);
    return house_place(cx, record);
}

const Error *residence_put(Cx *cx, Id house, Id party, const char *role, Id project, Instant since, Instant until, Str share)
{
    static const char PUT[] = "INSERT INTO residence (org_id, house_id, party_id, role, since, until, project_id, share, id)"
                              " VALUES (:org, :house, :party, :role, :since, :until, :project, :share, :id)"
                              " ON CONFLICT (org_id, house_id, party_id, role, since) DO UPDATE SET until = excluded.until, share = excluded.share";
    return sql_run(cx, PUT,
                   IN(in_int("house", house), in_int("party", party), in_c("role", role), in_int("since", since), in_int("until", until),
                      in_int("project", project), in_value("share", share.len == 0 ? VALUE_NULL : value_text(share)), in_int("id", id_new(cx->now))));
}

static const RecordType *const records[] = {&house_type, &party_type, &claim_type, NULL};
static const Table *const tables[] = {&claim_code_table, NULL};
const Module property_module = {"property", "业主档案", "Homes and people", .records = records, .tables = tables};
