/* audience.c: 对象, whom a notice is for: buildings, floors, single homes or a list of them; of those who live there, which
 * relations and tags. One statement counts them for the preview and writes their deliveries, so that both agree. */
#include "kernel/callback.h"
#include "modules/notice/notice_parts.h"
#include "store/store.h"

#define MAX_NAMED 5000 /* homes named one by one */
#define TOLD_UNKNOWN 5
#define ID_DIGITS 15   /* an id has as many; no building is called so */

static const char *const relations[] = {"owner", "tenant", "family", "contact", NULL};

static void bad(Problems *problems, const char *zh, const char *en)
{
    problems_add(problems, STR("audience"), "format", str_of(zh), str_of(en));
}

static void read_words(const json_t *json, const char *name, Str *out, int *count, int max, Problems *problems)
{
    const json_t *list = json_object_get(json, name), *word;
    size_t i;

    if (list == NULL || json_is_null(list))
        return;
    if (!json_is_array(list) || json_array_size(list) > (size_t)max) {
        bad(problems, "楼栋、楼层、标签是文字的列表，各最多 20、20、10 项", "buildings, floors and tags are lists of texts, at most 20, 20 and 10");
        return;
    }
    json_array_foreach((json_t *)list, i, word)
    {
        if (!json_is_string(word) || json_string_length(word) == 0 || json_string_length(word) > 60)
            bad(problems, "楼栋、楼层、标签应为短文字", "buildings, floors and tags are short texts");
        else
            out[(*count)++] = json_str(word);
    }
}

void audience_read(const json_t *json, Audience *out, Problems *problems)
{
    static const char *const known[] = {"buildings", "floors", "roles", "tags", "houses", "list", NULL};
    const json_t *list;
    const char *key;
    json_t *value;

    if (!json_is_object(json)) {
        bad(problems, "应为对象 {\"buildings\",\"floors\",\"roles\",\"tags\",\"houses\",\"list\"}", "must be an object {\"buildings\",\"floors\",\"roles\",\"tags\",\"houses\",\"list\"}");
        return;
    }
    json_object_foreach((json_t *)json, key, value)
    {
        if (!names_have(known, key))
            bad(problems, "含有不认识的项；可用 buildings、floors、roles、tags、houses、list", "has an unknown member; known are buildings, floors, roles, tags, houses, list");
    }
    read_words(json, "buildings", out->buildings, &out->building_count, AUDIENCE_PLACES, problems);
    read_words(json, "floors", out->floors, &out->floor_count, AUDIENCE_PLACES, problems);
    read_words(json, "tags", out->tags, &out->tag_count, AUDIENCE_TAGS, problems);
    read_words(json, "roles", out->roles, &out->role_count, 4, problems);
    for (int i = 0; i < out->role_count; i++)
        if (!names_have(relations, str_to_c(problems->arena, out->roles[i])))
            bad(problems, "roles 应为 owner、tenant、family、contact", "roles are owner, tenant, family, contact");
    out->houses = json_object_get(json, "houses");
    if (out->houses != NULL && (!json_is_array(out->houses) || json_array_size(out->houses) > MAX_NAMED))
        bad(problems, "houses 是房号或编号的列表，最多 5000 项", "houses is a list of at most 5000 ids or numbers");
    list = json_object_get(json, "list");
    if (list != NULL && !json_is_null(list) && !json_is_string(list))
        bad(problems, "list 是房号的文字", "list is a text of house numbers");
    out->list = str_trim(json_str(list));
    out->names_homes = out->list.len > 0 || json_array_size(out->houses) > 0;
}

/* The next number in a pasted text: parted by blanks, line breaks, commas and semicolons of both scripts. */
static Str next_number(Str *list)
{
    static const char *const between[] = {" ", "\n", "\r", "\t", ",", ";", "、", "，", "；", "\xe3\x80\x80"};
    ptrdiff_t from = 0, at;

    for (at = 0; at < list->len;) {
        ptrdiff_t width = 0;
        for (size_t i = 0; i < COUNT_OF(between) && width == 0; i++)
            if (str_starts(str_cut(*list, at, list->len), str_of(between[i])))
                width = (ptrdiff_t)strlen(between[i]);
        if (width > 0 && at > from)
            break;
        at += width > 0 ? width : 1;
        from = width > 0 ? at : from;
    }
    Str number = str_cut(*list, from, at);
    *list = str_cut(*list, at, list->len);
    return number;
}

