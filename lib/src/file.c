/* SPDX-License-Identifier: MIT */
/* The part of files that needs no system call. */
#include <mapmark/file.h>

#include "internal.h"

static bool has(unsigned flags, unsigned wanted)
{
    return (flags & wanted) != 0;
}

bool mmi_file_flags_valid(unsigned flags)
{
    const unsigned known = MM_FILE_READ | MM_FILE_WRITE | MM_FILE_CREATE |
                           MM_FILE_NEW | MM_FILE_TRUNCATE | MM_FILE_EXCLUSIVE |
                           MM_FILE_SEQUENTIAL | MM_FILE_RANDOM |
                           MM_FILE_NO_CACHE | MM_FILE_WRITE_THROUGH |
                           MM_FILE_TEMPORARY;

    if (has(flags, ~known) || !has(flags, MM_FILE_READ | MM_FILE_WRITE)) {
        return false;
    }
    if (has(flags, MM_FILE_NEW) && !has(flags, MM_FILE_CREATE)) {
        return false;
    }
    if (has(flags, MM_FILE_TRUNCATE) && !has(flags, MM_FILE_WRITE)) {
        return false;
    }
    return !(has(flags, MM_FILE_SEQUENTIAL) && has(flags, MM_FILE_RANDOM));
}

enum mm_status mmi_file_range(uint64_t file_size, uint64_t offset,
                              uint64_t *size)
{
    if (offset > file_size || *size > file_size - offset) {
        return MM_OUT_OF_RANGE;
    }
    if (*size == 0) {
        *size = file_size - offset;
    }
    return MM_OK;
}
