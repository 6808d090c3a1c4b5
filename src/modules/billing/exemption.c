/* exemption.c: 减免期, days on which a home pays only a part of an item: a household in need, a rule of the town, what was agreed about an empty home. Asked
 * for by one person, allowed by another, and over by itself after its last day. Days that were billed already stay as they are: those are lessened by an
 * adjustment of the charge. */
#include "modules/billing/billing_parts.h"

static const Choice kinds[] = {
    {"hardship", "困难家庭", "Hardship"}, {"policy", "政策减免", "By a rule of the town"}, {"vacant", "空置约定", "Agreed for an empty home"}, {"compensation", "服务补偿", "Compensation"}, {"other", "其他", "Other"}, {0},
};
static const State states[] = {
    {"asked", "待批准", "Asked"}, {"approved", "已批准", "Approved"}, {"rejected", "未批准", "Refused", .ended = true}, {"ended", "已终止", "Ended", .ended = true},
};
static const Field fields[] = {
    {"house", "房屋", "House", T_REF, .to = "houses", .required = true, .searched = true, .indexed = true, .edit_in = NAMES("none")},
    {"tariff", "收费项目", "Item", T_REF, .to = "tariffs", .required = true, .edit_in = NAMES("none")},
    {"item", "项目编码", "Code of the item", T_TEXT, .max = 30, .read_only = true}, /* whichever of its prices holds */
    {"title", "名称", "Title", T_TEXT, .max = 120, .read_only = true, .searched = true, .english = "title_en"},
    {"title_en", "英文名称", "English title", T_TEXT, .max = 160, .internal = true},
    {"kind", "种类", "Kind", T_CHOICE, .choices = kinds, .set_default = "hardship", .edit_in = NAMES("asked")},
    {"percent", "按多少收（%）", "Pays (%)", T_DECIMAL, .max = 2, .required = true, .edit_in = NAMES("asked")},
    {"from", "从", "From", T_DATE, .required = true, .edit_in = NAMES("asked")},
    {"to", "到", "To", T_DATE, .required = true, .edit_in = NAMES("asked")},
    {"reason", "理由", "Reason", T_LINES, .max = 500, .required = true, .edit_in = NAMES("asked")},
    {"document", "依据文件", "Document", T_FILE, .edit_in = NAMES("asked")},
    {"approved_by", "批准人", "Approved by", T_REF, .to = "users", .read_only = true},
    {"answer", "批复", "Answer", T_TEXT, .max = 500, .read_only = true},
};
static const Sight sights[] = {{FEE_READERS}};
static const Field approve_asks[] = {{"answer", "批复", "Answer", T_TEXT, .max = 500}};
static const Field reject_asks[] = {{"answer", "不批准的原因", "Why not", T_TEXT, .max = 500, .required = true}};
static const Field end_asks[] = {{"on", "最后一天", "Last day", T_DATE, .required = true}, {"answer", "原因", "Why", T_TEXT, .max = 500, .required = true}};

/* "物业服务费按 50% 收，2026-09-01 至 2027-08-31" */
static void set_title(Cx *cx, Record *exemption, const Record *tariff)
{
    int from = (int)record_int(exemption, "from"), to = (int)record_int(exemption, "to");
    Str name = record_text(tariff, "name"), name_en = record_is_null(tariff, "name_en") ? name : record_text(tariff, "name_en"), percent = record_text(exemption, "percent");

    record_set_text(exemption, "title", str_format(cx->arena, "%.*s按 %.*s%% 收，%04d-%02d-%02d 至 %04d-%02d-%02d", STR_ARG(name), STR_ARG(percent), from / 10000, from / 100 % 100, from % 100,
                                                   to / 10000, to / 100 % 100, to % 100));
    record_set_text(exemption, "title_en", str_format(cx->arena, "%.*s at %.*s%%, %04d-%02d-%02d to %04d-%02d-%02d", STR_ARG(name_en), STR_ARG(percent), from / 10000, from / 100 % 100, from % 100,
                                                      to / 10000, to / 100 % 100, to % 100));
}

