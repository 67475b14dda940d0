/* SPDX-License-Identifier: MIT */
/* Completion ports: what was started ends here, whichever thread waits. */
#ifndef MAPMARK_PORT_H
#define MAPMARK_PORT_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_port;
struct mm_socket;

/**
 * Something that was started, owned by the caller, so that starting allocates
 * nothing. All zero before its first start; nobody but the library touches it,
 * and it stays where it is, from its start until its completion was returned.
 * Then it may be started again.
 */
struct mm_operation {
    void *user; /* the caller's own; comes back with the completion */
    uint64_t opaque[52];
};

/** What else there is to say of a completion. */
enum mm_completion_flag {
    /** The operation goes on: more completions of it follow. */
    MM_COMPLETION_MORE = 1 << 0,
    /** The peer will send no more; `bytes` is 0. */
    MM_COMPLETION_END = 1 << 1,
};

/** One of them; what does not apply is zero. */
struct mm_completion {
    struct mm_operation *operation; /* NULL: a post without one */
    uintptr_t key;                  /* of the socket, timer or post */
    enum mm_status status;          /* of what was started */
    unsigned flags;                 /* of enum mm_completion_flag */
    uint64_t bytes;
    /** Of mm_socket_receive_many(): `bytes` octets of the pool's, the caller's
     * until mm_pool_give(). */
    void *buffer;
    /** Of mm_socket_accept() and mm_socket_accept_many(): the new one, the
     * caller's until mm_socket_close(). */
    struct mm_socket *socket;
};

/** By what a port is made. */
enum mm_port_way {
    MM_PORT_ANY, /* the first below that this system grants */
    MM_PORT_IOCP,
    MM_PORT_IO_URING,
    MM_PORT_EPOLL,
};

/** How to create a port; zero every member that is not used. */
struct mm_port_options {
    enum mm_port_way way;
    /**
     * Threads that may wait at the same time; 0 means 1. A ring of io_uring
     * belongs to one thread, so MM_PORT_ANY takes epoll for more on Linux.
     */
    unsigned waiters;
};

enum {
    /** Completions of one wait at most; more are never asked for. */
    MM_PORT_BATCH_MAX = 256,
};

/**
 * Create a port.
 *
 * With MM_PORT_ANY the environment decides on Linux: MAPMARK_PORT=epoll or
 * MAPMARK_PORT=io_uring. Without it io_uring is taken where its rings defer
 * their work to the thread that waits (Linux 6.1), else epoll, which is what
 * most containers allow.
 *
 * Units:     NULL for `options` means all zero.
 * Errors:    MM_INVALID, MM_UNSUPPORTED (a way that this system has not, or
 *            several waiters at a ring), MM_DENIED, MM_TOO_MANY, MM_NO_MEMORY,
 *            MM_OS. On failure `*port_out` is NULL.
 * Ownership: the caller owns `*port_out` and gives it to mm_port_close().
 * Threads:   safe from any thread.
 * Source:    R-10; CreateIoCompletionPort, io_uring_setup(2), epoll(7).
 */
MM_API enum mm_status mm_port_create(const struct mm_port_options *options,
                                     struct mm_port **port_out);

/**
 * Tell by what the port is made; never MM_PORT_ANY.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API enum mm_port_way mm_port_way(const struct mm_port *port);

/**
 * Wait for completions and take as many as there are, at most `max`.
 *
 * Every operation that was started completes once, unless it says
 * MM_COMPLETION_MORE; receives of a socket complete in the order of their
 * starts, and so do sends. What several threads take at the same time they
 * handle in any order.
 *
 * A port with one waiter on io_uring belongs to the first thread that waits.
 * Where that thread does not wait, nothing goes on.
 *
 * Units:     `max` 1 to MM_PORT_BATCH_MAX; `timeout_ns` nanoseconds from now, 0
 *            asks without waiting, MM_INFINITE never gives up; a time-out is
 *            never early.
 * Errors:    MM_TIMED_OUT, MM_CLOSED (the port was closed meanwhile),
 *            MM_INVALID, MM_BUSY (as many wait as may, or the port belongs to
 *            another thread), MM_OS. Then `*count_out` is 0 and nothing in
 *            `completions` was touched.
 * Ownership: `completions` is the caller's.
 * Threads:   as many at the same time as the port was made for.
 * Source:   ; GetQueuedCompletionStatusEx, io_uring_enter(2),
 *            epoll_pwait2(2).
 */
MM_API enum mm_status mm_port_wait(struct mm_port *port,
                                   struct mm_completion *completions,
                                   size_t max, uint64_t timeout_ns,
                                   size_t *count_out);

/**
 * Complete an operation at once, with what the caller says; posts are taken in
 * their order.
 *
 * Units:     `bytes` is passed on.
 * Errors:    MM_INVALID (no operation that can be started), MM_BUSY (it has
 *            been started already), MM_CLOSED.
 * Ownership: the operation is the library's until it is returned.
 * Threads:   safe from any thread.
 * Source:    PostQueuedCompletionStatus.
 */
MM_API enum mm_status mm_port_post(struct mm_port *port, uintptr_t key,
                                   struct mm_operation *operation,
                                   uint64_t bytes);

/**
 * Start a timer: it completes when its time has come, never before.
 *
 * Of timers that are due at the same time, those complete first that were
 * started first. A periodic one completes with MM_COMPLETION_MORE until it is
 * cancelled; `bytes` is how many periods have passed since its last
 * completion, so what was missed comes as one.
 *
 * Units:     `due_ns` nanoseconds from now; `period_ns` nanoseconds, 0: once.
 * Errors:    MM_INVALID, MM_BUSY (it has been started already), MM_CLOSED.
 * Ownership: as mm_port_post().
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_port_start_timer(struct mm_port *port, uintptr_t key,
                                          struct mm_operation *operation,
                                          uint64_t due_ns, uint64_t period_ns);

/**
 * Ask for an end. The operation's own completion tells what came of it:
 * MM_CANCELLED, or its result when that was there first.
 *
 * Nothing that was not received is lost: the next receive gets it. Of what is
 * to be sent, `bytes` of the completion have gone.
 *
 * Units:     none.
 * Errors:    MM_NOT_FOUND (it is not started, or has ended), MM_INVALID.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    CancelIoEx.
 */
MM_API enum mm_status mm_port_cancel(struct mm_port *port,
                                     struct mm_operation *operation);

/**
 * Tell how many calls of the system the port has made for what was started and
 * waited for: what a measurement wants to know. Opening and closing is not
 * counted, nor what threads of the port do for readers.
 *
 * Units:     calls, since the port was created.
 * Errors:    none; 0 for NULL.
 * Ownership: none.
 * Threads:   safe from any thread.
 */
MM_API uint64_t mm_port_calls(struct mm_port *port);

/**
 * Close a port with all that belongs to it; NULL is allowed.
 *
 * Threads that wait get MM_CLOSED, and this call waits until they have gone.
 * Sockets and pools of the port are closed with it, and what was started there
 * is the caller's again, without a completion.
 *
 * Units:     none.
 * Errors:    MM_BUSY (the port's ring belongs to another thread, which lives
 *            and does not wait); then nothing happened.
 * Ownership: takes `port`.
 * Threads:   safe from any thread that does not wait.
 */
MM_API enum mm_status mm_port_close(struct mm_port *port);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_PORT_H */
