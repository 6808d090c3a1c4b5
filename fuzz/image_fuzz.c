/* image_fuzz.c: any bytes are either refused or become a picture within the limits. Corpus: tests/data/images. */
#include "kernel/image.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)64 << 20);
    Image image;
    const Error *error = image_clean(arena, (Str){(const char *)bytes, (ptrdiff_t)count}, &image);
    if (error == OK &&
        (image.width > IMAGE_MAX_SIDE || image.height > IMAGE_MAX_SIDE || image_sniff(image.bytes) != image.type))
        abort();
    return 0;
}
