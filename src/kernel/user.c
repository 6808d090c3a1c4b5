/* user.c: users, with what a password change or a new role brings with it. Projects and spaces are in space.c. */
#include "kernel/user.h"
#include "kernel/event.h"
#include "kernel/secret.h"

#include <stdatomic.h>

static _Atomic int64_t generation;

/* What the categories of the modules ask for; others may be written. */
const Choice user_skills[] = {
    {"plumbing", "水暖", "Plumbing"}, {"electric", "电工", "Electric"}, {"weak_current", "弱电", "Low current"}, {"hvac", "空调暖通", "HVAC"},
    {"carpentry", "门窗木工", "Carpentry"}, {"locksmith", "开锁", "Locks"}, {"civil", "泥瓦土建", "Masonry"}, {"general", "综合维修", "General"},
    {"lift", "电梯", "Lifts"}, {"fire", "消防", "Fire systems"}, {"gas", "燃气", "Gas"}, {"pest", "消杀", "Pest control"}, {"guard", "秩序", "Security"}, {0},
};
const Choice user_certificates[] = {
    {"low_voltage", "低压电工证", "Low-voltage electrician"}, {"high_voltage", "高压电工证", "High-voltage electrician"}, {"high_work", "高处作业证", "Work at height"},
    {"confined_space", "有限空间证", "Confined space"}, {"fire_operator", "消防设施操作员", "Fire system operator"}, {"refrigeration", "制冷作业证", "Refrigeration"},
    {"gas_work", "燃气作业证", "Gas work"}, {"lift_T", "电梯作业证", "Lift technician"},
    {"guard_licence", "保安员证", "Guard licence"}, {0},
};

static const Field user_fields[] = {
    {"login", "登录名", "Log-in", T_TEXT, .max = 60, .required = true, .searched = true},
    {"name", "姓名", "Name", T_TEXT, .max = 60, .required = true, .searched = true, .initials = true},
    {"party", "本人档案", "Person", T_REF, .to = "parties", .indexed = true},
    {"active", "启用", "Active", T_BOOL},
    {"skills", "技能", "Skills", T_WORDS, .suggests = user_skills},
    {"certificates", "证书", "Certificates", T_WORDS, .suggests = user_certificates},
    {"roles", "角色", "Roles", T_OBJECT, .virtual = true},
    {"password", "密码", "Password", T_SECRET},
    {"password_hash", "密码散列", "Password hash", T_TEXT, .internal = true},
    {"must_change", "须改密码", "Must change password", T_BOOL, .internal = true},
    {"totp", "动态码密钥", "One-time-code secret", T_TEXT, .internal = true},
    {"totp_new", "待确认的动态码密钥", "Unconfirmed secret", T_TEXT, .internal = true},
    {"totp_step", "动态码步数", "One-time-code step", T_INT, .internal = true},
};

#define SHARED_PROJECT                                                                                                             \
    "EXISTS (SELECT 1 FROM role_grant g JOIN role_grant m ON m.org_id = g.org_id AND m.user_id = :me"                              \
    " AND (m.project_id = 0 OR g.project_id = 0 OR m.project_id = g.project_id)"                                                   \
    " WHERE g.org_id = t.org_id AND g.user_id = t.id"

static const Sight user_sights[] = {
    {R_ADMIN | R_REGION},
    {R_MANAGER | R_DESK | R_DESK_LEAD, SHARED_PROJECT ")", .any_project = true},
    {STAFF, SHARED_PROJECT " AND g.role <> 'resident')", .any_project = true},
    {EVERY_ROLE, "t.id = :me", .any_project = true},
};

static const Filter user_filters[] = {
    {"role", T_TEXT, .sql = "EXISTS (SELECT 1 FROM role_grant g WHERE g.org_id = t.org_id AND g.user_id = t.id AND g.role = :f_role)"},
};

static const Error *check_login(Cx *cx, Record *record, Problems *problems)
{
    (void)cx;
    user_check_login(record_text(record, "login"), problems);
    return OK;
}

static const Error *prepare_user(Cx *cx, Record *record, Problems *problems)
{
    if (record_is_null(record, "active"))
        record_set_int(record, "active", 1);
    return check_login(cx, record, problems);
}

