/* image_codec.c: JPEG, PNG and WebP into pixels and back.
 *
 * Three decoders feed one sink: rows of RGBA go into a Shrink, which averages them down to the wanted size as they
 * come, so that a picture is rarely held whole in its full size. Turning costs nothing: the encoders ask for output
 * rows, and picture_row() picks their pixels from where they lie.
 *
 * libjpeg and libpng report errors by a jump. The functions here that enter them by setjmp own nothing themselves and
 * keep their state in a struct of their caller, whose cleanup runs on every path: no jump can skip a cleanup. */
#include "kernel/image_codec.h"

#include <assert.h>
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>
#include <jerror.h>
#include <libexif/exif-data.h>
#include <png.h>
#include <webp/decode.h>

#define JPEG_QUALITY 85
#define MAX_SCANS 100       /* a real progressive JPEG has about ten; thousands are an attack on the processor */
#define MAX_CHUNK (4 << 20) /* what one ancillary chunk of a PNG may unpack to, in bytes */

static Outcome decode_jpeg(Str bytes, int long_side, Picture *picture);
static Outcome decode_png(Str bytes, int long_side, Picture *picture);
static Outcome decode_webp(Str bytes, int long_side, Picture *picture);

Outcome picture_decode(Str bytes, FileType type, int long_side, Picture *picture)
{
    if (type == FILE_JPEG)
        return decode_jpeg(bytes, long_side, picture);
    if (type == FILE_PNG)
        return decode_png(bytes, long_side, picture);
    if (type == FILE_WEBP)
        return decode_webp(bytes, long_side, picture);
    return NOT_A_PICTURE;
}

static void shrink_open(Shrink *shrink, int width, int height, int long_side)
{
    int longer = width > height ? width : height;
    *shrink = (Shrink){.from_width = width, .from_height = height, .to = {.width = width, .height = height}};
    if (longer > long_side) {
        int64_t half = longer / 2;
        shrink->to.width = (int)(((int64_t)width * long_side + half) / longer);
        shrink->to.height = (int)(((int64_t)height * long_side + half) / longer);
        shrink->to.width += shrink->to.width == 0;
        shrink->to.height += shrink->to.height == 0;
        shrink->sums = mem_alloc((size_t)shrink->to.width * 4 * sizeof(uint64_t));
    }
    shrink->to.rgba = mem_alloc((size_t)shrink->to.width * (size_t)shrink->to.height * 4);
}

void picture_close(Picture *picture)
{
    mem_free(picture->shrink.to.rgba);
    mem_free(picture->shrink.sums);
}

static void add_row(Shrink *shrink, const unsigned char *rgba, uint64_t weight)
{
    int64_t left = 0, edge = shrink->from_width;
    uint64_t *sum = shrink->sums;

    for (int x = 0; x < shrink->from_width; x++, rgba += 4) {
        int64_t right = left + shrink->to.width;
        uint64_t before = weight * (uint64_t)((right < edge ? right : edge) - left) * rgba[3];
        sum[0] += rgba[0] * before, sum[1] += rgba[1] * before, sum[2] += rgba[2] * before, sum[3] += before;
        if (right >= edge) {
            uint64_t behind = weight * (uint64_t)(right - edge) * rgba[3];
            edge += shrink->from_width;
            if (behind > 0) {
                sum += 4;
                sum[0] += rgba[0] * behind, sum[1] += rgba[1] * behind, sum[2] += rgba[2] * behind, sum[3] += behind;
            } else if (x + 1 < shrink->from_width) {
                sum += 4;
            }
        }
        left = right;
    }
}

static void put_row(Shrink *shrink, int64_t y)
{
    uint64_t area = (uint64_t)shrink->from_width * (uint64_t)shrink->from_height;
    unsigned char *rgba = shrink->to.rgba + (size_t)y * (size_t)shrink->to.width * 4;
    uint64_t *sum = shrink->sums;

    assert(area > 0);
    for (int x = 0; x < shrink->to.width; x++, sum += 4, rgba += 4) {
        for (int i = 0; i < 3; i++)
            rgba[i] = (unsigned char)(sum[3] == 0 ? 255 : (sum[i] + sum[3] / 2) / sum[3]);
        rgba[3] = (unsigned char)((sum[3] + area / 2) / area);
        sum[0] = sum[1] = sum[2] = sum[3] = 0;
    }
}

