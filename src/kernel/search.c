#include "kernel/search.h"
#include "kernel/event.h"
#include "kernel/fold.h"
#include "kernel/mask.h"
#include "store/dialect.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_SEARCH_SQL (1 << 15)
#define MAX_CANDIDATES 40 /* of one kind, of which the best are kept */
#define PAST_ALL "\xF4\x8F\xBF\xBF" /* behind every text with the same head */
#define TAIL_DIGITS 4
#define MAX_KINDS 24

/* How well it fits: the number or name itself, its beginning, or somewhere inside. */
typedef enum { FIT_SAME, FIT_HEAD, FIT_INSIDE } Fit;

typedef struct {
    int kind;
    Id id;
    Str label, no, detail;
    Fit fit;
    int at; /* as found */
} Hit;

typedef struct Search Search;
typedef const Error *DetailFn(Search *search, Hit *hits, int count);
typedef struct {
    const RecordMeta *meta;
    const char *detail; /* SQL on t */
    DetailFn *details;
    int latest;
} Kind;

struct Search {
    Cx *cx;
    Str typed;   /* folded */
    Str house;   /* as house number; empty: none */
    bool is_tail;
    int kind;
    const RecordMeta *meta;
    Hit found[MAX_CANDIDATES];
    int found_count;
    Kind kinds[MAX_KINDS];
    int kind_count;
    Hit hits[MAX_KINDS * SEARCH_PER_KIND];
    int hit_count;
};

static DetailFn owners_of_houses, homes_of_people, roles_of_users;

#define HOUSE_NO "(SELECT h.no FROM house h WHERE h.org_id = t.org_id AND h.id = t.house_id)"
#define PLACE "coalesce(" HOUSE_NO ", (SELECT s.name FROM space s WHERE s.org_id = t.org_id AND s.id = t.space_id))"

/* Houses and people are found in ways of their own. `latest`: of names the best among many that fit are kept, of matters
 * simply the latest. `details`: one statement for all hits of the kind, beside the `detail` column. */
static const Kind of_houses = {.detail = "NULL", .details = owners_of_houses, .latest = MAX_CANDIDATES},
                  of_people = {.detail = "t.phone", .details = homes_of_people, .latest = MAX_CANDIDATES},
                  of_users = {.detail = "t.login", .details = roles_of_users, .latest = MAX_CANDIDATES};

static void add_kind(Search *search, const Kind *kind, const RecordMeta *meta);
static void choose_kinds(Search *search);
static bool is_vague(Str typed);
static const Error *find_houses(Search *search);
static const Error *find_phones(Search *search);
static const Error *find_words(Search *search);
static const Error *keep_best(Search *search);
static void hits_json(const Search *search, Json *json);

const Error *search_json(Cx *cx, Str typed, Json *json)
{
    Search *search = new (cx->arena, Search, 1);
    bool staff = cx->actor->is_system || (cx->actor->roles & STAFF) != 0;

    search->cx = cx;
    search->typed = fold_text(cx->arena, utf8_cut(typed, FOLD_MAX_QUERY_CHARS));
    search->house = search_house_no(cx->arena, typed);
    search->is_tail = staff && search->typed.len == TAIL_DIGITS;
    for (ptrdiff_t i = 0; i < search->typed.len; i++)
        search->is_tail = search->is_tail && search->typed.ptr[i] >= '0' && search->typed.ptr[i] <= '9';
    if (search->is_tail)
        TRY(event_lookup(cx, kernel_find(cx->kernel, STR("parties")), "phone_tail"));
    choose_kinds(search);
    for (search->kind = 0; search->kind < search->kind_count; search->kind++) {
        search->meta = search->kinds[search->kind].meta;
        search->found_count = 0;
        if (search->kinds[search->kind].details == owners_of_houses && search->house.len > 0)
            TRY(find_houses(search));
        else if (search->kinds[search->kind].details == homes_of_people && staff)
            TRY(find_phones(search));
        if (search->found_count == 0 || search->is_tail)
            TRY(find_words(search));
        TRY(keep_best(search));
    }
    hits_json(search, json);
    return OK;
}

