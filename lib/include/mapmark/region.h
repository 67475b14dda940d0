/* SPDX-License-Identifier: MIT */
/* What the addresses of a process are used for, region by region. */
#ifndef MAPMARK_REGION_H
#define MAPMARK_REGION_H

#include <stdint.h>

#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a region is. Linux cannot tell private pages that allow no
 * access from reserved ones: both are reserved. */
enum mm_region_state {
    MM_REGION_FREE,
    MM_REGION_RESERVED,
    MM_REGION_COMMITTED,
};

/** Where the octets of a region are from. */
enum mm_region_type {
    MM_REGION_NONE, /* it is free */
    MM_REGION_PRIVATE,
    /** A view, of a file or of the paging store. */
    MM_REGION_MAPPED,
    /** A program or a library. On Linux: a file of which a part may be
     * executed. */
    MM_REGION_IMAGE,
};

/** Bits of what a region allows; none for one that is not committed. */
enum mm_region_access {
    MM_REGION_READ = 1 << 0,
    MM_REGION_WRITE = 1 << 1,
    MM_REGION_EXECUTE = 1 << 2,
    /** Writes go to private copies. */
    MM_REGION_COPY = 1 << 3,
    /** The first touch is reported (Windows). */
    MM_REGION_GUARD = 1 << 4,
};

enum {
    MM_REGION_BACKING_ROOM = 4096,
};

/** Pages side by side that have all of this in common. */
struct mm_region {
    uint64_t base;
    uint64_t size;
    enum mm_region_state state;
    enum mm_region_type type;
    unsigned access; /* of enum mm_region_access */
    /** Octets that the process has in memory, or MM_UNKNOWN. */
    uint64_t resident;
    /** The same, each page divided among the processes that have it: of one
     * region in all of them, that is one physical copy (R-83). Windows counts
     * at most seven processes a page, and Wine one. */
    uint64_t share;
    /** The file, as the system names it, in UTF-8; on Linux also what the
     * kernel calls a region, in brackets. Empty where there is none, and cut
     * when it is longer. */
    char backing[MM_REGION_BACKING_ROOM];
};

/** A walk through the regions of a process. */
struct mm_regions;

/**
 * Begin to walk through the regions of a process, from the lowest address on.
 *
 * The process runs on meanwhile, so what is told may be old.
 *
 * Units:     `process_id` as the system numbers it; 0 is the calling process.
 * Errors:    MM_NOT_FOUND (no such process), MM_DENIED (one of somebody else),
 *            MM_TOO_MANY, MM_NO_MEMORY, MM_OS. On failure `*regions_out` is
 *            NULL.
 * Ownership: the caller owns `*regions_out` and gives it to
 *            mm_region_close().
 * Threads:   safe from any thread.
 * Source:    R-62, W-8; proc(5) smaps, OpenProcess.
 */
MM_API enum mm_status mm_region_open(uint64_t process_id,
                                     struct mm_regions **regions_out);

/**
 * Tell the next region: they follow each other without gaps, free ones
 * included. On Linux the last one is the last that is not free.
 *
 * Units:     octets.
 * Errors:    MM_NOT_FOUND (that was the last one), MM_NO_MEMORY, MM_OS;
 *            `*region_out` is then all zero.
 * Ownership: none.
 * Threads:   one thread at a time per walk.
 * Source:    R-62, W-8; proc(5) smaps, VirtualQueryEx, QueryWorkingSetEx,
 *            GetMappedFileNameW.
 */
MM_API enum mm_status mm_region_next(struct mm_regions *regions,
                                     struct mm_region *region_out);

/**
 * End the walk; NULL is allowed.
 *
 * Units:     none.
 * Errors:    none.
 * Ownership: takes `regions`.
 * Threads:   no other thread may be using `regions`.
 */
MM_API void mm_region_close(struct mm_regions *regions);

/**
 * Tell the region of this process that an address lies in.
 *
 * A question that takes its time: on Linux it is a walk.
 *
 * Units:     octets.
 * Errors:    MM_OUT_OF_RANGE (an address behind all regions), MM_TOO_MANY,
 *            MM_NO_MEMORY, MM_OS; `*region_out` is then all zero.
 * Ownership: none.
 * Threads:   safe from any thread.
 * Source:    R-62; VirtualQuery.
 */
MM_API enum mm_status mm_region_query(const void *address,
                                      struct mm_region *region_out);

#ifdef __cplusplus
}
#endif

#endif /* MAPMARK_REGION_H */
