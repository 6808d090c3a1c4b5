/* house_import_test.c: files of homes against a real database: who is who, all or nothing, and the same file again. */
#include "modules/property/house_import.h"
#include "house_fixture.h"
#include "kernel/event.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#define DATA "tests/data/import"

typedef HouseFixture Fixture;

static int open_fixture(void **state)
{
    Fixture *f = mem_alloc(sizeof *f);

    *state = f;
    return house_fixture_open(f) ? 0 : 1;
}

static int close_fixture(void **state)
{
    Fixture *f = *state;
    int code = house_fixture_close(f);

    mem_free(f);
    return code;
}

/* A file beside the house. */
static const char *path_of(Fixture *f)
{
    return str_to_c(f->arena, str_format(f->arena, "%s/file", f->base));
}

typedef struct {
    int created_houses, created_parties, changed_houses, changed_parties, same_houses, same_parties, failed;
} Counts;

static int member(const json_t *result, const char *group, const char *name)
{
    return (int)json_integer_value(json_object_get(json_object_get(result, group), name));
}

static const Error *import_path(Fixture *f, const char *path, bool dry_run, const ImportWatch *watch, Counts *out, json_t **result, bool *failed)
{
    ImportAsk ask = {.project = f->project, .dry_run = dry_run};
    Str text = STR_NONE;

    f->cx.now = clock_now();
    TRY(house_import(f->house->store, &f->cx, NULL, path, &ask, watch, &text, failed));
    assert_null(json_read(f->arena, text, result));
    *out = (Counts){member(*result, "created", "houses"),   member(*result, "created", "parties"), member(*result, "changed", "houses"),
                    member(*result, "changed", "parties"),  member(*result, "unchanged", "houses"), member(*result, "unchanged", "parties"),
                    (int)json_integer_value(json_object_get(*result, "failed"))};
    return OK;
}

static Counts import_text(Fixture *f, const char *text, bool dry_run)
{
    FILE *file = fopen(path_of(f), "w");
    Counts counts = {0};
    json_t *result;
    bool failed;

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
    assert_null(import_path(f, path_of(f), dry_run, NULL, &counts, &result, &failed));
    return counts;
}

static void assert_counts(Counts got, Counts wanted)
{
    if (memcmp(&got, &wanted, sizeof got) != 0)
        fail_msg("created %d %d changed %d %d unchanged %d %d failed %d, wanted %d %d %d %d %d %d %d", got.created_houses, got.created_parties,
                 got.changed_houses, got.changed_parties, got.same_houses, got.same_parties, got.failed, wanted.created_houses,
                 wanted.created_parties, wanted.changed_houses, wanted.changed_parties, wanted.same_houses, wanted.same_parties, wanted.failed);
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
    assert_null(store_read(f->house->store, &f->cx, ask_closure, &question));
    return question.n;
}

static const Error *check_seal(Cx *cx, const Row *row, void *self)
{
    const RecordMeta *meta = self;
    Record *record = record_from_row(cx, meta, row);

    assert_true(str_eq(record->seal, record_seal(cx, record)));
    return OK;
}

static void told(void *self, Str where, Str what)
{
    (void)self;
    fail_msg("%.*s: %.*s", STR_ARG(where), STR_ARG(what));
}

static const Error *check_closure(Cx *cx, void *self)
{
    static const char *const names[] = {"houses", "parties", "spaces"};

    (void)self;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const RecordMeta *meta = kernel_find(cx->kernel, str_of(names[i]));
        TRY(sql_each_built(cx, str_format(cx->arena, "SELECT %s FROM \"%s\" t WHERE t.org_id = :org", meta->columns, meta->table), NOTHING,
                           check_seal, (void *)(uintptr_t)meta));
    }
    return event_check(cx, told, NULL);
}

#define HEADINGS "房号,面积,用途,业主,业主电话,身份证号,租户,租户电话,联系人,联系人电话,备注\n"

