/* SPDX-License-Identifier: MIT */
/* Samples that are made of passes: each does the same work, and computes the
 * same from it. */
#ifndef PASSES_H
#define PASSES_H

#include "bench.h"

/** Sample by many passes, each of which leaves everything as it was. Seconds
 * are an estimate of one. */
void passes_many(const struct bench_options *options, double seconds,
                 struct bench_sampling *sampling_out);

/** Sample by single passes, because each must start with nothing cached or
 * nothing dirty. */
void passes_single(double seconds, struct bench_sampling *sampling_out);

/** One pass, timed by itself in phases. False after a failure, which is then
 * judged. */
typedef bool passes_body(void *context, uint64_t *checksum_out);

/**
 * Run passes for as long as the engine wants, each with its latency. The
 * sample is void when one computes something else than those before it, which
 * is in `*checksum_out`. Returns how many succeeded.
 */
int64_t passes_run(struct bench_run *run, passes_body *body, void *context,
                   uint64_t *checksum_out);

#endif /* PASSES_H */
