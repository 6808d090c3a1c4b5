/* poster.c: 张贴, a notice on paper (card P09, post paper): who puts it up photographs each board within a limit, and takes it down when it is over. */
#include "kernel/message.h"
#include "modules/notice/notice_parts.h"

static bool is_on_paper(const Record *notice)
{
    return words_hold(record_text(notice, "channels"), "paper");
}

const Error *poster_expect(Cx *cx, Record *notice)
{
    int64_t minutes;

    if (!is_on_paper(notice))
        return OK;
    TRY(rule_value(cx, "notice.post_minutes", &minutes));
    record_set_int(notice, "due_post_at", cx->now + minutes * MINUTE);
    return message_action(cx, notice, "to_post", "待张贴", "To be put up", TELL_DESK);
}

bool poster_hangs(const Cx *cx, const Record *notice)
{
    (void)cx;
    return !record_is_null(notice, "posted_at") && record_is_null(notice, "taken_down_at");
}

const Error *poster_is_over(Cx *cx, const Record *notice)
{
    return poster_hangs(cx, notice) ? message_action(cx, notice, "to_take_down", "纸质通知待取下", "To be taken down", TELL_DESK) : OK;
}

bool poster_is_due(const Cx *cx, const Record *notice)
{
    (void)cx;
    return is_on_paper(notice) && !poster_hangs(cx, notice);
}

/* One board after the other: the photos of each time are kept. */
const Error *poster_put_up(Cx *cx, Record *notice, const Asked *asked)
{
    static const char FIELD[] = "paper_photos";
    const Value *before = &notice->before[meta_field(notice->meta, str_of(FIELD))->at];
    Str now = asked_text(asked, FIELD);

    if (before->kind == V_TEXT) /* [1,2] and [3] */
        record_set_text(notice, FIELD, str_format(cx->arena, "%.*s,%.*s", STR_ARG(str_cut(before->s, 0, before->s.len - 1)), STR_ARG(str_cut(now, 1, now.len))));
    if (record_is_null(notice, "posted_at")) {
        record_set_int(notice, "posted_at", cx->now);
        record_set_int(notice, "post_late", cx->now > record_int(notice, "due_post_at"));
    }
    record_set_null(notice, "taken_down_at");
    return OK;
}

const Error *poster_take_down(Cx *cx, Record *notice, const Asked *asked)
{
    (void)asked;
    record_set_int(notice, "taken_down_at", cx->now);
    return OK;
}

const Error *poster_is_late(Cx *cx, Record *notice, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_int(notice, "post_late", 1);
    return OK;
}
