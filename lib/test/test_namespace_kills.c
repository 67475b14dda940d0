/* SPDX-License-Identifier: MIT */
/* Names, and what they stand for, when those who use them are killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>
#include <mapmark/once.h>

#include "peer.h"
#include "skip.h"

enum {
    PEERS = 3,
    /* Of the usual scale, and at most: MAPMARK_TEST_SCALE=30 is all of them. */
    ROUNDS = 10,
    ROUNDS_MAX = 300,
    TURNS_MAX = 12,
};

/* Two names beside that of the talk: one that the test keeps all the time, and
 * one that comes and goes. */
struct struggle_test {
    struct talk talk;
    char kept[SUPPORT_NAME_ROOM];
    char passing[SUPPORT_NAME_ROOM];
    struct mm_mapping *mapping; /* of the kept name */
    struct mm_view view;
    struct mm_process *peers[PEERS];
    uint32_t random;
    uint32_t kills;
};

/* From 1 to `max`. */
static uint32_t some(struct struggle_test *test, uint32_t max)
{
    return support_random(&test->random) % max + 1;
}

static void begin(struct struggle_test *test, const struct fixture *fixture)
{
    struct mm_mapping_options options = {
        .size = 4096,
        .protection = MM_READ_WRITE,
        .name = test->kept,
    };

    memset(test, 0, sizeof(*test));
    test->random = (uint32_t)mm_process_id(NULL) | 1;
    print_message("seed %u\n", test->random);
    snprintf(test->kept, sizeof(test->kept), "%s", fixture->second_name);
    snprintf(test->passing, sizeof(test->passing), "%.*s.c",
             SUPPORT_NAME_ROOM - 3, fixture->name);
    assert_true(talk_open(&test->talk, fixture->name));
    assert_status(mm_mapping_create(NULL, &options, &test->mapping), MM_OK);
    assert_status(
        mm_view_map(test->mapping, 0, 0, MM_VIEW_WRITE, NULL, &test->view),
        MM_OK);
}

static void end(struct struggle_test *test)
{
    assert_status(mm_view_unmap(&test->view), MM_OK);
    mm_mapping_close(test->mapping);
    talk_close(&test->talk);
}

/* The living go on, whatever the dead were about to do. */
static void wait_for_turns(struct struggle_test *test, uint32_t turns)
{
    _Atomic uint32_t *done = &test->talk.words[STRUGGLE_TURNS];
    uint32_t before = atomic_load(done);
    uint64_t start = mm_clock_ns();

    while (atomic_load(done) - before < turns) {
        assert_true(mm_clock_ns() - start < SUPPORT_PATIENCE_NS);
    }
}

static void start_peers(struct struggle_test *test,
                        const struct fixture *fixture)
{
    char slot[16];

    for (int i = 0; i < PEERS; i++) {
        snprintf(slot, sizeof(slot), "%d", i + 1);
        test->peers[i] = support_start_peer(
            "struggle", fixture->name, test->kept, test->passing, slot, NULL);
        assert_non_null(test->peers[i]);
    }
}

static void kill_peers(struct struggle_test *test)
{
    int first = (int)some(test, PEERS) - 1;

    for (int i = 0; i < PEERS; i++) {
        struct mm_process *peer = test->peers[(first + i) % PEERS];

        wait_for_turns(test, some(test, TURNS_MAX));
        assert_status(mm_process_kill(peer), MM_OK);
        assert_int_equal(support_finish(peer), MM_EXIT_KILLED);
        test->kills++;
    }
}

/* Each kill came between two counts at most. */
static void assert_nothing_lost(struct struggle_test *test)
{
    _Atomic uint32_t *words = test->view.address;
    uint32_t all = atomic_load(&words[0]);
    uint32_t counted = 0;
    struct mm_mapping *mapping = NULL;

    for (int i = 1; i <= PEERS; i++) {
        counted += atomic_load(&words[i]);
    }
    assert_in_range(all - counted, 0, test->kills);
    assert_int_equal(atomic_load(&test->talk.words[STRUGGLE_WRONG]), 0);
    assert_status(mm_mapping_open(test->kept, MM_READ_WRITE, 0, &mapping),
                  MM_OK);
    mm_mapping_close(mapping);
}

static enum mm_status count_call(void *address, size_t size, void *context)
{
    unsigned *calls = context;

    (void)address;
    (void)size;
    (*calls)++;
    return MM_OK;
}

/* Everybody who had it is dead, so it is gone, and made anew. */
static void assert_no_stale_name(const struct struggle_test *test)
{
    struct mm_mapping_options options = {
        .size = STRUGGLE_SIZE,
        .protection = MM_READ_WRITE,
        .name = test->passing,
    };
    struct mm_mapping *mapping = NULL;
    unsigned calls = 0;

    assert_status(mm_mapping_open(test->passing, MM_READ_ONLY, 0, &mapping),
                  MM_NOT_FOUND);
    assert_status(mm_once_open(&options, count_call, &calls, &mapping), MM_OK);
    assert_int_equal(calls, 1);
    mm_mapping_close(mapping);
}

/* M20, R-24, R-81, R-85 */
static void killed_creators_and_openers_leave_nothing_behind(void **state)
{
    const struct fixture *fixture = *state;
    bool has_folder = support_use_folder(fixture->path);
    unsigned rounds = ROUNDS * support_scale();
    struct struggle_test test;

    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    begin(&test, fixture);
    for (unsigned i = 0; i < rounds; i++) {
        start_peers(&test, fixture);
        kill_peers(&test);
        assert_nothing_lost(&test);
        assert_no_stale_name(&test);
    }
    print_message("%u kills, %u turns\n", test.kills,
                  atomic_load(&test.talk.words[STRUGGLE_TURNS]));
    if (has_folder) {
        /* The talk and the kept name. */
        assert_int_equal(support_run("/bin/sh", "-c",
                                     "test \"$(ls $0/mapmark* | wc -l)\" = 2",
                                     fixture->path, NULL),
                         0);
    }
    end(&test);
    if (has_folder) {
        support_forget_folder(fixture->path);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(killed_creators_and_openers_leave_nothing_behind),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
