/* api_session.c: logging in and out, one's own sessions, password and second factor. */
#include "http/api.h"
#include "http/guesses.h"
#include "kernel/event.h"
#include "kernel/keys.h"
#include "kernel/secret.h"
#include "kernel/user.h"
#include "modules/property/property.h"
#include "store/store.h"

typedef struct {
    Call *call;
    Str login, org, token;
    LoginFacts facts;
    int64_t step;
    Instant expires;
    Actor *actor;
} Login;

static const Error *find_facts(Cx *cx, void *self)
{
    Login *login = self;
    return user_find_login(cx, login->login, login->org, &login->facts);
}

static const Error *open_session(Cx *cx, void *self)
{
    Login *login = self;

    TRY(user_open_session(cx, &login->facts, login->step, login->token, request_header(login->call->request, "User-Agent"), &login->expires));
    return user_actor_by_id(cx, login->facts.org, login->facts.user, &login->actor);
}

static Str totp_place(const Cx *cx, Id user)
{
    return str_format(cx->arena, "user:%lld:totp", (long long)user);
}

/* The second factor of a user who has one. */
static const Error *check_code(Cx *cx, const LoginFacts *facts, Str otp, int64_t *step)
{
    SecretKey key = keys_box(cx->kernel->secrets);
    Str secret;

    *step = 0;
    if (facts->totp.len == 0)
        return OK;
    if (otp.len == 0)
        return error_new(cx->arena, ERR_OTP_REQUIRED, STR_NONE, STR_NONE);
    if (!secret_unseal(cx->arena, &key, totp_place(cx, facts->user), facts->totp, &secret) ||
        !secret_totp_verify(secret, otp, cx->now, facts->totp_step, step))
        return error_new(cx->arena, ERR_LOGIN_FAILED, STR("动态验证码不对"), STR("the one-time code is wrong"));
    return OK;
}

static void user_json(Json *json, const Actor *actor)
{
    JSON_KEY(json, "user");
    json_open(json, '{');
    JSON_ID(json, "id", actor->user);
    JSON_TEXT(json, "login", actor->login);
    JSON_TEXT(json, "name", actor->name);
    JSON_BOOL(json, "must_change_password", actor->must_change);
    json_close(json, '}');
}

static const Error *log_in(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Login login = {.call = call};
    Str password, otp;
    bool right;
    const Error *error;

    TRY(body_text(cx, call, "login", true, &login.login, &problems));
    TRY(body_text(cx, call, "password", true, &password, &problems));
    TRY(body_text(cx, call, "otp", false, &otp, &problems));
    TRY(body_text(cx, call, "org", false, &login.org, &problems));
    body_only(cx, call, NAMES("login", "password", "otp", "org"), &problems);
    TRY(problems_error(&problems));
    TRY(guesses_check(call->app->guesses, cx, login.login));
    TRY(store_read(call->app->store, cx, find_facts, &login));
    if (login.facts.companies > 1 && login.org.ptr == NULL)
        return error_field(cx->arena, STR("org"), "required", STR("这个登录名在多家公司都有，请写明公司"), STR("this log-in exists in several companies; name the company"));
    TRY(secret_verify_password(cx->arena, password, login.facts.user == 0 ? STR_NONE : login.facts.hash, &right));
    if (!right || login.facts.user == 0 || !login.facts.active) {
        TRY(guesses_failed(call->app->guesses, cx, login.login));
        return error_new(cx->arena, ERR_LOGIN_FAILED, STR_NONE, STR_NONE);
    }
    error = check_code(cx, &login.facts, otp, &login.step);
    if (error != OK && error->code == ERR_LOGIN_FAILED)
        TRY(guesses_failed(call->app->guesses, cx, login.login));
    TRY(error);
    TRY(guesses_cleared(call->app->guesses, cx, login.login));
    login.token = secret_token(cx->arena);
    TRY(store_write(call->app->store, cx, open_session, &login));
    if (login.actor == NULL)
        return error_new(cx->arena, ERR_LOGIN_FAILED, STR_NONE, STR_NONE);
    json_open(&call->out, '{');
    JSON_TEXT(&call->out, "token", login.token);
    JSON_KEY(&call->out, "expires_at");
    json_instant(&call->out, login.expires, cx->zone_min);
    user_json(&call->out, login.actor);
    json_close(&call->out, '}');
    call_header(call, "Set-Cookie",
                str_format(cx->arena, "anju_session=%.*s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld%s", STR_ARG(login.token),
                           (long long)(SESSION_SPAN / SECOND), call->app->is_tls ? "; Secure" : ""));
    return OK;
}

