/* api_batch.c: POST batch, many writes in one request, for phones that come back after hours without a network. An item is what it would
 * be alone: its own transaction, its own Idempotency-Key, its own refusal. They run one after the other, so that an item may name what
 * an earlier one has made as `key:<uuid>`; where that one was refused, the name stands for nothing.
 *
 *     {"items":[{"key","method","path","body"}]} -> {"items":[{"key","status","body"}]}, in the same order */
#include "http/api.h"
#include "http/request_check.h"
#include "kernel/job.h"
#include "store/store.h"

#include <stdatomic.h>
#include <stdlib.h>

#define MAX_ITEMS 100
#define ITEM_BYTES (32 * 1024 * 1024) /* of memory that one item may use */

typedef struct Batch Batch;
typedef struct {
    Batch *batch;
    Str key;
    Call *call;         /* the item as a request of its own */
    const Error *error; /* refused before it is begun, or by the write */
} Item;

struct Batch {
    Call *outer;
    Item *items;
    int count;
    _Atomic int open; /* writes under way, and one for who hands them over: who ends the last one answers */
};

static void close_arena(void *arena)
{
    arena_close(arena);
}

/* The outer request's headers, but for those that are an item's own. */
static void set_headers(Arena *arena, const Request *outer, Str key, Request *request)
{
    static const char *const own[] = {"Idempotency-Key", "If-Match", "Content-Type"};
    Header *headers = new (arena, Header, outer->header_count + 2);
    int count = 0;

    for (int i = 0; i < outer->header_count; i++) {
        bool is_own = false;
        for (size_t k = 0; k < COUNT_OF(own); k++)
            is_own = is_own || text_is_caseless(outer->headers[i].name, str_of(own[k]));
        if (!is_own)
            headers[count++] = outer->headers[i];
    }
    headers[count++] = (Header){STR("Idempotency-Key"), key};
    headers[count++] = (Header){STR("Content-Type"), STR("application/json")};
    request->headers = headers;
    request->header_count = count;
}

static Str body_of(Arena *arena, const json_t *body)
{
    char *text = body == NULL || json_is_null(body) ? NULL : json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);
    Str copy = text == NULL ? STR_NONE : str_copy(arena, str_of(text));

    free(text);
    return copy;
}

static Str member(const json_t *json, const char *name, Problems *problems)
{
    const json_t *value = json_object_get(json, name);

    if (value == NULL || json_string_length(value) == 0)
        problems_add(problems, str_of(name), json_is_string(value) || value == NULL ? "required" : "type", STR("应为文字，不能缺少"), STR("must be there, as text"));
    return json_str(value);
}

static const Error *read_item(const Call *outer, json_t *json, Item *item)
{
    Arena *arena = outer->cx.arena;
    Problems problems = problems_new(arena);
    Request *request = new (arena, Request, 1);
    Str path;
    const char *name;
    json_t *value;

    if (!json_is_object(json))
        return error_field(arena, STR("items"), "type", STR("每一项应为 {\"key\",\"method\",\"path\",\"body\"}"), STR("each item must be {\"key\",\"method\",\"path\",\"body\"}"));
    item->key = member(json, "key", &problems);
    *request = *outer->request;
    request->method = member(json, "method", &problems);
    path = member(json, "path", &problems);
    json_object_foreach(json, name, value) if (!names_have(NAMES("key", "method", "path", "body"), name))
        problems_add(&problems, str_of(name), "unknown", STR("没有这个字段"), STR("there is no such field"));
    TRY(problems_error(&problems));
    if (!str_starts(path, STR("/api/v1/")))
        path = str_format(arena, "/api/v1/%.*s", STR_ARG(path));
    request->path = str_split(path, '?', &request->query);
    request->body = body_of(arena, json_object_get(json, "body"));
    set_headers(arena, outer->request, item->key, request);
    item->call = call_open(outer->app, outer->ex, request, outer->answered);
    TRY(call_prepare(item->call));
    if (item->call->route->mode != M_WRITE)
        return error_field(arena, STR("path"), "not_allowed", STR("不能放在批量里：只收新建、修改、归档、办理"), STR("is not taken in a batch: only creations, changes, archiving and actions are"));
    item->call->cx.arena = arena_open(ITEM_BYTES);
    arena_defer(arena, close_arena, item->call->cx.arena);
    return OK;
}

