#include "kernel/callback.h"
#include "kernel/clock.h"
#include "kernel/message.h"
#include "kernel/reveal.h"

const Rule callback_rules[CALLBACK_RULES] = {
    {"callback.hours", "回访时限（小时）", "Call back within (hours)", 72, 1, 2400, "hour"},
    {"callback.attempts", "几次打不通算联系不上", "Attempts before unreachable", 3, 1, 20, "time"},
    {"callback.attempt_days", "分在几天打", "On how many days", 2, 1, 10, "day"},
};

static const Choice reasons[] = {
    {"verify", "办结回访", "After a matter"}, {"sample", "抽样回访", "Sampled"}, {"missed_call", "未接来电", "Missed call"}, {"by_hand", "主动回访", "By hand"}, {0},
};
static const Choice outcomes[] = {{"reached", "已联系上", "Reached"}, {"unreachable", "联系不上", "Unreachable"}, {"declined", "不愿评价", "Would not say"}, {0}};
static const State states[] = {{"open", "待回访", "Open"}, {"closed", "已回访", "Closed", .ended = true}};

#define WHO (DESK | R_QUALITY)

static const Field fields[] = {
    {"record", "事项", "Matter", T_RECORD, .read_only = true, .indexed = true, .linked = true},
    {"record_type", "事项类别", "Kind of matter", T_TEXT, .max = 30, .read_only = true},
    {"record_no", "事项单号", "Matter's number", T_TEXT, .max = 60, .read_only = true, .searched = true},
    {"reason", "缘由", "Reason", T_CHOICE, .choices = reasons, .read_only = true},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .searched = true, .edit_in = NAMES("open")},
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_in = NAMES("open")},
    {"party", "回访谁", "Whom", T_REF, .to = "parties", .searched = true, .indexed = true, .edit_in = NAMES("open")},
    {"phone", "电话", "Phone", T_PHONE, .masked = true, .edit_in = NAMES("open")},
    {"calls", "来电次数", "Times they rang", T_INT, .read_only = true},
    {"owner", "回访人", "Caller", T_REF, .to = "users", .indexed = true, .edit_in = NAMES("open")},
    {"handler", "经办人", "Handler", T_REF, .to = "users", .internal = true},
    {"due_at", "应回访时间", "Due", T_TIME, .edit_in = NAMES("open")},
    {"attempts", "拨打次数", "Attempts", T_INT, .read_only = true},
    {"attempt_days", "拨打天数", "Days with attempts", T_INT, .read_only = true},
    {"last_attempt_at", "最近拨打", "Last attempt", T_TIME, .read_only = true},
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes, .read_only = true},
    {"satisfied", "满意", "Satisfied", T_BOOL, .read_only = true},
    {"heard", "觉得被倾听", "Felt heard", T_BOOL, .read_only = true},
    {"solved", "认为已解决", "Calls it solved", T_BOOL, .read_only = true},
    {"note", "说明", "Note", T_LINES, .max = 1000, .edit_in = NAMES("open")},
    {"due_callback_at", "回访时限", "Due", T_TIME, .internal = true},
    {"callback_done_at", "回访时间", "Done", T_TIME, .read_only = true},
    {"callback_met", "按时回访", "In time", T_BOOL, .internal = true},
    {"next_due_at", "最近时限", "Next due", T_TIME, .read_only = true},
    {"next_limit", "时限类别", "Next limit", T_TEXT, .read_only = true},
    {"paused_at", "暂停时间", "Paused", T_TIME, .internal = true},
};

static const Choice revealed[] = {{"phone", "电话", "Phone"}, {0}};
static const Field reveal_asks[] = {REVEAL_ASKS(revealed)};
static const Field attempt_asks[] = {{"note", "说明", "Note", T_LINES, .max = 1000, .required = true}};
static const Field close_asks[] = {
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes, .required = true},
    {"satisfied", "满意吗", "Satisfied?", T_BOOL},
    {"heard", "觉得被认真对待吗", "Felt heard?", T_BOOL},
    {"solved", "问题算解决了吗", "Is it solved?", T_BOOL},
    {"note", "说明", "Note", T_LINES, .max = 1000},
};

/* Who did the work never makes the call, whatever other role that person has. */
static const Sight sights[] = {{WHO | R_REGION, "t.handler_id IS NULL OR t.handler_id <> :me"},
                               {STAFF, "t.owner_id = :me", .any_project = true}};
static const Index indexes[] = {{"project_id, next_due_at, id"}, {"owner_id, next_due_at, id"}, {"phone, id", .where = "state = 'open'"}, {0}};

static const Error *find_terms(Cx *cx, const Record *record, Terms *terms)
{
    Instant due = record_int(record, "due_at");
    int64_t hours, span = (due - record->created_at) / MINUTE;

    TRY(rule_value(cx, "callback.hours", &hours));
    *terms = (Terms){due == 0 ? hours * 60 : span > 0 ? span : 1, STR("7x24"), due}; /* reminders are parts of the time there is */
    return OK;
}
static const Limit limits[] = {{"callback", "回访", "Call-back", find_terms}};

