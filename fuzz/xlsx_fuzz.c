/* xlsx_fuzz.c: any archive is either refused or becomes valid cells in rising rows. A wrong checksum is only noticed at
 * the end of a part, so that changed bytes do reach the XML parser. Corpus: tests/data/import. */
#include "base/sheet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

static const Error *look_at(void *last, int64_t row_number, const Str *cells, int count)
{
    if (row_number <= *(int64_t *)last || count < 1 || count > SHEET_MAX_COLUMNS || cells[count - 1].len == 0)
        abort();
    for (int i = 0; i < count; i++)
        if (!utf8_is_valid(cells[i]) || cells[i].len > SHEET_MAX_CELL)
            abort();
    *(int64_t *)last = row_number;
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)64 << 20);
    int64_t last = 0;

    (void)sheet_read_bytes(arena, (Str){(const char *)bytes, (ptrdiff_t)count}, look_at, &last); /* refusing is fine */
    return 0;
}
