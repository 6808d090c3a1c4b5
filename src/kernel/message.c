#include "kernel/message.h"

#include <stdio.h>

#define MAX_MESSAGE_SQL (1 << 16)

typedef struct {
    Id user, party;
    uint64_t roles;
} To;

static const Error *add_message(Cx *cx, const Record *record, To to, const char *kind, Str zh, Str en, Str once)
{
    static const char ADD[] = "INSERT INTO message (org_id, id, to_user, to_party, to_roles, project_id, record_type, record_id, kind,"
                              " text_zh, text_en, once, created_at) VALUES (:org, :id, :user, :party, :roles, :project, :type,"
                              " :record, :kind, :zh, :en, :once, :now) ON CONFLICT DO NOTHING";
    return sql_run(cx, ADD,
                   IN(in_int("id", id_new(cx->now)), in_ref("user", to.user), in_ref("party", to.party),
                      in_int("roles", (int64_t)to.roles), in_ref("project", record->project), in_c("type", record->meta->table),
                      in_int("record", record->id), in_c("kind", kind), in_text("zh", zh), in_text("en", en), in_text("once", once)));
}

const Error *message_party(Cx *cx, const Record *record, Id party, const char *kind, Str zh, Str en, Str once)
{
    return add_message(cx, record, (To){.party = party}, kind, zh, en, once);
}

static Id ref_at(const Record *record, int at)
{
    return at >= 0 && record->values[at].kind == V_INT ? record->values[at].n : 0;
}

/* Its title, or what else it is called by. */
static Str title_of(const Record *record)
{
    const FieldMeta *title = meta_field(record->meta, STR("title"));

    if (title == NULL && record->meta->type->label != NULL)
        title = meta_field(record->meta, str_of(record->meta->type->label));
    return title == NULL || title->at < 0 ? STR_NONE : record->values[title->at].s;
}

/* "BX-TYHY-20261123-0007 Tap drips: accepted"; what has no number is called by its title. */
static Str sentence(Cx *cx, const Record *record, const char *colon, const char *what)
{
    return str_trim(str_format(cx->arena, "%.*s %.*s%s%s", STR_ARG(record->no), STR_ARG(title_of(record)), colon, what));
}

const Error *message_roles(Cx *cx, const Record *record, const char *kind, const char *zh, const char *en, uint64_t roles)
{
    return add_message(cx, record, (To){.roles = roles}, kind, sentence(cx, record, "：", zh), sentence(cx, record, ": ", en), STR(""));
}

const Error *message_action(Cx *cx, const Record *record, const char *kind, const char *zh, const char *en, unsigned tells)
{
    Str text_zh = sentence(cx, record, "：", zh), text_en = sentence(cx, record, ": ", en);
    Id me = cx->actor == NULL ? 0 : cx->actor->user, my_party = cx->actor == NULL ? 0 : cx->actor->party;
    Id reporter = ref_at(record, record->meta->reporter), assignee = ref_at(record, record->meta->assignee),
       owner = ref_at(record, record->meta->owner);

    if ((tells & TELL_REPORTER) != 0 && reporter != 0 && reporter != my_party)
        TRY(add_message(cx, record, (To){.party = reporter}, kind, text_zh, text_en, STR("")));
    if ((tells & TELL_ASSIGNEE) != 0 && assignee != 0 && assignee != me)
        TRY(add_message(cx, record, (To){.user = assignee}, kind, text_zh, text_en, STR("")));
    if ((tells & TELL_OWNER) != 0 && owner != 0 && owner != me)
        TRY(add_message(cx, record, (To){.user = owner}, kind, text_zh, text_en, STR("")));
    if ((tells & TELL_DESK) != 0)
        TRY(add_message(cx, record, (To){.roles = R_DESK | R_DESK_LEAD}, kind, text_zh, text_en, STR("")));
    if ((tells & TELL_LEAD) != 0)
        TRY(add_message(cx, record, (To){.roles = record->meta->type->leads}, kind, text_zh, text_en, STR("")));
    if ((tells & (TELL_MANAGER | TELL_REGION)) != 0)
        TRY(add_message(cx, record, (To){.roles = ((tells & TELL_MANAGER) != 0 ? R_MANAGER : 0) | ((tells & TELL_REGION) != 0 ? R_REGION : 0)}, kind, text_zh,
                        text_en, STR("")));
    return OK;
}

const Error *message_remind(Cx *cx, const Record *record, const char *limit, int percent)
{
    Id assignee = ref_at(record, record->meta->assignee), owner = ref_at(record, record->meta->owner);
    Str title = title_of(record), zh, en;
    const char *label_zh = limit, *label_en = limit;
    To to = {0};
    char kind[32];

    for (int i = 0; i < record->meta->type->limit_count; i++)
        if (strcmp(record->meta->type->limits[i].name, limit) == 0) {
            label_zh = record->meta->type->limits[i].zh;
            label_en = record->meta->type->limits[i].en;
        }
    zh = str_format(cx->arena, "%.*s %.*s：%s时限%s", STR_ARG(record->no), STR_ARG(title), label_zh,
                    percent == 50 ? "已过半" : percent == 80 ? "只剩两成" : percent == 100 ? "已超时" : "超时一倍");
    en = str_format(cx->arena, "%.*s %.*s: %s limit %s", STR_ARG(record->no), STR_ARG(title), label_en,
                    percent == 50 ? "half gone" : percent == 80 ? "80 % gone" : percent == 100 ? "overdue" : "overdue twice over");
    if (percent == 50 && (assignee != 0 || owner != 0))
        to.user = assignee != 0 ? assignee : owner;
    else if (percent == 50)
        to.roles = R_DESK | R_DESK_LEAD | record->meta->type->leads;
    else if (percent == 80)
        to.roles = assignee != 0 ? record->meta->type->leads : R_DESK_LEAD | record->meta->type->leads;
    else
        to.roles = percent == 100 ? R_MANAGER : R_REGION | R_MANAGER;
    (void)snprintf(kind, sizeof kind, "remind_%d", percent); /* three digits at most */
    return add_message(cx, record, to, kind, zh, en,
                       str_format(cx->arena, "%lld %s %d %lld", (long long)record->id, limit, percent, (long long)record->version));
}

