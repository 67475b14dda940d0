/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/semaphore.h>

#include "skip.h"
#include "support.h"

enum {
    CROWD = 6,
    RELEASED = 4,
};

static struct mm_semaphore *create(uint32_t initial, uint32_t maximum)
{
    struct mm_semaphore_options options = {
        .initial = initial,
        .maximum = maximum,
    };
    struct mm_semaphore *semaphore = NULL;

    assert_status(mm_semaphore_create(&options, &semaphore), MM_OK);
    assert_non_null(semaphore);
    return semaphore;
}

static enum mm_status look(struct mm_semaphore *semaphore)
{
    return mm_wait(mm_semaphore_waitable(semaphore), NULL, 0);
}

static uint32_t drain(struct mm_semaphore *semaphore)
{
    uint32_t count = 0;

    while (look(semaphore) == MM_OK) {
        count++;
    }
    return count;
}

/* S9 */
static void each_wait_takes_one(void **state)
{
    struct mm_semaphore *semaphore = create(2, 5);

    (void)state;
    assert_status(look(semaphore), MM_OK);
    assert_status(look(semaphore), MM_OK);
    assert_status(look(semaphore), MM_TIMED_OUT);
    mm_semaphore_close(semaphore);
}

/* S9 */
static void a_release_tells_the_count_before(void **state)
{
    struct mm_semaphore *semaphore = create(1, 5);
    uint32_t previous = 77;

    (void)state;
    assert_status(mm_semaphore_release(semaphore, 3, &previous), MM_OK);
    assert_int_equal(previous, 1);
    assert_status(mm_semaphore_release(semaphore, 1, NULL), MM_OK);
    assert_int_equal(drain(semaphore), 5);
    assert_status(mm_semaphore_release(semaphore, 1, &previous), MM_OK);
    assert_int_equal(previous, 0);
    mm_semaphore_close(semaphore);
}

/* S9 */
static void more_than_the_maximum_is_refused_and_changes_nothing(void **state)
{
    struct mm_semaphore *semaphore = create(1, 3);
    uint32_t previous = 77;

    (void)state;
    assert_status(mm_semaphore_release(semaphore, 3, &previous), MM_TOO_MANY);
    assert_int_equal(previous, 0);
    assert_status(mm_semaphore_release(semaphore, INT32_MAX, NULL),
                  MM_TOO_MANY);
    assert_status(mm_semaphore_release(semaphore, UINT32_MAX, NULL),
                  MM_INVALID);
    assert_status(mm_semaphore_release(semaphore, 0, &previous), MM_INVALID);
    assert_int_equal(drain(semaphore), 1);
    mm_semaphore_close(semaphore);
}

/* S9 */
static void impossible_counts_are_invalid(void **state)
{
    static const uint32_t bad[][2] = {
        {0, 0}, {2, 1}, {0, UINT32_C(1) << 31}, {UINT32_MAX, UINT32_MAX}};
    struct mm_semaphore_options options = {.maximum = 1, .flags = 1U << 31};
    struct mm_semaphore *semaphore = (struct mm_semaphore *)state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct mm_semaphore_options counts = {.initial = bad[i][0],
                                              .maximum = bad[i][1]};

        assert_status(mm_semaphore_create(&counts, &semaphore), MM_INVALID);
        assert_null(semaphore);
    }
    assert_status(mm_semaphore_create(&options, &semaphore), MM_INVALID);
    assert_status(mm_semaphore_create(NULL, &semaphore), MM_INVALID);
    assert_status(mm_semaphore_open(NULL, 0, &semaphore), MM_INVALID);
    assert_status(mm_semaphore_duplicate(NULL, 0, &semaphore), MM_INVALID);
    assert_status(mm_semaphore_adopt(0, 0, &semaphore), MM_INVALID);
    mm_semaphore_close(NULL);
    semaphore = create(INT32_MAX, INT32_MAX);
    assert_status(mm_semaphore_release(semaphore, 1, NULL), MM_TOO_MANY);
    mm_semaphore_close(semaphore);
}

/* S3 */
static void an_existing_semaphore_keeps_its_counts(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_semaphore_options options = {
        .initial = 1,
        .maximum = 2,
        .name = fixture->name,
    };
    struct mm_semaphore *first = NULL;
    struct mm_semaphore *second = NULL;

    assert_status(mm_semaphore_create(&options, &first), MM_OK);
    options.initial = 5;
    options.maximum = 9;
    assert_status(mm_semaphore_create(&options, &second), MM_ALREADY_EXISTS);
    assert_status(mm_semaphore_release(second, 2, NULL), MM_TOO_MANY);
    assert_int_equal(drain(second), 1);
    mm_semaphore_close(first);
    mm_semaphore_close(second);
}

struct crowd {
    struct mm_semaphore *semaphore;
    atomic_uint roles;
    atomic_uint woken;
    atomic_uint failed;
};

static void release(struct crowd *crowd, uint32_t count, unsigned woken)
{
    if (mm_semaphore_release(crowd->semaphore, count, NULL) != MM_OK ||
        !support_reached(&crowd->woken, woken) ||
        atomic_load(&crowd->woken) != woken) {
        atomic_fetch_add(&crowd->failed, 1);
    }
}

static void wait_or_release(void *context)
{
    struct crowd *crowd = context;

    if (atomic_fetch_add(&crowd->roles, 1) == 0) {
        release(crowd, RELEASED, RELEASED);
        release(crowd, CROWD - RELEASED, CROWD);
        return;
    }
    if (mm_wait(mm_semaphore_waitable(crowd->semaphore), NULL,
                SUPPORT_PATIENCE_NS) != MM_OK) {
        atomic_fetch_add(&crowd->failed, 1);
    }
    atomic_fetch_add(&crowd->woken, 1);
}

/* S10: had more gone than were released, something would be left over. */
static void a_release_of_n_lets_n_of_many_go(void **state)
{
    struct crowd crowd = {create(0, CROWD), 0, 0, 0};

    (void)state;
    assert_true(support_in_threads(CROWD + 1, wait_or_release, &crowd));
    assert_int_equal(atomic_load(&crowd.failed), 0);
    assert_int_equal(drain(crowd.semaphore), 0);
    mm_semaphore_close(crowd.semaphore);
}

/* S26 */
static void a_handle_that_only_waits_cannot_release(void **state)
{
    struct mm_semaphore *semaphore = create(1, 2);
    struct mm_semaphore *copy = NULL;
    struct mm_semaphore *wider = NULL;

    (void)state;
    assert_status(
        mm_semaphore_duplicate(semaphore, MM_WAITABLE_WAIT_ONLY, &copy), MM_OK);
    assert_status(mm_semaphore_release(copy, 1, NULL), MM_DENIED);
    assert_status(mm_semaphore_duplicate(copy, 0, &wider), MM_DENIED);
    assert_int_equal(drain(copy), 1);
    mm_semaphore_close(copy);
    mm_semaphore_close(semaphore);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_wait_takes_one),
        TEST(a_release_tells_the_count_before),
        TEST(more_than_the_maximum_is_refused_and_changes_nothing),
        TEST(impossible_counts_are_invalid),
        TEST(an_existing_semaphore_keeps_its_counts),
        TEST(a_release_of_n_lets_n_of_many_go),
        TEST(a_handle_that_only_waits_cannot_release),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
