/* job.c: the runner's thread and the rows of table job. */
#include "kernel/job.h"
#include "base/beat.h"
#include "base/log.h"
#include "kernel/chores.h"
#include "kernel/lease.h"
#include "kernel/orgs.h"
#include "kernel/user.h"
#include "store/schema.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define LEASE (30 * SECOND)       /* a job whose process died is run again after this */
#define BEAT_EVERY (8 * SECOND)   /* so often a process on a shared database renews the lease of what it does */
#define LEASE_LONG (30 * MINUTE)  /* alone on the database: while one long closure runs, the row can't be touched */
#define LOOK_EVERY (2 * SECOND)   /* for jobs that were not announced */
#define ROW_EVERY (SECOND / 4)    /* how often progress is written */
#define MAX_ATTEMPTS 3            /* a job that the program does not survive must not bring it down for ever */

struct Runner {
    RunnerConfig config;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    bool wanted; /* a job was added */
    bool was_woken; /* the runner's own: the last wait was ended by that */
    atomic_bool stopping;
    /* The job that runs now, 0: none. Written by the runner's thread, read by all. */
    _Atomic Id now_id;
    atomic_bool now_cancelled;
    _Atomic int64_t now_done, now_total;
    Chores *chores;
};

struct JobRun {
    Runner *runner;
    Id id;
    const json_t *args;
    const JobKind *kind;
    int64_t attempt; /* as in the row: it is another's when the row has another number */
    int64_t row_at; /* when the row's progress was written, of the steady clock */
    bool saved;
};

static void *run_thread(void *self);
static void wait_for_work(Runner *runner);
static bool run_next(Runner *runner, Arena *arena);

Runner *runner_open(const RunnerConfig *config)
{
    Runner *runner = mem_alloc(sizeof *runner);
    int failed;

    runner->config = *config;
    runner->chores = chores_open(&runner->config, &runner->stopping);
    pthread_mutex_init(&runner->lock, NULL);
    pthread_cond_init(&runner->woken, NULL);
    failed = pthread_create(&runner->thread, NULL, run_thread, runner);
    assert(failed == 0);
    return runner;
}

void runner_close(Runner *runner)
{
    if (runner == NULL)
        return;
    atomic_store(&runner->stopping, true);
    runner_wake(runner);
    pthread_join(runner->thread, NULL);
    pthread_mutex_destroy(&runner->lock);
    pthread_cond_destroy(&runner->woken);
    chores_close(runner->chores);
    mem_free(runner);
}

void runner_wake(Runner *runner)
{
    if (runner == NULL)
        return;
    pthread_mutex_lock(&runner->lock);
    runner->wanted = true;
    pthread_cond_signal(&runner->woken);
    pthread_mutex_unlock(&runner->lock);
}

void runner_cancel(Runner *runner, Id job)
{
    if (runner == NULL)
        return;
    pthread_mutex_lock(&runner->lock); /* so that it never hits the next job */
    if (atomic_load(&runner->now_id) == job)
        atomic_store(&runner->now_cancelled, true);
    pthread_mutex_unlock(&runner->lock);
}

bool runner_progress(Runner *runner, Id job, int64_t *done, int64_t *total)
{
    if (runner == NULL || atomic_load(&runner->now_id) != job)
        return false;
    *done = atomic_load(&runner->now_done);
    *total = atomic_load(&runner->now_total);
    return atomic_load(&runner->now_id) == job;
}

static const JobKind *find_kind(const JobKind *const *kinds, Str kind, Str resource)
{
    for (; kinds != NULL && *kinds != NULL; kinds++)
        if (str_is(kind, (*kinds)->kind) && ((*kinds)->resource == NULL || str_is(resource, (*kinds)->resource)))
            return *kinds;
    return NULL;
}

const JobKind *runner_kind(const Runner *runner, const char *kind, Str resource)
{
    return runner == NULL ? NULL : find_kind(runner->config.kinds, str_of(kind), resource);
}

/* Rows */

