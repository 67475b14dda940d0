/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <windows.h>

#include <psapi.h>

#include <mapmark/mapping.h>
#include <mapmark/region.h>

#include "internal.h"
#include "native.h"

enum {
    /* Units of a name of the kernel, and a final zero. */
    WIDE_ROOM = 32768,
};

struct mm_regions {
    HANDLE process;
    uintptr_t at; /* the end of the last region that was told */
    bool ended;
    wchar_t backing[WIDE_ROOM];
};

static enum mm_status open_process(uint64_t process_id, HANDLE *process_out)
{
    if (process_id == 0) {
        *process_out = GetCurrentProcess(); /* which closing leaves alone */
        return MM_OK;
    }
    *process_out =
        process_id > UINT32_MAX
            ? NULL
            : OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE,
                          (DWORD)process_id);
    if (*process_out == NULL) {
        enum mm_status status =
            process_id > UINT32_MAX ? MM_INVALID : mmi_os_error();

        /* A number that no process has is an invalid one to the system. */
        return status == MM_INVALID ? MM_NOT_FOUND : status;
    }
    return MM_OK;
}

enum mm_status mm_region_open(uint64_t process_id,
                              struct mm_regions **regions_out)
{
    struct mm_regions *regions = calloc(1, sizeof(*regions));
    enum mm_status status;

    *regions_out = NULL;
    if (regions == NULL) {
        return MM_NO_MEMORY;
    }
    status = open_process(process_id, &regions->process);
    if (status != MM_OK) {
        free(regions);
        return status;
    }
    *regions_out = regions;
    return MM_OK;
}

static enum mm_region_state state_of(DWORD state)
{
    switch (state) {
    case MEM_COMMIT:
        return MM_REGION_COMMITTED;
    case MEM_RESERVE:
        return MM_REGION_RESERVED;
    case MEM_FREE:
    default:
        return MM_REGION_FREE;
    }
}

static enum mm_region_type type_of(const MEMORY_BASIC_INFORMATION *info)
{
    if (info->State == MEM_FREE) {
        return MM_REGION_NONE;
    }
    switch (info->Type) {
    case MEM_IMAGE:
        return MM_REGION_IMAGE;
    case MEM_MAPPED:
        return MM_REGION_MAPPED;
    case MEM_PRIVATE:
    default:
        return MM_REGION_PRIVATE;
    }
}

static unsigned access_of(DWORD protection)
{
    static const struct {
        DWORD protection;
        unsigned access;
    } table[] = {
        {PAGE_READONLY, MM_REGION_READ},
        {PAGE_READWRITE, MM_REGION_READ | MM_REGION_WRITE},
        {PAGE_WRITECOPY, MM_REGION_READ | MM_REGION_WRITE | MM_REGION_COPY},
        {PAGE_EXECUTE, MM_REGION_EXECUTE},
        {PAGE_EXECUTE_READ, MM_REGION_EXECUTE | MM_REGION_READ},
        {PAGE_EXECUTE_READWRITE,
         MM_REGION_EXECUTE | MM_REGION_READ | MM_REGION_WRITE},
        {PAGE_EXECUTE_WRITECOPY,
         MM_REGION_EXECUTE | MM_REGION_READ | MM_REGION_WRITE | MM_REGION_COPY},
    };
    unsigned access = (protection & PAGE_GUARD) != 0 ? MM_REGION_GUARD : 0U;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if ((protection & table[i].protection) != 0) {
            access |= table[i].access;
        }
    }
    return access;
}

/* No name is no failure: the paging store has none. */
static void name_backing(struct mm_regions *regions, void *address,
                         struct mm_region *region)
{
    DWORD size = GetMappedFileNameW(regions->process, address, regions->backing,
                                    WIDE_ROOM - 1);

    regions->backing[size] = 0;
    if (WideCharToMultiByte(CP_UTF8, 0, regions->backing, -1, region->backing,
                            MM_REGION_BACKING_ROOM, NULL, NULL) <= 0) {
        region->backing[MM_REGION_BACKING_ROOM - 1] = 0;
    }
}

static void count_octets(const struct mm_regions *regions,
                         struct mm_region *region)
{
    struct mmi_pages pages = {0};

    if (region->state != MM_REGION_COMMITTED) {
        return;
    }
    region->resident = MM_UNKNOWN;
    region->share = MM_UNKNOWN;
    if (mmi_pages_count(regions->process, (uintptr_t)region->base, region->size,
                        &pages) == MM_OK) {
        region->resident = pages.present * mm_page_size();
        region->share = pages.share;
    }
}

enum mm_status mm_region_next(struct mm_regions *regions,
                              struct mm_region *region_out)
{
    MEMORY_BASIC_INFORMATION info;
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): of any process */
    void *at = (void *)regions->at;

    *region_out = (struct mm_region){0};
    if (regions->ended ||
        VirtualQueryEx(regions->process, at, &info, sizeof(info)) == 0) {
        return MM_NOT_FOUND;
    }
    region_out->base = (uintptr_t)info.BaseAddress;
    region_out->size = info.RegionSize;
    region_out->state = state_of(info.State);
    region_out->type = type_of(&info);
    if (region_out->state == MM_REGION_COMMITTED) {
        region_out->access = access_of(info.Protect);
    }
    if (region_out->type == MM_REGION_MAPPED ||
        region_out->type == MM_REGION_IMAGE) {
        name_backing(regions, info.BaseAddress, region_out);
    }
    count_octets(regions, region_out);
    regions->at = (uintptr_t)info.BaseAddress + info.RegionSize;
    regions->ended = regions->at == 0;
    return MM_OK;
}

void mm_region_close(struct mm_regions *regions)
{
    if (regions == NULL) {
        return;
    }
    CloseHandle(regions->process);
    free(regions);
}
