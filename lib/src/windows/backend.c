/* SPDX-License-Identifier: MIT */
/*
 * Ports by I/O completion ports. What a call has done at once makes no packet,
 * where the socket's provider can be trusted with that. Closing the handle ends
 * what the system has of it; the packets still come, and only then is the
 * socket's memory used again.
 */
#include <winsock2.h>

#include <mswsock.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <ws2tcpip.h>

#include "net.h"
#include "proactor.h"

enum {
    PACKETS = 32,     /* of one call */
    BUFFERS_MAX = 16, /* of one transfer */
    NS_PER_MS = 1000000,
    /* AcceptEx wants 16 octets more for each address. */
    ACCEPT_ROOM = MMI_NET_ADDRESS_ROOM + 16,
};

struct packet_lane {
    OVERLAPPED overlapped;
    struct mm_socket *socket;
    enum mmi_side side;
    struct mmi_piece *piece; /* that is being filled */
    bool peeks;              /* it was asked whether octets are there */
};

/* A socket's own. */
struct packet_socket {
    struct packet_lane lanes[MMI_SIDES];
    WSABUF in[MM_SOCKET_BUFFERS_MAX];
    WSABUF out[BUFFERS_MAX];
    SOCKET accepting;
    unsigned char accept_room[2 * ACCEPT_ROOM];
    struct mmi_net_address from;
    DWORD flags;
    bool skips;    /* what is done at once makes no packet */
    bool readable; /* octets are there, or the end */
};

struct iocp {
    HANDLE handle;
    unsigned taken; /* lanes that the system has something of */
};

static struct packet_socket *own(struct mm_socket *socket)
{
    return (struct packet_socket *)(void *)socket->system;
}

/* ---- trying -------------------------------------------------------------- */

static OVERLAPPED *begin(struct mm_socket *socket, enum mmi_side side)
{
    struct packet_lane *lane = &own(socket)->lanes[side];

    lane->socket = socket;
    lane->side = side;
    memset(&lane->overlapped, 0, sizeof(lane->overlapped));
    return &lane->overlapped;
}

/* What a call said: `error` 0 is done at once. */
static enum mmi_tried tell(struct mm_socket *socket, int error, DWORD bytes,
                           struct mmi_result *result_out)
{
    struct iocp *iocp = socket->port->system;

    if (error == WSA_IO_PENDING || (error == 0 && !own(socket)->skips)) {
        iocp->taken++;
        return MMI_TRIED_LATER;
    }
    result_out->bytes = bytes;
    result_out->status = error == 0 ? MM_OK : mmi_net_status(error);
    return MMI_TRIED_DONE;
}

/* A connection of the system's own functions is not quite one before. */
static void finish_connection(SOCKET made, int option, SOCKET listener)
{
    bool accepted = option == SO_UPDATE_ACCEPT_CONTEXT;

    (void)setsockopt(made, SOL_SOCKET, option,
                     accepted ? (const char *)&listener : NULL,
                     accepted ? (int)sizeof(listener) : 0);
}

static enum mm_status add(struct mm_socket *socket);

/* One more, or why not. */
static enum mm_status take_accepted(struct mm_socket *listener)
{
    struct packet_socket *mine = own(listener);
    SOCKET made = mine->accepting;
    struct mm_socket *accepted;
    enum mm_status status;

    mine->accepting = INVALID_SOCKET;
    finish_connection(made, SO_UPDATE_ACCEPT_CONTEXT, (SOCKET)listener->handle);
    accepted = mmi_socket_make(listener->port, (intptr_t)made, listener->family,
                               listener->kind, listener->key);
    if (accepted == NULL) {
        closesocket(made);
        return MM_NO_MEMORY;
    }
    status = add(accepted);
    if (status != MM_OK) {
        mmi_socket_drop(accepted);
        return status;
    }
    mmi_lane_accepted(listener, accepted);
    return MM_OK;
}

static enum mmi_tried try_accept(struct mm_socket *listener,
                                 struct mmi_result *result_out)
{
    struct packet_socket *mine = own(listener);
    DWORD bytes = 0;
    intptr_t made;
    enum mmi_tried tried;
    int error = 0;

    result_out->status = mmi_net_open(listener->family, listener->kind, &made);
    if (result_out->status != MM_OK) {
        return MMI_TRIED_DONE;
    }
    mine->accepting = (SOCKET)made;
    if (!AcceptEx((SOCKET)listener->handle, mine->accepting, mine->accept_room,
                  0, ACCEPT_ROOM, ACCEPT_ROOM, &bytes,
                  begin(listener, MMI_IN))) {
        error = WSAGetLastError();
    }
    tried = tell(listener, error, 0, result_out);
    if (tried == MMI_TRIED_LATER) {
        return tried;
    }
    if (result_out->status != MM_OK) {
        closesocket(mine->accepting);
        mine->accepting = INVALID_SOCKET;
        return tried;
    }
    result_out->status = take_accepted(listener);
    return result_out->status == MM_OK ? MMI_TRIED_TOLD : MMI_TRIED_DONE;
}

