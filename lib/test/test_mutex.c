/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <mapmark/mutex.h>

#include "objects.h"
#include "peer.h"
#include "skip.h"

enum {
    CROWD = 4,
    TURNS = 2000,
};

static struct mm_mutex *create(const char *name, bool owned)
{
    struct mm_mutex_options options = {.owned = owned, .name = name};
    struct mm_mutex *mutex = NULL;

    assert_status(mm_mutex_create(&options, &mutex), MM_OK);
    assert_non_null(mutex);
    return mutex;
}

static enum mm_status look(struct mm_mutex *mutex)
{
    return mm_wait(mm_mutex_waitable(mutex), NULL, 0);
}

/* What one thread of its own is told. */
struct elsewhere {
    struct mm_mutex *mutex;
    unsigned acquisitions;
    enum mm_status looked;
    enum mm_status released;
};

static void look_there(void *context)
{
    struct elsewhere *there = context;

    there->looked = look(there->mutex);
    there->released = mm_mutex_release(there->mutex);
}

static void release_there(void *context)
{
    struct elsewhere *there = context;

    there->released = mm_mutex_release(there->mutex);
}

static void acquire_there(void *context)
{
    struct elsewhere *there = context;

    for (unsigned i = 0; i < there->acquisitions; i++) {
        there->looked = look(there->mutex);
    }
}

static struct elsewhere in_a_thread(struct mm_mutex *mutex,
                                    void (*body)(void *))
{
    struct elsewhere there = {mutex, 2, MM_OS, MM_OS};

    assert_true(support_in_threads(1, body, &there));
    return there;
}

/* S4 */
static void each_acquisition_is_released_by_itself(void **state)
{
    struct mm_mutex *mutex = create(NULL, false);

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_status(look(mutex), MM_OK);
    }
    for (int i = 0; i < 3; i++) {
        assert_status(in_a_thread(mutex, look_there).looked, MM_TIMED_OUT);
        assert_status(mm_mutex_release(mutex), MM_OK);
    }
    assert_status(in_a_thread(mutex, look_there).looked, MM_OK);
    assert_status(mm_mutex_release(mutex), MM_NOT_OWNER);
    mm_mutex_close(mutex);
}

