/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/port.h>

#include "dock.h"
#include "skip.h"
#include "support.h"

enum { SOME = 10, CROWD = 4 };

static const uint64_t ms = 1000000;

/* P1 */
static void a_time_out_is_never_early(void **state)
{
    struct dock *dock = *state;
    struct mm_completion completion;
    struct mm_completion untouched;
    size_t count = 1;
    uint64_t start;

    memset(&completion, 5, sizeof(completion));
    memset(&untouched, 5, sizeof(untouched));
    for (uint64_t time = 1; time < 20 * ms; time = time * 3 + 1) {
        start = mm_clock_ns();
        assert_status(mm_port_wait(dock->port, &completion, 1, time, &count),
                      MM_TIMED_OUT);
        assert_true(mm_clock_ns() - start >= time);
        assert_int_equal(count, 0);
    }
    assert_memory_equal(&completion, &untouched, sizeof(completion));
}

/* P2, R-11 */
static void a_post_is_returned_as_it_was(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {.user = &operation};
    struct mm_completion completion;

    assert_status(mm_port_post(dock->port, 7, &operation, 1ull << 40), MM_OK);
    completion = dock_end(dock, &operation, MM_OK);
    assert_int_equal(completion.key, 7);
    assert_true(completion.bytes == 1ull << 40);
    assert_int_equal(completion.flags, 0);
    assert_ptr_equal(completion.operation->user, &operation);
    assert_null(completion.socket);
    assert_null(completion.buffer);
    assert_status(mm_port_post(dock->port, 9, NULL, 3), MM_OK);
    completion = dock_end(dock, NULL, MM_OK);
    assert_int_equal(completion.key, 9);
    assert_int_equal(completion.bytes, 3);
    dock_quiet(dock);
}

/* P3 */
static void posts_are_taken_in_their_order_and_by_batches(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operations[SOME];
    struct mm_completion completions[SOME];
    size_t count = 0;

    memset(operations, 0, sizeof(operations));
    for (uintptr_t i = 0; i < SOME; i++) {
        assert_status(mm_port_post(dock->port, i, &operations[i], i), MM_OK);
    }
    assert_status(mm_port_wait(dock->port, completions, 4, 0, &count), MM_OK);
    assert_int_equal(count, 4);
    assert_status(
        mm_port_wait(dock->port, completions + 4, SOME - 4, 0, &count), MM_OK);
    assert_int_equal(count, SOME - 4);
    for (uintptr_t i = 0; i < SOME; i++) {
        assert_ptr_equal(completions[i].operation, &operations[i]);
        assert_int_equal(completions[i].key, i);
    }
}

/* P4 */
static void what_makes_no_sense_is_refused(void **state)
{
    struct dock *dock = *state;
    const struct mm_port_options wrong = {.waiters = 1u << 20};
    struct mm_operation operation = {0};
    struct mm_completion completion;
    struct mm_port *port = dock->port;
    size_t count = 1;

    assert_status(mm_port_wait(dock->port, &completion, 0, 0, &count),
                  MM_INVALID);
    assert_int_equal(count, 0);
    assert_status(
        mm_port_wait(dock->port, &completion, MM_PORT_BATCH_MAX + 1, 0, &count),
        MM_INVALID);
    assert_status(mm_port_wait(dock->port, NULL, 1, 0, &count), MM_INVALID);
    assert_status(mm_port_wait(NULL, &completion, 1, 0, &count), MM_INVALID);
    assert_status(mm_port_create(&wrong, &port), MM_INVALID);
    assert_null(port);
    assert_status(mm_port_post(NULL, 0, &operation, 0), MM_INVALID);
    assert_status(mm_port_cancel(dock->port, NULL), MM_INVALID);
    assert_status(mm_port_start_timer(dock->port, 0, NULL, 0, 0), MM_INVALID);
    assert_status(mm_port_close(NULL), MM_OK);
}

static void a_way_of_another_system_is_unsupported(void **state)
{
    enum mm_port_way mine = mm_port_way(((struct dock *)*state)->port);
    enum mm_port_way other =
        mine == MM_PORT_IOCP ? MM_PORT_EPOLL : MM_PORT_IOCP;
    const struct mm_port_options options = {.way = other};
    struct mm_port *port = NULL;

    assert_int_not_equal(mine, MM_PORT_ANY);
    assert_status(mm_port_create(&options, &port), MM_UNSUPPORTED);
    assert_null(port);
}

