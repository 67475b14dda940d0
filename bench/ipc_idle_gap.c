/* SPDX-License-Identifier: MIT */
/*
 * What does a wake-up cost after a while without one?
 *
 * A CPU that has had nothing to do is slower to wake the longer that was, and
 * who spins for a while has given up by then. So each round trip begins at a
 * time that was set before, so long after the answer to the last one; the side
 * that measures looks at the clock until then, and what it is late counts.
 * Its own CPU time is therefore no price of the wake-up; the partner's is.
 */
#include <mapmark/clock.h>

#include "ipc.h"
#include "shim.h"
#include "talk.h"

/* places of words */
enum { WAY, PATTERN, POLICY };
/* places of numbers */
enum { GAP };

static const char *const patterns[] = {"gap", NULL};

static const struct bench_words words[] = {
    {"way", channel_words},
    {"pattern", patterns},
    {"policy", channel_policies},
};

/* Nanoseconds. */
static const int64_t gaps[] = {US_10, US_100, MS_1, MS_10};

static const struct bench_numbers numbers[] = {
    {"gap", gaps, sizeof(gaps) / sizeof(gaps[0]), -1},
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct channel_kind *kind = channel_kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];
    bool is_usual = row->words[WAY] == CHANNEL_AT_event ||
                    row->words[WAY] == CHANNEL_AT_sem;

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0 || kind->carries) {
        return BENCH_NEVER;
    }
    /* Who spins need not wake, and every hiccup of a long gap is seen. */
    if (!ipc_is_of_here(row->words[WAY]) || policy == CHANNEL_SPIN) {
        return BENCH_ALL;
    }
    return is_usual && policy == CHANNEL_PARK &&
                   (row->numbers[GAP] == US_10 || row->numbers[GAP] == MS_1)
               ? BENCH_QUICK
               : BENCH_FULL;
}

/* A number of round trips: most of their time is none that counts. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double seconds = options->quick ? 0.05 : 0.1;
    const double each = (double)(row->numbers[GAP] + US_100) / 1e9;
    const int64_t least = 20;

    ipc_sampling(row, options, sampling_out);
    sampling_out->iterations = (int64_t)(seconds / each);
    if (sampling_out->iterations < least) {
        sampling_out->iterations = least;
    }
    sampling_out->sample_seconds =
        (double)sampling_out->iterations * each + 0.02;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    *state_out = shared;
    return ipc_check(channel_kinds[row->words[WAY]]->why_not, reason);
}

/* One at a time; false after a failure, which is then judged. */
static bool wake_after_gaps(struct bench_run *run, struct talk *talk,
                            int64_t count)
{
    const uint64_t gap = (uint64_t)bench_run_row(run)->numbers[GAP];
    struct bench_phases phases = {.readings = (uint64_t)count};

    for (int64_t i = 0; i < count; i++) {
        uint64_t start = mm_clock_ns() + gap, took;
        enum mm_status status;

        while (mm_clock_ns() < start) {
        }
        status = talk_round_trips(talk, 1);
        if (!bench_check(run, status, "a round trip with the partner")) {
            return false;
        }
        took = mm_clock_ns() - start;
        bench_latency(run, took);
        phases.ns[BENCH_PHASE_ACCESS] += took;
    }
    bench_phase_times(run, &phases);
    return true;
}

static void measure_talk(struct bench_run *run, struct talk *talk)
{
    int64_t more, count = 0;

    if (!bench_check(run, talk_account(talk), "talk")) {
        return;
    }
    while ((more = bench_next(run, INT32_MAX)) > 0) {
        if (!wake_after_gaps(run, talk, more)) {
            return;
        }
        count += more;
    }
    talk_end(talk, run);
    bench_count(run, BENCH_ACCESSES, (double)count);
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    const struct bench_row *row = bench_run_row(run);
    const struct talk_options options = {
        .kind = channel_kinds[row->words[WAY]],
        .place = row->words[WAY],
        .policy = (enum channel_policy)row->words[POLICY],
        .placement = TALK_CROSS,
        .octets = 1,
    };
    struct bench_reason reason = {{0}};
    struct talk *talk = NULL;
    enum mm_status status = talk_open(&options, &talk, &reason);

    if (bench_check(run, status, reason.text)) {
        measure_talk(run, talk);
    }
    talk_close(talk);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_ipc_idle_gap;
const struct bench_table bench_ipc_idle_gap = {
    .subject = "ipc",
    .question = "What does a wake-up cost after a while without one?",
    .latency = "round trip",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .compared = "policy",
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .body = body,
};
