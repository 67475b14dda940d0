/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <windows.h>

#include "support.h"

enum {
    THREADS_MAX = 64,
};

bool support_dirty(const char *path, uint64_t *dirty_out)
{
    (void)path;
    *dirty_out = 0;
    return false;
}

static HANDLE taken;

bool support_take_name(const char *name)
{
    taken = CreateEventA(NULL, TRUE, FALSE, name);
    return taken != NULL;
}

void support_leave_name(void)
{
    CloseHandle(taken);
    taken = NULL;
}

bool support_section_of(uint64_t file)
{
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): that is what it is about */
    HANDLE section = CreateFileMappingA((HANDLE)(uintptr_t)file, NULL,
                                        PAGE_READWRITE, 0, 4096, NULL);

    if (section != NULL) {
        CloseHandle(section);
    }
    return section != NULL;
}

bool support_use_folder(const char *path)
{
    (void)path;
    return false;
}

void support_forget_folder(const char *path)
{
    (void)path;
}

bool support_in_fork(int (*body)(void *), void *context, int *code_out)
{
    (void)body;
    (void)context;
    *code_out = -1;
    return false;
}

bool support_cut(const char *path, uint64_t size)
{
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const LARGE_INTEGER end = {.QuadPart = (LONGLONG)size};
    HANDLE file =
        CreateFileA(path, GENERIC_WRITE, sharing, NULL, OPEN_EXISTING, 0, NULL);
    bool cut = file != INVALID_HANDLE_VALUE &&
               SetFilePointerEx(file, end, NULL, FILE_BEGIN) &&
               SetEndOfFile(file);

    if (file != INVALID_HANDLE_VALUE) {
        CloseHandle(file);
    }
    return cut;
}

void support_touch_lost(const char *path, const void *octet)
{
    const ULONG_PTR parameters[] = {0, (ULONG_PTR)octet, ERROR_IO_DEVICE};

    (void)path;
    RaiseException(EXCEPTION_IN_PAGE_ERROR, 0, 3, parameters);
}

static bool faults_pass;
static int fault_exit_code;

static LONG CALLBACK handle_fault(EXCEPTION_POINTERS *fault)
{
    if (fault->ExceptionRecord->ExceptionCode == EXCEPTION_IN_PAGE_ERROR &&
        !faults_pass) {
        _Exit(fault_exit_code);
    }
    return EXCEPTION_CONTINUE_SEARCH;
}

bool support_handle_faults(bool passes_on, int exit_code)
{
    faults_pass = passes_on;
    fault_exit_code = exit_code;
    return AddVectoredExceptionHandler(0, handle_fault) != NULL;
}

bool support_interrupt_often(bool on)
{
    (void)on;
    return false;
}

unsigned support_interrupts(void)
{
    return 0;
}

struct job {
    void (*body)(void *);
    void *context;
};

static DWORD WINAPI run(void *argument)
{
    const struct job *job = argument;

    job->body(job->context);
    return 0;
}

bool support_in_threads(unsigned count, void (*body)(void *), void *context)
{
    struct job job = {body, context};
    HANDLE threads[THREADS_MAX];
    unsigned started = 0;

    while (started < count && started < THREADS_MAX) {
        threads[started] = CreateThread(NULL, 0, run, &job, 0, NULL);
        if (threads[started] == NULL) {
            break;
        }
        started++;
    }
    for (unsigned i = 0; i < started; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    return started == count;
}

bool support_limit_files(bool on)
{
    (void)on;
    return false;
}

/* Winsock keeps handles of its own for later, so they say nothing. */
uint64_t support_open_files(void)
{
    return 0;
}
