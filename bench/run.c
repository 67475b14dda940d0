/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Above this share the clock is part of the measurement (rule 5). */
static const double clock_share_max = 0.02;

/* A sample is too short below this share of what was wanted. Repetitions have
 * the iterations that filled the first one, and differ from it. */
static const double length_share_min = 0.1;

static volatile sig_atomic_t interrupted;

void run_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

bool run_interrupted(void)
{
    return interrupted != 0;
}

struct sample *measured_add(struct measured *measured)
{
    struct sample *grown;
    size_t room;

    if (measured->sample_count == measured->sample_room) {
        room = measured->sample_room > 0 ? 2 * measured->sample_room : 16;
        grown = realloc(measured->samples, room * sizeof(*grown));
        if (grown == NULL) {
            return NULL;
        }
        measured->samples = grown;
        measured->sample_room = room;
    }
    grown = &measured->samples[measured->sample_count++];
    memset(grown, 0, sizeof(*grown));
    return grown;
}

void measured_free(struct measured *measured)
{
    for (size_t i = 0; i < measured->sample_count; i++) {
        free(measured->samples[i].latencies);
        free(measured->samples[i].slices);
    }
    free(measured->samples);
    measured->samples = NULL;
    measured->sample_count = 0;
    measured->sample_room = 0;
}

struct sample *measured_repetition(const struct measured *measured,
                                   size_t repetition)
{
    size_t seen = 0;

    for (size_t i = 0; i < measured->sample_count; i++) {
        if (measured->samples[i].role == SAMPLE_KEPT && seen++ == repetition) {
            return &measured->samples[i];
        }
    }
    return NULL;
}

static void judge(enum bench_state *state_now, struct bench_reason *reason_now,
                  enum bench_state state, const char *reason)
{
    if (state > *state_now) {
        *state_now = state;
        bench_explain(reason_now, "%s", reason);
    }
}

void measured_judge(struct measured *measured, enum bench_state state,
                    const char *reason)
{
    judge(&measured->worst, &measured->reason, state, reason);
}

void sample_judge(struct sample *sample, enum bench_state state,
                  const char *reason)
{
    judge(&sample->state, &sample->reason, state, reason);
}

uint64_t run_faults(const struct mm_process_usage *used)
{
    /* Where the kinds are not told apart, all of them are minor. */
    return used->minor_faults == MM_UNKNOWN || used->major_faults == MM_UNKNOWN
               ? used->minor_faults
               : used->minor_faults + used->major_faults;
}

void sample_judge_length(struct sample *sample,
                         const struct bench_sampling *sampling)
{
    struct bench_reason reason;
    double seconds = sample->real_ns * (double)sample->iterations * 1e-9;

    if (sampling->iterations == 0 &&
        seconds < length_share_min * sampling->min_seconds) {
        bench_explain(&reason, "a sample took %.6f s and should have taken %g",
                      seconds, sampling->min_seconds);
        sample_judge(sample, BENCH_UNPROVED, reason.text);
    }
}

uint64_t sample_phases_ns(const struct sample *sample)
{
    uint64_t sum = 0;

    for (int i = 0; i < BENCH_PHASE_COUNT; i++) {
        sum += sample->phases.ns[i];
    }
    return sum;
}

void bench_explain(struct bench_reason *reason, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason->text, sizeof(reason->text), format, arguments);
    va_end(arguments);
}

void bench_judge(struct bench_run *run, enum bench_state state,
                 const char *format, ...)
{
    struct bench_reason reason;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reason.text, sizeof(reason.text), format, arguments);
    va_end(arguments);
    sample_judge(run->sample, state, reason.text);
}

bool bench_check(struct bench_run *run, enum mm_status status, const char *what)
{
    if (!mm_status_failed(status)) {
        return true;
    }
    bench_judge(run, status == MM_UNSUPPORTED ? BENCH_UNSUPPORTED : BENCH_ERROR,
                "%s: %s (system error %ld)", what, mm_status_text(status),
                mm_last_os_error());
    return false;
}

const struct bench_row *bench_run_row(const struct bench_run *run)
{
    return run->row;
}

const char *bench_word(const struct bench_row *row, unsigned place)
{
    return row->table->words[place].values[row->words[place]];
}

/* What was used between two readings; what is unknown stays unknown. */
static uint64_t used(uint64_t before, uint64_t after)
{
    return before == MM_UNKNOWN || after == MM_UNKNOWN ? MM_UNKNOWN
                                                       : after - before;
}

static void open_accounts(struct bench_run *run)
{
    run->begun = true;
    run->sample->usage_known = mm_process_get_usage(NULL, &run->before);
}

