/* SPDX-License-Identifier: MIT */
#include <mapmark/port.h>

#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

#include "inject.h"
#include "proactor.h"

enum {
    /* A thread that always finds enough still looks now and then, or those
     * who come through the system would wait for ever. */
    LOOK_EVERY = 16,
    WAITERS_MAX = 1024,
};

/* ---- deliveries ---------------------------------------------------------- */

static void wake_one(struct mm_port *port)
{
    if (port->asleep > port->woken) {
        port->woken++;
        port->backend->wake(port);
    }
}

void mmi_port_hurry(struct mm_port *port)
{
    port->eager = true;
    wake_one(port);
}

void mmi_port_awake(struct mm_port *port)
{
    port->asleep--;
    if (port->woken > 0) {
        port->woken--;
    }
}

void mmi_port_deliver(struct mm_port *port, struct mmi_delivery *delivery)
{
    delivery->next = NULL;
    delivery->queued = true;
    *port->last = delivery;
    port->last = &delivery->next;
    wake_one(port);
}

void mmi_port_end(struct mmi_operation *operation, enum mm_status status,
                  unsigned flags, uint64_t bytes)
{
    struct mmi_delivery *delivery = &operation->delivery;

    operation->state = MMI_DELIVERED;
    delivery->ends = operation;
    delivery->completion.status = status;
    delivery->completion.flags = flags;
    delivery->completion.bytes = bytes;
    if (!delivery->queued) {
        mmi_port_deliver(operation->port, delivery);
    }
}

/* A post without an operation: its place is free again. */
static bool is_bare(const struct mm_port *port,
                    const struct mmi_delivery *delivery)
{
    return delivery >= port->bare_posts &&
           delivery < port->bare_posts + MMI_BARE_POSTS_MAX;
}

static size_t take(struct mm_port *port, struct mm_completion *completions,
                   size_t max)
{
    size_t count = 0;

    while (count < max && port->first != NULL) {
        struct mmi_delivery *delivery = port->first;

        port->first = delivery->next;
        if (port->first == NULL) {
            port->last = &port->first;
        }
        completions[count++] = delivery->completion;
        delivery->queued = false;
        if (delivery->ends != NULL) {
            delivery->ends->state = MMI_IDLE;
        } else if (is_bare(port, delivery)) {
            delivery->next = port->bare;
            port->bare = delivery;
        }
    }
    if (port->first != NULL) {
        wake_one(port);
    }
    return count;
}

/* ---- operations ---------------------------------------------------------- */

enum mm_status mmi_port_begin(struct mm_port *port,
                              struct mmi_operation *operation,
                              enum mmi_task kind, uintptr_t key)
{
    void *user = operation->user;

    if (operation->state != MMI_IDLE) {
        return MM_BUSY;
    }
    if (port->closing) {
        return MM_CLOSED;
    }
    memset(operation, 0, offsetof(struct mmi_operation, buffers));
    operation->user = user;
    operation->port = port;
    operation->kind = kind;
    operation->state = MMI_WAITING;
    operation->delivery.completion.operation =
        (struct mm_operation *)(void *)operation;
    operation->delivery.completion.key = key;
    return MM_OK;
}

static enum mm_status post_bare(struct mm_port *port, uintptr_t key,
                                uint64_t bytes)
{
    struct mmi_delivery *delivery = port->bare;

    if (port->closing) {
        return MM_CLOSED;
    }
    if (delivery == NULL) {
        return MM_TOO_MANY;
    }
    port->bare = delivery->next;
    delivery->completion = (struct mm_completion){.key = key, .bytes = bytes};
    mmi_port_deliver(port, delivery);
    return MM_OK;
}

enum mm_status mm_port_post(struct mm_port *port, uintptr_t key,
                            struct mm_operation *operation, uint64_t bytes)
{
    enum mm_status status;

    mmi_inject();
    if (port == NULL) {
        return MM_INVALID;
    }
    mmi_lock_take(&port->lock);
    if (operation == NULL) {
        status = post_bare(port, key, bytes);
    } else {
        struct mmi_operation *inside = mmi_operation_of(operation);

        status = mmi_port_begin(port, inside, MMI_POST, key);
        if (status == MM_OK) {
            mmi_port_end(inside, MM_OK, 0, bytes);
        }
    }
    mmi_lock_give(&port->lock);
    return status;
}

/* ---- timers -------------------------------------------------------------- */

static struct mmi_operation *timer_of(struct mmi_due *due)
{
    return (
        struct mmi_operation *)(void *)((char *)due -
                                        offsetof(struct mmi_operation, due));
}

/* Periods that were missed come as one. */
static void fire_again(struct mmi_operation *timer, uint64_t now)
{
    struct mm_port *port = timer->port;
    struct mmi_delivery *delivery = &timer->delivery;
    uint64_t periods = 1 + (now - timer->due.time) / timer->period_ns;

    mmi_dues_add(&port->dues, &timer->due,
                 timer->due.time + periods * timer->period_ns);
    if (delivery->queued) {
        delivery->completion.bytes += periods;
        return;
    }
    delivery->completion.status = MM_OK;
    delivery->completion.flags = MM_COMPLETION_MORE;
    delivery->completion.bytes = periods;
    mmi_port_deliver(port, delivery);
}

