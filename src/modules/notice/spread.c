/* spread.c: 分发, from a published notice to one delivery for each person and channel.
 *
 * The first page is written with the publishing itself; what a larger audience needs is noted (notice_spread) and written by a
 * chore, a page in a transaction, so that fifty thousand people never hold up the writers. A person who has two homes, or comes
 * up again after a crash, is one row: the outbox's `dedupe` says which. */
#include "kernel/outbox.h"
#include "modules/notice/notice_parts.h"

#include <assert.h>

#define PAGE 2000 /* at most ID_BLOCK */

static const Column house_columns[] = {{"notice_id", C_INT, true}, {"house_id", C_INT, true}, {0}};
const Table notice_house_table = {"notice_house", house_columns, .key = "notice_id, house_id"};

static const Column spread_columns[] = {{"notice_id", C_INT, true}, {"channel", C_TEXT, true}, {"round", C_INT, true}, {"source_id", C_INT, true},
                                        {"unread", C_INT, true},    {"after_party", C_INT, true}, {0}};
static const Index spread_indexes[] = {{"notice_id"}, {0}};
const Table notice_spread_table = {"notice_spread", spread_columns, .indexes = spread_indexes};

typedef struct {
    int64_t count, last;
} Page;

static const Error *take_page(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(Page *)self = (Page){row_int(row, 0), row_int(row, 1)};
    return OK;
}

/* Rows come in no order. */
static const Error *take_written(Cx *cx, const Row *row, void *self)
{
    Page *page = self;

    (void)cx;
    page->count++;
    page->last = row_int(row, 0) > page->last ? row_int(row, 0) : page->last;
    return OK;
}

/* The page's people, as a SELECT of party_id. */
static const Error *page_people(Cx *cx, const Record *notice, const Pass *pass, Buf *sql, Params *params)
{
    bool by_mail = strcmp(pass->channel, "email") == 0;

    if (pass->source != 0) {
        params_add(params, "source", value_int(pass->source));
        buf_add_c(sql, "SELECT DISTINCT r.party_id AS party_id FROM delivery r JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id"
                       " WHERE r.org_id = :org AND r.record_id = :source AND r.party_id IS NOT NULL AND p.archived_at IS NULL"); /* delivery_by_record_id_party_id_part */
        if (pass->unread)
            buf_format(sql, " AND NOT EXISTS (SELECT 1 FROM delivery x WHERE x.org_id = r.org_id AND x.record_id = r.record_id AND x.party_id = r.party_id AND x.%s IS NOT NULL)",
                       record_int(notice, "ack_required") != 0 ? "ack_at" : "read_at");
    } else {
        Problems problems = problems_new(cx->arena);
        Audience audience = {.notice = notice->id, .project = notice->project};
        json_t *json;
        TRY(json_read(cx->arena, record_text(notice, "aim"), &json));
        audience_read(json, &audience, &problems);
        buf_add_c(sql, "SELECT DISTINCT r.party_id AS party_id");
        audience_from(cx, &audience, sql, params);
    }
    buf_format(sql, " AND r.party_id > :after%s ORDER BY r.party_id LIMIT :max", by_mail ? " AND p.email IS NOT NULL" : "");
    return OK;
}

/* What makes the same row of a person one: behind it stands the person. */
static Str dedupe_of(const Cx *cx, const Record *notice, const Pass *pass)
{
    return str_format(cx->arena, "notice %lld %lld %s ", (long long)notice->id, (long long)pass->round, pass->channel);
}

