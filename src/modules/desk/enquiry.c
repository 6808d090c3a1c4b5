/* enquiry.c: 咨询, what somebody asks, by whatever way it comes (card P05).
 *
 *     open --answer--> answered --(silence, or the caller)--> closed
 *      |  ^--reopen (within 7 days)--'-----------------------'
 *      '--convert--> converted          it became a repair or a complaint, with all that was said
 *
 * 首问责任: who is asked first stays responsible for the answer; handing the work over does not change that. Own code elsewhere:
 * asked.c (who asks, and was it asked before), handed.c, convert.c, emergency.c. */
#include "kernel/clock.h"
#include "kernel/message.h"
#include "modules/desk/desk_parts.h"
#include "modules/property/property.h"

#define REOPEN_WITHIN (7 * DAY_US)
#define ANSWER_LENGTH 2000

static const Choice channels[] = {
    {"phone", "电话", "Phone"}, {"counter", "前台", "Counter"}, {"wechat", "微信", "WeChat"}, {"app", "手机", "App"}, {"wecom", "企业微信", "WeCom"},
    {"note", "便条", "Note"}, {"email", "邮件", "E-mail"}, {"visit", "上门", "Visit"}, {"12345", "12345 转办", "12345 hotline"}, {0},
};

static const State states[] = {
    {"open", "待答复", "Open"},
    {"answered", "已答复", "Answered"},
    {"converted", "已转单", "Converted", .ended = true},
    {"closed", "已办结", "Closed", .ended = true},
};

#define OPEN NAMES("open")
#define UNTIL_CLOSED NAMES("open", "answered")

static const Field fields[] = {
    {"channel", "渠道", "Channel", T_CHOICE, .choices = channels, .required = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"caller", "咨询人", "Caller", T_REF, .to = "parties", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"caller_phone", "电话", "Caller's phone", T_PHONE, .masked = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"call", "来电", "Call", T_REF, .to = "calls", .linked = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"topic", "主题", "Topic", T_CODE, .to = "enquiry_topics", .edit_in = UNTIL_CLOSED},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .searched = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"question", "问题", "Question", T_LINES, .max = 1000, .required = true, .searched = true, .edit_in = OPEN},
    {"outer_no", "外部单号", "Outer number", T_TEXT, .max = 60, .searched = true, .edit_by = DESK, .edit_in = UNTIL_CLOSED},
    {"outer_deadline", "外部时限", "Outer deadline", T_TIME, .day_ok = true, .edit_by = DESK, .edit_in = OPEN},
    {"answer", "答复", "Answer", T_LINES, .max = ANSWER_LENGTH, .read_only = true, .searched = true},
    {"article", "知识条目", "Article", T_REF, .to = "articles", .read_only = true, .linked = true, .indexed = true},
    {"article_version", "条目版本", "Article's version", T_INT, .read_only = true},
    {"answered_by", "答复人", "Answered by", T_REF, .to = "users", .read_only = true},
    {"answered_at", "答复时间", "Answered", T_TIME, .read_only = true},
    {"first_contact", "首问责任人", "First contact", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"department", "转给部门", "Handed to department", T_CHOICE, .choices = access_departments, .read_only = true},
    {"assignee", "转给谁", "Handed to", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"handed_at", "转办时间", "Handed over", T_TIME, .read_only = true},
    {"handed_due", "约定答复时间", "Agreed time", T_TIME, .internal = true},
    {"accepted_at", "接办时间", "Accepted", T_TIME, .read_only = true},
    {"became", "转为", "Became", T_CHOICE, .choices = enquiry_becomes, .read_only = true},
    {"became_ref", "转成的单", "Became which", T_RECORD, .read_only = true, .linked = true},
    {"became_ref_type", "转成哪类", "Kind of it", T_TEXT, .max = 30, .read_only = true},
    {"repeat_of", "重复于", "Repeats", T_REF, .to = "enquiries", .read_only = true, .linked = true, .indexed = true},
    {"repeats", "第几次重复", "Times repeated", T_INT, .read_only = true},
    {"reopened", "重开次数", "Reopened", T_INT, .read_only = true},
    {"rating", "评分", "Rating", T_SCORE, .read_only = true},
    {"emergency", "疑似紧急", "Sounds urgent", T_CHOICE, .choices = emergency_kinds, .read_only = true},
    {"suggestion", "先做什么", "What to do first", T_OBJECT, .read_only = true, .virtual = true},
    {"due_answer_at", "答复时限", "Answer by", T_TIME, .read_only = true},
    {"answer_done_at", "答复完成", "Answer done", T_TIME, .internal = true},
    {"answer_met", "按时答复", "Answered in time", T_BOOL, .internal = true},
    {"due_accept_at", "接办时限", "Accept by", T_TIME, .read_only = true},
    {"accept_done_at", "接办完成", "Accepted at", T_TIME, .internal = true},
    {"due_handed_at", "部门答复时限", "Department's answer by", T_TIME, .read_only = true},
    {"handed_done_at", "部门已答复", "Department done", T_TIME, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
};

