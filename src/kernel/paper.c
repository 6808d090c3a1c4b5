/* paper.c: sinks, QR codes and amounts; the papers themselves are in paper_order.c and paper_labels.c. */
#include "kernel/paper.h"

#include "kernel/image.h"
#include "kernel/paper_page.h"

#include <assert.h>
#include <errno.h>
#include <unistd.h>

#define QUIET 4 /* modules of white around a QR code: ISO/IEC 18004, 6.3.8 */

static bool write_to_buf(void *self, Str bytes)
{
    buf_add(self, bytes);
    return !buf_is_full(self);
}

PaperSink paper_to_buf(Buf *buf)
{
    return (PaperSink){write_to_buf, buf};
}

static bool write_to_fd(void *self, Str bytes)
{
    int fd = (int)(intptr_t)self;
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.ptr, (size_t)bytes.len);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes = str_cut(bytes, done, bytes.len);
    }
    return true;
}

PaperSink paper_to_fd(int fd)
{
    return (PaperSink){write_to_fd, (void *)(intptr_t)fd};
}

static void qr_free(QRcode **qr)
{
    if (*qr != NULL)
        QRcode_free(*qr);
}

const Error *paper_qr_png(Arena *arena, Str text, int module_px, Str *out)
{
    assert(1 <= module_px && module_px <= 40);
    AUTO(qr_free) QRcode *qr = NULL;

    TRY(qr_make(arena, text, &qr));
    int side = (qr->width + 2 * QUIET) * module_px;
    size_t stride = (size_t)side * 4;
    unsigned char *rgba = mem_alloc(stride * (size_t)side);
    memset(rgba, 255, stride * (size_t)side);
    for (int y = 0; y < qr->width * module_px; y++)
        for (int x = 0; x < qr->width * module_px; x++)
            if (qr->data[y / module_px * qr->width + x / module_px] & 1)
                memset(rgba + (size_t)(y + QUIET * module_px) * stride + (size_t)(x + QUIET * module_px) * 4, 0, 3);
    *out = image_to_png(arena, &(Pixels){side, side, rgba});
    mem_free(rgba);
    return OK;
}

const Error *paper_qr_svg(Arena *arena, Str text, Str *out)
{
    AUTO(qr_free) QRcode *qr = NULL;

    TRY(qr_make(arena, text, &qr));
    int side = qr->width + 2 * QUIET;
    Buf svg = buf_new(arena, 1 << 20);
    buf_format(&svg,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\">"
               "<path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
               side, side, side, side);
    for (int y = 0; y < qr->width; y++)
        for (int x = 0, end; x < qr->width; x = end) {
            const unsigned char *row = qr->data + y * qr->width;
            for (end = x + 1; end < qr->width && (row[end] & 1) == (row[x] & 1);)
                end++;
            if (row[x] & 1)
                buf_format(&svg, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, end - x, end - x);
        }
    buf_add_c(&svg, "\"/></svg>");
    *out = buf_str(&svg);
    return OK;
}

Str paper_amount(Arena *arena, int64_t fen)
{
    uint64_t amount = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;
    Buf yuan = buf_new(arena, 32), text = buf_new(arena, 40);

    buf_int(&yuan, (int64_t)(amount / 100));
    if (fen < 0)
        buf_char(&text, '-');
    for (ptrdiff_t i = 0; i < yuan.len; i++) {
        if (i > 0 && (yuan.len - i) % 3 == 0)
            buf_char(&text, ',');
        buf_char(&text, yuan.ptr[i]);
    }
    buf_format(&text, ".%02d", (int)(amount % 100));
    return buf_str(&text);
}

/* 正确填写票据和结算凭证的基本规定 (支付结算办法, annex 1): zeros between digits are read once; 整 after yuan and
 * jiao. */
Str paper_amount_words(Arena *arena, int64_t fen)
{
    static const char *const DIGITS[] = {"零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"};
    static const char *const PLACES[] = {"", "拾", "佰", "仟"};
    static const char *const GROUPS[] = {"元", "万", "亿"};
    if (fen <= -100000000000000 || fen >= 100000000000000)
        return STR_NONE;
    Buf text = buf_new(arena, 200);
    int64_t amount = fen < 0 ? -fen : fen, yuan = amount / 100;
    bool zero_is_due = false, group_has_digits = false;
    int64_t power = 100000000000; /* twelve digits: three groups of four */

    if (fen < 0)
        buf_add_c(&text, "负");
    for (int place = 11; place >= 0; place--, power /= 10) {
        int digit = (int)(yuan / power % 10);
        if (digit == 0) {
            zero_is_due |= yuan / power > 0;
        } else {
            if (zero_is_due)
                buf_add_c(&text, "零");
            buf_add_c(&text, DIGITS[digit]);
            buf_add_c(&text, PLACES[place % 4]);
            zero_is_due = false;
            group_has_digits = true;
        }
        if (place % 4 == 0 && (group_has_digits || (place == 0 && yuan > 0))) {
            buf_add_c(&text, GROUPS[place / 4]);
            group_has_digits = false;
        }
    }
    int jiao = (int)(amount / 10 % 10), cent = (int)(amount % 10);
    if (yuan == 0 && jiao == 0 && cent == 0)
        buf_add_c(&text, "零元");
    if (jiao > 0) {
        buf_format(&text, "%s角", DIGITS[jiao]);
    } else if (cent > 0 && yuan > 0) {
        buf_add_c(&text, "零");
    }
    if (cent > 0)
        buf_format(&text, "%s分", DIGITS[cent]);
    else
        buf_add_c(&text, "整");
    return buf_str(&text);
}
