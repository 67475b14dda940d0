/* SPDX-License-Identifier: MIT */
/* Each kind of object shared in each way, and names of all kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "objects.h"
#include "peer.h"
#include "skip.h"
#include "support.h"

enum {
    NUMBER_ROOM = 32,
    CROWD = 8,
    /* Of each of them; all ten thousand when MAPMARK_TEST_SCALE is 100. */
    TURNS = 100,
};

static struct object create(enum object_kind kind, const char *name,
                            bool inherits)
{
    struct object object;

    assert_status(object_create(kind, name, inherits, &object), MM_OK);
    return object;
}

static const char *text_of(uint64_t number, char *text)
{
    snprintf(text, NUMBER_ROOM, "%" PRIu64, number);
    return text;
}

/* What a peer that has ended, and closed nothing, has done to it. */
static void assert_stirred(const struct object *object)
{
    struct mm_waitable *waitable = object_waitable(object);

    assert_status(mm_wait(waitable, NULL, SUPPORT_PATIENCE_NS),
                  object_after_stir(object->kind));
    if (object->kind != OBJECT_MUTEX) {
        assert_status(mm_wait(waitable, NULL, 0), MM_TIMED_OUT);
    } else {
        assert_status(mm_mutex_release(object->mutex), MM_OK);
    }
}

/* */
static void each_kind_is_shared_by_name(void **state)
{
    const struct fixture *fixture = *state;
    char number[NUMBER_ROOM];

    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object =
            create((enum object_kind)kind, fixture->name, false);

        text_of((uint64_t)kind, number);
        assert_int_equal(
            support_run_peer("object-stir", number, fixture->name, NULL),
            MM_OK);
        assert_stirred(&object);
        object_close(&object);
    }
}

static void assert_adopted_and_stirred(const struct object *object)
{
    char number[NUMBER_ROOM];
    char handle[NUMBER_ROOM];

    assert_int_not_equal(object_handle(object), 0);
    text_of((uint64_t)object->kind, number);
    text_of(object_handle(object), handle);
    assert_int_equal(
        support_run_heir("object-adopt-stir", number, handle, NULL), MM_OK);
    assert_stirred(object);
}

/* S27: with a name and without one. */
static void each_kind_is_shared_by_inheritance(void **state)
{
    const struct fixture *fixture = *state;

    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object = create((enum object_kind)kind, NULL, true);

        assert_adopted_and_stirred(&object);
        object_close(&object);
        object = create((enum object_kind)kind, fixture->name, true);
        assert_adopted_and_stirred(&object);
        object_close(&object);
    }
}

/* inheritance turned on by the copy, off by another one. */
static void each_kind_is_shared_by_duplication(void **state)
{
    (void)state;
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object = create((enum object_kind)kind, NULL, false);
        struct object on;
        struct object off;

        assert_int_equal(object_handle(&object), 0);
        assert_status(object_duplicate(&object, true, &on), MM_OK);
        assert_status(object_duplicate(&on, false, &off), MM_OK);
        assert_int_equal(object_handle(&off), 0);
        object_close(&object);
        assert_adopted_and_stirred(&on);
        assert_status(object_stir(&off), MM_OK);
        assert_status(mm_wait(object_waitable(&on), NULL, SUPPORT_PATIENCE_NS),
                      MM_OK);
        object_close(&on);
        object_close(&off);
    }
}

static bool is_refused(int status)
{
    return status == MM_INVALID || status == MM_WRONG_TYPE;
}

/* */
static void what_is_not_inheritable_stays_here(void **state)
{
    char number[NUMBER_ROOM];
    char handle[NUMBER_ROOM];

    (void)state;
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object = create((enum object_kind)kind, NULL, true);
        struct object other;

        text_of((uint64_t)kind, number);
        text_of(object_handle(&object), handle);
        assert_true(is_refused(
            support_run_peer("object-adopt-stir", number, handle, NULL)));
        object_close(&object);
        assert_true(is_refused(
            support_run_heir("object-adopt-stir", number, handle, NULL)));
        assert_status(object_adopt((enum object_kind)kind, 0, &other),
                      MM_INVALID);
        assert_true(is_refused((int)object_adopt((enum object_kind)kind,
                                                 UINT64_C(123456788), &other)));
    }
}

/* S23: all pairs, mappings included, and not even the own process may. */
static void the_number_of_another_kind_is_refused(void **state)
{
    char number[NUMBER_ROOM];
    char handle[NUMBER_ROOM];

    (void)state;
    for (int made = 0; made < OBJECT_KINDS; made++) {
        struct object object = create((enum object_kind)made, NULL, true);

        text_of(object_handle(&object), handle);
        for (int asked = 0; asked < OBJECT_WAITABLES; asked++) {
            if (asked != made) {
                text_of((uint64_t)asked, number);
                assert_int_equal(
                    support_run_heir("object-adopt-stir", number, handle, NULL),
                    MM_WRONG_TYPE);
            }
        }
        object_close(&object);
    }
}

/* S26: the rights of a handle go with it. */
static void an_inherited_handle_that_only_waits_cannot_signal(void **state)
{
    struct object event = create(OBJECT_EVENT, NULL, false);
    struct mm_event *waiter = NULL;
    char handle[NUMBER_ROOM];

    (void)state;
    assert_status(
        mm_event_duplicate(
            event.event, MM_WAITABLE_INHERIT | MM_WAITABLE_WAIT_ONLY, &waiter),
        MM_OK);
    text_of(mm_event_handle(waiter), handle);
    assert_int_equal(support_run_heir("object-adopt-stir", "0", handle, NULL),
                     MM_DENIED);
    assert_status(mm_wait(object_waitable(&event), NULL, 0), MM_TIMED_OUT);
    mm_event_close(waiter);
    object_close(&event);
}

