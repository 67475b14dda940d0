/* SPDX-License-Identifier: MIT */
/*
 * Processes that take and give all kinds of objects are killed at random. Those
 * that live go on; when all are dead, nothing is missing but what one of them
 * may have had in its hands, and nothing is there twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <mapmark/clock.h>

#include "fight.h"
#include "skip.h"

enum {
    /* Of the usual scale, and at most: MAPMARK_TEST_SCALE=34 is 1000 kills. */
    ROUNDS = 10,
    ROUNDS_MAX = 334,
    TURNS_MAX = 200,
    /* Where each turn is a few calls of another process. */
    WINE_DIVISOR = 10,
};

static const uint64_t tick_ns = 1000000;

struct arena {
    struct fight fight;
    struct mm_process *peers[FIGHT_PEERS];
    uint32_t random;
    uint32_t kills;
    uint32_t lost; /* things that died with their owners */
};

static uint32_t word(const struct arena *arena, unsigned place)
{
    return atomic_load(&arena->fight.talk.words[place]);
}

static uint32_t some(struct arena *arena, uint32_t max)
{
    return support_random(&arena->random) % max + 1;
}

static void start_peers(struct arena *arena, const char *name)
{
    char slot[16];

    for (int i = 0; i < FIGHT_PEERS; i++) {
        snprintf(slot, sizeof(slot), "%d", i);
        arena->peers[i] = support_start_peer("fight", name, slot, NULL);
        assert_non_null(arena->peers[i]);
    }
}

/* The living go on, whatever the dead were about to do. */
static void wait_for_turns(struct arena *arena, uint32_t turns)
{
    uint32_t before = word(arena, FIGHT_TURNS);
    uint64_t start = mm_clock_ns();

    while (word(arena, FIGHT_TURNS) - before < turns) {
        assert_int_equal(word(arena, FIGHT_WRONG), 0);
        assert_true(mm_clock_ns() - start < SUPPORT_PATIENCE_NS);
    }
}

static void kill_peers(struct arena *arena)
{
    unsigned first = some(arena, FIGHT_PEERS);
    uint32_t most = support_on_wine() ? TURNS_MAX / WINE_DIVISOR : TURNS_MAX;

    for (unsigned i = 0; i < FIGHT_PEERS; i++) {
        struct mm_process *peer = arena->peers[(first + i) % FIGHT_PEERS];

        wait_for_turns(arena, some(arena, most));
        assert_status(mm_process_kill(peer), MM_OK);
        assert_int_equal(support_finish(peer), MM_EXIT_KILLED);
        arena->kills++;
    }
}

/* How many of the dead were doing it. */
static uint32_t dead_at(const struct arena *arena, enum fight_doing doing)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < FIGHT_PEERS; i++) {
        count += word(arena, FIGHT_DOING + i) == (uint32_t)doing;
    }
    return count;
}

static uint32_t drain(struct mm_semaphore *semaphore)
{
    struct mm_waitable *waitable = mm_semaphore_waitable(semaphore);
    uint32_t count = 0;

    while (mm_wait(waitable, NULL, 0) == MM_OK) {
        count++;
    }
    return count;
}

static void fill(struct mm_semaphore *semaphore, uint32_t count)
{
    assert_status(mm_semaphore_release(semaphore, count, NULL), MM_OK);
}

/* S5, S8: owned by nobody who lives, and told to be abandoned if it was. */
static void settle_mutex(struct arena *arena)
{
    struct mm_mutex *mutex = arena->fight.mutex;
    enum mm_status status = mm_wait(mm_mutex_waitable(mutex), NULL, 0);

    if (status == MM_ABANDONED) {
        assert_true(dead_at(arena, FIGHT_MUTEX) > 0);
        arena->lost++;
    } else {
        assert_status(status, MM_OK);
        assert_int_equal(word(arena, FIGHT_OWNER), 0);
    }
    assert_status(mm_mutex_release(mutex), MM_OK);
    assert_status(mm_mutex_release(mutex), MM_NOT_OWNER);
    atomic_store(&arena->fight.talk.words[FIGHT_OWNER], 0);
}

static void settle_event(struct arena *arena)
{
    struct mm_waitable *waitable = mm_event_waitable(arena->fight.event);

    if (mm_wait(waitable, NULL, 0) == MM_OK) {
        assert_int_equal(word(arena, FIGHT_HOLDER), 0);
    } else {
        assert_true(dead_at(arena, FIGHT_EVENT) > 0);
        arena->lost++;
    }
    assert_status(mm_wait(waitable, NULL, 0), MM_TIMED_OUT);
    assert_status(mm_event_set(arena->fight.event), MM_OK);
    atomic_store(&arena->fight.talk.words[FIGHT_HOLDER], 0);
}

static void settle_pool(struct arena *arena)
{
    uint32_t count = drain(arena->fight.pool);

    assert_in_range(FIGHT_TOKENS - count, 0, dead_at(arena, FIGHT_TOKEN));
    arena->lost += FIGHT_TOKENS - count;
    fill(arena->fight.pool, FIGHT_TOKENS);
}

/* S14, S18: both are there, or neither, unless one was given back alone. */
static void settle_pair(struct arena *arena)
{
    uint32_t left = drain(arena->fight.left);
    uint32_t right = drain(arena->fight.right);

    if (left == right) {
        assert_true(left == 1 || dead_at(arena, FIGHT_PAIR) > 0 ||
                    dead_at(arena, FIGHT_PAIR_APART) > 0);
    } else {
        assert_int_equal(left, 1);
        assert_true(dead_at(arena, FIGHT_PAIR_APART) > 0);
    }
    arena->lost += left + right < 2 ? 1 : 0;
    fill(arena->fight.left, 1);
    fill(arena->fight.right, 1);
    atomic_store(&arena->fight.talk.words[FIGHT_PAIR_OWNER], 0);
}

static void settle(struct arena *arena)
{
    settle_mutex(arena);
    settle_event(arena);
    settle_pool(arena);
    settle_pair(arena);
    for (unsigned i = 0; i < FIGHT_PEERS; i++) {
        atomic_store(&arena->fight.talk.words[FIGHT_DOING + i], FIGHT_NOTHING);
    }
    /* Whoever was killed as it set or took it: it still ticks. */
    assert_status(mm_wait(mm_timer_waitable(arena->fight.timer), NULL,
                          SUPPORT_PATIENCE_NS),
                  MM_OK);
}

static void the_killed_take_nothing_but_what_they_have(void **state)
{
    const struct fixture *fixture = *state;
    unsigned rounds = ROUNDS * support_scale();
    struct arena arena;

    rounds = rounds < ROUNDS_MAX ? rounds : ROUNDS_MAX;
    memset(&arena, 0, sizeof(arena));
    arena.random = (uint32_t)mm_process_id(NULL) | 1;
    print_message("seed %u\n", arena.random);
    assert_true(fight_open(&arena.fight, fixture->name));
    assert_status(mm_timer_set(arena.fight.timer, 0, tick_ns), MM_OK);
    for (unsigned i = 0; i < rounds; i++) {
        start_peers(&arena, fixture->name);
        kill_peers(&arena);
        settle(&arena);
    }
    assert_int_equal(word(&arena, FIGHT_WRONG), 0);
    print_message("%u kills, %u turns, %u things died with who had them\n",
                  arena.kills, word(&arena, FIGHT_TURNS), arena.lost);
    fight_close(&arena.fight);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        TEST(the_killed_take_nothing_but_what_they_have),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
