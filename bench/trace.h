/* SPDX-License-Identifier: MIT */
/*
 * Which parts of a file are accessed, in which order: made once and used by
 * every way of a comparison, so that they do the same work.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The budget of measurement: longer traces tell nothing new. */
enum { TRACE_ACCESSES_MAX = 1000000 };

enum {
    /** Parts between two accesses of TRACE_STRIDE. */
    TRACE_STRIDE_PARTS = 16,
};

enum trace_pattern {
    TRACE_SEQUENTIAL, /* from the start of the file */
    TRACE_RANDOM,     /* uniform, no part twice */
    TRACE_REVERSE,    /* from the end of the file */
    TRACE_STRIDE, /* every 16th part, then every 16th of those next to them */
    TRACE_ZIPF,   /* part of rank k as often as 1/k; hot ones lie anywhere */
};

struct trace {
    uint64_t file_size;
    uint64_t access_size; /* the file is cut into parts of this size */
    size_t count;
    const uint32_t *parts; /* the parts in order; NULL: 0, 1, 2, ... */
};

/**
 * Make a trace of at most `count_max` accesses.
 *
 * Errors:    MM_INVALID (an empty file, an access size of 0, more than 2^32
 *            parts), MM_NO_MEMORY. On failure `*trace_out` is NULL.
 * Ownership: the caller gives `*trace_out` to trace_free().
 */
enum mm_status trace_make(enum trace_pattern pattern, uint64_t file_size,
                          uint64_t access_size, size_t count_max, uint64_t seed,
                          struct trace **trace_out);

void trace_free(struct trace *trace);

/** Where access `i` starts, and its size: the last part may be shorter. */
static inline uint64_t trace_offset(const struct trace *trace, size_t i)
{
    uint64_t part = trace->parts != NULL ? trace->parts[i] : i;

    return part * trace->access_size;
}

static inline size_t trace_size(const struct trace *trace, uint64_t offset)
{
    uint64_t left = trace->file_size - offset;

    return (size_t)(left < trace->access_size ? left : trace->access_size);
}

/** Octets that the whole trace accesses. */
uint64_t trace_bytes(const struct trace *trace);

/**
 * Count the pages of `page_size` octets that the whole trace touches, each
 * once.
 *
 * Errors:    MM_NO_MEMORY.
 */
enum mm_status trace_pages(const struct trace *trace, uint64_t page_size,
                           uint64_t *pages_out);

#ifdef __cplusplus
}
#endif

#endif /* TRACE_H */