static void the_same_file_again_changes_nothing(void **state)
{
    static const char TEXT[] = HEADINGS
        "3-2-1501,89.5,住宅,王秀兰、周德明,13800001234、13900005678,,李四,13600002222,王秀兰,,有老人\n"  /* joint owners; the contact is the owner */
        "3-2-1502,120,样板间,王秀兰,13800001234,11010519491231002X,,,,,\n"                                /* a second home; a use that is none of ours */
        "4-1-0101,77.25,商铺,张三,,,,,,,\n"                                                             /* nobody's phone is known */
        "4-1-0102,77.25,,张三,,,张三,,,,\n";                                                            /* another 张三; owner and tenant are one */
    Fixture *f = *state;
    Counts first = {.created_houses = 4, .created_parties = 5}, again = {.same_houses = 4, .same_parties = 5};

    assert_counts(import_text(f, TEXT, true), first);
    assert_int_equal(ask(f, "SELECT count(*) FROM house WHERE org_id = :org"), 0);
    assert_counts(import_text(f, TEXT, false), first);
    assert_counts(import_text(f, TEXT, false), again);
    assert_counts(import_text(f, TEXT, true), again);
    assert_int_equal(ask(f, "SELECT count(*) FROM residence WHERE org_id = :org"), 8);
    assert_int_equal(ask(f, "SELECT count(*) FROM space WHERE org_id = :org AND kind = 'building'"), 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM house WHERE org_id = :org AND note = '用途：样板间' AND building_id IS NOT NULL"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM party WHERE org_id = :org AND phone_tail = '1234' AND id_no = '11010519491231002X'"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM party WHERE org_id = :org AND doubts = '[\"phone_missing\"]'"), 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM house_fts WHERE house_fts MATCH '1501'"), 1); /* house numbers are found */
    assert_int_equal(ask(f, "SELECT count(*) FROM event WHERE org_id = :org AND action = 'import'"), 1);
    assert_null(store_read(f->house->store, &f->cx, check_closure, NULL));
}

static void what_differs_is_changed_and_told(void **state)
{
    Fixture *f = *state;

    assert_counts(import_text(f, HEADINGS "1-1-101,80,住宅,王芳,,,,,,,\n1-1-102,80,,李强,13700001111,,,,,,旧\n", false),
                  (Counts){.created_houses = 2, .created_parties = 2});
    /* An area, a note, a phone that was missing, a new relation of somebody known. An empty cell takes nothing away. */
    assert_counts(import_text(f, HEADINGS "1-1-101,81,,王芳,13800001234,,李强,13700001111,,,\n1-1-102,,,李强,13700001111,,,,,,新\n", false),
                  (Counts){.changed_houses = 2, .changed_parties = 2});
    assert_int_equal(ask(f, "SELECT count(*) FROM house WHERE org_id = :org AND area_dm2 = 8000 AND note = '新'"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM party WHERE org_id = :org"), 2);
    assert_int_equal(ask(f, "SELECT count(*) FROM party WHERE org_id = :org AND phone = '13800001234' AND phone_tail = '1234' AND doubts IS NULL"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM event WHERE org_id = :org AND record_type = 'house' AND action = 'import'"
                            " AND payload LIKE '%\"area\":[80,81]%'"), 1);
    assert_int_equal(ask(f, "SELECT count(*) FROM event WHERE org_id = :org AND record_type = 'party' AND action = 'import'"), 1);
    assert_null(store_read(f->house->store, &f->cx, check_closure, NULL));
    /* An older file without the phone still means the same person. */
    assert_counts(import_text(f, HEADINGS "1-1-101,81,,王芳,,,,,,,\n", false), (Counts){.same_houses = 1, .same_parties = 1});
}

static void the_first_of_two_answers_counts(void **state)
{
    static const char TEXT[] = HEADINGS "1-1-101,80,,王芳,13800001234,11010519491231002X,,,,,\n1-1-102,80,,王芳,13800001234,110101199003074258,,,,,\n";
    Fixture *f = *state;

    assert_counts(import_text(f, TEXT, false), (Counts){.created_houses = 2, .created_parties = 1});
    assert_counts(import_text(f, TEXT, false), (Counts){.same_houses = 2, .same_parties = 1});
}

static void dates_and_shares_belong_to_the_relation(void **state)
{
    Fixture *f = *state;

#define DATED "房号,面积,业主,业主电话,产权份额,入住日期\n"
    assert_counts(import_text(f, DATED "1-1-101,80,王芳、李强,13800001234、13900005678,1/2、1/2,2020-01-05\n", false),
                  (Counts){.created_houses = 1, .created_parties = 2});
    assert_counts(import_text(f, DATED "1-1-101,80,王芳、李强,13800001234、13900005678,1/3、2/3,2020-01-06\n", false),
                  (Counts){.same_houses = 1, .changed_parties = 2});
    assert_int_equal(ask(f, "SELECT count(*) FROM residence WHERE org_id = :org"), 2);
    assert_int_equal(ask(f, "SELECT since FROM residence WHERE org_id = :org AND share = '2/3'"), date_to_instant(20200106, 0, 480));
}

static void a_bad_row_means_nothing_is_written(void **state)
{
    Fixture *f = *state;
    FILE *file = fopen(path_of(f), "w");
    Counts counts;
    json_t *result;
    bool failed;

    assert_non_null(file);
    assert_true(fputs(HEADINGS "1-1-101,80,,王芳,,,,,,,\n1-1-102,很大,,李强,,,,,,,\n", file) >= 0 && fclose(file) == 0);
    assert_null(import_path(f, path_of(f), true, NULL, &counts, &result, &failed));
    assert_counts(counts, (Counts){.created_houses = 1, .created_parties = 1, .failed = 1});
    assert_false(failed); /* a dry run tells, and has done its work */
    assert_null(import_path(f, path_of(f), false, NULL, &counts, &result, &failed));
    assert_counts(counts, (Counts){.failed = 1});
    assert_true(failed);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(result, "errors"), 0), "row")), 3);
    assert_int_equal(ask(f, "SELECT count(*) FROM house WHERE org_id = :org"), 0);
}

