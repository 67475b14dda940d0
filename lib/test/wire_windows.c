/* SPDX-License-Identifier: MIT */
#include <winsock2.h>

#include <windows.h>
#include <ws2tcpip.h>

#include "wire.h"

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static bool open_wire(struct wire *wire, int type)
{
    WSADATA data;

    wire->handle = -1;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return false;
    }
    wire->handle = (intptr_t)socket(AF_INET, type, 0);
    return wire->handle != -1;
}

bool wire_connect(struct wire *wire, uint16_t port)
{
    struct sockaddr_in to = loopback(port);
    BOOL on = TRUE;

    if (!open_wire(wire, SOCK_STREAM)) {
        return false;
    }
    if (connect((SOCKET)wire->handle, (const struct sockaddr *)&to,
                sizeof(to)) != 0 ||
        setsockopt((SOCKET)wire->handle, IPPROTO_TCP, TCP_NODELAY,
                   (const char *)&on, sizeof(on)) != 0) {
        wire_close(wire);
        return false;
    }
    return true;
}

static bool bind_wire(struct wire *wire, int type, uint16_t *port_out)
{
    struct sockaddr_in at = loopback(0);
    int size = sizeof(at);

    if (!open_wire(wire, type) ||
        bind((SOCKET)wire->handle, (const struct sockaddr *)&at, size) != 0 ||
        getsockname((SOCKET)wire->handle, (struct sockaddr *)&at, &size) != 0) {
        return false;
    }
    *port_out = ntohs(at.sin_port);
    return true;
}

bool wire_listen(struct wire *wire, uint16_t *port_out)
{
    return bind_wire(wire, SOCK_STREAM, port_out) &&
           listen((SOCKET)wire->handle, 1) == 0;
}

bool wire_accept(const struct wire *listener, struct wire *accepted_out)
{
    accepted_out->handle =
        (intptr_t)accept((SOCKET)listener->handle, NULL, NULL);
    return accepted_out->handle != -1;
}

bool wire_open_datagrams(struct wire *wire, uint16_t *port_out)
{
    return bind_wire(wire, SOCK_DGRAM, port_out);
}

bool wire_send_to(const struct wire *wire, uint16_t port, const void *octets,
                  size_t size)
{
    struct sockaddr_in to = loopback(port);

    return sendto((SOCKET)wire->handle, octets, (int)size, 0,
                  (const struct sockaddr *)&to, sizeof(to)) == (int)size;
}

bool wire_send(const struct wire *wire, const void *octets, size_t size)
{
    const char *from = octets;

    while (size > 0) {
        int put = send((SOCKET)wire->handle, from, (int)size, 0);

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
        int got = recv((SOCKET)wire->handle, to + done, (int)(size - done), 0);

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
    shutdown((SOCKET)wire->handle, SD_SEND);
}

void wire_close(struct wire *wire)
{
    if (wire->handle != -1) {
        closesocket((SOCKET)wire->handle);
    }
    wire->handle = -1;
}

void wire_reset(struct wire *wire)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt((SOCKET)wire->handle, SOL_SOCKET, SO_LINGER,
               (const char *)&at_once, sizeof(at_once));
    wire_close(wire);
}
