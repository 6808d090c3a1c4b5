/* maintain.c: 维保计划, from the ready-made tasks of a type to the plans of a machine (card P18, generate), each with its checklist.
 *
 * A task's checklist is one template for all machines, by the task's code; what fails in it opens a fault of the machine. Where the law names a day for
 * this very machine (下次检验日期), its inspection is planned from there, and not by the month that the catalogue gives; once it is done that day moves on.
 * On days off what the law asks for is done before, other work after; what is done every day goes on. */
#include "kernel/checklist.h"
#include "kernel/plan.h"
#include "modules/equipment/equipment_parts.h"

#define MAX_TASKS 60        /* of one type */
#define BEGINS_AT (9 * 60)  /* a rule that names no hour */
#define LOOK_AHEAD_YEARS 10
#define MAX_ITEMS_BYTES (1 << 15)

static const Field fields[] = {{"equipment", "设备", "Equipment", T_REF, .to = "equipment", .indexed = true, .places = true}};
static const Error *task_ended(Cx *cx, const Record *task);
const Added equipment_adds[] = {{&plan_type, LIST(fields)}, {&task_type, LIST(fields), .ended = task_ended}, {&checklist_type, LIST(fields)}, {0}};

/* The checklist's items: a reading with its limits, or passed and failed; a failed one shows itself and opens a fault. */
static Str items_json(Cx *cx, const Record *task)
{
    TaskItem items[MAX_TASK_ITEMS];
    Json json = json_new(cx->arena, MAX_ITEMS_BYTES);
    int count;
    Str wrong;

    if (!task_items_parse(record_text(task, "items_text"), items, &count, &wrong))
        count = 0; /* it was checked when it was written */
    json_open(&json, '[');
    for (int i = 0; i < count; i++) {
        json_open(&json, '{');
        JSON_TEXT(&json, "item", str_format(cx->arena, "i%d", i + 1));
        JSON_TEXT(&json, "label", items[i].zh);
        JSON_TEXT(&json, "label_en", items[i].en);
        JSON_C(&json, "kind", items[i].is_measured ? "number" : "check");
        if (items[i].unit.len > 0)
            JSON_TEXT(&json, "unit", items[i].unit);
        if (items[i].min.len > 0)
            JSON_TEXT(&json, "min", items[i].min);
        if (items[i].max.len > 0)
            JSON_TEXT(&json, "max", items[i].max);
        JSON_BOOL(&json, "required", true);
        JSON_KEY(&json, "opens");
        json_open(&json, '{');
        JSON_C(&json, "resource", "faults");
        JSON_TEXT(&json, "symptom", str_format(cx->arena, "%.*s不合格", STR_ARG(items[i].zh)));
        json_close(&json, '}');
        json_close(&json, '}');
    }
    json_close(&json, ']');
    return buf_str(&json.buf);
}

/* The task's template, made when it is first needed. */
static const Error *template_of(Cx *cx, const Record *task, Id *out)
{
    static const char FIND[] = "SELECT id FROM checklist_template WHERE org_id = :org AND code = :code AND archived_at IS NULL"; /* checklist_template_by_code_part */
    Record *template;
    bool found;

    TRY(sql_find(cx, FIND, IN(in_text("code", record_text(task, "code"))), OUT(out_int(out)), &found));
    if (found)
        return OK;
    template = record_new(cx, kernel_type(cx->kernel, &checklist_template_type));
    record_set_text(template, "code", record_text(task, "code"));
    record_set_text(template, "name", record_text(task, "zh"));
    record_set_text(template, "name_en", record_text(task, "en"));
    TRY(checklist_template_add(cx, template, items_json(cx, task)));
    *out = template->id;
    return OK;
}

/* The team of a skill: most are the engineers' trades. */
static const char *team_of(Str skill)
{
    return str_is(skill, "guard") ? "guard" : str_is(skill, "control") ? "control" : str_is(skill, "manager") ? "manager" : "engineer";
}

/* "FREQ=YEARLY;INTERVAL=3;BYMONTH=4;BYMONTHDAY=15" as "FREQ=YEARLY;INTERVAL=3": the day comes from the beginning. */
static Str without_days(Cx *cx, Str rule)
{
    Buf kept = buf_new(cx->arena, 500);

    for (Str rest = rule; rest.ptr != NULL;) {
        Str part = str_split(rest, ';', &rest);
        if (!str_starts(part, STR("BY")))
            buf_format(&kept, "%s%.*s", kept.len == 0 ? "" : ";", STR_ARG(part));
    }
    return buf_str(&kept);
}

static Str wall_text_of(Cx *cx, Date day, int minute)
{
    Buf text = buf_new(cx->arena, 32);

    buf_date(&text, day);
    buf_format(&text, "T%02d:%02d:00", minute / 60, minute % 60);
    return buf_str(&text);
}

