/* SPDX-License-Identifier: MIT */
#ifdef MMI_HAS_LIBURING

#include "uring.h"

#include <poll.h>

/* ---- what waits for the ring's thread ------------------------------------ */

static void enlist(struct mm_socket *socket, enum mmi_side side)
{
    struct uring *uring = socket->port->system;
    struct ring_lane *lane = &mmi_ring_socket(socket)->lanes[side];

    if (!lane->listed) {
        lane->listed = true;
        lane->socket = socket;
        lane->next = uring->list;
        uring->list = lane;
    }
    mmi_port_hurry(socket->port);
}

enum mmi_tried mmi_ring_try(struct mm_socket *socket, enum mmi_side side,
                            struct mmi_result *result_out)
{
    (void)result_out;
    mmi_ring_socket(socket)->lanes[side].wanted = true;
    enlist(socket, side);
    return MMI_TRIED_LATER;
}

/* What the ring has not been given yet is not there to end. */
bool mmi_ring_cancel(struct mm_socket *socket, enum mmi_side side)
{
    struct ring_lane *lane = &mmi_ring_socket(socket)->lanes[side];

    if (!lane->submitted) {
        lane->wanted = false;
        return true;
    }
    lane->unwanted = true;
    enlist(socket, side);
    return false;
}

void mmi_ring_read(struct mmi_operation *operation)
{
    struct uring *uring = operation->port->system;

    operation->next = uring->reads;
    uring->reads = operation;
    mmi_port_hurry(operation->port);
}

/* ---- submitting ---------------------------------------------------------- */

/* One is always free after those before it have been handed over. */
static struct io_uring_sqe *get_entry(struct uring *uring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);

    while (entry == NULL) {
        uring->port->calls++;
        io_uring_submit(&uring->ring);
        entry = io_uring_get_sqe(&uring->ring);
    }
    return entry;
}

static uint64_t data_of(const struct mm_socket *socket, enum mmi_side side)
{
    return (uint64_t)(uintptr_t)socket | (uint64_t)side;
}

static void prepare_message(struct mm_socket *socket,
                            struct io_uring_sqe *entry)
{
    struct ring_socket *mine = mmi_ring_socket(socket);
    struct mmi_operation *operation = socket->lanes[MMI_IN].first;

    mine->in = (struct msghdr){.msg_iov = mmi_iovec(operation->buffers),
                               .msg_iovlen = operation->count};
    if (operation->from != NULL) {
        mine->in.msg_name = mine->from.octets;
        mine->in.msg_namelen = sizeof(mine->from.octets);
    }
    io_uring_prep_recvmsg(entry, (int)socket->handle, &mine->in, 0);
}

static void prepare_receive(struct mm_socket *socket,
                            struct io_uring_sqe *entry)
{
    struct mmi_operation *operation = socket->lanes[MMI_IN].first;
    size_t room = (size_t)mmi_operation_room(operation);
    int fd = (int)socket->handle;

    if (room == 0 && socket->kind == MM_SOCKET_TCP) {
        io_uring_prep_poll_add(entry, fd, POLLIN | POLLRDHUP);
        return;
    }
    if (operation->count == 1 && socket->kind == MM_SOCKET_TCP) {
        io_uring_prep_recv(entry, fd, operation->buffers[0].octets, room, 0);
    } else {
        prepare_message(socket, entry);
    }
    if (!mmi_ring_socket(socket)->more) {
        entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    }
}

static void prepare_in(struct mm_socket *socket, struct io_uring_sqe *entry)
{
    struct mmi_operation *operation = socket->lanes[MMI_IN].first;
    int fd = (int)socket->handle;

    switch (operation->kind) {
    case MMI_ACCEPT:
        io_uring_prep_accept(entry, fd, NULL, NULL, SOCK_CLOEXEC);
        break;
    case MMI_ACCEPT_MANY:
        io_uring_prep_multishot_accept(entry, fd, NULL, NULL, SOCK_CLOEXEC);
        break;
    case MMI_RECEIVE_MANY:
        io_uring_prep_recv_multishot(entry, fd, NULL, 0, 0);
        entry->flags |= IOSQE_BUFFER_SELECT;
        entry->buf_group = operation->pool->number;
        break;
    default:
        prepare_receive(socket, entry);
    }
}

