/* json_fuzz.c: any bytes through the JSON reader; what it takes is written again and read back the same. */
#include "base/json.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 26);
    json_t *value, *again;
    char *text;

    if (json_read(arena, (Str){(const char *)data, (ptrdiff_t)size}, &value) != OK)
        return 0;
    text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    assert(text != NULL && json_read(arena, str_of(text), &again) == OK && json_equal(value, again));
    free(text);
    return 0;
}
