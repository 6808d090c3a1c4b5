/* checklist.c: templates of checklists and their editions. A change of the items is a new edition; the old ones stay, since what was
 * asked then is what was answered. */
#include "kernel/checklist_parts.h"
#include "kernel/plan_parts.h"

static const Field fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 60, .searched = true},
    {"name", "名称", "Name", T_TEXT, .max = 120, .required = true, .searched = true},
    {"name_en", "英文名称", "Name in English", T_TEXT, .max = 120},
    {"items", "检查项", "Items", T_OBJECT, .required = true},
    {"edition", "版次", "Edition", T_INT, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 2000},
};

static const Column edition_columns[] = {{"template_id", C_INT, true}, {"edition", C_INT, true}, {"items", C_TEXT, true}, {"created_at", C_INT, true}, {0}};
const Table checklist_edition_table = {"checklist_edition", edition_columns, .key = "template_id, edition"};

static const struct {
    const char *name;
    ItemKind kind;
} kinds[] = {{"check", ITEM_CHECK}, {"choice", ITEM_CHOICE}, {"number", ITEM_NUMBER}, {"text", ITEM_TEXT}, {"photo", ITEM_PHOTO}, {"signature", ITEM_SIGNATURE}, {"scan", ITEM_SCAN},
             {"countdown", ITEM_COUNTDOWN}};

/* What reading one item needs at hand. */
typedef struct {
    const Kernel *kernel;
    Arena *arena;
    Problems *problems;
    Str where; /* "items.pressure" */
} Reader;

static void wrong(const Reader *reader, const char *code, const char *zh, const char *en)
{
    problems_add(reader->problems, reader->where, code, str_of(zh), str_of(en));
}

static Str text_of(const Reader *reader, const json_t *object, const char *name, int64_t max)
{
    const json_t *value = json_object_get(object, name);
    Str text = json_str(value);

    if (value != NULL && (!json_is_string(value) || utf8_count(text) > max))
        problems_add(reader->problems, reader->where, "type", str_format(reader->arena, "%s 应为最多 %lld 个字的文字", name, (long long)max),
                     str_format(reader->arena, "%s must be text of at most %lld characters", name, (long long)max));
    return text;
}

/* A limit: decimal text, or a whole number. */
static Exact limit_of(const Reader *reader, const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    Exact limit = {0};

    if (json_is_integer(value))
        return exact_of(json_integer_value(value));
    if (value != NULL && !json_is_null(value) && !exact_parse(json_str(value), 6, &limit))
        problems_add(reader->problems, reader->where, "format", str_format(reader->arena, "%s 应为数字文字，如 \"0.35\"", name),
                     str_format(reader->arena, "%s must be a number as text such as \"0.35\"", name));
    return limit;
}

static const json_t *texts_of(const Reader *reader, const json_t *object, const char *name)
{
    const json_t *list = json_object_get(object, name);
    bool fits = json_is_array(list) && json_array_size(list) >= 1 && json_array_size(list) <= 50;

    for (size_t i = 0; fits && i < json_array_size(list); i++)
        fits = json_is_string(json_array_get(list, i)) && utf8_count(json_str(json_array_get(list, i))) <= 100;
    if (list != NULL && !fits)
        problems_add(reader->problems, reader->where, "type", str_format(reader->arena, "%s 应为文字的列表", name), str_format(reader->arena, "%s must be a list of texts", name));
    return fits ? list : NULL;
}

static void read_kind(const Reader *reader, const json_t *json, Item *item)
{
    Str kind = json_str(json_object_get(json, "kind"));

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is(kind, kinds[i].name)) {
            item->kind = kinds[i].kind;
            return;
        }
    if (json_object_get(json, "kind") != NULL)
        wrong(reader, "choice", "kind 应为 check、choice、number、text、photo、signature、scan 或 countdown", "kind must be one of check, choice, number, text, photo, signature, scan, countdown");
}

static void read_photo(const Reader *reader, const json_t *json, Item *item)
{
    Str photo = text_of(reader, json, "photo", 20);

    item->photo = str_is(photo, "always") ? PHOTO_ALWAYS : str_is(photo, "on_fail") ? PHOTO_ON_FAIL : PHOTO_NEVER;
    if (photo.len > 0 && item->photo == PHOTO_NEVER && !str_is(photo, "never"))
        wrong(reader, "choice", "photo 应为 always、on_fail 或 never", "photo must be always, on_fail or never");
}

/* What a module lays over checklists is passed on to what they open (the equipment). */
static bool is_passed_on(const Reader *reader, const Field *field)
{
    const RecordMeta *checklists = kernel_type(reader->kernel, &checklist_type);
    const FieldMeta *own = meta_field(checklists, str_of(field->name));

    return own != NULL && own - checklists->fields >= checklists->type->field_count;
}

