/* SPDX-License-Identifier: MIT */
/*
 * Ports by I/O completion ports. What a call has done at once makes no packet,
 * where the socket's provider can be trusted with that. Closing the handle ends
 * what the system has of it; the packets still come, and only then is the
 * socket's memory used again.
 */
#include "iocp.h"

#include <stdlib.h>

#include "../native.h"

enum {
    PACKETS = 32, /* of one call */
    NS_PER_MS = 1000000,
};

/* ---- looking ------------------------------------------------------------- */

/* Rounded up: a time-out is never early. */
static DWORD in_ms(uint64_t timeout_ns)
{
    const uint64_t most = 1u << 30;
    uint64_t ms = timeout_ns / NS_PER_MS + (timeout_ns % NS_PER_MS > 0);

    if (timeout_ns == MM_INFINITE) {
        return INFINITE;
    }
    return (DWORD)(ms < most ? ms : most);
}

static void wake(struct mm_port *port)
{
    const struct iocp *iocp = port->system;

    port->calls++;
    (void)PostQueuedCompletionStatus(iocp->handle, 0, 0, NULL);
}

static enum mm_status look(struct mm_port *port, uint64_t timeout_ns)
{
    const struct iocp *iocp = port->system;
    OVERLAPPED_ENTRY entries[PACKETS];
    unsigned wakes = 0;
    ULONG count = 0;
    BOOL found = GetQueuedCompletionStatusEx(iocp->handle, entries, PACKETS,
                                             &count, in_ms(timeout_ns), FALSE);
    DWORD error = found ? 0 : GetLastError();

    mmi_lock_take(&port->lock);
    mmi_port_awake(port);
    port->calls++; /* the wait */
    port->eager = false;
    if (!found) {
        return error == WAIT_TIMEOUT ? MM_OK : mmi_os_error_number((long)error);
    }
    for (ULONG i = 0; i < count; i++) {
        mmi_packet_take(port, &entries[i]);
        wakes += entries[i].lpOverlapped == NULL ? 1 : 0;
    }
    for (; wakes > 1; wakes--) {
        wake(port); /* those were for other threads */
    }
    return MM_OK;
}

/* ---- a port's and a socket's life ---------------------------------------- */

/* Only the system's own provider says reliably that there will be no packet,
 * and not of datagrams. */
static bool may_skip(const struct mm_socket *socket)
{
    WSAPROTOCOL_INFOW info;
    int size = sizeof(info);

    return socket->kind == MM_SOCKET_TCP &&
           getsockopt((SOCKET)socket->handle, SOL_SOCKET, SO_PROTOCOL_INFOW,
                      (char *)&info, &size) == 0 &&
           (info.dwServiceFlags1 & XP1_IFS_HANDLES) != 0;
}

enum mm_status mmi_packet_add(struct mm_socket *socket)
{
    const struct iocp *iocp = socket->port->system;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;

    mmi_packet_socket(socket)->accepting = INVALID_SOCKET;
    if (CreateIoCompletionPort((HANDLE)socket->handle, iocp->handle,
                               MMI_PACKET_OF_LANE, 0) == NULL) {
        return mmi_os_error();
    }
    mmi_packet_socket(socket)->skips =
        may_skip(socket) &&
        SetFileCompletionNotificationModes((HANDLE)socket->handle, modes);
    return MM_OK;
}

static bool remove_socket(struct mm_socket *socket)
{
    if (!socket->lanes[MMI_IN].busy && !socket->lanes[MMI_OUT].busy) {
        return true;
    }
    (void)CancelIoEx((HANDLE)socket->handle, NULL);
    mmi_net_close(socket->handle);
    socket->handle = -1;
    return false;
}

static bool cancel(struct mm_socket *socket, enum mmi_side side)
{
    (void)CancelIoEx((HANDLE)socket->handle,
                     &mmi_packet_socket(socket)->lanes[side].overlapped);
    return false;
}

static enum mm_status abandon(struct mm_port *port)
{
    const struct iocp *iocp = port->system;

    for (struct mm_socket *socket = port->sockets, *next; socket != NULL;
         socket = next) {
        next = socket->next;
        if (!socket->closing) {
            mmi_socket_end(socket);
        }
    }
    while (iocp->taken > 0) {
        OVERLAPPED_ENTRY entry;
        ULONG count = 0;

        if (GetQueuedCompletionStatusEx(iocp->handle, &entry, 1, &count,
                                        INFINITE, FALSE)) {
            mmi_packet_take(port, &entry);
        }
    }
    return MM_OK;
}

static void close_port(struct mm_port *port)
{
    struct iocp *iocp = port->system;

    if (iocp != NULL && iocp->handle != NULL) {
        CloseHandle(iocp->handle);
    }
    free(iocp);
    port->system = NULL;
}

static enum mm_status open_port(struct mm_port *port)
{
    struct iocp *iocp = calloc(1, sizeof(*iocp));

    port->system = iocp;
    if (iocp == NULL) {
        return MM_NO_MEMORY;
    }
    iocp->handle = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0,
                                          port->waiters_max);
    return iocp->handle != NULL ? MM_OK : mmi_os_error();
}

/* A handle of its own, because the file's waits for each read. */
static enum mm_status open_reader(struct mm_reader *reader,
                                  const struct mm_file *file)
{
    const DWORD sharing =
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    const struct iocp *iocp = reader->port->system;
    HANDLE handle;

    if ((file->flags & MM_FILE_READ) == 0) {
        return MM_DENIED;
    }
    handle =
        ReOpenFile(file->handle, GENERIC_READ, sharing, FILE_FLAG_OVERLAPPED);
    if (handle == INVALID_HANDLE_VALUE) {
        return mmi_os_error();
    }
    if (CreateIoCompletionPort(handle, iocp->handle, MMI_PACKET_OF_READ, 0) ==
        NULL) {
        enum mm_status status = mmi_os_error();

        CloseHandle(handle);
        return status;
    }
    reader->handle = (intptr_t)handle;
    return MM_OK;
}

static void close_reader(struct mm_reader *reader)
{
    CloseHandle((HANDLE)reader->handle);
}

/* A packet comes also for what is done at once. */
static void read_file(struct mmi_operation *operation)
{
    struct iocp *iocp = operation->port->system;
    OVERLAPPED *overlapped = (OVERLAPPED *)(void *)operation->system;
    struct mmi_result result = {MM_OK, 0};
    DWORD error;

    operation->port->calls++;
    overlapped->Offset = (DWORD)operation->offset;
    overlapped->OffsetHigh = (DWORD)(operation->offset >> 32);
    if (ReadFile((HANDLE)operation->reader->handle,
                 operation->buffers[0].octets,
                 (DWORD)operation->buffers[0].size, NULL, overlapped)) {
        iocp->taken++;
        return;
    }
    error = GetLastError();
    if (error == ERROR_IO_PENDING) {
        iocp->taken++;
        return;
    }
    if (error != ERROR_HANDLE_EOF) {
        result.status = mmi_os_error_number((long)error);
    }
    mmi_reader_result(operation, result);
}

const struct mmi_backend mmi_iocp = {
    .way = MM_PORT_IOCP,
    .socket_size = sizeof(struct packet_socket),
    .open = open_port,
    .close = close_port,
    .look = look,
    .abandon = abandon,
    .wake = wake,
    .add = mmi_packet_add,
    .remove = remove_socket,
    .try = mmi_packet_try,
    .cancel = cancel,
    .open_reader = open_reader,
    .close_reader = close_reader,
    .read = read_file,
};
