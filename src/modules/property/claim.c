/* claim.c: 认领房屋, how residents get in. With the one-time code printed for their home they are in at once; without one
 * they ask, and the desk, who knows them, confirms. An owner asks for the family in the same way.
 *
 *     (code fits) -> accepted        requested --accept--> accepted
 *                                        `-----reject--> rejected
 */
#include "kernel/mask.h"
#include "kernel/secret.h"
#include "kernel/user.h"
#include "modules/property/property.h"

#define MOST_WAITING 10 /* of one house */

/* By the code's digest; found before the company is known. */
static const Column claim_code_columns[] = {{"digest", C_TEXT, true}, {"org_id", C_INT, true}, {"house_id", C_INT, true},
                                             {"made_at", C_INT, true}, {"used_at", C_INT, true}, {0}};
static const Index claim_code_indexes[] = {{"org_id, house_id"}, {0}};
const Table claim_code_table = {"claim_code", claim_code_columns, .key = "digest", .indexes = claim_code_indexes, .apart = true};

static const State claim_states[] = {
    {"requested", "待确认", "Requested"},
    {"accepted", "已确认", "Confirmed", .ended = true},
    {"rejected", "未通过", "Refused", .ended = true},
};
static const Field claim_fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .indexed = true},
    {"name", "姓名", "Name", T_TEXT, .max = 60, .required = true},
    {"phone", "电话", "Phone", T_PHONE, .masked = true, .required = true},
    {"login", "登录名", "Log-in", T_TEXT, .max = 60}, /* none: they are of the household, and log in when they claim it themselves */
    {"asked_by", "谁申请的", "Asked by", T_REF, .to = "parties", .read_only = true},
    {"reason", "原因", "Reason", T_TEXT, .max = 200, .read_only = true},
    {"password_hash", "密码散列", "Password hash", T_TEXT, .internal = true},
};
static const Sight claim_sights[] = {{DESK}};
static const Field reject_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 200, .required = true}};

static const Error *let_in(Cx *cx, Record *record, const Asked *asked);

static const Action claim_actions[] = {
    {"accept", "确认", "Confirm", .from = NAMES("requested"), .to = "accepted", .by = DESK, .effect = let_in},
    {"reject", "不通过", "Refuse", .from = NAMES("requested"), .to = "rejected", .by = DESK, .asks = LIST(reject_asks)},
};

/* The person: the one of that name and phone in the house, or a new one. */
static const Error *find_person(Cx *cx, const Record *claim, Id *party)
{
    static const char FIND[] = "SELECT p.id FROM residence r JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id"
                               " WHERE r.org_id = :org AND r.house_id = :house AND r.until = 0 AND p.name = :name AND p.phone = :phone";
    bool found;
    Record *person;
    Problems problems = problems_new(cx->arena);

    TRY(sql_find(cx, FIND, IN(in_int("house", record_int(claim, "house")), in_text("name", record_text(claim, "name")),
                              in_text("phone", record_text(claim, "phone"))), OUT(out_int(party)), &found));
    if (found)
        return OK;
    person = record_new(cx, kernel_type(cx->kernel, &party_type));
    person->project = claim->project;
    record_set_text(person, "kind", STR("person"));
    record_set_text(person, "name", record_text(claim, "name"));
    record_set_text(person, "phone", record_text(claim, "phone"));
    TRY(party_type.prepare(cx, person, &problems));
    TRY(process_insert(cx, person));
    *party = person->id;
    return residence_put(cx, record_int(claim, "house"), person->id, "family", claim->project, cx->now, 0, STR_NONE);
}

