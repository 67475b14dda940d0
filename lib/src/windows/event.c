/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

enum mm_status mm_event_set(struct mm_event *event)
{
    mmi_inject();
    return SetEvent(mmi_handle_of(&event->waitable)) ? MM_OK : mmi_os_error();
}

enum mm_status mm_event_reset(struct mm_event *event)
{
    mmi_inject();
    return ResetEvent(mmi_handle_of(&event->waitable)) ? MM_OK : mmi_os_error();
}
