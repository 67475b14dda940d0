/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include <mapmark/clock.h>

#include "alarms.h"

/* The kernel counts in these. */
enum { TICK_NS = 100 };

static enum mm_status open_timer(struct alarm *alarm)
{
    HANDLE timer = CreateWaitableTimerW(NULL, FALSE, NULL);

    alarm->handle = (intptr_t)timer;
    return timer != NULL ? MM_OK : MM_OS;
}

/* Rounded up: a timer that comes early would be wrong. */
static enum mm_status wait_for_timer(struct alarm *alarm, uint64_t due_ns)
{
    HANDLE timer = (HANDLE)alarm->handle;
    uint64_t now = mm_clock_ns();
    uint64_t left = due_ns > now ? due_ns - now : 0;
    LARGE_INTEGER relative;

    relative.QuadPart = -(LONGLONG)((left + TICK_NS - 1) / TICK_NS);
    if (!SetWaitableTimer(timer, &relative, 0, NULL, NULL, FALSE)) {
        return MM_OS;
    }
    return WaitForSingleObject(timer, INFINITE) == WAIT_OBJECT_0 ? MM_OK
                                                                 : MM_OS;
}

static void close_timer(struct alarm *alarm)
{
    if (alarm->handle != 0) {
        CloseHandle((HANDLE)alarm->handle);
    }
}

const struct alarm_kind alarm_kernel_timer = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_timer,
    .wait_until = wait_for_timer,
    .close = close_timer,
};

/* ---- what this system has not -------------------------------------------- */

const struct alarm_kind alarm_nanosleep = {
    .why_not = "clock_nanosleep(2) is a call of POSIX systems",
    .policies = 1U << CHANNEL_PARK,
};

const struct alarm_kind alarm_timerfd = {
    .why_not = "timerfd(2) is a call of Linux",
    .policies = 1U << CHANNEL_PARK,
};
