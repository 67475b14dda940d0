/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include <windows.h>

#include "orphan.h"

static void CALLBACK leave(void *context, BOOLEAN timed_out)
{
    (void)context;
    (void)timed_out;
    _Exit(EXIT_FAILURE);
}

enum mm_status orphan_ends(uint64_t parent)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)parent);
    HANDLE wait;

    if (process == NULL) {
        _Exit(EXIT_FAILURE); /* it has ended, or is not to be seen */
    }
    return RegisterWaitForSingleObject(&wait, process, leave, NULL, INFINITE,
                                       WT_EXECUTEONLYONCE)
               ? MM_OK
               : MM_OS;
}
