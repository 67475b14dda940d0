/* SPDX-License-Identifier: MIT */
/*
 * How long does it take to learn that the owner of a mutex has died?
 *
 * A process owns it and is killed, and another one acquires it: timed from
 * before the kill until that one has the mutex and was told that it is
 * abandoned. So the system's end of a process is part of it, and the larger
 * one. Each round has an owner of its own, which is seen to own it before.
 */
#include <mapmark/clock.h>
#include <mapmark/semaphore.h>
#include <mapmark/wait.h>

#include "gate.h"
#include "ipc.h"
#include "partner.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN, POLICY };

static const char *const patterns[] = {"owner-death", NULL};

static const struct bench_words words[] = {
    {"way", gate_words},
    {"pattern", patterns},
    {"policy", channel_policies},
};

/* ---- who dies ------------------------------------------------------------ */

/* What an owner has to know. */
struct page {
    uint64_t place;
    uint64_t cpu;
    uint64_t owned; /* the number of a semaphore: one for each owner so far */
    uint64_t never; /* the same, of one that is never released */
    _Alignas(CHANNEL_LINE) unsigned char gate[GATE_MEMORY];
};

static enum mm_status own_and_stay(struct page *page, struct gate *gate)
{
    struct own_object owned = {0}, never = {0};
    enum mm_status status = gate->kind->open(gate);

    if (status == MM_OK) {
        status = mm_process_pin((unsigned)page->cpu);
    }
    if (status == MM_OK) {
        status = own_object_adopt(&own_semaphore, page->owned, &owned);
    }
    if (status == MM_OK) {
        status = own_object_adopt(&own_semaphore, page->never, &never);
    }
    if (status == MM_OK) {
        status = gate->kind->take(gate);
    }
    if (status == MM_OK) {
        status = mm_semaphore_release(owned.handle, 1, NULL);
    }
    return status == MM_OK ? own_object_wait(&never, CHANNEL_PARK) : status;
}

int ipc_owner_play(void *memory, unsigned index, const void *context)
{
    struct page *page = memory;
    struct gate *gate;

    (void)index;
    (void)context;
    if (page->place >= GATE_COUNT) {
        return (int)MM_INVALID;
    }
    gate =
        gate_new(gate_kinds[page->place], CHANNEL_PARK, page->gate, false, 1);
    return (int)(gate != NULL ? own_and_stay(page, gate) : MM_NO_MEMORY);
}

/* ---- who outlives them --------------------------------------------------- */

struct heir {
    struct partner_stage stage;
    struct gate *gate;
    struct own_object owned;
    struct own_object never;
};

static void close_heir(struct heir *heir)
{
    own_object_close(&heir->owned);
    own_object_close(&heir->never);
    gate_free(heir->gate);
    partner_stage_free(&heir->stage);
}

static enum mm_status open_heir(const struct bench_row *row, struct heir *heir)
{
    enum mm_status status =
        partner_stage_make(sizeof(struct page), &heir->stage);
    struct page *page = heir->stage.memory;

    if (status != MM_OK) {
        return status;
    }
    page->place = row->words[WAY];
    heir->gate =
        gate_new(gate_kinds[row->words[WAY]],
                 (enum channel_policy)row->words[POLICY], page->gate, true, 1);
    if (heir->gate == NULL) {
        return MM_NO_MEMORY;
    }
    status = heir->gate->kind->open(heir->gate);
    if (status == MM_OK) {
        status = own_object_make(&own_semaphore, &heir->owned, &page->owned);
    }
    if (status == MM_OK) {
        status = own_object_make(&own_semaphore, &heir->never, &page->never);
    }
    return status;
}

/* The owners are on another CPU, where there is one. */
static enum mm_status place_heir(struct heir *heir)
{
    struct page *page = heir->stage.memory;
    unsigned mine, other;
    enum mm_status status = partner_take_cpu(0, &mine);

    if (status != MM_OK) {
        return status;
    }
    page->cpu = partner_take_cpu(mine + 1, &other) == MM_OK ? other : mine;
    return mm_process_pin(mine);
}