const Error *job_add(Cx *cx, const char *kind, const json_t *args, Id *out)
{
    static const char ADD[] =
        "INSERT INTO job (org_id, id, kind, state, args, done, total, created_by, created_at, lease_until,"
        " attempts) VALUES (:org, :id, :kind, 'queued', :args, 0, 0, :by, :now, 0, 0)";
    char *text = args == NULL ? NULL : json_dumps(args, JSON_COMPACT);
    Str kept = text == NULL ? STR("{}") : str_copy(cx->arena, str_of(text));

    free(text);
    *out = id_new(cx->now);
    cx->has_job = true;
    return sql_run(cx, ADD,
                   IN(in_int("id", *out), in_c("kind", kind), in_text("args", kept),
                      in_ref("by", cx->actor == NULL ? 0 : cx->actor->user)));
}

/* Whose job is it? Its starter's, and of those who manage the project that it is about. */
static bool may_see(Cx *cx, const Job *job)
{
    json_t *args;
    Id project = 0;

    if (cx->actor == NULL)
        return false;
    if (cx->actor->is_system || (job->created_by != 0 && job->created_by == cx->actor->user))
        return true;
    if (json_read(cx->arena, job->args, &args) != OK || !str_to_id(json_str(json_object_get(args, "project")), &project))
        return false;
    return actor_has(cx->actor, MANAGEMENT, project, 0);
}

const Error *job_find(Cx *cx, Id id, Job *out)
{
    static const char GET[] =
        "SELECT id, coalesce(created_by, 0), kind, state, args, result, done, total, created_at, coalesce(ended_at, 0)"
        " FROM job WHERE org_id = :org AND id = :id";

    return sql_row(cx, GET, IN(in_int("id", id)),
                   OUT(out_int(&out->id), out_int(&out->created_by), out_text(&out->kind), out_text(&out->state),
                       out_text(&out->args), out_text(&out->result), out_int(&out->done), out_int(&out->total),
                       out_int(&out->created_at), out_int(&out->ended_at)));
}

const Error *job_get(Cx *cx, Id id, Job *out)
{
    TRY(job_find(cx, id, out));
    return may_see(cx, out) ? OK : error_new(cx->arena, ERR_NOT_FOUND, STR_NONE, STR_NONE);
}

static const Error *cancel(Cx *cx, Id id, int64_t *changed)
{
    static const char CANCEL[] = "UPDATE job SET state = 'cancelled', ended_at = :now WHERE org_id = :org AND id = :id"
                                 " AND state IN ('queued', 'running')";
    return sql_run_count(cx, CANCEL, IN(in_int("id", id)), changed);
}

const Error *job_cancel(Cx *cx, Id id)
{
    int64_t changed;
    Job job;

    TRY(job_get(cx, id, &job));
    TRY(cancel(cx, id, &changed));
    if (changed == 1 || str_is(job.state, "cancelled"))
        return OK;
    return error_state(cx->arena, job.state, STR("任务已经结束，不能再取消"), STR("the job has ended and cannot be cancelled"));
}

const Error *job_withdraw(Cx *cx, Id id)
{
    int64_t changed;
    return cancel(cx, id, &changed); /* one that has ended is as well */
}

/* For the kinds */

Id job_id(const JobRun *run)
{
    return run->id;
}

const json_t *job_args(const JobRun *run)
{
    return run->args;
}

Store *job_store(const JobRun *run)
{
    return run->runner->config.store;
}

const char *job_folder(const JobRun *run)
{
    return run->runner->config.folder;
}

bool job_must_stop(const JobRun *run)
{
    return atomic_load_explicit(&run->runner->now_cancelled, memory_order_relaxed) ||
           atomic_load_explicit(&run->runner->stopping, memory_order_relaxed);
}

const Error *job_stopped(Cx *cx)
{
    return error_new(cx->arena, ERR_CHANGED, STR("任务已停止，没有写入任何内容"),
                     STR("the job was stopped; nothing was written"));
}

static const Error *write_progress(Cx *cx, void *self)
{
    static const char WRITE[] =
        "UPDATE job SET done = :done, total = :total, lease_until = :until WHERE org_id = :org AND id = :id"
        " AND state = 'running' AND attempts = :attempt";
    JobRun *run = self;
    int64_t changed;

    TRY(sql_run_count(cx, WRITE,
                      IN(in_int("done", run->runner->now_done), in_int("total", run->runner->now_total),
                         in_int("until", cx->now + (run->runner->config.alone ? LEASE_LONG : LEASE)), in_int("id", run->id),
                         in_int("attempt", run->attempt)),
                      &changed));
    return changed == 1 ? OK : error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
}

