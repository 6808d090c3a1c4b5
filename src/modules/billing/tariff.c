/* tariff.c: 收费项目, what is charged for and at which price from when to when. A price is never edited once it was billed: it ends, and the next
 * version begins. */
#include "modules/billing/billing_parts.h"

static const Choice bases[] = {{"actual", "当月天数", "Days of the month"}, {"30", "每月 30 天", "30 days a month"}, {0}};
static const Choice roundings[] = {{"line", "逐行进位", "Each line"}, {"bill", "合计进位", "The sum"}, {0}};
static const Choice areas[] = {{"built", "建筑面积", "Built area"}, {"inner", "套内面积", "Inner area"}, {"garden", "花园面积", "Garden area"}, {0}};
static const Choice shares[] = {{"area", "按面积", "By area"}, {"house", "按户", "By household"}, {"floor", "按楼层系数", "By floor"}, {0}};

static const Field fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 30, .required = true},
    {"name", "名称", "Name", T_TEXT, .max = 60, .searched = true, .initials = true},
    {"name_en", "英文名", "English name", T_TEXT, .max = 80},
    {"kind", "计费方式", "Kind", T_CHOICE, .choices = tariff_kinds, .required = true},
    {"rate_yuan", "单价（元）", "Price (yuan)", T_DECIMAL, .max = 6},
    {"unit", "计量单位", "Unit", T_TEXT, .max = 20},
    {"steps", "阶梯", "Steps", T_OBJECT},
    {"step_persons", "阶梯按几人户定（超出加档）", "People that the steps are meant for", T_INT, .min = 1, .max = 50},
    {"rates", "分时单价", "Prices by the time of day", T_OBJECT},
    {"formula", "公式", "Formula", T_TEXT, .max = FORMULA_MAX_CHARS},
    {"area_kind", "哪种面积", "Which area", T_CHOICE, .choices = areas, .set_default = "built"},
    {"share_by", "怎么分摊", "Shared by", T_CHOICE, .choices = shares, .set_default = "area"},
    {"applies_to", "适用于", "Applies to", T_OBJECT},
    {"from", "生效日", "From", T_DATE, .required = true},
    {"to", "失效日", "To", T_DATE},
    {"agency", "代收", "Collected for others", T_BOOL},
    {"tax_percent", "税率（%）", "Tax (%)", T_DECIMAL, .max = 2},
    {"rounding", "进位", "Rounding", T_CHOICE, .choices = roundings, .set_default = "line"},
    {"day_basis", "天数", "Days", T_CHOICE, .choices = bases, .set_default = "actual"},
    {"raise_months", "每几个月递增", "Rises every so many months", T_INT, .min = 1, .max = 600},
    {"raise_percent", "每次递增（%）", "Rises by (%)", T_DECIMAL, .max = 4},
    {"ahead", "预缴优惠", "Discount for paying ahead", T_OBJECT},
    {"empty_percent", "空置按多少收（%）", "Empty homes pay (%)", T_DECIMAL, .max = 2},
    {"due_day", "每月几号到期", "Due on day", T_INT, .min = 1, .max = 31},
    {"late_per_ten_thousand", "违约金（万分之/天）", "Late fee (per ten thousand a day)", T_DECIMAL, .max = 4},
    {"late_grace_days", "宽限（天）", "Grace (days)", T_INT, .min = 0, .max = 365},
    {"late_cap_percent", "违约金上限（%）", "Late fee at most (%)", T_DECIMAL, .max = 2},
    {"note", "依据", "Basis", T_LINES, .max = 500},
};
static const Sight sights[] = {{STAFF}, {R_RESIDENT, "t.project_id IN (SELECT r.project_id FROM residence r WHERE r.org_id = t.org_id AND r.party_id = :party)", .any_project = true}};
static const Index indexes[] = {{"project_id, code, \"from\""}, {0}};

/* What its kind needs is there, and only a number that can be one: a tariff that cannot be computed is refused here, not in the run. Of a field that is
 * wrong already nothing more is said, as of a number that is none. */
