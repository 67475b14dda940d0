/* SPDX-License-Identifier: MIT */
#include "waitable.h"

enum mm_status mm_semaphore_release(struct mm_semaphore *semaphore,
                                    uint32_t count, uint32_t *previous_out)
{
    (void)semaphore;
    (void)count;
    (void)previous_out;
    if (previous_out != NULL) {
        *previous_out = 0;
    }
    return MM_UNSUPPORTED;
}
