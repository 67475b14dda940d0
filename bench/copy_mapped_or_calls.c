/* SPDX-License-Identifier: MIT */
/*
 * What is the fastest way to copy a file? (W-4)
 *
 * A copy is timed from opening to closing, because a copy that is mapped pays
 * for its mappings and for making its target as long as it must be. What is in
 * the page cache is no copy that survives a power cut, so each row says what
 * it promises, and the flush is a phase of its own. Every copy is read back
 * and proved equal, outside the clock; then it is removed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "claim.h"
#include "consumer.h"
#include "copier.h"
#include "file_work.h"
#include "passes.h"
#include "scratch.h"
#include "sizes.h"

/* places of words */
enum { WAY, PROMISE, CACHE };
/* places of numbers */
enum { SIZE };

/* In the order of enum copy_way. */
static const char *const ways[] = {"mapped",
                                   "mapped-window",
                                   "mapped-sequential",
                                   "mapped-will-need",
                                   "calls",
                                   "calls-sequential",
                                   "stdio",
                                   "system",
                                   NULL};

enum { PROMISE_DIRTY, PROMISE_DURABLE };
static const char *const promises[] = {"dirty", "durable", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"promise", promises},
    {"cache", file_caches},
};

enum {
    /* A copy of little takes so short a time that a sample is several. */
    SMALL_COPIES = 16,
    QUICK_COPIES = 10,
    LARGE_COPIES = 7,
    HUGE_COPIES = 6, /* the fewest that an interval of 95 % can be had of */
};

/* No number of 32 bits holds it, and it ends within a page. */
static const int64_t huge = (INT64_C(4) << 30) + KIB_64 + 1;
static const int64_t sizes[] = {0, KIB_64, MIB_16, MIB_256,
                                (INT64_C(4) << 30) + KIB_64 + 1};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), -1},
};

/* What the rows of a comparison share. */
struct original {
    struct dataset *dataset;
    uint64_t checksum;
    char *reserved; /* an empty file; copies are named after it */
    size_t room;    /* for the name of a copy */
    struct buffer piece;
};

/* One sample of one row. */
struct sitting {
    struct bench_run *run;
    struct original *original;
    struct claim claim;
    struct copier copier; /* of all its copies, so that it counts them all */
    char *target;         /* room for the name */
    int64_t copies;
};

/* ---- rows ---------------------------------------------------------------- */

static bool is_main_way(unsigned way)
{
    return way == COPY_MAPPED || way == COPY_CALLS || way == COPY_SYSTEM;
}

/* An empty file is in no state of the cache, and copies of the huge one are
 * for few ways. */
static bool is_possible(const struct bench_row *row)
{
    int64_t size = row->numbers[SIZE];
    bool warm = row->words[CACHE] == CACHE_WARM;

    if (size == huge) {
        return warm &&
               (is_main_way(row->words[WAY]) || row->words[WAY] == COPY_WINDOW);
    }
    return warm || (row->words[CACHE] == CACHE_COLD && size > 0);
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    bool warm = row->words[CACHE] == CACHE_WARM;
    int64_t size = row->numbers[SIZE];

    (void)options;
    if (!is_possible(row)) {
        return BENCH_NEVER;
    }
    if (size == huge) {
        return BENCH_ALL;
    }
    if (warm && size == MIB_16 && row->words[PROMISE] == PROMISE_DURABLE &&
        is_main_way(row->words[WAY])) {
        return BENCH_QUICK;
    }
    return warm || size == MIB_16 ? BENCH_FULL : BENCH_ALL;
}

/* Seconds of a copy and its proof on roughly this kind of machine; for
 * estimates only. */
static double estimate_copy(const struct bench_row *row)
{
    const double window_bytes_per_second = 2e8, other_bytes_per_second = 1e9;
    const double proof_bytes_per_second = 2e9, storage_bytes_per_second = 5e8;
    double size = (double)row->numbers[SIZE], seconds = 1e-3;

    seconds += size / (row->words[WAY] == COPY_WINDOW ? window_bytes_per_second
                                                      : other_bytes_per_second);
    seconds += size / proof_bytes_per_second;
    if (row->words[PROMISE] == PROMISE_DURABLE) {
        seconds += size / storage_bytes_per_second;
    }
    if (row->words[CACHE] == CACHE_COLD) {
        seconds += size / storage_bytes_per_second;
    }
    return seconds;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    int64_t size = row->numbers[SIZE];

    passes_single(estimate_copy(row), sampling_out);
    if (size <= KIB_64 && row->words[CACHE] == CACHE_WARM) {
        sampling_out->iterations = SMALL_COPIES;
        sampling_out->sample_seconds *= SMALL_COPIES;
    } else if (size == huge) {
        sampling_out->repetitions = HUGE_COPIES;
    } else if (size == MIB_256) {
        sampling_out->repetitions = LARGE_COPIES;
    } else if (options->quick) {
        sampling_out->repetitions = QUICK_COPIES;
    }
}

