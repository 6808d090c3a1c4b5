/* handover.c: 交接班, the handover book: what one shift leaves to the next. What is open when it is written (of every kind that says
 * so: RecordType.carried) is carried over by the program; the next one counts, and accepts or refuses with the reason.
 *
 *     offered --accept--> accepted
 *        ^  `--refuse--> refused
 *        `---offer again----'
 */
#include "kernel/user.h"
#include "modules/roster/roster_parts.h"

#define MAX_OPEN 50 /* of each kind */
#define MAX_OPEN_BYTES (1 << 18)

static const State states[] = {{"offered", "待接班", "Offered"}, {"accepted", "已接班", "Accepted", .ended = true}, {"refused", "未接", "Refused"}};

#define WHILE_OPEN NAMES("offered", "refused")

static const Field fields[] = {
    {"post", "岗位", "Post", T_REF, .to = "posts", .required = true, .indexed = true, .edit_in = WHILE_OPEN},
    {"from", "交班人", "From", T_REF, .to = "users", .edit_in = NAMES("none")},
    {"to", "接班人", "To", T_REF, .to = "users", .required = true, .edit_in = WHILE_OPEN},
    {"at", "交接时间", "At", T_TIME, .read_only = true},
    {"note", "交代事项", "What happened", T_LINES, .max = 2000, .edit_in = WHILE_OPEN},
    {"open_matters", "未完事项", "Open matters", T_OBJECT, .read_only = true},
    {"open_count", "未完几件", "Open matters (count)", T_INT, .read_only = true},
    {"keys_count", "钥匙（把）", "Keys", T_INT, .max = 10000, .required = true, .edit_in = WHILE_OPEN},
    {"radio_count", "对讲机（台）", "Radios", T_INT, .max = 10000, .required = true, .edit_in = WHILE_OPEN},
    {"equipment_ok", "设备完好", "Equipment in order", T_BOOL, .edit_in = WHILE_OPEN},
    {"visitors_inside", "未离访客", "Visitors inside", T_INT, .max = 100000, .edit_in = WHILE_OPEN},
    {"reason", "拒接原因", "Why refused", T_LINES, .max = 500, .read_only = true},
    {"signature", "接班签字", "Signature", T_SIGN, .read_only = true},
    {"accepted_at", "接班时间", "Accepted", T_TIME, .read_only = true},
};
static const Field accept_asks[] = {
    {"keys", "点到的钥匙", "Keys counted", T_INT, .max = 10000},
    {"radios", "点到的对讲机", "Radios counted", T_INT, .max = 10000},
    {"signature", "签字", "Signature", T_SIGN},
};
static const Field refuse_asks[] = {{"reason", "哪里不对", "What is wrong", T_LINES, .max = 500, .required = true}};
static const Sight sights[] = {{GUARDS | MANAGEMENT | R_QUALITY | R_ENG_LEAD | R_DESK_LEAD}, {STAFF, "t.from_id = :me OR t.to_id = :me", .any_project = true}};

typedef struct {
    Json json;
    const char *resource;
    int count;
} Open;

static const Error *add_open(Cx *cx, const Row *row, void *self)
{
    Open *open = self;

    (void)cx;
    open->count++;
    json_open(&open->json, '{');
    JSON_C(&open->json, "resource", open->resource);
    JSON_ID(&open->json, "id", row_int(row, 0));
    JSON_TEXT(&open->json, "no", row_text(row, 1));
    JSON_TEXT(&open->json, "label", row_text(row, 2));
    json_close(&open->json, '}');
    return OK;
}

/* What of one kind is open at the post, or at no post in particular. */
static const Error *carry_kind(Cx *cx, const RecordMeta *meta, const Record *handover, Open *open)
{
    const FieldMeta *post = meta_field(meta, STR("post"));
    const char *label = meta->type->label == NULL ? "no" : meta->type->label;
    Buf sql = buf_new(cx->arena, 4000);

    open->resource = meta->type->resource;
    buf_format(&sql, "SELECT t.id, coalesce(t.no, ''), coalesce(t.\"%s\", '') FROM \"%s\" t WHERE t.org_id = :org AND t.project_id = :project AND t.archived_at IS NULL AND (%s)",
               label, meta->table, meta->type->carried);
    if (post != NULL && post->column != NULL)
        buf_format(&sql, " AND coalesce(t.\"%s\", :post) = :post", post->column);
    buf_format(&sql, " ORDER BY t.id LIMIT %d", MAX_OPEN); /* X_by_project_id_state_id */
    return sql_each_built(cx, buf_str(&sql), IN(in_int("project", handover->project), in_int("post", record_int(handover, "post"))), add_open, open);
}

