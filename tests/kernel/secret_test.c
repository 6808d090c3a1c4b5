/* secret_test.c: passwords, tokens, codes, TOTP (RFC 6238), the chain, the key file and sealing. */
#include "kernel/secret.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define BUDGET (1 << 20)

static int open_arena(void **state)
{
    *state = arena_open(BUDGET);
    return 0;
}

static int close_arena(void **state)
{
    arena_close(*state);
    return 0;
}

static bool verify(Arena *arena, const char *password, Str hash)
{
    bool right = false;

    assert_null(secret_verify_password(arena, str_of(password), hash, &right));
    return right;
}

static void a_password_opens_only_its_own_hash(void **state)
{
    Arena *arena = *state;
    Str hash, again;

    assert_null(secret_hash_password(arena, STR("小区-2026"), &hash));
    assert_null(secret_hash_password(arena, STR("小区-2026"), &again));
    assert_true(str_starts(hash, STR("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_false(str_eq(hash, again));
    assert_true(verify(arena, "小区-2026", hash));
    assert_false(verify(arena, "小区-2027", hash));
    assert_false(verify(arena, "", hash));
    assert_false(secret_hash_is_outdated(arena, hash));
    assert_true(secret_hash_is_outdated(arena, STR("$argon2id$v=19$m=8192,t=2,p=1$MDEyMzQ1Njc4OTAxMjM0NQ$"
                                                   "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE")));
}

static void what_is_no_hash_never_opens(void **state)
{
    Arena *arena = *state;

    assert_false(verify(arena, "", STR("")));
    assert_false(verify(arena, "secret", STR("")));
    assert_false(verify(arena, "secret", STR("secret")));
    assert_false(verify(arena, "", STR("$argon2id$")));
}

/* An unknown log-in must cost about what a known one does. Measured generously: the cheap answer would be 1000 times
 * faster, and that is what must not happen. */
static void an_unknown_log_in_costs_the_same(void **state)
{
    Arena *arena = *state;
    int64_t known = INT64_MAX, unknown = INT64_MAX;
    Str hash;

    assert_null(secret_hash_password(arena, STR("right"), &hash));
    for (int i = 0; i < 3; i++) {
        int64_t start = clock_monotonic_us(), middle, end;

        assert_false(verify(arena, "wrong", hash));
        middle = clock_monotonic_us();
        assert_false(verify(arena, "wrong", STR("")));
        end = clock_monotonic_us();
        known = middle - start < known ? middle - start : known;
        unknown = end - middle < unknown ? end - middle : unknown;
    }
    assert_true(unknown > known / 4 && unknown < known * 4);
}

static void long_passwords_are_refused(void **state)
{
    Arena *arena = *state;
    Str longest = {arena_alloc(arena, SECRET_MAX_PASSWORD + 1), SECRET_MAX_PASSWORD};
    Str longer = {longest.ptr, SECRET_MAX_PASSWORD + 1}, hash, empty;
    bool right = true;
    const Error *error;

    memset((char *)(uintptr_t)longest.ptr, 'a', SECRET_MAX_PASSWORD + 1);
    assert_null(secret_hash_password(arena, longest, &hash));
    error = secret_hash_password(arena, longer, &hash);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_INVALID);
    assert_null(secret_verify_password(arena, longer, hash, &right));
    assert_false(right);
    assert_null(secret_hash_password(arena, STR(""), &empty));
    assert_null(secret_verify_password(arena, longer, empty, &right)); /* not cut to something that fits */
    assert_false(right);
}

static void *log_in_often(void *hash)
{
    Arena *arena = arena_open(BUDGET);
    intptr_t right = 0;

    for (int i = 0; i < 3; i++)
        right += verify(arena, "right", *(const Str *)hash);
    arena_close(arena);
    return (void *)right;
}

static void many_log_ins_at_once_wait_their_turn(void **state)
{
    pthread_t threads[8];
    Str hash;

    assert_null(secret_hash_password(*state, STR("right"), &hash));
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_in_often, &hash), 0);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        void *right = NULL;
        assert_int_equal(pthread_join(threads[i], &right), 0);
        assert_int_equal((intptr_t)right, 3);
    }
}

