/* rest.c: 休息规则, what the law of rest and common sense say of a person's lines. */
#include "modules/roster/roster_parts.h"

#define NIGHTS_LOOKED_AT 28 /* before and behind the line's day */

const Error *rest_overlaps(Cx *cx, Id person, Instant from, Instant to, Id line, Id except, bool *out)
{
    static const char OTHER[] = /* roster_by_person_id_starts_at */
        "SELECT count(*) FROM roster WHERE org_id = :org AND person_id = :person AND starts_at < :to AND starts_at > :from - 172800000000 AND ends_at > :from"
        " AND id <> :line AND id <> :except AND state NOT IN ('on_leave', 'absent') AND archived_at IS NULL";
    int64_t count;

    TRY(sql_row(cx, OTHER, IN(in_int("person", person), in_int("from", from), in_int("to", to), in_int("line", line), in_int("except", except)), OUT(out_int(&count))));
    *out = count > 0;
    return OK;
}

static const Error *rests_enough(Cx *cx, const Record *line, bool *out)
{
    Instant from = record_int(line, "starts_at"), to = record_int(line, "ends_at");
    int64_t hours;
    bool near;

    TRY(rule_value(cx, "roster.rest_hours", &hours));
    TRY(rest_overlaps(cx, record_int(line, "person"), from - hours * HOUR, to + hours * HOUR, line->id, line->id, &near));
    *out = !near;
    return OK;
}

typedef struct {
    bool at[2 * NIGHTS_LOOKED_AT + 1];
    int64_t first; /* the day of at[0] */
} Nights;

static const Error *add_night(Cx *cx, const Row *row, void *self)
{
    Nights *nights = self;
    int64_t at = date_to_days((Date)row_int(row, 0)) - nights->first;

    (void)cx;
    if (at >= 0 && at <= (int64_t)2 * NIGHTS_LOOKED_AT)
        nights->at[at] = true;
    return OK;
}

/* How many nights in a row with this one. */
static const Error *nights_running(Cx *cx, const Record *line, int *out)
{
    static const char NIGHTS[] = /* roster_by_person_id_starts_at */
        "SELECT day FROM roster WHERE org_id = :org AND person_id = :person AND starts_at > :from AND starts_at < :to AND night = 1 AND id <> :line"
        " AND state NOT IN ('on_leave', 'absent') AND archived_at IS NULL";
    Date day = (Date)record_int(line, "day");
    Nights nights = {.first = date_to_days(day) - NIGHTS_LOOKED_AT};
    int from = NIGHTS_LOOKED_AT, to = NIGHTS_LOOKED_AT;

    nights.at[NIGHTS_LOOKED_AT] = true;
    TRY(sql_each(cx, NIGHTS,
                 IN(in_int("person", record_int(line, "person")), in_int("from", record_int(line, "starts_at") - NIGHTS_LOOKED_AT * DAY_US),
                    in_int("to", record_int(line, "starts_at") + NIGHTS_LOOKED_AT * DAY_US), in_int("line", line->id)),
                 add_night, &nights));
    while (from > 0 && nights.at[from - 1])
        from--;
    while (to < 2 * NIGHTS_LOOKED_AT && nights.at[to + 1])
        to++;
    *out = to - from + 1;
    return OK;
}

const Error *rest_warnings(Cx *cx, const Record *line, Str *out)
{
    int64_t weeks;
    bool rests;
    int nights = 0;

    *out = STR_NONE;
    TRY(rests_enough(cx, line, &rests));
    if (!rests)
        *out = words_with(cx->arena, *out, "rest");
    TRY(rule_value(cx, "roster.night_weeks", &weeks));
    if (record_int(line, "night") != 0)
        TRY(nights_running(cx, line, &nights));
    if (nights > weeks * 7)
        *out = words_with(cx->arena, *out, "night_week");
    return OK;
}
