/* paper_receipt.c: a receipt, the same words on a till roll and on A4. Drawn by one function for both: a roll is drawn twice, first
 * beside the paper to find out how long it must be. */
#include "kernel/paper_page.h"

#define ROLL_WIDTH (80 * MM)
#define ROLL_MARGIN (5 * MM)
#define A4_MARGIN (20 * MM)
#define ENDLESS 1e9

typedef struct {
    Page page;
    Arena *arena;
    const ReceiptPaper *receipt;
    double left, width, y, bottom, size; /* bottom: where a page ends */
} Sheet;

static void close_sheet(Sheet *sheet)
{
    page_close(&sheet->page);
}

static Str word(const Sheet *sheet, const char *zh, const char *en)
{
    return str_of(sheet->receipt->lang == LANG_ZH ? zh : en);
}

static void centered(Sheet *sheet, double size, bool bold, const char *tag, Str text)
{
    TextStyle style = {.size = size, .bold = bold, .align = TEXT_CENTER, .tag = tag};

    sheet->y += page_text(&sheet->page, sheet->left, sheet->y, sheet->width, style, text);
}

/* Words on the left, wrapped as they need; what they are about beside their first line. */
static void pair(Sheet *sheet, bool bold, TextAlign align, double share, Str name, Str value)
{
    TextStyle left = {.size = sheet->size, .bold = bold}, right = {.size = sheet->size, .bold = bold, .align = align};
    double first = sheet->width * share, gap = 2 * MM, second = sheet->width - first - gap, a, b;

    if (value.len == 0)
        return;
    a = page_text_height(&sheet->page, first, left, name);
    b = page_text_height(&sheet->page, second, right, value);
    if (sheet->y + (a > b ? a : b) > sheet->bottom) {
        page_next(&sheet->page);
        sheet->y = A4_MARGIN;
    }
    (void)page_text(&sheet->page, sheet->left, sheet->y, first, left, name);
    (void)page_text(&sheet->page, sheet->left + first + gap, sheet->y, second, right, value);
    sheet->y += (a > b ? a : b) + sheet->size * 0.25;
}

static void fact(Sheet *sheet, const char *zh, const char *en, Str value)
{
    pair(sheet, false, TEXT_LEFT, sheet->receipt->is_roll ? 0.26 : 0.14, word(sheet, zh, en), value);
}

static void amount(Sheet *sheet, const char *zh, const char *en, int64_t fen)
{
    if (fen != 0)
        pair(sheet, false, TEXT_RIGHT, 0.6, word(sheet, zh, en), paper_amount(sheet->arena, fen));
}

static void rule(Sheet *sheet)
{
    sheet->y += sheet->size * 0.4;
    page_dashes(&sheet->page, sheet->left, sheet->y, sheet->left + sheet->width, sheet->y);
    sheet->y += sheet->size * 0.6;
}

static void draw_head(Sheet *sheet)
{
    const ReceiptPaper *receipt = sheet->receipt;
    Str mark = receipt->is_void && receipt->is_reprint ? word(sheet, "【作废】【补打】", "[VOID] [REPRINT]")
               : receipt->is_void                      ? word(sheet, "【作废】", "[VOID]")
               : receipt->is_reprint                   ? word(sheet, "【补打】", "[REPRINT]")
                                                       : STR_NONE;

    centered(sheet, sheet->size, false, NULL, receipt->org);
    centered(sheet, sheet->size * 1.7, true, "H1", word(sheet, "收 据", "Receipt"));
    centered(sheet, sheet->size * 1.2, true, NULL, mark);
    rule(sheet);
    fact(sheet, "收据号", "Receipt no.", receipt->no);
    fact(sheet, "项目", "Community", receipt->project);
    fact(sheet, "房屋", "Home", receipt->house);
    fact(sheet, "付款人", "Payer", receipt->payer);
    fact(sheet, "收款时间", "Received", receipt->received_at == 0 ? STR_NONE : page_time(sheet->arena, receipt->received_at, receipt->zone_min));
    rule(sheet);
}

static void draw_money(Sheet *sheet)
{
    const ReceiptPaper *receipt = sheet->receipt;

    for (int i = 0; i < receipt->line_count; i++)
        pair(sheet, false, TEXT_RIGHT, 0.7, receipt->lines[i].title, paper_amount(sheet->arena, receipt->lines[i].amount_fen));
    rule(sheet);
    pair(sheet, true, TEXT_RIGHT, 0.4, word(sheet, "合计", "Total"), str_format(sheet->arena, "¥ %.*s", STR_ARG(paper_amount(sheet->arena, receipt->total_fen))));
    fact(sheet, "大写", "In words", paper_amount_words(sheet->arena, receipt->total_fen));
    fact(sheet, "方式", "Method", receipt->method);
    fact(sheet, "流水号", "Reference", receipt->reference);
    amount(sheet, "收到现金", "Cash given", receipt->given_fen);
    amount(sheet, "找零", "Change", receipt->change_fen);
    amount(sheet, "已退", "Given back", receipt->refunded_fen);
    rule(sheet);
    fact(sheet, "收款人", "Received by", receipt->cashier);
    fact(sheet, "打印时间", "Printed", page_time(sheet->arena, receipt->printed_at, receipt->zone_min));
}

static const Error *draw(Arena *arena, const ReceiptPaper *receipt, PaperSink sink, double height, double *end)
{
    bool roll = receipt->is_roll;
    double margin = roll ? ROLL_MARGIN : A4_MARGIN, width = roll ? ROLL_WIDTH : A4_WIDTH;
    AUTO(close_sheet) Sheet sheet = {.arena = arena, .receipt = receipt, .left = margin, .width = width - 2 * margin, .y = margin, .size = roll ? 9 : 11,
                                     .bottom = roll ? ENDLESS : A4_HEIGHT - A4_MARGIN};

    TRY(page_open_sized(arena, &sheet.page, sink, width, height, str_format(arena, "%.*s %.*s", STR_ARG(word(&sheet, "收据", "Receipt")), STR_ARG(receipt->no)), receipt->org,
                        receipt->printed_at, receipt->zone_min));
    draw_head(&sheet);
    draw_money(&sheet);
    *end = sheet.y + margin;
    return sink.write == NULL ? OK : page_finish(arena, &sheet.page);
}

const Error *paper_receipt(Arena *arena, const ReceiptPaper *receipt, PaperSink sink)
{
    double height = A4_HEIGHT, end;

    if (receipt->is_roll)
        TRY(draw(arena, receipt, (PaperSink){0}, ENDLESS, &height));
    return draw(arena, receipt, sink, height, &end);
}