/* Writes progress and lease now, unless another process has cancelled the job or taken it over: then it is to end. */
static void renew(Cx *cx, JobRun *run)
{
    const Error *error;

    cx->now = clock_now();
    error = store_write(run->runner->config.store, cx, write_progress, run);
    if (error != OK && error->code == ERR_CHANGED)
        atomic_store(&run->runner->now_cancelled, true);
}

void job_progress(Cx *cx, JobRun *run, int64_t done, int64_t total)
{
    int64_t steady = clock_monotonic_us();

    atomic_store(&run->runner->now_done, done);
    atomic_store(&run->runner->now_total, total);
    if (cx->db != NULL || steady - run->row_at < ROW_EVERY)
        return;
    run->row_at = steady;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx own = *cx;
    own.arena = arena;
    renew(&own, run);
}

static const Error *end_job(Cx *cx, const JobRun *run, const char *state, Str result)
{
    static const char END[] =
        "UPDATE job SET state = :state, result = :result, done = :done, total = :total, ended_at = :ended,"
        " lease_until = 0 WHERE org_id = :org AND id = :id AND state = 'running' AND attempts = :attempt";
    int64_t changed;

    TRY(sql_run_count(cx, END,
                      IN(in_c("state", state), in_value("result", result.len == 0 ? VALUE_NULL : value_text(result)),
                         in_int("done", run->runner->now_done), in_int("total", run->runner->now_total),
                         in_int("id", run->id), in_int("attempt", run->attempt),
                         in_int("ended", clock_now())), /* cx->now is when it began */
                      &changed));
    return changed == 1 ? schema_learn(cx) : error_new(cx->arena, ERR_CHANGED, STR_NONE, STR_NONE);
}

const Error *job_end(Cx *cx, const JobRun *run, Str result)
{
    atomic_store(&run->runner->now_done, atomic_load(&run->runner->now_total));
    return end_job(cx, run, "done", result);
}

void job_is_saved(JobRun *run)
{
    run->saved = true;
}

/* The thread */

static Cx system_cx(const Runner *runner, Arena *arena, Id org, int zone_min)
{
    return orgs_system_cx(runner->config.kernel, arena, org, zone_min);
}

static const Error *put_back_closure(Cx *cx, void *self)
{
    static const char BACK[] =
        "UPDATE job SET state = 'queued', lease_until = 0 WHERE org_id = :org AND state = 'running'";

    (void)self;
    return sql_run(cx, BACK, NOTHING);
}

/* What another process of this folder was doing when it died. */
static void put_back_orphans(const Runner *runner, Arena *arena)
{
    Orgs *orgs = orgs_all(runner->config.store, runner->config.kernel, arena);

    for (int i = 0; i < orgs->count; i++) {
        Cx cx = system_cx(runner, arena, orgs->list[i].id, orgs->list[i].zone_min);
        const Error *error = store_write(runner->config.store, &cx, put_back_closure, NULL);
        if (error != OK)
            log_error("jobs: what was left cannot be put back: %.*s", STR_ARG(error_text(error, LANG_EN)));
    }
}

/* Which job runs now, 0: none. From here on it hears of its cancelling. */
static void set_now(Runner *runner, Id job)
{
    pthread_mutex_lock(&runner->lock);
    atomic_store(&runner->now_id, job);
    atomic_store(&runner->now_cancelled, false);
    atomic_store(&runner->now_done, 0);
    atomic_store(&runner->now_total, 0);
    pthread_mutex_unlock(&runner->lock);
}

/* The next turn comes without a wait. */
static void go_on(Runner *runner)
{
    pthread_mutex_lock(&runner->lock);
    runner->wanted = true;
    pthread_mutex_unlock(&runner->lock);
}

