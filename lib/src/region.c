/* SPDX-License-Identifier: MIT */
/* The part of regions that needs no system call. */
#include <stddef.h>

#include <mapmark/region.h>

enum mm_status mm_region_query(const void *address,
                               struct mm_region *region_out)
{
    const uint64_t wanted = (uint64_t)(uintptr_t)address;
    struct mm_regions *regions = NULL;
    enum mm_status status = mm_region_open(0, &regions);

    *region_out = (struct mm_region){0};
    while (status == MM_OK) {
        status = mm_region_next(regions, region_out);
        if (status == MM_OK && wanted >= region_out->base &&
            wanted - region_out->base < region_out->size) {
            break;
        }
    }
    mm_region_close(regions);
    return status == MM_NOT_FOUND ? MM_OUT_OF_RANGE : status;
}
