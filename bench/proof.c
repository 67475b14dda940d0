/* SPDX-License-Identifier: MIT */
#include "proof.h"

#include <inttypes.h>

#include "run.h"

/* Huge pages are a wish; faults show whether it was granted. */
static void prove_huge_pages(struct bench_run *run, uint64_t pages,
                             uint64_t faults)
{
    const uint64_t pages_max = 64; /* that a fault enters without them */

    if (pages >= pages_max && faults * pages_max >= pages) {
        bench_judge(run, BENCH_UNPROVED,
                    "the hint was taken, but %" PRIu64 " pages took %" PRIu64
                    " faults: they are not huge",
                    pages, faults);
    }
}

/* Told that accesses jump, the system fetches what is touched and no more:
 * each page that is not cached is a fault of its own. */
static void prove_random(struct bench_run *run, uint64_t pages, uint64_t faults)
{
    if (faults + faults / 10 < pages) {
        bench_judge(run, BENCH_UNPROVED,
                    "the hint was taken, but %" PRIu64
                    " pages took only %" PRIu64
                    " faults: more was read than was touched",
                    pages, faults);
    }
}

void proof_hint(struct bench_run *run, const struct sampler *sampler, bool cold,
                int64_t passes)
{
    uint64_t faults = run_faults(bench_used(run));
    uint64_t pages = sampler->work->pages * (uint64_t)passes;

    if (faults == MM_UNKNOWN) {
        return;
    }
    if (sampler->job->way == WAY_MAPPED_HUGE) {
        prove_huge_pages(run, pages, faults);
    } else if (sampler->job->way == WAY_MAPPED_RANDOM && cold) {
        prove_random(run, pages, faults);
    }
}
