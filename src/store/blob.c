/* blob.c: the contents of files, each kept once under the SHA-256 of its bytes. */
#include "store/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARY ".new-"
#define PATH_BYTES 4096
#define READ_BYTES (32 * 1024)

/* A temporary file until it is renamed. An open fd with a path is discarded by the cleanup. */
typedef struct {
    int fd;
    char path[PATH_BYTES]; /* empty: nothing to remove */
} Temporary;

typedef struct {
    char folder[PATH_BYTES]; /* of the blob */
    char file[PATH_BYTES];
    size_t levels[4]; /* lengths of `folder` that are themselves folders: data, files, the company's, xx */
} Place;

static bool find_place(const char *data, Id org, Str name, Place *place);
static bool make_folders(Place *place);
static bool sync_folders(Place *place);
static bool write_beside(const Place *place, Str bytes, Temporary *temporary);
static bool write_all(int fd, Str bytes);
static void discard(Temporary *temporary);
static const Error *cannot_keep(Arena *arena, int reason);
static BlobFound tell(Str path, const struct stat *there);
static bool is_name(Str name);

Str blob_name(Arena *arena, Str bytes)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.ptr, (size_t)bytes.len, hash, &size, EVP_sha256(), NULL) != 1)
        abort(); /* OpenSSL without SHA-256 or without memory: no name would be a safe one */
    return hex_of(arena, hash, size);
}

const Error *blob_put(Arena *arena, const char *data, Id org, Str bytes, Str *name)
{
    AUTO(discard) Temporary temporary = {.fd = -1};
    Str hash = blob_name(arena, bytes);
    Place place;
    struct stat there;

    if (!find_place(data, org, hash, &place) || !make_folders(&place))
        return cannot_keep(arena, errno);
    bool is_there = stat(place.file, &there) == 0 && S_ISREG(there.st_mode) && there.st_size == bytes.len;
    if (!is_there) {
        if (!write_beside(&place, bytes, &temporary) || rename(temporary.path, place.file) != 0)
            return cannot_keep(arena, errno);
        temporary.path[0] = '\0';
    }
    /* Also for what was there already: whoever wrote it may not have come to its sync yet. */
    if (!sync_folders(&place))
        return cannot_keep(arena, errno);
    *name = hash;
    return OK;
}

