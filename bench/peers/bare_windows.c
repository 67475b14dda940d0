/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <windows.h>

#include "bare.h"

static enum mm_status status_of(BOOL succeeded)
{
    return succeeded ? MM_OK : MM_OS;
}

static HANDLE file_of(const struct calls *calls)
{
    return (HANDLE)calls->bare_file;
}

void bare_begin(struct calls *calls)
{
    calls->bare_file = (intptr_t)INVALID_HANDLE_VALUE;
}

enum mm_status bare_open(const char *path, struct calls *calls)
{
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    wchar_t wide[MAX_PATH];
    HANDLE file;

    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, MAX_PATH) == 0) {
        return MM_OS;
    }
    file = CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, sharing, NULL,
                       OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    calls->bare_file = (intptr_t)file;
    if (file == INVALID_HANDLE_VALUE) {
        return MM_OS;
    }
    calls->bare_section =
        (intptr_t)CreateFileMappingW(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    calls->bare_event = CreateEventW(NULL, FALSE, FALSE, NULL);
    calls->bare_mutex = CreateMutexW(NULL, FALSE, NULL);
    calls->bare_semaphore = CreateSemaphoreW(NULL, 0, 1, NULL);
    return status_of(calls->bare_section != 0 && calls->bare_event != NULL &&
                     calls->bare_mutex != NULL &&
                     calls->bare_semaphore != NULL);
}

static void close_handle(HANDLE handle)
{
    if (handle != NULL) {
        CloseHandle(handle);
    }
}

void bare_close(struct calls *calls)
{
    close_handle((HANDLE)calls->bare_section);
    close_handle(calls->bare_event);
    close_handle(calls->bare_mutex);
    close_handle(calls->bare_semaphore);
    if (file_of(calls) != INVALID_HANDLE_VALUE) {
        CloseHandle(file_of(calls));
    }
}

enum mm_status bare_clock(struct calls *calls)
{
    LARGE_INTEGER now;

    (void)calls;
    return status_of(QueryPerformanceCounter(&now));
}

enum mm_status bare_size(struct calls *calls)
{
    LARGE_INTEGER size = {0};
    BOOL told = GetFileSizeEx(file_of(calls), &size);

    calls->result = (uint64_t)size.QuadPart;
    return status_of(told);
}

enum mm_status bare_read(struct calls *calls)
{
    OVERLAPPED start = {0};
    DWORD moved = 0;
    BOOL done = ReadFile(file_of(calls), calls->buffer.octets,
                         (DWORD)calls->octets, &moved, &start);

    calls->result = moved;
    return status_of(done);
}

enum mm_status bare_write(struct calls *calls)
{
    OVERLAPPED start = {0};
    DWORD moved = 0;
    BOOL done = WriteFile(file_of(calls), calls->buffer.octets,
                          (DWORD)calls->octets, &moved, &start);

    calls->result = moved;
    return status_of(done);
}

enum mm_status bare_sync(struct calls *calls)
{
    return status_of(FlushFileBuffers(file_of(calls)));
}

enum mm_status bare_map(struct calls *calls)
{
    void *address = MapViewOfFile((HANDLE)calls->bare_section, FILE_MAP_READ, 0,
                                  0, calls->octets);

    return status_of(address != NULL && UnmapViewOfFile(address));
}

enum mm_status bare_map_alone(struct calls *calls)
{
    return status_of(MapViewOfFile((HANDLE)calls->bare_section, FILE_MAP_READ,
                                   0, 0, calls->octets) != NULL);
}

enum mm_status bare_prefetch(struct calls *calls)
{
    WIN32_MEMORY_RANGE_ENTRY range = {calls->view.address, calls->octets};

    return status_of(PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0));
}

/* This system has no other advice that says as much. */
enum mm_status bare_advise(struct calls *calls)
{
    return bare_prefetch(calls);
}

enum mm_status bare_flush_started(struct calls *calls)
{
    return status_of(FlushViewOfFile(calls->view.address, calls->octets));
}

enum mm_status bare_flush_durable(struct calls *calls)
{
    return status_of(FlushViewOfFile(calls->view.address, calls->octets) &&
                     FlushFileBuffers(file_of(calls)));
}

static bool waits(HANDLE handle)
{
    return WaitForSingleObject(handle, INFINITE) == WAIT_OBJECT_0;
}

enum mm_status bare_event(struct calls *calls)
{
    return status_of(SetEvent(calls->bare_event) && waits(calls->bare_event));
}

enum mm_status bare_mutex(struct calls *calls)
{
    return status_of(waits(calls->bare_mutex) &&
                     ReleaseMutex(calls->bare_mutex));
}

enum mm_status bare_semaphore(struct calls *calls)
{
    return status_of(ReleaseSemaphore(calls->bare_semaphore, 1, NULL) &&
                     waits(calls->bare_semaphore));
}
