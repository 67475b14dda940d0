/* SPDX-License-Identifier: MIT */
/*
 * How late does a timer let one go?
 *
 * The time of a row is what passes between the time that was asked for and the
 * return of the wait, never less than nothing: one that comes early is void.
 * What the system adds on purpose (the timer slack of Linux, the tick of
 * Windows) is part of it, because a user has it as well.
 */
#include <inttypes.h>

#include <mapmark/clock.h>
#include <mapmark/timer.h>

#include "ipc.h"
#include "own_object.h"
#include "peers/alarms.h"

/* places of words */
enum { WAY, PATTERN, POLICY };
/* places of numbers */
enum { DUE };

/* ---- the library's own timer --------------------------------------------- */

static enum mm_status open_timer(struct alarm *alarm)
{
    uint64_t number;

    return own_object_make(&own_timer, &alarm->object, &number);
}

static enum mm_status wait_for_timer(struct alarm *alarm, uint64_t due_ns)
{
    uint64_t now = mm_clock_ns();
    enum mm_status status =
        mm_timer_set(alarm->object.handle, due_ns > now ? due_ns - now : 0, 0);

    return status == MM_OK ? own_object_wait(&alarm->object, alarm->policy)
                           : status;
}

static void close_timer(struct alarm *alarm)
{
    own_object_close(&alarm->object);
}

static const struct alarm_kind alarm_timer = {
    .policies = OWN_POLICIES,
    .open = open_timer,
    .wait_until = wait_for_timer,
    .close = close_timer,
};

/* ---- the rows ------------------------------------------------------------ */

static const char *const ways[] = {"timer", "nanosleep", "timerfd",
                                   "kernel-timer", NULL};

static const struct alarm_kind *const kinds[] = {
    &alarm_timer, &alarm_nanosleep, &alarm_timerfd, &alarm_kernel_timer};

static const char *const patterns[] = {"late", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
    {"policy", channel_policies},
};

/* Nanoseconds. */
static const int64_t dues[] = {US_100, MS_1, MS_10};

static const struct bench_numbers numbers[] = {
    {"due", dues, sizeof(dues) / sizeof(dues[0]), -1},
};

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct alarm_kind *kind = kinds[row->words[WAY]];
    enum channel_policy policy = (enum channel_policy)row->words[POLICY];

    (void)options;
    if ((kind->policies & channel_bit(policy)) == 0) {
        return BENCH_NEVER;
    }
    if (kind->why_not != NULL || policy == CHANNEL_SPIN) {
        return BENCH_ALL;
    }
    return policy == CHANNEL_PARK && row->numbers[DUE] == MS_1 ? BENCH_QUICK
                                                               : BENCH_FULL;
}

/* A number of waits: none of their time counts but what they are late. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double seconds = options->quick ? 0.05 : 0.1;
    const double each = (double)(row->numbers[DUE] + US_100) / 1e9;
    const int64_t least = 20;

    ipc_sampling(row, options, sampling_out);
    sampling_out->iterations = (int64_t)(seconds / each);
    if (sampling_out->iterations < least) {
        sampling_out->iterations = least;
    }
    sampling_out->sample_seconds = (double)sampling_out->iterations * each;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    *state_out = shared;
    return ipc_check(kinds[row->words[WAY]]->why_not, reason);
}

/* One after the other; false after a failure, which is then judged. */
static bool wait_some(struct bench_run *run, struct alarm *alarm, int64_t count)
{
    uint64_t wanted = (uint64_t)bench_run_row(run)->numbers[DUE];
    struct bench_phases phases = {.readings = (uint64_t)count};

    for (int64_t i = 0; i < count; i++) {
        uint64_t due = mm_clock_ns() + wanted, now;
        enum mm_status status = alarm->kind->wait_until(alarm, due);

        now = mm_clock_ns();
        if (!bench_check(run, status, "wait until a time")) {
            return false;
        }
        if (now < due) {
            bench_judge(run, BENCH_VOID, "%" PRIu64 " ns too early", due - now);
            now = due;
        }
        bench_latency(run, now - due);
        phases.ns[BENCH_PHASE_ACCESS] += now - due;
    }
    bench_phase_times(run, &phases);
    return true;
}

static void body(struct bench_run *run, void *state)
{
    const struct bench_row *row = bench_run_row(run);
    struct alarm alarm = {
        .kind = kinds[row->words[WAY]],
        .policy = (enum channel_policy)row->words[POLICY],
    };
    int64_t more, count = 0;

    (void)state;
    bench_check(run, alarm.kind->open(&alarm), "make a timer");
    while ((more = bench_next(run, INT32_MAX)) > 0 &&
           wait_some(run, &alarm, more)) {
        count += more;
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
    alarm.kind->close(&alarm);
}

extern const struct bench_table bench_ipc_timer_error;
const struct bench_table bench_ipc_timer_error = {
    .subject = "ipc",
    .question = "How late does a timer let one go?",
    .latency = "delay",
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
