/* paper_labels.c: sheets of labels with a QR code: two by five on A4, to be cut along the dashes. Plates for machines, and the codes with which
 * households claim their homes (such a label names the home, never a person: whoever finds one does not learn who lives there). */
#include "kernel/paper_page.h"

#include <stdio.h>

#define ACROSS 2
#define DOWN 5
#define MARGIN_X (8 * MM)
#define MARGIN_Y (11 * MM)
#define LABEL_WIDTH ((A4_WIDTH - 2 * MARGIN_X) / ACROSS)
#define LABEL_HEIGHT ((A4_HEIGHT - 2 * MARGIN_Y) / DOWN)
#define QR_SIDE (30 * MM)
#define INSIDE (5 * MM)

static const Error *draw_label(Arena *arena, Page *page, const Label *label, int place);
static void draw_page_foot(Page *page, const LabelSheet *sheet, Str printed);
static Str group(Str code, char *into, size_t size);

const Error *paper_label_sheet(Arena *arena, const LabelSheet *sheet, LabelNext *next, void *self, PaperSink sink)
{
    AUTO(page_close) Page page = {0};
    Str printed = page_time(arena, sheet->printed_at, sheet->zone_min);
    Label label = {0};

    TRY(page_open(arena, &page, sink, sheet->title, sheet->org, sheet->printed_at, sheet->zone_min));
    for (int place = 0; next(self, &label); place++) {
        if (place == ACROSS * DOWN) {
            page_next(&page);
            place = 0;
        }
        if (place == 0) {
            page_cuts(&page, MARGIN_X, MARGIN_Y, ACROSS, DOWN);
            draw_page_foot(&page, sheet, printed);
        }
        TRY(draw_label(arena, &page, &label, place));
    }
    return page_finish(arena, &page);
}

/* What the next claim's label says, made of it. */
typedef struct {
    const ClaimSheet *sheet;
    ClaimNext *next;
    void *self;
    char code[200], until[200];
} Claims;

static bool next_claim(void *self, Label *out)
{
    Claims *claims = self;
    ClaimLabel claim = {0};
    int len;

    if (!claims->next(claims->self, &claim))
        return false;
    len = snprintf(claims->until, sizeof claims->until, "有效期至 Valid until %.*s", STR_ARG(utf8_cut(claims->sheet->valid_until, 40)));
    *out = (Label){.head = claims->sheet->project,
                   .title = claim.house,
                   .caption = STR("认领码 Code"),
                   .strong = group(utf8_cut(claim.code, 40), claims->code, sizeof claims->code),
                   .line = claims->sheet->valid_until.len == 0 ? STR_NONE : (Str){claims->until, len},
                   .below = STR("扫码并填写姓名和手机号，即可认领本房屋。一次有效，请妥善保管。"),
                   .below_small = STR("Scan and give name and phone to claim this home. Works once; keep it safe."),
                   .url = claim.url};
    return true;
}

const Error *paper_claim_sheet(Arena *arena, const ClaimSheet *sheet, ClaimNext *next, void *self, PaperSink sink)
{
    Claims claims = {.sheet = sheet, .next = next, .self = self};
    LabelSheet labels = {.org = sheet->org,
                         .project = sheet->project,
                         .title = str_format(arena, "%.*s 房屋认领码 Home codes", STR_ARG(sheet->project)),
                         .foot = STR("房屋认领码 · 沿虚线剪开，当面交给住户"),
                         .printed_at = sheet->printed_at,
                         .zone_min = sheet->zone_min};

    return paper_label_sheet(arena, &labels, next_claim, &claims, sink);
}

static void draw_page_foot(Page *page, const LabelSheet *sheet, Str printed)
{
    TextStyle style = {.size = 7, .align = TEXT_CENTER};
    char text[400];
    int len = snprintf(text, sizeof text, "%.*s　%.*s　%.*s　第 %d 页", STR_ARG(utf8_cut(sheet->project, 40)), STR_ARG(utf8_cut(sheet->foot, 40)), STR_ARG(printed),
                       page->number);
    page_text(page, MARGIN_X, A4_HEIGHT - MARGIN_Y + 10, A4_WIDTH - 2 * MARGIN_X, style, (Str){text, len});
}

static const Error *draw_label(Arena *arena, Page *page, const Label *label, int place)
{
    int row = place / ACROSS, column = place % ACROSS;
    double x = MARGIN_X + column * LABEL_WIDTH + INSIDE, y = MARGIN_Y + row * LABEL_HEIGHT + INSIDE;
    double gap = 4 * MM, text_x = x + QR_SIDE + gap, width = LABEL_WIDTH - 2 * INSIDE - QR_SIDE - gap;
    TextStyle small = {.size = 8.5}, title = {.size = 22, .bold = true, .tag = "H2"}, strong = {.size = 16.5, .bold = true}, zh = {.size = 8}, en = {.size = 7};

    TRY(page_qr(arena, page, x, y, QR_SIDE, label->url));
    page_text(page, text_x, y - 4, width, small, utf8_cut(label->head, 32));
    page_fitting(page, text_x, y + 7, width, title, utf8_cut(label->title, 40));
    page_fitting(page, text_x, y + 40, width, small, utf8_cut(label->caption, 40));
    page_fitting(page, text_x, y + 49, width, strong, utf8_cut(label->strong, 80));
    if (label->line.len > 0)
        page_fitting(page, text_x, y + 75, width, zh, utf8_cut(label->line, 80));
    width = LABEL_WIDTH - 2 * INSIDE;
    page_fitting(page, x, y + QR_SIDE + 8, width, zh, label->below);
    page_fitting(page, x, y + QR_SIDE + 22, width, en, label->below_small);
    return OK;
}

/* ABCD2345EFGH as "ABCD 2345 EFGH": groups of four, or of three where four does not divide and three does. A code that
 * is grouped already stays as it is. */
static Str group(Str code, char *into, size_t size)
{
    int per = code.len % 4 != 0 && code.len % 3 == 0 ? 3 : 4;
    size_t len = 0;

    if (str_find_char(code, ' ') >= 0 || str_find_char(code, '-') >= 0 || (size_t)code.len * 2 > size)
        return code;
    for (ptrdiff_t i = 0; i < code.len; i++) {
        if (i > 0 && i % per == 0)
            into[len++] = ' ';
        into[len++] = code.ptr[i];
    }
    return (Str){into, (ptrdiff_t)len};
}