static const Error *count_attempt(Cx *cx, Record *record, const Asked *asked)
{
    Instant last = record_int(record, "last_attempt_at"), now = clock_happened(cx);
    bool new_day = last == 0 || instant_to_date(last, cx->zone_min) != instant_to_date(now, cx->zone_min);

    (void)asked;
    record_set_int(record, "attempts", record_int(record, "attempts") + 1);
    record_set_int(record, "attempt_days", record_int(record, "attempt_days") + new_day);
    record_set_int(record, "last_attempt_at", now);
    return OK;
}

const Error *callback_may_give_up(Cx *cx, int64_t attempts, int64_t days)
{
    int64_t least, least_days;

    TRY(rule_value(cx, "callback.attempts", &least));
    TRY(rule_value(cx, "callback.attempt_days", &least_days));
    if (attempts >= least && days >= least_days)
        return OK;
    return error_field(cx->arena, STR("outcome"), "out_of_range",
                       str_format(cx->arena, "至少分 %lld 天打过 %lld 次才能算联系不上，现在是 %lld 天 %lld 次", (long long)least_days, (long long)least,
                                  (long long)days, (long long)attempts),
                       str_format(cx->arena, "unreachable needs %lld attempts on %lld days; so far %lld on %lld", (long long)least,
                                  (long long)least_days, (long long)attempts, (long long)days));
}

static const Error *guard_close(Cx *cx, const Record *record, const Asked *asked)
{
    if (str_is(asked_text(asked, "outcome"), "unreachable"))
        return callback_may_give_up(cx, record_int(record, "attempts"), record_int(record, "attempt_days"));
    if (str_is(asked_text(asked, "outcome"), "reached") && !record_is_null(record, "record") && !asked_has(asked, "solved") &&
        !str_is(record_text(record, "reason"), "missed_call")) /* nothing has been done yet */
        return error_field(cx->arena, STR("solved"), "required", STR("联系上了须问：问题算解决了吗"), STR("when reached, ask whether it is solved"));
    return OK;
}

static const Error *close_callback(Cx *cx, Record *record, const Asked *asked)
{
    const RecordMeta *meta = kernel_find_table(cx->kernel, record_text(record, "record_type"));
    Record *matter;

    if (!asked_has(asked, "solved") || asked_int(asked, "solved") != 0 || meta == NULL || meta->type->not_solved == NULL)
        return OK;
    TRY(record_load(cx, meta, record_int(record, "record"), &matter));
    return matter->archived_at != 0 ? OK
                                    : meta->type->not_solved(cx, matter, asked_has(asked, "note") ? asked_text(asked, "note") : STR("回访：未解决"));
}

/* After a matter the answers are given to the matter itself (its action `callback`), which ends this. */
static bool may_close(const Cx *cx, const Record *record)
{
    (void)cx;
    return !str_is(record_text(record, "reason"), "verify");
}

static const Action actions[] = {
    {"close", "登记回访", "Log the call", .from = NAMES("open"), .to = "closed", .by = WHO | BY_OWNER, .asks = LIST(close_asks),
     .ends = NAMES("callback"), .is_possible = may_close, .guard = guard_close, .effect = close_callback},
    {"attempt", "没打通", "No answer", .from = NAMES("open"), .by = WHO | BY_OWNER, .asks = LIST(attempt_asks), .effect = count_attempt},
    REVEAL(WHO | BY_OWNER, LIST(reveal_asks)),
    {"settle", "随事项办结", "Ended with its matter", .from = NAMES("open"), .to = "closed", .by = BY_SYSTEM, .ends = NAMES("callback")},
};

static const Error *check_owner(const Record *record, Problems *problems)
{
    if (record_int(record, "owner") != 0 && record_int(record, "owner") == record_int(record, "handler"))
        problems_add(problems, STR("owner"), "reference", STR("经办人不能回访自己的事"), STR("who handled it cannot make the call"));
    return OK;
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    if (record_changed(record, "due_at") && record_int(record, "due_at") != 0)
        TRY(clock_set_due(cx, record, "callback", record_int(record, "due_at")));
    return check_owner(record, problems);
}

/* One that the desk opens by hand. */
static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    record_set_text(record, "reason", STR("by_hand"));
    if (record_is_null(record, "owner"))
        record_set(record, "owner", value_ref(cx->actor->user));
    if (record_is_null(record, "title"))
        problems_add(problems, STR("title"), "required", STR("写明为什么回访"), STR("say what the call is about"));
    if (record_is_null(record, "house") && record_is_null(record, "party") && record_is_null(record, "phone"))
        problems_add(problems, STR("house"), "required", STR("须写明房屋、人员或电话"), STR("give the house, the person or a phone"));
    return OK;
}

/* due_at is the same promise under the contract's name. */
static const Error *created(Cx *cx, Record *record)
{
    record_set_int(record, "due_at", record_int(record, "due_callback_at"));
    TRY(record_update(cx, record));
    return message_action(cx, record, "callback", "待回访", "Call back", TELL_OWNER);
}

