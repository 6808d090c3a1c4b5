/* notice.c: 公告、通知 (card P09), written once, looked at by a second person when it goes to many, told to each, corrected in
 * the open, and read with proof.
 *
 *     draft --submit--> review --approve--> scheduled --publish--> published --expire--> expired
 *       |  `-- to few, or an emergency ------^------------------^      |
 *       |                                                              +--recall--> recalled
 *     cancel (also from review, scheduled)                             `--correct-> corrected, and a new notice
 *
 * What was published is never changed: a correction is a notice of its own to the same people. A resident sees what was
 * delivered to them; reading and acknowledging touch their delivery alone. */
#include "kernel/input.h"
#include "kernel/message.h"
#include "kernel/outbox.h"
#include "kernel/rich.h"
#include "modules/notice/notice_parts.h"

#include <stdlib.h>

static const Rule rules[] = {
    {"notice.approve_homes", "超过多少户须审批", "Approved by a second person above (homes)", 50, 0, 1000000, "home"},
    {"notice.resend_hours", "几小时后提醒未读（0 为不提醒）", "The unread are reminded after (hours, 0: never)", 24, 0, 168, "hour"},
    {"notice.post_minutes", "张贴时限（分钟）", "Put up on the boards within (minutes)", 120, 10, 10080, "minute"},
};

static const State states[] = {
    {"draft", "草稿", "Draft"},
    {"review", "待审批", "To be approved"},
    {"scheduled", "待发布", "Scheduled"},
    {"published", "已发布", "Published"},
    {"recalled", "已撤回", "Recalled", .ended = true},
    {"corrected", "已更正", "Corrected", .ended = true},
    {"expired", "已过期", "Expired", .ended = true},
    {"cancelled", "已取消", "Cancelled", .ended = true},
};

#define DRAFT NAMES("draft")
#define TOLD NAMES("published", "recalled", "corrected", "expired")
#define LEADS (MANAGEMENT | R_DESK_LEAD)
#define EMERGENCY (R_GUARD_LEAD | R_CONTROL | MANAGEMENT)
#define BODY_MAX 20000

static const Field fields[] = {
    {"kind", "类别", "Kind", T_CHOICE, .choices = notice_kinds, .required = true, .indexed = true, .edit_in = DRAFT},
    {"title", "标题", "Title", T_TEXT, .max = 120, .required = true, .searched = true, .edit_in = DRAFT},
    {"title_en", "英文标题", "English title", T_TEXT, .max = 200, .searched = true, .edit_in = DRAFT},
    {"body", "正文", "Body", T_LINES, .max = BODY_MAX, .required = true, .edit_in = DRAFT},
    {"body_en", "英文正文", "English body", T_LINES, .max = BODY_MAX, .edit_in = DRAFT},
    {"template", "模板", "Template", T_CODE, .to = "notice_templates", .edit_in = DRAFT},
    {"variables", "模板变量", "Variables", T_OBJECT, .edit_in = DRAFT},
    {"audience", "对象", "Audience", T_OBJECT, .virtual = true, .edit_in = DRAFT}, /* shown to staff alone: a list of homes is nobody else's */
    {"aim", "对象", "Audience", T_OBJECT, .internal = true},
    {"channels", "渠道", "Channels", T_WORDS, .suggests = notice_channels, .edit_in = DRAFT},
    {"publish_at", "发布时间", "Publish at", T_TIME, .edit_in = DRAFT},
    {"expire_at", "过期时间", "Expires", T_TIME, .day_ok = true, .edit_in = DRAFT},
    {"effective_from", "事项开始", "Takes effect from", T_TIME, .edit_in = DRAFT},
    {"effective_to", "事项结束", "Until", T_TIME, .edit_in = DRAFT},
    {"urgent", "紧急", "Emergency", T_BOOL, .edit_in = DRAFT},
    {"ack_required", "须确认", "To be acknowledged", T_BOOL, .edit_in = DRAFT},
    {"attachments", "附图", "Pictures", T_PHOTOS, .max = 9, .edit_in = DRAFT},
    {"corrects", "更正", "Corrects", T_REF, .to = "notices", .read_only = true, .linked = true},
    {"corrected_by", "更正见", "Corrected by", T_REF, .to = "notices", .read_only = true},
    {"owner", "起草人", "Author", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"approver", "审批人", "Approved by", T_REF, .to = "users", .read_only = true},
    {"published_at", "发布于", "Published", T_TIME, .read_only = true},
    {"homes", "户数", "Homes", T_INT, .read_only = true},
    {"people", "人数", "People", T_INT, .read_only = true},
    {"late", "未提前足够时间", "Told too late", T_BOOL, .read_only = true},
    {"resent", "再次推送次数", "Pushed again", T_INT, .read_only = true},
    {"due_post_at", "张贴时限", "To be put up by", T_TIME, .read_only = true},
    {"posted_at", "张贴时间", "Put up", T_TIME, .read_only = true},
    {"post_late", "张贴逾期", "Put up too late", T_BOOL, .read_only = true},
    {"taken_down_at", "取下时间", "Taken down", T_TIME, .read_only = true},
    {"paper_photos", "张贴照片", "Photos of the boards", T_PHOTOS, .max = 60, .read_only = true},
    {"reason", "撤回原因", "Why it was recalled", T_LINES, .max = 500, .read_only = true},
    {"pictures", "正文图片", "Pictures in the text", T_PHOTOS, .max = RICH_MAX_PICTURES, .internal = true},
};

