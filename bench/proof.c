/* SPDX-License-Identifier: MIT */
#include "proof.h"

#include <inttypes.h>

#include "run.h"

/* Reading /proc and the like is a handful of calls; a pass is many more. */
static const uint64_t stray_calls_max = 16;
static const uint64_t stray_bytes_max = 32 << 10;

/* No octets come by calls, and if it were in a single large one. */
static void prove_no_calls(struct bench_run *run)
{
    const struct mm_process_usage *used = bench_used(run);
    uint64_t calls = used->read_calls + used->write_calls;
    uint64_t octets = used->read_bytes + used->write_bytes;

    if (calls > stray_calls_max) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " read and write calls were made, and this way "
                    "makes none",
                    calls);
    } else if (octets > stray_bytes_max) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " octets went through read and write calls, and "
                    "this way makes none",
                    octets);
    }
}

void proof_way(struct bench_run *run, const struct sampler *sampler)
{
    const struct mm_process_usage *used = bench_used(run);
    enum way way = sampler->job->way;
    uint64_t calls = used->read_calls + used->write_calls;
    uint64_t made = sampler->reads + sampler->writes;

    if (used->read_calls == MM_UNKNOWN || used->write_calls == MM_UNKNOWN) {
        return;
    }
    if (way_is_mapped(way) || way == WAY_MEMORY) {
        prove_no_calls(run);
    } else if (way != WAY_STDIO && calls < made) {
        bench_judge(run, BENCH_VOID,
                    "the system saw %" PRIu64 " of %" PRIu64
                    " read and write calls",
                    calls, made);
    }
}

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
