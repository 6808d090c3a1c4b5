/* paper_demand.c: a written demand (催缴函) and a lawyer's letter (律师函): addressed, a table of what is owed, and what can be done about it. */
#include "kernel/paper_page.h"

#define MARGIN (25 * MM)
#define WIDTH (A4_WIDTH - 2 * MARGIN)
#define BOTTOM (A4_HEIGHT - 22 * MM)
#define QR_SIDE (24 * MM)
#define SIZE 11.0
#define MOST_PAGES 20
#define COLUMNS 5

typedef struct {
    Page page;
    Arena *arena;
    const DemandPaper *demand;
    double y;
    bool is_too_long;
} Sheet;

/* Shares of the width: what for, due, amount, open, late fee. */
static const double shares[COLUMNS] = {0.38, 0.17, 0.15, 0.15, 0.15};

static void close_sheet(Sheet *sheet)
{
    page_close(&sheet->page);
}

static Str word(const Sheet *sheet, const char *zh, const char *en)
{
    return str_of(sheet->demand->lang == LANG_ZH ? zh : en);
}

/* 2026年11月30日 */
static Str day(const Sheet *sheet, Date date)
{
    return str_format(sheet->arena, sheet->demand->lang == LANG_ZH ? "%d年%d月%d日" : "%04d-%02d-%02d", date / 10000, date / 100 % 100, date % 100);
}

static void foot(Sheet *sheet)
{
    TextStyle style = {.size = 8.5, .align = TEXT_CENTER};

    (void)page_text(&sheet->page, MARGIN, A4_HEIGHT - 14 * MM, WIDTH, style,
                    str_format(sheet->arena, "%.*s　%.*s　%d", STR_ARG(sheet->demand->no), STR_ARG(page_time(sheet->arena, sheet->demand->printed_at, sheet->demand->zone_min)),
                               sheet->page.number));
}

/* So much must fit on the page, or it goes overleaf. */
static void room(Sheet *sheet, double height)
{
    if (sheet->y + height <= BOTTOM)
        return;
    sheet->is_too_long = sheet->is_too_long || sheet->page.number == MOST_PAGES;
    if (sheet->is_too_long)
        return;
    page_next(&sheet->page);
    sheet->y = MARGIN;
    foot(sheet);
}

static void paragraph(Sheet *sheet, TextStyle style, Str text)
{
    if (text.len == 0)
        return;
    room(sheet, page_text_height(&sheet->page, WIDTH, style, text));
    sheet->y += page_text(&sheet->page, MARGIN, sheet->y, WIDTH, style, text) + style.size * 0.55;
}

static void say(Sheet *sheet, Str text)
{
    paragraph(sheet, (TextStyle){.size = SIZE}, sheet->demand->lang == LANG_ZH && text.len > 0 ? str_join(sheet->arena, STR("　　"), text) : text);
}

static void cells(Sheet *sheet, bool bold, const Str *texts)
{
    double x = MARGIN, most = 0;

    for (int i = 0; i < COLUMNS; i++) {
        double height = page_text_height(&sheet->page, WIDTH * shares[i] - 2 * MM, (TextStyle){.size = 9.5, .bold = bold}, texts[i]);
        most = height > most ? height : most;
    }
    room(sheet, most + 2 * MM);
    for (int i = 0; i < COLUMNS; i++) {
        TextStyle style = {.size = 9.5, .bold = bold, .align = i >= 2 ? TEXT_RIGHT : TEXT_LEFT};
        (void)page_text(&sheet->page, x, sheet->y + 1 * MM, WIDTH * shares[i] - 2 * MM, style, texts[i]);
        x += WIDTH * shares[i];
    }
    sheet->y += most + 2 * MM;
    page_line(&sheet->page, MARGIN, sheet->y, MARGIN + WIDTH, sheet->y, 0.4);
}

static Str fen(const Sheet *sheet, int64_t amount)
{
    return paper_amount(sheet->arena, amount);
}

