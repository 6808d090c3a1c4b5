/* multipart_fuzz.c: any body and any Content-Type either is refused or gives a file that lies inside the body. The input is
 * the Content-Type, a line end, and the body. */
#include "http/multipart.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)64 << 20);
    Str body, type = str_split((Str){(const char *)bytes, (ptrdiff_t)count}, '\n', &body);
    MultipartFile file = {0};

    if (multipart_file(arena, type, body, &file) != OK)
        return 0;
    if (file.bytes.len > 0 && (file.bytes.ptr < body.ptr || file.bytes.ptr + file.bytes.len > body.ptr + body.len))
        abort();
    return 0;
}
