/* paper_test.c: what is printed says what it should, and can be searched. Text is read back with pdftotext
 * (Debian: poppler-utils). */
#include "kernel/paper.h"

#include "kernel/image.h"
#include "kernel/paper_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define BUDGET ((size_t)64 << 20)
#define NOON_ON_25_NOV (1795579200 * SECOND) /* 2026-11-25 12:00 in China */

#define WORDS(literal)                                                                                                 \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    } /* STR is no constant in a static table */

static const OrderLine LINES[] = {
    {WORDS("更换厨房抽拉龙头"), WORDS("个"), WORDS("1"), 6000, 6000},
    {WORDS("生料带、密封圈"), WORDS("批"), WORDS("1.5"), 123450, 185175},
};

static WorkOrder an_order(void)
{
    return (WorkOrder){
        .org = STR("安居物业服务有限公司"),
        .project = STR("桃源花苑"),
        .no = STR("BX-TYHY-20261123-0007"),
        .state = STR("待上门"),
        .urgency = STR("紧急"),
        .category = STR("给排水"),
        .payer = STR("业主"),
        .place = STR("3-2-1501"),
        .reporter = STR("张建国"),
        .phone = STR("138****1234"),
        .appointment = STR("2026-11-24 09:00"),
        .respond_by = STR("11-23 14:17"),
        .engineer = STR("李师傅"),
        .title = STR("厨房龙头漏水"),
        .description = STR("底部一直滴水，橱柜下面有积水。"),
        .lines = LINES,
        .line_count = COUNT_OF(LINES),
        .has_total = true,
        .total_fen = 191175,
        .note = STR("维修质保 90 天。"),
        .qr_url = STR("https://anju.example.cn/r/BX-TYHY-20261123-0007"),
        .printed_at = NOON_ON_25_NOV,
        .zone_min = ZONE_CHINA,
    };
}

/* The text of a PDF as a reader finds it, pages ended by form feeds. */
static Str text_of(Arena *arena, Str pdf)
{
    char path[] = "/tmp/anju-paper-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, pdf.ptr, (size_t)pdf.len) == pdf.len);
    assert_int_equal(close(fd), 0);

    FILE *pipe = popen(str_to_c(arena, str_format(arena, "pdftotext -layout %s -", path)), "r");
    char *text = arena_alloc(arena, 1 << 20);
    size_t len = pipe == NULL ? 0 : fread(text, 1, 1 << 20, pipe);
    int result = pipe == NULL ? -1 : pclose(pipe);
    (void)unlink(path); /* a left file in /tmp is no failure */
    if (result != 0)
        fail_msg("pdftotext does not work: is poppler-utils installed?");
    return (Str){text, (ptrdiff_t)len};
}

static int count(Str text, Str what)
{
    int n = 0;
    for (ptrdiff_t at; (at = str_find(text, what)) >= 0; n++)
        text = str_cut(text, at + what.len, text.len);
    return n;
}

static void check_says(Str text, const char *what)
{
    if (str_find(text, str_of(what)) < 0)
        fail_msg("\"%s\" is not on the paper:\n%.*s", what, STR_ARG(text));
}

static Str print(Arena *arena, const WorkOrder *order)
{
    Buf pdf = buf_new(arena, 8 << 20);
    assert_null(paper_work_order(arena, order, paper_to_buf(&pdf)));
    assert_int_equal(image_sniff(buf_str(&pdf)), FILE_PDF);
    return buf_str(&pdf);
}