/* Account, role and person of a claim that is good. */
static const Error *let_in(Cx *cx, Record *claim, const Asked *asked)
{
    static const char TAKEN[] = "SELECT user_id FROM login WHERE login = :login AND org_id = :org";
    Id party, user, other;
    bool taken;

    (void)asked;
    if (record_is_null(claim, "login"))
        return find_person(cx, claim, &party);
    TRY(sql_find(cx, TAKEN, IN(in_text("login", record_text(claim, "login"))), OUT(out_int(&other)), &taken));
    if (taken)
        return error_field(cx->arena, STR("login"), "duplicate", STR("这个登录名已被使用，请换一个"), STR("this log-in is taken; choose another"));
    TRY(find_person(cx, claim, &party));
    TRY(user_make(cx, record_text(claim, "login"), record_text(claim, "name"), record_text(claim, "password_hash"), false, party, &user));
    TRY(user_grant(cx, user, "resident", claim->project, 0));
    record_set_null(claim, "password_hash"); /* it has done its work */
    return OK;
}

const RecordType claim_type = {
    .resource = "claims", .name = "claim", .zh = "认领", .en = "Claim", .fields = LIST(claim_fields), .states = LIST(claim_states),
    .actions = LIST(claim_actions), .sights = LIST(claim_sights), .label = "name", .in_project = true, .own_read_only = true,
    .first_action = "request", .first_zh = "申请", .first_en = "Request",
};

static const Error *bad_code(Cx *cx)
{
    return error_field(cx->arena, STR("code"), "reference", STR("认领码不对或已用过，请向前台索取新的"),
                       STR("the code is wrong or was used; ask the desk for a new one"));
}

/* The house and company that a code is for. */
static const Error *find_by_code(Cx *cx, const ClaimAsk *ask, Record *claim)
{
    static const char FIND[] = "SELECT org_id, house_id FROM claim_code WHERE digest = :digest AND used_at = 0";
    static const char USE[] = "UPDATE claim_code SET used_at = :now WHERE digest = :digest AND used_at = 0";
    static const char HOUSE[] = "SELECT project_id, building_id FROM house WHERE org_id = :org AND id = :house";
    Str code = secret_code_normal(cx->arena, ask->code), digest = secret_digest(cx->arena, code);
    int64_t used;
    Id house = 0;
    bool found;

    TRY(sql_find(cx, FIND, IN(in_text("digest", digest)), OUT(out_int(&cx->org), out_int(&house)), &found));
    if (!found || code.len == 0)
        return bad_code(cx);
    TRY(sql_run_count(cx, USE, IN(in_text("digest", digest)), &used));
    if (used == 0) /* another process was first */
        return bad_code(cx);
    record_set_int(claim, "house", house);
    return sql_row(cx, HOUSE, IN(in_int("house", house)), OUT(out_int(&claim->project), out_int(&claim->building)));
}

/* Without a code: by the house's number, when that is the only one of this number (in the project of this code). */
static const Error *find_by_number(Cx *cx, const ClaimAsk *ask, Record *claim)
{
    static const char FIND[] = "SELECT min(h.org_id), min(h.id), min(h.project_id), min(coalesce(h.building_id, 0)), count(*) FROM house h"
                               " JOIN project p ON p.org_id = h.org_id AND p.id = h.project_id"
                               " WHERE h.no = :no AND h.archived_at IS NULL AND (:any = 1 OR p.code = :project)"
                               " GROUP BY h.no HAVING count(*) = 1";
    int64_t count = 0;
    Id house = 0;
    bool found;

    TRY(sql_find(cx, FIND, IN(in_text("no", str_trim(ask->house)), in_int("any", ask->project.len == 0), in_text("project", ask->project)),
                 OUT(out_int(&cx->org), out_int(&house), out_int(&claim->project), out_int(&claim->building), out_int(&count)), &found));
    if (!found)
        return error_field(cx->arena, STR("house"), "reference", STR("没有这个房号，房号写成 3-2-1501 这样"),
                           STR("there is no such house; a house number is written like 3-2-1501"));
    record_set_int(claim, "house", house);
    return OK;
}

