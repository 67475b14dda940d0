/* SPDX-License-Identifier: MIT */
/*
 * Ports by io_uring(7), whose work is deferred to the one thread that waits.
 * Only that thread touches the ring; others put a lane into a list and ring a
 * bell. A socket is closed when the ring has nothing of it any more, because
 * close(2) alone does not end what the ring has.
 */
#include "backend.h"

#include "net.h"

#ifdef MMI_HAS_LIBURING

#include <errno.h>
#include <liburing.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SUBMISSIONS = 512,
    COMPLETIONS = 8192,
    BUFFERS_MAX = 16, /* of one send */
    /* Of what completes, where it is no lane of a socket. */
    DATA_BELL = 2,
    DATA_CANCEL = 4,
};

static const uint64_t ns_per_second = 1000000000;

struct ring_lane {
    struct ring_lane *next; /* of those that wait for the ring's thread */
    struct mm_socket *socket;
    bool listed;
    bool wanted;    /* its first is to be submitted */
    bool unwanted;  /* the ring is to end what it has */
    bool submitted; /* the ring has something */
};

/* A socket's own. */
struct ring_socket {
    struct ring_lane lanes[MMI_SIDES];
    bool more; /* octets were left by the last receive */
    struct msghdr in;
    struct msghdr out;
    struct mm_buffer buffers[BUFFERS_MAX];
    struct mmi_net_address from;
    struct mmi_net_address to;
};

struct uring {
    struct io_uring ring;
    bool opened;
    bool enabled;
    pid_t owner;
    int bell;
    uint64_t rung;  /* what the ring reads from the bell */
    bool listens;   /* it does */
    unsigned taken; /* lanes that the ring has something of */
    struct ring_lane *list;
};

/* A pool's own. */
struct ring_pool {
    struct io_uring_buf_ring *ring;
    size_t entries; /* a power of two */
    size_t lent;
    bool registered;
};

static struct ring_socket *own(struct mm_socket *socket)
{
    return (struct ring_socket *)(void *)socket->system;
}

/* ---- what waits for the ring's thread ------------------------------------ */

static void enlist(struct mm_socket *socket, enum mmi_side side)
{
    struct uring *uring = socket->port->system;
    struct ring_lane *lane = &own(socket)->lanes[side];

    if (!lane->listed) {
        lane->listed = true;
        lane->socket = socket;
        lane->next = uring->list;
        uring->list = lane;
    }
    mmi_port_hurry(socket->port);
}

static enum mmi_tried try_first(struct mm_socket *socket, enum mmi_side side,
                                struct mmi_result *result_out)
{
    (void)result_out;
    own(socket)->lanes[side].wanted = true;
    enlist(socket, side);
    return MMI_TRIED_LATER;
}

/* What the ring has not been given yet is not there to end. */
static bool cancel(struct mm_socket *socket, enum mmi_side side)
{
    struct ring_lane *lane = &own(socket)->lanes[side];

    if (!lane->submitted) {
        lane->wanted = false;
        return true;
    }
    lane->unwanted = true;
    enlist(socket, side);
    return false;
}

/* ---- submitting ---------------------------------------------------------- */