static void add_kind(Search *search, const Kind *kind, const RecordMeta *meta)
{
    if (meta == NULL || search->kind_count == MAX_KINDS)
        return;
    search->kinds[search->kind_count] = *kind;
    search->kinds[search->kind_count++].meta = meta;
}

/* Most likely first: houses, people, then every kind of matter that is declared to be searched, then staff. What only follows
 * another matter (a call-back) is found through that one. */
static void choose_kinds(Search *search)
{
    const Kernel *kernel = search->cx->kernel;

    add_kind(search, &of_houses, kernel_find(kernel, STR("houses")));
    add_kind(search, &of_people, kernel_find(kernel, STR("parties")));
    for (int i = 0; i < kernel->type_count; i++) {
        const RecordMeta *meta = &kernel->types[i];
        const char *place = meta->house >= 0 && meta->space >= 0 ? PLACE : meta->house >= 0 ? HOUSE_NO : "NULL";
        if (meta->searched && meta->type->states != NULL && meta->type->label != NULL && !meta->type->own_search_only)
            add_kind(search, &(Kind){.detail = place, .latest = 2 * SEARCH_PER_KIND}, meta);
    }
    add_kind(search, &of_users, kernel_find(kernel, STR("users")));
}

/* One Latin letter, or a number of one or two digits: found everywhere, and what is meant is still being typed. */
static bool is_vague(Str typed)
{
    bool number = typed.len <= 2;

    for (ptrdiff_t i = 0; i < typed.len; i++)
        number = number && typed.ptr[i] >= '0' && typed.ptr[i] <= '9';
    return number || (typed.len == 1 && (unsigned char)typed.ptr[0] < 0x80);
}

static Fit fit_of(const Search *search, Str label, Str no)
{
    Arena *arena = search->cx->arena;
    Str name = fold_text(arena, label), number = fold_text(arena, no), typed = search->typed;
    Str initials = pinyin_initials(arena, label);

    if (str_eq(name, typed) || str_eq(number, typed) || str_eq(initials, typed) ||
        (search->house.len > 0 && str_eq(no, search->house)) || str_ends(number, str_join(arena, STR("-"), typed)))
        return FIT_SAME;
    if (str_starts(name, typed) || str_starts(number, typed) || str_starts(initials, typed) ||
        (search->house.len > 0 && str_starts(no, search->house)))
        return FIT_HEAD;
    return FIT_INSIDE;
}

/* id, no, label, state, detail */
static const Error *add_candidate(Cx *cx, const Row *row, void *self)
{
    Search *search = self;
    const RecordMeta *meta = search->meta;
    int state = meta_state(meta, row_text(row, 3));
    Hit hit = {.kind = search->kind, .id = row_int(row, 0), .at = search->found_count};

    for (int i = 0; i < search->found_count; i++)
        if (search->found[i].id == hit.id)
            return OK;
    if (search->found_count == MAX_CANDIDATES)
        return OK;
    hit.no = str_copy(cx->arena, row_text(row, 1));
    hit.label = str_copy(cx->arena, row_text(row, 2));
    hit.detail = str_copy(cx->arena, row_text(row, 4));
    if (state >= 0) {
        const State *row_state = &meta->type->states[state];
        hit.detail = str_format(cx->arena, "%s%s%.*s", cx->lang == LANG_ZH ? row_state->zh : row_state->en, hit.detail.len > 0 ? " · " : "",
                                STR_ARG(hit.detail));
    }
    hit.fit = fit_of(search, hit.label, hit.no);
    search->found[search->found_count++] = hit;
    return OK;
}

/* SELECT … FROM … WHERE the caller may see it; the condition follows. */
static Buf begin_statement(const Search *search, Params *params, bool full_text)
{
    const RecordMeta *meta = search->meta;
    Buf sql = buf_new(search->cx->arena, MAX_SEARCH_SQL);

    buf_format(&sql, "SELECT t.id, t.no, t.\"%s\", t.state, %s FROM ", meta->type->label, search->kinds[search->kind].detail);
    if (full_text)
        dialect_of(search->cx)->search_from(&sql, meta->table);
    else
        buf_format(&sql, "\"%s\" t", meta->table);
    buf_add_c(&sql, " WHERE t.org_id = :org");
    if (full_text) {
        buf_add_c(&sql, " AND ");
        dialect_of(search->cx)->search_where(&sql, meta->table);
    }
    buf_add_c(&sql, " AND t.archived_at IS NULL AND ");
    access_condition(search->cx, meta, &sql, params);
    return sql;
}

