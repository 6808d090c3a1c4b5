/* access.c: the module of who comes in and goes out: its records and rules. */
#include "kernel/rule.h"
#include "modules/access/access.h"

static const Rule rules[] = {{"access.pass_hours", "访客通行最长（小时）", "A visitor pass holds for at most (hours)", 24, 1, 168, "hour"}};
static const RecordType *const records[] = {&visitor_pass_type, NULL};
const Module access_module = {"access", "出入通行", "Access", .records = records, .rules = LIST(rules)};
