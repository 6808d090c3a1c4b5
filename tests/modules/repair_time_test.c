/* repair_time_test.c: what repairs do by themselves, on a virtual clock (card P06: confirmed after 72 h, closed after 7 days). */
#include "house_fixture.h"
#include "kernel/file.h"
#include "modules/repair/repair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

typedef struct {
    HouseFixture at;
    Id engineer, repair;
    Instant finished;
} Fixture;

static int open_fixture(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);

    *state = f;
    return house_fixture_open(&f->at) ? 0 : 1;
}

static int close_fixture(void **state)
{
    Fixture *f = *state;
    int code = house_fixture_close(&f->at);

    mem_free(f);
    return code;
}

static const Error *act(Cx *cx, Id repair, const char *action, json_t *take_body)
{
    Record *record;
    const Error *error = process_act(cx, kernel_type(cx->kernel, &repair_type), repair, str_of(action), 0, take_body, &record);

    json_decref(take_body);
    return error;
}

/* A repair, walked to `finished` in one go. */
static const Error *walk_closure(Cx *cx, void *self)
{
    Fixture *f = self;
    const RecordMeta *meta = kernel_type(cx->kernel, &repair_type);
    FileRow photo = {.sha256 = STR("0"), .type = STR("image/jpeg"), .name = STR("a.jpg"), .size = 1};
    Record *house = record_new(cx, kernel_find(cx->kernel, STR("houses"))), *party = record_new(cx, kernel_find(cx->kernel, STR("parties"))), *record;
    json_t *body;
    const Error *error;

    house->no = STR("1-1-101");
    house->project = party->project = f->at.project;
    record_set_text(house, "room", STR("101"));
    record_set_text(party, "name", STR("王芳"));
    TRY(process_insert(cx, house));
    TRY(process_insert(cx, party));
    TRY(user_make(cx, STR("eng"), STR("李工"), STR("x"), false, 0, &f->engineer));
    TRY(user_grant(cx, f->engineer, "engineer", f->at.project, 0));
    TRY(file_add(cx, &photo));
    body = json_pack("{s:s, s:s, s:s, s:s}", "category", "other.unknown", "title", "坏了", "house",
                     str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)house->id)), "reporter",
                     str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)party->id)));
    error = process_create(cx, meta, body, &record);
    json_decref(body);
    TRY(error);
    f->repair = record->id;
    TRY(act(cx, f->repair, "accept", json_object()));
    TRY(act(cx, f->repair, "assign", json_pack("{s:s}", "assignee", str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)f->engineer)))));
    TRY(act(cx, f->repair, "arrive", json_object()));
    return act(cx, f->repair, "finish",
               json_pack("{s:s, s:s, s:[s]}", "cause", "wear", "solution", "换了", "after_photos",
                         str_to_c(cx->arena, str_format(cx->arena, "%lld", (long long)photo.id))));
}

typedef struct {
    int count;
} Keeping;

static const Error *keep_closure(Cx *cx, void *self)
{
    return process_autos(cx, 10, &((Keeping *)self)->count);
}

static int keep_house(Fixture *f, int64_t after)
{
    Keeping keeping = {-1};

    f->at.cx.now = f->finished + after;
    assert_null(store_write(f->at.house->store, &f->at.cx, keep_closure, &keeping));
    return keeping.count;
}

typedef struct {
    const char *sql;
    int64_t n;
} Question;

static const Error *ask_closure(Cx *cx, void *self)
{
    Question *question = self;
    return sql_row(cx, question->sql, NOTHING, OUT(out_int(&question->n)));
}

static int64_t ask(Fixture *f, const char *sql)
{
    Question question = {sql, -1};
    assert_null(store_read(f->at.house->store, &f->at.cx, ask_closure, &question));
    return question.n;
}

static void nobody_said_anything(void **state)
{
    Fixture *f = *state;

    f->finished = f->at.cx.now;
    assert_null(store_write(f->at.house->store, &f->at.cx, walk_closure, f));
    assert_int_equal(keep_house(f, 72 * HOUR - 1), 0);
    assert_int_equal(keep_house(f, 72 * HOUR), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM repair WHERE org_id = :org AND state = 'confirmed' AND auto_confirmed = 1 AND rating IS NULL"
                            " AND overall IS NULL AND confirmed_at = :now"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM followup WHERE org_id = :org"), 0); /* no rating is not a bad one */
    assert_int_equal(ask(f, "SELECT count(*) FROM event WHERE org_id = :org AND action = 'auto_confirm' AND from_state = 'finished'"
                            " AND to_state = 'confirmed' AND actor_id IS NULL"), 1);
    assert_int_equal(keep_house(f, 72 * HOUR + 7 * DAY_US - 1), 0);
    assert_int_equal(keep_house(f, 72 * HOUR + 7 * DAY_US), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM repair WHERE org_id = :org AND state = 'closed'"), 1);
    assert_int_equal(keep_house(f, 100 * DAY_US), 0);
}

static const Error *void_closure(Cx *cx, void *self)
{
    return act(cx, ((Fixture *)self)->repair, "void", json_pack("{s:s}", "reason", "重复"));
}

static void what_was_put_away_stays_as_it_is(void **state)
{
    Fixture *f = *state;

    f->finished = f->at.cx.now;
    assert_null(store_write(f->at.house->store, &f->at.cx, walk_closure, f));
    assert_null(store_write(f->at.house->store, &f->at.cx, void_closure, f));
    assert_int_equal(keep_house(f, 100 * DAY_US), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_said_anything, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(what_was_put_away_stays_as_it_is, open_fixture, close_fixture),
    };
    return cmocka_run_group_tests_name("repair_time", tests, NULL, NULL);
}
