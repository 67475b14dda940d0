/* SPDX-License-Identifier: MIT */
/*
 * Work on a file, done in several ways: what the rows of a comparison share,
 * and one sample of a row, whose conditions are established, proved, and
 * proved again after the measurement.
 */
#ifndef FILE_WORK_H
#define FILE_WORK_H

#include "ways.h"

/** What a row says of itself, to share and to sample. */
struct file_job {
    struct job job;
    enum cache cache;
    bool watched;  /* how much memory its views take, see residency.h */
    uint64_t size; /* of the file */
    size_t access; /* of one access */
};

enum {
    /** Of larger files the quick plan has the main ways only: filling a cache
     * by scattered reads, or moving a view for each access, takes minutes. */
    FILE_QUICK_MAX = 512 << 20,
};

/** The words of ways to read, patterns, consumers and caches, in the order of
 * their enumerations. */
extern const char *const file_read_ways[];
extern const char *const file_patterns[];
extern const char *const file_consumers[];
extern const char *const file_caches[];

/** What a benchmark of files puts into its table as `own`; its functions are
 * then those below. */
struct file_benchmark {
    struct file_job (*job)(const struct bench_row *row);
};

/** Accesses of one pass at most. */
size_t file_work_accesses_max(const struct file_job *job);

/** Each as the table's function of that name. */
void file_work_sampling(const struct bench_row *row,
                        const struct bench_options *options,
                        struct bench_sampling *sampling_out);
bool file_work_faults_alike(const struct bench_row *row);
enum mm_status file_work_share(const struct bench_row *row,
                               const struct bench_options *options,
                               void **shared_out, struct bench_reason *reason);
void file_work_unshare(void *shared);
void file_work_body(struct bench_run *run, void *shared);

#endif /* FILE_WORK_H */
