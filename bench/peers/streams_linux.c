/* SPDX-License-Identifier: MIT */
/* What processes wake each other with through descriptors: a pipe, a socket of
 * the Unix family, a TCP connection of the loopback, and eventfd. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../channel.h"

/* Places of `handles`: what this side reads from and writes to, and in the
 * process that measures what the partner is to inherit; -1 where closed. */
enum { IN, OUT, PARTNER };

/* What the partner inherits, by its numbers. */
struct numbers {
    int fds[2];
};

static enum mm_status status_of(int failed)
{
    return failed != 0 ? MM_OS : MM_OK;
}

/* Channels that are open, and what becomes of SIGPIPE after the last one. */
static int open_channels;
static void (*sigpipe_before)(int);

/* Mark all as closed, before any is opened. A write to a pipe whose reader
 * has died is to be an error, and no death. */
static void begin(struct channel *channel)
{
    if (open_channels++ == 0) {
        sigpipe_before = signal(SIGPIPE, SIG_IGN);
    }
    for (int i = 0; i < CHANNEL_HANDLES; i++) {
        channel->handles[i] = -1;
    }
}

/* The partner's are inherited by the next process that is started, and ours
 * by none: each side must see the other one go. */
static enum mm_status offer(struct channel *channel)
{
    struct numbers *numbers = channel->memory;

    numbers->fds[IN] = (int)channel->handles[PARTNER + IN];
    numbers->fds[OUT] = (int)channel->handles[PARTNER + OUT];
    return status_of(
        fcntl((int)channel->handles[IN], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl((int)channel->handles[OUT], F_SETFD, FD_CLOEXEC) != 0);
}

static enum mm_status join(struct channel *channel)
{
    const struct numbers *numbers = channel->memory;

    begin(channel);
    channel->handles[IN] = numbers->fds[IN];
    channel->handles[OUT] = numbers->fds[OUT];
    return MM_OK;
}

/* Close those from `first` on; one can stand in two places. */
static void close_from(struct channel *channel, int first)
{
    for (int i = first; i < CHANNEL_HANDLES; i += 2) {
        if (channel->handles[i] >= 0) {
            close((int)channel->handles[i]);
        }
        if (channel->handles[i + 1] >= 0 &&
            channel->handles[i + 1] != channel->handles[i]) {
            close((int)channel->handles[i + 1]);
        }
        channel->handles[i] = channel->handles[i + 1] = -1;
    }
}

static void forget_partner(struct channel *channel)
{
    close_from(channel, PARTNER);
}

static void close_all(struct channel *channel)
{
    close_from(channel, IN);
    if (--open_channels == 0) {
        signal(SIGPIPE, sigpipe_before);
    }
}

static enum mm_status push(struct channel *channel, unsigned to,
                           const void *octets, size_t size)
{
    const char *from = octets;

    (void)to; /* there is one other side */
    while (size > 0) {
        ssize_t moved = write((int)channel->handles[OUT], from, size);

        if (moved < 0 && errno != EINTR) {
            return errno == EPIPE || errno == ECONNRESET ? MM_CLOSED : MM_OS;
        }
        from += moved > 0 ? moved : 0;
        size -= moved > 0 ? (size_t)moved : 0;
    }
    return MM_OK;
}

static enum mm_status pull(struct channel *channel, void *octets, size_t size)
{
    char *into = octets;

    while (size > 0) {
        ssize_t moved = read((int)channel->handles[IN], into, size);

        if (moved == 0 || (moved < 0 && errno == ECONNRESET)) {
            return MM_CLOSED;
        }
        if (moved < 0 && errno != EINTR) {
            return MM_OS;
        }
        into += moved > 0 ? moved : 0;
        size -= moved > 0 ? (size_t)moved : 0;
    }
    return MM_OK;
}

/* ---- pipe ---------------------------------------------------------------- */

static enum mm_status pipe_make(struct channel *channel)
{
    int there[2], back[2];

