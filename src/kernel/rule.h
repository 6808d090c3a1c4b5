/* rule.h: 业务参数, the numbers of the business (days, counts, shares) that differ between companies. A module declares each
 * with its first value; a company keeps them as records (resource `rules`) that a manager edits, with their history. */
#ifndef ANJU_KERNEL_RULE_H
#define ANJU_KERNEL_RULE_H

#include "kernel/kernel.h"

struct Rule {
    const char *code, *zh, *en; /* "complaint.repeat_days" */
    int64_t value, min, max;
    const char *unit;           /* "day", "hour", "home", "%" */
};

extern const RecordType rule_type;

/* The company's value, or the declared one where it has none (fewer rules than the program: not yet seeded). */
MUST const Error *rule_value(Cx *cx, const char *code, int64_t *out);

/* Adds the rules and catalogues that the modules declare and the caller's company does not have. In a writing closure. */
MUST const Error *rule_seed(Cx *cx);

#endif
