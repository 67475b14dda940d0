/* SPDX-License-Identifier: MIT */
#include <windows.h>
#include <winioctl.h>

#include "sparse_file.h"

static HANDLE open_file(const char *path, DWORD access)
{
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    wchar_t wide[MAX_PATH];

    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) == 0) {
        return INVALID_HANDLE_VALUE;
    }
    return CreateFileW(wide, access, sharing, NULL, OPEN_EXISTING,
                       FILE_ATTRIBUTE_NORMAL, NULL);
}

static enum mm_status grow(HANDLE file, uint64_t size)
{
    LARGE_INTEGER end;
    DWORD returned;

    if (!DeviceIoControl(file, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &returned,
                         NULL)) {
        return MM_UNSUPPORTED;
    }
    end.QuadPart = (LONGLONG)size;
    if (!SetFilePointerEx(file, end, NULL, FILE_BEGIN)) {
        return MM_OS;
    }
    /* A size that the file system does not know is no error of ours. */
    return SetEndOfFile(file) ? MM_OK : MM_UNSUPPORTED;
}

enum mm_status sparse_file_grow(const char *path, uint64_t size)
{
    HANDLE file = open_file(path, GENERIC_READ | GENERIC_WRITE);
    enum mm_status status;

    if (file == INVALID_HANDLE_VALUE) {
        return MM_OS;
    }
    status = grow(file, size);
    CloseHandle(file);
    return status;
}

enum mm_status sparse_file_room(const char *path, uint64_t *octets_out)
{
    HANDLE file = open_file(path, FILE_READ_ATTRIBUTES);
    FILE_STANDARD_INFO info;
    BOOL known;

    *octets_out = 0;
    if (file == INVALID_HANDLE_VALUE) {
        return MM_OS;
    }
    known = GetFileInformationByHandleEx(file, FileStandardInfo, &info,
                                         sizeof(info));
    CloseHandle(file);
    if (!known) {
        return MM_OS;
    }
    *octets_out = (uint64_t)info.AllocationSize.QuadPart;
    return MM_OK;
}
