/* access.h: who may see and do what. Role x action x scope, denied unless granted, decided here and nowhere else.
 *
 * One SQL condition per caller and record type cuts everything: lists, single records, search, figures, include, export,
 * files and live events. */
#ifndef ANJU_KERNEL_ACCESS_H
#define ANJU_KERNEL_ACCESS_H

#include "kernel/kernel.h"

#define MAX_GRANTS 32
#define MAX_CONDITION_IN 80

typedef struct {
    uint64_t role;
    Id project;  /* 0: the whole company */
    Id building; /* 0: the whole project */
} Grant;

/* 操作人: who acts. A value that is not changed once made; the login cache shares it between requests. */
typedef struct Actor {
    Id org, user, party, session;
    Str login, name;
    Grant grants[MAX_GRANTS];
    int grant_count;
    uint64_t roles;      /* of all grants together */
    bool must_change;    /* the first password has not been changed yet */
    bool is_system;      /* the program itself: sees all, does what is BY_SYSTEM */
} Actor;

extern const Actor actor_system_template;
/* The program itself, in that company (0: none yet). */
const Actor *actor_system(Arena *arena, Id org);

typedef struct {
    const char *name, *zh, *en;
} RoleRow;

const RoleRow *role_row(uint64_t role); /* of one role bit */
uint64_t role_by_name(Str name);        /* 0 when there is none */

/* 部门: the departments that work is handed to, and the roles of each (0: there is no such department). */
extern const Choice access_departments[];
uint64_t access_department(Str name);

/* Who leads those of a role, or of the team of that name; without a lead of their own, the manager. */
uint64_t access_leads(Str role);

/* Has the actor one of these roles over the project (0: any project at all) and building? */
bool actor_has(const Actor *actor, uint64_t roles, Id project, Id building);

/* The caller's only project by these roles, 0 when there are several or the grant is company-wide. */
Id actor_only_project(const Actor *actor);

/* On a residence, or another row with since and until, whose columns begin with `of` ("r.", or ""): did it hold then? */
#define SQL_HELD(of, at) of "since <= " at " AND (" of "until = 0 OR " of "until > " at ")"
/* In SQL: r, a row of `residence`, says that the caller owned or rented the house at that moment. */
#define SQL_LIVED(at) "r.party_id = :party AND r.role IN ('owner', 'tenant') AND " SQL_HELD("r.", at)
/* What is about such a house. */
#define SQL_MY_HOUSE(at) "t.house_id IN (SELECT r.house_id FROM residence r WHERE r.org_id = t.org_id AND " SQL_LIVED(at) ")"
/* Of a table with house_id and payer_id: what was made while the house was the caller's, or is the caller's to pay. */
#define SQL_MINE(table)                                                                                                               \
    "t.id IN (SELECT x.id FROM " table " x WHERE x.org_id = :org AND x.payer_id = :party UNION SELECT x.id FROM residence r"          \
    " JOIN " table " x ON x.org_id = r.org_id AND x.house_id = r.house_id WHERE r.org_id = :org AND " SQL_LIVED("x.created_at") ")"

/* Parameters gathered for one statement. */
typedef struct {
    In in[MAX_CONDITION_IN + 1];
    int count;
} Params;
void params_add(Params *params, const char *name, Value value);

/* Adds the condition "may be seen by cx->actor" on the alias t to a WHERE, as "(…)". */
void access_condition(const Cx *cx, const RecordMeta *meta, Buf *sql, Params *params);

/* What the caller sees of a type, whatever is hidden from him, in two conditions on t whose parameters are those of access_condition: by project alone, and by
 * more than that (what is his own; empty: nothing is). False when a grant of his is for a building. */
bool access_by_project(const Cx *cx, const RecordMeta *meta, Buf *by_project, Buf *by_more);

/* Adds " AND …": nothing that is confidential to others, nor what hangs on it, by the SQL expression `id` of a record's id (and of
 * that of the matter that it hangs on). For tables that are no records: messages. */
void access_confidence(const Cx *cx, const char *id, Buf *sql, Params *params);

/* " AND …" on t: only what is not confidential to others; "" for a type that knows no such thing. */
const char *access_open_only(const RecordMeta *meta, Arena *arena);

/* Is the record confidential now (RecordType.confidential)? */
bool access_is_confidential(const Record *record);

/* May the actor create a record of this type in this project? */
bool access_may_create(const Cx *cx, const RecordMeta *meta, Id project, Id building);

/* May the actor do what is allowed to `by` with this record? */
bool access_may(const Cx *cx, const Record *record, uint64_t by);

#endif
