/* SPDX-License-Identifier: MIT */
/* The kernel's own events, without a library between. */
#include <stdio.h>

#include <windows.h>

#include "../broadcast.h"

/* Other processes open them by their names. */
struct names {
    wchar_t texts[BROADCAST_TURNS][64];
};

_Static_assert(sizeof(struct names) <= BROADCAST_MEMORY,
               "a broadcast has room for them");

static enum mm_status status_of(BOOL done)
{
    return done ? MM_OK : MM_OS;
}

static HANDLE open_event(const struct broadcast *broadcast, wchar_t *name,
                         int turn)
{
    if (!broadcast->makes) {
        return OpenEventW(SYNCHRONIZE, FALSE, name);
    }
    swprintf(name, 64, L"mapmark-broadcast-%lu-%d", GetCurrentProcessId(),
             turn);
    return CreateEventW(NULL, TRUE, FALSE, name);
}

static enum mm_status open_events(struct broadcast *broadcast)
{
    struct names *names = broadcast->memory;

    for (int i = 0; i < BROADCAST_TURNS; i++) {
        HANDLE event = open_event(broadcast, names->texts[i], i);

        if (event == NULL) {
            return MM_OS;
        }
        broadcast->handles[i] = (intptr_t)event;
    }
    return MM_OK;
}

static HANDLE event_of(const struct broadcast *broadcast, uint64_t round)
{
    return (HANDLE)broadcast->handles[round % BROADCAST_TURNS];
}

static enum mm_status set_event(struct broadcast *broadcast, uint64_t round)
{
    return status_of(ResetEvent(event_of(broadcast, round + 1)) &&
                     SetEvent(event_of(broadcast, round)));
}

static enum mm_status wait_for_event(struct broadcast *broadcast,
                                     uint64_t round)
{
    return status_of(WaitForSingleObject(event_of(broadcast, round),
                                         INFINITE) == WAIT_OBJECT_0);
}

static void close_events(struct broadcast *broadcast)
{
    for (int i = 0; i < BROADCAST_TURNS; i++) {
        if (broadcast->handles[i] != 0) {
            CloseHandle((HANDLE)broadcast->handles[i]);
        }
    }
}

const struct broadcast_kind broadcast_kernel_event = {
    .policies = 1U << CHANNEL_PARK,
    .answer = &channel_kernel_event,
    .open = open_events,
    .shout = set_event,
    .hear = wait_for_event,
    .close = close_events,
};

/* ---- what this system has not -------------------------------------------- */

const struct broadcast_kind broadcast_sem = {
    .why_not = "sem_t is shared between processes on POSIX systems only",
    .policies = 1U << CHANNEL_PARK,
};

const struct broadcast_kind broadcast_condition = {
    .why_not = "a condition is shared between processes on POSIX systems only",
    .policies = 1U << CHANNEL_PARK,
};

const struct broadcast_kind broadcast_futex = {
    .why_not = "WaitOnAddress wakes threads of its own process only",
    .policies = 1U << CHANNEL_PARK,
};
