/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/wait.h>

#include "skip.h"
#include "support.h"

static void waiting_for_nothing_is_invalid(void **state)
{
    struct mm_waitable *none = NULL;
    size_t index = 1;

    (void)state;
    assert_status(mm_wait(NULL, NULL, 0), MM_INVALID);
    assert_status(mm_wait_any(&none, 1, NULL, 0, &index), MM_INVALID);
    assert_int_equal(index, 0);
    assert_status(mm_wait_all(&none, 0, NULL, 0), MM_INVALID);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(waiting_for_nothing_is_invalid),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
