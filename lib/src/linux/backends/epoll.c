/* SPDX-License-Identifier: MIT */
/*
 * Ports by epoll(7). A socket is registered once, edge-triggered; an event says
 * no more than that it is worth trying again, so one that comes too late, for a
 * socket that has been closed and used again, costs a call and nothing else.
 */
#include "backends.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "net.h"
#include "readers.h"

enum {
    EVENTS = 64,      /* of one call */
    BUFFERS_MAX = 64, /* of one send */
    NS_PER_MS = 1000000,
};

static const uint64_t ns_per_second = 1000000000;

struct epoll {
    int fd;
    int bell; /* an eventfd that counts those who are to wake */
    struct mmi_readers *readers; /* NULL: nobody reads files */
};

/* A socket's own. */
struct edge {
    bool added;
    bool hung_up; /* there will be no other edge for what comes in */
};

static struct edge *edge_of(struct mm_socket *socket)
{
    return (struct edge *)(void *)socket->system;
}

/* Not before the first operation: a socket that is not connected yet would
 * count as hung up. */
static enum mm_status add(struct mm_socket *socket)
{
    const struct epoll *epoll = socket->port->system;
    struct epoll_event event = {.events =
                                    EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                                .data = {.ptr = socket}};

    if (edge_of(socket)->added) {
        return MM_OK;
    }
    socket->port->calls++;
    if (epoll_ctl(epoll->fd, EPOLL_CTL_ADD, (int)socket->handle, &event) != 0) {
        return mmi_os_error();
    }
    edge_of(socket)->added = true;
    return MM_OK;
}

/* ---- trying -------------------------------------------------------------- */

static enum mmi_tried later(struct mm_socket *socket, enum mmi_side side)
{
    socket->lanes[side].tried = true;
    return MMI_TRIED_LATER;
}

/* A failed call: not now, or never. */
static enum mmi_tried fail(struct mm_socket *socket, enum mmi_side side,
                           struct mmi_result *result_out)
{
    if (errno == EAGAIN) {
        return later(socket, side);
    }
    result_out->status = mmi_net_status(errno);
    return MMI_TRIED_DONE;
}

static enum mmi_tried try_accept(struct mm_socket *listener,
                                 struct mmi_result *result_out)
{
    struct mm_port *port = listener->port;
    struct mm_socket *accepted;
    int fd;

    do {
        port->calls++;
        fd = accept4((int)listener->handle, NULL, NULL,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && (errno == ECONNABORTED || errno == EINTR));
    if (fd < 0) {
        return fail(listener, MMI_IN, result_out);
    }
    accepted = mmi_socket_make(port, fd, listener->family, listener->kind,
                               listener->key);
    if (accepted == NULL) {
        close(fd);
        result_out->status = MM_NO_MEMORY;
        return MMI_TRIED_DONE;
    }
    mmi_lane_accepted(listener, accepted);
    return MMI_TRIED_TOLD;
}

/* Less than there is room for means that there is no more, and that the next
 * octet makes an edge. */
static void note_drained(struct mm_socket *socket, size_t got, size_t room)
{
    if (got < room && got > 0 && socket->kind == MM_SOCKET_TCP &&
        !edge_of(socket)->hung_up) {
        socket->lanes[MMI_IN].tried = true;
    }
}

static enum mmi_tried try_receive_many(struct mm_socket *socket,
                                       struct mmi_result *result_out)
{
    struct mm_pool *pool = socket->lanes[MMI_IN].first->pool;
    struct mmi_piece *piece = mmi_pool_take(pool);
    ssize_t got;

    if (piece == NULL) {
        mmi_lane_starve(socket);
        return MMI_TRIED_LATER;
    }
    do {
        socket->port->calls++;
        got = recv((int)socket->handle, mmi_pool_octets(pool, piece),
                   pool->size, 0);
    } while (got < 0 && errno == EINTR);
    if (got <= 0) {
        enum mmi_tried tried = MMI_TRIED_DONE; /* the end */

        if (got < 0) {
            tried = fail(socket, MMI_IN, result_out);
        }
        mmi_pool_put(pool, piece);
        return tried;
    }
    note_drained(socket, (size_t)got, pool->size);
    mmi_lane_filled(socket, piece, (uint64_t)got);
    return MMI_TRIED_TOLD;
}

/* Whether octets are there: one is looked at and left. */
static enum mmi_tried try_readable(struct mm_socket *socket,
                                   struct mmi_result *result_out)
{
    char octet;

    socket->port->calls++;
    if (recv((int)socket->handle, &octet, 1, MSG_PEEK) < 0) {
        return fail(socket, MMI_IN, result_out);
    }
    return MMI_TRIED_DONE;
}

static enum mmi_tried try_receive(struct mm_socket *socket,
                                  struct mmi_result *result_out)
{
    struct mmi_operation *operation = socket->lanes[MMI_IN].first;
    size_t room = (size_t)mmi_operation_room(operation);
    struct mmi_net_address from = {{0}, 0};
    struct msghdr message = {.msg_iov = mmi_iovec(operation->buffers),
                             .msg_iovlen = operation->count};
    ssize_t got;

