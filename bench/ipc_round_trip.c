/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to wake another process, and to be woken by its answer?
 *
 * A ping-pong between two processes, each on a CPU that it was seen on, with a
 * number in every message that the other side expects: a test that talks to
 * itself is fast and worthless. It is a closed loop, so what it tells is
 * service time, and nothing is corrected for what would have waited. Policies
 * are sampled together and named apart: who spins is fast and burns a CPU.
 */
#include <inttypes.h>

#include <mapmark/clock.h>

#include "ipc.h"
#include "shim.h"
#include "sizes.h"
#include "talk.h"

/* places of words */
enum { WAY, PATTERN, POLICY, PLACEMENT };
/* places of numbers */
enum { OCTETS };

static const char *const patterns[] = {"pingpong", NULL};

static const struct bench_words words[] = {
    {"way", channel_words},
    {"pattern", patterns},
    {"policy", channel_policies},
    {"placement", talk_placements},
};

/* Of one octet: the least that a message can be. */
static const int64_t octets[] = {1, 64, KIB_4, TALK_OCTETS_MAX};

static const struct bench_numbers numbers[] = {
    {"octets", octets, sizeof(octets) / sizeof(octets[0]), 1},
};

/* One of the library's, beside the least that two processes need. */
static bool shows_spinning(const struct bench_row *row)
{
    return row->words[WAY] == CHANNEL_AT_event ||
           row->words[WAY] == CHANNEL_AT_word;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct channel_kind *kind = channel_kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];
    bool same = row->words[PLACEMENT] == TALK_SAME;
    bool least = row->numbers[OCTETS] == 1;

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0 ||
        (!least && !kind->carries)) {
        return BENCH_NEVER;
    }
    /* It would wait for the scheduler to take the CPU away from it. */
    if (same && policy == CHANNEL_SPIN) {
        return BENCH_NEVER;
    }
    if ((same && policy == CHANNEL_ADAPTIVE) ||
        (policy == CHANNEL_SPIN && !shows_spinning(row)) ||
        (same && row->words[WAY] >= CHANNEL_AT_unix_socket)) {
        return BENCH_FULL;
    }
    return least && ipc_is_of_here(row->words[WAY]) ? BENCH_QUICK : BENCH_FULL;
}

/* Who spins is done so soon that one hiccup of the machine is a large part of
 * a short sample. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    ipc_sampling(row, options, sampling_out);
    if (row->words[POLICY] != CHANNEL_PARK && options->quick) {
        sampling_out->min_seconds = 0.1;
        sampling_out->sample_seconds = sampling_out->min_seconds + 0.02;
    }
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    *state_out = shared;
    return ipc_check(channel_kinds[row->words[WAY]]->why_not, reason);
}

static struct talk_options options_of(const struct bench_row *row)
{
    unsigned way = row->words[WAY];
    struct talk_options options = {
        .kind = channel_kinds[way],
        .place = way,
        .policy = (enum channel_policy)row->words[POLICY],
        .placement = (enum talk_placement)row->words[PLACEMENT],
        .octets = (size_t)row->numbers[OCTETS],
    };

    return options;
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    struct talk_options options = options_of(bench_run_row(run));

    ipc_ping_pong(run, &options);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_round_trip;
const struct bench_table bench_ipc_round_trip = {
    .subject = "ipc",
    .question = "What does it cost to wake another process and be woken?",
    .latency = "round trip",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .compared = "policy",
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .body = body,
};
