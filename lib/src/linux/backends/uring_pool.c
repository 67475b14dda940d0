/* SPDX-License-Identifier: MIT */
#ifdef MMI_HAS_LIBURING

#include "uring.h"

#include <stdlib.h>
#include <sys/mman.h>

void mmi_ring_lend(struct mm_pool *pool, struct mmi_piece *piece)
{
    struct ring_pool *ring = pool->system;
    size_t place = (size_t)(piece - pool->pieces);

    io_uring_buf_ring_add(ring->ring, mmi_pool_octets(pool, piece),
                          (unsigned)pool->size, (unsigned short)place,
                          io_uring_buf_ring_mask((uint32_t)ring->entries), 0);
    io_uring_buf_ring_advance(ring->ring, 1);
    ring->lent++;
}

enum mm_status mmi_ring_open_pool(struct mm_pool *pool)
{
    struct ring_pool *ring = calloc(1, sizeof(*ring));
    void *memory;

    if (ring == NULL) {
        return MM_NO_MEMORY;
    }
    for (ring->entries = 1; ring->entries < pool->count;) {
        ring->entries *= 2;
    }
    memory = mmap(NULL, ring->entries * sizeof(struct io_uring_buf),
                  PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        free(ring);
        return MM_NO_MEMORY;
    }
    ring->ring = memory;
    io_uring_buf_ring_init(ring->ring);
    pool->system = ring;
    return MM_OK;
}

/* A ring takes nothing from another thread than its own. */
void mmi_ring_register_pools(struct mm_port *port)
{
    struct uring *uring = port->system;

    for (struct mm_pool *pool = port->pools; pool != NULL; pool = pool->next) {
        struct ring_pool *ring = pool->system;
        struct io_uring_buf_reg wanted = {
            .ring_addr = (uint64_t)(uintptr_t)ring->ring,
            .ring_entries = (uint32_t)ring->entries,
            .bgid = pool->number,
        };

        if (!ring->registered) {
            ring->registered =
                io_uring_register_buf_ring(&uring->ring, &wanted, 0) == 0;
        }
    }
}

void mmi_ring_close_pools(struct mm_port *port)
{
    for (struct mm_pool *pool = port->pools; pool != NULL; pool = pool->next) {
        struct ring_pool *ring = pool->system;

        munmap(ring->ring, ring->entries * sizeof(struct io_uring_buf));
        free(ring);
        pool->system = NULL;
    }
}

#endif
