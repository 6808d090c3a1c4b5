#include "http/openapi.h"

typedef struct {
    Json *json;
    const Kernel *kernel;
    Lang lang;
    Arena *arena;
} Writer;

static const char *say(const Writer *w, const char *zh, const char *en)
{
    return w->lang == LANG_ZH ? zh : en;
}

static void open_key(Json *json, const char *key)
{
    json_key(json, str_of(key));
    json_open(json, '{');
}

static void close_object(Json *json)
{
    json_close(json, '}');
}

static void ref(Json *json, const char *path)
{
    json_open(json, '{');
    JSON_C(json, "$ref", path);
    json_close(json, '}');
}

/* "type": one name, or with null. */
static void type_of(Json *json, const char *type, bool nullable)
{
    JSON_KEY(json, "type");
    if (!nullable) {
        json_c(json, type);
        return;
    }
    json_open(json, '[');
    json_c(json, type);
    json_c(json, "null");
    json_close(json, ']');
}

static void array_of(Json *json, const char *item, bool nullable)
{
    type_of(json, "array", nullable);
    open_key(json, "items");
    JSON_C(json, "type", item);
    close_object(json);
}

static void field_schema(const Writer *w, const Field *field, bool nullable)
{
    Json *json = w->json;

    json_open(json, '{');
    JSON_C(json, "title", say(w, field->zh, field->en));
    switch (field->type) {
    case T_INT: case T_MONEY: case T_SCORE:
        type_of(json, "integer", nullable);
        JSON_C(json, "format", "int64");
        break;
    case T_BOOL: type_of(json, "boolean", nullable); break;
    case T_AREA: type_of(json, "number", nullable); break;
    case T_DATE:
        type_of(json, "string", nullable);
        JSON_C(json, "format", "date");
        break;
    case T_TIME:
        type_of(json, "string", nullable);
        JSON_C(json, "format", "date-time");
        break;
    case T_REFS: case T_PHOTOS: case T_FILES: case T_WORDS: array_of(json, "string", nullable); break;
    case T_PLACE: type_of(json, "object", nullable); break;
    case T_OBJECT: break; /* of the module's own shape */
    case T_TEXT: case T_LINES: case T_CHOICE: case T_REF: case T_RECORD: case T_CODE: case T_PHONE: case T_ID_NO: case T_SIGN: case T_FILE: case T_SECRET: case T_DECIMAL:
        type_of(json, "string", nullable);
        break;
    }
    if (field->choices != NULL) {
        JSON_KEY(json, "enum");
        json_open(json, '[');
        for (const Choice *choice = field->choices; choice->value != NULL; choice++)
            json_c(json, choice->value);
        if (nullable)
            json_none(json);
        json_close(json, ']');
    }
    if (field->type == T_SCORE) {
        JSON_INT(json, "minimum", 1);
        JSON_INT(json, "maximum", 5);
    } else if ((field->type == T_TEXT || field->type == T_LINES) && field->max > 0) {
        JSON_INT(json, "maxLength", field->max);
    }
    if (field->read_only)
        JSON_BOOL(json, "readOnly", true);
    if (field->type == T_SECRET)
        JSON_BOOL(json, "writeOnly", true);
    close_object(json);
}

static void required_list(Json *json, const Field *fields, int count)
{
    bool any = false;

    for (int i = 0; i < count; i++)
        any = any || (fields[i].required && !fields[i].read_only);
    if (!any)
        return;
    JSON_KEY(json, "required");
    json_open(json, '[');
    for (int i = 0; i < count; i++)
        if (fields[i].required && !fields[i].read_only)
            json_c(json, fields[i].name);
    json_close(json, ']');
}

static void system_property(Json *json, const char *name, const char *format, bool nullable)
{
    open_key(json, name);
    type_of(json, "string", nullable);
    if (format != NULL)
        JSON_C(json, "format", format);
    JSON_BOOL(json, "readOnly", true);
    close_object(json);
}

