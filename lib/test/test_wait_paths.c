/* SPDX-License-Identifier: MIT */
/*
 * Waits for several objects by processes that are really parked. This runs
 * twice: where the system parks at all words at once, and where it does not
 * (MAPMARK_WAIT=one).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/event.h>
#include <mapmark/mutex.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "asleep.h"
#include "skip.h"
#include "support.h"

enum {
    EVENT,
    MANUAL,
    SEMAPHORE,
    TIMER,
    MUTEX,
    KINDS,
    TOKENS = 2000, /* of the usual scale */
    TAKERS = 3,
    /* A forked process tells its status and the index in one exit code. */
    INDEX_STEP = 32,
};

static const uint64_t patience_ns = UINT64_C(60000000000);

static const struct mm_wait_policy parked = {.way = MM_WAIT_PARK};

struct objects {
    struct mm_event *event;
    struct mm_event *manual;
    struct mm_semaphore *semaphore;
    struct mm_timer *timer;
    struct mm_mutex *mutex;
    struct mm_waitable *list[KINDS];
};

static struct mm_event *new_event(bool manual)
{
    const struct mm_event_options options = {.manual = manual};
    struct mm_event *event = NULL;

    assert_status(mm_event_create(&options, &event), MM_OK);
    return event;
}

static void make(struct objects *objects)
{
    const struct mm_semaphore_options counted = {.maximum = INT32_MAX};
    const struct mm_mutex_options mutex = {.owned = true};
    const struct mm_timer_options timer = {.manual = false};

    objects->event = new_event(false);
    objects->manual = new_event(true);
    assert_status(mm_semaphore_create(&counted, &objects->semaphore), MM_OK);
    assert_status(mm_timer_create(&timer, &objects->timer), MM_OK);
    assert_status(mm_mutex_create(&mutex, &objects->mutex), MM_OK);
    objects->list[EVENT] = mm_event_waitable(objects->event);
    objects->list[MANUAL] = mm_event_waitable(objects->manual);
    objects->list[SEMAPHORE] = mm_semaphore_waitable(objects->semaphore);
    objects->list[TIMER] = mm_timer_waitable(objects->timer);
    objects->list[MUTEX] = mm_mutex_waitable(objects->mutex);
}

static void clear(struct objects *objects)
{
    mm_event_close(objects->event);
    mm_event_close(objects->manual);
    mm_semaphore_close(objects->semaphore);
    mm_timer_close(objects->timer);
    mm_mutex_close(objects->mutex);
}

static enum mm_status signal_one(struct objects *objects, int kind)
{
    switch (kind) {
    case EVENT:
        return mm_event_set(objects->event);
    case MANUAL:
        return mm_event_set(objects->manual);
    case SEMAPHORE:
        return mm_semaphore_release(objects->semaphore, 1, NULL);
    case TIMER:
        return mm_timer_set(objects->timer, 0, 0);
    default:
        return mm_mutex_release(objects->mutex);
    }
}

/* A forked process that is parked, waiting for any of them, and then exits. */
static pid_t park(struct objects *objects)
{
    pid_t child = fork();

    if (child == 0) {
        size_t index;
        enum mm_status status =
            mm_wait_any(objects->list, KINDS, &parked, MM_INFINITE, &index);

        _exit((int)status + INDEX_STEP * (int)index);
    }
    assert_true(child > 0);
    wait_until_asleep(child);
    return child;
}

static int code_of(pid_t child)
{
    int state = -1;

    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFEXITED(state));
    return WEXITSTATUS(state);
}

/* S11, S21 */
static void each_kind_wakes_who_waits_for_any(void **state)
{
    (void)state;
    for (int kind = 0; kind < KINDS; kind++) {
        struct objects objects;
        pid_t child;

        make(&objects);
        child = park(&objects);
        assert_status(signal_one(&objects, kind), MM_OK);
        assert_int_equal(code_of(child), MM_OK + INDEX_STEP * kind);
        clear(&objects);
    }
}

/* S6: another process owns the mutex, and is killed. */
static void the_death_of_an_owner_wakes_who_waits_for_any(void **state)
{
    struct objects objects;
    pid_t child;
    pid_t owner;

    (void)state;
    make(&objects);
    owner = fork();
    if (owner == 0) {
        mm_wait(objects.list[MUTEX], &parked, MM_INFINITE);
        mm_event_set(objects.manual);
        pause();
    }
    assert_status(mm_mutex_release(objects.mutex), MM_OK);
    assert_status(mm_wait(objects.list[MANUAL], &parked, MM_INFINITE), MM_OK);
    assert_status(mm_event_reset(objects.manual), MM_OK);
    child = park(&objects);
    assert_int_equal(kill(owner, SIGKILL), 0);
    assert_int_equal(waitpid(owner, NULL, 0), owner);
    assert_int_equal(code_of(child), MM_ABANDONED + INDEX_STEP * MUTEX);
    clear(&objects);
}