static const Error *message_row(Cx *cx, const Row *row, void *self)
{
    Json *json = self;
    const RecordMeta *meta = kernel_find_table(cx->kernel, row_text(row, 1));

    json_open(json, '{');
    JSON_ID(json, "id", row_int(row, 0));
    JSON_C(json, "resource", meta == NULL ? NULL : meta->type->resource);
    JSON_ID(json, "record", row_int(row, 2));
    JSON_TEXT(json, "kind", row_text(row, 3));
    JSON_TEXT(json, "text", row_text(row, cx->lang == LANG_ZH ? 4 : 5));
    JSON_KEY(json, "at");
    json_instant(json, row_int(row, 6), cx->zone_min);
    JSON_BOOL(json, "seen", !row_is_null(row, 7));
    json_close(json, '}');
    return OK;
}

/* The roles of the caller that count in a project (or company-wide: project 0 stands for all). */
static uint64_t staff_roles(const Actor *actor)
{
    return actor->roles & ~R_RESIDENT;
}

/* One way of being told, by its own index, newest first: message_by_to_user_id_part, message_by_to_party_id_part,
 * message_by_project_id_id_part, message_by_id_part. */
#define ARM "SELECT a.id FROM message a WHERE a.org_id = :org AND a.id < :before AND a.id > :since AND "
#define NEWEST " ORDER BY a.id DESC LIMIT :limit"
/* Nobody hears of a matter that is hidden from them, nor of what hangs on one (a call-back): link_by_to_id_from_id_part. */
#define TO_ROLES                                                                                                                 \
    " AND a.to_roles <> 0 AND (a.to_roles & :roles) <> 0 AND NOT EXISTS (SELECT 1 FROM link x WHERE x.org_id = a.org_id AND x.to_id = :me AND x.hides = 1"   \
    " AND (x.from_id = a.record_id OR EXISTS (SELECT 1 FROM link y WHERE y.org_id = a.org_id AND y.from_id = a.record_id AND y.to_id = x.from_id)))"

/* What is said to roles: who works in one project hears what is said there and what lies in none, others hear all; as far as it is not confidential. */
static void add_to_roles(const Cx *cx, Buf *sql, Params *params)
{
    static const char *const heard[] = {":project <> 0 AND a.project_id = :project", ":project <> 0 AND a.project_id IS NULL", ":project = 0"};

    for (int i = 0; i < (int)COUNT_OF(heard); i++) {
        buf_format(sql, " UNION ALL SELECT r%d.id FROM (" ARM ":roles <> 0 AND %s" TO_ROLES, i, heard[i]);
        access_confidence(cx, "a.record_id", sql, params);
        buf_format(sql, NEWEST ") r%d", i);
    }
}

const Error *message_list_json(Cx *cx, Str after, int64_t limit, Json *json)
{
    Buf sql = buf_new(cx->arena, MAX_MESSAGE_SQL);
    Params params = {0};
    int64_t before = INT64_MAX;
    Id since = id_new(cx->now) - (INT64_C(30) * 24 * 3600 * 1000 << 22); /* a month back: ids carry their time */

    if (after.len > 0 && !str_to_id(after, &before))
        return error_field(cx->arena, STR("after"), "format", STR("游标不对"), STR("the cursor is not valid"));
    json_open(json, '{');
    JSON_KEY(json, "items");
    json_open(json, '[');
    params_add(&params, "before", value_int(before));
    params_add(&params, "since", value_int(since));
    params_add(&params, "me", value_int(cx->actor->user));
    params_add(&params, "party", value_int(cx->actor->party == 0 ? -1 : cx->actor->party));
    params_add(&params, "roles", value_int((int64_t)staff_roles(cx->actor)));
    params_add(&params, "project", value_int(actor_only_project(cx->actor)));
    params_add(&params, "limit", value_int(limit));
    buf_add_c(&sql, "SELECT m.id, m.record_type, m.record_id, m.kind, m.text_zh, m.text_en, m.created_at, m.seen_at FROM message m WHERE m.org_id = :org"
                    " AND m.id IN (SELECT u.id FROM (" ARM "a.to_user = :me" NEWEST ") u UNION ALL SELECT p.id FROM (" ARM "a.to_party = :party" NEWEST ") p");
    add_to_roles(cx, &sql, &params);
    buf_add_c(&sql, ") ORDER BY m.id DESC LIMIT :limit");
    TRY(sql_each_built(cx, buf_str(&sql), params.in, message_row, json));
    json_close(json, ']');
    JSON_KEY(json, "next");
    json_none(json);
    json_close(json, '}');
    return OK;
}

const Error *message_seen(Cx *cx, Id upto)
{
    static const char USER[] = "UPDATE message SET seen_at = :now WHERE org_id = :org AND seen_at IS NULL AND id <= :upto AND to_user = :me";
    static const char PARTY[] = "UPDATE message SET seen_at = :now WHERE org_id = :org AND seen_at IS NULL AND id <= :upto AND to_party = :party";

    TRY(sql_run(cx, USER, IN(in_int("upto", upto), in_int("me", cx->actor->user))));
    return cx->actor->party == 0 ? OK : sql_run(cx, PARTY, IN(in_int("upto", upto), in_int("party", cx->actor->party)));
}
