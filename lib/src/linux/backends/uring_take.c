/* SPDX-License-Identifier: MIT */
#ifdef MMI_HAS_LIBURING

#include "uring.h"

#include <errno.h>
#include <unistd.h>

static void take_accepted(struct mm_socket *listener, int fd)
{
    struct mm_socket *accepted = mmi_socket_make(
        listener->port, fd, listener->family, listener->kind, listener->key);

    if (accepted == NULL) {
        close(fd); /* the next one may find memory */
        return;
    }
    mmi_lane_accepted(listener, accepted);
}

/* The ring has it still, or no more. */
static void take_one_accepted(struct mm_socket *listener, int fd, bool goes_on)
{
    struct mmi_lane *lane = &listener->lanes[MMI_IN];

    lane->busy = goes_on;
    take_accepted(listener, fd);
    if (goes_on) {
        return;
    }
    if (!listener->closing) {
        mmi_lane_go_on(listener, MMI_IN);
    } else if (lane->first != NULL) {
        mmi_lane_result(listener, MMI_IN, (struct mmi_result){MM_CANCELLED, 0});
    } else if (!listener->lanes[MMI_OUT].busy) {
        mmi_socket_drop(listener);
    }
}

static void take_piece(struct mm_socket *socket, unsigned piece, uint64_t bytes,
                       bool goes_on)
{
    struct mm_pool *pool = socket->lanes[MMI_IN].first->pool;
    struct ring_pool *ring = pool->system;

    ring->lent--;
    pool->pieces[piece].taken = true;
    mmi_lane_filled(socket, &pool->pieces[piece], bytes);
    if (goes_on) {
        return;
    }
    if (socket->closing) {
        mmi_lane_result(socket, MMI_IN, (struct mmi_result){MM_CANCELLED, 0});
        return;
    }
    socket->lanes[MMI_IN].busy = false;
    mmi_lane_go_on(socket, MMI_IN);
}

/* Pieces that came back meanwhile will do. */
static void take_lack(struct mm_socket *socket)
{
    const struct ring_pool *ring = socket->lanes[MMI_IN].first->pool->system;

    if (socket->closing) {
        mmi_lane_result(socket, MMI_IN, (struct mmi_result){MM_CANCELLED, 0});
    } else if (ring->lent > 0) {
        socket->lanes[MMI_IN].busy = false;
        mmi_lane_go_on(socket, MMI_IN);
    } else {
        mmi_lane_starve(socket);
    }
}

static struct mmi_result result_of(struct mm_socket *socket, enum mmi_side side,
                                   int number)
{
    const struct mmi_operation *operation = socket->lanes[side].first;
    const struct ring_socket *mine = mmi_ring_socket(socket);
    struct mmi_result result = {MM_OK, number > 0 ? (uint64_t)number : 0};

    if (number < 0) {
        result.status = mmi_net_status(-number);
        return result;
    }
    if (side == MMI_IN && socket->kind == MM_SOCKET_TCP &&
        mmi_operation_room(operation) == 0) {
        result.bytes = 0; /* a poll's events */
    }
    if (side == MMI_IN && socket->kind == MM_SOCKET_UDP &&
        (mine->in.msg_flags & MSG_TRUNC) != 0) {
        result.status = MM_MESSAGE_TOO_LARGE;
    }
    if (operation->from != NULL) {
        mmi_net_address_read(&mine->from, operation->from);
    }
    return result;
}

static bool accepts(const struct mmi_operation *operation)
{
    return operation->kind == MMI_ACCEPT || operation->kind == MMI_ACCEPT_MANY;
}

static void take_lane(struct mm_socket *socket, enum mmi_side side, int number,
                      unsigned flags)
{
    struct uring *uring = socket->port->system;
    const struct mmi_operation *operation = socket->lanes[side].first;
    bool goes_on = (flags & IORING_CQE_F_MORE) != 0;
    bool many = operation->kind == MMI_RECEIVE_MANY;

    if (!goes_on) {
        mmi_ring_socket(socket)->lanes[side].submitted = false;
        uring->taken--;
    }
    if (side == MMI_IN) {
        mmi_ring_socket(socket)->more =
            (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
    }
    if (accepts(operation) && number >= 0) {
        take_one_accepted(socket, number, goes_on);
    } else if (accepts(operation) && number == -ECONNABORTED &&
               !socket->closing) {
        socket->lanes[side].busy = false;
        mmi_lane_go_on(socket, side);
    } else if (many && number > 0) {
        take_piece(socket, flags >> IORING_CQE_BUFFER_SHIFT, (uint64_t)number,
                   goes_on);
    } else if (many && number == -ENOBUFS) {
        take_lack(socket);
    } else {
        mmi_lane_result(socket, side, result_of(socket, side, number));
    }
}

/* A read of a part goes on behind it, until it is whole or the file ends. */
static void take_read(struct mm_port *port, struct mmi_operation *operation,
                      int number)
{
    struct uring *uring = port->system;
    struct mmi_result result = {MM_OK, operation->done};

    uring->taken--;
    if (number > 0) {
        operation->done += (uint64_t)number;
        result.bytes = operation->done;
        if (operation->done < operation->buffers[0].size && !port->closing) {
            mmi_ring_read(operation);
            return;
        }
    } else if (number == -EINTR || number == -EAGAIN) {
        mmi_ring_read(operation);
        return;
    } else if (number < 0) {
        result.status = mmi_os_error_number(-number);
    }
    mmi_reader_result(operation, result);
}

static void take_entry(struct mm_port *port, const struct io_uring_cqe *entry)
{
    struct uring *uring = port->system;
    uint64_t data = io_uring_cqe_get_data64(entry);

    if (data == MMI_RING_BELL) {
        uring->listens = false;
    } else if ((data & MMI_RING_BITS) == MMI_RING_READ) {
        take_read(port,
                  (struct mmi_operation *)(uintptr_t)(data &
                                                      ~(uint64_t)MMI_RING_BITS),
                  entry->res);
    } else if (data != MMI_RING_CANCEL) {
        take_lane((struct mm_socket *)(uintptr_t)(data & ~(uint64_t)1),
                  (enum mmi_side)(data & 1), entry->res, entry->flags);
    }
}

void mmi_ring_take(struct mm_port *port)
{
    struct uring *uring = port->system;
    struct io_uring_cqe *entry;
    unsigned head, count = 0;

    io_uring_for_each_cqe(&uring->ring, head, entry)
    {
        take_entry(port, entry);
        count++;
    }
    io_uring_cq_advance(&uring->ring, count);
}

#endif
