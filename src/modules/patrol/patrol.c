/* patrol.c: the module of the guards' work: its records, rules and figures. */
#include "kernel/job.h"
#include "modules/patrol/patrol_parts.h"

static const Rule rules[] = {
    {"patrol.window_minutes", "巡更开始容差（分）", "A round begins earlier or later by at most (minutes)", 10, 1, 60, "minute"},
    {"patrol.partial_percent", "漏点超过多少算缺点（%）", "A round is partial above so many missed points (%)", 10, 0, 100, "%"},
};

#define SQL_ROUND_COUNTED "t.state IN ('complete', 'partial', 'missed') AND t.archived_at IS NULL"
#define LEFT_OUT_ZH "按班次那天统计，跨午夜的算开班那天；免巡的、还没结束的不计。"
#define LEFT_OUT_EN " By the day of the shift, over midnight the day it began on; excused rounds and those not over yet never count."
#define INTERVAL_ZH "区间为 95 % Wilson 区间。"
#define INTERVAL_EN " The interval is Wilson's, 95 %."
#define DAYS .day = "t.counts_at", .from = "filter[counted_from]", .before = "filter[counted_before]", .opens = NAMES("filter[over]", "true"), .by = by

static const char *const by[] = {"route", "person", NULL};
static const Figure figures[] = {
    {"patrol_points_done", "打点率", "Patrol points done", "已打点 ÷ 应打点。" LEFT_OUT_ZH, "Points scanned ÷ points planned." LEFT_OUT_EN, &round_type, .counts = SQL_ROUND_COUNTED,
     .amount = "t.points_planned", .met = "t.points_done", DAYS},
    {"patrol_points_in_window", "按时打点率", "Patrol points in time", "时间窗内打的点 ÷ 应打点。" LEFT_OUT_ZH, "Points scanned within the round's time ÷ points planned." LEFT_OUT_EN,
     &round_type, .counts = SQL_ROUND_COUNTED, .amount = "t.points_planned", .met = "t.points_in_window", DAYS},
    {"patrol_rounds_done", "巡更完成率", "Patrol rounds done", "完成的轮次（漏点不超过一成）÷ 应巡轮次。" LEFT_OUT_ZH INTERVAL_ZH,
     "Rounds complete (at most a tenth of the points missed) ÷ rounds planned." LEFT_OUT_EN INTERVAL_EN, &round_type, .counts = SQL_ROUND_COUNTED, .met = "t.state = 'complete'", DAYS},
    {"patrol_rounds_suspicious", "存疑轮次", "Suspicious rounds", "有存疑标记的轮次 ÷ 走过的轮次。" LEFT_OUT_ZH INTERVAL_ZH, "Rounds with something hard to believe ÷ rounds walked." LEFT_OUT_EN INTERVAL_EN, &round_type,
     .counts = "t.state IN ('complete', 'partial') AND t.archived_at IS NULL", .met = "t.flags IS NOT NULL", DAYS},
};

static const Chore chores[] = {{"rounds", 60, route_yield_all}, {0}};
static const RecordType *const records[] = {&route_type, &round_type, &incident_type, &duty_key_type, &release_type, NULL};
const Module patrol_module = {"patrol", "秩序巡更", "Patrol and security", .records = records, .figures = LIST(figures), .rules = LIST(rules), .chores = chores};
