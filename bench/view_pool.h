/* SPDX-License-Identifier: MIT */
/*
 * Views of one size that come and go: a program that cannot, or does not want
 * to, map a whole file reaches its octets through these. With one view in the
 * pool that is a window that moves; with several, the one that was used least
 * recently makes room.
 */
#ifndef VIEW_POOL_H
#define VIEW_POOL_H

#include <mapmark/mapping.h>
#include <mapmark/view.h>

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { VIEW_POOL_MAX = 64 };

/** How a pool is made. */
struct view_pool_plan {
    uint64_t view_bytes;  /* of one view, a multiple of start_bytes */
    uint64_t start_bytes; /* views start at multiples of it; of the granularity
                           * itself a multiple */
    unsigned views;       /* at most, at a time; up to VIEW_POOL_MAX */
    enum mm_access access;
    bool flushed; /* a view starts to be written before it goes */
};

struct view_pool_slot {
    struct mm_view view; /* all zero: none */
    uint64_t start;      /* in the file */
    uint64_t used;       /* when, in uses of the pool; 0: never */
};

struct view_pool {
    const struct view_pool_plan *plan;
    struct mm_mapping *mapping;
    uint64_t file_bytes;
    struct view_pool_slot slots[VIEW_POOL_MAX];
    struct view_pool_slot *last; /* the one that was reached last, or NULL */
    uint64_t uses;
    uint64_t moves;
    uint64_t maps;
    uint64_t chance;            /* of a move to be timed; see view_pool.c */
    struct bench_phases phases; /* of mapping, flushing and unmapping */
    const char *tried;          /* what failed */
};

/** An empty pool. */
void view_pool_open(struct view_pool *pool, const struct view_pool_plan *plan,
                    struct mm_mapping *mapping, uint64_t file_bytes);

/** Flush and unmap all views; also after a failure. */
enum mm_status view_pool_close(struct view_pool *pool);

/** Give up the view that was reached last. */
enum mm_status view_pool_drop(struct view_pool *pool);

/** As view_pool_reach(), where no view that was reached last holds them. */
enum mm_status view_pool_move(struct view_pool *pool, uint64_t offset,
                              size_t size, unsigned char **octets_out);

/**
 * Reach `size` octets at `offset`, which lie within one view of the plan.
 * What is reached goes with its view: when the pool moves on.
 *
 * Errors:    as mm_view_map(), mm_view_flush(); `tried` says at what.
 */
static inline enum mm_status view_pool_reach(struct view_pool *pool,
                                             uint64_t offset, size_t size,
                                             unsigned char **octets_out)
{
    const struct view_pool_slot *last = pool->last;

    if (last != NULL && offset >= last->start &&
        offset + size <= last->start + last->view.size) {
        *octets_out =
            (unsigned char *)last->view.address + (offset - last->start);
        return MM_OK;
    }
    return view_pool_move(pool, offset, size, octets_out);
}

#ifdef __cplusplus
}
#endif

#endif /* VIEW_POOL_H */
