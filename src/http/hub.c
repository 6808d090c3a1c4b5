#include "http/hub.h"
#include "base/log.h"
#include "kernel/event.h"
#include "kernel/user.h"
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define RING 4096
#define MAX_RESUME 1000
#define MAX_SUBSCRIBERS 12000
#define HEARTBEAT (15 * SECOND)
#define LOOK_EVERY (SECOND / 4) /* between two looks for what other processes have written */
#define ASK_AGAIN SECOND /* where it could not be read who may see what */
#define RESET "event: reset\ndata: {}\n\n"
#define MAX_HEARD 4096   /* companies with listeners */

typedef struct {
    Id org, record, project;
    int64_t n;
    Instant at;
    const RecordMeta *meta;
    char action[32], state[32];
} Change;

typedef struct Subscriber Subscriber;
struct Subscriber {
    Subscriber *next, *before;
    Hub *hub;
    Stream *stream;
    Actor actor;
    int zone_min;
    int64_t last;       /* the newest number it has been told of */
    int64_t generation; /* of users, when the actor was read */
    Instant expires;    /* its session's end */
    bool noted;         /* the looker knows of it */
    bool missed;        /* something that could not be read whether to tell it: it is to read anew */
};

typedef enum { NO, YES, UNKNOWN } Known;

/* `ring` is filled by the lane and read by the hub's thread, under ring_lock, which is never held for long: the lane must
 * not wait. `subscribers` is changed by workers and the I/O thread, under `lock`, which the hub's thread holds while it asks
 * who may see a change. */
struct Hub {
    App *app;
    pthread_mutex_t ring_lock, lock;
    pthread_cond_t woken;
    pthread_t thread;
    Change ring[RING];
    uint64_t written, read; /* counts; ring index is modulo RING */
    Subscriber *subscribers;
    _Atomic int count;
    bool closing; /* under ring_lock */
    _Atomic bool any_missed; /* set under `lock` */

    /* On a database that other processes write in too, the ring is filled from the event log. */
    bool looks;
    pthread_t looker;
    pthread_cond_t written_here; /* under ring_lock: a hint that a look is worth while */
    bool hinted;
    struct Heard {
        Id org;
        int64_t n;
    } heard[MAX_HEARD]; /* the looker's own: how far each company's log is read */
    int heard_count;
};

static void *run_hub(void *self);
static void *run_looker(void *self);
static void push_change(Hub *hub, const Change *change);

Hub *hub_open(App *app)
{
    Hub *hub = mem_alloc(sizeof *hub);

    hub->app = app;
    pthread_mutex_init(&hub->lock, NULL);
    pthread_mutex_init(&hub->ring_lock, NULL);
    pthread_cond_init(&hub->woken, NULL);
    pthread_cond_init(&hub->written_here, NULL);
    if (pthread_create(&hub->thread, NULL, run_hub, hub) != 0) {
        mem_free(hub);
        return NULL;
    }
    hub->looks = !app->is_alone && pthread_create(&hub->looker, NULL, run_looker, hub) == 0;
    return hub;
}

void hub_close(Hub *hub)
{
    pthread_mutex_lock(&hub->ring_lock);
    hub->closing = true;
    pthread_cond_signal(&hub->woken);
    pthread_cond_signal(&hub->written_here);
    pthread_mutex_unlock(&hub->ring_lock);
    pthread_join(hub->thread, NULL);
    if (hub->looks)
        pthread_join(hub->looker, NULL);
    while (hub->subscribers != NULL) { /* the server has ended the streams by now */
        Subscriber *next = hub->subscribers->next;
        mem_free(hub->subscribers);
        hub->subscribers = next;
    }
    pthread_mutex_destroy(&hub->lock);
    pthread_mutex_destroy(&hub->ring_lock);
    pthread_cond_destroy(&hub->woken);
    pthread_cond_destroy(&hub->written_here);
    mem_free(hub);
}

/* An account or a session has changed, and that is committed now: whoever has read it a moment before reads it again. */
static bool changes_users(Str record_type, Str action)
{
    return str_is(record_type, "app_user") || (str_is(record_type, "session") && !str_is(action, "login"));
}

