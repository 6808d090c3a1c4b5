/* roster.c: 排班, one line for each person, post and shift (card P12).
 *
 *     draft --publish--> published --clock_in--> on_duty --clock_out--> done
 *                            |  `--(nobody came until its end)--> absent
 *                            '--leave--> on_leave
 *
 * Lines change hands by a swap: asked for by one, agreed to by the other, approved by the lead. Own code: who may stand where
 * (licence, nobody on two posts at once), rest that is warned of, proof of being at the post. All else is declared. */
#include "kernel/alarm.h"
#include "kernel/checkpoint.h"
#include "kernel/clock.h"
#include "kernel/figure.h"
#include "kernel/job.h"
#include "kernel/message.h"
#include "kernel/user.h"
#include "modules/roster/roster_parts.h"

#define EARLIEST (15 * MINUTE)
#define LATEST (5 * MINUTE)
#define FORGOTTEN (4 * HOUR) /* to clock out */
#define SWAP_BEFORE (4 * HOUR)
#define LEADS (GUARD_LEADS | R_ENG_LEAD | R_CLEAN_LEAD)

static const Rule rules[] = {
    {"roster.rest_hours", "两班之间至少休息（小时）", "Rest between two shifts (hours)", 12, 0, 48, "hour"},
    {"roster.night_weeks", "最多连上几周夜班", "Night weeks running at most", 1, 1, 8, "week"},
    {"roster.post_metres", "签到离岗位最远（米）", "Clocking in from the post within (m)", 50, 5, 1000, "m"},
    {"roster.late_minutes", "开班几分钟未签到告警", "Nobody clocked in is an alarm after (minutes)", 5, 1, 120, "minute"},
    {"roster.hole_hours", "提前几小时告警缺岗（0 不告警）", "Uncovered posts are an alarm this far ahead (hours, 0 never)", 12, 0, 72, "hour"},
};

static const State states[] = {
    {"draft", "草稿", "Draft"},
    {"published", "已发布", "Published"},
    {"on_duty", "在岗", "On duty"},
    {"done", "已下班", "Done", .ended = true},
    {"on_leave", "请假", "On leave", .ended = true},
    {"absent", "缺勤", "Absent", .ended = true},
};
static const Choice clock_proofs[] = {{"code", "扫码", "Scan"}, {"geo", "定位", "Place"}, {"lead", "队长代签", "By the lead"}, {"none", "岗位未设点位", "The post has no place"}, {0}};
static const Choice warning_words[] = {{"rest", "休息不足", "Too little rest"}, {"night_week", "连续夜班过多", "Too many nights running"}, {0}};

#define UNTIL_IT_BEGINS NAMES("draft", "published")

static const Field fields[] = {
    {"post", "岗位", "Post", T_REF, .to = "posts", .required = true, .indexed = true, .edit_in = UNTIL_IT_BEGINS},
    {"shift", "班次", "Shift", T_REF, .to = "shifts", .required = true, .edit_in = UNTIL_IT_BEGINS},
    {"day", "日期", "Day", T_DATE, .required = true, .indexed = true, .edit_in = UNTIL_IT_BEGINS},
    {"person", "人员", "Person", T_REF, .to = "users", .required = true, .edit_in = UNTIL_IT_BEGINS},
    {"note", "备注", "Note", T_TEXT, .max = 200},
    {"title", "班次岗位", "Line", T_TEXT, .max = 120, .read_only = true},
    {"starts_at", "上班", "Begins", T_TIME, .read_only = true},
    {"ends_at", "下班", "Ends", T_TIME, .read_only = true},
    {"night", "夜班", "Night shift", T_BOOL, .read_only = true},
    {"warnings", "提醒", "Warnings", T_WORDS, .read_only = true, .suggests = warning_words},
    {"published_at", "发布时间", "Published", T_TIME, .read_only = true},
    {"swap_with", "换哪一班", "Swapped with", T_REF, .to = "rosters", .read_only = true},
    {"swap_person", "换给谁", "Swapped to", T_REF, .to = "users", .read_only = true},
    {"swap_agreed_at", "对方同意", "The other agreed", T_TIME, .read_only = true},
    {"swap_of", "原排给", "Was the line of", T_REF, .to = "users", .read_only = true},
    {"clocked_in_at", "签到", "Clocked in", T_TIME, .read_only = true},
    {"clocked_out_at", "签退", "Clocked out", T_TIME, .read_only = true},
    {"clock_proof", "签到凭据", "Proof", T_CHOICE, .choices = clock_proofs, .read_only = true},
    {"late_min", "迟到（分）", "Late (minutes)", T_INT, .read_only = true},
    {"reason", "原因", "Reason", T_TEXT, .max = 200, .read_only = true},
};