static void close_accounts(struct bench_run *run)
{
    struct mm_process_usage *sum = &run->sample->used;
    struct mm_process_usage now;

    if (!run->begun || run->ended) {
        return;
    }
    run->ended = true;
    if (run->sample->usage_known != MM_OK) {
        return;
    }
    run->sample->usage_known = mm_process_get_usage(NULL, &now);
    sum->user_ns = used(run->before.user_ns, now.user_ns);
    sum->system_ns = used(run->before.system_ns, now.system_ns);
    sum->minor_faults = used(run->before.minor_faults, now.minor_faults);
    sum->major_faults = used(run->before.major_faults, now.major_faults);
    sum->voluntary_switches =
        used(run->before.voluntary_switches, now.voluntary_switches);
    sum->involuntary_switches =
        used(run->before.involuntary_switches, now.involuntary_switches);
    sum->storage_read_bytes =
        used(run->before.storage_read_bytes, now.storage_read_bytes);
    sum->storage_write_bytes =
        used(run->before.storage_write_bytes, now.storage_write_bytes);
    sum->read_calls = used(run->before.read_calls, now.read_calls);
    sum->write_calls = used(run->before.write_calls, now.write_calls);
    sum->read_bytes = used(run->before.read_bytes, now.read_bytes);
    sum->write_bytes = used(run->before.write_bytes, now.write_bytes);
}

int64_t bench_next(struct bench_run *run, int64_t want)
{
    int64_t batch = 0;

    if (run_interrupted()) {
        bench_judge(run, BENCH_ERROR, "interrupted");
    }
    if (run->sample->state < BENCH_UNSUPPORTED && !run->ended) {
        if (!run->begun) {
            open_accounts(run);
        }
        batch = run->next(run->engine, want);
    }
    if (batch == 0) {
        close_accounts(run);
    }
    run->sample->iterations += batch;
    return batch;
}

void bench_phase_times(struct bench_run *run, const struct bench_phases *phases)
{
    struct bench_phases *sum = &run->sample->phases;

    for (int i = 0; i < BENCH_PHASE_COUNT; i++) {
        sum->ns[i] += phases->ns[i];
    }
    sum->readings += phases->readings;
}

void bench_latency(struct bench_run *run, uint64_t ns)
{
    struct sample *sample = run->sample;

    if (sample->latencies == NULL) {
        sample->latencies = calloc(1, sizeof(*sample->latencies));
    }
    if (sample->latencies == NULL) {
        bench_judge(run, BENCH_ERROR, "no memory for the histogram");
        return;
    }
    histogram_record(sample->latencies, ns);
}

void bench_count(struct bench_run *run, enum bench_counter counter,
                 double value)
{
    if (!isfinite(value)) {
        bench_judge(run, BENCH_ERROR, "a counter is not a finite number");
        return;
    }
    run->sample->counters[counter] = value;
    run->sample->counted[counter] = true;
}

enum mm_status bench_add_slice(struct bench_run *run,
                               const struct bench_slice *slice)
{
    struct sample *sample = run->sample;
    struct bench_slice *grown =
        realloc(sample->slices, (sample->slice_count + 1) * sizeof(*grown));

    if (grown == NULL) {
        return MM_NO_MEMORY;
    }
    grown[sample->slice_count++] = *slice;
    sample->slices = grown;
    return MM_OK;
}

void bench_checksum(struct bench_run *run, uint64_t checksum)
{
    run->sample->checksum = checksum;
    run->sample->has_checksum = true;
}

const struct mm_process_usage *bench_used(const struct bench_run *run)
{
    static const struct mm_process_usage unknown = {
        MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN,
        MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN, MM_UNKNOWN,
    };

    return run->ended && run->sample->usage_known == MM_OK ? &run->sample->used
                                                           : &unknown;
}

void sample_judge_clock(struct sample *sample, uint64_t readings,
                        double clock_cost_ns, uint64_t total_ns)
{
    double cost_ns = (double)readings * clock_cost_ns;
    double share = total_ns > 0 ? cost_ns / (double)total_ns : 1;
    struct bench_reason reason;

    sample->clock_share = share;
    if (share > clock_share_max) {
        bench_explain(&reason, "reading the clock is %.1f %% of what is timed",
                      share * 100);
        sample_judge(sample, BENCH_UNPROVED, reason.text);
    }
}

/* The times that a row timed by hand must have. */
static void judge_times(struct bench_run *run, double clock_cost_ns)
{
    uint64_t total = sample_phases_ns(run->sample);

    if ((run->row->table->flags & BENCH_TIMED_BY_HAND) == 0) {
        return;
    }
    if (total == 0) {
        bench_judge(run, BENCH_ERROR, "timed by hand, but took no time");
        return;
    }
    sample_judge_clock(run->sample, run->sample->phases.readings, clock_cost_ns,
                       total);
}

void run_body(struct measured *measured, struct bench_run *run,
              double clock_cost_ns)
{
    run->row = &measured->row;
    measured->row.table->body(run, measured->state);
    if (run->sample->state >= BENCH_UNSUPPORTED) {
        return;
    }
    if (!run->ended) {
        bench_judge(run, BENCH_ERROR, "the body left its loop early");
        return;
    }
    judge_times(run, clock_cost_ns);
}
