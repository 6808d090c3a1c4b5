/* image_test.c: pictures come out as pictures, the right way up, and without a word about where they were taken.
 * The files lie in tests/data/images; most show four quarters: red, green / blue, white (or see-through). */
#include "kernel/image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define FOLDER "tests/data/images/"
#define BUDGET ((size_t)256 << 20)

static Str file_bytes(Arena *arena, const char *name)
{
    Str path = str_format(arena, FOLDER "%s", name);
    FILE *file = fopen(str_to_c(arena, path), "rb");
    if (file == NULL)
        fail_msg("%.*s is missing: run the tests from the top folder", STR_ARG(path));
    char *bytes = arena_alloc(arena, 1 << 20);
    size_t count = fread(bytes, 1, 1 << 20, file);
    (void)fclose(file); /* only read */
    return (Str){bytes, (ptrdiff_t)count};
}

/* What a quarter shows, by a letter: r g b, w white, - see-through, ? something else. */
static char quarter(const Pixels *pixels, int i)
{
    int x = pixels->width / 4 + (i % 2) * (pixels->width / 2), y = pixels->height / 4 + (i / 2) * (pixels->height / 2);
    const unsigned char *at = pixels->rgba + ((size_t)y * (size_t)pixels->width + (size_t)x) * 4;
    bool r = at[0] > 150, g = at[1] > 150, b = at[2] > 150;

    if (at[3] < 50)
        return '-';
    return r && g && b ? 'w' : r && !g && !b ? 'r' : g && !r && !b ? 'g' : b && !r && !g ? 'b' : '?';
}

static Str look(Arena *arena, Str bytes)
{
    Pixels pixels;
    assert_null(image_pixels(arena, bytes, IMAGE_MAX_SIDE, &pixels));
    return str_format(arena, "%dx%d %c%c/%c%c", pixels.width, pixels.height, quarter(&pixels, 0), quarter(&pixels, 1),
                      quarter(&pixels, 2), quarter(&pixels, 3));
}

static void check_text(Str got, const char *wanted)
{
    if (!str_is(got, wanted))
        fail_msg("got %.*s, wanted %s", STR_ARG(got), wanted);
}

static void a_file_is_what_its_bytes_say(void **state)
{
    static const struct {
        const char *name;
        FileType type;
    } rows[] = {
        {"gps_turned.jpg", FILE_JPEG}, {"photo.png", FILE_PNG},    {"photo.webp", FILE_WEBP},
        {"paper.pdf", FILE_PDF},       {"book.xlsx", FILE_XLSX},   {"houses_gb18030.csv", FILE_CSV},
        {"houses_bom.csv", FILE_CSV},  {"page.jpg", FILE_UNKNOWN}, {"letter.docx", FILE_UNKNOWN},
    };
    static const struct {
        const char *bytes;
        FileType type;
    } texts[] = {
        {"", FILE_UNKNOWN},
        {"  \r\n", FILE_UNKNOWN},
        {"a,b\r\n1,2\r\n", FILE_CSV},
        {" <svg onload=1>", FILE_UNKNOWN},
        {"a\x01"
         "b",
         FILE_UNKNOWN},
        {"\xff\xfe"
         "a,b",
         FILE_UNKNOWN},
        {"\xc4", FILE_UNKNOWN},
        {"\xff\xd8", FILE_UNKNOWN},
        {"PK\x03\x04", FILE_UNKNOWN},
        {"RIFF1234WEB", FILE_CSV},
        {"RIFF1234WEBP", FILE_WEBP},
        {"\x81\x30\x81\x30", FILE_CSV},
        {"\x81\x30\x81", FILE_UNKNOWN},
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (image_sniff(file_bytes(arena, rows[i].name)) != rows[i].type)
            fail_msg("%s is not taken as %s", rows[i].name, file_type_mime(rows[i].type));
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (image_sniff(str_of(texts[i].bytes)) != texts[i].type)
            fail_msg("text %zu is not taken as %s", i, file_type_mime(texts[i].type));
    assert_int_equal(image_sniff(STR("a,b\0c")), FILE_UNKNOWN);
    assert_int_equal(image_sniff(STR_NONE), FILE_UNKNOWN);
}

static void a_kept_picture_looks_as_it_did(void **state)
{
    static const struct {
        const char *name;
        FileType kept_as;
        const char *look;
    } rows[] = {
        {"gps_turned.jpg", FILE_JPEG, "64x96 br/wg"},
        {"progressive.jpg", FILE_JPEG, "96x64 rg/bw"},
        {"cmyk.jpg", FILE_JPEG, "96x64 rg/bw"},
        {"see_through.png", FILE_PNG, "64x96 br/-g"}, /* has an eXIf chunk that turns it */
        {"see_through.webp", FILE_PNG, "96x64 rg/b-"},
        {"panorama.jpg", FILE_JPEG, "4096x33 rg/rg"},
        {"panorama.png", FILE_PNG, "4096x33 rg/rg"},
        {"panorama.webp", FILE_PNG, "4096x33 rg/rg"},
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Image image;
        print_message("  %s\n", rows[i].name);
        assert_null(image_clean(arena, file_bytes(arena, rows[i].name), &image));
        assert_int_equal(image.type, rows[i].kept_as);
        assert_int_equal(image_sniff(image.bytes), rows[i].kept_as);
        check_text(look(arena, image.bytes), rows[i].look);
        Str size = str_format(arena, "%dx%d ", image.width, image.height);
        assert_true(str_starts(str_of(rows[i].look), size));
    }
}

static void photos_become_jpeg_whatever_they_were(void **state)
{
    static const struct {
        const char *name;
        int width, height;
    } rows[] = {
        {"photo.png", 96, 64},
        {"photo.webp", 64, 96},
        /* its EXIF chunk turns it */ {"grey.jpg", 96, 64},
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Image image;
        assert_null(image_clean(arena, file_bytes(arena, rows[i].name), &image));
        assert_int_equal(image.type, FILE_JPEG);
        assert_int_equal(image.width, rows[i].width);
        assert_int_equal(image.height, rows[i].height);
    }
}

static void no_metadata_survives(void **state)
{
    static const char *const names[] = {"gps_turned.jpg", "see_through.png", "photo.webp"};
    static const char *const words[] = {"Exif",          "eXIf",          "EXIF",       "GPS",
                                        "ANJUTESTPHONE", "HIDDENCOMMENT", "HIDDENTAIL", "tEXt"};
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        Str bytes = file_bytes(arena, names[i]);
        Image image, thumbnail;
        assert_true(str_find(bytes, STR("ANJUTESTPHONE")) > 0); /* so that the test can fail */
        assert_null(image_clean(arena, bytes, &image));
        assert_null(image_thumbnail(arena, bytes, &thumbnail));
        for (size_t w = 0; w < COUNT_OF(words); w++) {
            assert_int_equal(str_find(image.bytes, str_of(words[w])), -1);
            assert_int_equal(str_find(thumbnail.bytes, str_of(words[w])), -1);
        }
    }
}

