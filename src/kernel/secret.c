/* secret.c: see secret.h. */
#include "kernel/secret.h"

#include "kernel/fold.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define PASSES 2
#define MEMORY (19456 * 1024) /* bytes */
#define AT_ONCE 2
#define HASH_BYTES 32
#define TOKEN_BYTES 32
#define SALT_BYTES 16
#define TOTP_BYTES 20
#define TOTP_DIGITS 6
#define TOTP_STEP_S 30
#define CODE_CHARS 12
#define GROUP 4
#define NONCE_BYTES crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define TAG_BYTES crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BASE64 sodium_base64_VARIANT_URLSAFE_NO_PADDING

/* Both without what people confuse. */
static const char password_alphabet[] = "23456789abcdefghjkmnpqrstuvwxyz";
static const char code_alphabet[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/* Of a random password that nobody kept, with today's settings. */
static const char nobodys_hash[] = "$argon2id$v=19$m=19456,t=2,p=1$"
                                   "RcQgP+4ZUwlCpK5myAtTjg$iJWsyikKlQQOup42pk9Z9qnD0oVXnFT/klEeLURT++8";

/* Two at a time. Nobody holds another lock while waiting here. */
static pthread_mutex_t kitchen = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t place_free = PTHREAD_COND_INITIALIZER;
static int cooking;

static void enter_kitchen(void);
static void leave_kitchen(void);
static Str grouped(Arena *arena, const char *alphabet);
static Str base64_of(Arena *arena, const unsigned char *bytes, size_t count);
static Str hash_of(Arena *arena, Str first, Str second);
static void add_escaped(Buf *uri, Str text);
static bool read_totp(Str code, char out[TOTP_DIGITS + 1]);
static bool totp_bytes(Str secret, unsigned char out[TOTP_BYTES]);
static const Error *key_read(Arena *arena, const char *path, SecretKey *out);
static const Error *key_make(Arena *arena, const char *path);
static bool key_write(const char *path);
static bool sync_folder_of(Arena *arena, const char *path);
static const Error *key_problem(Arena *arena, const char *path, const char *zh, const char *en);
static void fd_done(int *fd);

bool secret_init(void)
{
    return sodium_init() >= 0 && oath_init() == OATH_OK;
}

bool secret_equal(Str a, Str b)
{
    return a.len == b.len && (a.len == 0 || sodium_memcmp(a.ptr, b.ptr, (size_t)a.len) == 0);
}

const Error *secret_hash_password(Arena *arena, Str password, Str *out)
{
    char hash[crypto_pwhash_STRBYTES];
    int failed;

    if (password.len > SECRET_MAX_PASSWORD)
        return error_field(arena, STR("password"), "too_long", STR("口令最长 512 字节"),
                           STR("A password has at most 512 bytes."));
    enter_kitchen();
    failed = crypto_pwhash_str_alg(hash, password.len == 0 ? "" : password.ptr, (unsigned long long)password.len,
                                   PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    leave_kitchen();
    if (failed != 0)
        return error_new(arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
    *out = str_copy(arena, str_of(hash));
    return OK;
}

const Error *secret_verify_password(Arena *arena, Str password, Str hash, bool *out)
{
    const char *own = str_to_c(arena, hash);
    bool fits = password.len <= SECRET_MAX_PASSWORD;
    bool is_hash = hash.len > 0 && crypto_pwhash_str_needs_rehash(own, PASSES, MEMORY) >= 0;
    const char *stored = is_hash ? own : nobodys_hash;
    Str asked = fits ? password : STR("");
    int wrong, why;

    enter_kitchen();
    errno = 0;
    wrong = crypto_pwhash_str_verify(stored, asked.len == 0 ? "" : asked.ptr, (unsigned long long)asked.len);
    why = errno;
    leave_kitchen();
    if (wrong != 0 && why == ENOMEM)
        return error_new(arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
    *out = wrong == 0 && is_hash && fits;
    return OK;
}

bool secret_hash_is_outdated(Arena *arena, Str hash)
{
    return crypto_pwhash_str_needs_rehash(str_to_c(arena, hash), PASSES, MEMORY) != 0;
}

Str secret_token(Arena *arena)
{
    unsigned char bytes[TOKEN_BYTES];
    Str token;

    randombytes_buf(bytes, sizeof(bytes));
    token = base64_of(arena, bytes, sizeof(bytes));
    sodium_memzero(bytes, sizeof(bytes));
    return token;
}

Str secret_digest(Arena *arena, Str token)
{
    return hash_of(arena, token, STR_NONE);
}

Str secret_password(Arena *arena)
{
    return grouped(arena, password_alphabet);
}

Str secret_code(Arena *arena)
{
    return grouped(arena, code_alphabet);
}

Str secret_digits(Arena *arena, int count)
{
    Buf text = buf_new(arena, 64);

    for (int i = 0; i < count; i++)
        buf_char(&text, (char)('0' + randombytes_uniform(10)));
    return buf_str(&text);
}

Str secret_code_normal(Arena *arena, Str typed)
{
    Str folded = fold_text(arena, utf8_cut(typed, 64));
    Buf code = buf_new(arena, CODE_CHARS + CODE_CHARS / GROUP);
    int count = 0;

    for (ptrdiff_t i = 0; i < folded.len; i++) {
        char c = folded.ptr[i];

        if (c == '-' || c == ' ')
            continue;
        if (c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        if (c == '\0' || strchr(code_alphabet, c) == NULL || count == CODE_CHARS)
            return STR_NONE;
        if (count > 0 && count % GROUP == 0)
            buf_char(&code, '-');
        buf_char(&code, c);
        count++;
    }
    return count == CODE_CHARS ? buf_str(&code) : STR_NONE;
}

Str secret_totp_new(Arena *arena)
{
    unsigned char bytes[TOTP_BYTES];
    char *encoded = NULL;
    Str secret;

    randombytes_buf(bytes, sizeof(bytes));
    if (oath_base32_encode((const char *)bytes, sizeof(bytes), &encoded, NULL) != OATH_OK)
        abort(); /* it fails for lack of memory only */
    secret = str_copy(arena, str_of(encoded));
    sodium_memzero(bytes, sizeof(bytes));
    free(encoded); /* liboath's */
    return secret;
}

Str secret_totp_uri(Arena *arena, Str secret, Str issuer, Str account)
{
    Buf uri = buf_new(arena, 4096);

    buf_add_c(&uri, "otpauth://totp/");
    add_escaped(&uri, issuer);
    buf_char(&uri, ':');
    add_escaped(&uri, account);
    buf_add_c(&uri, "?secret=");
    add_escaped(&uri, secret);
    buf_add_c(&uri, "&issuer=");
    add_escaped(&uri, issuer);
    buf_add_c(&uri, "&algorithm=SHA1&digits=6&period=30");
    return buf_str(&uri);
}

bool secret_totp_verify(Str secret, Str code, Instant now, int64_t last_step, int64_t *step)
{
    unsigned char bytes[TOTP_BYTES];
    char typed[TOTP_DIGITS + 1];
    int64_t present = now / (TOTP_STEP_S * SECOND), found = -1;

    if (!read_totp(code, typed) || now < 0 || !totp_bytes(secret, bytes))
        return false;
    for (int64_t at = present > 0 ? present - 1 : 0; at <= present + 1; at++) {
        char right[TOTP_DIGITS + 1];

        if (oath_hotp_generate((const char *)bytes, sizeof(bytes), (uint64_t)at, TOTP_DIGITS, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
            break;
        if (sodium_memcmp(typed, right, sizeof(right)) == 0 && at > last_step)
            found = at;
        sodium_memzero(right, sizeof(right));
    }
    sodium_memzero(bytes, sizeof(bytes));
    if (found < 0)
        return false;
    *step = found;
    return true;
}

Str secret_salt(Arena *arena)
{
    unsigned char bytes[SALT_BYTES];

    randombytes_buf(bytes, sizeof(bytes));
    return hex_of(arena, bytes, sizeof(bytes));
}

Str secret_payload_hash(Arena *arena, Str salt, Str payload)
{
    return hash_of(arena, salt, payload);
}

Str secret_chain(Arena *arena, Str previous, Str payload_hash)
{
    return hash_of(arena, previous, payload_hash);
}

Str secret_hmac(Arena *arena, Str key, Str text)
{
    crypto_auth_hmacsha256_state state;
    unsigned char mac[crypto_auth_hmacsha256_BYTES];

    (void)crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.ptr, (size_t)key.len); /* these never fail */
    (void)crypto_auth_hmacsha256_update(&state, (const unsigned char *)text.ptr, (unsigned long long)text.len);
    (void)crypto_auth_hmacsha256_final(&state, mac);
    return hex_of(arena, mac, sizeof(mac));
}

const Error *secret_key_open(Arena *arena, Str path, SecretKey *out)
{
    const char *c_path = str_to_c(arena, path);

    if (access(c_path, F_OK) != 0)
        TRY(key_make(arena, c_path));
    return key_read(arena, c_path, out);
}

Str secret_seal(Arena *arena, const SecretKey *key, Str place, Str plain)
{
    size_t count = NONCE_BYTES + (size_t)plain.len + TAG_BYTES;
    unsigned char *sealed = arena_alloc(arena, count);

    randombytes_buf(sealed, NONCE_BYTES);
    /* It never fails. */
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE_BYTES, NULL, (const unsigned char *)plain.ptr,
                                                     (unsigned long long)plain.len, (const unsigned char *)place.ptr,
                                                     (unsigned long long)place.len, NULL, sealed, key->bytes);
    return base64_of(arena, sealed, count);
}

bool secret_unseal(Arena *arena, const SecretKey *key, Str place, Str sealed, Str *out)
{
    size_t count = 0;
    unsigned char *bytes = arena_alloc(arena, (size_t)sealed.len + 1), *plain;
    unsigned long long length = 0;

    if (sealed.len == 0 ||
        sodium_base642bin(bytes, (size_t)sealed.len, sealed.ptr, (size_t)sealed.len, NULL, &count, NULL, BASE64) != 0 ||
        count < NONCE_BYTES + TAG_BYTES)
        return false;
    plain = arena_alloc(arena, count);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &length, NULL, bytes + NONCE_BYTES, count - NONCE_BYTES,
                                                   (const unsigned char *)place.ptr, (unsigned long long)place.len,
                                                   bytes, key->bytes) != 0)
        return false;
    *out = (Str){(const char *)plain, (ptrdiff_t)length};
    return true;
}

static void enter_kitchen(void)
{
    pthread_mutex_lock(&kitchen);
    while (cooking == AT_ONCE)
        pthread_cond_wait(&place_free, &kitchen);
    cooking++;
    pthread_mutex_unlock(&kitchen);
}

static void leave_kitchen(void)
{
    pthread_mutex_lock(&kitchen);
    assert(cooking > 0 && cooking <= AT_ONCE);
    cooking--;
    pthread_cond_signal(&place_free);
    pthread_mutex_unlock(&kitchen);
}

static Str grouped(Arena *arena, const char *alphabet)
{
    Buf text = buf_new(arena, 64);
    uint32_t letters = (uint32_t)strlen(alphabet);

    for (int i = 0; i < CODE_CHARS; i++) {
        if (i > 0 && i % GROUP == 0)
            buf_char(&text, '-');
        buf_char(&text, alphabet[randombytes_uniform(letters)]);
    }
    return buf_str(&text);
}

static Str base64_of(Arena *arena, const unsigned char *bytes, size_t count)
{
    size_t room = sodium_base64_ENCODED_LEN(count, BASE64);
    char *text = arena_alloc(arena, room);

    sodium_bin2base64(text, room, bytes, count, BASE64);
    return str_of(text);
}

static Str hash_of(Arena *arena, Str first, Str second)
{
    crypto_generichash_state state;
    unsigned char hash[HASH_BYTES];

    (void)crypto_generichash_init(&state, NULL, 0, sizeof(hash)); /* these fail for wrong sizes only */
    (void)crypto_generichash_update(&state, (const unsigned char *)first.ptr, (unsigned long long)first.len);
    (void)crypto_generichash_update(&state, (const unsigned char *)second.ptr, (unsigned long long)second.len);
    (void)crypto_generichash_final(&state, hash, sizeof(hash));
    return hex_of(arena, hash, sizeof(hash));
}

/* RFC 3986, 2.3: all but the unreserved. */
static void add_escaped(Buf *uri, Str text)
{
    for (ptrdiff_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
            c == '_' || c == '~')
            buf_char(uri, c);
        else
            buf_format(uri, "%%%02X", (unsigned)(unsigned char)c);
    }
}

/* Apps show 123 456, and so do people type it. */
static bool read_totp(Str code, char out[TOTP_DIGITS + 1])
{
    int count = 0;

    for (ptrdiff_t i = 0; i < code.len; i++) {
        if (code.ptr[i] == ' ')
            continue;
        if (code.ptr[i] < '0' || code.ptr[i] > '9' || count == TOTP_DIGITS)
            return false;
        out[count++] = code.ptr[i];
    }
    out[count] = '\0';
    return count == TOTP_DIGITS;
}

static bool totp_bytes(Str secret, unsigned char out[TOTP_BYTES])
{
    char *decoded = NULL;
    size_t count = 0;
    bool right = secret.len > 0 && oath_base32_decode(secret.ptr, (size_t)secret.len, &decoded, &count) == OATH_OK &&
                 count == TOTP_BYTES;

    if (right)
        memcpy(out, decoded, TOTP_BYTES);
    if (decoded != NULL)
        sodium_memzero(decoded, count);
    free(decoded); /* liboath's */
    return right;
}

static const Error *key_read(Arena *arena, const char *path, SecretKey *out)
{
    AUTO(fd_done) int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char bytes[sizeof(out->bytes) + 1];
    struct stat status;
    ssize_t got;

    if (fd < 0 || fstat(fd, &status) != 0)
        return key_problem(arena, path, "无法读取", "can't be read");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return key_problem(arena, path, "他人可以访问；请执行 chmod 600", "is open to others; run chmod 600 on it");
    got = read(fd, bytes, sizeof(bytes));
    if (got != (ssize_t)sizeof(out->bytes))
        return key_problem(arena, path, "不是密钥文件（应为 32 字节）；请从备份恢复",
                           "is no key file (32 bytes); restore it from a backup");
    memcpy(out->bytes, bytes, sizeof(out->bytes));
    sodium_memzero(bytes, sizeof(bytes));
    return OK;
}

/* A file beside it is written and synced whole, and then gets the name, unless another process was first: its key
 * counts then, for what it has sealed would be lost. */
static const Error *key_make(Arena *arena, const char *path)
{
    const char *beside = str_to_c(arena, str_format(arena, "%s.%.*s", path, STR_ARG(secret_salt(arena))));
    bool made = key_write(beside) && (link(beside, path) == 0 || errno == EEXIST);

    (void)unlink(beside); /* may not be there */
    if (!made || !sync_folder_of(arena, path))
        return key_problem(arena, path, "无法写入", "can't be written");
    return OK;
}

static bool key_write(const char *path)
{
    AUTO(fd_done) int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    unsigned char bytes[sizeof(((SecretKey *)0)->bytes)];
    bool written;

    if (fd < 0)
        return false;
    randombytes_buf(bytes, sizeof(bytes));
    written = write(fd, bytes, sizeof(bytes)) == (ssize_t)sizeof(bytes) && fsync(fd) == 0;
    sodium_memzero(bytes, sizeof(bytes));
    return written;
}

static bool sync_folder_of(Arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "." : slash == path ? "/" : str_to_c(arena, (Str){path, slash - path});
    AUTO(fd_done) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 && fsync(fd) == 0;
}

static const Error *key_problem(Arena *arena, const char *path, const char *zh, const char *en)
{
    return error_new(arena, ERR_STATE_OF_WORLD, str_format(arena, "密钥文件 %s %s", path, zh),
                     str_format(arena, "The key file %s %s.", path, en));
}

static void fd_done(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing unsynced is lost by it */
}
