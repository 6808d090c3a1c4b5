/* paper_plates.c: labels for places and things, three by four on A4, to be cut along the dashes and stuck where they are scanned: a QR
 * code that a phone reads at arm's length, and its name in large type. */
#include "kernel/paper_page.h"

#define ACROSS 3
#define DOWN 4
#define MARGIN_X (9 * MM)
#define MARGIN_Y (12 * MM)
#define PLATE_WIDTH ((A4_WIDTH - 2 * MARGIN_X) / ACROSS)
#define PLATE_HEIGHT ((A4_HEIGHT - 2 * MARGIN_Y) / DOWN)
#define QR_SIDE (34 * MM)
#define INSIDE (4 * MM)

static const Error *draw_plate(Arena *arena, Page *page, const PlateSheet *sheet, const Plate *plate, int place)
{
    int row = place / ACROSS, column = place % ACROSS;
    double x = MARGIN_X + column * PLATE_WIDTH + INSIDE, y = MARGIN_Y + row * PLATE_HEIGHT + INSIDE, width = PLATE_WIDTH - 2 * INSIDE;
    TextStyle name = {.size = 15, .bold = true, .align = TEXT_CENTER, .tag = "H2"}, small = {.size = 8, .align = TEXT_CENTER};

    page_fitting(page, x, y - 4, width, small, sheet->project);
    TRY(page_qr(arena, page, x + (width - QR_SIDE) / 2, y + 10, QR_SIDE, plate->qr));
    y += 14 + QR_SIDE;
    page_fitting(page, x, y, width, name, utf8_cut(plate->name, 40));
    page_fitting(page, x, y + 22, width, small, plate->detail.len > 0 ? utf8_cut(plate->detail, 60) : sheet->ask);
    page_fitting(page, x, y + 33, width, small, plate->code);
    return OK;
}

static void draw_foot(Arena *arena, Page *page, const PlateSheet *sheet)
{
    TextStyle style = {.size = 7, .align = TEXT_CENTER};
    Str printed = page_time(arena, sheet->printed_at, sheet->zone_min);

    page_fitting(page, MARGIN_X, A4_HEIGHT - MARGIN_Y + 11, A4_WIDTH - 2 * MARGIN_X, style,
                 str_format(arena, sheet->lang == LANG_ZH ? "%.*s　%.*s　%.*s　第 %d 页" : "%.*s   %.*s   %.*s   page %d", STR_ARG(sheet->org), STR_ARG(sheet->title),
                            STR_ARG(printed), page->number));
}

const Error *paper_plate_sheet(Arena *arena, const PlateSheet *sheet, PaperSink sink)
{
    AUTO(page_close) Page page = {0};

    TRY(page_open(arena, &page, sink, sheet->title, sheet->org, sheet->printed_at, sheet->zone_min));
    for (int i = 0; i < sheet->count; i++) {
        if (i > 0 && i % (ACROSS * DOWN) == 0)
            page_next(&page);
        if (i % (ACROSS * DOWN) == 0) {
            page_cuts(&page, MARGIN_X, MARGIN_Y, ACROSS, DOWN);
            draw_foot(arena, &page, sheet);
        }
        TRY(draw_plate(arena, &page, sheet, &sheet->plates[i], i % (ACROSS * DOWN)));
    }
    return page_finish(arena, &page);
}
