/* SPDX-License-Identifier: MIT */
/* The kernel's own events, without a library between. */
#include <windows.h>

#include "crowds.h"

static enum mm_status open_events(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        HANDLE event = CreateEventW(NULL, FALSE, FALSE, NULL);

        if (event == NULL) {
            return MM_OS;
        }
        crowd->handles[i] = (intptr_t)event;
    }
    return MM_OK;
}

static enum mm_status set_event(struct crowd *crowd, size_t index)
{
    return SetEvent((HANDLE)crowd->handles[index]) ? MM_OK : MM_OS;
}

static DWORD wait_for(const struct crowd *crowd, BOOL all)
{
    return WaitForMultipleObjects((DWORD)crowd->count,
                                  (const HANDLE *)crowd->handles, all,
                                  INFINITE) -
           WAIT_OBJECT_0;
}

static enum mm_status wait_for_any(struct crowd *crowd, size_t *index_out)
{
    *index_out = wait_for(crowd, FALSE);
    return *index_out < crowd->count ? MM_OK : MM_OS;
}

static enum mm_status wait_for_all(struct crowd *crowd)
{
    return wait_for(crowd, TRUE) < crowd->count ? MM_OK : MM_OS;
}

static void close_events(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++) {
        if (crowd->handles[i] != 0) {
            CloseHandle((HANDLE)crowd->handles[i]);
        }
    }
}

const struct crowd_kind crowd_kernel_event = {
    .open = open_events,
    .set = set_event,
    .wait_for_any = wait_for_any,
    .wait_for_all = wait_for_all,
    .close = close_events,
};

const struct crowd_kind crowd_eventfd = {
    .why_not = "eventfd(2) is a call of Linux",
};
