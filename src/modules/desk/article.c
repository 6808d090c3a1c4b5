/* article.c: 知识库, the answers of the house: written once, published by who answers for them, valid from and to, looked at
 * again on their review date. A correction is told to all who were given the version before.
 *
 *     draft --publish--> published --retire--> retired --publish--> published
 */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/desk/desk_parts.h"

#define TOLD_AT_ONCE 200
#define NEWS_CHARS 100 /* of the new text, in the message */

static const Choice audiences[] = {{"staff", "内部", "Staff"}, {"public", "公开", "Public"}, {0}};
static const State states[] = {{"draft", "草稿", "Draft"}, {"published", "已发布", "Published"}, {"retired", "已停用", "Retired", .ended = true}};

#define VALID_NOW "t.state = 'published' AND t.valid_since <= :now AND t.valid_until > :now"

static const Field fields[] = {
    {"title", "标题", "Title", T_TEXT, .max = 120, .required = true, .searched = true},
    {"body", "正文", "Text", T_LINES, .max = 8000, .required = true, .searched = true},
    {"keywords", "关键词", "Keywords", T_TEXT, .max = 200, .searched = true},
    {"category", "主题", "Topic", T_CODE, .to = "enquiry_topics", .indexed = true},
    {"audience", "谁可看", "For whom", T_CHOICE, .choices = audiences, .set_default = "staff"},
    {"valid_from", "生效日期", "Valid from", T_DATE},
    {"valid_to", "失效日期", "Valid to", T_DATE},
    {"review_at", "复核日期", "To be reviewed", T_DATE, .indexed = true},
    {"version", "版本", "Version", T_INT, .read_only = true, .virtual = true}, /* the row's own `version` counts every write */
    {"edition", "版本号", "Edition", T_INT, .internal = true},
    {"published_at", "发布时间", "Published", T_TIME, .read_only = true},
    {"valid_since", "生效", "Valid since", T_TIME, .internal = true},
    {"valid_until", "失效", "Valid until", T_TIME, .internal = true},
};

static const Field revise_asks[] = {
    {"title", "标题", "Title", T_TEXT, .max = 120},
    {"body", "正文", "Text", T_LINES, .max = 8000},
    {"reason", "改了什么", "What was changed", T_TEXT, .max = 200},
};
static const Field retire_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 200, .required = true}};

static const Sight sights[] = {
    {KNOWLEDGE_LEADS},
    {STAFF, "t.state = 'published' OR t.created_by = :me", .any_project = true},
    {R_RESIDENT | R_COMMITTEE, VALID_NOW " AND t.audience = 'public'", .any_project = true},
};
static const Filter filters[] = {{"valid", T_BOOL, .sql = SQL_FLAG(VALID_NOW, "valid")}};

/* Dates as moments, open ends as the beginning and end of time: one condition for all. */
static const Error *set_validity(Cx *cx, Record *record, Problems *problems)
{
    Date from = (Date)record_int(record, "valid_from"), to = (Date)record_int(record, "valid_to");

    if (from != 0 && to != 0 && to < from)
        problems_add(problems, STR("valid_to"), "out_of_range", STR("不能早于生效日期"), STR("must not be before valid_from"));
    record_set_int(record, "valid_since", from == 0 ? 0 : date_to_instant(from, 0, cx->zone_min));
    record_set_int(record, "valid_until", to == 0 ? NEVER : date_to_instant(date_add(to, 1), 0, cx->zone_min));
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    record_set_int(record, "edition", 1);
    return set_validity(cx, record, problems);
}

typedef struct {
    Record *list[TOLD_AT_ONCE];
    int count;
} Told;

static const Error *add_told(Cx *cx, const Row *row, void *self)
{
    Told *told = self;

    told->list[told->count++] = record_from_row(cx, kernel_type(cx->kernel, &enquiry_type), row);
    return OK;
}

/* Everybody who was answered from this edition hears that it has been corrected. */
static const Error *tell_readers(Cx *cx, const Record *article, int64_t edition)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &enquiry_type);
    Str sql = str_format(cx->arena, "SELECT %s FROM enquiry t WHERE t.org_id = :org AND t.article_id = :article AND t.article_version = :edition"
                                    " AND t.id > :after AND t.archived_at IS NULL ORDER BY t.id LIMIT :max", meta->columns); /* enquiry_by_article_id_id */
    Str news = utf8_cut(record_text(article, "body"), NEWS_CHARS);
    const char *zh = str_to_c(cx->arena, str_format(cx->arena, "所答内容已更正：%.*s", STR_ARG(news)));
    const char *en = str_to_c(cx->arena, str_format(cx->arena, "The answer given has been corrected: %.*s", STR_ARG(news)));
    Told told;
    Id after = 0;

    do {
        told.count = 0;
        TRY(sql_each_built(cx, sql, IN(in_int("article", article->id), in_int("edition", edition), in_int("after", after), in_int("max", TOLD_AT_ONCE)),
                           add_told, &told));
        for (int i = 0; i < told.count; i++) {
            after = told.list[i]->id;
            TRY(message_action(cx, told.list[i], "corrected", zh, en, TELL_REPORTER | TELL_OWNER));
        }
    } while (told.count == TOLD_AT_ONCE);
    return OK;
}

