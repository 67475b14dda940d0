/* SPDX-License-Identifier: MIT */
/*
 * The ways of bringing a file's octets to a consumer: one pass over a trace
 * each, timed by phases.
 */
#ifndef READ_WAYS_H
#define READ_WAYS_H

#include <mapmark/mapping.h>

#include "bench.h"
#include "buffer.h"
#include "consumer.h"
#include "dataset.h"
#include "trace.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /* A view that slides over the file: 16 granules, what a careful program
     * with little address space would take. The view laboratory varies it. */
    READ_WINDOW_BYTES = 1 << 20,
};

enum read_way {
    WAY_MAPPED,
    WAY_MAPPED_WINDOW,
    WAY_MAPPED_POPULATED,
    WAY_READ,
};

/** What the ways of a comparison share. */
struct reading {
    struct dataset *dataset;
    struct trace *trace;
    struct buffer buffer; /* for read calls, one access long */
    uint64_t bytes;       /* of the whole trace */
    uint64_t pages;
};

/** One sample: what the way needs while the clock runs, and what it did. */
struct sampler {
    struct bench_run *run;
    const struct reading *reading;
    enum consumer consumer;
    size_t page_size;
    struct mm_file *file;
    struct mm_mapping *mapping; /* NULL for WAY_READ */
    uint64_t maps;
    uint64_t reads;
    uint64_t checksum; /* of the last pass */
};

/** Walk the trace once. False after a failure, which is then judged. */
bool read_pass(struct sampler *sampler, enum read_way way);

#ifdef __cplusplus
}
#endif

#endif /* READ_WAYS_H */
