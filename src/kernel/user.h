/* user.h: people who log in (账号): log-in name, roles and scopes, password, sessions, second factor. */
#ifndef ANJU_KERNEL_USER_H
#define ANJU_KERNEL_USER_H

#include "kernel/process.h"

/* 技能: what the categories, catalogues and plans of the modules ask for, and people have; others may be written. Ends with an empty row. */
extern const Choice user_skills[];
/* 证书: what the law asks for, the same way. The papers themselves are in modules/roster/certificate.c. */
extern const Choice user_certificates[];

#define SESSION_SPAN (7 * DAY_US)
#define MIN_PASSWORD 8

extern const Module kernel_module; /* users, projects, spaces */
extern const RecordType user_type, project_type, space_type;

/* What a log-in needs to be checked; empty hash when there is no such user, so that both cost the same time. */
typedef struct {
    Id org, user;
    Str hash, totp;
    int64_t totp_step;
    bool active;
    int companies; /* in how many the log-in name exists */
} LoginFacts;

/* Names `login` in the problems when it has other signs than a log-in may have. */
void user_check_login(Str login, Problems *problems);

/* Finds a log-in by name (and company's name, when given). Before the company is known. */
MUST const Error *user_find_login(Cx *cx, Str login, Str org, LoginFacts *out);

/* Opens a session (a row by the token's digest) and logs it as an event. */
MUST const Error *user_open_session(Cx *cx, const LoginFacts *facts, int64_t totp_step, Str token, Str client, Instant *expires);

/* The actor behind a token's digest, in the cx's arena; NULL when there is no live session. Fills cx->org, zone_min. */
MUST const Error *user_actor_by_token(Cx *cx, Str digest, Actor **out);
/* The actor of a user, for the command line and jobs. */
MUST const Error *user_actor_by_id(Cx *cx, Id org, Id user, Actor **out);

/* Ends all sessions of a user except one (0: all). */
MUST const Error *user_end_sessions(Cx *cx, Id user, Id except);

/* Makes a user by the program itself. Roles are rows of role_grant. */
MUST const Error *user_make(Cx *cx, Str login, Str name, Str hash, bool must_change, Id party, Id *out);
MUST const Error *user_grant(Cx *cx, Id user, const char *role, Id project, Id building);

/* Is the user active, and on the staff of this project (or of the whole company)? */
MUST const Error *user_is_staff_of(Cx *cx, Id user, Id project, bool *is);

/* Rises whenever a role, password or session changes: caches of actors compare it. */
int64_t user_generation(void);
void user_changed(void);

/* Roles of a user as [{"role","scope"}]. */
MUST const Error *user_roles_json(Cx *cx, Id user, Json *json);

#endif
