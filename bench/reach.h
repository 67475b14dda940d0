/* SPDX-License-Identifier: MIT */
/*
 * A few octets at any place of a file, fetched and stored in one of several
 * ways. Every way copies them from and to the caller's variable, so that only
 * the way there differs.
 */
#ifndef REACH_H
#define REACH_H

#include <stdio.h>
#include <string.h>

#include <mapmark/mapping.h>
#include <mapmark/view.h>

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    /** Of the view that moves, but for the granule at its end. A fetch or
     * store is no longer than that granule. */
    REACH_WINDOW_BYTES = 1 << 20,
};

enum reach_way {
    REACH_MAPPED,
    REACH_WINDOW,
    REACH_CALLS,
    REACH_STDIO,
};

/** All zero, but for `way`, is nothing open. */
struct reach {
    enum reach_way way;
    bool writes;
    bool flushes; /* what a window leaves behind must be on its way */
    uint64_t size;
    struct mm_file *file;
    struct mm_mapping *mapping;
    FILE *stream;
    struct mm_view view; /* of the whole file, or the window */
    uint64_t start;      /* of the view */
    uint64_t maps;
    uint64_t reads;
    uint64_t stores;
    const char *tried; /* what failed */
};

/** Open the file as the way uses it; closed by reach_close(), also after a
 * failure. */
enum mm_status reach_open(struct reach *reach, const char *path);
void reach_close(struct reach *reach);

/** Map, where the way has one view for all; unmap whatever is mapped. */
enum mm_status reach_map(struct reach *reach);
enum mm_status reach_unmap(struct reach *reach);

/** The ways that are no view of the whole file; use what is below. */
enum mm_status reach_fetch_far(struct reach *reach, uint64_t offset,
                               void *octets, size_t size);
enum mm_status reach_store_far(struct reach *reach, uint64_t offset,
                               const void *octets, size_t size);

/* In line, because a call costs as much as an access to a view. */
static inline enum mm_status reach_fetch(struct reach *reach, uint64_t offset,
                                         void *octets, size_t size)
{
    if (reach->way == REACH_MAPPED) {
        memcpy(octets, (unsigned char *)reach->view.address + offset, size);
        return MM_OK;
    }
    return reach_fetch_far(reach, offset, octets, size);
}

static inline enum mm_status reach_store(struct reach *reach, uint64_t offset,
                                         const void *octets, size_t size)
{
    if (reach->way == REACH_MAPPED) {
        memcpy((unsigned char *)reach->view.address + offset, octets, size);
        return MM_OK;
    }
    return reach_store_far(reach, offset, octets, size);
}

/** Make what was stored durable: in a range, or all of it when `size` is 0.
 * Only a view of the whole file knows a range; other ways take all. */
enum mm_status reach_flush(struct reach *reach, uint64_t offset, size_t size);

/** Hand over what a stream holds back: it is in the page cache then. */
enum mm_status reach_settle(struct reach *reach);

#ifdef __cplusplus
}
#endif

#endif /* REACH_H */
