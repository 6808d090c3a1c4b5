/* catalogue.c: 设备类型与维保任务, the catalogues behind the machines: what kinds there are, and what each kind needs how often. Data of the company.
 *
 * The items of a task are one text, as an engineer writes them: 中文/English[min..max unit];… An empty side of the bracket is no limit, an item
 * without one is passed or failed. Its rows are read from it when they are shown, so that there is one truth. */
#include "base/exact.h"
#include "modules/equipment/equipment_parts.h"

const Choice equipment_criticalities[] = {{"A", "A 关键", "A critical"}, {"B", "B 重要", "B important"}, {"C", "C 一般", "C ordinary"}, {0}};
const Choice equipment_systems[] = {
    {"lift", "电梯", "Lifts"}, {"fire", "消防", "Fire protection"}, {"power", "供配电", "Power"}, {"water", "给水", "Water supply"}, {"drainage", "排水", "Drainage"},
    {"hvac", "暖通", "Heating and air"}, {"weak", "弱电", "Low current"}, {"public", "公共设施", "Common facilities"}, {0},
};
static const Choice triggers[] = {{"plan", "按周期", "By its rhythm"}, {"event", "按事件", "By an event"}, {0}};
static const Choice anchors[] = {{"fixed", "固定日期", "Fixed days"}, {"last_actual", "自上次实际完成起", "From the last time done"}, {0}};

static const Field type_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 40, .required = true},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 40, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"system", "系统", "System", T_CHOICE, .choices = equipment_systems, .required = true, .indexed = true},
    {"criticality", "重要程度", "Criticality", T_CHOICE, .choices = equipment_criticalities, .required = true},
    {"life_years", "设计寿命（年）", "Life (years)", T_INT, .min = 1, .max = 100},
    {"main_rrule", "主要维保周期", "Main rhythm", T_TEXT, .max = 200},
    {"statutory", "法定", "Required by law", T_BOOL},
    {"legal_basis", "依据", "Legal basis", T_TEXT, .max = 200},
};
const RecordType equipment_type_type = {
    .resource = "equipment_types", .name = "equipment_type", .zh = "设备类型", .en = "Equipment type", .fields = LIST(type_fields), .sights = LIST(sight_staff),
    .create_by = ENGINEERING, .write_by = ENGINEERING, .unique = NAMES("code"), .label = "zh", .label_en = "en",
};

static const Field task_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 60, .required = true},
    {"equipment_type", "设备类型", "Equipment type", T_CODE, .to = "equipment_types", .required = true, .indexed = true},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 80, .required = true, .searched = true},
    {"rrule", "周期", "Rhythm", T_TEXT, .max = 200},
    {"trigger", "触发", "Due", T_CHOICE, .choices = triggers, .set_default = "plan"},
    {"anchor", "起算", "Counted from", T_CHOICE, .choices = anchors, .set_default = "fixed"},
    {"tolerance_days", "允许偏差（天）", "Tolerance (days)", T_INT, .min = 0, .max = 366},
    {"minutes", "工时（分钟）", "Minutes of work", T_INT, .min = 0, .max = 10000},
    {"skill", "工种", "Skill", T_TEXT, .max = 40},
    {"certificate", "证书", "Certificate", T_TEXT, .max = 60},
    {"statutory", "法定", "Required by law", T_BOOL},
    {"items_text", "检查项目", "Items as text", T_LINES, .max = 4000, .required = true},
    {"items", "检查项目表", "Items", T_OBJECT, .virtual = true, .read_only = true},
};

/* [min..max unit] behind the names. The bracket's inside, or false when it is not that. */
static bool parse_limits(Str inside, TaskItem *item)
{
    ptrdiff_t dots = str_find(inside, STR("..")), blank;
    Str rest;
    Exact low, high;

    if (dots < 0)
        return false;
    item->min = str_trim(str_cut(inside, 0, dots));
    rest = str_cut(inside, dots + 2, inside.len);
    blank = str_find_char(rest, ' ');
    item->max = blank < 0 ? str_trim(rest) : str_trim(str_cut(rest, 0, blank));
    item->unit = blank < 0 ? STR_NONE : str_trim(str_cut(rest, blank, rest.len));
    item->is_measured = true;
    if ((item->min.len > 0 && !exact_parse(item->min, 4, &low)) || (item->max.len > 0 && !exact_parse(item->max, 4, &high)))
        return false;
    return item->min.len == 0 || item->max.len == 0 ? item->min.len + item->max.len > 0 : exact_cmp(low, high) <= 0;
}

