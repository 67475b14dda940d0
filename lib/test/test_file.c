/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/mapping.h>

#include "skip.h"
#include "support.h"

enum {
    READ_WRITE = MM_FILE_READ | MM_FILE_WRITE,
    FRESH = READ_WRITE | MM_FILE_CREATE | MM_FILE_NEW,
};

static struct mm_file *open_file(const char *path, unsigned flags)
{
    struct mm_file *file = NULL;

    assert_status(mm_file_open(path, flags, &file), MM_OK);
    assert_non_null(file);
    return file;
}

static void assert_size(struct mm_file *file, uint64_t expected)
{
    uint64_t size = 0;

    assert_status(mm_file_size(file, &size), MM_OK);
    assert_int_equal(size, expected);
}

static void write_all(struct mm_file *file, uint64_t offset, const void *octets,
                      size_t size)
{
    size_t count = 0;

    assert_status(mm_file_write(file, offset, octets, size, &count), MM_OK);
    assert_int_equal(count, size);
}

static void assert_octets(struct mm_file *file, uint64_t offset,
                          const void *expected, size_t size)
{
    unsigned char *seen = malloc(size);
    size_t count = 0;

    assert_non_null(seen);
    assert_status(mm_file_read(file, offset, seen, size, &count), MM_OK);
    assert_int_equal(count, size);
    assert_memory_equal(seen, expected, size);
    free(seen);
}

static void assert_zeros(struct mm_file *file, uint64_t offset, size_t size)
{
    unsigned char *zeros = calloc(1, size);

    assert_non_null(zeros);
    assert_octets(file, offset, zeros, size);
    free(zeros);
}

static void assert_refused(const char *path, unsigned flags,
                           enum mm_status expected)
{
    struct mm_file *file = (struct mm_file *)&flags;

    assert_status(mm_file_open(path, flags, &file), expected);
    assert_null(file);
}

/* */
static void flags_that_contradict_are_invalid(void **state)
{
    const unsigned bad[] = {
        0,
        MM_FILE_CREATE,
        MM_FILE_READ | MM_FILE_NEW,
        MM_FILE_READ | MM_FILE_TRUNCATE,
        MM_FILE_READ | MM_FILE_SEQUENTIAL | MM_FILE_RANDOM,
        MM_FILE_READ | 1u << 30,
    };
    const struct fixture *fixture = *state;

    assert_true(support_make_file(fixture->path, 1, 0));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(fixture->path, bad[i], MM_INVALID);
    }
    assert_refused(NULL, MM_FILE_READ, MM_INVALID);
}

static void a_missing_file_is_not_found(void **state)
{
    const struct fixture *fixture = *state;

    assert_refused(fixture->path, MM_FILE_READ, MM_NOT_FOUND);
    assert_int_not_equal(mm_last_os_error(), 0);
    assert_refused("no such folder/file", FRESH, MM_NOT_FOUND);
    assert_refused("", MM_FILE_READ, MM_NOT_FOUND);
}

static void a_directory_is_of_the_wrong_type(void **state)
{
    (void)state;
    assert_refused(".", MM_FILE_READ, MM_WRONG_TYPE);
    assert_refused(".", READ_WRITE, MM_WRONG_TYPE);
    assert_refused(".", READ_WRITE | MM_FILE_CREATE, MM_WRONG_TYPE);
}

static void a_device_is_of_the_wrong_type(void **state)
{
    struct mm_file *file;
    enum mm_status linux_name;
    enum mm_status windows_name;

    (void)state;
    linux_name = mm_file_open("/dev/null", MM_FILE_READ, &file);
    assert_null(file);
    windows_name = mm_file_open("NUL", MM_FILE_READ, &file);
    assert_null(file);
    assert_true(linux_name == MM_WRONG_TYPE || windows_name == MM_WRONG_TYPE);
}

static void a_new_file_must_not_exist(void **state)
{
    const struct fixture *fixture = *state;

    mm_file_close(open_file(fixture->path, FRESH));
    assert_refused(fixture->path, FRESH, MM_ALREADY_EXISTS);
    mm_file_close(open_file(fixture->path, READ_WRITE | MM_FILE_CREATE));
}