void hub_published(void *self, Tail *tails)
{
    Hub *hub = ((App *)self)->hub;

    for (const Tail *tail = tails; tail != NULL; tail = tail->next) {
        const Event *event = tail->what;
        if (changes_users(str_of(event->record_type), str_of(event->action))) {
            user_changed();
            break;
        }
    }
    if (hub == NULL || hub->count == 0)
        return;
    if (hub->looks) {
        pthread_mutex_lock(&hub->ring_lock);
        hub->hinted = true;
        pthread_cond_signal(&hub->written_here);
        pthread_mutex_unlock(&hub->ring_lock);
        return;
    }
    for (const Tail *tail = tails; tail != NULL; tail = tail->next) {
        const Event *event = tail->what;
        Change change;
        if (event->meta == NULL)
            continue;
        change = (Change){.org = event->org, .record = event->record, .project = event->project, .n = event->n, .at = event->at, .meta = event->meta};
        (void)snprintf(change.action, sizeof change.action, "%s", event->action);
        (void)snprintf(change.state, sizeof change.state, "%s", event->to == NULL ? "" : event->to);
        push_change(hub, &change);
    }
}

static void push_change(Hub *hub, const Change *change)
{
    pthread_mutex_lock(&hub->ring_lock);
    hub->ring[hub->written++ % RING] = *change;
    pthread_cond_signal(&hub->woken);
    pthread_mutex_unlock(&hub->ring_lock);
}

static Str change_text(Arena *arena, const Change *change, int zone_min)
{
    Json json = json_new(arena, 4096);

    json_open(&json, '{');
    JSON_C(&json, "resource", change->meta->type->resource);
    JSON_ID(&json, "id", change->record);
    JSON_C(&json, "action", change->action);
    JSON_C(&json, "state", change->state[0] == '\0' ? NULL : change->state);
    JSON_KEY(&json, "at");
    json_instant(&json, change->at, zone_min);
    json_close(&json, '}');
    return str_format(arena, "id: %lld\nevent: change\ndata: %.*s\n\n", (long long)change->n, STR_ARG(buf_str(&json.buf)));
}

typedef struct {
    const Change *change;
    bool seen;
} Look;

static const Error *look_closure(Cx *cx, void *self)
{
    Look *look = self;
    return record_is_seen(cx, look->change->meta, value_int(look->change->record), &look->seen);
}

/* The same condition as everywhere, asked for one record. */
static Known may_see(Hub *hub, const Subscriber *subscriber, const Change *change)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = hub->app->kernel, .org = change->org, .actor = &subscriber->actor, .zone_min = subscriber->zone_min};
    Look look = {change, false};
    const RecordType *type = change->meta->type;

    for (int i = 0; i < type->sight_count; i++) /* most staff see all of a project: no need to ask the database */
        if (type->sights[i].sql == NULL && change->meta->hide_by == NULL && actor_has(&subscriber->actor, type->sights[i].roles, change->project, -1))
            return YES;
    if (store_read(hub->app->store, &cx, look_closure, &look) != OK)
        return UNKNOWN;
    return look.seen ? YES : NO;
}

static const Error *read_again(Cx *cx, void *self)
{
    static const char SESSION[] = "SELECT expires_at FROM session WHERE org_id = :org AND user_id = :user AND id = :id AND expires_at > :now";
    Subscriber *subscriber = self;
    Id session = subscriber->actor.session;
    Actor *actor;
    bool found;

    subscriber->expires = 0;
    TRY(sql_find(cx, SESSION, IN(in_int("user", subscriber->actor.user), in_int("id", session)), OUT(out_int(&subscriber->expires)), &found));
    TRY(user_actor_by_id(cx, subscriber->actor.org, subscriber->actor.user, &actor));
    if (!found || actor == NULL) {
        subscriber->expires = 0;
        return OK;
    }
    subscriber->actor = *actor;
    subscriber->actor.session = session;
    subscriber->actor.login = subscriber->actor.name = STR_NONE; /* they lie in this arena */
    return OK;
}

