/* arrears.c: 催缴, one case for each household that owes something overdue, as long as it does.
 *
 *     open --promise, instalment, pause--> paused --kept until its day--> open
 *       '----------------------------------'--nothing overdue any more--> closed
 *
 * The ladder goes by the days since the oldest due day: the program reminds in the app by itself and says which step is due next; calls, letters and visits
 * are people's. What somebody disputes is not chased. Nobody is called at night or day after day, and cutting off water, power or access is no step here: the
 * law forbids it (民法典 art. 944). */
#include "kernel/deadline.h"
#include "kernel/job.h"
#include "kernel/message.h"
#include "kernel/rule.h"
#include "modules/arrears/arrears.h"

#define SOON 60 /* days: a case that begins so near its limitation says so at once */
#define COLLECTORS (R_CASHIER | R_ACCOUNTANT | DESK)

static const Choice stages[] = {
    {"remind", "首次提醒", "First reminder"}, {"remind_again", "再次提醒", "Second reminder"}, {"call", "电话沟通", "Call"}, {"letter", "催缴函", "Written demand"},
    {"visit", "上门沟通", "Visit"}, {"lawyer", "律师函", "Lawyer's letter"}, {"court", "调解或诉讼", "Mediation or court"}, {0},
};
static const Rule rules[] = {
    {"arrears.remind_days", "逾期几天首次提醒", "First reminder after (days)", 1, 0, 365, "day"},
    {"arrears.remind_again_days", "逾期几天再次提醒", "Second reminder after (days)", 15, 1, 365, "day"},
    {"arrears.call_days", "逾期几天电话沟通", "Call after (days)", 30, 1, 730, "day"},
    {"arrears.letter_days", "逾期几天发催缴函", "Written demand after (days)", 60, 1, 730, "day"},
    {"arrears.visit_days", "逾期几天上门", "Visit after (days)", 90, 1, 730, "day"},
    {"arrears.lawyer_days", "逾期几天发律师函", "Lawyer's letter after (days)", 120, 1, 1095, "day"},
    {"arrears.court_days", "逾期几天调解或诉讼", "Court after (days)", 180, 1, 1095, "day"},
    {"arrears.deadline_days", "催缴函给几天", "A written demand gives (days)", 15, 1, 92, "day"},
    {"arrears.contact_from", "几点起可以联系", "Contact from (o'clock)", 9, 0, 23, "hour"},
    {"arrears.contact_to", "几点后不再联系", "No contact after (o'clock)", 20, 1, 24, "hour"},
    {"arrears.contacts_a_week", "一周最多联系几次", "Contacts a week at most", 3, 1, 20, "time"},
};
static const char *const stage_rules[] = {"arrears.remind_days", "arrears.remind_again_days", "arrears.call_days", "arrears.letter_days",
                                          "arrears.visit_days",  "arrears.lawyer_days",       "arrears.court_days"};

static const Choice pause_reasons[] = {
    {"promise", "承诺了日期", "Promised"}, {"instalment", "分期", "In instalments"}, {"hardship", "困难家庭", "Hardship"}, {"dispute", "费用有异议", "Disputed"},
    {"bereavement", "家中变故", "Bereavement"}, {0},
};
static const Choice contact_kinds[] = {
    {"call", "电话", "Call"}, {"message", "短信或微信", "Message"}, {"letter", "催缴函", "Written demand"}, {"visit", "上门", "Visit"}, {"lawyer_letter", "律师函", "Lawyer's letter"}, {0},
};
static const State states[] = {{"open", "催缴中", "Open"}, {"paused", "暂缓", "Paused"}, {"closed", "已结清", "Closed", .ended = true}};

