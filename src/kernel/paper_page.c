/* paper_page.c: drawing on A4 pages with cairo and pango.
 *
 * The font map is pango's own for the thread: it lives as long as the thread and saves the next document 100 ms.
 * Every text is tagged as a paragraph (or what its style says), so that the PDF can be read aloud in order. */
#include "kernel/paper_page.h"

#include "kernel/image.h"

#include <assert.h>
#include <string.h>

#define FONT "Noto Sans CJK SC"
#define PICTURE_MAX_SIDE 1000 /* pixels; 22 mm of signature need far less */

LATE_LIBRARY(late_pango, PANGO_FUNCTIONS, "libpangocairo-1.0.so.0", "libpangocairo-1.0-0");

static bool has_font(Page *page)
{
    PangoFontDescription *wanted = pango_font_description_from_string(FONT);
    PangoFont *font = pango_font_map_load_font(page->fonts, page->context, wanted);
    bool has = false;

    pango_font_description_free(wanted);
    if (font != NULL) {
        PangoFontDescription *got = pango_font_describe(font);
        has = str_is(str_of(pango_font_description_get_family(got)), FONT);
        pango_font_description_free(got);
        g_object_unref(font);
    }
    return has;
}

static cairo_status_t hand_on(void *self, const unsigned char *bytes, unsigned count)
{
    const PaperSink *sink = self;
    bool written = sink->write != NULL && sink->write(sink->self, (Str){(const char *)bytes, count});
    return written ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

const Error *page_open(Arena *arena, Page *page, PaperSink sink, Str title, Str author, Instant at, int zone_min)
{
    return page_open_sized(arena, page, sink, A4_WIDTH, A4_HEIGHT, title, author, at, zone_min);
}

const Error *page_open_sized(Arena *arena, Page *page, PaperSink sink, double width, double height, Str title, Str author, Instant at, int zone_min)
{
    Buf created = buf_new(arena, 64);

    TRY(late_load(arena, &late_pango_library));
    page->sink = sink;
    page->fonts = pango_cairo_font_map_get_default();
    page->context = pango_font_map_create_context(page->fonts);
    pango_cairo_context_set_resolution(page->context, 72); /* so that sizes are points */
    pango_context_set_language(page->context, pango_language_from_string("zh-cn"));
    if (!has_font(page))
        return error_new(arena, ERR_UNAVAILABLE, STR("缺少打印用的中文字体：请安装 fonts-noto-cjk"),
                         STR("The font for printing is missing: install fonts-noto-cjk"));
    page->layout = pango_layout_new(page->context);
    page->number = 1;
    if (sink.write == NULL) {
        page->surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1); /* all that is drawn falls beside it */
        page->cr = cairo_create(page->surface);
        return OK;
    }
    page->surface = cairo_pdf_surface_create_for_stream(hand_on, &page->sink, width, height);
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_TITLE, str_to_c(arena, title));
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_AUTHOR, str_to_c(arena, author));
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_CREATOR, "Anju");
    buf_instant(&created, at / SECOND * SECOND, zone_min);
    cairo_pdf_surface_set_metadata(page->surface, CAIRO_PDF_METADATA_CREATE_DATE, str_to_c(arena, buf_str(&created)));
    page->cr = cairo_create(page->surface);
    return OK;
}

void page_close(Page *page)
{
    if (page->cr != NULL)
        cairo_destroy(page->cr);
    if (page->surface != NULL) {
        page->sink.write = NULL; /* finishing writes what is left: after an error nobody wants it */
        cairo_surface_destroy(page->surface);
    }
    if (page->layout != NULL)
        g_object_unref(page->layout);
    if (page->context != NULL)
        g_object_unref(page->context);
}

void page_next(Page *page)
{
    cairo_show_page(page->cr);
    page->number++;
}

const Error *page_finish(Arena *arena, Page *page)
{
    cairo_show_page(page->cr);
    cairo_surface_finish(page->surface);
    if (cairo_status(page->cr) == CAIRO_STATUS_SUCCESS && cairo_surface_status(page->surface) == CAIRO_STATUS_SUCCESS)
        return OK;
    return error_new(arena, ERR_UNAVAILABLE, STR("打印文件没有写完"), STR("The paper could not be written to its end"));
}