static void tokens_and_codes_have_their_shape(void **state)
{
    Arena *arena = *state;

    for (int i = 0; i < 200; i++) {
        Str token = secret_token(arena), code = secret_code(arena), password = secret_password(arena);

        assert_int_equal(token.len, 43);
        assert_false(str_eq(token, secret_token(arena)));
        assert_int_equal(code.len, 14);
        assert_int_equal(password.len, 14);
        for (ptrdiff_t k = 0; k < 14; k++) {
            assert_true((code.ptr[k] == '-') == (k % 5 == 4));
            assert_null(strchr("0O1Iabcdefghijklmnopqrstuvwxyz", code.ptr[k]));
            assert_null(strchr("0o1liABCDEFGHIJKLMNOPQRSTUVWXYZ", password.ptr[k]));
        }
        assert_true(str_eq(secret_code_normal(arena, code), code));
        assert_int_equal(strspn(str_to_c(arena, secret_digits(arena, 6)), "0123456789"), 6);
    }
    /* RFC 7693 has "abc" for 512 bits; this is the same function's 256 bits. */
    assert_true(
        str_is(secret_digest(arena, STR("abc")), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"));
}

static void codes_are_read_as_people_type_them(void **state)
{
    static const struct {
        const char *typed, *code;
    } rows[] = {
        {"K7MW-X3PD-9HVT", "K7MW-X3PD-9HVT"},
        {"k7mwx3pd9hvt", "K7MW-X3PD-9HVT"},
        {" k7mw x3pd 9hvt ", "K7MW-X3PD-9HVT"},
        {"Ｋ７ＭＷ－Ｘ３ＰＤ－９ＨＶＴ", "K7MW-X3PD-9HVT"},
        {"K7MW-X3PD-9HV", ""},
        {"K7MW-X3PD-9HVTT", ""},
        {"K7MW-X3PD-9HV0", ""},
        {"K7MW-X3PD-9HV码", ""},
        {"", ""},
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (!str_is(secret_code_normal(*state, str_of(rows[i].typed)), rows[i].code))
            fail_msg("\"%s\"", rows[i].typed);
}

/* RFC 6238, appendix B, the SHA-1 rows, last six digits. */
static void totp_agrees_with_the_rfc(void **state)
{
    static const struct {
        int64_t second;
        const char *code;
    } rows[] = {
        {59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
        {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"},
    };
    Str secret = STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t now = rows[i].second, step = -1;

        assert_true(secret_totp_verify(secret, str_of(rows[i].code), now * SECOND, 0, &step));
        assert_int_equal(step, now / 30);
    }
}

static void a_totp_code_works_once_and_near_its_time(void **state)
{
    Str secret = STR("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), code = STR("005924");
    Instant now = 1234567890 * SECOND; /* the first second of its step */
    int64_t step = 0, untouched = -7;

    (void)state;
    assert_true(secret_totp_verify(secret, code, now, 0, &step));
    assert_int_equal(step, 41152263);
    assert_false(secret_totp_verify(secret, code, now, step, &untouched));
    assert_false(secret_totp_verify(secret, code, now + 30 * SECOND, step, &untouched));
    assert_true(secret_totp_verify(secret, code, now - 30 * SECOND, step - 1, &step));
    assert_true(secret_totp_verify(secret, code, now + 59 * SECOND, 0, &step));
    assert_false(secret_totp_verify(secret, code, now + 60 * SECOND, 0, &untouched));
    assert_false(secret_totp_verify(secret, code, now - 31 * SECOND, 0, &untouched));
    assert_true(secret_totp_verify(secret, STR("005 924"), now, 0, &step));
    assert_false(secret_totp_verify(secret, STR("00592"), now, 0, &untouched));
    assert_false(secret_totp_verify(secret, STR("0059244"), now, 0, &untouched));
    assert_false(secret_totp_verify(secret, STR("00592a"), now, 0, &untouched));
    assert_false(secret_totp_verify(secret, STR(""), now, 0, &untouched));
    assert_false(secret_totp_verify(STR("!!"), code, now, 0, &untouched));
    assert_false(secret_totp_verify(STR(""), code, now, 0, &untouched));
    assert_int_equal(untouched, -7);
}

static void a_new_totp_secret_is_good_for_an_app(void **state)
{
    Arena *arena = *state;
    Str secret = secret_totp_new(arena), uri = secret_totp_uri(arena, secret, STR("安居 A&B"), STR("desk1"));

    assert_int_equal(secret.len, 32);
    assert_false(str_eq(secret, secret_totp_new(arena)));
    assert_true(str_eq(uri, str_format(arena,
                                       "otpauth://totp/%%E5%%AE%%89%%E5%%B1%%85%%20A%%26B:desk1?secret=%.*s"
                                       "&issuer=%%E5%%AE%%89%%E5%%B1%%85%%20A%%26B&algorithm=SHA1&digits=6&period=30",
                                       STR_ARG(secret))));
}

static void the_chain_shows_every_change_and_survives_erasure(void **state)
{
    Arena *arena = *state;
    Str start = STR(SECRET_CHAIN_START), salt = secret_salt(arena);
    Str inner = secret_payload_hash(arena, salt, STR("{\"state\":\"done\"}"));
    Str link = secret_chain(arena, start, inner);

    assert_int_equal(start.len, 64);
    assert_int_equal(salt.len, 32);
    assert_int_equal(inner.len, 64);
    assert_int_equal(link.len, 64);
    assert_true(str_eq(link, secret_digest(arena, str_join(arena, start, inner)))); /* from the inner hash alone */
    assert_false(str_eq(inner, secret_payload_hash(arena, salt, STR("{\"state\":\"gone\"}"))));
    assert_false(str_eq(inner, secret_payload_hash(arena, secret_salt(arena), STR("{\"state\":\"done\"}"))));
    assert_false(str_eq(link, secret_chain(arena, link, inner)));
}

static void a_key_file_is_made_once_and_kept(void **state)
{
    Arena *arena = *state;
    char folder[] = "/tmp/secret_test.XXXXXX";
    struct stat status;
    SecretKey first, second;
    const Error *error;

    assert_non_null(mkdtemp(folder));
    Str path = str_format(arena, "%s/key", folder);
    const char *c_path = str_to_c(arena, path);

    assert_null(secret_key_open(arena, path, &first));
    assert_int_equal(stat(c_path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 32);
    assert_int_equal(status.st_nlink, 1); /* the temporary name is gone */
    assert_null(secret_key_open(arena, path, &second));
    assert_memory_equal(&first, &second, sizeof(first));

    assert_int_equal(chmod(c_path, 0640), 0);
    error = secret_key_open(arena, path, &second);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_STATE_OF_WORLD);
    assert_true(str_find(error_text(error, LANG_EN), STR("chmod 600")) >= 0);
    assert_int_equal(chmod(c_path, 0600), 0);
    assert_int_equal(truncate(c_path, 31), 0);
    assert_non_null(secret_key_open(arena, path, &second));
    assert_int_equal(truncate(c_path, 33), 0);
    assert_non_null(secret_key_open(arena, path, &second));

    assert_int_equal(unlink(c_path), 0);
    assert_int_equal(rmdir(folder), 0); /* and nothing else was left in it */
    assert_non_null(secret_key_open(arena, path, &second));
}

typedef struct {
    Str path;
    SecretKey key;
} KeyRace;

static void *open_key(void *race)
{
    Arena *arena = arena_open(BUDGET);
    const Error *error = secret_key_open(arena, ((KeyRace *)race)->path, &((KeyRace *)race)->key);

    arena_close(arena);
    return error == OK ? race : NULL;
}

static void two_who_make_the_key_at_once_get_the_same(void **state)
{
    Arena *arena = *state;
    char folder[] = "/tmp/secret_test.XXXXXX";

    assert_non_null(mkdtemp(folder));
    Str path = str_format(arena, "%s/key", folder);

    for (int round = 0; round < 20; round++) {
        KeyRace races[4] = {{path}, {path}, {path}, {path}};
        pthread_t threads[COUNT_OF(races)];

        for (size_t i = 0; i < COUNT_OF(races); i++)
            assert_int_equal(pthread_create(&threads[i], NULL, open_key, &races[i]), 0);
        for (size_t i = 0; i < COUNT_OF(races); i++) {
            void *opened = NULL;
            assert_int_equal(pthread_join(threads[i], &opened), 0);
            assert_non_null(opened);
        }
        for (size_t i = 1; i < COUNT_OF(races); i++)
            assert_memory_equal(&races[0].key, &races[i].key, sizeof(SecretKey));
        assert_int_equal(unlink(str_to_c(arena, path)), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void a_sealed_secret_opens_with_its_key_in_its_place(void **state)
{
    Arena *arena = *state;
    SecretKey key = {{1, 2, 3}}, other = {{1, 2, 4}};
    Str place = STR("user:1:totp"), plain = STR("GEZDGNBVGY3TQOJQ"), opened = STR("untouched");
    Str sealed = secret_seal(arena, &key, place, plain), changed = str_copy(arena, sealed);

    assert_false(str_eq(sealed, secret_seal(arena, &key, place, plain)));
    assert_false(secret_unseal(arena, &other, place, sealed, &opened));
    assert_false(secret_unseal(arena, &key, STR("user:2:totp"), sealed, &opened));
    assert_false(secret_unseal(arena, &key, place, str_cut(sealed, 0, sealed.len - 2), &opened));
    assert_false(secret_unseal(arena, &key, place, STR(""), &opened));
    assert_false(secret_unseal(arena, &key, place, STR("not base64!"), &opened));
    ((char *)(uintptr_t)changed.ptr)[40] ^= 1;
    assert_false(secret_unseal(arena, &key, place, changed, &opened));
    assert_true(str_is(opened, "untouched"));
    assert_true(secret_unseal(arena, &key, place, sealed, &opened));
    assert_true(str_eq(opened, plain));
    assert_true(secret_unseal(arena, &key, place, secret_seal(arena, &key, place, STR("")), &opened));
    assert_int_equal(opened.len, 0);
}

/* RFC 4231, 4.3 and 4.7: a short key, and one that is longer than a block. */
static void a_signature_agrees_with_the_rfc(void **state)
{
    Arena *arena = *state;
    char key[131];

    memset(key, 0xaa, sizeof key);
    assert_true(str_is(secret_hmac(arena, STR("Jefe"), STR("what do ya want for nothing?")),
                       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
    assert_true(str_is(secret_hmac(arena, (Str){key, sizeof key}, STR("Test Using Larger Than Block-Size Key - Hash Key First")),
                       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"));
}

static void equality_is_of_the_whole_text(void **state)
{
    (void)state;
    assert_true(secret_equal(STR("abc"), STR("abc")));
    assert_true(secret_equal(STR(""), STR_NONE));
    assert_false(secret_equal(STR("abc"), STR("abd")));
    assert_false(secret_equal(STR("abc"), STR("ab")));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_password_opens_only_its_own_hash),
        TEST(what_is_no_hash_never_opens),
        TEST(an_unknown_log_in_costs_the_same),
        TEST(long_passwords_are_refused),
        TEST(many_log_ins_at_once_wait_their_turn),
        TEST(tokens_and_codes_have_their_shape),
        TEST(codes_are_read_as_people_type_them),
        TEST(totp_agrees_with_the_rfc),
        TEST(a_totp_code_works_once_and_near_its_time),
        TEST(a_new_totp_secret_is_good_for_an_app),
        TEST(a_signature_agrees_with_the_rfc),
        TEST(the_chain_shows_every_change_and_survives_erasure),
        TEST(a_key_file_is_made_once_and_kept),
        TEST(two_who_make_the_key_at_once_get_the_same),
        TEST(a_sealed_secret_opens_with_its_key_in_its_place),
        TEST(equality_is_of_the_whole_text),
    };

    if (!secret_init())
        return 1;
    return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