static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .read_only = true, .searched = true, .indexed = true},
    {"payer", "付款人", "Payer", T_REF, .to = "parties", .read_only = true},
    {"owner", "跟进人", "Collector", T_REF, .to = "users", .indexed = true},
    {"stage", "到哪一步", "Step", T_CHOICE, .choices = stages, .read_only = true},
    {"owed_fen", "逾期欠款", "Overdue", T_MONEY, .read_only = true},
    {"oldest_due", "最早应缴日", "Oldest due", T_DATE, .read_only = true},
    {"next_action_at", "下次处理", "Next look", T_TIME, .read_only = true, .tallied = true},
    {"contacts", "联系次数", "Contacts", T_INT, .read_only = true},
    {"last_contact_at", "最近联系", "Last contact", T_TIME, .read_only = true},
    {"last_said", "最近说了什么", "What was said last", T_LINES, .max = 1000, .read_only = true},
    {"promise_date", "承诺哪天缴", "Promised for", T_DATE, .read_only = true},
    {"promise_fen", "承诺缴多少", "Promised amount", T_MONEY, .read_only = true},
    {"broken_promises", "失信次数", "Promises not kept", T_INT, .read_only = true},
    {"parts", "分期", "Instalments", T_OBJECT, .read_only = true},
    {"agreed_fen", "分期时欠款", "Owed when agreed", T_MONEY, .read_only = true},
    {"paused_until", "暂缓到", "Paused until", T_TIME, .read_only = true},
    {"pause_reason", "为什么暂缓", "Why paused", T_CHOICE, .choices = pause_reasons, .read_only = true},
    {"demand_on", "最近有据催告", "Latest provable demand", T_DATE, .read_only = true},
    {"limitation_on", "诉讼时效到", "Suit until", T_DATE, .read_only = true},
    {"remind_at", "下次提醒时效", "Next word about it", T_TIME, .internal = true},
};
static const Sight sights[] = {{FEE_READERS}};
static const Index indexes[] = {
    {"house_id", .unique = true, .where = "state <> 'closed'"}, {"next_action_at", .where = "state <> 'closed'"}, {"project_id, stage, id", .where = "state <> 'closed'"},
    {"state, remind_at, id", .where = "remind_at IS NOT NULL"}, {0},
};
static const Filter filters[] = {{"due", T_BOOL, .sql = SQL_FLAG("t.state = 'open' AND t.stage NOT IN ('remind', 'remind_again')", "due")}};

static const Field contact_asks[] = {
    {"kind", "怎么联系的", "How", T_CHOICE, .choices = contact_kinds, .required = true},
    {"said", "说了什么", "What was said", T_LINES, .max = 1000, .required = true},
    {"delivered", "有送达凭据", "Delivery is proved", T_BOOL},
    {"photo", "凭据照片", "Photo of the proof", T_SIGN},
};
static const Field promise_asks[] = {
    {"date", "哪天缴", "When", T_DATE, .required = true},
    {"promise_fen", "缴多少", "How much", T_MONEY},
};
static const Field instalment_asks[] = {
    {"count", "分几期", "How many parts", T_INT, .min = 2, .max = 36, .required = true},
    {"first_on", "第一期哪天", "First on", T_DATE, .required = true},
};
static const Field pause_asks[] = {
    {"reason", "原因", "Reason", T_CHOICE, .choices = pause_reasons, .required = true},
    {"until", "到哪天", "Until", T_TIME, .day_ok = true, .required = true},
};

Date arrears_limitation(Date due, Date demanded)
{
    return date_months_on(demanded > due ? demanded : due, 36);
}

static Date today(const Cx *cx)
{
    return instant_to_date(cx->now, cx->zone_min);
}