void page_set_text(Page *page, PangoLayout *layout, double width, TextStyle style, Str text)
{
    PangoFontDescription *font = pango_font_description_from_string(FONT);

    (void)page;
    pango_font_description_set_absolute_size(font, style.size * PANGO_SCALE);
    pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, width < 0 ? -1 : (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(layout, style.align == TEXT_LEFT     ? PANGO_ALIGN_LEFT
                                       : style.align == TEXT_CENTER ? PANGO_ALIGN_CENTER
                                                                    : PANGO_ALIGN_RIGHT);
    pango_layout_set_text(layout, text.len > 0 ? text.ptr : "", (int)text.len);
}

static double height_of(PangoLayout *layout)
{
    int height;
    pango_layout_get_size(layout, NULL, &height);
    return (double)height / PANGO_SCALE;
}

/* cairo 1.16 embeds of a font only the subroutines that it finds used, and misses one: the outline of this character is empty unless another one in the
 * document has brought it along. It alone of the 3,755 commonest characters (GB/T 2312, level 1), each tried in a document of its own. */
#define LOST "如"

static void fill_lost(Page *page, PangoLayout *layout, PangoLayoutLine *line, double x, double baseline)
{
    const char *text = pango_layout_get_text(layout), *end = text + line->start_index + line->length;

    for (const char *at = strstr(text + line->start_index, LOST); at != NULL && at < end; at = strstr(at + strlen(LOST), LOST)) {
        PangoLayout *alone = pango_layout_new(page->context);
        int from;
        pango_layout_set_font_description(alone, pango_layout_get_font_description(layout));
        pango_layout_set_text(alone, LOST, (int)strlen(LOST));
        pango_layout_line_index_to_x(line, (int)(at - text), false, &from);
        cairo_move_to(page->cr, x + (double)from / PANGO_SCALE, baseline);
        pango_cairo_layout_line_path(page->cr, pango_layout_get_line_readonly(alone, 0));
        cairo_fill(page->cr);
        g_object_unref(alone);
    }
}

void page_text_line(Page *page, PangoLayout *layout, PangoLayoutLine *line, double x, double baseline)
{
    cairo_move_to(page->cr, x, baseline);
    pango_cairo_show_layout_line(page->cr, line);
    fill_lost(page, layout, line, x, baseline);
}

static void draw_lines(Page *page, double x, double y)
{
    PangoLayoutIter *line = pango_layout_get_iter(page->layout);

    do {
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(line, NULL, &logical);
        page_text_line(page, page->layout, pango_layout_iter_get_line_readonly(line), x + (double)logical.x / PANGO_SCALE,
                  y + (double)pango_layout_iter_get_baseline(line) / PANGO_SCALE);
    } while (pango_layout_iter_next_line(line));
    pango_layout_iter_free(line);
}

double page_text(Page *page, double x, double y, double width, TextStyle style, Str text)
{
    const char *tag = style.tag != NULL ? style.tag : "P";

    if (text.len == 0)
        return 0;
    page_set_text(page, page->layout, width, style, text);
    cairo_tag_begin(page->cr, tag, NULL);
    cairo_set_source_rgb(page->cr, style.white, style.white, style.white);
    draw_lines(page, x, y);
    cairo_set_source_rgb(page->cr, 0, 0, 0);
    cairo_tag_end(page->cr, tag);
    return height_of(page->layout);
}

double page_text_height(Page *page, double width, TextStyle style, Str text)
{
    page_set_text(page, page->layout, width, style, text);
    return height_of(page->layout);
}

double page_text_width(Page *page, TextStyle style, Str text)
{
    int width;
    page_set_text(page, page->layout, -1, style, text);
    pango_layout_get_size(page->layout, &width, NULL);
    return (double)width / PANGO_SCALE;
}

void page_fitting(Page *page, double x, double y, double width, TextStyle style, Str text)
{
    double full = page_text_width(page, style, text), size = style.size;

    if (full > width) {
        style.size = size * width / full * 0.98;
        y += (size - style.size) * 0.7; /* stays on its line */
        full = width;
    }
    if (style.align == TEXT_CENTER)
        x += (width - full) / 2;
    style.align = TEXT_LEFT;
    page_text(page, x, y, -1, style, text);
}

void page_cuts(Page *page, double margin_x, double margin_y, int across, int down)
{
    for (int i = 0; i <= across; i++) {
        double x = margin_x + i * (A4_WIDTH - 2 * margin_x) / across;
        page_dashes(page, x, margin_y - 8, x, A4_HEIGHT - margin_y + 8);
    }
    for (int i = 0; i <= down; i++) {
        double y = margin_y + i * (A4_HEIGHT - 2 * margin_y) / down;
        page_dashes(page, margin_x - 8, y, A4_WIDTH - margin_x + 8, y);
    }
}

void page_line(Page *page, double x1, double y1, double x2, double y2, double thickness)
{
    cairo_set_line_width(page->cr, thickness);
    cairo_move_to(page->cr, x1, y1);
    cairo_line_to(page->cr, x2, y2);
    cairo_stroke(page->cr);
}

void page_dashes(Page *page, double x1, double y1, double x2, double y2)
{
    static const double DASHES[] = {2, 2.5};
    cairo_set_dash(page->cr, DASHES, 2, 0);
    page_line(page, x1, y1, x2, y2, 0.3);
    cairo_set_dash(page->cr, NULL, 0, 0);
}

void page_box(Page *page, double x, double y, double width, double height, double thickness)
{
    cairo_set_line_width(page->cr, thickness);
    cairo_rectangle(page->cr, x, y, width, height);
    cairo_stroke(page->cr);
}

const Error *qr_make(Arena *arena, Str text, QRcode **out)
{
    QRcode *qr = NULL;
    if (0 < text.len && text.len <= QR_MAX_BYTES)
        qr = QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
    if (qr == NULL)
        return error_new(arena, ERR_TOO_LARGE, STR("内容太长，二维码放不下"),
                         STR("The text is too long for a QR code"));
    *out = qr;
    return OK;
}

/* Black runs of a row are one rectangle each; all are filled at once, so that no hairlines show between them. */
const Error *page_qr(Arena *arena, Page *page, double x, double y, double side, Str text)
{
    QRcode *qr;

    TRY(qr_make(arena, text, &qr));
    double module = side / qr->width;
    for (int row = 0; row < qr->width; row++)
        for (int at = 0, end; at < qr->width; at = end) {
            const unsigned char *modules = qr->data + row * qr->width;
            for (end = at + 1; end < qr->width && (modules[end] & 1) == (modules[at] & 1);)
                end++;
            if (modules[at] & 1)
                cairo_rectangle(page->cr, x + at * module, y + row * module, (end - at) * module, module);
        }
    cairo_set_antialias(page->cr, CAIRO_ANTIALIAS_NONE);
    cairo_fill(page->cr);
    cairo_set_antialias(page->cr, CAIRO_ANTIALIAS_DEFAULT);
    QRcode_free(qr);
    return OK;
}

const Error *page_picture(Arena *arena, Page *page, double x, double y, double width, double height, Str bytes)
{
    Pixels pixels;

    TRY(image_pixels(arena, bytes, PICTURE_MAX_SIDE, &pixels));
    /* cairo wants the bytes of a native 32 bit number, colours premultiplied by their alpha */
    for (size_t i = 0; i < (size_t)pixels.width * (size_t)pixels.height; i++) {
        unsigned char *at = pixels.rgba + i * 4;
        uint32_t alpha = at[3], pixel = alpha << 24;
        for (int c = 0; c < 3; c++)
            pixel |= (at[c] * alpha + 127) / 255 << (16 - 8 * c);
        memcpy(at, &pixel, 4);
    }
    cairo_surface_t *picture = cairo_image_surface_create_for_data(pixels.rgba, CAIRO_FORMAT_ARGB32, pixels.width,
                                                                   pixels.height, pixels.width * 4);
    double across = width / pixels.width, down = height / pixels.height, scale = across < down ? across : down;
    cairo_save(page->cr);
    cairo_translate(page->cr, x + (width - pixels.width * scale) / 2, y + (height - pixels.height * scale) / 2);
    cairo_scale(page->cr, scale, scale);
    cairo_set_source_surface(page->cr, picture, 0, 0);
    cairo_paint(page->cr);
    cairo_restore(page->cr);
    cairo_surface_destroy(picture);
    return OK;
}

Str page_time(Arena *arena, Instant at, int zone_min)
{
    Date day = instant_to_date(at, zone_min);
    int minute = instant_to_minute(at, zone_min);
    return str_format(arena, "%04d-%02d-%02d %02d:%02d", day / 10000, day / 100 % 100, day % 100, minute / 60,
                      minute % 60);
}