static const Sight sights[] = {
    {STAFF},
    {STAFF, "t.project_id IN (SELECT g.project_id FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = :me AND g.role <> 'resident')",
     .any_project = true}, /* who has some buildings only sees what all of the project are told */
    {R_RESIDENT, "t.state IN ('published', 'recalled', 'corrected', 'expired') AND t.id IN (SELECT d.record_id FROM delivery d WHERE d.org_id = t.org_id"
                 " AND d.party_id = :party)",
     .any_project = true}, /* delivery_by_party_id_record_id_part */
};
static const Filter filters[] = {
    {"unread", T_BOOL, .sql = "(CASE WHEN EXISTS (SELECT 1 FROM delivery d WHERE d.org_id = t.org_id AND d.record_id = t.id AND d.party_id = :party"
                              " AND d.read_at IS NULL) THEN 1 ELSE 0 END) = :f_unread"},
};

static const Field reason_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};
static const Field note_asks[] = {{"note", "说明", "Note", T_LINES, .max = 500}};
static const Field post_asks[] = {{"paper_photos", "每块公告栏的照片", "A photo of each board", T_PHOTOS, .max = 9, .required = true}};
static const Field correct_asks[] = {
    {"title", "标题", "Title", T_TEXT, .max = 120},
    {"body", "更正内容", "What is right", T_LINES, .max = BODY_MAX, .required = true},
    {"title_en", "英文标题", "English title", T_TEXT, .max = 200},
    {"body_en", "英文更正内容", "What is right, in English", T_LINES, .max = BODY_MAX},
    {"effective_from", "事项开始", "Takes effect from", T_TIME},
    {"effective_to", "事项结束", "Until", T_TIME},
};

/* Text */

/* Cleans a body in place, and gathers its pictures into *list. */
static const Error *clean_body(Cx *cx, Record *record, const char *field, Buf *list, Problems *problems)
{
    Rich *rich = new (cx->arena, Rich, 1);

    if (record_is_null(record, field))
        return OK;
    rich_clean(cx->arena, record_text(record, field), rich);
    if (rich->zh != NULL)
        problems_add(problems, str_of(field), "format", str_of(rich->zh), str_of(rich->en));
    else if (rich->text.len == 0 && rich->picture_count == 0)
        problems_add(problems, str_of(field), "required", STR("不能为空"), STR("must not be empty"));
    else
        record_set_text(record, field, rich->html);
    for (int i = 0; i < rich->picture_count; i++) {
        bool may = false;
        TRY(file_may_attach(cx, rich->pictures[i], &may));
        if (!may)
            problems_add(problems, str_of(field), "reference", STR("正文里的图片不存在"), STR("a picture of the text is not there"));
        buf_format(list, "%s\"%lld\"", list->len == 0 ? "[" : ",", (long long)rich->pictures[i]);
    }
    return OK;
}

static const Error *clean_text(Cx *cx, Record *record, Problems *problems)
{
    Buf list = buf_new(cx->arena, 4096);

    TRY(clean_body(cx, record, "body", &list, problems));
    TRY(clean_body(cx, record, "body_en", &list, problems));
    if (list.len > 0)
        buf_char(&list, ']');
    record_set(record, "pictures", list.len == 0 ? VALUE_NULL : value_text(buf_str(&list)));
    return OK;
}