static void take_row(Shrink *shrink, const unsigned char *rgba)
{
    assert(shrink->row < shrink->from_height);
    if (shrink->sums == NULL) {
        size_t stride = (size_t)shrink->to.width * 4;
        memcpy(shrink->to.rgba + (size_t)shrink->row++ * stride, rgba, stride);
        return;
    }
    int64_t top = (int64_t)shrink->row++ * shrink->to.height, bottom = top + shrink->to.height;
    int64_t y = top / shrink->from_height, edge = (y + 1) * shrink->from_height;

    add_row(shrink, rgba, (uint64_t)((bottom < edge ? bottom : edge) - top));
    if (bottom >= edge)
        put_row(shrink, y);
    if (bottom > edge)
        add_row(shrink, rgba, (uint64_t)(bottom - edge));
}

int picture_width(const Picture *picture)
{
    return picture->orientation >= 5 ? picture->shrink.to.height : picture->shrink.to.width;
}

int picture_height(const Picture *picture)
{
    return picture->orientation >= 5 ? picture->shrink.to.width : picture->shrink.to.height;
}

/* EXIF 2.32, 4.6.4 A, tag Orientation: which edges the stored row 0 and column 0 are. Where a turned pixel was stored:
 * x and y change places, then each counts from the far edge. */
static const struct Turn {
    bool swaps, from_right, from_bottom;
} TURNS[] = {
    [1] = {0, 0, 0}, [2] = {0, 1, 0}, [3] = {0, 1, 1}, [4] = {0, 0, 1},
    [5] = {1, 0, 0}, [6] = {1, 0, 1}, [7] = {1, 1, 1}, [8] = {1, 1, 0},
};

void picture_row(const Picture *picture, int y, unsigned char *rgba)
{
    const Pixels *from = &picture->shrink.to;
    const struct Turn *turn = &TURNS[picture->orientation];
    int width = picture_width(picture);

    if (picture->orientation == 1) {
        memcpy(rgba, from->rgba + (size_t)y * (size_t)width * 4, (size_t)width * 4);
        return;
    }
    for (int x = 0; x < width; x++) {
        int at_x = x, at_y = y;
        if (turn->swaps)
            at_x = y, at_y = x;
        if (turn->from_right)
            at_x = from->width - 1 - at_x;
        if (turn->from_bottom)
            at_y = from->height - 1 - at_y;
        memcpy(rgba + (size_t)x * 4, from->rgba + ((size_t)at_y * (size_t)from->width + (size_t)at_x) * 4, 4);
    }
}