/* One is always free after those before it have been handed over. */
static struct io_uring_sqe *get_entry(struct uring *uring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(&uring->ring);

    while (entry == NULL) {
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
    struct ring_socket *mine = own(socket);
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
    if (!own(socket)->more) {
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
    struct ring_socket *mine = own(socket);
    size_t count = mmi_lane_gather(socket, mine->buffers, BUFFERS_MAX);

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
    struct ring_socket *mine = own(socket);
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
    struct ring_lane *lane = &own(socket)->lanes[side];
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
        io_uring_sqe_set_data64(entry, DATA_CANCEL);
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
    io_uring_sqe_set_data64(entry, DATA_BELL);
    uring->listens = true;
}

static void register_pools(struct mm_port *port);

static void prepare_all(struct mm_port *port)
{
    struct uring *uring = port->system;

    register_pools(port);
    listen_to_bell(uring);
    while (uring->list != NULL) {
        struct ring_lane *lane = uring->list;
        struct mm_socket *socket = lane->socket;

        uring->list = lane->next;
        lane->listed = false;
        submit_lane(uring, socket,
                    lane == &own(socket)->lanes[MMI_IN] ? MMI_IN : MMI_OUT);
    }
    port->eager = false;
}

/* ---- completions --------------------------------------------------------- */

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
    const struct ring_socket *mine = own(socket);
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
        own(socket)->lanes[side].submitted = false;
        uring->taken--;
    }
    if (side == MMI_IN) {
        own(socket)->more = (flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
    }
    if (accepts(operation) && number >= 0) {
        take_one_accepted(socket, number, goes_on);
    } else if (accepts(operation) && number == -ECONNABORTED) {
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

static void take_entry(struct mm_port *port, const struct io_uring_cqe *entry)
{
    struct uring *uring = port->system;
    uint64_t data = io_uring_cqe_get_data64(entry);

    if (data == DATA_BELL) {
        uring->listens = false;
    } else if (data != DATA_CANCEL) {
        take_lane((struct mm_socket *)(uintptr_t)(data & ~(uint64_t)1),
                  (enum mmi_side)(data & 1), entry->res, entry->flags);
    }
}

static void take_entries(struct mm_port *port)
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

/* ---- looking ------------------------------------------------------------- */

/* The ring is the first thread's that looks. */
static enum mm_status own_ring(struct uring *uring)
{
    pid_t me = (pid_t)syscall(SYS_gettid);

    if (uring->enabled) {
        return uring->owner == me ? MM_OK : MM_BUSY;
    }
    /* io_uring_enable_rings(3), which liburing 2.3 declares and lacks. */
    if (syscall(SYS_io_uring_register, uring->ring.ring_fd,
                IORING_REGISTER_ENABLE_RINGS, NULL, 0) != 0) {
        return mmi_os_error();
    }
    uring->ring.flags &= ~(unsigned)IORING_SETUP_R_DISABLED;
    uring->enabled = true;
    uring->owner = me;
    (void)io_uring_register_ring_fd(&uring->ring); /* a little faster */
    return MM_OK;
}

static int enter(struct uring *uring, uint64_t timeout_ns)
{
    struct __kernel_timespec time = {
        .tv_sec = (long long)(timeout_ns / ns_per_second),
        .tv_nsec = (long long)(timeout_ns % ns_per_second)};
    struct io_uring_cqe *entry;

    if (timeout_ns == 0) {
        return io_uring_submit_and_get_events(&uring->ring);
    }
    return io_uring_submit_and_wait_timeout(
        &uring->ring, &entry, 1, timeout_ns == MM_INFINITE ? NULL : &time,
        NULL);
}

static enum mm_status check_owner(struct mm_port *port)
{
    enum mm_status status;

    mmi_lock_take(&port->lock);
    status = own_ring(port->system);
    if (status != MM_OK) {
        mmi_port_awake(port);
        return status;
    }
    prepare_all(port);
    mmi_lock_give(&port->lock);
    return MM_OK;
}

static enum mm_status look(struct mm_port *port, uint64_t timeout_ns)
{
    struct uring *uring = port->system;
    enum mm_status status = check_owner(port);
    int failed;

    if (status != MM_OK) {
        return status;
    }
    failed = enter(uring, timeout_ns);
    mmi_lock_take(&port->lock);
    mmi_port_awake(port);
    if (failed < 0 && failed != -ETIME && failed != -EINTR &&
        failed != -EAGAIN && failed != -EBUSY) {
        return mmi_os_error_number(-failed);
    }
    take_entries(port);
    return MM_OK;
}

static void wake(struct mm_port *port)
{
    const struct uring *uring = port->system;
    const uint64_t one = 1;

    if (write(uring->bell, &one, sizeof(one)) < 0) {
        abort(); /* only a count of 2^64 could refuse it */
    }
}

/* ---- a socket's life ----------------------------------------------------- */

static enum mm_status add(struct mm_socket *socket)
{
    (void)socket;
    return MM_OK;
}

static void unlist(struct mm_socket *socket)
{
    struct uring *uring = socket->port->system;

    for (int side = 0; side < MMI_SIDES; side++) {
        struct ring_lane *lane = &own(socket)->lanes[side];
        struct ring_lane **place = &uring->list;

        if (!lane->listed) {
            continue;
        }
        while (*place != lane) {
            place = &(*place)->next;
        }
        *place = lane->next;
        lane->listed = false;
    }
}

/* The other side learns of it at once, whatever the ring still has. */
static bool remove_socket(struct mm_socket *socket)
{
    bool gone = true;

    for (int side = 0; side < MMI_SIDES; side++) {
        if (!socket->lanes[side].busy) {
            continue;
        }
        if (cancel(socket, (enum mmi_side)side)) {
            socket->lanes[side].busy = false;
        } else {
            gone = false;
        }
    }
    if (gone) {
        unlist(socket);
    } else {
        shutdown((int)socket->handle, SHUT_RDWR);
    }
    return gone;
}

/* ---- pools --------------------------------------------------------------- */

static void lend(struct mm_pool *pool, struct mmi_piece *piece)
{
    struct ring_pool *ring = pool->system;
    size_t place = (size_t)(piece - pool->pieces);

    io_uring_buf_ring_add(ring->ring, mmi_pool_octets(pool, piece),
                          (unsigned)pool->size, (unsigned short)place,
                          io_uring_buf_ring_mask((uint32_t)ring->entries), 0);
    io_uring_buf_ring_advance(ring->ring, 1);
    ring->lent++;
}

static enum mm_status open_pool(struct mm_pool *pool)
{
    struct ring_pool *ring = calloc(1, sizeof(*ring));
    void *memory;

    if (ring == NULL) {
        return MM_NO_MEMORY;
    }
    for (ring->entries = 1; ring->entries < pool->count;) {
        ring->entries *= 2;
    }
    memory = mmap(NULL, ring->entries * sizeof(struct io_uring_buf),
                  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        free(ring);
        return MM_NO_MEMORY;
    }
    ring->ring = memory;
    io_uring_buf_ring_init(ring->ring);
    pool->system = ring;
    return MM_OK;
}

/* A ring takes nothing from another thread than its own. */
static void register_pools(struct mm_port *port)
{
    struct uring *uring = port->system;

    for (struct mm_pool *pool = port->pools; pool != NULL; pool = pool->next) {
        struct ring_pool *ring = pool->system;
        struct io_uring_buf_reg wanted = {
            .ring_addr = (uint64_t)(uintptr_t)ring->ring,
            .ring_entries = (uint32_t)ring->entries,
            .bgid = pool->number,
        };

        if (!ring->registered) {
            ring->registered =
                io_uring_register_buf_ring(&uring->ring, &wanted, 0) == 0;
        }
    }
}

static void close_pools(struct mm_port *port)
{
    for (struct mm_pool *pool = port->pools; pool != NULL; pool = pool->next) {
        struct ring_pool *ring = pool->system;

        munmap(ring->ring, ring->entries * sizeof(struct io_uring_buf));
        free(ring);
        pool->system = NULL;
    }
}

/* ---- a port's life ------------------------------------------------------- */

/* What a thread has submitted ends with the thread. */
static bool has_died(pid_t thread)
{
    return syscall(SYS_tgkill, getpid(), thread, 0) != 0 && errno == ESRCH;
}

static enum mm_status abandon(struct mm_port *port)
{
    struct uring *uring = port->system;

    if (!uring->enabled || has_died(uring->owner)) {
        return MM_OK;
    }
    if (own_ring(uring) != MM_OK) {
        return MM_BUSY;
    }
    for (struct mm_socket *socket = port->sockets, *next; socket != NULL;
         socket = next) {
        next = socket->next;
        if (!socket->closing) {
            mmi_socket_end(socket);
        }
    }
    while (uring->taken > 0) {
        prepare_all(port);
        (void)enter(uring, MM_INFINITE);
        take_entries(port);
    }
    return MM_OK;
}

static void close_port(struct mm_port *port)
{
    struct uring *uring = port->system;

    if (uring == NULL) {
        return;
    }
    if (uring->opened) {
        io_uring_queue_exit(&uring->ring);
    }
    if (uring->bell >= 0) {
        close(uring->bell);
    }
    close_pools(port);
    free(uring);
    port->system = NULL;
}

static enum mm_status open_port(struct mm_port *port)
{
    struct uring *uring = calloc(1, sizeof(*uring));
    struct io_uring_params wanted = {
        .flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                 IORING_SETUP_R_DISABLED | IORING_SETUP_CQSIZE,
        .cq_entries = COMPLETIONS,
    };
    int failed;

    port->system = uring;
    if (uring == NULL) {
        return MM_NO_MEMORY;
    }
    uring->bell = eventfd(0, EFD_CLOEXEC);
    if (uring->bell < 0) {
        return mmi_os_error();
    }
    failed = io_uring_queue_init_params(SUBMISSIONS, &uring->ring, &wanted);
    if (failed < 0) {
        enum mm_status status = mmi_os_error_number(-failed);

        /* Old kernels know no such rings, containers deny them. */
        return status == MM_INVALID || status == MM_DENIED ? MM_UNSUPPORTED
                                                           : status;
    }
    uring->opened = true;
    return MM_OK;
}

const struct mmi_backend mmi_uring = {
    .way = MM_PORT_IO_URING,
    .socket_size = sizeof(struct ring_socket),
    .lends = true,
    .open = open_port,
    .close = close_port,
    .look = look,
    .abandon = abandon,
    .wake = wake,
    .add = add,
    .remove = remove_socket,
    .try = try_first,
    .cancel = cancel,
    .open_pool = open_pool,
    .lend = lend,
};

#else

static enum mm_status open_port(struct mm_port *port)
{
    (void)port;
    return MM_UNSUPPORTED;
}

static void close_port(struct mm_port *port)
{
    (void)port;
}

const struct mmi_backend mmi_uring = {
    .way = MM_PORT_IO_URING, .open = open_port, .close = close_port};

#endif