static DWORD fill_in(WSABUF *buffers, const struct mm_buffer *from,
                     size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffers[i].buf = from[i].octets;
        buffers[i].len = (ULONG)from[i].size;
    }
    return (DWORD)count;
}

static enum mmi_tried try_receive(struct mm_socket *socket,
                                  struct mmi_result *result_out)
{
    const struct mmi_operation *operation = socket->lanes[MMI_IN].first;
    struct packet_socket *mine = own(socket);
    DWORD bytes = 0, count;
    int failed;

    count = fill_in(mine->in, operation->buffers, operation->count);
    if (count == 0) {
        mine->in[0] = (WSABUF){0, NULL};
        count = 1;
    }
    mine->flags = 0;
    if (operation->kind == MMI_RECEIVE_FROM) {
        mine->from.size = sizeof(mine->from.octets);
        failed = WSARecvFrom((SOCKET)socket->handle, mine->in, count, &bytes,
                             &mine->flags,
                             (struct sockaddr *)(void *)mine->from.octets,
                             &mine->from.size, begin(socket, MMI_IN), NULL);
    } else {
        failed = WSARecv((SOCKET)socket->handle, mine->in, count, &bytes,
                         &mine->flags, begin(socket, MMI_IN), NULL);
    }
    return tell(socket, failed != 0 ? WSAGetLastError() : 0, bytes, result_out);
}

/* A receive without room completes when octets are there, and not before. */
static enum mmi_tried peek(struct mm_socket *socket,
                           struct mmi_result *result_out)
{
    struct packet_socket *mine = own(socket);
    enum mmi_tried tried;
    DWORD bytes = 0;
    int failed;

    mine->in[0] = (WSABUF){0, NULL};
    mine->flags = 0;
    failed = WSARecv((SOCKET)socket->handle, mine->in, 1, &bytes, &mine->flags,
                     begin(socket, MMI_IN), NULL);
    tried = tell(socket, failed != 0 ? WSAGetLastError() : 0, 0, result_out);
    mine->lanes[MMI_IN].peeks = tried == MMI_TRIED_LATER;
    mine->readable = tried == MMI_TRIED_DONE && result_out->status == MM_OK;
    return tried;
}

/* A socket without octets holds no piece that another one waits for. */
static enum mmi_tried try_receive_many(struct mm_socket *socket,
                                       struct mmi_result *result_out)
{
    struct mm_pool *pool = socket->lanes[MMI_IN].first->pool;
    struct packet_socket *mine = own(socket);
    struct mmi_piece *piece;
    enum mmi_tried tried;
    DWORD bytes = 0;
    int failed;

    if (!mine->readable) {
        tried = peek(socket, result_out);
        if (!mine->readable) {
            return tried;
        }
    }
    piece = mmi_pool_take(pool);
    if (piece == NULL) {
        mmi_lane_starve(socket);
        return MMI_TRIED_LATER;
    }
    mine->in[0] = (WSABUF){(ULONG)pool->size, mmi_pool_octets(pool, piece)};
    mine->flags = 0;
    mine->readable = false;
    mine->lanes[MMI_IN].piece = piece;
    failed = WSARecv((SOCKET)socket->handle, mine->in, 1, &bytes, &mine->flags,
                     begin(socket, MMI_IN), NULL);
    tried =
        tell(socket, failed != 0 ? WSAGetLastError() : 0, bytes, result_out);
    if (tried == MMI_TRIED_LATER) {
        return tried;
    }
    mine->lanes[MMI_IN].piece = NULL;
    if (result_out->status == MM_OK && bytes > 0) {
        mmi_lane_filled(socket, piece, bytes);
        return MMI_TRIED_TOLD;
    }
    mmi_pool_put(pool, piece);
    return tried;
}

static enum mmi_tried try_send(struct mm_socket *socket,
                               struct mmi_result *result_out)
{
    const struct mmi_operation *operation = socket->lanes[MMI_OUT].first;
    struct packet_socket *mine = own(socket);
    struct mm_buffer buffers[BUFFERS_MAX];
    struct mmi_net_address to;
    DWORD bytes = 0;
    size_t count;
    int failed;

