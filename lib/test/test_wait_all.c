/* SPDX-License-Identifier: MIT */
/* Waiting for all of several objects, which is taking all or none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/wait.h>

#include "objects.h"
#include "skip.h"
#include "support.h"

static struct object create(enum object_kind kind)
{
    struct object object;

    assert_status(object_create(kind, NULL, false, &object), MM_OK);
    return object;
}

static enum mm_status look(const struct object *object)
{
    return mm_wait(object_waitable(object), NULL, 0);
}

/* One object of each kind. */
struct set {
    struct object objects[OBJECT_WAITABLES];
    struct mm_waitable *waitables[OBJECT_WAITABLES];
};

static void make(struct set *set)
{
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        set->objects[kind] = create((enum object_kind)kind);
        set->waitables[kind] = object_waitable(&set->objects[kind]);
    }
}

static void clear(struct set *set)
{
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        object_close(&set->objects[kind]);
    }
}

/* Signal all but one; the mutex is free. Back when the timer is due. */
static void signal_all_but(const struct set *set, int but)
{
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        if (kind != but && kind != OBJECT_MUTEX) {
            assert_status(object_stir(&set->objects[kind]), MM_OK);
        }
    }
    if (but != OBJECT_TIMER) {
        assert_status(
            mm_wait(set->waitables[OBJECT_TIMER], NULL, SUPPORT_PATIENCE_NS),
            MM_OK);
        assert_status(object_stir(&set->objects[OBJECT_TIMER]), MM_OK);
    }
}

static void look_at_mutex(void *context)
{
    struct set *set = context;

    if (look(&set->objects[OBJECT_MUTEX]) == MM_OK) {
        mm_mutex_release(set->objects[OBJECT_MUTEX].mutex);
    } else {
        set->waitables[0] = NULL; /* found taken */
    }
}

/* Told by another thread: its owner could take it once more. */
static bool mutex_is_free(const struct set *set)
{
    struct set copy = *set;

    assert_true(support_in_threads(1, look_at_mutex, &copy));
    return copy.waitables[0] != NULL;
}

static void objects_of_all_kinds_are_taken_in_one_step(void **state)
{
    struct set set;

    (void)state;
    make(&set);
    signal_all_but(&set, OBJECT_WAITABLES);
    assert_status(
        mm_wait_all(set.waitables, OBJECT_WAITABLES, NULL, SUPPORT_PATIENCE_NS),
        MM_OK);
    assert_status(look(&set.objects[OBJECT_EVENT]), MM_TIMED_OUT);
    assert_status(look(&set.objects[OBJECT_SEMAPHORE]), MM_TIMED_OUT);
    assert_status(look(&set.objects[OBJECT_TIMER]), MM_TIMED_OUT);
    assert_false(mutex_is_free(&set));
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex), MM_OK);
    assert_true(mutex_is_free(&set));
    clear(&set);
}

/* S14: whichever is missing, at once and after a while. */
static void a_wait_that_times_out_has_taken_nothing(void **state)
{
    static const enum object_kind missing[] = {OBJECT_EVENT, OBJECT_SEMAPHORE,
                                               OBJECT_TIMER};
    struct set set;

    (void)state;
    for (size_t i = 0; i < 2 * sizeof(missing) / sizeof(missing[0]); i++) {
        enum object_kind but = missing[i / 2];

        make(&set);
        signal_all_but(&set, (int)but);
        assert_status(mm_wait_all(set.waitables, OBJECT_WAITABLES, NULL,
                                  i % 2 == 0 ? 0 : 3000000),
                      MM_TIMED_OUT);
        assert_true(mutex_is_free(&set));
        assert_status(look(&set.objects[but]), MM_TIMED_OUT);
        for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
            if (kind != (int)but && kind != OBJECT_MUTEX) {
                assert_status(
                    mm_wait(set.waitables[kind], NULL, SUPPORT_PATIENCE_NS),
                    MM_OK);
            }
        }
        clear(&set);
    }
}

/* What the waiting thread, and the other one, do. */
struct pair {
    struct object first;
    struct object second;
    atomic_uint roles;
    atomic_uint waits;
    enum mm_status waited;
    bool fine;
};

