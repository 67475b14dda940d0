/* SPDX-License-Identifier: MIT */
/*
 * The ways of doing the same work on a file: one pass over a trace each, timed
 * by phases. What is done with the octets is the job's, not the way's.
 */
#ifndef WAYS_H
#define WAYS_H

#include <stdio.h>

#include <mapmark/mapping.h>

#include "async.h"
#include "bench.h"
#include "buffer.h"
#include "consumer.h"
#include "dataset.h"
#include "shim.h"
#include "trace.h"
#include "view_pool.h"

enum {
    /** Where a job does not say: 16 granules, what a careful program
     * with little address space would take. The view laboratory varies it. */
    WAY_WINDOW_BYTES = 1 << 20,
    /** How far off its page the buffer of a misaligned way is: where malloc()
     * puts large blocks. */
    WAY_MISALIGNED_BYTES = 16,
    WAY_THREADS_MAX = 8,
};

enum way {
    WAY_MAPPED,
    WAY_MAPPED_WINDOW,
    WAY_MAPPED_POPULATED,
    WAY_MAPPED_SEQUENTIAL,
    WAY_MAPPED_RANDOM,
    WAY_MAPPED_WILL_NEED,
    WAY_MAPPED_HUGE,
    WAY_CALLS,
    WAY_CALLS_MISALIGNED,
    WAY_STDIO,
    WAY_ASYNC,
    WAY_MEMORY, /* the octets are in the program already: no way is faster */
};

enum action {
    ACTION_CONSUME,
    ACTION_WRITE,
    ACTION_MODIFY, /* read, add, write back */
};

/** What one row does. */
struct job {
    enum way way;
    enum action action;
    enum trace_pattern pattern;
    enum consumer consumer; /* of ACTION_CONSUME */
    unsigned threads;
    /* Of WAY_MAPPED_WINDOW: its views; all 0 means one of WAY_WINDOW_BYTES. */
    uint64_t view_bytes;
    uint64_t start_bytes; /* that views start at multiples of */
    unsigned views;
    bool each;    /* a view is given up after each access */
    bool twice;   /* walk the trace again before leaving: the steady state */
    bool durable; /* the clock runs until the octets are on the device */
};

/** What the rows of a comparison share. */
struct work {
    struct dataset *dataset;
    struct trace *trace;
    uint64_t bytes;       /* of the whole trace */
    uint64_t pages;       /* that it touches */
    uint64_t stamp;       /* of the last pass that wrote; see walk_expected() */
    struct buffer memory; /* the file's octets, for WAY_MEMORY; made by it */
    struct buffer transfer[WAY_THREADS_MAX]; /* one access and its shift */
    struct shim_team *team;                  /* NULL: one thread */
};

/** One sample: what the way holds open, and what it did. */
struct sampler {
    const struct job *job;
    struct work *work;
    size_t page_size;
    struct view_pool_plan window; /* of WAY_MAPPED_WINDOW */
    struct mm_file *file;
    struct mm_mapping *mapping;     /* of the mapped ways */
    FILE *streams[WAY_THREADS_MAX]; /* of WAY_STDIO */
    struct async async;             /* of WAY_ASYNC */
    uint64_t maps;
    uint64_t reads;
    uint64_t writes;
    uint64_t checksum; /* of the last pass */
    double depth;      /* threads at work at the same time, on average */
};

/** What a way is measured with, and whether it needs a mapping. */
bool way_is_mapped(enum way way);

/** Whether the system counts a call for each that the way makes. */
bool way_is_counted(const struct sampler *sampler);

/** The buffer that the way's calls use. */
unsigned char *way_buffer(const struct sampler *sampler, size_t thread);

/** Open the file as the way uses it; what is open is closed by way_close(),
 * also after a failure. */
enum mm_status way_open(struct sampler *sampler);
void way_close(struct sampler *sampler);

/** As bench_check() for what was tried on the sampler's file; says what has
 * become of the file where that is the reason. */
bool way_check(const struct sampler *sampler, struct bench_run *run,
               enum mm_status status, const char *what);

/** Walk the trace, timed. False after a failure, which is then judged. */
bool way_pass(struct sampler *sampler, struct bench_run *run);

#endif /* WAYS_H */