static const Field swap_asks[] = {{"with", "换哪一班，或换给谁", "With which line, or whom", T_RECORD, .required = true}};
static const Field reason_asks[] = {{"reason", "原因", "Reason", T_TEXT, .max = 200, .required = true}};
static const Field clock_in_asks[] = {{"place", "位置", "Place", T_PLACE}};

static const Sight sights[] = {{LEADS | R_GUARD | R_CONTROL | R_QUALITY | R_DESK_LEAD}, {STAFF, "t.person_id = :me", .any_project = true}};
static const Filter filters[] = {
    {"mine", T_BOOL, .sql = SQL_FLAG("t.person_id = :me", "mine")},
    {"warned", T_BOOL, .sql = SQL_FLAG("t.warnings IS NOT NULL", "warned")},
    {"counted", T_BOOL, .sql = SQL_FLAG("t.state IN ('on_duty', 'done', 'absent')", "counted")},
};
static const Index indexes[] = {{"person_id, starts_at"}, {"post_id, starts_at"}, {"project_id, starts_at"}, {"starts_at"}, {0}};

/* ---- Who may stand where ---- */

static const Error *post_of(Cx *cx, const Record *line, const Record **post)
{
    return record_look(cx, kernel_type(cx->kernel, &post_type), value_int(record_int(line, "post")), false, post);
}

/* Somebody of the staff, with the post's licence: says so on `field` where not. */
static const Error *check_person(Cx *cx, const Record *post, Id person, const char *field, Problems *problems)
{
    const Record *user;
    bool is_staff;

    TRY(user_is_staff_of(cx, person, post->project, &is_staff));
    TRY(record_look(cx, kernel_type(cx->kernel, &user_type), value_int(person), false, &user));
    if (!is_staff || user == NULL)
        problems_add(problems, str_of(field), "reference", STR("不是本项目在职员工"), STR("is nobody of this project's staff"));
    else if (record_text(post, "licence").len > 0 && !words_hold(record_text(user, "certificates"), str_to_c(cx->arena, record_text(post, "licence"))))
        problems_add(problems, str_of(field), "licence",
                     str_format(cx->arena, "%.*s 没有这个岗位要的证（%.*s）", STR_ARG(record_text(user, "name")), STR_ARG(record_text(post, "licence"))),
                     str_format(cx->arena, "%.*s does not have the licence of this post (%.*s)", STR_ARG(record_text(user, "name")), STR_ARG(record_text(post, "licence"))));
    return OK;
}

static const Error *check_free(Cx *cx, const Record *line, Id person, Id except, const char *field, Problems *problems)
{
    bool overlaps;

    TRY(rest_overlaps(cx, person, record_int(line, "starts_at"), record_int(line, "ends_at"), line->id, except, &overlaps));
    if (overlaps)
        problems_add(problems, str_of(field), "overlap",
                     str_format(cx->arena, "%08d 这个时段已排在别的班上，一人不能同时在两个岗位", (int)record_int(line, "day")),
                     str_format(cx->arena, "is on another line at that time on %08d: nobody is on two posts at once", (int)record_int(line, "day")));
    return OK;
}

/* Derives the moments of a line, and what it breaks: refused, or warned of. */
static const Error *settle_line(Cx *cx, Record *line, Problems *problems)
{
    const Record *shift, *post;
    Instant from, to, small_hours;
    Str warnings;

    if (record_is_null(line, "post") || record_is_null(line, "shift") || record_is_null(line, "day") || record_is_null(line, "person"))
        return OK; /* told as missing */
    TRY(record_look(cx, kernel_type(cx->kernel, &shift_type), value_int(record_int(line, "shift")), false, &shift));
    TRY(post_of(cx, line, &post));
    if (shift == NULL || post == NULL)
        return OK;
    line->project = post->project;
    line->building = post->building;
    shift_span(cx, shift, (Date)record_int(line, "day"), &from, &to);
    small_hours = date_to_instant(date_add((Date)record_int(line, "day"), instant_to_minute(from, cx->zone_min) > 120), 120, cx->zone_min);
    record_set_text(line, "title", str_format(cx->arena, "%02d-%02d %.*s %.*s", (int)record_int(line, "day") / 100 % 100, (int)record_int(line, "day") % 100,
                                              STR_ARG(record_text(shift, "name")), STR_ARG(record_text(post, "name"))));
    record_set_int(line, "starts_at", from);
    record_set_int(line, "ends_at", to);
    record_set_int(line, "night", from <= small_hours && small_hours < to); /* on duty at two in the morning */
    TRY(check_person(cx, post, record_int(line, "person"), "person", problems));
    TRY(check_free(cx, line, record_int(line, "person"), 0, "person", problems));
    TRY(rest_warnings(cx, line, &warnings));
    record_set(line, "warnings", warnings.len == 0 ? VALUE_NULL : value_text(warnings));
    return OK;
}