static void an_order_can_be_searched_in_chinese(void **state)
{
    static const char *const words[] = {
        "安居物业服务有限公司",
        "维修工单",
        "桃源花苑",
        "BX-TYHY-20261123-0007",
        "待上门",
        "紧急",
        "给排水",
        "业主",
        "3-2-1501",
        "张建国",
        "138****1234",
        "2026-11-24 09:00",
        "11-23 14:17",
        "李师傅",
        "厨房龙头漏水",
        "底部一直滴水，橱柜下面有积水。",
        "更换厨房抽拉龙头",
        "生料带、密封圈",
        "60.00",
        "1.5",
        "1,234.50",
        "1,851.75",
        "¥ 1,911.75",
        "壹仟玖佰壹拾壹元柒角伍分",
        "维修人员签字",
        "业主（使用人）验收签字",
        "维修质保 90 天。",
        "第 1 页，共 1 页",
        "打印时间 2026-11-25 12:00",
        "故障原因",
        "处理结果",
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = an_order();
    (void)state;

    Str text = text_of(arena, print(arena, &order));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        check_says(text, words[i]);
    assert_int_equal(count(text, STR("补打")), 0);
    order.is_reprint = true;
    assert_int_equal(count(text_of(arena, print(arena, &order)), STR("补打")), 1);
}

static void an_english_order_has_no_chinese_labels(void **state)
{
    static const char *const words[] = {
        "Work order",   "Reported by",          "Appointment", "Finish by", "Materials and labour",
        "Amount (CNY)", "Customer's signature", "Page 1 of 1", "Checks",    "Rating"};
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = {
        .lang = LANG_EN, .no = STR("BX-1"), .project = STR("Taoyuan Garden"), .printed_at = NOON_ON_25_NOV};
    (void)state;

    Str text = text_of(arena, print(arena, &order));
    for (size_t i = 0; i < COUNT_OF(words); i++)
        check_says(text, words[i]);
    for (ptrdiff_t at = 0, c; (c = utf8_next(text, &at)) >= 0;)
        assert_false(0x4e00 <= c && c <= 0x9fff);
}

/* Nothing is lost where a page ends, neither of a long description nor of a long table; the signatures come last. */
static void a_long_order_flows_over_pages(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = an_order();
    Buf description = buf_new(arena, 1 << 20);
    OrderLine *lines = new (arena, OrderLine, 60);
    (void)state;

    for (int i = 1; i <= 90; i++)
        buf_format(&description, "第（%d）次反映：管道接头处持续渗水，已经影响楼下住户的天花板和灯具，请尽快处理。\n",
                   i);
    for (int i = 0; i < 60; i++)
        lines[i] = (OrderLine){str_format(arena, "材料〔%d〕", i + 1), STR("个"), STR("1"), 100, 100};
    order.description = buf_str(&description);
    order.lines = lines;
    order.line_count = 60;

    Str text = text_of(arena, print(arena, &order));
    for (int i = 1; i <= 90; i++)
        assert_int_equal(count(text, str_format(arena, "第（%d）次", i)), 1);
    for (int i = 1; i <= 60; i++)
        assert_int_equal(count(text, str_format(arena, "材料〔%d〕", i)), 1);
    int pages = count(text, STR("\f"));
    assert_true(pages >= 4);
    for (int i = 1; i <= pages; i++)
        assert_int_equal(count(text, str_format(arena, "第 %d 页，共 %d 页", i, pages)), 1);
    assert_int_equal(count(text, STR("维修工单（续）")), pages - 1);
    assert_true(str_find(text, STR("维修人员签字")) > str_find(text, STR("材料〔60〕")));
}

static void an_order_without_end_is_refused(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = an_order();
    Buf pdf = buf_new(arena, 8 << 20);
    char *text = arena_alloc(arena, 20001);
    (void)state;

    memset(text, 'x', 20001);
    order.description = (Str){text, 20001};
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&pdf))->code, ERR_TOO_LARGE);
    for (int i = 1; i < 10000; i += 2)
        text[i] = '\n';
    order.description = (Str){text, 10000}; /* 5,000 lines */
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&pdf))->code, ERR_TOO_LARGE);
    order.description = STR_NONE;
    order.line_count = 501;
    order.lines = new (arena, OrderLine, 501);
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&pdf))->code, ERR_TOO_LARGE);
    assert_int_equal(pdf.len, 0); /* counted first: nothing was sent */
}

static void a_signature_is_drawn_and_a_broken_one_refused(void **state)
{
    static unsigned char black[40 * 20 * 4];
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = an_order();
    Buf pdf = buf_new(arena, 8 << 20);
    (void)state;

    for (size_t i = 3; i < sizeof black; i += 8)
        black[i] = 255;
    Str without = print(arena, &order);
    order.signature = image_to_png(arena, &(Pixels){40, 20, black});
    Str with = print(arena, &order);
    assert_int_equal(count(without, STR("/Subtype /Image")), 0);
    assert_true(count(with, STR("/Subtype /Image")) >= 1);

    order.signature = str_cut(order.signature, 0, order.signature.len / 2);
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&pdf))->code, ERR_INVALID);
    order.signature = STR("not a picture");
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&pdf))->code, ERR_MEDIA_TYPE);
}