static void prepare_send(struct mm_socket *socket, struct io_uring_sqe *entry)
{
    const int flags = MSG_NOSIGNAL | MSG_WAITALL;
    struct ring_socket *mine = mmi_ring_socket(socket);
    size_t count = mmi_lane_gather(socket, mine->buffers, MMI_RING_BUFFERS_MAX);

    if (count == 1 && socket->kind == MM_SOCKET_TCP) {
        io_uring_prep_send(entry, (int)socket->handle, mine->buffers[0].octets,
                           mine->buffers[0].size, flags);
        return;
    }
    mine->out = (struct msghdr){.msg_iov = mmi_iovec(mine->buffers),
                                .msg_iovlen = count};
    io_uring_prep_sendmsg(entry, (int)socket->handle, &mine->out,
                          (unsigned)flags);
}

static void prepare_out(struct mm_socket *socket, struct io_uring_sqe *entry)
{
    struct ring_socket *mine = mmi_ring_socket(socket);
    struct mmi_operation *operation = socket->lanes[MMI_OUT].first;

    if (operation->kind == MMI_SEND) {
        prepare_send(socket, entry);
        return;
    }
    mmi_net_address_make(&operation->address, &mine->to);
    if (operation->kind == MMI_CONNECT) {
        io_uring_prep_connect(
            entry, (int)socket->handle,
            (const struct sockaddr *)(const void *)mine->to.octets,
            (socklen_t)mine->to.size);
        return;
    }
    mine->out = (struct msghdr){.msg_name = mine->to.octets,
                                .msg_namelen = (socklen_t)mine->to.size,
                                .msg_iov = mmi_iovec(operation->buffers),
                                .msg_iovlen = operation->count};
    io_uring_prep_sendmsg(entry, (int)socket->handle, &mine->out, MSG_NOSIGNAL);
}

static void submit_lane(struct uring *uring, struct mm_socket *socket,
                        enum mmi_side side)
{
    struct ring_lane *lane = &mmi_ring_socket(socket)->lanes[side];
    struct io_uring_sqe *entry;

    if (lane->wanted) {
        entry = get_entry(uring);
        if (side == MMI_IN) {
            prepare_in(socket, entry);
        } else {
            prepare_out(socket, entry);
        }
        io_uring_sqe_set_data64(entry, data_of(socket, side));
        lane->submitted = true;
        uring->taken++;
    }
    if (lane->unwanted && lane->submitted) {
        entry = get_entry(uring);
        io_uring_prep_cancel64(entry, data_of(socket, side), 0);
        io_uring_sqe_set_data64(entry, MMI_RING_CANCEL);
    }
    lane->wanted = false;
    lane->unwanted = false;
}

static void listen_to_bell(struct uring *uring)
{
    struct io_uring_sqe *entry;

    if (uring->listens) {
        return;
    }
    entry = get_entry(uring);
    io_uring_prep_read(entry, uring->bell, &uring->rung, sizeof(uring->rung),
                       0);
    io_uring_sqe_set_data64(entry, MMI_RING_BELL);
    uring->listens = true;
}

/* From what has been read of it on. */
static void submit_read(struct uring *uring, struct mmi_operation *operation)
{
    const struct mm_buffer *buffer = &operation->buffers[0];
    struct io_uring_sqe *entry = get_entry(uring);

    io_uring_prep_read(entry, (int)operation->reader->handle,
                       (unsigned char *)buffer->octets + operation->done,
                       (unsigned)(buffer->size - operation->done),
                       operation->offset + operation->done);
    io_uring_sqe_set_data64(entry,
                            (uint64_t)(uintptr_t)operation | MMI_RING_READ);
    uring->taken++;
}

void mmi_ring_prepare(struct mm_port *port)
{
    struct uring *uring = port->system;

    mmi_ring_register_pools(port);
    listen_to_bell(uring);
    while (uring->reads != NULL) {
        struct mmi_operation *operation = uring->reads;

        uring->reads = operation->next;
        submit_read(uring, operation);
    }
    while (uring->list != NULL) {
        struct ring_lane *lane = uring->list;
        struct mm_socket *socket = lane->socket;

        uring->list = lane->next;
        lane->listed = false;
        submit_lane(uring, socket,
                    lane == &mmi_ring_socket(socket)->lanes[MMI_IN] ? MMI_IN
                                                                    : MMI_OUT);
    }
    port->eager = false;
}

#endif
