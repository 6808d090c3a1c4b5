/* pinyin_table.c: makes the tables of src/kernel/fold.c from ICU, at build time: pinyin_table OUTPUT.
 *
 * ICU knows how characters are read and folded, but costs 36 MB and 80 ms in a running program; the answers that Anju
 * needs fit into 60 kB of constants. Written out:
 *
 *   pinyin_letters   one letter for each of U+4E00..U+9FFF: the first of its pinyin, '.' when ICU knows no reading
 *   fold_codes       rising code points whose folded form differs, without ASCII
 *   fold_ends        where each one's folded form (UTF-8) ends in fold_forms; it begins where the one before ends
 *   letter_ranges    rising pairs first, last: what is a letter, mark or digit, from U+0080 upward
 *
 * The readings are the everyday ones (ICU `Han-Latin`). `Han-Latin/Names` differs in some twenty surnames only, and
 * those are in fold.c by hand, since ICU takes any first character for a surname.
 * The output depends on ICU's version alone. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

#define MAX_UNITS 64 /* UTF-16 units of one character's longest form, with room */

typedef struct {
    int32_t first, last;
} Range;

/* What people in China type, paste and import: Latin with accents, Greek, Cyrillic, signs, numbers in circles, radicals
 * and compatibility ideographs from PDF files, full-width forms. Other scripts stay as they are. */
static const Range folded_blocks[] = {
    {0x0080, 0x052F}, {0x1E00, 0x24FF}, {0x2E80, 0x33FF}, {0xF900, 0xFAFF}, {0xFE00, 0xFE6F}, {0xFEFF, 0xFFEF},
};

static void write_letters(FILE *file);
static void write_folds(FILE *file);
static void write_ranges(FILE *file);
static _Noreturn void stop(const char *what);
static void need(UErrorCode status, const char *what);

int main(int count, char **arguments)
{
    FILE *file;

    if (count != 2)
        stop("usage: pinyin_table OUTPUT");
    file = fopen(arguments[1], "w");
    if (file == NULL)
        stop("the output can't be written");
    fprintf(file, "/* Made by tools/pinyin_table.c from ICU %s, Unicode %s. */\n", U_ICU_VERSION, U_UNICODE_VERSION);
    fprintf(file, "#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n");
    write_letters(file);
    write_folds(file);
    write_ranges(file);
    fprintf(file, "#pragma GCC diagnostic pop\n");
    if (ferror(file) != 0 || fclose(file) != 0) {
        remove(arguments[1]); /* make must not take half a table for a whole one */
        stop("the output can't be written");
    }
    return 0;
}

/* All characters go through the transliterator in one text, parted by blanks: one by one takes ten times as long. */
static void write_letters(FILE *file)
{
    enum { FIRST = 0x4E00, LAST = 0x9FFF, COUNT = LAST - FIRST + 1, CAPACITY = COUNT * 12 };
    static UChar text[CAPACITY], parts[CAPACITY];
    UErrorCode status = U_ZERO_ERROR;
    UChar id[32];
    UTransliterator *readings;
    int32_t length = 0, limit, at = 0;

    u_uastrcpy(id, "Han-Latin");
    readings = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &status);
    need(status, "ICU has no Han-Latin");
    for (UChar c = FIRST; c <= LAST; c++) {
        text[length++] = c;
        text[length++] = ';';
    }
    limit = length;
    utrans_transUChars(readings, text, &length, CAPACITY, 0, &limit, &status);
    need(status, "the readings");
    utrans_close(readings);
    length = unorm2_normalize(unorm2_getNFDInstance(&status), text, length, parts, CAPACITY, &status);
    need(status, "the readings' letters");

    fprintf(file, "static const char pinyin_letters[] =");
    for (int i = 0; i < COUNT; i++) {
        UChar letter;

        while (at < length && parts[at] == ' ')
            at++;
        letter = at < length ? parts[at] : 0;
        if (i % 100 == 0)
            fprintf(file, "%s\n    \"", i == 0 ? "" : "\"");
        fputc(letter >= 'a' && letter <= 'z' ? (char)letter : '.', file);
        while (at < length && parts[at] != ';')
            at++;
        at++;
    }
    if (at != length)
        stop("ICU gave more readings than characters");
    fprintf(file, "\";\n");
}

