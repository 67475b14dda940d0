/* SPDX-License-Identifier: MIT */
#include "iocp.h"

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
    struct packet_socket *mine = mmi_packet_socket(listener);
    bool passed_over;

    if (result.status == MM_OK && !listener->closing) {
        result.status = mmi_packet_accepted(listener);
    }
    if (mine->accepting != INVALID_SOCKET) {
        closesocket(mine->accepting);
        mine->accepting = INVALID_SOCKET;
    }
    passed_over = was_passed_over(listener, result) &&
                  !listener->lanes[MMI_IN].first->cancelled;
    if (!listener->closing && (result.status == MM_OK || passed_over)) {
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
    mmi_packet_socket(socket)->lanes[MMI_IN].piece = NULL;
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
    struct packet_socket *mine = mmi_packet_socket(socket);

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

static void take_read(struct mm_port *port, OVERLAPPED *overlapped, DWORD bytes)
{
    struct mmi_operation *operation =
        (struct mmi_operation *)(void *)((char *)overlapped -
                                         offsetof(struct mmi_operation,
                                                  system));
    struct iocp *iocp = port->system;
    struct mmi_result result = {MM_OK, bytes};

    iocp->taken--;
    if (overlapped->Internal != 0 &&
        !GetOverlappedResult((HANDLE)operation->reader->handle, overlapped,
                             &bytes, FALSE)) {
        DWORD error = GetLastError();

        result.bytes = 0;
        result.status = error == ERROR_HANDLE_EOF
                            ? MM_OK
                            : mmi_os_error_number((long)error);
    }
    mmi_reader_result(operation, result);
}

void mmi_packet_take(struct mm_port *port, const OVERLAPPED_ENTRY *entry)
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
    if (entry->lpCompletionKey == MMI_PACKET_OF_READ) {
        take_read(port, entry->lpOverlapped, entry->dwNumberOfBytesTransferred);
        return;
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
        mmi_packet_connected(socket);
    }
    if (operation->from != NULL) {
        mmi_net_address_read(&mmi_packet_socket(socket)->from, operation->from);
    }
    mmi_lane_result(socket, lane->side, result);
}