static bool refuse_all(void *self, Str bytes)
{
    (void)bytes;
    ++*(int *)self;
    return false;
}

/* How black a paper of one page is. */
static int64_t ink_of(Arena *arena, Str pdf)
{
    char path[] = "/tmp/anju-paper-XXXXXX", *pixels = arena_alloc(arena, 4 << 20);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_true(write(fd, pdf.ptr, (size_t)pdf.len) == pdf.len);
    assert_int_equal(close(fd), 0);

    FILE *pipe = popen(str_to_c(arena, str_format(arena, "pdftoppm -gray -r 72 -singlefile %s", path)), "r");
    size_t len = pipe == NULL ? 0 : fread(pixels, 1, 4 << 20, pipe);
    int result = pipe == NULL ? -1 : pclose(pipe);
    int64_t ink = 0;
    (void)unlink(path); /* a left file in /tmp is no failure */
    assert_int_equal(result, 0);
    for (size_t i = 20; i < len; i++)
        ink += 255 - (unsigned char)pixels[i];
    return ink;
}

static Str page_of(Arena *arena, const char *words, bool bold)
{
    Buf pdf = buf_new(arena, 1 << 20);
    Page page;
    assert_null(page_open(arena, &page, paper_to_buf(&pdf), STR("x"), STR("x"), 0, 0));
    (void)page_text(&page, 100, 100, 300, (TextStyle){.size = 40, .bold = bold}, str_of(words)); /* its height is not needed */
    assert_null(page_finish(arena, &page));
    page_close(&page);
    return buf_str(&pdf);
}

/* cairo leaves its outline out of the embedded font. */
static void a_character_alone_on_a_paper_is_drawn(void **state)
{
    static const char *const words[] = {"如", "好", "中 如", "中"};
    (void)state;

    for (int bold = 0; bold < 2; bold++) {
        AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
        int64_t ink[COUNT_OF(words)];
        for (size_t i = 0; i < COUNT_OF(words); i++)
            ink[i] = ink_of(arena, page_of(arena, words[i], bold));
        assert_true(ink[0] > ink[1] / 2 && ink[0] < ink[1] * 2); /* as another of as many strokes */
        assert_true(ink[2] > ink[3] * 3 / 2);
        check_says(text_of(arena, page_of(arena, words[2], bold)), "如");
    }
}

static void a_sink_that_stops_is_told(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    WorkOrder order = an_order();
    int calls = 0;
    Buf small = buf_new(arena, 5000);
    (void)state;

    assert_int_equal(paper_work_order(arena, &order, (PaperSink){refuse_all, &calls})->code, ERR_UNAVAILABLE);
    assert_int_equal(calls, 1);
    assert_int_equal(paper_work_order(arena, &order, paper_to_buf(&small))->code, ERR_UNAVAILABLE);
    assert_int_equal(paper_work_order(arena, &order, paper_to_fd(-1))->code, ERR_UNAVAILABLE);
}

typedef struct {
    int next, count;
    char house[32], code[32], url[64];
} Labels;

static bool next_label(void *self, ClaimLabel *label)
{
    Labels *labels = self;
    if (labels->next == labels->count)
        return false;
    int i = labels->next++;
    (void)snprintf(labels->house, sizeof labels->house, "7-%d-%d01", i % 3 + 1, i + 1);
    (void)snprintf(labels->code, sizeof labels->code, "K7PM%04dXQ3D", i);
    (void)snprintf(labels->url, sizeof labels->url, "https://anju.example.cn/claim#%s", labels->code);
    *label = (ClaimLabel){str_of(labels->house), str_of(labels->code), str_of(labels->url)};
    return true;
}

static const ClaimSheet SHEET = {
    WORDS("安居物业"), WORDS("桃源花苑"), WORDS("2026-12-31"), NOON_ON_25_NOV, ZONE_CHINA,
};

