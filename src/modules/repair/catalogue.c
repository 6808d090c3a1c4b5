/* catalogue.c: 报修分类与价目, the catalogues behind repairs: time limits, skills and prices are data. */
#include "kernel/clock.h"
#include "modules/repair/repair_parts.h"

static const Field category_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 40, .required = true},
    {"parent", "上级", "Parent", T_TEXT, .max = 40},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 40, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"place", "位置", "Place", T_TEXT, .max = 20},
    {"urgency", "紧急程度", "Urgency", T_CHOICE, .choices = repair_urgencies, .required = true},
    {"response_min", "受理时限（分钟）", "Accept within (min)", T_INT, .min = 0, .max = 1000000, .required = true},
    {"arrive_min", "到场时限（分钟）", "Arrive within (min)", T_INT, .min = 0, .max = 1000000, .required = true},
    {"finish_min", "完工时限（分钟）", "Finish within (min)", T_INT, .min = 0, .max = 1000000, .required = true},
    {"calendar", "日历", "Calendar", T_CHOICE, .choices = clock_calendars, .required = true},
    {"skill", "技能", "Skill", T_TEXT, .max = 40},
    {"certificate", "证书", "Certificate", T_TEXT, .max = 60},
    {"payer", "付费方", "Payer", T_CHOICE, .choices = repair_payers, .required = true},
    {"warranty_years", "质保年限", "Warranty years", T_INT, .min = 0, .max = 100},
    {"note", "说明", "Note", T_TEXT, .max = 200},
};
const RecordType repair_category_type = {
    .resource = "repair_categories", .name = "repair_category", .zh = "报修分类", .en = "Repair category", .fields = LIST(category_fields),
    .sights = LIST(sight_everyone), .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh", .label_en = "en",
};

static const Field price_fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 40, .required = true},
    {"category", "分类", "Category", T_CODE, .to = "repair_categories"},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 80, .required = true, .searched = true},
    {"unit", "单位", "Unit", T_TEXT, .max = 20},
    {"labour_fen", "人工", "Labour", T_MONEY, .required = true},
    {"material_fen", "材料", "Material", T_MONEY, .required = true},
    {"warranty_days", "保修天数", "Warranty days", T_INT, .min = 0, .max = 10000},
    {"note", "说明", "Note", T_TEXT, .max = 200},
};
const RecordType repair_price_type = {
    .resource = "repair_prices", .name = "repair_price", .zh = "维修价目", .en = "Repair price", .fields = LIST(price_fields),
    .sights = LIST(sight_everyone), .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh", .label_en = "en",
};
