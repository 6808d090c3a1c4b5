#include "kernel/rule.h"
#include "kernel/process.h"

#include <assert.h>

static const Field fields[] = {
    {"code", "编码", "Code", T_TEXT, .max = 60, .required = true, .read_only = true},
    {"zh", "名称", "Chinese name", T_TEXT, .max = 60, .read_only = true, .searched = true},
    {"en", "英文名", "English name", T_TEXT, .max = 80, .read_only = true, .searched = true},
    {"value", "数值", "Value", T_INT, .min = 0, .max = 100000000, .required = true},
    {"unit", "单位", "Unit", T_TEXT, .max = 20, .read_only = true},
    {"note", "说明", "Note", T_TEXT, .max = 200},
};
static const Rule *declared(const Kernel *kernel, Str code)
{
    for (const Module *const *module = kernel->modules; *module != NULL; module++)
        for (int i = 0; i < (*module)->rule_count; i++)
            if (str_is(code, (*module)->rules[i].code))
                return &(*module)->rules[i];
    return NULL;
}

static const Error *changed(Cx *cx, Record *record, Problems *problems)
{
    const Rule *rule = declared(cx->kernel, record_text(record, "code"));
    int64_t value = record_int(record, "value");

    if (rule != NULL && (value < rule->min || value > rule->max))
        problems_add(problems, STR("value"), "out_of_range",
                     str_format(cx->arena, "应在 %lld 到 %lld 之间", (long long)rule->min, (long long)rule->max),
                     str_format(cx->arena, "must be between %lld and %lld", (long long)rule->min, (long long)rule->max));
    return OK;
}

const RecordType rule_type = {
    .resource = "rules", .name = "rule", .zh = "业务参数", .en = "Rule", .fields = LIST(fields), .sights = LIST(sight_staff),
    .create_by = BY_SYSTEM, .write_by = MANAGEMENT, .unique = NAMES("code"), .label = "zh", .label_en = "en", .changed = changed,
};

const Error *rule_value(Cx *cx, const char *code, int64_t *out)
{
    static const char FIND[] = "SELECT value FROM rule WHERE org_id = :org AND code = :code AND archived_at IS NULL"; /* rule_by_code_part */
    const Rule *rule = declared(cx->kernel, str_of(code));
    bool found;

    assert(rule != NULL); /* a module asks for a rule that none declares */
    TRY(sql_find(cx, FIND, IN(in_c("code", code)), OUT(out_int(out)), &found));
    if (!found)
        *out = rule->value;
    return OK;
}

static const Error *seed_rules(Cx *cx, const Module *module)
{
    static const char HAS[] = "SELECT count(*) FROM rule WHERE org_id = :org AND code = :code";

    for (int i = 0; i < module->rule_count; i++) {
        const Rule *rule = &module->rules[i];
        Record *record;
        int64_t has = 0;
        TRY(sql_row(cx, HAS, IN(in_c("code", rule->code)), OUT(out_int(&has))));
        if (has > 0)
            continue;
        record = record_new(cx, kernel_type(cx->kernel, &rule_type));
        record_set_text(record, "code", str_of(rule->code));
        record_set_text(record, "zh", str_of(rule->zh));
        record_set_text(record, "en", str_of(rule->en));
        record_set_int(record, "value", rule->value);
        record_set_text(record, "unit", str_of(rule->unit));
        TRY(record_insert(cx, record));
    }
    return OK;
}

const Error *rule_seed(Cx *cx)
{
    for (const Module *const *module = cx->kernel->modules; *module != NULL; module++) {
        TRY(seed_rules(cx, *module));
        if ((*module)->seed != NULL)
            TRY((*module)->seed(cx));
    }
    return OK;
}
