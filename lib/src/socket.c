/* SPDX-License-Identifier: MIT */
#include <mapmark/socket.h>

#include <stdlib.h>
#include <string.h>

#include <mapmark/process.h>

#include "inject.h"
#include "net.h"
#include "proactor.h"

/* ---- a socket's life ----------------------------------------------------- */

static struct mm_socket *get_memory(struct mm_port *port)
{
    size_t size = sizeof(struct mm_socket) + port->backend->socket_size;
    struct mm_socket *socket = port->spare;

    if (socket == NULL) {
        return calloc(1, size);
    }
    port->spare = socket->next;
    memset(socket, 0, size);
    return socket;
}

struct mm_socket *mmi_socket_make(struct mm_port *port, intptr_t handle,
                                  enum mm_socket_family family,
                                  enum mm_socket_kind kind, uintptr_t key)
{
    struct mm_socket *socket = get_memory(port);

    if (socket == NULL) {
        return NULL;
    }
    socket->port = port;
    socket->handle = handle;
    socket->family = family;
    socket->kind = kind;
    socket->key = key;
    for (int side = 0; side < MMI_SIDES; side++) {
        mmi_lane_open(&socket->lanes[side]);
    }
    socket->next = port->sockets;
    if (port->sockets != NULL) {
        port->sockets->previous = socket;
    }
    port->sockets = socket;
    return socket;
}

void mmi_socket_drop(struct mm_socket *socket)
{
    struct mm_port *port = socket->port;

    if (socket->handle != -1) {
        mmi_net_close(socket->handle);
        socket->handle = -1;
    }
    if (socket->previous != NULL) {
        socket->previous->next = socket->next;
    } else {
        port->sockets = socket->next;
    }
    if (socket->next != NULL) {
        socket->next->previous = socket->previous;
    }
    socket->previous = NULL;
    socket->next = port->spare;
    port->spare = socket;
}

/* Out of the list of those that wait for a piece. */
static void stop_starving(struct mm_socket *socket)
{
    struct mm_socket **place = &socket->lanes[MMI_IN].first->pool->starved;

    while (*place != socket) {
        place = &(*place)->hungry;
    }
    *place = socket->hungry;
    socket->starving = false;
}

void mmi_socket_end(struct mm_socket *socket)
{
    bool gone;

    if (socket->starving) {
        stop_starving(socket);
    }
    socket->closing = true;
    gone = socket->port->backend->remove(socket);
    for (int side = 0; side < MMI_SIDES; side++) {
        struct mmi_lane *lane = &socket->lanes[side];
        struct mmi_operation *first = lane->first;

        while (first != NULL && (!lane->busy || first->next != NULL)) {
            mmi_lane_remove(lane->busy ? first->next : first, MM_CANCELLED);
            first = lane->first;
        }
    }
    if (gone) {
        mmi_socket_drop(socket);
    }
}

enum mm_status mm_socket_open(struct mm_port *port,
                              enum mm_socket_family family,
                              enum mm_socket_kind kind, uintptr_t key,
                              struct mm_socket **socket_out)
{
    struct mm_socket *socket = NULL;
    intptr_t handle = -1;
    enum mm_status status;

    if (socket_out == NULL) {
        return MM_INVALID;
    }
    *socket_out = NULL;
    if (port == NULL ||
        (family != MM_SOCKET_IPV4 && family != MM_SOCKET_IPV6) ||
        (kind != MM_SOCKET_TCP && kind != MM_SOCKET_UDP)) {
        return MM_INVALID;
    }
    status = mmi_net_open(family, kind, &handle);
    if (status != MM_OK) {
        return status;
    }
    mmi_lock_take(&port->lock);
    if (port->closing) {
        status = MM_CLOSED;
    } else {
        socket = mmi_socket_make(port, handle, family, kind, key);
        status = socket != NULL ? port->backend->add(socket) : MM_NO_MEMORY;
    }
    if (socket == NULL) {
        mmi_net_close(handle);
    } else if (status != MM_OK) {
        mmi_socket_drop(socket);
        socket = NULL;
    }
    mmi_lock_give(&port->lock);
    *socket_out = socket;
    return status;
}

void mm_socket_close(struct mm_socket *socket)
{
    struct mm_port *port;

    if (socket == NULL) {
        return;
    }
    port = socket->port;
    mmi_lock_take(&port->lock);
    if (port->process != mm_process_id(NULL)) {
        mmi_socket_drop(socket); /* a copy by fork() has its handle only */
    } else if (!socket->closing) {
        mmi_socket_end(socket);
    }
    mmi_lock_give(&port->lock);
}