    if (room == 0 && socket->kind == MM_SOCKET_TCP) {
        return try_readable(socket, result_out);
    }
    if (operation->from != NULL) {
        message.msg_name = from.octets;
        message.msg_namelen = sizeof(from.octets);
    }
    do {
        socket->port->calls++;
        got = operation->count == 1 && operation->from == NULL &&
                      socket->kind == MM_SOCKET_TCP
                  ? recv((int)socket->handle, operation->buffers[0].octets,
                         room, 0)
                  : recvmsg((int)socket->handle, &message, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        return fail(socket, MMI_IN, result_out);
    }
    if (operation->from != NULL) {
        mmi_net_address_read(&from, operation->from);
    }
    note_drained(socket, (size_t)got, room);
    result_out->bytes = (uint64_t)got;
    if ((message.msg_flags & MSG_TRUNC) != 0) {
        result_out->status = MM_MESSAGE_TOO_LARGE;
    }
    return MMI_TRIED_DONE;
}

static enum mmi_tried try_send(struct mm_socket *socket,
                               struct mmi_result *result_out)
{
    const struct mmi_operation *operation = socket->lanes[MMI_OUT].first;
    struct mm_buffer buffers[BUFFERS_MAX];
    struct mmi_net_address to;
    struct msghdr message = {.msg_iov = mmi_iovec(buffers)};
    ssize_t put;