    if (operation->kind == MMI_SEND_TO) {
        count = fill_in(mine->out, operation->buffers, operation->count);
        mmi_net_address_make(&operation->address, &to);
        failed =
            WSASendTo((SOCKET)socket->handle, mine->out, (DWORD)count, &bytes,
                      0, (const struct sockaddr *)(const void *)to.octets,
                      to.size, begin(socket, MMI_OUT), NULL);
    } else {
        count = mmi_lane_gather(socket, buffers, BUFFERS_MAX);
        fill_in(mine->out, buffers, count);
        failed = WSASend((SOCKET)socket->handle, mine->out, (DWORD)count,
                         &bytes, 0, begin(socket, MMI_OUT), NULL);
    }
    return tell(socket, failed != 0 ? WSAGetLastError() : 0, bytes, result_out);
}

static LPFN_CONNECTEX find_connect(SOCKET socket)
{
    GUID wanted = WSAID_CONNECTEX;
    LPFN_CONNECTEX found = NULL;
    DWORD ignored;

    return WSAIoctl(socket, SIO_GET_EXTENSION_FUNCTION_POINTER, &wanted,
                    sizeof(wanted), &found, sizeof(found), &ignored, NULL,
                    NULL) == 0
               ? found
               : NULL;
}

/* ConnectEx wants an address of the socket's own. */
static void bind_to_any(struct mm_socket *socket)
{
    struct mm_address any = {.family = (uint16_t)socket->family}, is;

    if (mmi_net_local(socket->handle, &is) != MM_OK || is.port == 0) {
        (void)mmi_net_bind(socket->handle, &any);
    }
}

static enum mmi_tried try_connect(struct mm_socket *socket,
                                  struct mmi_result *result_out)
{
    const struct mmi_operation *operation = socket->lanes[MMI_OUT].first;
    LPFN_CONNECTEX connect_ex = find_connect((SOCKET)socket->handle);
    struct mmi_net_address to;
    DWORD bytes = 0;
    enum mmi_tried tried;
    BOOL done;

    if (connect_ex == NULL) {
        result_out->status = MM_UNSUPPORTED;
        return MMI_TRIED_DONE;
    }
    bind_to_any(socket);
    mmi_net_address_make(&operation->address, &to);
    done = connect_ex((SOCKET)socket->handle,
                      (const struct sockaddr *)(const void *)to.octets, to.size,
                      NULL, 0, &bytes, begin(socket, MMI_OUT));
    tried = tell(socket, done ? 0 : WSAGetLastError(), 0, result_out);
    if (tried == MMI_TRIED_DONE && result_out->status == MM_OK) {
        finish_connection((SOCKET)socket->handle, SO_UPDATE_CONNECT_CONTEXT,
                          INVALID_SOCKET);
    }
    return tried;
}

static enum mmi_tried try_first(struct mm_socket *socket, enum mmi_side side,
                                struct mmi_result *result_out)
{
    switch (socket->lanes[side].first->kind) {
    case MMI_ACCEPT:
    case MMI_ACCEPT_MANY:
        return try_accept(socket, result_out);
    case MMI_RECEIVE_MANY:
        return try_receive_many(socket, result_out);
    case MMI_CONNECT:
        return try_connect(socket, result_out);
    case MMI_SEND:
    case MMI_SEND_TO:
        return try_send(socket, result_out);
    default:
        return try_receive(socket, result_out);
    }
}

static bool cancel(struct mm_socket *socket, enum mmi_side side)
{
    (void)CancelIoEx((HANDLE)socket->handle,
                     &own(socket)->lanes[side].overlapped);
    return false;
}

/* ---- packets ------------------------------------------------------------- */

static struct mmi_result result_of(struct packet_lane *lane, DWORD bytes)
{
    struct mm_socket *socket = lane->socket;
    struct mmi_result result = {MM_OK, bytes};
    DWORD flags = 0;

    if (lane->overlapped.Internal == 0) {
        return result;
    }
    if (socket->handle == -1) {
        result.status = MM_CANCELLED;
    } else if (!WSAGetOverlappedResult((SOCKET)socket->handle,
                                       &lane->overlapped, &bytes, FALSE,
                                       &flags)) {
        result.status = mmi_net_status(WSAGetLastError());
    }
    return result;
}

/* The client has gone before it was accepted: not the listener's failure. */
static bool was_passed_over(const struct mm_socket *listener,
                            struct mmi_result result)
{
    return (result.status == MM_CONNECTION_RESET ||
            result.status == MM_CLOSED) &&
           !listener->closing;
}

static void take_accept_packet(struct mm_socket *listener,
                               struct mmi_result result)
{
    struct packet_socket *mine = own(listener);

