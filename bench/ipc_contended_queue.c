/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to hand things from some processes to others?
 *
 * Givers and takers share a queue of a few places, by two counters: what is
 * free, and what is there. Nothing is taken that was not given before, and
 * never more than the places are under way, or the row is void.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "crew.h"
#include "gate.h"
#include "ipc.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN, POLICY };
/* places of numbers */
enum { GIVERS, TAKERS };

static const char *const patterns[] = {"queue", NULL};

static const struct bench_words words[] = {
    {"way", gate_words},
    {"pattern", patterns},
    {"policy", channel_policies},
};

static const int64_t counts[] = {1, 2, 4};

static const struct bench_numbers numbers[] = {
    {"givers", counts, sizeof(counts) / sizeof(counts[0]), 0},
    {"takers", counts, sizeof(counts) / sizeof(counts[0]), 0},
};

/* ---- the job ------------------------------------------------------------- */

enum { PLACES = 64 };

struct room {
    _Alignas(CHANNEL_LINE) unsigned char free[GATE_MEMORY];
    unsigned char there[GATE_MEMORY];
    _Alignas(CHANNEL_LINE) _Atomic uint64_t given;
    _Alignas(CHANNEL_LINE) _Atomic uint64_t taken;
};

_Static_assert(sizeof(struct room) <= CREW_MEMORY, "a crew has room for it");

struct ends {
    struct gate *free;
    struct gate *there;
};

static void close_queue(struct crew_side *side)
{
    struct ends *ends = side->own;

    if (ends != NULL) {
        gate_free(ends->free);
        gate_free(ends->there);
        free(ends);
    }
}

static enum mm_status open_queue(struct crew_side *side, bool makes)
{
    struct room *room = side->memory;
    struct ends *ends = calloc(1, sizeof(*ends));
    enum mm_status status;

    side->own = ends;
    if (ends == NULL) {
        return MM_NO_MEMORY;
    }
    ends->free = gate_new(side->kind, side->policy, room->free, makes, PLACES);
    ends->there = gate_new(side->kind, side->policy, room->there, makes, 0);
    if (ends->free == NULL || ends->there == NULL) {
        return MM_NO_MEMORY;
    }
    status = ends->free->kind->open(ends->free);
    return status == MM_OK ? ends->there->kind->open(ends->there) : status;
}

static enum mm_status make(struct crew_side *side)
{
    return open_queue(side, true);
}

static enum mm_status join(struct crew_side *side)
{
    return open_queue(side, false);
}

/* Of `count` things, what falls to one of so many. */
static uint64_t share_of(uint64_t count, uint64_t index, uint64_t of)
{
    return count / of + (index < count % of ? 1 : 0);
}

static enum mm_status give(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;
    struct ends *ends = side->own;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = ends->free->kind->take(ends->free);
        if (status == MM_OK) {
            uint64_t given = atomic_fetch_add(&room->given, 1) + 1;

            side->wrong += given > atomic_load(&room->taken) + PLACES ? 1 : 0;
            status = ends->there->kind->give(ends->there);
        }
    }
    return status;
}

static enum mm_status take(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;
    struct ends *ends = side->own;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = ends->there->kind->take(ends->there);
        if (status == MM_OK) {
            uint64_t taken = atomic_fetch_add(&room->taken, 1) + 1;

            side->wrong += taken > atomic_load(&room->given) ? 1 : 0;
            side->done++;
            status = ends->free->kind->give(ends->free);
        }
    }
    return status;
}

static enum mm_status work(struct crew_side *side, uint64_t count)
{
    uint64_t givers = side->numbers[GIVERS], takers = side->numbers[TAKERS];
    uint64_t index = side->me - 1;

    return index < givers ? give(side, share_of(count, index, givers))
                          : take(side, share_of(count, index - givers, takers));
}

const struct crew_job ipc_queue_job = {
    .make = make,
    .join = join,
    .work = work,
    .close = close_queue,
    .kinds = gate_kinds,
    .kind_count = GATE_COUNT,
};

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct gate_kind *kind = gate_kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];
    int64_t givers = row->numbers[GIVERS], takers = row->numbers[TAKERS];

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0 || !kind->counts ||
        policy == CHANNEL_SPIN) {
        return BENCH_NEVER;
    }
    if (kind->why_not != NULL || (givers != takers && givers * takers != 4)) {
        return BENCH_ALL;
    }
    return givers == 1 && takers == 1 && policy == CHANNEL_PARK ? BENCH_QUICK
                                                                : BENCH_FULL;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    const struct gate_kind *kind = gate_kinds[row->words[WAY]];

    *state_out = shared;
    return ipc_check(kind->why_not, reason);
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    const struct bench_row *row = bench_run_row(run);
    const struct crew_options options = {
        .jobs = &ipc_jobs,
        .job = IPC_QUEUE,
        .place = row->words[WAY],
        .policy = (enum channel_policy)row->words[POLICY],
        .members = (unsigned)(row->numbers[GIVERS] + row->numbers[TAKERS]),
        .numbers = {(uint64_t)row->numbers[GIVERS],
                    (uint64_t)row->numbers[TAKERS]},
    };

    ipc_crew(run, &options);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_contended_queue;
const struct bench_table bench_ipc_contended_queue = {
    .subject = "ipc",
    .question = "What does it cost to hand things to other processes?",
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