static const Error *check_price(Cx *cx, const Record *record, Problems *problems)
{
    Price price;
    const Error *error = record_is_null(record, "kind") ? OK : price_read(cx->arena, record, &price);

    if (error == OK || error->fields == NULL)
        return error;
    for (const FieldProblem *problem = problems->first; problem != NULL; problem = problem->next)
        if (str_eq(problem->field, error->fields->field))
            return OK;
    problems_add(problems, error->fields->field, error->fields->code, error->fields->zh, error->fields->en);
    return OK;
}

static void check_most(const Record *record, const char *field, int64_t most, Problems *problems)
{
    Exact value;

    if (!record_is_null(record, field) && exact_parse(record_text(record, field), 4, &value) && exact_cmp(value, exact_of(most)) > 0)
        problems_add(problems, str_of(field), "out_of_range", most == 100 ? STR("应在 0 到 100 之间") : STR("应在 0 到 10000 之间"),
                     most == 100 ? STR("must be between 0 and 100") : STR("must be between 0 and 10000"));
}

static void bad_applies(Problems *problems, const char *code, Str zh, Str en)
{
    problems_add(problems, STR("applies_to"), code, zh, en);
}

static bool is_use(const RecordMeta *house, const json_t *value)
{
    for (const Choice *choice = meta_field(house, STR("use"))->field->choices; choice->value != NULL; choice++)
        if (str_is(json_str(value), choice->value))
            return true;
    return false;
}

/* Each of them is there, in this project. */
static const Error *check_named(Cx *cx, const Record *record, const char *key, const json_t *list, Problems *problems)
{
    const RecordMeta *meta = kernel_find(cx->kernel, strcmp(key, "houses") == 0 ? STR("houses") : STR("spaces"));
    bool uses = strcmp(key, "use") == 0;

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *value = json_array_get(list, i);
        const Record *named = NULL;
        Id id;
        if (!uses && str_to_id(json_str(value), &id))
            TRY(record_look(cx, meta, value_int(id), false, &named));
        if (uses ? is_use(kernel_find(cx->kernel, STR("houses")), value) : named != NULL && named->project == record->project)
            continue;
        bad_applies(problems, "reference", str_format(cx->arena, "%s 里的第 %zu 个不是%s", key, i + 1, uses ? "房屋用途" : "本项目的编号"),
                    str_format(cx->arena, "entry %zu of %s is no %s", i + 1, key, uses ? "use of a house" : "id of this project"));
        return OK;
    }
    return OK;
}

static void check_floors(const json_t *floors, Problems *problems)
{
    const json_t *from = json_object_get(floors, "from"), *to = json_object_get(floors, "to");
    size_t known = (from != NULL) + (size_t)(to != NULL);

    if (!json_is_object(floors) || known == 0 || json_object_size(floors) != known || (from != NULL && !json_is_integer(from)) || (to != NULL && !json_is_integer(to)) ||
        (known == 2 && json_integer_value(from) > json_integer_value(to)))
        bad_applies(problems, "format", STR("floors 写成 {\"from\":1,\"to\":3}，整数，可只写一头"), STR("floors is written {\"from\":1,\"to\":3}: integers, one of them will do"));
}

/* 适用范围: {"use":["shop"],"buildings":["<id>"],"houses":["<id>"],"floors":{"from","to"}}. */
static const Error *check_applies(Cx *cx, const Record *record, Problems *problems)
{
    const char *key;
    json_t *applies, *value;

    if (record_is_null(record, "applies_to"))
        return OK;
    TRY(json_read(cx->arena, record_text(record, "applies_to"), &applies));
    if (!json_is_object(applies)) {
        bad_applies(problems, "type", STR("应为对象，如 {\"use\":[\"residential\"]}"), STR("must be an object such as {\"use\":[\"residential\"]}"));
        return OK;
    }
    json_object_foreach(applies, key, value)
    {
        bool list = strcmp(key, "use") == 0 || strcmp(key, "buildings") == 0 || strcmp(key, "houses") == 0;
        if (list && json_is_array(value))
            TRY(check_named(cx, record, key, value, problems));
        else if (strcmp(key, "floors") == 0)
            check_floors(value, problems);
        else
            bad_applies(problems, list ? "type" : "unknown", STR("能写 use、buildings、houses（列表）和 floors {from, to}"), STR("takes use, buildings, houses (lists) and floors {from, to}"));
    }
    return OK;
}

