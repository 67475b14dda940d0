/* SPDX-License-Identifier: MIT */
#include <windows.h>

#include "internal.h"
#include "memory.h"

static DWORD page_protection(enum mm_memory_protection protection)
{
    switch (protection) {
    case MM_MEMORY_READ_ONLY:
        return PAGE_READONLY;
    case MM_MEMORY_READ_WRITE:
        return PAGE_READWRITE;
    case MM_MEMORY_NO_ACCESS:
    default:
        return PAGE_NOACCESS;
    }
}

enum mm_status mmi_memory_reserve(size_t size, void *wanted, void **address_out)
{
    *address_out = VirtualAlloc(wanted, size, MEM_RESERVE, PAGE_NOACCESS);
    if (*address_out == NULL) {
        enum mm_status status = mmi_os_error();

        switch (mm_last_os_error()) {
        case ERROR_INVALID_ADDRESS:
            return wanted != NULL ? MM_BUSY : status;
        case ERROR_INVALID_PARAMETER: /* beyond all addresses */
            return MM_NO_MEMORY;
        default:
            return status;
        }
    }
    return MM_OK;
}

enum mm_status mmi_memory_commit(void *address, size_t size,
                                 enum mm_memory_protection protection)
{
    return VirtualAlloc(address, size, MEM_COMMIT,
                        page_protection(protection)) != NULL
               ? MM_OK
               : mmi_os_error();
}

enum mm_status mmi_memory_decommit(void *address, size_t size)
{
    return VirtualFree(address, size, MEM_DECOMMIT) ? MM_OK : mmi_os_error();
}

enum mm_status mmi_memory_release(void *address, size_t size)
{
    (void)size; /* the system knows it */
    return VirtualFree(address, 0, MEM_RELEASE) ? MM_OK : mmi_os_error();
}

enum mm_status mmi_memory_protect(void *address, size_t size,
                                  enum mm_memory_protection protection)
{
    DWORD old;

    return VirtualProtect(address, size, page_protection(protection), &old)
               ? MM_OK
               : mmi_os_error();
}

enum mm_status mmi_memory_lock(void *address, size_t size)
{
    enum mm_status status;

    if (VirtualLock(address, size)) {
        return MM_OK;
    }
    status = mmi_os_error();
    /* Pages without access, which are not memory that there is. */
    return mm_last_os_error() == ERROR_NOACCESS ? MM_NO_MEMORY : status;
}

enum mm_status mmi_memory_unlock(void *address, size_t size)
{
    enum mm_status status;

    if (VirtualUnlock(address, size)) {
        return MM_OK;
    }
    status = mmi_os_error();
    return mm_last_os_error() == ERROR_NOT_LOCKED ? MM_OK : status;
}

/* What the page allows; a guard page is left alone, since a look spends it. */
static enum mm_status check_page(const void *address, DWORD allowed)
{
    MEMORY_BASIC_INFORMATION info;

    if (VirtualQuery(address, &info, sizeof(info)) == 0) {
        return MM_IO; /* an address that no program can have */
    }
    return info.State == MEM_COMMIT && (info.Protect & allowed) != 0 &&
                   (info.Protect & PAGE_GUARD) == 0
               ? MM_OK
               : MM_IO;
}

enum mm_status mmi_memory_peek(const void *address, void *copy, size_t size)
{
    const DWORD readable = PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY |
                           PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE |
                           PAGE_EXECUTE_WRITECOPY;
    enum mm_status status = check_page(address, readable);
    SIZE_T count = 0;

    if (status != MM_OK) {
        return status;
    }
    if (!ReadProcessMemory(GetCurrentProcess(), address, copy, size, &count)) {
        mmi_os_error();
        return MM_IO;
    }
    return count < size ? MM_IO : MM_OK;
}

enum mm_status mmi_memory_try_write(void *address)
{
    const DWORD writable = PAGE_READWRITE | PAGE_WRITECOPY |
                           PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

    return check_page(address, writable);
}