static void each_home_gets_one_label_ten_on_a_page(void **state)
{
    static const struct {
        int labels, pages;
    } rows[] = {{1, 1}, {10, 1}, {11, 2}, {23, 3}};
    (void)state;

    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
        Labels labels = {.count = rows[r].labels};
        Buf pdf = buf_new(arena, 8 << 20);
        assert_null(paper_claim_sheet(arena, &SHEET, next_label, &labels, paper_to_buf(&pdf)));
        Str text = text_of(arena, buf_str(&pdf));
        assert_int_equal(count(text, STR("\f")), rows[r].pages);
        for (int i = 0; i < rows[r].labels; i++) {
            assert_int_equal(count(text, str_format(arena, "K7PM %04d XQ3D", i)), 1);
            assert_int_equal(count(text, str_format(arena, "7-%d-%d01", i % 3 + 1, i + 1)), 1);
        }
        assert_int_equal(count(text, STR("即可认领本房屋")), rows[r].labels);
        assert_int_equal(count(text, STR("to claim this home")), rows[r].labels);
        assert_int_equal(count(text, STR("2026-12-31")), rows[r].labels);
    }
}

static bool swallow(void *self, Str bytes)
{
    *(int64_t *)self += bytes.len;
    return true;
}

static void a_whole_project_takes_no_more_memory(void **state)
{
    AUTO(arena_close_at) Arena *few = arena_open(BUDGET);
    AUTO(arena_close_at) Arena *many = arena_open(BUDGET);
    Labels ten = {.count = 10}, more = {.count = 150};
    int64_t few_bytes = 0, many_bytes = 0;
    (void)state;

    assert_null(paper_claim_sheet(few, &SHEET, next_label, &ten, (PaperSink){swallow, &few_bytes}));
    assert_null(paper_claim_sheet(many, &SHEET, next_label, &more, (PaperSink){swallow, &many_bytes}));
    assert_int_equal(arena_used(few), arena_used(many));
    assert_true(many_bytes > few_bytes);
}

static void a_qr_code_is_black_and_white_with_a_quiet_zone(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    Pixels pixels;
    Str png, svg;
    char *long_text = new (arena, char, 2001);
    (void)state;

    assert_null(paper_qr_png(arena, STR("https://anju.example.cn"), 3, &png));
    assert_null(image_pixels(arena, png, IMAGE_MAX_SIDE, &pixels));
    assert_int_equal(pixels.width, pixels.height);
    assert_int_equal((pixels.width / 3 - 8 - 17) % 4, 0); /* ISO/IEC 18004: 4 V + 17 modules */
    for (int i = 0; i < pixels.width / 3; i++) { /* along the first row of modules: quiet, a finder's 7 black, white */
        const unsigned char *at = pixels.rgba + ((size_t)(4 * 3) * (size_t)pixels.width + (size_t)(i * 3)) * 4;
        if (i < 4 || i == 11 || i >= pixels.width / 3 - 4)
            assert_int_equal(at[0], 255);
        if (i >= 4 && i < 11)
            assert_int_equal(at[0], 0);
    }
    assert_null(paper_qr_svg(arena, STR("https://anju.example.cn"), &svg));
    assert_true(str_starts(svg, STR("<svg ")) && str_ends(svg, STR("</svg>")));
    assert_true(str_find(svg, STR("M4 4h7v1h-7z")) > 0);

    memset(long_text, 'a', 2001);
    assert_null(paper_qr_svg(arena, (Str){long_text, 2000}, &svg));
    assert_int_equal(paper_qr_svg(arena, (Str){long_text, 2001}, &svg)->code, ERR_TOO_LARGE);
    assert_int_equal(paper_qr_png(arena, STR_NONE, 3, &png)->code, ERR_TOO_LARGE);
}

static Str print_receipt(Arena *arena, const ReceiptPaper *receipt)
{
    Buf pdf = buf_new(arena, 8 << 20);
    assert_null(paper_receipt(arena, receipt, paper_to_buf(&pdf)));
    return text_of(arena, buf_str(&pdf));
}

