/* SPDX-License-Identifier: MIT */
/*
 * Ports by io_uring(7), whose work is deferred to the one thread that waits.
 * Only that thread touches the ring; others put a lane into a list and ring a
 * bell. A socket is closed when the ring has nothing of it any more, because
 * close(2) alone does not end what the ring has.
 */
#include "backends.h"

#ifdef MMI_HAS_LIBURING

#include "readers.h"
#include "uring.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    SUBMISSIONS = 512,
    COMPLETIONS = 8192,
};

static const uint64_t ns_per_second = 1000000000;

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
    mmi_ring_prepare(port);
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
    port->calls++;
    if (failed < 0 && failed != -ETIME && failed != -EINTR &&
        failed != -EAGAIN && failed != -EBUSY) {
        return mmi_os_error_number(-failed);
    }
    mmi_ring_take(port);
    return MM_OK;
}

static void wake(struct mm_port *port)
{
    const struct uring *uring = port->system;
    const uint64_t one = 1;

    port->calls++;
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
        struct ring_lane *lane = &mmi_ring_socket(socket)->lanes[side];
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
        if (mmi_ring_cancel(socket, (enum mmi_side)side)) {
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
    while (uring->taken > 0 || uring->reads != NULL) {
        mmi_ring_prepare(port);
        (void)enter(uring, MM_INFINITE);
        mmi_ring_take(port);
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
    mmi_ring_close_pools(port);
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
    uring->port = port;
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
    .try = mmi_ring_try,
    .cancel = mmi_ring_cancel,
    .open_pool = mmi_ring_open_pool,
    .lend = mmi_ring_lend,
    .open_reader = mmi_readers_open_file,
    .close_reader = mmi_readers_close_file,
    .read = mmi_ring_read,
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
