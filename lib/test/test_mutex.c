/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/mutex.h>

#include "skip.h"
#include "support.h"

static void a_mutex_needs_options_and_known_flags(void **state)
{
    const struct mm_mutex_options options = {.flags = 4};
    struct mm_mutex *mutex = (struct mm_mutex *)state;

    assert_status(mm_mutex_create(NULL, &mutex), MM_INVALID);
    assert_null(mutex);
    assert_status(mm_mutex_create(&options, &mutex), MM_INVALID);
    assert_null(mutex);
    mm_mutex_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_mutex_needs_options_and_known_flags),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
