/* SPDX-License-Identifier: MIT */
/*
 * How large should a view be, and when should it move? (W-5)
 *
 * A program that maps parts of a file pays for every move of a view: unmapping,
 * mapping, and the faults that enter its pages again. Sizes and policies are
 * one comparison, on the same trace, beside one view of the whole file and
 * beside read calls. A mean over a pass would hide what is paid for, so the
 * time of moves is measured apart from that of accesses; rows that walk twice
 * tell first touches from later ones, which a view that has moved on pays for
 * as if they were first, and rows that write tell what flushing takes.
 */
#include "file_work.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN, CONSUMER, CACHE };
/* places of numbers */
enum { SIZE, ACCESS, VIEW, WALKS };

enum {
    WAY_EACH,   /* map for each access, unmap after it */
    WAY_SLIDE,  /* one view, moved when an access leaves it; it starts at a
                 * multiple of its size */
    WAY_NEAR,   /* the same, but it starts at the granule of the access */
    WAY_LRU_4,  /* four, the one used least recently moves */
    WAY_LRU_16, /* sixteen */
    WAY_WHOLE,
    WAY_READ,
};
static const char *const ways[] = {"each",  "slide", "near", "lru4",
                                   "lru16", "whole", "read", NULL};

static const struct {
    enum way way;
    unsigned views;
    bool each;
    bool at_granule;
} policies[] = {
    [WAY_EACH] = {WAY_MAPPED_WINDOW, 1, true, false},
    [WAY_SLIDE] = {WAY_MAPPED_WINDOW, 1, false, false},
    [WAY_NEAR] = {WAY_MAPPED_WINDOW, 1, false, true},
    [WAY_LRU_4] = {WAY_MAPPED_WINDOW, 4, false, false},
    [WAY_LRU_16] = {WAY_MAPPED_WINDOW, 16, false, false},
    [WAY_WHOLE] = {WAY_MAPPED, 0, false, false},
    [WAY_READ] = {WAY_CALLS, 0, false, false},
};

/* What is done with the octets: the usual consumers, or they are written over
 * and brought to the device. */
enum { WRITTEN = CONSUMER_COPY + 1 };
static const char *const consumers[] = {"touch", "sum", "copy", "write", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", file_patterns},
    {"consumer", consumers},
    {"cache", file_caches},
};

static const int64_t sizes[] = {MIB_64};
static const int64_t accesses[] = {KIB_4, KIB_64, MIB_1};
/* 0: the way has no views of a size. */
static const int64_t views[] = {0, KIB_64, KIB_256, MIB_1, MIB_4, MIB_16};
static const int64_t walks[] = {1, 2};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0]), 0},
    {"view", views, sizeof(views) / sizeof(views[0]), 0},
    {"walks", walks, sizeof(walks) / sizeof(walks[0]), 1},
};

static struct file_job job_of(const struct bench_row *row)
{
    unsigned way = row->words[WAY], consumer = row->words[CONSUMER];
    int64_t view = row->numbers[VIEW];
    bool written = consumer == WRITTEN;

    return (struct file_job){
        .job = {.way = policies[way].way,
                .action = written ? ACTION_WRITE : ACTION_CONSUME,
                .pattern = (enum trace_pattern)row->words[PATTERN],
                .consumer = written ? CONSUMER_TOUCH : (enum consumer)consumer,
                .threads = 1,
                .view_bytes = (uint64_t)view,
                .start_bytes =
                    policies[way].at_granule ? KIB_64 : (uint64_t)view,
                .views = policies[way].views,
                .each = policies[way].each,
                .twice = row->numbers[WALKS] == 2,
                .durable = written},
        .cache = (enum cache)row->words[CACHE],
        .watched = row->numbers[WALKS] == 2 && way_is_mapped(policies[way].way),
        .size = (uint64_t)row->numbers[SIZE],
        .access = (size_t)row->numbers[ACCESS],
    };
}

