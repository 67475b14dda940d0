/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/timer.h>

#include "skip.h"
#include "support.h"

static const uint64_t millisecond_ns = 1000000;
static const uint64_t hour_ns = UINT64_C(3600000000000);

static struct mm_timer *create(const char *name, bool manual)
{
    struct mm_timer_options options = {.manual = manual, .name = name};
    struct mm_timer *timer = NULL;

    assert_status(mm_timer_create(&options, &timer), MM_OK);
    assert_non_null(timer);
    return timer;
}

static enum mm_status look(struct mm_timer *timer)
{
    return mm_wait(mm_timer_waitable(timer), NULL, 0);
}

static enum mm_status wait_long(struct mm_timer *timer)
{
    return mm_wait(mm_timer_waitable(timer), NULL, SUPPORT_PATIENCE_NS);
}

/* S19 */
static void one_wait_takes_the_end_of_a_timer(void **state)
{
    struct mm_timer *timer = create(NULL, false);

    (void)state;
    assert_status(look(timer), MM_TIMED_OUT);
    assert_status(mm_timer_set(timer, 0, 0), MM_OK);
    assert_status(wait_long(timer), MM_OK);
    assert_status(look(timer), MM_TIMED_OUT);
    mm_timer_close(timer);
}

/* S19 */
static void a_manual_timer_stays_signalled_until_it_is_set(void **state)
{
    struct mm_timer *timer = create(NULL, true);

    (void)state;
    assert_status(mm_timer_set(timer, 0, 0), MM_OK);
    assert_status(wait_long(timer), MM_OK);
    assert_status(look(timer), MM_OK);
    assert_status(mm_timer_set(timer, hour_ns, 0), MM_OK);
    assert_status(look(timer), MM_TIMED_OUT);
    mm_timer_close(timer);
}

/* S19 */
static void setting_takes_back_what_nobody_has_taken(void **state)
{
    struct mm_timer *timer = create(NULL, false);
    enum mm_status looked;

    (void)state;
    assert_status(mm_timer_set(timer, 0, 0), MM_OK);
    assert_status(mm_timer_set(timer, hour_ns, 0), MM_OK);
    looked = look(timer);
    mm_timer_close(timer);
    if (support_on_wine()) {
        SKIP_TEST("in Wine only manual timers are reset by being set");
    }
    assert_status(looked, MM_TIMED_OUT);
}

/* S20 */
static void
a_manual_timer_with_a_period_is_signalled_once_and_for_all(void **state)
{
    struct mm_timer *timer = create(NULL, true);

    (void)state;
    assert_status(mm_timer_set(timer, 0, millisecond_ns), MM_OK);
    assert_status(wait_long(timer), MM_OK);
    assert_status(look(timer), MM_OK);
    assert_status(mm_timer_cancel(timer), MM_OK);
    assert_status(look(timer), MM_OK);
    mm_timer_close(timer);
}

/* S19 */
static void cancelling_stops_a_timer_and_keeps_its_state(void **state)
{
    struct mm_timer *timer = create(NULL, true);

    (void)state;
    assert_status(mm_timer_set(timer, 20 * millisecond_ns, 0), MM_OK);
    assert_status(mm_timer_cancel(timer), MM_OK);
    assert_status(mm_wait(mm_timer_waitable(timer), NULL, 60 * millisecond_ns),
                  MM_TIMED_OUT);
    assert_status(mm_timer_set(timer, 0, 0), MM_OK);
    assert_status(wait_long(timer), MM_OK);
    assert_status(mm_timer_cancel(timer), MM_OK);
    assert_status(look(timer), MM_OK);
    assert_status(mm_timer_cancel(timer), MM_OK);
    mm_timer_close(timer);
}

/* S19, S22 */
static void a_timer_is_never_early(void **state)
{
    static const uint64_t due_ns[] = {1, 999, 1500000, 7000000};
    struct mm_timer *timer = create(NULL, false);

    (void)state;
    for (size_t i = 0; i < sizeof(due_ns) / sizeof(due_ns[0]); i++) {
        uint64_t start = mm_clock_ns();

        assert_status(mm_timer_set(timer, due_ns[i], 0), MM_OK);
        assert_status(wait_long(timer), MM_OK);
        assert_true(mm_clock_ns() - start >= due_ns[i]);
    }
    mm_timer_close(timer);
}

/* S20: no tick comes before its time. */
static void a_periodic_timer_ticks_on(void **state)
{
    enum { TICKS = 10 };
    const uint64_t period_ns = 3 * millisecond_ns;
    struct mm_timer *timer = create(NULL, false);
    uint64_t start = mm_clock_ns();

    (void)state;
    assert_status(mm_timer_set(timer, period_ns, period_ns), MM_OK);
    for (uint64_t i = 1; i <= TICKS; i++) {
        assert_status(wait_long(timer), MM_OK);
        assert_true(mm_clock_ns() - start >= i * period_ns);
    }
    assert_status(mm_timer_cancel(timer), MM_OK);
    mm_timer_close(timer);
}