    if (result.status == MM_OK && !listener->closing) {
        result.status = take_accepted(listener);
    }
    if (mine->accepting != INVALID_SOCKET) {
        closesocket(mine->accepting);
        mine->accepting = INVALID_SOCKET;
    }
    if (result.status == MM_OK && !listener->closing) {
        listener->lanes[MMI_IN].busy = false;
        mmi_lane_go_on(listener, MMI_IN);
    } else if (was_passed_over(listener, result) &&
               !listener->lanes[MMI_IN].first->cancelled) {
        listener->lanes[MMI_IN].busy = false;
        mmi_lane_go_on(listener, MMI_IN);
    } else {
        mmi_lane_result(listener, MMI_IN,
                        (struct mmi_result){listener->closing ? MM_CANCELLED
                                                              : result.status,
                                            0});
    }
}

static void take_piece(struct mm_socket *socket, struct mmi_piece *piece,
                       struct mmi_result result)
{
    own(socket)->lanes[MMI_IN].piece = NULL;
    if (result.status != MM_OK || result.bytes == 0) {
        mmi_pool_put(socket->lanes[MMI_IN].first->pool, piece);
        mmi_lane_result(socket, MMI_IN, result);
        return;
    }
    mmi_lane_filled(socket, piece, result.bytes);
    if (socket->closing || socket->lanes[MMI_IN].first->cancelled) {
        mmi_lane_result(socket, MMI_IN, (struct mmi_result){MM_CANCELLED, 0});
        return;
    }
    socket->lanes[MMI_IN].busy = false;
    mmi_lane_go_on(socket, MMI_IN);
}

static void take_peek(struct mm_socket *socket, struct mmi_result result)
{
    struct packet_socket *mine = own(socket);

    mine->lanes[MMI_IN].peeks = false;
    if (result.status == MM_OK &&
        (socket->closing || socket->lanes[MMI_IN].first->cancelled)) {
        result.status = MM_CANCELLED;
    }
    if (result.status != MM_OK) {
        mmi_lane_result(socket, MMI_IN, result);
        return;
    }
    mine->readable = true;
    socket->lanes[MMI_IN].busy = false;
    mmi_lane_go_on(socket, MMI_IN);
}

static void take_packet(struct mm_port *port, const OVERLAPPED_ENTRY *entry)
{
    struct packet_lane *lane =
        (struct packet_lane *)(void *)entry->lpOverlapped;
    struct iocp *iocp = port->system;
    const struct mmi_operation *operation;
    struct mm_socket *socket;
    struct mmi_result result;

    if (lane == NULL) {
        return; /* to wake */
    }
    iocp->taken--;
    socket = lane->socket;
    operation = socket->lanes[lane->side].first;
    result = result_of(lane, entry->dwNumberOfBytesTransferred);
    if (operation->kind == MMI_ACCEPT || operation->kind == MMI_ACCEPT_MANY) {
        take_accept_packet(socket, result);
        return;
    }
    if (lane->peeks) {
        take_peek(socket, result);
        return;
    }
    if (lane->piece != NULL) {
        take_piece(socket, lane->piece, result);
        return;
    }
    if (operation->kind == MMI_CONNECT && result.status == MM_OK) {
        finish_connection((SOCKET)socket->handle, SO_UPDATE_CONNECT_CONTEXT,
                          INVALID_SOCKET);
    }
    if (operation->from != NULL) {
        mmi_net_address_read(&own(socket)->from, operation->from);
    }
    mmi_lane_result(socket, lane->side, result);
}

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
    port->eager = false;
    if (!found) {
        return error == WAIT_TIMEOUT ? MM_OK : mmi_os_error_number((long)error);
    }
    for (ULONG i = 0; i < count; i++) {
        take_packet(port, &entries[i]);
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

static enum mm_status add(struct mm_socket *socket)
{
    const struct iocp *iocp = socket->port->system;
    const UCHAR modes =
        FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;

    own(socket)->accepting = INVALID_SOCKET;
    if (CreateIoCompletionPort((HANDLE)socket->handle, iocp->handle, 0, 0) ==
        NULL) {
        return mmi_os_error();
    }
    own(socket)->skips = may_skip(socket) && SetFileCompletionNotificationModes(
                                                 (HANDLE)socket->handle, modes);
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
            take_packet(port, &entry);
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

static const struct mmi_backend iocp_backend = {
    .way = MM_PORT_IOCP,
    .socket_size = sizeof(struct packet_socket),
    .open = open_port,
    .close = close_port,
    .look = look,
    .abandon = abandon,
    .wake = wake,
    .add = add,
    .remove = remove_socket,
    .try = try_first,
    .cancel = cancel,
};

enum mm_status mmi_backend_choose(const struct mm_port_options *options,
                                  const struct mmi_backend **backend_out)
{
    bool ours = options->way == MM_PORT_ANY || options->way == MM_PORT_IOCP;

    *backend_out = ours ? &iocp_backend : NULL;
    return ours ? MM_OK : MM_UNSUPPORTED;
}
