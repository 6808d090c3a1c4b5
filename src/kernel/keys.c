#include "kernel/keys.h"
#include "kernel/secret.h"

#include <assert.h>
#include <sodium.h>
#include <unistd.h>

static void derive(unsigned char out[32], const SecretKey *master, const char *what)
{
    (void)crypto_generichash(out, 32, (const unsigned char *)what, strlen(what), master->bytes, sizeof master->bytes); /* fails for wrong sizes only */
}

const Error *keys_load(Arena *arena, const char *folder, bool create, Secrets *out)
{
    Str path = str_format(arena, "%s/secret.key", folder);
    SecretKey master;

    if (!create && access(str_to_c(arena, path), F_OK) != 0) /* a new one would fit no seal: never made by itself */
        return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "密钥文件 %.*s 不见了；请从备份恢复", STR_ARG(path)),
                         str_format(arena, "the key file %.*s is gone; restore it from a backup", STR_ARG(path)));
    TRY(secret_key_open(arena, path, &master));
    derive(out->seal, &master, "seal");
    derive(out->box, &master, "box");
    derive(out->sign, &master, "sign");
    sodium_memzero(&master, sizeof master);
    return OK;
}

Str keyed_hash(Arena *arena, const unsigned char key[32], Str text)
{
    unsigned char hash[16];
    (void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text.ptr, (unsigned long long)text.len, key, 32);
    return hex_of(arena, hash, sizeof hash);
}

SecretKey keys_box(const Secrets *secrets)
{
    SecretKey key;

    static_assert(sizeof key.bytes == sizeof secrets->box, "is copied whole");
    memcpy(key.bytes, secrets->box, sizeof key.bytes);
    return key;
}