const RecordType callback_type = {
    .resource = "callbacks", .name = "callback", .zh = "回访", .en = "Call-back", .prefix = "HB", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .limits = LIST(limits), .sights = LIST(sights), .indexes = indexes, .create_by = WHO, .write_by = WHO | BY_OWNER,
    .label = "title", .in_project = true, .first_action = "open", .first_zh = "登记", .first_en = "Open", .leads = R_DESK_LEAD,
    .reporter = "party", .hidden_with = "record", .own_search_only = true, .prepare = prepare, .created = created, .changed = changed,
};

static const Error *pick_owner(Cx *cx, const CallbackWish *wish, Id project, Id *out)
{
    static const char OWNER[] = SQL_CALLER("callback"); /* callback_by_owner_id_id */
    bool found;

    *out = 0;
    return sql_find(cx, OWNER, IN(in_int("project", project), in_int("handler", wish->handler), in_int("about", wish->about == NULL ? 0 : wish->about->id),
                              in_int("secret", wish->about != NULL && access_is_confidential(wish->about))),
                    OUT(out_int(out)), &found);
}

static const Error *open_new(Cx *cx, const CallbackWish *wish, Id *out)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &callback_type);
    Record *record = record_new(cx, meta);
    const Record *about = wish->about;
    Id owner;

    record->project = about != NULL ? about->project : wish->project;
    record->building = about != NULL ? about->building : 0;
    record_set_text(record, "reason", str_of(wish->reason));
    record_set_text(record, "title", wish->title);
    if (about != NULL) {
        const FieldMeta *title = about->meta->type->label == NULL ? NULL : meta_field(about->meta, str_of(about->meta->type->label));
        record_set_int(record, "record", about->id);
        record_set_text(record, "record_type", str_of(about->meta->table));
        record_set_text(record, "record_no", about->no);
        record_set_text(record, "title", title == NULL ? about->no : about->values[title->at].s);
    }
    record_set(record, "house", value_ref(wish->house));
    record_set(record, "party", value_ref(wish->party));
    if (wish->phone.len > 0)
        record_set_text(record, "phone", wish->phone);
    record_set(record, "handler", value_ref(wish->handler));
    record_set(record, "due_at", value_ref(wish->due));
    TRY(pick_owner(cx, wish, record->project, &owner));
    record_set(record, "owner", value_ref(owner));
    TRY(process_insert(cx, record));
    *out = record->id;
    return OK;
}

const Error *callback_open(Cx *cx, const CallbackWish *wish)
{
    Id id;

    return open_new(cx, wish, &id);
}

const Error *callback_open_once(Cx *cx, const CallbackWish *wish, Id *out)
{
    static const char SAME[] = "SELECT id FROM callback WHERE org_id = :org AND phone = :phone AND state = 'open' AND project_id = :project"
                               " AND reason = :reason AND archived_at IS NULL ORDER BY id LIMIT 1"; /* callback_by_phone_id_part */
    Id project = wish->about != NULL ? wish->about->project : wish->project;
    Record *record;
    bool found = false;

    if (wish->phone.len > 0)
        TRY(sql_find(cx, SAME, IN(in_text("phone", wish->phone), in_int("project", project), in_c("reason", wish->reason)), OUT(out_int(out)), &found));
    if (!found)
        return open_new(cx, wish, out);
    TRY(record_load(cx, kernel_type(cx->kernel, &callback_type), *out, &record));
    record_set_int(record, "calls", record_is_null(record, "calls") ? 2 : record_int(record, "calls") + 1);
    return process_save(cx, record, "again");
}

const Error *callback_tries(Cx *cx, Id about, int64_t *attempts, int64_t *days)
{
    static const char TRIES[] = "SELECT coalesce(attempts, 0), coalesce(attempt_days, 0) FROM callback WHERE org_id = :org AND record_id = :about"
                                " AND state = 'open' ORDER BY id DESC LIMIT 1"; /* callback_by_record_id_id */
    bool found;

    *attempts = *days = 0;
    return sql_find(cx, TRIES, IN(in_int("about", about)), OUT(out_int(attempts), out_int(days)), &found);
}

static Value answer(int given)
{
    return given < 0 ? VALUE_NULL : value_int(given);
}

const Error *callback_settle(Cx *cx, Id about, const char *outcome, int satisfied, int heard, int solved)
{
    static const char OPEN[] = "SELECT id FROM callback WHERE org_id = :org AND (record_id = :about OR id = :about) AND state = 'open'"
                               " AND archived_at IS NULL ORDER BY id LIMIT 8"; /* callback_by_record_id_id, callback_pkey */
    const RecordMeta *meta = kernel_type(cx->kernel, &callback_type);
    Ids open = {0};

    TRY(sql_ids(cx, OPEN, IN(in_int("about", about)), &open));
    for (int i = 0; i < open.count; i++) {
        Record *record;
        TRY(record_load(cx, meta, open.list[i], &record));
        record_set_text(record, "outcome", str_of(outcome));
        record_set(record, "satisfied", answer(satisfied));
        record_set(record, "heard", answer(heard));
        record_set(record, "solved", answer(solved));
        TRY(process_take(cx, record, "settle"));
    }
    return OK;
}