/* S23, M17: all ordered pairs, mappings included. */
static void a_name_of_another_kind_is_refused(void **state)
{
    const struct fixture *fixture = *state;

    for (int made = 0; made < OBJECT_KINDS; made++) {
        struct object object =
            create((enum object_kind)made, fixture->name, false);

        for (int asked = 0; asked < OBJECT_KINDS; asked++) {
            struct object other;

            if (asked != made) {
                assert_status(object_create((enum object_kind)asked,
                                            fixture->name, false, &other),
                              MM_WRONG_TYPE);
                assert_null(other.event);
                assert_status(
                    object_open((enum object_kind)asked, fixture->name, &other),
                    MM_WRONG_TYPE);
                assert_null(other.event);
            }
        }
        object_close(&object);
    }
}

/* S23, S24 */
static void a_name_lives_as_long_as_its_last_handle(void **state)
{
    const struct fixture *fixture = *state;

    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object first =
            create((enum object_kind)kind, fixture->name, false);
        struct object second;

        assert_status(object_stir(&first), MM_OK);
        assert_status(object_duplicate(&first, false, &second), MM_OK);
        object_close(&first);
        assert_status(
            object_create((enum object_kind)kind, fixture->name, false, &first),
            MM_ALREADY_EXISTS);
        assert_status(
            mm_wait(object_waitable(&first), NULL, SUPPORT_PATIENCE_NS), MM_OK);
        if (kind == OBJECT_MUTEX) {
            assert_status(mm_mutex_release(first.mutex), MM_OK);
            assert_status(mm_mutex_release(first.mutex), MM_OK);
        }
        object_close(&first);
        object_close(&second);
        assert_status(
            object_open((enum object_kind)kind, fixture->name, &first),
            MM_NOT_FOUND);
    }
}

/* S24: also of state that was left signalled, and when the last one dies. */
static void what_is_made_anew_knows_nothing_of_what_was(void **state)
{
    const struct fixture *fixture = *state;
    char number[NUMBER_ROOM];

    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object =
            create((enum object_kind)kind, fixture->name, false);

        text_of((uint64_t)kind, number);
        assert_int_equal(
            support_run_peer("object-stir", number, fixture->name, NULL),
            MM_OK);
        object_close(&object);
        assert_int_equal(
            support_run_peer("object-create", number, fixture->name, NULL),
            MM_OK);
        object = create((enum object_kind)kind, fixture->name, false);
        assert_status(mm_wait(object_waitable(&object), NULL, 0),
                      kind == OBJECT_MUTEX ? MM_OK : MM_TIMED_OUT);
        object_close(&object);
    }
}

/* S23 */
static void names_of_a_wrong_form_are_refused(void **state)
{
    static const char *const bad[] = {"", "a\\b", "Session\\a", "\xFF"};
    char lengthy[262];

    (void)state;
    memset(lengthy, 'x', sizeof(lengthy));
    lengthy[sizeof(lengthy) - 1] = 0;
    for (int kind = 0; kind < OBJECT_WAITABLES; kind++) {
        struct object object;

        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            assert_status(
                object_create((enum object_kind)kind, bad[i], false, &object),
                MM_BAD_NAME);
            assert_null(object.event);
        }
        assert_status(object_open((enum object_kind)kind, lengthy, &object),
                      MM_BAD_NAME);
    }
}

/* S25 */
static void of_eight_who_race_for_a_name_one_at_a_time_makes_it(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_process *crowd[CROWD];
    char turns[NUMBER_ROOM];
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    text_of(TURNS * (uint64_t)support_scale(), turns);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = support_start_peer("name-race", fixture->name,
                                      fixture->second_name, turns, NULL);
        assert_non_null(crowd[i]);
    }
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(support_finish(crowd[i]), 0);
    }
    assert_int_equal(
        support_run_peer("object-open", "0", fixture->second_name, NULL),
        MM_NOT_FOUND);
    talk_close(&talk);
}

static int set_and_close(void *context)
{
    struct object *object = context;
    enum mm_status status = object_stir(object);

    object_close(object);
    return (int)status;
}

/* S27 */
static void a_forked_copy_shares_the_object(void **state)
{
    const struct fixture *fixture = *state;
    struct object object = create(OBJECT_EVENT, fixture->name, false);
    int code;

    if (!support_in_fork(set_and_close, &object, &code)) {
        object_close(&object);
        SKIP_TEST("processes of this system are no copies of their parents");
    }
    assert_int_equal(code, MM_OK);
    assert_status(mm_wait(object_waitable(&object), NULL, SUPPORT_PATIENCE_NS),
                  MM_OK);
    assert_int_equal(support_run_peer("object-open", "0", fixture->name, NULL),
                     MM_OK);
    object_close(&object);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_is_shared_by_name),
        TEST(each_kind_is_shared_by_inheritance),
        TEST(each_kind_is_shared_by_duplication),
        TEST(what_is_not_inheritable_stays_here),
        TEST(the_number_of_another_kind_is_refused),
        TEST(an_inherited_handle_that_only_waits_cannot_signal),
        TEST(a_name_of_another_kind_is_refused),
        TEST(a_name_lives_as_long_as_its_last_handle),
        TEST(what_is_made_anew_knows_nothing_of_what_was),
        TEST(names_of_a_wrong_form_are_refused),
        TEST(of_eight_who_race_for_a_name_one_at_a_time_makes_it),
        TEST(a_forked_copy_shares_the_object),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
