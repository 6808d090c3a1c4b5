/* assign.c: 按岗排任务, a plan may say at which post its tasks are done instead of by whom: whoever is rostered there then gets them, when they are near, so
 * that swaps and leave have been seen. */
#include "kernel/plan.h"
#include "modules/roster/roster_parts.h"

#define NEAR (2 * HOUR) /* before a task is due it is somebody's */
#define LONGEST (2 * DAY_US) /* a task of a shift has a window of hours */

static const Field fields[] = {{"roster", "按岗位排班", "Whoever is on at the post", T_REF, .to = "posts"}};
const Added roster_adds[] = {{&plan_type, LIST(fields)}, {&task_type, LIST(fields)}, {0}};

#define MOST 200 /* of one look */

const Error *tasks_to_posts(Cx *cx, int max, int *count)
{
    static const char NEAR_ONES[] = "SELECT t.id FROM task t WHERE t.org_id = :org AND t.state = 'due' AND t.window_to >= :now AND t.window_to <= :longest AND t.due_at <= :soon"
                                    " AND t.roster_id IS NOT NULL AND t.assignee_id IS NULL AND t.archived_at IS NULL AND EXISTS (SELECT 1 FROM roster r WHERE r.org_id = t.org_id"
                                    " AND r.post_id = t.roster_id AND r.starts_at <= t.due_at AND r.starts_at > t.due_at - 172800000000 AND r.ends_at > t.due_at AND r." SQL_MANS
                                    " AND r.archived_at IS NULL) ORDER BY t.window_to, t.id LIMIT :max"; /* task_by_state_window_to_id, roster_by_post_id_starts_at */
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    Ids near = {0};

    TRY(sql_ids(cx, NEAR_ONES, IN(in_int("longest", cx->now + LONGEST), in_int("soon", cx->now + NEAR), in_int("max", max < MOST ? max : MOST)), &near));
    for (int i = 0; i < near.count; i++) {
        Record *task;
        Id person;
        TRY(record_load(cx, meta, near.list[i], &task));
        TRY(roster_for(cx, record_int(task, "roster"), record_int(task, "due_at"), &person));
        if (person == 0)
            continue;
        record_set_int(task, "assignee", person);
        TRY(process_save(cx, task, "assign"));
    }
    *count = near.count;
    return OK;
}
