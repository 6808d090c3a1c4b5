/* lane_test.c: the writer's lane: what a batch makes durable, and what it leaves out. */
#include "store/sql.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define MOST 40

typedef struct {
    int number;
    bool writes, refuses;
    int beaten;     /* so often another is faster */
    int runs, code; /* code: of the error it ended with, -1 without */
    Arena *arena;
    Cx cx;
} Work;

static atomic_int done_count, undone_count;
static atomic_bool gate_open;

static const Error *run_work(Cx *cx, void *self)
{
    static const char ADD[] = "INSERT INTO kept (n) VALUES (:n)";
    Work *work = self;

    work->runs++;
    while (work->number == 0 && !atomic_load(&gate_open)) /* the first holds the lane until the others wait */
        (void)usleep(1000);
    if (work->writes)
        TRY(sql_run(cx, ADD, IN(in_int("n", work->number))));
    if (work->runs <= work->beaten) {
        Error *again = (Error *)error_new(cx->arena, ERR_UNAVAILABLE, STR_NONE, STR_NONE);
        again->again = true;
        return again;
    }
    return work->refuses ? error_new(cx->arena, ERR_FORBIDDEN, STR_NONE, STR_NONE) : OK;
}

static void end_work(Cx *cx, void *self, const Error *error)
{
    (void)cx;
    ((Work *)self)->code = error == OK ? -1 : (int)error->code;
    atomic_fetch_add(&done_count, 1);
}

static void count_undone(const Cx *cx)
{
    (void)cx;
    atomic_fetch_add(&undone_count, 1);
}

static const Error *make_table(Cx *cx, void *self)
{
    (void)self;
    return sql_exec(cx, STR("CREATE TABLE kept (n INTEGER PRIMARY KEY) STRICT"));
}

static const Error *count_rows(Cx *cx, void *self)
{
    static const char COUNT[] = "SELECT count(*), coalesce(sum(n), 0) FROM kept";
    int64_t *out = self;
    return sql_row(cx, COUNT, NOTHING, OUT(out_int(&out[0]), out_int(&out[1])));
}

/* One batch of `count` works (and one alone before it); what is in the table afterwards. */
static void run_batch_of(Work *works, int count, int64_t found[2])
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 24);
    char folder[] = "/tmp/anju_lane_XXXXXX";
    StoreConfig config = {.folder = mkdtemp(folder), .readers = 1, .undone = count_undone};
    Cx cx = {.arena = arena, .now = 1};
    Store *store;

    assert_non_null(config.folder);
    assert_null(store_open(arena, &config, true, &store));
    assert_null(store_write(store, &cx, make_table, NULL));
    atomic_store(&done_count, 0);
    atomic_store(&undone_count, 0);
    atomic_store(&gate_open, false);
    for (int i = 0; i < count; i++) {
        works[i].number = i;
        works[i].arena = arena_open(1 << 20);
        works[i].cx = (Cx){.arena = works[i].arena, .now = 1};
        store_submit(store, &works[i].cx, NULL, run_work, &works[i], end_work);
    }
    (void)usleep(20000); /* the lane has taken the first by now, or takes all at once: both are a batch of the others */
    atomic_store(&gate_open, true);
    while (atomic_load(&done_count) < count)
        (void)usleep(1000);
    assert_null(store_read(store, &cx, count_rows, found));
    store_close(store);
    for (int i = 0; i < count; i++)
        arena_close(works[i].arena);
    (void)unlink(str_to_c(arena, str_format(arena, "%s/anju.db", folder)));
    (void)rmdir(folder);
}

static void what_succeeds_runs_once(void **state)
{
    Work works[MOST] = {{0}};
    int64_t found[2];

    (void)state;
    for (int i = 1; i < MOST; i++)
        works[i].writes = true;
    run_batch_of(works, MOST, found);
    assert_int_equal(found[0], MOST - 1);
    assert_int_equal(undone_count, 0);
    for (int i = 0; i < MOST; i++) {
        assert_int_equal(works[i].code, -1);
        assert_int_equal(works[i].runs, 1);
    }
}

static void a_refusal_before_writing_costs_the_others_nothing(void **state)
{
    Work works[10] = {{0}};
    int64_t found[2];

    (void)state;
    for (int i = 1; i < 10; i++)
        works[i].writes = i != 5;
    works[5].refuses = true;
    run_batch_of(works, 10, found);
    assert_int_equal(found[0], 8);
    assert_int_equal(found[1], 1 + 2 + 3 + 4 + 6 + 7 + 8 + 9);
    assert_int_equal(works[5].code, ERR_FORBIDDEN);
    assert_int_equal(undone_count, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(works[i].runs, 1);
}

static void a_refusal_after_writing_undoes_its_own_work_alone(void **state)
{
    Work works[10] = {{0}};
    int64_t found[2];

    (void)state;
    for (int i = 1; i < 10; i++)
        works[i].writes = true;
    works[3].refuses = works[7].refuses = true;
    run_batch_of(works, 10, found);
    assert_int_equal(found[0], 7);
    assert_int_equal(found[1], 1 + 2 + 4 + 5 + 6 + 8 + 9);
    assert_true(undone_count > 0);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(works[i].code != -1, i == 3 || i == 7);
        assert_true(works[i].runs <= 2);
    }
}

static void a_batch_of_refusals_leaves_nothing(void **state)
{
    Work works[4] = {{.writes = true, .refuses = true}, {.writes = true, .refuses = true}, {.refuses = true}, {.writes = true, .refuses = true}};
    int64_t found[2];

    (void)state;
    run_batch_of(works, 4, found);
    assert_int_equal(found[0], 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(works[i].code, ERR_FORBIDDEN);
}

static void who_was_beaten_runs_again(void **state)
{
    Work works[10] = {{0}};
    int64_t found[2];

    (void)state;
    for (int i = 1; i < 10; i++)
        works[i].writes = i != 8;
    works[4].beaten = 2;
    works[6].beaten = 1000;
    works[8].beaten = 1;
    run_batch_of(works, 10, found);
    assert_int_equal(found[0], 7);
    assert_int_equal(found[1], 1 + 2 + 3 + 4 + 5 + 7 + 9);
    for (int i = 0; i < 10; i++)
        assert_int_equal(works[i].code, i == 6 ? ERR_UNAVAILABLE : -1);
    assert_int_equal(works[4].runs, 3);
    assert_true(works[6].runs > 3 && works[6].runs < 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_succeeds_runs_once),
        cmocka_unit_test(a_refusal_before_writing_costs_the_others_nothing),
        cmocka_unit_test(a_refusal_after_writing_undoes_its_own_work_alone),
        cmocka_unit_test(a_batch_of_refusals_leaves_nothing),
        cmocka_unit_test(who_was_beaten_runs_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
