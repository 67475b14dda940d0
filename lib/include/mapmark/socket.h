/* SPDX-License-Identifier: MIT */
/* Sockets whose operations complete through a port. */
#ifndef MAPMARK_SOCKET_H
#define MAPMARK_SOCKET_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/pool.h>
#include <mapmark/port.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum mm_socket_family {
    MM_SOCKET_IPV4 = 4,
    MM_SOCKET_IPV6 = 6,
};

enum mm_socket_kind {
    MM_SOCKET_TCP = 1,
    MM_SOCKET_UDP = 2,
};

/** Where somebody can be reached. */
struct mm_address {
    uint16_t family; /* of enum mm_socket_family */
    uint16_t port;
    uint32_t scope;     /* of an address of a link; 0: none */
    uint8_t octets[16]; /* as they are sent; 4 of them of MM_SOCKET_IPV4 */
};

/** Octets of the caller's. */
struct mm_buffer {
    void *octets;
    size_t size;
};

enum {
    /** Buffers of one operation at most. */
    MM_SOCKET_BUFFERS_MAX = 8,
    /** Octets of one operation at most. */
    MM_SOCKET_BYTES_MAX = 1 << 30,
};

/** Which way to shut. */
enum mm_socket_end {
    MM_SOCKET_END_SEND,
    MM_SOCKET_END_BOTH,
};

/**
 * The address of this machine that only itself can reach.
 *
 * Units:     `port` as it is written; 0 lets the system choose.
 * Errors:    none; another `family` is taken for MM_SOCKET_IPV4.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API struct mm_address mm_address_loopback(enum mm_socket_family family,
                                             uint16_t port);

/**
 * Open a socket whose operations complete through `port` with `key`. TCP sends
 * at once, without waiting for more to send (TCP_NODELAY).
 *
 * Units:     none.
 * Errors:    MM_INVALID, MM_UNSUPPORTED (no such family here), MM_TOO_MANY,
 *            MM_NO_MEMORY, MM_CLOSED, MM_OS. On failure `*socket_out` is NULL.
 * Ownership: the caller owns `*socket_out` and gives it to mm_socket_close().
 * Threads:   safe from any thread.
 * Source:    R-12; WSASocketW, socket(2).
 */
MM_API enum mm_status mm_socket_open(struct mm_port *port,
                                     enum mm_socket_family family,
                                     enum mm_socket_kind kind, uintptr_t key,
                                     struct mm_socket **socket_out);

/**
 * Give the socket an address of its own.
 *
 * Units:     port 0 lets the system choose.
 * Errors:    MM_INVALID, MM_ADDRESS_IN_USE, MM_DENIED, MM_NOT_FOUND (no such
 *            address here), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_socket_bind(struct mm_socket *socket,
                                     const struct mm_address *address);

/**
 * Let others connect.
 *
 * Units:     `backlog` connections that nobody has accepted, at least 1; the
 *            system may allow fewer.
 * Errors:    MM_INVALID, MM_ADDRESS_IN_USE, MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_socket_listen(struct mm_socket *socket,
                                       unsigned backlog);

/**
 * Tell the socket's own address.
 *
 * Units:     none.
 * Errors:    MM_INVALID, MM_OS; `*address_out` is then all zero.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_socket_local(const struct mm_socket *socket,
                                      struct mm_address *address_out);

/**
 * Tell the address of the socket's peer.
 *
 * Units:     none.
 * Errors:    as mm_socket_local(), and MM_CLOSED (no peer).
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_socket_peer(const struct mm_socket *socket,
                                     struct mm_address *address_out);

/**
 * Tell the key that the socket's completions have.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API uintptr_t mm_socket_key(const struct mm_socket *socket);

/**
 * Give the socket another key, for what is started from now on: an accepted
 * one begins with its listener's.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API void mm_socket_set_key(struct mm_socket *socket, uintptr_t key);

/**
 * Accept one connection: the completion has it, with the listener's port and
 * key. Clients that have gone before are passed over.
 *
 * Units:     none.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_TOO_MANY (no descriptor left; start
 *            again when there is one), MM_CANCELLED, MM_NO_MEMORY, MM_OS.
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    AcceptEx, accept(2).
 */
MM_API enum mm_status mm_socket_accept(struct mm_socket *socket,
                                       struct mm_operation *operation);

/**
 * Accept every connection, each a completion with MM_COMPLETION_MORE, until it
 * fails, is cancelled, or the listener is closed.
 *
 * Units:     none.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the last completion: as mm_socket_accept().
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    io_uring_prep_multishot_accept(3).
 */