static void opening_keeps_the_content_unless_it_is_cut(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE | MM_FILE_CREATE);
    assert_size(file, 100);
    mm_file_close(file);
    file = open_file(fixture->path, MM_FILE_WRITE | MM_FILE_TRUNCATE);
    assert_size(file, 0);
    mm_file_close(file);
}

static void a_path_may_hold_any_unicode_letter(void **state)
{
    struct fixture *fixture = *state;
    size_t size = strlen(fixture->path);

    snprintf(fixture->path + size, sizeof(fixture->path) - size,
             ".\xC3\xA9\xE2\x82\xAC");
    mm_file_close(open_file(fixture->path, FRESH | MM_FILE_TEMPORARY));
    assert_refused(fixture->path, MM_FILE_READ, MM_NOT_FOUND);
}

static void what_was_written_is_read(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);
    unsigned char octets[3 * 4096 + 5];
    unsigned char rest[10];
    size_t count = 0;

    support_fill(octets, sizeof(octets), 1);
    write_all(file, 0, octets, sizeof(octets));
    assert_size(file, sizeof(octets));
    assert_octets(file, 0, octets, sizeof(octets));
    assert_octets(file, 4097, octets + 4097, 100);

    /* Fewer octets mean the end of the file. */
    assert_status(mm_file_read(file, sizeof(octets) - 4, rest, 10, &count),
                  MM_OK);
    assert_int_equal(count, 4);
    assert_memory_equal(rest, octets + sizeof(octets) - 4, 4);
    assert_status(mm_file_read(file, sizeof(octets), rest, 10, &count), MM_OK);
    assert_int_equal(count, 0);
    assert_status(mm_file_read(file, 1 << 20, rest, 10, &count), MM_OK);
    assert_int_equal(count, 0);
    assert_status(mm_file_read(file, 0, NULL, 0, &count), MM_OK);
    assert_int_equal(count, 0);
    mm_file_close(file);
}

static void writing_behind_the_end_fills_the_gap_with_zeros(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);

    write_all(file, 10000, "abc", 3);
    assert_size(file, 10003);
    assert_zeros(file, 0, 10000);
    assert_octets(file, 10000, "abc", 3);
    mm_file_close(file);
}

static void offsets_beyond_four_gib_are_honoured(void **state)
{
    const uint64_t offset = UINT64_C(0x100010000);
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);

    write_all(file, offset, "far", 3);
    write_all(file, 0x10000, "near", 4);
    assert_size(file, offset + 3);
    assert_octets(file, offset, "far", 3);
    assert_octets(file, 0x10000, "near", 4);
    mm_file_close(file);
}

static void impossible_ranges_are_invalid(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);
    char octet = 0;
    size_t count = 7;

    assert_status(mm_file_read(file, UINT64_MAX, &octet, 1, &count),
                  MM_INVALID);
    assert_int_equal(count, 0);
    assert_status(mm_file_write(file, UINT64_MAX, &octet, 1, &count),
                  MM_INVALID);
    assert_int_equal(count, 0);
    assert_status(mm_file_read(file, 0, NULL, 1, &count), MM_INVALID);
    assert_status(mm_file_write(file, 0, NULL, 1, &count), MM_INVALID);
    mm_file_close(file);
}

static void access_that_was_not_asked_for_is_denied(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file;
    char octet = 0;
    size_t count = 7;

    assert_true(support_make_file(fixture->path, 10, 0));
    file = open_file(fixture->path, MM_FILE_READ);
    assert_status(mm_file_write(file, 0, &octet, 1, &count), MM_DENIED);
    assert_int_equal(count, 0);
    assert_status(mm_file_set_size(file, 5), MM_DENIED);
    assert_size(file, 10);
    mm_file_close(file);

    file = open_file(fixture->path, MM_FILE_WRITE);
    assert_status(mm_file_read(file, 0, &octet, 1, &count), MM_DENIED);
    assert_int_equal(count, 0);
    write_all(file, 0, "x", 1);
    mm_file_close(file);
}

static void a_file_without_permission_is_denied(void **state)
{
    const struct fixture *fixture = *state;
    char flags[16];
    int code;

    assert_true(support_make_file(fixture->path, 10, 0));
    snprintf(flags, sizeof(flags), "%d", MM_FILE_READ);
    if (support_run("/bin/chmod", "0600", fixture->path, NULL) != 0) {
        SKIP_TEST("no chmod here");
    }
    /* Root may open anything, so the peer gives that up first. */
    code = support_run("/usr/bin/setpriv", "--reuid=65534", "--regid=65534",
                       "--clear-groups", support_peer_path(), "open",
                       fixture->path, flags, NULL);
    if (code != MM_DENIED && code != MM_OK) {
        SKIP_TEST("another user cannot run the peer here");
    }
    assert_status((enum mm_status)code, MM_DENIED);
}