static void fire_due(struct mm_port *port)
{
    uint64_t now = port->dues.first != NULL ? mm_clock_ns() : 0;

    while (port->dues.first != NULL && port->dues.first->time <= now) {
        struct mmi_operation *timer = timer_of(port->dues.first);

        mmi_dues_remove(&port->dues, &timer->due);
        if (timer->period_ns > 0) {
            fire_again(timer, now);
        } else {
            mmi_port_end(timer, MM_OK, 0, 1);
        }
    }
}

enum mm_status mm_port_start_timer(struct mm_port *port, uintptr_t key,
                                   struct mm_operation *operation,
                                   uint64_t due_ns, uint64_t period_ns)
{
    struct mmi_operation *timer = mmi_operation_of(operation);
    enum mm_status status;

    mmi_inject();
    if (port == NULL || operation == NULL || due_ns == MM_INFINITE) {
        return MM_INVALID;
    }
    mmi_lock_take(&port->lock);
    status = mmi_port_begin(port, timer, MMI_TIMER, key);
    if (status == MM_OK) {
        timer->period_ns = period_ns;
        mmi_dues_add(&port->dues, &timer->due, mmi_deadline(due_ns));
        if (port->dues.first == &timer->due) {
            wake_one(port); /* who sleeps, sleeps too long */
        }
    }
    mmi_lock_give(&port->lock);
    return status;
}

/* ---- cancelling ---------------------------------------------------------- */

static void cancel_in_lane(struct mmi_operation *operation)
{
    struct mm_socket *socket = operation->socket;
    enum mmi_side side = mmi_side_of(operation);
    struct mmi_lane *lane = &socket->lanes[side];

    operation->cancelled = true;
    if (lane->first == operation && lane->busy) {
        if (!socket->port->backend->cancel(socket, side)) {
            return; /* its result decides */
        }
        lane->busy = false;
    }
    mmi_lane_remove(operation, MM_CANCELLED);
    mmi_lane_go_on(socket, side);
}

enum mm_status mm_port_cancel(struct mm_port *port,
                              struct mm_operation *operation)
{
    struct mmi_operation *inside = mmi_operation_of(operation);
    enum mm_status status = MM_OK;

    if (port == NULL || operation == NULL) {
        return MM_INVALID;
    }
    mmi_lock_take(&port->lock);
    if (inside->state != MMI_WAITING) {
        status = MM_NOT_FOUND;
    } else if (inside->port != port) {
        status = MM_INVALID;
    } else if (inside->kind == MMI_TIMER) {
        mmi_dues_remove(&port->dues, &inside->due);
        mmi_port_end(inside, MM_CANCELLED, 0, 0);
    } else if (inside->kind != MMI_READ && !inside->cancelled) {
        cancel_in_lane(inside); /* a read runs to its end */
    }
    mmi_lock_give(&port->lock);
    return status;
}

/* ---- waiting ------------------------------------------------------------- */

/* Until the caller's time-out or the next timer. */
static uint64_t sleep_ns(const struct mm_port *port, uint64_t deadline)
{
    uint64_t left = mmi_time_left(deadline);

    if (port->first != NULL) {
        return 0;
    }
    if (port->dues.first != NULL) {
        uint64_t due = mmi_time_left(port->dues.first->time);

        left = due < left ? due : left;
    }
    return left;
}

static bool has_enough(struct mm_port *port)
{
    if (port->first == NULL || port->eager || ++port->skipped >= LOOK_EVERY) {
        port->skipped = 0;
        return false;
    }
    return true;
}

/* The lock is held before and after. */
static enum mm_status look(struct mm_port *port, uint64_t deadline)
{
    uint64_t timeout = sleep_ns(port, deadline);

    port->asleep++;
    mmi_lock_give(&port->lock);
    return port->backend->look(port, timeout);
}

static enum mm_status wait_for_some(struct mm_port *port, uint64_t deadline)
{
    bool looked = has_enough(port);

    while (!port->closing) {
        enum mm_status status;

        fire_due(port);
        if (port->first != NULL && looked) {
            return MM_OK;
        }
        if (looked && mmi_time_left(deadline) == 0) {
            return MM_TIMED_OUT;
        }
        status = look(port, deadline);
        if (status != MM_OK) {
            return status;
        }
        looked = true;
    }
    return MM_CLOSED;
}

/* The last one that leaves a closing port lets it be closed. */
static void leave(struct mm_port *port)
{
    port->waiters--;
    if (!port->closing) {
        return;
    }
    if (port->waiters == 0 && !port->abandoned) {
        port->abandoned = port->backend->abandon(port) == MM_OK;
    }
    mmi_lock_ring(&port->lock);
}

