/* knowledge.c: the knowledge base while somebody types, and what was looked for in vain. */
#include "kernel/fold.h"
#include "kernel/list.h"
#include "modules/desk/desk_parts.h"

#include <stdlib.h>

#define CANDIDATES 60 /* the newest that fit, of which the best are shown */
#define EXCERPT_CHARS 120
#define EXCERPT_BEFORE 60 /* bytes */
#define MISS_CHARS 64
#define NUMBER_DIGITS 5 /* so many digits may be a phone or an identity number */

/* 落空的搜索: folded text, so that the same question counts once. */
static const Column miss_columns[] = {{"query", C_TEXT, true}, {"count", C_INT, true}, {"last_at", C_INT, true}, {0}};
static const Index miss_indexes[] = {{"count, last_at"}, {0}};
const Table search_miss_table = {"search_miss", miss_columns, .key = "query", .indexes = miss_indexes};

typedef struct {
    const Record *record;
    int fit, at;
} Hit;

typedef struct {
    Str typed;
    Hit hits[CANDIDATES];
    int count;
} Search;

/* 0: the title itself, 1: its beginning, 2: inside it, 3: a keyword, 4: somewhere in the text. */
static int fit_of(Cx *cx, const Search *search, const Record *record)
{
    Str title = fold_text(cx->arena, record_text(record, "title"));

    if (str_eq(title, search->typed))
        return 0;
    if (str_starts(title, search->typed))
        return 1;
    if (str_find(title, search->typed) >= 0)
        return 2;
    return str_find(fold_text(cx->arena, record_text(record, "keywords")), search->typed) >= 0 ? 3 : 4;
}

static const Error *take_hit(Cx *cx, const Record *record, void *self)
{
    Search *search = self;

    if (search->count < CANDIDATES) {
        search->hits[search->count] = (Hit){record, fit_of(cx, search, record), search->count};
        search->count++;
    }
    return OK;
}

static int compare(const void *left, const void *right)
{
    const Hit *a = left, *b = right;

    return a->fit != b->fit ? (a->fit < b->fit ? -1 : 1) : a->at < b->at ? -1 : 1;
}

/* The text around what was looked for, or its beginning. */
static Str excerpt_of(Str body, Str typed)
{
    ptrdiff_t at = typed.len == 0 ? -1 : str_find(body, typed), from = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;

    while (from > 0 && ((unsigned char)body.ptr[from] & 0xC0) == 0x80) /* not inside a character */
        from++;
    return utf8_cut(str_cut(body, from, body.len), EXCERPT_CHARS);
}

static void hit_json(const Search *search, const Record *record, Json *json)
{
    json_open(json, '{');
    JSON_ID(json, "id", record->id);
    JSON_TEXT(json, "title", record_text(record, "title"));
    JSON_KEY(json, "category");
    record_is_null(record, "category") ? json_none(json) : json_text(json, record_text(record, "category"));
    JSON_TEXT(json, "audience", record_text(record, "audience"));
    JSON_INT(json, "version", record_int(record, "edition"));
    JSON_KEY(json, "valid_to");
    record_is_null(record, "valid_to") ? json_none(json) : json_date(json, (Date)record_int(record, "valid_to"));
    JSON_TEXT(json, "excerpt", excerpt_of(record_text(record, "body"), search->typed));
    json_close(json, '}');
}

const Error *knowledge_json(Cx *cx, Str typed, int64_t limit, Json *json, int *hits)
{
    const QueryParam params[] = {{STR("filter[valid]"), STR("true")}, {STR("filter[state]"), STR("published")}, {STR("limit"), STR("60")}, {STR("q"), typed}};
    Search *search = new (cx->arena, Search, 1);
    ListQuery query;
    Str next;

    search->typed = fold_text(cx->arena, utf8_cut(typed, FOLD_MAX_QUERY_CHARS));
    TRY(list_parse(cx, kernel_type(cx->kernel, &article_type), params, (int)COUNT_OF(params) - (search->typed.len == 0 ? 1 : 0), NULL, &query));
    TRY(list_page(cx, &query, take_hit, search, &next));
    qsort(search->hits, (size_t)search->count, sizeof search->hits[0], compare);
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < search->count && i < limit; i++)
        hit_json(search, search->hits[i].record, json);
    json_close(json, ']');
    json_close(json, '}');
    *hits = search->count;
    return OK;
}

bool knowledge_is_missed(Arena *arena, Str typed)
{
    Str folded = fold_text(arena, typed);
    int digits = 0;

    for (ptrdiff_t i = 0; i < folded.len; i++)
        digits += folded.ptr[i] >= '0' && folded.ptr[i] <= '9';
    return utf8_count(folded) >= 2 && digits < NUMBER_DIGITS;
}

const Error *knowledge_note_miss(Cx *cx, Str typed)
{
    static const char NOTE[] = "INSERT INTO search_miss (org_id, query, count, last_at) VALUES (:org, :query, 1, :now)"
                               " ON CONFLICT (org_id, query) DO UPDATE SET count = search_miss.count + 1, last_at = excluded.last_at";
    return sql_run(cx, NOTE, IN(in_text("query", utf8_cut(fold_text(cx->arena, typed), MISS_CHARS))));
}

static const Error *miss_json(Cx *cx, const Row *row, void *self)
{
    Json *json = self;

    json_open(json, '{');
    JSON_TEXT(json, "q", row_text(row, 0));
    JSON_INT(json, "count", row_int(row, 1));
    JSON_KEY(json, "last_at");
    json_instant(json, row_int(row, 2), cx->zone_min);
    json_close(json, '}');
    return OK;
}

const Error *knowledge_misses_json(Cx *cx, int64_t limit, Json *json)
{
    static const char MISSES[] = "SELECT query, count, last_at FROM search_miss WHERE org_id = :org ORDER BY count DESC, last_at DESC LIMIT :limit"; /* search_miss_by_count_last_at */

    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    TRY(sql_each(cx, MISSES, IN(in_int("limit", limit)), miss_json, json));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
