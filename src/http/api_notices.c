/* api_notices.c: notices beside what every record has: whom one would reach, who has read it, its poster; and what the outbox
 * could not deliver. */
#include "http/api.h"
#include "kernel/outbox.h"
#include "modules/notice/notice.h"
#include "store/store.h"

#define MAX_PDF_BYTES (16 * 1024 * 1024)

typedef struct {
    Call *call;
    Id project;
    Record *notice;
    NoticePoster poster;
} Work;

static const Error *count_audience(Cx *cx, void *self)
{
    Work *work = self;

    work->call->out.buf.len = 0; /* it may run again */
    work->call->out.comma = false;
    return notice_preview_json(cx, json_object_get(work->call->body, "audience"), work->project, &work->call->out);
}

/* Homes that are named one by one are noted for as long as they are counted; only then does it need the writer. */
static const Error *preview(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    const json_t *audience = json_object_get(call->body, "audience");
    Work work = {.call = call};
    Str project = STR_NONE;

    TRY(call_only_params(cx, call, NULL));
    body_only(cx, call, NAMES("audience", "project"), &problems);
    TRY(body_text(cx, call, "project", false, &project, &problems));
    if (project.len > 0 && !str_to_id(project, &work.project))
        problems_add(&problems, STR("project"), "reference", STR("没有这个项目"), STR("there is no such project"));
    if (audience == NULL)
        problems_add(&problems, STR("audience"), "required", STR("不能缺少"), STR("is required"));
    TRY(problems_error(&problems));
    return notice_names_homes(audience) ? store_write(call->app->store, cx, count_audience, &work) : store_read(call->app->store, cx, count_audience, &work);
}

static const Error *read_limit(Cx *cx, const Call *call, int64_t *limit)
{
    Str text = call_param(call, "limit");

    *limit = 50;
    if (text.ptr == NULL || (str_to_int(text, limit) && *limit >= 1 && *limit <= 500))
        return OK;
    return error_field(cx->arena, STR("limit"), "out_of_range", STR("limit 应在 1 到 500 之间"), STR("limit must be between 1 and 500"));
}

static const Error *get_notice(Cx *cx, Call *call, Record **out)
{
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    return record_get(cx, call->meta, id, out);
}

static const Error *deliveries(Cx *cx, Call *call)
{
    Record *notice;
    int64_t limit;

    TRY(get_notice(cx, call, &notice));
    TRY(call_only_params(cx, call, NAMES("after", "limit", "state")));
    TRY(read_limit(cx, call, &limit));
    return notice_deliveries_json(cx, notice, call_param(call, "state"), call_param(call, "after"), limit, &call->out);
}

static const Error *unread(Cx *cx, Call *call)
{
    Record *notice;
    int64_t limit;

    TRY(get_notice(cx, call, &notice));
    TRY(call_only_params(cx, call, NAMES("after", "limit")));
    TRY(read_limit(cx, call, &limit));
    return notice_unread_json(cx, notice, call_param(call, "after"), limit, &call->out);
}

static const Error *gather_poster(Cx *cx, void *self)
{
    Work *work = self;

    TRY(get_notice(cx, work->call, &work->notice));
    return notice_poster(cx, work->notice, &work->poster);
}

static const Error *poster(Cx *cx, Call *call)
{
    Work work = {.call = call};
    Buf pdf = buf_new(cx->arena, MAX_PDF_BYTES);

    TRY(call_only_params(cx, call, NULL));
    TRY(store_read(call->app->store, cx, gather_poster, &work));
    work.poster.qr_url = str_format(cx->arena, "%.*s/m/notices/%lld", STR_ARG(call_origin(cx, call)), (long long)work.notice->id);
    TRY(paper_notice(cx->arena, &work.poster, paper_to_buf(&pdf)));
    call->content_type = STR("application/pdf");
    call->content = buf_str(&pdf);
    call_header(call, "Content-Disposition", str_format(cx->arena, "inline; filename=\"%.*s.pdf\"", STR_ARG(work.poster.no)));
    return OK;
}

static const Error *dead_letters(Cx *cx, Call *call)
{
    int64_t limit;

    TRY(call_only_params(cx, call, NAMES("after", "limit", "state")));
    TRY(read_limit(cx, call, &limit));
    return outbox_list_json(cx, call_param(call, "state"), call_param(call, "after"), limit, &call->out);
}

static const Error *resend(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Id id;

    if (!str_to_id(call->segments[1], &id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NULL));
    body_only(cx, call, NAMES("device_at"), &problems);
    TRY(problems_error(&problems));
    return outbox_resend(cx, id, &call->out);
}

const Route notice_routes[] = {
    {"POST", "notices/preview", M_OWN, preview, .zh = "会发给多少户、多少人", .en = "How many homes and people it would reach"},
    {"GET", "notices/*/deliveries", M_READ, deliveries, .zh = "送达情况", .en = "What became of its deliveries"},
    {"GET", "notices/*/unread", M_READ, unread, .zh = "未读名单", .en = "Who has not read it, with masked phones"},
    {"GET", "notices/*/poster", M_OWN, poster, .zh = "张贴用 PDF", .en = "Poster as PDF"},
    {"GET", "deliveries", M_READ, dead_letters, .zh = "没有送到的", .en = "What could not be delivered"},
    {"POST", "deliveries/*/actions/resend", M_WRITE, resend, .zh = "重新发送", .en = "Send it again"},
    {0},
};
