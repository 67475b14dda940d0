/* SPDX-License-Identifier: MIT */
/*
 * What ports, sockets and pools share. All of it is guarded by the port's lock
 * but for what says otherwise.
 *
 * A socket has two lanes, one for what comes in and one for what goes out. An
 * operation waits in its lane, and only the first of a lane is the system's, so
 * that octets keep the order of the starts whatever the system does. What has
 * ended is delivered: it waits in the port for a thread.
 *
 * Systems differ in the backend: it is given the first of a lane, and either
 * tells its result at once or, later, that it has one (io_uring, IOCP) or that
 * it is worth trying again (epoll).
 */
#ifndef MMI_PROACTOR_H
#define MMI_PROACTOR_H

#include <stdbool.h>

#include <mapmark/pool.h>
#include <mapmark/port.h>
#include <mapmark/reader.h>
#include <mapmark/socket.h>

#include "dues.h"
#include "internal.h"
#include "lock.h"

/* ---- what is delivered --------------------------------------------------- */

/* A completion on its way; where it is, is never moved. */
struct mmi_delivery {
    struct mmi_delivery *next;
    struct mm_completion completion;
    /* What ends with it: the operation may be started again. */
    struct mmi_operation *ends;
    bool queued; /* in the port, and not taken yet */
};

enum mmi_task {
    MMI_POST,
    MMI_TIMER,
    MMI_ACCEPT,
    MMI_ACCEPT_MANY,
    MMI_RECEIVE,
    MMI_RECEIVE_FROM,
    MMI_RECEIVE_MANY,
    MMI_CONNECT,
    MMI_SEND,
    MMI_SEND_TO,
    MMI_READ,
};

enum mmi_state {
    MMI_IDLE, /* the caller's; all zero */
    MMI_WAITING,
    MMI_DELIVERED,
};

/* What is inside of a struct mm_operation. */
struct mmi_operation {
    void *user;
    struct mmi_operation *next; /* in its lane */
    struct mm_port *port;
    struct mm_socket *socket; /* NULL: of the port itself */
    struct mmi_delivery delivery;
    struct mmi_due due;
    uint64_t period_ns;
    enum mmi_task kind;
    enum mmi_state state;
    bool cancelled; /* was asked to end */
    uint64_t done;  /* octets */
    struct mm_pool *pool;
    struct mm_address *from; /* the caller's */
    struct mm_address address;
    struct mm_reader *reader; /* of a read */
    uint64_t offset;
    uint64_t system[4]; /* the backend's own, of a read */
    size_t count;
    struct mm_buffer buffers[MM_SOCKET_BUFFERS_MAX];
};

_Static_assert(sizeof(struct mmi_operation) <= sizeof(struct mm_operation),
               "an operation has room for it");

/* ---- pools --------------------------------------------------------------- */

struct mmi_piece {
    struct mmi_piece *next; /* free ones */
    struct mmi_delivery delivery;
    bool taken;
};

struct mm_pool {
    struct mm_pool *next; /* of the port's */
    struct mm_port *port;
    unsigned char *octets;
    size_t count;
    size_t size;
    struct mmi_piece *free;
    struct mm_socket *starved; /* receives that wait for a piece */
    void *system;              /* the backend's own */
    uint16_t number;           /* of the port's pools */
    struct mmi_piece pieces[];
};

/* NULL where the pool is empty. */
struct mmi_piece *mmi_pool_take(struct mm_pool *pool);
void mmi_pool_put(struct mm_pool *pool, struct mmi_piece *piece);
void *mmi_pool_octets(const struct mm_pool *pool,
                      const struct mmi_piece *piece);
void mmi_pool_free(struct mm_pool *pool);

/* ---- readers ------------------------------------------------------------- */

struct mm_reader {
    struct mm_port *port;
    struct mm_reader *next; /* of the port's */
    struct mm_reader *previous;
    uintptr_t key;
    intptr_t handle; /* the system's */
    unsigned under_way;
    bool closing;
};

struct mmi_result;

