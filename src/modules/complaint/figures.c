/* figures.c: 投诉指标, the figures of complaints (card P07). */
#include "modules/complaint/complaint_parts.h"
#include "modules/property/property.h"

#define LEFT_OUT_ZH "不予受理、作废的不计。"
#define LEFT_OUT_EN " Refused and voided ones never count."
#define LATE_ZH "未办而已过时限的按时限那天计为超时。"
#define LATE_EN " One not done and overdue counts as late on its due day."
#define INTERVAL_ZH "区间为 95 % Wilson 区间。"
#define INTERVAL_EN " The interval is Wilson's, 95 %."

static const char *const by[] = {"category", "level", "cause", "channel", "building", NULL};

const Figure complaint_figures[COMPLAINT_FIGURES] = {
    {"complaint_count", "投诉数", "Complaints", "按投诉那天统计的投诉数。" LEFT_OUT_ZH, "Complaints by the day they were lodged." LEFT_OUT_EN, &complaint_type,
     .counts = SQL_COUNTED, .day = "t.created_at", .from = "filter[created_at][gte]", .before = "filter[created_at][lt]",
     .opens = NAMES("filter[counted]", "true"), .by = by, .tallied = true},
    {"complaint_per_1000_homes", "千户投诉", "Per 1,000 homes",
     "投诉数 ÷ 在管户数 × 1000，按投诉那天统计；户数是现在的，车库和储藏室不算户。" LEFT_OUT_ZH,
     "Complaints ÷ homes in charge × 1,000, by the day they were lodged; the homes are those of today, without garages and storage rooms." LEFT_OUT_EN,
     &complaint_type, .counts = SQL_COUNTED, .day = "t.created_at", .per = 1000, .of = &house_type,
     .of_counts = "coalesce(t.\"use\", 'residential') NOT IN ('garage', 'storage')", .from = "filter[created_at][gte]", .before = "filter[created_at][lt]",
     .opens = NAMES("filter[counted]", "true"), .by = by, .tallied = true},
    {"complaint_first_answer_in_time", "首次回应及时", "First answered in time",
     "按时首次回应 ÷（已回应 + 超时未回应），按回应那天统计。" LATE_ZH LEFT_OUT_ZH INTERVAL_ZH,
     "First answered in time ÷ (answered + overdue), by the day of the answer." LATE_EN LEFT_OUT_EN INTERVAL_EN, &complaint_type, .counts = SQL_COUNTED,
     .day = "t.first_contact_done_at", .met = "t.first_contact_met = 1", .due_day = "t.due_first_contact_at", .due = SQL_ANSWER_LATE,
     .from = "filter[answer_from]", .before = "filter[answer_before]", .by = by, .tallied = true},
    {"complaint_resolved_in_time", "按时解决", "Solved in time",
     "按最初承诺的时限解决 ÷（已解决 + 超时未解决），按解决那天统计；回访未解决的仍算未解决。" LATE_ZH LEFT_OUT_ZH INTERVAL_ZH,
     "Solved within the first promise ÷ (solved + overdue), by the day it was solved; one found not solved counts as open." LATE_EN LEFT_OUT_EN INTERVAL_EN,
     &complaint_type, .counts = SQL_COUNTED, .day = "t.resolve_done_at", .met = "t.resolve_met = 1", .due_day = "t.due_resolve_at", .due = SQL_RESOLVE_LATE,
     .from = "filter[resolve_from]", .before = "filter[resolve_before]", .by = by, .tallied = true},
    {"complaint_satisfied", "处理后满意", "Satisfied after it",
     "回访时满意 ÷ 回访到的，按回访那天统计；联系不上和撤诉的不算。" LEFT_OUT_ZH INTERVAL_ZH,
     "Satisfied at the return visit ÷ those reached, by the day of the visit; unreachable and withdrawn ones are left out." LEFT_OUT_EN INTERVAL_EN,
     &complaint_type, .counts = SQL_COUNTED " AND t.satisfied IS NOT NULL", .day = "t.callback_done_at", .met = "t.satisfied = 1",
     .from = "filter[callback_done_at][gte]", .before = "filter[callback_done_at][lt]", .opens = NAMES("filter[visited]", "true", "filter[counted]", "true"), .by = by, .tallied = true},
    {"complaint_repeat", "重复投诉率", "Share repeated", "同一户同一类在窗口内再次投诉的 ÷ 全部，按投诉那天统计。" LEFT_OUT_ZH INTERVAL_ZH,
     "Complaints of the same house and category within the window ÷ all, by the day they were lodged." LEFT_OUT_EN INTERVAL_EN, &complaint_type,
     .counts = SQL_COUNTED, .day = "t.created_at", .met = "t.repeat_of_id IS NOT NULL", .from = "filter[created_at][gte]", .before = "filter[created_at][lt]",
     .opens = NAMES("filter[counted]", "true"), .by = by, .tallied = true},
};