/* What is handed to a department is seen by its people. */
static const Sight sights[] = {
    {DESK | R_QUALITY | R_REGION},
    {R_CONTROL, "t.emergency IS NOT NULL OR t.department = 'security'"},
    {R_ENGINEER | R_ENG_LEAD, "t.department = 'engineering'"},
    {R_GUARD | R_GUARD_LEAD, "t.department = 'security'"},
    {R_CLEANER | R_CLEAN_LEAD, "t.department = 'cleaning'"},
    {R_GARDENER | R_GREEN_LEAD, "t.department = 'greening'"},
    {R_CASHIER | R_ACCOUNTANT, "t.department = 'finance'"},
    {STAFF, "t.first_contact_id = :me OR t.assignee_id = :me", .any_project = true},
    {R_RESIDENT, "t.caller_id = :party", .any_project = true},
};
static const Filter filters[] = {
    {"open", T_BOOL, .sql = SQL_FLAG("t.state = 'open'", "open")},
    {"repeated", T_BOOL, .sql = SQL_FLAG("t.repeat_of_id IS NOT NULL", "repeated")},
    {"solved_known", T_BOOL, .sql = SQL_FLAG(SQL_SOLVED_KNOWN, "solved_known")},
    {"solved_first", T_BOOL, .sql = SQL_FLAG(SQL_SOLVED, "solved_first")},
};
static const Index indexes[] = {
    {"project_id, next_due_at, id"}, {"house_id, topic, id"}, {"caller_id, topic, id"}, {"answered_at", .where = "answered_at IS NOT NULL"}, {0},
};
static const Auto autos[] = {{"close", "t.answered_at", DAY_US, "enquiry.close_days"}};

/* Limits */

static const Error *answer_terms(Cx *cx, const Record *record, Terms *terms)
{
    Instant outer = record_int(record, "outer_deadline");
    int64_t minutes;

    TRY(rule_value(cx, "enquiry.answer_minutes", &minutes));
    *terms = (Terms){minutes, STR("work"), 0};
    if (outer != 0) { /* a city hotline's own deadline holds when it is the shorter one */
        Calendar work;
        TRY(clock_calendar(cx, record->project, terms->calendar, &work));
        if (outer < calendar_add(&work, record->created_at, minutes))
            terms->due = outer;
    }
    return OK;
}

static const Error *accept_terms(Cx *cx, const Record *record, Terms *terms)
{
    int64_t minutes;

    TRY(rule_value(cx, "enquiry.accept_minutes", &minutes));
    *terms = (Terms){record_is_null(record, "handed_at") ? 0 : minutes, STR("work"), 0};
    return OK;
}

static const Error *handed_terms(Cx *cx, const Record *record, Terms *terms)
{
    Instant due = record_int(record, "handed_due");
    int64_t span = (due - cx->now) / MINUTE;

    *terms = (Terms){due == 0 ? 0 : span > 0 ? span : 1, STR("7x24"), due};
    return OK;
}

static const Limit limits[] = {
    {"answer", "答复", "Answer", answer_terms}, {"accept", "接办", "Accept", accept_terms}, {"handed", "部门答复", "Department's answer", handed_terms},
};

/* Asks */

