/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "comparison.h"
#include "shim.h"
#include "steadiness.h"

/* How often void repetitions are taken again before they stand. */
enum { ROUNDS_AGAIN_MAX = 3 };

/* Where the walk is, for its listener. */
struct walk {
    const struct plan *plan;
    const struct bench_options *options;
    const struct engine_listener *listener;
    double done_seconds; /* estimates of the comparisons behind us */
    double of_seconds;
    double now_seconds; /* estimate of the comparison at hand */
    size_t calls;       /* of its bodies so far, and expected */
    size_t calls_expected;
    const char *row_name;
};

static void tell_step(void *context)
{
    struct walk *walk = context;
    double share;

    walk->calls++;
    share = (double)walk->calls / (double)walk->calls_expected;
    share = share > 1 ? 1 : share;
    walk->listener->step(walk->listener->context, walk->row_name,
                         walk->done_seconds + share * walk->now_seconds,
                         walk->of_seconds);
}

void engine_prepare(struct measured *measured, const struct bench_row *row,
                    const struct bench_options *options)
{
    memset(measured, 0, sizeof(*measured));
    measured->row = *row;
    measured->sampling = plan_sampling(row, options);
    plan_name(row, measured->name);
}

void engine_judge_failure(struct measured *measured, enum mm_status status,
                          const struct bench_reason *reason)
{
    measured_judge(
        measured, status == MM_UNSUPPORTED ? BENCH_UNSUPPORTED : BENCH_ERROR,
        reason->text[0] != '\0' ? reason->text : mm_status_text(status));
}

void engine_set_up(struct measured *measured, void *shared)
{
    const struct bench_table *table = measured->row.table;
    struct bench_reason reason = {{0}};
    enum mm_status status = MM_OK;

    measured->state = shared;
    if (table->set_up != NULL) {
        status =
            table->set_up(&measured->row, shared, &measured->state, &reason);
    }
    measured->is_set_up = status == MM_OK;
    if (status != MM_OK) {
        engine_judge_failure(measured, status, &reason);
    }
}

void engine_tear_down(struct measured *measured)
{
    const struct bench_table *table = measured->row.table;

    if (measured->is_set_up && table->tear_down != NULL) {
        table->tear_down(measured->state);
    }
    measured->state = NULL;
}

/* A row is as good as the worst of its repetitions. */
static void judge_row(struct measured *measured)
{
    struct bench_reason reason;

    if (measured->is_set_up && !measured->failed &&
        measured->kept < (size_t)measured->sampling.repetitions) {
        measured_judge(measured, BENCH_ERROR, "repetitions are missing");
    }
    if (measured->failed && measured->kept == 0) {
        measured_judge(measured, BENCH_ERROR, "no memory for a sample");
    }
    for (size_t i = 0; i < measured->kept; i++) {
        struct sample *sample = measured_repetition(measured, i);

        sample_judge_length(sample, &measured->sampling);
        measured_judge(measured, sample->state, sample->reason.text);
    }
    if (measured->worst < BENCH_INCONCLUSIVE &&
        !steadiness_check(measured, &reason)) {
        measured_judge(measured, BENCH_INCONCLUSIVE, reason.text);
    }
}

static size_t count_void(const struct measured *measured)
{
    size_t voids = 0;

    for (size_t i = 0; i < measured->kept; i++) {
        voids += measured_repetition(measured, i)->state == BENCH_VOID ? 1 : 0;
    }
    return voids;
}

/*
 * Ask for a row's void repetitions again, when they are the exception: then
 * somebody interfered, such as a system that drops cached pages by itself.
 * When most are void the reason lasts, and they stand. Returns whether there
 * is anything to take again.
 */
static bool discard_void(struct measured *measured)
{
    size_t voids = count_void(measured);

    if (measured->failed || voids == 0 || 2 * voids >= measured->kept) {
        return false;
    }
    for (size_t i = 0; i < measured->sample_count; i++) {
        struct sample *sample = &measured->samples[i];

        if (sample->role == SAMPLE_KEPT && sample->state == BENCH_VOID) {
            sample->role = SAMPLE_DISCARDED;
        }
    }
    measured->kept -= voids;
    measured->wanted = voids;
    return true;
}

/*
 * Ask for as many repetitions again of a row that is not steady: all are kept,
 * so that nothing is sampled until it pleases. Once; then it is inconclusive.
 */
