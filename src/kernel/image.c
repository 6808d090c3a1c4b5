/* image.c: what uploaded bytes really are, and pictures made safe to keep. The formats are read and written in
 * image_codec.c; here is what is decided about them. */
#include "kernel/image.h"

#include "kernel/image_codec.h"

#include <assert.h>

#define MAX_ZIP_ENTRIES 10000 /* looked at to find out whether a zip archive is a workbook */

static const struct {
    const char *mime, *ending;
} TYPES[] = {
    [FILE_UNKNOWN] = {"application/octet-stream", "bin"},
    [FILE_JPEG] = {"image/jpeg", "jpg"},
    [FILE_PNG] = {"image/png", "png"},
    [FILE_WEBP] = {"image/webp", "webp"},
    [FILE_PDF] = {"application/pdf", "pdf"},
    [FILE_XLSX] = {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
    [FILE_CSV] = {"text/csv", "csv"},
};

static Pixels turned(Arena *arena, const Picture *picture);
static const Error *refuse(Arena *arena, Outcome outcome);
static bool is_workbook(Str bytes);
static bool is_plain_text(Str bytes);

FileType image_sniff(Str bytes)
{
    if (str_starts(bytes, STR("\xff\xd8\xff")))
        return FILE_JPEG;
    if (str_starts(bytes, STR("\x89PNG\r\n\x1a\n")))
        return FILE_PNG;
    if (str_starts(bytes, STR("RIFF")) && str_eq(str_cut(bytes, 8, 12), STR("WEBP")))
        return FILE_WEBP;
    if (str_starts(bytes, STR("%PDF-")))
        return FILE_PDF;
    if (str_starts(bytes, STR("PK\x03\x04")))
        return is_workbook(bytes) ? FILE_XLSX : FILE_UNKNOWN;
    return is_plain_text(bytes) ? FILE_CSV : FILE_UNKNOWN;
}

const char *file_type_mime(FileType type)
{
    return TYPES[type].mime;
}

const char *file_type_ending(FileType type)
{
    return TYPES[type].ending;
}

const Error *image_clean(Arena *arena, Str bytes, Image *out)
{
    AUTO(picture_close) Picture picture = {.orientation = 1};
    FileType type = image_sniff(bytes);
    Outcome outcome = picture_decode(bytes, type, IMAGE_MAX_SIDE, &picture);
    if (outcome != DECODED)
        return refuse(arena, outcome);

    Image image = {.type = FILE_JPEG, .width = picture_width(&picture), .height = picture_height(&picture)};
    Buf buf = buf_new(arena, IMAGE_MAX_BYTES);
    uint32_t colours[MAX_COLOURS];
    if (type != FILE_JPEG && (picture_is_see_through(&picture) || picture_colours(&picture, colours) >= 0)) {
        image.type = FILE_PNG;
        if (!picture_to_png(&picture, &buf)) { /* a see-through photo can pass the limit: then it is kept on white */
            image.type = FILE_JPEG;
            buf = buf_new(arena, IMAGE_MAX_BYTES);
        }
    }
    if (image.type == FILE_JPEG && !picture_to_jpeg(&picture, &buf))
        return refuse(arena, BROKEN);

    image.bytes = buf_str(&buf);
    *out = image;
    return OK;
}

const Error *image_thumbnail(Arena *arena, Str bytes, Image *out)
{
    AUTO(picture_close) Picture picture = {.orientation = 1};
    Outcome outcome = picture_decode(bytes, image_sniff(bytes), IMAGE_THUMBNAIL_SIDE, &picture);
    if (outcome != DECODED)
        return refuse(arena, outcome);

    Buf buf = buf_new(arena, IMAGE_MAX_BYTES);
    if (!picture_to_jpeg(&picture, &buf))
        return refuse(arena, BROKEN);

    *out = (Image){FILE_JPEG, picture_width(&picture), picture_height(&picture), buf_str(&buf)};
    return OK;
}

const Error *image_pixels(Arena *arena, Str bytes, int long_side, Pixels *out)
{
    assert(1 <= long_side && long_side <= IMAGE_MAX_SIDE);
    AUTO(picture_close) Picture picture = {.orientation = 1};
    Outcome outcome = picture_decode(bytes, image_sniff(bytes), long_side, &picture);
    if (outcome != DECODED)
        return refuse(arena, outcome);

    *out = turned(arena, &picture);
    return OK;
}

Str image_to_png(Arena *arena, const Pixels *pixels)
{
    Picture picture = {.orientation = 1, .shrink.to = *pixels}; /* borrows the pixels: not closed */
    Buf buf = buf_new(arena, IMAGE_MAX_BYTES);
    return picture_to_png(&picture, &buf) ? buf_str(&buf) : STR_NONE;
}

static const Error *refuse(Arena *arena, Outcome outcome)
{
    switch (outcome) {
    case TOO_MANY_PIXELS:
        return error_new(arena, ERR_TOO_LARGE, STR("图片超过 4000 万像素，请缩小后再上传"),
                         STR("The picture has more than 40 megapixels; make it smaller and send it again"));
    case MOVING:
        return error_new(arena, ERR_MEDIA_TYPE, STR("不支持动图，请上传静止的 JPEG、PNG 或 WebP 图片"),
                         STR("Moving pictures can't be kept; send a still JPEG, PNG or WebP picture"));
    case BROKEN:
        return error_field(arena, STR("file"), "format", STR("图片已损坏或不完整，请重新拍照或导出后再上传"),
                           STR("The picture is damaged or cut off; take or export it again"));
    case NOT_A_PICTURE:
    case DECODED:
        break;
    }
    return error_new(arena, ERR_MEDIA_TYPE, STR("文件不是 JPEG、PNG 或 WebP 图片"),
                     STR("The file is not a JPEG, PNG or WebP picture"));
}

static Pixels turned(Arena *arena, const Picture *picture)
{
    Pixels pixels = {.width = picture_width(picture), .height = picture_height(picture)};
    size_t stride = (size_t)pixels.width * 4;

    pixels.rgba = arena_alloc_many(arena, stride, (size_t)pixels.height);
    for (int y = 0; y < pixels.height; y++)
        picture_row(picture, y, pixels.rgba + (size_t)y * stride);
    return pixels;
}

static int64_t little_endian(const char *at, int count)
{
    int64_t n = 0;
    while (count-- > 0)
        n = n << 8 | (unsigned char)at[count];
    return n;
}

/* Walks the central directory, found from its end record (APPNOTE.TXT 4.3.12, 4.3.16); nothing is unpacked. */
static bool is_workbook(Str bytes)
{
    ptrdiff_t end = bytes.len - 22, lowest = end - UINT16_MAX;
    while (end >= 0 && end >= lowest && memcmp(bytes.ptr + end, "PK\x05\x06", 4) != 0)
        end--;
    if (end < 0 || end < lowest)
        return false;

    bool has_types = false, has_sheets = false;
    int64_t count = little_endian(bytes.ptr + end + 10, 2), at = little_endian(bytes.ptr + end + 16, 4);
    for (int64_t i = 0; i < count && i < MAX_ZIP_ENTRIES && !(has_types && has_sheets); i++) {
        if (at + 46 > end || memcmp(bytes.ptr + at, "PK\x01\x02", 4) != 0)
            return false;
        int64_t name_len = little_endian(bytes.ptr + at + 28, 2);
        Str name = str_cut(bytes, (ptrdiff_t)at + 46, (ptrdiff_t)(at + 46 + name_len));
        has_types |= str_eq(name, STR("[Content_Types].xml"));
        has_sheets |= str_starts(name, STR("xl/"));
        at += 46 + name_len + little_endian(bytes.ptr + at + 30, 2) + little_endian(bytes.ptr + at + 32, 2);
    }
    return has_types && has_sheets;
}

/* Could it be GB18030? Two bytes, or four with digits at the second and fourth place (GB 18030-2005, 6.1). */
static bool is_gb18030(Str s)
{
    for (ptrdiff_t i = 0; i < s.len;) {
        unsigned char first = (unsigned char)s.ptr[i];
        unsigned char second = i + 1 < s.len ? (unsigned char)s.ptr[i + 1] : 0;
        bool leads = first > 0x80 && first != 0xff;
        if (first < 0x80)
            i += 1;
        else if (leads && second >= 0x40 && second != 0x7f && second != 0xff)
            i += 2;
        else if (leads && second >= '0' && second <= '9' && i + 3 < s.len)
            i += 4;
        else
            return false;
    }
    return true;
}

/* Markup is text too, but no table: an "Excel file" saved as a web page begins with '<'. */
static bool is_plain_text(Str bytes)
{
    for (ptrdiff_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.ptr[i];
        if ((c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f)
            return false;
    }
    if (!utf8_is_valid(bytes) && !is_gb18030(bytes))
        return false;
    Str text = str_trim(str_starts(bytes, STR("\xef\xbb\xbf")) ? str_cut(bytes, 3, bytes.len) : bytes);
    return text.len > 0 && text.ptr[0] != '<';
}
