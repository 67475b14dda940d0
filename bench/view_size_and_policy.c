/* SPDX-License-Identifier: MIT */
/*
 * How large should a view be, and when should it move? (W-5)
 *
 * A program that maps parts of a file pays for every move of a view: unmapping,
 * mapping, and the faults that enter its pages again. Sizes and policies are
 * one comparison, on the same trace, beside one view of the whole file and
 * beside read calls. A mean over a pass would hide what is paid for, so the
 * time of moves is measured apart from that of accesses.
 */
#include "file_work.h"
#include "sizes.h"

/* places of words */
enum { WAY, PATTERN, CONSUMER, CACHE };
/* places of numbers */
enum { SIZE, ACCESS, VIEW, START };

enum {
    WAY_EACH,   /* map for each access, unmap after it */
    WAY_SLIDE,  /* one view, moved when an access leaves it */
    WAY_LRU_4,  /* four, the one used least recently moves */
    WAY_LRU_16, /* sixteen */
    WAY_WHOLE,
    WAY_READ,
};
static const char *const ways[] = {"each",  "slide", "lru4", "lru16",
                                   "whole", "read",  NULL};

static const struct {
    enum way way;
    unsigned views;
    bool each;
} policies[] = {
    [WAY_EACH] = {WAY_MAPPED_WINDOW, 1, true},
    [WAY_SLIDE] = {WAY_MAPPED_WINDOW, 1, false},
    [WAY_LRU_4] = {WAY_MAPPED_WINDOW, 4, false},
    [WAY_LRU_16] = {WAY_MAPPED_WINDOW, 16, false},
    [WAY_WHOLE] = {WAY_MAPPED, 0, false},
    [WAY_READ] = {WAY_CALLS, 0, false},
};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", file_patterns},
    {"consumer", file_consumers},
    {"cache", file_caches},
};

static const int64_t sizes[] = {MIB_64};
static const int64_t accesses[] = {KIB_4, KIB_64, MIB_1};
/* 0: the way has no views of a size. */
static const int64_t views[] = {0, KIB_64, KIB_256, MIB_1, MIB_4, MIB_16};
/* 0: a view starts at a multiple of its size; else of this, the granularity,
 * and so next to the access that asks for it. */
static const int64_t starts[] = {0, KIB_64};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0]), 0},
    {"view", views, sizeof(views) / sizeof(views[0]), 0},
    {"start", starts, sizeof(starts) / sizeof(starts[0]), 0},
};

static struct file_job job_of(const struct bench_row *row)
{
    unsigned way = row->words[WAY];
    int64_t view = row->numbers[VIEW], start = row->numbers[START];

    return (struct file_job){
        .job = {.way = policies[way].way,
                .action = ACTION_CONSUME,
                .pattern = (enum trace_pattern)row->words[PATTERN],
                .consumer = (enum consumer)row->words[CONSUMER],
                .threads = 1,
                .view_bytes = (uint64_t)view,
                .start_bytes = (uint64_t)(start > 0 ? start : view),
                .views = policies[way].views,
                .each = policies[way].each},
        .cache = (enum cache)row->words[CACHE],
        .size = (uint64_t)row->numbers[SIZE],
        .access = (size_t)row->numbers[ACCESS],
    };
}

static const struct file_benchmark own = {job_of};

/* Views as large as the file are one view of the whole of it. */
static bool is_possible(const struct bench_row *row)
{
    int64_t view = row->numbers[VIEW];
    unsigned count = policies[row->words[WAY]].views;

    if (row->words[CACHE] == CACHE_FOUND) {
        return false;
    }
    if (count == 0) {
        return view == 0 && row->numbers[START] == 0;
    }
    return view >= row->numbers[ACCESS] && view > 0 &&
           view * (int64_t)count < row->numbers[SIZE] &&
           (row->numbers[START] == 0 || view > row->numbers[START]);
}

/* Enough to see where small views cost, and what a second chance saves. */
static bool is_quick(const struct bench_row *row)
{
    int64_t view = row->numbers[VIEW];

    if (row->numbers[ACCESS] != KIB_4 || row->words[PATTERN] > TRACE_RANDOM ||
        row->numbers[START] != 0 || row->numbers[SIZE] > FILE_QUICK_MAX) {
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

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    if (!is_possible(row)) {
        return BENCH_NEVER;
    }
    if (row->words[CONSUMER] != CONSUMER_SUM ||
        row->words[CACHE] != CACHE_WARM ||
        (row->numbers[ACCESS] == MIB_1 && row->words[PATTERN] > TRACE_RANDOM) ||
        (row->numbers[START] != 0 && row->words[WAY] != WAY_SLIDE)) {
        return BENCH_ALL;
    }
    return is_quick(row) ? BENCH_QUICK : BENCH_FULL;
}

/* Many rows, of which the slowest moves for every access: fewer repetitions
 * keep the whole of it within a quarter of an hour. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    file_work_sampling(row, options, sampling_out);
    if (sampling_out->repetitions <= 0) {
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
