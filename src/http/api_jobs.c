/* api_jobs.c: jobs, imports and exports. */
#include "http/api.h"
#include "kernel/export.h"
#include "kernel/file.h"
#include "kernel/import.h"
#include "kernel/input.h"

#include <unistd.h>

/* GET jobs/<id> */

static const Error *get_job(Cx *cx, Call *call)
{
    Json *out = &call->out;
    Job job;
    Id id;

    TRY(call_only_params(cx, call, NULL));
    if (!str_to_id(call->segments[1], &id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(job_get(cx, id, &job));
    if (str_is(job.state, "running"))
        (void)runner_progress(call->app->runner, id, &job.done, &job.total); /* else the row's */
    json_open(out, '{');
    JSON_ID(out, "id", job.id);
    JSON_TEXT(out, "kind", job.kind);
    JSON_TEXT(out, "state", job.state);
    JSON_KEY(out, "created_at");
    json_instant(out, job.created_at, cx->zone_min);
    JSON_KEY(out, "ended_at");
    job.ended_at == 0 ? json_none(out) : json_instant(out, job.ended_at, cx->zone_min);
    JSON_KEY(out, "progress");
    json_open(out, '{');
    JSON_INT(out, "done", job.done);
    JSON_INT(out, "total", job.total);
    json_close(out, '}');
    JSON_KEY(out, "result");
    json_raw(out, job.result);
    json_close(out, '}');
    return OK;
}

/* DELETE jobs/<id>: the running job is told at once, since its own transaction may hold the lane. */

typedef struct {
    Id id;
    Job job;
} Cancel;

static const Error *find_job(Cx *cx, void *self)
{
    Cancel *cancel = self;
    return job_get(cx, cancel->id, &cancel->job);
}

static const Error *cancel_closure(Cx *cx, void *self)
{
    Cancel *cancel = self;
    return job_cancel(cx, cancel->id);
}

static const Error *delete_job(Cx *cx, Call *call)
{
    Cancel cancel = {0};

    TRY(call_only_params(cx, call, NULL));
    if (!str_to_id(call->segments[1], &cancel.id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(store_read(call->app->store, cx, find_job, &cancel));
    runner_cancel(call->app->runner, cancel.id);
    TRY(store_write(call->app->store, cx, cancel_closure, &cancel));
    runner_cancel(call->app->runner, cancel.id); /* it may have begun in between */
    call_no_content(call);
    return OK;
}

/* POST imports */

/* The project that is meant: the one named, the caller's only one, or the company's only one. */
static const Error *find_project(Cx *cx, Call *call, Id *out, Problems *problems)
{
    static const char ONLY[] =
        "SELECT count(*), coalesce(min(id), 0) FROM project WHERE org_id = :org AND archived_at IS NULL";
    static const Field project = {.name = "project", .type = T_REF, .to = "projects"};
    const json_t *named = json_object_get(call->body, "project");
    int64_t count = 0;
    Value id = VALUE_NULL;

    if (named != NULL && !json_is_null(named)) {
        TRY(input_field(cx, &project, named, &id, problems));
        *out = id.n;
        return OK;
    }
    *out = actor_only_project(cx->actor);
    if (*out != 0)
        return OK;
    TRY(sql_row(cx, ONLY, NOTHING, OUT(out_int(&count), out_int(out))));
    if (count != 1)
        problems_add(problems, STR("project"), "required", STR("有多个项目，须写明是哪一个"),
                     STR("there are several projects; say which one"));
    return OK;
}

static const Error *find_upload(Cx *cx, Call *call, Str text, Problems *problems)
{
    FileRow file = {0};
    const Error *error;
    Id id;

    if (text.len == 0)
        return OK; /* told already */
    error = str_to_id(text, &id) ? file_get(cx, id, &file) : error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (error != OK && error->code != ERR_NOT_FOUND)
        return error;
    (void)call;
    if (error != OK || file.created_by != cx->actor->user)
        problems_add(problems, STR("file"), "reference", STR("没有这个文件，或不是自己上传的"),
                     STR("there is no such file among the own uploads"));
    else if (file.is_picture || str_is(file.type, file_type_mime(FILE_PDF)))
        problems_add(problems, STR("file"), "format", STR("须是 XLSX 或 CSV 表格"),
                     STR("must be an XLSX or CSV spreadsheet"));
    return OK;
}

/* Who may import that resource; 0: nobody can. */
static uint64_t may_import(const Cx *cx, const JobKind *kind, Str resource)
{
    const RecordMeta *meta = kernel_find(cx->kernel, resource);

    return kind == NULL || meta == NULL ? 0 : kind->by != 0 ? kind->by : import_by_whom(meta);
}

/* "houses（房屋）、equipment（设备）": what can be imported. */
static void importable_words(const Cx *cx, Buf *zh, Buf *en)
{
    buf_add_c(zh, "可以导入 houses（房屋和住户）");
    buf_add_c(en, "can be imported: houses");
    for (int i = 0; i < cx->kernel->type_count; i++)
        if (import_by_whom(&cx->kernel->types[i]) != 0) {
            buf_format(zh, "、%s（%s）", cx->kernel->types[i].type->resource, cx->kernel->types[i].type->zh);
            buf_format(en, ", %s", cx->kernel->types[i].type->resource);
        }
}

static void wrong_resource(const Cx *cx, const char *code, Problems *problems)
{
    Buf zh = buf_new(cx->arena, 4096), en = buf_new(cx->arena, 4096);

    importable_words(cx, &zh, &en);
    problems_add(problems, STR("resource"), code, buf_str(&zh), buf_str(&en));
}

static const Error *add_import(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    const json_t *dry_run = json_object_get(call->body, "dry_run"), *mapping = json_object_get(call->body, "mapping");
    const JobKind *kind = NULL;
    Id project = 0, job;
    Str resource, file;
    uint64_t by;
    json_t *args;

    TRY(body_text(cx, call, "resource", true, &resource, &problems));
    kind = runner_kind(call->app->runner, "import", resource);
    by = may_import(cx, kind, resource);
    if (!actor_has(cx->actor, by == 0 ? DESK : by, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(body_text(cx, call, "file", true, &file, &problems));
    body_only(cx, call, NAMES("resource", "file", "dry_run", "mapping", "project"), &problems);
    if (resource.len > 0 && by == 0)
        wrong_resource(cx, "choice", &problems);
    if (dry_run != NULL && !json_is_boolean(dry_run))
        problems_add(&problems, STR("dry_run"), "type", STR("应为 true 或 false"), STR("must be true or false"));
    if (mapping != NULL && !json_is_null(mapping) && !json_is_object(mapping))
        problems_add(&problems, STR("mapping"), "type", STR("应为对象，如 {\"房号\": \"no\"}"),
                     STR("must be an object such as {\"House no.\": \"no\"}"));
    TRY(find_upload(cx, call, file, &problems));
    TRY(find_project(cx, call, &project, &problems));
    if (by != 0 && project != 0 && !actor_has(cx->actor, by, project, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(problems_error(&problems));
    if (kind != NULL && kind->check_mapping != NULL)
        TRY(kind->check_mapping(cx->arena, mapping));
    args = json_pack("{s:s%, s:s%, s:s, s:b, s:s, s:O?}", "resource", resource.ptr, (size_t)resource.len, "file",
                     file.ptr, (size_t)file.len, "project",
                     str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)project)), "dry_run",
                     json_is_true(dry_run), "lang", cx->lang == LANG_EN ? "en" : "zh", "mapping", mapping);
    if (args == NULL)
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    const Error *error = job_add(cx, "import", args, &job);
    json_decref(args);
    TRY(error);
    call->status = 202;
    call_header(call, "Location", str_format(cx->arena, "/api/v1/jobs/%lld", (long long)job));
    json_open(&call->out, '{');
    JSON_ID(&call->out, "job", job);
    json_close(&call->out, '}');
    return OK;
}

static const Error *add_closure(Cx *cx, void *self)
{
    return call_once(cx, self, STR_NONE, add_import);
}

static const Error *post_import(Cx *cx, Call *call)
{
    TRY(call_only_params(cx, call, NULL));
    TRY(store_write(call->app->store, cx, add_closure, call));
    if (cx->has_job)
        runner_wake(call->app->runner);
    return OK;
}

/* Answers that are files made for the occasion. */

static const Error *answer_sheet(Cx *cx, Call *call, const char *name, SheetFormat format, int take_fd)
{
    call->fd = take_fd;
    call->content_type = str_of(export_mime(format));
    call_header(call, "Content-Disposition",
                file_disposition(cx->arena, "attachment",
                                 str_format(cx->arena, "%s.%s", name, format == SHEET_CSV ? "csv" : "xlsx")));
    return OK;
}

static const Error *get_template(Cx *cx, Call *call)
{
    Str resource = call_param(call, "resource");
    Problems problems = problems_new(cx->arena);
    const JobKind *kind = runner_kind(call->app->runner, "import", resource);
    const Error *error;
    SheetFormat format;
    int fd;

    TRY(call_only_params(cx, call, NAMES("resource", "format")));
    if (may_import(cx, kind, resource) == 0)
        wrong_resource(cx, resource.ptr == NULL ? "required" : "choice", &problems);
    TRY(problems_error(&problems));
    TRY(export_format(cx, call_param(call, "format"), &format));
    TRY(file_temporary(cx->arena, call->app->folder, &fd));
    error = kind->template(cx, kernel_find(cx->kernel, resource), format, fd);
    if (error != OK) {
        (void)close(fd); /* has no name: gone */
        return error;
    }
    return answer_sheet(cx, call, kernel_find(cx->kernel, resource)->type->resource, format, fd);
}

static const Error *export_records(Cx *cx, Call *call)
{
    const Error *error;
    SheetFormat format;
    int fd;

    TRY(export_format(cx, call_param(call, "format"), &format));
    TRY(file_temporary(cx->arena, call->app->folder, &fd));
    error = export_write(call->app->store, cx, call->meta, call->params, call->param_count, format, fd);
    if (error != OK) {
        (void)close(fd); /* has no name: gone */
        return error;
    }
    return answer_sheet(cx, call, call->meta->type->resource, format, fd);
}

const Route job_routes[] = {
    {"GET", "jobs/*", M_READ, get_job, .zh = "任务进度", .en = "Progress of a job"},
    {"DELETE", "jobs/*", M_OWN, delete_job, .zh = "取消任务", .en = "Cancel a job"},
    {"POST", "imports", M_OWN, post_import, .zh = "导入", .en = "Import"},
    {"GET", "imports/template", M_OWN, get_template, .zh = "导入模板", .en = "Template for an import"},
    {"GET", "*/export", M_OWN, export_records, .zh = "导出", .en = "Export"},
    {0},
};
