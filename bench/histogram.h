/* SPDX-License-Identifier: MIT */
/*
 * A log-linear latency histogram: 64 buckets for each power of two, so the
 * middle of a bucket is less than 0.8 % from every value in it. Histograms
 * add; percentiles never do.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    HISTOGRAM_SUB_BITS = 6, /* 2^6 buckets an octave: error < 1/128 */
    HISTOGRAM_SUB_BUCKETS = 1 << HISTOGRAM_SUB_BITS,
    HISTOGRAM_OCTAVES = 36 - HISTOGRAM_SUB_BITS, /* 60 s < 2^36 ns */
    HISTOGRAM_BUCKETS = (HISTOGRAM_OCTAVES + 1) * HISTOGRAM_SUB_BUCKETS,
};

/** Values outside 1 ns..60 s are counted at the nearer end, and as clamped. */
#define HISTOGRAM_MIN_NS UINT64_C(1)
#define HISTOGRAM_MAX_NS UINT64_C(60000000000)

/** All zero is an empty histogram. */
struct histogram {
    uint64_t count;
    uint64_t clamped;
    uint64_t min_ns; /* after clamping; 0 while empty */
    uint64_t max_ns;
    uint64_t buckets[HISTOGRAM_BUCKETS];
};

void histogram_record(struct histogram *histogram, uint64_t ns);

void histogram_add(struct histogram *into, const struct histogram *from);

/** The bounds of a bucket: lower <= value < upper. */
void histogram_bounds(size_t bucket, uint64_t *lower_out, uint64_t *upper_out);

/** The value that `share` (0 to 1) of the values do not exceed, less than 1 %
 * off, within min_ns..max_ns; 0 for an empty histogram. */
uint64_t histogram_percentile(const struct histogram *histogram, double share);

#ifdef __cplusplus
}
#endif

#endif /* HISTOGRAM_H */