/* The resource is there, and has the fields that are given; those that it wants and nobody gives are found out now, not on site. */
static void read_opens(const Reader *reader, const json_t *json, Item *item)
{
    static const char *const given[] = {"title", "description", "photos", "house", "space", NULL}; /* by checklist_fill */
    const json_t *opens = json_object_get(json, "opens");
    const RecordMeta *meta = kernel_find(reader->kernel, json_str(json_object_get(opens, "resource")));
    const char *key;
    json_t *value;

    if (opens == NULL || json_is_null(opens))
        return;
    if (!json_is_object(opens) || meta == NULL) {
        wrong(reader, "reference", "opens 应写明 resource，如 {\"resource\":\"repairs\",\"category\":\"water.tap\"}", "opens names a resource, such as {\"resource\":\"repairs\",\"category\":\"water.tap\"}");
        return;
    }
    json_object_foreach((json_t *)opens, key, value) if (strcmp(key, "resource") != 0 && meta_field(meta, str_of(key)) == NULL)
        problems_add(reader->problems, reader->where, "unknown", str_format(reader->arena, "%s 没有字段 %s", meta->type->zh, key), str_format(reader->arena, "%s has no field %s", meta->type->en, key));
    for (int i = 0; i < meta->field_count; i++) {
        const Field *field = meta->fields[i].field;
        if (field->required && !field->read_only && field->set_default == NULL && !names_have(given, field->name) && !is_passed_on(reader, field) && json_object_get(opens, field->name) == NULL)
            problems_add(reader->problems, reader->where, "required", str_format(reader->arena, "opens 还缺 %s（%s）", field->name, field->zh),
                         str_format(reader->arena, "opens lacks %s (%s)", field->name, field->en));
    }
    item->opens = opens;
}

static void read_when(const Reader *reader, const json_t *json, const Items *before, Item *item)
{
    const json_t *when = json_object_get(json, "when");
    Str other = json_str(json_object_get(when, "item"));

    if (when == NULL || json_is_null(when))
        return;
    item->when_is = texts_of(reader, when, "is");
    for (int i = 0; i < before->count; i++)
        if (str_eq(before->list[i].code, other))
            item->when_item = other;
    if (item->when_item.len == 0 || item->when_is == NULL)
        wrong(reader, "reference", "when 应写明前面的一项和答案，如 {\"item\":\"running\",\"is\":[\"pass\"]}", "when names an item above and its answers, such as {\"item\":\"running\",\"is\":[\"pass\"]}");
}

static void check_item(const Reader *reader, const Item *item)
{
    bool fits = (!exact_is_number(item->min) || !exact_is_number(item->max) || exact_cmp(item->min, item->max) <= 0) &&
                (!exact_is_number(item->warn_min) || !exact_is_number(item->warn_max) || exact_cmp(item->warn_min, item->warn_max) <= 0);

    if (item->label.len == 0)
        wrong(reader, "required", "每一项要有 label", "each item has a label");
    if (!fits)
        wrong(reader, "out_of_range", "下限不能大于上限", "the lower limit must not be above the upper one");
    if (item->kind == ITEM_CHOICE && item->choices == NULL)
        wrong(reader, "required", "choice 要有 choices", "a choice has choices");
    if (item->kind == ITEM_COUNTDOWN && (item->seconds < 1 || item->seconds > 86400))
        wrong(reader, "out_of_range", "countdown 的 seconds 应为 1 到 86400", "the seconds of a countdown go from 1 to 86400");
    if (item->points < 0 || item->points > 1000)
        wrong(reader, "out_of_range", "points 应为 0 到 1000", "points go from 0 to 1000");
}

static Item read_item(const Reader *reader, const json_t *json, const Items *before)
{
    Item item = {.code = text_of(reader, json, "item", 60), .label = text_of(reader, json, "label", 200), .label_en = text_of(reader, json, "label_en", 300), .unit = text_of(reader, json, "unit", 20),
                 .expect = text_of(reader, json, "expect", 200), .required = !json_is_false(json_object_get(json, "required")), .seconds = json_integer_value(json_object_get(json, "seconds")),
                 .points = json_object_get(json, "points") == NULL ? 1 : json_integer_value(json_object_get(json, "points")), .min = limit_of(reader, json, "min"), .max = limit_of(reader, json, "max"),
                 .warn_min = limit_of(reader, json, "warn_min"), .warn_max = limit_of(reader, json, "warn_max"), .choices = texts_of(reader, json, "choices"), .fails = texts_of(reader, json, "fails")};

    read_kind(reader, json, &item);
    read_photo(reader, json, &item);
    read_opens(reader, json, &item);
    read_when(reader, json, before, &item);
    check_item(reader, &item);
    return item;
}