/* *written: how many, and the last of them. */
static const Error *write_deliveries(Cx *cx, const Record *notice, const Pass *pass, Str people, Params params, Page *written)
{
    Buf sql = buf_new(cx->arena, 1 << 15);
    bool in_app = strcmp(pass->channel, "app") == 0; /* read where it is written: it is there at once, also at night, and rings nobody */

    buf_format(&sql, "INSERT INTO delivery (org_id, id, record_type, record_id, party_id, channel, state, attempts, next_at, dedupe, urgent, created_at, sent_at)"
                     " SELECT :org, :base + row_number() OVER (ORDER BY s.party_id), 'notice', :record, s.party_id, :channel, :state, 0, CAST(:next AS BIGINT),"
                     " :dedupe || CAST(s.party_id AS TEXT), :urgent, :now, CAST(:sent AS BIGINT) FROM (%.*s) s WHERE true ON CONFLICT (org_id, dedupe) DO NOTHING RETURNING party_id",
               STR_ARG(people));
    params_add(&params, "base", value_int(id_block(cx->now) - 1));
    params_add(&params, "record", value_int(notice->id));
    params_add(&params, "channel", value_text(str_of(pass->channel)));
    params_add(&params, "state", value_text(in_app ? STR("sent") : STR("queued")));
    params_add(&params, "next", in_app ? VALUE_NULL : value_int(cx->now));
    params_add(&params, "sent", in_app ? value_int(cx->now) : VALUE_NULL);
    params_add(&params, "urgent", value_int(record_int(notice, "urgent") != 0));
    params_add(&params, "dedupe", value_text(dedupe_of(cx, notice, pass)));
    return sql_each_built(cx, buf_str(&sql), params.in, take_written, written);
}

/* The bell of each. */
static const Error *write_messages(Cx *cx, const Record *notice, const Pass *pass, Str people, Params params)
{
    bool recalled = strcmp(pass->channel, "recall") == 0, again = !recalled && pass->round > 0, correction = !record_is_null(notice, "corrects");
    Str title = record_text(notice, "title"), title_en = record_is_null(notice, "title_en") ? title : record_text(notice, "title_en");
    const char *zh = recalled ? "通知已撤回" : again ? "请阅读" : correction ? "更正" : record_int(notice, "urgent") != 0 ? "紧急通知" : "通知";
    const char *en = recalled ? "Recalled" : again ? "Please read" : correction ? "Correction" : record_int(notice, "urgent") != 0 ? "Urgent" : "Notice";
    Buf sql = buf_new(cx->arena, 1 << 15);

    buf_format(&sql, "INSERT INTO message (org_id, id, to_party, to_roles, project_id, record_type, record_id, kind, text_zh, text_en, once, created_at)"
                     " SELECT :org, :base + row_number() OVER (ORDER BY s.party_id), s.party_id, 0, :of, 'notice', :record, :kind, :zh, :en,"
                     " :dedupe || CAST(s.party_id AS TEXT), :now FROM (%.*s) s WHERE true ON CONFLICT DO NOTHING",
               STR_ARG(people));
    params_add(&params, "base", value_int(id_block(cx->now) - 1));
    params_add(&params, "of", value_int(notice->project));
    params_add(&params, "record", value_int(notice->id));
    params_add(&params, "kind", value_text(recalled ? STR("recall") : again ? STR("remind") : STR("publish")));
    params_add(&params, "zh", value_text(str_format(cx->arena, "%s：%.*s", zh, STR_ARG(title))));
    params_add(&params, "en", value_text(str_format(cx->arena, "%s: %.*s", en, STR_ARG(title_en))));
    params_add(&params, "dedupe", value_text(dedupe_of(cx, notice, pass)));
    return sql_each_built(cx, buf_str(&sql), params.in, NULL, NULL);
}

/* How many the page has, and the last of them. */
static const Error *look_at_page(Cx *cx, Str people, const Params *params, Page *page)
{
    Str count = str_format(cx->arena, "SELECT count(*), coalesce(max(s.party_id), 0) FROM (%.*s) s", STR_ARG(people));
    return sql_each_built(cx, count, params->in, take_page, page);
}

/* Who has got a row of this pass, as a SELECT of party_id (with :record and :dedupe of the row that is made): cheaper than to look for the audience once more. */
static Str written_people(const Pass *pass, Id after, Id last, Params *params)
{
    params_add(params, "channel", value_text(str_of(pass->channel)));
    params_add(params, "after", value_int(after));
    params_add(params, "last", value_int(last));
    return STR("SELECT d.party_id AS party_id FROM delivery d WHERE d.org_id = :org AND d.record_id = :record AND d.party_id > :after AND d.party_id <= :last"
               " AND d.channel = :channel AND d.dedupe = :dedupe || CAST(d.party_id AS TEXT)"); /* delivery_by_record_id_party_id_part */
}

