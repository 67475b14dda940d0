/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "inject.h"
#include "internal.h"
#include "waitable.h"

enum mm_status mm_mutex_release(struct mm_mutex *mutex)
{
    mmi_inject();
    return ReleaseMutex(mmi_handle_of(&mutex->waitable)) ? MM_OK
                                                         : mmi_os_error();
}
