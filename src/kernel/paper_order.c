/* paper_order.c: 维修工单, the work order that an engineer takes along and the customer signs.
 *
 *     who sent it, what it is, number                 QR code
 *     who, where, what, when, the promise             boxes of a grid
 *     what was reported                               flows onto further pages
 *     what was found and done                         printed, or lines to write on
 *     materials and labour, total
 *     rating, signatures, note
 *
 * The order is laid out twice: once to count the pages, so that each can say "page 1 of 2", once to print. */
#include "kernel/paper_page.h"

#define LEFT 40.0
#define RIGHT (A4_WIDTH - 40.0)
#define WIDTH (RIGHT - LEFT)
#define TOP 36.0
#define BOTTOM (A4_HEIGHT - 46.0) /* the foot is below */
#define PAD 4.0
#define LABEL_WIDTH 64.0
#define THIN 0.5
#define THICK 1.0
#define MAX_PAGES 50
#define MAX_TEXT_BYTES 20000 /* pango's time for breaking lines grows with the square of a paragraph */
#define MAX_LINES 500        /* of materials */
#define ROOM_FOR_LINES 4     /* rows of the materials table at least, so that parts can be added by hand */

static const TextStyle LABEL = {.size = 8.5, .align = TEXT_CENTER};
static const TextStyle VALUE = {.size = 10};
static const TextStyle STRONG = {.size = 11.5, .bold = true};
static const TextStyle SMALL = {.size = 8};

typedef struct {
    Arena *arena;
    const WorkOrder *order;
    Page *page;
    int pages; /* 0 while they are counted */
    double y;
} Sheet;

typedef struct {
    Str label, value;
} Cell;

/* Columns of the materials table: right edges, from the left. */
static const double COLUMN[] = {28, 268, 318, 368, 440, 515.28};

static bool is_too_long(const WorkOrder *order);
static const Error *too_long(Arena *arena);
static const Error *print(Arena *arena, const WorkOrder *order, PaperSink sink, int *pages);
static const Error *draw_head(Sheet *sheet);
static void draw_grid(Sheet *sheet);
static void draw_work(Sheet *sheet);
static void draw_materials(Sheet *sheet);
static const Error *draw_signatures(Sheet *sheet);

const Error *paper_work_order(Arena *arena, const WorkOrder *order, PaperSink sink)
{
    int pages = 0;
    if (is_too_long(order))
        return too_long(arena);
    TRY(print(arena, order, (PaperSink){0}, &pages));
    return print(arena, order, sink, &pages);
}

static bool is_too_long(const WorkOrder *order)
{
    const Str texts[] = {
        order->org,         order->project,     order->no,         order->state,     order->urgency,
        order->category,    order->payer,       order->place,      order->reporter,  order->phone,
        order->reported_at, order->appointment, order->respond_by, order->arrive_by, order->finish_by,
        order->arrived_at,  order->finished_at, order->engineer,   order->title,     order->description,
        order->cause,       order->solution,    order->note,
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++)
        if (texts[i].len > MAX_TEXT_BYTES)
            return true;
    for (int i = 0; i < order->line_count && i < MAX_LINES; i++)
        if (order->lines[i].name.len > MAX_TEXT_BYTES)
            return true;
    return order->line_count > MAX_LINES;
}

static const Error *too_long(Arena *arena)
{
    return error_new(arena, ERR_TOO_LARGE, STR("工单内容过长，无法打印"), STR("The order is too long to print"));
}

static Str in(const Sheet *sheet, const char *zh, const char *en)
{
    return str_of(sheet->order->lang == LANG_ZH ? zh : en);
}

static const Error *print(Arena *arena, const WorkOrder *order, PaperSink sink, int *pages)
{
    AUTO(page_close) Page page = {0};
    Sheet sheet = {.arena = arena, .order = order, .page = &page, .pages = *pages, .y = TOP};

    Str title = str_format(arena, "%.*s %.*s", STR_ARG(in(&sheet, "维修工单", "Work order")), STR_ARG(order->no));
    TRY(page_open(arena, &page, sink, title, order->org, order->printed_at, order->zone_min));
    TRY(draw_head(&sheet));
    draw_grid(&sheet);
    draw_work(&sheet);
    draw_materials(&sheet);
    TRY(draw_signatures(&sheet));
    if (page.number > MAX_PAGES)
        return too_long(arena);
    *pages = page.number;
    return page_finish(arena, &page);
}

/* ---- pages and rows ---- */

