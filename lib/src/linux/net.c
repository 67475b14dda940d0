/* SPDX-License-Identifier: MIT */

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockaddr.h"

enum mm_status mmi_net_status(long number)
{
    enum mm_status usual = mmi_os_error_number(number);

    switch (number) {
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE: /* after the reset has been told once */
        return MM_CONNECTION_RESET;
    case ECONNREFUSED:
        return MM_CONNECTION_REFUSED;
    case EADDRINUSE:
        return MM_ADDRESS_IN_USE;
    case EMSGSIZE:
        return MM_MESSAGE_TOO_LARGE;
    case ETIMEDOUT:
        return MM_TIMED_OUT;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EADDRNOTAVAIL:
        return MM_NOT_FOUND;
    case ENOTCONN:
        return MM_CLOSED;
    case ECANCELED:
        return MM_CANCELLED;
    case EAFNOSUPPORT:
        return MM_UNSUPPORTED;
    case ENOBUFS:
        return MM_NO_MEMORY;
    default:
        return usual;
    }
}

/* ---- sockets ------------------------------------------------------------- */

enum mm_status mmi_net_open(enum mm_socket_family family,
                            enum mm_socket_kind kind, intptr_t *handle_out)
{
    int type = kind == MM_SOCKET_TCP ? SOCK_STREAM : SOCK_DGRAM;
    int on = 1;
    int fd = socket(family == MM_SOCKET_IPV4 ? AF_INET : AF_INET6,
                    type | SOCK_CLOEXEC, 0);

    *handle_out = -1;
    if (fd < 0) {
        return mmi_net_status(errno);
    }
    /* What a listener accepts inherits it. */
    if (kind == MM_SOCKET_TCP &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0) {
        enum mm_status status = mmi_net_status(errno);

        close(fd);
        return status;
    }
    *handle_out = fd;
    return MM_OK;
}

void mmi_net_close(intptr_t handle)
{
    close((int)handle);
}

enum mm_status mmi_net_bind(intptr_t handle, const struct mm_address *address)
{
    struct mmi_net_address made;
    int on = 1;

    if (!mmi_net_address_make(address, &made)) {
        return MM_INVALID;
    }
    /* An address that only past connections still have is free. */
    if (setsockopt((int)handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) !=
            0 ||
        bind((int)handle, (const struct sockaddr *)(const void *)made.octets,
             (socklen_t)made.size) != 0) {
        return mmi_net_status(errno);
    }
    return MM_OK;
}

enum mm_status mmi_net_listen(intptr_t handle, unsigned backlog)
{
    int most = backlog > SOMAXCONN ? SOMAXCONN : (int)backlog;

    return listen((int)handle, most) == 0 ? MM_OK : mmi_net_status(errno);
}

static enum mm_status ask(int (*asked)(int, struct sockaddr *, socklen_t *),
                          intptr_t handle, struct mm_address *address_out)
{
    struct mmi_net_address made;
    socklen_t size = sizeof(made.octets);

    if (asked((int)handle, (struct sockaddr *)(void *)made.octets, &size) !=
        0) {
        return mmi_net_status(errno);
    }
    mmi_net_address_read(&made, address_out);
    return MM_OK;
}

enum mm_status mmi_net_local(intptr_t handle, struct mm_address *address_out)
{
    return ask(getsockname, handle, address_out);
}

enum mm_status mmi_net_peer(intptr_t handle, struct mm_address *address_out)
{
    return ask(getpeername, handle, address_out);
}

enum mm_status mmi_net_shutdown(intptr_t handle, enum mm_socket_end end)
{
    int how = end == MM_SOCKET_END_SEND ? SHUT_WR : SHUT_RDWR;

    return shutdown((int)handle, how) == 0 ? MM_OK : mmi_net_status(errno);
}
