/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/once.h>
#include <mapmark/view.h>

#include "peer.h"
#include "skip.h"

enum {
    SIZE = 100000,
    CROWD = 8,
};

/* What the initialiser of a test is to do, and has seen. */
struct plan {
    enum mm_status result;
    unsigned seed;
    unsigned calls;
    bool saw_zeros;
};

static enum mm_status initialise(void *address, size_t size, void *context)
{
    const unsigned char *octets = address;
    struct plan *plan = context;

    plan->calls++;
    plan->saw_zeros = true;
    for (size_t i = 0; i < size; i++) {
        plan->saw_zeros = plan->saw_zeros && octets[i] == 0;
    }
    support_fill(address, size, plan->seed);
    return plan->result;
}

static enum mm_status open_once(const char *name, enum mm_protection protection,
                                struct plan *plan,
                                struct mm_mapping **mapping_out)
{
    struct mm_mapping_options options = {
        .size = SIZE,
        .protection = protection,
        .name = name,
    };

    return mm_once_open(&options, initialise, plan, mapping_out);
}

static void assert_filled(struct mm_mapping *mapping, unsigned seed)
{
    unsigned char expected[SIZE];
    struct mm_view view;

    support_fill(expected, sizeof(expected), seed);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &view), MM_OK);
    assert_memory_equal(view.address, expected, sizeof(expected));
    assert_status(mm_view_unmap(&view), MM_OK);
}

/* */
static void the_first_initialises_and_the_second_finds_it(void **state)
{
    const struct fixture *fixture = *state;
    struct plan plan = {.seed = 3};
    struct mm_mapping *first;
    struct mm_mapping *second;
    size_t page = mm_page_size();

    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &first),
                  MM_OK);
    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &second),
                  MM_ALREADY_EXISTS);
    assert_int_equal(plan.calls, 1);
    assert_true(plan.saw_zeros);
    assert_int_equal(mm_mapping_size(first), (SIZE + page - 1) / page * page);
    assert_int_equal(mm_mapping_size(second), mm_mapping_size(first));
    assert_filled(first, 3);
    assert_filled(second, 3);
    mm_mapping_close(first);
    assert_filled(second, 3);
    mm_mapping_close(second);
}

/* with the last handle goes what was initialised. */
static void a_new_mapping_is_initialised_anew(void **state)
{
    const struct fixture *fixture = *state;
    struct plan plan = {.seed = 3};
    struct mm_mapping *mapping;

    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &mapping),
                  MM_OK);
    mm_mapping_close(mapping);
    plan.seed = 4;
    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &mapping),
                  MM_OK);
    assert_true(plan.saw_zeros);
    assert_filled(mapping, 4);
    mm_mapping_close(mapping);
}

/* also for who has opened it in the plain way meanwhile. */
static void a_failed_initialiser_leaves_zeros_to_the_next(void **state)
{
    const struct fixture *fixture = *state;
    struct plan plan = {.seed = 3, .result = MM_BAD_DATA};
    struct mm_mapping *watcher = NULL;
    struct mm_mapping *mapping = (struct mm_mapping *)&plan;

    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &mapping),
                  MM_BAD_DATA);
    assert_null(mapping);
    assert_status(mm_mapping_open(fixture->name, MM_READ_ONLY, 0, &watcher),
                  MM_NOT_FOUND);
    plan.result = MM_OK;
    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &mapping),
                  MM_OK);
    assert_true(plan.saw_zeros);
    assert_status(mm_mapping_open(fixture->name, MM_READ_ONLY, 0, &watcher),
                  MM_OK);
    mm_mapping_close(mapping);
    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &mapping),
                  MM_ALREADY_EXISTS);
    assert_filled(watcher, 3);
    assert_int_equal(plan.calls, 2);
    mm_mapping_close(mapping);
    mm_mapping_close(watcher);
}

/* who initialises must write, and need not keep the right to. */
static void the_handle_grants_what_was_asked(void **state)
{
    const struct fixture *fixture = *state;
    struct plan plan = {.seed = 5};
    struct mm_mapping *mapping;
    struct mm_mapping *writer;
    struct mm_view view;

    assert_status(open_once(fixture->name, MM_READ_ONLY, &plan, &mapping),
                  MM_OK);
    assert_filled(mapping, 5);
    assert_status(mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view),
                  MM_DENIED);
    assert_status(open_once(fixture->name, MM_READ_WRITE, &plan, &writer),
                  MM_ALREADY_EXISTS);
    assert_status(mm_view_map(writer, 0, 0, MM_VIEW_WRITE, NULL, &view), MM_OK);
    assert_status(mm_view_unmap(&view), MM_OK);
    mm_mapping_close(mapping);
    mm_mapping_close(writer);
}

