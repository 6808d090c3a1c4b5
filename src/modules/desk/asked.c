/* asked.c: who asks, and whether it was asked before: what an enquiry is told about itself when it is logged. */
#include "modules/desk/desk_parts.h"
#include "modules/property/property.h"

#define TITLE_LENGTH 40

Str desk_title(Str said)
{
    Str rest, line = str_trim(str_split(str_trim(said), '\n', &rest));

    return utf8_cut(line, TITLE_LENGTH);
}

/* The latest of the same caller, number or house on the same topic within the window. */
const Error *enquiry_find_repeat(Cx *cx, Record *record)
{
#define SAME_BY(column)                                                                                                          \
    "SELECT id, coalesce(repeats, 0) FROM enquiry WHERE org_id = :org AND " column " AND topic = :topic AND created_at >= :since"  \
    " AND id < :id AND archived_at IS NULL"
    static const char SAME[] = SAME_BY("house_id = :house") " UNION ALL " SAME_BY("caller_id = :caller") " UNION ALL " SAME_BY("caller_phone = :phone")
        " ORDER BY 1 DESC LIMIT 1"; /* enquiry_by_house_id_topic_id, enquiry_by_caller_id_topic_id, enquiry_by_caller_phone_id */
    int64_t days, same = 0, before = 0;
    Str phone = record_text(record, "caller_phone");
    bool found;

    record_set_null(record, "repeat_of");
    record_set_null(record, "repeats");
    if (record_is_null(record, "topic"))
        return OK;
    TRY(rule_value(cx, "enquiry.repeat_days", &days));
    TRY(sql_find(cx, SAME,
                 IN(in_int("house", record_int(record, "house")), in_int("caller", record_int(record, "caller")), in_text("phone", phone),
                    in_text("topic", record_text(record, "topic")), in_int("since", record->created_at - days * DAY_US), in_int("id", record->id)),
                 OUT(out_int(&same), out_int(&before)), &found));
    if (found) {
        record_set_int(record, "repeat_of", same);
        record_set_int(record, "repeats", before + 1);
    }
    return OK;
}

static void copy_when_empty(Record *record, const char *field, const Record *from, const char *source)
{
    if (record_is_null(record, field))
        record_set(record, field, from->values[meta_field(from->meta, str_of(source))->at]);
}

/* From the call that it came with, then from the number. */
const Error *enquiry_find_caller(Cx *cx, Record *record)
{
    Caller caller;

    if (!record_is_null(record, "call")) {
        Record *call;
        TRY(record_load(cx, kernel_type(cx->kernel, &call_type), record_int(record, "call"), &call));
        copy_when_empty(record, "caller_phone", call, "caller_phone");
        copy_when_empty(record, "caller", call, "party");
        copy_when_empty(record, "house", call, "house");
        record->project = call->project;
    }
    if (record_is_null(record, "caller") && !record_is_null(record, "caller_phone")) {
        TRY(caller_find(cx, record->project, record_text(record, "caller_phone"), &caller));
        record_set(record, "caller", value_ref(caller.party));
        if (record_is_null(record, "house"))
            record_set(record, "house", value_ref(caller.house));
    }
    return house_place(cx, record);
}
