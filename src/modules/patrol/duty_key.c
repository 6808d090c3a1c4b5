/* duty_key.c: 钥匙与对讲机, what hangs in the duty room and who has it.
 *
 *     in --lend--> out --give_back--> in
 *      `--lost--> lost <--lost--'  `--found--> in
 */
#include "modules/patrol/patrol_parts.h"

static const Choice kinds[] = {{"key", "钥匙", "Key"}, {"radio", "对讲机", "Radio"}, {"card", "门禁卡", "Access card"}, {"other", "其他", "Other"}, {0}};
static const State states[] = {{"in", "在位", "In its place"}, {"out", "借出", "Lent"}, {"lost", "遗失", "Lost"}};
static const Field fields[] = {
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = kinds, .set_default = "key"},
    {"code", "编号", "Code", T_TEXT, .max = 40},
    {"space", "哪里的", "Of", T_REF, .to = "spaces"},
    {"post", "存放岗位", "Kept at", T_REF, .to = "posts", .indexed = true},
    {"holder", "借用人", "Held by", T_TEXT, .max = 60, .read_only = true},
    {"purpose", "用途", "For", T_TEXT, .max = 200, .read_only = true},
    {"lent_at", "借出时间", "Lent", T_TIME, .read_only = true},
    {"back_by", "应还", "Due back", T_TIME, .read_only = true},
};
static const Field lend_asks[] = {
    {"holder", "借给谁", "To whom", T_TEXT, .max = 60, .required = true},
    {"purpose", "用途", "What for", T_TEXT, .max = 200, .required = true},
    {"back_by", "几时还", "Back by", T_TIME, .day_ok = true},
};
static const Field reason_asks[] = {{"reason", "经过", "What happened", T_LINES, .max = 500, .required = true}};
static const Sight sights[] = {{GUARDS | MANAGEMENT | R_DESK_LEAD | R_ENG_LEAD | R_ENGINEER | R_QUALITY}};

static const Error *lend(Cx *cx, Record *key, const Asked *asked)
{
    (void)asked;
    record_set_int(key, "lent_at", cx->now);
    return OK;
}

static const Error *give_back(Cx *cx, Record *key, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_null(key, "holder");
    record_set_null(key, "purpose");
    record_set_null(key, "lent_at");
    record_set_null(key, "back_by");
    return OK;
}

static const Action actions[] = {
    {"lend", "借出", "Lend", .from = NAMES("in"), .to = "out", .by = GUARDS | MANAGEMENT, .asks = LIST(lend_asks), .effect = lend},
    {"give_back", "归还", "Give back", .from = NAMES("out"), .to = "in", .by = GUARDS | MANAGEMENT, .effect = give_back},
    {"lost", "遗失", "Lost", .from = NAMES("in", "out"), .to = "lost", .by = GUARDS | MANAGEMENT, .asks = LIST(reason_asks), .tells = TELL_LEAD},
    {"found", "找到", "Found", .from = NAMES("lost"), .to = "in", .by = GUARDS | MANAGEMENT, .effect = give_back},
};

const RecordType duty_key_type = {
    .resource = "keys", .name = "duty_key", .zh = "钥匙与对讲机", .en = "Key or radio", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions), .sights = LIST(sights),
    .create_by = GUARD_LEADS, .write_by = GUARD_LEADS, .label = "name", .in_project = true, .leads = R_GUARD_LEAD, .own_search_only = true, .carried = "t.state = 'out'",
};
