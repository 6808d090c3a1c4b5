/* hotline.c: 热线来电, the log of calls (card P05): told by a telephone exchange or written down by hand, taken by one clerk,
 * ended with an outcome. A missed one becomes a call-back with a time limit.
 *
 *     ringing --take--> taken --finish--> done
 *        |  `--(talked)--> answered --take--^      a call that was talked on the telephone and is not written down yet
 *        '--(given up)--> missed ----take---'      called back from the log
 */
#include "kernel/callback.h"
#include "kernel/clock.h"
#include "kernel/input.h"
#include "kernel/mask.h"
#include "kernel/reveal.h"
#include "modules/desk/desk_parts.h"

#define CLOCKS_DIFFER HOUR /* an exchange's clock may be this fast */

static const Choice outcomes[] = {
    {"answered", "已答复", "Answered"}, {"recorded", "已登记事项", "A matter was recorded"}, {"transferred", "已转接", "Put through"},
    {"wrong_number", "打错", "Wrong number"}, {"silent", "无声或骚扰", "Silent or abusive"}, {0},
};

static const State states[] = {
    {"ringing", "振铃中", "Ringing"},
    {"taken", "接听中", "Taken"},
    {"answered", "已接听", "Answered", .ended = true},
    {"missed", "未接", "Missed", .ended = true}, /* what is left is its call-back */
    {"done", "已登记", "Done", .ended = true},
};

#define NEVER_EDITED NAMES("none")
#define BEFORE_DONE NAMES("ringing", "taken", "answered", "missed")
#define WHO (DESK | R_CONTROL)

static const Field fields[] = {
    {"call_id", "话单号", "Call id", T_TEXT, .max = 100, .indexed = true, .edit_in = NEVER_EDITED},
    {"caller_phone", "来电号码", "Caller's number", T_PHONE, .masked = true, .indexed = true, .edit_in = NEVER_EDITED},
    {"call_start", "来电时间", "Call began", T_TIME, .edit_in = NEVER_EDITED},
    {"ring_sec", "振铃秒数", "Rang for (s)", T_INT, .min = 0, .max = 86400, .edit_in = NEVER_EDITED},
    {"talk_sec", "通话秒数", "Talked for (s)", T_INT, .min = 0, .max = 86400, .edit_in = NEVER_EDITED},
    {"abandoned", "未接通", "Given up", T_BOOL, .edit_in = NEVER_EDITED},
    {"house", "房屋", "House", T_REF, .to = "houses", .searched = true, .indexed = true, .edit_in = BEFORE_DONE},
    {"party", "来电人", "Caller", T_REF, .to = "parties", .searched = true, .indexed = true, .edit_in = BEFORE_DONE},
    {"note", "记录", "Note", T_LINES, .max = 1000, .searched = true},
    {"title", "摘要", "Title", T_TEXT, .max = 120, .read_only = true},
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes, .read_only = true},
    {"taken_by", "接听人", "Taken by", T_REF, .to = "users", .read_only = true, .indexed = true},
    {"taken_at", "接听时间", "Taken", T_TIME, .read_only = true},
    {"candidates", "可能的房屋", "Possible houses", T_OBJECT, .read_only = true},
    {"callback", "回电", "Call-back", T_REF, .to = "callbacks", .read_only = true, .linked = true}, /* one for all the calls of a number in vain */
    {"exchange", "电话交换机", "Telephone exchange", T_REF, .to = "exchanges", .read_only = true},
};

static const Choice revealed[] = {{"caller_phone", "来电号码", "Caller's number"}, {0}};
static const Field reveal_asks[] = {REVEAL_ASKS(revealed)};
static const Field finish_asks[] = {
    {"outcome", "结果", "Outcome", T_CHOICE, .choices = outcomes, .required = true},
    {"note", "记录", "Note", T_LINES, .max = 1000},
};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_LINES, .max = 500, .required = true}};

static const Sight sights[] = {{WHO | R_QUALITY | R_REGION}, {STAFF, "t.taken_by_id = :me", .any_project = true}};
static const Filter filters[] = {
    {"counted", T_BOOL, .sql = SQL_FLAG(SQL_OFFERED, "counted")},
    {"in_time", T_BOOL, .sql = SQL_FLAG(SQL_PICKED_UP, "in_time")},
};
static const Index indexes[] = {{"call_start"}, {0}};
static const Auto autos[] = {{"miss", "t.call_start", MINUTE, "call.ring_minutes"}};

/* From the moment it was given up, in desk hours; one at night is due at the next opening. Who rings again in vain keeps the first
 * promise. */