/* One entry of `roles`: {"role":"desk","scope":"<project or building>"|null}. */
static const Error *read_role(Cx *cx, const json_t *entry, uint64_t *role, Id *project, Id *building, bool *fine)
{
    static const char PROJECT[] = "SELECT id FROM project WHERE org_id = :org AND id = :id";
    static const char BUILDING[] = "SELECT project_id FROM space WHERE org_id = :org AND id = :id AND kind = 'building'";
    const json_t *scope = json_object_get(entry, "scope");
    Id id;

    *role = role_by_name(json_str(json_object_get(entry, "role")));
    *project = *building = 0;
    *fine = *role != 0;
    if (!*fine || scope == NULL || json_is_null(scope))
        return OK;
    *fine = str_to_id(json_str(scope), &id);
    if (!*fine)
        return OK;
    TRY(sql_find(cx, PROJECT, IN(in_int("id", id)), OUT(out_int(project)), fine));
    if (*fine)
        return OK;
    TRY(sql_find(cx, BUILDING, IN(in_int("id", id)), OUT(out_int(project)), fine));
    *building = id;
    return OK;
}

/* May the caller give this role over this scope? Only over what is the caller's own to manage; admin only by an admin. */
static bool may_grant(const Actor *actor, uint64_t role, Id project)
{
    uint64_t needed = role == R_ADMIN ? R_ADMIN : MANAGEMENT;

    if (actor->is_system)
        return true;
    if (project != 0)
        return actor_has(actor, needed, project, 0);
    for (int i = 0; i < actor->grant_count; i++)
        if ((actor->grants[i].role & needed) != 0 && actor->grants[i].project == 0)
            return true;
    return false;
}

typedef struct {
    bool may;
} Ruling;

static const Error *rule_over_grant(Cx *cx, const Row *row, void *self)
{
    Ruling *ruling = self;
    ruling->may = ruling->may && may_grant(cx->actor, role_by_name(row_text(row, 0)), row_int(row, 1));
    return OK;
}

/* Whoever writes an account can become its user (a password): it takes the right to give every role that it has. */
static const Error *may_write_user(Cx *cx, const Record *record)
{
    static const char GRANTS[] = "SELECT role, project_id FROM role_grant WHERE org_id = :org AND user_id = :user";
    Ruling ruling = {true};

    TRY(sql_each(cx, GRANTS, IN(in_int("user", record->id)), rule_over_grant, &ruling));
    return ruling.may ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR("这个账号的角色不在自己管理的范围内"),
                                       STR("this account has roles outside the own scope"));
}

static const Error *archived_user(Cx *cx, Record *record)
{
    return user_end_sessions(cx, record->id, 0);
}

static const Error *take_user(Cx *cx, Record *record, const json_t *body, Problems *problems)
{
    const json_t *roles = json_object_get(body, "roles"), *password = json_object_get(body, "password"), *entry;
    size_t i;

    if (roles != NULL && !json_is_array(roles))
        problems_add(problems, STR("roles"), "type", STR("应为 [{\"role\",\"scope\"}] 列表"), STR("must be a list of {\"role\",\"scope\"}"));
    json_array_foreach((json_t *)roles, i, entry)
    {
        uint64_t role;
        Id project, building;
        bool fine;
        TRY(read_role(cx, entry, &role, &project, &building, &fine));
        if (!fine)
            problems_add(problems, STR("roles"), "reference", STR("角色或范围不存在"), STR("there is no such role or scope"));
        else if (!may_grant(cx->actor, role, project))
            return error_new(cx->arena, ERR_FORBIDDEN, STR("只能在自己管理的范围内授权"), STR("roles can be granted within the own scope only"));
    }
    if (password != NULL) {
        Str text = json_str(password), hash;
        if (!json_is_string(password) || utf8_count(text) < MIN_PASSWORD || text.len > SECRET_MAX_PASSWORD) {
            problems_add(problems, STR("password"), "out_of_range", STR("密码至少 8 个字符"), STR("a password has at least 8 characters"));
            return OK;
        }
        TRY(secret_hash_password(cx->arena, text, &hash));
        record_set_text(record, "password_hash", hash);
        record_set_int(record, "must_change", 1);
    }
    return OK;
}

static const Error *save_login(Cx *cx, const Record *record)
{
    static const char DROP[] = "DELETE FROM login WHERE org_id = :org AND user_id = :user";
    static const char ADD[] = "INSERT INTO login (login, org_id, user_id) VALUES (:login, :org, :user)";

    TRY(sql_run(cx, DROP, IN(in_int("user", record->id))));
    return sql_run(cx, ADD, IN(in_text("login", record_text(record, "login")), in_int("user", record->id)));
}