/* S20: the looks take time themselves, and ticks may come meanwhile. */
static void ticks_that_nobody_waited_for_are_one(void **state)
{
    const uint64_t period_ns = 20 * millisecond_ns;
    struct mm_timer *timer = create(NULL, false);
    uint64_t start = mm_clock_ns();
    uint64_t found = 0;

    (void)state;
    assert_status(mm_timer_set(timer, 0, period_ns), MM_OK);
    while (mm_clock_ns() - start < 10 * period_ns) {
    }
    start = mm_clock_ns();
    while (look(timer) == MM_OK) {
        found++;
    }
    assert_in_range(found, 1, 2 + (mm_clock_ns() - start) / period_ns);
    mm_timer_close(timer);
}

/* S21: wherever it was set. */
static void another_process_sets_the_timer_that_is_waited_for(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_timer *timer = create(fixture->name, false);
    struct mm_process *process =
        support_start_peer("object-stir", "3", fixture->name, NULL);

    assert_non_null(process);
    assert_status(wait_long(timer), MM_OK);
    assert_int_equal(support_finish(process), MM_OK);
    mm_timer_close(timer);
}

/* S3 */
static void an_existing_timer_runs_on(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_timer_options options = {.name = fixture->name};
    struct mm_timer *first = create(fixture->name, true);
    struct mm_timer *second = NULL;

    assert_status(mm_timer_set(first, 0, 0), MM_OK);
    assert_status(wait_long(first), MM_OK);
    assert_status(mm_timer_create(&options, &second), MM_ALREADY_EXISTS);
    assert_status(look(second), MM_OK);
    assert_status(look(second), MM_OK);
    mm_timer_close(first);
    mm_timer_close(second);
}

/* S26 */
static void a_handle_that_only_waits_cannot_set(void **state)
{
    struct mm_timer *timer = create(NULL, false);
    struct mm_timer *copy = NULL;

    (void)state;
    assert_status(mm_timer_duplicate(timer, MM_WAITABLE_WAIT_ONLY, &copy),
                  MM_OK);
    assert_status(mm_timer_set(copy, 0, 0), MM_DENIED);
    assert_status(mm_timer_cancel(copy), MM_DENIED);
    assert_status(mm_timer_set(timer, 0, 0), MM_OK);
    assert_status(wait_long(copy), MM_OK);
    mm_timer_close(copy);
    mm_timer_close(timer);
}

static void bad_arguments_are_refused(void **state)
{
    struct mm_timer_options options = {.flags = 1U << 31};
    const uint64_t most_ns = INT32_MAX * millisecond_ns; /* a period */
    struct mm_timer *timer = (struct mm_timer *)&options;

    (void)state;
    assert_status(mm_timer_create(NULL, &timer), MM_INVALID);
    assert_null(timer);
    assert_status(mm_timer_create(&options, &timer), MM_INVALID);
    assert_status(mm_timer_open(NULL, 0, &timer), MM_INVALID);
    assert_status(mm_timer_duplicate(NULL, 0, &timer), MM_INVALID);
    assert_status(mm_timer_adopt(0, 0, &timer), MM_INVALID);
    mm_timer_close(NULL);
    timer = create(NULL, false);
    assert_status(mm_timer_set(timer, UINT64_MAX, 0), MM_INVALID);
    assert_status(mm_timer_set(timer, 0, UINT64_MAX), MM_INVALID);
    assert_status(mm_timer_set(timer, INT64_MAX / 2 + 1, 0), MM_INVALID);
    assert_status(mm_timer_set(timer, 0, most_ns + 1), MM_INVALID);
    assert_status(look(timer), MM_TIMED_OUT);
    mm_timer_close(timer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(one_wait_takes_the_end_of_a_timer),
        TEST(a_manual_timer_stays_signalled_until_it_is_set),
        TEST(setting_takes_back_what_nobody_has_taken),
        TEST(a_manual_timer_with_a_period_is_signalled_once_and_for_all),
        TEST(cancelling_stops_a_timer_and_keeps_its_state),
        TEST(a_timer_is_never_early),
        TEST(a_periodic_timer_ticks_on),
        TEST(ticks_that_nobody_waited_for_are_one),
        TEST(another_process_sets_the_timer_that_is_waited_for),
        TEST(an_existing_timer_runs_on),
        TEST(a_handle_that_only_waits_cannot_set),
        TEST(bad_arguments_are_refused),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
