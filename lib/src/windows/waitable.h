/* SPDX-License-Identifier: MIT */
/* What can be waited for is an object of the kernel. */
#ifndef MMI_WINDOWS_WAITABLE_H
#define MMI_WINDOWS_WAITABLE_H

#include <windows.h>

#include "../waitable.h"

static inline HANDLE mmi_handle_of(const struct mm_waitable *waitable)
{
    return (HANDLE)waitable->data;
}

#endif /* MMI_WINDOWS_WAITABLE_H */
