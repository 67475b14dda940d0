/* SPDX-License-Identifier: MIT */
/*
 * An echo server by the library's port. A connection has two buffers, so that
 * more is received while the answer is sent: both are handed to the system in
 * one call, and nobody waits to be told that an answer went.
 */
#include <stdlib.h>

#include <mapmark/socket.h>

#include "echo.h"

enum {
    BATCH = 64,
    BACKLOG = 1024,
    BUFFERS = 2,
    /* More than a message: less than there is room for is all there is, and
     * the system is not asked once more. */
    ROOM_SPARE = 4096,
};

struct guest;

struct answer {
    struct mm_operation operation;
    struct guest *guest;
    bool under_way;
    unsigned char *octets;
};

struct guest {
    struct mm_socket *socket;
    struct mm_operation receive;
    size_t size;
    unsigned fills; /* the buffer that is received into, now or next */
    bool receives;
    bool leaves;
    struct answer answers[BUFFERS];
    unsigned char octets[];
};

/* ---- connections --------------------------------------------------------- */

/* It goes when the port has nothing of it any more. */
static void leave(struct guest *guest)
{
    if (!guest->leaves) {
        guest->leaves = true;
        mm_socket_close(guest->socket);
    }
    if (!guest->receives && !guest->answers[0].under_way &&
        !guest->answers[1].under_way) {
        free(guest);
    }
}

/* Unless the buffer is still being sent. */
static enum mm_status receive(struct guest *guest)
{
    const struct answer *buffer = &guest->answers[guest->fills];
    const struct mm_buffer room = {buffer->octets, guest->size};
    enum mm_status status = MM_OK;

    if (!guest->receives && !buffer->under_way) {
        status = mm_socket_receive(guest->socket, &room, 1, &guest->receive);
        guest->receives = status == MM_OK;
    }
    return status;
}

static enum mm_status welcome(struct mm_socket *socket, size_t size)
{
    struct guest *guest = calloc(1, sizeof(*guest) + BUFFERS * size);

    if (guest == NULL) {
        mm_socket_close(socket);
        return MM_NO_MEMORY;
    }
    guest->socket = socket;
    guest->size = size;
    guest->receive.user = guest;
    for (size_t i = 0; i < BUFFERS; i++) {
        guest->answers[i].guest = guest;
        guest->answers[i].octets = guest->octets + i * size;
        guest->answers[i].operation.user = &guest->answers[i];
    }
    mm_socket_set_key(socket, (uintptr_t)guest);
    return receive(guest);
}

static void take_received(struct guest *guest,
                          const struct mm_completion *received)
{
    struct answer *answer = &guest->answers[guest->fills];
    const struct mm_buffer part = {answer->octets, (size_t)received->bytes};

    guest->receives = false;
    if (received->status != MM_OK || received->bytes == 0 ||
        mm_socket_send(guest->socket, &part, 1, &answer->operation) != MM_OK) {
        leave(guest);
        return;
    }
    answer->under_way = true;
    guest->fills = (guest->fills + 1) % BUFFERS;
    if (receive(guest) != MM_OK) {
        leave(guest);
    }
}

static void take_sent(struct answer *answer, const struct mm_completion *sent)
{
    answer->under_way = false;
    if (sent->status != MM_OK || answer->guest->leaves ||
        receive(answer->guest) != MM_OK) {
        leave(answer->guest);
    }
}

/* The key of what a connection completes is the connection. */
static void take(const struct mm_completion *completion)
{
    struct guest *guest = (struct guest *)completion->key;

    if (completion->operation == &guest->receive) {
        take_received(guest, completion);
    } else {
        take_sent(completion->operation->user, completion);
    }
}

/* ---- serving ------------------------------------------------------------- */

static enum mm_status listen_at(struct mm_port *port,
                                struct mm_operation *accept,
                                const struct echo_terms *terms)
{
    struct mm_address address = mm_address_loopback(MM_SOCKET_IPV4, 0);
    struct mm_socket *listener = NULL;
    enum mm_status status =
        mm_socket_open(port, MM_SOCKET_IPV4, MM_SOCKET_TCP, 0, &listener);

    if (status == MM_OK) {
        status = mm_socket_bind(listener, &address);
    }
    if (status == MM_OK) {
        status = mm_socket_listen(listener, BACKLOG);
    }
    if (status == MM_OK) {
        status = mm_socket_local(listener, &address);
    }
    if (status == MM_OK) {
        status = mm_socket_accept_many(listener, accept);
    }
    if (status == MM_OK) {
        terms->listens(terms->context, address.port);
    }
    return status;
}

static enum mm_status run(struct mm_port *port,
                          const struct mm_operation *accept,
                          const struct echo_terms *terms)
{
    struct mm_completion completions[BATCH];
    enum mm_status status = MM_OK;
    size_t count = 0;

    while (status == MM_OK) {
        terms->has_called(terms->context, mm_port_calls(port));
        status = mm_port_wait(port, completions, BATCH, MM_INFINITE, &count);
        for (size_t i = 0; i < count && status == MM_OK; i++) {
            const struct mm_completion *completion = &completions[i];

            if (completion->operation != accept) {
                take(completion);
            } else if (completion->status == MM_OK) {
                status =
                    welcome(completion->socket, terms->octets + ROOM_SPARE);
            } else {
                status = completion->status;
            }
        }
    }
    return status;
}

static enum mm_status serve_by(enum mm_port_way way,
                               const struct echo_terms *terms)
{
    const struct mm_port_options options = {.way = way};
    struct mm_operation accept = {0};
    struct mm_port *port = NULL;
    enum mm_status status = mm_port_create(&options, &port);

    if (status == MM_OK) {
        status = listen_at(port, &accept, terms);
    }
    if (status == MM_OK) {
        status = run(port, &accept, terms);
    }
    (void)mm_port_close(port);
    return status;
}

static enum mm_status serve(const struct echo_terms *terms)
{
    return serve_by(MM_PORT_ANY, terms);
}

static enum mm_status serve_by_epoll(const struct echo_terms *terms)
{
    return serve_by(MM_PORT_EPOLL, terms);
}

const struct echo_kind echo_port = {.serve = serve};
const struct echo_kind echo_port_epoll = {.serve = serve_by_epoll};
