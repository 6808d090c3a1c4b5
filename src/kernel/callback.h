/* callback.h: 回访, a call to be made to a customer: after a matter (every complaint, a share of the repairs), for a missed
 * call, or by hand. Made by somebody other than who did the work, asked by one form (satisfied? heard? would you say that it
 * is solved?), with attempts and a time limit; "not solved" reopens the matter.
 *
 *     open --attempt--> open --close--> closed
 */
#ifndef ANJU_KERNEL_CALLBACK_H
#define ANJU_KERNEL_CALLBACK_H

#include "kernel/process.h"
#include "kernel/rule.h"

#define CALLBACK_RULES 3
extern const RecordType callback_type;
extern const Rule callback_rules[CALLBACK_RULES];

typedef struct {
    const char *reason;  /* "verify" (the matter's own action ends it), "sample", "missed_call", "by_hand" */
    const Record *about; /* the matter, NULL: none */
    Id handler;          /* who did the work: never makes the call, does not see it; 0: nobody */
    Id house, party, project;
    Str phone, title;    /* without a matter */
    Instant due;         /* 0: by the rule of callbacks */
} CallbackWish;

/* Who makes a call, as SQL of one row (user_id) over :project, :handler and :about (0: nothing): of quality, desk lead, desk and
 * manager whoever has the fewest open ones in the table; never the handler, nor anybody from whom the matter is hidden, and none
 * of the desk when it is :secret (1: confidential). */
#define SQL_CALLER(table)                                                                                                         \
    "SELECT g.user_id FROM role_grant g JOIN app_user u ON u.org_id = g.org_id AND u.id = g.user_id AND u.active = 1"               \
    " AND u.archived_at IS NULL WHERE g.org_id = :org AND (g.project_id = :project OR g.project_id = 0)"                            \
    " AND g.role IN ('desk', 'desk_lead', 'quality', 'manager') AND g.user_id <> :handler"                                          \
    " AND (:secret = 0 OR g.role <> 'desk')"                                                                                       \
    " AND NOT EXISTS (SELECT 1 FROM link x WHERE x.org_id = g.org_id AND x.to_id = g.user_id AND x.hides = 1 AND x.from_id = :about)" \
    " ORDER BY CASE g.role WHEN 'quality' THEN 0 WHEN 'desk_lead' THEN 1 WHEN 'desk' THEN 2 ELSE 3 END,"                            \
    " (SELECT count(*) FROM " table " f WHERE f.org_id = g.org_id AND f.owner_id = g.user_id AND f.state = 'open'), g.user_id LIMIT 1"

/* Opens one, owned by whoever of quality, desk lead, desk and manager has the fewest. In a writing closure. */
MUST const Error *callback_open(Cx *cx, const CallbackWish *wish);

/* The same for a number that may have an open one of this reason in the project already: that one counts a further call under its
 * first promise. *out is whichever it is. Without a phone it is always a new one. */
MUST const Error *callback_open_once(Cx *cx, const CallbackWish *wish, Id *out);

/* How often it was tried in vain for the matter's open call-back, on how many days; both 0 without one. */
MUST const Error *callback_tries(Cx *cx, Id about, int64_t *attempts, int64_t *days);

/* The matter's own action has done the call: its open call-backs (or the one with this id) end with this outcome and these answers (-1: not asked). */
MUST const Error *callback_settle(Cx *cx, Id about, const char *outcome, int satisfied, int heard, int solved);

/* Were there enough vain attempts (rules callback.attempts and callback.attempt_days) to call somebody unreachable? 422 names
 * what is missing. */
MUST const Error *callback_may_give_up(Cx *cx, int64_t attempts, int64_t days);

#endif
