/* api_centre.c: what the customer centre asks for: a household on one page, the knowledge base while typing, and the calls that
 * telephone exchanges report. */
#include "http/api.h"
#include "modules/desk/desk.h"
#include "store/store.h"

static const Error *get_household(Cx *cx, Call *call)
{
    Record *house;
    Id id;

    TRY(call_id(cx, call, 1, call->meta, &id));
    TRY(record_get(cx, call->meta, id, &house));
    if (!cx->actor->is_system && (cx->actor->roles & STAFF) == 0)
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NULL));
    return household_json(cx, house, &call->out);
}

static const Error *read_limit(Cx *cx, const Call *call, int64_t most, int64_t *limit)
{
    Str text = call_param(call, "limit");

    if (text.ptr == NULL || (str_to_int(text, limit) && *limit >= 1 && *limit <= most))
        return OK;
    return error_field(cx->arena, STR("limit"), "out_of_range", str_format(cx->arena, "limit 应在 1 到 %lld 之间", (long long)most),
                       str_format(cx->arena, "limit must be between 1 and %lld", (long long)most));
}

typedef struct {
    Call *call;
    Str typed;
    int64_t limit;
    int hits;
} Looking;

static const Error *look(Cx *cx, void *self)
{
    Looking *looking = self;
    return knowledge_json(cx, looking->typed, looking->limit, &looking->call->out, &looking->hits);
}

static const Error *note_miss(Cx *cx, void *self)
{
    Looking *looking = self;
    return knowledge_note_miss(cx, looking->typed);
}

/* Every keystroke asks; what was meant (`final`) and not found is noted. */
static const Error *get_knowledge(Cx *cx, Call *call)
{
    Looking looking = {.call = call, .typed = call_param(call, "q"), .limit = KNOWLEDGE_MAX};
    Str final = call_param(call, "final");

    TRY(call_only_params(cx, call, NAMES("q", "limit", "final")));
    TRY(read_limit(cx, call, KNOWLEDGE_MAX, &looking.limit));
    if (final.ptr != NULL && !str_is(final, "true") && !str_is(final, "false"))
        return error_field(cx->arena, STR("final"), "format", STR("final 应为 true 或 false"), STR("final must be true or false"));
    TRY(store_read(call->app->store, cx, look, &looking));
    if (!str_is(final, "true") || looking.hits > 0 || !knowledge_is_missed(cx->arena, looking.typed))
        return OK;
    return store_write(call->app->store, cx, note_miss, &looking);
}

static const Error *list_misses(Cx *cx, Call *call)
{
    int64_t limit = 50;

    if (!actor_has(cx->actor, KNOWLEDGE_LEADS, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    TRY(call_only_params(cx, call, NAMES("limit")));
    TRY(read_limit(cx, call, 200, &limit));
    return knowledge_misses_json(cx, limit, &call->out);
}

typedef struct {
    Call *call;
    Str signature;
    Id only;
    PhoneExchange exchange;
    bool found;
} Report;

static const Error *find_exchange(Cx *cx, void *self)
{
    Report *report = self;
    return exchange_find(cx, report->signature, report->call->request->body, report->only, &report->exchange, &report->found);
}

static const Error *save_report(Cx *cx, void *self)
{
    Report *report = self;
    Call *call = report->call;
    Record *record;
    bool fresh;

    call->out = json_new(cx->arena, MAX_ANSWER_BYTES); /* a closure may run again */
    TRY(hotline_report(cx, &report->exchange, call->body, &record, &fresh));
    call->status = fresh ? 201 : 200;
    return record_json(cx, record, &(Shown){0}, &call->out);
}

/* A telephone exchange tells of a call. Who it is, its signature says; nobody is logged in. */
static const Error *report_call(Cx *cx, Call *call)
{
    Report report = {.call = call, .signature = request_header(call->request, "X-Anju-Signature")};
    Str only = call_param(call, "exchange");
    const Error *error;

    if (only.len > 0 && !str_to_id(only, &report.only))
        report.only = -1;
    cx->actor = NULL;
    cx->org = 0;
    TRY(store_read(call->app->store, cx, find_exchange, &report));
    if (!report.found)
        return error_new(cx->arena, ERR_BAD_SIGNATURE, STR("签名（X-Anju-Signature）缺失或不对"), STR("the signature (X-Anju-Signature) is missing or wrong"));
    TRY(call_only_params(cx, call, NAMES("exchange")));
    cx->org = report.exchange.org;
    cx->actor = actor_system(cx->arena, cx->org);
    error = store_write(call->app->store, cx, save_report, &report);
    if (error != OK && error->fields != NULL && strcmp(error->fields->code, "duplicate") == 0) /* its other first report was faster */
        error = store_write(call->app->store, cx, save_report, &report);
    return error;
}

const Route centre_routes[] = {
    {"GET", "houses/*/household", M_READ, get_household, .zh = "住户一页", .en = "A household: people, open matters, calls, promises"},
    {"GET", "knowledge", M_OWN, get_knowledge, .zh = "边输入边查知识库", .en = "Search the knowledge base while typing"},
    {"GET", "knowledge/misses", M_READ, list_misses, .zh = "落空的搜索", .en = "Searches that found nothing"},
    {"POST", "hooks/calls", M_OWN, report_call, .is_public = true, .zh = "电话交换机上报来电", .en = "A telephone exchange reports a call, signed with HMAC-SHA256"},
    {0},
};
