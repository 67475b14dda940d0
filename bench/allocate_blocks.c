/* SPDX-License-Identifier: MIT */
/*
 * What do many small blocks cost, and how much memory do they hold? (W-7)
 *
 * Each thread allocates blocks, writes all of each, then frees them in an order
 * of their own. The system gives out whole pages, so a block of its own costs
 * one, however small it is; a heap puts many into a page. How many pages the
 * blocks lie in is counted by their addresses, and is what they hold, because
 * each was written. Threads that allocate at the same time contend for the
 * heap, or for the process's addresses.
 */
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/memory.h>
#include <mapmark/view.h>

#include "bench.h"
#include "passes.h"
#include "shim.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { BLOCK, THREADS };

enum block_way { BLOCK_HEAP, BLOCK_RESERVE };
static const char *const ways[] = {"heap", "reserve", NULL};

static const char *const patterns[] = {"blocks", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

/* Octets. */
static const int64_t blocks[] = {32, 1024};
static const int64_t threads[] = {1, 2, 4};

static const struct bench_numbers numbers[] = {
    {"block", blocks, sizeof(blocks) / sizeof(blocks[0]), 0},
    {"threads", threads, sizeof(threads) / sizeof(threads[0]), 1},
};

enum {
    /* Of a thread, in a pass. */
    BLOCKS = 4096,
    /* Has no divisor in common with that: freed in steps of so many. */
    STRIDE = 1021,
};

struct block {
    unsigned char *octets;
    struct mm_memory memory; /* of a way that has one */
};

/* One thread's. */
struct share {
    struct block blocks[BLOCKS];
    uint64_t pages[BLOCKS]; /* that they begin in, sorted */
    enum mm_status status;
    uint64_t sum;
};

struct sitting {
    struct bench_run *run;
    enum block_way way;
    size_t size;
    size_t threads;
    struct shim_team *team;
    struct share *shares;
    bool counted; /* the pages */
};

/* ---- a thread's pass ----------------------------------------------------- */

static enum mm_status allocate(const struct sitting *sitting,
                               struct block *block)
{
    enum mm_status status;

    if (sitting->way == BLOCK_HEAP) {
        block->octets = malloc(sitting->size);
        return block->octets != NULL ? MM_OK : MM_NO_MEMORY;
    }
    status = mm_memory_allocate(sitting->size, MM_MEMORY_READ_WRITE, NULL,
                                &block->memory);
    block->octets = block->memory.address;
    return status;
}

static enum mm_status free_block(const struct sitting *sitting,
                                 struct block *block)
{
    enum mm_status status = MM_OK;

    if (sitting->way == BLOCK_HEAP) {
        free(block->octets);
    } else if (block->octets != NULL) {
        status = mm_memory_release(&block->memory);
    }
    block->octets = NULL;
    return status;
}

static void allocate_all(void *context, size_t index)
{
    struct sitting *sitting = context;
    struct share *share = &sitting->shares[index];

    share->status = MM_OK;
    share->sum = 0;
    for (size_t i = 0; share->status == MM_OK && i < BLOCKS; i++) {
        share->status = allocate(sitting, &share->blocks[i]);
        if (share->status == MM_OK) {
            memset(share->blocks[i].octets, (int)(i & UINT8_MAX),
                   sitting->size);
            share->sum += share->blocks[i].octets[sitting->size - 1];
        }
    }
}

static void free_all(void *context, size_t index)
{
    struct sitting *sitting = context;
    struct share *share = &sitting->shares[index];

    for (size_t i = 0; i < BLOCKS; i++) {
        enum mm_status status =
            free_block(sitting, &share->blocks[i * STRIDE % BLOCKS]);

        share->status = share->status == MM_OK ? status : share->status;
    }
}

/* ---- what they hold ------------------------------------------------------ */

static int compare_pages(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    return left < right ? -1 : left > right ? 1 : 0;
}

/* Of one thread's blocks; none is larger than a page, and the page that one
 * ends in is another one's beginning, but for the last. */
static size_t count_pages(struct share *share, size_t page)
{
    size_t count = 0;

    for (size_t i = 0; i < BLOCKS; i++) {
        share->pages[i] = (uintptr_t)share->blocks[i].octets / page;
    }
    qsort(share->pages, BLOCKS, sizeof(share->pages[0]), compare_pages);
    for (size_t i = 0; i < BLOCKS; i++) {
        count += i == 0 || share->pages[i] != share->pages[i - 1] ? 1 : 0;
    }
    return count;
}

static void count_held(struct sitting *sitting)
{
    size_t page = mm_page_size(), pages = 0;

    for (size_t i = 0; i < sitting->threads; i++) {
        pages += count_pages(&sitting->shares[i], page);
    }
    bench_count(sitting->run, BENCH_MAPPED_BYTES,
                (double)(sitting->threads * BLOCKS * sitting->size));
    bench_count(sitting->run, BENCH_RESIDENT_AFTER, (double)(pages * page));
    sitting->counted = true;
}

/* ---- all threads --------------------------------------------------------- */

static enum mm_status status_of(const struct sitting *sitting)
{
    enum mm_status status = MM_OK;

    for (size_t i = 0; status == MM_OK && i < sitting->threads; i++) {
        status = sitting->shares[i].status;
    }
    return status;
}

/* The clock stops between the two halves, so that what is held can be looked
 * at. */
static bool pass(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct bench_phases phases = {.readings = 2};
    struct shim_team_times times;

    shim_team_run(sitting->team, allocate_all, sitting, &times);
    phases.ns[BENCH_PHASE_MAP] = times.wall_ns;
    if (!sitting->counted && status_of(sitting) == MM_OK) {
        count_held(sitting);
    }
    shim_team_run(sitting->team, free_all, sitting, &times);
    phases.ns[BENCH_PHASE_UNMAP] = times.wall_ns;
    bench_phase_times(sitting->run, &phases);
    *checksum_out = 0;
    for (size_t i = 0; i < sitting->threads; i++) {
        *checksum_out += sitting->shares[i].sum;
    }
    return bench_check(sitting->run, status_of(sitting), ways[sitting->way]);
}

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    return row->numbers[BLOCK] == 32 && row->numbers[THREADS] <= 2 ? BENCH_QUICK
                                                                   : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    passes_many(options, 0.05, sampling_out);
    if (row->numbers[THREADS] > 1) {
        /* Who meets whom is up to the scheduler. */
        sampling_out->variation_max = 0.5;
    }
}

static void body(struct bench_run *run, void *state)
{
    const struct bench_row *row = bench_run_row(run);
    struct sitting sitting = {
        .run = run,
        .way = (enum block_way)row->words[WAY],
        .size = (size_t)row->numbers[BLOCK],
        .threads = (size_t)row->numbers[THREADS],
        .shares = calloc((size_t)row->numbers[THREADS], sizeof(struct share)),
    };
    enum mm_status status = sitting.shares != NULL
                                ? shim_team_make(sitting.threads, &sitting.team)
                                : MM_NO_MEMORY;
    uint64_t checksum;
    int64_t passes;

    (void)state;
    bench_check(run, status, "start threads");
    passes = passes_run(run, pass, &sitting, &checksum);
    bench_count(run, BENCH_ACCESSES,
                (double)passes * (double)(sitting.threads * BLOCKS));
    bench_checksum(run, checksum);
    shim_team_free(sitting.team);
    free(sitting.shares);
}

extern const struct bench_table bench_allocate_blocks;
const struct bench_table bench_allocate_blocks = {
    .subject = "allocate",
    .question = "What do many small blocks cost, and how much do they hold?",
    .latency = "pass",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .body = body,
};