/* house_by_project_id_no_part: the index is gone through project by project. */
static const Error *find_houses(Search *search)
{
    Cx *cx = search->cx;
    Params params = {0};
    Buf sql = begin_statement(search, &params, false);
    Str head = search->house, room;
    Str building = str_split(head, '-', &room);

    buf_add_c(&sql, " AND t.project_id IN (SELECT p.id FROM project p WHERE p.org_id = :org) AND t.no >= :head AND t.no < :past"
                    " ORDER BY t.no LIMIT 40");
    params_add(&params, "head", value_text(head));
    params_add(&params, "past", value_text(str_join(cx->arena, head, STR(PAST_ALL))));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, add_candidate, search));
    if (search->found_count > 0 || room.len == 0 || str_find_char(room, '-') >= 0)
        return OK;
    params = (Params){0}; /* 3栋1501, the unit left out: house_by_project_id_building_unit_room */
    sql = begin_statement(search, &params, false);
    buf_add_c(&sql, " AND t.project_id IN (SELECT p.id FROM project p WHERE p.org_id = :org) AND t.building = :building AND t.room >= :head"
                    " AND t.room < :past ORDER BY t.no LIMIT 40");
    params_add(&params, "building", value_text(building));
    params_add(&params, "head", value_text(room));
    params_add(&params, "past", value_text(str_join(cx->arena, room, STR(PAST_ALL))));
    return sql_each_built(cx, buf_str(&sql), params.in, add_candidate, search);
}

static const Error *find_phones(Search *search)
{
    Cx *cx = search->cx;
    Str phone = phone_normal(cx->arena, search->typed);
    Params params = {0};
    Buf sql = begin_statement(search, &params, false);

    if (!search->is_tail && (phone.len < 7 || !phone_is_plausible(phone)))
        return OK;
    buf_format(&sql, " AND t.%s = :phone ORDER BY t.id LIMIT 40", search->is_tail ? "phone_tail" : "phone");
    params_add(&params, "phone", value_text(search->is_tail ? search->typed : phone));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, add_candidate, search));
    for (int i = 0; i < search->found_count; i++)
        search->found[i].fit = FIT_SAME;
    return OK;
}

static const Error *find_words(Search *search)
{
    Params params = {0};
    FoldQuery query;
    Str words;
    Buf sql;

    if (!search->meta->searched || is_vague(search->typed))
        return OK;
    fold_query(search->cx->arena, record_number_core(search->meta, search->typed), &query);
    words = fold_match(search->cx->arena, &query, dialect_of(search->cx)->tsquery);
    if (words.len == 0)
        return OK;
    sql = begin_statement(search, &params, true);
    buf_format(&sql, " ORDER BY %s DESC LIMIT :latest", dialect_of(search->cx)->search_key); /* the full-text index is read in this order */
    params_add(&params, "latest", value_int(search->kinds[search->kind].latest));
    params_add(&params, "match", value_text(words));
    return sql_each_built(search->cx, buf_str(&sql), params.in, add_candidate, search);
}

