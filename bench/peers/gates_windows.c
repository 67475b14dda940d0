/* SPDX-License-Identifier: MIT */
/* The kernel's own mutex, event and semaphore, without a library between. */
#include <limits.h>
#include <stdio.h>

#include <windows.h>

#include "../gate.h"

/* Other processes open it by its name. */
struct name {
    wchar_t text[64];
};

_Static_assert(sizeof(struct name) <= GATE_MEMORY, "a gate has room for it");

static enum mm_status status_of(BOOL done)
{
    return done ? MM_OK : MM_OS;
}

static const wchar_t *name_it(struct gate *gate)
{
    static unsigned count;
    struct name *name = gate->memory;

    swprintf(name->text, sizeof(name->text) / sizeof(name->text[0]),
             L"mapmark-gate-%lu-%u", GetCurrentProcessId(), count++);
    return name->text;
}

static const wchar_t *name_of(const struct gate *gate)
{
    const struct name *name = gate->memory;

    return name->text;
}

static enum mm_status keep(struct gate *gate, HANDLE handle)
{
    gate->handle = (intptr_t)handle;
    return status_of(handle != NULL);
}

static enum mm_status take_any(struct gate *gate)
{
    switch (WaitForSingleObject((HANDLE)gate->handle, INFINITE)) {
    case WAIT_OBJECT_0:
        return MM_OK;
    case WAIT_ABANDONED:
        return MM_ABANDONED;
    default:
        return MM_OS;
    }
}

static void close_any(struct gate *gate)
{
    if (gate->handle != 0) {
        CloseHandle((HANDLE)gate->handle);
    }
}

static enum mm_status open_mutex(struct gate *gate)
{
    return keep(gate, gate->makes
                          ? CreateMutexW(NULL, FALSE, name_it(gate))
                          : OpenMutexW(SYNCHRONIZE, FALSE, name_of(gate)));
}

static enum mm_status give_mutex(struct gate *gate)
{
    return status_of(ReleaseMutex((HANDLE)gate->handle));
}

const struct gate_kind gate_kernel_mutex = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_mutex,
    .take = take_any,
    .give = give_mutex,
    .close = close_any,
};

static enum mm_status open_event(struct gate *gate)
{
    const DWORD rights = EVENT_MODIFY_STATE | SYNCHRONIZE;

    return keep(gate, gate->makes
                          ? CreateEventW(NULL, FALSE, TRUE, name_it(gate))
                          : OpenEventW(rights, FALSE, name_of(gate)));
}

static enum mm_status give_event(struct gate *gate)
{
    return status_of(SetEvent((HANDLE)gate->handle));
}

const struct gate_kind gate_kernel_event = {
    .policies = 1U << CHANNEL_PARK,
    .open = open_event,
    .take = take_any,
    .give = give_event,
    .close = close_any,
};

static enum mm_status open_semaphore(struct gate *gate)
{
    const DWORD rights = SEMAPHORE_MODIFY_STATE | SYNCHRONIZE;

    return keep(gate, gate->makes
                          ? CreateSemaphoreW(NULL, (LONG)gate->initial,
                                             LONG_MAX, name_it(gate))
                          : OpenSemaphoreW(rights, FALSE, name_of(gate)));
}

static enum mm_status give_semaphore(struct gate *gate)
{
    return status_of(ReleaseSemaphore((HANDLE)gate->handle, 1, NULL));
}

const struct gate_kind gate_kernel_semaphore = {
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
    .open = open_semaphore,
    .take = take_any,
    .give = give_semaphore,
    .close = close_any,
};

/* ---- what this system has not -------------------------------------------- */

const struct gate_kind gate_pthread_mutex = {
    .why_not = "pthread_mutex_t is shared between processes on POSIX systems "
               "only",
    .policies = 1U << CHANNEL_PARK,
};

const struct gate_kind gate_robust_mutex = {
    .why_not = "a robust pthread_mutex_t is one of POSIX systems",
    .policies = 1U << CHANNEL_PARK,
};

const struct gate_kind gate_sem = {
    .why_not = "sem_t is shared between processes on POSIX systems only",
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
};

const struct gate_kind gate_eventfd = {
    .why_not = "eventfd(2) is a call of Linux",
    .policies = 1U << CHANNEL_PARK,
    .counts = true,
};