static const Error *check_channels(Cx *cx, Record *record, Problems *problems)
{
    json_t *words, *word;
    size_t i;

    if (record_is_null(record, "channels"))
        record_set_text(record, "channels", STR("[\"app\"]"));
    TRY(json_read(cx->arena, record_text(record, "channels"), &words));
    json_array_foreach(words, i, word)
    {
        bool known = false;
        for (const Choice *channel = notice_channels; channel->value != NULL; channel++)
            known = known || str_is(json_str(word), channel->value);
        if (!known)
            problems_add(problems, STR("channels"), "choice", STR("渠道应为 app、email、sms、wechat、paper、screen、loudspeaker、call"),
                         STR("channels are app, email, sms, wechat, paper, screen, loudspeaker, call"));
    }
    return OK;
}

static void check_times(const Record *record, Problems *problems)
{
    Instant from = record_int(record, "effective_from"), to = record_int(record, "effective_to"), expire = record_int(record, "expire_at");

    if (from != 0 && to != 0 && to < from)
        problems_add(problems, STR("effective_to"), "out_of_range", STR("应晚于开始"), STR("must be later than its beginning"));
    if (expire != 0 && expire <= record_int(record, "publish_at"))
        problems_add(problems, STR("expire_at"), "out_of_range", STR("应晚于发布时间"), STR("must be later than it is published"));
}

static const Error *take_audience(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *given = json_object_get(body, "audience");
    Audience audience = {0};
    char *text;

    if (given == NULL)
        return OK;
    if (json_is_null(given)) {
        record_set_null(record, "aim");
        return OK;
    }
    audience_read(given, &audience, problems);
    text = json_dumps(given, JSON_COMPACT);
    if (text != NULL && strlen(text) <= RICH_MAX_BYTES)
        record_set_text(record, "aim", str_copy(cx->arena, str_of(text)));
    else
        problems_add(problems, STR("audience"), "too_long", STR("内容太长"), STR("is too long"));
    free(text);
    return OK;
}

static const Error *check(Cx *cx, Record *record, bool fresh, Problems *problems)
{
    TRY(template_apply(cx, record, fresh, problems));
    if (record_int(record, "urgent") != 0 && record_is_null(record, "ack_required"))
        record_set_int(record, "ack_required", 1); /* an emergency is acknowledged */
    TRY(check_channels(cx, record, problems));
    check_times(record, problems);
    return fresh || record_changed(record, "body") || record_changed(record, "body_en") ? clean_text(cx, record, problems) : OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    record_set(record, "owner", value_ref(cx->actor->user));
    return check(cx, record, true, problems);
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    return check(cx, record, false, problems);
}

/* Going out */

static const Error *publish(Cx *cx, Record *record, const Pass *pass)
{
    bool late;

    record->state = meta_state(record->meta, STR("published"));
    record_set_int(record, "published_at", cx->now);
    TRY(template_is_late(cx, record, cx->now, &late));
    record_set_int(record, "late", late);
    TRY(spread_begin(cx, record, &(Pass){"app", pass->round, pass->source, false})); /* always: it is where it can be read again */
    if (words_hold(record_text(record, "channels"), "email"))
        TRY(spread_begin(cx, record, &(Pass){"email", pass->round, pass->source, false}));
    return poster_expect(cx, record);
}

/* Whom does it reach now? 422 when nobody, or when it names homes that are not there. */
static const Error *freeze_audience(Cx *cx, Record *record)
{
    Problems problems = problems_new(cx->arena);
    Audience audience = {.notice = record->id, .project = record->project};
    int64_t homes = 0, people = 0;
    json_t *json;

    if (record_is_null(record, "aim"))
        return error_field(cx->arena, STR("audience"), "required", STR("须写明发给谁"), STR("say whom it is for"));
    TRY(json_read(cx->arena, record_text(record, "aim"), &json));
    audience_read(json, &audience, &problems);
    TRY(audience_name_homes(cx, &audience, &problems));
    TRY(problems_error(&problems));
    TRY(audience_count(cx, &audience, &homes, &people));
    if (people == 0)
        return error_field(cx->arena, STR("audience"), "out_of_range", STR("这个范围里没有人"), STR("it would reach nobody"));
    record_set_int(record, "homes", homes);
    record_set_int(record, "people", people);
    return OK;
}

