/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/file.h>
#include <mapmark/status.h>

#include "skip.h"
#include "support.h"

struct row {
    int status;
    int number;
    const char *name;
};

static const struct row rows[] = {
#define ROW(name, number, text) {MM_##name, number, #name},
    MM_STATUS_LIST(ROW)
#undef ROW
};

static const size_t row_count = sizeof(rows) / sizeof(rows[0]);

static void every_status_has_a_name_and_a_text(void **state)
{
    (void)state;
    assert_int_equal(row_count, 30);
    for (size_t i = 0; i < row_count; i++) {
        enum mm_status status = (enum mm_status)rows[i].status;

        assert_int_equal(rows[i].status, rows[i].number);
        assert_string_equal(mm_status_name(status), rows[i].name);
        assert_true(strlen(mm_status_text(status)) > 0);
    }
}

static void names_and_texts_are_different(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        for (size_t k = 0; k < i; k++) {
            enum mm_status one = (enum mm_status)rows[i].status;
            enum mm_status other = (enum mm_status)rows[k].status;

            assert_string_not_equal(mm_status_name(one), mm_status_name(other));
            assert_string_not_equal(mm_status_text(one), mm_status_text(other));
        }
    }
}

static void kinds_of_success_are_below_sixteen(void **state)
{
    (void)state;
    for (size_t i = 0; i < row_count; i++) {
        assert_int_equal(mm_status_failed((enum mm_status)rows[i].status),
                         rows[i].number >= 16);
    }
    assert_false(mm_status_failed(MM_ALREADY_EXISTS));
    assert_true(mm_status_failed(MM_INVALID));
}

static void a_number_outside_the_list_is_a_failure(void **state)
{
    const int strangers[] = {-1, 9999};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        enum mm_status stranger = (enum mm_status)strangers[i];

        assert_true(mm_status_failed(stranger));
        assert_string_equal(mm_status_name(stranger), "UNKNOWN");
        assert_string_equal(mm_status_text(stranger), "unknown status");
    }
}

static void fail_in_a_thread(void *context)
{
    atomic_int *right = context;
    struct mm_file *file;

    if (mm_last_os_error() == 0 &&
        mm_file_open("there is/no such file", MM_FILE_READ, &file) ==
            MM_NOT_FOUND &&
        mm_last_os_error() != 0) {
        atomic_fetch_add(right, 1);
    }
}

static void the_last_os_error_belongs_to_the_thread(void **state)
{
    atomic_int right = 0;
    long before = mm_last_os_error();

    (void)state;
    assert_true(support_in_threads(4, fail_in_a_thread, &right));
    assert_int_equal(atomic_load(&right), 4);
    assert_int_equal(mm_last_os_error(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_and_a_text),
        cmocka_unit_test(names_and_texts_are_different),
        cmocka_unit_test(kinds_of_success_are_below_sixteen),
        cmocka_unit_test(a_number_outside_the_list_is_a_failure),
        cmocka_unit_test(the_last_os_error_belongs_to_the_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
