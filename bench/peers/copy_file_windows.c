/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "copy_file.h"

typedef HRESULT WINAPI copy_function(PCWSTR from, PCWSTR to,
                                     COPYFILE2_EXTENDED_PARAMETERS *options);

/* Wine 8 has no CopyFile2, and a program that is linked to it dies there. */
static copy_function *find_function(void)
{
    HMODULE library = GetModuleHandleW(L"kernel32.dll");

    return library == NULL ? NULL
                           : (copy_function *)(void (*)(void))GetProcAddress(
                                 library, "CopyFile2");
}

static enum mm_status status_of(HRESULT result)
{
    if (SUCCEEDED(result)) {
        return MM_OK;
    }
    switch (HRESULT_CODE(result)) {
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
        return MM_UNSUPPORTED;
    case ERROR_DISK_FULL:
        return MM_NO_SPACE;
    default:
        return MM_OS;
    }
}

enum mm_status copy_file(const char *from, const char *to)
{
    COPYFILE2_EXTENDED_PARAMETERS options = {
        .dwSize = sizeof(options), .dwCopyFlags = COPY_FILE_FAIL_IF_EXISTS};
    copy_function *function = find_function();
    wchar_t source[MAX_PATH], target[MAX_PATH];

    if (function == NULL) {
        return MM_UNSUPPORTED;
    }
    if (MultiByteToWideChar(CP_UTF8, 0, from, -1, source, MAX_PATH) == 0 ||
        MultiByteToWideChar(CP_UTF8, 0, to, -1, target, MAX_PATH) == 0) {
        return MM_OS;
    }
    return status_of(function(source, target, &options));
}
