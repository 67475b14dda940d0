/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "real_files.h"

/* Headers come with a compiler, in a place of its own. */
enum mm_status real_files_source(unsigned char *octets, size_t room,
                                 size_t *size_out)
{
    (void)octets;
    (void)room;
    *size_out = 0;
    return MM_UNSUPPORTED;
}

enum mm_status real_files_binary(char *path, size_t room)
{
    wchar_t wide[MAX_PATH];
    DWORD length =
        GetModuleFileNameW(GetModuleHandleW(L"kernel32.dll"), wide, MAX_PATH);

    if (length == 0 || length == MAX_PATH ||
        WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, (int)room, NULL,
                            NULL) == 0) {
        return MM_UNSUPPORTED;
    }
    return MM_OK;
}
