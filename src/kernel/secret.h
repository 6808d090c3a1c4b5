/* secret.h: passwords, tokens, one-time codes, the audit chain's hashes, and secrets at rest.
 *
 * What leaves here as text is made for a text column; nothing that comes out of the database can be turned back into a
 * password, a session or a second factor without the key file beside it. All randomness is libsodium's. */
#ifndef ANJU_KERNEL_SECRET_H
#define ANJU_KERNEL_SECRET_H

#include "base/error.h"
#include "base/time.h"

/* Once, before everything else here; again is harmless. False when the libraries can't start: stop then. */
MUST bool secret_init(void);

/* Are two texts equal? Takes as long for a near miss as for a far one. */
bool secret_equal(Str a, Str b);

/* --- Passwords: argon2id, 19 MiB, two passes (OWASP's first choice). At most two at a time in the process, others wait
 * their turn: log-ins must not eat the memory. --- */

#define SECRET_MAX_PASSWORD 512 /* bytes */

/* The password's hash as text ($argon2id$…), in the arena. ERR_INVALID past SECRET_MAX_PASSWORD, ERR_UNAVAILABLE when
 * there is no memory. */
MUST const Error *secret_hash_password(Arena *arena, Str password, Str *out);

/* Is it the password of this hash? What is no hash (empty: unknown log-in, account without a password) is never matched
 * but costs the same time, so that nobody can ask which log-ins exist. ERR_UNAVAILABLE when there is no memory. */
MUST const Error *secret_verify_password(Arena *arena, Str password, Str hash, bool *out);

/* Was the hash made with other settings than today's? Then hash again at the next good log-in. */
bool secret_hash_is_outdated(Arena *arena, Str hash);

/* --- Tokens and codes --- */

/* A session token or an admission: 256 random bits, 43 characters of base64url. */
Str secret_token(Arena *arena);

/* What is stored instead of a token: 64 hex digits (BLAKE2b-256). A token's entropy needs no slow hash and no salt. */
Str secret_digest(Arena *arena, Str token);

/* A first password to be read out or typed from paper: k7mw-x3pd-9hvt, 59 bits, without 0 o 1 l i. */
Str secret_password(Arena *arena);

/* A one-time code for claiming a home: K7MW-X3PD-9HVT, 60 bits, without 0 O 1 I. It is stored as
 * secret_digest(secret_code_normal(code)). */
Str secret_code(Arena *arena);

/* So many random digits, to be read out at a gate: "048213". */
Str secret_digits(Arena *arena, int count);

/* A code as typed (any case, with or without hyphens and blanks, full-width) in the form of secret_code; empty when it
 * can't be one. */
Str secret_code_normal(Arena *arena, Str typed);

/* --- Second factor: TOTP (RFC 6238: SHA-1, 6 digits, 30 s), which every phone's app knows --- */

/* A new secret: 160 bits in base32, 32 characters. Seal it before it is stored. */
Str secret_totp_new(Arena *arena);

/* otpauth://totp/… for a QR code. Issuer: the company; account: the log-in. */
Str secret_totp_uri(Arena *arena, Str secret, Str issuer, Str account);

/* Is `code` (six digits, blanks allowed) right for the 30 s step of `now` or the one before or after, and is that step
 * later than `last_step`? *step is then the step, to be stored as the next last_step: so no code works twice. The first
 * last_step is 0. */
MUST bool secret_totp_verify(Str secret, Str code, Instant now, int64_t last_step, int64_t *step);

/* --- The audit chain: link = H(previous link || H(salt || payload)). The payload and its salt may be erased, the inner
 * hash stays, and the chain can still be proved. H is BLAKE2b-256; all values are lower-case hex, and it is their text
 * that is hashed. --- */

#define SECRET_CHAIN_START "0000000000000000000000000000000000000000000000000000000000000000"

/* 128 random bits: 32 hex digits. Without it, a short payload could be guessed from its hash. */
Str secret_salt(Arena *arena);
Str secret_payload_hash(Arena *arena, Str salt, Str payload);
Str secret_chain(Arena *arena, Str previous, Str payload_hash);

/* --- Messages between programs --- */

/* HMAC-SHA256 (RFC 2104) of the text as 64 lower-case hex digits. Compare with secret_equal. */
Str secret_hmac(Arena *arena, Str key, Str text);

/* --- Secrets at rest --- */

typedef struct {
    unsigned char bytes[32];
} SecretKey;

/* The key in this file. Absent: a new one is made, readable by its owner only, synced, and never over an existing one.
 * ERR_STATE_OF_WORLD, with what to do, when the file can't be read or made, has another size, or others may read it. */
MUST const Error *secret_key_open(Arena *arena, Str path, SecretKey *out);

/* Encrypts (XChaCha20-Poly1305, random nonce) to base64url. `place` says where it will lie (`user:123:totp`) and must
 * be the same when it is opened: a value copied into another row does not open. */
Str secret_seal(Arena *arena, const SecretKey *key, Str place, Str plain);

/* False, and *out untouched, when it was not sealed with this key and place, or was changed. */
MUST bool secret_unseal(Arena *arena, const SecretKey *key, Str place, Str sealed, Str *out);

#endif