static void draw_foot(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;
    double y = BOTTOM + 12;
    TextStyle style = SMALL;

    page_line(sheet->page, LEFT, y - 4, RIGHT, y - 4, THIN);
    page_text(sheet->page, LEFT, y, WIDTH / 3, style, order->no);
    style.align = TEXT_CENTER;
    page_text(sheet->page, LEFT + WIDTH / 3, y, WIDTH / 3, style,
              str_format(sheet->arena, order->lang == LANG_ZH ? "第 %d 页，共 %d 页" : "Page %d of %d",
                         sheet->page->number, sheet->pages));
    style.align = TEXT_RIGHT;
    page_text(sheet->page, LEFT + WIDTH * 2 / 3, y, WIDTH / 3, style,
              str_format(sheet->arena, "%.*s %.*s", STR_ARG(in(sheet, "打印时间", "Printed")),
                         STR_ARG(page_time(sheet->arena, order->printed_at, order->zone_min))));
}

static void turn_over(Sheet *sheet)
{
    draw_foot(sheet);
    if (sheet->page->number > MAX_PAGES)
        return; /* refused at the end; more pages would only take time */
    page_next(sheet->page);
    sheet->y = TOP;
    TextStyle style = {.size = 9, .bold = true};
    Str head = str_format(sheet->arena, "%.*s  %.*s  %.*s", STR_ARG(sheet->order->project),
                          STR_ARG(in(sheet, "维修工单（续）", "Work order (continued)")), STR_ARG(sheet->order->no));
    sheet->y += page_text(sheet->page, LEFT, sheet->y, WIDTH, style, head) + PAD;
}

