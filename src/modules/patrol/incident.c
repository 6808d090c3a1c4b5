/* incident.c: 突发事件, the incident book of the guards: what happened, how bad, who was in it, what proves it, whether the police were
 * called, and how it ended.
 *
 *     open --take--> handling --close--> closed
 *        `-----------close------------------^  `--reopen--> handling
 */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/patrol/patrol_parts.h"

static const Choice levels[] = {
    {"notice", "情况", "Notice"}, {"minor", "一般", "Minor"}, {"serious", "较大", "Serious"}, {"major", "重大", "Major"}, {0},
};
static const Choice kinds[] = {
    {"theft", "盗窃", "Theft"}, {"fight", "打架斗殴", "Fight"}, {"dispute", "纠纷", "Dispute"}, {"trespass", "闯入", "Trespass"}, {"fire", "火情", "Fire"},
    {"injury", "人员受伤", "Injury"}, {"traffic", "车辆事故", "Traffic accident"}, {"damage", "设施损坏", "Damage"}, {"falling_object", "高空抛物", "Falling object"},
    {"hazard", "安全隐患", "Hazard"}, {"lost_property", "遗失物", "Lost property"}, {"other", "其他", "Other"}, {0},
};
static const State states[] = {{"open", "待处理", "Open"}, {"handling", "处理中", "Being handled"}, {"closed", "已办结", "Closed", .ended = true}};

#define WHILE_OPEN NAMES("open", "handling")

static const Field fields[] = {
    {"level", "级别", "Level", T_CHOICE, .choices = levels, .set_default = "notice", .edit_in = WHILE_OPEN},
    {"kind", "类别", "Kind", T_CHOICE, .choices = kinds, .required = true, .edit_in = WHILE_OPEN},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .required = true, .searched = true, .edit_in = WHILE_OPEN},
    {"description", "经过", "What happened", T_LINES, .max = 4000, .searched = true, .edit_in = WHILE_OPEN},
    {"occurred_at", "发生时间", "When", T_TIME, .edit_in = WHILE_OPEN},
    {"house", "房屋", "House", T_REF, .to = "houses", .indexed = true, .edit_in = WHILE_OPEN},
    {"space", "地点", "Where", T_REF, .to = "spaces", .edit_in = WHILE_OPEN},
    {"checkpoint", "点位", "Checkpoint", T_REF, .to = "checkpoints", .edit_in = NAMES("none")},
    {"round", "巡更中发现", "Found on the round", T_REF, .to = "rounds", .linked = true, .edit_in = NAMES("none")},
    {"people", "当事人", "People in it", T_LINES, .max = 1000, .edit_in = WHILE_OPEN},
    {"photos", "证据照片", "Evidence", T_PHOTOS, .max = 20, .edit_in = WHILE_OPEN},
    {"owner", "处理人", "Handled by", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"police_at", "报警时间", "Police called", T_TIME, .read_only = true},
    {"police_station", "派出所", "Police station", T_TEXT, .max = 60, .read_only = true},
    {"police_no", "警情编号", "Police number", T_TEXT, .max = 60, .read_only = true},
    {"follow_ups", "跟进次数", "Follow-ups", T_INT, .read_only = true},
    {"result", "结果", "How it ended", T_LINES, .max = 2000, .read_only = true},
    {"closed_at", "办结时间", "Closed", T_TIME, .read_only = true},
};
static const Field police_asks[] = {
    {"police_station", "派出所", "Police station", T_TEXT, .max = 60, .required = true},
    {"police_no", "警情编号", "Police number", T_TEXT, .max = 60},
    {"police_at", "报警时间", "Called at", T_TIME},
    {"note", "经过", "What was said", T_LINES, .max = 500},
};
static const Field follow_asks[] = {
    {"note", "跟进", "What was done", T_LINES, .max = 1000, .required = true},
    {"evidence", "照片", "Photos", T_PHOTOS},
};
static const Field close_asks[] = {{"result", "结果", "How it ended", T_LINES, .max = 2000, .required = true}};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};

