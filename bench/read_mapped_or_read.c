/* SPDX-License-Identifier: MIT */
/*
 * Is a file faster to read through a mapping or by read calls? (W-1)
 *
 * Every way walks the same trace over the same file and feeds the same
 * consumer. The clock runs from the first map or read call to the last unmap;
 * the file, and the mapping that views are made of, are opened before it, as
 * they are by a program that uses a file for a while.
 *
 * Pitfalls that this file avoids: how the cache was filled decides what a
 * mapped page costs, so the file is filled in one known way and the state is
 * proved around every sample; a buffer off its page makes read calls several
 * times slower, so it is aligned; a hint that fails is a failed row.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <mapmark/clock.h>

#include "read_ways.h"

enum { WAY, PATTERN, CONSUMER, CACHE }; /* places of words */
enum { SIZE, ACCESS };                  /* places of numbers */
enum { WARM, COLD };

static const char *const ways[] = {"mapped", "mapped-window",
                                   "mapped-populated", "read", NULL};
static const char *const patterns[] = {"sequential", "random", NULL};
static const char *const consumers[] = {"touch", "sum", NULL};
static const char *const caches[] = {"warm", "cold", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
    {"consumer", consumers},
    {"cache", caches},
};

enum {
    KIB_4 = 4 << 10,
    KIB_64 = 64 << 10,
    MIB_1 = 1 << 20,
    MIB_64 = 64 << 20,
    GIB_1 = 1 << 30,
};

static const int64_t sizes[] = {KIB_64, MIB_1, MIB_64, GIB_1};
static const int64_t accesses[] = {KIB_4, KIB_64, MIB_1};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0])},
    {"access", accesses, sizeof(accesses) / sizeof(accesses[0])},
};

enum {
    /* A random access to storage takes about 0.1 ms; this keeps a sample
     * within a second or so. */
    COLD_RANDOM_ACCESSES = 1024,
    /* A cold sample is one pass, so there must be many. */
    COLD_REPETITIONS = 20,
    /* Files from this size on are sampled less often when quick. */
    LARGE_BYTES = 256 << 20,
    LARGE_REPETITIONS_QUICK = 5,
};

static bool is_cold_random(const struct bench_row *row)
{
    return row->words[CACHE] == COLD && row->words[PATTERN] == TRACE_RANDOM;
}

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    int64_t size = row->numbers[SIZE];
    int64_t access = row->numbers[ACCESS];

    if (access > size && access > accesses[0]) {
        return BENCH_NEVER;
    }
    if (row->words[CONSUMER] != CONSUMER_SUM || access == MIB_1) {
        return BENCH_FULL;
    }
    /* Of the generated sizes, one that a CPU cache holds and one that none
     * does. */
    return options->file_size > 0 || size == MIB_1 || size == MIB_64
               ? BENCH_QUICK
               : BENCH_FULL;
}

/* Roughly what this kind of machine does; estimates only. */
static double estimate_seconds(const struct bench_row *row)
{
    const double warm_bytes_per_second = 4e9, cold_bytes_per_second = 1e9;
    double size = (double)row->numbers[SIZE];

    if (row->words[CACHE] == WARM) {
        return size / warm_bytes_per_second;
    }
    return is_cold_random(row) ? COLD_RANDOM_ACCESSES * 2e-4
                               : size / cold_bytes_per_second + 1e-3;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    double pass = estimate_seconds(row);

    if (row->words[CACHE] == COLD) {
        sampling_out->iterations = 1;
        sampling_out->repetitions = COLD_REPETITIONS;
        sampling_out->sample_seconds = pass;
    } else {
        sampling_out->min_seconds = options->quick ? 0.05 : 0.2;
        sampling_out->sample_seconds = pass > sampling_out->min_seconds
                                           ? pass
                                           : sampling_out->min_seconds * 1.2;
    }
    if (options->quick && row->numbers[SIZE] >= LARGE_BYTES) {
        sampling_out->repetitions = LARGE_REPETITIONS_QUICK;
    }
}

static void unshare(void *context)
{
    struct reading *reading = context;

    if (reading == NULL) {
        return;
    }
    trace_free(reading->trace);
    buffer_free(&reading->buffer);
    free(reading);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    uint64_t size = (uint64_t)row->numbers[SIZE];
    size_t access = (size_t)row->numbers[ACCESS];
    size_t limit =
        is_cold_random(row) ? COLD_RANDOM_ACCESSES : TRACE_ACCESSES_MAX;
    struct reading *reading = calloc(1, sizeof(*reading));
    enum mm_status status;

    *shared_out = NULL;
    if (reading == NULL) {
        return MM_NO_MEMORY;
    }
    status = datasets_get(options->datasets, size, &reading->dataset, reason);
    if (status == MM_OK) {
        status = trace_make((enum trace_pattern)row->words[PATTERN], size,
                            access, limit, options->seed, &reading->trace);
    }
    if (status == MM_OK) {
        status = buffer_make(access, &reading->buffer);
    }
    if (status == MM_OK) {
        status = trace_pages(reading->trace, mm_page_size(), &reading->pages);
    }
    if (status != MM_OK) {
        unshare(reading);
        return status;
    }
    reading->bytes = trace_bytes(reading->trace);
    *shared_out = reading;
    return MM_OK;
}