/* The record as it is read, and as it is written. */
static void record_schemas(const Writer *w, const RecordMeta *meta)
{
    const RecordType *type = meta->type;
    Json *json = w->json;

    open_key(json, type->resource);
    JSON_C(json, "title", say(w, type->zh, type->en));
    JSON_C(json, "type", "object");
    open_key(json, "properties");
    system_property(json, "id", NULL, false);
    if (type->prefix != NULL)
        system_property(json, "no", NULL, false);
    if (type->states != NULL || type->own_number) /* a house has no process: its state is how it is lived in */
        system_property(json, "state", NULL, type->states == NULL);
    system_property(json, "created_at", "date-time", false);
    system_property(json, "updated_at", "date-time", false);
    system_property(json, "archived_at", "date-time", true);
    if (type->in_project)
        system_property(json, "project", NULL, true);
    for (int i = 0; i < meta->field_count; i++) {
        const Field *field = meta->fields[i].field;
        if (field->internal || field->type == T_SECRET)
            continue;
        json_key(json, meta->fields[i].name);
        field_schema(w, field, true);
    }
    open_key(json, "actions");
    JSON_C(json, "type", "array");
    JSON_BOOL(json, "readOnly", true);
    JSON_KEY(json, "items");
    ref(json, "#/components/schemas/Action");
    close_object(json);
    close_object(json);
    close_object(json);

    json_key(json, str_format(w->arena, "%s_input", type->resource));
    json_open(json, '{');
    JSON_C(json, "type", "object");
    JSON_BOOL(json, "additionalProperties", false);
    open_key(json, "properties");
    if (type->in_project) {
        open_key(json, "project");
        JSON_C(json, "type", "string");
        close_object(json);
    }
    open_key(json, "device_at");
    JSON_C(json, "type", "string");
    JSON_C(json, "format", "date-time");
    close_object(json);
    for (int i = 0; i < meta->field_count; i++) {
        const Field *field = meta->fields[i].field;
        if (field->internal || field->read_only)
            continue;
        json_key(json, meta->fields[i].name);
        field_schema(w, field, !field->required);
    }
    close_object(json);
    required_list(json, type->fields, type->field_count);
    close_object(json);
}

static void content(Json *json, const char *media, const char *schema)
{
    open_key(json, "content");
    open_key(json, media);
    JSON_KEY(json, "schema");
    if (schema == NULL) {
        json_open(json, '{');
        close_object(json);
    } else {
        ref(json, schema);
    }
    close_object(json);
    close_object(json);
}

static void answers(const Writer *w, const char *status, const char *media, const char *schema)
{
    Json *json = w->json;

    open_key(json, "responses");
    open_key(json, status);
    JSON_C(json, "description", say(w, "成功", "Done"));
    if (media != NULL)
        content(json, media, schema);
    close_object(json);
    open_key(json, "default");
    JSON_C(json, "description", say(w, "没有做成", "Not done"));
    content(json, "application/problem+json", "#/components/schemas/Problem");
    close_object(json);
    close_object(json);
}

static void path_parameter(Json *json, const char *name)
{
    json_open(json, '{');
    JSON_C(json, "name", name);
    JSON_C(json, "in", "path");
    JSON_BOOL(json, "required", true);
    open_key(json, "schema");
    JSON_C(json, "type", "string");
    close_object(json);
    close_object(json);
}

static void parameter_refs(Json *json, const char *const *names)
{
    for (; *names != NULL; names++) {
        json_open(json, '{');
        JSON_KEY(json, "$ref");
        json_c(json, *names);
        json_close(json, '}');
    }
}

static void operation(const Writer *w, const char *method, const char *id, const char *summary, const char *tag)
{
    open_key(w->json, method);
    JSON_C(w->json, "operationId", id);
    JSON_C(w->json, "summary", summary);
    JSON_KEY(w->json, "tags");
    json_open(w->json, '[');
    json_c(w->json, tag);
    json_close(w->json, ']');
}

static const char *text(const Writer *w, const char *format, const char *a, const char *b)
{
    return str_to_c(w->arena, str_format(w->arena, "%s%s%s", a, format, b));
}

static void body_schema(Json *json, const char *schema)
{
    open_key(json, "requestBody");
    JSON_BOOL(json, "required", true);
    content(json, "application/json", schema);
    close_object(json);
}

#define P(name) "#/components/parameters/" name