/* Both sizes say the same; what holds for some only is said of those only. */
static void a_receipt_says_what_was_paid(void **state)
{
    static const char *const words[] = {"安居物业服务有限公司", "桃源花苑", "收据", "TYHY-01-000123", "3-2-1501", "张建国", "卫收费", "2026-11-25 12:00", "物业服务费 2026-10", "314.58",
                                        "571.12", "¥ 885.70", "捌佰捌拾伍元柒角整", "现金", "900.00", "14.30"};
    static const ReceiptLine lines[] = {{WORDS("物业服务费 2026-10"), 31458}, {WORDS("水费 2026-10"), 57112}};
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    ReceiptPaper receipt = {.org = STR("安居物业服务有限公司"), .project = STR("桃源花苑"), .no = STR("TYHY-01-000123"), .house = STR("3-2-1501"), .payer = STR("张建国"),
                            .method = STR("现金"), .cashier = STR("卫收费"), .lines = lines, .line_count = 2, .total_fen = 88570, .given_fen = 90000, .change_fen = 1430,
                            .received_at = NOON_ON_25_NOV, .printed_at = NOON_ON_25_NOV, .zone_min = ZONE_CHINA};
    (void)state;

    for (int roll = 0; roll < 2; roll++) {
        receipt.is_roll = roll == 1;
        receipt.is_reprint = receipt.is_void = false;
        Str text = print_receipt(arena, &receipt);
        for (size_t i = 0; i < COUNT_OF(words); i++)
            check_says(text, words[i]);
        assert_int_equal(count(text, STR("补打")) + count(text, STR("作废")) + count(text, STR("已退")), 0);
        assert_int_equal(count(text, STR("\f")), 1);
        receipt.is_reprint = receipt.is_void = true;
        text = print_receipt(arena, &receipt);
        assert_int_equal(count(text, STR("补打")), 1);
        assert_int_equal(count(text, STR("作废")), 1);
    }
}

/* On A4 it goes on overleaf; a roll is one sheet, however long. */
static void a_long_receipt_is_whole(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    ReceiptLine lines[120];
    ReceiptPaper receipt = {.lang = LANG_EN, .org = STR("Anju"), .no = STR("TYHY-01-000124"), .lines = lines, .line_count = 120, .total_fen = 12000, .zone_min = ZONE_CHINA};
    (void)state;

    for (int i = 0; i < 120; i++)
        lines[i] = (ReceiptLine){str_format(arena, "Line no. %d.", i), 100};
    Str text = print_receipt(arena, &receipt);
    check_says(text, "Line no. 119.");
    assert_true(count(text, STR("\f")) > 1);
    receipt.is_roll = true;
    text = print_receipt(arena, &receipt);
    check_says(text, "Line no. 119.");
    assert_int_equal(count(text, STR("\f")), 1);
}

static void amounts_are_written_as_on_receipts(void **state)
{
    static const struct {
        int64_t fen;
        const char *digits, *words;
    } rows[] = {
        {0, "0.00", "零元整"},
        {1, "0.01", "壹分"},
        {10, "0.10", "壹角整"},
        {105, "1.05", "壹元零伍分"},
        {-123456, "-1,234.56", "负壹仟贰佰叁拾肆元伍角陆分"},
        {88570, "885.70", "捌佰捌拾伍元柒角整"},
        {100000, "1,000.00", "壹仟元整"},
        {10000500, "100,005.00", "壹拾万零伍元整"},
        {1000050000, "10,000,500.00", "壹仟万零伍佰元整"},
        {100000000000, "1,000,000,000.00", "壹拾亿元整"},
        {99999999999999, "999,999,999,999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"},
        {100000000000000, "1,000,000,000,000.00", ""},
        {INT64_MIN, "-92,233,720,368,547,758.08", ""},
    };
    AUTO(arena_close_at) Arena *arena = arena_open(BUDGET);
    (void)state;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        Str digits = paper_amount(arena, rows[i].fen), words = paper_amount_words(arena, rows[i].fen);
        if (!str_is(digits, rows[i].digits) || !str_is(words, rows[i].words))
            fail_msg("row %zu: %.*s %.*s", i, STR_ARG(digits), STR_ARG(words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_order_can_be_searched_in_chinese),
        cmocka_unit_test(an_english_order_has_no_chinese_labels),
        cmocka_unit_test(a_long_order_flows_over_pages),
        cmocka_unit_test(an_order_without_end_is_refused),
        cmocka_unit_test(a_signature_is_drawn_and_a_broken_one_refused),
        cmocka_unit_test(a_character_alone_on_a_paper_is_drawn),
        cmocka_unit_test(a_sink_that_stops_is_told),
        cmocka_unit_test(each_home_gets_one_label_ten_on_a_page),
        cmocka_unit_test(a_whole_project_takes_no_more_memory),
        cmocka_unit_test(a_qr_code_is_black_and_white_with_a_quiet_zone),
        cmocka_unit_test(a_receipt_says_what_was_paid),
        cmocka_unit_test(a_long_receipt_is_whole),
        cmocka_unit_test(amounts_are_written_as_on_receipts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
