/* roster_parts.h: what the files of this folder share and nobody else needs. */
#ifndef ANJU_MODULES_ROSTER_PARTS_H
#define ANJU_MODULES_ROSTER_PARTS_H

#include "base/json.h"
#include "kernel/process.h"
#include "kernel/rule.h"
#include "modules/roster/roster.h"

/* Lines by which somebody is at the post, or will be. */
#define SQL_MANS "state IN ('published', 'on_duty', 'done')"

/* "08:30" or "24:00" as minutes since midnight; false when it is no time of day. */
MUST bool shift_minute(Str text, int *out);
/* When that shift of that day begins and ends; one whose end is not behind its beginning ends on the next day. */
void shift_span(const Cx *cx, const Record *shift, Date day, Instant *from, Instant *to);
/* The shifts of a pattern, one for each of its days (0: off); in cx's arena. */
MUST const Error *pattern_steps(Cx *cx, const Record *pattern, Id **steps, int *count);

/* A month of drafts: from a pattern, for these people, from..to. What was drafted there before is replaced. */
MUST const Error *roster_fill(Cx *cx, const Record *post, const Asked *asked);
/* Publishes the post's drafts of those days. */
MUST const Error *roster_publish(Cx *cx, const Record *post, Date from, Date to);

/* 休息规则: what a line breaks that is warned of, as a list of words ("rest", "night_week"); empty: nothing. Rule: 12 h between two
 * shifts, and no more nights running than one week has (card P12; both are the company's rules). */
MUST const Error *rest_warnings(Cx *cx, const Record *line, Str *out);
/* Is the person on another line at some moment of this one? `except` is a line that is going to change hands too. */
MUST const Error *rest_overlaps(Cx *cx, Id person, Instant from, Instant to, Id line, Id except, bool *out);

/* Raises an alarm for each post with a hole within the next hours, and settles what is filled. A chore. */
MUST const Error *coverage_watch(Cx *cx, int max, int *count);

/* What plans and tasks have of the rosters: `roster`, the post. */
extern const Added roster_adds[];
/* Gives what is near and has a post to whoever is rostered there. A chore. */
MUST const Error *tasks_to_posts(Cx *cx, int max, int *count);

#endif
