/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <psapi.h>

#include "core.h"
#include "internal.h"
#include "native.h"

enum {
    /* As long as a device path gets: `\Device\...` and a long file name. */
    DEVICE_PATH_ROOM = 32768,
};

static DWORD view_access(enum mm_access access)
{
    switch (access) {
    case MM_VIEW_WRITE:
        return FILE_MAP_READ | FILE_MAP_WRITE;
    case MM_VIEW_COPY:
        return FILE_MAP_COPY;
    case MM_VIEW_READ:
    default:
        return FILE_MAP_READ;
    }
}

enum mm_status mmi_view_place(const struct mmi_core *core, uint64_t offset,
                              size_t size, enum mm_access access, void *wanted,
                              void **address_out)
{
    offset += core->data_start;
    *address_out =
        MapViewOfFileEx((HANDLE)core->data, view_access(access),
                        mmi_high(offset), mmi_low(offset), size, wanted);
    if (*address_out == NULL) {
        enum mm_status status = mmi_os_error();

        return wanted != NULL && mm_last_os_error() == ERROR_INVALID_ADDRESS
                   ? MM_BUSY
                   : status;
    }
    return MM_OK;
}

enum mm_status mmi_view_remove(void *address, size_t size)
{
    (void)size;
    return UnmapViewOfFile(address) ? MM_OK : mmi_os_error();
}

enum mm_status mmi_view_start_writing(const struct mmi_core *core,
                                      void *address, uint64_t offset,
                                      size_t size)
{
    (void)core;
    (void)offset;
    return FlushViewOfFile(address, size) ? MM_OK : mmi_os_error();
}

/* Open the file behind a view, whose name alone was known to who mapped it. */
static enum mm_status open_mapped_file(void *address, HANDLE *file_out)
{
    static const wchar_t root[] = L"\\\\?\\GLOBALROOT";
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const size_t root_size = wcslen(root);
    enum mm_status status = MM_OK;
    wchar_t *path;

    *file_out = INVALID_HANDLE_VALUE;
    path = malloc((root_size + DEVICE_PATH_ROOM) * sizeof(*path));
    if (path == NULL) {
        return MM_NO_MEMORY;
    }
    wmemcpy(path, root, root_size);
    if (GetMappedFileNameW(GetCurrentProcess(), address, path + root_size,
                           DEVICE_PATH_ROOM) == 0) {
        status = mmi_os_error();
        goto done;
    }
    *file_out =
        CreateFileW(path, GENERIC_WRITE, sharing, NULL, OPEN_EXISTING, 0, NULL);
    if (*file_out == INVALID_HANDLE_VALUE) {
        status = mmi_os_error();
    }

done:
    free(path);
    return status;
}

enum mm_status mmi_view_make_durable(const struct mmi_core *core, void *address,
                                     size_t size)
{
    enum mm_status status = MM_OK;
    HANDLE file = (HANDLE)core->file;

    if (!FlushViewOfFile(address, size)) {
        return mmi_os_error();
    }
    if (core->file == MMI_NO_HANDLE) {
        status = open_mapped_file(address, &file);
    }
    if (status == MM_OK && !FlushFileBuffers(file)) {
        status = mmi_os_error();
    }
    if (core->file == MMI_NO_HANDLE && file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return status;
}

enum mm_status mmi_view_fetch(void *address, size_t size)
{
    WIN32_MEMORY_RANGE_ENTRY range = {address, size};

    return PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0)
               ? MM_OK
               : mmi_os_error();
}
