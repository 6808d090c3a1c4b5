#include "kernel/reveal.h"

const Error *reveal_answer(Cx *cx, const Record *record, const Asked *asked, Json *json)
{
    Str value = record_text(record, str_to_c(cx->arena, asked_text(asked, "field")));

    json_open(json, '{');
    JSON_KEY(json, "value");
    value.len > 0 ? json_text(json, value) : json_none(json);
    json_close(json, '}');
    return OK;
}
