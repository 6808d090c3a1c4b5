/* checklist_fill.c: a filled checklist. Each answer is judged by the edition that was asked, once, when it comes in: a later template
 * never changes what was found. */
#include "kernel/checklist_parts.h"
#include "kernel/clock.h"
#include "kernel/input.h"
#include "kernel/plan_parts.h"

#include <stdlib.h>

typedef enum { R_OK, R_WARNING, R_FAIL, R_NA } Result;
static const char *const result_names[] = {"ok", "warning", "fail", "na"};

static const Field fields[] = {
    {"template", "检查表", "Template", T_REF, .to = "checklist_templates", .required = true, .indexed = true, .edit_in = NAMES("none")},
    {"edition", "版次", "Edition", T_INT, .edit_in = NAMES("none")},
    {"items", "检查项", "Items", T_OBJECT, .required = true, .edit_in = NAMES("none")},
    {"record", "对象", "About", T_RECORD, .edit_in = NAMES("none")},
    {"record_type", "对象类别", "What it is about", T_TEXT, .max = 60, .read_only = true},
    {"space", "位置", "Place", T_REF, .to = "spaces", .edit_in = NAMES("none")},
    {"filled_at", "检查时间", "Filled", T_TIME, .read_only = true},
    {"filled_by", "检查人", "Filled by", T_REF, .to = "users", .read_only = true},
    {"score", "得分", "Score", T_INT, .read_only = true}, /* of 100 */
    {"failed", "不合格项", "Failed", T_INT, .read_only = true},
    {"warnings", "接近限值项", "Warnings", T_INT, .read_only = true},
    {"opened", "由此开出", "Opened", T_OBJECT, .read_only = true},
    {"files", "照片与签字", "Pictures", T_FILES, .max = 400, .internal = true}, /* of the answers, so that who sees it sees them */
};
static const Filter filters[] = {{"with_failures", T_BOOL, .sql = SQL_FLAG("t.failed > 0", "with_failures")}};
static const Index indexes[] = {{"project_id, filled_at, id"}, {"record_id", .where = "record_id IS NOT NULL"}, {0}};

/* One number that was read, for its course over time. */
static const Column value_columns[] = {{"template_id", C_INT, true}, {"item", C_TEXT, true}, {"checklist_id", C_INT, true}, {"subject_id", C_INT}, {"at", C_INT, true},
                                       {"value", C_TEXT, true}, {"result", C_TEXT, true}, {0}};
static const Index value_indexes[] = {{"template_id, item, at"}, {"subject_id, template_id, item, at", .where = "subject_id IS NOT NULL"}, {0}};
const Table checklist_value_table = {"checklist_value", value_columns, .indexes = value_indexes};

typedef struct {
    const json_t *given; /* the answer's object; NULL: none */
    Str value, note;     /* as text */
    Id photo;
    Exact number;
    Result result;
    bool asked;
} Answer;

typedef struct {
    const Items *items;
    Answer *answers; /* by item */
    Problems problems;
} Filling;

static Str where_of(Cx *cx, const Item *item)
{
    return str_format(cx->arena, "items.%.*s", STR_ARG(item->code));
}

static void wrong(Cx *cx, Filling *filling, const Item *item, const char *code, const char *zh, const char *en)
{
    problems_add(&filling->problems, where_of(cx, item), code, str_format(cx->arena, "%.*s：%s", STR_ARG(item->label), zh),
                 str_format(cx->arena, "%.*s: %s", STR_ARG(item->label_en.len > 0 ? item->label_en : item->label), en));
}

static bool list_has(const json_t *list, Str text)
{
    for (size_t i = 0; i < json_array_size(list); i++)
        if (str_eq(json_str(json_array_get(list, i)), text))
            return true;
    return false;
}

/* A number as JSON or as decimal text, with a sign. */
static bool read_number(Arena *arena, const json_t *value, Exact *out)
{
    if (json_is_integer(value)) {
        *out = exact_of(json_integer_value(value));
        return true;
    }
    if (json_is_real(value)) { /* 0.35 as it was written: the shortest text that reads back the same */
        Json text = json_new(arena, 64);
        json_double(&text, json_real_value(value));
        return exact_parse(buf_str(&text.buf), 6, out);
    }
    return exact_parse(json_str(value), 6, out);
}