static const Field answer_asks[] = {
    {"answer", "答复", "Answer", T_LINES, .max = ANSWER_LENGTH},
    {"article", "按哪条知识答复", "From which article", T_REF, .to = "articles"},
};
static const Field hand_asks[] = {
    {"department", "转给部门", "Department", T_CHOICE, .choices = access_departments},
    {"assignee", "转给谁", "To whom", T_REF, .to = "users"},
    {"due", "约定答复时间", "Answer by", T_TIME, .required = true, .day_ok = true},
    {"note", "说明", "Note", T_LINES, .max = 1000},
};
static const Field convert_asks[] = {
    {"became", "转为", "Becomes", T_CHOICE, .choices = enquiry_becomes, .required = true},
    {"category", "类别", "Category", T_TEXT, .max = 40, .required = true},
    {"house", "房屋", "House", T_REF, .to = "houses"},
    {"caller", "咨询人", "Caller", T_REF, .to = "parties"},
    {"title", "摘要", "Title", T_TEXT, .max = 120},
};
static const Field article_asks[] = {
    {"title", "标题", "Title", T_TEXT, .max = 120},
    {"body", "正文", "Text", T_LINES, .max = 8000},
};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 1000, .required = true}};
static const Field close_asks[] = {{"rating", "评分", "Rating", T_SCORE}};
static const Field note_asks[] = {{"text", "备注", "Note", T_LINES, .max = 1000, .required = true}};

/* Actions */

static bool has_no_first(const Cx *cx, const Record *record)
{
    (void)cx;
    return record_is_null(record, "first_contact");
}

/* Who deals with what nobody was asked yet is asked first. */
const Error *enquiry_take(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    if (record_is_null(record, "first_contact"))
        record_set(record, "first_contact", value_ref(cx->actor->user));
    return OK;
}

static const Error *guard_answer(Cx *cx, const Record *record, const Asked *asked)
{
    Str text;
    int64_t version;

    (void)record;
    if (asked_has(asked, "article"))
        return article_text(cx, asked_int(asked, "article"), &text, &version);
    if (str_trim(asked_text(asked, "answer")).len == 0)
        return error_field(cx->arena, STR("answer"), "required", STR("写明答复，或选一条知识"), STR("give the answer, or the article that it comes from"));
    return OK;
}

/* An answer from an article keeps which version was told. */
static const Error *answer(Cx *cx, Record *record, const Asked *asked)
{
    TRY(enquiry_take(cx, record, asked));
    if (asked_has(asked, "article")) {
        Str text;
        int64_t version;
        TRY(article_text(cx, asked_int(asked, "article"), &text, &version));
        record_set_int(record, "article_version", version);
        if (!asked_has(asked, "answer"))
            record_set_text(record, "answer", utf8_cut(text, ANSWER_LENGTH));
    } else {
        record_set_null(record, "article");
        record_set_null(record, "article_version");
    }
    record_set(record, "answered_by", value_ref(cx->actor->user));
    record_set_int(record, "answered_at", clock_happened(cx));
    return OK;
}

/* The place may have been named only now. */
static const Error *convert(Cx *cx, Record *record, const Asked *asked)
{
    TRY(house_place(cx, record));
    TRY(enquiry_take(cx, record, asked));
    return enquiry_convert(cx, record, asked);
}

static bool may_reopen(const Cx *cx, const Record *record)
{
    return cx->now - record_int(record, "answered_at") < REOPEN_WITHIN;
}

/* What is asked once more has its whole time again. */
static const Error *reopen(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "reopened", record_int(record, "reopened") + 1);
    return clock_restart(cx, record, "answer");
}

static bool may_become_article(const Cx *cx, const Record *record)
{
    (void)cx;
    return record_is_null(record, "article") && !record_is_null(record, "answer");
}

static const Error *to_article(Cx *cx, Record *record, const Asked *asked)
{
    Str title = asked_has(asked, "title") ? asked_text(asked, "title") : record_text(record, "title");
    Id article;

    TRY(article_from_answer(cx, record, title, asked_has(asked, "body") ? asked_text(asked, "body") : record_text(record, "answer"), &article));
    record_set_int(record, "article", article);
    record_set_int(record, "article_version", 1);
    return OK;
}

