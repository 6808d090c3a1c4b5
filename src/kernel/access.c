#include "kernel/access.h"
#include "kernel/record.h"

#include <assert.h>

/* 岗位角色. Order is that of the R_ bits. */
static const RoleRow rows[ROLE_COUNT] = {
    {"resident", "住户", "Resident"},
    {"desk", "客服", "Front desk"},
    {"desk_lead", "客服主管", "Front desk lead"},
    {"engineer", "工程维修", "Engineer"},
    {"eng_lead", "工程主管", "Engineering lead"},
    {"guard", "秩序维护员", "Guard"},
    {"guard_lead", "秩序队长", "Guard lead"},
    {"control", "监控值班", "Control room"},
    {"cleaner", "保洁员", "Cleaner"},
    {"clean_lead", "保洁主管", "Cleaning lead"},
    {"gardener", "绿化工", "Gardener"},
    {"green_lead", "绿化主管", "Greening lead"},
    {"cashier", "收费员", "Cashier"},
    {"accountant", "会计", "Accountant"},
    {"store_keeper", "库管员", "Store keeper"},
    {"quality", "品质员", "Quality"},
    {"manager", "项目经理", "Project manager"},
    {"region", "区域负责人", "Regional office"},
    {"contractor", "外包单位", "Contractor"},
    {"committee", "业主委员会", "Owners' committee"},
    {"admin", "系统管理员", "Administrator"},
};

const Choice access_departments[] = {
    {"desk", "客服", "Front desk"}, {"engineering", "工程", "Engineering"}, {"security", "秩序", "Security"}, {"cleaning", "保洁", "Cleaning"},
    {"greening", "绿化", "Greening"}, {"finance", "财务", "Finance"}, {"quality", "品质", "Quality"}, {"manager", "项目经理", "Project manager"},
    {"region", "区域公司", "Head office"}, {0},
};

uint64_t access_department(Str name)
{
    static const struct {
        const char *name;
        uint64_t roles;
    } staff[] = {
        {"desk", R_DESK | R_DESK_LEAD}, {"engineering", R_ENGINEER | R_ENG_LEAD}, {"security", R_GUARD | R_GUARD_LEAD | R_CONTROL},
        {"cleaning", R_CLEANER | R_CLEAN_LEAD}, {"greening", R_GARDENER | R_GREEN_LEAD}, {"finance", R_CASHIER | R_ACCOUNTANT},
        {"quality", R_QUALITY}, {"manager", R_MANAGER}, {"region", R_REGION},
    };

    for (size_t i = 0; i < COUNT_OF(staff); i++)
        if (str_is(name, staff[i].name))
            return staff[i].roles;
    return 0;
}

uint64_t access_leads(Str role)
{
    static const struct {
        const char *role;
        uint64_t leads;
    } led[] = {{"engineer", R_ENG_LEAD}, {"guard", R_GUARD_LEAD}, {"control", R_GUARD_LEAD}, {"cleaner", R_CLEAN_LEAD}, {"gardener", R_GREEN_LEAD}, {"contractor", R_ENG_LEAD}};

    for (size_t i = 0; i < COUNT_OF(led); i++)
        if (str_is(role, led[i].role))
            return led[i].leads;
    return R_MANAGER;
}

const Sight sight_everyone[1] = {{EVERY_ROLE, "1 = 1", .any_project = true}}, sight_staff[1] = {{STAFF, "1 = 1", .any_project = true}};

const Actor actor_system_template = {.login = {"system", 6}, .name = {"系统", 6}, .is_system = true};

const Actor *actor_system(Arena *arena, Id org)
{
    Actor *system = new (arena, Actor, 1);

    *system = actor_system_template;
    system->org = org;
    return system;
}

const RoleRow *role_row(uint64_t role)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (role == UINT64_C(1) << i)
            return &rows[i];
    return NULL;
}

uint64_t role_by_name(Str name)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (str_is(name, rows[i].name))
            return UINT64_C(1) << i;
    return 0;
}

bool actor_has(const Actor *actor, uint64_t roles, Id project, Id building)
{
    if (actor == NULL || (actor->roles & roles) == 0)
        return false;
    for (int i = 0; i < actor->grant_count; i++) {
        const Grant *grant = &actor->grants[i];
        if ((grant->role & roles) == 0)
            continue;
        if (project == 0 || grant->project == 0 || (grant->project == project && (grant->building == 0 || grant->building == building)))
            return true;
    }
    return false;
}

Id actor_only_project(const Actor *actor)
{
    Id project = 0;

    for (int i = 0; actor != NULL && i < actor->grant_count; i++) {
        if (actor->grants[i].project == 0 || (project != 0 && project != actor->grants[i].project))
            return 0;
        project = actor->grants[i].project;
    }
    return project;
}

void params_add(Params *params, const char *name, Value value)
{
    for (int i = 0; i < params->count; i++)
        if (strcmp(params->in[i].name, name) == 0)
            return;
    assert(params->count < MAX_CONDITION_IN);
    params->in[params->count++] = in_value(name, value);
}