/* within one process and between two. */
static void an_exclusive_file_is_busy_for_everybody_else(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH | MM_FILE_EXCLUSIVE);
    char flags[16];

    snprintf(flags, sizeof(flags), "%d", MM_FILE_READ);
    assert_refused(fixture->path, MM_FILE_READ, MM_BUSY);
    assert_refused(fixture->path, READ_WRITE | MM_FILE_EXCLUSIVE, MM_BUSY);
    assert_int_equal(support_run_peer("open", fixture->path, flags, NULL),
                     MM_BUSY);
    mm_file_close(file);
    assert_int_equal(support_run_peer("open", fixture->path, flags, NULL),
                     MM_OK);
}

static void a_shared_file_cannot_become_exclusive(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *first = open_file(fixture->path, FRESH);
    struct mm_file *second = open_file(fixture->path, MM_FILE_READ);

    assert_refused(fixture->path, MM_FILE_READ | MM_FILE_EXCLUSIVE, MM_BUSY);
    mm_file_close(first);
    assert_refused(fixture->path, MM_FILE_READ | MM_FILE_EXCLUSIVE, MM_BUSY);
    mm_file_close(second);
    mm_file_close(open_file(fixture->path, MM_FILE_READ | MM_FILE_EXCLUSIVE));
}

static void a_refused_open_cuts_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file;

    assert_true(support_make_file(fixture->path, 100, 0));
    file = open_file(fixture->path, READ_WRITE | MM_FILE_EXCLUSIVE);
    assert_refused(fixture->path, MM_FILE_WRITE | MM_FILE_TRUNCATE, MM_BUSY);
    assert_size(file, 100);
    mm_file_close(file);
}

/* and its content is there as long as it is open. */
static void a_temporary_file_vanishes(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH | MM_FILE_TEMPORARY);

    write_all(file, 0, "abc", 3);
    assert_octets(file, 0, "abc", 3);
    mm_file_close(file);
    assert_refused(fixture->path, MM_FILE_READ, MM_NOT_FOUND);
}

/* */
static void a_file_grows_with_zeros_and_shrinks(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);

    write_all(file, 0, "abcdef", 6);
    assert_status(mm_file_set_size(file, 300000), MM_OK);
    assert_size(file, 300000);
    assert_octets(file, 0, "abcdef", 6);
    assert_zeros(file, 6, 300000 - 6);
    assert_status(mm_file_set_size(file, 3), MM_OK);
    assert_size(file, 3);
    assert_status(mm_file_set_size(file, 3), MM_OK);
    assert_status(mm_file_set_size(file, 100), MM_OK);
    assert_octets(file, 0, "abc", 3);
    assert_zeros(file, 3, 97);
    assert_status(mm_file_set_size(file, 0), MM_OK);
    assert_size(file, 0);
    mm_file_close(file);
}

static void a_file_cannot_grow_beyond_all_bounds(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);

    write_all(file, 0, "abc", 3);
    assert_status(mm_file_set_size(file, UINT64_MAX), MM_OUT_OF_RANGE);
    assert_size(file, 3);
    mm_file_close(file);
}

static void a_size_too_large_for_the_file_system_is_refused(void **state)
{
    const uint64_t huge = UINT64_C(1) << 61;
    const struct fixture *fixture = *state;
    struct mm_file *file = open_file(fixture->path, FRESH);
    enum mm_status growing;
    enum mm_status writing;
    size_t count = 7;

    write_all(file, 0, "abc", 3);
    growing = mm_file_set_size(file, huge);
    writing = mm_file_write(file, huge, "abc", 3, &count);
    assert_size(file, 3);
    mm_file_close(file);
    assert_int_equal(count, 0);
    if (support_on_wine()) {
        SKIP_TEST("Wine says that the memory is short, or a device broken");
    }
    assert_true(growing == MM_OUT_OF_RANGE || growing == MM_NO_SPACE);
    assert_true(writing == MM_OUT_OF_RANGE || writing == MM_NO_SPACE);
}

