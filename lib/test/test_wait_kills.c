/* SPDX-License-Identifier: MIT */
/*
 * Processes that are killed in the middle of a call, at one instruction after
 * the other: a tracer lets them take so many steps, and no more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "asleep.h"
#include "skip.h"
#include "support.h"

enum {
    /* Kills of the usual scale; MAPMARK_TEST_SCALE has more of them. */
    KILLS = 20,
    STEPS_MAX = 1000000,
    OBJECTS = 4,
    COUNT = 2,
};

static const uint64_t patience_ns = UINT64_C(60000000000);

/* One of each kind, fresh for each kill, shared with forked processes. */
struct objects {
    struct mm_event *event;
    struct mm_event *answer; /* of a third process */
    struct mm_semaphore *semaphore;
    struct mm_mutex *mutex;
    struct mm_timer *timer;
    struct mm_waitable *all[OBJECTS];
    bool is_manual;
    bool is_abandoned;
};

/* What the process that is killed does, and the third one, if any. */
struct deed {
    void (*body)(struct objects *);
    void (*prepare)(struct objects *);
    void (*other)(struct objects *);
    void (*check)(struct objects *);
    bool is_manual; /* the event */
};

static struct mm_event *new_event(bool manual)
{
    const struct mm_event_options options = {.manual = manual};
    struct mm_event *event = NULL;

    assert_status(mm_event_create(&options, &event), MM_OK);
    return event;
}

static void make(struct objects *objects, bool is_manual)
{
    const struct mm_semaphore_options counted = {
        .initial = COUNT,
        .maximum = 2 * COUNT,
    };
    const struct mm_mutex_options mutex = {.owned = false};
    const struct mm_timer_options timer = {.manual = false};

    memset(objects, 0, sizeof(*objects));
    objects->event = new_event(is_manual);
    objects->answer = new_event(false);
    assert_status(mm_semaphore_create(&counted, &objects->semaphore), MM_OK);
    assert_status(mm_mutex_create(&mutex, &objects->mutex), MM_OK);
    assert_status(mm_timer_create(&timer, &objects->timer), MM_OK);
    objects->all[0] = mm_event_waitable(objects->event);
    objects->all[1] = mm_semaphore_waitable(objects->semaphore);
    objects->all[2] = mm_mutex_waitable(objects->mutex);
    objects->all[3] = mm_timer_waitable(objects->timer);
}

static void clear(struct objects *objects)
{
    mm_event_close(objects->event);
    mm_event_close(objects->answer);
    mm_semaphore_close(objects->semaphore);
    mm_mutex_close(objects->mutex);
    mm_timer_close(objects->timer);
}

/* A forked process that ends when `body` does; -1 if there can be none. */
static pid_t begin(struct objects *objects, void (*body)(struct objects *),
                   bool is_traced)
{
    pid_t child = fork();

    if (child == 0) {
        if (is_traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) {
            _exit(EXIT_FAILURE);
        }
        if (is_traced) {
            raise(SIGSTOP);
        }
        body(objects);
        _exit(EXIT_SUCCESS);
    }
    return child;
}

static bool is_stopped(pid_t child)
{
    int state;

    return waitpid(child, &state, 0) == child && WIFSTOPPED(state);
}

/* Let the child take `steps` and kill it; how many it has taken is fewer only
 * if it came to its end. */
static long step_and_kill(pid_t child, long steps)
{
    long taken = 0;
    bool lives = is_stopped(child);

    while (lives && taken < steps) {
        lives = ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
                is_stopped(child);
        taken++;
    }
    if (lives) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return taken;
}

static bool may_trace(void)
{
    struct objects nothing = {0};
    pid_t child = begin(&nothing, (void (*)(struct objects *))abort, true);
    bool may = child > 0 && is_stopped(child) &&
               ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 &&
               is_stopped(child);

    if (child > 0) {
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
    }
    return may;
}

static long do_once(const struct deed *deed, long steps)
{
    struct objects objects;
    pid_t other = 0;
    long taken;

    make(&objects, deed->is_manual);
    if (deed->prepare != NULL) {
        deed->prepare(&objects);
    }
    if (deed->other != NULL) {
        other = begin(&objects, deed->other, false);
        assert_true(other > 0);
        wait_until_asleep(other);
    }
    taken = step_and_kill(begin(&objects, deed->body, true), steps);
    deed->check(&objects);
    if (other > 0) {
        int state = -1;

        assert_int_equal(waitpid(other, &state, 0), other);
        assert_int_equal(state, 0);
    }
    clear(&objects);
    return taken;
}

