/* visitor_pass.c: 访客通行, a visitor whom a home expects: six digits that the visitor shows at the gate, good for some hours.
 *
 *     invited --arrive (with the code)--> inside --leave--> left
 *        |  ^-----leave, entries and time are left---'
 *        |--deny (at the gate)--> denied
 *        |--cancel--> cancelled
 *        `--(its time is over)--> expired       inside when it is over: told to the guards once
 *
 * Own code: whose guest it is, the hours, the code, and where leaving leads to. All else is declared. */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "kernel/reveal.h"
#include "kernel/rule.h"
#include "kernel/secret.h"
#include "modules/access/access.h"

#define CODE_DIGITS 6
#define CODE_TRIES 20       /* all of them taken: a hundred thousand passes are open */
#define SLACK (10 * MINUTE) /* a form is filled in for some minutes after it was opened */
#define MAX_ENTRIES 20

static const State states[] = {
    {"invited", "待到访", "Expected"}, {"inside", "在场", "Inside"}, {"left", "已离开", "Left", .ended = true},
    {"denied", "未放行", "Not let in", .ended = true}, {"cancelled", "已取消", "Cancelled", .ended = true}, {"expired", "过期", "Expired", .ended = true},
};
static const Choice purposes[] = {
    {"visit", "探访", "Visit"}, {"delivery", "送货", "Delivery"}, {"service", "上门服务", "Service"}, {"viewing", "看房", "Viewing"}, {"other", "其他", "Other"}, {0},
};

#define NEVER_EDITED NAMES("none")
#define BEFORE_IT_COMES NAMES("invited")

static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true, .edit_in = NEVER_EDITED},
    {"host", "邀请人", "Host", T_REF, .to = "parties", .indexed = true, .edit_in = NEVER_EDITED},
    {"visitor_name", "访客", "Visitor", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true, .edit_in = BEFORE_IT_COMES},
    {"visitor_phone", "访客电话", "Visitor's phone", T_PHONE, .masked = true, .edit_in = BEFORE_IT_COMES},
    {"plate", "车牌", "Plate", T_TEXT, .max = 20, .searched = true, .edit_in = BEFORE_IT_COMES},
    {"purpose", "来访事由", "Purpose", T_CHOICE, .choices = purposes, .set_default = "visit", .edit_in = BEFORE_IT_COMES},
    {"from", "从", "From", T_TIME, .edit_in = NEVER_EDITED},
    {"to", "到", "Until", T_TIME, .edit_in = NEVER_EDITED},
    {"entries_max", "可进几次", "Entries allowed", T_INT, .min = 1, .max = MAX_ENTRIES, .edit_in = NEVER_EDITED},
    {"entries", "已进几次", "Entries", T_INT, .read_only = true},
    {"code", "通行码", "Code", T_TEXT, .read_only = true, .virtual = true},
    {"digits", "通行码", "Code", T_TEXT, .internal = true, .indexed = true},
    {"arrived_at", "到访时间", "Arrived", T_TIME, .read_only = true},
    {"left_at", "离开时间", "Left at", T_TIME, .read_only = true},
    {"overstayed_at", "超时提醒", "Told as overdue", T_TIME, .read_only = true},
    {"denial", "为什么没放行", "Why not let in", T_TEXT, .max = 200, .read_only = true},
};
static const Field arrive_asks[] = {{"code", "通行码", "Code", T_SECRET, .max = 20, .required = true}}; /* so typed, it stays out of the log */
static const Field deny_asks[] = {{"denial", "为什么不放行", "Why not let in", T_TEXT, .max = 200, .required = true}};
static const Field cancel_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 200}};
static const Choice revealed[] = {{"visitor_phone", "访客电话", "Visitor's phone"}, {0}};
static const Field reveal_asks[] = {REVEAL_ASKS(revealed)};

static const Sight sights[] = {
    {GUARDS | DESK | R_REGION | R_QUALITY},
    {R_RESIDENT, "t.host_id = :party OR t.created_by = :me OR t.house_id IN (SELECT house_id FROM residence WHERE org_id = :org AND party_id = :party AND " SQL_HELD("", ":now") ")", .any_project = true},
};
static const Filter filters[] = {{"code", T_TEXT, NULL, "t.digits = :f_code"}};

#define SQL_OPEN "state IN ('invited', 'inside') AND archived_at IS NULL"
static const Index indexes[] = {{"project_id, digits", .unique = true, .where = SQL_OPEN}, {0}}; /* also when two processes choose at once */

