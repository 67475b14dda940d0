/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "proactor.h"

void mmi_lane_open(struct mmi_lane *lane)
{
    *lane = (struct mmi_lane){.last = &lane->first};
}

enum mmi_side mmi_side_of(const struct mmi_operation *operation)
{
    switch (operation->kind) {
    case MMI_CONNECT:
    case MMI_SEND:
    case MMI_SEND_TO:
        return MMI_OUT;
    default:
        return MMI_IN;
    }
}

/* ---- the list ------------------------------------------------------------ */

static void take_out(struct mmi_lane *lane, struct mmi_operation *operation)
{
    struct mmi_operation **place = &lane->first;

    while (*place != operation) {
        place = &(*place)->next;
    }
    *place = operation->next;
    if (lane->last == &operation->next) {
        lane->last = place;
    }
    operation->next = NULL;
}

/* What was asked to end ends as cancelled, whatever the system calls it. */
static enum mm_status told(const struct mmi_operation *operation,
                           enum mm_status status)
{
    bool ended = operation->cancelled || operation->socket->closing;

    if (status == MM_CONNECTION_RESET && operation->kind == MMI_SEND &&
        operation->socket->shut) {
        return MM_CLOSED; /* by ourselves */
    }
    return status != MM_OK && ended ? MM_CANCELLED : status;
}

static void end_first(struct mmi_lane *lane, enum mm_status status,
                      unsigned flags, uint64_t bytes)
{
    struct mmi_operation *operation = lane->first;

    take_out(lane, operation);
    mmi_port_end(operation, told(operation, status), flags, bytes);
}

void mmi_lane_remove(struct mmi_operation *operation, enum mm_status status)
{
    struct mmi_lane *lane = &operation->socket->lanes[mmi_side_of(operation)];

    uint64_t gone = operation->kind == MMI_SEND ? operation->done : 0;

    take_out(lane, operation);
    mmi_port_end(operation, status, 0, gone);
}

/* ---- results ------------------------------------------------------------- */

uint64_t mmi_operation_room(const struct mmi_operation *operation)
{
    uint64_t size = 0;

    for (size_t i = 0; i < operation->count; i++) {
        size += operation->buffers[i].size;
    }
    return size;
}

/* Octets that went belong to those who wait, one after the other. */
static void end_sends(struct mmi_lane *lane, uint64_t bytes)
{
    do {
        struct mmi_operation *operation = lane->first;
        uint64_t left = mmi_operation_room(operation) - operation->done;
        uint64_t part = bytes < left ? bytes : left;

        operation->done += part;
        bytes -= part;
        if (part < left) {
            return;
        }
        end_first(lane, MM_OK, 0, operation->done);
    } while (bytes > 0);
}

static void end_receive(struct mm_socket *socket, uint64_t bytes)
{
    struct mmi_lane *lane = &socket->lanes[MMI_IN];
    const struct mmi_operation *operation = lane->first;
    bool has_room = operation->kind == MMI_RECEIVE_MANY ||
                    mmi_operation_room(operation) > 0;
    bool at_end = bytes == 0 && has_room && socket->kind == MM_SOCKET_TCP;

    end_first(lane, MM_OK, at_end ? MM_COMPLETION_END : 0, bytes);
}

static void take_result(struct mm_socket *socket, enum mmi_side side,
                        struct mmi_result result)
{
    struct mmi_lane *lane = &socket->lanes[side];
    enum mmi_task kind = lane->first->kind;

    if (result.status != MM_OK) {
        uint64_t gone = kind == MMI_SEND ? lane->first->done : result.bytes;

        end_first(lane, result.status, 0, gone);
    } else if (kind == MMI_SEND) {
        end_sends(lane, result.bytes);
    } else if (side == MMI_IN) {
        end_receive(socket, result.bytes);
    } else {
        end_first(lane, MM_OK, 0, result.bytes);
    }
}

static bool is_idle(const struct mm_socket *socket)
{
    return !socket->lanes[MMI_IN].busy && !socket->lanes[MMI_OUT].busy;
}

/* Half of it may have gone before it was asked to end. */
static void end_cancelled(struct mmi_lane *lane)
{
    if (lane->first != NULL && lane->first->cancelled) {
        mmi_lane_remove(lane->first, MM_CANCELLED);
    }
}

void mmi_lane_result(struct mm_socket *socket, enum mmi_side side,
                     struct mmi_result result)
{
    struct mmi_lane *lane = &socket->lanes[side];

