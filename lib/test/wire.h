/* SPDX-License-Identifier: MIT */
/* The other side of a connection: the system's own blocking sockets, so that
 * what the library does is seen by somebody else. One file a system. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire {
    intptr_t handle; /* -1: none */
};

/* To a port of this machine's loopback. False when that is refused. */
bool wire_connect(struct wire *wire, uint16_t port);

/* Listen at a port of the system's choice, and accept one. */
bool wire_listen(struct wire *wire, uint16_t *port_out);
bool wire_accept(const struct wire *listener, struct wire *accepted_out);

/* A datagram socket with a port of its own. */
bool wire_open_datagrams(struct wire *wire, uint16_t *port_out);
bool wire_send_to(const struct wire *wire, uint16_t port, const void *octets,
                  size_t size);

/* All of it. */
bool wire_send(const struct wire *wire, const void *octets, size_t size);

/* What comes until `size` octets are there or the peer has ended; how many.
 * -1 for a failure, such as a reset. */
int64_t wire_receive(const struct wire *wire, void *octets, size_t size);

/* No more will be sent. */
void wire_shut(const struct wire *wire);

/* Close as usual, or so that the peer gets a reset. */
void wire_close(struct wire *wire);
void wire_reset(struct wire *wire);

#endif /* WIRE_H */
