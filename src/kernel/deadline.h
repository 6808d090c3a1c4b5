/* deadline.h: 到期日, a day until which something holds: a certificate, a licence, an inspection. People are reminded of it 60, 30 and 7 days ahead, at
 * nine in the morning, and told once more when it is past.
 *
 * A type keeps the moment of the next word in a field of its own (T_TIME, internal), which an Auto looks at: its action sets it anew and says the word. */
#ifndef ANJU_KERNEL_DEADLINE_H
#define ANJU_KERNEL_DEADLINE_H

#include "kernel/record.h"

/* When something is to be said next about this day (0: there is none), as the value of that field: NULL when all was said. */
Value deadline_next(const Cx *cx, Date until);

/* Days from today to it; below 0 when it is past. */
int64_t deadline_days(const Cx *cx, Date until);

/* Says it to these roles in the record's project (in all of them when it lies in none): "`zh`还有 N 天到期"; that it is past also to the project's manager
 * and the head office. The names are of what runs out: 资质, "the licence". */
MUST const Error *deadline_tell(Cx *cx, const Record *record, Date until, const char *zh, const char *en, uint64_t roles);

#endif
