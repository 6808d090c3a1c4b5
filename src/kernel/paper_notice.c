/* paper_notice.c: a notice to be put up: large, Chinese before English, with a code that opens it on a phone. A long one is set
 * smaller, and goes on to further pages when that is not enough. */
#include "kernel/paper_page.h"

#define MARGIN (20 * MM)
#define WIDTH (A4_WIDTH - 2 * MARGIN)
#define FOOT (38 * MM)
#define BOTTOM (A4_HEIGHT - MARGIN - FOOT)
#define QR_SIDE (28 * MM)
#define MOST_BYTES 20000
#define MOST_PAGES 20

typedef struct {
    Page page;
    const NoticePoster *poster;
    double y;
} Sheet;

static void close_sheet(Sheet *sheet)
{
    page_close(&sheet->page);
}

static const Error *draw_foot(Arena *arena, Sheet *sheet)
{
    const NoticePoster *poster = sheet->poster;
    double y = A4_HEIGHT - MARGIN - QR_SIDE;
    TextStyle style = {.size = 11}, small = {.size = 8.5};

    page_line(&sheet->page, MARGIN, y - 5 * MM, A4_WIDTH - MARGIN, y - 5 * MM, 0.5);
    if (poster->qr_url.len > 0)
        TRY(page_qr(arena, &sheet->page, MARGIN, y, QR_SIDE, poster->qr_url));
    page_text(&sheet->page, MARGIN + QR_SIDE + 6 * MM, y, WIDTH - QR_SIDE - 6 * MM, style,
              str_format(arena, "%.*s　%.*s\n%.*s%.*s\n%.*s", STR_ARG(poster->org), STR_ARG(poster->project), STR_ARG(poster->phone.len > 0 ? STR("电话 Phone ") : STR_NONE),
                         STR_ARG(poster->phone), STR_ARG(page_time(arena, poster->at, poster->zone_min))));
    page_text(&sheet->page, MARGIN + QR_SIDE + 6 * MM, y + 20 * MM, WIDTH - QR_SIDE - 6 * MM, small,
              str_format(arena, "%.*s　扫码阅读、确认 Scan to read and confirm　%d", STR_ARG(poster->no), sheet->page.number));
    return OK;
}

/* A column of paragraphs; what does not fit goes on overleaf. */
static const Error *draw_text(Arena *arena, Sheet *sheet, TextStyle style, Str text)
{
    while (text.ptr != NULL) {
        Str line = str_split(text, '\n', &text);
        double height = page_text_height(&sheet->page, WIDTH, style, line);
        if (sheet->y + height > BOTTOM && sheet->y > MARGIN) {
            if (sheet->page.number == MOST_PAGES)
                return error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
            page_next(&sheet->page);
            sheet->y = MARGIN;
            TRY(draw_foot(arena, sheet));
        }
        sheet->y += page_text(&sheet->page, MARGIN, sheet->y, WIDTH, style, line) + style.size * 0.5;
    }
    return OK;
}

const Error *paper_notice(Arena *arena, const NoticePoster *poster, PaperSink sink)
{
    AUTO(close_sheet) Sheet sheet = {.poster = poster, .y = MARGIN};
    double sizes[] = {20, 17, 14, 12}, size = 12;
    TextStyle kind = {.size = 13, .align = TEXT_CENTER}, title = {.size = 30, .bold = true, .align = TEXT_CENTER, .tag = "H1"},
              title_en = {.size = 16, .bold = true, .align = TEXT_CENTER};

    if (poster->text.len > MOST_BYTES || poster->text_en.len > MOST_BYTES)
        return error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    TRY(page_open(arena, &sheet.page, sink, poster->title, poster->org, poster->at, poster->zone_min));
    TRY(draw_foot(arena, &sheet));
    TRY(draw_text(arena, &sheet, kind, str_format(arena, "%s%.*s %.*s", poster->is_urgent ? "紧急 URGENT　" : "", STR_ARG(poster->kind), STR_ARG(poster->kind_en))));
    TRY(draw_text(arena, &sheet, title, poster->title));
    if (poster->title_en.len > 0)
        TRY(draw_text(arena, &sheet, title_en, poster->title_en));
    sheet.y += 6 * MM;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) { /* the largest that leaves it on one page */
        double height = page_text_height(&sheet.page, WIDTH, (TextStyle){.size = sizes[i]}, poster->text) * 1.3 +
                        page_text_height(&sheet.page, WIDTH, (TextStyle){.size = sizes[i] * 0.75}, poster->text_en) * 1.3;
        size = sizes[i];
        if (sheet.y + height < BOTTOM)
            break;
    }
    TRY(draw_text(arena, &sheet, (TextStyle){.size = size}, poster->text));
    if (poster->text_en.len > 0) {
        sheet.y += 4 * MM;
        TRY(draw_text(arena, &sheet, (TextStyle){.size = size * 0.75}, poster->text_en));
    }
    return page_finish(arena, &sheet.page);
}
