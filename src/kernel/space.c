/* space.c: 项目与空间, projects and the places in them: buildings, units, common areas. Houses are in modules/property. */
#include "kernel/callback.h"
#include "kernel/rule.h"
#include "kernel/user.h"

static const Field project_fields[] = {
    {"code", "代码", "Code", T_TEXT, .max = 12, .required = true},
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"calendar", "前台时间", "Desk hours", T_TEXT, .max = 60},
    {"address", "地址", "Address", T_TEXT, .max = 200},
    {"phone", "服务电话", "Service phone", T_TEXT, .max = 30},
    {"pay_how", "缴费方式", "How to pay", T_LINES, .max = 500}, /* as letters tell households: the account, what to write with it */
    {"developer", "建设单位", "Developer", T_RECORD}, /* a party: pays until a house is handed over. No T_REF: people belong to projects */
};

#define MY_PROJECTS "SELECT g.project_id FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = :me"

static const Sight project_sights[] = {
    {EVERY_ROLE, "t.id IN (" MY_PROJECTS ") OR EXISTS (SELECT 1 FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = :me"
                 " AND g.project_id = 0) OR t.id IN (SELECT r.project_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :party)",
     .any_project = true},
};

static const Error *check_project(Cx *cx, Record *record, Problems *problems)
{
    Str code = record_text(record, "code"), hours = record_text(record, "calendar");
    const Record *developer = NULL;
    Calendar calendar;

    if (!record_is_null(record, "developer")) {
        TRY(record_look(cx, kernel_find(cx->kernel, STR("parties")), value_int(record_int(record, "developer")), true, &developer));
        if (developer == NULL)
            problems_add(problems, STR("developer"), "reference", STR("没有这个人或单位"), STR("there is no such person or company"));
    }
    for (ptrdiff_t i = 0; i < code.len; i++)
        if (!((code.ptr[i] >= 'A' && code.ptr[i] <= 'Z') || (code.ptr[i] >= '0' && code.ptr[i] <= '9'))) {
            problems_add(problems, STR("code"), "format", STR("代码用大写字母和数字，如 TYHY"), STR("a code has capital letters and digits, such as TYHY"));
            break;
        }
    if (hours.len > 0 && (!calendar_named(STR("work"), NULL, 0, cx->zone_min, &calendar) || !calendar_set_hours(&calendar, hours)))
        problems_add(problems, STR("calendar"), "format", STR("前台时间写成 08:30-18:00，多段用逗号分开"),
                     STR("desk hours are written 08:30-18:00, several parted by a comma"));
    return OK;
}

const RecordType project_type = {
    .resource = "projects", .name = "project", .zh = "项目", .en = "Project", .fields = LIST(project_fields), .sights = LIST(project_sights),
    .create_by = R_ADMIN | R_REGION, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "name",
    .prepare = check_project, .changed = check_project,
};

static const Choice space_kinds[] = {
    {"building", "楼栋", "Building"}, {"unit", "单元", "Unit"},       {"lobby", "大堂", "Lobby"},     {"lift", "电梯", "Lift"},
    {"stairs", "楼梯间", "Stairs"},   {"garage", "地库", "Garage"},   {"road", "道路", "Road"},       {"garden", "绿地", "Garden"},
    {"gate", "出入口", "Gate"},       {"plant", "设备房", "Plant room"}, {"roof", "屋面", "Roof"},    {"zone", "区域", "Zone"},
    {"room", "用房", "Room"},         {"other", "其他", "Other"},     {0},
};

static const Field space_fields[] = {
    {"name", "名称", "Name", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"kind", "类别", "Kind", T_CHOICE, .choices = space_kinds, .required = true},
    {"parent", "上级", "Within", T_REF, .to = "spaces", .indexed = true},
    {"code", "编码", "Code", T_TEXT, .max = 40},
    {"butler", "管家", "Butler", T_REF, .to = "users"}, /* of a building: whose homes these are to look after */
};

static const Sight space_sights[] = {
    {STAFF | R_CONTRACTOR | R_COMMITTEE},
    {R_RESIDENT, "t.project_id IN (SELECT r.project_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :party)", .any_project = true},
};

/* A place inside a building belongs to that building. */
static const Error *place_space(Cx *cx, Record *record, Problems *problems)
{
    static const char PARENT[] = "SELECT project_id, CASE WHEN kind = 'building' THEN id ELSE coalesce(building_id, 0) END FROM space"
                                 " WHERE org_id = :org AND id = :parent";
    bool found;

    (void)problems;
    if (record_is_null(record, "parent"))
        return OK;
    return sql_find(cx, PARENT, IN(in_int("parent", record_int(record, "parent"))), OUT(out_int(&record->project), out_int(&record->building)), &found);
}

const RecordType space_type = {
    .resource = "spaces", .name = "space", .zh = "空间", .en = "Space", .fields = LIST(space_fields), .sights = LIST(space_sights),
    .create_by = MANAGEMENT | R_DESK_LEAD, .write_by = MANAGEMENT | R_DESK_LEAD, .label = "name", .in_project = true,
    .prepare = place_space,
};

static const RecordType *const records[] = {&project_type, &space_type, &user_type, &rule_type, &callback_type, NULL};
const Module kernel_module = {"kernel", "基础", "Kernel", .records = records, .rules = callback_rules, .rule_count = CALLBACK_RULES};