/* P37: lib.epoll.* are all of these tests with epoll. */
static void the_environment_decides_where_the_caller_does_not(void **state)
{
    struct dock *dock = *state;
    const char *wanted = getenv("MAPMARK_PORT");
    const struct mm_port_options options = {.way = mm_port_way(dock->port)};
    struct mm_port *port = NULL;

    if (wanted != NULL && strcmp(wanted, "epoll") == 0) {
        assert_int_equal(mm_port_way(dock->port), MM_PORT_EPOLL);
    }
    assert_status(mm_port_create(&options, &port), MM_OK);
    assert_int_equal(mm_port_way(port), options.way);
    assert_status(mm_port_close(port), MM_OK);
}

static void an_operation_is_started_once_at_a_time(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};

    assert_status(mm_port_post(dock->port, 0, &operation, 0), MM_OK);
    assert_status(mm_port_post(dock->port, 0, &operation, 0), MM_BUSY);
    assert_status(mm_port_start_timer(dock->port, 0, &operation, 0, 0),
                  MM_BUSY);
    dock_end(dock, &operation, MM_OK);
    assert_status(mm_port_post(dock->port, 0, &operation, 0), MM_OK);
    dock_end(dock, &operation, MM_OK);
}

/* P17 */
static void what_has_ended_cannot_be_cancelled(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};

    assert_status(mm_port_cancel(dock->port, &operation), MM_NOT_FOUND);
    assert_status(mm_port_post(dock->port, 0, &operation, 0), MM_OK);
    assert_status(mm_port_cancel(dock->port, &operation), MM_NOT_FOUND);
    dock_end(dock, &operation, MM_OK);
    assert_status(mm_port_cancel(dock->port, &operation), MM_NOT_FOUND);
    dock_quiet(dock);
}

static void posts_without_an_operation_have_a_limit(void **state)
{
    struct dock *dock = *state;
    enum mm_status status;
    uintptr_t posted = 0;

    do {
        status = mm_port_post(dock->port, posted, NULL, 0);
        posted += status == MM_OK ? 1 : 0;
    } while (status == MM_OK);
    assert_status(status, MM_TOO_MANY);
    for (uintptr_t i = 0; i < posted; i++) {
        assert_int_equal(dock_end(dock, NULL, MM_OK).key, i);
    }
    assert_status(mm_port_post(dock->port, 1, NULL, 0), MM_OK);
    dock_end(dock, NULL, MM_OK);
}

/* ---- timers -------------------------------------------------------------- */

/* P32 */
static void a_timer_is_never_early_and_comes_once(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};
    uint64_t start = mm_clock_ns();

    assert_status(mm_port_start_timer(dock->port, 3, &operation, 5 * ms + 1, 0),
                  MM_OK);
    assert_int_equal(dock_end(dock, &operation, MM_OK).key, 3);
    assert_true(mm_clock_ns() - start >= 5 * ms + 1);
    dock_quiet(dock);
}

/* P32 */
static void timers_come_in_the_order_of_their_times(void **state)
{
    enum { MANY = 200 };
    struct dock *dock = *state;
    struct mm_operation *operations = calloc(MANY, sizeof(*operations));
    uint32_t random = 1;
    uint64_t last = 0;

    assert_non_null(operations);
    for (uintptr_t i = 0; i < MANY; i++) {
        uint64_t due = (support_random(&random) % 20) * ms;

        operations[i].user = (void *)(uintptr_t)(mm_clock_ns() + due);
        assert_status(
            mm_port_start_timer(dock->port, i, &operations[i], due, 0), MM_OK);
    }
    /* A fifth of them is cancelled, wherever in the heap they are. */
    for (size_t i = 0; i < MANY; i += 5) {
        assert_status(mm_port_cancel(dock->port, &operations[i]), MM_OK);
    }
    for (size_t i = 0; i < MANY; i++) {
        struct mm_completion completion = dock_next(dock);
        uint64_t due = (uint64_t)(uintptr_t)completion.operation->user;

        if (completion.key % 5 == 0) {
            assert_status(completion.status, MM_CANCELLED);
            continue;
        }
        assert_status(completion.status, MM_OK);
        assert_true(due + ms > last); /* read before the timer's own time */
        last = due > last ? due : last;
    }
    dock_quiet(dock);
    free(operations);
}

/* P32 */
static void equal_times_keep_the_order_of_their_starts(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operations[SOME];

    memset(operations, 0, sizeof(operations));
    for (uintptr_t i = 0; i < SOME; i++) {
        assert_status(mm_port_start_timer(dock->port, i, &operations[i], 0, 0),
                      MM_OK);
    }
    for (uintptr_t i = 0; i < SOME; i++) {
        assert_int_equal(dock_end(dock, &operations[i], MM_OK).key, i);
    }
}

/* P32 */
static void a_cancelled_timer_completes_once(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};

    assert_status(mm_port_start_timer(dock->port, 1, &operation, 5 * ms, 0),
                  MM_OK);
    assert_status(mm_port_cancel(dock->port, &operation), MM_OK);
    assert_status(mm_port_cancel(dock->port, &operation), MM_NOT_FOUND);
    dock_end(dock, &operation, MM_CANCELLED);
    dock_quiet(dock);
}

