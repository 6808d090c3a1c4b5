#include "http/api.h"
#include "base/log.h"
#include "http/actors.h"
#include "http/metrics.h"
#include "http/request_check.h"
#include "http/static.h"
#include "kernel/event.h"
#include "kernel/idem.h"
#include "kernel/input.h"
#include "kernel/job.h"
#include "kernel/secret.h"

#include <stdio.h>

#define JSON_LIMIT (1024 * 1024)
#define FILE_LIMIT (52 * 1024 * 1024)

static const Error *find_actor(Call *call);
static void run_write(Call *call);

const Route *const *api_route_lists(void)
{
    static const Route *const lists[] = {session_routes, misc_routes, paper_routes, notice_routes, figure_routes, centre_routes, duty_routes, money_routes, audit_routes, plan_routes, equipment_routes, batch_routes, file_routes,
                                         job_routes, record_routes, NULL};
    return lists;
}

int64_t api_body_limit(void *self, Str method, Str path)
{
    (void)self;
    (void)method;
    return str_is(path, "/api/v1/files") ? FILE_LIMIT : JSON_LIMIT;
}

static bool decode_percent(Arena *arena, Str in, bool plus, Str *out)
{
    char *text = arena_alloc(arena, (size_t)in.len + 1);
    ptrdiff_t n = 0;

    for (ptrdiff_t i = 0; i < in.len; i++) {
        char c = in.ptr[i];
        if (c == '%') {
            int value = 0;
            if (i + 2 >= in.len)
                return false;
            for (int k = 1; k <= 2; k++) {
                char d = in.ptr[i + k];
                int digit = d >= '0' && d <= '9' ? d - '0' : d >= 'a' && d <= 'f' ? d - 'a' + 10 : d >= 'A' && d <= 'F' ? d - 'A' + 10 : -1;
                if (digit < 0)
                    return false;
                value = value * 16 + digit;
            }
            if (value == 0)
                return false;
            text[n++] = (char)value;
            i += 2;
        } else {
            text[n++] = plus && c == '+' ? ' ' : c;
        }
    }
    *out = (Str){text, n};
    return utf8_is_valid(*out);
}

static const Error *bad_encoding(Call *call, const char *where)
{
    Arena *arena = call->cx.arena;
    return error_new(arena, ERR_BAD_REQUEST, str_format(arena, "%s里的百分号编码或 UTF-8 不对", where),
                     STR("the percent-encoding or UTF-8 of the address is not valid"));
}

/* zh unless English is preferred. */
static Lang language_of(const Request *request)
{
    Str header = request_header(request, "Accept-Language");
    double best[2] = {-1, -1};

    for (Str rest = header, one; rest.ptr != NULL && rest.len > 0;) {
        Str parameters, name;
        double quality = 1;
        ptrdiff_t at;
        one = str_trim(str_split(rest, ',', &rest));
        name = str_trim(str_split(one, ';', &parameters));
        at = str_find(parameters, STR("q="));
        if (at >= 0) {
            char text[8] = {0};
            Str digits = str_trim(str_cut(parameters, at + 2, at + 7));
            if (digits.len < (ptrdiff_t)sizeof text && digits.len > 0)
                memcpy(text, digits.ptr, (size_t)digits.len);
            if (sscanf(text, "%lf", &quality) != 1)
                quality = 0;
        }
        if (name.len >= 2 && (name.ptr[0] == 'z' || name.ptr[0] == 'Z') && quality > best[LANG_ZH])
            best[LANG_ZH] = quality;
        if (name.len >= 2 && (name.ptr[0] == 'e' || name.ptr[0] == 'E') && quality > best[LANG_EN])
            best[LANG_EN] = quality;
    }
    return best[LANG_EN] > best[LANG_ZH] ? LANG_EN : LANG_ZH;
}