/* What does not count the time would be charged whole for each part of a month: a new owner, a gap that is filled. What a meter has counted, no run knows. */
static const Error *check_formula(Cx *cx, const Record *record, Problems *problems)
{
    Formula *formula;
    const Error *error;

    if (record_is_null(record, "formula") || !str_is(record_text(record, "kind"), "formula") || !record_changed(record, "formula"))
        return OK;
    error = formula_parse(cx->arena, record_text(record, "formula"), &formula);
    if (error != OK)
        return error->fields == NULL ? error : OK; /* told by check_price */
    if (formula_uses(formula, Q_USE))
        problems_add(problems, STR("formula"), "unknown", STR("出账不知道用量：按表的费用请选“按表”或“阶梯”"), STR("a run does not know the use: choose the kind by meter or stepped"));
    else if (!formula_uses(formula, Q_MONTHS) && !formula_uses(formula, Q_DAYS))
        problems_add(problems, STR("formula"), "required", STR("要乘以 months（月数）或 days（天数），否则换业主、补账时会重复收整笔"),
                     STR("must count months or days, or each part of a month would be charged whole"));
    return OK;
}

/* Versions of one item do not overlap. */
static const Error *check_versions(Cx *cx, const Record *record, Problems *problems)
{
    static const char OVERLAP[] = "SELECT count(*) FROM tariff WHERE org_id = :org AND project_id = :project AND code = :code AND id <> :id AND archived_at IS NULL"
                                  " AND \"from\" <= :to AND coalesce(\"to\", 99991231) >= :from"; /* tariff_by_project_id_code_from */
    int64_t others = 0, from = record_int(record, "from"), to = record_is_null(record, "to") ? 99991231 : record_int(record, "to");

    if (from == 0 || record_is_null(record, "code"))
        return OK;
    if (to < from)
        problems_add(problems, STR("to"), "out_of_range", STR("失效日不能早于生效日"), STR("must not be before the first day"));
    TRY(sql_row(cx, OVERLAP, IN(in_int("project", record->project), in_text("code", record_text(record, "code")), in_int("id", record->id), in_int("from", from), in_int("to", to)),
                OUT(out_int(&others))));
    if (others > 0)
        problems_add(problems, STR("from"), "duplicate", STR("与同一项目的另一段价格重叠，先写明那一段的失效日"),
                     STR("overlaps another price of this item; give that one its last day first"));
    return OK;
}

static const Error *prepare(Cx *cx, Record *record, Problems *problems)
{
    if (record_is_null(record, "name"))
        record_set(record, "name", record->values[meta_field(record->meta, STR("code"))->at]);
    TRY(check_price(cx, record, problems));
    check_most(record, "tax_percent", 100, problems);
    check_most(record, "empty_percent", 100, problems);
    check_most(record, "raise_percent", 100, problems);
    check_most(record, "late_cap_percent", 100, problems); /* what fee_late would refuse: no household could pay any more */
    check_most(record, "late_per_ten_thousand", 10000, problems);
    TRY(check_formula(cx, record, problems));
    if (record_changed(record, "applies_to"))
        TRY(check_applies(cx, record, problems));
    return check_versions(cx, record, problems);
}