static void resource_paths(const Writer *w, const RecordType *type)
{
    static const char *const listing[] = {P("filter"), P("q"), P("sort"), P("limit"), P("after"), P("fields"), P("include"), P("count"), NULL};
    static const char *const reading[] = {P("fields"), P("include"), NULL};
    static const char *const writing[] = {P("Idempotency-Key"), NULL};
    static const char *const changing[] = {P("Idempotency-Key"), P("If-Match"), NULL};
    const char *schema = text(w, "", "#/components/schemas/", type->resource);
    const char *input = text(w, "_input", schema, "");
    Json *json = w->json;

    json_key(json, str_format(w->arena, "/%s", type->resource));
    json_open(json, '{');
    operation(w, "get", text(w, "_", "list", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "列表", ": list")), type->resource);
    JSON_KEY(json, "parameters");
    json_open(json, '[');
    parameter_refs(json, listing);
    json_close(json, ']');
    answers(w, "200", "application/json", "#/components/schemas/Page");
    close_object(json);
    if (type->create_by != 0) {
        operation(w, "post", text(w, "_", "create", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "新建", ": create")), type->resource);
        JSON_KEY(json, "parameters");
        json_open(json, '[');
        parameter_refs(json, writing);
        json_close(json, ']');
        body_schema(json, input);
        answers(w, "201", "application/json", schema);
        close_object(json);
    }
    close_object(json);

    json_key(json, str_format(w->arena, "/%s/{id}", type->resource));
    json_open(json, '{');
    operation(w, "get", text(w, "_", "read", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "读取", ": read")), type->resource);
    JSON_KEY(json, "parameters");
    json_open(json, '[');
    path_parameter(json, "id");
    parameter_refs(json, reading);
    json_close(json, ']');
    answers(w, "200", "application/json", schema);
    close_object(json);
    if (type->write_by != 0 && !type->own_read_only) {
        operation(w, "patch", text(w, "_", "change", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "修改", ": change")), type->resource);
        JSON_KEY(json, "parameters");
        json_open(json, '[');
        path_parameter(json, "id");
        parameter_refs(json, changing);
        json_close(json, ']');
        open_key(json, "requestBody");
        JSON_BOOL(json, "required", true);
        open_key(json, "content");
        open_key(json, "application/merge-patch+json");
        open_key(json, "schema");
        JSON_C(json, "type", "object");
        close_object(json);
        close_object(json);
        close_object(json);
        close_object(json);
        answers(w, "200", "application/json", schema);
        close_object(json);
    }
    if (type->write_by != 0 && !type->own_read_only && !type->of_the_books) {
        operation(w, "delete", text(w, "_", "archive", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "归档", ": archive")), type->resource);
        JSON_KEY(json, "parameters");
        json_open(json, '[');
        path_parameter(json, "id");
        parameter_refs(json, changing);
        json_close(json, ']');
        answers(w, "204", NULL, NULL);
        close_object(json);
    }
    close_object(json);

    json_key(json, str_format(w->arena, "/%s/{id}/events", type->resource));
    json_open(json, '{');
    operation(w, "get", text(w, "_", "events", type->resource), text(w, "", say(w, type->zh, type->en), say(w, "经过", ": events")), type->resource);
    JSON_KEY(json, "parameters");
    json_open(json, '[');
    path_parameter(json, "id");
    parameter_refs(json, (const char *const[]){P("limit"), P("after"), NULL});
    json_close(json, ']');
    answers(w, "200", "application/json", "#/components/schemas/Page");
    close_object(json);
    close_object(json);

    for (int i = 0; i < type->action_count; i++) {
        const Action *action = &type->actions[i];
        json_key(json, str_format(w->arena, "/%s/{id}/actions/%s", type->resource, action->name));
        json_open(json, '{');
        operation(w, "post", str_to_c(w->arena, str_format(w->arena, "%s_%s", type->resource, action->name)),
                  str_to_c(w->arena, str_format(w->arena, "%s%s%s", say(w, type->zh, type->en), say(w, "：", ": "), say(w, action->zh, action->en))),
                  type->resource);
        JSON_KEY(json, "parameters");
        json_open(json, '[');
        path_parameter(json, "id");
        parameter_refs(json, changing);
        json_close(json, ']');
        open_key(json, "requestBody");
        open_key(json, "content");
        open_key(json, "application/json");
        open_key(json, "schema");
        JSON_C(json, "type", "object");
        JSON_BOOL(json, "additionalProperties", false);
        open_key(json, "properties");
        open_key(json, "device_at");
        JSON_C(json, "type", "string");
        JSON_C(json, "format", "date-time");
        close_object(json);
        for (int k = 0; k < action->ask_count; k++) {
            json_key(json, str_of(action->asks[k].name));
            field_schema(w, &action->asks[k], !action->asks[k].required);
        }
        close_object(json);
        required_list(json, action->asks, action->ask_count);
        close_object(json);
        close_object(json);
        close_object(json);
        close_object(json);
        answers(w, "200", "application/json", action->answer == NULL ? schema : NULL);
        close_object(json);
        close_object(json);
    }
}