/* EXIF 2.32, 4.6.4 A, tag Orientation: the stored quarters are rg/bw. */
static void each_orientation_is_turned_upright(void **state)
{
    static const struct {
        char orientation;
        const char *look;
    } rows[] = {
        {1, "96x64 rg/bw"}, {2, "96x64 gr/wb"}, {3, "96x64 wb/gr"}, {4, "96x64 bw/rg"},
        {5, "64x96 rb/gw"}, {6, "64x96 br/wg"}, {7, "64x96 wg/br"}, {8, "64x96 gw/rb"},
        {0, "96x64 rg/bw"}, {9, "96x64 rg/bw"}, /* nonsense: left as it is */
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Str bytes = file_bytes(arena, "gps_turned.jpg");
    ptrdiff_t tag = str_find(bytes, STR("\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06"));
    (void)state;

    if (tag < 0)
        fail_msg("the orientation is not where it was in the file");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *patched = str_to_c(arena, bytes);
        patched[tag + 9] = rows[i].orientation;
        check_text(look(arena, (Str){patched, bytes.len}), rows[i].look);
    }
}

static void an_interlaced_16_bit_png_is_read(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Pixels pixels;
    (void)state;

    assert_null(image_pixels(arena, file_bytes(arena, "interlaced.png"), IMAGE_MAX_SIDE, &pixels));
    assert_int_equal(pixels.width, 16);
    for (int y = 0; y < 16; y++)
        for (int x = 0; x < 16; x++)
            assert_int_equal(pixels.rgba[(y * 16 + x) * 4], x < 8 ? 0x20 : 0xdf); /* 0x2000 and 0xe000 of 0xffff */
}

static void what_is_no_picture_is_refused_with_a_sentence(void **state)
{
    static const struct {
        const char *name;
        ErrorCode code;
        const char *en;
    } rows[] = {
        {"page.jpg", ERR_MEDIA_TYPE, "not a JPEG"}, {"paper.pdf", ERR_MEDIA_TYPE, "not a JPEG"},
        {"moving.webp", ERR_MEDIA_TYPE, "Moving"},  {"bomb.png", ERR_TOO_LARGE, "40 megapixels"},
        {"cut_off.jpg", ERR_INVALID, "cut off"},    {"cut_off.png", ERR_INVALID, "cut off"},
        {"cut_off.webp", ERR_INVALID, "cut off"},   {"wrong_bytes.jpg", ERR_INVALID, "damaged"},
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Image image = {.width = -1};
        Str bytes = file_bytes(arena, rows[i].name);
        const Error *error = image_clean(arena, bytes, &image);
        print_message("  %s\n", rows[i].name);
        assert_non_null(error);
        assert_int_equal(error->code, rows[i].code);
        Str en = error->fields != NULL ? error->fields->en : error->en;
        Str zh = error->fields != NULL ? error->fields->zh : error->zh;
        assert_true(str_find(en, str_of(rows[i].en)) >= 0);
        assert_true(zh.len > 0);
        assert_int_equal(image.width, -1); /* outputs change only on success */
        assert_non_null(image_thumbnail(arena, bytes, &image));
    }
}

