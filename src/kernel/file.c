#include "kernel/file.h"
#include "base/log.h"
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define DECODERS 2 /* pictures being decoded at the same time: each may hold 64 MB, hostile ones 320 MB */
#define DECODE_WAIT_S 10

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t place_free = PTHREAD_COND_INITIALIZER;
static int decoding;

/* Uploads hold it for reading from the bytes to the row; the sweeper for writing while it looks and deletes. */
static pthread_rwlock_t blobs = PTHREAD_RWLOCK_INITIALIZER;

static bool begin_decoding(void)
{
    struct timespec until = clock_deadline(DECODE_WAIT_S * SECOND);
    bool got;

    pthread_mutex_lock(&table);
    while (decoding == DECODERS && clock_wait(&place_free, &table, &until))
        ;
    got = decoding < DECODERS;
    decoding += got;
    pthread_mutex_unlock(&table);
    return got;
}

static void end_decoding(void)
{
    pthread_mutex_lock(&table);
    decoding--;
    pthread_cond_signal(&place_free);
    pthread_mutex_unlock(&table);
}

static const Error *too_many(Arena *arena)
{
    Error *error = (Error *)error_new(arena, ERR_TOO_MANY, STR("同时处理的照片太多，请稍后再试"),
                                      STR("too many pictures at the same time; try again in a moment"));
    error->retry_after_s = 5;
    return error;
}

const Error *file_clean(Arena *arena, Str name, Str sent, FileRow *row, Str *bytes)
{
    FileType type = image_sniff(sent);
    const Error *error;
    Image image;

    if (sent.len == 0)
        return error_field(arena, STR("file"), "required", STR("文件是空的"), STR("the file is empty"));
    switch (type) {
    case FILE_UNKNOWN:
        return error_new(arena, ERR_MEDIA_TYPE, STR("只收 JPEG、PNG、WebP 照片和 PDF、XLSX、CSV 文件"),
                         STR("only JPEG, PNG and WebP pictures and PDF, XLSX and CSV files are taken"));
    case FILE_PDF: case FILE_XLSX: case FILE_CSV:
        if (sent.len > FILE_MAX_BYTES)
            return error_new(arena, ERR_TOO_LARGE, STR("文件最大 50 MB"), STR("a file has at most 50 MB"));
        *bytes = sent;
        break;
    case FILE_JPEG: case FILE_PNG: case FILE_WEBP:
        if (sent.len > IMAGE_MAX_BYTES)
            return error_new(arena, ERR_TOO_LARGE, STR("照片最大 20 MB"), STR("a picture has at most 20 MB"));
        if (!begin_decoding())
            return too_many(arena);
        error = image_clean(arena, sent, &image);
        end_decoding();
        TRY(error);
        type = image.type;
        *bytes = image.bytes;
        row->is_picture = true;
        break;
    }
    row->type = str_of(file_type_mime(type));
    row->name = file_safe_name(arena, name, file_type_ending(type));
    row->size = bytes->len;
    return OK;
}

const Error *file_add(Cx *cx, FileRow *row)
{
    static const char ADD[] = "INSERT INTO file (org_id, id, sha256, size, type, name, created_by, created_at, attached)"
                              " VALUES (:org, :id, :sha256, :size, :type, :name, :by, :now, 0)";
    row->id = id_new(cx->now);
    row->created_by = cx->actor == NULL ? 0 : cx->actor->user;
    return sql_run(cx, ADD,
                   IN(in_int("id", row->id), in_text("sha256", row->sha256), in_int("size", row->size),
                      in_text("type", row->type), in_text("name", row->name), in_int("by", row->created_by)));
}

const Error *file_keep(Store *store, Cx *cx, const char *folder, Str bytes, FileRow *row, StoreFn *fn, void *self)
{
    const Error *error;

    pthread_rwlock_rdlock(&blobs);
    error = blob_put(cx->arena, folder, cx->org, bytes, &row->sha256);
    if (error == OK)
        error = store_write(store, cx, fn, self);
    pthread_rwlock_unlock(&blobs);
    return error;
}

const Error *file_get(Cx *cx, Id id, FileRow *out)
{
    static const char GET[] =
        "SELECT id, created_by, sha256, type, coalesce(name, ''), size FROM file WHERE org_id = :org AND id = :id";
    bool may;

    TRY(file_may_attach(cx, id, &may));
    if (!may)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(sql_row(cx, GET, IN(in_int("id", id)),
                OUT(out_int(&out->id), out_int(&out->created_by), out_text(&out->sha256), out_text(&out->type),
                    out_text(&out->name), out_int(&out->size))));
    out->is_picture = str_starts(out->type, STR("image/"));
    return OK;
}

const Error *file_thumbnail(Arena *arena, const char *folder, Id org, const FileRow *row, Str *bytes)
{
    const Error *error;
    Image image;
    Str whole;

    TRY(blob_read(arena, folder, org, row->sha256, IMAGE_MAX_BYTES, &whole));
    if (!begin_decoding())
        return too_many(arena);
    error = image_thumbnail(arena, whole, &image);
    end_decoding();
    TRY(error);
    *bytes = image.bytes;
    return OK;
}

typedef struct {
    Str *names; /* of the bytes */
    Id *ids;
    int max, count, kept;
} Sweep;

