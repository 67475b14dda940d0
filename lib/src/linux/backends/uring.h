/* SPDX-License-Identifier: MIT */
/* What the files of the io_uring backend share. */
#ifndef MMI_URING_H
#define MMI_URING_H

#include <liburing.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "backends.h"
#include "net.h"

enum {
    MMI_RING_BUFFERS_MAX = 16, /* of one send */
    /* Of what completes, where it is no lane of a socket. */
    MMI_RING_BELL = 2,
    MMI_RING_CANCEL = 4,
    /* In the low bits of an operation's address, which a lane of a socket
     * never has. */
    MMI_RING_READ = 3,
    MMI_RING_BITS = 7,
};

struct ring_lane {
    struct ring_lane *next; /* of those that wait for the ring's thread */
    struct mm_socket *socket;
    bool listed;
    bool wanted;    /* its first is to be submitted */
    bool unwanted;  /* the ring is to end what it has */
    bool submitted; /* the ring has something */
};

/* A socket's own. */
struct ring_socket {
    struct ring_lane lanes[MMI_SIDES];
    bool more; /* octets were left by the last receive */
    struct msghdr in;
    struct msghdr out;
    struct mm_buffer buffers[MMI_RING_BUFFERS_MAX];
    struct mmi_net_address from;
    struct mmi_net_address to;
};

struct uring {
    struct mm_port *port;
    struct io_uring ring;
    bool opened;
    bool enabled;
    pid_t owner;
    int bell;
    uint64_t rung;  /* what the ring reads from the bell */
    bool listens;   /* it does */
    unsigned taken; /* lanes that the ring has something of */
    struct ring_lane *list;
    struct mmi_operation *reads; /* to be submitted */
};

/* A pool's own. */
struct ring_pool {
    struct io_uring_buf_ring *ring;
    size_t entries; /* a power of two */
    size_t lent;
    bool registered;
};

static inline struct ring_socket *mmi_ring_socket(struct mm_socket *socket)
{
    return (struct ring_socket *)(void *)socket->system;
}

/* ---- uring_submit.c: what the ring is given ------------------------------ */

/* Of any thread. */
enum mmi_tried mmi_ring_try(struct mm_socket *socket, enum mmi_side side,
                            struct mmi_result *result_out);
bool mmi_ring_cancel(struct mm_socket *socket, enum mmi_side side);
void mmi_ring_read(struct mmi_operation *operation);

/* Of the ring's own: all that waits to be submitted. */
void mmi_ring_prepare(struct mm_port *port);

/* ---- uring_take.c: what the ring gives back ------------------------------ */

void mmi_ring_take(struct mm_port *port);

/* ---- uring_pool.c -------------------------------------------------------- */

enum mm_status mmi_ring_open_pool(struct mm_pool *pool);
void mmi_ring_lend(struct mm_pool *pool, struct mmi_piece *piece);

/* By the ring's own thread. */
void mmi_ring_register_pools(struct mm_port *port);
void mmi_ring_close_pools(struct mm_port *port);

#endif /* MMI_URING_H */
