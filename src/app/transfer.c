/* transfer.c: `anju import` and `anju export`: what the API does as a job and a download, from the command line. */
#include "app/commands.h"
#include "kernel/export.h"
#include "modules/property/house_import.h"
#include "modules/property/property.h"

#include <stdio.h>
#include <unistd.h>

/* The folder, the resource (first word) and a context in the company. The house is the caller's to close. */
static const Error *open_for(Arena *arena, const Settings *settings, int words, const char *usage, House **house, Cx *cx, const RecordMeta **meta)
{
    HousePlace place;
    const Error *error;

    TRY(place_of(arena, settings, &place));
    if (settings->word_count != words)
        return error_new(arena, ERR_USAGE, str_format(arena, "用法：anju %s", usage), str_format(arena, "usage: anju %s", usage));
    TRY(house_open(arena, &place, false, NULL, NULL, house));
    error = house_cx(*house, arena, setting(settings, "org"), clock_now(), cx);
    if (error == OK) {
        *meta = kernel_find(&(*house)->kernel, str_of(settings->words[0]));
        if (*meta == NULL)
            error = error_new(arena, ERR_USAGE, str_format(arena, "没有资源 %s", settings->words[0]), str_format(arena, "there is no resource %s", settings->words[0]));
    }
    if (error != OK)
        house_close(*house);
    return error;
}

const Error *command_export(Arena *arena, Settings *settings)
{
    const RecordMeta *meta;
    const Error *error;
    SheetFormat format;
    House *house;
    Cx cx;

    TRY(open_for(arena, settings, 1, "export --data D RESOURCE --format csv|xlsx", &house, &cx, &meta));
    error = export_format(&cx, str_of(setting(settings, "format")), &format);
    if (error != OK)
        error = error_new(arena, ERR_USAGE, STR("--format 应为 csv 或 xlsx"), STR("--format must be csv or xlsx"));
    else
        error = export_write(house->store, &cx, meta, NULL, 0, format, STDOUT_FILENO);
    house_close(house);
    return error;
}

/* {"<heading>": "<field>"|null} from a file. */
static const Error *read_mapping(Arena *arena, const char *path, json_t **out)
{
    char text[65536];
    FILE *file = path == NULL ? NULL : fopen(path, "rb");
    size_t size;

    *out = NULL;
    if (path == NULL)
        return OK;
    if (file == NULL)
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "打不开 %s", path), str_format(arena, "cannot open %s", path));
    size = fread(text, 1, sizeof text, file);
    (void)fclose(file); /* only read */
    return json_read(arena, str_copy(arena, (Str){text, (ptrdiff_t)size}), out);
}

static const Error *find_project(Cx *cx, void *self)
{
    static const char ONLY[] = "SELECT coalesce(min(id), 0), count(*) FROM project WHERE org_id = :org AND archived_at IS NULL AND (:any = 1 OR code = :code)";
    ImportAsk *ask = ((void **)self)[0];
    const char *code = ((void **)self)[1];
    int64_t count = 0;

    TRY(sql_row(cx, ONLY, IN(in_int("any", code == NULL), in_c("code", code)), OUT(out_int(&ask->project), out_int(&count))));
    if (count == 1)
        return OK;
    return error_new(cx->arena, ERR_USAGE, STR("请用 --project 写明项目代码"), STR("name the project's code with --project"));
}

static void print_rows(const json_t *rows, const char *title)
{
    const json_t *row;
    size_t i;

    json_array_foreach((json_t *)rows, i, row)
    {
        Str value = json_str(json_object_get(row, "value")), column = json_str(json_object_get(row, "column")), message = json_str(json_object_get(row, "message"));
        (void)printf("%s 第 %lld 行 row, %.*s「%.*s」: %.*s\n", title, (long long)json_integer_value(json_object_get(row, "row")), STR_ARG(column),
                     STR_ARG(value), STR_ARG(message));
        if (i == 99 && json_array_size(rows) > 100) {
            (void)printf("… 另有 %zu 条 more\n", json_array_size(rows) - 100);
            return;
        }
    }
}

static const Error *print_result(Arena *arena, Str text)
{
    json_t *result, *count;
    const char *what;

    TRY(json_read(arena, text, &result));
    print_rows(json_object_get(result, "errors"), "错误 error");
    print_rows(json_object_get(result, "warnings"), "待核对 warning");
    json_object_foreach(json_object_get(result, "created"), what, count)
        (void)printf("%s: 新增 created %lld, 修改 changed %lld, 不变 unchanged %lld\n", what, (long long)json_integer_value(count),
                     (long long)json_integer_value(json_object_get(json_object_get(result, "changed"), what)),
                     (long long)json_integer_value(json_object_get(json_object_get(result, "unchanged"), what)));
    return OK;
}

const Error *command_import(Arena *arena, Settings *settings)
{
    const RecordMeta *meta;
    ImportAsk ask = {.dry_run = setting_on(settings, "dry-run")};
    const Error *error;
    bool failed = false, is_houses;
    json_t *mapping;
    House *house;
    Str result = STR_NONE;
    Cx cx;

    TRY(open_for(arena, settings, 2, "import --data D RESOURCE FILE", &house, &cx, &meta));
    error = read_mapping(arena, setting(settings, "mapping"), &mapping);
    ask.mapping = mapping;
    is_houses = meta->type == &house_type;
    if (error == OK && !is_houses && import_by_whom(meta) == 0)
        error = error_new(arena, ERR_USAGE, str_format(arena, "%s 不能导入", meta->type->resource), str_format(arena, "%s cannot be imported", meta->type->resource));
    if (error == OK)
        error = store_read(house->store, &cx, find_project, (void *[]){&ask, (void *)(uintptr_t)setting(settings, "project")});
    if (error == OK)
        error = (is_houses ? house_import : record_import)(house->store, &cx, meta, settings->words[1], &ask, NULL, &result, &failed);
    house_close(house);
    TRY(error);
    if (setting_on(settings, "json"))
        (void)printf("%.*s\n", STR_ARG(result));
    else
        TRY(print_result(arena, result));
    if (failed)
        return error_new(arena, ERR_STATE_OF_WORLD, STR("有错误的行，什么都没有导入"), STR("some rows have errors; nothing was imported"));
    return OK;
}
