/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <stdlib.h>

/*
 * A permutation of 0..2^bits-1, chosen by `key`: every step (multiplying by an
 * odd number, adding, folding the high half onto the low one) can be undone,
 * so no two inputs meet. Multipliers from the splitmix64 generator.
 */
static uint64_t permute(uint64_t value, unsigned bits, uint64_t key)
{
    uint64_t mask = (UINT64_C(1) << bits) - 1;
    unsigned half = (bits + 1) / 2;

    for (unsigned round = 0; round < 3; round++) {
        value = (value + key) & mask;
        value = (value * UINT64_C(0xbf58476d1ce4e5b9)) & mask;
        value ^= value >> half;
        value = (value * UINT64_C(0x94d049bb133111eb)) & mask;
        value ^= value >> half;
        key = key >> 21 | key << 43;
    }
    return value;
}

static unsigned bits_for(uint64_t count)
{
    unsigned bits = 1;

    while (UINT64_C(1) << bits < count) {
        bits++;
    }
    return bits;
}

/* Fill `parts` with `count` different numbers below `total`. */
static void choose_parts(uint32_t *parts, size_t count, uint64_t total,
                         uint64_t seed)
{
    unsigned bits = bits_for(total);
    size_t chosen = 0;

    for (uint64_t i = 0; chosen < count; i++) {
        uint64_t part = permute(i, bits, seed);

        if (part < total) {
            parts[chosen++] = (uint32_t)part;
        }
    }
}

enum mm_status trace_make(enum trace_pattern pattern, uint64_t file_size,
                          uint64_t access_size, size_t count_max, uint64_t seed,
                          struct trace **trace_out)
{
    struct trace *trace;
    uint32_t *parts;
    uint64_t total;

    *trace_out = NULL;
    if (file_size == 0 || access_size == 0 || count_max == 0) {
        return MM_INVALID;
    }
    total = (file_size - 1) / access_size + 1;
    if (total > UINT32_MAX) {
        return MM_INVALID;
    }
    trace = calloc(1, sizeof(*trace));
    if (trace == NULL) {
        return MM_NO_MEMORY;
    }
    trace->file_size = file_size;
    trace->access_size = access_size;
    trace->count = total < count_max ? (size_t)total : count_max;
    if (pattern == TRACE_RANDOM) {
        parts = malloc(trace->count * sizeof(*parts));
        if (parts == NULL) {
            trace_free(trace);
            return MM_NO_MEMORY;
        }
        choose_parts(parts, trace->count, total, seed);
        trace->parts = parts;
    }
    *trace_out = trace;
    return MM_OK;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL) {
        return;
    }
    free((void *)(uintptr_t)trace->parts);
    free(trace);
}

uint64_t trace_bytes(const struct trace *trace)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < trace->count; i++) {
        bytes += trace_size(trace, trace_offset(trace, i));
    }
    return bytes;
}

uint64_t trace_pages(const struct trace *trace, uint64_t page_size)
{
    uint64_t pages = 0;

    if (trace->access_size < page_size) {
        /* Several parts may share a page; only whole traces know how many
         * pages there are, so count what the octets need at least. */
        return (trace_bytes(trace) + page_size - 1) / page_size;
    }
    for (size_t i = 0; i < trace->count; i++) {
        size_t size = trace_size(trace, trace_offset(trace, i));

        pages += (size + page_size - 1) / page_size;
    }
    return pages;
}