static const Error *end_session(Cx *cx, Id session)
{
    static const char END[] = "DELETE FROM session WHERE org_id = :org AND user_id = :me AND id = :id";
    int64_t ended;

    TRY(sql_run_count(cx, END, IN(in_int("me", cx->actor->user), in_int("id", session)), &ended));
    if (ended == 0)
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    user_changed();
    event_add_plain(cx, "session", cx->actor->user, "logout", STR_NONE);
    return OK;
}

static const Error *log_out(Cx *cx, Call *call)
{
    TRY(end_session(cx, cx->actor->session));
    call_header(call, "Set-Cookie", STR("anju_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"));
    call_no_content(call);
    return OK;
}

static const Error *drop_session(Cx *cx, Call *call)
{
    Id id;

    if (!str_to_id(call->segments[1], &id))
        return error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    TRY(end_session(cx, id));
    call_no_content(call);
    return OK;
}

static const Error *session_row(Cx *cx, const Row *row, void *self)
{
    Json *json = &((Call *)self)->out;

    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_KEY(json, "created_at");
    json_instant(json, row_int(row, 1), cx->zone_min);
    JSON_KEY(json, "expires_at");
    json_instant(json, row_int(row, 2), cx->zone_min);
    JSON_TEXT(json, "client", row_text(row, 3));
    JSON_TEXT(json, "address", row_text(row, 4));
    JSON_BOOL(json, "current", row_int(row, 0) == cx->actor->session);
    json_close(json, '}');
    return OK;
}

static const Error *list_sessions(Cx *cx, Call *call)
{
    static const char MINE[] = "SELECT id, created_at, expires_at, client, peer FROM session WHERE org_id = :org AND user_id = :me"
                               " AND expires_at > :now ORDER BY created_at DESC LIMIT 100"; /* session_by_org_id_user_id */

    json_open(&call->out, '{');
    JSON_KEY(&call->out, "items");
    json_open(&call->out, '[');
    TRY(sql_each(cx, MINE, IN(in_int("me", cx->actor->user)), session_row, call));
    json_close(&call->out, ']');
    JSON_KEY(&call->out, "next");
    json_none(&call->out);
    json_close(&call->out, '}');
    return OK;
}

/* What the caller may do, for a client's menus: {"repairs":{"create":true,"write":true}, …}. */
static void may_json(const Cx *cx, Json *json)
{
    json_open(json, '{');
    for (int i = 0; i < cx->kernel->type_count; i++) {
        const RecordType *type = cx->kernel->types[i].type;
        bool create = actor_has(cx->actor, type->create_by, 0, 0), write = actor_has(cx->actor, type->write_by & EVERY_ROLE, 0, 0), see = false;
        for (int s = 0; s < type->sight_count; s++)
            see = see || (type->sights[s].roles & cx->actor->roles) != 0;
        if (!create && !write && !see)
            continue;
        json_key(json, str_of(type->resource));
        json_open(json, '{');
        JSON_BOOL(json, "see", see);
        JSON_BOOL(json, "create", create);
        JSON_BOOL(json, "write", write && !type->own_read_only);
        json_close(json, '}');
    }
    json_close(json, '}');
}

static const Error *get_me(Cx *cx, Call *call)
{
    static const char TOTP[] = "SELECT totp IS NOT NULL FROM app_user WHERE org_id = :org AND id = :me";
    static const char ORG[] = "SELECT name FROM org WHERE org_id = :org";
    Json *json = &call->out;
    bool totp = false;
    Str org;

    TRY(sql_row(cx, TOTP, IN(in_int("me", cx->actor->user)), OUT(out_bool(&totp))));
    TRY(sql_row(cx, ORG, NOTHING, OUT(out_text(&org))));
    json_open(json, '{');
    user_json(json, cx->actor);
    JSON_ID(json, "party", cx->actor->party);
    JSON_TEXT(json, "org", org);
    JSON_BOOL(json, "totp", totp);
    JSON_KEY(json, "roles");
    TRY(user_roles_json(cx, cx->actor->user, json));
    JSON_KEY(json, "may");
    may_json(cx, json);
    json_close(json, '}');
    return OK;
}

/* Changes of one's own password and second factor: the password is checked outside the lane. */
typedef struct {
    Str hash, totp, totp_new, new_hash, secret;
    int64_t totp_step, step;
    bool clear;
} Own;

