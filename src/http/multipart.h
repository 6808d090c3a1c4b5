/* multipart.h: the one uploaded file in a body of multipart/form-data (RFC 7578), strictly. */
#ifndef ANJU_HTTP_MULTIPART_H
#define ANJU_HTTP_MULTIPART_H

#include "base/error.h"

#define MULTIPART_MAX_BOUNDARY 70      /* RFC 2046, 5.1.1 */
#define MULTIPART_MAX_HEAD (8 * 1024)  /* bytes of one part's headers */

typedef struct {
    Str name;  /* as the sender calls it: not to be trusted, perhaps not UTF-8; empty when not told */
    Str bytes; /* borrowed from the body */
} MultipartFile;

/* Takes apart a body with the value of its Content-Type. Wanted is exactly one part, with the name `file`.
 * ERR_MEDIA_TYPE: another type. ERR_BAD_REQUEST, with the position: no boundary, nothing in front of the first boundary
 * but a line end, a part without its headers, no end. ERR_INVALID: `file` missing or twice, a part with another name. */
MUST const Error *multipart_file(Arena *arena, Str content_type, Str body, MultipartFile *out);

#endif
