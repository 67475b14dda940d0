/* SPDX-License-Identifier: MIT */
#include "passes.h"

#include <mapmark/clock.h>

enum {
    /* A sample that is one pass tells little, so there must be many. */
    SINGLE_PASSES = 20,
};

/* Storage that others use as well, and that has caches of its own, scatters
 * more than what stays within the machine. */
static const double storage_variation_max = 0.5;

void passes_many(const struct bench_options *options, double seconds,
                 struct bench_sampling *sampling_out)
{
    sampling_out->min_seconds = options->quick ? 0.05 : 0.2;
    sampling_out->sample_seconds = seconds > sampling_out->min_seconds
                                       ? seconds
                                       : sampling_out->min_seconds * 1.2;
}

void passes_single(double seconds, struct bench_sampling *sampling_out)
{
    sampling_out->iterations = 1;
    sampling_out->repetitions = SINGLE_PASSES;
    sampling_out->variation_max = storage_variation_max;
    sampling_out->sample_seconds = seconds;
}

int64_t passes_run(struct bench_run *run, passes_body *body, void *context,
                   uint64_t *checksum_out)
{
    bool same = true;
    int64_t passes = 0;

    *checksum_out = 0;
    while (bench_next(run, 1) > 0) {
        uint64_t start = mm_clock_ns(), checksum = 0;

        if (!body(context, &checksum)) {
            continue; /* bench_next() ends the loop after a failure */
        }
        bench_latency(run, mm_clock_ns() - start);
        same = same && (passes == 0 || checksum == *checksum_out);
        *checksum_out = checksum;
        passes++;
    }
    if (!same) {
        bench_judge(run, BENCH_VOID, "the file changed while it was measured");
    }
    return passes;
}
