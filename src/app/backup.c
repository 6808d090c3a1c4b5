#include "app/backup.h"
#include "app/commands.h"
#include "app/server_tool.h"
#include "store/blob.h"
#include "store/bulk.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 512                         /* of tar */
#define MAX_MANIFEST ((ptrdiff_t)1 << 29) /* over three million files */
#define MAX_OCTAL (INT64_C(1) << 33)      /* longer ones are written in base 256, as GNU tar does */
#define FIRST "anju-backup"
#define FIRST_LINE "anju backup 1\n"
#define LAST "MANIFEST"
#define SERVERS "anju.dump"

static const Error *world(Arena *arena, Str zh, Str en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, zh, en);
}

static const Error *cannot(Arena *arena, const char *path, int code)
{
    return world(arena, str_format(arena, "%s：%s", path, strerror(code)),
                 str_format(arena, "%s: %s", path, strerror(code)));
}

static const Error *damaged(Arena *arena, const char *path, const char *zh, const char *en)
{
    return world(arena, str_format(arena, "备份 %s 不完好：%s；没有恢复任何数据", path, zh),
                 str_format(arena, "the backup %s is damaged: %s; nothing was restored", path, en));
}

static void close_at(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* what counts was synced before */
}

static void remove_file_at(char **path)
{
    if (*path != NULL)
        (void)unlink(*path); /* it may be gone */
}

static char *path_in(Arena *arena, const char *folder, const char *name)
{
    return str_to_c(arena, str_format(arena, "%s/%s", folder, name));
}

/* --- Writing --- */

typedef struct {
    Arena *arena;
    const char *data, *path;
    int fd;
    Instant now;
    Buf manifest;
} Writer;