/* Of a record whose audience has just been frozen. */
static const Error *go_out(Cx *cx, Record *record)
{
    if (record_int(record, "expire_at") != 0 && record_int(record, "expire_at") <= cx->now)
        return error_field(cx->arena, STR("expire_at"), "out_of_range", STR("已经过期"), STR("is over already"));
    if (record_int(record, "publish_at") > cx->now) {
        record->state = meta_state(record->meta, STR("scheduled"));
        return OK;
    }
    return publish(cx, record, &(Pass){.round = 0});
}

static const Error *submit(Cx *cx, Record *record, const Asked *asked)
{
    int64_t most;
    bool late;

    (void)asked;
    TRY(freeze_audience(cx, record));
    TRY(template_is_late(cx, record, record_int(record, "publish_at") > cx->now ? record_int(record, "publish_at") : cx->now, &late));
    record_set_int(record, "late", late);
    TRY(rule_value(cx, "notice.approve_homes", &most));
    if (record_int(record, "homes") <= most || (record_int(record, "urgent") != 0 && actor_has(cx->actor, EMERGENCY, record->project, record->building)))
        return go_out(cx, record);
    return message_action(cx, record, "submit", "通知待审批", "Notice to be approved", TELL_MANAGER);
}

/* An emergency is also the shift leader's and the control room's. */
static bool may_approve(const Cx *cx, const Record *record)
{
    return cx->actor->is_system || record_int(record, "urgent") != 0 || actor_has(cx->actor, MANAGEMENT, record->project, record->building);
}

static const Error *approve(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "approver", cx->actor->user);
    TRY(freeze_audience(cx, record)); /* people have moved since */
    return go_out(cx, record);
}

static const Error *publish_now(Cx *cx, Record *record, const Asked *asked)
{
    const Error *error = freeze_audience(cx, record);

    (void)asked;
    if (error != OK && error->code == ERR_INVALID && cx->actor->is_system) { /* nobody is there to be told why: it goes back to its author */
        record->state = meta_state(record->meta, STR("draft"));
        return message_action(cx, record, "unpublished", "到了发布时间，但对象为空，未发布", "Not published: it would reach nobody", TELL_OWNER);
    }
    TRY(error);
    return publish(cx, record, &(Pass){.round = 0});
}

static const Error *stop(Cx *cx, Record *record, bool *was_open)
{
    TRY(spread_stop(cx, record->id, was_open));
    TRY(poster_is_over(cx, record));
    return outbox_withdraw(cx, record->id);
}

static const Error *recall(Cx *cx, Record *record, const Asked *asked)
{
    bool was_open;

    (void)asked;
    TRY(stop(cx, record, &was_open));
    return spread_begin(cx, record, &(Pass){"recall", record_int(record, "resent") + 1, record->id, false}); /* who was told hears of it */
}

static const Error *expire(Cx *cx, Record *record, const Asked *asked)
{
    bool was_open;

    (void)asked;
    return stop(cx, record, &was_open);
}

/* The asks are the correction's: what was published stays as it was. */
static const Error *correct(Cx *cx, Record *record, const Asked *asked)
{
    static const char *const kept[] = {"kind", "aim", "channels", "template", "effective_from", "effective_to", "expire_at", "urgent", "ack_required", "homes", "people", NULL};
    static const char *const given[] = {"title", "body", "title_en", "body_en", "effective_from", "effective_to", NULL};
    Problems problems = problems_new(cx->arena);
    Record *after = record_new(cx, record->meta);
    Pass pass = {.source = record->id};
    bool was_open;

    after->project = record->project;
    for (int i = 0; kept[i] != NULL; i++)
        record_set(after, kept[i], record->values[meta_field(record->meta, str_of(kept[i]))->at]);
    for (int i = 0; given[i] != NULL; i++) {
        int at = meta_field(record->meta, str_of(given[i]))->at;
        if (asked_has(asked, given[i]))
            after->values[at] = record->values[at];
        record->values[at] = record->before[at];
    }
    if (record_is_null(after, "title"))
        record_set_text(after, "title", utf8_cut(str_format(cx->arena, "更正：%.*s", STR_ARG(record_text(record, "title"))), 120));
    record_set_int(after, "corrects", record->id);
    record_set_int(after, "owner", cx->actor->user);
    TRY(clean_text(cx, after, &problems));
    check_times(after, &problems);
    TRY(problems_error(&problems));
    TRY(stop(cx, record, &was_open));
    if (was_open) { /* not all had been told: all are told now */
        pass.source = 0;
        TRY(freeze_audience(cx, after));
    }
    TRY(publish(cx, after, &pass));
    TRY(process_insert(cx, after));
    record_set_int(record, "corrected_by", after->id);
    return OK;
}