static const Action actions[] = {
    {"answer", "答复", "Answer", .from = OPEN, .to = "answered", .by = BY_OWNER | BY_ASSIGNEE | DESK, .asks = LIST(answer_asks),
     .ends = NAMES("answer", "accept", "handed"), .guard = guard_answer, .effect = answer, .tells = TELL_REPORTER | TELL_OWNER},
    {"take", "首问认领", "Take", .from = OPEN, .by = DESK, .is_possible = has_no_first, .effect = enquiry_take, .tells = TELL_REPORTER},
    {"hand_over", "转办", "Hand over", .from = OPEN, .by = BY_OWNER | DESK, .asks = LIST(hand_asks), .guard = enquiry_guard_hand_over, .effect = enquiry_hand_over,
     .tells = TELL_ASSIGNEE | TELL_REPORTER},
    {"accept", "接办", "Accept", .from = OPEN, .by = STAFF, .ends = NAMES("accept"), .is_possible = enquiry_is_handed, .guard = enquiry_guard_accept,
     .effect = enquiry_accept, .tells = TELL_OWNER},
    {"convert", "转工单", "Convert", .from = UNTIL_CLOSED, .to = "converted", .by = DESK, .asks = LIST(convert_asks),
     .ends = NAMES("answer", "accept", "handed"), .effect = convert, .tells = TELL_REPORTER | TELL_OWNER},
    {"to_article", "存为知识", "Make an article", .from = NAMES("answered", "closed"), .by = DESK | R_QUALITY, .asks = LIST(article_asks),
     .is_possible = may_become_article, .effect = to_article},
    {"reopen", "重开", "Reopen", .from = NAMES("answered", "closed"), .to = "open", .by = BY_REPORTER | DESK, .asks = LIST(reason_asks),
     .is_possible = may_reopen, .effect = reopen, .tells = TELL_OWNER | TELL_LEAD},
    {"close", "办结", "Close", .from = NAMES("answered"), .to = "closed", .by = BY_REPORTER | BY_SYSTEM, .asks = LIST(close_asks)},
    {"void", "作废", "Void", .by = DESK_LEADS, .asks = LIST(reason_asks), .archives = true},
    {"note", "备注", "Note", .by = STAFF, .asks = LIST(note_asks)},
};

/* Made, and changed */

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    bool resident = !cx->actor->is_system && (cx->actor->roles & STAFF) == 0;
    const char *emergency = emergency_of(cx->arena, record_text(record, "question"));

    if (resident || record_is_null(record, "channel"))
        record_set_text(record, "channel", resident ? STR("app") : STR("phone"));
    if (problems->count > 0)
        return OK;
    if (resident) {
        record_set(record, "caller", value_ref(cx->actor->party));
        record_set_null(record, "caller_phone");
        record_set_null(record, "call");
        if (record_is_null(record, "house"))
            TRY(house_of_resident(cx, record));
    } else {
        record_set(record, "first_contact", value_ref(cx->actor->user));
        TRY(enquiry_find_caller(cx, record));
    }
    if (record_is_null(record, "title"))
        record_set_text(record, "title", desk_title(record_text(record, "question")));
    if (emergency != NULL)
        record_set_text(record, "emergency", str_of(emergency));
    return enquiry_find_repeat(cx, record);
}

/* The danger first: desk and control room are called, the enquiry is only its trace. */
static const Error *created(Cx *cx, Record *record)
{
    if (!record_is_null(record, "emergency"))
        return message_roles(cx, record, "emergency", "疑似紧急情况，请立即核实", "Sounds like an emergency, check at once", R_DESK | R_DESK_LEAD | R_CONTROL);
    return record_is_null(record, "first_contact") ? message_action(cx, record, "log", "新咨询", "New enquiry", TELL_DESK) : OK;
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    if (problems->count > 0)
        return OK;
    if (record_changed(record, "topic") || record_changed(record, "house") || record_changed(record, "caller") || record_changed(record, "caller_phone"))
        TRY(enquiry_find_repeat(cx, record));
    return record_changed(record, "outer_deadline") ? clock_again(cx, record) : OK;
}

static const Error *show(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "clock");
    clock_json(cx, record, json);
    JSON_KEY(json, "suggestion");
    emergency_json(cx, record_text(record, "emergency"), json);
    return OK;
}

const RecordType enquiry_type = {
    .resource = "enquiries", .name = "enquiry", .zh = "咨询", .en = "Enquiry", .prefix = "ZX", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .limits = LIST(limits), .first_action = "log", .first_zh = "登记", .first_en = "Log", .sights = LIST(sights),
    .filters = LIST(filters), .indexes = indexes, .create_by = STAFF | R_RESIDENT, .write_by = DESK | BY_OWNER | BY_REPORTER, .label = "title",
    .in_project = true, .reporter = "caller", .owner = "first_contact", .leads = R_DESK_LEAD, .hidden_with = "became_ref", .autos = LIST(autos), .prepare = prepare,
    .created = created, .changed = changed, .show = show,
};