/* P32 */
static void missed_periods_come_as_one(void **state)
{
    struct dock *dock = *state;
    struct mm_operation operation = {0};
    struct mm_completion completion;
    uint64_t start = mm_clock_ns(), periods = 0;

    assert_status(mm_port_start_timer(dock->port, 1, &operation, ms, ms),
                  MM_OK);
    while (periods < 3) {
        completion = dock_end(dock, &operation, MM_OK);
        assert_int_equal(completion.flags, MM_COMPLETION_MORE);
        periods += completion.bytes;
        assert_true(mm_clock_ns() - start >= periods * ms);
    }
    while (mm_clock_ns() - start < 20 * ms) {
        /* nobody takes any */
    }
    completion = dock_end(dock, &operation, MM_OK);
    periods += completion.bytes;
    assert_true(completion.bytes > 1);
    assert_true(periods >= 19);
    assert_status(mm_port_cancel(dock->port, &operation), MM_OK);
    do {
        completion = dock_next(dock);
    } while (completion.status == MM_OK);
    assert_status(completion.status, MM_CANCELLED);
    assert_int_equal(completion.flags, 0);
    dock_quiet(dock);
}

/* ---- several threads ----------------------------------------------------- */

struct crowd {
    struct mm_port *port;
    atomic_uint number;
    atomic_uint closed;
    enum mm_status status;
};

static enum mm_status ask(struct mm_port *port, uint64_t timeout_ns)
{
    struct mm_completion completion;
    size_t count;

    return mm_port_wait(port, &completion, 1, timeout_ns, &count);
}

/* What is waited for at a port where as many wait as may. */
static void close_when_full(struct crowd *crowd)
{
    do {
        crowd->status = ask(crowd->port, 0);
    } while (crowd->status == MM_TIMED_OUT);
    if (crowd->status == MM_BUSY) {
        crowd->status = mm_port_close(crowd->port);
    }
}

static void wait_for_the_end(struct crowd *crowd)
{
    enum mm_status status;

    do { /* who looks whether it is full takes a place as well */
        status = ask(crowd->port, SUPPORT_PATIENCE_NS);
    } while (status == MM_BUSY);
    if (status == MM_CLOSED) {
        atomic_fetch_add(&crowd->closed, 1);
    }
}

static void wait_or_close(void *context)
{
    struct crowd *crowd = context;

    if (atomic_fetch_add(&crowd->number, 1) > 0) {
        wait_for_the_end(crowd);
    } else {
        close_when_full(crowd);
    }
}

/* P33 */
static void who_waits_at_a_closed_port_is_told(void **state)
{
    const struct mm_port_options options = {.waiters = CROWD};
    struct crowd crowd = {.status = MM_OS};

    (void)state;
    assert_status(mm_port_create(&options, &crowd.port), MM_OK);
    assert_true(support_in_threads(CROWD + 1, wait_or_close, &crowd));
    assert_status(crowd.status, MM_OK);
    assert_int_equal(atomic_load(&crowd.closed), CROWD);
}

/* A ring whose owner does not wait yet cannot be closed. */
static void close_when_one_waits(struct crowd *crowd)
{
    if (mm_port_way(crowd->port) != MM_PORT_IO_URING) {
        close_when_full(crowd);
        return;
    }
    do {
        crowd->status = mm_port_close(crowd->port);
    } while (crowd->status == MM_BUSY);
}

static void wait_alone_or_close(void *context)
{
    struct crowd *crowd = context;

    if (atomic_fetch_add(&crowd->number, 1) == 0) {
        (void)ask(crowd->port, 0); /* the ring is this thread's now */
        atomic_fetch_add(&crowd->number, 1);
        wait_for_the_end(crowd);
    } else if (support_reached(&crowd->number, 3)) {
        close_when_one_waits(crowd);
    }
}

/* P33 */
static void the_one_who_waits_is_told_as_well(void **state)
{
    struct crowd crowd = {.status = MM_OS};

    (void)state;
    assert_status(mm_port_create(NULL, &crowd.port), MM_OK);
    assert_true(support_in_threads(2, wait_alone_or_close, &crowd));
    assert_status(crowd.status, MM_OK);
    assert_int_equal(atomic_load(&crowd.closed), 1);
}

struct posts {
    struct mm_port *port;
    struct mm_operation *operations;
    size_t count;
    atomic_uint number;
    atomic_uint taken;
    atomic_uint failed; /* to be posted, or taken twice */
};

