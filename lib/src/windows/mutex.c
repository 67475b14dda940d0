/* SPDX-License-Identifier: MIT */
#include "waitable.h"

enum mm_status mm_mutex_release(struct mm_mutex *mutex)
{
    (void)mutex;
    return MM_UNSUPPORTED;
}
