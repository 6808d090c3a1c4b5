/* shift.c: 班次, the hours of a shift, and 班次循环, in which order people work them: three shifts and a day off, 24 hours and 48 off,
 * weekdays by day. */
#include "modules/roster/roster_parts.h"

#define MAX_STEPS 62

static const Field shift_fields[] = {
    {"name", "班次", "Shift", T_TEXT, .max = 20, .required = true, .searched = true},
    {"from", "从", "From", T_TEXT, .max = 5, .required = true},
    {"to", "到", "To", T_TEXT, .max = 5, .required = true},
};
static const Field pattern_fields[] = {
    {"name", "循环", "Pattern", T_TEXT, .max = 40, .required = true, .searched = true},
    {"steps", "每天的班次", "Shift of each day", T_OBJECT, .required = true},
};
static const Sight sights[] = {{STAFF}};

bool shift_minute(Str text, int *out)
{
    Str rest, hour = str_split(text, ':', &rest);
    int64_t h, m;

    if (hour.len != 2 || rest.len != 2 || !str_to_int(hour, &h) || !str_to_int(rest, &m) || h < 0 || m < 0 || m > 59 || h * 60 + m > 1440)
        return false;
    *out = (int)(h * 60 + m);
    return true;
}

static void check_clock(const Record *record, const char *field, int most, Problems *problems)
{
    int minute;

    if (!record_is_null(record, field) && (!shift_minute(record_text(record, field), &minute) || minute > most))
        problems_add(problems, str_of(field), "format", STR("写成 08:00 这样"), STR("is written like 08:00"));
}

static const Error *check_shift(Cx *cx, Record *record, Problems *problems)
{
    (void)cx;
    check_clock(record, "from", 1439, problems);
    check_clock(record, "to", 1440, problems);
    return OK;
}

void shift_span(const Cx *cx, const Record *shift, Date day, Instant *from, Instant *to)
{
    int begins = 0, ends = 0;
    bool fine = shift_minute(record_text(shift, "from"), &begins) && shift_minute(record_text(shift, "to"), &ends);

    *from = date_to_instant(day, fine ? begins : 0, cx->zone_min);
    *to = date_to_instant(fine && ends > begins ? day : date_add(day, 1), fine ? ends : 0, cx->zone_min);
}

const RecordType shift_type = {
    .resource = "shifts", .name = "shift", .zh = "班次", .en = "Shift", .fields = LIST(shift_fields), .sights = LIST(sights), .create_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD,
    .write_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .label = "name", .in_project = true, .prepare = check_shift, .changed = check_shift,
};

const Error *pattern_steps(Cx *cx, const Record *pattern, Id **steps, int *count)
{
    json_t *list, *step;
    size_t i;

    TRY(json_read(cx->arena, record_text(pattern, "steps"), &list));
    *steps = new (cx->arena, Id, MAX_STEPS);
    *count = 0;
    json_array_foreach(list, i, step)
        if (*count < MAX_STEPS && (json_is_null(step) || str_to_id(json_str(step), &(*steps)[*count])))
            (*count)++;
    return OK;
}

static const Error *check_pattern(Cx *cx, Record *record, Problems *problems)
{
    json_t *list = NULL;
    Id *steps;
    int count;
    bool works = false, seen = true;

    if (record_is_null(record, "steps"))
        return OK;
    TRY(json_read(cx->arena, record_text(record, "steps"), &list));
    TRY(pattern_steps(cx, record, &steps, &count));
    for (int i = 0; i < count && seen; i++) {
        works = works || steps[i] != 0;
        if (steps[i] != 0)
            TRY(record_is_seen(cx, kernel_type(cx->kernel, &shift_type), value_int(steps[i]), &seen));
    }
    if (!json_is_array(list) || (size_t)count != json_array_size(list) || !works || !seen)
        problems_add(problems, STR("steps"), "format", STR("应为每天的班次编号，休息写 null，至少一天上班，最多 62 天，如 [\"12\",\"13\",null]"),
                     STR("must be a shift's id for each day, null for a day off, at least one and at most 62, such as [\"12\",\"13\",null]"));
    return OK;
}

const RecordType shift_pattern_type = {
    .resource = "shift_patterns", .name = "shift_pattern", .zh = "班次循环", .en = "Shift pattern", .fields = LIST(pattern_fields), .sights = LIST(sights),
    .create_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .write_by = GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD, .label = "name", .in_project = true,
    .prepare = check_pattern, .changed = check_pattern,
};