static const Error *changed(Cx *cx, Record *line, Problems *problems)
{
    bool moved = record_changed(line, "post") || record_changed(line, "shift") || record_changed(line, "day") || record_changed(line, "person");

    return moved && problems->count == 0 ? settle_line(cx, line, problems) : OK;
}

/* ---- A month at once ---- */

static const Error *drop_drafts(Cx *cx, Id post, Date from, Date to)
{
    static const char DROP[] = "SELECT id FROM roster WHERE org_id = :org AND post_id = :post AND state = 'draft' AND archived_at IS NULL AND day >= :from AND day <= :to AND id > :after"
                               " ORDER BY id LIMIT 1"; /* roster_by_post_id_id */
    Id line = 0;
    bool found;

    for (;;) {
        TRY(sql_find(cx, DROP, IN(in_int("post", post), in_int("from", from), in_int("to", to), in_int("after", line)), OUT(out_int(&line)), &found));
        if (!found)
            return OK;
        TRY(process_archive(cx, kernel_type(cx->kernel, &roster_type), line, 0));
    }
}

static const Error *add_draft(Cx *cx, const Record *post, Id shift, Date day, Id person)
{
    Problems problems = problems_new(cx->arena);
    Record *line = record_new(cx, kernel_type(cx->kernel, &roster_type));

    record_set_int(line, "post", post->id);
    record_set_int(line, "shift", shift);
    record_set_int(line, "day", day);
    record_set_int(line, "person", person);
    TRY(settle_line(cx, line, &problems));
    for (FieldProblem *problem = problems.first; problem != NULL; problem = problem->next)
        problem->field = STR("persons"); /* as it was asked */
    TRY(problems_error(&problems));
    return process_insert(cx, line);
}

/* The people begin at steps that lie evenly over the pattern, counted from a fixed day: the next month goes on where this one ends. */
const Error *roster_fill(Cx *cx, const Record *post, const Asked *asked)
{
    Date from = (Date)asked_int(asked, "from"), to = (Date)asked_int(asked, "to");
    Str persons = asked_text(asked, "persons");
    const Record *pattern;
    Id *steps, people[40];
    int count, heads = 0;

    TRY(record_look(cx, kernel_type(cx->kernel, &shift_pattern_type), value_int(asked_int(asked, "pattern")), false, &pattern));
    if (pattern == NULL)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(pattern_steps(cx, pattern, &steps, &count));
    while (heads < (int)COUNT_OF(people) && (people[heads] = str_next_id(&persons)) != 0)
        heads++;
    TRY(drop_drafts(cx, post->id, from, to));
    for (Date day = from; day <= to; day = date_add(day, 1))
        for (int i = 0; i < heads; i++) {
            Id shift = steps[(date_to_days(day) + (int64_t)i * count / heads) % count];
            if (shift != 0)
                TRY(add_draft(cx, post, shift, day, people[i]));
        }
    return OK;
}

const Error *roster_publish(Cx *cx, const Record *post, Date from, Date to)
{
    static const char DRAFT[] = "SELECT id FROM roster WHERE org_id = :org AND post_id = :post AND state = 'draft' AND archived_at IS NULL AND day >= :from AND day <= :to AND id > :after"
                                " ORDER BY id LIMIT 1"; /* roster_by_post_id_id */
    Record *line;
    Id id = 0;
    bool found;

    for (;;) {
        TRY(sql_find(cx, DRAFT, IN(in_int("post", post->id), in_int("from", from), in_int("to", to), in_int("after", id)), OUT(out_int(&id)), &found));
        if (!found)
            return OK;
        TRY(record_load(cx, kernel_type(cx->kernel, &roster_type), id, &line));
        TRY(process_take(cx, line, "publish"));
    }
}

