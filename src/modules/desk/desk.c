/* desk.c: the module of the front desk: its records, rules and figures. */
#include "modules/desk/desk_parts.h"

static const Rule rules[] = {
    {"enquiry.answer_minutes", "咨询答复时限（工作分钟）", "Enquiry answered within (desk minutes)", 240, 1, 10000, "minute"},
    {"enquiry.accept_minutes", "转办接办时限（工作分钟）", "Handed-over enquiry accepted within (desk minutes)", 30, 1, 10000, "minute"},
    {"enquiry.repeat_days", "重复咨询的窗口（天）", "Asked again within (days)", 7, 1, 365, "day"},
    {"enquiry.close_days", "答复后几天自动办结", "Closed after silence of (days)", 3, 1, 365, "day"},
    {"call.callback_minutes", "未接来电回电时限（工作分钟）", "Missed call rung back within (desk minutes)", 15, 1, 10000, "minute"},
    {"call.answer_seconds", "几秒内接起算及时", "Call answered in time within (seconds)", 20, 1, 600, "second"},
    {"call.ring_minutes", "振铃多久无结果算未接（分钟）", "Ringing without an end is missed after (minutes)", 10, 1, 1440, "minute"},
    {"article.review_days", "知识条目几天后复核", "Article reviewed after (days)", 365, 1, 3650, "day"},
};

#define INTERVAL_ZH "区间为 95 % Wilson 区间。"
#define INTERVAL_EN " The interval is Wilson's, 95 %."

const Figure desk_figures[DESK_FIGURES] = {
    {"enquiry_first_contact_solved", "首问解决率", "Solved at first contact",
     "由首问责任人答复、没有转办或重开、窗口（7 天）内没有重复咨询的 ÷ 已答复的（答复已过窗口，或已重复、重开），按答复那天统计；作废的不计。" INTERVAL_ZH,
     "Answered by the first contact, not handed over, not reopened and not asked again within the window (7 days) ÷ all answered (before the window, or already"
     " asked again or reopened), by the day of the answer; voided ones never count." INTERVAL_EN,
     &enquiry_type, .counts = SQL_SOLVED_KNOWN, .day = "t.answered_at", .met = SQL_SOLVED, .from = "filter[answered_at][gte]",
     .before = "filter[answered_at][lt]", .opens = NAMES("filter[solved_known]", "true"), .by = NAMES("topic", "channel", "first_contact", "building")},
    {"call_answered", "电话接起率", "Calls answered in time",
     "20 秒（可设）内接起的 ÷ 打进来的，按来电那天统计；还在振铃的、手工补记而没有话单号的不计。" INTERVAL_ZH,
     "Answered within 20 seconds (a rule) ÷ offered, by the day of the call; calls still ringing, and those written down by hand without a call id, are left out."
     INTERVAL_EN,
     &call_type, .counts = SQL_OFFERED, .day = "t.call_start", .met = SQL_PICKED_UP, .from = "filter[call_start][gte]",
     .before = "filter[call_start][lt]", .opens = NAMES("filter[counted]", "true"), .by = NAMES("taken_by", "exchange")},
};

static const RecordType *const records[] = {&enquiry_topic_type, &exchange_type, &article_type, &call_type, &enquiry_type, NULL};
static const Table *const tables[] = {&exchange_key_table, &search_miss_table, NULL};
const Module desk_module = {"desk", "客户服务", "Front desk", .records = records, .tables = tables, .figures = desk_figures, .figure_count = DESK_FIGURES,
                            .rules = LIST(rules), .seed = enquiry_seed};
