/* SPDX-License-Identifier: MIT */
/* The page cache as seen from a file; little of it can be seen here. */
#include "internal.h"
#include "native.h"

enum mm_status mm_file_evict(struct mm_file *file)
{
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    HANDLE passing;

    /* An unbuffered opening purges what the cache has of the file, unless
     * somebody maps it. */
    passing =
        ReOpenFile(file->handle, GENERIC_READ, sharing, FILE_FLAG_NO_BUFFERING);
    if (passing == INVALID_HANDLE_VALUE) {
        enum mm_status status = mmi_os_error();

        /* Excluded by the way the file itself was opened. */
        return status == MM_BUSY ? MM_UNSUPPORTED : status;
    }
    CloseHandle(passing);
    return MM_OK;
}

enum mm_status mm_file_cached(struct mm_file *file, uint64_t offset,
                              uint64_t size, uint64_t *cached_out)
{
    uint64_t file_size;
    enum mm_status status;

    *cached_out = 0;
    status = mm_file_size(file, &file_size);
    if (status == MM_OK) {
        status = mmi_file_range(file_size, offset, &size);
    }
    return status == MM_OK ? MM_UNSUPPORTED : status;
}