static const Error *put(Writer *writer, const void *bytes, size_t count)
{
    const char *from = bytes;

    while (count > 0) {
        ssize_t done = write(writer->fd, from, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return cannot(writer->arena, writer->path, done < 0 ? errno : ENOSPC);
        from += done;
        count -= (size_t)done;
    }
    return OK;
}

static void put_number(unsigned char *field, int width, int64_t n)
{
    if (n < MAX_OCTAL) {
        for (int i = width - 2; i >= 0; i--, n >>= 3)
            field[i] = (unsigned char)('0' + (n & 7));
        return;
    }
    for (int i = width - 1; i > 0; i--, n >>= 8)
        field[i] = (unsigned char)n;
    field[0] = 0x80;
}

static unsigned header_sum(const unsigned char *header)
{
    unsigned sum = 0;

    for (int i = 0; i < BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : header[i];
    return sum;
}

/* A ustar header (POSIX.1-1988): name, mode 0600, size, time, sum. */
static const Error *put_header(Writer *writer, Str name, int64_t size)
{
    unsigned char header[BLOCK] = {0};

    if (name.len > 99)
        return error_new(writer->arena, ERR_INTERNAL, STR_NONE, STR_NONE);
    memcpy(header, name.ptr, (size_t)name.len);
    put_number(header + 100, 8, 0600);
    put_number(header + 108, 8, 0);
    put_number(header + 116, 8, 0);
    put_number(header + 124, 12, size);
    put_number(header + 136, 12, writer->now / SECOND);
    header[156] = '0';
    memcpy(header + 257, "ustar\00000", 8);
    put_number(header + 148, 7, header_sum(header));
    header[155] = ' ';
    return put(writer, header, sizeof header);
}

static const Error *put_padding(Writer *writer, int64_t size)
{
    static const char zeros[BLOCK];
    return size % BLOCK == 0 ? OK : put(writer, zeros, (size_t)(BLOCK - size % BLOCK));
}

static void note(Writer *writer, crypto_hash_sha256_state *state, Str name)
{
    unsigned char digest[crypto_hash_sha256_BYTES];

    (void)crypto_hash_sha256_final(state, digest); /* never fails, nor do init and update */
    buf_format(&writer->manifest, "%.*s  %.*s\n", STR_ARG(hex_of(writer->arena, digest, sizeof digest)), STR_ARG(name));
}

static const Error *add_text(Writer *writer, Str name, Str text)
{
    crypto_hash_sha256_state state;

    (void)crypto_hash_sha256_init(&state);
    (void)crypto_hash_sha256_update(&state, (const unsigned char *)text.ptr, (unsigned long long)text.len);
    TRY(put_header(writer, name, text.len));
    TRY(put(writer, text.ptr, (size_t)text.len));
    TRY(put_padding(writer, text.len));
    note(writer, &state, name);
    return OK;
}

/* A file that is not there is left out; `needed`: that is an error. */
static const Error *add_file(Writer *writer, Str name, const char *path, bool needed)
{
    AUTO(close_at) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    static const size_t piece = (size_t)1 << 16;
    AUTO(arena_close_at) Arena *arena = arena_open(2 * piece);
    char *bytes = arena_alloc(arena, piece);
    crypto_hash_sha256_state state;
    struct stat found;
    int64_t left;

    if (fd < 0 && errno == ENOENT && !needed)
        return OK;
    if (fd < 0 || fstat(fd, &found) != 0)
        return cannot(writer->arena, path, errno);
    (void)crypto_hash_sha256_init(&state);
    TRY(put_header(writer, name, found.st_size));
    for (left = found.st_size; left > 0;) {
        ssize_t got = read(fd, bytes, left < (int64_t)piece ? (size_t)left : piece);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return cannot(writer->arena, path, got < 0 ? errno : EIO); /* it became shorter */
        (void)crypto_hash_sha256_update(&state, (const unsigned char *)bytes, (unsigned long long)got);
        TRY(put(writer, bytes, (size_t)got));
        left -= got;
    }
    TRY(put_padding(writer, found.st_size));
    note(writer, &state, name);
    return OK;
}

/* Blobs are written before the rows that name them, so those of the copied database are all there. */
static const Error *add_blob(void *self, const BlobFound *found)
{
    Writer *writer = self;
    char *path;

    if (!found->is_blob || found->is_leftover)
        return OK;
    path = str_to_c(writer->arena, str_format(writer->arena, "%s/files/%.*s", writer->data, STR_ARG(found->path)));
    return add_file(writer, str_format(writer->arena, "files/%.*s", STR_ARG(found->path)), path, false);
}

static const Error *put_all(Writer *writer, const char *database, const char *copy)
{
    static const char zeros[2 * BLOCK];
    Arena *arena = writer->arena;
    Buf first = buf_new(arena, 200);
    Str manifest;

    buf_add_c(&first, FIRST_LINE);
    buf_instant(&first, writer->now, ZONE_CHINA);
    buf_char(&first, '\n');
    TRY(add_text(writer, STR(FIRST), buf_str(&first)));
    TRY(add_file(writer, str_of(database), copy, true));
    TRY(add_file(writer, STR("secret.key"), path_in(arena, writer->data, "secret.key"), true));
    TRY(add_file(writer, STR("anju.conf"), path_in(arena, writer->data, "anju.conf"), false));
    TRY(add_file(writer, STR("demo"), path_in(arena, writer->data, "demo"), false));
    TRY(blob_walk(arena, writer->data, add_blob, writer));
    if (buf_is_full(&writer->manifest))
        return error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    manifest = str_copy(arena, buf_str(&writer->manifest));
    TRY(add_text(writer, STR(LAST), manifest));
    return put(writer, zeros, sizeof zeros);
}

/* A new temporary file beside `to`, open. */
static const Error *open_beside(Arena *arena, const char *to, char **path, int *fd)
{
    char *name = str_to_c(arena, str_format(arena, "%s.XXXXXX", to));

    *fd = mkostemp(name, O_CLOEXEC); /* mode 0600 */
    if (*fd < 0)
        return cannot(arena, to, errno);
    *path = name;
    return OK;
}

static const Error *exists_already(Arena *arena, const char *path)
{
    return world(arena, str_format(arena, "%s 已经存在，没有改动它", path),
                 str_format(arena, "%s exists already; it was left as it is", path));
}

/* Gives the finished file its name, never over another; synced. */
static const Error *publish(Arena *arena, const char *temporary, const char *to)
{
    AUTO(close_at) int folder = -1;
    const char *slash = strrchr(to, '/');

    if (link(temporary, to) != 0) {
        if (errno == EEXIST)
            return exists_already(arena, to);
        if (renameat2(AT_FDCWD, temporary, AT_FDCWD, to, RENAME_NOREPLACE) != 0) /* a file system without links */
            return errno == EEXIST ? exists_already(arena, to) : cannot(arena, to, errno);
    }
    folder = open(slash == NULL ? "."
                  : slash == to ? "/"
                                : str_to_c(arena, (Str){to, slash - to}),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return folder < 0 || fsync(folder) != 0 ? cannot(arena, to, errno) : OK;
}

/* The server's database in one snapshot, into an empty file. */
static const Error *dump(Arena *arena, const char *url, const char *path)
{
    const char *const args[] = {"--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file", path, NULL};
    return server_tool(arena, "pg_dump", url, args);
}

const Error *backup_write(Store *store, const char *url, Cx *cx, const char *data, const char *to)
{
    AUTO(remove_file_at) char *temporary = NULL;
    AUTO(remove_file_at) char *copy = NULL;
    AUTO(close_at) int fd = -1;
    Writer writer = {
        .arena = cx->arena, .data = data, .path = to, .now = cx->now, .manifest = buf_new(cx->arena, MAX_MANIFEST)};
    struct stat found;
    int copy_fd = -1;

    if (lstat(to, &found) == 0)
        return exists_already(cx->arena, to);
    TRY(open_beside(cx->arena, to, &temporary, &fd));
    TRY(open_beside(cx->arena, to, &copy, &copy_fd));
    (void)close(copy_fd); /* empty: the engine fills it */
    TRY(url != NULL ? dump(cx->arena, url, copy) : store_copy_to(store, cx, copy));
    writer.fd = fd;
    TRY(put_all(&writer, url != NULL ? SERVERS : "anju.db", copy));
    if (fsync(fd) != 0)
        return cannot(cx->arena, to, errno);
    return publish(cx->arena, temporary, to);
}

/* --- Reading --- */

typedef struct {
    Arena *arena;
    const char *path, *into; /* into NULL: only verified */
    int fd;
    Buf manifest; /* as it should be, of what was read */
    bool has_database, has_keys;
} Reader;

typedef struct {
    char name[101];
    int64_t size;
} Entry;

static const Error *get(Reader *reader, void *bytes, size_t count)
{
    char *into = bytes;

    while (count > 0) {
        ssize_t got = read(reader->fd, into, count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return cannot(reader->arena, reader->path, errno);
        if (got == 0)
            return damaged(reader->arena, reader->path, "文件不完整，缺少结尾", "it is cut off");
        into += got;
        count -= (size_t)got;
    }
    return OK;
}

static bool is_zero(const unsigned char *bytes, int count)
{
    for (int i = 0; i < count; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

static int64_t get_number(const unsigned char *field, int width)
{
    int64_t n = 0;

    if (field[0] == 0x80) {
        for (int i = width - 8; i < width; i++)
            n = (int64_t)((uint64_t)n << 8 | field[i]);
        return n;
    }
    for (int i = 0; i < width && field[i] >= '0' && field[i] <= '7'; i++)
        n = n << 3 | (field[i] - '0');
    return n;
}

static bool is_hex(Str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (!((s.ptr[i] >= '0' && s.ptr[i] <= '9') || (s.ptr[i] >= 'a' && s.ptr[i] <= 'f')))
            return false;
    return s.len > 0;
}

/* files/<org>/<two digits>/<64 digits>, and nothing that leads elsewhere. */
static bool is_blob_name(Str name)
{
    Str rest, head = str_split(name, '/', &rest), org = str_split(rest, '/', &rest), two = str_split(rest, '/', &rest);
    int64_t id;

    return str_is(head, "files") && str_to_id(org, &id) && two.len == 2 && rest.len == BLOB_NAME_LEN && is_hex(two) &&
           is_hex(rest) && str_starts(rest, two);
}

static bool is_ours(Str name)
{
    return str_is(name, FIRST) || str_is(name, "anju.db") || str_is(name, SERVERS) || str_is(name, "secret.key") || str_is(name, "anju.conf") ||
           str_is(name, "demo") || str_is(name, LAST) || is_blob_name(name);
}

static const Error *get_header(Reader *reader, Entry *entry)
{
    unsigned char header[BLOCK];

    TRY(get(reader, header, sizeof header));
    if (is_zero(header, BLOCK))
        return damaged(reader->arena, reader->path, "缺少清单", "the manifest is missing");
    if (get_number(header + 148, 7) != (int64_t)header_sum(header) || header[154] != '\0' || header[155] != ' ' ||
        memcmp(header + 257, "ustar", 5) != 0)
        return damaged(reader->arena, reader->path, "不是安居的备份，或目录项被改动",
                       "it is no backup of Anju, or an entry was changed");
    memcpy(entry->name, header, 100);
    entry->name[100] = '\0';
    entry->size = get_number(header + 124, 12);
    if (entry->size < 0 || !is_ours(str_of(entry->name)))
        return damaged(reader->arena, reader->path, "含有不属于备份的内容",
                       "it holds what does not belong into a backup");
    return OK;
}

static const Error *make_folders(Arena *arena, const char *into, Str name)
{
    for (ptrdiff_t i = 0; i < name.len; i++)
        if (name.ptr[i] == '/') {
            char *path = str_to_c(arena, str_format(arena, "%s/%.*s", into, STR_ARG(str_cut(name, 0, i))));
            if (mkdir(path, 0700) != 0 && errno != EEXIST)
                return cannot(arena, path, errno);
        }
    return OK;
}

/* The contents of one entry: hashed, and written when the backup is being unpacked. */
static const Error *get_contents(Reader *reader, const Entry *entry)
{
    AUTO(close_at) int fd = -1;
    static const size_t piece = (size_t)1 << 16;
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)1 << 20);
    unsigned char *bytes = arena_alloc(arena, piece), digest[crypto_hash_sha256_BYTES];
    bool keep = reader->into != NULL && strcmp(entry->name, FIRST) != 0;
    const char *path = path_in(arena, keep ? reader->into : "", entry->name);
    crypto_hash_sha256_state state;
    Writer out = {.arena = reader->arena, .path = entry->name};

    if (keep) {
        TRY(make_folders(reader->arena, reader->into, str_of(entry->name)));
        fd = out.fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            return cannot(reader->arena, path, errno);
    }
    (void)crypto_hash_sha256_init(&state); /* never fails, nor do update and final */
    for (int64_t left = entry->size; left > 0;) {
        size_t count = left < (int64_t)piece ? (size_t)left : piece;
        TRY(get(reader, bytes, count));
        (void)crypto_hash_sha256_update(&state, bytes, count);
        if (keep)
            TRY(put(&out, bytes, count));
        if (left == entry->size && strcmp(entry->name, FIRST) == 0 &&
            (count < sizeof FIRST_LINE || memcmp(bytes, FIRST_LINE, sizeof FIRST_LINE - 1) != 0))
            return damaged(reader->arena, reader->path, "由更新的程序所做，请升级后恢复",
                           "a newer program made it; upgrade to restore it");
        left -= (int64_t)count;
    }
    (void)crypto_hash_sha256_final(&state, digest);
    buf_format(&reader->manifest, "%.*s  %s\n", STR_ARG(hex_of(reader->arena, digest, sizeof digest)), entry->name);
    return OK;
}

static const Error *get_padding(Reader *reader, int64_t size)
{
    unsigned char rest[BLOCK];
    int count = (int)((BLOCK - size % BLOCK) % BLOCK);

    TRY(get(reader, rest, (size_t)count));
    return is_zero(rest, count) ? OK : damaged(reader->arena, reader->path, "内容被改动", "its contents were changed");
}

/* The manifest must be, byte for byte, that of what was read; and then there must be nothing more. */
static const Error *get_manifest(Reader *reader, const Entry *entry)
{
    Str wanted = buf_str(&reader->manifest);
    unsigned char end[2 * BLOCK + 1];
    char *text;

    if (entry->size != wanted.len)
        return damaged(reader->arena, reader->path, "清单与内容不符", "the manifest does not fit its contents");
    text = arena_alloc(reader->arena, (size_t)wanted.len + 1);
    TRY(get(reader, text, (size_t)wanted.len));
    TRY(get_padding(reader, entry->size));
    if (memcmp(text, wanted.ptr, (size_t)wanted.len) != 0)
        return damaged(reader->arena, reader->path, "校验和不符", "a checksum does not fit");
    TRY(get(reader, end, 2 * BLOCK));
    if (!is_zero(end, 2 * BLOCK) || read(reader->fd, end, 1) != 0)
        return damaged(reader->arena, reader->path, "结尾被改动", "its end was changed");
    if (!reader->has_database || !reader->has_keys)
        return damaged(reader->arena, reader->path, "缺少数据库或密钥", "database or keys are missing");
    return OK;
}

static const Error *read_through(Arena *arena, const char *from, const char *into, bool *is_servers)
{
    AUTO(close_at) int fd = open(from, O_RDONLY | O_CLOEXEC);
    Reader reader = {.arena = arena, .path = from, .into = into, .fd = fd, .manifest = buf_new(arena, MAX_MANIFEST)};
    Entry entry;

    if (fd < 0)
        return cannot(arena, from, errno);
    for (bool first = true;; first = false) {
        TRY(get_header(&reader, &entry));
        if (first != (strcmp(entry.name, FIRST) == 0))
            return damaged(arena, from, "不是安居的备份", "it is no backup of Anju");
        if (strcmp(entry.name, LAST) == 0)
            return get_manifest(&reader, &entry);
        *is_servers = *is_servers || strcmp(entry.name, SERVERS) == 0;
        reader.has_database = reader.has_database || *is_servers || strcmp(entry.name, "anju.db") == 0;
        reader.has_keys = reader.has_keys || strcmp(entry.name, "secret.key") == 0;
        TRY(get_contents(&reader, &entry));
        TRY(get_padding(&reader, entry.size));
    }
}

const Error *backup_verify(Arena *arena, const char *from)
{
    bool is_servers = false;
    return read_through(arena, from, NULL, &is_servers);
}

static const Error *count_fault(Cx *cx, const Row *row, void *self)
{
    int64_t *faults = self;
    Str words = row_text(row, 0);

    /* SQLite 3.40 takes the columns of a table without rowid in the wrong order when it looks for NULLs in it. */
    *faults += !str_is(words, "ok") && !str_starts(words, STR("NULL value in "));
    (void)cx;
    return OK;
}

/* The engine's own look at pages and indexes, and at the references between rows. */
static const Error *look_through(Cx *cx, void *self)
{
    int64_t faults = 0;

    TRY(sql_each_built(cx, STR("PRAGMA quick_check(10000000)"), NOTHING, count_fault, &faults));
    TRY(sql_each_built(cx, STR("PRAGMA foreign_key_check"), NOTHING, count_fault, &faults));
    return faults == 0 ? OK : damaged(cx->arena, self, "数据库核对没有通过", "the database does not pass its check");
}

static const Error *check_restored(Arena *arena, const char *folder, const char *from)
{
    StoreConfig config = {.folder = folder, .readers = 1};
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};
    const Error *error;
    Store *store;

    TRY(store_open(arena, &config, false, &store));
    error = store_read(store, &cx, look_through, (void *)from);
    store_close(store);
    return error;
}

static const Error *refuse_used(Arena *arena, Store *store)
{
    bool empty = false;
    const Error *error;
    Bulk *bulk;

    TRY(bulk_open(arena, store, &bulk));
    error = bulk_is_empty(arena, bulk, &empty);
    bulk_close(bulk);
    TRY(error);
    return empty ? OK : world(arena, STR("目标数据库已在使用，没有改动它；请给一个空的"), STR("the database is in use already and was left as it is; name an empty one"));
}

/* What the old house's settings say of its database must not hold for the new one. */
static const Error *set_aside_settings(Arena *arena, const char *folder)
{
    const char *path = path_in(arena, folder, "anju.conf");

    if (access(path, F_OK) != 0)
        return OK;
    if (rename(path, path_in(arena, folder, "anju.conf.restored")) != 0)
        return cannot(arena, path, errno);
    (void)printf("原设置在 anju.conf.restored，查看后再用 its settings are in anju.conf.restored: look through them before you use them\n");
    return OK;
}

static const Error *count_orgs(Cx *cx, void *self)
{
    static const char COUNT[] = "SELECT count(*) FROM org";
    return sql_row(cx, COUNT, NOTHING, OUT(out_int(self)));
}

/* Into the empty database at the address: all of it, or nothing. */
static const Error *restore_server(Arena *arena, const char *folder, const char *url, const char *from)
{
    const char *path = path_in(arena, folder, SERVERS);
    const char *const args[] = {"--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname", "", path, NULL};
    StoreConfig config = {.folder = folder, .url = url, .readers = 1};
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};
    const Error *error;
    int64_t orgs = 0;
    Store *store;

    TRY(store_open(arena, &config, false, &store));
    error = refuse_used(arena, store);
    if (error == OK)
        error = set_aside_settings(arena, folder);
    if (error == OK)
        error = server_tool(arena, "pg_restore", url, args);
    if (error == OK)
        error = store_read(store, &cx, count_orgs, &orgs);
    store_close(store);
    TRY(error);
    if (orgs == 0)
        return damaged(arena, from, "其中没有公司", "there is no company in it");
    return unlink(path) == 0 ? OK : cannot(arena, path, errno); /* the database is the server's now */
}

static void remove_tree_at(char **folder)
{
    if (*folder != NULL)
        backup_remove_tree(*folder);
}

/* Is the backup of the kind of database that is named? It is read to its end before anything is made. */
static const Error *verify_kind(Arena *arena, const char *from, const char *url)
{
    bool is_servers = false;

    TRY(read_through(arena, from, NULL, &is_servers));
    if (is_servers && url == NULL)
        return world(arena, STR("这是服务器上数据库的备份：请用 --database 写明一个空的数据库"), STR("this is the backup of a server's database: name an empty one with --database"));
    if (!is_servers && url != NULL)
        return world(arena, STR("这是数据目录里数据库的备份：不写 --database 恢复，再用 anju copy 移到服务器"),
                     STR("this is the backup of a database in its folder: restore it without --database, then move it with anju copy"));
    return OK;
}

const Error *backup_restore(Arena *arena, const char *from, const char *data, const char *url)
{
    bool is_servers = false;
    AUTO(remove_tree_at) char *temporary = NULL;
    AUTO(close_at) int folder = -1;
    char *name = str_to_c(arena, str_format(arena, "%s.XXXXXX", data));
    struct stat found;

    if (lstat(data, &found) == 0)
        return exists_already(arena, data);
    TRY(verify_kind(arena, from, url));
    if (mkdtemp(name) == NULL) /* mode 0700 */
        return cannot(arena, data, errno);
    temporary = name;
    TRY(read_through(arena, from, name, &is_servers));
    TRY(is_servers ? restore_server(arena, name, url, from) : check_restored(arena, name, from));
    folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 || syncfs(folder) != 0)
        return cannot(arena, data, errno);
    if (renameat2(AT_FDCWD, name, AT_FDCWD, data, RENAME_NOREPLACE) != 0 &&
        (errno != EINVAL || rename(name, data) != 0))
        return errno == EEXIST ? exists_already(arena, data) : cannot(arena, data, errno);
    temporary = NULL;
    return OK;
}

void backup_remove_tree(const char *folder)
{
    char *tops[] = {(char *)folder, NULL};
    FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);

    for (FTSENT *entry; walk != NULL && (entry = fts_read(walk)) != NULL;)
        if (entry->fts_info == FTS_DP)
            (void)rmdir(entry->fts_accpath); /* what cannot be removed is left */
        else if (entry->fts_info != FTS_D)
            (void)unlink(entry->fts_accpath);
    if (walk != NULL)
        (void)fts_close(walk); /* only read */
}

