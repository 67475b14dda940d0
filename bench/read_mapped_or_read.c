/* SPDX-License-Identifier: MIT */
/*
 * Is a file faster to read through a mapping or by read calls? (W-1)
 *
 * Every way walks the same trace over the same file and feeds the same
 * consumer. The clock runs from the first map or read call to the last unmap;
 * the file, and the mapping that views are made of, are opened before it, as
 * they are by a program that uses a file for a while.
 */
#include "file_work.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN, CONSUMER, CACHE };
/* places of numbers */
enum { SIZE, ACCESS, THREADS };

static const struct bench_words words[] = {
    {"way", file_read_ways},
    {"pattern", file_patterns},
    {"consumer", file_consumers},
    {"cache", file_caches},
};

static const int64_t sizes[] = {KIB_64, MIB_1, MIB_64, GIB_1};
static const int64_t accesses[] = {1, 64, KIB_4, KIB_64, MIB_1};
static const int64_t threads[] = {1, 2};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0]), 0},
    {"threads", threads, sizeof(threads) / sizeof(threads[0]), 1},
};

static struct file_job job_of(const struct bench_row *row)
{
    return (struct file_job){
        .job = {.way = (enum way)row->words[WAY],
                .action = ACTION_CONSUME,
                .pattern = (enum trace_pattern)row->words[PATTERN],
                .consumer = (enum consumer)row->words[CONSUMER],
                .threads = (unsigned)row->numbers[THREADS]},
        .cache = (enum cache)row->words[CACHE],
        .size = (uint64_t)row->numbers[SIZE],
        .access = (size_t)row->numbers[ACCESS],
    };
}

static bool is_possible(const struct bench_row *row,
                        const struct bench_options *options)
{
    bool cold = row->words[CACHE] == CACHE_COLD;

    if (row->numbers[ACCESS] > row->numbers[SIZE] &&
        row->numbers[ACCESS] > KIB_4) {
        return false;
    }
    /* A port is one thread's, and its buffers lie at pages. */
    if (row->words[WAY] == WAY_ASYNC &&
        (row->numbers[THREADS] > 1 || row->numbers[ACCESS] < KIB_4)) {
        return false;
    }
    /* Memory is never cold and not for files of any size, and only the user's
     * file is found. */
    return !(row->words[WAY] == WAY_MEMORY &&
             (cold || row->numbers[SIZE] > GIB_1)) &&
           !(row->words[CACHE] == CACHE_FOUND && options->file_size == 0);
}

/* The four ways that the question is about. */
static bool is_main_way(unsigned way)
{
    return way == WAY_MAPPED || way == WAY_MAPPED_WINDOW ||
           way == WAY_MAPPED_POPULATED || way == WAY_CALLS;
}

/* One thread, both main patterns, every octet used. */
static bool is_plain(const struct bench_row *row)
{
    return row->numbers[THREADS] == 1 && row->words[PATTERN] <= TRACE_RANDOM &&
           row->words[CONSUMER] == CONSUMER_SUM;
}

static bool is_large(const struct bench_row *row,
                     const struct bench_options *options)
{
    return options->file_size > 0 || row->numbers[SIZE] == MIB_64;
}

/* What the quick plan has beside the main ways: each shows one fact, on one
 * large file. */
static bool is_quick_fact(const struct bench_row *row)
{
    unsigned way = row->words[WAY], pattern = row->words[PATTERN];
    bool pages = row->numbers[ACCESS] == KIB_4;

    if (row->words[CONSUMER] != CONSUMER_SUM || pattern > TRACE_RANDOM) {
        return false;
    }
    if (row->numbers[THREADS] == 2) {
        return row->words[CACHE] == CACHE_WARM &&
               row->numbers[ACCESS] == KIB_64 &&
               (way == WAY_MAPPED || way == WAY_CALLS);
    }
    switch (row->words[CACHE]) {
    case CACHE_WARM:
        return way == WAY_MEMORY || way == WAY_CALLS_MISALIGNED ||
               way == WAY_STDIO || (pages && way == WAY_MAPPED_HUGE);
    case CACHE_COLD:
        return pages &&
               ((way == WAY_MAPPED_SEQUENTIAL && pattern == TRACE_SEQUENTIAL) ||
                (way == WAY_MAPPED_RANDOM && pattern == TRACE_RANDOM) ||
                way == WAY_MAPPED_WILL_NEED);
    default:
        return pages && (is_main_way(way) || way == WAY_MEMORY);
    }
}

static bool is_quick(const struct bench_row *row,
                     const struct bench_options *options)
{
    int64_t access = row->numbers[ACCESS];

    if (access != KIB_4 && access != KIB_64) {
        return false;
    }
    if (is_large(row, options) && row->numbers[SIZE] <= FILE_QUICK_MAX &&
        is_quick_fact(row)) {
        return true;
    }
    /* Of the generated sizes, one that a CPU cache holds and one that none
     * does. */
    return is_plain(row) && is_main_way(row->words[WAY]) &&
           row->words[CACHE] <= CACHE_COLD &&
           (is_large(row, options) || row->numbers[SIZE] == MIB_1);
}

/* One dimension at a time leaves what the quick plan holds fixed. */
static bool is_full(const struct bench_row *row,
                    const struct bench_options *options)
{
    bool filled = row->words[CACHE] != CACHE_COLD;
    bool pages = row->numbers[ACCESS] == KIB_4;
    int moved = 0;

    if (row->numbers[SIZE] == GIB_1 && options->file_size == 0 &&
        row->numbers[ACCESS] != KIB_64) {
        return false;
    }
    moved += row->words[CACHE] > CACHE_COLD ? 1 : 0;
    moved += row->words[PATTERN] > TRACE_RANDOM ? 1 : 0;
    moved += row->words[CONSUMER] != CONSUMER_SUM ? 1 : 0;
    moved += !pages && row->numbers[ACCESS] != KIB_64 ? 1 : 0;
    moved += !is_large(row, options) ? 1 : 0;
    moved += row->numbers[THREADS] > 1 ? 1 : 0;
    moved += !is_main_way(row->words[WAY]) &&
                     !(filled && row->words[WAY] == WAY_MEMORY)
                 ? 1
                 : 0;
    return moved <= 1;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    if (!is_possible(row, options)) {
        return BENCH_NEVER;
    }
    if (is_quick(row, options)) {
        return BENCH_QUICK;
    }
    return is_full(row, options) ? BENCH_FULL : BENCH_ALL;
}

static bool goes_first(const struct bench_row *row)
{
    return row->words[CACHE] == CACHE_FOUND;
}

static const struct file_benchmark own = {job_of};

extern const struct bench_table bench_read_mapped_or_read;
const struct bench_table bench_read_mapped_or_read = {
    .subject = "read",
    .question = "Is a file faster to read through a mapping or by read calls?",
    .latency = "pass",
    .ceiling = "memory",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TAKES_FILE | BENCH_TIMED_BY_HAND,
    .own = &own,
    .scale = scale,
    .goes_first = goes_first,
    .sampling = file_work_sampling,
    .faults_alike = file_work_faults_alike,
    .share = file_work_share,
    .unshare = file_work_unshare,
    .body = file_work_body,
};