static bool extend_unsteady(struct measured *measured)
{
    struct bench_reason reason;

    if (measured->failed || measured->extended || count_void(measured) > 0 ||
        steadiness_check(measured, &reason)) {
        return false;
    }
    measured->extended = true;
    measured->wanted = (size_t)measured->sampling.repetitions;
    return true;
}

/* Take every row's repetitions, the void ones again, and more of those that
 * scatter. */
static enum mm_status take_repetitions(struct measured *rows, size_t count,
                                       struct shim_session *session)
{
    enum mm_status status = MM_OK;
    bool more = true;

    for (size_t i = 0; i < count; i++) {
        rows[i].wanted =
            rows[i].is_set_up ? (size_t)rows[i].sampling.repetitions : 0;
    }
    for (int round = 0; status == MM_OK && more; round++) {
        status = shim_measure(rows, count, session);
        more = false;
        for (size_t i = 0; i < count; i++) {
            more = (round < ROUNDS_AGAIN_MAX && discard_void(&rows[i])) ||
                   extend_unsteady(&rows[i]) || more;
        }
    }
    return status;
}

static void judge_comparison(struct measured *rows, size_t count,
                             enum mm_status status)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].is_set_up && status != MM_OK) {
            measured_judge(&rows[i], BENCH_ERROR, mm_status_text(status));
        }
        judge_row(&rows[i]);
    }
    comparison_check_checksums(rows, count);
    comparison_check_ceiling(rows, count);
    comparison_check_faults(rows, count);
}

static void measure(struct walk *walk, struct measured *rows, size_t count,
                    struct shim_session *session)
{
    const struct bench_table *table = rows[0].row.table;
    struct bench_reason reason = {{0}};
    enum mm_status status = MM_OK;
    void *shared = NULL;

    if (table->share != NULL) {
        status = table->share(&rows[0].row, walk->options, &shared, &reason);
    }
    if (status != MM_OK) {
        for (size_t i = 0; i < count; i++) {
            engine_judge_failure(&rows[i], status, &reason);
        }
        return;
    }
    for (size_t i = 0; i < count; i++) {
        engine_set_up(&rows[i], shared);
    }
    status = take_repetitions(rows, count, session);
    for (size_t i = 0; i < count; i++) {
        engine_tear_down(&rows[i]);
    }
    if (table->unshare != NULL) {
        table->unshare(shared);
    }
    judge_comparison(rows, count, status);
}

/* Measure the rows from `first` on and give them to the record. */
static enum mm_status walk_comparison(struct walk *walk, size_t first,
                                      size_t count,
                                      struct shim_session *session,
                                      struct record *record)
{
    struct measured *rows = record_rows(record, count);

    if (rows == NULL) {
        return MM_NO_MEMORY;
    }
    walk->calls = 0;
    walk->calls_expected = 0;
    walk->now_seconds = 0;
    for (size_t i = 0; i < count; i++) {
        engine_prepare(&rows[i], &walk->plan->rows[first + i], walk->options);
        walk->calls_expected += (size_t)rows[i].sampling.repetitions +
                                (rows[i].sampling.iterations > 0 ? 0 : 2);
        walk->now_seconds +=
            plan_seconds(&walk->plan->rows[first + i], walk->options);
    }
    walk->row_name = rows[0].name;
    measure(walk, rows, count, session);
    if (run_interrupted()) {
        record_drop(record, count);
        return MM_CANCELLED;
    }
    walk->done_seconds += walk->now_seconds;
    for (size_t i = 0; i < count; i++) {
        walk->listener->row(walk->listener->context, &rows[i]);
    }
    return MM_OK;
}

double engine_seconds(const struct plan *plan,
                      const struct bench_options *options)
{
    double seconds = 0;

    for (size_t i = 0; i < plan->count; i++) {
        seconds += plan_seconds(&plan->rows[i], options);
    }
    return seconds;
}

enum mm_status engine_walk(const struct plan *plan,
                           const struct bench_options *options,
                           double clock_cost_ns,
                           const struct engine_listener *listener,
                           struct record *record)
{
    struct walk walk = {.plan = plan, .options = options, .listener = listener};
    struct shim_session session = {.clock_cost_ns = clock_cost_ns,
                                   .progress = tell_step,
                                   .context = &walk};
    enum mm_status status = record_write(record, false);

    walk.of_seconds = engine_seconds(plan, options);
    for (size_t at = 0; status == MM_OK && at < plan->count;) {
        size_t count = plan_comparison(plan, at);

        status = walk_comparison(&walk, at, count, &session, record);
        at += count;
        if (status == MM_OK) {
            status = record_write(record, at == plan->count);
        }
    }
    return status;
}