static void need(Sheet *sheet, double height)
{
    if (sheet->y + height > BOTTOM)
        turn_over(sheet);
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static void draw_label(Sheet *sheet, double x, double height, Str label)
{
    double tall = page_text_height(sheet->page, LABEL_WIDTH - PAD, LABEL, label);
    page_text(sheet->page, x + PAD / 2, sheet->y + (height - tall) / 2, LABEL_WIDTH - PAD, LABEL, label);
    page_line(sheet->page, x + LABEL_WIDTH, sheet->y, x + LABEL_WIDTH, sheet->y + height, THIN);
}

/* A row of cells of equal width, each a label and a value beside it. */
static void draw_row(Sheet *sheet, const Cell *cells, int count, TextStyle style)
{
    double cell_width = WIDTH / count, value_width = cell_width - LABEL_WIDTH - 2 * PAD, height = 22;

    for (int i = 0; i < count; i++)
        height = larger(height, page_text_height(sheet->page, value_width, style, cells[i].value) + 2 * PAD);
    need(sheet, height);
    for (int i = 0; i < count; i++) {
        double x = LEFT + i * cell_width;
        double tall = page_text_height(sheet->page, value_width, style, cells[i].value);
        page_box(sheet->page, x, sheet->y, cell_width, height, THIN);
        draw_label(sheet, x, height, cells[i].label);
        page_text(sheet->page, x + LABEL_WIDTH + PAD, sheet->y + (height - tall) / 2, value_width, style,
                  cells[i].value);
    }
    sheet->y += height;
}

/* A row of cells of equal width, each a small label above its value. */
static void draw_tall_row(Sheet *sheet, const Cell *cells, int count)
{
    double cell_width = WIDTH / count, inner = cell_width - 2 * PAD, height = 0;
    TextStyle label = {.size = 8}, value = STRONG;

    for (int i = 0; i < count; i++)
        height = larger(height, page_text_height(sheet->page, inner, value, cells[i].value));
    height += 2 * PAD + 12;
    need(sheet, height);
    for (int i = 0; i < count; i++) {
        double x = LEFT + i * cell_width;
        page_box(sheet->page, x, sheet->y, cell_width, height, THIN);
        page_text(sheet->page, x + PAD, sheet->y + PAD - 1, inner, label, cells[i].label);
        page_text(sheet->page, x + PAD, sheet->y + PAD + 11, inner, value, cells[i].value);
    }
    sheet->y += height;
}

/* How many of the lines from `first` on fit into `room`, and their height. */
static int lines_that_fit(PangoLayout *layout, int first, double room, double *height)
{
    PangoLayoutIter *line = pango_layout_get_iter(layout);
    int count = 0, index = 0;

    *height = 0;
    do {
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(line, NULL, &logical);
        double tall = (double)logical.height / PANGO_SCALE;
        if (index++ < first)
            continue;
        if (*height + tall > room)
            break;
        *height += tall;
        count++;
    } while (pango_layout_iter_next_line(line));
    pango_layout_iter_free(line);
    return count;
}

static void draw_lines(Sheet *sheet, PangoLayout *layout, int first, int count, double x, double y)
{
    PangoLayoutIter *line = pango_layout_get_iter(layout);
    int index = 0;

    cairo_tag_begin(sheet->page->cr, "P", NULL);
    do {
        PangoRectangle logical;
        pango_layout_iter_get_line_extents(line, NULL, &logical);
        if (index >= first && index < first + count) {
            double to_baseline = (double)(pango_layout_iter_get_baseline(line) - logical.y) / PANGO_SCALE;
            page_text_line(sheet->page, layout, pango_layout_iter_get_line_readonly(line), x + (double)logical.x / PANGO_SCALE, y + to_baseline);
            y += (double)logical.height / PANGO_SCALE;
        }
        index++;
    } while (pango_layout_iter_next_line(line));
    cairo_tag_end(sheet->page->cr, "P");
    pango_layout_iter_free(line);
}

/* A row over the whole width whose text may flow over pages; each page's part has a box and the label of its own. */
static void draw_flow(Sheet *sheet, Str label, Str text, double least_height)
{
    double inner = WIDTH - LABEL_WIDTH - 2 * PAD, line_height = page_text_height(sheet->page, inner, VALUE, STR("字"));
    PangoLayout *layout =
        pango_layout_new(sheet->page->context); /* the page's own is used for foot and head meanwhile */

    page_set_text(sheet->page, layout, inner, VALUE, str_trim(text));
    int total = pango_layout_get_line_count(layout), first = 0;
    need(sheet, larger(least_height, line_height * (total < 2 ? total : 2) + 2 * PAD));
    while (first < total && sheet->page->number <= MAX_PAGES) {
        double lines;
        int count = lines_that_fit(layout, first, BOTTOM - sheet->y - 2 * PAD, &lines);
        if (count > 0) {
            double height = larger(lines + 2 * PAD, first == 0 && count == total ? least_height : 0);
            page_box(sheet->page, LEFT, sheet->y, WIDTH, height, THIN);
            draw_label(sheet, LEFT, height, label);
            draw_lines(sheet, layout, first, count, LEFT + LABEL_WIDTH + PAD, sheet->y + (height - lines) / 2);
            sheet->y += height;
            first += count;
        }
        if (first < total)
            turn_over(sheet);
    }
    g_object_unref(layout);
}

/* Room to write by hand: dotted lines beside the label. */
static void draw_blank(Sheet *sheet, Str label, int lines)
{
    double height = 24.0 * lines;

    need(sheet, height);
    page_box(sheet->page, LEFT, sheet->y, WIDTH, height, THIN);
    draw_label(sheet, LEFT, height, label);
    for (int i = 1; i < lines; i++)
        page_dashes(sheet->page, LEFT + LABEL_WIDTH + PAD, sheet->y + 24.0 * i, RIGHT - PAD, sheet->y + 24.0 * i);
    sheet->y += height;
}

static void draw_section(Sheet *sheet, Str name)
{
    TextStyle style = {.size = 10, .bold = true, .tag = "H2"};
    need(sheet, 80); /* never a heading alone at a page's end */
    sheet->y += 7;
    sheet->y += page_text(sheet->page, LEFT, sheet->y, WIDTH, style, name) + 2;
}

/* ---- the parts of the order ---- */

/* A word in a frame behind the title; gives where it ends. */
static double draw_stamp(Sheet *sheet, double x, double y, Str word, bool filled)
{
    TextStyle style = {.size = 10.5, .bold = true, .white = filled};
    double width = page_text_width(sheet->page, style, word) + 12, height = 19;

    if (word.len == 0)
        return x;
    cairo_rectangle(sheet->page->cr, x, y, width, height);
    cairo_set_line_width(sheet->page->cr, THICK);
    if (filled)
        cairo_fill(sheet->page->cr);
    else
        cairo_stroke(sheet->page->cr);
    double tall = page_text_height(sheet->page, -1, style, word);
    page_text(sheet->page, x + 6, y + (height - tall) / 2, -1, style, word);
    return x + width + 6;
}

static const Error *draw_head(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;
    Page *page = sheet->page;
    TextStyle org = {.size = 9}, title = {.size = 22, .bold = true, .tag = "H1"}, line = {.size = 11},
              number = {.size = 7.5, .align = TEXT_CENTER};
    double side = 22 * MM, qr_x = RIGHT - side - 14, width = qr_x - LEFT - 10;
    Str name = in(sheet, "维修工单", "Work order");

    double y = TOP + page_text(page, LEFT, TOP, width, org, order->org);
    double title_width = page_text_width(page, title, name);
    page_text(page, LEFT, y - 3, width, title, name);
    double x = draw_stamp(sheet, LEFT + title_width + 14, y + 5, order->urgency, order->is_urgent);
    x = draw_stamp(sheet, x, y + 5, order->state, false);
    if (order->is_reprint)
        (void)draw_stamp(sheet, x, y + 5, in(sheet, "补打", "Reprint"), false); /* the last in its row */
    y += 30;
    y += page_text(page, LEFT, y, width, line, order->project);
    line.bold = true;
    y += page_text(page, LEFT, y, width, line, str_format(sheet->arena, "No. %.*s", STR_ARG(order->no)));

    if (order->qr_url.len > 0) {
        TRY(page_qr(sheet->arena, page, qr_x, TOP, side, order->qr_url));
        page_text(page, qr_x - 16, TOP + side + 2, side + 32, number, order->no);
    }
    sheet->y = larger(y, TOP + side + 14) + 4;
    return OK;
}

static void draw_grid(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;
    double top = sheet->y;

    draw_row(sheet,
             (const Cell[]){{in(sheet, "报修人", "Reported by"), order->reporter},
                            {in(sheet, "联系电话", "Phone"), order->phone}},
             2, VALUE);
    draw_row(sheet,
             (const Cell[]){{in(sheet, "位置", "Where"), order->place},
                            {in(sheet, "报修类别", "Category"), order->category}},
             2, VALUE);
    draw_row(sheet,
             (const Cell[]){{in(sheet, "报修时间", "Reported at"), order->reported_at},
                            {in(sheet, "预约上门", "Appointment"), order->appointment}},
             2, VALUE);
    draw_row(sheet,
             (const Cell[]){{in(sheet, "维修人员", "Engineer"), order->engineer},
                            {in(sheet, "费用承担", "Paid by"), order->payer}},
             2, VALUE);
    draw_tall_row(sheet,
                  (const Cell[]){{in(sheet, "承诺响应", "Respond by"), order->respond_by},
                                 {in(sheet, "承诺到场", "Arrive by"), order->arrive_by},
                                 {in(sheet, "承诺完成", "Finish by"), order->finish_by}},
                  3);
    draw_row(sheet, &(Cell){in(sheet, "摘要", "Summary"), order->title}, 1, STRONG);
    page_line(sheet->page, LEFT, top, RIGHT, top, THICK);
    draw_flow(sheet, in(sheet, "报修内容", "Description"), order->description, 40);
}

static void draw_text_or_lines(Sheet *sheet, Str label, Str text, int lines)
{
    if (text.len > 0)
        draw_flow(sheet, label, text, 24);
    else
        draw_blank(sheet, label, lines);
}

static void draw_work(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;

    draw_section(sheet, in(sheet, "现场处理（维修人员填写）", "On site (engineer)"));
    draw_row(sheet,
             (const Cell[]){{in(sheet, "到场时间", "Arrived"), order->arrived_at},
                            {in(sheet, "完工时间", "Finished"), order->finished_at}},
             2, VALUE);
    draw_text_or_lines(sheet, in(sheet, "故障原因", "Cause"), order->cause, 1);
    draw_text_or_lines(sheet, in(sheet, "处理结果", "Work done"), order->solution, 4);
    draw_row(sheet,
             &(Cell){in(sheet, "完工检查", "Checks"),
                     in(sheet, "□ 试水观察 10 分钟　　□ 通电测试　　□ 现场已清理　　□ 旧件已交还",
                        "□ 10 min leak watch    □ Power tested    □ Site cleaned    □ Old parts returned")},
             1, VALUE);
}

static void draw_columns(Sheet *sheet, double height, const Str *texts, TextStyle style, bool is_head)
{
    page_box(sheet->page, LEFT, sheet->y, WIDTH, height, THIN);
    for (size_t i = 0; i < COUNT_OF(COLUMN); i++) {
        double x = i == 0 ? 0 : COLUMN[i - 1], inner = COLUMN[i] - x - 2 * PAD;
        style.align = i >= 3 ? TEXT_RIGHT : i == 1 ? TEXT_LEFT : TEXT_CENTER;
        double tall = page_text_height(sheet->page, inner, style, texts[i]);
        page_text(sheet->page, LEFT + x + PAD, sheet->y + (height - tall) / 2, inner, style, texts[i]);
        if (i + 1 < COUNT_OF(COLUMN))
            page_line(sheet->page, LEFT + COLUMN[i], sheet->y, LEFT + COLUMN[i], sheet->y + height, THIN);
    }
    if (is_head)
        page_line(sheet->page, LEFT, sheet->y + height, RIGHT, sheet->y + height, THICK);
    sheet->y += height;
}

static void draw_columns_head(Sheet *sheet)
{
    const Str heads[] = {
        in(sheet, "序号", "#"),   in(sheet, "项目 / 材料", "Item"),       in(sheet, "单位", "Unit"),
        in(sheet, "数量", "Qty"), in(sheet, "单价（元）", "Price (CNY)"), in(sheet, "金额（元）", "Amount (CNY)")};
    TextStyle style = {.size = 8.5, .bold = true};
    draw_columns(sheet, 18, heads, style, true);
}

static void draw_materials(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;
    TextStyle style = {.size = 9.5}, total = {.size = 12, .bold = true, .align = TEXT_RIGHT};
    double name_width = COLUMN[1] - COLUMN[0] - 2 * PAD;

    draw_section(sheet, in(sheet, "材料与人工", "Materials and labour"));
    draw_columns_head(sheet);
    for (int i = 0; i < order->line_count || i < ROOM_FOR_LINES; i++) {
        const OrderLine *line = i < order->line_count ? &order->lines[i] : &(OrderLine){0};
        bool is_blank = i >= order->line_count;
        double height = larger(19, page_text_height(sheet->page, name_width, style, line->name) + PAD);
        if (sheet->y + height > BOTTOM) {
            turn_over(sheet);
            draw_columns_head(sheet);
        }
        draw_columns(sheet, height,
                     (const Str[]){is_blank ? STR_NONE : str_format(sheet->arena, "%d", i + 1), line->name, line->unit,
                                   line->quantity, is_blank ? STR_NONE : paper_amount(sheet->arena, line->price_fen),
                                   is_blank ? STR_NONE : paper_amount(sheet->arena, line->amount_fen)},
                     style, false);
    }
    need(sheet, 26);
    page_box(sheet->page, LEFT, sheet->y, WIDTH, 26, THICK);
    Str words =
        order->lang == LANG_ZH && order->has_total ? paper_amount_words(sheet->arena, order->total_fen) : STR_NONE;
    Str label = str_format(sheet->arena, "%.*s%.*s", STR_ARG(in(sheet, "合计（大写）：", "Total")), STR_ARG(words));
    page_text(sheet->page, LEFT + PAD, sheet->y + 6, 330, VALUE, label);
    Str amount = order->has_total ? paper_amount(sheet->arena, order->total_fen) : STR_NONE;
    page_text(sheet->page, RIGHT - 150 - PAD, sheet->y + 4, 150, total,
              str_format(sheet->arena, amount.len > 0 ? "¥ %.*s" : "¥ ____________%.*s", STR_ARG(amount)));
    sheet->y += 26;
}

static const Error *draw_signatures(Sheet *sheet)
{
    const WorkOrder *order = sheet->order;
    double half = WIDTH / 2, height = 70;
    TextStyle label = {.size = 8.5};
    Str names[] = {in(sheet, "维修人员签字", "Engineer's signature"),
                   in(sheet, "业主（使用人）验收签字", "Customer's signature on acceptance")};
    Str note = str_format(sheet->arena, "%.*s%s%.*s",
                          STR_ARG(in(sheet, "收费以本单和公示价格为准；维修人员不收取现金。",
                                     "Charges follow this order and the published prices. No cash to the engineer.")),
                          order->note.len > 0 ? " " : "", STR_ARG(order->note));

    need(sheet, 7 + 24 + height + page_text_height(sheet->page, WIDTH, SMALL, note) + 6); /* these stay together */
    sheet->y += 7;
    draw_row(
        sheet,
        &(Cell){in(sheet, "服务评价", "Rating"), in(sheet, "□ 很满意　　□ 满意　　□ 一般　　□ 不满意　　□ 很不满意",
                                                    "□ Very good    □ Good    □ Fair    □ Poor    □ Very poor")},
        1, VALUE);
    for (int i = 0; i < 2; i++) {
        double x = LEFT + i * half;
        page_box(sheet->page, x, sheet->y, half, height, THIN);
        page_text(sheet->page, x + PAD, sheet->y + 3, half - 2 * PAD, label, names[i]);
        page_text(sheet->page, x + half - 130, sheet->y + height - 17, 126, label,
                  in(sheet, "日期：______年____月____日", "Date: __________________"));
    }
    if (order->signature.len > 0)
        TRY(page_picture(sheet->arena, sheet->page, LEFT + half + 14, sheet->y + 16, half - 150, height - 22,
                         order->signature));
    sheet->y += height + 5;
    sheet->y += page_text(sheet->page, LEFT, sheet->y, WIDTH, SMALL, note);
    draw_foot(sheet);
    return OK;
}