static const Error *carry_over(Cx *cx, Record *handover)
{
    Open open = {.json = json_new(cx->arena, MAX_OPEN_BYTES)};

    json_open(&open.json, '[');
    for (int i = 0; i < cx->kernel->type_count; i++)
        if (cx->kernel->types[i].type->carried != NULL)
            TRY(carry_kind(cx, &cx->kernel->types[i], handover, &open));
    json_close(&open.json, ']');
    record_set_text(handover, "open_matters", buf_str(&open.json.buf));
    record_set_int(handover, "open_count", open.count);
    return OK;
}

static const Error *check_people(Cx *cx, const Record *handover, Problems *problems)
{
    bool is_staff;

    if (record_is_null(handover, "to"))
        return OK;
    if (record_int(handover, "to") == record_int(handover, "from"))
        problems_add(problems, STR("to"), "reference", STR("不能交给自己"), STR("must be somebody else"));
    TRY(user_is_staff_of(cx, record_int(handover, "to"), handover->project, &is_staff));
    if (!is_staff)
        problems_add(problems, STR("to"), "reference", STR("不是本项目在职员工"), STR("is nobody of this project's staff"));
    return OK;
}

/* Who writes it hands over; a lead may write it for somebody whose phone is dead. */
static const Error *prepare(Cx *cx, Record *handover, Problems *problems)
{
    if (record_is_null(handover, "from"))
        record_set_int(handover, "from", cx->actor->user);
    else if (record_int(handover, "from") != cx->actor->user && !actor_has(cx->actor, GUARD_LEADS, 0, 0))
        problems_add(problems, STR("from"), "reference", STR("只能交自己的班"), STR("is the caller, unless a lead writes it"));
    if (record_is_null(handover, "post"))
        return OK;
    record_set_int(handover, "at", cx->now);
    TRY(check_people(cx, handover, problems));
    return problems->count > 0 ? OK : carry_over(cx, handover);
}

static const Error *changed(Cx *cx, Record *handover, Problems *problems)
{
    return record_changed(handover, "to") ? check_people(cx, handover, problems) : OK;
}

static bool is_next(const Cx *cx, const Record *handover)
{
    return cx->actor->is_system || record_int(handover, "to") == cx->actor->user;
}

static bool is_giver(const Cx *cx, const Record *handover)
{
    return record_int(handover, "from") == cx->actor->user || access_may(cx, handover, GUARD_LEADS);
}

static void check_count(Cx *cx, const Record *handover, const Asked *asked, const char *ask, const char *field, Problems *problems)
{
    int64_t told = record_int(handover, field);

    if (asked_has(asked, ask) && asked_int(asked, ask) != told)
        problems_add(problems, str_of(ask), "differs", str_format(cx->arena, "交班写的是 %lld，数目不对先不要接，写明原因拒接", (long long)told),
                     str_format(cx->arena, "%lld were handed over; refuse with the reason when the count is wrong", (long long)told));
}

static const Error *guard_accept(Cx *cx, const Record *handover, const Asked *asked)
{
    Problems problems = problems_new(cx->arena);

    check_count(cx, handover, asked, "keys", "keys_count", &problems);
    check_count(cx, handover, asked, "radios", "radio_count", &problems);
    return problems_error(&problems);
}

static const Error *accept(Cx *cx, Record *handover, const Asked *asked)
{
    (void)asked;
    record_set_int(handover, "accepted_at", cx->now);
    return OK;
}

static const Error *offer(Cx *cx, Record *handover, const Asked *asked)
{
    (void)asked;
    record_set_null(handover, "reason");
    record_set_int(handover, "at", cx->now);
    return carry_over(cx, handover);
}

static const Action actions[] = {
    {"accept", "接班", "Accept", .from = NAMES("offered"), .to = "accepted", .by = STAFF, .asks = LIST(accept_asks), .may = is_next, .guard = guard_accept, .effect = accept,
     .tells = TELL_OWNER},
    {"refuse", "拒接", "Refuse", .from = NAMES("offered"), .to = "refused", .by = STAFF, .asks = LIST(refuse_asks), .may = is_next, .tells = TELL_OWNER | TELL_LEAD},
    {"offer", "重新交班", "Offer again", .from = NAMES("refused"), .to = "offered", .by = STAFF, .may = is_giver, .effect = offer},
};

const RecordType handover_type = {
    .resource = "handovers", .name = "handover", .zh = "交接班", .en = "Handover", .prefix = "JB", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "offer_first", .first_zh = "交班", .first_en = "Offer", .sights = LIST(sights), .create_by = GUARDS | MANAGEMENT | R_ENGINEER | R_ENG_LEAD | R_DESK | R_DESK_LEAD,
    .write_by = BY_OWNER | GUARD_LEADS, .label = "no", .in_project = true, .owner = "from", .leads = R_GUARD_LEAD, .prepare = prepare, .changed = changed,
};