/* A stream lasts as long as its session, with the roles that the user has now. One whose session is over is ended. */
static Known is_live(Hub *hub, Subscriber *subscriber)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = hub->app->kernel, .org = subscriber->actor.org, .zone_min = subscriber->zone_min};
    int64_t generation = user_generation();

    if (subscriber->generation == generation && cx.now < subscriber->expires)
        return YES;
    if (store_read(hub->app->store, &cx, read_again, subscriber) != OK)
        return UNKNOWN; /* it is told nothing now, and asked again */
    subscriber->generation = generation;
    if (subscriber->expires == 0)
        stream_end(subscriber->stream);
    return subscriber->expires != 0 ? YES : NO;
}

/* What it may have missed it reads anew, as soon as it can be read who it is. */
static void send_missed(Hub *hub, Subscriber *subscriber)
{
    if (subscriber->missed && is_live(hub, subscriber) != UNKNOWN) {
        subscriber->missed = false;
        (void)stream_send(subscriber->stream, STR(RESET)); /* a slow reader is cut; `closed` follows */
    }
    hub->any_missed = hub->any_missed || subscriber->missed;
}

static void send_change(Hub *hub, Subscriber *subscriber, const Change *change)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 16);
    Known may;

    if (change->org != subscriber->actor.org || change->n <= subscriber->last) /* each company counts its own */
        return;
    subscriber->last = change->n;
    may = is_live(hub, subscriber);
    if (may == YES)
        may = may_see(hub, subscriber, change);
    if (may == UNKNOWN) {
        subscriber->missed = true;
        hub->any_missed = true;
        subscriber->generation = -1; /* so that it is read whether reading works again */
    }
    if (may == YES)
        (void)stream_send(subscriber->stream, change_text(arena, change, subscriber->zone_min)); /* a slow reader is cut; `closed` follows */
}

/* The next change that the ring still holds for it, from *at on. */
static bool find_recent(Hub *hub, const Subscriber *subscriber, uint64_t *at, Change *out)
{
    bool found = false;

    pthread_mutex_lock(&hub->ring_lock);
    if (hub->written > RING && *at < hub->written - RING)
        *at = hub->written - RING;
    while (!found && *at < hub->written) {
        *out = hub->ring[(*at)++ % RING];
        found = out->org == subscriber->actor.org && out->n > subscriber->last;
    }
    pthread_mutex_unlock(&hub->ring_lock);
    return found;
}

/* What was written while it was read what it had missed, and it stood among the others not yet. */
static void send_recent(Hub *hub, Subscriber *subscriber)
{
    uint64_t at = 0;
    Change change;

    while (find_recent(hub, subscriber, &at, &change))
        send_change(hub, subscriber, &change);
}

/* The next change of the ring. False when there is none until the heartbeat is due; *behind when the ring was too short. */
static bool take_change(Hub *hub, int64_t beat, Change *out, bool *behind, bool *closing)
{
    bool any;

    pthread_mutex_lock(&hub->ring_lock);
    if (hub->read == hub->written && !hub->closing) {
        int64_t span = hub->any_missed ? ASK_AGAIN : beat + HEARTBEAT - clock_monotonic_us();
        struct timespec until = clock_deadline(span > 0 ? span + (hub->any_missed ? 0 : SECOND) : 0);
        (void)clock_wait(&hub->woken, &hub->ring_lock, &until); /* a time-out is the heartbeat */
    }
    *closing = hub->closing;
    *behind = hub->written - hub->read > RING;
    if (*behind)
        hub->read = hub->written;
    any = hub->read < hub->written;
    if (any)
        *out = hub->ring[hub->read++ % RING];
    pthread_mutex_unlock(&hub->ring_lock);
    return any;
}

static void send_all(Hub *hub, Str text)
{
    for (Subscriber *subscriber = hub->subscribers; subscriber != NULL; subscriber = subscriber->next)
        (void)stream_send(subscriber->stream, text); /* a slow reader is cut; `closed` follows */
}

