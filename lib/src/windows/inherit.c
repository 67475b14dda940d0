/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "core.h"
#include "inherit.h"
#include "internal.h"
#include "native.h"

static SRWLOCK lock = SRWLOCK_INIT;

void mmi_heirlooms_lock(void)
{
    AcquireSRWLockExclusive(&lock);
}

void mmi_heirlooms_unlock(void)
{
    ReleaseSRWLockExclusive(&lock);
}

enum mm_status mmi_bequeath(intptr_t handle, struct mmi_heirloom *heirloom)
{
    if (!SetHandleInformation((HANDLE)handle, HANDLE_FLAG_INHERIT,
                              HANDLE_FLAG_INHERIT)) {
        return mmi_os_error();
    }
    heirloom->handles[0] = handle;
    heirloom->count = 1;
    return MM_OK;
}

enum mm_status mmi_mapping_bequeath(struct mm_mapping *mapping)
{
    return mmi_bequeath(mapping->core->data, &mapping->heirloom);
}

uint64_t mmi_mapping_value(const struct mm_mapping *mapping)
{
    return (uint64_t)mapping->core->data;
}