static void wait_for_pair(struct pair *pair)
{
    struct mm_waitable *both[] = {object_waitable(&pair->first),
                                  object_waitable(&pair->second)};

    atomic_store(&pair->waits, 1);
    pair->waited = mm_wait_all(both, 2, NULL, SUPPORT_PATIENCE_NS);
}

/* The first is there all the time, taken and given back; then both are. */
static void take_one_and_give_both(struct pair *pair)
{
    enum { TIMES = 100 };

    pair->fine = support_reached(&pair->waits, 1);
    for (int i = 0; i < TIMES; i++) {
        pair->fine = pair->fine && object_stir(&pair->first) == MM_OK &&
                     look(&pair->first) == MM_OK;
    }
    pair->fine = pair->fine && object_stir(&pair->second) == MM_OK &&
                 object_stir(&pair->first) == MM_OK;
}

static void wait_or_take(void *context)
{
    struct pair *pair = context;

    if (atomic_fetch_add(&pair->roles, 1) == 0) {
        take_one_and_give_both(pair);
    } else {
        wait_for_pair(pair);
    }
}

/* S15 */
static void a_wait_that_is_pending_keeps_nothing_from_others(void **state)
{
    struct pair pair = {
        .first = create(OBJECT_EVENT),
        .second = create(OBJECT_SEMAPHORE),
    };

    (void)state;
    assert_true(support_in_threads(2, wait_or_take, &pair));
    assert_true(pair.fine);
    assert_status(pair.waited, MM_OK);
    assert_status(look(&pair.first), MM_TIMED_OUT);
    assert_status(look(&pair.second), MM_TIMED_OUT);
    object_close(&pair.first);
    object_close(&pair.second);
}

struct opposite {
    struct object objects[2]; /* semaphores */
    uint32_t rounds;
    atomic_uint roles;
    atomic_uint taken;
    atomic_uint failed;
};

static void take_in_order(struct opposite *opposite, unsigned first)
{
    struct mm_waitable *both[] = {
        object_waitable(&opposite->objects[first]),
        object_waitable(&opposite->objects[1 - first])};

    for (uint32_t i = 0; i < opposite->rounds; i++) {
        if (mm_wait_all(both, 2, NULL, SUPPORT_PATIENCE_NS) != MM_OK) {
            atomic_fetch_add(&opposite->failed, 1);
            return;
        }
        atomic_fetch_add(&opposite->taken, 1);
    }
}

/* One signal after the other, so that a wait is often half served. */
static void give(struct opposite *opposite)
{
    uint32_t rounds = 2 * opposite->rounds;

    for (uint32_t i = 0; i < rounds; i++) {
        if (object_stir(&opposite->objects[i % 2]) != MM_OK ||
            object_stir(&opposite->objects[1 - i % 2]) != MM_OK ||
            !support_reached(&opposite->taken, i + 1)) {
            atomic_fetch_add(&opposite->failed, 1);
            return;
        }
    }
}

static void give_or_take(void *context)
{
    struct opposite *opposite = context;
    unsigned role = atomic_fetch_add(&opposite->roles, 1);

    if (role == 2) {
        give(opposite);
    } else {
        take_in_order(opposite, role);
    }
}

/* S16: 100,000 rounds when MAPMARK_TEST_SCALE is 100. */
static void waits_in_opposite_order_take_each_signal_once(void **state)
{
    struct opposite opposite = {
        .objects = {create(OBJECT_SEMAPHORE), create(OBJECT_SEMAPHORE)},
        .rounds = 500 * support_scale(),
    };

    (void)state;
    assert_true(support_in_threads(3, give_or_take, &opposite));
    assert_int_equal(atomic_load(&opposite.failed), 0);
    assert_int_equal(atomic_load(&opposite.taken), 2 * opposite.rounds);
    assert_status(look(&opposite.objects[0]), MM_TIMED_OUT);
    assert_status(look(&opposite.objects[1]), MM_TIMED_OUT);
    object_close(&opposite.objects[0]);
    object_close(&opposite.objects[1]);
}

