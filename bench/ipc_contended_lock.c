/* SPDX-License-Identifier: MIT */
/*
 * What does a lock cost that several processes want all the time?
 *
 * Each takes the lock, counts one up, and gives it back, until all of them
 * together have done what a slice asks for. The count is no atomic: it is right
 * only if nobody else had the lock meanwhile. Nobody is owed a fair share, and
 * none is told; a lock that its owner takes again at once has the better rate.
 */
#include "crew.h"
#include "gate.h"
#include "ipc.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN, POLICY };
/* places of numbers */
enum { PROCESSES };

static const char *const patterns[] = {"lock", NULL};

static const struct bench_words words[] = {
    {"way", gate_words},
    {"pattern", patterns},
    {"policy", channel_policies},
};

static const int64_t processes[] = {1, 2, 4, 8};

static const struct bench_numbers numbers[] = {
    {"processes", processes, sizeof(processes) / sizeof(processes[0]), 0},
};

/* ---- the job ------------------------------------------------------------- */

struct room {
    _Alignas(CHANNEL_LINE) unsigned char gate[GATE_MEMORY];
    /* Of whoever has the lock: plain, but to be read and written each time. */
    volatile uint64_t counted;
    uint64_t wanted; /* so far, in all slices */
};

_Static_assert(sizeof(struct room) <= CREW_MEMORY, "a crew has room for it");

static enum mm_status open_lock(struct crew_side *side, bool makes)
{
    struct room *room = side->memory;
    struct gate *gate =
        gate_new(side->kind, side->policy, room->gate, makes, 1);

    side->own = gate;
    return gate != NULL ? gate->kind->open(gate) : MM_NO_MEMORY;
}

static enum mm_status make(struct crew_side *side)
{
    return open_lock(side, true);
}

static enum mm_status join(struct crew_side *side)
{
    return open_lock(side, false);
}

static void prepare(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;

    room->wanted += count;
}

static enum mm_status work(struct crew_side *side, uint64_t count)
{
    struct room *room = side->memory;
    struct gate *gate = side->own;
    enum mm_status status = MM_OK;
    bool more = true;

    (void)count;
    while (more && status == MM_OK) {
        status = gate->kind->take(gate);
        if (status != MM_OK) {
            break;
        }
        more = room->counted < room->wanted;
        if (more) {
            room->counted++;
            side->done++;
        }
        status = gate->kind->give(gate);
    }
    return status;
}

static void close_lock(struct crew_side *side)
{
    gate_free(side->own);
}

const struct crew_job ipc_lock_job = {
    .make = make,
    .join = join,
    .prepare = prepare,
    .work = work,
    .close = close_lock,
    .kinds = gate_kinds,
    .kind_count = GATE_COUNT,
};

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct gate_kind *kind = gate_kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0) {
        return BENCH_NEVER;
    }
    if (kind->why_not != NULL) {
        return BENCH_ALL;
    }
    /* Who spins on a CPU that the owner needs waits for the scheduler. */
    if (policy == CHANNEL_SPIN) {
        return row->numbers[PROCESSES] <= (int64_t)mm_process_cpu_count()
                   ? BENCH_FULL
                   : BENCH_NEVER;
    }
    return row->numbers[PROCESSES] == 2 && policy == CHANNEL_PARK &&
                   !kind->counts
               ? BENCH_QUICK
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
        .job = IPC_LOCK,
        .place = row->words[WAY],
        .policy = (enum channel_policy)row->words[POLICY],
        .members = (unsigned)row->numbers[PROCESSES],
    };

    ipc_crew(run, &options);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_contended_lock;
const struct bench_table bench_ipc_contended_lock = {
    .subject = "ipc",
    .question = "What does a lock cost that several processes want?",
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