static const Error *add_old(Cx *cx, const Row *row, void *self)
{
    Sweep *sweep = self;

    sweep->ids[sweep->count] = row_int(row, 0);
    sweep->names[sweep->count++] = str_copy(cx->arena, row_text(row, 1));
    return OK;
}

static const Error *drop_rows(Cx *cx, void *self)
{
    static const char OLD[] = "SELECT id, sha256 FROM file WHERE org_id = :org AND attached = 0 AND created_at < "
                              ":before"
                              " AND id NOT IN (SELECT file_id FROM attachment WHERE org_id = :org) ORDER BY created_at "
                              "LIMIT :max"; /* file_by_created_at_part */
    static const char DROP[] = "DELETE FROM file WHERE org_id = :org AND id = :id";
    Sweep *sweep = self;

    sweep->count = 0;
    TRY(sql_each(cx, OLD, IN(in_int("before", cx->now - FILE_UNATTACHED), in_int("max", sweep->max)), add_old, sweep));
    for (int i = 0; i < sweep->count; i++)
        TRY(sql_run(cx, DROP, IN(in_int("id", sweep->ids[i]))));
    return OK;
}

/* Leaves the names that no row has any more. */
static const Error *keep_unnamed(Cx *cx, void *self)
{
    static const char NAMED[] = "SELECT id FROM file WHERE org_id = :org AND sha256 = :name LIMIT 1";
    Sweep *sweep = self;
    int64_t id;
    bool found;

    for (int i = 0; i < sweep->count; i++) {
        TRY(sql_find(cx, NAMED, IN(in_text("name", sweep->names[i])), OUT(out_int(&id)), &found));
        if (!found)
            sweep->names[sweep->kept++] = sweep->names[i];
    }
    return OK;
}

const Error *file_sweep(Store *store, Cx *cx, const char *folder, int max, int *count)
{
    Sweep sweep = {new (cx->arena, Str, max), new (cx->arena, Id, max), max, 0, 0};
    const Error *error;

    *count = 0;
    TRY(store_write(store, cx, drop_rows, &sweep));
    *count = sweep.count;
    if (sweep.count == 0)
        return OK;
    pthread_rwlock_wrlock(&blobs);
    error = store_read(store, cx, keep_unnamed, &sweep);
    for (int i = 0; error == OK && i < sweep.kept; i++)
        error = blob_delete(cx->arena, folder, cx->org, sweep.names[i]);
    pthread_rwlock_unlock(&blobs);
    return error;
}

Str file_safe_name(Arena *arena, Str name, const char *ending)
{
    Buf out = buf_new(arena, 1024);
    Str stem;

    for (ptrdiff_t i = name.len; i > 0; i--)
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\') {
            name = str_cut(name, i, name.len);
            break;
        }
    if (!utf8_is_valid(name))
        name = STR_NONE;
    for (ptrdiff_t at = 0; at < name.len;) {
        int32_t c = utf8_next(name, &at);
        bool hidden = c < 0x20 || c == 0x7F || (c >= 0x80 && c < 0xA0) || (c >= 0x200B && c <= 0x200F) ||
                      (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) ||
                      c == 0xFEFF; /* also what turns the direction of writing */
        if (!hidden && utf8_count(buf_str(&out)) < FILE_MAX_NAME)
            buf_utf8(&out, c);
    }
    stem = str_trim(buf_str(&out));
    for (ptrdiff_t i = stem.len; i > 0 && stem.len - i <= 8; i--)
        if (stem.ptr[i - 1] == '.') {
            stem = str_cut(stem, 0, i - 1);
            break;
        }
    while (stem.len > 0 && (stem.ptr[0] == '.' || stem.ptr[0] == ' '))
        stem = str_cut(stem, 1, stem.len);
    return str_format(arena, "%.*s.%s", STR_ARG(stem.len > 0 ? stem : STR("file")), ending);
}

Str file_disposition(Arena *arena, const char *how, Str name)
{
    static const char HEX[] = "0123456789ABCDEF";
    Buf out = buf_new(arena, 4096);
    bool plain = true;

    buf_format(&out, "%s; filename=\"", how);
    for (ptrdiff_t at = 0; at < name.len;) { /* for old clients: what ASCII there is */
        int32_t c = utf8_next(name, &at);
        bool fine = c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && c != '%';
        plain = plain && fine;
        buf_char(&out, fine ? (char)c : '_');
    }
    buf_char(&out, '"');
    if (plain)
        return buf_str(&out);
    buf_add_c(&out, "; filename*=UTF-8''");
    for (ptrdiff_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                    c == '.' || c == '_';
        if (fine) {
            buf_char(&out, (char)c);
        } else {
            buf_char(&out, '%');
            buf_char(&out, HEX[c >> 4]);
            buf_char(&out, HEX[c & 15]);
        }
    }
    return buf_str(&out);
}

const Error *file_temporary(Arena *arena, const char *folder, int *fd)
{
    char *path = str_to_c(arena, str_format(arena, "%s/tmp-XXXXXX", folder));

    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd < 0 && errno != ENOSPC && errno != EROFS && errno != EACCES) { /* a file system without nameless files */
        *fd = mkostemp(path, O_CLOEXEC);
        if (*fd >= 0)
            (void)unlink(path); /* at worst an empty name stays */
    }
    if (*fd >= 0)
        return OK;
    log_error("no temporary file in %s: %s", folder, strerror(errno));
    return error_new(arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
}