static bool outside(Exact value, Exact min, Exact max)
{
    return (exact_is_number(min) && exact_cmp(value, min) < 0) || (exact_is_number(max) && exact_cmp(value, max) > 0);
}

static void judge_number(Cx *cx, Filling *filling, const Item *item, Answer *answer, const json_t *value)
{
    if (!read_number(cx->arena, value, &answer->number)) {
        wrong(cx, filling, item, "type", "应为数字", "must be a number");
        return;
    }
    answer->value = exact_text(cx->arena, answer->number, 0, 6);
    answer->result = outside(answer->number, item->min, item->max) ? R_FAIL : outside(answer->number, item->warn_min, item->warn_max) ? R_WARNING : R_OK;
}

static void judge_check(Cx *cx, Filling *filling, const Item *item, Answer *answer, const json_t *value)
{
    Str text = json_is_true(value) ? STR("pass") : json_is_false(value) ? STR("fail") : json_str(value);

    answer->value = text;
    answer->result = str_is(text, "fail") ? R_FAIL : str_is(text, "na") ? R_NA : R_OK;
    if (!str_is(text, "pass") && !str_is(text, "fail") && !str_is(text, "na"))
        wrong(cx, filling, item, "choice", "应为 pass、fail 或 na", "must be pass, fail or na");
}

static const Error *take_file(Cx *cx, Filling *filling, const Item *item, Str text, Id *out)
{
    bool may = false;

    if (str_to_id(text, out))
        TRY(file_may_attach(cx, *out, &may));
    if (!may)
        wrong(cx, filling, item, "reference", "没有这个文件", "there is no such file");
    return OK;
}

static const Error *judge(Cx *cx, Filling *filling, const Item *item, Answer *answer)
{
    const json_t *value = json_object_get(answer->given, "value");
    Str text = json_str(value);

    answer->value = text;
    switch (item->kind) {
    case ITEM_CHECK: judge_check(cx, filling, item, answer, value); break;
    case ITEM_NUMBER: judge_number(cx, filling, item, answer, value); break;
    case ITEM_CHOICE:
        answer->result = list_has(item->fails, text) ? R_FAIL : R_OK;
        if (!list_has(item->choices, text))
            wrong(cx, filling, item, "choice", "不在选项之中", "is none of the choices");
        break;
    case ITEM_TEXT:
        if (text.len == 0 || utf8_count(text) > 1000)
            wrong(cx, filling, item, "type", "应为最多 1000 字的文字", "must be text of at most 1,000 characters");
        break;
    case ITEM_PHOTO: case ITEM_SIGNATURE: TRY(take_file(cx, filling, item, text.len > 0 ? text : json_str(json_object_get(answer->given, "photo")), &answer->photo)); break;
    case ITEM_SCAN:
        if (text.len == 0 || (item->expect.len > 0 && !str_eq(text, item->expect)))
            wrong(cx, filling, item, "out_of_range", "扫的码不是这里的", "the code is not the one of this place");
        break;
    case ITEM_COUNTDOWN:
        if (!read_number(cx->arena, value, &answer->number) || exact_cmp(answer->number, exact_of(item->seconds)) < 0)
            wrong(cx, filling, item, "out_of_range", "还没有等满时间", "the time has not run out");
        break;
    }
    return OK;
}

/* Is it asked, by what was answered above? */
static bool is_asked(const Filling *filling, const Item *item)
{
    if (item->when_item.len == 0)
        return true;
    for (int i = 0; i < filling->items->count; i++)
        if (str_eq(filling->items->list[i].code, item->when_item))
            return filling->answers[i].asked && filling->answers[i].given != NULL &&
                   (list_has(item->when_is, filling->answers[i].value) || list_has(item->when_is, str_of(result_names[filling->answers[i].result])));
    return false;
}