static const struct file_benchmark own = {job_of};

/* Views as large as the file are one view of the whole of it, and those of one
 * granule start at their own multiples wherever they start. */
static bool is_possible(const struct bench_row *row)
{
    int64_t view = row->numbers[VIEW];
    unsigned count = policies[row->words[WAY]].views;

    if (row->words[CACHE] == CACHE_FOUND ||
        (row->words[CONSUMER] == WRITTEN && row->numbers[WALKS] != 1)) {
        return false;
    }
    if (count == 0) {
        return view == 0;
    }
    return view >= row->numbers[ACCESS] && view > 0 &&
           view * (int64_t)count < row->numbers[SIZE] &&
           (row->words[WAY] != WAY_NEAR || view > KIB_64);
}

/* Enough to see where small views cost, and what a second chance saves. */
static bool is_quick(const struct bench_row *row)
{
    int64_t view = row->numbers[VIEW];

    if (row->numbers[ACCESS] != KIB_4 || row->words[PATTERN] > TRACE_RANDOM ||
        row->words[CONSUMER] != CONSUMER_SUM || row->numbers[WALKS] != 1 ||
        row->words[CACHE] != CACHE_WARM ||
        row->numbers[SIZE] > FILE_QUICK_MAX) {
        return false;
    }
    switch (row->words[WAY]) {
    case WAY_EACH:
        return view == KIB_64;
    case WAY_SLIDE:
        return view == KIB_64 || view == MIB_1;
    case WAY_LRU_16:
        return view == MIB_1;
    default:
        return view == 0;
    }
}

/* What shows phases needs neither every access nor every policy; calls that
 * write have a laboratory of their own. */
static bool shows_phases(const struct bench_row *row)
{
    unsigned way = row->words[WAY];
    bool mapped_once = way == WAY_SLIDE || way == WAY_WHOLE;

    if (row->numbers[ACCESS] != KIB_4 || row->words[PATTERN] > TRACE_RANDOM) {
        return false;
    }
    return row->words[CONSUMER] == WRITTEN
               ? mapped_once
               : mapped_once || way == WAY_LRU_16 || way == WAY_READ;
}

static bool is_full(const struct bench_row *row)
{
    unsigned consumer = row->words[CONSUMER];

    if (row->words[CACHE] != CACHE_WARM ||
        (consumer != CONSUMER_SUM && consumer != WRITTEN)) {
        return false;
    }
    if (consumer == WRITTEN || row->numbers[WALKS] != 1) {
        return shows_phases(row);
    }
    return row->numbers[ACCESS] != MIB_1 || row->words[PATTERN] <= TRACE_RANDOM;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool file_is_given = options->file_size > 0;

    if (!is_possible(row) ||
        (file_is_given && row->words[CONSUMER] == WRITTEN)) {
        return BENCH_NEVER;
    }
    if (is_quick(row)) {
        return BENCH_QUICK;
    }
    return is_full(row) ? BENCH_FULL : BENCH_ALL;
}

/* Many rows, of which the slowest moves for every access: fewer repetitions
 * keep the whole of it within a quarter of an hour. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    file_work_sampling(row, options, sampling_out);
    if (sampling_out->repetitions <= 0 || row->words[CONSUMER] == WRITTEN) {
        sampling_out->repetitions = options->quick ? 5 : 7;
    }
}

extern const struct bench_table bench_view_size_and_policy;
const struct bench_table bench_view_size_and_policy = {
    .subject = "view",
    .question = "How large should a view be, and when should it move?",
    .latency = "pass",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .compared = "view",
    .flags = BENCH_TAKES_FILE | BENCH_TIMED_BY_HAND,
    .own = &own,
    .scale = scale,
    .sampling = sampling,
    .faults_alike = file_work_faults_alike,
    .share = file_work_share,
    .unshare = file_work_unshare,
    .body = file_work_body,
};
