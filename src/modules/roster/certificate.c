/* certificate.c: 人员证书, what a person may do by law, until when, and the paper that proves it (card P34).
 *
 *     valid --expire--> expired --renew--> valid       (renew also before it has run out)
 *
 * The words in `certificates` of the person, which dispatch and rosters look at, follow: a kind is among them while a certificate of it is valid. A
 * certificate says where somebody was checked and often his identity number: who leads him and the management see it, and he himself. */
#include "kernel/deadline.h"
#include "kernel/input.h"
#include "kernel/message.h"
#include "kernel/user.h"
#include "modules/roster/roster_parts.h"

#define LEADS (R_ENG_LEAD | R_GUARD_LEAD | R_CLEAN_LEAD | R_GREEN_LEAD)

static const State states[] = {{"valid", "有效", "Valid"}, {"expired", "已过期", "Expired"}};
static const Field fields[] = {
    {"person", "人员", "Person", T_REF, .to = "users", .required = true, .indexed = true},
    {"kind", "证书种类", "Kind", T_TEXT, .max = 60, .required = true, .suggests = user_certificates},
    {"number", "证书编号", "Number", T_TEXT, .max = 60, .required = true},
    {"issued_on", "发证日期", "Issued on", T_DATE},
    {"valid_until", "有效期至", "Valid until", T_DATE, .edit_in = NAMES("valid")},
    {"document", "证书文件", "Document", T_FILE, .required = true},
    {"note", "说明", "Note", T_LINES, .max = 1000},
    {"title", "证书", "Certificate", T_TEXT, .max = 140, .read_only = true, .searched = true},
    {"expires_at", "过期时间", "Expires", T_TIME, .internal = true},
    {"remind_at", "下次提醒", "Next reminder", T_TIME, .internal = true},
};
static const Field renew_asks[] = {
    {"valid_until", "新的有效期至", "Valid until now", T_DATE, .required = true},
    {"document", "新证书文件", "The new document", T_FILE, .required = true},
    {"number", "证书编号（变了才填）", "Number, if it is another", T_TEXT, .max = 60},
};

#define LED(roles) "EXISTS (SELECT 1 FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = t.person_id AND g.role IN (" roles "))"
static const Sight sights[] = {
    {MANAGEMENT},
    {R_ENG_LEAD, LED("'engineer'")},
    {R_GUARD_LEAD, LED("'guard', 'control'")},
    {R_CLEAN_LEAD, LED("'cleaner'")},
    {R_GREEN_LEAD, LED("'gardener'")},
    {STAFF, "t.person_id = :me", .any_project = true},
};
static const Filter filters[] = {
    {"mine", T_BOOL, .sql = SQL_FLAG("t.person_id = :me", "mine")},
    {"valid_before", T_DATE, .sql = "t.valid_until < :f_valid_before"},
};
static const Index indexes[] = {{"valid_until, id", .where = "valid_until IS NOT NULL"}, {"state, remind_at, id", .where = "remind_at IS NOT NULL"}, {0}};

/* ---- What follows from a date ---- */

static void set_dates(const Cx *cx, Record *certificate)
{
    Date until = (Date)record_int(certificate, "valid_until");

    record_set(certificate, "expires_at", until == 0 ? VALUE_NULL : value_int(date_to_instant(date_add(until, 1), 0, cx->zone_min)));
    record_set(certificate, "remind_at", deadline_next(cx, until));
}

static bool is_valid(const Cx *cx, const Record *certificate)
{
    return certificate->archived_at == 0 && record_in_state(certificate, "valid") &&
           (record_is_null(certificate, "expires_at") || record_int(certificate, "expires_at") > cx->now);
}

Str certificate_kind(Lang lang, Str kind)
{
    for (const Choice *offered = user_certificates; offered->value != NULL; offered++)
        if (str_is(kind, offered->value))
            return str_of(lang == LANG_ZH ? offered->zh : offered->en);
    return kind;
}

/* The list with the word, or without it; no list when it is empty. */
static const Error *set_word(Cx *cx, Str list, Str word, bool has, Value *out)
{
    Json json = json_new(cx->arena, 1 << 16);
    json_t *words = NULL, *one;
    bool any = has;
    size_t i;

    if (list.len > 0)
        TRY(json_read(cx->arena, list, &words));
    json_open(&json, '[');
    json_array_foreach(words, i, one)
    {
        if (str_eq(json_str(one), word))
            continue;
        json_text(&json, json_str(one));
        any = true;
    }
    if (has)
        json_text(&json, word);
    json_close(&json, ']');
    *out = any ? value_text(buf_str(&json.buf)) : VALUE_NULL;
    return OK;
}