/* S4 */
static void only_the_owner_can_release(void **state)
{
    struct mm_mutex *mutex = create(NULL, true);

    (void)state;
    assert_status(in_a_thread(mutex, release_there).released, MM_NOT_OWNER);
    assert_status(in_a_thread(mutex, look_there).looked, MM_TIMED_OUT);
    assert_status(mm_mutex_release(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_NOT_OWNER);
    mm_mutex_close(mutex);
}

/* S3 */
static void an_existing_mutex_is_not_owned_by_who_opens_it(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mutex_options options = {.owned = true, .name = fixture->name};
    struct mm_mutex *first = create(fixture->name, false);
    struct mm_mutex *second = NULL;

    assert_status(mm_mutex_create(&options, &second), MM_ALREADY_EXISTS);
    assert_status(mm_mutex_release(second), MM_NOT_OWNER);
    assert_status(in_a_thread(first, look_there).looked, MM_OK);
    mm_mutex_close(first);
    mm_mutex_close(second);
}

/* S4: the object has one owner, however many handles. */
static void two_handles_count_together(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mutex *first = create(fixture->name, true);
    struct mm_mutex *second = NULL;

    assert_status(mm_mutex_open(fixture->name, 0, &second), MM_OK);
    assert_status(look(second), MM_OK);
    assert_status(mm_mutex_release(first), MM_OK);
    assert_status(in_a_thread(first, look_there).looked, MM_TIMED_OUT);
    assert_status(mm_mutex_release(second), MM_OK);
    assert_status(in_a_thread(first, look_there).looked, MM_OK);
    mm_mutex_close(first);
    mm_mutex_close(second);
}

/* S5: twice acquired, and acquired once by who finds it. */
static void a_mutex_whose_thread_has_ended_is_abandoned_once(void **state)
{
    struct mm_mutex *mutex = create(NULL, false);

    (void)state;
    assert_status(in_a_thread(mutex, acquire_there).looked, MM_OK);
    assert_status(look(mutex), MM_ABANDONED);
    assert_status(mm_mutex_release(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_NOT_OWNER);
    assert_status(look(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_OK);
    mm_mutex_close(mutex);
}

static struct mm_process *start_holder(const struct fixture *fixture,
                                       struct talk *talk)
{
    struct mm_process *process;

    assert_true(talk_open(talk, fixture->name));
    process = support_start_peer("mutex-hold", fixture->name,
                                 fixture->second_name, "2", NULL);
    assert_non_null(process);
    assert_true(talk_wait(talk, 1));
    return process;
}

/* S6: killed before, and while another waits. */
static void a_mutex_whose_process_was_killed_is_abandoned(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mutex *mutex = create(fixture->second_name, false);
    struct mm_process *process;
    struct talk talk;

    process = start_holder(fixture, &talk);
    assert_status(look(mutex), MM_TIMED_OUT);
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);
    assert_status(mm_wait(mm_mutex_waitable(mutex), NULL, SUPPORT_PATIENCE_NS),
                  MM_ABANDONED);
    assert_status(mm_mutex_release(mutex), MM_OK);
    assert_status(look(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_OK);
    mm_mutex_close(mutex);
    talk_close(&talk);
}

struct wait_test {
    struct mm_event *event;
    struct mm_mutex *mutex;
    struct mm_process *process;
    atomic_uint roles;
    atomic_uint waits;
    enum mm_status waited;
    enum mm_status killed;
    size_t index;
};

static void wait_or_kill(void *context)
{
    struct wait_test *test = context;
    struct mm_waitable *objects[] = {mm_event_waitable(test->event),
                                     mm_mutex_waitable(test->mutex)};

    if (atomic_fetch_add(&test->roles, 1) == 0) {
        while (atomic_load(&test->waits) == 0) {
        }
        test->killed = mm_process_kill(test->process);
        return;
    }
    atomic_store(&test->waits, 1);
    test->waited =
        mm_wait_any(objects, 2, NULL, SUPPORT_PATIENCE_NS, &test->index);
}

/* S6 */
static void who_waits_for_any_is_told_of_the_owner_s_death(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_event_options options = {.set = false};
    struct wait_test test = {.mutex = create(fixture->second_name, false)};
    struct talk talk;

    assert_status(mm_event_create(&options, &test.event), MM_OK);
    test.process = start_holder(fixture, &talk);
    assert_true(support_in_threads(2, wait_or_kill, &test));
    assert_status(test.killed, MM_OK);
    assert_status(test.waited, MM_ABANDONED);
    assert_int_equal(test.index, 1);
    assert_int_equal(support_finish(test.process), MM_EXIT_KILLED);
    mm_mutex_close(test.mutex);
    mm_event_close(test.event);
    talk_close(&talk);
}

/* S7 */
static void a_mutex_that_only_the_dead_had_is_made_anew(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mutex *mutex = NULL;
    struct mm_process *process;
    struct talk talk;

    process = start_holder(fixture, &talk);
    assert_status(mm_process_kill(process), MM_OK);
    assert_int_equal(support_finish(process), MM_EXIT_KILLED);
    assert_status(mm_mutex_open(fixture->second_name, 0, &mutex), MM_NOT_FOUND);
    mutex = create(fixture->second_name, false);
    assert_status(look(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_OK);
    mm_mutex_close(mutex);
    talk_close(&talk);
}

struct count {
    struct mm_mutex *mutex;
    unsigned long turns; /* guarded by it alone */
    atomic_uint failed;
};

static void count_turns(void *context)
{
    struct count *count = context;

    for (int i = 0; i < TURNS; i++) {
        if (mm_wait(mm_mutex_waitable(count->mutex), NULL,
                    SUPPORT_PATIENCE_NS) != MM_OK) {
            atomic_fetch_add(&count->failed, 1);
            return;
        }
        count->turns++;
        if (mm_mutex_release(count->mutex) != MM_OK) {
            atomic_fetch_add(&count->failed, 1);
        }
    }
}

static void one_thread_at_a_time_owns_it(void **state)
{
    struct count count = {create(NULL, false), 0, 0};

    (void)state;
    assert_true(support_in_threads(CROWD, count_turns, &count));
    assert_int_equal(atomic_load(&count.failed), 0);
    assert_int_equal(count.turns, CROWD * TURNS);
    mm_mutex_close(count.mutex);
}

/* */
static void processes_that_write_to_one_mapping_lose_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *processes[CROWD];
    struct mm_mutex *mutex = create(fixture->second_name, true);
    struct talk talk;
    char times[16];

    assert_true(talk_open(&talk, fixture->name));
    snprintf(times, sizeof(times), "%d", TURNS);
    for (int i = 0; i < CROWD; i++) {
        processes[i] = support_start_peer("mutex-add", fixture->name,
                                          fixture->second_name, times, NULL);
        assert_non_null(processes[i]);
    }
    assert_status(mm_mutex_release(mutex), MM_OK);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(support_finish(processes[i]), MM_OK);
    }
    assert_int_equal(atomic_load(&talk.words[1]), CROWD * TURNS);
    talk_close(&talk);
    mm_mutex_close(mutex);
}

static void bad_arguments_are_refused(void **state)
{
    struct mm_mutex_options options = {.flags = MM_WAITABLE_WAIT_ONLY};
    struct mm_mutex *mutex = (struct mm_mutex *)&options;

    (void)state;
    assert_status(mm_mutex_create(NULL, &mutex), MM_INVALID);
    assert_null(mutex);
    assert_status(mm_mutex_create(&options, &mutex), MM_INVALID);
    assert_status(mm_mutex_open(NULL, 0, &mutex), MM_INVALID);
    assert_status(mm_mutex_duplicate(NULL, 0, &mutex), MM_INVALID);
    assert_status(mm_mutex_adopt(0, 0, &mutex), MM_INVALID);
    assert_null(mutex);
    mm_mutex_close(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_acquisition_is_released_by_itself),
        TEST(only_the_owner_can_release),
        TEST(an_existing_mutex_is_not_owned_by_who_opens_it),
        TEST(two_handles_count_together),
        TEST(a_mutex_whose_thread_has_ended_is_abandoned_once),
        TEST(a_mutex_whose_process_was_killed_is_abandoned),
        TEST(who_waits_for_any_is_told_of_the_owner_s_death),
        TEST(a_mutex_that_only_the_dead_had_is_made_anew),
        TEST(one_thread_at_a_time_owns_it),
        TEST(processes_that_write_to_one_mapping_lose_nothing),
        TEST(bad_arguments_are_refused),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
