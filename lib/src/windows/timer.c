/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "internal.h"
#include "waitable.h"

static const uint64_t tick_ns = 100; /* the system's unit */
static const uint64_t millisecond_ns = 1000000;

/* Rounded up, so that nothing is early, and no period is none. */
static uint64_t whole(uint64_t time_ns, uint64_t unit_ns)
{
    return time_ns / unit_ns + (time_ns % unit_ns != 0);
}

enum mm_status mm_timer_set(struct mm_timer *timer, uint64_t due_ns,
                            uint64_t period_ns)
{
    uint64_t period = whole(period_ns, millisecond_ns);
    LARGE_INTEGER due;

    if (timer->waitable.wait_only) {
        return MM_DENIED;
    }
    if (due_ns > INT64_MAX / 2 || period > INT32_MAX) {
        return MM_INVALID;
    }
    /* Below zero is from now on. Zero is a time of the calendar, which has
     * passed: the same as at once. */
    due.QuadPart = -(LONGLONG)whole(due_ns, tick_ns);
    return SetWaitableTimer(mmi_handle_of(&timer->waitable), &due, (LONG)period,
                            NULL, NULL, FALSE)
               ? MM_OK
               : mmi_os_error();
}

enum mm_status mm_timer_cancel(struct mm_timer *timer)
{
    return CancelWaitableTimer(mmi_handle_of(&timer->waitable))
               ? MM_OK
               : mmi_os_error();
}