/* What has been published once has a new version with every change of its words. */
static const Error *count_version(Cx *cx, Record *record)
{
    int64_t edition = record_int(record, "edition");

    if (record_is_null(record, "published_at") || (!record_changed(record, "title") && !record_changed(record, "body")))
        return OK;
    record_set_int(record, "edition", edition + 1);
    return tell_readers(cx, record, edition);
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    TRY(set_validity(cx, record, problems));
    return problems->count > 0 ? OK : count_version(cx, record);
}

/* What holds is changed by those who answer for it; a draft by the whole desk. */
static const Error *may_write(Cx *cx, const Record *record)
{
    if (record_in_state(record, "draft") || actor_has(cx->actor, KNOWLEDGE_LEADS, 0, 0))
        return OK;
    return error_new(cx->arena, ERR_FORBIDDEN, STR("已发布的条目由客服主管、品质或管理者修改"), STR("a published article is changed by the desk's lead, quality or management"));
}

static const Error *guard_publish(Cx *cx, const Record *record, const Asked *asked)
{
    (void)asked;
    if (record_int(record, "valid_until") > cx->now)
        return OK;
    return error_field(cx->arena, STR("valid_to"), "out_of_range", STR("失效日期已过"), STR("is over already"));
}

static const Error *publish(Cx *cx, Record *record, const Asked *asked)
{
    int64_t days;

    (void)asked;
    TRY(rule_value(cx, "article.review_days", &days));
    if (record_is_null(record, "review_at"))
        record_set_int(record, "review_at", date_add(instant_to_date(cx->now, cx->zone_min), (int)days));
    record_set_int(record, "published_at", cx->now);
    return OK;
}

static const Error *guard_revise(Cx *cx, const Record *record, const Asked *asked)
{
    (void)record;
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "title" : "body";
        if (asked_has(asked, name) && str_trim(asked_text(asked, name)).len == 0)
            return error_field(cx->arena, str_of(name), "required", STR("不能为空"), STR("must not be empty"));
    }
    if (asked_has(asked, "title") || asked_has(asked, "body"))
        return OK;
    return error_field(cx->arena, STR("body"), "required", STR("写明新的标题或正文"), STR("give the new title or text"));
}

static const Error *revise(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return count_version(cx, record);
}

static const Action actions[] = {
    {"publish", "发布", "Publish", .from = NAMES("draft", "retired"), .to = "published", .by = KNOWLEDGE_LEADS, .guard = guard_publish, .effect = publish},
    {"revise", "修订", "Revise", .from = NAMES("published"), .by = KNOWLEDGE_LEADS, .asks = LIST(revise_asks), .guard = guard_revise, .effect = revise},
    {"retire", "停用", "Retire", .from = NAMES("published"), .to = "retired", .by = KNOWLEDGE_LEADS, .asks = LIST(retire_asks)},
};

static const Error *show(Cx *cx, const Record *record, Json *json)
{
    (void)cx;
    JSON_INT(json, "version", record_int(record, "edition"));
    return OK;
}

const RecordType article_type = {
    .resource = "articles", .name = "article", .zh = "知识条目", .en = "Article", .prefix = "ZS", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .first_action = "write", .first_zh = "起草", .first_en = "Write", .sights = LIST(sights), .filters = LIST(filters),
    .create_by = DESK | R_QUALITY | R_REGION, .write_by = DESK | R_QUALITY | R_REGION, .label = "title", .prepare = prepare, .changed = changed,
    .show = show, .may_write = may_write,
};

const Error *article_from_answer(Cx *cx, const Record *enquiry, Str title, Str body, Id *out)
{
    Record *article = record_new(cx, kernel_type(cx->kernel, &article_type));
    Problems problems = problems_new(cx->arena);

    record_set_text(article, "title", title);
    record_set_text(article, "body", body);
    record_set_text(article, "audience", STR("staff")); /* for the public once somebody has read it over */
    if (!record_is_null(enquiry, "topic"))
        record_set_text(article, "category", record_text(enquiry, "topic"));
    TRY(prepare(cx, article, &problems));
    TRY(process_insert(cx, article));
    *out = article->id;
    return OK;
}

const Error *article_text(Cx *cx, Id article, Str *text, int64_t *version)
{
    static const char FIND[] = "SELECT t.body, t.edition FROM article t WHERE t.org_id = :org AND t.id = :id AND t.archived_at IS NULL AND " VALID_NOW;
    bool found;

    TRY(sql_find(cx, FIND, IN(in_int("id", article)), OUT(out_text(text), out_int(version)), &found));
    return found ? OK : error_field(cx->arena, STR("article"), "reference", STR("这条知识现在不在有效期内"), STR("this article does not hold now"));
}
