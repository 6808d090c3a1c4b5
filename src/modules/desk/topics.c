/* topics.c: 咨询主题, what people ask a property company about: data that a company changes. Articles use them as well. */
#include "kernel/catalogue.h"
#include "modules/desk/desk_parts.h"

static const Field fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 40, .required = true},
    {"zh", "中文名", "Chinese name", T_TEXT, .max = 40, .required = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 60, .required = true, .searched = true},
    {"department", "归口部门", "Department", T_CHOICE, .choices = access_departments},
    {"note", "说明", "Note", T_TEXT, .max = 200},
};
const RecordType enquiry_topic_type = {
    .resource = "enquiry_topics", .name = "enquiry_topic", .zh = "咨询主题", .en = "Enquiry topic", .fields = LIST(fields), .sights = LIST(sight_everyone),
    .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh", .label_en = "en",
};

/* clang-format off */
static const char *const topics[] = {
    "code|zh|en|department|note",
    "fee.standard|物业费标准|Property fee rates|finance|what is charged and for what",
    "fee.bill|账单与缴费|Bills and payment|finance|how to pay, what is owed",
    "fee.invoice|发票与收据|Invoices and receipts|finance|",
    "fee.shared|公摊水电|Shared water and power|finance|",
    "fee.heating|供暖费|Heating charge|finance|reports of an empty flat, refunds",
    "fee.refund|押金与退款|Deposits and refunds|finance|",
    "renovation.apply|装修办理|Renovation permit|engineering|papers, deposit, permit",
    "renovation.rules|装修规定|Renovation rules|engineering|hours, waste, bearing walls",
    "parking.space|车位租售|Renting or buying a space|security|",
    "parking.visitor|访客停车|Visitors' parking|security|",
    "parking.charge|停车收费|Parking charges|finance|",
    "ebike|电动车充电与停放|E-bikes: charging and parking|security|",
    "access.card|门禁卡与人脸|Access cards and faces|desk|new, lost, barred",
    "access.visitor|访客与放行|Visitors and letting out goods|security|",
    "move.in|入住手续|Moving in|desk|",
    "move.out|搬出与放行条|Moving out|desk|",
    "property.transfer|过户与更名|Change of owner|desk|",
    "property.lease|出租备案|Letting a home|desk|",
    "property.deed|产权证|Title deed|manager|",
    "water|用水与停水|Water supply|engineering|",
    "power|用电与停电|Power supply|engineering|",
    "gas|燃气|Gas|engineering|the gas company's number",
    "network|宽带电视|Broadband and TV|engineering|",
    "repair.how|报修与收费|Repairs: how, and what they cost|engineering|",
    "warranty|质保范围|Warranty|engineering|who mends what until when",
    "pets|养犬养宠|Pets|security|",
    "waste|垃圾分类与大件清运|Waste and bulky goods|cleaning|",
    "facilities|会所与公共设施|Shared facilities|desk|hours, booking",
    "policy|法规与业主大会|Law and owners' assembly|manager|answered from an article",
    "other|其他|Other|desk|",
    NULL};
/* clang-format on */

const Error *enquiry_seed(Cx *cx)
{
    return catalogue_seed(cx, &enquiry_topic_type, topics);
}
