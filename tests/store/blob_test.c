/* blob_test.c: files are kept whole or not at all, each once. */
#include "store/blob.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#define ORG ((Id)7)
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* FIPS 180-4, "abc" */

static char folder[] = "/tmp/anju-blob-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    (void)snprintf(command, sizeof command, "chmod -R u+w %s; rm -rf %s", folder, folder);
    return system(command);
}

typedef struct {
    int blobs, leftovers, others;
    int64_t bytes;
    char path[200];
} Seen;

static const Error *see(void *self, const BlobFound *found)
{
    Seen *seen = self;
    seen->blobs += found->is_blob;
    seen->leftovers += found->is_leftover;
    seen->others += !found->is_blob && !found->is_leftover;
    seen->bytes += found->size;
    (void)snprintf(seen->path, sizeof seen->path, "%.*s", STR_ARG(found->path));
    if (found->is_blob)
        assert_int_equal(found->org, ORG);
    return OK;
}

static Seen walk(Arena *arena)
{
    Seen seen = {0};
    assert_null(blob_walk(arena, folder, see, &seen));
    return seen;
}

static mode_t mode_of(Arena *arena, const char *below)
{
    struct stat there;
    assert_int_equal(stat(str_to_c(arena, str_format(arena, "%s/%s", folder, below)), &there), 0);
    return there.st_mode & 07777;
}

static void a_file_lies_under_its_hash_and_reads_back(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Str name, bytes;
    (void)state;

    assert_int_equal(walk(arena).blobs, 0); /* no folder yet */
    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    assert_true(str_is(name, ABC));
    assert_null(blob_read(arena, folder, ORG, name, 3, &bytes));
    assert_true(str_is(bytes, "abc"));
    assert_true(blob_exists(arena, folder, ORG, name));
    assert_false(blob_exists(arena, folder, ORG + 1, name)); /* another company's */
    assert_int_equal(blob_read(arena, folder, ORG, name, 2, &bytes)->code, ERR_TOO_LARGE);

    Seen seen = walk(arena);
    assert_int_equal(seen.blobs, 1);
    assert_int_equal(seen.bytes, 3);
    assert_string_equal(seen.path, "7/ba/" ABC);
    assert_int_equal(mode_of(arena, "files"), 0700);
    assert_int_equal(mode_of(arena, "files/7"), 0700);
    assert_int_equal(mode_of(arena, "files/7/ba"), 0700);
    assert_int_equal(mode_of(arena, "files/7/ba/" ABC), 0600);
}

static void the_same_bytes_are_kept_once(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Str first, second;
    (void)state;

    assert_null(blob_put(arena, folder, ORG, STR("abc"), &first));
    assert_null(blob_put(arena, folder, ORG, STR("abc"), &second));
    assert_true(str_eq(first, second));
    assert_null(blob_put(arena, folder, ORG, STR_NONE, &second));
    assert_int_equal(walk(arena).blobs, 2);
    assert_null(blob_delete(arena, folder, ORG, first));
    assert_null(blob_delete(arena, folder, ORG, first)); /* again: harmless */
    assert_false(blob_exists(arena, folder, ORG, first));
    assert_int_equal(walk(arena).blobs, 1);
}

static void a_name_that_is_none_opens_nothing(void **state)
{
    static const char *const names[] = {
        "",
        "abc",
        "../../../../etc/passwd",
        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
        "../7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ABC "0",
        "0000000000000000000000000000000000000000000000000000000000000000",
    };
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Str name;
    int64_t size;
    int fd;
    (void)state;

    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(blob_open(arena, folder, ORG, str_of(names[i]), &fd, &size)->code, ERR_NOT_FOUND);
        assert_null(blob_delete(arena, folder, ORG, str_of(names[i])));
    }
    assert_int_equal(blob_open(arena, folder, 0, name, &fd, &size)->code, ERR_NOT_FOUND);
    assert_int_equal(walk(arena).blobs, 1);
}

static void a_changed_file_is_noticed(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    bool is_intact = false;
    Str name;
    (void)state;

    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    assert_null(blob_verify(arena, folder, ORG, name, &is_intact));
    assert_true(is_intact);
    FILE *file = fopen(str_to_c(arena, str_format(arena, "%s/files/7/ba/" ABC, folder)), "wb");
    assert_non_null(file);
    assert_int_equal(fputs("abd", file) < 0, 0);
    assert_int_equal(fclose(file), 0);
    assert_null(blob_verify(arena, folder, ORG, name, &is_intact));
    assert_false(is_intact);
}

