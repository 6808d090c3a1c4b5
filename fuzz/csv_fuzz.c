/* csv_fuzz.c: any bytes are either refused or become rows and homes within the limits. Corpus: tests/data/import. */
#include "modules/property/house_sheet.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)256 << 20);
    HouseSheet *sheet = house_sheet_new(arena, NULL, 0);
    const HouseImport *import = NULL;
    const Error *error = sheet_read_bytes(arena, (Str){(const char *)bytes, (ptrdiff_t)count}, house_sheet_row, sheet);

    if (error == OK && house_sheet_finish(sheet, &import) == OK && import->houses_count + import->failed > import->rows)
        abort();
    return 0;
}
