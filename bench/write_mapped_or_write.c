/* SPDX-License-Identifier: MIT */
/*
 * Is a file faster to write through a mapping or by write calls? (W-1)
 *
 * A mapped write looks as fast as memory because nothing has been written
 * when it returns, and so does a write call. So every row says what it
 * promises: `dirty` ends when the octets are in the page cache, `durable` when
 * they are on the device, and its flush is a phase of its own. Each pass
 * starts with nothing dirty. The user's own file is never written.
 */
#include "file_work.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN, ACTION, PROMISE, CACHE };
/* places of numbers */
enum { SIZE, ACCESS, THREADS };

/* In the order of enum way; memory is no file that could be written. */
static const char *const ways[] = {"mapped",
                                   "mapped-window",
                                   "mapped-populated",
                                   "mapped-sequential",
                                   "mapped-random",
                                   "mapped-will-need",
                                   "mapped-huge",
                                   "write",
                                   "write-misaligned",
                                   "stdio",
                                   NULL};
/* From ACTION_WRITE on. */
static const char *const actions[] = {"write", "modify", NULL};

enum { PROMISE_DIRTY, PROMISE_DURABLE };
static const char *const promises[] = {"dirty", "durable", NULL};

static const struct bench_words words[] = {
    {"way", ways},         {"pattern", file_patterns}, {"action", actions},
    {"promise", promises}, {"cache", file_caches},
};

static const int64_t sizes[] = {MIB_1, MIB_16, MIB_256};
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
                .action = (enum action)(ACTION_WRITE + row->words[ACTION]),
                .pattern = (enum trace_pattern)row->words[PATTERN],
                .threads = (unsigned)row->numbers[THREADS],
                .durable = row->words[PROMISE] == PROMISE_DURABLE},
        .cache = (enum cache)row->words[CACHE],
        .size = (uint64_t)row->numbers[SIZE],
        .access = (size_t)row->numbers[ACCESS],
    };
}

static const struct file_benchmark own = {job_of};

/* A part that is written twice by two threads has no certain content, and
 * only the user's file is found. */
static bool is_possible(const struct bench_row *row)
{
    return !(row->numbers[THREADS] > 1 && row->words[PATTERN] == TRACE_ZIPF) &&
           row->words[CACHE] != CACHE_FOUND;
}

static bool is_main_way(unsigned way)
{
    return way == WAY_MAPPED || way == WAY_MAPPED_WINDOW || way == WAY_CALLS;
}

/* The quick plan writes whole pages of one cached file, in both main
 * patterns, down to the device: its flush phase has the rest of the story. */
static bool is_quick(const struct bench_row *row)
{
    int64_t access = row->numbers[ACCESS];

    return row->numbers[SIZE] == MIB_16 && row->numbers[THREADS] == 1 &&
           row->words[PATTERN] <= TRACE_RANDOM &&
           (access == KIB_4 || access == KIB_64) && row->words[ACTION] == 0 &&
           row->words[PROMISE] == PROMISE_DURABLE &&
           row->words[CACHE] == CACHE_WARM && is_main_way(row->words[WAY]);
}

/* One dimension at a time leaves what the quick plan holds fixed. */
static bool is_full(const struct bench_row *row)
{
    int64_t access = row->numbers[ACCESS];
    int moved = 0;

    moved += row->numbers[SIZE] != MIB_16 ? 1 : 0;
    moved += row->numbers[THREADS] > 1 ? 1 : 0;
    moved += row->words[PATTERN] > TRACE_RANDOM ? 1 : 0;
    moved += access != KIB_4 && access != KIB_64 ? 1 : 0;
    moved += row->words[ACTION] != 0 ? 1 : 0;
    moved += row->words[PROMISE] != PROMISE_DURABLE ? 1 : 0;
    moved += row->words[CACHE] != CACHE_WARM ? 1 : 0;
    moved += !is_main_way(row->words[WAY]) ? 1 : 0;
    return moved <= 1;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    if (!is_possible(row)) {
        return BENCH_NEVER;
    }
    if (is_quick(row)) {
        return BENCH_QUICK;
    }
    return is_full(row) ? BENCH_FULL : BENCH_ALL;
}

extern const struct bench_table bench_write_mapped_or_write;
const struct bench_table bench_write_mapped_or_write = {
    .subject = "write",
    .question = "Is a file faster to write through a mapping or by calls?",
    .latency = "pass",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .own = &own,
    .scale = scale,
    .sampling = file_work_sampling,
    .faults_alike = file_work_faults_alike,
    .share = file_work_share,
    .unshare = file_work_unshare,
    .body = file_work_body,
};