/* "(t.project_id IN (…) AND …)" for the grants with one of the roles; false when there is no such grant. *whole: the
 * grant covers the company and the sight has no condition of its own. */
static bool add_sight(const Actor *actor, const RecordMeta *meta, const Sight *sight, Buf *sql, Params *params, bool first, bool *whole)
{
    static const char *const names[MAX_GRANTS] = {"g0",  "g1",  "g2",  "g3",  "g4",  "g5",  "g6",  "g7",  "g8",  "g9",  "g10",
                                                  "g11", "g12", "g13", "g14", "g15", "g16", "g17", "g18", "g19", "g20", "g21",
                                                  "g22", "g23", "g24", "g25", "g26", "g27", "g28", "g29", "g30", "g31"};
    bool everywhere = !meta->type->in_project || sight->any_project, any = false;

    for (int i = 0; i < actor->grant_count; i++)
        if ((actor->grants[i].role & sight->roles) != 0) {
            any = true;
            everywhere = everywhere || actor->grants[i].project == 0;
        }
    if (!any)
        return false;
    *whole = everywhere && sight->sql == NULL;
    buf_add_c(sql, first ? "(" : " OR (");
    if (!everywhere) {
        bool more = false;
        buf_add_c(sql, "(");
        for (int i = 0; i < actor->grant_count; i++) {
            const Grant *grant = &actor->grants[i];
            if ((grant->role & sight->roles) == 0)
                continue;
            params_add(params, names[i], value_int(grant->building != 0 ? grant->building : grant->project));
            buf_format(sql, "%st.%s = :%s", more ? " OR " : "", grant->building != 0 ? "building_id" : "project_id", names[i]);
            more = true;
        }
        buf_add_c(sql, ")");
    }
    if (sight->sql != NULL)
        buf_format(sql, "%s(%s)", everywhere ? "" : " AND ", sight->sql);
    else if (everywhere)
        buf_add_c(sql, "1 = 1");
    buf_add_c(sql, ")");
    return true;
}

/* The sights together, as "(…)". */
static void add_sights(const Cx *cx, const RecordMeta *meta, const Sight *sights, int count, Buf *sql, Params *params)
{
    Buf part = buf_new(cx->arena, 1 << 14);
    bool first = true, whole = false;

    for (int i = 0; i < count && !whole; i++)
        if (add_sight(cx->actor, meta, &sights[i], &part, params, first, &whole))
            first = false;
    if (whole)
        buf_add_c(sql, "(1 = 1)");
    else if (first)
        buf_add_c(sql, "(0 = 1)");
    else
        buf_format(sql, "(%.*s)", STR_ARG(buf_str(&part)));
}

static const char *owner_column(const RecordMeta *meta)
{
    for (int i = 0; i < meta->field_count; i++)
        if (meta->fields[i].column != NULL && meta->fields[i].at == meta->owner)
            return meta->fields[i].column;
    return "id"; /* link_type has found one */
}

/* The ids of what is confidential to others, as a table; false when no type has such a field. */
static bool add_secrets(const Cx *cx, Buf *sql, Params *params)
{
    bool any = false;

    for (int i = 0; i < cx->kernel->type_count; i++) {
        const RecordMeta *meta = &cx->kernel->types[i];
        if (meta->type->confidential == NULL)
            continue;
        buf_format(sql, "%sSELECT t.org_id, t.id FROM \"%s\" t WHERE t.org_id = :org AND t.%s = 1 AND CASE WHEN ", any ? " UNION ALL " : "(", meta->table,
                   meta->type->confidential);
        add_sights(cx, meta, meta->type->confidants, meta->type->confidant_count, sql, params);
        buf_add_c(sql, " THEN 0 ELSE 1 END = 1");
        any = true;
    }
    if (any)
        buf_add_c(sql, ") h");
    return any;
}

/* What is hidden from the caller, whatever the sights say: from whom it is about, and what is confidential to others. */
static void add_hiding(const Cx *cx, const RecordMeta *meta, Buf *sql, Params *params)
{
    Buf secrets = buf_new(cx->arena, 1 << 14);
    const RecordType *type = meta->type;

    if (meta->hide_by == NULL)
        return;
    buf_format(sql, " AND NOT EXISTS (SELECT 1 FROM link x WHERE x.org_id = t.org_id AND x.to_id = :me AND x.hides = 1 AND x.from_id = t.%s)",
               meta->hide_by); /* link_by_to_id_from_id_part */
    if (type->confidential != NULL) {
        buf_format(sql, " AND (coalesce(t.%s, 0) = 0 OR ", type->confidential);
        add_sights(cx, meta, type->confidants, type->confidant_count, sql, params);
        buf_add_c(sql, ")");
    } else if (type->hidden_with != NULL && add_secrets(cx, &secrets, params)) {
        buf_format(sql, " AND (%sNOT EXISTS (SELECT 1 FROM %.*s WHERE h.org_id = t.org_id AND h.id = t.%s))",
                   meta->owner < 0 ? "" : str_to_c(cx->arena, str_format(cx->arena, "coalesce(t.%s, 0) = :me OR ", owner_column(meta))),
                   STR_ARG(buf_str(&secrets)), meta->hide_by);
    }
}

