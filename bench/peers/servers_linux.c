/* SPDX-License-Identifier: MIT */
/* Echo servers as one writes them for Linux alone: bare loops around epoll and
 * io_uring, which know that a message is answered before the next one comes. */
#include "../echo.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BACKLOG = 1024 };

static int listen_at(const struct echo_terms *terms, int flags)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(at);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

    if (fd < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        bind(fd, (const struct sockaddr *)&at, size) != 0 ||
        listen(fd, BACKLOG) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) != 0) {
        return -1;
    }
    terms->listens(terms->context, ntohs(at.sin_port));
    return fd;
}

/* ---- epoll --------------------------------------------------------------- */

static void accept_all(int poll, int listener)
{
    for (;;) {
        struct epoll_event event = {.events = EPOLLIN};

        event.data.fd =
            accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (event.data.fd < 0) {
            return;
        }
        (void)epoll_ctl(poll, EPOLL_CTL_ADD, event.data.fd, &event);
    }
}

/* What the system does not take at once is waited for: a loop of this kind has
 * nothing else to do then. */
static int reply(int fd, const char *octets, size_t size, uint64_t *calls)
{
    while (size > 0) {
        ssize_t put = send(fd, octets, size, MSG_NOSIGNAL);

        ++*calls;
        if (put < 0 && errno != EAGAIN) {
            return -1;
        }
        if (put > 0) {
            octets += put;
            size -= (size_t)put;
        }
    }
    return 0;
}

static enum mm_status serve_by_epoll(const struct echo_terms *terms)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_at(terms, SOCK_NONBLOCK);
    struct epoll_event events[EVENTS] = {
        {.events = EPOLLIN, .data = {.fd = listener}}};
    char *octets = malloc(ECHO_OCTETS_MAX);
    uint64_t calls = 1;

    if (poll < 0 || listener < 0 || octets == NULL ||
        epoll_ctl(poll, EPOLL_CTL_ADD, listener, &events[0]) != 0) {
        free(octets);
        return MM_OS;
    }
    for (;;) {
        int count;

        terms->has_called(terms->context, calls++);
        count = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            ssize_t got;

            if (fd == listener) {
                accept_all(poll, listener);
                continue;
            }
            got = recv(fd, octets, ECHO_OCTETS_MAX, 0);
            calls++;
            if (got == 0 || (got < 0 && errno != EAGAIN) ||
                (got > 0 && reply(fd, octets, (size_t)got, &calls) != 0)) {
                close(fd);
            }
        }
    }
}

const struct echo_kind echo_epoll = {.serve = serve_by_epoll};

/* ---- io_uring ------------------------------------------------------------ */

#ifdef BENCH_HAS_URING

#include <liburing.h>

enum {
    ENTRIES = 1024,
    COMPLETIONS = 8192,
    ACCEPTS = 0,
    RECEIVES = 1,
    SENDS = 2,
    KINDS_BITS = 2,
};

struct guest {
    int fd;
    char octets[];
};

static struct io_uring_sqe *get_entry(struct io_uring *ring)
{
    struct io_uring_sqe *entry = io_uring_get_sqe(ring);

    while (entry == NULL) {
        io_uring_submit(ring);
        entry = io_uring_get_sqe(ring);
    }
    return entry;
}

static void receive(struct io_uring *ring, struct guest *guest, size_t size)
{
    struct io_uring_sqe *entry = get_entry(ring);

    io_uring_prep_recv(entry, guest->fd, guest->octets, size, 0);
    entry->ioprio |= IORING_RECVSEND_POLL_FIRST;
    io_uring_sqe_set_data64(entry, (uint64_t)(uintptr_t)guest | RECEIVES);
}

static void welcome(struct io_uring *ring, int fd, size_t size)
{
    struct guest *guest = fd >= 0 ? malloc(sizeof(*guest) + size) : NULL;

    if (guest == NULL) {
        return;
    }
    guest->fd = fd;
    receive(ring, guest, size);
}

static void take(struct io_uring *ring, const struct io_uring_cqe *entry,
                 size_t size)
{
    const uint64_t mask = (1u << KINDS_BITS) - 1;
    uint64_t data = io_uring_cqe_get_data64(entry);
    struct guest *guest = (struct guest *)(uintptr_t)(data & ~mask);
    struct io_uring_sqe *next;

    if ((data & mask) == ACCEPTS) {
        welcome(ring, entry->res, size);
    } else if (entry->res <= 0) {
        close(guest->fd);
        free(guest);
    } else if ((data & mask) == SENDS) {
        receive(ring, guest, size);
    } else {
        next = get_entry(ring);
        io_uring_prep_send(next, guest->fd, guest->octets, (size_t)entry->res,
                           MSG_NOSIGNAL | MSG_WAITALL);
        io_uring_sqe_set_data64(next, (uint64_t)(uintptr_t)guest | SENDS);
    }
}

static enum mm_status serve_by_uring(const struct echo_terms *terms)
{
    struct io_uring_params wanted = {.flags = IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN |
                                              IORING_SETUP_CQSIZE,
                                     .cq_entries = COMPLETIONS};
    struct io_uring_sqe *entry;
    struct io_uring ring;
    uint64_t calls = 1;
    int listener;

    if (io_uring_queue_init_params(ENTRIES, &ring, &wanted) < 0) {
        return MM_UNSUPPORTED;
    }
    listener = listen_at(terms, 0);
    if (listener < 0) {
        return MM_OS;
    }
    (void)io_uring_register_ring_fd(&ring);
    entry = get_entry(&ring);
    io_uring_prep_multishot_accept(entry, listener, NULL, NULL, SOCK_CLOEXEC);
    io_uring_sqe_set_data64(entry, ACCEPTS);
    for (;;) {
        struct io_uring_cqe *done;
        unsigned head, count = 0;

        terms->has_called(terms->context, calls++);
        io_uring_submit_and_wait(&ring, 1);
        io_uring_for_each_cqe(&ring, head, done)
        {
            take(&ring, done, terms->octets);
            count++;
        }
        io_uring_cq_advance(&ring, count);
    }
}

const struct echo_kind echo_uring = {.serve = serve_by_uring};

#else

const struct echo_kind echo_uring = {.why_not = "liburing was not there when "
                                                "this program was built"};

#endif