/* 1 when there is none or it makes no sense. `exif` begins with "Exif", 0, 0, as in a JPEG. */
static int exif_orientation(const unsigned char *exif, size_t size)
{
    if (size > UINT16_MAX)
        return 1;
    ExifData *data = exif_data_new_from_data(exif, (unsigned)size);
    if (data == NULL)
        return 1;
    ExifEntry *entry = exif_content_get_entry(data->ifd[EXIF_IFD_0], EXIF_TAG_ORIENTATION);
    int orientation = 1;
    if (entry != NULL && entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
        orientation = exif_get_short(entry->data, exif_data_get_byte_order(data));
    exif_data_unref(data);
    return 1 <= orientation && orientation <= 8 ? orientation : 1;
}

/* As in PNG and WebP, where the head may be missing. */
static int bare_exif_orientation(Str tiff)
{
    static const char HEAD[6] = "Exif\0";
    unsigned char exif[UINT16_MAX];

    if (tiff.len > (ptrdiff_t)(sizeof exif - sizeof HEAD))
        return 1;
    if (str_starts(tiff, STR("Exif")))
        return exif_orientation((const unsigned char *)tiff.ptr, (size_t)tiff.len);
    memcpy(exif, HEAD, sizeof HEAD);
    if (tiff.len > 0)
        memcpy(exif + sizeof HEAD, tiff.ptr, (size_t)tiff.len);
    return exif_orientation(exif, sizeof HEAD + (size_t)tiff.len);
}

static bool has_too_many_pixels(int64_t width, int64_t height)
{
    return width > IMAGE_MAX_PIXELS || height > IMAGE_MAX_PIXELS || width * height > IMAGE_MAX_PIXELS;
}

/* ---- JPEG ---- */

typedef struct {
    struct jpeg_error_mgr errors; /* first: libjpeg hands back its address */
    jmp_buf back;
    bool is_cut_off;
} JpegTrap;

typedef struct {
    JpegTrap trap;
    struct jpeg_progress_mgr progress;
    struct jpeg_decompress_struct jpeg;
    unsigned char *row;
} JpegReader;

static _Noreturn void jump_back(j_common_ptr jpeg)
{
    longjmp(((JpegTrap *)jpeg->err)->back, 1);
}

static void note_message(j_common_ptr jpeg, int level)
{
    if (level < 0 && jpeg->err->msg_code == JWRN_JPEG_EOF)
        ((JpegTrap *)jpeg->err)->is_cut_off = true;
}

static void say_nothing(j_common_ptr jpeg)
{
    (void)jpeg;
}

static void limit_scans(j_common_ptr jpeg)
{
    if (((j_decompress_ptr)jpeg)->input_scan_number > MAX_SCANS)
        jump_back(jpeg);
}

static struct jpeg_error_mgr *set_trap(JpegTrap *trap)
{
    jpeg_std_error(&trap->errors);
    trap->errors.error_exit = jump_back;
    trap->errors.emit_message = note_message;
    trap->errors.output_message = say_nothing;
    return &trap->errors;
}

static void jpeg_reader_close(JpegReader *reader)
{
    jpeg_destroy_decompress(&reader->jpeg);
    mem_free(reader->row);
}

/* Inks to light. Adobe writes them inverted, and nearly all CMYK files are Adobe's. */
static void cmyk_to_rgba(unsigned char *pixel, int count, bool inverted)
{
    for (; count > 0; count--, pixel += 4) {
        int black = inverted ? pixel[3] : 255 - pixel[3];
        for (int i = 0; i < 3; i++)
            pixel[i] = (unsigned char)((inverted ? pixel[i] : 255 - pixel[i]) * black / 255);
        pixel[3] = 255;
    }
}

/* Scaled decoding gives the smallest n/8 of the size that is not under `long_side`; the Shrink does the rest. */
static Outcome read_jpeg(JpegReader *reader, Str bytes, int long_side, Picture *picture)
{
    struct jpeg_decompress_struct *jpeg = &reader->jpeg;

    if (setjmp(reader->trap.back) != 0)
        return BROKEN;
    jpeg_create_decompress(jpeg);
    jpeg->progress = &reader->progress;
    jpeg_mem_src(jpeg, (const unsigned char *)bytes.ptr, (unsigned long)bytes.len);
    jpeg_save_markers(jpeg, JPEG_APP0 + 1, UINT16_MAX);
    if (jpeg_read_header(jpeg, TRUE) != JPEG_HEADER_OK)
        return BROKEN;
    if (has_too_many_pixels(jpeg->image_width, jpeg->image_height))
        return TOO_MANY_PIXELS;
    for (jpeg_saved_marker_ptr marker = jpeg->marker_list; marker != NULL; marker = marker->next)
        if (marker->data_length > 6 && memcmp(marker->data, "Exif\0", 6) == 0) {
            picture->orientation = exif_orientation(marker->data, marker->data_length);
            break;
        }

    int64_t longer = jpeg->image_width > jpeg->image_height ? jpeg->image_width : jpeg->image_height;
    int64_t eighths = ((int64_t)long_side * 8 + longer - 1) / longer;
    jpeg->scale_num = eighths < 8 ? (unsigned)eighths : 8;
    jpeg->scale_denom = 8;
    bool is_ink = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = is_ink ? JCS_CMYK : JCS_EXT_RGBA;
    jpeg_start_decompress(jpeg);

    reader->row = mem_alloc((size_t)jpeg->output_width * 4);
    shrink_open(&picture->shrink, (int)jpeg->output_width, (int)jpeg->output_height, long_side);
    while (jpeg->output_scanline < jpeg->output_height) {
        jpeg_read_scanlines(jpeg, &reader->row, 1);
        if (is_ink)
            cmyk_to_rgba(reader->row, (int)jpeg->output_width, jpeg->saw_Adobe_marker);
        take_row(&picture->shrink, reader->row);
    }
    jpeg_finish_decompress(jpeg);
    return reader->trap.is_cut_off ? BROKEN : DECODED;
}

static Outcome decode_jpeg(Str bytes, int long_side, Picture *picture)
{
    AUTO(jpeg_reader_close) JpegReader reader = {.progress.progress_monitor = limit_scans};
    reader.jpeg.err = set_trap(&reader.trap);
    return read_jpeg(&reader, bytes, long_side, picture);
}

/* A destination of libjpeg's that hands its block on to a Buf. */
typedef struct {
    struct jpeg_destination_mgr target; /* first: libjpeg hands back its address */
    JpegTrap trap;
    struct jpeg_compress_struct jpeg;
    Buf *buf;
    unsigned char *row; /* RGBA of one row */
    unsigned char block[16384];
} JpegWriter;

static void start_block(j_compress_ptr jpeg)
{
    JpegWriter *writer = (JpegWriter *)jpeg->dest;
    writer->target.next_output_byte = writer->block;
    writer->target.free_in_buffer = sizeof writer->block;
}

static boolean hand_on_block(j_compress_ptr jpeg)
{
    JpegWriter *writer = (JpegWriter *)jpeg->dest;
    buf_add(writer->buf, (Str){(const char *)writer->block, sizeof writer->block});
    if (buf_is_full(writer->buf))
        jump_back((j_common_ptr)jpeg);
    start_block(jpeg);
    return TRUE;
}

static void hand_on_rest(j_compress_ptr jpeg)
{
    JpegWriter *writer = (JpegWriter *)jpeg->dest;
    size_t rest = sizeof writer->block - writer->target.free_in_buffer;
    buf_add(writer->buf, (Str){(const char *)writer->block, (ptrdiff_t)rest});
}

static void jpeg_writer_close(JpegWriter *writer)
{
    jpeg_destroy_compress(&writer->jpeg);
    mem_free(writer->row);
}

static void put_on_white(unsigned char *rgba, int count)
{
    for (; count > 0; count--, rgba += 4)
        for (int i = 0; i < 3 && rgba[3] != 255; i++)
            rgba[i] = (unsigned char)((rgba[i] * rgba[3] + 255 * (255 - rgba[3]) + 127) / 255);
}

static bool write_jpeg(JpegWriter *writer, const Picture *picture)
{
    struct jpeg_compress_struct *jpeg = &writer->jpeg;

    if (setjmp(writer->trap.back) != 0)
        return false;
    jpeg_create_compress(jpeg);
    jpeg->dest = &writer->target;
    jpeg->image_width = (JDIMENSION)picture_width(picture);
    jpeg->image_height = (JDIMENSION)picture_height(picture);
    jpeg->input_components = 4;
    jpeg->in_color_space = JCS_EXT_RGBX;
    jpeg_set_defaults(jpeg);
    jpeg_set_quality(jpeg, JPEG_QUALITY, TRUE);
    jpeg_start_compress(jpeg, TRUE);
    while (jpeg->next_scanline < jpeg->image_height) {
        picture_row(picture, (int)jpeg->next_scanline, writer->row);
        put_on_white(writer->row, (int)jpeg->image_width);
        jpeg_write_scanlines(jpeg, &writer->row, 1);
    }
    jpeg_finish_compress(jpeg);
    return !buf_is_full(writer->buf);
}

bool picture_to_jpeg(const Picture *picture, Buf *buf)
{
    AUTO(jpeg_writer_close)
    JpegWriter writer = {
        .target.init_destination = start_block,
        .target.empty_output_buffer = hand_on_block,
        .target.term_destination = hand_on_rest,
        .buf = buf,
        .row = mem_alloc((size_t)picture_width(picture) * 4),
    };
    writer.jpeg.err = set_trap(&writer.trap);
    return write_jpeg(&writer, picture);
}

/* ---- PNG ---- */

typedef struct {
    png_structp png;
    png_infop info;
    Str rest;            /* not read yet */
    unsigned char *rows; /* one row, or all when interlaced */
} PngReader;

static _Noreturn void png_jump_back(png_structp png, png_const_charp message)
{
    (void)message;
    png_longjmp(png, 1);
}

static void png_say_nothing(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static void png_take_bytes(png_structp png, png_bytep into, size_t count)
{
    PngReader *reader = png_get_io_ptr(png);
    if ((ptrdiff_t)count > reader->rest.len)
        png_error(png, "cut off");
    memcpy(into, reader->rest.ptr, count);
    reader->rest = str_cut(reader->rest, (ptrdiff_t)count, reader->rest.len);
}

static void png_reader_close(PngReader *reader)
{
    png_destroy_read_struct(&reader->png, &reader->info, NULL);
    mem_free(reader->rows);
}

/* Whatever the file holds becomes RGBA of 8 bits; metadata is skipped without being unpacked. */
static void ask_for_rgba(png_structp png)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static Outcome read_png(PngReader *reader, int long_side, Picture *picture)
{
    static const png_byte SKIPPED[] = "iCCP\0iTXt\0tEXt\0zTXt\0sPLT\0hIST";
    png_structp png = reader->png;

    if (setjmp(png_jmpbuf(png)) != 0)
        return BROKEN;
    png_set_read_fn(png, reader, png_take_bytes);
    png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); /* ours are checked below, with their own sentence */
    png_set_chunk_malloc_max(png, MAX_CHUNK);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, SKIPPED, sizeof SKIPPED / 5);
    png_read_info(png, reader->info);
    int64_t width = png_get_image_width(png, reader->info), height = png_get_image_height(png, reader->info);
    if (has_too_many_pixels(width, height))
        return TOO_MANY_PIXELS;
    png_uint_32 exif_size = 0;
    png_bytep exif = NULL;
    if (png_get_eXIf_1(png, reader->info, &exif_size, &exif) != 0)
        picture->orientation = bare_exif_orientation((Str){(const char *)exif, (ptrdiff_t)exif_size});

    ask_for_rgba(png);
    int passes = png_set_interlace_handling(png);
    png_read_update_info(png, reader->info);
    size_t stride = (size_t)width * 4;
    if (png_get_rowbytes(png, reader->info) != stride)
        return BROKEN;
    reader->rows = mem_alloc(passes > 1 ? stride * (size_t)height : stride);
    shrink_open(&picture->shrink, (int)width, (int)height, long_side);

    for (int pass = 1; pass <= passes; pass++)
        for (int64_t y = 0; y < height; y++) {
            unsigned char *row = passes > 1 ? reader->rows + (size_t)y * stride : reader->rows;
            png_read_row(png, row, NULL);
            if (pass == passes)
                take_row(&picture->shrink, row);
        }
    png_read_end(png, NULL);
    return DECODED;
}

