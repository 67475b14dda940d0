/* SPDX-License-Identifier: MIT */
/* The kernel's own event and semaphore, without a library between. */
#include <stdio.h>

#include <windows.h>

#include "../channel.h"

enum { NAME_MAX_UNITS = 64 };

/* The partner opens each side's object by its name. */
struct names {
    wchar_t names[CHANNEL_SIDES][NAME_MAX_UNITS];
};

static enum mm_status status_of(BOOL done)
{
    return done ? MM_OK : MM_OS;
}

/* Names of this process and kind alone, of which one is open at a time: a
 * name is of one kind. */
static void name_sides(struct names *names, const wchar_t *kind)
{
    for (unsigned i = 0; i < CHANNEL_SIDES; i++) {
        swprintf(names->names[i], NAME_MAX_UNITS, L"mapmark-bench-%lu-%ls-%u",
                 GetCurrentProcessId(), kind, i);
    }
}

static enum mm_status keep(struct channel *channel, unsigned side,
                           HANDLE handle)
{
    channel->handles[side] = (intptr_t)handle;
    return status_of(handle != NULL);
}

static enum mm_status wait_for_mine(struct channel *channel, void *octets,
                                    size_t size)
{
    (void)octets;
    (void)size;
    return status_of(WaitForSingleObject((HANDLE)channel->handles[channel->me],
                                         INFINITE) == WAIT_OBJECT_0);
}

static void close_both(struct channel *channel)
{
    for (unsigned i = 0; i < CHANNEL_SIDES; i++) {
        if (channel->handles[i] != 0) {
            CloseHandle((HANDLE)channel->handles[i]);
        }
    }
}

/* ---- event --------------------------------------------------------------- */

static enum mm_status event_make(struct channel *channel)
{
    struct names *names = channel->memory;
    enum mm_status status = MM_OK;

    name_sides(names, L"event");
    for (unsigned i = 0; status == MM_OK && i < CHANNEL_SIDES; i++) {
        status =
            keep(channel, i, CreateEventW(NULL, FALSE, FALSE, names->names[i]));
    }
    return status;
}

static enum mm_status event_join(struct channel *channel)
{
    const struct names *names = channel->memory;
    enum mm_status status = MM_OK;

    for (unsigned i = 0; status == MM_OK && i < CHANNEL_SIDES; i++) {
        status = keep(channel, i,
                      OpenEventW(EVENT_MODIFY_STATE | SYNCHRONIZE, FALSE,
                                 names->names[i]));
    }
    return status;
}

static enum mm_status event_wake(struct channel *channel, unsigned to,
                                 const void *octets, size_t size)
{
    (void)octets;
    (void)size;
    return status_of(SetEvent((HANDLE)channel->handles[to]));
}

const struct channel_kind channel_kernel_event = {
    .policies = 1U << CHANNEL_PARK,
    .make = event_make,
    .join = event_join,
    .wake = event_wake,
    .wait = wait_for_mine,
    .close = close_both,
};

/* ---- semaphore ----------------------------------------------------------- */

static enum mm_status semaphore_make(struct channel *channel)
{
    struct names *names = channel->memory;
    enum mm_status status = MM_OK;

    name_sides(names, L"semaphore");
    for (unsigned i = 0; status == MM_OK && i < CHANNEL_SIDES; i++) {
        status = keep(channel, i,
                      CreateSemaphoreW(NULL, 0, LONG_MAX, names->names[i]));
    }
    return status;
}

static enum mm_status semaphore_join(struct channel *channel)
{
    const struct names *names = channel->memory;
    enum mm_status status = MM_OK;

    for (unsigned i = 0; status == MM_OK && i < CHANNEL_SIDES; i++) {
        status = keep(channel, i,
                      OpenSemaphoreW(SEMAPHORE_MODIFY_STATE | SYNCHRONIZE,
                                     FALSE, names->names[i]));
    }
    return status;
}

static enum mm_status semaphore_wake(struct channel *channel, unsigned to,
                                     const void *octets, size_t size)
{
    (void)octets;
    (void)size;
    return status_of(ReleaseSemaphore((HANDLE)channel->handles[to], 1, NULL));
}

const struct channel_kind channel_kernel_semaphore = {
    .policies = 1U << CHANNEL_PARK,
    .make = semaphore_make,
    .join = semaphore_join,
    .wake = semaphore_wake,
    .wait = wait_for_mine,
    .close = close_both,
};

/* ---- what this system has not -------------------------------------------- */

const struct channel_kind channel_sem = {
    .why_not = "sem_t is shared between processes on POSIX systems only",
    .policies = 1U << CHANNEL_PARK,
};

const struct channel_kind channel_condition = {
    .why_not = "a condition is shared between processes on POSIX systems only",
    .policies = 1U << CHANNEL_PARK,
};

const struct channel_kind channel_futex = {
    .why_not = "WaitOnAddress wakes threads of its own process only",
    .policies = 1U << CHANNEL_PARK,
};