/* The state that the row's name claims, and what could be shown of it. */
static bool establish_cache(struct sampler *sampler)
{
    struct bench_run *run = sampler->run;
    struct dataset *dataset = sampler->reading->dataset;
    bool warm = bench_run_row(run)->words[CACHE] == WARM;
    struct cache_proof proof = {0};
    enum mm_status status;

    status =
        warm ? dataset_warm(dataset, &proof) : dataset_cool(dataset, &proof);
    if (!bench_check(run, status,
                     warm ? "fill the cache" : "empty the cache")) {
        return false;
    }
    if (proof.known != MM_OK) {
        bench_judge(run, BENCH_UNPROVED, "the state of the cache is hidden: %s",
                    mm_status_text(proof.known));
        return true;
    }
    bench_count(run, BENCH_CACHED_BEFORE, proof.share);
    if (warm && proof.share < 1) {
        bench_judge(run, BENCH_VOID, "only %.1f %% of the file is cached",
                    proof.share * 100);
    } else if (warm && !proof.canonical) {
        bench_judge(run, BENCH_UNPROVED,
                    "the cache could not be emptied before it was filled, so "
                    "how it was filled is unknown");
    } else if (!warm && proof.share >= 1) {
        bench_judge(run, BENCH_UNSUPPORTED,
                    "the file system keeps this file in memory");
        return false;
    } else if (!warm && proof.share > 0) {
        bench_judge(run, BENCH_VOID,
                    "%.1f %% of the file stayed in the cache: somebody maps "
                    "it, or writes it",
                    proof.share * 100);
    }
    return true;
}

/* What storage was asked for must fit the claim. Holes and compression let a
 * cold file cost less than its size, so less is a doubt and nothing a proof. */
static void prove_storage(struct sampler *sampler)
{
    struct bench_run *run = sampler->run;
    uint64_t fetched = bench_storage_bytes(run);
    uint64_t needed = sampler->reading->bytes;

    if (fetched == MM_UNKNOWN) {
        return;
    }
    if (bench_run_row(run)->words[CACHE] == WARM && fetched > 0) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " octets came from storage while warm", fetched);
    } else if (bench_run_row(run)->words[CACHE] == COLD && fetched < needed) {
        bench_judge(run, fetched == 0 ? BENCH_VOID : BENCH_UNPROVED,
                    "only %" PRIu64 " of %" PRIu64
                    " octets came from storage while cold",
                    fetched, needed);
    }
}

static void prove_cache(struct sampler *sampler)
{
    struct bench_run *run = sampler->run;
    struct cache_proof proof;

    prove_storage(sampler);
    dataset_prove(sampler->reading->dataset, &proof);
    if (proof.known != MM_OK) {
        return;
    }
    bench_count(run, BENCH_CACHED_AFTER, proof.share);
    if (bench_run_row(run)->words[CACHE] == WARM && proof.share < 1) {
        bench_judge(run, BENCH_VOID,
                    "only %.1f %% of the file was still cached at the end",
                    proof.share * 100);
    }
}

static void count_work(struct sampler *sampler, int64_t passes)
{
    const struct reading *reading = sampler->reading;
    struct bench_run *run = sampler->run;
    unsigned way = bench_run_row(run)->words[WAY];

    bench_count(run, BENCH_ACCESSES,
                (double)passes * (double)reading->trace->count);
    bench_count(run, BENCH_BYTES, (double)passes * (double)reading->bytes);
    bench_count(run, BENCH_PAGES, (double)passes * (double)reading->pages);
    bench_count(run, BENCH_MAPS, (double)sampler->maps);
    bench_count(run, BENCH_READS, (double)sampler->reads);
    if (way == WAY_READ) {
        bench_count(run, BENCH_BUFFER_ALIGNMENT,
                    (double)buffer_alignment(reading->buffer.octets));
    }
    if (way == WAY_MAPPED_WINDOW) {
        bench_count(run, BENCH_WINDOW_BYTES, READ_WINDOW_BYTES);
    }
    bench_checksum(run, sampler->checksum);
}

static void run_passes(struct sampler *sampler)
{
    struct bench_run *run = sampler->run;
    enum read_way way = (enum read_way)bench_run_row(run)->words[WAY];
    int64_t passes = 0;
    uint64_t checksum = 0;
    bool same = true;

    while (bench_next(run, 1) > 0) {
        uint64_t start = mm_clock_ns();

        if (!read_pass(sampler, way)) {
            continue; /* bench_next() ends the loop after a failure */
        }
        bench_latency(run, mm_clock_ns() - start);
        same = same && (passes == 0 || sampler->checksum == checksum);
        checksum = sampler->checksum;
        passes++;
    }
    if (!same) {
        bench_judge(run, BENCH_VOID, "the file changed while it was measured");
    }
    count_work(sampler, passes);
}

static enum mm_status open_way(struct sampler *sampler)
{
    const struct mm_mapping_options options = {.protection = MM_READ_ONLY};
    const char *path = dataset_path(sampler->reading->dataset);
    enum mm_status status = mm_file_open(path, MM_FILE_READ, &sampler->file);

    if (status == MM_OK &&
        bench_run_row(sampler->run)->words[WAY] != WAY_READ) {
        status = mm_mapping_create(sampler->file, &options, &sampler->mapping);
    }
    return status;
}

static void body(struct bench_run *run, void *state)
{
    struct sampler sampler = {
        .run = run,
        .reading = state,
        .consumer = (enum consumer)bench_run_row(run)->words[CONSUMER],
        .page_size = mm_page_size(),
    };

    /* A file object of its own for every sample: what one way leaves in it,
     * read-ahead above all, is no other way's start. */
    if (establish_cache(&sampler) &&
        bench_check(run, open_way(&sampler), "open the file")) {
        run_passes(&sampler);
        prove_cache(&sampler);
    }
    mm_mapping_close(sampler.mapping);
    mm_file_close(sampler.file);
}

extern const struct bench_table bench_read_mapped_or_read;
const struct bench_table bench_read_mapped_or_read = {
    .subject = "read",
    .question = "Is a file faster to read through a mapping or by read calls?",
    .latency = "pass",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TAKES_FILE | BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
