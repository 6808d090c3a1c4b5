/* backup_test.c: the nightly backup comes when it should, and old ones go when they may. The clock is an argument. */
#include "app/backup.h"
#include "app/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static char home[] = "/tmp/anju-backup-XXXXXX";

typedef struct {
    Arena *arena;
    House *house;
    Nightly nightly;
} Office;
static Office office;

static Instant at(int day, int hour, int minute)
{
    return date_to_instant((Date)day, hour * 60 + minute, ZONE_CHINA);
}

static int open_office(void **state)
{
    char *data, *to;

    (void)state;
    memcpy(home + sizeof home - 7, "XXXXXX", 6);
    if (mkdtemp(home) == NULL)
        return 1;
    office.arena = arena_open((size_t)1 << 30);
    data = str_to_c(office.arena, str_format(office.arena, "%s/data", home));
    to = str_to_c(office.arena, str_format(office.arena, "%s/backups", home));
    if (mkdir(to, 0700) != 0 || house_make(office.arena, &(HousePlace){.folder = data}, &office.house) != OK)
        return 1;
    office.nightly = (Nightly){
        .store = office.house->store, .data = data, .to = to, .zone_min = ZONE_CHINA, .started = at(20261101, 9, 0)};
    return 0;
}

static int close_office(void **state)
{
    (void)state;
    house_close(office.house);
    arena_close(office.arena);
    backup_remove_tree(home);
    return 0;
}

static char *path_of(const char *name)
{
    return str_to_c(office.arena, str_format(office.arena, "%s/%s", office.nightly.to, name));
}

static bool exists(const char *name)
{
    return access(path_of(name), F_OK) == 0;
}

static bool look(Instant now)
{
    Cx cx = {.arena = office.arena, .now = now, .zone_min = ZONE_CHINA, .kernel = &office.house->kernel};
    bool made = false;

    assert_null(backup_if_due(&cx, &office.nightly, &made));
    return made;
}

static const Error *read_fact(Cx *cx, void *self)
{
    static const char FACT[] = "SELECT coalesce(max(value), '') FROM fact WHERE name = :name";
    Str *value = self;
    return sql_row(cx, FACT, IN(in_text("name", *value)), OUT(out_text(value)));
}

static Str fact(const char *name)
{
    Cx cx = {.arena = office.arena, .zone_min = ZONE_CHINA, .kernel = &office.house->kernel};
    Str value = str_of(name);

    assert_null(store_read(office.house->store, &cx, read_fact, &value));
    return value;
}

