#include "kernel/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

static const Error *bad_file(Arena *arena, const char *path, const char *why)
{
    return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "密钥文件 %s 不可用：%s；请从备份恢复", path, why),
                     str_format(arena, "the key file %s cannot be used: %s; restore it from a backup", path, why));
}

static void derive(unsigned char out[32], const unsigned char master[32], const char *what)
{
    (void)crypto_generichash(out, 32, (const unsigned char *)what, strlen(what), master, 32); /* fails for wrong sizes only */
}

const Error *keys_load(Arena *arena, const char *folder, bool create, Secrets *out)
{
    char *path = str_to_c(arena, str_format(arena, "%s/secret.key", folder));
    unsigned char master[32];
    int fd;

    if (sodium_init() < 0)
        return bad_file(arena, path, "libsodium");
    if (create) {
        randombytes_buf(master, sizeof master);
        fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0)
            return bad_file(arena, path, strerror(errno));
        if (write(fd, master, sizeof master) != (ssize_t)sizeof master || fsync(fd) != 0) {
            const Error *error = bad_file(arena, path, strerror(errno));
            (void)close(fd); /* already failed */
            (void)unlink(path);
            return error;
        }
        (void)close(fd); /* synced */
    } else {
        ssize_t got;
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return bad_file(arena, path, strerror(errno));
        got = read(fd, master, sizeof master);
        (void)close(fd); /* only read */
        if (got != (ssize_t)sizeof master)
            return bad_file(arena, path, "32 bytes expected");
    }
    derive(out->seal, master, "seal");
    derive(out->box, master, "box");
    derive(out->sign, master, "sign");
    sodium_memzero(master, sizeof master);
    return OK;
}

Str keyed_hash(Arena *arena, const unsigned char key[32], Str text)
{
    unsigned char hash[16];
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text.ptr, (unsigned long long)text.len, key, 32);
    return hex_of(arena, hash, sizeof hash);
}

Str plain_hash(Arena *arena, Str text)
{
    unsigned char hash[32];
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text.ptr, (unsigned long long)text.len, NULL, 0);
    return hex_of(arena, hash, sizeof hash);
}