static const Error *read_own(Cx *cx, void *self)
{
    static const char OWN[] = "SELECT password_hash, totp, totp_new, coalesce(totp_step, 0) FROM app_user WHERE org_id = :org AND id = :me";
    Own *own = self;
    return sql_row(cx, OWN, IN(in_int("me", cx->actor->user)), OUT(out_text(&own->hash), out_text(&own->totp), out_text(&own->totp_new), out_int(&own->totp_step)));
}

static const Error *check_password(Cx *cx, Call *call, const char *field, Str password, Own *own)
{
    bool right;

    TRY(guesses_check(call->app->guesses, cx, cx->actor->login));
    TRY(store_read(call->app->store, cx, read_own, own));
    TRY(secret_verify_password(cx->arena, password, own->hash, &right));
    if (right)
        return OK;
    TRY(guesses_failed(call->app->guesses, cx, cx->actor->login));
    return error_field(cx->arena, str_of(field), "wrong", STR("密码不对"), STR("the password is wrong"));
}

static const Error *load_me(Cx *cx, Record **out)
{
    return record_load(cx, kernel_type(cx->kernel, &user_type), cx->actor->user, out);
}

static const Error *save_password(Cx *cx, void *self)
{
    Own *own = self;
    Record *record;

    TRY(load_me(cx, &record));
    record_set_text(record, "password_hash", own->new_hash);
    record_set_int(record, "must_change", 0);
    TRY(process_save(cx, record, "password"));
    return user_end_sessions(cx, cx->actor->user, cx->actor->session);
}

static const Error *change_password(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Str old, fresh;
    Own own = {0};

    TRY(body_text(cx, call, "old", true, &old, &problems));
    TRY(body_text(cx, call, "new", true, &fresh, &problems));
    body_only(cx, call, NAMES("old", "new"), &problems);
    if (fresh.len > 0 && (utf8_count(fresh) < MIN_PASSWORD || fresh.len > SECRET_MAX_PASSWORD))
        problems_add(&problems, STR("new"), "out_of_range", STR("密码至少 8 个字符"), STR("a password has at least 8 characters"));
    else if (fresh.len > 0 && str_eq(old, fresh))
        problems_add(&problems, STR("new"), "same", STR("新密码应与旧密码不同"), STR("the new password must differ from the old one"));
    TRY(problems_error(&problems));
    TRY(check_password(cx, call, "old", old, &own));
    TRY(secret_hash_password(cx->arena, fresh, &own.new_hash));
    TRY(store_write(call->app->store, cx, save_password, &own));
    call_no_content(call);
    return OK;
}

static const Error *save_totp(Cx *cx, void *self)
{
    Own *own = self;
    Record *record;

    TRY(load_me(cx, &record));
    if (own->clear) {
        record_set_null(record, "totp");
        record_set_null(record, "totp_new");
    } else if (own->step != 0) {
        record_set_text(record, "totp", own->totp_new);
        record_set_null(record, "totp_new");
        record_set_int(record, "totp_step", own->step);
    } else {
        record_set_text(record, "totp_new", own->secret);
    }
    TRY(process_save(cx, record, own->clear ? "totp_off" : own->step != 0 ? "totp_on" : "totp_begin"));
    return OK;
}

static const Error *begin_totp(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    SecretKey key = keys_box(cx->kernel->secrets);
    Str password, secret;
    Own own = {0};

    TRY(body_text(cx, call, "password", true, &password, &problems));
    TRY(problems_error(&problems));
    TRY(check_password(cx, call, "password", password, &own));
    secret = secret_totp_new(cx->arena);
    own.secret = secret_seal(cx->arena, &key, totp_place(cx, cx->actor->user), secret);
    TRY(store_write(call->app->store, cx, save_totp, &own));
    json_open(&call->out, '{');
    JSON_TEXT(&call->out, "secret", secret);
    JSON_TEXT(&call->out, "uri", secret_totp_uri(cx->arena, secret, STR("Anju"), cx->actor->login));
    json_close(&call->out, '}');
    return OK;
}

static const Error *confirm_totp(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    SecretKey key = keys_box(cx->kernel->secrets);
    Str otp, secret;
    Own own = {0};

    TRY(body_text(cx, call, "otp", true, &otp, &problems));
    TRY(problems_error(&problems));
    TRY(store_read(call->app->store, cx, read_own, &own));
    if (own.totp_new.len == 0 || !secret_unseal(cx->arena, &key, totp_place(cx, cx->actor->user), own.totp_new, &secret) ||
        !secret_totp_verify(secret, otp, cx->now, 0, &own.step))
        return error_field(cx->arena, STR("otp"), "wrong", STR("动态验证码不对"), STR("the one-time code is wrong"));
    TRY(store_write(call->app->store, cx, save_totp, &own));
    call_no_content(call);
    return OK;
}