static const Error *after_user(Cx *cx, Record *record, const json_t *body)
{
    static const char DROP[] = "DELETE FROM role_grant WHERE org_id = :org AND user_id = :user";
    const json_t *roles = json_object_get(body, "roles"), *entry;
    size_t i;

    TRY(save_login(cx, record));
    if (roles != NULL) {
        Json json = json_new(cx->arena, 1 << 16);
        TRY(sql_run(cx, DROP, IN(in_int("user", record->id))));
        json_array_foreach((json_t *)roles, i, entry)
        {
            uint64_t role;
            Id project, building;
            bool fine;
            TRY(read_role(cx, entry, &role, &project, &building, &fine));
            TRY(user_grant(cx, record->id, role_row(role)->name, project, building));
        }
        json_open(&json, '{');
        JSON_KEY(&json, "roles");
        json_open(&json, '[');
        json_none(&json);
        TRY(user_roles_json(cx, record->id, &json));
        json_close(&json, ']');
        json_close(&json, '}');
        event_add(cx, record, "grant", NULL, NULL, buf_str(&json.buf), STR_NONE);
    }
    if (json_object_get(body, "password") != NULL || record_int(record, "active") == 0)
        TRY(user_end_sessions(cx, record->id, 0));
    user_changed();
    return OK;
}

const Error *user_is_staff_of(Cx *cx, Id user, Id project, bool *is)
{
    static const char FIT[] =
        "SELECT count(*) FROM role_grant g JOIN app_user u ON u.org_id = g.org_id AND u.id = g.user_id WHERE g.org_id = :org AND g.user_id = :user"
        " AND g.role NOT IN ('resident', 'contractor', 'committee') AND (g.project_id = 0 OR g.project_id = :project) AND u.active = 1";
    int64_t fit = 0;

    TRY(sql_row(cx, FIT, IN(in_int("user", user), in_int("project", project)), OUT(out_int(&fit))));
    *is = fit > 0;
    return OK;
}

typedef struct {
    Json *json;
} Roles;

static const Error *role_json(Cx *cx, const Row *row, void *self)
{
    Json *json = ((Roles *)self)->json;

    (void)cx;
    json_open(json, '{');
    JSON_TEXT(json, "role", row_text(row, 0));
    JSON_ID(json, "scope", row_int(row, 2) != 0 ? row_int(row, 2) : row_int(row, 1));
    json_close(json, '}');
    return OK;
}

const Error *user_roles_json(Cx *cx, Id user, Json *json)
{
    static const char ROLES[] = "SELECT role, project_id, building_id FROM role_grant WHERE org_id = :org AND user_id = :user ORDER BY role";

    json_open(json, '[');
    TRY(sql_each(cx, ROLES, IN(in_int("user", user)), role_json, &(Roles){json}));
    json_close(json, ']');
    return OK;
}

static const Error *show_user(Cx *cx, const Record *record, Json *json)
{
    JSON_KEY(json, "roles");
    return user_roles_json(cx, record->id, json);
}

const RecordType user_type = {
    .resource = "users", .name = "app_user", .zh = "账号", .en = "User", .fields = LIST(user_fields), .sights = LIST(user_sights),
    .filters = LIST(user_filters), .create_by = MANAGEMENT, .write_by = MANAGEMENT, .unique = NAMES("login"), .label = "name",
    .prepare = prepare_user, .changed = check_login, .take = take_user, .after = after_user, .show = show_user,
    .may_write = may_write_user, .archived = archived_user,
};

void user_check_login(Str login, Problems *problems)
{
    for (ptrdiff_t i = 0; i < login.len; i++) {
        char c = login.ptr[i];
        bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' ||
                    c == '@' || (unsigned char)c >= 0x80;
        if (!fine) {
            problems_add(problems, STR("login"), "format", STR("登录名只能含文字、数字和 . _ - @"),
                         STR("a log-in has letters, digits and . _ - @ only"));
            return;
        }
    }
}

const Error *user_find_login(Cx *cx, Str login, Str org, LoginFacts *out)
{
    static const char COUNT[] = "SELECT count(*) FROM login WHERE login = :login";
    static const char FIND[] =
        "SELECT u.org_id, u.id, u.password_hash, u.totp, coalesce(u.totp_step, 0), u.active FROM login l"
        " JOIN org o ON o.org_id = l.org_id JOIN app_user u ON u.org_id = l.org_id AND u.id = l.user_id"
        " WHERE l.login = :login AND (:any = 1 OR o.name = :name) AND u.archived_at IS NULL";
    int64_t companies = 0;
    bool found;

    *out = (LoginFacts){0};
    TRY(sql_row(cx, COUNT, IN(in_text("login", login)), OUT(out_int(&companies))));
    out->companies = (int)companies;
    return sql_find(cx, FIND, IN(in_text("login", login), in_int("any", org.ptr == NULL), in_text("name", org)),
                    OUT(out_int(&out->org), out_int(&out->user), out_text(&out->hash), out_text(&out->totp), out_int(&out->totp_step),
                        out_bool(&out->active)),
                    &found);
}