static void *run_hub(void *self)
{
    Hub *hub = self;
    int64_t beat = clock_monotonic_us();

    for (;;) {
        Change change;
        bool behind, closing, any = take_change(hub, beat, &change, &behind, &closing);
        int64_t steady = clock_monotonic_us();
        if (closing)
            return NULL;
        pthread_mutex_lock(&hub->lock);
        if (behind) /* those who listen read anew */
            send_all(hub, STR(RESET));
        if (hub->any_missed) {
            hub->any_missed = false;
            for (Subscriber *subscriber = hub->subscribers; subscriber != NULL; subscriber = subscriber->next)
                send_missed(hub, subscriber);
        }
        for (Subscriber *subscriber = any ? hub->subscribers : NULL; subscriber != NULL; subscriber = subscriber->next)
            send_change(hub, subscriber, &change);
        if (steady - beat >= HEARTBEAT) {
            beat = steady;
            for (Subscriber *subscriber = hub->subscribers; subscriber != NULL; subscriber = subscriber->next)
                (void)is_live(hub, subscriber); /* ends those that are not */
            send_all(hub, STR(": still here\n\n"));
        }
        pthread_mutex_unlock(&hub->lock);
    }
}

/* From the I/O thread: the client has gone. */
static void stream_closed(void *self)
{
    Subscriber *subscriber = self;
    Hub *hub = subscriber->hub;

    pthread_mutex_lock(&hub->lock);
    if (subscriber->before != NULL)
        subscriber->before->next = subscriber->next;
    else
        hub->subscribers = subscriber->next;
    if (subscriber->next != NULL)
        subscriber->next->before = subscriber->before;
    hub->count--;
    pthread_mutex_unlock(&hub->lock);
    mem_free(subscriber);
}

typedef struct {
    int64_t from, newest;
    Change missed[MAX_RESUME];
    int count;
} Resume;

/* LOGGED's columns as a change; false for what belongs to no declared record. */
static bool read_change(const Cx *cx, const Row *row, Change *out)
{
    const RecordMeta *meta = kernel_find_table(cx->kernel, row_text(row, 1));

    *out = (Change){.org = cx->org, .n = row_int(row, 0), .meta = meta, .record = row_int(row, 2), .project = row_int(row, 3), .at = row_int(row, 6)};
    (void)snprintf(out->action, sizeof out->action, "%.*s", STR_ARG(row_text(row, 4)));
    (void)snprintf(out->state, sizeof out->state, "%.*s", STR_ARG(row_text(row, 5)));
    return meta != NULL;
}

static const char LOGGED[] = "SELECT n, record_type, record_id, project_id, action, to_state, at FROM event WHERE org_id = :org"
                             " AND n > :from ORDER BY n LIMIT 1000";

static const Error *missed_row(Cx *cx, const Row *row, void *self)
{
    Resume *resume = self;

    if (resume->count < MAX_RESUME && read_change(cx, row, &resume->missed[resume->count]))
        resume->count++;
    return OK;
}

static const Error *read_missed(Cx *cx, void *self)
{
    static const char NEWEST[] = "SELECT n FROM org WHERE org_id = :org";
    Resume *resume = self;

    TRY(sql_row(cx, NEWEST, NOTHING, OUT(out_int(&resume->newest))));
    if (resume->from < 0 || resume->newest - resume->from > MAX_RESUME)
        return OK;
    return sql_each(cx, LOGGED, IN(in_int("from", resume->from)), missed_row, resume);
}

/* Listeners that are new since the last look: their company's log is read from where the earliest of them stands. What others hear a
 * second time by that they pass over (send_change). */
static void note_listeners(Hub *hub)
{
    pthread_mutex_lock(&hub->lock);
    for (Subscriber *subscriber = hub->subscribers; subscriber != NULL; subscriber = subscriber->next) {
        int at = 0;
        if (subscriber->noted)
            continue;
        while (at < hub->heard_count && hub->heard[at].org != subscriber->actor.org)
            at++;
        if (at == MAX_HEARD)
            continue;
        if (at == hub->heard_count)
            hub->heard[hub->heard_count++] = (struct Heard){subscriber->actor.org, subscriber->last};
        else if (subscriber->last < hub->heard[at].n)
            hub->heard[at].n = subscriber->last;
        subscriber->noted = true;
    }
    pthread_mutex_unlock(&hub->lock);
}

typedef struct {
    Hub *hub;
    int64_t from;
    bool users;
} News;

static const Error *news_row(Cx *cx, const Row *row, void *self)
{
    News *news = self;
    Change change;

    news->users = news->users || changes_users(row_text(row, 1), row_text(row, 4));
    if (read_change(cx, row, &change))
        push_change(news->hub, &change);
    news->from = change.n;
    return OK;
}