static int compare(const void *left, const void *right)
{
    const Hit *a = left, *b = right;

    if (a->fit != b->fit)
        return a->fit < b->fit ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static const Error *keep_best(Search *search)
{
    int count = search->found_count < SEARCH_PER_KIND ? search->found_count : SEARCH_PER_KIND;
    Hit *hits = &search->hits[search->hit_count];

    qsort(search->found, (size_t)search->found_count, sizeof search->found[0], compare);
    for (int i = 0; i < count; i++)
        hits[i] = search->found[i];
    search->hit_count += count;
    if (search->kinds[search->kind].details != NULL && count > 0)
        TRY(search->kinds[search->kind].details(search, hits, count));
    return OK;
}

static void hits_json(const Search *search, Json *json)
{
    Hit *hits = new (search->cx->arena, Hit, search->hit_count + 1);

    for (int i = 0; i < search->hit_count; i++)
        hits[i] = search->hits[i];
    qsort(hits, (size_t)search->hit_count, sizeof hits[0], compare);
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < search->hit_count && i < SEARCH_MAX_HITS; i++) {
        json_open(json, '{');
        JSON_C(json, "resource", search->kinds[hits[i].kind].meta->type->resource);
        JSON_ID(json, "id", hits[i].id);
        JSON_TEXT(json, "label", hits[i].label);
        JSON_KEY(json, "no");
        hits[i].no.len > 0 ? json_text(json, hits[i].no) : json_none(json);
        JSON_KEY(json, "detail");
        hits[i].detail.len > 0 ? json_text(json, hits[i].detail) : json_none(json);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_close(json, '}');
}

/* Details: one statement for all hits of a kind */

typedef struct {
    Search *search;
    Hit *hits;
    int count;
} Details;

/* "(:i0, :i1, …)" */
static void add_ids(Buf *sql, Params *params, const Hit *hits, int count)
{
    static const char *const names[SEARCH_PER_KIND] = {"i0", "i1", "i2", "i3", "i4", "i5"};

    buf_char(sql, '(');
    for (int i = 0; i < count; i++) {
        buf_format(sql, "%s:%s", i == 0 ? "" : ", ", names[i]);
        params_add(params, names[i], value_int(hits[i].id));
    }
    buf_char(sql, ')');
}

static Hit *hit_of(const Details *details, Id id)
{
    for (int i = 0; i < details->count; i++)
        if (details->hits[i].id == id)
            return &details->hits[i];
    return NULL;
}

static void add_detail(Cx *cx, Hit *hit, const char *between, Str text)
{
    if (hit != NULL && hit->detail.len < 200)
        hit->detail = str_format(cx->arena, "%.*s%s%.*s", STR_ARG(hit->detail), hit->detail.len > 0 ? between : "", STR_ARG(text));
}

static const Error *add_owner(Cx *cx, const Row *row, void *self)
{
    add_detail(cx, hit_of(self, row_int(row, 0)), cx->lang == LANG_ZH ? "、" : ", ", row_text(row, 1));
    return OK;
}

static const Error *owners_of_houses(Search *search, Hit *hits, int count)
{
    Cx *cx = search->cx;
    const RecordMeta *people = kernel_find(cx->kernel, STR("parties"));
    Buf sql = buf_new(cx->arena, MAX_SEARCH_SQL);
    Params params = {0};

    if (people == NULL)
        return OK;
    buf_add_c(&sql, "SELECT r.house_id, t.name FROM residence r JOIN party t ON t.org_id = r.org_id AND t.id = r.party_id WHERE r.org_id = :org"
                    " AND r.role = 'owner' AND " SQL_HELD("r.", ":now") " AND r.house_id IN ");
    add_ids(&sql, &params, hits, count);
    buf_add_c(&sql, " AND ");
    access_condition(cx, people, &sql, &params);
    buf_add_c(&sql, " ORDER BY r.house_id, r.since, t.id");
    return sql_each_built(cx, buf_str(&sql), params.in, add_owner, &(Details){search, hits, count});
}

static const Error *add_home(Cx *cx, const Row *row, void *self)
{
    static const Choice roles[] = {{"owner", "业主", "owner"}, {"tenant", "租户", "tenant"}, {"family", "家属", "family"}, {"contact", "联系人", "contact"}, {0}};
    Str role = row_text(row, 2);

    for (const Choice *choice = roles; choice->value != NULL; choice++)
        if (str_is(role, choice->value))
            role = str_of(cx->lang == LANG_ZH ? choice->zh : choice->en);
    add_detail(cx, hit_of(self, row_int(row, 0)), cx->lang == LANG_ZH ? "、" : ", ",
               str_format(cx->arena, "%.*s %.*s", STR_ARG(row_text(row, 1)), STR_ARG(role)));
    return OK;
}

/* 3-2-1501 业主 · 138****1234 */
static const Error *homes_of_people(Search *search, Hit *hits, int count)
{
    Cx *cx = search->cx;
    const RecordMeta *houses = kernel_find(cx->kernel, STR("houses"));
    Buf sql = buf_new(cx->arena, MAX_SEARCH_SQL);
    Params params = {0};
    Str phones[SEARCH_PER_KIND];

    for (int i = 0; i < count; i++) {
        phones[i] = mask_phone(cx->arena, hits[i].detail);
        hits[i].detail = STR_NONE;
    }
    if (houses != NULL) {
        buf_add_c(&sql, "SELECT r.party_id, t.no, r.role FROM residence r JOIN house t ON t.org_id = r.org_id AND t.id = r.house_id"
                        " WHERE r.org_id = :org AND " SQL_HELD("r.", ":now") " AND r.party_id IN ");
        add_ids(&sql, &params, hits, count);
        buf_add_c(&sql, " AND ");
        access_condition(cx, houses, &sql, &params);
        buf_add_c(&sql, " ORDER BY r.party_id, t.no");
        TRY(sql_each_built(cx, buf_str(&sql), params.in, add_home, &(Details){search, hits, count}));
    }
    for (int i = 0; i < count; i++)
        if (phones[i].len > 0)
            add_detail(cx, &hits[i], " · ", phones[i]);
    return OK;
}

static const Error *add_role(Cx *cx, const Row *row, void *self)
{
    const RoleRow *role = role_row(role_by_name(row_text(row, 1)));

    if (role != NULL)
        add_detail(cx, hit_of(self, row_int(row, 0)), " · ", str_of(cx->lang == LANG_ZH ? role->zh : role->en));
    return OK;
}

static const Error *roles_of_users(Search *search, Hit *hits, int count)
{
    Buf sql = buf_new(search->cx->arena, MAX_SEARCH_SQL);
    Params params = {0};

    buf_add_c(&sql, "SELECT DISTINCT user_id, role FROM role_grant WHERE org_id = :org AND user_id IN ");
    add_ids(&sql, &params, hits, count);
    buf_add_c(&sql, " ORDER BY user_id, role");
    return sql_each_built(search->cx, buf_str(&sql), params.in, add_role, &(Details){search, hits, count});
}

/* Does the text begin with one of the words that part a house number? Its length, or 0. */
static ptrdiff_t parting(Str s)
{
    static const char *const words[] = {"号楼", "单元", "栋", "幢", "座", "楼", "号", "室", "房", "户", "-", "#", "/", ".", " ", NULL};

    for (int i = 0; words[i] != NULL; i++)
        if (str_starts(s, str_of(words[i])))
            return (ptrdiff_t)strlen(words[i]);
    return 0;
}

Str search_house_no(Arena *arena, Str typed)
{
    Str text = fold_text(arena, utf8_cut(typed, FOLD_MAX_QUERY_CHARS));
    Buf out = buf_new(arena, 1000);
    int parts = 0, digits = 0;
    bool parted = false, inside = false; /* behind a parting; inside a part */

    for (ptrdiff_t at = 0; at < text.len;) {
        char c = text.ptr[at];
        ptrdiff_t skip = parting(str_cut(text, at, text.len));
        if (skip > 0) {
            parted = true;
            inside = false;
            at += skip;
            continue;
        }
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z'))
            return STR_NONE;
        if (!inside) {
            if (parts > 0)
                buf_char(&out, '-');
            parts++;
        }
        inside = true;
        digits += c >= '0' && c <= '9';
        buf_char(&out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
        at++;
    }
    if (digits == 0 || parts == 0 || parts > 3 || (!parted && (out.len > 2 || digits < out.len)))
        return STR_NONE;
    if (!parted) /* 3: a building */
        buf_char(&out, '-');
    else if (!inside && parts < 3 && !str_ends(text, STR("室")) && !str_ends(text, STR("房")) && !str_ends(text, STR("户")))
        buf_char(&out, '-'); /* 3栋: what follows begins a part of its own */
    return buf_str(&out);
}