/* */
static void what_is_initialised_can_be_inherited(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = SIZE,
        .protection = MM_READ_ONLY,
        .flags = MM_MAPPING_INHERIT,
        .name = fixture->name,
    };
    struct plan plan = {.seed = 6};
    struct mm_mapping *mapping;
    char handle[32];

    assert_status(mm_once_open(&options, initialise, &plan, &mapping), MM_OK);
    assert_filled(mapping, 6);
    snprintf(handle, sizeof(handle), "%" PRIu64, mm_mapping_handle(mapping));
    assert_int_equal(support_run_heir("adopt", handle, "1", NULL), MM_DENIED);
    assert_int_equal(support_run_heir("adopt", handle, "0", NULL), MM_OK);
    mm_mapping_close(mapping);
}

static void what_cannot_be_initialised_once_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct mm_mapping_options options = {
        .size = SIZE,
        .protection = MM_READ_WRITE,
        .name = fixture->name,
    };
    struct mm_mapping *plain = NULL;
    struct mm_mapping *mapping;
    struct plan plan = {0};

    assert_status(mm_once_open(NULL, initialise, &plan, &mapping), MM_INVALID);
    assert_status(mm_once_open(&options, NULL, &plan, &mapping), MM_INVALID);
    assert_status(mm_mapping_create(NULL, &options, &plain), MM_OK);
    assert_status(mm_once_open(&options, initialise, &plan, &mapping),
                  MM_WRONG_TYPE);
    mm_mapping_close(plain);
    options.flags = MM_MAPPING_RESERVE;
    assert_status(mm_once_open(&options, initialise, &plan, &mapping),
                  MM_INVALID);
    options.flags = 0;
    options.size = 0;
    assert_status(mm_once_open(&options, initialise, &plan, &mapping),
                  MM_INVALID);
    options.size = SIZE;
    options.name = NULL;
    assert_status(mm_once_open(&options, initialise, &plan, &mapping),
                  MM_INVALID);
    options.name = "a\\b";
    assert_status(mm_once_open(&options, initialise, &plan, &mapping),
                  MM_BAD_NAME);
    assert_null(mapping);
    assert_int_equal(plan.calls, 0);
}

static int count(const int *codes, int wanted)
{
    int found = 0;

    for (int i = 0; i < CROWD; i++) {
        found += codes[i] == wanted;
    }
    return found;
}

/* Eight processes at once; the first attempts fail, the next ones die. */
static void check_crowd(const struct fixture *fixture, uint32_t failures,
                        uint32_t deaths)
{
    struct mm_process *crowd[CROWD];
    int codes[CROWD];
    struct talk talk;

    assert_true(talk_open(&talk, fixture->name));
    memset(talk.view.address, 0, talk.view.size);
    atomic_store(&talk.words[ONCE_FAILURES], failures);
    atomic_store(&talk.words[ONCE_DEATHS], deaths);
    atomic_store(&talk.words[ONCE_SEED], 7 + failures);
    for (int i = 0; i < CROWD; i++) {
        crowd[i] = support_start_peer("once", fixture->name,
                                      fixture->second_name, "8", NULL);
        assert_non_null(crowd[i]);
    }
    talk_say(&talk, 1);
    for (int i = 0; i < CROWD; i++) {
        codes[i] = support_finish(crowd[i]);
    }
    assert_int_equal(count(codes, MM_IO), failures);
    assert_int_equal(count(codes, EXIT_DIED), deaths);
    assert_int_equal(count(codes, MM_OK), 1);
    assert_int_equal(count(codes, MM_ALREADY_EXISTS),
                     CROWD - 1 - (int)failures - (int)deaths);
    assert_int_equal(atomic_load(&talk.words[ONCE_ATTEMPTS]),
                     failures + deaths + 1);
    talk_close(&talk);
}

/* */
static void one_of_eight_processes_initialises(void **state)
{
    check_crowd(*state, 0, 0);
}

/* each of the others sees all of it or nothing. */
static void another_initialises_after_failures_and_deaths(void **state)
{
    check_crowd(*state, 2, 0);
    check_crowd(*state, 0, 2);
    check_crowd(*state, 2, 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_first_initialises_and_the_second_finds_it),
        TEST(a_new_mapping_is_initialised_anew),
        TEST(a_failed_initialiser_leaves_zeros_to_the_next),
        TEST(the_handle_grants_what_was_asked),
        TEST(what_is_initialised_can_be_inherited),
        TEST(what_cannot_be_initialised_once_is_refused),
        TEST(one_of_eight_processes_initialises),
        TEST(another_initialises_after_failures_and_deaths),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