/* The routes that no declaration makes, grouped by path as OpenAPI wants it. '*' becomes {id}. */
static void other_paths(const Writer *w)
{
    const Route *const *lists = api_route_lists();
    Json *json = w->json;
    Buf done = buf_new(w->arena, 1 << 14);

    for (int l = 0; lists[l] != NULL; l++)
        for (const Route *route = lists[l]; route->method != NULL; route++) {
            Str mark = str_format(w->arena, "\n%s\n", route->pattern);
            int stars = 0;
            bool is_resource_list = kernel_find(w->kernel, str_of(route->pattern)) != NULL;
            if (route->pattern[0] == '*' || str_find(buf_str(&done), mark) >= 0 || is_resource_list)
                continue;
            buf_add(&done, mark);
            JSON_KEY(json, "");
            json->buf.len -= 3; /* the key is put together here: its stars become names */
            buf_add_c(&json->buf, "\"/");
            for (const char *c = route->pattern; *c != '\0'; c++) {
                if (*c == '*')
                    buf_add(&json->buf, stars++ == 0 ? STR("{id}") : STR("{name}"));
                else
                    buf_char(&json->buf, *c);
            }
            buf_add_c(&json->buf, "\":");
            json_open(json, '{');
            for (int k = 0; lists[k] != NULL; k++)
                for (const Route *same = lists[k]; same->method != NULL; same++) {
                    char method[8] = {0};
                    if (strcmp(same->pattern, route->pattern) != 0)
                        continue;
                    for (size_t c = 0; c < sizeof method - 1 && same->method[c] != '\0'; c++)
                        method[c] = (char)(same->method[c] | 32);
                    operation(w, method, str_to_c(w->arena, str_format(w->arena, "%s_%llx", method, (unsigned long long)str_hash(str_of(same->pattern)))),
                              say(w, same->zh, same->en), "other");
                    if (stars > 0) {
                        JSON_KEY(json, "parameters");
                        json_open(json, '[');
                        path_parameter(json, "id");
                        json_close(json, ']');
                    }
                    if (same->is_public) {
                        JSON_KEY(json, "security");
                        json_open(json, '[');
                        json_close(json, ']');
                    }
                    if (strcmp(same->method, "POST") == 0)
                        body_schema(json, NULL);
                    answers(w, "200", "application/json", NULL);
                    close_object(json);
                }
            close_object(json);
        }
}

static void parameter(Json *json, const char *name, const char *in, const char *type, const char *description)
{
    open_key(json, name);
    JSON_C(json, "name", name);
    JSON_C(json, "in", in);
    JSON_C(json, "description", description);
    if (strcmp(name, "filter") == 0) {
        JSON_C(json, "style", "deepObject");
        JSON_BOOL(json, "explode", true);
    }
    open_key(json, "schema");
    JSON_C(json, "type", type);
    if (strcmp(name, "limit") == 0) {
        JSON_INT(json, "minimum", 1);
        JSON_INT(json, "maximum", 500);
    }
    close_object(json);
    close_object(json);
}

