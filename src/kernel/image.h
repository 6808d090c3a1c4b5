/* image.h: what uploaded bytes really are, and pictures made safe to keep.
 *
 * Nothing that a sender says about a file (its name, its declared type) is believed: image_sniff looks at the bytes.
 * A picture is never kept as it came. image_clean decodes it, turns it as its EXIF orientation says, makes it at most
 * 4096 px on the long side and encodes it anew, so that no metadata survives: no place, no device, no comment, no
 * thumbnail of what was cut away, no bytes behind the end. What it becomes:
 *
 *     JPEG                                          JPEG, quality 85
 *     PNG, WebP that is see-through somewhere       PNG
 *     PNG, WebP of at most 256 colours              PNG with a palette (screenshots, signatures)
 *     PNG, WebP otherwise (photos)                  JPEG, quality 85
 *
 * Decoding holds up to 4 bytes for each pixel kept (64 MB) outside the arena while it runs, and up to 320 MB for
 * hostile shapes (interlaced PNG, lossless WebP, progressive JPEG of 40 Mpx): let few pictures be decoded at the same
 * time. */
#ifndef ANJU_KERNEL_IMAGE_H
#define ANJU_KERNEL_IMAGE_H

#include "base/error.h"

#define IMAGE_MAX_PIXELS 40000000          /* of the picture as sent; checked before anything is decoded */
#define IMAGE_MAX_SIDE 4096                /* of the picture as kept, in pixels */
#define IMAGE_THUMBNAIL_SIDE 480           /* long side of a thumbnail, in pixels */
#define IMAGE_MAX_BYTES (20 * 1024 * 1024) /* of the picture as kept */

typedef enum { FILE_UNKNOWN, FILE_JPEG, FILE_PNG, FILE_WEBP, FILE_PDF, FILE_XLSX, FILE_CSV } FileType;

/* A picture in its encoded form. */
typedef struct {
    FileType type;     /* FILE_JPEG or FILE_PNG */
    int width, height; /* in pixels, after turning */
    Str bytes;         /* in the arena */
} Image;

/* A picture as pixels: rows from the top, each pixel red, green, blue, alpha (not premultiplied), a byte each. */
typedef struct {
    int width, height;
    unsigned char *rgba;
} Pixels;

/* The true type of a file by its bytes. FILE_XLSX is a zip archive with [Content_Types].xml and a folder xl/; FILE_CSV
 * is text in UTF-8 or GB18030 without control characters that isn't markup. An empty file is FILE_UNKNOWN. */
FileType image_sniff(Str bytes);

/* Media type ("image/jpeg") and ending of a file name without the dot ("jpg"). Never NULL. */
const char *file_type_mime(FileType type);
const char *file_type_ending(FileType type);

/* The picture as it may be kept (see above). *out lives in the arena.
 * ERR_MEDIA_TYPE: not a JPEG, PNG or WebP picture, or a moving one. ERR_TOO_LARGE: over 40 Mpx.
 * ERR_INVALID about the field `file`: damaged or cut off. */
MUST const Error *image_clean(Arena *arena, Str bytes, Image *out);

/* A JPEG of at most 480 px on the long side, turned, on white where the picture is see-through. Errors as image_clean.
 */
MUST const Error *image_thumbnail(Arena *arena, Str bytes, Image *out);

/* The pixels of a picture, turned, at most `long_side` px (1..4096) on the long side. *out lives in the arena, which
 * should have room for width * height * 4 bytes. Errors as image_clean. */
MUST const Error *image_pixels(Arena *arena, Str bytes, int long_side, Pixels *out);

/* Pixels as the bytes of a PNG, with a palette when at most 256 colours occur. Empty when it would pass
 * IMAGE_MAX_BYTES. */
Str image_to_png(Arena *arena, const Pixels *pixels);

#endif