static const Error *remove_totp(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Own own = {.clear = true};
    Str password;

    TRY(body_text(cx, call, "password", true, &password, &problems));
    TRY(problems_error(&problems));
    TRY(check_password(cx, call, "password", password, &own));
    own.clear = true;
    TRY(store_write(call->app->store, cx, save_totp, &own));
    call_no_content(call);
    return OK;
}

/* A resident claims a home. */
typedef struct {
    Call *call;
    ClaimAsk ask;
    ClaimAnswer answer;
} Claiming;

static const Error *save_claim(Cx *cx, void *self)
{
    Claiming *claiming = self;
    return claim_submit(cx, &claiming->ask, &claiming->answer);
}

static const Error *submit_claim(Cx *cx, Call *call)
{
    Problems problems = problems_new(cx->arena);
    Claiming claiming = {.call = call};
    ClaimAsk *ask = &claiming.ask;
    Str password;
    const Error *error;

    TRY(body_text(cx, call, "code", false, &ask->code, &problems));
    TRY(body_text(cx, call, "house", false, &ask->house, &problems));
    TRY(body_text(cx, call, "name", true, &ask->name, &problems));
    TRY(body_text(cx, call, "phone", true, &ask->phone, &problems));
    TRY(body_text(cx, call, "login", true, &ask->login, &problems));
    TRY(body_text(cx, call, "password", true, &password, &problems));
    TRY(body_text(cx, call, "project", false, &ask->project, &problems));
    body_only(cx, call, NAMES("code", "house", "project", "name", "phone", "login", "password"), &problems);
    user_check_login(str_trim(ask->login), &problems);
    if (ask->code.len == 0 && ask->house.len == 0)
        problems_add(&problems, STR("code"), "required", STR("填写房屋认领码，或填写房号由前台确认"), STR("give the home's code, or its house number for the desk to confirm"));
    if (password.len > 0 && (utf8_count(password) < MIN_PASSWORD || password.len > SECRET_MAX_PASSWORD))
        problems_add(&problems, STR("password"), "out_of_range", STR("密码至少 8 个字符"), STR("a password has at least 8 characters"));
    TRY(problems_error(&problems));
    TRY(guesses_check(call->app->guesses, cx, STR("\1claim")));
    TRY(secret_hash_password(cx->arena, password, &ask->hash));
    error = store_write(call->app->store, cx, save_claim, &claiming);
    if (error != OK && error->fields != NULL && (str_is(error->fields->field, "code") || str_is(error->fields->field, "house")))
        TRY(guesses_failed(call->app->guesses, cx, STR("\1claim")));
    TRY(error);
    call->status = 201;
    call_header(call, "Location", str_format(cx->arena, "/api/v1/claims/%lld", (long long)claiming.answer.id));
    json_open(&call->out, '{');
    JSON_ID(&call->out, "id", claiming.answer.id);
    JSON_C(&call->out, "state", claiming.answer.accepted ? "accepted" : "requested");
    json_close(&call->out, '}');
    return OK;
}

const Route session_routes[] = {
    {"POST", "session", M_OWN, log_in, .is_public = true, .zh = "登录", .en = "Log in"},
    {"DELETE", "session", M_WRITE, log_out, .any_password = true, .zh = "退出登录", .en = "Log out"},
    {"GET", "sessions", M_READ, list_sessions, .any_password = true, .zh = "我的登录", .en = "My sessions"},
    {"DELETE", "sessions/*", M_WRITE, drop_session, .any_password = true, .zh = "结束一个登录", .en = "End a session"},
    {"GET", "me", M_READ, get_me, .any_password = true, .zh = "我是谁", .en = "Who am I"},
    {"POST", "me/password", M_OWN, change_password, .any_password = true, .zh = "修改密码", .en = "Change my password"},
    {"POST", "me/totp", M_OWN, begin_totp, .zh = "开始启用动态码", .en = "Begin one-time codes"},
    {"POST", "me/totp/confirm", M_OWN, confirm_totp, .zh = "确认动态码", .en = "Confirm one-time codes"},
    {"DELETE", "me/totp", M_OWN, remove_totp, .zh = "停用动态码", .en = "Remove one-time codes"},
    {"POST", "claims", M_OWN, submit_claim, .is_public = true, .zh = "认领房屋", .en = "Claim a home"},
    {0},
};