static void add_answer(Call *outer, const Item *item)
{
    const Call *call = item->call;
    Json *out = &outer->out, problem = json_new(outer->cx.arena, 1 << 20);
    int status = item->error == OK ? call->status : call_problem_json(call == NULL ? outer : call, item->error, &problem);

    json_open(out, '{');
    JSON_TEXT(out, "key", item->key);
    JSON_INT(out, "status", status);
    JSON_KEY(out, "body");
    json_raw(out, item->error != OK ? buf_str(&problem.buf) : status == 204 ? STR_NONE : buf_str(&call->out.buf));
    json_close(out, '}');
}

static void answer_batch(Batch *batch)
{
    Call *outer = batch->outer;

    json_open(&outer->out, '{');
    JSON_KEY(&outer->out, "items");
    json_open(&outer->out, '[');
    for (int i = 0; i < batch->count; i++)
        add_answer(outer, &batch->items[i]);
    json_close(&outer->out, ']');
    json_close(&outer->out, '}');
    if (arena_is_spent(outer->cx.arena))
        call_problem(outer, error_new(outer->cx.arena, ERR_TOO_LARGE, STR_NONE, STR_NONE));
    else
        call_answer(outer);
}

/* The batch may be gone afterwards. */
static void end_one(Batch *batch)
{
    if (atomic_fetch_sub(&batch->open, 1) == 1)
        answer_batch(batch);
}

static const Error *write_item(Cx *cx, void *self)
{
    Call *call = ((Item *)self)->call;
    return call_once(cx, call, STR_NONE, call->route->fn);
}

static void item_done(Cx *cx, void *self, const Error *error)
{
    Item *item = self;

    item->error = error;
    if (error == OK && cx->has_job)
        runner_wake(item->batch->outer->app->runner);
    end_one(item->batch);
}

static void hand_over(Batch *batch)
{
    Write *writes = new (batch->outer->cx.arena, Write, batch->count);
    int count = 0;

    for (int i = 0; i < batch->count; i++)
        if (batch->items[i].error == OK)
            writes[count++] = (Write){&batch->items[i].call->cx, &batch->items[i]};
    atomic_store(&batch->open, count + 1);
    store_submit_all(batch->outer->app->store, writes, count, write_item, item_done);
    end_one(batch);
}

static const Error *post_batch(Cx *cx, Call *call)
{
    Batch *batch = new (cx->arena, Batch, 1);
    Problems problems = problems_new(cx->arena);
    const json_t *items = json_object_get(call->body, "items");
    size_t count = json_array_size(items);

    TRY(call_only_params(cx, call, NULL));
    body_only(cx, call, NAMES("items"), &problems);
    if (!json_is_array(items) || count == 0 || count > MAX_ITEMS)
        problems_add(&problems, STR("items"), json_is_array(items) ? "out_of_range" : "type", str_format(cx->arena, "应为 1 到 %d 项的列表", MAX_ITEMS),
                     str_format(cx->arena, "must be a list of 1 to %d items", MAX_ITEMS));
    TRY(problems_error(&problems));
    *batch = (Batch){.outer = call, .items = new (cx->arena, Item, count), .count = (int)count};
    for (int i = 0; i < batch->count; i++) {
        batch->items[i].batch = batch;
        batch->items[i].error = read_item(call, json_array_get(items, (size_t)i), &batch->items[i]);
    }
    *call->answered = true; /* the last write's thread answers, and the call may be gone */
    hand_over(batch);
    return OK;
}

const Route batch_routes[] = {
    {"POST", "batch", M_OWN, post_batch, .zh = "一次提交多个写操作，逐个办理", .en = "Many writes in one request, done one after the other"},
    {0},
};
