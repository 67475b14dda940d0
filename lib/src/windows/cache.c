/* SPDX-License-Identifier: MIT */
/* What is in memory of a file, of which little can be seen, and of a view. */
#include <windows.h>

#include <psapi.h>

#include <mapmark/mapping.h>

#include "core.h"
#include "internal.h"
#include "native.h"

enum {
    PAGES_AT_ONCE = 256,
};

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

enum mm_status mmi_view_cached(const struct mmi_core *core, uint64_t offset,
                               size_t size, uint64_t *cached_out)
{
    (void)core;
    (void)offset;
    (void)size;
    *cached_out = 0;
    return MM_UNSUPPORTED;
}

/* A page's word of the answer, see PSAPI_WORKING_SET_EX_BLOCK. */
static void count_page(const PSAPI_WORKING_SET_EX_INFORMATION *page,
                       struct mmi_pages *pages)
{
    uint64_t sharers = page->VirtualAttributes.ShareCount;

    if (page->VirtualAttributes.Valid) {
        pages->present++;
        pages->share += mm_page_size() / (sharers > 0 ? sharers : 1);
    }
}

enum mm_status mmi_pages_count(HANDLE process, uintptr_t address, uint64_t size,
                               struct mmi_pages *pages)
{
    PSAPI_WORKING_SET_EX_INFORMATION answers[PAGES_AT_ONCE];
    const uint64_t page = mm_page_size();
    uint64_t first = address / page;
    uint64_t count = size == 0 ? 0 : (address + size - 1) / page - first + 1;

    while (count > 0) {
        size_t part = count < PAGES_AT_ONCE ? (size_t)count : PAGES_AT_ONCE;

        for (size_t i = 0; i < part; i++) {
            uintptr_t at = (uintptr_t)((first + i) * page);

            /* NOLINTNEXTLINE(performance-no-int-to-ptr): of any process */
            answers[i].VirtualAddress = (void *)at;
        }
        if (!QueryWorkingSetEx(process, answers,
                               (DWORD)(part * sizeof(answers[0])))) {
            return mmi_os_error();
        }
        for (size_t i = 0; i < part; i++) {
            count_page(&answers[i], pages);
        }
        first += part;
        count -= part;
    }
    return MM_OK;
}

enum mm_status mmi_view_in_working_set(const void *address, size_t size,
                                       uint64_t *present_out)
{
    struct mmi_pages pages = {0};
    enum mm_status status =
        mmi_pages_count(GetCurrentProcess(), (uintptr_t)address, size, &pages);
    uint64_t octets = pages.present * mm_page_size();

    *present_out = octets < size ? octets : size;
    return status;
}
