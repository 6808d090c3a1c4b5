/* release.c: 物品放行, goods that leave the site: nothing large goes through the gate without the owner's consent, given on the phone or
 * by a call that is noted.
 *
 *     asked --consent, or consent_by_call--> consented --release (at the gate)--> released
 *        `--refuse--> refused      (until its day is over)--> expired <-- also what was asked
 */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/patrol/patrol_parts.h"

static const State states[] = {
    {"asked", "待业主同意", "Waiting for the owner"}, {"consented", "可放行", "May leave"}, {"released", "已放行", "Released", .ended = true},
    {"refused", "不同意", "Refused", .ended = true}, {"expired", "过期", "Expired", .ended = true},
};
static const Choice consents[] = {{"app", "业主手机同意", "By the owner's phone"}, {"call", "电话核实", "By a call"}, {0}};

#define BEFORE_IT_LEAVES NAMES("asked", "consented")

static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true, .edit_in = NAMES("none")},
    {"goods", "物品", "Goods", T_LINES, .max = 1000, .required = true, .searched = true, .edit_in = NAMES("asked")},
    {"carrier", "搬运人", "Carried by", T_TEXT, .max = 60, .edit_in = BEFORE_IT_LEAVES},
    {"plate", "车牌", "Plate", T_TEXT, .max = 20, .edit_in = BEFORE_IT_LEAVES},
    {"leaves_on", "哪天搬出", "Leaves on", T_DATE, .edit_in = NAMES("asked")},
    {"photos", "照片", "Photos", T_PHOTOS, .edit_in = BEFORE_IT_LEAVES},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .read_only = true},
    {"owner_party", "业主", "Owner", T_REF, .to = "parties", .read_only = true, .indexed = true},
    {"until", "有效至", "Good until", T_TIME, .read_only = true},
    {"consent", "怎么同意的", "How consented", T_CHOICE, .choices = consents, .read_only = true},
    {"consented_at", "同意时间", "Consented", T_TIME, .read_only = true},
    {"call_note", "通话核实", "The call", T_TEXT, .max = 300, .read_only = true},
    {"reason", "不同意的原因", "Why refused", T_LINES, .max = 500, .read_only = true},
    {"released_at", "放行时间", "Released", T_TIME, .read_only = true},
    {"released_by", "放行人", "Released by", T_REF, .to = "users", .read_only = true},
    {"gate_photo", "放行照片", "Photo at the gate", T_SIGN, .read_only = true},
};
static const Field call_asks[] = {{"call_note", "打给谁、怎么说的", "Whom you called, and what was said", T_TEXT, .max = 300, .required = true}};
static const Field refuse_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};
static const Field gate_asks[] = {{"gate_photo", "照片", "Photo", T_SIGN}, {"plate", "车牌", "Plate", T_TEXT, .max = 20}};

#define OWNS "SELECT r.house_id FROM residence r WHERE r.org_id = :org AND r.party_id = :party AND r.role = 'owner' AND " SQL_HELD("r.", ":now")
static const Sight sights[] = {
    {GUARDS | DESK | R_REGION | R_QUALITY},
    {R_RESIDENT, "t.house_id IN (" OWNS ") OR t.created_by = :me", .any_project = true},
};
static const Index indexes[] = {{"until", .where = "state IN ('asked', 'consented')"}, {0}};

static const Error *find_owner(Cx *cx, Id house, Id *owner)
{
    static const char OWNER[] = "SELECT party_id FROM residence WHERE org_id = :org AND house_id = :house AND role = 'owner' AND " SQL_HELD("", ":now")
                                " ORDER BY since, id LIMIT 1"; /* residence by its key */
    bool found;

    *owner = 0;
    return sql_find(cx, OWNER, IN(in_int("house", house)), OUT(out_int(owner)), &found);
}

static const Error *lives_in(Cx *cx, Id house, const char *role, bool *is)
{
    static const char LIVES[] = "SELECT count(*) FROM residence WHERE org_id = :org AND house_id = :house AND party_id = :party AND " SQL_HELD("", ":now")
                                " AND (:role = '' OR role = :role)"; /* residence by its key */
    int64_t count;

    TRY(sql_row(cx, LIVES, IN(in_int("house", house), in_int("party", cx->actor->party), in_c("role", role)), OUT(out_int(&count))));
    *is = count > 0;
    return OK;
}