/* ---- addresses ----------------------------------------------------------- */

struct mm_address mm_address_loopback(enum mm_socket_family family,
                                      uint16_t port)
{
    static const struct mm_address addresses[] = {
        {.family = MM_SOCKET_IPV4, .octets = {127, 0, 0, 1}},
        {.family = MM_SOCKET_IPV6, .octets = {[15] = 1}},
    };
    struct mm_address address = addresses[family == MM_SOCKET_IPV6 ? 1 : 0];

    address.port = port;
    return address;
}

enum mm_status mm_socket_bind(struct mm_socket *socket,
                              const struct mm_address *address)
{
    return socket != NULL && address != NULL
               ? mmi_net_bind(socket->handle, address)
               : MM_INVALID;
}

enum mm_status mm_socket_listen(struct mm_socket *socket, unsigned backlog)
{
    return socket != NULL && backlog > 0
               ? mmi_net_listen(socket->handle, backlog)
               : MM_INVALID;
}

enum mm_status mm_socket_local(const struct mm_socket *socket,
                               struct mm_address *address_out)
{
    if (address_out == NULL) {
        return MM_INVALID;
    }
    *address_out = (struct mm_address){0};
    return socket != NULL ? mmi_net_local(socket->handle, address_out)
                          : MM_INVALID;
}

enum mm_status mm_socket_peer(const struct mm_socket *socket,
                              struct mm_address *address_out)
{
    if (address_out == NULL) {
        return MM_INVALID;
    }
    *address_out = (struct mm_address){0};
    return socket != NULL ? mmi_net_peer(socket->handle, address_out)
                          : MM_INVALID;
}

uintptr_t mm_socket_key(const struct mm_socket *socket)
{
    uintptr_t key;

    mmi_lock_take(&socket->port->lock);
    key = socket->key;
    mmi_lock_give(&socket->port->lock);
    return key;
}

void mm_socket_set_key(struct mm_socket *socket, uintptr_t key)
{
    mmi_lock_take(&socket->port->lock);
    socket->key = key;
    mmi_lock_give(&socket->port->lock);
}

/* ---- starting ------------------------------------------------------------ */

/* Takes the lock, which who calls gives back, also after a failure. */
static enum mm_status begin(struct mm_socket *socket,
                            struct mm_operation *operation, enum mmi_task kind)
{
    struct mmi_operation *inside = mmi_operation_of(operation);
    enum mm_status status;

    mmi_inject();
    mmi_lock_take(&socket->port->lock);
    if (socket->closing) {
        return MM_CLOSED;
    }
    status = mmi_port_begin(socket->port, inside, kind, socket->key);
    if (status == MM_OK) {
        inside->socket = socket;
    }
    return status;
}

static enum mm_status go(struct mm_socket *socket,
                         struct mm_operation *operation, enum mm_status status)
{
    if (status == MM_OK) {
        mmi_lane_add(mmi_operation_of(operation));
    }
    mmi_lock_give(&socket->port->lock);
    return status;
}

static enum mm_status start(struct mm_socket *socket,
                            struct mm_operation *operation, enum mmi_task kind)
{
    if (socket == NULL || operation == NULL || socket->kind != MM_SOCKET_TCP) {
        return MM_INVALID;
    }
    return go(socket, operation, begin(socket, operation, kind));
}

enum mm_status mm_socket_accept(struct mm_socket *socket,
                                struct mm_operation *operation)
{
    return start(socket, operation, MMI_ACCEPT);
}

enum mm_status mm_socket_accept_many(struct mm_socket *socket,
                                     struct mm_operation *operation)
{
    return start(socket, operation, MMI_ACCEPT_MANY);
}

enum mm_status mm_socket_connect(struct mm_socket *socket,
                                 const struct mm_address *address,
                                 struct mm_operation *operation)
{
    struct mmi_net_address made;
    enum mm_status status;

    if (socket == NULL || operation == NULL || address == NULL ||
        address->family != socket->family ||
        !mmi_net_address_make(address, &made)) {
        return MM_INVALID;
    }
    status = begin(socket, operation, MMI_CONNECT);
    if (status == MM_OK) {
        mmi_operation_of(operation)->address = *address;
    }
    return go(socket, operation, status);
}