static const Error *publish(Cx *cx, Record *line, const Asked *asked)
{
    Problems problems = problems_new(cx->arena);

    (void)asked;
    TRY(settle_line(cx, line, &problems)); /* what has changed since it was drafted: licences, other lines */
    record_set_int(line, "published_at", cx->now);
    return problems_error(&problems);
}

/* ---- Swaps ---- */

/* A line of somebody else's, or somebody who takes this one over. */
static const Error *guard_swap(Cx *cx, const Record *line, const Asked *asked)
{
    const RecordMeta *meta, *lines = kernel_type(cx->kernel, &roster_type);
    Problems problems = problems_new(cx->arena);
    const Record *other, *post;
    Id with = asked_int(asked, "with"), person = with;

    if (cx->now > record_int(line, "starts_at") - SWAP_BEFORE)
        return error_state(cx->arena, str_of(record_state(line)), STR("换班至少提前 4 小时提出"), STR("a swap is asked for 4 hours before at the latest"));
    TRY(record_type_of(cx, with, &meta));
    if (meta == lines) {
        TRY(record_look(cx, lines, value_int(with), true, &other));
        if (other == NULL || !record_in_state(other, "published") || other->project != line->project)
            return error_field(cx->arena, STR("with"), "reference", STR("只能和本项目已发布、还没开始的班换"), STR("must be a published line of this project that has not begun"));
        person = record_int(other, "person");
    } else if (meta != kernel_type(cx->kernel, &user_type)) {
        return error_field(cx->arena, STR("with"), "reference", STR("应为另一条排班，或一位同事"), STR("must be another line, or a colleague"));
    }
    if (person == record_int(line, "person"))
        return error_field(cx->arena, STR("with"), "reference", STR("不能和自己换"), STR("is the same person"));
    TRY(post_of(cx, line, &post));
    TRY(check_person(cx, post, person, "with", &problems));
    return problems_error(&problems);
}

static const Error *swap(Cx *cx, Record *line, const Asked *asked)
{
    const RecordMeta *meta, *lines = kernel_type(cx->kernel, &roster_type);
    const Record *other = NULL;
    Id with = asked_int(asked, "with");

    TRY(record_type_of(cx, with, &meta));
    if (meta == lines)
        TRY(record_look(cx, lines, value_int(with), true, &other));
    record_set(line, "swap_with", other == NULL ? VALUE_NULL : value_int(with));
    record_set_int(line, "swap_person", other == NULL ? with : record_int(other, "person"));
    record_set_null(line, "swap_agreed_at");
    return OK;
}

static bool is_swap_asked(const Cx *cx, const Record *line)
{
    (void)cx;
    return !record_is_null(line, "swap_person") && record_is_null(line, "swap_agreed_at");
}

static bool is_swap_agreed(const Cx *cx, const Record *line)
{
    (void)cx;
    return !record_is_null(line, "swap_agreed_at");
}

static bool has_swap(const Cx *cx, const Record *line)
{
    (void)cx;
    return !record_is_null(line, "swap_person");
}

static bool is_asked_of_me(const Cx *cx, const Record *line)
{
    return cx->actor->is_system || record_int(line, "swap_person") == cx->actor->user;
}

static bool is_in_swap(const Cx *cx, const Record *line)
{
    return is_asked_of_me(cx, line) || access_may(cx, line, BY_OWNER | LEADS);
}

static const Error *agree(Cx *cx, Record *line, const Asked *asked)
{
    (void)asked;
    record_set_int(line, "swap_agreed_at", cx->now);
    return message_roles(cx, line, "swap", "换班待批", "a swap waits for approval", LEADS & ~MANAGEMENT);
}

static void forget_swap(Record *line)
{
    record_set_null(line, "swap_with");
    record_set_null(line, "swap_person");
    record_set_null(line, "swap_agreed_at");
}

static const Error *drop_swap(Cx *cx, Record *line, const Asked *asked)
{
    (void)cx;
    (void)asked;
    forget_swap(line);
    return OK;
}

static void hand_to(Record *line, Id person)
{
    record_set_int(line, "swap_of", record_int(line, "person"));
    record_set_int(line, "person", person);
    forget_swap(line);
}