static void *run_thread(void *self)
{
    Runner *runner = self;
    Arena *arena = arena_open(64 << 20);

    if (runner->config.alone)
        put_back_orphans(runner, arena);
    while (!atomic_load(&runner->stopping)) {
        arena_reset(arena);
        if (!run_next(runner, arena))
            wait_for_work(runner);
        arena_reset(arena);
        if (!atomic_load(&runner->stopping) && chores_do(runner->chores, arena, runner->was_woken))
            go_on(runner);
    }
    arena_reset(arena);
    chores_give(runner->chores, arena);
    arena_close(arena);
    return NULL;
}

static void wait_for_work(Runner *runner)
{
    struct timespec until = clock_deadline(LOOK_EVERY);

    pthread_mutex_lock(&runner->lock);
    while (!runner->wanted && clock_wait(&runner->woken, &runner->lock, &until))
        ;
    runner->was_woken = runner->wanted;
    runner->wanted = false;
    pthread_mutex_unlock(&runner->lock);
}

typedef struct {
    Id id, by;
    Str kind, args;
    int64_t attempts; /* before this one */
    int64_t attempt;
    bool found;
    Actor *actor;
} Claim;

/* An unlocked look: the oldest that waits or whose lease ran out. */
static const Error *look(Cx *cx, void *self)
{
    static const char LOOK[] =
        "SELECT id, kind, args, coalesce(created_by, 0), attempts FROM job WHERE org_id = :org AND (state = 'queued'"
        " OR (state = 'running' AND lease_until < :now)) ORDER BY id LIMIT 1"; /* job_by_state_created_at */
    Claim *claim = self;

    TRY(sql_find(cx, LOOK, NOTHING,
                 OUT(out_int(&claim->id), out_text(&claim->kind), out_text(&claim->args), out_int(&claim->by),
                     out_int(&claim->attempts)),
                 &claim->found));
    if (claim->found && claim->by != 0)
        TRY(user_actor_by_id(cx, cx->org, claim->by, &claim->actor));
    return OK;
}

static const Error *take(Cx *cx, void *self)
{
    static const char TAKE[] =
        "UPDATE job SET state = 'running', lease_until = :until, attempts = attempts + 1"
        " WHERE org_id = :org AND id = :id AND (state = 'queued' OR (state = 'running' AND lease_until < :now)) RETURNING attempts";
    Claim *claim = self;

    return sql_find(cx, TAKE, IN(in_int("until", cx->now + LEASE), in_int("id", claim->id)), OUT(out_int(&claim->attempt)), &claim->found);
}

typedef struct {
    const JobRun *run;
    const char *state;
    Str result;
} Ending;

static const Error *end_closure(Cx *cx, void *self)
{
    Ending *ending = self;
    return end_job(cx, ending->run, ending->state, ending->result);
}

static const Error *requeue_closure(Cx *cx, void *self)
{
    static const char BACK[] = "UPDATE job SET state = 'queued', lease_until = 0, attempts = attempts - 1"
                               " WHERE org_id = :org AND id = :id AND state = 'running'"
                               " AND attempts = :attempt";
    const JobRun *run = self;
    return sql_run(cx, BACK, IN(in_int("id", run->id), in_int("attempt", run->attempt)));
}

/* {"error":{"code","detail"}} for a job that has nothing better to say. */
static Str error_result(Cx *cx, const Error *error)
{
    Json json = json_new(cx->arena, 1 << 16);

    json_open(&json, '{');
    JSON_KEY(&json, "error");
    json_open(&json, '{');
    JSON_C(&json, "code", error_row(error->code)->name);
    JSON_TEXT(&json, "detail", error_text(error, cx->lang));
    json_close(&json, '}');
    json_close(&json, '}');
    return buf_str(&json.buf);
}

/* On a shared database: renews the lease while the job runs, beside it, so that a job may take long and a dead process's is
 * soon taken over. */
typedef struct {
    JobRun *run;
    Cx cx;
} Renewal;

static void renew_beside(void *self)
{
    Renewal *renewal = self;
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Cx cx = renewal->cx;

    cx.arena = arena;
    renew(&cx, renewal->run);
}

