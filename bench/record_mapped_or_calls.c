/* SPDX-License-Identifier: MIT */
/*
 * Is a flat-file database faster through a mapping or by calls? (W-2, W-14)
 *
 * 1,000,000 records of 125 octets: find one by its key, read a part of one,
 * update a part of one. An update through a mapping looks as if it cost
 * nothing, and so does a write call that nobody waits for, so what is flushed
 * when is a dimension, and the time of flushes a phase of its own. Updates
 * within one page are rows beside the others, for what they cost in calls and
 * in octets written.
 *
 * A window's moves are part of its accesses: each is too short for a clock of
 * its own.
 */
#include "file_work.h"
#include "flat_file_work.h"

/* places of words */
enum { WAY, OPERATION, POLICY, CACHE };
/* places of numbers */
enum { RECORDS };

/* In the order of enum reach_way. */
static const char *const ways[] = {"mapped", "mapped-window", "calls", "stdio",
                                   NULL};
/* In the order of enum flat_operation. */
static const char *const operations[] = {"find", "read", "update",
                                         "update-page", NULL};
/* In the order of enum flat_policy. */
static const char *const policies[] = {"none", "periodic", "each", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"operation", operations},
    {"flush", policies},
    {"cache", file_caches},
};

enum {
    THOUSANDS_10 = 10000, /* 1.2 MB: a CPU cache holds them */
    MILLION = 1000000,
};

static const int64_t records[] = {THOUSANDS_10, MILLION};

static const struct bench_numbers numbers[] = {
    {"records", records, sizeof(records) / sizeof(records[0]), 0},
};

static struct flat_job job_of(const struct bench_row *row)
{
    return (struct flat_job){
        .way = (enum reach_way)row->words[WAY],
        .operation = (enum flat_operation)row->words[OPERATION],
        .policy = (enum flat_policy)row->words[POLICY],
        .cache = (enum cache)row->words[CACHE],
        .records = (uint64_t)row->numbers[RECORDS],
    };
}

static const struct flat_benchmark own = {job_of};

/* Nothing is flushed that was not written, and periods need more operations
 * than cold samples have. */
static bool is_possible(const struct flat_job *job)
{
    return job->cache <= CACHE_COLD &&
           (job->policy == FLAT_FLUSH_NONE ||
            (flat_file_updates(job) && job->cache == CACHE_WARM));
}

/* The quick plan finds in every way, and does the rest in the main two,
 * without waiting for the device. */
static bool is_quick(const struct flat_job *job)
{
    return job->cache == CACHE_WARM && job->policy == FLAT_FLUSH_NONE &&
           (job->operation == FLAT_FIND || job->way == REACH_MAPPED ||
            job->way == REACH_CALLS);
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    const struct flat_job job = job_of(row);

    (void)options;
    if (!is_possible(&job)) {
        return BENCH_NEVER;
    }
    if (job.records != MILLION) {
        return BENCH_ALL;
    }
    if (is_quick(&job)) {
        return BENCH_QUICK;
    }
    return job.cache == CACHE_COLD && flat_file_updates(&job) ? BENCH_ALL
                                                              : BENCH_FULL;
}

extern const struct bench_table bench_record_mapped_or_calls;
const struct bench_table bench_record_mapped_or_calls = {
    .subject = "record",
    .question = "Is a flat-file database faster through a mapping or by calls?",
    .latency = "pass",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .own = &own,
    .scale = scale,
    .sampling = flat_file_sampling,
    .share = flat_file_share,
    .unshare = flat_file_unshare,
    .body = flat_file_body,
};
