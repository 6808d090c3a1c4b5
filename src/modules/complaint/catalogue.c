/* catalogue.c: 投诉分类与级别, the catalogues behind complaints: level and time limits are data that a company changes. */
#include "kernel/catalogue.h"
#include "kernel/clock.h"
#include "modules/complaint/complaint_parts.h"

static const Field category_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 40, .required = true},
    {"parent", "上级", "Parent", T_TEXT, .max = 40},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 40, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"level", "级别", "Level", T_INT, .min = 1, .max = 3, .required = true},
    {"department", "责任部门", "Department", T_CHOICE, .choices = access_departments, .required = true},
    {"first_contact_min", "首次回应时限（分钟）", "First answer within (min)", T_INT, .min = 1, .max = 1000000, .required = true},
    {"resolve_days", "解决时限（工作日）", "Solved within (office days)", T_INT, .min = 1, .max = 365, .required = true},
    {"note", "说明", "Note", T_TEXT, .max = 200},
};
const RecordType complaint_category_type = {
    .resource = "complaint_categories", .name = "complaint_category", .zh = "投诉分类", .en = "Complaint category",
    .fields = LIST(category_fields), .sights = LIST(sight_everyone), .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("code"),
    .label = "zh", .label_en = "en",
};

static const Field level_fields[] = {
    {"code", "级别", "Level", T_TEXT, .max = 1, .required = true, .read_only = true},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 40, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"accept_min", "受理时限（分钟）", "Accept within (min)", T_INT, .min = 1, .max = 100000, .required = true},
    {"first_contact_min", "首次回应时限（分钟）", "First answer within (min)", T_INT, .min = 1, .max = 1000000, .required = true},
    {"propose_min", "方案时限（分钟）", "Plan within (min)", T_INT, .min = 1, .max = 1000000, .required = true},
    {"propose_calendar", "方案按哪种日历", "Calendar of the plan", T_CHOICE, .choices = clock_calendars, .required = true},
    {"resolve_days", "解决时限（工作日）", "Solved within (office days)", T_INT, .min = 1, .max = 365, .required = true},
    {"callback_days", "回访时限（天）", "Return visit within (days)", T_INT, .min = 1, .max = 60, .required = true},
    {"close_days", "办结时限（天）", "Closed within (days)", T_INT, .min = 1, .max = 365, .required = true},
};
const RecordType complaint_level_type = {
    .resource = "complaint_levels", .name = "complaint_level", .zh = "投诉级别", .en = "Complaint level", .fields = LIST(level_fields),
    .sights = LIST(sight_everyone), .create_by = BY_SYSTEM, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh", .label_en = "en",
};

