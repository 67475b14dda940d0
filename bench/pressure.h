/* SPDX-License-Identifier: MIT */
/* Walks over a file by a process whose memory is limited, the page cache of
 * the file included, in slices. */
#ifndef PRESSURE_H
#define PRESSURE_H

#include "bench.h"
#include "peers/memory_limit.h"
#include "trace.h"
#include "ways.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PRESSURE_WALKS = 3,
    /* Of a walk. */
    PRESSURE_SLICES = 16,
    PRESSURE_PATH_MAX = 4096,
};

/** What the process has to know, and what it found. */
struct pressure {
    char path[PRESSURE_PATH_MAX]; /* of the file */
    char limit[MEMORY_LIMIT_NAME_MAX];
    enum way way; /* WAY_MAPPED, WAY_MAPPED_RANDOM or WAY_CALLS */
    enum trace_pattern pattern;
    uint64_t size; /* of the file */
    uint64_t access;
    uint64_t seed;

    struct bench_slice slices[PRESSURE_WALKS * PRESSURE_SLICES];
    size_t slice_count;
    uint64_t map_ns;
    uint64_t unmap_ns;
    uint64_t maps;
    uint64_t reads; /* of the way */
    uint64_t calls; /* to read, that the system saw; MM_UNKNOWN */
    struct mm_process_usage used;
    uint64_t checksums[PRESSURE_WALKS]; /* of each walk */
    enum mm_status status;
    char tried[BENCH_REASON_MAX]; /* what the status is of */
};

/** The role of PARTNER_PRESSED: its memory is a struct pressure. */
int pressure_play(void *memory, unsigned index, const void *context);

#ifdef __cplusplus
}
#endif

#endif /* PRESSURE_H */