/* What is overdue now and may be chased. */
typedef struct {
    int64_t fen, oldest, charge, payer;
} Overdue;
static const Error *find_overdue(Cx *cx, Id house, Overdue *out)
{
    static const char SUM[] = "SELECT CAST(coalesce(sum(open_fen), 0) AS BIGINT), coalesce(min(due_date), 0) FROM charge WHERE org_id = :org AND house_id = :house AND open_fen > 0"
                              " AND due_date < :today AND (disputed_at IS NULL OR dispute_outcome IS NOT NULL)"; /* charge_by_house_id_due_date_id_part */
    static const char OLDEST[] = "SELECT id, coalesce(payer_id, 0) FROM charge WHERE org_id = :org AND house_id = :house AND open_fen > 0 AND due_date = :due"
                                 " AND (disputed_at IS NULL OR dispute_outcome IS NOT NULL) ORDER BY id LIMIT 1";
    bool found;

    *out = (Overdue){0};
    TRY(sql_row(cx, SUM, IN(in_int("house", house), in_int("today", today(cx))), OUT(out_int(&out->fen), out_int(&out->oldest))));
    return out->fen == 0 ? OK : sql_find(cx, OLDEST, IN(in_int("house", house), in_int("due", out->oldest)), OUT(out_int(&out->charge), out_int(&out->payer)), &found);
}

const Error *arrears_demand(Cx *cx, Id house, Dues *out, Date *deadline)
{
    int64_t days;
    int count = 0;

    TRY(rule_value(cx, "arrears.deadline_days", &days));
    *deadline = date_add(today(cx), (int)days);
    TRY(charge_dues(cx, house, today(cx), out));
    for (int i = 0; i < out->count; i++) {
        const Record *charge = out->list[i].charge;
        if (!record_is_null(charge, "due_date") && record_int(charge, "due_date") < today(cx) && !charge_is_disputed(charge))
            out->list[count++] = out->list[i];
    }
    out->count = count;
    return OK;
}

/* The step that is due after so many days, and after how many the next one is. */
static const Error *find_stage(Cx *cx, int64_t days, int *stage, int64_t *next)
{
    int64_t from;

    *stage = -1;
    *next = 0;
    for (int i = 0; i < (int)COUNT_OF(stage_rules); i++) {
        TRY(rule_value(cx, stage_rules[i], &from));
        if (days >= from)
            *stage = i;
        else if (*next == 0)
            *next = from;
    }
    return OK;
}

static int stage_index(Str stage)
{
    for (int i = 0; stages[i].value != NULL; i++)
        if (str_is(stage, stages[i].value))
            return i;
    return -1;
}

/* Looked at again at the next step, or tomorrow morning: somebody may have paid. */
static Instant next_look(const Cx *cx)
{
    return date_to_instant(date_add(today(cx), 1), 9 * 60, cx->zone_min);
}

/* Until when a suit is possible, and when its end is told. A word that is due just now is not passed over by working it out anew. */
static void set_limitation(const Cx *cx, Record *record)
{
    Date until = arrears_limitation((Date)record_int(record, "oldest_due"), (Date)record_int(record, "demand_on"));

    if (record_int(record, "limitation_on") == until && !record_is_null(record, "remind_at"))
        return;
    record_set_int(record, "limitation_on", until);
    record_set(record, "remind_at", deadline_next(cx, until));
}

static const Error *tell_limitation(Cx *cx, const Record *record)
{
    return deadline_tell(cx, record, (Date)record_int(record, "limitation_on"), "诉讼时效", "the time to sue for what is owed", R_ACCOUNTANT | R_MANAGER);
}

static const Error *set_facts(Cx *cx, Record *record, const Overdue *overdue)
{
    record_set_int(record, "owed_fen", overdue->fen);
    record_set_int(record, "oldest_due", overdue->oldest);
    record_set(record, "payer", value_ref(overdue->payer));
    set_limitation(cx, record);
    record_set_int(record, "next_action_at", next_look(cx));
    return OK;
}

