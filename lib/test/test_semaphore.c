/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/semaphore.h>

#include "skip.h"
#include "support.h"

static void a_semaphore_needs_options_and_known_flags(void **state)
{
    const struct mm_semaphore_options options = {.maximum = 1, .flags = 4};
    struct mm_semaphore *semaphore = (struct mm_semaphore *)state;

    assert_status(mm_semaphore_create(NULL, &semaphore), MM_INVALID);
    assert_null(semaphore);
    assert_status(mm_semaphore_create(&options, &semaphore), MM_INVALID);
    assert_null(semaphore);
    mm_semaphore_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_semaphore_needs_options_and_known_flags),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