/* The person's words say what he may do today: of several of one kind one is enough. */
static const Error *follow_words(Cx *cx, const Record *certificate)
{
    static const char OTHERS[] = "SELECT count(*) FROM certificate WHERE org_id = :org AND person_id = :person AND kind = :kind AND id <> :id AND state = 'valid'"
                                 " AND (expires_at IS NULL OR expires_at > :now) AND archived_at IS NULL"; /* certificate_by_person_id_kind_number_part */
    Str kind = record_text(certificate, "kind");
    int64_t others = 0;
    Record *user;
    Value words;
    bool has;

    TRY(sql_row(cx, OTHERS, IN(in_int("person", record_int(certificate, "person")), in_text("kind", kind), in_int("id", certificate->id)), OUT(out_int(&others))));
    TRY(record_load(cx, kernel_type(cx->kernel, &user_type), record_int(certificate, "person"), &user));
    has = others > 0 || is_valid(cx, certificate);
    if (has == words_have(cx, record_text(user, "certificates"), kind))
        return OK;
    TRY(set_word(cx, record_text(user, "certificates"), kind, has, &words));
    record_set(user, "certificates", words);
    return process_save(cx, user, "update");
}

/* ---- Writing ---- */

static const Error *add_lead(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(uint64_t *)self |= access_leads(row_text(row, 0));
    return OK;
}

static const Error *leads_of(Cx *cx, Id person, uint64_t *out)
{
    static const char ROLES[] = "SELECT role FROM role_grant WHERE org_id = :org AND user_id = :user";

    *out = 0;
    return sql_each(cx, ROLES, IN(in_int("user", person)), add_lead, out);
}

static void check_dates(Cx *cx, const Record *certificate, Problems *problems)
{
    Date issued = (Date)record_int(certificate, "issued_on"), until = (Date)record_int(certificate, "valid_until");

    if (issued > instant_to_date(cx->now, cx->zone_min))
        problems_add(problems, STR("issued_on"), "out_of_range", STR("不能在将来"), STR("must not lie in the future"));
    if (until != 0 && until < issued)
        problems_add(problems, STR("valid_until"), "out_of_range", STR("不应早于发证日期"), STR("must not be before it was issued"));
}

/* One of this project's staff, whom the caller leads. */
static const Error *prepare(Cx *cx, Record *certificate, Problems *problems)
{
    Id person = record_int(certificate, "person");
    const Record *user = NULL;
    uint64_t leads;
    bool is_staff;

    check_dates(cx, certificate, problems);
    set_dates(cx, certificate);
    if (person == 0)
        return OK; /* told as missing */
    TRY(user_is_staff_of(cx, person, certificate->project, &is_staff));
    TRY(leads_of(cx, person, &leads));
    TRY(record_look(cx, kernel_type(cx->kernel, &user_type), value_int(person), false, &user));
    if (!is_staff || user == NULL)
        problems_add(problems, STR("person"), "reference", STR("不是本项目在职员工"), STR("is nobody of this project's staff"));
    else if (!cx->actor->is_system && !actor_has(cx->actor, MANAGEMENT | (leads & LEADS), certificate->project, 0))
        problems_add(problems, STR("person"), "reference", STR("不是自己带的人：由其主管或项目经理登记"), STR("is not led by you: their lead or the manager enters it"));
    else
        record_set_text(certificate, "title", utf8_cut(str_format(cx->arena, "%.*s %.*s", STR_ARG(record_text(user, "name")),
                                                                  STR_ARG(certificate_kind(LANG_ZH, record_text(certificate, "kind")))), 140));
    return OK;
}

/* Put away: it counts no more. */
static const Error *archived(Cx *cx, Record *certificate)
{
    return follow_words(cx, certificate);
}

static const Error *created(Cx *cx, Record *certificate)
{
    return is_valid(cx, certificate) ? follow_words(cx, certificate) : OK;
}

/* One that had run out when it was entered is told at once, and not taken for a valid one until the clock comes by. */
static const Error *after(Cx *cx, Record *certificate, const json_t *body)
{
    (void)body;
    return record_in_state(certificate, "valid") && !is_valid(cx, certificate) ? process_take(cx, certificate, "expire") : OK;
}

