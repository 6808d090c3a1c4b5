/* event.h: the event log (事件流水): one append-only line for every action of every process, the source of time lines, live
 * updates, statistics and audit.
 *
 * Lines are written at the end of the lane's batch (store.h: flush), when the company's counter is moved once for all of
 * them: n is gap-free and rising, and serves as Last-Event-ID. Each line is chained to the one before:
 *     chain = H(previous chain, n, what is in the line, H(salt, payload))
 * so that the payload (personal data in it) can be erased without breaking the chain. Count and head are kept in the
 * company's row, signed, so that a cut-off tail is noticed. */
#ifndef ANJU_KERNEL_EVENT_H
#define ANJU_KERNEL_EVENT_H

#include "base/json.h"
#include "kernel/record.h"

typedef struct {
    int64_t n;
    Id id, org;
    Instant at, device_at;
    Id actor;
    const RecordMeta *meta; /* NULL: about no record (log-in, import) */
    const char *record_type;
    Id record, project;
    const char *action;
    const char *from, *to; /* states */
    Str place, payload;    /* payload: {"changes":{field:[before,after]}, …} */
    Str seal;
    Str salt, payload_hash, chain; /* in flush */
} Event;

/* Adds a line about a record to the running write. `changes` is a JSON object (empty: none). */
void event_add(Cx *cx, const Record *record, const char *action, const char *from, const char *to, Str changes, Str place);

/* A line about something that is no record ("login", "import"). */
void event_add_plain(Cx *cx, const char *record_type, Id record, const char *action, Str payload);

/* Notes that the caller looked for people by `filter` (the end of a phone): ends are few, and who tries them all would learn
 * every number's owner. ERR_TOO_MANY after LOOKUPS_MAX of them within LOOKUPS_WITHIN. In a read the line is a tail of cx, which
 * the caller of store_read writes before it answers. */
#define LOOKUPS_MAX 60
#define LOOKUPS_WITHIN (10 * MINUTE)
MUST const Error *event_lookup(Cx *cx, const RecordMeta *meta, const char *filter);
/* A StoreFn: adds the tails of a read, at self, to the running closure's. */
const Error *event_write_tails(Cx *cx, void *self);

/* StoreConfig.flush: numbers, chains and writes the batch's lines, and the sums that move with them. */
MUST const Error *event_flush(Cx *cx, Tail *tails);

/* The lines of one record, oldest first, as {"items":[…],"next":…}. The caller has seen the record. */
MUST const Error *event_list_json(Cx *cx, const Record *record, Str after, int64_t limit, Json *json);

/* {field:[before,after]} of what differs between record->before and ->values, personal data masked. Empty when nothing. */
Str event_changes(Cx *cx, const Record *record);

/* `anju check`: walks the company's chain; calls `bad` for each fault. */
typedef void BadFn(void *self, Str where, Str what);
MUST const Error *event_check(Cx *cx, BadFn *bad, void *self);
/* For other checks: tells of each row of a statement (what it is, its id; at most 100) that `what`. */
MUST const Error *event_faults(Cx *cx, const char *sql, const char *what, BadFn *bad, void *self);

/* StoreConfig.is_committed: is the first of the batch's events in the log? Waits for its transaction, if it has the company's counter already. If it is not
 * there, an event of its own says that it is given up, behind which that transaction cannot be committed any more. */
MUST const Error *event_is_committed(Cx *cx, Tail *tails, bool *committed);

/* The row of a new company in table org. */
MUST const Error *event_init_org(Cx *cx, Id org, Str name, int zone_min);

#endif