/* To who has not read it, by the next channel that can send; by the last one again when all have been used. */
static const Error *resend(Cx *cx, Record *record, const Asked *asked)
{
    static const char USED[] = "SELECT count(*) FROM delivery WHERE org_id = :org AND record_id = :notice AND party_id IS NOT NULL AND channel = 'email'"; /* delivery_by_record_id_party_id_part */
    static const char MAILS[] = "SELECT count(*) FROM delivery d JOIN party p ON p.org_id = d.org_id AND p.id = d.party_id WHERE d.org_id = :org"
                                " AND d.record_id = :notice AND d.party_id IS NOT NULL AND (CASE WHEN :ack = 1 THEN d.ack_at ELSE d.read_at END) IS NULL"
                                " AND p.email IS NOT NULL"; /* the same */
    int64_t round = record_int(record, "resent") + 1, used, mails;

    (void)asked;
    record_set_int(record, "resent", round);
    TRY(sql_row(cx, USED, IN(in_int("notice", record->id)), OUT(out_int(&used))));
    TRY(sql_row(cx, MAILS, IN(in_int("notice", record->id), in_int("ack", record_int(record, "ack_required") != 0)), OUT(out_int(&mails))));
    TRY(spread_begin(cx, record, &(Pass){used > 0 || mails == 0 ? "app" : "email", round, record->id, true}));
    return OK;
}

/* The caller's own deliveries of it. */
static const Error *mark(Cx *cx, const Record *record, bool acknowledged)
{
    static const char READ[] = "UPDATE delivery SET read_at = coalesce(read_at, :now) WHERE org_id = :org AND record_id = :notice AND party_id = :me"; /* delivery_by_record_id_party_id_part */
    static const char ACK[] = "UPDATE delivery SET read_at = coalesce(read_at, :now), ack_at = coalesce(ack_at, :now) WHERE org_id = :org"
                              " AND record_id = :notice AND party_id = :me"; /* the same */
    int64_t changed;

    TRY(sql_run_count(cx, acknowledged ? ACK : READ, IN(in_int("notice", record->id), in_int("me", cx->actor->party)), &changed));
    return changed > 0 ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR("这份通知不是发给您的"), STR("the notice was not sent to you"));
}

static const Error *read_it(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return mark(cx, record, false);
}

static const Error *acknowledge(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return mark(cx, record, true);
}

static bool asks_ack(const Cx *cx, const Record *record)
{
    (void)cx;
    return record_int(record, "ack_required") != 0;
}

static bool is_resident(const Cx *cx, const Record *record)
{
    (void)record;
    return cx->actor->party != 0;
}