static const Error *take_answer(Cx *cx, Filling *filling, const Item *item, Answer *answer)
{
    Str photo = json_str(json_object_get(answer->given, "photo"));

    answer->asked = is_asked(filling, item);
    if (!answer->asked)
        return OK; /* what nobody was asked is not judged */
    if (answer->given == NULL) {
        if (item->required)
            wrong(cx, filling, item, "required", "还没有填", "is not answered");
        return OK;
    }
    answer->note = json_str(json_object_get(answer->given, "note"));
    if (utf8_count(answer->note) > 500)
        wrong(cx, filling, item, "too_long", "说明最多 500 字", "a note has at most 500 characters");
    TRY(judge(cx, filling, item, answer));
    if (answer->photo == 0 && photo.len > 0)
        TRY(take_file(cx, filling, item, photo, &answer->photo));
    if (answer->photo == 0 && (item->photo == PHOTO_ALWAYS || (item->photo == PHOTO_ON_FAIL && answer->result == R_FAIL)))
        wrong(cx, filling, item, "required", "要拍照", "a photo is wanted");
    return OK;
}

/* Puts each answer to its item. */
static void sort_answers(Cx *cx, Filling *filling, const json_t *given)
{
    if (given != NULL && !json_is_array(given))
        problems_add(&filling->problems, STR("items"), "type", STR("应为检查项的列表"), STR("must be a list of items"));
    for (size_t i = 0; i < json_array_size(given); i++) {
        const json_t *row = json_array_get(given, i);
        Str code = json_str(json_object_get(row, "item"));
        int at = 0;
        while (at < filling->items->count && !str_eq(filling->items->list[at].code, code))
            at++;
        if (at == filling->items->count)
            problems_add(&filling->problems, str_format(cx->arena, "items.%zu", i + 1), "unknown", STR("检查表里没有这一项"), STR("the checklist has no such item"));
        else if (filling->answers[at].given != NULL)
            wrong(cx, filling, &filling->items->list[at], "duplicate", "填了两次", "is answered twice");
        else
            filling->answers[at].given = row;
    }
}