static Outcome decode_png(Str bytes, int long_side, Picture *picture)
{
    AUTO(png_reader_close) PngReader reader = {.rest = bytes};
    reader.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, png_jump_back, png_say_nothing);
    if (reader.png == NULL)
        return BROKEN;
    reader.info = png_create_info_struct(reader.png);
    return reader.info == NULL ? BROKEN : read_png(&reader, long_side, picture);
}

typedef struct {
    png_structp png;
    png_infop info;
    Buf *buf;
    unsigned char *row;            /* RGBA of one row, made into indices in place when there is a palette */
    uint32_t colours[MAX_COLOURS]; /* sorted; as bytes they are red, green, blue, alpha */
    int colour_count;              /* -1: too many for a palette */
    int width, height, bits;
} PngWriter;

static void png_hand_on(png_structp png, png_bytep from, size_t count)
{
    PngWriter *writer = png_get_io_ptr(png);
    buf_add(writer->buf, (Str){(const char *)from, (ptrdiff_t)count});
    if (buf_is_full(writer->buf))
        png_error(png, "full");
}

static void png_flush_nothing(png_structp png)
{
    (void)png;
}

static void png_writer_close(PngWriter *writer)
{
    png_destroy_write_struct(&writer->png, &writer->info);
    mem_free(writer->row);
}

