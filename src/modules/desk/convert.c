/* convert.c: 转工单, an enquiry that is really something else: a repair or a complaint is made of it by the same door as any
 * other, with house, person and words copied, so that nobody tells the story twice. */
#include "modules/desk/desk_parts.h"

const Choice enquiry_becomes[] = {{"repair", "报修", "Repair"}, {"complaint", "投诉", "Complaint"}, {0}};

/* What each target calls the things that an enquiry knows. */
static const struct {
    const char *became, *person, *phone, *text;
} targets[] = {
    {"repair", "reporter", "contact_phone", "description"},
    {"complaint", "complainant", NULL, "statement"},
};

static void put(json_t *body, const char *name, Str text)
{
    if (name != NULL && text.len > 0)
        (void)json_object_set_new(body, name, json_stringn(text.ptr, (size_t)text.len)); /* fails without memory alone: then the field is missed */
}

static void put_id(Cx *cx, json_t *body, const char *name, Id id)
{
    if (id != 0)
        put(body, name, str_format(cx->arena, "%lld", (long long)id));
}

/* The channel, where the target knows one of that name. */
static void put_channel(const RecordMeta *meta, json_t *body, Str channel)
{
    const FieldMeta *field = meta_field(meta, STR("channel"));

    for (const Choice *choice = field == NULL ? NULL : field->field->choices; choice != NULL && choice->value != NULL; choice++)
        if (str_is(channel, choice->value))
            put(body, "channel", channel);
}

static void free_body(void *body)
{
    json_decref(body);
}

const Error *enquiry_convert(Cx *cx, Record *record, const Asked *asked)
{
    Str became = asked_text(asked, "became");
    const RecordMeta *meta = kernel_find_table(cx->kernel, became);
    json_t *body = json_object();
    const Error *error;
    Record *made;
    size_t i = 0;

    arena_defer(cx->arena, free_body, body);
    while (i + 1 < COUNT_OF(targets) && !str_is(became, targets[i].became))
        i++;
    put(body, "category", asked_text(asked, "category"));
    put(body, "title", asked_has(asked, "title") ? asked_text(asked, "title") : record_text(record, "title"));
    put(body, targets[i].text, record_text(record, "question"));
    put(body, targets[i].phone, record_text(record, "caller_phone"));
    put_id(cx, body, targets[i].person, record_int(record, "caller"));
    put_id(cx, body, "house", record_int(record, "house"));
    put_id(cx, body, "project", record->project);
    put_channel(meta, body, record_text(record, "channel"));
    error = process_create(cx, meta, body, &made);
    for (FieldProblem *problem = error == OK ? NULL : error->fields; problem != NULL; problem = problem->next)
        if (str_is(problem->field, targets[i].person)) /* by the name that it has here */
            problem->field = STR("caller");
    TRY(error);
    record_set_int(record, "became_ref", made->id);
    record_set_text(record, "became_ref_type", str_of(meta->table));
    return OK;
}