const Error *blob_open(Arena *arena, const char *data, Id org, Str name, int *fd, int64_t *size)
{
    Place place;
    struct stat there;

    if (!find_place(data, org, name, &place))
        return error_new(arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    int opened = open(place.file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (opened < 0)
        return errno == ENOENT || errno == ELOOP
                   ? error_new(arena, ERR_NOT_FOUND, STR_NONE, STR_NONE)
                   : error_new(arena, ERR_UNAVAILABLE, STR("文件暂时无法读取"), STR("The file can't be read now"));
    if (fstat(opened, &there) != 0 || !S_ISREG(there.st_mode)) {
        (void)close(opened); /* nothing was written */
        return error_new(arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    }
    *fd = opened;
    *size = there.st_size;
    return OK;
}

static void close_at(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing was written */
}

const Error *blob_read(Arena *arena, const char *data, Id org, Str name, int64_t max, Str *bytes)
{
    AUTO(close_at) int fd = -1;
    int64_t size;

    TRY(blob_open(arena, data, org, name, &fd, &size));
    if (size > max)
        return error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    char *into = arena_alloc(arena, (size_t)size);
    for (int64_t at = 0; at < size;) {
        ssize_t got = read(fd, into + at, (size_t)(size - at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_new(arena, ERR_UNAVAILABLE, STR("文件暂时无法读取"), STR("The file can't be read now"));
        at += got;
    }
    *bytes = (Str){into, (ptrdiff_t)size};
    return OK;
}

Str blob_path(Arena *arena, const char *data, Id org, Str name)
{
    Place place;

    return find_place(data, org, name, &place) && blob_exists(arena, data, org, name) ? str_copy(arena, str_of(place.file)) : STR_NONE;
}

bool blob_exists(Arena *arena, const char *data, Id org, Str name)
{
    AUTO(close_at) int fd = -1;
    int64_t size;
    return blob_open(arena, data, org, name, &fd, &size) == OK;
}

const Error *blob_delete(Arena *arena, const char *data, Id org, Str name)
{
    Place place;

    if (!find_place(data, org, name, &place))
        return OK;
    if (unlink(place.file) != 0 && errno != ENOENT && errno != ENOTDIR)
        return error_new(arena, ERR_UNAVAILABLE, STR("文件暂时无法删除"), STR("The file can't be deleted now"));
    return OK;
}

static void free_hash(EVP_MD_CTX **hash)
{
    EVP_MD_CTX_free(*hash);
}

const Error *blob_digest(Arena *arena, int fd, Str *out)
{
    AUTO(free_hash) EVP_MD_CTX *hash = EVP_MD_CTX_new();
    unsigned char digest[EVP_MAX_MD_SIZE];
    char block[READ_BYTES];
    unsigned digest_size = 0;
    ssize_t got;

    bool works = hash != NULL && EVP_DigestInit_ex(hash, EVP_sha256(), NULL) == 1;
    while (works && (got = read(fd, block, READ_BYTES)) != 0)
        works = got > 0 ? EVP_DigestUpdate(hash, block, (size_t)got) == 1 : errno == EINTR;
    if (!works || EVP_DigestFinal_ex(hash, digest, &digest_size) != 1)
        return error_new(arena, ERR_UNAVAILABLE, STR("文件暂时无法读取"), STR("The file can't be read now"));
    *out = hex_of(arena, digest, digest_size);
    return OK;
}

const Error *blob_verify(Arena *arena, const char *data, Id org, Str name, bool *is_intact)
{
    AUTO(close_at) int fd = -1;
    int64_t size;
    Str digest;

    TRY(blob_open(arena, data, org, name, &fd, &size));
    TRY(blob_digest(arena, fd, &digest));
    *is_intact = str_eq(digest, name);
    return OK;
}

static void close_walk(FTS **walk)
{
    if (*walk != NULL)
        (void)fts_close(*walk); /* only read */
}

const Error *blob_walk(Arena *arena, const char *data, BlobVisit *visit, void *self)
{
    char top[PATH_BYTES];
    int len = snprintf(top, sizeof top, "%s/files", data);
    if (len < 0 || len >= PATH_BYTES)
        return cannot_keep(arena, ENAMETOOLONG);
    char *const tops[] = {top, NULL};
    AUTO(close_walk) FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
    if (walk == NULL)
        return cannot_keep(arena, errno);

    BlobFound *found = new (arena, BlobFound, 1);
    for (FTSENT *entry; errno = 0, (entry = fts_read(walk)) != NULL;) {
        bool is_missing = entry->fts_errno == ENOENT; /* deleted meanwhile, or no folder yet */
        if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || (entry->fts_info == FTS_NS && !is_missing))
            return cannot_keep(arena, entry->fts_errno);
        if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP || is_missing)
            continue;
        Str path = {entry->fts_path + len + 1, (ptrdiff_t)entry->fts_pathlen - len - 1};
        if (entry->fts_level == 0)
            return cannot_keep(arena, ENOTDIR);
        *found = tell(path, entry->fts_statp);
        TRY(visit(self, found));
    }
    return errno == 0 ? OK : cannot_keep(arena, errno);
}

typedef struct {
    Arena *arena;
    const char *data;
    Instant before;
    int64_t count;
} Sweep;

static const Error *sweep_one(void *self, const BlobFound *found)
{
    Sweep *sweep = self;
    char path[PATH_BYTES];

    if (!found->is_leftover || found->changed >= sweep->before)
        return OK;
    int len = snprintf(path, sizeof path, "%s/files/%.*s", sweep->data, STR_ARG(found->path));
    if (len < 0 || len >= PATH_BYTES || (unlink(path) != 0 && errno != ENOENT))
        return cannot_keep(sweep->arena, errno);
    sweep->count++;
    return OK;
}

const Error *blob_sweep(Arena *arena, const char *data, Instant before, int64_t *count)
{
    Sweep sweep = {.arena = arena, .data = data, .before = before};
    TRY(blob_walk(arena, data, sweep_one, &sweep));
    *count = sweep.count;
    return OK;
}

static bool is_name(Str name)
{
    if (name.len != BLOB_NAME_LEN)
        return false;
    for (ptrdiff_t i = 0; i < name.len; i++)
        if (!((name.ptr[i] >= '0' && name.ptr[i] <= '9') || (name.ptr[i] >= 'a' && name.ptr[i] <= 'f')))
            return false;
    return true;
}

/* False for what is no name, so that no path is ever made of a stranger's text. */
static bool find_place(const char *data, Id org, Str name, Place *place)
{
    errno = ENAMETOOLONG;
    if (!is_name(name) || org <= 0 || strlen(data) > PATH_BYTES - 128)
        return false;
    int len = snprintf(place->folder, sizeof place->folder, "%s/files", data);
    place->levels[0] = strlen(data);
    place->levels[1] = (size_t)len;
    len += snprintf(place->folder + len, sizeof place->folder - (size_t)len, "/%" PRId64, org);
    place->levels[2] = (size_t)len;
    len += snprintf(place->folder + len, sizeof place->folder - (size_t)len, "/%.2s", name.ptr);
    place->levels[3] = (size_t)len;
    len = snprintf(place->file, sizeof place->file, "%s/%.*s", place->folder, STR_ARG(name));
    return len > 0 && len < PATH_BYTES;
}

static bool make_folders(Place *place)
{
    for (size_t i = 1; i < COUNT_OF(place->levels); i++) {
        char behind = place->folder[place->levels[i]];
        place->folder[place->levels[i]] = '\0';
        bool made = mkdir(place->folder, 0700) == 0 || errno == EEXIST;
        place->folder[place->levels[i]] = behind;
        if (!made)
            return false;
    }
    return true;
}

/* The folders' entries are made durable from the inside out. Those that have not changed cost next to nothing. */
static bool sync_folders(Place *place)
{
    for (size_t i = COUNT_OF(place->levels); i-- > 0;) {
        place->folder[place->levels[i]] = '\0';
        AUTO(close_at) int fd = open(place->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 || fsync(fd) != 0)
            return false;
    }
    return true;
}

static bool write_beside(const Place *place, Str bytes, Temporary *temporary)
{
    int len = snprintf(temporary->path, sizeof temporary->path, "%s/" TEMPORARY "XXXXXX", place->folder);
    bool fits = len > 0 && len < PATH_BYTES;
    temporary->fd = fits ? mkostemp(temporary->path, O_CLOEXEC) : -1; /* mode 0600 */
    if (temporary->fd < 0) {
        temporary->path[0] = '\0';
        return false;
    }
    if (!write_all(temporary->fd, bytes) || fsync(temporary->fd) != 0)
        return false;
    int fd = temporary->fd;
    temporary->fd = -1;
    return close(fd) == 0;
}

static bool write_all(int fd, Str bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.ptr, (size_t)bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes = str_cut(bytes, done, bytes.len);
    }
    return true;
}

static void discard(Temporary *temporary)
{
    int reason = errno;
    close_at(&temporary->fd);
    if (temporary->path[0] != '\0')
        (void)unlink(temporary->path); /* what stays is swept later */
    errno = reason;
}

static const Error *cannot_keep(Arena *arena, int reason)
{
    bool is_full = reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
    Error *error = new (arena, Error, 1);
    *error = (Error){.code = ERR_UNAVAILABLE, .retry_after_s = 60};
    error->zh = is_full ? STR("磁盘空间不足，文件没有保存") : STR("文件目录暂时无法读写，没有任何改动");
    error->en = is_full ? STR("The disk is full; the file was not saved")
                        : str_format(arena, "The folder of files can't be used now (%s); nothing was changed",
                                     strerrordesc_np(reason));
    return error;
}

static BlobFound tell(Str path, const struct stat *there)
{
    Str org, folder, name, rest;
    BlobFound found = {.path = path, .size = there->st_size};

    found.changed = there->st_mtim.tv_sec * SECOND + there->st_mtim.tv_nsec / 1000;
    org = str_split(path, '/', &rest);
    folder = str_split(rest, '/', &name);
    found.is_leftover = S_ISREG(there->st_mode) && str_starts(name, STR(TEMPORARY));
    if (S_ISREG(there->st_mode) && is_name(name) && str_eq(folder, str_cut(name, 0, 2)) && str_to_id(org, &found.org)) {
        found.name = name;
        found.is_blob = true;
    }
    return found;
}
