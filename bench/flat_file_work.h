/* SPDX-License-Identifier: MIT */
/*
 * Work on a flat-file database: many small operations in one of several ways,
 * and one sample of a row, whose conditions are established, proved, and
 * proved again after the measurement.
 */
#ifndef FLAT_FILE_WORK_H
#define FLAT_FILE_WORK_H

#include "dataset.h"
#include "reach.h"

enum flat_operation {
    FLAT_FIND,        /* locate a record by its key */
    FLAT_READ,        /* read one field of a record */
    FLAT_UPDATE,      /* write one field of a record */
    FLAT_UPDATE_PAGE, /* the same, of records that share a page */
};

enum flat_policy {
    FLAT_FLUSH_NONE,
    FLAT_FLUSH_PERIODIC, /* after each FLAT_PERIOD updates */
    FLAT_FLUSH_EACH,     /* after each update */
};

enum { FLAT_PERIOD = 1000 };

/** What one row does. */
struct flat_job {
    enum reach_way way;
    enum flat_operation operation;
    enum flat_policy policy;
    enum cache cache;
    uint64_t records;
};

/** What a benchmark of databases puts into its table as `own`; its functions
 * are then those below. */
struct flat_benchmark {
    struct flat_job (*job)(const struct bench_row *row);
};

bool flat_file_updates(const struct flat_job *job);

/** Operations of one pass. */
size_t flat_file_operations(const struct flat_job *job);

/** Each as the table's function of that name. */
void flat_file_sampling(const struct bench_row *row,
                        const struct bench_options *options,
                        struct bench_sampling *sampling_out);
enum mm_status flat_file_share(const struct bench_row *row,
                               const struct bench_options *options,
                               void **shared_out, struct bench_reason *reason);
void flat_file_unshare(void *shared);
void flat_file_body(struct bench_run *run, void *shared);

#endif /* FLAT_FILE_WORK_H */