/* An item that is charged by the month: of one total, or of what a meter has counted, nothing is taken off by days. */
static const Error *take_item(Cx *cx, Record *exemption, Problems *problems)
{
    static const char *const monthly[] = {"area", "fixed", "person", "space"};
    const Record *tariff;
    bool is_monthly = false;

    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(exemption, "tariff")), false, &tariff));
    for (size_t i = 0; tariff != NULL && i < COUNT_OF(monthly); i++)
        is_monthly = is_monthly || str_is(record_text(tariff, "kind"), monthly[i]);
    if (tariff == NULL || tariff->project != exemption->project)
        problems_add(problems, STR("tariff"), "reference", STR("不是这套房所在项目的收费项目"), STR("is no item of the home's project"));
    else if (!is_monthly)
        problems_add(problems, STR("tariff"), "choice", STR("只有按月计的收费项目可以按天减免；其他费用出账后用减免单"), STR("only an item by the month is lessened by days; other charges are lessened by an adjustment"));
    else
        record_set_text(exemption, "item", record_text(tariff, "code")), set_title(cx, exemption, tariff);
    return OK;
}

static const Error *check_days(Cx *cx, const Record *exemption, Problems *problems)
{
    Date from = (Date)record_int(exemption, "from"), to = (Date)record_int(exemption, "to");
    int64_t months;

    TRY(rule_value(cx, "billing.exemption_months", &months));
    if (to < from)
        problems_add(problems, STR("to"), "out_of_range", STR("不能早于开始日"), STR("must not be before the first day"));
    else if (to > date_add(date_months_on(from, (int)months), -1))
        problems_add(problems, STR("to"), "out_of_range", str_format(cx->arena, "一次最多 %lld 个月，到期重新申请", (long long)months),
                     str_format(cx->arena, "at most %lld months at a time; ask again then", (long long)months));
    return OK;
}

static const Error *prepare(Cx *cx, Record *exemption, Problems *problems)
{
    const Record *house;
    Exact percent;

    if (!record_is_null(exemption, "house")) {
        TRY(record_look(cx, kernel_find(cx->kernel, STR("houses")), value_int(record_int(exemption, "house")), false, &house));
        if (house != NULL)
            exemption->project = house->project, exemption->building = house->building;
    }
    if (bill_number(exemption, "percent", &percent) && exact_cmp(percent, exact_of(100)) >= 0)
        problems_add(problems, STR("percent"), "out_of_range", STR("应在 0 到 100 之间：减一半写 50，全免写 0"), STR("must be between 0 and 100: 50 for half, 0 for nothing to pay"));
    if (!record_is_null(exemption, "tariff") && exemption->project != 0)
        TRY(take_item(cx, exemption, problems));
    return record_is_null(exemption, "from") || record_is_null(exemption, "to") ? OK : check_days(cx, exemption, problems);
}

/* Never by who asked for it. */
static bool may_decide(const Cx *cx, const Record *exemption)
{
    return cx->actor->is_system || cx->actor->user != exemption->created_by;
}

/* It stays what was asked for: who allows it cannot first make it another. */
static const Error *may_write(Cx *cx, const Record *exemption)
{
    return cx->actor->is_system || cx->actor->user == exemption->created_by ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
}

static const Error *decide(Cx *cx, Record *exemption, const Asked *asked)
{
    record_set(exemption, "approved_by", value_ref(cx->actor->user));
    if (asked_has(asked, "answer"))
        record_set_text(exemption, "answer", asked_text(asked, "answer"));
    return OK;
}

static const Error *reject(Cx *cx, Record *exemption, const Asked *asked)
{
    (void)cx;
    record_set_text(exemption, "answer", asked_text(asked, "answer"));
    return OK;
}

/* What it has lessened stays so. */
static const Error *end(Cx *cx, Record *exemption, const Asked *asked)
{
    Date on = (Date)asked_int(asked, "on");
    const Record *tariff;

    if (on > (Date)record_int(exemption, "to") || on < date_add((Date)record_int(exemption, "from"), -1))
        return error_field(cx->arena, STR("on"), "out_of_range", STR("应在减免期内（从未生效则写开始日的前一天）"), STR("must lie within its days (the day before the first, if it is never to hold)"));
    record_set(exemption, "to", value_ref(on));
    record_set_text(exemption, "answer", asked_text(asked, "answer"));
    TRY(record_look(cx, kernel_type(cx->kernel, &tariff_type), value_int(record_int(exemption, "tariff")), false, &tariff));
    if (tariff != NULL)
        set_title(cx, exemption, tariff);
    return OK;
}