/* At as many places as the scale allows, of all the steps that it takes. */
static void kill_everywhere(const struct deed *deed)
{
    long all = do_once(deed, STEPS_MAX);
    long kills = KILLS * (long)support_scale();
    long stride = all / kills > 0 ? all / kills : 1;

    assert_in_range(all, 10, STEPS_MAX - 1);
    for (long steps = 1; steps <= all; steps += stride) {
        do_once(deed, steps);
    }
    print_message("%ld instructions, killed at each of %ld\n", all,
                  all / stride);
}

static void signal_all(struct objects *objects)
{
    assert_status(mm_event_set(objects->event), MM_OK);
    assert_status(mm_timer_set(objects->timer, 0, 0), MM_OK);
}

static void own_and_end(struct objects *objects)
{
    mm_wait(objects->all[2], NULL, MM_INFINITE);
}

static void abandon_and_signal_all(struct objects *objects)
{
    int state = -1;
    pid_t owner = begin(objects, own_and_end, false);

    assert_int_equal(waitpid(owner, &state, 0), owner);
    assert_int_equal(state, 0);
    objects->is_abandoned = true;
    signal_all(objects);
}

static void take_all(struct objects *objects)
{
    mm_wait_all(objects->all, OBJECTS, NULL, MM_INFINITE);
}

/* Either all of them are there, as before, or none is. */
static void check_all_or_nothing(struct objects *objects)
{
    enum mm_status mutex = mm_wait(objects->all[2], NULL, 0);
    bool is_taken = mm_wait(objects->all[0], NULL, 0) == MM_TIMED_OUT;
    uint32_t previous;

    assert_status(mutex,
                  is_taken || objects->is_abandoned ? MM_ABANDONED : MM_OK);
    assert_status(mm_semaphore_release(objects->semaphore, 1, &previous),
                  MM_OK);
    assert_int_equal(previous, is_taken ? COUNT - 1 : COUNT);
    assert_status(mm_wait(objects->all[3], NULL, 0),
                  is_taken ? MM_TIMED_OUT : MM_OK);
    /* Nothing is in the way of the next one. */
    signal_all(objects);
    assert_status(mm_wait_all(objects->all, OBJECTS, NULL, 0), MM_OK);
    assert_status(mm_mutex_release(objects->mutex), MM_OK);
    assert_status(mm_mutex_release(objects->mutex), MM_OK);
}

