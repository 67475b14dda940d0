/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <math.h>
#include <stdlib.h>

#include "splitmix.h"

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

/* Rank after rank gives every part below `total` once: cycle-walking keeps
 * the permutation inside it. */
static uint64_t part_of_rank(uint64_t rank, unsigned bits, uint64_t total,
                             uint64_t seed)
{
    uint64_t part = rank;

    do {
        part = permute(part, bits, seed);
    } while (part >= total);
    return part;
}

/* Fill `parts` with `count` different numbers below `total`. */
static void choose_parts(uint32_t *parts, size_t count, uint64_t total,
                         uint64_t seed)
{
    unsigned bits = bits_for(total);

    for (size_t i = 0; i < count; i++) {
        parts[i] = (uint32_t)part_of_rank(i, bits, total, seed);
    }
}

/* A number in (0, 1]. */
static double draw(uint64_t seed, uint64_t index)
{
    return ((double)(splitmix(seed, index) >> 11) + 1) * 0x1p-53;
}

/*
 * Draw ranks from 1 to `total` with a probability in proportion to 1/rank, by
 * rejection from the continuous 1/x between 0.5 and total + 0.5: the part of
 * the area that a rank has in excess over 1/rank is refused. (After Hoermann
 * and Derflinger 1996, for the exponent 1.) The permutation then puts the
 * ranks anywhere in the file, always the same ones for a seed.
 */
static void draw_parts(uint32_t *parts, size_t count, uint64_t total,
                       uint64_t seed)
{
    unsigned bits = bits_for(total);
    double area = log(2 * (double)total + 1);
    uint64_t drawn = 0;

    for (size_t i = 0; i < count;) {
        double x = 0.5 * exp(draw(seed, ++drawn) * area);
        uint64_t rank = (uint64_t)(x + 0.5);
        double given, wanted;

        if (rank < 1 || rank > total) {
            continue;
        }
        given = log(((double)rank + 0.5) / ((double)rank - 0.5));
        wanted = 1 / (double)rank;
        /* `given` is a little more than `wanted`, log(3) to 1 at most. */
        if (draw(seed, ++drawn) * given <= wanted) {
            parts[i++] = (uint32_t)part_of_rank(rank - 1, bits, total, seed);
        }
    }
}

/* Part `i` of the walk that takes every 16th part and comes back for those it
 * left out. */
static uint64_t stride_part(uint64_t i, uint64_t total)
{
    uint64_t stride = TRACE_STRIDE_PARTS;
    uint64_t longer = total % stride; /* rounds that have one part more */
    uint64_t in_longer = longer * (total / stride + 1);
    uint64_t size = total / stride;
    uint64_t round;

    if (i < in_longer) {
        return i % (size + 1) * stride + i / (size + 1);
    }
    round = longer + (i - in_longer) / size;
    return (i - in_longer) % size * stride + round;
}

static void fill_parts(uint32_t *parts, size_t count, uint64_t total,
                       enum trace_pattern pattern, uint64_t seed)
{
    switch (pattern) {
    case TRACE_RANDOM:
        choose_parts(parts, count, total, seed);
        break;
    case TRACE_ZIPF:
        draw_parts(parts, count, total, seed);
        break;
    case TRACE_REVERSE:
        for (size_t i = 0; i < count; i++) {
            parts[i] = (uint32_t)(total - 1 - i);
        }
        break;
    case TRACE_STRIDE:
        for (size_t i = 0; i < count; i++) {
            parts[i] = (uint32_t)stride_part(i, total);
        }
        break;
    case TRACE_SEQUENTIAL:
        break;
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
    if (pattern != TRACE_SEQUENTIAL) {
        parts = malloc(trace->count * sizeof(*parts));
        if (parts == NULL) {
            trace_free(trace);
            return MM_NO_MEMORY;
        }
        fill_parts(parts, trace->count, total, pattern, seed);
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

enum mm_status trace_pages(const struct trace *trace, uint64_t page_size,
                           uint64_t *pages_out)
{
    uint64_t total = (trace->file_size - 1) / page_size + 1;
    unsigned char *seen = calloc((size_t)(total / 8 + 1), 1);
    uint64_t pages = 0;

    *pages_out = 0;
    if (seen == NULL) {
        return MM_NO_MEMORY;
    }
    for (size_t i = 0; i < trace->count; i++) {
        uint64_t offset = trace_offset(trace, i);
        uint64_t last = (offset + trace_size(trace, offset) - 1) / page_size;

        for (uint64_t page = offset / page_size; page <= last; page++) {
            unsigned char bit = (unsigned char)(1u << page % 8);

            pages += (seen[page / 8] & bit) == 0 ? 1 : 0;
            seen[page / 8] |= bit;
        }
    }
    free(seen);
    *pages_out = pages;
    return MM_OK;
}
