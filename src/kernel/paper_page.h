/* paper_page.h: drawing on A4 pages; private to paper*.c. Lengths are PDF points (1/72 inch) in double, as cairo has
 * them; y grows downwards. */
#ifndef ANJU_KERNEL_PAPER_PAGE_H
#define ANJU_KERNEL_PAPER_PAGE_H

#include "kernel/late_pango.h"
#include "kernel/paper.h"

#include <qrencode.h>

#define MM (72.0 / 25.4)
#define A4_WIDTH (210 * MM)
#define A4_HEIGHT (297 * MM)
#define QR_MAX_BYTES 2000

typedef enum { TEXT_LEFT, TEXT_CENTER, TEXT_RIGHT } TextAlign;

typedef struct {
    double size; /* points */
    bool bold;
    TextAlign align;
    bool white;      /* on black */
    const char *tag; /* of the PDF's structure; NULL: a paragraph */
} TextStyle;

/* A PDF that is being drawn. Own: page_close gives everything back. */
typedef struct {
    cairo_surface_t *surface;
    cairo_t *cr;
    PangoFontMap *fonts; /* borrowed from the thread */
    PangoContext *context;
    PangoLayout *layout;
    PaperSink sink;
    int number; /* of the current page, from 1 */
} Page;

/* Opens a document with its first page; with a sink that is {0}, one that only counts pages. *page must be {0} and be
 * closed whatever comes out. ERR_UNAVAILABLE: no font. Errors of late_load. */
MUST const Error *page_open(Arena *arena, Page *page, PaperSink sink, Str title, Str author, Instant at, int zone_min);
/* The same on paper of this size. */
MUST const Error *page_open_sized(Arena *arena, Page *page, PaperSink sink, double width, double height, Str title, Str author, Instant at, int zone_min);
void page_close(Page *page);
/* Ends the current page and begins the next. */
void page_next(Page *page);
/* Writes what is left. ERR_UNAVAILABLE: the sink stopped. */
MUST const Error *page_finish(Arena *arena, Page *page);

/* Text in a column, wrapped; the upper left corner is (x, y). All three give the height that it takes. */
double page_text(Page *page, double x, double y, double width, TextStyle style, Str text);
double page_text_height(Page *page, double width, TextStyle style, Str text);
double page_text_width(Page *page, TextStyle style, Str text);
/* Prepares a layout; the caller may draw its lines one by one. */
void page_set_text(Page *page, PangoLayout *layout, double width, TextStyle style, Str text);
/* Draws one of its lines, which begins at x. */
void page_text_line(Page *page, PangoLayout *layout, PangoLayoutLine *line, double x, double baseline);

/* One line from (x, y), in smaller type when it would be wider. */
void page_fitting(Page *page, double x, double y, double width, TextStyle style, Str text);

/* Where a sheet of labels is cut: dashes around and between `across` by `down` of them, within these margins. */
void page_cuts(Page *page, double margin_x, double margin_y, int across, int down);

void page_line(Page *page, double x1, double y1, double x2, double y2, double thickness);
void page_dashes(Page *page, double x1, double y1, double x2, double y2);
void page_box(Page *page, double x, double y, double width, double height, double thickness);

/* Own: QRcode_free gives it back. ERR_TOO_LARGE: the text is longer than 2,000 bytes. */
MUST const Error *qr_make(Arena *arena, Str text, QRcode **out);
/* A QR code of this side, without its quiet zone. */
MUST const Error *page_qr(Arena *arena, Page *page, double x, double y, double side, Str text);
/* A picture, as large as fits into the box, in its middle. */
MUST const Error *page_picture(Arena *arena, Page *page, double x, double y, double width, double height, Str bytes);

/* 2026-11-25 17:05 */
Str page_time(Arena *arena, Instant at, int zone_min);

#endif
