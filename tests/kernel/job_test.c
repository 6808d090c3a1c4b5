/* job_test.c: the runner against a real database: jobs run, fail, are cancelled, outlive their process; chores come round. */
#include "kernel/job.h"
#include "house_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

typedef struct {
    HouseFixture at;
    Id user;
    Actor *actor;
    const Module **modules;
} Fixture;

static atomic_int chores_done, runs, steps;

static const Error *count_chore(Cx *cx, int max, int *count)
{
    assert_true(cx->actor->is_system && cx->org != 0 && max > 0);
    *count = 0;
    atomic_fetch_add(&chores_done, 1);
    return OK;
}

/* Says what it was given and who it is. */
static const Error *run_echo(Cx *cx, JobRun *run, Json *result)
{
    atomic_fetch_add(&runs, 1);
    job_progress(cx, run, 2, 2);
    json_open(result, '{');
    JSON_TEXT(result, "word", json_str(json_object_get(job_args(run), "word")));
    JSON_TEXT(result, "login", cx->actor->login);
    json_close(result, '}');
    return OK;
}

static const Error *run_bad(Cx *cx, JobRun *run, Json *result)
{
    (void)run;
    (void)result;
    return error_new(cx->arena, ERR_INVALID, STR("不行"), STR("it won't do"));
}

static const Error *end_closure(Cx *cx, void *self)
{
    return job_end(cx, self, STR("{\"saved\":true}"));
}

static const Error *run_own(Cx *cx, JobRun *run, Json *result)
{
    (void)result;
    TRY(store_write(job_store(run), cx, end_closure, run));
    job_is_saved(run);
    return OK;
}

/* Goes on until it is told to stop. */
static const Error *run_long(Cx *cx, JobRun *run, Json *result)
{
    (void)result;
    atomic_fetch_add(&runs, 1);
    for (int i = 0; i < PATIENCE_MS; i++) {
        atomic_fetch_add(&steps, 1);
        job_progress(cx, run, i, 0);
        if (job_must_stop(run))
            return job_stopped(cx);
        (void)usleep(1000);
    }
    return OK;
}

static const JobKind echo = {.kind = "echo", .run = run_echo}, bad = {.kind = "bad", .run = run_bad}, own = {.kind = "own", .run = run_own},
                     endless = {.kind = "long", .run = run_long};
static const JobKind *const kinds[] = {&echo, &bad, &own, &endless, NULL};
static const Chore chores[] = {{"counting", 3600, count_chore}, {0}};
static const Module counting = {.name = "counting", .zh = "计数", .en = "Counting", .chores = chores};

static const Error *find_user(Cx *cx, void *self)
{
    static const char FIND[] = "SELECT user_id FROM login WHERE org_id = :org AND login = 'admin'";
    Fixture *f = self;

    TRY(sql_row(cx, FIND, NOTHING, OUT(out_int(&f->user))));
    return user_actor_by_id(cx, f->at.org, f->user, &f->actor);
}

/* One more module in the kernel's list. */
static void add_module(Fixture *f, const Module *module)
{
    Kernel *kernel = &f->at.house->kernel;
    int count = 0;

    while (kernel->modules[count] != NULL)
        count++;
    f->modules = mem_alloc(sizeof *f->modules * ((size_t)count + 2));
    memcpy(f->modules, kernel->modules, sizeof *f->modules * (size_t)count);
    f->modules[count] = module;
    kernel->modules = f->modules;
}

static int open_fixture(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);

    *state = f;
    if (!house_fixture_open(&f->at) || store_read(f->at.house->store, &f->at.cx, find_user, f) != OK)
        return 1;
    f->at.cx.actor = f->actor;
    add_module(f, &counting);
    atomic_store(&chores_done, 0);
    atomic_store(&runs, 0);
    atomic_store(&steps, 0);
    return 0;
}

static int close_fixture(void **state)
{
    Fixture *f = *state;
    int code = house_fixture_close(&f->at);

    mem_free(f->modules);
    mem_free(f);
    return code;
}

static Runner *start(Fixture *f)
{
    return runner_open(&(RunnerConfig){f->at.house->store, &f->at.house->kernel, f->at.folder, kinds, .alone = true});
}

typedef struct {
    const char *kind;
    Id id;
    Job job;
} Ask;

static const Error *add_closure(Cx *cx, void *self)
{
    Ask *ask = self;
    json_t *args = json_pack("{s:s}", "word", "房");
    const Error *error = job_add(cx, ask->kind, args, &ask->id);

    json_decref(args);
    return error;
}

static Id add(Fixture *f, const char *kind)
{
    Ask ask = {.kind = kind};
    f->at.cx.now = clock_now();
    assert_null(store_write(f->at.house->store, &f->at.cx, add_closure, &ask));
    return ask.id;
}

static const Error *get_closure(Cx *cx, void *self)
{
    Ask *ask = self;
    return job_get(cx, ask->id, &ask->job);
}

static const Error *cancel_closure(Cx *cx, void *self)
{
    return job_cancel(cx, ((Ask *)self)->id);
}

static Job get(Fixture *f, Id id)
{
    Ask ask = {.id = id};
    assert_null(store_read(f->at.house->store, &f->at.cx, get_closure, &ask));
    return ask.job;
}

static Job wait_for(Fixture *f, Id id, const char *state)
{
    Job job = get(f, id);

    for (int i = 0; i < PATIENCE_MS / 5 && !str_is(job.state, state); i++) {
        (void)usleep(5000);
        job = get(f, id);
    }
    if (!str_is(job.state, state))
        fail_msg("the job is %.*s, not %s", STR_ARG(job.state), state);
    return job;
}