static void components(const Writer *w)
{
    Json *json = w->json;

    open_key(json, "components");
    open_key(json, "securitySchemes");
    open_key(json, "bearer");
    JSON_C(json, "type", "http");
    JSON_C(json, "scheme", "bearer");
    close_object(json);
    open_key(json, "cookie");
    JSON_C(json, "type", "apiKey");
    JSON_C(json, "in", "cookie");
    JSON_C(json, "name", "anju_session");
    close_object(json);
    close_object(json);
    open_key(json, "parameters");
    parameter(json, "filter", "query", "object", say(w, "filter[字段]=值，filter[字段][运算]=值", "filter[field]=v, filter[field][op]=v; op is eq ne lt lte gt gte in like null"));
    parameter(json, "q", "query", "string", say(w, "全文检索", "Full text"));
    parameter(json, "sort", "query", "string", say(w, "如 -created_at,no", "Such as -created_at,no"));
    parameter(json, "limit", "query", "integer", say(w, "每页条数", "Rows a page"));
    parameter(json, "after", "query", "string", say(w, "上一页的 next", "`next` of the page before"));
    parameter(json, "fields", "query", "string", say(w, "只要这些字段", "Only these fields"));
    parameter(json, "include", "query", "string", say(w, "带出引用的名称", "Labels of references"));
    parameter(json, "count", "query", "boolean", say(w, "同时给出总数", "Also the count"));
    parameter(json, "Idempotency-Key", "header", "string", say(w, "同一个键只办一次", "A repeated key is done once"));
    parameter(json, "If-Match", "header", "string", say(w, "读到时的 ETag", "The ETag that was read"));
    close_object(json);
    open_key(json, "schemas");
    open_key(json, "Problem");
    JSON_C(json, "type", "object");
    open_key(json, "properties");
    static const char *const texts[] = {"type", "title", "detail", "code", "state"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        open_key(json, texts[i]);
        JSON_C(json, "type", "string");
        close_object(json);
    }
    open_key(json, "status");
    JSON_C(json, "type", "integer");
    close_object(json);
    open_key(json, "fields");
    JSON_C(json, "type", "array");
    open_key(json, "items");
    JSON_C(json, "type", "object");
    close_object(json);
    close_object(json);
    close_object(json);
    close_object(json);
    open_key(json, "Page");
    JSON_C(json, "type", "object");
    open_key(json, "properties");
    open_key(json, "items");
    JSON_C(json, "type", "array");
    open_key(json, "items");
    JSON_C(json, "type", "object");
    close_object(json);
    close_object(json);
    open_key(json, "next");
    type_of(json, "string", true);
    close_object(json);
    close_object(json);
    close_object(json);
    open_key(json, "Action");
    JSON_C(json, "type", "object");
    open_key(json, "properties");
    open_key(json, "name");
    JSON_C(json, "type", "string");
    close_object(json);
    open_key(json, "label");
    JSON_C(json, "type", "string");
    close_object(json);
    open_key(json, "asks");
    JSON_C(json, "type", "array");
    open_key(json, "items");
    JSON_C(json, "type", "object");
    close_object(json);
    close_object(json);
    close_object(json);
    close_object(json);
    for (int i = 0; i < w->kernel->type_count; i++)
        record_schemas(w, &w->kernel->types[i]);
    close_object(json);
    close_object(json);
}

void openapi_json(const Kernel *kernel, Lang lang, Json *json)
{
    Writer writer = {json, kernel, lang, json->buf.arena};

    json_open(json, '{');
    JSON_C(json, "openapi", "3.1.0");
    open_key(json, "info");
    JSON_C(json, "title", "Anju 安居");
    JSON_C(json, "version", "1");
    JSON_C(json, "description", lang == LANG_ZH ? "物业服务企业的服务过程" : "The service processes of a property-management company");
    open_key(json, "license");
    JSON_C(json, "name", "Apache-2.0");
    JSON_C(json, "identifier", "Apache-2.0");
    close_object(json);
    close_object(json);
    JSON_KEY(json, "servers");
    json_open(json, '[');
    json_open(json, '{');
    JSON_C(json, "url", "/api/v1");
    close_object(json);
    json_close(json, ']');
    JSON_KEY(json, "security");
    json_open(json, '[');
    json_open(json, '{');
    JSON_KEY(json, "bearer");
    json_open(json, '[');
    json_close(json, ']');
    json_close(json, '}');
    json_open(json, '{');
    JSON_KEY(json, "cookie");
    json_open(json, '[');
    json_close(json, ']');
    json_close(json, '}');
    json_close(json, ']');
    open_key(json, "paths");
    for (int i = 0; i < kernel->type_count; i++)
        resource_paths(&writer, kernel->types[i].type);
    other_paths(&writer);
    close_object(json);
    components(&writer);
    close_object(json);
}
