/* SPDX-License-Identifier: MIT */
/*
 * Two processes wake each other in turns, and no wake-up is lost: after delays
 * of all lengths, so that one is set just before, while and after somebody
 * parks. Long runs: see CONTRIBUTING.md.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <inttypes.h>
#include <stdio.h>

#include <cmocka.h>

#include <mapmark/process.h>

#include "rally.h"
#include "skip.h"
#include "support.h"

enum {
    NUMBER_ROOM = 32,
    NUMBERS = 7,
    /* Where each round trip is a dozen calls of another process. */
    WINE_DIVISOR = 50,
};

static const uint64_t millisecond_ns = 1000000;

static struct mm_process *start_partner(const struct rally_plan *plan)
{
    const uint64_t numbers[NUMBERS] = {
        plan->rounds,     plan->delay_bits,     plan->seed + 2,
        plan->policy.way, plan->policy.spin_ns, plan->any,
        plan->pinned,
    };
    char text[NUMBERS][NUMBER_ROOM];

    for (int i = 0; i < NUMBERS; i++) {
        snprintf(text[i], NUMBER_ROOM, "%" PRIu64, numbers[i]);
    }
    return support_start_peer("rally", plan->name, text[0], text[1], text[2],
                              text[3], text[4], text[5], text[6], NULL);
}

struct game {
    struct rally_plan plan;
    uint64_t right;
};

static void play(void *context)
{
    struct game *game = context;

    game->right = rally_play(&game->plan);
}

/* In a thread of its own, which may be pinned. */
static void check(const struct fixture *fixture, struct rally_plan plan)
{
    struct game game = {.plan = plan};
    struct mm_process *partner;

    game.plan.name = fixture->name;
    game.plan.seed = (uint32_t)mm_process_id(NULL) * 4 + 1;
    game.plan.rounds *= support_scale();
    if (support_on_wine()) {
        game.plan.rounds /= WINE_DIVISOR;
    }
    partner = start_partner(&game.plan);
    assert_non_null(partner);
    assert_true(support_in_threads(1, play, &game));
    print_message("%" PRIu64 " of %" PRIu64 " round trips, seed %" PRIu32 "\n",
                  game.right, game.plan.rounds, game.plan.seed);
    assert_int_equal(game.right, game.plan.rounds);
    assert_int_equal(support_finish(partner), 0);
}

static void those_who_park_on_one_cpu_lose_no_wake_up(void **state)
{
    check(*state, (struct rally_plan){
                      .rounds = 10000,
                      .delay_bits = 10,
                      .policy.way = MM_WAIT_PARK,
                      .pinned = true,
                  });
}

static void those_who_park_on_any_cpu_lose_no_wake_up(void **state)
{
    check(*state, (struct rally_plan){
                      .rounds = 1000,
                      .delay_bits = 16,
                      .policy.way = MM_WAIT_PARK,
                  });
}

static void those_who_park_for_several_lose_no_wake_up(void **state)
{
    check(*state, (struct rally_plan){
                      .rounds = 2000,
                      .delay_bits = 10,
                      .policy.way = MM_WAIT_PARK,
                      .any = true,
                      .pinned = true,
                  });
    check(*state, (struct rally_plan){
                      .rounds = 500,
                      .delay_bits = 16,
                      .policy.way = MM_WAIT_PARK,
                      .any = true,
                  });
}

static void those_who_spin_lose_no_wake_up(void **state)
{
    check(*state, (struct rally_plan){
                      .rounds = 100000,
                      .delay_bits = 7,
                      .policy = {MM_WAIT_SPIN, 10 * millisecond_ns},
                  });
}

/* Spins about as long as the other one takes, and so stops just then. */
static void those_who_stop_spinning_lose_no_wake_up(void **state)
{
    check(*state, (struct rally_plan){
                      .rounds = 2000,
                      .delay_bits = 13,
                      .policy = {MM_WAIT_SPIN, 5000},
                  });
    check(*state, (struct rally_plan){
                      .rounds = 10000,
                      .delay_bits = 14,
                      .policy.way = MM_WAIT_ADAPTIVE,
                  });
}

int main(int argc, char **argv)
{
    /* S29 in each: the numbers are memory like any other. */
    const struct CMUnitTest tests[] = {
        TEST(those_who_park_on_one_cpu_lose_no_wake_up),
        TEST(those_who_park_on_any_cpu_lose_no_wake_up),
        TEST(those_who_park_for_several_lose_no_wake_up),
        TEST(those_who_spin_lose_no_wake_up),
        TEST(those_who_stop_spinning_lose_no_wake_up),
    };

    (void)argc;
    support_begin(argv[0]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