#define WHO (GUARDS | R_DESK_LEAD | MANAGEMENT)
static const Sight sights[] = {{WHO | R_QUALITY}, {STAFF, "t.created_by = :me", .any_project = true}};
static const Index indexes[] = {{"occurred_at"}, {0}};

static const Error *prepare(Cx *cx, Record *incident, Problems *problems)
{
    if (record_is_null(incident, "occurred_at"))
        record_set_int(incident, "occurred_at", clock_happened(cx));
    if (record_int(incident, "occurred_at") > cx->now + HOUR)
        problems_add(problems, STR("occurred_at"), "out_of_range", STR("不能晚于现在"), STR("must not be in the future"));
    record_set_int(incident, "follow_ups", 0);
    return OK;
}

/* The duty room hears of each; the manager of a serious one, head office of a major one. */
static const Error *created(Cx *cx, Record *incident)
{
    bool major = str_is(record_text(incident, "level"), "major"), serious = major || str_is(record_text(incident, "level"), "serious");

    return message_roles(cx, incident, "incident", "突发事件", "an incident", R_CONTROL | R_GUARD_LEAD | (serious ? R_MANAGER : 0) | (major ? R_REGION : 0));
}

static const Error *take(Cx *cx, Record *incident, const Asked *asked)
{
    (void)asked;
    record_set_int(incident, "owner", cx->actor->user);
    return OK;
}

static const Error *call_police(Cx *cx, Record *incident, const Asked *asked)
{
    if (!asked_has(asked, "police_at"))
        record_set_int(incident, "police_at", clock_happened(cx));
    return OK;
}

static const Error *follow_up(Cx *cx, Record *incident, const Asked *asked)
{
    Str photos = record_text(incident, "photos"), more = asked_text(asked, "evidence");

    record_set_int(incident, "follow_ups", record_int(incident, "follow_ups") + 1);
    if (more.len > 2)
        record_set_text(incident, "photos",
                        photos.len <= 2 ? more : str_format(cx->arena, "%.*s,%.*s", STR_ARG(str_cut(photos, 0, photos.len - 1)), STR_ARG(str_cut(more, 1, more.len))));
    return OK;
}

static const Error *close(Cx *cx, Record *incident, const Asked *asked)
{
    (void)asked;
    record_set_int(incident, "closed_at", cx->now);
    return OK;
}

static const Action actions[] = {
    {"take", "去处理", "Take", .from = NAMES("open"), .to = "handling", .by = GUARDS | MANAGEMENT, .effect = take},
    {"follow_up", "跟进", "Follow up", .from = WHILE_OPEN, .by = WHO, .asks = LIST(follow_asks), .effect = follow_up},
    {"call_police", "已报警", "Police called", .from = WHILE_OPEN, .by = WHO, .asks = LIST(police_asks), .effect = call_police, .tells = TELL_LEAD | TELL_MANAGER},
    {"close", "办结", "Close", .from = WHILE_OPEN, .to = "closed", .by = BY_OWNER | R_CONTROL | GUARD_LEADS, .asks = LIST(close_asks), .effect = close},
    {"reopen", "重新处理", "Reopen", .from = NAMES("closed"), .to = "handling", .by = GUARD_LEADS, .asks = LIST(reason_asks)},
    {"void", "作废", "Void", .by = GUARD_LEADS, .asks = LIST(reason_asks), .archives = true},
};

const RecordType incident_type = {
    .resource = "incidents", .name = "incident", .zh = "突发事件", .en = "Incident", .prefix = "SJ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "report", .first_zh = "上报", .first_en = "Report", .sights = LIST(sights), .indexes = indexes, .create_by = STAFF, .write_by = BY_OWNER | GUARD_LEADS | R_CONTROL,
    .label = "title", .in_project = true, .leads = R_GUARD_LEAD, .prepare = prepare, .created = created, .own_search_only = true, .carried = "t.state <> 'closed'",
};