/* What came of a read, which ends with it. */
void mmi_reader_result(struct mmi_operation *operation,
                       struct mmi_result result);

/* The last of a reader. */
void mmi_reader_drop(struct mm_reader *reader);

/* ---- sockets ------------------------------------------------------------- */

enum mmi_side { MMI_IN, MMI_OUT, MMI_SIDES };

struct mmi_lane {
    struct mmi_operation *first;
    struct mmi_operation **last; /* where the next one goes */
    bool busy;                   /* the system has the first */
    bool tried;                  /* epoll: it said "not now" */
};

struct mm_socket {
    struct mm_port *port;
    struct mm_socket *next; /* of the port's, or of those to be used again */
    struct mm_socket *previous; /* of the port's */
    struct mm_socket *hungry;   /* the next that waits for a piece */
    uintptr_t key;
    intptr_t handle; /* the system's; -1: none */
    enum mm_socket_family family;
    enum mm_socket_kind kind;
    bool closing;
    bool starving; /* in a pool's list */
    bool shut;     /* nothing more will be sent */
    struct mmi_lane lanes[MMI_SIDES];
    struct mmi_delivery delivery; /* of its own acceptance */
    uint64_t system[];            /* the backend's own */
};

/* Make one of a handle; NULL without memory, and the handle stays the
 * caller's. It is in no list of the backend's yet. */
struct mm_socket *mmi_socket_make(struct mm_port *port, intptr_t handle,
                                  enum mm_socket_family family,
                                  enum mm_socket_kind kind, uintptr_t key);

/* The last of a socket; its handle is closed. */
void mmi_socket_drop(struct mm_socket *socket);

/* Begin to close. */
void mmi_socket_end(struct mm_socket *socket);

/* ---- lanes --------------------------------------------------------------- */

/* What came of trying the first of a lane. */
enum mmi_tried {
    MMI_TRIED_LATER, /* mmi_lane_result() and the like will tell */
    MMI_TRIED_DONE,  /* the result is there */
    MMI_TRIED_TOLD,  /* mmi_lane_accepted() or mmi_lane_filled() told already */
};

struct mmi_result {
    enum mm_status status;
    uint64_t bytes; /* moved; 0 at the end of a stream of octets */
};

void mmi_lane_open(struct mmi_lane *lane);

/* Add an operation that was filled in, and let the lane go on. */
void mmi_lane_add(struct mmi_operation *operation);

/* Have the system take the first, and what follows while it is done at once. */
void mmi_lane_go_on(struct mm_socket *socket, enum mmi_side side);

/* What the system says of the first, which it has no more. */
void mmi_lane_result(struct mm_socket *socket, enum mmi_side side,
                     struct mmi_result result);

/* The first accepted: NULL without memory. It stays the system's if it accepts
 * many. */
void mmi_lane_accepted(struct mm_socket *listener, struct mm_socket *accepted);

/* A piece of the pool was filled for the first, which stays the system's. */
void mmi_lane_filled(struct mm_socket *socket, struct mmi_piece *piece,
                     uint64_t bytes);

/* The first waits for a piece: it is the system's no more. */
void mmi_lane_starve(struct mm_socket *socket);

/* Take it out and end it; it must not be the system's. */
void mmi_lane_remove(struct mmi_operation *operation, enum mm_status status);

/* Buffers of all sends that wait, from what has not gone yet of the first on;
 * how many. Only the first one's where that is not a connection's. */
size_t mmi_lane_gather(const struct mm_socket *socket,
                       struct mm_buffer *buffers, size_t max);

/* Octets of all its buffers. */
uint64_t mmi_operation_room(const struct mmi_operation *operation);

enum mmi_side mmi_side_of(const struct mmi_operation *operation);

/* ---- ports --------------------------------------------------------------- */