/* Both lines change hands, when both may: the licence of the post, and nobody on two posts at once. */
static const Error *approve(Cx *cx, Record *line, const Asked *asked)
{
    Problems problems = problems_new(cx->arena);
    Id mine = record_int(line, "person"), theirs = record_int(line, "swap_person"), with = record_int(line, "swap_with");
    const Record *post;
    Record *other = NULL;
    Str warnings;

    (void)asked;
    if (with != 0) {
        TRY(record_load(cx, line->meta, with, &other));
        if (!record_in_state(other, "published") || record_int(other, "person") != theirs)
            return error_state(cx->arena, str_of(record_state(other)), STR("对方那一班已经变了，换班须重新提出"), STR("the other line has changed meanwhile; ask again"));
        TRY(check_free(cx, other, mine, line->id, "with", &problems));
        TRY(post_of(cx, other, &post));
        TRY(check_person(cx, post, mine, "with", &problems));
    }
    TRY(check_free(cx, line, theirs, with, "with", &problems));
    TRY(post_of(cx, line, &post));
    TRY(check_person(cx, post, theirs, "with", &problems));
    TRY(problems_error(&problems));
    hand_to(line, theirs);
    TRY(rest_warnings(cx, line, &warnings));
    record_set(line, "warnings", warnings.len == 0 ? VALUE_NULL : value_text(warnings));
    if (other == NULL)
        return OK;
    hand_to(other, mine);
    TRY(rest_warnings(cx, other, &warnings));
    record_set(other, "warnings", warnings.len == 0 ? VALUE_NULL : value_text(warnings));
    return process_save(cx, other, "swapped");
}

/* ---- On duty ---- */

/* What was told as the place: {"code"} of the post's checkpoint, or where the phone is. */
static Told told_place(Cx *cx, Str place)
{
    json_t *object = NULL;
    Told told = {0};

    if (place.len == 0 || json_read(cx->arena, place, &object) != OK)
        return told;
    told.code = str_copy(cx->arena, json_str(json_object_get(object, "code")));
    if (told.code.len == 0)
        told.geo = place;
    return told;
}

/* Metres between the phone and the post; -1 where one of the two is not known. */
static int64_t off_post(const Cx *cx, const Record *post, const Record *checkpoint, Str geo)
{
    Geo here, there;

    if (!geo_parse(cx->arena, geo, &here))
        return -1;
    if (!geo_parse(cx->arena, record_text(post, "geo"), &there) && (checkpoint == NULL || !geo_parse(cx->arena, record_text(checkpoint, "geo"), &there)))
        return -1;
    return geo_metres(here, there);
}

static const Error *at_post(Cx *cx, const Record *line, Str place, const char **proof)
{
    Problems problems = problems_new(cx->arena);
    Told told = told_place(cx, place);
    const Record *post, *checkpoint = NULL;
    int64_t most, off;

    TRY(rule_value(cx, "roster.post_metres", &most));
    TRY(post_of(cx, line, &post));
    if (!record_is_null(post, "checkpoint"))
        TRY(record_look(cx, kernel_type(cx->kernel, &checkpoint_type), value_int(record_int(post, "checkpoint")), false, &checkpoint));
    *proof = "none";
    if (checkpoint == NULL && record_is_null(post, "geo"))
        return OK; /* the post has no place that could be proved */
    *proof = told.code.len > 0 ? "code" : "geo";
    if (checkpoint != NULL && told.code.len > 0)
        checkpoint_prove(cx, checkpoint, STR("[\"code\"]"), &(Told){.code = told.code}, &problems);
    else if ((off = off_post(cx, post, checkpoint, told.geo)) < 0)
        problems_add(&problems, STR("place"), "required", STR("须扫岗位的码（code），或打开定位（lat、lng）"), STR("scan the post's code, or give the phone's place (lat, lng)"));
    else if (off > most)
        problems_add(&problems, STR("place"), "out_of_range", str_format(cx->arena, "离岗位 %lld 米，应在 %lld 米以内", (long long)off, (long long)most),
                     str_format(cx->arena, "is %lld m from the post; %lld m at most", (long long)off, (long long)most));
    for (FieldProblem *problem = problems.first; problem != NULL; problem = problem->next)
        problem->field = STR("place");
    return problems_error(&problems);
}

static bool is_own(const Cx *cx, const Record *line)
{
    return access_may(cx, line, BY_OWNER) && !cx->actor->is_system;
}