static bool parse_item(Str text, TaskItem *item)
{
    ptrdiff_t slash = str_find_char(text, '/'), open = -1;

    *item = (TaskItem){0};
    if (str_ends(text, STR("]")))
        open = str_find_char(text, '[');
    if (open >= 0 && !parse_limits(str_cut(text, open + 1, text.len - 1), item))
        return false;
    if (open >= 0)
        text = str_cut(text, 0, open);
    if (slash >= text.len) /* of the unit: mm/s */
        slash = -1;
    item->zh = str_trim(slash < 0 ? text : str_cut(text, 0, slash));
    item->en = slash < 0 ? item->zh : str_trim(str_cut(text, slash + 1, text.len));
    return item->zh.len > 0 && item->en.len > 0;
}

bool task_items_parse(Str text, TaskItem items[MAX_TASK_ITEMS], int *count, Str *wrong)
{
    *count = 0;
    for (Str rest = text; rest.ptr != NULL;) {
        Str one = str_trim(str_split(rest, ';', &rest));
        if (one.len == 0)
            continue;
        *wrong = one;
        if (*count == MAX_TASK_ITEMS || !parse_item(one, &items[*count]))
            return false;
        (*count)++;
    }
    return *count > 0;
}

static void limit_json(Json *json, const char *name, Str limit)
{
    json_key(json, str_of(name));
    json_raw(json, limit); /* a decimal text is a JSON number */
}

static const Error *show_task(Cx *cx, const Record *task, Json *json)
{
    TaskItem items[MAX_TASK_ITEMS];
    int count;
    Str wrong;

    (void)cx;
    if (!task_items_parse(record_text(task, "items_text"), items, &count, &wrong))
        count = 0;
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < count; i++) {
        json_open(json, '{');
        JSON_TEXT(json, "zh", items[i].zh);
        JSON_TEXT(json, "en", items[i].en);
        JSON_C(json, "kind", items[i].is_measured ? "number" : "pass");
        JSON_KEY(json, "unit");
        items[i].unit.len == 0 ? json_none(json) : json_text(json, items[i].unit);
        limit_json(json, "min", items[i].min);
        limit_json(json, "max", items[i].max);
        json_close(json, '}');
    }
    json_close(json, ']');
    return OK;
}

static const Error *check_task(Cx *cx, Record *task, Problems *problems)
{
    TaskItem items[MAX_TASK_ITEMS];
    int count;
    Str wrong = STR_NONE;

    if (!record_is_null(task, "items_text") && !task_items_parse(record_text(task, "items_text"), items, &count, &wrong))
        problems_add(problems, STR("items_text"), "format",
                     str_format(cx->arena, "“%.*s”应写成 中文/English[下限..上限 单位]，各项用分号分开，最多 %d 项", STR_ARG(wrong), MAX_TASK_ITEMS),
                     str_format(cx->arena, "\"%.*s\" must be 中文/English[min..max unit]; items are parted by semicolons, at most %d", STR_ARG(wrong), MAX_TASK_ITEMS));
    if (!str_is(record_text(task, "trigger"), "event") && record_text(task, "rrule").len == 0)
        problems_add(problems, STR("rrule"), "required", STR("按周期的任务须写周期，如 FREQ=MONTHLY;BYMONTHDAY=10"),
                     STR("a task that is due by its rhythm needs one, such as FREQ=MONTHLY;BYMONTHDAY=10"));
    return OK;
}

const RecordType maintenance_task_type = {
    .resource = "maintenance_tasks", .name = "maintenance_task", .zh = "维保任务", .en = "Maintenance task", .fields = LIST(task_fields), .sights = LIST(sight_staff),
    .create_by = ENGINEERING, .write_by = ENGINEERING, .unique = NAMES("code"), .label = "zh", .label_en = "en", .prepare = check_task, .changed = check_task,
    .show = show_task,
};