/* S18; the first one here also opens what the name space shares. */
static void a_killed_wait_for_all_has_taken_all_or_nothing(void **state)
{
    const struct deed deed = {
        .body = take_all,
        .prepare = signal_all,
        .check = check_all_or_nothing,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

/* S17, S18: nor is it forgotten that a mutex had been abandoned before. */
static void a_killed_wait_for_all_leaves_a_mutex_abandoned(void **state)
{
    const struct deed deed = {
        .body = take_all,
        .prepare = abandon_and_signal_all,
        .check = check_all_or_nothing,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

/* One of four is missing, so what was taken is given back. */
static void check_nothing_is_taken(struct objects *objects)
{
    assert_status(mm_event_set(objects->event), MM_OK);
    check_all_or_nothing(objects);
}

static void try_all_but_one(struct objects *objects)
{
    mm_wait(objects->all[0], NULL, 0);
    mm_wait_all(objects->all, OBJECTS, NULL, 0);
}

/* S14, S18 */
static void a_killed_wait_that_misses_one_has_taken_nothing(void **state)
{
    const struct deed deed = {
        .body = try_all_but_one,
        .prepare = signal_all,
        .check = check_nothing_is_taken,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

static void own_until_told(struct objects *objects)
{
    mm_wait(objects->all[2], NULL, MM_INFINITE);
    mm_wait(mm_event_waitable(objects->answer), NULL, MM_INFINITE);
}

static void try_all(struct objects *objects)
{
    mm_wait_all(objects->all, OBJECTS, NULL, 0);
}

/* Only now does the owner end, and leaves the mutex to who comes next. */
static void check_that_the_owner_counts(struct objects *objects)
{
    assert_status(mm_wait(objects->all[2], NULL, 0), MM_TIMED_OUT);
    assert_status(mm_event_set(objects->answer), MM_OK);
    assert_status(mm_wait(objects->all[2], NULL, patience_ns), MM_ABANDONED);
    assert_status(mm_mutex_release(objects->mutex), MM_OK);
    check_all_or_nothing(objects);
}

/* S17, S18: of two that are killed, the one that had the mutex. */
static void a_killed_wait_does_not_hide_a_dead_owner(void **state)
{
    const struct deed deed = {
        .body = try_all,
        .prepare = signal_all,
        .other = own_until_told,
        .check = check_that_the_owner_counts,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

static void wait_for_event(struct objects *objects)
{
    const struct mm_wait_policy policy = {.way = MM_WAIT_PARK};

    if (mm_wait(objects->all[0], &policy, patience_ns) != MM_OK ||
        mm_event_set(objects->answer) != MM_OK) {
        _exit(EXIT_FAILURE);
    }
}

static void set_event(struct objects *objects)
{
    mm_event_set(objects->event);
}

/* Set and parked at the same time would be a lost wake-up: nothing else is
 * going to wake who waits. */
static void check_that_the_other_is_awake(struct objects *objects)
{
    if (mm_wait(objects->all[0], NULL, 0) != MM_OK) {
        assert_status(mm_event_set(objects->event), MM_OK);
    }
    assert_status(
        mm_wait(mm_event_waitable(objects->answer), NULL, patience_ns), MM_OK);
}

static void a_killed_signaller_has_set_and_woken_or_neither(void **state)
{
    const struct deed deed = {
        .body = set_event,
        .other = wait_for_event,
        .check = check_that_the_other_is_awake,
        .is_manual = true,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

static void own_for_a_moment(struct objects *objects)
{
    mm_wait(objects->all[2], NULL, MM_INFINITE);
    mm_mutex_release(objects->mutex);
}

static void check_that_the_mutex_is_free(struct objects *objects)
{
    enum mm_status status = mm_wait(objects->all[2], NULL, 0);

    assert_true(status == MM_OK || status == MM_ABANDONED);
    assert_status(mm_mutex_release(objects->mutex), MM_OK);
    assert_status(mm_mutex_release(objects->mutex), MM_NOT_OWNER);
    assert_status(mm_wait(objects->all[2], NULL, 0), MM_OK);
    assert_status(mm_mutex_release(objects->mutex), MM_OK);
}

/* S5, S8 */
static void a_killed_owner_leaves_the_mutex_to_the_next(void **state)
{
    const struct deed deed = {
        .body = own_for_a_moment,
        .check = check_that_the_mutex_is_free,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

static void set_timer(struct objects *objects)
{
    mm_timer_set(objects->timer, 0, 1000000);
}

static void set_timer_far(struct objects *objects)
{
    assert_status(mm_timer_set(objects->timer, INT64_MAX / 4, 0), MM_OK);
}

/* Its time and its period come into force together. */
static void check_the_timer(struct objects *objects)
{
    enum mm_status first = mm_wait(objects->all[3], NULL, 0);

    assert_status(mm_wait(objects->all[3], NULL, 2000000), first);
    assert_status(mm_timer_set(objects->timer, 0, 0), MM_OK);
    assert_status(mm_wait(objects->all[3], NULL, 0), MM_OK);
}

static void a_killed_setter_of_a_timer_has_set_it_or_not(void **state)
{
    const struct deed deed = {
        .body = set_timer,
        .prepare = set_timer_far,
        .check = check_the_timer,
    };

    (void)state;
    if (!may_trace()) {
        SKIP_TEST("no process may be traced here");
    }
    kill_everywhere(&deed);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_killed_wait_for_all_has_taken_all_or_nothing),
        TEST(a_killed_wait_for_all_leaves_a_mutex_abandoned),
        TEST(a_killed_wait_that_misses_one_has_taken_nothing),
        TEST(a_killed_wait_does_not_hide_a_dead_owner),
        TEST(a_killed_signaller_has_set_and_woken_or_neither),
        TEST(a_killed_owner_leaves_the_mutex_to_the_next),
        TEST(a_killed_setter_of_a_timer_has_set_it_or_not),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
