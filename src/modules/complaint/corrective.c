/* corrective.c: 整改, what is to be changed because of complaints: proposed by the program when a cause is systemic, and with
 * every major or repeated complaint that is closed. Open until somebody has done it; the improvement work builds on it. */
#include "modules/complaint/complaint_parts.h"

static const State states[] = {{"open", "待整改", "Open"}, {"closed", "已整改", "Done", .ended = true}, {"dropped", "不整改", "Dropped", .ended = true}};

static const Field fields[] = {
    {"title", "摘要", "Title", T_TEXT, .max = 120, .required = true, .searched = true, .edit_in = NAMES("open")},
    {"reason", "缘由", "Why", T_LINES, .max = 500, .edit_in = NAMES("open")},
    {"record", "起于", "Raised by", T_RECORD, .read_only = true, .linked = true},
    {"record_type", "起于哪类", "Kind of it", T_TEXT, .max = 30, .read_only = true},
    {"space", "楼栋或部位", "Place", T_REF, .to = "spaces", .edit_in = NAMES("open")},
    {"category", "类别", "Category", T_CODE, .to = "complaint_categories", .edit_in = NAMES("open")},
    {"owner", "负责人", "Owner", T_REF, .to = "users", .indexed = true, .edit_in = NAMES("open")},
    {"due_at", "完成期限", "Due", T_TIME, .day_ok = true, .edit_in = NAMES("open")},
    {"measure", "措施", "Measure", T_LINES, .max = 2000, .edit_in = NAMES("open")},
    {"result", "结果", "Result", T_LINES, .max = 2000, .read_only = true},
};
static const Field close_asks[] = {{"result", "结果", "Result", T_LINES, .max = 2000, .required = true}};
static const Field drop_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};

#define WHO (MANAGEMENT | R_QUALITY | R_DESK_LEAD)

/* Who is complained of does not see what was opened because of it. */
static const Sight sights[] = {{WHO}, {STAFF, "t.owner_id = :me", .any_project = true}};
static const Index indexes[] = {{"building_id, category, id", .where = "state = 'open'"}, {0}};

static const Action actions[] = {
    {"close", "整改完成", "Done", .from = NAMES("open"), .to = "closed", .by = WHO | BY_OWNER, .asks = LIST(close_asks)},
    {"drop", "不整改", "Drop", .from = NAMES("open"), .to = "dropped", .by = MANAGEMENT | R_QUALITY, .asks = LIST(drop_asks)},
};

const RecordType corrective_action_type = {
    .resource = "corrective_actions", .name = "corrective_action", .zh = "整改", .en = "Corrective action", .prefix = "ZG", .fields = LIST(fields),
    .states = LIST(states), .actions = LIST(actions), .first_action = "open", .first_zh = "提出整改", .first_en = "Open", .sights = LIST(sights),
    .indexes = indexes, .create_by = WHO, .write_by = WHO | BY_OWNER, .label = "title", .in_project = true, .hidden_with = "record",
};
