/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <wchar.h>
#include <windows.h>

#include <psapi.h>
#include <winternl.h>

#include "core.h"
#include "internal.h"
#include "native.h"

enum {
    /* Units that a counted name of the kernel can have, and a final zero. */
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

static void *map(const struct mmi_core *core, uint64_t offset, size_t size,
                 enum mm_access access, void *wanted)
{
    offset += core->data_start;
    return MapViewOfFileEx((HANDLE)core->data, view_access(access),
                           mmi_high(offset), mmi_low(offset), size, wanted);
}

enum mm_status mmi_view_place(const struct mmi_core *core, uint64_t offset,
                              size_t size, enum mm_access access,
                              void **address_out)
{
    *address_out = map(core, offset, size, access, NULL);
    return *address_out == NULL ? mmi_os_error() : MM_OK;
}

enum mm_status mmi_view_place_at(const struct mmi_core *core, uint64_t offset,
                                 size_t size, enum mm_access access,
                                 void *wanted)
{
    enum mm_status status;

    if (map(core, offset, size, access, wanted) != NULL) {
        return MM_OK;
    }
    status = mmi_os_error();
    return mm_last_os_error() == ERROR_INVALID_ADDRESS ? MM_BUSY : status;
}

enum mm_status mmi_view_commit(const struct mmi_core *core, void *address,
                               uint64_t offset, size_t size)
{
    (void)core;
    (void)offset;
    return VirtualAlloc(address, size, MEM_COMMIT, PAGE_READWRITE) != NULL
               ? MM_OK
               : mmi_os_error();
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

/* By the kernel's own name of the file, which CreateFileW() does not take. */
static enum mm_status open_native(wchar_t *path, size_t size, HANDLE *file_out)
{
    const ULONG sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    UNICODE_STRING name = {
        .Length = (USHORT)(size * sizeof(*path)),
        .MaximumLength = (USHORT)(size * sizeof(*path)),
        .Buffer = path,
    };
    OBJECT_ATTRIBUTES attributes;
    IO_STATUS_BLOCK block;
    NTSTATUS nt_status;

    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    nt_status = NtOpenFile(file_out, FILE_WRITE_DATA | SYNCHRONIZE, &attributes,
                           &block, sharing, FILE_SYNCHRONOUS_IO_NONALERT);
    return nt_status < 0
               ? mmi_os_error_number((long)RtlNtStatusToDosError(nt_status))
               : MM_OK;
}

/* Open the file behind a view, for who has no handle of it that may write. */
static enum mm_status open_mapped_file(void *address, HANDLE *file_out)
{
    enum mm_status status;
    wchar_t *path;
    DWORD size;

    *file_out = INVALID_HANDLE_VALUE;
    path = malloc(DEVICE_PATH_ROOM * sizeof(*path));
    if (path == NULL) {
        return MM_NO_MEMORY;
    }
    size = GetMappedFileNameW(GetCurrentProcess(), address, path,
                              DEVICE_PATH_ROOM - 1);
    status = size == 0 ? mmi_os_error() : open_native(path, size, file_out);
    free(path);
    return status;
}

static enum mm_status flush_buffers(HANDLE file)
{
    return FlushFileBuffers(file) ? MM_OK : mmi_os_error();
}

enum mm_status mmi_view_make_durable(const struct mmi_core *core, void *address,
                                     size_t size)
{
    enum mm_status status;
    HANDLE file;

    if (!FlushViewOfFile(address, size)) {
        return mmi_os_error();
    }
    if (core->file != MMI_NO_HANDLE) {
        status = flush_buffers((HANDLE)core->file);
        /* A file that was opened for reading may be one to write to. */
        if (status != MM_DENIED) {
            return status;
        }
    }
    status = open_mapped_file(address, &file);
    if (status == MM_OK) {
        status = flush_buffers(file);
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

enum mm_status mmi_view_hint(void *address, size_t size, enum mm_advice advice)
{
    switch (advice) {
    case MM_ADVICE_NORMAL:
        return MM_OK;
    case MM_ADVICE_WILL_NEED:
        return mmi_view_fetch(address, size);
    default:
        return MM_UNSUPPORTED;
    }
}