/* Who of the home expects the visitor: this party, or (anyone) its first resident; 0: nobody of it. */
static const Error *find_host(Cx *cx, Id house, Id party, bool anyone, Id *host)
{
    static const char HOST[] = "SELECT party_id FROM residence WHERE org_id = :org AND house_id = :house AND (party_id = :party OR :anyone = 1) AND " SQL_HELD("", ":now")
                               " ORDER BY CASE role WHEN 'owner' THEN 0 WHEN 'tenant' THEN 1 WHEN 'family' THEN 2 ELSE 3 END, since, party_id LIMIT 1"; /* residence by its key */
    bool found;

    *host = 0;
    return sql_find(cx, HOST, IN(in_int("house", house), in_int("party", party), in_int("anyone", anyone)), OUT(out_int(host)), &found);
}

/* Residents invite to the home where they live, and are the host; the desk may name one of the home. */
static const Error *set_host(Cx *cx, Record *pass, Problems *problems)
{
    bool desk = cx->actor->is_system || actor_has(cx->actor, DESK, pass->project, pass->building);
    Id named = record_int(pass, "host"), who = desk ? named : cx->actor->party, host;

    TRY(find_host(cx, record_int(pass, "house"), who, desk && named == 0, &host));
    if (host == 0 && !desk)
        problems_add(problems, STR("house"), "reference", STR("没有这个房屋"), STR("there is no such house"));
    else if (named != 0 && named != host)
        problems_add(problems, STR("host"), "reference", STR("应为这一户现在的住户"), STR("must be one who lives in this home now"));
    record_set(pass, "host", value_ref(host));
    return OK;
}

static const Error *set_hours(Cx *cx, Record *pass, Problems *problems)
{
    Instant from, to;
    int64_t hours;

    TRY(rule_value(cx, "access.pass_hours", &hours));
    if (record_is_null(pass, "from"))
        record_set_int(pass, "from", cx->now);
    from = record_int(pass, "from");
    if (record_is_null(pass, "to"))
        record_set_int(pass, "to", from + hours * HOUR);
    to = record_int(pass, "to");
    if (from < cx->now - SLACK)
        problems_add(problems, STR("from"), "out_of_range", STR("不能早于现在"), STR("must not be in the past"));
    if (to <= from || to <= cx->now)
        problems_add(problems, STR("to"), "out_of_range", STR("应晚于开始时间和现在"), STR("must be later than the beginning, and than now"));
    else if (to - from > hours * HOUR)
        problems_add(problems, STR("to"), "out_of_range", str_format(cx->arena, "最长 %lld 小时", (long long)hours), str_format(cx->arena, "at most %lld hours", (long long)hours));
    return OK;
}

/* One that no open pass of the project has. */
static const Error *set_code(Cx *cx, Record *pass)
{
    static const char TAKEN[] = "SELECT count(*) FROM visitor_pass WHERE org_id = :org AND project_id = :project AND digits = :digits AND " SQL_OPEN; /* visitor_pass_by_project_id_digits_part */
    int64_t taken = 1;

    for (int tries = 0; taken > 0 && tries < CODE_TRIES; tries++) {
        Str digits = secret_digits(cx->arena, CODE_DIGITS);
        TRY(sql_row(cx, TAKEN, IN(in_int("project", pass->project), in_text("digits", digits)), OUT(out_int(&taken))));
        record_set_text(pass, "digits", digits);
    }
    return taken == 0 ? OK : error_new(cx->arena, ERR_UNAVAILABLE, STR("通行码用完了"), STR("there is no code left"));
}

static const Error *prepare(Cx *cx, Record *pass, Problems *problems)
{
    if (record_is_null(pass, "entries_max"))
        record_set_int(pass, "entries_max", 1);
    record_set_int(pass, "entries", 0);
    TRY(set_hours(cx, pass, problems));
    if (record_is_null(pass, "house"))
        return OK;
    TRY(set_host(cx, pass, problems));
    return set_code(cx, pass);
}

static const Error *created(Cx *cx, Record *pass)
{
    return message_action(cx, pass, "invite", "已开访客通行", "has a visitor pass", TELL_REPORTER);
}

