/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

enum mm_status mm_semaphore_release(struct mm_semaphore *semaphore,
                                    uint32_t count, uint32_t *previous_out)
{
    LONG previous = 0;

    mmi_inject();
    if (previous_out != NULL) {
        *previous_out = 0;
    }
    if (semaphore->waitable.wait_only) {
        return MM_DENIED;
    }
    if (count == 0 || count > INT32_MAX) {
        return MM_INVALID; /* Wine lets 0 pass */
    }
    if (!ReleaseSemaphore(mmi_handle_of(&semaphore->waitable), (LONG)count,
                          &previous)) {
        return mmi_os_error();
    }
    if (previous_out != NULL) {
        *previous_out = (uint32_t)previous;
    }
    return MM_OK;
}