/* Every place where an upload can break off. (A JPEG whose tail of junk is missing is whole.) */
static void every_cut_off_picture_is_refused(void **state)
{
    static const char *const names[] = {"progressive.jpg", "grey.jpg", "see_through.png", "see_through.webp",
                                        "photo.webp"};
    (void)state;

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
        Str bytes = file_bytes(arena, names[i]);
        for (ptrdiff_t len = 0; len < bytes.len; len++) {
            Image image;
            char *copy =
                malloc((size_t)len + 1); /* of exactly this size, so that the sanitizer sees a step over the end */
            memcpy(copy, bytes.ptr, (size_t)len);
            const Error *error = image_clean(arena, (Str){copy, len}, &image);
            free(copy);
            if (error == OK)
                fail_msg("%s cut off at %td of %td is taken as whole", names[i], len, bytes.len);
        }
    }
}

/* Damage is either refused or gives some picture of a sane size; nothing else may happen. */
static void damaged_pictures_do_no_harm(void **state)
{
    static const char *const names[] = {"gps_turned.jpg", "progressive.jpg",  "see_through.png", "interlaced.png",
                                        "photo.webp",     "see_through.webp", "book.xlsx"};
    uint32_t seed = 20261125;
    (void)state;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (int round = 0; round < 300; round++) {
            AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
            Str bytes = file_bytes(arena, names[i]);
            char *damaged = str_to_c(arena, bytes);
            for (int hits = 0; hits < 3; hits++) {
                seed = seed * 1664525 + 1013904223;
                damaged[(seed >> 8) % (uint32_t)bytes.len] = (char)seed;
            }
            Image image;
            const Error *error = image_thumbnail(arena, (Str){damaged, bytes.len}, &image);
            if (error == OK)
                assert_true(image.width <= IMAGE_THUMBNAIL_SIDE && image.height <= IMAGE_THUMBNAIL_SIDE);
        }
}

static void a_thumbnail_is_480_on_white(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Image image;
    (void)state;

    assert_null(image_thumbnail(arena, file_bytes(arena, "panorama.jpg"), &image));
    assert_int_equal(image.width, 480);
    assert_int_equal(image.height, 4);
    check_text(look(arena, image.bytes), "480x4 rg/rg");

    assert_null(image_thumbnail(arena, file_bytes(arena, "see_through.webp"), &image));
    assert_int_equal(image.type, FILE_JPEG);
    check_text(look(arena, image.bytes), "96x64 rg/bw");
}

/* 3 x 2 pixels into 2 wide: each target pixel covers one and a half source pixels and both rows. */
static void shrinking_averages_exactly(void **state)
{
    static unsigned char three[3 * 2 * 4] = {
        0, 0, 0, 255, 100, 100, 100, 255, 200, 200, 200, 255,
        0, 0, 0, 255, 100, 100, 100, 255, 10,  20,  30,  0, /* see-through: its colour must not show */
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Pixels pixels = {3, 2, three};
    Str png = image_to_png(arena, &pixels);
    (void)state;

    assert_int_equal(image_sniff(png), FILE_PNG);
    assert_null(image_pixels(arena, png, 2, &pixels));
    assert_int_equal(pixels.width, 2);
    assert_int_equal(pixels.height, 1);
    assert_int_equal(pixels.rgba[0], 33); /* (2 * 0 + 1 * 100) / 3 */
    assert_int_equal(pixels.rgba[3], 255);
    assert_int_equal(pixels.rgba[4], 150); /* (half 100, whole 200, half 100) / 2 */
    assert_int_equal(pixels.rgba[7], 170); /* a third of it is see-through */
}

static void a_picture_survives_png_unchanged(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Pixels before, after;
    (void)state;

    assert_null(image_pixels(arena, file_bytes(arena, "photo.png"), IMAGE_MAX_SIDE, &before));
    assert_null(image_pixels(arena, image_to_png(arena, &before), IMAGE_MAX_SIDE, &after));
    assert_int_equal(before.width, after.width);
    assert_memory_equal(before.rgba, after.rgba, (size_t)before.width * (size_t)before.height * 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_what_its_bytes_say),
        cmocka_unit_test(a_kept_picture_looks_as_it_did),
        cmocka_unit_test(photos_become_jpeg_whatever_they_were),
        cmocka_unit_test(no_metadata_survives),
        cmocka_unit_test(each_orientation_is_turned_upright),
        cmocka_unit_test(an_interlaced_16_bit_png_is_read),
        cmocka_unit_test(what_is_no_picture_is_refused_with_a_sentence),
        cmocka_unit_test(every_cut_off_picture_is_refused),
        cmocka_unit_test(damaged_pictures_do_no_harm),
        cmocka_unit_test(a_thumbnail_is_480_on_white),
        cmocka_unit_test(shrinking_averages_exactly),
        cmocka_unit_test(a_picture_survives_png_unchanged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