static const Error *read_news(Cx *cx, void *self)
{
    News *news = self;
    return sql_each(cx, LOGGED, IN(in_int("from", news->from)), news_row, news);
}

/* Numbers are given in the order of commits, so that what is read is complete up to the last one. */
static void look_at(Hub *hub, struct Heard *heard)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx cx = {.arena = arena, .now = clock_now(), .kernel = hub->app->kernel, .org = heard->org, .zone_min = ZONE_CHINA};
    News news = {.hub = hub, .from = heard->n};

    if (store_read(hub->app->store, &cx, read_news, &news) != OK)
        return; /* the next look will do */
    heard->n = news.from;
    if (news.users)
        user_changed();
}

static void *run_looker(void *self)
{
    Hub *hub = self;
    bool closing;

    for (;;) {
        struct timespec until = clock_deadline(LOOK_EVERY);
        pthread_mutex_lock(&hub->ring_lock);
        while (!hub->closing && !hub->hinted && clock_wait(&hub->written_here, &hub->ring_lock, &until))
            ;
        hub->hinted = false;
        closing = hub->closing;
        pthread_mutex_unlock(&hub->ring_lock);
        if (closing)
            return NULL;
        if (hub->count == 0) {
            hub->heard_count = 0;
            continue;
        }
        note_listeners(hub);
        for (int i = 0; i < hub->heard_count; i++)
            look_at(hub, &hub->heard[i]);
    }
}

const Error *hub_stream(Cx *cx, Call *call)
{
    Hub *hub = call->app->hub;
    Answer head = {.status = 200};
    Resume *resume = mem_alloc(sizeof *resume);
    Str last = request_header(call->request, "Last-Event-ID");
    Subscriber *subscriber;
    const Error *error;
    bool reset = false;

    if (last.len == 0)
        last = call_param(call, "last_event_id");
    resume->from = -1;
    if (last.len > 0 && (!str_to_int(last, &resume->from) || resume->from < 0)) {
        resume->from = -1;
        reset = true;
    }
    hub->count++; /* from now on changes are kept for it */
    error = store_read(call->app->store, cx, read_missed, resume);
    if (error == OK && hub->count > MAX_SUBSCRIBERS)
        error = error_new(cx->arena, ERR_TOO_MANY, STR_NONE, STR_NONE);
    if (error != OK) {
        hub->count--;
        mem_free(resume);
        return error;
    }
    reset = reset || (resume->from >= 0 && (resume->newest - resume->from > MAX_RESUME || resume->from > resume->newest));
    head.headers[head.header_count++] = (Header){STR("Content-Type"), STR("text/event-stream; charset=utf-8")};
    head.headers[head.header_count++] = (Header){STR("Cache-Control"), STR("no-store")};
    head.headers[head.header_count++] = (Header){STR("X-Accel-Buffering"), STR("no")};
    subscriber = mem_alloc(sizeof *subscriber);
    subscriber->hub = hub;
    subscriber->actor = *cx->actor;
    subscriber->actor.login = subscriber->actor.name = STR_NONE; /* they lie in the request's arena */
    subscriber->zone_min = cx->zone_min;
    subscriber->generation = -1; /* read with the first change: the login cache may be a moment old */
    subscriber->expires = 0;
    subscriber->last = resume->from >= 0 && !reset ? resume->from : resume->newest;

    *call->answered = true;
    pthread_mutex_lock(&hub->lock);
    subscriber->stream = exchange_stream(call->ex, &head, stream_closed, subscriber);
    subscriber->next = hub->subscribers;
    if (hub->subscribers != NULL)
        hub->subscribers->before = subscriber;
    hub->subscribers = subscriber;
    (void)stream_send(subscriber->stream, STR(": welcome\nretry: 3000\n\n"));
    if (reset)
        (void)stream_send(subscriber->stream, STR(RESET));
    for (int i = 0; !reset && i < resume->count; i++)
        send_change(hub, subscriber, &resume->missed[i]);
    send_recent(hub, subscriber);
    pthread_mutex_unlock(&hub->lock);
    mem_free(resume);
    return OK;
}
