/* SPDX-License-Identifier: MIT */
/* All that a run of the program found out, and its two files: bench.json and
 * histograms.json (their format: reports/BUNDLE.md). */
#ifndef RECORD_H
#define RECORD_H

#include "plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What all rows have in common. */
struct record_context {
    const struct bench_options *options;
    const char *file_path;
    double clock_cost_ns;
    uint64_t clock_resolution_ns;
};

struct record;

/**
 * Start a record of `plan`, to be written to the directory `directory`, or
 * nowhere when that is NULL. Everything given stays the caller's and is
 * needed until record_close().
 */
enum mm_status record_open(const char *directory, const struct plan *plan,
                           const struct record_context *context,
                           struct record **record_out);

void record_close(struct record *record);

/** Room for `count` more rows; the pointer is valid for good. */
struct measured *record_rows(struct record *record, size_t count);

/** Forget the last `count` rows: they were not finished. */
void record_drop(struct record *record, size_t count);

/**
 * Write both files as they are known now, whole or not at all: under another
 * name first. `complete` says that the plan is done.
 *
 * Errors:    MM_NO_SPACE, MM_DENIED, MM_NOT_FOUND, MM_IO.
 */
enum mm_status record_write(struct record *record, bool complete);

/** Rows of a state; `missing_out` counts those of the plan that are not
 * there. */
size_t record_count(const struct record *record, enum bench_state state);
size_t record_missing(const struct record *record);

#ifdef __cplusplus
}
#endif

#endif /* RECORD_H */