static const Error *call_back(Cx *cx, Record *call)
{
    Instant ended = record_int(call, "call_start") + record_int(call, "ring_sec") * SECOND, due;
    Calendar work;
    int64_t minutes;
    Id callback;

    TRY(rule_value(cx, "call.callback_minutes", &minutes));
    TRY(clock_calendar(cx, call->project, STR("work"), &work));
    if (ended > cx->now)
        ended = cx->now;
    due = calendar_is_open(&work, ended) ? calendar_add(&work, ended, minutes) : calendar_next_open(&work, ended);
    TRY(callback_open_once(cx, &(CallbackWish){.reason = "missed_call", .about = call, .house = record_int(call, "house"), .party = record_int(call, "party"),
                                               .phone = record_text(call, "caller_phone"), .due = due}, &callback));
    record_set_int(call, "callback", callback);
    return OK;
}

static const Error *missed(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "abandoned", 1);
    return call_back(cx, record);
}

static const Error *taken(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set_int(record, "taken_by", cx->actor->user);
    record_set_int(record, "taken_at", cx->now);
    return OK;
}

/* A missed one that was called back from here needs no other call. */
static const Error *finished(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    return callback_settle(cx, record_is_null(record, "callback") ? record->id : record_int(record, "callback"), "reached", -1, -1, -1);
}

static const Action actions[] = {
    {"take", "接听", "Take", .from = NAMES("ringing", "answered", "missed"), .to = "taken", .by = WHO, .effect = taken},
    {"finish", "登记结果", "Write down", .from = NAMES("taken"), .to = "done", .by = BY_OWNER | DESK, .asks = LIST(finish_asks), .effect = finished},
    {"miss", "未接", "Missed", .from = NAMES("ringing"), .to = "missed", .by = BY_SYSTEM, .effect = missed},
    {"answered", "已接听", "Answered", .from = NAMES("ringing"), .to = "answered", .by = BY_SYSTEM},
    REVEAL(WHO | BY_OWNER, LIST(reveal_asks)),
    {"void", "作废", "Void", .by = DESK_LEADS, .asks = LIST(reason_asks), .archives = true},
};

/* Who may be calling, and how the call is called. */
static const Error *identify(Cx *cx, Record *call)
{
    Str phone = record_text(call, "caller_phone");
    Caller caller;

    record_set_text(call, "title", phone.len == 0 ? STR("来电（未显示号码）") : str_format(cx->arena, "来电 %.*s", STR_ARG(mask_phone(cx->arena, phone))));
    if (!record_is_null(call, "house"))
        return OK;
    TRY(caller_find(cx, call->project, phone, &caller));
    record_set(call, "house", value_ref(caller.house));
    if (record_is_null(call, "party"))
        record_set(call, "party", value_ref(caller.party));
    if (caller.house != 0)
        call->building = caller.building;
    record_set(call, "candidates", caller.candidates.len == 0 ? VALUE_NULL : value_text(caller.candidates));
    return OK;
}

/* The state that the facts speak of. */
static const char *state_of(const Record *call)
{
    return record_int(call, "talk_sec") > 0 ? "answered" : record_int(call, "abandoned") != 0 ? "missed" : "ringing";
}

static void check_start(const Cx *cx, const Record *call, Problems *problems)
{
    if (record_int(call, "call_start") > cx->now + CLOCKS_DIFFER)
        problems_add(problems, STR("call_start"), "out_of_range", STR("不能晚于现在"), STR("must not be in the future"));
}

/* By hand: who writes it down has it, unless it is one of an exchange's, which is anybody's to take. */
static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    if (record_is_null(record, "call_start"))
        record_set_int(record, "call_start", cx->now);
    check_start(cx, record, problems);
    TRY(identify(cx, record));
    record->state = meta_state(record->meta, str_of(state_of(record)));
    if (record_is_null(record, "call_id") && !record_in_state(record, "missed")) {
        record->state = meta_state(record->meta, STR("taken"));
        return taken(cx, record, NULL);
    }
    return OK;
}

static const Error *created(Cx *cx, Record *record)
{
    if (!record_in_state(record, "missed"))
        return OK;
    TRY(call_back(cx, record));
    return record_update(cx, record);
}