MM_API enum mm_status mm_socket_accept_many(struct mm_socket *socket,
                                            struct mm_operation *operation);

/**
 * Connect.
 *
 * Units:     none.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_CONNECTION_REFUSED, MM_CONNECTION_RESET,
 *            MM_TIMED_OUT, MM_NOT_FOUND (no way there), MM_ADDRESS_IN_USE,
 *            MM_DENIED, MM_CANCELLED, MM_OS.
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    ConnectEx, connect(2).
 */
MM_API enum mm_status mm_socket_connect(struct mm_socket *socket,
                                        const struct mm_address *address,
                                        struct mm_operation *operation);

/**
 * Receive into buffers, in their order, as much as there is, but at least one
 * octet. Without any room it completes when there is something to receive. A
 * datagram without octets is one of 0 bytes.
 *
 * Units:     at most MM_SOCKET_BUFFERS_MAX buffers; the list is copied.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_CONNECTION_RESET, MM_MESSAGE_TOO_LARGE (a
 *            datagram larger than its room; the rest is lost), MM_CANCELLED,
 *            MM_TIMED_OUT, MM_OS. The end is MM_OK with MM_COMPLETION_END.
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    R-12; WSARecv, recv(2).
 */
MM_API enum mm_status mm_socket_receive(struct mm_socket *socket,
                                        const struct mm_buffer *buffers,
                                        size_t count,
                                        struct mm_operation *operation);

/**
 * As mm_socket_receive(), of a datagram, whose sender is told: `*from_out` is
 * written before it completes.
 *
 * Units:     as mm_socket_receive().
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: as mm_socket_receive().
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    WSARecvFrom, recvmsg(2).
 */
MM_API enum mm_status mm_socket_receive_from(struct mm_socket *socket,
                                             const struct mm_buffer *buffers,
                                             size_t count,
                                             struct mm_address *from_out,
                                             struct mm_operation *operation);

/**
 * Receive all that comes over a connection into buffers of a pool of the same
 * port, each a completion with MM_COMPLETION_MORE. Where the pool is empty it
 * waits for a buffer to be given.
 *
 * Units:     none.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the last completion: as mm_socket_receive().
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    io_uring_prep_recv_multishot(3).
 */
MM_API enum mm_status mm_socket_receive_many(struct mm_socket *socket,
                                             struct mm_pool *pool,
                                             struct mm_operation *operation);

/**
 * Send buffers, in their order, and all of them. Sends that wait for another
 * one are handed to the system together.
 *
 * Units:     at most MM_SOCKET_BUFFERS_MAX buffers; the list is copied.
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_CONNECTION_RESET, MM_CLOSED (it was
 *            shut), MM_CANCELLED, MM_TIMED_OUT, MM_OS; its `bytes` went.
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    R-12; WSASend, sendmsg(2).
 */
MM_API enum mm_status mm_socket_send(struct mm_socket *socket,
                                     const struct mm_buffer *buffers,
                                     size_t count,
                                     struct mm_operation *operation);

/**
 * Send one datagram to an address.
 *
 * Units:     as mm_socket_send().
 * Errors:    of the start: MM_INVALID, MM_BUSY (the operation has been started
 *            already), MM_CLOSED; then there is no completion.
 *            Of the completion: MM_MESSAGE_TOO_LARGE, MM_NOT_FOUND (no way
 *            there), MM_CANCELLED, MM_OS.
 * Ownership: the operation and all that it was given belong to the library
 *            until its completion was returned.
 * Threads:   safe from any thread; the operation does not depend on it.
 * Source:    WSASendTo, sendmsg(2).
 */
MM_API enum mm_status mm_socket_send_to(struct mm_socket *socket,
                                        const struct mm_buffer *buffers,
                                        size_t count,
                                        const struct mm_address *to,
                                        struct mm_operation *operation);

/**
 * Tell the peer that no more will be sent, once what is to be sent has gone to
 * the system; or shut both ways at once.
 *
 * Units:     none.
 * Errors:    MM_INVALID, MM_BUSY (sends wait, and they are to end), MM_CLOSED
 *            (no peer), MM_OS.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_socket_shutdown(struct mm_socket *socket,
                                         enum mm_socket_end end);

/**
 * Close a socket; NULL is allowed. All that was started there completes,
 * with MM_CANCELLED unless its result was there first; the peer learns of it at
 * once, and a listener refuses.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `socket`.
 * Threads:   no other thread may be using `socket`.
 * Source:    closesocket, close(2).
 */
MM_API void mm_socket_close(struct mm_socket *socket);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_SOCKET_H */