/* NFKC with case folded, and without accents. Fills `form` (UTF-8) and gives whether it differs from the character. */
static bool fold_one(UChar32 c, char form[MAX_UNITS], int32_t *form_length)
{
    UErrorCode status = U_ZERO_ERROR;
    UChar raw[2], folded[MAX_UNITS], apart[MAX_UNITS], bare[MAX_UNITS], whole[MAX_UNITS];
    int32_t length = 0, bare_length = 0;

    raw[0] = (UChar)c;
    length = unorm2_normalize(unorm2_getNFKCCasefoldInstance(&status), raw, 1, folded, MAX_UNITS, &status);
    length = unorm2_normalize(unorm2_getNFDInstance(&status), folded, length, apart, MAX_UNITS, &status);
    for (int32_t i = 0; i < length; i++)
        if (apart[i] < 0x0300 || apart[i] > 0x036F)
            bare[bare_length++] = apart[i];
    length = unorm2_normalize(unorm2_getNFCInstance(&status), bare, bare_length, whole, MAX_UNITS, &status);
    u_strToUTF8(form, MAX_UNITS, form_length, whole, length, &status);
    need(status, "a character's folded form");
    return length != 1 || whole[0] != raw[0];
}

static void write_folds(FILE *file)
{
    enum { MAX_FOLDS = 6000 };
    static uint16_t codes[MAX_FOLDS], ends[MAX_FOLDS];
    int count = 0;
    int32_t end = 0;

    fprintf(file, "static const char fold_forms[] =");
    for (size_t b = 0; b < sizeof(folded_blocks) / sizeof(folded_blocks[0]); b++)
        for (UChar32 c = folded_blocks[b].first; c <= folded_blocks[b].last; c++) {
            char form[MAX_UNITS];
            int32_t length;

            if (!fold_one(c, form, &length))
                continue;
            if (count == MAX_FOLDS || end + length > UINT16_MAX)
                stop("too many folded forms");
            if (count % 24 == 0)
                fprintf(file, "%s\n    \"", count == 0 ? "" : "\"");
            for (int32_t i = 0; i < length; i++) /* three octal digits: never joined with what follows */
                fprintf(file, form[i] >= 'a' && form[i] <= 'z' ? "%c" : "\\%03o", (unsigned char)form[i]);
            end += length;
            codes[count] = (uint16_t)c;
            ends[count++] = (uint16_t)end;
        }
    fprintf(file, "\";\nstatic const uint16_t fold_codes[] = {");
    for (int i = 0; i < count; i++)
        fprintf(file, "%s0x%X,", i % 16 == 0 ? "\n    " : " ", codes[i]);
    fprintf(file, "\n};\nstatic const uint16_t fold_ends[] = {");
    for (int i = 0; i < count; i++)
        fprintf(file, "%s%d,", i % 16 == 0 ? "\n    " : " ", ends[i]);
    fprintf(file, "\n};\n");
}

/* Private use counts: GB18030 texts keep rare characters of names there. So do the whole ideographic planes, also what
 * a later Unicode puts into them. */
static bool is_letter(UChar32 c)
{
    static const uint32_t letters = U_GC_L_MASK | U_GC_N_MASK | U_GC_M_MASK | U_GC_CO_MASK;

    return (c >= 0x20000 && c <= 0x3FFFD) || (U_GET_GC_MASK(c) & letters) != 0;
}

static void write_ranges(FILE *file)
{
    int count = 0;

    fprintf(file, "static const int32_t letter_ranges[] = {");
    for (UChar32 c = 0x80, first = -1; c <= 0x110000; c++) {
        bool letter = c < 0x110000 && is_letter(c);

        if (letter && first < 0)
            first = c;
        if (!letter && first >= 0) {
            fprintf(file, "%s0x%X, 0x%X,", count++ % 8 == 0 ? "\n    " : " ", (unsigned)first, (unsigned)(c - 1));
            first = -1;
        }
    }
    fprintf(file, "\n};\n");
}

static void need(UErrorCode status, const char *what)
{
    if (U_FAILURE(status)) {
        fprintf(stderr, "pinyin_table: %s: %s\n", what, u_errorName(status));
        exit(1);
    }
}

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "pinyin_table: %s\n", what);
    exit(1);
}