/* clang-format off */
static const char *const categories[] = {
    "code|parent|zh|en|level|department|first_contact_min|resolve_days|note",
    "staff||人员服务|Staff conduct|3|desk|1440|7|group; hidden from the person complained of",
    "staff.attitude|staff|服务态度差|Rude or cold behaviour|3|desk|1440|5|",
    "staff.no_reply|staff|推诿/不回应|Passed around, no answer|2|desk|240|5|",
    "staff.late|staff|服务不及时|Service late|3|desk|1440|5|linked to the late record",
    "staff.skill|staff|业务不熟练|Lack of skill|3|desk|1440|7|",
    "staff.bribe|staff|索要好处|Asking for favours or money|1|region|60|15|handled by head office",
    "staff.privacy|staff|泄露个人信息|Personal data leaked|1|region|60|15|PIPL art. 57 report may be due",
    "staff.conflict|staff|与业主冲突/打人|Conflict or violence|1|manager|60|7|",
    "staff.smoking|staff|脱岗/睡岗/吸烟|Absent, asleep or smoking on duty|3|quality|1440|5|",
    "repairq||维修质量|Repair quality|3|engineering|1440|7|group",
    "repairq.slow|repairq|维修太慢|Repair too slow|3|engineering|1440|5|",
    "repairq.rework|repairq|修不好/反复坏|Not mended, fails again|2|engineering|240|7|",
    "repairq.price|repairq|维修收费不合理|Repair price unfair|3|engineering|1440|5|",
    "repairq.dirt|repairq|施工后未清理|Left dirty|3|engineering|1440|2|",
    "repairq.damage|repairq|损坏业主物品|Owner's property damaged|2|manager|240|10|",
    "security||秩序安防|Security and order|3|security|1440|7|group",
    "security.theft|security|被盗|Theft|1|manager|60|15|police first; evidence video locked",
    "security.strangers|security|外来人员随意进出|Strangers walk in|3|security|1440|5|",
    "security.guard_asleep|security|岗位无人|Post unmanned|2|security|240|3|",
    "security.patrol|security|巡逻不到位|Patrols not done|3|security|1440|5|",
    "security.camera|security|监控缺失/无法查看|Cameras missing or refused|3|security|1440|5|",
    "security.key|security|钥匙/门禁管理混乱|Keys or access badly handled|2|security|240|5|",
    "parking||车辆停放|Vehicles and parking|3|security|1440|7|group",
    "parking.occupied|parking|车位被占|Space taken by another|3|security|30|1|on the spot",
    "parking.charge|parking|停车收费错误|Parking charge wrong|3|security|1440|3|",
    "parking.damage|parking|车辆被刮擦|Car damaged|2|security|240|10|",
    "parking.firelane|parking|占用消防通道|Fire lane blocked|2|security|30|1|",
    "parking.ebike|parking|电动车乱停/进楼充电|E-bikes in stairwells or charging upstairs|1|security|60|3|fire risk",
    "clean||清洁卫生|Cleaning|3|cleaning|1440|5|group",
    "clean.lobby|clean|楼道/大堂不洁|Stairs or lobby dirty|3|cleaning|1440|1|",
    "clean.garbage|clean|垃圾清运不及时|Waste not collected|3|cleaning|240|1|",
    "clean.smell|clean|异味|Smell|3|cleaning|1440|3|",
    "clean.pest|clean|蚊虫鼠害|Mosquitoes, rats|3|cleaning|1440|7|",
    "clean.dogdirt|clean|宠物粪便|Dog dirt|3|cleaning|1440|2|",
    "green||绿化|Greening|3|greening|1440|10|group",
    "green.dead|green|植物枯死/缺株|Dead or missing plants|3|greening|1440|30|season decides replanting date",
    "green.shade|green|树木遮光/枝条伸窗|Trees block light|3|greening|1440|15|pruning season, permit for old trees",
    "green.pesticide|green|打药未告知|Spraying without notice|2|greening|240|5|",
    "equip||设施设备|Facilities and equipment|2|engineering|240|7|group",
    "equip.lift|equip|电梯常坏|Lift often broken|2|engineering|240|15|",
    "equip.water|equip|停水/水质|Water cut or quality|2|engineering|60|5|",
    "equip.power|equip|停电|Power cuts|2|engineering|60|3|",
    "equip.light|equip|路灯/楼道灯|Lights out|3|engineering|1440|2|",
    "equip.noise|equip|设备噪音|Equipment noise|3|engineering|1440|15|measured day and night",
    "equip.leak|equip|房屋渗漏久拖不决|Leak left unsolved|2|engineering|240|15|",
    "env||环境与邻里|Neighbours and environment|3|desk|1440|7|group",
    "env.noise|env|噪音扰民|Noise|3|desk|60|3|visit at once, mediation",
    "env.renovation|env|装修扰民|Renovation nuisance|3|engineering|60|1|",
    "env.dog|env|养犬扰民|Dogs|3|desk|1440|5|",
    "env.highthrow|env|高空抛物|Objects thrown from height|1|security|30|5|police; Civil Code art. 1254",
    "env.occupy|env|占用公共部位|Common parts occupied|3|desk|1440|10|",
    "env.groupshare|env|群租/违规经营|Illegal shared letting or business|2|desk|240|30|report to authority",
    "env.smoke|env|油烟/烟味|Cooking fumes or smoke|3|desk|1440|10|",
    "fee||收费财务|Fees and money|3|finance|1440|7|group",
    "fee.wrong|fee|账单错误|Bill wrong|3|finance|1440|3|",
    "fee.unclear|fee|收费不透明|Charges not explained|3|finance|1440|5|",
    "fee.share|fee|公摊费用争议|Shared energy disputed|3|finance|1440|10|",
    "fee.fund|fee|维修资金使用|Use of maintenance fund|2|manager|240|15|",
    "fee.income|fee|公共收益不公开|Common income not published|2|manager|240|15|",
    "fee.urge|fee|催费方式不当|Improper debt collection|2|manager|240|5|",
    "dev||开发遗留|Developer's leftovers|2|manager|240|30|group",
    "dev.quality|dev|房屋质量|Building quality|2|manager|240|30|",
    "dev.amenity|dev|配套未兑现|Promised amenities missing|2|manager|240|30|",
    "dev.deed|dev|产权证办理|Title deed delays|3|manager|1440|30|",
    "comms||沟通与公示|Communication|3|desk|1440|7|group",
    "comms.notice|comms|通知不到位|Not told in time|3|desk|1440|5|",
    "comms.report|comms|工作不公开|Work not published|3|desk|1440|7|",
    "comms.meeting|comms|业主大会程序|Owners' meeting procedure|2|manager|240|15|",
    "other||其他|Other|3|desk|1440|7|group",
    "other.suggest|other|建议类|Really a suggestion|3|desk|1440|15|converted to suggestion",
    NULL};

/* Card P07: first answer, plan, solution, return visit, whole. */
static const char *const levels[] = {
    "code|zh|en|accept_min|first_contact_min|propose_min|propose_calendar|resolve_days|callback_days|close_days",
    "1|重大|Major|30|60|1440|7x24|3|3|15",
    "2|较大|Serious|30|240|960|office|5|3|15",
    "3|一般|General|30|1440|1440|office|7|3|15",
    NULL};
/* clang-format on */

const Error *complaint_seed(Cx *cx)
{
    TRY(catalogue_seed(cx, &complaint_category_type, categories));
    return catalogue_seed(cx, &complaint_level_type, levels);
}