/* What is owed, item by item; gives the sums. */
static void draw_table(Sheet *sheet, int64_t *open, int64_t *late)
{
    const DemandPaper *demand = sheet->demand;

    *open = *late = 0;
    cells(sheet, true, (const Str[COLUMNS]){word(sheet, "项目和期间", "Item and period"), word(sheet, "应缴日", "Due"), word(sheet, "应缴（元）", "Amount (yuan)"),
                                            word(sheet, "未缴（元）", "Open (yuan)"), word(sheet, "违约金（元）", "Late fee (yuan)")});
    for (int i = 0; i < demand->line_count && !sheet->is_too_long; i++) {
        const DemandLine *line = &demand->lines[i];
        cells(sheet, false, (const Str[COLUMNS]){line->title, day(sheet, line->due), fen(sheet, line->amount_fen), fen(sheet, line->open_fen), fen(sheet, line->late_fen)});
        *open += line->open_fen;
        *late += line->late_fen;
    }
    cells(sheet, true, (const Str[COLUMNS]){word(sheet, "合计", "Total"), STR(""), STR(""), fen(sheet, *open), fen(sheet, *late)});
    sheet->y += 3 * MM;
}

static void draw_head(Sheet *sheet)
{
    const DemandPaper *demand = sheet->demand;
    Str title = demand->by_lawyer ? word(sheet, "律 师 函", "Lawyer’s letter") : word(sheet, "费 用 催 缴 函", "Demand for payment");

    foot(sheet);
    if (!demand->by_lawyer)
        paragraph(sheet, (TextStyle){.size = 12, .align = TEXT_CENTER}, demand->org);
    paragraph(sheet, (TextStyle){.size = 22, .bold = true, .align = TEXT_CENTER, .tag = "H1"}, title);
    paragraph(sheet, (TextStyle){.size = 9.5, .align = TEXT_RIGHT}, str_format(sheet->arena, "%.*s %.*s", STR_ARG(word(sheet, "编号", "No.")), STR_ARG(demand->no)));
    paragraph(sheet, (TextStyle){.size = 12, .bold = true},
              str_format(sheet->arena, demand->lang == LANG_ZH ? "致：%.*s（%.*s %.*s）" : "To %.*s (%.*s %.*s)",
                         STR_ARG(demand->payer.len > 0 ? demand->payer : word(sheet, "业主", "the owner")), STR_ARG(demand->project), STR_ARG(demand->house)));
}

static void draw_opening(Sheet *sheet)
{
    const DemandPaper *demand = sheet->demand;
    Str on = day(sheet, demand->on);

    if (demand->by_lawyer)
        say(sheet, str_format(sheet->arena, demand->lang == LANG_ZH ? "本所受%.*s委托，就上述房屋的费用函告：截至%.*s，下列费用已过应缴日，尚未缴纳。"
                                                                     : "On behalf of %.*s we write about the fees of this home: as of %.*s the following are past their due day and open.",
                              STR_ARG(demand->org), STR_ARG(on)));
    else
        say(sheet, str_format(sheet->arena, demand->lang == LANG_ZH ? "您好！感谢您一直以来对我们工作的支持。截至%.*s，上述房屋的下列费用已过应缴日，尚未缴纳，特此函告。"
                                                                     : "Thank you for your support of our work. As of %.*s the following fees of this home are past their due day and open.",
                              STR_ARG(on)));
}