/* ---- the original -------------------------------------------------------- */

static enum mm_status sum_file(const char *path, unsigned char *piece,
                               uint64_t *size_out, uint64_t *checksum_out)
{
    struct mm_file *file = NULL;
    uint64_t size = 0, checksum = 0;
    enum mm_status status = mm_file_open(path, MM_FILE_READ, &file);
    size_t got = COPY_PIECE_BYTES;

    while (status == MM_OK && got == COPY_PIECE_BYTES) {
        status = mm_file_read(file, size, piece, COPY_PIECE_BYTES, &got);
        checksum = consumer_chain(
            checksum, consumer_eat(CONSUMER_SUM, piece, got, COPY_PIECE_BYTES));
        size += got;
    }
    mm_file_close(file);
    *size_out = size;
    *checksum_out = checksum;
    return status;
}

static void unshare(void *shared)
{
    struct original *original = shared;

    if (original == NULL) {
        return;
    }
    if (original->reserved != NULL) {
        remove(original->reserved);
    }
    free(original->reserved);
    buffer_free(&original->piece);
    free(original);
}

/* A name that nobody else has, and with it those of the copies. */
static enum mm_status reserve_name(struct original *original,
                                   const struct bench_options *options,
                                   struct bench_reason *reason)
{
    const size_t number_room = 16;
    const char *folder = datasets_scratch(options->datasets);
    struct mm_file *file = NULL;
    enum mm_status status =
        scratch_create(folder, "copy", &original->reserved, &file);

    mm_file_close(file);
    if (status != MM_OK) {
        bench_explain(reason,
                      "cannot make a file in '%s': %s; name another directory "
                      "with --scratch",
                      folder, mm_status_text(status));
        return status;
    }
    original->room = strlen(original->reserved) + number_room;
    return MM_OK;
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct original *original = calloc(1, sizeof(*original));
    uint64_t size = 0;
    enum mm_status status;

    *shared_out = NULL;
    if (original == NULL) {
        return MM_NO_MEMORY;
    }
    status = datasets_get(options->datasets, (uint64_t)row->numbers[SIZE],
                          false, &original->dataset, reason);
    if (status == MM_OK) {
        status = reserve_name(original, options, reason);
    }
    if (status == MM_OK) {
        status = buffer_make(COPY_PIECE_BYTES, &original->piece);
    }
    if (status == MM_OK) {
        status = sum_file(dataset_path(original->dataset),
                          original->piece.octets, &size, &original->checksum);
    }
    if (status != MM_OK) {
        unshare(original);
        return status;
    }
    *shared_out = original;
    return MM_OK;
}

/* ---- a sample ------------------------------------------------------------ */

static void name_copy(const struct sitting *sitting, int64_t number)
{
    snprintf(sitting->target, sitting->original->room, "%s.%" PRId64,
             sitting->original->reserved, number);
}

static bool make_copy(void *context, uint64_t *checksum_out)
{
    struct sitting *sitting = context;
    struct copier *copier = &sitting->copier;
    enum mm_status status;

    name_copy(sitting, sitting->copies++);
    memset(&copier->phases, 0, sizeof(copier->phases));
    status = copier_run(copier);
    bench_phase_times(sitting->run, &copier->phases);
    *checksum_out = 0; /* the copies are read back later */
    return bench_check(sitting->run, status, copier->tried);
}

/* Whether the copy has every octet of the original. */
static bool is_equal(struct sitting *sitting)
{
    uint64_t size = 0, checksum = 0;

    if (!bench_check(sitting->run,
                     sum_file(sitting->target, sitting->original->piece.octets,
                              &size, &checksum),
                     "read the copy back")) {
        return true; /* the row has failed, with a better reason */
    }
    return size == sitting->copier.size &&
           checksum == sitting->original->checksum;
}

