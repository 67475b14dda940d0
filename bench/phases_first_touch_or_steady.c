/* SPDX-License-Identifier: MIT */
/*
 * What does the first touch of a mapping cost, and every later one? (W-1)
 *
 * Each iteration maps the file, walks the trace, walks it again, and unmaps.
 * A mean over both walks would hide that the first one pays for all faults:
 * a program that maps once and stays lives in the second one, a program that
 * maps for one pass lives in the first.
 */
#include "file_work.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN, CONSUMER, CACHE };
/* places of numbers */
enum { SIZE, ACCESS };

static const struct bench_words words[] = {
    {"way", file_read_ways},
    {"pattern", file_patterns},
    {"consumer", file_consumers},
    {"cache", file_caches},
};

enum {
    /* Octets in memory are not for files of any size. */
    MEMORY_MAX = 1 << 30,
};

static const int64_t sizes[] = {MIB_1, MIB_64};
static const int64_t accesses[] = {KIB_4, KIB_64, MIB_1};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0]), 0},
};

static struct file_job job_of(const struct bench_row *row)
{
    return (struct file_job){
        .job = {.way = (enum way)row->words[WAY],
                .action = ACTION_CONSUME,
                .pattern = (enum trace_pattern)row->words[PATTERN],
                .consumer = (enum consumer)row->words[CONSUMER],
                .threads = 1,
                .twice = true},
        .cache = (enum cache)row->words[CACHE],
        .size = (uint64_t)row->numbers[SIZE],
        .access = (size_t)row->numbers[ACCESS],
    };
}

static const struct file_benchmark own = {job_of};

/* A window that moves on has no later touch, reads through a port have none of
 * their own, and memory is never cold. */
static bool is_possible(const struct bench_row *row)
{
    unsigned way = row->words[WAY];

    return way != WAY_MAPPED_WINDOW && way != WAY_ASYNC &&
           row->words[CACHE] != CACHE_FOUND &&
           !(way == WAY_MEMORY && (row->words[CACHE] == CACHE_COLD ||
                                   row->numbers[SIZE] > MEMORY_MAX));
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    unsigned way = row->words[WAY];
    bool main_way =
        way == WAY_MAPPED || way == WAY_MAPPED_POPULATED || way == WAY_CALLS;
    bool plain = row->words[PATTERN] <= TRACE_RANDOM &&
                 row->words[CONSUMER] == CONSUMER_SUM &&
                 (options->file_size > 0 || row->numbers[SIZE] == MIB_64);

    if (!is_possible(row)) {
        return BENCH_NEVER;
    }
    if (plain && main_way && row->words[CACHE] == CACHE_WARM &&
        row->numbers[ACCESS] != MIB_1) {
        return BENCH_QUICK;
    }
    return plain ? BENCH_FULL : BENCH_ALL;
}

extern const struct bench_table bench_phases_first_touch_or_steady;
const struct bench_table bench_phases_first_touch_or_steady = {
    .subject = "phases",
    .question = "What does the first touch cost, and every later one?",
    .latency = "pass",
    .ceiling = "memory",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TAKES_FILE | BENCH_TIMED_BY_HAND,
    .own = &own,
    .scale = scale,
    .sampling = file_work_sampling,
    .faults_alike = file_work_faults_alike,
    .share = file_work_share,
    .unshare = file_work_unshare,
    .body = file_work_body,
};
