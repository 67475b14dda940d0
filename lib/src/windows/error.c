/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "internal.h"

#ifndef ERROR_DISK_QUOTA_EXCEEDED
#define ERROR_DISK_QUOTA_EXCEEDED 1295 /* missing in headers of mingw-w64 */
#endif
#ifndef ERROR_FILE_SYSTEM_LIMITATION
#define ERROR_FILE_SYSTEM_LIMITATION 665 /* likewise */
#endif

static enum mm_status translate(DWORD number)
{
    switch (number) {
    case ERROR_INVALID_PARAMETER:
    case ERROR_INVALID_HANDLE:
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_ADDRESS:
    case ERROR_NEGATIVE_SEEK:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_NO_UNICODE_TRANSLATION:
        return MM_INVALID;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_WORKING_SET_QUOTA:
    case ERROR_PAGEFILE_QUOTA:
    case ERROR_NOT_ENOUGH_QUOTA:
        return MM_NO_MEMORY;
    case ERROR_ACCESS_DENIED:
    case ERROR_WRITE_PROTECT:
    case ERROR_PRIVILEGE_NOT_HELD:
        return MM_DENIED;
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_BAD_PATHNAME:
    case ERROR_BAD_NETPATH:
    case ERROR_INVALID_DRIVE:
    case ERROR_DIRECTORY:
        return MM_NOT_FOUND;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
        return MM_ALREADY_EXISTS;
    case ERROR_FILE_INVALID:
        return MM_FILE_INVALID;
    case ERROR_MAPPED_ALIGNMENT:
        return MM_MISALIGNED;
    case ERROR_FILE_TOO_LARGE:
    case ERROR_FILE_SYSTEM_LIMITATION:
        return MM_OUT_OF_RANGE;
    case ERROR_USER_MAPPED_FILE:
        return MM_MAPPED;
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_DISK_QUOTA_EXCEEDED:
        return MM_NO_SPACE;
    case ERROR_IO_DEVICE:
    case ERROR_CRC:
    case ERROR_SEEK:
    case ERROR_READ_FAULT:
    case ERROR_WRITE_FAULT:
    case ERROR_GEN_FAILURE:
    case ERROR_NOT_READY:
        return MM_IO;
    case ERROR_NOT_OWNER:
        return MM_NOT_OWNER;
    case ERROR_TOO_MANY_POSTS: /* to a semaphore */
    case ERROR_TOO_MANY_OPEN_FILES:
        return MM_TOO_MANY;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_BUSY:
    case ERROR_DELETE_PENDING:
        return MM_BUSY;
    case ERROR_NOT_SUPPORTED:
    case ERROR_INVALID_FUNCTION:
    case ERROR_CALL_NOT_IMPLEMENTED:
        return MM_UNSUPPORTED;
    default:
        return MM_OS;
    }
}

enum mm_status mmi_os_error(void)
{
    return mmi_os_error_number((long)GetLastError());
}

enum mm_status mmi_os_error_number(long number)
{
    mmi_remember_os_error(number);
    return translate((DWORD)number);
}