static void touch(const char *name)
{
    FILE *file = fopen(path_of(name), "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
}

static void an_office_without_a_backup_gets_one_soon_after_the_start(void **state)
{
    (void)state;
    assert_false(look(at(20261101, 9, 0)));
    assert_false(look(at(20261101, 9, 4)));
    assert_true(look(at(20261101, 9, 5)));
    assert_true(exists("anju-20261101.bak"));
    assert_true(str_is(fact("backup_ok"), "1"));
    assert_true(str_eq(fact("backup_last_at"), str_format(office.arena, "%lld", (long long)at(20261101, 9, 5))));
}

static void then_one_each_night_at_half_past_two(void **state)
{
    static const struct {
        const char *when;
        int day, hour, minute;
        bool made;
    } rows[] = {
        {"the same evening", 20261101, 23, 59, false},
        {"a minute too early", 20261102, 2, 29, false},
        {"half past two", 20261102, 2, 30, true},
        {"once is enough", 20261102, 3, 30, false},
        {"all day", 20261102, 22, 0, false},
        {"the machine slept", 20261103, 7, 15, true},
        {"and is awake again", 20261103, 12, 0, false},
        {"the next night", 20261104, 2, 31, true},
    };

    (void)state;
    assert_true(look(at(20261101, 9, 5)));
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        if (look(at(rows[i].day, rows[i].hour, rows[i].minute)) != rows[i].made)
            fail_msg("%s", rows[i].when);
}

static void a_server_that_was_off_at_night_waits_until_the_last_one_is_a_day_old(void **state)
{
    (void)state;
    assert_true(look(at(20261101, 9, 5)));
    office.nightly.started = at(20261102, 8, 0); /* off over night */
    office.nightly.tried = 0;
    assert_false(look(at(20261102, 8, 30)));
    assert_true(look(at(20261102, 9, 5)));
}

static void what_fails_is_told_and_tried_again(void **state)
{
    char *gone = str_to_c(office.arena, str_format(office.arena, "%s/moved", home)), *to = (char *)office.nightly.to;
    Cx cx = {
        .arena = office.arena, .now = at(20261102, 2, 30), .zone_min = ZONE_CHINA, .kernel = &office.house->kernel};
    bool made = true;

    (void)state;
    assert_true(look(at(20261101, 9, 5)));
    assert_int_equal(rename(to, gone), 0);
    assert_non_null(backup_if_due(&cx, &office.nightly, &made));
    assert_false(made);
    assert_true(str_is(fact("backup_ok"), "0"));
    assert_true(str_eq(fact("backup_last_at"), str_format(office.arena, "%lld", (long long)at(20261101, 9, 5))));
    assert_int_equal(rename(gone, to), 0);
    assert_false(look(at(20261102, 2, 59)));
    assert_true(look(at(20261102, 3, 0)));
    assert_true(str_is(fact("backup_ok"), "1"));
}

static void seven_days_and_four_weeks_are_kept(void **state)
{
    static const char *const kept[] = {
        "anju-20261118.bak", "anju-20261119.bak",   "anju-20261120.bak", "anju-20261121.bak",
        "anju-20261122.bak", "anju-20261123.bak",   "anju-20261124.bak",                      /* seven days */
        "anju-20261117.bak", "anju-20261115.bak",   "anju-20261108.bak", "anju-20261101.bak", /* and Sundays */
        "anju-20261032.bak", "anju-20261001-x.bak", "notes.txt"};                             /* not ours */
    int count = 0;

    (void)state;
    for (Date day = 20260915; day < 20261124; day = date_add(day, 1))
        touch(str_to_c(office.arena, str_format(office.arena, "anju-%08d.bak", (int)day)));
    touch("anju-20261032.bak");
    touch("anju-20261001-x.bak");
    touch("notes.txt");
    assert_true(look(at(20261124, 2, 30)));
    for (size_t i = 0; i < COUNT_OF(kept); i++)
        if (!exists(kept[i]))
            fail_msg("%s", kept[i]);
    for (Date day = 20260915; day <= 20261124; day = date_add(day, 1))
        count += exists(str_to_c(office.arena, str_format(office.arena, "anju-%08d.bak", (int)day)));
    assert_int_equal(count, 11);
}

static void a_second_backup_of_a_day_takes_another_name(void **state)
{
    (void)state;
    touch("anju-20261101.bak");
    assert_true(look(at(20261101, 9, 5)));
    assert_true(exists("anju-20261101-2.bak"));
    assert_null(backup_verify(office.arena, path_of("anju-20261101-2.bak")));
    assert_non_null(backup_verify(office.arena, path_of("anju-20261101.bak"))); /* an empty file is none */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_office_without_a_backup_gets_one_soon_after_the_start, open_office,
                                        close_office),
        cmocka_unit_test_setup_teardown(then_one_each_night_at_half_past_two, open_office, close_office),
        cmocka_unit_test_setup_teardown(a_server_that_was_off_at_night_waits_until_the_last_one_is_a_day_old,
                                        open_office, close_office),
        cmocka_unit_test_setup_teardown(what_fails_is_told_and_tried_again, open_office, close_office),
        cmocka_unit_test_setup_teardown(seven_days_and_four_weeks_are_kept, open_office, close_office),
        cmocka_unit_test_setup_teardown(a_second_backup_of_a_day_takes_another_name, open_office, close_office),
    };
    return cmocka_run_group_tests_name("app/backup", tests, NULL, NULL);
}