struct mmi_backend {
    enum mm_port_way way;
    /* Octets of a socket's `system`. */
    size_t socket_size;
    /* The system chooses pieces itself: see `lend`. */
    bool lends;
    enum mm_status (*open)(struct mm_port *port);
    /* After abandon(); also of one that was not opened whole. */
    void (*close)(struct mm_port *port);
    /* Sleep until there is something to do, at most so long, and do it. Called
     * without the lock, returns with it, and calls mmi_port_awake() when it has
     * it. MM_BUSY for a wrong thread. */
    enum mm_status (*look)(struct mm_port *port, uint64_t timeout_ns);
    /* Take from the system all that it has of the port's sockets: by a thread
     * that waits and finds the port closing, or else by who closes it. MM_BUSY,
     * and nothing done, where that is the wrong thread. */
    enum mm_status (*abandon)(struct mm_port *port);
    /* Let one that sleeps look again. */
    void (*wake)(struct mm_port *port);
    enum mm_status (*add)(struct mm_socket *socket);
    /* Take what it has of the socket from the system; what is still there ends
     * with mmi_lane_result(). Whether nothing is. */
    bool (*remove)(struct mm_socket *socket);
    enum mmi_tried (*try)(struct mm_socket *socket, enum mmi_side side,
                          struct mmi_result *result_out);
    /* Ask the system for the end of the first; true: it has it no more. */
    bool (*cancel)(struct mm_socket *socket, enum mmi_side side);
    /* Pieces are the system's until it has filled them; NULL: `lends` is
     * false. */
    enum mm_status (*open_pool)(struct mm_pool *pool);
    void (*lend)(struct mm_pool *pool, struct mmi_piece *piece);
    enum mm_status (*open_reader)(struct mm_reader *reader,
                                  const struct mm_file *file);
    void (*close_reader)(struct mm_reader *reader);
    /* It ends with mmi_reader_result(), now or later. */
    void (*read)(struct mmi_operation *operation);
};

enum {
    /* Posts without an operation that wait at the same time. */
    MMI_BARE_POSTS_MAX = 256,
};

struct mm_port {
    struct mmi_lock lock;
    const struct mmi_backend *backend;
    void *system; /* the backend's own */
    struct mmi_delivery *first;
    struct mmi_delivery **last;
    struct mmi_dues dues;
    struct mm_socket *sockets;
    struct mm_socket *spare; /* to be used again */
    struct mm_pool *pools;
    unsigned pool_count;
    struct mm_reader *readers;
    unsigned reads; /* under way */
    unsigned waiters_max;
    unsigned waiters; /* threads in mm_port_wait() */
    unsigned asleep;  /* of them, those that the backend has */
    unsigned woken;   /* of those, who have been told */
    unsigned skipped; /* waits that had enough without a look */
    bool eager;       /* the backend has something to hand over */
    uint64_t calls;   /* of the system, see mm_port_calls() */
    bool closing;
    bool abandoned;
    uint64_t process; /* that made it: a copy by fork() must not touch it */
    struct mmi_delivery *bare; /* free ones */
    struct mmi_delivery bare_posts[MMI_BARE_POSTS_MAX];
};

/* Which backend the caller or the environment wants, by rank: the next one is
 * for where the system does not grant those before. MM_UNSUPPORTED when there
 * is none, or no more. One file a system. */
enum mm_status mmi_backend_choose(const struct mm_port_options *options,
                                  unsigned rank,
                                  const struct mmi_backend **backend_out);

void mmi_port_deliver(struct mm_port *port, struct mmi_delivery *delivery);

/* Deliver the operation's own completion, which ends it. */
void mmi_port_end(struct mmi_operation *operation, enum mm_status status,
                  unsigned flags, uint64_t bytes);

/* A thread has come back from its sleep. */
void mmi_port_awake(struct mm_port *port);

/* Wake a sleeper for something that only a backend does. */
void mmi_port_hurry(struct mm_port *port);

/* Begin an operation: MM_BUSY where it has begun already. */
enum mm_status mmi_port_begin(struct mm_port *port,
                              struct mmi_operation *operation,
                              enum mmi_task kind, uintptr_t key);

static inline struct mmi_operation *
mmi_operation_of(struct mm_operation *operation)
{
    return (struct mmi_operation *)(void *)operation;
}

#endif /* MMI_PROACTOR_H */