/* The payer is told of the oldest charge, in the app; other steps tell who collects. */
static const Error *tell_step(Cx *cx, const Record *record, const Overdue *overdue, const Choice *stage)
{
    Record *charge;

    if (!names_have(NAMES("remind", "remind_again"), stage->value))
        return message_action(cx, record, "step", stage->zh, stage->en, record_is_null(record, "owner") ? TELL_LEAD : TELL_OWNER);
    TRY(record_load(cx, kernel_type(cx->kernel, &charge_type), overdue->charge, &charge));
    return message_action(cx, charge, "remind", "费用已到应缴日，请留意", "A fee has come due", TELL_REPORTER);
}

static const Error *step_effect(Cx *cx, Record *record, const Asked *asked)
{
    Overdue overdue;
    int64_t next;
    int stage;

    (void)asked;
    TRY(find_overdue(cx, record_int(record, "house"), &overdue));
    TRY(set_facts(cx, record, &overdue));
    TRY(find_stage(cx, date_to_days(today(cx)) - date_to_days((Date)overdue.oldest), &stage, &next));
    if (stage <= stage_index(record_text(record, "stage")))
        return OK;
    record_set_text(record, "stage", str_of(stages[stage].value));
    return tell_step(cx, record, &overdue, &stages[stage]);
}

/* What was agreed is over: kept, or not. */
static const Error *resume_effect(Cx *cx, Record *record, const Asked *asked)
{
    if (str_is(record_text(record, "pause_reason"), "promise") && cx->actor->is_system)
        record_set_int(record, "broken_promises", record_int(record, "broken_promises") + 1);
    record_set_null(record, "paused_until");
    record_set_null(record, "pause_reason");
    record_set_null(record, "parts");
    return step_effect(cx, record, asked);
}

static const Error *close_effect(Cx *cx, Record *record, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_int(record, "owed_fen", 0);
    record_set_null(record, "paused_until");
    return OK;
}

static const Error *remind_effect(Cx *cx, Record *record, const Asked *asked)
{
    (void)asked;
    record_set(record, "remind_at", deadline_next(cx, (Date)record_int(record, "limitation_on")));
    return tell_limitation(cx, record);
}

/* 联系有度: not at night, and not day after day. */
static const Error *guard_contact(Cx *cx, const Record *record, const Asked *asked)
{
    static const char RECENT[] = "SELECT count(*) FROM event WHERE org_id = :org AND record_id = :id AND action = 'contact' AND at > :since"; /* event_by_record_id_n */
    int64_t from, to, most, count = 0, hour = instant_to_minute(cx->now, cx->zone_min) / 60;
    Str kind = asked_text(asked, "kind");

    if (str_is(kind, "letter") || str_is(kind, "lawyer_letter"))
        return OK; /* posted, not rung */
    TRY(rule_value(cx, "arrears.contact_from", &from));
    TRY(rule_value(cx, "arrears.contact_to", &to));
    TRY(rule_value(cx, "arrears.contacts_a_week", &most));
    if (hour < from || hour >= to)
        return error_field(cx->arena, STR("kind"), "out_of_range", str_format(cx->arena, "只在 %lld 点到 %lld 点之间联系住户", (long long)from, (long long)to),
                           str_format(cx->arena, "households are contacted between %lld and %lld o'clock only", (long long)from, (long long)to));
    TRY(sql_row(cx, RECENT, IN(in_int("id", record->id), in_int("since", cx->now - 7 * DAY_US)), OUT(out_int(&count))));
    if (count >= most)
        return error_field(cx->arena, STR("kind"), "out_of_range", str_format(cx->arena, "一周内已经联系 %lld 次，过几天再联系", (long long)count),
                           str_format(cx->arena, "they were contacted %lld times within a week; wait some days", (long long)count));
    return OK;
}

/* Only a demand that is proved begins the three years anew (民法典 art. 195), not a call that nobody took. */
static const Error *contact_effect(Cx *cx, Record *record, const Asked *asked)
{
    record_set_int(record, "contacts", record_int(record, "contacts") + 1);
    record_set_int(record, "last_contact_at", cx->now);
    record_set_text(record, "last_said", asked_text(asked, "said"));
    if (asked_int(asked, "delivered") != 0)
        record_set_int(record, "demand_on", today(cx));
    set_limitation(cx, record);
    return OK;
}

