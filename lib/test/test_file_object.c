/* SPDX-License-Identifier: MIT */
/* Which file a handle is of, and which opening of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <mapmark/file.h>

#include "skip.h"
#include "support.h"

enum { SIZE = 10000 };

static struct mm_file *open_file(const char *path)
{
    struct mm_file *file = NULL;

    assert_status(mm_file_open(path, MM_FILE_READ, &file), MM_OK);
    return file;
}

static struct mm_file *make_file(const char *path)
{
    assert_true(support_make_file(path, SIZE, 1));
    return open_file(path);
}

static bool is_same(struct mm_file *file, struct mm_file *other)
{
    bool same = false;

    assert_status(mm_file_is_same(file, other, &same), MM_OK);
    return same;
}

static bool mark(struct mm_file *file)
{
    bool marked = false;

    assert_status(mm_file_mark(file, &marked), MM_OK);
    return marked;
}

static void two_openings_are_of_the_same_file(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);
    struct mm_file *again = open_file(fixture->path);

    assert_true(is_same(file, again));
    assert_true(is_same(file, file));
    mm_file_close(again);
    mm_file_close(file);
}

static void equal_content_does_not_make_files_the_same(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);
    struct mm_file *other = make_file(fixture->second_path);

    assert_false(is_same(file, other));
    mm_file_close(other);
    mm_file_close(file);
}

static void a_file_that_replaces_another_is_another(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);
    struct mm_file *other;

    if (rename(fixture->path, fixture->second_path) != 0) {
        mm_file_close(file);
        SKIP_TEST("this system moves no file that is open");
    }
    other = make_file(fixture->path);
    assert_false(is_same(file, other));
    mm_file_close(other);
    other = open_file(fixture->second_path);
    assert_true(is_same(file, other));
    mm_file_close(other);
    mm_file_close(file);
}

static void only_the_first_mark_finds_none(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);

    assert_false(mark(file));
    assert_true(mark(file));
    assert_true(mark(file));
    mm_file_close(file);
}

static void a_new_opening_has_no_mark(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);
    struct mm_file *again;

    assert_false(mark(file));
    again = open_file(fixture->path);
    assert_false(mark(again));
    mm_file_close(again);
    mm_file_close(file);
    again = open_file(fixture->path);
    assert_false(mark(again));
    mm_file_close(again);
}

static void reading_neither_wipes_the_mark_nor_is_moved_by_it(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_file *file = make_file(fixture->path);
    unsigned char expected[SIZE], seen[SIZE];
    size_t count = 0;

    support_fill(expected, SIZE, 1);
    mark(file);
    assert_status(mm_file_read(file, 0, seen, SIZE, &count), MM_OK);
    assert_int_equal(count, SIZE);
    assert_memory_equal(seen, expected, SIZE);
    assert_true(mark(file));
    mm_file_close(file);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(two_openings_are_of_the_same_file),
        TEST(equal_content_does_not_make_files_the_same),
        TEST(a_file_that_replaces_another_is_another),
        TEST(only_the_first_mark_finds_none),
        TEST(a_new_opening_has_no_mark),
        TEST(reading_neither_wipes_the_mark_nor_is_moved_by_it),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
