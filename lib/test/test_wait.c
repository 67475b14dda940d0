/* SPDX-License-Identifier: MIT */
/* Waiting for one object and for any of several; for all: test_wait_all.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/wait.h>

#include "objects.h"
#include "skip.h"
#include "support.h"

static const struct mm_wait_policy policies[] = {
    {.way = MM_WAIT_ADAPTIVE},
    {.way = MM_WAIT_PARK},
    {.way = MM_WAIT_SPIN, .spin_ns = 100000},
    {.way = MM_WAIT_SPIN, .spin_ns = MM_INFINITE},
};

enum {
    POLICIES = sizeof(policies) / sizeof(policies[0]),
};

/* As many events as one call may wait for, and one more. */
struct row {
    struct mm_event *events[MM_WAIT_MAX + 1];
    struct mm_waitable *objects[MM_WAIT_MAX + 1];
};

static struct row create_row(void)
{
    struct mm_event_options options = {.set = false};
    struct row row;

    for (size_t i = 0; i <= MM_WAIT_MAX; i++) {
        assert_status(mm_event_create(&options, &row.events[i]), MM_OK);
        row.objects[i] = mm_event_waitable(row.events[i]);
    }
    return row;
}

static void close_row(struct row *row)
{
    for (size_t i = 0; i <= MM_WAIT_MAX; i++) {
        mm_event_close(row->events[i]);
    }
}

static struct object create(enum object_kind kind)
{
    struct object object;

    assert_status(object_create(kind, NULL, false, &object), MM_OK);
    return object;
}

/* S11 */
static void the_lowest_of_those_that_are_signalled_is_taken(void **state)
{
    struct row row = create_row();
    size_t index = 77;

    (void)state;
    assert_status(mm_event_set(row.events[5]), MM_OK);
    assert_status(mm_event_set(row.events[63]), MM_OK);
    assert_status(mm_event_set(row.events[9]), MM_OK);
    assert_status(mm_wait_any(row.objects, MM_WAIT_MAX, NULL, 0, &index),
                  MM_OK);
    assert_int_equal(index, 5);
    assert_status(mm_wait_any(row.objects, MM_WAIT_MAX, NULL, 0, &index),
                  MM_OK);
    assert_int_equal(index, 9);
    assert_status(mm_wait_any(row.objects, MM_WAIT_MAX, NULL, 0, &index),
                  MM_OK);
    assert_int_equal(index, 63);
    assert_status(mm_wait_any(row.objects, MM_WAIT_MAX, NULL, 0, &index),
                  MM_TIMED_OUT);
    assert_int_equal(index, 0);
    close_row(&row);
}

/* S11: a kind at each index, taken one by one. */
static void objects_of_all_kinds_are_waited_for_together(void **state)
{
    struct object objects[OBJECT_WAITABLES];
    struct mm_waitable *waitables[OBJECT_WAITABLES];
    size_t index;

    (void)state;
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        objects[kind] = create((enum object_kind)kind);
        waitables[kind] = object_waitable(&objects[kind]);
    }
    /* A mutex goes at first, and again while this thread owns it. */
    assert_status(mm_wait_any(waitables, OBJECT_WAITABLES, NULL, 0, &index),
                  MM_OK);
    assert_int_equal(index, OBJECT_MUTEX);
    assert_status(mm_mutex_release(objects[OBJECT_MUTEX].mutex), MM_OK);
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        if (kind != OBJECT_MUTEX) {
            struct mm_waitable *pair[] = {waitables[kind],
                                          waitables[OBJECT_MUTEX]};

            assert_status(object_stir(&objects[kind]), MM_OK);
            assert_status(mm_wait(waitables[kind], NULL, SUPPORT_PATIENCE_NS),
                          MM_OK);
            assert_status(mm_wait_any(pair, 2, NULL, 0, &index), MM_OK);
            assert_int_equal(index, 1);
            assert_status(mm_mutex_release(objects[OBJECT_MUTEX].mutex), MM_OK);
        }
    }
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        object_close(&objects[kind]);
    }
}

/* S12 */
static void one_object_may_be_waited_for_twice_at_once(void **state)
{
    struct row row = create_row();
    struct mm_waitable *objects[] = {row.objects[1], row.objects[0],
                                     row.objects[0]};
    size_t index = 77;

    (void)state;
    assert_status(mm_wait_any(objects, 3, NULL, 0, &index), MM_TIMED_OUT);
    assert_status(mm_event_set(row.events[0]), MM_OK);
    assert_status(mm_wait_any(objects, 3, NULL, 0, &index), MM_OK);
    assert_int_equal(index, 1);
    assert_status(mm_wait_any(objects, 3, NULL, 0, &index), MM_TIMED_OUT);
    close_row(&row);
}

/* S13 */
static void none_and_more_than_64_objects_are_refused(void **state)
{
    struct row row = create_row();
    size_t index = 77;

    (void)state;
    assert_status(mm_event_set(row.events[0]), MM_OK);
    assert_status(mm_wait_any(row.objects, 0, NULL, 0, &index), MM_INVALID);
    assert_int_equal(index, 0);
    assert_status(mm_wait_any(NULL, 2, NULL, 0, &index), MM_INVALID);
    assert_status(mm_wait_any(row.objects, MM_WAIT_MAX + 1, NULL, 0, &index),
                  MM_INVALID);
    assert_status(mm_wait_all(row.objects, 0, NULL, 0), MM_INVALID);
    assert_status(mm_wait_all(NULL, 1, NULL, 0), MM_INVALID);
    assert_status(mm_wait_all(row.objects, MM_WAIT_MAX + 1, NULL, 0),
                  MM_INVALID);
    assert_status(mm_wait(row.objects[0], NULL, 0), MM_OK);
    close_row(&row);
}