static const Error *split_path(Call *call, Str path)
{
    call->segment_count = 0;
    for (Str rest = path, one; rest.ptr != NULL;) {
        one = str_split(rest, '/', &rest);
        if (call->segment_count == MAX_SEGMENTS || one.len == 0)
            return error_new(call->cx.arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
        if (!decode_percent(call->cx.arena, one, false, &call->segments[call->segment_count++]))
            return bad_encoding(call, "路径");
    }
    return OK;
}

static const Error *split_query(Call *call)
{
    for (Str rest = call->request->query, one; rest.ptr != NULL && rest.len > 0;) {
        Str value, name;
        one = str_split(rest, '&', &rest);
        if (one.len == 0)
            continue;
        name = str_split(one, '=', &value);
        if (call->param_count == MAX_QUERY_PARAMS)
            return error_new(call->cx.arena, ERR_BAD_REQUEST, STR("参数太多"), STR("too many parameters"));
        if (!decode_percent(call->cx.arena, name, true, &call->params[call->param_count].name) ||
            !decode_percent(call->cx.arena, value, true, &call->params[call->param_count].value))
            return bad_encoding(call, "参数");
        call->param_count++;
    }
    return OK;
}

/* Every request is held against every route: most differ in their first letter. */
static bool matches(const Call *call, const char *pattern)
{
    for (int i = 0; i < call->segment_count; i++) {
        Str one = call->segments[i];
        if (*pattern == '*')
            pattern++;
        else
            for (ptrdiff_t k = 0; k < one.len; k++)
                if (*pattern++ != one.ptr[k]) /* a segment has no NUL */
                    return false;
        if (*pattern++ != (i + 1 == call->segment_count ? '\0' : '/'))
            return false;
    }
    return call->segment_count > 0;
}

/* Sets call->route; when only the method does not fit, *allow lists those that would. */
static void find_route(Call *call, Buf *allow)
{
    const Route *const *lists = api_route_lists();
    const RecordMeta *meta = call->segment_count == 0 ? NULL : kernel_find(call->app->kernel, call->segments[0]);
    int at = 0;

    for (int i = 0; lists[i] != NULL; i++)
        for (const Route *route = lists[i]; route->method != NULL; route++, at++) {
            if (!matches(call, route->pattern))
                continue;
            if (route->pattern[0] == '*' && meta == NULL)
                continue; /* the generic routes serve declared resources only */
            if (str_is(call->request->method, route->method)) {
                call->route = route;
                call->meta = meta;
                call->times = metrics_times(call->app->metrics, at, call->meta);
                return;
            }
            if (str_find(buf_str(allow), str_of(route->method)) < 0)
                buf_format(allow, "%s%s", allow->len == 0 ? "" : ", ", route->method);
        }
}

static const Error *read_body(Call *call)
{
    Str type = request_header(call->request, "Content-Type"), rest;
    Str media = str_trim(str_split(type, ';', &rest));

    if (call->route == NULL || str_is(call->request->method, "GET") || call->request->body.len == 0 || call->route->takes_file)
        return OK;
    if (!text_is_caseless(media, STR("application/json")) && !text_is_caseless(media, STR("application/merge-patch+json")))
        return error_new(call->cx.arena, ERR_MEDIA_TYPE, STR("请求体应为 application/json"), STR("the body must be application/json"));
    return json_read(call->cx.arena, call->request->body, &call->body);
}

/* A page of another site must not write with the reader's cookie. */
static bool is_same_origin(const Call *call)
{
    Str site = request_header(call->request, "Sec-Fetch-Site"), origin = request_header(call->request, "Origin");
    Str host = request_header(call->request, "Host");
    ptrdiff_t at;

    if (str_is(site, "same-origin"))
        return true;
    if (site.len > 0 || origin.len == 0)
        return false;
    at = str_find(origin, STR("://"));
    return at >= 0 && host.len > 0 && str_eq(str_cut(origin, at + 3, origin.len), host);
}

static Str token_of(const Call *call, bool *by_cookie)
{
    Str bearer = request_header(call->request, "Authorization"), cookie = request_header(call->request, "Cookie");

    *by_cookie = false;
    if (str_starts(bearer, STR("Bearer ")) || str_starts(bearer, STR("bearer ")))
        return str_trim(str_cut(bearer, 7, bearer.len));
    if (bearer.len > 0)
        return STR_NONE;
    for (Str rest = cookie, one; rest.ptr != NULL && rest.len > 0;) {
        one = str_trim(str_split(rest, ';', &rest));
        if (str_starts(one, STR("anju_session="))) {
            *by_cookie = true;
            return str_cut(one, 13, one.len);
        }
    }
    return STR_NONE;
}

typedef struct {
    Str digest;
    Actor *actor;
} Finding;

static const Error *read_actor(Cx *cx, void *self)
{
    Finding *finding = self;
    return user_actor_by_token(cx, finding->digest, &finding->actor);
}

static const Error *find_actor(Call *call)
{
    Cx *cx = &call->cx;
    int64_t generation = user_generation();
    Finding finding = {0};

    call->token = token_of(call, &call->by_cookie);
    if (call->token.len > 0 && call->token.len < 200) {
        finding.digest = secret_digest(cx->arena, call->token);
        finding.actor = actors_find(call->app->actors, cx->arena, finding.digest, cx->now, &cx->zone_min);
        if (finding.actor == NULL) {
            TRY(store_read(call->app->store, cx, read_actor, &finding));
            if (finding.actor != NULL)
                actors_keep(call->app->actors, finding.digest, finding.actor, cx->zone_min, generation, cx->now);
        }
    }
    if (finding.actor != NULL) {
        cx->actor = finding.actor;
        cx->org = finding.actor->org;
    }
    if (call->route != NULL && call->route->is_public)
        return OK;
    if (cx->actor == NULL)
        return error_new(cx->arena, ERR_LOGIN_REQUIRED, STR_NONE, STR_NONE);
    if (call->by_cookie && !str_is(call->request->method, "GET") && !is_same_origin(call))
        return error_new(cx->arena, ERR_FORBIDDEN, STR("跨站请求被拒绝"), STR("a write with the cookie must come from the same origin"));
    if (cx->actor->must_change && (call->route == NULL || !call->route->any_password))
        return error_new(cx->arena, ERR_PASSWORD_CHANGE_REQUIRED, STR_NONE, STR_NONE);
    return OK;
}

const Error *call_prepare(Call *call)
{
    const Request *request = call->request;
    Str below = str_cut(request->path, 8, request->path.len); /* behind "/api/v1/" */
    const Error *path_error, *query_error, *body_error;
    Buf allow = buf_new(call->cx.arena, 200);

    path_error = split_path(call, below);
    if (path_error != OK && path_error->code == ERR_BAD_REQUEST)
        return path_error;
    query_error = split_query(call);
    if (query_error != OK)
        return query_error;
    if (path_error == OK)
        find_route(call, &allow);
    body_error = read_body(call);
    if (body_error != OK && body_error->code == ERR_BAD_REQUEST)
        return body_error;
    call->idem_key = request_header(request, "Idempotency-Key");
    if (call->idem_key.len > 200 || !utf8_is_valid(call->idem_key))
        return error_new(call->cx.arena, ERR_BAD_REQUEST, STR("Idempotency-Key 过长"), STR("the Idempotency-Key is too long"));
    call->if_match_text = request_header(request, "If-Match");
    TRY(find_actor(call));
    if (path_error != OK)
        return path_error;
    if (call->route == NULL && allow.len > 0) {
        Error *error = (Error *)error_new(call->cx.arena, ERR_METHOD_NOT_ALLOWED, STR_NONE, STR_NONE);
        error->allow = buf_str(&allow);
        return error;
    }
    if (call->route == NULL)
        return error_new(call->cx.arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    return body_error;
}

static const Error *run_handler(Cx *cx, void *self)
{
    Call *call = self;
    return call->route->fn(cx, call);
}

/* What a read wants in the log (a look-up of people) is there before it is answered. */
static const Error *run_read(Call *call)
{
    Tail *told;

    TRY(store_read(call->app->store, &call->cx, run_handler, call));
    told = call->cx.tails;
    return told == NULL ? OK : store_write(call->app->store, &call->cx, event_write_tails, told);
}

Call *call_open(App *app, Exchange *ex, const Request *request, bool *answered)
{
    Arena *arena = exchange_arena(ex);
    Call *call = new (arena, Call, 1);

    call->app = app;
    call->ex = ex;
    call->answered = answered;
    call->request = request;
    call->fd = -1;
    call->status = 200;
    call->out = json_new(arena, MAX_ANSWER_BYTES);
    call->cx = (Cx){.arena = arena,
                    .now = clock_now(),
                    .lang = language_of(request),
                    .zone_min = ZONE_CHINA,
                    .kernel = app->kernel,
                    .peer = request->peer};
    if (app->settings->trusted_proxy.len > 0 && str_eq(request->peer, app->settings->trusted_proxy)) {
        Str forwarded = request_header(request, "X-Forwarded-For"), rest = forwarded, last = STR_NONE;
        while (rest.ptr != NULL && rest.len > 0)
            last = str_trim(str_split(rest, ',', &rest)); /* the one that the proxy itself has seen */
        if (last.len > 0 && last.len < 64)
            call->cx.peer = last;
    }
    return call;
}

void api_handle(void *self, Exchange *ex)
{
    App *app = self;
    Arena *arena = exchange_arena(ex);
    const Request *request = exchange_request(ex);
    bool answered = false; /* not in the call, which lies in the exchange's memory */
    Call *call;
    const Error *error;

    exchange_count_in(ex, metrics_other(app->metrics)); /* until its route is known */
    if (!str_starts(request->path, STR("/api/"))) {
        static_answer(app, ex);
        return;
    }
    call = call_open(app, ex, request, &answered);
    error = str_starts(request->path, STR("/api/v1/")) ? call_prepare(call) : error_new(arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
    if (call->times != NULL)
        exchange_count_in(ex, call->times);
    if (error == OK && call->route->mode == M_WRITE) {
        run_write(call);
        return;
    }
    if (error == OK && call->route->mode == M_READ)
        error = run_read(call);
    else if (error == OK)
        error = call->route->fn(&call->cx, call);
    if (answered)
        return;
    if (error == OK && arena_is_spent(arena))
        error = error_new(arena, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    if (error != OK)
        call_problem(call, error);
    else
        call_answer(call);
}

/* Headers that are kept with a stored answer: one a line. */
static Str keep_headers(const Call *call)
{
    Buf text = buf_new(call->cx.arena, 4096);

    for (int i = 0; i < call->header_count; i++)
        buf_format(&text, "%.*s\t%.*s\n", STR_ARG(call->headers[i].name), STR_ARG(call->headers[i].value));
    return buf_str(&text);
}

static void replay(Call *call, const StoredAnswer *stored)
{
    call->status = (int)stored->status;
    call->out = json_new(call->cx.arena, MAX_ANSWER_BYTES);
    buf_add(&call->out.buf, stored->answer);
    call->header_count = 0;
    for (Str rest = stored->headers, line; rest.ptr != NULL && rest.len > 0;) {
        Str value, name;
        line = str_split(rest, '\n', &rest);
        name = str_split(line, '\t', &value);
        if (call->header_count < (int)COUNT_OF(call->headers))
            call->headers[call->header_count++] = (Header){name, value};
    }
}

/* What a key covers, for a JSON body. */
static Str digest_of(const Call *call)
{
    return secret_digest(call->cx.arena, str_format(call->cx.arena, "%.*s %.*s %.*s", STR_ARG(call->request->method),
                                                 STR_ARG(call->request->path), STR_ARG(call->request->body)));
}

const Error *call_stored(Cx *cx, Call *call, Str digest, bool *found)
{
    StoredAnswer stored = {0};

    *found = false;
    if (call->idem_key.len == 0 || cx->actor == NULL)
        return OK;
    TRY(idem_find(cx, call->idem_key, false, &stored, found));
    if (*found && !str_eq(stored.request, digest))
        return error_new(cx->arena, ERR_IDEMPOTENCY_MISMATCH, STR_NONE, STR_NONE);
    if (*found)
        replay(call, &stored);
    return OK;
}

const Error *call_once(Cx *cx, Call *call, Str digest, Handler *fn)
{
    StoredAnswer stored = {0}, fresh = {0};
    bool found = false;
    const Error *error;

    call->out = json_new(cx->arena, MAX_ANSWER_BYTES); /* a closure may run again */
    call->header_count = 0;
    call->status = 200;
    call->is_anonymous = false;
    if (call->idem_key.len == 0 || cx->actor == NULL)
        return fn(cx, call);
    fresh.request = digest.len > 0 ? digest : digest_of(call);
    TRY(idem_find(cx, call->idem_key, false, &stored, &found));
    if (!found && call->meta != NULL && call->meta->type->anonymous != NULL)
        TRY(idem_find(cx, call->idem_key, true, &stored, &found));
    if (found && str_eq(stored.request, fresh.request)) {
        replay(call, &stored);
        return OK;
    }
    error = fn(cx, call);
    if (found && (error == OK || (error->code != ERR_NOT_FOUND && error->code != ERR_FORBIDDEN)))
        return error_new(cx->arena, ERR_IDEMPOTENCY_MISMATCH, STR_NONE, STR_NONE); /* what the handler did is undone */
    TRY(error);
    fresh.status = call->status;
    fresh.headers = keep_headers(call);
    fresh.answer = buf_str(&call->out.buf);
    fresh.record = call->made;
    fresh.record_type = call->made_meta == NULL ? STR_NONE : str_of(call->made_meta->table);
    return idem_keep(cx, call->idem_key, call->is_anonymous, &fresh);
}

/* One write in the lane. */
static const Error *write_closure(Cx *cx, void *self)
{
    Call *call = self;
    return call_once(cx, call, STR_NONE, call->route->fn);
}

/* What write_closure will ask first. */
static const Error *write_ahead(Cx *cx, void *self)
{
    Call *call = self;

    if (call->idem_key.len > 0 && cx->actor != NULL)
        TRY(idem_ahead(cx, call->idem_key));
    return call->route->ahead == NULL ? OK : call->route->ahead(cx, call);
}

static void write_done(Cx *cx, void *self, const Error *error)
{
    Call *call = self;

    if (error == OK && cx->has_job)
        runner_wake(call->app->runner);
    if (error != OK) {
        call_problem(call, error);
    } else {
        call_answer(call);
    }
}

static void run_write(Call *call)
{
    store_submit(call->app->store, &call->cx, write_ahead, write_closure, call, write_done);
}

void call_header(Call *call, const char *name, Str value)
{
    if (call->header_count < (int)COUNT_OF(call->headers))
        call->headers[call->header_count++] = (Header){str_of(name), value};
}

Str call_origin(Cx *cx, const Call *call)
{
    return str_format(cx->arena, "%s://%.*s", call->app->is_tls ? "https" : "http", STR_ARG(request_header(call->request, "Host")));
}

const Error *call_day(Cx *cx, const Call *call, const char *name, Date *out)
{
    Str text = call_param(call, name);

    *out = instant_to_date(cx->now, cx->zone_min);
    if (text.ptr == NULL || date_parse(text, out))
        return OK;
    return error_field(cx->arena, str_of(name), "format", STR("应为日期，如 2026-11-23"), STR("must be a date such as 2026-11-23"));
}

const Error *call_project(Cx *cx, const Call *call, Id *out)
{
    Str text = call_param(call, "project");
    Record *project;

    *out = actor_only_project(cx->actor);
    if (text.ptr != NULL && !str_to_id(text, out))
        return error_field(cx->arena, STR("project"), "format", STR("应为项目编号"), STR("must be a project's id"));
    return *out == 0 ? OK : record_get(cx, kernel_find(cx->kernel, STR("projects")), *out, &project);
}

Str call_param(const Call *call, const char *name)
{
    for (int i = 0; i < call->param_count; i++)
        if (str_is(call->params[i].name, name))
            return call->params[i].value;
    return STR_NONE;
}

const Error *call_only_params(Cx *cx, const Call *call, const char *const *names)
{
    Problems problems = problems_new(cx->arena);

    for (int i = 0; i < call->param_count; i++) {
        Str name = call->params[i].name;
        bool repeated = false;
        for (int k = 0; k < i; k++)
            repeated = repeated || str_eq(call->params[k].name, name);
        if (repeated)
            problems_add(&problems, name, "repeated", STR("参数重复"), STR("the parameter is given twice"));
        if (!names_have(names, str_to_c(cx->arena, name)))
            problems_add(&problems, name, "unknown", STR("没有这个参数"), STR("there is no such parameter"));
    }
    return problems_error(&problems);
}

const Error *body_text(Cx *cx, const Call *call, const char *name, bool required, Str *out, Problems *problems)
{
    const json_t *value = json_object_get(call->body, name);

    *out = STR_NONE;
    if (call->body == NULL || !json_is_object(call->body))
        return error_field(cx->arena, STR("body"), "type", STR("请求体应为 JSON 对象"), STR("the body must be a JSON object"));
    if (value == NULL || json_is_null(value)) {
        if (required)
            problems_add(problems, str_of(name), "required", STR("不能缺少"), STR("is required"));
    } else if (!json_is_string(value)) {
        problems_add(problems, str_of(name), "type", STR("应为文字"), STR("must be text"));
    } else {
        *out = json_str(value);
        if (required && str_trim(*out).len == 0)
            problems_add(problems, str_of(name), "required", STR("不能为空"), STR("must not be empty"));
    }
    return OK;
}

void body_only(Cx *cx, const Call *call, const char *const *names, Problems *problems)
{
    const char *key;
    json_t *value;

    json_object_foreach(call->body, key, value)
    {
        if (!names_have(names, key))
            problems_add(problems, str_copy(cx->arena, str_of(key)), "unknown", STR("没有这个字段"), STR("there is no such field"));
    }
}

const Error *call_id(Cx *cx, const Call *call, int segment, const RecordMeta *meta, Id *out)
{
    Str text = call->segments[segment];

    *out = 0;
    if (str_starts(text, STR("key:")))
        TRY(input_key(cx, text, meta, out));
    else if (!str_to_id(text, out))
        *out = 0;
    return *out != 0 ? OK : error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
}

int64_t call_if_match(const Call *call)
{
    Str text = call->if_match_text;
    int64_t version;

    if (text.len == 0 || str_is(text, "*"))
        return 0;
    if (text.len > 3 && str_starts(text, STR("\"v")) && str_ends(text, STR("\"")) && str_to_id(str_cut(text, 2, text.len - 1), &version))
        return version;
    return -1;
}

void call_no_content(Call *call)
{
    call->status = 204;
}

static bool has_header(const Call *call, const char *name)
{
    for (int i = 0; i < call->header_count; i++)
        if (str_is(call->headers[i].name, name))
            return true;
    return false;
}

void call_answer(Call *call)
{
    Answer answer = {.status = call->status};

    for (int i = 0; i < call->header_count; i++)
        answer.headers[answer.header_count++] = call->headers[i];
    if (!has_header(call, "Cache-Control"))
        answer.headers[answer.header_count++] = (Header){STR("Cache-Control"), STR("no-store")};
    answer.headers[answer.header_count++] = (Header){STR("X-Content-Type-Options"), STR("nosniff")};
    if (call->fd >= 0) {
        answer.headers[answer.header_count++] = (Header){STR("Content-Type"), call->content_type};
        exchange_answer_file(call->ex, &answer, call->fd);
        return;
    }
    if (call->status != 204) {
        answer.headers[answer.header_count++] =
            (Header){STR("Content-Type"), call->content_type.len > 0 ? call->content_type : STR("application/json; charset=utf-8")};
        answer.body = call->content_type.len > 0 ? call->content : buf_str(&call->out.buf);
    }
    exchange_answer(call->ex, &answer);
}

int call_problem_json(const Call *call, const Error *error, Json *json)
{
    const ErrorRow *row = error_row(error->code);
    Lang lang = call->cx.lang;
    int status = error->code == ERR_STATE_OF_WORLD || error->code == ERR_USAGE ? 500 : row->status;

    if (row->status >= 500)
        log_error("%.*s %.*s: %s", STR_ARG(call->request->method), STR_ARG(call->request->path), row->name);
    json_open(json, '{');
    JSON_C(json, "type", "about:blank");
    JSON_C(json, "title", lang == LANG_ZH ? row->zh : row->en);
    JSON_INT(json, "status", status);
    JSON_TEXT(json, "detail", error_text(error, lang));
    JSON_C(json, "code", row->name);
    if (error->state.len > 0)
        JSON_TEXT(json, "state", error->state);
    if (error->fields != NULL) {
        JSON_KEY(json, "fields");
        json_open(json, '[');
        for (const FieldProblem *field = error->fields; field != NULL; field = field->next) {
            json_open(json, '{');
            JSON_TEXT(json, "field", field->field);
            JSON_C(json, "code", field->code);
            JSON_TEXT(json, "message", lang == LANG_ZH ? field->zh : field->en);
            json_close(json, '}');
        }
        json_close(json, ']');
    }
    json_close(json, '}');
    return status;
}

void call_problem(Call *call, const Error *error)
{
    Arena *arena = call->cx.arena;
    Json json = json_new(arena, 1 << 22);
    Answer answer = {.status = call_problem_json(call, error, &json)};

    answer.headers[answer.header_count++] = (Header){STR("Content-Type"), STR("application/problem+json; charset=utf-8")};
    answer.headers[answer.header_count++] = (Header){STR("Cache-Control"), STR("no-store")};
    answer.headers[answer.header_count++] = (Header){STR("Content-Language"), call->cx.lang == LANG_ZH ? STR("zh-CN") : STR("en")};
    if (error->allow.len > 0)
        answer.headers[answer.header_count++] = (Header){STR("Allow"), error->allow};
    if (error->code == ERR_TOO_MANY || error->code == ERR_UNAVAILABLE || error->code == ERR_UNSURE)
        answer.headers[answer.header_count++] =
            (Header){STR("Retry-After"), str_format(arena, "%lld", (long long)(error->retry_after_s > 0 ? error->retry_after_s : 5))};
    answer.body = buf_str(&json.buf);
    if (call->fd >= 0)
        log_error("an answer's file was left open"); /* handlers close what they do not hand over */
    exchange_answer(call->ex, &answer);
}
