/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to let many processes go at once?
 *
 * All members wait for the leader's next word, each hears it, and the last one
 * to do so answers. So a round ends when everybody has run; the answer is by
 * the way's own wake-up, and part of it. Each member checks that it heard the
 * round's own number, once; one that did not leaves, which is an error.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include <mapmark/clock.h>

#include "broadcast.h"
#include "ipc.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN, POLICY };
/* places of numbers */
enum { MEMBERS };

static const char *const patterns[] = {"broadcast", NULL};

static const struct bench_words words[] = {
    {"way", broadcast_words},
    {"pattern", patterns},
    {"policy", channel_policies},
};

static const int64_t members[] = {1, 2, 4, 8};

static const struct bench_numbers numbers[] = {
    {"members", members, sizeof(members) / sizeof(members[0]), 0},
};

/* ---- the job ------------------------------------------------------------- */

struct room {
    _Alignas(CHANNEL_LINE) unsigned char answer[CHANNEL_MEMORY];
    unsigned char broadcast[BROADCAST_MEMORY];
    _Alignas(CHANNEL_LINE) _Atomic uint64_t said;
    _Alignas(CHANNEL_LINE) _Atomic uint64_t heard; /* by all, in all rounds */
};

_Static_assert(sizeof(struct room) <= CREW_MEMORY, "a crew has room for it");

struct ends {
    struct broadcast broadcast;
    struct channel answer;
    uint64_t round;
};

static void close_ends(struct crew_side *side)
{
    struct ends *ends = side->own;

    if (ends == NULL) {
        return;
    }
    ends->broadcast.kind->close(&ends->broadcast);
    ends->answer.kind->close(&ends->answer);
    free(ends);
}

static enum mm_status open_ends(struct crew_side *side, bool makes)
{
    struct room *room = side->memory;
    struct ends *ends = calloc(1, sizeof(*ends));
    enum mm_status status;

    side->own = ends;
    if (ends == NULL) {
        return MM_NO_MEMORY;
    }
    ends->broadcast.kind = side->kind;
    ends->broadcast.policy = side->policy;
    ends->broadcast.makes = makes;
    ends->broadcast.members = side->members;
    ends->broadcast.memory = room->broadcast;
    ends->answer.kind = ends->broadcast.kind->answer;
    ends->answer.policy = side->policy;
    ends->answer.me = makes ? 0 : 1;
    ends->answer.memory = room->answer;
    status = ends->broadcast.kind->open(&ends->broadcast);
    if (status != MM_OK) {
        return status;
    }
    return makes ? ends->answer.kind->make(&ends->answer)
                 : ends->answer.kind->join(&ends->answer);
}

static enum mm_status make(struct crew_side *side)
{
    return open_ends(side, true);
}

static enum mm_status join(struct crew_side *side)
{
    return open_ends(side, false);
}

static enum mm_status lead(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;
    struct ends *ends = side->own;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        uint64_t start = side->run != NULL ? mm_clock_ns() : 0;

        ends->round++;
        atomic_store_explicit(&room->said, ends->round, memory_order_relaxed);
        status = ends->broadcast.kind->shout(&ends->broadcast, ends->round);
        if (status == MM_OK) {
            status = ends->answer.kind->wait(&ends->answer, NULL, 0);
        }
        /* It was woken because one of them has gone, else. */
        if (status == MM_OK &&
            atomic_load(&room->heard) != ends->round * side->members) {
            status = MM_CLOSED;
        }
        if (side->run != NULL) {
            bench_latency(side->run, mm_clock_ns() - start);
        }
    }
    return status;
}

static enum mm_status work(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;
    struct ends *ends = side->own;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        ends->round++;
        status = ends->broadcast.kind->hear(&ends->broadcast, ends->round);
        if (status == MM_OK &&
            atomic_load_explicit(&room->said, memory_order_relaxed) !=
                ends->round) {
            status = MM_BAD_DATA; /* the leader sees it go */
        }
        side->done++;
        if (status == MM_OK && atomic_fetch_add(&room->heard, 1) + 1 ==
                                   ends->round * side->members) {
            status = ends->answer.kind->wake(&ends->answer, 0, NULL, 0);
        }
    }
    return status;
}

static void gone(struct crew_side *side)
{
    struct ends *ends = side->own;

    (void)ends->answer.kind->wake(&ends->answer, 0, NULL, 0);
}

const struct crew_job ipc_broadcast_job = {
    .by_all = true,
    .make = make,
    .join = join,
    .lead = lead,
    .work = work,
    .gone = gone,
    .close = close_ends,
    .kinds = broadcast_kinds,
    .kind_count = BROADCAST_COUNT,
};

/* ---- the rows ------------------------------------------------------------ */

static const struct broadcast_kind *kind_of(const struct bench_row *row)
{
    return broadcast_kinds[row->words[WAY]];
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct broadcast_kind *kind = kind_of(row);
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];
    int64_t count = row->numbers[MEMBERS];

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0) {
        return BENCH_NEVER;
    }
    if (kind->why_not != NULL) {
        return BENCH_ALL;
    }
    /* A CPU for each, and for the leader. */
    if (policy == CHANNEL_SPIN) {
        return count < (int64_t)mm_process_cpu_count() ? BENCH_FULL
                                                       : BENCH_NEVER;
    }
    return count == 4 && policy == CHANNEL_PARK ? BENCH_QUICK : BENCH_FULL;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    *state_out = shared;
    return ipc_check(kind_of(row)->why_not, reason);
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    const struct bench_row *row = bench_run_row(run);
    const struct crew_options options = {
        .jobs = &ipc_jobs,
        .job = IPC_BROADCAST,
        .place = row->words[WAY],
        .policy = (enum channel_policy)row->words[POLICY],
        .members = (unsigned)row->numbers[MEMBERS],
        /* Where nobody sleeps, the clock would cost more than is allowed. */
        .run = row->words[POLICY] == CHANNEL_PARK ? run : NULL,
    };

    ipc_crew(run, &options);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_broadcast;
const struct bench_table bench_ipc_broadcast = {
    .subject = "ipc",
    .question = "What does it cost to let many processes go at once?",
    .latency = "round",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .compared = "policy",
    .scale = scale,
    .sampling = ipc_sampling,
    .set_up = set_up,
    .body = body,
};