/* It does not end before days that were billed by it. */
static const Error *check_end(Cx *cx, const Record *record, Problems *problems)
{
    static const char LAST[] = "SELECT coalesce(max(period_to), 0) FROM charge WHERE org_id = :org AND tariff_id = :id AND slot IS NOT NULL"; /* charge_by_tariff_id_id */
    int64_t last = 0;

    TRY(sql_row(cx, LAST, IN(in_int("id", record->id)), OUT(out_int(&last))));
    if (last > record_int(record, "to"))
        problems_add(problems, STR("to"), "out_of_range", str_format(cx->arena, "已出账到 %04d-%02d-%02d", (int)last / 10000, (int)last / 100 % 100, (int)last % 100),
                     str_format(cx->arena, "was billed until %04d-%02d-%02d already", (int)last / 10000, (int)last / 100 % 100, (int)last % 100));
    return OK;
}

/* What was billed keeps the price it was billed at: only its last day, name and terms of the future may change. */
static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    static const char BILLED[] = "SELECT count(*) FROM (SELECT 1 AS one FROM charge WHERE org_id = :org AND tariff_id = :id LIMIT 1) x"; /* charge_by_tariff_id_id */
    static const char *const fixed[] = {"code", "kind", "rate_yuan", "steps", "step_persons", "rates", "raise_months", "raise_percent", "formula", "area_kind", "share_by", "from", "tax_percent", "rounding", "day_basis", "agency"};
    int64_t billed = 0;

    TRY(sql_row(cx, BILLED, IN(in_int("id", record->id)), OUT(out_int(&billed))));
    for (size_t i = 0; billed > 0 && i < COUNT_OF(fixed); i++)
        if (record_changed(record, fixed[i]))
            problems_add(problems, str_of(fixed[i]), "read_only", STR("已按这个价格出过账：写明失效日，再建新的一段"),
                         STR("this price was billed already: give it its last day and add the next version"));
    if (billed > 0 && record_changed(record, "to") && !record_is_null(record, "to"))
        TRY(check_end(cx, record, problems));
    return prepare(cx, record, problems);
}

/* A charge says with it what it was for, and its late fee is charged by it. */
static const Error *archived(Cx *cx, Record *record)
{
    static const char BILLED[] = "SELECT count(*) FROM (SELECT 1 AS one FROM charge WHERE org_id = :org AND tariff_id = :id LIMIT 1) x"; /* charge_by_tariff_id_id */
    int64_t billed = 0;

    TRY(sql_row(cx, BILLED, IN(in_int("id", record->id)), OUT(out_int(&billed))));
    return billed == 0 ? OK : error_new(cx->arena, ERR_WRONG_STATE, STR("已按这个价格出过账：写明失效日即可"), STR("this price was billed already: give it its last day instead"));
}

const Error *tariff_once(Cx *cx, Id project, const char *code, const char *zh, const char *en, Record **out)
{
    static const char FIND[] = "SELECT id FROM tariff WHERE org_id = :org AND project_id = :project AND code = :code AND kind = 'one_off' AND archived_at IS NULL ORDER BY \"from\" DESC LIMIT 1";
    const RecordMeta *meta = kernel_type(cx->kernel, &tariff_type);
    bool found;
    Id id;

    TRY(sql_find(cx, FIND, IN(in_int("project", project), in_c("code", code)), OUT(out_int(&id)), &found));
    if (found)
        return record_load(cx, meta, id, out);
    *out = record_new(cx, meta);
    (*out)->project = project;
    record_set_text(*out, "code", str_of(code));
    record_set_text(*out, "name", str_of(zh));
    record_set_text(*out, "name_en", str_of(en));
    record_set_text(*out, "kind", STR("one_off"));
    record_set_int(*out, "from", 20000101);
    return process_insert(cx, *out);
}

const RecordType tariff_type = {
    .resource = "tariffs", .name = "tariff", .zh = "收费项目", .en = "Tariff", .fields = LIST(fields), .sights = LIST(sights),
    .create_by = BOOKKEEPERS, .write_by = BOOKKEEPERS, .indexes = indexes, .label = "name", .label_en = "name_en", .in_project = true, .prepare = prepare, .changed = changed, .archived = archived,
};