static void prove_copies(struct sitting *sitting)
{
    int64_t different = 0;

    for (int64_t i = 0; i < sitting->copies; i++) {
        name_copy(sitting, i);
        different += is_equal(sitting) ? 0 : 1;
    }
    if (different > 0) {
        bench_judge(sitting->run, BENCH_VOID,
                    "%" PRId64 " of %" PRId64 " copies differ from the file",
                    different, sitting->copies);
    } else {
        bench_checksum(sitting->run, sitting->original->checksum);
    }
}

/* How many calls a stream makes is the C library's affair, and how the system
 * copies its own. */
static void prove_conditions(struct sitting *sitting)
{
    const struct copier *copier = &sitting->copier;
    bool mapped = copy_way_is_mapped(copier->way);
    struct cache_proof proof;

    if (copier->size > 0) {
        claim_storage(&sitting->claim, copier->size);
        dataset_prove(sitting->original->dataset, &proof);
        claim_ends(&sitting->claim, &proof);
    }
    if (mapped || copier->way == COPY_CALLS ||
        copier->way == COPY_CALLS_SEQUENTIAL) {
        claim_calls(sitting->run, mapped, copier->reads + copier->writes);
    }
}

static void count_work(const struct sitting *sitting)
{
    const struct copier *copier = &sitting->copier;
    struct bench_run *run = sitting->run;
    uint64_t pages = (copier->size + mm_page_size() - 1) / mm_page_size();
    double copies = (double)sitting->copies;

    bench_count(run, BENCH_BYTES, copies * (double)copier->size);
    bench_count(run, BENCH_MAPS, (double)copier->maps);
    bench_count(run, BENCH_READS, (double)copier->reads);
    bench_count(run, BENCH_WRITES, (double)copier->writes);
    if (copy_way_is_mapped(copier->way)) {
        bench_count(run, BENCH_PAGES, 2 * copies * (double)pages);
    } else if (copier->way != COPY_SYSTEM) {
        bench_count(run, BENCH_BUFFER_ALIGNMENT,
                    (double)buffer_alignment(copier->piece));
    }
    if (copier->way == COPY_WINDOW) {
        bench_count(run, BENCH_WINDOW_BYTES, COPY_WINDOW_BYTES);
    }
}

static bool establish(const struct sitting *sitting)
{
    struct dataset *dataset = sitting->original->dataset;
    struct cache_proof proof = {0};

    if (sitting->copier.size == 0) {
        return true;
    }
    return bench_check(sitting->run,
                       dataset_establish(dataset, sitting->claim.cache, &proof),
                       "bring the file into its cache state") &&
           claim_begins(&sitting->claim, &proof);
}

static void remove_copies(const struct sitting *sitting)
{
    for (int64_t i = 0; i < sitting->copies; i++) {
        name_copy(sitting, i);
        remove(sitting->target);
    }
}

/* To give a new file its room, a file system may have to read what it keeps of
 * the room it has: two blocks for each 128 MiB of ext4, and more of others. */
static uint64_t spare_of(uint64_t size)
{
    const uint64_t least = 32 << 10;

    return least + size / 1024;
}

static void body(struct bench_run *run, void *shared)
{
    const struct bench_row *row = bench_run_row(run);
    struct original *original = shared;
    uint64_t size = (uint64_t)row->numbers[SIZE];
    struct sitting sitting = {
        .run = run,
        .original = original,
        .claim = {.run = run,
                  .cache = (enum cache)row->words[CACHE],
                  .object = "the file",
                  .spare = spare_of(size)},
        .copier = {.way = (enum copy_way)row->words[WAY],
                   .durable = row->words[PROMISE] == PROMISE_DURABLE,
                   .size = size,
                   .source = {.path = dataset_path(original->dataset)},
                   .piece = original->piece.octets},
        .target = malloc(original->room),
    };
    uint64_t ignored;
    bool all;

    if (sitting.target == NULL) {
        bench_check(run, MM_NO_MEMORY, "name a copy");
        return;
    }
    sitting.copier.target.path = sitting.target;
    if (establish(&sitting)) {
        all = passes_run(run, make_copy, &sitting, &ignored) == sitting.copies;
        prove_conditions(&sitting);
        count_work(&sitting);
        if (all) { /* else the row has failed, for a better reason */
            prove_copies(&sitting);
        }
    }
    remove_copies(&sitting);
    free(sitting.target);
}

extern const struct bench_table bench_copy_mapped_or_calls;
const struct bench_table bench_copy_mapped_or_calls = {
    .subject = "copy",
    .question = "What is the fastest way to copy a file?",
    .latency = "copy",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