const Error *claim_submit(Cx *cx, const ClaimAsk *ask, ClaimAnswer *out)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &claim_type);
    Problems problems = problems_new(cx->arena);
    Record *claim = record_new(cx, meta);
    bool by_code = ask->code.len > 0;
    Str phone = phone_normal(cx->arena, ask->phone);

    cx->actor = actor_system(cx->arena, 0); /* nobody is logged in yet */
    if (!phone_is_plausible(phone))
        problems_add(&problems, STR("phone"), "format", STR("应为手机号 13800001234 或固话 010-66668888"), STR("must be a number such as 13800001234"));
    if (utf8_count(ask->name) > 60 || utf8_count(ask->login) > 60)
        problems_add(&problems, utf8_count(ask->name) > 60 ? STR("name") : STR("login"), "too_long", STR("最多 60 个字"), STR("at most 60 characters"));
    TRY(problems_error(&problems));
    if (by_code)
        TRY(find_by_code(cx, ask, claim));
    else
        TRY(find_by_number(cx, ask, claim));
    cx->actor = actor_system(cx->arena, cx->org);
    claim->created_by = 0;
    record_set_text(claim, "name", str_trim(ask->name));
    record_set_text(claim, "phone", phone);
    record_set_text(claim, "login", str_trim(ask->login));
    record_set_text(claim, "password_hash", ask->hash);
    TRY(process_insert(cx, claim));
    if (by_code)
        TRY(process_take(cx, claim, "accept"));
    *out = (ClaimAnswer){claim->id, by_code};
    return OK;
}

const Error *claim_may_ask(Cx *cx, Id house, Str name, Str phone)
{
    static const char ASKED[] = "SELECT count(*), coalesce(max(CASE WHEN name = :name AND phone = :phone THEN 1 ELSE 0 END), 0) FROM claim"
                                " WHERE org_id = :org AND house_id = :house AND state = 'requested'"; /* claim_by_house_id_id */
    static const char LIVES[] = "SELECT count(*) FROM residence r JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id WHERE r.org_id = :org"
                                " AND r.house_id = :house AND r.until = 0 AND p.name = :name AND p.phone = :phone";
    int64_t waiting, same, lives;
    Str who = str_trim(name);

    TRY(sql_row(cx, ASKED, IN(in_int("house", house), in_text("name", who), in_text("phone", phone)), OUT(out_int(&waiting), out_int(&same))));
    TRY(sql_row(cx, LIVES, IN(in_int("house", house), in_text("name", who), in_text("phone", phone)), OUT(out_int(&lives))));
    if (same > 0 || lives > 0)
        return error_field(cx->arena, STR("name"), "duplicate", STR("已经登记或正在核对"), STR("is on record, or waits for the desk"));
    if (waiting >= MOST_WAITING)
        return error_field(cx->arena, STR("name"), "out_of_range", STR("有太多人待核对，请先联系前台"), STR("too many wait to be confirmed; please ask the desk"));
    return OK;
}

const Error *claim_for(Cx *cx, const Record *house, Str name, Str phone)
{
    Record *claim = record_new(cx, kernel_type(cx->kernel, &claim_type));

    claim->project = house->project;
    claim->building = house->building;
    record_set_int(claim, "house", house->id);
    record_set_int(claim, "asked_by", cx->actor->party);
    record_set_text(claim, "name", name);
    record_set_text(claim, "phone", phone);
    return process_insert(cx, claim);
}

const Error *claim_new_code(Cx *cx, Id house, Str *code)
{
    static const char DROP[] = "DELETE FROM claim_code WHERE org_id = :org AND house_id = :house AND used_at = 0";
    static const char ADD[] = "INSERT INTO claim_code (digest, org_id, house_id, made_at, used_at) VALUES (:digest, :org, :house, :now, 0)";

    *code = secret_code(cx->arena);
    TRY(sql_run(cx, DROP, IN(in_int("house", house))));
    return sql_run(cx, ADD, IN(in_text("digest", secret_digest(cx->arena, *code)), in_int("house", house)));
}
