/* handed.c: 转办, the work on an answer given to a department or a colleague, who accepts it in half an hour and answers by the
 * agreed time. The promise to the caller, and who answers for it, stay as they are. */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "kernel/user.h"
#include "modules/desk/desk_parts.h"

const Error *enquiry_guard_hand_over(Cx *cx, const Record *record, const Asked *asked)
{
    bool fit = true;

    if (!asked_has(asked, "department") && !asked_has(asked, "assignee"))
        return error_field(cx->arena, STR("department"), "required", STR("写明转给哪个部门或谁"), STR("say to which department or to whom"));
    if (asked_int(asked, "due") <= cx->now)
        return error_field(cx->arena, STR("due"), "out_of_range", STR("应晚于现在"), STR("must be later than now"));
    if (asked_has(asked, "assignee"))
        TRY(user_is_staff_of(cx, asked_int(asked, "assignee"), record->project, &fit));
    return fit ? OK : error_field(cx->arena, STR("assignee"), "reference", STR("须是本项目的员工"), STR("must be on the staff of this project"));
}

const Error *enquiry_hand_over(Cx *cx, Record *record, const Asked *asked)
{
    TRY(enquiry_take(cx, record, asked));
    if (!asked_has(asked, "assignee"))
        record_set_null(record, "assignee");
    if (!asked_has(asked, "department"))
        record_set_null(record, "department");
    record_set_int(record, "handed_at", cx->now);
    record_set_int(record, "handed_due", asked_int(asked, "due"));
    record_set_null(record, "accepted_at");
    TRY(clock_restart(cx, record, "accept"));
    TRY(clock_restart(cx, record, "handed"));
    if (asked_has(asked, "assignee"))
        return OK; /* told by name */
    return message_roles(cx, record, "hand_over", "咨询转来，请接办", "Handed to the department, please accept",
                         access_department(asked_text(asked, "department")));
}

bool enquiry_is_handed(const Cx *cx, const Record *record)
{
    (void)cx;
    return !record_is_null(record, "handed_at") && record_is_null(record, "accepted_at");
}

const Error *enquiry_guard_accept(Cx *cx, const Record *record, const Asked *asked)
{
    uint64_t roles = access_department(record_text(record, "department"));

    (void)asked;
    if (access_may(cx, record, record_is_null(record, "assignee") ? roles : BY_ASSIGNEE))
        return OK;
    return error_new(cx->arena, ERR_FORBIDDEN, STR("不是转给你的"), STR("it was not handed to you"));
}

const Error *enquiry_accept(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "assignee", cx->actor->user);
    record_set_int(record, "accepted_at", cx->now);
    return OK;
}