static const Action actions[] = {
    {"submit", "提交", "Submit", .from = DRAFT, .to = "review", .by = BY_OWNER | LEADS, .effect = submit},
    {"approve", "批准", "Approve", .from = NAMES("review"), .to = "scheduled", .by = EMERGENCY, .second_person = true, .may = may_approve, .effect = approve,
     .tells = TELL_OWNER},
    {"publish", "立即发布", "Publish now", .from = NAMES("scheduled"), .to = "published", .by = BY_OWNER | MANAGEMENT | BY_SYSTEM, .effect = publish_now},
    {"post", "登记张贴", "Put up", .from = NAMES("published"), .by = BY_OWNER | LEADS | R_DESK, .asks = LIST(post_asks), .is_possible = poster_is_due,
     .effect = poster_put_up},
    {"correct", "更正", "Correct", .from = NAMES("published"), .to = "corrected", .by = LEADS, .asks = LIST(correct_asks), .effect = correct},
    {"recall", "撤回", "Recall", .from = NAMES("published"), .to = "recalled", .by = BY_OWNER | LEADS, .asks = LIST(reason_asks), .effect = recall},
    {"resend", "提醒未读", "Remind the unread", .from = NAMES("published"), .by = BY_OWNER | LEADS | R_DESK | BY_SYSTEM, .effect = resend},
    {"post_more", "补登张贴", "Put up more", .from = NAMES("published"), .by = BY_OWNER | LEADS | R_DESK, .asks = LIST(post_asks), .is_possible = poster_hangs,
     .effect = poster_put_up},
    {"take_down", "登记取下", "Taken down", .from = TOLD, .by = BY_OWNER | LEADS | R_DESK, .asks = LIST(note_asks), .is_possible = poster_hangs,
     .effect = poster_take_down},
    {"post_late", "张贴逾期", "Not put up in time", .from = NAMES("published"), .by = BY_SYSTEM, .effect = poster_is_late, .tells = TELL_LEAD},
    {"read", "已读", "Read", .from = TOLD, .by = R_RESIDENT, .may = is_resident, .aside = true, .effect = read_it},
    {"ack", "我知道了", "I know", .from = TOLD, .by = R_RESIDENT, .may = is_resident, .aside = true, .is_possible = asks_ack, .effect = acknowledge},
    {"cancel", "取消", "Cancel", .from = NAMES("draft", "review", "scheduled"), .to = "cancelled", .by = BY_OWNER | LEADS, .asks = LIST(note_asks), .effect = expire},
    {"expire", "过期", "Expire", .from = NAMES("published"), .to = "expired", .by = BY_SYSTEM, .effect = expire},
};

/* Who has not read it is reminded once, unless somebody has done so, the matter is over, or it was said long ago (an upgrade, a
 * rule that was changed, must not set all of the past ringing). */
#define UNREAD_SINCE                                                                                                                \
    "CASE WHEN coalesce(t.resent, 0) = 0 AND t.published_at > :now - 1209600000000 AND coalesce(t.effective_to, :now) >= :now AND EXISTS" \
    " (SELECT 1 FROM delivery d WHERE d.org_id = t.org_id AND d.record_id = t.id AND d.party_id IS NOT NULL"                        \
    " AND (CASE WHEN t.ack_required = 1 THEN d.ack_at ELSE d.read_at END) IS NULL) THEN t.published_at END" /* delivery_by_record_id_party_id_part */
static const Auto autos[] = {
    {"publish", "t.publish_at"}, {"expire", "t.expire_at"}, {"post_late", "CASE WHEN t.posted_at IS NULL AND t.post_late IS NULL THEN t.due_post_at END"}, {"resend", UNREAD_SINCE, .after = HOUR, .rule = "notice.resend_hours", .by_day = true},
};

/* Staff see whom it is for; a resident when they read it. */
static const Error *show(Cx *cx, const Record *record, Json *json)
{
    static const char MINE[] = "SELECT coalesce(max(read_at), 0), coalesce(max(ack_at), 0) FROM delivery WHERE org_id = :org AND record_id = :notice"
                               " AND party_id = :me"; /* delivery_by_record_id_party_id_part */
    int64_t read_at = 0, ack_at = 0;

    if (cx->actor->is_system || actor_has(cx->actor, STAFF, record->project, record->building)) {
        JSON_KEY(json, "audience");
        json_raw(json, record_text(record, "aim"));
    }
    if (cx->actor->party == 0)
        return OK;
    TRY(sql_row(cx, MINE, IN(in_int("notice", record->id), in_int("me", cx->actor->party)), OUT(out_int(&read_at), out_int(&ack_at))));
    JSON_KEY(json, "read_at");
    read_at == 0 ? json_none(json) : json_instant(json, read_at, cx->zone_min);
    JSON_KEY(json, "ack_at");
    ack_at == 0 ? json_none(json) : json_instant(json, ack_at, cx->zone_min);
    return OK;
}

/* What a message says */

/* Pictures need a log-in: a mail has none. */
static Str without_pictures(Arena *arena, Str html)
{
    Buf buf = buf_new(arena, RICH_MAX_BYTES);
    ptrdiff_t at;

    while ((at = str_find(html, STR("<img "))) >= 0) {
        buf_add(&buf, str_cut(html, 0, at));
        html = str_cut(html, at, html.len);
        html = str_cut(html, str_find_char(html, '>') + 1, html.len);
    }
    buf_add(&buf, html);
    return buf_str(&buf);
}