/* Runs a claimed job to its end and writes what came of it. */
static void run_job(Runner *runner, const Claim *claim, Id org, int zone_min)
{
    AUTO(arena_close_at) Arena *arena = arena_open(JOB_ARENA_BYTES);
    AUTO(arena_close_at) Arena *last = arena_open(64 << 20); /* writes the end when the job's own arena is spent */
    Cx cx = system_cx(runner, arena, org, zone_min), end_cx;
    JobRun run = {.runner = runner, .id = claim->id, .attempt = claim->attempt};
    Json result = json_new(arena, 64 << 20);
    json_t *args = NULL;
    const Error *error = json_read(arena, claim->args, &args);
    Ending ending = {&run, "done", STR_NONE};

    run.args = args;
    if (claim->by != 0)
        cx.actor = claim->actor; /* NULL: that user may do nothing any more */
    if (str_is(json_str(json_object_get(args, "lang")), "en"))
        cx.lang = LANG_EN;
    run.kind = find_kind(runner->config.kinds, claim->kind, json_str(json_object_get(args, "resource")));
    if (error == OK && (run.kind == NULL || cx.actor == NULL))
        error = error_new(arena, run.kind == NULL ? ERR_INTERNAL : ERR_FORBIDDEN, STR_NONE, STR_NONE);
    if (error == OK && claim->attempts >= MAX_ATTEMPTS)
        error = error_new(arena, ERR_UNAVAILABLE, STR("程序多次在执行这个任务时中断，不再重试"),
                          STR("the program has ended several times while it did this job; it is not tried again"));
    if (error == OK) {
        Renewal renewal = {&run, cx};
        Beat beat;
        /* Without a thread the job may be taken over, and says so. */
        beat_start(&beat, runner->config.alone ? 0 : BEAT_EVERY, false, renew_beside, &renewal);
        error = run.kind->run(&cx, &run, &result);
        beat_end(&beat);
    }
    if (error == OK && run.saved)
        return;
    if (error == OK && arena_is_spent(arena))
        error = error_new(last, ERR_TOO_LARGE, STR_NONE, STR_NONE);
    end_cx = cx;
    end_cx.arena = last;
    end_cx.now = clock_now();
    if (error != OK && atomic_load(&runner->stopping) && !atomic_load(&runner->now_cancelled)) {
        error = store_write(runner->config.store, &end_cx, requeue_closure, &run);
    } else {
        if (error != OK) {
            ending.state = atomic_load(&runner->now_cancelled) ? "cancelled" : "failed";
            log_info("job %lld (%.*s) %s: %s", (long long)run.id, STR_ARG(claim->kind), ending.state,
                     error_row(error->code)->name);
        }
        ending.result = buf_str(&result.buf);
        if (ending.result.len == 0 || arena_is_spent(arena) || buf_is_full(&result.buf))
            ending.result = error == OK ? STR_NONE : error_result(&end_cx, error);
        error = store_write(runner->config.store, &end_cx, end_closure, &ending);
    }
    if (error != OK && error->code != ERR_CHANGED) /* changed: it was cancelled, and its row says so */
        log_error("job %lld: its end cannot be written: %.*s", (long long)run.id, STR_ARG(error_text(error, LANG_EN)));
}

/* The oldest job of the first company that has one; false when there is none. */
static bool run_next(Runner *runner, Arena *arena)
{
    Orgs *orgs = orgs_all(runner->config.store, runner->config.kernel, arena);
    bool any = false;

    for (int i = 0; i < orgs->count && !atomic_load(&runner->stopping); i++) {
        Cx cx = system_cx(runner, arena, orgs->list[i].id, orgs->list[i].zone_min);
        Claim claim = {0};
        const Error *error = store_read(runner->config.store, &cx, look, &claim);
        if (error == OK && !claim.found)
            continue;
        if (error == OK) {
            set_now(runner, claim.id);
            error = store_write(runner->config.store, &cx, take, &claim);
        }
        if (error != OK)
            log_error("jobs: %.*s", STR_ARG(error_text(error, LANG_EN)));
        else if (claim.found) {
            run_job(runner, &claim, orgs->list[i].id, orgs->list[i].zone_min);
            any = true;
        }
        set_now(runner, 0);
    }
    if (any)
        (void)malloc_trim(0); /* a large job's memory goes back to the system; nothing depends on it */
    return any;
}