/* One page behind *after, which moves on; *more: there may be another. A page that is full and new is looked for once. */
static const Error *write_page(Cx *cx, const Record *notice, const Pass *pass, Id *after, bool *more)
{
    bool rings_only = strcmp(pass->channel, "recall") == 0, mails_only = strcmp(pass->channel, "email") == 0;
    Buf people = buf_new(cx->arena, 1 << 14);
    Params params = {0}, written = {0};
    Page page = {0};
    Str told;

    static_assert(PAGE <= ID_BLOCK, "the ids of a page are one block");
    params_add(&params, "after", value_int(*after));
    params_add(&params, "max", value_int(PAGE));
    TRY(page_people(cx, notice, pass, &people, &params));
    if (!rings_only)
        TRY(write_deliveries(cx, notice, pass, buf_str(&people), params, &page));
    if (page.count < PAGE) /* the last one, or one that was written in part */
        TRY(look_at_page(cx, buf_str(&people), &params, &page));
    *more = page.count == PAGE;
    if (page.count == 0)
        return OK;
    told = rings_only ? buf_str(&people) : written_people(pass, *after, page.last, &written);
    *after = page.last;
    return mails_only ? OK : write_messages(cx, notice, pass, told, rings_only ? params : written);
}

const Error *spread_begin(Cx *cx, const Record *notice, const Pass *pass)
{
    static const char NOTE[] = "INSERT INTO notice_spread (org_id, id, notice_id, channel, round, source_id, unread, after_party)"
                               " VALUES (:org, :id, :notice, :channel, :round, :source, :unread, :after)";
    Id after = 0;
    bool more;

    TRY(write_page(cx, notice, pass, &after, &more));
    if (!more)
        return OK;
    cx->has_job = true;
    return sql_run(cx, NOTE,
                   IN(in_int("id", id_new(cx->now)), in_int("notice", notice->id), in_c("channel", pass->channel), in_int("round", pass->round),
                      in_int("source", pass->source), in_int("unread", pass->unread), in_int("after", after)));
}

const Error *spread_stop(Cx *cx, Id notice, bool *was_open)
{
    static const char STOP[] = "DELETE FROM notice_spread WHERE org_id = :org AND notice_id = :notice"; /* notice_spread_by_notice_id */
    int64_t gone;

    TRY(sql_run_count(cx, STOP, IN(in_int("notice", notice)), &gone));
    *was_open = gone > 0;
    return audience_forget_homes(cx, notice);
}

/* The oldest pass that is not at its end, one page on. What it says is read behind the lock on its notice: who recalls that may be ending it just now. */
static const Error *spread_on(Cx *cx, int max, int *count)
{
    static const char NEXT[] = "SELECT id, notice_id FROM notice_spread WHERE org_id = :org ORDER BY id LIMIT 1";
    static const char PASS[] = "SELECT channel, round, source_id, unread, after_party FROM notice_spread WHERE org_id = :org AND id = :id";
    static const char MOVE[] = "UPDATE notice_spread SET after_party = :after WHERE org_id = :org AND id = :id";
    static const char END[] = "DELETE FROM notice_spread WHERE org_id = :org AND id = :id";
    static const char LEFT[] = "SELECT count(*) FROM notice_spread WHERE org_id = :org AND notice_id = :notice"; /* notice_spread_by_notice_id */
    int64_t id, notice_id, round, source, unread, after, left;
    Str channel = STR_NONE;
    Record *notice;
    bool found, more;

    *count = 0;
    TRY(sql_find(cx, NEXT, NOTHING, OUT(out_int(&id), out_int(&notice_id)), &found));
    if (!found)
        return OK;
    *count = max; /* as long as there is one, there may be more */
    TRY(record_load(cx, kernel_type(cx->kernel, &notice_type), notice_id, &notice));
    TRY(sql_find(cx, PASS, IN(in_int("id", id)), OUT(out_text(&channel), out_int(&round), out_int(&source), out_int(&unread), out_int(&after)), &found));
    if (!found)
        return OK;
    TRY(write_page(cx, notice, &(Pass){str_to_c(cx->arena, channel), round, source, unread != 0}, &after, &more));
    if (more)
        return sql_run(cx, MOVE, IN(in_int("after", after), in_int("id", id)));
    TRY(sql_run(cx, END, IN(in_int("id", id))));
    TRY(sql_row(cx, LEFT, IN(in_int("notice", notice_id)), OUT(out_int(&left))));
    return left > 0 ? OK : audience_forget_homes(cx, notice_id);
}

const Chore notice_chores[] = {{"notices", 1, spread_on, .at_once = true}, {0}};
