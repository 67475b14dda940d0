/* SPDX-License-Identifier: MIT */
#include <time.h>

#include <mapmark/clock.h>

uint64_t mm_clock_ns(void)
{
    const uint64_t second_ns = 1000000000;
    struct timespec now;

    /* Cannot fail: the clock is fixed and the pointer is ours. */
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * second_ns + (uint64_t)now.tv_nsec;
}