static const Error *bad_day(Cx *cx, const char *field, const char *zh, const char *en)
{
    return error_field(cx->arena, str_of(field), "out_of_range", str_of(zh), str_of(en));
}

static const Error *guard_promise(Cx *cx, const Record *record, const Asked *asked)
{
    Date day = (Date)asked_int(asked, "date");

    (void)record;
    if (day < today(cx) || day > date_add(today(cx), 92))
        return bad_day(cx, "date", "承诺日应在今天到三个月之内", "a promise is for a day from today to three months on");
    return OK;
}

/* A promise is an acknowledgement: the three years begin anew. */
static const Error *promise_effect(Cx *cx, Record *record, const Asked *asked)
{
    record_set_int(record, "promise_date", asked_int(asked, "date"));
    record_set(record, "promise_fen", asked_has(asked, "promise_fen") ? value_int(asked_int(asked, "promise_fen")) : VALUE_NULL);
    record_set_int(record, "paused_until", date_to_instant((Date)asked_int(asked, "date"), 1440, cx->zone_min));
    record_set_text(record, "pause_reason", STR("promise"));
    record_set_int(record, "demand_on", today(cx));
    set_limitation(cx, record);
    return OK;
}

static const Error *guard_instalment(Cx *cx, const Record *record, const Asked *asked)
{
    (void)record;
    return (Date)asked_int(asked, "first_on") < today(cx) ? bad_day(cx, "first_on", "第一期不能在今天之前", "the first part must not be before today") : OK;
}

/* Equal parts by the month, the last takes what is left over. */
static const Error *instalment_effect(Cx *cx, Record *record, const Asked *asked)
{
    int64_t count = asked_int(asked, "count"), owed = record_int(record, "owed_fen"), each = owed / count;
    Date first = (Date)asked_int(asked, "first_on");
    Json json = json_new(cx->arena, 1 << 14);

    json_open(&json, '[');
    for (int i = 0; i < (int)count; i++) {
        json_open(&json, '{');
        JSON_KEY(&json, "date");
        json_date(&json, date_months_on(first, i));
        JSON_INT(&json, "fen", i + 1 == (int)count ? owed - each * (count - 1) : each);
        json_close(&json, '}');
    }
    json_close(&json, ']');
    record_set_text(record, "parts", buf_str(&json.buf));
    record_set_int(record, "agreed_fen", owed);
    record_set_text(record, "pause_reason", STR("instalment"));
    record_set_int(record, "paused_until", date_to_instant(first, 1440, cx->zone_min));
    record_set_int(record, "demand_on", today(cx));
    set_limitation(cx, record);
    return OK;
}

static const Error *pause_effect(Cx *cx, Record *record, const Asked *asked)
{
    if (asked_int(asked, "until") <= cx->now)
        return bad_day(cx, "until", "应在今天之后", "must be later than now");
    record_set_int(record, "paused_until", asked_int(asked, "until"));
    record_set_text(record, "pause_reason", asked_text(asked, "reason"));
    return OK;
}

/* Are the instalments that were due by now paid? Then *next is the next one's day (0: that was the last). */
static const Error *is_kept(Cx *cx, const Record *record, int64_t owed, bool *kept, Date *next)
{
    int64_t due = 0;
    json_t *parts;

    *next = 0;
    TRY(json_read(cx->arena, record_text(record, "parts"), &parts));
    for (size_t i = 0; i < json_array_size(parts); i++) {
        Date day;
        if (!date_parse(json_str(json_object_get(json_array_get(parts, i), "date")), &day))
            continue;
        if (day < today(cx))
            due += json_integer_value(json_object_get(json_array_get(parts, i), "fen"));
        else if (*next == 0)
            *next = day;
    }
    *kept = record_int(record, "agreed_fen") - owed >= due;
    return OK;
}