/* --- Commands --- */

static const Error *needs(Arena *arena, const char *flag)
{
    return error_new(arena, ERR_USAGE, str_format(arena, "请用 --%s 写明", flag), str_format(arena, "give --%s", flag));
}

const Error *command_backup(Arena *arena, Settings *settings)
{
    const char *to = setting(settings, "to");
    Cx cx = {.arena = arena, .now = clock_now(), .zone_min = ZONE_CHINA};
    const Error *error;
    HousePlace place;
    struct stat made;
    Store *store;

    TRY(place_of(arena, settings, &place));
    if (to == NULL)
        return needs(arena, "to");
    if (sodium_init() < 0)
        return world(arena, STR("加密库无法启动"), STR("the crypto library does not start"));
    /* Without the folder's lock: a server may hold it. Of a server's database it only shows that there is one. */
    TRY(store_open(arena, &(StoreConfig){.folder = place.folder, .url = place.url, .readers = 1}, false, &store));
    error = backup_write(store, place.url, &cx, place.folder, to);
    store_close(store);
    TRY(error);
    if (stat(to, &made) == 0)
        (void)printf("已备份 backed up: %s (%lld MB)\n", to, (long long)(made.st_size >> 20));
    return OK;
}

const Error *command_restore(Arena *arena, Settings *settings)
{
    const char *from = setting(settings, "from"), *folder;
    HousePlace place;

    TRY(place_of(arena, settings, &place));
    folder = place.folder;
    if (from == NULL)
        return needs(arena, "from");
    if (sodium_init() < 0)
        return world(arena, STR("加密库无法启动"), STR("the crypto library does not start"));
    while (strlen(folder) > 1 && folder[strlen(folder) - 1] == '/')
        folder = str_to_c(arena, str_cut(str_of(folder), 0, (ptrdiff_t)strlen(folder) - 1));
    TRY(backup_restore(arena, from, folder, place.url));
    (void)printf("已恢复 restored: %s\n", folder);
    if (place.url != NULL) /* pg_restore gave all that the dump had; the chain of events proves that it was all */
        (void)printf("接着 next (URL: 与 --database 相同 as given with --database):\n  anju check --data %s --database URL\n", folder);
    return OK;
}
