/* SPDX-License-Identifier: MIT */
/* An echo server by the library's port. */
#include <stdlib.h>

#include <mapmark/socket.h>

#include "echo.h"

enum { BATCH = 64, BACKLOG = 1024 };

/* A connection: what was received is sent before more is received. */
struct echoer {
    struct mm_socket *socket;
    struct mm_operation operation;
    bool sends;
    size_t room;
    unsigned char octets[];
};

static enum mm_status receive(struct echoer *echoer)
{
    const struct mm_buffer room = {echoer->octets, echoer->room};

    echoer->sends = false;
    return mm_socket_receive(echoer->socket, &room, 1, &echoer->operation);
}

static enum mm_status reply(struct echoer *echoer, uint64_t bytes)
{
    const struct mm_buffer part = {echoer->octets, (size_t)bytes};

    echoer->sends = true;
    return mm_socket_send(echoer->socket, &part, 1, &echoer->operation);
}

static enum mm_status welcome(struct mm_socket *socket, size_t octets)
{
    struct echoer *echoer = calloc(1, sizeof(*echoer) + octets);

    if (echoer == NULL) {
        mm_socket_close(socket);
        return MM_NO_MEMORY;
    }
    echoer->socket = socket;
    echoer->operation.user = echoer;
    echoer->room = octets;
    return receive(echoer);
}

static void go_on(const struct mm_completion *completion)
{
    struct echoer *echoer = completion->operation->user;
    bool fine = completion->status == MM_OK;

    if (fine && echoer->sends) {
        fine = receive(echoer) == MM_OK;
    } else if (fine) {
        fine =
            completion->bytes > 0 && reply(echoer, completion->bytes) == MM_OK;
    }
    if (!fine) {
        mm_socket_close(echoer->socket);
        free(echoer);
    }
}

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

static enum mm_status serve_by(enum mm_port_way way,
                               const struct echo_terms *terms)
{
    const struct mm_port_options options = {.way = way};
    struct mm_completion completions[BATCH];
    struct mm_operation accept = {0};
    struct mm_port *port = NULL;
    enum mm_status status = mm_port_create(&options, &port);
    size_t count = 0;

    if (status == MM_OK) {
        status = listen_at(port, &accept, terms);
    }
    while (status == MM_OK) {
        status = mm_port_wait(port, completions, BATCH, MM_INFINITE, &count);
        for (size_t i = 0; i < count && status == MM_OK; i++) {
            if (completions[i].operation != &accept) {
                go_on(&completions[i]);
            } else if (completions[i].status == MM_OK) {
                status = welcome(completions[i].socket, terms->octets);
            } else {
                status = completions[i].status;
            }
        }
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
