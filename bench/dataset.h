/* SPDX-License-Identifier: MIT */
/*
 * The files that are measured, and their state in the page cache: established,
 * then proved. Either the user's own file, which is never written, or files of
 * deterministic content, made when first asked for and removed at the end.
 *
 * Warm is not one state: a cached file costs a mapped reader some 20 or some
 * 800 ns a page, depending on the size of the pieces in which it was cached.
 * So warm here means evicted, then read once from front to back.
 */
#ifndef DATASET_H
#define DATASET_H

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dataset;

/** A state of the page cache, as rows name it. */
enum cache {
    CACHE_WARM,      /* wholly cached, by one read from front to back */
    CACHE_COLD,      /* nothing of it cached */
    CACHE_SCATTERED, /* wholly cached, by random reads of one page each */
    CACHE_FOUND,     /* wholly cached, as it lay when the program began */
};

/** What is known about the cache when a state has been established. */
struct cache_proof {
    enum mm_status known; /* MM_OK, or why nothing is known */
    double share;         /* of the file in the cache, 0 to 1 */
    bool canonical;       /* it was empty before it was filled */
    bool disturbed;       /* not as found any more: emptied or filled by us */
};

/**
 * Open a store for the file `given`, or for generated files in the existing
 * directory `scratch` when that is NULL.
 *
 * Errors:    as mm_file_open(); MM_FILE_INVALID for an empty file. `reason`
 *            then names the file and the way out.
 * Ownership: the caller gives `*datasets_out` to datasets_close().
 */
enum mm_status datasets_open(const char *given, const char *scratch,
                             uint64_t seed, struct datasets **datasets_out,
                             struct bench_reason *reason);

/** Close every file and remove those that were generated. */
void datasets_close(struct datasets *datasets);

/** The size of the given file, 0 when there is none. */
uint64_t datasets_given_size(const struct datasets *datasets);

/**
 * The file of `size` octets, which the store keeps; generated on first use.
 * One that will be written is another one than one that is only read, and
 * never the given one.
 *
 * Errors:    as mm_file_open() and mm_file_write(); MM_TOO_MANY.
 */
enum mm_status datasets_get(struct datasets *datasets, uint64_t size,
                            bool for_writing, struct dataset **dataset_out,
                            struct bench_reason *reason);

/** Makes octets of a file: `size` of them from `offset` on. They depend on
 * their place and the seed only, so that pieces of any size make one file. */
typedef void dataset_content(unsigned char *octets, size_t size,
                             uint64_t offset, uint64_t seed);

/** As datasets_get(), of content of the caller's own. */
enum mm_status datasets_get_with(struct datasets *datasets, uint64_t size,
                                 bool for_writing, dataset_content *content,
                                 struct dataset **dataset_out,
                                 struct bench_reason *reason);

/** The directory of generated files. */
const char *datasets_scratch(const struct datasets *datasets);

const char *dataset_path(const struct dataset *dataset);
uint64_t dataset_size(const struct dataset *dataset);

/**
 * What the file still is of what the plan was made for: BENCH_OK when all of
 * it, else what a row that measures it is now, and the reason: BENCH_VOID when
 * it grew, BENCH_ERROR when it shrank, was replaced or has gone.
 */
enum bench_state dataset_look(struct dataset *dataset,
                              struct bench_reason *reason);

/**
 * Bring the file into a state of the cache, and prove it. Does nothing when
 * the file is still as this function left it, and never for CACHE_FOUND.
 * Whoever finds another state in the proof than he asked for cannot have it.
 *
 * Errors:    as mm_file_read(), mm_file_sync() and mm_file_evict().
 */
enum mm_status dataset_establish(struct dataset *dataset, enum cache cache,
                                 struct cache_proof *proof_out);

/** Write what is dirty, so that nobody else's run pays for it. */
enum mm_status dataset_settle(struct dataset *dataset);

/** Ask again, after the measurement. */
void dataset_prove(struct dataset *dataset, struct cache_proof *proof_out);

#ifdef __cplusplus
}
#endif

#endif /* DATASET_H */
