#include "kernel/alarm.h"
#include "kernel/message.h"
#include "kernel/process.h"
#include "kernel/rule.h"

static const Rule rules[] = {
    {"alarm.lead_minutes", "告警几分钟后报主管", "Leaders told of an alarm after (minutes)", 5, 1, 1440, "minute"},
    {"alarm.manager_minutes", "告警几分钟无人处理报经理", "Manager told of an alarm nobody sees to after (minutes)", 15, 1, 1440, "minute"},
};

static const State states[] = {{"raised", "告警中", "Raised"}, {"acknowledged", "处理中", "Acknowledged"}, {"closed", "已解除", "Closed", .ended = true}};

static const Field fields[] = {
    {"kind", "类别", "Kind", T_TEXT, .max = 40, .read_only = true, .indexed = true},
    {"record", "关于", "About", T_RECORD, .read_only = true, .indexed = true},
    {"record_type", "哪类", "Kind of record", T_TEXT, .max = 30, .read_only = true},
    {"title", "告警", "Alarm", T_TEXT, .max = 200, .read_only = true, .searched = true},
    {"title_en", "英文", "In English", T_TEXT, .max = 200, .read_only = true},
    {"since", "起于", "Since", T_TIME, .read_only = true},
    {"raised_at", "告警时间", "Raised", T_TIME, .read_only = true},
    {"acknowledged_by", "处理人", "Acknowledged by", T_REF, .to = "users", .read_only = true},
    {"acknowledged_at", "接警时间", "Acknowledged", T_TIME, .read_only = true},
    {"closed_at", "解除时间", "Closed", T_TIME, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 500, .read_only = true},
    {"level", "已报到", "Told up to", T_INT, .read_only = true}, /* 0 nobody, 1 the leaders, 2 the manager */
    {"leads", "主管角色", "Leaders", T_INT, .internal = true},
};
static const Field note_asks[] = {{"note", "说明", "Note", T_LINES, .max = 500}};
static const Field close_asks[] = {{"note", "怎么解除的", "How it ended", T_LINES, .max = 500, .required = true}};

static const Sight sights[] = {{GUARDS | MANAGEMENT | R_DESK_LEAD | R_ENGINEER | R_ENG_LEAD | R_CLEAN_LEAD | R_GREEN_LEAD | R_QUALITY}};
static const Index indexes[] = {{"raised_at"}, {0}};

static const Error *acknowledge(Cx *cx, Record *alarm, const Asked *asked)
{
    (void)asked;
    record_set_int(alarm, "acknowledged_by", cx->actor->user);
    record_set_int(alarm, "acknowledged_at", cx->now);
    return OK;
}

static const Error *end(Cx *cx, Record *alarm, const Asked *asked)
{
    (void)asked;
    record_set_int(alarm, "closed_at", cx->now);
    return OK;
}

static const Error *tell(Cx *cx, Record *alarm, int64_t level, uint64_t roles)
{
    record_set_int(alarm, "level", level);
    return message_roles(cx, alarm, "alarm", "未解除", "still open", roles);
}

static const Error *tell_lead(Cx *cx, Record *alarm, const Asked *asked)
{
    (void)asked;
    return tell(cx, alarm, 1, (uint64_t)record_int(alarm, "leads"));
}

static const Error *tell_manager(Cx *cx, Record *alarm, const Asked *asked)
{
    (void)asked;
    return tell(cx, alarm, 2, R_MANAGER);
}

static const Action actions[] = {
    {"acknowledge", "接警", "Acknowledge", .from = NAMES("raised"), .to = "acknowledged", .by = R_CONTROL | R_DESK_LEAD | R_ENG_LEAD | GUARD_LEADS,
     .asks = LIST(note_asks), .effect = acknowledge},
    {"close", "解除", "Close", .from = NAMES("raised", "acknowledged"), .to = "closed", .by = R_CONTROL | R_ENG_LEAD | GUARD_LEADS, .asks = LIST(close_asks),
     .effect = end},
    {"settle", "自动解除", "Settled", .from = NAMES("raised", "acknowledged"), .to = "closed", .by = BY_SYSTEM, .asks = LIST(note_asks), .effect = end},
    {"tell_lead", "报主管", "Tell the leaders", .from = NAMES("raised", "acknowledged"), .by = BY_SYSTEM, .effect = tell_lead},
    {"tell_manager", "报经理", "Tell the manager", .from = NAMES("raised"), .by = BY_SYSTEM, .effect = tell_manager},
};
static const Auto autos[] = {
    {"tell_lead", "CASE WHEN t.level = 0 THEN t.since END", MINUTE, "alarm.lead_minutes"},
    {"tell_manager", "CASE WHEN t.level = 1 THEN t.since END", MINUTE, "alarm.manager_minutes"},
};

static const RecordType alarm_type = {
    .resource = "alarms", .name = "alarm", .zh = "告警", .en = "Alarm", .prefix = "GJ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "raise", .first_zh = "告警", .first_en = "Raise", .sights = LIST(sights), .indexes = indexes, .create_by = 0, .own_read_only = true,
    .label = "title", .label_en = "title_en", .in_project = true, .autos = LIST(autos), .hidden_with = "record", .own_search_only = true,
    .carried = "t.state <> 'closed'",
};

static const RecordType *const records[] = {&alarm_type, NULL};
const Module alarm_module = {"alarm", "告警", "Alarms", .records = records, .rules = LIST(rules)};

static const Error *find_open(Cx *cx, const char *kind, Id record, Id *alarm)
{
    static const char OPEN[] = "SELECT id FROM alarm WHERE org_id = :org AND record_id = :record AND kind = :kind AND state <> 'closed' AND archived_at IS NULL"
                               " ORDER BY id LIMIT 1"; /* alarm_by_record_id_id */
    bool found;

    *alarm = 0;
    return sql_find(cx, OPEN, IN(in_int("record", record), in_c("kind", kind)), OUT(out_int(alarm)), &found);
}

const Error *alarm_raise(Cx *cx, const Alarm *alarm)
{
    const Record *about = alarm->record;
    Record *record;
    Id open;

    TRY(find_open(cx, alarm->kind, about->id, &open));
    if (open != 0)
        return OK;
    record = record_new(cx, kernel_type(cx->kernel, &alarm_type));
    record->project = about->project;
    record->building = about->building;
    record_set_text(record, "kind", str_of(alarm->kind));
    record_set_int(record, "record", about->id);
    record_set_text(record, "record_type", str_of(about->meta->type->resource));
    record_set_text(record, "title", utf8_cut(alarm->zh, 200));
    record_set_text(record, "title_en", utf8_cut(alarm->en, 200));
    record_set_int(record, "since", alarm->since == 0 ? cx->now : alarm->since);
    record_set_int(record, "raised_at", cx->now);
    record_set_int(record, "level", 0);
    record_set_int(record, "leads", (int64_t)(about->meta->type->leads == 0 ? R_GUARD_LEAD : about->meta->type->leads));
    return process_insert(cx, record);
}

const Error *alarm_settle(Cx *cx, const char *kind, Id about, Str why)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &alarm_type);
    const Value note = value_text(why);
    Record *record;
    Id open;

    TRY(find_open(cx, kind, about, &open));
    if (open == 0)
        return OK;
    TRY(record_load(cx, meta, open, &record));
    return process_act_on(cx, record, meta_action(meta, STR("settle")), &note, NULL);
}
