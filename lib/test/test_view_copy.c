/* SPDX-License-Identifier: MIT */
/* Copies out of views and into them, which no fault can end badly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/guard.h>

#include "skip.h"
#include "support.h"

enum { SIZE = 3 * 65536 + 100 };

static struct mm_view map(const char *path, enum mm_access access)
{
    struct mm_mapping_options options = {
        .protection = access == MM_VIEW_READ ? MM_READ_ONLY : MM_READ_WRITE};
    unsigned flags =
        MM_FILE_READ | (access == MM_VIEW_READ ? 0 : MM_FILE_WRITE);
    struct mm_mapping *mapping = NULL;
    struct mm_file *file = NULL;
    struct mm_view view;

    assert_true(support_make_file(path, SIZE, 1));
    assert_status(mm_file_open(path, flags, &file), MM_OK);
    assert_status(mm_mapping_create(file, &options, &mapping), MM_OK);
    assert_status(mm_view_map(mapping, 0, 0, access, NULL, &view), MM_OK);
    mm_mapping_close(mapping);
    mm_file_close(file);
    return view;
}

/* */
static void what_is_read_is_what_the_file_holds(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_READ);
    static unsigned char expected[SIZE], seen[SIZE];

    support_fill(expected, SIZE, 1);
    assert_status(mm_view_read(&view, 0, seen, SIZE), MM_OK);
    assert_memory_equal(seen, expected, SIZE);
    assert_status(mm_view_read(&view, 4095, seen, 4098), MM_OK);
    assert_memory_equal(seen, expected + 4095, 4098);
    mm_view_unmap(&view);
}

static void what_is_written_is_in_the_view(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_WRITE);
    unsigned char octets[5000];

    memset(octets, 7, sizeof(octets));
    assert_status(mm_view_write(&view, 4095, octets, sizeof(octets)), MM_OK);
    assert_memory_equal((char *)view.address + 4095, octets, sizeof(octets));
    mm_view_unmap(&view);
}

static void a_copy_does_not_leave_the_view(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_WRITE);
    struct mm_view none = {0};
    char octet = 0;

    assert_status(mm_view_read(&view, SIZE, &octet, 1), MM_OUT_OF_RANGE);
    assert_status(mm_view_write(&view, SIZE, &octet, 1), MM_OUT_OF_RANGE);
    assert_status(mm_view_read(&view, 1, &octet, SIZE_MAX), MM_OUT_OF_RANGE);
    assert_status(mm_view_read(&none, 0, &octet, 1), MM_INVALID);
    assert_status(mm_view_write(NULL, 0, &octet, 1), MM_INVALID);
    mm_view_unmap(&view);
}

static void a_size_of_zero_copies_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_WRITE);

    assert_status(mm_view_read(&view, 0, NULL, 0), MM_OK);
    assert_status(mm_view_write(&view, SIZE, NULL, 0), MM_OK);
    assert_status(mm_view_read(&view, SIZE + 1, NULL, 0), MM_OUT_OF_RANGE);
    mm_view_unmap(&view);
}

static void a_view_for_reading_is_not_written(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_READ);
    struct mm_view copy;
    char octet = 7;

    assert_status(mm_view_write(&view, 0, &octet, 1), MM_DENIED);
    mm_view_unmap(&view);
    copy = map(fixture->second_path, MM_VIEW_COPY);
    assert_status(mm_view_write(&copy, 0, &octet, 1), MM_OK);
    mm_view_unmap(&copy);
}

/* M32, R-65 */
static void a_file_that_was_cut_is_IO_in_both_directions(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_view view = map(fixture->path, MM_VIEW_WRITE);
    unsigned char octets[100] = {0};

    if (!support_cut(fixture->path, 65536)) {
        mm_view_unmap(&view);
        SKIP_TEST("this system cuts no file that is mapped");
    }
    /* cmocka has put its own handler over ours. */
    assert_status(mm_guard_install(), MM_OK);
    assert_status(mm_view_read(&view, 65535, octets, 1), MM_OK);
    assert_status(mm_view_read(&view, 65535, octets, 2), MM_IO);
    assert_status(mm_view_write(&view, 131072, octets, 100), MM_IO);
    assert_status(mm_view_write(&view, 0, octets, 100), MM_OK);
    mm_view_unmap(&view);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_read_is_what_the_file_holds),
        TEST(what_is_written_is_in_the_view),
        TEST(a_copy_does_not_leave_the_view),
        TEST(a_size_of_zero_copies_nothing),
        TEST(a_view_for_reading_is_not_written),
        TEST(a_file_that_was_cut_is_IO_in_both_directions),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