void items_read(const Kernel *kernel, Arena *arena, const json_t *json, Items *out, Problems *problems)
{
    static const char *const known[] = {"item", "label", "label_en", "kind", "unit", "min", "max", "warn_min", "warn_max", "required", "photo", "points", "when", "opens", "choices", "fails", "expect", "seconds", NULL};
    size_t count = json_array_size(json);

    *out = (Items){.list = new (arena, Item, count + 1)};
    if (!json_is_array(json) || count == 0 || count > CHECKLIST_MAX_ITEMS) {
        problems_add(problems, STR("items"), "type", str_format(arena, "应为 1 到 %d 个检查项的列表", CHECKLIST_MAX_ITEMS), str_format(arena, "must be a list of 1 to %d items", CHECKLIST_MAX_ITEMS));
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *row = json_array_get(json, i);
        Str code = json_str(json_object_get(row, "item"));
        Reader reader = {kernel, arena, problems, code.len > 0 && code.len <= 60 ? str_format(arena, "items.%.*s", STR_ARG(code)) : str_format(arena, "items.%zu", i + 1)};
        const char *key;
        json_t *value;
        bool again = false;
        if (!json_is_object(row) || code.len == 0) {
            wrong(&reader, "required", "每一项要有编码 item", "each item has a code, `item`");
            continue;
        }
        json_object_foreach((json_t *)row, key, value) if (!names_have(known, key))
            problems_add(problems, reader.where, "unknown", str_format(arena, "没有 %s 这一项", key), str_format(arena, "there is no %s", key));
        for (int k = 0; k < out->count; k++)
            again = again || str_eq(out->list[k].code, code);
        if (again)
            wrong(&reader, "duplicate", "编码重复", "the code is there twice");
        out->list[out->count] = read_item(&reader, row, out);
        out->count++;
    }
}

static const Error *check(Cx *cx, Record *template, Problems *problems)
{
    json_t *json;
    Items items;

    if (record_is_null(template, "items"))
        return OK;
    TRY(json_read(cx->arena, record_text(template, "items"), &json));
    items_read(cx->kernel, cx->arena, json, &items, problems);
    return OK;
}

static const Error *keep_edition(Cx *cx, const Record *template)
{
    static const char KEEP[] = "INSERT INTO checklist_edition (org_id, template_id, edition, items, created_at) VALUES (:org, :template, :edition, :items, :now)";
    return sql_run(cx, KEEP, IN(in_int("template", template->id), in_int("edition", record_int(template, "edition")), in_text("items", record_text(template, "items"))));
}

static const Error *prepare(Cx *cx, Record *template, Problems *problems)
{
    record_set_int(template, "edition", 1);
    if (record_is_null(template, "name_en"))
        record_set_text(template, "name_en", record_text(template, "name"));
    return check(cx, template, problems);
}

static const Error *changed(Cx *cx, Record *template, Problems *problems)
{
    TRY(check(cx, template, problems));
    if (problems->count > 0 || !record_changed(template, "items"))
        return OK;
    record_set_int(template, "edition", record_int(template, "edition") + 1);
    return keep_edition(cx, template);
}

static const Error *created(Cx *cx, Record *template)
{
    return keep_edition(cx, template);
}

const RecordType checklist_template_type = {
    .resource = "checklist_templates", .name = "checklist_template", .zh = "检查表", .en = "Checklist template", .fields = LIST(fields), .sights = LIST(sight_staff),
    .create_by = PLANNERS, .write_by = PLANNERS, .unique = NAMES("code"), .label = "name", .label_en = "name_en", .prepare = prepare, .created = created, .changed = changed,
};

const Error *checklist_template_add(Cx *cx, Record *template, Str items)
{
    Problems problems = problems_new(cx->arena);

    record_set_text(template, "items", items);
    TRY(prepare(cx, template, &problems));
    TRY(problems_error(&problems));
    return process_insert(cx, template);
}

const Error *checklist_edition(Cx *cx, Id template, int64_t *out)
{
    static const char NOW[] = "SELECT edition FROM checklist_template WHERE org_id = :org AND id = :id";
    bool found;

    *out = 0;
    return sql_find(cx, NOW, IN(in_int("id", template)), OUT(out_int(out)), &found);
}

const Error *items_of_edition(Cx *cx, Id template, int64_t edition, Str *out)
{
    static const char ITEMS[] = "SELECT items FROM checklist_edition WHERE org_id = :org AND template_id = :template AND edition = :edition";
    return sql_row(cx, ITEMS, IN(in_int("template", template), in_int("edition", edition)), OUT(out_text(out)));
}

const Error *checklist_edition_json(Cx *cx, Id template, int64_t edition, Json *json)
{
    Str items;

    TRY(items_of_edition(cx, template, edition, &items));
    json_open(json, '{');
    JSON_ID(json, "template", template);
    JSON_INT(json, "edition", edition);
    JSON_KEY(json, "items");
    json_raw(json, items);
    json_close(json, '}');
    return OK;
}