/* Someone cut the file short behind the program's back: sending the same bytes again mends it. */
static void a_short_file_is_mended_by_the_next_put(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    bool is_intact = false;
    Str name;
    (void)state;

    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    assert_int_equal(truncate(str_to_c(arena, str_format(arena, "%s/files/7/ba/" ABC, folder)), 1), 0);
    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    assert_null(blob_verify(arena, folder, ORG, name, &is_intact));
    assert_true(is_intact);
}

static void check_nothing_was_kept(Arena *arena, const char *data, Str bytes)
{
    Str name = STR("untouched");
    const Error *error = blob_put(arena, data, ORG, bytes, &name);

    assert_non_null(error);
    assert_int_equal(error->code, ERR_UNAVAILABLE);
    assert_true(str_find(error->en, STR("disk is full")) >= 0);
    assert_true(str_find(error->zh, STR("磁盘空间不足")) >= 0);
    assert_true(error->retry_after_s > 0);
    assert_true(str_is(name, "untouched"));
}

static void a_file_over_the_limit_leaves_nothing_behind(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(4 << 20);
    struct rlimit before, small;
    Str big = {arena_alloc(arena, 1 << 20), 1 << 20}, name;
    (void)state;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){65536, before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    check_nothing_was_kept(arena, folder, big);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);

    Seen seen = walk(arena);
    assert_int_equal(seen.blobs + seen.leftovers + seen.others, 0);
    assert_null(blob_put(arena, folder, ORG, big, &name)); /* there is room again */
}

/* Needs the right to mount; elsewhere the test above stands for it. */
static void a_full_disk_leaves_nothing_behind(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(4 << 20);
    Str big = {arena_alloc(arena, 1 << 20), 1 << 20}, name;
    (void)state;

    if (mount("tmpfs", folder, "tmpfs", 0, "size=256k") != 0) {
        print_message("  cannot mount here (%s)\n", strerrordesc_np(errno));
        skip();
    }
    const Error *first = blob_put(arena, folder, ORG, STR("abc"), &name);
    Str full_name = STR_NONE;
    const Error *full = blob_put(arena, folder, ORG, big, &full_name);
    Seen seen = walk(arena);
    assert_int_equal(umount(folder), 0);
    assert_null(first);
    assert_non_null(full);
    assert_int_equal(full->code, ERR_UNAVAILABLE);
    assert_int_equal(seen.blobs, 1);
    assert_int_equal(seen.leftovers + seen.others, 0);
}

static void a_file_in_the_way_is_a_sentence(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Str name;
    (void)state;

    int fd = open(str_to_c(arena, str_format(arena, "%s/files", folder)), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    const Error *error = blob_put(arena, folder, ORG, STR("abc"), &name);
    assert_int_equal(error->code, ERR_UNAVAILABLE);
    assert_true(str_find(error->en, STR("Not a directory")) >= 0);
}

static void a_crash_leaves_what_the_sweep_removes(void **state)
{
    AUTO(arena_close_at) Arena *arena = arena_open(1 << 20);
    Str name;
    int64_t count = -1;
    (void)state;

    assert_null(blob_put(arena, folder, ORG, STR("abc"), &name));
    int fd = open(str_to_c(arena, str_format(arena, "%s/files/7/ba/.new-a1B2c3", folder)), O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    fd = open(str_to_c(arena, str_format(arena, "%s/files/7/00" ABC, folder)), O_CREAT | O_WRONLY,
              0600); /* a stranger */
    assert_true(fd >= 0);
    assert_int_equal(close(fd), 0);
    Seen seen = walk(arena);
    assert_int_equal(seen.leftovers, 1);
    assert_int_equal(seen.others, 1);

    assert_null(blob_sweep(arena, folder, clock_now() - HOUR, &count));
    assert_int_equal(count, 0); /* may be a file that is being written */
    assert_null(blob_sweep(arena, folder, clock_now() + HOUR, &count));
    assert_int_equal(count, 1);
    seen = walk(arena);
    assert_int_equal(seen.leftovers, 0);
    assert_int_equal(seen.blobs, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        TEST(a_file_lies_under_its_hash_and_reads_back), TEST(the_same_bytes_are_kept_once),
        TEST(a_name_that_is_none_opens_nothing),         TEST(a_changed_file_is_noticed),
        TEST(a_short_file_is_mended_by_the_next_put),    TEST(a_file_over_the_limit_leaves_nothing_behind),
        TEST(a_full_disk_leaves_nothing_behind),         TEST(a_file_in_the_way_is_a_sentence),
        TEST(a_crash_leaves_what_the_sweep_removes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
