/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <mapmark/event.h>

#include "peer.h"
#include "skip.h"

enum {
    CROWD = 4,
};

static struct mm_event *create(bool manual, bool set)
{
    struct mm_event_options options = {.manual = manual, .set = set};
    struct mm_event *event = NULL;

    assert_status(mm_event_create(&options, &event), MM_OK);
    assert_non_null(event);
    return event;
}

static enum mm_status look(struct mm_event *event)
{
    return mm_wait(mm_event_waitable(event), NULL, 0);
}

/* S1 */
static void one_wait_takes_what_was_set_once_or_twice(void **state)
{
    struct mm_event *event = create(false, false);

    (void)state;
    assert_status(look(event), MM_TIMED_OUT);
    assert_status(mm_event_set(event), MM_OK);
    assert_status(mm_event_set(event), MM_OK);
    assert_status(look(event), MM_OK);
    assert_status(look(event), MM_TIMED_OUT);
    mm_event_close(event);
}

/* S1 */
static void a_manual_event_stays_set_until_it_is_reset(void **state)
{
    struct mm_event *event = create(true, false);

    (void)state;
    assert_status(mm_event_set(event), MM_OK);
    assert_status(look(event), MM_OK);
    assert_status(look(event), MM_OK);
    assert_status(mm_event_reset(event), MM_OK);
    assert_status(look(event), MM_TIMED_OUT);
    assert_status(mm_event_reset(event), MM_OK);
    mm_event_close(event);
}

static void an_event_can_be_made_set(void **state)
{
    struct mm_event *single = create(false, true);
    struct mm_event *manual = create(true, true);

    (void)state;
    assert_status(look(single), MM_OK);
    assert_status(look(single), MM_TIMED_OUT);
    assert_status(look(manual), MM_OK);
    assert_status(look(manual), MM_OK);
    assert_status(mm_event_set(single), MM_OK);
    assert_status(mm_event_reset(single), MM_OK);
    assert_status(look(single), MM_TIMED_OUT);
    mm_event_close(single);
    mm_event_close(manual);
}

/* S3 */
static void an_existing_event_stays_as_it_is(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_event_options options = {
        .manual = true,
        .set = true,
        .name = fixture->name,
    };
    struct mm_event *first = NULL;
    struct mm_event *second = NULL;

    assert_status(mm_event_create(&options, &first), MM_OK);
    options.manual = false;
    options.set = false;
    assert_status(mm_event_create(&options, &second), MM_ALREADY_EXISTS);
    assert_status(look(second), MM_OK);
    assert_status(look(second), MM_OK);
    assert_status(mm_event_reset(second), MM_OK);
    assert_status(look(first), MM_TIMED_OUT);
    mm_event_close(first);
    mm_event_close(second);
}

struct crowd {
    struct mm_event *event;
    atomic_uint roles;
    atomic_uint woken;
    atomic_uint failed;
};

static void set_for_each(struct crowd *crowd)
{
    for (unsigned i = 1; i <= CROWD; i++) {
        if (mm_event_set(crowd->event) != MM_OK ||
            !support_reached(&crowd->woken, i) ||
            atomic_load(&crowd->woken) != i) {
            atomic_fetch_add(&crowd->failed, 1);
        }
    }
}

static void wait_or_set(void *context)
{
    struct crowd *crowd = context;

    if (atomic_fetch_add(&crowd->roles, 1) == 0) {
        set_for_each(crowd);
        return;
    }
    if (mm_wait(mm_event_waitable(crowd->event), NULL, SUPPORT_PATIENCE_NS) !=
        MM_OK) {
        atomic_fetch_add(&crowd->failed, 1);
    }
    atomic_fetch_add(&crowd->woken, 1);
}

/* S2: had one set let two go, the last one would be left over. */
static void each_set_lets_exactly_one_go(void **state)
{
    struct crowd crowd = {create(false, false), 0, 0, 0};

    (void)state;
    assert_true(support_in_threads(CROWD + 1, wait_or_set, &crowd));
    assert_int_equal(atomic_load(&crowd.failed), 0);
    assert_status(look(crowd.event), MM_TIMED_OUT);
    mm_event_close(crowd.event);
}

/* S2 */
static void one_set_of_a_manual_event_lets_all_go(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_event_options options = {
        .manual = true,
        .name = fixture->second_name,
    };
    struct mm_process *crowd[CROWD];
    struct mm_event *event = NULL;
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    assert_status(mm_event_create(&options, &event), MM_OK);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = support_start_peer("event-crowd", fixture->name,
                                      fixture->second_name, NULL);
        assert_non_null(crowd[i]);
    }
    assert_true(support_reached(&talk.words[2], CROWD));
    assert_int_equal(atomic_load(&talk.words[1]), 0);
    assert_status(mm_event_set(event), MM_OK);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(support_finish(crowd[i]), MM_OK);
    }
    assert_int_equal(atomic_load(&talk.words[1]), CROWD);
    assert_status(look(event), MM_OK);
    mm_event_close(event);
    talk_close(&talk);
}

/* S26 */
static void a_handle_that_only_waits_cannot_set(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_event_options options = {.name = fixture->name};
    struct mm_event *event = NULL;
    struct mm_event *opened = NULL;
    struct mm_event *copy = NULL;

    assert_status(mm_event_create(&options, &event), MM_OK);
    assert_status(mm_event_open(fixture->name, MM_WAITABLE_WAIT_ONLY, &opened),
                  MM_OK);
    assert_status(mm_event_duplicate(opened, 0, &copy), MM_DENIED);
    assert_null(copy);
    assert_status(mm_event_duplicate(opened, MM_WAITABLE_WAIT_ONLY, &copy),
                  MM_OK);
    assert_status(mm_event_set(opened), MM_DENIED);
    assert_status(mm_event_set(copy), MM_DENIED);
    assert_status(look(event), MM_TIMED_OUT);
    assert_status(mm_event_set(event), MM_OK);
    assert_status(mm_event_reset(opened), MM_DENIED);
    assert_status(look(opened), MM_OK);
    mm_event_close(opened);
    mm_event_close(copy);
    mm_event_close(event);
}

static void bad_arguments_are_refused(void **state)
{
    struct mm_event_options options = {.flags = 1U << 31};
    struct mm_event *event = (struct mm_event *)&options;

    (void)state;
    assert_status(mm_event_create(NULL, &event), MM_INVALID);
    assert_null(event);
    assert_status(mm_event_create(&options, &event), MM_INVALID);
    options.flags = MM_WAITABLE_WAIT_ONLY; /* who makes it may set it */
    assert_status(mm_event_create(&options, &event), MM_INVALID);
    assert_status(mm_event_open(NULL, 0, &event), MM_INVALID);
    assert_status(mm_event_open("a", 1U << 31, &event), MM_INVALID);
    assert_status(mm_event_duplicate(NULL, 0, &event), MM_INVALID);
    assert_status(mm_event_adopt(0, 0, &event), MM_INVALID);
    assert_null(event);
    mm_event_close(NULL);
    assert_null(mm_event_waitable(NULL));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(one_wait_takes_what_was_set_once_or_twice),
        TEST(a_manual_event_stays_set_until_it_is_reset),
        TEST(an_event_can_be_made_set),
        TEST(an_existing_event_stays_as_it_is),
        TEST(each_set_lets_exactly_one_go),
        TEST(one_set_of_a_manual_event_lets_all_go),
        TEST(a_handle_that_only_waits_cannot_set),
        TEST(bad_arguments_are_refused),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