typedef struct {
    int asked;
} Patience;

static bool has_none_left(void *self)
{
    return ++((Patience *)self)->asked > 2; /* not while reading: in the midst of writing */
}

static void stopped_half_way_nothing_is_written(void **state)
{
    Fixture *f = *state;
    FILE *file = fopen(path_of(f), "w");
    Patience patience = {0};
    ImportWatch watch = {.self = &patience, .must_stop = has_none_left};
    const Error *error;
    Counts counts;
    json_t *result;
    bool failed;

    assert_non_null(file);
    (void)fputs("房号,面积,业主,业主电话\n", file);
    for (int i = 0; i < 600; i++)
        (void)fprintf(file, "1-1-%04d,80,王芳,138%08d\n", i, i);
    assert_int_equal(fclose(file), 0);
    error = import_path(f, path_of(f), false, &watch, &counts, &result, &failed);
    assert_non_null(error);
    assert_int_equal(error->code, ERR_CHANGED);
    assert_int_equal(patience.asked, 3);
    assert_int_equal(ask(f, "SELECT count(*) FROM house WHERE org_id = :org"), 0);
    assert_int_equal(ask(f, "SELECT count(*) FROM event WHERE org_id = :org AND action = 'import'"), 0);
}

/* Each of the files that offices send, into a community of its own: what a second time finds is all unchanged. */
static void every_file_that_can_be_read_is_the_same_twice(void **state)
{
    DIR *folder = opendir(DATA);
    struct dirent *entry;
    int read = 0;

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        void *own;
        Counts once = {0}, twice = {0};
        json_t *result;
        bool failed;
        Fixture *f;
        if (entry->d_name[0] == '.')
            continue;
        assert_int_equal(open_fixture(&own), 0);
        f = own;
        const char *path = str_to_c(f->arena, str_format(f->arena, "%s/%s", DATA, entry->d_name));
        assert_null(import_path(f, path, false, NULL, &once, &result, &failed));
        if (!failed) {
            assert_null(import_path(f, path, false, NULL, &twice, &result, &failed));
            if (twice.created_houses + twice.created_parties + twice.changed_houses + twice.changed_parties != 0 ||
                twice.same_houses != once.created_houses || twice.same_parties != once.created_parties)
                fail_msg("%s: %d houses %d people the first time; then created %d %d changed %d %d unchanged %d %d", entry->d_name, once.created_houses,
                         once.created_parties, twice.created_houses, twice.created_parties, twice.changed_houses, twice.changed_parties,
                         twice.same_houses, twice.same_parties);
            read += once.created_houses > 0;
            assert_null(store_read(f->house->store, &f->cx, check_closure, NULL));
        }
        assert_int_equal(close_fixture(&own), 0);
    }
    (void)closedir(folder);
    assert_true(read >= 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_same_file_again_changes_nothing, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(what_differs_is_changed_and_told, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(the_first_of_two_answers_counts, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(dates_and_shares_belong_to_the_relation, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(a_bad_row_means_nothing_is_written, open_fixture, close_fixture),
        cmocka_unit_test_setup_teardown(stopped_half_way_nothing_is_written, open_fixture, close_fixture),
        cmocka_unit_test(every_file_that_can_be_read_is_the_same_twice),
    };
    return cmocka_run_group_tests_name("house_import", tests, NULL, NULL);
}