/* The code is for the host, for who made the pass, the desk and the gate, as long as it is of use: later another pass may have it. */
static const Error *show(Cx *cx, const Record *pass, Json *json)
{
    bool open = !states[pass->state].ended && pass->archived_at == 0;
    bool shown = access_may(cx, pass, BY_REPORTER | GUARDS | DESK) || pass->created_by == cx->actor->user;

    JSON_KEY(json, "code");
    open && shown ? json_text(json, record_text(pass, "digits")) : json_none(json);
    return OK;
}

/* A phone's clock may be slow: it makes nobody late, nor too early. */
static bool is_in_time(const Cx *cx, const Record *pass)
{
    return record_int(pass, "from") <= cx->now && clock_happened(cx) < record_int(pass, "to");
}

static const Error *guard_code(Cx *cx, const Record *pass, const Asked *asked)
{
    return secret_equal(str_trim(asked_text(asked, "code")), record_text(pass, "digits"))
               ? OK
               : error_field(cx->arena, STR("code"), "wrong", STR("通行码不对"), STR("is not the code of this pass"));
}

static const Error *arrive(Cx *cx, Record *pass, const Asked *asked)
{
    (void)asked;
    record_set_int(pass, "arrived_at", clock_happened(cx));
    record_set_null(pass, "left_at");
    record_set_int(pass, "entries", record_int(pass, "entries") + 1);
    return message_action(cx, pass, "arrive", "已放行", "has come in", TELL_REPORTER);
}

static const Error *deny(Cx *cx, Record *pass, const Asked *asked)
{
    const char *why = str_to_c(cx->arena, asked_text(asked, "denial"));

    return message_action(cx, pass, "deny", str_to_c(cx->arena, str_format(cx->arena, "门岗没有放行（%s）", why)), str_to_c(cx->arena, str_format(cx->arena, "was not let in (%s)", why)),
                          TELL_REPORTER);
}

/* For good, or for a while. */
static const Error *leave(Cx *cx, Record *pass, const Asked *asked)
{
    bool again = record_int(pass, "entries") < record_int(pass, "entries_max") && clock_happened(cx) < record_int(pass, "to");

    (void)asked;
    record_set_int(pass, "left_at", clock_happened(cx));
    if (again)
        pass->state = meta_state(pass->meta, STR("invited"));
    return OK;
}

static bool is_not_told(const Cx *cx, const Record *pass)
{
    (void)cx;
    return record_is_null(pass, "overstayed_at");
}

static const Error *overstay(Cx *cx, Record *pass, const Asked *asked)
{
    (void)asked;
    record_set_int(pass, "overstayed_at", cx->now);
    return message_roles(cx, pass, "overstay", "访客超时未离开", "the visitor is still inside", GUARDS);
}

static const Action actions[] = {
    {"arrive", "放行", "Let in", .from = NAMES("invited"), .to = "inside", .by = GUARDS, .asks = LIST(arrive_asks), .is_possible = is_in_time, .guard = guard_code, .effect = arrive},
    {"leave", "已离开", "Has left", .from = NAMES("inside"), .to = "left", .by = GUARDS, .effect = leave},
    {"deny", "不放行", "Do not let in", .from = NAMES("invited"), .to = "denied", .by = GUARDS, .asks = LIST(deny_asks), .effect = deny},
    {"cancel", "取消", "Cancel", .from = NAMES("invited"), .to = "cancelled", .by = DESK | BY_REPORTER, .asks = LIST(cancel_asks), .tells = TELL_REPORTER},
    REVEAL(GUARDS | DESK, LIST(reveal_asks)),
    {"expire", "过期", "Expire", .from = NAMES("invited"), .to = "expired", .by = BY_SYSTEM},
    {"overstay", "超时提醒", "Tell as overdue", .from = NAMES("inside"), .by = BY_SYSTEM, .is_possible = is_not_told, .effect = overstay},
};
static const Auto autos[] = {{"expire", "t.\"to\"", 0}, {"overstay", "CASE WHEN t.overstayed_at IS NULL THEN t.\"to\" END", 0}};

const RecordType visitor_pass_type = {
    .resource = "visitor_passes", .name = "visitor_pass", .zh = "访客通行", .en = "Visitor pass", .prefix = "FK", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "invite", .first_zh = "邀请", .first_en = "Invite", .sights = LIST(sights), .filters = LIST(filters), .indexes = indexes, .create_by = DESK | R_RESIDENT,
    .write_by = DESK | BY_REPORTER, .label = "visitor_name", .in_project = true, .reporter = "host", .autos = LIST(autos), .prepare = prepare, .created = created, .show = show,
    .own_search_only = true,
};
