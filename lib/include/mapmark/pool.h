/* SPDX-License-Identifier: MIT */
/* Pools of buffers of one size, for receives that take one when octets are
 * there and not before. */
#ifndef MAPMARK_POOL_H
#define MAPMARK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include <mapmark/port.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mm_pool;

enum {
    MM_POOL_COUNT_MAX = 32768,
    MM_POOL_SIZE_MAX = 1 << 24,
};

/**
 * Create a pool of `count` buffers of `size` octets each.
 *
 * Units:     `count` 1 to MM_POOL_COUNT_MAX; `size` 1 to MM_POOL_SIZE_MAX.
 * Errors:    MM_INVALID, MM_NO_MEMORY, MM_TOO_MANY, MM_CLOSED, MM_OS. On
 *            failure `*pool_out` is NULL.
 * Ownership: the port owns the pool; it goes with mm_port_close().
 * Threads:   safe from any thread.
 * Source:    io_uring_register_buf_ring(3).
 */
MM_API enum mm_status mm_pool_create(struct mm_port *port, size_t count,
                                     size_t size, struct mm_pool **pool_out);

/**
 * Give a buffer back. Receives that wait for one go on.
 *
 * Units:     `buffer` as a completion had it.
 * Errors:    MM_INVALID (none of this pool's, or one that was given).
 * Ownership: takes the buffer.
 * Threads:   safe from any thread.
 */
MM_API enum mm_status mm_pool_give(struct mm_pool *pool, void *buffer);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_POOL_H */
