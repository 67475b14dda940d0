/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/timer.h>

#include "skip.h"
#include "support.h"

static void a_timer_needs_options_and_known_flags(void **state)
{
    const struct mm_timer_options options = {.flags = 4};
    struct mm_timer *timer = (struct mm_timer *)state;

    assert_status(mm_timer_create(NULL, &timer), MM_INVALID);
    assert_null(timer);
    assert_status(mm_timer_create(&options, &timer), MM_INVALID);
    assert_null(timer);
    mm_timer_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_timer_needs_options_and_known_flags),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