void access_condition(const Cx *cx, const RecordMeta *meta, Buf *sql, Params *params)
{
    const Actor *actor = cx->actor;

    if (actor == NULL) {
        buf_add_c(sql, "(0 = 1)");
        return;
    }
    if (actor->is_system) {
        buf_add_c(sql, "(1 = 1)");
        return;
    }
    params_add(params, "me", value_int(actor->user));
    params_add(params, "party", value_int(actor->party));
    buf_add_c(sql, "(");
    add_sights(cx, meta, meta->type->sights, meta->type->sight_count, sql, params);
    add_hiding(cx, meta, sql, params);
    buf_add_c(sql, ")");
}

bool access_by_project(const Cx *cx, const RecordMeta *meta, Buf *by_project, Buf *by_more)
{
    const Actor *actor = cx->actor;
    const RecordType *type = meta->type;
    Sight *plain = new (cx->arena, Sight, type->sight_count + 1), *more = new (cx->arena, Sight, type->sight_count + 1);
    int plain_count = 0, more_count = 0;
    Params params = {0};

    if (actor == NULL)
        return false;
    if (actor->is_system) {
        buf_add_c(by_project, "(1 = 1)");
        return true;
    }
    for (int i = 0; i < actor->grant_count; i++)
        if (actor->grants[i].building != 0)
            return false;
    for (int i = 0; i < type->sight_count; i++)
        if (type->sights[i].sql == NULL)
            plain[plain_count++] = type->sights[i];
        else if ((actor->roles & type->sights[i].roles) != 0)
            more[more_count++] = type->sights[i];
    add_sights(cx, meta, plain, plain_count, by_project, &params);
    if (more_count > 0 && !str_is(buf_str(by_project), "(1 = 1)"))
        add_sights(cx, meta, more, more_count, by_more, &params);
    return true;
}

void access_confidence(const Cx *cx, const char *id, Buf *sql, Params *params)
{
    Buf secrets = buf_new(cx->arena, 1 << 14);

    if (!add_secrets(cx, &secrets, params))
        return;
    buf_format(sql, " AND NOT EXISTS (SELECT 1 FROM %.*s WHERE h.id = %s)", STR_ARG(buf_str(&secrets)), id);
    for (int i = 0; i < cx->kernel->type_count; i++) {
        const RecordMeta *meta = &cx->kernel->types[i];
        if (meta->type->hidden_with != NULL)
            buf_format(sql, " AND NOT EXISTS (SELECT 1 FROM \"%s\" w JOIN %.*s ON h.id = w.%s WHERE w.org_id = :org AND w.id = %s)", meta->table,
                       STR_ARG(buf_str(&secrets)), meta->hide_by, id);
    }
}

const char *access_open_only(const RecordMeta *meta, Arena *arena)
{
    const char *name = meta->type->confidential;
    return name == NULL ? "" : str_to_c(arena, str_format(arena, " AND coalesce(t.\"%s\", 0) = 0", name));
}

bool access_is_confidential(const Record *record)
{
    const char *name = record->meta->type->confidential;
    const FieldMeta *field = name == NULL ? NULL : meta_field(record->meta, str_of(name));

    return field != NULL && record->values[field->at].kind == V_INT && record->values[field->at].n != 0;
}

bool access_may_create(const Cx *cx, const RecordMeta *meta, Id project, Id building)
{
    return cx->actor != NULL && (cx->actor->is_system || actor_has(cx->actor, meta->type->create_by, project, building));
}

static bool is_ref(const Record *record, int at, Id who)
{
    return at >= 0 && who != 0 && record->values[at].kind == V_INT && record->values[at].n == who;
}

/* Is the id in a stored list, ["1","2"]? */
static bool names_id(Str list, Id who)
{
    for (Id id; (id = str_next_id(&list)) != 0;)
        if (id == who)
            return true;
    return false;
}

bool access_may(const Cx *cx, const Record *record, uint64_t by)
{
    const Actor *actor = cx->actor;
    const RecordMeta *meta = record->meta;

    if (actor == NULL)
        return false;
    if (actor->is_system)
        return true;
    if ((by & BY_REPORTER) != 0 && is_ref(record, meta->reporter, actor->party))
        return true;
    if ((by & BY_ASSIGNEE) != 0 && is_ref(record, meta->assignee, actor->user))
        return true;
    if ((by & BY_OWNER) != 0 && is_ref(record, meta->owner, actor->user))
        return true;
    if ((by & BY_HELPER) != 0 && meta->helpers >= 0 && names_id(record->values[meta->helpers].s, actor->user))
        return true;
    if ((by & BY_SELF) != 0 && (record->id == actor->user || record->id == actor->party))
        return true;
    return actor_has(actor, by & EVERY_ROLE, record->project, record->building);
}
