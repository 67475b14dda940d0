/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdint.h>
#include <windows.h>

#include <winternl.h>

#include <mapmark/guard.h>

#include "internal.h"

enum {
    /* Of an in-page error: what was tried, where, and why it failed. */
    PARAMETER_ADDRESS = 1,
    PARAMETER_REASON = 2,
    PARAMETER_COUNT = 3,
};

/* One call of mm_guard_run() that has not returned. */
struct frame {
    CONTEXT landing; /* first: it is aligned by more than the rest */
    struct frame *outer;
    const char *address;
    size_t size;
    volatile bool ended; /* early */
    volatile ULONG reason;
};

static INIT_ONCE once = INIT_ONCE_STATIC_INIT;

/* The innermost frame of each thread. A _Thread_local may be allocated when it
 * is first read, which a handler of faults must not cause. */
static DWORD slot = TLS_OUT_OF_INDEXES;

static struct frame *find_frame(const EXCEPTION_RECORD *record)
{
    struct frame *frame = TlsGetValue(slot);
    uintptr_t at;

    if (record->ExceptionCode != EXCEPTION_IN_PAGE_ERROR ||
        record->NumberParameters < PARAMETER_COUNT) {
        return NULL;
    }
    at = record->ExceptionInformation[PARAMETER_ADDRESS];
    while (frame != NULL && at - (uintptr_t)frame->address >= frame->size) {
        frame = frame->outer;
    }
    return frame;
}

/* The thread goes on where the guard began: nothing is unwound, so it does not
 * matter whose functions are left. */
static LONG CALLBACK handle(EXCEPTION_POINTERS *fault)
{
    const EXCEPTION_RECORD *record = fault->ExceptionRecord;
    DWORD error = GetLastError();
    struct frame *frame = find_frame(record);

    SetLastError(error); /* TlsGetValue() clears it */
    if (frame == NULL) {
        return EXCEPTION_CONTINUE_SEARCH;
    }
    frame->ended = true;
    frame->reason = (ULONG)record->ExceptionInformation[PARAMETER_REASON];
    *fault->ContextRecord = frame->landing;
    return EXCEPTION_CONTINUE_EXECUTION;
}

static BOOL CALLBACK install(INIT_ONCE *unused, void *status_out,
                             void **nothing)
{
    enum mm_status *status = status_out;

    (void)unused;
    (void)nothing;
    slot = TlsAlloc();
    if (slot == TLS_OUT_OF_INDEXES) {
        *status = mmi_os_error();
        return FALSE;
    }
    if (AddVectoredExceptionHandler(1, handle) == NULL) {
        *status = MM_NO_MEMORY;
        TlsFree(slot);
        slot = TLS_OUT_OF_INDEXES;
        return FALSE;
    }
    return TRUE;
}

enum mm_status mm_guard_install(void)
{
    enum mm_status status = MM_OK;

    InitOnceExecuteOnce(&once, install, &status, NULL);
    return status;
}

void mm_guard_move(const void *address, size_t size)
{
    DWORD error = GetLastError();
    struct frame *frame = TlsGetValue(slot);

    SetLastError(error);
    if (frame != NULL) {
        frame->address = address;
        frame->size = size;
    }
}

/* False when the body was ended early. The thread then returns a second time
 * from the first call, so only what is in memory can be relied on. */
static bool finish(struct frame *frame, void (*body)(void *context),
                   void *context)
{
    RtlCaptureContext(&frame->landing);
    if (frame->ended) {
        return false;
    }
    body(context);
    return true;
}

enum mm_status mm_guard_run(const void *address, size_t size,
                            void (*body)(void *context), void *context)
{
    enum mm_status status = mm_guard_install();
    struct frame frame;

    if (body == NULL || status != MM_OK) {
        return body == NULL ? MM_INVALID : status;
    }
    frame.outer = TlsGetValue(slot);
    frame.address = address;
    frame.size = size;
    frame.ended = false;
    TlsSetValue(slot, &frame);
    if (!finish(&frame, body, context)) {
        (void)mmi_os_error_number(
            (long)RtlNtStatusToDosError((NTSTATUS)frame.reason));
        status = MM_IO;
    }
    TlsSetValue(slot, frame.outer);
    return status;
}