/* A mistake is put right; a longer time is a renewal, with its document. */
static const Error *changed(Cx *cx, Record *certificate, Problems *problems)
{
    static const char *const fixed[] = {"person", "kind"};
    int64_t until = record_int(certificate, "valid_until"), kept = record_int_kept(certificate, "valid_until");

    for (size_t i = 0; i < COUNT_OF(fixed); i++)
        if (record_changed(certificate, fixed[i]))
            problems_add(problems, str_of(fixed[i]), "read_only", STR("登记后不能改：删除后重新登记"), STR("stays as it was entered: delete it and enter it anew"));
    if (record_changed(certificate, "valid_until") && kept != 0 && (until == 0 || until > kept) && !record_changed(certificate, "document"))
        problems_add(problems, STR("document"), "required", STR("延长有效期要附新证书"), STR("a longer time needs the new document"));
    check_dates(cx, certificate, problems);
    set_dates(cx, certificate);
    return OK;
}

/* ---- Actions ---- */

/* To the person and who leads him; of somebody who has left nobody needs to hear. */
static const Error *tell(Cx *cx, const Record *certificate, const char *kind, const char *zh, const char *en, uint64_t more)
{
    const Record *user = NULL;
    uint64_t leads;

    TRY(record_look(cx, kernel_type(cx->kernel, &user_type), value_int(record_int(certificate, "person")), false, &user));
    if (user == NULL || record_int(user, "active") == 0 || user->archived_at != 0)
        return OK;
    TRY(leads_of(cx, user->id, &leads));
    TRY(message_action(cx, certificate, kind, zh, en, TELL_OWNER));
    return message_roles(cx, certificate, kind, zh, en, leads | more);
}

static const Error *remind_effect(Cx *cx, Record *certificate, const Asked *asked)
{
    Date until = (Date)record_int(certificate, "valid_until");
    int64_t days = deadline_days(cx, until);

    (void)asked;
    record_set(certificate, "remind_at", deadline_next(cx, until));
    return tell(cx, certificate, "remind", str_to_c(cx->arena, str_format(cx->arena, "还有 %lld 天到期，请办理续证", (long long)days)),
                str_to_c(cx->arena, str_format(cx->arena, "runs out in %lld days: renew it", (long long)days)), 0);
}

static const Error *expire_effect(Cx *cx, Record *certificate, const Asked *asked)
{
    (void)asked;
    record_set_null(certificate, "remind_at");
    TRY(follow_words(cx, certificate));
    return tell(cx, certificate, "expire", "证书已过期，不能再派这类工作", "has run out: no such work until it is renewed", R_MANAGER | R_REGION);
}

static const Error *guard_renew(Cx *cx, const Record *certificate, const Asked *asked)
{
    int64_t until = asked_int(asked, "valid_until");

    if (until < instant_to_date(cx->now, cx->zone_min))
        return error_field(cx->arena, STR("valid_until"), "out_of_range", STR("不能早于今天"), STR("must not be before today"));
    if (until <= record_int(certificate, "valid_until"))
        return error_field(cx->arena, STR("valid_until"), "out_of_range", STR("应晚于现在的有效期"), STR("must be later than it is valid now"));
    return OK;
}

static const Error *renew_effect(Cx *cx, Record *certificate, const Asked *asked)
{
    (void)asked;
    set_dates(cx, certificate);
    return follow_words(cx, certificate);
}

static const Action actions[] = {
    {"renew", "续证", "Renew", .from = NAMES("valid", "expired"), .to = "valid", .by = LEADS | MANAGEMENT, .asks = LIST(renew_asks), .guard = guard_renew, .effect = renew_effect,
     .tells = TELL_OWNER},
    {"remind", "提醒", "Remind", .from = NAMES("valid"), .by = BY_SYSTEM, .effect = remind_effect},
    {"expire", "过期", "Expired", .from = NAMES("valid"), .to = "expired", .by = BY_SYSTEM, .effect = expire_effect},
};
static const Auto autos[] = {{"remind", "t.remind_at", 1}, {"expire", "t.expires_at", 1}};

const RecordType certificate_type = {
    .resource = "certificates", .name = "certificate", .zh = "人员证书", .en = "Certificate", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "enter", .first_zh = "登记", .first_en = "Enter", .sights = LIST(sights), .filters = LIST(filters), .indexes = indexes, .create_by = LEADS | MANAGEMENT,
    .write_by = LEADS | MANAGEMENT, .unique = NAMES("person", "kind", "number"), .label = "title", .in_project = true, .owner = "person", .autos = LIST(autos),
    .own_search_only = true, .prepare = prepare, .created = created, .after = after, .changed = changed, .archived = archived,
};