static bool are_valid(const struct mm_buffer *buffers, size_t count)
{
    uint64_t size = 0;

    if (count > MM_SOCKET_BUFFERS_MAX || (buffers == NULL && count > 0)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (buffers[i].size > MM_SOCKET_BYTES_MAX ||
            (buffers[i].octets == NULL && buffers[i].size > 0)) {
            return false;
        }
        size += buffers[i].size;
    }
    return size <= MM_SOCKET_BYTES_MAX;
}

/* As begin(), with buffers. */
static enum mm_status
begin_transfer(struct mm_socket *socket, const struct mm_buffer *buffers,
               size_t count, struct mm_operation *operation, enum mmi_task kind)
{
    struct mmi_operation *inside = mmi_operation_of(operation);
    enum mm_status status = begin(socket, operation, kind);

    if (status == MM_OK) {
        inside->count = count;
        if (count > 0) {
            memcpy(inside->buffers, buffers, count * sizeof(*buffers));
        }
    }
    return status;
}

static bool can_transfer(const struct mm_socket *socket,
                         const struct mm_buffer *buffers, size_t count,
                         const struct mm_operation *operation)
{
    return socket != NULL && operation != NULL && are_valid(buffers, count);
}

enum mm_status mm_socket_receive(struct mm_socket *socket,
                                 const struct mm_buffer *buffers, size_t count,
                                 struct mm_operation *operation)
{
    if (!can_transfer(socket, buffers, count, operation)) {
        return MM_INVALID;
    }
    return go(socket, operation,
              begin_transfer(socket, buffers, count, operation, MMI_RECEIVE));
}

enum mm_status mm_socket_receive_from(struct mm_socket *socket,
                                      const struct mm_buffer *buffers,
                                      size_t count, struct mm_address *from_out,
                                      struct mm_operation *operation)
{
    enum mm_status status;

    if (!can_transfer(socket, buffers, count, operation) || from_out == NULL ||
        socket->kind != MM_SOCKET_UDP) {
        return MM_INVALID;
    }
    status =
        begin_transfer(socket, buffers, count, operation, MMI_RECEIVE_FROM);
    if (status == MM_OK) {
        mmi_operation_of(operation)->from = from_out;
    }
    return go(socket, operation, status);
}

enum mm_status mm_socket_receive_many(struct mm_socket *socket,
                                      struct mm_pool *pool,
                                      struct mm_operation *operation)
{
    enum mm_status status;

    if (socket == NULL || operation == NULL || pool == NULL ||
        pool->port != socket->port || socket->kind != MM_SOCKET_TCP) {
        return MM_INVALID;
    }
    status = begin(socket, operation, MMI_RECEIVE_MANY);
    if (status == MM_OK) {
        mmi_operation_of(operation)->pool = pool;
    }
    return go(socket, operation, status);
}

enum mm_status mm_socket_send(struct mm_socket *socket,
                              const struct mm_buffer *buffers, size_t count,
                              struct mm_operation *operation)
{
    if (!can_transfer(socket, buffers, count, operation)) {
        return MM_INVALID;
    }
    return go(socket, operation,
              begin_transfer(socket, buffers, count, operation, MMI_SEND));
}

enum mm_status mm_socket_send_to(struct mm_socket *socket,
                                 const struct mm_buffer *buffers, size_t count,
                                 const struct mm_address *to,
                                 struct mm_operation *operation)
{
    struct mmi_net_address made;
    enum mm_status status;

    if (!can_transfer(socket, buffers, count, operation) || to == NULL ||
        socket->kind != MM_SOCKET_UDP || to->family != socket->family ||
        !mmi_net_address_make(to, &made)) {
        return MM_INVALID;
    }
    status = begin_transfer(socket, buffers, count, operation, MMI_SEND_TO);
    if (status == MM_OK) {
        mmi_operation_of(operation)->address = *to;
    }
    return go(socket, operation, status);
}

enum mm_status mm_socket_shutdown(struct mm_socket *socket,
                                  enum mm_socket_end end)
{
    enum mm_status status;

    if (socket == NULL || (unsigned)end > MM_SOCKET_END_BOTH) {
        return MM_INVALID;
    }
    mmi_lock_take(&socket->port->lock);
    if (socket->closing) {
        status = MM_CLOSED;
    } else if (end == MM_SOCKET_END_SEND &&
               socket->lanes[MMI_OUT].first != NULL) {
        status = MM_BUSY;
    } else {
        status = mmi_net_shutdown(socket->handle, end);
        socket->shut = socket->shut || status == MM_OK;
    }
    mmi_lock_give(&socket->port->lock);
    return status;
}
