/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <program/output.h>

static const char path[] = "test_output.txt"; /* ctest starts in a folder */

static void assert_content(const char *expected)
{
    FILE *file = fopen(path, "rb");
    char text[64] = "";

    assert_non_null(file);
    fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    assert_string_equal(text, expected);
}

static int begin_with_old_content(void **state)
{
    FILE *file = fopen(path, "wb");

    (void)state;
    return file == NULL || fputs("old", file) < 0 || fclose(file) != 0;
}

static int remove_it(void **state)
{
    (void)state;
    return remove(path);
}

static void the_old_content_stays_until_the_new_one_is_whole(void **state)
{
    struct output output;

    (void)state;
    assert_int_equal(output_open(&output, path), 0);
    fputs("new", output.file);
    fflush(output.file);
    assert_content("old");
    assert_int_equal(output_commit(&output), 0);
    assert_content("new");
    assert_null(output.file);
}

static void nothing_but_the_file_is_left(void **state)
{
    struct output output;
    char temporary[sizeof(output.temporary)];
    FILE *file;

    (void)state;
    assert_int_equal(output_open(&output, path), 0);
    memcpy(temporary, output.temporary, sizeof(temporary));
    assert_int_equal(output_commit(&output), 0);
    file = fopen(temporary, "rb");
    assert_null(file);
}

/* A stream that is open for reading fails like a disk that is full. */
static void a_failed_write_keeps_the_old_content(void **state)
{
    struct output output;
    char temporary[sizeof(output.temporary)];

    (void)state;
    assert_int_equal(output_open(&output, path), 0);
    memcpy(temporary, output.temporary, sizeof(temporary));
    output.file = freopen(temporary, "rb", output.file);
    assert_non_null(output.file);
    fputs("new", output.file);
    assert_int_not_equal(output_commit(&output), 0);
    assert_content("old");
    assert_null(fopen(temporary, "rb"));
}

static void what_cannot_be_opened_says_why(void **state)
{
    char too_long[OUTPUT_PATH_MAX + 1];
    struct output output;

    (void)state;
    assert_int_equal(output_open(&output, "no/such/folder/file"), ENOENT);
    assert_null(output.file);
    memset(too_long, 'a', sizeof(too_long));
    too_long[sizeof(too_long) - 1] = '\0';
    assert_int_equal(output_open(&output, too_long), ENAMETOOLONG);
    assert_null(output.file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            the_old_content_stays_until_the_new_one_is_whole,
            begin_with_old_content, remove_it),
        cmocka_unit_test_setup_teardown(nothing_but_the_file_is_left,
                                        begin_with_old_content, remove_it),
        cmocka_unit_test_setup_teardown(a_failed_write_keeps_the_old_content,
                                        begin_with_old_content, remove_it),
        cmocka_unit_test(what_cannot_be_opened_says_why),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
