/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static bool open_wire(struct wire *wire, int type)
{
    wire->handle = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    return wire->handle >= 0;
}

bool wire_connect(struct wire *wire, uint16_t port)
{
    struct sockaddr_in to = loopback(port);
    int on = 1;

    if (!open_wire(wire, SOCK_STREAM)) {
        return false;
    }
    if (connect((int)wire->handle, (const struct sockaddr *)&to, sizeof(to)) !=
            0 ||
        setsockopt((int)wire->handle, IPPROTO_TCP, TCP_NODELAY, &on,
                   sizeof(on)) != 0) {
        wire_close(wire);
        return false;
    }
    return true;
}

static bool bind_wire(struct wire *wire, int type, uint16_t *port_out)
{
    struct sockaddr_in at = loopback(0);
    socklen_t size = sizeof(at);

    if (!open_wire(wire, type) ||
        bind((int)wire->handle, (const struct sockaddr *)&at, size) != 0 ||
        getsockname((int)wire->handle, (struct sockaddr *)&at, &size) != 0) {
        return false;
    }
    *port_out = ntohs(at.sin_port);
    return true;
}

bool wire_listen(struct wire *wire, uint16_t *port_out)
{
    return bind_wire(wire, SOCK_STREAM, port_out) &&
           listen((int)wire->handle, 1) == 0;
}

bool wire_accept(const struct wire *listener, struct wire *accepted_out)
{
    accepted_out->handle = accept((int)listener->handle, NULL, NULL);
    return accepted_out->handle >= 0;
}

bool wire_open_datagrams(struct wire *wire, uint16_t *port_out)
{
    return bind_wire(wire, SOCK_DGRAM, port_out);
}

bool wire_send_to(const struct wire *wire, uint16_t port, const void *octets,
                  size_t size)
{
    struct sockaddr_in to = loopback(port);

    return sendto((int)wire->handle, octets, size, 0,
                  (const struct sockaddr *)&to, sizeof(to)) == (ssize_t)size;
}

bool wire_send(const struct wire *wire, const void *octets, size_t size)
{
    const char *from = octets;

    while (size > 0) {
        ssize_t put = send((int)wire->handle, from, size, MSG_NOSIGNAL);

        if (put <= 0) {
            return false;
        }
        from += put;
        size -= (size_t)put;
    }
    return true;
}

int64_t wire_receive(const struct wire *wire, void *octets, size_t size)
{
    char *to = octets;
    size_t done = 0;

    while (done < size) {
        ssize_t got = recv((int)wire->handle, to + done, size - done, 0);

        if (got < 0) {
            return -1;
        }
        if (got == 0) {
            break;
        }
        done += (size_t)got;
    }
    return (int64_t)done;
}

void wire_shut(const struct wire *wire)
{
    shutdown((int)wire->handle, SHUT_WR);
}

void wire_close(struct wire *wire)
{
    if (wire->handle >= 0) {
        close((int)wire->handle);
    }
    wire->handle = -1;
}

void wire_reset(struct wire *wire)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt((int)wire->handle, SOL_SOCKET, SO_LINGER, &at_once,
               sizeof(at_once));
    wire_close(wire);
}
