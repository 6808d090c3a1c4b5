/* fee_read.c: how the parts of a price are written in JSON, read here for the items (price.c) and for the calculator (fee_preview.c). */
#include "modules/billing/fee.h"

#define PLACES 6

const char *fee_decimal_read(const json_t *json, int places, Exact *out)
{
    if (json_is_integer(json)) {
        *out = exact_of(json_integer_value(json));
        return NULL;
    }
    if (!json_is_string(json))
        return "type";
    return exact_parse(json_str(json), places, out) ? NULL : "format";
}

const Error *fee_list_check(Arena *arena, const char *field, const json_t *json, size_t most)
{
    if (json_is_array(json) && json_array_size(json) <= most)
        return OK;
    return error_field(arena, str_of(field), json_is_array(json) ? "out_of_range" : "type", str_format(arena, "应为列表，最多 %zu 项", most),
                       str_format(arena, "must be a list of at most %zu", most));
}

const Error *fee_entry_wrong(Arena *arena, const char *field, const char *code, size_t entry, const char *zh, const char *en)
{
    return error_field(arena, str_of(field), code, str_format(arena, "第 %zu 项%s", entry + 1, zh), str_format(arena, "entry %zu %s", entry + 1, en));
}

/* [180, "5.00"] or, with what a person more adds, [180, "5.00", 30]; of the last step [null, "9.00"]. */
static const char *read_step(const json_t *json, FeeStep *out)
{
    const json_t *limit = json_array_get(json, 0), *wider = json_array_get(json, 2);
    const char *code = NULL;

    *out = (FeeStep){0};
    if (json_array_size(json) != 2 && json_array_size(json) != 3)
        return "type";
    if (!json_is_null(limit))
        code = fee_decimal_read(limit, PLACES, &out->limit);
    if (code == NULL && wider != NULL)
        code = fee_decimal_read(wider, PLACES, &out->wider);
    return code != NULL ? code : fee_decimal_read(json_array_get(json, 1), PLACES, &out->price);
}

const Error *fee_steps_read(Arena *arena, const json_t *json, FeeStep *out, int *count)
{
    TRY(fee_list_check(arena, "steps", json, MAX_FEE_STEPS));
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *code = read_step(json_array_get(json, i), &out[i]);
        if (code != NULL)
            return fee_entry_wrong(arena, "steps", code, i, "应为 [上限或 null, \"单价\"]，或再写每多一人加多少，最多 6 位小数",
                                   "must be [limit or null, \"price\"], or with what each person more adds, with at most 6 decimals");
    }
    *count = (int)json_array_size(json);
    return fee_steps_check(arena, out, *count);
}

static int register_of(const char *name)
{
    for (int i = 0; i < FEE_REGISTERS; i++)
        if (strcmp(name, fee_registers[i].name) == 0)
            return i;
    return -1;
}

const Error *fee_registers_read(Arena *arena, const char *field, const json_t *json, int places, Exact *out)
{
    const char *name, *code = json_is_object(json) && json_object_size(json) > 0 ? NULL : "type";
    json_t *value;

    memset(out, 0, sizeof *out * FEE_REGISTERS);
    json_object_foreach((json_t *)json, name, value)
    {
        int at = register_of(name);
        if (at < 0)
            code = "unknown";
        else if (code == NULL)
            code = fee_decimal_read(value, places, &out[at]);
        if (code == NULL && out[at].n < 0)
            code = "out_of_range";
        if (code != NULL)
            break;
    }
    if (code == NULL)
        return OK;
    return error_field(arena, str_of(field), code, str_format(arena, "应写各时段的数，如 {\"peak\":\"0.83\",\"flat\":\"0.56\",\"valley\":\"0.31\"}（尖时段写 sharp），最多 %d 位小数", places),
                       str_format(arena, "must give numbers of the times of day, such as {\"peak\":\"0.83\",\"flat\":\"0.56\",\"valley\":\"0.31\"} (and sharp), with at most %d decimals", places));
}

/* What is wrong with one row, or NULL. */
static const char *read_ahead(const json_t *json, FeeAhead *out)
{
    const json_t *months = json_object_get(json, "months"), *days = json_object_get(json, "days"), *percent = json_object_get(json, "percent");
    const char *code = NULL;

    if (!json_is_integer(months) || json_object_size(json) != 2 || (days == NULL) == (percent == NULL) || (days != NULL && !json_is_integer(days)))
        return "type";
    *out = (FeeAhead){0};
    if (percent != NULL)
        code = fee_decimal_read(percent, PLACES, &out->percent);
    if (code != NULL)
        return code;
    if (json_integer_value(months) < 1 || json_integer_value(months) > FEE_AHEAD_MONTHS || (days != NULL && (json_integer_value(days) < 1 || json_integer_value(days) > 366)) ||
        (percent != NULL && (out->percent.n <= 0 || exact_cmp(out->percent, exact_of(100)) >= 0)))
        return "out_of_range";
    out->months = (int)json_integer_value(months);
    out->days = (int)json_integer_value(days);
    return NULL;
}

const Error *fee_ahead_read(Arena *arena, const json_t *json, FeeAhead *out, int *count)
{
    TRY(fee_list_check(arena, "ahead", json, MAX_FEE_AHEAD));
    for (size_t i = 0; i < json_array_size(json); i++) {
        const char *code = read_ahead(json_array_get(json, i), &out[i]);
        if (code == NULL && i > 0 && out[i].months <= out[i - 1].months)
            code = "out_of_range";
        if (code != NULL)
            return fee_entry_wrong(arena, "ahead", code, i, "应为 {\"months\":12,\"percent\":\"5\"} 或 {\"months\":12,\"days\":31}，月数递增",
                                   "must be {\"months\":12,\"percent\":\"5\"} or {\"months\":12,\"days\":31}, the months rising");
    }
    *count = (int)json_array_size(json);
    return OK;
}
