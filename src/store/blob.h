/* blob.h: the contents of files, each kept once under the SHA-256 of its bytes:
 *
 *     <data>/files/<org id>/<first two hex digits>/<64 hex digits>
 *
 * What a file is called, who may see it and which record holds it are rows elsewhere. A blob is written before the row
 * that names it and deleted after the last one is gone, so a crash can leave a blob without a row (the checker tells),
 * never a row without its blob. A blob is whole and on the disk, or it isn't there: temporary file, sync, rename, sync
 * of the folders. Folders have mode 0700, files 0600. Thread-safe; several processes may share the folder. */
#ifndef ANJU_STORE_BLOB_H
#define ANJU_STORE_BLOB_H

#include "base/error.h"
#include "base/id.h"

#define BLOB_NAME_LEN 64

/* The name of some bytes: SHA-256 in 64 lower-case hex digits, in the arena. */
Str blob_name(Arena *arena, Str bytes);

/* Keeps bytes; *name is theirs. Bytes that are there already are not written again, but their folders are synced: when
 * this returns OK the blob survives a power cut. ERR_UNAVAILABLE: the disk is full, or the folder can't be written;
 * then nothing is left behind. */
MUST const Error *blob_put(Arena *arena, const char *data, Id org, Str bytes, Str *name);

/* Opens a blob for reading. *fd is the caller's to close; *size in bytes. ERR_NOT_FOUND: no such blob, or no such name.
 */
MUST const Error *blob_open(Arena *arena, const char *data, Id org, Str name, int *fd, int64_t *size);

/* Reads a blob of at most `max` bytes whole. ERR_NOT_FOUND as blob_open, ERR_TOO_LARGE over `max`. */
MUST const Error *blob_read(Arena *arena, const char *data, Id org, Str name, int64_t max, Str *bytes);

/* Where it lies, for what opens it later by itself; empty when there is none of that name. */
Str blob_path(Arena *arena, const char *data, Id org, Str name);
bool blob_exists(Arena *arena, const char *data, Id org, Str name);

/* Deletes a blob; one that isn't there is no error. ERR_UNAVAILABLE: it can't be deleted. */
MUST const Error *blob_delete(Arena *arena, const char *data, Id org, Str name);

/* SHA-256 of what an open file holds from where it stands, in lower-case hex. */
MUST const Error *blob_digest(Arena *arena, int fd, Str *out);
/* Does the blob still hold what its name says? Reads it all. ERR_NOT_FOUND as blob_open. */
MUST const Error *blob_verify(Arena *arena, const char *data, Id org, Str name, bool *is_intact);

/* Something found below <data>/files. Borrowed: good during the visit. */
typedef struct {
    Str path;         /* below <data>/files */
    Id org;           /* 0 when `is_blob` is false */
    Str name;         /* empty when `is_blob` is false */
    int64_t size;     /* bytes */
    Instant changed;  /* when it was written */
    bool is_blob;     /* lies where a blob of that name belongs */
    bool is_leftover; /* a temporary file: being written now, or left by a crash */
} BlobFound;

/* Called once for each; an error ends the walk and is handed up. */
typedef const Error *BlobVisit(void *self, const BlobFound *found);

/* Visits all that lies below <data>/files, in no order; no folder at all is an empty walk. The arena is used for the
 * walk only in pieces that do not grow with the count of files. ERR_UNAVAILABLE: a folder can't be read. */
MUST const Error *blob_walk(Arena *arena, const char *data, BlobVisit *visit, void *self);

/* Deletes temporary files that were last written before `before`, left by a crash. *count is how many. */
MUST const Error *blob_sweep(Arena *arena, const char *data, Instant before, int64_t *count);

#endif