/* Once the home is known, so is the person with this number in it. */
static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    static const char WHO_IS_IT[] =
        "SELECT p.id FROM residence r JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id WHERE r.org_id = :org AND r.house_id = :house"
        " AND p.phone = :phone AND " SQL_HELD("r.", ":now") " ORDER BY p.id LIMIT 1";
    Id party = 0;
    bool found;

    if (problems->count > 0 || !record_changed(record, "house") || record_is_null(record, "house"))
        return OK;
    record_set_null(record, "candidates");
    if (!record_is_null(record, "party"))
        return OK;
    TRY(sql_find(cx, WHO_IS_IT, IN(in_int("house", record_int(record, "house")), in_text("phone", record_text(record, "caller_phone"))),
                 OUT(out_int(&party)), &found));
    record_set(record, "party", value_ref(party));
    return OK;
}

const RecordType call_type = {
    .resource = "calls", .name = "call", .zh = "来电", .en = "Call", .prefix = "LD", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .first_action = "ring", .first_zh = "来电", .first_en = "Call", .sights = LIST(sights), .filters = LIST(filters),
    .indexes = indexes, .unique = NAMES("exchange", "call_id"), .create_by = WHO, .write_by = WHO | BY_OWNER, .label = "title", .in_project = true,
    .reporter = "party", .owner = "taken_by", .autos = LIST(autos), .prepare = prepare, .created = created, .changed = changed,
};

/* What an exchange may tell. */
static const char *const facts[] = {"call_id", "caller_phone", "call_start", "ring_sec", "talk_sec", "abandoned", NULL};

static const Error *read_facts(Cx *cx, Record *told, const json_t *body)
{
    Problems problems = problems_new(cx->arena);
    const char *key;
    json_t *value;

    if (!json_is_object(body))
        return error_field(cx->arena, STR("body"), "type", STR("请求体应为 JSON 对象"), STR("the body must be a JSON object"));
    json_object_foreach((json_t *)body, key, value)
    {
        const FieldMeta *field = meta_field(told->meta, str_of(key));
        if (!names_have(facts, key))
            problems_add(&problems, str_copy(cx->arena, str_of(key)), "unknown", STR("没有这个字段"), STR("there is no such field"));
        else
            TRY(input_value(cx, field, value, &told->values[field->at], &problems));
    }
    if (problems.count == 0 && str_trim(record_text(told, "call_id")).len == 0)
        problems_add(&problems, STR("call_id"), "required", STR("不能缺少"), STR("is required"));
    if (problems.count == 0 && record_is_null(told, "call_start"))
        problems_add(&problems, STR("call_start"), "required", STR("不能缺少"), STR("is required"));
    check_start(cx, told, &problems);
    return problems_error(&problems);
}

/* Fills in what was unknown; a call that was not talked may yet be. */
static bool fill_in(Record *call, const Record *told)
{
    bool any = false;

    for (int i = 0; facts[i] != NULL; i++) {
        const FieldMeta *field = meta_field(call->meta, str_of(facts[i]));
        Value *known = &call->values[field->at], now = told->values[field->at];
        bool open = known->kind == V_NULL || ((strcmp(facts[i], "talk_sec") == 0 || strcmp(facts[i], "abandoned") == 0) && known->n == 0);
        if (!open || now.kind == V_NULL || value_eq(*known, now))
            continue;
        *known = now;
        any = true;
    }
    return any;
}

static const Error *add_facts(Cx *cx, Record *call, const Record *told)
{
    const char *state;

    if (!fill_in(call, told))
        return OK;
    if (record_changed(call, "caller_phone"))
        TRY(identify(cx, call));
    state = state_of(call);
    if (record_in_state(call, "ringing") && strcmp(state, "ringing") != 0)
        return process_take(cx, call, strcmp(state, "missed") == 0 ? "miss" : "answered");
    return process_save(cx, call, "facts");
}

const Error *hotline_report(Cx *cx, const PhoneExchange *exchange, const json_t *body, Record **out, bool *fresh)
{
    static const char SAME[] = "SELECT id FROM call WHERE org_id = :org AND call_id = :call_id AND exchange_id = :exchange ORDER BY id LIMIT 1"; /* call_by_call_id_id */
    const RecordMeta *meta = kernel_type(cx->kernel, &call_type);
    Record *told = record_new(cx, meta);
    Id id = 0;
    bool found;

    TRY(read_facts(cx, told, body));
    TRY(sql_find(cx, SAME, IN(in_text("call_id", record_text(told, "call_id")), in_int("exchange", exchange->id)), OUT(out_int(&id)), &found));
    *fresh = !found;
    if (found) {
        TRY(record_load(cx, meta, id, out));
        return add_facts(cx, *out, told);
    }
    told->project = exchange->project;
    record_set_int(told, "exchange", exchange->id);
    TRY(identify(cx, told));
    told->state = meta_state(meta, str_of(state_of(told)));
    TRY(process_insert(cx, told));
    *out = told;
    return OK;
}