    lane->busy = false;
    take_result(socket, side, result);
    if (!socket->closing) {
        end_cancelled(lane);
        mmi_lane_go_on(socket, side);
        return;
    }
    while (lane->first != NULL) {
        mmi_lane_remove(lane->first, MM_CANCELLED);
    }
    if (is_idle(socket)) {
        mmi_socket_drop(socket);
    }
}

void mmi_lane_accepted(struct mm_socket *listener, struct mm_socket *accepted)
{
    struct mmi_lane *lane = &listener->lanes[MMI_IN];
    struct mmi_operation *operation = lane->first;
    struct mmi_delivery *delivery = &accepted->delivery;

    if (operation->kind == MMI_ACCEPT) {
        operation->delivery.completion.socket = accepted;
        end_first(lane, MM_OK, 0, 0);
        return;
    }
    delivery->ends = NULL;
    delivery->completion = operation->delivery.completion;
    delivery->completion.status = MM_OK;
    delivery->completion.flags = MM_COMPLETION_MORE;
    delivery->completion.socket = accepted;
    mmi_port_deliver(listener->port, delivery);
}

void mmi_lane_filled(struct mm_socket *socket, struct mmi_piece *piece,
                     uint64_t bytes)
{
    struct mmi_operation *operation = socket->lanes[MMI_IN].first;
    struct mmi_delivery *delivery = &piece->delivery;

    delivery->ends = NULL;
    delivery->completion = operation->delivery.completion;
    delivery->completion.status = MM_OK;
    delivery->completion.flags = MM_COMPLETION_MORE;
    delivery->completion.bytes = bytes;
    delivery->completion.buffer = mmi_pool_octets(operation->pool, piece);
    mmi_port_deliver(socket->port, delivery);
}

/* ---- going on ------------------------------------------------------------ */

void mmi_lane_starve(struct mm_socket *socket)
{
    struct mm_pool *pool = socket->lanes[MMI_IN].first->pool;

    socket->lanes[MMI_IN].busy = false;
    if (!socket->starving) {
        socket->starving = true;
        socket->hungry = pool->starved;
        pool->starved = socket;
    }
}

static bool can_go_on(const struct mm_socket *socket, enum mmi_side side)
{
    const struct mmi_lane *lane = &socket->lanes[side];
    bool starves = side == MMI_IN && socket->starving;

    return lane->first != NULL && !lane->busy && !starves && !socket->closing;
}

void mmi_lane_go_on(struct mm_socket *socket, enum mmi_side side)
{
    struct mmi_lane *lane = &socket->lanes[side];

    while (can_go_on(socket, side)) {
        struct mmi_result result = {MM_OK, 0};

        switch (socket->port->backend->try(socket, side, &result)) {
        case MMI_TRIED_LATER:
            lane->busy = !(side == MMI_IN && socket->starving);
            break;
        case MMI_TRIED_DONE:
            take_result(socket, side, result);
            break;
        case MMI_TRIED_TOLD:
            break;
        }
    }
}

void mmi_lane_add(struct mmi_operation *operation)
{
    struct mm_socket *socket = operation->socket;
    enum mmi_side side = mmi_side_of(operation);
    struct mmi_lane *lane = &socket->lanes[side];

    *lane->last = operation;
    lane->last = &operation->next;
    mmi_lane_go_on(socket, side);
}

/* ---- gathering ----------------------------------------------------------- */

/* Buffers of one operation, without its first `skip` octets. */
static size_t gather_one(const struct mmi_operation *operation, uint64_t skip,
                         struct mm_buffer *buffers, size_t max)
{
    size_t count = 0;

    for (size_t i = 0; i < operation->count && count < max; i++) {
        const struct mm_buffer *from = &operation->buffers[i];

        if (skip >= from->size) {
            skip -= from->size;
            continue;
        }
        buffers[count].octets = (unsigned char *)from->octets + skip;
        buffers[count++].size = from->size - (size_t)skip;
        skip = 0;
    }
    return count;
}

size_t mmi_lane_gather(const struct mm_socket *socket,
                       struct mm_buffer *buffers, size_t max)
{
    const struct mmi_operation *operation = socket->lanes[MMI_OUT].first;
    size_t count = 0;

    while (operation != NULL && operation->kind == MMI_SEND && count < max) {
        count += gather_one(operation, operation->done, buffers + count,
                            max - count);
        operation = operation->next;
        if (socket->kind != MM_SOCKET_TCP) {
            break;
        }
    }
    return count;
}