/* One that cannot become an owner ends, which is looked for now and then. */
static enum mm_status wait_for_owner(struct heir *heir,
                                     struct mm_process *owner)
{
    static const struct mm_wait_policy parked = {.way = MM_WAIT_PARK};
    const uint64_t look_ns = 50000000;
    enum mm_status status;

    do {
        status = mm_wait(heir->owned.waitable, &parked, look_ns);
        if (status == MM_TIMED_OUT &&
            mm_process_wait(owner, 0, NULL) == MM_OK) {
            status = MM_CLOSED;
        }
    } while (status == MM_TIMED_OUT);
    return status;
}

/* The time from one owner's death to the mutex, which is then given back. */
static enum mm_status outlive(struct heir *heir, uint64_t *took_out)
{
    struct gate *gate = heir->gate;
    struct mm_process *owner = NULL;
    uint64_t start;
    enum mm_status status =
        partner_start(&heir->stage, PARTNER_OWNS, 1, &owner);

    *took_out = 0;
    if (status == MM_OK) {
        status = wait_for_owner(heir, owner);
    }
    start = mm_clock_ns();
    if (status == MM_OK) {
        status = mm_process_kill(owner);
    }
    if (status == MM_OK) {
        status = gate->kind->take(gate);
        *took_out = mm_clock_ns() - start;
    }
    partner_kill(owner);
    if (status == MM_OK || status == MM_ABANDONED) {
        enum mm_status given = gate->kind->give(gate);

        status = given == MM_OK ? status : given;
    }
    return status;
}

static bool outlive_some(struct bench_run *run, struct heir *heir,
                         int64_t count)
{
    struct bench_phases phases = {.readings = (uint64_t)count};

    for (int64_t i = 0; i < count; i++) {
        uint64_t took;
        enum mm_status status = outlive(heir, &took);

        if (!bench_check(run, status, "outlive an owner")) {
            return false;
        }
        if (status != MM_ABANDONED) {
            bench_judge(run, BENCH_VOID,
                        "the mutex of a dead owner was not told to be one");
        }
        bench_latency(run, took);
        phases.ns[BENCH_PHASE_ACCESS] += took;
    }
    bench_phase_times(run, &phases);
    return true;
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    struct heir heir = {0};
    enum mm_status status = open_heir(bench_run_row(run), &heir);
    int64_t more, count = 0;

    if (status == MM_OK) {
        status = place_heir(&heir);
    }
    bench_check(run, status, "make a mutex for owners");
    while ((more = bench_next(run, INT32_MAX)) > 0 &&
           outlive_some(run, &heir, more)) {
        count += more;
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
    close_heir(&heir);
}

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct gate_kind *kind = gate_kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];

    (void)options;
    switch ((enum gate_place)row->words[WAY]) {
    case GATE_AT_mutex:
    case GATE_AT_robust_mutex:
    case GATE_AT_kernel_mutex:
        break;
    default:
        return BENCH_NEVER; /* nobody owns it, or nobody is told */
    }
    if ((kind->policies & channel_bit(policy)) == 0 || policy == CHANNEL_SPIN) {
        return BENCH_NEVER;
    }
    if (kind->why_not != NULL) {
        return BENCH_ALL;
    }
    return policy == CHANNEL_PARK ? BENCH_QUICK : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    ipc_sampling(row, options, sampling_out);
    sampling_out->iterations = options->quick ? 20 : 50;
    /* To start a process takes most of it. */
    sampling_out->sample_seconds = (double)sampling_out->iterations * 0.003;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    const struct gate_kind *kind = gate_kinds[row->words[WAY]];

    *state_out = shared;
    return ipc_check(kind->why_not, reason);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_owner_death;
const struct bench_table bench_ipc_owner_death = {
    .subject = "ipc",
    .question = "How long until the death of a mutex's owner is known?",
    .latency = "death",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .compared = "policy",
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .body = body,
};