static void bad_arguments_are_refused(void **state)
{
    const struct mm_wait_policy unknown = {.way = (enum mm_wait_way)7};
    struct row row = create_row();
    size_t index;

    (void)state;
    assert_status(mm_event_set(row.events[0]), MM_OK);
    assert_status(mm_wait(NULL, NULL, 0), MM_INVALID);
    assert_status(mm_wait(row.objects[0], &unknown, 0), MM_INVALID);
    assert_status(mm_wait_all(row.objects, 1, &unknown, 0), MM_INVALID);
    row.objects[1] = NULL;
    assert_status(mm_wait_any(row.objects, 2, NULL, 0, &index), MM_INVALID);
    assert_status(mm_wait_all(row.objects, 2, NULL, 0), MM_INVALID);
    assert_status(mm_wait(row.objects[0], NULL, 0), MM_OK);
    close_row(&row);
}

/* S22: for one and for many, in every way to wait. */
static void a_time_out_is_never_early(void **state)
{
    static const uint64_t timeouts_ns[] = {0, 1, 999, 1500000, 7000000};
    struct row row = create_row();
    size_t index;

    (void)state;
    for (size_t i = 0; i < sizeof(timeouts_ns) / sizeof(timeouts_ns[0]); i++) {
        for (size_t k = 0; k < POLICIES; k++) {
            uint64_t start = mm_clock_ns();

            assert_status(mm_wait(row.objects[0], &policies[k], timeouts_ns[i]),
                          MM_TIMED_OUT);
            assert_true(mm_clock_ns() - start >= timeouts_ns[i]);
            start = mm_clock_ns();
            assert_status(mm_wait_any(row.objects, MM_WAIT_MAX, &policies[k],
                                      timeouts_ns[i], &index),
                          MM_TIMED_OUT);
            assert_true(mm_clock_ns() - start >= timeouts_ns[i]);
        }
    }
    close_row(&row);
}

struct turns {
    struct mm_event *events[2];
    const struct mm_wait_policy *policy;
    atomic_uint roles;
    atomic_uint failed;
    bool any;
};

static enum mm_status wait_for(const struct turns *turns, unsigned side)
{
    struct mm_waitable *objects[] = {mm_event_waitable(turns->events[side]),
                                     mm_event_waitable(turns->events[side])};
    size_t index;

    return turns->any
               ? mm_wait_any(objects, 2, turns->policy, MM_INFINITE, &index)
               : mm_wait(objects[0], turns->policy, MM_INFINITE);
}

static void take_turns(void *context)
{
    enum { TURNS = 200 };
    struct turns *turns = context;
    unsigned side = atomic_fetch_add(&turns->roles, 1);

    for (int i = 0; i < TURNS; i++) {
        enum mm_status waited = wait_for(turns, side);

        if (waited != MM_OK || mm_event_set(turns->events[1 - side]) != MM_OK) {
            atomic_fetch_add(&turns->failed, 1);
        }
    }
}

/* S22: two threads, in every way to wait. */
static void every_way_to_wait_ends_with_the_wake_up(void **state)
{
    struct mm_event_options options = {.set = false};

    (void)state;
    for (unsigned i = 0; i < 2U * POLICIES; i++) {
        struct turns turns = {
            .policy = &policies[i / 2],
            .any = i % 2 != 0,
        };

        options.set = true;
        assert_status(mm_event_create(&options, &turns.events[0]), MM_OK);
        options.set = false;
        assert_status(mm_event_create(&options, &turns.events[1]), MM_OK);
        assert_true(support_in_threads(2, take_turns, &turns));
        assert_int_equal(atomic_load(&turns.failed), 0);
        mm_event_close(turns.events[0]);
        mm_event_close(turns.events[1]);
    }
}

/* S22 */
static void a_signal_does_not_end_a_wait(void **state)
{
    const uint64_t timeout_ns = 50000000;
    struct row row = create_row();
    unsigned before;
    size_t index;

    (void)state;
    if (!support_interrupt_often(true)) {
        close_row(&row);
        SKIP_TEST("this system interrupts no waits");
    }
    for (size_t i = 0; i < POLICIES; i++) {
        uint64_t start = mm_clock_ns();

        before = support_interrupts();
        assert_status(mm_wait(row.objects[0], &policies[i], timeout_ns),
                      MM_TIMED_OUT);
        assert_true(mm_clock_ns() - start >= timeout_ns);
        assert_status(
            mm_wait_any(row.objects, 2, &policies[i], timeout_ns, &index),
            MM_TIMED_OUT);
        assert_status(mm_wait_all(row.objects, 2, &policies[i], timeout_ns),
                      MM_TIMED_OUT);
        assert_true(support_interrupts() > before);
    }
    support_interrupt_often(false);
    close_row(&row);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_lowest_of_those_that_are_signalled_is_taken),
        TEST(objects_of_all_kinds_are_waited_for_together),
        TEST(one_object_may_be_waited_for_twice_at_once),
        TEST(none_and_more_than_64_objects_are_refused),
        TEST(bad_arguments_are_refused),
        TEST(a_time_out_is_never_early),
        TEST(every_way_to_wait_ends_with_the_wake_up),
        TEST(a_signal_does_not_end_a_wait),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
