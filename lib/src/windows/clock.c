/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include <mapmark/clock.h>

uint64_t mm_clock_ns(void)
{
    const uint64_t second_ns = 1000000000;
    LARGE_INTEGER frequency;
    LARGE_INTEGER counter;
    uint64_t rate;
    uint64_t ticks;

    /* Neither can fail since Windows XP, and the frequency costs nothing: it
     * is read from memory. */
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&counter);
    rate = (uint64_t)frequency.QuadPart;
    ticks = (uint64_t)counter.QuadPart;
    /* In two parts: ticks * 10^9 would overflow after half an hour. */
    return ticks / rate * second_ns + ticks % rate * second_ns / rate;
}