    begin(channel);
    if (pipe(there) != 0) {
        return MM_OS;
    }
    channel->handles[OUT] = there[1];
    channel->handles[PARTNER + IN] = there[0];
    if (pipe(back) != 0) {
        return MM_OS;
    }
    channel->handles[IN] = back[0];
    channel->handles[PARTNER + OUT] = back[1];
    return offer(channel);
}

const struct channel_kind channel_pipe = {
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
    .make = pipe_make,
    .started = forget_partner,
    .join = join,
    .wake = push,
    .wait = pull,
    .close = close_all,
};

/* ---- sockets ------------------------------------------------------------- */

static void keep(struct channel *channel, int first, int fd)
{
    channel->handles[first + IN] = channel->handles[first + OUT] = fd;
}

static enum mm_status unix_make(struct channel *channel)
{
    int pair[2];

    begin(channel);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return MM_OS;
    }
    keep(channel, IN, pair[0]);
    keep(channel, PARTNER, pair[1]);
    return offer(channel);
}

const struct channel_kind channel_unix_socket = {
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
    .make = unix_make,
    .started = forget_partner,
    .join = join,
    .wake = push,
    .wait = pull,
    .close = close_all,
};

/* Connect to oneself: whoever else comes first to that port is refused. */
static enum mm_status connect_pair(struct channel *channel, int listener)
{
    struct sockaddr_in here = {.sin_family = AF_INET}, from = {0};
    socklen_t size = sizeof(here);
    int one = 1, near, far;

    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&here, size) != 0 ||
        listen(listener, 1) != 0 ||
        getsockname(listener, (struct sockaddr *)&here, &size) != 0) {
        return MM_OS;
    }
    near = socket(AF_INET, SOCK_STREAM, 0);
    keep(channel, IN, near);
    if (near < 0 || connect(near, (struct sockaddr *)&here, size) != 0 ||
        getsockname(near, (struct sockaddr *)&here, &size) != 0) {
        return MM_OS;
    }
    far = accept(listener, (struct sockaddr *)&from, &size);
    keep(channel, PARTNER, far);
    if (far < 0 || from.sin_port != here.sin_port) {
        return MM_OS;
    }
    /* Else an answer waits for the acknowledgement of what it answers. */
    return status_of(
        setsockopt(near, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
        setsockopt(far, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)));
}

static enum mm_status tcp_make(struct channel *channel)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum mm_status status = MM_OS;

    begin(channel);
    if (listener >= 0) {
        status = connect_pair(channel, listener);
        close(listener);
    }
    return status == MM_OK ? offer(channel) : status;
}

const struct channel_kind channel_tcp = {
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
    .make = tcp_make,
    .started = forget_partner,
    .join = join,
    .wake = push,
    .wait = pull,
    .close = close_all,
};

/* ---- eventfd ------------------------------------------------------------- */

/* Both sides have both, side by side: a side may wake itself. */
static enum mm_status eventfd_make(struct channel *channel)
{
    struct numbers *numbers = channel->memory;

    begin(channel);
    for (int i = 0; i < CHANNEL_SIDES; i++) {
        numbers->fds[i] = eventfd(0, 0);
        channel->handles[i] = numbers->fds[i];
        if (numbers->fds[i] < 0) {
            return MM_OS;
        }
    }
    return MM_OK;
}

/* No other process has a use for them. */
static void eventfd_started(struct channel *channel)
{
    for (int i = 0; i < CHANNEL_SIDES; i++) {
        (void)fcntl((int)channel->handles[i], F_SETFD, FD_CLOEXEC);
    }
}

static enum mm_status eventfd_wake(struct channel *channel, unsigned to,
                                   const void *octets, size_t size)
{
    uint64_t one = 1;

    (void)octets;
    (void)size;
    return status_of(write((int)channel->handles[to], &one, sizeof(one)) !=
                     (ssize_t)sizeof(one));
}

static enum mm_status eventfd_wait(struct channel *channel, void *octets,
                                   size_t size)
{
    uint64_t count;
    ssize_t moved;

    (void)octets;
    (void)size;
    do {
        moved = read((int)channel->handles[channel->me], &count, sizeof(count));
    } while (moved < 0 && errno == EINTR);
    return status_of(moved != (ssize_t)sizeof(count));
}

const struct channel_kind channel_eventfd = {
    .policies = 1U << CHANNEL_PARK,
    .make = eventfd_make,
    .started = eventfd_started,
    .join = join,
    .wake = eventfd_wake,
    .wait = eventfd_wait,
    .close = close_all,
};

const struct channel_kind channel_named_pipe = {
    .why_not = "a named pipe of this kind is an object of Windows",
    .policies = 1U << CHANNEL_PARK,
    .carries = true,
};