/* S2: all who are parked go, even if it is reset before they run. */
static void a_manual_event_that_is_reset_at_once_lets_all_go(void **state)
{
    struct objects objects;
    pid_t children[TAKERS];

    (void)state;
    make(&objects);
    for (int i = 0; i < TAKERS; i++) {
        children[i] = park(&objects);
    }
    assert_status(mm_event_set(objects.manual), MM_OK);
    assert_status(mm_event_reset(objects.manual), MM_OK);
    for (int i = 0; i < TAKERS; i++) {
        assert_int_equal(code_of(children[i]), MM_OK + INDEX_STEP * MANUAL);
    }
    assert_status(mm_wait(objects.list[MANUAL], NULL, 0), MM_TIMED_OUT);
    clear(&objects);
}

/* Take from either semaphore until there is nothing more to take: the last one
 * in the list is the manual event that ends it. */
static void take_tokens(struct mm_waitable *const *list, atomic_uint *taken)
{
    size_t index;

    while (mm_wait_any(list, 3, &parked, MM_INFINITE, &index) == MM_OK &&
           index < 2) {
        atomic_fetch_add(taken, 1);
    }
}

static atomic_uint *new_count(void)
{
    void *page = mmap(NULL, sizeof(atomic_uint), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_ptr_not_equal(page, MAP_FAILED);
    return page;
}

/* Each waits for two objects and takes one of them: a wake-up by the other one
 * must go on to somebody else. */
static void no_signal_is_lost_among_those_who_wait_for_any(void **state)
{
    unsigned tokens = TOKENS * support_scale();
    uint64_t begun = mm_clock_ns();
    atomic_uint *taken = new_count();
    struct mm_waitable *list[3];
    struct objects objects[2];
    pid_t children[TAKERS];

    (void)state;
    make(&objects[0]);
    make(&objects[1]);
    list[0] = objects[0].list[SEMAPHORE];
    list[1] = objects[1].list[SEMAPHORE];
    list[2] = objects[0].list[MANUAL];
    for (int i = 0; i < TAKERS; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            take_tokens(list, taken);
            _exit(EXIT_SUCCESS);
        }
        assert_true(children[i] > 0);
    }
    for (unsigned i = 0; i < tokens; i++) {
        assert_status(mm_semaphore_release(objects[i % 2].semaphore, 1, NULL),
                      MM_OK);
    }
    while (atomic_load(taken) < tokens) {
        assert_true(mm_clock_ns() - begun < patience_ns);
    }
    assert_status(mm_event_set(objects[0].manual), MM_OK);
    for (int i = 0; i < TAKERS; i++) {
        assert_int_equal(code_of(children[i]), EXIT_SUCCESS);
    }
    assert_int_equal(atomic_load(taken), tokens);
    munmap(taken, sizeof(*taken));
    clear(&objects[0]);
    clear(&objects[1]);
}

/* S16, in two processes with the objects in opposite order. */
static void waits_for_all_in_opposite_order_end(void **state)
{
    unsigned rounds = TOKENS * support_scale();
    struct objects objects;
    struct mm_waitable *forth[2];
    struct mm_waitable *back[2];
    pid_t child;

    (void)state;
    make(&objects);
    assert_status(mm_mutex_release(objects.mutex), MM_OK);
    forth[0] = back[1] = objects.list[SEMAPHORE];
    forth[1] = back[0] = objects.list[MUTEX];
    child = fork();
    if (child == 0) {
        for (unsigned i = 0; i < rounds; i++) {
            if (mm_wait_all(back, 2, &parked, MM_INFINITE) != MM_OK ||
                mm_semaphore_release(objects.semaphore, 1, NULL) != MM_OK ||
                mm_mutex_release(objects.mutex) != MM_OK) {
                _exit(EXIT_FAILURE);
            }
        }
        _exit(EXIT_SUCCESS);
    }
    assert_status(mm_semaphore_release(objects.semaphore, 1, NULL), MM_OK);
    for (unsigned i = 0; i < rounds; i++) {
        assert_status(mm_wait_all(forth, 2, &parked, MM_INFINITE), MM_OK);
        assert_status(mm_semaphore_release(objects.semaphore, 1, NULL), MM_OK);
        assert_status(mm_mutex_release(objects.mutex), MM_OK);
    }
    assert_int_equal(code_of(child), EXIT_SUCCESS);
    assert_status(mm_wait(objects.list[SEMAPHORE], NULL, 0), MM_OK);
    assert_status(mm_wait(objects.list[SEMAPHORE], NULL, 0), MM_TIMED_OUT);
    clear(&objects);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_wakes_who_waits_for_any),
        TEST(the_death_of_an_owner_wakes_who_waits_for_any),
        TEST(a_manual_event_that_is_reset_at_once_lets_all_go),
        TEST(no_signal_is_lost_among_those_who_wait_for_any),
        TEST(waits_for_all_in_opposite_order_end),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
