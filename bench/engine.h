/* SPDX-License-Identifier: MIT */
/* Walks a plan: for each comparison share, set up, measure, tear down, judge,
 * and hand the rows to the record. */
#ifndef ENGINE_H
#define ENGINE_H

#include "plan.h"
#include "record.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a walk tells its caller as it goes; seconds are estimates. */
struct engine_listener {
    void (*step)(void *context, const char *row, double done_seconds,
                 double of_seconds);
    void (*row)(void *context, const struct measured *measured);
    void *context;
};

/** Estimated seconds of the whole plan. */
double engine_seconds(const struct plan *plan,
                      const struct bench_options *options);

/**
 * Measure every row of the plan, write the record after each comparison.
 *
 * A row that fails is recorded with its reason, and the walk goes on; it ends
 * early only when the user interrupts or the record cannot be written.
 *
 * Errors:    as record_write(), MM_NO_MEMORY, MM_CANCELLED (interrupted).
 */
enum mm_status engine_walk(const struct plan *plan,
                           const struct bench_options *options,
                           double clock_cost_ns,
                           const struct engine_listener *listener,
                           struct record *record);

/* What any engine does with a row before and after its samples. */

/** Begin a row: no samples, nothing judged. */
void engine_prepare(struct measured *measured, const struct bench_row *row,
                    const struct bench_options *options);

/** Run the table's set_up(); a row that fails is judged. */
void engine_set_up(struct measured *measured, void *shared);

/** Judge a row by the failure of what comes before its samples. */
void engine_judge_failure(struct measured *measured, enum mm_status status,
                          const struct bench_reason *reason);

/** Run the table's tear_down() where set_up() has succeeded. */
void engine_tear_down(struct measured *measured);

#ifdef __cplusplus
}
#endif

#endif /* ENGINE_H */
