/* api.h: from an HTTP request to the kernel and back: paths, log-in, idempotency, problems. The only place where the
 * kernel's errors become statuses. A handler runs on a worker in a snapshot (reads), in the writer's lane (writes), or on
 * its own (what must work outside a transaction first, such as hashing a password). */
#ifndef ANJU_HTTP_API_H
#define ANJU_HTTP_API_H

#include "http/server.h"
#include "kernel/list.h"
#include "kernel/process.h"

typedef struct App App;
typedef struct Call Call;
typedef const Error *Handler(Cx *cx, Call *call);

typedef enum { M_READ, M_WRITE, M_OWN } Mode;

typedef struct Route {
    const char *method, *pattern; /* below /api/v1/; '*' stands for one segment */
    Mode mode;
    Handler *fn;
    Handler *ahead;     /* of M_WRITE: announces what fn will ask (store_submit); NULL: nothing */
    bool is_public;     /* without log-in */
    bool any_password;  /* also before the first password was changed */
    bool takes_file;    /* the body is multipart/form-data */
    const char *zh, *en; /* one line for OpenAPI */
} Route;

/* The routes of each file of this folder, ending with an empty row. */
extern const Route session_routes[], record_routes[], file_routes[], job_routes[], misc_routes[], figure_routes[], paper_routes[], centre_routes[], notice_routes[],
    money_routes[], audit_routes[], plan_routes[], duty_routes[], equipment_routes[], batch_routes[];

#define MAX_SEGMENTS 6
#define MAX_ANSWER_BYTES (32 * 1024 * 1024)

struct Call {
    App *app;
    Exchange *ex;
    const Request *request;
    Cx cx;
    const Route *route;
    const RecordMeta *meta;      /* of the resource in the path, when it is one */
    Histogram *times;            /* where its route counts; NULL: no route */
    Str segments[MAX_SEGMENTS];  /* percent-decoded */
    int segment_count;
    QueryParam params[MAX_QUERY_PARAMS];
    int param_count;
    json_t *body;                /* parsed; NULL when there was none */
    Str if_match_text, idem_key, token;
    bool by_cookie;

    int status;                  /* 200 unless set */
    Json out;                    /* the answer's JSON */
    Header headers[8];
    int header_count;
    Str content_type;            /* set with `content` instead of JSON */
    Str content;
    int fd;                      /* a file to be sent, -1: none */
    bool *answered;              /* by itself (streams): set before it is; the call may be gone a moment later */
    Id made;                     /* the record that a creation made, kept with its Idempotency-Key */
    const RecordMeta *made_meta;
    bool is_anonymous;           /* what was made says of nobody that it was them; neither does the row of its key */
    void *own;                   /* what an M_OWN handler passes on to its closure */
};

/* What SIGHUP reads again. */
typedef struct {
    Str trusted_proxy, metrics_token;
} Reloadable;

struct App {
    Kernel *kernel;
    struct Store *store;
    Server *server;
    struct Hub *hub;         /* live events (hub.h) */
    struct Actors *actors;   /* cache of log-ins (actors.h) */
    struct Metrics *metrics; /* requests by route (metrics.h) */
    struct Guesses *guesses; /* failed log-ins (guesses.h) */
    struct Runner *runner;   /* background jobs (kernel/job.h) */
    const char *folder;
    _Atomic(const Reloadable *) settings; /* never NULL */
    bool is_tls;
    bool is_alone; /* no other process writes in the database */
};

/* ServerConfig.handle and .body_limit; self is the App. */
void api_handle(void *self, Exchange *ex);
int64_t api_body_limit(void *self, Str method, Str path);

/* Helpers of handlers */
void call_header(Call *call, const char *name, Str value);
/* The value of a parameter, or an empty Str. */
Str call_param(const Call *call, const char *name);
/* Where the caller has reached us: "https://office.example". */
Str call_origin(Cx *cx, const Call *call);
/* A day in the query, today without one. ERR_INVALID names the parameter. */
MUST const Error *call_day(Cx *cx, const Call *call, const char *name, Date *out);
/* The project in the query, or the only one that the person has; 0: all of them. ERR_INVALID names the parameter, ERR_NOT_FOUND: there is none to be seen. */
MUST const Error *call_project(Cx *cx, const Call *call, Id *out);
/* The project whose books are asked for, or the caller's own; 0: those of the whole company. ERR_FORBIDDEN who does not read books, ERR_NOT_FOUND not these,
 * ERR_INVALID on `project`. In a reading closure or on one's own. */
MUST const Error *call_books(Cx *cx, const Call *call, Id *project);
/* Refuses parameters that are not in the list (ends with NULL). */
MUST const Error *call_only_params(Cx *cx, const Call *call, const char *const *names);
/* A required text member of the body. */
MUST const Error *body_text(Cx *cx, const Call *call, const char *name, bool required, Str *out, Problems *problems);
/* The id in a segment: canonical digits or key:<uuid>. ERR_NOT_FOUND otherwise. */
MUST const Error *call_id(Cx *cx, const Call *call, int segment, const RecordMeta *meta, Id *out);
/* The version that If-Match names: 0 not given, -1 one that never fits. */
int64_t call_if_match(const Call *call);
/* Checks body members against a list (ends with NULL); unknown ones are problems. */
void body_only(Cx *cx, const Call *call, const char *const *names, Problems *problems);
/* For M_OWN handlers. In a writing closure: the stored answer for the call's Idempotency-Key, or fn and the keeping of its
 * answer, in one transaction. `digest` is what the key covers; empty: method, path and body. */
MUST const Error *call_once(Cx *cx, Call *call, Str digest, Handler *fn);
/* The same look-up before costly work, in a reading closure: *found, and the answer is laid out. ERR_IDEMPOTENCY_MISMATCH. */
MUST const Error *call_stored(Cx *cx, Call *call, Str digest, bool *found);
/* 204, for DELETE. */
void call_no_content(Call *call);
/* Answers with what the handler has laid out, or an error. */
void call_answer(Call *call);
void call_problem(Call *call, const Error *error);
/* The problem alone, without its headers; returns the status. */
int call_problem_json(const Call *call, const Error *error, Json *json);
/* A call of a request, in the exchange's memory: nothing is read yet. A batch's items are such calls within one exchange. */
Call *call_open(App *app, Exchange *ex, const Request *request, bool *answered);
/* Everything in front of the handler, in the contract's order: 400, 401, 404/405. */
MUST const Error *call_prepare(Call *call);
/* Which route serves this? For OpenAPI and the tests. */
const Route *const *api_route_lists(void);

#endif
