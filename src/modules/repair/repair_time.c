/* repair_time.c: what repairs do by themselves when nobody does it: confirmed after 72 h without a rating (marked, never
 * counted as satisfied), closed after 7 days (card P06). */
#include "modules/repair/repair_parts.h"

typedef struct {
    Id *ids;
    int count;
} Due;

static const Error *add_due(Cx *cx, const Row *row, void *self)
{
    Due *due = self;

    (void)cx;
    due->ids[due->count++] = row_int(row, 0);
    return OK;
}

/* Takes an action on each; one that has meanwhile moved on is left alone. */
static const Error *take_on(Cx *cx, const Due *due, const char *name)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &repair_type);
    const Action *action = repair_action(name);
    Record *record;

    for (int i = 0; i < due->count; i++) {
        TRY(record_load(cx, meta, due->ids[i], &record));
        if (names_have(action->from, record_state(record)))
            TRY(process_act_on(cx, record, action, NULL, NULL));
    }
    return OK;
}

const Error *repair_housekeeping(Cx *cx, int max, int *count)
{
    static const char FINISHED[] =
        "SELECT id FROM repair WHERE org_id = :org AND state = 'finished' AND archived_at IS NULL"
        " AND finished_at <= :before ORDER BY id LIMIT :max"; /* repair_by_state_id */
    static const char CONFIRMED[] =
        "SELECT id FROM repair WHERE org_id = :org AND state = 'confirmed' AND archived_at IS NULL"
        " AND coalesce(confirmed_at, finished_at) <= :before ORDER BY id LIMIT :max"; /* repair_by_state_id */
    Due finished = {new (cx->arena, Id, max), 0}, confirmed = {new (cx->arena, Id, max), 0};

    *count = 0;
    TRY(sql_each(cx, FINISHED, IN(in_int("before", cx->now - AUTO_CONFIRM), in_int("max", max)), add_due, &finished));
    TRY(take_on(cx, &finished, "auto_confirm"));
    TRY(sql_each(cx, CONFIRMED, IN(in_int("before", cx->now - CLOSE_AFTER), in_int("max", max - finished.count)),
                 add_due, &confirmed));
    TRY(take_on(cx, &confirmed, "close"));
    *count = finished.count + confirmed.count;
    return OK;
}
