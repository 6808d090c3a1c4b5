/* repair_figures.c: 报修指标, the figures of repairs (card P06; docs: what counts, and on which day). */
#include "modules/repair/repair_parts.h"

#define LEFT_OUT_ZH "不受理、合并、取消、作废的不计。"
#define LEFT_OUT_EN " Rejected, merged, cancelled and voided ones never count."
#define INTERVAL_ZH "区间为 95 % Wilson 区间。"
#define INTERVAL_EN " The interval is Wilson's, 95 %."
#define LATE_ZH "未办而已过时限的按时限那天计为超时；挂起期间不计时；没有这项时限的不计。"
#define LATE_EN " One not done and overdue counts as late on its due day; paused time does not run; what has no such limit is left out."
#define OPENS_ZH "打开的是分母的各单。"
#define OPENS_EN " The rows opened are those of the denominator."

static const char *const by[] = {"category", "assignee", "building", NULL};

const Figure repair_figures[REPAIR_FIGURES] = {
    {"repair_count", "报修数", "Repairs", "按报修那天统计的报修数。" LEFT_OUT_ZH, "Repairs by the day they were reported." LEFT_OUT_EN, &repair_type,
     .counts = SQL_COUNTED, .day = "t.created_at", .from = "filter[created_at][gte]", .before = "filter[created_at][lt]",
     .opens = NAMES("filter[counted]", "true"), .by = by},
    {"repair_respond_in_time", "及时受理", "Responded in time",
     "按时受理 ÷（已受理 + 超时未受理），按受理那天统计。" LATE_ZH LEFT_OUT_ZH INTERVAL_ZH OPENS_ZH,
     "Responded to in time ÷ (responded to + overdue), by the day of the response." LATE_EN LEFT_OUT_EN INTERVAL_EN OPENS_EN, &repair_type,
     .counts = SQL_COUNTED, .day = "t.respond_done_at", .met = "t.respond_met = 1", .due_day = "t.due_respond_at", .due = SQL_RESPOND_LATE,
     .from = "filter[respond_from]", .before = "filter[respond_before]", .by = by},
    {"repair_arrive_in_time", "及时到场", "Arrived in time",
     "首次到场按时 ÷（已到场 + 超时未到场），按首次到场那天统计。" LATE_ZH LEFT_OUT_ZH INTERVAL_ZH OPENS_ZH,
     "First arrived in time ÷ (arrived + overdue), by the day of the first arrival." LATE_EN LEFT_OUT_EN INTERVAL_EN OPENS_EN, &repair_type,
     .counts = SQL_COUNTED, .day = "t.first_arrived_at", .met = "t.first_arrive_met = 1", .due_day = "t.due_arrive_at", .due = SQL_ARRIVE_LATE,
     .from = "filter[arrive_from]", .before = "filter[arrive_before]", .by = by},
    {"repair_finish_in_time", "及时完工", "Finished in time",
     "最后一次完工按时 ÷（已完工 + 超时未完工），按完工那天统计。" LATE_ZH LEFT_OUT_ZH INTERVAL_ZH OPENS_ZH,
     "Last finished in time ÷ (finished + overdue), by the day of the last finish." LATE_EN LEFT_OUT_EN INTERVAL_EN OPENS_EN, &repair_type,
     /* finish_done_at is the same moment on the clock; finished_at has the index */
     .counts = SQL_COUNTED, .day = "t.finished_at", .done = "t.finish_done_at IS NOT NULL", .met = "t.finish_met = 1",
     .due_day = "t.due_finish_at", .due = SQL_FINISH_LATE, .from = "filter[finish_from]", .before = "filter[finish_before]", .by = by},
    {"repair_first_time_fix", "一次修好", "Fixed the first time",
     "一次上门且 30 天内没有返修 ÷ 完工满 30 天或已返修的，按完工那天统计。" LEFT_OUT_ZH INTERVAL_ZH OPENS_ZH,
     "One visit and no rework within 30 days ÷ those finished over 30 days ago or already sent back, by the day of the finish." LEFT_OUT_EN
         INTERVAL_EN OPENS_EN, &repair_type,
     .counts = SQL_FIX_KNOWN, .day = "t.finished_at", .met = "t.visits = 1 AND t.reworks = 0", .from = "filter[finished_at][gte]",
     .before = "filter[finished_at][lt]", .opens = NAMES("filter[fix_known]", "true"), .by = by},
    {"repair_satisfied", "满意", "Satisfied",
     "总分 4 分及以上 ÷ 已评价的，按评价那天统计；自动验收不算评价。" LEFT_OUT_ZH INTERVAL_ZH OPENS_ZH,
     "Overall 4 or more ÷ those rated, by the day of the rating; what was confirmed by itself is not rated." LEFT_OUT_EN INTERVAL_EN OPENS_EN,
     &repair_type, .counts = SQL_COUNTED " AND t.overall IS NOT NULL", .day = "t.confirmed_at", .met = "t.overall >= 4",
     .from = "filter[confirmed_at][gte]", .before = "filter[confirmed_at][lt]",
     .opens = NAMES("filter[rated]", "true", "filter[counted]", "true"), .by = by},
};
