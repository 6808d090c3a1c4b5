/* xlsx_fuzz.c: any archive is either refused or becomes valid cells in rising rows. Bytes that are no archive are taken
 * as the sheet of one, since few changes of a zip ever reach the XML. Corpus: tests/data/import. */
#include "base/sheet.h"

#include <stdlib.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

#define REL "Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
static const char *const PARTS[][2] = {
    {"_rels/.rels", "<R><Relationship Id=\"a\" " REL "officeDocument\" Target=\"xl/workbook.xml\"/></R>"},
    {"xl/workbook.xml", "<w><sheet name=\"s\" r:id=\"a\" xmlns:r=\"r\"/></w>"},
    {"xl/_rels/workbook.xml.rels",
     "<R><Relationship Id=\"a\" " REL "worksheet\" Target=\"s.xml\"/><Relationship Id=\"b\" " REL
     "sharedStrings\" Target=\"t.xml\"/><Relationship Id=\"c\" " REL "styles\" Target=\"y.xml\"/></R>"},
    {"xl/t.xml", "<sst><si><t>a</t></si><si><r><t>b_x000D_</t></r></si></sst>"},
    {"xl/y.xml", "<s><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></s>"},
};

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

/* An archive with these bytes as its sheet. */
static Str wrap(Arena *arena, const uint8_t *bytes, size_t count)
{
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, NULL);
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, NULL);
    zip_stat_t facts;
    char *copy;

    zip_source_keep(target);
    for (size_t i = 0; i < COUNT_OF(PARTS); i++)
        zip_file_add(zip, PARTS[i][0], zip_source_buffer(zip, PARTS[i][1], strlen(PARTS[i][1]), 0), 0);
    zip_set_file_compression(
        zip, (zip_uint64_t)zip_file_add(zip, "xl/s.xml", zip_source_buffer(zip, bytes, count, 0), 0), ZIP_CM_STORE, 0);
    if (zip_close(zip) != 0 || zip_source_stat(target, &facts) != 0 || zip_source_open(target) != 0)
        abort();
    copy = arena_alloc(arena, facts.size);
    if (zip_source_read(target, copy, facts.size) != (zip_int64_t)facts.size)
        abort();
    zip_source_close(target);
    zip_source_free(target);
    return (Str){copy, (ptrdiff_t)facts.size};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    AUTO(arena_close_at) Arena *arena = arena_open((size_t)64 << 20);
    Str file = {(const char *)bytes, (ptrdiff_t)count};
    int64_t last = 0;

    if (!str_starts(file, STR("PK")))
        file = wrap(arena, bytes, count);
    if (sheet_read_bytes(arena, file, look_at, &last) == OK && last < 0) /* refusing is fine */
        abort();
    return 0;
}