static void set_rhythm(Cx *cx, const Record *equipment, const Record *task, Date from, Record *plan)
{
    Date inspection = (Date)record_int(equipment, "next_inspection");
    Str rule = record_text(task, "rrule");
    bool statutory = record_int(task, "statutory") != 0, daily = str_find(rule, STR("FREQ=DAILY")) >= 0, by_hour = str_find(rule, STR("BYHOUR")) >= 0;
    int64_t tolerance = record_int(task, "tolerance_days") * 1440;

    if (str_is(record_text(task, "certificate"), INSPECTION) && inspection != 0) {
        rule = without_days(cx, rule);
        from = inspection;
    }
    record_set_text(plan, "rrule", rule);
    record_set_text(plan, "dtstart", wall_text_of(cx, from, by_hour ? 0 : BEGINS_AT));
    record_set_text(plan, "anchor", record_text(task, "anchor"));
    record_set_text(plan, "holidays", daily ? STR("none") : statutory ? STR("before") : STR("after"));
    record_set_int(plan, "window_before_min", tolerance);
    if (!statutory) /* what the law asks for is never later than its day */
        record_set_int(plan, "window_after_min", tolerance + (by_hour ? 4 * 60 : 1440 - BEGINS_AT));
}

static const Error *make_plan(Cx *cx, const Record *equipment, const Record *type, const Record *task, Date from)
{
    Record *plan = record_new(cx, kernel_type(cx->kernel, &plan_type));
    Id template;

    TRY(template_of(cx, task, &template));
    plan->project = equipment->project;
    plan->building = equipment->building;
    record_set_text(plan, "title", utf8_cut(str_format(cx->arena, "%.*s：%.*s", STR_ARG(record_text(equipment, "name")), STR_ARG(record_text(task, "zh"))), 120));
    record_set_int(plan, "equipment", equipment->id);
    record_set_int(plan, "space", record_int(equipment, "space"));
    record_set_int(plan, "checklist_template", template);
    record_set_int(plan, "duration_min", record_int(task, "minutes"));
    record_set_text(plan, "team", str_of(team_of(record_text(task, "skill"))));
    record_set_int(plan, "statutory", record_int(task, "statutory"));
    if (record_int(task, "statutory") != 0 && type != NULL)
        record_set(plan, "legal_basis", record_is_null(type, "legal_basis") ? VALUE_NULL : value_text(record_text(type, "legal_basis")));
    set_rhythm(cx, equipment, task, from, plan);
    return plan_add(cx, plan);
}

static const Error *has_plan(Cx *cx, const Record *equipment, Str code, bool *has)
{
    static const char HAS[] = "SELECT count(*) FROM plan p JOIN checklist_template c ON c.org_id = p.org_id AND c.id = p.checklist_template_id WHERE p.org_id = :org"
                              " AND p.equipment_id = :equipment AND p.state <> 'ended' AND p.archived_at IS NULL AND c.code = :code"; /* plan_by_equipment_id_id */
    int64_t count = 0;

    TRY(sql_row(cx, HAS, IN(in_int("equipment", equipment->id), in_text("code", code)), OUT(out_int(&count))));
    *has = count > 0;
    return OK;
}

const Error *equipment_make_plans(Cx *cx, const Record *equipment, Date from, int *made)
{
    static const char TASKS[] = "SELECT id FROM maintenance_task WHERE org_id = :org AND equipment_type = :type AND \"trigger\" = 'plan' AND archived_at IS NULL ORDER BY id LIMIT :most"; /* maintenance_task_by_equipment_type_id */
    Ids tasks = {0};
    const Record *type;
    Record *task;
    bool has;

    *made = 0;
    TRY(record_look(cx, kernel_type(cx->kernel, &equipment_type_type), value_text(record_text(equipment, "type")), false, &type));
    TRY(sql_ids(cx, TASKS, IN(in_text("type", record_text(equipment, "type")), in_int("most", MAX_TASKS)), &tasks));
    for (int i = 0; i < tasks.count; i++) {
        TRY(record_load(cx, kernel_type(cx->kernel, &maintenance_task_type), tasks.list[i], &task));
        TRY(has_plan(cx, equipment, record_text(task, "code"), &has));
        if (has)
            continue;
        TRY(make_plan(cx, equipment, type, task, from));
        (*made)++;
    }
    return OK;
}

/* Takes the action on each plan of the machine that is in that state; `legal` too, or not. */
static const Error *each_plan(Cx *cx, Id equipment, const char *state, bool legal, const char *action)
{
    static const char PLANS[] = "SELECT id FROM plan WHERE org_id = :org AND equipment_id = :equipment AND state = :state AND (:legal = 1 OR coalesce(statutory, 0) = 0)"
                                " AND archived_at IS NULL ORDER BY id"; /* plan_by_equipment_id_id */
    Ids plans = {0};
    Record *plan;

    TRY(sql_ids(cx, PLANS, IN(in_int("equipment", equipment), in_c("state", state), in_int("legal", legal)), &plans));
    for (int i = 0; i < plans.count; i++) {
        TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), plans.list[i], &plan));
        TRY(process_take(cx, plan, action));
    }
    return OK;
}

const Error *equipment_rest_plans(Cx *cx, Id equipment)
{
    return each_plan(cx, equipment, "active", false, "pause");
}