/* Where a colour is or would be among `count` sorted ones. */
static int place_of(const uint32_t *colours, int count, uint32_t colour)
{
    int low = 0;
    while (low < count) {
        int middle = (low + count) / 2;
        if (colours[middle] < colour)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

int picture_colours(const Picture *picture, uint32_t *colours)
{
    const Pixels *pixels = &picture->shrink.to;
    size_t total = (size_t)pixels->width * (size_t)pixels->height;
    uint32_t colour, last = 0;
    int count = 0;

    for (size_t i = 0; i < total; i++, last = colour) {
        memcpy(&colour, pixels->rgba + i * 4, 4);
        if (i > 0 && colour == last)
            continue;
        int at = place_of(colours, count, colour);
        if (at < count && colours[at] == colour)
            continue;
        if (count == MAX_COLOURS)
            return -1;
        memmove(colours + at + 1, colours + at, (size_t)(count - at) * sizeof *colours);
        colours[at] = colour;
        count++;
    }
    return count;
}

bool picture_is_see_through(const Picture *picture)
{
    const Pixels *pixels = &picture->shrink.to;
    size_t total = (size_t)pixels->width * (size_t)pixels->height;

    for (size_t i = 0; i < total; i++)
        if (pixels->rgba[i * 4 + 3] != 255)
            return true;
    return false;
}

static void set_palette(PngWriter *writer)
{
    png_color palette[MAX_COLOURS] = {0};
    png_byte alphas[MAX_COLOURS] = {0};
    bool see_through = false;

    for (int i = 0; i < writer->colour_count; i++) {
        unsigned char rgba[4];
        memcpy(rgba, &writer->colours[i], 4);
        palette[i] = (png_color){rgba[0], rgba[1], rgba[2]};
        alphas[i] = rgba[3];
        see_through |= rgba[3] != 255;
    }
    png_set_PLTE(writer->png, writer->info, palette, writer->colour_count);
    if (see_through)
        png_set_tRNS(writer->png, writer->info, alphas, writer->colour_count, NULL);
}

static void to_indices(const PngWriter *writer)
{
    for (int x = 0; x < writer->width; x++) {
        uint32_t colour;
        memcpy(&colour, writer->row + (size_t)x * 4, 4);
        writer->row[x] = (unsigned char)place_of(writer->colours, writer->colour_count, colour);
    }
}

static bool write_png(PngWriter *writer, const Picture *picture)
{
    png_structp png = writer->png;

    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_set_write_fn(png, writer, png_hand_on, png_flush_nothing);
    png_set_IHDR(png, writer->info, (png_uint_32)writer->width, (png_uint_32)writer->height, writer->bits,
                 writer->colour_count < 0 ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (writer->colour_count >= 0)
        set_palette(writer);
    png_write_info(png, writer->info);
    png_set_packing(png);
    for (int y = 0; y < writer->height; y++) {
        picture_row(picture, y, writer->row);
        if (writer->colour_count >= 0)
            to_indices(writer);
        png_write_row(png, writer->row);
    }
    png_write_end(png, NULL);
    return true;
}

bool picture_to_png(const Picture *picture, Buf *buf)
{
    AUTO(png_writer_close)
    PngWriter writer = {.buf = buf, .width = picture_width(picture), .height = picture_height(picture)};
    int count = writer.colour_count = picture_colours(picture, writer.colours);
    writer.bits = count < 0 ? 8 : count <= 2 ? 1 : count <= 4 ? 2 : count <= 16 ? 4 : 8;
    writer.row = mem_alloc((size_t)writer.width * 4);
    writer.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_jump_back, png_say_nothing);
    if (writer.png == NULL)
        return false;
    writer.info = png_create_info_struct(writer.png);
    return writer.info != NULL && write_png(&writer, picture);
}

/* ---- WebP ---- */

/* The EXIF chunk lies in the RIFF list behind the head of 12 bytes; chunks begin at even offsets. */
static int webp_orientation(Str bytes)
{
    for (ptrdiff_t at = 12; at + 8 <= bytes.len;) {
        const unsigned char *head = (const unsigned char *)bytes.ptr + at;
        ptrdiff_t size = head[4] | head[5] << 8 | head[6] << 16 | (ptrdiff_t)head[7] << 24; /* little-endian */
        if (memcmp(head, "EXIF", 4) == 0)
            return bare_exif_orientation(str_cut(bytes, at + 8, at + 8 + size));
        at += 8 + size + (size & 1);
    }
    return 1;
}

static Outcome decode_webp(Str bytes, int long_side, Picture *picture)
{
    const uint8_t *at = (const uint8_t *)bytes.ptr;
    Shrink *shrink = &picture->shrink;
    WebPDecoderConfig config;

    if (!WebPInitDecoderConfig(&config) || WebPGetFeatures(at, (size_t)bytes.len, &config.input) != VP8_STATUS_OK)
        return BROKEN;
    if (has_too_many_pixels(config.input.width, config.input.height))
        return TOO_MANY_PIXELS;
    if (config.input.has_animation)
        return MOVING;

    picture->orientation = webp_orientation(bytes);
    shrink_open(shrink, config.input.width, config.input.height, long_side);
    size_t stride = (size_t)shrink->to.width * 4;
    config.options.use_scaling = shrink->sums != NULL;
    config.options.scaled_width = shrink->to.width;
    config.options.scaled_height = shrink->to.height;
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){shrink->to.rgba, (int)stride, stride * (size_t)shrink->to.height};
    return WebPDecode(at, (size_t)bytes.len, &config) == VP8_STATUS_OK ? DECODED : BROKEN;
}