static void own_and_end(void *context)
{
    struct set *set = context;

    if (look(&set->objects[OBJECT_MUTEX]) != MM_OK) {
        set->waitables[0] = NULL;
    }
}

/* S17: nothing of the others is missing, and the mutex is owned once. */
static void an_abandoned_mutex_is_told_and_all_are_taken(void **state)
{
    struct set set;

    (void)state;
    make(&set);
    assert_true(support_in_threads(1, own_and_end, &set));
    assert_non_null(set.waitables[0]);
    signal_all_but(&set, OBJECT_WAITABLES);
    assert_status(
        mm_wait_all(set.waitables, OBJECT_WAITABLES, NULL, SUPPORT_PATIENCE_NS),
        MM_ABANDONED);
    assert_status(look(&set.objects[OBJECT_EVENT]), MM_TIMED_OUT);
    assert_status(look(&set.objects[OBJECT_SEMAPHORE]), MM_TIMED_OUT);
    assert_status(look(&set.objects[OBJECT_TIMER]), MM_TIMED_OUT);
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex), MM_OK);
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex),
                  MM_NOT_OWNER);
    clear(&set);
}

/* S14, S17: a wait for all that fails leaves it as abandoned as it was. */
static void a_time_out_leaves_a_mutex_abandoned(void **state)
{
    struct set set;

    (void)state;
    make(&set);
    assert_true(support_in_threads(1, own_and_end, &set));
    signal_all_but(&set, OBJECT_EVENT);
    assert_status(mm_wait_all(set.waitables, OBJECT_WAITABLES, NULL, 3000000),
                  MM_TIMED_OUT);
    assert_status(look(&set.objects[OBJECT_MUTEX]), MM_ABANDONED);
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex), MM_OK);
    clear(&set);
}

/* S4: and has to be released once more. */
static void a_mutex_that_the_thread_owns_is_there(void **state)
{
    struct set set;

    (void)state;
    make(&set);
    assert_status(look(&set.objects[OBJECT_MUTEX]), MM_OK);
    signal_all_but(&set, OBJECT_WAITABLES);
    assert_status(
        mm_wait_all(set.waitables, OBJECT_WAITABLES, NULL, SUPPORT_PATIENCE_NS),
        MM_OK);
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex), MM_OK);
    assert_false(mutex_is_free(&set));
    assert_status(mm_mutex_release(set.objects[OBJECT_MUTEX].mutex), MM_OK);
    assert_true(mutex_is_free(&set));
    clear(&set);
}

/* S12 */
static void an_object_is_not_taken_twice(void **state)
{
    struct object event = create(OBJECT_EVENT);
    struct mm_waitable *twice[] = {object_waitable(&event),
                                   object_waitable(&event)};

    (void)state;
    assert_status(object_stir(&event), MM_OK);
    assert_status(mm_wait_all(twice, 2, NULL, 0), MM_INVALID);
    assert_status(look(&event), MM_OK);
    object_close(&event);
}

/* S12 */
static void nor_is_it_by_two_handles(void **state)
{
    struct object event = create(OBJECT_EVENT);
    struct object copy;
    struct mm_waitable *twice[2];
    enum mm_status waited;

    (void)state;
    assert_status(object_duplicate(&event, false, &copy), MM_OK);
    twice[0] = object_waitable(&event);
    twice[1] = object_waitable(&copy);
    assert_status(object_stir(&event), MM_OK);
    waited = mm_wait_all(twice, 2, NULL, 0);
    object_close(&copy);
    object_close(&event);
    if (support_on_wine()) {
        SKIP_TEST("Wine takes an object twice by two handles");
    }
    assert_status(waited, MM_INVALID);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(objects_of_all_kinds_are_taken_in_one_step),
        TEST(a_wait_that_times_out_has_taken_nothing),
        TEST(a_wait_that_is_pending_keeps_nothing_from_others),
        TEST(waits_in_opposite_order_take_each_signal_once),
        TEST(an_abandoned_mutex_is_told_and_all_are_taken),
        TEST(a_time_out_leaves_a_mutex_abandoned),
        TEST(a_mutex_that_the_thread_owns_is_there),
        TEST(an_object_is_not_taken_twice),
        TEST(nor_is_it_by_two_handles),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