static const Action actions[] = {
    {"approve", "批准", "Approve", .from = NAMES("asked"), .to = "approved", .by = R_MANAGER | R_REGION | R_ADMIN, .asks = LIST(approve_asks), .may = may_decide, .effect = decide},
    {"reject", "不批准", "Refuse", .from = NAMES("asked"), .to = "rejected", .by = R_MANAGER | R_REGION | R_ADMIN, .asks = LIST(reject_asks), .may = may_decide, .effect = reject},
    {"end", "终止", "End", .from = NAMES("approved"), .to = "ended", .by = BOOKKEEPERS | R_REGION, .asks = LIST(end_asks), .effect = end},
};
const RecordType exemption_type = {
    .resource = "exemptions", .name = "exemption", .zh = "减免期", .en = "Exemption", .prefix = "MQ", .fields = LIST(fields), .states = LIST(states), .actions = LIST(actions),
    .first_action = "ask", .first_zh = "申请", .first_en = "Ask", .sights = LIST(sights), .create_by = BOOKKEEPERS | R_CASHIER | R_DESK | R_DESK_LEAD, .write_by = BOOKKEEPERS | R_CASHIER | R_DESK | R_DESK_LEAD,
    .label = "title", .label_en = "title_en", .in_project = true, .own_search_only = true, .prepare = prepare, .changed = prepare, .may_write = may_write,
};

typedef struct {
    Relief *list;
    int count, room;
} List;

static const Error *add_relief(Cx *cx, const Row *row, void *self)
{
    List *list = self;
    Relief relief = {.house = row_int(row, 0), .item = str_copy(cx->arena, row_text(row, 1)), .from = (Date)row_int(row, 2), .to = (Date)row_int(row, 3)};

    if (!exact_parse(row_text(row, 4), 9, &relief.percent))
        return OK;
    list->list = arena_grown(cx->arena, list->list, sizeof(Relief), list->count, &list->room);
    list->list[list->count++] = relief;
    return OK;
}

const Error *reliefs_read(Cx *cx, Id first, Id last, Date from, Date to, Reliefs *out)
{
    static const char HELD[] = "SELECT house_id, item, \"from\", \"to\", percent FROM exemption WHERE org_id = :org AND house_id >= :first AND house_id <= :last AND \"from\" <= :to"
                               " AND \"to\" >= :from AND state IN ('approved', 'ended') AND archived_at IS NULL ORDER BY house_id, id"; /* exemption_by_house_id_id */
    List list = {0};

    TRY(sql_each(cx, HELD, IN(in_int("first", first), in_int("last", last), in_int("from", from), in_int("to", to)), add_relief, &list));
    out->list = list.list;
    out->count = list.count;
    return OK;
}

const Error *reliefs_of(Cx *cx, Id house, Date from, Date to, Reliefs *out)
{
    int64_t months;

    TRY(rule_value(cx, "billing.empty_after_months", &months));
    out->empty_after = (int)months;
    return reliefs_read(cx, house, house, from, to, out);
}

/* When the home was, or is, empty, as far as that is known. Of who is empty since nobody knows when: from the beginning. */
static bool empty_days(const Record *house, int after_months, Date *from, Date *to)
{
    bool empty = str_is(record_text(house, "occupancy"), "empty");

    *from = (Date)record_int(house, "empty_from");
    *to = record_is_null(house, "empty_to") ? 99991231 : (Date)record_int(house, "empty_to");
    if (*from != 0 && after_months > 0)
        *from = date_months_on(*from, after_months);
    return empty || *to != 99991231;
}

/* One stretch of days with another percentage: does it hold on `day`, and until when does that stay so? */
static void look_at(Date from, Date to, Exact percent, Date day, Exact *least, Date *until)
{
    if (day < from) {
        if (from <= *until)
            *until = date_add(from, -1);
        return;
    }
    if (day > to)
        return;
    if (to < *until)
        *until = to;
    if (exact_cmp(percent, *least) < 0)
        *least = percent;
}

Exact relief_on(const Price *price, const Record *house, const Reliefs *reliefs, Date day, Date to, Date *until)
{
    Exact percent = exact_of(100);
    Date from, end;

    *until = to;
    if (exact_is_number(price->empty_percent) && empty_days(house, reliefs->empty_after, &from, &end))
        look_at(from, end, price->empty_percent, day, &percent, until);
    for (int i = 0; i < reliefs->count; i++)
        if (reliefs->list[i].house == house->id && str_eq(reliefs->list[i].item, price->code))
            look_at(reliefs->list[i].from, reliefs->list[i].to, reliefs->list[i].percent, day, &percent, until);
    return percent;
}