static void jobs_run_as_their_starter(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);
    Id id = add(f, "echo");
    Job job;

    runner_wake(runner);
    job = wait_for(f, id, "done");
    assert_true(str_is(job.result, "{\"word\":\"房\",\"login\":\"admin\"}"));
    assert_true(job.done == 2 && job.total == 2 && job.ended_at >= job.created_at);
    runner_close(runner);
    assert_int_equal(atomic_load(&runs), 1);
}

static void a_job_may_end_in_its_own_transaction(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);
    Id id = add(f, "own");

    runner_wake(runner);
    assert_true(str_is(wait_for(f, id, "done").result, "{\"saved\":true}"));
    runner_close(runner);
}

static void a_failed_job_says_why(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);
    Id id = add(f, "bad"), unknown = add(f, "no such kind");

    runner_wake(runner);
    assert_true(str_is(wait_for(f, id, "failed").result, "{\"error\":{\"code\":\"invalid\",\"detail\":\"不行\"}}"));
    (void)wait_for(f, unknown, "failed");
    runner_close(runner);
}

static void a_running_job_is_cancelled_at_once(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);
    Ask ask = {.id = add(f, "long")};
    int64_t done = 0, total = 0;
    int seen;

    runner_wake(runner);
    (void)wait_for(f, ask.id, "running");
    for (int i = 0; i < PATIENCE_MS && (!runner_progress(runner, ask.id, &done, &total) || done < 3); i++)
        (void)usleep(1000);
    assert_true(done >= 3);
    runner_cancel(runner, ask.id + 1); /* another one: nothing happens */
    assert_null(store_write(f->at.house->store, &f->at.cx, cancel_closure, &ask));
    runner_cancel(runner, ask.id);
    for (int i = 0; i < PATIENCE_MS && runner_progress(runner, ask.id, &done, &total); i++)
        (void)usleep(1000);
    seen = atomic_load(&steps);
    (void)usleep(50000);
    assert_int_equal(atomic_load(&steps), seen);
    assert_true(str_is(get(f, ask.id).state, "cancelled"));
    assert_null(store_write(f->at.house->store, &f->at.cx, cancel_closure, &ask)); /* again: it is so already */
    runner_close(runner);
}

static void what_has_ended_cannot_be_cancelled(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);
    Ask ask = {.id = add(f, "echo")};
    const Error *error;

    runner_wake(runner);
    (void)wait_for(f, ask.id, "done");
    error = store_write(f->at.house->store, &f->at.cx, cancel_closure, &ask);
    assert_true(error != OK && error->code == ERR_WRONG_STATE && str_is(error->state, "done"));
    runner_close(runner);
}

static const Error *orphan_closure(Cx *cx, void *self)
{
    static const char ORPHAN[] = "UPDATE job SET state = 'running', lease_until = :until, attempts = attempts + 1 WHERE org_id = :org AND id = :id";
    return sql_run(cx, ORPHAN, IN(in_int("until", cx->now + HOUR), in_int("id", ((Ask *)self)->id)));
}

static void a_job_outlives_its_process(void **state)
{
    Fixture *f = *state;
    Ask ask = {.id = add(f, "echo")};
    Id cut = add(f, "long");
    Runner *runner;

    assert_null(store_write(f->at.house->store, &f->at.cx, orphan_closure, &ask)); /* as if it had died */
    runner = start(f);
    (void)wait_for(f, ask.id, "done");
    (void)wait_for(f, cut, "running");
    runner_close(runner); /* the program ends in the middle */
    assert_true(str_is(get(f, cut).state, "queued"));
    runner = start(f);
    (void)wait_for(f, cut, "running");
    runner_close(runner);
    assert_int_equal(atomic_load(&runs), 3);
}

static void a_job_that_kills_the_program_is_given_up(void **state)
{
    Fixture *f = *state;
    Ask ask = {.id = add(f, "echo")};
    Runner *runner;

    for (int i = 0; i < 3; i++)
        assert_null(store_write(f->at.house->store, &f->at.cx, orphan_closure, &ask));
    runner = start(f);
    assert_true(str_find(wait_for(f, ask.id, "failed").result, STR("\"code\":\"unavailable\"")) > 0);
    runner_close(runner);
    assert_int_equal(atomic_load(&runs), 0);
}

static void a_job_is_shown_to_its_starter_and_managers(void **state)
{
    Fixture *f = *state;
    Ask ask = {.id = add(f, "echo")};
    Actor other = {.org = f->at.org, .user = 4711};
    const Actor *starter = f->at.cx.actor;

    f->at.cx.actor = &other;
    assert_int_equal(store_read(f->at.house->store, &f->at.cx, get_closure, &ask)->code, ERR_NOT_FOUND);
    assert_int_equal(store_write(f->at.house->store, &f->at.cx, cancel_closure, &ask)->code, ERR_NOT_FOUND);
    f->at.cx.actor = starter;
    assert_true(str_is(get(f, ask.id).state, "queued"));
}

static void chores_come_round(void **state)
{
    Fixture *f = *state;
    Runner *runner = start(f);

    for (int i = 0; i < PATIENCE_MS && atomic_load(&chores_done) == 0; i++)
        (void)usleep(1000);
    assert_int_equal(atomic_load(&chores_done), 1);
    runner_close(runner);
    assert_int_equal(atomic_load(&chores_done), 1); /* once an hour */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jobs_run_as_their_starter, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_job_may_end_in_its_own_transaction, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_failed_job_says_why, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_running_job_is_cancelled_at_once, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(what_has_ended_cannot_be_cancelled, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_job_outlives_its_process, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_job_that_kills_the_program_is_given_up, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_job_is_shown_to_its_starter_and_managers, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(chores_come_round, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
