/* SPDX-License-Identifier: MIT */
#include "claim.h"

#include <inttypes.h>

/* Reading /proc and the like is a handful of calls; a pass is many more. */
static const uint64_t stray_calls_max = 16;
static const uint64_t stray_bytes_max = 32 << 10;

/* A share below one never reads 100 %. */
static double percent(double share)
{
    return (double)(int)(share * 1000) / 10;
}

/* What the user's file is found in can be measured once and again only when
 * measuring does not change it. */
static bool judge_found(const struct claim *claim,
                        const struct cache_proof *proof)
{
    if (proof->share < 1) {
        bench_judge(claim->run, BENCH_UNSUPPORTED,
                    "only %.1f %% of %s was found cached, and the first pass "
                    "changes that; the cold rows tell of the rest",
                    percent(proof->share), claim->object);
        return false;
    }
    if (proof->disturbed) {
        bench_judge(claim->run, BENCH_VOID,
                    "%s is not as it was found any more", claim->object);
    }
    return true;
}

static void judge_filled(const struct claim *claim,
                         const struct cache_proof *proof)
{
    if (proof->share < 1) {
        bench_judge(claim->run, BENCH_VOID, "only %.1f %% of %s is cached",
                    percent(proof->share), claim->object);
    } else if (!proof->canonical) {
        bench_judge(claim->run, BENCH_UNPROVED,
                    "the cache could not be emptied before it was filled, so "
                    "how it was filled is unknown");
    }
}

static void judge_cold(const struct claim *claim,
                       const struct cache_proof *proof)
{
    if (proof->share > 0) {
        bench_judge(claim->run, BENCH_VOID,
                    "%.1f %% of %s stayed in the cache: somebody maps it or "
                    "writes it, or its file system drops nothing",
                    percent(proof->share), claim->object);
    }
}

bool claim_begins(const struct claim *claim, const struct cache_proof *proof)
{
    if (proof->known != MM_OK) {
        bench_judge(claim->run, BENCH_UNPROVED,
                    "the state of the cache is hidden: %s",
                    mm_status_text(proof->known));
        return true;
    }
    bench_count(claim->run, BENCH_CACHED_BEFORE, proof->share);
    switch (claim->cache) {
    case CACHE_COLD:
        judge_cold(claim, proof);
        return true;
    case CACHE_FOUND:
        return judge_found(claim, proof);
    default:
        judge_filled(claim, proof);
        return true;
    }
}

void claim_ends(const struct claim *claim, const struct cache_proof *proof)
{
    if (proof->known != MM_OK) {
        return;
    }
    bench_count(claim->run, BENCH_CACHED_AFTER, proof->share);
    if (claim->cache != CACHE_COLD && proof->share < 1) {
        bench_judge(claim->run, BENCH_VOID,
                    "only %.1f %% of %s was still cached at the end",
                    percent(proof->share), claim->object);
    }
}

/* Holes and compression let what is cold cost less than its size, so less is a
 * doubt and nothing a proof. */
void claim_storage(const struct claim *claim, uint64_t needed)
{
    uint64_t fetched = bench_used(claim->run)->storage_read_bytes;

    if (fetched == MM_UNKNOWN) {
        return;
    }
    if (claim->cache != CACHE_COLD && fetched > claim->spare) {
        bench_judge(claim->run, BENCH_VOID,
                    "%" PRIu64 " octets came from storage while cached",
                    fetched);
    } else if (claim->cache == CACHE_COLD && fetched < needed) {
        bench_judge(claim->run, fetched == 0 ? BENCH_VOID : BENCH_UNPROVED,
                    "only %" PRIu64 " of %" PRIu64
                    " octets came from storage while cold",
                    fetched, needed);
    }
}

/* No octets come by calls, and if it were in a single large one. */
static void judge_no_calls(struct bench_run *run)
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

void claim_calls(struct bench_run *run, bool mapped, uint64_t made)
{
    const struct mm_process_usage *used = bench_used(run);
    uint64_t calls = used->read_calls + used->write_calls;

    if (used->read_calls == MM_UNKNOWN || used->write_calls == MM_UNKNOWN) {
        return;
    }
    if (mapped) {
        judge_no_calls(run);
    } else if (calls < made) {
        bench_judge(run, BENCH_VOID,
                    "the system saw %" PRIu64 " of %" PRIu64
                    " read and write calls",
                    calls, made);
    }
}