/* An owner's own request is the owner's consent; a tenant's is not: what is in the home may be the owner's. */
static const Error *prepare(Cx *cx, Record *release, Problems *problems)
{
    bool resident = cx->actor->party != 0 && (cx->actor->roles & STAFF) == 0, lives, owns;
    Date today = instant_to_date(cx->now, cx->zone_min), on = (Date)record_int(release, "leaves_on");
    Id owner;

    if (on == 0)
        record_set_int(release, "leaves_on", on = today);
    if (on < today)
        problems_add(problems, STR("leaves_on"), "out_of_range", STR("不能早于今天"), STR("must not be before today"));
    if (record_is_null(release, "house"))
        return OK;
    record_set_int(release, "until", date_to_instant(date_add(on, 1), 0, cx->zone_min));
    record_set_text(release, "title", utf8_cut(record_text(release, "goods"), 60));
    TRY(find_owner(cx, record_int(release, "house"), &owner));
    record_set(release, "owner_party", value_ref(owner));
    if (!resident)
        return OK;
    TRY(lives_in(cx, record_int(release, "house"), "", &lives));
    TRY(lives_in(cx, record_int(release, "house"), "owner", &owns));
    if (!lives)
        problems_add(problems, STR("house"), "reference", STR("没有这个房屋"), STR("there is no such house"));
    if (owns) {
        record_set_int(release, "owner_party", cx->actor->party);
        record_set_text(release, "consent", STR("app"));
        record_set_int(release, "consented_at", cx->now);
        release->state = meta_state(release->meta, STR("consented"));
    }
    return OK;
}

static const Error *created(Cx *cx, Record *release)
{
    return record_in_state(release, "asked") ? message_action(cx, release, "ask", "请确认放行", "may it leave?", TELL_REPORTER) : OK;
}

static const Error *guard_owner(Cx *cx, const Record *release, const Asked *asked)
{
    bool owns;

    (void)asked;
    TRY(lives_in(cx, record_int(release, "house"), "owner", &owns));
    return owns || cx->actor->is_system ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR("须由业主本人同意"), STR("the owner alone can consent"));
}

static const Error *consent(Cx *cx, Record *release, const Asked *asked)
{
    bool by_call = strcmp(asked->action->name, "consent_by_call") == 0;

    record_set_text(release, "consent", by_call ? STR("call") : STR("app"));
    record_set_int(release, "consented_at", clock_happened(cx));
    return OK;
}

static bool is_in_time(const Cx *cx, const Record *release)
{
    return clock_happened(cx) < record_int(release, "until");
}

static const Error *let_out(Cx *cx, Record *release, const Asked *asked)
{
    (void)asked;
    record_set_int(release, "released_at", clock_happened(cx));
    record_set_int(release, "released_by", cx->actor->user);
    return OK;
}

static const Action actions[] = {
    {"release", "放行", "Let out", .from = NAMES("consented"), .to = "released", .by = GUARDS | MANAGEMENT, .asks = LIST(gate_asks), .is_possible = is_in_time, .effect = let_out,
     .tells = TELL_REPORTER},
    {"consent", "同意放行", "Consent", .from = NAMES("asked"), .to = "consented", .by = R_RESIDENT | BY_REPORTER, .is_possible = is_in_time, .guard = guard_owner, .effect = consent},
    {"consent_by_call", "电话核实同意", "Consent by a call", .from = NAMES("asked"), .to = "consented", .by = GUARDS | DESK, .asks = LIST(call_asks), .is_possible = is_in_time,
     .effect = consent, .tells = TELL_REPORTER},
    {"refuse", "不同意", "Refuse", .from = BEFORE_IT_LEAVES, .to = "refused", .by = R_RESIDENT | BY_REPORTER | GUARDS | DESK, .asks = LIST(refuse_asks)},
    {"expire", "过期", "Expire", .from = BEFORE_IT_LEAVES, .to = "expired", .by = BY_SYSTEM},
};
static const Auto autos[] = {{"expire", "t.until", 0}};

const RecordType release_type = {
    .resource = "releases", .name = "release", .zh = "物品放行", .en = "Goods release", .prefix = "FX", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "ask", .first_zh = "申请放行", .first_en = "Ask", .sights = LIST(sights), .indexes = indexes, .create_by = GUARDS | DESK | R_RESIDENT,
    .write_by = GUARDS | DESK | BY_REPORTER, .label = "title", .in_project = true, .reporter = "owner_party", .autos = LIST(autos), .prepare = prepare, .created = created,
    .own_search_only = true,
};