static const Action actions[] = {
    {"contact", "记录联系", "Contact", .from = NAMES("open", "paused"), .by = COLLECTORS, .asks = LIST(contact_asks), .guard = guard_contact, .effect = contact_effect},
    {"promise", "承诺缴费", "Promise", .from = NAMES("open", "paused"), .to = "paused", .by = COLLECTORS, .asks = LIST(promise_asks), .guard = guard_promise, .effect = promise_effect},
    {"instalment", "分期", "Instalments", .from = NAMES("open", "paused"), .to = "paused", .by = BOOKKEEPERS, .asks = LIST(instalment_asks), .guard = guard_instalment,
     .effect = instalment_effect},
    {"pause", "暂缓", "Pause", .from = NAMES("open"), .to = "paused", .by = BOOKKEEPERS | R_DESK_LEAD, .asks = LIST(pause_asks), .effect = pause_effect},
    {"resume", "恢复催缴", "Resume", .from = NAMES("paused"), .to = "open", .by = BOOKKEEPERS | BY_SYSTEM, .effect = resume_effect},
    {"step", "下一步", "Next step", .from = NAMES("open"), .by = BY_SYSTEM, .effect = step_effect},
    {"wait", "按约等待", "Keep waiting", .from = NAMES("paused"), .by = BY_SYSTEM},
    {"remind", "提醒时效", "Limitation near", .from = NAMES("open", "paused"), .by = BY_SYSTEM, .effect = remind_effect},
    {"close", "结清", "Close", .from = NAMES("open", "paused"), .to = "closed", .by = BY_SYSTEM, .effect = close_effect},
};

static const Auto autos[] = {{"remind", "t.remind_at", 1}};

const RecordType arrears_case_type = {
    .resource = "arrears_cases", .name = "arrears_case", .zh = "催缴", .en = "Arrears case", .prefix = "CJ", .fields = LIST(fields), .states = LIST(states),
    .actions = LIST(actions), .first_action = "open", .first_zh = "立案", .first_en = "Open", .sights = LIST(sights), .filters = LIST(filters), .create_by = BY_SYSTEM,
    .write_by = BOOKKEEPERS | R_DESK_LEAD, .indexes = indexes, .label = "no", .in_project = true, .leads = R_ACCOUNTANT, .own_search_only = true, .autos = LIST(autos),
};

/* ---- what the program does by itself: one household after the other, so that none holds up the others ---- */

static const Error *find_homes(Cx *cx, Id after, int max, Ids *out)
{
    static const char HOMES[] = "SELECT DISTINCT c.house_id FROM charge c WHERE c.org_id = :org AND c.house_id > :after AND c.open_fen > 0 AND c.due_date < :before"
                                " AND (c.disputed_at IS NULL OR c.dispute_outcome IS NOT NULL) AND NOT EXISTS (SELECT 1 FROM arrears_case a WHERE a.org_id = c.org_id"
                                " AND a.house_id = c.house_id AND a.state <> 'closed') ORDER BY c.house_id LIMIT :max"; /* charge_by_house_id_due_date_id_part, arrears_case_by_house_id_part */
    int64_t days;

    TRY(rule_value(cx, "arrears.remind_days", &days));
    return sql_ids(cx, HOMES, IN(in_int("after", after), in_int("before", date_add(today(cx), days > 0 ? 1 - (int)days : 0)), in_int("max", max)), out);
}

