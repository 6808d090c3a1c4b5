/* roster.h: 岗位排班: posts that somebody must stand at, shifts, who stands where and when, the handover book (card P12), and people's certificates (card P34). */
#ifndef ANJU_MODULES_ROSTER_H
#define ANJU_MODULES_ROSTER_H

#include "kernel/kernel.h"
#include "kernel/record.h"

extern const Module roster_module;
extern const RecordType post_type, shift_type, shift_pattern_type, roster_type, handover_type, certificate_type;

/* The roster line by which this person is on duty, or should be, at that moment; 0, and *day untouched, without one. A shift over
 * midnight belongs to the day it begins on. */
MUST const Error *roster_on_duty(Cx *cx, Id person, Instant at, Id *line, Date *day);

/* Who is rostered at the post at that moment, whoever is on duty already first; 0: nobody. */
MUST const Error *roster_for(Cx *cx, Id post, Instant at, Id *person);

/* How a kind of certificate is called: one that is offered by its label, another as it was written. */
Str certificate_kind(Lang lang, Str kind);

/* 在岗覆盖: for each post of the project (0: of all), which of the minutes that it must be manned in the days from..to (both inclusive, at most
 * COVERAGE_DAYS) are not, as {"from","to","uncovered_min","posts":[{"post","name","kind","min_persons","required_min",
 * "uncovered_min","holes":[{"from","to","have","need"}]}]}. With `drafts` what is not published yet counts too. */
#define COVERAGE_DAYS 62
MUST const Error *roster_coverage_json(Cx *cx, Id project, Date from, Date to, bool drafts, Json *json);

#endif