static const Error *name_home(Cx *cx, const Audience *audience, Str number, Buf *unknown, int *missing)
{
    static const char BY_NO[] = "INSERT INTO notice_house (org_id, notice_id, house_id) SELECT h.org_id, :notice, h.id FROM house h WHERE h.org_id = :org"
                                " AND h.project_id = :project AND h.no = :no AND h.archived_at IS NULL ON CONFLICT (org_id, notice_id, house_id)"
                                " DO UPDATE SET house_id = excluded.house_id"; /* house_by_project_id_no_part */
    static const char BY_ID[] = "INSERT INTO notice_house (org_id, notice_id, house_id) SELECT h.org_id, :notice, h.id FROM house h WHERE h.org_id = :org"
                                " AND h.id = :id AND h.project_id = :project AND h.archived_at IS NULL ON CONFLICT (org_id, notice_id, house_id)"
                                " DO UPDATE SET house_id = excluded.house_id";
    int64_t id, changed = 0;

    if (number.len >= ID_DIGITS && str_to_id(number, &id))
        TRY(sql_run_count(cx, BY_ID, IN(in_int("notice", audience->notice), in_int("id", id), in_int("project", audience->project)), &changed));
    else
        TRY(sql_run_count(cx, BY_NO, IN(in_int("notice", audience->notice), in_int("project", audience->project), in_text("no", number)), &changed));
    if (changed == 0 && (*missing)++ < TOLD_UNKNOWN)
        buf_format(unknown, "%s%.*s", unknown->len == 0 ? "" : ", ", STR_ARG(utf8_cut(number, 40)));
    return OK;
}

const Error *audience_name_homes(Cx *cx, const Audience *audience, Problems *problems)
{
    Buf unknown = buf_new(cx->arena, 1000);
    Str list = audience->list, number;
    int missing = 0, count = 0;

    if (!audience->names_homes)
        return OK;
    TRY(audience_forget_homes(cx, audience->notice));
    for (size_t i = 0; i < json_array_size(audience->houses); i++)
        TRY(name_home(cx, audience, json_str(json_array_get(audience->houses, i)), &unknown, &missing));
    while ((number = next_number(&list)).len > 0 && ++count <= MAX_NAMED)
        TRY(name_home(cx, audience, number, &unknown, &missing));
    if (count > MAX_NAMED)
        bad(problems, "list 最多 5000 户", "list has at most 5000 homes");
    if (missing > 0)
        problems_add(problems, STR("audience"), "reference",
                     str_format(cx->arena, "有 %d 个房号不存在：%.*s", missing, STR_ARG(buf_str(&unknown))),
                     str_format(cx->arena, "%d homes are not there: %.*s", missing, STR_ARG(buf_str(&unknown))));
    return OK;
}

const Error *audience_forget_homes(Cx *cx, Id notice)
{
    static const char FORGET[] = "DELETE FROM notice_house WHERE org_id = :org AND notice_id = :notice";
    return sql_run(cx, FORGET, IN(in_int("notice", notice)));
}

/* A parameter of its own for one value, as :a0, :a1, … */
static const char *place_for(const Cx *cx, Params *params, Value value)
{
    const char *name = str_to_c(cx->arena, str_format(cx->arena, "a%d", params->count));
    params_add(params, name, value);
    return name;
}

static void add_in(const Cx *cx, Buf *sql, Params *params, const char *column, const Str *values, int count)
{
    buf_format(sql, "%s IN (", column);
    for (int i = 0; i < count; i++)
        buf_format(sql, "%s:%s", i == 0 ? "" : ", ", place_for(cx, params, value_text(values[i])));
    buf_add_c(sql, ")");
}

static void add_buildings(const Cx *cx, const Audience *audience, Buf *sql, Params *params)
{
    buf_add_c(sql, "(");
    for (int i = 0; i < audience->building_count; i++) {
        int64_t id;
        bool by_id = audience->buildings[i].len >= ID_DIGITS && str_to_id(audience->buildings[i], &id);
        buf_format(sql, "%sh.%s = :%s", i == 0 ? "" : " OR ", by_id ? "building_id" : "building",
                   place_for(cx, params, by_id ? value_int(id) : value_text(audience->buildings[i])));
    }
    buf_add_c(sql, ")");
}

/* A tag as it stands in the stored list, for LIKE. */
static Str tag_pattern(const Cx *cx, Str tag)
{
    Buf buf = buf_new(cx->arena, 400);

    buf_add_c(&buf, "%\"");
    for (ptrdiff_t i = 0; i < tag.len; i++) {
        if (strchr("%_\\", tag.ptr[i]) != NULL)
            buf_char(&buf, '\\');
        buf_char(&buf, tag.ptr[i]);
    }
    buf_add_c(&buf, "\"%");
    return buf_str(&buf);
}