static const Error *guard_clock_in(Cx *cx, const Record *line, const Asked *asked)
{
    const char *proof;

    if (clock_happened(cx) < record_int(line, "starts_at") - EARLIEST)
        return error_state(cx->arena, str_of(record_state(line)), STR("上班前 15 分钟起可以签到"), STR("clocking in begins 15 minutes before the shift"));
    return is_own(cx, line) ? at_post(cx, line, asked_text(asked, "place"), &proof) : OK;
}

/* An absence is taken back by what an offline phone still tells of that time. */
static bool may_clock_in(const Cx *cx, const Record *line)
{
    return record_in_state(line, "published") || clock_happened(cx) < record_int(line, "ends_at");
}

static const Error *clock_in(Cx *cx, Record *line, const Asked *asked)
{
    Instant at = clock_happened(cx), begins = record_int(line, "starts_at");
    const char *proof = "lead";

    if (is_own(cx, line))
        TRY(at_post(cx, line, asked_text(asked, "place"), &proof));
    record_set_text(line, "clock_proof", str_of(proof));
    record_set_int(line, "clocked_in_at", at);
    record_set_int(line, "late_min", at > begins + LATEST ? (at - begins) / MINUTE : 0);
    return alarm_settle(cx, "no_show", line->id, STR("已签到"));
}

static const Error *clock_out(Cx *cx, Record *line, const Asked *asked)
{
    (void)asked;
    record_set_int(line, "clocked_out_at", clock_happened(cx));
    return OK;
}

static const Error *no_show(Cx *cx, Record *line, const Asked *asked)
{
    const Record *post, *user;

    (void)asked;
    TRY(post_of(cx, line, &post));
    TRY(record_look(cx, kernel_type(cx->kernel, &user_type), value_int(record_int(line, "person")), false, &user));
    record_set_int(line, "late_min", (cx->now - record_int(line, "starts_at")) / MINUTE); /* so far; also marks it as told */
    return alarm_raise(cx, &(Alarm){"no_show", line,
                                    str_format(cx->arena, "%.*s 未签到：%.*s", STR_ARG(record_text(post, "name")), STR_ARG(record_text(user, "name"))),
                                    str_format(cx->arena, "Nobody at %.*s: %.*s has not clocked in", STR_ARG(record_text(post, "name")), STR_ARG(record_text(user, "name"))),
                                    record_int(line, "starts_at")});
}

static const Error *absent(Cx *cx, Record *line, const Asked *asked)
{
    (void)asked;
    return alarm_settle(cx, "no_show", line->id, STR("整班未到，记缺勤"));
}

static const Error *forgotten(Cx *cx, Record *line, const Asked *asked)
{
    (void)cx;
    (void)asked;
    record_set_text(line, "reason", STR("未签退，系统代签"));
    record_set_int(line, "clocked_out_at", record_int(line, "ends_at"));
    return OK;
}

/* Who is ill says so; the post has a hole then, which rings. */
static const Error *leave(Cx *cx, Record *line, const Asked *asked)
{
    (void)asked;
    forget_swap(line);
    return alarm_settle(cx, "no_show", line->id, STR("已请假"));
}

static const Action actions[] = {
    {"clock_in", "签到", "Clock in", .from = NAMES("published", "absent"), .to = "on_duty", .by = BY_OWNER | LEADS, .asks = LIST(clock_in_asks), .is_possible = may_clock_in,
     .guard = guard_clock_in, .effect = clock_in},
    {"clock_out", "签退", "Clock out", .from = NAMES("on_duty"), .to = "done", .by = BY_OWNER | LEADS, .asks = LIST(clock_in_asks), .effect = clock_out},
    {"publish", "发布", "Publish", .from = NAMES("draft"), .to = "published", .by = LEADS, .effect = publish},
    {"accept_swap", "同意换班", "Agree to the swap", .from = NAMES("published"), .by = STAFF, .may = is_asked_of_me, .is_possible = is_swap_asked, .effect = agree,
     .tells = TELL_OWNER},
    {"approve_swap", "批准换班", "Approve the swap", .from = NAMES("published"), .by = LEADS, .is_possible = is_swap_agreed, .effect = approve, .tells = TELL_OWNER},
    {"swap", "换班", "Swap", .from = NAMES("published"), .by = BY_OWNER, .asks = LIST(swap_asks), .guard = guard_swap, .effect = swap},
    {"drop_swap", "不换了", "Drop the swap", .from = NAMES("published"), .by = STAFF, .may = is_in_swap, .is_possible = has_swap, .effect = drop_swap, .tells = TELL_OWNER},
    {"leave", "请假", "Take leave", .from = NAMES("published"), .to = "on_leave", .by = BY_OWNER | LEADS, .asks = LIST(reason_asks), .effect = leave, .tells = TELL_LEAD},
    {"no_show", "未签到", "Nobody came", .from = NAMES("published"), .by = BY_SYSTEM, .effect = no_show},
    {"absent", "缺勤", "Absent", .from = NAMES("published"), .to = "absent", .by = BY_SYSTEM, .effect = absent},
    {"end", "代签退", "Clocked out by itself", .from = NAMES("on_duty"), .to = "done", .by = BY_SYSTEM, .effect = forgotten},
};
static const Auto autos[] = {
    {"no_show", "CASE WHEN t.late_min IS NULL THEN t.starts_at END", MINUTE, "roster.late_minutes"},
    {"absent", "t.ends_at", 0},
    {"end", "t.ends_at", FORGOTTEN},
};

