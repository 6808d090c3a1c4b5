#include "base/pack.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>
#include <zip.h>

struct Pack {
    zip_source_t *bytes; /* the archive itself */
    zip_t *zip;
};

Pack *pack_open(void)
{
    Pack *pack = mem_alloc(sizeof *pack);
    zip_error_t why;

    zip_error_init(&why);
    pack->bytes = zip_source_buffer_create(NULL, 0, 0, &why);
    if (pack->bytes != NULL)
        pack->zip = zip_open_from_source(pack->bytes, ZIP_TRUNCATE, &why);
    if (pack->zip != NULL)
        zip_source_keep(pack->bytes); /* it is read when the archive is whole */
    else if (pack->bytes != NULL)
        zip_source_free(pack->bytes), pack->bytes = NULL;
    zip_error_fini(&why);
    if (pack->zip != NULL)
        return pack;
    mem_free(pack);
    return NULL;
}

void pack_close(Pack *pack)
{
    if (pack == NULL)
        return;
    if (pack->zip != NULL)
        zip_discard(pack->zip);
    if (pack->bytes != NULL)
        zip_source_free(pack->bytes);
    mem_free(pack);
}

void pack_close_at(Pack **pack)
{
    pack_close(*pack);
}

static bool add(Pack *pack, const char *name, zip_source_t *source)
{
    if (source == NULL)
        return false;
    if (zip_file_add(pack->zip, name, source, ZIP_FL_ENC_UTF_8) >= 0)
        return true;
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
    return add(pack, name, zip_source_filep(pack->zip, file, 0, -1)); /* which closes it */
}

bool pack_add_text(Pack *pack, const char *name, Str text)
{
    return add(pack, name, zip_source_buffer(pack->zip, text.ptr, (zip_uint64_t)text.len, 0));
}

static bool write_all(int fd, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

bool pack_write(Pack *pack, int fd)
{
    char bytes[1 << 15];
    zip_int64_t got = -1;

    if (zip_close(pack->zip) != 0)
        return false;
    pack->zip = NULL;
    if (zip_source_open(pack->bytes) != 0)
        return false;
    while ((got = zip_source_read(pack->bytes, bytes, sizeof bytes)) > 0)
        if (!write_all(fd, bytes, (size_t)got))
            break;
    (void)zip_source_close(pack->bytes); /* it was read */
    return got == 0;
}
