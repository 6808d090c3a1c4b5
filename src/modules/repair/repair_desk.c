/* repair_desk.c: what the desk is told while it decides: who could do a repair, and whether it has been reported already. */
#include "kernel/input.h"
#include "kernel/list.h"
#include "modules/repair/repair_parts.h"

#include <stdlib.h>

#define MAX_CANDIDATES 200
#define MAX_DUPLICATES 10
#define NEARNESS 2
#define DUPLICATES_WITHIN (14 * DAY_US)

typedef struct {
    Id user;
    Str name;
    int64_t open, near;
    bool skill_ok, skill_known, certificate_ok, is_lead;
} Candidate;

typedef struct {
    Str skill, certificate; /* asked by the category; empty: none */
    Candidate *list;
    int count;
} Candidates;

static const Error *add_candidate(Cx *cx, const Row *row, void *self)
{
    Candidates *all = self;
    Str skills = row_text(row, 2), certificates = row_text(row, 3);
    Candidate one = {.user = row_int(row, 0), .name = str_copy(cx->arena, row_text(row, 1)), .open = row_int(row, 4), .near = row_int(row, 5),
                     .is_lead = row_int(row, 6) == 0};

    one.skill_known = skills.len > 2;
    one.skill_ok = all->skill.len == 0 || !one.skill_known || words_have(cx, skills, all->skill);
    one.certificate_ok = all->certificate.len == 0 || words_have(cx, certificates, all->certificate);
    if (all->count < MAX_CANDIDATES)
        all->list[all->count++] = one;
    return OK;
}

/* Being in the building already is worth two open matters. */
static int64_t load_of(const Candidate *one)
{
    return one->open - (one->near > 0 ? NEARNESS : 0);
}

/* Who may do it, then who has least to do. A missing certificate weighs more than a missing skill. */
static int compare(const void *left, const void *right)
{
    const Candidate *a = left, *b = right;

    if (a->certificate_ok != b->certificate_ok)
        return a->certificate_ok ? -1 : 1;
    if (a->skill_ok != b->skill_ok)
        return a->skill_ok ? -1 : 1;
    if (a->is_lead != b->is_lead)
        return a->is_lead ? 1 : -1;
    if (load_of(a) != load_of(b))
        return load_of(a) < load_of(b) ? -1 : 1;
    return a->user < b->user ? -1 : a->user > b->user;
}

static void reason(const Cx *cx, Json *json, Str zh, Str en)
{
    json_text(json, cx->lang == LANG_ZH ? zh : en);
}

static void candidate_json(Cx *cx, const Candidates *all, const Candidate *one, Json *json)
{
    Arena *arena = cx->arena;

    json_open(json, '{');
    JSON_ID(json, "user", one->user);
    JSON_TEXT(json, "name", one->name);
    JSON_INT(json, "open", one->open);
    JSON_BOOL(json, "skill_ok", one->skill_ok);
    JSON_BOOL(json, "certificate_ok", one->certificate_ok);
    JSON_BOOL(json, "same_building", one->near > 0);
    JSON_KEY(json, "reasons");
    json_open(json, '[');
    if (!one->certificate_ok)
        reason(cx, json, str_format(arena, "没有%.*s", STR_ARG(all->certificate)), str_format(arena, "lacks %.*s", STR_ARG(all->certificate)));
    if (!one->skill_ok)
        reason(cx, json, STR("没有这项技能"), STR("lacks the skill"));
    else if (all->skill.len > 0)
        one->skill_known ? reason(cx, json, STR("技能相符"), STR("has the skill")) : reason(cx, json, STR("未登记技能"), STR("skills not on file"));
    if (one->near > 0)
        reason(cx, json, str_format(arena, "同一楼栋还有 %lld 件", (long long)one->near), str_format(arena, "%lld open in the same building", (long long)one->near));
    if (one->open == 0)
        reason(cx, json, STR("手上没有活"), STR("nothing open"));
    else
        reason(cx, json, str_format(arena, "手上 %lld 件", (long long)one->open), str_format(arena, "%lld open", (long long)one->open));
    json_close(json, ']');
    json_close(json, '}');
}

