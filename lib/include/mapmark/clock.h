/* SPDX-License-Identifier: MIT */
/* The monotonic clock that every time of this project is read from. */
#ifndef MAPMARK_CLOCK_H
#define MAPMARK_CLOCK_H

#include <stdint.h>

#include <mapmark/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Read the monotonic clock: CLOCK_MONOTONIC or QueryPerformanceCounter.
 *
 * Only differences mean anything; the start is arbitrary and the clock never
 * goes back, on any thread.
 *
 * Units:     nanoseconds.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread; readings of two threads are comparable.
 */
MM_API uint64_t mm_clock_ns(void);

/**
 * Measure what one mm_clock_ns() call costs now: the median of many batches.
 *
 * A timed section should last at least fifty times this (2 %).
 *
 * Units:     nanoseconds a call, as a fraction; takes about a millisecond.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API double mm_clock_cost_ns(void);

/**
 * Measure the smallest step that the clock is seen to take.
 *
 * Units:     nanoseconds, at least 1.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API uint64_t mm_clock_resolution_ns(void);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_CLOCK_H */
