/* file.h: uploaded files: looked at, made safe, kept once by content, seen by whom they concern, and swept away when
 * nobody attached them.
 *
 * The bytes lie in the data folder (store/blob.h), the row in table file. Upload: bytes first, then the row; sweeping: the
 * row first, then bytes that no other row of the company names. A lock keeps the two from meeting half-way. */
#ifndef ANJU_KERNEL_FILE_H
#define ANJU_KERNEL_FILE_H

#include "kernel/image.h"
#include "kernel/input.h"
#include "store/store.h"

#define FILE_MAX_BYTES (50 * 1024 * 1024) /* of a PDF, XLSX or CSV */
#define FILE_MAX_NAME 120                 /* characters */
#define FILE_UNATTACHED (24 * HOUR)       /* how long it waits for a record */

typedef struct {
    Id id, created_by;
    Str sha256, type, name; /* type is a media type; the name is for people, never a path */
    int64_t size;
    bool is_picture;
} FileRow;

/* What was sent, as it may be kept: pictures are encoded anew (at most two at a time in the process, others wait up to
 * 10 s), others stay. *bytes lives in `arena` or is the sender's; row->type, name and size are set.
 * ERR_MEDIA_TYPE: none of JPEG PNG WebP PDF XLSX CSV. ERR_TOO_LARGE: over 20 MB (pictures, as sent), 50 MB, 40 Mpx.
 * ERR_INVALID on `file`: empty, damaged. ERR_TOO_MANY: too many pictures at once. */
MUST const Error *file_clean(Arena *arena, Str name, Str sent, FileRow *row, Str *bytes);

/* Adds the row (of the caller) in a writing closure; sets row->id. */
MUST const Error *file_add(Cx *cx, FileRow *row);

/* Keeps bytes and then runs fn, which calls file_add, in the lane. Sets row->sha256 first. */
MUST const Error *file_keep(Store *store, Cx *cx, const char *folder, Str bytes, FileRow *row, StoreFn *fn, void *self);

/* The file, if the caller uploaded it or sees a record that holds it; else ERR_NOT_FOUND. */
MUST const Error *file_get(Cx *cx, Id id, FileRow *out);

/* A small JPEG of a kept picture (image.h); waits its turn as file_clean. */
MUST const Error *file_thumbnail(Arena *arena, const char *folder, Id org, const FileRow *row, Str *bytes);

/* Removes up to `max` files of the company that nobody attached within 24 h; *count is how many. Not in a closure. */
MUST const Error *file_sweep(Store *store, Cx *cx, const char *folder, int max, int *count);

/* The last part of a path-like name, without control characters, at most FILE_MAX_NAME characters, with the ending that
 * fits `ending`; "file.<ending>" when nothing is left. */
Str file_safe_name(Arena *arena, Str name, const char *ending);

/* The value of Content-Disposition (RFC 6266): `attachment; filename="…"; filename*=UTF-8''…`. `how` is "attachment" or
 * "inline". */
Str file_disposition(Arena *arena, const char *how, Str name);

/* A nameless file in the folder for an answer that is written before it is sent. ERR_UNAVAILABLE when there is no room. */
MUST const Error *file_temporary(Arena *arena, const char *folder, int *fd);

#endif