static void post_all(struct posts *posts)
{
    for (size_t i = 0; i < posts->count; i++) {
        if (mm_port_post(posts->port, i, &posts->operations[i], 0) != MM_OK) {
            atomic_fetch_add(&posts->failed, 1);
        }
    }
}

static void post_or_take(void *context)
{
    struct posts *posts = context;
    struct mm_completion some[3];
    size_t count;

    if (atomic_fetch_add(&posts->number, 1) == 0) {
        post_all(posts);
    }
    while (atomic_load(&posts->taken) < posts->count) {
        if (mm_port_wait(posts->port, some, 3, ms, &count) != MM_OK) {
            continue;
        }
        for (size_t i = 0; i < count; i++) {
            uintptr_t *seen = (uintptr_t *)&some[i].operation->user;

            atomic_fetch_add(&posts->failed, *seen != 0 ? 1u : 0u);
            *seen = 1;
        }
        atomic_fetch_add(&posts->taken, (unsigned)count);
    }
}

/* P22, R-10 */
static void each_post_is_taken_by_one_of_several_threads(void **state)
{
    const struct mm_port_options options = {.waiters = CROWD};
    struct posts posts = {.count = (size_t)20000 * support_scale()};

    (void)state;
    posts.operations = calloc(posts.count, sizeof(*posts.operations));
    assert_non_null(posts.operations);
    assert_status(mm_port_create(&options, &posts.port), MM_OK);
    assert_true(support_in_threads(CROWD, post_or_take, &posts));
    assert_int_equal(atomic_load(&posts.taken), posts.count);
    assert_int_equal(atomic_load(&posts.failed), 0);
    assert_status(mm_port_close(posts.port), MM_OK);
    free(posts.operations);
}

struct guest {
    struct mm_port *port;
    enum mm_status status;
};

static void wait_as_a_guest(void *context)
{
    struct guest *guest = context;

    guest->status = ask(guest->port, 0);
}

static void a_ring_belongs_to_the_first_thread_that_waits(void **state)
{
    struct dock *dock = *state;
    struct guest guest = {dock->port, MM_OK};
    bool ring = mm_port_way(dock->port) == MM_PORT_IO_URING;

    dock_quiet(dock);
    assert_true(support_in_threads(1, wait_as_a_guest, &guest));
    assert_status(guest.status, ring ? MM_BUSY : MM_TIMED_OUT);
}

static void a_ring_for_several_threads_is_unsupported(void **state)
{
    const struct mm_port_options options = {.way = MM_PORT_IO_URING,
                                            .waiters = 2};
    struct mm_port *port = NULL;

    (void)state;
    assert_status(mm_port_create(&options, &port), MM_UNSUPPORTED);
    assert_null(port);
}

/* P21 for posts and timers: who has started them may go. */
static void start_a_timer(void *context)
{
    struct guest *guest = context;
    static struct mm_operation timer;

    timer.user = NULL;
    guest->status = mm_port_start_timer(guest->port, 4, &timer, ms, 0);
}

static void a_timer_outlives_the_thread_that_started_it(void **state)
{
    struct dock *dock = *state;
    struct guest guest = {dock->port, MM_OS};

    assert_true(support_in_threads(1, start_a_timer, &guest));
    assert_status(guest.status, MM_OK);
    assert_int_equal(dock_next(dock).key, 4);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        DOCK_TEST(a_time_out_is_never_early),
        DOCK_TEST(a_post_is_returned_as_it_was),
        DOCK_TEST(posts_are_taken_in_their_order_and_by_batches),
        DOCK_TEST(what_makes_no_sense_is_refused),
        DOCK_TEST(a_way_of_another_system_is_unsupported),
        DOCK_TEST(the_environment_decides_where_the_caller_does_not),
        DOCK_TEST(an_operation_is_started_once_at_a_time),
        DOCK_TEST(what_has_ended_cannot_be_cancelled),
        DOCK_TEST(posts_without_an_operation_have_a_limit),
        DOCK_TEST(a_timer_is_never_early_and_comes_once),
        DOCK_TEST(timers_come_in_the_order_of_their_times),
        DOCK_TEST(equal_times_keep_the_order_of_their_starts),
        DOCK_TEST(a_cancelled_timer_completes_once),
        DOCK_TEST(missed_periods_come_as_one),
        cmocka_unit_test(who_waits_at_a_closed_port_is_told),
        cmocka_unit_test(the_one_who_waits_is_told_as_well),
        cmocka_unit_test(each_post_is_taken_by_one_of_several_threads),
        DOCK_TEST(a_ring_belongs_to_the_first_thread_that_waits),
        cmocka_unit_test(a_ring_for_several_threads_is_unsupported),
        DOCK_TEST(a_timer_outlives_the_thread_that_started_it),
    };

    (void)count;
    support_begin(arguments[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
