/* keys.h: the installation's own keys, all derived from one random file `secret.key` (0600) in the data folder. */
#ifndef ANJU_KERNEL_KEYS_H
#define ANJU_KERNEL_KEYS_H

#include "kernel/secret.h"

typedef struct Secrets {
    unsigned char seal[32]; /* seals of rows and of the audit head */
    unsigned char box[32];  /* secrets at rest (one-time-code seeds) */
    unsigned char sign[32]; /* cursors and file links */
} Secrets;

/* Reads the key file, or makes it with `create`. ERR_STATE_OF_WORLD when it is missing or damaged. */
MUST const Error *keys_load(Arena *arena, const char *folder, bool create, Secrets *out);

/* The key of what is sealed at rest (secret_seal). */
SecretKey keys_box(const Secrets *secrets);

/* Keyed hash (BLAKE2b, 16 bytes) of a text as 32 hex digits. */
Str keyed_hash(Arena *arena, const unsigned char key[32], Str text);

#endif
