/* SPDX-License-Identifier: MIT */
/* A named pipe in octet mode, open both ways. */
#include <stdio.h>

#include <windows.h>

#include "../channel.h"

enum {
    NAME_MAX_UNITS = 64,
    BUFFER = 64 << 10, /* what the largest message takes */
};

static enum mm_status status_of(BOOL done)
{
    if (done) {
        return MM_OK;
    }
    switch (GetLastError()) {
    case ERROR_BROKEN_PIPE: /* who listens is told */
    case ERROR_NO_DATA:     /* who speaks is told */
    case ERROR_PIPE_NOT_CONNECTED:
        return MM_CLOSED;
    default:
        return MM_OS;
    }
}

static enum mm_status pipe_make(struct channel *channel)
{
    wchar_t *name = channel->memory;
    HANDLE pipe;

    channel->handles[0] = (intptr_t)INVALID_HANDLE_VALUE;
    swprintf(name, NAME_MAX_UNITS, L"\\\\.\\pipe\\mapmark-bench-%lu",
             GetCurrentProcessId());
    pipe = CreateNamedPipeW(name,
                            PIPE_ACCESS_DUPLEX | FILE_FLAG_FIRST_PIPE_INSTANCE,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT |
                                PIPE_REJECT_REMOTE_CLIENTS,
                            1, BUFFER, BUFFER, 0, NULL);
    channel->handles[0] = (intptr_t)pipe;
    return status_of(pipe != INVALID_HANDLE_VALUE);
}

static enum mm_status pipe_join(struct channel *channel)
{
    HANDLE pipe = CreateFileW(channel->memory, GENERIC_READ | GENERIC_WRITE, 0,
                              NULL, OPEN_EXISTING, 0, NULL);

    channel->handles[0] = (intptr_t)pipe;
    return status_of(pipe != INVALID_HANDLE_VALUE);
}

static enum mm_status push(struct channel *channel, unsigned to,
                           const void *octets, size_t size)
{
    const char *from = octets;

    (void)to; /* there is one other side */
    while (size > 0) {
        DWORD moved = 0;

        if (!WriteFile((HANDLE)channel->handles[0], from, (DWORD)size, &moved,
                       NULL)) {
            return status_of(FALSE);
        }
        from += moved;
        size -= moved;
    }
    return MM_OK;
}

/* Blocks until the partner, or gone(), has opened the other end. */
static void connect_once(struct channel *channel)
{
    if (channel->me == 0 && channel->handles[1] == 0) {
        (void)ConnectNamedPipe((HANDLE)channel->handles[0], NULL);
        channel->handles[1] = 1;
    }
}

static enum mm_status pull(struct channel *channel, void *octets, size_t size)
{
    char *into = octets;

    connect_once(channel);
    while (size > 0) {
        DWORD moved = 0;

        if (!ReadFile((HANDLE)channel->handles[0], into, (DWORD)size, &moved,
                      NULL)) {
            return status_of(FALSE);
        }
        into += moved;
        size -= moved;
    }
    return MM_OK;
}

/* Stands for a partner that will never come. */
static void pipe_gone(struct channel *channel)
{
    HANDLE end = CreateFileW(channel->memory, GENERIC_READ | GENERIC_WRITE, 0,
                             NULL, OPEN_EXISTING, 0, NULL);

    if (end != INVALID_HANDLE_VALUE) {
        CloseHandle(end);
    }
}

static void pipe_close(struct channel *channel)
{
    if (channel->handles[0] != (intptr_t)INVALID_HANDLE_VALUE) {
        CloseHandle((HANDLE)channel->handles[0]);
    }
}

const struct channel_kind channel_named_pipe = {
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
    .make = pipe_make,
    .join = pipe_join,
    .wake = push,
    .wait = pull,
    .gone = pipe_gone,
    .close = pipe_close,
};

/* ---- what this system has not -------------------------------------------- */

const struct channel_kind channel_pipe = {
    .why_not = "an unnamed pipe is one-way and is measured as named-pipe here",
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
};

const struct channel_kind channel_unix_socket = {
    .why_not = "sockets of the Unix family are measured on Linux only",
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
};

const struct channel_kind channel_tcp = {
    .why_not = "sockets are not part of this laboratory on Windows yet",
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
};

const struct channel_kind channel_eventfd = {
    .why_not = "eventfd is of Linux alone",
    .policies = 1U << CHANNEL_PARK,
};
