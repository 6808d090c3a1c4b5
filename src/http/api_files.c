/* api_files.c: upload and download. */
#include "http/api.h"
#include "http/multipart.h"
#include "kernel/file.h"
#include "kernel/secret.h"
#include "store/blob.h"

typedef struct {
    Call *call;
    FileRow row;
    Str digest; /* what the Idempotency-Key covers: the file itself, since a repeated form has another boundary */
    bool found;
} Upload;

static const Error *look_up(Cx *cx, void *self)
{
    Upload *upload = self;
    return call_stored(cx, upload->call, upload->digest, &upload->found);
}

static const Error *add_row(Cx *cx, Call *call)
{
    FileRow *row = &((Upload *)call->own)->row;
    Json *out = &call->out;

    TRY(file_add(cx, row));
    json_open(out, '{');
    JSON_ID(out, "id", row->id);
    JSON_TEXT(out, "name", row->name);
    JSON_TEXT(out, "type", row->type);
    JSON_INT(out, "size", row->size);
    JSON_TEXT(out, "sha256", row->sha256);
    json_close(out, '}');
    call->status = 201;
    call_header(call, "Location", str_format(cx->arena, "/api/v1/files/%lld", (long long)row->id));
    return OK;
}

static const Error *add_closure(Cx *cx, void *self)
{
    Upload *upload = self;
    return call_once(cx, upload->call, upload->digest, add_row);
}

static void close_arena(void *arena)
{
    arena_close(arena);
}

static const Error *post_file(Cx *cx, Call *call)
{
    Arena *arena = arena_open((size_t)256 << 20); /* the exchange's own is too small for pictures */
    Upload *upload = new (cx->arena, Upload, 1);
    MultipartFile file;
    Str bytes;

    arena_defer(cx->arena, close_arena, arena);
    upload->call = call;
    call->own = upload;
    TRY(call_only_params(cx, call, NULL));
    TRY(multipart_file(cx->arena, request_header(call->request, "Content-Type"), call->request->body, &file));
    upload->digest = secret_digest(cx->arena,
                                str_format(cx->arena, "POST files %.*s %.*s", STR_ARG(secret_digest(cx->arena, file.name)),
                                           STR_ARG(secret_digest(cx->arena, file.bytes))));
    if (call->idem_key.len > 0)
        TRY(store_read(call->app->store, cx, look_up, upload));
    if (upload->found)
        return OK;
    TRY(file_clean(arena, file.name, file.bytes, &upload->row, &bytes));
    return file_keep(call->app->store, cx, call->app->folder, bytes, &upload->row, add_closure, upload);
}

typedef struct {
    Call *call;
    FileRow row;
} Download;

static const Error *find_file(Cx *cx, void *self)
{
    Download *download = self;
    Id id;

    if (!str_to_id(download->call->segments[1], &id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return file_get(cx, id, &download->row);
}

static const Error *get_file(Cx *cx, Call *call)
{
    Download download = {.call = call};
    FileRow *row = &download.row;
    Str size = call_param(call, "size");
    int64_t bytes;

    TRY(store_read(call->app->store, cx, find_file, &download));
    TRY(call_only_params(cx, call, NAMES("size")));
    if (size.ptr != NULL && (!str_is(size, "thumb") || !row->is_picture))
        return error_field(cx->arena, STR("size"), "choice", STR("只有照片可取 size=thumb"),
                           STR("only size=thumb, and only of pictures"));
    call_header(call, "Content-Disposition",
                file_disposition(cx->arena, row->is_picture ? "inline" : "attachment", row->name));
    call_header(call, "Content-Security-Policy", STR("default-src 'none'; sandbox"));
    call_header(call, "Cache-Control", STR("private, max-age=31536000, immutable")); /* named by its content */
    if (size.ptr != NULL) {
        call->content_type = STR("image/jpeg");
        return file_thumbnail(cx->arena, call->app->folder, cx->org, row, &call->content);
    }
    TRY(blob_open(cx->arena, call->app->folder, cx->org, row->sha256, &call->fd, &bytes));
    call->content_type = row->type;
    return OK;
}

const Route file_routes[] = {
    {"POST", "files", M_OWN, post_file, .takes_file = true, .zh = "上传文件", .en = "Upload a file"},
    {"GET", "files/*", M_OWN, get_file, .zh = "取文件", .en = "Get a file"},
    {0},
};
