/* SPDX-License-Identifier: MIT */
#include "histogram.h"

/* The position of the highest bit that is set; `value` is not 0. */
static unsigned highest_bit(uint64_t value)
{
    unsigned bit = 0;

    for (unsigned step = 32; step > 0; step /= 2) {
        if (value >> step != 0) {
            value >>= step;
            bit += step;
        }
    }
    return bit;
}

/* Values below one octave of buckets have a bucket each; above, the octave
 * and the next HISTOGRAM_SUB_BITS bits choose it. */
static size_t bucket_of(uint64_t ns)
{
    unsigned octave;

    if (ns < HISTOGRAM_SUB_BUCKETS) {
        return (size_t)ns;
    }
    octave = highest_bit(ns) - HISTOGRAM_SUB_BITS;
    return (size_t)octave * HISTOGRAM_SUB_BUCKETS + (size_t)(ns >> octave);
}

void histogram_bounds(size_t bucket, uint64_t *lower_out, uint64_t *upper_out)
{
    size_t octave = bucket / HISTOGRAM_SUB_BUCKETS;
    uint64_t position = bucket % HISTOGRAM_SUB_BUCKETS;

    if (octave > 0) {
        octave -= 1;
        position += HISTOGRAM_SUB_BUCKETS;
    }
    *lower_out = position << octave;
    *upper_out = (position + 1) << octave;
}

void histogram_record(struct histogram *histogram, uint64_t ns)
{
    if (ns < HISTOGRAM_MIN_NS || ns > HISTOGRAM_MAX_NS) {
        ns = ns < HISTOGRAM_MIN_NS ? HISTOGRAM_MIN_NS : HISTOGRAM_MAX_NS;
        histogram->clamped++;
    }
    if (histogram->count == 0 || ns < histogram->min_ns) {
        histogram->min_ns = ns;
    }
    if (ns > histogram->max_ns) {
        histogram->max_ns = ns;
    }
    histogram->count++;
    histogram->buckets[bucket_of(ns)]++;
}

void histogram_add(struct histogram *into, const struct histogram *from)
{
    if (from->count == 0) {
        return;
    }
    if (into->count == 0 || from->min_ns < into->min_ns) {
        into->min_ns = from->min_ns;
    }
    if (from->max_ns > into->max_ns) {
        into->max_ns = from->max_ns;
    }
    into->count += from->count;
    into->clamped += from->clamped;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        into->buckets[i] += from->buckets[i];
    }
}

uint64_t histogram_percentile(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->count + 0.5);
    uint64_t seen = 0;
    uint64_t lower, upper, middle;

    if (histogram->count == 0) {
        return 0;
    }
    if (wanted >= histogram->count) {
        return histogram->max_ns;
    }
    wanted = wanted < 1 ? 1 : wanted;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += histogram->buckets[i];
        if (seen < wanted) {
            continue;
        }
        histogram_bounds(i, &lower, &upper);
        middle = lower + (upper - lower) / 2;
        if (middle < histogram->min_ns) {
            return histogram->min_ns;
        }
        return middle > histogram->max_ns ? histogram->max_ns : middle;
    }
    return histogram->max_ns;
}
