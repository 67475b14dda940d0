/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "peers/memory_limit.h"
#include "skip.h"

enum { LIMIT = 32 << 20 };

static struct memory_limit *make(void)
{
    struct bench_reason reason = {{0}};
    struct memory_limit *limit = NULL;
    enum mm_status status = memory_limit_make(LIMIT, &limit, &reason);

    if (status == MM_UNSUPPORTED) {
        assert_null(limit);
        assert_true(strlen(reason.text) > 0);
        return NULL;
    }
    assert_status(status, MM_OK);
    return limit;
}

static void a_limit_without_processes_holds_nothing(void **state)
{
    struct memory_limit *limit = make();
    uint64_t held = 1;

    (void)state;
    if (limit == NULL) {
        SKIP_TEST("no limits can be made here");
    }
    assert_status(memory_limit_held(memory_limit_name(limit), &held), MM_OK);
    assert_true(held < LIMIT / 2);
    memory_limit_free(limit);
}

static void a_limit_that_was_freed_cannot_be_entered(void **state)
{
    struct memory_limit *limit = make();
    char name[MEMORY_LIMIT_NAME_MAX];
    uint64_t held = 1;

    (void)state;
    if (limit == NULL) {
        SKIP_TEST("no limits can be made here");
    }
    snprintf(name, sizeof(name), "%s", memory_limit_name(limit));
    memory_limit_free(limit);
    assert_status(memory_limit_enter(name), MM_NOT_FOUND);
    assert_status(memory_limit_held(name, &held), MM_NOT_FOUND);
    assert_int_equal(held, 0);
}

static void two_limits_are_two(void **state)
{
    struct memory_limit *one = make(), *other = make();
    uint64_t held;

    (void)state;
    if (one == NULL || other == NULL) {
        SKIP_TEST("no limits can be made here");
    }
    assert_string_not_equal(memory_limit_name(one), memory_limit_name(other));
    memory_limit_free(one);
    assert_status(memory_limit_held(memory_limit_name(other), &held), MM_OK);
    memory_limit_free(other);
}

static void no_limit_is_freed_as_well(void **state)
{
    uint64_t held = 1;

    (void)state;
    memory_limit_free(NULL);
    assert_true(mm_status_failed(memory_limit_held("no such group", &held)));
    assert_int_equal(held, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_without_processes_holds_nothing),
        cmocka_unit_test(a_limit_that_was_freed_cannot_be_entered),
        cmocka_unit_test(two_limits_are_two),
        cmocka_unit_test(no_limit_is_freed_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