enum mm_status mm_port_wait(struct mm_port *port,
                            struct mm_completion *completions, size_t max,
                            uint64_t timeout_ns, size_t *count_out)
{
    enum mm_status status = MM_CLOSED;

    mmi_inject();
    if (count_out == NULL) {
        return MM_INVALID;
    }
    *count_out = 0;
    if (port == NULL || completions == NULL || max == 0 ||
        max > MM_PORT_BATCH_MAX) {
        return MM_INVALID;
    }
    mmi_lock_take(&port->lock);
    if (!port->closing && port->waiters >= port->waiters_max) {
        status = MM_BUSY;
    } else if (!port->closing) {
        port->waiters++;
        status = wait_for_some(port, mmi_deadline(timeout_ns));
        if (status == MM_OK) {
            *count_out = take(port, completions, max);
        }
        leave(port);
    }
    mmi_lock_give(&port->lock);
    return status;
}

/* ---- a port's life ------------------------------------------------------- */

static void free_sockets(struct mm_socket *first)
{
    while (first != NULL) {
        struct mm_socket *next = first->next;

        free(first);
        first = next;
    }
}

static void free_port(struct mm_port *port)
{
    free_sockets(port->spare);
    while (port->pools != NULL) {
        struct mm_pool *next = port->pools->next;

        mmi_pool_free(port->pools);
        port->pools = next;
    }
    mmi_lock_close(&port->lock);
    free(port);
}

static void fill_in(struct mm_port *port, unsigned waiters)
{
    port->last = &port->first;
    port->waiters_max = waiters > 0 ? waiters : 1;
    port->process = mm_process_id(NULL);
    for (int i = 0; i < MMI_BARE_POSTS_MAX; i++) {
        port->bare_posts[i].next = port->bare;
        port->bare = &port->bare_posts[i];
    }
}

/* By the first backend that the system grants. */
static enum mm_status open_port(struct mm_port *port,
                                const struct mm_port_options *options)
{
    enum mm_status status = MM_UNSUPPORTED;

    fill_in(port, options->waiters);
    for (unsigned rank = 0; status == MM_UNSUPPORTED; rank++) {
        if (mmi_backend_choose(options, rank, &port->backend) != MM_OK) {
            return MM_UNSUPPORTED;
        }
        status = port->backend->open(port);
        if (status != MM_OK) {
            port->backend->close(port);
        }
    }
    return status;
}

enum mm_status mm_port_create(const struct mm_port_options *options,
                              struct mm_port **port_out)
{
    static const struct mm_port_options usual = {.way = MM_PORT_ANY};
    struct mm_port *port;
    enum mm_status status;

    if (port_out == NULL) {
        return MM_INVALID;
    }
    *port_out = NULL;
    options = options != NULL ? options : &usual;
    if (options->way > MM_PORT_EPOLL || options->waiters > WAITERS_MAX) {
        return MM_INVALID;
    }
    port = calloc(1, sizeof(*port));
    if (port == NULL || !mmi_lock_open(&port->lock)) {
        free(port);
        return MM_NO_MEMORY;
    }
    status = open_port(port, options);
    if (status != MM_OK) {
        free_port(port);
        return status;
    }
    *port_out = port;
    return MM_OK;
}

enum mm_port_way mm_port_way(const struct mm_port *port)
{
    return port != NULL ? port->backend->way : MM_PORT_ANY;
}

uint64_t mm_port_calls(struct mm_port *port)
{
    uint64_t calls = 0;

    if (port != NULL) {
        mmi_lock_take(&port->lock);
        calls = port->calls;
        mmi_lock_give(&port->lock);
    }
    return calls;
}

/* Of a copy that fork() made: the system's side is the parent's. */
static bool is_copy(const struct mm_port *port)
{
    return port->process != mm_process_id(NULL);
}

/* The lock is held; MM_BUSY leaves all as it was. */
static enum mm_status stop(struct mm_port *port)
{
    port->closing = true;
    for (unsigned i = port->asleep; i > 0; i--) {
        port->backend->wake(port);
    }
    while (port->waiters > 0) {
        mmi_lock_wait(&port->lock);
    }
    if (!port->abandoned) {
        enum mm_status status = port->backend->abandon(port);

        if (status != MM_OK) {
            port->closing = false;
            return status;
        }
    }
    return MM_OK;
}

enum mm_status mm_port_close(struct mm_port *port)
{
    enum mm_status status = MM_OK;

    if (port == NULL) {
        return MM_OK;
    }
    mmi_lock_take(&port->lock);
    if (!is_copy(port)) {
        status = stop(port);
    }
    if (status == MM_OK) {
        while (port->sockets != NULL) {
            mmi_socket_drop(port->sockets);
        }
        while (port->readers != NULL) {
            mmi_reader_drop(port->readers);
        }
        port->backend->close(port);
    }
    mmi_lock_give(&port->lock);
    if (status == MM_OK) {
        free_port(port);
    }
    return status;
}
