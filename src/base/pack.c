#include "base/pack.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <zip.h>

/* The archive's own bytes, for libzip, which writes them, seeking back to complete the heads of entries. */
typedef struct {
    int fd;
    off_t read_at, write_at;
    zip_error_t error;
} Target;

struct Pack {
    Target target;
    zip_t *zip;
};

static zip_int64_t serve_target(void *self, void *data, zip_uint64_t len, zip_source_cmd_t cmd);

Pack *pack_open(int fd)
{
    Pack *pack = mem_alloc(sizeof *pack);
    zip_source_t *bytes;
    zip_error_t why;

    *pack = (Pack){.target = {.fd = fd}};
    zip_error_init(&pack->target.error);
    zip_error_init(&why);
    bytes = zip_source_function_create(serve_target, &pack->target, &why);
    if (bytes != NULL)
        pack->zip = zip_open_from_source(bytes, ZIP_TRUNCATE, &why); /* which takes the source */
    if (bytes != NULL && pack->zip == NULL)
        zip_source_free(bytes);
    zip_error_fini(&why);
    if (pack->zip != NULL)
        return pack;
    pack_close(pack);
    return NULL;
}

void pack_close(Pack *pack)
{
    if (pack == NULL)
        return;
    if (pack->zip != NULL)
        zip_discard(pack->zip);
    zip_error_fini(&pack->target.error);
    mem_free(pack);
}

void pack_close_at(Pack **pack)
{
    pack_close(*pack);
}

static bool add(Pack *pack, const char *name, zip_source_t *source, bool as_it_is)
{
    zip_int64_t at;

    if (source == NULL)
        return false;
    at = zip_file_add(pack->zip, name, source, ZIP_FL_ENC_UTF_8);
    if (at >= 0)
        return !as_it_is || zip_set_file_compression(pack->zip, (zip_uint64_t)at, ZIP_CM_STORE, 0) == 0;
    zip_source_free(source);
    return false;
}

bool pack_add_file(Pack *pack, const char *name, int take_fd)
{
    FILE *file = fdopen(take_fd, "rb");

    if (file == NULL) {
        (void)close(take_fd); /* only read */
        return false;
    }
    return add(pack, name, zip_source_filep(pack->zip, file, 0, -1), false); /* which closes it */
}

bool pack_add_path(Pack *pack, const char *name, const char *path)
{
    return access(path, R_OK) == 0 && add(pack, name, zip_source_file(pack->zip, path, 0, -1), true);
}

bool pack_add_text(Pack *pack, const char *name, Str text)
{
    return add(pack, name, zip_source_buffer(pack->zip, text.ptr, (zip_uint64_t)text.len, 0), false);
}

bool pack_write(Pack *pack)
{
    if (zip_close(pack->zip) != 0)
        return false;
    pack->zip = NULL;
    return true;
}

static zip_int64_t fails(Target *target, int reason)
{
    zip_error_set(&target->error, ZIP_ER_WRITE, reason);
    return -1;
}

static zip_int64_t write_bytes(Target *target, const char *bytes, zip_uint64_t len)
{
    for (zip_uint64_t done = 0; done < len;) {
        ssize_t written = pwrite(target->fd, bytes + done, (size_t)(len - done), target->write_at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fails(target, errno);
        done += (zip_uint64_t)written;
        target->write_at += written;
    }
    return (zip_int64_t)len;
}

static zip_int64_t read_bytes(Target *target, char *bytes, zip_uint64_t len)
{
    ssize_t got;

    do
        got = pread(target->fd, bytes, (size_t)len, target->read_at);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return fails(target, errno);
    target->read_at += got;
    return got;
}

static zip_int64_t seek(Target *target, off_t *at, void *data, zip_uint64_t len)
{
    zip_int64_t to = zip_source_seek_compute_offset((zip_uint64_t)*at, (zip_uint64_t)lseek(target->fd, 0, SEEK_END), data, len, &target->error);

    if (to < 0)
        return -1;
    *at = to;
    return 0;
}

static zip_int64_t tell_size(Target *target, zip_stat_t *out)
{
    zip_stat_init(out);
    out->size = (zip_uint64_t)lseek(target->fd, 0, SEEK_END);
    out->valid = ZIP_STAT_SIZE;
    return (zip_int64_t)sizeof *out;
}

static zip_int64_t serve_target(void *self, void *data, zip_uint64_t len, zip_source_cmd_t cmd)
{
    Target *target = self;

    switch (cmd) {
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL,
                                              ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_SEEK_WRITE,
                                              ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_REMOVE, -1);
    case ZIP_SOURCE_OPEN: target->read_at = 0; return 0;
    case ZIP_SOURCE_READ: return read_bytes(target, data, len);
    case ZIP_SOURCE_STAT: return tell_size(target, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&target->error, data, len);
    case ZIP_SOURCE_SEEK: return seek(target, &target->read_at, data, len);
    case ZIP_SOURCE_TELL: return target->read_at;
    case ZIP_SOURCE_BEGIN_WRITE: target->write_at = 0; return 0;
    case ZIP_SOURCE_WRITE: return write_bytes(target, data, len);
    case ZIP_SOURCE_SEEK_WRITE: return seek(target, &target->write_at, data, len);
    case ZIP_SOURCE_TELL_WRITE: return target->write_at;
    case ZIP_SOURCE_CLOSE: case ZIP_SOURCE_FREE: case ZIP_SOURCE_COMMIT_WRITE: case ZIP_SOURCE_ROLLBACK_WRITE: case ZIP_SOURCE_REMOVE: return 0;
    default: zip_error_set(&target->error, ZIP_ER_OPNOTSUPP, 0); return -1;
    }
}