static Str items_json(Cx *cx, const Filling *filling)
{
    Json json = json_new(cx->arena, 1 << 20);

    json_open(&json, '[');
    for (int i = 0; i < filling->items->count; i++) {
        const Item *item = &filling->items->list[i];
        const Answer *answer = &filling->answers[i];
        if (!answer->asked || answer->given == NULL)
            continue;
        json_open(&json, '{');
        JSON_TEXT(&json, "item", item->code);
        JSON_TEXT(&json, "label", item->label);
        if (item->label_en.len > 0)
            JSON_TEXT(&json, "label_en", item->label_en);
        JSON_TEXT(&json, "value", answer->value);
        if (item->unit.len > 0)
            JSON_TEXT(&json, "unit", item->unit);
        JSON_C(&json, "result", result_names[answer->result]);
        if (answer->photo != 0)
            JSON_ID(&json, "photo", answer->photo);
        if (answer->note.len > 0)
            JSON_TEXT(&json, "note", answer->note);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    return buf_str(&json.buf);
}

/* Points that were earned of those that could be, of 100; a warning keeps its points. */
static void set_outcome(Cx *cx, Record *checklist, const Filling *filling)
{
    int64_t earned = 0, most = 0, failed = 0, warnings = 0;
    Json files = json_new(cx->arena, 1 << 14);
    bool any = false;

    json_open(&files, '[');
    for (int i = 0; i < filling->items->count; i++) {
        const Answer *answer = &filling->answers[i];
        if (!answer->asked || answer->given == NULL)
            continue;
        if (answer->photo != 0) {
            json_id(&files, answer->photo);
            any = true;
        }
        if (answer->result == R_NA)
            continue;
        most += filling->items->list[i].points;
        earned += answer->result == R_FAIL ? 0 : filling->items->list[i].points;
        failed += answer->result == R_FAIL;
        warnings += answer->result == R_WARNING;
    }
    json_close(&files, ']');
    record_set_text(checklist, "items", items_json(cx, filling));
    record_set(checklist, "score", most == 0 ? VALUE_NULL : value_int((earned * 200 + most) / (2 * most)));
    record_set_int(checklist, "failed", failed);
    record_set_int(checklist, "warnings", warnings);
    record_set(checklist, "files", any ? value_text(buf_str(&files.buf)) : VALUE_NULL);
}

/* What the numbers are told apart by: what a module laid over the checklist (the equipment), else its place, else its record. */
static Id subject_of(const Record *checklist)
{
    for (int i = checklist->meta->type->field_count; i < checklist->meta->field_count; i++) {
        const FieldMeta *field = &checklist->meta->fields[i];
        if (field->field->type == T_REF && checklist->values[field->at].kind == V_INT)
            return checklist->values[field->at].n;
    }
    return record_int(checklist, record_is_null(checklist, "space") ? "record" : "space");
}

static const Error *keep_numbers(Cx *cx, const Record *checklist, const Filling *filling)
{
    static const char KEEP[] = "INSERT INTO checklist_value (org_id, id, template_id, item, checklist_id, subject_id, at, value, result)"
                               " VALUES (:org, :id, :template, :item, :checklist, :subject, :at, :value, :result)";

    for (int i = 0; i < filling->items->count; i++) {
        const Answer *answer = &filling->answers[i];
        if (filling->items->list[i].kind != ITEM_NUMBER || !answer->asked || answer->given == NULL)
            continue;
        TRY(sql_run(cx, KEEP,
                    IN(in_int("id", id_new(cx->now)), in_int("template", record_int(checklist, "template")), in_text("item", filling->items->list[i].code), in_int("checklist", checklist->id),
                       in_ref("subject", subject_of(checklist)), in_int("at", record_int(checklist, "filled_at")), in_text("value", answer->value),
                       in_c("result", result_names[answer->result]))));
    }
    return OK;
}

/* What failed, as a new record's JSON: the fields that the item gives, and where, what and how it looks. */
static json_t *opened_body(Cx *cx, const Record *checklist, Str name, const Item *item, const Answer *answer, const RecordMeta *meta)
{
    json_t *body = json_deep_copy(item->opens);
    Str title = utf8_cut(str_format(cx->arena, "%.*s：%.*s不合格", STR_ARG(name), STR_ARG(item->label)), 60);
    Str text = str_format(cx->arena, "%.*s：%.*s %.*s %.*s", STR_ARG(item->label), STR_ARG(answer->value), STR_ARG(item->unit), STR_ARG(answer->note));

    (void)json_object_del(body, "resource");
    if (meta_field(meta, STR("title")) != NULL && json_object_get(body, "title") == NULL)
        (void)json_object_set_new(body, "title", json_stringn(title.ptr, (size_t)title.len));
    if (meta_field(meta, STR("description")) != NULL && json_object_get(body, "description") == NULL)
        (void)json_object_set_new(body, "description", json_stringn(text.ptr, (size_t)text.len));
    if (answer->photo != 0 && meta_field(meta, STR("photos")) != NULL)
        (void)json_object_set_new(body, "photos", json_pack("[o]", json_sprintf("%lld", (long long)answer->photo)));
    for (int i = 0; i < meta->field_count; i++) { /* the place, and what modules lay over both (the equipment) */
        const FieldMeta *field = &meta->fields[i], *own = meta_field(checklist->meta, field->name);
        bool is_theirs = own != NULL && (str_is(own->name, "space") || own - checklist->meta->fields >= checklist->meta->type->field_count);
        if (is_theirs && field->field->type == T_REF && checklist->values[own->at].kind == V_INT && json_object_get(body, field->field->name) == NULL)
            (void)json_object_set_new(body, field->field->name, json_sprintf("%lld", (long long)checklist->values[own->at].n));
    }
    if (meta->type->in_project && checklist->project != 0 && json_object_get(body, "project") == NULL)
        (void)json_object_set_new(body, "project", json_sprintf("%lld", (long long)checklist->project));
    return body;
}

/* Opened by the rule, not by the person: who checks a pump need not have the right to open a repair. */
static const Error *open_one(Cx *cx, const Record *checklist, Str name, const Item *item, const Answer *answer, Json *opened)
{
    const RecordMeta *meta = kernel_find(cx->kernel, json_str(json_object_get(item->opens, "resource")));
    const Actor *who = cx->actor;
    const Error *error;
    Record *record;
    json_t *body;

    if (meta == NULL)
        return OK;
    body = opened_body(cx, checklist, name, item, answer, meta);
    cx->actor = actor_system(cx->arena, cx->org);
    error = process_create(cx, meta, body, &record);
    cx->actor = who;
    json_decref(body);
    TRY(error);
    json_open(opened, '{');
    JSON_TEXT(opened, "item", item->code);
    JSON_C(opened, "resource", meta->type->resource);
    JSON_ID(opened, "id", record->id);
    if (record->no.len > 0)
        JSON_TEXT(opened, "no", record->no);
    json_close(opened, '}');
    return OK;
}

static const Error *open_what_failed(Cx *cx, Record *checklist, const Filling *filling)
{
    Json opened = json_new(cx->arena, 1 << 16);
    Str name;
    bool any = false;

    json_open(&opened, '[');
    TRY(record_label(cx, kernel_type(cx->kernel, &checklist_template_type), record_int(checklist, "template"), &name));
    for (int i = 0; i < filling->items->count; i++) {
        const Answer *answer = &filling->answers[i];
        if (!answer->asked || answer->given == NULL || answer->result != R_FAIL || filling->items->list[i].opens == NULL)
            continue;
        any = true;
        TRY(open_one(cx, checklist, name, &filling->items->list[i], answer, &opened));
    }
    json_close(&opened, ']');
    if (any)
        record_set_text(checklist, "opened", buf_str(&opened.buf));
    return OK;
}

/* Judges the answers of the checklist's `items` and sets everything that follows. */
static const Error *fill(Cx *cx, Record *checklist, const json_t *given, Filling *filling)
{
    Items *items = new (cx->arena, Items, 1);
    int64_t edition = record_int(checklist, "edition");
    const Error *error;
    json_t *json;
    Str text;

    *filling = (Filling){.items = items, .problems = problems_new(cx->arena)};
    if (edition == 0)
        TRY(checklist_edition(cx, record_int(checklist, "template"), &edition));
    error = items_of_edition(cx, record_int(checklist, "template"), edition, &text);
    if (error != OK && error->code == ERR_NOT_FOUND)
        return error_field(cx->arena, STR("edition"), "reference", STR("检查表没有这个版次"), STR("the template has no such edition"));
    TRY(error);
    TRY(json_read(cx->arena, text, &json));
    items_read(cx->kernel, cx->arena, json, items, &filling->problems);
    filling->problems = problems_new(cx->arena); /* a template that was right when it was written is asked as it is */
    filling->answers = new (cx->arena, Answer, items->count + 1);
    sort_answers(cx, filling, given);
    for (int i = 0; i < items->count; i++)
        TRY(take_answer(cx, filling, &items->list[i], &filling->answers[i]));
    TRY(problems_error(&filling->problems));
    record_set_int(checklist, "edition", edition);
    record_set_int(checklist, "filled_at", clock_happened(cx));
    record_set(checklist, "filled_by", value_ref(cx->actor->user));
    set_outcome(cx, checklist, filling);
    TRY(open_what_failed(cx, checklist, filling));
    return keep_numbers(cx, checklist, filling);
}

const Error *checklist_fill(Cx *cx, Id template, int64_t edition, const json_t *answers, const Record *about, Record **out)
{
    static const char *const own[] = {"items", "edition", "record", "record_type", "files", NULL};
    Record *checklist = record_new(cx, kernel_type(cx->kernel, &checklist_type));
    Filling filling;

    plan_pass_on(about, checklist, own);
    record_set_int(checklist, "template", template);
    record_set(checklist, "edition", value_ref(edition));
    record_set_int(checklist, "record", about->id);
    record_set_text(checklist, "record_type", str_of(about->meta->table));
    TRY(fill(cx, checklist, answers, &filling));
    *out = checklist;
    return process_insert(cx, checklist);
}

/* One that stands alone (POST checklists). */
static const Error *prepare(Cx *cx, Record *checklist, Problems *problems)
{
    const RecordMeta *about = NULL;
    Filling filling;
    json_t *given;

    if (problems->count > 0 || record_is_null(checklist, "template") || record_is_null(checklist, "items"))
        return OK;
    if (!record_is_null(checklist, "record")) {
        TRY(record_type_of(cx, record_int(checklist, "record"), &about));
        if (about != NULL)
            record_set_text(checklist, "record_type", str_of(about->table));
    }
    TRY(json_read(cx->arena, record_text(checklist, "items"), &given));
    return fill(cx, checklist, given, &filling);
}

const RecordType checklist_type = {
    .resource = "checklists", .name = "checklist", .zh = "检查记录", .en = "Checklist", .prefix = "JC", .fields = LIST(fields), .sights = plan_sights, .sight_count = 1, .filters = LIST(filters),
    .create_by = STAFF, .write_by = BY_SYSTEM, .own_read_only = true, .indexes = indexes, .label = "no", .in_project = true, .own_search_only = true, .first_action = "fill", .first_zh = "填写",
    .first_en = "Filled", .prepare = prepare,
};

static const Error *trend_row(Cx *cx, const Row *row, void *self)
{
    Json *json = self;

    json_open(json, '{');
    JSON_KEY(json, "at");
    json_instant(json, row_int(row, 0), cx->zone_min);
    JSON_TEXT(json, "value", row_text(row, 1));
    JSON_TEXT(json, "result", row_text(row, 2));
    JSON_ID(json, "checklist", row_int(row, 3));
    json_close(json, '}');
    return OK;
}

static void limit_json(Cx *cx, Json *json, const char *name, Exact limit)
{
    json_key(json, str_of(name));
    if (exact_is_number(limit))
        json_text(json, exact_text(cx->arena, limit, 0, 6));
    else
        json_none(json);
}

const Error *checklist_trend_json(Cx *cx, const Record *template, Str code, Date from, Date to, Id subject, Json *json)
{
    static const char ALL[] = "SELECT s.at, s.value, s.result, s.checklist_id FROM (SELECT v.at, v.value, v.result, v.checklist_id FROM checklist_value v WHERE v.org_id = :org"
                              " AND v.template_id = :template AND v.item = :item AND v.at >= :from AND v.at < :before ORDER BY v.at DESC LIMIT :max) s ORDER BY s.at"; /* checklist_value_by_template_id_item_at */
    static const char ONE[] = "SELECT s.at, s.value, s.result, s.checklist_id FROM (SELECT v.at, v.value, v.result, v.checklist_id FROM checklist_value v WHERE v.org_id = :org"
                              " AND v.subject_id = :subject AND v.template_id = :template AND v.item = :item AND v.at >= :from AND v.at < :before ORDER BY v.at DESC LIMIT :max) s"
                              " ORDER BY s.at"; /* checklist_value_by_subject_id_template_id_item_at_part */
    Problems problems = problems_new(cx->arena);
    const Item *item = NULL;
    Items items;
    json_t *rows;

    TRY(json_read(cx->arena, record_text(template, "items"), &rows));
    items_read(cx->kernel, cx->arena, rows, &items, &problems);
    for (int i = 0; i < items.count; i++)
        if (str_eq(items.list[i].code, code))
            item = &items.list[i];
    if (item == NULL)
        return error_field(cx->arena, STR("item"), "reference", STR("检查表里没有这一项"), STR("the checklist has no such item"));
    json_open(json, '{');
    JSON_TEXT(json, "item", item->code);
    JSON_TEXT(json, "label", cx->lang == LANG_EN && item->label_en.len > 0 ? item->label_en : item->label);
    JSON_TEXT(json, "unit", item->unit);
    limit_json(cx, json, "min", item->min);
    limit_json(cx, json, "max", item->max);
    limit_json(cx, json, "warn_min", item->warn_min);
    limit_json(cx, json, "warn_max", item->warn_max);
    JSON_KEY(json, "points");
    json_open(json, '[');
    TRY(sql_each(cx, subject == 0 ? ALL : ONE,
                 IN(in_int("template", template->id), in_text("item", item->code), in_int("subject", subject), in_int("from", date_to_instant(from, 0, cx->zone_min)),
                    in_int("before", date_to_instant(to, 1440, cx->zone_min)), in_int("max", CHECKLIST_MAX_POINTS)),
                 trend_row, json));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