void audience_from(const Cx *cx, const Audience *audience, Buf *sql, Params *params)
{
    static const Str residents[] = {{"owner", 5}, {"tenant", 6}, {"family", 6}};
    bool places = audience->building_count > 0 || audience->floor_count > 0;

    params_add(params, "project", value_int(audience->project));
    buf_add_c(sql, " FROM residence r JOIN house h ON h.org_id = r.org_id AND h.id = r.house_id JOIN party p ON p.org_id = r.org_id AND p.id = r.party_id"
                   " WHERE r.org_id = :org AND r.project_id = :project AND " SQL_HELD("r.", ":now")
                   " AND h.archived_at IS NULL AND p.archived_at IS NULL AND "); /* residence_by_project_id_party_id */
    if (audience->role_count > 0)
        add_in(cx, sql, params, "r.role", audience->roles, audience->role_count);
    else
        add_in(cx, sql, params, "r.role", residents, (int)COUNT_OF(residents)); /* who is only to be called is not told */
    if (places || audience->names_homes)
        buf_add_c(sql, " AND (");
    if (audience->building_count > 0)
        add_buildings(cx, audience, sql, params);
    if (audience->floor_count > 0) {
        buf_add_c(sql, audience->building_count > 0 ? " AND " : "");
        add_in(cx, sql, params, "h.floor", audience->floors, audience->floor_count);
    }
    if (audience->names_homes) {
        params_add(params, "notice", value_int(audience->notice));
        buf_format(sql, "%sh.id IN (SELECT n.house_id FROM notice_house n WHERE n.org_id = r.org_id AND n.notice_id = :notice)", places ? " OR " : "");
    }
    if (places || audience->names_homes)
        buf_add_c(sql, ")");
    for (int i = 0; i < audience->tag_count; i++)
        buf_format(sql, "%slower(p.tags) LIKE lower(:%s) ESCAPE '\\'%s", i == 0 ? " AND (" : " OR ",
                   place_for(cx, params, value_text(tag_pattern(cx, audience->tags[i]))), i + 1 == audience->tag_count ? ")" : "");
}

typedef struct {
    int64_t houses, people;
} Counts;

static const Error *take_counts(Cx *cx, const Row *row, void *self)
{
    (void)cx;
    *(Counts *)self = (Counts){row_int(row, 0), row_int(row, 1)};
    return OK;
}

const Error *audience_count(Cx *cx, const Audience *audience, int64_t *houses, int64_t *people)
{
    Buf sql = buf_new(cx->arena, 1 << 14);
    Params params = {0};
    Counts counts = {0};

    buf_add_c(&sql, "SELECT count(DISTINCT r.house_id), count(DISTINCT r.party_id)");
    audience_from(cx, audience, &sql, &params);
    TRY(sql_each_built(cx, buf_str(&sql), params.in, take_counts, &counts));
    *houses = counts.houses;
    *people = counts.people;
    return OK;
}

bool notice_names_homes(const json_t *audience)
{
    return json_array_size(json_object_get(audience, "houses")) > 0 || json_str(json_object_get(audience, "list")).len > 0;
}

static const Error *find_project(Cx *cx, Id *project)
{
    static const char ONLY[] = "SELECT count(*), coalesce(min(id), 0) FROM project WHERE org_id = :org AND archived_at IS NULL";
    int64_t count, id;
    bool seen = true;

    if (!actor_has(cx->actor, STAFF, 0, 0))
        return error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (*project != 0)
        TRY(record_is_seen(cx, kernel_find(cx->kernel, STR("projects")), value_int(*project), &seen));
    if (!seen)
        return error_field(cx->arena, STR("project"), "reference", STR("没有这个项目"), STR("there is no such project"));
    if (*project == 0)
        *project = actor_only_project(cx->actor);
    if (*project == 0) {
        TRY(sql_row(cx, ONLY, NOTHING, OUT(out_int(&count), out_int(&id))));
        if (count != 1)
            return error_field(cx->arena, STR("project"), "required", STR("有多个项目，须写明是哪一个"), STR("there are several projects; say which one"));
        *project = id;
    }
    return actor_has(cx->actor, STAFF, *project, 0) ? OK : error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE);
}

const Error *notice_preview_json(Cx *cx, const json_t *json_audience, Id project, Json *json)
{
    Problems problems = problems_new(cx->arena);
    Audience audience = {.notice = id_new(cx->now)};
    int64_t houses = 0, people = 0;

    TRY(find_project(cx, &project));
    audience.project = project;
    audience_read(json_audience, &audience, &problems);
    TRY(problems_error(&problems));
    TRY(audience_name_homes(cx, &audience, &problems));
    TRY(problems_error(&problems));
    TRY(audience_count(cx, &audience, &houses, &people));
    if (audience.names_homes)
        TRY(audience_forget_homes(cx, audience.notice));
    json_open(json, '{');
    JSON_INT(json, "houses", houses);
    JSON_INT(json, "people", people);
    json_close(json, '}');
    return OK;
}