static Str words_of(Arena *arena, Str html)
{
    Rich *rich = new (arena, Rich, 1);

    rich_clean(arena, html, rich);
    return rich->text;
}

static const Error *letter(Cx *cx, const Record *record, Letter *out)
{
    static const char PROJECT[] = "SELECT name, coalesce(phone, '') FROM project WHERE org_id = :org AND id = :project";
    Buf html = buf_new(cx->arena, 3 * RICH_MAX_BYTES), text = buf_new(cx->arena, 3 * RICH_MAX_BYTES);
    Str body = record_text(record, "body"), body_en = record_text(record, "body_en"), name = STR_NONE, phone = STR_NONE;
    bool found;

    TRY(sql_find(cx, PROJECT, IN(in_int("project", record->project)), OUT(out_text(&name), out_text(&phone)), &found));
    buf_add(&text, words_of(cx->arena, body));
    buf_add(&html, without_pictures(cx->arena, body));
    if (body_en.len > 0) {
        buf_format(&text, "\n\n%.*s\n", STR_ARG(record_text(record, "title_en")));
        buf_add(&text, words_of(cx->arena, body_en));
        buf_add_c(&html, "<h3>");
        rich_escape(&html, record_text(record, "title_en"));
        buf_add_c(&html, "</h3>");
        buf_add(&html, without_pictures(cx->arena, body_en));
    }
    buf_format(&text, "\n\n%.*s %.*s\n%.*s\n", STR_ARG(name), STR_ARG(phone), STR_ARG(record->no));
    buf_add_c(&html, "<p>");
    rich_escape(&html, name);
    buf_char(&html, ' ');
    rich_escape(&html, phone);
    buf_format(&html, "<br>%.*s</p>", STR_ARG(record->no));
    *out = (Letter){.subject = str_format(cx->arena, "%s%.*s", record_int(record, "urgent") != 0 ? "【紧急】" : "", STR_ARG(record_text(record, "title"))),
                    .text = buf_str(&text), .html = buf_str(&html)};
    return OK;
}

const Error *notice_poster(Cx *cx, const Record *notice, NoticePoster *out)
{
    static const char NAMES_OF[] = "SELECT o.name, p.name, coalesce(p.phone, '') FROM project p JOIN org o ON o.org_id = p.org_id"
                                   " WHERE p.org_id = :org AND p.id = :project";
    const Choice *kind = notice_kinds;
    bool found;

    while (kind->value != NULL && !str_is(record_text(notice, "kind"), kind->value))
        kind++;
    *out = (NoticePoster){.no = notice->no, .kind = str_of(kind->zh), .kind_en = str_of(kind->en), .is_urgent = record_int(notice, "urgent") != 0,
                          .title = record_text(notice, "title"), .title_en = record_text(notice, "title_en"),
                          .text = words_of(cx->arena, record_text(notice, "body")), .text_en = words_of(cx->arena, record_text(notice, "body_en")),
                          .at = record_int(notice, "published_at") != 0 ? record_int(notice, "published_at") : cx->now, .zone_min = cx->zone_min};
    return sql_find(cx, NAMES_OF, IN(in_int("project", notice->project)), OUT(out_text(&out->org), out_text(&out->project), out_text(&out->phone)), &found);
}

const RecordType notice_type = {
    .resource = "notices", .name = "notice", .zh = "通知", .en = "Notice", .prefix = "TZ", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .first_action = "draft", .first_zh = "起草", .first_en = "Draft", .sights = LIST(sights), .filters = LIST(filters),
    .create_by = STAFF, .write_by = BY_OWNER | LEADS, .label = "title", .in_project = true, .leads = R_DESK_LEAD, .autos = LIST(autos),
    .prepare = prepare, .changed = changed, .take = take_audience, .show = show, .letter = letter,
};

static const RecordType *const records[] = {&notice_template_type, &notice_type, NULL};
static const Table *const tables[] = {&notice_house_table, &notice_spread_table, NULL};
const Module notice_module = {"notice", "通知公告", "Notices", .records = records, .tables = tables, .rules = LIST(rules), .chores = notice_chores, .seed = notice_seed};