    message.msg_iovlen = mmi_lane_gather(socket, buffers, BUFFERS_MAX);
    if (operation->kind == MMI_SEND_TO &&
        mmi_net_address_make(&operation->address, &to)) {
        message.msg_iov =
            mmi_iovec(((struct mmi_operation *)(uintptr_t)operation)->buffers);
        message.msg_iovlen = operation->count;
        message.msg_name = to.octets;
        message.msg_namelen = (socklen_t)to.size;
    }
    do {
        socket->port->calls++;
        put = message.msg_iovlen == 1 && message.msg_name == NULL
                  ? send((int)socket->handle, buffers[0].octets,
                         buffers[0].size, MSG_NOSIGNAL)
                  : sendmsg((int)socket->handle, &message, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (put < 0) {
        return fail(socket, MMI_OUT, result_out);
    }
    result_out->bytes = (uint64_t)put;
    return MMI_TRIED_DONE;
}

/* Twice: to begin, and to learn what became of it. */
static enum mmi_tried try_connect(struct mm_socket *socket,
                                  struct mmi_result *result_out)
{
    struct mmi_operation *operation = socket->lanes[MMI_OUT].first;
    struct mmi_net_address to;
    socklen_t size = sizeof(int);
    int error = 0;

    socket->port->calls++;
    if (operation->done == 0) {
        operation->done = 1;
        mmi_net_address_make(&operation->address, &to);
        if (connect((int)socket->handle,
                    (const struct sockaddr *)(const void *)to.octets,
                    (socklen_t)to.size) == 0) {
            return MMI_TRIED_DONE;
        }
        if (errno != EINPROGRESS) {
            result_out->status = mmi_net_status(errno);
            return MMI_TRIED_DONE;
        }
        result_out->status = add(socket);
        return result_out->status == MM_OK ? later(socket, MMI_OUT)
                                           : MMI_TRIED_DONE;
    }
    if (getsockopt((int)socket->handle, SOL_SOCKET, SO_ERROR, &error, &size) !=
        0) {
        error = errno;
    }
    if (error != 0) {
        result_out->status = mmi_net_status(error);
    }
    return MMI_TRIED_DONE;
}

static enum mmi_tried try_first(struct mm_socket *socket, enum mmi_side side,
                                struct mmi_result *result_out)
{
    enum mmi_task kind = socket->lanes[side].first->kind;

    if (socket->lanes[side].tried) {
        return MMI_TRIED_LATER;
    }
    if (kind != MMI_CONNECT) {
        result_out->status = add(socket);
        if (result_out->status != MM_OK) {
            return MMI_TRIED_DONE;
        }
    }
    switch (kind) {
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

/* ---- looking ------------------------------------------------------------- */

static void retry(struct mm_socket *socket, enum mmi_side side)
{
    struct mmi_lane *lane = &socket->lanes[side];

    lane->tried = false;
    lane->busy = false;
    mmi_lane_go_on(socket, side);
}

static void take_event(struct mm_port *port, const struct epoll_event *event)
{
    const uint32_t ends = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
    struct mm_socket *socket = event->data.ptr;
    struct epoll *epoll = port->system;
    uint64_t one;

    if (socket == NULL) {
        port->calls++;
        if (read(epoll->bell, &one, sizeof(one)) < 0) {
            return; /* another thread was faster */
        }
        return;
    }
    if (socket->handle == -1) {
        return; /* closed meanwhile */
    }
    if ((event->events & ends) != 0) {
        edge_of(socket)->hung_up = true;
    }
    if ((event->events & (EPOLLIN | ends)) != 0) {
        retry(socket, MMI_IN);
    }
    if ((event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) {
        retry(socket, MMI_OUT);
    }
}

/* In milliseconds, rounded up, for kernels before 5.11. */
static int wait_roughly(int fd, struct epoll_event *events, uint64_t timeout_ns)
{
    const uint64_t most_ms = 1u << 30;
    uint64_t ms = timeout_ns / NS_PER_MS + (timeout_ns % NS_PER_MS > 0);

    if (timeout_ns == MM_INFINITE) {
        return epoll_wait(fd, events, EVENTS, -1);
    }
    return epoll_wait(fd, events, EVENTS, (int)(ms < most_ms ? ms : most_ms));
}

static int wait(int fd, struct epoll_event *events, uint64_t timeout_ns)
{
    struct timespec time = {.tv_sec = (time_t)(timeout_ns / ns_per_second),
                            .tv_nsec = (long)(timeout_ns % ns_per_second)};
    int count;

    if (timeout_ns == 0 || timeout_ns == MM_INFINITE) {
        return wait_roughly(fd, events, timeout_ns);
    }
    count = epoll_pwait2(fd, events, EVENTS, &time, NULL);
    return count < 0 && errno == ENOSYS ? wait_roughly(fd, events, timeout_ns)
                                        : count;
}

static enum mm_status look(struct mm_port *port, uint64_t timeout_ns)
{
    const struct epoll *epoll = port->system;
    struct epoll_event events[EVENTS];
    int count = wait(epoll->fd, events, timeout_ns);
    enum mm_status status =
        count < 0 && errno != EINTR ? mmi_os_error() : MM_OK;

    mmi_lock_take(&port->lock);
    mmi_port_awake(port);
    port->calls++; /* the wait */
    port->eager = false;
    for (int i = 0; i < count; i++) {
        take_event(port, &events[i]);
    }
    return status;
}

static void wake(struct mm_port *port)
{
    const struct epoll *epoll = port->system;
    const uint64_t one = 1;

    port->calls++;
    /* Only a count of 2^64 could refuse it. */
    if (write(epoll->bell, &one, sizeof(one)) < 0) {
        abort();
    }
}

/* ---- a port's and a socket's life ---------------------------------------- */

/* Copies of the descriptor in other processes would keep it registered. */
static bool remove_socket(struct mm_socket *socket)
{
    const struct epoll *epoll = socket->port->system;

    if (edge_of(socket)->added) {
        (void)epoll_ctl(epoll->fd, EPOLL_CTL_DEL, (int)socket->handle, NULL);
    }
    socket->lanes[MMI_IN].busy = false;
    socket->lanes[MMI_OUT].busy = false;
    return true;
}

/* add() comes later. */
static enum mm_status get_ready(struct mm_socket *socket)
{
    int on = 1;

    return ioctl((int)socket->handle, FIONBIO, &on) == 0 ? MM_OK
                                                         : mmi_os_error();
}

static bool cancel(struct mm_socket *socket, enum mmi_side side)
{
    (void)socket;
    (void)side;
    return true; /* the system has nothing */
}

/* But for what threads of ours are reading. */
static enum mm_status abandon(struct mm_port *port)
{
    while (port->reads > 0) {
        mmi_lock_wait(&port->lock);
    }
    return MM_OK;
}

static enum mm_status open_reader(struct mm_reader *reader,
                                  const struct mm_file *file)
{
    struct epoll *epoll = reader->port->system;
    enum mm_status status = MM_OK;

    if (epoll->readers == NULL) {
        status = mmi_readers_start(reader->port, &epoll->readers);
    }
    return status == MM_OK ? mmi_readers_open_file(reader, file) : status;
}

static void read_file(struct mmi_operation *operation)
{
    const struct epoll *epoll = operation->port->system;

    mmi_readers_add(epoll->readers, operation);
}

static void close_port(struct mm_port *port)
{
    struct epoll *epoll = port->system;

    if (epoll == NULL) {
        return;
    }
    if (port->process == (uint64_t)getpid()) {
        mmi_readers_end(epoll->readers); /* a copy has no threads */
    }
    if (epoll->fd >= 0) {
        close(epoll->fd);
    }
    if (epoll->bell >= 0) {
        close(epoll->bell);
    }
    free(epoll);
    port->system = NULL;
}

static enum mm_status open_port(struct mm_port *port)
{
    struct epoll *epoll = calloc(1, sizeof(*epoll));
    struct epoll_event event = {.events = EPOLLIN};

    port->system = epoll;
    if (epoll == NULL) {
        return MM_NO_MEMORY;
    }
    epoll->fd = epoll_create1(EPOLL_CLOEXEC);
    epoll->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
    if (epoll->fd < 0 || epoll->bell < 0 ||
        epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->bell, &event) != 0) {
        return mmi_os_error();
    }
    return MM_OK;
}

const struct mmi_backend mmi_epoll = {
    .way = MM_PORT_EPOLL,
    .socket_size = sizeof(struct edge),
    .open = open_port,
    .close = close_port,
    .look = look,
    .abandon = abandon,
    .wake = wake,
    .add = get_ready,
    .remove = remove_socket,
    .try = try_first,
    .cancel = cancel,
    .open_reader = open_reader,
    .close_reader = mmi_readers_close_file,
    .read = read_file,
};
