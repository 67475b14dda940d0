/* SPDX-License-Identifier: MIT */
/* What can be waited for is an object of the kernel, and a handle one of its
 * handles, whose rights the kernel watches. */
#include <windows.h>

#include <winternl.h>

#include "core.h"
#include "internal.h"
#include "namespace.h"
#include "native.h"
#include "waitable.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 2 /* missing in mingw-w64 */
#endif

enum {
    /* Of each kind: *_QUERY_STATE, and *_MODIFY_STATE. A mutex has no second
     * one: its owner may release it by any handle. */
    MAY_ASK = 1,
    MAY_CHANGE = 2,
    /* The one information class that each of these queries has. */
    BASIC = 0,
};

/* STATUS_OBJECT_TYPE_MISMATCH: a handle, but of another kind. */
static const LONG object_type_mismatch = (LONG)0xC0000024;

/* Of the handle itself: ObjectBasicInformation, of which only this counts. */
struct handle_basic {
    ULONG attributes;
    ACCESS_MASK access;
    ULONG others[12];
};

/* Of ntdll; no header of the SDK declares them. */
typedef LONG NTAPI query(HANDLE handle, int information_class, void *buffer,
                         ULONG size, ULONG *size_out);
query NtQueryEvent;
query NtQueryMutant;
query NtQuerySemaphore;
query NtQueryTimer;

/* One of high resolution keeps to the clock. Others keep to the system's tick,
 * and may be early by one; systems before 2018 have no better. */
static HANDLE create_timer(bool manual, const wchar_t *name)
{
    const DWORD flags = manual ? CREATE_WAITABLE_TIMER_MANUAL_RESET : 0;
    HANDLE timer = CreateWaitableTimerExW(
        NULL, name, flags | CREATE_WAITABLE_TIMER_HIGH_RESOLUTION,
        TIMER_ALL_ACCESS);

    if (timer == NULL && GetLastError() == ERROR_INVALID_PARAMETER) {
        timer = CreateWaitableTimerExW(NULL, name, flags, TIMER_ALL_ACCESS);
    }
    return timer;
}

static HANDLE create(const struct mmi_waitable_request *request,
                     const wchar_t *name)
{
    switch (request->kind) {
    case MMI_KIND_MUTEX:
        return CreateMutexW(NULL, request->owned, name);
    case MMI_KIND_SEMAPHORE:
        return CreateSemaphoreW(NULL, (LONG)request->initial,
                                (LONG)request->maximum, name);
    case MMI_KIND_TIMER:
        return create_timer(request->manual, name);
    default:
        return CreateEventW(NULL, request->manual, request->set, name);
    }
}

static HANDLE open_existing(enum mmi_kind kind, DWORD access,
                            const wchar_t *name)
{
    switch (kind) {
    case MMI_KIND_MUTEX:
        return OpenMutexW(access, FALSE, name);
    case MMI_KIND_SEMAPHORE:
        return OpenSemaphoreW(access, FALSE, name);
    case MMI_KIND_TIMER:
        return OpenWaitableTimerW(access, FALSE, name);
    default:
        return OpenEventW(access, FALSE, name);
    }
}

static DWORD access_of(const struct mm_waitable *waitable)
{
    const DWORD waits = SYNCHRONIZE | MAY_ASK;
    bool changes = !waitable->wait_only && waitable->kind != MMI_KIND_MUTEX;

    return changes ? waits | MAY_CHANGE : waits;
}

enum mm_status mmi_waitable_build(struct mm_waitable *waitable,
                                  const struct mmi_waitable_request *request,
                                  const struct mmi_name *name)
{
    const wchar_t *text = NULL;
    struct mmi_wide_name wide;
    HANDLE handle;

    if (name != NULL) {
        enum mm_status status = mmi_name_widen(name, &wide);

        if (status != MM_OK) {
            return status;
        }
        text = wide.text;
    }
    SetLastError(ERROR_SUCCESS);
    handle = request->must_exist
                 ? open_existing(request->kind, access_of(waitable), text)
                 : create(request, text);
    if (handle == NULL) {
        return text != NULL ? mmi_name_error() : mmi_os_error();
    }
    waitable->data = (intptr_t)handle;
    return GetLastError() == ERROR_ALREADY_EXISTS ? MM_ALREADY_EXISTS : MM_OK;
}

enum mm_status mmi_waitable_copy(const struct mm_waitable *from,
                                 struct mm_waitable *to)
{
    HANDLE self = GetCurrentProcess();
    HANDLE copy;

    if (!DuplicateHandle(self, mmi_handle_of(from), self, &copy, access_of(to),
                         FALSE, 0)) {
        return mmi_os_error();
    }
    to->data = (intptr_t)copy;
    return MM_OK;
}

static query *query_of(enum mmi_kind kind)
{
    switch (kind) {
    case MMI_KIND_MUTEX:
        return NtQueryMutant;
    case MMI_KIND_SEMAPHORE:
        return NtQuerySemaphore;
    case MMI_KIND_TIMER:
        return NtQueryTimer;
    default:
        return NtQueryEvent;
    }
}

static enum mm_status nt_error(LONG nt_status)
{
    return mmi_os_error_number((long)RtlNtStatusToDosError(nt_status));
}

/* The answer for a timer is as large as this, the others' half as large. */
static enum mm_status check_kind(HANDLE handle, enum mmi_kind kind)
{
    ULONG answer[4];
    const ULONG size =
        kind == MMI_KIND_TIMER ? sizeof(answer) : sizeof(answer) / 2;
    LONG nt_status = query_of(kind)(handle, BASIC, answer, size, NULL);

    if (nt_status >= 0) {
        return MM_OK;
    }
    nt_error(nt_status);
    return nt_status == object_type_mismatch ? MM_WRONG_TYPE : MM_INVALID;
}

static enum mm_status check_access(HANDLE handle, DWORD wanted)
{
    struct handle_basic basic = {0};
    LONG nt_status = NtQueryObject(handle, ObjectBasicInformation, &basic,
                                   sizeof(basic), NULL);

    if (nt_status < 0) {
        return nt_error(nt_status);
    }
    return (basic.access & wanted) == wanted ? MM_OK : MM_DENIED;
}

enum mm_status mmi_waitable_take(struct mm_waitable *waitable, uint64_t value)
{
    HANDLE handle = (HANDLE)(uintptr_t)value;
    enum mm_status status = check_kind(handle, waitable->kind);

    if (status == MM_OK) {
        status = check_access(handle, access_of(waitable));
    }
    /* What is inheritable goes on to the children of this process. */
    if (status == MM_OK &&
        !SetHandleInformation(handle, HANDLE_FLAG_INHERIT, 0)) {
        status = mmi_os_error();
    }
    if (status == MM_OK) {
        waitable->data = (intptr_t)handle;
    }
    return status;
}

enum mm_status mmi_waitable_bequeath(struct mm_waitable *waitable)
{
    return mmi_bequeath(waitable->data, &waitable->heirloom);
}

uint64_t mmi_waitable_value(const struct mm_waitable *waitable)
{
    return (uint64_t)waitable->data;
}

void mmi_waitable_leave(struct mm_waitable *waitable)
{
    if (waitable->data != MMI_NO_HANDLE) {
        CloseHandle(mmi_handle_of(waitable));
    }
}
