/* SPDX-License-Identifier: MIT */
#include <mapmark/pool.h>

#include <stdlib.h>

#include "proactor.h"

void *mmi_pool_octets(const struct mm_pool *pool, const struct mmi_piece *piece)
{
    return pool->octets + (size_t)(piece - pool->pieces) * pool->size;
}

struct mmi_piece *mmi_pool_take(struct mm_pool *pool)
{
    struct mmi_piece *piece = pool->free;

    if (piece != NULL) {
        pool->free = piece->next;
        piece->taken = true;
    }
    return piece;
}

void mmi_pool_put(struct mm_pool *pool, struct mmi_piece *piece)
{
    piece->taken = false;
    if (pool->port->backend->lends) {
        pool->port->backend->lend(pool, piece);
        return;
    }
    piece->next = pool->free;
    pool->free = piece;
}

void mmi_pool_free(struct mm_pool *pool)
{
    free(pool->octets);
    free(pool);
}

static struct mm_pool *make(size_t count, size_t size)
{
    struct mm_pool *pool =
        calloc(1, sizeof(*pool) + count * sizeof(pool->pieces[0]));

    if (pool == NULL) {
        return NULL;
    }
    pool->count = count;
    pool->size = size;
    pool->octets = size <= SIZE_MAX / count ? malloc(count * size) : NULL;
    if (pool->octets == NULL) {
        free(pool);
        return NULL;
    }
    return pool;
}

/* The lock is held. */
static enum mm_status join(struct mm_port *port, struct mm_pool *pool)
{
    enum mm_status status = MM_OK;

    if (port->closing) {
        return MM_CLOSED;
    }
    if (port->pool_count > UINT16_MAX) {
        return MM_TOO_MANY;
    }
    pool->port = port;
    pool->number = (uint16_t)port->pool_count;
    if (port->backend->open_pool != NULL) {
        status = port->backend->open_pool(pool);
    }
    if (status != MM_OK) {
        return status;
    }
    port->pool_count++;
    pool->next = port->pools;
    port->pools = pool;
    for (size_t i = pool->count; i > 0; i--) {
        mmi_pool_put(pool, &pool->pieces[i - 1]);
    }
    return MM_OK;
}

enum mm_status mm_pool_create(struct mm_port *port, size_t count, size_t size,
                              struct mm_pool **pool_out)
{
    struct mm_pool *pool;
    enum mm_status status;

    if (pool_out == NULL) {
        return MM_INVALID;
    }
    *pool_out = NULL;
    if (port == NULL || count == 0 || count > MM_POOL_COUNT_MAX || size == 0 ||
        size > MM_POOL_SIZE_MAX) {
        return MM_INVALID;
    }
    pool = make(count, size);
    if (pool == NULL) {
        return MM_NO_MEMORY;
    }
    mmi_lock_take(&port->lock);
    status = join(port, pool);
    mmi_lock_give(&port->lock);
    if (status != MM_OK) {
        mmi_pool_free(pool);
        return status;
    }
    *pool_out = pool;
    return MM_OK;
}

/* All that wait try again; who finds nothing waits again. */
static void feed(struct mm_pool *pool)
{
    struct mm_socket *socket = pool->starved;

    pool->starved = NULL;
    while (socket != NULL) {
        struct mm_socket *next = socket->hungry;

        socket->starving = false;
        mmi_lane_go_on(socket, MMI_IN);
        socket = next;
    }
}

static struct mmi_piece *piece_of(struct mm_pool *pool, const void *buffer)
{
    size_t place = (size_t)((const unsigned char *)buffer - pool->octets);

    if ((const unsigned char *)buffer < pool->octets ||
        place / pool->size >= pool->count || place % pool->size != 0) {
        return NULL;
    }
    return &pool->pieces[place / pool->size];
}

enum mm_status mm_pool_give(struct mm_pool *pool, void *buffer)
{
    struct mmi_piece *piece;
    enum mm_status status = MM_INVALID;

    if (pool == NULL || buffer == NULL) {
        return MM_INVALID;
    }
    mmi_lock_take(&pool->port->lock);
    piece = piece_of(pool, buffer);
    if (piece != NULL && piece->taken && !piece->delivery.queued) {
        mmi_pool_put(pool, piece);
        feed(pool);
        status = MM_OK;
    }
    mmi_lock_give(&pool->port->lock);
    return status;
}