const Error *repair_suggestions_json(Cx *cx, const Record *repair, Json *json)
{
    static const char CATEGORY[] = "SELECT coalesce(skill, ''), coalesce(certificate, '') FROM repair_category"
                                   " WHERE org_id = :org AND code = :code AND archived_at IS NULL";
    static const char PEOPLE[] = /* repair_by_state_id: what is open, not what each has ever done */
        "SELECT u.id, u.name, coalesce(u.skills, ''), coalesce(u.certificates, ''), coalesce(w.open, 0), coalesce(w.near, 0),"
        " (SELECT count(*) FROM role_grant g WHERE g.org_id = u.org_id AND g.user_id = u.id AND g.role IN ('engineer', 'contractor'))"
        " FROM app_user u LEFT JOIN (SELECT r.assignee_id, count(*) AS open,"
        " CAST(sum(CASE WHEN r.building_id = :building THEN 1 ELSE 0 END) AS BIGINT) AS near FROM repair r WHERE r.org_id = :org"
        " AND r.state IN ('assigned', 'working', 'quoted', 'waiting') AND r.archived_at IS NULL AND r.id <> :repair GROUP BY r.assignee_id) w"
        " ON w.assignee_id = u.id WHERE u.org_id = :org AND u.active = 1 AND u.archived_at IS NULL AND u.id IN (SELECT g.user_id"
        " FROM role_grant g WHERE g.org_id = :org AND g.role IN ('engineer', 'eng_lead', 'contractor')"
        " AND (g.project_id = 0 OR g.project_id = :project)) ORDER BY u.id LIMIT 200";
    Candidates all = {.list = new (cx->arena, Candidate, MAX_CANDIDATES)};
    bool found;

    TRY(sql_find(cx, CATEGORY, IN(in_text("code", record_text(repair, "category"))), OUT(out_text(&all.skill), out_text(&all.certificate)), &found));
    TRY(sql_each(cx, PEOPLE, IN(in_int("repair", repair->id), in_ref("building", repair->building), in_int("project", repair->project)), add_candidate,
                 &all));
    qsort(all.list, (size_t)all.count, sizeof all.list[0], compare);
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < all.count; i++)
        candidate_json(cx, &all, &all.list[i], json);
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}

typedef struct {
    const RecordMeta *meta;
    Record *list[MAX_DUPLICATES];
    int count;
} Twins;

static const Error *add_twin(Cx *cx, const Row *row, void *self)
{
    Twins *twins = self;

    if (twins->count < MAX_DUPLICATES)
        twins->list[twins->count++] = record_from_row(cx, twins->meta, row);
    return OK;
}

const Error *repair_duplicates_json(Cx *cx, Id house, Id space, Str category, Json *json)
{
    static const char PLACE[] = "SELECT coalesce((SELECT h.building_id FROM house h WHERE h.org_id = :org AND h.id = :house),"
                                " (SELECT CASE WHEN s.kind = 'building' THEN s.id ELSE s.building_id END FROM space s"
                                " WHERE s.org_id = :org AND s.id = :space), 0)";
    Twins twins = {.meta = kernel_type(cx->kernel, &repair_type)};
    Buf sql = buf_new(cx->arena, 1 << 15);
    Params params = {0};
    Id building = 0;
    Shown shown = {0};

    TRY(sql_row(cx, PLACE, IN(in_int("house", house), in_int("space", space)), OUT(out_int(&building))));
    buf_format(&sql, /* repair_by_created_at: 14 days of repairs */
               "SELECT %s FROM repair t WHERE t.org_id = :org AND t.created_at >= :since AND t.archived_at IS NULL"
               " AND t.state NOT IN ('rejected', 'merged', 'cancelled') AND (:category = '' OR t.category = :category)"
               " AND (t.house_id = :house OR t.space_id = :space OR (t.house_id IS NULL AND t.building_id = :building)) AND ",
               twins.meta->columns);
    access_condition(cx, twins.meta, &sql, &params);
    buf_add_c(&sql, " ORDER BY t.created_at DESC LIMIT 10");
    params_add(&params, "since", value_int(cx->now - DUPLICATES_WITHIN));
    params_add(&params, "category", value_text(category));
    params_add(&params, "house", value_ref(house));
    params_add(&params, "space", value_ref(space));
    params_add(&params, "building", value_ref(building));
    TRY(sql_each_built(cx, buf_str(&sql), params.in, add_twin, &twins));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    for (int i = 0; i < twins.count; i++)
        TRY(record_json(cx, twins.list[i], &shown, json));
    json_close(json, ']');
    json_close(json, '}');
    return OK;
}
