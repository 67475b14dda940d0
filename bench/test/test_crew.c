/* SPDX-License-Identifier: MIT */
/* Crews that work, and crews of which a member lies or dies: each one that
 * cannot be believed is void or an error. The members are real processes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "broadcast.h"
#include "engine.h"
#include "gate.h"
#include "ipc.h"
#include "partner.h"
#include "shim.h"

enum { MEMBERS = 3, SLICES = 3, ASKED = 4000 };

/* ---- jobs that lie ------------------------------------------------------- */

/* Nobody counts. */
static enum mm_status let_pass(struct gate *gate)
{
    (void)gate;
    return MM_OK;
}

static void close_nothing(struct gate *gate)
{
    (void)gate;
}

static const struct gate_kind uncounted = {
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
    .open = let_pass,
    .take = let_pass,
    .give = let_pass,
    .close = close_nothing,
};

static const void *const uncounted_kinds[] = {&uncounted};

/* Goes without a word in the middle of its work. */
static enum mm_status die(struct gate *gate)
{
    (void)gate;
    _Exit(EXIT_FAILURE);
}

static const struct gate_kind deadly = {
    .policies = 1U << CHANNEL_PARK,
    .open = let_pass,
    .take = die,
    .give = let_pass,
    .close = close_nothing,
};

static const void *const deadly_kinds[] = {&deadly};

/* Hears what nobody has said yet. */
static enum mm_status hear_at_once(struct broadcast *broadcast, uint64_t round)
{
    (void)broadcast;
    (void)round;
    return MM_OK;
}

/* Says that it has done more than it did. */
static enum mm_status boast(struct crew_side *side, uint64_t count)
{
    enum mm_status status = ipc_jobs.list[IPC_LOCK]->work(side, count);

    side->done++;
    return status;
}

enum { HASTY = IPC_TABLES + 1, DEADLY, UNCOUNTED, BOASTFUL, JOBS };

static struct crew_job made[JOBS];
static struct broadcast_kind hasty;
static const void *const hasty_kinds[] = {&hasty};
static const struct crew_job *job_list[JOBS];
static const struct crew_jobs jobs = {job_list, JOBS};

static void list_jobs(void)
{
    for (size_t i = 0; i < ipc_jobs.count; i++) {
        made[i] = *ipc_jobs.list[i];
    }
    hasty = broadcast_semaphore;
    hasty.hear = hear_at_once;
    made[HASTY] = made[IPC_BROADCAST];
    made[HASTY].kinds = hasty_kinds;
    made[DEADLY] = made[IPC_LOCK];
    made[DEADLY].kinds = deadly_kinds;
    made[UNCOUNTED] = made[IPC_QUEUE];
    made[UNCOUNTED].kinds = uncounted_kinds;
    made[BOASTFUL] = made[IPC_LOCK];
    made[BOASTFUL].work = boast;
    for (size_t i = 0; i < JOBS; i++) {
        job_list[i] = &made[i];
        if (made[i].kinds != ipc_jobs.list[IPC_LOCK]->kinds && i >= HASTY) {
            made[i].kind_count = 1;
        }
    }
}

/* ---- samples ------------------------------------------------------------- */

static int64_t count_down(void *engine, int64_t want)
{
    int64_t *slices = engine;

    (void)want;
    return (*slices)-- > 0 ? ASKED : 0;
}

static struct crew_options chosen;

static void measure(void *context)
{
    ipc_crew(context, &chosen);
}

static void measure_apart(struct bench_run *run, void *state)
{
    (void)state;
    assert_int_equal(shim_apart(measure, run), MM_OK);
}

/* A sample of a crew of MEMBERS, or of one giver more than takers. */
static const struct sample *sample(size_t job, size_t place,
                                   struct measured *measured)
{
    static const struct bench_table table = {.subject = "ipc",
                                             .body = measure_apart};
    int64_t slices = SLICES;
    struct bench_run run = {.next = count_down, .engine = &slices};

