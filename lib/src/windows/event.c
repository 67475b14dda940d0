/* SPDX-License-Identifier: MIT */
#include "waitable.h"

enum mm_status mm_event_set(struct mm_event *event)
{
    (void)event;
    return MM_UNSUPPORTED;
}

enum mm_status mm_event_reset(struct mm_event *event)
{
    (void)event;
    return MM_UNSUPPORTED;
}