const RecordType roster_type = {
    .resource = "rosters", .name = "roster", .zh = "排班", .en = "Roster line", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions), .first_action = "draft",
    .first_zh = "排班", .first_en = "Draft", .sights = LIST(sights), .filters = LIST(filters), .indexes = indexes, .create_by = LEADS, .write_by = LEADS, .label = "title",
    .in_project = true, .owner = "person", .leads = R_GUARD_LEAD, .autos = LIST(autos), .prepare = settle_line, .changed = changed, .own_search_only = true,
};

const Error *roster_on_duty(Cx *cx, Id person, Instant at, Id *line, Date *day)
{
    static const char NOW[] = /* roster_by_person_id_starts_at; clocking in early counts */
        "SELECT id, day FROM roster WHERE org_id = :org AND person_id = :person AND starts_at <= :at + 900000000 AND starts_at > :at - 172800000000 AND ends_at > :at"
        " AND " SQL_MANS " AND archived_at IS NULL ORDER BY starts_at LIMIT 1";
    int64_t of = 0;
    bool found;

    *line = 0;
    TRY(sql_find(cx, NOW, IN(in_int("person", person), in_int("at", at)), OUT(out_int(line), out_int(&of)), &found));
    if (found)
        *day = (Date)of;
    return OK;
}

const Error *roster_for(Cx *cx, Id post, Instant at, Id *person)
{
    static const char THERE[] = /* roster_by_post_id_starts_at */
        "SELECT person_id FROM roster WHERE org_id = :org AND post_id = :post AND starts_at <= :at AND starts_at > :at - 172800000000 AND ends_at > :at AND " SQL_MANS
        " AND archived_at IS NULL ORDER BY CASE WHEN state = 'on_duty' THEN 0 ELSE 1 END, starts_at, id LIMIT 1";
    bool found;

    *person = 0;
    return sql_find(cx, THERE, IN(in_int("post", post), in_int("at", at)), OUT(out_int(person)), &found);
}

static const char *const by[] = {"post", "person", "shift", NULL};
static const Figure figures[] = {
    {"roster_clock_in_time", "准时签到", "Clocked in on time", "开班 5 分钟内签到的 ÷ 已开始的班（含缺勤），按上班那天统计；请假、草稿不计。",
     "Clocked in within 5 minutes ÷ shifts begun (absences too), by the day they begin; leave and drafts never count.", &roster_type,
     .counts = "t.state IN ('on_duty', 'done', 'absent') AND t.archived_at IS NULL", .day = "t.starts_at", .met = "t.state <> 'absent' AND t.late_min = 0",
     .from = "filter[starts_at][gte]", .before = "filter[starts_at][lt]", .opens = NAMES("filter[counted]", "true"), .by = by},
};
static const Chore chores[] = {{"uncovered posts", 300, coverage_watch}, {"tasks to posts", 60, tasks_to_posts}, {0}};
static const RecordType *const records[] = {&post_type, &shift_type, &shift_pattern_type, &roster_type, &handover_type, &certificate_type, NULL};
const Module roster_module = {"roster", "岗位排班", "Posts and rosters", .records = records, .figures = LIST(figures), .adds = roster_adds, .rules = LIST(rules), .chores = chores};
