/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/event.h>

#include "skip.h"
#include "support.h"

static void an_event_needs_options_and_known_flags(void **state)
{
    const struct mm_event_options options = {.flags = 4};
    struct mm_event *event = (struct mm_event *)state;

    assert_status(mm_event_create(NULL, &event), MM_INVALID);
    assert_null(event);
    assert_status(mm_event_create(&options, &event), MM_INVALID);
    assert_null(event);
    mm_event_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(an_event_needs_options_and_known_flags),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
