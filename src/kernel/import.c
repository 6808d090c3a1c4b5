#include "kernel/import.h"
#include "kernel/file.h"
#include "store/blob.h"

#include <unistd.h>

static void job_told(Cx *cx, void *self, int64_t done, int64_t total)
{
    job_progress(cx, self, done, total);
}

static bool job_is_unwanted(void *self)
{
    return job_must_stop(self);
}

static const Error *job_ended(Cx *cx, void *self, Str result)
{
    return job_end(cx, self, result);
}

typedef struct {
    Id id;
    FileRow row;
} Found;

static const Error *find_file(Cx *cx, void *self)
{
    Found *found = self;
    return file_get(cx, found->id, &found->row);
}

const Error *import_run(Cx *cx, JobRun *run, uint64_t by, ImportFn *fn, Json *result)
{
    const json_t *args = job_args(run);
    ImportAsk ask = {.dry_run = json_is_true(json_object_get(args, "dry_run")), .mapping = json_object_get(args, "mapping")};
    ImportWatch watch = {run, job_told, job_is_unwanted, job_ended};
    const RecordMeta *meta = kernel_find(cx->kernel, json_str(json_object_get(args, "resource")));
    Found file = {0};
    const Error *error;
    int64_t size;
    bool failed;
    int fd;
    Str text;

    if (meta == NULL || !str_to_id(json_str(json_object_get(args, "project")), &ask.project) || !str_to_id(json_str(json_object_get(args, "file")), &file.id))
        return error_new(cx->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    if (!actor_has(cx->actor, by, ask.project, 0)) /* the role may have gone since it was asked for */
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(store_read(job_store(run), cx, find_file, &file));
    TRY(blob_open(cx->arena, job_folder(run), cx->org, file.row.sha256, &fd, &size));
    error = fn(job_store(run), cx, meta, str_to_c(cx->arena, str_format(cx->arena, "/proc/self/fd/%d", fd)), &ask, &watch, &text, &failed);
    (void)close(fd); /* only read */
    TRY(error);
    buf_add(&result->buf, text);
    if (!failed && !ask.dry_run)
        job_is_saved(run);
    if (failed)
        return error_new(cx->arena, ERR_INVALID, STR("表里有错误，没有写入任何内容"), STR("the file has errors; nothing was written"));
    return OK;
}
