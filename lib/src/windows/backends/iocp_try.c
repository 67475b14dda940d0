/* SPDX-License-Identifier: MIT */
#include "iocp.h"

#include <mswsock.h>
#include <string.h>
#include <ws2tcpip.h>

static OVERLAPPED *begin(struct mm_socket *socket, enum mmi_side side)
{
    struct packet_lane *lane = &mmi_packet_socket(socket)->lanes[side];

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

    socket->port->calls++;
    if (error == WSA_IO_PENDING ||
        (error == 0 && !mmi_packet_socket(socket)->skips)) {
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

void mmi_packet_connected(struct mm_socket *socket)
{
    finish_connection((SOCKET)socket->handle, SO_UPDATE_CONNECT_CONTEXT,
                      INVALID_SOCKET);
}

enum mm_status mmi_packet_accepted(struct mm_socket *listener)
{
    struct packet_socket *mine = mmi_packet_socket(listener);
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
    status = mmi_packet_add(accepted);
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
    struct packet_socket *mine = mmi_packet_socket(listener);
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
                  0, MMI_PACKET_ACCEPT_ROOM, MMI_PACKET_ACCEPT_ROOM, &bytes,
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
    result_out->status = mmi_packet_accepted(listener);
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
    struct packet_socket *mine = mmi_packet_socket(socket);
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
    struct packet_socket *mine = mmi_packet_socket(socket);
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
    struct packet_socket *mine = mmi_packet_socket(socket);
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
    struct packet_socket *mine = mmi_packet_socket(socket);
    struct mm_buffer buffers[MMI_PACKET_BUFFERS_MAX];
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
        count = mmi_lane_gather(socket, buffers, MMI_PACKET_BUFFERS_MAX);
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
        mmi_packet_connected(socket);
    }
    return tried;
}

enum mmi_tried mmi_packet_try(struct mm_socket *socket, enum mmi_side side,
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
