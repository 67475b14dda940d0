/* SPDX-License-Identifier: MIT */
/*
 * Processes that are held up in the middle of a signal, at one instruction
 * after the other, while who waits for it takes it and waits again. Afterwards
 * the next signaller has to know that somebody is parked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <mapmark/event.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "asleep.h"
#include "skip.h"
#include "support.h"
#include "traced.h"

enum {
    /* Delays of the usual scale; MAPMARK_TEST_SCALE has more of them. */
    DELAYS = 40,
};

static const struct mm_wait_policy parked = {.way = MM_WAIT_PARK};

/* What is signalled, and how. */
struct signalled {
    void *object;
    struct mm_waitable *waitable;
    enum mm_status (*signal)(void *object);
};

static void signal_once(void *context)
{
    const struct signalled *signalled = context;

    signalled->signal(signalled->object);
}

/* A call of futex(2) is SIGSYS from now on. */
static bool swear_off_futexes(void)
{
    static struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_futex, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {
        .len = sizeof(code) / sizeof(code[0]),
        .filter = code,
    };

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* How a process ends that signals, and may not wake anybody. */
static int state_of_signaller(const struct signalled *signalled)
{
    int state = -1;
    pid_t child = fork();

    if (child == 0) {
        _exit(swear_off_futexes() &&
                      signalled->signal(signalled->object) == MM_OK
                  ? EXIT_SUCCESS
                  : EXIT_FAILURE);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    return state;
}

/* A signal for nobody makes no call, so that one for somebody shows. */
static bool can_show(const struct signalled *signalled)
{
    return traced_is_allowed() && state_of_signaller(signalled) == 0 &&
           mm_wait(signalled->waitable, &parked, 0) == MM_OK;
}

static pid_t begin_to_wait(const struct signalled *signalled)
{
    pid_t child = fork();

    if (child == 0) {
        while (mm_wait(signalled->waitable, &parked, MM_INFINITE) == MM_OK) {
        }
        _exit(EXIT_FAILURE);
    }
    assert_true(child > 0);
    wait_until_asleep(child);
    return child;
}

static void end(pid_t child)
{
    int state = -1;

    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFSIGNALED(state));
}

/* How many steps the signal takes, if that are fewer than `steps`. */
static long delay_once(struct signalled *signalled, long steps)
{
    pid_t waiting = begin_to_wait(signalled);
    pid_t delayed = traced_begin(signal_once, signalled);
    long taken = traced_step(delayed, steps);
    int state;

    wait_until_asleep(waiting);
    traced_finish(delayed);
    wait_until_asleep(waiting);
    state = state_of_signaller(signalled);
    end(waiting);
    if (!WIFSIGNALED(state) || WTERMSIG(state) != SIGSYS) {
        fail_msg("held up after %ld steps: the next signal wakes nobody, "
                 "although somebody is parked",
                 taken);
    }
    return taken;
}

static void delay_everywhere(struct signalled *signalled)
{
    long all = delay_once(signalled, TRACED_STEPS_MAX);
    long delays = DELAYS * (long)support_scale();
    long stride = all / delays > 0 ? all / delays : 1;

    assert_in_range(all, 10, TRACED_STEPS_MAX - 1);
    for (long steps = 1; steps <= all; steps += stride) {
        delay_once(signalled, steps);
    }
    print_message("%ld instructions, held up at each of %ld\n", all,
                  all / stride);
}

static enum mm_status set_event(void *object)
{
    return mm_event_set(object);
}

static void a_delayed_setter_of_an_event_hides_nobody(void **state)
{
    const struct mm_event_options options = {.manual = false};
    struct mm_event *event = NULL;
    struct signalled signalled = {.signal = set_event};

    (void)state;
    assert_status(mm_event_create(&options, &event), MM_OK);
    signalled.object = event;
    signalled.waitable = mm_event_waitable(event);
    if (!can_show(&signalled)) {
        SKIP_TEST("no process may be traced, or be kept from calls, here");
    }
    delay_everywhere(&signalled);
    mm_event_close(event);
}

static enum mm_status release_semaphore(void *object)
{
    return mm_semaphore_release(object, 1, NULL);
}

static void a_delayed_releaser_of_a_semaphore_hides_nobody(void **state)
{
    const struct mm_semaphore_options options = {.maximum = INT32_MAX};
    struct mm_semaphore *semaphore = NULL;
    struct signalled signalled = {.signal = release_semaphore};

    (void)state;
    assert_status(mm_semaphore_create(&options, &semaphore), MM_OK);
    signalled.object = semaphore;
    signalled.waitable = mm_semaphore_waitable(semaphore);
    if (!can_show(&signalled)) {
        SKIP_TEST("no process may be traced, or be kept from calls, here");
    }
    delay_everywhere(&signalled);
    mm_semaphore_close(semaphore);
}

static enum mm_status set_timer(void *object)
{
    return mm_timer_set(object, 0, 0);
}

static void a_delayed_setter_of_a_timer_hides_nobody(void **state)
{
    const struct mm_timer_options options = {.manual = false};
    struct mm_timer *timer = NULL;
    struct signalled signalled = {.signal = set_timer};

    (void)state;
    assert_status(mm_timer_create(&options, &timer), MM_OK);
    signalled.object = timer;
    signalled.waitable = mm_timer_waitable(timer);
    if (!can_show(&signalled)) {
        SKIP_TEST("no process may be traced, or be kept from calls, here");
    }
    delay_everywhere(&signalled);
    mm_timer_close(timer);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(a_delayed_setter_of_an_event_hides_nobody),
        TEST(a_delayed_releaser_of_a_semaphore_hides_nobody),
        TEST(a_delayed_setter_of_a_timer_hides_nobody),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
