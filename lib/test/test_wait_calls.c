/* SPDX-License-Identifier: MIT */
/*
 * Where nobody waits there are no system calls: a process that has forbidden
 * itself all but read, write and exit, by seccomp(2), survives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/seccomp.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "asleep.h"
#include "skip.h"
#include "support.h"

enum {
    TIMES = 1000,
};

static struct mm_event *new_event(bool manual)
{
    const struct mm_event_options options = {.manual = manual};
    struct mm_event *event = NULL;

    assert_status(mm_event_create(&options, &event), MM_OK);
    return event;
}

static void swear_off_calls(void)
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        _exit(EXIT_FAILURE);
    }
}

/* exit_group(2), which _exit(3) makes, is one of those that are forbidden. */
static void end(bool is_right)
{
    syscall(SYS_exit, is_right ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Run `body` in a forked process; how that has ended, for wait(2). */
static int state_of(void (*body)(void *), void *context)
{
    int state = -1;
    pid_t child = fork();

    if (child == 0) {
        body(context);
        _exit(EXIT_FAILURE);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    return state;
}

/* Whether a process that makes no call at all can live like this, which it
 * cannot where a sanitizer makes calls of its own, or in some containers. */
static void do_nothing(void *context)
{
    (void)context;
    swear_off_calls();
    end(true);
}

static void set_and_wait(void *context)
{
    struct mm_event *event = context;
    struct mm_waitable *waitable = mm_event_waitable(event);
    bool is_right = true;

    swear_off_calls();
    for (int i = 0; i < TIMES; i++) {
        is_right = mm_event_set(event) == MM_OK &&
                   mm_wait(waitable, NULL, MM_INFINITE) == MM_OK &&
                   mm_wait(waitable, NULL, 0) == MM_TIMED_OUT &&
                   mm_event_set(event) == MM_OK &&
                   mm_event_reset(event) == MM_OK && is_right;
    }
    end(is_right);
}

static void acquire_and_release(void *context)
{
    struct mm_mutex *mutex = context;
    struct mm_waitable *waitable = mm_mutex_waitable(mutex);
    bool is_right = mm_wait(waitable, NULL, 0) == MM_OK;

    /* The first release asks the system who it is. */
    is_right = mm_mutex_release(mutex) == MM_OK && is_right;
    swear_off_calls();
    for (int i = 0; i < TIMES; i++) {
        is_right = mm_wait(waitable, NULL, MM_INFINITE) == MM_OK &&
                   mm_wait(waitable, NULL, 0) == MM_OK && is_right;
        is_right = mm_mutex_release(mutex) == MM_OK && is_right;
        is_right = mm_mutex_release(mutex) == MM_OK && is_right;
        is_right = mm_mutex_release(mutex) == MM_NOT_OWNER && is_right;
    }
    end(is_right);
}

static void release_and_wait(void *context)
{
    struct mm_semaphore *semaphore = context;
    struct mm_waitable *waitable = mm_semaphore_waitable(semaphore);
    bool is_right = true;

    swear_off_calls();
    for (int i = 0; i < TIMES; i++) {
        is_right = mm_semaphore_release(semaphore, 2, NULL) == MM_OK &&
                   mm_wait(waitable, NULL, MM_INFINITE) == MM_OK &&
                   mm_wait(waitable, NULL, 0) == MM_OK && is_right;
    }
    end(is_right);
}

static void set_and_wait_for_any(void *context)
{
    struct mm_event *event = context;
    struct mm_waitable *list[] = {mm_event_waitable(event),
                                  mm_event_waitable(event)};
    bool is_right = true;
    size_t index;

    swear_off_calls();
    for (int i = 0; i < TIMES; i++) {
        is_right = mm_event_set(event) == MM_OK &&
                   mm_wait_any(list, 2, NULL, 0, &index) == MM_OK && is_right;
    }
    end(is_right);
}

static bool can_show(void)
{
    return state_of(do_nothing, NULL) == 0;
}

static void signals_and_waits_of_one_make_no_system_call(void **state)
{
    const struct mm_mutex_options mutex_options = {.owned = false};
    const struct mm_semaphore_options semaphore_options = {.maximum = 2};
    struct mm_event *event = new_event(false);
    struct mm_semaphore *semaphore;
    struct mm_mutex *mutex;

    (void)state;
    if (!can_show()) {
        SKIP_TEST("no process can do without system calls here");
    }
    assert_status(mm_mutex_create(&mutex_options, &mutex), MM_OK);
    assert_status(mm_semaphore_create(&semaphore_options, &semaphore), MM_OK);
    assert_int_equal(state_of(set_and_wait, event), 0);
    assert_int_equal(state_of(set_and_wait_for_any, event), 0);
    assert_int_equal(state_of(acquire_and_release, mutex), 0);
    assert_int_equal(state_of(release_and_wait, semaphore), 0);
    mm_event_close(event);
    mm_mutex_close(mutex);
    mm_semaphore_close(semaphore);
}

/* A process that is parked, waiting for the event, as the only one. */
static pid_t park(struct mm_event *event)
{
    const struct mm_wait_policy policy = {.way = MM_WAIT_PARK};
    pid_t child = fork();

    if (child == 0) {
        _exit(mm_wait(mm_event_waitable(event), &policy, MM_INFINITE));
    }
    assert_true(child > 0);
    wait_until_asleep(child);
    return child;
}

static void whoever_is_parked_is_woken_by_a_call(void **state)
{
    struct mm_event *event = new_event(false);
    pid_t waiter = park(event);
    int ended;
    int waited = -1;

    (void)state;
    if (!can_show()) {
        kill(waiter, SIGKILL);
        SKIP_TEST("no process can do without system calls here");
    }
    ended = state_of(set_and_wait, event);
    assert_true(WIFSIGNALED(ended));
    assert_status(mm_event_set(event), MM_OK);
    assert_int_equal(waitpid(waiter, &waited, 0), waiter);
    assert_int_equal(waited, MM_OK);
    /* It was the only one, and has left nothing behind. */
    assert_int_equal(state_of(set_and_wait, event), 0);
    mm_event_close(event);
}

/* The first call finds nobody, and the next ones know. */
static void whoever_was_killed_waiting_costs_one_call(void **state)
{
    struct mm_event *event = new_event(false);
    pid_t waiter = park(event);

    (void)state;
    kill(waiter, SIGKILL);
    assert_int_equal(waitpid(waiter, NULL, 0), waiter);
    if (!can_show()) {
        SKIP_TEST("no process can do without system calls here");
    }
    assert_status(mm_event_set(event), MM_OK);
    assert_int_equal(state_of(set_and_wait, event), 0);
    mm_event_close(event);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(signals_and_waits_of_one_make_no_system_call),
        TEST(whoever_is_parked_is_woken_by_a_call),
        TEST(whoever_was_killed_waiting_costs_one_call),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