const Error *equipment_wake_plans(Cx *cx, Id equipment)
{
    return each_plan(cx, equipment, "paused", true, "resume");
}

/* Tasks of the machine that wait to be done. */
static const Error *open_tasks(Cx *cx, Id equipment, Ids *out)
{
    static const char OPEN[] = "SELECT id FROM task WHERE org_id = :org AND equipment_id = :equipment AND state IN ('due', 'started') AND archived_at IS NULL ORDER BY id"; /* task_by_equipment_id_id */
    return sql_ids(cx, OPEN, IN(in_int("equipment", equipment)), out);
}

const Error *equipment_end_plans(Cx *cx, Id equipment)
{
    const RecordMeta *meta = kernel_type(cx->kernel, &task_type);
    const Value reason = value_text(STR("设备已报废"));
    Ids tasks = {0};
    Record *task;

    TRY(each_plan(cx, equipment, "active", true, "end"));
    TRY(each_plan(cx, equipment, "paused", true, "end"));
    TRY(open_tasks(cx, equipment, &tasks));
    for (int i = 0; i < tasks.count; i++) {
        TRY(record_load(cx, meta, tasks.list[i], &task));
        TRY(process_act_on(cx, task, meta_action(meta, STR("excuse")), &reason, NULL));
    }
    return OK;
}

const Error *equipment_hand_on_plans(Cx *cx, Id equipment, Id to)
{
    static const char PLANS[] = "SELECT id FROM plan WHERE org_id = :org AND equipment_id = :equipment AND state <> 'ended' AND archived_at IS NULL ORDER BY id"; /* plan_by_equipment_id_id */
    Ids plans = {0}, tasks = {0};
    Problems problems = problems_new(cx->arena);
    Record *plan, *task;

    TRY(sql_ids(cx, PLANS, IN(in_int("equipment", equipment)), &plans));
    for (int i = 0; i < plans.count; i++) {
        TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), plans.list[i], &plan));
        record_set_int(plan, "equipment", to);
        TRY(plan_type.changed(cx, plan, &problems)); /* its tasks that are still to come follow */
        TRY(problems_error(&problems));
        TRY(process_save(cx, plan, "hand_on"));
    }
    TRY(open_tasks(cx, equipment, &tasks)); /* those that are due now */
    for (int i = 0; i < tasks.count; i++) {
        TRY(record_load(cx, kernel_type(cx->kernel, &task_type), tasks.list[i], &task));
        record_set_int(task, "equipment", to);
        TRY(process_save(cx, task, "hand_on"));
    }
    return equipment_wake_plans(cx, to);
}

/* When the plan of a task is due next after it: of what is made, else by its rule. 0: never. */
static const Error *next_of(Cx *cx, const Record *task, Date *out)
{
    static const char MADE[] = "SELECT coalesce(min(due_at), 0) FROM task WHERE org_id = :org AND plan_id = :plan AND due_at > :at AND state IN ('due', 'started', 'missed')"
                               " AND archived_at IS NULL"; /* task_by_plan_id_due_at_part */
    Instant at = record_int(task, "due_at"), next = 0, last;
    Moments moments;
    Record *plan;
    Recur recur;

    *out = 0;
    TRY(sql_row(cx, MADE, IN(in_int("plan", record_int(task, "plan")), in_int("at", at)), OUT(out_int(&next))));
    TRY(record_load(cx, kernel_type(cx->kernel, &plan_type), record_int(task, "plan"), &plan));
    if (next == 0 && !record_in_state(plan, "ended") && !record_is_null(plan, "rrule")) {
        last = date_to_instant(date_months_on(instant_to_date(at, cx->zone_min), 12 * LOOK_AHEAD_YEARS), 0, cx->zone_min);
        recur = plan_recur(cx, plan);
        TRY(recur_moments(cx->arena, &recur, at + 1, last, 1, &moments));
        next = moments.count > 0 ? moments.at[0] : 0;
    }
    *out = next == 0 ? 0 : instant_to_date(next, cx->zone_min);
    return OK;
}

/* 检验: done with its report, the legal inspection of a machine says when the next one is. */
static const Error *task_ended(Cx *cx, const Record *task)
{
    static const char IS[] = "SELECT count(*) FROM checklist_template c JOIN maintenance_task m ON m.org_id = c.org_id AND m.code = c.code AND m.archived_at IS NULL"
                             " WHERE c.org_id = :org AND c.id = :template AND m.certificate = '" INSPECTION "'"; /* maintenance_task_by_code_part */
    int64_t is = 0;
    Date next;

    if (!record_in_state(task, "done") || record_int(task, "statutory") == 0 || record_is_null(task, "equipment") || record_is_null(task, "plan") ||
        record_is_null(task, "document") || record_is_null(task, "checklist_template"))
        return OK;
    TRY(sql_row(cx, IS, IN(in_int("template", record_int(task, "checklist_template"))), OUT(out_int(&is))));
    if (is == 0)
        return OK;
    TRY(next_of(cx, task, &next));
    return next == 0 ? OK : equipment_inspected(cx, record_int(task, "equipment"), record_int(task, "document"), next);
}
