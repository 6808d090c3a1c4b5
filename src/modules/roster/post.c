/* post.c: 岗位, where somebody must be: at the gate, in the control room, on patrol; how many, with which licence, at which hours. */
#include "kernel/calendar.h"
#include "kernel/geo.h"
#include "kernel/message.h"
#include "kernel/user.h"
#include "modules/roster/roster_parts.h"

static const Choice kinds[] = {
    {"gate", "门岗", "Gate"}, {"lobby", "大堂岗", "Lobby"}, {"patrol", "巡逻岗", "Patrol"}, {"control", "消控室", "Control room"}, {"parking", "车场岗", "Parking"}, {0},
};
static const Choice roles[] = {
    {"guard", "秩序维护员", "Guard"}, {"control", "监控值班", "Control room"}, {"engineer", "工程维修", "Engineer"}, {"cleaner", "保洁员", "Cleaner"}, {"desk", "客服", "Front desk"}, {0},
};

static const Field fields[] = {
    {"name", "岗位", "Post", T_TEXT, .max = 40, .required = true, .searched = true, .initials = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = kinds, .required = true},
    {"role", "角色", "Role", T_CHOICE, .choices = roles, .set_default = "guard"},
    {"space", "空间", "Place", T_REF, .to = "spaces", .indexed = true},
    {"min_persons", "至少几人", "At least (people)", T_INT, .min = 1, .max = 20},
    {"licence", "须持证", "Licence needed", T_TEXT, .max = 40, .suggests = user_certificates},
    {"hours", "在岗时段", "Manned at", T_TEXT, .max = 60},
    {"checkpoint", "签到点位", "Clocked in at", T_REF, .to = "checkpoints"},
    {"geo", "经纬度", "Latitude and longitude", T_PLACE},
};
static const Field fill_asks[] = {
    {"pattern", "循环", "Pattern", T_REF, .to = "shift_patterns", .required = true},
    {"persons", "人员", "People", T_REFS, .to = "users", .max = 40, .required = true},
    {"from", "从", "From", T_DATE, .required = true},
    {"to", "到", "To", T_DATE, .required = true},
};
static const Field publish_asks[] = {{"from", "从", "From", T_DATE, .required = true}, {"to", "到", "To", T_DATE, .required = true}};
static const Sight sights[] = {{STAFF}};

/* A control room is manned by two: GB 25506-2010, 4.2.1 (two people on duty, each with the licence). */
static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    Calendar calendar;
    Geo at;

    if (record_is_null(record, "min_persons"))
        record_set_int(record, "min_persons", str_is(record_text(record, "kind"), "control") ? 2 : 1);
    if (record_is_null(record, "hours"))
        record_set_text(record, "hours", STR("00:00-24:00"));
    if (!calendar_named(STR("7x24"), NULL, 0, cx->zone_min, &calendar) || !calendar_set_hours(&calendar, record_text(record, "hours")))
        problems_add(problems, STR("hours"), "format", STR("在岗时段写成 00:00-24:00，多段用逗号分开"), STR("hours are written 00:00-24:00, several parted by a comma"));
    if (!record_is_null(record, "geo") && !geo_parse(cx->arena, record_text(record, "geo"), &at))
        problems_add(problems, STR("geo"), "format", STR("应为 {\"lat\":31.23,\"lng\":121.47}"), STR("must be {\"lat\":31.23,\"lng\":121.47}"));
    return OK;
}

static const Error *guard_days(Cx *cx, const Record *post, const Asked *asked)
{
    Date from = (Date)asked_int(asked, "from"), to = (Date)asked_int(asked, "to");

    (void)post;
    if (to < from || date_to_days(to) - date_to_days(from) >= COVERAGE_DAYS)
        return error_field(cx->arena, STR("to"), "out_of_range", STR("不能早于从哪天，一次最多 62 天"), STR("must not be before `from`, and at most 62 days at a time"));
    return OK;
}

static const Error *fill(Cx *cx, Record *post, const Asked *asked)
{
    return roster_fill(cx, post, asked);
}

/* Everybody looks at a new roster: told once, not once for each of its lines. */
static const Error *publish(Cx *cx, Record *post, const Asked *asked)
{
    TRY(roster_publish(cx, post, (Date)asked_int(asked, "from"), (Date)asked_int(asked, "to")));
    return message_roles(cx, post, "roster", "排班已发布", "the roster is out", GUARDS);
}

static const Action actions[] = {
    {"fill", "按循环排班", "Fill from a pattern", .by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .asks = LIST(fill_asks), .apart = true, .guard = guard_days, .effect = fill},
    {"publish", "发布排班", "Publish", .by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .asks = LIST(publish_asks), .apart = true, .guard = guard_days, .effect = publish},
};

const RecordType post_type = {
    .resource = "posts", .name = "post", .zh = "岗位", .en = "Post", .fields = LIST(fields), .actions = LIST(actions), .sights = LIST(sights),
    .create_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .write_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .label = "name", .in_project = true,
    .leads = R_GUARD_LEAD, .prepare = prepare, .changed = prepare,
};