const Error *user_open_session(Cx *cx, const LoginFacts *facts, int64_t totp_step, Str token, Str client, Instant *expires)
{
    static const char ADD[] = "INSERT INTO session (digest, org_id, id, user_id, created_at, expires_at, seen_at, client, peer)"
                              " VALUES (:digest, :org, :id, :user, :now, :expires, :now, :client, :peer)";

    cx->org = facts->org;
    *expires = cx->now + SESSION_SPAN;
    if (totp_step != 0) {
        Record *record;
        TRY(record_load(cx, kernel_type(cx->kernel, &user_type), facts->user, &record));
        record_set_int(record, "totp_step", totp_step);
        TRY(process_save(cx, record, "otp")); /* a changed row has its event, or `anju check` takes it for tampered with */
    }
    TRY(sql_run(cx, ADD,
                IN(in_text("digest", secret_digest(cx->arena, token)), in_int("id", id_new(cx->now)), in_int("user", facts->user),
                   in_int("expires", *expires), in_text("client", utf8_cut(client, 200)), in_text("peer", cx->peer))));
    event_add_plain(cx, "session", facts->user, "login", STR_NONE);
    return OK;
}

static const Error *grant_row(Cx *cx, const Row *row, void *self)
{
    Actor *actor = self;
    uint64_t role = role_by_name(row_text(row, 0));

    (void)cx;
    if (role == 0 || actor->grant_count == MAX_GRANTS)
        return OK;
    actor->grants[actor->grant_count++] = (Grant){role, row_int(row, 1), row_int(row, 2)};
    actor->roles |= role;
    return OK;
}

const Error *user_actor_by_id(Cx *cx, Id org, Id user, Actor **out)
{
    static const char USER[] = "SELECT u.login, u.name, coalesce(u.party_id, 0), coalesce(u.must_change, 0), o.zone_min FROM app_user u"
                               " JOIN org o ON o.org_id = u.org_id WHERE u.org_id = :org AND u.id = :user AND u.active = 1"
                               " AND u.archived_at IS NULL";
    static const char GRANTS[] = "SELECT role, project_id, building_id FROM role_grant WHERE org_id = :org AND user_id = :user";
    Actor *actor = new (cx->arena, Actor, 1);
    int64_t zone = ZONE_CHINA;
    bool found;

    cx->org = org;
    actor->org = org;
    actor->user = user;
    *out = NULL;
    TRY(sql_find(cx, USER, IN(in_int("user", user)),
                 OUT(out_text(&actor->login), out_text(&actor->name), out_int(&actor->party), out_bool(&actor->must_change), out_int(&zone)),
                 &found));
    if (!found)
        return OK;
    cx->zone_min = (int)zone;
    TRY(sql_each(cx, GRANTS, IN(in_int("user", user)), grant_row, actor));
    *out = actor;
    return OK;
}

const Error *user_actor_by_token(Cx *cx, Str digest, Actor **out)
{
    static const char FIND[] = "SELECT org_id, id, user_id FROM session WHERE digest = :digest AND expires_at > :now";
    Id org, session, user;
    bool found;

    *out = NULL;
    TRY(sql_find(cx, FIND, IN(in_text("digest", digest)), OUT(out_int(&org), out_int(&session), out_int(&user)), &found));
    if (!found)
        return OK;
    TRY(user_actor_by_id(cx, org, user, out));
    if (*out != NULL)
        (*out)->session = session;
    return OK;
}

const Error *user_end_sessions(Cx *cx, Id user, Id except)
{
    static const char END[] = "DELETE FROM session WHERE org_id = :org AND user_id = :user AND id <> :except";

    TRY(sql_run(cx, END, IN(in_int("user", user), in_int("except", except))));
    user_changed();
    return OK;
}

const Error *user_make(Cx *cx, Str login, Str name, Str hash, bool must_change, Id party, Id *out)
{
    Record *record = record_new(cx, kernel_type(cx->kernel, &user_type));
    const Error *error;

    record_set_text(record, "login", login);
    record_set_text(record, "name", name.len > 0 ? name : login);
    record_set_text(record, "password_hash", hash);
    record_set_int(record, "must_change", must_change);
    record_set_int(record, "active", 1);
    record_set(record, "party", value_ref(party));
    error = process_insert(cx, record);
    TRY(error);
    TRY(save_login(cx, record));
    *out = record->id;
    return OK;
}

const Error *user_grant(Cx *cx, Id user, const char *role, Id project, Id building)
{
    static const char ADD[] = "INSERT INTO role_grant (org_id, user_id, role, project_id, building_id)"
                              " VALUES (:org, :user, :role, :project, :building)"
                              " ON CONFLICT (org_id, user_id, role, project_id, building_id) DO NOTHING";
    TRY(sql_run(cx, ADD, IN(in_int("user", user), in_c("role", role), in_int("project", project), in_int("building", building))));
    user_changed();
    return OK;
}

int64_t user_generation(void)
{
    return atomic_load(&generation);
}

void user_changed(void)
{
    atomic_fetch_add(&generation, 1);
}