/* M31: on a file system of its own, of one megabyte. */
static void a_full_file_system_refuses_and_changes_nothing(void **state)
{
    const struct fixture *fixture = *state;
    char inside[SUPPORT_PATH_ROOM + 8];
    struct mm_file *file;
    enum mm_status growing = MM_OS;
    enum mm_status writing = MM_OS;
    uint64_t size = 0;
    size_t count = 0;
    void *octets;

    if (support_run("/bin/mkdir", fixture->second_path, NULL) != 0 ||
        support_run("/bin/mount", "-t", "tmpfs", "-o", "size=1m", "none",
                    fixture->second_path, NULL) != 0) {
        SKIP_TEST("a small file system cannot be mounted here");
    }
    snprintf(inside, sizeof(inside), "%s/file", fixture->second_path);
    octets = calloc(1, 2 << 20);
    if (mm_file_open(inside, FRESH, &file) == MM_OK && octets != NULL) {
        mm_file_set_size(file, 4096);
        growing = mm_file_set_size(file, 2 << 20);
        mm_file_size(file, &size);
        writing = mm_file_write(file, 0, octets, 2 << 20, &count);
    }
    mm_file_close(file);
    free(octets);
    support_run("/bin/umount", fixture->second_path, NULL);
    assert_non_null(file);
    assert_status(growing, MM_NO_SPACE);
    assert_int_equal(size, 4096);
    assert_status(writing, MM_NO_SPACE);
    assert_true(count > 0);
    assert_true(count <= 1 << 20);
}

static void closing_nothing_is_allowed(void **state)
{
    (void)state;
    mm_file_close(NULL);
}

struct shared_file {
    struct mm_file *file;
    atomic_int next;
    atomic_int failed;
};

static void write_and_read_a_block(void *context)
{
    struct shared_file *shared = context;
    int block = atomic_fetch_add(&shared->next, 1);
    unsigned char octets[4096];
    unsigned char seen[4096];
    uint64_t offset = (uint64_t)block * sizeof(octets);
    size_t count;

    support_fill(octets, sizeof(octets), (unsigned)block);
    for (int i = 0; i < 100; i++) {
        if (mm_file_write(shared->file, offset, octets, sizeof(octets),
                          &count) != MM_OK ||
            mm_file_read(shared->file, offset, seen, sizeof(seen), &count) !=
                MM_OK ||
            memcmp(octets, seen, sizeof(seen)) != 0) {
            atomic_fetch_add(&shared->failed, 1);
        }
    }
}

static void threads_share_a_file_without_a_position(void **state)
{
    const struct fixture *fixture = *state;
    struct shared_file shared = {open_file(fixture->path, FRESH), 0, 0};

    assert_true(support_in_threads(4, write_and_read_a_block, &shared));
    assert_int_equal(atomic_load(&shared.failed), 0);
    assert_size(shared.file, UINT64_C(4) * 4096);
    mm_file_close(shared.file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(flags_that_contradict_are_invalid),
        TEST(a_missing_file_is_not_found),
        TEST(a_directory_is_of_the_wrong_type),
        TEST(a_device_is_of_the_wrong_type),
        TEST(a_new_file_must_not_exist),
        TEST(opening_keeps_the_content_unless_it_is_cut),
        TEST(a_path_may_hold_any_unicode_letter),
        TEST(what_was_written_is_read),
        TEST(writing_behind_the_end_fills_the_gap_with_zeros),
        TEST(offsets_beyond_four_gib_are_honoured),
        TEST(impossible_ranges_are_invalid),
        TEST(access_that_was_not_asked_for_is_denied),
        TEST(a_file_without_permission_is_denied),
        TEST(an_exclusive_file_is_busy_for_everybody_else),
        TEST(a_shared_file_cannot_become_exclusive),
        TEST(a_refused_open_cuts_nothing),
        TEST(a_temporary_file_vanishes),
        TEST(a_file_grows_with_zeros_and_shrinks),
        TEST(a_file_cannot_grow_beyond_all_bounds),
        TEST(a_size_too_large_for_the_file_system_is_refused),
        TEST(a_full_file_system_refuses_and_changes_nothing),
        TEST(closing_nothing_is_allowed),
        TEST(threads_share_a_file_without_a_position),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