static void draw_ways(Sheet *sheet, int64_t total)
{
    const DemandPaper *demand = sheet->demand;
    bool zh = demand->lang == LANG_ZH;
    Arena *arena = sheet->arena;

    say(sheet, str_format(arena, zh ? "以上合计 %.*s 元（大写：%.*s），违约金计到%.*s。请在%.*s前缴清。" : "Together %.*s yuan (%.*s), with the late fee up to %.*s. Please pay by %.*s.",
                          STR_ARG(fen(sheet, total)), STR_ARG(paper_amount_words(arena, total)), STR_ARG(day(sheet, demand->on)), STR_ARG(day(sheet, demand->deadline))));
    say(sheet, str_format(arena, zh ? "缴费方式：%s%s%.*s" : "How to pay: %s%s%.*s",
                          demand->qr_url.len > 0 ? (zh ? "用手机扫描下方二维码查看账单；" : "scan the code below to see the bill; ") : "",
                          zh ? "到物业服务中心前台缴纳。" : "at the front desk of the property office. ", STR_ARG(demand->pay_how)));
    say(sheet, word(sheet, "对上述费用有异议的，请在上述期限内告知，我们会核查并答复；异议成立的，核查期间不计违约金。一次缴清确有困难的，可以来商定分期。",
                    "If you dispute any of it, tell us by then: it will be looked into and answered, and where you are right those days bear no late fee. If you cannot pay at once, "
                    "come and agree on instalments."));
    if (demand->by_lawyer)
        say(sheet, word(sheet, "业主应当按照约定支付物业费（《民法典》第九百四十四条）。期限届满仍未缴纳，也未提出异议或商定分期的，委托人可以依法申请调解、仲裁或提起诉讼。",
                        "Owners pay their fees as agreed (Civil Code, art. 944). If by then nothing is paid, disputed or agreed, our client may ask for mediation, arbitration or a judgement."));
    say(sheet, word(sheet, "收到本函前已经缴清的，请不必理会本函，并请接受我们的谢意。", "If you have paid already, please disregard this letter, with our thanks."));
}

static const Error *draw_end(Sheet *sheet)
{
    const DemandPaper *demand = sheet->demand;
    bool zh = demand->lang == LANG_ZH;
    TextStyle right = {.size = SIZE, .align = TEXT_RIGHT}, small = {.size = 9.5};
    double top;

    room(sheet, QR_SIDE + 16 * MM);
    sheet->y += 6 * MM;
    top = sheet->y;
    if (demand->qr_url.len > 0)
        TRY(page_qr(sheet->arena, &sheet->page, MARGIN, top, QR_SIDE, demand->qr_url));
    if (demand->by_lawyer) {
        paragraph(sheet, right, word(sheet, "____________________ 律师事务所（盖章）", "Law office ____________________ (seal)"));
        paragraph(sheet, right, word(sheet, "承办律师 ____________　执业证号 ______________", "Lawyer ____________  licence no. ______________"));
    } else {
        paragraph(sheet, right, str_format(sheet->arena, zh ? "%.*s（盖章）" : "%.*s (seal)", STR_ARG(demand->org)));
        paragraph(sheet, right, demand->project);
    }
    paragraph(sheet, right, day(sheet, demand->on));
    if (sheet->y < top + QR_SIDE + 3 * MM && demand->qr_url.len > 0)
        sheet->y = top + QR_SIDE + 3 * MM;
    paragraph(sheet, small, str_format(sheet->arena, "%s%.*s　%s%.*s", demand->address.len > 0 ? (zh ? "地址：" : "Address: ") : "", STR_ARG(demand->address),
                                       demand->phone.len > 0 ? (zh ? "电话：" : "Phone: ") : "", STR_ARG(demand->phone)));
    return OK;
}

const Error *paper_demand(Arena *arena, const DemandPaper *demand, PaperSink sink)
{
    AUTO(close_sheet) Sheet sheet = {.arena = arena, .demand = demand, .y = MARGIN};
    int64_t open, late;

    TRY(page_open(arena, &sheet.page, sink, str_format(arena, "%.*s %.*s", STR_ARG(demand->by_lawyer ? word(&sheet, "律师函", "Lawyer’s letter") : word(&sheet, "催缴函", "Demand")),
                                                       STR_ARG(demand->no)),
                  demand->org, demand->printed_at, demand->zone_min));
    draw_head(&sheet);
    draw_opening(&sheet);
    draw_table(&sheet, &open, &late);
    draw_ways(&sheet, open + late);
    TRY(draw_end(&sheet));
    if (sheet.is_too_long)
        return error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    return page_finish(arena, &sheet.page);
}
