/* SPDX-License-Identifier: MIT */
#include "waitable.h"

enum mm_status mm_timer_set(struct mm_timer *timer, uint64_t due_ns,
                            uint64_t period_ns)
{
    (void)timer;
    (void)due_ns;
    (void)period_ns;
    return MM_UNSUPPORTED;
}

enum mm_status mm_timer_cancel(struct mm_timer *timer)
{
    (void)timer;
    return MM_UNSUPPORTED;
}
