/* SPDX-License-Identifier: MIT */
/* What can be learned about the clock by reading it. */
#include <stdlib.h>

#include <mapmark/clock.h>

#include "internal.h"

enum {
    /* Odd, so that the median is one of them; an interrupt hits few. */
    COST_BATCHES = 51,
    /* Long against the clock's own step on every system. */
    COST_CALLS = 500,
    RESOLUTION_STEPS = 101,
};

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

double mm_clock_cost_ns(void)
{
    uint64_t batches[COST_BATCHES];
    uint64_t median;

    for (int i = 0; i < COST_BATCHES; i++) {
        uint64_t start = mm_clock_ns();

        for (int k = 0; k < COST_CALLS - 1; k++) {
            (void)mm_clock_ns();
        }
        batches[i] = mm_clock_ns() - start;
    }
    qsort(batches, COST_BATCHES, sizeof(batches[0]), compare);
    median = batches[COST_BATCHES / 2];
    return (double)median / COST_CALLS;
}

uint64_t mm_clock_resolution_ns(void)
{
    uint64_t smallest = UINT64_MAX;

    for (int i = 0; i < RESOLUTION_STEPS; i++) {
        uint64_t start = mm_clock_ns();
        uint64_t now = start;

        while (now == start) {
            now = mm_clock_ns();
        }
        if (now - start < smallest) {
            smallest = now - start;
        }
    }
    return smallest;
}

uint64_t mmi_deadline(uint64_t timeout_ns)
{
    uint64_t now = mm_clock_ns();

    return timeout_ns > MM_INFINITE - now ? MM_INFINITE : now + timeout_ns;
}

uint64_t mmi_time_left(uint64_t deadline)
{
    uint64_t now;

    if (deadline == MM_INFINITE) {
        return MM_INFINITE;
    }
    now = mm_clock_ns();
    return now < deadline ? deadline - now : 0;
}