    chosen = (struct crew_options){
        .jobs = &jobs,
        .job = job,
        .place = place,
        .policy = CHANNEL_PARK,
        .members = MEMBERS,
        .numbers = {MEMBERS - 1, 1},
    };
    memset(measured, 0, sizeof(*measured));
    measured->row.table = &table;
    run.sample = measured_add(measured);
    assert_non_null(run.sample);
    run_body(measured, &run, 0);
    return &measured->samples[0];
}

static void check_that_it_works(size_t job, size_t place)
{
    struct measured measured;
    const struct sample *found = sample(job, place, &measured);

    if (found->state != BENCH_OK) {
        fail_msg("job %zu by %zu: %s", job, place, found->reason.text);
    }
    assert_true(found->counted[BENCH_PARTNER_USER]);
    assert_float_equal(found->counters[BENCH_ACCESSES], SLICES * ASKED, 0);
    measured_free(&measured);
}

static void check_that_it_is(size_t job, enum bench_state state,
                             const char *reason)
{
    struct measured measured;
    const struct sample *found = sample(job, 0, &measured);

    assert_int_equal(found->state, state);
    assert_non_null(strstr(found->reason.text, reason));
    measured_free(&measured);
}

/* ---- tests --------------------------------------------------------------- */

static void every_lock_of_this_system_locks(void **state)
{
    (void)state;
    for (size_t i = 0; i < GATE_COUNT; i++) {
        const struct gate_kind *kind = gate_kinds[i];

        if (kind->why_not == NULL) {
            check_that_it_works(IPC_LOCK, i);
        }
    }
}

static void every_counter_of_this_system_makes_a_queue(void **state)
{
    (void)state;
    for (size_t i = 0; i < GATE_COUNT; i++) {
        const struct gate_kind *kind = gate_kinds[i];

        if (kind->why_not == NULL && kind->counts) {
            check_that_it_works(IPC_QUEUE, i);
        }
    }
}

/* A word that all look at needs a CPU for each of them. */
static void every_parked_broadcast_of_this_system_is_heard(void **state)
{
    (void)state;
    for (size_t i = 0; i < BROADCAST_COUNT; i++) {
        const struct broadcast_kind *kind = broadcast_kinds[i];

        if (kind->why_not == NULL &&
            (kind->policies & channel_bit(CHANNEL_PARK)) != 0) {
            check_that_it_works(IPC_BROADCAST, i);
        }
    }
}

static void a_queue_that_nobody_counts_is_void(void **state)
{
    (void)state;
    check_that_it_is(UNCOUNTED, BENCH_VOID, "cannot be");
}

static void a_member_that_says_too_much_is_void(void **state)
{
    (void)state;
    check_that_it_is(BOASTFUL, BENCH_VOID, "were asked of the crew");
}

static void a_member_that_hears_too_early_is_an_error(void **state)
{
    (void)state;
    check_that_it_is(HASTY, BENCH_ERROR, "work of the crew");
}

static void a_crew_whose_member_dies_is_an_error(void **state)
{
    (void)state;
    check_that_it_is(DEADLY, BENCH_ERROR, "work of the crew");
}

int main(int count, char **arguments)
{
    static const struct partner_role roles[PARTNER_PARTS] = {
        [PARTNER_WORKS] = {crew_play, &jobs},
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_lock_of_this_system_locks),
        cmocka_unit_test(every_counter_of_this_system_makes_a_queue),
        cmocka_unit_test(every_parked_broadcast_of_this_system_is_heard),
        cmocka_unit_test(a_queue_that_nobody_counts_is_void),
        cmocka_unit_test(a_member_that_says_too_much_is_void),
        cmocka_unit_test(a_member_that_hears_too_early_is_an_error),
        cmocka_unit_test(a_crew_whose_member_dies_is_an_error),
    };

    list_jobs();
    if (partner_is_meant(count, arguments)) {
        return partner_main(count, arguments, roles);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