static const Error *open_case(Cx *cx, Id house_id)
{
    Record *house, *record = record_new(cx, kernel_type(cx->kernel, &arrears_case_type));
    Overdue overdue;

    TRY(record_load(cx, kernel_find(cx->kernel, STR("houses")), house_id, &house));
    TRY(find_overdue(cx, house_id, &overdue));
    if (overdue.fen == 0)
        return OK; /* it was paid meanwhile */
    record->project = house->project;
    record->building = house->building;
    record_set_int(record, "house", house_id);
    record_set_text(record, "stage", STR("remind"));
    record_set_int(record, "contacts", 0);
    record_set_int(record, "broken_promises", 0);
    TRY(set_facts(cx, record, &overdue));
    TRY(process_insert(cx, record));
    if (deadline_days(cx, (Date)record_int(record, "limitation_on")) >= 0 && deadline_days(cx, (Date)record_int(record, "limitation_on")) <= SOON)
        TRY(tell_limitation(cx, record));
    return tell_step(cx, record, &overdue, &stages[0]);
}

static const Error *find_cases(Cx *cx, Id after, int max, Ids *out)
{
    static const char DUE[] = "SELECT a.id FROM arrears_case a WHERE a.org_id = :org AND a.id > :after AND a.state <> 'closed' AND (a.next_action_at <= :now OR EXISTS"
                              " (SELECT 1 FROM payment p WHERE p.org_id = a.org_id AND p.house_id = a.house_id AND p.updated_at > a.updated_at)) ORDER BY a.id LIMIT :max"; /* payment_by_house_id_id */

    return sql_ids(cx, DUE, IN(in_int("after", after), in_int("max", max)), out);
}

/* Nothing but the day has changed: the case waits for the next one, and its story does not grow. */
static const Error *is_as_it_was(Cx *cx, const Record *record, const Overdue *overdue, bool *same)
{
    int64_t next;
    int stage;

    TRY(find_stage(cx, date_to_days(today(cx)) - date_to_days((Date)overdue->oldest), &stage, &next));
    *same = overdue->fen == record_int(record, "owed_fen") && overdue->oldest == record_int(record, "oldest_due") && overdue->payer == record_int(record, "payer") &&
            (record_in_state(record, "paused") || stage <= stage_index(record_text(record, "stage"))) &&
            (!record_is_null(record, "remind_at") || deadline_next(cx, (Date)record_int(record, "limitation_on")).kind == V_NULL);
    return OK;
}

static const Error *wait_on(Cx *cx, const Record *record)
{
    static const char WAIT[] = "UPDATE arrears_case SET next_action_at = :at, updated_at = :now WHERE org_id = :org AND id = :id";

    return sql_run(cx, WAIT, IN(in_int("at", next_look(cx)), in_int("id", record->id)));
}

static const Error *look(Cx *cx, Id id)
{
    Record *record;
    Overdue overdue;
    bool kept, same;
    Date next;

    TRY(record_load(cx, kernel_type(cx->kernel, &arrears_case_type), id, &record));
    TRY(find_overdue(cx, record_int(record, "house"), &overdue));
    if (overdue.fen == 0)
        return process_take(cx, record, "close");
    TRY(is_as_it_was(cx, record, &overdue, &same));
    if (record_in_state(record, "open"))
        return same ? wait_on(cx, record) : process_take(cx, record, "step");
    if (record_int(record, "paused_until") <= cx->now && str_is(record_text(record, "pause_reason"), "instalment")) {
        TRY(is_kept(cx, record, overdue.fen, &kept, &next));
        if (kept && next != 0)
            record_set_int(record, "paused_until", date_to_instant(next, 1440, cx->zone_min));
    }
    if (record_int(record, "paused_until") <= cx->now)
        return process_take(cx, record, "resume");
    if (same && !record_changed(record, "paused_until"))
        return wait_on(cx, record);
    TRY(set_facts(cx, record, &overdue));
    return process_take(cx, record, "wait");
}

static const Chore chores[] = {{"arrears", 60, .find = find_cases, .each = look}, {"new arrears", 60, .find = find_homes, .each = open_case}, {0}};
static const RecordType *const records[] = {&arrears_case_type, NULL};
const Module arrears_module = {"arrears", "催缴", "Arrears", .records = records, .rules = LIST(rules), .chores = chores};
